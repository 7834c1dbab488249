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
/// included) and what the checks and the audit found. It answers queries, lets a push tell new readings from repeated ones
/// without reading history, and is what every figure is computed from.
/// </summary>
public sealed record StationDay
{
    /// <summary><c>{mn}/{yyyy-MM-dd}</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>By pollutant code.</summary>
    public ImmutableDictionary<string, DaySeries> Series { get; init; } = ImmutableDictionary<string, DaySeries>.Empty;

    /// <summary>Version of the rules of the last automatic check; null before the first.</summary>
    public string? Checked { get; init; }

    /// <summary>Whether the month's audit is done.</summary>
    public bool Audited { get; init; }

    internal static string IdOf(string mn, DateOnly day) => $"{mn}/{day:yyyy-MM-dd}";

    /// <summary>The day a reading belongs to: its time is the end of the hour it measures, so midnight ends the day before.</summary>
    internal static DateOnly DayOf(DateTimeOffset time) => ChinaTime.Day(time.AddTicks(-1));

    /// <summary>The day that an id is about.</summary>
    internal static DateOnly DayOf(string id) => DateOnly.ParseExact(id.AsSpan(id.Length - 10), "yyyy-MM-dd", null);

    /// <summary>Midnight in Beijing at which a day begins, Unix seconds.</summary>
    internal static long StartOf(DateOnly day) => ChinaTime.StartOf(day).ToUnixTimeSeconds();

    const int DaySeconds = 24 * 3600;

    internal int Count => Series.Values.Sum(series => series.At.Length);

    internal StationDay With(string pollutant, IReadOnlyList<Reading> readings, bool revised = false) => readings.Count == 0 ? this : this with
    {
        Series = Series.SetItem(pollutant, (Series.GetValueOrDefault(pollutant) ?? new DaySeries([], [], null)).With(readings, revised || Audited)),
    };

    /// <summary>Adds those readings of a push that fall on this day.</summary>
    internal StationDay With(ReadingsRecorded push, DateOnly on)
    {
        // Times ascend, so those of a day stand together.
        var (start, times) = (StartOf(on), Array.ConvertAll(push.Times, time => time.ToUnixTimeSeconds()));
        var first = Array.FindIndex(times, time => time > start);
        var last = Array.FindLastIndex(times, time => time <= start + DaySeconds);
        if (first < 0 || last < first) return this;
        var (rows, revised, all) = (first..(last + 1), push.Reason is not null || Audited, Series.ToBuilder());
        foreach (var column in push.Series)
        {
            var known = all.GetValueOrDefault(column.Pollutant) ?? new DaySeries([], [], null);
            var after = (revised ? null : known.Followed(times, column, rows)) ?? known.With(
                [.. Enumerable.Range(first, last + 1 - first).Where(row => column.Values[row] is not null)
                    .Select(row => new Reading(push.Times[row], column.Values[row]!.Value, column.Flags?[row] ?? "N"))], revised);
            if (after.At.Length > 0) all[column.Pollutant] = after;
        }

        return this with { Series = all.ToImmutable() };
    }

    /// <summary>Marks readings by what a person found.</summary>
    internal StationDay Marked(IEnumerable<(string Pollutant, DateTimeOffset Time, string Mark)> found) => found.GroupBy(one => one.Pollutant).Aggregate(
        this, (day, one) => !day.Series.TryGetValue(one.Key, out var series) ? day : day with
        {
            Series = day.Series.SetItem(one.Key, one.Aggregate(series, (sum, mark) => sum.Marked(mark.Time.ToUnixTimeSeconds(), mark.Mark, Audited))),
        });

    /// <summary>Replaces what the automatic checks had found by what they find now.</summary>
    internal StationDay With(ReadingsChecked found)
    {
        var cleared = this with
        {
            Checked = found.Rules, Series = Series.ToImmutableDictionary(one => one.Key, one => one.Value.WithoutAutomatic()),
        };
        return found.Invalid.Aggregate(cleared, (day, one) => !day.Series.TryGetValue(one.Pollutant, out var series) ? day : day with
        {
            Series = day.Series.SetItem(one.Pollutant, series.Marked(one.Time.ToUnixTimeSeconds(), Mark.Of(one.Code), false)),
        });
    }

    /// <summary>How far one reading has come.</summary>
    internal ReadingState StateOf(DaySeries series, int index) =>
        series.Revised?.Contains(series.At[index]) == true ? ReadingState.Revised
        : Audited ? ReadingState.Audited
        : Checked is not null ? ReadingState.Checked
        : ReadingState.Raw;

    /// <summary>The readings of one pollutant as they are answered.</summary>
    internal IEnumerable<Reading> Readings(string pollutant)
    {
        var series = Series[pollutant];
        for (var index = 0; index < series.At.Length; index++)
            yield return new Reading(
                DateTimeOffset.FromUnixTimeSeconds(series.At[index]).ToOffset(ChinaTime.Offset), series.Values[index], series.FlagAt(index),
                StateOf(series, index), Mark.CodeOf(series.Marks?[index]));
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stations/{mn}/days/{day}", async (
        string mn, DateOnly day, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<StationDay>(IdOf(mn, day), cancel) is { } found
            ? Results.Ok(new Entry(mn, day, found.Series.Keys.Order(StringComparer.Ordinal).ToDictionary(pollutant => pollutant, found.Readings)))
            : Problem.Of(404, "day-unknown", new("该站点当日没有数据。", "The station has no readings on that day."));
    }).RequireRight("environment:read").Produces<Entry>();

    /// <summary>A day as it is answered; times in Asia/Shanghai.</summary>
    public sealed record Entry(string Mn, DateOnly Day, IReadOnlyDictionary<string, IEnumerable<Reading>> Series);
}

/// <summary>One reading in force.</summary>
/// <param name="Time">End of the hour measured.</param>
/// <param name="Value">In the station's unit.</param>
/// <param name="Flag">Data flag of HJ 212-2017; <c>N</c> is normal.</param>
/// <param name="State">How far it has come; null where nobody asked.</param>
/// <param name="Invalid">Why it does not count; null where it does, or where the flag says why.</param>
public sealed record Reading(DateTimeOffset Time, decimal Value, string Flag, ReadingState? State = null, InvalidCode? Invalid = null);

/// <summary>What was found about a reading: a code of <see cref="InvalidCode"/> by the automatic checks; by a person with <c>m:</c> before it, or <c>m:valid</c>.</summary>
static class Mark
{
    public const string Valid = "m:valid";

    public static string Of(InvalidCode code) => Codes<InvalidCode>.ByValue[code];

    public static string ByPerson(InvalidCode code) => "m:" + Of(code);

    public static bool IsByPerson(string? mark) => mark is not null && mark.StartsWith("m:", StringComparison.Ordinal);

    public static InvalidCode? CodeOf(string? mark) => mark is null or Valid ? null : Codes<InvalidCode>.ByCode[IsByPerson(mark) ? mark[2..] : mark];
}

/// <summary>One pollutant's readings of a day, column by column and in order of time.</summary>
/// <param name="At">Unix seconds.</param>
/// <param name="Values">In the station's unit.</param>
/// <param name="Flags">Null when all are <c>N</c>.</param>
/// <param name="Marks">What the checks and the audit found; null when nothing.</param>
/// <param name="Revised">Times of readings that were revised, or changed after the audit; null when none.</param>
public sealed record DaySeries(long[] At, decimal[] Values, string[]? Flags, string?[]? Marks = null, long[]? Revised = null)
{
    internal string FlagAt(int index) => Flags?[index] ?? "N";

    /// <summary>
    /// Whether a reading counts: normal and not found wanting; manual input (S) once it is audited; whatever a person found valid.
    /// </summary>
    internal bool CountsAt(int index, bool audited) => Marks?[index] is { } mark
        ? mark == Mark.Valid
        : FlagAt(index) is "N" || (audited && FlagAt(index) == "S");

    /// <summary>The reading at a time, if there is one.</summary>
    internal Reading? Find(DateTimeOffset time)
    {
        var index = Array.BinarySearch(At, time.ToUnixTimeSeconds());
        return index < 0 ? null : new Reading(time, Values[index], FlagAt(index));
    }

    /// <summary>Whether a person has said of the reading at a time that it counts, or does not.</summary>
    internal bool IsJudged(DateTimeOffset time)
    {
        var index = Marks is null ? -1 : Array.BinarySearch(At, time.ToUnixTimeSeconds());
        return index >= 0 && Mark.IsByPerson(Marks![index]);
    }

    /// <summary>Adds readings, or replaces those at the same time; what was found about the replaced ones goes with them.</summary>
    internal DaySeries With(IReadOnlyList<Reading> readings, bool revised)
    {
        var merged = new SortedDictionary<long, (decimal Value, string Flag, string? Mark)>();
        for (var index = 0; index < At.Length; index++) merged[At[index]] = (Values[index], FlagAt(index), Marks?[index]);
        foreach (var reading in readings) merged[reading.Time.ToUnixTimeSeconds()] = (reading.Value, reading.Flag, null);
        return new DaySeries(
            [.. merged.Keys], [.. merged.Values.Select(one => one.Value)],
            merged.Values.All(one => one.Flag == "N") ? null : [.. merged.Values.Select(one => one.Flag)],
            merged.Values.All(one => one.Mark is null) ? null : [.. merged.Values.Select(one => one.Mark)],
            revised ? [.. (Revised ?? []).Union(readings.Select(reading => reading.Time.ToUnixTimeSeconds())).Order()] : Revised);
    }

    /// <summary>
    /// Adds a column of a push where its times come after all that are there, as most do; null where they do not, and have to be
    /// sorted in.
    /// </summary>
    /// <param name="times">Unix seconds, ascending.</param>
    /// <param name="column">Values and flags, null where there is none.</param>
    /// <param name="rows">Which of them.</param>
    internal DaySeries? Followed(long[] times, Series column, Range rows)
    {
        var (first, count) = rows.GetOffsetAndLength(times.Length);
        if (Marks is not null || (At.Length > 0 && times[first] <= At[^1])) return null;
        var (at, values, flags) = (new List<long>(At.Length + count), new List<decimal>(At.Length + count), Flags is null ? null : new List<string>(Flags));
        at.AddRange(At);
        values.AddRange(Values);
        for (var row = first; row < first + count; row++)
        {
            if (column.Values[row] is not { } value) continue;
            var flag = column.Flags?[row];
            if (flag is not (null or "N")) flags ??= [.. Enumerable.Repeat("N", at.Count)];
            flags?.Add(flag ?? "N");
            at.Add(times[row]);
            values.Add(value);
        }

        return this with { At = [.. at], Values = [.. values], Flags = flags is null ? null : [.. flags] };
    }

    /// <summary>Marks the reading at a time; one that a person judged only a person judges again.</summary>
    internal DaySeries Marked(long at, string mark, bool revised)
    {
        var index = Array.BinarySearch(At, at);
        if (index < 0 || (Mark.IsByPerson(Marks?[index]) && !Mark.IsByPerson(mark))) return this;
        string?[] marks = Marks is null ? new string?[At.Length] : [.. Marks];
        marks[index] = mark;
        return this with { Marks = marks, Revised = revised ? [.. (Revised ?? []).Append(at).Distinct().Order()] : Revised };
    }

    internal DaySeries WithoutAutomatic()
    {
        if (Marks is null) return this;
        string?[] marks = [.. Marks.Select(mark => Mark.IsByPerson(mark) ? mark : null)];
        return this with { Marks = marks.All(mark => mark is null) ? null : marks };
    }
}

/// <summary>Keeps <see cref="StationDay"/> in the transaction that records the readings, or what was found about them.</summary>
public sealed partial class StationDays : MultiStreamProjection<StationDay, string>
{
    public StationDays()
    {
        Identities<ReadingsRecorded>(e => DaysOf(e.Mn, e.Times));
        Identities<ReadingsRevised>(e => DaysOf(e.Mn, e.Revisions.Select(revision => revision.Time)));
        Identities<ReadingsChecked>(e => [StationDay.IdOf(e.Mn, e.Day)]);
        Identities<ReadingsInvalidated>(e => DaysOf(e.Mn, e.Readings.Select(reading => reading.Time)));
        Identities<ReadingsRestored>(e => DaysOf(e.Mn, e.Readings.Select(reading => reading.Time)));
        Identities<MonthAudited>(e => [.. DaysOf(Period.Parse(e.Month)).Select(day => StationDay.IdOf(e.Mn, day))]);
    }

    static IReadOnlyList<string> DaysOf(string mn, IEnumerable<DateTimeOffset> times) =>
        [.. times.Select(StationDay.DayOf).Distinct().Select(day => StationDay.IdOf(mn, day))];

    internal static IEnumerable<DateOnly> DaysOf(Period period) =>
        Enumerable.Range(0, period.Last.DayNumber - period.First.DayNumber + 1).Select(period.First.AddDays);

    public override StationDay? Evolve(StationDay? snapshot, string id, IEvent e)
    {
        var on = StationDay.DayOf(id);
        var day = snapshot ?? new StationDay { Id = id };
        switch (e.Data)
        {
            case ReadingsRecorded recorded:
                return day.With(recorded, on);
            case ReadingsRevised revised:
                return revised.Revisions.Where(revision => StationDay.DayOf(revision.Time) == on)
                    .Aggregate(day, (sum, revision) =>
                        sum.With(revision.Pollutant, [new Reading(revision.Time, revision.Value, revision.Flag)], revised: true));
            // What was found about a day that has no readings, or has them in the archive, is not kept here.
            case ReadingsChecked found:
                return snapshot?.With(found);
            case ReadingsInvalidated found:
                return snapshot?.Marked(found.Readings.Where(one => StationDay.DayOf(one.Time) == on)
                    .Select(one => (one.Pollutant, one.Time, Mark.ByPerson(one.Code))));
            case ReadingsRestored found:
                return snapshot?.Marked(found.Readings.Where(one => StationDay.DayOf(one.Time) == on).Select(one => (one.Pollutant, one.Time, Mark.Valid)));
            case MonthAudited:
                return snapshot is null ? null : snapshot with { Audited = true };
            default:
                return day;
        }
    }
}
