using System.Globalization;
using CsCheck;

namespace Monitoring.Hosting.Tests;

/// <summary>What people write, and what it is read as: lenient in form, strict in meaning.</summary>
public sealed class NotationSpecs
{
    [Theory]
    [InlineData("1234.5", "1234.5", null, false)]
    [InlineData("-0.10", "-0.10", null, false)]
    [InlineData("1,234.5", "1234.5", null, true)]
    [InlineData("1,234,567", "1234567", null, true)]
    [InlineData("１２．５", "12.5", null, true)]
    [InlineData("1.25E+1", "12.5", null, true)]
    [InlineData("1.25e1", "12.5", null, true)]
    [InlineData("12.5亿元", "12.5", "亿元", true)]
    [InlineData("1,200 万元", "1200", "万元", true)]
    [InlineData("43.1%", "43.1", "%", true)]
    [InlineData("43.1％", "43.1", "%", true)]
    [InlineData("−3", "-3", null, true)]
    public void A_number_in_a_usual_form_is_read(string text, string expected, string? unit, bool converted)
    {
        Assert.True(Notation.TryNumber(text, out var value, out var said, out var other));
        Assert.Equal((decimal.Parse(expected, CultureInfo.InvariantCulture), unit, converted), (value, said, other));
    }

    [Theory]
    [InlineData("12,5")]
    [InlineData("1,2345")]
    [InlineData("1.234,5")]
    [InlineData("1 234")]
    [InlineData("约12.5")]
    [InlineData("(12.5)")]
    [InlineData("12.5.1")]
    [InlineData("1-2")]
    [InlineData("=1+1")]
    [InlineData("2021-07")]
    [InlineData("#N/A")]
    public void A_number_that_can_mean_two_things_is_not(string text) => Assert.False(Notation.TryNumber(text, out _, out _, out _));

    [Fact]
    public void Thousands_marks_change_no_number() => Gen.Decimal[-999_999_999_999m, 999_999_999_999m].Sample(number =>
    {
        var value = Math.Round(number, 4);
        var written = value.ToString("#,##0.0000", CultureInfo.InvariantCulture);
        return Notation.TryNumber(written, out var read, out _, out _) && read == value;
    });

    [Theory]
    [InlineData("2021", "2021")]
    [InlineData("2021年", "2021")]
    [InlineData("2021年度", "2021")]
    [InlineData("2021-A1", "2021")]
    [InlineData("2021-M03", "2021-03")]
    [InlineData("2021年3月", "2021-03")]
    [InlineData("2021年03月份", "2021-03")]
    [InlineData("2021.3", "2021-03")]
    [InlineData("2021.10", "2021-10")]
    [InlineData("2021/3", "2021-03")]
    [InlineData("2021-3", "2021-03")]
    [InlineData("202103", "2021-03")]
    [InlineData("２０２１年３月", "2021-03")]
    [InlineData("2021年一季度", "2021-Q1")]
    [InlineData("2021年第二季度", "2021-Q2")]
    [InlineData("2021年3季度", "2021-Q3")]
    [InlineData("2021Q4", "2021-Q4")]
    [InlineData("2021年上半年", "2021-S1")]
    [InlineData("2021下半年", "2021-S2")]
    [InlineData("2021-H1", "2021-S1")]
    public void A_period_in_a_usual_form_is_read(string text, string expected)
    {
        Assert.True(Notation.TryPeriod(text, out var period, out var converted));
        Assert.Equal((expected, text != expected), (period.Text, converted));
    }

    [Theory]
    [InlineData("2021.1")]
    [InlineData("2021/3/1")]
    [InlineData("2021-03-01")]
    [InlineData("上半年")]
    [InlineData("2021年1-6月")]
    [InlineData("2021年13月")]
    [InlineData("21年3月")]
    [InlineData("2021-Q5")]
    [InlineData("20213")]
    [InlineData("1899")]
    public void A_period_that_can_mean_two_things_is_not(string text) => Assert.False(Notation.TryPeriod(text, out _, out _));

    [Theory]
    [InlineData("2022-01-05")]
    [InlineData("2022/1/5")]
    [InlineData("2022-1-5")]
    [InlineData("2022.1.5")]
    [InlineData("2022.01.05")]
    [InlineData("2022年1月5日")]
    [InlineData("20220105")]
    [InlineData("2022-01-05 00:00:00")]
    public void A_day_in_a_usual_form_is_read(string text)
    {
        Assert.True(Notation.TryDay(text, out var day, out var converted));
        Assert.Equal((new DateOnly(2022, 1, 5), text != "2022-01-05"), (day, converted));
    }

    [Theory]
    [InlineData("1/5/2022")]
    [InlineData("22.1.5")]
    [InlineData("2022-13-01")]
    [InlineData("2022-02-30")]
    [InlineData("2022/1")]
    [InlineData("44566")]
    public void A_day_that_can_mean_two_things_is_not(string text) => Assert.False(Notation.TryDay(text, out _, out _));

    [Theory]
    [InlineData("2026-11-24T08:00:00+08:00")]
    [InlineData("2026-11-24 08:00")]
    [InlineData("2026/11/24 8:00")]
    [InlineData("2026-11-24T08:00:00+0800")]
    [InlineData("2026年11月24日8时")]
    [InlineData("2026年11月24日 8:00:00")]
    [InlineData("2026-11-24T00:00:00Z")]
    public void An_instant_in_a_usual_form_is_read(string text)
    {
        Assert.True(Notation.TryInstant(text, out var instant, out _));
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero), instant);
    }

    [Theory]
    [InlineData("2026-11-24")]
    [InlineData("2026-11-24 24:00")]
    [InlineData("8:00")]
    public void An_instant_without_its_hour_is_not(string text) => Assert.False(Notation.TryInstant(text, out _, out _));

    [Theory]
    [InlineData("—", true)]
    [InlineData("-", true)]
    [InlineData("－", true)]
    [InlineData("空", true)]
    [InlineData("N/A", true)]
    [InlineData("…", true)]
    [InlineData("0", false)]
    [InlineData("无锡", false)]
    public void What_says_that_there_is_no_value_is_known(string text, bool expected) => Assert.Equal(expected, Notation.IsNoValue(text));

    [Theory]
    [InlineData("万元", true)]
    [InlineData("亿元", true)]
    [InlineData("%", true)]
    [InlineData("人", true)]
    [InlineData("万人", true)]
    [InlineData("元/吨", true)]
    [InlineData("必填", false)]
    [InlineData("统计局", false)]
    public void Units_of_measure_are_known(string text, bool expected) => Assert.Equal(expected, Units.IsOne(text));
}
