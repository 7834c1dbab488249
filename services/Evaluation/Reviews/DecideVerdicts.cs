using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reviews;

/// <summary>A person confirms the verdicts that the rules propose, or overrules one with a reason (评定).</summary>
public static class DecideVerdicts
{
    /// <summary>The verdict on one indicator.</summary>
    /// <param name="Review">Review.</param>
    /// <param name="Indicator">Indicator.</param>
    /// <param name="Verdict">Null or the proposed one confirms.</param>
    /// <param name="Reason">Why; needed for another than the proposed one.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Review, string Indicator, Verdict? Verdict, string? Reason, string? Document);

    /// <summary>Confirms all that nobody has decided yet.</summary>
    /// <param name="Review">Review.</param>
    /// <param name="Reason">Remark.</param>
    public sealed record Confirming(string Review, string? Reason);

    public static Row Bind(Fields row) => new(
        row.Code("review"), row.Code("indicator"), row.EnumOrNull<Verdict>("verdict"), row.TextOrNull("reason", 500), row.TextOrNull("document"));

    public static Decision Decide(Review review, Row row, Occasion occasion)
    {
        if (review.NotFrozen is { } refusal) return refusal;
        if (Array.Find(review.Frozen!.Proposals, one => one.Indicator == row.Indicator) is not { } proposed)
            return Refusal.Unknown("indicator-not-in-review", "该指标不在评估范围内。", "The indicator is not part of the review.", "indicator");
        var verdict = row.Verdict ?? proposed.Verdict;
        if (verdict != proposed.Verdict && row.Reason is null)
            return Refusal.Invalid("reason-missing", "调整评定结论须说明理由。", "To overrule what the rules say needs a reason.", "reason");
        var decided = new VerdictDecided(row.Review, row.Indicator, proposed.Verdict, verdict, row.Reason, row.Document);
        return review.Decided.GetValueOrDefault(row.Indicator) == decided ? [] : [decided];
    }

    public static Decision Decide(Review review, Confirming row, Occasion occasion) => review.NotFrozen is { } refusal ? refusal
        : Decision.Accept([.. review.Undecided.Select(one => new VerdictDecided(row.Review, one.Indicator, one.Verdict, one.Verdict, row.Reason, null))]);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Review, Row>("/v1/review-verdicts", "evaluation:review", Bind, (row, tenant) => Review.Stream(tenant, row.Review), Decide);
        routes.MapCommand<Review, Confirming>(
            "/v1/reviews/{review}/confirm", "review", "evaluation:review", row => new(row.Code("review"), row.TextOrNull("reason", 500)),
            (row, tenant) => Review.Stream(tenant, row.Review), Decide);
    }
}
