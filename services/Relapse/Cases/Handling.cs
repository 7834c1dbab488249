using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// What all things done in a case have in common: they come in order, none lies in the future or before the one it follows, and one
/// that is on record already is a repeat.
/// </summary>
static class Handling
{
    static readonly Refusal noCase = Refusal.Conflict("case-unknown", "该户没有风险线索或监测个案。", "The household has no clue and no case.", "household");

    /// <summary>Decides on something done in the household's last episode; <paramref name="make"/> says what follows from it.</summary>
    public static Decision Take(
        Household household, CaseAction action, DateOnly on, Occasion occasion, Func<Episode, object> say, Func<Episode, object, Decision>? make = null)
    {
        if (on > occasion.Today) return Refusal.DayInFuture;
        if (household.Episodes is not [.., var episode]) return noCase;
        var happened = say(episode);
        if (IsKnown(household, happened)) return [];
        // Whoever may visit may also come to a closed door.
        if (!(action == CaseAction.VisitAttempt ? episode.Next.Any(IsVisit) : episode.Next.Contains(action))) return Forbidden(episode, action);
        var before = episode.Entries.Where(entry => IsStage(entry.Action)).Max(entry => entry.On);
        if (IsStage(action) && on < before)
            return Refusal.Invalid("out-of-order", $"日期早于上一环节（{before:yyyy-MM-dd}）；请核对日期。", $"The day lies before what it follows ({before:yyyy-MM-dd}).", "on");
        return make is null ? [happened] : make(episode, happened);
    }

    /// <summary>True when the same was said before, in this episode or an earlier one.</summary>
    public static bool IsKnown(Household household, object happened)
    {
        var said = Episode.Words(happened);
        return household.Episodes.Exists(episode => episode.Entries.Exists(entry => entry.Said == said));
    }

    /// <summary>What may be done instead.</summary>
    public static Refusal Forbidden(Episode episode, CaseAction action) => (episode.Stage, action) == (CaseStage.Clue, CaseAction.Closure)
        ? Refusal.Conflict("visit-first", "须先入户核实，才能排除线索。", "The household must be visited before its clue is closed.", "household")
        : Refusal.Conflict("case-step-forbidden",
            $"当前环节为“{CaseNames.Of(episode.Stage).Zh}”，下一步：{(episode.Next.Count == 0 ? "无" : string.Join("、", episode.Next.Select(one => CaseNames.Of(one).Zh)))}。",
            $"The case stands at {Codes<CaseStage>.ByValue[episode.Stage]}; allowed next: {(episode.Next.Count == 0 ? "nothing" : string.Join(", ", episode.Next.Select(one => Codes<CaseAction>.ByValue[one])))}.",
            "household");

    // Help goes on beside the procedure and is not one of its stages.
    static bool IsStage(CaseAction action) => action is not (
        CaseAction.Measures or CaseAction.FollowUp or CaseAction.GreenChannel or CaseAction.VisitAttempt or CaseAction.Survey);

    static bool IsVisit(CaseAction action) => action is CaseAction.HomeVisit or CaseAction.FollowUp;

    /// <summary>
    /// Who visits does not review, and neither decides (互不兼任), unless the county's limits allow it. Null where the hands differ.
    /// </summary>
    public static Refusal? SameHand(DateOnly on, RuleBook book, Occasion occasion, params ReadOnlySpan<string?> before) =>
        TimeLimits.On(on, book.Limits).OneHand != true && before.Contains(occasion.By.Actor)
            ? Refusal.Conflict("same-hand", "同一账号不得既办理前一环节又审核、审定；请由另一账号办理（县级可在时限规则中放宽）。",
                "One account may not visit, review and decide the same case; another one must (the county's limits can allow it).", "household")
            : null;
}

/// <summary>A yes, or a no with its reason, of those who are asked on the way (民主评议, 乡镇审核).</summary>
/// <param name="Household">The household's id.</param>
/// <param name="Passed">Whether they agreed.</param>
/// <param name="Reason">Why not; needed where they did not.</param>
/// <param name="On">The day; not in the future.</param>
public sealed record Opinion(Guid Household, bool Passed, string? Reason, DateOnly On)
{
    public static Opinion Bind(Fields row)
    {
        var bound = new Opinion(row.Id("household"), row.Flag("passed"), row.PlainTextOrNull("reason", 500), row.Day("on"));
        if (!bound.Passed && bound.Reason is null) row.Fail("reason", "missing", "不通过的，须写明理由（reason）。", "A no needs a written reason.");
        return bound;
    }

    /// <summary>A no ends an inclusion; a removal is dropped by it.</summary>
    internal Decision Decide(Household household, CaseAction action, Occasion occasion, Func<Episode, object> say, Func<Episode, Refusal?>? refuse = null) =>
        Handling.Take(
            household, action, On, occasion, say,
            (episode, said) => refuse?.Invoke(episode) is { } refusal ? refusal
                : Passed || episode.Chain == Chain.Inclusion ? [said] : [said, new RiskRemovalDropped(Household, episode.Number, Reason!, On)]);
}

/// <summary>Sends a case back for completion (退回补正): nothing is refused, and the step that is named is done again.</summary>
public static class ReturnCase
{
    /// <summary>One return.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="To">The step to be done again, e.g. <c>assessment</c>.</param>
    /// <param name="Missing">What is missing.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, CaseAction To, string Missing, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.Enum<CaseAction>("to"), row.PlainText("missing", 500), row.Day("on"));

    static Watched.Decide<Row> By(CaseAction step) => (household, row, book, occasion) => Handling.Take(
        household, step, row.On, occasion, episode => new CaseReturned(row.Household, episode.Number, episode.Chain, step, row.To, row.Missing, row.On),
        (episode, returned) => CaseSteps.Back(episode.Chain, row.To) is null
            ? Refusal.Invalid("return-step-unknown", "不能退回到这一环节；纳入可退回入户核实、承诺授权、信息比对、民主评议或公示，消除可退回入户核实、民主评议或公示。",
                "A case cannot be sent back to this step.", "to")
            : [returned]);

    /// <summary>The township sends it back instead of reviewing it.</summary>
    public static readonly Watched.Decide<Row> ByTownship = By(CaseAction.TownshipReview);

    /// <summary>The county sends it back instead of deciding.</summary>
    public static readonly Watched.Decide<Row> ByCounty = By(CaseAction.CountyDecision);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRows("/v1/cases/township-returns", "relapse:review", Bind, row => row.Household, ByTownship);
        routes.MapRows("/v1/cases/county-returns", "relapse:decide", Bind, row => row.Household, ByCounty);
    }
}

/// <summary>What stages and actions are called on pages and in messages.</summary>
static class CaseNames
{
    public static Text Of(CaseStage stage) => new(Codes<CaseStage>.Official[stage], stage switch
    {
        CaseStage.Clue => "clue",
        CaseStage.Visited => "visited",
        CaseStage.VisitedWithoutRisk => "visited, no risk",
        CaseStage.Authorised => "authorised",
        CaseStage.Compared => "data compared",
        CaseStage.Assessed => "assessed by the village",
        CaseStage.InPublicity => "in publicity",
        CaseStage.PublicityOver => "publicity over",
        CaseStage.Reviewed => "reviewed by the township",
        CaseStage.Monitored => "monitored",
        CaseStage.RemovalProposed => "removal proposed",
        CaseStage.RemovalVisited => "removal: visited",
        CaseStage.RemovalAssessed => "removal: assessed by the village",
        CaseStage.RemovalInPublicity => "removal: in publicity",
        CaseStage.RemovalPublicityOver => "removal: publicity over",
        CaseStage.RemovalReviewed => "removal: reviewed by the township",
        CaseStage.Closed => "clue closed",
        CaseStage.Rejected => "not included",
        CaseStage.Eliminated => "risk eliminated",
        _ => "household ended",
    });

    public static Text Of(CaseAction action) => new(Codes<CaseAction>.Official[action], action switch
    {
        CaseAction.Clue => "clue",
        CaseAction.HomeVisit => "home visit",
        CaseAction.Authorisation => "authorisation",
        CaseAction.Comparison => "data comparison",
        CaseAction.Assessment => "village assessment",
        CaseAction.Publicity => "publicity",
        CaseAction.PublicityEnd => "end of publicity",
        CaseAction.TownshipReview => "township review",
        CaseAction.CountyDecision => "county decision",
        CaseAction.Announcement => "announcement",
        CaseAction.Measures => "measures",
        CaseAction.FollowUp => "follow-up",
        CaseAction.Removal => "proposal of removal",
        CaseAction.Objection => "objection",
        CaseAction.GreenChannel => "green channel",
        CaseAction.Survey => "survey of the household",
        CaseAction.VisitAttempt => "visit that did not come about",
        CaseAction.Return => "return for completion",
        _ => "closure of the clue",
    });
}
