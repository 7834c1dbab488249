using Marten;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// 调度 and 督查: a finding is raised and handed to somebody with a deadline, answered, looked at again, and closed (销号). A
/// meeting's findings come as one sheet.
/// </summary>
public static class FollowFinding
{
    /// <summary>One finding, handed over at once where it says to whom and until when.</summary>
    /// <param name="Finding">The finding's own code.</param>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Kind"><c>dispatch</c> 调度 or <c>supervision</c> 督查.</param>
    /// <param name="Problem">存在问题.</param>
    /// <param name="Meeting">The meeting or inspection.</param>
    /// <param name="On">The day; not in the future.</param>
    /// <param name="To">责任单位.</param>
    /// <param name="DueOn">整改时限; with <paramref name="To"/> or not at all.</param>
    /// <param name="Reason">Why a deadline on record is moved.</param>
    public sealed record Row(
        string Finding, string Project, FindingKind Kind, string Problem, string? Meeting, DateOnly On, string? To, DateOnly? DueOn, string? Reason);

    /// <summary>What the department says it has done.</summary>
    /// <param name="Finding">Which.</param>
    /// <param name="Reply">整改情况.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Replied(string Finding, string Reply, string? Document, DateOnly On);

    /// <summary>What the office has seen.</summary>
    /// <param name="Finding">Which.</param>
    /// <param name="Rectified">Whether it has been put right.</param>
    /// <param name="Note">What was seen.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Verified(string Finding, bool Rectified, string? Note, DateOnly On);

    /// <summary>销号.</summary>
    /// <param name="Finding">Which.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Closed(string Finding, DateOnly On);

    static readonly Refusal unknown = Refusal.Unknown("finding-unknown", "没有此问题编号；请核对，或先登记问题。", "There is no such finding.", "finding");

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("finding"), row.Code("project"), row.Enum<FindingKind>("kind"), row.Text("problem", 1_000), row.TextOrNull("meeting"),
            row.Day("on"), row.TextOrNull("to", 60), row.DayOrNull("dueOn"), row.TextOrNull("reason", 500));
        if (bound.To is null != bound.DueOn is null)
            row.Fail(bound.To is null ? "to" : "dueOn", "missing", "责任单位与整改时限须同时填写；请补填所缺的一项。", "Whom it goes to and its deadline belong together.");
        return bound;
    }

    public static Replied BindReply(Fields row) =>
        new(row.Code("finding"), row.Text("reply", 1_000), row.TextOrNull("document"), row.Day("on"));

    public static Verified BindVerification(Fields row) =>
        new(row.Code("finding"), row.Flag("rectified"), row.TextOrNull("note", 1_000), row.Day("on"));

    public static Closed BindClosure(Fields row) => new(row.Code("finding"), row.Day("on"));

    /// <summary>Raises and hands over; <paramref name="projectKnown"/> says whether its project is registered.</summary>
    public static Decision Decide(Finding finding, bool projectKnown, Row row, Occasion occasion)
    {
        if (!projectKnown) return AdvanceStage.Unknown;
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        var raised = new FindingRaised(row.Finding, row.Project, row.Kind, row.Problem, row.Meeting, row.On);
        if (finding.Raised is { } known && known != raised)
            return Refusal.Conflict("finding-differs", "该问题编号已登记，内容不同；新问题请用新的编号。", "A finding with this code is on record with other contents.", "finding");

        var assigned = row.DueOn is { } due ? new FindingAssigned(row.Finding, row.Project, row.To!, due, null, null) : null;
        if (finding.Raised is null) return assigned is null ? [raised] : [raised, assigned];
        // What has been said before is a repeat, also when the finding has gone on.
        if (assigned is null || finding.Assignments.Exists(one => (one.To, one.DueOn) == (assigned.To, assigned.DueOn) && (row.Reason is null || one.Reason == row.Reason)))
            return [];
        if (finding.Assigned is null) return [assigned];
        if (finding.State == FindingState.Closed) return Forbidden(finding);
        return row.Reason is null
            ? Refusal.NeedsReason($"已交办 {finding.Assigned.To}，时限 {finding.Assigned.DueOn:yyyy-MM-dd}",
                $"It is with {finding.Assigned.To}, due on {finding.Assigned.DueOn:yyyy-MM-dd}")
            : [assigned with { PreviousDueOn = finding.Assigned.DueOn, Reason = row.Reason }];
    }

    public static Decision Decide(Finding finding, Replied row, Occasion occasion) => finding switch
    {
        { Raised: null } => unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        _ when finding.Replies.Exists(one => (one.Reply, one.Document, one.On) == (row.Reply, row.Document, row.On)) => [],
        { State: FindingState.Assigned or FindingState.Replied } =>
            [new FindingReplied(row.Finding, finding.Raised.Project, row.Reply, row.Document, row.On)],
        _ => Forbidden(finding),
    };

    public static Decision Decide(Finding finding, Verified row, Occasion occasion) => finding switch
    {
        { Raised: null } => unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        _ when finding.Verifications.Exists(one => (one.Rectified, one.Note, one.On) == (row.Rectified, row.Note, row.On)) => [],
        { State: FindingState.Replied } => [new FindingVerified(row.Finding, finding.Raised.Project, row.Rectified, row.Note, row.On)],
        _ => Forbidden(finding),
    };

    public static Decision Decide(Finding finding, Closed row, Occasion occasion) => finding switch
    {
        { Raised: null } => unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        { State: FindingState.Closed } => [],
        { State: FindingState.Rectified } => [new FindingClosed(row.Finding, finding.Raised.Project, row.On)],
        _ => Forbidden(finding),
    };

    static Refusal Forbidden(Finding finding)
    {
        var next = finding.State switch
        {
            FindingState.Raised => ("交办", "assignment"),
            FindingState.Assigned => ("反馈", "a reply"),
            FindingState.Replied => ("复核", "a verification"),
            FindingState.Rectified => ("销号", "closure"),
            _ => ("无，已销号", "nothing, it is closed"),
        };
        return Refusal.Conflict("finding-step-forbidden", $"当前不能办理；下一步：{next.Item1}。", $"Not now; allowed next: {next.Item2}.", "finding");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Finding, Row>("/v1/findings", "projects:report", Bind, (row, tenant) => Finding.Stream(tenant, row.Finding), async (
            session, groups, occasion, cancel) =>
        {
            string StreamOf(Row row) => Project.Stream(occasion.By.Tenant, row.Project);
            var projects = groups.SelectMany(group => group.Rows).Select(row => StreamOf(row.Value)).Distinct().ToList();
            var known = (await session.Query<Project>().Where(one => projects.Contains(one.Id)).Select(one => one.Id).ToListAsync(cancel)).ToHashSet();
            await Import.EachRow<Finding, Row>((finding, row, at) => Decide(finding, known.Contains(StreamOf(row)), row, at))(session, groups, occasion, cancel);
        });
        routes.MapImport<Finding, Replied>(
            "/v1/findings/replies", "projects:report", BindReply, (row, tenant) => Finding.Stream(tenant, row.Finding), Decide);
        routes.MapImport<Finding, Verified>(
            "/v1/findings/verifications", "projects:define", BindVerification, (row, tenant) => Finding.Stream(tenant, row.Finding), Decide);
        routes.MapImport<Finding, Closed>(
            "/v1/findings/closures", "projects:define", BindClosure, (row, tenant) => Finding.Stream(tenant, row.Finding), Decide);
    }
}
