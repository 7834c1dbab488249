using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse.Tests;

/// <summary>Cases lived through day by day: order of steps, day limits, publicity, removal, re-entry.</summary>
public sealed class CaseSpecs
{
    static readonly DateOnly March = new(2023, 3, 1);

    [Fact]
    public void A_case_on_time_breaks_no_limit() => new Scripted().Included().Announced("2023-03-13").Helped("2023-03-14").FollowedUp("2023-04-05")
        .On("2023-04-20").Expect<DeadlineBreached>();

    [Fact]
    public void The_type_follows_from_the_facts()
    {
        Assert.Equal(MonitoredType.UnstableLiftedOut, DecideCase.TypeOf(HouseholdCategory.LiftedOut, 5_999.99m, 6_000, [RiskCause.Other]));
        Assert.Equal(MonitoredType.MarginallyPoor, DecideCase.TypeOf(HouseholdCategory.Ordinary, 5_999.99m, 6_000, [RiskCause.Other]));
        Assert.Equal(MonitoredType.SuddenSevereDifficulty, DecideCase.TypeOf(HouseholdCategory.Ordinary, 6_000, 6_000, [RiskCause.Accident]));
        Assert.Equal(MonitoredType.SuddenSevereDifficulty, DecideCase.TypeOf(HouseholdCategory.LiftedOut, 20_000, 6_000, [RiskCause.Other, RiskCause.Illness]));
        Assert.Null(DecideCase.TypeOf(HouseholdCategory.LiftedOut, 6_000, 6_000, [RiskCause.LackOfLabour]));
    }

    [Fact]
    public void Who_has_no_income_on_record_is_of_no_type_yet() => new Scripted()
        .Asks("2023-03-01", RiskCause.Illness).Visited("2023-03-02").Authorised("2023-03-02").Compared("2023-03-04").Assessed("2023-03-05")
        .Publicised("2023-03-05").PublicityEnded("2023-03-10").Reviewed("2023-03-11").On("2023-03-12")
        .Refused("income-unknown", DecideCase.Decide, new DecideCase.Row(Scripted.Id, true, null, "文", new(2023, 3, 12)));

    [Fact]
    public void A_self_report_is_visited_within_two_days()
    {
        new Scripted().Asks("2023-03-01", RiskCause.Illness).On("2023-03-03").Expect<DeadlineBreached>().On("2023-03-04")
            .ExpectBreach("self-report-visit", "2023-03-04").On("2023-03-14").ExpectBreach("self-report-visit", "2023-03-04").ExpectBreach("visit");
        new Scripted().Asks("2023-03-01", RiskCause.Illness).Visited("2023-03-03").On("2023-03-10").ExpectBreach("self-report-visit");
    }

    [Fact]
    public void Another_clue_is_visited_within_three_days() => new Scripted().Pays("2023-03-01", 5_000, "A").On("2023-03-04").Expect<DeadlineBreached>()
        .On("2023-03-05").ExpectBreach("visit", "2023-03-05").ExpectBreach("self-report-visit");

    [Fact]
    public void Data_are_compared_within_five_days_of_the_authorisation() => new Scripted().Asks("2023-03-01", RiskCause.Illness)
        .Visited("2023-03-02").Authorised("2023-03-03").On("2023-03-08").Expect<DeadlineBreached>().On("2023-03-09").ExpectBreach("comparison", "2023-03-09");

    [Fact]
    public void The_notice_is_up_within_five_days_of_the_comparison() => new Scripted().Asks("2023-03-01", RiskCause.Illness)
        .Visited("2023-03-02").Authorised("2023-03-02").Compared("2023-03-03").On("2023-03-08").Expect<DeadlineBreached>().On("2023-03-09")
        .ExpectBreach("assessment", "2023-03-09");

    [Fact]
    public void The_whole_takes_fifteen_days_at_most() => new Scripted().Asks("2023-03-01", RiskCause.Illness).Visited("2023-03-02").On("2023-03-16")
        .ExpectBreach("decision").On("2023-03-17").ExpectBreach("decision", "2023-03-17");

    [Fact]
    public void Measures_begin_within_ten_days_of_the_decision() => new Scripted().Included().On("2023-03-22").ExpectBreach("measures")
        .On("2023-03-23").ExpectBreach("measures", "2023-03-23");

    [Fact]
    public void A_monitored_household_is_visited_every_month_and_each_missing_visit_is_said_once() => new Scripted().Included().Helped("2023-03-13")
        .FollowedUp("2023-04-10").On("2023-05-11").ExpectBreach("follow-up").On("2023-05-12").ExpectBreach("follow-up", "2023-05-12")
        .On("2023-05-30").ExpectBreach("follow-up", "2023-05-12").FollowedUp("2023-06-01").On("2023-07-03").ExpectBreach("follow-up", "2023-05-12", "2023-07-03");

    [Fact]
    public void A_step_that_is_done_too_late_is_taken_and_its_breach_said() => new Scripted().Asks("2023-03-01", RiskCause.Illness).Visited("2023-03-09")
        .ExpectBreach("self-report-visit", "2023-03-04");

    [Fact]
    public void A_step_reported_late_but_done_in_time_breaks_nothing() => new Scripted().Asks("2023-03-01", RiskCause.Illness).On("2023-03-03")
        .Do(VisitHome.Decide, new VisitHome.Row(Scripted.Id, 2, true, [RiskCause.Illness], null, new(2023, 3, 2)))
        .On("2023-03-10").ExpectBreach("self-report-visit");

    [Fact]
    public void Limits_in_working_days_know_holidays_and_make_up_workdays()
    {
        // Friday 28 April 2023; 29 April to 3 May are free, 6 May (a Saturday) is worked.
        var limits = new TimeLimits("working", new(2023, 1, 1), 5, false, 6, 3,
            [new("visit", CaseAction.HomeVisit, CaseAction.Clue, 3, true, null, Level.Village, "测试")]);
        new Scripted().Set(new TimeLimitsPublished(limits, "测试"))
            .Set(new CalendarPublished(2023, [new(2023, 5, 1), new(2023, 5, 2), new(2023, 5, 3)], [new(2023, 4, 23), new(2023, 5, 6)], "国办发明电〔2022〕16号"))
            .Asks("2023-04-28", RiskCause.Accident).On("2023-05-06").ExpectBreach("visit").On("2023-05-07").ExpectBreach("visit", "2023-05-07");
    }

    [Fact]
    public void What_has_begun_keeps_the_limits_it_began_under()
    {
        var strict = TimeLimits.Shipped with
        {
            Version = "strict", EffectiveFrom = new(2023, 3, 2),
            Limits = [new("visit", CaseAction.HomeVisit, CaseAction.Clue, 1, false, null, Level.Village, "测试")],
        };
        new Scripted().Set(new TimeLimitsPublished(strict, "测试")).Pays("2023-03-01", 5_000, "A").On("2023-03-04").Expect<DeadlineBreached>()
            .On("2023-03-05").ExpectBreach("visit", "2023-03-05");
        new Scripted().Set(new TimeLimitsPublished(strict, "测试")).Pays("2023-03-02", 5_000, "A").On("2023-03-04").ExpectBreach("visit", "2023-03-04");
    }

    [Fact]
    public void The_notice_stays_for_five_days()
    {
        var story = new Scripted().Asks("2023-03-01", RiskCause.Illness).Surveyed("2023-03-02", 15_000).Visited("2023-03-02").Authorised("2023-03-02")
            .Compared("2023-03-04").Assessed("2023-03-05").Publicised("2023-03-05");
        story.On("2023-03-09").Refused("publicity-too-short", Publicise.DecideEnd, new Publicise.Row(Scripted.Id, new(2023, 3, 9)));
        story.Refused("case-step-forbidden", ReviewInTownship.Decide, new Opinion(Scripted.Id, true, null, new(2023, 3, 9)));
        story.PublicityEnded("2023-03-10").Reviewed("2023-03-10");
    }

    [Fact]
    public void It_is_put_up_only_once() => new Scripted().Included()
        .Refused("case-step-forbidden", Publicise.DecideStart, new Publicise.Row(Scripted.Id, new(2023, 3, 12)))
        .Known(Publicise.DecideStart, new Publicise.Row(Scripted.Id, new(2023, 3, 5)));

    [Fact]
    public void An_objection_must_be_answered_and_ends_the_case_when_it_was_right()
    {
        Scripted Objected() => new Scripted().Asks("2023-03-01", RiskCause.Illness).Visited("2023-03-02").Authorised("2023-03-02").Compared("2023-03-04")
            .Assessed("2023-03-05").Publicised("2023-03-05").On("2023-03-07")
            .Do(Publicise.DecideObjection, new Publicise.Objection(Scripted.Id, "Y-1", "户内有人领取退休金", new(2023, 3, 7)))
            .On("2023-03-10").Refused("objection-open", Publicise.DecideEnd, new Publicise.Row(Scripted.Id, new(2023, 3, 10)));
        Objected().Do(Publicise.DecideCheck, new Publicise.Check(Scripted.Id, "Y-1", false, "不属实", new(2023, 3, 10))).PublicityEnded("2023-03-10");
        var upheld = Objected().Do(Publicise.DecideCheck, new Publicise.Check(Scripted.Id, "Y-1", true, "属实", new(2023, 3, 10)));
        Assert.False(upheld.Household.IsOpen);
        Assert.Equal(CaseStage.Rejected, upheld.Household.Episodes[^1].Stage);
    }

    [Fact]
    public void Steps_come_in_order()
    {
        var story = new Scripted().Refused("case-unknown", VisitHome.Decide, new VisitHome.Row(Scripted.Id, 2, true, [RiskCause.Illness], null, new(2023, 1, 1)));
        story.Asks("2023-03-01", RiskCause.Illness)
            .Refused("case-step-forbidden", AssessInVillage.Decide, new Opinion(Scripted.Id, true, null, March))
            .Refused("out-of-order", VisitHome.Decide, new VisitHome.Row(Scripted.Id, 2, true, [RiskCause.Illness], null, new(2023, 2, 28)))
            .Refused("visit-first", CloseClue.Decide, new CloseClue.Row(Scripted.Id, "无风险", null, March));
        Assert.Equal([CaseAction.HomeVisit], story.Household.Episodes[^1].Next);
        story.Visited("2023-03-02", confirmed: false)
            .Refused("case-step-forbidden", GiveAuthorisation.Decide, new GiveAuthorisation.Row(Scripted.Id, "授权书", new(2023, 3, 2))).Closed("2023-03-03");
        Assert.Equal(CaseStage.Closed, story.Household.Episodes[^1].Stage);
    }

    [Fact]
    public void Every_step_may_be_said_twice()
    {
        var story = new Scripted().Included().Announced("2023-03-13");
        story.Known(VisitHome.Decide, new VisitHome.Row(Scripted.Id, 2, true, [RiskCause.Illness], null, new(2023, 3, 2)))
            .Known(DecideCase.Decide, new DecideCase.Row(Scripted.Id, true, null, "县审定〔2023〕7号", new(2023, 3, 12)))
            .Known(AnnounceResult.Decide, new AnnounceResult.Row(Scripted.Id, new(2023, 3, 13)));
    }

    [Fact]
    public void Help_comes_first_in_an_emergency_and_the_limits_go_on()
    {
        var measure = new Help.Row(Scripted.Id, "M1", MeasureKind.Housing, "应急管理局", null, "元", null, new(2023, 7, 2));
        new Scripted().Pays("2023-07-01", 1, "D", SignalKind.Disaster).On("2023-07-02").Refused("not-monitored", Help.Decide, measure)
            .Do(OpenGreenChannel.Decide, new OpenGreenChannel.Row(Scripted.Id, "暴雨房屋倒塌", null, new(2023, 7, 2))).Do(Help.Decide, measure)
            .Do(Help.Decide, new Help.Start(Scripted.Id, "M1", new(2023, 7, 2))).On("2023-07-17").ExpectBreach("decision", "2023-07-17");
    }

    [Fact]
    public void Help_that_came_first_is_not_asked_for_again_after_the_decision() => new Scripted().Asks("2023-03-01", RiskCause.Illness).Surveyed("2023-03-02", 15_000)
        .Visited("2023-03-02").Do(OpenGreenChannel.Decide, new OpenGreenChannel.Row(Scripted.Id, "住院费用无力垫付", null, new(2023, 3, 2))).Helped("2023-03-03")
        .Authorised("2023-03-03").Compared("2023-03-04").Assessed("2023-03-05").Publicised("2023-03-05").PublicityEnded("2023-03-10").Reviewed("2023-03-11")
        .Decided("2023-03-12").On("2023-04-10").Expect<DeadlineBreached>();

    [Fact]
    public void A_risk_is_removed_after_six_months_in_which_all_conditions_held()
    {
        var story = new Scripted().Included().Announced("2023-03-13").Helped("2023-03-14").FollowedUp("2023-04-05", riskGone: false).FollowedUp("2023-05-05");
        foreach (var month in new[] { "2023-06-05", "2023-07-05", "2023-08-05", "2023-09-05", "2023-10-05" }) story.FollowedUp(month);
        // All conditions hold from May; May to October are the six months.
        story.On("2023-10-31").Refused("not-stable-long-enough", ProposeRemoval.Decide, Scripted.Removal("2023-10-31"));
        story.RemovalProposed("2023-11-01").Visited("2023-11-02").Assessed("2023-11-03").Publicised("2023-11-03").On("2023-11-07")
            .Refused("publicity-too-short", Publicise.DecideEnd, new Publicise.Row(Scripted.Id, new(2023, 11, 7)))
            .PublicityEnded("2023-11-08").Reviewed("2023-11-09").Decided("2023-11-10").Expect<RiskEliminated>("2023-11-10").Announced("2023-11-11");
        Assert.False(story.Household.Known.Monitored);
    }

    [Fact]
    public void A_month_in_which_they_do_not_hold_begins_the_six_months_anew()
    {
        var story = new Scripted().Included().Helped("2023-03-14").FollowedUp("2023-04-05").FollowedUp("2023-05-05").FollowedUp("2023-06-05").FollowedUp("2023-07-05", income: 5_999)
            .FollowedUp("2023-08-05").FollowedUp("2023-09-05").FollowedUp("2023-10-05").On("2023-11-01")
            .Refused("not-stable-long-enough", ProposeRemoval.Decide, Scripted.Removal("2023-11-01"));
        story.FollowedUp("2023-11-05").FollowedUp("2023-12-05").FollowedUp("2024-01-05").RemovalProposed("2024-02-01");
    }

    [Fact]
    public void So_does_a_gap_of_more_than_three_months() => new Scripted().Included().Helped("2023-03-14").FollowedUp("2023-04-05").FollowedUp("2023-05-05").FollowedUp("2023-10-05")
        .On("2023-11-05").Refused("not-stable-long-enough", ProposeRemoval.Decide, Scripted.Removal("2023-11-05"));

    [Fact]
    public void A_household_in_which_nobody_can_work_stays_monitored()
    {
        var story = new Scripted().Included().Happen(new MemberChanged(
            Scripted.Id, Guid.Parse("0198c0de-0000-7000-8000-0000000000a1"), Relation.Head, Labour.None, false, "重度残疾", new(2023, 3, 20)));
        foreach (var month in Enumerable.Range(4, 7)) story.FollowedUp($"2023-{month:00}-05");
        story.On("2023-11-01").Refused("household-without-labour", ProposeRemoval.Decide, Scripted.Removal("2023-11-01"));
    }

    [Fact]
    public void A_removal_that_fails_leaves_the_household_monitored_and_begins_the_six_months_anew()
    {
        var story = new Scripted().Included().Helped("2023-03-14");
        foreach (var month in Enumerable.Range(4, 6)) story.FollowedUp($"2023-{month:00}-05");
        story.RemovalProposed("2023-10-06").Visited("2023-10-07", confirmed: false).Expect<RiskRemovalDropped>("2023-10-07");
        Assert.Equal(CaseStage.Monitored, story.Household.Open?.Stage);
        story.On("2023-10-08").Refused("conditions-not-held", ProposeRemoval.Decide, Scripted.Removal("2023-10-08"));
    }

    [Fact]
    public void A_new_risk_stops_a_removal_at_the_decision()
    {
        var story = new Scripted().Included().Helped("2023-03-14");
        foreach (var month in Enumerable.Range(4, 6)) story.FollowedUp($"2023-{month:00}-05");
        story.RemovalProposed("2023-10-06").Visited("2023-10-07").Assessed("2023-10-08").Publicised("2023-10-08").Pays("2023-10-09", 1, "D", SignalKind.Accident)
            .PublicityEnded("2023-10-13").Reviewed("2023-10-14").Expect<RiskDetected>("2023-03-01", "2023-03-02", "2023-10-09")
            .Refused("new-risk-since-proposal", DecideCase.Decide, new DecideCase.Row(Scripted.Id, true, null, "文", new(2023, 10, 14)));
    }

    [Fact]
    public void A_risk_after_its_removal_is_a_new_episode()
    {
        var story = new Scripted().Included().Announced("2023-03-13").Helped("2023-03-14");
        foreach (var month in Enumerable.Range(4, 6)) story.FollowedUp($"2023-{month:00}-05");
        story.RemovalProposed("2023-10-06").Visited("2023-10-07").Assessed("2023-10-08").Publicised("2023-10-08").PublicityEnded("2023-10-13")
            .Reviewed("2023-10-14").Decided("2023-10-15").Asks("2024-02-01", RiskCause.Illness);
        Assert.Equal([(1, false), (2, true)], story.Household.Episodes.Select(one => (one.Number, one.ReEntry)));
        Assert.Equal(2, Assert.IsType<RiskDetected>(story.Said[^1].Event).Episode);
    }

    [Fact]
    public void A_household_that_is_no_more_ends_its_case() => Assert.Equal(CaseStage.Ended, new Scripted().Included().On("2023-06-01")
        .Happen(new HouseholdEnded(Scripted.Id, HouseholdEnd.MovedAway, null, new(2023, 6, 1))).Household.Episodes[^1].Stage);
}
