using Marten;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Reconcile;

/// <summary>
/// Reconciliations of the ledger with its sources: <c>POST /v1/reconciliations</c> asks for one, <c>GET</c> shows them, <c>/latest</c> the newest
/// that is done; there is one every night, and one on the command line (<c>reconcile</c>).
/// </summary>
public static partial class ReconcileCounty
{
    // A source speaks every two seconds, so that by then whoever is there is known.
    static readonly TimeSpan hearing = TimeSpan.FromSeconds(5);

    public static void Configure(StoreOptions store) => store.Schema.For<Reconciliation>().SingleTenanted();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/reconciliations", async (Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            var asked = new Reconciliation
            {
                Id = Guid.CreateVersion7(), Tenant = caller.Tenant, AskedBy = caller.Actor, AskedAt = clock.GetUtcNow(),
            };
            await using var session = store.LightweightSession();
            session.Store(asked);
            await session.SaveChangesAsync(cancel);
            return Results.Accepted($"/v1/reconciliations/{asked.Id}", asked);
        }).RequireRight("evaluation:reconcile").Produces<Reconciliation>(202);

        routes.MapGet("/v1/reconciliations", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession();
            var before = InstantNotation.TryParse(page.After, out var after) ? after : DateTimeOffset.MaxValue;
            var found = await session.Query<Reconciliation>().Where(one => one.Tenant == caller.Tenant && one.AskedAt < before)
                .OrderByDescending(one => one.AskedAt).Take(page.Limit).ToListAsync(cancel);
            // The differences of one are a page of their own.
            return new Listing<Reconciliation>(
                [.. found.Select(one => one with { Differences = [] })], found.Count == page.Limit ? $"{found[^1].AskedAt.UtcDateTime:O}" : null);
        }).PagedBy<DateTimeOffset>().RequireRight("evaluation:read").ProducesPage<Reconciliation>();

        routes.MapGet("/v1/reconciliations/latest", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession();
            return Answer(await session.Query<Reconciliation>().Where(one => one.Tenant == caller.Tenant && one.DoneAt != null)
                .OrderByDescending(one => one.AskedAt).FirstOrDefaultAsync(cancel), caller);
        }).RequireRight("evaluation:read").Produces<Reconciliation>();

        routes.MapGet("/v1/reconciliations/{id:guid}", async (Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession();
            return Answer(await session.LoadAsync<Reconciliation>(id, cancel), caller);
        }).RequireRight("evaluation:read").Produces<Reconciliation>();
    }

    /// <summary>
    /// Reconciles every county now and keeps the results; the exit code is 1 unless all are equal. Works beside running instances, and without
    /// any: until it ends, it records for the ledger what its sources publish again.
    /// </summary>
    public static async Task Run(IServiceProvider services, CancellationToken cancel)
    {
        var (reconciler, store) = (services.GetRequiredService<Reconciler>(), services.GetRequiredService<IDocumentStore>());
        var (clock, bus) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IBusControl>());
        var logger = services.GetService<ILoggerFactory>()?.CreateLogger(nameof(ReconcileCounty)) ?? NullLogger.Instance;
        await bus.StartAsync(cancel);
        try
        {
            await Task.Delay(hearing, clock, cancel);
            foreach (var tenant in await reconciler.Counties(cancel))
            {
                var asked = new Reconciliation { Id = Guid.CreateVersion7(), Tenant = tenant, AskedBy = "command", AskedAt = clock.GetUtcNow() };
                var done = await reconciler.Run(asked, cancel);
                await Keep(store, done, logger, cancel);
                if (done.Equal != true) System.Environment.ExitCode = 1;
            }
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    internal static async Task Keep(IDocumentStore store, Reconciliation done, ILogger logger, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Store(done);
        await session.SaveChangesAsync(cancel);
        foreach (var source in done.Sources)
        {
            if (source.Trouble is { } trouble) Unknown(logger, done.Tenant, trouble);
            else Compared(
                logger, done.Tenant, source.Source, source.SourceEvents, source.LedgerEvents, source.Missing, source.Extra, source.Differing,
                source.Repaired, source.Seconds);
        }

        if (done.Standing is { } first) Unequal(logger, done.Tenant, first.Stream, first.Version, first.EventId, first.What);
    }

    static IResult Answer(Reconciliation? found, Caller caller) => found is not null && found.Tenant == caller.Tenant
        ? Results.Ok(found)
        : Problem.Of(404, "reconciliation-unknown", new("没有此对账。", "There is no such reconciliation."));

    [LoggerMessage(LogLevel.Information,
        "{Tenant}: {Source} states {Stated} events, the ledger holds {Held}; {Missing} missing, {Extra} extra, {Differing} differing, {Repaired} repaired, in {Seconds} s")]
    static partial void Compared(
        ILogger logger, string tenant, string source, long stated, long held, long missing, long extra, long differing, long repaired, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Tenant} is not reconciled: {Trouble}")]
    static partial void Unknown(ILogger logger, string tenant, string trouble);

    [LoggerMessage(LogLevel.Error, "{Tenant}: source and ledger differ in {Stream}, version {Version}, event {EventId}: {What}")]
    static partial void Unequal(ILogger logger, string tenant, string stream, long version, Guid eventId, string what);
}

/// <summary>
/// Does the reconciliations that were asked for, one after the other, in the instance that runs the daemon, and asks for one of each county
/// at <c>Reconciliation:NightlyAt</c> (03:00, the county's time). One that was cut short is still to be done, and is done anew.
/// </summary>
public sealed partial class ReconcileWatch(
    IDocumentStore store, Reconciler reconciler, DaemonHost daemon, TimeProvider clock, IConfiguration configuration, ILogger<ReconcileWatch> logger)
    : BackgroundService
{
    const string Nightly = "nightly";

    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1);

    readonly TimeSpan nightlyAt = configuration.GetValue("Reconciliation:NightlyAt", TimeSpan.FromHours(3));

    DateTimeOffset askedFor;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            if (!daemon.Leads) continue;
            try
            {
                await AskNightly(stoppingToken);
                while (await Next(stoppingToken) is { } asked)
                    await ReconcileCounty.Keep(store, await reconciler.Run(asked, stoppingToken), logger, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, a service goes on, and what was asked for is tried again.
                NotNow(e.Message);
            }
        }
    }

    async Task AskNightly(CancellationToken cancel)
    {
        var now = clock.GetUtcNow().ToOffset(ChinaTime.Offset);
        if (now.TimeOfDay < nightlyAt) return;
        var since = new DateTimeOffset(now.Date + nightlyAt, ChinaTime.Offset).ToUniversalTime();
        if (since == askedFor) return;
        await using var session = store.LightweightSession();
        var asked = await session.Query<Reconciliation>().Where(one => one.AskedBy == Nightly && one.AskedAt >= since)
            .Select(one => one.Tenant).ToListAsync(cancel);
        foreach (var tenant in (await reconciler.Counties(cancel)).Where(tenant => !asked.Contains(tenant)))
            session.Store(new Reconciliation { Id = Guid.CreateVersion7(), Tenant = tenant, AskedBy = Nightly, AskedAt = clock.GetUtcNow() });
        await session.SaveChangesAsync(cancel);
        askedFor = since;
    }

    async Task<Reconciliation?> Next(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.Query<Reconciliation>().Where(one => one.DoneAt == null).OrderBy(one => one.AskedAt).FirstOrDefaultAsync(cancel);
    }

    [LoggerMessage(LogLevel.Warning, "Reconciliations wait: {Reason}")]
    partial void NotNow(string reason);
}

/// <summary>Degraded when a county's latest reconciliation left a difference; a source that did not answer is said, and no more.</summary>
public sealed class ReconciliationHealth(IDocumentStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Reconciliation> latest;
        try
        {
            await using var session = store.QuerySession();
            latest = await session.QueryAsync<Reconciliation>(
                """
                where id in (
                    select distinct on (data ->> 'tenant') id from evaluation.mt_doc_reconciliation where data ->> 'doneAt' is not null
                    order by data ->> 'tenant', data ->> 'askedAt' desc)
                """, cancellationToken);
        }
        catch (Exception e) when (DaemonHost.Passes(e))
        {
            return HealthCheckResult.Unhealthy($"Reconciliations cannot be read: {e.Message}");
        }

        var data = new Dictionary<string, object>();
        if (latest.Count > 0) data["reconciledAt"] = $"{latest.Min(one => one.DoneAt):u}";
        foreach (var one in latest)
        {
            if (one.Sources.FirstOrDefault(source => source.Trouble is not null)?.Trouble is { } trouble) data[one.Tenant] = trouble;
        }

        return latest.FirstOrDefault(one => one.Standing is not null) is { Standing: { } first } unequal
            ? HealthCheckResult.Degraded(
                $"Ledger and {first.Source} differ in {first.Stream}, version {first.Version}, see /v1/reconciliations/{unequal.Id}: {first.What}", null, data)
            : HealthCheckResult.Healthy(null, data);
    }
}
