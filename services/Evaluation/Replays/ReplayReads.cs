using System.Runtime.CompilerServices;
using Marten;
using Monitoring.Hosting;

namespace Monitoring.Evaluation;

/// <summary>How far a replay is.</summary>
/// <param name="State">Where it is.</param>
/// <param name="Position">Ledger position reached.</param>
/// <param name="End">Ledger position it goes to.</param>
/// <param name="Events">Events folded so far.</param>
public sealed record ReplayProgress(ReplayState State, long Position, long End, long Events);

/// <summary>Shows replays, follows one as server-sent events until it ends, and cancels one.</summary>
public static class ReplayReads
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(250);

    internal static readonly Problem Unknown = Problem.Of(404, "replay-unknown", new("没有此重算任务。", "There is no such replay."));

    internal static readonly Problem NotDone = Problem.Of(409, "replay-not-done", new("重算尚未完成。", "The replay is not done."));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/replays/{id:guid}", async (Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
            await Load(store, caller, id, cancel) is { } replay ? Results.Ok(replay) : Unknown)
            .RequireRight("evaluation:read").Produces<Replay>();

        routes.MapGet("/v1/replays/{id:guid}/result", async Task<IResult> (
            Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            if (await Load(store, caller, id, cancel) is null) return Unknown;
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<ReplayResult>(id, cancel) is { } result ? Results.Ok(result) : NotDone;
        }).RequireRight("evaluation:read").Produces<ReplayResult>().Refuses(409);

        routes.MapGet("/v1/replays/{id:guid}/progress", async Task<IResult> (
            Guid id, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
            await Load(store, caller, id, cancel) is null
                ? Unknown
                : TypedResults.ServerSentEvents(Follow(store, caller, id, clock, cancel), "progress"))
            .RequireRight("evaluation:read").ProducesAs("text/event-stream");

        routes.MapPost("/v1/replays/{id:guid}/cancel", async Task<IResult> (
            Guid id, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (await Load(store, caller, id, cancel) is not { } replay) return Unknown;
            if (replay.Ended)
                return Problem.Of(409, "replay-ended", new("重算任务已结束，不能取消。", "The replay has ended and cannot be cancelled."));
            await using var session = store.LightweightSession(caller.Tenant);
            session.Store(new ReplayCancellation { Id = id, By = caller.Actor, At = clock.GetUtcNow() });
            await session.SaveChangesAsync(cancel);
            return Results.Accepted($"/v1/replays/{id}", replay);
        }).RequireRight("evaluation:read").Produces<Replay>(202);
    }

    internal static async Task<Replay?> Load(IDocumentStore store, Caller caller, Guid id, CancellationToken cancel)
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<Replay>(id, cancel);
    }

    static async IAsyncEnumerable<ReplayProgress> Follow(
        IDocumentStore store, Caller caller, Guid id, TimeProvider clock, [EnumeratorCancellation] CancellationToken cancel)
    {
        ReplayProgress? shown = null;
        while (await Load(store, caller, id, cancel) is { } replay)
        {
            var now = new ReplayProgress(replay.State, replay.Position, replay.Scope.End, replay.Events);
            if (now != shown) yield return shown = now;
            if (replay.Ended) yield break;
            await Task.Delay(lookEvery, clock, cancel);
        }
    }
}
