using Monitoring.Contracts.Relapse;
using Monitoring.Testing.Relapse;

namespace Monitoring.System.Tests;

/// <summary>
/// The second calculation against examples worked out by hand, the made county against the plan, the search against what it must find.
/// </summary>
public sealed class RiskReckoningSpecs
{
    const string Insurance = "医疗保障局";

    static readonly Guid home = Guid.Parse("00000000-0000-4000-8000-000000000001");
    static readonly Guid person = Guid.Parse("00000000-0000-4000-8000-000000000002");
    static readonly DateOnly enrolled = new(2022, 12, 20);

    readonly RiskReckoning reckoning = new();

    public RiskReckoningSpecs()
    {
        Take(enrolled, new EnrolmentRow(home, "410325103200", HouseholdCategory.LiftedOut, 3, enrolled));
        Take(enrolled, new MemberRow(
            home, person, "", Invented.IdNumberOf(1), Relation.Head, Labour.Ordinary, false, MemberChange.Registered, enrolled, ""));
    }

    static DateOnly Day(int month, int day, int year = 2023) => new(year, month, day);

    void Take(DateOnly today, object row) => reckoning.Take(today, Insurance, [row]);

    void Paid(DateOnly today, decimal amount, DateOnly on, string reference = "a", DateOnly? since = null, string? reason = null) =>
        Take(today, new SignalRow(null, null, Invented.IdNumberOf(1), reference, SignalKind.MedicalSelfPay, amount, null, since, on, reason));

    /// <summary>Of each line the day, what happened, and the rule.</summary>
    string[] Said => [.. reckoning.Lines.Select(line => line.Replace("urgent ", "", StringComparison.Ordinal).Split(' ')).Select(words =>
        $"{words[0]} {words[2]} {words.FirstOrDefault(word => RuleSet.Shipped.Rules.Any(rule => rule.Code == word))}")];

    [Fact]
    public void A_sum_of_the_year_crosses_at_its_threshold_and_once()
    {
        Paid(Day(2, 5), 4_999.99m, Day(1, 31));
        Assert.Empty(Said);
        Paid(Day(3, 5), 0.01m, Day(2, 28), "b");
        Paid(Day(4, 5), 3_000, Day(3, 31), "c");
        Assert.Equal(["2023-03-05 detected inpatient-lifted-out"], Said);
    }

    [Fact]
    public void Running_sums_are_not_added_up()
    {
        Paid(Day(2, 5), 3_000, Day(1, 31), "a", Day(1, 1));
        Paid(Day(3, 5), 4_000, Day(2, 28), "b", Day(1, 1));
        Assert.Empty(Said);
        Paid(Day(4, 5), 5_000, Day(3, 31), "c", Day(1, 1));
        Assert.Equal(["2023-04-05 detected inpatient-lifted-out"], Said);
    }

    [Fact]
    public void A_value_comes_back_below_nine_tenths_and_may_cross_again_and_joins_the_open_clue()
    {
        Paid(Day(2, 5), 6_000, Day(1, 31));
        Paid(Day(2, 12), 4_500, Day(1, 31), reason: "更正");
        Assert.Equal(["2023-02-05 detected inpatient-lifted-out"], Said);
        Paid(Day(2, 19), 4_499.99m, Day(1, 31), reason: "更正");
        Paid(Day(2, 26), 5_000, Day(1, 31), reason: "更正");
        Assert.Equal(
            ["2023-02-05 detected inpatient-lifted-out", "2023-02-19 receded inpatient-lifted-out", "2023-02-26 recurred inpatient-lifted-out"], Said);
    }

    [Fact]
    public void A_closed_clue_opens_anew()
    {
        Paid(Day(2, 5), 6_000, Day(1, 31));
        Take(Day(2, 15), new CaseRow(home, "visits", false));
        Take(Day(2, 16), new CaseRow(home, "closures", true));
        // The year before is judged to the end of February.
        reckoning.Screen(Day(2, 29, 2024));
        reckoning.Screen(Day(3, 1, 2024));
        Paid(Day(3, 5, 2024), 6_000, Day(2, 29, 2024), "b");
        Assert.Equal(
            ["2023-02-05 detected inpatient-lifted-out", "2024-03-01 receded inpatient-lifted-out", "2024-03-05 detected inpatient-lifted-out"], Said);
        Assert.Equal(2, reckoning.Homes[home].Episode);
    }

    [Fact]
    public void A_new_year_that_crosses_is_told_although_the_old_one_still_stands()
    {
        Paid(Day(2, 5), 6_000, Day(1, 31));
        Paid(Day(2, 5, 2024), 6_000, Day(1, 31, 2024), "b");
        Assert.Equal(["2023-02-05 detected inpatient-lifted-out", "2024-02-05 recurred inpatient-lifted-out"], Said);
    }

    [Fact]
    public void Twelve_months_to_the_day_begin_on_the_next_day_of_last_year()
    {
        reckoning.Publish(RuleSet.Shipped with
        {
            Version = "rolling", EffectiveFrom = new(2023, 1, 1),
            Rules = [RuleSet.Shipped.Rules[0] with { Window = Window.Rolling12Months }],
        });
        Paid(Day(3, 1), 3_000, Day(3, 1));
        Paid(Day(3, 1, 2024), 3_000, Day(2, 29, 2024), "b");
        Assert.Empty(Said);
        Paid(Day(3, 2, 2024), 3_000, Day(3, 2, 2024), "c");
        Assert.Equal(["2024-03-02 detected inpatient-lifted-out"], Said);
    }

    [Fact]
    public void An_event_is_told_once_and_a_corrected_one_is_the_same()
    {
        var hit = new SignalRow(home, null, null, "x", SignalKind.Disaster, null, null, null, Day(7, 17));
        Take(Day(7, 19), hit);
        Take(Day(7, 20), hit with { On = Day(7, 16), Reason = "日期填错" });
        reckoning.Screen(Day(8, 1));
        Assert.Equal(["2023-07-19 detected disaster"], Said);
        Take(Day(8, 2), hit with { Reference = "y" });
        Assert.Equal(["2023-07-19 detected disaster", "2023-08-02 recurred disaster"], Said);
    }

    [Fact]
    public void A_line_that_rises_makes_an_old_income_cross()
    {
        Take(Day(9, 10), new SurveyRow(
            home, 3, Day(9, 1, 2022), Day(8, 31), 21_000, null, null, null, null, true, true, true, true, HousingGrade.A, true, Assistance.None, [], false,
            Day(9, 10)));
        Assert.Empty(Said);
        reckoning.Publish(new IncomeLine("410325", Day(3, 14, 2024), 7_000.01m, ""));
        reckoning.Screen(Day(3, 13, 2024));
        Assert.Empty(Said);
        reckoning.Screen(Day(3, 14, 2024));
        Assert.Equal(["2024-03-14 detected income-below-line"], Said);
    }

    [Fact]
    public void The_whole_county_has_the_plans_numbers()
    {
        var county = new SyntheticCounty(410325);
        var (liftedOut, people, villages, smallest, largest) = (0, 0, new HashSet<string>(), 99, 0);
        foreach (var one in county.All)
        {
            villages.Add(one.Village);
            (smallest, largest) = (Math.Min(smallest, one.Members), Math.Max(largest, one.Members));
            if (one.LiftedOut) (liftedOut, people) = (liftedOut + 1, people + one.Members);
        }

        Assert.Equal((154_000, 24_000, 85_000), (county.Households, liftedOut, people));
        Assert.Equal((310, 16), (villages.Count, villages.Select(code => code[..9]).Distinct().Count()));
        Assert.InRange(smallest, 1, 1);
        Assert.InRange(largest, 5, SyntheticCounty.MembersMax);
        var last = SyntheticCounty.HouseholdsWhole * SyntheticCounty.MembersMax - 1;
        Assert.StartsWith(Invented.IdMark, Invented.IdNumberOf(last), StringComparison.Ordinal);
        Assert.Equal("410325190001010017", Invented.IdNumberOf(0));
    }

    [Fact]
    public void The_same_seed_makes_the_same_history()
    {
        static string[] Made() => [.. new CountyHistory(new SyntheticCounty(1, 500)).Years().SelectMany(push => push.Rows).Select(row => row switch
        {
            SurveyRow survey => $"{survey with { Suspected = [] }}{string.Join(',', survey.Suspected)}",
            HelpRow help => $"{help with { Causes = [] }}{string.Join(',', help.Causes)}",
            _ => $"{row}",
        })];
        Assert.Equal(Made(), Made());
        Assert.NotEmpty(Made());
    }

    [Theory]
    [InlineData("{\"name\":\"龘靐甲乙\"}")]
    [InlineData("{\"name\":\"\\u9F98\\u9750\"}")]
    [InlineData("/v1/persons?name=%E9%BE%98")]
    [InlineData("\\x7be9be98e99d90e794b2")]
    [InlineData("no household has 410325190001010017")]
    [InlineData("\\x343130333235313930303031")]
    [InlineData("tel 15415400017.")]
    public void The_search_finds(string text)
    {
        var search = new LeakSearch();
        search.Search("here", text);
        Assert.Single(search.Found);
    }

    [Theory]
    [InlineData("410325103190")]
    [InlineData("0154154000170")]
    [InlineData("a15415400017")]
    [InlineData("15415400017f")]
    public void The_search_leaves_alone(string text)
    {
        var search = new LeakSearch();
        search.Search("here", text);
        Assert.Empty(search.Found);
    }
}
