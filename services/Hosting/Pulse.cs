using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Npgsql;

namespace Monitoring.Hosting;

/// <summary>Tells listeners every few seconds how a service stands. Sent by the instance that runs the daemon.</summary>
public abstract partial class PulseSender<TPulse>(TimeSpan every, DaemonHost daemon, IBus bus, TimeProvider clock, ILogger logger) : BackgroundService
    where TPulse : class
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    // While the broker is away one stays under way, and no other is sent.
    Task underWay = Task.CompletedTask;

    /// <summary>The time of a pulse.</summary>
    protected TimeProvider Clock => clock;

    /// <summary>What is to be told now.</summary>
    protected abstract Task<TPulse> Measure(CancellationToken cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            if (!daemon.Leads || !underWay.IsCompleted) continue;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                limit.CancelAfter(patience);
                underWay = bus.Publish(await Measure(limit.Token), CancellationToken.None);
                await underWay.WaitAsync(limit.Token);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                Skipped(logger, e.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "No pulse this time: {Reason}")]
    static partial void Skipped(ILogger logger, string reason);
}

/// <summary>
/// Tells how many events this service has committed and how many of them still wait in the outbox, so that listeners can say how far they
/// lag without asking.
/// </summary>
public sealed class Pulse(
    ServiceName service, NpgsqlDataSource database, DaemonHost daemon, ErrorQueues errors, IBus bus, TimeProvider clock,
    ILogger<Pulse> logger) : PulseSender<SourcePulse>(TimeSpan.FromSeconds(2), daemon, bus, clock, logger)
{
    // Counting is incremental: below the high-water mark no event can appear any more.
    long countedTo;
    long counted;

    protected override async Task<SourcePulse> Measure(CancellationToken cancel)
    {
        var schema = service.Name;
        await using var command = database.CreateCommand($"""
            with mark as (select coalesce(max(last_seq_id) filter (where name = 'HighWaterMark'), 0) as high,
                                 coalesce(max(last_seq_id) filter (where name = '{EventPublisher.SubscriptionName}:All'), 0) as published
                          from {schema}.mt_event_progression)
            select mark.high,
                   (select count(*) from {schema}.mt_events where seq_id > $1 and seq_id <= mark.high and type <> '{EventPublisher.Tombstone}'),
                   (select count(*) from {schema}.mt_events where seq_id > mark.published and seq_id <= mark.high and type <> '{EventPublisher.Tombstone}'),
                   (select timestamp from {schema}.mt_events where seq_id <= mark.high order by seq_id desc limit 1)
            from mark
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = countedTo });
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        (countedTo, counted) = (row.GetInt64(0), counted + row.GetInt64(1));
        return new SourcePulse(
            service.Name, counted, row.GetInt64(2), row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3),
            Clock.GetUtcNow(), errors.Messages);
    }
}
