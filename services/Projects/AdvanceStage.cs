using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>Moves a project to its next stage. The stage it is in already changes nothing; a forbidden one is refused with the allowed.</summary>
public static class AdvanceStage
{
    /// <summary>One step as a department sends it.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="To">The stage entered.</param>
    /// <param name="On">The day it happened, Asia/Shanghai; not in the future.</param>
    /// <param name="Evidence">The document that shows it; required but for <c>preparing</c> and <c>under_construction</c>.</param>
    /// <param name="Into">For <c>merged</c>: the plan item it goes into.</param>
    public sealed record Row(string Project, Stage To, DateOnly On, string? Evidence, string? Into = null);

    static readonly Dictionary<Stage, Stage[]> allowed = new()
    {
        [Stage.Planned] = [Stage.Preparing, Stage.Merged, Stage.Cancelled, Stage.MovedOut],
        [Stage.Preparing] = [Stage.Started, Stage.Cancelled, Stage.MovedOut],
        [Stage.Started] = [Stage.UnderConstruction, Stage.Suspended],
        [Stage.UnderConstruction] = [Stage.Completed, Stage.Suspended, Stage.Cancelled],
        [Stage.Suspended] = [Stage.UnderConstruction, Stage.Cancelled, Stage.MovedOut],
        [Stage.Completed] = [Stage.InProduction],
        [Stage.InProduction] = [],
        [Stage.Cancelled] = [],
        [Stage.MovedOut] = [],
        [Stage.Merged] = [],
    };

    public static Row Bind(Fields row) => new(
        row.CodeOrName("project"), row.Enum<Stage>("to"), row.Day("on"), row.TextOrNull("evidence", 500), row.TextOrNull("into", 64));

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return Unknown;
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;
        if (project.Stage == row.To) return [];
        // A step on record is a repeat, also when the project has gone on or the step was taken back.
        if (project.Repeated("stage", Projects.Project.TextOf(row.To, row.On), null) is not null) return [];
        if (!allowed[project.Stage].Contains(row.To))
        {
            var (zh, next) = (string.Join('、', allowed[project.Stage].Select(Name)), string.Join(", ", allowed[project.Stage].Select(Code)));
            return Refusal.Conflict("transition-forbidden",
                $"不能从“{Name(project.Stage)}”进入“{Name(row.To)}”；允许：{(zh.Length > 0 ? zh : "无")}。",
                $"Cannot go from {Code(project.Stage)} to {Code(row.To)}; allowed: {(next.Length > 0 ? next : "none")}.", "to");
        }

        if (row.Evidence is null && row.To is not (Stage.Preparing or Stage.UnderConstruction))
            return Refusal.Invalid("evidence-missing", $"进入“{Name(row.To)}”须填写依据文件（evidence）。",
                $"Entering {Code(row.To)} needs its evidence.", "evidence");
        if (row.To == Stage.Merged && row.Into is null)
            return Refusal.Invalid("missing", "合并须填写并入的项目编码（into）。", "A merger needs the plan item it goes into.", "into");

        return row.On < project.StageSince
            ? Refusal.Invalid("day-before-previous", $"日期早于上一阶段的 {project.StageSince:yyyy-MM-dd}；请核对，上一阶段有误的先更正阶段。",
                $"The day lies before that of the previous stage, {project.StageSince:yyyy-MM-dd}.", "on")
            : [new StageAdvanced(row.Project, project.Stage, row.To, row.Evidence, row.On, row.Into)];
    }

    internal static readonly Refusal Unknown =
        Refusal.Unknown("project-unknown", "没有此项目编码；请对照项目清单核对。", "No project has this code.", "project");

    static string Name(Stage stage) => Codes<Stage>.Official[stage];

    static string Code(Stage stage) => Codes<Stage>.ByValue[stage];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport(
            "/v1/stages", "projects:report", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide),
            names: Project.CodesByName);
        routes.MapCommand<Project, Row>(
            "/v1/projects/{project}/advance", "project", "projects:report", Bind,
            (row, tenant) => Project.Stream(tenant, row.Project), Decide);
        routes.MapTemplate(
            "stages", "项目阶段", "projects:report",
            new("project", "规划内项目的编码", "P05-1-01", true),
            TemplateColumn.Of<Stage>("to", "进入的阶段，逐步推进", true),
            new("on", "进入该阶段的日期", "2023-03-15", true),
            new("evidence", "能证明的文件；进入“前期”“在建”可不填", "施工许可证 410325202303150101"),
            new("into", "阶段为“合并”时必填：并入哪个项目的编码", "P05-1-02"));
    }
}
