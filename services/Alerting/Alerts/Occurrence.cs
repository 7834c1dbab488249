using System.Globalization;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>What an event of another service means for alerts.</summary>
public enum Effect
{
    Raise,

    /// <summary>The same again; says nothing once it is over.</summary>
    Join,

    /// <summary>Somebody has begun to deal with it.</summary>
    Acknowledge,

    Resolve,

    /// <summary>Every alert about the subject is over.</summary>
    ResolveAll,
}

/// <summary>One thing that an event does to one alert, or to all of a subject.</summary>
/// <param name="Effect">What it does.</param>
/// <param name="Kind">Kind of the alert.</param>
/// <param name="Subject">What it is about; with the kind it makes the alert's id.</param>
/// <param name="Severity">How grave.</param>
/// <param name="Area">Village, township or county.</param>
/// <param name="Level">Who answers for it first.</param>
/// <param name="Department">Whose it is, where it is a department's.</param>
/// <param name="Cause">风险类型.</param>
/// <param name="Title">One line.</param>
/// <param name="WasTrue">At the end: whether it had been true.</param>
/// <param name="Rule">Version and code of the rule that found it.</param>
public sealed record Occurrence(
    Effect Effect, AlertKind Kind, string Subject, Severity Severity = Severity.Info, string Area = "", Level Level = Level.County,
    string? Department = null, RiskCause? Cause = null, Text? Title = null, bool WasTrue = true,
    string? Rule = null)
{
    /// <summary>The alert that is meant.</summary>
    public Guid AlertOf(string tenant) => Alert.IdOf(tenant, Kind, Subject);

    /// <summary>Events that are listened to because they say what things are called and whose they are.</summary>
    internal static readonly Type[] Naming =
        [typeof(AreaRegistered), typeof(StationRegistered), typeof(ProjectRegistered), typeof(ProjectDescribed), typeof(IndicatorDefined),
            typeof(DutyAssigned)];

    /// <summary>Events that raise, acknowledge or end alerts.</summary>
    internal static readonly Type[] Telling =
    [
        typeof(RiskDetected), typeof(RiskRecurred), typeof(GroupRiskDetected), typeof(DeadlineBreached), typeof(HomeVisited),
        typeof(AuthorisationGiven),
        typeof(DataCompared), typeof(VillageAssessed), typeof(PublicityStarted), typeof(PublicityEnded), typeof(TownshipReviewed),
        typeof(CountyDecided), typeof(ResultAnnounced), typeof(MeasureStarted), typeof(FollowedUp), typeof(ClueClosed),
        typeof(RiskEliminated),
        typeof(HouseholdEnded), typeof(LimitExceeded), typeof(ExceedanceEnded), typeof(StationSilent), typeof(StationHeard),
        typeof(IndicatorOffTrack), typeof(FindingOverdue), typeof(FindingVerified), typeof(FindingClosed), typeof(LampChanged),
        typeof(MilestoneOverdue), typeof(MilestoneReached), typeof(MilestonePlanned), typeof(MilestoneExcused), typeof(StageAdvanced),
    ];

    /// <summary>What an event means; <paramref name="names"/> says what things are called.</summary>
    public static IEnumerable<Occurrence> Of(object data, string tenant, Func<string, Named?> names) => data switch
    {
        RiskDetected e => [Household(e, names)],
        RiskRecurred e => [new(Effect.Join, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), Cause: e.Cause, Title: new(
            $"同一风险再次出现：{Name(e.Cause).Zh}", $"The same risk again: {Name(e.Cause).En}"))],
        GroupRiskDetected e =>
        [
            new(Effect.Raise, AlertKind.GroupRisk, $"{e.Area}/{e.Rule}/{(e.Cause is { } cause ? Codes<RiskCause>.ByValue[cause] : "any")}",
                Severity.Serious, e.Area, e.Area.Length > 6 ? Level.Township : Level.County, null, e.Cause, new(
                    $"{Place(e.Area, names).Zh}有{e.Households.Length}户同时出现{(e.Cause is { } one ? Name(one).Zh : "返贫致贫")}风险（{e.From:M月d日}至{e.On:M月d日}）",
                    $"{e.Households.Length} households of {Place(e.Area, names).En} at risk at once{(e.Cause is { } same ? $": {Name(same).En}" : "")} ({e.From:yyyy-MM-dd} to {e.On:yyyy-MM-dd})"),
                Rule: $"{e.RuleSet}/{e.Rule}"),
        ],
        DeadlineBreached e =>
        [
            new(Effect.Raise, AlertKind.DeadlineBreached, $"{Case(e.HouseholdId, e.Episode)}/{Codes<CaseAction>.ByValue[e.Of]}",
                Severity.Warning, e.Village,
                e.Level, Title: new(
                    $"{Place(e.Village, names).Zh}一户的“{Name(e.Of).Zh}”应于{e.DueOn:M月d日}前完成，已超时",
                    $"{Name(e.Of).En} of a household of {Place(e.Village, names).En} was due on {e.DueOn:yyyy-MM-dd}"),
                Rule: $"{e.Limits}/{e.Limit}"),
        ],
        HomeVisited { Chain: Chain.Inclusion } e =>
            [Done(e.HouseholdId, e.Episode, CaseAction.HomeVisit),
                new(Effect.Acknowledge, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode))],
        AuthorisationGiven e => [Done(e.HouseholdId, e.Episode, CaseAction.Authorisation)],
        DataCompared e => [Done(e.HouseholdId, e.Episode, CaseAction.Comparison)],
        VillageAssessed { Chain: Chain.Inclusion } e => [Done(e.HouseholdId, e.Episode, CaseAction.Assessment)],
        PublicityStarted { Chain: Chain.Inclusion } e => [Done(e.HouseholdId, e.Episode, CaseAction.Publicity)],
        PublicityEnded { Chain: Chain.Inclusion } e => [Done(e.HouseholdId, e.Episode, CaseAction.PublicityEnd)],
        TownshipReviewed { Chain: Chain.Inclusion } e => [Done(e.HouseholdId, e.Episode, CaseAction.TownshipReview)],
        CountyDecided { Chain: Chain.Inclusion } e => e.Approved
            ? [Done(e.HouseholdId, e.Episode, CaseAction.CountyDecision),
                new(Effect.Resolve, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode))]
            : [new(Effect.ResolveAll, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), WasTrue: false)],
        ResultAnnounced { Chain: Chain.Inclusion } e => [Done(e.HouseholdId, e.Episode, CaseAction.Announcement)],
        MeasureStarted e => [Done(e.HouseholdId, e.Episode, CaseAction.Measures)],
        FollowedUp e => [Done(e.HouseholdId, e.Episode, CaseAction.FollowUp)],
        ClueClosed e => [new(Effect.ResolveAll, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), WasTrue: false)],
        RiskEliminated e => [new(Effect.ResolveAll, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode))],
        HouseholdEnded e => [new(Effect.ResolveAll, AlertKind.HouseholdRisk, $"{e.HouseholdId}")],
        LimitExceeded e =>
        [
            new(Effect.Raise, AlertKind.LimitExceeded, $"{e.Mn}/{e.Pollutant}", Severity.Warning, StationArea(e.Mn, tenant, names),
                Title: new(
                $"{Station(e.Mn, names)} {e.Pollutant} 超标已{e.Hours}小时，最高 {Number(e.Peak)}，限值 {Number(e.Limit)}",
                $"{Station(e.Mn, names)}: {e.Pollutant} above its limit for {e.Hours} hours, peak {Number(e.Peak)}, limit {Number(e.Limit)}")),
        ],
        ExceedanceEnded e => [new(Effect.Resolve, AlertKind.LimitExceeded, $"{e.Mn}/{e.Pollutant}")],
        StationSilent e =>
        [
            new(Effect.Raise, AlertKind.StationSilent, e.Mn, Severity.Info, StationArea(e.Mn, tenant, names), Title: new(
                $"{Station(e.Mn, names)} 已{e.Hours}小时无数据", $"{Station(e.Mn, names)} has sent nothing for {e.Hours} hours")),
        ],
        StationHeard e => [new(Effect.Resolve, AlertKind.StationSilent, e.Mn)],
        IndicatorOffTrack e =>
        [
            new(Effect.Raise, AlertKind.IndicatorOffTrack, e.Code, Severity.Info, tenant,
                Department: names($"indicator/{e.Code}")?.Department, Title: new(
                $"{e.Name}：{Verdicts.NameOf(e.To).Zh}（此前为{Verdicts.NameOf(e.From).Zh}）",
                $"{names($"indicator/{e.Code}")?.NameEn ?? e.Name}: {Verdicts.NameOf(e.To).En} (was {Verdicts.NameOf(e.From).En})")),
        ],
        FindingOverdue e =>
        [
            new(Effect.Raise, AlertKind.FindingOverdue, e.Finding, Severity.Warning, tenant, Department: e.To, Title: new(
                $"{Project(e.Project, names)}：问题 {e.Finding} 整改逾期（应于{e.DueOn:M月d日}前完成）",
                $"{Project(e.Project, names)}: finding {e.Finding} was due on {e.DueOn:yyyy-MM-dd}")),
        ],
        FindingVerified { Rectified: true } e => [new(Effect.Resolve, AlertKind.FindingOverdue, e.Finding)],
        FindingClosed e => [new(Effect.Resolve, AlertKind.FindingOverdue, e.Finding)],
        MilestoneOverdue e =>
        [
            new(Effect.Raise, AlertKind.MilestoneOverdue, $"{e.Code}/{e.Milestone}", Severity.Warning, tenant,
                Department: e.Responsible ?? names($"project/{e.Code}")?.Department, Title: new(
                    $"{Project(e.Code, names)}：节点“{e.Name}”逾期（应于{e.DueOn:M月d日}前完成）",
                    $"{Project(e.Code, names)}: milestone {e.Milestone} was due on {e.DueOn:yyyy-MM-dd}")),
        ],
        MilestoneReached e => [new(Effect.Resolve, AlertKind.MilestoneOverdue, $"{e.Code}/{e.Milestone}")],
        // A new day, or a good reason: what is late by that again is said again.
        MilestonePlanned { PreviousDueOn: not null } e => [new(Effect.Resolve, AlertKind.MilestoneOverdue, $"{e.Code}/{e.Milestone}")],
        MilestoneExcused e => [new(Effect.Resolve, AlertKind.MilestoneOverdue, $"{e.Code}/{e.Milestone}")],
        StageAdvanced { To: Stage.Cancelled or Stage.MovedOut or Stage.Merged } e =>
            [new(Effect.ResolveAll, AlertKind.MilestoneOverdue, $"{e.Code}/")],
        LampChanged { Aspect: Aspect.Overall, To: Lamp.Red or Lamp.Yellow } e =>
        [
            new(Effect.Raise, AlertKind.ProjectLamp, e.Code, e.To == Lamp.Red ? Severity.Warning : Severity.Info, tenant,
                Department: names($"project/{e.Code}")?.Department, Title: new(
                    $"{e.Name}：{(e.To == Lamp.Red ? "红灯" : "黄灯")}（{e.Facts}）",
                    $"{e.Name}: {(e.To == Lamp.Red ? "red" : "yellow")} lamp ({e.Facts})")),
        ],
        LampChanged { Aspect: Aspect.Overall } e => [new(Effect.Resolve, AlertKind.ProjectLamp, e.Code)],
        _ => [],
    };

    /// <summary>What an event says of names and duties; null where it says nothing of them.</summary>
    public static Named? NameIn(object data, Func<string, Named?> known) => data switch
    {
        AreaRegistered e => new($"area/{e.Code}", e.Name, e.NameEn, e.Code, null),
        StationRegistered e => new($"station/{e.Mn}", e.Name, e.Name, e.Area, null),
        ProjectRegistered e => new($"project/{e.Code}", e.Name, e.Name, null, known($"project/{e.Code}")?.Department),
        ProjectDescribed e =>
            (known($"project/{e.Code}") ?? new Named($"project/{e.Code}", e.Code, e.Code, null, null)) with { Department = e.Responsible },
        IndicatorDefined e => new($"indicator/{e.Code}", e.Name, e.NameEn, null, known($"indicator/{e.Code}")?.Department),
        DutyAssigned e => (known($"indicator/{e.Code}")
            ?? new Named($"indicator/{e.Code}", e.Code, e.Code, null, null)) with { Department = e.Responsible },
        _ => null,
    };

    /// <summary>Ids of the names that an occurrence of this event is worded with.</summary>
    internal static IEnumerable<string> NamesFor(object data) => data switch
    {
        RiskDetected e => Places(e.Village),
        GroupRiskDetected e => Places(e.Area),
        DeadlineBreached e => Places(e.Village),
        LimitExceeded e => [$"station/{e.Mn}"],
        StationSilent e => [$"station/{e.Mn}"],
        IndicatorOffTrack e => [$"indicator/{e.Code}"],
        FindingOverdue e => [$"project/{e.Project}"],
        MilestoneOverdue e => [$"project/{e.Code}"],
        LampChanged e => [$"project/{e.Code}"],
        AreaRegistered or StationRegistered => [],
        ProjectRegistered e => [$"project/{e.Code}"],
        ProjectDescribed e => [$"project/{e.Code}"],
        IndicatorDefined e => [$"indicator/{e.Code}"],
        DutyAssigned e => [$"indicator/{e.Code}"],
        _ => [],
    };

    static Occurrence Household(RiskDetected e, Func<string, Named?> names) => new(
        Effect.Raise, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), e.Emergency ? Severity.Emergency : Severity.Warning,
        e.Village,
        Level.Village, null, e.Cause, new(
            $"{Place(e.Village, names).Zh}一户出现{Name(e.Cause).Zh}返贫致贫风险线索{(e.Emergency ? "（紧急，先帮扶后补程序）" : "")}",
            $"A household of {Place(e.Village, names).En} may fall back into poverty: {Name(e.Cause).En}{(e.Emergency ? " (urgent, help first)" : "")}"),
        Rule: e.Rule is null ? null : $"{e.RuleSet}/{e.Rule}");

    static Occurrence Done(Guid household, int episode, CaseAction action) =>
        new(Effect.Resolve, AlertKind.DeadlineBreached, $"{Case(household, episode)}/{Codes<CaseAction>.ByValue[action]}");

    static string Case(Guid household, int episode) => string.Create(CultureInfo.InvariantCulture, $"{household}/{episode}");

    static IEnumerable<string> Places(string area) => area.Length == 12 ? [$"area/{area}", $"area/{area[..9]}"] : [$"area/{area}"];

    static Text Place(string area, Func<string, Named?> names)
    {
        var (township, village) = (area.Length >= 9 ? names($"area/{area[..9]}") : null, area.Length == 12 ? names($"area/{area}") : null);
        return area.Length < 9 ? new("全县", "the county")
            : area.Length == 9 ? new(township?.Name ?? area, township?.NameEn ?? area)
            : new($"{township?.Name}{village?.Name ?? area}", village?.NameEn ?? (township is null ? area : $"{area}, {township.NameEn}"));
    }

    static string Station(string mn, Func<string, Named?> names) => names($"station/{mn}")?.Name ?? mn;

    static string StationArea(string mn, string tenant, Func<string, Named?> names) => names($"station/{mn}")?.Area ?? tenant;

    static string Project(string code, Func<string, Named?> names) => names($"project/{code}")?.Name ?? code;

    static string Number(decimal value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    static Text Name(RiskCause cause) => cause switch
    {
        RiskCause.Illness => new("因病", "illness"),
        RiskCause.Disability => new("因残", "disability"),
        RiskCause.Education => new("因学", "cost of education"),
        RiskCause.NaturalDisaster => new("因自然灾害", "natural disaster"),
        RiskCause.Accident => new("因意外事故", "accident"),
        RiskCause.IndustryFailure => new("因产业项目失败", "failed enterprise"),
        RiskCause.Unemployment => new("因务工就业不稳", "unsteady work"),
        RiskCause.LackOfLabour => new("缺劳动力", "lack of labour"),
        RiskCause.UnsafeHousing => new("住房安全", "unsafe housing"),
        RiskCause.UnsafeWater => new("饮水安全", "unsafe water"),
        RiskCause.SchoolDropout => new("义务教育失学辍学", "leaving school"),
        RiskCause.PublicEmergency => new("因突发公共事件", "public emergency"),
        RiskCause.LowIncome => new("收入低于监测范围", "income below the line"),
        _ => new("其他", "other cause"),
    };

    static Text Name(CaseAction action) => action switch
    {
        CaseAction.HomeVisit => new("入户核实", "The home visit"),
        CaseAction.Authorisation => new("承诺授权", "The authorisation"),
        CaseAction.Comparison => new("信息比对", "The comparison of data"),
        CaseAction.Assessment => new("民主评议", "The village's assessment"),
        CaseAction.Publicity => new("村内公示", "The public notice"),
        CaseAction.PublicityEnd => new("公示结束", "The end of the public notice"),
        CaseAction.TownshipReview => new("乡镇审核", "The township's review"),
        CaseAction.CountyDecision => new("县级审定", "The county's decision"),
        CaseAction.Announcement => new("结果公告", "The announcement"),
        CaseAction.Measures => new("帮扶措施", "Help"),
        CaseAction.FollowUp => new("走访跟踪", "The follow-up visit"),
        _ => new(Codes<CaseAction>.ByValue[action], Codes<CaseAction>.ByValue[action]),
    };
}

/// <summary>What something is called and whose it is, as the services that own it said last.</summary>
/// <param name="Id"><c>area/…</c>, <c>station/…</c>, <c>project/…</c>, <c>indicator/…</c>.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Area">Where it is.</param>
/// <param name="Department">Who answers for it.</param>
public sealed record Named(string Id, string Name, string NameEn, string? Area, string? Department);
