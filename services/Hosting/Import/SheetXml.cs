using System.Globalization;
using System.Text;
using System.Xml;

namespace Monitoring.Hosting;

/// <summary>
/// The XML inside a workbook, read and copied node by node. A document tree would take many times the size of what was
/// sent, and deep nesting the stack.
/// </summary>
static class SheetXml
{
    const int DepthMax = 64;
    const int BetweenTagsMax = 1024 * 1024;

    static readonly XmlReaderSettings settings = new() { CloseInput = true };

    /// <summary>The elements of a part in document order.</summary>
    public static IEnumerable<XmlReader> Elements(Stream part)
    {
        using var xml = XmlReader.Create(new TaggedText(part), settings);
        while (Next(xml))
            if (xml.NodeType == XmlNodeType.Element) yield return xml;
    }

    /// <summary>The text in a value, an inline string or a shared string, without the reading aids of East Asian scripts.</summary>
    public static string TextOf(XmlReader xml)
    {
        if (xml.IsEmptyElement) return "";
        var text = new StringBuilder();
        var (depth, child) = (xml.Depth, "");
        while (Next(xml) && xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element && xml.Depth == depth + 1) child = xml.LocalName;
            else if (child != "rPh" &&
                     xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace)
                text.Append(xml.Value);
        }

        return text.ToString();
    }

    /// <summary>The number of the row that begins; without one of its own it follows the row before.</summary>
    public static int RowOf(XmlReader xml, int previous) =>
        xml.GetAttribute("r") is not { } own ? previous + 1
        : int.Parse(own, CultureInfo.InvariantCulture) is var row && row > previous ? row
        : throw new InvalidDataException("Rows out of order.");

    /// <summary>The column of the cell that begins, from 1; without one of its own it follows the cell before.</summary>
    public static int ColumnOf(XmlReader xml, int previous)
    {
        if (xml.GetAttribute("r") is not { } own) return previous + 1;
        var column = 0;
        foreach (var letter in own.TakeWhile(char.IsAsciiLetterUpper).Take(4)) column = column * 26 + (letter - 'A' + 1);
        return column > previous ? column : throw new InvalidDataException("Cells out of order.");
    }

    /// <summary>Row and column, from 1, of a cell by its name; null where it is no cell's.</summary>
    public static (int Row, int Column)? CellOf(string name)
    {
        var (column, at) = (0, 0);
        for (; at < name.Length && at < 4 && char.IsAsciiLetterUpper(name[at]); at++) column = column * 26 + (name[at] - 'A' + 1);
        return column > 0 && int.TryParse(name.AsSpan(at), NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? (row, column) : null;
    }

    /// <summary>A cell's name, e.g. <c>AB12</c>.</summary>
    public static string NameOf(int column, int row) => $"{LettersOf(column)}{row}";

    public static string LettersOf(int column) =>
        column == 0 ? "" : LettersOf((column - 1) / 26) + (char)('A' + (column - 1) % 26);

    /// <summary>Copies a part; where <paramref name="instead"/> says true it has written the node itself.</summary>
    public static void Copy(Stream from, Stream into, Func<XmlReader, XmlWriter, bool> instead)
    {
        using var xml = XmlReader.Create(new TaggedText(from), settings);
        using var writer = XmlWriter.Create(into, new XmlWriterSettings { Encoding = new UTF8Encoding(false) });
        while (Next(xml))
            if (!instead(xml, writer)) CopyNode(xml, writer);
    }

    /// <summary>Writes the element that begins, with other values for some attributes; null leaves one out.</summary>
    public static void CopyStart(XmlReader xml, XmlWriter writer, params ReadOnlySpan<(string Name, string? Value)> instead)
    {
        writer.WriteStartElement(xml.Prefix, xml.LocalName, xml.NamespaceURI);
        while (xml.MoveToNextAttribute())
        {
            var kept = true;
            foreach (var (name, _) in instead) kept &= xml.Name != name;
            if (kept) writer.WriteAttributeString(xml.Prefix, xml.LocalName, xml.NamespaceURI, xml.Value);
        }

        xml.MoveToElement();
        foreach (var (name, value) in instead)
            if (value is not null) writer.WriteAttributeString(name, value);
        if (xml.IsEmptyElement) writer.WriteEndElement();
    }

    /// <summary>Passes over the element that begins.</summary>
    public static void Drop(XmlReader xml)
    {
        using var dropped = xml.ReadSubtree();
        while (dropped.Read()) continue;
    }

    static bool Next(XmlReader xml) =>
        xml.Read() && (xml.Depth <= DepthMax ? true : throw new InvalidDataException("Nested deeper than any workbook."));

    static void CopyNode(XmlReader xml, XmlWriter writer)
    {
        switch (xml.NodeType)
        {
            case XmlNodeType.Element: CopyStart(xml, writer); break;
            case XmlNodeType.EndElement: writer.WriteFullEndElement(); break;
            case XmlNodeType.Text or XmlNodeType.CDATA: writer.WriteString(xml.Value); break;
            case XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace: writer.WriteWhitespace(xml.Value); break;
            // Declaration, comments and processing instructions carry nothing that a spreadsheet program shows.
            default: break;
        }
    }

    /// <summary>UTF-8 that never goes on for long without a tag: millions of attributes would take many times their text.</summary>
    sealed class TaggedText(Stream part) : StreamReader(part, Encoding.UTF8, detectEncodingFromByteOrderMarks: false)
    {
        int sinceTag;

        public override int Read(char[] buffer, int index, int count)
        {
            var read = base.Read(buffer, index, count);
            var tag = buffer.AsSpan(index, read).LastIndexOf('<');
            sinceTag = tag < 0 ? sinceTag + read : read - tag;
            return sinceTag <= BetweenTagsMax ? read : throw new InvalidDataException("Too long for a tag or a cell.");
        }
    }
}
