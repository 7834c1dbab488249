using System.Threading.Channels;
using Marten;
using Marten.Exceptions;
using Npgsql;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// Takes what connections receive and commits it in few transactions. Queues are bounded: while the store is slow or away,
/// connections wait and devices with them, and nothing is dropped. A station's packets always go through the same queue, in order.
/// </summary>
public sealed partial class Recorder(
    IDocumentStore store, Mns mns, DeviceKey key, Hj212Options options, TimeProvider clock, ILogger<Recorder> logger) : BackgroundService
{
    static readonly TimeSpan retryMax = TimeSpan.FromSeconds(2);
    static readonly TimeSpan sweepEvery = TimeSpan.FromMinutes(1);

    readonly Channel<Received>[] queues = [.. Enumerable.Range(0, Math.Max(1, options.Writers)).Select(_ =>
        Channel.CreateBounded<Received>(new BoundedChannelOptions(options.WaitingMax) { SingleReader = true }))];

    /// <summary>Hands something over; waits while the queue is full.</summary>
    public ValueTask Take(Received piece, CancellationToken cancel) =>
        queues[(uint)string.GetHashCode(piece.Mn ?? "", StringComparison.Ordinal) % queues.Length].Writer.WriteAsync(piece, cancel);

    /// <summary>Commits these pieces now, each in its county, and settles their outcomes.</summary>
    public async Task Keep(IReadOnlyList<Received> pieces, Replay? replay, CancellationToken cancel)
    {
        var waiting = pieces;
        while (waiting.Count > 0)
        {
            var tenants = await mns.Tenants(waiting.Select(piece => piece.Mn).OfType<string>(), cancel);
            var left = new List<Received>();
            foreach (var county in waiting.GroupBy(piece => tenants.GetValueOrDefault(piece.Mn ?? "", options.Tenant)))
                left.AddRange(await Keeping.Commit(store, key, county.Key, [.. county], replay, clock.GetUtcNow(), cancel));
            waiting = left;
        }

        foreach (var piece in pieces) Meters.Count(piece);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([.. queues.Select(queue => Write(queue.Reader, stoppingToken)), Sweep(stoppingToken)]);

    async Task Write(ChannelReader<Received> queue, CancellationToken stopping)
    {
        var gathered = new List<Received>(options.GatherMax);
        try
        {
            while (await queue.WaitToReadAsync(stopping))
            {
                if (queue.Count < options.GatherMax) await Task.Delay(options.GatherFor, clock, stopping);
                while (gathered.Count < options.GatherMax && queue.TryRead(out var piece)) gathered.Add(piece);
                await KeepUntilKept(gathered, stopping);
                gathered.Clear();
            }
        }
        finally
        {
            // Without an outcome there is no answer, and a device sends again what was not answered.
            foreach (var piece in gathered) piece.GiveUp();
            while (queue.TryRead(out var piece)) piece.GiveUp();
        }
    }

    async Task KeepUntilKept(IReadOnlyList<Received> pieces, CancellationToken stopping)
    {
        for (var attempt = 1; ; attempt++)
        {
            var open = pieces.Where(piece => !piece.Outcome.IsCompleted).ToList();
            try
            {
                await Keep(open, null, stopping);
                return;
            }
            catch (Exception e) when (IsPassing(e))
            {
                NotNow(open.Count, attempt, e.Message);
                var pause = TimeSpan.FromMilliseconds(Math.Min(20 * (1 << Math.Min(attempt, 10)), retryMax.TotalMilliseconds));
                await Task.Delay(pause, clock, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One of them cannot be stored: find it, and let it cost itself alone.
                Refused(open.Count, e);
                if (open is [var one])
                {
                    if (one.Packet is null)
                    {
                        one.GiveUp();
                        return;
                    }

                    one.Spoil();
                }
                else
                {
                    foreach (var piece in open) await KeepUntilKept([piece], stopping);
                    return;
                }
            }
        }
    }

    /// <summary>True when the store is away or another writer was faster, so that the same again will do.</summary>
    static bool IsPassing(Exception exception) => exception switch
    {
        PostgresException refused => refused.IsTransient || refused.SqlState is PostgresErrorCodes.UniqueViolation ||
            refused.SqlState.StartsWith("57", StringComparison.Ordinal) || refused.SqlState.StartsWith("40", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or IOException => true,
        MartenCommandException { InnerException: { } inner } => IsPassing(inner),
        { InnerException: { } inner } => IsPassing(inner),
        _ => exception is JasperFx.ConcurrencyException,
    };

    async Task Sweep(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(sweepEvery, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                await using var session = store.QuerySession();
                var tenants = await session.AdvancedSql.QueryAsync<string>("select distinct tenant_id from environment.mt_doc_packetpart", stopping);
                foreach (var tenant in tenants)
                    await Keeping.GiveUpParts(store, key, tenant, clock.GetUtcNow() - options.PartsMax, clock.GetUtcNow(), stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                NotNow(0, 1, e.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} packets cannot be committed now, attempt {Attempt}, trying again: {Reason}")]
    partial void NotNow(int count, int attempt, string reason);

    [LoggerMessage(LogLevel.Error, "The store refused {Count} packets together; each is tried alone")]
    partial void Refused(int count, Exception exception);
}
