using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Monitoring.Contracts.Relapse;

/// <summary>A signal in force, as a threshold sees it.</summary>
/// <param name="EventId">The event that brought it or last changed it.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Department">Who reported.</param>
/// <param name="Reference">The department's own number.</param>
/// <param name="PersonId">The member it is about.</param>
/// <param name="Since">First day of a sum.</param>
/// <param name="On">The day it is about.</param>
/// <param name="Amount">元.</param>
public readonly record struct Fact(
    Guid EventId, SignalKind Kind, string Department, string Reference, Guid? PersonId, DateOnly? Since, DateOnly On, decimal? Amount);

/// <summary>The income of the last survey that asked for it.</summary>
/// <param name="EventId">The survey.</param>
/// <param name="PerHead">元 per head and year.</param>
/// <param name="On">The day of the survey.</param>
public readonly record struct KnownIncome(Guid EventId, decimal PerHead, DateOnly On);

/// <summary>A threshold that a household has crossed and not come back from.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="PersonId">The member.</param>
/// <param name="EventId">The last fact that it rested on.</param>
public readonly record struct Raised(string Rule, Guid? PersonId, Guid EventId);

/// <summary>
/// What thresholds need to know of one household, folded from its events and nothing else: the same for the signal that arrives, for
/// the whole county at night, and for rules that are tried on history.
/// </summary>
public sealed record KnownFacts
{
    /// <summary>Where a fact comes from that a visit brought.</summary>
    public const string BySurvey = "入户排查";

    /// <summary>12-digit village code; empty while the household is unknown.</summary>
    public string Village { get; init; } = "";

    public HouseholdCategory Category { get; init; }

    public Assistance Assistance { get; init; }

    /// <summary>Is a 监测对象 now.</summary>
    public bool Monitored { get; init; }

    /// <summary>Is no household any more.</summary>
    public bool Ended { get; init; }

    /// <summary>Signals in force, in the order they came.</summary>
    public ImmutableArray<Fact> Facts { get; init; } = [];

    public KnownIncome? Income { get; init; }

    /// <summary>What it stands above.</summary>
    public ImmutableArray<Raised> Raised { get; init; } = [];

    /// <summary>What it knows after an event with that id.</summary>
    public KnownFacts Evolve(Guid id, object happened) => happened switch
    {
        HouseholdEnrolled e => this with { Village = e.Village, Category = e.Category },
        HouseholdChanged e => this with { Village = e.Village, Category = e.Category },
        HouseholdEnded => this with { Ended = true },
        SignalReported e => this with { Facts = Facts.Add(new(id, e.Kind, e.Department, e.Reference, e.PersonId, e.Since, e.On, e.Amount?.Units)) },
        SignalRevised e => Replaced(new(id, e.Kind, e.Department, e.Reference, e.PersonId, e.Since, e.On, e.Amount?.Units)),
        SignalWithdrawn e => this with { Facts = Facts.RemoveAll(fact => fact.Department == e.Department && fact.Reference == e.Reference) },
        HouseholdSurveyed e => Surveyed(id, e),
        CountyDecided { Chain: Chain.Inclusion, Approved: true } => this with { Monitored = true },
        RiskEliminated => this with { Monitored = false },
        RiskDetected { Rule: { } rule } e => Risen(rule, e.PersonId, e.Inputs),
        RiskRecurred { Rule: { } rule } e => Risen(rule, e.PersonId, e.Inputs),
        RiskReceded e => this with { Raised = Raised.RemoveAll(one => one.Rule == e.Rule && one.PersonId == e.PersonId) },
        _ => this,
    };

    /// <summary>The groups it belongs to.</summary>
    public bool IsIn(PopulationGroup group) => group switch
    {
        PopulationGroup.LiftedOut => Category == HouseholdCategory.LiftedOut,
        PopulationGroup.Ordinary => Category == HouseholdCategory.Ordinary,
        PopulationGroup.Monitored => Monitored,
        _ => Assistance != Assistance.None,
    };

    KnownFacts Replaced(Fact fact)
    {
        for (var index = 0; index < Facts.Length; index++)
        {
            if (Facts[index] is var old && (old.Department != fact.Department || old.Reference != fact.Reference)) continue;
            return this with
            {
                Facts = Facts.SetItem(index, fact),
                // A corrected fact is still the one that was reported.
                Raised = [.. Raised.Select(one => one.EventId == old.EventId ? one with { EventId = fact.EventId } : one)],
            };
        }

        return this;
    }

    KnownFacts Surveyed(Guid id, HouseholdSurveyed e)
    {
        Fact Missing(SignalKind kind) => new(id, kind, BySurvey, $"{e.On:yyyy-MM-dd}/{kind}", null, null, e.On, null);
        var replaced = Facts.Where(fact => fact.Department == BySurvey && fact.On == e.On).Select(fact => fact.EventId).ToHashSet();
        var facts = Facts.RemoveAll(fact => replaced.Contains(fact.EventId));
        if (!e.Guarantees.Schooling) facts = facts.Add(Missing(SignalKind.SchoolDropout));
        if (e.Guarantees.Housing is HousingGrade.C or HousingGrade.D) facts = facts.Add(Missing(SignalKind.UnsafeHousing));
        if (!e.Guarantees.Water) facts = facts.Add(Missing(SignalKind.WaterShortage));
        var income = e.Income is { } asked && !(Income?.On > e.On) ? new KnownIncome(id, asked.PerHead(e.Members), e.On) : Income;
        return this with
        {
            Facts = facts, Income = income, Assistance = e.Assistance,
            // What a corrected survey still finds missing is what was found before.
            Raised = [.. Raised.Select(one => replaced.Contains(one.EventId) ? one with { EventId = id } : one)],
        };
    }

    KnownFacts Risen(string rule, Guid? person, RiskInput[] inputs) =>
        this with { Raised = Raised.Add(new(rule, person, inputs.Length == 0 ? Guid.Empty : inputs[^1].EventId)) };
}

/// <summary>A value that crossed its threshold.</summary>
public sealed record Crossing(ScreeningRule Rule, Guid? PersonId, decimal Value, decimal Threshold, RiskInput[] Inputs);

/// <summary>A value that came back.</summary>
public sealed record Receding(ScreeningRule Rule, Guid? PersonId, decimal Value, decimal Release);

/// <summary>What a day's thresholds say of one household.</summary>
public sealed record ScreeningResult(IReadOnlyList<Crossing> Crossed, IReadOnlyList<Receding> Receded)
{
    /// <summary>Nothing new.</summary>
    public static readonly ScreeningResult Nothing = new([], []);

    public bool IsNothing => Crossed.Count + Receded.Count == 0;
}

/// <summary>The thresholds of one day with all numbers filled in. Reads only; one for a whole county, from any number of threads.</summary>
public sealed class Thresholds
{
    readonly (ScreeningRule Rule, decimal? Threshold)[] resolved;
    readonly IncomeLine[] lines;

    /// <summary>Fills in what the thresholds of a day refer to.</summary>
    /// <param name="rules">The version in effect.</param>
    /// <param name="lines">All monitoring lines that were published.</param>
    /// <param name="references">All reference values that were published, the one in force of each year.</param>
    /// <param name="day">The day.</param>
    public Thresholds(RuleSet rules, IEnumerable<IncomeLine> lines, IEnumerable<ReferenceValue> references, DateOnly day)
    {
        (Rules, Day, this.lines) = (rules, day, [.. lines]);
        var lastYear = references.Where(one => one.Year == day.Year - 1).ToFrozenDictionary(one => one.Series, one => one.Amount);
        resolved = [.. rules.Rules.Select(rule => (rule, rule switch
        {
            { Amount: { } amount } => amount,
            { Percent: { } percent, Reference: { } series } =>
                lastYear.TryGetValue(series, out var value) ? percent / 100 * value : (decimal?)null,
            _ => null,
        }))];
        Unresolved = [.. resolved.Where(one => one.Threshold is null && one.Rule.Measured != Measured.IncomePerHead).Select(one => one.Rule.Code)];
    }

    public RuleSet Rules { get; }

    public DateOnly Day { get; }

    /// <summary>Rules that cannot be applied, because last year's reference value has not been published.</summary>
    public IReadOnlyList<string> Unresolved { get; }

    /// <summary>The monitoring line of a village, 元 per head and year.</summary>
    public decimal? LineOf(string village) => IncomeLine.Of(village, Day, lines)?.Amount;

    /// <summary>What crosses now and did not before, and what came back.</summary>
    public ScreeningResult Judge(KnownFacts known)
    {
        if (known.Ended || (known.Facts.IsEmpty && known.Income is null && known.Raised.IsEmpty)) return ScreeningResult.Nothing;
        List<Crossing>? crossed = null;
        List<Receding>? receded = null;
        var kinds = 0u;
        foreach (ref readonly var fact in known.Facts.AsSpan()) kinds |= 1u << (int)fact.Kind;

        foreach (var (rule, threshold) in resolved)
        {
            if (rule.Signal is { } kind && (kinds & (1u << (int)kind)) == 0 && !Stands(known, rule.Code)) continue;
            if (!Concerns(rule, known)) continue;
            if (rule.Measured == Measured.IncomePerHead) Income(known, rule, threshold, ref crossed, ref receded);
            else if (threshold is { } limit && rule.Window == Window.Each) Each(known, rule, limit, ref crossed);
            else if (threshold is { } sum) Sum(known, rule, sum, ref crossed, ref receded);
        }

        return crossed is null && receded is null ? ScreeningResult.Nothing : new(crossed ?? [], receded ?? []);
    }

    static bool Concerns(ScreeningRule rule, KnownFacts known)
    {
        foreach (var group in rule.Except)
            if (known.IsIn(group)) return false;
        if (rule.Groups.Length == 0) return true;
        foreach (var group in rule.Groups)
            if (known.IsIn(group)) return true;
        return false;
    }

    static bool Stands(KnownFacts known, string rule)
    {
        foreach (ref readonly var raised in known.Raised.AsSpan())
            if (raised.Rule == rule) return true;
        return false;
    }

    static bool Crosses(Comparator comparator, decimal value, decimal threshold) => comparator switch
    {
        Comparator.AtLeast => value >= threshold,
        Comparator.Above => value > threshold,
        _ => value < threshold,
    };

    void Income(KnownFacts known, ScreeningRule rule, decimal? threshold, ref List<Crossing>? crossed, ref List<Receding>? receded)
    {
        if (known.Income is not { } income || income.On > Day || income.On <= Day.AddYears(-1)) return;
        if ((threshold ?? LineOf(known.Village)) is not { } line) return;
        Weigh(known, rule, null, income.PerHead, line, [new(income.EventId, null, income.PerHead, income.On)], ref crossed, ref receded);
    }

    void Each(KnownFacts known, ScreeningRule rule, decimal threshold, ref List<Crossing>? crossed)
    {
        foreach (ref readonly var fact in known.Facts.AsSpan())
        {
            if (fact.Kind != rule.Signal || fact.On > Day || fact.On <= Day.AddYears(-1)) continue;
            var value = rule.Measured == Measured.Count ? 1 : fact.Amount ?? 0;
            if (!Crosses(rule.Comparator, value, threshold)) continue;
            var said = false;
            foreach (ref readonly var raised in known.Raised.AsSpan()) said |= raised.Rule == rule.Code && raised.EventId == fact.EventId;
            if (!said)
                (crossed ??= []).Add(new(rule, fact.PersonId, value, threshold, [new(fact.EventId, fact.Kind, fact.Amount, fact.On)]));
        }
    }

    void Sum(KnownFacts known, ScreeningRule rule, decimal threshold, ref List<Crossing>? crossed, ref List<Receding>? receded)
    {
        var persons = new HashSet<Guid?>();
        foreach (ref readonly var fact in known.Facts.AsSpan())
            if (fact.Kind == rule.Signal) persons.Add(rule.Scope == Scope.Person ? fact.PersonId : null);
        foreach (ref readonly var raised in known.Raised.AsSpan())
            if (raised.Rule == rule.Code) persons.Add(raised.PersonId);
        foreach (var person in persons)
        {
            var (value, inputs) = (0m, new List<RiskInput>());
            foreach (ref readonly var fact in known.Facts.AsSpan())
            {
                if (fact.Kind != rule.Signal || !Within(rule.Window, fact.On)) continue;
                if (rule.Scope == Scope.Person && fact.PersonId != person) continue;
                value += rule.Measured == Measured.Count ? 1 : (fact.Amount ?? 0) - Before(known, fact);
                inputs.Add(new(fact.EventId, fact.Kind, fact.Amount, fact.On));
            }

            Weigh(known, rule, person, value, threshold, inputs, ref crossed, ref receded);
        }
    }

    /// <summary>What a running sum had come to when it was last reported.</summary>
    static decimal Before(KnownFacts known, Fact sum)
    {
        if (sum.Since is null) return 0;
        var (latest, amount) = (DateOnly.MinValue, 0m);
        foreach (ref readonly var fact in known.Facts.AsSpan())
        {
            if (fact.On >= sum.On || fact.On < latest || fact.Since != sum.Since || fact.Kind != sum.Kind || fact.PersonId != sum.PersonId ||
                fact.Department != sum.Department) continue;
            (latest, amount) = (fact.On, fact.Amount ?? 0);
        }

        return amount;
    }

    bool Within(Window window, DateOnly on) => on <= Day && window switch
    {
        Window.CalendarMonth => on.Year == Day.Year && on.Month == Day.Month,
        Window.YearToDate => on.Year == Day.Year,
        _ => on > Day.AddYears(-1),
    };

    void Weigh(
        KnownFacts known, ScreeningRule rule, Guid? person, decimal value, decimal threshold, IReadOnlyList<RiskInput> inputs,
        ref List<Crossing>? crossed, ref List<Receding>? receded)
    {
        var stands = false;
        foreach (ref readonly var raised in known.Raised.AsSpan()) stands |= raised.Rule == rule.Code && raised.PersonId == person;
        if (!stands)
        {
            if (Crosses(rule.Comparator, value, threshold)) (crossed ??= []).Add(new(rule, person, value, threshold, [.. inputs]));
            return;
        }

        var release = rule.Comparator == Comparator.Below ? threshold * 100 / Rules.ReleasePercent : threshold * Rules.ReleasePercent / 100;
        if (!Crosses(rule.Comparator, value, release)) (receded ??= []).Add(new(rule, person, value, release));
    }
}
