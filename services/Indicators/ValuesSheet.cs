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

    static readonly SheetColumn[] columns =
    [
        new("【指标名称】", 30), new("指标编码（indicator）", 28), new("期别（period）", 12), new("【计量单位】", 12), new("【最近期别】", 12),
        new("【最近数值】", 14), new("【上报期限】", 12), new("数值（value）", 14), new("数据状态（status）", 14, [.. Codes<ValueStatus>.ByCode.OrderBy(code => code.Value).Select(code => code.Key)]),
        new("发布日期（releasedOn）", 14), new("依据文件（document）", 24), new("备注（note）", 24), new("修订原因（reason）", 24),
        new("修订原因代码（reasonCode）", 18, [.. Codes<RevisionReason>.ByCode.OrderBy(code => code.Value).Select(code => code.Key)]),
    ];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/templates/values.xlsx", async (
        string? department, string? period, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        if (period is not null && !Period.TryParse(period, out _))
            return Problem.Of(400, "not-a-period", new("period 应为期别，如 2023、2023-Q2。", "period must be a period like 2023, 2023-Q2."));
        await using var session = store.QuerySession(caller.Tenant);
        var all = await session.Query<Indicator>().OrderBy(one => one.Id).ToListAsync(cancel);
        var whose = department ?? caller.Department;
        if (whose != caller.Department && !all.Any(one => one.History.Duty?.Source == whose))
            return Problem.Of(404, "department-unknown", new(
                "没有由该部门负责上报的指标；请核对部门名称。", "There is no indicator that this department reports; check its name."));
        var today = ChinaTime.Day(clock.GetUtcNow());
        var rows = all.Where(one => one.History.Duty?.Source == whose)
            .SelectMany(one => Owed(one.History, today).Where(owed => period is null || owed.Text == period).Select(owed => Row(one.History, owed)))
            .Take(RowsMax).ToList();
        return Results.File(Sheet.Write("指标数据", columns, rows), Sheet.MediaType, "values.xlsx");
    }).RequireRight("indicators:read").Produces(200, contentType: Sheet.MediaType);

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
