using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// <c>GET /v1/indicators/{code}/vintages</c>: the revision triangle (修订三角表), what was known of each period and when.
/// Read from the stream itself, so that it can leave nothing out.
/// </summary>
/// <param name="Period">SDMX period.</param>
/// <param name="KnownSince">When it was recorded, Asia/Shanghai.</param>
/// <param name="ReleasedOn">The day it was published.</param>
/// <param name="Value">In the indicator's unit; null for a withdrawal.</param>
/// <param name="Status">How final it is.</param>
/// <param name="Change">What it did to the value in force before it: the difference, if it took its place.</param>
/// <param name="InForce">True for the vintage that holds now.</param>
/// <param name="ReasonCode">Why it replaced another, as a code.</param>
/// <param name="Reason">The same in words.</param>
/// <param name="Document">On which document.</param>
/// <param name="Actor">Who said so.</param>
/// <param name="ReceiptId">On which receipt.</param>
public sealed record VintageTriangle(
    string Period, DateTimeOffset KnownSince, DateOnly? ReleasedOn, decimal? Value, ValueStatus Status, decimal? Change, bool InForce,
    RevisionReason? ReasonCode, string? Reason, string? Document, string? Actor, string? ReceiptId)
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/indicators/{code}/vintages", async (
        string code, string? period, string? knownOn, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        if (!Contracts.Period.TryParse(period, out var only) && period is not null)
            return Problem.Of(400, "not-a-period", new("period 应为期别，如 2023、2023-Q2、2023-07。", "period must be a period like 2023, 2023-Q2, 2023-07."));
        if (!ChinaTime.TryDay(knownOn, out var day))
            return Problem.Of(400, "not-a-date", new("knownOn 应为日期，如 2023-07-31。", "knownOn must be a date like 2023-07-31."));
        await using var session = store.QuerySession(caller.Tenant);
        var stream = await session.Events.FetchStreamAsync(Indicator.Stream(caller.Tenant, code), token: cancel);
        if (stream.Count == 0) return Problem.Of(Indicator.Unknown);
        var known = stream.Where(happened => day is not { } last || ChinaTime.Day(happened.Timestamp) <= last).ToList();
        var inForce = known.Aggregate(Vintages.None, (values, happened) => values.Evolve(happened.Data));
        var rows = known.Select(Of).OfType<VintageTriangle>().Where(row => period is null || row.Period == only.Text)
            .OrderBy(row => row.Period, StringComparer.Ordinal).ThenBy(row => row.KnownSince).ToList();
        // Of equal vintages the last recorded is the one in force.
        var marked = rows.Select((row, index) => row with
        {
            InForce = inForce[row.Period].InForce() is { } now && Same(row, now) && !rows.Skip(index + 1).Any(later => later.Period == row.Period && Same(later, now)),
        });
        return (IResult)new Listing<VintageTriangle>([.. marked], null, rows.Count);
    }).RequireRight("indicators:read").ProducesPage<VintageTriangle>();

    static bool Same(VintageTriangle row, Vintage vintage) =>
        (row.Value, row.Status, row.ReleasedOn ?? default) == (vintage.Value, vintage.Status, vintage.ReleasedOn);

    static VintageTriangle? Of(IEvent happened)
    {
        var row = new VintageTriangle(
            "", happened.Timestamp.ToOffset(ChinaTime.Offset), null, null, default, null, false, null, null, null, happened.UserName, happened.CausationId);
        return happened.Data switch
        {
            ValueReported e => row with { Period = e.Period, Value = e.Value, Status = e.Status, ReleasedOn = e.ReleasedOn, Document = e.Document },
            ValueRevised e => row with
            {
                Period = e.Period, Value = e.Value, Status = e.Status, ReleasedOn = e.ReleasedOn, Change = e.Value - e.PreviousValue,
                ReasonCode = e.ReasonCode, Reason = e.Reason, Document = e.Document,
            },
            VintageAdded e => row with { Period = e.Period, Value = e.Value, Status = e.Status, ReleasedOn = e.ReleasedOn, Document = e.Document },
            ValueWithdrawn e => row with { Period = e.Period, Status = e.Status, ReleasedOn = e.ReleasedOn, Reason = e.Reason, Document = e.Document },
            _ => null,
        };
    }
}
