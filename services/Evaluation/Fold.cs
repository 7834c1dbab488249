using JasperFx.Events;
using Marten;
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

    static readonly IndicatorStandings indicators = new();
    static readonly ProjectStandings projects = new();
    static readonly VerdictRuleStandings rules = new();

    readonly Dictionary<string, IndicatorStanding> indicatorsByStream = [];
    readonly Dictionary<string, ProjectStanding> projectsByStream = [];
    readonly Dictionary<string, CaseStanding> casesByStream = [];
    readonly Dictionary<string, StationStanding> stationsByStream = [];
    VerdictRuleStanding? published;

    /// <summary>Ledger position of the last event read.</summary>
    public long Position { get; private set; }

    /// <summary>How many events were folded.</summary>
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

    /// <summary>Folds one event; others than those of the views are passed over.</summary>
    public void Take(IEvent e)
    {
        Position = e.Sequence;
        Events++;
        var stream = e.StreamKey!;
        if (stream.StartsWith("indicator/", StringComparison.Ordinal))
            Keep(indicatorsByStream, stream, indicators.Evolve(indicatorsByStream.GetValueOrDefault(stream), stream, e));
        else if (stream.StartsWith("project/", StringComparison.Ordinal))
            Keep(projectsByStream, stream, projects.Evolve(projectsByStream.GetValueOrDefault(stream), stream, e));
        else if (e.Data is VerdictRulesPublished)
            published = rules.Evolve(published, stream, e);
        else if (CaseStanding.Types.Contains(e.EventType))
            Keep(casesByStream, stream, CaseStanding.Evolve(casesByStream.GetValueOrDefault(stream), stream, e));
        else if (StationStanding.Types.Contains(e.EventType))
            Keep(stationsByStream, stream, StationStanding.Evolve(stationsByStream.GetValueOrDefault(stream), stream, e));
    }

    /// <summary>Folds on, up to a ledger position (included) and only what its source had recorded by an instant.</summary>
    /// <param name="store">The ledger.</param>
    /// <param name="upTo">Last position; null for all there is.</param>
    /// <param name="recordedBy">UTC; null for all.</param>
    /// <param name="page">Events read at a time.</param>
    /// <param name="after">Called after each page, e.g. to say how far it is or to keep a place to go on from.</param>
    /// <param name="cancel">Stops between pages.</param>
    public async Task Read(
        IDocumentStore store, long? upTo, DateTimeOffset? recordedBy, CancellationToken cancel, int page = PageMax, Func<Fold, Task>? after = null)
    {
        await using var session = store.QuerySession(tenant);
        while (true)
        {
            var (from, until, instant) = (Position, upTo ?? long.MaxValue, recordedBy ?? DateTimeOffset.MaxValue);
            var found = session.Events.QueryAllRawEvents().Where(e => e.Sequence > from && e.Sequence <= until);
            if (recordedBy is not null) found = found.Where(e => e.Timestamp <= instant);
            var events = await found.OrderBy(e => e.Sequence).Take(page).ToListAsync(cancel);
            foreach (var e in events) Take(e);
            if (after is not null) await after(this);
            if (events.Count < page) return;
        }
    }

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
