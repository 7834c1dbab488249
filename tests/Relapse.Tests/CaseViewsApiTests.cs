using System.Text.Json;

namespace Monitoring.Relapse.Tests;

/// <summary>Cases as those who answer for them see them: lists, load, times and stories, by hand-reckoned cases.</summary>
public sealed class CaseViewsApiTests
{
    [Fact]
    public async Task Load_and_times_are_those_of_the_cases()
    {
        await using var service = await MovedService.Start("2023-01-01");
        await Live(service);

        var times = (await service.Get("/v1/case-times")).Items.EnumerateArray().ToList();
        Assert.Equal(["", "410325102", "410325111"], times.Select(one => one.GetProperty("township").GetString()));
        // Days to the decision: 11, 20, 10; to the first measure: 13, 24.
        Assert.Equal("4 3 11.0 18.2 18.5 22.9 3 decision=1;measures=1;self-report-visit=2", Said(times[0]));
        Assert.Equal("2 1 10.0 10.0 - - 2 measures=1;self-report-visit=1", Said(times[1]));
        Assert.Equal("2 2 15.5 19.1 18.5 22.9 1 decision=1;self-report-visit=1", Said(times[2]));

        var load = (await service.Get("/v1/case-load")).Items.EnumerateArray().Select(Loaded).ToList();
        Assert.Equal(
            ["410325102 - illness 1/0/0 overdue 1", "410325102 sudden_severe_difficulty illness 0/1/0 overdue 1",
             "410325111 sudden_severe_difficulty illness 0/1/0 overdue 0", "410325111 sudden_severe_difficulty accident 0/1/0 overdue 0"],
            load);

        // Opened on 5 March: C. A township alone, and one key that knows no other.
        Assert.Equal("1 1 10.0 10.0 - - 1 measures=1", Said((await service.Get("/v1/case-times?from=2023-03-05&to=2023-03-19")).Items[0]));
        Assert.Equal(2, (await service.Get("/v1/case-times?area=410325111")).Items.GetArrayLength());
        Assert.Equal("2 1 10.0 10.0 - - 2 measures=1;self-report-visit=1", Said((await service.Get("/v1/case-times", service.Tianhu)).Items[0]));
        Assert.Equal(2, (await service.Get("/v1/case-load", service.Tianhu)).Items.GetArrayLength());
        Assert.Equal("0 0 - - - - 0 ", Said(Assert.Single((await service.Get("/v1/case-times?area=410325111", service.Tianhu)).Items.EnumerateArray())));
        Assert.Equal(0, (await service.Get("/v1/case-load?from=2023-03-21")).Items.GetArrayLength());
    }

    [Fact]
    public async Task Lists_are_filtered_paged_and_within_the_callers_area()
    {
        await using var service = await MovedService.Start("2023-01-01");
        var (a, b, c, d) = await Live(service);

        // What is over longest comes first: D's visit by 22 March, C's measure by the 25th; then the follow-ups of A and B.
        Assert.Equal([d, c, a, b], await Found(service, ""));
        Assert.Equal([d], await Found(service, "?stage=clue"));
        Assert.Equal([c, a, b], await Found(service, "?stage=monitored"));
        Assert.Equal([d], await Found(service, $"?stage={Uri.EscapeDataString("风险线索")}"));
        Assert.Equal([d], await Found(service, "?step=home_visit"));
        Assert.Equal([d], await Found(service, $"?step={Uri.EscapeDataString("入户核实")}&owner={Uri.EscapeDataString("村")}"));
        Assert.Equal([b], await Found(service, "?cause=accident"));
        Assert.Equal([c, a, b], await Found(service, "?type=sudden_severe_difficulty"));
        Assert.Empty(await Found(service, "?type=marginally_poor"));
        Assert.Equal([d, c], await Found(service, "?overdue=true"));
        Assert.Equal([a, b], await Found(service, "?overdue=false"));
        Assert.Equal([d, c], await Found(service, "?area=410325102"));
        Assert.Equal([d, c], await Found(service, "?village=410325102201"));
        Assert.Empty(await Found(service, "?village=410325102201&area=410325111"));
        Assert.Equal([a, b], await Found(service, "?area=410325111201"));
        Assert.Equal([d, c], await Found(service, "", service.Tianhu));
        Assert.Empty(await Found(service, "?area=410325111", service.Tianhu));
        Assert.Equal([d, c, a, b], await Found(service, "", service.Reader));
        // Nothing waits for the county now, nor for a township.
        Assert.Empty(await Found(service, "?mine=true"));
        Assert.Empty(await Found(service, "?mine=true", service.Tianhu));

        var (seen, next, pages) = (new List<Guid>(), "", 0);
        do
        {
            var page = await service.Get($"/v1/cases?limit=3{(next.Length == 0 ? "" : $"&after={Uri.EscapeDataString(next)}")}");
            Assert.Equal("4", page.Total);
            seen.AddRange(page.Items.EnumerateArray().Select(one => one.GetProperty("household").GetGuid()));
            next = page.Json.TryGetProperty("next", out var cursor) ? cursor.GetString()! : "";
            pages++;
        }
        while (next.Length > 0);
        Assert.Equal((2, 4), (pages, seen.Distinct().Count()));

        var clue = (await service.Get("/v1/cases?stage=clue")).Items[0];
        Assert.Equal(("clue", "home_visit", "2023-03-22", "village", true), (
            clue.GetProperty("stageName").GetString(), clue.GetProperty("due").GetString(), clue.GetProperty("dueOn").GetString(),
            clue.GetProperty("dueLevel").GetString(), clue.GetProperty("overdue").GetBoolean()));
        Assert.Equal(["home_visit"], clue.GetProperty("next").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(["self-report-visit home_visit village 2023-03-22 -10 True"], clue.GetProperty("limits").EnumerateArray().Select(one => string.Join(' ',
            new[] { "limit", "of", "level", "dueOn", "daysLeft", "overdue" }.Select(name => one.GetProperty(name).ToString()))).Take(1));
        Assert.Equal("风险线索", (await service.Get("/v1/cases?stage=clue", service.Chinese)).Items[0].GetProperty("stageName").GetString());
    }

    [Theory]
    [InlineData("/v1/cases?stage=nowhere", "unknown-code", "参数 stage 应为以下之一：", "stage must be one of: ")]
    [InlineData("/v1/cases?cause=nothing", "unknown-code", "参数 cause 应为以下之一：", "cause must be one of: ")]
    [InlineData("/v1/cases?type=none", "unknown-code", "参数 type 应为以下之一：", "type must be one of: ")]
    [InlineData("/v1/cases?overdue=yes", "unknown-code", "参数 overdue 应为以下之一：", "overdue must be one of: ")]
    [InlineData("/v1/cases?open=1", "unknown-code", "参数 open 应为以下之一：", "open must be one of: ")]
    [InlineData("/v1/cases?area=41032X", "not-an-area-code", "参数 area 应为", "area must be ")]
    [InlineData("/v1/cases?step=nowhere", "unknown-code", "参数 step 应为以下之一：", "step must be one of: ")]
    [InlineData("/v1/cases?owner=nobody", "unknown-code", "参数 owner 应为以下之一：", "owner must be one of: ")]
    [InlineData("/v1/cases?mine=yes", "unknown-code", "参数 mine 应为以下之一：", "mine must be one of: ")]
    [InlineData("/v1/case-load?area=1234567890123", "not-an-area-code", "参数 area 应为", "area must be ")]
    [InlineData("/v1/case-times?area=%20", "not-an-area-code", "参数 area 应为", "area must be ")]
    [InlineData("/v1/case-load?from=yesterday", "not-a-date", "参数 from 应为日期", "from must be a date")]
    [InlineData("/v1/case-times?to=2023-02-30", "not-a-date", "参数 to 应为日期", "to must be a date")]
    [InlineData("/v1/case-times?from=2023-02-01&to=2023-01-01", "out-of-order", "起始日不能晚于截止日", "The first day must not lie after the last")]
    public async Task A_parameter_that_means_nothing_is_refused_in_both_languages(string path, string code, string zh, string en)
    {
        var (english, chinese) = (await Shared.Value).Both;
        var (first, second) = (await english.Say(HttpMethod.Get, path), await chinese.Say(HttpMethod.Get, path));
        Assert.Equal((400, code), (first.Status, first.Code));
        Assert.StartsWith(en, first.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(zh, second.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removal_and_a_new_risk_are_two_episodes_of_one_story()
    {
        await using var service = await MovedService.Start("2023-01-01");
        var household = await service.Household();
        (await service.Post("/v1/members", new[] { People.Member(household, People.IdNumber()) }.Select(row =>
        {
            row["on"] = "2023-01-01";
            row["labour"] = "ordinary";
            row["health"] = "healthy";
            return row;
        }))).Took(1);
        await service.On("2023-03-01").Asks(household, "2023-03-01");
        await service.On("2023-03-12").Include(household, "2023-03-02", "2023-03-04", "2023-03-05", "2023-03-10", "2023-03-11", "2023-03-12");
        await service.Step("announcements", new { household, on = "2023-03-12" });
        await service.Helped(household, "2023-03-12");
        foreach (var day in new[] { "2023-04-05", "2023-05-05", "2023-06-05", "2023-07-05", "2023-08-05", "2023-09-05" })
        {
            await service.On(day).Step("follow-ups", new
            {
                household, incomePerHead = 9_000, spendingSolved = true, food = true, clothing = true, schooling = true, medical = true, housing = "b",
                water = true, riskGone = true, on = day,
            });
        }

        var early = await service.On("2023-09-30").Post("/v1/cases/removal-proposals", new { household, kind = "assisted", on = "2023-09-30" }, service.Chinese);
        early.Refused("1 on not-stable-long-enough");
        Assert.Equal("自 2023-04 起条件全部满足，稳定 6 个月后（2023-10-01 起）方可提出。", early.Json.GetProperty("errors")[0].GetProperty("message").GetString());
        await service.On("2023-10-01").Step("removal-proposals", new { household, kind = "assisted", on = "2023-10-01" });
        Assert.Equal("410325111 sudden_severe_difficulty illness 0/1/1 overdue 0", Loaded((await service.Get("/v1/case-load")).Items[0]));
        await service.On("2023-10-12").Step("visits", new { household, visitors = 2, confirmed = true, causes = Array.Empty<string>(), on = "2023-10-02" });
        await service.Chain(household, "2023-10-03", "2023-10-08", "2023-10-10", "2023-10-12");
        await service.Step("announcements", new { household, on = "2023-10-12" });
        Assert.Equal("410325111 sudden_severe_difficulty illness 0/0/0 overdue 0", Loaded((await service.Get("/v1/case-load")).Items[0]));
        Assert.Empty((await service.Get("/v1/cases")).Items.EnumerateArray());

        await service.On("2024-02-01").Asks(household, "2024-02-01", "accident");
        var cases = (await service.Get("/v1/cases?open=false")).Items.EnumerateArray().ToList();
        Assert.Equal(["2 clue True -", "1 eliminated False 2023-10-12"], cases.Select(one =>
            $"{one.GetProperty("episode").GetInt32()} {one.GetProperty("stage").GetString()} {one.GetProperty("reEntry").GetBoolean()} {Text(one, "endedOn")}"));
        Assert.Equal(2, Assert.Single((await service.Get("/v1/cases")).Items.EnumerateArray()).GetProperty("episode").GetInt32());
        var load = (await service.Get("/v1/case-load")).Items.EnumerateArray().ToList();
        Assert.Equal((1, 1), (load.Sum(one => one.GetProperty("eliminated").GetInt32()), load.Sum(one => one.GetProperty("reEntered").GetInt32())));
        Assert.Equal("2 1 11.0 11.0 11.0 11.0 0 ", Said((await service.Get("/v1/case-times")).Items[0]));

        var story = (await service.Get($"/v1/households/{household}/story")).Items.EnumerateArray().ToList();
        // Steps were told up to ten days later: by then limits had been said to be broken, and are said to have been kept.
        Assert.Contains("relapse.deadline-kept.v1", story.Select(one => one.GetProperty("type").GetString()));
        Assert.Equal(
            """
            household-enrolled member-joined help-requested risk-detected household-surveyed home-visited authorisation-given
            data-compared village-assessed publicity-started publicity-ended township-reviewed county-decided result-announced measure-planned measure-started
            followed-up followed-up followed-up followed-up followed-up followed-up risk-removal-proposed home-visited village-assessed publicity-started
            publicity-ended township-reviewed county-decided risk-eliminated result-announced help-requested risk-detected
            """.ReplaceLineEndings(" "),
            string.Join(' ', story.Select(one => one.GetProperty("type").GetString()!["relapse.".Length..^".v1".Length]).Where(type => type is not ("deadline-breached" or "deadline-kept"))));
        Assert.Equal(Enumerable.Range(1, story.Count), story.Select(one => one.GetProperty("version").GetInt32()));
        Assert.Equal(["乡村振兴局/county", "乡村振兴局/township", "乡村振兴局/village"], story.Select(one => one.GetProperty("actor").GetString()).Distinct().Order());
        Assert.StartsWith("2024-02-01T09:00:", story[^1].GetProperty("recordedAt").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, story[^1].GetProperty("data").GetProperty("episode").GetInt32());

        foreach (var path in new[] { $"/v1/households/{household}/story", $"/v1/households/{household}" })
        {
            var elsewhere = await service.Get(path, service.Tianhu);
            Assert.Equal((404, "household-unknown"), (elsewhere.Status, elsewhere.Code));
            Assert.Equal((404, "household-unknown"), ((await service.Get(path.Replace(household.ToString(), Guid.CreateVersion7().ToString(), StringComparison.Ordinal))).Status, elsewhere.Code));
        }
    }

    /// <summary>
    /// Four cases on 1 April 2023: A on time; B visited and decided late; C without its measure, which was due by 25 March; D, a clue of
    /// 20 March, not visited. A and B in 陆浑镇, C and D in 田湖镇.
    /// </summary>
    static async Task<(Guid A, Guid B, Guid C, Guid D)> Live(MovedService service)
    {
        var (a, b) = (await service.Household(), await service.Household());
        var (c, d) = (await service.Household("410325102201"), await service.Household("410325102201"));
        service.On("2023-03-01");
        await service.Asks(a, "2023-03-01");
        await service.Asks(b, "2023-03-01", "accident");
        await service.On("2023-03-05").Asks(c, "2023-03-05");
        await service.On("2023-03-12").Include(a, "2023-03-02", "2023-03-04", "2023-03-05", "2023-03-10", "2023-03-11", "2023-03-12");
        await service.On("2023-03-14").Helped(a, "2023-03-14");
        await service.On("2023-03-15").Include(c, "2023-03-06", "2023-03-07", "2023-03-08", "2023-03-13", "2023-03-14", "2023-03-15");
        await service.On("2023-03-20").Asks(d, "2023-03-20");
        await service.On("2023-03-21").Include(b, "2023-03-06", "2023-03-08", "2023-03-09", "2023-03-14", "2023-03-20", "2023-03-21", "accident");
        await service.On("2023-03-25").Helped(b, "2023-03-25");
        service.On("2023-04-01");
        return (a, b, c, d);
    }

    static readonly Lazy<Task<Parameters>> Shared = new(Parameters.Start);

    /// <summary>One service for all parameters; it ends with the process.</summary>
    sealed record Parameters((HttpClient English, HttpClient Chinese) Both)
    {
        public static async Task<Parameters> Start()
        {
            var service = await MovedService.Start("2023-01-01");
            return new((service.County, service.Chinese));
        }
    }

    static async Task<IEnumerable<Guid>> Found(MovedService service, string query, HttpClient? by = null) =>
        (await service.Get($"/v1/cases{query}", by)).Items.EnumerateArray().Select(one => one.GetProperty("household").GetGuid()).ToList();

    static string Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) ? value.ToString() : "-";

    static string Said(JsonElement times) => string.Join(' ', new[] { "cases", "decided", "decisionMedian", "decisionP90", "measuresMedian", "measuresP90", "overdue" }
        .Select(name => Text(times, name)).Append(string.Join(';', times.GetProperty("breaches").EnumerateObject().Select(one => $"{one.Name}={one.Value}"))));

    static string Loaded(JsonElement load) =>
        $"{Text(load, "township")} {Text(load, "type")} {Text(load, "cause")} {Text(load, "clues")}/{Text(load, "monitored")}/{Text(load, "removing")} overdue {Text(load, "overdue")}";
}
