using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Medians and the like, of whole numbers.</summary>
static class Statistics
{
    /// <summary>The middle one, or the mean of the two in the middle; null of none. Sorted ascending.</summary>
    public static decimal? Median(IReadOnlyList<int> sorted) => Quantile(sorted, 0.5m);

    /// <summary>By linear interpolation between the neighbours, one place; null of none. Sorted ascending.</summary>
    public static decimal? Quantile(IReadOnlyList<int> sorted, decimal share)
    {
        if (sorted.Count == 0) return null;
        var place = share * (sorted.Count - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return decimal.Round(sorted[below] + (place - below) * (sorted[above] - sorted[below]), 1);
    }
}

/// <summary>How many cases there are, where they stand, and how long they take: by township, type and cause.</summary>
public static class CaseLoad
{
    /// <summary>The load of one township, type and cause.</summary>
    /// <param name="Township">9-digit code.</param>
    /// <param name="Type">监测对象类型; null before the decision.</param>
    /// <param name="Cause">The main cause.</param>
    /// <param name="Clues">Open, not yet decided.</param>
    /// <param name="Monitored">Monitored now, proposed removals included.</param>
    /// <param name="Removing">Of these, removals under way.</param>
    /// <param name="Overdue">With a limit that is over and not done.</param>
    /// <param name="Eliminated">风险消除.</param>
    /// <param name="NotIncluded">Clues closed and cases rejected.</param>
    /// <param name="Ended">自然减少.</param>
    /// <param name="ReEntered">Of all, those after an eliminated risk.</param>
    public sealed record Load(
        string Township, MonitoredType? Type, RiskCause Cause, int Clues, int Monitored, int Removing, int Overdue, int Eliminated, int NotIncluded,
        int Ended, int ReEntered);

    /// <summary>How long cases take in one township; days from the clue.</summary>
    /// <param name="Township">9-digit code; empty for the whole area.</param>
    /// <param name="Cases">Cases opened in the time asked for.</param>
    /// <param name="Decided">Of these, decided.</param>
    /// <param name="DecisionMedian">Days to the county's decision, median.</param>
    /// <param name="DecisionP90">The same, nine of ten.</param>
    /// <param name="MeasuresMedian">Days to the first measure, median.</param>
    /// <param name="MeasuresP90">The same, nine of ten.</param>
    /// <param name="Overdue">Cases with at least one limit broken.</param>
    /// <param name="Breaches">Broken limits by code.</param>
    public sealed record Times(
        string Township, int Cases, int Decided, decimal? DecisionMedian, decimal? DecisionP90, decimal? MeasuresMedian, decimal? MeasuresP90,
        int Overdue, IReadOnlyDictionary<string, int> Breaches);

    static IEnumerable<Load> LoadOf(IEnumerable<(string Township, Episode Episode)> cases, RuleBook book, DateOnly today) => cases
        .GroupBy(one => (one.Township, one.Episode.Type, one.Episode.Cause), one => one.Episode)
        .OrderBy(group => group.Key.Township, StringComparer.Ordinal).ThenBy(group => group.Key.Type).ThenBy(group => group.Key.Cause)
        .Select(group => new Load(
            group.Key.Township, group.Key.Type, group.Key.Cause,
            group.Count(one => one.Stage < CaseStage.Monitored), group.Count(one => one.IsOpen && one.Stage >= CaseStage.Monitored),
            group.Count(one => one.IsRemoving), group.Count(one => Deadlines.Of(one, book).Any(limit => limit.DoneOn is null && limit.IsBroken(today))),
            group.Count(one => one.Stage == CaseStage.Eliminated), group.Count(one => one.Stage is CaseStage.Closed or CaseStage.Rejected),
            group.Count(one => one.Stage == CaseStage.Ended), group.Count(one => one.ReEntry)));

    static Times TimesOf(string township, IReadOnlyList<Episode> cases, RuleBook book, DateOnly today)
    {
        var decisions = Days(cases, CaseAction.CountyDecision);
        var measures = Days(cases, CaseAction.Measures);
        var broken = cases.Select(one => Deadlines.Of(one, book).Where(limit => limit.IsBroken(today)).Select(limit => limit.Limit.Code).ToList()).ToList();
        return new(
            township, cases.Count, decisions.Count, Statistics.Median(decisions), Statistics.Quantile(decisions, 0.9m), Statistics.Median(measures),
            Statistics.Quantile(measures, 0.9m), broken.Count(one => one.Count > 0),
            broken.SelectMany(one => one).CountBy(code => code).OrderBy(one => one.Key, StringComparer.Ordinal).ToDictionary());
    }

    static List<int> Days(IEnumerable<Episode> cases, CaseAction action) =>
        [.. cases.Select(one => one.Entries.Find(entry => entry.Action == action && entry.Chain == Chain.Inclusion) is { } first
            ? first.On.DayNumber - one.OpenedOn.DayNumber : (int?)null).OfType<int>().Order()];

    /// <summary>Maps <c>GET /v1/case-load</c> and <c>GET /v1/case-times</c>. Query: <c>area</c>; <c>from</c>, <c>to</c>: days on which cases were opened.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/case-load", async Task<IResult> (
            string? area, string? from, string? to, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (Wrong(area, from, to, out var first, out var last) is { } wrong) return wrong;
            var (cases, book, today) = await Found(area, first, last, caller, store, clock, cancel);
            return new Listing<Load>([.. LoadOf(cases, book, today)], null);
        }).RequireRight("relapse:read").ProducesPage<Load>();

        routes.MapGet("/v1/case-times", async Task<IResult> (
            string? area, string? from, string? to, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (Wrong(area, from, to, out var first, out var last) is { } wrong) return wrong;
            var (cases, book, today) = await Found(area, first, last, caller, store, clock, cancel);
            return new Listing<Times>(
                [TimesOf("", [.. cases.Select(one => one.Episode)], book, today),
                    .. cases.GroupBy(one => one.Township, one => one.Episode).OrderBy(one => one.Key, StringComparer.Ordinal)
                        .Select(one => TimesOf(one.Key, [.. one], book, today))], null);
        }).RequireRight("relapse:read").ProducesPage<Times>();
    }

    static Problem? Wrong(string? area, string? from, string? to, out DateOnly? first, out DateOnly? last) =>
        DayRange.Read(from, to, out first, out last) ?? ShowCases.WrongArea(area);

    static async Task<(IReadOnlyList<(string Township, Episode Episode)> Cases, RuleBook Book, DateOnly Today)> Found(
        string? area, DateOnly? from, DateOnly? to, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel)
    {
        await using var session = store.QuerySession(caller.Tenant);
        var households = await ShowCases.AtRisk(session, caller, area, openOnly: false, cancel);
        return (
            [.. households.SelectMany(household => household.Episodes.Select(episode => (household.Village[..9], episode)))
                .Where(one => !(one.episode.OpenedOn < from) && !(one.episode.OpenedOn > to))],
            await RuleBook.Of(session, caller.Tenant, cancel), ChinaTime.Day(clock.GetUtcNow()));
    }
}
