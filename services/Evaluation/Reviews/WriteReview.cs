using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reviews;

/// <summary>The words of a report: chapters that the evaluators write, and what departments say to the draft (征求意见).</summary>
public static class WriteReview
{
    /// <summary>The text of one chapter; it replaces an earlier one.</summary>
    /// <param name="Review">Review.</param>
    /// <param name="Chapter">Which.</param>
    /// <param name="Paragraphs">Its paragraphs, each up to 1,000 characters.</param>
    public sealed record Passage(string Review, Chapter Chapter, string[] Paragraphs);

    /// <summary>A department's comment.</summary>
    /// <param name="Review">Review.</param>
    /// <param name="Chapter">The chapter it is about.</param>
    /// <param name="Subject">Code of an indicator or project; null for the chapter.</param>
    /// <param name="Comment">No personal data.</param>
    public sealed record Remark(string Review, Chapter Chapter, string? Subject, string Comment);

    public static Passage BindPassage(Fields row) => new(row.Code("review"), row.Enum<Chapter>("chapter"), row.Remarks("paragraphs"));

    public static Remark BindRemark(Fields row) =>
        new(row.Code("review"), row.Enum<Chapter>("chapter"), row.TextOrNull("subject", 64), row.Text("comment", 1_000));

    public static Decision Decide(Review review, Passage row, Occasion occasion) => review.NotOpen is { } refusal ? refusal
        : review.Chapters.GetValueOrDefault(row.Chapter)?.Paragraphs.SequenceEqual(row.Paragraphs) ?? row.Paragraphs.Length == 0 ? []
        : [new ChapterWritten(row.Review, row.Chapter, row.Paragraphs)];

    public static Decision Decide(Review review, Remark row, Occasion occasion)
    {
        if (review.NotOpen is { } refusal) return refusal;
        var said = new ReviewCommented(row.Review, row.Chapter, row.Subject, row.Comment, occasion.By.Department);
        return review.Comments.Contains(said) ? [] : [said];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Review, Passage>(
            "/v1/review-chapters", "evaluation:review", BindPassage, (row, tenant) => Review.Stream(tenant, row.Review), Decide);
        routes.MapImport<Review, Remark>(
            "/v1/review-comments", "evaluation:comment", BindRemark, (row, tenant) => Review.Stream(tenant, row.Review), Decide);
    }
}
