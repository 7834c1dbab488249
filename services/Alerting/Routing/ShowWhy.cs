using JasperFx.Events;
using Marten;
using Microsoft.Extensions.Options;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// «Why was I told, why not»: for one alert everything that decided who was told when: what made it, the version of the routes, its
/// groups and what they wait for, silences and inhibitions, day limits, and every attempt to deliver.
/// </summary>
public static class ShowWhy
{
    /// <summary>One thing that happened to the alert.</summary>
    /// <param name="At">Asia/Shanghai.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="Type">What, as its event is called.</param>
    /// <param name="Data">The event.</param>
    public sealed record Happened(DateTimeOffset At, string? Actor, string Type, object Data);

    /// <summary>One way that the alert goes now.</summary>
    /// <param name="Route">Which route.</param>
    /// <param name="Group">Which group.</param>
    /// <param name="Receivers">Who; none shows it in the inbox only.</param>
    /// <param name="IsKnown">Whether they were told of it.</param>
    /// <param name="ToldAt">When the group was told of last.</param>
    /// <param name="NextAt">When it is looked at again.</param>
    public sealed record Way(string Route, string Group, string[] Receivers, bool IsKnown, DateTimeOffset? ToldAt, DateTimeOffset? NextAt);

    /// <summary>One message that named the alert.</summary>
    public sealed record Message(
        Guid Id, string Receiver, NotificationKind Kind, NotificationState State, DateTimeOffset DueAt, DateTimeOffset? NextAt,
        IReadOnlyList<Notification.Attempt> Attempts);

    /// <summary>The answer.</summary>
    /// <param name="AlertId">Which.</param>
    /// <param name="InInboxOf">Level and area in whose inbox it is.</param>
    /// <param name="IsInMine">Whether it is in the person's, by default the asker's.</param>
    /// <param name="WhyNotMine">Why not.</param>
    /// <param name="Routes">Version of the routes in effect.</param>
    /// <param name="RaisedUnder">Version when it was raised.</param>
    /// <param name="Ways">Where it goes.</param>
    /// <param name="SilencedBy">The silence that keeps it quiet now.</param>
    /// <param name="InhibitedBy">Rule and alert that make telling of it needless now.</param>
    /// <param name="QuietUntil">End of the quiet hours, if it waits for it.</param>
    /// <param name="Step">The day limits of its level.</param>
    /// <param name="Holidays">文号 of the calendar that working days are counted by.</param>
    /// <param name="History">What happened to it.</param>
    /// <param name="Messages">Every message that named it.</param>
    public sealed record Answer(
        Guid AlertId, string InInboxOf, bool IsInMine, string? WhyNotMine, string Routes, string RaisedUnder, IReadOnlyList<Way> Ways,
        SilenceSet? SilencedBy, string? InhibitedBy, DateTimeOffset? QuietUntil, EscalationStep? Step, string? Holidays,
        IReadOnlyList<Happened> History, IReadOnlyList<Message> Messages);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/alerts/{alert:guid}/why", async (
        Guid alert, string? person, Caller asking, IOptionsMonitor<ApiKeys> keys, HttpContext http, IDocumentStore store,
            TimeProvider clock, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(asking.Tenant);
        if (await ShowAlerts.Find(session, alert, asking, cancel) is not { } found) return ShowAlerts.UnknownAlert;
        if (Person(person, asking, keys.CurrentValue) is not { } caller)
            return Problem.Of(404, "person-unknown", new("没有此人员（密钥编号）。", "There is no key of that name."));
        var (now, english) = (clock.GetUtcNow(), Language.IsEnglish(http));
        var book = await AlertBook.Of(session, caller.Tenant, cancel);
        var events = await session.Events.FetchStreamAsync(found.Id, token: cancel);
        // Before the groups: who has been sent a message is known by then.
        var messages = await session.Query<Notification>().Where(one => one.Due!.Alerts.Contains(found.AlertId)).OrderBy(one => one.DueAt)
            .ToListAsync(cancel);
        var ways = new List<Way>();
        foreach (var route in book.Table.RoutesOf(found))
        {
            var group = await session.LoadAsync<AlertGroup>(route.GroupOf(found), cancel);
            ways.Add(new(
                route.Name, route.GroupOf(found), route.Receivers, group?.Alerts.GetValueOrDefault(found.AlertId) ?? false,
                group?.ToldAt?.ToOffset(ChinaTime.Offset), group?.NextAt?.ToOffset(ChinaTime.Offset)));
        }

        var mine = ShowAlerts.IsFor(found, caller);
        return (IResult)Results.Ok(new Answer(
            found.AlertId, $"{Codes<Contracts.Relapse.Level>.ByValue[found.Level]} {found.Area}", mine, mine ? null : WhyNot(found, caller)
                .In(english),
            book.Table.Version, found.Routes, ways, book.SilenceOf(found, now),
            found.IsOpen && book.Table.Inhibited(found, await Groups.Sources(session, book.Table, cancel)) is var (rule, source)
                ? $"{rule.Name}: {source.AlertId}" : null,
            found.IsOpen && found.Severity != Severity.Emergency ? book.Table.Quiet.QuietUntil(now) : null,
            found.IsOpen ? book.Table.StepOf(found) : null, book.Holidays.Find(one => one.Year == found.LevelSince.Year)?.Document,
            [.. events.Select(Of)],
            [
                .. messages.Select(one => new Message(
                    one.Due!.NotificationId, one.Receiver, one.Due.Kind, one.State, one.DueAt.ToOffset(ChinaTime.Offset), one.NextAt,
                        one.Attempts)),
            ]));
    }).RequireRight("alerting:read").Produces<Answer>();

    /// <summary>The asker, or whoever has the key of that name in the same county.</summary>
    static Caller? Person(string? person, Caller asking, ApiKeys keys) => person is null || person == asking.Subject ? asking
        : keys.Keys.Find(key => key.Id == person && key.Tenant == asking.Tenant) is { } key
            ? new Caller(key.Tenant, key.Department, key.Id) { Areas = key.Areas }
            : null;

    static Happened Of(IEvent e) => new(e.Timestamp.ToOffset(ChinaTime.Offset), e.UserName, e.EventTypeName, e.Data);

    static Text WhyNot(Alert alert, Caller caller) => !caller.Covers(alert.Area)
        ? new("该预警不在此人员的区域内。", "The alert lies outside the person's area.")
        : alert.IsOpen ? new(
            $"现由{LevelName(alert.Level)}负责；该人员属于{LevelName(ShowAlerts.LevelOf(caller))}。逾期未处理将升级。",
            $"It is with the {Codes<Contracts.Relapse.Level>.ByValue[alert.Level]} now; the key is of the {Codes<Contracts.Relapse.Level>.ByValue[ShowAlerts.LevelOf(caller)]}. It goes up when a limit passes.")
        : new("已办结。", "It is resolved.");

    static string LevelName(Contracts.Relapse.Level level) => Codes<Contracts.Relapse.Level>.Official[level];
}
