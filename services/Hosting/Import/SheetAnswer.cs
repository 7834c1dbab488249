using System.Globalization;
using System.IO.Compression;
using System.Xml;
using Microsoft.AspNetCore.Http;

namespace Monitoring.Hosting;

/// <summary>
/// The receipt as a copy of the workbook that was sent: wrong cells are red, and the column <c>【结果】</c> says what became of
/// each row. Corrected, the copy can be sent again.
/// </summary>
sealed class SheetAnswer(UploadedBook book, Receipt receipt, IResult otherwise) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (receipt.Summary.ReceiptId is { } id) httpContext.Response.Headers["X-Receipt-Id"] = $"{id}";
        byte[] copy;
        try
        {
            var outcome = new Outcome(receipt.Summary, Language.IsEnglish(httpContext));
            copy = Copy([.. book.Sheets.Select(sheet => (sheet, outcome.Marks(sheet)))]);
        }
        catch (Exception e) when (UploadedBook.IsOfTheBytes(e))
        {
            // The rows were read and are committed; a part that nobody has read before cannot be copied.
            return otherwise.ExecuteAsync(httpContext);
        }

        httpContext.Response.StatusCode = receipt.StatusCode;
        httpContext.Response.ContentType = Sheet.MediaType;
        return httpContext.Response.Body.WriteAsync(copy, httpContext.RequestAborted).AsTask();
    }

    /// <summary>A cell to be written: with a text of its own, or the one that is there made red.</summary>
    readonly record struct Mark(int Column, string? Text, bool Red);

    /// <summary>What became of each row, in words.</summary>
    sealed class Outcome(ImportSummary summary, bool english)
    {
        readonly ILookup<int, RowError> errors = summary.Errors.ToLookup(error => error.Row);
        readonly ILookup<int, RowError> warnings = summary.Warnings.SelectMany(warning => warning.AllRows(), (warning, row) => (row, warning))
            .ToLookup(one => one.row, one => one.warning);
        readonly Dictionary<int, RowError> leftOut = summary.LeftOutRows.SelectMany(why => why.AllRows(), (why, row) => (row, why))
            .DistinctBy(one => one.row).ToDictionary(one => one.row, one => one.why);
        readonly HashSet<int> identical = [.. summary.IdenticalRows()];
        readonly string taken = summary switch
        {
            { Accepted: 0 } => english ? "not stored" : "未入库",
            { ReceiptId: null } => english ? "would be recorded" : "可入库",
            _ => english ? "recorded" : "已入库",
        };

        /// <summary>What is written into each row of a sheet, by its number, from left to right.</summary>
        public Dictionary<int, Mark[]> Marks(UploadedSheet sheet)
        {
            var marks = new Dictionary<int, Mark[]>
            {
                [sheet.Table.HeaderLine] = [new(sheet.ResultColumn, UploadedBook.ResultHeader, false)],
            };
            foreach (var row in sheet.Rows)
            {
                var wrong = errors[row.Number].ToList();
                if (wrong.Count > 0)
                {
                    var red = wrong.Select(error => sheet.Table.Columns.TryGetValue(error.Field ?? "", out var column) ? column + 1 : 0)
                        .Where(column => column > 0 && column != sheet.ResultColumn).Distinct().Select(column => new Mark(column, null, true));
                    var told = new Mark(sheet.ResultColumn, string.Join(english ? "; " : "；", wrong.Select(error => Told(sheet.Table, error))), !red.Any());
                    marks[row.Line] = [.. red.Append(told).OrderBy(mark => mark.Column)];
                }
                else if (leftOut.TryGetValue(row.Number, out var why) && why.Code != Import.HeldBack)
                {
                    // A row that was only prepared stays as it is, to be filled in.
                    if (why.Code is not ("not-filled-in" or "blank"))
                        marks[row.Line] = [new(sheet.ResultColumn, english ? $"left out: {why.Message.En}" : $"未读入：{why.Message.Zh}", false)];
                }
                else
                {
                    var outcome = identical.Contains(row.Number) ? english ? "identical" : "已有" : taken;
                    marks[row.Line] = [new(sheet.ResultColumn, string.Join(english ? "; " : "；", warnings[row.Number].Select(warning => Told(sheet.Table, warning)).Prepend(outcome)), false)];
                }
            }

            return marks;
        }

        // The field by what its column is called, since several of a row may say the same.
        string Told(Table table, RowError error)
        {
            var about = error.Field is null ? "" : english ? $"{error.Field} " : $"{table.Called(error.Field)} ";
            return english ? $"{about}{error.Code}: {error.Message.En}" : $"{about}{error.Code}：{error.Message.Zh}";
        }
    }

    byte[] Copy(IReadOnlyList<(UploadedSheet Sheet, Dictionary<int, Mark[]> Marks)> sheets)
    {
        using var source = new ZipArchive(new MemoryStream(book.Workbook));
        var changed = new Dictionary<string, MemoryStream>(StringComparer.OrdinalIgnoreCase);
        void Change(string part, Action<Stream, Stream> copy)
        {
            var entry = source.Entries.First(entry => entry.FullName.Equals(part, StringComparison.OrdinalIgnoreCase));
            using var from = entry.Open();
            copy(from, changed[part] = new MemoryStream());
            changed[part].Position = 0;
        }

        // The sheets first: they decide which formats the styles need.
        foreach (var (sheet, marks) in sheets) Change(sheet.Part, (from, into) => CopySheet(from, into, sheet.Table.HeaderLine, marks));
        if (book.StylesPart is not null) Change(book.StylesPart, book.Formats.Copy);

        var whole = new MemoryStream();
        using (var target = new ZipArchive(whole, ZipArchiveMode.Create))
        {
            foreach (var entry in source.Entries)
            {
                using var from = changed.TryGetValue(entry.FullName, out var copy) ? copy : entry.Open();
                using var into = target.CreateEntry(entry.FullName, CompressionLevel.Fastest).Open();
                from.CopyTo(into);
            }
        }

        return whole.ToArray();
    }

    void CopySheet(Stream from, Stream into, int headerLine, Dictionary<int, Mark[]> marksByRow)
    {
        var (row, column, format) = (0, 0, 0);
        var marks = new Queue<Mark>();
        SheetXml.Copy(from, into, (xml, writer) =>
        {
            switch (xml.NodeType, xml.Depth, xml.LocalName)
            {
                case (XmlNodeType.Element, 1, "dimension"):
                    SheetXml.Drop(xml);
                    return true;
                case (XmlNodeType.Element, 2, "row"):
                    (row, column, format) = (SheetXml.RowOf(xml, row), 0, 0);
                    marks = new(marksByRow.GetValueOrDefault(row, []));
                    SheetXml.CopyStart(xml, writer, ("r", Text(row)), ("spans", null));
                    return true;
                case (XmlNodeType.Element, 3, "c"):
                    column = SheetXml.ColumnOf(xml, column);
                    while (marks.TryPeek(out var before) && before.Column < column) Write(marks.Dequeue());
                    var marked = marks.TryPeek(out var mark) && mark.Column == column;
                    if (marked) marks.Dequeue();
                    if (mark.Text is not null && marked)
                    {
                        SheetXml.Drop(xml);
                        Write(mark);
                        return true;
                    }

                    format = int.Parse(xml.GetAttribute("s") ?? "0", NumberStyles.None, CultureInfo.InvariantCulture);
                    // Also takes away the red of a cell that was wrong the time before.
                    if (row != headerLine && marksByRow.ContainsKey(row)) format = book.Formats.Coloured(format, marked);
                    SheetXml.CopyStart(xml, writer, ("r", SheetXml.NameOf(column, row)), ("s", Text(format)));
                    return true;
                case (XmlNodeType.EndElement, 2, "row"):
                    foreach (var after in marks) Write(after);
                    return false;
                default:
                    return false;
            }

            void Write(Mark mark)
            {
                writer.WriteStartElement(xml.Prefix, "c", xml.NamespaceURI);
                writer.WriteAttributeString("r", SheetXml.NameOf(mark.Column, row));
                // The new header looks like the one before it.
                writer.WriteAttributeString("s", Text(row == headerLine ? format : book.Formats.Coloured(0, mark.Red)));
                if (mark.Text is not null)
                {
                    writer.WriteAttributeString("t", "inlineStr");
                    writer.WriteStartElement(xml.Prefix, "is", xml.NamespaceURI);
                    writer.WriteElementString(xml.Prefix, "t", xml.NamespaceURI, mark.Text);
                    writer.WriteEndElement();
                }

                writer.WriteEndElement();
            }
        });
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
