using System.Collections.Concurrent;
using Marten;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Evaluation;

/// <summary>
/// Sees every gap to its end: asks the source to publish again from the missing version, at once and then every ten
/// seconds, and forgets the gap when the ledger has passed it.
/// </summary>
public sealed partial class GapWatch(IDocumentStore store, IBus bus, TimeProvider clock, ILogger<GapWatch> logger)
    : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan askEvery = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<string, DateTimeOffset> asked = new();

    /// <summary>Asks for what is missing, each stream at most once in ten seconds.</summary>
    public async Task Ask(IReadOnlyList<Gap> gaps, CancellationToken cancel)
    {
        foreach (var gap in gaps)
        {
            var now = clock.GetUtcNow();
            if (asked.TryGetValue(gap.Id, out var last) && now - last < askEvery) continue;
            asked[gap.Id] = now;
            Missing(gap.Stream, gap.MissingFrom);
            var source = await bus.GetSendEndpoint(new Uri($"exchange:{gap.Source}-republish"));
            await source.Send(new RepublishRequested(gap.Tenant, gap.Stream, gap.MissingFrom), cancel);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Look(stoppingToken);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    async Task Look(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var gaps = await session.Query<Gap>().ToListAsync(cancel);
        foreach (var gap in gaps)
        {
            var state = await session.ForTenant(gap.Tenant).Events.FetchStreamStateAsync(gap.Stream, cancel);
            var version = state?.Version ?? 0;
            if (version >= gap.SeenUpTo)
            {
                session.Delete(gap);
                session.DeleteWhere<DeadLetter>(letter => letter.Message.Stream == gap.Stream &&
                    letter.Message.Tenant == gap.Tenant && letter.Message.Version <= version);
                asked.TryRemove(gap.Id, out _);
            }
            else
            {
                await Ask([gap with { MissingFrom = version + 1 }], cancel);
            }
        }

        await session.SaveChangesAsync(cancel);
    }

    [LoggerMessage(LogLevel.Warning, "{Stream} lacks version {Version}; asking its source to publish it again")]
    partial void Missing(string stream, long version);

    [LoggerMessage(LogLevel.Debug, "Gaps cannot be looked at now: {Reason}")]
    partial void NotNow(string reason);
}
