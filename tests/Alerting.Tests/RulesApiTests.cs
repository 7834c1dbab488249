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
        Assert.Equal(["receiver-unknown"], Codes(published.GetProperty("warnings")));
        var now = TimeProvider.System.GetUtcNow();

        // A silence says what it silences, ends within a month, and is the same again under its code.
        Assert.Equal("missing", await Refused(service, "/v1/silences/stations", new { until = now.AddHours(1), reason = "检修" }));
        Assert.Equal("out-of-range", await Refused(service, "/v1/silences/stations", new { kinds = new[] { "station_silent" }, until = now.AddDays(40), reason = "检修" }));
        var silence = new { kinds = new[] { "station_silent" }, until = now.AddHours(1), reason = "检修" };
        var (set, answered) = await service.Say(HttpMethod.Put, "/v1/silences/stations", silence);
        Assert.True(set == 201, answered.ToString());
        Assert.Equal("silence-covers", answered.GetProperty("warnings")[0].GetProperty("code").GetString());
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
        await Task.Delay(1_200, TestContext.Current.CancellationToken);
        Assert.Equal(0, await service.Count("select count(*) from alerting.mt_doc_notification"));
        Assert.Equal(404, (await service.Say(HttpMethod.Post, "/v1/silences/nothing/end", new { reason = "完毕" })).Status);
        Assert.Equal(200, (await service.Say(HttpMethod.Post, "/v1/silences/stations/end", new { reason = "检修完毕" })).Status);
        // What it held back is told at once, and says so.
        await Watched.Until(() => service.Count("""
            select count(*) from alerting.mt_events where type = 'alerting.notification-due.v1' and data ->> 'text' like '%因静默“stations”暂缓至%'
            """), count => count == 1, 10);
        Assert.Equal((0, 1), (await Items(service, "/v1/silences?active=true"), await Items(service, "/v1/silences")));

        // A table that counts days which nobody knows, or drops the limits of what is open, says so.
        var (_, doubtful) = await service.Say(HttpMethod.Put, "/v1/routes/doubtful?dryRun=true", new
        {
            routes = new[] { new { name = "all", groupBy = new[] { "kind" } } },
            escalations = new[]
            {
                new { name = "all", kinds = new[] { "household_risk" }, steps = new[] { new { level = "village", acknowledgeDays = 3, working = true, source = "自定" } } },
            },
            reason = "试行",
        });
        Assert.Equal(["calendar-missing", "calendar-missing", "escalation-dropped"], Codes(doubtful.GetProperty("warnings")));
        var (_, rehearsed) = await service.Say(HttpMethod.Post, "/v1/routes/dry-run", new { kind = "station_silent", severity = "info", area = "410325" });
        Assert.Equal(["receiver-unknown"], Codes(rehearsed.GetProperty("warnings")));

        // Whom nobody knows of is warned of.
        Assert.Equal("department-unknown", (await service.Say(HttpMethod.Post, $"/v1/alerts/{alert}/assign", new { to = "不存在的单位" })).Body
            .GetProperty("warnings")[0].GetProperty("code").GetString());
        Assert.False((await service.Say(HttpMethod.Post, $"/v1/alerts/{alert}/assign", new { to = "生态环境局" })).Body.TryGetProperty("warnings", out _));
        Assert.Equal("not-an-area-code", (await service.Say(HttpMethod.Get, "/v1/alerts?area=4103251112")).Body.GetProperty("code").GetString());
        Assert.Equal(1, await Items(service, "/v1/alerts?area=410325"));
        Assert.Equal(0, await Items(service, "/v1/alerts?cause=illness"));

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

    static IEnumerable<string?> Codes(System.Text.Json.JsonElement warnings) => warnings.EnumerateArray().Select(one => one.GetProperty("code").GetString());

    static async Task<int> Items(Channelled service, string path) => (await service.Say(HttpMethod.Get, path)).Body.GetProperty("items").GetArrayLength();

    static async Task<string?> Refused(Channelled service, string path, object body)
    {
        var (status, problem) = await service.Say(HttpMethod.Put, path, body);
        Assert.True(status is >= 400 and < 500, string.Create(CultureInfo.InvariantCulture, $"{status} {problem}"));
        return problem.TryGetProperty("errors", out var errors) ? errors[0].GetProperty("code").GetString() : problem.GetProperty("code").GetString();
    }
}
