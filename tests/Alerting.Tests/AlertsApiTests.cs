using System.Text.Json;

namespace Monitoring.Alerting.Tests;

/// <summary>From a household's call for help to the end of its alert, over the real bus.</summary>
public sealed class AlertsApiTests
{
    [Fact]
    public async Task A_risk_reaches_the_village_that_must_act_and_is_followed_to_its_end()
    {
        await using var watched = await Watched.Start(await TestServers.Shared);
        var (status, published) = await watched.Say(HttpMethod.Put, "/v1/routes/first", new
        {
            routes = new[] { new { name = "all", receivers = new[] { new { name = "office" } }, groupBy = new[] { "township" }, waitSeconds = 1, intervalSeconds = 1 } },
            escalations = new[] { new { name = "all", steps = new[] { new { level = "village", acknowledgeDays = 3, source = "自定" } } } },
            reason = "试行",
        });
        Assert.True(status == 201, published.ToString());

        // A village silences what is its own, and nobody else's; nor does anybody else end it.
        var silence = new { kinds = new[] { "household_risk" }, until = TimeProvider.System.GetUtcNow().AddHours(1), reason = "下乡" };
        Assert.Equal("area-not-yours", await Refused(HttpMethod.Put, "/v1/silences/all", silence, watched.Village));
        var own = new { kinds = new[] { "household_risk" }, area = Scripted.Village, silence.until, silence.reason };
        Assert.Equal("area-not-yours", await Refused(HttpMethod.Put, "/v1/silences/own", own, watched.Tianhu));
        Assert.Equal(201, (await watched.Say(HttpMethod.Put, "/v1/silences/own", own, watched.Village)).Status);
        Assert.Equal("area-not-yours", await Refused(HttpMethod.Post, "/v1/silences/own/end", new { reason = "试" }, watched.Tianhu));
        await Took(watched, "/v1/silences/own/end", new { reason = "完毕" }, watched.Village);
        async Task<string?> Refused(HttpMethod method, string path, object body, HttpClient by)
        {
            var (code, problem) = await watched.Say(method, path, body, by);
            Assert.True(code is >= 400 and < 500, problem.ToString());
            return problem.GetProperty("code").GetString();
        }

        var household = await watched.Risk();
        var alert = await watched.AlertOf(household);
        var id = alert.GetProperty("alertId").GetGuid();
        Assert.Equal("household_risk", alert.GetProperty("kind").GetString());
        Assert.Contains("Luhun Town", alert.GetProperty("title").GetString(), StringComparison.Ordinal);

        // It is in the village's inbox, in nobody else's; another township does not see it at all.
        Assert.Contains((await watched.Get("/v1/inbox", watched.Village)).GetProperty("items").EnumerateArray(), one => one.GetProperty("alertId").GetGuid() == id);
        Assert.DoesNotContain((await watched.Get("/v1/inbox", watched.Duty)).GetProperty("items").EnumerateArray(), one => one.GetProperty("alertId").GetGuid() == id);
        Assert.Contains((await watched.Get("/v1/inbox?level=all", watched.Duty)).GetProperty("items").EnumerateArray(), one => one.GetProperty("alertId").GetGuid() == id);
        Assert.Equal(400, (await watched.Say(HttpMethod.Get, "/v1/inbox?level=village", null, watched.Duty)).Status);
        Assert.Equal(("illness", "visit the household", "2026-06-03"), (
            alert.GetProperty("causes")[0].GetString(), alert.GetProperty("next").GetString(), alert.GetProperty("nextBy").GetString()));
        Assert.StartsWith("预警-", alert.GetProperty("number").GetString());
        Assert.Equal(404, (await watched.Say(HttpMethod.Get, $"/v1/alerts/{id}", null, watched.Tianhu)).Status);
        Assert.Equal(409, (await watched.Say(HttpMethod.Post, $"/v1/alerts/{id}/acknowledge", new { }, watched.Tianhu)).Status);

        // The office is told, and why says all of it.
        var why = await Watched.Until(() => watched.Get($"/v1/alerts/{id}/why"), body => body.GetProperty("messages").GetArrayLength() == 1);
        Assert.Equal("first", why.GetProperty("routes").GetString());
        Assert.Equal("office", why.GetProperty("messages")[0].GetProperty("receiver").GetString());
        Assert.True(why.GetProperty("ways")[0].GetProperty("isKnown").GetBoolean());
        Assert.False(why.GetProperty("isInMine").GetBoolean());
        Assert.True((await watched.Get($"/v1/alerts/{id}/why?person=village")).GetProperty("isInMine").GetBoolean());
        Assert.Equal(404, (await watched.Say(HttpMethod.Get, $"/v1/alerts/{id}/why?person=nobody")).Status);

        // The end needs evidence, and a second person.
        await Took(watched, $"/v1/alerts/{id}/acknowledge", new { note = "当日入户" }, watched.Village);
        Assert.Equal("evidence-missing", (await watched.Say(HttpMethod.Post, $"/v1/alerts/{id}/close", new { reason = "已报销" }, watched.Village)).Body.GetProperty("code").GetString());
        await Took(watched, $"/v1/alerts/{id}/close", new { reason = "已报销", evidence = "报销单 17" }, watched.Village);
        Assert.Equal("second-person-needed",
            (await watched.Say(HttpMethod.Post, $"/v1/alerts/{id}/confirm", new { agreed = true }, watched.Village)).Body.GetProperty("code").GetString());
        await Took(watched, $"/v1/alerts/{id}/confirm", new { agreed = true }, watched.Duty);
        Assert.Equal("resolved", (await watched.Get($"/v1/alerts/{id}")).GetProperty("state").GetString());
        Assert.DoesNotContain((await watched.Get("/v1/inbox", watched.Village)).GetProperty("items").EnumerateArray(), one => one.GetProperty("alertId").GetGuid() == id);
        await Watched.Until(
            () => watched.Count("select count(*) from alerting.mt_events where type = 'alerting.notification-due.v1' and data ->> 'kind' = 'resolved'"),
            count => count == 1);

        // The figures of the rule, and the table tried on what happened.
        var times = (await watched.Get("/v1/response-times")).GetProperty("items").EnumerateArray()
            .Single(one => one.GetProperty("kind").GetString() == "household_risk");
        Assert.Equal((1, 1), (times.GetProperty("alerts").GetInt32(), times.GetProperty("wasTrue").GetInt32()));
        var (tried, trial) = await watched.Say(HttpMethod.Post, "/v1/routes/trial", new
        {
            version = "second", reason = "试行",
            routes = new[]
            {
                new { name = "all", kinds = new[] { "household_risk" }, receivers = new[] { new { name = "mayor" } }, groupBy = new[] { "village" }, waitSeconds = 0 },
            },
        });
        Assert.True(tried == 200, trial.ToString());
        var mayor = trial.GetProperty("receivers").EnumerateArray().Single(one => one.GetProperty("receiver").GetString() == "mayor");
        Assert.Equal((2, 1), (mayor.GetProperty("messages").GetInt32(), mayor.GetProperty("alerts").GetInt32()));

        // The round of limits by the job store fires and says nothing new.
        await Watched.Until(() => watched.Count("select count(*) from alerting.qrtz_triggers"), count => count == 1);
    }

    [Fact]
    public async Task The_live_stream_shows_an_alert_as_it_comes_and_the_dry_run_where_one_would_go()
    {
        await using var watched = await Watched.Start(await TestServers.Shared, ("System__SilentSeconds", "5"));
        using var stream = await watched.Village.GetAsync(new Uri("/v1/inbox/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType?.MediaType);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await watched.Risk(emergency: true);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        string? line;
        do line = await lines.ReadLineAsync(limit.Token);
        while (line?.StartsWith("data: {", StringComparison.Ordinal) == false);
        Assert.Equal("emergency", JsonDocument.Parse(line!["data: ".Length..]).RootElement.GetProperty("severity").GetString());

        // Who has seen more than there is begins anew; what is no place in the stream is refused.
        Assert.Equal("reset", (await First("99999999"))["event: ".Length..]);
        async Task<string> First(string lastId)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/inbox/stream", UriKind.Relative));
            request.Headers.Add("Last-Event-ID", lastId);
            using var answer = await watched.Village.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!answer.IsSuccessStatusCode) return $"{(int)answer.StatusCode}";
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
            return (await reader.ReadLineAsync(limit.Token))!;
        }

        Assert.Equal("400", await First("abc"));

        var (status, way) = await watched.Say(HttpMethod.Post, "/v1/routes/dry-run", new
        {
            kind = "household_risk", severity = "warning", area = Scripted.Village, cause = "illness", at = "2026-06-02T23:00:00+08:00",
        });
        Assert.True(status == 200, way.ToString());
        Assert.Equal("2026-06-03T07:00:00+08:00", way.GetProperty("ways")[0].GetProperty("tellsAt").GetString());
        Assert.Equal(2, way.GetProperty("escalates").GetArrayLength());

        // Who has been called, and how often.
        var loads = (await watched.Get("/v1/alert-loads?person=village")).GetProperty("items");
        Assert.Contains(
            Assert.Single(loads.EnumerateArray()).GetProperty("rules").EnumerateArray(), rule => rule.GetProperty("kind").GetString() == "household_risk");

        // The system's own faults are alerts like any other: a service falls silent, and speaks again.
        await Watched.Until(() => watched.Count("select count(*) from alerting.mt_doc_speaker where id in ('relapse', 'evaluation', 'alerting')"),
            count => count == 3);
        await watched.Relapse.Kill();
        const string silent = "/v1/alerts?kind=system_fault&subject=relapse/silent&state=open";
        await Watched.Until(async () => (await watched.Get(silent)).GetProperty("items").GetArrayLength(), count => count == 1);
        await watched.Relapse.Restart();
        await Watched.Until(async () => (await watched.Get(silent)).GetProperty("items").GetArrayLength(), count => count == 0);
        Assert.Equal(1, await watched.Count("""
            select count(*) from alerting.mt_events
            where type = 'alerting.alert-raised.v1' and data ->> 'kind' = 'system_fault' and data ->> 'subject' = 'relapse/silent'
            """));
    }

    static async Task Took(Watched watched, string path, object body, HttpClient by)
    {
        var (status, answer) = await watched.Say(HttpMethod.Post, path, body, by);
        Assert.True(status == 200, answer.ToString());
    }
}
