using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Records the village's assessment (民主评议), for inclusion or removal, whichever is under way.</summary>
public static class AssessInVillage
{
    public static Decision Decide(Household household, Opinion row, RuleBook book, Occasion occasion) => row.Decide(
        household, CaseAction.Assessment, occasion,
        episode => new VillageAssessed(row.Household, episode.Number, episode.Chain, row.Passed, row.Reason, row.On));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/assessments", "relapse:report", Opinion.Bind, row => row.Household, Decide);
}

/// <summary>
/// Records the notice in the village (村内公示): once, for at least the days of the limits, with every objection answered before it ends.
/// </summary>
public static class Publicise
{
    /// <summary>The notice is put up.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="On">The first day; not in the future.</param>
    public sealed record Row(Guid Household, DateOnly On);

    /// <summary>Somebody objects.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Number">Number of the objection, sent as <c>objection</c>.</param>
    /// <param name="Text">What is objected; personal data has no place here.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Objection(Guid Household, string Number, string Text, DateOnly On);

    /// <summary>The objection was looked into.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Objection">Number of the objection.</param>
    /// <param name="Upheld">True where it was right: the chain ends with it.</param>
    /// <param name="Finding">What was found.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Check(Guid Household, string Objection, bool Upheld, string Finding, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.Day("on"));

    public static Objection BindObjection(Fields row) => new(row.Id("household"), row.Code("objection"), row.PlainText("text", 1_000), row.Day("on"));

    public static Check BindCheck(Fields row) =>
        new(row.Id("household"), row.Code("objection"), row.Flag("upheld"), row.PlainText("finding", 1_000), row.Day("on"));

    public static Decision DecideStart(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Publicity, row.On, occasion, episode => new PublicityStarted(row.Household, episode.Number, episode.Chain, row.On));

    public static Decision DecideEnd(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.PublicityEnd, row.On, occasion, episode => new PublicityEnded(row.Household, episode.Number, episode.Chain, row.On),
        (episode, ended) =>
        {
            var started = episode.LastOn(CaseAction.Publicity, episode.Chain)!.Value;
            var limits = TimeLimits.On(started, book.Limits);
            var earliest = book.After(started, limits.PublicityDays, limits.PublicityWorking);
            if (row.On < earliest)
                return Refusal.Conflict("publicity-too-short", $"公示不少于 {limits.PublicityDays} 天，最早 {earliest:yyyy-MM-dd} 结束。",
                    $"The notice stays for at least {limits.PublicityDays} days, until {earliest:yyyy-MM-dd}.", "on");
            return episode.OpenObjections.IsEmpty
                ? [ended]
                : Refusal.Conflict("objection-open", $"异议 {string.Join("、", episode.OpenObjections.Order(StringComparer.Ordinal))} 尚未核查。",
                    $"Objections wait for an answer: {string.Join(", ", episode.OpenObjections.Order(StringComparer.Ordinal))}.", "on");
        });

    public static Decision DecideObjection(Household household, Objection row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Objection, row.On, occasion,
        episode => new ObjectionFiled(row.Household, episode.Number, episode.Chain, row.Number, row.Text, row.On));

    public static Decision DecideCheck(Household household, Check row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Objection, row.On, occasion,
        episode => new ObjectionChecked(row.Household, episode.Number, episode.Chain, row.Objection, row.Upheld, row.Finding, row.On),
        (episode, looked) => !episode.OpenObjections.Contains(row.Objection)
            ? Refusal.Unknown("objection-unknown", "没有待核查的此项异议；请核对异议编号。", "No such objection waits for an answer.", "objection")
            : row.Upheld && episode.Chain == Chain.Removal
                ? [looked, new RiskRemovalDropped(row.Household, episode.Number, row.Finding, row.On)]
                : [looked]);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRows("/v1/cases/publicities", "relapse:report", Bind, row => row.Household, DecideStart);
        routes.MapRows("/v1/cases/publicity-ends", "relapse:report", Bind, row => row.Household, DecideEnd);
        routes.MapRows("/v1/cases/objections", "relapse:report", BindObjection, row => row.Household, DecideObjection);
        routes.MapRows("/v1/cases/objection-checks", "relapse:review", BindCheck, row => row.Household, DecideCheck);
    }
}
