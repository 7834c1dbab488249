using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Evaluation;

/// <summary>How far an indicator has come (进度判定).</summary>
public enum Verdict
{
    /// <summary>暂不评价: the rule for this kind of target is not there yet.</summary>
    NotYetJudged,

    /// <summary>无法评估: a number that the rule needs is missing.</summary>
    NotEvaluable,

    /// <summary>提前完成.</summary>
    AchievedEarly,

    /// <summary>达到序时进度.</summary>
    OnSchedule,

    /// <summary>未达到序时进度.</summary>
    BehindSchedule,

    /// <summary>已完成.</summary>
    Achieved,

    /// <summary>未完成.</summary>
    NotAchieved,
}

/// <summary>One row of the scoreboard.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Unit">Unit of all values.</param>
/// <param name="Attribute">约束性, 预期性 or 未注明.</param>
/// <param name="Plan">e.g. <c>fyp14</c>.</param>
/// <param name="PlanRef">Place in the plan.</param>
/// <param name="Baseline">Where the plan starts from.</param>
/// <param name="Target">The target judged: the earliest by year.</param>
/// <param name="Latest">The value of the latest period that has one.</param>
/// <param name="Elapsed">Share of the plan's time gone by (时序进度), 0 to 1, at the end of the latest value's period; today's while there is no value.</param>
/// <param name="Progress">Share of the planned change achieved (完成进度), may exceed 1 or be negative; null where no rule gives one.</param>
/// <param name="Expected">What the value would be on a straight line from base to target; null where there is none.</param>
/// <param name="Verdict">The code of the verdict.</param>
/// <param name="VerdictName">The verdict in official words.</param>
/// <param name="Method">The rule that gave the verdict.</param>
/// <param name="Notes">Remarks from the plan.</param>
public sealed record ScoreboardRow(
    string Code, string Name, string NameEn, string Unit, Nature Attribute, string Plan, string PlanRef, Baseline? Baseline,
    TargetSet? Target, LatestValue? Latest, decimal? Elapsed, decimal? Progress, decimal? Expected, Verdict Verdict,
    string VerdictName, string? Method, string[] Notes)
{
    const string Linear = "increase_to, linear";

    internal static ScoreboardRow Of(IndicatorStanding standing, DateOnly today)
    {
        var e = standing.Definition;
        var target = standing.Targets.Values.MinBy(set => set.Year);
        var latest = standing.Values
            .Select(value => (Period: Period.Parse(value.Key), value.Value))
            .OrderBy(value => value.Period.Last).ThenByDescending(value => value.Period.First)
            .Select(value => new LatestValue(
                value.Period.Text, value.Value.Value, value.Value.Status, value.Value.RecordedAt, value.Value.Position))
            .LastOrDefault();

        var elapsed = e.Baseline is { } start && target is not null && target.Year > start.Year
            ? Share(start.Year, target.Year, latest is null ? today : Period.Parse(latest.Period).Last)
            : (decimal?)null;
        var (verdict, progress, expected) = Judge(e.Baseline?.Value, target, latest?.Value, elapsed);
        return new ScoreboardRow(
            e.Code, e.Name, e.NameEn, e.Unit, e.Attribute, e.Plan, e.PlanRef, e.Baseline, target, latest, Rounded(elapsed),
            Rounded(progress), Rounded(expected), verdict, NameOf(verdict), progress is null ? null : Linear, e.Notes);
    }

    /// <summary>
    /// The plain rule for a level that is to rise: the share of the planned increment achieved against the share of time
    /// gone by (目标一致法). A floor above the base is read the same way. Every other kind says that it is not judged yet.
    /// </summary>
    internal static (Verdict Verdict, decimal? Progress, decimal? Expected) Judge(
        decimal? baseline, TargetSet? target, decimal? latest, decimal? elapsed)
    {
        if (target is not { Kind: TargetKind.IncreaseTo or TargetKind.AtLeast }) return (Verdict.NotYetJudged, null, null);
        if (baseline is not { } from || target.Value is not { } to || elapsed is not { } gone || latest is not { } reached)
            return (Verdict.NotEvaluable, null, null);
        // A target at or below the base is no increment; judging it is a rule of its own.
        if (to <= from) return (Verdict.NotYetJudged, null, null);

        var progress = (reached - from) / (to - from);
        var verdict = (gone >= 1, progress >= 1, progress >= gone) switch
        {
            (true, true, _) => Verdict.Achieved,
            (true, false, _) => Verdict.NotAchieved,
            (_, true, _) => Verdict.AchievedEarly,
            (_, _, true) => Verdict.OnSchedule,
            _ => Verdict.BehindSchedule,
        };
        return (verdict, progress, from + (to - from) * Math.Min(gone, 1));
    }

    /// <summary>Share of the months between the end of the base year and the end of the target year that a day has passed.</summary>
    static decimal Share(int baseYear, int targetYear, DateOnly day)
    {
        // A period's last day completes its month; any other day counts the months before it.
        var complete = day.AddDays(1);
        var months = (complete.Year - baseYear - 1) * 12 + complete.Month - 1;
        return Math.Clamp((decimal)months / ((targetYear - baseYear) * 12), 0, 1);
    }

    static decimal? Rounded(decimal? value) => value is { } known ? Math.Round(known, 4, MidpointRounding.ToEven) : null;

    static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.NotYetJudged => "暂不评价",
        Verdict.NotEvaluable => "无法评估",
        Verdict.AchievedEarly => "提前完成",
        Verdict.OnSchedule => "达到序时进度",
        Verdict.BehindSchedule => "未达到序时进度",
        Verdict.Achieved => "已完成",
        _ => "未完成",
    };
}

/// <summary>The value of the latest period that has one, with where the ledger has it from.</summary>
public sealed record LatestValue(string Period, decimal Value, ValueStatus Status, DateTimeOffset RecordedAt, long Position);
