using System.Collections.Concurrent;
using Marten;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Alerting;

/// <summary>A service that has spoken on the bus at least once, and is expected to go on.</summary>
/// <param name="Id">Its name.</param>
public sealed record Speaker(string Id);

/// <summary>What the services last said of themselves. Every instance listens for itself.</summary>
public sealed class Pulses(TimeProvider clock) : IConsumer<SourcePulse>, IConsumer<LedgerPulse>
{
    internal const string Ledger = "evaluation";

    /// <summary>One service's last word.</summary>
    /// <param name="HeardAt">When it was heard here, UTC.</param>
    /// <param name="DeadLetters">Messages that it could not take in.</param>
    public sealed record Word(DateTimeOffset HeardAt, long DeadLetters);

    internal ConcurrentDictionary<string, Word> Words { get; } = new();

    internal LedgerPulse? OfLedger { get; private set; }

    /// <summary>Expects a service that has spoken before this start.</summary>
    internal void Expect(string service) => Words.TryAdd(service, new Word(clock.GetUtcNow(), 0));

    public static void Endpoint(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit) =>
        rabbit.ReceiveEndpoint($"alerting-pulse-{Guid.CreateVersion7():N}", endpoint =>
        {
            endpoint.AutoDelete = true;
            endpoint.Durable = false;
            endpoint.QueueExpiration = TimeSpan.FromMinutes(1);
            endpoint.Consumer(context.GetRequiredService<Pulses>);
        });

    public Task Consume(ConsumeContext<SourcePulse> context)
    {
        Words[context.Message.Source] = new Word(clock.GetUtcNow(), context.Message.DeadLetters);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<LedgerPulse> context)
    {
        OfLedger = context.Message;
        Words[Ledger] = new Word(clock.GetUtcNow(), context.Message.DeadLetters);
        return Task.CompletedTask;
    }
}

/// <summary>
/// Makes faults of the system itself alerts (系统自身故障), one for each condition and county, over when it ends: a service that has fallen
/// silent, a ledger that lags, messages that could not be taken in, a broker that is away. Limits: <c>System:SilentSeconds</c> and
/// <c>System:LagSeconds</c>, 60 each where they are not set; our own choice.
/// </summary>
public sealed partial class SystemWatch(
    IDocumentStore store, DaemonHost daemon, Pulses pulses, NpgsqlDataSource database, IConfiguration configuration, TimeProvider clock,
    ILogger<SystemWatch> logger) : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(2);

    // Counties that appear while nothing changes are looked for so often.
    static readonly TimeSpan countiesEvery = TimeSpan.FromMinutes(1);

    readonly TimeSpan silentMax = TimeSpan.FromSeconds(configuration.GetValue("System:SilentSeconds", 60));
    readonly TimeSpan lagMax = TimeSpan.FromSeconds(configuration.GetValue("System:LagSeconds", 60));

    // What was said of a fault that lasts: whoever closes its alert by hand is not told of it again.
    readonly HashSet<(string Tenant, string Subject)> said = [];

    /// <summary>A condition that was looked at.</summary>
    /// <param name="Subject">Subject of its alert.</param>
    /// <param name="Title">What is wrong; null where nothing is.</param>
    public sealed record Condition(string Subject, Text? Title);

    /// <summary>What is known of each condition; pure. One of which nothing can be known now is left out.</summary>
    /// <param name="words">Each service's last word.</param>
    /// <param name="ledger">The ledger's.</param>
    /// <param name="untaken">Events that could not be taken for alerts.</param>
    /// <param name="silentMax">How long a service may be silent.</param>
    /// <param name="lagMax">How far the ledger may lag.</param>
    /// <param name="now">UTC.</param>
    public static IReadOnlyList<Condition> Look(
        IReadOnlyDictionary<string, Pulses.Word> words, LedgerPulse? ledger, long untaken, TimeSpan silentMax, TimeSpan lagMax,
            DateTimeOffset now)
    {
        var silent = words.Where(one => now - one.Value.HeardAt > silentMax).ToDictionary(one => one.Key, one => one.Value.HeardAt);
        // Our own word comes back by the broker: where it does not, nobody can be heard.
        if (silent.ContainsKey("alerting"))
            return [new("broker", new("消息中间件中断：各服务之间无法传递数据", "The broker is away: nothing passes between the services"))];
        var found = new List<Condition> { new("broker", null) };
        found.AddRange(words.Keys.Order(StringComparer.Ordinal)
            .Select(service => new Condition($"{service}/silent", silent.TryGetValue(service, out var since)
            ? new($"{Name(service)}自{since.ToOffset(ChinaTime.Offset):M月d日HH:mm}起无响应",
                $"{service} has been silent since {since:yyyy-MM-dd HH:mm} UTC")
            : null)));
        foreach (var (service, word) in words.Where(one => !silent.ContainsKey(one.Key)).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            var letters = word.DeadLetters + (service == "alerting" ? untaken : 0);
            found.Add(new($"{service}/dead-letters", letters == 0 ? null : new(
                $"{Name(service)}有{letters}条消息无法处理", $"{service} could not take in {letters} messages")));
        }

        if (ledger is not null && !silent.ContainsKey(Pulses.Ledger))
            found.Add(new("evaluation/lag", ledger.Behind is { } behind && ledger.LagSeconds > lagMax.TotalSeconds
                ? new($"台账落后于{Name(behind)}超过{lagMax.TotalSeconds:0}秒",
                    $"The ledger is more than {lagMax.TotalSeconds:0} s behind {behind}")
                : null));
        return found;
    }

    static string Name(string service) => service switch
    {
        "indicators" => "指标服务",
        "projects" => "项目服务",
        "relapse" => "防返贫监测服务",
        "environment" => "环境监测服务",
        "evaluation" => "评估台账服务",
        "alerting" => "预警服务",
        _ => $"服务 {service} ",
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (known, last, counties) = (new HashSet<string>(), "", DateTimeOffset.MinValue);
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!daemon.Leads) continue;
            try
            {
                await Know(known, stoppingToken);
                var now = clock.GetUtcNow();
                var conditions = Look(pulses.Words, pulses.OfLedger, await Untaken(stoppingToken), silentMax, lagMax, now);
                var holding = string.Join(' ', conditions.Where(one => one.Title is not null).Select(one => one.Subject));
                if (holding == last && now - counties < countiesEvery) continue;
                foreach (var tenant in await Tenants(stoppingToken)) await Say(tenant, conditions, now, stoppingToken);
                (last, counties) = (holding, now);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    // Who has spoken is remembered beyond a restart, so that a service which died meanwhile is missed.
    async Task Know(HashSet<string> known, CancellationToken cancel)
    {
        // Others may speak while this is written; they are known next time.
        var spoken = pulses.Words.Keys.ToList();
        if (known.Count > 0 && spoken.All(known.Contains)) return;
        await using var session = store.LightweightSession();
        foreach (var speaker in await session.Query<Speaker>().ToListAsync(cancel))
        {
            pulses.Expect(speaker.Id);
            known.Add(speaker.Id);
        }

        foreach (var service in spoken.Where(service => !known.Contains(service))) session.Store(new Speaker(service));
        await session.SaveChangesAsync(cancel);
        known.UnionWith(spoken);
    }

    async Task Say(string tenant, IReadOnlyList<Condition> conditions, DateTimeOffset now, CancellationToken cancel)
    {
        var kind = Codes<AlertKind>.ByValue[AlertKind.SystemFault];
        await using var session = store.LightweightSession(tenant);
        var open = (await session.Query<Alert>().Where(alert => alert.ResolvedAt == null && alert.KindCode == kind).ToListAsync(cancel))
            .Select(alert => alert.Subject).ToHashSet();
        var found = new List<(Occurrence What, AlertCause Cause)>();
        foreach (var (subject, title) in conditions)
        {
            // An instant is as good a place in a stream as a number: what was said of it comes no second time.
            var cause = new AlertCause(Guid.CreateVersion7(now), "system.watched", $"system/{subject}", now.ToUnixTimeMilliseconds(), now);
            if (title is not null && !open.Contains(subject) && !said.Contains((tenant, subject)))
                found.Add((new Occurrence(Effect.Raise, AlertKind.SystemFault, subject, Severity.Warning, tenant, Title: title), cause));
            if (title is null && open.Contains(subject)) found.Add((new Occurrence(Effect.Resolve, AlertKind.SystemFault, subject), cause));
        }

        if (found.Count > 0)
        {
            var occasion = new Occasion(now, new Caller(tenant, "系统", "system-watch"));
            await TakeOccurrences.Follow(session, await AlertBook.Of(session, tenant, cancel), found, occasion, cancel);
            session.LastModifiedBy = occasion.By.Actor;
            await session.SaveChangesAsync(cancel);
        }

        foreach (var (subject, title) in conditions)
            if (title is null) said.Remove((tenant, subject));
            else said.Add((tenant, subject));
    }

    async Task<long> Untaken(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select count(*) from alerting.mt_doc_untaken");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    async Task<IReadOnlyList<string>> Tenants(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.AdvancedSql.QueryAsync<string>("""
            select tenant_id from alerting.mt_doc_alert union select tenant_id from alerting.mt_doc_alertbook union
            select tenant_id from alerting.mt_doc_named
            """, cancel);
    }

    [LoggerMessage(LogLevel.Warning, "The system cannot be watched now: {Reason}")]
    partial void NotNow(string reason);
}
