using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>The county's lamp rules, all versions. Folded from the stream <c>lamp-rules/{tenant}</c>.</summary>
public sealed record LampRuleBook : IState<LampRuleBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<LampRules> Published { get; init; } = [];

    public LampRuleBook Evolve(object happened) =>
        happened is LampRulesPublished e ? this with { Published = Published.Add(e.Rules) } : this;

    internal static string Stream(string tenant) => $"lamp-rules/{tenant}";

    /// <summary>The rules in effect on a day.</summary>
    internal static async Task<LampRules> On(IQuerySession session, string tenant, DateOnly day, CancellationToken cancel) =>
        LampRules.On(day, (await session.LoadAsync<LampRuleBook>(Stream(tenant), cancel))?.Published ?? []);
}

/// <summary>Publishes a version of the lamp rules. A version never changes; other rules are another version.</summary>
public static class PublishLampRules
{
    /// <summary>One version; what it does not mention is as shipped.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="EffectiveFrom">Lamps of this day or a later one follow it.</param>
    /// <param name="StartRedMonths">Red from so many months after the planned month of start.</param>
    /// <param name="ProgressYellowPoints">Yellow from so many points behind.</param>
    /// <param name="ProgressRedPoints">Red beyond so many points.</param>
    /// <param name="FundsShare">Share of the investment completed that must have arrived, 0 to 1.</param>
    /// <param name="StatisticsYellowMonths">Yellow from so many months after the start without an entry.</param>
    /// <param name="StatisticsRedMonths">Red beyond so many months.</param>
    /// <param name="StatisticsTotalYuan">Total investment from which an entry is due, 元.</param>
    /// <param name="TotalPercentMax">Percentage of the total beyond which an adjusted estimate is asked for.</param>
    /// <param name="Reason">Why the rules are as they are.</param>
    public sealed record Row(
        string Version, DateOnly EffectiveFrom, int StartRedMonths, decimal ProgressYellowPoints, decimal ProgressRedPoints, decimal FundsShare,
        int StatisticsYellowMonths, int StatisticsRedMonths, decimal StatisticsTotalYuan, decimal TotalPercentMax, string Reason)
    {
        internal LampRules Rules => new(
            Version, EffectiveFrom, StartRedMonths, ProgressYellowPoints, ProgressRedPoints, FundsShare, StatisticsYellowMonths,
            StatisticsRedMonths, StatisticsTotalYuan, TotalPercentMax);
    }

    public static Row Bind(Fields row)
    {
        var shipped = LampRules.Shipped;
        return new Row(
            row.Code("version"), row.Day("effectiveFrom"), row.WholeOrNull("startRedMonths", 1, 60) ?? shipped.StartRedMonths,
            row.NumberOrNull("progressYellowPoints", 0, 100) ?? shipped.ProgressYellowPoints,
            row.NumberOrNull("progressRedPoints", 0, 100) ?? shipped.ProgressRedPoints, row.NumberOrNull("fundsShare", 0, 1) ?? shipped.FundsShare,
            row.WholeOrNull("statisticsYellowMonths", 0, 60) ?? shipped.StatisticsYellowMonths,
            row.WholeOrNull("statisticsRedMonths", 0, 60) ?? shipped.StatisticsRedMonths,
            row.NumberOrNull("statisticsTotalYuan", 0) ?? shipped.StatisticsTotalYuan,
            row.NumberOrNull("totalPercentMax", 100, 1_000) ?? shipped.TotalPercentMax, row.Text("reason", 500));
    }

    public static Decision Decide(LampRuleBook book, Row row, Occasion occasion) =>
        book.Published.Find(rules => rules.Version == row.Version) is not { } known ? [new LampRulesPublished(row.Rules, row.Reason)]
        : known == row.Rules ? []
        : Refusal.Conflict("rules-differ", "该版本的规则已发布，内容不同；请用新的版本号。",
            "This version has been published with other contents; use another version.", "version");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<LampRuleBook, Row>(
            "/v1/lamp-rules", "version", "projects:define", Bind, (_, tenant) => LampRuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/lamp-rules", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await session.LoadAsync<LampRuleBook>(LampRuleBook.Stream(caller.Tenant), cancel);
            return new Listing<LampRules>([LampRules.Shipped, .. book?.Published ?? []], null);
        }).RequireRight("projects:read").ProducesPage<LampRules>();
    }
}

/// <summary>Records a good reason that keeps a lamp green for a time (有正当理由).</summary>
public static class ExcuseLamp
{
    /// <summary>One excuse.</summary>
    /// <param name="Project">Plan-item code.</param>
    /// <param name="Aspect"><c>start</c>, <c>progress</c>, <c>funds</c> or <c>statistics</c>.</param>
    /// <param name="Until">The last day on which it counts.</param>
    /// <param name="Reason">The reason.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Project, Aspect Aspect, DateOnly Until, string Reason, string Document);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Code("project"), row.Enum<Aspect>("aspect"), row.Day("until"), row.Text("reason", 500), row.Text("document"));
        if (bound.Aspect == Aspect.Overall)
            row.Wrong("aspect", "unknown-code", "总灯由各分项决定；请填开工、进度、资金或入库纳统。", "The overall lamp follows from the others; say which one.");
        return bound;
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown;
        var excused = new LampExcused(row.Project, row.Aspect, row.Until, row.Reason, row.Document);
        return project.Excuses.Contains(excused) ? [] : [excused];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/lamp-excuses", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Project), Lamps.Watched<Row>(Decide));
}
