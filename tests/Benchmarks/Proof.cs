using System.Diagnostics;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// What tamper evidence costs: events recorded by the ledger from a full queue while the log keeps up with them, against the same service
/// while the log is held back by a lock on its position.
/// </summary>
static class Proof
{
    const int Months = 20;
    const int Events = Months * ToLedger.Projects;
    const int Rounds = 2;

    public static async Task Run(TestServers servers, Report report)
    {
        var (owned, ledger, amqp) = (await servers.CreateDatabase("projects_proof"), await servers.CreateDatabase("evaluation_proof"), await servers.CreateVirtualHost());
        var keys = new TestKeys();
        await using var projects = await ServiceProcess.Start("Projects", owned, amqp, keys);
        await using var evaluation = await ServiceProcess.Start("Evaluation", ledger, amqp, keys);
        await using var source = NpgsqlDataSource.Create(owned);
        await using var database = NpgsqlDataSource.Create(ledger);
        await ToLedger.Push(projects.Http, "/v1/projects", ToLedger.Registrations());
        while (await ToLedger.Recorded(database) < ToLedger.Projects) await Task.Delay(20);
        var (without, with, behind) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= 2 * Rounds; round++)
        {
            await evaluation.Kill();
            await Publish(projects, source, round);
            var (before, end) = (ToLedger.Projects + round * (long)Events, ToLedger.Projects + (round + 1L) * Events);
            var logged = round % 2 == 0;
            await using var holder = await database.OpenConnectionAsync();
            await using var transaction = await holder.BeginTransactionAsync();
            if (!logged)
            {
                await using var hold = new NpgsqlCommand("select position from evaluation.log_position for update", holder);
                await hold.ExecuteScalarAsync();
            }

            await evaluation.Restart();
            // The first quarter warms the service up and does not count.
            while (await ToLedger.Recorded(database) < before + Events / 4) await Task.Delay(2);
            var (early, watch) = (await ToLedger.Recorded(database), Stopwatch.StartNew());
            while (await ToLedger.Recorded(database) < end) await Task.Delay(5);
            var rate = (end - early) / watch.Elapsed.TotalSeconds;
            await transaction.RollbackAsync();
            watch.Restart();
            while (await Scalar(database, "select coalesce(sum(size), 0)::bigint from evaluation.log_head") < end) await Task.Delay(5);
            if (round == 0) continue;
            (logged ? with : without).Add(rate);
            if (logged) behind.Add(watch.Elapsed.TotalMilliseconds);
            else report.Add("events logged after a halt", $"{Events / watch.Elapsed.TotalSeconds:#,0}/s", "beside the views");
        }

        report.Add("events recorded while the log keeps up", Ingest.Median(with), Ingest.Median(without), 0.9, "baseline: the same without the log");
        report.Add("log behind the ledger at the end of that", $"{Ingest.Median(behind):0} ms");
        report.Peak("Evaluation (proof)", evaluation.ProcessId);
    }

    /// <summary>Reports a round's months of investment, and returns when all of it waits in the ledger's queue.</summary>
    static async Task Publish(ServiceProcess projects, NpgsqlDataSource source, int round)
    {
        for (var month = 0; month < Months; month++) await ToLedger.Push(projects.Http, "/v1/investments", ToLedger.Investments(round * Months + month, 0, ToLedger.Projects));
        while (await Scalar(source, "select max(seq_id) from projects.mt_events") !=
               await Scalar(source, "select coalesce(max(last_seq_id), 0) from projects.mt_event_progression where name = 'Outbox:All'")) await Task.Delay(20);
    }

    static async Task<long> Scalar(NpgsqlDataSource ledger, string sql)
    {
        await using var command = ledger.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
