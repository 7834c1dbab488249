using System.Globalization;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;
using W = DocumentFormat.OpenXml.Wordprocessing;

namespace Monitoring.Evaluation.Reviews;

/// <summary>A report as a DOCX (ISO/IEC 29500): text on upright A4, wide tables on pages across with their heads on every page.</summary>
static class WordReport
{
    // Twentieths of a point: A4 is 210 by 297 mm.
    const uint Short = 11_906;
    const uint Long = 16_838;
    const int MarginUpright = 1_247;
    const int MarginAcross = 600;

    public static byte[] Write(Report report)
    {
        using var package = new MemoryStream();
        using (var document = WordprocessingDocument.Create(package, WordprocessingDocumentType.Document))
        {
            var main = document.AddMainDocumentPart();
            // Names that the library makes up are others each time.
            document.ChangeIdOfPart(main, "document");
            var styles = main.AddNewPart<StyleDefinitionsPart>("styles");
            styles.Styles = Styles();
            var body = new Body(
                Centred(report.Title, "44", bold: true), Centred(report.Subtitle, "28", bold: false));
            var across = false;
            foreach (var block in report.Blocks)
            {
                if (block is Table { Wide: true } != across)
                {
                    // A section ends with the paragraph that holds its page.
                    body.Append(new W.Paragraph(new ParagraphProperties(Page(across))));
                    across = !across;
                }

                body.Append(Write(block, across));
            }

            body.Append(Page(across));
            main.Document = new Document(body);
        }

        return FixedZip.Again(package);
    }

    static IEnumerable<OpenXmlElement> Write(Block block, bool across) => block switch
    {
        Heading heading => [Text(heading.Text, $"Heading{heading.Level}")],
        Paragraph paragraph => [Text(paragraph.Text, "Body")],
        Table table => Write(table, across),
        _ => [],
    };

    static IEnumerable<OpenXmlElement> Write(Table table, bool across)
    {
        var width = across ? Long - 2 * MarginAcross : Short - 2 * MarginUpright;
        var all = table.Columns.Sum(column => column.Width);
        var widths = table.Columns.Select(column => (int)(width * column.Width / all)).ToList();
        var size = table.Columns.Count > 12 ? "11" : across ? "15" : "18";

        var grid = new W.Table(
            new TableProperties(
                new TableWidth { Width = $"{width}", Type = TableWidthUnitValues.Dxa },
                new TableBorders(
                    Border<W.TopBorder>(), Border<W.LeftBorder>(), Border<W.BottomBorder>(), Border<W.RightBorder>(), Border<InsideHorizontalBorder>(),
                    Border<InsideVerticalBorder>()),
                new TableLayout { Type = TableLayoutValues.Fixed },
                new TableCellMarginDefault(
                    new TableCellLeftMargin { Width = 40, Type = TableWidthValues.Dxa }, new TableCellRightMargin { Width = 40, Type = TableWidthValues.Dxa })),
            new TableGrid(widths.Select(one => new GridColumn { Width = $"{one}" })));
        grid.Append(new TableRow(
            [
                new TableRowProperties(new CantSplit(), new TableHeader()),
                .. table.Columns.Zip(widths, (column, one) => CellOf(new Cell(column.Head), one, size, JustificationValues.Center, bold: true)),
            ]));
        foreach (var row in table.Rows)
            grid.Append(new TableRow(
                [
                    new TableRowProperties(new CantSplit()),
                    .. row.Select((cell, index) => CellOf(
                        cell, widths[index], size, table.Columns[index].Right && cell.Number is not null ? JustificationValues.Right : JustificationValues.Left, bold: false)),
                ]));
        return [Text(table.Title, "Caption"), grid, Text(table.Note is { } note ? $"注：{note}" : "", "Note")];
    }

    static TableCell CellOf(Cell cell, int width, string size, JustificationValues side, bool bold)
    {
        var properties = new TableCellProperties(new TableCellWidth { Width = $"{width}", Type = TableWidthUnitValues.Dxa });
        if (bold) properties.Append(new Shading { Val = ShadingPatternValues.Clear, Color = "auto", Fill = "EEF1F5" });
        var paragraph = new W.Paragraph(
            new ParagraphProperties(new SpacingBetweenLines { Before = "0", After = "0", Line = "240", LineRule = LineSpacingRuleValues.Auto }, new Justification { Val = side }),
            Run(cell.Text, size, bold));
        if (cell.Figure is { } figure)
            paragraph.Append(new Run(
                new RunProperties(new Color { Val = "666677" }, new Position { Val = "6" }, new FontSize { Val = "8" }),
                new W.Text(figure.ToString("0000", CultureInfo.InvariantCulture))));
        return new TableCell(properties, paragraph);
    }

    static Run Run(string text, string size, bool bold)
    {
        var properties = new RunProperties();
        if (bold) properties.Append(new Bold());
        properties.Append(new FontSize { Val = size });
        return new Run(properties, new W.Text(text) { Space = SpaceProcessingModeValues.Preserve });
    }

    static W.Paragraph Text(string text, string style) =>
        new(new ParagraphProperties(new ParagraphStyleId { Val = style }), new Run(new W.Text(text) { Space = SpaceProcessingModeValues.Preserve }));

    static W.Paragraph Centred(string text, string size, bool bold) => new(
        new ParagraphProperties(new SpacingBetweenLines { Before = "120", After = "120" }, new Justification { Val = JustificationValues.Center }), Run(text, size, bold));

    static T Border<T>() where T : BorderType, new() => new() { Val = BorderValues.Single, Size = 4, Color = "555555" };

    static SectionProperties Page(bool across) => new(
        new W.PageSize
        {
            Width = across ? Long : Short, Height = across ? Short : Long, Orient = across ? PageOrientationValues.Landscape : PageOrientationValues.Portrait,
        },
        new W.PageMargin
        {
            Top = across ? 700 : 1_417, Bottom = across ? 700 : 1_417, Left = (uint)(across ? MarginAcross : MarginUpright),
            Right = (uint)(across ? MarginAcross : MarginUpright), Header = 500, Footer = 500, Gutter = 0,
        });

    static Styles Styles() => new(
        new DocDefaults(new RunPropertiesDefault(new RunPropertiesBaseStyle(
            new RunFonts { Ascii = "Times New Roman", HighAnsi = "Times New Roman", EastAsia = "仿宋_GB2312" }, new FontSize { Val = "24" },
            new Languages { Val = "en-US", EastAsia = "zh-CN" }))),
        Style("Body", "正文", new StyleParagraphProperties(
            new SpacingBetweenLines { Line = "440", LineRule = LineSpacingRuleValues.Exact }, new Indentation { FirstLineChars = 200, FirstLine = "480" }), null),
        Style("Heading1", "heading 1", new StyleParagraphProperties(new KeepNext(), new SpacingBetweenLines { Before = "240", After = "80" }, new OutlineLevel { Val = 0 }),
            new StyleRunProperties(new RunFonts { EastAsia = "黑体" }, new Bold(), new FontSize { Val = "30" })),
        Style("Heading2", "heading 2", new StyleParagraphProperties(new KeepNext(), new SpacingBetweenLines { Before = "160", After = "60" }, new OutlineLevel { Val = 1 }),
            new StyleRunProperties(new Bold(), new FontSize { Val = "26" })),
        Style("Caption", "caption", new StyleParagraphProperties(new KeepNext(), new SpacingBetweenLines { Before = "160", After = "60" }),
            new StyleRunProperties(new Bold(), new FontSize { Val = "24" })),
        Style("Note", "note", new StyleParagraphProperties(new SpacingBetweenLines { Before = "40", After = "120" }), new StyleRunProperties(new FontSize { Val = "18" })));

    static Style Style(string id, string name, StyleParagraphProperties paragraph, StyleRunProperties? run)
    {
        var style = new Style(new StyleName { Val = name }, paragraph) { Type = StyleValues.Paragraph, StyleId = id };
        if (run is not null) style.Append(run);
        return style;
    }
}
