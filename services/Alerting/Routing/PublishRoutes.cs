using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Route = Monitoring.Contracts.Alerting.Route;

namespace Monitoring.Alerting;

/// <summary>Publishes a version of the routes (分发规则). A version never changes; the one published last is in effect.</summary>
public static class PublishRoutes
{
    /// <summary>One version, whole.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="Routes">1 to 100, in order.</param>
    /// <param name="Inhibitions">Up to 50.</param>
    /// <param name="Escalations">Up to 50.</param>
    /// <param name="QuietFrom">Beginning of the quiet hours, e.g. <c>22:00</c>; with <paramref name="QuietTo"/> or not at all.</param>
    /// <param name="QuietTo">Their end.</param>
    /// <param name="Reason">Why it is as it is.</param>
    public sealed record Row(
        string Version, IReadOnlyList<Route> Routes, IReadOnlyList<Inhibition> Inhibitions, IReadOnlyList<Escalation> Escalations,
        TimeOnly? QuietFrom,
        TimeOnly? QuietTo, string Reason)
    {
        internal RouteTable Table => new(
            Version, [.. Routes], [.. Inhibitions], [.. Escalations], QuietFrom is { } from && QuietTo is { } to ? new(from, to) : null);
    }

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("version"),
            row.List("routes", 100, route => new Route(
                route.Code("name"), BindMatcher(route), [.. route.List("receivers", 20, one => one.Code("name"))],
                route.Enums<GroupBy>("groupBy"),
                route.WholeOrNull("waitSeconds", 0, 86_400) ?? 300, route.WholeOrNull("intervalSeconds", 0, 86_400) ?? 3_600,
                route.WholeOrNull("repeatHours", 1, 720), route.FlagOrNull("continue") ?? false)),
            row.List("inhibitions", 50, rule => new Inhibition(
                rule.Code("name"), BindMatcher(rule, "source."), BindMatcher(rule, "target."), rule.FlagOrNull("sameCause") ?? false,
                rule.Whole("days", 0, 366))),
            row.List("escalations", 50, escalation => new Escalation(
                escalation.Code("name"), BindMatcher(escalation), [.. escalation.List("steps", 2, step => new EscalationStep(
                    step.Enum<Level>("level"), step.WholeOrNull("acknowledgeDays", 0, 366), step.WholeOrNull("resolveDays", 0, 366),
                    step.FlagOrNull("working") ?? false, step.Text("source", 300)))])),
            Time(row, "quietFrom"), Time(row, "quietTo"), row.Text("reason", 500));
        if (bound.Routes.Count == 0) row.Fail("routes", "missing", "分发规则（routes）至少填一条。", "At least one route.");
        if (bound.Routes.DistinctBy(route => route.Name).Count() < bound.Routes.Count) row.Fail("routes", "code-twice", "规则名称（name）重复；每条须有自己的名称。",
            "A name occurs twice.");
        if (bound.QuietFrom is null != bound.QuietTo is null) row.Fail("quietTo", "missing", "免打扰的开始（quietFrom）与结束（quietTo）须同时填写。",
            "Quiet hours need both ends.");
        return bound;
    }

    static Example BindExample(Fields row) => new(
        row.Enum<AlertKind>("kind"), row.Enum<Severity>("severity"), row.Text("area", 12), row.EnumOrNull<Level>("level"),
        row.TextOrNull("department", 60), row.EnumOrNull<RiskCause>("cause"), row.Has("at") ? row.Instant("at") : null);

    internal static Matcher BindMatcher(Fields row, string prefix = "") => new(
        Some(row.Enums<AlertKind>(prefix + "kinds")), row.EnumOrNull<Severity>(prefix + "least"), row.TextOrNull(prefix + "area", 12),
        Some(row.Remarks(prefix + "departments")), Some(row.Enums<Level>(prefix + "levels")), Some(row.Enums<RiskCause>(prefix + "causes")),
        Some(row.Ids(prefix + "alerts")));

    static T[]? Some<T>(T[] all) => all.Length > 0 ? all : null;

    static TimeOnly? Time(Fields row, string field)
    {
        if (row.TextOrNull(field, 5) is not { } text) return null;
        if (TimeOnly.TryParseExact(text, "HH:mm", out var time)) return time;
        row.Wrong(field, "not-a-time", "应为时刻，如 22:00。", "It must be a time of day like 22:00.");
        return null;
    }

    public static Decision Decide(AlertBook book, Row row)
    {
        if (book.Tables.Find(known => known.Version == row.Version) is { } published)
            return EventJson.Text(published) == EventJson.Text(row.Table) ? [] : Refusal.Conflict("routes-differ", "该版本已发布，内容不同；请用新的版本号。",
                "This version has been published with other contents; use another version.", "version");
        if (row.Version == RouteTable.Shipped.Version)
            return Refusal.Conflict("routes-differ", "该版本号属于随软件提供的规则；请用新的版本号。", "This version is the one that is shipped.", "version");
        return [new RoutesPublished(row.Table, row.Reason)];
    }

    /// <summary>What to look at in a table although it is taken: it names nobody, counts days that are not known, or drops limits.</summary>
    /// <param name="book">What holds now.</param>
    /// <param name="table">The table.</param>
    /// <param name="receivers">Names of the receivers that there are.</param>
    /// <param name="open">Alerts that are open.</param>
    /// <param name="today">The day.</param>
    public static IEnumerable<Warning> Doubts(
        AlertBook book, RouteTable table, IReadOnlyCollection<string> receivers, IReadOnlyCollection<Alert> open, DateOnly today)
    {
        string[] missing = [.. table.Routes.SelectMany(route => route.Receivers).Distinct().Except(receivers)];
        if (missing.Length > 0)
            yield return new Warning("receiver-unknown", new(
                $"没有以下接收方，发给它们的通知无法送达：{string.Join('、', missing)}。",
                $"There are no such receivers, and nothing can be delivered to them: {string.Join(", ", missing)}."), "routes");
        foreach (var warning in Calendars(book, table, today)) yield return warning;
        bool Rises(RouteTable by, Alert alert) => by.Escalations.Any(one => one.Match.Means(alert));
        foreach (var kind in open.Where(alert => Rises(book.Table, alert) && !Rises(table, alert)).CountBy(alert => alert.Kind))
            yield return new Warning("escalation-dropped", new(
                $"“{Codes<AlertKind>.Official[kind.Key]}”有{kind.Value}条未办结预警，新规则不再设升级时限。",
                $"{kind.Value} open alerts of {Codes<AlertKind>.ByValue[kind.Key]} have no day limit any more."), "escalations");
    }

    static IEnumerable<Warning> Calendars(AlertBook book, RouteTable table, DateOnly from, int years = 1) =>
        book.YearsWithoutCalendar(table, from, years).Select(year => new Warning("calendar-missing", new(
            $"尚无{year}年节假日安排，工作日暂按周一至周五计算。",
            $"The holidays of {year} are not known; working days are Monday to Friday until they are."), "escalations"));

    /// <summary>An example for the dry run.</summary>
    /// <param name="Kind">Kind.</param>
    /// <param name="Severity">How grave.</param>
    /// <param name="Area">Village, township or county.</param>
    /// <param name="Level">Who answers for it; null: the village where there is one, else the county.</param>
    /// <param name="Department">Whose it is.</param>
    /// <param name="Cause">风险类型.</param>
    /// <param name="At">When it would come; null: now.</param>
    public sealed record Example(AlertKind Kind, Severity Severity, string Area, Level? Level, string? Department, RiskCause? Cause,
        DateTimeOffset? At);

    /// <summary>Where an example alert would go.</summary>
    /// <param name="Route">Which route.</param>
    /// <param name="Group">Which group.</param>
    /// <param name="Receivers">Who.</param>
    /// <param name="TellsAt">When its first notification would leave, Asia/Shanghai.</param>
    public sealed record Way(string Route, string Group, string[] Receivers, DateTimeOffset TellsAt);

    /// <summary>What would become of an example alert.</summary>
    /// <param name="Routes">Version of the table.</param>
    /// <param name="Ways">Where it would go.</param>
    /// <param name="SilencedBy">The silence that would keep it quiet.</param>
    /// <param name="InhibitedBy">The rule and the alert that would make it needless.</param>
    /// <param name="Escalates">By which day it would go up, level by level, if nobody did anything.</param>
    /// <param name="Warnings">What the days rest on that is not known, and receivers that do not exist.</param>
    public sealed record DryRun(string Routes, IReadOnlyList<Way> Ways, string? SilencedBy, string? InhibitedBy,
        IReadOnlyList<AlertEscalated> Escalates, IReadOnlyList<WarningView> Warnings);

    internal static DryRun Try(
        AlertBook book, Alert alert, IEnumerable<Alert> open, IReadOnlyCollection<string> receivers, DateTimeOffset now, bool english)
    {
        var table = book.Table;
        var ways = table.RoutesOf(alert).Select(route =>
        {
            var at = now.AddSeconds(route.WaitSeconds);
            var tells = alert.Severity == Severity.Emergency ? at : table.Quiet.QuietUntil(at) ?? at;
            return new Way(route.Name, route.GroupOf(alert), route.Receivers, tells.ToOffset(ChinaTime.Offset));
        });
        var (rising, steps) = (alert, new List<AlertEscalated>());
        while (table.StepOf(rising) is { } step && rising.Level != Level.County)
        {
            var limit = Math.Min(step.AcknowledgeDays ?? int.MaxValue, step.ResolveDays ?? int.MaxValue);
            if (limit == int.MaxValue ||
                Routing.EscalationOf(book, rising, book.After(rising.LevelSince, limit, step.Working).AddDays(1)) is not { } next) break;
            steps.Add(next);
            rising = rising with { Level = next.To, LevelSince = next.On };
        }

        return new(
            table.Version, [.. ways], book.SilenceOf(alert, now)?.Silence,
            table.Inhibited(alert, open) is var (rule, source) ? $"{rule.Name}: {source.AlertId}" : null, steps,
            [
                .. Doubts(book, table with { Routes = [.. table.RoutesOf(alert)] }, receivers, [], ChinaTime.Day(now))
                    .Select(one => one.In(english)),
            ]);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<AlertBook, Row>(
            "/v1/routes", "version", "alerting:define", Bind, (_, tenant) => AlertBook.Stream(tenant),
            async (session, groups, occasion, cancel) =>
            {
                var receivers = (await ReceiverBook.Of(session, occasion.By.Tenant, cancel)).Names;
                var open = await session.Query<Alert>().Where(alert => alert.ResolvedAt == null).ToListAsync(cancel);
                await Import.EachRow<AlertBook, Row>((book, row, now) =>
                    Decide(book, row).With(Doubts(book, row.Table, receivers, open, now.Today)))(session, groups, occasion, cancel);
            });
        routes.MapGet("/v1/routes", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<RouteTable>([RouteTable.Shipped, .. (await AlertBook.Of(session, caller.Tenant, cancel)).Tables], null);
        }).RequireRight("alerting:read").ProducesPage<RouteTable>();
        routes.MapPost("/v1/routes/dry-run", async Task<IResult> (
            HttpRequest request, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            var (example, problem) = await Import.ReadOne(request, BindExample, null, cancel);
            if (problem is not null) return problem;
            await using var session = store.QuerySession(caller.Tenant);
            var book = await AlertBook.Of(session, caller.Tenant, cancel);
            var now = example!.At ?? clock.GetUtcNow();
            var alert = new Alert
            {
                AlertId = Alert.IdOf(caller.Tenant, example.Kind, "example"), Kind = example.Kind, Severity = example.Severity,
                Area = example.Area,
                Level = example.Level ?? (example.Area.Length == 12 ? Level.Village : Level.County), Department = example.Department,
                Cause = example.Cause,
                RaisedAt = now, LevelSince = ChinaTime.Day(now),
            };
            var receivers = (await ReceiverBook.Of(session, caller.Tenant, cancel)).Names;
            return Results.Ok(Try(
                book, alert, await Groups.Sources(session, book.Table, cancel), receivers, now, Language.IsEnglish(request.HttpContext)));
        }).Takes(BindExample).RequireRight("alerting:read").Produces<DryRun>();
    }
}
