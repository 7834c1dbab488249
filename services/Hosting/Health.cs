using System.Text.Json;
using Marten;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts;
using Npgsql;

namespace Monitoring.Hosting;

/// <summary>
/// Ready only while the database answers, some instance runs the daemon, and neither the outbox nor a projection lags
/// beyond the limit (<c>Health:LagSecondsMax</c>, default 30). Names the transaction that holds the daemon up, if one does.
/// </summary>
public sealed class StoreHealth(
    ServiceName service, IDocumentStore store, NpgsqlDataSource database, TimeProvider clock, IConfiguration configuration,
    HeldProjections? held = null)
    : IHealthCheck
{
    /// <summary>Header of an event that was committed elsewhere: when it was stored here, ISO 8601. What waits counts from then.</summary>
    public const string StoredHereAt = "ledgeredAt";

    static readonly TimeSpan answerMax = TimeSpan.FromSeconds(3);

    readonly double lagSecondsMax = configuration.GetValue("Health:LagSecondsMax", 30d);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(answerMax);
        try
        {
            return await Check(limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException or
            InvalidOperationException or IOException)
        {
            return HealthCheckResult.Unhealthy($"The database does not answer: {e.Message}");
        }
    }

    async Task<HealthCheckResult> Check(CancellationToken cancel)
    {
        // What waits for a person lags because of that, and is told of by its own check.
        var waiting = held is null ? [] : await held(cancel);
        var shards = ((DocumentStore)store).Options.Projections.AllShards()
            .Where(shard => !waiting.Contains(shard.Name.Name)).Select(shard => shard.Name.Identity).ToList();
        if (shards.Count == 0) return HealthCheckResult.Healthy();

        // One round trip. Lag counts from the oldest event that the slowest shard has not passed, and from when it came here.
        await using var command = database.CreateCommand($"""
            with behind as (select shard.name, coalesce(done.last_seq_id, 0) as seq
                            from unnest($1) as shard(name)
                            left join {service.Name}.mt_event_progression done on done.name = shard.name
                            order by 2 limit 1),
                 held as (select pid, usename, application_name, xact_start from pg_stat_activity
                          where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
                          order by xact_start limit 1)
            select behind.name, behind.seq,
                   (select coalesce((headers ->> '{StoredHereAt}')::timestamptz, timestamp)
                    from {service.Name}.mt_events where seq_id > behind.seq order by seq_id limit 1),
                   exists (select 1 from pg_locks where locktype = 'advisory' and granted and
                           database = (select oid from pg_database where datname = current_database()) and
                           ((classid::bigint << 32) | objid::bigint) = {DaemonHost.LockKey}),
                   (select format('pid %s, user %s, %s, open since %s', pid, usename, application_name, xact_start) from held),
                   (select extract(epoch from now() - xact_start)::float8 from held)
            from behind
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = shards.ToArray() });
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);

        var shard = row.GetString(0);
        var lag = row.IsDBNull(2) ? 0 : Math.Max(0, (clock.GetUtcNow() - row.GetFieldValue<DateTimeOffset>(2)).TotalSeconds);
        var led = row.GetBoolean(3);
        var holder = row.IsDBNull(4) || row.GetDouble(5) < 5 ? null : row.GetString(4);
        var data = new Dictionary<string, object>
        {
            ["slowest"] = shard, ["position"] = row.GetInt64(1), ["lagSeconds"] = Math.Round(lag, 1), ["daemonRuns"] = led,
        };
        if (holder is not null) data["oldestTransaction"] = holder;

        if (!led) return HealthCheckResult.Unhealthy("No instance runs the daemon: nothing is published or projected.", null, data);
        if (lag <= lagSecondsMax) return HealthCheckResult.Healthy(null, data);
        var cause = holder is null ? "" : $" A transaction is held open: {holder}.";
        return HealthCheckResult.Unhealthy(
            $"{shard} is {lag:F0} s behind, the limit is {lagSecondsMax:F0} s.{cause}", null, data);
    }
}

static class HealthAnswer
{
    /// <summary>The report as JSON: the state, and per check why.</summary>
    public static Task Write(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(
        new
        {
            Status = report.Status.ToString(),
            Checks = report.Entries.ToDictionary(entry => entry.Key, entry => new
            {
                Status = entry.Value.Status.ToString(), entry.Value.Description,
                Data = entry.Value.Data.Where(item => item.Value is string or long or double or bool)
                    .ToDictionary(item => JsonNamingPolicy.CamelCase.ConvertName(item.Key), item => item.Value),
            }),
        },
        EventJson.Options);
}
