using System.Collections.Immutable;
using JasperFx.Events;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Evaluation;

/// <summary>Where a case stands, as a county counts it.</summary>
public enum CaseState
{
    /// <summary>风险线索: nobody has been there yet.</summary>
    [Called("风险线索")]
    Clue,

    /// <summary>核实认定中: from the home visit to the county's decision.</summary>
    [Called("核实认定中")]
    Verifying,

    /// <summary>监测帮扶中.</summary>
    [Called("监测帮扶中")]
    Monitored,

    /// <summary>拟消除风险: the removal is proposed and not decided.</summary>
    [Called("拟消除风险")]
    Removing,

    /// <summary>线索已排除.</summary>
    [Called("线索已排除")]
    Closed,

    /// <summary>未纳入.</summary>
    [Called("未纳入")]
    NotIncluded,

    /// <summary>风险消除.</summary>
    [Called("风险消除")]
    Eliminated,

    /// <summary>自然减少.</summary>
    [Called("自然减少")]
    Ended,
}

/// <summary>One time that a household is at risk, as far as it is counted.</summary>
public sealed record CaseEpisode
{
    /// <summary>From 1.</summary>
    public int Number { get; init; }

    public CaseState State { get; init; }

    public DateOnly OpenedOn { get; init; }

    public DateOnly? EndedOn { get; init; }

    /// <summary>The main cause: the one confirmed first, or the first that came up.</summary>
    public RiskCause Cause { get; init; }

    /// <summary>监测对象类型; null before the decision.</summary>
    public MonitoredType? Type { get; init; }

    /// <summary>返贫再纳入: after a risk that had been eliminated.</summary>
    public bool ReEntry { get; init; }

    /// <summary>What was not done by its last day, was said to be late, and is still to be done.</summary>
    public ImmutableSortedSet<CaseAction> Overdue { get; init; } = [];

    public bool IsOpen => State < CaseState.Closed;

    /// <summary>Where it stood before the household ended.</summary>
    public CaseState? Before { get; init; }

    internal CaseEpisode Evolve(object happened) => happened switch
    {
        // A monitored household that is looked at for something new stays where it is.
        HomeVisited { News: true } => Done(CaseAction.HomeVisit),
        HomeVisited { Chain: Chain.Inclusion } e => Done(CaseAction.HomeVisit) with
        {
            State = CaseState.Verifying, Cause = e.Causes is [var main, ..] ? main : Cause,
        },
        ClueClosed e => Over(CaseState.Closed, e.On),
        AuthorisationGiven => Done(CaseAction.Authorisation),
        DataCompared => Done(CaseAction.Comparison),
        VillageAssessed { Chain: Chain.Inclusion } e => e.Passed ? Done(CaseAction.Assessment) : Over(CaseState.NotIncluded, e.On),
        PublicityStarted { Chain: Chain.Inclusion } => Done(CaseAction.Publicity),
        PublicityEnded { Chain: Chain.Inclusion } => Done(CaseAction.PublicityEnd),
        ObjectionChecked { Chain: Chain.Inclusion, Upheld: true } e => Over(CaseState.NotIncluded, e.On),
        TownshipReviewed { Chain: Chain.Inclusion } e => e.Passed ? Done(CaseAction.TownshipReview) : Over(CaseState.NotIncluded, e.On),
        CountyDecided { Chain: Chain.Inclusion } e => e.Approved
            ? Done(CaseAction.CountyDecision) with { State = CaseState.Monitored, Type = e.Type }
            : Over(CaseState.NotIncluded, e.On),
        ResultAnnounced { Chain: Chain.Inclusion } => Done(CaseAction.Announcement),
        MeasureStarted => Done(CaseAction.Measures),
        FollowedUp => Done(CaseAction.FollowUp),
        RiskRemovalProposed => this with { State = CaseState.Removing },
        RiskRemovalDropped => this with { State = CaseState.Monitored },
        RiskEliminated e => Over(CaseState.Eliminated, e.On),
        HouseholdEnded e when IsOpen => Over(CaseState.Ended, e.On) with { Before = State },
        HouseholdRestored when State == CaseState.Ended && Before is { } before => this with { State = before, Before = null, EndedOn = null },
        DeadlineKept e => Done(e.Of),
        DeadlineBreached e when IsOpen => this with { Overdue = Overdue.Add(e.Of) },
        _ => this,
    };

    CaseEpisode Done(CaseAction action) => this with { Overdue = Overdue.Remove(action) };

    // What has ended asks for nothing any more.
    CaseEpisode Over(CaseState state, DateOnly on) => this with { State = state, EndedOn = on, Overdue = [] };
}

/// <summary>
/// What the ledger knows of the cases of one household, by its code alone, or of the township or village that a stream is about. Households
/// that were never at risk have none.
/// </summary>
public sealed record CaseStanding
{
    /// <summary>Its name in the kept history.</summary>
    internal const string View = "cases";

    /// <summary>What it is made of.</summary>
    internal static readonly Type[] Types =
    [
        typeof(AreaRegistered), typeof(HouseholdChanged), typeof(HouseholdEnded), typeof(RiskDetected), typeof(HomeVisited), typeof(ClueClosed),
        typeof(AuthorisationGiven), typeof(DataCompared), typeof(VillageAssessed), typeof(PublicityStarted), typeof(PublicityEnded),
        typeof(ObjectionChecked), typeof(TownshipReviewed), typeof(CountyDecided), typeof(ResultAnnounced), typeof(MeasureStarted),
        typeof(FollowedUp), typeof(HouseholdRestored), typeof(DeadlineKept), typeof(RiskRemovalProposed), typeof(RiskRemovalDropped), typeof(RiskEliminated), typeof(DeadlineBreached),
    ];

    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The township or village; null for a household.</summary>
    public AreaRegistered? Area { get; init; }

    /// <summary>12-digit code of the village where the household lives.</summary>
    public string Village { get; init; } = "";

    /// <summary>Times at risk, the last one open or not.</summary>
    public ImmutableList<CaseEpisode> Episodes { get; init; } = [];

    internal static CaseStanding? Evolve(CaseStanding? known, string stream, IEvent happened) => (known, happened.Data) switch
    {
        (_, AreaRegistered e) => new CaseStanding { Id = stream, Area = e },
        (_, RiskDetected e) when known is null || known.Episodes.Count < e.Episode =>
            (known ?? new CaseStanding { Id = stream }).Open(e),
        ({ } household, HouseholdChanged e) => household with { Village = e.Village },
        ({ Episodes: [.., var last] } household, var data) => last.Evolve(data) is var next && next == last
            ? household
            : household with { Episodes = household.Episodes.SetItem(household.Episodes.Count - 1, next) },
        _ => known,
    };

    CaseStanding Open(RiskDetected e) => this with
    {
        Village = e.Village,
        Episodes = Episodes.Add(new CaseEpisode
        {
            Number = e.Episode, OpenedOn = e.On, Cause = e.Cause, ReEntry = Episodes.Exists(one => one.State == CaseState.Eliminated),
        }),
    };
}
