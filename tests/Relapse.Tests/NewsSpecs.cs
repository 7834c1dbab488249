using CsCheck;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse.Tests;

/// <summary>What returns, grows or comes after somebody has dealt with it reaches whoever must act, and is looked at before a risk is removed.</summary>
public sealed class NewsSpecs
{
    static RequestHelp.Row Asking(string reference, string day, bool emergency, params RiskCause[] causes) =>
        new(Scripted.Id, reference, causes, RequestVia.Village, emergency, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));

    static RiskNews?[] News(Scripted story) => [.. story.Said.Select(one => one.Event).OfType<RiskRecurred>().Select(e => e.News)];

    static VisitHome.Row Visit(string day, bool confirmed, params RiskCause[] causes) =>
        new(Scripted.Id, 2, confirmed, causes, null, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));

    static Scripted Stable()
    {
        var story = new Scripted().Included().Announced("2023-03-13").Helped("2023-03-14");
        foreach (var month in Enumerable.Range(4, 6)) story.FollowedUp($"2023-{month:00}-05");
        return story;
    }

    static Scripted Removing() => Stable().RemovalProposed("2023-10-06").Visited("2023-10-07").Assessed("2023-10-08").Publicised("2023-10-08")
        .PublicityEnded("2023-10-13").Reviewed("2023-10-14");

    static DecideCase.Row Yes(string day) => new(Scripted.Id, true, null, "文", DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void An_urgent_request_of_a_monitored_household_is_news_and_stops_its_removal()
    {
        var story = Removing().On("2023-10-15").Do(RequestHelp.Decide, Asking("again", "2023-10-15", true, RiskCause.Illness));
        Assert.Equal([RiskNews.Emergency], News(story));
        story.Refused("new-risk-since-proposal", DecideCase.Decide, Yes("2023-10-15"));
        // The way out: somebody goes and sees.
        Assert.Contains(CaseAction.HomeVisit, story.Household.Open!.Next);
        story.On("2023-10-16").Do(VisitHome.Decide, Visit("2023-10-16", true)).Decided("2023-10-17").Expect<RiskEliminated>("2023-10-17");
    }

    [Fact]
    public void A_bill_after_the_proposal_is_news_and_a_visit_that_finds_the_risk_drops_the_removal()
    {
        var story = Stable().Pays("2023-10-05", 6_000, "A").FollowedUp("2023-10-06").RemovalProposed("2023-10-06");
        story.Visited("2023-10-07").Assessed("2023-10-08").Publicised("2023-10-08").Pays("2023-10-09", 1_000, "B").PublicityEnded("2023-10-13").Reviewed("2023-10-14")
            .Refused("new-risk-since-proposal", DecideCase.Decide, Yes("2023-10-14"))
            .On("2023-10-15").Do(VisitHome.Decide, Visit("2023-10-15", false)).Expect<RiskRemovalDropped>("2023-10-15");
        Assert.Equal(CaseStage.Monitored, story.Household.Open!.Stage);
        story.On("2023-10-16").Refused("conditions-not-held", ProposeRemoval.Decide, Scripted.Removal("2023-10-16"));
    }

    [Fact]
    public void A_second_disaster_on_a_monitored_household_is_an_emergency_again()
    {
        var story = Stable().Pays("2023-10-09", 1, "D1", SignalKind.Disaster).On("2023-10-10")
            .Do(VisitHome.Decide, Visit("2023-10-10", true, RiskCause.NaturalDisaster)).Pays("2023-10-20", 1, "D2", SignalKind.Disaster);
        Assert.Equal([RiskNews.Emergency], News(story));
        Assert.Equal([true], story.Said.Select(one => one.Event).OfType<RiskRecurred>().Select(e => e.Emergency));
    }

    [Theory]
    [InlineData(180_000, 1)]
    [InlineData(21_000, 1)]
    [InlineData(20_999, 0)]
    public void A_closed_clue_is_raised_anew_when_the_bill_is_twice_as_high(decimal more, int clues)
    {
        var story = new Scripted().Pays("2023-02-01", 21_000, "A").Visited("2023-02-02", confirmed: false).Closed("2023-02-03").Pays("2023-03-01", more, "B");
        Assert.Equal(1 + clues, story.Household.Episodes.Count);
    }

    [Fact]
    public void An_income_that_was_refused_is_raised_anew_when_it_has_halved()
    {
        var story = new Scripted(HouseholdCategory.Ordinary).Surveyed("2023-02-01", 15_000).Visited("2023-02-02", confirmed: false).Closed("2023-02-03")
            .Surveyed("2023-03-01", 9_000);
        Assert.Single(story.Household.Episodes);
        Assert.Equal(2, story.Surveyed("2023-03-05", 7_500).Household.Episodes.Count);
    }

    [Fact]
    public void A_month_that_had_not_begun_is_a_new_window()
    {
        var story = new Scripted().Pays("2023-02-10", 620, "A", SignalKind.OutpatientSelfPay).Visited("2023-02-11", confirmed: false).Closed("2023-02-12")
            .Pays("2023-02-20", 30, "B", SignalKind.OutpatientSelfPay);
        Assert.Single(story.Household.Episodes);
        Assert.Equal(2, story.Pays("2023-03-10", 620, "C", SignalKind.OutpatientSelfPay).Household.Episodes.Count);
    }

    [Fact]
    public void What_comes_while_nobody_has_been_there_is_no_news_and_after_a_visit_it_is()
    {
        var story = new Scripted().Pays("2023-02-01", 1, "D1", SignalKind.JobLoss).Pays("2023-02-02", 1, "D2", SignalKind.JobLoss);
        Assert.Equal([null], News(story));
        story.Visited("2023-02-03", true, RiskCause.Unemployment).Pays("2023-02-04", 1, "D3", SignalKind.JobLoss);
        Assert.Equal([null, RiskNews.AfterStep], News(story));
    }

    [Fact]
    public void Whoever_found_nothing_goes_again_when_something_comes_up()
    {
        var story = new Scripted().Pays("2023-02-01", 6_000, "A").Visited("2023-02-02", confirmed: false).Pays("2023-02-03", 7_000, "B");
        Assert.Equal([RiskNews.Grown], News(story));
        story.Refused("visit-first", CloseClue.Decide, new CloseClue.Row(Scripted.Id, "无风险", null, new(2023, 2, 3)));
    }

    [Fact]
    public void A_new_cause_of_a_monitored_household_is_visited_within_its_limit_and_has_an_end()
    {
        var story = Stable().On("2023-10-10").Do(RequestHelp.Decide, Asking("new", "2023-10-10", false, RiskCause.Accident));
        Assert.Equal(CaseAction.HomeVisit, story.Household.Open!.Next[0]);
        Assert.Equal(new DateOnly(2023, 10, 12), Deadlines.Of(story.Household.Open!, story.Book).Where(one => one is { DoneOn: null, Limit.Of: CaseAction.HomeVisit }).Min(one => one.DueOn));
        story.On("2023-10-13").ExpectBreach("self-report-visit", "2023-10-13")
            .Do(VisitHome.Decide, Visit("2023-10-13", true, RiskCause.Accident));
        Assert.Empty(story.Household.Open!.Pending);
        Assert.Equal(CaseStage.Monitored, story.Household.Open!.Stage);
        Assert.Contains(RiskCause.Accident, story.Household.Open!.Confirmed);
        // The months begin anew.
        story.On("2023-10-20").Refused("conditions-not-held", ProposeRemoval.Decide, Scripted.Removal("2023-10-20"));
    }

    [Fact]
    public void A_months_visit_that_finds_the_worst_raises_what_a_survey_raises()
    {
        var story = Stable().On("2023-10-05").Do(FollowUp.Decide, new FollowUp.Row(
            Scripted.Id, 3_000, false, false, true, true, true, HousingGrade.D, false, false, null, new(2023, 10, 5)));
        Assert.Equal([RiskCause.UnsafeHousing, RiskCause.UnsafeWater, RiskCause.LowIncome],
            story.Household.Open!.Pending.Select(one => one.Cause).Order());
        Assert.All(story.Household.Open!.Pending, one => Assert.Equal(Channel.CadreSurvey, one.Channel));
    }

    [Fact]
    public void What_comes_again_is_looked_at_with_the_months_visit()
    {
        var story = Stable().Pays("2023-10-02", 6_000, "A").Pays("2023-10-03", 1_000, "B");
        Assert.Single(story.Household.Open!.Pending);
        story.FollowedUp("2023-10-05");
        Assert.Empty(story.Household.Open!.Pending);
        Assert.True(story.Household.Open!.FollowUps[new(2023, 10, 1)].News);
    }

    [Fact]
    public void Nobody_at_home_is_said_and_a_call_may_take_the_place_of_the_visit()
    {
        var call = new VisitHome.Row(Scripted.Id, 1, true, [RiskCause.Illness], null, new(2023, 3, 2), VisitMeans.Telephone);
        new Scripted().Asks("2023-03-01", RiskCause.Illness).On("2023-03-02").Refused("attempt-first", VisitHome.Decide, call)
            .Do(AttemptVisit.Decide, new AttemptVisit.Row(Scripted.Id, VisitOutcome.WorkingAway, "全家在郑州务工", new(2023, 3, 2)))
            .Known(AttemptVisit.Decide, new AttemptVisit.Row(Scripted.Id, VisitOutcome.WorkingAway, "全家在郑州务工", new(2023, 3, 2)))
            .Do(VisitHome.Decide, call).On("2023-03-04").Expect<DeadlineBreached>();
    }

    [Fact]
    public void Papers_that_are_incomplete_are_sent_back_and_the_household_need_not_ask_again()
    {
        var story = new Scripted().Asks("2023-03-01", RiskCause.Illness).Surveyed("2023-03-02", 15_000).Visited("2023-03-02").Authorised("2023-03-02")
            .Compared("2023-03-04").Assessed("2023-03-05").Publicised("2023-03-05").PublicityEnded("2023-03-10").On("2023-03-11")
            .Refused("return-step-unknown", ReturnCase.ByTownship, new ReturnCase.Row(Scripted.Id, CaseAction.Closure, "材料不全", new(2023, 3, 11)))
            .Do(ReturnCase.ByTownship, new ReturnCase.Row(Scripted.Id, CaseAction.Assessment, "缺评议记录", new(2023, 3, 11)));
        Assert.Equal([CaseAction.Assessment, CaseAction.Closure], story.Household.Open!.Next);
        story.On("2023-03-12").Do(AssessInVillage.Decide, new Opinion(Scripted.Id, true, null, new(2023, 3, 12))).Publicised("2023-03-12")
            .PublicityEnded("2023-03-17").Reviewed("2023-03-17").Decided("2023-03-18");
        Assert.Equal(CaseStage.Monitored, story.Household.Open!.Stage);
    }

    [Fact]
    public void The_income_is_that_of_the_twelve_months_before_the_clue()
    {
        Scripted With(int year, int month)
        {
            var to = new DateOnly(year, month, 1).AddMonths(1).AddDays(-1);
            return new Scripted().On("2023-11-09").Do(SurveyHousehold.Decide, Scripted.Survey("2023-11-09", 15_000) with { IncomeFrom = to.AddDays(1).AddYears(-1), IncomeTo = to })
                .Asks("2023-11-10", RiskCause.Illness).Visited("2023-11-10").Authorised("2023-11-10").Compared("2023-11-11").Assessed("2023-11-12")
                .Publicised("2023-11-12").PublicityEnded("2023-11-17").Reviewed("2023-11-18").On("2023-11-19");
        }

        var without = With(2022, 12).Refused("income-unknown", DecideCase.Decide, Yes("2023-11-19"));
        // It is named before the procedure begins.
        Assert.Equal([CaseAction.Survey, CaseAction.CountyDecision], CaseSteps.Next(without.Household, without.Household.Open!, new(2023, 11, 19)));
        With(2023, 10).Do(DecideCase.Decide, Yes("2023-11-19"));
    }

    [Fact]
    public void In_time_and_entered_late_lifts_the_breach()
    {
        var story = new Scripted().Asks("2023-03-01", RiskCause.Illness).On("2023-03-05").ExpectBreach("self-report-visit", "2023-03-04")
            .Do(VisitHome.Decide, Visit("2023-03-03", true, RiskCause.Illness)).Expect<DeadlineKept>("2023-03-05");
        Assert.Empty(story.Household.Open!.Breaches);
        var late = new Scripted().Included().Helped("2023-03-13").FollowedUp("2023-04-10").On("2023-05-12").ExpectBreach("follow-up", "2023-05-12")
            .Do(FollowUp.Decide, Scripted.Visit("2023-05-10")).Expect<DeadlineKept>("2023-05-12");
        Assert.Empty(late.Household.Open!.Breaches);
    }

    [Fact]
    public void The_removal_has_its_limit() =>
        Stable().RemovalProposed("2023-10-06").On("2023-10-21").ExpectBreach("removal-decision").On("2023-10-22").ExpectBreach("removal-decision", "2023-10-22");

    [Fact]
    public void Help_that_was_never_given_has_removed_nothing()
    {
        var story = new Scripted().Included();
        foreach (var month in Enumerable.Range(4, 6)) story.FollowedUp($"2023-{month:00}-05");
        story.On("2023-10-06").Refused("measure-missing", ProposeRemoval.Decide, Scripted.Removal("2023-10-06"))
            .Do(ProposeRemoval.Decide, Scripted.Removal("2023-10-06") with { Kind = RemovalKind.Natural });
    }

    [Fact]
    public void Who_visits_does_not_review_and_who_reviews_does_not_decide_unless_the_county_allows_it()
    {
        Scripted Alone(Scripted story) => story.Asks("2023-03-01", RiskCause.Illness).Surveyed("2023-03-02", 15_000).Visited("2023-03-02").Authorised("2023-03-02")
            .Compared("2023-03-04").Assessed("2023-03-05").Publicised("2023-03-05").PublicityEnded("2023-03-10").On("2023-03-11");
        Alone(new Scripted { Hand = "one" }).Refused("same-hand", ReviewInTownship.Decide, new Opinion(Scripted.Id, true, null, new(2023, 3, 11)));
        Alone(new Scripted { Hand = "one" }.Set(new TimeLimitsPublished(TimeLimits.Shipped with { Version = "one", OneHand = true }, "人手不足")))
            .Reviewed("2023-03-11").Decided("2023-03-12");
    }

    [Fact]
    public void A_household_with_an_open_case_does_not_disappear()
    {
        var story = new Scripted().Included().On("2023-06-01").Do(EndHousehold.Decide, new EndHousehold.Row(Scripted.Id, HouseholdEnd.AllDied, new(2023, 6, 1)));
        Assert.True(story.Household.IsOpen);
        Assert.Equal(HouseholdChange.AllDied, story.Household.Proposed?.Change);
        DecideChange.Row Word(bool yes, int day) => new(Scripted.Id, yes, yes ? null : "成员在世", "文", new(2023, 6, day));
        story.On("2023-06-02").Refused("review-first", DecideChange.Decide, Word(true, 2));
        story.Do(DecideChange.DecideReview, Word(false, 2));
        Assert.Null(story.Household.Proposed);
        story.On("2023-06-03").Do(EndHousehold.Decide, new EndHousehold.Row(Scripted.Id, HouseholdEnd.MovedAway, new(2023, 6, 3)))
            .Happen(new HouseholdChangeReviewed(Scripted.Id, true, null, new(2023, 6, 4), "township")).On("2023-06-05").Do(DecideChange.Decide, Word(true, 5));
        Assert.Equal(CaseStage.Ended, story.Household.Episodes[^1].Stage);
        // What was lost sight of comes back.
        story.Happen(new HouseholdRestored(Scripted.Id, "误报", null, new(2023, 6, 6)));
        Assert.Equal(CaseStage.Monitored, story.Household.Open?.Stage);
    }

    [Fact]
    public void Whoever_proposes_an_end_does_not_review_it() => new Scripted { Hand = "one" }.On("2023-06-01")
        .Do(EndHousehold.Decide, new EndHousehold.Row(Scripted.Id, HouseholdEnd.MovedAway, new(2023, 6, 1)))
        .Refused("same-hand", DecideChange.DecideReview, new DecideChange.Row(Scripted.Id, true, null, null, new(2023, 6, 1)));

    [Fact]
    public void Death_follows_from_the_members()
    {
        var person = Guid.Parse("0198c0de-0000-7000-8000-0000000000a1");
        var story = new Scripted().On("2023-06-01").Do(RecordDeparture.Decide, new RecordDeparture.Row(Scripted.Id, person, MemberChange.Death, new(2023, 6, 1)))
            .Do(EndHousehold.Decide, new EndHousehold.Row(Scripted.Id, HouseholdEnd.AllDied, new(2023, 6, 1)));
        Assert.NotNull(story.Household.Ended);
    }

    [Fact]
    public void A_move_with_an_open_case_waits_and_the_village_must_exist()
    {
        var row = new ChangeHousehold.Row(Scripted.Id, "410325999999", null, "搬迁", new(2023, 6, 1));
        new Scripted().On("2023-06-01").Refused("area-unknown", ChangeHousehold.Decide(_ => Refusal.Invalid("area-unknown", "没有此村。", "No such village.")), row).Do(ChangeHousehold.Decide(_ => null), row)
            .Expect<HouseholdChanged>("2023-06-01");
        var story = new Scripted().Included().On("2023-06-01").Do(ChangeHousehold.Decide(_ => null), row).Expect<HouseholdChanged>();
        Assert.Equal("410325999999", story.Household.Proposed?.Village);
        story.Happen(new HouseholdChangeReviewed(Scripted.Id, true, null, new(2023, 6, 2), "township")).On("2023-06-03")
            .Do(DecideChange.Decide, new DecideChange.Row(Scripted.Id, true, null, "文", new(2023, 6, 3)));
        Assert.Equal(("410325999999", CaseStage.Monitored), (story.Household.Village, story.Household.Open!.Stage));
        Assert.Equal("410325111201", story.Said.Select(one => one.Event).OfType<HouseholdChanged>().Single().From);
    }

    /// <summary>
    /// Random lives of one household. Whatever is at or above its threshold is, from the moment it comes, covered by an open case of its cause or
    /// by somebody's no who knew of half of it; and whoever had done something since the last word hears of it. The reckoning is by hand: sums
    /// of bills, and days.
    /// </summary>
    [Fact]
    public void No_fact_is_ever_swallowed()
    {
        const decimal threshold = 5_000;
        var step = Gen.Select(Gen.Int[0, 11], Gen.Int[100, 9_000], Gen.Int[0, 6]);
        step.Array[5, 40].Sample(steps =>
        {
            var story = new Scripted().Surveyed("2023-01-02", 90_000);
            var (today, number) = (new DateOnly(2023, 1, 3), 0);
            // Of bills: what there is this year, what was said last of it.
            var (paid, told) = (0m, (decimal?)null);
            var isTouched = false;
            string Day() => today.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            foreach (var (what, amount, days) in steps)
            {
                today = today.AddDays(days);
                if (today.Year > 2023) break;
                story.On(Day());
                var before = story.Said.Count;
                bool Heard(RiskCause cause) => story.Said.Skip(before).Any(one => one.Event switch
                {
                    RiskDetected e => e.Cause == cause,
                    RiskRecurred { News: not null } e => e.Cause == cause,
                    _ => false,
                });
                bool IsOpen(RiskCause cause) => story.Household.Open?.Causes.Exists(one => one.Cause == cause) == true;
                switch (what)
                {
                    case 0 or 1 or 2:
                        var wasOpen = IsOpen(RiskCause.Illness);
                        story.Pays(Day(), amount, $"B{number++}");
                        paid += amount;
                        if (paid < threshold) break;
                        var mustHear = told is null || paid >= 2 * told || wasOpen && isTouched;
                        Assert.True(!mustHear || Heard(RiskCause.Illness), $"{Day()}: {paid} after {told} is told to nobody");
                        Assert.True(IsOpen(RiskCause.Illness) || paid < 2 * told, $"{Day()}: {paid} is covered by nothing");
                        if (Heard(RiskCause.Illness)) (told, isTouched) = (paid, false);
                        break;
                    case 3:
                        story.Pays(Day(), 1, $"D{number++}", SignalKind.Disaster);
                        Assert.True(Heard(RiskCause.NaturalDisaster), $"{Day()}: a disaster is told to nobody");
                        isTouched = false;
                        break;
                    case 4:
                        story.Do(RequestHelp.Decide, Asking($"R{number++}", Day(), amount % 2 == 0, RiskCause.Accident));
                        Assert.True(IsOpen(RiskCause.Accident) && (amount % 2 != 0 || Heard(RiskCause.Accident)), $"{Day()}: a request is told to nobody");
                        if (Heard(RiskCause.Accident)) isTouched = false;
                        break;
                    case 5 or 6 when story.Household.Open is { } open && open.Next.Contains(CaseAction.HomeVisit):
                        story.Do(VisitHome.Decide, Visit(Day(), amount % 3 != 0 || open.IsRemoving, [.. open.Causes.Select(one => one.Cause).Distinct()]));
                        isTouched = true;
                        break;
                    case 7 when story.Household.Open is { } open && open.Next.Contains(CaseAction.Closure):
                        story.Closed(Day());
                        break;
                    case 8 or 9 when story.Household.Open is { Stage: CaseStage.Visited }:
                        // In one go to the county's yes, so that lives come to be monitored and to be removed.
                        story.Surveyed(Day(), 90_000).Authorised(Day()).Compared(Day()).Assessed(Day()).Publicised(Day());
                        today = today.AddDays(5);
                        story.PublicityEnded(Day()).Reviewed(Day()).Decided(Day());
                        isTouched = true;
                        break;
                    case 10 when story.Household.Open is { Stage: CaseStage.Monitored } open && !open.FollowUps.ContainsKey(new(today.Year, today.Month, 1)):
                        story.FollowedUp(Day(), income: 30_000);
                        isTouched = true;
                        break;
                    case 11 when story.Household.Open is { Stage: CaseStage.Monitored, Pending.Count: 0 } && today.Month < 6:
                        foreach (var month in Enumerable.Range(today.Month + 1, 6)) story.FollowedUp($"2023-{month:00}-05", income: 30_000);
                        today = new DateOnly(2023, today.Month + 7, 1);
                        if (story.Household.Open.Pending.Count == 0)
                            story.On(Day()).Do(ProposeRemoval.Decide, Scripted.Removal(Day()) with { Kind = RemovalKind.Natural }).Visited(Day());
                        isTouched = true;
                        break;
                }

                // Nothing that came up lies unseen behind a removal.
                if (story.Household.Open is { Stage: CaseStage.RemovalReviewed, Pending.Count: > 0 })
                    story.Refused("new-risk-since-proposal", DecideCase.Decide, Yes(Day()));
            }
        }, iter: 400);
    }
}
