using Monitoring.Contracts.Relapse;

namespace Monitoring.Contracts.Alerting;

/// <summary>What an alert is about.</summary>
public enum AlertKind
{
    /// <summary>返贫致贫风险: a household.</summary>
    [Called("返贫致贫风险")]
    HouseholdRisk,

    /// <summary>规模性返贫风险: many households of one village or one cause.</summary>
    [Called("规模性返贫风险")]
    GroupRisk,

    /// <summary>监测帮扶环节超时: a step of a case is late.</summary>
    [Called("监测帮扶环节超时", "环节超时")]
    DeadlineBreached,

    /// <summary>环境质量超标.</summary>
    [Called("环境质量超标")]
    LimitExceeded,

    /// <summary>站点数据中断.</summary>
    [Called("站点数据中断")]
    StationSilent,

    /// <summary>指标进度滞后.</summary>
    [Called("指标进度滞后")]
    IndicatorOffTrack,

    /// <summary>整改逾期.</summary>
    [Called("整改逾期")]
    FindingOverdue,

    /// <summary>项目红黄灯.</summary>
    [Called("项目红黄灯")]
    ProjectLamp,

    /// <summary>部门报送迟报、漏报或数据不变.</summary>
    [Called("部门报送异常", "部门迟报漏报")]
    FeedLate,

    /// <summary>系统自身故障.</summary>
    [Called("系统自身故障", "系统故障")]
    SystemFault,

    /// <summary>项目节点逾期.</summary>
    [Called("项目节点逾期")]
    MilestoneOverdue,

    /// <summary>农户变动待审核: somebody wants a household to move, merge or end.</summary>
    [Called("农户变动待审核", "农户变动")]
    HouseholdChange,
}

/// <summary>How grave it is, by the four colours of the national early warning (预警级别).</summary>
public enum Severity
{
    /// <summary>蓝色, 一般.</summary>
    [Called("蓝色", "一般", "蓝色预警")]
    Info,

    /// <summary>黄色, 较重.</summary>
    [Called("黄色", "较重", "黄色预警")]
    Warning,

    /// <summary>橙色, 严重.</summary>
    [Called("橙色", "严重", "橙色预警")]
    Serious,

    /// <summary>红色, 特别严重; help cannot wait.</summary>
    [Called("红色", "特别严重", "红色预警")]
    Emergency,
}

/// <summary>The event of another service that made an alert do something.</summary>
/// <param name="EventId">Its id, the same as at the source.</param>
/// <param name="Type">Its wire name.</param>
/// <param name="Stream">Its stream key.</param>
/// <param name="Version">Its place in the stream; what was taken already is told by it.</param>
/// <param name="At">When the source recorded it, UTC.</param>
public sealed record AlertCause(Guid EventId, string Type, string Stream, long Version, DateTimeOffset At);

/// <summary>A risk was seen that nobody is dealing with yet (预警产生).</summary>
/// <param name="AlertId">Made of county, kind and subject, so that the same subject again is the same alert.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Severity">How grave.</param>
/// <param name="Area">Village (12 digits), township (9) or county (6).</param>
/// <param name="Level">Who answers for it first.</param>
/// <param name="Department">Official name of the department that answers, where it is one's.</param>
/// <param name="Subject">Household, station, indicator, project … by its code or random id; nothing that says who somebody is.</param>
/// <param name="Cause">For household and group risks: 风险类型.</param>
/// <param name="Title">One line, Chinese.</param>
/// <param name="TitleEn">The same, English.</param>
/// <param name="Routes">Version of the routes in effect.</param>
/// <param name="From">What made it.</param>
/// <param name="On">The day, Asia/Shanghai; escalation counts from it.</param>
/// <param name="Rule">Version and code of the source's rule that found it, <c>{version}/{code}</c>.</param>
/// <param name="Number">What it is called on the telephone, per county and year: <c>预警-2026-0042</c>.</param>
/// <param name="Next">The step of the case that is due next, where the alert is about a household.</param>
/// <param name="DueOn">Its last day.</param>
[EventType("alerting.alert-raised.v1")]
public sealed record AlertRaised(
    Guid AlertId, AlertKind Kind, Severity Severity, string Area, Level Level, string? Department, string Subject, RiskCause? Cause,
    string Title, string TitleEn, string Routes, AlertCause From, DateOnly On, string? Rule = null, string? Number = null,
    CaseAction? Next = null, DateOnly? DueOn = null);

/// <summary>Why what joins an open alert is told to those who know of it already (新情况).</summary>
public enum AlertNews
{
    /// <summary>Another 风险类型.</summary>
    [Called("新增风险类型")]
    Cause,

    /// <summary>紧急, help cannot wait.</summary>
    [Called("紧急情况")]
    Emergency,

    /// <summary>It came up again after somebody had dealt with it.</summary>
    [Called("办理后再次出现")]
    AfterStep,

    /// <summary>It is graver, or larger.</summary>
    [Called("程度加重")]
    Grown,

    /// <summary>It came with people of another household, by a split or a merger.</summary>
    [Called("由他户转入")]
    Carried,

    /// <summary>The level below has done its part; this one's is due.</summary>
    [Called("已通过下级审核")]
    Passed,
}

/// <summary>
/// The same subject was seen again; it joins. Only news tells anybody: an alert that was acknowledged is open again by it, and an end that
/// was proposed is off.
/// </summary>
/// <param name="AlertId">Which.</param>
/// <param name="Severity">How grave it is now; never less than before.</param>
/// <param name="Title">One line, Chinese.</param>
/// <param name="TitleEn">The same, English.</param>
/// <param name="From">What made it.</param>
/// <param name="News">Why it is news; null where it is only counted.</param>
/// <param name="Causes">All causes of it now, in the order in which they came; null where they are as before.</param>
/// <param name="Level">Who answers from now on; null where nothing changes.</param>
/// <param name="Next">The step of the case that is due next, where it is another.</param>
/// <param name="DueOn">Its last day.</param>
/// <param name="On">The day, where it is news.</param>
[EventType("alerting.alert-joined.v1")]
public sealed record AlertJoined(
    Guid AlertId, Severity Severity, string Title, string TitleEn, AlertCause From, AlertNews? News = null, RiskCause[]? Causes = null,
    Level? Level = null, CaseAction? Next = null, DateOnly? DueOn = null, DateOnly? On = null);

/// <summary>Its household has moved: others answer for it now. Limits go on as they ran; who comes new to it has the days to sign for it.</summary>
/// <param name="AlertId">Which.</param>
/// <param name="From">The area before.</param>
/// <param name="To">The area now.</param>
/// <param name="Title">One line, Chinese.</param>
/// <param name="TitleEn">The same, English.</param>
/// <param name="Source">What made it.</param>
/// <param name="On">The day.</param>
[EventType("alerting.alert-moved.v1")]
public sealed record AlertMoved(Guid AlertId, string From, string To, string Title, string TitleEn, AlertCause Source, DateOnly On);

/// <summary>Somebody has seen it and takes care of it (签收).</summary>
/// <param name="AlertId">Which.</param>
/// <param name="Level">At which level.</param>
/// <param name="Note">What will be done; no personal data.</param>
/// <param name="On">The day.</param>
/// <param name="From">The step of the case that says so; null where a person signed.</param>
[EventType("alerting.alert-acknowledged.v1")]
public sealed record AlertAcknowledged(Guid AlertId, Level Level, string? Note, DateOnly On, AlertCause? From = null);

/// <summary>It is handed to somebody (转办).</summary>
/// <param name="AlertId">Which.</param>
/// <param name="To">Department, or office of the area.</param>
/// <param name="Previous">Who had it.</param>
/// <param name="Note">Why.</param>
[EventType("alerting.alert-assigned.v1")]
public sealed record AlertAssigned(Guid AlertId, string To, string? Previous, string? Note);

/// <summary>A day limit passed and it goes up one level (升级).</summary>
/// <param name="AlertId">Which.</param>
/// <param name="From">The level that let it pass.</param>
/// <param name="To">The level that answers now.</param>
/// <param name="Missed">What was not done.</param>
/// <param name="DueOn">The last day on which it was in time.</param>
/// <param name="Routes">Version of the routes whose limit it is.</param>
/// <param name="On">The day.</param>
[EventType("alerting.alert-escalated.v1")]
public sealed record AlertEscalated(Guid AlertId, Level From, Level To, MissedStep Missed, DateOnly DueOn, string Routes, DateOnly On);

/// <summary>What an escalation is for.</summary>
public enum MissedStep
{
    /// <summary>未签收.</summary>
    [Called("未签收")]
    Acknowledgement,

    /// <summary>未办结.</summary>
    [Called("未办结")]
    Resolution,
}

/// <summary>Somebody says that it is over; for risks of households a second person must agree (办结申请).</summary>
/// <param name="AlertId">Which.</param>
/// <param name="WasTrue">False for a false alarm (误报).</param>
/// <param name="Reason">Why.</param>
/// <param name="Evidence">On which document.</param>
/// <param name="By">Who says so; the second person must be another.</param>
[EventType("alerting.closure-proposed.v1")]
public sealed record ClosureProposed(Guid AlertId, bool WasTrue, string Reason, string Evidence, string By);

/// <summary>The second person does not agree (办结退回); it stays open.</summary>
/// <param name="AlertId">Which.</param>
/// <param name="Reason">Why not.</param>
[EventType("alerting.closure-rejected.v1")]
public sealed record ClosureRejected(Guid AlertId, string Reason);

/// <summary>It is over (办结).</summary>
/// <param name="AlertId">Which.</param>
/// <param name="How">By a fact, or by people.</param>
/// <param name="WasTrue">False for a false alarm (误报).</param>
/// <param name="From">The fact that ended it.</param>
/// <param name="Reason">Why, where people ended it.</param>
/// <param name="Evidence">On which document.</param>
/// <param name="ProposedBy">Who had proposed it, where two are needed.</param>
/// <param name="On">The day.</param>
/// <param name="Ending">What the fact was that ended it; null where people did.</param>
[EventType("alerting.alert-resolved.v1")]
public sealed record AlertResolved(
    Guid AlertId, Resolution How, bool WasTrue, AlertCause? From, string? Reason, string? Evidence, string? ProposedBy, DateOnly On,
    Ending? Ending = null);

/// <summary>The fact that ended an alert (办结情形).</summary>
public enum Ending
{
    /// <summary>已纳入监测帮扶: the risk was true, and the county looks after the household.</summary>
    [Called("已纳入监测帮扶")]
    Monitored,

    /// <summary>未纳入监测.</summary>
    [Called("经审定未纳入监测")]
    NotIncluded,

    /// <summary>线索已排除.</summary>
    [Called("线索已排除")]
    ClueClosed,

    /// <summary>已入户核实, of what came up while the household was monitored already.</summary>
    [Called("已入户核实")]
    Visited,

    /// <summary>风险消除.</summary>
    [Called("风险已消除")]
    Eliminated,

    /// <summary>农户变动: it ended, or went to another one.</summary>
    [Called("农户变动")]
    HouseholdEnded,

    /// <summary>按期办理、逾期录入.</summary>
    [Called("按期办理、逾期录入")]
    Kept,

    /// <summary>该环节已办理.</summary>
    [Called("该环节已办理")]
    StepDone,

    /// <summary>该环节不再需要.</summary>
    [Called("该环节不再需要")]
    StepDropped,

    /// <summary>变动已审定.</summary>
    [Called("变动已审定同意")]
    ChangeApproved,

    /// <summary>变动未获同意.</summary>
    [Called("变动未获同意")]
    ChangeRefused,

    /// <summary>已恢复正常.</summary>
    [Called("已恢复正常")]
    Recovered,
}

/// <summary>How an alert ended.</summary>
public enum Resolution
{
    /// <summary>由事实消除.</summary>
    [Called("由事实消除")]
    Fact,

    /// <summary>人工办结.</summary>
    [Called("人工办结")]
    Person,
}

/// <summary>It is open again: the same risk came back, or the end was a mistake (重新打开).</summary>
/// <param name="AlertId">Which.</param>
/// <param name="Severity">How grave it is now.</param>
/// <param name="Title">One line, Chinese.</param>
/// <param name="TitleEn">The same, English.</param>
/// <param name="Routes">Version of the routes in effect.</param>
/// <param name="From">What made it; null where a person said so.</param>
/// <param name="Reason">Why, where a person said so.</param>
/// <param name="On">The day; escalation counts anew from it.</param>
/// <param name="Causes">Its causes now; null where they are as before.</param>
/// <param name="Area">Where it is now; null where that is as before.</param>
/// <param name="Level">Who answers for it first, where that is another than at its end.</param>
/// <param name="Next">The step of the case that is due next.</param>
/// <param name="DueOn">Its last day.</param>
[EventType("alerting.alert-reopened.v1")]
public sealed record AlertReopened(
    Guid AlertId, Severity Severity, string Title, string TitleEn, string Routes, AlertCause? From, string? Reason, DateOnly On,
    RiskCause[]? Causes = null, string? Area = null, Level? Level = null, CaseAction? Next = null, DateOnly? DueOn = null);

/// <summary>An event that could not be taken for alerts is left aside for good, on a person's word.</summary>
/// <param name="EventId">Which.</param>
/// <param name="Type">Its wire name.</param>
/// <param name="Why">Why it could not be taken.</param>
/// <param name="Reason">Why it may be left.</param>
[EventType("alerting.occurrence-left.v1")]
public sealed record OccurrenceLeft(Guid EventId, string Type, string Why, string Reason);

/// <summary>Why a notification is sent.</summary>
public enum NotificationKind
{
    /// <summary>新预警.</summary>
    [Called("新预警")]
    Firing,

    /// <summary>再次提醒: nothing is new, and nothing is over.</summary>
    [Called("再次提醒")]
    Repeated,

    /// <summary>升级.</summary>
    [Called("升级")]
    Escalated,

    /// <summary>已解除.</summary>
    [Called("已解除")]
    Resolved,

    /// <summary>新情况: something is new about what its receivers know.</summary>
    [Called("新情况")]
    News,

    /// <summary>已转移: others answer for it now.</summary>
    [Called("已转移")]
    Moved,

    /// <summary>测试: nothing is the matter.</summary>
    [Called("测试")]
    Test,
}

/// <summary>A receiver is to be told about a group of alerts (应发通知); the channels deliver it.</summary>
/// <param name="NotificationId">Random id; the message id towards the receiver.</param>
/// <param name="Receiver">Name of the receiver.</param>
/// <param name="GroupKey">Which group: route and what its alerts have in common.</param>
/// <param name="Kind">Why.</param>
/// <param name="Alerts">Which alerts are told of, the gravest first, up to 1,000.</param>
/// <param name="Severity">That of the gravest.</param>
/// <param name="Title">One line, Chinese.</param>
/// <param name="TitleEn">The same, English.</param>
/// <param name="Text">Of one alert what is to be known of it; of several how many there are by village and cause, one line per alert, up to 10, and how many more there are; Chinese.</param>
/// <param name="TextEn">The same, English.</param>
/// <param name="AreaCode">The area that all of them lie in; null where they have none in common.</param>
/// <param name="Routes">Version of the routes.</param>
/// <param name="More">How many more are told of than <paramref name="Alerts"/> names.</param>
[EventType("alerting.notification-due.v1")]
public sealed record NotificationDue(
    Guid NotificationId, string Receiver, string GroupKey, NotificationKind Kind, Guid[] Alerts, Severity Severity, string Title, string TitleEn,
    string Text, string TextEn, string? AreaCode, string Routes, int More = 0);

/// <summary>A receiver has taken a notification.</summary>
/// <param name="NotificationId">Which.</param>
/// <param name="Receiver">Name of the receiver.</param>
/// <param name="Attempt">The how-manieth attempt, from 1.</param>
/// <param name="Answer">What the receiver said, shortened.</param>
[EventType("alerting.notification-delivered.v1")]
public sealed record NotificationDelivered(Guid NotificationId, string Receiver, int Attempt, string? Answer);

/// <summary>An attempt failed.</summary>
/// <param name="NotificationId">Which.</param>
/// <param name="Receiver">Name of the receiver.</param>
/// <param name="Attempt">The how-manieth attempt, from 1.</param>
/// <param name="Reason">Why, without secrets.</param>
/// <param name="NextAt">When it is tried again, UTC; null when it is given up.</param>
[EventType("alerting.notification-failed.v1")]
public sealed record NotificationFailed(Guid NotificationId, string Receiver, int Attempt, string Reason, DateTimeOffset? NextAt);
