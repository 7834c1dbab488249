using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Records the visit that a clue or a proposed removal calls for (入户核实).</summary>
public static class VisitHome
{
    // 附表8-10 ask for two visitors; one alone may have seen what he wished to see.
    const int VisitorsMin = 2;

    /// <summary>One visit; personal data has no place here.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Visitors">How many went, 2 to 20.</param>
    /// <param name="Confirmed">For a clue: there is a risk. For a removal: it is gone.</param>
    /// <param name="Causes">Risks confirmed, the main one first; needed where a clue is confirmed.</param>
    /// <param name="Note">What was seen.</param>
    /// <param name="On">The day; not in the future.</param>
    /// <param name="Means">How; by telephone or video only after a visit that did not come about, and then one person is enough.</param>
    public sealed record Row(Guid Household, int Visitors, bool Confirmed, RiskCause[] Causes, string? Note, DateOnly On, VisitMeans? Means = null);

    public static Row Bind(Fields row)
    {
        var means = row.EnumOrNull<VisitMeans>("means");
        return new(
            row.Id("household"), row.Whole("visitors", means is null or VisitMeans.Home ? VisitorsMin : 1, 20), row.Flag("confirmed"),
            row.Enums<RiskCause>("causes"), row.PlainTextOrNull("note", 1_000), row.Day("on"), means == VisitMeans.Home ? null : means);
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.HomeVisit, row.On, occasion,
        episode => new HomeVisited(
            row.Household, episode.Number, episode.Chain, row.Visitors, row.Confirmed, row.Causes, row.Note, row.On, row.Means,
            // A visit that a proposed removal calls for is a step of its own.
            episode.Stage >= CaseStage.Monitored && episode.Stage != CaseStage.RemovalProposed ? true : null, occasion.By.Actor),
        (episode, visited) => episode.Chain switch
        {
            _ when row.Means is not null && episode.Attempts.IsEmpty => Refusal.Conflict("attempt-first",
                "电话、视频核实须先登记未能入户的情形（/v1/cases/visit-attempts）。", "A visit by telephone or video follows one that did not come about; record that first.", "means"),
            Chain.Inclusion when row.Confirmed && row.Causes.Length == 0 =>
                Refusal.Invalid("missing", "确认有风险时须填风险类型，主要的在前。", "A confirmed risk needs its causes, the main one first.", "causes"),
            // A monitored household that was looked at for something new is in the chain of inclusion, and no removal is under way.
            Chain.Removal when !row.Confirmed && episode.IsRemoving => [visited, new RiskRemovalDropped(row.Household, episode.Number, "入户核实风险未消除", row.On)],
            _ => [visited],
        });

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/visits", "relapse:report", Bind, row => row.Household, Decide);
}

/// <summary>Records that somebody went and did not see the household; the limits go on running, and the case says why.</summary>
public static class AttemptVisit
{
    /// <summary>One attempt; personal data has no place here.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Outcome">Why it did not come about.</param>
    /// <param name="Note">What was done instead.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, VisitOutcome Outcome, string? Note, DateOnly On);

    public static Row Bind(Fields row) =>
        new(row.Id("household"), row.Enum<VisitOutcome>("outcome"), row.PlainTextOrNull("note", 1_000), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.VisitAttempt, row.On, occasion,
        episode => new VisitAttempted(row.Household, episode.Number, episode.Chain, row.Outcome, row.Note, row.On));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/visit-attempts", "relapse:report", Bind, row => row.Household, Decide);
}

/// <summary>Closes a clue that did not become a case; nobody is left out without a written reason.</summary>
public static class CloseClue
{
    /// <summary>One closure.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, string Reason, string? Document, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.PlainText("reason", 500), row.TextOrNull("document"), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Closure, row.On, occasion, episode => new ClueClosed(row.Household, episode.Number, row.Reason, row.Document, row.On));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/closures", "relapse:review", Bind, row => row.Household, Decide);
}

/// <summary>Records that the household applies and allows its data to be compared (承诺授权).</summary>
public static class GiveAuthorisation
{
    /// <summary>One signed form.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Document">Number of the form.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, string Document, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.Text("document"), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Authorisation, row.On, occasion, episode => new AuthorisationGiven(row.Household, episode.Number, row.Document, row.On));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/authorisations", "relapse:report", Bind, row => row.Household, Decide);
}

/// <summary>Records what the comparison with the departments' data found (信息比对).</summary>
public static class CompareData
{
    /// <summary>One result.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Consistent">Whether the data agree.</param>
    /// <param name="Findings">What does not agree; needed where something does not. Personal data has no place here.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, bool Consistent, string? Findings, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Id("household"), row.Flag("consistent"), row.PlainTextOrNull("findings", 1_000), row.Day("on"));
        if (!bound.Consistent && bound.Findings is null) row.Fail("findings", "missing", "比对不一致的，须写明情况（findings）。", "What does not agree must be said.");
        return bound;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Comparison, row.On, occasion,
        episode => new DataCompared(row.Household, episode.Number, row.Consistent, row.Findings, row.On));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/comparisons", "relapse:decide", Bind, row => row.Household, Decide);
}
