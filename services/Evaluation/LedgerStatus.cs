using System.Collections.Concurrent;
using Marten;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>What each source last said of itself. Every instance listens for itself; nothing of it is stored.</summary>
public sealed class Sources(TimeProvider clock)
{
    static readonly TimeSpan silentAfter = TimeSpan.FromSeconds(15);

    readonly ConcurrentDictionary<string, Heard> heard = new();

    internal void Hear(SourcePulse pulse) => heard.GetOrAdd(pulse.Source, _ => new Heard()).Take(pulse);

    /// <summary>How far the ledger lags behind each source that has spoken or was ever recorded.</summary>
    internal IReadOnlyList<SourceLag> Lag(IEnumerable<SourcePosition> positions)
    {
        var recorded = positions.ToDictionary(position => position.Id);
        var now = clock.GetUtcNow();
        return
        [
            .. recorded.Keys.Union(heard.Keys).Order(StringComparer.Ordinal).Select(source =>
            {
                var position = recorded.GetValueOrDefault(source);
                var events = position?.Events ?? 0;
                if (!heard.TryGetValue(source, out var word))
                    return new SourceLag(source, events, null, null, null, true, position?.LatestAt, null);
                var (pulse, behindSince) = word.Since(events);
                return new SourceLag(
                    source, events, Math.Max(0, pulse.Events - events),
                    behindSince is { } since ? Math.Round(Math.Max(0, (now - since).TotalSeconds), 1) : 0, pulse.Unpublished,
                    now - pulse.SentAt > silentAfter, position?.LatestAt, pulse.SentAt);
            }),
        ];
    }

    /// <summary>The pulses of one source that the ledger has not caught up with.</summary>
    sealed class Heard
    {
        const int Kept = 10_000;

        readonly Queue<SourcePulse> ahead = new();
        SourcePulse latest = null!;

        public void Take(SourcePulse pulse)
        {
            lock (ahead)
            {
                latest = pulse;
                if (ahead.Count < Kept) ahead.Enqueue(pulse);
            }
        }

        /// <summary>The latest pulse, and when the source first had more events than are recorded now.</summary>
        public (SourcePulse Latest, DateTimeOffset? BehindSince) Since(long recorded)
        {
            lock (ahead)
            {
                while (ahead.TryPeek(out var oldest) && oldest.Events <= recorded) ahead.Dequeue();
                return (latest, ahead.TryPeek(out var first) ? first.SentAt : null);
            }
        }
    }
}

/// <summary>How far the ledger lags behind one source.</summary>
/// <param name="Source">The service.</param>
/// <param name="Events">Events of it in the ledger.</param>
/// <param name="LagEvents">Committed there and not yet recorded here; null while it has not spoken.</param>
/// <param name="LagSeconds">For how long there have been such; 0 when there are none.</param>
/// <param name="Unpublished">Of these, still in the source's outbox.</param>
/// <param name="Silent">True when it has not spoken for 15 seconds.</param>
/// <param name="LatestAt">When the newest recorded event was recorded at the source, UTC.</param>
/// <param name="HeardAt">When it last spoke, UTC.</param>
public sealed record SourceLag(
    string Source, long Events, long? LagEvents, double? LagSeconds, long? Unpublished, bool Silent, DateTimeOffset? LatestAt,
    DateTimeOffset? HeardAt);

/// <summary>Listens to the sources' pulses on a queue of this instance's own.</summary>
public sealed class SourcePulses(Sources sources) : IConsumer<SourcePulse>
{
    public static void Endpoint(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit) =>
        rabbit.ReceiveEndpoint($"evaluation-pulse-{Guid.CreateVersion7():N}", endpoint =>
        {
            endpoint.AutoDelete = true;
            endpoint.Durable = false;
            endpoint.QueueExpiration = TimeSpan.FromMinutes(1);
            endpoint.ConfigureConsumer<SourcePulses>(context);
        });

    public Task Consume(ConsumeContext<SourcePulse> context)
    {
        sources.Hear(context.Message);
        return Task.CompletedTask;
    }
}

/// <summary>Where the ledger stands: its position, and per source how far it lags, what is missing and what it could not read.</summary>
/// <param name="Position">Highest position in the ledger.</param>
/// <param name="Events">Events in the ledger.</param>
/// <param name="Sources">Lag per source.</param>
/// <param name="Gaps">Streams of which something is missing.</param>
/// <param name="DeadLetters">Messages that could not be taken in.</param>
public sealed record LedgerStatus(
    long Position, long Events, IReadOnlyList<SourceLag> Sources, IReadOnlyList<Gap> Gaps, int DeadLetters)
{
    internal static async Task<LedgerStatus> Read(
        IDocumentStore store, NpgsqlDataSource database, Sources sources, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var positions = await session.Query<SourcePosition>().ToListAsync(cancel);
        var gaps = await session.Query<Gap>().OrderBy(gap => gap.SeenAt).Take(100).ToListAsync(cancel);
        var letters = await session.Query<DeadLetter>().CountAsync(cancel);
        await using var last = database.CreateCommand("select coalesce(max(seq_id), 0) from evaluation.mt_events");
        return new LedgerStatus(
            (long)(await last.ExecuteScalarAsync(cancel))!, positions.Sum(position => position.Events),
            sources.Lag(positions), [.. gaps], letters);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/ledger/status",
            (IDocumentStore store, NpgsqlDataSource database, Sources sources, CancellationToken cancel) =>
                Read(store, database, sources, cancel))
        .RequireRight("evaluation:read").Produces<LedgerStatus>();
}

/// <summary>Not ready while a gap stays open or the ledger lags beyond the limit; a silent source is said, and no more.</summary>
public sealed class LedgerHealth(
    IDocumentStore store, NpgsqlDataSource database, Sources sources, TimeProvider clock, IConfiguration configuration)
    : IHealthCheck
{
    readonly double lagSecondsMax = configuration.GetValue("Health:LagSecondsMax", 30d);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        LedgerStatus status;
        try
        {
            status = await LedgerStatus.Read(store, database, sources, cancellationToken);
        }
        catch (Exception e) when (DaemonHost.Passes(e))
        {
            return HealthCheckResult.Unhealthy($"The ledger cannot be read: {e.Message}");
        }

        var data = new Dictionary<string, object>
        {
            ["position"] = status.Position, ["gaps"] = (long)status.Gaps.Count, ["deadLetters"] = (long)status.DeadLetters,
        };
        foreach (var source in status.Sources) data[source.Source] = $"lag {source.LagEvents} events, {source.LagSeconds} s";

        var now = clock.GetUtcNow();
        if (status.Gaps.FirstOrDefault(gap => (now - gap.SeenAt).TotalSeconds > lagSecondsMax) is { } gap)
            return HealthCheckResult.Unhealthy(
                $"{gap.Stream} lacks version {gap.MissingFrom} since {gap.SeenAt:u}; its source has been asked.", null, data);
        if (status.Sources.FirstOrDefault(source => source.LagSeconds > lagSecondsMax) is { } late)
            return HealthCheckResult.Unhealthy(
                $"The ledger is {late.LagSeconds} s and {late.LagEvents} events behind {late.Source}.", null, data);
        return status.DeadLetters > 0
            ? HealthCheckResult.Degraded($"{status.DeadLetters} messages could not be taken in.", null, data)
            : HealthCheckResult.Healthy(null, data);
    }
}

/// <summary>Tells how far the ledger has come.</summary>
public sealed class LedgerPulses(
    IDocumentStore store, NpgsqlDataSource database, Sources sources, DaemonHost daemon, ErrorQueues errors, IBus bus, TimeProvider clock,
    ILogger<LedgerPulses> logger) : PulseSender<LedgerPulse>(TimeSpan.FromSeconds(5), daemon, bus, clock, logger)
{
    protected override async Task<LedgerPulse> Measure(CancellationToken cancel)
    {
        var status = await LedgerStatus.Read(store, database, sources, cancel);
        var late = status.Sources.Where(source => source.LagSeconds > 0).MaxBy(source => source.LagSeconds);
        return new LedgerPulse(
            status.Events, late?.Source, late?.LagSeconds ?? 0, status.Gaps.Count, status.DeadLetters + errors.Messages, Clock.GetUtcNow());
    }
}
