using System.Text.Json;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Marten.Subscriptions;
using MassTransit;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Polly;
using Polly.Retry;

namespace Monitoring.Hosting;

/// <summary>
/// Hands every stored event to the bus: the event table is the outbox. The daemon keeps the position and moves it only
/// after the broker has confirmed the whole page, so a crash repeats events and never loses one. Events of one stream
/// are published one after the other, streams side by side.
/// </summary>
public sealed class EventPublisher : SubscriptionBase
{
    /// <summary>Name of the subscription, and of its row among the store's progress marks.</summary>
    public const string SubscriptionName = "Outbox";

    /// <summary>What Marten leaves where a failed append had drawn a number; no event of ours.</summary>
    internal const string Tombstone = "tombstone";

    // How many streams have an unconfirmed event under way at once; one waits for each confirm in turn.
    const int StreamsAtOnce = 256;

    readonly Outbox outbox;

    public EventPublisher(Outbox outbox)
    {
        this.outbox = outbox;
        Name = SubscriptionName;
        Options.BatchSize = 1_000;
    }

    public override async Task<IChangeListener> ProcessEventsAsync(
        EventRange page, ISubscriptionController controller, IDocumentOperations operations,
        CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(
            page.Events.Where(stored => stored.EventTypeName != Tombstone).GroupBy(stored => (stored.TenantId, stored.StreamKey)),
            new ParallelOptions { MaxDegreeOfParallelism = StreamsAtOnce, CancellationToken = cancellationToken },
            async (stream, cancel) =>
            {
                foreach (var stored in stream) await outbox.Publish(stored, cancel);
            });
        return NullChangeListener.Instance;
    }
}

/// <summary>Publishes one stored event and returns when the broker has it; keeps trying while the broker is away.</summary>
public sealed partial class Outbox(ServiceName service, IBus bus, ILogger<Outbox> logger)
{
    // A channel that is lost says so at once; this is for an answer that never comes.
    static readonly TimeSpan confirmMax = TimeSpan.FromMinutes(5);

    readonly ResiliencePipeline untilConfirmed = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(2),
            OnRetry = retry =>
            {
                NotConfirmed(logger, retry.AttemptNumber + 1, retry.Outcome.Exception?.Message ?? "");
                return default;
            },
        })
        .AddTimeout(confirmMax)
        .Build();

    public async Task Publish(IEvent stored, CancellationToken cancel)
    {
        var message = new CommittedEvent(
            stored.Id, stored.EventTypeName, service.Name, stored.TenantId, stored.StreamKey!, stored.Version,
            stored.Sequence, stored.Timestamp, stored.UserName, stored.CausationId, stored.CorrelationId,
            JsonSerializer.SerializeToElement(stored.Data, stored.EventType, EventJson.Options));

        await untilConfirmed.ExecuteAsync(
            static async (call, cancel) => await call.bus.Publish(
                call.message,
                context =>
                {
                    context.MessageId = call.message.Id;
                    // Unroutable means that nobody has bound a queue yet: better to wait than to have it dropped.
                    if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
                },
                // Only the waiting may end: see ServiceHost on what an abandoned question does to a channel.
                CancellationToken.None).WaitAsync(cancel),
            (bus, message),
            cancel);
    }

    [LoggerMessage(LogLevel.Warning, "The broker has not taken an event, attempt {Attempt}, trying again: {Reason}")]
    static partial void NotConfirmed(ILogger logger, int attempt, string reason);
}

/// <summary>Publishes a stream again from the version that somebody misses.</summary>
public sealed class Republisher(IDocumentStore store, Outbox outbox) : IConsumer<RepublishRequested>
{
    const int PageSize = 500;

    public async Task Consume(ConsumeContext<RepublishRequested> context)
    {
        var (tenant, stream, from) = context.Message;
        await using var session = store.QuerySession(tenant);
        while (true)
        {
            var page = await session.Events.FetchStreamAsync(
                stream, version: from + PageSize - 1, fromVersion: from, token: context.CancellationToken);
            foreach (var stored in page) await outbox.Publish(stored, context.CancellationToken);
            if (page.Count < PageSize) return;
            from += PageSize;
        }
    }
}
