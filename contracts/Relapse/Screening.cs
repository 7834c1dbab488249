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

/// <summary>The income that a survey found.</summary>
/// <param name="EventId">The survey.</param>
/// <param name="PerHead">元 per head and year.</param>
/// <param name="On">The day of the survey.</param>
public readonly record struct KnownIncome(Guid EventId, decimal PerHead, DateOnly On);

/// <summary>A threshold that a household has crossed and not come back from.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="PersonId">The member.</param>
/// <param name="EventId">The last fact that it rested on.</param>
/// <param name="On">The day that fact is about.</param>
public readonly record struct Raised(string Rule, Guid? PersonId, Guid EventId, DateOnly On);

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

    /// <summary>The incomes that surveys asked for, one a day, in order of their days.</summary>
    public ImmutableArray<KnownIncome> Incomes { get; init; } = [];

    /// <summary>The income of the latest survey that asked for it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public KnownIncome? Income => Incomes is [.., var last] ? last : null;

    /// <summary>The day of the latest survey, whose assistance holds.</summary>
    public DateOnly SurveyedOn { get; init; }

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
        // A survey that replaces another of its day takes that one's income with it.
        var incomes = Incomes.RemoveAll(one => one.On == e.On);
        if (e.Income is { } asked)
            incomes = incomes.Insert(incomes.Count(one => one.On < e.On), new KnownIncome(id, asked.PerHead(e.Members), e.On));
        var isLatest = e.On >= SurveyedOn;
        return this with
        {
            Facts = facts, Incomes = incomes, Assistance = isLatest ? e.Assistance : Assistance, SurveyedOn = isLatest ? e.On : SurveyedOn,
            // What a corrected survey still finds missing is what was found before.
            Raised = [.. Raised.Select(one => replaced.Contains(one.EventId) ? one with { EventId = id } : one)],
        };
    }

    KnownFacts Risen(string rule, Guid? person, RiskInput[] inputs) => this with
    {
        Raised = Raised.Add(inputs is [.., var last] ? new(rule, person, last.EventId, last.On) : new(rule, person, Guid.Empty, default)),
    };
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
    readonly (ScreeningRule Rule, Span[] Spans)[] resolved;
    readonly IncomeLine[] lines;

    /// <summary>Fills in what the thresholds of a day refer to.</summary>
    /// <param name="rules">The version in effect.</param>
    /// <param name="lines">All monitoring lines that were published.</param>
    /// <param name="references">All reference values that were published, the one in force of each year.</param>
    /// <param name="day">The day.</param>
    public Thresholds(RuleSet rules, IEnumerable<IncomeLine> lines, IEnumerable<ReferenceValue> references, DateOnly day)
    {
        (Rules, Day, this.lines) = (rules, day, [.. lines]);
        var values = references.ToFrozenDictionary(one => (one.Series, one.Year), one => one.Amount);
        resolved = [.. rules.Rules.Select(rule => (rule, SpansOf(rule.Window, day, rules.LateMonths)
            .Select(span => new Span(span.First, span.Last, Threshold(rule, span.Last.Year - 1))).ToArray()))];
        Unresolved = [.. resolved.Where(one => one.Rule.Measured != Measured.IncomePerHead && one.Spans[0].Threshold is null).Select(one => one.Rule.Code)];

        decimal? Threshold(ScreeningRule rule, int year) => rule switch
        {
            { Amount: { } amount } => amount,
            { Percent: { } percent, Reference: { } series } => values.TryGetValue((series, year), out var value) ? percent / 100 * value : null,
            _ => null,
        };
    }

    /// <summary>Days that count together, and what their sum is compared with.</summary>
    readonly record struct Span(DateOnly First, DateOnly Last, decimal? Threshold);

    public RuleSet Rules { get; }

    public DateOnly Day { get; }

    /// <summary>Rules that cannot be applied, because last year's reference value has not been published.</summary>
    public IReadOnlyList<string> Unresolved { get; }

    /// <summary>The monitoring line of a village, 元 per head and year.</summary>
    public decimal? LineOf(string village) => IncomeLine.Of(village, Day, lines)?.Amount;

    /// <summary>What crosses now and did not before, and what came back.</summary>
    public ScreeningResult Judge(KnownFacts known)
    {
        if (known.Ended || (known.Facts.IsEmpty && known.Incomes.IsEmpty && known.Raised.IsEmpty)) return ScreeningResult.Nothing;
        List<Crossing>? crossed = null;
        List<Receding>? receded = null;
        var kinds = 0u;
        foreach (ref readonly var fact in known.Facts.AsSpan()) kinds |= 1u << (int)fact.Kind;

        foreach (var (rule, spans) in resolved)
        {
            if (rule.Signal is { } kind && (kinds & (1u << (int)kind)) == 0 && !Stands(known, rule.Code)) continue;
            if (!Concerns(rule, known)) continue;
            if (rule.Measured == Measured.IncomePerHead) Income(known, rule, spans[0], ref crossed, ref receded);
            else if (rule.Window == Window.Each) Each(known, rule, spans[0], ref crossed);
            else Sum(known, rule, spans, ref crossed, ref receded);
        }

        return crossed is null && receded is null ? ScreeningResult.Nothing : new(crossed ?? [], receded ?? []);
    }

    // The period of the day, then those before it that are still being reported.
    static IEnumerable<(DateOnly First, DateOnly Last)> SpansOf(Window window, DateOnly day, int lateMonths)
    {
        var (month, months) = window switch
        {
            Window.CalendarMonth => (day.Month, 1),
            Window.YearToDate => (1, 12),
            _ => (0, 0),
        };
        if (months == 0)
        {
            yield return (day.AddYears(-1).AddDays(1), day);
            yield break;
        }

        var (first, last) = (new DateOnly(day.Year, month, 1), day);
        while (last.Year * 12 + last.Month + lateMonths >= day.Year * 12 + day.Month)
        {
            yield return (first, last);
            (first, last) = (first.AddMonths(-months), first.AddDays(-1));
        }
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

    static bool Stands(KnownFacts known, string rule, Guid? person, DateOnly since = default)
    {
        foreach (ref readonly var raised in known.Raised.AsSpan())
            if (raised.Rule == rule && raised.PersonId == person && raised.On >= since) return true;
        return false;
    }

    static bool Crosses(Comparator comparator, decimal value, decimal threshold) => comparator switch
    {
        Comparator.AtLeast => value >= threshold,
        Comparator.Above => value > threshold,
        _ => value < threshold,
    };

    decimal Release(Comparator comparator, decimal threshold) =>
        comparator == Comparator.Below ? threshold * 100 / Rules.ReleasePercent : threshold * Rules.ReleasePercent / 100;

    void Income(KnownFacts known, ScreeningRule rule, Span year, ref List<Crossing>? crossed, ref List<Receding>? receded)
    {
        if (known.Income is not { } income || income.On > year.Last || income.On < year.First) return;
        if ((year.Threshold ?? LineOf(known.Village)) is not { } line) return;
        if (!Stands(known, rule.Code, null))
        {
            if (Crosses(rule.Comparator, income.PerHead, line))
                (crossed ??= []).Add(new(rule, null, income.PerHead, line, [new(income.EventId, null, income.PerHead, income.On)]));
        }
        else if (Release(rule.Comparator, line) is var release && !Crosses(rule.Comparator, income.PerHead, release))
        {
            (receded ??= []).Add(new(rule, null, income.PerHead, release));
        }
    }

    static void Each(KnownFacts known, ScreeningRule rule, Span year, ref List<Crossing>? crossed)
    {
        if (year.Threshold is not { } threshold) return;
        foreach (ref readonly var fact in known.Facts.AsSpan())
        {
            if (fact.Kind != rule.Signal || fact.On > year.Last || fact.On < year.First) continue;
            var value = rule.Measured == Measured.Count ? 1 : fact.Amount ?? 0;
            if (!Crosses(rule.Comparator, value, threshold)) continue;
            var said = false;
            foreach (ref readonly var raised in known.Raised.AsSpan()) said |= raised.Rule == rule.Code && raised.EventId == fact.EventId;
            if (!said)
                (crossed ??= []).Add(new(rule, fact.PersonId, value, threshold, [new(fact.EventId, fact.Kind, fact.Amount, fact.On)]));
        }
    }

    void Sum(KnownFacts known, ScreeningRule rule, Span[] spans, ref List<Crossing>? crossed, ref List<Receding>? receded)
    {
        var facts = known.Facts.AsSpan();
        var stands = Stands(known, rule.Code);
        if (!stands && !MayCross(facts, rule, spans)) return;
        for (var at = 0; at < facts.Length; at++)
        {
            if (facts[at].Kind != rule.Signal) continue;
            var person = rule.Scope == Scope.Person ? facts[at].PersonId : null;
            if (!Concerns(facts[..at], rule, person)) Weigh(known, rule, spans, person, ref crossed, ref receded);
        }

        // Also of whom nothing is on record any more.
        if (!stands) return;
        var raised = known.Raised.AsSpan();
        for (var at = 0; at < raised.Length; at++)
        {
            if (raised[at].Rule != rule.Code || Concerns(facts, rule, raised[at].PersonId)) continue;
            var before = false;
            foreach (ref readonly var one in raised[..at]) before |= one.Rule == rule.Code && one.PersonId == raised[at].PersonId;
            if (!before) Weigh(known, rule, spans, raised[at].PersonId, ref crossed, ref receded);
        }
    }

    // Most households are far below: running sums added up as if they were payments come to no less than what was paid.
    static bool MayCross(ReadOnlySpan<Fact> facts, ScreeningRule rule, Span[] spans)
    {
        if (rule.Comparator == Comparator.Below) return true;
        var (most, least) = (0m, decimal.MaxValue);
        foreach (ref readonly var fact in facts)
            if (fact.Kind == rule.Signal) most += rule.Measured == Measured.Count ? 1 : fact.Amount ?? 0;
        foreach (ref readonly var span in spans.AsSpan())
            if (span.Threshold is { } threshold && threshold < least) least = threshold;
        return Crosses(rule.Comparator, most, least);
    }

    // Whether one of these is counted for a person.
    static bool Concerns(ReadOnlySpan<Fact> facts, ScreeningRule rule, Guid? person)
    {
        foreach (ref readonly var fact in facts)
            if (fact.Kind == rule.Signal && (rule.Scope != Scope.Person || fact.PersonId == person)) return true;
        return false;
    }

    void Weigh(
        KnownFacts known, ScreeningRule rule, Span[] spans, Guid? person, ref List<Crossing>? crossed, ref List<Receding>? receded)
    {
        var (isAbove, last) = (false, default((decimal Value, decimal Release)?));
        foreach (ref readonly var span in spans.AsSpan())
        {
            if (span.Threshold is not { } threshold) continue;
            var value = Sum(known, rule, person, span, null);
            // A year's sum begins at nothing: what stood above in the year before is a new burden in this one.
            var since = rule.Window == Window.YearToDate ? span.First : default;
            if (Crosses(rule.Comparator, value, threshold) && !Stands(known, rule.Code, person, since))
            {
                var inputs = new List<RiskInput>();
                Sum(known, rule, person, span, inputs);
                (crossed ??= []).Add(new(rule, person, value, threshold, [.. inputs]));
                return;
            }

            var release = Release(rule.Comparator, threshold);
            isAbove |= Crosses(rule.Comparator, value, release);
            last ??= (value, release);
        }

        if (!isAbove && last is { } now && Stands(known, rule.Code, person)) (receded ??= []).Add(new(rule, person, now.Value, now.Release));
    }

    static decimal Sum(KnownFacts known, ScreeningRule rule, Guid? person, in Span span, List<RiskInput>? inputs)
    {
        var value = 0m;
        foreach (ref readonly var fact in known.Facts.AsSpan())
        {
            if (fact.Kind != rule.Signal || fact.On < span.First || fact.On > span.Last) continue;
            if (rule.Scope == Scope.Person && fact.PersonId != person) continue;
            value += rule.Measured == Measured.Count ? 1 : (fact.Amount ?? 0) - Before(known, fact);
            inputs?.Add(new(fact.EventId, fact.Kind, fact.Amount, fact.On));
        }

        return value;
    }

    /// <summary>What a running sum had come to when it was last reported.</summary>
    static decimal Before(KnownFacts known, in Fact sum)
    {
        if (sum.Since is null) return 0;
        var (latest, amount) = (DateOnly.MinValue, 0m);
        foreach (ref readonly var fact in known.Facts.AsSpan())
        {
            if (fact.Kind != sum.Kind || fact.On >= sum.On || fact.On < latest || fact.Since != sum.Since || fact.PersonId != sum.PersonId ||
                fact.Department != sum.Department) continue;
            (latest, amount) = (fact.On, fact.Amount ?? 0);
        }

        return amount;
    }
}
