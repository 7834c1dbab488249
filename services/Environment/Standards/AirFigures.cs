using Monitoring.Contracts.Environment;

namespace Monitoring.Environment;

/// <summary>
/// Figures of the air from hours to years, by the rules of validity of GB 3095 (table 4) and HJ 663. Pure. Each figure is made
/// of the published, rounded figures below it, so that anybody can check it against what was published.
/// </summary>
static class AirFigures
{
    const int DayHoursMin = 20;
    const int EightHoursMin = 6;
    const int EightHourMeansMin = 14;
    const int YearDaysMin = 324;
    const int MonthDaysMin = 27;
    const int FebruaryDaysMin = 25;
    // HJ 663: a county's figure needs three quarters of its points.
    const decimal StationShareMin = 0.75m;

    /// <summary>A day's figures of one pollutant from its 24 hourly means; hour 1 ends at 1:00, hour 24 at midnight.</summary>
    public static IEnumerable<DayFigure> OfDay(string pollutant, decimal?[] hours, AirStandard standard)
    {
        var valid = hours.OfType<decimal>().ToList();
        if (pollutant != AirStandard.O3)
        {
            yield return Figure(Average.Day, valid.Count >= DayHoursMin ? valid.Sum() / valid.Count : null, valid.Count);
            yield break;
        }

        yield return Figure(Average.Hour, valid.Count >= DayHoursMin ? valid.Max() : null, valid.Count);
        var means = EightHourMeans(hours).OfType<decimal>().ToList();
        decimal? most = means.Count > 0 ? means.Max() : null;
        // With fewer means the day still counts where the highest is above the limit.
        var counts = means.Count >= EightHourMeansMin || most > standard.Limit(pollutant, Average.EightHours);
        yield return Figure(Average.EightHours, counts ? most : null, means.Count);

        DayFigure Figure(Average average, decimal? value, int count)
        {
            var rounded = Gb8170.Round(value, AirStandard.Places(pollutant));
            return new DayFigure(pollutant, average, rounded, count, rounded is { } known ? standard.Iaqi(pollutant, average, known) : null);
        }
    }

    /// <summary>The 8-hour means that end at 8:00 to 24:00, each of at least six hours.</summary>
    internal static IEnumerable<decimal?> EightHourMeans(decimal?[] hours)
    {
        for (var last = 7; last < hours.Length; last++)
        {
            var valid = hours[(last - 7)..(last + 1)].OfType<decimal>().ToList();
            yield return valid.Count >= EightHoursMin ? valid.Sum() / valid.Count : null;
        }
    }

    /// <summary>The county's figures of a day: means of its stations' where three quarters of them are valid.</summary>
    /// <param name="stations">Each station's figures of the day; of a station without any, none.</param>
    /// <param name="standard">Judges the day.</param>
    public static DayFigure[] OfCounty(IReadOnlyList<IReadOnlyList<DayFigure>> stations, AirStandard standard) =>
    [
        .. stations.SelectMany(figures => figures).Select(figure => (figure.Pollutant, figure.Average)).Distinct()
            .OrderBy(one => one.Pollutant, StringComparer.Ordinal).ThenBy(one => one.Average)
            .Select(one =>
            {
                var values = stations.Select(figures => figures.FirstOrDefault(figure => (figure.Pollutant, figure.Average) == one)?.Value)
                    .OfType<decimal>().ToList();
                decimal? mean = values.Count > 0 && values.Count >= stations.Count * StationShareMin
                    ? Gb8170.Round(values.Sum() / values.Count, AirStandard.Places(one.Pollutant))
                    : null;
                return new DayFigure(
                    one.Pollutant, one.Average, mean, values.Count, mean is { } known ? standard.Iaqi(one.Pollutant, one.Average, known) : null);
            }),
    ];

    /// <summary>Percentile of HJ 663: k = 1 + (n − 1)·p, between the two neighbours in proportion.</summary>
    public static decimal Percentile(IEnumerable<decimal> values, int rank)
    {
        var sorted = values.Order().ToList();
        var at = (sorted.Count - 1) * rank / 100m;
        var below = (int)at;
        return below + 1 >= sorted.Count ? sorted[^1] : sorted[below] + (sorted[below + 1] - sorted[below]) * (at - below);
    }

    /// <summary>A month or a year of days that were judged.</summary>
    /// <param name="days">Days of the period, each once.</param>
    /// <param name="period">Its first and last day.</param>
    /// <param name="standard">Judges it.</param>
    public static AirSummary Of(IReadOnlyCollection<DayAssessed> days, (DateOnly First, DateOnly Last) period, AirStandard standard)
    {
        var year = period.First.AddMonths(12).AddDays(-1) == period.Last;
        AirFigure[] figures = [.. AirStandard.Basic.Select(item => Figure(item.Pollutant, item.Rank, days, year, standard))];
        var judged = days.Where(day => day.Air?.Aqi is not null).ToList();
        var good = judged.Count(day => day.Air!.Aqi <= 100);
        return new AirSummary(
            figures, good, judged.Count, judged.Count > 0 ? Gb8170.Round(good * 100m / judged.Count, 1) : null, Composite(figures, standard),
            year && figures.All(figure => figure is { Sufficient: true, Meets: not null }) ? figures.All(figure => figure.Meets!.Value) : null);
    }

    static AirFigure Figure(string pollutant, int rank, IReadOnlyCollection<DayAssessed> days, bool year, AirStandard standard)
    {
        var average = pollutant == AirStandard.O3 ? Average.EightHours : Average.Day;
        var valid = days.SelectMany(day => day.Figures
                .Where(figure => figure.Pollutant == pollutant && figure.Average == average && figure.Value is not null)
                .Select(figure => (day.Day, Value: figure.Value!.Value)))
            .ToList();
        if (valid.Count == 0) return new AirFigure(pollutant, null, year ? rank : null, null, 0, false, null, null, null, null, null);

        var places = AirStandard.Places(pollutant);
        var mean = Gb8170.Round(valid.Sum(day => day.Value) / valid.Count, places);
        // A month has no percentile for the four pollutants with a yearly mean; the other two are always judged by one.
        decimal? percentile = year || standard.Limit(pollutant, Average.Year) is null
            ? Gb8170.Round(Percentile(valid.Select(day => day.Value), rank), places)
            : null;
        var (meanLimit, percentileLimit) = (standard.Limit(pollutant, Average.Year), standard.Limit(pollutant, average));
        var multiple = new[] { Multiple(mean, meanLimit), Multiple(percentile, percentileLimit) }.Max();
        var index = meanLimit is { } limit ? mean / limit : percentile / percentileLimit;
        return new AirFigure(
            pollutant, mean, percentile is null ? null : rank, percentile, valid.Count, !year || Sufficient([.. valid.Select(day => day.Day)]),
            meanLimit, percentileLimit, year ? multiple is null or <= 0 : null, multiple > 0 ? Gb8170.Round(multiple.Value, 2) : null,
            Gb8170.Round(index, 2));
    }

    /// <summary>综合指数 (HJ 663): the sum of each item's share of its limit, rounded once.</summary>
    static decimal? Composite(AirFigure[] figures, AirStandard standard)
    {
        decimal sum = 0;
        foreach (var figure in figures)
        {
            if ((figure.MeanLimit is null ? figure.Percentile / figure.PercentileLimit : figure.Mean / figure.MeanLimit) is not { } share) return null;
            sum += standard.Weight(figure.Pollutant) * share;
        }

        return Gb8170.Round(sum, 2);
    }

    static decimal? Multiple(decimal? value, decimal? limit) => (value - limit) / limit;

    /// <summary>Whether a year's days are enough: 324, and 27 in each month, 25 in February (GB 3095, table 4).</summary>
    internal static bool Sufficient(IReadOnlyCollection<DateOnly> days) => days.Count >= YearDaysMin && Enumerable.Range(1, 12).All(month =>
        days.Count(day => day.Month == month) >= (month == 2 ? FebruaryDaysMin : MonthDaysMin));
}
