using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Looks each minute, in the instance that runs the daemon, at the last two days of every station: what is above its limit, and
/// who is silent.
/// </summary>
sealed partial class AlarmWatch(IDocumentStore store, DaemonHost daemon, TimeProvider clock, ILogger<AlarmWatch> logger) : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!daemon.Leads) continue;
            try
            {
                foreach (var tenant in await Tenants(stoppingToken))
                    await Round(store, new Occasion(clock.GetUtcNow(), new Caller(tenant, "系统", "alarm-watch")), stoppingToken);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    /// <summary>One round over a county's stations; answers how many things it said.</summary>
    internal static async Task<int> Round(IDocumentStore store, Occasion occasion, CancellationToken cancel)
    {
        var (said, tenant) = (0, occasion.By.Tenant);
        await using var session = store.QuerySession(tenant);
        var book = await RuleBook.Of(session, tenant, cancel);
        foreach (var station in await session.Query<Station>().ToListAsync(cancel))
        {
            if (station.On(occasion.Today) is not { } registration) continue;
            var days = await Days(session, registration.Mn, occasion.Today, cancel);
            var rules = book.On(occasion.Today);
            said += await store.Decide<AlarmBook>(
                AlarmBook.Stream(tenant, registration.Mn), occasion, alarms => [.. Decide(alarms, registration, days, rules, occasion.Now)], cancel);
        }

        return said;
    }

    /// <summary>What to say about a station, given its last days in their order; the last of them has its latest reading.</summary>
    internal static IEnumerable<object> Decide(
        AlarmBook alarms, StationRegistered station, IReadOnlyList<StationDay> days, MonitoringRules rules, DateTimeOffset now)
    {
        var interval = station.IntervalMinutes ?? 60;
        var (since, recent) = (now - Watching.Window, new List<(string Pollutant, Watching.HourValue Hour)>());
        foreach (var (number, day) in days.Index())
        {
            var start = DateTimeOffset.FromUnixTimeSeconds(StationDay.StartOf(StationDay.DayOf(day.Id)));
            var found = Checks.Of(day, number > 0 ? days[number - 1] : null, number + 1 < days.Count ? days[number + 1] : null, station.Units, rules);
            foreach (var series in HourSeries.Of(day, found, station))
                recent.AddRange(series.Values.Index().Where(hour => hour.Item is not null && start.AddHours(hour.Index + 1) > since)
                    .Select(hour => (series.Pollutant, new Watching.HourValue(start.AddHours(hour.Index + 1), hour.Item!.Value))));
        }

        var episodes = recent.GroupBy(one => one.Pollutant).OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one =>
            Watching.BoundOf(station, one.Key, ChinaTime.Day(now)) is { } bound
                ? Watching.Episodes(alarms, station.Mn, one.Key, [.. one.Select(hour => hour.Hour).OrderBy(hour => hour.End)], bound, rules, interval)
                : []);
        var at = days.SelectMany(day => day.Series.Values).Select(series => series.At[^1]).DefaultIfEmpty(0).Max();
        return episodes.Concat(Watching.Silence(
            alarms, station.Mn, at == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(at), interval, rules, now));
    }

    // The days of the window, and the latest that has readings where that is longer ago.
    static async Task<IReadOnlyList<StationDay>> Days(IQuerySession session, string mn, DateOnly today, CancellationToken cancel)
    {
        var days = await session.LoadManyAsync<StationDay>(cancel, Enumerable.Range(-3, 4).Select(ago => StationDay.IdOf(mn, today.AddDays(ago))));
        if (days.Count > 0) return [.. days.OrderBy(day => day.Id, StringComparer.Ordinal)];
        var (first, past) = ($"{mn}/", $"{mn}0");
        return await session.Query<StationDay>().Where(day => day.Id.CompareTo(first) > 0 && day.Id.CompareTo(past) < 0)
            .OrderByDescending(day => day.Id).Take(1).ToListAsync(cancel);
    }

    async Task<IReadOnlyList<string>> Tenants(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.AdvancedSql.QueryAsync<string>("select distinct tenant_id from environment.mt_doc_station", cancel);
    }

    /// <summary>What a round at once did.</summary>
    public sealed record Done(DateTimeOffset At, int Said);

    /// <summary>Maps <c>POST /v1/alarm-rounds</c>: a round at once.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/alarm-rounds", async (
        Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        var now = clock.GetUtcNow();
        return new Done(now, await Round(store, new Occasion(now, caller), cancel));
    }).RequireRight("environment:define").Produces<Done>();

    [LoggerMessage(LogLevel.Warning, "Alarms cannot be looked at now: {Reason}")]
    partial void NotNow(string reason);
}
