using System.Globalization;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>Sets a year's investment plan (年度计划投资), spread evenly or by a curve of its own. Another one needs a reason.</summary>
public static class PlanYear
{
    /// <summary>One year.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Year">The year.</param>
    /// <param name="Amount">What is to be completed in it.</param>
    /// <param name="Unit">元, 万元 or 亿元; always said, since two of them are usual.</param>
    /// <param name="Curve">Twelve rising percentages, the last 100: what is to be completed by the end of each month; none for a twelfth a month.</param>
    /// <param name="Reason">Why a plan on record is replaced.</param>
    public sealed record Row(string Project, int Year, decimal Amount, string Unit, decimal[]? Curve, string? Reason)
    {
        internal Money Money => Money.Yuan(Amount, Unit);
    }

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.CodeOrName("project"), row.Whole("year", 2000, 2100), row.Number("amount", 0, unitIn: "unit"), row.MoneyUnit("unit"), Curve(row),
            row.TextOrNull("reason", 500));
        row.CheckPayable("amount", bound.Amount, bound.Unit);
        return bound;
    }

    static decimal[]? Curve(Fields row)
    {
        var texts = row.Remarks("curve");
        if (texts.Length == 0) return null;
        var curve = texts.Select(text => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) ? share : -1).ToArray();
        if (curve.Length != 12 || curve[0] < 0 || curve[^1] != 100 || curve.Zip(curve.Skip(1)).Any(pair => pair.Second < pair.First))
            row.Wrong("curve", "not-a-curve", "应为 12 个递增的百分数，最后一个为 100，如 0 | 5 | … | 100；按月均分的不填。",
                "Must be twelve rising percentages, the last one 100, like 0 | 5 | … | 100.");
        return curve;
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        if (project.Repeated($"plan/{row.Year}", Projects.Project.TextOf(row.Money, row.Curve), row.Reason) is { } repeated) return repeated;
        var known = project.Plans.GetValueOrDefault(row.Year);
        return known is not null && row.Reason is null
            ? Refusal.NeedsReason($"{row.Year} 年计划投资已定为 {known.Amount.Units:0.##} 元", $"{known.Amount.Units:0.##} yuan are planned for {row.Year}")
            : [new AnnualPlanSet(row.Project, row.Year, row.Money, row.Curve, known?.Amount, known is null ? null : row.Reason)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/annual-plans", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide),
        names: Project.CodesByName);
}

/// <summary>Reports funds that have arrived in one month from one source (到位资金). Another amount is a correction and needs a reason.</summary>
public static class ReportFunds
{
    /// <summary>One month and source.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Month">SDMX month; not in the future.</param>
    /// <param name="Source">e.g. <c>state_budget</c> 国家预算资金, <c>special_bond</c> 专项债券.</param>
    /// <param name="Amount">What arrived in that month.</param>
    /// <param name="Unit">元, 万元 or 亿元; always said, since two of them are usual.</param>
    /// <param name="Reason">Why an amount on record is replaced.</param>
    public sealed record Row(string Project, string Month, FundSource Source, decimal Amount, string Unit, string? Reason)
    {
        internal Money Money => Money.Yuan(Amount, Unit);
    }

    public static Row Bind(Fields row)
    {
        var month = row.Period("month");
        if (month.Text is not null && month.Frequency != "M")
            row.Wrong("month", "not-a-month", "应为月份，如 2023-07；季度、年度数请分月填报。", "Must be a month like 2023-07.");
        var bound = new Row(
            row.CodeOrName("project"), month.Text ?? "", row.Enum<FundSource>("source"), row.Number("amount", 0, unitIn: "unit"), row.MoneyUnit("unit"),
            row.TextOrNull("reason", 500));
        row.CheckPayable("amount", bound.Amount, bound.Unit);
        return bound;
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        if (Period.Parse(row.Month).First > occasion.Today)
            return Refusal.Invalid("period-in-future", "该月尚未开始；请核对月份。", "The month has not begun.", "month");
        var key = Projects.Project.Key(row.Month, row.Source);
        if (project.Repeated($"funds/{key}", Projects.Project.TextOf(row.Money), row.Reason) is { } repeated) return repeated;
        var known = project.Funds.GetValueOrDefault(key);
        return known is not null && row.Reason is null
            ? Refusal.NeedsReason($"该月该来源已报 {known.Units:0.##} 元", $"{known.Units:0.##} yuan are on record for this month and source")
            : [new FundsArrived(row.Project, row.Month, row.Source, row.Money, known, known is null ? null : row.Reason)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/funds", "projects:report", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide),
        names: Project.CodesByName);
}

/// <summary>Records that a project has entered the statistics (入库, 纳统).</summary>
public static class EnterStatistics
{
    /// <summary>One entry.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(string Project, DateOnly On);

    public static Row Bind(Fields row) => new(row.CodeOrName("project"), row.Day("on"));

    public static Decision Decide(Project project, Row row, Occasion occasion) => project switch
    {
        { Registration: null } => AdvanceStage.Unknown,
        _ when row.On > occasion.Today => Refusal.DayInFuture,
        { StatisticsOn: null } => [new StatisticsEntered(row.Project, row.On)],
        { StatisticsOn: { } entered } when entered == row.On => [],
        { StatisticsOn: { } entered } => Refusal.Conflict("entry-differs", $"该项目已于 {entered:yyyy-MM-dd} 入库。", $"It entered on {entered:yyyy-MM-dd}.", "on"),
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/statistics-entries", "projects:report", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide),
        names: Project.CodesByName);
}
