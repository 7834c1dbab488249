using System.Globalization;
using System.IO.Compression;
using System.Xml;
using Microsoft.AspNetCore.Http;

namespace Monitoring.Hosting;

/// <summary>
/// The receipt as a copy of the workbook that was sent: wrong cells are red, and the column <c>【结果】</c> says what became of
/// each row. Corrected, the copy can be sent again.
/// </summary>
sealed class SheetAnswer(UploadedSheet sheet, Receipt receipt, IResult otherwise) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (receipt.Summary.ReceiptId is { } id) httpContext.Response.Headers["X-Receipt-Id"] = $"{id}";
        byte[] copy;
        try
        {
            copy = Copy(CellsByRow(Language.IsEnglish(httpContext)));
        }
        catch (Exception e) when (UploadedSheet.IsOfTheBytes(e))
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

    /// <summary>What is written into each row of the sheet, by its number, from left to right.</summary>
    Dictionary<int, Mark[]> CellsByRow(bool english)
    {
        var summary = receipt.Summary;
        var errors = summary.Errors.DistinctBy(error => error.Row).ToDictionary(error => error.Row);
        var warnings = summary.Warnings.ToLookup(warning => warning.Row);
        var identical = summary.IdenticalRows().ToHashSet();
        var taken = summary switch
        {
            { Accepted: 0 } => english ? "not stored" : "未入库",
            { ReceiptId: null } => english ? "would be recorded" : "可入库",
            _ => english ? "recorded" : "已入库",
        };
        var marks = new Dictionary<int, Mark[]>
        {
            [sheet.HeaderRow] = [new(sheet.ResultColumn, UploadedSheet.ResultHeader, false)],
        };
        foreach (var (index, row) in sheet.Rows.Index())
        {
            if (sheet.IsLeftOut(row)) continue;
            if (errors.TryGetValue(index + 1, out var error))
            {
                Mark[] both = sheet.Columns.TryGetValue(error.Field ?? "", out var wrong)
                    ? [new(wrong + 1, null, true), new(sheet.ResultColumn, Told(error), false)]
                    : [new(sheet.ResultColumn, Told(error), true)];
                marks[row.Number] = [.. both.OrderBy(mark => mark.Column)];
            }
            else
            {
                var outcome = identical.Contains(index + 1) ? english ? "identical" : "已有" : taken;
                var text = string.Join(english ? "; " : "；", warnings[index + 1].Select(Told).Prepend(outcome));
                marks[row.Number] = [new(sheet.ResultColumn, text, false)];
            }
        }

        return marks;

        string Told(RowError error) => english ? $"{error.Code}: {error.Message.En}" : $"{error.Code}：{error.Message.Zh}";
    }

    byte[] Copy(Dictionary<int, Mark[]> marks)
    {
        using var source = new ZipArchive(new MemoryStream(sheet.Workbook));
        var changed = new Dictionary<string, MemoryStream>(StringComparer.OrdinalIgnoreCase);
        void Change(string part, Action<Stream, Stream> copy)
        {
            var entry = source.Entries.First(entry => entry.FullName.Equals(part, StringComparison.OrdinalIgnoreCase));
            using var from = entry.Open();
            copy(from, changed[part] = new MemoryStream());
            changed[part].Position = 0;
        }

        // The sheet first: it decides which formats the styles need.
        Change(sheet.SheetPart, (from, into) => CopySheet(from, into, marks));
        if (sheet.StylesPart is not null) Change(sheet.StylesPart, sheet.Formats.Copy);

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

    void CopySheet(Stream from, Stream into, Dictionary<int, Mark[]> marksByRow)
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
                    if (row != sheet.HeaderRow && marksByRow.ContainsKey(row)) format = sheet.Formats.Coloured(format, marked);
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
                writer.WriteAttributeString("s", Text(row == sheet.HeaderRow ? format : sheet.Formats.Coloured(0, mark.Red)));
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
