using System.Text.Json;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;
using Monitoring.Contracts;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Keeps every version of what the ledger knows of a thing, as rows valid from one ledger position to the next and from one recorded
/// instant to the next. What was known at any time is then looked up, never folded on request. The instant is that at which the source
/// recorded the event, so an answer does not depend on when the ledger heard of it; inside a stream it never goes back.
/// </summary>
public sealed class StandingHistory<TStanding> : ProjectionBase, IProjection where TStanding : class
{
    readonly View view;
    readonly string table;
    readonly Func<TStanding?, string, IEvent, TStanding?> fold;
    readonly NpgsqlDataSource database;
    readonly Func<TStanding, IEnumerable<string>>? kinds;

    /// <summary>Keeps the history of one version of a view.</summary>
    /// <param name="view">The view.</param>
    /// <param name="fold">What an event makes of a standing; null or the same where it says nothing to it.</param>
    /// <param name="database">The ledger's database.</param>
    /// <param name="kinds">As what a standing counts, where the view is counted.</param>
    public StandingHistory(
        View view, Func<TStanding?, string, IEvent, TStanding?> fold, NpgsqlDataSource database, Func<TStanding, IEnumerable<string>>? kinds)
    {
        (this.view, table, this.fold, this.database, this.kinds) = (view, view.Table, fold, database, kinds);
        Name = view.Projection;
        foreach (var type in view.Types) IncludeType(type);
        Options.BatchSize = Fold.PageMax;
        Options.DeleteDataInTableOnTeardown(table);
        Options.DeleteDataInTableOnTeardown(view.Days);
        if (kinds is null) return;
        foreach (var counts in CountHistory.Tables(view)) Options.DeleteDataInTableOnTeardown(counts);
    }

    sealed record Row(string Tenant, string Stream, long From, long? To, DateTimeOffset FromAt, DateTimeOffset? ToAt, string? Data);

    sealed class Open
    {
        public TStanding? Standing { get; set; }

        public long Position { get; set; }

        public DateTimeOffset At { get; set; }

        public int Row { get; set; } = -1;
    }

    public async Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        if (events.Count == 0) return;
        var open = await Load(events, cancellation);
        var (first, last) = (events.Min(e => e.Sequence), events.Max(e => e.Sequence));
        var skipped = await ViewFailure.Skipped(database, view, first, last, cancellation);
        var (rows, closed, tally, counts) = (new List<Row>(), new List<Row>(), new Certificate.Tally(), new CountHistory.Tally());
        foreach (var e in events.OrderBy(e => e.Sequence))
        {
            if (skipped.Contains(e.Sequence))
            {
                tally.Skipped(e);
                continue;
            }

            var key = (e.TenantId, Stream: e.StreamKey!);
            var known = open.TryGetValue(key, out var found) ? found : open[key] = new Open();
            // A page that comes again after a failure changes nothing.
            if (e.Sequence <= known.Position) continue;
            TStanding? standing;
            try
            {
                standing = fold(known.Standing, key.Stream, e);
            }
            catch (Exception failed)
            {
                // The page is rolled back and this view stands still; what it failed on is kept beside it.
                await ViewFailure.Keep(database, view, e, failed, cancellation);
                throw;
            }

            tally.Handled(e);
            if (standing is null || standing.Equals(known.Standing)) continue;
            var at = e.Timestamp > known.At ? e.Timestamp : known.At;
            if (known.Row >= 0) rows[known.Row] = rows[known.Row] with { To = e.Sequence, ToAt = at };
            else if (known.Standing is not null) closed.Add(new(key.TenantId, key.Stream, known.Position, e.Sequence, known.At, at, null));
            if (kinds is not null)
                counts.Changed(key.TenantId, e.Sequence, at, known.Standing is null ? [] : kinds(known.Standing), kinds(standing));
            (known.Standing, known.Position, known.At, known.Row) = (standing, e.Sequence, at, rows.Count);
            rows.Add(new(key.TenantId, key.Stream, e.Sequence, null, at, null, JsonSerializer.Serialize(standing, EventJson.Options)));
        }

        tally.Write(operations, view);
        counts.Write(operations, view);
        ViewFailure.Forget(operations, view, last);
        if (closed.Count > 0)
            operations.QueueSqlCommand(
                $"""
                update {table} as h set to_position = c.until, to_at = c.until_at
                from unnest(?::varchar[], ?::varchar[], ?::bigint[], ?::bigint[], ?::timestamptz[]) as c (tenant, stream, since, until, until_at)
                where h.tenant_id = c.tenant and h.stream = c.stream and h.from_position = c.since
                """,
                closed.Select(row => row.Tenant).ToArray(), closed.Select(row => row.Stream).ToArray(), closed.Select(row => row.From).ToArray(),
                closed.Select(row => row.To!.Value).ToArray(), closed.Select(row => row.ToAt!.Value).ToArray());
        if (rows.Count > 0)
            operations.QueueSqlCommand(
                $"""
                insert into {table} (tenant_id, stream, from_position, to_position, from_at, to_at, data)
                select * from unnest(?::varchar[], ?::varchar[], ?::bigint[], ?::bigint[], ?::timestamptz[], ?::timestamptz[], ?::json[])
                """,
                rows.Select(row => row.Tenant).ToArray(), rows.Select(row => row.Stream).ToArray(), rows.Select(row => row.From).ToArray(),
                rows.Select(row => row.To).ToArray(), rows.Select(row => row.FromAt).ToArray(), rows.Select(row => row.ToAt).ToArray(),
                rows.Select(row => row.Data!).ToArray());
    }

    async Task<Dictionary<(string Tenant, string Stream), Open>> Load(IReadOnlyList<IEvent> events, CancellationToken cancel)
    {
        var keys = events.Select(e => (e.TenantId, Stream: e.StreamKey!)).Distinct().ToList();
        await using var command = database.CreateCommand($"""
            select h.tenant_id, h.stream, h.from_position, h.from_at, h.data
            from unnest($1, $2) as k (tenant, stream)
            join {table} h on h.tenant_id = k.tenant and h.stream = k.stream and h.to_position is null
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = keys.ConvertAll(key => key.TenantId).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = keys.ConvertAll(key => key.Stream).ToArray() });
        var found = new Dictionary<(string, string), Open>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            found[(rows.GetString(0), rows.GetString(1))] = new Open
            {
                Position = rows.GetInt64(2), At = rows.GetFieldValue<DateTimeOffset>(3),
                Standing = JsonSerializer.Deserialize<TStanding>(rows.GetString(4), EventJson.Options),
            };
        return found;
    }
}

/// <summary>Reads kept standings as they were known at a time.</summary>
public static class StandingHistory
{
    internal static string TableOf(string view, int version = 1) =>
        $"evaluation.history_{view.Replace('-', '_')}{(version == 1 ? "" : $"_{version}")}";

    /// <summary>The tables of one version of a view.</summary>
    internal static string Schema(View view)
    {
        var (table, name) = (view.Table, view.Table["evaluation.".Length..]);
        // json, not jsonb: a standing is read whole and never asked into, and jsonb is written out again at every reading.
        return $"""
            create table if not exists {table} (
                tenant_id varchar not null, stream varchar not null, from_position bigint not null, to_position bigint,
                from_at timestamptz not null, to_at timestamptz, data json not null, primary key (tenant_id, stream, from_position));
            create index if not exists {name}_open on {table} (tenant_id, stream) where to_position is null;
            create index if not exists {name}_at on {table} using gist (tstzrange(from_at, to_at));
            create index if not exists {name}_position on {table} using gist (int8range(from_position, to_position));
            create table if not exists {view.Days} (
                tenant_id varchar not null, day date not null, events bigint not null, skipped bigint not null, hash numeric(78) not null,
                position bigint not null, primary key (tenant_id, day));

            """ + (view.IsCounted ? CountHistory.Schema(view) : "");
    }

    /// <summary>All standings of a view as they were known, in no order.</summary>
    /// <param name="database">The ledger's database.</param>
    /// <param name="tenant">County.</param>
    /// <param name="view">Name of the view.</param>
    /// <param name="asOf">The time.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <param name="latest">SQL over <c>stream</c>: of streams for which it is the same, only the last by name is read.</param>
    /// <param name="version">Version of the view; null for the one that the county reads.</param>
    public static async Task<List<TStanding>> Read<TStanding>(
        NpgsqlDataSource database, string tenant, string view, AsOf asOf, CancellationToken cancel, string? latest = null, int? version = null)
    {
        var table = TableOf(view, version ?? await Reading.VersionOf(database, tenant, view, cancel));
        var when = asOf == AsOf.Latest ? "to_position is null"
            : asOf.Position is null ? "tstzrange(from_at, to_at) @> $2" : "int8range(from_position, to_position) @> $2";
        await using var command = database.CreateCommand($"""
            select {(latest is null ? "" : $"distinct on ({latest})")} data from {table}
            where tenant_id = $1 and {when}
            {(latest is null ? "" : $"order by {latest}, stream desc")}
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        if (asOf != AsOf.Latest) command.Parameters.Add(asOf.Parameter);
        var found = new List<TStanding>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found.Add(JsonSerializer.Deserialize<TStanding>(rows.GetFieldValue<byte[]>(0), EventJson.Options)!);
        return found;
    }
}
