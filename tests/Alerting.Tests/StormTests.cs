using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Monitoring.Contracts;

namespace Monitoring.Alerting.Tests;

/// <summary>Thousands of risks at once and a receiver that is told of them, while everything that they pass through is killed.</summary>
public sealed class StormTests
{
    const int Townships = 16;

    static readonly int households = Extent.Of(full: 10_000, part: 2_400);

    [Fact]
    public async Task A_storm_of_risks_is_as_many_alerts_few_messages_and_each_of_them_once_whatever_dies()
    {
        var servers = await TestServers.Start();
        try
        {
            await using var receiver = await HttpReceiver.Start();
            // How long a busy machine takes over a death is no risk of a household.
            await using var watched = await Watched.Start(servers, ("System__SilentSeconds", "3600"), ("System__LagSeconds", "3600"));
            var (taken, receivers) = await watched.Say(HttpMethod.Put, "/v1/receiver-tables/storm", new
            {
                receivers = new[] { new { name = "hook", channel = "webhook", address = $"{receiver.Address}/hook", secret = "hook" } },
                retry = new[] { new { firstSeconds = 1, factor = 2, mostSeconds = 4, jitterPercent = 25, timeoutSeconds = 5, giveUpHours = 1, deadAfterMinutes = 0 } },
                reason = "试行",
            });
            Assert.True(taken == 201, receivers.ToString());
            var (status, published) = await watched.Say(HttpMethod.Put, "/v1/routes/storm", new
            {
                routes = new object[]
                {
                    new { name = "each", receivers = new[] { new { name = "hook" } }, groupBy = new[] { "village" }, waitSeconds = 0, intervalSeconds = 5, @continue = true },
                    new { name = "all", receivers = new[] { new { name = "office" } }, groupBy = new[] { "township" }, waitSeconds = 5, intervalSeconds = 3_600 },
                },
                reason = "试行",
            });
            Assert.True(status == 201, published.ToString());

            var (homes, calls) = (new StringBuilder("id,village,category,members,on\n"), new StringBuilder("household,reference,causes,on\n"));
            // Today's, so that no day limit of theirs passes meanwhile and makes alerts of its own.
            var today = ChinaTime.Day(TimeProvider.System.GetUtcNow()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            for (var index = 0; index < households; index++)
            {
                var id = Guid.CreateVersion7();
                homes.AppendLine(CultureInfo.InvariantCulture, $"{id},4103251{index % Townships:00}{201 + (index % 7)},lifted_out,3,2023-01-05");
                calls.AppendLine(CultureInfo.InvariantCulture, $"{id},S{index},illness,{today}");
            }

            await watched.Push("/v1/areas", JsonSerializer.Serialize(Enumerable.Range(0, Townships).Select(index => new
            {
                code = $"4103251{index:00}", name = $"镇{index}", nameEn = $"Town {index}", kind = "town", notes = Array.Empty<string>(),
            }).Where(area => area.code is not ("410325111" or "410325102"))), "application/json");
            await watched.Push("/v1/households", homes.ToString(), "text/csv");
            await watched.Push("/v1/help-requests", calls.ToString(), "text/csv");
            var watch = Stopwatch.StartNew();

            await Reached(watched, households * 15 / 100);
            await Sending(receiver);
            await watched.Alerting.Kill();
            await watched.Alerting.Restart();
            await Reached(watched, households * 40 / 100);
            await Sending(receiver);
            await servers.KillRabbit();
            await servers.StartRabbit();
            await Reached(watched, households * 65 / 100);
            await Sending(receiver);
            await servers.KillPostgres();
            await servers.StartPostgres();
            await Reached(watched, households);
            TestContext.Current.TestOutputHelper?.WriteLine($"{households} risks taken, three deaths on the way: {watch.Elapsed.TotalSeconds:0.0} s");

            Assert.Equal(households, await watched.Count("select count(*) from alerting.mt_events where type = 'alerting.alert-raised.v1'"));
            Assert.Equal(0, await watched.Count("select count(*) from alerting.mt_events where type = 'alerting.alert-joined.v1'"));
            var open = await Watched.Until(
                async () => await watched.Count("select count(*) from alerting.mt_doc_alert where (data ->> 'resolvedAt') is null"), count => count == households);
            Assert.Equal(households, open);

            // One message per township after its wait; what came later waits for the interval and is in the group meanwhile.
            const string due = "from alerting.mt_events where type = 'alerting.notification-due.v1' and data ->> 'receiver' = 'office'";
            await Watched.Until(() => watched.Count($"select count(*) {due}"), count => count >= Townships);
            await Task.Delay(2_000, TestContext.Current.CancellationToken);
            Assert.Equal(Townships, await watched.Count($"select count(*) {due}"));
            var told = await watched.Count($"select coalesce(sum(jsonb_array_length(data -> 'alerts') + (data ->> 'more')::int), 0) {due}");
            var waiting = await watched.Count(
                "select count(*) from alerting.mt_doc_alertgroup, jsonb_each(data -> 'alerts') as one where data ->> 'route' = 'all' and one.value = 'false'::jsonb");
            Assert.Equal(households, told + waiting);

            // The receiver was told of each alert in one message, and of each message at least once, under one id.
            const string hook = "from alerting.mt_events where type = 'alerting.notification-due.v1' and data ->> 'receiver' = 'hook'";
            await Watched.Until(() => watched.Count($"select coalesce(sum(jsonb_array_length(data -> 'alerts')), 0) {hook}"), count => count >= households);
            Assert.Equal(households, await watched.Count($"select sum(jsonb_array_length(data -> 'alerts')) {hook}"));
            Assert.Equal(households, await watched.Count($"select count(distinct one) from (select jsonb_array_elements(data -> 'alerts') as one {hook}) as all_told"));
            await Watched.Until(
                () => watched.Count("select count(*) from alerting.mt_doc_notification where data ->> 'receiver' = 'hook' and data ->> 'state' <> 'delivered'"),
                count => count == 0);
            var messages = await watched.Count($"select count(*) {hook}");
            Assert.Equal(messages, receiver.TakenAt("/hook"));
            Assert.Empty(receiver.Forged);
            TestContext.Current.TestOutputHelper?.WriteLine($"{messages} messages to a receiver, {receiver.Taken.Values.Sum() - messages} of them twice under their id");
        }
        finally
        {
            await servers.Stop();
        }
    }

    /// <summary>Returns when a message has just been taken, so that what comes next comes in the middle of deliveries.</summary>
    static async Task Sending(HttpReceiver receiver)
    {
        var before = receiver.TakenAt("/hook");
        await Watched.Until(() => Task.FromResult(receiver.TakenAt("/hook")), count => count > before);
    }

    static async Task Reached(Watched watched, long alerts) => await Watched.Until(
        () => watched.Count("select count(*) from alerting.mt_events where type = 'alerting.alert-raised.v1'"), count => count >= alerts);
}
