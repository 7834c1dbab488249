using System.Globalization;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Alerting.Tests;

/// <summary>Silences, reporting contracts and rounds, over HTTP.</summary>
public sealed class RulesApiTests
{
    [Fact]
    public async Task A_silence_holds_until_it_is_ended_and_a_round_says_what_is_due_once()
    {
        await using var service = await Channelled.Start();
        var (status, published) = await service.Say(HttpMethod.Put, "/v1/routes/first", new
        {
            routes = new[] { new { name = "all", receivers = new[] { new { name = "office" } }, groupBy = new[] { "kind" }, waitSeconds = 0, intervalSeconds = 0 } },
            escalations = new[] { new { name = "all", steps = new[] { new { level = "village", acknowledgeDays = 3, source = "自定" } } } },
            reason = "试行",
        });
        Assert.True(status == 201, published.ToString());
        var now = TimeProvider.System.GetUtcNow();

        // A silence says what it silences, ends within a month, and is the same again under its code.
        Assert.Equal("missing", await Refused(service, "/v1/silences/stations", new { until = now.AddHours(1), reason = "检修" }));
        Assert.Equal("out-of-range", await Refused(service, "/v1/silences/stations", new { kinds = new[] { "station_silent" }, until = now.AddDays(40), reason = "检修" }));
        var silence = new { kinds = new[] { "station_silent" }, until = now.AddHours(1), reason = "检修" };
        Assert.Equal(201, (await service.Say(HttpMethod.Put, "/v1/silences/stations", silence)).Status);
        Assert.Equal(200, (await service.Say(HttpMethod.Put, "/v1/silences/stations", silence)).Status);
        Assert.Equal("silence-differs", await Refused(service, "/v1/silences/stations", new { kinds = new[] { "limit_exceeded" }, until = now.AddHours(1), reason = "检修" }));
        Assert.Equal(1, await Items(service, "/v1/silences?active=true"));

        // A round takes up what has passed its limit, and says so once; the silence keeps it quiet until it is ended.
        var alert = await service.Alert(Level.Village, ChinaTime.Day(now).AddDays(-5));
        var (_, round) = await service.Say(HttpMethod.Post, "/v1/rounds");
        Assert.Equal((1, 0), (round.GetProperty("escalated").GetInt32(), round.GetProperty("late").GetInt32()));
        Assert.Equal(0, (await service.Say(HttpMethod.Post, "/v1/rounds")).Body.GetProperty("escalated").GetInt32());
        var (_, why) = await service.Say(HttpMethod.Get, $"/v1/alerts/{alert}/why");
        Assert.Equal("stations", why.GetProperty("silencedBy").GetProperty("silence").GetString());
        await Task.Delay(600, TestContext.Current.CancellationToken);
        Assert.Equal(0, await service.Count("select count(*) from alerting.mt_doc_notification"));
        Assert.Equal(404, (await service.Say(HttpMethod.Post, "/v1/silences/nothing/end", new { reason = "完毕" })).Status);
        Assert.Equal(200, (await service.Say(HttpMethod.Post, "/v1/silences/stations/end", new { reason = "检修完毕" })).Status);
        Assert.Equal((0, 1), (await Items(service, "/v1/silences?active=true"), await Items(service, "/v1/silences")));

        // What a department owes.
        Assert.Equal("unknown-code", await Refused(service, "/v1/reporting-contracts/gdp", new
        {
            department = "统计局", feed = "indicators.unheard-of.v1", dayOfMonth = 5, source = "自定", reason = "试行",
        }));
        Assert.Equal("missing", await Refused(service, "/v1/reporting-contracts/gdp", new
        {
            department = "统计局", feed = "indicators.value-reported.v1", dayOfMonth = 5, everyDays = 7, source = "自定", reason = "试行",
        }));
        Assert.Equal(201, (await service.Say(HttpMethod.Put, "/v1/reporting-contracts/gdp", new
        {
            department = "统计局", feed = "indicators.value-reported.v1", everyDays = 7, flatTimes = 3, source = "自定", reason = "试行",
        })).Status);
        var owed = (await service.Say(HttpMethod.Get, "/v1/reporting-contracts")).Body.GetProperty("items")[0];
        Assert.Equal(("gdp", false), (owed.GetProperty("contract").GetProperty("name").GetString(), owed.GetProperty("isFlat").GetBoolean()));
    }

    static async Task<int> Items(Channelled service, string path) => (await service.Say(HttpMethod.Get, path)).Body.GetProperty("items").GetArrayLength();

    static async Task<string?> Refused(Channelled service, string path, object body)
    {
        var (status, problem) = await service.Say(HttpMethod.Put, path, body);
        Assert.True(status is >= 400 and < 500, string.Create(CultureInfo.InvariantCulture, $"{status} {problem}"));
        return problem.TryGetProperty("errors", out var errors) ? errors[0].GetProperty("code").GetString() : problem.GetProperty("code").GetString();
    }
}
