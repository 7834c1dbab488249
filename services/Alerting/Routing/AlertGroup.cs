using System.Collections.Immutable;
using JasperFx;
using Monitoring.Contracts.Alerting;
using Route = Monitoring.Contracts.Alerting.Route;

namespace Monitoring.Alerting;

/// <summary>
/// Alerts of one route that are told of together, and what its receivers were told last. Kept beside the alerts in the same
/// transactions; <see cref="Due"/> is pure.
/// </summary>
public sealed record AlertGroup : IRevisioned
{
    /// <summary>Route and what its alerts have in common.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name of the route.</summary>
    public string Route { get; init; } = "";

    /// <summary>Alerts that are not told of as over yet: true for those that the receivers know.</summary>
    public ImmutableDictionary<Guid, bool> Alerts { get; init; } = ImmutableDictionary<Guid, bool>.Empty;

    /// <summary>Alerts that went up a level since the last notification.</summary>
    public ImmutableHashSet<Guid> Escalated { get; init; } = [];

    /// <summary>When the receivers were told last, UTC.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>When to look at it again, UTC; null while there is nothing to tell.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Revision of this document.</summary>
    public int Version { get; set; }

    /// <summary>Takes news of one alert.</summary>
    public AlertGroup Take(News news, DateTimeOffset now)
    {
        var (_, route, alert, fresh, escalated) = news;
        var due = ToldAt is { } told
            ? Later(now, told.AddSeconds(route.IntervalSeconds))
            : now.AddSeconds(route.WaitSeconds);
        return this with
        {
            Route = route.Name,
            Alerts = fresh || !Alerts.ContainsKey(alert) ? Alerts.SetItem(alert, false) : Alerts,
            Escalated = escalated ? Escalated.Add(alert) : Escalated,
            NextAt = NextAt is { } next && next < due ? next : due,
        };
    }

    /// <summary>
    /// What to tell now, and the group after it. Muted alerts wait and are looked at again; nothing is told twice, but for the
    /// repetition that the route asks for. What came and went before anybody was told of it tells nobody.
    /// </summary>
    /// <param name="route">Its route; null where the table has none of that name any more.</param>
    /// <param name="state">The alerts that belong to the group.</param>
    /// <param name="mutedUntil">For each alert that must not be told of: until when, or a time to look again.</param>
    /// <param name="quiet">Quiet hours.</param>
    /// <param name="now">UTC.</param>
    public (AlertGroup After, IReadOnlyList<(NotificationKind Kind, IReadOnlyList<Alert> Alerts)> Told) Due(
        Route? route, IReadOnlyDictionary<Guid, Alert> state, IReadOnlyDictionary<Guid, DateTimeOffset> mutedUntil, QuietHours? quiet,
        DateTimeOffset now)
    {
        if (route is null) return (this with { NextAt = null, ToldAt = null, Alerts = Alerts.Clear(), Escalated = [] }, []);
        var members = Alerts.Where(one => state.ContainsKey(one.Key)).Select(one => (Alert: state[one.Key], IsKnown: one.Value)).ToList();
        var speaking = members.Where(one => one.Alert.IsOpen && !mutedUntil.ContainsKey(one.Alert.AlertId)).ToList();
        var risen = speaking.Where(one => Escalated.Contains(one.Alert.AlertId)).ToList();
        var fresh = speaking.Where(one => !one.IsKnown).Except(risen).ToList();
        var over = members.Where(one => !one.Alert.IsOpen && one.IsKnown).ToList();
        var repeats = risen.Count + fresh.Count == 0 && speaking.Count > 0 && route.RepeatHours is { } hours && ToldAt is { } told &&
            now >= told.AddHours(hours);

        var toTell = new List<(NotificationKind, IReadOnlyList<Alert>)>();
        if (risen.Count > 0) toTell.Add((NotificationKind.Escalated, Sorted(risen)));
        if (fresh.Count > 0) toTell.Add((NotificationKind.Firing, Sorted(fresh)));
        if (repeats) toTell.Add((NotificationKind.Repeated, Sorted(speaking)));
        if (over.Count > 0) toTell.Add((NotificationKind.Resolved, Sorted(over)));
        if (toTell.Count > 0 && !speaking.Exists(one => one.Alert.Severity == Severity.Emergency) && quiet.QuietUntil(now) is { } morning)
            return (this with { NextAt = morning }, []);

        var left = members.Where(one => one.Alert.IsOpen)
            .ToImmutableDictionary(one => one.Alert.AlertId, one => one.IsKnown || !mutedUntil.ContainsKey(one.Alert.AlertId));
        var toldAt = left.IsEmpty ? null : toTell.Count > 0 ? now : ToldAt;
        var next = speaking.Count > 0 && route.RepeatHours is { } every && toldAt is { } last ? last.AddHours(every)
            : (DateTimeOffset?)null;
        foreach (var (code, until) in mutedUntil)
            if (left.ContainsKey(code) && (next is null || until < next)) next = until;
        return (
            this with { Alerts = left, ToldAt = toldAt, NextAt = next,
                Escalated = [.. Escalated.Where(left.ContainsKey).Where(mutedUntil.ContainsKey)] },
            toTell);
    }

    static List<Alert> Sorted(IEnumerable<(Alert Alert, bool)> members) =>
    [
        .. members.Select(one => one.Alert).OrderByDescending(alert => alert.Severity).ThenBy(alert => alert.RaisedAt)
            .ThenBy(alert => alert.AlertId),
    ];

    static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
