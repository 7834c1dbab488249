using System.Net.Http.Headers;

namespace Monitoring.Relapse.Tests;

/// <summary>Lists that a cadre works from: whose turn it is, numbers that can be said, sheets that can be read.</summary>
public sealed class WorkingListsApiTests
{
    [Fact]
    public async Task A_case_has_a_number_that_finds_it()
    {
        await using var service = await MovedService.Start("2023-03-01");
        var (first, second) = (await service.Household(), await service.Household("410325102201"));
        await service.Asks(first, "2023-03-01");
        // Another cause of an open case opens none.
        await service.Asks(first, "2023-02-28", "accident");
        await service.Asks(second, "2023-03-01");
        Assert.Equal(("嵩-陆浑-2023-0001", "嵩-田湖-2023-0002"), (await Number(first), await Number(second)));
        Assert.Equal("嵩-陆浑-2023-0001", (await service.Get($"/v1/households/{first}")).Json.GetProperty("caseNumber").GetString());
        foreach (var said in new[] { "嵩-田湖-2023-0002", "田湖-2023-0002", "0002", "嵩－田湖－2023－0002", " 嵩-田湖-2023-0002 " })
            Assert.Equal(second, (await service.Get($"/v1/cases?number={Uri.EscapeDataString(said)}")).Items[0].GetProperty("household").GetGuid());
        Assert.Empty((await service.Get("/v1/cases?number=9999")).Items.EnumerateArray());
        Assert.Empty((await service.Get("/v1/cases?number=0001", service.Tianhu)).Items.EnumerateArray());

        // Another year begins at one, and a case that is over is found by its number.
        await service.On("2024-01-02").Step("visits", new { household = second, visitors = 2, confirmed = false, causes = Array.Empty<string>(), on = "2024-01-02" });
        await service.Step("closures", new { household = second, reason = "无风险", on = "2024-01-02" });
        Assert.Equal(second, (await service.Get("/v1/cases?number=0002")).Items[0].GetProperty("household").GetGuid());
        await service.Asks(second, "2024-01-02");
        Assert.Equal("嵩-田湖-2024-0001", await Number(second));

        async Task<string?> Number(Guid household) => (await service.Get("/v1/cases")).Items.EnumerateArray()
            .Single(one => one.GetProperty("household").GetGuid() == household).GetProperty("caseNumber").GetString();
    }

    [Fact]
    public async Task No_number_is_given_twice_to_cases_that_open_at_once()
    {
        await using var service = await MovedService.Start("2023-03-01");
        var households = new List<Guid>();
        for (var made = 0; made < 40; made++) households.Add(await service.Household(made % 2 == 0 ? "410325111201" : "410325102201"));
        var answers = await Task.WhenAll(households.Select((household, at) => service.Post("/v1/help-requests", new
        {
            household, reference = $"R-{at}", causes = new[] { "illness", "education" }, on = "2023-03-01",
        })));
        Assert.All(answers, answer => answer.Took(1));
        var numbers = (await service.Get("/v1/cases")).Items.EnumerateArray().Select(one => one.GetProperty("caseNumber").GetString()!).ToList();
        Assert.Equal(Enumerable.Range(1, 40), numbers.Select(number => int.Parse(number[^4..])).Order());
    }

    [Fact]
    public async Task Whose_turn_it_is_follows_the_steps()
    {
        await using var service = await MovedService.Start("2023-03-01");
        var household = await service.Household("410325102201");
        await service.Asks(household, "2023-03-01");
        Assert.Equal("village", await Owner());
        await service.On("2023-03-12").Survey(household, "2023-03-02");
        await service.Step("visits", new { household, visitors = 2, confirmed = true, causes = new[] { "illness" }, on = "2023-03-02" });
        await service.Step("authorisations", new { household, document = "授权书", on = "2023-03-02" });
        Assert.Equal("county", await Owner());
        Assert.Single((await service.Get("/v1/cases?mine=true")).Items.EnumerateArray());
        await service.Step("comparisons", new { household, consistent = true, on = "2023-03-03" });
        await service.Step("assessments", new { household, passed = true, on = "2023-03-04" });
        await service.Step("publicities", new { household, on = "2023-03-04" });
        await service.Step("publicity-ends", new { household, on = "2023-03-10" });
        Assert.Equal("township", await Owner());
        Assert.Single((await service.Get("/v1/cases?mine=true", service.Tianhu)).Items.EnumerateArray());
        Assert.Empty((await service.Get("/v1/cases?mine=true")).Items.EnumerateArray());

        async Task<string?> Owner() => (await service.Get("/v1/cases")).Items[0].GetProperty("owner").GetString();
    }

    [Fact]
    public async Task A_sheet_of_cases_reads_in_Chinese()
    {
        await using var service = await MovedService.Start("2023-03-01");
        var household = await service.Household();
        (await service.Post("/v1/members", new[] { People.Member(household, People.IdNumber()) }.Select(row => { row["on"] = "2023-01-01"; return row; }))).Took(1);
        await service.Asks(household, "2023-03-01");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/cases", UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/csv"));
        using var response = await service.Chinese.SendAsync(request, TestContext.Current.CancellationToken);
        var lines = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimStart('\uFEFF').Split("\r\n");
        Assert.StartsWith("案件编号,村,村民小组,户主,当前环节,风险类型,紧急,下一步,待办事项,最后期限,剩余天数,已超时,责任层级,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("嵩-陆浑-2023-0001,陆浑镇,,张*,风险线索,因病,否,入户核实,入户核实,2023-03-03,2,否,村,,2023-03-01,", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("{", lines[1], StringComparison.Ordinal);
    }
}
