using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>The ledger folded again: equal to the views, different only where it should be, and the same after a crash.</summary>
public sealed class ReplayApiTests
{
    static readonly DateTimeOffset begin = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);

    const int KeepEvery = 20;

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replay_equals_the_views_goes_on_after_a_kill_and_differs_only_by_what_is_later_or_judged_otherwise()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start(
            "Evaluation", postgres, amqp, new TestKeys(), true, ("Replays__Page", "1"), ("Replays__KeepEvery", $"{KeepEvery}"));
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        // A: 100 to 200 by 2025, so 140 is due at the end of 2022; 138 is 38 of the 40 due, 95 %.
        var said = Indicator(feed, "a", 138).Concat(Indicator(feed, "b", 150)).ToList();
        for (var more = 0; more < 600; more++)
            said.Add(feed.Next("indicator/410325/a", new ValueConfirmed("a", "2022", 138, "核对"), begin.AddMinutes(more)));
        await feed.Say(said);
        await CaughtUp(evaluation, postgres, said.Count, () => feed.Say(said));

        // Killed half way, it goes on from the place kept.
        var same = await Start(evaluation, """{"on":"2022-12-31"}""");
        var interrupted = await UnderWay(evaluation, same);
        await evaluation.Kill();
        await evaluation.Restart();
        await evaluation.WaitReady();
        var first = await Done(evaluation, same);
        Assert.Equal("done", Text(first, "state"));
        // What is shown may be ahead of what is kept.
        Assert.InRange(first["resumedFrom"]!.GetValue<long>(), interrupted - KeepEvery, said.Count - 1);
        Assert.Equal(said.Count, first["events"]!.GetValue<int>());
        Assert.Empty(await Differences(evaluation, same));

        // Whatever the pages, and interrupted or not, the digest is the same.
        await using var store = DocumentStore.For(options =>
        {
            options.Connection(postgres);
            ServiceHost.ConfigureStore(options, "evaluation", TimeProvider.System);
            Ledger.Configure(options);
        });
        foreach (var page in new[] { 7, 5_000 })
        {
            var upTo = first["scope"]!["upTo"]!.GetValue<long>();
            var replay = new Replay { Tenant = "410325", Scope = new(upTo), On = new DateOnly(2022, 12, 31) };
            var fold = new Fold("410325");
            await fold.Read(store, replay.Scope, cancel, page);
            Assert.Equal(Text(first, "digest"), ReplayResult.Of(replay, fold).Digest);
        }

        var result = await Get(evaluation, $"/v1/replays/{same}/result");
        using var inChinese = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/scoreboard?on=2022-12-31", UriKind.Relative));
        inChinese.Headers.AcceptLanguage.ParseAdd("zh");
        using var shown = await evaluation.Http.SendAsync(inChinese, cancel);
        var rows = JsonNode.Parse(await shown.Content.ReadAsStringAsync(cancel))!["items"]!;
        Assert.True(JsonNode.DeepEquals(rows, result["scoreboard"]), $"{rows}\n{result["scoreboard"]}");

        // Under other rules a verdict differs, and the rules alone are why.
        var otherwise = await Start(evaluation, """{"on":"2022-12-31","nearlyShare":0.9}""");
        Assert.Equal("shipped-1*", Text((await Done(evaluation, otherwise))["rules"], "version"));
        var nearly = Assert.Single(await Differences(evaluation, otherwise))!;
        var verdict = nearly["fields"]!.AsArray().Single(field => Text(field, "field") == "verdict");
        Assert.Equal(("nearly_on_schedule", "behind_schedule"), (Text(verdict, "old"), Text(verdict, "new")));
        Assert.True(JsonNode.DeepEquals(nearly["fields"], nearly["byRules"]));
        Assert.Empty(nearly["causes"]!.AsArray());

        // Cancelled while it runs, it ends so, and its progress ends with it.
        var stopped = await Start(evaluation, """{"on":"2022-12-31"}""");
        await UnderWay(evaluation, stopped);
        using var asked = await evaluation.Http.PostAsync(new Uri($"/v1/replays/{stopped}/cancel", UriKind.Relative), null, cancel);
        Assert.Equal(202, (int)asked.StatusCode);
        var followed = await evaluation.Http.GetStringAsync(new Uri($"/v1/replays/{stopped}/progress", UriKind.Relative), cancel);
        Assert.Contains("event: progress", followed, StringComparison.Ordinal);
        Assert.EndsWith("\"state\":\"cancelled\"", followed.TrimEnd().Split('\n')[^1].Split(',')[0], StringComparison.Ordinal);
        Assert.Equal("replay-not-done", Text(await Refused(evaluation, HttpMethod.Get, $"/v1/replays/{stopped}/result", 409), "code"));
        Assert.Equal("replay-ended", Text(await Refused(evaluation, HttpMethod.Post, $"/v1/replays/{stopped}/cancel", 409), "code"));

        // What came later is told event by event, with what each did; a fold of then is not touched by it.
        CommittedEvent[] later =
        [
            feed.Next("indicator/410325/b", new ValueRevised(
                "b", "2022", 150, ValueStatus.Final, 139, ValueStatus.Final, "更正", null, null), begin.AddDays(9)),
            feed.Next("indicator/410325/b", new TargetAdjusted(
                "b", "adj-1", null, new("b", 2025, TargetKind.IncreaseTo, 190, null, null, null), "决议1号", new(2022, 6, 1),
                new(2022, 6, 1)), begin.AddDays(10)),
        ];
        await feed.Say(later);
        await CaughtUp(evaluation, postgres, said.Count + 2, () => feed.Say(later));
        var moved = Assert.Single(await Differences(evaluation, same))!;
        Assert.Equal(("scoreboard", "b", "changed"), (Text(moved, "view"), Text(moved, "code"), Text(moved, "how")));
        var causes = moved["causes"]!.AsArray();
        Assert.Equal(["correction", "target-adjusted"], causes.Select(cause => Text(cause, "cause")));
        Assert.Equal(later.Select(one => one.Id.ToString()), causes.Select(cause => Text(cause!["entry"], "eventId")));
        Assert.Equal(("behind_schedule", "on_schedule"), (Verdict(causes[0]!, "new"), Verdict(causes[1]!, "new")));

        // The same range once more, and the values of today under the targets of then.
        var again = await Done(evaluation, await Start(evaluation, $$"""{"asOf":"@{{said.Count}}","on":"2022-12-31"}"""));
        Assert.Equal(Text(first, "digest"), Text(again, "digest"));
        var oldTargets = await Start(evaluation, $$"""{"targets":"@{{said.Count}}","on":"2022-12-31"}""");
        await Done(evaluation, oldTargets);
        var adjusted = Assert.Single(await Differences(evaluation, oldTargets))!;
        Assert.Equal("target-adjusted", Text(Assert.Single(adjusted["causes"]!.AsArray()), "cause"));
        Assert.Equal(("behind_schedule", "on_schedule"), (Verdict(adjusted, "old"), Verdict(adjusted, "new")));

        static string? Verdict(JsonNode of, string which) =>
            Text(of["fields"]!.AsArray().Single(field => Text(field, "field") == "verdict"), which);
    }

    [Fact]
    public void What_cannot_be_replayed_is_refused_with_its_field()
    {
        var occasion = new Occasion(begin, new Caller("410325", "发改委", "test"));
        StartReplay.Known known = new(100, [], 0);
        string? Refused(StartReplay.Command command, StartReplay.Known? other = null)
        {
            var (_, refusal) = StartReplay.Decide(Guid.CreateVersion7(begin), command, other ?? known, occasion);
            return refusal is null ? null : $"{refusal.Code} {refusal.Field}".Trim();
        }

        Assert.Equal("not-an-instant asOf", Refused(new(AsOf: "yesterday")));
        Assert.Equal("not-an-instant targets", Refused(new(Targets: "yesterday")));
        Assert.Equal("position-not-reached asOf", Refused(new(AsOf: "@101")));
        Assert.Equal("position-not-reached targets", Refused(new(Targets: "@101")));
        Assert.Equal("rules-unknown rules", Refused(new(Rules: "v9")));
        Assert.Equal("number-out-of-range", Refused(new(NearlyShare: 1.1m)));
        Assert.Equal("replays-too-many", Refused(new(), known with { Open = 4 }));
        Assert.Null(Refused(new(AsOf: "@100", Rules: "shipped-1")));
    }

    static CommittedEvent[] Indicator(LedgerFeed feed, string code, decimal value)
    {
        var stream = $"indicator/410325/{code}";
        return
        [
            feed.Next(stream, new IndicatorDefined(
                code, $"指标{code}", code, "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", new(2020, 100, null), [], 1, null), begin),
            feed.Next(stream, new TargetSet(code, 2025, TargetKind.IncreaseTo, 200, null, null, null), begin),
            feed.Next(stream, new ValueReported(code, "2022", value, ValueStatus.Final, null, null), begin),
        ];
    }

    async Task<Guid> Start(ServiceProcess evaluation, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await evaluation.Http.PostAsync(new Uri("/v1/replays", UriKind.Relative), content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True((int)answer.StatusCode == 202, text);
        return JsonNode.Parse(text)!["id"]!.GetValue<Guid>();
    }

    async Task<JsonNode> Get(ServiceProcess evaluation, string path) =>
        (await evaluation.Http.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative), cancel))!;

    async Task<JsonNode> Refused(ServiceProcess evaluation, HttpMethod method, string path, int status)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        using var answer = await evaluation.Http.SendAsync(request, cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!;
    }

    /// <summary>The position at which it was first seen to run with a place kept.</summary>
    async Task<long> UnderWay(ServiceProcess evaluation, Guid id)
    {
        for (var attempt = 0; attempt < 3_600; attempt++)
        {
            var replay = await Get(evaluation, $"/v1/replays/{id}");
            Assert.False(replay["ended"]!.GetValue<bool>(), $"{replay}");
            if (replay["events"]!.GetValue<long>() >= KeepEvery) return replay["position"]!.GetValue<long>();
            await Task.Delay(10, cancel);
        }

        throw new TimeoutException(evaluation.Log);
    }

    async Task<JsonNode> Done(ServiceProcess evaluation, Guid id)
    {
        for (var attempt = 0; attempt < 3_600; attempt++)
        {
            var replay = await Get(evaluation, $"/v1/replays/{id}");
            if (replay["ended"]!.GetValue<bool>()) return replay;
            await Task.Delay(50, cancel);
        }

        throw new TimeoutException(evaluation.Log);
    }

    async Task<JsonArray> Differences(ServiceProcess evaluation, Guid id) =>
        (await Get(evaluation, $"/v1/replays/{id}/diff"))["items"]!.AsArray();

    static string? Text(JsonNode? node, string field) => node?[field]?.GetValue<string>();

    /// <summary>Waits until the ledger has this many events, and its views have taken in all of them.</summary>
    async Task CaughtUp(ServiceProcess evaluation, string postgres, long events, Func<Task> again)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        await using var command = database.CreateCommand("""
            select (select max(seq_id) from evaluation.mt_events) >= $1 and not exists (
                select from evaluation.mt_event_progression
                where name like '%-history%' and last_seq_id < (select max(seq_id) from evaluation.mt_events))
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = events });
        for (var attempt = 0; await command.ExecuteScalarAsync(cancel) is not true; attempt++)
        {
            Assert.True(attempt < 3_600, $"The ledger's views did not catch up.\n{evaluation.Log}");
            // What the ledger asks for once more, a source would say again.
            if (attempt % 50 == 49) await again();
            await Task.Delay(100, cancel);
        }
    }
}
