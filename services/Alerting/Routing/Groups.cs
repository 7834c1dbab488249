using System.Collections.ObjectModel;
using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>Puts alerts into the groups of their routes, and tells receivers when a group's time has come.</summary>
public sealed partial class Groups(
    IDocumentStore store, DaemonHost daemon, TimeProvider clock, IConfiguration configuration, ILogger<Groups> logger) : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(200);

    const int GroupsMax = 100;

    /// <summary>Tells the groups of these alerts what has become of them, in the same transaction.</summary>
    internal static async Task Take(
        IDocumentSession session, RouteTable table, IReadOnlyList<(Alert Before, Alert After)> changed, DateTimeOffset now,
            CancellationToken cancel)
    {
        var news = Grouping.NewsOf(table, changed);
        if (news.Count == 0) return;
        await TakeTurn(session, cancel);
        var known = (await session.LoadManyAsync<AlertGroup>(cancel, [.. news.Select(one => one.Group).Distinct()]))
            .ToDictionary(group => group.Id);
        foreach (var same in news.GroupBy(one => one.Group))
        {
            var before = known.GetValueOrDefault(same.Key);
            Keep(session, before, same.Aggregate(before ?? new AlertGroup { Id = same.Key }, (group, one) => group.Take(one, now)));
        }
    }

    /// <summary>Has the groups that a silence has kept quiet looked at now, in the same transaction.</summary>
    internal static async Task Wake(IDocumentSession session, string silence, DateTimeOffset now, CancellationToken cancel)
    {
        await TakeTurn(session, cancel);
        foreach (var group in await session.Query<AlertGroup>().Where(group => group.NextAt > now).ToListAsync(cancel))
            if (group.Held.ContainsValue(silence)) Keep(session, group, group with { NextAt = now });
    }

    // News comes faster than groups are told of, and would be faster with one of a hundred groups each time; so the two take turns.
    static Task TakeTurn(IDocumentSession session, CancellationToken cancel) =>
        session.TakeTurn($"alert-groups/{session.TenantId}", cancel);

    static void Keep(IDocumentSession session, AlertGroup? before, AlertGroup after)
    {
        if (before is null) session.Insert(after);
        else session.UpdateRevision(after, before.Version + 1);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!daemon.Leads) continue;
            try
            {
                foreach (var tenant in await Tenants(clock.GetUtcNow(), stoppingToken))
                    while (await Tell(store, tenant, configuration["Channels:PublicAddress"], clock.GetUtcNow(), stoppingToken) == GroupsMax) { }
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    // The same expression as that of the index.
    async Task<IReadOnlyList<string>> Tenants(DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.AdvancedSql.QueryAsync<string>(
            "select distinct tenant_id from alerting.mt_doc_alertgroup where alerting.mt_immutable_timestamptz(data ->> 'nextAt') <= ?",
            cancel, now);
    }

    /// <summary>Looks at the groups whose time has come; answers how many there were.</summary>
    internal static async Task<int> Tell(IDocumentStore store, string tenant, string? address, DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(tenant);
        await TakeTurn(session, cancel);
        var groups = await session.Query<AlertGroup>().Where(group => group.NextAt <= now).OrderBy(group => group.NextAt).Take(GroupsMax)
            .ToListAsync(cancel);
        if (groups.Count == 0) return 0;
        var book = await AlertBook.Of(session, tenant, cancel);
        var alerts = (await session.LoadManyAsync<Alert>(cancel,
            [.. groups.SelectMany(group => group.Alerts.Keys).Distinct().Select(code => Alert.Stream(tenant, code))]))
            .ToDictionary(alert => alert.AlertId);
        var sources = await Sources(session, book.Table, cancel);
        var looks = groups.Select(group => (Before: group, Look: Grouping.Look(book, group, alerts, sources, now))).ToList();
        var told = looks.SelectMany(one => one.Look.Told).SelectMany(one => one.Alerts).DistinctBy(alert => alert.AlertId).ToList();
        var names = await Names(session, told, cancel);
        var muted = await SpeaksFor(
            session, book.Table, [.. told.Where(alert => alert.IsOpen && sources.Any(source => source.AlertId == alert.AlertId))], sources,
            looks.Select(one => one.Look.After), cancel);
        foreach (var (group, (after, toTell, count)) in looks)
        {
            Keep(session, group, after);
            foreach (var (kind, which) in toTell)
            foreach (var receiver in Array.Find(book.Table.Routes, one => one.Name == group.Route)!.Receivers)
            {
                var due = Wording.Due(
                    Guid.CreateVersion7(now), receiver,
                    new Told(group.Id, kind, which, count)
                    {
                        SpeaksFor = muted, HeldBy = HeldBy(book, group), Names = names.GetValueOrDefault, Address = address,
                    }, book);
                session.Events.Append(Notification.Stream(tenant, due.NotificationId), session.Wrap([due], now));
            }
        }

        session.LastModifiedBy = new Caller(tenant, "系统", "alerting").Actor;
        await session.SaveChangesAsync(cancel);
        return groups.Count;
    }

    static Dictionary<Guid, SilenceSet> HeldBy(AlertBook book, AlertGroup group) => group.Held
        .Select(one => (Alert: one.Key, Silence: book.Silences.Find(silence => silence.Silence == one.Value)))
        .Where(one => one.Silence is not null).ToDictionary(one => one.Alert, one => one.Silence!);

    /// <summary>For how many alerts that none of their groups was told of each of some alerts speaks.</summary>
    static async Task<IReadOnlyDictionary<Guid, int>> SpeaksFor(
        IQuerySession session, RouteTable table, IReadOnlyCollection<Alert> speaking, IReadOnlyList<Alert> sources,
        IEnumerable<AlertGroup> looked, CancellationToken cancel)
    {
        if (speaking.Count == 0) return ReadOnlyDictionary<Guid, int>.Empty;
        var open = (await session.Query<Alert>().Where(alert => alert.ResolvedAt == null).ToListAsync(cancel))
            .Where(alert => table.Inhibited(alert, sources) is not null).ToList();
        var ways = open.SelectMany(alert => table.RoutesOf(alert).Select(route => route.GroupOf(alert))).Distinct();
        var groups = (await session.LoadManyAsync<AlertGroup>(cancel, [.. ways])).ToDictionary(group => group.Id);
        foreach (var group in looked) groups[group.Id] = group;
        return table.SpeaksFor(speaking, open.Where(alert => !table.IsTold(alert, groups)), sources);
    }

    /// <summary>What the areas of some alerts are called.</summary>
    internal static async Task<IReadOnlyDictionary<string, Named>> Names(
        IQuerySession session, IEnumerable<Alert> alerts, CancellationToken cancel)
    {
        var ids = alerts.SelectMany(alert => Wording.Places(alert.Area)).Distinct().ToList();
        return ids.Count == 0 ? ReadOnlyDictionary<string, Named>.Empty
            : (await session.LoadManyAsync<Named>(cancel, ids)).ToDictionary(one => one.Id);
    }

    /// <summary>Open alerts that may make others needless.</summary>
    internal static async Task<IReadOnlyList<Alert>> Sources(IQuerySession session, RouteTable table, CancellationToken cancel)
    {
        var kinds = table.Inhibitions.SelectMany(rule => rule.Source.Kinds is { Length: > 0 } some ? some : Enum.GetValues<AlertKind>())
            .Distinct().Select(kind => Codes<AlertKind>.ByValue[kind]).ToArray();
        return kinds.Length == 0 ? [] : await session.Query<Alert>()
            .Where(alert => alert.ResolvedAt == null && alert.KindCode.IsOneOf(kinds)).ToListAsync(cancel);
    }

    [LoggerMessage(LogLevel.Warning, "Groups cannot be told of now: {Reason}")]
    partial void NotNow(string reason);
}
