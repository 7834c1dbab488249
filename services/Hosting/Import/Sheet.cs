using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;
using Microsoft.AspNetCore.Http;
using CellText = DocumentFormat.OpenXml.Spreadsheet.Text;
using WorkbookSheet = DocumentFormat.OpenXml.Spreadsheet.Sheet;

namespace Monitoring.Hosting;

/// <summary>One column of a sheet that is written.</summary>
/// <param name="Header">Text of its header; a push finds the field's name at its end: <c>期别（period）</c>.</param>
/// <param name="Width">In characters.</param>
/// <param name="Choices">The only values its cells may take, offered as a drop-down list.</param>
/// <param name="IsText">Its cells keep what is typed, also where no row has a text in it yet.</param>
public sealed record SheetColumn(string Header, double Width, string[]? Choices = null, bool IsText = false);

/// <summary>A further sheet of a workbook that is written.</summary>
/// <param name="Name">Name of the sheet, at most 31 characters.</param>
/// <param name="Columns">Its columns, from the left.</param>
/// <param name="Rows">A cell for every column.</param>
public sealed record SheetPage(string Name, IReadOnlyList<SheetColumn> Columns, IReadOnlyList<object?[]> Rows);

/// <summary>Workbooks of one table, as people fill them in and pushes take them.</summary>
public static class Sheet
{
    public const string MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    const string ChoicesName = "choices";

    // Indexes of the cell formats below.
    const uint HeaderFormat = 1, TextFormat = 2;

    internal static bool IsAccepted(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(MediaType, StringComparison.OrdinalIgnoreCase);

    /// <summary>A new workbook of one sheet, with a bold header that stays in sight, and perhaps one more beside it.</summary>
    /// <param name="name">Name of the sheet, at most 31 characters.</param>
    /// <param name="columns">Its columns, from the left.</param>
    /// <param name="rows">A cell for every column: a <see cref="string"/>, a <see cref="decimal"/>, or null for an empty one.</param>
    /// <param name="beside">The second sheet.</param>
    public static byte[] Write(
        string name, IReadOnlyList<SheetColumn> columns, IReadOnlyList<object?[]> rows, SheetPage? beside = null)
    {
        var stream = new MemoryStream();
        using (var document = SpreadsheetDocument.Create(stream, SpreadsheetDocumentType.Workbook))
        {
            var workbook = document.AddWorkbookPart();
            workbook.Workbook = new Workbook(new Sheets());
            workbook.AddNewPart<WorkbookStylesPart>().Stylesheet = Formats();

            // A column of texts takes what is typed as it is: 2021-07 stays 2021-07 and becomes no date.
            var formats = columns.Select((column, index) =>
                column.IsText || column.Choices is not null || rows.Any(row => row[index] is string) ? TextFormat : 0).ToList();
            var header = new Row(columns.Select(column => Cell(column.Header, HeaderFormat)));
            Add(workbook, name, SheetStateValues.Visible,
                new SheetViews(new SheetView(new Pane
                {
                    VerticalSplit = 1, TopLeftCell = "A2", ActivePane = PaneValues.BottomLeft, State = PaneStateValues.Frozen,
                }) { WorkbookViewId = 0 }),
                new Columns(columns.Select((column, index) => new Column
                {
                    Min = (uint)index + 1, Max = (uint)index + 1, Width = column.Width, CustomWidth = true, Style = formats[index],
                })),
                new SheetData(rows.Select(row => new Row(row.Select((cell, index) => Cell(cell, formats[index])))).Prepend(header)),
                Validations(columns));
            if (beside is not null)
                Add(workbook, beside.Name, SheetStateValues.Visible,
                    new Columns(beside.Columns.Select((column, index) => new Column
                    {
                        Min = (uint)index + 1, Max = (uint)index + 1, Width = column.Width, CustomWidth = true,
                    })),
                    new SheetData(beside.Rows.Select(row => new Row(row.Select(cell => Cell(cell, TextFormat))))
                        .Prepend(new Row(beside.Columns.Select(column => Cell(column.Header, HeaderFormat))))));
            if (columns.Any(column => column.Choices is not null))
                Add(workbook, ChoicesName, SheetStateValues.Hidden, new SheetData(
                    Enumerable.Range(0, columns.Max(column => column.Choices?.Length ?? 0)).Select(row => new Row(
                        columns.Select(column => Cell(column.Choices?.ElementAtOrDefault(row), TextFormat))))));
        }

        return stream.ToArray();
    }

    static void Add(WorkbookPart workbook, string name, SheetStateValues state, params OpenXmlElement?[] content)
    {
        var part = workbook.AddNewPart<WorksheetPart>();
        part.Worksheet = new Worksheet(content.OfType<OpenXmlElement>());
        var sheets = workbook.Workbook.Sheets!;
        sheets.Append(new WorkbookSheet
        {
            Name = name, Id = workbook.GetIdOfPart(part), SheetId = (uint)sheets.ChildElements.Count + 1, State = state,
        });
    }

    static Cell Cell(object? value, uint format) => value switch
    {
        null => new Cell { StyleIndex = format },
        string text => new Cell(new InlineString(new CellText(text) { Space = SpaceProcessingModeValues.Preserve }))
        {
            DataType = CellValues.InlineString, StyleIndex = format,
        },
        decimal number => new Cell(new CellValue(number)),
        _ => throw new ArgumentException($"No cell is made of a {value.GetType().Name}."),
    };

    // The choices lie in a hidden sheet, because a list in the rule itself may have 255 characters at most.
    static DataValidations? Validations(IReadOnlyList<SheetColumn> columns)
    {
        var rules = columns.Index().Where(column => column.Item.Choices is { Length: > 0 }).Select(column =>
        {
            var letters = SheetXml.LettersOf(column.Index + 1);
            return new DataValidation(new Formula1($"{ChoicesName}!${letters}$1:${letters}${column.Item.Choices!.Length}"))
            {
                Type = DataValidationValues.List, AllowBlank = true, ShowErrorMessage = true,
                SequenceOfReferences = new ListValue<StringValue>([$"{letters}2:{letters}{Body.RowsMax + 1}"]),
            };
        }).ToList();
        return rules.Count == 0 ? null : new DataValidations(rules);
    }

    static Stylesheet Formats() => new(
        new Fonts(new Font(), new Font(new Bold())),
        new Fills(
            new Fill(new PatternFill { PatternType = PatternValues.None }),
            new Fill(new PatternFill { PatternType = PatternValues.Gray125 })),
        new Borders(new Border()),
        new CellStyleFormats(new CellFormat()),
        new CellFormats(
            new CellFormat(),
            new CellFormat { FontId = 1, ApplyFont = true },
            // 49 is the built-in format for text.
            new CellFormat { NumberFormatId = 49, ApplyNumberFormat = true }));
}
