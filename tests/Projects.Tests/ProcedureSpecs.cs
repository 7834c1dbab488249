using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects.Tests;

/// <summary>Codes, corrections, plans, milestones and findings: who may say what, and in which order.</summary>
public sealed class ProcedureSpecs
{
    static readonly DateOnly day = new(2022, 3, 15);

    static readonly ProjectRegistered registered =
        new("P05-1-01", "抽水蓄能电站", ProjectKind.Project, 5, "重大工业项目", 1, null, 1, Stage.Planned, []);

    static readonly StageAdvanced preparing = new("P05-1-01", Stage.Planned, Stage.Preparing, null, new(2022, 1, 10));
    static readonly StageAdvanced started = new("P05-1-01", Stage.Preparing, Stage.Started, "施工许可", day);

    readonly Specification<Project> project = new();

    static Func<Project, Decision> Deciding<TRow>(Func<Project, TRow, Occasion, Decision> decide, TRow row) => it => decide(it, row, Occasions.Now);

    [Theory]
    [InlineData("91350100M000100Y43", true)]
    [InlineData("91512081MA62K0260E", true)]
    [InlineData("91410325MA45000002", true)]
    [InlineData("91350100M000100Y4Z", false)]
    [InlineData("91350100M000100I43", false)]
    public void A_credit_code_is_checked_as_the_standard_says(string code, bool valid) => Assert.Equal(valid, CreditCode.IsValid(code));

    [Fact]
    public void A_false_start_is_taken_back_with_a_reason_and_only_to_where_it_was()
    {
        var row = new CorrectStage.Row("P05-1-01", Stage.Preparing, new(2022, 6, 1), "虚假开工", null);
        var corrected = new StageCorrected("P05-1-01", Stage.Started, Stage.Preparing, "虚假开工", null, new(2022, 6, 1));
        project.Given(registered, preparing, started).When(Deciding(CorrectStage.Decide, row)).Then(corrected);
        project.When(Deciding(CorrectStage.Decide, row with { To = Stage.Completed })).ThenRefused("transition-forbidden");
        project.Given(corrected).When(Deciding(CorrectStage.Decide, row)).ThenNothing();
        // The step that was taken back does not come again by a repeated file; a true start does.
        project.When(Deciding(AdvanceStage.Decide, new AdvanceStage.Row("P05-1-01", Stage.Started, day, "施工许可"))).ThenNothing();
        project.When(Deciding(AdvanceStage.Decide, new AdvanceStage.Row("P05-1-01", Stage.Started, new(2022, 7, 1), "施工许可")))
            .Then(started with { On = new(2022, 7, 1) });
    }

    [Fact]
    public void A_cancelled_project_comes_back_by_decision_only()
    {
        var row = new ReinstateProject.Row("P05-1-01", Stage.Planned, "嵩政〔2023〕8号", new(2023, 2, 1));
        project.Given(registered).When(Deciding(ReinstateProject.Decide, row)).ThenRefused("transition-forbidden");
        project.Given(new StageAdvanced("P05-1-01", Stage.Planned, Stage.Cancelled, "批复", day)).When(Deciding(ReinstateProject.Decide, row))
            .Then(new ProjectReinstated("P05-1-01", Stage.Cancelled, Stage.Planned, "嵩政〔2023〕8号", new(2023, 2, 1)));
    }

    [Fact]
    public void A_step_needs_its_evidence_and_a_merger_its_target()
    {
        project.Given(registered, preparing).When(Deciding(AdvanceStage.Decide, new AdvanceStage.Row("P05-1-01", Stage.Started, day, null))).ThenRefused("evidence-missing");
        new Specification<Project>().Given(registered).When(Deciding(AdvanceStage.Decide, new AdvanceStage.Row("P05-1-01", Stage.Merged, day, "批复"))).ThenRefused("missing");
    }

    [Fact]
    public void January_is_not_reported_twice()
    {
        ReportInvestment.Row Row(string month, int? months = null) => new("P05-1-01", month, 5, "万元", null, null, months);
        var both = new InvestmentReported("P05-1-01", "2023-02", Money.Yuan(5, "万元"), 2);
        project.Given(registered).When(Deciding<ReportInvestment.Row>(ReportInvestment.Decide, Row("2023-02", 2))).Then(both);
        project.Given(both).When(Deciding<ReportInvestment.Row>(ReportInvestment.Decide, Row("2023-01"))).ThenRefused("month-overlaps");
        new Specification<Project>().Given(registered, new InvestmentReported("P05-1-01", "2023-01", Money.Yuan(5, "万元")))
            .When(Deciding<ReportInvestment.Row>(ReportInvestment.Decide, Row("2023-02", 2))).ThenRefused("month-overlaps");
    }

    [Fact]
    public void The_year_to_date_is_checked_against_the_months()
    {
        var may = new InvestmentReported("P05-1-01", "2023-05", Money.Yuan(5, "万元"));
        ReportInvestment.Row Row(decimal toDate) => new("P05-1-01", "2023-06", 7, "万元", null, null, null, toDate);
        project.Given(registered, may).When(Deciding<ReportInvestment.Row>(ReportInvestment.Decide, Row(11))).ThenRefused("year-to-date-differs");
        project.When(Deciding<ReportInvestment.Row>(ReportInvestment.Decide, Row(12))).Then(may with { Month = "2023-06", Amount = Money.Yuan(7, "万元") });
    }

    [Fact]
    public void Spending_beyond_the_total_asks_for_an_adjusted_estimate()
    {
        var described = new ProjectDescribed(
            "P05-1-01", null, null, Money.Yuan(100, "万元"), new Dictionary<string, decimal>(), null, null, null, null, null, null, null, [], 1, null);
        var state = new Project().Evolve(registered).Evolve(described);
        Decision Reporting(decimal amount) =>
            ReportInvestment.Decide(state, new("P05-1-01", "2023-06", amount, "万元", null, null), LampRules.Shipped, Occasions.Now);
        Assert.Empty(Reporting(110).Warnings);
        Assert.Equal("total-exceeded", Reporting(110.1m).Warnings.Single().Code);
    }

    [Fact]
    public void A_figure_that_was_replaced_comes_back_only_with_a_reason_of_its_own()
    {
        PlanYear.Row Row(decimal amount, string? reason) => new("P05-1-01", 2023, amount, "万元", null, reason);
        AnnualPlanSet Set(decimal amount, decimal? previous, string? reason) =>
            new("P05-1-01", 2023, Money.Yuan(amount, "万元"), null, previous is { } known ? Money.Yuan(known, "万元") : null, reason);
        project.Given(registered, Set(100, null, null)).When(Deciding(PlanYear.Decide, Row(120, null))).ThenRefused("correction-needs-reason");
        project.When(Deciding(PlanYear.Decide, Row(120, "追加"))).Then(Set(120, 100, "追加"));
        project.Given(Set(120, 100, "追加")).When(Deciding(PlanYear.Decide, Row(100, null))).ThenNothing();
        project.When(Deciding(PlanYear.Decide, Row(100, "恢复"))).Then(Set(100, 120, "恢复"));
    }

    [Fact]
    public void A_milestone_is_late_unless_it_is_excused()
    {
        var planned = new Milestone("主体封顶", new(2022, 6, 30), null, null, null, 0);
        Assert.False(planned.IsLateOn(new(2022, 6, 30)));
        Assert.True(planned.IsLateOn(new(2022, 7, 1)));
        Assert.False((planned with { ReachedOn = new(2022, 6, 30) }).IsLateOn(new(2023, 1, 1)));
        Assert.True((planned with { ReachedOn = new(2022, 7, 1) }).IsLateOn(new(2023, 1, 1)));
        Assert.False((planned with { ExcusedUntil = new(2022, 9, 30) }).IsLateOn(new(2022, 9, 30)));
        Assert.True((planned with { ExcusedUntil = new(2022, 9, 30) }).IsLateOn(new(2022, 10, 1)));
    }

    static readonly FindingRaised raised = new("dd-1", "P05-1-01", FindingKind.Dispatch, "林地手续未办结", "7 月调度会", day);
    static readonly FindingAssigned assigned = new("dd-1", "P05-1-01", "林业局", new(2022, 4, 15), null, null);

    readonly Specification<Finding> finding = new();

    [Fact]
    public void A_finding_goes_from_raising_to_closure_and_in_no_other_order()
    {
        var row = new FollowFinding.Row("dd-1", "P05-1-01", FindingKind.Dispatch, "林地手续未办结", "7 月调度会", day, "林业局", new(2022, 4, 15), null);
        var reply = new FollowFinding.Replied("dd-1", "已报省局", null, new(2022, 4, 1));
        var verification = new FollowFinding.Verified("dd-1", true, null, new(2022, 4, 10));
        finding.Given().When(it => FollowFinding.Decide(it, false, row, Occasions.Now)).ThenRefused("project-unknown");
        finding.When(it => FollowFinding.Decide(it, true, row, Occasions.Now)).Then(raised, assigned);
        finding.Given(raised, assigned).When(it => FollowFinding.Decide(it, true, row, Occasions.Now)).ThenNothing();
        finding.When(it => FollowFinding.Decide(it, true, row with { DueOn = new(2022, 5, 1) }, Occasions.Now)).ThenRefused("correction-needs-reason");
        finding.When(it => FollowFinding.Decide(it, verification, Occasions.Now)).ThenRefused("finding-step-forbidden");
        finding.When(it => FollowFinding.Decide(it, reply, Occasions.Now)).Then(new FindingReplied("dd-1", "P05-1-01", "已报省局", null, new(2022, 4, 1)));
        finding.Given(new FindingReplied("dd-1", "P05-1-01", "已报省局", null, new(2022, 4, 1)))
            .When(it => FollowFinding.Decide(it, verification, Occasions.Now)).Then(new FindingVerified("dd-1", "P05-1-01", true, null, new(2022, 4, 10)));
        finding.Given(new FindingVerified("dd-1", "P05-1-01", true, null, new(2022, 4, 10)))
            .When(it => FollowFinding.Decide(it, new FollowFinding.Closed("dd-1", new(2022, 4, 12)), Occasions.Now))
            .Then(new FindingClosed("dd-1", "P05-1-01", new(2022, 4, 12)));
    }

    [Fact]
    public void A_deadline_that_passes_is_said_once_and_again_when_it_was_moved()
    {
        var overdue = new FindingOverdue("dd-1", "P05-1-01", "林业局", new(2022, 4, 15), new(2022, 4, 16));
        finding.Given(raised, assigned).When(it => Finding.Overdue(it, new(2022, 4, 15))).ThenNothing();
        finding.When(it => Finding.Overdue(it, new(2022, 4, 16))).Then(overdue);
        finding.Given(overdue).When(it => Finding.Overdue(it, new(2022, 4, 17))).ThenNothing();
        var moved = assigned with { DueOn = new(2022, 4, 20), PreviousDueOn = assigned.DueOn, Reason = "上级审批" };
        finding.Given(moved).When(it => Finding.Overdue(it, new(2022, 4, 21))).Then(overdue with { DueOn = moved.DueOn, On = new(2022, 4, 21) });
    }

    [Fact]
    public void A_milestone_that_passes_is_said_once_and_again_when_it_was_moved_or_excused()
    {
        var planned = new MilestonePlanned("P05-1-01", "permit", "取得施工许可", new(2022, 4, 15), "发展和改革委员会", null, null);
        var overdue = new MilestoneOverdue("P05-1-01", "permit", "取得施工许可", "发展和改革委员会", new(2022, 4, 15), new(2022, 4, 16));
        project.Given(registered, planned).When(it => Project.Overdue(it, new(2022, 4, 15))).ThenNothing();
        project.When(it => Project.Overdue(it, new(2022, 4, 16))).Then(overdue);
        project.Given(overdue).When(it => Project.Overdue(it, new(2022, 4, 17))).ThenNothing();
        project.Given(planned with { DueOn = new(2022, 4, 20), PreviousDueOn = planned.DueOn, Reason = "上级审批" });
        project.When(it => Project.Overdue(it, new(2022, 4, 20))).ThenNothing();
        project.Given(new MilestoneExcused("P05-1-01", "permit", new(2022, 4, 25), "征地", "嵩政〔2022〕9号"));
        project.When(it => Project.Overdue(it, new(2022, 4, 25))).ThenNothing();
        project.When(it => Project.Overdue(it, new(2022, 4, 26))).Then(overdue with { DueOn = new(2022, 4, 25), On = new(2022, 4, 26) });
        project.Given(new MilestoneReached("P05-1-01", "permit", new(2022, 4, 27), null)).When(it => Project.Overdue(it, new(2022, 4, 28))).ThenNothing();
        new Specification<Project>().Given(registered, planned, new StageAdvanced("P05-1-01", Stage.Planned, Stage.Cancelled, "批复", day))
            .When(it => Project.Overdue(it, new(2022, 4, 16))).ThenNothing();
    }

    [Fact]
    public void The_pace_of_six_months_leads_to_a_month()
    {
        var described = new ProjectDescribed(
            "P05-1-01", null, null, Money.Yuan(100, "万元"), new Dictionary<string, decimal>(), null, new(2022, 12, 31), null, null, null, null, null, [], 1, null);
        var state = Enumerable.Range(1, 6).Select(month => (object)new InvestmentReported("P05-1-01", $"2022-0{month}", Money.Yuan(5, "万元")))
            .Prepend(started).Prepend(preparing).Prepend(described).Aggregate(new Project().Evolve(registered), (known, happened) => known.Evolve(happened));
        var foretold = Overview.Foretell(state, new(2022, 7, 10))!;
        Assert.Equal((50_000m, "2023-08", 8), (foretold.MonthlyYuan, foretold.CompletedBy, foretold.MonthsLate));
    }
}
