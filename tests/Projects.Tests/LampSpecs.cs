using Monitoring.Contracts;
using Monitoring.Contracts.Projects;

namespace Monitoring.Projects.Tests;

/// <summary>Every lamp at every edge of its rule.</summary>
public sealed class LampSpecs
{
    static readonly ProjectRegistered registered =
        new("P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, null, 1, Stage.Planned, []);

    static ProjectDescribed Described(decimal total = 1_000, DateOnly? start = null) => new(
        "P05-1-01", null, null, Money.Yuan(total, "万元"), new Dictionary<string, decimal>(), start ?? new(2022, 3, 1), null, null, null, null, null,
        null, [], 1, null);

    static readonly object[] started =
    [
        new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, null, new(2022, 1, 10)),
        new StageAdvanced("P05-1-01", Stage.Preparing, Stage.Started, "施工许可", new(2022, 3, 15)),
    ];

    static Lamp Of(Aspect aspect, DateOnly on, params object[] history) => Lamps.Of(
        history.Prepend(registered).Aggregate(new Project(), (known, happened) => known.Evolve(happened)), LampRules.Shipped, on)[aspect].Lamp;

    [Theory]
    [InlineData("2022-03-31", Lamp.Green)]
    [InlineData("2022-04-01", Lamp.Yellow)]
    [InlineData("2022-05-31", Lamp.Yellow)]
    [InlineData("2022-06-01", Lamp.Red)]
    public void A_start_is_late_by_months(string on, Lamp lamp) => Assert.Equal(lamp, Of(Aspect.Start, Day(on), Described()));

    [Fact]
    public void A_start_that_was_taken_back_was_none() => Assert.Equal(Lamp.Red, Of(Aspect.Start, new(2022, 7, 1),
        [Described(), .. started, new StageCorrected("P05-1-01", Stage.Started, Stage.Preparing, "虚假开工", null, new(2022, 6, 1))]));

    [Theory]
    [InlineData(40.1, Lamp.Green)]
    [InlineData(40, Lamp.Yellow)]
    [InlineData(20, Lamp.Yellow)]
    [InlineData(19.9, Lamp.Red)]
    public void Progress_is_behind_by_points_both_ends_included(decimal completed, Lamp lamp) => Assert.Equal(lamp, Of(Aspect.Progress, new(2022, 7, 10),
        [Described(), .. started, new AnnualPlanSet("P05-1-01", 2022, Money.Yuan(100, "万元"), null, null, null),
            new InvestmentReported("P05-1-01", "2022-06", Money.Yuan(completed, "万元"))]));

    [Fact]
    public void A_curve_takes_the_place_of_twelfths() => Assert.Equal(Lamp.Green, Of(Aspect.Progress, new(2022, 7, 10),
        [Described(), .. started, new AnnualPlanSet("P05-1-01", 2022, Money.Yuan(100, "万元"), [0, 0, 0, 0, 5, 5, 10, 20, 40, 60, 80, 100], null, null)]));

    [Theory]
    [InlineData(50, Lamp.Green)]
    [InlineData(49.99, Lamp.Red)]
    public void Money_must_have_arrived_before_it_is_spent(decimal arrived, Lamp lamp) => Assert.Equal(lamp, Of(Aspect.Funds, new(2022, 7, 10),
        [Described(), .. started, new InvestmentReported("P05-1-01", "2022-06", Money.Yuan(50, "万元")),
            new FundsArrived("P05-1-01", "2022-05", FundSource.SpecialBond, Money.Yuan(arrived, "万元"), null, null)]));

    [Theory]
    [InlineData("2022-04-14", Lamp.Green)]
    [InlineData("2022-04-15", Lamp.Yellow)]
    [InlineData("2022-06-14", Lamp.Yellow)]
    [InlineData("2022-06-15", Lamp.Red)]
    public void The_statistics_wait_a_month(string on, Lamp lamp) => Assert.Equal(lamp, Of(Aspect.Statistics, Day(on), [Described(), .. started]));

    [Fact]
    public void A_small_project_need_not_enter_the_statistics() =>
        Assert.Equal(Lamp.None, Of(Aspect.Statistics, new(2022, 12, 1), [Described(499), .. started]));

    [Fact]
    public void A_good_reason_keeps_a_lamp_green_while_it_counts()
    {
        var excused = new LampExcused("P05-1-01", Aspect.Start, new(2022, 9, 30), "用地报批", "会议纪要");
        Assert.Equal(Lamp.Green, Of(Aspect.Start, new(2022, 9, 30), Described(), excused));
        Assert.Equal(Lamp.Red, Of(Aspect.Start, new(2022, 10, 1), Described(), excused));
    }

    [Fact]
    public void The_overall_lamp_is_the_worst() => Assert.Equal(Lamp.Red, Of(Aspect.Overall, new(2022, 6, 15), [Described(), .. started]));

    [Fact]
    public void A_programme_has_no_lamps() => Assert.All(
        Lamps.Of(new Project().Evolve(registered with { Kind = ProjectKind.Programme }).Evolve(Described()), LampRules.Shipped, new(2023, 1, 1)),
        lamp => Assert.Equal(Lamp.None, lamp.Value.Lamp));

    [Fact]
    public void A_lamp_is_published_once_when_it_turns()
    {
        var project = new Project().Evolve(registered).Evolve(Described());
        var changes = Lamps.Changes(project, LampRules.Shipped, new(2022, 4, 1)).ToList();
        Assert.Equal([Aspect.Start, Aspect.Overall], changes.Select(change => change.Aspect));
        Assert.Equal((Lamp.Green, Lamp.Yellow, "计划 2022-03 开工，已超 1 个月"), (changes[0].From, changes[0].To, changes[0].Facts));
        Assert.Empty(Lamps.Changes(changes.Aggregate(project, (known, change) => known.Evolve(change)), LampRules.Shipped, new(2022, 4, 1)));
    }

    static DateOnly Day(string day) => DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture);
}
