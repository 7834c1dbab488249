using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;

namespace Monitoring.Evaluation.Reviews;

/// <summary>One event that a figure rests on.</summary>
/// <param name="Position">Ledger position.</param>
/// <param name="Id">Event id.</param>
/// <param name="Stream">Stream key.</param>
/// <param name="Data">The event.</param>
sealed record Fact(long Position, Guid Id, string Stream, object Data);

/// <summary>
/// What an evaluation may know: the events up to a ledger position that the sources had recorded by the data cut-off, and what follows
/// from them. The same position and cut-off give the same again at any time, whatever is recorded later.
/// </summary>
sealed partial class Facts
{
    static readonly string[] types =
    [
        .. IndicatorStandings.Types.Concat(ProjectStandings.Types).Concat(
        [
            typeof(VerdictRulesPublished), typeof(TargetAdjustmentProposed), typeof(TargetAdjustmentSubmitted), typeof(TargetAdjustmentRejected),
            typeof(FindingRaised), typeof(FindingClosed),
        ]).Select(EventTypes.NameOf),
    ];

    readonly Fold fold;
    readonly List<Fact> all;

    Facts(ReviewOpened about, long position, Fold fold, List<Fact> all)
    {
        (About, Position, this.fold, this.all) = (about, position, fold, all);
        ByStream = all.ToLookup(fact => fact.Stream);
        Standings = fold.Indicators.Where(one => one.History.Definition?.Plan == about.Plan)
            .Select(one => about.Targets == TargetChoice.Original ? AsPrinted(one) : one)
            .ToImmutableDictionary(one => one.History.Definition!.Code);
        Rules = VerdictRules.On(about.FactDate, fold.Rules);
        // What a relative target is compared with may stand outside the plan.
        var known = fold.Indicators.Select(one => about.Targets == TargetChoice.Original ? AsPrinted(one) : one);
        Rows = [.. Scoreboard.RowsOf(known, Rules, about.FactDate, about.Base, about.Path, false).Select(one => one.Row).Where(row => row.Plan == about.Plan)
            .OrderBy(row => PlaceOf(row.PlanRef), StringComparer.Ordinal)];
        Digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
            new { About = about, Position = position, Rules, Rows, Projects, Events = all.Select(fact => fact.Id) }, EventJson.Options)));
    }

    /// <summary>What the evaluation is about.</summary>
    public ReviewOpened About { get; }

    /// <summary>Last ledger position that counts.</summary>
    public long Position { get; }

    /// <summary>How many events there are.</summary>
    public int Count => all.Count;

    /// <summary>All of them, in ledger order.</summary>
    public IReadOnlyList<Fact> All => all;

    /// <summary>The same by stream.</summary>
    public ILookup<string, Fact> ByStream { get; }

    /// <summary>The plan's indicators by code.</summary>
    public ImmutableDictionary<string, IndicatorStanding> Standings { get; }

    /// <summary>The rules that the verdicts follow.</summary>
    public VerdictRules Rules { get; }

    /// <summary>The scoreboard on the fact date, in the order of the plan.</summary>
    public IReadOnlyList<ScoreboardRow> Rows { get; }

    /// <summary>Projects by code.</summary>
    public IEnumerable<ProjectStanding> Projects => fold.Projects;

    /// <summary>SHA-256 of all this.</summary>
    public string Digest { get; }

    /// <summary>Reads them for a review up to a position.</summary>
    public static async Task<Facts> Read(IQuerySession session, ReviewOpened about, long position, CancellationToken cancel)
    {
        var (fold, all, cutoff) = (new Fold(session.TenantId), new List<Fact>(), about.DataCutoff);
        while (true)
        {
            var after = all.Count == 0 ? 0 : all[^1].Position;
            var page = await session.Events.QueryAllRawEvents()
                .Where(e => e.EventTypeName.IsOneOf(types) && e.Sequence > after && e.Sequence <= position && e.Timestamp <= cutoff)
                .OrderBy(e => e.Sequence).Take(Fold.PageMax).ToListAsync(cancel);
            foreach (var e in page)
            {
                fold.Take(e);
                all.Add(new(e.Sequence, e.Id, e.StreamKey!, e.Data));
            }

            if (page.Count < Fold.PageMax) return new Facts(about, position, fold, all);
        }
    }

    /// <summary>What sorts places in a plan as they are printed: columns (专栏) by their numbers, then parts, chapters and sections (篇章节).</summary>
    internal static string PlaceOf(string planRef) => (planRef.StartsWith("专栏", StringComparison.Ordinal) ? "0" : "1") + string.Concat(
        Number().Matches(planRef).Select(match => (match.Groups[1].Success ? Numeral(match.Groups[1].Value) : int.Parse(match.Value, CultureInfo.InvariantCulture)).ToString(" 0000", CultureInfo.InvariantCulture)));

    // 十, 十一, 二十, 二十一: a plan has fewer than a hundred of anything.
    static int Numeral(string text)
    {
        const string digits = "零一二三四五六七八九";
        var ten = text.IndexOf('十', StringComparison.Ordinal);
        return ten < 0 ? digits.IndexOf(text[0], StringComparison.Ordinal)
            : (ten == 0 ? 1 : digits.IndexOf(text[0], StringComparison.Ordinal)) * 10 + (ten == text.Length - 1 ? 0 : digits.IndexOf(text[^1], StringComparison.Ordinal));
    }

    [GeneratedRegex("第([一二三四五六七八九十]+)|[0-9]+")]
    private static partial Regex Number();

    static IndicatorStanding AsPrinted(IndicatorStanding standing) => standing with
    {
        History = standing.History with
        {
            Targets = standing.History.Targets.ToImmutableSortedDictionary(
                year => year.Key, year => year.Value.RemoveAll(version => version.Decision is not null)),
        },
    };
}
