using System.Diagnostics;
using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Alerting;

/// <summary>Notifications with their attempts, receivers with their standing, and a test message to one.</summary>
public static class ShowNotifications
{
    /// <summary>A receiver and how it does. One that routes name and nobody has set up has no channel.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Channel">How it is reached.</param>
    /// <param name="Address">Where.</param>
    /// <param name="Waiting">How many notifications wait for it.</param>
    /// <param name="GivenUp">How many were given up and can be played again.</param>
    /// <param name="LastSuccessAt">When it took the last one, UTC.</param>
    /// <param name="LastFailureAt">When an attempt failed last, UTC.</param>
    /// <param name="FailingSince">Since when it has taken nothing, UTC.</param>
    /// <param name="LastReason">Why the last attempt failed.</param>
    /// <param name="IsDead">True where that is longer than the policy allows.</param>
    public sealed record Entry(
        string Name, ChannelKind? Channel, string? Address, int Waiting, int GivenUp, DateTimeOffset? LastSuccessAt,
        DateTimeOffset? LastFailureAt,
        DateTimeOffset? FailingSince, string? LastReason, bool IsDead);

    /// <summary>How a test message fared.</summary>
    /// <param name="MessageId">Its id.</param>
    /// <param name="Delivered">Whether the receiver took it.</param>
    /// <param name="Said">What it said, or why not.</param>
    /// <param name="Milliseconds">How long it took.</param>
    public sealed record Tested(Guid MessageId, bool Delivered, string? Said, long Milliseconds);

    /// <summary>
    /// Maps <c>GET /v1/notifications?receiver=&amp;state=</c> (newest first), <c>GET /v1/receivers</c> and
    /// <c>POST /v1/receivers/{name}/test</c>, which sends at once and records nothing. For keys of the whole county only: notifications
    /// name
    /// what happens anywhere in it.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/notifications", async Task<IResult> (
            string? receiver, string? state, Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            if (caller.Areas.Count > 0) return WholeCounty;
            if (state is not null && !Codes<NotificationState>.ByCode.ContainsKey(state))
                return Problem.Of(400, "unknown-code", new(
                    $"state 应为以下之一：{Codes<NotificationState>.List}。", $"state must be one of: {Codes<NotificationState>.List}."));
            await using var session = store.QuerySession(caller.Tenant);
            IQueryable<Notification> found = session.Query<Notification>();
            if (receiver is not null) found = found.Where(one => one.Receiver == receiver);
            if (state is not null)
            {
                var wanted = Codes<NotificationState>.ByCode[state];
                found = found.Where(one => one.State == wanted);
            }

            // Ids are UUIDv7 behind one prefix: their order is that of time.
            if (page.After is { Length: > 0 } after) found = found.Where(one => one.Id.CompareTo(after) < 0);
            var some = await found.OrderByDescending(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            return new Listing<Notification>(some, some.Count == page.Limit ? some[^1].Id : null);
        }).RequireRight("alerting:read").ProducesPage<Notification>();

        routes.MapGet("/v1/receivers", async Task<IResult> (
            Caller caller, IDocumentStore store, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancel) =>
        {
            if (caller.Areas.Count > 0) return WholeCounty;
            return new Listing<Entry>(await Entries(caller.Tenant, store, database, clock.GetUtcNow(), cancel), null);
        }).RequireRight("alerting:read").ProducesPage<Entry>();

        routes.MapPost("/v1/receivers/{name}/test", async Task<IResult> (
            string name, Caller caller, IDocumentStore store, Sender sender, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var table = (await ReceiverBook.Of(session, caller.Tenant, cancel)).Table;
            if (Array.Find(table.Receivers, one => one.Name == name) is not { } receiver)
                return Problem.Of(404, "receiver-unknown", new("没有此接收方。", "There is no such receiver."));
            var (now, watch) = (clock.GetUtcNow(), Stopwatch.StartNew());
            var id = Guid.CreateVersion7(now);
            var message = Wording.Of(caller.Tenant, Example(id, name), now, receiver.Language, table.Templates);
            var alert = new Alert { AlertId = id, State = AlertState.Resolved, Area = caller.Tenant, Title = message.Title,
                TitleEn = message.Title, RaisedAt = now };
            var delivery = await sender.Send(receiver, message, [alert], TimeSpan.FromSeconds(table.Retry.TimeoutSeconds), now, cancel);
            return Results.Ok(new Tested(id, delivery.Taken, delivery.Said, watch.ElapsedMilliseconds));
        }).RequireRight("alerting:define").Produces<Tested>();
    }

    internal static readonly Problem WholeCounty = Problem.Of(403, "whole-county-only", new(
        "通知记录涉及全县，仅限县级密钥查看。", "Notifications tell of the whole county; a key that is limited to areas cannot read them."));

    static NotificationDue Example(Guid id, string receiver) => new(
        id, receiver, "test", NotificationKind.Test, [id], Severity.Info, "测试消息，请勿处理", "Test message, nothing to do", "通道测试正常即可收到本消息。",
        "You see this because the channel works.", null, "test");

    static async Task<IReadOnlyList<Entry>> Entries(
        string tenant, IDocumentStore store, NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        var table = (await ReceiverBook.Of(session, tenant, cancel)).Table;
        var standings = (await session.Query<Standing>().ToListAsync(cancel)).ToDictionary(one => one.Id);
        var counts = await Counts(tenant, database, cancel);
        return
        [
            .. table.Receivers.Select(one => one.Name).Union(counts.Keys).Order(StringComparer.Ordinal).Select(name =>
            {
                var receiver = Array.Find(table.Receivers, one => one.Name == name);
                var standing = standings.GetValueOrDefault(name) ?? new Standing();
                var (waiting, givenUp) = counts.GetValueOrDefault(name);
                return new Entry(
                    name, receiver?.Channel, receiver?.Address, waiting, givenUp, standing.LastSuccessAt, standing.LastFailureAt,
                    standing.FailingSince,
                    standing.LastReason, standing.IsDead(table.Retry, now));
            }),
        ];
    }

    static async Task<Dictionary<string, (int Waiting, int GivenUp)>> Counts(string tenant, NpgsqlDataSource database,
        CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select data ->> 'receiver', (count(*) filter (where data ->> 'state' = 'due'))::int, (count(*) filter (where data ->> 'state' = 'given_up'))::int
            from alerting.mt_doc_notification where tenant_id = $1 and data ->> 'state' in ('due', 'given_up') group by 1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        var counts = new Dictionary<string, (int, int)>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) counts[rows.GetString(0)] = (rows.GetInt32(1), rows.GetInt32(2));
        return counts;
    }
}
