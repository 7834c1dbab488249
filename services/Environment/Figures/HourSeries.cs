using Monitoring.Contracts.Environment;

namespace Monitoring.Environment;

/// <summary>One pollutant's hours of a day, in the standard's unit; hour 1 ends at 1:00, hour 24 at midnight.</summary>
/// <param name="Pollutant">Code.</param>
/// <param name="Values">24 hourly means; null where there is none that counts.</param>
/// <param name="Quality">
/// 24 letters: <c>v</c> valid, <c>.</c> nothing, a flag of HJ 212-2017 in capitals, or why not: <c>n</c> negative, <c>r</c> range,
/// <c>k</c> stuck, <c>i</c> inversion, <c>a</c> by the audit, <c>p</c> too few minutes.
/// </param>
public sealed record HourSeries(string Pollutant, decimal?[] Values, string Quality)
{
    const int Hours = 24;
    const int HourSeconds = 3600;
    // GB 3095, table 4.
    const int MinutesMin = 45;

    /// <summary>All pollutants of a station's day. Readings finer than an hour are averaged where they cover 45 minutes.</summary>
    /// <param name="day">Readings with what was found about them.</param>
    /// <param name="found">What the checks find now; null where the day already carries it.</param>
    /// <param name="registration">Units and interval on that day.</param>
    public static IReadOnlyList<HourSeries> Of(StationDay day, InvalidReading[]? found, StationRegistered registration)
    {
        var now = found is null ? day : day.With(new ReadingsChecked(registration.Mn, default, 0, found, ""));
        var interval = registration.IntervalMinutes ?? 60;
        var start = StationDay.StartOf(StationDay.DayOf(day.Id));
        return
        [
            .. now.Series.OrderBy(one => one.Key, StringComparer.Ordinal)
                .Where(one => Instrument.ByPollutant.ContainsKey(one.Key) && registration.Units.ContainsKey(one.Key))
                .Select(one => Of(one.Key, one.Value, Instrument.ByPollutant[one.Key].FactorFrom(registration.Units[one.Key]), interval, start, day.Audited)),
        ];
    }

    static HourSeries Of(string pollutant, DaySeries series, decimal factor, int interval, long start, bool audited)
    {
        var (sums, counts, quality) = (new decimal[Hours], new int[Hours], new char[Hours]);
        Array.Fill(quality, '.');
        for (var index = 0; index < series.At.Length; index++)
        {
            var hour = (int)Math.Clamp((series.At[index] - start - 1) / HourSeconds, 0, Hours - 1);
            if (series.CountsAt(index, audited))
            {
                sums[hour] += series.Values[index] * factor;
                counts[hour]++;
            }
            else if (quality[hour] == '.')
            {
                quality[hour] = Letter(series, index);
            }
        }

        var values = new decimal?[Hours];
        for (var hour = 0; hour < Hours; hour++)
        {
            if (counts[hour] == 0) continue;
            if (interval < 60 && counts[hour] * interval < MinutesMin)
            {
                quality[hour] = 'p';
                continue;
            }

            // One reading is the hour's mean itself; a quotient of two exact decimals is kept to six places.
            (values[hour], quality[hour]) = (counts[hour] == 1 ? sums[hour] : Gb8170.Round(sums[hour] / counts[hour], 6), 'v');
        }

        return new HourSeries(pollutant, values, new string(quality));
    }

    static char Letter(DaySeries series, int index) => series.Marks?[index] switch
    {
        null => series.FlagAt(index)[0],
        var mark when Mark.IsByPerson(mark) => 'a',
        "negative" => 'n',
        "range" => 'r',
        "stuck" => 'k',
        "inversion" => 'i',
        _ => 'a',
    };
}
