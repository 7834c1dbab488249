using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Proposes that a risk is removed (风险消除): all conditions have held for the months of the limits, counted from the first month in
/// which all of them held, and somebody in the household can work.
/// </summary>
public static class ProposeRemoval
{
    /// <summary>One proposal.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Kind"><c>assisted</c> 帮扶后消除 or <c>natural</c> 自然消除.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, RemovalKind Kind, DateOnly On);

    /// <summary>A proposal is withdrawn.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Drop(Guid Household, string Reason, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.Enum<RemovalKind>("kind"), row.Day("on"));

    public static Drop BindDrop(Fields row) => new(row.Id("household"), row.PlainText("reason", 500), row.Day("on"));

    /// <summary>
    /// The first month of the run in which all conditions hold up to a day; null where they do not hold now. A gap longer than the
    /// limits allow begins a new run.
    /// </summary>
    public static DateOnly? StableSince(IEnumerable<FollowedUp> followUps, DateOnly on, int gapMonths)
    {
        DateOnly? since = null;
        var later = new DateOnly(on.Year, on.Month, 1);
        foreach (var visit in followUps.Where(one => one.Month <= on).OrderByDescending(one => one.Month))
        {
            if (!visit.Holds || visit.Month.AddMonths(gapMonths) < later) break;
            since = later = visit.Month;
        }

        return since;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        var limits = TimeLimits.On(row.On, book.Limits);
        // Whoever found the risk still there has begun the months anew.
        DateOnly? Since(Episode episode) =>
            StableSince(episode.FollowUps.Values.Where(visit => episode.UnstableOn is not { } found || visit.On > found), row.On, limits.FollowUpMonths);
        return Handling.Take(
            household, CaseAction.Removal, row.On, occasion,
            episode => new RiskRemovalProposed(row.Household, episode.Number, row.Kind, Since(episode) ?? row.On, row.On),
            (episode, proposed) =>
            {
                if (household.HasLabour is not { } labour)
                    return Refusal.Conflict("labour-unknown", "尚未登记家庭成员，无法判断是否有劳动能力；请先登记家庭成员。",
                        "No member is registered, so it is not known who can work.", "household");
                if (!labour)
                    return Refusal.Conflict("household-without-labour", "整户无劳动能力，落实社会保障后暂不标注“风险消除”，须持续跟踪。",
                        "Nobody in the household can work; it stays monitored.", "household");
                if (episode.Pending.Count > 0)
                    return Refusal.Conflict("news-unanswered", "该户有新情况尚未核实；请先入户核实。", "Something came up that nobody has looked at; visit the household first.", "household");
                if (row.Kind == RemovalKind.Assisted && !episode.Measures.Values.Any(measure => measure.StartedOn is not null))
                    return Refusal.Conflict("measure-missing", "没有已落实的帮扶措施，不能按“帮扶后消除”提出；请先登记措施，或按“自然消除”提出。",
                        "No measure was carried out, so the risk was not removed by help; record the measures, or propose a natural removal.", "kind");
                if (Since(episode) is not { } since)
                    return Refusal.Conflict("conditions-not-held", "最近的走访记录不满足风险消除条件，或已中断。",
                        "The conditions do not hold in the last follow-up, or there is none of late.", "household");
                var earliest = since.AddMonths(limits.StableMonths);
                return row.On >= earliest
                    ? [proposed]
                    : Refusal.Conflict("not-stable-long-enough",
                        $"自 {since:yyyy-MM} 起条件全部满足，稳定 {limits.StableMonths} 个月后（{earliest:yyyy-MM-dd} 起）方可提出。",
                        $"All conditions hold since {since:yyyy-MM}; it can be proposed after {limits.StableMonths} months, from {earliest:yyyy-MM-dd}.",
                        "on");
            });
    }

    public static Decision Decide(Household household, Drop row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        return household.Open is { IsRemoving: true } episode
            ? [new RiskRemovalDropped(row.Household, episode.Number, row.Reason, row.On)]
            : household.Open is { Stage: CaseStage.Monitored } ? []
            : Refusal.Conflict("case-unknown", "该户没有正在办理的风险消除。", "No removal is under way for the household.", "household");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRows("/v1/cases/removal-proposals", "relapse:report", Bind, row => row.Household, Decide);
        routes.MapRows("/v1/cases/removal-drops", "relapse:review", BindDrop, row => row.Household, Decide);
    }
}
