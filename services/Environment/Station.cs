using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// A monitoring station (监测站点) as registered. Folded from its stream <c>station/{tenant}/{mn}</c>, which also carries
/// its readings; those are kept by day in <see cref="StationDay"/>.
/// </summary>
public sealed record Station : IState<Station>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public StationRegistered? Registration { get; init; }

    public Station Evolve(object happened) => happened is StationRegistered e ? this with { Registration = e } : this;

    internal static string Stream(string tenant, string mn) => $"station/{tenant}/{mn}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/stations", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var total = await session.Query<Station>().CountAsync(cancel);
            var after = Stream(caller.Tenant, page.After);
            var found = await session.Query<Station>().Where(one => one.Id.CompareTo(after) > 0)
                .OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            return new Listing<StationRegistered>(
                [.. found.Select(station => station.Registration!)],
                found.Count == page.Limit ? found[^1].Registration!.Mn : null, total);
        }).RequireRight("environment:read").Produces<StationRegistered[]>();

        routes.MapGet("/v1/stations/{mn}", async (string mn, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<Station>(Stream(caller.Tenant, mn), cancel) is { Registration: { } found }
                ? Results.Ok(found)
                : Problem.Of(404, "station-unknown", new("没有此站点。", "There is no such station."));
        }).RequireRight("environment:read").Produces<StationRegistered>();
    }
}
