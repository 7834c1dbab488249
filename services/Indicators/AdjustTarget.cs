using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Changes a target by the procedure the law asks for (规划调整): a department proposes, the government submits the 调整方案
/// to the standing committee, which approves or rejects. Only what is approved changes the target in force.
/// </summary>
public static class AdjustTarget
{
    /// <summary>A proposal.</summary>
    /// <param name="Code">Indicator.</param>
    /// <param name="Adjustment">The proposal's own code, unique in the indicator.</param>
    /// <param name="Year">The year whose target is to change.</param>
    /// <param name="Kind">How the new target is read; absent: as the one in force.</param>
    /// <param name="Target">The new target, in the indicator's unit.</param>
    /// <param name="TargetUpper">Upper end of a range.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">Evidence.</param>
    public sealed record Proposal(
        string Code, string Adjustment, int Year, TargetKind? Kind, decimal? Target, decimal? TargetUpper, string Reason, string? Document);

    /// <summary>The proposal goes to the standing committee.</summary>
    /// <param name="Code">Indicator.</param>
    /// <param name="Adjustment">The proposal.</param>
    /// <param name="Document">Number of the 调整方案.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Submission(string Code, string Adjustment, string Document, DateOnly On);

    /// <summary>The standing committee's decision.</summary>
    /// <param name="Code">Indicator.</param>
    /// <param name="Adjustment">The proposal.</param>
    /// <param name="Approved">True for 批准.</param>
    /// <param name="Decision">Number of the decision (决议文号); required for an approval.</param>
    /// <param name="DecidedOn">The day; not in the future.</param>
    /// <param name="WholePeriod">True when the decision says that it applies to the whole plan period.</param>
    /// <param name="Reason">Why it was not approved; required then.</param>
    public sealed record Resolution(
        string Code, string Adjustment, bool Approved, string? Decision, DateOnly DecidedOn, bool WholePeriod, string? Reason);

    public static Proposal BindProposal(Fields row) => new(
        row.Code("code"), row.Code("adjustment"), row.Whole("year", 1949, 2100), row.EnumOrNull<TargetKind>("kind"),
        row.NumberOrNull("target"), row.NumberOrNull("targetUpper"), row.Text("reason", 500), row.TextOrNull("document"));

    public static Submission BindSubmission(Fields row) =>
        new(row.Code("code"), row.Code("adjustment"), row.Text("document"), row.Day("on"));

    public static Resolution BindResolution(Fields row)
    {
        var bound = new Resolution(
            row.Code("code"), row.Code("adjustment"), row.Flag("approved"), row.TextOrNull("decision"), row.Day("decidedOn"),
            row.FlagOrNull("wholePeriod") ?? false, row.TextOrNull("reason", 500));
        if (bound is { Approved: true, Decision: null })
            row.Fail("decision", "missing", "批准的，须填写决议文号（decision）。", "An approval needs the number of the decision.");
        if (bound is { Approved: false, Reason: null })
            row.Fail("reason", "missing", "未批准的，须写明理由（reason）。", "A rejection needs its reason.");
        return bound;
    }

    public static Decision Decide(Indicator indicator, Proposal row, Occasion occasion)
    {
        if (indicator.History.Definition is not { } definition) return Indicator.Unknown;
        var inForce = indicator.History.TargetOn(row.Year, occasion.Today);
        if (inForce is null)
            return Refusal.Unknown("target-unknown", $"{row.Year} 年没有目标；请核对目标年份。", $"There is no target for {row.Year}.", "year");
        var target = inForce with { Kind = row.Kind ?? inForce.Kind, Value = row.Target, Upper = row.TargetUpper, Growth = null, Verbatim = null };
        if (indicator.Adjustments.TryGetValue(row.Adjustment, out var known))
            return (known.Target.Year, known.Target.Kind, known.Target.Value, known.Target.Upper, known.Reason, known.Document) ==
                   (row.Year, row.Kind ?? known.Target.Kind, row.Target, row.TargetUpper, row.Reason, row.Document) ? [] : differs;
        if (target.Value is null && target.Kind is not (TargetKind.Qualitative or TargetKind.Delegated or TargetKind.Milestone or TargetKind.Trend))
            return Refusal.Invalid("target-value-missing", "建议目标须有数值；请填建议目标值（target）。", "The proposed target needs a number.", "target");
        var lowers = indicator.History.Attribute == Nature.Binding && target.Value is { } now && inForce.Value is { } before &&
            (definition.Direction == Direction.Decrease ? now > before : now < before);
        Decision proposed = [new TargetAdjustmentProposed(row.Code, row.Adjustment, target, row.Reason, row.Document, lowers)];
        return lowers
            ? proposed.With([new Warning("lowers-binding-target", new(
                "约束性指标的目标一般不得由县级下调。", "A binding target is usually not the county's to lower."), "target")])
            : proposed;
    }

    static readonly Refusal differs = Refusal.Conflict("adjustment-differs",
        "该编号的调整建议已登记，内容不同；请换用新的调整编号。", "An adjustment with this code is on record with other contents.", "adjustment");

    public static Decision Decide(Indicator indicator, Submission row, Occasion occasion) => Known(indicator, row.Adjustment) switch
    {
        ({ } refusal, _) => refusal,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        (_, { State: AdjustmentState.Proposed }) => [new TargetAdjustmentSubmitted(row.Code, row.Adjustment, row.Document, row.On)],
        (_, var known) => known!.Submission == row.Document ? [] : Forbidden(known.State),
    };

    public static Decision Decide(Indicator indicator, Resolution row, Occasion occasion) => Known(indicator, row.Adjustment) switch
    {
        ({ } refusal, _) => refusal,
        _ when row.DecidedOn > occasion.Today => Refusal.Invalid("day-in-future", "日期不能晚于今天。", "The day lies in the future.", "decidedOn"),
        (_, { State: AdjustmentState.Submitted } known) => row.Approved
            ? [new TargetAdjusted(
                row.Code, row.Adjustment, indicator.History.TargetOn(known.Target.Year, row.DecidedOn), known.Target, row.Decision!, row.DecidedOn,
                row.WholePeriod ? new DateOnly((indicator.History.Definition!.Baseline?.Year ?? known.Target.Year - 5) + 1, 1, 1) : row.DecidedOn)]
            : [new TargetAdjustmentRejected(row.Code, row.Adjustment, row.Reason!, row.Decision, row.DecidedOn)],
        (_, { State: AdjustmentState.Approved } known) when row.Approved && known.Decision == row.Decision => [],
        (_, { State: AdjustmentState.Rejected } known) when !row.Approved && known.DecidedOn == row.DecidedOn => [],
        (_, var known) => Forbidden(known!.State),
    };

    static (Refusal? Refusal, Adjustment? Known) Known(Indicator indicator, string code) =>
        indicator.History.Definition is null ? (Indicator.Unknown, null)
        : indicator.Adjustments.TryGetValue(code, out var known) ? (null, known)
        : (Refusal.Unknown("adjustment-unknown", "没有此调整建议。", "There is no such adjustment.", "adjustment"), null);

    static Refusal Forbidden(AdjustmentState state) => state switch
    {
        AdjustmentState.Proposed => Refusal.Conflict("adjustment-step-forbidden", "该建议尚未提请审查批准；先提交。",
            "It has only been proposed; allowed next: submission.", "adjustment"),
        AdjustmentState.Submitted => Refusal.Conflict("adjustment-step-forbidden", "该建议已提请审查批准；等待决议。",
            "It has been submitted; allowed next: a resolution.", "adjustment"),
        _ => Refusal.Conflict("adjustment-step-forbidden", "该建议已有决议，不可再变；请另提建议。",
            "It has been decided; allowed next: another proposal.", "adjustment"),
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Indicator, Proposal>(
            "/v1/target-adjustments", "indicators:adjust", BindProposal, (row, tenant) => Indicator.Stream(tenant, row.Code), Decide);
        routes.MapImport<Indicator, Submission>(
            "/v1/target-adjustments/submissions", "indicators:adjust", BindSubmission, (row, tenant) => Indicator.Stream(tenant, row.Code), Decide);
        routes.MapImport(
            "/v1/target-adjustments/resolutions", "indicators:adjust", BindResolution, (row, tenant) => Indicator.Stream(tenant, row.Code),
            OffTrack.Watched<Resolution>(Decide));
    }
}
