using System.Collections.Immutable;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse;

/// <summary>Where an episode stands.</summary>
public enum CaseStage
{
    /// <summary>风险线索, nobody has looked yet.</summary>
    [Called("风险线索")]
    Clue,

    /// <summary>已入户核实, there is a risk.</summary>
    [Called("已入户核实")]
    Visited,

    /// <summary>已入户核实, there is no risk: the clue can be closed.</summary>
    [Called("已核实无风险")]
    VisitedWithoutRisk,

    /// <summary>已承诺授权.</summary>
    [Called("已承诺授权")]
    Authorised,

    /// <summary>已信息比对.</summary>
    [Called("已信息比对")]
    Compared,

    /// <summary>已民主评议.</summary>
    [Called("已民主评议")]
    Assessed,

    /// <summary>村内公示中.</summary>
    [Called("村内公示中")]
    InPublicity,

    /// <summary>公示结束.</summary>
    [Called("公示结束")]
    PublicityOver,

    /// <summary>乡镇已审核.</summary>
    [Called("乡镇已审核")]
    Reviewed,

    /// <summary>监测帮扶中.</summary>
    [Called("监测帮扶中")]
    Monitored,

    /// <summary>拟消除风险.</summary>
    [Called("拟消除风险")]
    RemovalProposed,

    /// <summary>拟消除, 已入户核实.</summary>
    [Called("拟消除·已入户核实")]
    RemovalVisited,

    /// <summary>拟消除, 已民主评议.</summary>
    [Called("拟消除·已民主评议")]
    RemovalAssessed,

    /// <summary>拟消除, 村内公示中.</summary>
    [Called("拟消除·村内公示中")]
    RemovalInPublicity,

    /// <summary>拟消除, 公示结束.</summary>
    [Called("拟消除·公示结束")]
    RemovalPublicityOver,

    /// <summary>拟消除, 乡镇已审核.</summary>
    [Called("拟消除·乡镇已审核")]
    RemovalReviewed,

    /// <summary>线索已排除.</summary>
    [Called("线索已排除")]
    Closed,

    /// <summary>未纳入.</summary>
    [Called("未纳入")]
    Rejected,

    /// <summary>风险消除.</summary>
    [Called("风险消除")]
    Eliminated,

    /// <summary>自然减少.</summary>
    [Called("自然减少")]
    Ended,
}

/// <summary>A cause of an episode and how it came up.</summary>
/// <param name="Cause">风险类型.</param>
/// <param name="Channel">How it came up.</param>
/// <param name="Emergency">True where help cannot wait.</param>
/// <param name="Rule">The threshold.</param>
/// <param name="RuleSet">Its version.</param>
/// <param name="On">The day.</param>
/// <param name="Again">True where it came up before and has not grown.</param>
public sealed record CaseCause(RiskCause Cause, Channel Channel, bool Emergency, string? Rule, string? RuleSet, DateOnly On, bool Again = false)
{
    /// <summary>
    /// What came again and no more is looked at when the month's visit is made; another cause, an emergency and what has grown need a visit of
    /// their own.
    /// </summary>
    internal bool IsAnsweredByFollowUp => !Emergency && Again;
}

/// <summary>A thing that was done in an episode.</summary>
/// <param name="Action">What.</param>
/// <param name="Chain">In which chain.</param>
/// <param name="On">The day.</param>
/// <param name="Said">What was said, so that a repeat is known.</param>
public sealed record CaseEntry(CaseAction Action, Chain Chain, DateOnly On, string Said);

/// <summary>A visit that did not come about.</summary>
public sealed record CaseAttempt(VisitOutcome Outcome, DateOnly On);

/// <summary>A measure and what became of it.</summary>
public sealed record CaseMeasure(MeasurePlanned Planned, DateOnly? StartedOn, DateOnly? EndedOn);

/// <summary>
/// One time that a household is at risk, from the first clue to its end (一次风险线索至消除). Its rules read it; nothing else is kept in it.
/// </summary>
public sealed record Episode
{
    /// <summary>From 1.</summary>
    public int Number { get; init; }

    public DateOnly OpenedOn { get; init; }

    public CaseStage Stage { get; init; }

    public ImmutableList<CaseCause> Causes { get; init; } = [];

    /// <summary>What was done, in order of recording.</summary>
    public ImmutableList<CaseEntry> Entries { get; init; } = [];

    public ImmutableDictionary<string, CaseMeasure> Measures { get; init; } = ImmutableDictionary<string, CaseMeasure>.Empty;

    /// <summary>Follow-ups in force, by first day of their month.</summary>
    public ImmutableSortedDictionary<DateOnly, FollowedUp> FollowUps { get; init; } = ImmutableSortedDictionary<DateOnly, FollowedUp>.Empty;

    /// <summary>Objections that wait for an answer.</summary>
    public ImmutableHashSet<string> OpenObjections { get; init; } = [];

    /// <summary>Limits that were broken, without those that turned out to have been kept.</summary>
    public ImmutableList<DeadlineBreached> Breaches { get; init; } = [];

    /// <summary>Limits that were kept and entered late (按期办理、逾期录入).</summary>
    public ImmutableList<DeadlineKept> Kept { get; init; } = [];

    /// <summary>Visits that did not come about.</summary>
    public ImmutableList<CaseAttempt> Attempts { get; init; } = [];

    /// <summary>What came up since the household was monitored and nobody has looked at yet.</summary>
    public ImmutableList<CaseCause> Pending { get; init; } = [];

    /// <summary>
    /// What had been said of the household (<see cref="KnownFacts.Count"/>) when something was done last since the last news: what comes after it
    /// is news. Null while nothing was done.
    /// </summary>
    public int? TouchedAt { get; init; }

    /// <summary>The same of the last thing done at all.</summary>
    public int? LastStepAt { get; init; }

    /// <summary>The last day on which somebody found the risk still there; the stable months begin after it.</summary>
    public DateOnly? UnstableOn { get; init; }

    /// <summary>Who recorded the last visit of the chain that is under way.</summary>
    public string? VisitedBy { get; init; }

    /// <summary>Who recorded its last review.</summary>
    public string? ReviewedBy { get; init; }

    /// <summary>Where it stood before the household ended with it open.</summary>
    public CaseStage? Before { get; init; }

    public MonitoredType? Type { get; init; }

    /// <summary>True after a green channel was opened.</summary>
    public bool HelpFirst { get; init; }

    public RemovalKind? Removal { get; init; }

    /// <summary>The day on which it was decided to monitor the household.</summary>
    public DateOnly? MonitoredOn { get; init; }

    /// <summary>The day it ended.</summary>
    public DateOnly? EndedOn { get; init; }

    /// <summary>True for one after a risk had been eliminated (返贫再纳入).</summary>
    public bool ReEntry { get; init; }

    public bool IsOpen => Stage < CaseStage.Closed;

    /// <summary>The main cause: the one confirmed first, or the first that came up.</summary>
    public RiskCause Cause => Confirmed is [var main, ..] ? main : Causes[0].Cause;

    /// <summary>Causes confirmed by the visit.</summary>
    public ImmutableArray<RiskCause> Confirmed { get; init; } = [];

    internal bool IsRemoving => Stage is >= CaseStage.RemovalProposed and <= CaseStage.RemovalReviewed;

    internal Chain Chain => Stage > CaseStage.Monitored ? Chain.Removal : Chain.Inclusion;

    /// <summary>The last day of an action in the chain that is under way; for a removal those since it was proposed.</summary>
    internal DateOnly? LastOn(CaseAction action, Chain chain)
    {
        for (var index = Entries.Count - 1; index >= 0; index--)
        {
            var entry = Entries[index];
            if (entry.Action == action && entry.Chain == chain) return entry.On;
            if (chain == Chain.Removal && entry.Action == CaseAction.Removal) return null;
        }

        return null;
    }

    /// <summary>What may be done next (<see cref="CaseSteps"/>).</summary>
    internal IReadOnlyList<CaseAction> Next => [.. CaseSteps.Of(this).Select(step => step.Action)];

    /// <summary>What somebody said, without what was made of it: the same words later are the same thing said again.</summary>
    internal static string Words(object happened) => EventJson.Text(happened switch
    {
        HomeVisited e => e with { Episode = 0, Chain = default, News = null, By = null },
        VisitAttempted e => e with { Episode = 0, Chain = default },
        CaseReturned e => e with { Episode = 0, Chain = default },
        ClueClosed e => e with { Episode = 0 },
        AuthorisationGiven e => e with { Episode = 0 },
        DataCompared e => e with { Episode = 0 },
        VillageAssessed e => e with { Episode = 0, Chain = default },
        PublicityStarted e => e with { Episode = 0, Chain = default },
        ObjectionFiled e => e with { Episode = 0, Chain = default },
        ObjectionChecked e => e with { Episode = 0, Chain = default },
        PublicityEnded e => e with { Episode = 0, Chain = default },
        TownshipReviewed e => e with { Episode = 0, Chain = default, By = null },
        CountyDecided e => e with { Episode = 0, Chain = default, Type = null, IncomePerHead = null, Line = null, By = null },
        ResultAnnounced e => e with { Episode = 0, Chain = default },
        FollowedUp e => e with { Episode = 0, Line = null, News = null },
        RiskRemovalProposed e => e with { Episode = 0, StableSince = default },
        _ => happened,
    });

    internal static ImmutableList<Episode> Evolve(ImmutableList<Episode> episodes, int known, object happened)
    {
        if (happened is RiskDetected opened && episodes.Count < opened.Episode)
            return episodes.Add(new Episode
            {
                Number = opened.Episode, OpenedOn = opened.On, ReEntry = episodes.Exists(one => one.Stage == CaseStage.Eliminated),
                Causes = [CauseOf(opened)], Entries = [new(CaseAction.Clue, Chain.Inclusion, opened.On, "")],
            });
        if (episodes is not [.., var last]) return episodes;
        var next = last.Evolve(happened);
        if (next.Entries.Count > last.Entries.Count) next = next with { LastStepAt = known, TouchedAt = next.TouchedAt is null ? null : known };
        return ReferenceEquals(next, last) ? episodes : episodes.SetItem(episodes.Count - 1, next);
    }

    static CaseCause CauseOf(RiskDetected e) => new(e.Cause, e.Channel, e.Emergency, e.Rule, e.RuleSet, e.On);

    Episode Evolve(object happened) => happened switch
    {
        RiskDetected e => Heard(CauseOf(e)) with { Causes = Causes.Add(CauseOf(e)) },
        RiskRecurred { News: not null } e => Heard(new(e.Cause, e.Channel, e.Emergency == true, e.Rule, e.RuleSet, e.On, e.News == RiskNews.AfterStep)),
        HomeVisited { News: true } e => Looked(e),
        HomeVisited { Chain: Chain.Inclusion } e => Did(CaseAction.HomeVisit, e.On, e, Chain.Inclusion) with
        {
            Stage = e.Confirmed ? CaseStage.Visited : CaseStage.VisitedWithoutRisk, Confirmed = [.. e.Causes], VisitedBy = e.By,
        },
        HomeVisited e => Did(CaseAction.HomeVisit, e.On, e, e.Chain) with
        {
            Stage = e.Confirmed ? CaseStage.RemovalVisited : Stage, VisitedBy = e.By, UnstableOn = e.Confirmed ? UnstableOn : e.On,
            Pending = [],
        },
        VisitAttempted e => this with
        {
            Attempts = Attempts.Add(new(e.Outcome, e.On)),
            Entries = Entries.Add(new(CaseAction.VisitAttempt, e.Chain, e.On, Words(e))),
        },
        CaseReturned e => Did(CaseAction.Return, e.On, e, e.Chain) with { Stage = CaseSteps.Back(e.Chain, e.To) ?? Stage },
        ClueClosed e => Over(CaseStage.Closed, e.On) with { Entries = Entries.Add(new(CaseAction.Closure, Chain.Inclusion, e.On, Words(e))) },
        AuthorisationGiven e => Did(CaseAction.Authorisation, e.On, e, Chain.Inclusion) with { Stage = CaseStage.Authorised },
        DataCompared e => Did(CaseAction.Comparison, e.On, e, Chain.Inclusion) with { Stage = CaseStage.Compared },
        VillageAssessed e => Did(CaseAction.Assessment, e.On, e, e.Chain) with { Stage = Along(e.Chain, e.Passed, CaseStage.Assessed, CaseStage.RemovalAssessed), EndedOn = Refused(e.Chain, e.Passed, e.On) },
        PublicityStarted e => Did(CaseAction.Publicity, e.On, e, e.Chain) with { Stage = Along(e.Chain, true, CaseStage.InPublicity, CaseStage.RemovalInPublicity) },
        ObjectionFiled e => Did(CaseAction.Objection, e.On, e, null) with { OpenObjections = OpenObjections.Add(e.Objection) },
        ObjectionChecked e => Did(CaseAction.Objection, e.On, e, null) with
        {
            OpenObjections = OpenObjections.Remove(e.Objection),
            Stage = e.Upheld ? Along(e.Chain, false, Stage, Stage) : Stage, EndedOn = Refused(e.Chain, !e.Upheld, e.On),
            UnstableOn = e is { Upheld: true, Chain: Chain.Removal } ? e.On : UnstableOn,
        },
        PublicityEnded e => Did(CaseAction.PublicityEnd, e.On, e, e.Chain) with { Stage = Along(e.Chain, true, CaseStage.PublicityOver, CaseStage.RemovalPublicityOver) },
        TownshipReviewed e => Did(CaseAction.TownshipReview, e.On, e, e.Chain) with
        {
            Stage = Along(e.Chain, e.Passed, CaseStage.Reviewed, CaseStage.RemovalReviewed), EndedOn = Refused(e.Chain, e.Passed, e.On), ReviewedBy = e.By,
        },
        CountyDecided { Chain: Chain.Inclusion } e => Did(CaseAction.CountyDecision, e.On, e, e.Chain) with
        {
            Stage = e.Approved ? CaseStage.Monitored : CaseStage.Rejected, Type = e.Type, MonitoredOn = e.Approved ? e.On : null,
            EndedOn = Refused(e.Chain, e.Approved, e.On),
        },
        CountyDecided e => Did(CaseAction.CountyDecision, e.On, e, e.Chain),
        ResultAnnounced e => Did(CaseAction.Announcement, e.On, e, e.Chain),
        GreenChannelOpened e => Did(CaseAction.GreenChannel, e.On, e, null) with { HelpFirst = true },
        MeasurePlanned e => this with { Measures = Measures.SetItem(e.Measure, new(e, null, null)) },
        MeasureStarted e => Did(CaseAction.Measures, e.On, e, Chain.Inclusion) with { Measures = Measures.SetItem(e.Measure, Measures[e.Measure] with { StartedOn = e.On }) },
        MeasureEnded e => this with { Measures = Measures.SetItem(e.Measure, Measures[e.Measure] with { EndedOn = e.On }) },
        FollowedUp e => Did(CaseAction.FollowUp, e.On, e, Chain.Inclusion) with
        {
            FollowUps = FollowUps.SetItem(e.Month, e), Pending = e.News == true ? [] : Pending,
        },
        RiskRemovalProposed e => Did(CaseAction.Removal, e.On, e, Chain.Removal) with
        {
            Stage = CaseStage.RemovalProposed, Removal = e.Kind, VisitedBy = null, ReviewedBy = null,
        },
        RiskRemovalDropped => this with { Stage = CaseStage.Monitored, Removal = null, OpenObjections = [] },
        RiskEliminated e => Over(CaseStage.Eliminated, e.On),
        HouseholdEnded e when IsOpen => Over(CaseStage.Ended, e.On) with { Before = Stage },
        HouseholdRestored when Stage == CaseStage.Ended && Before is { } before => this with { Stage = before, Before = null, EndedOn = null },
        DeadlineBreached e => this with { Breaches = Breaches.Add(e) },
        DeadlineKept e => this with { Breaches = Breaches.RemoveAll(one => (one.Limit, one.DueOn) == (e.Limit, e.DueOn)), Kept = Kept.Add(e) },
        _ => this,
    };

    /// <summary>Something has come up that its owner is told of: whoever found no risk goes again, and a monitored household is looked at.</summary>
    Episode Heard(CaseCause cause) => this with
    {
        TouchedAt = null, Pending = Stage >= CaseStage.Monitored ? Pending.Add(cause) : Pending,
        Stage = Stage == CaseStage.VisitedWithoutRisk ? CaseStage.Clue : Stage,
    };

    /// <summary>A visit to a monitored household for what came up: its procedure goes on where it stands.</summary>
    Episode Looked(HomeVisited e) => Did(CaseAction.HomeVisit, e.On, e, e.Chain) with
    {
        Pending = [], VisitedBy = e.By,
        Confirmed = e.Chain == Chain.Inclusion && e.Confirmed ? [.. Confirmed.Union(e.Causes)] : Confirmed,
        UnstableOn = e.Confirmed == (e.Chain == Chain.Inclusion) ? e.On : UnstableOn,
    };

    // A "no" ends an inclusion; a removal's own event says that it was dropped.
    CaseStage Along(Chain chain, bool passed, CaseStage inclusion, CaseStage removal) =>
        chain == Chain.Removal ? passed ? removal : Stage : passed ? inclusion : CaseStage.Rejected;

    DateOnly? Refused(Chain chain, bool passed, DateOnly on) => chain == Chain.Inclusion && !passed ? on : EndedOn;

    Episode Did(CaseAction action, DateOnly on, object happened, Chain? chain) =>
        this with { TouchedAt = 0, Entries = Entries.Add(new(action, chain ?? (IsRemoving ? Chain.Removal : Chain.Inclusion), on, Words(happened))) };

    Episode Over(CaseStage stage, DateOnly on) => this with { Stage = stage, EndedOn = on };
}
