using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>A household as it stands, for whoever may read in its area.</summary>
public static class ShowHousehold
{
    /// <summary>A household as it is answered; who its members are has a right of its own.</summary>
    public sealed record Entry(
        Guid Id, string Village, string? VillageName, string? Group, HouseholdCategory Category, int Members, DateOnly EnrolledOn, HouseholdEnded? Ended,
        IEnumerable<SignalReported> Signals, HouseholdSurveyed? Survey, decimal? IncomePerHead, MonitoredType? Type, CaseStage? Stage,
        string? CaseNumber);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/households/{id:guid}", async (
        Guid id, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<Household>(Household.Stream(caller.Tenant, id), cancel) is { Enrolment: { } e } found && caller.Covers(found.Village)
            ? Results.Ok(new Entry(
                e.HouseholdId, found.Village, (await Area.Names(session, caller.Tenant, [found.Village], cancel)).GetValueOrDefault(found.Village)?.In(Language.IsEnglish(http)),
                e.Group, found.Known.Category, found.Members.IsEmpty ? e.Members : found.Members.Count, e.On, found.Ended,
                found.Signals.Values.OrderBy(signal => signal.On).ThenBy(signal => signal.Reference, StringComparer.Ordinal),
                found.Surveys.Values.LastOrDefault(), found.Known.Income?.PerHead, found.Open?.Type, found.Open?.Stage,
                found.Open is { } open ? (await CaseNumber.Of(session, [(id, open.Number)], cancel)).GetValueOrDefault(CaseNumber.IdOf(id, open.Number)) : null))
            : Problem.Of(404, "household-unknown", new("没有此农户。", "There is no such household."));
    }).RequireRight("relapse:read").Produces<Entry>();
}
