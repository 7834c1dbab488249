using System.Globalization;
using System.Text;

namespace Monitoring.Evaluation.Log;

/// <summary>
/// The log outside the database, in <c>Log:Folder</c>, one folder per county, to be mirrored elsewhere: tiles and the newest
/// <c>checkpoint</c> as C2SP tlog-tiles lays them out, every earlier one under <c>checkpoints/{size}</c>, and under <c>names/</c> which row
/// (<c>position eventId</c>) each leaf stands for. It holds hashes and ids, no figure. Files are written whole or not at all.
/// </summary>
public sealed class LogFolder(LogStore store, IConfiguration configuration)
{
    const int TilesAtOnce = 64;

    readonly string? root = configuration["Log:Folder"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>False where no folder is configured.</summary>
    public bool Kept => root is not null;

    string Of(string tenant) => Path.Combine(root!, tenant);

    /// <summary>The checkpoint that lies there, or null.</summary>
    /// <exception cref="FormatException">What lies there is no checkpoint.</exception>
    public Checkpoint? Latest(string tenant) =>
        Kept && Path.Combine(Of(tenant), "checkpoint") is var file && File.Exists(file) ? Checkpoint.Parse(File.ReadAllText(file)) : null;

    /// <summary>Every note that lies there, newest last.</summary>
    public IEnumerable<string> Notes(string tenant) => Kept && Path.Combine(Of(tenant), "checkpoints") is var notes && Directory.Exists(notes)
        ? Directory.EnumerateFiles(notes).Where(file => !file.EndsWith('~')).Order(StringComparer.Ordinal).Select(File.ReadAllText)
        : [];

    /// <summary>The hashes of a tile there that has at least this width, or null.</summary>
    public byte[]? Tile(string tenant, TileAddress address, int width)
    {
        if (!Kept) return null;
        var file = Path.Combine(Of(tenant), address.Path(width));
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    /// <summary>Writes what has come since the checkpoint that lies there: first the tiles, then the checkpoint.</summary>
    public async Task Publish(string tenant, SignedCheckpoint checkpoint, CancellationToken cancel)
    {
        if (!Kept) return;
        var from = Latest(tenant)?.Size ?? 0;
        var text = Encoding.UTF8.GetBytes(checkpoint.Note);
        await Write(tenant, string.Create(CultureInfo.InvariantCulture, $"checkpoints/{checkpoint.Size:000000000000}"), text, cancel);
        if (from >= checkpoint.Size) return;
        foreach (var addresses in New(from, checkpoint.Size).Chunk(TilesAtOnce))
        {
            foreach (var (address, tile) in await store.Tiles(tenant, addresses, cancel))
            {
                var width = address.FilledBy(checkpoint.Size);
                if (width == 0) continue;
                await Write(tenant, address.Path(width), tile.Hashes.AsMemory(0, width * Merkle.HashSize), cancel);
                if (address.Level != 0) continue;
                var names = string.Concat(Enumerable.Range(0, width).Select(at =>
                    string.Create(CultureInfo.InvariantCulture, $"{tile.Positions[at]} {tile.EventIds[at]}\n")));
                await Write(tenant, $"names/{TileAddress.NumberPath(address.Index)}{TileAddress.Partial(width)}", Encoding.ASCII.GetBytes(names), cancel);
            }
        }

        // Another instance may have been faster; who mirrors the folder must not see the log shrink.
        if (Latest(tenant) is not { } there || there.Size < checkpoint.Size) await Write(tenant, "checkpoint", text, cancel);
    }

    static IEnumerable<TileAddress> New(long from, long to)
    {
        for (var level = 0; to >> (TileAddress.Height * level) > 0; level++)
        {
            var (first, end) = (from >> (TileAddress.Height * level), to >> (TileAddress.Height * level));
            for (var index = first / TileAddress.Width; index <= end / TileAddress.Width; index++) yield return new(level, index);
        }
    }

    async Task Write(string tenant, string path, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        var file = Path.Combine(Of(tenant), path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var unfinished = $"{file}.{Guid.CreateVersion7():N}~";
        await using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write))
        {
            await stream.WriteAsync(content, cancel);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, file, overwrite: true);
    }
}
