using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>An audit of a county's ledger against its log, as asked for and as it came out.</summary>
public sealed record LogAudit
{
    /// <summary>Findings that are kept; beyond, they are only counted.</summary>
    public const int FindingsMax = 1_000;

    public Guid Id { get; init; }

    /// <summary>County.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Who asked; <c>nightly</c> for the audit of the night.</summary>
    public string AskedBy { get; init; } = "";

    /// <summary>UTC.</summary>
    public DateTimeOffset AskedAt { get; init; }

    /// <summary>UTC; null while it waits or runs.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>Leaves that were compared.</summary>
    public long Leaves { get; init; }

    /// <summary>Rows that were read again.</summary>
    public long Rows { get; init; }

    /// <summary>Signed checkpoints whose root was computed again.</summary>
    public int Checkpoints { get; init; }

    /// <summary>How many findings there are.</summary>
    public long Found { get; init; }

    /// <summary>The first 1,000 of them.</summary>
    public IReadOnlyList<LogFinding> Findings { get; init; } = [];

    /// <summary>Done, and everything is as it was logged; null while it waits or runs.</summary>
    public bool? Sound => DoneAt is null ? null : Found == 0;
}

/// <summary>
/// Reads a county's ledger again and compares it with the log: each row with its leaf, each tile with the hashes below it and with the folder
/// outside the database, each signed checkpoint with the leaves. Reads in pages, without a transaction that would hold up the daemon.
/// </summary>
public sealed class Auditor(NpgsqlDataSource database, LogStore store, LogFolder folder, LogKey key)
{
    const int TilesAtOnce = 16;

    public async Task<LogAudit> Run(LogAudit audit, CancellationToken cancel)
    {
        // The position first: what it covers is in the tree whose size is read after it.
        var position = await store.Position(cancel);
        var size = await store.Size(audit.Tenant, cancel);
        var (comparison, edge, findings) = (new Comparison(), new RightEdge(), new List<LogFinding>());
        var signed = await Signed(audit.Tenant, findings, cancel);
        var after = 0L;
        for (var tile = 0L; tile * TileAddress.Width < size; tile += TilesAtOnce)
        {
            var tiles = await store.Tiles(
                audit.Tenant, Enumerable.Range(0, TilesAtOnce).Select(at => new TileAddress(0, tile + at)), cancel);
            List<LoggedLeaf> leaves =
            [
                .. tiles.Values.OrderBy(one => one.Address.Index).SelectMany(one => Enumerable.Range(0, one.Address.FilledBy(size))
                    .Select(place => LogStore.LeafAt(one, place))),
            ];
            if (leaves.Count == 0) break;
            var upTo = leaves[^1].Index == size - 1 ? Math.Max(position, leaves[^1].Position) : leaves[^1].Position;
            comparison.Compare(leaves, await Rows(audit.Tenant, after, upTo, cancel));
            after = upTo;
            foreach (var leaf in leaves)
            {
                edge.Append(leaf.Hash);
                if (signed.Remove(edge.Size, out var roots)) Check(edge, roots, findings);
            }

            await CheckTiles(audit.Tenant, edge, size, findings, cancel);
        }

        if (size == 0) comparison.Compare([], await Rows(audit.Tenant, 0, position, cancel));
        findings.AddRange(signed.Where(one => one.Key > size).Select(one => new LogFinding(
            LogFindingKind.CheckpointDiffers, null, null, null, null, null, null, null,
            $"A checkpoint was signed at size {one.Key}, and the log has only {size} leaves.")));
        var all = comparison.Done().Concat(findings).ToList();
        return audit with
        {
            Leaves = edge.Size, Rows = comparison.Rows, Checkpoints = signed.Checked, Found = all.Count,
            Findings = [.. all.Take(LogAudit.FindingsMax)],
        };
    }

    // Rows that were appended while the audit runs are beyond its end and must not look inserted.
    Task<List<LedgerRow>> Rows(string tenant, long after, long upTo, CancellationToken cancel) =>
        LedgerRows.Between(database, tenant, after, upTo, cancel);

    static void Check(RightEdge edge, List<byte[]> roots, List<LogFinding> findings)
    {
        var root = edge.Root();
        if (roots.Any(one => !root.AsSpan().SequenceEqual(one)))
            findings.Add(new(
                LogFindingKind.CheckpointDiffers, edge.Size - 1, null, null, null, null, null, null,
                $"The first {edge.Size} leaves do not give the root that was signed for them."));
    }

    async Task<SignedRoots> Signed(string tenant, List<LogFinding> findings, CancellationToken cancel)
    {
        var signed = new SignedRoots();
        var notes = (await store.Checkpoints(tenant, -1, int.MaxValue, cancel)).Select(one => one.Note).Concat(folder.Notes(tenant)).Distinct();
        foreach (var note in notes)
        {
            try
            {
                signed.Add(Checkpoint.Parse(SignedNote.Open(note, key.VerifierKey(tenant))));
            }
            catch (FormatException e)
            {
                findings.Add(new(
                    LogFindingKind.CheckpointDiffers, null, null, null, null, null, null, null, $"A checkpoint bears no good signature: {e.Message}"));
            }
        }

        return signed;
    }

    async Task CheckTiles(string tenant, RightEdge edge, long size, List<LogFinding> findings, CancellationToken cancel)
    {
        var computed = edge.TakeChanged().Where(tile => tile.Hashes.Length == TileAddress.Width * Merkle.HashSize || edge.Size == size).ToList();
        var stored = await store.Tiles(tenant, computed.Select(tile => tile.Address).Where(address => address.Level > 0), cancel);
        foreach (var (address, hashes) in computed)
        {
            var width = hashes.Length / Merkle.HashSize;
            if (address.Level > 0 && (!stored.TryGetValue(address, out var tile) || !tile.Hashes.AsSpan().StartsWith(hashes)))
                findings.Add(new(
                    LogFindingKind.TileChanged, null, null, null, null, null, null, null, $"The stored {address.Path(width)} is not what the leaves below it give."));
            // Partial tiles are in the folder at the widths of checkpoints only.
            if (folder.Tile(tenant, address, width) is not { } outside) continue;
            for (var at = 0; at < width; at++)
            {
                var one = hashes.AsSpan(at * Merkle.HashSize, Merkle.HashSize);
                if (outside.AsSpan(at * Merkle.HashSize).StartsWith(one)) continue;
                findings.Add(new(
                    LogFindingKind.TileChanged, address.Level == 0 ? address.Index * TileAddress.Width + at : null, null, null, null, null, null, null,
                    $"Hash {at} of {address.Path(width)} is another in the folder outside the database."));
            }
        }
    }

    sealed class SignedRoots : Dictionary<long, List<byte[]>>
    {
        public int Checked { get; private set; }

        public void Add(Checkpoint checkpoint)
        {
            if (!TryGetValue(checkpoint.Size, out var roots)) this[checkpoint.Size] = roots = [];
            roots.Add(checkpoint.Root);
            Checked++;
        }
    }
}
