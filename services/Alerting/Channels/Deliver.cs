using System.Collections.Concurrent;
using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Alerting;

/// <summary>
/// Delivers what is due, in the instance that runs the daemon. Each receiver has a lane of its own, so that one which hangs delays nobody
/// else; of one group the older notification goes first. An attempt is recorded after it was made: a crash between the two sends the
/// message again under the same id, and loses none.
/// </summary>
public sealed partial class Deliver(
    IDocumentStore store, DaemonHost daemon, Sender sender, NpgsqlDataSource database, TimeProvider clock, ILogger<Deliver> logger)
        : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(200);

    // Notifications that a lane reads at once.
    const int PageMax = 100;

    // A receiver that is down is asked again no later than this, whatever its notifications wait for.
    static readonly TimeSpan pauseMax = TimeSpan.FromMinutes(10);

    readonly ConcurrentDictionary<(string Tenant, string Receiver), Lane> lanes = new();

    /// <summary>One receiver: what is under way, and until when it is left alone.</summary>
    sealed class Lane(string tenant, string receiver)
    {
        readonly Queue<DateTimeOffset> sent = new();
        long pausedUntil;
        int down;

        public string Tenant { get; } = tenant;

        public string Receiver { get; } = receiver;

        public Task Work { get; set; } = Task.CompletedTask;

        public bool IsPaused(DateTimeOffset now) => now.UtcTicks < Interlocked.Read(ref pausedUntil);

        public void Pause(DateTimeOffset until) => Interlocked.Exchange(ref pausedUntil, until.UtcTicks);

        /// <summary>Takes one of the minute's places; pauses the lane where there is none.</summary>
        public bool TryTake(int? perMinute, DateTimeOffset now)
        {
            if (perMinute is not { } most) return true;
            lock (sent)
            {
                while (sent.TryPeek(out var first) && now - first >= TimeSpan.FromMinutes(1)) sent.Dequeue();
                if (sent.Count < most)
                {
                    sent.Enqueue(now);
                    return true;
                }

                Pause(sent.Peek().AddMinutes(1));
                return false;
            }
        }

        public void Learn(Delivery delivery, RetryPolicy policy, DateTimeOffset now)
        {
            if (!delivery.IsDown)
            {
                Interlocked.Exchange(ref down, 0);
                return;
            }

            // Those that were under way together failed for one reason.
            if (IsPaused(now)) return;
            var wait = policy.Wait(Interlocked.Increment(ref down), Random.Shared.NextDouble(), delivery.After);
            Pause(now + (wait < pauseMax || delivery.After is not null ? wait : pauseMax));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!daemon.Leads) continue;
            try
            {
                foreach (var (tenant, receiver) in await Waiting(stoppingToken))
                {
                    var lane = lanes.GetOrAdd((tenant, receiver), key => new Lane(key.Tenant, key.Receiver));
                    if (lane.Work.IsCompleted && !lane.IsPaused(clock.GetUtcNow())) lane.Work = Drain(lane, stoppingToken);
                }
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    // The same expression as that of the index.
    async Task<IReadOnlyList<(string Tenant, string Receiver)>> Waiting(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select distinct tenant_id, data ->> 'receiver' from alerting.mt_doc_notification
            where alerting.mt_immutable_timestamptz(data ->> 'nextAt') <= $1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow().UtcDateTime });
        var waiting = new List<(string, string)>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) waiting.Add((rows.GetString(0), rows.GetString(1)));
        return waiting;
    }

    async Task Drain(Lane lane, CancellationToken cancel)
    {
        try
        {
            while (daemon.Leads && !lane.IsPaused(clock.GetUtcNow()) && await Round(lane, cancel)) { }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The service ends.
        }
        catch (Exception e) when (DaemonHost.Passes(e))
        {
            lane.Pause(clock.GetUtcNow().AddSeconds(1));
            NotNow(e.Message);
        }
    }

    /// <summary>Tries what is due for one receiver once; false where there was nothing.</summary>
    async Task<bool> Round(Lane lane, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var session = store.QuerySession(lane.Tenant);
        var due = await session.Query<Notification>().Where(one => one.Receiver == lane.Receiver && one.NextAt <= now)
            .OrderBy(one => one.DueAt).Take(PageMax).ToListAsync(cancel);
        if (due.Count == 0) return false;
        var groups = due.Select(one => one.GroupKey).Distinct().ToList();
        var waiting = await session.Query<Notification>()
            .Where(one => one.Receiver == lane.Receiver && one.NextAt != null && one.GroupKey.IsOneOf(groups))
            .OrderBy(one => one.DueAt).ThenBy(one => one.Id).Select(one => new { one.Id, one.GroupKey }).ToListAsync(cancel);
        var first = waiting.DistinctBy(one => one.GroupKey).Select(one => one.Id).ToHashSet();
        var heads = due.Where(one => first.Contains(one.Id)).ToList();
        if (heads.Count == 0) return false;

        var table = (await ReceiverBook.Of(session, lane.Tenant, cancel)).Table;
        var receiver = Array.Find(table.Receivers, one => one.Name == lane.Receiver);
        var width = receiver is null ? 1 : Formats.Width(receiver.Channel);
        await Parallel.ForEachAsync(heads, new ParallelOptions { MaxDegreeOfParallelism = width, CancellationToken = cancel },
            async (one, token) => await Attempt(lane, table, receiver, one, token));
        return true;
    }

    async Task Attempt(Lane lane, ReceiverTable table, Receiver? receiver, Notification one, CancellationToken cancel)
    {
        if (!daemon.Leads || lane.IsPaused(clock.GetUtcNow())) return;
        if (receiver is not null && !lane.TryTake(receiver.PerMinute ?? Formats.PerMinute(receiver.Channel), clock.GetUtcNow())) return;
        var delivery = receiver is null
            ? new Delivery(false, "receiver-unknown", IsFinal: true)
            : await Send(store, sender, lane.Tenant, table, receiver, one, clock.GetUtcNow(), cancel);
        var now = clock.GetUtcNow();
        lane.Learn(delivery, table.Retry, now);
        await store.Decide<Notification>(
            one.Id, new Occasion(now, new Caller(lane.Tenant, "系统", "alerting")),
            known => Decide(known, one.Attempts.Count, delivery, table.Retry, Random.Shared.NextDouble(), now), cancel);
    }

    static async Task<Delivery> Send(
        IDocumentStore store, Sender sender, string tenant, ReceiverTable table, Receiver receiver, Notification one, DateTimeOffset now,
        CancellationToken cancel)
    {
        var message = Wording.Of(tenant, one.Due!, one.DueAt, receiver.Language, table.Templates);
        IReadOnlyList<Alert> alerts = [];
        if (receiver.Channel == ChannelKind.Alertmanager)
        {
            await using var session = store.QuerySession(tenant);
            alerts = await session.LoadManyAsync<Alert>(cancel, [.. one.Due!.Alerts.Select(alert => Alert.Stream(tenant, alert))]);
        }

        return await sender.Send(receiver, message, alerts, TimeSpan.FromSeconds(table.Retry.TimeoutSeconds), now, cancel);
    }

    /// <summary>What an attempt means for a notification that had so many before it; nothing where another attempt was recorded
    /// meanwhile.</summary>
    public static Decision Decide(Notification one, int attempts, Delivery delivery, RetryPolicy policy, double chance, DateTimeOffset now)
    {
        if (one is not { Due: { } due, State: NotificationState.Due } || one.Attempts.Count != attempts) return [];
        if (delivery.Taken) return [new NotificationDelivered(due.NotificationId, due.Receiver, attempts + 1, delivery.Said)];
        return
        [
            new NotificationFailed(
                due.NotificationId, due.Receiver, attempts + 1, delivery.Said ?? "",
                delivery.IsFinal ? null : policy.NextAt(one.TriedSince, one.Failed + 1, chance, delivery.After, now)),
        ];
    }

    [LoggerMessage(LogLevel.Warning, "Notifications cannot be delivered now: {Reason}")]
    partial void NotNow(string reason);
}
