using System.Globalization;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse.Tests;

/// <summary>
/// One household lived through day by day: what is reported passes the way of every push, and each night the county's screening and the
/// day limits look at it. What was said is kept with its day.
/// </summary>
sealed class Scripted
{
    public static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    const string Stream = "household/410325/0198c0de-0000-7000-8000-000000000001";

    readonly Caller by;
    DateOnly today = new(2023, 1, 1);
    DateOnly night = new(2023, 1, 1);

    public Scripted(HouseholdCategory category = HouseholdCategory.LiftedOut, string department = "乡村振兴局")
    {
        by = new Caller("410325", department, "test");
        Happen(new HouseholdEnrolled(Id, "410325111201", category, 3, new(2023, 1, 1)));
        Happen(new MemberJoined(Id, Guid.Parse("0198c0de-0000-7000-8000-0000000000a1"), Relation.Head, 1980, Labour.Ordinary, false, MemberChange.Registered, null, today));
    }

    public Household Household { get; private set; } = new();

    public RuleBook Book { get; private set; } = new();

    /// <summary>Everything that was said, by day.</summary>
    public List<(DateOnly Day, object Event)> Said { get; } = [];

    Occasion Now => new(new DateTimeOffset(today.ToDateTime(new TimeOnly(1, 0)), TimeSpan.Zero), by);

    /// <summary>Each step by an account of its own, as a village, a township and the county have.</summary>
    Occasion By(Delegate decide) => Now with { By = by with { Subject = Hand ?? decide.Method.DeclaringType!.Name } };

    /// <summary>The one account that does everything; null for one of each step.</summary>
    public string? Hand { get; init; }

    /// <summary>Goes on to a day, through every night between.</summary>
    public Scripted On(string day)
    {
        var until = DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        while (night < until)
        {
            night = night.AddDays(1);
            today = night;
            foreach (var happened in Watched.Consequences(Household, Book, Book.On(today), Now)) Happen(happened);
        }

        today = until;
        return this;
    }

    /// <summary>The county sets something.</summary>
    public Scripted Set(object happened)
    {
        Book = Book.Evolve(happened);
        return this;
    }

    /// <summary>Something that was not decided here.</summary>
    public Scripted Happen(object happened)
    {
        Household = Household.Evolve(new Stamped(Guid.CreateVersion7(Now.Now), Now.Now, happened));
        Said.Add((today, happened));
        return this;
    }

    /// <summary>Says a row and expects it to be taken.</summary>
    public Scripted Do<TRow>(Watched.Decide<TRow> decide, TRow row)
    {
        var group = Decide(decide, row);
        Assert.Empty(group.Errors.Select(error => error.Code));
        foreach (var happened in group.Events.Cast<Stamped>())
        {
            Household = Household.Evolve(happened);
            Said.Add((today, happened.Data));
        }

        return this;
    }

    /// <summary>Says a row and expects it to be refused.</summary>
    public Scripted Refused<TRow>(string code, Watched.Decide<TRow> decide, TRow row)
    {
        Assert.Equal(code, Assert.Single(Decide(decide, row).Errors).Code);
        return this;
    }

    /// <summary>Says a row and expects it to be known.</summary>
    public Scripted Known<TRow>(Watched.Decide<TRow> decide, TRow row)
    {
        var group = Decide(decide, row);
        Assert.Empty(group.Errors);
        Assert.Single(group.Identical);
        Assert.Empty(group.Events);
        return this;
    }

    Group<Household, TRow> Decide<TRow>(Watched.Decide<TRow> decide, TRow row)
    {
        var group = new Group<Household, TRow>(Stream, Household, [(1, row)]);
        Watched.Group(group, decide, Book, Book.On(today), By(decide));
        return group;
    }

    /// <summary>The days on which something of a kind was said.</summary>
    public IEnumerable<string> Days<TEvent>(Func<TEvent, bool>? only = null) => Said
        .Where(one => one.Event is TEvent e && (only is null || only(e))).Select(one => one.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public Scripted Expect<TEvent>(params string[] days)
    {
        Assert.Equal(days, Days<TEvent>());
        return this;
    }

    public Scripted ExpectBreach(string limit, params string[] days)
    {
        Assert.Equal(days, Days<DeadlineBreached>(e => e.Limit == limit));
        return this;
    }

    static DateOnly Day(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    // The words of the script.

    /// <param name="day">The day on which it is reported.</param>
    /// <param name="on">The day it is about, where that is another.</param>
    public Scripted Pays(
        string day, decimal amount, string reference, SignalKind kind = SignalKind.MedicalSelfPay, string? since = null, string? on = null) =>
        On(day).Do(ReportSignal.Decide, Signal(on ?? day, amount, reference, kind, since));

    public static ReportSignal.Row Signal(string day, decimal? amount, string reference, SignalKind kind = SignalKind.MedicalSelfPay, string? since = null) =>
        new(Id, reference, kind, amount, "元", since is null ? null : Day(since), Day(day), null, null);

    public Scripted Surveyed(string day, decimal wages, string? reason = null) => On(day).Do(SurveyHousehold.Decide, Survey(day, wages, reason));

    public static SurveyHousehold.Row Survey(string day, decimal wages, string? reason = null)
    {
        var to = new DateOnly(Day(day).Year, Day(day).Month, 1).AddDays(-1);
        return new(
            Id, 3, to.AddDays(1).AddYears(-1), to, wages, 0, 0, 0, 0, null, true, true, true, true, HousingGrade.A, true, Assistance.None, [], false, reason,
            Day(day));
    }

    public Scripted Asks(string day, params RiskCause[] causes) =>
        On(day).Do(RequestHelp.Decide, new RequestHelp.Row(Id, $"R-{day}", causes, RequestVia.Village, false, Day(day)));

    public Scripted Visited(string day, bool confirmed = true, params RiskCause[] causes) =>
        On(day).Do(VisitHome.Decide, new VisitHome.Row(Id, 2, confirmed, causes is [] && confirmed ? [RiskCause.Illness] : causes, null, Day(day)));

    public Scripted Closed(string day) => On(day).Do(CloseClue.Decide, new CloseClue.Row(Id, "费用已由保险报销", null, Day(day)));

    public Scripted Authorised(string day) => On(day).Do(GiveAuthorisation.Decide, new GiveAuthorisation.Row(Id, "授权书2023-7", Day(day)));

    public Scripted Compared(string day) => On(day).Do(CompareData.Decide, new CompareData.Row(Id, true, null, Day(day)));

    public Scripted Assessed(string day) => On(day).Do(AssessInVillage.Decide, new Opinion(Id, true, null, Day(day)));

    public Scripted Publicised(string day) => On(day).Do(Publicise.DecideStart, new Publicise.Row(Id, Day(day)));

    public Scripted PublicityEnded(string day) => On(day).Do(Publicise.DecideEnd, new Publicise.Row(Id, Day(day)));

    public Scripted Reviewed(string day) => On(day).Do(ReviewInTownship.Decide, new Opinion(Id, true, null, Day(day)));

    public Scripted Decided(string day) => On(day).Do(DecideCase.Decide, new DecideCase.Row(Id, true, null, "县审定〔2023〕7号", Day(day)));

    public Scripted Announced(string day) => On(day).Do(AnnounceResult.Decide, new AnnounceResult.Row(Id, Day(day)));

    public Scripted Helped(string day, string measure = "M1") => On(day)
        .Do(Help.Decide, new Help.Row(Id, measure, MeasureKind.Health, "医疗保障局", null, "元", null, Day(day)))
        .Do(Help.Decide, new Help.Start(Id, measure, Day(day)));

    public Scripted FollowedUp(string day, decimal income = 9_000, bool riskGone = true) => On(day).Do(FollowUp.Decide, Visit(day, income, riskGone));

    public static FollowUp.Row Visit(string day, decimal income = 9_000, bool riskGone = true, string? reason = null) =>
        new(Id, income, true, true, true, true, true, HousingGrade.B, true, riskGone, reason, Day(day));

    public static ProposeRemoval.Row Removal(string day) => new(Id, RemovalKind.Assisted, Day(day));

    public Scripted RemovalProposed(string day) => On(day).Do(ProposeRemoval.Decide, Removal(day));

    /// <summary>From the clue of that day to the county's decision, on time.</summary>
    public Scripted Included() => Asks("2023-03-01", RiskCause.Illness).Surveyed("2023-03-02", 15_000).Visited("2023-03-02").Authorised("2023-03-02")
        .Compared("2023-03-04").Assessed("2023-03-05").Publicised("2023-03-05").PublicityEnded("2023-03-10").Reviewed("2023-03-11").Decided("2023-03-12");
}
