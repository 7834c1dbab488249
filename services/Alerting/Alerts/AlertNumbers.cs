using System.Globalization;
using Marten;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>How many alerts of a year have a number. Kept beside the alerts in the same transactions.</summary>
/// <param name="Id">The year.</param>
/// <param name="Last">The number given last.</param>
public sealed record AlertCount(string Id, int Last);

/// <summary>
/// The numbers that alerts are called by on the telephone, without holes per county and year: <c>预警-2026-0042</c>. Those who number at
/// the same time take turns.
/// </summary>
sealed class AlertNumbers(IDocumentSession session, string year, int last)
{
    int last = last;

    internal static async Task<AlertNumbers> Take(IDocumentSession session, Occasion occasion, CancellationToken cancel)
    {
        await session.TakeTurn($"alert-numbers/{session.TenantId}", cancel);
        var year = occasion.Today.Year.ToString(CultureInfo.InvariantCulture);
        return new(session, year, (await session.LoadAsync<AlertCount>(year, cancel))?.Last ?? 0);
    }

    internal string Next() => string.Create(CultureInfo.InvariantCulture, $"预警-{year}-{++last:0000}");

    internal void Keep() => session.Store(new AlertCount(year, last));
}
