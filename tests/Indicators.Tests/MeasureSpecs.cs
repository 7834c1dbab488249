using CsCheck;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators.Tests;

/// <summary>A number is recorded in the catalogue's unit and places, and what was done to it is said; nothing is guessed.</summary>
public sealed class MeasureSpecs
{
    static readonly IndicatorDefined Gdp = new(
        "gdp", "地区生产总值", "GDP", "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", null, [], 1, null, 8, 1, PeriodType.Flow, "A");

    static Decision Report(decimal value, string? unit, IndicatorDefined? of = null, string period = "2021", Sdmx.Said? said = null, params object[] history) =>
        ReportValue.Decide(
            history.Prepend(of ?? Gdp).Aggregate(new Indicator(), (state, happened) => state.Evolve(happened)),
            new ReportValue.Row("gdp", period, value, ValueStatus.Final, null, null, null, Unit: unit) { Said = said }, VerdictRules.Shipped, Occasions.Now);

    static decimal Recorded(Decision decision)
    {
        Assert.Null(decision.Refusal);
        return Assert.IsType<ValueReported>(Assert.Single(decision)).Value;
    }

    [Theory]
    [InlineData("亿元", "亿元", 12.5, 12.5, false)]
    [InlineData("亿元", " 人民币亿元 ", 12.5, 12.5, false)]
    [InlineData("亿元", "亿元（人民币）", 12.5, 12.5, false)]
    [InlineData("亿元", "万元", 125000, 12.5, true)]
    [InlineData("亿元", "元", 1250000000, 12.5, true)]
    [InlineData("亿元", "百万元", 1250, 12.5, true)]
    [InlineData("元", "万元", 3.8, 38000, true)]
    [InlineData("万吨", "吨", 690, 0.069, true)]
    [InlineData("吨", "公斤", 2500, 2.5, true)]
    [InlineData("万亩", "万公顷", 4.66, 69.9, true)]
    [InlineData("万亩", "公顷", 48000, 72, true)]
    [InlineData("公顷", "亩", 30, 2, true)]
    [InlineData("平方公里", "公顷", 54142, 541.42, true)]
    [InlineData("公里", "千米", 7, 7, false)]
    [InlineData("公里", "米", 7500, 7.5, true)]
    [InlineData("万人", "人", 17500, 1.75, true)]
    [InlineData("%", "％", 43.1, 43.1, false)]
    [InlineData("%", "‰", 431, 43.1, true)]
    [InlineData("微克/立方米", "μg/m³", 35, 35, false)]
    [InlineData("微克/立方米", "mg/m3", 0.035, 35, true)]
    [InlineData("万亩/年", "亩", 20000, 2, true)]
    [InlineData("亿立方米", "万立方米", 6653, 0.6653, true)]
    [InlineData("家", "个", 12, 12, true)]
    public void A_value_in_a_unit_of_the_same_kind_is_converted_exactly_and_said_so(string own, string given, decimal value, decimal recorded, bool said)
    {
        var decision = Report(value, given, Gdp with { Unit = own, Decimals = null });
        Assert.Equal(recorded, Recorded(decision));
        Assert.Equal(said, decision.Warnings.Any(one => one.Code == "read-as"));
        if (!said) return;
        var words = decision.Warnings.First(one => one.Code == "read-as").Text.Zh;
        Assert.Contains($"{value} {given}", words, StringComparison.Ordinal);
        Assert.Contains(own, words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("亿元", "万吨")]
    [InlineData("亿元", "%")]
    [InlineData("亿元", "万美元")]
    [InlineData("%", "百分点")]
    [InlineData("亩", "公里")]
    [InlineData("人", "户")]
    public void Any_other_unit_is_refused_naming_both(string own, string given)
    {
        var refusal = Report(1, given, Gdp with { Unit = own }).Refusal!;
        Assert.Equal("unit-differs", refusal.Code);
        Assert.Contains(own, refusal.Reason.Zh, StringComparison.Ordinal);
        Assert.Contains(given, refusal.Reason.Zh, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("元", "亿元")]
    [InlineData("元", "万亿元")]
    [InlineData("毫米", "万公里")]
    public void What_is_beyond_every_figure_when_converted_is_refused(string own, string given) =>
        Assert.Equal("out-of-range", Report(1_000_000_000_000_000m, given, Gdp with { Unit = own }).Refusal?.Code);

    [Fact]
    public void To_and_fro_is_the_same_number() => Gen.Select(Gen.Int[-1_000_000, 1_000_000], Gen.Int[0, 4]).Sample((cents, index) =>
    {
        var unit = new[] { "元", "千元", "万元", "百万元", "亿元" }[index];
        var value = cents / 100m;
        Assert.Equal(value, Units.Convert(Units.Convert(value, unit, "元")!.Value, "元", unit));
    });

    [Theory]
    [InlineData(215.25, 215.2)]
    [InlineData(215.35, 215.4)]
    [InlineData(215.251, 215.3)]
    [InlineData(-0.05, 0)]
    public void More_places_than_published_are_rounded_half_to_even_and_said(decimal value, decimal recorded)
    {
        var decision = Report(value, null);
        Assert.Equal(recorded, Recorded(decision));
        var rounded = decision.Warnings.Single(one => one.Code == "rounded").Text.Zh;
        Assert.Contains(Measure.Text(value), rounded, StringComparison.Ordinal);
        Assert.Contains(Measure.Text(recorded), rounded, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_the_same_when_rounded_is_a_repeat()
    {
        var known = new ValueReported("gdp", "2021", 215.3m, ValueStatus.Final, null, null, Occasions.Now.Today);
        var again = Report(215.31m, null, history: known);
        Assert.True(again is { Refusal: null, ChangesNothing: true });
        Assert.Equal(["rounded"], again.Warnings.Select(one => one.Code));
        // Recorded when more places were published.
        Assert.True(Report(215.31m, null, history: known with { Value = 215.31m }) is { Refusal: null, ChangesNothing: true, Warnings: [] });
    }

    [Theory]
    [InlineData("2021", false)]
    [InlineData("2021-S1", true)]
    [InlineData("2021-03", true)]
    public void A_value_for_a_shorter_time_than_the_indicator_has_is_remarked(string period, bool remarked)
    {
        var decision = Report(1, null, period: period);
        Assert.Equal(1, Recorded(decision));
        Assert.Equal(remarked, decision.Warnings.Any(one => one.Code == "frequency-differs"));
        Assert.DoesNotContain(Report(1, null, Gdp with { Frequency = "M" }, period).Warnings, one => one.Code == "frequency-differs");
    }

    [Theory]
    [InlineData(8, null, 88, 88)]
    [InlineData(4, null, 880000, 88)]
    [InlineData(0, null, 8800000000, 88)]
    [InlineData(9, null, 8.8, 88)]
    [InlineData(null, null, 88, 88)]
    [InlineData(8, "CNY", 88, 88)]
    [InlineData(4, "CNY", 880000, 88)]
    [InlineData(4, "XDC", 880000, 88)]
    [InlineData(0, "元", 8800000000, 88)]
    public void SDMX_means_value_times_ten_to_the_multiplier(int? mult, string? measure, decimal value, decimal recorded) =>
        Assert.Equal(recorded, Recorded(Report(value, null, said: new(null, null, mult, measure))));

    [Theory]
    [InlineData("亿元", 8, "TONNES", 8)]
    [InlineData("亿元", 8, "亿元", 8)]
    [InlineData("亿元", 8, "CNY", null)]
    [InlineData("亿元", 8, "USD", 8)]
    [InlineData("%", null, "PC", 4)]
    [InlineData("%", null, null, 4)]
    [InlineData("%", null, "PP", 0)]
    public void What_cannot_be_meant_by_the_unit_is_refused(string own, int? ownMult, string? measure, int? mult)
    {
        var decision = Report(99.9m, null, Gdp with { Unit = own, UnitMult = ownMult }, said: new(null, null, mult, measure));
        // 99.9 × 10^4 percent is a number, only hardly a likely one.
        if (measure == "PC") Assert.Contains(decision.Warnings, one => one.Code == "percent-out-of-range");
        else Assert.Equal("unit-differs", decision.Refusal?.Code);
    }

    [Theory]
    [InlineData("%", null, "PT", 0, 43.1)]
    [InlineData("万吨", 4, "T", 4, 0.069)]
    [InlineData("万人", 4, "PS", 4, 1.75)]
    [InlineData("平方公里", null, "KM2", 0, 541.42)]
    [InlineData("家", null, "NUMBER", 0, 2)]
    public void Codes_of_units_stand_for_the_units_that_they_are(string own, int? ownMult, string measure, int mult, decimal value) => Assert.Equal(
        value, Recorded(Report(value, null, Gdp with { Unit = own, UnitMult = ownMult, Decimals = null }, said: new(null, null, mult, measure))));

    [Theory]
    [InlineData("CN410325:PLAN_VALUES(1.0)", "410325", null)]
    [InlineData("OECD:WEATHER(9.9)", null, "structure-unknown")]
    [InlineData("CN410326:PLAN_VALUES(1.0)", null, "structure-unknown")]
    [InlineData(null, "410326", "area-outside-county")]
    public void Only_this_county_and_this_structure_are_taken(string? structure, string? area, string? code) =>
        Assert.Equal(code, Report(1, null, said: new(structure, area, null, null)).Refusal?.Code);
}
