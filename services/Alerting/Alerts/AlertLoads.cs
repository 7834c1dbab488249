using JasperFx.Events;
using Marten;
using Marten.Events;
using Microsoft.Extensions.Options;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// How much each person is called: the alerts that came into their inbox, by day and by rule, the loudest on top. Who is called too often
/// hears nothing any more, and the rule on top is the one to mend.
/// </summary>
public static class AlertLoads
{
    const int RulesMax = 10;

    /// <summary>An alert that came to a level: raised, reopened, gone up or moved to it, or with news.</summary>
    /// <param name="On">The day, Asia/Shanghai.</param>
    /// <param name="Alert">Which.</param>
    /// <param name="Level">The level that it came to.</param>
    public sealed record Came(DateOnly On, Alert Alert, Level Level);

    /// <summary>A day's alerts.</summary>
    public sealed record Day(DateOnly On, int Alerts);

    /// <summary>A rule's alerts.</summary>
    /// <param name="Kind">Kind of its alerts.</param>
    /// <param name="Rule">Version and code of the rule; null where the source has none.</param>
    /// <param name="Alerts">How many of them.</param>
    public sealed record Loudest(AlertKind Kind, string? Rule, int Alerts);

    /// <summary>What came to one person.</summary>
    /// <param name="Person">Name of the key.</param>
    /// <param name="Department">Whose it is.</param>
    /// <param name="Level">The level that it answers at.</param>
    /// <param name="Alerts">Alerts that came into the inbox.</param>
    /// <param name="PerDay">The same per day of the time.</param>
    /// <param name="Days">The days on which any came, the fullest first.</param>
    /// <param name="Rules">The rules that they came from, the loudest first; up to 10.</param>
    public sealed record Entry(
        string Person, string Department, Level Level, int Alerts, decimal PerDay, IReadOnlyList<Day> Days, IReadOnlyList<Loudest> Rules);

    /// <summary>Who was called most first; who was not called is there too.</summary>
    public static IReadOnlyList<Entry> Of(IEnumerable<Caller> people, IReadOnlyList<Came> came, int days) =>
    [
        .. people.Select(person =>
        {
            var mine = came.Where(one => ShowAlerts.IsFor(one.Alert with { Level = one.Level }, person)).ToList();
            return new Entry(
                person.Subject, person.Department, ShowAlerts.LevelOf(person), mine.Count, Math.Round((decimal)mine.Count / days, 2),
                [
                    .. mine.GroupBy(one => one.On).Select(day => new Day(day.Key, day.Count()))
                        .OrderByDescending(day => day.Alerts).ThenBy(day => day.On),
                ],
                [
                    .. mine.GroupBy(one => (one.Alert.Kind, one.Alert.Rule))
                        .Select(rule => new Loudest(rule.Key.Kind, rule.Key.Rule, rule.Count()))
                        .OrderByDescending(rule => rule.Alerts).ThenBy(rule => rule.Kind).ThenBy(rule => rule.Rule, StringComparer.Ordinal)
                            .Take(RulesMax),
                ]);
        }).OrderByDescending(entry => entry.Alerts).ThenBy(entry => entry.Person, StringComparer.Ordinal),
    ];

    static Came? Of(IEvent e, IReadOnlyDictionary<string, Alert> alerts) => alerts.GetValueOrDefault(e.StreamKey!) is not { } alert ? null
        : e.Data switch
        {
            AlertRaised raised => new(raised.On, alert, raised.Level),
            AlertReopened reopened => new(reopened.On, alert, alert.Level),
            AlertEscalated escalated => new(escalated.On, alert, escalated.To),
            AlertJoined { News: not null, On: { } on } joined => new(on, alert, joined.Level ?? alert.Level),
            AlertMoved moved => new(moved.On, alert, alert.Level),
            _ => null,
        };

    /// <summary>Maps <c>GET /v1/alert-loads</c>: the people of the county, or of the caller's own areas.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/alert-loads", async Task<IResult> (
        string? from, string? to, string? person, Caller caller, IOptionsMonitor<ApiKeys> keys, IDocumentStore store, TimeProvider clock,
        CancellationToken cancel) =>
    {
        if (DayRange.Read(from, to, ChinaTime.Day(clock.GetUtcNow()), 30, out var days) is { } problem) return problem;
        var people = keys.CurrentValue.Keys
            .Where(key => key.Tenant == caller.Tenant && key.Rights.Contains("alerting:read") && (person is null || key.Id == person))
            .Select(key => new Caller(key.Tenant, key.Department, key.Id) { Areas = key.Areas })
            .Where(one => one.Subject == caller.Subject || caller.Areas.Count == 0 ||
                (one.Areas.Count > 0 && one.Areas.All(caller.Covers)));
        var (begin, end) = (days.Begin, days.End);
        await using var session = store.QuerySession(caller.Tenant);
        var events = await session.Events.QueryAllRawEvents()
            .Where(e => e.EventTypesAre(
                    typeof(AlertRaised), typeof(AlertReopened), typeof(AlertEscalated), typeof(AlertJoined), typeof(AlertMoved)) && e.Timestamp >= begin &&
                e.Timestamp < end)
            .ToListAsync(cancel);
        var alerts = (await session.LoadManyAsync<Alert>(cancel, events.Select(e => e.StreamKey!).Distinct()))
            .ToDictionary(alert => alert.Id);
        return new Listing<Entry>(Of(people, [.. events.Select(e => Of(e, alerts)).OfType<Came>()], days.Days), null);
    }).RequireRight("alerting:read").ProducesPage<Entry>();
}
