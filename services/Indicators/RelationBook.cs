using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>The county's relations between figures (审核关系), all versions. Folded from the stream <c>relations/{tenant}</c>.</summary>
public sealed record RelationBook : IState<RelationBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<RelationSet> Published { get; init; } = [];

    public RelationBook Evolve(object happened) =>
        happened is RelationSetPublished e ? this with { Published = Published.Add(e.Set) } : this;

    internal static string Stream(string tenant) => $"relations/{tenant}";

    /// <summary>The relations in effect on a day.</summary>
    internal static async Task<IReadOnlyList<Relation>> On(IQuerySession session, string tenant, DateOnly day, CancellationToken cancel) =>
        RelationSet.On(day, (await session.LoadAsync<RelationBook>(Stream(tenant), cancel))?.Published ?? [])?.Relations ?? [];
}

/// <summary>Publishes a version of the relations between figures. A version never changes; other relations are another version.</summary>
public static class PublishRelations
{
    const int RelationsMax = 500;

    /// <summary>One version of all relations.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="EffectiveFrom">What is reported on this day or later is judged by it.</param>
    /// <param name="Relations">The relations; together they take the place of those before.</param>
    /// <param name="Reason">Why they are as they are.</param>
    public sealed record Row(string Version, DateOnly EffectiveFrom, Relation[] Relations, string Reason)
    {
        internal RelationSet Set => new(Version, EffectiveFrom, Relations);

        /// <summary>Every indicator that a relation names.</summary>
        internal IEnumerable<string> Named => Relations.SelectMany(one => one.Operands).Distinct();
    }

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Code("version"), row.Day("effectiveFrom"), [.. row.List("relations", RelationsMax, BindRelation)], row.Text("reason", 500));
        if (!row.Has("relations"))
            row.Fail("relations", "missing", "缺少 relations；若此后没有审核关系，请填 []。", "relations is missing; give [] if there are none from then on.");
        if (bound.Relations.GroupBy(one => one.Code).FirstOrDefault(same => same.Count() > 1) is { } twice)
            row.Fail("relations", "code-twice", $"审核关系编码 {twice.Key} 重复。", $"The code {twice.Key} stands twice.");
        return bound;
    }

    static Relation BindRelation(Fields row)
    {
        var bound = new Relation(
            row.Code("code"), row.Enum<RelationKind>("kind"), row.Enum<RelationSeverity>("severity"), row.Code("indicator"), row.Remarks("parts"),
            row.TextOrNull("whole", 64), row.NumberOrNull("wholeValue"), row.NumberOrNull("factor", -1_000_000_000, 1_000_000_000),
            row.NumberOrNull("tolerance", 0) ?? 0, row.Text("source"));
        var (share, many) = (bound.Kind == RelationKind.Share, bound.Kind is RelationKind.SumOfParts or RelationKind.HandedDown);
        if (bound.Parts.Length == 0)
            row.Fail("parts", "missing", "须列出由哪些指标计算。", "Name the indicators that it is reckoned from.");
        else if (!many && bound.Parts.Length != 1)
            row.Fail("parts", "out-of-range", "此类关系只能有一个 parts。", "A relation of this kind has one part.");
        else if (bound.Parts.Distinct().Count() < bound.Parts.Length || (many && bound.Parts.Contains(bound.Indicator)))
            row.Fail("parts", "code-twice", "同一指标在关系中出现两次。", "An indicator stands twice in the relation.");
        if (share ? bound.Whole is null == bound.WholeValue is null || bound.WholeValue == 0 : bound.Whole is not null || bound.WholeValue is not null)
            row.Fail(share ? "whole" : bound.Whole is null ? "wholeValue" : "whole", "relation-incomplete", "比重（share）须填写 whole 或 wholeValue（不为 0）之一；其他类别都不填。",
                "A share needs either whole or wholeValue, not 0; other kinds have neither.");
        if (!share && bound.Factor is not null)
            row.Fail("factor", "relation-incomplete", "只有比重（share）可填 factor。", "A factor belongs to a share only.");
        return bound;
    }

    public static Decision Decide(RelationBook book, Row row, Occasion occasion) =>
        book.Published.Find(set => set.Version == row.Version) is not { } known ? [new RelationSetPublished(row.Set, row.Reason)]
        : EventJson.Text(known) == EventJson.Text(row.Set) ? []
        : Refusal.Conflict("relations-differ", "该版本的审核关系已发布，内容不同；请用新的版本号。",
            "This version has been published with other contents; use another version.", "version");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<RelationBook, Row>(
            "/v1/relation-sets", "version", "indicators:define", Bind, (_, tenant) => RelationBook.Stream(tenant),
            async (session, groups, occasion, cancel) =>
            {
                var named = groups.SelectMany(group => group.Rows).SelectMany(row => row.Value.Named).Distinct().ToList();
                var known = await Relations.Load(session, occasion.By.Tenant, named, cancel);
                await Import.EachRow<RelationBook, Row>((book, row, at) =>
                    Misfit(row, known) is { } misfit ? misfit : Decide(book, row, at))(session, groups, occasion, cancel);
            });
        routes.MapGet("/v1/relation-sets", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await session.LoadAsync<RelationBook>(RelationBook.Stream(caller.Tenant), cancel);
            return new Listing<RelationSet>(book?.Published ?? [], null);
        }).RequireRight("indicators:read").ProducesPage<RelationSet>();
    }

    /// <summary>A relation that names what does not exist, or adds what cannot be added, would never be judged, and nobody would know.</summary>
    static Refusal? Misfit(Row row, IReadOnlyDictionary<string, Indicator> known)
    {
        foreach (var relation in row.Relations)
        {
            if (relation.Operands.FirstOrDefault(code => !known.ContainsKey(code)) is { } missing)
                return Refusal.Invalid("indicator-unknown", $"审核关系 {relation.Code} 中的指标 {missing} 未登记；请先登记或改正。",
                    $"The indicator {missing} of relation {relation.Code} is not defined; define it first, or correct the code.", "relations");
            string Unit(string code) => known[code].History.Definition!.Unit;
            if (relation.Kind is RelationKind.SumOfParts or RelationKind.YearToDate or RelationKind.HandedDown &&
                relation.Parts.FirstOrDefault(part => Units.Ratio(Unit(part), Unit(relation.Indicator)) is null) is { } other)
                return Refusal.Invalid("unit-differs",
                    $"审核关系 {relation.Code} 中 {other}（{Unit(other)}）与 {relation.Indicator}（{Unit(relation.Indicator)}）的单位无法换算。",
                    $"In relation {relation.Code}, {other} ({Unit(other)}) cannot be counted in {Unit(relation.Indicator)}, the unit of {relation.Indicator}.", "relations");
        }

        return null;
    }
}
