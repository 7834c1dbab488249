namespace Monitoring.Relapse.Tests;

/// <summary>The county's areas by name and day, and households that live in them.</summary>
public sealed class AreasApiTests
{
    [Fact]
    public async Task The_plans_areas_are_listed_named_and_corrected_by_day()
    {
        await using var service = await MovedService.Start("2023-03-01");
        var plan = await File.ReadAllTextAsync(Path.Combine(TestServers.Root, "deploy/plan/410325/areas.csv"), TestContext.Current.CancellationToken);
        // Two townships are there already, under other words.
        var loaded = await service.County.Say(HttpMethod.Post, "/v1/areas?mode=partial", plan, "text/csv");
        Assert.Equal((357, 2), (loaded.Json.GetProperty("accepted").GetInt32(), loaded.Json.GetProperty("rejected").GetInt32()));

        Assert.Equal("359", (await service.Get("/v1/areas?limit=1", service.Reader)).Total);
        Assert.Equal("3", (await service.Get("/v1/areas?kind=forest_farm")).Total);
        Assert.Equal("41", (await service.Get($"/v1/areas?kind={Uri.EscapeDataString("社区")}")).Total);
        var luhun = (await service.Get("/v1/areas?under=410325111", service.Chinese)).Items.EnumerateArray().ToList();
        Assert.Contains("410325111201 席岭村 行政村 410325111 陆浑镇", luhun.Select(one =>
            string.Join(' ', new[] { "code", "name", "kindName", "under", "underName" }.Select(name => one.GetProperty(name).GetString()))));

        (await service.Post("/v1/area-corrections", new { code = "410325111201", name = "席岭社区", reason = "嵩政〔2023〕5号", on = "2023-02-01" })).Took(1);
        (await service.Post("/v1/area-corrections", new { code = "410325111201", name = "席岭社区", reason = "嵩政〔2023〕5号", on = "2023-02-01" })).Took(0, 1);
        Assert.Equal(("席岭村", "席岭社区"), (await Called("&on=2023-01-31"), await Called("")));
        var whole = (await service.Get("/v1/areas/410325111201")).Json;
        Assert.Equal(["席岭村", "席岭社区"], whole.GetProperty("names").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Equal((404, "area-unknown"), ((await service.Get("/v1/areas/410325111999")).Status, (await service.Get("/v1/areas/410325111999")).Code));
        Assert.Equal("unknown-code", (await service.Get("/v1/areas?kind=planet")).Code);

        async Task<string?> Called(string on) => (await service.Get($"/v1/areas?under=410325111{on}")).Items.EnumerateArray()
            .Single(one => one.GetProperty("code").GetString() == "410325111201").GetProperty("name").GetString();
    }

    [Fact]
    public async Task Households_live_in_villages_that_are_there()
    {
        await using var service = await MovedService.Start("2023-03-01");
        // While no village of a township is registered, any code of it will do.
        await service.Household("410325102999");
        (await service.Post("/v1/areas", new { code = "410325111201", name = "席岭村", kind = "village" })).Took(1);
        var household = await service.Household("410325111201");
        (await Enrolled(Guid.CreateVersion7(), "410325111999")).Refused("1 village area-unknown");
        (await Enrolled(Guid.CreateVersion7(), "410325199201")).Refused("1 village area-unknown");

        (await service.Post("/v1/area-corrections", new { code = "410325111201", ended = true, reason = "撤并", on = "2023-02-01" })).Took(1);
        (await Enrolled(Guid.CreateVersion7(), "410325111201")).Refused("1 village area-unknown");
        // Who was there is there, and may be said again.
        (await Enrolled(household, "410325111201")).Took(0, 1);

        Task<Answer> Enrolled(Guid id, string village) =>
            service.Post("/v1/households", new { id, village, category = "lifted_out", members = 3, on = "2023-01-01" });
    }
}
