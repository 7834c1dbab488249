using CsCheck;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Indicators.Tests;

public sealed class ReportValueSpecs
{
    static readonly IndicatorDefined Gdp =
        new("gdp", "地区生产总值", "GDP", "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", null, [], 1, null);

    static readonly ReportValue.Row Row = new("gdp", "2025", 300.5m, ValueStatus.Flash, "统计快报", null, null);
    static readonly DateOnly Today = Occasions.Now.Today;
    static readonly ValueReported Reported = new("gdp", "2025", 300.5m, ValueStatus.Flash, "统计快报", null, Today);

    static readonly ValueRevised Correction =
        new("gdp", "2025", 300.5m, ValueStatus.Flash, 301, ValueStatus.Flash, "漏报", null, null, Today);

    readonly Specification<Indicator> indicator = new();

    static Func<Indicator, Hosting.Decision> Reporting(ReportValue.Row row) => it => ReportValue.Decide(it, row, VerdictRules.Shipped, Occasions.Now);

    [Fact]
    public void A_value_of_a_finished_period_is_recorded() => indicator.Given(Gdp).When(Reporting(Row)).Then(Reported);

    [Fact]
    public void The_same_value_again_changes_nothing() => indicator.Given(Gdp, Reported).When(Reporting(Row)).ThenNothing();

    [Fact]
    public void The_same_number_with_more_zeros_is_the_same_value() =>
        indicator.Given(Gdp, Reported).When(Reporting(Row with { Value = 300.500m })).ThenNothing();

    [Fact]
    public void Another_value_without_a_reason_is_refused() =>
        indicator.Given(Gdp, Reported).When(Reporting(Row with { Value = 301 })).ThenRefused("correction-needs-reason");

    [Fact]
    public void Another_value_with_a_reason_supersedes_and_keeps_what_was() =>
        indicator.Given(Gdp, Reported).When(Reporting(Row with { Value = 301, Reason = "漏报" }))
            .Then(new ValueRevised("gdp", "2025", 300.5m, ValueStatus.Flash, 301, ValueStatus.Flash, "漏报", "统计快报", null, Today));

    [Fact]
    public void A_more_final_value_needs_no_reason() =>
        indicator.Given(Gdp, Reported).When(Reporting(Row with { Value = 302, Status = ValueStatus.Final }))
            .Then(new ValueRevised("gdp", "2025", 300.5m, ValueStatus.Flash, 302, ValueStatus.Final, "flash → final", "统计快报", null, Today, RevisionReason.FinalVerification));

    [Fact]
    public void A_less_final_value_needs_one() =>
        indicator.Given(Gdp, Reported).When(Reporting(Row with { Status = ValueStatus.Estimate })).ThenRefused("correction-needs-reason");

    [Fact]
    public void An_unknown_indicator_takes_no_value() => indicator.Given().When(Reporting(Row)).ThenRefused("indicator-unknown");

    [Fact]
    public void A_period_that_has_not_begun_takes_no_value() =>
        indicator.Given(Gdp).When(Reporting(Row with { Period = "2026-Q3", Status = ValueStatus.Estimate })).ThenRefused("period-in-future");

    [Theory]
    [InlineData("2026")]
    [InlineData("2026-06")]
    public void A_period_that_is_not_over_takes_estimates_only(string period)
    {
        indicator.Given(Gdp).When(Reporting(Row with { Period = period })).ThenRefused("period-not-over");
        indicator.When(Reporting(Row with { Period = period, Status = ValueStatus.Estimate }))
            .Then(Reported with { Period = period, Status = ValueStatus.Estimate });
    }

    [Fact]
    public void The_reason_given_is_kept_even_where_none_is_needed() => indicator.Given(Gdp, Reported)
        .When(Reporting(Row with { Status = ValueStatus.Final, Reason = "年报核实", Note = "现价", Document = "统计年鉴" }))
        .Then(new ValueRevised("gdp", "2025", 300.5m, ValueStatus.Flash, 300.5m, ValueStatus.Final, "年报核实", "统计年鉴", "现价", Today, RevisionReason.FinalVerification));

    [Fact]
    public void A_correction_sent_again_changes_nothing() => indicator
        .Given(Gdp, Reported, Correction)
        .When(Reporting(Row with { Value = 301, Reason = "漏报" })).ThenNothing();

    [Fact]
    public void A_value_that_was_replaced_does_not_come_back_by_a_late_repeat()
    {
        indicator.Given(Gdp, Reported, Correction).When(Reporting(Row)).ThenNothing();
        Assert.Equal(["superseded"], Reporting(Row)(new Indicator().Evolve(Gdp).Evolve(Reported).Evolve(Correction)).Warnings.Select(one => one.Code));
    }

    [Fact]
    public void A_correction_that_is_sent_again_late_says_that_it_brings_an_older_value_back()
    {
        var decision = Reporting(Row with { Reason = "首次填报" })(new Indicator().Evolve(Gdp).Evolve(Reported).Evolve(Correction));
        Assert.IsType<ValueRevised>(Assert.Single(decision));
        var warning = decision.Warnings.Single(one => one.Code == "restores-older").Text.Zh;
        Assert.Contains("300.5", warning, StringComparison.Ordinal);
        Assert.Contains("301", warning, StringComparison.Ordinal);
        Assert.Contains("2026-06-02", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Reporting(Row with { Value = 302, Reason = "再次更正" })(new Indicator().Evolve(Gdp).Evolve(Reported).Evolve(Correction)).Warnings,
            one => one.Code == "restores-older");
    }

    [Fact]
    public void Each_period_is_reported_by_itself() =>
        indicator.Given(Gdp, Reported).When(Reporting(Row with { Period = "2025-S1" })).Then(Reported with { Period = "2025-S1" });

    [Theory]
    [InlineData("2026-05")]
    [InlineData("2026-Q1")]
    [InlineData("2025-S2")]
    public void A_period_that_is_over_takes_any_value(string period) =>
        indicator.Given(Gdp).When(Reporting(Row with { Period = period })).Then(Reported with { Period = period });

    [Fact]
    public void A_negative_value_is_a_value() =>
        indicator.Given(Gdp).When(Reporting(Row with { Value = -1.8m })).Then(Reported with { Value = -1.8m, Flags = ["negative-value"] });

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(
            Gen.Int[2019, 2021], Gen.Int[0, 3], Gen.Enum<ValueStatus>(), Gen.Bool,
            (year, value, status, reasoned) => new ReportValue.Row("gdp", $"{year}", value, status, null, null, reasoned ? "更正" : null));
        row.Array[1, 20].Sample(rows =>
        {
            var state = new Indicator().Evolve(Gdp);
            foreach (var one in rows)
            {
                var decision = ReportValue.Decide(state, one, VerdictRules.Shipped, Occasions.Now);
                state = decision.Aggregate(state, (known, happened) => known.Evolve(happened));
                var again = ReportValue.Decide(state, one, VerdictRules.Shipped, Occasions.Now);
                Assert.True(again.ChangesNothing);
                Assert.Equal(decision.Refusal?.Code, again.Refusal?.Code);
            }
        }, iter: 500);
    }
}
