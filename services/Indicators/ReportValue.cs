using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Reports an indicator's value for a period. The same value again changes nothing; a more final one (预计 → 快报 →
/// 初步核算 → 最终核实) supersedes; any other change is a correction and needs a reason.
/// </summary>
public static class ReportValue
{
    /// <summary>One value as a department sends it.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Period">SDMX period, e.g. <c>2021</c>; it must have begun, and be over unless the value is an estimate.</param>
    /// <param name="Value">In the indicator's unit; at most ten decimal places.</param>
    /// <param name="Status"><c>estimate</c> 预计, <c>flash</c> 快报, <c>preliminary</c> 初步核算, <c>final</c> 最终核实.</param>
    /// <param name="Document">Title or number of the document it comes from.</param>
    /// <param name="Note">Free remark.</param>
    /// <param name="Reason">Why a value on record is replaced.</param>
    public sealed record Row(
        string Indicator, string Period, decimal Value, ValueStatus Status, string? Document, string? Note, string? Reason);

    public static Row Bind(Fields row) => new(
        row.Code("indicator"), row.Period("period").Text, row.Number("value"), row.Enum<ValueStatus>("status"),
        row.TextOrNull("document"), row.TextOrNull("note", 500), row.TextOrNull("reason", 500));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.Definition is null)
            return Refusal.Unknown("indicator-unknown", "没有此指标编码。", "No indicator has this code.", "indicator");

        var period = Period.Parse(row.Period);
        if (period.First > occasion.Today)
            return Refusal.Invalid("period-in-future", "该期尚未开始。", "The period has not begun.", "period");
        if (period.Last >= occasion.Today && row.Status != ValueStatus.Estimate)
            return Refusal.Invalid("period-not-over", "该期尚未结束，只能报预计数（estimate）。",
                "The period is not over; only an estimate can be reported.", "status");

        if (!indicator.Values.TryGetValue(row.Period, out var known))
            return [new ValueReported(row.Indicator, row.Period, row.Value, row.Status, row.Document, row.Note)];
        if (known.Value == row.Value && known.Status == row.Status) return [];

        var reason = row.Reason ?? (row.Status > known.Status ? $"{known.Status} → {row.Status}".ToLowerInvariant() : null);
        return reason is null
            ? Refusal.NeedsReason($"该期已有数值 {known.Value}", $"The period already has the value {known.Value}")
            : [new ValueRevised(
                row.Indicator, row.Period, known.Value, known.Status, row.Value, row.Status, reason, row.Document, row.Note)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/values", "indicators:report", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator), Decide);
}
