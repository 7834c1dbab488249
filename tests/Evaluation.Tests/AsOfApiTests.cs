using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>Every view as it was known at any time is a fresh fold of what had been recorded by then.</summary>
public sealed class AsOfApiTests
{
    const int Seed = 14;
    const int Days = 3 * 365;

    static readonly DateTimeOffset begin = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly string[] periods = ["2021", "2022-Q1", "2022-Q2", "2022-Q3", "2022", "2023", "2024-Q1", "2024"];

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_known_at_any_time_of_three_years_is_a_fold_of_what_had_been_recorded_by_then()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        var random = new Random(Seed);
        var history = History(feed, random);
        var arriving = Arriving(history, random);
        await feed.Say(arriving);
        await using var store = Store(postgres);
        await CaughtUp(evaluation, postgres, history.Count, () => feed.Say(arriving));

        // Any past day, judged for itself, for a later day and for an earlier one.
        await Gen.Select(Gen.Int[-2, Days + 30], Gen.Int[-400, 400]).SampleAsync(
            async (passed, further) =>
            {
                var day = ChinaTime.Day(begin).AddDays(passed);
                var fold = new Fold("410325");
                await fold.Read(store, null, new DateTimeOffset(day.AddDays(1), default, ChinaTime.Offset).AddTicks(-10), cancel);
                await Same(evaluation, fold, $"{day:yyyy-MM-dd}", day, $"as of {day}", day);
                await Same(evaluation, fold, $"{day:yyyy-MM-dd}", day.AddDays(further), $"as of {day}", day);
            },
            iter: 12, threads: 1);

        var instants = Enumerable.Range(0, 15).Select(_ => begin.AddMinutes(random.Next(-1_000, Days * 1_440)))
            .Concat(history.OrderBy(_ => random.Next()).Take(15).Select(e => e.Time)).ToList();
        foreach (var at in instants)
        {
            var fold = new Fold("410325");
            await fold.Read(store, null, at, cancel);
            await Same(evaluation, fold, Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture)), new(2024, 12, 31), $"as of {at:O}", ChinaTime.Day(at));
        }

        foreach (var position in Enumerable.Range(0, 20).Select(_ => (long)random.Next(0, history.Count + 10)))
        {
            var fold = new Fold("410325");
            await fold.Read(store, position, null, cancel);
            await Same(evaluation, fold, $"@{position}", new(2024, 12, 31), $"at position {position}");
        }

        var all = new Fold("410325");
        await all.Read(store, null, null, cancel);
        await Same(evaluation, all, "", new(2024, 12, 31), "now");
        Assert.Equal(36, (await Items(evaluation, "/v1/cases/load")).Sum(row => row!["cases"]!.GetValue<int>()));
        var closed = await Items(evaluation, "/v1/cases/load?area=410325100&state=closed");
        Assert.Equal(("clue closed", "Town 0"), (Assert.Single(closed)!["stateName"]!.GetValue<string>(), closed[0]!["areaName"]!.GetValue<string>()));
        Assert.Equal(["MN2", "MN3"], (await Items(evaluation, "/v1/stations?medium=air&after=MN1")).Select(row => row!["mn"]!.GetValue<string>()));

        // Whatever the order of arrival, each view saw each event of each day once.
        foreach (var view in new[] { "indicators", "projects", "verdict-rules", "cases", "stations" })
            Assert.All(await Items(evaluation, $"/v1/projections/{view}/certificates?from=2021-12-01&to=2024-12-31"), day => Assert.True(
                day!["complete"]!.GetValue<bool>(), day.ToJsonString()));

        // Built anew, the history and the certificates are the same row by row.
        var before = await Dump(postgres);
        await evaluation.Kill();
        await evaluation.Run("rebuild");
        Assert.Equal(before, await Dump(postgres));
        Assert.True(before.Length > 10_000);
    }

    [Fact]
    public async Task An_end_of_day_is_that_of_Beijing_and_nonsense_is_refused()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        var midnight = new DateTimeOffset(2022, 8, 1, 0, 0, 0, ChinaTime.Offset).ToUniversalTime();
        CommittedEvent[] said =
        [
            feed.Next("indicator/410325/gdp", Defined("gdp"), midnight.AddDays(-9)),
            feed.Next("indicator/410325/gdp", new ValueReported("gdp", "2021", 215, ValueStatus.Preliminary, null, null), midnight.AddMilliseconds(-1)),
            feed.Next("indicator/410325/gdp", new ValueRevised(
                "gdp", "2021", 215, ValueStatus.Preliminary, 216, ValueStatus.Final, "核实", null, null), midnight),
        ];
        await feed.Say(said);
        await CaughtUp(evaluation, postgres, 3, () => feed.Say(said));

        Assert.Equal(215, await Latest("2022-07-31"));
        Assert.Equal(216, await Latest("2022-08-01"));
        Assert.Null(await Latest("2022-07-25"));
        Assert.Equal(2, (await Items(evaluation, "/v1/audit?stream=indicator/410325/gdp&asOf=2022-07-31")).Count);
        using var refused = await evaluation.Http.GetAsync(new Uri("/v1/scoreboard?asOf=yesterday", UriKind.Relative), cancel);
        Assert.Equal((400, "not-an-instant"), ((int)refused.StatusCode, JsonNode.Parse(await refused.Content.ReadAsStringAsync(cancel))!["code"]!.GetValue<string>()));

        async Task<decimal?> Latest(string day) =>
            (await Items(evaluation, $"/v1/scoreboard?asOf={day}"))[0]?["latest"]?["value"]?.GetValue<decimal>();
    }

    [Fact]
    public async Task A_figure_whose_department_is_late_says_so_while_it_is_late()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        var (alert, id, source) = ($"alert/410325/{Guid.Empty}", Guid.Empty, new AlertCause(Guid.Empty, "x", "x", 1, begin));
        CommittedEvent[] said =
        [
            .. new[] { ("gdp", "统计局"), ("forest", "林业局") }.SelectMany(one => new[]
            {
                feed.Next($"indicator/410325/{one.Item1}", Defined(one.Item1), begin),
                feed.Next($"indicator/410325/{one.Item1}", new DutyAssigned(one.Item1, "发展改革委", one.Item2, 60), begin),
            }),
            feed.Next("project/410325/P05-1-01", new ProjectRegistered("P05-1-01", "项目", ProjectKind.Project, 5, "交通", 1, null, 1, Stage.Planned, []), begin),
            feed.Next("alert-rules/410325", new ReportingContractSet(
                new("values", "统计局", "indicators.value-reported.v1", null, 5, null, 2, true, null, "约定"), new(2022, 1, 1), "约定"), begin),
            feed.Next(alert, new AlertRaised(
                id, AlertKind.FeedLate, Severity.Info, "410325", Level.County, "统计局", "values", null, "统计局报送逾期", "late", "1", source, new(2022, 2, 8)), begin.AddDays(38)),
            feed.Next(alert, new AlertResolved(id, Resolution.Fact, true, null, null, null, null, new(2022, 2, 20)), begin.AddDays(50)),
        ];
        await feed.Say(said);
        await CaughtUp(evaluation, postgres, said.Length, () => feed.Say(said));

        var late = (await Items(evaluation, "/v1/scoreboard?asOf=2022-02-10")).ToDictionary(row => row!["code"]!.GetValue<string>(), row => row!["stale"]);
        Assert.Equal(("values", "late", "2022-02-08"), (
            late["gdp"]![0]!["contract"]!.GetValue<string>(), late["gdp"]![0]!["why"]!.GetValue<string>(), late["gdp"]![0]!["since"]!.GetValue<string>()));
        Assert.Null(late["forest"]);
        Assert.Null((await Items(evaluation, "/v1/projects?asOf=2022-02-10"))[0]!["stale"]);
        foreach (var path in new[] { "/v1/scoreboard?asOf=2022-02-01", "/v1/scoreboard?asOf=2022-02-25", "/v1/scoreboard" })
            Assert.All(await Items(evaluation, path), row => Assert.Null(row!["stale"]));
    }

    [Fact]
    public async Task Between_two_days_every_figure_that_changed_says_why_and_every_figure_what_is_beneath_it()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        var (early, late) = (begin.AddDays(30), begin.AddDays(400));
        string Of(string code) => $"indicator/410325/{code}";
        TargetSet Target(string code) => code == "adjusted"
            ? new(code, 2025, TargetKind.Delegated, null, null, null, null)
            : new(code, 2025, TargetKind.IncreaseTo, 150, null, null, null);
        ValueReported Reported(string code, string? document = null) => new(code, "2021", 110, ValueStatus.Preliminary, document, null);
        CommittedEvent[] said =
        [
            .. new[] { "same", "revised", "withdrawn", "adjusted", "late", "air" }.SelectMany(code => new[]
            {
                feed.Next(Of(code), Defined(code), early), feed.Next(Of(code), Target(code), early),
                feed.Next(Of(code), new DutyAssigned(code, "统计局", "统计局", 90), early),
            }),
            .. new[] { "same", "revised", "withdrawn", "adjusted" }.Select(code => feed.Next(Of(code), Reported(code), early)),
            feed.Next(Of("revised"), new ValueRevised(
                "revised", "2021", 110, ValueStatus.Preliminary, 108, ValueStatus.Final, "最终核实", "统字〔2023〕2号", null, null, RevisionReason.FinalVerification), late),
            feed.Next(Of("withdrawn"), new ValueWithdrawn("withdrawn", "2021", 110, ValueStatus.Preliminary, "误报", null, new(2023, 2, 1)), late),
            feed.Next(Of("adjusted"), new TargetHandedDown("adjusted", 2021, TargetKind.AtLeast, 140, "洛政〔2023〕1号", null, null), late),
            feed.Next(Of("late"), Reported("late"), late),
            feed.Next("figures/410325/county-air", new DayAssessed("county-air", new(2021, 5, 1), "GB 3095-2012", [], null, null, 1), early, "系统/figures"),
            feed.Next("figures/410325/county-air", new DayAssessed("county-air", new(2021, 5, 1), "GB 3095-2012", [], null, null, 2), early, "系统/figures"),
            feed.Next("figures/410325/county-air", new YearAssessed("county-air", 2021, "GB 3095-2012", null, null, [], null, 1), early, "系统/figures"),
            feed.Next(Of("air"), Reported("air", "environment.year-assessed county-air/2021 r1"), late, "系统/environment"),
            feed.Next(Of("new"), Defined("new"), late),
        ];
        await feed.Say(said);
        await CaughtUp(evaluation, postgres, said.Length, () => feed.Say(said));

        var changes = (await Items(evaluation, "/v1/compare?from=2022-03-01&to=2023-03-31&on=2022-12-31")).ToDictionary(one => one!["code"]!.GetValue<string>(), one => one!);
        Assert.Equal(["adjusted", "air", "late", "new", "revised", "withdrawn"], changes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["revised-final-verification"], Causes("revised"));
        Assert.Equal(["withdrawn"], Causes("withdrawn"));
        Assert.Equal(["target-handed-down"], Causes("adjusted"));
        Assert.Equal(["late-report"], Causes("late"));
        Assert.Equal("added", changes["new"]["how"]!.GetValue<string>());
        var value = changes["revised"]["fields"]!.AsArray().Single(field => field!["field"]!.GetValue<string>() == "latest.value")!;
        Assert.Equal((110m, 108m), (value["old"]!.GetValue<decimal>(), value["new"]!.GetValue<decimal>()));
        var because = changes["revised"]["causes"]![0]!["entry"]!;
        Assert.Equal(("最终核实", "统字〔2023〕2号"), (because["reason"]!.GetValue<string>(), because["document"]!.GetValue<string>()));
        // The other way round, what was added is gone.
        var back = (await Items(evaluation, "/v1/compare?from=2023-03-31&to=2022-03-01&on=2022-12-31")).Single(one => one!["code"]!.GetValue<string>() == "new");
        Assert.Equal("removed", back!["how"]!.GetValue<string>());
        Assert.Empty(await Items(evaluation, "/v1/compare?from=2022-03-01&to=2022-03-02&on=2022-12-31"));

        var drilled = JsonNode.Parse(await evaluation.Http.GetStringAsync(new Uri("/v1/drill/scoreboard/air?asOf=2023-03-31&on=2022-12-31", UriKind.Relative), cancel))!;
        Assert.Equal(110, drilled["row"]!["latest"]!["value"]!.GetValue<decimal>());
        Assert.Equal(4, drilled["facts"]!.AsArray().Count);
        Assert.Equal("environment.year-assessed.v1", drilled["assessments"]![0]!["type"]!.GetValue<string>());
        // A day's latest revision is what the year rests on.
        Assert.Equal(2, Assert.Single(drilled["days"]!.AsArray())!["data"]!["revision"]!.GetValue<int>());

        string[] Causes(string code) => [.. changes[code]["causes"]!.AsArray().Select(one => one!["cause"]!.GetValue<string>())];
    }

    [Fact]
    public async Task Two_times_side_by_side_say_what_changed_and_why()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        DateTimeOffset Day(int day) => begin.AddDays(day).AddHours(4);
        var figures = new AirSummary([], 320, 365, 87.7m, 4.12m, false);
        CommittedEvent[] said =
        [
            feed.Next("indicator/410325/gdp", Defined("gdp"), Day(0)),
            feed.Next("indicator/410325/gdp", new TargetSet("gdp", 2025, TargetKind.IncreaseTo, 150, null, null, null), Day(0)),
            feed.Next("indicator/410325/gdp", new ValueReported("gdp", "2021", 105, ValueStatus.Preliminary, null, null), Day(10)),
            feed.Next("indicator/410325/quiet", Defined("quiet"), Day(0)),
            feed.Next("indicator/410325/air", Defined("air"), Day(0)),
            feed.Next("environment/410325/air", new DayAssessed("county-air", new DateOnly(2021, 5, 1), "gb3095-2012", [], null, null, 1), Day(1)),
            feed.Next("environment/410325/air", new DayAssessed("county-air", new DateOnly(2021, 5, 1), "gb3095-2012", [], null, null, 2), Day(2)),
            feed.Next("environment/410325/air", new YearAssessed("county-air", 2021, "gb3095-2012", figures, null, [], null, 1), Day(3)),
            feed.Next("indicator/410325/air", new ValueReported(
                "air", "2021", 87.7m, ValueStatus.Preliminary, "environment.year-assessed county-air/2021 r1", null), Day(12)),
            feed.Next("indicator/410325/gdp", new ValueRevised(
                "gdp", "2021", 105, ValueStatus.Preliminary, 112, ValueStatus.Preliminary, "录入错误", "洛统〔2022〕3号", null), Day(20)),
            feed.Next("indicator/410325/air", new ValueWithdrawn("air", "2021", 87.7m, ValueStatus.Preliminary, "误报", null, new DateOnly(2022, 1, 25)), Day(24)),
            feed.Next("project/410325/p1", new ProjectRegistered(
                "p1", "项目", ProjectKind.Project, 3, "专栏3", 1, null, 1, Stage.Planned, []), Day(21)),
        ];
        await feed.Say(said);
        await CaughtUp(evaluation, postgres, said.Length, () => feed.Say(said));
        var withdrawn = (await Items(evaluation, "/v1/audit?stream=indicator/410325/air"))[^1]!["position"]!.GetValue<long>();

        var changes = await Items(evaluation, "/v1/compare?view=scoreboard&from=2022-01-15&to=2022-01-31&on=2021-12-31");
        Assert.Equal(["air", "gdp"], changes.Select(change => Text(change, "code")));
        var (air, gdp) = (changes[0]!, changes[1]!);
        var value = Assert.Single(gdp["fields"]!.AsArray(), field => Text(field, "field") == "latest.value")!;
        Assert.Equal((105, 112), (value["old"]!.GetValue<decimal>(), value["new"]!.GetValue<decimal>()));
        var cause = Assert.Single(gdp["causes"]!.AsArray())!;
        Assert.Equal(("correction", "correction"), (Text(cause, "cause"), Text(cause, "causeName")));
        Assert.Equal(
            ("录入错误", "洛统〔2022〕3号", "统计局/test", said[9].Id.ToString(), said[9].Receipt),
            (Text(cause["entry"], "reason"), Text(cause["entry"], "document"), Text(cause["entry"], "actor"), Text(cause["entry"], "eventId"),
                Text(cause["entry"], "receiptId")));
        // A figure that is gone is shown as well.
        Assert.Equal("withdrawn", Text(Assert.Single(air["causes"]!.AsArray()), "cause"));
        Assert.Contains(air["fields"]!.AsArray(), field => Text(field, "field")!.StartsWith("latest", StringComparison.Ordinal) &&
            field!["old"] is not null && field["new"] is null);
        Assert.Empty(await Items(evaluation, "/v1/compare?from=2022-01-26&to=2022-01-31&on=2021-12-31"));
        // Backwards it is the same the other way round.
        var back = await Items(evaluation, "/v1/compare?from=2022-01-31&to=2022-01-15&on=2021-12-31");
        Assert.Equal(["air", "gdp"], back.Select(change => Text(change, "code")));
        // By positions, and by a position and a time.
        foreach (var between in new[] { $"from=@{withdrawn - 1}&to=@{withdrawn}", $"from=@{withdrawn - 1}&to=2022-01-31", $"from=2022-01-31&to=@{withdrawn - 1}" })
        {
            var there = Assert.Single(
                await Items(evaluation, $"/v1/compare?{between}&on=2021-12-31"), change => Text(change, "code") == "air")!;
            Assert.Equal("withdrawn", Text(Assert.Single(there["causes"]!.AsArray()), "cause"));
        }

        // A period is its last day.
        foreach (var path in new[] { "/v1/scoreboard?asOf=2022-01-15", "/v1/compare?from=2022-01-15&to=2022-01-31" })
            Assert.Equal(
                (await Items(evaluation, $"{path}&on=2021-12-31")).ToJsonString(), (await Items(evaluation, $"{path}&for=2021")).ToJsonString());
        foreach (var (wrong, refused) in new[] { ("for=21", "not-a-period"), ("for=2021&on=2021-12-30", "period-and-day-differ") })
        {
            using var answer = await evaluation.Http.GetAsync(new Uri($"/v1/scoreboard?{wrong}", UriKind.Relative), cancel);
            Assert.Equal((HttpStatusCode.BadRequest, refused), (answer.StatusCode, Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel)), "code")));
        }

        var project = Assert.Single(await Items(evaluation, "/v1/compare?view=projects&from=2022-01-15&to=2022-01-31"))!;
        Assert.Equal(("p1", "added", "described"), (Text(project, "code"), Text(project, "how"), Text(project["causes"]![0], "cause")));

        var drilled = await One(evaluation, "/v1/drill/scoreboard/air?asOf=2022-01-15&on=2021-12-31");
        Assert.Equal(["definition", "reported"], drilled["facts"]!.AsArray().Select(fact => Text(fact, "cause")));
        Assert.Equal(said[7].Id.ToString(), Text(Assert.Single(drilled["assessments"]!.AsArray()), "eventId"));
        // Of a day that was judged twice, the one in force.
        Assert.Equal(said[6].Id.ToString(), Text(Assert.Single(drilled["days"]!.AsArray()), "eventId"));
        using var unknown = await evaluation.Http.GetAsync(new Uri("/v1/drill/scoreboard/nothing", UriKind.Relative), cancel);
        Assert.Equal(404, (int)unknown.StatusCode);

        static string? Text(JsonNode? node, string field) => node?[field]?.GetValue<string>();
    }

    static IndicatorDefined Defined(string code) => new(
        code, $"指标{code}", code, "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", new(2020, 100, null), [], 1, null);

    /// <summary>Streams of indicators and projects, each in its own time, in the order in which they were recorded.</summary>
    static List<CommittedEvent> History(LedgerFeed feed, Random random)
    {
        var all = new List<CommittedEvent>();
        for (var number = 0; number < 12; number++)
        {
            var (code, at) = ($"i{number}", begin.AddMinutes(random.Next(5_000)));
            var stream = $"indicator/410325/{code}";
            all.Add(feed.Next(stream, Defined(code), at));
            all.Add(feed.Next(stream, new TargetSet(code, 2025, TargetKind.IncreaseTo, 150 + number, null, null, null), at));
            var known = new Dictionary<string, decimal>();
            for (var step = 0; step < 30; step++)
            {
                // Some are recorded in the same instant.
                at = at.AddMinutes(random.Next(4) == 0 ? 0 : random.Next(Days * 1_440 / 12));
                var period = periods[random.Next(periods.Length)];
                var value = 100 + random.Next(100);
                object data = !known.TryGetValue(period, out var old)
                    ? new ValueReported(code, period, known[period] = value, ValueStatus.Preliminary, null, null)
                    : random.Next(8) switch
                    {
                        0 => new ValueVerified(code, period, old, ValueStatus.Preliminary, null),
                        1 when known.Remove(period) => new ValueWithdrawn(code, period, old, ValueStatus.Preliminary, "误报", null, new DateOnly(2022, 1, 1)),
                        2 => new TargetHandedDown(code, 2022, TargetKind.AtLeast, 120 + random.Next(9), "洛政〔2022〕1号", null, null),
                        3 => new TargetAdjusted(
                            code, $"a{step}", null, new(code, 2025, TargetKind.IncreaseTo, 130 + random.Next(90), null, null, null), "决议1号",
                            ChinaTime.Day(at), ChinaTime.Day(at).AddDays(random.Next(-300, 90))),
                        4 => new VintageAdded(code, period, 90 + random.Next(90), ValueStatus.Flash, new(2021, 12, 1), null, null),
                        5 => new AttributeSet(code, Nature.Expected, random.Next(2) == 0 ? Nature.Binding : Nature.Expected, "认定", null),
                        _ => new ValueRevised(
                            code, period, old, ValueStatus.Preliminary, known[period] = value, ValueStatus.Preliminary, "更正", null, null),
                    };
                all.Add(feed.Next(stream, data, at));
            }
        }

        for (var number = 0; number < 10; number++)
        {
            var (code, at) = ($"p{number}", begin.AddMinutes(random.Next(5_000)));
            var stream = $"project/410325/{code}";
            all.Add(feed.Next(stream, new ProjectRegistered(code, $"项目{code}", ProjectKind.Project, 3, "专栏3", 1, null, number, Stage.Planned, []), at));
            for (var month = 0; month < 24; month++)
            {
                at = at.AddMinutes(random.Next(Days * 1_440 / 12));
                all.Add(feed.Next(stream, new InvestmentReported(code, $"{2022 + month / 12}-{month % 12 + 1:00}", new Money(random.Next(900), "CNY", 4)), at));
                if (month % 7 == 3)
                    all.Add(feed.Next(stream, new LampChanged(
                        code, $"项目{code}", Aspect.Overall, Lamp.Green, random.Next(2) == 0 ? Lamp.Red : Lamp.Green, ChinaTime.Day(at), "shipped-1", "投资"), at));
                if (month == 5) all.Add(feed.Next(stream, new StageAdvanced(code, Stage.Planned, Stage.Preparing, null, ChinaTime.Day(at)), at));
            }
        }

        for (var number = 0; number < 12; number++) all.AddRange(Cases(feed, random, number));
        for (var number = 0; number < 4; number++) all.AddRange(Station(feed, random, number));
        foreach (var version in Enumerable.Range(1, 3))
        {
            var at = begin.AddDays(300 * version);
            all.Add(feed.Next("verdict-rules/410325", new VerdictRulesPublished(
                VerdictRules.Shipped with { Version = $"v{version}", EffectiveFrom = ChinaTime.Day(at).AddDays(-100), NearlyShare = 0.7m + 0.05m * version }, "试行"), at));
        }

        return all;
    }

    /// <summary>A household of one of four townships that comes to be at risk, and again after that is over.</summary>
    static IEnumerable<CommittedEvent> Cases(LedgerFeed feed, Random random, int number)
    {
        var (town, at) = ($"41032510{number % 4}", begin.AddMinutes(random.Next(5_000)));
        if (number < 3) yield return feed.Next($"area/410325/{town}", new AreaRegistered(town, $"镇{number}", $"Town {number}", AreaKind.Town, []), at);
        var id = new Guid(number, 0, 0, new byte[8]);
        var cause = (RiskCause)random.Next(8);
        for (var episode = 1; episode <= 3; episode++)
        {
            DateOnly on = ChinaTime.Day(at);
            object[] happened =
            [
                new RiskDetected(
                    id, episode, town + "001", HouseholdCategory.Ordinary, cause, Channel.CadreSurvey, false, null, null, null, null, null, [], on),
                new DeadlineBreached(id, episode, town + "001", "home-visit", "v1", CaseAction.HomeVisit, Level.Village, on),
                new HomeVisited(id, episode, Chain.Inclusion, 2, true, [RiskCause.Illness], null, on),
                .. random.Next(3) switch
                {
                    0 => new object[] { new ClueClosed(id, episode, "查无风险", null, on) },
                    1 => [new VillageAssessed(id, episode, Chain.Inclusion, false, "不符合条件", on)],
                    _ =>
                    [
                        new CountyDecided(id, episode, Chain.Inclusion, true, MonitoredType.MarginallyPoor, 7_000, 8_000, null, null, on),
                        new HouseholdChanged(id, $"41032510{random.Next(4)}001", HouseholdCategory.Ordinary, "搬迁", on),
                        new RiskRemovalProposed(id, episode, RemovalKind.Assisted, on, on),
                        new RiskEliminated(id, episode, RemovalKind.Assisted, on),
                    ],
                },
            ];
            foreach (var data in happened) yield return feed.Next($"household/410325/{id}", data, at = at.AddMinutes(random.Next(20_000)));
        }
    }

    /// <summary>A station whose registration, alarms and figures each are told in their own time.</summary>
    static IEnumerable<CommittedEvent> Station(LedgerFeed feed, Random random, int number)
    {
        var (mn, registered) = ($"MN{number}", begin.AddMinutes(random.Next(5_000)));
        var units = new Dictionary<string, string> { ["a34004"] = "μg/m3" };
        var station = new StationRegistered(mn, $"站{number}", Medium.Air, "410325100", units);
        yield return feed.Next($"station/410325/{mn}", station, registered);
        yield return feed.Next(
            $"station/410325/{mn}", new StationChanged(mn, new DateOnly(2022, 6, 1), station with { Name = $"新站{number}" }, "迁址"),
            registered.AddMinutes(random.Next(100_000)));
        var at = registered;
        for (var step = 0; step < 8; step++)
        {
            at = at.AddMinutes(random.Next(60_000));
            yield return feed.Next($"alarms/410325/{mn}", (step % 4) switch
            {
                0 => new LimitExceeded(mn, "a34004", at, 3, 180.5m, 75, "gb3095-2012", "v1"),
                1 => new StationSilent(mn, at, 5, "v1"),
                2 => new StationHeard(mn, at, at),
                _ => new ExceedanceEnded(mn, "a34004", at, at, 9, 190),
            }, at);
        }

        for (var month = 1; month <= 12; month++)
        {
            at = begin.AddMonths(month);
            for (var said = 0; said < 6; said++)
            {
                at = at.AddMinutes(random.Next(20_000));
                var air = new AirDay(random.Next(30, 160), (AirLevel)random.Next(1, 4), [], [], []);
                yield return feed.Next($"figures/410325/{mn}/2022-{month:00}", new DayAssessed(
                    mn, new DateOnly(2022, month, random.Next(1, 29)), "gb3095-2012", [], air, null, 1 + said), at);
            }
        }

        for (var year = 2021; year <= 2022; year++)
            yield return feed.Next($"figures/410325/{mn}/{year}", new YearAssessed(
                mn, year, "gb3095-2012", new AirSummary([], 300 + number, 365, 87.7m, 4.12m, number % 2 == 0), null, [], null, 1),
                begin.AddMinutes(random.Next(400_000)));
    }

    /// <summary>Streams keep their order, and one another's not: some arrive late.</summary>
    static List<CommittedEvent> Arriving(List<CommittedEvent> history, Random random)
    {
        var queues = history.GroupBy(e => e.Stream).Select(stream => new Queue<CommittedEvent>(stream)).ToList();
        var arriving = new List<CommittedEvent>();
        while (queues.Count > 0)
        {
            var next = queues[random.Next(queues.Count)];
            arriving.Add(next.Dequeue());
            if (next.Count == 0) queues.Remove(next);
        }

        return arriving;
    }

    async Task Same(ServiceProcess evaluation, Fold fold, string asOf, DateOnly on, string what, DateOnly? day = null)
    {
        // Nothing is asked for where what is known now is meant.
        var at = asOf.Length == 0 ? "" : $"asOf={asOf}&";
        Equal(CaseLoad.Of(fold.Cases, true).ToDictionary(row => $"{row.Area} {row.StateName}", row => Json(row)),
            (await Items(evaluation, $"/v1/cases/load?{at}limit=1000"))
                .ToDictionary(row => $"{row!["area"]!.GetValue<string>()} {row["stateName"]!.GetValue<string>()}", row => row!.ToJsonString()), what);
        Equal(StationRow.Of(fold.Stations, day ?? ChinaTime.Day(TimeProvider.System.GetUtcNow()), true).ToDictionary(row => row.Mn, row => Json(row)),
            (await Items(evaluation, $"/v1/stations?{at}limit=1000")).ToDictionary(row => row!["mn"]!.GetValue<string>(), row => row!.ToJsonString()), what);
        var rows = fold.Scoreboard(on, english: true);
        Equal(rows.ToDictionary(row => row.Code, row => Json(row)),
            (await Items(evaluation, $"/v1/scoreboard?{at}on={on:yyyy-MM-dd}&limit=1000")).ToDictionary(row => row!["code"]!.GetValue<string>(), row => row!.ToJsonString()), what);
        Equal(fold.Projects.ToDictionary(one => one.Code, one => Json(one)),
            (await Items(evaluation, $"/v1/projects?{at}limit=1000")).ToDictionary(row => row!["code"]!.GetValue<string>(), row => row!.ToJsonString()), what);
    }

    static string Json<T>(T value) => JsonNode.Parse(JsonSerializer.Serialize(value, EventJson.Options))!.ToJsonString();

    static void Equal(Dictionary<string, string> expected, Dictionary<string, string> shown, string what)
    {
        Assert.True(expected.Count == shown.Count, $"{what}: {expected.Count} expected, {shown.Count} shown");
        foreach (var (code, row) in expected) Assert.True(row == shown.GetValueOrDefault(code), $"{what}, {code}:\n{row}\n{shown.GetValueOrDefault(code)}");
    }

    async Task<JsonArray> Items(ServiceProcess evaluation, string path) => (await One(evaluation, path))["items"]!.AsArray();

    async Task<JsonNode> One(ServiceProcess evaluation, string path)
    {
        using var answer = await evaluation.Http.GetAsync(new Uri(path, UriKind.Relative), cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    static DocumentStore Store(string postgres) => DocumentStore.For(options =>
    {
        options.Connection(postgres);
        ServiceHost.ConfigureStore(options, "evaluation", TimeProvider.System);
        Ledger.Configure(options);
    });

    async Task CaughtUp(ServiceProcess evaluation, string postgres, long events, Func<Task> again)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        for (var attempt = 0; ; attempt++)
        {
            await using var command = database.CreateCommand("""
                select (select count(*) from evaluation.mt_events) >= $1 and (select count(*) from evaluation.mt_event_progression where name like '%-history%') = 6 and
                    not exists (select from evaluation.mt_event_progression where name like '%-history%' and last_seq_id < (select max(seq_id) from evaluation.mt_events))
                """);
            command.Parameters.Add(new NpgsqlParameter { Value = events });
            if (await command.ExecuteScalarAsync(cancel) is true) return;
            Assert.True(attempt < 2_400, $"The ledger's views did not catch up.\n{evaluation.Log}");
            // What the ledger asks for once more, a source would say again.
            if (attempt % 50 == 49) await again();
            await Task.Delay(100, cancel);
        }
    }

    static async Task<string> Dump(string postgres)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        await using var command = database.CreateCommand("""
            select string_agg(row, E'\n' order by row)
            from (select h::text from evaluation.history_indicators h union all select h::text from evaluation.history_projects h
                  union all select d::text from evaluation.history_indicators_days d union all select d::text from evaluation.history_projects_days d
                  union all select h::text from evaluation.history_cases h union all select h::text from evaluation.history_stations h
                  union all select c::text from evaluation.history_cases_changes c) all_rows (row)
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
