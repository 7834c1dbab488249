using Monitoring.Contracts.Environment;

namespace Monitoring.Environment.Tests;

/// <summary>HJ 633 at every breakpoint from both sides, and the vectors of both versions.</summary>
public sealed class AirStandardSpecs
{
    static readonly AirStandard old = AirStandard.Named("gb3095-2012")!;
    static readonly AirStandard now = AirStandard.Named("gb3095-2026")!;
    static readonly int[] indices = [0, 50, 100, 150, 200, 300, 400, 500];

    /// <summary>The printed tables again, so that the data file has something to differ from.</summary>
    static readonly (string Pollutant, Average Average, decimal[] Old, decimal[] New)[] tables =
    [
        Same("a21026", Average.Day, 0, 50, 150, 475, 800, 1600, 2100, 2620), Same("a21026", Average.Hour, 0, 150, 500, 650, 800),
        Same("a21004", Average.Day, 0, 40, 80, 180, 280, 565, 750, 940), Same("a21004", Average.Hour, 0, 100, 200, 700, 1200, 2340, 3090, 3840),
        ("a34002", Average.Day, [0, 50, 150, 250, 350, 420, 500, 600], [0, 50, 120, 250, 350, 420, 500, 600]),
        Same("a21005", Average.Day, 0, 2, 4, 14, 24, 36, 48, 60), Same("a21005", Average.Hour, 0, 5, 10, 35, 60, 90, 120, 150),
        Same("a05024", Average.Hour, 0, 160, 200, 300, 400, 800, 1000, 1200), Same("a05024", Average.EightHours, 0, 100, 160, 215, 265, 800),
        ("a34004", Average.Day, [0, 35, 75, 115, 150, 250, 350, 500], [0, 35, 60, 115, 150, 250, 350, 500]),
    ];

    static (string, Average, decimal[], decimal[]) Same(string pollutant, Average average, params decimal[] points) => (pollutant, average, points, points);

    public static TheoryData<string, string, Average, int> Breakpoints => [.. tables.SelectMany(table => Enumerable.Range(1, table.Old.Length - 1)
        .SelectMany(at => new[] { (old.Code, table.Pollutant, table.Average, at), (now.Code, table.Pollutant, table.Average, at) }))];

    [Theory]
    [MemberData(nameof(Breakpoints))]
    public void An_index_is_that_of_the_table_at_its_breakpoint_and_lies_between_on_both_sides(string version, string pollutant, Average average, int at)
    {
        var (standard, table) = (AirStandard.Named(version)!, tables.Single(one => one.Pollutant == pollutant && one.Average == average));
        var points = version == old.Code ? table.Old : table.New;
        var unit = pollutant == "a21005" ? 0.1m : 1;
        Assert.Equal(indices[at], standard.Iaqi(pollutant, average, points[at]));
        Assert.Equal(Between(points[at] - unit, at), standard.Iaqi(pollutant, average, points[at] - unit));
        if (at + 1 < points.Length)
            Assert.Equal(Between(points[at] + unit, at + 1), standard.Iaqi(pollutant, average, points[at] + unit));

        // Whole numbers only: the smallest integer that is not below the straight line.
        int Between(decimal concentration, int upper)
        {
            var (low, high, from, to) = (points[upper - 1], points[upper], indices[upper - 1], indices[upper]);
            var index = from;
            while ((index - from) * (high - low) < (to - from) * (concentration - low)) index++;
            return index;
        }
    }

    [Theory]
    [InlineData("a34004", 36, 52, 52)]
    [InlineData("a34004", 50, 69, 80)]
    [InlineData("a34004", 75, 100, 114)]
    [InlineData("a34002", 120, 85, 100)]
    public void One_concentration_has_an_index_by_either_version(string pollutant, decimal concentration, int by2012, int by2026)
    {
        Assert.Equal(by2012, old.Iaqi(pollutant, Average.Day, concentration));
        Assert.Equal(by2026, now.Iaqi(pollutant, Average.Day, concentration));
    }

    [Fact]
    public void Above_800_sulphur_dioxide_of_an_hour_and_ozone_of_eight_hours_are_told_by_2026_only()
    {
        Assert.Null(old.Iaqi("a21026", Average.Hour, 801));
        Assert.Null(old.Iaqi("a05024", Average.EightHours, 801));
        Assert.Equal((200, 300), (now.Iaqi("a21026", Average.Hour, 801), now.Iaqi("a05024", Average.EightHours, 801)));
        Assert.All(AirStandard.All, standard => Assert.Equal(500, standard.Iaqi("a34004", Average.Day, 2_000)));
    }

    [Theory]
    [InlineData("2021-01-01", "gb3095-2012")]
    [InlineData("2026-02-28", "gb3095-2012")]
    [InlineData("2026-03-01", "gb3095-2026")]
    [InlineData("2030-12-31", "gb3095-2026")]
    [InlineData("2031-01-01", "gb3095-2026-final")]
    public void The_day_of_a_reading_chooses_the_version(string day, string version) =>
        Assert.Equal(version, AirStandard.On(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)).Code);

    [Fact]
    public void Limits_of_the_three_versions_are_those_of_the_printed_tables()
    {
        decimal?[] Of(string pollutant, Average average) => [.. AirStandard.All.Select(one => one.Limit(pollutant, average))];
        Assert.Equal([35, 30, 25], Of("a34004", Average.Year));
        Assert.Equal([75, 60, 50], Of("a34004", Average.Day));
        Assert.Equal([150, 120, 100], Of("a34002", Average.Day));
        Assert.Equal([80, 80, 50], Of("a21004", Average.Day));
        Assert.Equal([60, 60, 20], Of("a21026", Average.Year));
        Assert.Equal([160, 160, 160], Of("a05024", Average.EightHours));
        Assert.Equal([15, 15, 10], AirStandard.All.Select(one => one.Limit("a34004", Average.Year, 1)));
    }

    static DayFigure Figure(AirStandard standard, string pollutant, decimal? value, Average average = Average.Day) =>
        new(pollutant, average, value, 24, value is { } known ? standard.Iaqi(pollutant, average, known) : null);

    static DayFigure[] Day(AirStandard standard, decimal? pm25, decimal? pm10 = 50, decimal? ozone = 100) =>
    [
        Figure(standard, "a34004", pm25), Figure(standard, "a34002", pm10), Figure(standard, "a21026", 10), Figure(standard, "a21004", 20),
        Figure(standard, "a21005", 0.5m), Figure(standard, "a05024", ozone, Average.EightHours), Figure(standard, "a05024", 120, Average.Hour),
    ];

    [Fact]
    public void The_same_day_is_good_by_2012_and_polluted_by_2026()
    {
        Assert.Equal((100, AirLevel.Good), (old.Judge(Day(old, 75)).Aqi, old.Judge(Day(old, 75)).Level));
        Assert.Equal((114, AirLevel.LightlyPolluted), (now.Judge(Day(now, 75)).Aqi, now.Judge(Day(now, 75)).Level));
    }

    [Fact]
    public void Primary_pollutants_are_the_highest_above_50_and_ties_stand_together()
    {
        Assert.Empty(old.Judge(Day(old, 35)).Primary);
        Assert.Equal(["a34002", "a34004"], old.Judge(Day(old, 75, 150)).Primary);
        Assert.Equal(["a34004"], old.Judge(Day(old, 76, 150)).Exceeding);
        Assert.Empty(now.Judge(Day(now, 76)).Exceeding);
    }

    [Fact]
    public void With_an_item_missing_only_an_index_above_100_is_told()
    {
        Assert.Equal((null, "a05024"), (now.Judge(Day(now, 60, ozone: null)).Aqi, Assert.Single(now.Judge(Day(now, 60, ozone: null)).Missing)));
        Assert.Equal(101, now.Judge(Day(now, 61, ozone: null)).Aqi);
        Assert.Equal(43, now.Judge(Day(now, 30), ["a34004"]).Aqi);
    }

    [Theory]
    [InlineData(50, "优")]
    [InlineData(51, "良")]
    [InlineData(100, "良")]
    [InlineData(101, "轻度污染")]
    [InlineData(200, "中度污染")]
    [InlineData(300, "重度污染")]
    [InlineData(301, "严重污染")]
    [InlineData(500, "严重污染")]
    public void A_level_has_its_official_name(int index, string name) => Assert.Equal(name, AqiLevel.Of(index).Name);
}
