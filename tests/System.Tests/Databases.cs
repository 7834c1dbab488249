using Npgsql;

namespace Monitoring.System.Tests;

/// <summary>One event as it lies in a store, to compare a source with the ledger.</summary>
sealed record Stored(string Tenant, string Stream, long Version, Guid Id, string Type, string Data);

/// <summary>Looks into stores from outside, as an auditor with SQL would.</summary>
static class Databases
{
    /// <summary>All events of a schema, by stream and version; without Marten's tombstones, which mark failed appends.</summary>
    public static async Task<List<Stored>> Events(string connection, string schema)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand($"""
            select tenant_id, stream_id, version, id, type, data::text from {schema}.mt_events
            where type <> 'tombstone' order by tenant_id, stream_id, version
            """);
        var events = new List<Stored>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            events.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.GetGuid(3), rows.GetString(4), rows.GetString(5)));
        return events;
    }

    /// <summary>Streams in which a later position holds an earlier version, or versions are not 1, 2, 3 ….</summary>
    public static async Task<List<string>> OutOfOrder(string connection, string schema)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand($"""
            select distinct stream_id from (
                select stream_id, version, row_number() over (partition by tenant_id, stream_id order by seq_id) as place
                from {schema}.mt_events where type <> 'tombstone') placed
            where version <> place
            """);
        var streams = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) streams.Add(rows.GetString(0));
        return streams;
    }

    /// <summary>Every row of Evaluation's views as it stands, as text.</summary>
    public static async Task<List<string>> Views(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand("""
            select tenant_id || stream || data::text from evaluation.history_indicators where to_position is null
            union all select tenant_id || stream || data::text from evaluation.history_projects where to_position is null
            union all select tenant_id || stream || data::text from evaluation.history_verdict_rules where to_position is null
            order by 1
            """);
        var documents = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) documents.Add(rows.GetString(0));
        return documents;
    }
}
