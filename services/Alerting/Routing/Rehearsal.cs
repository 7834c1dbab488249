using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// A county's alerts under a book of rules, without store or clock: what happens is said in the order of time, and who would be told
/// what, and when, comes out. It decides by the same functions as the service. Not for several threads.
/// </summary>
public sealed class Rehearsal(AlertBook book, string tenant)
{
    readonly Dictionary<Guid, Alert> alerts = [];
    readonly Dictionary<Guid, Alert> sources = [];
    readonly Dictionary<string, AlertGroup> groups = [];
    readonly PriorityQueue<string, DateTimeOffset> waiting = new();
    readonly List<Message> told = [];
    readonly List<AlertEscalated> escalated = [];
    DateTimeOffset? nextRound;

    /// <summary>One message to one receiver.</summary>
    /// <param name="At">When it would have left.</param>
    /// <param name="Receiver">To whom.</param>
    /// <param name="Route">By which route.</param>
    /// <param name="Kind">Why.</param>
    /// <param name="Alerts">Of which alerts.</param>
    public sealed record Message(DateTimeOffset At, string Receiver, string Route, NotificationKind Kind, IReadOnlyList<Guid> Alerts);

    /// <summary>Every message so far, in the order of time.</summary>
    public IReadOnlyList<Message> Told => told;

    /// <summary>Every escalation so far.</summary>
    public IReadOnlyList<AlertEscalated> Escalated => escalated;

    /// <summary>An alert as it stands; one that does not exist where there is none.</summary>
    public Alert Of(Guid alert) => alerts.GetValueOrDefault(alert) ?? new Alert { Id = Alert.Stream(tenant, alert) };

    /// <summary>Something happens to an alert.</summary>
    public void Happen(DateTimeOffset at, Guid alert, params IEnumerable<object> events)
    {
        Until(at);
        nextRound ??= RoundAfter(at);
        var before = Of(alert);
        Take([(before, events.Aggregate(before, (state, happened) => state.Evolve(new Stamped(Guid.Empty, at, happened))))], at);
    }

    /// <summary>Lets time go by: groups are told of when their time comes, and limits pass with each new day.</summary>
    public void Until(DateTimeOffset now)
    {
        while (true)
        {
            DateTimeOffset? group = waiting.TryPeek(out _, out var first) ? first : null;
            if (nextRound is { } round && round <= now && (group is null || round <= group))
            {
                Round(round);
                nextRound = RoundAfter(round);
            }
            else if (group is { } due && due <= now)
            {
                Tell(waiting.Dequeue(), due);
            }
            else
            {
                return;
            }
        }
    }

    static DateTimeOffset RoundAfter(DateTimeOffset at) =>
        new(ChinaTime.Day(at).AddDays(1).ToDateTime(TimeOnly.MinValue), ChinaTime.Offset);

    void Round(DateTimeOffset now)
    {
        var today = ChinaTime.Day(now);
        var due = alerts.Values.Where(alert => alert.IsOpen).Select(alert => (alert, Risen: Routing.EscalationOf(book, alert, today)))
            .Where(one => one.Risen is not null).ToList();
        foreach (var (alert, risen) in due)
        {
            escalated.Add(risen!);
            Take([(alert, alert.Evolve(new Stamped(Guid.Empty, now, risen!)))], now);
        }
    }

    void Tell(string id, DateTimeOffset now)
    {
        // What was put off, or told of meanwhile, waits under another time.
        if (!groups.TryGetValue(id, out var group) || group.NextAt != now) return;
        var (after, toTell, _) = Grouping.Look(book, group, alerts, sources.Values, now);
        Keep(after);
        foreach (var (kind, which) in toTell)
        foreach (var receiver in Array.Find(book.Table.Routes, route => route.Name == group.Route)!.Receivers)
            told.Add(new(now, receiver, group.Route, kind, [.. which.Select(alert => alert.AlertId)]));
    }

    void Take(IReadOnlyList<(Alert Before, Alert After)> changed, DateTimeOffset now)
    {
        foreach (var (_, after) in changed)
        {
            alerts[after.AlertId] = after;
            if (after.IsOpen && Array.Exists(book.Table.Inhibitions, rule => rule.Source.Means(after))) sources[after.AlertId] = after;
            else sources.Remove(after.AlertId);
        }

        foreach (var news in Grouping.NewsOf(book.Table, changed))
            Keep((groups.GetValueOrDefault(news.Group) ?? new AlertGroup { Id = news.Group }).Take(news, now));
    }

    void Keep(AlertGroup group)
    {
        groups[group.Id] = group;
        if (group.NextAt is { } next) waiting.Enqueue(group.Id, next);
    }
}
