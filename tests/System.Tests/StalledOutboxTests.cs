using System.Diagnostics;
using System.Net;
using Npgsql;

namespace Monitoring.System.Tests;

/// <summary>What holds the outbox up is waited for and named, and never jumped over.</summary>
public sealed class StalledOutboxTests
{
    [Fact]
    public async Task A_transaction_held_open_between_append_and_commit_is_still_published_and_meanwhile_named()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var county = await County.Start();
        var projects = await county.Run("Projects", environment: ("Health__LagSecondsMax", "4"));
        var evaluation = await county.Run("Evaluation");
        await Register(projects, "P91-1-01", cancel);
        await County.Settled(evaluation, "projects", 1);

        // As a session that dies slowly: the number is drawn and the row written, the commit comes ten seconds later.
        await using var connection = new NpgsqlConnection(await county.Connection("Projects") + ";Application Name=slow-writer");
        await connection.OpenAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var append = new NpgsqlCommand("""
            insert into projects.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('projects.mt_events_sequence'), gen_random_uuid(), stream_id, 2,
                   '{"code": "P91-1-01", "month": "2024-01", "amount": {"amount": 5, "currency": "CNY", "unitMult": 4}}',
                   'projects.investment-reported.v1', now(), tenant_id,
                   'Monitoring.Contracts.Projects.InvestmentReported, Monitoring.Contracts', false
            from projects.mt_events where version = 1;
            update projects.mt_streams set version = 2;
            """, connection, transaction))
            await append.ExecuteNonQueryAsync(cancel);

        await Register(projects, "P91-1-02", cancel);
        var (named, held) = ("", Stopwatch.StartNew());
        while (held.Elapsed < TimeSpan.FromSeconds(10))
        {
            using var health = await projects.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancel);
            if (health.StatusCode == HttpStatusCode.ServiceUnavailable) named = await health.Content.ReadAsStringAsync(cancel);
            await Task.Delay(250, cancel);
        }

        Assert.Contains("slow-writer", named, StringComparison.Ordinal);
        await transaction.CommitAsync(cancel);

        await County.Settled(evaluation, "projects", 3);
        Assert.Equal(
            await Databases.Events(await county.Connection("Projects"), "projects"),
            await Databases.Events(await county.Connection("Evaluation"), "evaluation"));
        await projects.WaitReady();
    }

    [Fact]
    public async Task Events_that_the_broker_lost_are_asked_for_again_and_recorded_in_order()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var county = await County.Start();
        var projects = await county.Run("Projects");
        var evaluation = await county.Run("Evaluation");
        await Register(projects, "P92-1-01", cancel);
        await County.Settled(evaluation, "projects", 1);

        await evaluation.Kill();
        await Invest(projects, "P92-1-01", "2024-01", cancel);
        await Invest(projects, "P92-1-01", "2024-02", cancel);
        await Published(projects, cancel);
        await county.Servers.PurgeQueue("evaluation-ledger");
        await evaluation.Restart();
        await Invest(projects, "P92-1-01", "2024-03", cancel);

        await County.Settled(evaluation, "projects", 4);
        Assert.Equal(
            await Databases.Events(await county.Connection("Projects"), "projects"),
            await Databases.Events(await county.Connection("Evaluation"), "evaluation"));
    }

    /// <summary>Waits until the outbox has handed over everything.</summary>
    static async Task Published(ServiceProcess projects, CancellationToken cancel)
    {
        while (true)
        {
            var health = await projects.Http.GetStringAsync(new Uri("/health/ready", UriKind.Relative), cancel);
            if (health.Contains("\"lagSeconds\":0,", StringComparison.Ordinal)) return;
            await Task.Delay(100, cancel);
        }
    }

    static Task<int> Register(ServiceProcess projects, string code, CancellationToken cancel) => County.PushUntilAcknowledged(
        projects.Http, "/v1/projects", $"code,name,kind,box,boxTitle,group,seq\n{code},项目,project,91,测试,1,1\n", cancel);

    static Task<int> Invest(ServiceProcess projects, string code, string month, CancellationToken cancel) =>
        County.PushUntilAcknowledged(projects.Http, "/v1/investments", $"project,month,amount,unit\n{code},{month},5,万元\n", cancel);
}
