using System.Collections.Immutable;
using JasperFx.Events;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Evaluation;

/// <summary>What the ledger knows of one indicator; the scoreboard (指标完成情况表) is read from it.</summary>
public sealed record IndicatorStanding
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>Ledger position of its first event; gives the order of the plan.</summary>
    public long FirstPosition { get; init; }

    /// <summary>All that a verdict can depend on.</summary>
    public IndicatorHistory History { get; init; } = new();

    /// <summary>Where the ledger has the value in force of each period from.</summary>
    public ImmutableSortedDictionary<string, ValueSource> Sources { get; init; } = ImmutableSortedDictionary<string, ValueSource>.Empty;
}

/// <summary>Where a value in force comes from.</summary>
/// <param name="RecordedAt">When the source recorded it, UTC.</param>
/// <param name="Position">Ledger position.</param>
public sealed record ValueSource(DateTimeOffset RecordedAt, long Position);

/// <summary>Builds <see cref="IndicatorStanding"/> from the ledger.</summary>
public static class IndicatorStandings
{
    /// <summary>Its name in the kept history.</summary>
    internal const string View = "indicators";

    /// <summary>What it is made of.</summary>
    internal static readonly Type[] Types =
    [
        typeof(IndicatorDefined), typeof(AttributeSet), typeof(DutyAssigned), typeof(TargetSet), typeof(TargetAdjusted), typeof(TargetHandedDown),
        typeof(TargetAttested), typeof(ValueReported), typeof(ValueRevised), typeof(VintageAdded), typeof(ValueWithdrawn), typeof(ValueConfirmed),
        typeof(ValueVerified),
    ];

    public static IndicatorStanding Evolve(IndicatorStanding? snapshot, string id, IEvent e)
    {
        var standing = snapshot ?? new IndicatorStanding { Id = id, FirstPosition = e.Sequence };
        var period = e.Data switch
        {
            ValueReported reported => reported.Period,
            ValueRevised revised => revised.Period,
            _ => null,
        };
        return standing with
        {
            History = standing.History.Evolve(e.Data),
            Sources = period is null ? standing.Sources : standing.Sources.SetItem(period, new(e.Timestamp, e.Sequence)),
        };
    }
}

/// <summary>The county's verdict rules, all versions, as the ledger knows them.</summary>
public sealed record VerdictRuleStanding
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<VerdictRules> Published { get; init; } = [];
}

/// <summary>Builds <see cref="VerdictRuleStanding"/> from the ledger.</summary>
public static class VerdictRuleStandings
{
    /// <summary>Its name in the kept history.</summary>
    internal const string View = "verdict-rules";

    public static VerdictRuleStanding? Evolve(VerdictRuleStanding? snapshot, string id, IEvent e) =>
        e.Data is VerdictRulesPublished published
            ? (snapshot ?? new VerdictRuleStanding { Id = id }) with { Published = (snapshot?.Published ?? []).Add(published.Rules) }
            : snapshot;
}
