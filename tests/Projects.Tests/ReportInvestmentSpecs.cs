using CsCheck;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;

namespace Monitoring.Projects.Tests;

public sealed class ReportInvestmentSpecs
{
    static readonly ProjectRegistered Registered =
        new("P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, "能源类项目", 1, Stage.Planned, []);

    static readonly ReportInvestment.Row Row = new("P05-1-01", "2023-07", 120.5m, "万元", null, null);
    static readonly InvestmentReported Reported = new("P05-1-01", "2023-07", Money.Yuan(120.5m, "万元"));

    readonly Specification<Project> project = new();

    static Func<Project, Hosting.Decision> Reporting(ReportInvestment.Row row) => it => ReportInvestment.Decide(it, row, Occasions.Now);

    [Fact]
    public void A_month_is_recorded() => project.Given(Registered).When(Reporting(Row)).Then(Reported);

    [Fact]
    public void The_same_amount_in_another_unit_is_the_same_amount() =>
        project.Given(Registered, Reported).When(Reporting(Row with { Amount = 1_205_000, Unit = "元" })).ThenNothing();

    [Fact]
    public void Another_amount_needs_a_reason() =>
        project.Given(Registered, Reported).When(Reporting(Row with { Amount = 121 })).ThenRefused("correction-needs-reason");

    [Fact]
    public void With_a_reason_it_supersedes_and_keeps_what_was() =>
        project.Given(Registered, Reported).When(Reporting(Row with { Amount = 121, Reason = "漏报", Document = "更正函" }))
            .Then(new InvestmentRevised("P05-1-01", "2023-07", Money.Yuan(120.5m, "万元"), Money.Yuan(121, "万元"), "漏报", "更正函"));

    [Fact]
    public void A_month_that_has_not_begun_is_refused() =>
        project.Given(Registered).When(Reporting(Row with { Month = "2026-07" })).ThenRefused("period-in-future");

    [Fact]
    public void The_month_that_is_running_may_be_reported() => project.Given(Registered)
        .When(Reporting(Row with { Month = "2026-06" })).Then(Reported with { Month = "2026-06" });

    [Fact]
    public void The_same_report_again_changes_nothing() => project.Given(Registered, Reported).When(Reporting(Row)).ThenNothing();

    [Fact]
    public void A_correction_sent_again_changes_nothing() => project
        .Given(Registered, Reported, new InvestmentRevised(
            "P05-1-01", "2023-07", Money.Yuan(120.5m, "万元"), Money.Yuan(121, "万元"), "漏报", null))
        .When(Reporting(Row with { Amount = 121, Reason = "漏报" })).ThenNothing();

    [Fact]
    public void Each_month_is_reported_by_itself() => project.Given(Registered, Reported)
        .When(Reporting(Row with { Month = "2023-08", Amount = 3 })).Then(new InvestmentReported("P05-1-01", "2023-08", Money.Yuan(3, "万元")));

    [Fact]
    public void A_month_without_investment_is_a_report_too() => project.Given(Registered)
        .When(Reporting(Row with { Amount = 0 })).Then(Reported with { Amount = Money.Yuan(0, "万元") });

    [Fact]
    public void An_unregistered_project_takes_no_investment() => project.Given().When(Reporting(Row)).ThenRefused("project-unknown");

    [Theory]
    [InlineData(Stage.Cancelled)]
    [InlineData(Stage.MovedOut)]
    [InlineData(Stage.Merged)]
    public void A_closed_project_takes_no_investment(Stage stage) =>
        project.Given(Registered with { Stage = stage }).When(Reporting(Row)).ThenRefused("project-closed");

    [Theory]
    [InlineData(Stage.Planned)]
    [InlineData(Stage.Preparing)]
    [InlineData(Stage.Started)]
    [InlineData(Stage.UnderConstruction)]
    [InlineData(Stage.Suspended)]
    [InlineData(Stage.Completed)]
    [InlineData(Stage.InProduction)]
    public void Any_other_project_takes_it(Stage stage) =>
        project.Given(Registered with { Stage = stage }).When(Reporting(Row)).Then(Reported);

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(
            Gen.Int[5, 8], Gen.Int[0, 2], Gen.OneOf(Gen.Const("元"), Gen.Const("万元"), Gen.Const("亿元")), Gen.Bool,
            (month, amount, unit, reasoned) => Row with
            {
                Month = $"2026-0{month}", Amount = amount, Unit = unit, Reason = reasoned ? "更正" : null,
            });
        row.Array[1, 30].Sample(rows => Idempotence.Holds(new Project().Evolve(Registered), rows, ReportInvestment.Decide), iter: 300);
    }
}
