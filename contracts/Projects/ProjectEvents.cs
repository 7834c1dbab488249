namespace Monitoring.Contracts.Projects;

/// <summary>What a plan item is: many are not building projects.</summary>
public enum ProjectKind
{
    /// <summary>项目.</summary>
    [Called("项目", "工程项目", "建设项目")]
    Project,

    /// <summary>A programme without an end.</summary>
    [Called("工程", "行动计划", "专项行动")]
    Programme,

    /// <summary>重点工作.</summary>
    [Called("重点工作", "工作事项")]
    WorkItem,
}

/// <summary>Stage of a major project (谋划一批、开工一批、在建一批、投产一批).</summary>
public enum Stage
{
    /// <summary>谋划, 储备.</summary>
    [Called("谋划", "储备", "谋划储备", "谋划阶段", "储备项目", "谋划项目")]
    Planned,

    /// <summary>前期.</summary>
    [Called("前期", "前期工作", "前期阶段", "开展前期工作")]
    Preparing,

    /// <summary>开工.</summary>
    [Called("开工", "已开工", "新开工", "开工建设")]
    Started,

    /// <summary>在建.</summary>
    [Called("在建", "建设中", "在建项目", "续建")]
    UnderConstruction,

    /// <summary>停工, 缓建.</summary>
    [Called("停缓建", "停工", "缓建", "停建", "已停工", "暂停", "停工缓建")]
    Suspended,

    /// <summary>竣工.</summary>
    [Called("竣工", "已竣工", "完工", "已完工", "建成")]
    Completed,

    /// <summary>投产, 交付使用.</summary>
    [Called("投产", "已投产", "交付使用", "投产达效", "建成投产", "投入使用")]
    InProduction,

    /// <summary>取消.</summary>
    [Called("取消", "已取消", "终止")]
    Cancelled,

    /// <summary>调出.</summary>
    [Called("调出", "已调出", "调出规划")]
    MovedOut,

    /// <summary>合并.</summary>
    [Called("合并", "已合并")]
    Merged,
}

/// <summary>A plan item (规划项目) enters the registry.</summary>
/// <param name="Code">Stable plan-item code, column-group-sequence, e.g. <c>P05-2-03</c>; not the 国家项目代码.</param>
/// <param name="Name">As printed.</param>
/// <param name="Kind">Project, programme or work item.</param>
/// <param name="Box">Number of the plan's column (专栏), 3 to 16.</param>
/// <param name="BoxTitle">Its title.</param>
/// <param name="Group">Group inside the column, 0 where it has none.</param>
/// <param name="GroupTitle">Its title, null where it has none.</param>
/// <param name="Seq">Number inside the group.</param>
/// <param name="Stage">The stage the plan puts it in.</param>
/// <param name="Notes">Remarks, above all the plan's own contradictions.</param>
[EventType("projects.project-registered.v1")]
public sealed record ProjectRegistered(
    string Code, string Name, ProjectKind Kind, int Box, string BoxTitle, int Group, string? GroupTitle, int Seq,
    Stage Stage, string[] Notes);

/// <summary>A project moves to another stage (项目阶段).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="From">The stage it leaves.</param>
/// <param name="To">The stage it enters.</param>
/// <param name="Evidence">The document that shows it, e.g. a construction permit (施工许可).</param>
/// <param name="On">The day it happened, Asia/Shanghai.</param>
/// <param name="Into">For <c>merged</c>: the plan item it went into.</param>
[EventType("projects.stage-advanced.v1")]
public sealed record StageAdvanced(string Code, Stage From, Stage To, string? Evidence, DateOnly On, string? Into = null);

/// <summary>Investment completed in one month (本月完成投资), reported for the first time.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Month">SDMX month, e.g. <c>2023-07</c>; never year-to-date.</param>
/// <param name="Amount">In the reported unit.</param>
/// <param name="Months">2 where February stands for January and February together (1—2月); null for the month alone.</param>
[EventType("projects.investment-reported.v1")]
public sealed record InvestmentReported(string Code, string Month, Money Amount, int? Months = null);

/// <summary>A month's investment is corrected; the earlier figure stays in history.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Month">SDMX month.</param>
/// <param name="Previous">What had been in force.</param>
/// <param name="Amount">What is in force from now on.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Document">On which document.</param>
[EventType("projects.investment-revised.v1")]
public sealed record InvestmentRevised(
    string Code, string Month, Money Previous, Money Amount, string Reason, string? Document);
