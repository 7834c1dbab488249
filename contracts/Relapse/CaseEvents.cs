namespace Monitoring.Contracts.Relapse;

/// <summary>The two chains of village assessment, publicity, township review and county decision.</summary>
public enum Chain
{
    /// <summary>识别纳入.</summary>
    [Called("识别纳入")]
    Inclusion,

    /// <summary>风险消除.</summary>
    [Called("风险消除")]
    Removal,
}

/// <summary>监测对象类型, computed from the facts.</summary>
public enum MonitoredType
{
    /// <summary>脱贫不稳定户.</summary>
    [Called("脱贫不稳定户", "脱贫不稳定")]
    UnstableLiftedOut,

    /// <summary>边缘易致贫户.</summary>
    [Called("边缘易致贫户", "边缘易致贫")]
    MarginallyPoor,

    /// <summary>突发严重困难户.</summary>
    [Called("突发严重困难户", "突发严重困难")]
    SuddenSevereDifficulty,
}

/// <summary>Where somebody asked for help.</summary>
public enum RequestVia
{
    /// <summary>村（社区）.</summary>
    [Called("村（社区）", "村(社区)", "村", "社区", "村委会")]
    Village,

    /// <summary>手机 APP.</summary>
    [Called("手机APP", "手机 APP", "APP")]
    App,

    /// <summary>12317 热线.</summary>
    [Called("12317热线", "12317 热线", "12317")]
    Hotline12317,

    /// <summary>小程序.</summary>
    [Called("小程序", "微信小程序")]
    MiniProgram,
}

/// <summary>A household asks for help itself (农户自主申报).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Reference">Number of the request.</param>
/// <param name="Causes">Why, one or more.</param>
/// <param name="Via">Where.</param>
/// <param name="Emergency">True where help cannot wait.</param>
/// <param name="On">The day.</param>
[EventType("relapse.help-requested.v1")]
public sealed record HelpRequested(Guid HouseholdId, string Reference, RiskCause[] Causes, RequestVia Via, bool Emergency, DateOnly On);

/// <summary>The household was visited because of a clue (入户核实).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Visitors">How many went.</param>
/// <param name="Confirmed">For inclusion: there is a risk. For removal: it is gone.</param>
/// <param name="Causes">Risks confirmed, the main one first.</param>
/// <param name="Note">What was seen; no personal data.</param>
/// <param name="On">The day.</param>
/// <param name="Means">How; absent: at home.</param>
/// <param name="News">True for a visit about what came up while the household was monitored already, or its risk about to be removed.</param>
/// <param name="By">Who recorded it; whoever did does not review or decide the same case.</param>
[EventType("relapse.home-visited.v1")]
public sealed record HomeVisited(
    Guid HouseholdId, int Episode, Chain Chain, int Visitors, bool Confirmed, RiskCause[] Causes, string? Note, DateOnly On,
    VisitMeans? Means = null, bool? News = null, string? By = null);

/// <summary>How a household was visited (核实方式).</summary>
public enum VisitMeans
{
    /// <summary>入户.</summary>
    [Called("入户")]
    Home,

    /// <summary>电话.</summary>
    [Called("电话", "电话核实")]
    Telephone,

    /// <summary>视频.</summary>
    [Called("视频", "视频核实")]
    Video,
}

/// <summary>Why a visit did not come about (未能入户的情形).</summary>
public enum VisitOutcome
{
    /// <summary>家中无人.</summary>
    [Called("家中无人", "无人在家")]
    NobodyHome,

    /// <summary>外出务工.</summary>
    [Called("外出务工", "全家外出")]
    WorkingAway,

    /// <summary>拒绝入户.</summary>
    [Called("拒绝入户", "拒访")]
    Refused,

    /// <summary>联系不上.</summary>
    [Called("联系不上", "失联")]
    OutOfReach,
}

/// <summary>Somebody went, and did not see the household; its limits go on running.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Outcome">Why not.</param>
/// <param name="Note">What was done; no personal data.</param>
/// <param name="On">The day.</param>
[EventType("relapse.visit-attempted.v1")]
public sealed record VisitAttempted(Guid HouseholdId, int Episode, Chain Chain, VisitOutcome Outcome, string? Note, DateOnly On);

/// <summary>A case is sent back for completion (退回补正): it goes on from an earlier step and is not refused.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="From">The step that sends it back: 乡镇审核 or 县级审定.</param>
/// <param name="To">The step that is to be done again.</param>
/// <param name="Missing">What is missing.</param>
/// <param name="On">The day.</param>
[EventType("relapse.case-returned.v1")]
public sealed record CaseReturned(Guid HouseholdId, int Episode, Chain Chain, CaseAction From, CaseAction To, string Missing, DateOnly On);

/// <summary>A limit that was said to be broken had been kept: what it asks for was done in time and entered late (按期办理、逾期录入).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Limit">Code of the limit.</param>
/// <param name="Of">What it asks for.</param>
/// <param name="DueOn">Its last day.</param>
/// <param name="DoneOn">The day on which it was done.</param>
[EventType("relapse.deadline-kept.v1")]
public sealed record DeadlineKept(Guid HouseholdId, int Episode, string Limit, CaseAction Of, DateOnly DueOn, DateOnly DoneOn);

/// <summary>A clue is closed without a case; only with a written reason.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
[EventType("relapse.clue-closed.v1")]
public sealed record ClueClosed(Guid HouseholdId, int Episode, string Reason, string? Document, DateOnly On);

/// <summary>The household applies and allows its data to be compared (承诺授权书).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Document">Number of the signed form.</param>
/// <param name="On">The day.</param>
[EventType("relapse.authorisation-given.v1")]
public sealed record AuthorisationGiven(Guid HouseholdId, int Episode, string Document, DateOnly On);

/// <summary>The departments' data were compared with what the household said (信息比对).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Consistent">Whether they agree.</param>
/// <param name="Findings">What does not agree; no personal data.</param>
/// <param name="On">The day.</param>
[EventType("relapse.data-compared.v1")]
public sealed record DataCompared(Guid HouseholdId, int Episode, bool Consistent, string? Findings, DateOnly On);

/// <summary>The village has assessed the case (民主评议).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Passed">Whether it agreed.</param>
/// <param name="Reason">Why not.</param>
/// <param name="On">The day.</param>
[EventType("relapse.village-assessed.v1")]
public sealed record VillageAssessed(Guid HouseholdId, int Episode, Chain Chain, bool Passed, string? Reason, DateOnly On);

/// <summary>The village has put up the notice (村内公示).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="On">The first day.</param>
[EventType("relapse.publicity-started.v1")]
public sealed record PublicityStarted(Guid HouseholdId, int Episode, Chain Chain, DateOnly On);

/// <summary>Somebody objects.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Objection">Number of the objection.</param>
/// <param name="Text">What is objected; no personal data.</param>
/// <param name="On">The day.</param>
[EventType("relapse.objection-filed.v1")]
public sealed record ObjectionFiled(Guid HouseholdId, int Episode, Chain Chain, string Objection, string Text, DateOnly On);

/// <summary>An objection was looked into.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Objection">Number of the objection.</param>
/// <param name="Upheld">True where it was right; the chain ends with it.</param>
/// <param name="Finding">What was found.</param>
/// <param name="On">The day.</param>
[EventType("relapse.objection-checked.v1")]
public sealed record ObjectionChecked(
    Guid HouseholdId, int Episode, Chain Chain, string Objection, bool Upheld, string Finding, DateOnly On);

/// <summary>The notice was taken down.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="On">The day after the last day of the notice.</param>
[EventType("relapse.publicity-ended.v1")]
public sealed record PublicityEnded(Guid HouseholdId, int Episode, Chain Chain, DateOnly On);

/// <summary>The township has reviewed the case (乡镇审核).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Passed">Whether it agreed.</param>
/// <param name="Reason">Why not.</param>
/// <param name="On">The day.</param>
/// <param name="By">Who recorded it.</param>
[EventType("relapse.township-reviewed.v1")]
public sealed record TownshipReviewed(
    Guid HouseholdId, int Episode, Chain Chain, bool Passed, string? Reason, DateOnly On, string? By = null);

/// <summary>The county has decided (县级审定). Approved for inclusion, the household is a 监测对象 from that day.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="Approved">Whether.</param>
/// <param name="Type">For inclusion: its type, computed from the facts.</param>
/// <param name="IncomePerHead">The income it was computed from, 元.</param>
/// <param name="Line">The monitoring line it was compared with, 元.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
/// <param name="By">Who recorded it.</param>
[EventType("relapse.county-decided.v1")]
public sealed record CountyDecided(
    Guid HouseholdId, int Episode, Chain Chain, bool Approved, MonitoredType? Type, decimal? IncomePerHead, decimal? Line, string? Reason,
    string? Document, DateOnly On, string? By = null);

/// <summary>The township has announced the result in the village (结果公告).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Chain">For inclusion or removal.</param>
/// <param name="On">The day.</param>
[EventType("relapse.result-announced.v1")]
public sealed record ResultAnnounced(Guid HouseholdId, int Episode, Chain Chain, DateOnly On);

/// <summary>Help comes first and the procedure after (绿色通道: 先帮扶后补程序).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Reason">The emergency.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
[EventType("relapse.green-channel-opened.v1")]
public sealed record GreenChannelOpened(Guid HouseholdId, int Episode, string Reason, string? Document, DateOnly On);

/// <summary>帮扶措施类型.</summary>
public enum MeasureKind
{
    /// <summary>产业帮扶.</summary>
    [Called("产业帮扶")]
    Industry,

    /// <summary>就业帮扶.</summary>
    [Called("就业帮扶")]
    Employment,

    /// <summary>金融帮扶.</summary>
    [Called("金融帮扶")]
    Finance,

    /// <summary>公益岗位.</summary>
    [Called("公益岗位", "公益性岗位")]
    PublicWelfareJob,

    /// <summary>义务教育保障.</summary>
    [Called("义务教育保障", "教育帮扶")]
    Education,

    /// <summary>住房安全保障.</summary>
    [Called("住房安全保障", "住房保障")]
    Housing,

    /// <summary>健康帮扶.</summary>
    [Called("健康帮扶", "健康扶贫")]
    Health,

    /// <summary>饮水安全保障.</summary>
    [Called("饮水安全保障", "饮水保障")]
    Water,

    /// <summary>综合保障.</summary>
    [Called("综合保障", "综合性保障", "兜底保障")]
    SocialSecurity,

    /// <summary>社会帮扶.</summary>
    [Called("社会帮扶")]
    SocialAid,

    /// <summary>搬迁后续帮扶.</summary>
    [Called("搬迁后续帮扶", "易地搬迁后续扶持")]
    Resettlement,
}

/// <summary>A measure is planned.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Measure">Its own code within the household.</param>
/// <param name="Kind">Of what kind.</param>
/// <param name="Responsible">责任单位.</param>
/// <param name="Amount">What it costs.</param>
/// <param name="Until">Planned end.</param>
/// <param name="On">The day it was planned.</param>
[EventType("relapse.measure-planned.v1")]
public sealed record MeasurePlanned(
    Guid HouseholdId, int Episode, string Measure, MeasureKind Kind, string Responsible, Money? Amount, DateOnly? Until, DateOnly On);

/// <summary>A measure has begun.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Measure">Which measure.</param>
/// <param name="On">The day.</param>
[EventType("relapse.measure-started.v1")]
public sealed record MeasureStarted(Guid HouseholdId, int Episode, string Measure, DateOnly On);

/// <summary>A measure is over.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Measure">Which measure.</param>
/// <param name="Result">What it brought.</param>
/// <param name="On">The day.</param>
[EventType("relapse.measure-ended.v1")]
public sealed record MeasureEnded(Guid HouseholdId, int Episode, string Measure, string Result, DateOnly On);

/// <summary>A monitored household was visited again (走访跟踪): whether the conditions of removal hold in that month.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Month">First day of the month it is about.</param>
/// <param name="IncomePerHead">元, of the twelve months before.</param>
/// <param name="Line">The monitoring line of that month, 元.</param>
/// <param name="SpendingSolved">大额刚性支出 is solved.</param>
/// <param name="Guarantees">两不愁三保障 and water.</param>
/// <param name="RiskGone">The risk is gone.</param>
/// <param name="Reason">Why a follow-up of the same month is replaced.</param>
/// <param name="On">The day of the visit.</param>
/// <param name="News">True where it is also the look at what came up since the last one.</param>
[EventType("relapse.followed-up.v1")]
public sealed record FollowedUp(
    Guid HouseholdId, int Episode, DateOnly Month, decimal IncomePerHead, decimal? Line, bool SpendingSolved, Guarantees Guarantees,
    bool RiskGone, string? Reason, DateOnly On, bool? News = null)
{
    /// <summary>True when all conditions of removal hold in that month.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Holds => SpendingSolved && RiskGone && Guarantees.Hold && IncomePerHead >= Line;
}

/// <summary>风险消除方式.</summary>
public enum RemovalKind
{
    /// <summary>帮扶后消除.</summary>
    [Called("帮扶后消除", "帮扶消除")]
    Assisted,

    /// <summary>自然消除.</summary>
    [Called("自然消除")]
    Natural,
}

/// <summary>The removal of the risk is proposed; its own visit, assessment, publicity, review and decision follow.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Kind">How the risk was removed.</param>
/// <param name="StableSince">First day of the first month in which all conditions held.</param>
/// <param name="On">The day.</param>
[EventType("relapse.risk-removal-proposed.v1")]
public sealed record RiskRemovalProposed(Guid HouseholdId, int Episode, RemovalKind Kind, DateOnly StableSince, DateOnly On);

/// <summary>A proposed removal was not carried through; the household stays monitored.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day.</param>
[EventType("relapse.risk-removal-dropped.v1")]
public sealed record RiskRemovalDropped(Guid HouseholdId, int Episode, string Reason, DateOnly On);

/// <summary>The risk is removed (风险消除); another one begins a new episode.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Kind">How.</param>
/// <param name="On">The day.</param>
[EventType("relapse.risk-eliminated.v1")]
public sealed record RiskEliminated(Guid HouseholdId, int Episode, RemovalKind Kind, DateOnly On);

/// <summary>A day limit passed and what it asks for was not done. Nothing is refused because of it.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Episode">Which episode.</param>
/// <param name="Village">12-digit village code.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Limits">The version of the limits.</param>
/// <param name="Of">What was not done.</param>
/// <param name="Level">Who answers for it.</param>
/// <param name="DueOn">The last day.</param>
[EventType("relapse.deadline-breached.v1")]
public sealed record DeadlineBreached(
    Guid HouseholdId, int Episode, string Village, string Limit, string Limits, CaseAction Of, Level Level, DateOnly DueOn);

/// <summary>
/// Something said in a case was not as it was said, or not all of it (更正说明). What was said stays, and so does what followed from it;
/// whoever reads it reads this beside it.
/// </summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="About">The event that it is about, one of the same household.</param>
/// <param name="Text">What is to be known of it; no personal data.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
[EventType("relapse.case-note-added.v1")]
public sealed record CaseNoteAdded(Guid HouseholdId, Guid About, string Text, string? Document, DateOnly On);
