using System.Text.Json;

namespace Monitoring.Relapse.Tests;

/// <summary>What is said of a household, with the notes made on it and the names of its villages.</summary>
public sealed class StoryApiTests(RelapseService service)
{
    [Fact]
    public async Task A_note_shows_beside_the_step_that_it_is_about()
    {
        var (household, other) = (await service.Household(), await service.Household());
        (await service.Post("/v1/help-requests", new { household, reference = "R-1", causes = new[] { "illness" }, on = "2023-03-01" })).Took(1);
        (await service.Post("/v1/cases/visits", new { household, visitors = 2, confirmed = true, causes = new[] { "illness" }, on = "2023-03-02" })).Took(1);
        var visit = (await Story(household)).Single(one => Type(one) == "relapse.home-visited.v1").GetProperty("eventId").GetGuid();
        var note = new { household, @event = visit, text = "实到 3 人，登记有误", document = "核实表 7", on = "2023-03-03" };

        (await service.Post("/v1/cases/notes", note)).Took(1);
        (await service.Post("/v1/cases/notes", note)).Took(0, duplicates: 1);
        (await service.Post("/v1/cases/notes", new { household, @event = visit, text = "应为 410325190001010017", on = "2023-03-03" }))
            .Refused("1 text personal-data-in-text");
        var unknown = await service.Post("/v1/cases/notes", new { household = other, @event = visit, text = "不属于该户", on = "2023-03-03" });
        unknown.Refused("1 event event-unknown");
        (await service.Post("/v1/cases/notes", new { household, @event = Guid.CreateVersion7(), text = "没有", on = "2023-03-03" })).Refused("1 event event-unknown");

        var story = await Story(household);
        var noted = Assert.Single(story, one => one.TryGetProperty("notes", out _));
        Assert.Equal(visit, noted.GetProperty("eventId").GetGuid());
        var shown = Assert.Single(noted.GetProperty("notes").EnumerateArray());
        Assert.Equal(("实到 3 人，登记有误", "核实表 7"), (shown.GetProperty("text").GetString(), shown.GetProperty("document").GetString()));
        Assert.Equal("relapse.case-note-added.v1", Type(story[^1]));
        Assert.Equal("Visited by 2: there is a risk, illness.", noted.GetProperty("text").GetString());
        Assert.Matches("^嵩-陆浑-2023-[0-9]{4,}$", noted.GetProperty("caseNumber").GetString());
        Assert.False(story[0].TryGetProperty("caseNumber", out _));
    }

    [Fact]
    public async Task Villages_are_shown_by_name_where_they_have_one()
    {
        (await service.Post("/v1/areas", new[]
        {
            new { code = "410325106", name = "大章镇", nameEn = (string?)"Dazhang Town", kind = "town" },
            new { code = "410325107", name = "白河镇", nameEn = (string?)"Baihe Town", kind = "town" },
            new { code = "410325106777", name = "石场村", nameEn = (string?)"Shichang", kind = "village" },
            new { code = "410325107777", name = "卢屯村", nameEn = (string?)null, kind = "village" },
        })).Took(4);
        (await service.Post("/v1/areas", new { code = "410325106778", name = "某镇", nameEn = "Some Town", kind = "town" })).Refused("1 kind kind-differs");
        (await service.Post("/v1/areas", new { code = "410325109", name = "某村", kind = "village" })).Refused("1 kind kind-differs");

        var household = await service.Household("410325106777");
        (await service.Post("/v1/household-changes", new { household, village = "410325107777", reason = "搬迁", on = "2023-03-01" })).Took(1);
        (await service.Post("/v1/help-requests", new { household, reference = "R-1", causes = new[] { "illness" }, on = "2023-03-02" })).Took(1);
        Assert.Equal(
            ["relapse.household-enrolled.v1 Shichang, Dazhang Town", "relapse.household-changed.v1 卢屯村, Baihe Town", "relapse.risk-detected.v1 卢屯村, Baihe Town"],
            (await Story(household)).Where(one => one.TryGetProperty("villageName", out _) && Type(one) != "relapse.deadline-breached.v1").Select(one =>
                $"{Type(one)} {one.GetProperty("villageName").GetString()}"));

        using var chinese = new HttpClient { BaseAddress = service.Process.Http.BaseAddress };
        chinese.DefaultRequestHeaders.Add("X-Api-Key", service.Keys.Key);
        Assert.Equal("白河镇卢屯村", (await service.Get($"/v1/households/{household}", chinese)).Json.GetProperty("villageName").GetString());
        Assert.Equal("白河镇卢屯村", (await service.Get("/v1/cases?area=410325107777", chinese)).Items[0].GetProperty("villageName").GetString());
        // Of a village that nobody registered the township is known.
        Assert.Equal("Luhun Town", (await service.Get($"/v1/households/{await service.Household()}")).Json.GetProperty("villageName").GetString());
    }

    async Task<List<JsonElement>> Story(Guid household) => [.. (await service.Get($"/v1/households/{household}/story")).Items.EnumerateArray()];

    static string? Type(JsonElement entry) => entry.GetProperty("type").GetString();
}
