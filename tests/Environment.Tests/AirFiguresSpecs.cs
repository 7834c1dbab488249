using Monitoring.Contracts.Environment;

namespace Monitoring.Environment.Tests;

/// <summary>Validity, rounding and the figures of a year (GB 3095 table 4, HJ 663, GB/T 8170).</summary>
public sealed class AirFiguresSpecs
{
    static readonly AirStandard standard = AirStandard.Named("gb3095-2012")!;

    static decimal?[] Hours(int valid, decimal value = 60) => [.. Enumerable.Range(0, 24).Select(hour => hour < valid ? value : (decimal?)null)];

    static DayFigure One(string pollutant, decimal?[] hours, Average average = Average.Day) =>
        AirFigures.OfDay(pollutant, hours, standard).Single(figure => figure.Average == average);

    [Theory]
    [InlineData(12.5, 0, 12)]
    [InlineData(13.5, 0, 14)]
    [InlineData(12.51, 0, 13)]
    [InlineData(0.25, 1, 0.2)]
    [InlineData(0.35, 1, 0.4)]
    [InlineData(0.3501, 1, 0.4)]
    public void Five_rounds_to_the_even_number(decimal value, int places, decimal rounded) => Assert.Equal(rounded, Gb8170.Round(value, places));

    [Fact]
    public void A_day_needs_twenty_hours()
    {
        Assert.Equal((60, 20, 82), (One("a34004", Hours(20)).Value, One("a34004", Hours(20)).Valid, One("a34004", Hours(20)).Iaqi!.Value));
        Assert.Equal((null, 19, null), (One("a34004", Hours(19)).Value, One("a34004", Hours(19)).Valid, One("a34004", Hours(19)).Iaqi));
    }

    [Fact]
    public void Eight_hours_need_six_and_the_day_fourteen_of_them()
    {
        // Hours 1 to 6 are valid: the means that end at 8:00 (six of eight) only, since the next has five.
        Assert.Single(AirFigures.EightHourMeans(Hours(6)).OfType<decimal>());
        Assert.Equal(17, AirFigures.EightHourMeans(Hours(24)).OfType<decimal>().Count());
        var thirteen = Hours(18, 100);
        Assert.Equal((13, null), (One("a05024", thirteen, Average.EightHours).Valid, One("a05024", thirteen, Average.EightHours).Value));
        Assert.Equal((14, 100), (One("a05024", Hours(19, 100), Average.EightHours).Valid, One("a05024", Hours(19, 100), Average.EightHours).Value));
        // Too few, and above the limit all the same.
        Assert.Equal(161, One("a05024", Hours(18, 161), Average.EightHours).Value);
        Assert.Null(One("a05024", Hours(18, 160), Average.EightHours).Value);
    }

    [Fact]
    public void The_highest_eight_hours_are_found_where_they_are()
    {
        decimal?[] hours = [.. Enumerable.Range(1, 24).Select(hour => (decimal?)(hour is >= 12 and <= 19 ? 170 : 50))];
        Assert.Equal(170, One("a05024", hours, Average.EightHours).Value);
        Assert.Equal(170, One("a05024", hours, Average.Hour).Value);
    }

    [Fact]
    public void Percentiles_lie_between_their_neighbours_in_proportion()
    {
        Assert.Equal(95.05m, AirFigures.Percentile(Enumerable.Range(1, 100).Select(value => (decimal)value), 95));
        Assert.Equal(328.6m, AirFigures.Percentile(Enumerable.Range(1, 365).Select(value => (decimal)value), 90));
        Assert.Equal(7m, AirFigures.Percentile([7], 98));
    }

    [Fact]
    public void A_year_needs_324_days_and_27_of_each_month_25_of_february()
    {
        static List<DateOnly> Without(params (int Month, int Days)[] missing) =>
        [
            .. Enumerable.Range(0, 365).Select(new DateOnly(2023, 1, 1).AddDays)
                .Where(day => !missing.Any(one => one.Month == day.Month && day.Day <= one.Days)),
        ];
        Assert.True(AirFigures.Sufficient(Without()));
        Assert.True(AirFigures.Sufficient(Without((7, 4), (2, 3))));
        Assert.False(AirFigures.Sufficient(Without((7, 5))));
        Assert.False(AirFigures.Sufficient(Without((2, 4))));
        // 27 days in each month are 324 together; 323 are too few although every month could do.
        (int, int)[] everywhere = [(1, 4), (2, 1), (3, 4), (4, 3), (5, 4), (6, 3), (7, 4), (8, 4), (9, 3), (10, 4), (11, 3), (12, 4)];
        Assert.Equal(324, Without(everywhere).Count);
        Assert.True(AirFigures.Sufficient(Without(everywhere)));
        everywhere[1] = (2, 2);
        Assert.False(AirFigures.Sufficient(Without(everywhere)));
    }

    static DayAssessed Day(DateOnly on, decimal pm25, decimal other = 20) => new("MN1", on, standard.Code,
    [
        .. new[] { ("a34004", Average.Day, pm25), ("a34002", Average.Day, pm25 + 20), ("a21026", Average.Day, other), ("a21004", Average.Day, other),
                ("a21005", Average.Day, 0.5m), ("a05024", Average.EightHours, 80m) }
            .Select(item => new DayFigure(item.Item1, item.Item2, item.Item3, 24, standard.Iaqi(item.Item1, item.Item2, item.Item3))),
    ], new AirDay(standard.Iaqi("a34004", Average.Day, pm25), null, [], [], []), null, 1);

    static AirSummary Year(Func<DateOnly, decimal> pm25, AirStandard? by = null) => AirFigures.Of(
        [.. Enumerable.Range(0, 365).Select(new DateOnly(2023, 1, 1).AddDays).Select(day => Day(day, pm25(day)))],
        (new DateOnly(2023, 1, 1), new DateOnly(2023, 12, 31)), by ?? standard);

    [Fact]
    public void A_mean_at_the_limit_meets_it()
    {
        var year = Year(_ => 35);
        var pm25 = year.Figures.Single(figure => figure.Pollutant == "a34004");
        Assert.Equal((35, 35, true, null, 1m), (pm25.Mean, pm25.Percentile, pm25.Meets, pm25.Multiple, pm25.Index));
        Assert.True(year.Meets);
        Assert.Equal((365, 365, 100m), (year.GoodDays, year.ValidDays, year.GoodRatio));
        // 35/35 + 55/70 + 20/60 + 20/40 + 0.5/4 + 80/160
        Assert.Equal(3.24m, year.Index);
    }

    [Fact]
    public void A_year_fails_by_its_percentile_although_its_mean_is_within()
    {
        // One day in ten at 80: the 95th percentile is 80, the mean (330·28 + 35·80) / 365 = 33.
        var year = Year(day => day.DayOfYear % 10 == 0 ? 80 : 28);
        var pm25 = year.Figures.Single(figure => figure.Pollutant == "a34004");
        Assert.Equal((33, 80, false, 0.07m), (pm25.Mean, pm25.Percentile, pm25.Meets, pm25.Multiple));
        Assert.Equal((false, 329, 90.1m), (year.Meets, year.GoodDays, year.GoodRatio));
    }

    [Fact]
    public void The_same_days_can_be_judged_by_another_version_by_name()
    {
        var year = Year(_ => 32, AirStandard.Named("gb3095-2026"));
        var pm25 = year.Figures.Single(figure => figure.Pollutant == "a34004");
        Assert.Equal((32, 30, false, 0.07m), (pm25.Mean, pm25.MeanLimit, pm25.Meets, pm25.Multiple));
    }

    [Fact]
    public void The_county_needs_three_quarters_of_its_stations()
    {
        DayFigure[] Of(decimal? value) => [new("a34004", Average.Day, value, 24)];
        Assert.Equal(31, AirFigures.OfCounty([Of(30), Of(31), Of(32), Of(null)], standard)[0].Value);
        Assert.Null(AirFigures.OfCounty([Of(30), Of(31), Of(null), []], standard)[0].Value);
    }
}
