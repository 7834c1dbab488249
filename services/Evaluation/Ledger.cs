using System.Text.Json;
using JasperFx;
using Marten;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Monitoring.Evaluation;

/// <summary>
/// Records every committed event of every service exactly once, in stream order, under the source's own stream key and
/// version. A duplicate is dropped; behind a gap nothing is recorded until the source has published the missing events
/// again. A batch commits as a whole, and is acknowledged only then.
/// </summary>
public sealed partial class Ledger(
    IDocumentStore store, NpgsqlDataSource database, GapWatch gaps, TimeProvider clock, ILogger<Ledger> logger)
    : IConsumer<Batch<CommittedEvent>>
{
    /// <summary>Header of a ledger event: when the ledger recorded it, UTC.</summary>
    public const string LedgeredAt = StoreHealth.StoredHereAt;

    const int BatchMax = 1_000;

    // What a lone event waits for company.
    static readonly TimeSpan batchWait = TimeSpan.FromMilliseconds(20);

    // A store that is away and a writer that was faster both pass; giving up would only move the events elsewhere.
    readonly ResiliencePipeline untilRecorded = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(Passing),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(20),
            MaxDelay = TimeSpan.FromSeconds(2),
            OnRetry = retry =>
            {
                NotRecorded(logger, retry.AttemptNumber + 1, retry.Outcome.Exception?.Message ?? "");
                return default;
            },
        })
        .Build();

    public static void Configure(StoreOptions store)
    {
        foreach (var (name, type) in EventTypes.ByName) store.Events.MapEventType(type, name);
        store.Events.EnableEventTypeIndex = true;
        store.Events.IgnoreIndex("ledger_actor_time");
        store.Schema.For<SourcePosition>().SingleTenanted();
        store.Schema.For<Gap>().SingleTenanted();
        store.Schema.For<DeadLetter>().SingleTenanted();
    }

    public static void Batches(IConsumerConfigurator<Ledger> consumer) => consumer.Options<BatchOptions>(options =>
        options.SetMessageLimit(BatchMax).SetTimeLimit(batchWait).SetConcurrencyLimit(1));

    /// <summary>One quorum queue with a single active consumer: of several instances one records, the others stand by.</summary>
    public static void Endpoint(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit) =>
        rabbit.ReceiveEndpoint("evaluation-ledger", endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.Bind<CommittedEvent>(binding =>
            {
                binding.ExchangeType = "topic";
                binding.RoutingKey = "#";
            });
            endpoint.SetQuorumQueue();
            endpoint.SingleActiveConsumer = true;
            endpoint.PrefetchCount = 2 * BatchMax;
            endpoint.ConfigureConsumer<Ledger>(context);
        });

    public async Task Consume(ConsumeContext<Batch<CommittedEvent>> context)
    {
        var batch = context.Message.Select(message => message.Message).ToList();
        try
        {
            await untilRecorded.ExecuteAsync(async cancel => await Record(batch, cancel), context.CancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Indigestible(e);
            await RecordApart(batch, context.CancellationToken);
        }
    }

    /// <summary>Stream by stream, so that one event that cannot be stored holds up its own stream and no other.</summary>
    async Task RecordApart(List<CommittedEvent> batch, CancellationToken cancel)
    {
        foreach (var stream in batch.GroupBy(message => (message.Tenant, message.Stream)))
        {
            try
            {
                await untilRecorded.ExecuteAsync(async token => await Record([.. stream], token), cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                await untilRecorded.ExecuteAsync(async token => await Bury(stream, e, token), cancel);
            }
        }
    }

    async Task Bury(IEnumerable<CommittedEvent> messages, Exception why, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        foreach (var message in messages)
            session.Store(new DeadLetter(message.Id, message, why.Message, clock.GetUtcNow()));
        await session.SaveChangesAsync(cancel);
    }

    async Task Record(IReadOnlyList<CommittedEvent> batch, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var versions = await Versions(batch, cancel);
        await using var session = store.LightweightSession();
        var sources = (await session.LoadManyAsync<SourcePosition>(cancel, batch.Select(message => message.Source).Distinct()))
            .ToDictionary(source => source.Id);
        var open = new List<Gap>();
        var recorded = new List<CommittedEvent>();

        foreach (var stream in batch.GroupBy(message => (message.Tenant, message.Stream)))
        {
            var before = versions.GetValueOrDefault(stream.Key);
            var version = before;
            var events = new List<object>();
            var tenant = session.ForTenant(stream.Key.Tenant);
            CommittedEvent? beyond = null;
            // Inside a batch, messages may stand in another order than they were sent in.
            foreach (var message in stream.OrderBy(message => message.Version))
            {
                if (message.Version <= version) continue;
                if (message.Version > version + 1)
                {
                    beyond = message.Version > (beyond?.Version ?? 0) ? message : beyond;
                }
                else if (Read(message) is { } data)
                {
                    var wrapped = tenant.Events.BuildEvent(data);
                    wrapped.Id = message.Id;
                    wrapped.Timestamp = message.Time;
                    wrapped.UserName = message.Actor;
                    wrapped.CausationId = message.Receipt;
                    wrapped.CorrelationId = message.Trace;
                    wrapped.SetHeader(LedgeredAt, now.ToString("O"));
                    events.Add(wrapped);
                    recorded.Add(message);
                    version++;
                }
                else
                {
                    session.Store(new DeadLetter(message.Id, message, $"No event type {message.Type} that can be read.", now));
                    beyond = message;
                }
            }

            if (beyond is not null && beyond.Version > version)
                open.Add(new Gap(
                    $"{stream.Key.Tenant}|{stream.Key.Stream}", beyond.Source, stream.Key.Tenant, stream.Key.Stream, version + 1,
                    beyond.Version, now));
            if (events.Count > 0) tenant.Events.Append(stream.Key.Stream, before + events.Count, events);
        }

        if (recorded.Count == 0 && open.Count == 0 && !session.PendingChanges.Operations().Any()) return;
        foreach (var source in recorded.GroupBy(message => message.Source)) Move(session, sources, source);
        foreach (var gap in open) session.Store(gap);
        await session.SaveChangesAsync(cancel);
        await gaps.Ask(open, cancel);
    }

    /// <summary>
    /// Counts what was recorded of a source. The count is kept under a revision, so two instances that record at the same
    /// time cannot both win.
    /// </summary>
    static void Move(IDocumentSession session, Dictionary<string, SourcePosition> sources, IGrouping<string, CommittedEvent> recorded)
    {
        var known = sources.GetValueOrDefault(recorded.Key);
        var moved = new SourcePosition
        {
            Id = recorded.Key,
            Events = (known?.Events ?? 0) + recorded.Count(),
            LatestAt = recorded.Max(message => message.Time),
        };
        if (known is null) session.Insert(moved);
        else session.UpdateRevision(moved, known.Version + 1);
    }

    /// <summary>The last position that is taken.</summary>
    internal static async Task<long> Last(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select coalesce(max(seq_id), 0) from evaluation.mt_events");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>The position below which nothing more comes in; beyond it a lower one may still be committed.</summary>
    internal static async Task<long> Mark(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select coalesce(max(last_seq_id), 0) from evaluation.mt_event_progression where name = 'HighWaterMark'");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    async Task<Dictionary<(string Tenant, string Stream), long>> Versions(
        IReadOnlyList<CommittedEvent> batch, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select tenant_id, id, version from evaluation.mt_streams
            where (tenant_id, id) in (select * from unnest($1, $2))
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = batch.Select(message => message.Tenant).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = batch.Select(message => message.Stream).ToArray() });
        var versions = new Dictionary<(string, string), long>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) versions[(rows.GetString(0), rows.GetString(1))] = rows.GetInt64(2);
        return versions;
    }

    static object? Read(CommittedEvent message)
    {
        if (!EventTypes.ByName.TryGetValue(message.Type, out var type)) return null;
        try
        {
            return message.Data.Deserialize(type, EventJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static bool Passing(Exception exception) => exception switch
    {
        OperationCanceledException => false,
        JasperFx.ConcurrencyException or JasperFx.Events.ExistingStreamIdCollisionException or DocumentAlreadyExistsException => true,
        PostgresException refused => refused.IsTransient || refused.SqlState is PostgresErrorCodes.UniqueViolation ||
            refused.SqlState.StartsWith("57", StringComparison.Ordinal) || refused.SqlState.StartsWith("53", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or IOException => true,
        { InnerException: { } inner } => Passing(inner),
        _ => false,
    };

    [LoggerMessage(LogLevel.Warning, "A batch is not recorded yet, attempt {Attempt}: {Reason}")]
    static partial void NotRecorded(ILogger logger, int attempt, string reason);

    [LoggerMessage(LogLevel.Error, "A batch cannot be recorded as a whole; recording stream by stream")]
    partial void Indigestible(Exception exception);
}

/// <summary>How much of a source the ledger has recorded.</summary>
public sealed record SourcePosition : IRevisioned
{
    /// <summary>The service.</summary>
    public string Id { get; init; } = "";

    /// <summary>Events recorded, all counties.</summary>
    public long Events { get; init; }

    /// <summary>When the newest of the last batch was recorded at the source, UTC.</summary>
    public DateTimeOffset LatestAt { get; init; }

    /// <summary>Revision of this document.</summary>
    public int Version { get; set; }
}

/// <summary>A stream of which something is missing; nothing beyond is recorded until it is there.</summary>
/// <param name="Id"><c>{tenant}|{stream}</c>.</param>
/// <param name="Source">The service that owns the stream.</param>
/// <param name="Tenant">County.</param>
/// <param name="Stream">Stream key.</param>
/// <param name="MissingFrom">First version that is missing.</param>
/// <param name="SeenUpTo">Highest version seen beyond it.</param>
/// <param name="SeenAt">UTC.</param>
public sealed record Gap(
    string Id, string Source, string Tenant, string Stream, long MissingFrom, long SeenUpTo, DateTimeOffset SeenAt);

/// <summary>A message the ledger could not take in, with the reason; its stream waits behind it.</summary>
public sealed record DeadLetter(Guid Id, CommittedEvent Message, string Reason, DateTimeOffset At);
