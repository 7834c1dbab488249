using System.Numerics;
using System.Security.Cryptography;

namespace Monitoring.Evaluation.Log;

/// <summary>The leaves from <paramref name="From"/> up to, not including, <paramref name="To"/>.</summary>
public readonly record struct Leaves(long From, long To);

/// <summary>The root of 2^<paramref name="Height"/> leaves, the <paramref name="Index"/>-th of its height.</summary>
public readonly record struct Node(int Height, long Index);

/// <summary>The hash tree of RFC 6962 and RFC 9162: SHA-256, leaves and nodes kept apart by a first byte. Pure.</summary>
public static class Merkle
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = 32;

    /// <summary>The root of no leaves.</summary>
    public static readonly byte[] Empty = SHA256.HashData([]);

    public static byte[] Leaf(ReadOnlySpan<byte> entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(entry);
        return hash.GetHashAndReset();
    }

    public static byte[] Over(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + 2 * HashSize];
        both[0] = 1;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + HashSize)..]);
        return SHA256.HashData(both);
    }

    /// <summary>Whose roots prove that a leaf is in the tree of this size, from the leaf upwards (RFC 9162, 2.1.3.1).</summary>
    public static IReadOnlyList<Leaves> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<Leaves>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var split = from + Split(to - from);
            if (index < split)
            {
                path.Add(new(split, to));
                to = split;
            }
            else
            {
                path.Add(new(from, split));
                from = split;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>Whose roots prove that the tree of the smaller size is the beginning of the larger (RFC 9162, 2.1.4.1).</summary>
    public static IReadOnlyList<Leaves> Consistency(long smaller, long larger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(smaller, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(smaller, larger);
        var path = new List<Leaves>();
        var (from, to, whole) = (0L, larger, true);
        while (smaller != to)
        {
            var split = from + Split(to - from);
            if (smaller <= split)
            {
                path.Add(new(split, to));
                to = split;
            }
            else
            {
                path.Add(new(from, split));
                from = split;
                whole = false;
            }
        }

        if (!whole) path.Add(new(from, to));
        path.Reverse();
        return path;
    }

    /// <summary>The perfect subtrees that a range beginning at one's edge is made of, from left to right.</summary>
    public static IEnumerable<Node> Perfect(Leaves range)
    {
        for (var from = range.From; from < range.To;)
        {
            var height = BitOperations.Log2((ulong)(range.To - from));
            if (from > 0) height = Math.Min(height, BitOperations.TrailingZeroCount(from));
            yield return new(height, from >> height);
            from += 1L << height;
        }
    }

    /// <summary>The root over perfect subtrees of falling height.</summary>
    public static byte[] Fold(IReadOnlyList<byte[]> roots)
    {
        if (roots.Count == 0) return Empty;
        var root = roots[^1];
        for (var at = roots.Count - 2; at >= 0; at--) root = Over(roots[at], root);
        return root;
    }

    /// <summary>The root over hashes of equal height lying one after the other.</summary>
    public static byte[] Root(ReadOnlySpan<byte> hashes)
    {
        var count = hashes.Length / HashSize;
        if (count == 1) return hashes.ToArray();
        var split = (int)Split(count) * HashSize;
        return Over(Root(hashes[..split]), Root(hashes[split..]));
    }

    /// <summary>True if the proof leads from the leaf at this index to the root of the tree of this size (RFC 9162, 2.1.3.2).</summary>
    public static bool Includes(long index, long size, ReadOnlySpan<byte> leaf, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size) return false;
        var (fn, sn, hash) = (index, size - 1, leaf.ToArray());
        foreach (var step in proof)
        {
            if (sn == 0 || step.Length != HashSize) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                hash = Over(step, hash);
                while ((fn & 1) == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                hash = Over(hash, step);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && root.SequenceEqual(hash);
    }

    /// <summary>True if the proof shows the smaller tree to be the beginning of the larger (RFC 9162, 2.1.4.2).</summary>
    public static bool Extends(
        long smaller, long larger, ReadOnlySpan<byte> smallerRoot, ReadOnlySpan<byte> largerRoot, IReadOnlyList<byte[]> proof)
    {
        if (smaller < 0 || smaller > larger) return false;
        if (smaller == 0) return proof.Count == 0 && smallerRoot.SequenceEqual(Empty);
        if (smaller == larger) return proof.Count == 0 && smallerRoot.SequenceEqual(largerRoot);
        if (proof.Any(step => step.Length != HashSize)) return false;
        var path = BitOperations.IsPow2(smaller) ? [smallerRoot.ToArray(), .. proof] : proof;
        if (path.Count == 0) return false;
        var (fn, sn) = (smaller - 1, larger - 1);
        while ((fn & 1) == 1) (fn, sn) = (fn >> 1, sn >> 1);
        var (old, now) = (path[0], path[0]);
        foreach (var step in path.Skip(1))
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                (old, now) = (Over(step, old), Over(step, now));
                while ((fn & 1) == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                now = Over(now, step);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && smallerRoot.SequenceEqual(old) && largerRoot.SequenceEqual(now);
    }

    /// <summary>The largest power of two below <paramref name="size"/>, which is at least 2.</summary>
    static long Split(long size) => 1L << BitOperations.Log2((ulong)(size - 1));
}
