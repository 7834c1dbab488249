using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// How rules and people did: per rule version how many alerts, how many of them true, and how long they waited. A rule that cries wolf,
/// or wakes everybody, is on top.
/// </summary>
public static class ResponseTimes
{
    /// <summary>What became of the alerts of one rule.</summary>
    /// <param name="Kind">Kind of its alerts.</param>
    /// <param name="Rule">Version and code of the rule; null where the source has none.</param>
    /// <param name="Alerts">Alerts raised, or reopened last, in the time.</param>
    /// <param name="PerDay">The same per day.</param>
    /// <param name="Open">Of these, still open.</param>
    /// <param name="WasTrue">Of these, resolved as true.</param>
    /// <param name="WasFalse">Of these, resolved as false alarms.</param>
    /// <param name="Escalated">Of these, gone up at least a level.</param>
    /// <param name="AcknowledgeHoursMedian">Hours to the first acknowledgement, median.</param>
    /// <param name="AcknowledgeHoursP90">The same, nine of ten are faster.</param>
    /// <param name="ResolveHoursMedian">Hours to the end, median.</param>
    /// <param name="ResolveHoursP90">The same, nine of ten are faster.</param>
    public sealed record Entry(
        AlertKind Kind, string? Rule, int Alerts, decimal PerDay, int Open, int WasTrue, int WasFalse, int Escalated,
        decimal? AcknowledgeHoursMedian, decimal? AcknowledgeHoursP90, decimal? ResolveHoursMedian, decimal? ResolveHoursP90);

    /// <summary>The loudest first.</summary>
    public static IReadOnlyList<Entry> Of(IEnumerable<Alert> alerts, int days) =>
    [
        .. alerts.GroupBy(alert => (alert.Kind, alert.Rule)).Select(rule =>
        {
            var acknowledged = Hours(rule.Select(alert => alert.FirstAcknowledgedAt - alert.RaisedAt));
            var resolved = Hours(rule.Select(alert => alert.ResolvedAt - alert.RaisedAt));
            return new Entry(
                rule.Key.Kind, rule.Key.Rule, rule.Count(), Math.Round((decimal)rule.Count() / days, 2), rule.Count(alert => alert.IsOpen),
                rule.Count(alert => alert.WasTrue == true), rule.Count(alert => alert.WasTrue == false),
                rule.Count(alert => alert.Escalated > 0),
                Rank(acknowledged, 50), Rank(acknowledged, 90), Rank(resolved, 50), Rank(resolved, 90));
        }).OrderByDescending(entry => entry.Alerts).ThenBy(entry => entry.Kind).ThenBy(entry => entry.Rule, StringComparer.Ordinal),
    ];

    static List<decimal> Hours(IEnumerable<TimeSpan?> spans) =>
        [.. spans.OfType<TimeSpan>().Select(span => Math.Round((decimal)span.TotalHours, 2)).Order()];

    /// <summary>The smallest value that so many percent do not exceed (nearest rank).</summary>
    internal static decimal? Rank(IReadOnlyList<decimal> sorted, int percent) =>
        sorted.Count == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100m) - 1)];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/response-times", async Task<IResult> (
        string? from, string? to, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        if (DayRange.Read(from, to, ChinaTime.Day(clock.GetUtcNow()), 30, out var days) is { } problem) return problem;
        var (begin, end) = (days.Begin, days.End);
        await using var session = store.QuerySession(caller.Tenant);
        var alerts = await session.Query<Alert>().Where(alert => alert.RaisedAt >= begin && alert.RaisedAt < end).ToListAsync(cancel);
        return new Listing<Entry>(Of(alerts.Where(alert => caller.Covers(alert.Area)), days.Days), null);
    }).RequireRight("alerting:read").ProducesPage<Entry>();
}
