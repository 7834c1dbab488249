using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Marten;
using Microsoft.Net.Http.Headers;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Values in SDMX-CSV 2.0 (SDMX 3.0, section 4 «CSV data format»): dimensions FREQ, REF_AREA, INDICATOR, TIME_PERIOD, the
/// observation OBS_VALUE with OBS_STATUS (CL_OBS_STATUS), and VINTAGE, a local attribute that tells apart what OBS_STATUS
/// does not.
/// </summary>
public static partial class Sdmx
{
    const string MediaType = "application/vnd.sdmx.data+csv";
    const string Version = "2.0.0";

    static string StructureOf(string tenant) => $"CN{tenant}:PLAN_VALUES(1.0)";

    static string Observed(ValueStatus status) => status switch
    {
        ValueStatus.Estimate => "E", ValueStatus.Flash or ValueStatus.Preliminary => "P", _ => "A",
    };

    /// <summary>Maps <c>GET /v1/values</c>: every value in force, as JSON, CSV or SDMX-CSV by <c>Accept</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/values", async (
        string? indicator, string? period, string? plan, Caller caller, Page page, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
    {
        if (!Period.TryParse(period, out var only) && period is not null)
            return Problem.Of(400, "not-a-period", new("period 应为期别，如 2023、2023-Q2、2023-07。", "period must be a period like 2023, 2023-Q2, 2023-07."));
        await using var session = store.QuerySession(caller.Tenant);
        IQueryable<Indicator> found = session.Query<Indicator>();
        if (indicator is not null) found = found.Where(one => one.Id == Indicator.Stream(caller.Tenant, indicator));
        if (plan is not null) found = found.Where(one => one.History.Definition!.Plan == plan);
        var all = await found.OrderBy(one => one.Id).ToListAsync(cancel);
        var values = all.SelectMany(one => one.History.Values
                .Where(known => known.Value.InForce() is not null && (period is null || known.Key == only.Text))
                .Select(known => Value.Of(one.History.Definition!, known.Key, known.Value[^1])))
            .ToList();
        switch (Asked(http.Request))
        {
            case true:
                http.NameFile("csv");
                return Results.Text(Csv(caller.Tenant, values), $"{MediaType}; version={Version}; charset=utf-8", Encoding.UTF8);
            case false:
                return Problem.Of(406, "not-acceptable", new(
                    $"只能给出 SDMX-CSV 2.0（Accept: {MediaType};version={Version}，labels=id）、application/json 或 text/csv。",
                    $"Only SDMX-CSV 2.0 can be given (Accept: {MediaType};version={Version}, labels=id), application/json or text/csv."));
        }

        var shown = values.SkipWhile(value => page.After.Length > 0 && string.CompareOrdinal(value.Key, page.After) <= 0).Take(page.Limit).ToList();
        return (IResult)new Listing<Value>(shown, shown.Count == page.Limit ? shown[^1].Key : null, values.Count)
            .PushedAs(one => new { one.Indicator, one.Period, Value = one.Number, one.Status, one.ReleasedOn, one.Document });
    }).RequireRight("indicators:read").ProducesPage<Value>().ProducesAs(MediaType);

    /// <summary>True where SDMX-CSV 2.0 is asked for, false where nothing but another SDMX is, null where something else is.</summary>
    static bool? Asked(HttpRequest request)
    {
        var ranges = request.GetTypedHeaders().Accept.Where(range => range.Quality is not 0).ToList();
        bool IsSdmx(MediaTypeHeaderValue range) => range.MediaType.StartsWith("application/vnd.sdmx.", StringComparison.OrdinalIgnoreCase);
        bool IsOurs(MediaTypeHeaderValue range) => range.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase) &&
            range.Parameters.All(parameter => parameter.Name.Value?.ToLowerInvariant() switch
            {
                "version" => parameter.GetUnescapedValue().Value is "2" or "2.0" or Version,
                "labels" => parameter.GetUnescapedValue().Value is "id",
                _ => true,
            });
        return ranges.Exists(IsOurs) ? true : ranges.Count > 0 && ranges.All(IsSdmx) ? false : null;
    }

    static string Csv(string tenant, List<Value> values)
    {
        var csv = new StringBuilder(
            "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS,VINTAGE,RELEASED_ON,UNIT_MULT,DECIMALS\r\n");
        foreach (var value in values)
            csv.Append(CultureInfo.InvariantCulture,
                $"dataflow,{StructureOf(tenant)},I,{Period.Parse(value.Period).Frequency},{tenant},{value.Indicator},{value.Period},{value.Number},{Observed(value.Status)},{Codes<ValueStatus>.ByValue[value.Status]},{value.ReleasedOn:yyyy-MM-dd},{MultOf(value.UnitMult, value.Unit) ?? 0},{(value.Decimals is { } places ? Math.Max(places, Places(value.Number)) : null)}\r\n");
        return csv.ToString();
    }

    // Places that say something: 1.50 has one.
    static int Places(decimal value)
    {
        var places = (int)value.Scale;
        while (places > 0 && decimal.Round(value, places - 1) == value) places--;
        return places;
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
