using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// The event on which a view failed. While there is one, the view stands still before the page of it, and is started again only when a
/// person asks for another try or lets it go on without the event, or when the service starts anew.
/// </summary>
/// <param name="Position">Ledger position.</param>
/// <param name="Type">Type of the event.</param>
/// <param name="At">When it failed last, UTC.</param>
/// <param name="EventId">Its id; null for another county's.</param>
/// <param name="Stream">Its stream; null for another county's.</param>
/// <param name="Error">What the view said; null for another county's event.</param>
public sealed record ViewFailure(long Position, string Type, DateTimeOffset At, Guid? EventId, string? Stream, string? Error)
{
    const int ErrorMax = 500;

    /// <summary>County of the event.</summary>
    internal string Tenant { get; init; } = "";

    /// <summary>Keeps what failed, past the transaction that is rolled back because of it.</summary>
    internal static async Task Keep(NpgsqlDataSource database, View view, IEvent e, Exception failed, CancellationToken cancel)
    {
        var error = $"{failed.GetType().Name}: {failed.Message}";
        await using var command = database.CreateCommand("""
            insert into evaluation.view_failure values ($1, $2, $3, $4, $5, $6, $7, $8, now())
            on conflict (name, version) do update set position = excluded.position, event_id = excluded.event_id, type = excluded.type,
                tenant_id = excluded.tenant_id, stream = excluded.stream, error = excluded.error, failed_at = excluded.failed_at
            """);
        object[] values = [view.Name, view.Version, e.Sequence, e.Id, e.EventTypeName, e.TenantId, e.StreamKey!, error[..Math.Min(error.Length, ErrorMax)]];
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Forgets it together with what passed.</summary>
    internal static void Forget(IDocumentOperations operations, View view, long upTo = long.MaxValue) => operations.QueueSqlCommand(
        "delete from evaluation.view_failure where name = ? and version = ? and position <= ?", view.Name, view.Version, upTo);

    /// <summary>Ledger positions that people let a view go on without. The ledger itself says so, so a rebuilt view knows too.</summary>
    internal static async Task<HashSet<long>> Skipped(NpgsqlDataSource database, View view, long first, long last, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select (data->>'position')::bigint from evaluation.mt_events
            where type = '{EventTypes.NameOf(typeof(ProjectionEventSkipped))}' and data->>'projection' = $1 and (data->>'version')::int = $2 and
                (data->>'position')::bigint between $3 and $4
            """);
        foreach (var value in new object[] { view.Name, view.Version, first, last }) command.Parameters.Add(new NpgsqlParameter { Value = value });
        var skipped = new HashSet<long>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) skipped.Add(rows.GetInt64(0));
        return skipped;
    }

    /// <summary>Names of the projections that wait for a person.</summary>
    internal static async Task<IReadOnlyCollection<string>> Held(NpgsqlDataSource database, IEnumerable<View> views, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select name, version from evaluation.view_failure");
        var failed = new HashSet<(string, int)>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) failed.Add((rows.GetString(0), rows.GetInt32(1)));
        return [.. views.Where(view => failed.Contains((view.Name, view.Version))).Select(view => view.Projection)];
    }
}
