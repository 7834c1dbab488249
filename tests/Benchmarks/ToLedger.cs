using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// Events from a source's commit to the ledger's, through outbox and broker, against bare MassTransit that publishes the
/// same messages with confirms and consumes them in batches of the same size; then the lag at half that rate.
/// </summary>
static class ToLedger
{
    internal const int Projects = 1_000;
    const int Months = 60;
    const int Backlog = Projects * (Months + 1);
    const int PublishesAtOnce = 256;
    const int BatchMax = 1_000;

    public static async Task Run(TestServers servers, Report report)
    {
        var (source, ledger) = (await servers.Connection("projects"), await servers.Connection("evaluation"));
        var (amqp, keys) = (await servers.CreateVirtualHost(), new TestKeys());
        await using var projects = await ServiceProcess.Start("Projects", source, amqp, keys);
        await Push(projects.Http, "/v1/projects", Registrations());
        for (var month = 0; month < Months; month++) await Push(projects.Http, "/v1/investments", Investments(month, 0, Projects));

        // Nobody has bound a queue so far, so everything still waits in the outbox.
        await using var evaluation = await ServiceProcess.Start("Evaluation", ledger, amqp, keys);
        await using var database = NpgsqlDataSource.Create(ledger);
        // The first quarter warms both sides up and does not count.
        while (await Recorded(database) < Backlog / 4) await Task.Delay(2);
        var (early, watch) = (await Recorded(database), Stopwatch.StartNew());
        while (await Recorded(database) < Backlog) await Task.Delay(10);
        var rate = (Backlog - early) / watch.Elapsed.TotalSeconds;

        var bare = await Bare(await servers.CreateVirtualHost(), source);
        report.Add("events from commit to ledger", rate, bare, 0.7, "baseline: MassTransit publish and batch consume");

        // Half that load for ten seconds, in pushes of 50 ms.
        await using var lags = NpgsqlDataSource.Create(await servers.Connection("projects"));
        var perPush = (int)Math.Min(rate / 2 / 20, Projects);
        var clock = Stopwatch.StartNew();
        for (var push = 0; push < 200; push++)
        {
            var due = TimeSpan.FromMilliseconds(50 * push) - clock.Elapsed;
            if (due > TimeSpan.Zero) await Task.Delay(due);
            // Each push is the next slice of projects; a new month begins when all have reported.
            var first = push * perPush;
            await Push(projects.Http, "/v1/investments", Slices(first, perPush));
        }

        var pushed = 200 * perPush;
        while (await Recorded(database) < Backlog + pushed) await Task.Delay(10);
        var lag = await Lags(source, ledger, Backlog);
        report.Add("lag at half that load, p50", $"{lag[lag.Count / 2]:0} ms", $"{pushed / clock.Elapsed.TotalSeconds:0}/s offered");
        report.Add("lag at half that load, p99", $"{lag[lag.Count * 99 / 100]:0} ms", "commit of the source to commit of the ledger");
        report.Peak("Projects", projects.ProcessId);
        report.Peak("Evaluation", evaluation.ProcessId);
    }

    static async Task<double> Bare(string amqp, string source)
    {
        var messages = new List<CommittedEvent>(Backlog);
        await using (var database = NpgsqlDataSource.Create(source))
        await using (var all = database.CreateCommand("""
            select id, type, tenant_id, stream_id, version, seq_id, timestamp, user_name, causation_id, correlation_id, data::text
            from projects.mt_events order by seq_id
            """))
        await using (var row = await all.ExecuteReaderAsync())
            while (await row.ReadAsync())
                messages.Add(new CommittedEvent(
                    row.GetGuid(0), row.GetString(1), "projects", row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5),
                    row.GetFieldValue<DateTimeOffset>(6), row.GetString(7), row.GetString(8),
                    await row.IsDBNullAsync(9) ? null : row.GetString(9), JsonSerializer.Deserialize<JsonElement>(row.GetString(10))));

        var done = new TaskCompletionSource();
        var (consumed, counting) = (0, new Stopwatch());
        var warm = messages.Count / 4;
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(new Uri(amqp));
            rabbit.ConfigureJsonSerializerOptions(EventJson.Apply);
            rabbit.ReceiveEndpoint("bare", endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.PrefetchCount = 2 * BatchMax;
                endpoint.Batch<CommittedEvent>(batch =>
                {
                    batch.MessageLimit = BatchMax;
                    batch.TimeLimit = TimeSpan.FromMilliseconds(20);
                    batch.Consumer(() => new Counting(count =>
                    {
                        var sofar = Interlocked.Add(ref consumed, count);
                        if (sofar >= warm && !counting.IsRunning)
                        {
                            warm = sofar;
                            counting.Start();
                        }

                        if (sofar == messages.Count) done.SetResult();
                    }));
                });
            });
        });
        await bus.StartAsync();
        try
        {
            await Parallel.ForEachAsync(messages, new ParallelOptions { MaxDegreeOfParallelism = PublishesAtOnce },
                async (message, cancel) => await bus.Publish(message, cancel));
            await done.Task;
            return (messages.Count - warm) / counting.Elapsed.TotalSeconds;
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    sealed class Counting(Action<int> count) : IConsumer<Batch<CommittedEvent>>
    {
        public Task Consume(ConsumeContext<Batch<CommittedEvent>> context)
        {
            count(context.Message.Length);
            return Task.CompletedTask;
        }
    }

    internal static async Task<long> Recorded(NpgsqlDataSource ledger)
    {
        await using var command = ledger.CreateCommand(
            "select coalesce(sum((data ->> 'events')::bigint), 0)::bigint from evaluation.mt_doc_sourceposition");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Milliseconds between the two commits of each event behind the backlog, ascending.</summary>
    static async Task<List<double>> Lags(string source, string ledger, int backlog)
    {
        var committed = await CommitTimes(source, "projects", backlog);
        var recorded = await CommitTimes(ledger, "evaluation", backlog);
        return [.. committed.Where(one => recorded.ContainsKey(one.Key)).Select(one => (recorded[one.Key] - one.Value).TotalMilliseconds).Order()];
    }

    static async Task<Dictionary<Guid, DateTime>> CommitTimes(string connection, string schema, int beyond)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(
            $"select id, pg_xact_commit_timestamp(xmin) from {schema}.mt_events order by seq_id offset {beyond}");
        var times = new Dictionary<Guid, DateTime>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) times[rows.GetGuid(0)] = rows.GetDateTime(1);
        return times;
    }

    static string Code(int project) => string.Create(CultureInfo.InvariantCulture, $"P90-{project / 100}-{project % 100:00}");

    internal static string Registrations()
    {
        var csv = new StringBuilder("code,name,kind,box,boxTitle,group,seq\n");
        for (var project = 0; project < Projects; project++)
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Code(project)},项目 {project},project,90,测试,{project / 100},{project % 100 + 1}");
        return csv.ToString();
    }

    internal static string Investments(int month, int first, int count)
    {
        var csv = new StringBuilder("project,month,amount,unit\n");
        for (var project = first; project < first + count; project++)
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Code(project)},{Month(month)},{project}.5,万元");
        return csv.ToString();
    }

    static string Slices(int first, int count)
    {
        var csv = new StringBuilder("project,month,amount,unit\n");
        for (var number = first; number < first + count; number++)
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Code(number % Projects)},{Month(Months + number / Projects)},{number}.5,万元");
        return csv.ToString();
    }

    // From 1990 on, so that no load runs into the future.
    static string Month(int month) => string.Create(CultureInfo.InvariantCulture, $"{1990 + month / 12}-{month % 12 + 1:00}");

    internal static async Task Push(HttpClient http, string path, string csv)
    {
        using var content = new StringContent(csv, Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }
}
