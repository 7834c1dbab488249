namespace Monitoring.Contracts.Projects;

/// <summary>Where the money of a project comes from (资金来源).</summary>
public enum FundSource
{
    /// <summary>国家预算资金.</summary>
    [Called("国家预算资金", "国家预算内资金", "预算内资金", "财政资金")]
    StateBudget,

    /// <summary>专项债券.</summary>
    [Called("专项债券", "专项债", "专项债券资金", "地方政府专项债券")]
    SpecialBond,

    /// <summary>国内贷款.</summary>
    [Called("国内贷款", "银行贷款")]
    DomesticLoan,

    /// <summary>利用外资.</summary>
    [Called("利用外资", "外资")]
    ForeignCapital,

    /// <summary>自筹资金.</summary>
    [Called("自筹资金", "自筹", "企业自筹")]
    SelfRaised,

    /// <summary>其他资金.</summary>
    [Called("其他资金", "其他", "其他资金来源")]
    Other,
}

/// <summary>A step of the preparation of a project (前期工作).</summary>
public enum PreparationStep
{
    /// <summary>立项, 审批, 核准 or 备案.</summary>
    [Called("立项", "审批", "核准", "备案", "项目立项", "立项审批")]
    Approval,

    /// <summary>用地.</summary>
    [Called("用地", "用地审批", "用地手续", "土地手续", "建设用地批准")]
    LandUse,

    /// <summary>规划许可.</summary>
    [Called("规划许可", "规划手续", "建设工程规划许可")]
    Planning,

    /// <summary>环评.</summary>
    [Called("环评", "环境影响评价", "环评审批")]
    EnvironmentalReview,

    /// <summary>节能审查 (能评).</summary>
    [Called("节能审查", "能评")]
    EnergyReview,

    /// <summary>招标.</summary>
    [Called("招标", "招投标")]
    Tendering,

    /// <summary>资金落实.</summary>
    [Called("资金落实")]
    Financing,

    /// <summary>施工许可.</summary>
    [Called("施工许可", "施工许可证")]
    ConstructionPermit,
}

/// <summary>What is known of a project beyond the plan's line; a later description replaces the earlier one.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Content">建设内容及规模.</param>
/// <param name="Township">9-digit code of the township; null where it lies in several.</param>
/// <param name="Total">总投资.</param>
/// <param name="Funding">Planned funds by source, 元.</param>
/// <param name="PlannedStart">计划开工.</param>
/// <param name="PlannedEnd">计划竣工.</param>
/// <param name="Owner">项目单位.</param>
/// <param name="OwnerCode">Its unified social credit code (GB 32100).</param>
/// <param name="Responsible">责任单位.</param>
/// <param name="Leader">责任领导, by office, not by name.</param>
/// <param name="Person">责任人, by office.</param>
/// <param name="Indicators">Codes of the plan's indicators it serves.</param>
/// <param name="Version">1 for the first description.</param>
/// <param name="Reason">Why it changed; null for the first.</param>
[EventType("projects.project-described.v1")]
public sealed record ProjectDescribed(
    string Code, string? Content, string? Township, Money? Total, IReadOnlyDictionary<string, decimal> Funding, DateOnly? PlannedStart,
    DateOnly? PlannedEnd, string? Owner, string? OwnerCode, string? Responsible, string? Leader, string? Person, string[] Indicators,
    int Version, string? Reason);

/// <summary>A 国家项目代码 is granted to a plan item (赋码); one plan item may have several, also in turn.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="ProjectCode">The code as granted, with its hyphens.</param>
/// <param name="On">The day.</param>
[EventType("projects.project-code-granted.v1")]
public sealed record ProjectCodeGranted(string Code, string ProjectCode, DateOnly On);

/// <summary>A 国家项目代码 no longer belongs to the plan item (失效, 撤销, 拆分).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="ProjectCode">The code.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day.</param>
[EventType("projects.project-code-lapsed.v1")]
public sealed record ProjectCodeLapsed(string Code, string ProjectCode, string Reason, DateOnly On);

/// <summary>A step of the preparation is done.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Step">Which.</param>
/// <param name="Document">The document that shows it.</param>
/// <param name="On">The day.</param>
[EventType("projects.preparation-step-done.v1")]
public sealed record PreparationStepDone(string Code, PreparationStep Step, string Document, DateOnly On);

/// <summary>A stage that was entered wrongly is taken back (虚假开工 and the like).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="From">The stage it was in.</param>
/// <param name="To">A stage it had been in before.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day of the correction.</param>
[EventType("projects.stage-corrected.v1")]
public sealed record StageCorrected(string Code, Stage From, Stage To, string Reason, string? Document, DateOnly On);

/// <summary>A project that was cancelled or moved out comes back by decision (调入).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="From">The stage it was in.</param>
/// <param name="To"><c>planned</c> or <c>preparing</c>.</param>
/// <param name="Decision">Number of the decision.</param>
/// <param name="On">The day of the decision.</param>
[EventType("projects.project-reinstated.v1")]
public sealed record ProjectReinstated(string Code, Stage From, Stage To, string Decision, DateOnly On);
