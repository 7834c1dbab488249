using Monitoring.Contracts.Alerting;
using Route = Monitoring.Contracts.Alerting.Route;

namespace Monitoring.Alerting;

/// <summary>News of one alert for one group: it is open and new to it, something is new about it, it is higher, elsewhere, or over.</summary>
/// <param name="Group">Which group.</param>
/// <param name="Route">Its route.</param>
/// <param name="AlertId">Which alert.</param>
/// <param name="IsFresh">True where its receivers do not know it.</param>
/// <param name="IsNews">True where something is new about what they know.</param>
/// <param name="IsEscalated">True where it went up a level.</param>
/// <param name="IsMoved">True where others answer for it now.</param>
/// <param name="IsUrgent">True where it cannot wait for the group's interval.</param>
public sealed record News(
    string Group, Route Route, Guid AlertId, bool IsFresh = false, bool IsNews = false, bool IsEscalated = false, bool IsMoved = false,
    bool IsUrgent = false);

/// <summary>What must not be told of an alert now.</summary>
/// <param name="Until">Until when, or a time to look again, UTC.</param>
/// <param name="Silence">Code of the silence; null where another alert makes it needless.</param>
public sealed record Muted(DateTimeOffset Until, string? Silence);

/// <summary>What changed alerts mean for groups, and what a group has to tell; pure.</summary>
public static class Grouping
{
    // An inhibition may end early; so long it may go unnoticed. A silence that is ended wakes its groups.
    static readonly TimeSpan lookAgain = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The news that changed alerts are for the groups of their routes, and for groups that they have moved away from. What joins without
    /// news, or is acknowledged, is none.
    /// </summary>
    public static IReadOnlyList<News> NewsOf(RouteTable table, IEnumerable<(Alert Before, Alert After)> changed) =>
        [.. changed.Where(one => one.Before.IsOpen || one.After.IsOpen).SelectMany(one => Of(table, one.Before, one.After))];

    static IEnumerable<News> Of(RouteTable table, Alert before, Alert after)
    {
        var (ways, known) = (Ways(table, after), before.IsOpen ? Ways(table, before) : []);
        var stays = before.IsOpen && after.IsOpen;
        var escalated = after.Escalated > before.Escalated;
        var moved = before.Exists && before.Area != after.Area;
        // What ended and came back at one stroke is news to who knows it.
        var news = stays && (after.News > before.News || after.Severity > before.Severity || after.Reopened > before.Reopened);
        foreach (var (group, route) in ways)
        {
            var comes = stays && !known.ContainsKey(group);
            if (stays && !comes && !news && !escalated && !moved) continue;
            yield return new News(
                group, route, after.AlertId, comes || !before.IsOpen, news, escalated, moved && !comes,
                after.IsOpen && after.Severity == Severity.Emergency);
        }

        if (!stays || !moved) yield break;
        foreach (var (group, route) in known.Where(one => !ways.ContainsKey(one.Key)))
            yield return new News(group, route, after.AlertId, IsMoved: true);
    }

    static Dictionary<string, Route> Ways(RouteTable table, Alert alert) =>
        table.RoutesOf(alert).DistinctBy(route => route.GroupOf(alert)).ToDictionary(route => route.GroupOf(alert));

    /// <summary>
    /// Looks at a group whose time has come: the group after it, what is to be told, and how many of its alerts are open. An alert that
    /// goes another way by now is of it no more.
    /// </summary>
    public static (AlertGroup After, IReadOnlyList<(NotificationKind Kind, IReadOnlyList<Alert> Alerts)> Told, int Open) Look(
        AlertBook book, AlertGroup group, IReadOnlyDictionary<Guid, Alert> alerts, IEnumerable<Alert> sources, DateTimeOffset now)
    {
        var route = Array.Find(book.Table.Routes, one => one.Name == group.Route);
        var known = group.Alerts.Keys.Where(alerts.ContainsKey).Select(id => alerts[id]).ToList();
        var members = known.Where(alert => book.Table.RoutesOf(alert).Any(one => one.Name == group.Route && one.GroupOf(alert) == group.Id))
            .ToDictionary(alert => alert.AlertId);
        var gone = known.Where(alert => !members.ContainsKey(alert.AlertId)).ToList();
        var muted = new Dictionary<Guid, Muted>();
        foreach (var alert in members.Values.Where(alert => alert.IsOpen))
        {
            if (book.SilenceOf(alert, now) is { } silence) muted[alert.AlertId] = new(Earlier(silence.Until, now + lookAgain), silence.Silence);
            else if (book.Table.Inhibited(alert, sources) is not null) muted[alert.AlertId] = new(now + lookAgain, null);
        }

        var (after, told) = group.Due(route, members, gone, muted, book.Table.Quiet, now);
        return (after, told, members.Values.Count(alert => alert.IsOpen));
    }

    static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
