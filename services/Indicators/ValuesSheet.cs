using System.Globalization;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// <c>GET /v1/templates/values.xlsx?department=…</c>: the sheet of what a department owes, one row for every period of its
/// indicators that is over and has no value, the oldest first. Filled in, it is posted to <c>/v1/values</c> as it is.
/// </summary>
static class ValuesSheet
{
    const int RowsMax = 10_000;

    static readonly TemplateColumn[] fields =
    [
        new("indicator", "指标的编码，已填好，请勿改动", "gdp", true),
        new("period", "数据所属的时期，已填好，请勿改动：年 2023、半年 2023-S1、季 2023-Q2、月 2023-07", "2023-Q2", true),
        new("value", "该期数值，按“计量单位”一栏的单位填写；没有数据的整行留空", "215.3", true, IsNumber: true),
        TemplateColumn.Of<ValueStatus>("status", "数据的确定程度", true),
        new("releasedOn", "数据发布的日期", "2024-01-20"),
        new("document", "数据出自哪份文件", "嵩统〔2024〕3号"),
        new("note", "需要说明的情况", "口径与上年一致"),
        new("reason", "更正已报数值时必填：为何更正", "年报最终核实"),
        TemplateColumn.Of<RevisionReason>("reasonCode", "更正已审核数值时必填：更正的类别"),
    ];

    static readonly SheetColumn[] columns =
    [
        new("【指标名称】", 30), Of("indicator", 28), Of("period", 12), new("【计量单位】", 12), new("【最近期别】", 12),
        new("【最近数值】", 14), new("【上报期限】", 12), Of("value", 14), Of("status", 14), Of("releasedOn", 14), Of("document", 24), Of("note", 24),
        Of("reason", 24), Of("reasonCode", 18),
    ];

    static SheetColumn Of(string field, double width)
    {
        var column = Array.Find(fields, one => one.Field == field)!;
        return new(Template.Header("/v1/values", field), width, column.Choices, !column.IsNumber);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/templates/values.xlsx", async (
        string? department, string? period, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        if (!Period.TryParse(period, out var only) && period is not null)
            return Problem.Of(400, "not-a-period", new("period 应为期别，如 2023、2023-Q2。", "period must be a period like 2023, 2023-Q2."));
        await using var session = store.QuerySession(caller.Tenant);
        var all = await session.Query<Indicator>().OrderBy(one => one.Id).ToListAsync(cancel);
        var whose = department ?? caller.Department;
        if (whose != caller.Department && !all.Any(one => one.History.Duty?.Source == whose))
            return Problem.Of(404, "department-unknown", new(
                "没有由该部门负责上报的指标；请核对部门名称。", "There is no indicator that this department reports; check its name."));
        var today = ChinaTime.Day(clock.GetUtcNow());
        var rows = all.Where(one => one.History.Duty?.Source == whose)
            .SelectMany(one => Owed(one.History, today).Where(owed => period is null || owed == only).Select(owed => Row(one.History, owed)))
            .Take(RowsMax).ToList();
        return Results.File(Sheet.Write("指标数据", columns, rows, Template.Explanation(
            fields.Select(column => Template.Explain(Template.Header("/v1/values", column.Field), column)))), Sheet.MediaType, "values.xlsx");
    }).RequireRight("indicators:read").ProducesAs(Sheet.MediaType);

    /// <summary>Periods since the base year that are over by today, within the plan, and have no value in force.</summary>
    static IEnumerable<Period> Owed(IndicatorHistory history, DateOnly today)
    {
        var first = (history.Definition!.Baseline?.Year ?? (history.TargetYear ?? today.Year) - 5) + 1;
        var last = Math.Min(history.TargetYear ?? today.Year, today.Year);
        foreach (var year in Enumerable.Range(first, Math.Max(0, last - first + 1)))
        {
            foreach (var text in Texts(history.Definition.Frequency ?? "A", year))
            {
                var owed = Period.Parse(text);
                if (owed.Last < today && history.InForce(text) is null) yield return owed;
            }
        }
    }

    static IEnumerable<string> Texts(string frequency, int year) => frequency switch
    {
        "S" => [$"{year}-S1", $"{year}-S2"],
        "Q" => [$"{year}-Q1", $"{year}-Q2", $"{year}-Q3", $"{year}-Q4"],
        "M" => Enumerable.Range(1, 12).Select(month => string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}")),
        _ => [$"{year}"],
    };

    static object?[] Row(IndicatorHistory history, Period owed)
    {
        var (e, latest) = (history.Definition!, history.Observations.MaxBy(it => (it.Period.Last, it.Period.First)));
        return
        [
            e.Name, e.Code, owed.Text, e.Unit, latest?.Period.Text, latest?.Value,
            owed.Last.AddDays(history.Duty!.DueDays).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), null, null, null, null, null, null, null,
        ];
    }
}
