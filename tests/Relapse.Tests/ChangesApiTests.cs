using System.Text.Json;

namespace Monitoring.Relapse.Tests;

/// <summary>A household with an open case is not lost sight of by one hand: ends, moves, splits and mergers over real HTTP.</summary>
public sealed class ChangesApiTests
{
    static async Task<Guid> AtRisk(MovedService service)
    {
        var household = await service.Household();
        await service.Asks(household, "2023-03-01");
        return household;
    }

    static async Task<string> Stage(MovedService service, Guid household) =>
        (await service.Get($"/v1/households/{household}/story")).Status == 200
            ? string.Join(' ', (await service.Get("/v1/cases?open=false&limit=1000")).Items.EnumerateArray()
                .Where(one => one.GetProperty("household").GetGuid() == household).Select(one => one.GetProperty("stage").GetString()))
            : "unknown";

    static async Task Agreed(MovedService service, Guid household, string on)
    {
        (await service.Post("/v1/household-change-decisions", new { household, approved = true, document = "文", on })).Refused("1 household review-first");
        (await service.Post("/v1/household-change-reviews", new { household, approved = true, on }, service.As("village"))).Refused("1 household same-hand");
        (await service.Post("/v1/household-change-reviews", new { household, approved = true, on }, service.As("township"))).Took(1);
        (await service.Post("/v1/household-change-decisions", new { household, approved = true, document = "文", on }, service.As("township"))).Refused("1 household same-hand");
        (await service.Post("/v1/household-change-decisions", new { household, approved = true, document = "文", on })).Took(1);
    }

    [Fact]
    public async Task An_end_is_proposed_reviewed_decided_and_taken_back()
    {
        await using var service = await MovedService.Start("2023-03-02");
        var household = await AtRisk(service);
        var proposed = await service.Post("/v1/household-ends", new { household, how = "all_died", on = "2023-03-02" }, service.As("village"));
        proposed.Took(1);
        Assert.Equal(["1 - change-needs-decision"], proposed.Warnings);
        Assert.Equal("clue", await Stage(service, household));
        var waiting = Assert.Single((await service.Get("/v1/household-changes")).Items.EnumerateArray());
        Assert.Equal(("all_died", "township", true),
            (waiting.GetProperty("change").GetString(), waiting.GetProperty("owner").GetString(), waiting.GetProperty("openCase").GetBoolean()));
        (await service.Post("/v1/household-ends", new { household, how = "all_died", on = "2023-03-02" }, service.As("township"))).Took(0, 1);
        (await service.Post("/v1/household-ends", new { household, how = "moved_away", on = "2023-03-02" })).Refused("1 household change-proposed");

        await Agreed(service, household, "2023-03-02");
        Assert.Equal("ended", await Stage(service, household));
        Assert.Empty((await service.Get("/v1/household-changes")).Items.EnumerateArray());
        (await service.Post("/v1/household-restorations", new { household, reason = "误报", on = "2023-03-02" })).Took(1);
        (await service.Post("/v1/household-restorations", new { household, reason = "误报", on = "2023-03-02" })).Took(0, 1);
        Assert.Equal("clue", await Stage(service, household));
        await service.Step("visits", new { household, visitors = 2, confirmed = true, causes = new[] { "illness" }, on = "2023-03-02" });
    }

    [Fact]
    public async Task A_village_that_nobody_knows_is_refused_and_a_move_waits()
    {
        await using var service = await MovedService.Start("2023-03-02");
        (await service.Post("/v1/areas", new { code = "410325102205", name = "千秋村", kind = "village" })).Took(1);
        var household = await AtRisk(service);
        (await service.Post("/v1/household-changes", new { household, village = "410325999999", reason = "搬迁", on = "2023-03-02" })).Refused("1 village area-unknown");
        (await service.Post("/v1/household-changes", new { household, village = "410325102999", reason = "搬迁", on = "2023-03-02" })).Refused("1 village area-unknown");
        (await service.Post("/v1/household-changes", new { household, village = "410325102205", reason = "搬迁", on = "2023-03-02" }, service.As("village"))).Took(1);
        // Where it goes to is told as well.
        Assert.Single((await service.Get("/v1/household-changes", service.Tianhu)).Items.EnumerateArray());
        await Agreed(service, household, "2023-03-02");
        Assert.Single((await service.Get("/v1/cases", service.Tianhu)).Items.EnumerateArray());
    }

    [Fact]
    public async Task An_open_case_goes_with_those_who_leave_and_those_who_are_taken_in()
    {
        await using var service = await MovedService.Start("2023-03-02");
        var (household, into, split) = (await AtRisk(service), await service.Household(), Guid.CreateVersion7());
        (Guid Head, Guid Child) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (person, home, relation) in new[] { (Head, household, "head"), (Child, household, "child") })
        {
            var member = People.Member(home, People.IdNumber(), person);
            (member["relation"], member["on"]) = (relation, "2023-01-01");
            (await service.Post("/v1/members", new[] { member })).Took(1);
        }

        (await service.Post("/v1/household-splits", new { household, into = split, persons = new[] { Child }, on = "2023-03-02", reason = "分户" })).Took(1);
        Assert.Equal(("clue", "clue"), (await Stage(service, household), await Stage(service, split)));

        var merge = new { household = split, into, on = "2023-03-02", reason = "赡养" };
        (await service.Post("/v1/household-merges", merge, service.As("village"))).Took(1);
        Assert.Equal("clue", await Stage(service, split));
        await Agreed(service, split, "2023-03-02");
        Assert.Equal("village", Assert.Single((await service.Get("/v1/household-changes")).Items.EnumerateArray()).GetProperty("owner").GetString());
        (await service.Post("/v1/household-merges", merge, service.As("village"))).Took(1);
        (await service.Post("/v1/household-merges", merge, service.As("village"))).Took(0, 1);
        Assert.Equal(("ended", "clue"), (await Stage(service, split), await Stage(service, into)));
    }

    [Fact]
    public async Task The_procedure_is_one_table()
    {
        await using var service = await MovedService.Start("2023-03-02");
        var steps = (await service.Get("/v1/case-steps", service.Chinese)).Items.EnumerateArray().ToList();
        Assert.Equal(CaseSteps.All.Count, steps.Count);
        var visit = steps[0];
        Assert.Equal(("风险线索", "入户核实", "village"), (Text(visit, "stageName"), Text(visit, "actionName"), Text(visit, "owner")));
        Assert.Equal(["self-report-visit", "visit"], visit.GetProperty("limits").EnumerateArray().Select(limit => Text(limit, "code")).Order());
        // What a case names as next is what the table allows.
        var household = await AtRisk(service);
        Assert.Equal(["home_visit"], (await service.Get("/v1/cases")).Items.EnumerateArray().Single(one => one.GetProperty("household").GetGuid() == household)
            .GetProperty("next").EnumerateArray().Select(one => one.GetString()));
    }

    static string? Text(JsonElement one, string field) => one.GetProperty(field).GetString();
}
