using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Monitoring.System.Tests;

/// <summary>
/// The county's plan goes through the public APIs and is evaluated: the last plan as it ended, the running one at two days
/// of its mid-term review, with revisions, an adjustment, numbers handed down and values signed off.
/// </summary>
public sealed class PlanReviewTests
{
    static readonly string plan = Path.Combine(TestServers.Root, "deploy", "plan", "410325");

    /// <summary>专栏1 as of 2020-12-31, worked out by hand from the printed cells; progress is the share of the increment.</summary>
    static readonly (string Code, string Verdict, string? Why, decimal? Progress)[] lastPlan =
    [
        ("fyp13-gdp", "not_achieved", null, 0.6782m),
        ("fyp13-fixed-asset-investment", "not_evaluable", "value-missing", null),
        ("fyp13-fiscal-revenue", "achieved", null, 1m),
        ("fyp13-retail-sales", "not_achieved", null, 0.9752m),
        ("fyp13-foreign-trade", "not_evaluable", "value-missing", null),
        ("fyp13-urbanisation-rate", "achieved", null, 1.1429m),
        ("fyp13-rd-expenditure", "achieved", null, 198.5114m),
        ("fyp13-farmland", "not_achieved", null, 0.9677m),
        ("fyp13-water-per-industrial-value-added", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-energy-intensity", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-co2-intensity", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-cod-emissions", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-so2-emissions", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-ammonia-nitrogen-emissions", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-nox-emissions", "not_evaluable", "target-not-handed-down", null),
        ("fyp13-forest-cover", "achieved", null, 3.9143m),
        ("fyp13-forest-stock", "not_achieved", null, 0.3112m),
        ("fyp13-soil-erosion-treated", "achieved", null, 1.2969m),
        ("fyp13-population", "not_evaluable", "value-missing", null),
        ("fyp13-disposable-income", "not_achieved", null, 0.9103m),
        ("fyp13-surveyed-unemployment-rate", "achieved", null, 3.4m),
        ("fyp13-affordable-housing-coverage", "achieved", null, 1m),
        ("fyp13-new-urban-jobs", "achieved", null, 1.213m),
        ("fyp13-upper-secondary-enrolment", "not_evaluable", "value-missing", null),
        ("fyp13-hospital-beds", "not_evaluable", "value-missing", null),
    ];

    [Fact]
    public async Task The_plan_is_evaluated_as_a_review_would()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var county = await County.Start();
        var indicators = await county.Run("Indicators");
        var evaluation = await county.Run("Evaluation");
        foreach (var (file, path) in new[] { ("indicators.csv", "/v1/indicators"), ("duties.csv", "/v1/duties"), ("values.csv", "/v1/values") })
        {
            var first = await Push(indicators, path, await File.ReadAllTextAsync(Path.Combine(plan, file), cancel));
            Assert.Equal(0, first.GetProperty("rejected").GetInt32());
            var again = await Push(indicators, path, await File.ReadAllTextAsync(Path.Combine(plan, file), cancel));
            Assert.Equal((0, first.GetProperty("accepted").GetInt32()), (again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32()));
        }

        await The_last_plan_ended_as_it_did(county, evaluation);
        await The_running_plan_stands_where_the_path_says(county, indicators, evaluation);
        await Revisions_leave_a_triangle(indicators);
        await An_approved_adjustment_holds_from_its_day(county, indicators, evaluation);
        await What_was_handed_down_is_judged(county, indicators, evaluation);
        await Values_travel_as_sdmx(indicators);
        await It_is_said_once_when_an_indicator_goes_off_track(county, indicators, evaluation);
    }

    static async Task The_last_plan_ended_as_it_did(County county, ServiceProcess evaluation)
    {
        await Caught(county, evaluation);
        var rows = await Rows(evaluation, $"/v1/scoreboard?planRef={Uri.EscapeDataString("专栏1")}&on=2020-12-31");
        Assert.Equal(
            lastPlan.OrderBy(row => row.Code, StringComparer.Ordinal),
            rows.Select(row => (Text(row, "code")!, Text(row, "verdict")!, Text(row, "why"), Number(row, "progress"))).OrderBy(row => row.Item1, StringComparer.Ordinal));
        var stock = rows.Single(row => Text(row, "code") == "fyp13-forest-stock");
        Assert.Equal("binding", Text(stock, "attribute"));

        var counts = await Rows(evaluation, "/v1/scoreboard/counts?plan=fyp13&on=2020-12-31");
        Assert.Equal(
            ["binding 16", "expected 9"], counts.Select(count => $"{Text(count, "attribute")} {count.GetProperty("indicators").GetInt32()}"));
    }

    static async Task The_running_plan_stands_where_the_path_says(County county, ServiceProcess indicators, ServiceProcess evaluation)
    {
        await Push(indicators, "/v1/values", """
            indicator,period,value,status,releasedOn
            gdp,2021,222,final,2022-12-20
            gdp,2022,239,preliminary,2023-01-25
            gdp,2023-S1,118,preliminary,2023-07-25
            retail-sales,2022,140,preliminary,2023-01-25
            registered-unemployment-rate,2022,2.7,final,2023-02-01
            urbanisation-rate,2022,43.6,final,2023-03-01
            new-jobs,2021,0.4,final,2022-02-01
            new-jobs,2022,0.25,final,2023-02-01
            listed-companies,2022,0,final,2023-02-01

            """);
        await Caught(county, evaluation);
        foreach (var (on, linear, geometric) in new[] { ("2022-12-31", 243.0m, 238.7m), ("2023-06-30", 252.5m, 248.0m) })
        {
            var straight = (await Rows(evaluation, $"/v1/scoreboard?code=gdp&on={on}&path=linear")).Single();
            var own = (await Rows(evaluation, $"/v1/scoreboard?code=gdp&on={on}")).Single();
            Assert.Equal((linear, geometric), (Number(straight, "expectedOn"), Math.Round(Number(own, "expectedOn")!.Value, 1)));
            // The half year's GDP is no level of a year: the year 2022 decides on both days.
            Assert.Equal(("2022", "on_schedule", "hard_to_achieve"), (Text(own.GetProperty("latest"), "period"), Text(own, "verdict"), Text(straight, "verdict")));
            Assert.Contains("growth-does-not-compute", own.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        }

        var rows = (await Rows(evaluation, $"/v1/scoreboard?planRef={Uri.EscapeDataString("专栏2")}&on=2022-12-31")).ToDictionary(row => Text(row, "code")!);
        Assert.Equal(37, rows.Count);
        Assert.Equal(
            ("hard_to_achieve", "within_limit", "on_schedule", "behind_schedule", "on_schedule"),
            (Text(rows["retail-sales"], "verdict"), Text(rows["registered-unemployment-rate"], "verdict"), Text(rows["urbanisation-rate"], "verdict"),
                Text(rows["new-jobs"], "verdict"), Text(rows["listed-companies"], "verdict")));
        Assert.Equal("no-target", Text(rows["so2-emissions"], "why"));
        Assert.Equal("发展和改革委员会", Text(rows["gdp"], "responsible"));
    }

    static async Task Revisions_leave_a_triangle(ServiceProcess indicators)
    {
        await Push(indicators, "/v1/values", "indicator,period,value,status,releasedOn\ngdp,2021,219,flash,2022-01-20\n");
        await Push(indicators, "/v1/values", "indicator,period,value,status,releasedOn,document\ngdp,2020,210,census,2024-12-30,五经普公报\n");
        var triangle = await Rows(indicators, "/v1/indicators/gdp/vintages?period=2021");
        Assert.Equal(["222 final True", "219 flash False"], triangle.Select(row => $"{Number(row, "value")} {Text(row, "status")} {row.GetProperty("inForce").GetBoolean()}"));

        var verdict = await Get(indicators, "/v1/indicators/gdp/verdict?on=2022-12-31");
        Assert.Equal(210, verdict.GetProperty("revisedBase").GetDecimal());
        Assert.NotEqual(
            verdict.GetProperty("judgement").GetProperty("progress").GetDecimal(), verdict.GetProperty("onRevisedBase").GetProperty("progress").GetDecimal());
        Assert.Equal(243.0m, verdict.GetProperty("expectedLinear").GetDecimal());

        await Push(indicators, "/v1/verifications", "indicator,period,value\ngdp,2021,222\n");
        var refused = await Send(indicators, "/v1/values", "indicator,period,value,status,reason\ngdp,2021,223,final,漏报\n");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "conflicts-with-verified"), (refused.Status, Text(refused.Body.GetProperty("errors")[0], "code")));
    }

    static async Task An_approved_adjustment_holds_from_its_day(County county, ServiceProcess indicators, ServiceProcess evaluation)
    {
        await Push(indicators, "/v1/target-adjustments", "code,adjustment,year,target,reason\ngdp,tz-2023,2025,280,疫情影响\n");
        var early = await Send(indicators, "/v1/target-adjustments/resolutions", "code,adjustment,approved,decision,decidedOn\ngdp,tz-2023,true,嵩人常〔2023〕18号,2023-11-28\n");
        Assert.Equal("adjustment-step-forbidden", Text(early.Body.GetProperty("errors")[0], "code"));
        await Push(indicators, "/v1/target-adjustments/submissions", "code,adjustment,document,on\ngdp,tz-2023,嵩政〔2023〕30号,2023-10-20\n");
        await Push(indicators, "/v1/target-adjustments/resolutions", "code,adjustment,approved,decision,decidedOn\ngdp,tz-2023,true,嵩人常〔2023〕18号,2023-11-28\n");
        await Caught(county, evaluation);
        decimal? Target(JsonElement row) => Number(row.GetProperty("target"), "value");
        Assert.Equal(300, Target((await Rows(evaluation, "/v1/scoreboard?code=gdp&on=2023-06-30")).Single()));
        Assert.Equal(280, Target((await Rows(evaluation, "/v1/scoreboard?code=gdp&on=2023-12-31")).Single()));
    }

    static async Task What_was_handed_down_is_judged(County county, ServiceProcess indicators, ServiceProcess evaluation)
    {
        await Push(indicators, "/v1/values", "indicator,period,value,status\npm25,2022,42,final\n");
        await Push(indicators, "/v1/handed-down-targets", "code,year,kind,value,document\npm25,2022,at_most,42.5,洛环〔2022〕8号\n");
        await Push(indicators, "/v1/attestations", "code,year,met,document\nwater-use,2022,true,洛水〔2023〕5号\n");
        await Push(indicators, "/v1/attributes", "code,attribute,reason\npm25,binding,国家约束性指标\n");
        await Caught(county, evaluation);
        var pm = (await Rows(evaluation, "/v1/scoreboard?code=pm25&on=2022-12-31")).Single();
        Assert.Equal(("within_limit", 42.5m, "binding"), (Text(pm, "verdict"), Number(pm, "expected"), Text(pm, "attribute")));
        var water = (await Rows(evaluation, "/v1/scoreboard?code=water-use&on=2022-12-31")).Single();
        Assert.Equal(("within_limit", "attested:2022", null), (Text(water, "verdict"), water.GetProperty("flags")[0].GetString(), Number(water.GetProperty("latest"), "value")));
    }

    static async Task Values_travel_as_sdmx(ServiceProcess indicators)
    {
        const string sdmx = "application/vnd.sdmx.data+csv";
        using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/values?plan=fyp14", UriKind.Relative));
        ask.Headers.Accept.ParseAdd($"{sdmx};version=2.0.0");
        using var answer = await indicators.Http.SendAsync(ask);
        Assert.Equal(sdmx, answer.Content.Headers.ContentType!.MediaType);
        var csv = await answer.Content.ReadAsStringAsync();
        Assert.Contains(",A,410325,gdp,2021,222,A,final,2022-12-20,8,", csv, StringComparison.Ordinal);
        // What went out comes in again and changes nothing.
        var again = await Send(indicators, "/v1/values", csv, $"{sdmx};version=2.0.0");
        Assert.True(again.Status == HttpStatusCode.OK, $"{again.Body}");
        Assert.Equal(0, again.Body.GetProperty("accepted").GetInt32());
        Assert.Equal(csv.Split('\n').Length - 2, again.Body.GetProperty("duplicates").GetInt32());
    }

    static async Task It_is_said_once_when_an_indicator_goes_off_track(County county, ServiceProcess indicators, ServiceProcess evaluation)
    {
        await Push(indicators, "/v1/values", "indicator,period,value,status\nnurses,2021,3.1,final\n");
        await Push(indicators, "/v1/values", "indicator,period,value,status\nnurses,2022,3.15,final\n");
        await Caught(county, evaluation);
        var said = (await Rows(evaluation, "/v1/audit?stream=indicator/410325/nurses&limit=1000"))
            .Where(row => Text(row, "type") == "indicators.indicator-off-track.v1").ToList();
        Assert.Single(said);
    }

    static async Task Caught(County county, ServiceProcess evaluation)
    {
        var events = await Databases.Events(await county.Connection("Indicators"), "indicators");
        await County.Settled(evaluation, "indicators", events.Count);
        // Views follow the ledger: health names how far the slowest of them has come.
        var last = (await Get(evaluation, "/v1/ledger/status")).GetProperty("position").GetInt64();
        for (var attempt = 0; attempt < 2_400; attempt++)
        {
            using var answer = await evaluation.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            var health = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            if (health.GetProperty("checks").GetProperty("store").GetProperty("data").TryGetProperty("position", out var position) &&
                position.GetInt64() >= last) return;
            await Task.Delay(50);
        }

        Assert.Fail($"The views have not come to position {last}.\n{evaluation.Log}");
    }

    static async Task<JsonElement> Push(ServiceProcess service, string path, string csv)
    {
        var (status, body) = await Send(service, path, csv);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {body}");
        return body;
    }

    static async Task<(HttpStatusCode Status, JsonElement Body)> Send(ServiceProcess service, string path, string csv, string type = "text/csv")
    {
        using var content = new StringContent(csv, Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await service.Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    static async Task<JsonElement> Get(ServiceProcess service, string path) =>
        JsonDocument.Parse(await service.Http.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    static async Task<List<JsonElement>> Rows(ServiceProcess service, string path) =>
        [.. (await Get(service, path)).GetProperty("items").EnumerateArray()];

    static string? Text(JsonElement row, string field) => row.TryGetProperty(field, out var value) ? value.ToString() : null;

    static decimal? Number(JsonElement row, string field) =>
        row.TryGetProperty(field, out var value) ? decimal.Parse(value.GetRawText(), CultureInfo.InvariantCulture) : null;
}
