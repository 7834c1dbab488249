using System.Globalization;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// What a 重点项目 office reads every week, computed from the projects as they stand for any day: the ladder of stages, what
/// slipped, where the pace leads, and the rows of the mid-term review's 附表2.
/// </summary>
public static class Overview
{
    /// <summary>One rung of the ladder (谋划一批、开工一批、在建一批、投产一批): a group at the end of a quarter.</summary>
    /// <param name="Quarter">SDMX quarter.</param>
    /// <param name="Group">Column, township or department; empty where none is known.</param>
    /// <param name="Projects">How many there are.</param>
    /// <param name="Planned">谋划.</param>
    /// <param name="Preparing">前期.</param>
    /// <param name="Started">开工.</param>
    /// <param name="UnderConstruction">在建.</param>
    /// <param name="Suspended">停缓建.</param>
    /// <param name="Completed">竣工.</param>
    /// <param name="InProduction">投产.</param>
    /// <param name="Closed">取消, 调出, 合并.</param>
    /// <param name="InvestedYuan">Investment of the quarter's months, 元.</param>
    /// <param name="InvestedSinceStartYuan">Investment of all months up to its end, 元.</param>
    public sealed record Rung(
        string Quarter, string Group, int Projects, int Planned, int Preparing, int Started, int UnderConstruction, int Suspended, int Completed,
        int InProduction, int Closed, decimal InvestedYuan, decimal InvestedSinceStartYuan);

    /// <summary>Something that went worse between two days.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Name">The project's name.</param>
    /// <param name="What"><c>milestone-late</c>, <c>suspended</c>, <c>lamp</c>.</param>
    /// <param name="Detail">In words.</param>
    public sealed record Slip(string Project, string Name, string What, string Detail);

    /// <summary>Where the pace of the last months leads.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Name">The project's name.</param>
    /// <param name="TotalYuan">总投资, 元.</param>
    /// <param name="InvestedYuan">Completed so far, 元.</param>
    /// <param name="MonthlyYuan">Average of the last six complete months, 元.</param>
    /// <param name="CompletedBy">The month in which the total would be reached; null where nothing moves.</param>
    /// <param name="PlannedEnd">计划竣工.</param>
    /// <param name="MonthsLate">Months after the planned end; negative for earlier.</param>
    public sealed record Forecast(
        string Project, string Name, decimal TotalYuan, decimal InvestedYuan, decimal MonthlyYuan, string? CompletedBy, DateOnly? PlannedEnd, int? MonthsLate);

    /// <summary>A row of 附表2 (重大工程项目进展情况表).</summary>
    /// <param name="Number">序号.</param>
    /// <param name="Box">专栏.</param>
    /// <param name="Code">Plan-item code.</param>
    /// <param name="Name">项目.</param>
    /// <param name="Responsible">责任单位.</param>
    /// <param name="TotalYuan">总投资, 元.</param>
    /// <param name="InvestedYuan">累计完成投资, 元.</param>
    /// <param name="StartedOn">开工时间.</param>
    /// <param name="CompletedOn">竣工时间.</param>
    /// <param name="Stage">状态.</param>
    /// <param name="Lamp">总灯.</param>
    /// <param name="Problems">存在问题: findings raised by that day and not closed by it.</param>
    public sealed record Annex2Row(
        int Number, string Box, string Code, string Name, string? Responsible, decimal? TotalYuan, decimal InvestedYuan, DateOnly? StartedOn,
        DateOnly? CompletedOn, Stage Stage, Lamp Lamp, IReadOnlyList<string> Problems);

    internal static IEnumerable<Rung> Ladder(IReadOnlyList<Project> projects, IEnumerable<Period> quarters, Func<Project, string> groupOf) =>
        from quarter in quarters
        from grouped in projects.GroupBy(groupOf).OrderBy(grouped => grouped.Key, StringComparer.Ordinal)
        let stages = grouped.Select(project => project.StageOn(quarter.Last)).ToList()
        let through = Lamps.Text(quarter.Last)
        select new Rung(
            quarter.Text, grouped.Key, stages.Count, Count(stages, Stage.Planned), Count(stages, Stage.Preparing), Count(stages, Stage.Started),
            Count(stages, Stage.UnderConstruction), Count(stages, Stage.Suspended), Count(stages, Stage.Completed), Count(stages, Stage.InProduction),
            stages.Count(Project.IsClosed), grouped.Sum(project => project.InvestedYuan(Lamps.Text(quarter.First), through)),
            grouped.Sum(project => project.InvestedYuan("", through)));

    static int Count(List<Stage> stages, Stage stage) => stages.Count(one => one == stage);

    internal static IEnumerable<Slip> Slips(Project project, LampRules rulesThen, LampRules rulesNow, DateOnly since, DateOnly on)
    {
        var (code, name) = (project.Registration!.Code, project.Registration.Name);
        foreach (var (key, milestone) in project.Milestones)
            if (milestone.DueOn >= since && milestone.DueOn < on && milestone.IsLateOn(on))
                yield return new(code, name, "milestone-late", $"{key} {milestone.Name}: {milestone.DueOn:yyyy-MM-dd}");
        foreach (var entry in project.Stages)
            if (entry.Stage == Stage.Suspended && entry.On >= since && entry.On <= on)
                yield return new(code, name, "suspended", $"{entry.On:yyyy-MM-dd}");
        var (then, now) = (Lamps.Of(project, rulesThen, since), Lamps.Of(project, rulesNow, on));
        foreach (var (aspect, lamp) in now)
            if (aspect != Aspect.Overall && lamp.Lamp > Lamp.Green && lamp.Lamp > then[aspect].Lamp)
                yield return new(code, name, "lamp", $"{Codes<Aspect>.ByValue[aspect]} {Codes<Lamp>.ByValue[then[aspect].Lamp]} → {Codes<Lamp>.ByValue[lamp.Lamp]}: {lamp.Facts}");
    }

    internal static Forecast? Foretell(Project project, DateOnly on)
    {
        const int paceMonths = 6;
        if (project.Description?.Total is not { Units: > 0 } total || project.StageOn(on) is not (Stage.Started or Stage.UnderConstruction or Stage.Suspended))
            return null;
        var last = Lamps.LastMonth(on);
        var invested = project.InvestedYuan("", Lamps.Text(last));
        var monthly = project.InvestedYuan(Lamps.Text(last.AddMonths(1 - paceMonths)), Lamps.Text(last)) / paceMonths;
        // Beyond a century nobody is helped by a date.
        var months = monthly > 0 ? Math.Ceiling(Math.Max(0, total.Units - invested) / monthly) : decimal.MaxValue;
        var by = months <= 1_200 ? last.AddMonths((int)months) : (DateOnly?)null;
        return new(
            project.Registration!.Code, project.Registration.Name, total.Units, invested, Math.Round(monthly, 2), by is { } month ? Lamps.Text(month) : null,
            project.Description.PlannedEnd,
            by is { } end && project.Description.PlannedEnd is { } planned ? (end.Year - planned.Year) * 12 + end.Month - planned.Month : null);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/ladder", async (
            string? from, string? to, string? by, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            var today = ChinaTime.Day(clock.GetUtcNow());
            var current = $"{today.Year}-Q{(today.Month + 2) / 3}";
            if (!Quarter(to ?? current, out var last) || !Quarter(from ?? to ?? current, out var first))
                return Problem.Of(400, "not-a-period", new("from 与 to 应为季度，如 2023-Q2。", "from and to must be quarters like 2023-Q2."));
            if (first.First > last.First)
                return Problem.Of(400, "out-of-order", new("from 晚于 to；请核对。", "from lies after to."));
            Func<Project, string>? group = by switch
            {
                null => _ => "",
                "box" => project => project.Registration!.Box.ToString(CultureInfo.InvariantCulture),
                "township" => project => project.Description?.Township ?? "",
                "department" => project => project.Description?.Responsible ?? "",
                _ => null,
            };
            if (group is null)
                return Problem.Of(400, "unknown-code", new("by 应为 box、township 或 department。", "by must be box, township or department."));
            await using var session = store.QuerySession(caller.Tenant);
            return (IResult)new Listing<Rung>([.. Ladder(await Project.All(session, cancel), Quarters(first, last), group)], null);
        }).RequireRight("projects:read").ProducesPage<Rung>();

        routes.MapGet("/v1/slips", async (
            string? since, string? on, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!ChinaTime.TryDay(since, out var start) || start is not { } first || !ChinaTime.TryDay(on, out var end))
                return Problem.Of(400, "not-a-date", new("since 与 on 应为日期，如 2023-06-30。", "since and on must be dates like 2023-06-30."));
            var day = end ?? ChinaTime.Day(clock.GetUtcNow());
            await using var session = store.QuerySession(caller.Tenant);
            var (then, now) = (await LampRuleBook.On(session, caller.Tenant, first, cancel), await LampRuleBook.On(session, caller.Tenant, day, cancel));
            return (IResult)new Listing<Slip>([.. (await Project.All(session, cancel)).SelectMany(project => Slips(project, then, now, first, day))], null);
        }).RequireRight("projects:read").ProducesPage<Slip>();

        routes.MapGet("/v1/forecasts", async (string? on, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!ChinaTime.TryDay(on, out var asked)) return Problem.Of(400, "not-a-date", new("on 应为日期，如 2023-06-30。", "on must be a date like 2023-06-30."));
            await using var session = store.QuerySession(caller.Tenant);
            var day = asked ?? ChinaTime.Day(clock.GetUtcNow());
            return (IResult)new Listing<Forecast>([.. (await Project.All(session, cancel)).Select(project => Foretell(project, day)).OfType<Forecast>()], null);
        }).RequireRight("projects:read").ProducesPage<Forecast>();

        routes.MapGet("/v1/annex2", async (string? on, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!ChinaTime.TryDay(on, out var asked)) return Problem.Of(400, "not-a-date", new("on 应为日期，如 2023-06-30。", "on must be a date like 2023-06-30."));
            var day = asked ?? ChinaTime.Day(clock.GetUtcNow());
            await using var session = store.QuerySession(caller.Tenant);
            var rules = await LampRuleBook.On(session, caller.Tenant, day, cancel);
            var problems = (await session.Query<Finding>().ToListAsync(cancel))
                .Where(finding => finding.Raised!.On <= day && !(finding.ClosedOn <= day))
                .ToLookup(finding => finding.Raised!.Project, finding => finding.Raised!.Problem);
            var rows = (await Project.All(session, cancel)).Select((project, index) =>
            {
                var (e, started, completed) = (project.Registration!, project.StartedOn, project.CompletedOn);
                return new Annex2Row(
                    index + 1, $"专栏{e.Box} {e.BoxTitle}", e.Code, e.Name, project.Description?.Responsible, project.Description?.Total?.Units,
                    project.InvestedYuan("", Lamps.Text(Lamps.LastMonth(day))), started <= day ? started : null, completed <= day ? completed : null,
                    project.StageOn(day), Lamps.Of(project, rules, day)[Aspect.Overall].Lamp, [.. problems[e.Code]]);
            });
            return (IResult)new Listing<Annex2Row>([.. rows], null);
        }).RequireRight("projects:read").ProducesPage<Annex2Row>();
    }

    static bool Quarter(string text, out Period quarter) => Period.TryParse(text, out quarter) && quarter.Frequency == "Q";

    static IEnumerable<Period> Quarters(Period first, Period last)
    {
        for (var day = first.First; day <= last.First; day = day.AddMonths(3))
            yield return Period.Parse(string.Create(CultureInfo.InvariantCulture, $"{day.Year}-Q{(day.Month + 2) / 3}"));
    }
}
