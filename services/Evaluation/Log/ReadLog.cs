using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>One entry of the log.</summary>
/// <param name="Index">Leaf, from 0.</param>
/// <param name="Position">Place in the ledger.</param>
/// <param name="EventId">Event id.</param>
/// <param name="Leaf">Leaf hash, base64.</param>
/// <param name="Entry">The canonical bytes that were hashed, as they would be now from the ledger's row; null where the row is gone.</param>
public sealed record LogEntry(long Index, long Position, Guid EventId, byte[] Leaf, string? Entry);

/// <summary>
/// The caller's county's log for everybody who can read one: below <c>/v1/log</c> lie <c>checkpoint</c>, <c>tile/{level}/{n}</c> and
/// <c>tile/entries/{n}</c> as C2SP tlog-tiles has them, and <c>key</c> to verify with.
/// </summary>
public static class ReadLog
{
    static readonly Problem tileUnknown = Problem.Of(404, "tile-unknown", new("日志中没有此分块。", "The log has no such tile."));

    internal static readonly Problem Unsigned = Problem.Of(404, "checkpoint-unknown", new(
        "日志尚无签名检查点。", "The log has no signed checkpoint yet."));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/log/checkpoint", async (Caller caller, LogStore store, CancellationToken cancel) =>
            await store.Checkpoint(caller.Tenant, null, cancel) is { } checkpoint ? Results.Text(checkpoint.Note) : Unsigned)
            .RequireRight("evaluation:read").ProducesAs("text/plain");

        routes.MapGet("/v1/log/checkpoints", async (Caller caller, Page page, LogStore store, CancellationToken cancel) =>
        {
            var after = long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : -1;
            var some = await store.Checkpoints(caller.Tenant, after, page.Limit, cancel);
            return new Listing<SignedCheckpoint>(some, some.Count == page.Limit ? $"{some[^1].Size}" : null);
        }).PagedBy<long>().RequireRight("evaluation:read").ProducesPage<SignedCheckpoint>();

        routes.MapPost("/v1/log/checkpoints", async (Caller caller, LogStore store, LogWriter writer, CancellationToken cancel) =>
        {
            var signed = await writer.Now(caller.Tenant, cancel);
            if (writer.Refused.ContainsKey(caller.Tenant))
                return Problem.Of(409, "log-forked", new(
                    "日志与此前签名的检查点不一致，不再签名；请运行核查。", "The log does not fit an earlier checkpoint and gets no signature; run an audit."));
            return signed is null ? Unsigned : (IResult)Results.Text(signed.Note);
        }).RequireRight("evaluation:read").ProducesAs("text/plain");

        routes.MapGet("/v1/log/key", (Caller caller, LogKey key) => Results.Text(key.VerifierKey(caller.Tenant) + "\n")).RequireRight("evaluation:read").ProducesAs("text/plain");

        routes.MapGet("/v1/log/tile/{level:int:range(0,7)}/{**number}", async (
            int level, string number, Caller caller, LogStore store, CancellationToken cancel) =>
            await Tile(caller, level, number, store, cancel) is var (tile, width)
                ? Results.Bytes(tile.Hashes.AsMemory(0, width * Merkle.HashSize), "application/octet-stream")
                : tileUnknown).RequireRight("evaluation:read").ProducesAs("application/octet-stream");

        routes.MapGet("/v1/log/tile/entries/{**number}", async (
            string number, Caller caller, LogStore store, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            if (await Tile(caller, 0, number, store, cancel) is not var (tile, width)) return tileUnknown;
            using var bundle = new MemoryStream();
            foreach (var entry in await Entries(caller, tile, 0, width, database, cancel))
            {
                if (entry.Entry is null)
                    return Problem.Of(409, "entry-gone", new(
                        $"台账中位置 {entry.Position} 的事件已不存在；请运行核查。",
                        $"The ledger no longer has the event at position {entry.Position}; run an audit."));
                var bytes = Encoding.UTF8.GetBytes(entry.Entry);
                // The public format counts an entry's bytes with 16 bits; a push of many readings is longer.
                if (bytes.Length > ushort.MaxValue)
                    return Problem.Of(409, "entry-too-large", new(
                        $"位置 {entry.Position} 的事件超过 65535 字节，无法按此格式给出；请用 /v1/log/entries。",
                        $"The event at position {entry.Position} has more than 65,535 bytes and does not fit this format; use /v1/log/entries."));
                var length = new byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
                bundle.Write(length);
                bundle.Write(bytes);
            }

            return (IResult)Results.Bytes(bundle.ToArray(), "application/octet-stream");
        }).RequireRight("evaluation:read").ProducesAs("application/octet-stream").Refuses(409);

        routes.MapGet("/v1/log/entries", async (
            long? from, Caller caller, Page page, LogStore store, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            var index = long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after + 1 : Math.Max(0, from ?? 0);
            var address = new TileAddress(0, index / TileAddress.Width);
            if (!(await store.Tiles(caller.Tenant, [address], cancel)).TryGetValue(address, out var tile)) return new Listing<LogEntry>([], null);
            // A page ends with its tile at the latest.
            var end = Math.Min(tile.Positions.Length, index % TileAddress.Width + page.Limit);
            var entries = await Entries(caller, tile, (int)(index % TileAddress.Width), (int)end, database, cancel);
            return new Listing<LogEntry>(entries, entries.Count > 0 && (end == TileAddress.Width || entries.Count == page.Limit) ? $"{entries[^1].Index}" : null);
        }).PagedBy<long>().RequireRight("evaluation:read").ProducesPage<LogEntry>();
    }

    static async Task<(StoredTile Tile, int Width)?> Tile(Caller caller, int level, string number, LogStore store, CancellationToken cancel)
    {
        if (!TileAddress.TryParseNumber(number, out var index, out var width)) return null;
        var address = new TileAddress(level, index);
        return (await store.Tiles(caller.Tenant, [address], cancel)).TryGetValue(address, out var tile) && tile.Hashes.Length >= width * Merkle.HashSize
            ? (tile, width)
            : null;
    }

    static async Task<List<LogEntry>> Entries(
        Caller caller, StoredTile tile, int first, int end, NpgsqlDataSource database, CancellationToken cancel)
    {
        if (first >= end) return [];
        var rows = await LedgerRows.At(database, caller.Tenant, tile.Positions[first..end], cancel);
        return
        [
            .. Enumerable.Range(first, end - first).Select(place => LogStore.LeafAt(tile, place)).Select(leaf => new LogEntry(
                leaf.Index, leaf.Position, leaf.EventId, leaf.Hash,
                rows.TryGetValue(leaf.Position, out var row) ? Encoding.UTF8.GetString(row.Entry()) : null)),
        ];
    }
}
