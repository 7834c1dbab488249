using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reviews;

/// <summary>Opens an evaluation with what it is about and what may be known in it, or gives it up before it is published.</summary>
public static class OpenReview
{
    /// <summary>One evaluation.</summary>
    /// <param name="Review">Its code, at most 12 characters, e.g. <c>2023M</c>.</param>
    /// <param name="Title">Title of the report.</param>
    /// <param name="Kind"><c>annual</c>, <c>mid_term</c> or <c>final</c>.</param>
    /// <param name="Plan">The plan, e.g. <c>fyp14</c>.</param>
    /// <param name="FactDate">评估时点, a day in Asia/Shanghai.</param>
    /// <param name="DataCutoff">数据截止时间; not before the fact date.</param>
    /// <param name="Targets"><c>in_force</c> (default) or <c>original</c>.</param>
    /// <param name="Base"><c>original</c> (default) or <c>revised</c>.</param>
    /// <param name="Path"><c>linear</c> or <c>geometric</c>; null for each target's own.</param>
    /// <param name="Reviewers">Departments that are to countersign.</param>
    public sealed record Row(
        string Review, string Title, ReviewKind Kind, string Plan, DateOnly FactDate, DateTimeOffset DataCutoff, TargetChoice Targets, BaseChoice Base,
        PathMethod? Path, string[] Reviewers);

    /// <summary>Its end without a publication.</summary>
    /// <param name="Review">Which.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Cancelling(string Review, string Reason);

    const int CodeMax = 12;

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("review"), row.Text("title"), row.Enum<ReviewKind>("kind"), row.Code("plan"), row.Day("factDate"), row.Instant("dataCutoff"),
            row.EnumOrNull<TargetChoice>("targets") ?? default, row.EnumOrNull<BaseChoice>("base") ?? default, row.EnumOrNull<PathMethod>("path"),
            row.Remarks("reviewers"));
        if (bound.Review.Length > CodeMax || bound.Review.Contains('-', StringComparison.Ordinal))
            row.Wrong("review", "not-a-code", $"评估编码最多 {CodeMax} 个字符，不含连字符，如 2023M。", $"The code of a review has at most {CodeMax} characters and no hyphen.");
        if (ChinaTime.Day(bound.DataCutoff) < bound.FactDate)
            row.Fail("dataCutoff", "out-of-range", "数据截止时间不得早于评估时点；请核对两项。", "The data cut-off must not lie before the fact date.");
        return bound;
    }

    public static Decision Decide(Review review, Row row, Occasion occasion)
    {
        var opened = new ReviewOpened(
            row.Review, row.Title, row.Kind, row.Plan, row.FactDate, row.DataCutoff.ToUniversalTime(), row.Targets, row.Base, row.Path, row.Reviewers);
        return review.Opened is not { } known ? [opened]
            : EventJson.Text(known) == EventJson.Text(opened) ? []
            : Refusal.Conflict("review-differs", "该代码的评估已存在，内容不同。", "A review of this code exists with other contents.", "review");
    }

    public static Decision Decide(Review review, Cancelling row, Occasion occasion) => review.Cancelled is not null ? []
        : review.NotOpen is { } refusal ? refusal
        : [new ReviewCancelled(row.Review, row.Reason)];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<Review, Row>("/v1/reviews", "review", "evaluation:review", Bind, (row, tenant) => Review.Stream(tenant, row.Review), Decide);
        routes.MapCommand<Review, Cancelling>(
            "/v1/reviews/{review}/cancel", "review", "evaluation:review", row => new(row.Code("review"), row.Text("reason", 500)),
            (row, tenant) => Review.Stream(tenant, row.Review), Decide);
    }
}
