using System.Collections.Immutable;
using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// All readings in force of one station on one day (Asia/Shanghai; a reading belongs to the day its hour ended on, 24:00
/// included). It answers queries, and lets a push tell new readings from repeated ones without reading history.
/// </summary>
public sealed record StationDay
{
    /// <summary><c>{mn}/{yyyy-MM-dd}</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>By pollutant code.</summary>
    public ImmutableDictionary<string, DaySeries> Series { get; init; } = ImmutableDictionary<string, DaySeries>.Empty;

    internal static string IdOf(string mn, DateOnly day) => $"{mn}/{day:yyyy-MM-dd}";

    /// <summary>The day a reading belongs to: its time is the end of the hour it measures, so midnight ends the day before.</summary>
    internal static DateOnly DayOf(DateTimeOffset time) => ChinaTime.Day(time.AddTicks(-1));

    internal StationDay With(string pollutant, IReadOnlyList<Reading> readings) => readings.Count == 0 ? this : this with
    {
        Series = Series.SetItem(
            pollutant, Series.TryGetValue(pollutant, out var known) ? known.With(readings) : new DaySeries([], [], null).With(readings)),
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stations/{mn}/days/{day}", async (
        string mn, DateOnly day, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<StationDay>(IdOf(mn, day), cancel) is { } found
            ? Results.Ok(new Entry(mn, day, found.Series.OrderBy(one => one.Key, StringComparer.Ordinal).ToDictionary(
                one => one.Key, one => one.Value.Readings.Select(reading => reading with { Time = reading.Time.ToOffset(ChinaTime.Offset) }))))
            : Problem.Of(404, "day-unknown", new("该站点当日没有数据。", "The station has no readings on that day."));
    }).RequireRight("environment:read").Produces<Entry>();

    /// <summary>A day as it is answered; times in Asia/Shanghai.</summary>
    public sealed record Entry(string Mn, DateOnly Day, IReadOnlyDictionary<string, IEnumerable<Reading>> Series);
}

/// <summary>One reading in force.</summary>
/// <param name="Time">End of the hour measured.</param>
/// <param name="Value">In the station's unit.</param>
/// <param name="Flag">Data flag of HJ 212-2017; <c>N</c> is normal.</param>
public sealed record Reading(DateTimeOffset Time, decimal Value, string Flag);

/// <summary>One pollutant's readings of a day, column by column and in order of time.</summary>
/// <param name="At">Unix seconds.</param>
/// <param name="Values">In the station's unit.</param>
/// <param name="Flags">Null when all are <c>N</c>.</param>
public sealed record DaySeries(long[] At, decimal[] Values, string[]? Flags)
{
    internal IEnumerable<Reading> Readings => At.Select((at, index) =>
        new Reading(DateTimeOffset.FromUnixTimeSeconds(at), Values[index], Flags?[index] ?? "N"));

    /// <summary>The reading at a time, if there is one.</summary>
    internal Reading? Find(DateTimeOffset time)
    {
        var index = Array.BinarySearch(At, time.ToUnixTimeSeconds());
        return index < 0 ? null : new Reading(time, Values[index], Flags?[index] ?? "N");
    }

    /// <summary>Adds readings, or replaces those at the same time.</summary>
    internal DaySeries With(IReadOnlyList<Reading> readings)
    {
        var merged = new SortedDictionary<long, Reading>();
        foreach (var reading in Readings.Concat(readings)) merged[reading.Time.ToUnixTimeSeconds()] = reading;
        return new DaySeries(
            [.. merged.Keys], [.. merged.Values.Select(reading => reading.Value)],
            merged.Values.All(reading => reading.Flag == "N") ? null : [.. merged.Values.Select(reading => reading.Flag)]);
    }
}

/// <summary>Keeps <see cref="StationDay"/> in the transaction that records the readings.</summary>
public sealed partial class StationDays : MultiStreamProjection<StationDay, string>
{
    public StationDays()
    {
        Identities<ReadingsRecorded>(e => DaysOf(e.Mn, e.Times));
        Identities<ReadingsRevised>(e => DaysOf(e.Mn, e.Revisions.Select(revision => revision.Time)));
    }

    static IReadOnlyList<string> DaysOf(string mn, IEnumerable<DateTimeOffset> times) =>
        [.. times.Select(StationDay.DayOf).Distinct().Select(day => StationDay.IdOf(mn, day))];

    public override StationDay? Evolve(StationDay? snapshot, string id, IEvent e)
    {
        var day = snapshot ?? new StationDay { Id = id };
        switch (e.Data)
        {
            case ReadingsRecorded recorded:
                var rows = Enumerable.Range(0, recorded.Times.Length)
                    .Where(row => StationDay.IdOf(recorded.Mn, StationDay.DayOf(recorded.Times[row])) == id).ToList();
                return recorded.Series.Aggregate(day, (sum, series) => sum.With(
                    series.Pollutant,
                    [.. rows.Where(row => series.Values[row] is not null).Select(row =>
                        new Reading(recorded.Times[row], series.Values[row]!.Value, series.Flags?[row] ?? "N"))]));
            case ReadingsRevised revised:
                return revised.Revisions
                    .Where(revision => StationDay.IdOf(revised.Mn, StationDay.DayOf(revision.Time)) == id)
                    .Aggregate(day, (sum, revision) =>
                        sum.With(revision.Pollutant, [new Reading(revision.Time, revision.Value, revision.Flag)]));
            default:
                return day;
        }
    }
}
