using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>How far a finding has come.</summary>
public enum FindingState
{
    /// <summary>已提出.</summary>
    [Called("已提出")]
    Raised,

    /// <summary>已交办.</summary>
    [Called("已交办")]
    Assigned,

    /// <summary>已反馈.</summary>
    [Called("已反馈")]
    Replied,

    /// <summary>整改到位.</summary>
    [Called("整改到位")]
    Rectified,

    /// <summary>已销号.</summary>
    [Called("已销号")]
    Closed,
}

/// <summary>
/// A problem of a project on the list (问题清单), from raising to 销号. Folded from its stream <c>finding/{tenant}/{code}</c>.
/// </summary>
public sealed record Finding : IState<Finding>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public FindingRaised? Raised { get; init; }

    public FindingState State { get; init; }

    /// <summary>All assignments; the last is in force.</summary>
    public ImmutableList<FindingAssigned> Assignments { get; init; } = [];

    /// <summary>All replies, in order.</summary>
    public ImmutableList<FindingReplied> Replies { get; init; } = [];

    /// <summary>All verifications, in order.</summary>
    public ImmutableList<FindingVerified> Verifications { get; init; } = [];

    internal FindingAssigned? Assigned => Assignments is [.., var last] ? last : null;

    public DateOnly? ClosedOn { get; init; }

    /// <summary>The deadline whose passing has been said.</summary>
    public DateOnly? OverdueSaidFor { get; init; }

    public Finding Evolve(object happened) => happened switch
    {
        FindingRaised e => this with { Raised = e },
        FindingAssigned e => this with { Assignments = Assignments.Add(e), State = State == FindingState.Raised ? FindingState.Assigned : State },
        FindingReplied e => this with { Replies = Replies.Add(e), State = FindingState.Replied },
        FindingVerified e => this with { Verifications = Verifications.Add(e), State = e.Rectified ? FindingState.Rectified : FindingState.Assigned },
        FindingClosed e => this with { ClosedOn = e.On, State = FindingState.Closed },
        FindingOverdue e => this with { OverdueSaidFor = e.DueOn },
        _ => this,
    };

    internal static string Stream(string tenant, string code) => $"finding/{tenant}/{code}";

    /// <summary>True when it should have been put right before a day and was not.</summary>
    internal bool IsOverdueOn(DateOnly day) =>
        State is FindingState.Assigned or FindingState.Replied && Assigned?.DueOn < day;

    /// <summary>Says once for each deadline that it has passed.</summary>
    internal static Decision Overdue(Finding finding, DateOnly today) =>
        finding.IsOverdueOn(today) && finding.OverdueSaidFor != finding.Assigned!.DueOn
            ? [new FindingOverdue(finding.Raised!.Finding, finding.Raised.Project, finding.Assigned.To, finding.Assigned.DueOn, today)]
            : [];

    /// <summary>A finding as it is listed.</summary>
    public sealed record Entry(
        string Finding, string Project, FindingKind Kind, string Problem, string? Meeting, DateOnly RaisedOn, FindingState State, string? To,
        DateOnly? DueOn, bool Overdue, string? Reply, DateOnly? RepliedOn, string? Note, DateOnly? ClosedOn)
    {
        internal static Entry Of(Finding finding, DateOnly on)
        {
            var (e, reply) = (finding.Raised!, finding.Replies.LastOrDefault());
            return new(
                e.Finding, e.Project, e.Kind, e.Problem, e.Meeting, e.On, finding.State, finding.Assigned?.To, finding.Assigned?.DueOn,
                finding.IsOverdueOn(on), reply?.Reply, reply?.On, finding.Verifications.LastOrDefault()?.Note, finding.ClosedOn);
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/findings", async (
        string? project, string? state, bool? overdue, Caller caller, Page page, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        FindingState wanted = default;
        if (state is not null && !Codes<FindingState>.ByCode.TryGetValue(state, out wanted))
            return Problem.Of(400, "unknown-code", new($"state 应为以下之一：{Codes<FindingState>.List}。", $"state must be one of: {Codes<FindingState>.List}."));
        var today = ChinaTime.Day(clock.GetUtcNow());
        await using var session = store.QuerySession(caller.Tenant);
        IQueryable<Finding> found = session.Query<Finding>();
        if (project is not null) found = found.Where(one => one.Raised!.Project == project);
        var rows = (await found.OrderBy(one => one.Id).ToListAsync(cancel)).Select(one => Entry.Of(one, today))
            .Where(row => (state is null || row.State == wanted) && (overdue is null || row.Overdue == overdue)).ToList();
        var shown = rows.Where(row => string.CompareOrdinal(row.Finding, page.After) > 0).Take(page.Limit).ToList();
        return (IResult)new Listing<Entry>(shown, shown.Count == page.Limit ? shown[^1].Finding : null, rows.Count).PushedAs(one => new
        {
            one.Finding, one.Project, one.Kind, one.Problem, one.Meeting, On = one.RaisedOn, one.To, one.DueOn,
        });
    }).RequireRight("projects:read").ProducesPage<Entry>();
}
