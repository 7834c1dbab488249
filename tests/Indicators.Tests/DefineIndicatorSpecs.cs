using CsCheck;
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
    public void An_indicator_without_an_English_name_is_shown_by_its_Chinese_one()
    {
        var named = Defined with { NameEn = "地区生产总值" };
        indicator.Given().When(Defining(Row with { NameEn = null })).Then(named, Target, Outlook);
        indicator.Given(named, Target, Outlook).When(Defining(Row with { NameEn = null })).ThenNothing();
    }

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
    public void The_unit_of_figures_on_record_does_not_change_under_them()
    {
        var figure = new ValueReported("gdp", "2021", 215.3m, ValueStatus.Final, null, null);
        indicator.Given(Defined, Target, Outlook, figure).When(Defining(Row with { Unit = "万元", Reason = "口径调整" })).ThenRefused("unit-has-values");
        indicator.When(Defining(Row with { UnitMult = 4, Reason = "口径调整" })).ThenRefused("unit-has-values");
        indicator.When(Defining(Row with { Name = "生产总值", Reason = "改名" }))
            .Then(Defined with { Name = "生产总值", Version = 2, Reason = "改名" });
    }

    [Theory]
    [InlineData(Direction.Decrease, TargetKind.IncreaseTo, 1)]
    [InlineData(Direction.Increase, TargetKind.DecreaseTo, 1)]
    [InlineData(Direction.Increase, TargetKind.IncreaseTo, 0)]
    [InlineData(Direction.Decrease, TargetKind.AtLeast, 0)]
    public void A_target_against_the_direction_is_said(Direction direction, TargetKind kind, int warnings)
    {
        var decision = DefineIndicator.Decide(new Indicator(), Row with { Direction = direction, TargetKind = kind }, Occasions.Now);
        Assert.Equal(Enumerable.Repeat("direction-differs", warnings), decision.Warnings.Select(warning => warning.Code));
    }

    [Fact]
    public void A_target_that_is_set_does_not_change_by_definition() =>
        indicator.Given(Defined, Target, Outlook).When(Defining(Row with { Target = 280, Reason = "降低" })).ThenRefused("target-needs-adjustment");

    [Fact]
    public void A_target_for_another_year_is_added() =>
        indicator.Given(Defined, Target).When(Defining(Row)).Then(Outlook);

    [Fact]
    public void A_revised_definition_sent_again_changes_nothing()
    {
        var row = Row with { Unit = "万元", Reason = "口径调整" };
        var revised = Defined with { Unit = "万元", Version = 2, Reason = "口径调整" };
        indicator.Given(Defined, Target, Outlook, revised).When(Defining(row)).ThenNothing();
        indicator.When(Defining(row with { Reason = null })).ThenNothing();
        indicator.When(Defining(row with { Reason = "再次说明" })).ThenNothing();
    }

    [Fact]
    public void Going_back_to_the_first_definition_is_a_third_version()
    {
        indicator.Given(Defined, Target, Outlook, Defined with { Unit = "万元", Version = 2, Reason = "口径调整" });
        indicator.When(Defining(Row)).ThenRefused("correction-needs-reason");
        indicator.When(Defining(Row with { Reason = "恢复" })).Then(Defined with { Version = 3, Reason = "恢复" });
    }

    [Fact]
    public void A_remark_is_part_of_the_definition() =>
        indicator.Given(Defined, Target, Outlook).When(Defining(Row with { Notes = [] })).ThenRefused("correction-needs-reason");

    [Fact]
    public void The_same_base_and_target_with_more_zeros_are_the_same() => indicator
        .Given(Defined, Target, Outlook).When(Defining(Row with { Baseline = 205.00m, Target = 300.0m })).ThenNothing();

    [Fact]
    public void An_indicator_may_have_neither_base_nor_targets() => indicator.Given().When(Defining(Row with
    {
        BaselineYear = null, Baseline = null, BaselineVerbatim = null,
        TargetYear = null, TargetKind = null, Target = null, TargetGrowth = null, TargetVerbatim = null,
        OutlookYear = null, OutlookKind = null, Outlook = null, OutlookGrowth = null, OutlookVerbatim = null,
    })).Then(Defined with { Baseline = null });

    [Fact]
    public void A_target_that_the_city_hands_down_later_is_kept_without_a_number() => indicator.Given().When(Defining(Row with
    {
        TargetKind = TargetKind.Delegated, Target = null, TargetGrowth = null, TargetVerbatim = "完成市下达目标",
    })).Then(Defined, new TargetSet("gdp", 2025, TargetKind.Delegated, null, null, null, "完成市下达目标"), Outlook);

    [Fact]
    public void A_later_definition_without_the_target_does_not_withdraw_it() => indicator.Given(Defined, Target, Outlook)
        .When(Defining(Row with { OutlookYear = null, OutlookKind = null, Outlook = null, OutlookGrowth = null, OutlookVerbatim = null }))
        .ThenNothing();

    [Fact]
    public void A_new_definition_and_a_new_target_come_together() => indicator.Given(Defined, Target)
        .When(Defining(Row with { Name = "地区生产总值（GDP）", Reason = "全称" }))
        .Then(Defined with { Name = "地区生产总值（GDP）", Version = 2, Reason = "全称" }, Outlook);

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(
            Gen.Bool, Gen.Bool, Gen.Int[2024, 2026], Gen.Int[0, 2], Gen.Bool, Gen.Bool,
            (otherUnit, remarked, year, target, outlook, reasoned) => Row with
            {
                Unit = otherUnit ? "万元" : "亿元", Notes = remarked ? ["[B1] …"] : [],
                TargetYear = target == 0 ? null : year, TargetKind = target == 0 ? null : TargetKind.AtLeast, Target = target,
                OutlookYear = outlook ? 2035 : null, OutlookKind = outlook ? TargetKind.AtLeast : null,
                Reason = reasoned ? "口径调整" : null,
            });
        row.Array[1, 20].Sample(rows => Idempotence.Holds(new Indicator(), rows, DefineIndicator.Decide), iter: 500);
    }

    [Fact]
    public void A_target_once_set_never_changes_by_definition()
    {
        var row = Gen.Select(Gen.Int[2024, 2026], Gen.Int[0, 3], Gen.Bool, (year, target, reasoned) =>
            Row with { TargetYear = year, Target = target, Reason = reasoned ? "调整" : null });
        row.Array[1, 20].Sample(rows =>
        {
            var state = new Indicator();
            foreach (var one in rows)
            {
                var before = state.History.Targets;
                state = DefineIndicator.Decide(state, one, Occasions.Now).Aggregate(state, (known, happened) => known.Evolve(happened));
                Assert.All(before, set => Assert.Equal(set.Value, state.History.Targets[set.Key]));
            }
        }, iter: 300);
    }
}
