namespace Monitoring.Contracts.Indicators;

/// <summary>What kind of duty an indicator is (指标属性). A plan that prints none is kept as <see cref="Unspecified"/>.</summary>
public enum Nature
{
    /// <summary>未注明: the plan does not say; never guessed.</summary>
    Unspecified,

    /// <summary>约束性: a duty of government.</summary>
    Binding,

    /// <summary>预期性: an expected goal.</summary>
    Expected,
}

/// <summary>Which way is better.</summary>
public enum Direction { None, Increase, Decrease }

/// <summary>How a target is to be read; the rules of each are data of the evaluation, not of the target.</summary>
public enum TargetKind
{
    IncreaseTo, DecreaseTo, AtMost, AtLeast, Range, GrowthRate, Cumulative, AnnualQuota, Maintain, Class, CoverageFull,
    Delegated, Relative, Trend, Milestone, Qualitative, Missing,
}

/// <summary>How final a value is (数据状态), after SDMX OBS_STATUS.</summary>
public enum ValueStatus
{
    /// <summary>预计, before the period's statistics exist.</summary>
    Estimate,

    /// <summary>快报.</summary>
    Flash,

    /// <summary>初步核算.</summary>
    Preliminary,

    /// <summary>最终核实.</summary>
    Final,
}

/// <summary>The value a plan starts from (基期值), with the printed cell beside the parsed number.</summary>
/// <param name="Year">Base year.</param>
/// <param name="Value">In the indicator's unit; null where the plan prints words or nothing.</param>
/// <param name="Verbatim">The cell as printed.</param>
public sealed record Baseline(int Year, decimal? Value, string? Verbatim);

/// <summary>An indicator (指标) enters the catalogue, or its definition changes under a higher version.</summary>
/// <param name="Code">Stable code, e.g. <c>gdp</c>.</param>
/// <param name="Name">Official Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Unit">Unit of measure as used in China, e.g. 亿元.</param>
/// <param name="Attribute">约束性, 预期性 or 未注明.</param>
/// <param name="Direction">Which way is better.</param>
/// <param name="Plan">The plan it belongs to, e.g. <c>fyp14</c>.</param>
/// <param name="PlanRef">Place in the plan, e.g. 专栏2/经济发展/1.</param>
/// <param name="Baseline">Where the plan starts from, if it says so.</param>
/// <param name="Notes">Remarks, above all the plan's own contradictions that touch this row.</param>
/// <param name="Version">1 for the first definition; a higher one is a break in the series.</param>
/// <param name="Reason">Why the definition changed; null for the first.</param>
[EventType("indicators.indicator-defined.v1")]
public sealed record IndicatorDefined(
    string Code, string Name, string NameEn, string Unit, Nature Attribute, Direction Direction, string Plan,
    string PlanRef, Baseline? Baseline, string[] Notes, int Version, string? Reason);

/// <summary>A plan sets a target (目标值) for a year.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Year">The year at whose end it is due.</param>
/// <param name="Kind">How it is to be read.</param>
/// <param name="Value">In the indicator's unit; lower end of a range; null where the plan gives no number.</param>
/// <param name="Upper">Upper end of a range, else null.</param>
/// <param name="Growth">Average yearly growth printed beside it, percent or percentage points; null if none.</param>
/// <param name="Verbatim">The cell as printed.</param>
[EventType("indicators.target-set.v1")]
public sealed record TargetSet(
    string Code, int Year, TargetKind Kind, decimal? Value, decimal? Upper, decimal? Growth, string? Verbatim);

/// <summary>A department reports a value (上报) for a period, for the first time.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period, e.g. <c>2021</c>, <c>2021-Q3</c>.</param>
/// <param name="Value">In the indicator's unit.</param>
/// <param name="Status">How final it is.</param>
/// <param name="Document">Title or number of the document it comes from.</param>
/// <param name="Note">Free remark.</param>
[EventType("indicators.value-reported.v1")]
public sealed record ValueReported(
    string Code, string Period, decimal Value, ValueStatus Status, string? Document, string? Note);

/// <summary>A reported value is replaced by another (修订); the earlier one stays in history.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="PreviousValue">What had been in force.</param>
/// <param name="PreviousStatus">How final that had been.</param>
/// <param name="Value">What is in force from now on.</param>
/// <param name="Status">How final it is.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Document">On which document.</param>
/// <param name="Note">Free remark.</param>
[EventType("indicators.value-revised.v1")]
public sealed record ValueRevised(
    string Code, string Period, decimal PreviousValue, ValueStatus PreviousStatus, decimal Value, ValueStatus Status,
    string Reason, string? Document, string? Note);
