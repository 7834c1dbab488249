using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>Reads the ledger's rows as they lie there, past the event store: what is proved is what PostgreSQL holds.</summary>
static class LedgerRows
{
    static readonly string select = $"select {LogStore.RowColumns} from evaluation.mt_events where tenant_id = $1 and type <> 'tombstone'";

    /// <summary>The rows at these positions, as far as there are such.</summary>
    public static async Task<Dictionary<long, LedgerRow>> At(NpgsqlDataSource database, string tenant, long[] positions, CancellationToken cancel) =>
        (await Read(database, $"{select} and seq_id = any($2)", tenant, positions, cancel)).ToDictionary(row => row.Position);

    /// <summary>The events of these ids, as far as there are such, in ledger order.</summary>
    public static Task<List<LedgerRow>> Of(NpgsqlDataSource database, string tenant, Guid[] ids, CancellationToken cancel) =>
        Read(database, $"{select} and id = any($2) order by seq_id", tenant, ids, cancel);

    /// <summary>The events that one receipt carried, in ledger order.</summary>
    public static Task<List<LedgerRow>> OfReceipt(NpgsqlDataSource database, string tenant, string receipt, int limit, CancellationToken cancel) =>
        Read(database, $"{select} and causation_id = $2 order by seq_id limit {limit}", tenant, receipt, cancel);

    /// <summary>A stream from its beginning.</summary>
    public static Task<List<LedgerRow>> OfStream(NpgsqlDataSource database, string tenant, string stream, int limit, CancellationToken cancel) =>
        Read(database, $"{select} and stream_id = $2 order by seq_id limit {limit}", tenant, stream, cancel);

    /// <summary>All rows beyond one position, up to and with another.</summary>
    public static async Task<List<LedgerRow>> Between(NpgsqlDataSource database, string tenant, long after, long upTo, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"{select} and seq_id > $2 and seq_id <= $3 order by seq_id");
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        command.Parameters.Add(new NpgsqlParameter { Value = upTo });
        return await LogStore.Rows(command, cancel);
    }

    static async Task<List<LedgerRow>> Read(NpgsqlDataSource database, string sql, string tenant, object value, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await LogStore.Rows(command, cancel);
    }
}
