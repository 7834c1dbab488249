using Monitoring.Contracts.Environment;

namespace Monitoring.Environment;

/// <summary>
/// The automatic checks of a station's day (自动审核): negative, over range, stuck, PM2.5 above PM10. What the device's flag or a
/// person already says is not looked at again. Pure.
/// </summary>
static class Checks
{
    const int HourSeconds = 3600;

    /// <summary>What does not count.</summary>
    /// <param name="day">The day.</param>
    /// <param name="before">The day before, whose last hours a stuck run may begin in; null where there is none.</param>
    /// <param name="after">The day after, into whose first hours it may go on.</param>
    /// <param name="units">Unit by pollutant on that day.</param>
    /// <param name="rules">Rules of that day.</param>
    public static InvalidReading[] Of(
        StationDay day, StationDay? before, StationDay? after, IReadOnlyDictionary<string, string> units, MonitoringRules rules)
    {
        var found = new SortedDictionary<(string Pollutant, long At), (decimal Value, InvalidCode Code)>();
        foreach (var (pollutant, series) in day.Series)
        {
            if (!Instrument.ByPollutant.TryGetValue(pollutant, out var instrument) || !units.TryGetValue(pollutant, out var unit)) continue;
            var factor = instrument.FactorFrom(unit);
            foreach (var index in Candidates(series, day.Audited))
            {
                var value = series.Values[index] * factor;
                if (value < instrument.Least)
                    Add(pollutant, series, index, instrument.Least == 0 ? InvalidCode.Negative : InvalidCode.Range);
                else if (value > instrument.Most) Add(pollutant, series, index, InvalidCode.Range);
            }

            if (!instrument.Sticks) continue;
            var stuck = Stuck(series, Neighbour(before, pollutant), Neighbour(after, pollutant), rules.StuckHours);
            foreach (var index in Candidates(series, day.Audited).Where(index => stuck.Contains(series.At[index])))
                Add(pollutant, series, index, InvalidCode.Stuck);
        }

        foreach (var (fine, coarse) in Inverted(day, units))
        {
            Add(AirStandard.Pm25, day.Series[AirStandard.Pm25], fine, InvalidCode.Inversion);
            Add(AirStandard.Pm10, day.Series[AirStandard.Pm10], coarse, InvalidCode.Inversion);
        }

        return [.. found.Select(one => new InvalidReading(
            one.Key.Pollutant, DateTimeOffset.FromUnixTimeSeconds(one.Key.At), one.Value.Value, one.Value.Code))];

        void Add(string pollutant, DaySeries series, int index, InvalidCode code) =>
            found.TryAdd((pollutant, series.At[index]), (series.Values[index], code));
    }

    /// <summary>Whether the day already carries exactly this, by these rules.</summary>
    public static bool Stand(StationDay day, InvalidReading[] found, string rules) => day.Checked == rules &&
        day.Series.SelectMany(one => (one.Value.Marks ?? []).Index().Where(mark => mark.Item is not null && !Mark.IsByPerson(mark.Item))
            .Select(mark => (one.Key, one.Value.At[mark.Index], mark.Item!))).ToHashSet()
        .SetEquals(found.Select(one => (one.Pollutant, one.Time.ToUnixTimeSeconds(), Mark.Of(one.Code))));

    // A flag other than normal already keeps a reading out, and a person's word stands.
    static IEnumerable<int> Candidates(DaySeries series, bool audited) => Enumerable.Range(0, series.At.Length)
        .Where(index => !Mark.IsByPerson(series.Marks?[index]) && (series.FlagAt(index) == "N" || (audited && series.FlagAt(index) == "S")));

    static IEnumerable<(long At, decimal Value)> Neighbour(StationDay? day, string pollutant) =>
        day?.Series.GetValueOrDefault(pollutant) is not { } series ? []
        : Enumerable.Range(0, series.At.Length).Where(index => series.FlagAt(index) == "N").Select(index => (series.At[index], series.Values[index]));

    /// <summary>Times in runs of equal values, hour after hour, at least as long as the rules say.</summary>
    static HashSet<long> Stuck(DaySeries series, IEnumerable<(long At, decimal Value)> before, IEnumerable<(long At, decimal Value)> after, int hours)
    {
        var own = Enumerable.Range(0, series.At.Length).Where(index => series.FlagAt(index) == "N").Select(index => (At: series.At[index], Value: series.Values[index]));
        var (stuck, run) = (new HashSet<long>(), new List<(long At, decimal Value)>());
        foreach (var one in before.TakeLast(hours).Concat(own).Concat(after.Take(hours)))
        {
            if (run.Count > 0 && (run[^1].Value != one.Value || one.At - run[^1].At > HourSeconds)) End();
            run.Add(one);
        }

        End();
        return stuck;

        // A run is as long as the time it covers, so that finer readings do not stick sooner; n hours are n − 1 apart.
        void End()
        {
            if (run.Count > 1 && run[^1].At - run[0].At >= (hours - 1) * HourSeconds) stuck.UnionWith(run.Select(one => one.At));
            run.Clear();
        }
    }

    static IEnumerable<(int Fine, int Coarse)> Inverted(StationDay day, IReadOnlyDictionary<string, string> units)
    {
        if (!day.Series.TryGetValue(AirStandard.Pm25, out var fine) || !day.Series.TryGetValue(AirStandard.Pm10, out var coarse) ||
            !units.TryGetValue(AirStandard.Pm25, out var fineUnit) || !units.TryGetValue(AirStandard.Pm10, out var coarseUnit)) yield break;
        var (fineFactor, coarseFactor) = (
            Instrument.ByPollutant[AirStandard.Pm25].FactorFrom(fineUnit), Instrument.ByPollutant[AirStandard.Pm10].FactorFrom(coarseUnit));
        var judged = Candidates(coarse, day.Audited).ToDictionary(index => coarse.At[index]);
        foreach (var index in Candidates(fine, day.Audited))
            if (judged.TryGetValue(fine.At[index], out var other) && fine.Values[index] * fineFactor > coarse.Values[other] * coarseFactor)
                yield return (index, other);
    }
}
