using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>Takes a stage back that was entered wrongly (虚假开工 and the like). Only to a stage the project has been in; always with a reason.</summary>
public static class CorrectStage
{
    /// <summary>One correction.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="To">A stage the project had been in before.</param>
    /// <param name="On">The day of the correction; not in the future.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Project, Stage To, DateOnly On, string Reason, string? Document);

    public static Row Bind(Fields row) => new(
        row.Code("project"), row.Enum<Stage>("to"), row.Day("on"), row.Text("reason", 500), row.TextOrNull("document"));

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is not { } registration) return AdvanceStage.Unknown;
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;
        if (project.Repeated("correction", Projects.Project.TextOf(row.To, row.On), row.Reason) is { } repeated) return repeated;

        var been = project.Stages.Select(entry => entry.Stage).Prepend(registration.Stage).Where(stage => stage != project.Stage).Distinct().ToList();
        if (been.Contains(row.To))
            return [new StageCorrected(row.Project, project.Stage, row.To, row.Reason, row.Document, row.On)];
        var zh = string.Join('、', been.Select(stage => Codes<Stage>.Official[stage]));
        var earlier = string.Join(", ", been.Select(stage => Codes<Stage>.ByValue[stage]));
        return Refusal.Conflict("transition-forbidden",
            $"只能更正为曾处的阶段：{(zh.Length > 0 ? zh : "无")}。",
            $"Can be taken back only to a stage it has been in: {(earlier.Length > 0 ? earlier : "none")}.", "to");
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/stage-corrections", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide));
}

/// <summary>Brings a project back that was cancelled or moved out, by decision (调入).</summary>
public static class ReinstateProject
{
    /// <summary>One reinstatement.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="To"><c>planned</c> or <c>preparing</c>.</param>
    /// <param name="Decision">Number of the decision.</param>
    /// <param name="On">The day of the decision; not in the future.</param>
    public sealed record Row(string Project, Stage To, string Decision, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Code("project"), row.Enum<Stage>("to"), row.Text("decision"), row.Day("on"));
        if (bound.To is not (Stage.Planned or Stage.Preparing))
            row.Wrong("to", "unknown-code", "重新列入的项目应从“谋划”（planned）或“前期”（preparing）开始。", "Must be planned or preparing.");
        return bound;
    }

    public static Decision Decide(Project project, Row row, Occasion occasion) => project switch
    {
        { Registration: null } => AdvanceStage.Unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        _ when project.Repeated("reinstatement", Projects.Project.TextOf(row.To, row.On), null) is { } repeated => repeated,
        { Stage: Stage.Cancelled or Stage.MovedOut } => [new ProjectReinstated(row.Project, project.Stage, row.To, row.Decision, row.On)],
        _ => Refusal.Conflict("transition-forbidden", "只有已取消或调出的项目可以调入。",
            "Only a project that was cancelled or moved out can be reinstated.", "project"),
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/reinstatements", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide));
}
