using System.Data;
using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>A checkpoint as it was signed.</summary>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Root hash.</param>
/// <param name="Note">The signed note.</param>
/// <param name="SignedAt">UTC.</param>
public sealed record SignedCheckpoint(long Size, byte[] Root, string Note, DateTimeOffset SignedAt);

/// <summary>A tile of hashes; on level 0 with the rows that its leaves stand for.</summary>
public sealed record StoredTile(TileAddress Address, byte[] Hashes, long[] Positions, Guid[] EventIds);

/// <summary>
/// The log in PostgreSQL: a tree per county in tiles of 256 hashes, and how far the ledger has been read. Leaves are appended under a row
/// lock and in one transaction with that position, so whoever appends, and whenever it dies, no leaf is lost or doubled.
/// </summary>
public sealed class LogStore(NpgsqlDataSource database)
{
    /// <summary>What a migration adds beside the event store's own tables.</summary>
    public const string Schema = """
        create table if not exists evaluation.log_position (
            single boolean primary key default true check (single), position bigint not null);
        insert into evaluation.log_position values (true, 0) on conflict do nothing;
        create table if not exists evaluation.log_head (tenant_id varchar primary key, size bigint not null);
        create table if not exists evaluation.log_tile (
            tenant_id varchar not null, level int not null, tile bigint not null, hashes bytea not null,
            positions bigint[], event_ids uuid[], primary key (tenant_id, level, tile));
        alter table evaluation.log_tile alter column hashes set storage external;
        create index if not exists log_tile_position on evaluation.log_tile (tenant_id, (positions[1])) where level = 0;
        create table if not exists evaluation.log_checkpoint (
            tenant_id varchar not null, size bigint not null, root bytea not null, note text not null, signed_at timestamptz not null,
            primary key (tenant_id, size));
        create index if not exists ledger_receipt on evaluation.mt_events (tenant_id, causation_id) where causation_id is not null;
        """;

    /// <summary>Name of the index above, which the event store leaves alone when it compares schemas.</summary>
    public const string ReceiptIndex = "ledger_receipt";

    internal const string RowColumns =
        "seq_id, id, type, tenant_id, stream_id, version, timestamp, user_name, causation_id, correlation_id, headers->>'ledgeredAt', data::text";

    const int AppendMax = 4_000;

    internal static LedgerRow Row(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5),
        row.GetFieldValue<DateTimeOffset>(6), Text(row, 7), Text(row, 8), Text(row, 9), Text(row, 10), row.GetString(11));

    static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>
    /// Appends a leaf for each of the next events, up to the daemon's high-water mark: below it no event can appear any more, so the
    /// order of leaves is the order of the ledger for good. Answers how many events it read; 0 when there is nothing more.
    /// </summary>
    public async Task<int> Append(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var position = await Scalar(connection, "select position from evaluation.log_position for update", cancel);
        var rows = await NextRows(connection, position, cancel);
        if (rows.Count == 0) return 0;

        foreach (var county in rows.GroupBy(row => row.Tenant)) await Append(connection, county.Key, [.. county], cancel);
        await using (var move = new NpgsqlCommand("update evaluation.log_position set position = $1", connection))
        {
            move.Parameters.Add(new NpgsqlParameter { Value = rows[^1].Position });
            await move.ExecuteNonQueryAsync(cancel);
        }

        await transaction.CommitAsync(cancel);
        return rows.Count;
    }

    static async Task<List<LedgerRow>> NextRows(NpgsqlConnection connection, long position, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"""
            select {RowColumns} from evaluation.mt_events
            where seq_id > $1 and type <> 'tombstone' and
                  seq_id <= (select last_seq_id from evaluation.mt_event_progression where name = 'HighWaterMark')
            order by seq_id limit {AppendMax}
            """, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = position });
        return await Rows(command, cancel);
    }

    internal static async Task<List<LedgerRow>> Rows(NpgsqlCommand command, CancellationToken cancel)
    {
        var rows = new List<LedgerRow>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) rows.Add(Row(reader));
        return rows;
    }

    static async Task Append(NpgsqlConnection connection, string tenant, List<LedgerRow> rows, CancellationToken cancel)
    {
        var size = await Size(connection, tenant, cancel);
        var tiles = await Tiles(connection, tenant, RightEdge.Addresses(size), cancel);
        var edge = RightEdge.Of(size, address => tiles[address].Hashes);
        // What level 0 is about to say of its leaves, from the first that shares a tile with the old ones on.
        var begin = size / TileAddress.Width * TileAddress.Width;
        List<(long Position, Guid Id)> named = [];
        if (size > begin && tiles[new(0, begin / TileAddress.Width)] is var last) named.AddRange(last.Positions.Zip(last.EventIds));
        foreach (var row in rows)
        {
            edge.Append(row.Leaf());
            named.Add((row.Position, row.Id));
        }

        await using var batch = new NpgsqlBatch(connection);
        foreach (var (address, hashes) in edge.TakeChanged())
        {
            var (first, count) = ((int)(address.Index * TileAddress.Width - begin), hashes.Length / Merkle.HashSize);
            var own = address.Level == 0 ? named.GetRange(first, count) : null;
            batch.BatchCommands.Add(new NpgsqlBatchCommand("""
                insert into evaluation.log_tile values ($1, $2, $3, $4, $5, $6)
                on conflict (tenant_id, level, tile) do update
                set hashes = excluded.hashes, positions = excluded.positions, event_ids = excluded.event_ids
                """)
            {
                Parameters =
                {
                    new() { Value = tenant }, new() { Value = address.Level }, new() { Value = address.Index }, new() { Value = hashes },
                    new() { Value = (object?)own?.Select(one => one.Position).ToArray() ?? DBNull.Value },
                    new() { Value = (object?)own?.Select(one => one.Id).ToArray() ?? DBNull.Value },
                },
            });
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into evaluation.log_head values ($1, $2) on conflict (tenant_id) do update set size = excluded.size
            """) { Parameters = { new() { Value = tenant }, new() { Value = edge.Size } } });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Every county's tree and its size.</summary>
    public async Task<List<(string Tenant, long Size)>> Heads(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select tenant_id, size from evaluation.log_head order by tenant_id");
        var heads = new List<(string, long)>();
        await using var row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel)) heads.Add((row.GetString(0), row.GetInt64(1)));
        return heads;
    }

    /// <summary>How many leaves a county's tree has.</summary>
    public async Task<long> Size(string tenant, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await Size(connection, tenant, cancel);
    }

    static async Task<long> Size(NpgsqlConnection connection, string tenant, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select size from evaluation.log_head where tenant_id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        return await command.ExecuteScalarAsync(cancel) as long? ?? 0;
    }

    /// <summary>Up to where the ledger has been read.</summary>
    public async Task<long> Position(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await Scalar(connection, "select position from evaluation.log_position", cancel);
    }

    static async Task<long> Scalar(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancel) as long? ?? 0;
    }

    /// <summary>The tiles at these addresses, as far as there are such.</summary>
    public async Task<Dictionary<TileAddress, StoredTile>> Tiles(string tenant, IEnumerable<TileAddress> addresses, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await Tiles(connection, tenant, addresses, cancel);
    }

    static async Task<Dictionary<TileAddress, StoredTile>> Tiles(
        NpgsqlConnection connection, string tenant, IEnumerable<TileAddress> addresses, CancellationToken cancel)
    {
        var wanted = addresses.Distinct().ToList();
        await using var command = new NpgsqlCommand("""
            select level, tile, hashes, positions, event_ids from evaluation.log_tile
            where tenant_id = $1 and (level, tile) in (select * from unnest($2, $3)) order by level, tile
            """, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = wanted.Select(one => one.Level).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = wanted.Select(one => one.Index).ToArray() });
        var tiles = new Dictionary<TileAddress, StoredTile>();
        await using var row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            var address = new TileAddress(row.GetInt32(0), row.GetInt64(1));
            tiles[address] = new(
                address, row.GetFieldValue<byte[]>(2), row.IsDBNull(3) ? [] : row.GetFieldValue<long[]>(3),
                row.IsDBNull(4) ? [] : row.GetFieldValue<Guid[]>(4));
        }

        return tiles;
    }

    /// <summary>The roots over these ranges of leaves, all of which the tree must have.</summary>
    public async Task<List<byte[]>> Roots(string tenant, IReadOnlyList<Leaves> ranges, CancellationToken cancel)
    {
        var nodes = ranges.Select(range => Merkle.Perfect(range).ToList()).ToList();
        var tiles = await Tiles(tenant, nodes.SelectMany(range => range).Select(node => TileAddress.Of(node).Tile), cancel);
        return [.. nodes.Select(range => Merkle.Fold([.. range.Select(Root)]))];

        byte[] Root(Node node)
        {
            var (address, first, count) = TileAddress.Of(node);
            return Merkle.Root(tiles[address].Hashes.AsSpan(first * Merkle.HashSize, count * Merkle.HashSize));
        }
    }

    /// <summary>The root of a county's tree when it had this size.</summary>
    public async Task<byte[]> Root(string tenant, long size, CancellationToken cancel) =>
        (await Roots(tenant, [new(0, size)], cancel))[0];

    /// <summary>The leaves of these ledger positions, by position; those that are no leaf of this county are left out.</summary>
    public async Task<Dictionary<long, LoggedLeaf>> Find(string tenant, IReadOnlyCollection<long> positions, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select asked.position, tile.tile, array_position(tile.positions, asked.position)
            from unnest($2) as asked(position) cross join lateral (
                select tile, positions from evaluation.log_tile
                where tenant_id = $1 and level = 0 and positions[1] <= asked.position order by positions[1] desc limit 1) tile
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = positions.ToArray() });
        var places = new List<(long Position, TileAddress Tile, int Place)>();
        await using (var row = await command.ExecuteReaderAsync(cancel))
        {
            while (await row.ReadAsync(cancel))
                if (!row.IsDBNull(2)) places.Add((row.GetInt64(0), new(0, row.GetInt64(1)), row.GetInt32(2) - 1));
        }

        var tiles = await Tiles(tenant, places.Select(one => one.Tile), cancel);
        return places.ToDictionary(one => one.Position, one => LeafAt(tiles[one.Tile], one.Place));
    }

    internal static LoggedLeaf LeafAt(StoredTile tile, int place) => new(
        tile.Address.Index * TileAddress.Width + place, tile.Positions[place], tile.EventIds[place],
        tile.Hashes.AsSpan(place * Merkle.HashSize, Merkle.HashSize).ToArray());

    /// <summary>The newest checkpoint of a county, or the one of this size.</summary>
    public async Task<SignedCheckpoint?> Checkpoint(string tenant, long? size, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select size, root, note, signed_at from evaluation.log_checkpoint
            where tenant_id = $1 and ($2::bigint is null or size = $2) order by size desc limit 1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)size ?? DBNull.Value, DbType = DbType.Int64 });
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? Signed(row) : null;
    }

    /// <summary>All checkpoints of a county beyond a size, by size.</summary>
    public async Task<List<SignedCheckpoint>> Checkpoints(string tenant, long after, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select size, root, note, signed_at from evaluation.log_checkpoint where tenant_id = $1 and size > $2 order by size limit $3
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        command.Parameters.Add(new NpgsqlParameter { Value = limit });
        var all = new List<SignedCheckpoint>();
        await using var row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel)) all.Add(Signed(row));
        return all;
    }

    static SignedCheckpoint Signed(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3));

    /// <summary>Keeps a checkpoint; the first of a size stays.</summary>
    public async Task Keep(string tenant, SignedCheckpoint checkpoint, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into evaluation.log_checkpoint values ($1, $2, $3, $4, $5) on conflict do nothing
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = checkpoint.Size });
        command.Parameters.Add(new NpgsqlParameter { Value = checkpoint.Root });
        command.Parameters.Add(new NpgsqlParameter { Value = checkpoint.Note });
        command.Parameters.Add(new NpgsqlParameter { Value = checkpoint.SignedAt });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
