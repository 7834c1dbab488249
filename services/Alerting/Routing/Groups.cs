using System.Collections.ObjectModel;
using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>Puts alerts into the groups of their routes, and tells receivers when a group's time has come.</summary>
public sealed partial class Groups(IDocumentStore store, DaemonHost daemon, TimeProvider clock, ILogger<Groups> logger) : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(200);

    const int GroupsMax = 100;

    /// <summary>How many alerts one message lists; the rest are counted.</summary>
    internal const int LinesMax = 20;

    // And how many of them an event names.
    const int AlertsMax = 1_000;

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
                    while (await Tell(store, tenant, clock.GetUtcNow(), stoppingToken) == GroupsMax) { }
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
    internal static async Task<int> Tell(IDocumentStore store, string tenant, DateTimeOffset now, CancellationToken cancel)
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
        IReadOnlyList<Alert>? open = null;
        foreach (var group in groups)
        {
            var (after, told, count) = Grouping.Look(book, group, alerts, sources, now);
            Keep(session, group, after);
            var speaking = told.SelectMany(one => one.Alerts)
                .Where(alert => alert.IsOpen && sources.Any(source => source.AlertId == alert.AlertId)).ToList();
            if (speaking.Count > 0) open ??= await session.Query<Alert>().Where(alert => alert.ResolvedAt == null).ToListAsync(cancel);
            var muted = speaking.Count == 0 ? ReadOnlyDictionary<Guid, int>.Empty : book.Table.SpeaksFor(speaking, open!, sources);
            foreach (var (kind, which) in told)
            foreach (var receiver in Array.Find(book.Table.Routes, one => one.Name == group.Route)!.Receivers)
            {
                var due = Worded(Guid.CreateVersion7(now), receiver, group.Id, kind, which, count, book.Table.Version, muted);
                session.Events.Append(Notification.Stream(tenant, due.NotificationId), session.Wrap([due], now));
            }
        }

        session.LastModifiedBy = new Caller(tenant, "系统", "alerting").Actor;
        await session.SaveChangesAsync(cancel);
        return groups.Count;
    }

    /// <summary>Open alerts that may make others needless.</summary>
    internal static async Task<IReadOnlyList<Alert>> Sources(IQuerySession session, RouteTable table, CancellationToken cancel)
    {
        var kinds = table.Inhibitions.SelectMany(rule => rule.Source.Kinds is { Length: > 0 } some ? some : Enum.GetValues<AlertKind>())
            .Distinct().Select(kind => Codes<AlertKind>.ByValue[kind]).ToArray();
        return kinds.Length == 0 ? [] : await session.Query<Alert>()
            .Where(alert => alert.ResolvedAt == null && alert.KindCode.IsOneOf(kinds)).ToListAsync(cancel);
    }

    internal static NotificationDue Worded(
        Guid id, string receiver, string group, NotificationKind kind, IReadOnlyList<Alert> alerts, int open, string routes,
        IReadOnlyDictionary<Guid, int>? speaksFor = null)
    {
        var area = alerts.Select(alert => alert.Area)
            .Aggregate((common, one) => common[..common.Zip(one).TakeWhile(pair => pair.First == pair.Second).Count()]);
        area = area.Length >= 12 ? area : area.Length >= 9 ? area[..9] : area[..Math.Min(6, area.Length)];
        var (zh, en) = kind switch
        {
            NotificationKind.Firing => ("新预警", "New alerts"),
            NotificationKind.Repeated => ("仍未办结", "Still open"),
            NotificationKind.Escalated => ("预警升级", "Escalated"),
            _ => ("预警解除", "Resolved"),
        };
        var still = kind == NotificationKind.Resolved ? new Text($"，尚有{open}条未办结", $", {open} still open") : new Text("", "");
        var texts = alerts.ToDictionary(alert => alert.AlertId, alert => speaksFor?.GetValueOrDefault(alert.AlertId) is > 0 and var muted
            ? new Text($"{alert.Title}（含{muted}条不再单独通知的预警）", $"{alert.TitleEn} (speaks for {muted} alerts that are not told of one by one)")
            : new Text(alert.Title, alert.TitleEn));
        var (shown, left) = (alerts.Take(LinesMax).ToList(), alerts.Count - LinesMax);
        return new NotificationDue(
            id, receiver, group, kind, [.. alerts.Take(AlertsMax).Select(alert => alert.AlertId)], alerts.Max(alert => alert.Severity),
            alerts.Count == 1 ? $"【{zh}】{texts[alerts[0].AlertId].Zh}" : $"【{zh}】{alerts.Count}条{still.Zh}",
            alerts.Count == 1 ? $"{en}: {texts[alerts[0].AlertId].En}" : $"{en}: {alerts.Count}{still.En}",
            string.Join('\n', [.. shown.Select(alert => texts[alert.AlertId].Zh), .. left > 0 ? [$"另有{left}条"] : Array.Empty<string>()]),
            string.Join('\n', [.. shown.Select(alert => texts[alert.AlertId].En), .. left > 0 ? [$"and {left} more"]
                : Array.Empty<string>()]),
            area.Length >= 6 ? area : null, routes, Math.Max(0, alerts.Count - AlertsMax));
    }

    [LoggerMessage(LogLevel.Warning, "Groups cannot be told of now: {Reason}")]
    partial void NotNow(string reason);
}
