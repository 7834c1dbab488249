using Monitoring.Contracts.Indicators;

namespace Monitoring.Indicators.Tests;

public sealed class DefineIndicatorSpecs
{
    static readonly DefineIndicator.Row Row = new(
        "gdp", "地区生产总值", "GDP", "亿元", Nature.Unspecified, Direction.Increase, "fyp14", "专栏2/1", 2020, 205, "205",
        2025, TargetKind.AtLeast, 300, null, 8.4m, "300(8.4%)", 2035, TargetKind.AtLeast, 630, null, 7.8m, "630(7.8%)", ["[B1] …"], null);

    static readonly IndicatorDefined Defined = new(
        "gdp", "地区生产总值", "GDP", "亿元", Nature.Unspecified, Direction.Increase, "fyp14", "专栏2/1", new(2020, 205, "205"),
        ["[B1] …"], 1, null);

    static readonly TargetSet Target = new("gdp", 2025, TargetKind.AtLeast, 300, null, 8.4m, "300(8.4%)");
    static readonly TargetSet Outlook = new("gdp", 2035, TargetKind.AtLeast, 630, null, 7.8m, "630(7.8%)");

    readonly Specification<Indicator> indicator = new();

    static Func<Indicator, Hosting.Decision> Defining(DefineIndicator.Row row) => it => DefineIndicator.Decide(it, row, Occasions.Now);

    [Fact]
    public void A_new_indicator_is_defined_with_its_targets() =>
        indicator.Given().When(Defining(Row)).Then(Defined, Target, Outlook);

    [Fact]
    public void The_same_definition_again_changes_nothing() =>
        indicator.Given(Defined, Target, Outlook).When(Defining(Row with { Notes = ["[B1] …"] })).ThenNothing();

    [Fact]
    public void Another_definition_needs_a_reason() =>
        indicator.Given(Defined, Target, Outlook).When(Defining(Row with { Unit = "万元" })).ThenRefused("correction-needs-reason");

    [Fact]
    public void With_a_reason_it_gets_the_next_version() =>
        indicator.Given(Defined, Target, Outlook).When(Defining(Row with { Unit = "万元", Reason = "口径调整" }))
            .Then(Defined with { Unit = "万元", Version = 2, Reason = "口径调整" });

    [Fact]
    public void A_target_that_is_set_does_not_change_by_definition() =>
        indicator.Given(Defined, Target, Outlook).When(Defining(Row with { Target = 280, Reason = "降低" })).ThenRefused("target-needs-adjustment");

    [Fact]
    public void A_target_for_another_year_is_added() =>
        indicator.Given(Defined, Target).When(Defining(Row)).Then(Outlook);
}
