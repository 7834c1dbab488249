using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// 规模性返贫: many households of one village, or of the county, at risk within some days. Said once, again each time that it has grown by
/// the rule's step, and anew after a window that does not touch the last one.
/// </summary>
public sealed record GroupRisk : IState<GroupRisk>
{
    /// <summary>Stream key, <c>group-risk/{tenant}/{rule}/{area}</c>.</summary>
    public string Id { get; init; } = "";

    public GroupRiskDetected? Last { get; init; }

    public GroupRisk Evolve(object happened) => happened is GroupRiskDetected e ? this with { Last = e } : this;

    /// <summary>Which groups of clues make a group risk on a day.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="county">Code of the county, for rules over all of it.</param>
    /// <param name="clues">Household, village, cause and day of each.</param>
    /// <param name="today">The day.</param>
    public static IEnumerable<(string Area, RiskCause? Cause, Guid[] Households)> Of(
        GroupRule rule, string county, IEnumerable<(Guid Household, string Village, RiskCause Cause, DateOnly On)> clues, DateOnly today) => clues
        .Where(clue => clue.On > today.AddDays(-rule.Days) && clue.On <= today && (rule.Causes.Length == 0 || rule.Causes.Contains(clue.Cause)))
        .GroupBy(clue => rule.Village ? clue.Village : county)
        .Select(area => (
            area.Key, rule.Causes is [var only] ? only : (RiskCause?)null,
            area.OrderBy(clue => clue.On).Select(clue => clue.Household).Distinct().ToArray()))
        .Where(area => area.Item3.Length >= rule.Households);

    /// <summary>What is to be said of a group of households that a rule found; nothing while it has not grown by a step.</summary>
    public static Decision Decide(
        GroupRisk known, GroupRule rule, string ruleSet, string area, RiskCause? cause, Guid[] households, DateOnly today)
    {
        var from = today.AddDays(1 - rule.Days);
        int? before = known.Last is { } last && last.On >= from ? last.Households.Length : null;
        return households.Length < (before is { } told ? rule.Step(told) : rule.Households) ? []
            : [new GroupRiskDetected(rule.Code, ruleSet, area, cause, households, from, today, before, rule.LevelOf(households.Length))];
    }

    /// <summary>Looks at the clues of the last days and says what is new.</summary>
    internal static async Task<int> Check(IDocumentStore store, Caller by, DateTimeOffset now, CancellationToken cancel)
    {
        var occasion = new Occasion(now, by);
        await using var session = store.QuerySession(by.Tenant);
        var rules = (await RuleBook.Of(session, by.Tenant, cancel)).On(occasion.Today).Rules;
        if (rules.Groups.Length == 0) return 0;

        DateOnly? since = occasion.Today.AddDays(-rules.Groups.Max(rule => rule.Days));
        var atRisk = await session.Query<Household>().Where(household => household.LastRiskOn > since).ToListAsync(cancel);
        var clues = atRisk.SelectMany(household => household.Episodes.SelectMany(episode => episode.Causes)
            .Select(cause => (household.Enrolment!.HouseholdId, household.Village, cause.Cause, cause.On))).ToList();
        var said = 0;
        foreach (var rule in rules.Groups)
        {
            foreach (var (area, cause, households) in Of(rule, by.Tenant, clues, occasion.Today))
                said += await store.Decide<GroupRisk>(
                    $"group-risk/{by.Tenant}/{rule.Code}/{area}", occasion,
                    known => Decide(known, rule, rules.Version, area, cause, households, occasion.Today), cancel);
        }

        return said;
    }

    /// <summary>Maps <c>GET /v1/group-risks</c>: the last one of each rule and area, within the caller's area.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/group-risks", async (
        Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var known = await session.Query<GroupRisk>().ToListAsync(cancel);
        return new Listing<GroupRiskDetected>(
            [.. known.Select(one => one.Last!).Where(one => caller.Covers(one.Area)).OrderByDescending(one => one.On).ThenBy(one => one.Area, StringComparer.Ordinal)],
            null);
    }).RequireRight("relapse:read").ProducesPage<GroupRiskDetected>();
}
