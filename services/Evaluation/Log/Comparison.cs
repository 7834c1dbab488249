namespace Monitoring.Evaluation.Log;

/// <summary>A leaf and the row it stands for, as the log saw it.</summary>
/// <param name="Index">Place in the county's tree, from 0.</param>
/// <param name="Position">Place in the ledger.</param>
/// <param name="EventId">Event id.</param>
/// <param name="Hash">Leaf hash.</param>
public sealed record LoggedLeaf(long Index, long Position, Guid EventId, byte[] Hash);

/// <summary>What was found to be otherwise than the log has it.</summary>
public enum LogFindingKind
{
    /// <summary>The row's content is not what was logged.</summary>
    Changed,

    /// <summary>The row that was logged is gone.</summary>
    Removed,

    /// <summary>A row lies among the logged ones that was never logged.</summary>
    Inserted,

    /// <summary>The row lies at another position than where it was logged.</summary>
    Reordered,

    /// <summary>A hash in the log's own tables is not what the folder or the hashes below it say.</summary>
    TileChanged,

    /// <summary>A signed checkpoint has another root than the leaves.</summary>
    CheckpointDiffers,
}

/// <summary>One thing that does not fit.</summary>
/// <param name="Kind">What has happened to it.</param>
/// <param name="Index">Leaf, from 0; null for a row that was never logged.</param>
/// <param name="Position">Place in the ledger where it was logged, or lies, if it was not.</param>
/// <param name="FoundAt">Place in the ledger where it lies now, if elsewhere.</param>
/// <param name="EventId">Event id.</param>
/// <param name="Type">Event type, where the row is there.</param>
/// <param name="Stream">Stream key, where the row is there.</param>
/// <param name="Version">Place in the stream, where the row is there.</param>
/// <param name="What">In a sentence.</param>
public sealed record LogFinding(
    LogFindingKind Kind, long? Index, long? Position, long? FoundAt, Guid? EventId, string? Type, string? Stream, long? Version, string What)
{
    /// <summary>About one row or leaf.</summary>
    internal static LogFinding Of(LogFindingKind kind, LoggedLeaf? leaf, LedgerRow? row, string what) => new(
        kind, leaf?.Index, leaf?.Position ?? row?.Position, row is not null && leaf is not null && row.Position != leaf.Position ? row.Position : null,
        leaf?.EventId ?? row?.Id, row?.Type, row?.Stream, row?.Version, what);
}

/// <summary>Compares rows with leaves, however they come, page by page in ledger order; says at the end what happened to which. Pure.</summary>
public sealed class Comparison
{
    readonly Dictionary<Guid, LoggedLeaf> missing = [];
    readonly Dictionary<Guid, LedgerRow> strange = [];
    readonly List<LogFinding> findings = [];

    /// <summary>Rows compared so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Compares a page: all rows and all leaves of the same stretch of positions.</summary>
    public void Compare(IReadOnlyList<LoggedLeaf> leaves, IReadOnlyList<LedgerRow> rows)
    {
        Rows += rows.Count;
        var byPosition = rows.ToDictionary(row => row.Position);
        foreach (var leaf in leaves)
        {
            if (!byPosition.Remove(leaf.Position, out var row))
            {
                missing[leaf.EventId] = leaf;
            }
            else if (row.Id != leaf.EventId)
            {
                missing[leaf.EventId] = leaf;
                strange[row.Id] = row;
            }
            else if (!row.Leaf().AsSpan().SequenceEqual(leaf.Hash))
            {
                findings.Add(LogFinding.Of(LogFindingKind.Changed, leaf, row, $"The row at position {leaf.Position} is not what was logged as leaf {leaf.Index}."));
            }
        }

        foreach (var row in byPosition.Values) strange[row.Id] = row;
    }

    /// <summary>What does not fit, by place in the log; rows that were never logged last.</summary>
    public IReadOnlyList<LogFinding> Done()
    {
        foreach (var leaf in missing.Values)
        {
            if (!strange.Remove(leaf.EventId, out var row))
            {
                findings.Add(LogFinding.Of(
                    LogFindingKind.Removed, leaf, null, $"Event {leaf.EventId}, logged as leaf {leaf.Index} from position {leaf.Position}, is gone."));
                continue;
            }

            findings.Add(LogFinding.Of(
                LogFindingKind.Reordered, leaf, row, $"Event {leaf.EventId} was logged from position {leaf.Position} and lies at {row.Position}."));
            if (!row.Leaf().AsSpan().SequenceEqual(leaf.Hash))
                findings.Add(LogFinding.Of(LogFindingKind.Changed, leaf, row, $"The row at position {row.Position} is not what was logged as leaf {leaf.Index}."));
        }

        foreach (var row in strange.Values)
            findings.Add(LogFinding.Of(LogFindingKind.Inserted, null, row, $"Event {row.Id} at position {row.Position} was never logged."));
        return [.. findings.OrderBy(finding => finding.Index ?? long.MaxValue).ThenBy(finding => finding.Position)];
    }
}
