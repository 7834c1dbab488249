using System.Collections.Frozen;
using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Evaluation;

/// <summary>
/// The ledger of one county folded again from its start: what the views would be at a position, or with no more than had been
/// recorded by an instant. It uses the views' own folds and reads in pages, so its memory is that of the views and one page.
/// </summary>
public sealed class Fold(string tenant)
{
    /// <summary>Events read at a time.</summary>
    public const int PageMax = 5_000;

    static readonly FrozenSet<Type> indicatorTypes = IndicatorStandings.Types.ToFrozenSet();
    static readonly FrozenSet<Type> projectTypes = ProjectStandings.Types.ToFrozenSet();
    static readonly string[] ofPlan =
        [.. IndicatorStandings.Types.Concat(ProjectStandings.Types).Append(typeof(VerdictRulesPublished)).Select(EventTypes.NameOf)];
    static readonly string[] ofAll = [.. ofPlan, .. CaseStanding.Types.Concat(StationStanding.Types).Distinct().Select(EventTypes.NameOf)];

    readonly Dictionary<string, IndicatorStanding> indicatorsByStream = [];
    readonly Dictionary<string, ProjectStanding> projectsByStream = [];
    readonly Dictionary<string, CaseStanding> casesByStream = [];
    readonly Dictionary<string, StationStanding> stationsByStream = [];
    VerdictRuleStanding? published;

    /// <summary>Ledger position of the last event read.</summary>
    public long Position { get; private set; }

    /// <summary>How many events were folded; those that the views do not take are not counted.</summary>
    public long Events { get; private set; }

    /// <summary>Indicators in the order of the plan.</summary>
    public IEnumerable<IndicatorStanding> Indicators => indicatorsByStream.Values.OrderBy(one => one.FirstPosition);

    /// <summary>Projects by code.</summary>
    public IEnumerable<ProjectStanding> Projects => projectsByStream.Values.OrderBy(one => one.Code, StringComparer.Ordinal);

    /// <summary>Cases of households and names of areas, in no order.</summary>
    public IReadOnlyCollection<CaseStanding> Cases => casesByStream.Values;

    /// <summary>What each stream says of a station, in no order.</summary>
    public IReadOnlyCollection<StationStanding> Stations => stationsByStream.Values;

    /// <summary>The county's verdict rules, all versions.</summary>
    public IReadOnlyList<VerdictRules> Rules => published?.Published ?? [];

    /// <summary>All that is needed to fold on from here.</summary>
    public FoldState State => new(Position, Events, [.. Indicators], [.. Projects], published);

    /// <summary>A fold that goes on from where another was.</summary>
    public static Fold From(string tenant, FoldState state)
    {
        var fold = new Fold(tenant) { Position = state.Position, Events = state.Events, published = state.Rules };
        foreach (var one in state.Indicators) fold.indicatorsByStream[one.Id] = one;
        foreach (var one in state.Projects) fold.projectsByStream[one.Id] = one;
        return fold;
    }

    /// <summary>True for events that the views are made of.</summary>
    internal static bool Knows(IEvent e) =>
        indicatorTypes.Contains(e.EventType) || projectTypes.Contains(e.EventType) || e.Data is VerdictRulesPublished;

    /// <summary>Folds one event; others than those of the views are passed over.</summary>
    public void Take(IEvent e)
    {
        Position = e.Sequence;
        Events++;
        var stream = e.StreamKey!;
        if (indicatorTypes.Contains(e.EventType))
            Keep(indicatorsByStream, stream, IndicatorStandings.Evolve(indicatorsByStream.GetValueOrDefault(stream), stream, e));
        else if (projectTypes.Contains(e.EventType))
            Keep(projectsByStream, stream, ProjectStandings.Evolve(projectsByStream.GetValueOrDefault(stream), stream, e));
        else if (e.Data is VerdictRulesPublished)
            published = VerdictRuleStandings.Evolve(published, stream, e);
        else if (CaseStanding.Types.Contains(e.EventType))
            Keep(casesByStream, stream, CaseStanding.Evolve(casesByStream.GetValueOrDefault(stream), stream, e));
        else if (StationStanding.Types.Contains(e.EventType))
            Keep(stationsByStream, stream, StationStanding.Evolve(stationsByStream.GetValueOrDefault(stream), stream, e));
    }

    /// <summary>Folds on to the end of a scope.</summary>
    /// <param name="store">The ledger.</param>
    /// <param name="scope">What is taken.</param>
    /// <param name="cancel">Stops between pages.</param>
    /// <param name="page">Events read at a time.</param>
    /// <param name="after">Called after each page, e.g. to say how far it is or to keep a place to go on from.</param>
    public async Task Read(
        IDocumentStore store, FoldScope scope, CancellationToken cancel, int page = PageMax, Func<Fold, Task>? after = null)
    {
        await using var session = store.QuerySession(tenant);
        var (end, names) = (scope.End, scope.Everything ? ofAll : ofPlan);
        while (true)
        {
            var from = Position;
            var events = await session.Events.QueryAllRawEvents()
                .Where(e => e.Sequence > from && e.Sequence <= end && e.EventTypeName.IsOneOf(names)).OrderBy(e => e.Sequence).Take(page).ToListAsync(cancel);
            foreach (var e in events)
            {
                Position = e.Sequence;
                if (scope.Takes(e)) Take(e);
            }

            if (after is not null) await after(this);
            if (events.Count < page) return;
        }
    }

    /// <summary>Folds on, up to a ledger position (included) and only what its source had recorded by an instant.</summary>
    /// <param name="store">The ledger.</param>
    /// <param name="upTo">Last position; null for all there is.</param>
    /// <param name="recordedBy">UTC; null for all.</param>
    /// <param name="cancel">Stops between pages.</param>
    /// <param name="page">Events read at a time.</param>
    public Task Read(IDocumentStore store, long? upTo, DateTimeOffset? recordedBy, CancellationToken cancel, int page = PageMax) =>
        Read(store, new FoldScope(upTo ?? long.MaxValue, recordedBy, Everything: true), cancel, page);

    /// <summary>The scoreboard of a day from what was folded.</summary>
    /// <param name="on">The day.</param>
    /// <param name="under">Verdict rules to judge by; null for those that the county had published for the day.</param>
    /// <param name="choice">Original or revised base.</param>
    /// <param name="path">Linear or geometric; null for the indicator's own.</param>
    /// <param name="english">Language of the words.</param>
    public IReadOnlyList<ScoreboardRow> Scoreboard(
        DateOnly on, VerdictRules? under = null, BaseChoice choice = BaseChoice.Original, PathMethod? path = null, bool english = false) =>
        [.. Monitoring.Evaluation.Scoreboard.RowsOf(Indicators, under ?? VerdictRules.On(on, Rules), on, choice, path, english).Select(one => one.Row)];

    static void Keep<T>(Dictionary<string, T> all, string stream, T? standing) where T : class
    {
        if (standing is not null) all[stream] = standing;
    }
}

/// <summary>A fold under way, such as is kept to go on from after a crash.</summary>
/// <param name="Position">Ledger position of the last event read.</param>
/// <param name="Events">How many events were folded.</param>
/// <param name="Indicators">In the order of the plan.</param>
/// <param name="Projects">By code.</param>
/// <param name="Rules">The county's verdict rules; null where it has published none.</param>
public sealed record FoldState(
    long Position, long Events, IReadOnlyList<IndicatorStanding> Indicators, IReadOnlyList<ProjectStanding> Projects,
    VerdictRuleStanding? Rules);

/// <summary>Which of a ledger's events a fold takes.</summary>
/// <param name="UpTo">Last position.</param>
/// <param name="RecordedBy">Only what its source had recorded by then, UTC; null for all.</param>
/// <param name="TargetsUpTo">Last position for targets, where they are taken from another state of knowledge; null where not.</param>
/// <param name="TargetsRecordedBy">The same for the instant.</param>
/// <param name="Everything">Cases and stations as well, on which no verdict rests.</param>
public sealed record FoldScope(
    long UpTo, DateTimeOffset? RecordedBy = null, long? TargetsUpTo = null, DateTimeOffset? TargetsRecordedBy = null,
    bool Everything = false)
{
    /// <summary>Nothing beyond this position is taken.</summary>
    public long End => Math.Max(UpTo, TargetsUpTo ?? 0);

    /// <summary>True for what tells of a target (目标): set, adjusted, handed down or attested.</summary>
    public static bool IsTarget(IEvent e) => e.Data is TargetSet or TargetAdjusted or TargetHandedDown or TargetAttested;

    /// <summary>True where an event belongs to the fold.</summary>
    public bool Takes(IEvent e) => TargetsUpTo is { } last && IsTarget(e)
        ? e.Sequence <= last && (TargetsRecordedBy is null || e.Timestamp <= TargetsRecordedBy)
        : e.Sequence <= UpTo && (RecordedBy is null || e.Timestamp <= RecordedBy);
}
