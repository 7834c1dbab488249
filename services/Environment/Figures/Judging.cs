using Monitoring.Contracts.Environment;

namespace Monitoring.Environment;

/// <summary>Judges days, months and years of a subject from what lies below them. Pure; revisions are set where they are decided.</summary>
static class Judging
{
    /// <summary>A station's day from its hours; null for a medium that is not judged.</summary>
    public static DayAssessed? OfStation(StationRegistered station, DateOnly day, IReadOnlyList<HourSeries> hours)
    {
        if (station.Medium == Medium.Air)
        {
            var standard = AirStandard.On(day);
            DayFigure[] figures =
            [
                .. AirStandard.Basic.Select(item => item.Pollutant).Order(StringComparer.Ordinal).SelectMany(pollutant =>
                    hours.FirstOrDefault(series => series.Pollutant == pollutant) is { } series
                        ? AirFigures.OfDay(pollutant, series.Values, standard)
                        : []),
            ];
            return new DayAssessed(station.Mn, day, standard.Code, figures, standard.Judge(figures, station.Planned), null, 0);
        }

        if (station.Medium != Medium.SurfaceWater) return null;
        DayFigure[] means =
        [
            .. hours.Select(series => (series.Pollutant, Values: series.Values.OfType<decimal>().ToList())).Select(item => new DayFigure(
                item.Pollutant, Average.Day, item.Values.Count == 0 ? null : MeanOf(item.Pollutant, item.Values), item.Values.Count)),
        ];
        return new DayAssessed(station.Mn, day, WaterQuality.Standard, means, null, WaterQuality.Of(Known(means), BodyOf(station), 1), 0);
    }

    /// <summary>The county's air of a day from its stations'.</summary>
    /// <param name="day">Day.</param>
    /// <param name="stations">Those that count, each with its day; null where it has none.</param>
    public static DayAssessed OfCountyAir(DateOnly day, IReadOnlyList<(StationRegistered Station, DayAssessed? Day)> stations)
    {
        var standard = AirStandard.On(day);
        var figures = AirFigures.OfCounty([.. stations.Select(one => one.Day?.Figures ?? [])], standard);
        // An item that no station is to measure is not missing.
        HashSet<string>? planned = stations.Any(one => one.Station.Planned is null) ? null : [.. stations.SelectMany(one => one.Station.Planned!)];
        return new DayAssessed(RegisterStation.CountyAir, day, standard.Code, figures, standard.Judge(figures, planned), null, 0);
    }

    /// <summary>A month of air from its days.</summary>
    public static MonthAssessed MonthOfAir(string subject, DateOnly month, IReadOnlyCollection<DayAssessed> days, AirStandard? by = null)
    {
        var (first, last) = (month, month.AddMonths(1).AddDays(-1));
        var standard = by ?? AirStandard.On(last);
        return new MonthAssessed(subject, Station.MonthOf(month), standard.Code, AirFigures.Of(days, (first, last), standard), null, 0);
    }

    /// <summary>A year of air from its days, with and without those that the upper level has excluded.</summary>
    public static YearAssessed YearOfAir(
        string subject, int year, IReadOnlyCollection<DayAssessed> days, IEnumerable<DateOnly> excluded, AirStandard? by = null)
    {
        var (first, last) = (new DateOnly(year, 1, 1), new DateOnly(year, 12, 31));
        var standard = by ?? AirStandard.On(last);
        DateOnly[] left = [.. excluded.Where(day => day.Year == year).Order()];
        var counted = left.Length == 0 ? days : [.. days.Where(day => !left.Contains(day.Day))];
        return new YearAssessed(
            subject, year, standard.Code, AirFigures.Of(counted, (first, last), standard), null, left,
            left.Length == 0 ? null : AirFigures.Of(days, (first, last), standard), 0);
    }

    /// <summary>A month of a section: the mean of each item's days, then the class.</summary>
    public static WaterSummary MonthOfWater(WaterBody body, IReadOnlyCollection<DayAssessed> days) =>
        WaterQuality.Of(Means([.. days.Select(day => Known(day.Figures))]), body, days.Count);

    /// <summary>A year of a section: the mean of each item's months, then the class; never the worst month.</summary>
    public static WaterSummary YearOfWater(WaterBody body, IReadOnlyCollection<DayAssessed> days) => WaterQuality.Of(
        Means([.. days.GroupBy(day => day.Day.Month).Select(month => Means([.. month.Select(day => Known(day.Figures))]))]), body, days.Count);

    public static WaterBody BodyOf(StationRegistered station) => station.WaterBody ?? WaterBody.River;

    static Dictionary<string, decimal> Known(DayFigure[] figures) => figures.Where(figure => figure.Value is not null)
        .ToDictionary(figure => figure.Pollutant, figure => figure.Value!.Value);

    static Dictionary<string, decimal> Means(IReadOnlyCollection<Dictionary<string, decimal>> parts) => parts.SelectMany(part => part)
        .GroupBy(item => item.Key).ToDictionary(item => item.Key, item => MeanOf(item.Key, [.. item.Select(one => one.Value)]));

    static decimal MeanOf(string pollutant, IReadOnlyCollection<decimal> values) =>
        pollutant == WaterQuality.Ph ? WaterQuality.MeanPh(values) : WaterQuality.Mean(values);
}
