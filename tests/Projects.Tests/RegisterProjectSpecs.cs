using CsCheck;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects.Tests;

public sealed class RegisterProjectSpecs
{
    static readonly RegisterProject.Row Row = new(
        "P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, "能源类项目", 1, Stage.Planned, ["[D6] …"]);

    static readonly ProjectRegistered Registered = new(
        "P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, "能源类项目", 1, Stage.Planned, ["[D6] …"]);

    readonly Specification<Project> project = new();

    static Func<Project, Decision> Registering(RegisterProject.Row row) => it => RegisterProject.Decide(it, row, Occasions.Now);

    [Theory]
    [InlineData(Stage.Planned)]
    [InlineData(Stage.Preparing)]
    public void A_plan_item_enters_the_registry_as_planned_or_preparing(Stage stage) =>
        project.Given().When(Registering(Row with { Stage = stage })).Then(Registered with { Stage = stage });

    [Theory]
    [InlineData(Stage.Started)]
    [InlineData(Stage.UnderConstruction)]
    [InlineData(Stage.Suspended)]
    [InlineData(Stage.Completed)]
    [InlineData(Stage.InProduction)]
    [InlineData(Stage.Cancelled)]
    [InlineData(Stage.MovedOut)]
    [InlineData(Stage.Merged)]
    public void It_does_not_enter_in_a_later_stage(Stage stage) =>
        project.Given().When(Registering(Row with { Stage = stage })).ThenRefused("stage-not-initial");

    [Fact]
    public void The_same_registration_again_changes_nothing() =>
        project.Given(Registered).When(Registering(Row with { Notes = ["[D6] …"] })).ThenNothing();

    [Fact]
    public void It_changes_nothing_even_after_the_project_has_moved_on() => project
        .Given(Registered, new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, null, new(2023, 5, 1)),
            new InvestmentReported("P05-1-01", "2023-07", Money.Yuan(1, "亿元")))
        .When(Registering(Row)).ThenNothing();

    public static TheoryData<RegisterProject.Row> Others =>
    [
        Row with { Name = "风电场" }, Row with { Kind = ProjectKind.Programme }, Row with { Box = 6 }, Row with { BoxTitle = "其他" },
        Row with { Group = 2 }, Row with { GroupTitle = null }, Row with { Seq = 2 }, Row with { Stage = Stage.Preparing },
        Row with { Notes = [] },
    ];

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Another_registration_under_the_same_code_is_refused(RegisterProject.Row row) =>
        project.Given(Registered).When(Registering(row)).ThenRefused("project-differs");

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(Gen.Enum<Stage>(), Gen.Int[1, 2], Gen.Bool, Gen.Bool, (stage, seq, grouped, remarked) => Row with
        {
            Stage = stage, Seq = seq, GroupTitle = grouped ? "能源类项目" : null, Notes = remarked ? ["[D6] …"] : [],
        });
        row.Array[1, 20].Sample(rows => Idempotence.Holds(new Project(), rows, RegisterProject.Decide), iter: 300);
    }
}
