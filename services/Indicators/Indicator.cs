using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// An indicator (指标) as it stands: what the rules need and what a reader of the catalogue sees. Folded from its stream
/// <c>indicator/{tenant}/{code}</c> and kept beside it in the same transaction.
/// </summary>
public sealed record Indicator : IState<Indicator>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The definition in force; null while nobody has defined it.</summary>
    public IndicatorDefined? Definition { get; init; }

    /// <summary>Targets by year.</summary>
    public ImmutableDictionary<int, TargetSet> Targets { get; init; } = ImmutableDictionary<int, TargetSet>.Empty;

    /// <summary>Values in force by period.</summary>
    public ImmutableDictionary<string, ReportedValue> Values { get; init; } = ImmutableDictionary<string, ReportedValue>.Empty;

    public Indicator Evolve(object happened) => happened switch
    {
        IndicatorDefined e => this with { Definition = e },
        TargetSet e => this with { Targets = Targets.SetItem(e.Year, e) },
        ValueReported e => this with { Values = Values.SetItem(e.Period, new(e.Value, e.Status, e.Document)) },
        ValueRevised e => this with { Values = Values.SetItem(e.Period, new(e.Value, e.Status, e.Document)) },
        _ => this,
    };

    internal static string Stream(string tenant, string code) => $"indicator/{tenant}/{code}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/indicators", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var total = await session.Query<Indicator>().CountAsync(cancel);
            var after = Stream(caller.Tenant, page.After);
            var found = await session.Query<Indicator>().Where(one => one.Id.CompareTo(after) > 0)
                .OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            var next = found.Count == page.Limit ? found[^1].Definition!.Code : null;
            return new Listing<Entry>([.. found.Select(Entry.Of)], next, total);
        }).RequireRight("indicators:read").Produces<Entry[]>();

        routes.MapGet("/v1/indicators/{code}", async (
            string code, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<Indicator>(Stream(caller.Tenant, code), cancel) is { } found
                ? Results.Ok(Entry.Of(found))
                : Problem.Of(404, "indicator-unknown", new("没有此指标。", "There is no such indicator."));
        }).RequireRight("indicators:read").Produces<Entry>();
    }

    /// <summary>A catalogue entry as it is answered.</summary>
    public sealed record Entry(
        string Code, string Name, string NameEn, string Unit, Nature Attribute, Direction Direction, string Plan,
        string PlanRef, int DefinitionVersion, Baseline? Baseline, IEnumerable<TargetSet> Targets,
        IReadOnlyDictionary<string, ReportedValue> Values, string[] Notes)
    {
        internal static Entry Of(Indicator indicator)
        {
            var e = indicator.Definition!;
            return new Entry(
                e.Code, e.Name, e.NameEn, e.Unit, e.Attribute, e.Direction, e.Plan, e.PlanRef, e.Version, e.Baseline,
                indicator.Targets.Values.OrderBy(target => target.Year),
                new SortedDictionary<string, ReportedValue>(indicator.Values, StringComparer.Ordinal), e.Notes);
        }
    }
}

/// <summary>The value in force for one period.</summary>
public sealed record ReportedValue(decimal Value, ValueStatus Status, string? Document);
