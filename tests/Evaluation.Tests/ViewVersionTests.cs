using System.Globalization;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using Marten;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>Evaluation in this process, with two views that also have a changed version: one counts money twice, one fails on an indicator.</summary>
public sealed class TwoVersions : WebApplicationFactory<Program>, IAsyncLifetime
{
    readonly TestKeys keys = new();
    string postgres = "", amqp = "";

    /// <summary>Whether the second version of the indicators fails on the indicator <c>poison</c>.</summary>
    public bool Broken { get; set; } = true;

    public HttpClient Http { get; private set; } = null!;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var servers = await TestServers.Shared;
        (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        Database = NpgsqlDataSource.Create(postgres);
        string[] arguments = ["migrate", .. Settings.Select(one => $"--{one.Key}={one.Value}")];
        await (Task)typeof(Program).GetMethod("<Main>$", BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [arguments])!;
        await Execute(View.Schema([.. Changed, .. View.Shipped]));
        UseKestrel(0);
        StartServer();
        Http = CreateClient();
        Http.DefaultRequestHeaders.Add("X-Api-Key", keys.Key);
        Http.DefaultRequestHeaders.Add("Accept-Language", "en");
    }

    Dictionary<string, string> Settings => new()
    {
        ["ConnectionStrings:Postgres"] = postgres, ["ConnectionStrings:RabbitMq"] = amqp, ["ApiKeys:File"] = keys.File, ["Log:KeyFile"] = keys.LogFile,
        ["Log:Folder"] = keys.LogFolder,
    };

    IEnumerable<View> Changed
    {
        get
        {
            return
            [
                View.Of<ProjectStanding>("projects", 2, ProjectStandings.Types, (known, id, e) =>
                    ProjectStandings.Evolve(known, id, e) is { } next && e.Data is InvestmentReported { Code: "p1" } reported
                        ? next with { InvestedYuan = next.InvestedYuan + reported.Amount.Units }
                        : ProjectStandings.Evolve(known, id, e)),
                View.Of<IndicatorStanding>("indicators", 2, IndicatorStandings.Types, (known, id, e) =>
                    Broken && e.Data is ValueReported { Code: "poison" } ? throw new OverflowException("too large") : IndicatorStandings.Evolve(known, id, e)),
            ];
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (name, value) in Settings) builder.UseSetting(name, value);
        builder.ConfigureServices(services =>
        {
            foreach (var view in Changed) services.AddSingleton(view);
        });
        builder.ConfigureLogging(log => log.ClearProviders());
    }

    /// <summary>Records events as the ledger does; answers the position of the last.</summary>
    public async Task<long> Record(string stream, DateTimeOffset at, params object[] events)
    {
        await using var session = Services.GetRequiredService<IDocumentStore>().LightweightSession(TestKeys.Tenant);
        session.Events.Append(stream, events.Select(data =>
        {
            var wrapped = session.Events.BuildEvent(data);
            wrapped.Timestamp = at;
            wrapped.UserName = "统计局/tests";
            wrapped.SetHeader(Ledger.LedgeredAt, TimeProvider.System.GetUtcNow().ToString("O"));
            return (object)wrapped;
        }));
        await session.SaveChangesAsync();
        await using var last = Database.CreateCommand("select max(seq_id) from evaluation.mt_events");
        return (long)(await last.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Database.DisposeAsync();
    }
}

/// <summary>A view that fails stands still alone, certificates show what a view saw, and a changed version takes over once signed.</summary>
public sealed class ViewVersionTests(TwoVersions service) : IClassFixture<TwoVersions>
{
    static readonly DateTimeOffset begin = new(2023, 3, 1, 8, 0, 0, TimeSpan.Zero);

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    static IndicatorDefined Defined(string code) => new(
        code, "指标", "Indicator", "亿元", Nature.Expected, Direction.Increase, "fyp14", $"专栏2/{code}", null, [], 1, null);

    static ValueReported Reported(string code, int year) => new(code, $"{year}", year, ValueStatus.Preliminary, null, null);

    [Fact]
    public async Task An_event_that_cannot_be_handled_stops_one_view_until_a_person_tries_again_or_leaves_it_out()
    {
        await service.Record("indicator/410325/gdp", begin, Defined("gdp"), Reported("gdp", 2021));
        var position = await service.Record("indicator/410325/poison", begin, Defined("poison"), Reported("poison", 2021));
        await service.Record("indicator/410325/gdp", begin.AddDays(1), Reported("gdp", 2022));
        var failed = await Until("indicators", 2, "failed");
        Assert.Equal(position, failed["failure"]!["position"]!.GetValue<long>());
        Assert.Equal(("indicators.value-reported.v1", "indicator/410325/poison", "OverflowException: too large"),
            (Text(failed["failure"]!, "type"), Text(failed["failure"]!, "stream"), Text(failed["failure"]!, "error")));
        // The others go on, and so does the service.
        foreach (var view in View.Shipped) await Until(view.Name, 1, "current");
        await Until("projects", 2, "current");
        var health = (await Get("/health/ready"))["checks"]!;
        Assert.Equal(("Degraded", "Healthy"), (Text(health["views"]!, "status"), Text(health["store"]!, "status")));
        Assert.Contains($"position {position}", Text(health["views"]!, "description"), StringComparison.Ordinal);

        // Tried again it fails again; nobody tries in the meantime.
        await Task.Delay(1_500, cancel);
        Assert.Equal(Text(failed["failure"]!, "at"), Text((await Until("indicators", 2, "failed"))["failure"]!, "at"));
        Assert.Equal(202, (await Post("indicators/retry?version=2")).Status);
        var again = await Until("indicators", 2, "failed", one => Text(one["failure"]!, "at") != Text(failed["failure"]!, "at"));
        Assert.Equal(position, again["failure"]!["position"]!.GetValue<long>());

        Assert.Equal((409, "position-not-failed"), await Refused("indicators/skip", new { version = 2, position = position + 1, reason = "误报" }));
        Assert.Equal((409, "projection-failed"), await Refused("indicators/takeover", new { version = 2, differing = 1, reason = "已核对" }));
        Assert.Equal((422, "missing"), await Refused("indicators/skip", new { version = 2, position }));
        Assert.Equal(200, (await Post("indicators/skip", new { version = 2, position, reason = "误报，已另行更正" })).Status);
        var left = await Until("indicators", 2, "current");
        Assert.Equal(1, left["skipped"]!.GetValue<int>());
        var entry = (await Items("/v1/audit?stream=projection/410325/indicators"))[^1]!;
        Assert.Equal(("统计局/tests", "误报，已另行更正", $"view indicators version 2, event @{position} skipped"),
            (Text(entry, "actor"), Text(entry, "reason"), Text(entry, "what")));

        // Its day is not complete, the next one is; the version that is read is.
        var days = await Items("/v1/projections/indicators/certificates?from=2023-03-01&to=2023-03-02&version=2");
        Assert.Equal(["skipped", null], days.Select(day => (string?)day!["why"]));
        Assert.Equal((3L, 4L, 1L), (days[0]!["events"]!.GetValue<long>(), days[0]!["stored"]!.GetValue<long>(), days[0]!["skipped"]!.GetValue<long>()));
        Assert.All(await Items("/v1/projections/indicators/certificates?from=2023-03-01&to=2023-03-02"), day =>
            Assert.Equal((true, Text(day!, "storedHash")), (day!["complete"]!.GetValue<bool>(), Text(day, "hash"))));
        Assert.Equal((409, "not-complete"), await Refused("indicators/takeover", new { version = 2, differing = 1, reason = "已核对" }));

        // What failed for another reason passes once that is gone.
        await service.Record("indicator/410325/poison", begin.AddDays(2), Reported("poison", 2022));
        await Until("indicators", 2, "failed");
        service.Broken = false;
        Assert.Equal(202, (await Post("indicators/retry?version=2")).Status);
        await Until("indicators", 2, "current");
        Assert.Equal((409, "projection-not-failed"), await Refused("indicators/retry?version=2", null));
    }

    [Fact]
    public async Task What_a_view_did_not_see_makes_its_figures_unverified()
    {
        var position = await service.Record("verdict-rules/410325", begin.AddYears(1), new VerdictRulesPublished(VerdictRules.Shipped, "测试"));
        await Until("verdict-rules", 1, "current", one => one["position"]!.GetValue<long>() >= position);
        var sound = await Check();
        Assert.Empty(sound["incomplete"]!.AsArray());
        Assert.True((await Get("/v1/scoreboard"))["verified"]!.GetValue<bool>());

        // Somebody puts an event into the ledger past the views.
        await service.Execute("""
            insert into evaluation.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select -1, gen_random_uuid(), stream_id, version + 1, data, type, timestamp, tenant_id, mt_dotnet_type, false
            from evaluation.mt_events where type = 'indicators.verdict-rules-published.v1' limit 1
            """);
        var unsound = Assert.Single((await Check())["incomplete"]!.AsArray())!;
        Assert.Equal(("2024-03-01", "differs"), (Text(unsound, "day"), Text(unsound, "why")));
        var scoreboard = await Get("/v1/scoreboard");
        Assert.False(scoreboard["verified"]!.GetValue<bool>());
        Assert.Contains("verdict-rules: differs on 2024-03-01", scoreboard["doubts"]!.AsArray().Select(one => one!.GetValue<string>()));

        await service.Execute("delete from evaluation.mt_events where seq_id = -1");
        await Check();
        Assert.True((await Get("/v1/scoreboard"))["verified"]!.GetValue<bool>());

        async Task<JsonNode> Check()
        {
            var (status, body) = await Post("verdict-rules/checks");
            Assert.Equal(200, status);
            return body!;
        }
    }

    [Fact]
    public async Task A_changed_version_catches_up_beside_the_old_one_and_takes_over_once_signed_while_reading_goes_on()
    {
        foreach (var code in new[] { "p1", "p2" })
            await service.Record($"project/410325/{code}", begin, new ProjectRegistered(code, "项目", ProjectKind.Project, 3, "专栏3", 1, null, 1, Stage.Planned, []),
                new InvestmentReported(code, "2022-12", new Money(100, "CNY", 4)));
        var position = await service.Record("project/410325/p1", begin.AddDays(1), new InvestmentReported("p1", "2023-02", new Money(10, "CNY", 4)));
        foreach (var version in new[] { 1, 2 })
            await Until("projects", version, "current", one => one["position"]!.GetValue<long>() >= position);

        var row = Assert.Single(await Items("/v1/projections/projects/difference"))!;
        Assert.Equal(("project/410325/p1", "changed"), (Text(row, "stream"), Text(row, "how")));
        var field = Assert.Single(row["fields"]!.AsArray())!;
        Assert.Equal(("investedYuan", 1_100_000m, 2_200_000m), (Text(field, "field"), field["old"]!.GetValue<decimal>(), field["new"]!.GetValue<decimal>()));
        Assert.Equal(1_100_000m, await Invested());

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = Task.Run(async () =>
        {
            var seen = new List<decimal>();
            while (!enough.IsCancellationRequested) seen.Add(await Invested());
            return seen;
        }, cancel);
        Assert.Equal((409, "difference-changed"), await Refused("projects/takeover", new { version = 2, differing = 0, reason = "已核对" }));
        Assert.Equal((404, "projection-unknown"), await Refused("projects/takeover", new { version = 3, differing = 0, reason = "已核对" }));
        Assert.Equal("recorded", Text((await Post("projects/takeover", new { version = 2, differing = 1, reason = "口径修订，差异已核对" })).Body!, "result"));
        Assert.Equal(2_200_000m, await Invested());
        Assert.Equal("identical", Text((await Post("projects/takeover", new { version = 2, differing = 1, reason = "口径修订，差异已核对" })).Body!, "result"));
        await enough.CancelAsync();
        // Every answer was one version or the other, and never went back.
        var seen = await reading;
        Assert.Equal([1_100_000m, 2_200_000m], seen.Distinct());
        Assert.Equal(seen.Order(), seen);

        // What was known earlier is read in the same version.
        Assert.Equal(2_000_000m, (await Items("/v1/projects?code=p1&asOf=2023-03-01"))[0]!["investedYuan"]!.GetValue<decimal>());
        Assert.True((await Until("projects", 2, "current"))["read"]!.GetValue<bool>());
        var entry = Assert.Single(await Items("/v1/audit?stream=projection/410325/projects"))!;
        Assert.Equal(("统计局/tests", "口径修订，差异已核对", "1", "2, 1 of 2 rows differ"),
            (Text(entry, "actor"), Text(entry, "reason"), Text(entry, "from"), Text(entry, "to")));

        async Task<decimal> Invested() => (await Items("/v1/projects?code=p1"))[0]!["investedYuan"]!.GetValue<decimal>();
    }

    static string? Text(JsonNode node, string field) => (string?)node[field];

    async Task<JsonNode> Until(string view, int version, string state, Func<JsonNode, bool>? also = null)
    {
        for (var attempt = 0; ; attempt++)
        {
            var all = await Items("/v1/projections");
            var one = all.Single(one => Text(one!, "name") == view && one!["version"]!.GetValue<int>() == version)!;
            if (Text(one, "state") == state && also?.Invoke(one) != false) return one;
            Assert.True(attempt < 2_400, string.Create(CultureInfo.InvariantCulture, $"{view} {version} is not {state}: {all.ToJsonString()}"));
            await Task.Delay(50, cancel);
        }
    }

    async Task<JsonArray> Items(string path) => (await Get(path))["items"]!.AsArray();

    async Task<JsonNode> Get(string path)
    {
        using var answer = await service.Http.GetAsync(new Uri(path, UriKind.Relative), cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    async Task<(int Status, JsonNode? Body)> Post(string path, object? body = null)
    {
        using var answer = await service.Http.PostAsJsonAsync(new Uri($"/v1/projections/{path}", UriKind.Relative), body ?? new { }, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return ((int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    async Task<(int Status, string? Code)> Refused(string path, object? body)
    {
        var (status, answer) = await Post(path, body);
        var row = answer?["errors"]?.AsArray().FirstOrDefault();
        return (status, row is null ? (string?)answer?["code"] : Text(row, "code"));
    }
}
