using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse.Tests;

/// <summary>Thresholds lived through day by day: windows, groups, hysteresis, joining, rules that change.</summary>
public sealed class ThresholdSpecs
{
    [Fact]
    public void A_crossing_makes_one_clue_with_its_rule_and_facts()
    {
        var story = new Scripted().Pays("2023-02-01", 3_000, "A").Expect<RiskDetected>().Pays("2023-03-01", 2_000, "B").Expect<RiskDetected>("2023-03-01");
        var risk = story.Said.Select(one => one.Event).OfType<RiskDetected>().Single();
        Assert.Equal(("inpatient-lifted-out", "shipped-2021", 5_000m, 5_000m, RiskCause.Illness, Channel.DepartmentScreening),
            (risk.Rule, risk.RuleSet, risk.Value, risk.Threshold, risk.Cause, risk.Channel));
        Assert.Equal(story.Household.Known.Facts.Select(fact => fact.EventId), risk.Inputs.Select(input => input.EventId));
        Assert.All(risk.Inputs, input => Assert.NotEqual(Guid.Empty, input.EventId));
        story.Pays("2023-04-01", 9_000, "C").On("2023-12-31").Expect<RiskDetected>("2023-03-01").Expect<RiskRecurred>("2023-04-01");
    }

    [Fact]
    public void Thresholds_are_those_of_the_group()
    {
        new Scripted(HouseholdCategory.Ordinary).Pays("2023-02-01", 19_999.99m, "A").Expect<RiskDetected>().Pays("2023-02-02", 0.01m, "B").Expect<RiskDetected>("2023-02-02");
        // More than 10,000, not as much.
        new Scripted().Pays("2023-02-01", 10_000, "A", SignalKind.EducationCost).Expect<RiskDetected>().Pays("2023-02-02", 0.01m, "B", SignalKind.EducationCost)
            .Expect<RiskDetected>("2023-02-02");
    }

    [Fact]
    public void A_year_to_date_begins_anew_with_the_year() => new Scripted().Pays("2023-12-30", 3_000, "A").Pays("2024-01-02", 3_000, "B").Expect<RiskDetected>()
        .Pays("2024-01-03", 2_000, "C").Expect<RiskDetected>("2024-01-03");

    [Fact]
    public void Running_sums_count_what_they_grew_by() => new Scripted().Pays("2023-01-31", 2_000, "A", since: "2023-01-01")
        .Pays("2023-02-28", 3_500, "B", since: "2023-01-01").Expect<RiskDetected>().Pays("2023-03-31", 5_000, "C", since: "2023-01-01").Expect<RiskDetected>("2023-03-31");

    [Fact]
    public void Another_crossing_of_an_open_cause_joins_and_another_cause_is_a_clue_of_its_own()
    {
        var story = new Scripted().Pays("2023-03-01", 6_000, "A").Pays("2023-03-02", 500, "B", SignalKind.OutpatientSelfPay)
            .Expect<RiskDetected>("2023-03-01").Expect<RiskRecurred>("2023-03-02").Pays("2023-03-03", 1, "C", SignalKind.Accident)
            .Expect<RiskDetected>("2023-03-01", "2023-03-03");
        Assert.Equal(1, Assert.Single(story.Household.Episodes).Number);
    }

    [Fact]
    public void A_value_trembling_at_the_line_raises_one_clue()
    {
        // Three people: 6,000 a head is 18,000. The line times 100/90 is 6,666.67 a head, 20,000 in all.
        var story = new Scripted().Surveyed("2023-03-01", 17_999).Expect<RiskDetected>("2023-03-01").Visited("2023-03-02", confirmed: false).Closed("2023-03-03");
        story.Surveyed("2023-04-01", 18_001).Surveyed("2023-05-01", 17_999).Surveyed("2023-06-01", 19_990).Surveyed("2023-07-01", 17_000)
            .Expect<RiskDetected>("2023-03-01").Expect<RiskReceded>();
        story.Surveyed("2023-08-01", 20_001).Expect<RiskReceded>("2023-08-01").Surveyed("2023-09-01", 17_999).Expect<RiskDetected>("2023-03-01", "2023-09-01");
    }

    [Fact]
    public void A_year_of_which_december_is_reported_in_january_still_counts() => new Scripted().Pays("2023-11-30", 3_000, "A", since: "2023-01-01")
        .Pays("2024-01-05", 6_000, "B", since: "2023-01-01", on: "2023-12-31").Expect<RiskDetected>("2024-01-05");

    [Fact]
    public void A_year_is_closed_two_months_after_its_end() => new Scripted().Pays("2024-02-29", 4_000, "A", on: "2023-12-31").Expect<RiskDetected>()
        .Pays("2024-03-01", 4_000, "B", on: "2023-12-31").Expect<RiskDetected>();

    [Fact]
    public void A_month_that_is_reported_in_the_next_raises_once_while_its_clue_is_open_and_anew_after_a_no()
    {
        var story = new Scripted().Pays("2023-03-05", 600, "2", SignalKind.OutpatientSelfPay, on: "2023-02-28").Expect<RiskDetected>("2023-03-05")
            .Visited("2023-03-06", confirmed: false).Closed("2023-03-07");
        story.Pays("2023-04-05", 600, "3", SignalKind.OutpatientSelfPay, on: "2023-03-31")
            .Pays("2023-05-05", 600, "4", SignalKind.OutpatientSelfPay, on: "2023-04-30").On("2023-06-30").Expect<RiskReceded>().Expect<RiskDetected>("2023-03-05", "2023-04-05");
        // April is judged to the end of June.
        story.On("2023-07-02").Expect<RiskReceded>("2023-07-01")
            .Pays("2023-09-05", 600, "8", SignalKind.OutpatientSelfPay, on: "2023-08-31").Expect<RiskDetected>("2023-03-05", "2023-04-05")
            .Expect<RiskRecurred>("2023-09-05");
    }

    [Fact]
    public void A_year_to_date_that_crosses_again_in_the_new_year_is_a_new_clue_though_the_old_year_still_stands() => new Scripted()
        .Pays("2023-12-01", 6_000, "A").Visited("2023-12-02", confirmed: false).Closed("2023-12-03").Pays("2024-01-20", 4_999, "B")
        .Expect<RiskDetected>("2023-12-01").Pays("2024-01-21", 1, "C").Expect<RiskDetected>("2023-12-01", "2024-01-21").On("2024-04-01").Expect<RiskReceded>();

    [Fact]
    public void A_share_of_a_reference_is_that_of_the_year_it_is_about()
    {
        var yangyuan = RuleSet.Templates.Single(one => one.Version == "template-yangyuan-2022") with { Version = "share", EffectiveFrom = new(2023, 1, 1) };
        // Half of 2022's 17,000 for 2023; 2023's own value, for 2024, is not known yet.
        new Scripted().Set(new RuleSetPublished(yangyuan, "测试")).Set(new ReferenceValueSet(new("rural-income-province", 2022, 17_000, "统计公报"), null, null))
            .Pays("2024-01-05", 8_501, "A", on: "2023-12-31").Expect<RiskDetected>("2024-01-05");
    }

    [Fact]
    public void A_set_may_judge_nothing_late() => new Scripted()
        .Set(new RuleSetPublished(RuleSet.Shipped with { Version = "strict", EffectiveFrom = new(2023, 1, 1), LateMonths = 0 }, "测试"))
        .Pays("2024-01-05", 6_000, "A", on: "2023-12-31").Pays("2024-02-01", 500, "B", SignalKind.OutpatientSelfPay, on: "2024-01-31").Expect<RiskDetected>();

    [Fact]
    public void A_survey_that_turns_out_to_have_asked_for_no_income_leaves_the_income_before_it()
    {
        var story = new Scripted().Surveyed("2023-03-01", 24_000).Surveyed("2023-04-01", 17_000).Expect<RiskDetected>("2023-04-01");
        story.On("2023-04-02").Do(SurveyHousehold.Decide, Scripted.Survey("2023-04-01", 0, "未问收入") with { IncomeFrom = null, IncomeTo = null })
            .Expect<RiskReceded>("2023-04-02");
        Assert.Equal((8_000m, new DateOnly(2023, 3, 1)), (story.Household.Known.Income!.Value.PerHead, story.Household.Known.Income!.Value.On));
    }

    [Fact]
    public void A_survey_that_comes_late_says_nothing_of_today()
    {
        var story = new Scripted().Surveyed("2023-04-01", 24_000).On("2023-04-10")
            .Do(SurveyHousehold.Decide, Scripted.Survey("2023-03-01", 9_000) with { Assistance = Assistance.MinimumLiving }).Expect<RiskDetected>();
        Assert.Equal((Assistance.None, 8_000m), (story.Household.Known.Assistance, story.Household.Known.Income!.Value.PerHead));
        story.On("2023-05-02").Do(SurveyHousehold.Decide, Scripted.Survey("2023-05-01", 24_000) with { Assistance = Assistance.MinimumLiving });
        Assert.Equal(Assistance.MinimumLiving, story.Household.Known.Assistance);
    }

    [Fact]
    public void A_sum_recedes_when_its_window_has_passed_and_may_cross_again() => new Scripted().Pays("2023-03-01", 6_000, "A")
        .Visited("2023-03-02", confirmed: false).Closed("2023-03-03").Pays("2023-06-01", 5_999, "B").Expect<RiskDetected>("2023-03-01")
        .On("2024-03-02").Expect<RiskReceded>("2024-03-01").Pays("2024-04-01", 5_000, "C").Expect<RiskDetected>("2023-03-01", "2024-04-01");

    [Fact]
    public void A_line_that_rises_inside_a_year_is_judged_from_its_day() => new Scripted()
        .Set(new IncomeLineSet(new("410325", new(2024, 3, 14), 8_800, "文"), null, null)).Surveyed("2023-12-01", 24_000).On("2024-03-13").Expect<RiskDetected>()
        .On("2024-03-20").Expect<RiskDetected>("2024-03-14");

    [Fact]
    public void An_income_of_more_than_a_year_ago_says_nothing() => new Scripted()
        .Set(new IncomeLineSet(new("410325", new(2024, 12, 1), 8_800, "文"), null, null)).Surveyed("2023-12-01", 24_000).On("2025-01-10").Expect<RiskDetected>();

    [Fact]
    public void Rules_that_change_in_mid_year_raise_from_their_day_and_leave_open_clues_alone()
    {
        var lower = RuleSet.Shipped with
        {
            Version = "2023-07", EffectiveFrom = new(2023, 7, 1),
            Rules = [.. RuleSet.Shipped.Rules.Select(rule => rule.Code == "inpatient-lifted-out" ? rule with { Amount = 3_000 } : rule)],
        };
        new Scripted().Set(new RuleSetPublished(lower, "测试")).Pays("2023-05-01", 4_000, "A").On("2023-06-30").Expect<RiskDetected>()
            .On("2023-07-02").Expect<RiskDetected>("2023-07-01");
        var open = new Scripted().Set(new RuleSetPublished(lower, "测试")).Pays("2023-05-01", 5_000, "A").On("2023-08-01").Expect<RiskDetected>("2023-05-01")
            .Expect<RiskRecurred>();
        Assert.Equal("shipped-2021", open.Household.Open!.Causes[0].RuleSet);
    }

    [Fact]
    public void A_share_of_a_reference_waits_for_its_value()
    {
        var yangyuan = RuleSet.Templates.Single(one => one.Version == "template-yangyuan-2022") with { Version = "share", EffectiveFrom = new(2023, 1, 1) };
        var story = new Scripted().Set(new RuleSetPublished(yangyuan, "测试")).Pays("2023-02-01", 9_000, "A").On("2023-02-10").Expect<RiskDetected>();
        Assert.Equal(["medical-lifted-out", "medical-ordinary"], story.Book.On(new(2023, 2, 10)).Unresolved);
        // More than half of 17,000.
        story.Set(new ReferenceValueSet(new("rural-income-province", 2022, 17_000, "统计公报"), null, null)).On("2023-02-11").Expect<RiskDetected>("2023-02-11");
    }

    [Fact]
    public void A_corrected_event_is_not_a_new_one()
    {
        var story = new Scripted().Pays("2023-03-01", 1, "D", SignalKind.Disaster).Visited("2023-03-02", confirmed: false).Closed("2023-03-03");
        story.On("2023-03-10").Do(ReportSignal.Decide, Scripted.Signal("2023-02-27", 1, "D", SignalKind.Disaster) with { Reason = "日期有误" })
            .On("2023-03-12").Expect<RiskDetected>("2023-03-01");
    }

    [Fact]
    public void Many_households_of_a_village_are_a_group_risk_within_the_window()
    {
        var rule = new GroupRule("village-10", [], true, 3, 30, "测试");
        var (today, other) = (new DateOnly(2023, 7, 30), "410325111202");
        (Guid, string, RiskCause, DateOnly) Clue(int household, int daysAgo, string village = "410325111201") =>
            (new Guid(household, 0, 0, new byte[8]), village, RiskCause.NaturalDisaster, today.AddDays(-daysAgo));
        Assert.Empty(GroupRisk.Of(rule, "410325", [Clue(1, 0), Clue(2, 1), Clue(2, 2), Clue(3, 30), Clue(4, 3, other)], today));
        var found = Assert.Single(GroupRisk.Of(rule, "410325", [Clue(1, 0), Clue(2, 1), Clue(3, 29), Clue(4, 3, other)], today));
        Assert.Equal(("410325111201", 3), (found.Area, found.Households.Length));
        Assert.Equal("410325", Assert.Single(GroupRisk.Of(rule with { Village = false }, "410325", [Clue(1, 0), Clue(2, 1), Clue(4, 3, other)], today)).Area);
    }

    [Fact]
    public void A_group_risk_is_said_again_at_each_step_of_its_growth_and_goes_to_the_county_by_its_size()
    {
        var rule = new GroupRule("village", [RiskCause.NaturalDisaster], true, 10, 30, "测试");
        var (known, today) = (new GroupRisk(), new DateOnly(2023, 7, 30));
        var said = new List<(int? Before, int Households, Level? Level)>();
        for (var households = 1; households <= 45; households++)
        {
            var found = Enumerable.Range(0, households).Select(one => new Guid(one, 0, 0, new byte[8])).ToArray();
            foreach (var happened in GroupRisk.Decide(known, rule, "v1", "410325111201", RiskCause.NaturalDisaster, found, today))
            {
                var e = Assert.IsType<GroupRiskDetected>(happened);
                said.Add((e.Before, e.Households.Length, e.Level));
                known = known.Evolve(e);
            }
        }

        Assert.Equal([(null, 10, Level.Township), (10, 15, Level.Township), (15, 23, Level.Township), (23, 35, Level.County)], said);
        // A window that does not touch the last one begins anew.
        var later = Assert.Single(GroupRisk.Decide(known, rule, "v1", "410325111201", RiskCause.NaturalDisaster, [.. Enumerable.Range(0, 10).Select(one => new Guid(one, 0, 0, new byte[8]))], today.AddDays(30)));
        Assert.Null(Assert.IsType<GroupRiskDetected>(later).Before);
        Assert.Equal(Level.County, (rule with { Village = false }).LevelOf(2));
        Assert.Equal(Level.County, (rule with { CountyHouseholds = 12 }).LevelOf(12));
    }
}
