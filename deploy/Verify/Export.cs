using System.Globalization;
using System.Text.Json;
using Monitoring.Evaluation.Log;

namespace Monitoring.Verify;

/// <summary>Compares a whole export of the ledger with the log.</summary>
static class Export
{
    /// <summary>One JSON line per row, in ledger order.</summary>
    public static string Sql(string county) => $"""
        select json_build_object('position', seq_id, 'id', id, 'type', type, 'tenant', tenant_id, 'stream', stream_id, 'version', version,
        'time', timestamp, 'actor', user_name, 'receipt', causation_id, 'trace', correlation_id, 'ledgeredAt', headers->>'ledgeredAt', 'data', data)
        from evaluation.mt_events where tenant_id = '{county}' and type <> 'tombstone' order by seq_id
        """;

    /// <summary>Against the log's folder: everything can be named.</summary>
    public static bool Check(string file, string folder, string key)
    {
        var output = Console.Out;
        var verifier = Key.Read(key);
        var checkpoint = Checkpoint.Parse(SignedNote.Open(File.ReadAllText(Path.Combine(folder, "checkpoint")), verifier));
        output.WriteLine($"checkpoint: {checkpoint.Origin}, {checkpoint.Size} events, signature good");
        var roots = Earlier(folder, verifier);
        roots[checkpoint.Size] = checkpoint.Root;

        var (comparison, edge, bad, beyond) = (new Comparison(), new RightEdge(), 0, 0);
        using var rows = Rows(file).GetEnumerator();
        var more = rows.MoveNext();
        for (var index = 0L; index * TileAddress.Width < checkpoint.Size; index++)
        {
            var leaves = Leaves(folder, new(0, index), checkpoint.Size);
            var page = new List<LedgerRow>();
            for (; more && rows.Current.Position <= leaves[^1].Position; more = rows.MoveNext()) page.Add(rows.Current);
            comparison.Compare(leaves, page);
            foreach (var leaf in leaves)
            {
                edge.Append(leaf.Hash);
                if (!roots.Remove(edge.Size, out var root) || edge.Root().AsSpan().SequenceEqual(root)) continue;
                bad++;
                output.WriteLine($"BAD the first {edge.Size} hashes of the folder do not give the root that was signed for them");
            }
        }

        for (; more; more = rows.MoveNext()) beyond++;
        var findings = comparison.Done();
        foreach (var finding in findings) output.WriteLine($"BAD {finding.Kind.ToString().ToUpperInvariant()} {finding.What} {Where(finding)}".TrimEnd());
        output.WriteLine($"{comparison.Rows} rows compared with {edge.Size} leaves{(beyond > 0 ? $", {beyond} rows are newer than the checkpoint" : "")}");
        bad += findings.Count;
        output.WriteLine(bad == 0 ? "verified" : $"NOT verified: {bad} findings");
        return bad == 0;
    }

    /// <summary>Against a checkpoint alone: the first rows, as many as were signed, must give its root.</summary>
    public static bool CheckRoot(string file, string note, string key)
    {
        var checkpoint = Checkpoint.Parse(SignedNote.Open(File.ReadAllText(note), Key.Read(key)));
        var edge = new RightEdge();
        foreach (var row in Rows(file))
        {
            if (edge.Size == checkpoint.Size) break;
            edge.Append(row.Leaf());
        }

        var same = edge.Size == checkpoint.Size && edge.Root().AsSpan().SequenceEqual(checkpoint.Root);
        Console.Out.WriteLine(same
            ? $"verified: the {checkpoint.Size} rows that {checkpoint.Origin} signed"
            : $"NOT verified: {edge.Size} rows do not give the root of {checkpoint.Size}. Which rows differ can be said with --log only.");
        return same;
    }

    static string Where(LogFinding finding) => finding.Stream is null ? "" : $"({finding.Type}, {finding.Stream}@{finding.Version})";

    static Dictionary<long, byte[]> Earlier(string folder, string verifier)
    {
        var notes = Path.Combine(folder, "checkpoints");
        return !Directory.Exists(notes) ? [] : Directory.EnumerateFiles(notes).Where(file => !file.EndsWith('~'))
            .Select(file => Checkpoint.Parse(SignedNote.Open(File.ReadAllText(file), verifier)))
            .DistinctBy(checkpoint => checkpoint.Size).ToDictionary(checkpoint => checkpoint.Size, checkpoint => checkpoint.Root);
    }

    static List<LoggedLeaf> Leaves(string folder, TileAddress address, long size)
    {
        var width = address.FilledBy(size);
        var hashes = File.ReadAllBytes(Path.Combine(folder, address.Path(width)));
        var names = File.ReadAllLines(Path.Combine(folder, $"names/{TileAddress.NumberPath(address.Index)}{TileAddress.Partial(width)}"));
        return
        [
            .. names.Take(width).Select((line, at) => line.Split(' ') is [var position, var id]
                ? new LoggedLeaf(
                    address.Index * TileAddress.Width + at, long.Parse(position, CultureInfo.InvariantCulture), Guid.Parse(id),
                    hashes.AsSpan(at * Merkle.HashSize, Merkle.HashSize).ToArray())
                : throw new FormatException($"Names of {address.Path(width)} are malformed.")),
        ];
    }

    static IEnumerable<LedgerRow> Rows(string file)
    {
        var last = 0L;
        foreach (var line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            using var json = JsonDocument.Parse(line);
            var row = LedgerRow.Parse(json.RootElement);
            if (row.Position <= last) throw new FormatException($"The rows are not in ledger order: {row.Position} after {last}.");
            last = row.Position;
            yield return row;
        }
    }
}
