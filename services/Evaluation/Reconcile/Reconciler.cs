using System.Diagnostics;
using Marten;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Reconcile;

/// <summary>
/// Compares the ledger with what each source states of itself, from coarse to fine: buckets of streams, the streams of the buckets that
/// differ, the events of the streams that differ. What the ledger lacks at the end of a stream it has published again; all else is for people.
/// Memory is that of one answer, whatever the ledger's size. Settings: <c>Reconciliation:SettledSeconds</c> (60) after which an event must have
/// arrived, <c>Reconciliation:AnswerSeconds</c> (300) and <c>Reconciliation:RepairSeconds</c> (30) for which it waits.
/// </summary>
public sealed class Reconciler(
    IDocumentStore store, NpgsqlDataSource database, IBus bus, Sources sources, TimeProvider clock, IConfiguration configuration)
{
    // Events in the buckets, and by that streams, of one answer.
    const long StreamsMax = 50_000;

    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(200);

    readonly TimeSpan settled = TimeSpan.FromSeconds(configuration.GetValue("Reconciliation:SettledSeconds", 60d));
    readonly TimeSpan answerMax = TimeSpan.FromSeconds(configuration.GetValue("Reconciliation:AnswerSeconds", 300d));
    readonly TimeSpan repairMax = TimeSpan.FromSeconds(configuration.GetValue("Reconciliation:RepairSeconds", 30d));

    public async Task<Reconciliation> Run(Reconciliation asked, CancellationToken cancel)
    {
        var upTo = clock.GetUtcNow() - settled;
        var (compared, differences) = (new List<ReconciledSource>(), new List<Difference>());
        foreach (var source in await Names(asked.Tenant, cancel))
        {
            var (begun, one) = (clock.GetTimestamp(), new Comparing(asked.Tenant, source, upTo));
            try
            {
                await Compare(one, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && !DaemonHost.Passes(e))
            {
                // What would not pass by itself is said, so that it holds up no other source, and no other reconciliation.
                one.Trouble = e switch
                {
                    RequestFaultException => $"{source} cannot state its streams: {e.Message}",
                    RequestException or OperationCanceledException => $"{source} did not answer within {answerMax.TotalSeconds:0.#} s.",
                    _ => $"{source} could not be compared: {e.Message}",
                };
            }

            compared.Add(one.Done(clock.GetElapsedTime(begun)));
            differences.AddRange(one.Differences);
        }

        return asked with
        {
            UpTo = upTo, Sources = compared, DoneAt = clock.GetUtcNow(),
            Differences = [.. differences.OrderBy(difference => difference.Repaired).Take(Reconciliation.DifferencesMax)],
        };
    }

    /// <summary>Counties of which the ledger holds something, or once did.</summary>
    public Task<List<string>> Counties(CancellationToken cancel) => Texts(
        "select tenant_id from evaluation.mt_streams union select tenant_id from evaluation.log_head order by 1", null, cancel);

    /// <summary>Who has spoken, was ever recorded, or is named by a row of the ledger; Evaluation's own events have no other source.</summary>
    async Task<List<string>> Names(string tenant, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var known = sources.Lag(await session.Query<SourcePosition>().ToListAsync(cancel)).Select(source => source.Source);
        var named = await Texts(
            "select distinct split_part(type, '.', 1) from evaluation.mt_events where tenant_id = $1 and type <> 'tombstone'", tenant, cancel);
        return [.. known.Union(named).Where(name => name != "evaluation").Order(StringComparer.Ordinal)];
    }

    async Task Compare(Comparing one, CancellationToken cancel)
    {
        var ledger = new Statements(database, "evaluation", one.Source + ".");
        var stated = (await Ask<StatementRequested, Statement>(one.Source, new(one.Tenant, one.UpTo), cancel)).Buckets.ToDictionary(bucket => bucket.Bucket);
        var held = (await ledger.Buckets(one.Tenant, one.UpTo, cancel)).ToDictionary(bucket => bucket.Bucket);
        (one.SourceEvents, one.LedgerEvents) = (stated.Values.Sum(bucket => bucket.Events), held.Values.Sum(bucket => bucket.Events));
        var differing = stated.Keys.Union(held.Keys).Where(bucket => stated.GetValueOrDefault(bucket) != held.GetValueOrDefault(bucket)).Order().ToList();
        one.Buckets = differing.Count;
        foreach (var some in Portions(
            differing, bucket => Math.Max(stated.GetValueOrDefault(bucket)?.Events ?? 0, held.GetValueOrDefault(bucket)?.Events ?? 0), StreamsMax))
            await CompareStreams(one, ledger, some, cancel);
    }

    async Task CompareStreams(Comparing one, Statements ledger, List<int> buckets, CancellationToken cancel)
    {
        var stated = (await Ask<StreamStatementRequested, StreamStatement>(one.Source, new(one.Tenant, one.UpTo, buckets), cancel))
            .Streams.ToDictionary(stream => stream.Stream);
        var held = (await ledger.Streams(one.Tenant, one.UpTo, buckets, cancel)).ToDictionary(stream => stream.Stream);
        var differing = stated.Keys.Union(held.Keys).Where(stream => stated.GetValueOrDefault(stream) != held.GetValueOrDefault(stream))
            .Order(StringComparer.Ordinal).ToList();
        one.Streams += differing.Count;
        var ranges = differing.SelectMany(stream => Ranges(
            stream, Math.Max(stated.GetValueOrDefault(stream)?.LastVersion ?? 0, held.GetValueOrDefault(stream)?.LastVersion ?? 0)));
        foreach (var some in Portions(ranges, range => range.To - range.From + 1, Statements.VersionsMax))
            await CompareVersions(one, ledger, some, cancel);
    }

    async Task CompareVersions(Comparing one, Statements ledger, List<VersionRange> ranges, CancellationToken cancel)
    {
        // The ledger first: what it has, the source had before.
        var held = await ledger.Versions(one.Tenant, ranges, cancel);
        var stated = (await Ask<VersionStatementRequested, VersionStatement>(one.Source, new(one.Tenant, ranges), cancel)).Versions;
        var found = Difference.Between(one.Source, stated, held, one.UpTo);
        if (found.Exists(difference => difference.Kind == DifferenceKind.Missing)) found = await Repair(one, ledger, stated, found, cancel);
        one.Add(found);
    }

    /// <summary>
    /// Has the source publish again what is missing at the end of a stream, and waits until the ledger has it. What is missing in the
    /// middle stays so: the ledger only appends.
    /// </summary>
    async Task<List<Difference>> Repair(
        Comparing one, Statements ledger, IReadOnlyList<StatedVersion> stated, List<Difference> found, CancellationToken cancel)
    {
        var streams = found.Where(difference => difference.Kind == DifferenceKind.Missing).GroupBy(difference => difference.Stream)
            .ToDictionary(stream => stream.Key, stream => (From: stream.Min(lost => lost.Version), To: stream.Max(lost => lost.Version)));
        var ends = await LowerHeads(one, [.. streams.Keys], cancel);
        var open = streams.Where(stream => ends[stream.Key] < stream.Value.To).ToList();
        var endpoint = await bus.GetSendEndpoint(new Uri($"exchange:{one.Source}-republish"));
        foreach (var (stream, _) in open) await endpoint.Send(new RepublishRequested(one.Tenant, stream, ends[stream] + 1), cancel);

        var (moved, last) = (clock.GetTimestamp(), 0);
        var ranges = streams.Select(stream => new VersionRange(stream.Key, stream.Value.From, stream.Value.To)).ToList();
        Dictionary<(string, long), string> there = [];
        while (open.Count > 0 && clock.GetElapsedTime(moved) < repairMax)
        {
            await Task.Delay(lookEvery, clock, cancel);
            there = (await ledger.Versions(one.Tenant, ranges, cancel)).ToDictionary(row => (row.Stream, row.Version), row => row.Hash);
            if (there.Count > last) (moved, last) = (clock.GetTimestamp(), there.Count);
            if (open.TrueForAll(stream => there.ContainsKey((stream.Key, stream.Value.To)))) break;
        }

        var wanted = stated.ToDictionary(row => (row.Stream, row.Version), row => row.Hash);
        return found.ConvertAll(difference =>
        {
            if (difference.Kind != DifferenceKind.Missing) return difference;
            var place = (difference.Stream, difference.Version);
            if (there.TryGetValue(place, out var hash))
                return hash == wanted[place]
                    ? difference with { Repaired = true, What = "The ledger lacked this event; its source has published it again, and the ledger has it now." }
                    : difference with { What = "The ledger lacked this event; its source has published it again, and not as it stands in its store." };
            return difference with
            {
                What = ends[difference.Stream] < difference.Version
                    ? "The ledger lacks this event; its source was asked to publish it again, and it has not come."
                    : "The ledger lacks this event and holds later ones of its stream; it only appends, so this stays for people to resolve.",
            };
        });
    }

    /// <summary>
    /// Answers the highest version that there is a row for, per stream. Where the stream calls itself longer than its rows, rows were taken
    /// away, and what is published again would pass for a duplicate: the stream is set back to its rows, and the source's count with it.
    /// </summary>
    async Task<Dictionary<string, long>> LowerHeads(Comparing one, string[] streams, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // Two statements: the second sees what was appended while the first waited for its locks.
        await using (var held = new NpgsqlCommand(
            "select from evaluation.mt_streams where tenant_id = $1 and id = any($2) order by id for update", connection, transaction))
        {
            held.Parameters.Add(new NpgsqlParameter { Value = one.Tenant });
            held.Parameters.Add(new NpgsqlParameter { Value = streams });
            await held.ExecuteNonQueryAsync(cancel);
        }

        await using var lower = new NpgsqlCommand("""
            with ends as materialized (
                     select id, version,
                            coalesce((select max(version) from evaluation.mt_events where tenant_id = $1 and stream_id = mt_streams.id), 0) as last
                     from evaluation.mt_streams where tenant_id = $1 and id = any($2)),
                 lowered as (
                     update evaluation.mt_streams set version = ends.last from ends
                     where mt_streams.tenant_id = $1 and mt_streams.id = ends.id and ends.last > 0 and ends.last < ends.version),
                 ended as (
                     delete from evaluation.mt_streams using ends
                     where mt_streams.tenant_id = $1 and mt_streams.id = ends.id and ends.last = 0),
                 counted as (
                     update evaluation.mt_doc_sourceposition set mt_version = mt_version + 1, data = jsonb_set(
                         data, '{events}', to_jsonb((data ->> 'events')::bigint - (select sum(version - last) from ends)::bigint))
                     where id = $3 and exists (select 1 from ends where last < version))
            select id, last from ends
            """, connection, transaction);
        lower.Parameters.Add(new NpgsqlParameter { Value = one.Tenant });
        lower.Parameters.Add(new NpgsqlParameter { Value = streams });
        lower.Parameters.Add(new NpgsqlParameter { Value = one.Source });
        var ends = streams.ToDictionary(stream => stream, _ => 0L);
        await using (var rows = await lower.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) ends[rows.GetString(0)] = rows.GetInt64(1);
        }

        await transaction.CommitAsync(cancel);
        return ends;
    }

    async Task<TAnswer> Ask<TQuestion, TAnswer>(string source, TQuestion question, CancellationToken cancel)
        where TQuestion : class where TAnswer : class
    {
        // The second limit is for a broker that does not take the question.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(answerMax + repairMax);
        var client = bus.CreateRequestClient<TQuestion>(new Uri($"exchange:{source}-statement"), answerMax);
        return (await client.GetResponse<TAnswer>(question, CancellationToken.None).WaitAsync(limit.Token)).Message;
    }

    async Task<List<string>> Texts(string sql, string? value, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        if (value is not null) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var row = await command.ExecuteReaderAsync(cancel);
        var texts = new List<string>();
        while (await row.ReadAsync(cancel)) texts.Add(row.GetString(0));
        return texts;
    }

    static IEnumerable<VersionRange> Ranges(string stream, long last)
    {
        for (var from = 1L; from <= last; from += Statements.VersionsMax)
            yield return new(stream, from, Math.Min(last, from + Statements.VersionsMax - 1));
    }

    /// <summary>Consecutive items together as long as their weight stays below the limit; an item heavier than that alone.</summary>
    static IEnumerable<List<T>> Portions<T>(IEnumerable<T> items, Func<T, long> weigh, long limit)
    {
        var (portion, weight) = (new List<T>(), 0L);
        foreach (var item in items)
        {
            if (portion.Count > 0 && weight + weigh(item) > limit)
            {
                yield return portion;
                (portion, weight) = ([], 0);
            }

            portion.Add(item);
            weight += weigh(item);
        }

        if (portion.Count > 0) yield return portion;
    }

    sealed class Comparing(string tenant, string source, DateTimeOffset upTo)
    {
        readonly List<Difference> standing = [], mended = [];
        long missing, extra, differing, repaired;

        public string Tenant => tenant;

        public string Source => source;

        public DateTimeOffset UpTo => upTo;

        public long SourceEvents { get; set; }

        public long LedgerEvents { get; set; }

        public int Buckets { get; set; }

        public int Streams { get; set; }

        public string? Trouble { get; set; }

        public IEnumerable<Difference> Differences => standing.Concat(mended);

        public void Add(List<Difference> found)
        {
            foreach (var difference in found)
            {
                _ = difference.Kind switch
                {
                    DifferenceKind.Missing => missing++, DifferenceKind.Extra => extra++, DifferenceKind.Differs => differing++,
                    _ => throw new UnreachableException(),
                };
                if (difference.Repaired) repaired++;
                var kept = difference.Repaired ? mended : standing;
                if (kept.Count < Reconciliation.DifferencesMax) kept.Add(difference);
            }
        }

        public ReconciledSource Done(TimeSpan took) => new(
            source, SourceEvents, LedgerEvents, Buckets, Streams, missing, extra, differing, repaired, Trouble, Math.Round(took.TotalSeconds, 2));
    }
}
