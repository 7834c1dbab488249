using System.Collections.Immutable;
using System.Text.Json;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// A monitoring station (监测站点) as registered and since changed. Folded from its stream <c>station/{tenant}/{mn}</c>, which
/// also carries its readings; those are kept by day in <see cref="StationDay"/>.
/// </summary>
public sealed record Station : IState<Station>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The registration as first made, or as last changed.</summary>
    public StationRegistered? Registration { get; init; }

    /// <summary>All registrations with the day they hold from, in that order; the first holds from the beginning.</summary>
    public ImmutableList<StationChanged> History { get; init; } = [];

    /// <summary>Months that have been audited, e.g. <c>2023-07</c>.</summary>
    public ImmutableSortedSet<string> AuditedMonths { get; init; } = [];

    public Station Evolve(object happened) => happened switch
    {
        StationRegistered e => With(new StationChanged(e.Mn, DateOnly.MinValue, e, "")),
        StationChanged e => With(e),
        MonthAudited e => this with { AuditedMonths = AuditedMonths.Add(e.Month) },
        _ => this,
    };

    /// <summary>What is kept of the stream's events; readings are not among them, so that a push does not rewrite the state.</summary>
    internal static readonly Type[] Events = [typeof(StationRegistered), typeof(StationChanged), typeof(MonthAudited)];

    /// <summary>The registration that holds on a day.</summary>
    public StationRegistered? On(DateOnly day) => History.FindLast(change => change.EffectiveFrom <= day)?.Registration ?? Registration;

    /// <summary>Since when the registration of a day holds; the first holds from the beginning.</summary>
    internal DateOnly Since(DateOnly day) =>
        History.Count > 1 && History.FindLast(change => change.EffectiveFrom <= day) is { } change ? change.EffectiveFrom : DateOnly.MinValue;

    /// <summary>Whether a day lies in an audited month.</summary>
    public bool IsAudited(DateOnly day) => !AuditedMonths.IsEmpty && AuditedMonths.Contains(MonthOf(day));

    internal static string MonthOf(DateOnly day) => day.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);

    Station With(StationChanged change)
    {
        // A state that was kept before there were changes knows the first registration only.
        var known = History.IsEmpty && Registration is { } first ? History.Add(new StationChanged(first.Mn, DateOnly.MinValue, first, "")) : History;
        var history = known.Insert(known.FindLastIndex(one => one.EffectiveFrom <= change.EffectiveFrom) + 1, change);
        return this with { Registration = history[^1].Registration, History = history };
    }

    internal static string Stream(string tenant, string mn) => $"station/{tenant}/{mn}";

    internal static readonly Refusal Unknown = Refusal.Unknown("station-unknown", "没有登记此站点（MN）。", "No station has this MN.", "station");

    /// <summary>Two registrations that say the same.</summary>
    internal static bool Same(StationRegistered one, StationRegistered other) => Text(one) == Text(other);

    static string Text(StationRegistered one) => JsonSerializer.Serialize(
        one with { Units = new SortedDictionary<string, string>(one.Units.ToDictionary(), StringComparer.Ordinal) }, EventJson.Options);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/stations", async (
            string? on, Caller caller, Page page, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!ChinaTime.TryDay(on, out var asked)) return Problem.Of(400, "not-a-date", new("on 应为日期。", "on must be a day."));
            var day = asked ?? ChinaTime.Day(clock.GetUtcNow());
            await using var session = store.QuerySession(caller.Tenant);
            var total = await session.Query<Station>().CountAsync(cancel);
            var after = Stream(caller.Tenant, page.After);
            var found = await session.Query<Station>().Where(one => one.Id.CompareTo(after) > 0)
                .OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            return (IResult)new Listing<StationRegistered>(
                [.. found.Select(station => station.On(day)!)],
                found.Count == page.Limit ? found[^1].Registration!.Mn : null, total).PushedAs(one => new
                {
                    one.Mn, one.Name, one.Medium, one.Area, one.Units, one.SystemType, one.Longitude, one.Latitude, one.Address, one.WaterBody,
                    one.TargetClass, one.TimeLabel, one.Planned, one.IntervalMinutes, one.CountsForCounty,
                });
        }).RequireRight("environment:read").ProducesPage<StationRegistered>();

        routes.MapGet("/v1/stations/{mn}", async (
            string mn, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<Station>(Stream(caller.Tenant, mn), cancel) is { Registration: not null } found
                ? Results.Ok(found.On(ChinaTime.Day(clock.GetUtcNow()))!)
                : Problem.Of(404, "station-unknown", new("没有此站点。", "There is no such station."));
        }).RequireRight("environment:read").Produces<StationRegistered>();

        routes.MapGet("/v1/stations/{mn}/changes", async (string mn, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<Station>(Stream(caller.Tenant, mn), cancel) is { } found
                ? Results.Ok(found.History.Where(change => change.EffectiveFrom > DateOnly.MinValue))
                : Problem.Of(404, "station-unknown", new("没有此站点。", "There is no such station."));
        }).RequireRight("environment:read").Produces<StationChanged[]>();
    }
}
