using Monitoring.Contracts.Indicators;

namespace Monitoring.Contracts.Evaluation;

/// <summary>What kind of evaluation of the plan it is.</summary>
public enum ReviewKind
{
    /// <summary>年度监测.</summary>
    [Called("年度监测", "年度监测评估")]
    Annual,

    /// <summary>中期评估.</summary>
    [Called("中期评估")]
    MidTerm,

    /// <summary>总结评估.</summary>
    [Called("总结评估", "期末评估", "终期评估")]
    Final,
}

/// <summary>Which version of the targets is judged.</summary>
public enum TargetChoice
{
    /// <summary>现行目标: the targets in force on the fact date, with the adjustments that were approved.</summary>
    [Called("现行目标", "调整后目标")]
    InForce,

    /// <summary>规划原目标: as the plan prints them.</summary>
    [Called("规划原目标", "原目标")]
    Original,
}

/// <summary>Where a comment or a written passage belongs: the chapters of a 中期评估报告.</summary>
public enum Chapter
{
    /// <summary>一、总体评价.</summary>
    [Called("一、总体评价", "总体评价")]
    Overall,

    /// <summary>二、主要指标完成情况.</summary>
    [Called("二、主要指标完成情况", "主要指标完成情况")]
    Indicators,

    /// <summary>三、重点任务进展情况.</summary>
    [Called("三、重点任务进展情况", "重点任务进展情况")]
    Tasks,

    /// <summary>四、重大工程项目进展情况.</summary>
    [Called("四、重大工程项目进展情况", "重大工程项目进展情况")]
    Projects,

    /// <summary>五、存在问题及原因.</summary>
    [Called("五、存在问题及原因", "存在问题及原因")]
    Problems,

    /// <summary>六、发展环境变化.</summary>
    [Called("六、发展环境变化", "发展环境变化")]
    Environment,

    /// <summary>七、对策与建议.</summary>
    [Called("七、对策与建议", "对策与建议", "对策建议")]
    Proposals,
}

/// <summary>An evaluation of the plan begins (评估启动): what it is about, and what may be known in it.</summary>
/// <param name="Review">Its code, e.g. <c>2023M</c>; part of every figure's code.</param>
/// <param name="Title">Title of the report.</param>
/// <param name="Kind">年度监测, 中期评估 or 总结评估.</param>
/// <param name="Plan">The plan, e.g. <c>fyp14</c>.</param>
/// <param name="FactDate">The day the verdicts are about (评估时点), Asia/Shanghai.</param>
/// <param name="DataCutoff">What the sources had recorded by this instant counts (数据截止时间), UTC.</param>
/// <param name="Targets">Which version of the targets.</param>
/// <param name="Base">Original or revised base.</param>
/// <param name="Path">Linear or geometric for all; null for each target's own.</param>
/// <param name="Reviewers">Departments that are to countersign (会签).</param>
[EventType("evaluation.review-opened.v1")]
public sealed record ReviewOpened(
    string Review, string Title, ReviewKind Kind, string Plan, DateOnly FactDate, DateTimeOffset DataCutoff, TargetChoice Targets,
    BaseChoice Base, PathMethod? Path, string[] Reviewers);

/// <summary>What the rules say of one indicator (判定建议).</summary>
/// <param name="Indicator">Indicator.</param>
/// <param name="Verdict">By rule.</param>
public sealed record ProposedVerdict(string Indicator, Verdict Verdict);

/// <summary>The figures are frozen to a place in the ledger (数据锁定); what is recorded later no longer counts.</summary>
/// <param name="Review">Review.</param>
/// <param name="Position">Last ledger position that counts.</param>
/// <param name="Facts">How many events the figures rest on.</param>
/// <param name="Rules">Version of the verdict rules.</param>
/// <param name="Digest">SHA-256 of the frozen figures, lower-case hexadecimal.</param>
/// <param name="Proposals">The verdicts by rule, in the order of the plan.</param>
[EventType("evaluation.figures-frozen.v1")]
public sealed record FiguresFrozen(
    string Review, long Position, int Facts, string Rules, string Digest, ProposedVerdict[] Proposals);

/// <summary>A person confirms the verdict that the rules give, or sets another (评定).</summary>
/// <param name="Review">Review.</param>
/// <param name="Indicator">Indicator.</param>
/// <param name="Proposed">By rule.</param>
/// <param name="Verdict">The same when it is confirmed.</param>
/// <param name="Reason">Why; always there where they differ.</param>
/// <param name="Document">On which document.</param>
[EventType("evaluation.verdict-decided.v1")]
public sealed record VerdictDecided(
    string Review, string Indicator, Verdict Proposed, Verdict Verdict, string? Reason, string? Document);

/// <summary>A department comments on the draft (部门意见).</summary>
/// <param name="Review">Review.</param>
/// <param name="Chapter">The chapter it is about.</param>
/// <param name="Subject">Indicator or project; null for the chapter.</param>
/// <param name="Comment">What it says; no personal data.</param>
/// <param name="By">Department.</param>
[EventType("evaluation.review-commented.v1")]
public sealed record ReviewCommented(string Review, Chapter Chapter, string? Subject, string Comment, string By);

/// <summary>A passage of the report is written, or written anew.</summary>
/// <param name="Review">Review.</param>
/// <param name="Chapter">Its chapter.</param>
/// <param name="Paragraphs">The text, which replaces an earlier one.</param>
[EventType("evaluation.chapter-written.v1")]
public sealed record ChapterWritten(string Review, Chapter Chapter, string[] Paragraphs);

/// <summary>One published file.</summary>
/// <param name="Name">e.g. <c>report.docx</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record PublishedFile(string Name, long Bytes, string Sha256);

/// <summary>The evaluation is published (发布), once. Its files never change from then on.</summary>
/// <param name="Review">Review.</param>
/// <param name="On">The day, Asia/Shanghai.</param>
/// <param name="Figures">How many figures carry a code.</param>
/// <param name="Files">Report, annexes, data, and the bundle of them all with its proofs.</param>
/// <param name="Checkpoint">Signed checkpoint of the county's log that holds every fact (C2SP tlog-checkpoint).</param>
[EventType("evaluation.review-published.v1")]
public sealed record ReviewPublished(string Review, DateOnly On, int Figures, PublishedFile[] Files, string Checkpoint);

/// <summary>A named reviewer countersigns what was published (会签).</summary>
/// <param name="Review">Review.</param>
/// <param name="Reviewer">Department.</param>
/// <param name="Sha256">Hash of the bundle that was seen.</param>
/// <param name="Statement">What the reviewer adds; null for plain consent.</param>
[EventType("evaluation.review-countersigned.v1")]
public sealed record ReviewCountersigned(string Review, string Reviewer, string Sha256, string? Statement);

/// <summary>An evaluation is given up before it was published (终止).</summary>
/// <param name="Review">Review.</param>
/// <param name="Reason">Why.</param>
[EventType("evaluation.review-cancelled.v1")]
public sealed record ReviewCancelled(string Review, string Reason);
