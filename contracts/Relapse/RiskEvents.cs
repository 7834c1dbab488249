namespace Monitoring.Contracts.Relapse;

/// <summary>How a risk was found (发现渠道).</summary>
public enum Channel
{
    /// <summary>农户自主申报.</summary>
    [Called("农户自主申报", "自主申报")]
    SelfReport,

    /// <summary>基层干部排查.</summary>
    [Called("基层干部排查", "干部排查")]
    CadreSurvey,

    /// <summary>部门筛查预警.</summary>
    [Called("部门筛查预警", "部门预警")]
    DepartmentScreening,
}

/// <summary>A fact that a clue rests on.</summary>
/// <param name="EventId">The event that brought it.</param>
/// <param name="Kind">What it says; null for a survey.</param>
/// <param name="Amount">元.</param>
/// <param name="On">The day it is about.</param>
public sealed record RiskInput(Guid EventId, SignalKind? Kind, decimal? Amount, DateOnly On);

/// <summary>
/// A clue that a household may fall back into poverty (风险线索): people must look. It opens an episode, or adds a cause to the one
/// that is open.
/// </summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Number of the household's episode, from 1; a later one is a re-entry.</param>
/// <param name="Village">12-digit village code.</param>
/// <param name="Category">户类型.</param>
/// <param name="Cause">风险类型.</param>
/// <param name="Channel">How it was found.</param>
/// <param name="Emergency">True where help cannot wait.</param>
/// <param name="Rule">The threshold that was crossed; null where a person said so.</param>
/// <param name="RuleSet">The version of the thresholds.</param>
/// <param name="PersonId">The member whose value crossed.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Threshold">What it was compared with.</param>
/// <param name="Inputs">The facts it was made of.</param>
/// <param name="On">The day, Asia/Shanghai.</param>
/// <param name="CarriedFrom">The household that it comes from by a split or a merger.</param>
[EventType("relapse.risk-detected.v1")]
public sealed record RiskDetected(
    Guid HouseholdId, int Episode, string Village, HouseholdCategory Category, RiskCause Cause, Channel Channel, bool Emergency, string? Rule,
    string? RuleSet, Guid? PersonId, decimal? Value, decimal? Threshold, RiskInput[] Inputs, DateOnly On,
    Guid? CarriedFrom = null);

/// <summary>Another crossing of a cause that is open already joins the clue; nobody is called again.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">The open episode.</param>
/// <param name="Cause">风险类型.</param>
/// <param name="Channel">How it was found.</param>
/// <param name="Rule">The threshold that was crossed.</param>
/// <param name="RuleSet">The version of the thresholds.</param>
/// <param name="PersonId">The member whose value crossed.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Threshold">What it was compared with.</param>
/// <param name="Inputs">The facts it was made of.</param>
/// <param name="On">The day.</param>
/// <param name="Emergency">True where help cannot wait.</param>
/// <param name="News">Why somebody must be told; null for a repeat of what the owner knows and has not dealt with yet.</param>
/// <param name="Village">12-digit village code, where there is news.</param>
[EventType("relapse.risk-recurred.v1")]
public sealed record RiskRecurred(
    Guid HouseholdId, int Episode, RiskCause Cause, Channel Channel, string? Rule, string? RuleSet, Guid? PersonId, decimal? Value,
    decimal? Threshold, RiskInput[] Inputs, DateOnly On,
    bool? Emergency = null, RiskNews? News = null, string? Village = null);

/// <summary>Why what joins an open case is news for whoever answers for it (新情况).</summary>
public enum RiskNews
{
    /// <summary>紧急, help cannot wait.</summary>
    [Called("紧急情况")]
    Emergency,

    /// <summary>It came up again after somebody had dealt with it.</summary>
    [Called("办理后再次出现")]
    AfterStep,

    /// <summary>It has grown by the step since it was judged (default: twice as much).</summary>
    [Called("程度加重")]
    Grown,
}

/// <summary>A value that had crossed its threshold came back far enough; from now on it may cross again.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Rule">The threshold.</param>
/// <param name="RuleSet">The version of the thresholds.</param>
/// <param name="PersonId">The member.</param>
/// <param name="Value">What is measured now.</param>
/// <param name="Release">What it had to come back to.</param>
/// <param name="On">The day.</param>
[EventType("relapse.risk-receded.v1")]
public sealed record RiskReceded(
    Guid HouseholdId, string Rule, string RuleSet, Guid? PersonId, decimal Value, decimal Release, DateOnly On);

/// <summary>Many households are at risk at once (规模性返贫风险).</summary>
/// <param name="Rule">Group rule.</param>
/// <param name="RuleSet">The version.</param>
/// <param name="Area">12-digit village, or the county.</param>
/// <param name="Cause">The cause, where the rule counts one; null for several.</param>
/// <param name="Households">Which, in order of their clues.</param>
/// <param name="From">First day of the window.</param>
/// <param name="On">Last day of the window.</param>
/// <param name="Before">How many there were when it was said last within the window; null for the first time.</param>
/// <param name="Level">Who answers for it; absent: the township of a village's, the county of its own.</param>
[EventType("relapse.group-risk-detected.v1")]
public sealed record GroupRiskDetected(
    string Rule, string RuleSet, string Area, RiskCause? Cause, Guid[] Households, DateOnly From, DateOnly On, int? Before = null,
    Level? Level = null);

/// <summary>A screening of the whole county begins.</summary>
/// <param name="ScreeningId">Random id.</param>
/// <param name="Day">The day it is about.</param>
/// <param name="RuleSet">The thresholds in effect on that day.</param>
[EventType("relapse.screening-started.v1")]
public sealed record ScreeningStarted(Guid ScreeningId, DateOnly Day, string RuleSet);

/// <summary>Somebody asks a running screening to stop.</summary>
/// <param name="ScreeningId">Which.</param>
[EventType("relapse.screening-cancelled.v1")]
public sealed record ScreeningCancelled(Guid ScreeningId);

/// <summary>How a screening ended.</summary>
public enum ScreeningEnd
{
    /// <summary>All households were judged.</summary>
    [Called("已完成")]
    Completed,

    /// <summary>It was cancelled.</summary>
    [Called("已取消")]
    Cancelled,

    /// <summary>The service ended before it.</summary>
    [Called("已中断")]
    Interrupted,
}

/// <summary>A screening is over.</summary>
/// <param name="ScreeningId">Which.</param>
/// <param name="End">How.</param>
/// <param name="Households">How many were judged.</param>
/// <param name="Detected">New clues.</param>
/// <param name="Recurred">Crossings that joined an open clue.</param>
/// <param name="Receded">Values that came back.</param>
/// <param name="Position">The position in the service's own store up to which facts were known.</param>
/// <param name="Unresolved">Rules that could not be applied, for want of a reference value.</param>
[EventType("relapse.screening-completed.v1")]
public sealed record ScreeningCompleted(
    Guid ScreeningId, ScreeningEnd End, int Households, int Detected, int Recurred, int Receded, long Position, string[] Unresolved);
