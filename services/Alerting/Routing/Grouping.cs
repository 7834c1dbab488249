using Monitoring.Contracts.Alerting;
using Route = Monitoring.Contracts.Alerting.Route;

namespace Monitoring.Alerting;

/// <summary>News of one alert for one group: it is open and new (or graver than its receivers know), higher, or over.</summary>
/// <param name="Group">Which group.</param>
/// <param name="Route">Its route.</param>
/// <param name="AlertId">Which alert.</param>
/// <param name="IsFresh">True where its receivers do not know it, or not so grave.</param>
/// <param name="IsEscalated">True where it went up a level.</param>
public sealed record News(string Group, Route Route, Guid AlertId, bool IsFresh, bool IsEscalated);

/// <summary>What changed alerts mean for groups, and what a group has to tell; pure.</summary>
public static class Grouping
{
    // A silence or an inhibition may end early; so long it may go unnoticed.
    static readonly TimeSpan lookAgain = TimeSpan.FromMinutes(5);

    /// <summary>The news that changed alerts are for the groups of their routes. What joins, or is acknowledged, is none.</summary>
    public static IReadOnlyList<News> NewsOf(RouteTable table, IEnumerable<(Alert Before, Alert After)> changed) =>
    [
        .. from one in changed
           let graver = one.Before.Exists && one.After.Severity > one.Before.Severity
           let escalated = one.After.Escalated > one.Before.Escalated
           where !one.Before.IsOpen || !one.After.IsOpen || graver || escalated
           from route in table.RoutesOf(one.After)
           select new News(route.GroupOf(one.After), route, one.After.AlertId, graver || !one.Before.IsOpen, escalated),
    ];

    /// <summary>
    /// Looks at a group whose time has come: the group after it, what is to be told, and how many of its alerts are open. An alert that
    /// goes another way by now is of it no more.
    /// </summary>
    public static (AlertGroup After, IReadOnlyList<(NotificationKind Kind, IReadOnlyList<Alert> Alerts)> Told, int Open) Look(
        AlertBook book, AlertGroup group, IReadOnlyDictionary<Guid, Alert> alerts, IEnumerable<Alert> sources, DateTimeOffset now)
    {
        var route = Array.Find(book.Table.Routes, one => one.Name == group.Route);
        var members = group.Alerts.Keys.Where(alerts.ContainsKey).Select(id => alerts[id])
            .Where(alert => book.Table.RoutesOf(alert).Any(one => one.Name == group.Route && one.GroupOf(alert) == group.Id))
            .ToDictionary(alert => alert.AlertId);
        var muted = new Dictionary<Guid, DateTimeOffset>();
        foreach (var alert in members.Values.Where(alert => alert.IsOpen))
        {
            if (book.SilenceOf(alert, now) is { } silence) muted[alert.AlertId] = silence.Until < now + lookAgain ? silence.Until
                : now + lookAgain;
            else if (book.Table.Inhibited(alert, sources) is not null) muted[alert.AlertId] = now + lookAgain;
        }

        var (after, told) = group.Due(route, members, muted, book.Table.Quiet, now);
        return (after, told, members.Values.Count(alert => alert.IsOpen));
    }
}
