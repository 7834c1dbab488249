using System.Threading.Channels;
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

/// <summary>How far a screening is.</summary>
/// <param name="Id">The screening.</param>
/// <param name="Judged">Households judged so far.</param>
/// <param name="Households">How many there are.</param>
public sealed record ScreeningProgress(Guid Id, int Judged, int Households);

/// <summary>
/// Judges every household of the county by the thresholds of the day: nightly, and when asked. The facts are kept in memory and only
/// caught up; what they say is decided again on the household itself, so that nothing is said twice and nothing on stale facts.
/// </summary>
public sealed partial class ScreenCounty(
    IDocumentStore store, NpgsqlDataSource database, TimeProvider clock, ILogger<ScreenCounty> logger) : BackgroundService
{
    // Households judged between two looks at whether somebody cancelled.
    const int LookEvery = 10_000;

    readonly Channel<(Guid Id, Caller By)> asked = System.Threading.Channels.Channel.CreateBounded<(Guid, Caller)>(100);
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

        await asked.Writer.WriteAsync((id, by), cancel);
        return id;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (id, by) in asked.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await Run(id, by, stoppingToken);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                Failed(id, e.Message);
                // What was not judged is judged by the next one; that this one ended has to be said, if it can be.
                counties.Remove(by.Tenant);
            }
        }
    }

    async Task Run(Guid id, Caller by, CancellationToken cancel)
    {
        var occasion = new Occasion(clock.GetUtcNow(), by);
        var stream = ScreeningRun.Stream(by.Tenant, id);
        if (!counties.TryGetValue(by.Tenant, out var county)) counties.Add(by.Tenant, county = new CountyFacts(by.Tenant));
        await county.CatchUp(database, await CountyFacts.Settled(database, clock, cancel), cancel);

        await using var session = store.QuerySession(by.Tenant);
        var book = await RuleBook.Of(session, by.Tenant, cancel);
        var thresholds = book.On(occasion.Today);
        var (judged, detected, recurred, receded) = (0, 0, 0, 0);
        foreach (var block in county.Households.Chunk(LookEvery))
        {
            if (await IsCancelled(stream, by.Tenant, cancel)) break;
            foreach (var (household, known) in block)
            {
                judged++;
                if (thresholds.Judge(known).IsNothing) continue;
                List<object> said = [];
                await store.Decide<Household>(
                    household, occasion,
                    it => [.. said = it is { Enrolment: null } or { Ended: not null } ? [] : [.. Watched.Consequences(it, book, thresholds, occasion)]], cancel);
                detected += said.Count(one => one is RiskDetected);
                recurred += said.Count(one => one is RiskRecurred);
                receded += said.Count(one => one is RiskReceded);
            }

            await using var progress = store.LightweightSession(by.Tenant);
            progress.Store(new ScreeningProgress(id, judged, county.Households.Count));
            await progress.SaveChangesAsync(cancel);
        }

        var end = judged == county.Households.Count ? ScreeningEnd.Completed : ScreeningEnd.Cancelled;
        await store.Decide<ScreeningRun>(stream, occasion with { Now = clock.GetUtcNow() }, run => run.Completed is null
            ? [new ScreeningCompleted(id, end, judged, detected, recurred, receded, county.Position, [.. thresholds.Unresolved])] : [], cancel);
        await GroupRisk.Check(store, by, clock.GetUtcNow(), cancel);
        Screened(id, judged, detected, recurred, receded);
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
            run.Started.Day, run.Started.RuleSet, run.Completed?.Households ?? progress?.Judged ?? 0, progress?.Households, run.Completed?.Detected,
            run.Completed?.Recurred, run.Completed?.Receded, run.Completed?.Position, run.Completed?.Unresolved);
    }

    /// <summary>Maps <c>POST /v1/screenings</c>, <c>GET /v1/screenings/{id}</c> and <c>POST /v1/screenings/{id}/cancel</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/screenings", async (Caller caller, ScreenCounty screenings, HttpContext http, CancellationToken cancel) =>
        {
            var id = await screenings.Ask(caller, cancel);
            return Results.Accepted($"/v1/screenings/{id}", new { id });
        }).RequireRight("relapse:define").Produces(202);

        routes.MapGet("/v1/screenings/{id:guid}", async (Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<ScreeningRun>(ScreeningRun.Stream(caller.Tenant, id), cancel) is { Started: not null } run
                ? Results.Ok(Entry.Of(run, await session.LoadAsync<ScreeningProgress>(id, cancel)))
                : Problem.Of(404, "screening-unknown", new("没有此次筛查。", "There is no such screening."));
        }).RequireRight("relapse:read").Produces<Entry>();

        routes.MapPost("/v1/screenings/{id:guid}/cancel", async (
            Guid id, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            var stream = ScreeningRun.Stream(caller.Tenant, id);
            await store.Decide<ScreeningRun>(
                stream, new Occasion(clock.GetUtcNow(), caller), run => run is { IsRunning: true, Cancelled: false } ? [new ScreeningCancelled(id)] : [], cancel);
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<ScreeningRun>(stream, cancel) is { Started: not null } run
                ? Results.Ok(Entry.Of(run, await session.LoadAsync<ScreeningProgress>(id, cancel)))
                : Problem.Of(404, "screening-unknown", new("没有此次筛查。", "There is no such screening."));
        }).RequireRight("relapse:define").Produces<Entry>();
    }

    [LoggerMessage(LogLevel.Information, "Screening {Id}: {Judged} households judged, {Detected} detected, {Recurred} recurred, {Receded} receded")]
    partial void Screened(Guid id, int judged, int detected, int recurred, int receded);

    [LoggerMessage(LogLevel.Warning, "Screening {Id} could not be carried through: {Reason}")]
    partial void Failed(Guid id, string reason);
}
