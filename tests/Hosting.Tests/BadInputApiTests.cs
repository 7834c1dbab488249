using System.IO.Compression;
using System.Text;

namespace Monitoring.Hosting.Tests;

/// <summary>Bad input is told with row, field and stable code, and never costs a good row or a connection.</summary>
public sealed class BadInputApiTests(Services services)
{
    const string Reading = """{"station":"MN1","time":"2023-08-01T09:00:00+08:00","pollutant":"a34004","value":28}""";

    Task<Answer> Values(string body, string type = "application/json", string query = "") =>
        services.Post("Indicators", "/v1/values" + query, type, body);

    Task<Answer> Readings(string body, string type = "application/json", string query = "") =>
        services.Post("Environment", "/v1/readings" + query, type, body);

    [Fact]
    public async Task A_json_array_that_breaks_is_refused_with_the_row_it_breaks_in()
    {
        var answer = await Readings($"[{Reading},{Reading},{{\"station\":\"MN1\",,]");
        answer.IsProblem(400, "malformed-body");
        Assert.Equal(["3 - malformed-body"], answer.Errors);
    }

    [Theory]
    [InlineData("""{"indicator":"gdp","period":"2019","value":"200","status":"final"}""", "value not-a-number")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":"NaN","status":"final"}""", "value not-a-number")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":true,"status":"final"}""", "value not-a-number")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1e400,"status":"final"}""", "value out-of-range")]
    [InlineData("""{"indicator":"gdp","period":"2019","status":"final"}""", "value missing")]
    [InlineData("""{"indicator":"gdp","period":"2019-13","value":1,"status":"final"}""", "period not-a-period")]
    [InlineData("""{"indicator":"gdp","period":"2099","value":1,"status":"estimate"}""", "period period-in-future")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1,"status":"finished"}""", "status unknown-code")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1,"status":"final","vlaue":2}""", "vlaue unknown-field")]
    [InlineData("""{"indicator":"no-such","period":"2019","value":1,"status":"final"}""", "indicator indicator-unknown")]
    [InlineData("""{"indicator":"g/d/p","period":"2019","value":1,"status":"final"}""", "indicator not-a-code")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1,"status":"final","note":"a\u0000b"}""", "note control-character")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1,"status":"final","note":"\ud800"}""", "note invalid-unicode")]
    [InlineData("""{"indicator":7,"period":"2019","value":1,"status":"final"}""", "indicator not-a-text")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1,"status":"final","releasedOn":"1899-12-31"}""", "releasedOn out-of-range")]
    [InlineData("""{"indicator":"gdp","period":"2019","value":1,"status":"final","releasedOn":"2201-01-01"}""", "releasedOn out-of-range")]
    [InlineData("17", "- row-not-an-object")]
    public async Task A_bad_row_is_told_with_its_field_and_code(string row, string expected)
    {
        var answer = await Values($"""[{row}]""");
        answer.IsProblem(422, "rows-rejected");
        Assert.Equal([$"1 {expected}"], answer.Errors);
    }

    [Theory]
    [InlineData("""{"station":"NOPE","time":"2023-08-01T09:00:00Z","pollutant":"a34004","value":28}""", "station station-unknown")]
    [InlineData("""{"station":"MN1","time":"2099-08-01T09:00:00Z","pollutant":"a34004","value":28}""", "time time-in-future")]
    [InlineData("""{"station":"MN1","time":"yesterday","pollutant":"a34004","value":28}""", "time not-an-instant")]
    [InlineData("""{"station":"MN1","time":"1900-01-01T00:00:00+08:00","pollutant":"a34004","value":28}""", "time not-an-instant")]
    [InlineData("""{"station":"MN1","time":"2200-12-31T23:00:00-14:00","pollutant":"a34004","value":28}""", "time not-an-instant")]
    [InlineData("""{"station":"MN1","time":"2023-02-30T09:00:00Z","pollutant":"a34004","value":28}""", "time not-an-instant")]
    [InlineData("""{"station":"MN1","time":"2023-08-01T09:00:00Z","pollutant":"w01018","value":28}""", "pollutant pollutant-undeclared")]
    [InlineData("""{"station":"MN1","time":"2023-08-01T09:00:00Z","pollutant":"a34004","value":28,"unit":"mg/m3"}""", "unit unit-differs")]
    [InlineData("""{"station":"MN1","time":"2023-08-01T09:00:00Z","pollutant":"a34004","value":28,"flag":"X"}""", "flag unknown-code")]
    public async Task A_bad_reading_is_told_with_its_field_and_code(string row, string expected) =>
        Assert.Equal([$"1 {expected}"], (await Readings(row)).Errors);

    [Theory]
    [InlineData("investments", """{"project":"P05-1-01","month":"2023-07","amount":0.009,"unit":"元"}""", "amount")]
    [InlineData("investments", """{"project":"P05-1-01","month":"2023-07","amount":1,"yearToDate":0.0000000001,"unit":"元"}""", "yearToDate")]
    [InlineData("investments", """{"project":"P05-1-01","month":"2023-07","amount":10000000.1,"unit":"亿元"}""", "amount")]
    [InlineData("funds", """{"project":"P05-1-01","month":"2023-07","source":"special_bond","amount":0.0000000001,"unit":"万元"}""", "amount")]
    [InlineData("annual-plans", """{"project":"P05-1-01","year":2023,"amount":0.001,"unit":"元"}""", "amount")]
    [InlineData("project-details", """{"code":"P05-1-01","total":0.001,"unit":"元"}""", "total")]
    [InlineData("project-details", """{"code":"P05-1-01","unit":"亿元","funding":{"state_budget":"79228162514264337593543950335"}}""", "funding")]
    public async Task An_amount_that_nobody_can_pay_is_out_of_range(string path, string row, string field) => Assert.Equal(
        [$"1 {field} out-of-range"], (await services.Post("Projects", $"/v1/{path}?dryRun=true", "application/json", row)).Errors);

    [Theory]
    [InlineData("0.01", "元")]
    [InlineData("0", "元")]
    [InlineData("0.0000000001", "亿元")]
    [InlineData("10000000", "亿元")]
    public async Task What_can_be_paid_is_taken(string amount, string unit) => Assert.Equal(200, (await services.Post(
        "Projects", "/v1/funds?dryRun=true", "application/json",
        $$"""{"project":"P05-1-01","month":"2023-07","source":"special_bond","amount":{{amount}},"unit":"{{unit}}"}""")).Status);

    [Fact]
    public async Task A_bare_NaN_is_no_json() => (await Values("""[{"indicator":"gdp","period":"2019","value":NaN,"status":"final"}]"""))
        .IsProblem(400, "malformed-body");

    [Fact]
    public async Task A_field_name_that_is_no_unicode_is_refused() =>
        (await Values("""{"indicator":"gdp","period":"2019","value":1,"status":"final","\ud800":1}""")).IsProblem(400, "invalid-unicode");

    [Fact]
    public async Task The_same_field_twice_is_refused() =>
        (await Values("""{"indicator":"gdp","indicator":"gdp","period":"2019","value":1,"status":"final"}""")).IsProblem(400, "malformed-body");

    [Fact]
    public async Task Seventeen_mebibytes_are_refused_and_the_service_goes_on()
    {
        var answer = await services.Send(
            "Environment", HttpMethod.Post, "/v1/readings", "application/json", new byte[17 * 1024 * 1024]);
        answer.IsProblem(413, "body-too-large");
        Assert.Contains("16 MiB", answer.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(200, (await Readings(Reading, query: "?dryRun=true")).Status);
    }

    [Theory]
    [InlineData("application/json", "[", ",", "]")]
    [InlineData("application/x-ndjson", "", "\n", "")]
    public async Task Ten_thousand_and_one_rows_are_refused(string type, string before, string between, string after) =>
        (await Readings(before + string.Join(between, Enumerable.Repeat(Reading, 10_001)) + after, type)).IsProblem(413, "too-many-rows");

    [Fact]
    public async Task Csv_of_a_spreadsheet_works_with_byte_order_mark_crlf_and_quotes()
    {
        var answer = await Values(
            "\uFEFFindicator,period,value,status,note\r\ngdp,2001,12.5,final,\"含逗号, 引号\"\"和\"\"空格\"\r\n\r\ngdp,2002,13,final,\r\n", "text/csv");
        Assert.Equal((200, 2), (answer.Status, answer.Number("accepted")));
    }

    [Fact]
    public async Task A_newline_in_a_quoted_cell_costs_its_own_row_and_shifts_no_other()
    {
        var answer = await Values(
            "indicator,period,value,status,note\r\ngdp,2003,1,final,\"two\r\nlines\"\r\ngdp,2004,viel,final,\r\ngdp,2005,2,final,ok\r\n",
            "text/csv", "?mode=partial");
        Assert.Equal((200, 2), (answer.Status, answer.Number("accepted")));
        Assert.Equal(["2 value not-a-number"], answer.Errors);
        Assert.Equal(4, answer.Json.GetProperty("errors")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Csv_in_gbk_works_when_it_says_so()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var gbk = Encoding.GetEncoding("gbk").GetBytes("indicator,period,value,status,document\ngdp,2006,9,final,统计公报\n");
        Assert.Equal(200, (await services.Send("Indicators", HttpMethod.Post, "/v1/values", "text/csv; charset=gbk", gbk)).Status);
        var shown = await services.Send("Indicators", HttpMethod.Get, "/v1/indicators/gdp", null, null);
        Assert.Contains("统计公报", shown.Body, StringComparison.Ordinal);

        var unsaid = await services.Send("Indicators", HttpMethod.Post, "/v1/values", "text/csv", gbk);
        unsaid.IsProblem(400, "invalid-utf8");
        Assert.Contains("Line 2", unsaid.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_csv_row_that_does_not_fit_its_header_is_told() =>
        Assert.Equal(["1 - too-many-cells"], (await Values("indicator,period,value,status\ngdp,2007,1,final,extra\n", "text/csv")).Errors);

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("text/csv", "indicator,period,value,status\ngdp,2007,\"1,final\n")]
    [InlineData("application/json", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("application/json", "[]")]
    [InlineData("text/csv", "")]
    [InlineData("application/json", "null")]
    public async Task What_is_no_table_is_refused_whole(string type, string body)
    {
        var answer = await Values(body, type);
        Assert.InRange(answer.Status, 400, 422);
        Assert.Equal("application/problem+json", answer.Type);
    }

    [Fact]
    public async Task An_unknown_media_type_is_refused_with_the_known_ones()
    {
        var answer = await Values("<x/>", "application/xml");
        answer.IsProblem(415, "media-type-unsupported");
        Assert.Contains("text/csv", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_body_works_and_a_wrong_one_is_refused()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Reading), TestContext.Current.CancellationToken);
        var good = await services.Send("Environment", HttpMethod.Post, "/v1/readings?dryRun=true", "application/json", packed.ToArray(), ("Content-Encoding", "gzip"));
        Assert.Equal(200, good.Status);
        var bad = await services.Send("Environment", HttpMethod.Post, "/v1/readings", "application/json", Encoding.UTF8.GetBytes(Reading), ("Content-Encoding", "gzip"));
        Assert.Equal((400, "application/problem+json"), (bad.Status, bad.Type));
    }

    [Fact]
    public async Task Partial_keeps_the_good_rows_and_atomic_none()
    {
        const string rows = """
            {"indicator":"gdp","period":"2008","value":1,"status":"final"}
            {"indicator":"gdp","period":"2009","value":"x","status":"final"}
            not json
            {"indicator":"gdp","period":"2010","value":3,"status":"final"}
            """;
        var atomic = await Values(rows, "application/x-ndjson");
        atomic.IsProblem(422, "rows-rejected");
        Assert.Equal((0, 2), (atomic.Number("accepted"), atomic.Number("rejected")));

        var partial = await Values(rows, "application/x-ndjson", "?mode=partial");
        Assert.Equal((200, 2, 2), (partial.Status, partial.Number("accepted"), partial.Number("rejected")));
        Assert.Equal(["2 value not-a-number", "3 - malformed-json"], partial.Errors);
    }

    [Fact]
    public async Task Messages_are_chinese_unless_english_is_asked_for()
    {
        var chinese = await services.Post("Indicators", "/v1/values", "application/json", "{}", ("Accept-Language", "zh-CN"));
        var english = await services.Post("Indicators", "/v1/values", "application/json", "{}", ("Accept-Language", "en-GB"));
        Assert.Contains("缺少必填字段", chinese.Body, StringComparison.Ordinal);
        Assert.Contains("required field is missing", english.Body, StringComparison.Ordinal);
    }
}
