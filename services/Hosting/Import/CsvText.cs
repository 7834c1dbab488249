using System.Text;
using Sylvan.Data.Csv;

namespace Monitoring.Hosting;

/// <summary>
/// A table as text (CSV of RFC 4180), read line by line. The delimiter is the one with which the header names most columns: comma,
/// semicolon, tab, bar or <c>，</c>, or what a first line <c>sep=;</c> says. There are no comments.
/// </summary>
static class CsvText
{
    // The reader takes no delimiter beyond ASCII, so that a full-width comma is read as a character that no text may hold.
    const char WideComma = '，', WideCommaAs = '\u001f';

    // No text can hold this one, so that no line is a comment.
    const char NoComment = '\uffff';

    const int CellMax = 1024 * 1024;

    // The delimiter is looked for in what comes first.
    const int HeadBytes = 64 * 1024;

    static readonly char[] delimiters = [',', ';', '\t', '|', WideComma];

    /// <summary>Takes the rows: the number of the line in which each begins, and its cells, which hold until the next row.</summary>
    public delegate Problem? TakeRow(int line, TableCell[] cells);

    /// <summary>Reads the whole text, UTF-8 without a mark.</summary>
    /// <exception cref="CsvFormatException">A quote has no partner.</exception>
    /// <exception cref="CsvRecordTooLargeException">A row is longer than a mebibyte.</exception>
    public static Problem? Read(byte[] bytes, RowShape shape, TakeRow take)
    {
        var head = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, HeadBytes)));
        var (said, skipped) = Said(head);
        var delimiter = said ?? Delimiter(head, shape);
        var wide = delimiter == WideComma;
        // What says the delimiter is ASCII but for a full-width comma, so that its characters are its bytes.
        var start = skipped == 0 ? 0 : Encoding.UTF8.GetByteCount(head.AsSpan(0, skipped));
        using TextReader text = wide
            ? new StringReader(Encoding.UTF8.GetString(bytes.AsSpan(start)).Replace(WideComma, WideCommaAs))
            : new StreamReader(new MemoryStream(bytes, start, bytes.Length - start), Encoding.UTF8, false, HeadBytes);
        using var csv = CsvDataReader.Create(text, new CsvDataReaderOptions
        {
            HasHeaders = false, Delimiter = wide ? WideCommaAs : delimiter, Comment = NoComment, CsvStyle = CsvStyle.Standard,
            BufferSize = 64 * 1024, MaxBufferSize = CellMax,
        });
        var line = skipped == 0 ? 1 : 2;
        TableCell[] cells = [];
        while (csv.Read())
        {
            var count = csv.RowFieldCount;
            while (count > 0 && csv.GetFieldSpan(count - 1).IsEmpty) count--;
            if (count != cells.Length) cells = new TableCell[count];
            for (var at = 0; at < count; at++)
            {
                var cell = csv.GetFieldSpan(at);
                // Much of a row is as in the row before.
                if (cells[at].Text is { } before && cell.SequenceEqual(before)) continue;
                cells[at] = new TableCell(cell.IsEmpty ? null : wide ? cell.ToString().Replace(WideCommaAs, WideComma) : cell.ToString());
            }

            if (count > 0 && take(line, cells) is { } problem) return problem;
            line += csv.GetRawRecordSpan() is var raw && raw.IndexOf('\n') >= 0 ? raw.Count('\n') : raw.Count('\r');
        }

        return null;
    }

    /// <summary>The delimiter that a first line <c>sep=;</c> says, as spreadsheet programs write it, and the length of that line.</summary>
    static (char? Delimiter, int Length) Said(string head)
    {
        if (!head.StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) return (null, 0);
        var end = head.AsSpan().IndexOfAny('\n', '\r');
        if (end is not (5 or 6)) return (null, 0);
        return (head[4], end + (head.AsSpan(end).StartsWith("\r\n") ? 2 : 1));
    }

    static char Delimiter(string head, RowShape shape)
    {
        var (best, most) = (',', 0);
        foreach (var delimiter in delimiters)
        {
            // The header is among the first lines; a quoted line break in a title does no harm here.
            var known = 0;
            var lines = 0;
            foreach (var line in head.AsSpan().EnumerateLines())
            {
                if (lines++ == 30) break;
                if (line.Length is > 0 and < 4_096 && line.Contains(delimiter)) known = Math.Max(known, Known(line.ToString(), delimiter, shape));
            }

            if (known > most) (best, most) = (delimiter, known);
        }

        return best;
    }

    static int Known(string line, char delimiter, RowShape shape) => line.Split(delimiter).Count(cell => shape.Read(cell.Trim().Trim('"')).Field is not null);
}
