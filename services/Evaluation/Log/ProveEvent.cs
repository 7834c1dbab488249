using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>That an event is in the log: what leads from its leaf to the root (RFC 9162, 2.1.3).</summary>
/// <param name="EventId">Event id.</param>
/// <param name="Position">Place in the ledger.</param>
/// <param name="Index">Leaf, from 0.</param>
/// <param name="Size">Leaves of the tree it is proved in.</param>
/// <param name="Leaf">Leaf hash, base64.</param>
/// <param name="Hashes">The proof, from the leaf upwards, base64.</param>
/// <param name="Root">Root of that tree, base64.</param>
public sealed record InclusionProof(Guid EventId, long Position, long Index, long Size, byte[] Leaf, List<byte[]> Hashes, byte[] Root);

/// <summary>The same with the signed checkpoint that has this root; null where none was signed at this size.</summary>
public sealed record ProvedEvent(InclusionProof Proof, string? Checkpoint);

/// <summary>That the log of one size is the beginning of the log of another (RFC 9162, 2.1.4).</summary>
/// <param name="From">The smaller size.</param>
/// <param name="To">The larger.</param>
/// <param name="FromRoot">Root of the smaller, base64.</param>
/// <param name="ToRoot">Root of the larger, base64.</param>
/// <param name="Hashes">The proof, base64.</param>
public sealed record ConsistencyProof(long From, long To, byte[] FromRoot, byte[] ToRoot, List<byte[]> Hashes);

/// <summary>Makes proofs from tiles.</summary>
public sealed class Prover(LogStore store, LogWriter writer)
{
    /// <summary>
    /// Proofs for these rows in one tree, in the order of leaves, with its checkpoint; of the newest checkpoint where that holds all of
    /// them, else of one made now. Null while the log refuses to be signed or lacks one of them.
    /// </summary>
    public async Task<(SignedCheckpoint Checkpoint, List<(LedgerRow Row, InclusionProof Proof)> Proved)?> Prove(
        string tenant, IReadOnlyList<LedgerRow> rows, CancellationToken cancel)
    {
        var checkpoint = await store.Checkpoint(tenant, null, cancel);
        var positions = rows.Select(row => row.Position).ToList();
        var leaves = await store.Find(tenant, positions, cancel);
        if (checkpoint is null || leaves.Count < rows.Count || leaves.Values.Any(leaf => leaf.Index >= checkpoint.Size))
        {
            checkpoint = await writer.Now(tenant, cancel);
            leaves = await store.Find(tenant, positions, cancel);
        }

        if (checkpoint is null || leaves.Count < rows.Count || leaves.Values.Any(leaf => leaf.Index >= checkpoint.Size)) return null;
        var proofs = await Prove(tenant, [.. leaves.Values.OrderBy(leaf => leaf.Index)], checkpoint.Size, cancel);
        var byPosition = rows.ToDictionary(row => row.Position);
        return (checkpoint, [.. proofs.Select(proof => (byPosition[proof.Position], proof))]);
    }

    /// <summary>Proofs for these leaves in the tree of this size.</summary>
    public async Task<List<InclusionProof>> Prove(string tenant, IReadOnlyList<LoggedLeaf> leaves, long size, CancellationToken cancel)
    {
        var paths = leaves.Select(leaf => Merkle.Inclusion(leaf.Index, size)).ToList();
        var roots = await store.Roots(tenant, [.. paths.SelectMany(path => path), new(0, size)], cancel);
        var (proofs, at) = (new List<InclusionProof>(), 0);
        foreach (var (leaf, path) in leaves.Zip(paths))
        {
            proofs.Add(new(leaf.EventId, leaf.Position, leaf.Index, size, leaf.Hash, roots.GetRange(at, path.Count), roots[^1]));
            at += path.Count;
        }

        return proofs;
    }
}

/// <summary><c>GET /v1/log/inclusion?event=|position=&amp;size=</c> and <c>GET /v1/log/consistency?from=&amp;to=</c>.</summary>
public static class ProveEvent
{
    internal static readonly Problem Unknown = Problem.Of(404, "event-unknown", new("日志中没有此事件。", "The log has no such event."));

    static readonly Problem sizeUnknown = Problem.Of(400, "size-out-of-range", new(
        "size、from、to 应为日志已达到的大小，from 至少为 1 且不大于 to。",
        "size, from and to must be sizes that the log has reached, from at least 1 and at most to."));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/log/inclusion", async (
            Guid? @event, long? position, long? size, Caller caller, LogStore store, Prover prover, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            var row = @event is { } id ? (await LedgerRows.Of(database, caller.Tenant, [id], cancel)).FirstOrDefault()
                : position is { } at ? (await LedgerRows.At(database, caller.Tenant, [at], cancel)).GetValueOrDefault(at) : null;
            if (row is null) return Unknown;
            if (size is null)
                return await prover.Prove(caller.Tenant, [row], cancel) is var (signed, proved)
                    ? Results.Ok(new ProvedEvent(proved[0].Proof, signed.Note))
                    : Unknown;
            if (!(await store.Find(caller.Tenant, [row.Position], cancel)).TryGetValue(row.Position, out var leaf)) return Unknown;
            if (size <= leaf.Index || size > await store.Size(caller.Tenant, cancel)) return sizeUnknown;
            var proof = await prover.Prove(caller.Tenant, [leaf], size.Value, cancel);
            return Results.Ok(new ProvedEvent(proof[0], (await store.Checkpoint(caller.Tenant, size, cancel))?.Note));
        }).RequireRight("evaluation:read").Produces<ProvedEvent>();

        routes.MapGet("/v1/log/consistency", async (long from, long to, Caller caller, LogStore store, CancellationToken cancel) =>
        {
            if (from < 1 || from > to || to > await store.Size(caller.Tenant, cancel)) return sizeUnknown;
            var path = Merkle.Consistency(from, to);
            var roots = await store.Roots(caller.Tenant, [.. path, new(0, from), new(0, to)], cancel);
            return Results.Ok(new ConsistencyProof(from, to, roots[^2], roots[^1], roots.GetRange(0, path.Count)));
        }).RequireRight("evaluation:read").Produces<ConsistencyProof>();
    }
}
