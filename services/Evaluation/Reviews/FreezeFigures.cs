using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// <c>POST /v1/reviews/{review}/freeze</c>: ties the figures to a place in the ledger and proposes the verdicts by rule (数据锁定). It may be
/// said again until the review is published, such as after a value that had been recorded in time but came late; what people decided
/// on a proposal that has changed is then to be decided anew.
/// </summary>
public static class FreezeFigures
{
    /// <summary>Names the review.</summary>
    public sealed record Command(string Review);

    /// <summary>Why it cannot be frozen now, if so.</summary>
    internal static Refusal? Refuse(Review review, Occasion occasion) => review.NotOpen ?? (review.Opened!.DataCutoff > occasion.Now
        ? Refusal.Conflict("cutoff-not-reached", "尚未到数据截止时间。", "The data cut-off has not come yet.", "review")
        : null);

    internal static Decision Decide(Review review, Facts facts)
    {
        if (facts.Rows.Count == 0)
            return Refusal.Conflict("nothing-to-evaluate", "到截止时间为止，该规划没有指标。", "By the cut-off the plan has no indicator.", "plan");
        var frozen = new FiguresFrozen(
            review.Opened!.Review, facts.Position, facts.Count, facts.Rows[0].Rules, facts.Digest,
            [.. facts.Rows.Select(row => new ProposedVerdict(row.Code, row.Verdict))]);
        return review.Frozen?.Digest == frozen.Digest ? [] : [frozen];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Review, Command>(
        "/v1/reviews/{review}/freeze", "review", "evaluation:review", row => new(row.Code("review")),
        (_, command, caller, _) => Task.FromResult(Review.Stream(caller.Tenant, command.Review)),
        async (session, review, _, occasion, cancel) => Refuse(review, occasion) is { } refusal
            ? refusal
            : Decide(review, await Facts.Read(session, review.Opened!, await Ledger.Mark(routes.ServiceProvider.GetRequiredService<NpgsqlDataSource>(), cancel), cancel)));
}
