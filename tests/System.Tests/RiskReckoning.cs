using System.Globalization;
using Monitoring.Contracts.Relapse;
using Monitoring.Testing.Relapse;

namespace Monitoring.System.Tests;

/// <summary>
/// Works out the clues of a county a second time, from the rules in words and from what was sent, and with none of the product's judging:
/// running sums as series, windows as spans of days, a household's standing as sets.
/// </summary>
sealed class RiskReckoning
{
    readonly List<RuleSet> sets = [RuleSet.Shipped];
    readonly List<IncomeLine> lines = [IncomeLine.Shipped];
    readonly Dictionary<(string Series, int Year), decimal> references = [];
    readonly Dictionary<Guid, Home> homes = [];
    readonly Dictionary<Guid, Guid> homeOf = [];
    readonly Dictionary<string, (Guid Household, Guid Person)> byNumber = [];
    readonly List<(int Push, string Department, SignalRow Row)> aside = [];
    int push;

    /// <summary>Households as they stand.</summary>
    public IReadOnlyDictionary<Guid, Home> Homes => homes;

    /// <summary>Everything that should be on record, a line each.</summary>
    public IEnumerable<string> Lines => homes.Values.SelectMany(home => home.Lines);

    /// <summary>Signals that have found nobody.</summary>
    public int Waiting => aside.Count;

    /// <summary>Takes a line, a value or a set of rules that is published.</summary>
    public void Publish(object published)
    {
        switch (published)
        {
            case RuleSet set: sets.Add(set); break;
            case IncomeLine line: lines.Add(line); break;
            case ReferenceValue value: references[(value.Series, value.Year)] = value.Amount; break;
        }
    }

    /// <summary>Takes a push; answers how many of its rows say nothing new.</summary>
    public int Take(DateOnly today, string department, IEnumerable<object> rows)
    {
        push++;
        var (changed, known) = (new HashSet<Home>(), 0);
        foreach (var row in rows)
        {
            var (home, isNew) = Take(today, department, row);
            if (!isNew) known++;
            else if (home is not null) changed.Add(home);
        }

        foreach (var home in changed) Judge(home, today);
        return known;
    }

    /// <summary>Screens the county on a day.</summary>
    public void Screen(DateOnly today)
    {
        foreach (var home in homes.Values) Judge(home, today);
    }

    (Home? Home, bool IsNew) Take(DateOnly today, string department, object row)
    {
        switch (row)
        {
            case EnrolmentRow one:
                homes.Add(one.Id, new Home(one.Id, one.Village, one.Category == HouseholdCategory.LiftedOut));
                return (null, true);
            case MemberRow one:
                Join(one);
                return (homes[one.Household], true);
            case SignalRow one: return Signal(department, one);
            case WithdrawalRow one: return (Withdraw(department, one), true);
            case SurveyRow one: return Survey(homes[one.Household], one);
            case HelpRow one:
                var dealtWith = homes[one.Household].DealtWith is not null;
                foreach (var cause in one.Causes) homes[one.Household].Raise(cause, "self_report", one.Emergency, one.On, touched: dealtWith);
                return (homes[one.Household], true);
            case ChangeRow one: return Change(homes[one.Household], one);
            case EndRow one:
                // Looked at as it is proposed, and reviewed and decided on the same day.
                Judge(homes[one.Household], today);
                homes[one.Household].End();
                return (null, true);
            case CaseRow one:
                homes[one.Household].Handle(one, push);
                return (homes[one.Household], true);
            default: throw new NotSupportedException(row.GetType().Name);
        }
    }

    void Join(MemberRow row)
    {
        homeOf[row.Person] = row.Household;
        byNumber[row.IdNumber] = (row.Household, row.Person);
        // In the order in which they last came.
        var waitingFor = aside.Where(one => one.Row.IdNumber == row.IdNumber)
            .OrderBy(one => one.Push).ThenBy(one => $"{one.Department}/{one.Row.Reference}", StringComparer.Ordinal).ToList();
        foreach (var waiting in waitingFor)
        {
            aside.Remove(waiting);
            homes[row.Household].Reports.Add(new Report(waiting.Department, waiting.Row, row.Person) { Push = push });
        }
    }

    (Home? Home, bool IsNew) Signal(string department, SignalRow row)
    {
        var (id, person) = row switch
        {
            { IdNumber: { } number } =>
                byNumber.TryGetValue(number, out var found) ? (found.Household, found.Person) : (default(Guid?), default(Guid?)),
            { Person: { } somebody } => (homeOf[somebody], somebody),
            _ => (row.Household, null),
        };
        if (id is not { } household)
        {
            var at = aside.FindIndex(one => one.Department == department && one.Row.Reference == row.Reference);
            if (at < 0) aside.Add((push, department, row));
            else if (aside[at].Row with { Reason = null } == row with { Reason = null }) return (null, false);
            else aside[at] = (push, department, row);
            return (null, true);
        }

        var home = homes[household];
        var report = new Report(department, row, person) { Push = push };
        if (home.Reports.Find(one => one.Department == department && one.Reference == row.Reference) is not { } known) home.Reports.Add(report);
        else if (known.Says(report)) return (home, false);
        else known.Become(report);
        return (home, true);
    }

    Home? Withdraw(string department, WithdrawalRow row)
    {
        if (row.Household is { } household)
        {
            homes[household].Reports.RemoveAll(one => one.Department == department && one.Reference == row.Reference);
            return homes[household];
        }

        aside.RemoveAll(one => one.Department == department && one.Row.Reference == row.Reference);
        return null;
    }

    (Home Home, bool IsNew) Survey(Home home, SurveyRow row)
    {
        var replaced = home.Surveys.GetValueOrDefault(row.On);
        RiskCause[] none = [];
        if (replaced is not null && replaced.Suspected.SequenceEqual(row.Suspected) &&
            replaced with { Suspected = none, Reason = null } == row with { Suspected = none, Reason = null }) return (home, false);
        var before = home.Income;
        home.Surveys[row.On] = row;
        // The latest visit says what they get, the latest that asked says what they earn.
        home.Assisted = home.Surveys.MaxBy(one => one.Key).Value.Assistance != Assistance.None;
        home.Income = home.Surveys.Values.Where(one => one.IncomeFrom is not null).MaxBy(one => one.On) is { } last ? (PerHead(last), last.On, push) : null;
        if (row.IncomeFrom is null && replaced?.IncomeFrom is null) home.Income = before;

        // What is missing is found once, however often the survey of that day is corrected.
        Finding(SignalKind.SchoolDropout, !row.Schooling);
        Finding(SignalKind.UnsafeHousing, row.Housing is HousingGrade.C or HousingGrade.D);
        Finding(SignalKind.WaterShortage, !row.Water);
        var touched = home.DealtWith is not null;
        foreach (var cause in row.Suspected.Distinct())
            if (replaced?.Suspected.Contains(cause) != true) home.Raise(cause, "cadre_survey", row.Emergency, row.On, touched: touched);
        return (home, true);

        void Finding(SignalKind kind, bool missing)
        {
            var known = home.Reports.Find(one => one.IsSurvey && one.On == row.On && one.Kind == kind);
            if (missing && known is null) home.Reports.Add(new Report(kind, row.On) { Push = push });
            else if (!missing && known is not null) home.Reports.Remove(known);
        }
    }

    static decimal PerHead(SurveyRow one) => decimal.Round(
        ((one.Wages ?? 0) + (one.Business ?? 0) - (one.BusinessCosts ?? 0) + (one.Property ?? 0) + (one.Transfers ?? 0)) / one.Members, 2);

    static (Home? Home, bool IsNew) Change(Home home, ChangeRow row)
    {
        var liftedOut = row.Category is { } category ? category == HouseholdCategory.LiftedOut : home.LiftedOut;
        var village = row.Village ?? home.Village;
        if ((liftedOut, village) == (home.LiftedOut, home.Village)) return (home, false);
        (home.LiftedOut, home.Village) = (liftedOut, village);
        return (home, true);
    }

    /// <summary>The line of a village: of the longest code it lies in, the latest that has begun.</summary>
    public decimal LineOf(string village, DateOnly day) => lines
        .Where(line => line.From <= day && village.StartsWith(line.Area, StringComparison.Ordinal))
        .OrderByDescending(line => line.Area.Length).ThenByDescending(line => line.From).First().Amount;

    void Judge(Home home, DateOnly today)
    {
        if (home.HasEnded) return;
        var rules = sets.Last(set => set.EffectiveFrom == sets.Where(one => one.EffectiveFrom <= today).Max(one => one.EffectiveFrom));
        var crossings = new List<Crossing>();
        var worse = new List<Crossing>();
        foreach (var rule in rules.Rules.Where(rule => home.IsConcerned(rule)))
        {
            if (rule.Measured == Measured.IncomePerHead)
            {
                if (home.Income is { } income && income.On <= today && income.On > today.AddYears(-1))
                    Weigh(rule, null, [new(default, DateOnly.MaxValue, income.PerHead, rule.Amount ?? LineOf(home.Village, today), [])], income.On);
            }
            else if (rule.Window == Window.Each)
            {
                if (ThresholdOf(rule, today.Year) is not { } threshold) continue;
                foreach (var report in home.Reports.Where(one => one.Kind == rule.Signal && one.On <= today && one.On > today.AddYears(-1)))
                {
                    var value = rule.Measured == Measured.Count ? 1 : report.Amount ?? 0;
                    if (IsBeyond(rule.Comparator, value, threshold) && home.Told.Add((rule.Code, report)))
                        crossings.Add(new(rule, report.Person, value, threshold, [report], null, false));
                }
            }
            else
            {
                var theirs = home.Reports.Where(one => one.Kind == rule.Signal).ToList();
                var whose = rule.Scope == Scope.Household
                    ? theirs.Select(_ => default(Guid?)) : theirs.Select(one => one.Person);
                foreach (var person in whose.Concat(home.Above.Keys.Where(one => one.Rule == rule.Code).Select(one => one.Person)).Distinct().ToList())
                {
                    List<Report> reports = [.. theirs.Where(one => rule.Scope == Scope.Household || one.Person == person)];
                    Weigh(rule, person, [.. SumsOf(rule, rules.LateMonths, reports, today)], null);
                }
            }
        }

        var (touched, last) = (home.DealtWith, home.LastStep);
        foreach (var one in crossings) Say(one);
        // Less than twice as bad as what was told: only whoever has an open case of it, and dealt with it before that came, hears of it. A month
        // that goes on is also told of a household of which nothing is open any more.
        foreach (var one in worse)
        {
            if ((home.Causes.Contains(one.Rule.Cause) ? touched : one.NewMonth && home.Causes.Count == 0 ? last : null) is not { } step) continue;
            if (one.Income is not null ? home.Income!.Value.Push < step : one.Inputs.TrueForAll(report => report.Push < step)) continue;
            home.Above[(one.Rule.Code, one.Person)].Add((one.Income is null ? one.Inputs[^1].On : home.Income!.Value.On, one.Value));
            Say(one);
        }

        void Say(Crossing one)
        {
            var (rule, inputs) = (one.Rule, one.Inputs);
            var bySurvey = one.Income is not null || inputs[^1].IsSurvey;
            string[] on = one.Income is { } asked
                ? [$"{home.Income!.Value.On:yyyy-MM-dd} {Text(asked)}"]
                : [.. inputs.Select(report => $"{report.On:yyyy-MM-dd} {Text(report.Amount)}").Order(StringComparer.Ordinal)];
            home.Raise(rule.Cause, bySurvey ? "cadre_survey" : "department_screening", rule.Emergency, today,
                $"{rule.Code} {rules.Version} {one.Person} {Text(one.Value)} {Text(one.Threshold)} [{string.Join("; ", on)}]", one.Grown, touched is not null);
        }

        // Months and years that are still reported are judged each for itself, the current one first.
        void Weigh(ScreeningRule rule, Guid? person, List<Total> totals, DateOnly? survey)
        {
            if (totals.Count == 0) return;
            var key = (rule.Code, person);
            foreach (var (before, end, value, threshold, inputs) in totals)
            {
                if (!IsBeyond(rule.Comparator, value, threshold)) continue;
                var isPeriod = rule.Window is Window.YearToDate or Window.CalendarMonth;
                var told = home.Above.GetValueOrDefault(key, []).FindAll(one => rule.Window != Window.YearToDate || one.On > before);
                var crossing = new Crossing(rule, person, value, threshold, inputs, survey is null ? null : value, false);
                if (told.Count > 0)
                {
                    // Who stands beyond is told again for a year that had not begun then, or when it is twice as bad.
                    var within = told.FindAll(one => (!isPeriod || one.On > before) && one.On <= end);
                    if (within.Count == 0 && rule.Window == Window.CalendarMonth)
                    {
                        worse.Add(crossing with { NewMonth = true });
                        return;
                    }

                    if (within.Count == 0) continue;
                    var last = within[^1].Value;
                    if (rule.Comparator == Comparator.Below ? value >= last : value <= last) continue;
                    var isTwice = rule.Comparator != Comparator.Below ? value >= 2 * last : last > 0 ? 2 * value <= last : value <= 2 * last;
                    if (!isTwice)
                    {
                        worse.Add(crossing);
                        return;
                    }

                    crossing = crossing with { Grown = true };
                }

                if (!home.Above.TryGetValue(key, out var all)) home.Above[key] = all = [];
                all.Add((survey ?? inputs[^1].On, value));
                crossings.Add(crossing);
                return;
            }

            // It has come back when none would cross a threshold that lies at the release.
            decimal ReleaseOf(Total total) =>
                rule.Comparator == Comparator.Below ? total.Threshold / (rules.ReleasePercent / 100) : total.Threshold * (rules.ReleasePercent / 100);
            if (totals.Exists(total => IsBeyond(rule.Comparator, total.Value, ReleaseOf(total))) || !home.Above.Remove(key)) return;
            home.Lines.Add($"{today:yyyy-MM-dd} {home.Id} receded {rule.Code} {rules.Version} {person} {Text(totals[0].Value)} {Text(ReleaseOf(totals[0]))}");
        }
    }

    decimal? ThresholdOf(ScreeningRule rule, int year) =>
        rule.Amount ?? (references.TryGetValue((rule.Reference!, year - 1), out var last) ? last * rule.Percent!.Value / 100 : null);

    /// <summary>What was paid in a window that ends on the day or, where it is a month or a year, ended so few months before.</summary>
    IEnumerable<Total> SumsOf(ScreeningRule rule, int lateMonths, List<Report> reports, DateOnly today)
    {
        var earliest = new DateOnly(today.Year, today.Month, 1).AddMonths(-lateMonths);
        for (var end = today; end >= earliest;)
        {
            var before = rule.Window switch
            {
                Window.CalendarMonth => new DateOnly(end.Year, end.Month, 1).AddDays(-1),
                Window.YearToDate => new DateOnly(end.Year - 1, 12, 31),
                _ => end.AddYears(-1),
            };
            if (ThresholdOf(rule, end.Year) is { } threshold)
            {
                var (value, inputs) = Sum(rule, reports, before, end);
                yield return new(before, end, value, threshold, inputs);
            }

            if (rule.Window == Window.Rolling12Months) yield break;
            end = before;
        }
    }

    /// <summary>What came together in a window.</summary>
    /// <param name="Before">The day before the window.</param>
    /// <param name="End">Its last day.</param>
    sealed record Total(DateOnly Before, DateOnly End, decimal Value, decimal Threshold, List<Report> Inputs);

    /// <summary>What is to be said.</summary>
    sealed record Crossing(ScreeningRule Rule, Guid? Person, decimal Value, decimal Threshold, List<Report> Inputs, decimal? Income, bool Grown, bool NewMonth = false);

    /// <summary>What was paid within a window: payments in it, and of each running sum its rise from the window's beginning to its end.</summary>
    static (decimal Value, List<Report> Inputs) Sum(ScreeningRule rule, List<Report> reports, DateOnly before, DateOnly end)
    {
        var inputs = reports.FindAll(one => one.On > before && one.On <= end);
        if (rule.Measured == Measured.Count) return (inputs.Count, inputs);
        var paid = inputs.Where(one => one.Since is null).Sum(one => one.Amount ?? 0);
        var risen = reports.Where(one => one.Since is not null).GroupBy(one => (one.Department, one.Person, one.Since))
            .Sum(series => StandOf(series, end) - StandOf(series, before));
        return (paid + risen, inputs);
    }

    static decimal StandOf(IEnumerable<Report> series, DateOnly day) =>
        series.Where(one => one.On <= day).OrderBy(one => one.On).LastOrDefault()?.Amount ?? 0;

    static bool IsBeyond(Comparator comparator, decimal value, decimal threshold) => comparator switch
    {
        Comparator.AtLeast => value >= threshold,
        Comparator.Above => value > threshold,
        _ => value < threshold,
    };

    internal static string Text(decimal? value) =>
        value is { } number ? decimal.Round(number, 6).ToString("0.######", CultureInfo.InvariantCulture) : "";

    /// <summary>A signal in force, or what a survey found missing.</summary>
    public sealed class Report
    {
        public Report(string department, SignalRow row, Guid? person)
        {
            (Department, Reference, Kind, Person, Since, On) = (department, row.Reference, row.Kind, person, row.Since, row.On);
            Amount = row.Amount * (row.Unit == "万元" ? 10_000 : 1);
        }

        public Report(SignalKind kind, DateOnly on) => (Kind, On, IsSurvey, Department, Reference) = (kind, on, true, "", "");

        /// <summary>The push with which it came, or was last changed.</summary>
        public int Push { get; set; }

        public string Department { get; }

        public string Reference { get; }

        public bool IsSurvey { get; }

        public SignalKind Kind { get; private set; }

        public Guid? Person { get; private set; }

        public DateOnly? Since { get; private set; }

        public DateOnly On { get; private set; }

        public decimal? Amount { get; private set; }

        public bool Says(Report other) => (Kind, Person, Since, On, Amount) == (other.Kind, other.Person, other.Since, other.On, other.Amount);

        public void Become(Report other) =>
            (Kind, Person, Since, On, Amount, Push) = (other.Kind, other.Person, other.Since, other.On, other.Amount, other.Push);
    }

    /// <summary>A household as far as clues need it.</summary>
    public sealed class Home(Guid id, string village, bool liftedOut)
    {
        bool monitored;
        HashSet<RiskCause>? open;

        public Guid Id => id;

        public string Village { get; set; } = village;

        public bool LiftedOut { get; set; } = liftedOut;

        public bool Assisted { get; set; }

        public bool HasEnded { get; private set; }

        public (decimal PerHead, DateOnly On, int Push)? Income { get; set; }

        public Dictionary<DateOnly, SurveyRow> Surveys { get; } = [];

        public List<Report> Reports { get; } = [];

        /// <summary>What it stands beyond: the days that was about, and how bad it was said to be.</summary>
        public Dictionary<(string Rule, Guid? Person), List<(DateOnly On, decimal Value)>> Above { get; } = [];

        /// <summary>What was told once.</summary>
        public HashSet<(string Rule, Report Report)> Told { get; } = [];

        public List<string> Lines { get; } = [];

        /// <summary>Number of the last episode.</summary>
        public int Episode { get; private set; }

        /// <summary>Causes of the open episode in order; empty where none is open.</summary>
        public IReadOnlyCollection<RiskCause> Causes => open ?? [];

        /// <summary>The last thing done in the open episode.</summary>
        public string Done { get; private set; } = "";

        /// <summary>The day on which it was opened.</summary>
        public DateOnly OpenedOn { get; private set; }

        /// <summary>The push of the last step since the last news; null where there was none.</summary>
        public int? Touched { get; private set; }

        /// <summary>The same, where an episode is open.</summary>
        public int? DealtWith => open is null ? null : Touched;

        /// <summary>The push of the last step of the last episode; null where there was none.</summary>
        public int? LastStep { get; private set; }

        public bool IsConcerned(ScreeningRule rule) => !rule.Except.Any(IsIn) && (rule.Groups.Length == 0 || rule.Groups.Any(IsIn));

        bool IsIn(PopulationGroup group) => group switch
        {
            PopulationGroup.LiftedOut => LiftedOut,
            PopulationGroup.Ordinary => !LiftedOut,
            PopulationGroup.Monitored => monitored,
            _ => Assisted,
        };

        public void Raise(RiskCause cause, string channel, bool emergency, DateOnly on, string crossing = "", bool grown = false, bool? touched = null)
        {
            var recurs = open?.Contains(cause) == true;
            if (!recurs || emergency || grown || (touched ?? Touched is not null))
            {
                // News: whoever found nothing goes again.
                Touched = null;
                if (Done == "visits in vain") Done = "";
            }

            if (recurs)
            {
                Lines.Add($"{on:yyyy-MM-dd} {id} recurred {Episode} {cause} {channel} {crossing}");
                return;
            }

            if (open is null) (open, Done, Episode, OpenedOn, LastStep) = ([], "", Episode + 1, on, null);
            open.Add(cause);
            var category = LiftedOut ? HouseholdCategory.LiftedOut : HouseholdCategory.Ordinary;
            Lines.Add($"{on:yyyy-MM-dd} {id} detected {Episode} {Village} {category} {cause} {channel} {(emergency ? "urgent " : "")}{crossing}");
        }

        public void Handle(CaseRow row, int push)
        {
            LastStep = push;
            (Done, Touched) = (row is { Does: "visits", Passed: false } ? "visits in vain" : row.Does, push);
            if (row.Does == "closures" || row is { Does: "county-decisions", Passed: false }) open = null;
            if (row is { Does: "county-decisions", Passed: true }) monitored = true;
        }

        /// <summary>
        /// Income per head of the twelve months before a clue: of the latest survey of the last year whose months reach to the month before it.
        /// </summary>
        public decimal? IncomeBefore(DateOnly clue, DateOnly today) => Surveys.Values
            .Where(one => one.IncomeTo is { } to && one.On > today.AddYears(-1) && to.AddDays(1) >= new DateOnly(clue.Year, clue.Month, 1))
            .OrderBy(one => one.On).Select(one => (decimal?)PerHead(one)).LastOrDefault();

        public void End() => (HasEnded, open) = (true, null);
    }
}

/// <summary>Something done in a case, as far as clues depend on it.</summary>
/// <param name="Household">The household.</param>
/// <param name="Does">The last part of the address, e.g. <c>visits</c>.</param>
/// <param name="Passed">Whether it was confirmed, approved or agreed.</param>
sealed record CaseRow(Guid Household, string Does, bool Passed);
