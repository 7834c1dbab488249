using System.Text.Json;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Alerting.Tests;

/// <summary>An event that the store can never take, in the middle of others'.</summary>
public sealed class UntakenApiTests
{
    [Fact]
    public async Task One_event_that_can_never_be_stored_holds_up_nobody_elses_alert_and_waits_for_a_person()
    {
        await using var service = await Channelled.Start();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(new Uri(service.Amqp));
            rabbit.ConfigureJsonSerializerOptions(EventJson.Apply);
            rabbit.Message<CommittedEvent>(message => message.SetEntityName("monitoring.committed-event"));
            rabbit.Publish<CommittedEvent>(message => message.ExchangeType = "topic");
            rabbit.Send<CommittedEvent>(message => message.UseRoutingKeyFormatter(send => send.Message.Type));
        });
        await bus.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            var poison = Said("area/410325/410325111", new AreaRegistered("410325111", "陆浑\u0000镇", "Luhun", AreaKind.Town, []));
            CommittedEvent[] messages = [.. Enumerable.Range(0, 10).Select(_ => Risk()), poison, .. Enumerable.Range(0, 10).Select(_ => Risk())];
            await Task.WhenAll(messages.Select(one => bus.Publish(one, TestContext.Current.CancellationToken)));

            const string raised = "select count(*) from alerting.mt_events where type = 'alerting.alert-raised.v1'";
            await Watched.Until(() => service.Count($"{raised} and data ->> 'kind' = 'household_risk'"), count => count == 20, 60);
            var waiting = await Watched.Until(
                async () => (await service.Say(HttpMethod.Get, "/v1/untaken")).Body.GetProperty("items"), items => items.GetArrayLength() == 1, 60);
            Assert.Equal((poison.Id, "relapse.area-registered.v1"), (waiting[0].GetProperty("id").GetGuid(), waiting[0].GetProperty("type").GetString()));
            Assert.Contains("22", waiting[0].GetProperty("reason").GetString());
            using var health = await service.Process.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Contains("/v1/untaken", await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            // Each alert has a number of its own.
            Assert.Equal(20, await service.Count(
                "select count(distinct data ->> 'number') from alerting.mt_events where type = 'alerting.alert-raised.v1' and data ->> 'kind' = 'household_risk'"));

            var path = $"/v1/untaken/{poison.Id}";
            Assert.Equal("still-not-taken", (await service.Say(HttpMethod.Post, $"{path}/retry")).Body.GetProperty("code").GetString());
            Assert.Equal("untaken-unknown", (await service.Say(HttpMethod.Post, $"/v1/untaken/{Guid.CreateVersion7()}/retry")).Body.GetProperty("code").GetString());
            Assert.Equal(200, (await service.Say(HttpMethod.Post, $"{path}/leave", new { reason = "名称录入错误，来源已更正" })).Status);
            Assert.Equal("identical", (await service.Say(HttpMethod.Post, $"{path}/leave", new { reason = "名称录入错误，来源已更正" })).Body.GetProperty("result").GetString());
            Assert.Equal(0, (await service.Say(HttpMethod.Get, "/v1/untaken")).Body.GetProperty("items").GetArrayLength());
            Assert.Equal(1, await service.Count("select count(*) from alerting.mt_events where type = 'alerting.occurrence-left.v1'"));
        }
        finally
        {
            await bus.StopAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("22P05", true)]
    [InlineData("22003", true)]
    [InlineData("23502", true)]
    [InlineData("42703", true)]
    [InlineData("54000", true)]
    [InlineData("23505", false)]
    [InlineData("40001", false)]
    [InlineData("53300", false)]
    [InlineData("55P03", false)]
    [InlineData("57P01", false)]
    [InlineData("08006", false)]
    public void What_lasts_is_told_from_what_passes(string state, bool lasts)
    {
        var refused = new Npgsql.PostgresException("refused", "ERROR", "ERROR", state);
        Assert.Equal(lasts, Untaken.Lasts(refused));
        Assert.Equal(lasts, Untaken.Lasts(new InvalidOperationException("wrapped", refused)));
        Assert.False(Untaken.Lasts(new Npgsql.NpgsqlException("away", new IOException())));
    }

    static CommittedEvent Risk()
    {
        var household = Guid.CreateVersion7();
        return Said($"household/410325/{household}", new RiskDetected(
            household, 1, Scripted.Village, HouseholdCategory.LiftedOut, RiskCause.Illness, Channel.SelfReport, false, null, null, null, null, null, [],
            ChinaTime.Day(TimeProvider.System.GetUtcNow())));
    }

    static CommittedEvent Said(string stream, object data)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new(
            Guid.CreateVersion7(now), EventTypes.NameOf(data.GetType()), "relapse", TestKeys.Tenant, stream, 1, now.Ticks, now, "乡村振兴局/rural", null, null,
            JsonSerializer.SerializeToElement(data, data.GetType(), EventJson.Options));
    }
}
