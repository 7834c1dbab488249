using System.Text.Json.Serialization;

namespace Monitoring.Contracts.Indicators;

/// <summary>How figures hang together (审核关系的种类).</summary>
public enum RelationKind
{
    /// <summary>分项合计: the indicator is the sum of its parts in the same period.</summary>
    [Called("分项合计")]
    SumOfParts,

    /// <summary>本月与本年累计: the indicator is the sum of the months of its one part since January, or within its own period where it is itself the part.</summary>
    [Called("本年累计", "累计")]
    YearToDate,

    /// <summary>比重: the indicator is its one part, divided by the whole, times a factor.</summary>
    [Called("比重", "占比")]
    Share,

    /// <summary>下达数分解: what was handed down to the parts for a year adds up to what was handed down for the indicator, at least or at most.</summary>
    [Called("下达数分解")]
    HandedDown,

    /// <summary>同比: the indicator is the growth, in percent, of its one part over the same period of the year before.</summary>
    [Called("同比", "同比增速")]
    SameOfLastYear,
}

/// <summary>What follows when a relation does not hold.</summary>
public enum RelationSeverity
{
    /// <summary>强制性: the row is refused.</summary>
    [Called("强制性")]
    Hard,

    /// <summary>核实性: the row is taken, and wants an explanation.</summary>
    [Called("核实性")]
    Soft,
}

/// <summary>One relation between figures (审核关系). It is judged only where all its figures are known.</summary>
/// <param name="Code">Stable code, unique in its set.</param>
/// <param name="Kind">How the figures hang together.</param>
/// <param name="Severity">What follows when they do not.</param>
/// <param name="Indicator">The figure that is reckoned from the others.</param>
/// <param name="Parts">The figures it is reckoned from; exactly one but for sums and what is handed down.</param>
/// <param name="Whole">For <c>share</c>: the figure that is the whole.</param>
/// <param name="WholeValue">For <c>share</c>: the whole where it is a number that stays, in the part's unit.</param>
/// <param name="Factor">For <c>share</c>: what the quotient is multiplied by; null for 100.</param>
/// <param name="Tolerance">How far reckoned and reported may lie apart, in the indicator's unit.</param>
/// <param name="Source">Where it is said.</param>
public sealed record Relation(
    string Code, RelationKind Kind, RelationSeverity Severity, string Indicator, string[] Parts, string? Whole, decimal? WholeValue,
    decimal? Factor, decimal Tolerance, string Source)
{
    /// <summary>Every indicator that it takes figures from, the reckoned one first.</summary>
    [JsonIgnore]
    public IEnumerable<string> Operands => [Indicator, .. Parts, .. Whole is null ? [] : new[] { Whole }];
}

/// <summary>All relations that hold from a day on, under a version that never changes.</summary>
/// <param name="Version">Stable code.</param>
/// <param name="EffectiveFrom">What is reported on this day or later is judged by it.</param>
/// <param name="Relations">The relations.</param>
public sealed record RelationSet(string Version, DateOnly EffectiveFrom, Relation[] Relations)
{
    /// <summary>The set that holds on a day: the latest that has taken effect; none relates nothing.</summary>
    public static RelationSet? On(DateOnly day, IEnumerable<RelationSet> published) => published
        .Where(set => set.EffectiveFrom <= day).MaxBy(set => (set.EffectiveFrom, set.Version));
}

/// <summary>The county publishes how its figures hang together (审核关系), in place of what it had published before.</summary>
/// <param name="Set">The relations.</param>
/// <param name="Reason">Why they are as they are.</param>
[EventType("indicators.relation-set-published.v1")]
public sealed record RelationSetPublished(RelationSet Set, string Reason);

/// <summary>Somebody says why figures do not fit each other (核实说明). It holds as long as they are those figures.</summary>
/// <param name="Code">Indicator that it was said of, one of the relation's.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="Relation">Code of the relation.</param>
/// <param name="Value">The reported figure.</param>
/// <param name="Expected">What it would be, reckoned from the others.</param>
/// <param name="Explanation">Why, in words.</param>
/// <param name="Document">On which document.</param>
[EventType("indicators.relation-explained.v1")]
public sealed record RelationExplained(
    string Code, string Period, string Relation, decimal Value, decimal Expected, string Explanation, string? Document);
