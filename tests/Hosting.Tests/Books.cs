using System.Globalization;
using System.IO.Compression;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;
using DocumentFormat.OpenXml.Validation;

namespace Monitoring.Hosting.Tests;

/// <summary>Workbooks for tests, made part by part, and read back as a spreadsheet program would.</summary>
static class Books
{
    const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const string Links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const string Office = "application/vnd.openxmlformats-officedocument.spreadsheetml";

    /// <summary>A workbook with these rows as XML, and a second sheet with a formula.</summary>
    public static byte[] Of(string rows, string styles = "", string workbook = "", string strings = "") => Zip(Parts(rows, styles, workbook, strings));

    public static (string Name, string Text)[] Parts(string rows, string styles = "", string workbook = "", string strings = "") =>
    [
        ("[Content_Types].xml", $"""
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
            <Default Extension="xml" ContentType="{Office}.worksheet+xml"/>
            <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Override PartName="/xl/workbook.xml" ContentType="{Office}.sheet.main+xml"/>
            <Override PartName="/xl/styles.xml" ContentType="{Office}.styles+xml"/>
            <Override PartName="/xl/strings.xml" ContentType="{Office}.sharedStrings+xml"/>
            </Types>
            """),
        ("_rels/.rels", Related(("rId1", "officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml", $"""
            <workbook xmlns="{Main}" xmlns:r="{Links}">{workbook}<sheets>
            <sheet name="hidden" sheetId="3" state="hidden" r:id="rId3"/><sheet name="values" sheetId="1" r:id="rId1"/>
            <sheet name="other" sheetId="2" r:id="rId2"/></sheets></workbook>
            """),
        ("xl/_rels/workbook.xml.rels", Related(
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "/xl/worksheets/sheet2.xml"),
            ("rId3", "worksheet", "worksheets/sheet3.xml"), ("rId4", "styles", "styles.xml"), ("rId5", "sharedStrings", "strings.xml"))),
        ("xl/styles.xml", $"""
            <styleSheet xmlns="{Main}">
            <numFmts count="5"><numFmt numFmtId="166" formatCode="0.0%"/><numFmt numFmtId="167" formatCode="0.0&quot;亿元&quot;"/><numFmt numFmtId="168" formatCode="0.0,"/><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm;@"/><numFmt numFmtId="165" formatCode="0.0&quot; days&quot;"/></numFmts>
            <fonts><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
            <borders><border/></borders><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs>
            <cellXfs count="9"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="57"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="1"/><xf numFmtId="168"/>{styles}</cellXfs></styleSheet>
            """),
        ("xl/strings.xml", $"""<sst xmlns="{Main}">{strings}</sst>"""),
        ("xl/worksheets/sheet1.xml", $"""<worksheet xmlns="{Main}"><dimension ref="A1:A1"/><sheetData>{rows}</sheetData></worksheet>"""),
        ("xl/worksheets/sheet2.xml", $"""<worksheet xmlns="{Main}"><sheetData><row><c><f>1+1</f><v>2</v></c></row></sheetData></worksheet>"""),
        ("xl/worksheets/sheet3.xml", $"""<worksheet xmlns="{Main}"><sheetData/></worksheet>"""),
    ];

    public static byte[] Zip(params (string Name, string Text)[] parts)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in parts)
            {
                using var writer = new StreamWriter(zip.CreateEntry(name).Open());
                writer.Write(text);
            }
        }

        return stream.ToArray();
    }

    /// <summary>A row of texts; null leaves a cell out.</summary>
    public static string Row(int number, params string?[] cells) => $"""<row r="{number}">{string.Concat(cells.Select((cell, column) => cell is null
        ? "" : $"""<c r="{(char)('A' + column)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>"""))}</row>""";

    /// <summary>Text of every cell of the first sheet that has one, by name.</summary>
    public static Dictionary<string, string> Texts(byte[] workbook) => Cells(workbook, (cell, _, strings) => cell.DataType?.Value == CellValues.SharedString
        ? strings!.SharedStringTable.ElementAt(int.Parse(cell.InnerText, CultureInfo.InvariantCulture)).InnerText
        : cell.InnerText).Where(cell => cell.Value.Length > 0).ToDictionary();

    /// <summary>The red cells of the first visible sheet, by name.</summary>
    public static IEnumerable<string> Red(byte[] workbook) => Cells(workbook, (cell, styles, _) =>
    {
        var format = (CellFormat)styles!.CellFormats!.ElementAt((int)(cell.StyleIndex?.Value ?? 0));
        return ((Fill)styles.Fills!.ElementAt((int)(format.FillId?.Value ?? 0))).PatternFill?.ForegroundColor?.Rgb?.Value;
    }).Where(cell => cell.Value == SheetFormats.Red).Select(cell => cell.Key).Order();

    /// <summary>The text of a cell of another sheet.</summary>
    public static string Formula(byte[] workbook, string sheet)
    {
        using var document = SpreadsheetDocument.Open(new MemoryStream(workbook), isEditable: false);
        return Part(document, named => named.Name == sheet).Worksheet.Descendants<CellFormula>().Single().Text;
    }

    /// <summary>Excel would open it without a word.</summary>
    public static void IsValid(byte[] workbook)
    {
        using var document = SpreadsheetDocument.Open(new MemoryStream(workbook), isEditable: false);
        Assert.Empty(new OpenXmlValidator(FileFormatVersions.Office2013).Validate(document).Select(error => $"{error.Path?.XPath} {error.Description}"));
    }

    static Dictionary<string, T> Cells<T>(byte[] workbook, Func<Cell, Stylesheet?, SharedStringTablePart?, T> what)
    {
        using var document = SpreadsheetDocument.Open(new MemoryStream(workbook), isEditable: false);
        return Part(document, sheet => sheet.State is null || sheet.State.Value == SheetStateValues.Visible).Worksheet.Descendants<Row>()
            .SelectMany((row, index) => row.Elements<Cell>().Select((cell, column) => (
                Name: cell.CellReference?.Value ?? $"{(char)('A' + column)}{index + 1}",
                Value: what(cell, document.WorkbookPart!.WorkbookStylesPart?.Stylesheet, document.WorkbookPart.SharedStringTablePart))))
            .ToDictionary(cell => cell.Name, cell => cell.Value);
    }

    static WorksheetPart Part(SpreadsheetDocument document, Func<DocumentFormat.OpenXml.Spreadsheet.Sheet, bool> wanted) =>
        (WorksheetPart)document.WorkbookPart!.GetPartById(
            document.WorkbookPart.Workbook.Sheets!.Elements<DocumentFormat.OpenXml.Spreadsheet.Sheet>().First(wanted).Id!);

    static string Related(params (string Id, string Kind, string Target)[] links) =>
        $"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{string.Concat(links.Select(link =>
            $"""<Relationship Id="{link.Id}" Type="{Links}/{link.Kind}" Target="{link.Target}"/>"""))}</Relationships>""";
}
