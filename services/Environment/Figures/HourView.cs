using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// <c>GET /v1/hours?station=&amp;day=</c>: a station's day hour by hour, checked and in the standard's units, with the index of each
/// hour (实时报, HJ 633). Computed from the readings, so that it is there before the day is judged; what the day was worth is
/// said by <c>/v1/days</c>.
/// </summary>
static class HourView
{
    // HJ 633-2026 judges an hour of PM by the breakpoints of a day; the version of 2012 has no table of its own for it.
    static readonly (string Pollutant, Average By)[] items =
    [
        (AirStandard.SO2, Average.Hour), (AirStandard.NO2, Average.Hour), (AirStandard.CO, Average.Hour), (AirStandard.O3, Average.Hour),
        (AirStandard.Pm10, Average.Day), (AirStandard.Pm25, Average.Day),
    ];

    /// <summary>One hour.</summary>
    /// <param name="Hour">1 to 24: it ends at that hour, Beijing time.</param>
    /// <param name="Values">Hourly means that count, by pollutant, in the standard's unit.</param>
    /// <param name="Quality">By pollutant: <c>v</c> valid, <c>.</c> nothing, else why it does not count.</param>
    /// <param name="Iaqi">Sub-indices by pollutant.</param>
    /// <param name="Aqi">The highest of them; null where an item that the station measures is missing and none is above 100.</param>
    /// <param name="Level">Its level.</param>
    /// <param name="Primary">首要污染物.</param>
    public sealed record Entry(
        int Hour, IReadOnlyDictionary<string, decimal> Values, IReadOnlyDictionary<string, char> Quality, IReadOnlyDictionary<string, int> Iaqi,
        int? Aqi, AqiLevel? Level, string[] Primary);

    internal static IEnumerable<Entry> Of(StationRegistered station, DateOnly day, IReadOnlyList<HourSeries> hours)
    {
        var standard = AirStandard.On(day);
        var expected = items.Where(item => station.Units.ContainsKey(item.Pollutant) && station.Planned?.Contains(item.Pollutant) != false).Count();
        for (var hour = 0; hour < 24; hour++)
        {
            var values = hours.Where(series => series.Values[hour] is not null)
                .ToDictionary(series => series.Pollutant, series => series.Values[hour]!.Value);
            var indices = new SortedDictionary<string, int>(StringComparer.Ordinal);
            if (station.Medium == Medium.Air)
                foreach (var (pollutant, by) in items)
                    if (values.TryGetValue(pollutant, out var value) &&
                        standard.Iaqi(pollutant, by, Gb8170.Round(value, AirStandard.Places(pollutant))) is { } index)
                        indices[pollutant] = index;
            int? most = indices.Count > 0 && (indices.Count >= expected || indices.Values.Max() > 100) ? indices.Values.Max() : null;
            yield return new Entry(
                hour + 1, values, hours.ToDictionary(series => series.Pollutant, series => series.Quality[hour]), indices, most,
                most is { } known ? AqiLevel.Of(known) : null, most > 50 ? [.. indices.Where(one => one.Value == most).Select(one => one.Key)] : []);
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/hours", async (
        string? station, string? day, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        if (!ChinaTime.TryDay(day, out var asked)) return Problem.Of(400, "not-a-date", new("day 应为日期。", "day must be a day."));
        var on = asked ?? ChinaTime.Day(clock.GetUtcNow());
        await using var session = store.QuerySession(caller.Tenant);
        if (station is null || await session.LoadAsync<Station>(Station.Stream(caller.Tenant, station), cancel) is not { } known)
            return Problem.Of(Station.Unknown);
        var days = (await session.LoadManyAsync<StationDay>(cancel, new[] { -1, 0, 1 }.Select(ago => StationDay.IdOf(station, on.AddDays(ago)))))
            .ToDictionary(one => StationDay.DayOf(one.Id));
        if (!days.TryGetValue(on, out var readings) || known.On(on) is not { } registration) return (IResult)new Listing<Entry>([], null);
        var rules = (await RuleBook.Of(session, caller.Tenant, cancel)).On(on);
        var found = Checks.Of(readings, days.GetValueOrDefault(on.AddDays(-1)), days.GetValueOrDefault(on.AddDays(1)), registration.Units, rules);
        return new Listing<Entry>([.. Of(registration, on, HourSeries.Of(readings, found, registration))], null);
    }).RequireRight("environment:read").ProducesPage<Entry>();
}
