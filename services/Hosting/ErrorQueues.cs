using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Monitoring.Hosting;

/// <summary>
/// Counts the messages that this service's endpoints could not take in: each has a queue for them, <c>{queue}_error</c>, from the first
/// such message on. A queue that is there is looked at every minute; one that is not, every ten, since asking for it costs the broker a
/// line of log.
/// </summary>
public sealed class ErrorQueues(IConfiguration configuration, TimeProvider clock) : BackgroundService, IReceiveEndpointObserver
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMinutes(1);
    const int MissingEvery = 10;

    // Messages by queue; null for a queue that is not there.
    readonly ConcurrentDictionary<string, long?> queues = new();

    /// <summary>How many lay there when they were counted last.</summary>
    public long Messages => queues.Values.Sum(count => count ?? 0);

    public Task Ready(ReceiveEndpointReady ready)
    {
        var queue = ready.InputAddress.Segments[^1];
        // Queues of one instance alone, which end with it, hold nothing that anybody would miss.
        if (!ready.InputAddress.Query.Contains("autodelete=true", StringComparison.OrdinalIgnoreCase)) queues.TryAdd($"{queue}_error",
            null);
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        for (var turn = 0; await timer.WaitForNextTickAsync(stoppingToken); turn++)
        {
            try
            {
                await Count(queues.Where(one => one.Value is not null || turn % MissingEvery == 0).Select(one => one.Key), stoppingToken);
            }
            catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or
                IOException or TimeoutException)
            {
                // The broker is away, which its own health check says.
            }
        }
    }

    async Task Count(IEnumerable<string> some, CancellationToken cancel)
    {
        IConnection? connection = null;
        try
        {
            foreach (var queue in some.ToList())
            {
                connection ??= await new ConnectionFactory { Uri = new Uri(configuration["ConnectionStrings:RabbitMq"]!) }.CreateConnectionAsync(cancel);
                // A queue that is not there costs its channel.
                await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
                try
                {
                    queues[queue] = (await channel.QueueDeclarePassiveAsync(queue, cancel)).MessageCount;
                }
                catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
                {
                    queues[queue] = null;
                }
            }
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync();
        }
    }
}
