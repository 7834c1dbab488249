namespace Monitoring.Relapse.Tests;

/// <summary>What a department learns of its signals, and whose task those are that nobody knows.</summary>
public sealed class OutcomesApiTests
{
    [Fact]
    public async Task A_department_sees_what_became_of_each_and_nothing_of_the_household()
    {
        await using var service = await MovedService.Start("2023-06-01");
        var (household, calm, number) = (await service.Household(), await service.Household(), People.IdNumber());
        await service.Signal(household, "A-1", "medical_self_pay", 6_000, "2023-05-20");
        await service.Signal(calm, "A-2", "medical_self_pay", 10, "2023-05-21");
        (await service.Post("/v1/signals", new { idNumber = number, reference = "A-3", kind = "medical_self_pay", amount = 50_000, on = "2023-05-22", area = "410325102201" })).Took(1);
        Assert.Equal(["A-1 clue", "A-2 below_thresholds", "A-3 unmatched"], await Outcomes());
        await service.Step("visits", new { household, visitors = 2, confirmed = true, causes = new[] { "illness" }, on = "2023-06-01" });
        Assert.Equal(["A-1 confirmed", "A-2 below_thresholds", "A-3 unmatched"], await Outcomes());
        Assert.Equal(["A-3 unmatched"], await Outcomes("?from=2023-05-22"));
        Assert.Equal(["A-1 confirmed"], await Outcomes($"?state={Uri.EscapeDataString("核实有风险")}"));
        var answer = await service.Get("/v1/signals/outcomes");
        Assert.DoesNotContain($"{household}", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("410325111201", answer.Body, StringComparison.Ordinal);
        Assert.Equal("2023-06-01", answer.Items[0].GetProperty("visitedOn").GetString());

        // A stranger's bill is the task of the village where they are said to live.
        var waiting = Assert.Single((await service.On("2023-06-11").Get("/v1/unmatched-signals", service.Tianhu)).Items.EnumerateArray());
        Assert.Equal(("village", 10, "Tianhu Town"), (
            waiting.GetProperty("owner").GetString(), waiting.GetProperty("ageDays").GetInt32(), waiting.GetProperty("areaName").GetString()));
        Assert.Contains("/v1/enrolment-requests", waiting.GetProperty("task").GetString(), StringComparison.Ordinal);
        (await service.Post("/v1/signals", new { idNumber = number, reference = "A-4", kind = "job_loss", on = "2023-05-22", area = "4103" })).Refused("1 area not-an-area-code");

        async Task<List<string>> Outcomes(string query = "") => [.. (await service.Get($"/v1/signals/outcomes{query}")).Items.EnumerateArray()
            .Select(one => $"{one.GetProperty("reference").GetString()} {one.GetProperty("state").GetString()}")];
    }
}
