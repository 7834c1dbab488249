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

    /// <summary>Alerts of which something is new since the last notification.</summary>
    public ImmutableHashSet<Guid> News { get; init; } = [];

    /// <summary>Alerts for which others answer since the last notification, whether they are still of this group or not.</summary>
    public ImmutableHashSet<Guid> Moved { get; init; } = [];

    /// <summary>For each alert that a silence has kept from being told of: the silence.</summary>
    public ImmutableDictionary<Guid, string> Held { get; init; } = ImmutableDictionary<Guid, string>.Empty;

    /// <summary>When the receivers were told last, UTC.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>When to look at it again, UTC; null while there is nothing to tell.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Revision of this document.</summary>
    public int Version { get; set; }

    /// <summary>Takes news of one alert. What is urgent waits for its route's wait at most.</summary>
    public AlertGroup Take(News news, DateTimeOffset now)
    {
        var (_, route, alert, fresh, isNews, escalated, moved, urgent) = news;
        var (first, next) = (now.AddSeconds(route.WaitSeconds), ToldAt is { } told ? Later(now, told.AddSeconds(route.IntervalSeconds)) : (DateTimeOffset?)null);
        var due = next is not { } later || (urgent && first < later) ? first : later;
        // Who never knew of it need not know that it has gone.
        if (moved && !fresh && !isNews && !escalated && !Alerts.ContainsKey(alert)) return this;
        return this with
        {
            Route = route.Name,
            Alerts = fresh || !Alerts.ContainsKey(alert) ? Alerts.SetItem(alert, false) : Alerts,
            News = isNews ? News.Add(alert) : News,
            Escalated = escalated ? Escalated.Add(alert) : Escalated,
            Moved = moved ? Moved.Add(alert) : Moved,
            NextAt = NextAt is { } at && at < due ? at : due,
        };
    }

    /// <summary>
    /// What to tell now, and the group after it. Muted alerts wait and are looked at again; nothing is told twice, but for the
    /// repetition that the route asks for. What came and went before anybody was told of it tells nobody.
    /// </summary>
    /// <param name="route">Its route; null where the table has none of that name any more.</param>
    /// <param name="state">The alerts that belong to the group.</param>
    /// <param name="gone">Alerts that belonged to it and go another way now.</param>
    /// <param name="muted">The alerts that must not be told of.</param>
    /// <param name="quiet">Quiet hours.</param>
    /// <param name="now">UTC.</param>
    public (AlertGroup After, IReadOnlyList<(NotificationKind Kind, IReadOnlyList<Alert> Alerts)> Told) Due(
        Route? route, IReadOnlyDictionary<Guid, Alert> state, IReadOnlyCollection<Alert> gone, IReadOnlyDictionary<Guid, Muted> muted,
        QuietHours? quiet, DateTimeOffset now)
    {
        if (route is null)
            return (this with { NextAt = null, ToldAt = null, Alerts = Alerts.Clear(), Escalated = [], News = [], Moved = [], Held = Held.Clear() }, []);
        var members = Alerts.Where(one => state.ContainsKey(one.Key)).Select(one => (Alert: state[one.Key], IsKnown: one.Value)).ToList();
        var speaking = members.Where(one => one.Alert.IsOpen && !muted.ContainsKey(one.Alert.AlertId)).ToList();
        var risen = speaking.Where(one => Escalated.Contains(one.Alert.AlertId)).ToList();
        var fresh = speaking.Where(one => !one.IsKnown).Except(risen).ToList();
        var news = speaking.Where(one => News.Contains(one.Alert.AlertId)).Except(risen).Except(fresh).ToList();
        var left = gone.Where(alert => Moved.Contains(alert.AlertId) && Alerts[alert.AlertId]).Select(alert => (Alert: alert, IsKnown: true)).ToList();
        List<(Alert Alert, bool IsKnown)> moved =
        [
            .. speaking.Where(one => Moved.Contains(one.Alert.AlertId)).Except(risen).Except(fresh).Except(news),
            .. left.Where(one => one.Alert.IsOpen),
        ];
        List<(Alert Alert, bool IsKnown)> over =
            [.. members.Where(one => !one.Alert.IsOpen && one.IsKnown), .. left.Where(one => !one.Alert.IsOpen)];
        var repeats = risen.Count + fresh.Count + news.Count + moved.Count == 0 && speaking.Count > 0 && route.RepeatHours is { } hours &&
            ToldAt is { } told && now >= told.AddHours(hours);

        var toTell = new List<(NotificationKind Kind, IReadOnlyList<Alert> Alerts)>();
        if (risen.Count > 0) toTell.Add((NotificationKind.Escalated, Sorted(risen)));
        if (news.Count > 0) toTell.Add((NotificationKind.News, Sorted(news)));
        if (fresh.Count > 0) toTell.Add((NotificationKind.Firing, Sorted(fresh)));
        if (moved.Count > 0) toTell.Add((NotificationKind.Moved, Sorted(moved)));
        if (repeats) toTell.Add((NotificationKind.Repeated, Sorted(speaking)));
        if (over.Count > 0) toTell.Add((NotificationKind.Resolved, Sorted(over)));
        var urgent = toTell.Exists(one => one.Alerts.Any(alert => alert is { IsOpen: true, Severity: Severity.Emergency }));
        if (toTell.Count > 0 && !urgent && quiet.QuietUntil(now) is { } morning) return (this with { NextAt = morning }, []);

        var open = members.Where(one => one.Alert.IsOpen)
            .ToImmutableDictionary(one => one.Alert.AlertId, one => one.IsKnown || !muted.ContainsKey(one.Alert.AlertId));
        var toldAt = open.IsEmpty ? null : toTell.Count > 0 ? now : ToldAt;
        var next = speaking.Count > 0 && route.RepeatHours is { } every && toldAt is { } last ? last.AddHours(every)
            : (DateTimeOffset?)null;
        foreach (var (code, mute) in muted)
            if (open.ContainsKey(code) && (next is null || mute.Until < next)) next = mute.Until;
        bool Waits(Guid alert) => open.ContainsKey(alert) && muted.ContainsKey(alert);
        return (
            this with
            {
                Alerts = open, ToldAt = toldAt, NextAt = next, Escalated = [.. Escalated.Where(Waits)], News = [.. News.Where(Waits)],
                Moved = [.. Moved.Where(Waits)],
                Held = Waiting(open, muted).ToImmutableDictionary(),
            },
            toTell);
    }

    // Of what a silence has kept quiet once, the message says so, even if something else kept it quiet after that.
    IEnumerable<KeyValuePair<Guid, string>> Waiting(ImmutableDictionary<Guid, bool> open, IReadOnlyDictionary<Guid, Muted> muted) =>
        from one in muted
        where open.TryGetValue(one.Key, out var known) && (!known || News.Contains(one.Key) || Escalated.Contains(one.Key) || Moved.Contains(one.Key))
        let silence = one.Value.Silence ?? Held.GetValueOrDefault(one.Key)
        where silence is not null
        select KeyValuePair.Create(one.Key, silence);

    static List<Alert> Sorted(IEnumerable<(Alert Alert, bool)> members) =>
    [
        .. members.Select(one => one.Alert).OrderByDescending(alert => alert.Severity).ThenBy(alert => alert.RaisedAt)
            .ThenBy(alert => alert.AlertId),
    ];

    static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
