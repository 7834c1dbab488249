using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting.Tests;

/// <summary>What other services' events mean for alerts.</summary>
public sealed class OccurrenceSpecs
{
    static readonly MilestonePlanned planned = new("P05-1-01", "permit", "取得施工许可", new(2023, 6, 30), "发展和改革委员会", null, null);

    static readonly Guid household = Guid.Parse("0198c0de-0000-7000-8000-000000000001"), other = Guid.Parse("0198c0de-0000-7000-8000-000000000002");

    static readonly Dictionary<string, Named> names = new[]
    {
        new Named("area/410325111", "陆浑镇", "Luhun Town", "410325111", null), new Named("area/410325102", "田湖镇", "Tianhu Town", "410325102", null),
        new Named($"area/{Scripted.Village}", "示例一村", "Example One", Scripted.Village, null),
        new Named("area/410325102201", "示例二村", "Example Two", "410325102201", null),
        new Named($"household/{household}", "一户", "A household", Scripted.Village, null),
        new Named($"household/{other}", "一户", "A household", "410325102201", null),
    }.ToDictionary(one => one.Id);

    long version;

    static IEnumerable<Occurrence> Of(object happened) => Occurrence.Of(happened, Scripted.County, names.GetValueOrDefault);

    /// <summary>The alert after what happened, folded from the beginning.</summary>
    Alert After(Alert alert, object happened)
    {
        var (now, what) = (Occasions.Now.Now, Assert.Single(Of(happened)));
        var cause = new AlertCause(Guid.Empty, "relapse.happened.v1", "household", ++version, now);
        return FollowOccurrence.Decide(alert, what, cause, new AlertBook(), Occasions.Now)
            .Aggregate(alert, (state, e) => state.Evolve(new Stamped(Guid.Empty, now, e)));
    }

    static RiskDetected Detected(RiskCause cause, bool emergency = false, string village = Scripted.Village) => new(
        household, 1, village, HouseholdCategory.LiftedOut, cause, Channel.SelfReport, emergency, "rule", "set", null, null, null, [], new(2026, 6, 2));

    static RiskRecurred Recurred(RiskNews? news, bool? emergency = null) => new(
        household, 1, RiskCause.Illness, Channel.DepartmentScreening, "rule", "set", null, null, null, [], new(2026, 6, 2), emergency, news,
        news is null && emergency is null ? null : Scripted.Village);

    [Fact]
    public void The_title_of_a_households_alert_names_all_its_causes()
    {
        var alert = After(new Alert(), Detected(RiskCause.Illness));
        Assert.Equal("陆浑镇示例一村一户出现因病返贫致贫风险线索", alert.Title);
        // Who asks himself is visited within two days.
        Assert.Equal((CaseAction.HomeVisit, new DateOnly(2026, 6, 4)), (alert.Next, alert.DueOn));
        alert = After(alert, Detected(RiskCause.Unemployment));
        Assert.Equal("陆浑镇示例一村一户出现因病、因务工就业不稳返贫致贫风险线索", alert.Title);
        Assert.Equal("A household of Example One, Luhun Town may fall back into poverty: illness, unsteady work", alert.TitleEn);
        Assert.Equal((RiskCause.Illness, AlertNews.Cause, 1), (alert.Cause, alert.LastNews, alert.News));
    }

    [Fact]
    public void The_last_day_of_the_visit_is_that_of_the_countys_own_limits_once_they_are_heard()
    {
        var what = Assert.Single(Of(Detected(RiskCause.Illness) with { Channel = Channel.DepartmentScreening }));
        Assert.Equal(new DateOnly(2026, 6, 5), new AlertBook().LastDay(what));
        var own = TimeLimits.Shipped with
        {
            Version = "2026", EffectiveFrom = new(2026, 1, 1),
            Limits = [new("visit", CaseAction.HomeVisit, CaseAction.Clue, 4, true, null, Level.Village, "县办法")],
        };
        // Tuesday; Wednesday, Thursday, Friday, Monday.
        Assert.Equal(new DateOnly(2026, 6, 8), new AlertBook().Evolve(new LimitsTaken(own)).LastDay(what));
    }

    [Fact]
    public void A_change_that_is_proposed_again_begins_with_the_township()
    {
        var proposed = new HouseholdChangeProposed(household, HouseholdChange.MovedAway, null, null, null, new(2026, 6, 3), "village");
        var alert = After(new Alert(), proposed);
        var passed = Of(new HouseholdChangeReviewed(household, true, null, new(2026, 6, 4), "township")).First();
        foreach (var e in FollowOccurrence.Decide(alert, passed, new(Guid.Empty, "x", "household", ++version, Occasions.Now.Now), new AlertBook(), Occasions.Now))
            alert = alert.Evolve(new Stamped(Guid.Empty, Occasions.Now.Now, e));
        Assert.Equal((Level.County, AlertNews.Passed, "审定变动"), (alert.Level, alert.LastNews, Wording.NextOf(alert).Zh));
        alert = After(alert with { State = AlertState.Resolved }, proposed);
        Assert.Equal((Level.Township, AlertState.Open), (alert.Level, alert.State));
    }

    [Fact]
    public void What_recurs_only_counts_unless_it_is_news()
    {
        var alert = After(new Alert(), Detected(RiskCause.Illness));
        var again = After(alert, Recurred(null));
        Assert.Equal((1, 0, alert.Title), (again.Joined, again.News, again.Title));
        Assert.Equal(AlertNews.Grown, After(alert, Recurred(RiskNews.Grown)).LastNews);
        var urgent = After(alert, Recurred(RiskNews.AfterStep, emergency: true));
        Assert.Equal((Severity.Emergency, AlertNews.Emergency), (urgent.Severity, urgent.LastNews));
        Assert.Contains("紧急", urgent.Title);
        Assert.False(After(new Alert(), Recurred(null)).Exists);
        var raised = After(new Alert(), Recurred(RiskNews.AfterStep));
        Assert.Equal((Scripted.Village, Level.Village, AlertState.Open), (raised.Area, raised.Level, raised.State));
    }

    [Fact]
    public void What_the_county_approved_is_monitored_and_news_of_it_opens_it_again_where_the_household_is()
    {
        var alert = After(new Alert(), Detected(RiskCause.Illness));
        foreach (var what in Of(new CountyDecided(household, 1, Chain.Inclusion, true, null, null, null, null, null, new(2026, 6, 10)))
                     .Where(one => one.Kind == AlertKind.HouseholdRisk))
            Assert.Equal(Ending.Monitored, what.Ending);
        alert = alert with { State = AlertState.Resolved, ResolvedAt = Occasions.Now.Now };
        alert = After(alert, Detected(RiskCause.Unemployment, village: "410325102201"));
        Assert.Equal(("410325102201", AlertState.Open), (alert.Area, alert.State));
        Assert.Equal([RiskCause.Unemployment], alert.Causes);
    }

    [Theory]
    [InlineData(Chain.Inclusion, true, true)]
    [InlineData(Chain.Inclusion, false, false)]
    [InlineData(Chain.Removal, true, false)]
    [InlineData(Chain.Removal, false, true)]
    public void A_visit_about_news_ends_its_alert(Chain chain, bool confirmed, bool wasTrue)
    {
        var ends = Of(new HomeVisited(household, 1, chain, 2, confirmed, [], null, new(2026, 6, 3), News: true)).Last();
        Assert.Equal((Effect.Resolve, $"{household}/1", wasTrue, Ending.Visited), (ends.Effect, ends.Subject, ends.WasTrue, ends.Ending));
    }

    [Fact]
    public void A_limit_that_was_kept_after_all_was_no_breach_whichever_is_heard_first()
    {
        var breached = new DeadlineBreached(household, 1, Scripted.Village, "visit", "v1", CaseAction.HomeVisit, Level.Village, new(2026, 6, 4));
        var kept = new DeadlineKept(household, 1, "visit", CaseAction.HomeVisit, new(2026, 6, 4), new(2026, 6, 3));
        var alert = After(new Alert(), breached);
        Assert.Equal((false, Ending.Kept), (After(alert, kept).WasTrue, After(alert, kept).Ending));
        alert = After(alert, new HomeVisited(household, 1, Chain.Removal, 2, true, [], null, new(2026, 6, 3)));
        Assert.Equal((true, Ending.StepDone), (alert.WasTrue, alert.Ending));
        Assert.Equal((false, Ending.Kept), (After(alert, kept).WasTrue, After(alert, kept).Ending));
    }

    [Fact]
    public void A_household_that_moves_takes_its_alerts_along()
    {
        var moves = Assert.Single(Of(new HouseholdChanged(household, "410325102201", HouseholdCategory.LiftedOut, "搬迁", new(2026, 6, 3), Scripted.Village)));
        Assert.Equal((Effect.Move, $"{household}"), (moves.Effect, moves.Subject));
        var alert = After(After(new Alert(), Detected(RiskCause.Illness)),
            new HouseholdChanged(household, "410325102201", HouseholdCategory.LiftedOut, "搬迁", new(2026, 6, 3), Scripted.Village));
        Assert.Equal(("410325102201", "田湖镇示例二村一户出现因病返贫致贫风险线索"), (alert.Area, alert.Title));
        Assert.Empty(Of(new HouseholdChanged(household, Scripted.Village, HouseholdCategory.LiftedOut, "更正", new(2026, 6, 3))));
    }

    [Fact]
    public void A_proposed_merger_is_a_matter_of_both_sides_until_it_is_decided()
    {
        var proposed = Of(new HouseholdChangeProposed(household, HouseholdChange.Merge, other, null, "并户", new(2026, 6, 3), "village")).ToList();
        Assert.Equal([Scripted.Village, "410325102201"], proposed.Select(one => one.Area));
        Assert.All(proposed, one => Assert.Equal((Effect.Raise, AlertKind.HouseholdChange, Level.Township), (one.Effect, one.Kind, one.Level)));
        Assert.Equal("陆浑镇示例一村一户拟并入田湖镇示例二村一户，待审核", proposed[0].Title!.Zh);
        Assert.Equal(2, Of(new HouseholdChangeReviewed(household, true, null, new(2026, 6, 4), "township")).Count(one => one.Level == Level.County));
        var ends = Assert.Single(Of(new HouseholdChangeDecided(household, true, null, "批复", new(2026, 6, 5), "county")));
        Assert.All(proposed, one => Assert.StartsWith(ends.Subject, one.Subject, StringComparison.Ordinal));
        Assert.Single(Of(new HouseholdChangeProposed(household, HouseholdChange.AllDied, null, null, null, new(2026, 6, 3), "village")));
        Assert.Equal(Ending.ChangeRefused, Assert.Single(Of(new HouseholdChangeReviewed(household, false, "不属实", new(2026, 6, 4), "township"))).Ending);
    }

    [Fact]
    public void A_group_risk_that_grows_is_news_and_goes_up()
    {
        Guid[] some = [.. Enumerable.Range(0, 30).Select(_ => Guid.CreateVersion7())];
        var first = new GroupRiskDetected("village", "v1", Scripted.Village, RiskCause.NaturalDisaster, some[..12], new(2026, 6, 1), new(2026, 6, 2), null, Level.Township);
        var alert = After(new Alert(), first);
        Assert.Equal((Level.Township, 0), (alert.Level, alert.News));
        alert = After(alert, first with { Households = some, Before = 12, Level = Level.County });
        Assert.Equal((Level.County, AlertNews.Grown, "陆浑镇示例一村有30户（此前12户）同时出现因自然灾害风险（6月1日至6月2日）"), (alert.Level, alert.LastNews, alert.Title));
    }

    [Fact]
    public void A_late_milestone_is_an_alert_until_it_is_reached_moved_excused_or_its_project_ends()
    {
        var late = Assert.Single(Of(new MilestoneOverdue("P05-1-01", "permit", "取得施工许可", "发展和改革委员会", new(2023, 6, 30), new(2023, 7, 1))));
        Assert.Equal((Effect.Raise, AlertKind.MilestoneOverdue, "发展和改革委员会"), (late.Effect, late.Kind, late.Department));
        Assert.Empty(Of(planned));
        foreach (var happened in new object[]
                 {
                     new MilestoneReached("P05-1-01", "permit", new(2023, 7, 5), null), planned with { PreviousDueOn = planned.DueOn, DueOn = new(2023, 9, 30) },
                     new MilestoneExcused("P05-1-01", "permit", new(2023, 8, 1), "征地", "嵩政〔2023〕9号"),
                 })
        {
            var end = Assert.Single(Of(happened));
            Assert.Equal((Effect.Resolve, late.AlertOf(Scripted.County)), (end.Effect, end.AlertOf(Scripted.County)));
        }

        var all = Assert.Single(Of(new StageAdvanced("P05-1-01", Stage.Planned, Stage.Cancelled, "批复", new(2023, 7, 5))));
        Assert.True(all.Effect == Effect.ResolveAll && late.Subject.StartsWith(all.Subject, StringComparison.Ordinal));
        Assert.Empty(Of(new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, "批复", new(2023, 7, 5))));
    }
}
