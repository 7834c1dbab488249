using System.Collections.Immutable;
using JasperFx.Events;
using Marten;
using Marten.Events.Aggregation;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Evaluation;

/// <summary>What the ledger knows of one indicator; the scoreboard (指标完成情况表) is read from it.</summary>
public sealed record IndicatorStanding
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>Ledger position of its first event; gives the order of the plan.</summary>
    public long FirstPosition { get; init; }

    public IndicatorDefined Definition { get; init; } =
        new("", "", "", "", default, default, "", "", null, [], 0, null);

    public ImmutableDictionary<int, TargetSet> Targets { get; init; } = ImmutableDictionary<int, TargetSet>.Empty;

    /// <summary>Values in force by SDMX period.</summary>
    public ImmutableDictionary<string, StandingValue> Values { get; init; } =
        ImmutableDictionary<string, StandingValue>.Empty;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/scoreboard", async (
        string? code, string? plan, string[]? planRef, Caller caller, Page page, HttpContext http, IDocumentStore store,
        TimeProvider clock, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        IQueryable<IndicatorStanding> found = session.Query<IndicatorStanding>();
        if (code is not null) found = found.Where(one => one.Definition.Code == code);
        if (plan is not null) found = found.Where(one => one.Definition.Plan == plan);
        var rows = await found.OrderBy(one => one.FirstPosition).ToListAsync(cancel);
        var wanted = rows.Where(one => planRef is not { Length: > 0 } ||
            planRef.Any(prefix => one.Definition.PlanRef.StartsWith(prefix, StringComparison.Ordinal))).ToList();

        var after = long.TryParse(page.After, out var position) ? position : 0;
        var shown = wanted.Where(one => one.FirstPosition > after).Take(page.Limit).ToList();
        var today = Contracts.ChinaTime.Day(clock.GetUtcNow());
        return new Listing<ScoreboardRow>(
            [.. shown.Select(one => ScoreboardRow.Of(one, today))],
            shown.Count == page.Limit ? $"{shown[^1].FirstPosition}" : null, wanted.Count);
    }).RequireRight("evaluation:read").Produces<ScoreboardRow[]>();
}

/// <summary>A value in force, with where the ledger has it from.</summary>
public sealed record StandingValue(decimal Value, ValueStatus Status, DateTimeOffset RecordedAt, long Position);

/// <summary>Builds <see cref="IndicatorStanding"/> from the ledger.</summary>
public sealed partial class IndicatorStandings : SingleStreamProjection<IndicatorStanding, string>
{
    public IndicatorStandings()
    {
        // Large pages fold many events of one stream into one write.
        Options.BatchSize = 5_000;
        IncludeType<IndicatorDefined>();
        IncludeType<TargetSet>();
        IncludeType<ValueReported>();
        IncludeType<ValueRevised>();
    }

    public override IndicatorStanding? Evolve(IndicatorStanding? snapshot, string id, IEvent e)
    {
        var standing = snapshot ?? new IndicatorStanding { Id = id, FirstPosition = e.Sequence };
        return e.Data switch
        {
            IndicatorDefined defined => standing with { Definition = defined },
            TargetSet set => standing with { Targets = standing.Targets.SetItem(set.Year, set) },
            ValueReported value => standing with
            {
                Values = standing.Values.SetItem(value.Period, new(value.Value, value.Status, e.Timestamp, e.Sequence)),
            },
            ValueRevised value => standing with
            {
                Values = standing.Values.SetItem(value.Period, new(value.Value, value.Status, e.Timestamp, e.Sequence)),
            },
            _ => standing,
        };
    }
}
