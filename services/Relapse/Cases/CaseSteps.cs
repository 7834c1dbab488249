using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// The procedure as one table: where a case stands, what may be done there, who does it, and where it stands then. What is allowed, what a
/// refusal names and what people read is this table.
/// </summary>
public static class CaseSteps
{
    /// <summary>One step.</summary>
    /// <param name="Stage">Where the case stands.</param>
    /// <param name="Action">What may be done.</param>
    /// <param name="Owner">Who does it.</param>
    /// <param name="Then">Where it stands after a yes.</param>
    /// <param name="Otherwise">Where it stands after a no; null where there is none.</param>
    /// <param name="When">When it may be done, where that is not always.</param>
    public sealed record Allowed(CaseStage Stage, CaseAction Action, Level Owner, CaseStage Then, CaseStage? Otherwise = null, Text? When = null)
    {
        internal Func<Episode, bool>? Holds { get; init; }
    }

    static readonly Text somethingNew = new("有新情况待核实时", "while something new waits to be looked at");
    static readonly Text notAnnounced = new("尚未公告时", "while the result is not announced");

    static Allowed News(CaseStage stage) => new(stage, CaseAction.HomeVisit, Level.Village, stage, CaseStage.Monitored, somethingNew)
    {
        Holds = episode => episode.Pending.Count > 0,
    };

    /// <summary>All steps.</summary>
    public static readonly IReadOnlyList<Allowed> All =
    [
        // Whoever has not been there cannot say that there is nothing: a clue is not closed before a visit.
        new(CaseStage.Clue, CaseAction.HomeVisit, Level.Village, CaseStage.Visited, CaseStage.VisitedWithoutRisk),
        new(CaseStage.Visited, CaseAction.Authorisation, Level.Village, CaseStage.Authorised),
        new(CaseStage.Visited, CaseAction.Closure, Level.Township, CaseStage.Closed),
        new(CaseStage.VisitedWithoutRisk, CaseAction.Closure, Level.Township, CaseStage.Closed),
        new(CaseStage.Authorised, CaseAction.Comparison, Level.County, CaseStage.Compared),
        new(CaseStage.Authorised, CaseAction.Closure, Level.Township, CaseStage.Closed),
        new(CaseStage.Compared, CaseAction.Assessment, Level.Village, CaseStage.Assessed, CaseStage.Rejected),
        new(CaseStage.Compared, CaseAction.Closure, Level.Township, CaseStage.Closed),
        new(CaseStage.Assessed, CaseAction.Publicity, Level.Village, CaseStage.InPublicity),
        new(CaseStage.InPublicity, CaseAction.PublicityEnd, Level.Village, CaseStage.PublicityOver),
        new(CaseStage.InPublicity, CaseAction.Objection, Level.Township, CaseStage.InPublicity, CaseStage.Rejected),
        new(CaseStage.PublicityOver, CaseAction.TownshipReview, Level.Township, CaseStage.Reviewed, CaseStage.Rejected),
        new(CaseStage.Reviewed, CaseAction.CountyDecision, Level.County, CaseStage.Monitored, CaseStage.Rejected),
        News(CaseStage.Monitored),
        new(CaseStage.Monitored, CaseAction.Announcement, Level.Township, CaseStage.Monitored, null, notAnnounced)
        {
            Holds = episode => episode.LastOn(CaseAction.Announcement, Chain.Inclusion) is null,
        },
        new(CaseStage.Monitored, CaseAction.FollowUp, Level.Village, CaseStage.Monitored),
        new(CaseStage.Monitored, CaseAction.Removal, Level.Village, CaseStage.RemovalProposed),
        new(CaseStage.RemovalProposed, CaseAction.HomeVisit, Level.Village, CaseStage.RemovalVisited, CaseStage.Monitored),
        new(CaseStage.RemovalVisited, CaseAction.Assessment, Level.Village, CaseStage.RemovalAssessed, CaseStage.Monitored),
        News(CaseStage.RemovalVisited),
        new(CaseStage.RemovalAssessed, CaseAction.Publicity, Level.Village, CaseStage.RemovalInPublicity),
        News(CaseStage.RemovalAssessed),
        new(CaseStage.RemovalInPublicity, CaseAction.PublicityEnd, Level.Village, CaseStage.RemovalPublicityOver),
        new(CaseStage.RemovalInPublicity, CaseAction.Objection, Level.Township, CaseStage.RemovalInPublicity, CaseStage.Monitored),
        News(CaseStage.RemovalInPublicity),
        new(CaseStage.RemovalPublicityOver, CaseAction.TownshipReview, Level.Township, CaseStage.RemovalReviewed, CaseStage.Monitored),
        News(CaseStage.RemovalPublicityOver),
        new(CaseStage.RemovalReviewed, CaseAction.CountyDecision, Level.County, CaseStage.Eliminated, CaseStage.Monitored),
        News(CaseStage.RemovalReviewed),
        new(CaseStage.Eliminated, CaseAction.Announcement, Level.Township, CaseStage.Eliminated, null, notAnnounced)
        {
            Holds = episode => episode.LastOn(CaseAction.Announcement, Chain.Removal) is null,
        },
    ];

    static readonly ILookup<CaseStage, Allowed> byStage = All.ToLookup(step => step.Stage);

    /// <summary>What may be done in an episode now.</summary>
    internal static IEnumerable<Allowed> Of(Episode episode) => byStage[episode.Stage].Where(step => step.Holds?.Invoke(episode) ?? true);

    /// <summary>
    /// What is to be done next for a household: first the survey, where the procedure has begun and the income of the twelve months before the
    /// clue, which the county's decision needs, is not on record.
    /// </summary>
    internal static IReadOnlyList<CaseAction> Next(Household household, Episode episode, DateOnly today) =>
        episode.Stage is >= CaseStage.Visited and <= CaseStage.Reviewed and not CaseStage.VisitedWithoutRisk &&
        DecideCase.IncomeFor(household, episode, today) is null
            ? [CaseAction.Survey, .. episode.Next]
            : episode.Next;

    /// <summary>The steps that a case can be sent back to, and where it stands then.</summary>
    internal static CaseStage? Back(Chain chain, CaseAction to) => (chain, to) switch
    {
        (Chain.Inclusion, CaseAction.HomeVisit) => CaseStage.Clue,
        (Chain.Inclusion, CaseAction.Authorisation) => CaseStage.Visited,
        (Chain.Inclusion, CaseAction.Comparison) => CaseStage.Authorised,
        (Chain.Inclusion, CaseAction.Assessment) => CaseStage.Compared,
        (Chain.Inclusion, CaseAction.Publicity) => CaseStage.Assessed,
        (Chain.Removal, CaseAction.HomeVisit) => CaseStage.RemovalProposed,
        (Chain.Removal, CaseAction.Assessment) => CaseStage.RemovalVisited,
        (Chain.Removal, CaseAction.Publicity) => CaseStage.RemovalAssessed,
        _ => null,
    };

    /// <summary>A step as it is answered.</summary>
    /// <param name="Stage">Where the case stands.</param>
    /// <param name="StageName">The same in words.</param>
    /// <param name="Action">What may be done.</param>
    /// <param name="ActionName">The same in words.</param>
    /// <param name="Owner">Who does it.</param>
    /// <param name="Then">Where it stands after a yes.</param>
    /// <param name="Otherwise">Where it stands after a no.</param>
    /// <param name="When">When it may be done, where that is not always.</param>
    /// <param name="Limits">The limits of the county for it.</param>
    public sealed record Row(
        CaseStage Stage, string StageName, CaseAction Action, string ActionName, Level Owner, CaseStage Then, CaseStage? Otherwise, string? When,
        IReadOnlyList<TimeLimit> Limits);

    /// <summary>Maps <c>GET /v1/case-steps</c>: the procedure with the limits of today.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/case-steps", async (
        Caller caller, HttpContext http, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var limits = TimeLimits.On(ChinaTime.Day(clock.GetUtcNow()), (await RuleBook.Of(session, caller.Tenant, cancel)).Limits).Limits;
        var english = Language.IsEnglish(http);
        return new Listing<Row>(
            [.. All.Select(step => new Row(
                step.Stage, CaseNames.Of(step.Stage).In(english), step.Action, CaseNames.Of(step.Action).In(english), step.Owner, step.Then,
                step.Otherwise, step.When?.In(english), [.. limits.Where(limit => limit.Of == step.Action && IsOf(limit, step))]))], null, All.Count);
    }).RequireRight("relapse:read").ProducesPage<Row>();

    // A limit that begins with a proposal is one of the removal.
    static bool IsOf(TimeLimit limit, Allowed step) => (limit.After == CaseAction.Removal) == (step.Stage is >= CaseStage.RemovalProposed and <= CaseStage.RemovalReviewed);
}
