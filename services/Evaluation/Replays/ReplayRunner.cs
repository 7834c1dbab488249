using System.Globalization;
using Marten;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Runs what was asked, one replay after the other. Which instance runs a replay is settled by a PostgreSQL advisory lock that ends with
/// the instance; the next that looks goes on from the place kept last.
/// </summary>
public sealed partial class ReplayRunner(
    IDocumentStore store, NpgsqlDataSource database, IConfiguration configuration, TimeProvider clock, ILogger<ReplayRunner> logger)
    : BackgroundService
{
    // What this instance is asked for it begins at once; what another left undone waits this long.
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(2);

    // Within this time a cancellation is heeded and progress is seen.
    static readonly TimeSpan showEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Events read at a time; setting <c>Replays:Page</c>, 1 to 5,000.</summary>
    int Page => Math.Clamp(configuration.GetValue("Replays:Page", Fold.PageMax), 1, Fold.PageMax);

    /// <summary>Events after which the place is kept to go on from after a crash; setting <c>Replays:KeepEvery</c>.</summary>
    int KeepEvery => Math.Max(1, configuration.GetValue("Replays:KeepEvery", 100_000));

    readonly SemaphoreSlim asked = new(0);

    /// <summary>What was asked just now need not wait for the next look.</summary>
    public void Wake() => asked.Release();

    public override void Dispose()
    {
        asked.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await asked.WaitAsync(lookEvery, stoppingToken);
            try
            {
                await Look(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever it was, the service goes on, and looks again.
                NotNow(e.Message);
            }
        }
    }

    async Task Look(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var open = await session.Query<Replay>().Where(one => one.AnyTenant() && !one.Ended)
            .OrderBy(one => one.AskedAt).ToListAsync(cancel);
        foreach (var replay in open) await Claim(replay.Tenant, replay.Id, cancel);
    }

    async Task Claim(string tenant, Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var claim = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", connection);
        claim.Parameters.Add(new NpgsqlParameter { Value = string.Create(CultureInfo.InvariantCulture, $"replay/{id}") });
        if (await claim.ExecuteScalarAsync(cancel) is not true) return;
        try
        {
            await Run(tenant, id, cancel);
        }
        finally
        {
            claim.CommandText = "select pg_advisory_unlock(hashtextextended($1, 0))";
            await claim.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    async Task Run(string tenant, Guid id, CancellationToken cancel)
    {
        // Another instance may have ended it since.
        var (replay, fold) = await Load(tenant, id, cancel);
        if (replay is null) return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var (kept, shownAt) = (fold.Events, clock.GetTimestamp());
        try
        {
            if (await IsCancelled(replay, cancel)) await stop.CancelAsync();
            await fold.Read(store, replay.Scope, stop.Token, Page, async now =>
            {
                var due = now.Events - kept >= KeepEvery;
                if (!due && clock.GetElapsedTime(shownAt) < showEvery) return;
                replay = replay with { State = ReplayState.Running, Position = now.Position, Events = now.Events };
                await Keep(replay, due ? new ReplayCheckpoint { Id = id, State = now.State } : null, cancel);
                (kept, shownAt) = (due ? now.Events : kept, clock.GetTimestamp());
                if (await IsCancelled(replay, cancel)) await stop.CancelAsync();
            });
            stop.Token.ThrowIfCancellationRequested();
            var (result, rules, digest) = ReplayResult.Of(replay, fold);
            var done = replay with
            {
                State = ReplayState.Done, Position = replay.Scope.End, Events = fold.Events, Rules = rules, Digest = digest,
            };
            await End(done, result, cancel);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            await End(replay with { State = ReplayState.Cancelled }, null, cancel);
        }
        catch (Exception e) when (e is InvalidOperationException || e is not OperationCanceledException && !DaemonHost.Passes(e))
        {
            Failed(id, e);
            await End(replay with { State = ReplayState.Failed, Why = e.Message }, null, cancel);
        }
    }

    async Task<(Replay? Replay, Fold Fold)> Load(string tenant, Guid id, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        var replay = await session.LoadAsync<Replay>(id, cancel);
        if (replay is null or { Ended: true }) return (null, new Fold(tenant));
        return await session.LoadAsync<ReplayCheckpoint>(id, cancel) is { } place
            ? (replay with { ResumedFrom = place.State.Position }, Fold.From(tenant, place.State))
            : (replay, new Fold(tenant));
    }

    async Task<bool> IsCancelled(Replay replay, CancellationToken cancel)
    {
        await using var session = store.QuerySession(replay.Tenant);
        return await session.LoadAsync<ReplayCancellation>(replay.Id, cancel) is not null;
    }

    async Task Keep(Replay replay, ReplayCheckpoint? place, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(replay.Tenant);
        session.Store(replay);
        if (place is not null) session.Store(place);
        await session.SaveChangesAsync(cancel);
    }

    async Task End(Replay replay, ReplayResult? result, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(replay.Tenant);
        session.Store(replay with { Ended = true, EndedAt = clock.GetUtcNow() });
        if (result is not null) session.Store(result);
        session.Delete<ReplayCheckpoint>(replay.Id);
        await session.SaveChangesAsync(cancel);
    }

    [LoggerMessage(LogLevel.Warning, "Replays wait: {Why}")]
    partial void NotNow(string why);

    [LoggerMessage(LogLevel.Error, "Replay {Id} failed")]
    partial void Failed(Guid id, Exception exception);
}
