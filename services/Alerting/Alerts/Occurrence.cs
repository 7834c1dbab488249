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

    /// <summary>The same again; only counts, unless it is news, and says nothing once it is over.</summary>
    Join,

    /// <summary>Every alert about the subject is in another area now.</summary>
    Move,

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
/// <param name="Place">What the area is called, where the title is made of it and of what the alert knows.</param>
/// <param name="PlaceBefore">What it is called where it moves away from.</param>
/// <param name="News">Why it is news for an alert that is open, where that is not seen from cause and severity.</param>
/// <param name="Ending">The fact that ends it.</param>
/// <param name="Next">The step of the case that is due next.</param>
/// <param name="Since">The day from which the days of that step count.</param>
/// <param name="Channel">How the risk was found, where the days depend on it.</param>
/// <param name="DueOn">The last day of that step, where the source says it.</param>
public sealed record Occurrence(
    Effect Effect, AlertKind Kind, string Subject, Severity Severity = Severity.Info, string Area = "", Level Level = Level.County,
    string? Department = null, RiskCause? Cause = null, Text? Title = null, bool WasTrue = true,
    string? Rule = null, Text? Place = null, Text? PlaceBefore = null, AlertNews? News = null, Ending Ending = Ending.Recovered,
    CaseAction? Next = null, DateOnly? Since = null, Channel? Channel = null, DateOnly? DueOn = null)
{
    /// <summary>The alert that is meant.</summary>
    public Guid AlertOf(string tenant) => Alert.IdOf(tenant, Kind, Subject);

    /// <summary>Events that are listened to because they say what things are called and whose they are.</summary>
    internal static readonly Type[] Naming =
        [typeof(AreaRegistered), typeof(StationRegistered), typeof(ProjectRegistered), typeof(ProjectDescribed), typeof(IndicatorDefined),
            typeof(DutyAssigned), typeof(HouseholdEnrolled)];

    /// <summary>Events that raise, acknowledge or end alerts.</summary>
    internal static readonly Type[] Telling =
    [
        typeof(RiskDetected), typeof(RiskRecurred), typeof(GroupRiskDetected), typeof(DeadlineBreached), typeof(HomeVisited),
        typeof(AuthorisationGiven),
        typeof(DataCompared), typeof(VillageAssessed), typeof(PublicityStarted), typeof(PublicityEnded), typeof(TownshipReviewed),
        typeof(CountyDecided), typeof(ResultAnnounced), typeof(MeasureStarted), typeof(FollowedUp), typeof(ClueClosed),
        typeof(RiskRemovalProposed), typeof(RiskRemovalDropped), typeof(RiskEliminated), typeof(ObjectionChecked), typeof(DeadlineKept),
        typeof(HouseholdChanged), typeof(HouseholdChangeProposed), typeof(HouseholdChangeReviewed), typeof(HouseholdChangeDecided),
        typeof(HouseholdEnded), typeof(LimitExceeded), typeof(ExceedanceEnded), typeof(StationSilent), typeof(StationHeard),
        typeof(IndicatorOffTrack), typeof(FindingOverdue), typeof(FindingVerified), typeof(FindingClosed), typeof(LampChanged),
        typeof(MilestoneOverdue), typeof(MilestoneReached), typeof(MilestonePlanned), typeof(MilestoneExcused), typeof(StageAdvanced),
    ];

    /// <summary>What an event means; <paramref name="names"/> says what things are called.</summary>
    public static IEnumerable<Occurrence> Of(object data, string tenant, Func<string, Named?> names) => data switch
    {
        RiskDetected e => [Household(e, names)],
        RiskRecurred e => [Recurred(e, tenant, names)],
        GroupRiskDetected e =>
        [
            new(Effect.Raise, AlertKind.GroupRisk, $"{e.Area}/{e.Rule}/{(e.Cause is { } cause ? Codes<RiskCause>.ByValue[cause] : "any")}",
                Severity.Serious, e.Area, e.Level ?? (e.Area.Length > 6 ? Level.Township : Level.County), null, e.Cause, new(
                    $"{Wording.Place(e.Area, names).Zh}有{e.Households.Length}户{(e.Before is { } before ? $"（此前{before}户）" : "")}同时出现{(e.Cause is { } one ? Wording.Of(one).Zh : "返贫致贫")}风险（{e.From:M月d日}至{e.On:M月d日}）",
                    $"{e.Households.Length} households of {Wording.Place(e.Area, names).En} at risk at once{(e.Before is { } fewer ? $" ({fewer} before)" : "")}{(e.Cause is { } same ? $": {Wording.Of(same).En}" : "")} ({e.From:yyyy-MM-dd} to {e.On:yyyy-MM-dd})"),
                Rule: $"{e.RuleSet}/{e.Rule}", News: e.Before is null ? null : AlertNews.Grown),
        ],
        DeadlineBreached e =>
        [
            new(Effect.Raise, AlertKind.DeadlineBreached, $"{Case(e.HouseholdId, e.Episode)}/{Codes<CaseAction>.ByValue[e.Of]}",
                Severity.Warning, e.Village,
                e.Level, Title: new(
                    $"{Wording.Place(e.Village, names).Zh}一户的“{Wording.Of(e.Of).Zh}”应于{e.DueOn:M月d日}前完成，已超时",
                    $"{Wording.Of(e.Of).En} of a household of {Wording.Place(e.Village, names).En} was due on {e.DueOn:yyyy-MM-dd}"),
                Rule: $"{e.Limits}/{e.Limit}", Next: e.Of, DueOn: e.DueOn),
        ],
        DeadlineKept e => [Done(e.HouseholdId, e.Episode, e.Of) with { WasTrue = false, Ending = Ending.Kept }],
        HomeVisited { News: true } e =>
            [Done(e.HouseholdId, e.Episode, CaseAction.HomeVisit),
                new(Effect.Resolve, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode),
                    WasTrue: e.Confirmed == (e.Chain == Chain.Inclusion), Ending: Ending.Visited)],
        HomeVisited { Chain: Chain.Inclusion } e =>
            [Done(e.HouseholdId, e.Episode, CaseAction.HomeVisit),
                new(Effect.Acknowledge, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode))],
        AuthorisationGiven e => [Done(e.HouseholdId, e.Episode, CaseAction.Authorisation)],
        DataCompared e => [Done(e.HouseholdId, e.Episode, CaseAction.Comparison)],
        HomeVisited e => [Done(e.HouseholdId, e.Episode, CaseAction.HomeVisit)],
        VillageAssessed e => [Done(e.HouseholdId, e.Episode, CaseAction.Assessment)],
        PublicityStarted e => [Done(e.HouseholdId, e.Episode, CaseAction.Publicity)],
        PublicityEnded e => [Done(e.HouseholdId, e.Episode, CaseAction.PublicityEnd)],
        TownshipReviewed e => [Done(e.HouseholdId, e.Episode, CaseAction.TownshipReview)],
        CountyDecided { Chain: Chain.Inclusion } e => e.Approved
            ? [Done(e.HouseholdId, e.Episode, CaseAction.CountyDecision),
                new(Effect.Resolve, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), Ending: Ending.Monitored)]
            : [new(Effect.ResolveAll, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), WasTrue: false, Ending: Ending.NotIncluded)],
        CountyDecided e => [Done(e.HouseholdId, e.Episode, CaseAction.CountyDecision)],
        ResultAnnounced e => [Done(e.HouseholdId, e.Episode, CaseAction.Announcement)],
        MeasureStarted e => [Done(e.HouseholdId, e.Episode, CaseAction.Measures)],
        FollowedUp { News: true } e =>
            [Done(e.HouseholdId, e.Episode, CaseAction.FollowUp),
                new(Effect.Resolve, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), Ending: Ending.Visited)],
        FollowedUp e => [Done(e.HouseholdId, e.Episode, CaseAction.FollowUp)],
        ObjectionChecked e => [Done(e.HouseholdId, e.Episode, CaseAction.Objection)],
        ClueClosed e =>
            [new(Effect.ResolveAll, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), WasTrue: false, Ending: Ending.ClueClosed)],
        RiskRemovalProposed e => [Done(e.HouseholdId, e.Episode, CaseAction.Removal)],
        // What is given up has no last days any more; those of the follow-ups and measures go on.
        RiskRemovalDropped e => ofRemoval.Select(step => Done(e.HouseholdId, e.Episode, step) with { Ending = Ending.StepDropped }),
        RiskEliminated e =>
            [new(Effect.ResolveAll, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), Ending: Ending.Eliminated)],
        HouseholdEnded e => [new(Effect.ResolveAll, AlertKind.HouseholdRisk, $"{e.HouseholdId}", Ending: Ending.HouseholdEnded)],
        HouseholdChanged { From: { } from } e when from != e.Village =>
            [new(Effect.Move, AlertKind.HouseholdRisk, $"{e.HouseholdId}", Area: e.Village, Place: Wording.Place(e.Village, names),
                PlaceBefore: Wording.Place(from, names))],
        HouseholdChangeProposed e => Proposed(e, tenant, names),
        HouseholdChangeReviewed { Passed: true } e => sides.Select(side => new Occurrence(
            Effect.Join, AlertKind.HouseholdChange, $"{e.HouseholdId}/{side}", Level: Level.County, News: AlertNews.Passed)),
        HouseholdChangeReviewed e => [Decided(e.HouseholdId, false)],
        HouseholdChangeDecided e => [Decided(e.HouseholdId, e.Approved)],
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
        HouseholdEnrolled e => new($"household/{e.HouseholdId}", "一户", "A household", e.Village, null),
        HouseholdChanged e => new($"household/{e.HouseholdId}", "一户", "A household", e.Village, null),
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
        RiskDetected e => Wording.Places(e.Village),
        RiskRecurred { Village: { } village } => Wording.Places(village),
        HouseholdChanged { From: { } from } e => Wording.Places(e.Village).Concat(Wording.Places(from)),
        HouseholdChangeProposed e =>
        [
            $"household/{e.HouseholdId}", .. e.Into is { } into ? [$"household/{into}"] : Array.Empty<string>(),
            .. e.Village is { } village ? Wording.Places(village) : [],
        ],
        GroupRiskDetected e => Wording.Places(e.Area),
        DeadlineBreached e => Wording.Places(e.Village),
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

    static readonly CaseAction[] ofRemoval =
    [
        CaseAction.HomeVisit, CaseAction.Assessment, CaseAction.Publicity, CaseAction.PublicityEnd, CaseAction.TownshipReview,
        CaseAction.CountyDecision,
    ];

    // The village that a household leaves, and the one that it comes to.
    static readonly string[] sides = ["change/from", "change/to"];

    static Occurrence Household(RiskDetected e, Func<string, Named?> names) => new(
        Effect.Raise, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), e.Emergency ? Severity.Emergency : Severity.Warning,
        e.Village, Level.Village, null, e.Cause, Rule: e.Rule is null ? null : $"{e.RuleSet}/{e.Rule}", Place: Wording.Place(e.Village, names),
        News: e.Emergency ? AlertNews.Emergency : e.CarriedFrom is null ? null : AlertNews.Carried, Next: CaseAction.HomeVisit, Since: e.On,
        Channel: e.Channel);

    static Occurrence Recurred(RiskRecurred e, string tenant, Func<string, Named?> names)
    {
        var emergency = e.Emergency == true || e.News == RiskNews.Emergency;
        var again = new Occurrence(
            Effect.Join, AlertKind.HouseholdRisk, Case(e.HouseholdId, e.Episode), Severity.Warning, Level: Level.Village, Cause: e.Cause);
        return !emergency && e.News is null ? again : again with
        {
            Effect = Effect.Raise, Severity = emergency ? Severity.Emergency : Severity.Warning, Area = e.Village ?? tenant,
            Place = Wording.Place(e.Village ?? tenant, names), Rule = e.Rule is null ? null : $"{e.RuleSet}/{e.Rule}",
            News = emergency ? AlertNews.Emergency : e.News == RiskNews.Grown ? AlertNews.Grown : AlertNews.AfterStep,
            Next = CaseAction.HomeVisit, Since = e.On, Channel = e.Channel,
        };
    }

    static IEnumerable<Occurrence> Proposed(HouseholdChangeProposed e, string tenant, Func<string, Named?> names)
    {
        var home = names($"household/{e.HouseholdId}")?.Area ?? tenant;
        var there = e.Change switch
        {
            HouseholdChange.Move => e.Village,
            HouseholdChange.Merge when e.Into is { } into => names($"household/{into}")?.Area ?? tenant,
            _ => null,
        };
        var (from, to) = (Wording.Place(home, names), there is null ? null : Wording.Place(there, names));
        var title = e.Change switch
        {
            HouseholdChange.Move => new Text($"{from.Zh}一户拟迁往{to?.Zh}", $"A household of {from.En} is to move to {to?.En}"),
            HouseholdChange.Merge => new Text($"{from.Zh}一户拟并入{to?.Zh}一户", $"A household of {from.En} is to become part of one of {to?.En}"),
            HouseholdChange.AllDied => new Text($"{from.Zh}一户登记为全部成员死亡", $"All members of a household of {from.En} are said to have died"),
            _ => new Text($"{from.Zh}一户登记为整户迁出", $"A household of {from.En} is said to have moved away"),
        };
        var told = new Text($"{title.Zh}，待审核", $"{title.En}: to be reviewed");
        yield return Side(sides[0], home);
        if (there is not null && there != home) yield return Side(sides[1], there);

        Occurrence Side(string side, string area) => new(
            Effect.Raise, AlertKind.HouseholdChange, $"{e.HouseholdId}/{side}", Severity.Warning, area,
            area.Length > 6 ? Level.Township : Level.County, Title: told);
    }

    static Occurrence Decided(Guid household, bool approved) => new(
        Effect.ResolveAll, AlertKind.HouseholdChange, $"{household}/change", WasTrue: approved,
        Ending: approved ? Ending.ChangeApproved : Ending.ChangeRefused);

    static Occurrence Done(Guid household, int episode, CaseAction action) => new(
        Effect.Resolve, AlertKind.DeadlineBreached, $"{Case(household, episode)}/{Codes<CaseAction>.ByValue[action]}", Ending: Ending.StepDone);

    static string Case(Guid household, int episode) => string.Create(CultureInfo.InvariantCulture, $"{household}/{episode}");

    static string Station(string mn, Func<string, Named?> names) => names($"station/{mn}")?.Name ?? mn;

    static string StationArea(string mn, string tenant, Func<string, Named?> names) => names($"station/{mn}")?.Area ?? tenant;

    static string Project(string code, Func<string, Named?> names) => names($"project/{code}")?.Name ?? code;

    static string Number(decimal value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>What something is called and whose it is, as the services that own it said last.</summary>
/// <param name="Id"><c>area/…</c>, <c>station/…</c>, <c>project/…</c>, <c>indicator/…</c>.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Area">Where it is.</param>
/// <param name="Department">Who answers for it.</param>
public sealed record Named(string Id, string Name, string NameEn, string? Area, string? Department);
