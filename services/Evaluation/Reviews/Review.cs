using System.Collections.Immutable;
using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// An evaluation of the plan (年度监测, 中期评估, 总结评估) on its way: opened, frozen, decided, published once, countersigned. Its events
/// stand in the ledger beside those that it judges, so the log proves them alike.
/// </summary>
public sealed record Review : IState<Review>
{
    /// <summary>Its events.</summary>
    public static readonly Type[] Events =
    [
        typeof(ReviewOpened), typeof(FiguresFrozen), typeof(VerdictDecided), typeof(ReviewCommented), typeof(ChapterWritten), typeof(ReviewPublished),
        typeof(ReviewCountersigned), typeof(ReviewCancelled),
    ];

    static readonly string[] eventNames = [.. Events.Select(EventTypes.NameOf)];

    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>What it is about; null while nobody has opened it.</summary>
    public ReviewOpened? Opened { get; init; }

    /// <summary>Where its figures are frozen; null before.</summary>
    public FiguresFrozen? Frozen { get; init; }

    /// <summary>What people decided, by indicator; the last word counts.</summary>
    public ImmutableDictionary<string, VerdictDecided> Decided { get; init; } = ImmutableDictionary<string, VerdictDecided>.Empty;

    /// <summary>What departments said, in their order.</summary>
    public ImmutableList<ReviewCommented> Comments { get; init; } = [];

    /// <summary>What is written in each chapter.</summary>
    public ImmutableDictionary<Chapter, ChapterWritten> Chapters { get; init; } = ImmutableDictionary<Chapter, ChapterWritten>.Empty;

    /// <summary>What was published; null before.</summary>
    public ReviewPublished? Published { get; init; }

    /// <summary>Who has countersigned.</summary>
    public ImmutableList<ReviewCountersigned> Signatures { get; init; } = [];

    /// <summary>Why it was given up; null where it was not.</summary>
    public ReviewCancelled? Cancelled { get; init; }

    /// <summary>Indicators whose verdict nobody has decided, or decided on another proposal than the one that stands.</summary>
    public IEnumerable<ProposedVerdict> Undecided => Frozen?.Proposals.Where(one => !IsDecided(one)) ?? [];

    public static string Stream(string tenant, string review) => $"review/{tenant}/{review}";

    public Review Evolve(object happened) => happened switch
    {
        ReviewOpened e => this with { Opened = e },
        FiguresFrozen e => this with { Frozen = e },
        VerdictDecided e => this with { Decided = Decided.SetItem(e.Indicator, e) },
        ReviewCommented e => this with { Comments = Comments.Add(e) },
        ChapterWritten e => this with { Chapters = Chapters.SetItem(e.Chapter, e) },
        ReviewPublished e => this with { Published = e },
        ReviewCountersigned e => this with { Signatures = Signatures.Add(e) },
        ReviewCancelled e => this with { Cancelled = e },
        _ => this,
    };

    /// <summary>True where a person has decided on what the rules say now.</summary>
    public bool IsDecided(ProposedVerdict proposal) => Decided.TryGetValue(proposal.Indicator, out var decided) && decided.Proposed == proposal.Verdict;

    /// <summary>Why it cannot be worked on, if so.</summary>
    internal Refusal? NotOpen => Opened is null ? Unknown
        : Cancelled is not null ? Refusal.Conflict("review-cancelled", "该评估已终止。", "The review was cancelled.", "review")
        : Published is not null ? Refusal.Conflict("review-published", "该评估已发布，不能再修改。", "The review is published and cannot change any more.", "review")
        : null;

    /// <summary>Why it has no figures to work on, if so.</summary>
    internal Refusal? NotFrozen => NotOpen ?? (Frozen is null
        ? Refusal.Conflict("figures-not-frozen", "该评估的数据尚未锁定。", "The figures of the review are not frozen yet.", "review")
        : null);

    internal static readonly Refusal Unknown = Refusal.Unknown("review-unknown", "没有此评估。", "There is no such review.", "review");

    internal static Problem UnknownProblem => Problem.Of(Unknown);

    /// <summary>All reviews of a county, as they were known at a time, with when each was opened, in that order.</summary>
    public static async Task<List<(DateTimeOffset OpenedAt, Review Review)>> All(IQuerySession session, CancellationToken cancel, AsOf? asOf = null)
    {
        // A county has a dozen reviews of some hundred events.
        var events = await (asOf ?? AsOf.Latest).Of(session.Events.QueryAllRawEvents()).Where(e => e.EventTypeName.IsOneOf(eventNames))
            .OrderBy(e => e.Sequence).ToListAsync(cancel);
        return
        [
            .. events.GroupBy(e => e.StreamKey).Select(stream => (
                stream.First().Timestamp, stream.Aggregate(new Review(), (review, e) => review.Evolve(e.Data)))),
        ];
    }

    /// <summary>One review with its events; null where there is none.</summary>
    public static async Task<(Review Review, IReadOnlyList<IEvent> Events)?> Of(
        IQuerySession session, string tenant, string review, CancellationToken cancel)
    {
        var events = await session.Events.FetchStreamAsync(Stream(tenant, review), token: cancel);
        return events.Count == 0 ? null : (events.Aggregate(new Review(), (state, e) => state.Evolve(e.Data)), events);
    }
}
