using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// <c>GET /v1/relations?open=true</c>: the relations that do not hold, by the figures in force and the relations of today;
/// <c>open=true</c> those that nobody has explained, <c>open=false</c> the explained ones.
/// </summary>
/// <param name="Relation">Code of the relation.</param>
/// <param name="Kind">How the figures hang together.</param>
/// <param name="Severity">Hard or soft. A hard one stands here where it was published after the figures, or a value was withdrawn and reported anew.</param>
/// <param name="Indicator">The figure that is reckoned from the others.</param>
/// <param name="Period">SDMX period.</param>
/// <param name="Value">As reported.</param>
/// <param name="Expected">As reckoned.</param>
/// <param name="Difference">Reported less reckoned, in the indicator's unit.</param>
/// <param name="Tolerance">How far they may lie apart.</param>
/// <param name="Reckoning">How it is reckoned, in words.</param>
/// <param name="Source">Where the relation is said.</param>
/// <param name="Explanation">Why the figures are right all the same; null where nobody has said.</param>
/// <param name="Document">On which document.</param>
public sealed record RelationDoubt(
    string Relation, RelationKind Kind, RelationSeverity Severity, string Indicator, string Period, decimal Value, decimal Expected,
    decimal Difference, decimal Tolerance, string Reckoning, string Source, string? Explanation, string? Document)
{
    string Key => Indicators.Indicator.Doubt(Relation, Period);

    static RelationDoubt Of(Reckoned reckoned, RelationExplained? said, bool english)
    {
        var relation = reckoned.Relation;
        return new RelationDoubt(
            relation.Code, relation.Kind, relation.Severity, relation.Indicator, reckoned.Period, reckoned.Value, Math.Round(reckoned.Expected, 10),
            Math.Round(reckoned.Value - reckoned.Expected, 10), relation.Tolerance, reckoned.Words.In(english), relation.Source, said?.Explanation, said?.Document);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/relations", async (
        bool? open, string? indicator, Caller caller, Page page, HttpContext http, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var relations = (await RelationBook.On(session, caller.Tenant, ChinaTime.Day(clock.GetUtcNow()), cancel))
            .Where(relation => indicator is null || relation.Operands.Contains(indicator)).ToList();
        var known = await Relations.Load(session, caller.Tenant, [.. relations.SelectMany(relation => relation.Operands).Distinct()], cancel);
        var histories = known.ToDictionary(one => one.Key, one => one.Value.History);
        var english = Language.IsEnglish(http);
        var doubts = relations.SelectMany(relation => Periods(relation, histories).Select(period => Indicators.Reckoning.Reckon(relation, period, histories)))
            .OfType<Reckoned>().Where(reckoned => !reckoned.Holds)
            .Select(reckoned => Of(reckoned, Relations.Explained(reckoned, known), english))
            .Where(doubt => open is not { } wanted || wanted == doubt.Explanation is null)
            .OrderBy(doubt => doubt.Key, StringComparer.Ordinal).ToList();
        var shown = doubts.SkipWhile(doubt => page.After.Length > 0 && string.CompareOrdinal(doubt.Key, page.After) <= 0).Take(page.Limit).ToList();
        return new Listing<RelationDoubt>(shown, shown.Count == page.Limit ? shown[^1].Key : null, doubts.Count);
    }).RequireRight("indicators:read").ProducesPage<RelationDoubt>();

    /// <summary>The periods in which the reckoned figure is known.</summary>
    static IEnumerable<string> Periods(Relation relation, Dictionary<string, IndicatorHistory> histories) =>
        histories.GetValueOrDefault(relation.Indicator) is not { } history ? []
        : relation.Kind == RelationKind.HandedDown ? history.HandedDown.Select(one => $"{one.Year}").Distinct().Where(year => Contracts.Period.TryParse(year, out _))
        : history.Values.Keys;
}
