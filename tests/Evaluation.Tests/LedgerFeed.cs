using System.Collections.Concurrent;
using System.Text.Json;
using MassTransit;
using Monitoring.Contracts;

namespace Monitoring.Evaluation.Tests;

/// <summary>Says on a real bus what services would say, with recorded times of the test's choosing.</summary>
sealed class LedgerFeed : IAsyncDisposable
{
    static readonly string[] sources = ["indicators", "projects", "relapse", "environment", "alerting"];

    readonly ConcurrentDictionary<string, ConcurrentQueue<CommittedEvent>> streams = new();
    IBusControl bus = null!;
    long sequence;

    public static async Task<LedgerFeed> Start(string amqp)
    {
        var feed = new LedgerFeed();
        feed.bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(new Uri(amqp));
            rabbit.ConfigureJsonSerializerOptions(EventJson.Apply);
            rabbit.Message<CommittedEvent>(message => message.SetEntityName("monitoring.committed-event"));
            rabbit.Publish<CommittedEvent>(message => message.ExchangeType = "topic");
            rabbit.Send<CommittedEvent>(message => message.UseRoutingKeyFormatter(send => send.Message.Type));
            // What the ledger misses it asks for, and a source says it again.
            foreach (var source in sources)
                rabbit.ReceiveEndpoint($"{source}-republish", endpoint =>
                {
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.SetQuorumQueue();
                    endpoint.Handler<RepublishRequested>(asked => feed.Say(
                        feed.streams.TryGetValue(asked.Message.Stream, out var said) ? said.Where(one => one.Version >= asked.Message.FromVersion) : []));
                });
        });
        await feed.bus.StartAsync();
        return feed;
    }

    /// <summary>The next event of a stream.</summary>
    public CommittedEvent Next(string stream, object data, DateTimeOffset at, string actor = "统计局/test", string? receipt = null)
    {
        var type = EventTypes.NameOf(data.GetType());
        var said = streams.GetOrAdd(stream, _ => []);
        var next = new CommittedEvent(
            Guid.CreateVersion7(at), type, type[..type.IndexOf('.', StringComparison.Ordinal)], "410325", stream, said.Count + 1, ++sequence, at, actor,
            receipt ?? Guid.CreateVersion7(at).ToString(), null, JsonSerializer.SerializeToElement(data, data.GetType(), EventJson.Options));
        said.Enqueue(next);
        return next;
    }

    /// <summary>Publishes in this order.</summary>
    public async Task Say(IEnumerable<CommittedEvent> messages)
    {
        foreach (var message in messages) await bus.Publish(message);
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();
}
