namespace Monitoring.Contracts.Projects;

/// <summary>How a finding came to be.</summary>
public enum FindingKind
{
    /// <summary>调度.</summary>
    [Called("调度")]
    Dispatch,

    /// <summary>督查.</summary>
    [Called("督查", "督导检查")]
    Supervision,
}

/// <summary>A problem of a project is put on the list (问题清单).</summary>
/// <param name="Finding">The finding's own code.</param>
/// <param name="Project">Plan item.</param>
/// <param name="Kind">From a 调度 meeting or a 督查.</param>
/// <param name="Problem">存在问题.</param>
/// <param name="Meeting">The meeting or inspection.</param>
/// <param name="On">The day.</param>
[EventType("projects.finding-raised.v1")]
public sealed record FindingRaised(string Finding, string Project, FindingKind Kind, string Problem, string? Meeting, DateOnly On);

/// <summary>A finding is handed to somebody with a deadline (交办), or its deadline moved.</summary>
/// <param name="Finding">Which.</param>
/// <param name="Project">Plan item.</param>
/// <param name="To">责任单位.</param>
/// <param name="DueOn">整改时限.</param>
/// <param name="PreviousDueOn">The deadline before it was moved.</param>
/// <param name="Reason">Why it was moved.</param>
[EventType("projects.finding-assigned.v1")]
public sealed record FindingAssigned(string Finding, string Project, string To, DateOnly DueOn, DateOnly? PreviousDueOn, string? Reason);

/// <summary>The department says what it has done (反馈).</summary>
/// <param name="Finding">Which.</param>
/// <param name="Project">Plan item.</param>
/// <param name="Reply">整改情况.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
[EventType("projects.finding-replied.v1")]
public sealed record FindingReplied(string Finding, string Project, string Reply, string? Document, DateOnly On);

/// <summary>The office has looked at it again (复核): put right, or not.</summary>
/// <param name="Finding">Which.</param>
/// <param name="Project">Plan item.</param>
/// <param name="Rectified">Whether it has been put right (整改到位).</param>
/// <param name="Note">What was seen.</param>
/// <param name="On">The day.</param>
[EventType("projects.finding-verified.v1")]
public sealed record FindingVerified(string Finding, string Project, bool Rectified, string? Note, DateOnly On);

/// <summary>A finding is closed (销号).</summary>
/// <param name="Finding">Which.</param>
/// <param name="Project">Plan item.</param>
/// <param name="On">The day.</param>
[EventType("projects.finding-closed.v1")]
public sealed record FindingClosed(string Finding, string Project, DateOnly On);

/// <summary>A finding has passed its deadline without being put right; said once for each deadline.</summary>
/// <param name="Finding">Which.</param>
/// <param name="Project">Plan item.</param>
/// <param name="To">责任单位.</param>
/// <param name="DueOn">The deadline.</param>
/// <param name="On">The day it was noticed.</param>
[EventType("projects.finding-overdue.v1")]
public sealed record FindingOverdue(string Finding, string Project, string To, DateOnly DueOn, DateOnly On);
