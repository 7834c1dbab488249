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
    /// <param name="Unit">元, 万元 or 亿元; always said, since two of them are usual.</param>
    /// <param name="Reason">Why an amount on record is replaced.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="Months">2 where February stands for January and February together (1—2月).</param>
    /// <param name="YearToDate">自年初累计, to be checked against the months on record.</param>
    public sealed record Row(
        string Project, string Month, decimal Amount, string Unit, string? Reason, string? Document, int? Months = null, decimal? YearToDate = null)
    {
        internal Money Money => Money.Yuan(Amount, Unit);
    }

    public static Row Bind(Fields row)
    {
        var month = row.Period("month");
        if (month.First.AddMonths(1) <= month.Last)
            row.Wrong("month", "not-a-month", "应为月份，如 2023-07；季度、年度数请分月填报。", "Must be a month like 2023-07.");
        var months = row.WholeOrNull("months", 1, 2);
        if (months == 2 && month.First.Month != 2)
            row.Fail("months", "out-of-range", "只有 2 月可与 1 月合并上报（合并月数填 2）；其他月份请分月填报。", "Only February can stand for two months.");
        var bound = new Row(
            row.CodeOrName("project"), month.Text ?? "", row.Number("amount", 0, unitIn: "unit"), row.MoneyUnit("unit"), row.TextOrNull("reason", 500),
            row.TextOrNull("document"), months == 2 ? 2 : null, row.NumberOrNull("yearToDate", 0, unitIn: "unit"));
        row.CheckPayable("amount", bound.Amount, bound.Unit);
        row.CheckPayable("yearToDate", bound.YearToDate, bound.Unit);
        return bound;
    }

    /// <summary>Decides under the rules that say what asks for an adjusted estimate.</summary>
    public static Decision Decide(Project project, Row row, LampRules rules, Occasion occasion)
    {
        var decision = Decide(project, row, occasion);
        if (decision.ChangesNothing || project.Description?.Total is not { Units: > 0 } total) return decision;
        var since = decision.Aggregate(project, (known, happened) => known.Evolve(happened)).Investment.Values.Sum(amount => amount.Units);
        var percent = since / total.Units * 100;
        return percent <= rules.TotalPercentMax ? decision : decision.With([new Warning("total-exceeded", new(
            $"开工以来累计完成投资为总投资的 {percent:0.#}%，请办理调整概算。",
            $"Investment since the start is {percent:0.#} percent of the total; an adjusted estimate is needed."), "amount")]);
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        if (project.Repeated($"investment/{row.Month}", Projects.Project.TextOf(row.Money), row.Reason) is { } repeated) return repeated;
        // A late report of a month before it was closed is still its own.
        if (Projects.Project.IsClosed(project.Stage) && Period.Parse(row.Month).First > (project.StageSince ?? DateOnly.MinValue))
            return Refusal.Conflict("project-closed", "项目已取消、调出或合并，不再接受此后月份的投资数据；请核对项目与月份。",
                "The project is cancelled, moved out or merged and takes no more investment.", "project");
        if (Period.Parse(row.Month).First > occasion.Today)
            return Refusal.Invalid("period-in-future", "该月尚未开始；请核对月份。", "The month has not begun.", "month");

        var (year, amount) = (row.Month[..4], row.Money.Units);
        if (row.Months == 2 && project.Investment.ContainsKey($"{year}-01") || row.Month.EndsWith("-01", StringComparison.Ordinal) && project.WithJanuary.Contains($"{year}-02"))
            return Refusal.Conflict("month-overlaps", "1 月已单独上报，又有 1—2 月合并数；请只保留一种。", "January is reported twice, alone and with February.", "month");
        if (row.YearToDate is { } toDate && project.Investment.GetValueOrDefault(row.Month)?.Units is var own &&
            project.InvestedYuan($"{year}-01", row.Month) - (own ?? 0) + amount is var sum && sum != Money.Yuan(toDate, row.Unit).Units)
            return Refusal.Invalid("year-to-date-differs", $"自年初累计应为 {sum:0.##} 元，与上报的不同；请检查各月数据。",
                $"The months add up to {sum:0.##} yuan, not to the year to date given.", "yearToDate");

        if (!project.Investment.TryGetValue(row.Month, out var known))
            return [new InvestmentReported(row.Project, row.Month, row.Money, row.Months)];
        return row.Reason is { } reason
            ? [new InvestmentRevised(row.Project, row.Month, known, row.Money, reason, row.Document)]
            : Refusal.NeedsReason($"该月已报 {known.Units:0.##} 元", $"{known.Units:0.##} yuan are on record for this month");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Project, Row>(
            "/v1/investments", "projects:report", Bind, (row, tenant) => Project.Stream(tenant, row.Project),
            async (session, groups, occasion, cancel) =>
            {
                var rules = await LampRuleBook.On(session, occasion.By.Tenant, occasion.Today, cancel);
                await Lamps.Watched<Row>((project, row, at) => Decide(project, row, rules, at))(session, groups, occasion, cancel);
            },
            names: Project.CodesByName);
        routes.MapTemplate(
            "investments", "项目投资", "projects:report",
            new("project", "规划内项目的编码", "P05-1-01", true),
            new("month", "完成投资所属的月份；季度、年度数请分月填报", "2023-07", true),
            new("amount", "当月完成的投资，不是自年初累计", "120.5", true, IsNumber: true),
            new("unit", "金额的单位", "万元", true, [.. Money.Multipliers.Keys]),
            new("months", "1 月与 2 月合并上报时，在 2 月的行填 2；其余不填", "2", IsNumber: true),
            new("yearToDate", "自年初累计完成的投资，用于核对", "860", IsNumber: true),
            new("document", "依据的文件", "嵩统〔2023〕8号"),
            new("reason", "更正已报金额时必填：为何更正", "补录结算单"));
    }
}
