using System.Text.Json;

namespace Monitoring.Relapse.Tests;

/// <summary>What a day that has passed brings with it: broken limits and group risks.</summary>
public sealed class RoundApiTests
{
    [Fact]
    public async Task A_limit_that_is_over_is_said_once()
    {
        await using var service = await MovedService.Start("2023-03-20");
        var (household, other) = (await service.Household("410325102201"), await service.Household());
        await service.Asks(household, "2023-03-20");
        await service.Asks(other, "2023-03-20");
        await service.On("2023-03-22").Step("visits", new { household = other, visitors = 2, confirmed = true, causes = new[] { "illness" }, on = "2023-03-22" });

        Assert.Equal(("2023-03-22", 0), await Round(service));
        service.On("2023-03-23");
        Assert.Equal(("2023-03-23", 1), await Round(service));
        Assert.Equal(("2023-03-23", 0), await Round(service));
        Assert.Equal(1, await service.Events("deadline-breached"));
        // The decision is due on 4 April, of both.
        service.On("2023-04-04");
        Assert.Equal(("2023-04-04", 0), await Round(service));
        service.On("2023-04-05");
        Assert.Equal(("2023-04-05", 2), await Round(service));

        var broken = (await service.Get("/v1/cases", service.Tianhu)).Items[0].GetProperty("breaches").EnumerateArray().ToList();
        Assert.Equal(["self-report-visit home_visit village 2023-03-22", "decision county_decision county 2023-04-04"], broken.Select(one =>
            $"{one.GetProperty("limit").GetString()} {one.GetProperty("of").GetString()} {one.GetProperty("level").GetString()} {one.GetProperty("dueOn").GetString()}"));
        Assert.All(broken, one => Assert.Equal(("410325102201", "shipped-2021"), (one.GetProperty("village").GetString(), one.GetProperty("limits").GetString())));

        // What is done too late is taken, and what has ended is asked for nothing.
        await service.Step("visits", new { household, visitors = 2, confirmed = false, causes = Array.Empty<string>(), on = "2023-04-05" });
        await service.Step("closures", new { household, reason = "费用已由保险报销", on = "2023-04-05" });
        service.On("2023-07-01");
        Assert.Equal(("2023-07-01", 0), await Round(service));
    }

    [Fact]
    public async Task Many_households_at_risk_at_once_are_a_group_risk()
    {
        await using var service = await MovedService.Start("2023-06-01");
        (await service.Put("/v1/rule-sets/groups", new
        {
            effectiveFrom = "2023-06-01", reason = "测试",
            rules = new[]
            {
                new { code = "accident", department = "公安局", measured = "count", signal = "accident", comparator = "at_least", amount = 1, cause = "accident", source = "测试" },
                new { code = "disaster", department = "应急管理局", measured = "count", signal = "disaster", comparator = "at_least", amount = 1, cause = "natural_disaster", source = "测试" },
            },
            groups = new object[]
            {
                new { code = "village", village = true, households = 3, days = 30, source = "测试" },
                new { code = "flood", causes = new[] { "natural_disaster" }, village = false, households = 4, days = 10, source = "测试" },
            },
        })).Registered();
        var households = new List<Guid>();
        foreach (var village in new[] { "410325102201", "410325102201", "410325102201", "410325111201", "410325111202" }) households.Add(await service.Household(village));

        await Hit("2023-06-01", households[0], "accident");
        await Hit("2023-06-10", households[1], "disaster");
        Assert.Equal(0, await Groups(service));
        await Hit("2023-06-15", households[2], "disaster");
        // Three of one village within thirty days, of whatever cause; said once.
        Assert.Equal((1, 0), (await Groups(service), await Groups(service)));
        // In the county four by the flood: 10, 15, 18 and 19 June.
        await Hit("2023-06-18", households[3], "disaster");
        Assert.Equal(0, await Groups(service));
        await Hit("2023-06-19", households[4], "disaster");
        Assert.Equal((1, 0), (await Groups(service), await Groups(service)));

        var known = (await service.Get("/v1/group-risks")).Items.EnumerateArray().ToList();
        Assert.Equal(["flood 410325 natural_disaster 2023-06-10 2023-06-19 4", "village 410325102201 - 2023-05-17 2023-06-15 3"], known.Select(Said));
        Assert.Equal(households[1..5], Ids(known[0]));
        Assert.Equal(households[..3], Ids(known[1]));
        Assert.Equal("village", Assert.Single((await service.Get("/v1/group-risks", service.Tianhu)).Items.EnumerateArray()).GetProperty("rule").GetString());

        // The last window touches what is in this one: nothing. Then three others, in days that do not.
        await Hit("2023-07-01", await service.Household("410325102201"), "accident");
        Assert.Equal(0, await Groups(service));
        foreach (var day in new[] { "2023-07-20", "2023-07-21", "2023-07-22" }) await Hit(day, await service.Household("410325102201"), "accident");
        Assert.Equal(1, await Groups(service));
        Assert.Contains("village 410325102201 - 2023-06-23 2023-07-22 4", (await service.Get("/v1/group-risks")).Items.EnumerateArray().Select(Said));
        Assert.Equal(3, await service.Events("group-risk-detected"));

        Task Hit(string day, Guid household, string kind) => service.On(day).Signal(household, $"{kind}-{day}", kind, null, day);
    }

    static async Task<(string?, int)> Round(MovedService service)
    {
        var answer = await service.Post("/v1/rounds");
        Assert.True(answer.Status == 200, answer.Body);
        return (answer.Json.GetProperty("on").GetString(), answer.Json.GetProperty("breached").GetInt32());
    }

    static async Task<int> Groups(MovedService service) => (await service.Post("/v1/rounds")).Json.GetProperty("groupRisks").GetInt32();

    static IEnumerable<Guid> Ids(JsonElement group) => group.GetProperty("households").EnumerateArray().Select(one => one.GetGuid());

    static string Said(JsonElement group) => string.Join(' ',
        group.GetProperty("rule").GetString(), group.GetProperty("area").GetString(), group.TryGetProperty("cause", out var cause) ? cause.GetString() : "-",
        group.GetProperty("from").GetString(), group.GetProperty("on").GetString(), group.GetProperty("households").GetArrayLength());
}
