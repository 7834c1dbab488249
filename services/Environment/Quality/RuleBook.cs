using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>The county's rules for checks and alarms (监测规则), all versions. Folded from the stream <c>monitoring-rules/{tenant}</c>.</summary>
public sealed record RuleBook : IState<RuleBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<MonitoringRules> Published { get; init; } = [];

    public RuleBook Evolve(object happened) =>
        happened is MonitoringRulesPublished e ? this with { Published = Published.Add(e.Rules) } : this;

    internal static string Stream(string tenant) => $"monitoring-rules/{tenant}";

    internal static async Task<RuleBook> Of(IQuerySession session, string tenant, CancellationToken cancel) =>
        await session.LoadAsync<RuleBook>(Stream(tenant), cancel) ?? new RuleBook();

    /// <summary>The rules that hold on a day.</summary>
    internal MonitoringRules On(DateOnly day) => MonitoringRules.On(day, Published);
}

/// <summary>Publishes a version of the monitoring rules. A version never changes; another set of rules is another version.</summary>
public static class PublishMonitoringRules
{
    /// <summary>One version of the rules.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="EffectiveFrom">Days from this one on are checked by it.</param>
    /// <param name="StuckHours">So many equal hours in a row are stuck, 2 to 48.</param>
    /// <param name="ExceedHours">An episode is said after so many hours above the limit, 1 to 48.</param>
    /// <param name="ClearShare">It ends at or below this share of the limit, 0 to 1 …</param>
    /// <param name="ClearHours">… for so many hours in a row, 1 to 48.</param>
    /// <param name="SilentHours">A station is silent after so many hours, 1 to 720.</param>
    /// <param name="Reason">Why the rules are as they are.</param>
    public sealed record Row(
        string Version, DateOnly EffectiveFrom, int StuckHours, int ExceedHours, decimal ClearShare, int ClearHours, int SilentHours, string Reason)
    {
        internal MonitoringRules Rules => new(Version, EffectiveFrom, StuckHours, ExceedHours, ClearShare, ClearHours, SilentHours);
    }

    public static Row Bind(Fields row)
    {
        // What a version does not mention is as shipped.
        var shipped = MonitoringRules.Shipped;
        return new Row(
            row.Code("version"), row.Day("effectiveFrom"), row.WholeOrNull("stuckHours", 2, 48) ?? shipped.StuckHours,
            row.WholeOrNull("exceedHours", 1, 48) ?? shipped.ExceedHours, row.NumberOrNull("clearShare", 0, 1) ?? shipped.ClearShare,
            row.WholeOrNull("clearHours", 1, 48) ?? shipped.ClearHours, row.WholeOrNull("silentHours", 1, 720) ?? shipped.SilentHours,
            row.Text("reason", 500));
    }

    public static Decision Decide(RuleBook book, Row row, Occasion occasion) =>
        book.Published.Find(rules => rules.Version == row.Version) is not { } known ? [new MonitoringRulesPublished(row.Rules, row.Reason)]
        : known == row.Rules ? []
        : Refusal.Conflict("rules-differ", "该版本的监测规则已发布，内容不同；请用新的版本号。",
            "This version has been published with other contents; use another version.", "version");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<RuleBook, Row>(
            "/v1/monitoring-rules", "version", "environment:define", Bind, (_, tenant) => RuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/monitoring-rules", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await RuleBook.Of(session, caller.Tenant, cancel);
            return new Listing<MonitoringRules>([MonitoringRules.Shipped, .. book.Published], null);
        }).RequireRight("environment:read").ProducesPage<MonitoringRules>();
    }
}
