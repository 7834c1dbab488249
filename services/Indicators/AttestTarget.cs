using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Records a statement on a document that a year's target was met or not (书面认定), where there is no measured value.
/// It is shown as attested wherever it decides, and never as a number.
/// </summary>
public static class AttestTarget
{
    /// <summary>One year's statement.</summary>
    /// <param name="Code">Indicator with a delegated or qualitative target.</param>
    /// <param name="Year">The year it is about; it must be over.</param>
    /// <param name="Met">Whether the target was met.</param>
    /// <param name="Document">The document that says so.</param>
    /// <param name="Reason">Why an earlier statement is replaced.</param>
    public sealed record Row(string Code, int Year, bool Met, string Document, string? Reason);

    public static Row Bind(Fields row) => new(
        row.Code("code"), row.Whole("year", 1949, 2100), row.Flag("met"), row.Text("document"), row.TextOrNull("reason", 500));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.History.Definition is null) return Indicator.Unknown;
        if (row.Year >= occasion.Today.Year)
            return Refusal.Invalid("period-not-over", "该年度尚未结束。", "The year is not over.", "year");
        if (!indicator.History.Targets.Values.Any(versions => versions[^1].Target.Kind is TargetKind.Delegated or TargetKind.Qualitative))
            return Refusal.Conflict("target-is-measured", "该指标有数值目标，请报数值。", "The target is a number; report the value.", "code");

        var known = indicator.History.Attested.FindLast(one => one.Year == row.Year);
        if (known is not null && (known.Met, known.Document) == (row.Met, row.Document)) return [];
        return known is not null && row.Reason is null
            ? Refusal.NeedsReason($"{row.Year} 年已有书面认定", $"There is a statement for {row.Year} already")
            : [new TargetAttested(row.Code, row.Year, row.Met, row.Document, known is null ? null : row.Reason)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/attestations", "indicators:report", Bind, (row, tenant) => Indicator.Stream(tenant, row.Code),
        OffTrack.Watched<Row>(Decide));
}
