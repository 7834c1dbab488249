using System.Globalization;

namespace Monitoring.Evaluation.Log;

/// <summary>Where a tile lies: 256 hashes of the height 8 × <paramref name="Level"/>, the <paramref name="Index"/>-th such run (C2SP tlog-tiles).</summary>
public readonly record struct TileAddress(int Level, long Index)
{
    /// <summary>Hashes of a full tile.</summary>
    public const int Width = 256;

    /// <summary>Heights that one tile spans.</summary>
    public const int Height = 8;

    /// <summary>The tile that holds what a node is the root of, the first of these hashes in it, and how many they are.</summary>
    public static (TileAddress Tile, int First, int Count) Of(Node node)
    {
        var (level, above) = (node.Height / Height, node.Height % Height);
        var first = node.Index << above;
        return (new(level, first / Width), (int)(first % Width), 1 << above);
    }

    /// <summary>How many hashes of this tile a tree of this size fills, 0 to 256.</summary>
    public int FilledBy(long size) => (int)Math.Clamp((size >> (Height * Level)) - Index * Width, 0, Width);

    /// <summary>Path below the log's address: <c>tile/0/x001/234</c>, and <c>.p/17</c> where it is not full.</summary>
    public string Path(int width) => $"tile/{Level}/{NumberPath(Index)}{Partial(width)}";

    /// <summary>The index in groups of three digits, all but the last marked with an x.</summary>
    public static string NumberPath(long index)
    {
        var path = (index % 1_000).ToString("000", CultureInfo.InvariantCulture);
        for (index /= 1_000; index > 0; index /= 1_000)
            path = string.Create(CultureInfo.InvariantCulture, $"x{index % 1_000:000}/{path}");
        return path;
    }

    /// <summary>What follows the number of a tile that is not full.</summary>
    public static string Partial(int width) => width == Width ? "" : string.Create(CultureInfo.InvariantCulture, $".p/{width}");

    /// <summary>Reads <c>x001/234</c> or <c>x001/234.p/17</c>; one way of writing each only.</summary>
    public static bool TryParseNumber(string path, out long index, out int width)
    {
        (index, width) = (0, Width);
        var number = path;
        if (path.IndexOf(".p/", StringComparison.Ordinal) is var at and >= 0)
        {
            number = path[..at];
            if (!int.TryParse(path.AsSpan(at + 3), NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is < 1 or >= Width) return false;
        }

        foreach (var group in number.Split('/'))
        {
            if (!int.TryParse(group.AsSpan().TrimStart('x'), NumberStyles.None, CultureInfo.InvariantCulture, out var three) || index > 1L << 40) return false;
            index = index * 1_000 + three;
        }

        return NumberPath(index) + Partial(width) == path;
    }
}

/// <summary>The tree's right edge: all that is needed to append leaves and to know the root. At most 255 hashes per level.</summary>
public sealed class RightEdge
{
    readonly List<(TileAddress Address, List<byte> Hashes, bool Touched)> levels = [];
    readonly List<(TileAddress Address, byte[] Hashes)> full = [];

    /// <summary>Leaves in the tree.</summary>
    public long Size { get; private set; }

    /// <summary>The edge of a tree of this size, from its last tiles.</summary>
    /// <param name="size">Leaves in the tree.</param>
    /// <param name="tile">Gives the hashes of a tile, one after the other.</param>
    public static RightEdge Of(long size, Func<TileAddress, byte[]> tile)
    {
        var edge = new RightEdge { Size = size };
        foreach (var address in Addresses(size))
        {
            var filled = address.FilledBy(size);
            edge.levels.Add((address, [.. filled == 0 ? [] : tile(address).AsSpan(0, filled * Merkle.HashSize)], false));
        }

        return edge;
    }

    /// <summary>The tiles at the edge of a tree of this size, filled or about to be.</summary>
    public static IEnumerable<TileAddress> Addresses(long size)
    {
        for (var (level, count) = (0, size); count > 0; (level, count) = (level + 1, count / TileAddress.Width))
            yield return new(level, count / TileAddress.Width);
    }

    public void Append(byte[] leaf)
    {
        Put(0, leaf);
        Size++;
    }

    /// <summary>The tiles that have changed since the last call, with all their hashes.</summary>
    public IReadOnlyList<(TileAddress Address, byte[] Hashes)> TakeChanged()
    {
        List<(TileAddress, byte[])> changed = [.. full];
        full.Clear();
        for (var level = 0; level < levels.Count; level++)
        {
            var (address, hashes, touched) = levels[level];
            if (!touched || hashes.Count == 0) continue;
            changed.Add((address, [.. hashes]));
            levels[level] = (address, hashes, false);
        }

        return changed;
    }

    /// <summary>The root hash.</summary>
    public byte[] Root()
    {
        var roots = new List<byte[]>();
        foreach (var (_, hashes, _) in Enumerable.Reverse(levels))
        {
            var span = hashes.ToArray().AsSpan();
            var count = span.Length / Merkle.HashSize;
            foreach (var node in Merkle.Perfect(new(0, count)))
                roots.Add(Merkle.Root(span.Slice((int)(node.Index << node.Height) * Merkle.HashSize, (1 << node.Height) * Merkle.HashSize)));
        }

        return Merkle.Fold(roots);
    }

    void Put(int level, byte[] hash)
    {
        if (level == levels.Count) levels.Add((new(level, 0), [], false));
        var (address, hashes, _) = levels[level];
        hashes.AddRange(hash);
        levels[level] = (address, hashes, true);
        if (hashes.Count < TileAddress.Width * Merkle.HashSize) return;

        var whole = hashes.ToArray();
        full.Add((address, whole));
        levels[level] = (new(level, address.Index + 1), [], false);
        Put(level + 1, Merkle.Root(whole));
    }
}
