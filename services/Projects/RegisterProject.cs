using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>Enters a plan item into the registry. The same registration again changes nothing.</summary>
public static class RegisterProject
{
    /// <summary>One plan item as a department or the plan's file sends it.</summary>
    /// <param name="Code">Stable plan-item code, e.g. <c>P05-2-03</c>.</param>
    /// <param name="Name">As printed.</param>
    /// <param name="Kind"><c>project</c>, <c>programme</c>, <c>work_item</c>.</param>
    /// <param name="Box">Number of the plan's column (专栏).</param>
    /// <param name="BoxTitle">Its title.</param>
    /// <param name="Group">Group inside the column, 0 where it has none.</param>
    /// <param name="GroupTitle">Its title.</param>
    /// <param name="Seq">Number inside the group.</param>
    /// <param name="Stage">Stage the plan puts it in, <c>planned</c> or <c>preparing</c>.</param>
    /// <param name="Notes">Remarks, separated by <c> | </c> or as a JSON array.</param>
    public sealed record Row(
        string Code, string Name, ProjectKind Kind, int Box, string BoxTitle, int Group, string? GroupTitle, int Seq,
        Stage Stage, string[] Notes);

    public static Row Bind(Fields row) => new(
        row.Code("code"), row.Text("name", 500), row.Enum<ProjectKind>("kind"), row.Whole("box", 1, 99), row.Text("boxTitle"),
        row.WholeOrNull("group", 0, 99) ?? 0, row.TextOrNull("groupTitle"), row.Whole("seq", 1, 999),
        row.EnumOrNull<Stage>("stage") ?? Stage.Planned, row.Remarks("notes"));

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (row.Stage is not (Stage.Planned or Stage.Preparing))
            return Refusal.Invalid("stage-not-initial", "登记时的阶段只能是“谋划”（planned）或“前期”（preparing），之后逐步推进。",
                "A project is registered as planned or preparing; it advances from there.", "stage");

        var registered = new ProjectRegistered(
            row.Code, row.Name, row.Kind, row.Box, row.BoxTitle, row.Group, row.GroupTitle, row.Seq, row.Stage, row.Notes);
        if (project.Registration is not { } known) return [registered];
        return known.Notes.SequenceEqual(registered.Notes) && registered with { Notes = known.Notes } == known
            ? []
            : Refusal.Conflict("project-differs", $"编码 {row.Code} 已登记为“{known.Name}”，内容不同；新项目请用新的编码。",
                $"{row.Code} is registered as “{known.Name}”, with other contents.", "code");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Project, Row>(
            "/v1/projects", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Code), Decide);
        routes.MapRegistration<Project, Row>(
            "/v1/projects", "code", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Code), Decide);
    }
}
