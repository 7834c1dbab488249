using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Relapse;

/// <summary>A screening of the whole county (全县筛查), stream <c>screening/{tenant}/{id}</c>.</summary>
public sealed record ScreeningRun : IState<ScreeningRun>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ScreeningStarted? Started { get; init; }

    public ScreeningCompleted? Completed { get; init; }

    public bool Cancelled { get; init; }

    /// <summary>True while it has begun and not ended.</summary>
    public bool IsRunning => Started is not null && Completed is null;

    public ScreeningRun Evolve(object happened) => happened switch
    {
        ScreeningStarted e => this with { Started = e },
        ScreeningCancelled => this with { Cancelled = true },
        ScreeningCompleted e => this with { Completed = e },
        _ => this,
    };

    internal static string Stream(string tenant, Guid id) => $"screening/{tenant}/{id}";
}

/// <summary>How far a screening is; there is one as soon as it has begun.</summary>
/// <param name="Id">The screening.</param>
/// <param name="Judged">Households judged so far.</param>
/// <param name="Households">How many there are; 0 until that is known.</param>
/// <param name="Detected">New clues so far.</param>
/// <param name="Recurred">Crossings that joined an open clue so far.</param>
/// <param name="Receded">Values that came back so far.</param>
public sealed record ScreeningProgress(Guid Id, int Judged, int Households, int Detected = 0, int Recurred = 0, int Receded = 0);

/// <summary>
/// Judges every household of the county by the thresholds of the day: nightly, and when asked. The facts are kept in memory and only
/// caught up; what they say is decided again on the household itself, so that nothing is said twice and nothing on stale facts.
/// Those asked for wait in the store, and one instance works on a county's one after the other: what waits when a service ends is
/// carried out by the next, what had begun is said to be interrupted, and what it had found stands.
/// </summary>
public sealed partial class ScreenCounty(
    IDocumentStore store, NpgsqlDataSource database, TimeProvider clock, ILogger<ScreenCounty> logger) : BackgroundService
{
    // Between two looks at whether somebody cancelled, at which progress is said too, while there is nothing to store.
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(500);

    // Asked of this instance it begins at once; this is for what another one left behind.
    static readonly TimeSpan searchEvery = TimeSpan.FromSeconds(5);

    // Households that are decided on in one transaction.
    const int Together = 100;

    readonly SemaphoreSlim asked = new(0);
    readonly Dictionary<string, CountyFacts> counties = [];

    /// <summary>Asks for a screening; it begins when the one before it has ended.</summary>
    internal async Task<Guid> Ask(Caller by, CancellationToken cancel)
    {
        var occasion = new Occasion(clock.GetUtcNow(), by);
        var id = Guid.CreateVersion7(occasion.Now);
        await using (var session = store.QuerySession(by.Tenant))
        {
            var version = (await RuleBook.Of(session, by.Tenant, cancel)).On(occasion.Today).Rules.Version;
            await store.Decide<ScreeningRun>(
                ScreeningRun.Stream(by.Tenant, id), occasion, _ => [new ScreeningStarted(id, occasion.Today, version)], cancel);
        }

        asked.Release();
        return id;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var tenant in await WithOpenRuns(stoppingToken)) await RunThoseOf(tenant, stoppingToken);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                Failed(e.Message);
                counties.Clear();
            }

            await asked.WaitAsync(searchEvery, stoppingToken);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        asked.Dispose();
    }

    async Task<IEnumerable<string>> WithOpenRuns(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var open = await session.Query<ScreeningRun>().Where(run => run.AnyTenant() && run.IsRunning).Select(run => run.Id).ToListAsync(cancel);
        return open.Select(stream => stream.Split('/')[1]).Distinct();
    }

    // The lock is held beside the transactions: one that stays open would hold up everything that follows the events.
    async Task RunThoseOf(string tenant, CancellationToken cancel)
    {
        await using var turn = await database.OpenConnectionAsync(cancel);
        await using var take = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", turn)
        {
            Parameters = { new() { Value = $"screening/{tenant}" } },
        };
        if (await take.ExecuteScalarAsync(cancel) is not true) return;
        try
        {
            while (await NextOf(tenant, cancel) is { } run)
            {
                await using var session = store.QuerySession(tenant);
                var asker = await session.Events.QueryAllRawEvents().Where(e => e.StreamKey == run.Id && e.Version == 1).FirstAsync(cancel);
                var by = asker.UserName?.Split('/') is [var department, var subject]
                    ? new Caller(tenant, department, subject) : new Caller(tenant, "系统", "screening");
                // Whoever works on one holds the lock, so nobody works on one that has begun.
                if (await session.LoadAsync<ScreeningProgress>(run.Started!.ScreeningId, cancel) is { } left) await SayInterrupted(run, left, by, cancel);
                else await Run(run, by, cancel);
            }
        }
        finally
        {
            await using var leave = new NpgsqlCommand("select pg_advisory_unlock_all()", turn);
            await leave.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    async Task<ScreeningRun?> NextOf(string tenant, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        // Their ids begin with the time at which they were asked for.
        return await session.Query<ScreeningRun>().Where(run => run.IsRunning).OrderBy(run => run.Id).FirstOrDefaultAsync(cancel);
    }

    async Task SayInterrupted(ScreeningRun run, ScreeningProgress left, Caller by, CancellationToken cancel) => await store.Decide<ScreeningRun>(
        run.Id, new Occasion(clock.GetUtcNow(), by), known => known.Completed is null
            ? [new ScreeningCompleted(left.Id, ScreeningEnd.Interrupted, left.Judged, left.Detected, left.Recurred, left.Receded, 0, [])] : [], cancel);

    async Task Run(ScreeningRun run, Caller by, CancellationToken cancel)
    {
        var (id, occasion) = (run.Started!.ScreeningId, new Occasion(clock.GetUtcNow(), by));
        var progress = new ScreeningProgress(id, 0, 0);
        await Say(progress, by.Tenant, cancel);
        if (!counties.TryGetValue(by.Tenant, out var county)) counties.Add(by.Tenant, county = new CountyFacts(by.Tenant));
        await county.CatchUp(database, await CountyFacts.Settled(database, clock, cancel), cancel);

        await using var session = store.QuerySession(by.Tenant);
        var book = await RuleBook.Of(session, by.Tenant, cancel);
        var thresholds = book.On(occasion.Today);
        progress = progress with { Households = county.Households.Count };
        var cancelled = false;
        long? looked = null;
        var due = new List<string>();
        foreach (var (household, known) in county.Households)
        {
            if (looked is not { } last || clock.GetElapsedTime(last) >= lookEvery)
            {
                if (cancelled = await IsCancelled(run.Id, by.Tenant, cancel)) break;
                await Say(progress, by.Tenant, cancel);
                looked = clock.GetTimestamp();
            }

            progress = progress with { Judged = progress.Judged + 1 };
            if (thresholds.Judge(known).IsNothing) continue;
            due.Add(household);
            if (due.Count < Together) continue;
            await DecideDue();
            looked = null;
        }

        await DecideDue();
        await store.Decide<ScreeningRun>(run.Id, occasion with { Now = clock.GetUtcNow() }, it => it.Completed is null
            ? [new ScreeningCompleted(
                id, cancelled ? ScreeningEnd.Cancelled : ScreeningEnd.Completed, progress.Judged, progress.Detected, progress.Recurred, progress.Receded,
                county.Position, [.. thresholds.Unresolved])]
            : [], cancel);
        await GroupRisk.Check(store, by, clock.GetUtcNow(), cancel);
        Screened(id, progress.Judged, progress.Detected, progress.Recurred, progress.Receded);

        async Task DecideDue()
        {
            if (due.Count == 0) return;
            var said = new List<object>();
            try
            {
                said.AddRange(await Decide(due));
            }
            catch (Exception e) when (Deciding.IsConflict(e))
            {
                // Departments keep writing to some of them, and what they write is judged as it comes: the others must not wait.
                foreach (var household in due) said.AddRange(await Decide([household]));
            }

            due.Clear();
            progress = progress with
            {
                Detected = progress.Detected + said.Count(one => one is RiskDetected),
                Recurred = progress.Recurred + said.Count(one => one is RiskRecurred),
                Receded = progress.Receded + said.Count(one => one is RiskReceded),
            };
        }

        Task<IReadOnlyList<object>> Decide(IReadOnlyCollection<string> households) => store.DecideEach<Household>(
            households, occasion,
            it => it is { Enrolment: null } or { Ended: not null } ? [] : [.. Watched.Consequences(it, book, thresholds, occasion)], cancel);
    }

    async Task Say(ScreeningProgress progress, string tenant, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(tenant);
        session.Store(progress);
        await session.SaveChangesAsync(cancel);
    }

    async Task<bool> IsCancelled(string stream, string tenant, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        return (await session.LoadAsync<ScreeningRun>(stream, cancel))?.Cancelled == true;
    }

    /// <summary>A screening as it is answered.</summary>
    public sealed record Entry(
        Guid Id, string State, DateOnly Day, string RuleSet, int Judged, int? Households, int? Detected, int? Recurred, int? Receded,
        long? Position, string[]? Unresolved)
    {
        internal static Entry Of(ScreeningRun run, ScreeningProgress? progress) => new(
            run.Started!.ScreeningId,
            run.Completed is { } over ? Codes<ScreeningEnd>.ByValue[over.End] : run.Cancelled ? "cancelling" : progress is null ? "waiting" : "running",
            run.Started.Day, run.Started.RuleSet, run.Completed?.Households ?? progress?.Judged ?? 0, progress?.Households,
            run.Completed?.Detected ?? progress?.Detected, run.Completed?.Recurred ?? progress?.Recurred, run.Completed?.Receded ?? progress?.Receded,
            run.Completed?.Position, run.Completed?.Unresolved);
    }

    /// <summary>A screening that was asked for.</summary>
    public sealed record Asked(Guid Id);

    /// <summary>Maps <c>POST /v1/screenings</c>, <c>GET /v1/screenings/{id}</c> and <c>POST /v1/screenings/{id}/cancel</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/screenings", async Task<IResult> (Caller caller, ScreenCounty screenings, CancellationToken cancel) =>
        {
            if (caller.Areas.Count > 0) return CountyOnly;
            var id = await screenings.Ask(caller, cancel);
            return Results.Accepted($"/v1/screenings/{id}", new Asked(id));
        }).RequireRight("relapse:define").Produces<Asked>(202);

        routes.MapGet("/v1/screenings/{id:guid}", Show).RequireRight("relapse:read").Produces<Entry>();

        routes.MapPost("/v1/screenings/{id:guid}/cancel", async Task<IResult> (
            Guid id, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (caller.Areas.Count > 0) return CountyOnly;
            await store.Decide<ScreeningRun>(
                ScreeningRun.Stream(caller.Tenant, id), new Occasion(clock.GetUtcNow(), caller),
                run => run is { IsRunning: true, Cancelled: false } ? [new ScreeningCancelled(id)] : [], cancel);
            return await Show(id, caller, store, cancel);
        }).RequireRight("relapse:define").Produces<Entry>();
    }

    /// <summary>The refusal of what is done for the whole county where the caller is limited to a part of it.</summary>
    internal static Problem CountyOnly => Problem.Of(403, "county-only", new(
        "此操作针对全县，您的密钥仅限部分乡镇或村。", "This is done for the whole county; your key is limited to a part of it."));

    static async Task<IResult> Show(Guid id, Caller caller, IDocumentStore store, CancellationToken cancel)
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<ScreeningRun>(ScreeningRun.Stream(caller.Tenant, id), cancel) is { Started: not null } run
            ? Results.Ok(Entry.Of(run, await session.LoadAsync<ScreeningProgress>(id, cancel)))
            : Problem.Of(404, "screening-unknown", new("没有此次筛查。", "There is no such screening."));
    }

    [LoggerMessage(LogLevel.Information, "Screening {Id}: {Judged} households judged, {Detected} detected, {Recurred} recurred, {Receded} receded")]
    partial void Screened(Guid id, int judged, int detected, int recurred, int receded);

    [LoggerMessage(LogLevel.Warning, "A screening could not be carried through: {Reason}")]
    partial void Failed(string reason);
}
