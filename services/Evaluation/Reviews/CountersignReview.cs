using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// <c>POST /v1/reviews/{review}/countersign</c>: a department that the review names signs what was published (会签), by the hash of the bundle
/// that it has seen; another bundle than the published one is not signed.
/// </summary>
public static class CountersignReview
{
    /// <summary>One signature.</summary>
    /// <param name="Review">Review.</param>
    /// <param name="Sha256">Hash of the bundle, 64 hexadecimal digits.</param>
    /// <param name="Statement">What the reviewer adds.</param>
    public sealed record Command(string Review, string Sha256, string? Statement);

    public static Command Bind(Fields row) => new(row.Code("review"), row.Text("sha256", 64).ToLowerInvariant(), row.TextOrNull("statement", 1_000));

    public static Decision Decide(Review review, Command command, Occasion occasion)
    {
        if (review.Opened is null) return Review.Unknown;
        if (review.Published is not { } published)
            return Refusal.Conflict("review-not-published", "该评估尚未发布。", "The review is not published yet.", "review");
        if (!review.Opened.Reviewers.Contains(occasion.By.Department))
            return Refusal.Conflict("not-a-reviewer", "贵单位不在会签名单中。", "Your department is not among the reviewers.", "review");
        if (published.Files.First(file => file.Name == PublishReview.BundleName).Sha256 != command.Sha256)
            return Refusal.Conflict("bundle-differs", "该散列值与已发布的存证包不符。", "The hash is not that of the published bundle.", "sha256");
        var signed = new ReviewCountersigned(command.Review, occasion.By.Department, command.Sha256, command.Statement);
        var known = review.Signatures.Find(one => one.Reviewer == signed.Reviewer);
        return known is null ? [signed]
            : known == signed ? []
            : Refusal.Conflict("already-signed", "贵单位已会签。", "Your department has countersigned already.", "review");
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Review, Command>(
        "/v1/reviews/{review}/countersign", "review", "evaluation:countersign", Bind, (row, tenant) => Review.Stream(tenant, row.Review), Decide);
}
