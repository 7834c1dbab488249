using RabbitMQ.Client;

namespace Monitoring.Benchmarks;

/// <summary>A queue that takes every committed event and keeps only the last.</summary>
sealed class Sink(IConnection connection) : IAsyncDisposable
{
    public static async Task<Sink> Open(string amqp)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(amqp) }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("monitoring.committed-event", "topic", durable: true);
        await channel.QueueDeclareAsync("benchmark-sink", durable: false, exclusive: true, autoDelete: true,
            new Dictionary<string, object?> { ["x-max-length"] = 1 });
        await channel.QueueBindAsync("benchmark-sink", "monitoring.committed-event", "#");
        return new Sink(connection);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
