using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// What tamper evidence costs: events recorded by the ledger from a full queue while the log keeps up with them, against the same service
/// while the log is held back by a lock on its position.
/// </summary>
static class Proof
{
    const int Streams = 500;
    const int Events = 40_000;
    const int Rounds = 3;
    const int PublishesAtOnce = 256;

    public static async Task Run(TestServers servers, Report report)
    {
        var (ledger, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", ledger, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var database = NpgsqlDataSource.Create(ledger);
        var (without, with, behind) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= 2 * Rounds; round++)
        {
            await evaluation.Kill();
            await Publish(amqp, round);
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
            while (await Scalar(database, "select count(*) from evaluation.mt_events") < round * (long)Events + Events / 4) await Task.Delay(2);
            var (early, watch) = (await Scalar(database, "select count(*) from evaluation.mt_events"), Stopwatch.StartNew());
            while (await Recorded(database) < (round + 1L) * Events) await Task.Delay(5);
            var rate = ((round + 1L) * Events - early) / watch.Elapsed.TotalSeconds;
            await transaction.RollbackAsync();
            watch.Restart();
            while (await Scalar(database, "select coalesce(sum(size), 0)::bigint from evaluation.log_head") < (round + 1L) * Events) await Task.Delay(5);
            if (round == 0) continue;
            (logged ? with : without).Add(rate);
            if (logged) behind.Add(watch.Elapsed.TotalMilliseconds);
            else report.Add("events logged after a halt", $"{Events / watch.Elapsed.TotalSeconds:#,0}/s", "beside the views");
        }

        report.Add("events recorded while the log keeps up", Ingest.Median(with), Ingest.Median(without), 0.9, "baseline: the same without the log");
        report.Add("log behind the ledger at the end of that", $"{Ingest.Median(behind):0} ms");
        report.Peak("Evaluation (proof)", evaluation.ProcessId);
    }

    /// <summary>Puts a round's events into the ledger's queue: some registered projects, then investment month by month.</summary>
    static async Task Publish(string amqp, int round)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(new Uri(amqp));
            rabbit.ConfigureJsonSerializerOptions(EventJson.Apply);
            rabbit.Message<CommittedEvent>(message => message.SetEntityName("monitoring.committed-event"));
            rabbit.Publish<CommittedEvent>(message => message.ExchangeType = "topic");
            rabbit.Send<CommittedEvent>(message => message.UseRoutingKeyFormatter(send => send.Message.Type));
        });
        await bus.StartAsync();
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, Streams), new ParallelOptions { MaxDegreeOfParallelism = PublishesAtOnce }, async (stream, cancel) =>
            {
                for (var version = 1; version <= Events / Streams; version++)
                    await bus.Publish(Event(string.Create(CultureInfo.InvariantCulture, $"R{round}-{stream}"), version), cancel);
            });
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    static CommittedEvent Event(string project, int version)
    {
        object data = version == 1
            ? new ProjectRegistered(project, "项目", ProjectKind.Project, 5, "重大工业项目", 1, null, 1, Stage.Planned, [])
            : new InvestmentReported(project, string.Create(CultureInfo.InvariantCulture, $"{1990 + version / 12}-{version % 12 + 1:00}"), Money.Yuan(version, "万元"));
        return new(
            Guid.CreateVersion7(), EventTypes.NameOf(data.GetType()), "projects", TestKeys.Tenant, $"project/{TestKeys.Tenant}/{project}", version, version,
            TimeProvider.System.GetUtcNow(), "重点项目建设服务中心/project-office", Guid.CreateVersion7().ToString(), null,
            JsonSerializer.SerializeToElement(data, data.GetType(), EventJson.Options));
    }

    static Task<long> Recorded(NpgsqlDataSource ledger) =>
        Scalar(ledger, "select coalesce(sum((data ->> 'events')::bigint), 0)::bigint from evaluation.mt_doc_sourceposition");

    static async Task<long> Scalar(NpgsqlDataSource ledger, string sql)
    {
        await using var command = ledger.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
