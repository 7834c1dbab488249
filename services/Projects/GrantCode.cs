using System.Text.RegularExpressions;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>Ties a 国家项目代码 to a plan item, or unties it. A plan item may have several, also in turn; it exists before any.</summary>
public static partial class GrantCode
{
    /// <summary>One code.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="ProjectCode">24 characters: time, region, department or industry, type, serial; both layouts (before and after 2020-11).</param>
    /// <param name="On">The day it was granted, or lapsed.</param>
    /// <param name="Lapsed">True when it no longer belongs to the plan item.</param>
    /// <param name="Reason">Why it lapsed.</param>
    public sealed record Row(string Project, string ProjectCode, DateOnly On, bool Lapsed, string? Reason);

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("project"), row.Text("projectCode", 24), row.Day("on"), row.FlagOrNull("lapsed") ?? false, row.TextOrNull("reason", 500));
        if (bound.ProjectCode.Length > 0 && !Layout().IsMatch(bound.ProjectCode))
            row.Wrong("projectCode", "not-a-project-code", "应为 24 位国家项目代码（全国投资项目在线审批监管平台赋码），如 2106-410325-04-01-123456。",
                "Must be a project code of 24 characters like 2106-410325-04-01-123456.");
        if (bound is { Lapsed: true, Reason: null }) row.Fail("reason", "missing", "填了失效的，须在“原因”（reason）中写明为何失效。", "A lapse needs its reason.");
        return bound;
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;

        var known = project.Codes.FindLast(one => one.Code == row.ProjectCode);
        if (row.Lapsed)
            return known is null ? Refusal.Unknown("code-unknown", "该项目没有此代码；请核对项目与国家项目代码。", "The project has no such code.", "projectCode")
                : known.LapsedOn is null ? [new ProjectCodeLapsed(row.Project, row.ProjectCode, row.Reason!, row.On)]
                : [];
        if (known is not null && (known.LapsedOn is null || known.On == row.On)) return [];
        Decision granted = [new ProjectCodeGranted(row.Project, row.ProjectCode, row.On)];
        // The city and the province grant codes too; a code of another province is worth a look.
        return row.ProjectCode[5..7] == occasion.By.Tenant[..2] ? granted : granted.With([new Warning("code-of-other-region", new(
            "代码中的行政区划不属于本省，请核对。", "The region in the code is of another province."), "projectCode")]);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Project, Row>(
        "/v1/project-codes", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Decide);

    [GeneratedRegex(@"^(20(1[5-9]|20)|2[0-9](0[1-9]|1[0-2]))-\d{6}-\d{2}-\d{2}-\d{6}\z")]
    private static partial Regex Layout();
}

/// <summary>Records a step of the preparation (前期工作) that is done.</summary>
public static class PrepareProject
{
    /// <summary>One step.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Step">e.g. <c>approval</c> 立项, <c>land_use</c> 用地, <c>construction_permit</c> 施工许可.</param>
    /// <param name="Document">The document that shows it.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(string Project, PreparationStep Step, string Document, DateOnly On);

    public static Row Bind(Fields row) =>
        new(row.Code("project"), row.Enum<PreparationStep>("step"), row.Text("document"), row.Day("on"));

    public static Decision Decide(Project project, Row row, Occasion occasion) => project switch
    {
        { Registration: null } => AdvanceStage.Unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        _ when project.Steps.TryGetValue(row.Step, out var done) => done == row.On
            ? []
            : Refusal.Conflict("step-differs", $"该步骤已于 {done:yyyy-MM-dd} 完成。", $"This step was done on {done:yyyy-MM-dd}.", "on"),
        _ => [new PreparationStepDone(row.Project, row.Step, row.Document, row.On)],
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Project, Row>(
        "/v1/preparation-steps", "projects:report", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Decide);
}
