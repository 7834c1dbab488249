using JasperFx.Events;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;

namespace Monitoring.Evaluation.Tests;

public sealed class ScoreboardSpecs
{
    static readonly DateOnly Today = new(2026, 6, 2);

    static TargetSet Target(TargetKind kind, decimal? value, int year = 2025) => new("it", year, kind, value, null, null, null);

    static ScoreboardRow Row(decimal? baseline, TargetSet? target, string? period = null, decimal value = 0, int baseYear = 2020, DateOnly? on = null)
    {
        var events = new List<object>
        {
            new IndicatorDefined("it", "指标", "Indicator", "亿元", Nature.Binding, Direction.Increase, "fyp14", "专栏2/1", new(baseYear, baseline, null), [], 1, null),
        };
        if (target is not null) events.Add(target);
        if (period is not null) events.Add(new ValueReported("it", period, value, ValueStatus.Final, null, null));
        var standing = events.Aggregate((IndicatorStanding?)null, (known, happened) => IndicatorStandings.Evolve(known, "indicator/410325/it", Wrapped(happened)));
        return ScoreboardRow.Of(standing!, on ?? Today, VerdictRules.Shipped);
    }

    static IEvent Wrapped(object data) => (IEvent)Activator.CreateInstance(typeof(Event<>).MakeGenericType(data.GetType()), data)!;

    [Theory]
    [InlineData("2022", 0.4, 243.0)]
    [InlineData("2023-S1", 0.5, 252.5)]
    [InlineData("2023", 0.6, 262.0)]
    public void The_straight_line_of_gdp_is_as_worked_out_by_hand(string period, decimal elapsed, decimal expected)
    {
        var on = Period.Parse(period).Last;
        var row = Row(205, Target(TargetKind.IncreaseTo, 300), period, expected, on: on);
        Assert.Equal((elapsed, expected, Verdict.OnSchedule), (row.Elapsed, row.Expected, row.Verdict));
        Assert.Equal(Verdict.BehindSchedule, Row(205, Target(TargetKind.IncreaseTo, 300), period, expected - 0.1m, on: on).Verdict);
    }

    [Fact]
    public void Sewage_treatment_at_the_end_of_2022_is_to_be_at_95_08() =>
        Assert.Equal(95.08m, Row(94.8m, Target(TargetKind.IncreaseTo, 95.5m), "2022", 95, on: new(2022, 12, 31)).Expected);

    [Fact]
    public void The_target_reached_before_its_year_is_achieved_early() =>
        Assert.Equal(Verdict.AchievedEarly, Row(205, Target(TargetKind.AtLeast, 300), "2023", 301, on: new(2023, 12, 31)).Verdict);

    [Fact]
    public void Without_a_value_there_is_nothing_to_evaluate() =>
        Assert.Equal(Verdict.NotEvaluable, Row(205, Target(TargetKind.IncreaseTo, 300)).Verdict);

    [Fact]
    public void Why_nothing_can_be_evaluated_is_said_in_words()
    {
        var row = Row(205, Target(TargetKind.Delegated, null), "2023", 250, on: new(2023, 12, 31));
        Assert.Equal(
            (Verdict.NotEvaluable, "无法评估", "target-not-handed-down", "上级尚未下达该年度目标", null),
            (row.Verdict, row.VerdictName, row.Why, row.WhyName, row.Progress));
    }

    [Fact]
    public void The_latest_period_is_shown_and_a_year_beats_its_half()
    {
        object[] events =
        [
            new IndicatorDefined("it", "指标", "Indicator", "亿元", default, default, "", "", null, [], 1, null),
            new ValueReported("it", "2023-S2", 1, ValueStatus.Final, null, null), new ValueReported("it", "2023", 1, ValueStatus.Final, null, null),
            new ValueReported("it", "2022", 1, ValueStatus.Final, null, null),
        ];
        var standing = events.Aggregate((IndicatorStanding?)null, (known, happened) => IndicatorStandings.Evolve(known, "indicator/410325/it", Wrapped(happened)));
        Assert.Equal("2023", ScoreboardRow.Of(standing!, Today, VerdictRules.Shipped).Latest?.Period);
    }

    [Fact]
    public void A_projects_investment_adds_up_and_a_revision_replaces()
    {
        object[] events =
        [
            new ProjectRegistered("P", "项目", ProjectKind.Project, 5, "工业", 1, null, 1, Stage.Planned, []),
            new InvestmentReported("P", "2023-01", Money.Yuan(10, "万元")),
            new InvestmentReported("P", "2023-02", Money.Yuan(1, "亿元")),
            new InvestmentRevised("P", "2023-01", Money.Yuan(10, "万元"), Money.Yuan(12, "万元"), "漏报", null),
            new StageAdvanced("P", Stage.Planned, Stage.Preparing, null, new(2023, 3, 1)),
        ];
        var standing = events.Aggregate((ProjectStanding?)null, (known, happened) => ProjectStandings.Evolve(known, "project/410325/P", Wrapped(happened)))!;
        Assert.Equal((100_120_000m, "2023-02", Stage.Preparing), (standing.InvestedYuan, standing.LatestMonth, standing.Stage));
    }
}
