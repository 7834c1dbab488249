using Marten;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>Audits of the ledger against its log: <c>POST /v1/log/audits</c> asks for one, <c>GET</c> shows them, and there is one every night.</summary>
public static class AuditLog
{
    public static void Configure(StoreOptions store)
    {
        store.Schema.For<LogAudit>().SingleTenanted();
        store.Events.IgnoreIndex(LogStore.ReceiptIndex);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/log/audits", async (Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            var audit = new LogAudit
            {
                Id = Guid.CreateVersion7(), Tenant = caller.Tenant, AskedBy = caller.Actor, AskedAt = clock.GetUtcNow(),
            };
            await using var session = store.LightweightSession();
            session.Store(audit);
            await session.SaveChangesAsync(cancel);
            return Results.Accepted($"/v1/log/audits/{audit.Id}", audit);
        }).RequireRight("evaluation:read").Produces<LogAudit>(202);

        routes.MapGet("/v1/log/audits", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession();
            var audits = await session.Query<LogAudit>().Where(audit => audit.Tenant == caller.Tenant)
                .OrderByDescending(audit => audit.AskedAt).Take(page.Limit).ToListAsync(cancel);
            return new Listing<LogAudit>([.. audits], null);
        }).RequireRight("evaluation:read").ProducesPage<LogAudit>();

        routes.MapGet("/v1/log/audits/{id:guid}", async (Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession();
            return await session.LoadAsync<LogAudit>(id, cancel) is { } audit && audit.Tenant == caller.Tenant
                ? Results.Ok(audit)
                : (IResult)Problem.Of(404, "audit-unknown", new("没有此核查。", "There is no such audit."));
        }).RequireRight("evaluation:read").Produces<LogAudit>();
    }
}

/// <summary>
/// Does the audits that were asked for, one after the other, in the instance that runs the daemon, and asks for one of each county at
/// 02:00. One that was cut short is still to be done, and is done anew.
/// </summary>
public sealed partial class AuditWatch(
    IDocumentStore store, LogStore log, Auditor auditor, DaemonHost daemon, TimeProvider clock, ILogger<AuditWatch> logger) : BackgroundService
{
    const string Nightly = "nightly";

    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan nightlyAt = TimeSpan.FromHours(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            if (!daemon.Leads) continue;
            try
            {
                await AskNightly(stoppingToken);
                while (await Next(stoppingToken) is { } audit) await Do(audit, stoppingToken);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // What was done to the log by hand is what an audit is for, and must not end it.
                Unreadable(e);
            }
        }
    }

    async Task AskNightly(CancellationToken cancel)
    {
        var now = clock.GetUtcNow().ToOffset(ChinaTime.Offset);
        if (now.TimeOfDay < nightlyAt) return;
        var since = new DateTimeOffset(now.Date + nightlyAt, ChinaTime.Offset).ToUniversalTime();
        await using var session = store.LightweightSession();
        var asked = await session.Query<LogAudit>().Where(audit => audit.AskedBy == Nightly && audit.AskedAt >= since)
            .Select(audit => audit.Tenant).ToListAsync(cancel);
        foreach (var (tenant, _) in (await log.Heads(cancel)).Where(head => !asked.Contains(head.Tenant)))
            session.Store(new LogAudit { Id = Guid.CreateVersion7(), Tenant = tenant, AskedBy = Nightly, AskedAt = clock.GetUtcNow() });
        await session.SaveChangesAsync(cancel);
    }

    async Task<LogAudit?> Next(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.Query<LogAudit>().Where(audit => audit.DoneAt == null).OrderBy(audit => audit.AskedAt).FirstOrDefaultAsync(cancel);
    }

    async Task Do(LogAudit audit, CancellationToken cancel)
    {
        var done = await auditor.Run(audit, cancel) with { DoneAt = clock.GetUtcNow() };
        await using var session = store.LightweightSession();
        session.Store(done);
        await session.SaveChangesAsync(cancel);
        if (done.Sound == false) Unsound(done.Tenant, done.Found, done.Findings[0].What);
    }

    [LoggerMessage(LogLevel.Error, "The ledger of {Tenant} is not as it was logged, {Found} findings: {First}")]
    partial void Unsound(string tenant, long found, string first);

    [LoggerMessage(LogLevel.Error, "The log cannot be read as it lies in the store, and the audit is made again")]
    partial void Unreadable(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Audits wait: {Reason}")]
    partial void NotNow(string reason);
}

/// <summary>Degraded when the last audit found something, or a log no longer fits its checkpoints; not ready while the log lags beyond the limit.</summary>
public sealed class LogHealth(
    NpgsqlDataSource database, LogWriter writer, LogFolder folder, IDocumentStore store, TimeProvider clock, IConfiguration configuration) : IHealthCheck
{
    readonly double lagSecondsMax = configuration.GetValue("Health:LagSecondsMax", 30d);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Check(cancellationToken);
        }
        catch (Exception e) when (DaemonHost.Passes(e))
        {
            return HealthCheckResult.Unhealthy($"The log cannot be read: {e.Message}");
        }
    }

    async Task<HealthCheckResult> Check(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select position, (select coalesce(sum(size), 0)::bigint from evaluation.log_head), (select max(signed_at) from evaluation.log_checkpoint),
                   (select headers->>'ledgeredAt' from evaluation.mt_events where seq_id > position and type <> 'tombstone' order by seq_id limit 1)
            from evaluation.log_position
            """);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        var lag = !row.IsDBNull(3) && DateTimeOffset.TryParse(row.GetString(3), out var since) ? Math.Max(0, (clock.GetUtcNow() - since).TotalSeconds) : 0;
        var data = new Dictionary<string, object> { ["position"] = row.GetInt64(0), ["leaves"] = row.GetInt64(1), ["lagSeconds"] = Math.Round(lag, 1) };
        if (!row.IsDBNull(2)) data["signedAt"] = $"{row.GetFieldValue<DateTimeOffset>(2):u}";
        data["folder"] = folder.Kept;

        await using var session = store.QuerySession();
        var audits = await session.Query<LogAudit>().Where(audit => audit.DoneAt != null).OrderByDescending(audit => audit.AskedAt).Take(100).ToListAsync(cancel);
        var latest = audits.GroupBy(audit => audit.Tenant).Select(county => county.First()).ToList();
        if (latest.Count > 0) data["auditedAt"] = $"{latest.Min(audit => audit.DoneAt):u}";
        if (lag > lagSecondsMax) return HealthCheckResult.Unhealthy($"The log is {lag:F0} s behind the ledger.", null, data);
        if (writer.Refused.FirstOrDefault() is { Value: { } forked, Key: var tenant }) return HealthCheckResult.Degraded($"{tenant}: {forked}", null, data);
        return latest.Find(audit => audit.Sound == false) is { } unsound
            ? HealthCheckResult.Degraded(
                $"The ledger of {unsound.Tenant} is not as it was logged, {unsound.Found} findings, see /v1/log/audits/{unsound.Id}: {unsound.Findings[0].What}",
                null, data)
            : HealthCheckResult.Healthy(null, data);
    }
}
