using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// The statistics department signs values off (审核认定). It names the value it has checked, so that one which changed in
/// the meantime is not signed off unseen; a flagged one must have been confirmed before.
/// </summary>
public static class VerifyValue
{
    /// <summary>One value to sign off.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Period">SDMX period.</param>
    /// <param name="Value">The value in force, as checked.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Indicator, string Period, decimal Value, string? Document);

    public static Row Bind(Fields row) =>
        new(row.Code("indicator"), row.Period("period").Text ?? "", row.Number("value"), row.TextOrNull("document"));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion) => Checked(indicator, row.Period, row.Value) switch
    {
        ({ } refusal, _) => refusal,
        (_, { Verified: true }) => [],
        (_, { Flags: { Length: > 0 } flags }) => Refusal.Conflict("confirmation-needed",
            $"该数值有存疑标记（{string.Join('、', flags)}），须先由填报单位确认（/v1/confirmations）。",
            $"The value is flagged ({string.Join(", ", flags)}); it must be confirmed first (/v1/confirmations).", "value"),
        (_, var known) => [new ValueVerified(row.Indicator, row.Period, known!.Value!.Value, known.Status, row.Document)],
    };

    /// <summary>The vintage in force, if it has the value that was looked at; else why not.</summary>
    internal static (Refusal? Refusal, Vintage? Known) Checked(Indicator indicator, string period, decimal value) => indicator.History switch
    {
        { Definition: null } => (Indicators.Indicator.Unknown, null),
        var history => history.InForce(period) switch
        {
            null => (NoValue(history, period), null),
            var known when known.Value != value && known.Value != Measure.Rounded(value, history.Definition!) => (Refusal.Conflict("value-differs",
                $"现行数值为 {known.Value}，与所填的 {value} 不同；请核对后按现行数值填写，或先更正数值（/v1/values）。",
                $"The value in force is {known.Value}, not {value}; check it and give the one in force, or correct the value first (/v1/values).", "value"), null),
            var known => (null, known),
        },
    };

    /// <summary>The refusal for a period without a value, which says which periods have one.</summary>
    internal static Refusal NoValue(IndicatorHistory history, string period)
    {
        const int shownMax = 12;
        var known = history.Values.Where(one => one.Value.InForce() is not null).Select(one => one.Key).ToList();
        var (zh, en) = known.Count == 0 ? ("该指标尚无数值", "the indicator has none yet")
            : ($"已有数值的期别：{string.Join('、', known.TakeLast(shownMax))}", $"these have one: {string.Join(", ", known.TakeLast(shownMax))}");
        return Refusal.Unknown("value-unknown", $"{period} 没有数值；{zh}。", $"{period} has no value; {en}.", "period");
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/verifications", "indicators:verify", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator), Decide);
}

/// <summary>Whoever reported a flagged value confirms that it is right (核实确认), with the reason.</summary>
public static class ConfirmValue
{
    /// <summary>One value to confirm.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Period">SDMX period.</param>
    /// <param name="Value">The value in force.</param>
    /// <param name="Reason">Why it is right all the same.</param>
    public sealed record Row(string Indicator, string Period, decimal Value, string Reason);

    public static Row Bind(Fields row) =>
        new(row.Code("indicator"), row.Period("period").Text ?? "", row.Number("value"), row.Text("reason", 500));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion) => VerifyValue.Checked(indicator, row.Period, row.Value) switch
    {
        ({ } refusal, _) => refusal,
        (_, { Flags.Length: 0 }) => unflagged,
        (_, var known) => [new ValueConfirmed(row.Indicator, row.Period, known!.Value!.Value, row.Reason)],
    };

    static readonly Decision unflagged = Decision.Accept([]).With([new Warning("nothing-to-confirm", new(
        "该数值没有存疑标记（或已确认），无需确认。", "The value is not flagged, or is confirmed already; there is nothing to confirm."), "value")]);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/confirmations", "indicators:report", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator), Decide);
}
