using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Enters the number that the city hands down for a year (下达目标), for a target that the plan leaves to it. Another
/// number for the same year replaces the first and needs a reason.
/// </summary>
public static class HandDownTarget
{
    /// <summary>One year's number.</summary>
    /// <param name="Code">Indicator with a delegated target.</param>
    /// <param name="Year">The year it is for.</param>
    /// <param name="Kind"><c>at_most</c> or <c>at_least</c>.</param>
    /// <param name="Value">In the indicator's unit.</param>
    /// <param name="Document">Number of the document (文号).</param>
    /// <param name="Reason">Why a number on record is replaced.</param>
    public sealed record Row(string Code, int Year, TargetKind Kind, decimal Value, string Document, string? Reason);

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("code"), row.Whole("year", 1949, 2100), row.Enum<TargetKind>("kind"), row.Number("value"), row.Text("document"),
            row.TextOrNull("reason", 500));
        if (bound.Kind is not (TargetKind.AtMost or TargetKind.AtLeast))
            row.Fail("kind", "unknown-code", "下达的目标类型应为不高于（at_most）或不低于（at_least）。", "Must be at_most or at_least.");
        return bound;
    }

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.History.Definition is null) return Indicator.Unknown;
        if (!indicator.History.Targets.Values.Any(versions => versions[^1].Target.Kind == TargetKind.Delegated))
            return Refusal.Conflict("target-not-delegated", "该指标的目标不由上级下达；调整须按规划调整程序办理。",
                "The plan sets this target itself; it changes by the adjustment procedure alone.", "code");

        var known = indicator.History.HandedDown.FindLast(one => one.Year == row.Year);
        var handed = new TargetHandedDown(row.Code, row.Year, row.Kind, row.Value, row.Document, known?.Value, known is null ? null : row.Reason);
        if (known is null) return [handed];
        if ((known.Kind, known.Value, known.Document) == (row.Kind, row.Value, row.Document)) return [];
        return row.Reason is null
            ? Refusal.NeedsReason($"{row.Year} 年目标已下达 {known.Value}", $"{known.Value} has been handed down for {row.Year}")
            : [handed];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/handed-down-targets", "indicators:define", Bind, (row, tenant) => Indicator.Stream(tenant, row.Code),
        OffTrack.Watched(Relations.Held<Row>(Decide, row => new(row.Code, $"{row.Year}", null), handedDown: true)));
}
