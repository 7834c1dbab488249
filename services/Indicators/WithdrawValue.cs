using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>Withdraws a published value (撤销): the period has none until another is reported. The value stays in history.</summary>
public static class WithdrawValue
{
    /// <summary>One withdrawal.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Period">SDMX period.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Indicator, string Period, string Reason, string? Document);

    public static Row Bind(Fields row) =>
        new(row.Code("indicator"), row.Period("period").Text ?? "", row.Text("reason", 500), row.TextOrNull("document"));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.History.Definition is null) return Indicators.Indicator.Unknown;
        return indicator.History.Values.GetValueOrDefault(row.Period, []) switch
        {
            [] => VerifyValue.NoValue(indicator.History, row.Period),
            [.., { Value: null }] => [],
            [.., { Value: { } value } last] => [new ValueWithdrawn(row.Indicator, row.Period, value, last.Status, row.Reason, row.Document, occasion.Today)],
        };
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/withdrawals", "indicators:report", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator),
        OffTrack.Watched<Row>(Decide));
}
