using System.Globalization;
using System.Text;
using System.Text.Json;
using JasperFx.Events.Projections;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Alerting.Tests;

/// <summary>Alerting as it is deployed, with notifications that a test makes due in its store.</summary>
sealed class Channelled : IAsyncDisposable
{
    readonly DocumentStore store;

    Channelled(ServiceProcess process, string postgres, string amqp)
    {
        (Process, Postgres, Amqp, Database) = (process, postgres, amqp, NpgsqlDataSource.Create(postgres));
        store = DocumentStore.For(options =>
        {
            options.Connection(Database);
            ServiceHost.ConfigureStore(options, "alerting", TimeProvider.System);
            foreach (var type in EventTypes.Of("alerting")) options.Events.MapEventType(type, EventTypes.NameOf(type));
            options.Projections.Add(
                new Kept<Notification>(
                    [typeof(NotificationDue), typeof(NotificationDelivered), typeof(NotificationFailed), typeof(NotificationReplayed)], stamped: true),
                ProjectionLifecycle.Inline);
            options.Projections.Add(new Kept<Alert>([typeof(AlertRaised), typeof(AlertJoined), typeof(AlertResolved)], stamped: true), ProjectionLifecycle.Inline);
        });
    }

    public ServiceProcess Process { get; }

    public string Postgres { get; }

    public string Amqp { get; }

    public NpgsqlDataSource Database { get; }

    public static async Task<Channelled> Start(params (string Name, string Value)[] environment)
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("alerting"), await servers.CreateVirtualHost());
        var process = await ServiceProcess.Start("Alerting", postgres, amqp, new TestKeys(), true,
            [("Channels__AllowedHosts__0", "127.0.0.1"), ("Secrets__hook", HttpReceiver.Secret), ("Secrets__bot", "token SECx"), .. environment]);
        await process.WaitReady();
        return new Channelled(process, postgres, amqp);
    }

    /// <summary>Publishes receivers, each <c>name channel address [secret]</c>.</summary>
    public async Task Receivers(string version, params string[] receivers)
    {
        var (status, body) = await Say(HttpMethod.Put, $"/v1/receiver-tables/{version}", new
        {
            receivers = receivers.Select(one => one.Split(' ')).Select(one => one is [var name, var channel, var address, var secret]
                ? (object)new { name, channel, address, secret }
                : new { name = one[0], channel = one[1], address = one[2] }),
            retry = new[] { new { firstSeconds = 1, factor = 2, mostSeconds = 4, jitterPercent = 25, timeoutSeconds = 1, giveUpHours = 1, deadAfterMinutes = 0 } },
            reason = "试行",
        });
        Assert.True(status is 200 or 201, body.ToString());
    }

    /// <summary>Makes notifications due, each of a group of its own.</summary>
    public async Task Due(string receiver, int count = 1, NotificationKind kind = NotificationKind.Firing, params Guid[] alerts)
    {
        await using var session = store.LightweightSession(TestKeys.Tenant);
        var now = TimeProvider.System.GetUtcNow();
        for (var index = 0; index < count; index++)
        {
            var id = Guid.CreateVersion7(now);
            session.Events.Append(Notification.Stream(TestKeys.Tenant, id), session.Wrap(
                [
                    new NotificationDue(
                        id, receiver, $"group|{id}", kind, alerts, Severity.Serious, "【新预警】1条", "New alerts: 1", "某村出现返贫风险", "A risk in a village",
                        "410325", "r1"),
                ], now));
        }

        await session.SaveChangesAsync();
    }

    /// <summary>An alert as the core raises it, today or on another day.</summary>
    public async Task<Guid> Alert(Contracts.Relapse.Level level = Contracts.Relapse.Level.County, DateOnly? on = null)
    {
        await using var session = store.LightweightSession(TestKeys.Tenant);
        var now = TimeProvider.System.GetUtcNow();
        var id = Monitoring.Alerting.Alert.IdOf(TestKeys.Tenant, AlertKind.StationSilent, "S1");
        session.Events.Append(Monitoring.Alerting.Alert.Stream(TestKeys.Tenant, id), session.Wrap(
            [
                new AlertRaised(
                    id, AlertKind.StationSilent, Severity.Serious, "410325", level, "生态环境局", "S1", null, "S1 数据中断", "S1 is silent",
                    "r1", new(Guid.CreateVersion7(), "environment.station-silent.v1", "s", 1, now), on ?? ChinaTime.Day(now)),
            ], now));
        await session.SaveChangesAsync();
        return id;
    }

    /// <summary>It gets graver.</summary>
    public Task Graver(Guid alert) => Happens(alert, at => new AlertJoined(
        alert, Severity.Emergency, "S1 数据中断", "S1 is silent", new(Guid.CreateVersion7(), "environment.station-silent.v1", "s", 2, at)));

    public Task Over(Guid alert) => Happens(alert, _ => new AlertResolved(alert, Resolution.Person, true, null, "修好了", null, null, new(2026, 11, 25)));

    async Task Happens(Guid alert, Func<DateTimeOffset, object> what)
    {
        await using var session = store.LightweightSession(TestKeys.Tenant);
        var now = TimeProvider.System.GetUtcNow();
        session.Events.Append(Monitoring.Alerting.Alert.Stream(TestKeys.Tenant, alert), session.Wrap([what(now)], now));
        await session.SaveChangesAsync();
    }

    public async Task<(int Status, JsonElement Body)> Say(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var answer = await Process.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    /// <summary>How many notifications to a receiver are in a state.</summary>
    public async Task<int> Count(string receiver, string state)
    {
        await using var command = Database.CreateCommand(
            "select count(*)::int from alerting.mt_doc_notification where data ->> 'receiver' = $1 and data ->> 'state' = $2");
        command.Parameters.Add(new NpgsqlParameter { Value = receiver });
        command.Parameters.Add(new NpgsqlParameter { Value = state });
        return (int)(await command.ExecuteScalarAsync())!;
    }

    public async Task<long> Count(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async Task<JsonElement> Receiver(string name)
    {
        var (_, body) = await Say(HttpMethod.Get, "/v1/receivers");
        return body.GetProperty("items").EnumerateArray().First(one => one.GetProperty("name").GetString() == name);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        store.Dispose();
        await Database.DisposeAsync();
    }
}
