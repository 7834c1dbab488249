using System.Globalization;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>One lamp and the facts it follows from.</summary>
public sealed record Shown(Lamp Lamp, string Facts);

/// <summary>
/// The lamps (红黄绿灯) of a project on a day: pure, from what is known of the days before. Only building projects have any; a
/// recorded good reason keeps one green while it counts.
/// </summary>
public static class Lamps
{
    static readonly Shown none = new(Lamp.None, "");

    /// <summary>All lamps of a project on a day, the overall one included.</summary>
    public static IReadOnlyDictionary<Aspect, Shown> Of(Project project, LampRules rules, DateOnly on)
    {
        var lamps = new Dictionary<Aspect, Shown>();
        var applies = project.Registration is { Kind: ProjectKind.Project } && !Project.IsClosed(project.StageOn(on));
        foreach (var aspect in new[] { Aspect.Start, Aspect.Progress, Aspect.Funds, Aspect.Statistics })
        {
            var shown = !applies ? none : aspect switch
            {
                Aspect.Start => Start(project, rules, on),
                Aspect.Progress => Progress(project, rules, on),
                Aspect.Funds => Funds(project, rules, on),
                _ => Statistics(project, rules, on),
            };
            lamps[aspect] = shown.Lamp > Lamp.Green && project.Excuses.FindLast(one => one.Aspect == aspect && one.Until >= on) is { } excuse
                ? new(Lamp.Green, $"{shown.Facts}; 有正当理由至 {excuse.Until:yyyy-MM-dd}：{excuse.Reason}")
                : shown;
        }

        var worst = lamps.MaxBy(lamp => lamp.Value.Lamp);
        lamps[Aspect.Overall] = worst.Value.Lamp == Lamp.None ? none : new(worst.Value.Lamp, Codes<Aspect>.ByValue[worst.Key]);
        return lamps;
    }

    /// <summary>Started as planned; the planned month passed; not started for months.</summary>
    static Shown Start(Project project, LampRules rules, DateOnly on)
    {
        if (project.Description?.PlannedStart is not { } planned) return none;
        if (project.StartedOn is { } started && started <= on) return new(Lamp.Green, $"{started:yyyy-MM-dd} 开工");
        var months = Month(on) - Month(planned);
        return new(
            months <= 0 ? Lamp.Green : months < rules.StartRedMonths ? Lamp.Yellow : Lamp.Red,
            $"计划 {planned:yyyy-MM} 开工，{(months <= 0 ? "未到期" : $"已超 {months} 个月")}");
    }

    /// <summary>Points of the year's plan that the investment completed lies behind its curve (序时进度).</summary>
    static Shown Progress(Project project, LampRules rules, DateOnly on)
    {
        var month = LastMonth(on);
        if (project.StageOn(on) is not (Stage.Started or Stage.UnderConstruction) ||
            !project.Plans.TryGetValue(month.Year, out var plan) || plan.Amount.Units <= 0) return none;

        var share = plan.Curve is { } curve ? curve[month.Month - 1] / 100 : month.Month / 12m;
        var completed = project.InvestedYuan($"{month.Year}-01", Text(month)) / plan.Amount.Units;
        var gap = (share - completed) * 100;
        return new(
            gap > rules.ProgressRedPoints ? Lamp.Red : gap >= rules.ProgressYellowPoints ? Lamp.Yellow : Lamp.Green,
            string.Create(CultureInfo.InvariantCulture, $"至 {Text(month)} 应完成 {share:P1}，实际 {completed:P1}"));
    }

    /// <summary>Money must have arrived before it is spent.</summary>
    static Shown Funds(Project project, LampRules rules, DateOnly on)
    {
        var through = Text(LastMonth(on));
        var arrived = project.Funds.Where(one => string.CompareOrdinal(one.Key[..7], through) <= 0).ToList();
        if (project.StageOn(on) is not (Stage.Started or Stage.UnderConstruction) || arrived.Count == 0) return none;
        var (have, spent) = (arrived.Sum(one => one.Value.Units), project.InvestedYuan("", through));
        return new(have < spent * rules.FundsShare ? Lamp.Red : Lamp.Green,
            string.Create(CultureInfo.InvariantCulture, $"至 {through} 到位 {have / 10_000:0.##} 万元，完成投资 {spent / 10_000:0.##} 万元"));
    }

    /// <summary>入库 within a month of the start, for projects large enough.</summary>
    static Shown Statistics(Project project, LampRules rules, DateOnly on)
    {
        if (project.Description?.Total is not { } total || total.Units < rules.StatisticsTotalYuan ||
            project.StartedOn is not { } started || started > on) return none;
        if (project.StatisticsOn is { } entered && entered <= on) return new(Lamp.Green, $"{entered:yyyy-MM-dd} 入库");
        var months = Month(on) - Month(started) - (on.Day < started.Day ? 1 : 0);
        return new(
            months > rules.StatisticsRedMonths ? Lamp.Red : months >= rules.StatisticsYellowMonths ? Lamp.Yellow : Lamp.Green,
            $"{started:yyyy-MM-dd} 开工，{months} 个月未入库");
    }

    /// <summary>The last month that is complete on a day; there is no report for January alone, so December stands for it.</summary>
    internal static DateOnly LastMonth(DateOnly on)
    {
        var first = new DateOnly(on.Year, on.Month, 1);
        var month = on.AddDays(1).Day == 1 ? first : first.AddMonths(-1);
        return month.Month == 1 ? month.AddMonths(-1) : month;
    }

    internal static string Text(DateOnly month) => month.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    static int Month(DateOnly day) => day.Year * 12 + day.Month;

    /// <summary>What to publish so that the lamps last published become those of today; green and none are alike.</summary>
    internal static IEnumerable<LampChanged> Changes(Project project, LampRules rules, DateOnly today)
    {
        foreach (var (aspect, shown) in Of(project, rules, today))
        {
            var before = project.Lamps.GetValueOrDefault(aspect, Lamp.Green);
            var now = shown.Lamp == Lamp.None ? Lamp.Green : shown.Lamp;
            if (before != now)
                yield return new(project.Registration!.Code, project.Registration.Name, aspect, before, now, today, rules.Version, shown.Facts);
        }
    }

    /// <summary>Decides row by row, and publishes the lamps that changed by it.</summary>
    public static Import.DecideGroups<Project, TRow> Watched<TRow>(Func<Project, TRow, Occasion, Decision> decide)
        where TRow : notnull => async (session, groups, occasion, cancel) =>
    {
        await Import.EachRow(decide)(session, groups, occasion, cancel);
        var changed = groups.Where(group => group.Events.Count > 0).ToList();
        if (changed.Count == 0) return;
        var rules = await LampRuleBook.On(session, occasion.By.Tenant, occasion.Today, cancel);
        foreach (var group in changed)
        {
            var project = group.Events.Aggregate(group.State, (known, happened) => known.Evolve(happened));
            group.Append([.. Changes(project, rules, occasion.Today)]);
        }
    };

    /// <summary>A project's lamps as they are answered.</summary>
    public sealed record Row(
        string Code, string Name, int Box, string? Responsible, Lamp Start, Lamp Progress, Lamp Funds, Lamp Statistics, Lamp Overall,
        IReadOnlyDictionary<string, string> Facts, string Rules)
    {
        internal static Row Of(Project project, LampRules rules, DateOnly on)
        {
            var (e, lamps) = (project.Registration!, Lamps.Of(project, rules, on));
            return new(
                e.Code, e.Name, e.Box, project.Description?.Responsible, lamps[Aspect.Start].Lamp, lamps[Aspect.Progress].Lamp,
                lamps[Aspect.Funds].Lamp, lamps[Aspect.Statistics].Lamp, lamps[Aspect.Overall].Lamp,
                lamps.Where(lamp => lamp.Value.Facts.Length > 0).ToDictionary(lamp => Codes<Aspect>.ByValue[lamp.Key], lamp => lamp.Value.Facts), rules.Version);
        }
    }

    /// <summary>Maps <c>GET /v1/lamps</c>: all projects' lamps on a day; <c>overall=red</c> for those only.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/lamps", async (
        string? on, string? overall, int? box, Caller caller, Page page, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        if (!ChinaTime.TryDay(on, out var asked)) return Problem.Of(400, "not-a-date", new("on 应为日期，如 2023-06-30。", "on must be a date like 2023-06-30."));
        Lamp wanted = default;
        if (overall is not null && !Codes<Lamp>.ByCode.TryGetValue(overall, out wanted))
            return Problem.Of(400, "unknown-code", new($"overall 应为以下之一：{Codes<Lamp>.List}。", $"overall must be one of: {Codes<Lamp>.List}."));
        var day = asked ?? ChinaTime.Day(clock.GetUtcNow());
        await using var session = store.QuerySession(caller.Tenant);
        var rules = await LampRuleBook.On(session, caller.Tenant, day, cancel);
        var rows = (await Project.All(session, cancel)).Where(one => box is null || one.Registration!.Box == box)
            .Select(one => Row.Of(one, rules, day)).Where(row => overall is null || row.Overall == wanted).ToList();
        var shown = rows.Where(row => string.CompareOrdinal(row.Code, page.After) > 0).Take(page.Limit).ToList();
        return (IResult)new Listing<Row>(shown, shown.Count == page.Limit ? shown[^1].Code : null, rows.Count);
    }).RequireRight("projects:read").ProducesPage<Row>();
}
