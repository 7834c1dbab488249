using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Takes a household's own request (农户自主申报): it is a clue at once, whatever thresholds say.</summary>
public static class RequestHelp
{
    /// <summary>One request; personal data has no place here.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Reference">Number of the request.</param>
    /// <param name="Causes">风险类型, one or more.</param>
    /// <param name="Via">Where it was made; default <c>village</c>.</param>
    /// <param name="Emergency">True where help cannot wait.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, string Reference, RiskCause[] Causes, RequestVia Via, bool Emergency, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Id("household"), row.Code("reference"), row.Enums<RiskCause>("causes"), row.EnumOrNull<RequestVia>("via") ?? RequestVia.Village,
            row.FlagOrNull("emergency") ?? false, row.Day("on"));
        if (bound.Causes.Length == 0) row.Fail("causes", "missing", "风险类型（causes）至少填一种，如因病、因学。", "At least one cause.");
        return bound;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        var requested = new HelpRequested(row.Household, row.Reference, row.Causes, row.Via, row.Emergency, row.On);
        if (household.Requests.Find(known => known.Reference == row.Reference) is { } known)
            return EventJson.Text(known) == EventJson.Text(requested) ? [] : Refusal.Conflict("request-differs", "该编号的申报已登记，内容不同；新的申报请用新的编号。",
                "A request with this number is on record with other contents.", "reference");

        household = household.Evolve(requested);
        var touched = household.Open?.TouchedAt is not null;
        var risks = new List<object>();
        foreach (var cause in row.Causes.Distinct())
        {
            // The days of the limits run from the day on which the household asked.
            risks.Add(Risks.Raise(household, cause, Channel.SelfReport, row.Emergency, row.On, touched));
            household = household.Evolve(risks[^1]);
        }

        Decision decided = [requested, .. risks];
        return risks.OfType<RiskRecurred>().Any() ? decided.With([joined]) : decided;
    }

    static readonly Warning joined = new("joined-open-case", new(
        "该户同类风险正在办理，申报已并入；如为新情况，已通知负责人。", "The household has an open case of this kind; the request joined it, and its owner is told where it is news."));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/help-requests", "relapse:report", Bind, row => row.Household, Decide);
}
