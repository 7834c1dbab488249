using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// From a department's signal, committed in Relapse, to the arrival of the webhook that tells of its alert, at 50 signals a second, each
/// above a threshold; against bare MassTransit that publishes as many messages, consumes them one by one and posts each to the same receiver.
/// </summary>
static class Alerts
{
    const int PerSecond = 50;
    const int WarmSeconds = 8;
    const int Seconds = 60;
    const int Villages = 64;
    const int Signals = PerSecond * (WarmSeconds + Seconds);
    const double GoalMilliseconds = 2_000;

    public static async Task Run(TestServers servers, Report report)
    {
        var (source, alerts) = (await servers.CreateDatabase("relapse"), await servers.CreateDatabase("alerting"));
        var (amqp, keys) = (await servers.CreateVirtualHost(), new TestKeys());
        await using var receiver = await Receiver.Start();
        // The outbox waits until somebody takes what alerts do not care for.
        await using var sink = await Sink.Open(amqp);
        await using var alerting = await ServiceProcess.Start("Alerting", alerts, amqp, keys, true,
            ("Channels__AllowedHosts__0", "127.0.0.1"), ("Secrets__hook", "whsec_" + Convert.ToBase64String(new byte[32])));
        await using var relapse = await ServiceProcess.Start("Relapse", source, amqp, keys);
        await Task.WhenAll(alerting.WaitReady(), relapse.WaitReady());
        await Put(alerting.Http, "/v1/receiver-tables/benchmark", new
        {
            receivers = new[] { new { name = "office", channel = "webhook", address = receiver.Address + "/office", secret = "hook" } }, reason = "基准测试",
        });
        await Put(alerting.Http, "/v1/routes/benchmark", new
        {
            routes = new[]
            {
                new { name = "all", receivers = new[] { new { name = "office" } }, groupBy = new[] { "village" }, waitSeconds = 0, intervalSeconds = 0 },
            },
            reason = "基准测试",
        });
        var homes = await Enrol(relapse.Http);

        var clock = Stopwatch.StartNew();
        var pushes = new List<Task>(Signals);
        for (var index = 0; index < Signals; index++)
        {
            await Due(clock, index);
            pushes.Add(Signal(relapse.Http, homes[index], index));
        }

        await Task.WhenAll(pushes);
        var offered = Signals / clock.Elapsed.TotalSeconds;
        var ways = await Ways(source, alerts, receiver, homes);
        var bare = await Bare(await servers.CreateVirtualHost(), receiver);

        var whole = Sorted(ways.Select(way => way.Arrived - way.Signalled));
        report.AddLatency("signal to webhook, p50", At(whole, 50), At(bare, 50), null, $"{offered:0} signals/s, baseline: publish, consume and post");
        report.AddLatency("signal to webhook, p99", At(whole, 99), At(bare, 99), GoalMilliseconds, $"{whole.Count} signals");
        foreach (var (stage, part) in new (string, Func<Way, TimeSpan>)[]
                 {
                     ("signal to alert", way => way.Raised - way.Signalled), ("alert to notification", way => way.Told - way.Raised),
                     ("notification to webhook", way => way.Arrived - way.Told),
                 })
        {
            var times = Sorted(ways.Select(part));
            report.Add($"of this, {stage}", $"{At(times, 50):0} ms, {At(times, 99):0} ms", "p50, p99");
        }

        report.Peak("Alerting", alerting.ProcessId);
        report.Peak("Relapse (alerts)", relapse.ProcessId);
    }

    /// <summary>One signal's instants: committed, alert committed, notification committed, webhook arrived.</summary>
    sealed record Way(DateTime Signalled, DateTime Raised, DateTime Told, DateTime Arrived);

    /// <summary>Waits until every signal's webhook has arrived; answers the ways of those after the warm-up.</summary>
    static async Task<List<Way>> Ways(string source, string alerts, Receiver receiver, IReadOnlyList<Guid> homes)
    {
        const string told = """
            select (alert #>> '{}')::uuid, (data ->> 'notificationId')::uuid, pg_xact_commit_timestamp(xmin)
            from alerting.mt_events, jsonb_array_elements(data -> 'alerts') as alert
            where type = 'alerting.notification-due.v1' and data ->> 'kind' = 'firing' order by seq_id
            """;
        await using var alerting = NpgsqlDataSource.Create(alerts);
        var patience = Stopwatch.StartNew();
        Dictionary<Guid, (Guid Notification, DateTime At)> notified;
        do
        {
            if (patience.Elapsed > TimeSpan.FromMinutes(2)) throw new InvalidOperationException("Not every signal became a webhook.");
            await Task.Delay(200);
            notified = await Read(alerting, told, row => (row.GetGuid(0), (row.GetGuid(1), row.GetDateTime(2))));
        }
        while (notified.Count < Signals || notified.Values.Any(one => !receiver.Arrived.ContainsKey(one.Notification.ToString())));

        await using var relapse = NpgsqlDataSource.Create(source);
        var signalled = await Read(relapse,
            "select (data ->> 'householdId')::uuid, pg_xact_commit_timestamp(xmin) from relapse.mt_events where type = 'relapse.signal-reported.v1'",
            row => (row.GetGuid(0), row.GetDateTime(1)));
        var raised = await Read(alerting, """
            select split_part(data ->> 'subject', '/', 1)::uuid, (data ->> 'alertId')::uuid, pg_xact_commit_timestamp(xmin)
            from alerting.mt_events where type = 'alerting.alert-raised.v1'
            """, row => (row.GetGuid(0), (Alert: row.GetGuid(1), At: row.GetDateTime(2))));
        return
        [
            .. homes.Skip(PerSecond * WarmSeconds).Select(home =>
            {
                var (alert, at) = raised[home];
                var (notification, due) = notified[alert];
                return new Way(signalled[home], at, due, receiver.Arrived[notification.ToString()]);
            }),
        ];
    }

    static async Task<Dictionary<Guid, T>> Read<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, (Guid, T)> one)
    {
        await using var command = database.CreateCommand(sql);
        var found = new Dictionary<Guid, T>();
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            var (key, value) = one(row);
            found.TryAdd(key, value);
        }

        return found;
    }

    /// <summary>Milliseconds from publish to arrival at the receiver, ascending.</summary>
    static async Task<List<double>> Bare(string amqp, Receiver receiver)
    {
        using var http = new HttpClient();
        var to = new Uri(receiver.Address + "/bare");
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(new Uri(amqp));
            rabbit.ConfigureJsonSerializerOptions(EventJson.Apply);
            rabbit.ReceiveEndpoint("bare", endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.Consumer(() => new Posting(http, to));
            });
        });
        await bus.StartAsync();
        try
        {
            var (sent, publishes) = (new DateTime[Signals], new List<Task>(Signals));
            var ids = Enumerable.Range(0, Signals).Select(_ => Guid.CreateVersion7()).ToArray();
            var data = JsonSerializer.SerializeToElement(new { householdId = Guid.CreateVersion7(), amount = 30_000, text = new string('x', 200) });
            var clock = Stopwatch.StartNew();
            for (var index = 0; index < Signals; index++)
            {
                await Due(clock, index);
                sent[index] = TimeProvider.System.GetUtcNow().UtcDateTime;
                publishes.Add(bus.Publish(new CommittedEvent(
                    ids[index], "relapse.risk-detected.v1", "relapse", TestKeys.Tenant, $"household/{ids[index]}", 2, index, sent[index], "bare", "", null, data)));
            }

            await Task.WhenAll(publishes);
            while (!ids.All(id => receiver.Arrived.ContainsKey(id.ToString()))) await Task.Delay(50);
            return Sorted(ids.Select((id, index) => receiver.Arrived[id.ToString()] - sent[index]).Skip(PerSecond * WarmSeconds));
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    sealed class Posting(HttpClient http, Uri to) : IConsumer<CommittedEvent>
    {
        public async Task Consume(ConsumeContext<CommittedEvent> context)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = JsonContent.Create(context.Message, options: EventJson.Options) };
            request.Headers.Add("webhook-id", context.Message.Id.ToString());
            using var answer = await http.SendAsync(request, context.CancellationToken);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Waits for the instant of a signal; who is late with one is not later with the next.</summary>
    static async Task Due(Stopwatch clock, int index)
    {
        var left = TimeSpan.FromSeconds((double)index / PerSecond) - clock.Elapsed;
        if (left > TimeSpan.Zero) await Task.Delay(left);
    }

    static async Task<IReadOnlyList<Guid>> Enrol(HttpClient http)
    {
        var homes = Enumerable.Range(0, Signals).Select(_ => Guid.CreateVersion7()).ToArray();
        var csv = new StringBuilder("id,village,category,members,on\n");
        for (var index = 0; index < Signals; index++)
            csv.AppendLine(CultureInfo.InvariantCulture, $"{homes[index]},410325111{201 + index % Villages},lifted_out,3,2023-01-05");
        await Expect(await http.PostAsJsonAsync(new Uri("/v1/areas", UriKind.Relative), new[]
        {
            new { code = "410325111", name = "陆浑镇", nameEn = "Luhun Town", kind = "town", notes = Array.Empty<string>() },
        }));
        await ToLedger.Push(http, "/v1/households", csv.ToString());
        return homes;
    }

    static async Task Signal(HttpClient http, Guid home, int index) => await Expect(await http.PostAsJsonAsync(new Uri("/v1/signals", UriKind.Relative), new
    {
        household = home, reference = $"B{index}", kind = "medical_self_pay", amount = 30_000, unit = "元",
        on = ChinaTime.Day(TimeProvider.System.GetUtcNow()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    }));

    static async Task Put(HttpClient http, string path, object body) => await Expect(await http.PutAsJsonAsync(new Uri(path, UriKind.Relative), body));

    static async Task Expect(HttpResponseMessage answer)
    {
        using (answer)
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    static List<double> Sorted(IEnumerable<TimeSpan> spans) => [.. spans.Select(span => span.TotalMilliseconds).Order()];

    static double At(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    /// <summary>A receiver that notes when each message id came first.</summary>
    sealed class Receiver(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentDictionary<string, DateTime> Arrived { get; } = new();

        public string Address => app.Urls.First();

        public static async Task<Receiver> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var receiver = new Receiver(builder.Build());
            await receiver.Listen();
            return receiver;
        }

        Task Listen()
        {
            app.Run(http =>
            {
                Arrived.TryAdd(http.Request.Headers["webhook-id"]!, TimeProvider.System.GetUtcNow().UtcDateTime);
                http.Response.StatusCode = 204;
                return Task.CompletedTask;
            });
            return app.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(new CancellationToken(true));
            await app.DisposeAsync();
        }
    }
}
