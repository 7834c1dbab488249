using System.Globalization;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;
using S = DocumentFormat.OpenXml.Spreadsheet;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// The tables of a report as an XLSX (ISO/IEC 29500), one sheet each, numbers as numbers; a last sheet says under which code every cell's
/// figure can be looked up.
/// </summary>
static class WorkbookReport
{
    const int PlacesMax = 4;
    const uint Plain = 0;
    const uint Title = 1;
    const uint Head = 2;
    const uint Words = 3;
    const uint FirstNumber = 4;

    public static byte[] Write(Report report)
    {
        using var package = new MemoryStream();
        using (var document = SpreadsheetDocument.Create(package, SpreadsheetDocumentType.Workbook))
        {
            var book = document.AddWorkbookPart();
            // Names that the library makes up are others each time.
            document.ChangeIdOfPart(book, "workbook");
            book.AddNewPart<WorkbookStylesPart>("styles").Stylesheet = Styles();
            var (sheets, names) = (new Sheets(), new DefinedNames());
            List<Table> tables = [.. report.Tables, Codes(report)];
            foreach (var (index, table) in tables.Index())
            {
                var part = book.AddNewPart<WorksheetPart>($"sheet{index + 1}");
                part.Worksheet = Sheet(table);
                sheets.Append(new Sheet { Id = $"sheet{index + 1}", SheetId = (uint)index + 1, Name = table.Name });
                names.Append(new DefinedName($"'{table.Name}'!$2:$2") { Name = "_xlnm.Print_Titles", LocalSheetId = (uint)index });
            }

            book.Workbook = new Workbook(sheets, names);
        }

        return FixedZip.Again(package);
    }

    static Table Codes(Report report) => new(
        "数据编号", "数据编号对照", [new("数据编号", 12), new("表", 6), new("对象", 24), new("内容", 12), new("数值", 10, true), new("单位", 5), new("算法", 20)],
        [
            .. report.Figures.Select(figure => (IReadOnlyList<Cell>)
                [figure.Code, figure.Table, figure.Name, figure.What, figure.Printed, figure.Unit, figure.Formula]),
        ], true);

    static Worksheet Sheet(Table table)
    {
        var rows = new SheetData(
            new Row(Text(table.Title, 1, 1, Title)) { RowIndex = 1, Height = 24, CustomHeight = true },
            new Row(table.Columns.Select((column, at) => Text(column.Head, at + 1, 2, Head))) { RowIndex = 2 });
        foreach (var (index, row) in table.Rows.Index())
            rows.Append(new Row(row.Select((cell, at) => Write(cell, at + 1, index + 3))) { RowIndex = (uint)index + 3 });
        if (table.Note is { } note) rows.Append(new Row(Text($"注：{note}", 1, table.Rows.Count + 3, Plain)) { RowIndex = (uint)table.Rows.Count + 3 });

        return new Worksheet(
            new SheetProperties(new PageSetupProperties { FitToPage = true }),
            new SheetViews(new SheetView(new Pane { VerticalSplit = 2, TopLeftCell = "A3", ActivePane = PaneValues.BottomLeft, State = PaneStateValues.Frozen })
            {
                WorkbookViewId = 0,
            }),
            new Columns(table.Columns.Select((column, at) => new S.Column { Min = (uint)at + 1, Max = (uint)at + 1, Width = column.Width * 1.6 + 2, CustomWidth = true })),
            rows,
            new PageMargins { Left = 0.4, Right = 0.4, Top = 0.5, Bottom = 0.5, Header = 0.3, Footer = 0.3 },
            // Paper size 9 is A4; as many pages down as it takes.
            new PageSetup { PaperSize = 9, Orientation = table.Wide ? OrientationValues.Landscape : OrientationValues.Portrait, FitToWidth = 1, FitToHeight = 0 });
    }

    static S.Cell Write(Cell cell, int column, int row) =>
        cell.Number is { } number && cell.Places <= PlacesMax && cell.Text == Cell.Plain(number, cell.Places)
            ? new S.Cell { CellReference = Name(column, row), StyleIndex = FirstNumber + (uint)cell.Places, CellValue = new CellValue(number.ToString(CultureInfo.InvariantCulture)) }
            : Text(cell.Text, column, row, Words);

    static S.Cell Text(string text, int column, int row, uint style) => new()
    {
        CellReference = Name(column, row), StyleIndex = style, DataType = CellValues.InlineString,
        InlineString = new InlineString(new S.Text(text) { Space = SpaceProcessingModeValues.Preserve }),
    };

    // No table has more than 26 columns.
    static string Name(int column, int row) => $"{(char)('A' + column - 1)}{row}";

    static Stylesheet Styles()
    {
        var formats = new NumberingFormats(Enumerable.Range(0, PlacesMax + 1).Select(places => new NumberingFormat
        {
            NumberFormatId = 164 + (uint)places, FormatCode = places == 0 ? "0" : "0." + new string('0', places),
        }));
        var fonts = new Fonts(Font(11, false), Font(16, true), Font(11, true));
        var fills = new Fills(
            new Fill(new PatternFill { PatternType = PatternValues.None }), new Fill(new PatternFill { PatternType = PatternValues.Gray125 }),
            new Fill(new PatternFill(new ForegroundColor { Rgb = "FFEEF1F5" }) { PatternType = PatternValues.Solid }));
        var borders = new Borders(
            new Border(new LeftBorder(), new RightBorder(), new TopBorder(), new BottomBorder(), new DiagonalBorder()),
            new Border(
                new LeftBorder { Style = BorderStyleValues.Thin }, new RightBorder { Style = BorderStyleValues.Thin }, new TopBorder { Style = BorderStyleValues.Thin },
                new BottomBorder { Style = BorderStyleValues.Thin }, new DiagonalBorder()));
        var cells = new CellFormats(
            new CellFormat(), new CellFormat { FontId = 1, ApplyFont = true },
            new CellFormat(new Alignment { Horizontal = HorizontalAlignmentValues.Center, Vertical = VerticalAlignmentValues.Center, WrapText = true })
            {
                FontId = 2, FillId = 2, BorderId = 1, ApplyFont = true, ApplyFill = true, ApplyBorder = true, ApplyAlignment = true,
            },
            new CellFormat(new Alignment { Vertical = VerticalAlignmentValues.Top, WrapText = true }) { BorderId = 1, ApplyBorder = true, ApplyAlignment = true });
        for (var places = 0u; places <= PlacesMax; places++)
            cells.Append(new CellFormat(new Alignment { Vertical = VerticalAlignmentValues.Top })
            {
                NumberFormatId = 164 + places, BorderId = 1, ApplyNumberFormat = true, ApplyBorder = true, ApplyAlignment = true,
            });
        return new Stylesheet(formats, fonts, fills, borders, new CellStyleFormats(new CellFormat()), cells);
    }

    static Font Font(double size, bool bold)
    {
        var font = new Font();
        if (bold) font.Append(new Bold());
        font.Append(new FontSize { Val = size }, new FontName { Val = "宋体" });
        return font;
    }
}
