using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Records the township's review (乡镇审核), for inclusion or removal, whichever is under way.</summary>
public static class ReviewInTownship
{
    public static Decision Decide(Household household, Opinion row, RuleBook book, Occasion occasion) => row.Decide(
        household, CaseAction.TownshipReview, occasion,
        episode => new TownshipReviewed(row.Household, episode.Number, episode.Chain, row.Passed, row.Reason, row.On, occasion.By.Actor),
        episode => Handling.SameHand(row.On, book, occasion, episode.VisitedBy));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/township-reviews", "relapse:review", Opinion.Bind, row => row.Household, Decide);
}

/// <summary>
/// Records the county's decision (县级审定). The type of a household that is included follows from what is known of it; a removal that
/// is approved eliminates the risk.
/// </summary>
public static class DecideCase
{
    /// <summary>Events that no household can foresee and that cost it dearly; §1 of the rules: 突发严重困难户.</summary>
    static readonly HashSet<RiskCause> sudden =
    [
        RiskCause.Illness, RiskCause.Disability, RiskCause.Education, RiskCause.NaturalDisaster, RiskCause.Accident, RiskCause.IndustryFailure,
        RiskCause.Unemployment, RiskCause.PublicEmergency,
    ];

    /// <summary>One decision.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Approved">Whether.</param>
    /// <param name="Reason">Why not; needed where not.</param>
    /// <param name="Document">On which document; needed where approved.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, bool Approved, string? Reason, string? Document, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Id("household"), row.Flag("approved"), row.PlainTextOrNull("reason", 500), row.TextOrNull("document"), row.Day("on"));
        if (!bound.Approved && bound.Reason is null) row.Fail("reason", "missing", "不同意的，须写明理由（reason）。", "A no needs a written reason.");
        if (bound.Approved && bound.Document is null) row.Fail("document", "missing", "同意的，须注明依据文件（document）。", "A yes names its document.");
        return bound;
    }

    /// <summary>监测对象类型 by what is known; null where the facts make it none.</summary>
    public static MonitoredType? TypeOf(HouseholdCategory category, decimal incomePerHead, decimal line, IEnumerable<RiskCause> confirmed) =>
        incomePerHead < line
            ? category == HouseholdCategory.LiftedOut ? MonitoredType.UnstableLiftedOut : MonitoredType.MarginallyPoor
            : confirmed.Any(sudden.Contains) ? MonitoredType.SuddenSevereDifficulty : null;

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        var income = household.Episodes is [.., var last] ? IncomeFor(household, last, row.On) : null;
        var inForce = IncomeLine.Of(household.Village, row.On, book.Lines);
        var line = inForce?.Amount;
        var decision = Handling.Take(
            household, CaseAction.CountyDecision, row.On, occasion,
            episode => new CountyDecided(
                row.Household, episode.Number, episode.Chain, row.Approved,
                row.Approved && episode.Chain == Chain.Inclusion && income is { } perHead && line is { } limit
                    ? TypeOf(household.Known.Category, perHead, limit, episode.Confirmed)
                    : null,
                episode.Chain == Chain.Inclusion ? income : null, episode.Chain == Chain.Inclusion ? line : null, row.Reason, row.Document, row.On,
                occasion.By.Actor),
            (episode, decided) => Handling.SameHand(row.On, book, occasion, episode.VisitedBy, episode.ReviewedBy) is { } same ? same : (episode.Chain, row.Approved) switch
            {
                (Chain.Inclusion, true) when income is null || line is null => Refusal.Conflict("income-unknown",
                    "没有启动认定前 12 个月的家庭收入，无法确定监测对象类型；请先上报入户排查结果（收入期间至线索上月末）。",
                    "There is no income of the twelve months before the clue, so its type cannot be told; report a survey first.", "household"),
                (Chain.Inclusion, true) when ((CountyDecided)decided).Type is null => Refusal.Conflict("type-not-met",
                    $"人均纯收入 {income} 元不低于监测范围 {line} 元，且未确认突发事件，不符合任何一类监测对象。",
                    $"Income of {income} is not below the line of {line} and no sudden event is confirmed: it is of no monitored type.", "household"),
                (Chain.Removal, true) when episode.Pending.Count > 0 => Refusal.Conflict("new-risk-since-proposal",
                    $"提出消除后又出现新情况（{string.Join("、", episode.Pending.Select(one => $"{one.On:yyyy-MM-dd} {Codes<RiskCause>.Official[one.Cause]}"))}），请先入户核实。",
                    $"Something came up after the proposal ({string.Join(", ", episode.Pending.Select(one => $"{one.On:yyyy-MM-dd} {Codes<RiskCause>.ByValue[one.Cause]}"))}); visit the household first.",
                    "household"),
                (Chain.Removal, true) => [decided, new RiskEliminated(row.Household, episode.Number, episode.Removal!.Value, row.On)],
                (Chain.Removal, false) => [decided, new RiskRemovalDropped(row.Household, episode.Number, row.Reason!, row.On)],
                _ => [decided],
            });
        // A line is set anew every year; whoever decides by an older one is told so.
        return decision.OfType<CountyDecided>().Any(one => one is { Chain: Chain.Inclusion, Line: not null }) && inForce!.From.Year < row.On.Year
            ? decision.With([new Warning("line-outdated", new(
                $"认定所用的监测范围 {line} 元自 {inForce.From:yyyy-MM-dd} 起执行（{inForce.Document}），{row.On.Year} 年的尚未公布；公布后请复核类型。",
                $"The line of {line} that was used is in force since {inForce.From:yyyy-MM-dd}; that of {row.On.Year} is not set. Check the type again when it is."), "household")])
            : decision;
    }

    /// <summary>
    /// The income of the twelve months before the procedure: of a survey whose months reach to the month before the clue, or later; null where
    /// there is none.
    /// </summary>
    internal static decimal? IncomeFor(Household household, Episode episode, DateOnly on)
    {
        var before = new DateOnly(episode.OpenedOn.Year, episode.OpenedOn.Month, 1).AddDays(-1);
        foreach (var income in household.Known.Incomes.Reverse())
            if (income.On <= on && income.On > on.AddYears(-1) && (income.To ?? new DateOnly(income.On.Year, income.On.Month, 1).AddDays(-1)) >= before) return income.PerHead;
        return null;
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/county-decisions", "relapse:decide", Bind, row => row.Household, Decide);
}

/// <summary>Records that the township announced the result in the village (结果公告).</summary>
public static class AnnounceResult
{
    /// <summary>One announcement.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion) => Handling.Take(
        household, CaseAction.Announcement, row.On, occasion,
        episode => new ResultAnnounced(
            row.Household, episode.Number, episode.Stage == CaseStage.Eliminated ? Chain.Removal : Chain.Inclusion, row.On));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/announcements", "relapse:review", Bind, row => row.Household, Decide);
}
