using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Closes the audit of a month (次月审核, HJ 633: the figures of the day are provisional until the month's data have gone through
/// the whole procedure). Manual input counts from then on, and each change needs a reason.
/// </summary>
public static class AuditMonth
{
    /// <summary>One station's month.</summary>
    /// <param name="Station">The station's MN.</param>
    /// <param name="Month">SDMX month that is over, e.g. <c>2023-07</c>.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="Reason">Remark of the auditor.</param>
    public sealed record Row(string Station, Period Month, string Document, string? Reason);

    public static Row Bind(Fields row)
    {
        var month = row.Period("month");
        if (month.Text is not null && month.Frequency != "M") row.Wrong("month", "not-a-month", "应为月份，如 2023-07。", "Must be a month like 2023-07.");
        return new Row(row.Code("station"), month, row.Text("document"), row.TextOrNull("reason", 500));
    }

    public static Decision Decide(Station station, Row row, Occasion occasion) =>
        station.Registration is null ? Station.Unknown
        : station.AuditedMonths.Contains(row.Month.Text) ? []
        : row.Month.Last >= occasion.Today
            ? Refusal.Invalid("period-not-over", "该月尚未结束。", "The month is not over.", "month")
            : [new MonthAudited(row.Station, row.Month.Text, row.Document, row.Reason)];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Station, Row>(
        "/v1/audits", "environment:report", Bind, (row, tenant) => Station.Stream(tenant, row.Station), Decide);
}
