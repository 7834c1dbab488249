namespace Monitoring.Contracts.Tests;

public sealed class PeriodSpecs
{
    [Theory]
    [InlineData("2021", "2021-01-01", "2021-12-31")]
    [InlineData("2021-S1", "2021-01-01", "2021-06-30")]
    [InlineData("2021-S2", "2021-07-01", "2021-12-31")]
    [InlineData("2021-Q3", "2021-07-01", "2021-09-30")]
    [InlineData("2024-02", "2024-02-01", "2024-02-29")]
    public void A_period_has_a_first_and_a_last_day(string text, string first, string last)
    {
        var period = Period.Parse(text);
        Assert.Equal((DateOnly.ParseExact(first, "yyyy-MM-dd"), DateOnly.ParseExact(last, "yyyy-MM-dd")), (period.First, period.Last));
    }

    [Theory]
    [InlineData("")]
    [InlineData("21")]
    [InlineData("2021-13")]
    [InlineData("2021-00")]
    [InlineData("2021-Q5")]
    [InlineData("2021-S3")]
    [InlineData("2021-7")]
    [InlineData("2021-A2")]
    [InlineData("2021-M13")]
    [InlineData("1899")]
    [InlineData("2100")]
    [InlineData("2021\n")]
    [InlineData("２０２１")]
    public void Anything_else_is_no_period(string text) => Assert.False(Period.TryParse(text, out _));

    [Theory]
    [InlineData("2021-A1", "2021")]
    [InlineData("2021-M03", "2021-03")]
    [InlineData("2021-S2", "2021-S2")]
    [InlineData("2021-Q4", "2021-Q4")]
    [InlineData("2021-12", "2021-12")]
    public void A_reporting_period_of_SDMX_is_known_by_one_notation(string text, string canonical) => Assert.Equal(canonical, Period.Parse(text).Text);

    [Theory]
    [InlineData("1900", -1, null)]
    [InlineData("1900-Q1", -1, null)]
    [InlineData("1900-01", -1, null)]
    [InlineData("2099-S2", 1, null)]
    [InlineData("2099", int.MaxValue, null)]
    [InlineData("1900", int.MinValue, null)]
    [InlineData("1900-Q1", 199, "2099-Q1")]
    [InlineData("2099-12", -199, "1900-12")]
    public void A_period_moved_out_of_range_is_none(string text, int years, string? moved) =>
        Assert.Equal(moved, Period.Parse(text).AddYears(years)?.Text);

    [Fact]
    public void A_day_begins_at_midnight_in_Beijing()
    {
        var evening = new DateTimeOffset(2026, 6, 2, 15, 59, 59, TimeSpan.Zero);
        Assert.Equal(new DateOnly(2026, 6, 2), ChinaTime.Day(evening));
        Assert.Equal(new DateOnly(2026, 6, 3), ChinaTime.Day(evening.AddSeconds(1)));
    }

    [Theory]
    [InlineData("元", 12345.67)]
    [InlineData("万元", 123456700)]
    [InlineData("亿元", 1234567000000)]
    public void Money_compares_in_single_yuan(string unit, decimal yuan) => Assert.Equal(yuan, Money.Yuan(12345.67m, unit).Units);
}
