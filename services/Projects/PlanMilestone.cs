using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>The responsibility list (责任清单): milestones with their days, reached, late, or excused for a recorded good reason.</summary>
public static class PlanMilestone
{
    /// <summary>One milestone to be reached.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Milestone">Its code in the project.</param>
    /// <param name="Name">What is to be reached.</param>
    /// <param name="DueOn">完成时限.</param>
    /// <param name="Responsible">Who answers for it, by office.</param>
    /// <param name="Reason">Why a day on record is moved.</param>
    public sealed record Row(string Project, string Milestone, string Name, DateOnly DueOn, string? Responsible, string? Reason);

    /// <summary>One milestone reached.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Milestone">Which.</param>
    /// <param name="On">The day; not in the future.</param>
    /// <param name="Evidence">The document that shows it.</param>
    public sealed record Reached(string Project, string Milestone, DateOnly On, string? Evidence);

    /// <summary>One good reason for being late.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Milestone">Which.</param>
    /// <param name="Until">The day until which it is excused.</param>
    /// <param name="Reason">The reason.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Excused(string Project, string Milestone, DateOnly Until, string Reason, string Document);

    static readonly Refusal unknown = Refusal.Unknown("milestone-unknown", "没有此节点；请核对节点编码，或先登记节点。", "There is no such milestone.", "milestone");

    public static Row Bind(Fields row) => new(
        row.CodeOrName("project"), row.Code("milestone"), row.Text("name"), row.Day("dueOn"), row.TextOrNull("responsible", 60), row.TextOrNull("reason", 500));

    public static Reached BindReached(Fields row) =>
        new(row.CodeOrName("project"), row.Code("milestone"), row.Day("on"), row.TextOrNull("evidence", 500));

    public static Excused BindExcused(Fields row) =>
        new(row.CodeOrName("project"), row.Code("milestone"), row.Day("until"), row.Text("reason", 500), row.Text("document"));

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        if (project.Repeated($"milestone/{row.Milestone}", Projects.Project.TextOf(row.Name, row.DueOn, row.Responsible), row.Reason) is { } repeated) return repeated;
        if (!project.Milestones.TryGetValue(row.Milestone, out var known))
            return [new MilestonePlanned(row.Project, row.Milestone, row.Name, row.DueOn, row.Responsible, null, null)];
        return row.Reason is null
            ? Refusal.NeedsReason($"该节点的时限为 {known.DueOn:yyyy-MM-dd}", $"The milestone is due on {known.DueOn:yyyy-MM-dd}")
            : [new MilestonePlanned(
                row.Project, row.Milestone, row.Name, row.DueOn, row.Responsible, known.DueOn == row.DueOn ? null : known.DueOn, row.Reason)];
    }

    public static Decision Decide(Project project, Reached row, Occasion occasion) => project switch
    {
        { Registration: null } => AdvanceStage.Unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        _ => !project.Milestones.TryGetValue(row.Milestone, out var known) ? unknown
            : known.ReachedOn is null ? [new MilestoneReached(row.Project, row.Milestone, row.On, row.Evidence)]
            : known.ReachedOn == row.On ? []
            : Refusal.Conflict("milestone-reached", $"该节点已于 {known.ReachedOn:yyyy-MM-dd} 完成。", $"It was reached on {known.ReachedOn:yyyy-MM-dd}.", "on"),
    };

    public static Decision Decide(Project project, Excused row, Occasion occasion) => project switch
    {
        { Registration: null } => AdvanceStage.Unknown,
        _ => !project.Milestones.TryGetValue(row.Milestone, out var known) ? unknown
            : known.ExcusedUntil >= row.Until ? [] : [new MilestoneExcused(row.Project, row.Milestone, row.Until, row.Reason, row.Document)],
    };

    /// <summary>A milestone as it is listed.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Name">The project's name.</param>
    /// <param name="Milestone">Its code in the project.</param>
    /// <param name="What">What is to be reached.</param>
    /// <param name="DueOn">完成时限.</param>
    /// <param name="Responsible">Who answers for it.</param>
    /// <param name="ReachedOn">When it was reached.</param>
    /// <param name="Late">True when it was not reached in time and nothing excuses it.</param>
    /// <param name="ExcusedUntil">The day until which being late is excused.</param>
    /// <param name="Moved">How often its day was moved.</param>
    public sealed record Listed(
        string Project, string Name, string Milestone, string What, DateOnly DueOn, string? Responsible, DateOnly? ReachedOn, bool Late,
        DateOnly? ExcusedUntil, int Moved);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Project, Row>("/v1/milestones", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Decide,
            Project.CodesByName);
        routes.MapImport<Project, Reached>(
            "/v1/milestones/reached", "projects:report", BindReached, (row, tenant) => Project.Stream(tenant, row.Project), Decide,
            Project.CodesByName);
        routes.MapImport<Project, Excused>(
            "/v1/milestones/excused", "projects:define", BindExcused, (row, tenant) => Project.Stream(tenant, row.Project), Decide,
            Project.CodesByName);
        routes.MapGet("/v1/milestones", async (
            string? on, bool? late, string? project, Caller caller, Page page, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!ChinaTime.TryDay(on, out var asked)) return Problem.Of(400, "not-a-date", new("on 应为日期，如 2023-06-30。", "on must be a date like 2023-06-30."));
            var day = asked ?? ChinaTime.Day(clock.GetUtcNow());
            await using var session = store.QuerySession(caller.Tenant);
            var rows = (await Project.All(session, cancel)).Where(one => project is null || one.Registration!.Code == project)
                .SelectMany(one => one.Milestones.Select(milestone => new Listed(
                    one.Registration!.Code, one.Registration.Name, milestone.Key, milestone.Value.Name, milestone.Value.DueOn, milestone.Value.Responsible,
                    milestone.Value.ReachedOn, milestone.Value.IsLateOn(day), milestone.Value.ExcusedUntil, milestone.Value.Moved)))
                .Where(row => late is null || row.Late == late).ToList();
            var shown = rows.Where(row => string.CompareOrdinal($"{row.Project}|{row.Milestone}", page.After) > 0).Take(page.Limit).ToList();
            return (IResult)new Listing<Listed>(
                shown, shown.Count == page.Limit ? $"{shown[^1].Project}|{shown[^1].Milestone}" : null, rows.Count)
                .PushedAs(one => new { one.Project, one.Milestone, Name = one.What, one.DueOn, one.Responsible });
        }).RequireRight("projects:read").ProducesPage<Listed>();
    }
}
