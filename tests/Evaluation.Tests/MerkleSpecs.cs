using System.Numerics;
using CsCheck;
using Monitoring.Evaluation.Log;

namespace Monitoring.Evaluation.Tests;

/// <summary>RFC 6962 and RFC 9162 against their public test vectors, and against the definition written down as it stands there.</summary>
public sealed class MerkleSpecs
{
    // The eight leaves that implementations of RFC 6962 test with, and the roots over the first one to eight of them.
    static readonly string[] inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    static readonly string[] roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    static List<byte[]> Vector => [.. inputs.Select(input => Merkle.Leaf(Convert.FromHexString(input)))];

    static readonly Gen<List<byte[]>> leaves = Gen.Int[1, 700].Select(count => Enumerable.Range(0, count).Select(at => Merkle.Leaf(BitConverter.GetBytes(at))).ToList());

    /// <summary>MTH of RFC 9162, 2.1.1.</summary>
    static byte[] Naive(List<byte[]> hashes)
    {
        if (hashes.Count == 0) return Merkle.Empty;
        if (hashes.Count == 1) return hashes[0];
        var split = (int)BitOperations.RoundUpToPowerOf2((uint)hashes.Count) / 2;
        return Merkle.Over(Naive(hashes[..split]), Naive(hashes[split..]));
    }

    static List<byte[]> Proof(List<byte[]> all, IEnumerable<Leaves> path) => [.. path.Select(range => Naive(all[(int)range.From..(int)range.To]))];

    [Fact]
    public void The_roots_of_the_public_vectors_come_out()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(Merkle.Empty));
        var edge = new RightEdge();
        foreach (var (leaf, root) in Vector.Zip(roots))
        {
            edge.Append(leaf);
            Assert.Equal(root, Convert.ToHexStringLower(edge.Root()));
        }
    }

    [Fact]
    public void The_proofs_of_the_public_vectors_come_out()
    {
        Assert.Equal(
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
            Proof(Vector, Merkle.Inclusion(0, 8)).Select(Convert.ToHexStringLower));
        Assert.Equal(
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
            Proof(Vector, Merkle.Consistency(6, 8)).Select(Convert.ToHexStringLower));
    }

    [Fact]
    public void Every_leaf_is_proved_and_no_other_leaf_place_or_proof_is() => leaves.Select(Gen.Int[0, 1_000_000], Gen.Int[0, 1_000_000]).Sample((all, seed, other) =>
    {
        var (index, size, root) = (seed % all.Count, all.Count, Naive(all));
        var proof = Proof(all, Merkle.Inclusion(index, size));
        Assert.True(Merkle.Includes(index, size, all[index], proof, root));
        Assert.False(Merkle.Includes(index, size, Merkle.Leaf([1, 2, 3, 4, 5]), proof, root));
        Assert.False(Merkle.Includes(size, size, all[index], proof, root));
        if (other % size != index) Assert.False(Merkle.Includes(other % size, size, all[index], proof, root));
        if (proof.Count == 0) return;
        Assert.False(Merkle.Includes(index, size, all[index], proof[..^1], root));
        Assert.False(Merkle.Includes(index, size, all[index], [.. proof, proof[0]], root));
        proof[other % proof.Count] = Merkle.Empty;
        Assert.False(Merkle.Includes(index, size, all[index], proof, root));
    }, iter: 300);

    [Fact]
    public void Every_beginning_is_proved_and_no_other_past_is() => leaves.Select(Gen.Int[0, 1_000_000]).Sample((all, seed) =>
    {
        var (smaller, larger) = (1 + seed % all.Count, all.Count);
        var (old, now) = (Naive(all[..smaller]), Naive(all));
        var proof = Proof(all, Merkle.Consistency(smaller, larger));
        Assert.True(Merkle.Extends(smaller, larger, old, now, proof));
        List<byte[]> rewritten = [.. all[..smaller]];
        rewritten[seed % smaller] = Merkle.Empty;
        Assert.False(Merkle.Extends(smaller, larger, Naive(rewritten), now, proof));
        if (proof.Count > 0) Assert.False(Merkle.Extends(smaller, larger, old, now, proof[..^1]));
    }, iter: 300);

    [Fact]
    public void The_right_edge_gives_the_root_and_the_tiles_however_the_leaves_come() => Gen.Int[1, 1_500].Array[1, 6].Sample(batches =>
    {
        var (all, tiles, size) = (new List<byte[]>(), new Dictionary<TileAddress, byte[]>(), 0L);
        foreach (var batch in batches)
        {
            // As after a crash: nothing but what was stored is known.
            var edge = RightEdge.Of(size, address => tiles[address]);
            for (var at = 0; at < batch; at++)
            {
                all.Add(Merkle.Leaf(BitConverter.GetBytes(all.Count)));
                edge.Append(all[^1]);
            }

            foreach (var (address, hashes) in edge.TakeChanged()) tiles[address] = hashes;
            size = edge.Size;
            Assert.Equal(Naive(all), edge.Root());
        }

        Assert.Equal(all.SelectMany(hash => hash), tiles.Where(tile => tile.Key.Level == 0).OrderBy(tile => tile.Key.Index).SelectMany(tile => tile.Value));
        foreach (var (address, hashes) in tiles)
        {
            Assert.Equal(address.FilledBy(size) * Merkle.HashSize, hashes.Length);
            if (address.Level == 0) continue;
            var first = (int)(address.Index << 16);
            Assert.Equal(Naive(all[first..(first + 256)]), hashes[..32]);
        }
    }, iter: 40);

    [Theory]
    [InlineData(0, "tile/0/000")]
    [InlineData(999, "tile/0/999")]
    [InlineData(1_000, "tile/0/x001/000")]
    [InlineData(1_234_067, "tile/0/x001/x234/067")]
    public void Tiles_lie_where_the_standard_puts_them(long index, string path)
    {
        Assert.Equal(path, new TileAddress(0, index).Path(256));
        Assert.Equal(path + ".p/17", new TileAddress(0, index).Path(17));
        Assert.True(TileAddress.TryParseNumber(path[7..] + ".p/17", out var parsed, out var width));
        Assert.Equal((index, 17), (parsed, width));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("x000/001")]
    [InlineData("001/000")]
    [InlineData("000.p/256")]
    [InlineData("000.p/0")]
    [InlineData("000.p/01")]
    [InlineData("x-01/000")]
    [InlineData("")]
    public void Another_way_of_writing_a_tile_is_no_tile(string path) => Assert.False(TileAddress.TryParseNumber(path, out _, out _));

    const string Neumann = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    const string Saying = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";

    [Fact]
    public void A_note_that_others_have_signed_opens_and_a_changed_one_does_not()
    {
        var note = Saying + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        Assert.Equal(Saying, SignedNote.Open(note, Neumann));
        Assert.Throws<FormatException>(() => SignedNote.Open(note.Replace("think", "thank", StringComparison.Ordinal), Neumann));
        Assert.Throws<FormatException>(() => SignedNote.Open(Saying, Neumann));
    }

    [Fact]
    public void A_checkpoint_is_signed_opened_and_read_back()
    {
        var seed = new byte[32];
        var checkpoint = new Checkpoint("monitoring/410325/ledger", 8, Convert.FromHexString(roots[7]));
        var note = SignedNote.Sign(checkpoint.Text, checkpoint.Origin, seed);
        var read = Checkpoint.Parse(SignedNote.Open(note, SignedNote.VerifierKey(checkpoint.Origin, seed)));
        Assert.Equal((checkpoint.Origin, checkpoint.Size, checkpoint.Text), (read.Origin, read.Size, read.Text));
        Assert.Throws<FormatException>(() => SignedNote.Open(note, Neumann));
        Assert.Throws<FormatException>(() => Checkpoint.Parse("monitoring/410325/ledger\n08\n" + Convert.ToBase64String(checkpoint.Root) + "\n"));
    }
}
