using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Indicators.Tests;

/// <summary>An assessed year is a provisional value, once, and gives way to what a department says.</summary>
public sealed class TakeAssessedYearSpecs
{
    static readonly object[] defined = [new IndicatorDefined(
        "pm25", "PM2.5浓度", "PM2.5", "微克/立方米", Nature.Unspecified, Direction.Decrease, "fyp14", "专栏2/生态建设/19", null, [], 1, null)];

    static YearAssessed Year(decimal mean = 33, int revision = 1) => new(
        "county-air", 2023, "gb3095-2012",
        new AirSummary([new AirFigure("a34004", mean, 95, 80, 360, true, 35, 75, false, 0.07m, 0.94m)], 320, 365, 87.7m, 4.1m, false), null, [], null, revision);

    static Specification<Indicator> When(YearAssessed year, params object[] history) => new Specification<Indicator>().Given([.. defined, .. history])
        .When(indicator => TakeAssessedYear.Decide(indicator, TakeAssessedYear.FiguresOf(year).First(), year, VerdictRules.Shipped, Occasions.Now));

    static ValueReported Taken(decimal mean = 33, int revision = 1) => new(
        "pm25", "2023", mean, ValueStatus.Preliminary, $"environment.year-assessed county-air/2023 r{revision}",
        "环境监测自动评价，待审核。gb3095-2012：有效 360 天，第 95 百分位数 80", Occasions.Now.Today);

    [Fact]
    public void The_year_of_air_makes_three_values() => Assert.Equal(
        [("pm25", 33m), ("good-air-days-ratio", 87.7m), ("text-good-air-days-trend", 320m)],
        TakeAssessedYear.FiguresOf(Year()).Select(figure => (figure.Indicator, figure.Value)));

    [Fact]
    public void The_year_of_water_makes_a_class()
    {
        var year = new YearAssessed("county-water", 2023, "gb3838-2002", null, new WaterSummary(2, [], [], [new("S1", 2)], 100, "excellent", null, 1), [], null, 1);
        Assert.Equal(("surface-water-class", 2m), Assert.Single(TakeAssessedYear.FiguresOf(year).Select(figure => (figure.Indicator, figure.Value))));
        Assert.Empty(TakeAssessedYear.FiguresOf(year with { Subject = "S1" }));
    }

    [Fact]
    public void A_first_value_is_preliminary_and_carries_its_evidence() => When(Year()).Then(Taken());

    [Fact]
    public void The_same_message_again_changes_nothing() => When(Year(), Taken()).ThenNothing();

    [Fact]
    public void A_later_revision_replaces_its_own_and_an_earlier_one_that_comes_late_does_not()
    {
        When(Year(34, 2), Taken()).Then(new ValueRevised(
            "pm25", "2023", 33, ValueStatus.Preliminary, 34, ValueStatus.Preliminary, "监测数据修订，重新评价（第 2 次）",
            "environment.year-assessed county-air/2023 r2", "环境监测自动评价，待审核。gb3095-2012：有效 360 天，第 95 百分位数 80", Occasions.Now.Today));
        When(Year(33, 1), Taken(34, 2)).ThenNothing();
    }

    [Fact]
    public void What_a_department_has_reported_or_verified_stays()
    {
        When(Year(), new ValueReported("pm25", "2023", 30, ValueStatus.Flash, "快报", null, new(2024, 1, 5))).ThenNothing();
        When(Year(34, 2), Taken(), new ValueVerified("pm25", "2023", 33, ValueStatus.Preliminary, null)).ThenNothing();
    }

    [Fact]
    public void An_indicator_that_nobody_has_defined_takes_none() => new Specification<Indicator>().Given()
        .When(indicator => TakeAssessedYear.Decide(indicator, TakeAssessedYear.FiguresOf(Year()).First(), Year(), VerdictRules.Shipped, Occasions.Now))
        .ThenRefused("indicator-unknown");
}
