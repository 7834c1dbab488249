using System.Text.Json;

namespace Monitoring.Relapse.Tests;

/// <summary>
/// Rules tried on a little history that was reckoned by hand. In effect: 5,000 元 of medical spending in twelve months, or an accident.
/// Proposed: 3,000 元, and no accidents.
/// </summary>
public sealed class TrialHistoryApiTests
{
    static readonly object[] proposed = [Medical(3_000)];

    [Fact]
    public async Task Its_figures_are_those_of_the_history_and_nothing_is_written()
    {
        await using var service = await MovedService.Start("2023-01-01");
        await Live(service);
        service.On("2023-08-01");
        var (events, position) = (await service.Events(), await Position(service));

        var trial = await Trial(service, new { from = "2023-01-01", rules = proposed });
        // Flagged: A, B, C, F, G of seven; confirmed of these A and C; D had nothing that either set knows, E an accident.
        Expect(trial.GetProperty("proposed"), households: 5, clues: 5, precision: 0.4m, recall: 0.5m, missed: 2);
        // Flagged: A, C, E, F; confirmed of these A, C and E.
        Expect(trial.GetProperty("current"), households: 4, clues: 4, precision: 0.75m, recall: 0.75m, missed: 1);
        Assert.Equal("in-effect", trial.GetProperty("current").GetProperty("version").GetString());
        Assert.Equal(4, Number(trial, "confirmed"));
        // B and G; E.
        Assert.Equal((2, 1), (Number(trial, "onlyProposed"), Number(trial, "onlyCurrent")));
        // A by 28 days; F by 91 days later; C on the same day.
        Assert.Equal((1, 1, 1), (Number(trial, "earlier"), Number(trial, "later"), Number(trial, "sameDay")));
        Assert.Equal(0m, trial.GetProperty("medianDaysEarlier").GetDecimal());
        Assert.Equal(1, Number(trial, "missedByProposed"));
        Assert.Empty(trial.GetProperty("unresolved").EnumerateArray());
        Assert.Equal(position, trial.GetProperty("position").GetInt64());
        Assert.Equal(("2023-01-01", "2023-08-01"), (trial.GetProperty("from").GetString(), trial.GetProperty("to").GetString()));
        // 田湖镇: A, B, G in February and F in July; A in March and F in April. 陆浑镇: C; C and E in months of their own.
        Assert.Equal(["410325102 4 2 3 1", "410325111 1 2 1 1"], Loads(trial));

        Assert.Equal((events, position), (await service.Events(), await Position(service)));
    }

    [Fact]
    public async Task It_may_be_of_a_part_of_history_and_of_one_township()
    {
        await using var service = await MovedService.Start("2023-01-01");
        await Live(service);
        service.On("2023-08-01");

        // On the first day A pays, so it is a day with events; B stands above 3,000 since February, G has come back by its evening.
        var march = await Trial(service, new { from = "2023-03-01", to = "2023-03-31", rules = proposed });
        Expect(march.GetProperty("proposed"), households: 2, clues: 2, precision: 0m, recall: 0m, missed: 1);
        Expect(march.GetProperty("current"), households: 2, clues: 2, precision: 0.5m, recall: 1m, missed: 0);
        Assert.Equal(["410325102 2 1 2 1", "410325111 0 1 0 1"], Loads(march));

        var own = await Trial(service, new { from = "2023-01-01", rules = proposed }, service.Tianhu);
        Expect(own.GetProperty("proposed"), households: 4, clues: 4, precision: 0.25m, recall: 1m, missed: 0);
        Expect(own.GetProperty("current"), households: 2, clues: 2, precision: 0.5m, recall: 1m, missed: 0);
        Assert.Equal(1, Number(own, "confirmed"));
        Assert.Equal(["410325102 4 2 3 1"], Loads(own));

        // Before anything was recorded there is nothing to tell.
        var none = await Trial(service, new { from = "2022-01-01", to = "2022-12-31", rules = proposed });
        Expect(none.GetProperty("proposed"), households: 0, clues: 0, precision: null, recall: null, missed: 0);
        Assert.False(none.TryGetProperty("medianDaysEarlier", out _));
        Assert.Empty(Loads(none));
    }

    [Fact]
    public async Task A_line_that_begins_on_a_day_with_events_is_judged_by_on_that_day()
    {
        await using var service = await MovedService.Start("2023-01-01");
        (await service.Post("/v1/income-lines", new { area = "410325", from = "2023-03-01", amount = 8_000, document = "县〔2023〕1号" })).Took(1);
        // 7,000 元 per head: above the first line of 6,000, below the second.
        await service.Survey(await service.Household(), "2023-01-01");
        service.On("2023-03-01");
        await service.Household();
        service.On("2023-08-01");
        var rules = new[] { new { code = "income", department = "乡村振兴局", measured = "income_per_head", comparator = "below", cause = "low_income", source = "测试" } };
        var trial = await Trial(service, new { from = "2023-01-02", rules });
        Expect(trial.GetProperty("proposed"), households: 1, clues: 1, precision: 0m, recall: null, missed: 0);
        Assert.Equal(["410325111 1 1 1 1"], Loads(trial));
    }

    [Fact]
    public async Task What_cannot_be_tried_is_refused_in_both_languages()
    {
        await using var service = await MovedService.Start("2023-01-01");
        var unknown = await service.Post("/v1/rule-sets/nothing/trial", new { }, service.Chinese);
        Assert.Equal((404, "rule-set-unknown"), (unknown.Status, unknown.Code));
        Assert.Equal("没有此版本；也可在请求体中给出 rules。", Detail(unknown));
        Assert.Equal("There is no such version; rules may be given in the body.", Detail(await service.Post("/v1/rule-sets/nothing/trial", new { })));
        var backwards = await service.Post("/v1/rule-sets/shipped-2021/trial", new { from = "2023-02-01", to = "2023-01-01" });
        Assert.Equal(422, backwards.Status);
        Assert.Equal("1 from out-of-order", Assert.Single(backwards.Errors));
        Assert.Equal(
            "1 rules[0].signal rule-inconsistent",
            Assert.Single((await service.Post("/v1/rule-sets/x/trial", new
            {
                rules = new[] { new { code = "a", department = "医疗保障局", measured = "amount", comparator = "at_least", amount = 1, cause = "illness", source = "测试" } },
            })).Errors));
        // A shipped template whose reference value the county has not published says which rules it could not apply.
        var template = await Trial(service, new { }, version: "template-yangyuan-2022");
        Assert.NotEmpty(template.GetProperty("unresolved").EnumerateArray());
        Assert.Equal("shipped-2021", template.GetProperty("current").GetProperty("version").GetString());
    }

    static async Task Live(MovedService service)
    {
        (await service.Put("/v1/rule-sets/in-effect", new
        {
            effectiveFrom = "2023-01-01", reason = "测试",
            rules = new[] { Medical(5_000), new { code = "accident", department = "公安局", measured = "count", signal = "accident", comparator = "at_least", amount = 1, cause = "accident", source = "测试" } },
        })).Registered();
        const string tianhu = "410325102201", luhun = "410325111201";
        var (a, b, c, d) = (await service.Household(tianhu), await service.Household(tianhu), await service.Household(luhun), await service.Household(luhun));
        var (e, f, g) = (await service.Household(luhun), await service.Household(tianhu), await service.Household(tianhu));

        await Pays("2023-01-15", g, 2_000, "G1");
        await Pays("2023-02-01", a, 4_000, "A1");
        await Pays("2023-02-10", b, 3_500, "B1");
        await Pays("2023-02-20", g, 1_500, "G2");
        await Pays("2023-03-01", a, 2_000, "A2");
        // It was somebody else's: G falls below, and crosses again in April, which joins the clue of February.
        (await service.Post("/v1/signal-withdrawals", new { household = g, reference = "G1", reason = "非本户费用" })).Took(1);
        await Accident("2023-03-03", e, "E1");
        await service.On("2023-03-20").Include(e, "2023-03-04", "2023-03-05", "2023-03-06", "2023-03-12", "2023-03-15", "2023-03-20", "accident");
        await Accident("2023-04-01", f, "F1");
        await Pays("2023-04-02", g, 1_500, "G3");
        await service.On("2023-04-10").Include(a, "2023-03-02", "2023-03-05", "2023-03-06", "2023-03-12", "2023-03-15", "2023-04-10");
        await Pays("2023-05-05", c, 6_000, "C1");
        await service.On("2023-05-25").Include(c, "2023-05-06", "2023-05-07", "2023-05-08", "2023-05-14", "2023-05-20", "2023-05-25");
        await service.On("2023-06-01").Asks(d, "2023-06-01");
        await service.On("2023-06-20").Include(d, "2023-06-02", "2023-06-03", "2023-06-04", "2023-06-10", "2023-06-15", "2023-06-20");
        await Pays("2023-07-01", f, 3_000, "F2");

        Task Pays(string day, Guid household, decimal amount, string reference) => service.On(day).Signal(household, reference, "medical_self_pay", amount, day);
        Task Accident(string day, Guid household, string reference) => service.On(day).Signal(household, reference, "accident", null, day);
    }

    static object Medical(decimal amount) => new
    {
        code = "medical", department = "医疗保障局", measured = "amount", signal = "medical_self_pay", window = "rolling12_months", comparator = "at_least", amount,
        cause = "illness", source = "测试",
    };

    static async Task<JsonElement> Trial(MovedService service, object body, HttpClient? by = null, string version = "proposed")
    {
        var answer = await service.Post($"/v1/rule-sets/{version}/trial", body, by);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    static void Expect(JsonElement outcome, int households, int clues, decimal? precision, decimal? recall, int missed) => Assert.Equal(
        (households, clues, precision, recall, missed),
        (Number(outcome, "households"), Number(outcome, "clues"), Share(outcome, "precision"), Share(outcome, "recall"), Number(outcome, "missedConfirmed")));

    static int Number(JsonElement from, string name) => from.GetProperty(name).GetInt32();

    static decimal? Share(JsonElement from, string name) => from.TryGetProperty(name, out var share) ? share.GetDecimal() : null;

    static string? Detail(Answer answer) => answer.Json.GetProperty("detail").GetString();

    static IEnumerable<string> Loads(JsonElement trial) => trial.GetProperty("townships").EnumerateArray().Select(one =>
        $"{one.GetProperty("township").GetString()} {Number(one, "proposed")} {Number(one, "current")} {Number(one, "proposedBusiestMonth")} {Number(one, "currentBusiestMonth")}");

    static async Task<long> Position(MovedService service)
    {
        await using var command = service.Database.CreateCommand("select max(seq_id) from relapse.mt_events");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
