using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Monitoring.Contracts.Indicators;

/// <summary>Which base a judgement uses when statistics have revised the base year.</summary>
public enum BaseChoice
{
    /// <summary>原基期: the base as the plan prints it.</summary>
    [Called("原基期")]
    Original,

    /// <summary>修订基期: the value now in force for the base year; the printed one where none has been reported.</summary>
    [Called("修订基期")]
    Revised,
}

/// <summary>A target and since when it holds.</summary>
/// <param name="Target">The target.</param>
/// <param name="From">Evaluations about this day or a later one use it.</param>
/// <param name="Decision">Number of the decision that changed it; null for the plan's own.</param>
public sealed record TargetVersion(TargetSet Target, DateOnly From, string? Decision);

/// <summary>
/// What has happened to one indicator as far as a verdict can depend on it, folded from its events. The service that owns
/// the indicator and the one that evaluates the plan fold alike, or their verdicts would differ.
/// </summary>
public sealed record IndicatorHistory
{
    /// <summary>The definition in force; null while nobody has defined it.</summary>
    public IndicatorDefined? Definition { get; init; }

    /// <summary>约束性, 预期性 or 未注明: as set by an evaluator, else as the plan prints it.</summary>
    public Nature Attribute { get; init; }

    /// <summary>True once an evaluator has set the attribute.</summary>
    public bool AttributeIsSet { get; init; }

    public DutyAssigned? Duty { get; init; }

    /// <summary>All versions of the targets by the year they are due, in the order they were decided.</summary>
    public ImmutableSortedDictionary<int, ImmutableList<TargetVersion>> Targets { get; init; } =
        ImmutableSortedDictionary<int, ImmutableList<TargetVersion>>.Empty;

    /// <summary>All vintages by period.</summary>
    public ImmutableSortedDictionary<string, ImmutableList<Vintage>> Values { get; init; } = Vintages.None;

    /// <summary>Numbers handed down, in the order they came; the last of a year is in force.</summary>
    public ImmutableList<TargetHandedDown> HandedDown { get; init; } = [];

    /// <summary>Statements on documents, in the order they came; the last of a year is in force.</summary>
    public ImmutableList<TargetAttested> Attested { get; init; } = [];

    public IndicatorHistory Evolve(object happened) => happened switch
    {
        IndicatorDefined e => this with { Definition = e, Attribute = AttributeIsSet ? Attribute : e.Attribute },
        AttributeSet e => this with { Attribute = e.Attribute, AttributeIsSet = true },
        DutyAssigned e => this with { Duty = e },
        TargetSet e => WithTarget(new(e, DateOnly.MinValue, null)),
        TargetAdjusted e => WithTarget(new(e.Target, e.EffectiveFrom, e.Decision)),
        TargetHandedDown e => this with { HandedDown = HandedDown.Add(e) },
        TargetAttested e => this with { Attested = Attested.Add(e) },
        _ => Values.Evolve(happened) is var values && ReferenceEquals(values, Values) ? this : this with { Values = values },
    };

    /// <summary>The target due in a year that holds for evaluations about a day: the last decided of those in effect.</summary>
    public TargetSet? TargetOn(int year, DateOnly day) =>
        Targets.GetValueOrDefault(year, []).FindLast(version => version.From <= day)?.Target;

    /// <summary>The year of the plan's own target, not of its outlook: the earliest; null where there is none.</summary>
    [JsonIgnore]
    public int? TargetYear => Targets.IsEmpty ? null : Targets.Keys.First();

    /// <summary>The value in force for a period.</summary>
    public Vintage? InForce(string period) => Values.GetValueOrDefault(period, []).InForce();

    /// <summary>All values in force.</summary>
    [JsonIgnore]
    public IReadOnlyList<Observation> Observations =>
    [
        .. Values.Select(period => (period.Key, Vintage: period.Value.InForce())).Where(period => period.Vintage is not null)
            .Select(period => new Observation(Period.Parse(period.Key), period.Vintage!.Value!.Value, period.Vintage.Status, period.Vintage.Verified)),
    ];

    /// <summary>The base that a choice stands for.</summary>
    public Baseline? Base(BaseChoice choice) => Definition?.Baseline is not { } printed ? null
        : choice == BaseChoice.Revised && InForce($"{printed.Year}") is { Value: { } revised } ? printed with { Value = revised }
        : printed;

    /// <summary>What a verdict about a day rests on.</summary>
    /// <param name="on">The day, Asia/Shanghai.</param>
    /// <param name="choice">Which base.</param>
    /// <param name="path">Another path than the target's own, to compare; null for its own.</param>
    /// <param name="reference">Values in force of the indicator that the target compares with.</param>
    public Evidence EvidenceOn(
        DateOnly on, BaseChoice choice = BaseChoice.Original, PathMethod? path = null, IReadOnlyList<Observation>? reference = null)
    {
        var target = TargetYear is { } year ? TargetOn(year, on) : null;
        return new Evidence
        {
            Target = path is null ? target : target is null ? null : target with { Path = path },
            Direction = Definition?.Direction ?? default,
            PeriodType = Definition?.PeriodType,
            Decimals = Definition?.Decimals,
            Base = Base(choice),
            Values = Observations,
            Reference = reference ?? [],
            HandedDown = [.. HandedDown.GroupBy(one => one.Year).Select(one => one.Last())],
            Attested = [.. Attested.GroupBy(one => one.Year).Select(one => one.Last())],
            On = on,
        };
    }

    IndicatorHistory WithTarget(TargetVersion version) => this with
    {
        Targets = Targets.SetItem(version.Target.Year, Targets.GetValueOrDefault(version.Target.Year, []).Add(version)),
    };
}
