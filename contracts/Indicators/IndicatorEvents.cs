namespace Monitoring.Contracts.Indicators;

/// <summary>What kind of duty an indicator is (指标属性). A plan that prints none is kept as <see cref="Unspecified"/>.</summary>
public enum Nature
{
    /// <summary>未注明: the plan does not say; never guessed.</summary>
    [Called("未注明")]
    Unspecified,

    /// <summary>约束性: a duty of government.</summary>
    [Called("约束性", "约束性指标")]
    Binding,

    /// <summary>预期性: an expected goal.</summary>
    [Called("预期性", "预期性指标")]
    Expected,
}

/// <summary>Which way is better.</summary>
public enum Direction
{
    [Called("无方向", "不分方向")]
    None,

    [Called("越高越好", "正向", "正向指标")]
    Increase,

    [Called("越低越好", "逆向", "逆向指标")]
    Decrease,
}

/// <summary>How a target is to be read; the rules of each are data of the evaluation, not of the target.</summary>
public enum TargetKind
{
    [Called("增加到", "提高到", "增长到")]
    IncreaseTo,

    [Called("降低到", "下降到", "减少到")]
    DecreaseTo,

    [Called("不高于", "不超过")]
    AtMost,

    [Called("不低于", "不少于")]
    AtLeast,

    [Called("区间", "区间目标")]
    Range,

    [Called("年均增速", "年均增长")]
    GrowthRate,

    [Called("五年累计", "累计")]
    Cumulative,

    [Called("年度定额", "每年完成")]
    AnnualQuota,

    [Called("保持", "保持稳定")]
    Maintain,

    [Called("类别", "等级", "水质类别")]
    Class,

    [Called("全覆盖")]
    CoverageFull,

    [Called("上级下达", "完成上级下达任务")]
    Delegated,

    [Called("相对目标", "高于参照地区")]
    Relative,

    [Called("趋势")]
    Trend,

    [Called("节点", "里程碑")]
    Milestone,

    [Called("定性", "定性目标")]
    Qualitative,

    [Called("未设目标", "规划未设目标")]
    Missing,

    /// <summary>A rate that is to gain so many percentage points a year.</summary>
    [Called("年均百分点", "年均提高百分点")]
    PointsPerYear,

    /// <summary>A share of a whole, such as the sections of good class; read like a floor.</summary>
    [Called("占比", "比例")]
    Ratio,

    /// <summary>A level with a yearly rate beside it; the level decides, the rate is a check.</summary>
    [Called("水平与增速", "双重目标")]
    Dual,
}

/// <summary>How the way from base to target is drawn.</summary>
public enum PathMethod
{
    /// <summary>等额: the same step each year.</summary>
    [Called("等额")]
    Linear,

    /// <summary>等比: the same growth each year.</summary>
    [Called("等比")]
    Geometric,
}

/// <summary>What a figure's period means (指标期间类型).</summary>
public enum PeriodType
{
    /// <summary>时期数: what happened in the period.</summary>
    [Called("时期数")]
    Flow,

    /// <summary>时点数: what there is at its end.</summary>
    [Called("时点数")]
    Stock,

    /// <summary>本年累计: what happened since 1 January; such figures are never summed.</summary>
    [Called("本年累计", "累计数")]
    YearToDate,
}

/// <summary>How final a value is (数据状态), after SDMX OBS_STATUS.</summary>
public enum ValueStatus
{
    /// <summary>预计, before the period's statistics exist.</summary>
    [Called("预计", "预计数")]
    Estimate,

    /// <summary>快报.</summary>
    [Called("快报", "快报数")]
    Flash,

    /// <summary>初步核算.</summary>
    [Called("初步核算", "初步核算数", "初步", "初步数", "初步统计")]
    Preliminary,

    /// <summary>最终核实.</summary>
    [Called("最终核实", "最终核实数", "最终", "最终数")]
    Final,

    /// <summary>普查修订: history revised on the results of a census.</summary>
    [Called("普查修订", "普查修订数")]
    Census,

    /// <summary>更正: an error put right.</summary>
    [Called("更正", "更正数")]
    Corrected,
}

/// <summary>Why a published value is revised (修订原因).</summary>
public enum RevisionReason
{
    /// <summary>最终核实.</summary>
    [Called("最终核实")]
    FinalVerification,

    /// <summary>普查.</summary>
    [Called("普查", "普查修订")]
    Census,

    /// <summary>核算方法或分类调整.</summary>
    [Called("核算方法或分类调整", "核算方法调整", "分类调整", "方法调整")]
    MethodChange,

    /// <summary>填报差错.</summary>
    [Called("填报差错", "填报错误")]
    ClericalError,

    /// <summary>行政区划调整.</summary>
    [Called("行政区划调整", "区划调整")]
    BoundaryChange,

    /// <summary>计量单位差错.</summary>
    [Called("计量单位差错", "单位差错", "单位错误")]
    UnitError,
}

/// <summary>The value a plan starts from (基期值), with the printed cell beside the parsed number.</summary>
/// <param name="Year">Base year.</param>
/// <param name="Value">In the indicator's unit; null where the plan prints words or nothing.</param>
/// <param name="Verbatim">The cell as printed.</param>
public sealed record Baseline(int Year, decimal? Value, string? Verbatim);

/// <summary>An indicator (指标) enters the catalogue, or its definition changes under a higher version.</summary>
/// <param name="Code">Stable code, e.g. <c>gdp</c>.</param>
/// <param name="Name">Official Chinese name.</param>
/// <param name="NameEn">English name; of an indicator without one the Chinese.</param>
/// <param name="Unit">Unit of measure as used in China, e.g. 亿元.</param>
/// <param name="Attribute">约束性, 预期性 or 未注明.</param>
/// <param name="Direction">Which way is better.</param>
/// <param name="Plan">The plan it belongs to, e.g. <c>fyp14</c>.</param>
/// <param name="PlanRef">Place in the plan, e.g. 专栏2/经济发展/1.</param>
/// <param name="Baseline">Where the plan starts from, if it says so.</param>
/// <param name="Notes">Remarks, above all the plan's own contradictions that touch this row.</param>
/// <param name="Version">1 for the first definition; a higher one is a break in the series.</param>
/// <param name="Reason">Why the definition changed; null for the first.</param>
/// <param name="UnitMult">SDMX UNIT_MULT: the power of ten in the printed unit (万 4, 亿 8); null for none.</param>
/// <param name="Decimals">Places it is published and compared with; null where only the printed numbers tell.</param>
/// <param name="PeriodType">时期数, 时点数 or 本年累计; null where nobody has said.</param>
/// <param name="Frequency">SDMX FREQ: A, S, Q or M.</param>
/// <param name="Formula">How a derived ratio is made, in words of codes.</param>
[EventType("indicators.indicator-defined.v1")]
public sealed record IndicatorDefined(
    string Code, string Name, string NameEn, string Unit, Nature Attribute, Direction Direction, string Plan,
    string PlanRef, Baseline? Baseline, string[] Notes, int Version, string? Reason, int? UnitMult = null,
    int? Decimals = null, PeriodType? PeriodType = null, string? Frequency = null, string? Formula = null);

/// <summary>An evaluator says what kind of duty an indicator is, where the plan does not print it.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Previous">What held before.</param>
/// <param name="Attribute">约束性, 预期性 or 未注明.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">On which document.</param>
[EventType("indicators.attribute-set.v1")]
public sealed record AttributeSet(string Code, Nature Previous, Nature Attribute, string Reason, string? Document);

/// <summary>Who answers for an indicator (责任单位), who reports it (数据来源单位) and by when.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Responsible">责任单位, official name.</param>
/// <param name="Source">数据来源单位, official name.</param>
/// <param name="DueDays">Days after the end of a period within which its value is due.</param>
[EventType("indicators.duty-assigned.v1")]
public sealed record DutyAssigned(string Code, string Responsible, string Source, int DueDays);

/// <summary>A plan sets a target (目标值) for a year.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Year">The year at whose end it is due.</param>
/// <param name="Kind">How it is to be read.</param>
/// <param name="Value">In the indicator's unit; lower end of a range; null where the plan gives no number.</param>
/// <param name="Upper">Upper end of a range, else null.</param>
/// <param name="Growth">Average yearly growth printed beside it, percent or percentage points; null if none.</param>
/// <param name="Verbatim">The cell as printed.</param>
/// <param name="Path">The way from base to target; null for the kind's own.</param>
/// <param name="Strict">突破, 大于: the target itself is not enough.</param>
/// <param name="Around">左右: the tolerance of the verdict rules applies.</param>
/// <param name="Reference">For <c>relative</c>: the indicator it is compared with.</param>
/// <param name="Margin">For <c>relative</c>: points it must lie above the reference; null for just above.</param>
/// <param name="DueOn">For <c>milestone</c>: the day; null for the end of the year.</param>
[EventType("indicators.target-set.v1")]
public sealed record TargetSet(
    string Code, int Year, TargetKind Kind, decimal? Value, decimal? Upper, decimal? Growth, string? Verbatim,
    PathMethod? Path = null, bool? Strict = null, bool? Around = null, string? Reference = null, decimal? Margin = null,
    DateOnly? DueOn = null);

/// <summary>A department proposes another target (调整建议), to go through the procedure.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Adjustment">The proposal's own code, unique in the indicator.</param>
/// <param name="Target">What the target would be.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">Evidence.</param>
/// <param name="LowersDuty">True when a 约束性 target would become easier; such a target is not the county's to lower.</param>
[EventType("indicators.target-adjustment-proposed.v1")]
public sealed record TargetAdjustmentProposed(
    string Code, string Adjustment, TargetSet Target, string Reason, string? Document, bool LowersDuty);

/// <summary>The government has put the proposal before the standing committee (提请审查批准).</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Adjustment">The proposal.</param>
/// <param name="Document">Number of the 调整方案.</param>
/// <param name="On">The day it was submitted.</param>
[EventType("indicators.target-adjustment-submitted.v1")]
public sealed record TargetAdjustmentSubmitted(string Code, string Adjustment, string Document, DateOnly On);

/// <summary>The standing committee has approved the proposal (批准); from then on the target is another.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Adjustment">The proposal.</param>
/// <param name="Previous">The target that held before.</param>
/// <param name="Target">The target in force from <paramref name="EffectiveFrom"/>.</param>
/// <param name="Decision">Number of the decision (决议文号).</param>
/// <param name="DecidedOn">The day of the decision.</param>
/// <param name="EffectiveFrom">Evaluations about this day or a later one use it; the plan's first day when it is for the whole period.</param>
[EventType("indicators.target-adjusted.v1")]
public sealed record TargetAdjusted(
    string Code, string Adjustment, TargetSet? Previous, TargetSet Target, string Decision, DateOnly DecidedOn,
    DateOnly EffectiveFrom);

/// <summary>The standing committee has not approved the proposal; the old target stays.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Adjustment">The proposal.</param>
/// <param name="Reason">Why.</param>
/// <param name="Decision">Number of the decision, if there is one.</param>
/// <param name="DecidedOn">The day of the decision.</param>
[EventType("indicators.target-adjustment-rejected.v1")]
public sealed record TargetAdjustmentRejected(
    string Code, string Adjustment, string Reason, string? Decision, DateOnly DecidedOn);

/// <summary>The city hands down the number of a year (下达目标) for a target the plan leaves to it.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Year">The year it is for.</param>
/// <param name="Kind"><c>at_most</c> or <c>at_least</c>.</param>
/// <param name="Value">In the indicator's unit.</param>
/// <param name="Document">Number of the document.</param>
/// <param name="Previous">The number handed down before for that year, if this one replaces it.</param>
/// <param name="Reason">Why it is replaced.</param>
[EventType("indicators.target-handed-down.v1")]
public sealed record TargetHandedDown(
    string Code, int Year, TargetKind Kind, decimal Value, string Document, decimal? Previous, string? Reason);

/// <summary>A department states on a document that a year's target was met or not (书面认定); no measured value.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Year">The year it is for.</param>
/// <param name="Met">Whether it was met.</param>
/// <param name="Document">The document that says so.</param>
/// <param name="Reason">Why an earlier statement is replaced.</param>
[EventType("indicators.target-attested.v1")]
public sealed record TargetAttested(string Code, int Year, bool Met, string Document, string? Reason);

/// <summary>A department reports a value (上报) for a period, for the first time.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period, e.g. <c>2021</c>, <c>2021-Q3</c>.</param>
/// <param name="Value">In the indicator's unit.</param>
/// <param name="Status">How final it is.</param>
/// <param name="Document">Title or number of the document it comes from.</param>
/// <param name="Note">Free remark.</param>
/// <param name="ReleasedOn">The day it was published; vintages are ordered by it.</param>
/// <param name="Flags">What looked implausible, e.g. <c>implausible-jump</c>; to be confirmed.</param>
[EventType("indicators.value-reported.v1")]
public sealed record ValueReported(
    string Code, string Period, decimal Value, ValueStatus Status, string? Document, string? Note,
    DateOnly? ReleasedOn = null, string[]? Flags = null);

/// <summary>An earlier vintage of a value comes in late; the value in force stays.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="Value">In the indicator's unit.</param>
/// <param name="Status">How final it was.</param>
/// <param name="ReleasedOn">The day it was published.</param>
/// <param name="Document">Title or number of the document it comes from.</param>
/// <param name="Note">Free remark.</param>
[EventType("indicators.vintage-added.v1")]
public sealed record VintageAdded(
    string Code, string Period, decimal Value, ValueStatus Status, DateOnly ReleasedOn, string? Document, string? Note);

/// <summary>A published value is withdrawn (撤销); the period has none until another is reported.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="Previous">The value withdrawn.</param>
/// <param name="Status">How final it was.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">On which document.</param>
/// <param name="ReleasedOn">The day it was withdrawn.</param>
[EventType("indicators.value-withdrawn.v1")]
public sealed record ValueWithdrawn(
    string Code, string Period, decimal Previous, ValueStatus Status, string Reason, string? Document, DateOnly ReleasedOn);

/// <summary>A flagged value is confirmed as right by the one who reported it.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="Value">The value confirmed.</param>
/// <param name="Reason">Why it is right all the same.</param>
[EventType("indicators.value-confirmed.v1")]
public sealed record ValueConfirmed(string Code, string Period, decimal Value, string Reason);

/// <summary>The statistics department signs a value off (审核认定).</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="Value">The value signed off.</param>
/// <param name="Status">How final it is.</param>
/// <param name="Document">On which document.</param>
[EventType("indicators.value-verified.v1")]
public sealed record ValueVerified(string Code, string Period, decimal Value, ValueStatus Status, string? Document);

/// <summary>The county publishes the rules that verdicts follow from a day on (评价规则).</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Reason">Why they are as they are.</param>
[EventType("indicators.verdict-rules-published.v1")]
public sealed record VerdictRulesPublished(VerdictRules Rules, string Reason);

/// <summary>An indicator's verdict has become worse (进度预警); said once, when it happens.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Name">Official Chinese name.</param>
/// <param name="On">The day it is about.</param>
/// <param name="Period">The period whose value decided.</param>
/// <param name="From">The verdict before.</param>
/// <param name="To">The verdict now.</param>
/// <param name="Value">The value judged.</param>
/// <param name="Expected">What it should be, if the rule has a number.</param>
/// <param name="Rules">Version of the verdict rules.</param>
[EventType("indicators.indicator-off-track.v1")]
public sealed record IndicatorOffTrack(
    string Code, string Name, DateOnly On, string? Period, Verdict From, Verdict To, decimal? Value, decimal? Expected,
    string Rules);

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
/// <param name="ReleasedOn">The day it was published; vintages are ordered by it.</param>
/// <param name="ReasonCode">Why, as a code.</param>
/// <param name="Flags">What looked implausible, e.g. <c>implausible-jump</c>; to be confirmed.</param>
[EventType("indicators.value-revised.v1")]
public sealed record ValueRevised(
    string Code, string Period, decimal PreviousValue, ValueStatus PreviousStatus, decimal Value, ValueStatus Status,
    string Reason, string? Document, string? Note, DateOnly? ReleasedOn = null, RevisionReason? ReasonCode = null,
    string[]? Flags = null);
