using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>Says who answers for an indicator (责任单位), who reports it (数据来源单位) and by when.</summary>
public static class AssignDuty
{
    /// <summary>One indicator's duty.</summary>
    /// <param name="Code">Indicator.</param>
    /// <param name="Responsible">责任单位, official name.</param>
    /// <param name="Source">数据来源单位, official name.</param>
    /// <param name="DueDays">Days after the end of a period, 0 to 730.</param>
    public sealed record Row(string Code, string Responsible, string Source, int DueDays);

    public static Row Bind(Fields row) => new(
        row.Code("code"), row.Text("responsible", 60), row.Text("source", 60), row.Whole("dueDays", 0, 730));

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.History.Definition is null) return Indicator.Unknown;
        var assigned = new DutyAssigned(row.Code, row.Responsible, row.Source, row.DueDays);
        return indicator.History.Duty == assigned ? [] : [assigned];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/duties", "indicators:define", Bind, (row, tenant) => Indicator.Stream(tenant, row.Code), Decide);
}
