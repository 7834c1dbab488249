using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>The county's verdict rules (评价规则), all versions. Folded from the stream <c>verdict-rules/{tenant}</c>.</summary>
public sealed record VerdictRuleBook : IState<VerdictRuleBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<VerdictRules> Published { get; init; } = [];

    public VerdictRuleBook Evolve(object happened) =>
        happened is VerdictRulesPublished e ? this with { Published = Published.Add(e.Rules) } : this;

    internal static string Stream(string tenant) => $"verdict-rules/{tenant}";

    /// <summary>The rules in effect on a day.</summary>
    internal static async Task<VerdictRules> On(IQuerySession session, string tenant, DateOnly day, CancellationToken cancel) =>
        VerdictRules.On(day, (await session.LoadAsync<VerdictRuleBook>(Stream(tenant), cancel))?.Published ?? []);
}

/// <summary>Publishes a version of the verdict rules. A version never changes; another set of rules is another version.</summary>
public static class PublishVerdictRules
{
    /// <summary>One version of the rules; shares are 0 to 1, percentages 0 to 100 and more.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="EffectiveFrom">Judgements about this day or a later one use it.</param>
    /// <param name="NearlyShare">Switches 基本达到 on, e.g. 0.9; absent: off.</param>
    /// <param name="HardPaceRatio">难以完成 when the pace still needed exceeds the pace so far this many times.</param>
    /// <param name="HardEndProgress">难以完成 when the pace so far leads to less than this share by the end.</param>
    /// <param name="AroundPercent">What 左右 allows.</param>
    /// <param name="BasicCoveragePercent">What 基本全覆盖 means.</param>
    /// <param name="WholeThingsMax">Up to this many whole things the expectation of a range rounds down.</param>
    /// <param name="JumpBandPercent">What differs by more from its neighbour is an implausible jump.</param>
    /// <param name="Reason">Why the rules are as they are.</param>
    public sealed record Row(
        string Version, DateOnly EffectiveFrom, decimal? NearlyShare, decimal HardPaceRatio, decimal HardEndProgress,
        decimal AroundPercent, decimal BasicCoveragePercent, decimal WholeThingsMax, decimal JumpBandPercent, string Reason)
    {
        internal VerdictRules Rules => new(
            Version, EffectiveFrom, NearlyShare, HardPaceRatio, HardEndProgress, AroundPercent, BasicCoveragePercent, WholeThingsMax,
            JumpBandPercent);
    }

    public static Row Bind(Fields row)
    {
        // What a version does not mention is as shipped.
        var shipped = VerdictRules.Shipped;
        return new Row(
            row.Code("version"), row.Day("effectiveFrom"), row.NumberOrNull("nearlyShare", 0, 1),
            row.NumberOrNull("hardPaceRatio", 1, 100) ?? shipped.HardPaceRatio,
            row.NumberOrNull("hardEndProgress", 0, 1) ?? shipped.HardEndProgress,
            row.NumberOrNull("aroundPercent", 0, 50) ?? shipped.AroundPercent,
            row.NumberOrNull("basicCoveragePercent", 0, 100) ?? shipped.BasicCoveragePercent,
            row.NumberOrNull("wholeThingsMax", 0, 1_000) ?? shipped.WholeThingsMax,
            row.NumberOrNull("jumpBandPercent", 1, 10_000) ?? shipped.JumpBandPercent, row.Text("reason", 500));
    }

    public static Decision Decide(VerdictRuleBook book, Row row, Occasion occasion) =>
        book.Published.Find(rules => rules.Version == row.Version) is not { } known ? [new VerdictRulesPublished(row.Rules, row.Reason)]
        : known == row.Rules ? []
        : Refusal.Conflict("rules-differ", "该版本的评价规则已发布，内容不同；请用新的版本号。",
            "This version has been published with other contents; use another version.", "version");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<VerdictRuleBook, Row>(
            "/v1/verdict-rules", "version", "indicators:define", Bind, (_, tenant) => VerdictRuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/verdict-rules", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await session.LoadAsync<VerdictRuleBook>(VerdictRuleBook.Stream(caller.Tenant), cancel);
            return new Listing<VerdictRules>([VerdictRules.Shipped, .. book?.Published ?? []], null);
        }).RequireRight("indicators:read").ProducesPage<VerdictRules>();
    }
}
