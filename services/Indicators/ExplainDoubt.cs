using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>Says why figures do not fit each other where a relation is doubtful (核实说明); it holds as long as they are those figures.</summary>
public static class ExplainDoubt
{
    /// <summary>One explanation.</summary>
    /// <param name="Indicator">Code of an indicator of the relation, whose department speaks.</param>
    /// <param name="Period">SDMX period.</param>
    /// <param name="Relation">Code of the relation, as <c>/v1/relations</c> lists it.</param>
    /// <param name="Explanation">Why the figures are right all the same.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Indicator, string Period, string Relation, string Explanation, string? Document);

    public static Row Bind(Fields row) => new(
        row.Code("indicator"), row.Period("period").Text ?? "", row.Code("relation"), row.Text("explanation", 500), row.TextOrNull("document"));

    /// <summary>Decides on a relation as it is reckoned in the period, null where figures are missing, with what was said of it before.</summary>
    public static Decision Decide(Indicator indicator, Row row, Relation? relation, Reckoned? reckoned, RelationExplained? said)
    {
        if (indicator.History.Definition is null) return Indicators.Indicator.Unknown;
        if (relation is null)
            return Refusal.Unknown("relation-unknown", $"没有审核关系 {row.Relation}；现行关系见 /v1/relation-sets。",
                $"There is no relation {row.Relation}; /v1/relation-sets lists them.", "relation");
        if (!relation.Operands.Contains(row.Indicator))
            return Refusal.Invalid("indicator-not-related", $"审核关系 {relation.Code} 与此指标无关，只涉及：{string.Join('、', relation.Operands)}。",
                $"Relation {relation.Code} is not about this indicator, but about: {string.Join(", ", relation.Operands)}.", "indicator");
        Decision nothing = [];
        if (reckoned is not { Holds: false }) return nothing.With([Nothing("relation")]);
        return said is not null && (said.Explanation, said.Document) == (row.Explanation, row.Document) ? nothing
            : [new RelationExplained(row.Indicator, row.Period, relation.Code, reckoned.Value, reckoned.Expected, row.Explanation, row.Document)];
    }

    /// <summary>Where figures agree, or some are missing, an explanation is not recorded.</summary>
    internal static Warning Nothing(string field) => new("nothing-to-explain", new(
        "有关审核关系相符，或数值不全，无需说明；说明未记录。", "The relations hold, or figures are missing; there is nothing to explain, and nothing was recorded."), field);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/explanations", "indicators:report", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator),
        async (session, groups, occasion, cancel) =>
        {
            var relations = await RelationBook.On(session, occasion.By.Tenant, occasion.Today, cancel);
            var asked = groups.SelectMany(group => group.Rows).Select(row => row.Value.Relation).ToHashSet();
            var known = await Relations.Load(
                session, occasion.By.Tenant, [.. relations.Where(relation => asked.Contains(relation.Code)).SelectMany(relation => relation.Operands).Distinct()], cancel);
            var histories = known.ToDictionary(one => one.Key, one => one.Value.History);
            await Import.EachRow<Indicator, Row>((indicator, row, _) =>
            {
                var relation = relations.FirstOrDefault(one => one.Code == row.Relation);
                var reckoned = relation is null ? null : Reckoning.Reckon(relation, row.Period, histories);
                // What the rows before it said counts too.
                var said = reckoned is null ? null
                    : indicator.Explanations.GetValueOrDefault(Indicators.Indicator.Doubt(row.Relation, row.Period)) is { } own &&
                      (own.Value, own.Expected) == (reckoned.Value, reckoned.Expected) ? own : Relations.Explained(reckoned, known);
                return Decide(indicator, row, relation, reckoned, said);
            })(session, groups, occasion, cancel);
        });
}
