namespace Monitoring.Hosting.Tests;

/// <summary>SDMX-CSV means what it says: honoured, or refused so that it can be mended.</summary>
public sealed class SdmxApiTests(Services services)
{
    const string Type = "application/vnd.sdmx.data+csv";
    const string Header = "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS,VINTAGE,UNIT_MULT,UNIT_MEASURE,DECIMALS,CONF_STATUS\n";

    /// <summary>An indicator of its own for each test, in 亿元, with one place, reported by the year.</summary>
    async Task<string> Indicator(string unit = "亿元", int? mult = 8)
    {
        var code = $"sdmx-{Guid.CreateVersion7():N}";
        var defined = await services.Post("Indicators", "/v1/indicators", "text/csv",
            $"code,name,unit,attribute,direction,plan,planRef,unitMult,decimals,frequency\n{code},某指标,{unit},expected,increase,sdmx,x,{mult},1,A\n");
        Assert.Equal(200, defined.Status);
        return code;
    }

    Task<Answer> Push(string rows, string header = Header) => services.Post("Indicators", "/v1/values", Type, header + rows);

    static string Row(
        string code, string period = "2021", string value = "12.5", string status = "A", string vintage = "", string mult = "8", string measure = "",
        string area = "410325", string structure = "CN410325:PLAN_VALUES(1.0)", string action = "I", string freq = "A", string decimals = "", string conf = "") =>
        $"dataflow,{structure},{action},{freq},{area},{code},{period},{value},{status},{vintage},{mult},{measure},{decimals},{conf}\n";

    async Task<decimal> Value(string code, string period = "2021") =>
        (await services.Send("Indicators", HttpMethod.Get, $"/v1/values?indicator={code}&period={period}", null, null)).Json.GetProperty("items")[0].GetProperty("value").GetDecimal();

    [Fact]
    public async Task A_multiplier_and_a_unit_are_converted_to_the_catalogues_and_said()
    {
        var code = await Indicator();
        var answer = await Push(Row(code, value: "880000", mult: "4") + Row(code, "2022", "8900000000", mult: "0", measure: "CNY"));
        Assert.Equal(2, answer.Number("accepted"));
        Assert.Equal((88m, 89m), (await Value(code), await Value(code, "2022")));
        var warnings = answer.Json.GetProperty("warnings").EnumerateArray().Where(one => one.GetProperty("code").GetString() == "read-as").ToList();
        Assert.Equal(2, warnings.Count);
        Assert.Contains("880000 × 10^4", warnings[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("88 亿元", warnings[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REF_AREA area-outside-county", "410326", "CN410325:PLAN_VALUES(1.0)", "8", "")]
    [InlineData("STRUCTURE_ID structure-unknown", "410325", "OECD:WEATHER(9.9)", "8", "")]
    [InlineData("UNIT_MEASURE unit-differs", "410325", "CN410325:PLAN_VALUES(1.0)", "8", "TONNES")]
    [InlineData("UNIT_MULT unknown-code", "410325", "CN410325:PLAN_VALUES(1.0)", "99", "")]
    public async Task What_contradicts_the_catalogue_is_refused(string error, string area, string structure, string mult, string measure) =>
        Assert.Equal([$"1 {error}"], (await Push(Row(await Indicator(), area: area, structure: structure, mult: mult, measure: measure))).Errors);

    [Fact]
    public async Task A_multiplier_where_the_catalogue_has_none_is_refused() =>
        Assert.Equal(["1 UNIT_MULT unit-differs"], (await Push(Row(await Indicator("%", null), mult: "4"))).Errors);

    [Theory]
    [InlineData("2021-A1", "A", "2021")]
    [InlineData("2021-M03", "M", "2021-03")]
    [InlineData("2021-S1", "S", "2021-S1")]
    [InlineData("2021-Q1", "Q", "2021-Q1")]
    public async Task A_reporting_period_is_read(string period, string freq, string canonical)
    {
        var code = await Indicator();
        Assert.Equal(1, (await Push(Row(code, period, freq: freq))).Number("accepted"));
        Assert.Equal(12.5m, await Value(code, canonical));
    }

    [Theory]
    [InlineData("FREQ", "differs-from-period", "M", "I", "A", "", "", "")]
    [InlineData("ACTION", "unknown-code", "A", "D", "A", "", "", "")]
    [InlineData("OBS_STATUS", "break-in-series", "A", "I", "B", "", "", "")]
    [InlineData("OBS_STATUS", "status-contradicts-value", "A", "I", "M", "", "", "")]
    [InlineData("OBS_STATUS", "unknown-code", "A", "I", "X", "", "", "")]
    [InlineData("VINTAGE", "differs-from-status", "A", "I", "P", "final", "", "")]
    [InlineData("DECIMALS", "decimals-differ", "A", "I", "A", "", "0", "")]
    [InlineData("CONF_STATUS", "confidential", "A", "I", "A", "", "", "C")]
    public async Task What_cannot_be_honoured_is_refused_with_the_way_out(
        string field, string error, string freq, string action, string status, string vintage, string decimals, string conf) => Assert.Contains(
        $"1 {field} {error}", (await Push(Row(await Indicator(), freq: freq, action: action, status: status, vintage: vintage, decimals: decimals, conf: conf))).Errors);

    [Theory]
    [InlineData("E", "estimate")]
    [InlineData("F", "estimate")]
    [InlineData("I", "estimate")]
    [InlineData("P", "preliminary")]
    [InlineData("A: Normal value", "final")]
    public async Task A_status_is_one_of_ours_also_with_its_label(string status, string ours)
    {
        var code = await Indicator();
        Assert.Equal(1, (await Push(Row($"{code}: 某指标", status: status, area: "410325: 嵩县", action: "R: Replace", freq: "A: Annual"))).Number("accepted"));
        var values = await services.Send("Indicators", HttpMethod.Get, $"/v1/values?indicator={code}", null, null);
        Assert.Equal(ours, values.Json.GetProperty("items")[0].GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("NaN")]
    public async Task A_missing_value_is_no_row(string value)
    {
        var code = await Indicator();
        var answer = await Push(Row(code, value: value, status: "M") + Row(code, "2022"));
        Assert.Equal((200, 1, 0), (answer.Status, answer.Number("accepted"), answer.Number("rejected")));
        Assert.NotEmpty((await Push(Row(code, "2020", "", "A"))).Errors);
    }

    [Fact]
    public async Task The_first_version_of_the_format_is_refused_with_the_way_to_the_second()
    {
        var answer = await Push($"CN410325:PLAN_VALUES(1.0),{await Indicator()},2021,12.5,A\n", "DATAFLOW,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n");
        Assert.Contains("1 DATAFLOW sdmx-csv-version", answer.Errors);
    }

    [Fact]
    public async Task What_is_exported_can_be_sent_again_and_is_on_record()
    {
        var code = await Indicator();
        await Push(Row(code) + Row(code, "2022", "13.5", "P") + Row(code, "2023", "14", "E"));
        await services.Post("Indicators", "/v1/values", "application/json", $$"""{"indicator":"{{code}}","period":"2024","value":15,"status":"flash","releasedOn":"2025-03-01"}""");
        var export = await services.Send("Indicators", HttpMethod.Get, $"/v1/values?indicator={code}", null, null, ("Accept", Type));
        Assert.Equal(Type, export.Type);
        var again = await Push(export.Body, "");
        Assert.Equal((0, 4, 0), (again.Number("accepted"), again.Number("duplicates"), again.Number("rejected")));
        Assert.Equal(0, again.Json.GetProperty("warnings").GetArrayLength());
    }

    [Theory]
    [InlineData("application/vnd.sdmx.data+csv;version=1.0.0", 406)]
    [InlineData("application/vnd.sdmx.data+csv;labels=both", 406)]
    [InlineData("application/vnd.sdmx.data+json;version=2.0.0", 406)]
    [InlineData("application/vnd.sdmx.genericdata+xml;version=2.1", 406)]
    [InlineData("application/vnd.sdmx.data+csv;version=2.0.0", 200)]
    [InlineData("application/vnd.sdmx.data+json, application/json;q=0.5", 200)]
    public async Task Another_SDMX_than_ours_cannot_be_given(string accept, int status) => Assert.Equal(
        status, (await services.Send("Indicators", HttpMethod.Get, "/v1/values?plan=none", null, null, ("Accept", accept))).Status);
}
