using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Tests;

/// <summary>The ledger folded again: equal to the views, different only where it should be, and the same after a crash.</summary>
public sealed class ReplayApiTests
{
    static readonly DateTimeOffset begin = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replay_equals_the_views_goes_on_after_a_kill_and_differs_only_by_what_is_later_or_judged_otherwise()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start(
            "Evaluation", postgres, amqp, new TestKeys(), true, ("Replays__Page", "1"), ("Replays__KeepEvery", "20"));
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        // A: 100 to 200 by 2025, so 140 is due at the end of 2022; 138 is 38 of the 40 due, 95 %.
        var said = Indicator(feed, "a", 138).Concat(Indicator(feed, "b", 150)).ToList();
        for (var more = 0; more < 3_000; more++)
            said.Add(feed.Next("indicator/410325/a", new ValueConfirmed("a", "2022", 138, "核对"), begin.AddMinutes(more)));
        await feed.Say(said);
        await CaughtUp(evaluation, said.Count, () => feed.Say(said));

        var same = await Start(evaluation, """{"on":"2022-12-31"}""");
        var interrupted = await Kept(evaluation, same);
        await evaluation.Kill();
        await evaluation.Restart();
        await evaluation.WaitReady();
        var first = await Done(evaluation, same);
        Assert.InRange(first["resumedFrom"]!.GetValue<long>(), interrupted, said.Count - 1);
        Assert.Equal(said.Count, first["events"]!.GetValue<int>());
        Assert.Empty(await Differences(evaluation, same));

        await using var store = DocumentStore.For(options =>
        {
            options.Connection(postgres);
            ServiceHost.ConfigureStore(options, "evaluation", TimeProvider.System);
            Ledger.Configure(options);
        });
        foreach (var page in new[] { 1, 7, 5_000 })
        {
            var fold = new Fold("410325");
            await fold.Read(store, said.Count, null, cancel, page);
            var replay = new Replay { Tenant = "410325", UpTo = said.Count, On = new DateOnly(2022, 12, 31) };
            Assert.Equal(first["digest"]!.GetValue<string>(), ReplayResult.Of(replay, fold).Digest);
        }

        var otherwise = await Start(evaluation, """{"on":"2022-12-31","nearlyShare":0.9}""");
        await Done(evaluation, otherwise);
        var differing = await Differences(evaluation, otherwise);
        Assert.Equal(["verdict", "verdictName"], differing.Select(one => one!["field"]!.GetValue<string>()));
        Assert.Equal(("nearly-on-schedule", "behind-schedule", "other-rules"), (
            differing[0]!["replayed"]!.GetValue<string>(), differing[0]!["today"]!.GetValue<string>(), differing[0]!["causes"]![0]!.GetValue<string>()));

        var stopped = await Start(evaluation, """{"on":"2022-12-31"}""");
        using var asked = await evaluation.Http.PostAsync(new Uri($"/v1/replays/{stopped}/cancel", UriKind.Relative), null, cancel);
        Assert.Equal(202, (int)asked.StatusCode);
        Assert.Equal("cancelled", (await Done(evaluation, stopped))["state"]!.GetValue<string>());
        var followed = await evaluation.Http.GetStringAsync(new Uri($"/v1/replays/{stopped}/progress", UriKind.Relative), cancel);
        Assert.Contains("event: progress", followed, StringComparison.Ordinal);

        var revised = feed.Next(
            "indicator/410325/b", new ValueRevised("b", "2022", 150, ValueStatus.Final, 151, ValueStatus.Final, "更正", null, null), begin.AddDays(9));
        await feed.Say([revised]);
        await CaughtUp(evaluation, said.Count + 1, () => feed.Say([revised]));
        var later = await Differences(evaluation, same);
        Assert.Contains(later, one => one!["field"]!.GetValue<string>() == "latest");
        Assert.All(later, one =>
        {
            Assert.Equal(("indicator/410325/b", "later-events"), (one!["stream"]!.GetValue<string>(), one["causes"]![0]!.GetValue<string>()));
            Assert.Equal(revised.Id, one["events"]![0]!["id"]!.GetValue<Guid>());
        });
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
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await evaluation.Http.PostAsync(new Uri("/v1/replays", UriKind.Relative), content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True((int)answer.StatusCode == 202, text);
        return JsonNode.Parse(text)!["id"]!.GetValue<Guid>();
    }

    async Task<JsonNode> Get(ServiceProcess evaluation, string path) =>
        (await evaluation.Http.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative), cancel))!;

    /// <summary>The position at which a place to go on from was first seen.</summary>
    async Task<long> Kept(ServiceProcess evaluation, Guid id)
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var replay = await Get(evaluation, $"/v1/replays/{id}");
            Assert.NotEqual("done", replay["state"]!.GetValue<string>());
            if (replay["state"]!.GetValue<string>() == "running") return replay["position"]!.GetValue<long>();
            await Task.Delay(10, cancel);
        }

        throw new TimeoutException(evaluation.Log);
    }

    async Task<JsonNode> Done(ServiceProcess evaluation, Guid id)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            var replay = await Get(evaluation, $"/v1/replays/{id}");
            if (replay["ended"]!.GetValue<bool>()) return replay;
            await Task.Delay(100, cancel);
        }

        throw new TimeoutException(evaluation.Log);
    }

    async Task<JsonArray> Differences(ServiceProcess evaluation, Guid id) => (await Get(evaluation, $"/v1/replays/{id}/diff"))["items"]!.AsArray();

    async Task CaughtUp(ServiceProcess evaluation, long events, Func<Task> again)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            var (rows, probe) = ((await Get(evaluation, "/v1/scoreboard?on=2022-12-31"))["items"]!.AsArray(), await Start(evaluation, """{"on":"2022-12-31"}"""));
            var ended = await Done(evaluation, probe);
            if (rows.Count == 2 && ended["events"]!.GetValue<long>() == events && (await Differences(evaluation, probe)).Count == 0) return;
            if (attempt % 10 == 9) await again();
            await Task.Delay(300, cancel);
        }

        throw new TimeoutException(evaluation.Log);
    }
}
