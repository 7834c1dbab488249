using System.Text.Json;
using JasperFx.Events;
using Marten;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Polly;
using Polly.Retry;

namespace Monitoring.Alerting;

/// <summary>
/// Takes what the services say for alerts. A batch becomes one transaction: alerts, the groups they belong to, and the names they are
/// worded with; it is acknowledged only then, and what comes again is told by its place in the source's stream.
/// </summary>
public sealed partial class TakeOccurrences(IDocumentStore store, TimeProvider clock, ILogger<TakeOccurrences> logger)
    : IConsumer<Batch<CommittedEvent>>
{
    const int BatchMax = 500;

    static readonly TimeSpan batchWait = TimeSpan.FromMilliseconds(20);

    static readonly Type[] heard =
        [.. Occurrence.Naming, .. Occurrence.Telling, .. Feed.Types, typeof(CalendarPublished), typeof(TimeLimitsPublished)];

    readonly ResiliencePipeline untilTaken = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(e => DaemonHost.Passes(e) && !Untaken.Lasts(e)),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(20),
            MaxDelay = TimeSpan.FromSeconds(2),
            OnRetry = retry =>
            {
                NotYet(logger, retry.AttemptNumber + 1, retry.Outcome.Exception?.Message ?? "");
                return default;
            },
        })
        .Build();

    public static void Batches(IConsumerConfigurator<TakeOccurrences> consumer) => consumer.Options<BatchOptions>(options =>
        options.SetMessageLimit(BatchMax).SetTimeLimit(batchWait).SetConcurrencyLimit(1));

    /// <summary>One quorum queue with a single active consumer, bound to the events that mean something here.</summary>
    public static void Endpoint(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit) =>
        rabbit.ReceiveEndpoint("alerting-events", endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            foreach (var type in heard)
                endpoint.Bind<CommittedEvent>(binding =>
                {
                    binding.ExchangeType = "topic";
                    binding.RoutingKey = EventTypes.NameOf(type);
                });
            endpoint.SetQuorumQueue();
            endpoint.SingleActiveConsumer = true;
            endpoint.PrefetchCount = 2 * BatchMax;
            endpoint.ConfigureConsumer<TakeOccurrences>(context);
        });

    public async Task Consume(ConsumeContext<Batch<CommittedEvent>> context)
    {
        foreach (var county in context.Message.Select(message => message.Message).GroupBy(message => message.Tenant))
        foreach (var part in Parts(county))
            await TakeOrSetAside(county.Key, part, context.CancellationToken);
    }

    /// <summary>One event that cannot be taken must not take a batch of alerts with it: it is set aside, and health says so.</summary>
    async Task TakeOrSetAside(string tenant, List<(CommittedEvent Message, object? Data)> part, CancellationToken stopping)
    {
        try
        {
            await untilTaken.ExecuteAsync(
                async cancel =>
                {
                    await using var session = store.LightweightSession(tenant);
                    await Take(session, part, clock.GetUtcNow(), cancel);
                    await session.SaveChangesAsync(cancel);
                }, stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException && part.Count > 1)
        {
            var half = part.Count / 2;
            await TakeOrSetAside(tenant, part[..half], stopping);
            await TakeOrSetAside(tenant, part[half..], stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            NotTaken(part[0].Message.Id, part[0].Message.Type, e);
            await untilTaken.ExecuteAsync(
                async cancel =>
                {
                    await using var session = store.LightweightSession(tenant);
                    session.Store(Untaken.Of(part[0].Message, e, clock.GetUtcNow()));
                    await session.SaveChangesAsync(cancel);
                },
                stopping);
        }
    }

    /// <summary>What ends every alert of a subject looks for them in the store, so nothing that it ends may be under way beside
    /// it.</summary>
    static IEnumerable<List<(CommittedEvent Message, object? Data)>> Parts(IEnumerable<CommittedEvent> messages)
    {
        var part = new List<(CommittedEvent, object?)>();
        foreach (var message in messages)
        {
            if (!EventTypes.ByName.TryGetValue(message.Type, out var type)) continue;
            var data = Read(message, type);
            if (part.Count > 0 && data is ClueClosed or RiskEliminated or HouseholdEnded or CountyDecided or HouseholdChanged { From: not null } or
                    HouseholdChangeProposed or HouseholdChangeReviewed or HouseholdChangeDecided or
                    StageAdvanced { To: Stage.Cancelled or Stage.MovedOut or Stage.Merged })
            {
                yield return part;
                part = [];
            }

            part.Add((message, data));
        }

        if (part.Count > 0) yield return part;
    }

    internal static object? Read(CommittedEvent message, Type type)
    {
        try
        {
            return message.Data.Deserialize(type, EventJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes messages for alerts in the session's transaction; <paramref name="again"/> where a person lets them in late.</summary>
    internal static async Task Take(
        IDocumentSession session, List<(CommittedEvent Message, object? Data)> batch, DateTimeOffset now, CancellationToken cancel,
        bool again = false)
    {
        var tenant = session.TenantId;
        var messages = batch.Select(one => (one.Message, Data: one.Data ?? throw new JsonException("The event cannot be read."))).ToList();
        var occasion = new Occasion(now, new Caller(tenant, "系统", "alerting"));
        var names = await Names(session, [.. messages.Select(one => one.Data)], cancel);
        var book = await AlertBook.Of(session, tenant, cancel);
        var feeds = (await session.LoadManyAsync<Feed>(cancel, book.Contracts.Select(one => one.Contract.Name)))
            .ToDictionary(feed => feed.Id);
        var found = new List<(Occurrence What, AlertCause Cause)>();
        foreach (var (message, data) in messages)
        {
            if (Occurrence.NameIn(data, names.GetValueOrDefault) is { } name)
            {
                names[name.Id] = name;
                session.Store(name);
            }

            if (data is CalendarPublished calendar) TakeHolidays(session, tenant, book, calendar, occasion);
            if (data is TimeLimitsPublished { Limits: var limits } && !book.Limits.Exists(known => known.Version == limits.Version))
                session.Events.Append(AlertBook.Stream(tenant), session.Wrap([new LimitsTaken(limits)], now));
            var cause = new AlertCause(message.Id, message.Type, message.Stream, message.Version, message.Time);
            foreach (var contract in Feed.ContractsOf(book, message))
            {
                var heard = Feed.Hear(feeds.GetValueOrDefault(contract.Name), contract.Name, data, message.Time);
                feeds[contract.Name] = heard;
                session.Store(heard);
                found.AddRange(heard.Said(contract, tenant).Select(what => (what, cause)));
            }

            foreach (var what in Occurrence.Of(data, tenant, names.GetValueOrDefault))
            {
                if (what.Effect is not (Effect.ResolveAll or Effect.Move))
                {
                    found.Add((what, cause));
                    continue;
                }

                var subjects = await session.Query<Alert>().Where(one => one.ResolvedAt == null && one.Subject.StartsWith(what.Subject))
                    .ToListAsync(cancel);
                // A change of the household itself is a matter of both sides, and stays with them.
                found.AddRange(subjects.Where(one => what.Effect != Effect.Move || one.Kind != AlertKind.HouseholdChange)
                    .Select(one => (what with { Kind = one.Kind, Subject = one.Subject }, cause)));
            }
        }

        await Follow(session, book, found, occasion, cancel, again);
        session.LastModifiedBy = occasion.By.Actor;
        session.CausationId = messages[^1].Message.Id.ToString();
    }

    /// <summary>The names that some events are worded with, and those of the villages of the households that they name.</summary>
    static async Task<Dictionary<string, Named>> Names(IDocumentSession session, IReadOnlyList<object> happened, CancellationToken cancel)
    {
        var ids = happened.SelectMany(Occurrence.NamesFor).Distinct().ToList();
        var names = (await session.LoadManyAsync<Named>(cancel, ids)).ToDictionary(one => one.Id);
        // Of a household that was enrolled before anybody listened, its alerts know where it is.
        foreach (var id in ids.Where(id => id.StartsWith("household/", StringComparison.Ordinal) && !names.ContainsKey(id)))
        {
            var household = id["household/".Length..];
            if (await session.Query<Alert>().FirstOrDefaultAsync(alert => alert.Subject.StartsWith(household), cancel) is { } known)
                names[id] = new Named(id, "一户", "A household", known.Area, null);
        }

        var places = names.Values.Where(one => one.Id.StartsWith("household/", StringComparison.Ordinal) && one.Area is not null)
            .SelectMany(one => Wording.Places(one.Area!)).Except(names.Keys).ToList();
        if (places.Count > 0)
            foreach (var place in await session.LoadManyAsync<Named>(cancel, places)) names[place.Id] = place;
        return names;
    }

    internal static async Task Follow(
        IDocumentSession session, AlertBook book, List<(Occurrence What, AlertCause Cause)> found, Occasion occasion,
        CancellationToken cancel, bool again = false)
    {
        if (found.Count == 0) return;
        var batch = session.CreateBatchQuery();
        var reads = found.GroupBy(one => one.What.AlertOf(occasion.By.Tenant))
            .Select(one => (Of: one, Read: batch.Events.FetchForWriting<Alert>(Alert.Stream(occasion.By.Tenant, one.Key)))).ToList();
        await batch.Execute(cancel);
        var changed = new List<(Alert Before, Alert After)>();
        AlertNumbers? numbers = null;
        foreach (var (occurrences, read) in reads)
        {
            var current = await read;
            var before = current.Aggregate ?? new Alert { Id = Alert.Stream(occasion.By.Tenant, occurrences.Key) };
            var (after, events) = (before, new List<IEvent>());
            foreach (var (what, cause) in occurrences)
            foreach (var happened in FollowOccurrence.Decide(after, what, cause, book, occasion, again))
            {
                var numbered = happened is AlertRaised raised
                    ? raised with { Number = (numbers ??= await AlertNumbers.Take(session, occasion, cancel)).Next() } : happened;
                var wrapped = session.Wrap([numbered], occasion.Now).Single();
                events.Add(wrapped);
                after = after.Evolve(new Stamped(wrapped.Id, wrapped.Timestamp, wrapped.Data));
            }

            if (events.Count == 0) continue;
            current.AppendMany(events);
            changed.Add((before, after));
        }

        numbers?.Keep();
        await Groups.Take(session, book.Table, changed, occasion.Now, cancel);
    }

    static void TakeHolidays(IDocumentSession session, string tenant, AlertBook book, CalendarPublished calendar, Occasion occasion)
    {
        var taken = new HolidaysTaken(calendar.Year, calendar.DaysOff, calendar.Workdays, calendar.Document);
        if (book.Holidays.Exists(known => EventJson.Text(known) == EventJson.Text(taken))) return;
        session.Events.Append(AlertBook.Stream(tenant), session.Wrap([taken], occasion.Now));
    }

    [LoggerMessage(LogLevel.Error, "Event {Id} ({Type}) cannot be taken and is set aside")]
    partial void NotTaken(Guid id, string type, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Occurrences are not taken yet, attempt {Attempt}: {Reason}")]
    static partial void NotYet(ILogger logger, int attempt, string reason);
}
