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
            case SurveyRow one: return Survey(homes[one.Household], one, today);
            case HelpRow one:
                foreach (var cause in one.Causes) homes[one.Household].Raise(cause, "self_report", one.Emergency, one.On);
                return (homes[one.Household], true);
            case ChangeRow one: return Change(homes[one.Household], one);
            case EndRow one:
                homes[one.Household].End();
                return (null, true);
            case CaseRow one:
                homes[one.Household].Handle(one);
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
            homes[row.Household].Reports.Add(new Report(waiting.Department, waiting.Row, row.Person));
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
        var report = new Report(department, row, person);
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

    static (Home Home, bool IsNew) Survey(Home home, SurveyRow row, DateOnly today)
    {
        var replaced = home.Surveys.GetValueOrDefault(row.On);
        RiskCause[] none = [];
        if (replaced is not null && replaced.Suspected.SequenceEqual(row.Suspected) &&
            replaced with { Suspected = none, Reason = null } == row with { Suspected = none, Reason = null }) return (home, false);
        home.Surveys[row.On] = row;
        // The latest visit says what they get, the latest that asked says what they earn.
        home.Assisted = home.Surveys.MaxBy(one => one.Key).Value.Assistance != Assistance.None;
        home.Income = home.Surveys.Values.Where(one => one.IncomeFrom is not null).MaxBy(one => one.On) is { } last ? (PerHead(last), last.On) : null;

        // What is missing is found once, however often the survey of that day is corrected.
        Finding(SignalKind.SchoolDropout, !row.Schooling);
        Finding(SignalKind.UnsafeHousing, row.Housing is HousingGrade.C or HousingGrade.D);
        Finding(SignalKind.WaterShortage, !row.Water);
        foreach (var cause in row.Suspected.Distinct())
            if (replaced?.Suspected.Contains(cause) != true) home.Raise(cause, "cadre_survey", row.Emergency, today);
        return (home, true);

        static decimal PerHead(SurveyRow one) => decimal.Round(
            ((one.Wages ?? 0) + (one.Business ?? 0) - (one.BusinessCosts ?? 0) + (one.Property ?? 0) + (one.Transfers ?? 0)) / one.Members, 2);

        void Finding(SignalKind kind, bool missing)
        {
            var known = home.Reports.Find(one => one.IsSurvey && one.On == row.On && one.Kind == kind);
            if (missing && known is null) home.Reports.Add(new Report(kind, row.On));
            else if (!missing && known is not null) home.Reports.Remove(known);
        }
    }

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
        var crossings = new List<(ScreeningRule Rule, Guid? Person, decimal Value, decimal Threshold, List<Report> Inputs, decimal? Income)>();
        foreach (var rule in rules.Rules.Where(rule => home.IsConcerned(rule)))
        {
            if (rule.Measured == Measured.IncomePerHead)
            {
                if (home.Income is { } income && income.On <= today && income.On > today.AddYears(-1))
                    Weigh(rule, null, [new(default, income.PerHead, rule.Amount ?? LineOf(home.Village, today), [])], income.On);
            }
            else if (rule.Window == Window.Each)
            {
                if (ThresholdOf(rule, today.Year) is not { } threshold) continue;
                foreach (var report in home.Reports.Where(one => one.Kind == rule.Signal && one.On <= today && one.On > today.AddYears(-1)))
                {
                    var value = rule.Measured == Measured.Count ? 1 : report.Amount ?? 0;
                    if (IsBeyond(rule.Comparator, value, threshold) && home.Told.Add((rule.Code, report)))
                        crossings.Add((rule, report.Person, value, threshold, [report], null));
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

        foreach (var (rule, person, value, threshold, inputs, income) in crossings)
        {
            var bySurvey = income is not null || inputs[^1].IsSurvey;
            string[] on = income is { } asked
                ? [$"{home.Income!.Value.On:yyyy-MM-dd} {Text(asked)}"]
                : [.. inputs.Select(one => $"{one.On:yyyy-MM-dd} {Text(one.Amount)}").Order(StringComparer.Ordinal)];
            home.Raise(rule.Cause, bySurvey ? "cadre_survey" : "department_screening", rule.Emergency, today,
                $"{rule.Code} {rules.Version} {person} {Text(value)} {Text(threshold)} [{string.Join("; ", on)}]");
        }

        // Months and years that are still reported are judged each for itself, the current one first.
        void Weigh(ScreeningRule rule, Guid? person, List<Total> totals, DateOnly? survey)
        {
            if (totals.Count == 0) return;
            var key = (rule.Code, person);
            foreach (var (before, value, threshold, inputs) in totals)
            {
                // Who stands beyond is told again only for a year that had not begun then.
                if (!IsBeyond(rule.Comparator, value, threshold)) continue;
                if (home.Above.TryGetValue(key, out var last) && !(rule.Window == Window.YearToDate && last <= before)) continue;
                home.Above[key] = survey ?? inputs[^1].On;
                crossings.Add((rule, person, value, threshold, inputs, survey is null ? null : value));
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
                yield return new(before, value, threshold, inputs);
            }

            if (rule.Window == Window.Rolling12Months) yield break;
            end = before;
        }
    }

    /// <summary>What came together in a window.</summary>
    /// <param name="Before">The day before the window.</param>
    sealed record Total(DateOnly Before, decimal Value, decimal Threshold, List<Report> Inputs);

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
            (Kind, Person, Since, On, Amount) = (other.Kind, other.Person, other.Since, other.On, other.Amount);
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

        public (decimal PerHead, DateOnly On)? Income { get; set; }

        public Dictionary<DateOnly, SurveyRow> Surveys { get; } = [];

        public List<Report> Reports { get; } = [];

        /// <summary>What it stands beyond, and the day that was about.</summary>
        public Dictionary<(string Rule, Guid? Person), DateOnly> Above { get; } = [];

        /// <summary>What was told once.</summary>
        public HashSet<(string Rule, Report Report)> Told { get; } = [];

        public List<string> Lines { get; } = [];

        /// <summary>Number of the last episode.</summary>
        public int Episode { get; private set; }

        /// <summary>Causes of the open episode in order; empty where none is open.</summary>
        public IReadOnlyCollection<RiskCause> Causes => open ?? [];

        /// <summary>The last thing done in the open episode.</summary>
        public string Done { get; private set; } = "";

        public bool IsConcerned(ScreeningRule rule) => !rule.Except.Any(IsIn) && (rule.Groups.Length == 0 || rule.Groups.Any(IsIn));

        bool IsIn(PopulationGroup group) => group switch
        {
            PopulationGroup.LiftedOut => LiftedOut,
            PopulationGroup.Ordinary => !LiftedOut,
            PopulationGroup.Monitored => monitored,
            _ => Assisted,
        };

        public void Raise(RiskCause cause, string channel, bool emergency, DateOnly on, string crossing = "")
        {
            if (open?.Contains(cause) == true)
            {
                Lines.Add($"{on:yyyy-MM-dd} {id} recurred {Episode} {cause} {channel} {crossing}");
                return;
            }

            if (open is null) (open, Done, Episode) = ([], "", Episode + 1);
            open.Add(cause);
            var category = LiftedOut ? HouseholdCategory.LiftedOut : HouseholdCategory.Ordinary;
            Lines.Add($"{on:yyyy-MM-dd} {id} detected {Episode} {Village} {category} {cause} {channel} {(emergency ? "urgent " : "")}{crossing}");
        }

        public void Handle(CaseRow row)
        {
            Done = row is { Does: "visits", Passed: false } ? "visits in vain" : row.Does;
            if (row.Does == "closures" || row is { Does: "county-decisions", Passed: false }) open = null;
            if (row is { Does: "county-decisions", Passed: true }) monitored = true;
        }

        public void End() => (HasEnded, open) = (true, null);
    }
}

/// <summary>Something done in a case, as far as clues depend on it.</summary>
/// <param name="Household">The household.</param>
/// <param name="Does">The last part of the address, e.g. <c>visits</c>.</param>
/// <param name="Passed">Whether it was confirmed, approved or agreed.</param>
sealed record CaseRow(Guid Household, string Does, bool Passed);
