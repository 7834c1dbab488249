using Marten;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// <c>POST /v1/projections/{name}/retry</c>: tries again the event on which a view failed, once what was wrong has passed. Query: <c>version</c>.
/// </summary>
public static class RetryProjection
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/projections/{name}/retry", async (
        string name, int? version, Caller caller, IEnumerable<View> views, NpgsqlDataSource database, IDocumentStore store, CancellationToken cancel) =>
    {
        if (await Reading.Find(database, views, caller.Tenant, name, version, cancel) is not { } view) return Problem.Of(Reading.Unknown);
        var all = await ShowProjections.Read(database, [view], caller.Tenant, cancel);
        if (all[0].Failure is null)
            return Problem.Of(Refusal.Conflict("projection-not-failed", "该视图没有停在出错的事件上。", "The view does not stand still before an event."));
        // Whoever runs the daemon starts what is not held any more.
        await using var session = store.LightweightSession(caller.Tenant);
        ViewFailure.Forget(session, view);
        await session.SaveChangesAsync(cancel);
        return (IResult)Results.Accepted("/v1/projections");
    }).RequireRight("evaluation:projections").Produces(202);
}
