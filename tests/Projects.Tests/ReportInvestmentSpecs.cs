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
    public void A_closed_project_takes_no_investment() =>
        project.Given(Registered with { Stage = Stage.Cancelled }).When(Reporting(Row)).ThenRefused("project-closed");

    [Fact]
    public void A_plan_item_is_registered_once()
    {
        var row = new RegisterProject.Row("P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, "能源类项目", 1, Stage.Planned, []);
        project.Given().When(it => RegisterProject.Decide(it, row, Occasions.Now)).Then(Registered);
        project.Given(Registered).When(it => RegisterProject.Decide(it, row, Occasions.Now)).ThenNothing();
        project.When(it => RegisterProject.Decide(it, row with { Name = "风电场" }, Occasions.Now)).ThenRefused("project-differs");
        project.When(it => RegisterProject.Decide(it, row with { Stage = Stage.Completed }, Occasions.Now)).ThenRefused("stage-not-initial");
    }
}
