namespace Monitoring.Contracts.Indicators;

/// <summary>How far an indicator has come (进度判定). The order is no ranking; <see cref="Verdicts.Severity"/> is.</summary>
public enum Verdict
{
    /// <summary>无法评估: what the rule needs is missing; the judgement says what.</summary>
    [Called("无法评估")]
    NotEvaluable,

    /// <summary>提前完成: the final target is met before its time.</summary>
    [Called("提前完成")]
    AchievedEarly,

    /// <summary>达到序时进度.</summary>
    [Called("达到序时进度")]
    OnSchedule,

    /// <summary>基本达到: nearly on schedule; only where the county's rules switch it on.</summary>
    [Called("基本达到序时进度", "基本达到")]
    NearlyOnSchedule,

    /// <summary>未达到序时进度.</summary>
    [Called("未达到序时进度")]
    BehindSchedule,

    /// <summary>难以完成: at this pace the target will be missed.</summary>
    [Called("难以完成")]
    HardToAchieve,

    /// <summary>达标: a limit, class or level to be kept is kept.</summary>
    [Called("达标")]
    WithinLimit,

    /// <summary>不达标.</summary>
    [Called("不达标", "未达标")]
    BeyondLimit,

    /// <summary>已完成, at the end of the plan only.</summary>
    [Called("已完成")]
    Achieved,

    /// <summary>未完成, at the end of the plan only.</summary>
    [Called("未完成")]
    NotAchieved,
}

/// <summary>What verdicts follow from, as data with a version and a day from which it holds (评价规则).</summary>
/// <param name="Version">Stable code.</param>
/// <param name="EffectiveFrom">Judgements about this day or a later one use it.</param>
/// <param name="NearlyShare">基本达到 from this share of the elapsed time on, e.g. 0.9; null: there is no such verdict.</param>
/// <param name="HardPaceRatio">难以完成 when the pace still needed exceeds the pace so far this many times.</param>
/// <param name="HardEndProgress">难以完成 when the pace so far leads to less than this share of the way by the end.</param>
/// <param name="AroundPercent">What 左右 allows, percent of the target.</param>
/// <param name="BasicCoveragePercent">What 基本全覆盖 means, percent.</param>
/// <param name="WholeThingsMax">Up to this many whole things the expectation of a range rounds down.</param>
/// <param name="JumpBandPercent">A value that differs by more from its neighbour is flagged as an implausible jump.</param>
public sealed record VerdictRules(
    string Version, DateOnly EffectiveFrom, decimal? NearlyShare, decimal HardPaceRatio, decimal HardEndProgress,
    decimal AroundPercent, decimal BasicCoveragePercent, decimal WholeThingsMax, decimal JumpBandPercent)
{
    /// <summary>
    /// What holds until the county publishes its own. No official text gives numbers; these follow the practice of local
    /// reports (目标一致法), and are our choice.
    /// </summary>
    public static readonly VerdictRules Shipped = new("shipped-1", new DateOnly(2000, 1, 1), null, 2, 0.9m, 2, 95, 5, 50);

    /// <summary>The rules that hold on a day: the latest that have taken effect.</summary>
    public static VerdictRules On(DateOnly day, IEnumerable<VerdictRules> published) => published
        .Where(rules => rules.EffectiveFrom <= day).MaxBy(rules => (rules.EffectiveFrom, rules.Version)) ?? Shipped;
}

/// <summary>The official words, and which verdict is worse than which.</summary>
public static class Verdicts
{
    /// <summary>The verdict in official words, Chinese and English.</summary>
    public static (string Zh, string En) NameOf(Verdict verdict) => verdict switch
    {
        Verdict.AchievedEarly => ("提前完成", "achieved early"),
        Verdict.OnSchedule => ("达到序时进度", "on schedule"),
        Verdict.NearlyOnSchedule => ("基本达到序时进度", "nearly on schedule"),
        Verdict.BehindSchedule => ("未达到序时进度", "behind schedule"),
        Verdict.HardToAchieve => ("难以完成", "hard to achieve"),
        Verdict.WithinLimit => ("达标", "within the limit"),
        Verdict.BeyondLimit => ("不达标", "beyond the limit"),
        Verdict.Achieved => ("已完成", "achieved"),
        Verdict.NotAchieved => ("未完成", "not achieved"),
        _ => ("无法评估", "cannot be evaluated"),
    };

    /// <summary>Why something cannot be evaluated, in words; the code itself where it is not known.</summary>
    public static (string Zh, string En) ReasonOf(string code) => code switch
    {
        "no-target" => ("规划未设目标", "the plan sets no target"),
        "qualitative" => ("定性目标，无数值", "the target is words, not a number"),
        "value-missing" => ("尚无该时点的数据", "no value has been reported for the time"),
        "final-value-missing" => ("规划期已满，缺期末数据", "the plan is over and its last value is missing"),
        "base-missing" => ("缺基期值", "the base value is missing"),
        "target-value-missing" => ("目标没有数值", "the target has no number"),
        "target-not-handed-down" => ("上级尚未下达该年度目标", "the city has handed down no target for the year"),
        "reference-missing" => ("缺对比地区数据", "the reference has no value for the period"),
        "previous-missing" => ("缺上年数据", "the year before has no value"),
        "years-missing" => ("缺部分年度数据", "years are missing from the sum"),
        "not-due-yet" => ("未到完成时限", "it is not due yet"),
        _ => (code, code),
    };

    /// <summary>0 as it should be, 1 nearly, 2 behind, 3 missed or hardly to be reached; null where there is no verdict.</summary>
    public static int? Severity(Verdict verdict) => verdict switch
    {
        Verdict.NotEvaluable => null,
        Verdict.NearlyOnSchedule => 1,
        Verdict.BehindSchedule or Verdict.BeyondLimit => 2,
        Verdict.HardToAchieve or Verdict.NotAchieved => 3,
        _ => 0,
    };

    /// <summary>True when the later verdict is worse; a first verdict is worse than none only when it is a bad one.</summary>
    public static bool Worsened(Verdict before, Verdict after) => Severity(after) is { } now && now > (Severity(before) ?? 0);
}
