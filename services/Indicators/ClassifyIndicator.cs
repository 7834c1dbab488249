using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>Says whether an indicator is a duty or an expectation (指标属性), where the plan does not print it. Always with a reason.</summary>
public static class ClassifyIndicator
{
    /// <summary>One indicator's attribute.</summary>
    /// <param name="Code">Indicator.</param>
    /// <param name="Attribute"><c>binding</c> 约束性, <c>expected</c> 预期性, <c>unspecified</c> 未注明.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Code, Nature Attribute, string Reason, string? Document);

    public static Row Bind(Fields row) => new(
        row.Code("code"), row.Enum<Nature>("attribute"), row.Text("reason", 500), row.TextOrNull("document"));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion) => indicator.History switch
    {
        { Definition: null } => Indicator.Unknown,
        { Attribute: var known } when known == row.Attribute => [],
        { Attribute: var known } => [new AttributeSet(row.Code, known, row.Attribute, row.Reason, row.Document)],
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/attributes", "indicators:define", Bind, (row, tenant) => Indicator.Stream(tenant, row.Code), Decide);
}
