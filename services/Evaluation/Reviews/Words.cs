using System.Globalization;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reviews;

/// <summary>The official words for the codes in a report; reports are in Chinese.</summary>
static class Words
{
    public static string Of(ReviewKind kind) => Codes<ReviewKind>.Official[kind];

    public static string Of(Nature nature) => Codes<Nature>.Official[nature];

    public static string Of(ValueStatus status) => Codes<ValueStatus>.Official[status];

    public static string Of(Stage stage) => Codes<Stage>.Official[stage];

    public static string Of(Lamp lamp) => Codes<Lamp>.Official[lamp];

    public static string Of(Chapter chapter) => Codes<Chapter>.Official[chapter];

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
