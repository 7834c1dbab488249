using System.Globalization;
using System.IO.Compression;
using System.IO.Packaging;

namespace Monitoring.Hosting;

/// <summary>One row of an uploaded sheet.</summary>
/// <param name="Line">Its number in the sheet, where the first row is 1.</param>
/// <param name="Cells">Its cells up to the last that holds anything.</param>
/// <param name="IsHidden">Hidden by hand or by a filter.</param>
sealed record SheetRow(int Line, TableCell[] Cells, bool IsHidden)
{
    /// <summary>Number of the row in its push; 0 until it is read as one.</summary>
    public int Number { get; set; }
}

/// <summary>One sheet of an uploaded workbook.</summary>
/// <param name="Name">As its tab shows it.</param>
/// <param name="Part">Name of the part in the file.</param>
/// <param name="Table">Its header, and what was above it.</param>
sealed record UploadedSheet(string Name, string Part, Table Table)
{
    /// <summary>Rows below the header.</summary>
    public List<SheetRow> Rows { get; } = [];

    /// <summary>The column with <see cref="UploadedBook.ResultHeader"/>, or the first free one; from 1.</summary>
    public int ResultColumn { get; set; }
}

/// <summary>
/// The sheets of an uploaded workbook that hold a table of the push, as rows of cells. A header cell names its field by itself, by its
/// Chinese term, or in brackets at its end (<c>期别（period）</c>); a column headed <c>【…】</c> is for people and is not read.
/// </summary>
sealed class UploadedBook
{
    /// <summary>Header of the column in which an answer says what became of each row.</summary>
    public const string ResultHeader = "【结果】";

    const long UncompressedMax = 128L * 1024 * 1024;
    const int ColumnsMax = 200;

    // What is kept in memory in a larger form: the list of parts, and each part's links to others.
    const int PartsMax = 2_000;
    const int LinksMax = 1024 * 1024;

    // Cells that are filled from the first of the merged ones.
    const int MergedMax = 2_000_000;

    const string Links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const string LinksStrict = "http://purl.oclc.org/ooxml/officeDocument/relationships";

    readonly List<UploadedSheet> sheets = [];
    readonly List<RowError> warnings = [];
    bool calculatesOnLoad;

    UploadedBook(byte[] workbook) => Workbook = workbook;

    /// <summary>The file as sent.</summary>
    public byte[] Workbook { get; }

    public string? StylesPart { get; private set; }

    public SheetFormats Formats { get; private set; } = new(false);

    /// <summary>The sheets with a table of the push, in the order of their tabs.</summary>
    public IReadOnlyList<UploadedSheet> Sheets => sheets;

    /// <summary>Which sheets are not read.</summary>
    public IReadOnlyList<RowError> Warnings => warnings;

    /// <summary>Reads all sheets, or says why the file cannot be read.</summary>
    public static (UploadedBook? Book, Problem? Problem) Read(byte[] workbook, RowShape shape, bool mayQuote = true)
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
            var book = new UploadedBook(workbook);
            return book.ReadPackage(package, shape, mayQuote) is { } problem ? (null, problem) : (book, null);
        }
        catch (Exception e) when (IsOfTheBytes(e))
        {
            return (null, Body.Malformed(0, new(
                "不是可读取的 Excel 工作簿（.xlsx）；旧格式（.xls）和 .ods 请另存为 .xlsx，加密的请先取消密码。",
                "Not a workbook (.xlsx) that can be read; save an old .xls or an .ods as .xlsx, and take the password off first.")));
        }
    }

    /// <summary>Whatever the libraries throw at bytes from outside, the bytes are to blame.</summary>
    public static bool IsOfTheBytes(Exception e) => e is not OutOfMemoryException;

    static bool IsLinks(string name) =>
        name.EndsWith(".rels", StringComparison.OrdinalIgnoreCase) ||
        name.EndsWith("[Content_Types].xml", StringComparison.OrdinalIgnoreCase);

    Problem? ReadPackage(Package package, RowShape shape, bool mayQuote)
    {
        var workbook = Linked(package, package.GetRelationships(), "/officeDocument")
            ?? throw new InvalidDataException("No workbook.");
        var (from1904, parts) = (false, new List<(string Name, bool IsHidden, PackagePart Part)>());
        foreach (var xml in SheetXml.Elements(workbook.GetStream()))
        {
            if (xml is { Depth: 1, LocalName: "workbookPr" }) from1904 = xml.GetAttribute("date1904") is "1" or "true";
            if (xml is { Depth: 1, LocalName: "calcPr" }) calculatesOnLoad = xml.GetAttribute("fullCalcOnLoad") is "1" or "true";
            if (xml is not { Depth: 2, LocalName: "sheet" }) continue;
            var id = xml.GetAttribute("id", Links) ?? xml.GetAttribute("id", LinksStrict)!;
            if (Linked(package, [workbook.GetRelationship(id)], "/worksheet") is { } part)
                parts.Add((xml.GetAttribute("name") ?? "", xml.GetAttribute("state") is not (null or "visible"), part));
        }

        if (parts.Count == 0) throw new InvalidDataException("No sheet.");
        var styles = Linked(package, workbook.GetRelationships(), "/styles");
        StylesPart = styles?.Uri.OriginalString[1..];
        Formats = SheetFormats.Read(styles, from1904);
        var strings = Linked(package, workbook.GetRelationships(), "/sharedStrings") is { } shared
            ? SheetXml.Elements(shared.GetStream())
                .Where(xml => xml is { Depth: 1, LocalName: "si" }).Select(SheetXml.TextOf).ToList()
            : [];
        var others = new List<string>();
        foreach (var (name, isHidden, part) in parts)
        {
            var sheet = new UploadedSheet(name, part.Uri.OriginalString[1..], new Table(shape, mayQuote));
            if (ReadRows(part, sheet, strings) is { } problem) return problem;
            if (sheet.Table.HeaderLine > 0 && !isHidden) sheets.Add(sheet);
            else if (sheet.Table.HeaderLine > 0) NotRead(name, "hidden-sheet", "是隐藏的工作表，未读；如需上报，请取消隐藏后重发。", "is hidden and was not read; show it if it is to be read.");
            else if (!isHidden && sheet.Table.HasContent && !sheet.Table.IsForPeople) others.Add(name);
        }

        if (sheets.Count == 0)
            return others.Count == 0 && warnings.Count == 0 ? Body.Empty()
                : Table.NoHeader(shape, $"在工作表{string.Concat(parts.Where(part => !part.IsHidden).Take(5).Select(part => $"“{part.Name}”"))}中");
        foreach (var name in others) NotRead(name, "sheet-not-read", "没有本表的表头，未读。", "has no header of this table and was not read.");
        return null;

        void NotRead(string name, string code, string zh, string en) =>
            warnings.Add(new RowError(0, null, code, new($"工作表“{name}”{zh}", $"The sheet '{name}' {en}")) { Sheet = name });
    }

    static PackagePart? Linked(Package package, IEnumerable<PackageRelationship> links, string kind) =>
        links.FirstOrDefault(link => link.RelationshipType.EndsWith(kind, StringComparison.Ordinal)) is { } link
            ? package.GetPart(PackUriHelper.ResolvePartUri(link.SourceUri, link.TargetUri))
            : null;

    Problem? ReadRows(PackagePart part, UploadedSheet sheet, List<string> strings)
    {
        var (cells, merges) = (new TableCell[ColumnsMax], new List<string>());
        var (row, column, last, type, format, isHidden, formula, columnMax) = (0, 0, 0, "", 0, false, false, 0);
        foreach (var xml in SheetXml.Elements(part.GetStream()))
        {
            switch (xml.Depth, xml.LocalName)
            {
                case (2, "row"):
                    if (Take(sheet, row, isHidden, cells.AsSpan(0, last)) is { } problem) return problem;
                    if (sheet.Table.IsHopeless) return null;
                    (row, column, last, isHidden) = (SheetXml.RowOf(xml, row), 0, 0, xml.GetAttribute("hidden") is "1" or "true");
                    break;
                case (3, "c"):
                    (column, formula) = (SheetXml.ColumnOf(xml, column), false);
                    type = xml.GetAttribute("t") ?? "n";
                    format = int.Parse(xml.GetAttribute("s") ?? "0", NumberStyles.None, CultureInfo.InvariantCulture);
                    break;
                case (4, "f" or "v" or "is"):
                    if (column > ColumnsMax)
                        return Body.TooLarge($"工作表超过 {ColumnsMax} 列。", $"The sheet has more than {ColumnsMax} columns.");
                    last = column;
                    columnMax = Math.Max(columnMax, column);
                    if (xml.LocalName == "f") (formula, cells[column - 1]) = (true, new TableCell(null, CellKind.Uncalculated));
                    else if (!formula || !calculatesOnLoad) cells[column - 1] = Of(SheetXml.TextOf(xml), type, format, strings);
                    break;
                case (2, "mergeCell"):
                    merges.Add(xml.GetAttribute("ref") ?? "");
                    break;
            }
        }

        if (Take(sheet, row, isHidden, cells.AsSpan(0, last)) is { } tooMany) return tooMany;
        FillMerged(sheet, merges);
        if (sheet.ResultColumn == 0) sheet.ResultColumn = columnMax + 1;
        return null;
    }

    TableCell Of(string stored, string type, int format, List<string> strings) => type switch
    {
        "s" => new(strings[int.Parse(stored, CultureInfo.InvariantCulture)]),
        "b" => new(stored.Trim() == "1" ? "true" : "false"),
        "e" => new(stored, CellKind.Error),
        "n" => stored.Length == 0 ? default : Formats.Number(stored, format),
        _ => new(stored),
    };

    /// <summary>Takes a row that has ended, and leaves its cells empty for the next.</summary>
    Problem? Take(UploadedSheet sheet, int line, bool isHidden, Span<TableCell> cells)
    {
        var there = false;
        foreach (var cell in cells) there |= cell != default;
        if (!there) return null;
        if (sheet.Table.HeaderLine == 0)
        {
            sheet.Table.TakeHead(line, cells, sheet.Name);
            if (sheet.Table.HeaderLine > 0)
                for (var at = 0; at < cells.Length; at++)
                    if (cells[at].Text?.Trim() == ResultHeader) sheet.ResultColumn = at + 1;
        }
        else
        {
            if (sheets.Sum(read => read.Rows.Count) + sheet.Rows.Count == Body.RowsMax) return Body.TooManyRows();
            sheet.Rows.Add(new SheetRow(line, cells.ToArray(), isHidden));
        }

        cells.Clear();
        return null;
    }

    /// <summary>What stands in the first of some merged cells holds for those below it; those beside it hold nothing.</summary>
    static void FillMerged(UploadedSheet sheet, List<string> merges)
    {
        if (sheet.Rows.Count == 0) return;
        var (byLine, filled) = (sheet.Rows.Index().ToDictionary(row => row.Item.Line, row => row.Index), 0);
        foreach (var merge in merges)
        {
            if (merge.Split(':') is not [var from, var to] || SheetXml.CellOf(from) is not { } first || SheetXml.CellOf(to) is not { } end) continue;
            if (!byLine.TryGetValue(first.Row, out var top)) continue;
            var held = sheet.Rows[top].Cells.ElementAtOrDefault(first.Column - 1);
            for (var at = top; at < sheet.Rows.Count && sheet.Rows[at].Line <= end.Row; at++)
            {
                for (var column = first.Column; column <= Math.Min(end.Column, ColumnsMax); column++)
                {
                    if (++filled > MergedMax) throw new InvalidDataException("More merged cells than any table has.");
                    if (at == top && column == first.Column) continue;
                    var row = sheet.Rows[at];
                    if (row.Cells.Length < column)
                    {
                        var wider = row.Cells;
                        Array.Resize(ref wider, column);
                        sheet.Rows[at] = row = row with { Cells = wider };
                    }

                    row.Cells[column - 1] = column == first.Column ? held with { IsMerged = true } : new TableCell(null, IsMerged: true);
                }
            }
        }
    }
}
