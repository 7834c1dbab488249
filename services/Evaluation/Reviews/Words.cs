using System.Globalization;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;

namespace Monitoring.Evaluation.Reviews;

/// <summary>The official words for the codes in a report; reports are in Chinese.</summary>
static class Words
{
    public static string Of(ReviewKind kind) => kind switch
    {
        ReviewKind.Annual => "年度监测",
        ReviewKind.MidTerm => "中期评估",
        _ => "总结评估",
    };

    public static string Of(Nature nature) => nature switch
    {
        Nature.Binding => "约束性",
        Nature.Expected => "预期性",
        _ => "未注明",
    };

    public static string Of(ValueStatus status) => status switch
    {
        ValueStatus.Estimate => "预计",
        ValueStatus.Flash => "快报",
        ValueStatus.Preliminary => "初步核算",
        ValueStatus.Final => "最终核实",
        ValueStatus.Census => "普查修订",
        _ => "更正",
    };

    public static string Of(Stage stage) => stage switch
    {
        Stage.Planned => "谋划",
        Stage.Preparing => "前期",
        Stage.Started => "开工",
        Stage.UnderConstruction => "在建",
        Stage.Suspended => "停缓建",
        Stage.Completed => "竣工",
        Stage.InProduction => "投产",
        Stage.Cancelled => "取消",
        Stage.MovedOut => "调出",
        _ => "合并",
    };

    public static string Of(Lamp lamp) => lamp switch
    {
        Lamp.Green => "绿灯",
        Lamp.Yellow => "黄灯",
        _ => "红灯",
    };

    public static string Of(Chapter chapter) => chapter switch
    {
        Chapter.Overall => "一、总体评价",
        Chapter.Indicators => "二、主要指标完成情况",
        Chapter.Tasks => "三、重点任务进展情况",
        Chapter.Projects => "四、重大工程项目进展情况",
        Chapter.Problems => "五、存在问题及原因",
        Chapter.Environment => "六、发展环境变化",
        _ => "七、对策与建议",
    };

    public static string Of(Verdict verdict) => Verdicts.NameOf(verdict).Zh;

    public static string Of(DateOnly day) => day.ToString("yyyy年M月d日", CultureInfo.InvariantCulture);

    /// <summary>A class of GB 3838: Ⅰ to Ⅴ, 劣Ⅴ.</summary>
    public static string WaterClass(decimal value) => value switch { 1 => "Ⅰ", 2 => "Ⅱ", 3 => "Ⅲ", 4 => "Ⅳ", 5 => "Ⅴ", 6 => "劣Ⅴ", _ => Cell.Plain(value, 0) };

    /// <summary>A flag of a judgement in words; the code itself where it is not known.</summary>
    public static string OfFlag(string flag)
    {
        var (code, about) = flag.Split(':', 2) is [var first, var second] ? (first, second) : (flag, "");
        return code switch
        {
            "above-range" => "超过目标上限",
            "year-missing" => $"缺{about}年数据",
            "year-below" => $"{about}年低于目标增速",
            "growth-does-not-compute" => "目标值与增速不一致",
            "period-missed" => $"{about}年未达标",
            "late" => $"逾期完成（{about}）",
            "level-and-rate-differ" => "目标值与增速判定不一致",
            "attested" => $"{about}年依书面认定，非实测",
            "target-below-baseline" => "目标低于基期",
            "target-above-baseline" => "目标高于基期",
            "implied-baseline" => "基期值由目标与增速反推",
            "value-not-of-final-year" => "非期末年度数据",
            _ => flag,
        };
    }
}
