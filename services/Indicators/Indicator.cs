using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts;
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

    /// <summary>All that a verdict can depend on.</summary>
    public IndicatorHistory History { get; init; } = new();

    /// <summary>Target adjustments (目标调整) by their code.</summary>
    public ImmutableDictionary<string, Adjustment> Adjustments { get; init; } = ImmutableDictionary<string, Adjustment>.Empty;

    /// <summary>What was said last about each doubtful relation, by <see cref="Doubt"/>.</summary>
    public ImmutableDictionary<string, RelationExplained> Explanations { get; init; } = ImmutableDictionary<string, RelationExplained>.Empty;

    public Indicator Evolve(object happened) => happened switch
    {
        RelationExplained e => this with { Explanations = Explanations.SetItem(Doubt(e.Relation, e.Period), e) },
        TargetAdjustmentProposed e => With(e.Adjustment, new(AdjustmentState.Proposed, e.Target, e.Reason, e.Document, e.LowersDuty, null, null, null)),
        TargetAdjustmentSubmitted e => With(e.Adjustment, Adjustments[e.Adjustment] with { State = AdjustmentState.Submitted, Submission = e.Document }),
        TargetAdjustmentRejected e => With(e.Adjustment, Adjustments[e.Adjustment] with
        {
            State = AdjustmentState.Rejected, Decision = e.Decision, DecidedOn = e.DecidedOn,
        }),
        TargetAdjusted e => With(e.Adjustment, Adjustments[e.Adjustment] with
        {
            State = AdjustmentState.Approved, Decision = e.Decision, DecidedOn = e.DecidedOn,
        }) with { History = History.Evolve(e) },
        _ => History.Evolve(happened) is var history && ReferenceEquals(history, History) ? this : this with { History = history },
    };

    Indicator With(string code, Adjustment adjustment) => this with { Adjustments = Adjustments.SetItem(code, adjustment) };

    /// <summary>Names a relation in a period.</summary>
    internal static string Doubt(string relation, string period) => $"{relation} {period}";

    internal static string Stream(string tenant, string code) => $"indicator/{tenant}/{code}";

    /// <summary>Codes of the catalogue by name, for rows that name an indicator.</summary>
    internal static async Task<ILookup<string, string>> CodesByName(IQuerySession session, CancellationToken cancel)
    {
        var all = await session.Query<Indicator>().Where(one => one.History.Definition != null)
            .Select(one => new { one.History.Definition!.Code, one.History.Definition!.Name }).ToListAsync(cancel);
        return all.ToLookup(one => one.Name, one => one.Code);
    }

    internal static readonly Refusal Unknown = Refusal.Unknown("indicator-unknown", "没有此指标编码；已登记的编码见 /v1/indicators。", "No indicator has this code; /v1/indicators lists them.", "indicator");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/indicators", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var total = await session.Query<Indicator>().CountAsync(cancel);
            var after = Stream(caller.Tenant, page.After);
            var found = await session.Query<Indicator>().Where(one => one.Id.CompareTo(after) > 0)
                .OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            var next = found.Count == page.Limit ? found[^1].History.Definition!.Code : null;
            return new Listing<Entry>([.. found.Select(Entry.Of)], next, total).PushedAs(entry => entry.Defined);
        }).RequireRight("indicators:read").ProducesPage<Entry>();

        routes.MapGet("/v1/indicators/{code}", async (
            string code, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<Indicator>(Stream(caller.Tenant, code), cancel) is { } found
                ? Results.Ok(Entry.Of(found))
                : Problem.Of(Unknown);
        }).RequireRight("indicators:read").Produces<Entry>();
    }

    /// <summary>A catalogue entry as it is answered.</summary>
    public sealed record Entry(
        string Code, string Name, string NameEn, string Unit, int? UnitMult, int? Decimals, PeriodType? PeriodType,
        string? Frequency, string? Formula, Nature Attribute, Direction Direction, string Plan, string PlanRef,
        int DefinitionVersion, DutyAssigned? Duty, Baseline? Baseline, IEnumerable<TargetVersion> Targets,
        IReadOnlyDictionary<string, Adjustment> Adjustments, IReadOnlyDictionary<string, Vintage> Values, string[] Notes)
    {
        /// <summary>The definition as it would be sent again.</summary>
        internal DefineIndicator.Row? Defined { get; init; }

        internal static Entry Of(Indicator indicator)
        {
            var (e, history) = (indicator.History.Definition!, indicator.History);
            return new Entry(
                e.Code, e.Name, e.NameEn, e.Unit, e.UnitMult, e.Decimals, e.PeriodType, e.Frequency, e.Formula, history.Attribute,
                e.Direction, e.Plan, e.PlanRef, e.Version, history.Duty, e.Baseline, history.Targets.Values.SelectMany(versions => versions),
                new SortedDictionary<string, Adjustment>(indicator.Adjustments, StringComparer.Ordinal),
                history.Values.Where(period => period.Value.InForce() is not null).ToDictionary(period => period.Key, period => period.Value[^1]),
                e.Notes) { Defined = DefineIndicator.Row.Of(history) };
        }
    }
}

/// <summary>How far a target adjustment has come.</summary>
public enum AdjustmentState
{
    /// <summary>部门建议.</summary>
    [Called("部门建议")]
    Proposed,

    /// <summary>已提请审查批准.</summary>
    [Called("已提请审查批准")]
    Submitted,

    /// <summary>已批准.</summary>
    [Called("已批准")]
    Approved,

    /// <summary>未批准.</summary>
    [Called("未批准")]
    Rejected,
}

/// <summary>One target adjustment (目标调整).</summary>
public sealed record Adjustment(
    AdjustmentState State, TargetSet Target, string Reason, string? Document, bool LowersDuty, string? Submission, string? Decision,
    DateOnly? DecidedOn);
