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
        new(row.Code("indicator"), row.Period("period").Text, row.Number("value"), row.TextOrNull("document"));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion) => Checked(indicator, row.Period, row.Value) switch
    {
        ({ } refusal, _) => refusal,
        (_, { Verified: true }) => [],
        (_, { Flags.Length: > 0 }) => Refusal.Conflict("confirmation-needed",
            "该数值有存疑标记，须先由填报单位确认。", "The value is flagged; it must be confirmed first.", "value"),
        (_, var known) => [new ValueVerified(row.Indicator, row.Period, row.Value, known!.Status, row.Document)],
    };

    /// <summary>The vintage in force, if it has the value that was looked at; else why not.</summary>
    internal static (Refusal? Refusal, Vintage? Known) Checked(Indicator indicator, string period, decimal value) => indicator.History switch
    {
        { Definition: null } => (Indicators.Indicator.Unknown, null),
        var history => history.InForce(period) switch
        {
            null => (Refusal.Unknown("value-unknown", "该期没有数值；请核对期别，或先上报。", "The period has no value.", "period"), null),
            var known when known.Value != value => (Refusal.Conflict("value-differs",
                $"现行数值为 {known.Value}，与所填的不同；请核对后再审。", $"The value in force is {known.Value}, not the one given.", "value"), null),
            var known => (null, known),
        },
    };

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
        new(row.Code("indicator"), row.Period("period").Text, row.Number("value"), row.Text("reason", 500));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion) => VerifyValue.Checked(indicator, row.Period, row.Value) switch
    {
        ({ } refusal, _) => refusal,
        (_, { Flags.Length: 0 }) => [],
        _ => [new ValueConfirmed(row.Indicator, row.Period, row.Value, row.Reason)],
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/confirmations", "indicators:report", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator), Decide);
}
