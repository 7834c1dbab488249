using System.Globalization;
using System.IO.Compression;
using System.IO.Packaging;
using System.Text.RegularExpressions;

namespace Monitoring.Hosting;

/// <summary>One row of data in an uploaded sheet.</summary>
/// <param name="Number">Its number in the sheet, where the first row is 1.</param>
/// <param name="Cells">Text by column; null where a cell is empty or its column is not read.</param>
/// <param name="Nameless">Name of the first cell below an empty header, which no field can take.</param>
sealed record SheetRow(int Number, string?[] Cells, string? Nameless);

/// <summary>
/// The first visible sheet of an uploaded workbook as rows of text. A header cell names its field, itself or in brackets at
/// its end (<c>期别（period）</c>); a column headed <c>【…】</c> is for people and is not read.
/// </summary>
sealed partial class UploadedSheet
{
    /// <summary>Header of the column in which an answer says what became of each row.</summary>
    public const string ResultHeader = "【结果】";

    const long UncompressedMax = 128L * 1024 * 1024;
    const int ColumnsMax = 200;

    // What is kept in memory in a larger form: the list of parts, and each part's links to others.
    const int PartsMax = 2_000;
    const int LinksMax = 1024 * 1024;

    const string Links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const string LinksStrict = "http://purl.oclc.org/ooxml/officeDocument/relationships";

    readonly Dictionary<string, int> columns = new(StringComparer.Ordinal);
    readonly HashSet<int> named = [];
    readonly HashSet<int> unread = [];
    readonly List<SheetRow> rows = [];
    readonly HashSet<int> leftOut = [];
    int columnMax;

    UploadedSheet(byte[] workbook) => Workbook = workbook;

    /// <summary>The file as sent.</summary>
    public byte[] Workbook { get; }

    /// <summary>Names of the parts in the file.</summary>
    public string SheetPart { get; private set; } = "";

    public string? StylesPart { get; private set; }

    public SheetFormats Formats { get; private set; } = new(false);

    public int HeaderRow { get; private set; }

    /// <summary>The column with <see cref="ResultHeader"/>, or the first free one; from 1.</summary>
    public int ResultColumn { get => field > 0 ? field : columnMax + 1; private set; }

    /// <summary>Index of each field's column.</summary>
    public IReadOnlyDictionary<string, int> Columns => columns;

    /// <summary>Rows with data, in order.</summary>
    public IReadOnlyList<SheetRow> Rows => rows;

    /// <summary>How many rows were prepared and not filled in.</summary>
    public int LeftOut => leftOut.Count;

    /// <summary>The row was prepared and not filled in; nothing is said about it.</summary>
    public void LeaveOut(SheetRow row) => leftOut.Add(row.Number);

    public bool IsLeftOut(SheetRow row) => leftOut.Contains(row.Number);

    /// <summary>Reads the whole sheet, or says why it cannot be read.</summary>
    public static (UploadedSheet? Sheet, Problem? Problem) Read(byte[] workbook)
    {
        try
        {
            // Entries never give more than the length they declare.
            using (var zip = new ZipArchive(new MemoryStream(workbook)))
            {
                if (zip.Entries.Sum(entry => entry.Length) > UncompressedMax || zip.Entries.Count > PartsMax ||
                    zip.Entries.Any(entry => entry.Length > LinksMax && IsLinks(entry.FullName)))
                    return (null, Body.TooLarge(
                        $"工作簿解压后超过 {UncompressedMax / 1024 / 1024} MiB 或部件过多；请删去无关内容后重发。",
                        $"The workbook is larger than {UncompressedMax / 1024 / 1024} MiB unpacked, or has too many parts; " +
                        "remove what does not belong to the table."));
            }

            using var package = Package.Open(new MemoryStream(workbook), FileMode.Open, FileAccess.Read);
            var sheet = new UploadedSheet(workbook);
            return sheet.ReadPackage(package) is { } problem ? (null, problem) : (sheet, null);
        }
        catch (Exception e) when (IsOfTheBytes(e))
        {
            return (null, Body.Malformed(0, new(
                "不是可读取的 Excel 工作簿（.xlsx）；旧格式（.xls）请另存为 .xlsx，加密的请先取消密码。",
                "Not a workbook (.xlsx) that can be read; save an old .xls as .xlsx, and take the password off first.")));
        }
    }

    /// <summary>Whatever the libraries throw at bytes from outside, the bytes are to blame.</summary>
    public static bool IsOfTheBytes(Exception e) => e is not OutOfMemoryException;

    static bool IsLinks(string name) =>
        name.EndsWith(".rels", StringComparison.OrdinalIgnoreCase) ||
        name.EndsWith("[Content_Types].xml", StringComparison.OrdinalIgnoreCase);

    Problem? ReadPackage(Package package)
    {
        var workbook = Linked(package, package.GetRelationships(), "/officeDocument")
            ?? throw new InvalidDataException("No workbook.");
        var from1904 = false;
        PackagePart? sheet = null;
        foreach (var xml in SheetXml.Elements(workbook.GetStream()))
        {
            if (xml is { Depth: 1, LocalName: "workbookPr" }) from1904 = xml.GetAttribute("date1904") is "1" or "true";
            if (sheet is null && xml is { Depth: 2, LocalName: "sheet" } && xml.GetAttribute("state") is null or "visible")
            {
                var id = xml.GetAttribute("id", Links) ?? xml.GetAttribute("id", LinksStrict)!;
                sheet = Linked(package, [workbook.GetRelationship(id)], "/worksheet");
            }
        }

        if (sheet is null) throw new InvalidDataException("No sheet.");
        var styles = Linked(package, workbook.GetRelationships(), "/styles");
        (SheetPart, StylesPart) = (sheet.Uri.OriginalString[1..], styles?.Uri.OriginalString[1..]);
        Formats = SheetFormats.Read(styles, from1904);
        var strings = Linked(package, workbook.GetRelationships(), "/sharedStrings") is { } shared
            ? SheetXml.Elements(shared.GetStream())
                .Where(xml => xml is { Depth: 1, LocalName: "si" }).Select(SheetXml.TextOf).ToList()
            : [];
        return ReadRows(sheet, strings);
    }

    static PackagePart? Linked(Package package, IEnumerable<PackageRelationship> links, string kind) =>
        links.FirstOrDefault(link => link.RelationshipType.EndsWith(kind, StringComparison.Ordinal)) is { } link
            ? package.GetPart(PackUriHelper.ResolvePartUri(link.SourceUri, link.TargetUri))
            : null;

    Problem? ReadRows(PackagePart sheet, List<string> strings)
    {
        var cells = new string?[ColumnsMax];
        var (row, column, last, type, format) = (0, 0, 0, "", 0);
        foreach (var xml in SheetXml.Elements(sheet.GetStream()))
        {
            switch (xml.Depth, xml.LocalName)
            {
                case (2, "row"):
                    if (Take(row, cells.AsSpan(0, last)) is { } problem) return problem;
                    (row, column, last) = (SheetXml.RowOf(xml, row), 0, 0);
                    break;
                case (3, "c"):
                    column = SheetXml.ColumnOf(xml, column);
                    type = xml.GetAttribute("t") ?? "n";
                    format = int.Parse(xml.GetAttribute("s") ?? "0", NumberStyles.None, CultureInfo.InvariantCulture);
                    break;
                case (4, "f" or "v" or "is"):
                    if (column > ColumnsMax)
                        return Body.TooLarge($"工作表超过 {ColumnsMax} 列。", $"The sheet has more than {ColumnsMax} columns.");
                    last = column;
                    columnMax = Math.Max(columnMax, column);
                    if (xml.LocalName != "f") cells[column - 1] = Text(SheetXml.TextOf(xml), type, format, strings);
                    break;
            }
        }

        return Take(row, cells.AsSpan(0, last));
    }

    string Text(string stored, string type, int format, List<string> strings) => type switch
    {
        "s" => strings[int.Parse(stored, CultureInfo.InvariantCulture)],
        "b" => stored.Trim() == "1" ? "true" : "false",
        "n" => Formats.Text(stored, format),
        _ => stored,
    };

    /// <summary>Takes a row that has ended, and leaves its cells empty for the next.</summary>
    Problem? Take(int row, Span<string?> cells)
    {
        var (empty, nameless) = (true, -1);
        for (var column = 0; column < cells.Length; column++)
        {
            if (unread.Contains(column) || string.IsNullOrWhiteSpace(cells[column])) cells[column] = null;
            if (cells[column] is null) continue;
            empty = false;
            if (nameless < 0 && !named.Contains(column)) nameless = column;
        }

        if (empty) return null;
        if (HeaderRow == 0)
        {
            HeaderRow = row;
            for (var column = 0; column < cells.Length; column++)
                if (cells[column] is { } header && !TakeHeader(header.Trim(), column)) return Body.HeaderTwice();
        }
        else
        {
            if (rows.Count == Body.RowsMax) return Body.TooManyRows();
            rows.Add(new SheetRow(row, cells.ToArray(), nameless < 0 ? null : SheetXml.NameOf(nameless + 1, row)));
        }

        cells.Clear();
        return null;
    }

    bool TakeHeader(string header, int column)
    {
        if (header == ResultHeader) ResultColumn = column + 1;
        if (header is ['【', .., '】']) return unread.Add(column);
        named.Add(column);
        var name = NameInBrackets().Match(header);
        return columns.TryAdd(name.Success ? name.Groups[1].Value : header, column);
    }

    [GeneratedRegex(@"[（(]\s*([A-Za-z][A-Za-z0-9_.-]*)\s*[）)]\z")]
    private static partial Regex NameInBrackets();
}
