using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Alerting.Tests;

/// <summary>Day limits by the job store as it is deployed.</summary>
public sealed class EscalationApiTests
{
    const string EachSecond = "* * * * * ?";

    [Fact]
    public async Task A_limit_that_passed_while_the_service_was_dead_is_escalated_once_after_its_start()
    {
        await using var service = await Channelled.Start(("Escalation__Schedule", EachSecond));
        var (status, published) = await service.Say(HttpMethod.Put, "/v1/routes/limits", new
        {
            routes = new[] { new { name = "all", receivers = new[] { new { name = "office" } }, groupBy = new[] { "kind" }, waitSeconds = 0, intervalSeconds = 0 } },
            escalations = new[] { new { name = "all", steps = new[] { new { level = "village", acknowledgeDays = 3, source = "自定" } } } },
            reason = "试行",
        });
        Assert.True(status == 201, published.ToString());
        await service.Alert(Level.Village);
        await Rounds(service, 2);
        await service.Process.Kill();
        Assert.Equal(0, await Escalated(service));

        // Four days later, and once more.
        for (var start = 0; start < 2; start++)
        {
            await using var later = new Later(service, ChinaTime.Day(TimeProvider.System.GetUtcNow()).AddDays(4));
            await Watched.Until(() => Escalated(service), count => count == 1);
            await Rounds(service, 2);
        }

        Assert.Equal(1, await Escalated(service));
        Assert.Equal(1, await service.Count("""
            select count(*) from alerting.mt_events where type = 'alerting.notification-due.v1' and data ->> 'kind' = 'escalated'
            """));
    }

    /// <summary>Returns when the job was fired so often again.</summary>
    static async Task Rounds(Channelled service, int rounds)
    {
        const string fired = "select coalesce(max(prev_fire_time), 0) from alerting.qrtz_triggers";
        for (var round = 0; round < rounds; round++)
        {
            var before = await service.Count(fired);
            await Watched.Until(() => service.Count(fired), last => last > before);
        }
    }

    static Task<long> Escalated(Channelled service) => service.Count("select count(*) from alerting.mt_events where type = 'alerting.alert-escalated.v1'");

    /// <summary>The service in this process on the same database, on another day.</summary>
    sealed class Later : WebApplicationFactory<Program>
    {
        readonly Channelled service;
        readonly DateOnly day;

        public Later(Channelled service, DateOnly day)
        {
            (this.service, this.day) = (service, day);
            UseKestrel(0);
            StartServer();
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseSetting("ConnectionStrings:Postgres", service.Postgres).UseSetting("ConnectionStrings:RabbitMq", service.Amqp)
                .UseSetting("Escalation:Schedule", EachSecond);
            builder.ConfigureServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new MovableClock(day))));
            builder.ConfigureLogging(log => log.ClearProviders());
        }
    }
}
