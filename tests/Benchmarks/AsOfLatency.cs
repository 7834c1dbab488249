using System.Diagnostics;
using System.Globalization;
using Monitoring.Testing;

namespace Monitoring.Benchmarks;

/// <summary>
/// How long it takes over HTTP to say what was known at a random past instant or ledger position, on ledgers of 10⁵ and 10⁶ events; with
/// <c>MONITORING_TEN_MILLION=1</c> of 10⁷, too. One caller, one question after the other.
/// </summary>
static class AsOfLatency
{
    const int WarmUp = 100;
    const int Questions = 200;
    const int GoalMilliseconds = 50;

    public static async Task Run(ServiceProcess evaluation, Report report, int events)
    {
        var random = new Random(14);
        string Instant() => Uri.EscapeDataString(
            (LedgerOfSize.Begin + LedgerOfSize.Span * random.NextDouble()).ToString("O", CultureInfo.InvariantCulture));
        string Position() => $"@{random.Next(1, events)}";
        string Stream() => random.Next(2) == 0
            ? LedgerOfSize.Indicator(random.Next(LedgerOfSize.Indicators))
            : LedgerOfSize.Project(random.Next(LedgerOfSize.Projects));
        string Who() => Uri.EscapeDataString(LedgerOfSize.Actor(random.Next(4), random.Next(12)));
        foreach (var (what, ask) in new (string, Func<string, string>)[]
        {
            ("scoreboard", asOf => $"/v1/scoreboard?asOf={asOf}"),
            ("projects", asOf => $"/v1/projects?asOf={asOf}"),
            ("case load", asOf => $"/v1/cases/load?asOf={asOf}"),
            ("stations", asOf => $"/v1/stations?asOf={asOf}"),
            ("audit of a stream", asOf => $"/v1/audit?stream={Stream()}&asOf={asOf}"),
            ("audit of an actor", asOf => $"/v1/audit?actor={Who()}&asOf={asOf}"),
        })
        {
            foreach (var (by, asOf) in new (string, Func<string>)[] { ("instants", Instant), ("positions", Position) })
            {
                var taken = new List<double>();
                for (var question = 0; question < WarmUp + Questions; question++)
                {
                    var path = new Uri(ask(asOf()), UriKind.Relative);
                    var watch = Stopwatch.StartNew();
                    using var answer = await evaluation.Http.GetAsync(path);
                    await answer.Content.ReadAsByteArrayAsync();
                    if (question >= WarmUp) taken.Add(watch.Elapsed.TotalMilliseconds);
                    answer.EnsureSuccessStatusCode();
                }

                taken.Sort();
                var (p50, p95) = (taken[Questions / 2], taken[Questions * 95 / 100]);
                report.Add(
                    string.Create(CultureInfo.InvariantCulture, $"as of, {events:#,0} events: {what}, {by}"),
                    string.Create(CultureInfo.InvariantCulture, $"p50 {p50:0.0} ms, p95 {p95:0.0} ms"),
                    $"goal p95 < {GoalMilliseconds} ms: {(p95 < GoalMilliseconds ? "reached" : "not reached")}");
            }
        }
    }
}
