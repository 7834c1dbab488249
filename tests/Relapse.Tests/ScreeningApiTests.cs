using System.Diagnostics;
using System.Text.Json;

namespace Monitoring.Relapse.Tests;

/// <summary>Screenings of the county on demand, while they run.</summary>
public sealed class ScreeningApiTests
{
    const int Many = 2_000;

    static readonly object[] aboveFive = [Rule(5_000)], aboveThree = [Rule(3_000)];

    [Fact]
    public async Task A_screening_is_cancelled_in_the_middle_and_what_it_found_stands_once()
    {
        await using var service = await MovedService.Start("2023-05-10");
        await Sleeping(service.County, "2023-05-10");

        var first = await Asked(service.County);
        var second = await Asked(service.County);
        var running = await Until(service.County, first, one => State(one) == "running" && one.GetProperty("judged").GetInt32() > 0);
        Assert.Equal("three", running.GetProperty("ruleSet").GetString());
        Assert.Equal(Many, running.GetProperty("households").GetInt32());
        Assert.InRange(running.GetProperty("judged").GetInt32(), 1, Many - 1);
        Assert.InRange(running.GetProperty("detected").GetInt32(), 1, Many - 1);
        Assert.Equal("waiting", State((await service.Get($"/v1/screenings/{second}")).Json));
        Assert.Equal("waiting", State((await service.Get($"/v1/screenings/{second}", service.Tianhu)).Json));

        Assert.Equal("cancelling", State((await service.Post($"/v1/screenings/{first}/cancel")).Json));
        var ended = await Until(service.County, first, one => State(one) is not ("running" or "cancelling"));
        Assert.Equal("cancelled", State(ended));
        var found = ended.GetProperty("detected").GetInt32();
        Assert.InRange(found, 1, Many - 1);
        Assert.Equal(found, ended.GetProperty("judged").GetInt32());
        Assert.Equal("cancelled", State((await service.Post($"/v1/screenings/{first}/cancel")).Json));

        // The one that waited finds the rest and nothing again.
        var rest = await Until(service.County, second, one => State(one) == "completed");
        Assert.Equal((Many, Many - found, 0), (rest.GetProperty("judged").GetInt32(), rest.GetProperty("detected").GetInt32(), rest.GetProperty("recurred").GetInt32()));
        var third = await Until(service.County, await Asked(service.County), one => State(one) == "completed");
        Assert.Equal(0, third.GetProperty("detected").GetInt32());
        Assert.Equal(Many, await service.Events("risk-detected"));
        Assert.True(third.GetProperty("position").GetInt64() > rest.GetProperty("position").GetInt64());
    }

    [Fact]
    public async Task One_that_waits_is_cancelled_before_it_begins()
    {
        await using var service = await MovedService.Start("2023-05-10");
        await Sleeping(service.County, "2023-05-10");
        var (first, second) = (await Asked(service.County), await Asked(service.County));
        Assert.Equal("cancelling", State((await service.Post($"/v1/screenings/{second}/cancel")).Json));
        Assert.Equal(Many, (await Until(service.County, first, one => State(one) == "completed")).GetProperty("detected").GetInt32());
        var ended = await Until(service.County, second, one => State(one) != "cancelling");
        Assert.Equal(("cancelled", 0), (State(ended), ended.GetProperty("judged").GetInt32()));
    }

    [Fact]
    public async Task A_key_for_a_township_starts_and_stops_nothing_for_the_county()
    {
        await using var service = await MovedService.Start("2023-05-10");
        foreach (var path in new[] { "/v1/screenings", $"/v1/screenings/{Guid.CreateVersion7()}/cancel", "/v1/rounds" })
        {
            var refused = await service.Post(path, by: service.Tianhu);
            Assert.Equal((403, "county-only"), (refused.Status, refused.Code));
            Assert.Equal("right-missing", (await service.Post(path, by: service.Reader)).Code);
        }

        Assert.Equal(2, await service.Events());
        var unknown = await service.Get($"/v1/screenings/{Guid.CreateVersion7()}", service.Chinese);
        Assert.Equal((404, "screening-unknown"), (unknown.Status, unknown.Code));
        Assert.Equal("没有此次筛查。", unknown.Json.GetProperty("detail").GetString());
        Assert.Equal("screening-unknown", (await service.Post($"/v1/screenings/{Guid.CreateVersion7()}/cancel")).Code);
        Assert.Equal("completed", State(await Until(service.County, await Asked(service.County), one => State(one) == "completed")));
    }

    [Fact]
    public async Task A_killed_service_says_that_its_screening_was_interrupted_and_carries_out_the_one_that_waited()
    {
        var service = new RelapseService();
        await using var _ = service;
        await service.InitializeAsync();
        var http = service.Process.Http;
        await Sleeping(http, (await service.Scalar<DateTime>("select (now() at time zone 'Asia/Shanghai')::date::timestamp")).ToString("yyyy-MM-dd", null));
        var (first, second) = (await Asked(http), await Asked(http));
        await Until(http, first, one => State(one) == "running" && one.GetProperty("judged").GetInt32() > 0);
        await service.Process.Kill();
        var found = await service.Scalar<long>("select count(*) from relapse.mt_events where type = 'relapse.risk-detected.v1'");
        Assert.InRange(found, 1, Many - 1);

        await service.Process.Restart();
        var interrupted = await Until(http, first, one => State(one) != "running");
        Assert.Equal("interrupted", State(interrupted));
        Assert.InRange(interrupted.GetProperty("detected").GetInt32(), 1, (int)found);
        var completed = await Until(http, second, one => State(one) == "completed");
        Assert.Equal(Many, completed.GetProperty("judged").GetInt32());
        Assert.Equal(Many, await service.Scalar<long>("select count(*) from relapse.mt_events where type = 'relapse.risk-detected.v1'"));
        Assert.Equal(Many, await service.Scalar<long>("select count(distinct stream_id) from relapse.mt_events where type = 'relapse.risk-detected.v1'"));
        Assert.Equal(
            ["screening-started", "screening-completed"], await service.Events($"screening/410325/{first}"));
    }

    /// <summary>Many households that no rule of the day concerns, and then a rule that concerns all of them.</summary>
    static async Task Sleeping(HttpClient http, string today)
    {
        (await http.Say(HttpMethod.Put, "/v1/rule-sets/five", new { effectiveFrom = today, rules = aboveFive, reason = "试行" })).Registered();
        var households = Enumerable.Range(0, Many).Select(_ => Guid.CreateVersion7()).ToList();
        (await http.Say(HttpMethod.Post, "/v1/households", households.Select(id => new
        {
            id, village = "410325111201", category = "ordinary", members = 3, on = "2023-01-05",
        }))).Took(Many);
        (await http.Say(HttpMethod.Post, "/v1/signals", households.Select((household, number) => new
        {
            household, reference = $"S-{number}", kind = "medical_self_pay", amount = 4_000, on = today,
        }))).Took(Many);
        (await http.Say(HttpMethod.Put, "/v1/rule-sets/three", new { effectiveFrom = today, rules = aboveThree, reason = "试行" })).Registered();
    }

    static object Rule(decimal amount) => new
    {
        code = "medical", department = "医疗保障局", measured = "amount", signal = "medical_self_pay", window = "rolling12_months", comparator = "at_least", amount,
        cause = "illness", source = "测试",
    };

    static async Task<Guid> Asked(HttpClient http)
    {
        var answer = await http.Say(HttpMethod.Post, "/v1/screenings");
        Assert.Equal(202, answer.Status);
        return answer.Json.GetProperty("id").GetGuid();
    }

    static string? State(JsonElement screening) => screening.GetProperty("state").GetString();

    static async Task<JsonElement> Until(HttpClient http, Guid id, Func<JsonElement, bool> holds)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var answer = await http.Say(HttpMethod.Get, $"/v1/screenings/{id}");
            if (answer.Status == 200 && holds(answer.Json)) return answer.Json;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(180), answer.Body);
            await Task.Delay(20);
        }
    }
}
