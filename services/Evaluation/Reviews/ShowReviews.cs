using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Reviews;

/// <summary>Reviews as they stand, and their files: drafts until they are published, from then on the same bytes for ever.</summary>
public static class ShowReviews
{
    /// <summary>A review in a list.</summary>
    /// <param name="Review">Code.</param>
    /// <param name="Title">Title.</param>
    /// <param name="Kind">年度监测, 中期评估 or 总结评估.</param>
    /// <param name="State"><c>open</c>, <c>frozen</c>, <c>published</c> or <c>cancelled</c>.</param>
    /// <param name="FactDate">评估时点.</param>
    /// <param name="DataCutoff">数据截止, Asia/Shanghai.</param>
    /// <param name="OpenedAt">Asia/Shanghai.</param>
    /// <param name="PublishedOn">The day it was published.</param>
    /// <param name="Sha256">Hash of the published bundle.</param>
    public sealed record Line(
        string Review, string Title, ReviewKind Kind, string State, DateOnly FactDate, DateTimeOffset DataCutoff, DateTimeOffset OpenedAt, DateOnly? PublishedOn,
        string? Sha256);

    /// <summary>The verdict on one indicator in a review.</summary>
    /// <param name="Indicator">Indicator.</param>
    /// <param name="Proposed">By rule.</param>
    /// <param name="Decided">By a person; null while nobody has decided on this proposal.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Judged(string Indicator, Verdict Proposed, Verdict? Decided, string? Reason);

    /// <summary>A review with everything that people said to it.</summary>
    /// <param name="Summary">As in the list.</param>
    /// <param name="Opened">What it is about.</param>
    /// <param name="Position">Ledger position of its figures.</param>
    /// <param name="Verdicts">By rule and by people.</param>
    /// <param name="Undecided">How many are still to be decided.</param>
    /// <param name="Chapters">What is written.</param>
    /// <param name="Comments">What departments said.</param>
    /// <param name="Published">Files and hashes.</param>
    /// <param name="Signatures">Who has countersigned.</param>
    /// <param name="Missing">Reviewers who have not.</param>
    public sealed record Whole(
        Line Summary, ReviewOpened Opened, long? Position, IReadOnlyList<Judged> Verdicts, int Undecided, IReadOnlyList<ChapterWritten> Chapters,
        IReadOnlyList<ReviewCommented> Comments, ReviewPublished? Published, IReadOnlyList<ReviewCountersigned> Signatures, IReadOnlyList<string> Missing);

    static readonly Dictionary<string, string> mediaTypes = new()
    {
        [PublishReview.Html] = "text/html; charset=utf-8",
        [PublishReview.Word] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        [PublishReview.Workbook] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        [PublishReview.Data] = "application/json",
        [PublishReview.FiguresName] = "application/json",
        [PublishReview.BundleName] = "application/zip",
    };

    static readonly Problem fileUnknown = Problem.Of(404, "file-unknown", new(
        $"没有此文件；有：{string.Join("、", mediaTypes.Keys)}（存证包在发布后提供）。",
        $"There is no such file; there are {string.Join(", ", mediaTypes.Keys)} (the bundle once it is published)."));

    static Line Of(Review review, DateTimeOffset openedAt)
    {
        var opened = review.Opened!;
        return new(
            opened.Review, opened.Title, opened.Kind,
            review.Cancelled is not null ? "cancelled" : review.Published is not null ? "published" : review.Frozen is not null ? "frozen" : "open", opened.FactDate,
            opened.DataCutoff.ToOffset(ChinaTime.Offset), openedAt.ToOffset(ChinaTime.Offset), review.Published?.On,
            review.Published?.Files.First(file => file.Name == PublishReview.BundleName).Sha256);
    }

    static Whole Of(Review review, Line line)
    {
        var verdicts = (review.Frozen?.Proposals ?? []).Select(one => (one, Decided: review.IsDecided(one) ? review.Decided[one.Indicator] : null)).ToList();
        return new(
            line, review.Opened!, review.Frozen?.Position, [.. verdicts.Select(one => new Judged(one.one.Indicator, one.one.Verdict, one.Decided?.Verdict, one.Decided?.Reason))],
            verdicts.Count(one => one.Decided is null), [.. review.Chapters.Values.OrderBy(one => one.Chapter)], review.Comments, review.Published, review.Signatures,
            [.. review.Opened!.Reviewers.Except(review.Signatures.Select(one => one.Reviewer))]);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/reviews", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<Line>([.. (await Review.All(session, cancel)).Where(one => one.Review.Opened is not null).Select(one => Of(one.Review, one.OpenedAt))], null);
        }).RequireRight("evaluation:read").ProducesPage<Line>();

        routes.MapGet("/v1/reviews/{review}", async (string review, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await Review.Of(session, caller.Tenant, review, cancel) is var (state, events) && state.Opened is not null
                ? Results.Ok(Of(state, Of(state, events[0].Timestamp)))
                : (IResult)Review.UnknownProblem;
        }).RequireRight("evaluation:read").Produces<Whole>();

        routes.MapGet("/v1/reviews/{review}/files/{name}", async (
            string review, string name, Caller caller, HttpContext http, IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            if (!mediaTypes.TryGetValue(name, out var mediaType)) return fileUnknown;
            await using var session = store.QuerySession(caller.Tenant);
            if (await Review.Of(session, caller.Tenant, review, cancel) is not var (state, events) || state.Opened is null) return Review.UnknownProblem;
            byte[]? contents;
            if (state.Published is not null)
            {
                contents = await PublishReview.Read(database, caller.Tenant, state, name, cancel);
                if (contents is null) return PublishReview.Altered;
                http.Response.Headers.ETag = $"\"{PublishReview.Hash(contents)}\"";
            }
            else
            {
                if (state.NotFrozen is { } refusal) return Problem.Of(refusal);
                if (!PublishReview.Names.Contains(name)) return fileUnknown;
                var facts = await Facts.Read(session, state.Opened, state.Frozen!.Position, cancel);
                contents = PublishReview.Write(name, ReviewReport.Of(caller.Tenant, facts, state, events, draft: true), facts, state);
            }

            // A page is looked at, everything else is kept.
            return (IResult)Results.Bytes(contents, mediaType, name == PublishReview.Html ? null : $"{state.Opened.Review}-{name}");
        }).RequireRight("evaluation:read").ProducesAs([.. mediaTypes.Values.Distinct()]).Refuses(409, 422);
    }
}
