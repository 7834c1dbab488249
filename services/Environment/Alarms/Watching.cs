using Monitoring.Contracts.Environment;

namespace Monitoring.Environment;

/// <summary>
/// Says when a station goes above a limit for as long as the rules ask, when that is over, and when it falls silent; each once
/// per episode. Pure. An episode ends only well below the limit (hysteresis), so that a value that swings about it is one.
/// </summary>
static class Watching
{
    /// <summary>How far back hours are looked at; what comes in later changes figures and raises no alarm.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(48);

    /// <summary>One hour that counts.</summary>
    /// <param name="End">Its end, UTC.</param>
    /// <param name="Value">In the standard's unit.</param>
    public readonly record struct HourValue(DateTimeOffset End, decimal Value);

    /// <summary>A limit that holds for a station.</summary>
    /// <param name="Value">In the standard's unit.</param>
    /// <param name="Standard">Version of the standard.</param>
    /// <param name="Least">True where it is the least there must be (溶解氧).</param>
    public sealed record Bound(decimal Value, string Standard, bool Least = false);

    /// <summary>
    /// The limit of an hour: for air grade 2 of the hour, of the day where there is none (PM), for water the section's target class.
    /// </summary>
    public static Bound? BoundOf(StationRegistered station, string pollutant, DateOnly day)
    {
        switch (station.Medium)
        {
            case Medium.Air:
                var standard = AirStandard.On(day);
                return (standard.Limit(pollutant, Average.Hour) ?? standard.Limit(pollutant, Average.Day)) is { } limit
                    ? new Bound(limit, standard.Code)
                    : null;
            case Medium.SurfaceWater when station.TargetClass is { } target && WaterQuality.Judged.Contains(pollutant):
                return WaterQuality.Limit(pollutant, target, Judging.BodyOf(station)) is { } most
                    ? new Bound(most, WaterQuality.Standard, WaterQuality.IsLeast(pollutant))
                    : null;
            default:
                return null;
        }
    }

    /// <summary>Episodes of one pollutant, given its hours of the window in their order.</summary>
    public static IEnumerable<object> Episodes(
        AlarmBook book, string mn, string pollutant, IReadOnlyList<HourValue> hours, Bound bound, MonitoringRules rules, int interval)
    {
        var open = book.Open.GetValueOrDefault(pollutant);
        var (from, peak) = (open?.From, open?.Peak ?? 0);
        DateTimeOffset? lastAbove = open?.From.AddHours(open.Hours);
        // As many readings as the hours of the rule; a station that reads every four hours has one for four.
        var (needed, needless) = (
            Math.Max(1, rules.ExceedHours * 60 / Math.Max(interval, 60)), Math.Max(1, rules.ClearHours * 60 / Math.Max(interval, 60)));
        var (above, below) = (0, 0);
        var (length, previous) = (TimeSpan.FromMinutes(Math.Max(interval, 60)), DateTimeOffset.MinValue);
        foreach (var hour in hours)
        {
            if (hour.End <= (open is not null ? lastAbove : book.EndedAt.GetValueOrDefault(pollutant))) continue;
            // Hours on both sides of a gap are not in a row.
            if (open is null && hour.End - previous > length) above = 0;
            previous = hour.End;
            if (IsAbove(hour.Value, bound))
            {
                if (open is null && above == 0) (from, peak) = (hour.End - length, hour.Value);
                peak = bound.Least ? Math.Min(peak, hour.Value) : Math.Max(peak, hour.Value);
                (above, below, lastAbove) = (above + 1, 0, hour.End);
                if (open is not null || above < needed) continue;
                open = new LimitExceeded(mn, pollutant, from!.Value, Hours(from.Value, hour.End), peak, bound.Value, bound.Standard, rules.Version);
                yield return open;
                continue;
            }

            if (open is null)
            {
                above = 0;
                continue;
            }

            below = IsClear(hour.Value, bound, rules) ? below + 1 : 0;
            if (below < needless) continue;
            yield return new ExceedanceEnded(mn, pollutant, open.From, lastAbove!.Value, Hours(open.From, lastAbove.Value), peak);
            (open, above, below) = (null, 0, 0);
        }
    }

    /// <summary>Whether a station has fallen silent, or sends again.</summary>
    /// <param name="book">What was said.</param>
    /// <param name="mn">Station.</param>
    /// <param name="last">End of the last period it has sent; null where it never sent any.</param>
    /// <param name="interval">Minutes between its readings.</param>
    /// <param name="rules">Rules of the day.</param>
    /// <param name="now">UTC.</param>
    public static IEnumerable<object> Silence(
        AlarmBook book, string mn, DateTimeOffset? last, int interval, MonitoringRules rules, DateTimeOffset now)
    {
        if (last is not { } at) yield break;
        // A station that reads every four hours is not silent after four.
        var allowed = TimeSpan.FromMinutes(Math.Max(rules.SilentHours * 60, 2 * interval));
        if (book.Silent is { } silent && at > silent.LastReadingAt) yield return new StationHeard(mn, silent.LastReadingAt, at);
        var said = book.Silent is { } before && before.LastReadingAt == at;
        if (!said && now - at > allowed) yield return new StationSilent(mn, at, (int)(now - at).TotalHours, rules.Version);
    }

    static bool IsAbove(decimal value, Bound bound) => bound.Least ? value < bound.Value : value > bound.Value;

    // What must not fall below a limit is clear that share above it.
    static bool IsClear(decimal value, Bound bound, MonitoringRules rules) =>
        bound.Least ? value * rules.ClearShare >= bound.Value : value <= bound.Value * rules.ClearShare;

    static int Hours(DateTimeOffset from, DateTimeOffset until) => (int)Math.Ceiling((until - from).TotalHours);
}
