using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Npgsql;

namespace Monitoring.Relapse;

/// <summary>An event of a county as it lies in the store.</summary>
readonly record struct StoredFact(long Position, string Stream, Guid Id, DateTimeOffset At, object Data);

/// <summary>
/// What thresholds need to know of every household of a county, in memory, folded from the event store and brought up to date from
/// where it stands. About 0.2 KiB for a household and as much for each signal: 100 MiB for 154,000 households with 250,000 signals.
/// </summary>
sealed class CountyFacts(string tenant)
{
    static readonly Dictionary<string, Type> told = new[]
    {
        typeof(HouseholdEnrolled), typeof(HouseholdChanged), typeof(HouseholdEnded), typeof(SignalReported), typeof(SignalRevised),
        typeof(SignalWithdrawn), typeof(HouseholdSurveyed), typeof(FollowedUp), typeof(HouseholdRestored), typeof(CountyDecided), typeof(RiskEliminated), typeof(RiskDetected),
        typeof(RiskRecurred), typeof(RiskReceded), typeof(RuleSetPublished), typeof(IncomeLineSet), typeof(ReferenceValueSet),
    }.ToDictionary(EventTypes.NameOf);

    readonly Dictionary<string, KnownFacts> households = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    /// <summary>Everything up to here is known.</summary>
    public long Position { get; private set; }

    /// <summary>By stream key.</summary>
    public IReadOnlyDictionary<string, KnownFacts> Households => households;

    /// <summary>Folds what was stored since.</summary>
    public async Task CatchUp(NpgsqlDataSource database, long to, CancellationToken cancel)
    {
        await foreach (var (_, stream, id, _, data) in Read(database, tenant, Position, to, cancel))
            if (data is not (RuleSetPublished or IncomeLineSet or ReferenceValueSet))
                households[stream] = (households.GetValueOrDefault(stream) ?? new KnownFacts()).Evolve(id, data is SignalReported e ? Shared(e) : data);
        Position = Math.Max(Position, to);
    }

    // The same departments stand on hundreds of thousands of signals.
    SignalReported Shared(SignalReported e)
    {
        if (!texts.TryGetValue(e.Department, out var one)) texts.Add(one = e.Department, one);
        return e with { Department = one };
    }

    /// <summary>Reads, in order, what thresholds look at and what the county has set.</summary>
    public static async IAsyncEnumerable<StoredFact> Read(
        NpgsqlDataSource database, string tenant, long after, long to, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (after >= to) yield break;
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var query = new NpgsqlCommand("""
            select seq_id, stream_id, id, timestamp, type, data::text
            from relapse.mt_events
            where tenant_id = $1 and seq_id > $2 and seq_id <= $3 and type = any($4)
            order by seq_id
            """, connection)
        {
            CommandTimeout = 600,
            Parameters =
            {
                new() { Value = tenant }, new() { Value = after }, new() { Value = to }, new() { Value = told.Keys.ToArray() },
            },
        };
        await using var rows = await query.ExecuteReaderAsync(System.Data.CommandBehavior.SequentialAccess, cancel);
        while (await rows.ReadAsync(cancel))
        {
            var (position, stream, id) = (rows.GetInt64(0), rows.GetString(1), rows.GetGuid(2));
            var (at, type) = (rows.GetFieldValue<DateTimeOffset>(3), told[rows.GetString(4)]);
            yield return new(position, stream, id, at, JsonSerializer.Deserialize(rows.GetString(5), type, EventJson.Options)!);
        }
    }

    /// <summary>
    /// The position up to which no event is missing: the daemon's high-water mark, once it has come to what was stored when it was asked
    /// for, or after a few seconds where it is.
    /// </summary>
    public static async Task<long> Settled(NpgsqlDataSource database, TimeProvider clock, CancellationToken cancel)
    {
        const int attempts = 100;
        long? stored = null;
        for (var attempt = 1; ; attempt++)
        {
            await using var query = database.CreateCommand("""
                select coalesce((select last_seq_id from relapse.mt_event_progression where name = 'HighWaterMark'), 0),
                    (select coalesce(max(seq_id), 0) from relapse.mt_events)
                """);
            await using var rows = await query.ExecuteReaderAsync(cancel);
            await rows.ReadAsync(cancel);
            var mark = rows.GetInt64(0);
            stored ??= rows.GetInt64(1);
            if (mark >= stored || attempt == attempts) return mark;
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancel);
        }
    }
}
