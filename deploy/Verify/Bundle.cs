using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Monitoring.Evaluation.Log;

namespace Monitoring.Verify;

/// <summary>Checks a bundle of events, proofs and a signed checkpoint.</summary>
static class Bundle
{
    public static bool Check(string file, string? key)
    {
        using var zip = ZipFile.OpenRead(file);
        var output = Console.Out;
        if (key is null) output.WriteLine("note: the key is the bundle's own; compare it with one that you have from elsewhere");
        var checkpoint = Checkpoint.Parse(SignedNote.Open(Text(zip, "checkpoint"), key is null ? Text(zip, "key") : Key.Read(key)));
        output.WriteLine($"checkpoint: {checkpoint.Origin}, {checkpoint.Size} events, signature good");

        var rows = Text(zip, "events.ndjson").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Row).ToList();
        using var proofs = JsonDocument.Parse(Text(zip, "proofs.json"));
        var all = proofs.RootElement.EnumerateArray().ToList();
        if (all.Count != rows.Count) throw new FormatException($"{rows.Count} events and {all.Count} proofs.");
        var bad = 0;
        foreach (var (row, proof) in rows.Zip(all))
        {
            var why = Why(row, proof, checkpoint);
            if (why is not null) bad++;
            output.WriteLine($"{(why is null ? "ok " : "BAD")} {row.Time:yyyy-MM-dd HH:mm:ss} {row.Type} {row.Stream}@{row.Version} by {row.Actor}, receipt {row.Receipt}{(why is null ? "" : ": " + why)}");
        }

        if (zip.GetEntry("stream") is not null) bad += Gaps(rows, Text(zip, "stream").Trim(), output);
        if (zip.GetEntry("SHA256SUMS") is not null) bad += Files(zip, output);
        if (zip.GetEntry("figure.json") is not null) bad += Figure(zip, rows, output);
        output.WriteLine(bad == 0 ? $"verified: {rows.Count} events" : $"NOT verified: {bad} of {rows.Count} events");
        return bad == 0 && rows.Count > 0;
    }

    static string? Why(LedgerRow row, JsonElement proof, Checkpoint checkpoint)
    {
        if (LogName.Of(row.Tenant) != checkpoint.Origin) return "of another county";
        var hashes = proof.GetProperty("hashes").EnumerateArray().Select(hash => hash.GetBytesFromBase64()).ToList();
        return Merkle.Includes(proof.GetProperty("index").GetInt64(), checkpoint.Size, row.Leaf(), hashes, checkpoint.Root)
            ? null
            : "not what was logged";
    }

    /// <summary>A stream is whole only from its first version on, without holes.</summary>
    static int Gaps(List<LedgerRow> rows, string stream, TextWriter output)
    {
        var bad = 0;
        foreach (var (row, version) in rows.Select((row, at) => (row, at + 1L)).Where(one => one.row.Stream != stream || one.row.Version != one.Item2))
        {
            bad++;
            output.WriteLine($"BAD version {version} of {stream} is expected, {row.Stream}@{row.Version} is there");
        }

        return bad;
    }

    /// <summary>Every file of a published review is what its list says.</summary>
    static int Files(ZipArchive zip, TextWriter output)
    {
        var (bad, lines) = (0, Text(zip, "SHA256SUMS").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        foreach (var line in lines)
        {
            var (sum, name) = (line[..64], line[66..]);
            if (zip.GetEntry(name) is not null && Convert.ToHexStringLower(SHA256.HashData(Bytes(zip, name))) == sum) continue;
            bad++;
            output.WriteLine($"BAD {name} is not the file that is listed");
        }

        output.WriteLine($"files: {lines.Length} {(bad == 0 ? "as listed" : $"listed, {bad} differ")}");
        return bad;
    }

    /// <summary>The figure is one of those that were published, and every fact that it names is here.</summary>
    static int Figure(ZipArchive zip, List<LedgerRow> rows, TextWriter output)
    {
        using var figure = JsonDocument.Parse(Text(zip, "figure.json"));
        using var all = JsonDocument.Parse(Text(zip, "figures.json"));
        var (code, sum) = (figure.RootElement.GetProperty("code").GetString(), Convert.ToHexStringLower(SHA256.HashData(Bytes(zip, "figures.json"))));
        var published = rows.Where(row => row.Type == "evaluation.review-published.v1").Any(row =>
        {
            using var data = JsonDocument.Parse(row.Data);
            return data.RootElement.GetProperty("files").EnumerateArray().Any(file =>
                file.GetProperty("name").GetString() == "figures.json" && file.GetProperty("sha256").GetString() == sum);
        });
        var listed = all.RootElement.EnumerateArray().Any(one => JsonElement.DeepEquals(one, figure.RootElement));
        var ids = rows.Select(row => row.Id).ToHashSet();
        var missing = figure.RootElement.GetProperty("events").EnumerateArray().Count(id => !ids.Contains(id.GetGuid()));
        string? why = !published ? "the list of figures is not the one that was published" : !listed ? "not as it was published"
            : missing > 0 ? $"{missing} of its facts are missing" : null;
        output.WriteLine(why is null ? $"figure: {code} as published, {figure.RootElement.GetProperty("printed").GetString()}" : $"BAD figure {code}: {why}");
        return why is null ? 0 : 1;
    }

    static LedgerRow Row(string line)
    {
        using var row = JsonDocument.Parse(line);
        return LedgerRow.Parse(row.RootElement);
    }

    static string Text(ZipArchive zip, string name) => Encoding.UTF8.GetString(Bytes(zip, name));

    static byte[] Bytes(ZipArchive zip, string name)
    {
        using var file = (zip.GetEntry(name) ?? throw new FormatException($"The bundle has no {name}.")).Open();
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>The verifier key, as text or from a file.</summary>
static class Key
{
    public static string Read(string key) => File.Exists(key) ? File.ReadAllText(key).Trim() : key;
}

/// <summary>Name of a county's log.</summary>
static class LogName
{
    public static string Of(string county) => $"monitoring/{county}/ledger";
}
