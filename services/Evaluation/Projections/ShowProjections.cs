using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>How a version of a view fares.</summary>
public enum ViewState
{
    /// <summary>It has handled all that the ledger holds.</summary>
    Current,

    /// <summary>It has not yet.</summary>
    CatchingUp,

    /// <summary>It stands still before an event on which it failed.</summary>
    Failed,
}

/// <summary>One version of a view as it stands.</summary>
/// <param name="Name">The view.</param>
/// <param name="Version">Its version.</param>
/// <param name="Read">True where the county reads this one.</param>
/// <param name="State">How it fares.</param>
/// <param name="Position">Ledger position up to which it has handled everything.</param>
/// <param name="LagEvents">Ledger positions beyond that, as many as are safe to handle.</param>
/// <param name="Skipped">Events of the county that it goes on without.</param>
/// <param name="Incomplete">Days of the county whose certificates did not hold when last compared.</param>
/// <param name="Failure">What it failed on.</param>
public sealed record ProjectionStatus(
    string Name, int Version, bool Read, ViewState State, long Position, long LagEvents, int Skipped, int Incomplete, ViewFailure? Failure);

/// <summary><c>GET /v1/projections</c>: every version of every view, where it stands, and what it failed on.</summary>
public static class ShowProjections
{
    /// <summary>All versions as one county sees them; null for no county's eyes.</summary>
    internal static async Task<List<ProjectionStatus>> Read(NpgsqlDataSource database, IEnumerable<View> views, string? tenant, CancellationToken cancel)
    {
        var all = views.OrderBy(view => view.Name, StringComparer.Ordinal).ThenBy(view => view.Version).ToList();
        await using var command = database.CreateCommand($"""
            select coalesce(p.last_seq_id, 0), greatest(coalesce(high.last_seq_id, 0) - coalesce(p.last_seq_id, 0), 0),
                   f.position, f.type, f.failed_at, f.event_id, f.stream, f.error, f.tenant_id,
                   (select count(*)::int from evaluation.mt_events e
                    where {Reading.Says<ProjectionEventSkipped>("$4", "v.name")} and (e.data->>'version')::int = v.version),
                   (select count(*)::int from evaluation.view_check c where c.tenant_id = $4 and c.name = v.name and c.version = v.version and c.why is not null)
            from unnest($1, $2, $3) with ordinality v (name, version, projection, place)
            left join evaluation.mt_event_progression p on p.name = v.projection || ':All'
            left join evaluation.mt_event_progression high on high.name = 'HighWaterMark'
            left join evaluation.view_failure f on f.name = v.name and f.version = v.version
            order by v.place
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = all.Select(view => view.Name).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = all.Select(view => view.Version).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = all.Select(view => view.Projection).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = tenant ?? "" });
        var names = all.Select(view => view.Name).Distinct().ToArray();
        var reads = names.Zip(await Reading.VersionsOf(database, tenant ?? "", names, cancel)).ToDictionary(one => one.First, one => one.Second);
        var found = new List<ProjectionStatus>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var (view, lag) = (all[found.Count], rows.GetInt64(1));
            var failure = rows.IsDBNull(2) ? null : Failure(rows, tenant);
            var state = failure is not null ? ViewState.Failed : lag > 0 ? ViewState.CatchingUp : ViewState.Current;
            found.Add(new(
                view.Name, view.Version, reads[view.Name] == view.Version, state, rows.GetInt64(0), lag, rows.GetInt32(9), rows.GetInt32(10), failure));
        }

        return found;
    }

    static ViewFailure Failure(NpgsqlDataReader row, string? tenant)
    {
        var of = row.GetString(8);
        var ours = tenant == of;
        return new ViewFailure(
            row.GetInt64(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), ours ? row.GetGuid(5) : null, ours ? row.GetString(6) : null,
            ours ? row.GetString(7) : null) { Tenant = of };
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/projections", async (
        Caller caller, IEnumerable<View> views, NpgsqlDataSource database, CancellationToken cancel) =>
    {
        var all = await Read(database, views, caller.Tenant, cancel);
        return new Listing<ProjectionStatus>(all, null, all.Count);
    }).RequireRight("evaluation:read").ProducesPage<ProjectionStatus>();
}

/// <summary>Degraded while a view stands still before an event, or its certificates do not hold: the others go on, and so does the service.</summary>
public sealed class ViewHealth(NpgsqlDataSource database, IEnumerable<View> views) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var all = await ShowProjections.Read(database, views, null, cancellationToken);
            var data = all.ToDictionary(view => $"{view.Name}-{view.Version}", view => (object)$"{view.State}, position {view.Position}");
            if (all.Find(view => view.Failure is not null) is { } failed)
                return HealthCheckResult.Degraded(
                    $"{failed.Name} version {failed.Version} stands still before position {failed.Failure!.Position}, {failed.Failure.Type}; see /v1/projections.",
                    null, data);
            await using var command = database.CreateCommand("select name, version, tenant_id, day from evaluation.view_check where why is not null order by day limit 1");
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            return await row.ReadAsync(cancellationToken)
                ? HealthCheckResult.Degraded(
                    $"{row.GetString(0)} version {row.GetInt32(1)} of {row.GetString(2)} is not complete on {row.GetFieldValue<DateOnly>(3):yyyy-MM-dd}; see its certificates.",
                    null, data)
                : HealthCheckResult.Healthy(null, data);
        }
        catch (Exception e) when (DaemonHost.Passes(e))
        {
            return HealthCheckResult.Unhealthy($"The views cannot be read: {e.Message}");
        }
    }
}
