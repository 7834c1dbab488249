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
/// <param name="Order">The how many-th thing it was that was said of the household, or last changed.</param>
public readonly record struct Fact(
    Guid EventId, SignalKind Kind, string Department, string Reference, Guid? PersonId, DateOnly? Since, DateOnly On, decimal? Amount, int Order = 0);

/// <summary>The income that a survey found.</summary>
/// <param name="EventId">The survey.</param>
/// <param name="PerHead">元 per head and year.</param>
/// <param name="On">The day of the survey.</param>
/// <param name="To">The last day of its twelve months; null where a follow-up asked for no more than the sum.</param>
/// <param name="Order">The how many-th thing it was that was said of the household.</param>
public readonly record struct KnownIncome(Guid EventId, decimal PerHead, DateOnly On, DateOnly? To = null, int Order = 0);

/// <summary>A threshold that a household has crossed and not come back from.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="PersonId">The member.</param>
/// <param name="EventId">The last fact that it rested on.</param>
/// <param name="On">The day that fact is about.</param>
/// <param name="Value">What was told, 元 or a number; what is worse by the step is told again.</param>
public readonly record struct Raised(string Rule, Guid? PersonId, Guid EventId, DateOnly On, decimal? Value = null);

/// <summary>
/// What thresholds need to know of one household, folded from its events and nothing else: the same for the signal that arrives, for
/// the whole county at night, and for rules that are tried on history.
/// </summary>
public sealed record KnownFacts
{
    /// <summary>Where a fact comes from that a visit brought.</summary>
    public const string BySurvey = "入户排查";

    /// <summary>Where a fact comes from that the visit of a month brought.</summary>
    public const string ByFollowUp = "走访跟踪";

    /// <summary>12-digit village code; empty while the household is unknown.</summary>
    public string Village { get; init; } = "";

    public HouseholdCategory Category { get; init; }

    public Assistance Assistance { get; init; }

    /// <summary>Is a 监测对象 now.</summary>
    public bool Monitored { get; init; }

    /// <summary>Is no household any more.</summary>
    public bool Ended { get; init; }

    /// <summary>How many things have been said of it: what comes after a step has a higher number than there was then.</summary>
    public int Count { get; init; }

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
        HouseholdRestored => this with { Ended = false },
        SignalReported e => this with
        {
            Count = Count + 1,
            Facts = Facts.Add(new(id, e.Kind, e.Department, e.Reference, e.PersonId, e.Since, e.On, e.Amount?.Units, Count + 1)),
        },
        SignalRevised e => (this with { Count = Count + 1 }).Replaced(
            new(id, e.Kind, e.Department, e.Reference, e.PersonId, e.Since, e.On, e.Amount?.Units, Count + 1)),
        SignalWithdrawn e => this with { Facts = Facts.RemoveAll(fact => fact.Department == e.Department && fact.Reference == e.Reference) },
        HouseholdSurveyed e => Found(id, e.On, BySurvey, e.Guarantees, e.Income is { } asked ? new KnownIncome(id, asked.PerHead(e.Members), e.On, asked.To, Count + 1) : null)
            .Assisted(e.Assistance, e.On),
        FollowedUp e => Found(id, e.On, ByFollowUp, e.Guarantees, new KnownIncome(id, e.IncomePerHead, e.On, null, Count + 1)),
        CountyDecided { Chain: Chain.Inclusion, Approved: true } => this with { Monitored = true },
        RiskEliminated => this with { Monitored = false },
        RiskDetected { Rule: { } rule } e => Risen(rule, e.PersonId, e.Inputs, e.Value),
        RiskRecurred { Rule: { } rule } e => Risen(rule, e.PersonId, e.Inputs, e.Value),
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

    KnownFacts Assisted(Assistance assistance, DateOnly on) =>
        on >= SurveyedOn ? this with { Assistance = assistance, SurveyedOn = on } : this;

    /// <summary>What somebody found who was there: a visit that replaces another of its day takes with it what that one had found.</summary>
    KnownFacts Found(Guid id, DateOnly on, string by, Guarantees guarantees, KnownIncome? income)
    {
        Fact Missing(SignalKind kind) => new(id, kind, by, $"{on:yyyy-MM-dd}/{kind}", null, null, on, null, Count + 1);
        // Of a follow-up there is one a month.
        var replaced = Facts.Where(fact => fact.Department == by &&
            (fact.On == on || by == ByFollowUp && (fact.On.Year, fact.On.Month) == (on.Year, on.Month))).Select(fact => fact.EventId).ToHashSet();
        var facts = Facts.RemoveAll(fact => replaced.Contains(fact.EventId));
        if (!guarantees.Schooling) facts = facts.Add(Missing(SignalKind.SchoolDropout));
        if (guarantees.Housing is HousingGrade.C or HousingGrade.D) facts = facts.Add(Missing(SignalKind.UnsafeHousing));
        if (!guarantees.Water) facts = facts.Add(Missing(SignalKind.WaterShortage));
        var incomes = Incomes.RemoveAll(one => one.On == on);
        if (income is { } asked) incomes = incomes.Insert(incomes.Count(one => one.On < on), asked);
        return this with
        {
            Count = Count + 1, Facts = facts, Incomes = incomes,
            // What a corrected visit still finds missing is what was found before.
            Raised = [.. Raised.Select(one => replaced.Contains(one.EventId) ? one with { EventId = id } : one)],
        };
    }

    KnownFacts Risen(string rule, Guid? person, RiskInput[] inputs, decimal? value) => this with
    {
        Raised = Raised.Add(inputs is [.., var last] ? new(rule, person, last.EventId, last.On, value) : new(rule, person, Guid.Empty, default, value)),
    };
}

/// <summary>A value that crossed its threshold.</summary>
/// <param name="Rule">The threshold.</param>
/// <param name="PersonId">The member.</param>
/// <param name="Value">What is measured.</param>
/// <param name="Threshold">What it is compared with.</param>
/// <param name="Inputs">The facts behind it.</param>
/// <param name="IsGrown">True where it was told before and has grown by the step since.</param>
/// <param name="IsNewMonth">True where it was told of an earlier month and has gone on since.</param>
/// <param name="Latest">The highest <see cref="Fact.Order"/> of the facts behind it.</param>
public sealed record Crossing(
    ScreeningRule Rule, Guid? PersonId, decimal Value, decimal Threshold, RiskInput[] Inputs, bool IsGrown = false, bool IsNewMonth = false,
    int Latest = 0);

/// <summary>A value that came back.</summary>
public sealed record Receding(ScreeningRule Rule, Guid? PersonId, decimal Value, decimal Release);

/// <summary>What a day's thresholds say of one household.</summary>
/// <param name="Crossed">What crosses and has not been told, or has grown by the step since it was told.</param>
/// <param name="Receded">What came back.</param>
/// <param name="Worse">
/// What stands as it was told, and has become worse by less than the step or goes on in a month that had not begun then: news for whoever has
/// dealt with it since.
/// </param>
public sealed record ScreeningResult(IReadOnlyList<Crossing> Crossed, IReadOnlyList<Receding> Receded, IReadOnlyList<Crossing> Worse)
{
    /// <summary>Nothing new.</summary>
    public static readonly ScreeningResult Nothing = new([], [], []);

    public bool IsNothing => Crossed.Count + Receded.Count + Worse.Count == 0;
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
        var found = new Findings();
        var kinds = 0u;
        foreach (ref readonly var fact in known.Facts.AsSpan()) kinds |= 1u << (int)fact.Kind;

        foreach (var (rule, spans) in resolved)
        {
            if (rule.Signal is { } kind && (kinds & (1u << (int)kind)) == 0 && !Stands(known, rule.Code)) continue;
            if (!Concerns(rule, known)) continue;
            if (rule.Measured == Measured.IncomePerHead) Income(known, rule, spans[0], ref found);
            else if (rule.Window == Window.Each) Each(known, rule, spans[0], ref found);
            else Sum(known, rule, spans, ref found);
        }

        return found is { Crossed: null, Receded: null, Worse: null }
            ? ScreeningResult.Nothing
            : new(found.Crossed ?? [], found.Receded ?? [], found.Worse ?? []);
    }

    struct Findings
    {
        public List<Crossing>? Crossed;
        public List<Receding>? Receded;
        public List<Crossing>? Worse;
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

    /// <summary>What was told last of a threshold that the household stands above; null where nothing was.</summary>
    static Raised? Standing(KnownFacts known, string rule, Guid? person, DateOnly since, DateOnly until)
    {
        var raised = known.Raised.AsSpan();
        for (var at = raised.Length - 1; at >= 0; at--)
            if (raised[at].Rule == rule && raised[at].PersonId == person && raised[at].On >= since && raised[at].On <= until) return raised[at];
        return null;
    }

    static bool IsWorse(Comparator comparator, decimal value, decimal told) => comparator == Comparator.Below ? value < told : value > told;

    /// <summary>True where a value has come to the step from what was told: twice as much, or for an income half of it.</summary>
    bool HasGrown(Comparator comparator, decimal value, decimal told)
    {
        var growth = (Rules.GrowthPercent ?? 200) / 100;
        return IsWorse(comparator, value, told) &&
            (comparator != Comparator.Below ? value >= told * growth : told > 0 ? value <= told / growth : value <= told * growth);
    }

    static bool Crosses(Comparator comparator, decimal value, decimal threshold) => comparator switch
    {
        Comparator.AtLeast => value >= threshold,
        Comparator.Above => value > threshold,
        _ => value < threshold,
    };

    decimal Release(Comparator comparator, decimal threshold) =>
        comparator == Comparator.Below ? threshold * 100 / Rules.ReleasePercent : threshold * Rules.ReleasePercent / 100;

    void Income(KnownFacts known, ScreeningRule rule, Span year, ref Findings found)
    {
        if (known.Income is not { } income || income.On > year.Last || income.On < year.First) return;
        if ((year.Threshold ?? LineOf(known.Village)) is not { } line) return;
        var crosses = Crosses(rule.Comparator, income.PerHead, line);
        if (Standing(known, rule.Code, null, default, DateOnly.MaxValue) is not { } told)
        {
            if (crosses) Add(ref found.Crossed, new(rule, null, income.PerHead, line, Inputs()));
        }
        else if (crosses && told.Value is { } value && IsWorse(rule.Comparator, income.PerHead, value))
        {
            var grown = HasGrown(rule.Comparator, income.PerHead, value);
            Add(ref (grown ? ref found.Crossed : ref found.Worse), new(rule, null, income.PerHead, line, Inputs(), grown, Latest: income.Order));
        }
        else if (Release(rule.Comparator, line) is var release && !Crosses(rule.Comparator, income.PerHead, release))
        {
            (found.Receded ??= []).Add(new(rule, null, income.PerHead, release));
        }

        RiskInput[] Inputs() => [new(income.EventId, null, income.PerHead, income.On)];
    }

    static void Add(ref List<Crossing>? list, Crossing one) => (list ??= []).Add(one);

    static void Each(KnownFacts known, ScreeningRule rule, Span year, ref Findings found)
    {
        if (year.Threshold is not { } threshold) return;
        foreach (ref readonly var fact in known.Facts.AsSpan())
        {
            if (fact.Kind != rule.Signal || fact.On > year.Last || fact.On < year.First) continue;
            var value = rule.Measured == Measured.Count ? 1 : fact.Amount ?? 0;
            if (!Crosses(rule.Comparator, value, threshold)) continue;
            var said = false;
            foreach (ref readonly var raised in known.Raised.AsSpan()) said |= raised.Rule == rule.Code && raised.EventId == fact.EventId;
            if (!said) Add(ref found.Crossed, new(rule, fact.PersonId, value, threshold, [new(fact.EventId, fact.Kind, fact.Amount, fact.On)]));
        }
    }

    void Sum(KnownFacts known, ScreeningRule rule, Span[] spans, ref Findings found)
    {
        var facts = known.Facts.AsSpan();
        var stands = Stands(known, rule.Code);
        if (!stands && !MayCross(facts, rule, spans)) return;
        for (var at = 0; at < facts.Length; at++)
        {
            if (facts[at].Kind != rule.Signal) continue;
            var person = rule.Scope == Scope.Person ? facts[at].PersonId : null;
            if (!Concerns(facts[..at], rule, person)) Weigh(known, rule, spans, person, ref found);
        }

        // Also of whom nothing is on record any more.
        if (!stands) return;
        var raised = known.Raised.AsSpan();
        for (var at = 0; at < raised.Length; at++)
        {
            if (raised[at].Rule != rule.Code || Concerns(facts, rule, raised[at].PersonId)) continue;
            var before = false;
            foreach (ref readonly var one in raised[..at]) before |= one.Rule == rule.Code && one.PersonId == raised[at].PersonId;
            if (!before) Weigh(known, rule, spans, raised[at].PersonId, ref found);
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

    void Weigh(KnownFacts known, ScreeningRule rule, Span[] spans, Guid? person, ref Findings found)
    {
        var (isAbove, last) = (false, default((decimal Value, decimal Release)?));
        foreach (ref readonly var span in spans.AsSpan())
        {
            if (span.Threshold is not { } threshold) continue;
            var value = Sum(known, rule, person, span, null);
            // A year's sum begins at nothing: what stood above in the year before is a new burden in this one.
            var isPeriod = rule.Window is Window.YearToDate or Window.CalendarMonth;
            if (Crosses(rule.Comparator, value, threshold))
            {
                var stands = Standing(known, rule.Code, person, rule.Window == Window.YearToDate ? span.First : default, DateOnly.MaxValue) is not null;
                // What was told of another month says nothing of how bad this one is.
                var told = Standing(known, rule.Code, person, isPeriod ? span.First : default, span.Last)?.Value;
                var grown = told is { } before && HasGrown(rule.Comparator, value, before);
                if (grown || !stands)
                {
                    Add(ref found.Crossed, new(rule, person, value, threshold, Inputs(known, rule, person, span), grown));
                    return;
                }

                var isNewMonth = told is null && rule.Window == Window.CalendarMonth;
                if (isNewMonth || told is { } said && IsWorse(rule.Comparator, value, said))
                {
                    Add(ref found.Worse, new(
                        rule, person, value, threshold, Inputs(known, rule, person, span), IsNewMonth: isNewMonth, Latest: Latest(known, rule, person, span)));
                    return;
                }
            }

            var release = Release(rule.Comparator, threshold);
            isAbove |= Crosses(rule.Comparator, value, release);
            last ??= (value, release);
        }

        if (!isAbove && last is { } now && Standing(known, rule.Code, person, default, DateOnly.MaxValue) is not null)
            (found.Receded ??= []).Add(new(rule, person, now.Value, now.Release));
    }

    static int Latest(KnownFacts known, ScreeningRule rule, Guid? person, in Span span)
    {
        var latest = 0;
        foreach (ref readonly var fact in known.Facts.AsSpan())
            if (fact.Kind == rule.Signal && fact.On >= span.First && fact.On <= span.Last && (rule.Scope != Scope.Person || fact.PersonId == person))
                latest = Math.Max(latest, fact.Order);
        return latest;
    }

    static RiskInput[] Inputs(KnownFacts known, ScreeningRule rule, Guid? person, in Span span)
    {
        var inputs = new List<RiskInput>();
        Sum(known, rule, person, span, inputs);
        return [.. inputs];
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
