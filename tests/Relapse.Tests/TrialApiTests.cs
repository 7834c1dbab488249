namespace Monitoring.Relapse.Tests;

/// <summary>Rules tried on what the running service has recorded.</summary>
public sealed class TrialApiTests(RelapseService service)
{
    [Fact]
    public async Task A_key_that_is_limited_to_a_township_tries_rules_on_its_own_households_only()
    {
        var keys = new TestKeys();
        keys.Limit("410325102");
        var servers = await TestServers.Shared;
        await using var limited = await ServiceProcess.Start(
            "Relapse", service.Postgres, await servers.CreateVirtualHost(), keys.SharePersonal(service.Keys), migrate: false);
        foreach (var village in new[] { "410325102201", "410325111201" })
        {
            var household = await service.Household(village);
            (await service.Post("/v1/signals", new { household, reference = $"T-{household:N}"[..20], kind = "accident", on = "2026-01-05" })).Took(1);
        }

        // On the day of a new line every household is judged anew.
        (await service.Post("/v1/income-lines", new { area = "410325", from = "2026-01-01", amount = 8_300, document = "试算" })).Took(1);
        var whole = await service.Post("/v1/rule-sets/shipped-2021/trial", new { from = "2026-01-01" });
        Assert.Contains("410325111", Townships(whole));
        Assert.Contains("410325102", Townships(whole));
        var own = await service.Post("/v1/rule-sets/shipped-2021/trial", new { from = "2026-01-01" }, limited.Http);
        Assert.Equal(["410325102"], Townships(own));
    }

    [Theory]
    [InlineData("2190-01-01", null)]
    [InlineData("2190-01-01", "2190-12-31")]
    [InlineData("2026-01-02", "2026-01-01")]
    public async Task A_trial_of_days_to_come_or_out_of_order_is_refused(string from, string? to)
    {
        var answer = await service.Post("/v1/rule-sets/shipped-2021/trial", new { from, to });
        Assert.Equal((422, "out-of-order"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_trial_that_ends_long_ago_begins_three_years_before_its_end() => Assert.Equal(
        "1897-01-01", (await service.Post("/v1/rule-sets/shipped-2021/trial", new { to = "1900-01-01" })).Json.GetProperty("from").GetString());

    static IEnumerable<string?> Townships(Answer answer) =>
        answer.Json.GetProperty("townships").EnumerateArray().Select(one => one.GetProperty("township").GetString());
}
