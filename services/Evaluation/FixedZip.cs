using System.IO.Compression;

namespace Monitoring.Evaluation;

/// <summary>Zip files that have the same bytes for the same contents: entries in the given order, and no time of making.</summary>
static class FixedZip
{
    // Zip files cannot leave the time out; this is the first that they know.
    static readonly DateTimeOffset epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Of(IEnumerable<(string Name, byte[] Contents)> entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, contents) in entries)
            {
                var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
                entry.LastWriteTime = epoch;
                using var file = entry.Open();
                file.Write(contents);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>The same package without the times of its making.</summary>
    public static byte[] Again(Stream package)
    {
        package.Position = 0;
        using var zip = new ZipArchive(package, ZipArchiveMode.Read, leaveOpen: true);
        // The list of contents comes first, as some readers expect.
        return Of([.. zip.Entries.OrderBy(entry => entry.FullName != "[Content_Types].xml").ThenBy(entry => entry.FullName, StringComparer.Ordinal)
            .Select(entry => (entry.FullName, Contents(entry)))]);
    }

    static byte[] Contents(ZipArchiveEntry entry)
    {
        using var from = entry.Open();
        using var into = new MemoryStream();
        from.CopyTo(into);
        return into.ToArray();
    }
}
