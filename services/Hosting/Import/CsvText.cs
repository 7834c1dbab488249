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

    static readonly char[] delimiters = [',', ';', '\t', '|', WideComma];

    /// <summary>Takes the rows: the number of the line in which each begins, and its cells, which hold until the next row.</summary>
    public delegate Problem? TakeRow(int line, ReadOnlySpan<TableCell> cells);

    /// <summary>Reads the whole text.</summary>
    /// <exception cref="CsvFormatException">A quote has no partner.</exception>
    /// <exception cref="CsvRecordTooLargeException">A row is longer than a mebibyte.</exception>
    public static Problem? Read(string text, RowShape shape, TakeRow take)
    {
        var (delimiter, line) = (Delimiter(ref text, shape), 1 + Skipped(ref text));
        var wide = delimiter == WideComma;
        if (wide) text = text.Replace(WideComma, WideCommaAs);
        using var csv = CsvDataReader.Create(new StringReader(text), new CsvDataReaderOptions
        {
            HasHeaders = false, Delimiter = wide ? WideCommaAs : delimiter, Comment = NoComment, CsvStyle = CsvStyle.Standard,
            BufferSize = 64 * 1024, MaxBufferSize = CellMax,
        });
        var cells = new TableCell[16];
        while (csv.Read())
        {
            var count = csv.RowFieldCount;
            if (count > cells.Length) cells = new TableCell[count * 2];
            for (var at = 0; at < count; at++)
            {
                var cell = csv.GetString(at);
                cells[at] = new TableCell(cell.Length == 0 ? null : wide ? cell.Replace(WideCommaAs, WideComma) : cell);
            }

            while (count > 0 && cells[count - 1].Text is null) count--;
            if (count > 0 && take(line, cells.AsSpan(0, count)) is { } problem) return problem;
            line += csv.GetRawRecordSpan() is var raw && raw.IndexOf('\n') >= 0 ? raw.Count('\n') : raw.Count('\r');
        }

        return null;
    }

    /// <summary>Takes a first line <c>sep=;</c> off, which spreadsheet programs write to say the delimiter.</summary>
    static int Skipped(ref string text)
    {
        if (!text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) return 0;
        var end = text.AsSpan().IndexOfAny('\n', '\r');
        if (end is < 5 or > 6) return 0;
        var next = end + (text.AsSpan(end).StartsWith("\r\n") ? 2 : 1);
        text = text[next..];
        return 1;
    }

    static char Delimiter(ref string text, RowShape shape)
    {
        if (text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && text.AsSpan().IndexOfAny('\n', '\r') is 5 or 6) return text[4];
        var (best, most) = (',', 0);
        foreach (var delimiter in delimiters)
        {
            // The header is among the first lines; a quoted line break in a title does no harm here.
            var known = 0;
            var lines = 0;
            foreach (var line in text.AsSpan().EnumerateLines())
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
