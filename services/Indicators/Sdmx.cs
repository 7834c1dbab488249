using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Values in SDMX-CSV 2.0 (SDMX 3.0, section 4 «CSV data format»): dimensions FREQ, REF_AREA, INDICATOR, TIME_PERIOD, the
/// observation OBS_VALUE with OBS_STATUS (CL_OBS_STATUS), and VINTAGE, a local attribute that tells apart what OBS_STATUS
/// does not.
/// </summary>
public static class Sdmx
{
    const string MediaType = "application/vnd.sdmx.data+csv";
    const string Structure = "CN410325:PLAN_VALUES(1.0)";

    /// <summary>Binds one row; OBS_STATUS decides where VINTAGE is absent.</summary>
    internal static ReportValue.Row Bind(Fields row)
    {
        if (row.TextOrNull("ACTION") is not (null or "I" or "A" or "M" or "R"))
            row.Fail("ACTION", "unknown-code", "应为 I、A、M 或 R；撤销请用 /v1/withdrawals。", "Must be I, A, M or R; withdraw through /v1/withdrawals.");
        if (row.TextOrNull("STRUCTURE") is not (null or "dataflow" or "dataprovision" or "datastructure"))
            row.Fail("STRUCTURE", "unknown-code", "应为 dataflow。", "Must be dataflow.");
        var period = row.Period("TIME_PERIOD");
        if (row.TextOrNull("FREQ") is { } frequency && period.Text is not null && frequency != period.Frequency)
            row.Fail("FREQ", "differs-from-period", $"与期别 {period.Text} 不一致。", $"Differs from the period {period.Text}.");
        // Said by the structure, or by the catalogue; read so that they do not pass for misspelt.
        foreach (var field in new[] { "STRUCTURE_ID", "REF_AREA", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "CONF_STATUS" }) row.TextOrNull(field);
        var status = row.EnumOrNull<ValueStatus>("VINTAGE");
        var observed = row.TextOrNull("OBS_STATUS");
        return new ReportValue.Row(
            row.Code("INDICATOR"), period.Text ?? "", row.Number("OBS_VALUE"), status ?? OfObserved(row, observed),
            row.TextOrNull("SOURCE"), row.TextOrNull("COMMENT_OBS", 500), row.TextOrNull("REASON", 500), row.DayOrNull("RELEASED_ON"),
            row.EnumOrNull<RevisionReason>("REVISION_REASON"));
    }

    static ValueStatus OfObserved(Fields row, string? code)
    {
        switch (code)
        {
            case "A": return ValueStatus.Final;
            case "P": return ValueStatus.Preliminary;
            case "E": return ValueStatus.Estimate;
            default:
                row.Fail("OBS_STATUS", code is null ? "missing" : "unknown-code", "应为 A、P 或 E，或填写 VINTAGE。", "Must be A, P or E; or give VINTAGE.");
                return default;
        }
    }

    static string Observed(ValueStatus status) => status switch
    {
        ValueStatus.Estimate => "E", ValueStatus.Flash or ValueStatus.Preliminary => "P", _ => "A",
    };

    /// <summary>Maps <c>GET /v1/values</c>: every value in force, as JSON, CSV or SDMX-CSV by <c>Accept</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/values", async (
        string? indicator, string? period, string? plan, Caller caller, Page page, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        IQueryable<Indicator> found = session.Query<Indicator>();
        if (indicator is not null) found = found.Where(one => one.Id == Indicator.Stream(caller.Tenant, indicator));
        if (plan is not null) found = found.Where(one => one.History.Definition!.Plan == plan);
        var all = await found.OrderBy(one => one.Id).ToListAsync(cancel);
        var values = all.SelectMany(one => one.History.Values
                .Where(known => known.Value.InForce() is not null && (period is null || known.Key == period))
                .Select(known => Value.Of(one.History.Definition!, known.Key, known.Value[^1])))
            .ToList();
        if (http.Request.Headers.Accept.ToString().Contains(MediaType, StringComparison.OrdinalIgnoreCase))
        {
            http.NameFile("csv");
            return Results.Text(Csv(caller.Tenant, values), $"{MediaType}; version=2.0.0; charset=utf-8", Encoding.UTF8);
        }

        var shown = values.SkipWhile(value => page.After.Length > 0 && string.CompareOrdinal(value.Key, page.After) <= 0).Take(page.Limit).ToList();
        return (IResult)new Listing<Value>(shown, shown.Count == page.Limit ? shown[^1].Key : null, values.Count)
            .PushedAs(one => new { one.Indicator, one.Period, Value = one.Number, one.Status, one.ReleasedOn, one.Document });
    }).RequireRight("indicators:read").Produces<Value[]>();

    static string Csv(string tenant, List<Value> values)
    {
        var csv = new StringBuilder(
            "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS,VINTAGE,RELEASED_ON,UNIT_MULT,DECIMALS\r\n");
        foreach (var value in values)
            csv.Append(CultureInfo.InvariantCulture,
                $"dataflow,{Structure},I,{Period.Parse(value.Period).Frequency},{tenant},{value.Indicator},{value.Period},{value.Number},{Observed(value.Status)},{Codes<ValueStatus>.ByValue[value.Status]},{value.ReleasedOn:yyyy-MM-dd},{value.UnitMult ?? 0},{value.Decimals}\r\n");
        return csv.ToString();
    }

    /// <summary>A value in force, as listed.</summary>
    public sealed record Value(
        string Indicator, string Name, string Unit, int? UnitMult, int? Decimals, string Period, [property: JsonPropertyName("value")] decimal Number, ValueStatus Status,
        DateOnly? ReleasedOn, bool Verified, string[] Flags, string? Document)
    {
        internal string Key => $"{Indicator}|{Period}";

        internal static Value Of(IndicatorDefined definition, string period, Vintage vintage) => new(
            definition.Code, definition.Name, definition.Unit, definition.UnitMult, definition.Decimals, period, vintage.Value!.Value,
            vintage.Status, vintage.ReleasedOn == default ? null : vintage.ReleasedOn, vintage.Verified, vintage.Flags, vintage.Document);
    }
}
