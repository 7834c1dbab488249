using System.Text.Json;
using MassTransit;
using Monitoring.Contracts;

namespace Monitoring.Evaluation.Tests;

/// <summary>Says on a real bus what services would say, with recorded times of the test's choosing.</summary>
sealed class LedgerFeed : IAsyncDisposable
{
    readonly IBusControl bus;
    readonly Dictionary<string, long> versions = [];
    long sequence;

    LedgerFeed(IBusControl bus) => this.bus = bus;

    public long Sent => sequence;

    public static async Task<LedgerFeed> Start(string amqp)
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
        return new LedgerFeed(bus);
    }

    /// <summary>The next event of a stream.</summary>
    public CommittedEvent Next(string stream, object data, DateTimeOffset at, string actor = "统计局/test", string? receipt = null)
    {
        var type = EventTypes.NameOf(data.GetType());
        var version = versions[stream] = versions.GetValueOrDefault(stream) + 1;
        return new CommittedEvent(
            Guid.CreateVersion7(at), type, type[..type.IndexOf('.', StringComparison.Ordinal)], "410325", stream, version, ++sequence, at, actor,
            receipt ?? Guid.CreateVersion7(at).ToString(), null, JsonSerializer.SerializeToElement(data, data.GetType(), EventJson.Options));
    }

    /// <summary>Publishes in this order.</summary>
    public async Task Say(IEnumerable<CommittedEvent> messages)
    {
        foreach (var message in messages) await bus.Publish(message);
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();
}
