using CsCheck;
using Monitoring.Contracts.Projects;

namespace Monitoring.Projects.Tests;

public sealed class AdvanceStageSpecs
{
    static readonly ProjectRegistered Registered =
        new("P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, "能源类项目", 1, Stage.Planned, []);

    static readonly DateOnly Day = new(2023, 5, 1);

    /// <summary>The table of the project office, written here once more so that the code cannot be right by itself.</summary>
    static readonly string[] allowed =
    [
        "Planned → Preparing", "Planned → Merged", "Planned → Cancelled", "Planned → MovedOut",
        "Preparing → Started", "Preparing → Cancelled", "Preparing → MovedOut",
        "Started → UnderConstruction", "Started → Suspended",
        "UnderConstruction → Completed", "UnderConstruction → Suspended", "UnderConstruction → Cancelled",
        "Suspended → UnderConstruction", "Suspended → Cancelled", "Suspended → MovedOut",
        "Completed → InProduction",
    ];

    public static TheoryData<Stage, Stage> Pairs =>
        [.. from one in Enum.GetValues<Stage>() from other in Enum.GetValues<Stage>() select (one, other)];

    static Func<Project, Hosting.Decision> Advancing(Stage to, DateOnly? on = null) =>
        it => AdvanceStage.Decide(it, new AdvanceStage.Row("P05-1-01", to, on ?? Day, "批复", to == Stage.Merged ? "P05-1-02" : null), Occasions.Now);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_pair_of_stages_is_allowed_or_forbidden(Stage from, Stage to)
    {
        var project = new Specification<Project>().Given(Registered with { Stage = from }).When(Advancing(to));
        if (from == to) project.ThenNothing();
        else if (allowed.Contains($"{from} → {to}")) project.Then(new StageAdvanced("P05-1-01", from, to, "批复", Day, to == Stage.Merged ? "P05-1-02" : null));
        else project.ThenRefused("transition-forbidden");
    }

    [Fact]
    public void A_project_does_not_advance_in_the_future() => new Specification<Project>()
        .Given(Registered).When(Advancing(Stage.Preparing, new DateOnly(2026, 6, 3))).ThenRefused("day-in-future");

    [Fact]
    public void A_stage_does_not_begin_before_the_one_before() => new Specification<Project>()
        .Given(Registered, new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, null, Day))
        .When(Advancing(Stage.Started, Day.AddDays(-1))).ThenRefused("day-before-previous");

    [Fact]
    public void An_unregistered_project_does_not_advance() =>
        new Specification<Project>().Given().When(Advancing(Stage.Preparing)).ThenRefused("project-unknown");

    [Fact]
    public void A_step_on_the_day_of_the_one_before_or_today_is_taken()
    {
        var preparing = new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, null, Day);
        var today = new DateOnly(2026, 6, 2);
        new Specification<Project>().Given(Registered, preparing).When(Advancing(Stage.Started, Day))
            .Then(new StageAdvanced("P05-1-01", Stage.Preparing, Stage.Started, "批复", Day));
        new Specification<Project>().Given(Registered, preparing).When(Advancing(Stage.Started, today))
            .Then(new StageAdvanced("P05-1-01", Stage.Preparing, Stage.Started, "批复", today));
    }

    [Fact]
    public void A_step_sent_again_changes_nothing() => new Specification<Project>()
        .Given(Registered, new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, "批复", Day))
        .When(Advancing(Stage.Preparing)).ThenNothing();

    [Fact]
    public void A_refusal_names_the_stages_that_are_allowed()
    {
        var refused = Advancing(Stage.Completed)(new Project().Evolve(Registered)).Refusal!;
        Assert.Equal("to", refused.Field);
        Assert.Equal("Cannot go from planned to completed; allowed: preparing, merged, cancelled, moved_out.", refused.Reason.En);
    }

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(Gen.Enum<Stage>(), Gen.Int[0, 6], (to, days) =>
            new AdvanceStage.Row("P05-1-01", to, new DateOnly(2026, 5, 29).AddDays(days), null));
        row.Array[1, 40].Sample(rows => Idempotence.Holds(new Project().Evolve(Registered), rows, AdvanceStage.Decide), iter: 300);
    }

    [Fact]
    public void No_walk_takes_a_forbidden_step_and_no_report_loses_a_yuan()
    {
        var step = Gen.Select(Gen.Enum<Stage>(), Gen.Int[1, 3], Gen.Int[0, 5], Gen.Bool);
        step.Array[1, 60].Sample(steps =>
        {
            var project = new Project().Evolve(Registered);
            var expected = new Dictionary<string, decimal>();
            foreach (var (stage, month, amount, reasoned) in steps)
            {
                foreach (var happened in AdvanceStage.Decide(project, new("P05-1-01", stage, Day, "批复", "P05-1-02"), Occasions.Now))
                {
                    var advanced = Assert.IsType<StageAdvanced>(happened);
                    Assert.Contains($"{advanced.From} → {advanced.To}", allowed);
                    Assert.Equal(project.Stage, advanced.From);
                    project = project.Evolve(happened);
                }

                var row = new ReportInvestment.Row("P05-1-01", $"2023-0{month}", amount, "万元", reasoned ? "更正" : null, null);
                var decision = ReportInvestment.Decide(project, row, Occasions.Now);
                // What an earlier report said, and a later one replaced, does not come back by a repeat.
                if (decision.Refusal is null && decision.Warnings.Count == 0) expected[row.Month] = amount * 10_000m;
                project = decision.Aggregate(project, (known, happened) => known.Evolve(happened));
                Assert.True(ReportInvestment.Decide(project, row, Occasions.Now).ChangesNothing);
                Assert.Equal(expected.Values.Sum(), project.Investment.Values.Sum(money => money.Units));
            }
        }, iter: 300);
    }
}
