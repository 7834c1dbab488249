using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// Reports the investment that a project completed in one month (本月完成投资). The same amount again changes nothing;
/// another one is a correction and needs a reason.
/// </summary>
public static class ReportInvestment
{
    /// <summary>One month as a department sends it.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Month">SDMX month, e.g. <c>2023-07</c>; not in the future.</param>
    /// <param name="Amount">The month's own amount, zero or more, never year-to-date.</param>
    /// <param name="Unit">元, 万元 or 亿元; default 万元.</param>
    /// <param name="Reason">Why an amount on record is replaced.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Project, string Month, decimal Amount, string Unit, string? Reason, string? Document)
    {
        internal Money Money => Money.Yuan(Amount, Unit);
    }

    public static Row Bind(Fields row)
    {
        var month = row.Period("month");
        if (month.First.AddMonths(1) <= month.Last)
            row.Fail("month", "not-a-month", "应为月份，如 2023-07。", "Must be a month like 2023-07.");
        return new Row(
            row.Code("project"), month.Text, row.Number("amount", 0), row.MoneyUnit("unit", "万元"), row.TextOrNull("reason", 500),
            row.TextOrNull("document"));
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        if (project.Stage is Stage.Cancelled or Stage.MovedOut or Stage.Merged)
            return Refusal.Conflict("project-closed", "项目已取消、调出或合并，不再接受投资数据。",
                "The project is cancelled, moved out or merged and takes no more investment.", "project");
        if (Period.Parse(row.Month).First > occasion.Today)
            return Refusal.Invalid("period-in-future", "该月尚未开始。", "The month has not begun.", "month");

        if (!project.Investment.TryGetValue(row.Month, out var known))
            return [new InvestmentReported(row.Project, row.Month, row.Money)];
        if (known.Units == row.Money.Units) return [];
        return row.Reason is { } reason
            ? [new InvestmentRevised(row.Project, row.Month, known, row.Money, reason, row.Document)]
            : Refusal.NeedsReason($"该月已报 {known.Units:0.##} 元", $"{known.Units:0.##} yuan are on record for this month");
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Project, Row>(
        "/v1/investments", "projects:report", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Decide);
}
