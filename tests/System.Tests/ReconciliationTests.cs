using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Npgsql;

namespace Monitoring.System.Tests;

/// <summary>What is not alike in a source and the ledger is found and named, and what the ledger lost at the end of a stream comes back.</summary>
public sealed class ReconciliationTests
{
    const int Projects = 30;
    const int Months = 5;
    const int Events = Projects * (Months + 1);

    static readonly TimeSpan patience = TimeSpan.FromSeconds(180);
    static readonly string[] registrations = ["code,name,kind,box,boxTitle,group,seq"];
    static readonly string[] investments = ["project,month,amount,unit"];

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    static string Code(int project) => string.Create(CultureInfo.InvariantCulture, $"P93-1-{project:000}");

    static string Stream(int project) => $"project/410325/{Code(project)}";

    async Task<(ServiceProcess Source, ServiceProcess Evaluation)> Recorded(County county, params (string, string)[] settings)
    {
        var projects = await county.Run("Projects");
        var evaluation = await county.Run(
            "Evaluation", true, [("Reconciliation__SettledSeconds", "0"), ("Reconciliation__NightlyAt", "23:59:59"), .. settings]);
        await County.PushUntilAcknowledged(projects.Http, "/v1/projects", string.Join('\n', registrations.Concat(
            Enumerable.Range(1, Projects).Select(project => $"{Code(project)},项目 {project},project,93,测试,1,{project}"))), cancel);
        await County.PushUntilAcknowledged(projects.Http, "/v1/investments", string.Join('\n', investments.Concat(
            from project in Enumerable.Range(1, Projects)
            from month in Enumerable.Range(1, Months)
            select string.Create(CultureInfo.InvariantCulture, $"{Code(project)},2024-{month:00},{project}.{month}0,万元"))), cancel);
        await County.Settled(evaluation, "projects", Events);
        return (projects, evaluation);
    }

    async Task<JsonElement> Get(ServiceProcess evaluation, string path)
    {
        using var json = JsonDocument.Parse(await evaluation.Http.GetStringAsync(new Uri(path, UriKind.Relative), cancel));
        return json.RootElement.Clone();
    }

    async Task<string> Asked(ServiceProcess evaluation)
    {
        using var asked = await evaluation.Http.PostAsync(new Uri("/v1/reconciliations", UriKind.Relative), null, cancel);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        return asked.Headers.Location!.ToString();
    }

    async Task<JsonElement> Done(ServiceProcess evaluation, string asked)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100, cancel))
        {
            var one = await Get(evaluation, asked);
            if (one.TryGetProperty("doneAt", out _)) return one;
            Assert.True(watch.Elapsed < patience, $"{one}\n{evaluation.Log}");
        }
    }

    async Task<JsonElement> Reconciled(ServiceProcess evaluation) => await Done(evaluation, await Asked(evaluation));

    static async Task ByHand(string connection, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    static List<string> Found(JsonElement reconciliation) =>
    [
        .. reconciliation.GetProperty("differences").EnumerateArray().Select(one =>
            $"{one.GetProperty("kind").GetString()} {one.GetProperty("stream").GetString()} {one.GetProperty("version").GetInt64()} " +
            (one.GetProperty("repaired").GetBoolean() ? "repaired" : "standing")),
    ];

    [Fact]
    public async Task What_the_ledger_lost_at_the_end_of_streams_comes_back_and_what_was_changed_by_hand_is_named()
    {
        await using var county = await County.Start();
        var (projects, evaluation) = await Recorded(county);
        var clean = await Reconciled(evaluation);
        Assert.True(clean.GetProperty("equal").GetBoolean(), clean.ToString());
        var source = Assert.Single(clean.GetProperty("sources").EnumerateArray());
        Assert.Equal((Events, Events), (source.GetProperty("sourceEvents").GetInt64(), source.GetProperty("ledgerEvents").GetInt64()));
        Assert.Empty(Found(clean));

        var ledger = await county.Connection("Evaluation");
        // The end of one stream, which still calls itself as long as before; all of another, and its name too.
        await ByHand(ledger, $"""
            delete from evaluation.mt_events where stream_id = '{Stream(3)}' and version >= 5;
            delete from evaluation.mt_events where stream_id = '{Stream(7)}';
            delete from evaluation.mt_events where stream_id = '{Stream(9)}';
            delete from evaluation.mt_streams where id = '{Stream(9)}';
            """);
        var repaired = await Reconciled(evaluation);
        Assert.Equal(
            [
                $"missing {Stream(3)} 5 repaired", $"missing {Stream(3)} 6 repaired",
                .. Enumerable.Range(1, 6).Select(version => $"missing {Stream(7)} {version} repaired"),
                .. Enumerable.Range(1, 6).Select(version => $"missing {Stream(9)} {version} repaired"),
            ],
            Found(repaired).Order(StringComparer.Ordinal));
        Assert.True(repaired.GetProperty("equal").GetBoolean(), repaired.ToString());
        Assert.Equal(
            await Databases.Events(await county.Connection("Projects"), "projects"),
            await Databases.Events(ledger, "evaluation"));

        // The stream that was set back goes on.
        await County.PushUntilAcknowledged(projects.Http, "/v1/investments", $"project,month,amount,unit\n{Code(3)},2024-12,5,万元\n", cancel);
        await County.Settled(evaluation, "projects", Events + 1);
        Assert.True((await Reconciled(evaluation)).GetProperty("equal").GetBoolean());
        Assert.True((await Get(evaluation, "/v1/reconciliations/latest")).GetProperty("equal").GetBoolean());
        Assert.Equal(3, (await Get(evaluation, "/v1/reconciliations")).GetProperty("items").GetArrayLength());

        await NamedByHand(evaluation, await county.Connection("Projects"), ledger);
    }

    /// <summary>What was changed by hand on either side is named.</summary>
    async Task NamedByHand(ServiceProcess evaluation, string source, string ledger)
    {
        await ByHand(ledger, $$"""
            update evaluation.mt_events set data = jsonb_set(data, '{amount,amount}', '1000000') where stream_id = '{{Stream(4)}}' and version = 3;
            update evaluation.mt_events set timestamp = timestamp - interval '1 day' where stream_id = '{{Stream(5)}}' and version = 2;
            update evaluation.mt_events set user_name = '别人' where stream_id = '{{Stream(6)}}' and version = 2;
            insert into evaluation.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('evaluation.mt_events_sequence'), gen_random_uuid(), stream_id, 7, data, type, timestamp, tenant_id, mt_dotnet_type, false
            from evaluation.mt_events where stream_id = '{{Stream(8)}}' and version = 6;
            delete from evaluation.mt_events where stream_id = '{{Stream(10)}}' and version = 3;
            update evaluation.mt_events set id = gen_random_uuid() where stream_id = '{{Stream(11)}}' and version = 4;
            """);
        // Decimal places are part of what was said.
        await ByHand(source, $$"""
            update projects.mt_events set data = jsonb_set(data, '{amount,amount}', '12.1') where stream_id = '{{Stream(12)}}' and version = 2
            """);
        var reconciliation = await Reconciled(evaluation);
        Assert.Equal(
            [
                $"differs {Stream(4)} 3 standing", $"differs {Stream(5)} 2 standing", $"differs {Stream(6)} 2 standing", $"extra {Stream(8)} 7 standing",
                $"missing {Stream(10)} 3 standing", $"differs {Stream(11)} 4 standing", $"differs {Stream(12)} 2 standing",
            ],
            Found(reconciliation));
        Assert.False(reconciliation.GetProperty("equal").GetBoolean());
        var health = await Get(evaluation, "/health/ready");
        var check = health.GetProperty("checks").GetProperty("reconciliation");
        Assert.Equal("Degraded", check.GetProperty("status").GetString());
        Assert.Contains(Stream(4), check.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Contains($"differ in {Stream(4)}, version 3", evaluation.Log, StringComparison.Ordinal);
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => evaluation.Run("reconcile"));
        Assert.Contains(Stream(4), failed.Message, StringComparison.Ordinal);
        Assert.Equal("command", (await Get(evaluation, "/v1/reconciliations/latest")).GetProperty("askedBy").GetString());
    }

    [Fact]
    public async Task A_source_that_does_not_answer_is_said_and_a_killed_reconciliation_is_done_anew()
    {
        await using var county = await County.Start();
        var (projects, evaluation) = await Recorded(county, ("Reconciliation__AnswerSeconds", "3"));
        await projects.Kill();
        var watch = Stopwatch.StartNew();
        var unanswered = await Reconciled(evaluation);
        Assert.InRange(watch.Elapsed.TotalSeconds, 2.5, 120);
        Assert.False(unanswered.TryGetProperty("equal", out _), unanswered.ToString());
        Assert.Equal(
            "projects did not answer within 3 s.",
            Assert.Single(unanswered.GetProperty("sources").EnumerateArray()).GetProperty("trouble").GetString());
        var health = (await Get(evaluation, "/health/ready")).GetProperty("checks").GetProperty("reconciliation");
        Assert.Equal("Healthy", health.GetProperty("status").GetString());

        var asked = await Asked(evaluation);
        await Task.Delay(1_500, cancel);
        await evaluation.Kill();
        await projects.Restart();
        await evaluation.Restart();
        var done = await Done(evaluation, asked);
        Assert.True(done.GetProperty("equal").GetBoolean(), done.ToString());
    }
}
