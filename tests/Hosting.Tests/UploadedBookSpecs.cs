using System.Text;
using CsCheck;

namespace Monitoring.Hosting.Tests;

/// <summary>What a sheet's cells read as, and what is no sheet.</summary>
public sealed class UploadedBookSpecs
{
    static readonly RowShape shape = RowShape.Of("/test", row =>
    {
        foreach (var name in new[] { "field", "a", "b", "indicator", "period", "value" }) row.TextOrNull(name);
        return 0;
    });

    static UploadedSheet Read(string rows, string workbook = "", string strings = "")
    {
        var (book, problem) = UploadedBook.Read(Books.Of(rows, "", workbook, strings), shape);
        Assert.Null(problem);
        return book!.Sheets[0];
    }

    static TableCell Of(string cell, string workbook = "", string strings = "") =>
        Read($"""{Books.Row(1, "field")}<row r="2">{cell}</row>""", workbook, strings).Rows.SingleOrDefault()?.Cells[0] ?? default;

    static string? Cell(string cell, string workbook = "", string strings = "") => Of(cell, workbook, strings).Text;

    [Theory]
    [InlineData("<c><v>215.30000000000001</v></c>", "215.3")]
    [InlineData("<c><v>2021</v></c>", "2021")]
    [InlineData("<c><v>1E-2</v></c>", "0.01")]
    [InlineData("<c><v>1.2345678901234567E+4</v></c>", "12345.6789012346")]
    [InlineData("<c><v>-0.1</v></c>", "-0.1")]
    [InlineData("<c><v>1E300</v></c>", "1E300")]
    [InlineData("<c s='3'><v>3</v></c>", "3")]
    [InlineData("<c t='b'><v>1</v></c>", "true")]
    [InlineData("<c t='e'><f>NA()</f><v>#N/A</v></c>", "#N/A")]
    [InlineData("<c><f>A1*2</f><v>4</v></c>", "4")]
    [InlineData("<c t='str'><f>\"a\"</f><v>a</v></c>", "a")]
    [InlineData("<c t='inlineStr'><is><r><t>嵩</t></r><r><rPr><b/></rPr><t>县</t></r></is></c>", "嵩县")]
    [InlineData("<c s='1'><f>A1</f></c>", null)]
    [InlineData("<c s='5'><v>0.431</v></c>", "43.1")]
    [InlineData("<c s='6'><v>12.5</v></c>", "12.5亿元")]
    public void A_cell_reads_as_the_text_it_shows(string cell, string? expected) => Assert.Equal(expected, Cell(cell));

    [Fact]
    public void A_shared_string_reads_without_its_reading_aid() => Assert.Equal("嵩县", Cell(
        "<c t='s'><v>1</v></c>", "", "<si><t>x</t></si><si><r><t>嵩</t></r><r><t>县</t></r><rPh sb='0' eb='1'><t>sōng</t></rPh></si>"));

    [Theory]
    [InlineData("1", "1900-01-01")]
    [InlineData("59", "1900-02-28")]
    [InlineData("60", "1900-02-29")]
    [InlineData("61", "1900-03-01")]
    [InlineData("44378", "2021-07-01")]
    [InlineData("2958465", "9999-12-31")]
    [InlineData("2958466", "2958466")]
    [InlineData("-1", "-1")]
    public void A_date_counts_from_1900_with_its_leap_bug(string serial, string expected) =>
        Assert.Equal(expected, Cell($"<c s='1'><v>{serial}</v></c>"));

    [Theory]
    [InlineData("0", "1904-01-01")]
    [InlineData("42916", "2021-07-01")]
    public void Or_from_1904(string serial, string expected) =>
        Assert.Equal(expected, Cell($"<c s='1'><v>{serial}</v></c>", "<workbookPr date1904='1'/>"));

    [Theory]
    [InlineData(2, "44378", "2021-07-01 00:00:00")]
    [InlineData(2, "44378.333333333336", "2021-07-01 08:00:00")]
    [InlineData(1, "44378.333333333336", "2021-07-01")]
    [InlineData(4, "44378", "2021-07")]
    public void A_date_reads_as_far_as_its_format_shows_it(int format, string serial, string expected) =>
        Assert.Equal(expected, Cell($"<c s='{format}'><v>{serial}</v></c>"));

    [Theory]
    [InlineData("<c><v>410325190001050019</v></c>", CellKind.TooManyDigits)]
    [InlineData("<c><v>410325190001050000</v></c>", CellKind.TooManyDigits)]
    [InlineData("<c><v>4.10325190001050019E+17</v></c>", CellKind.TooManyDigits)]
    [InlineData("<c><v>123456789012345.678</v></c>", CellKind.TooManyDigits)]
    [InlineData("<c><v>123456789012</v></c>", CellKind.Formatted)]
    [InlineData("<c s='7'><v>123456789012345</v></c>", CellKind.Number)]
    [InlineData("<c><v>12345678901</v></c>", CellKind.Number)]
    [InlineData("<c><v>215.30000000000001</v></c>", CellKind.Number)]
    [InlineData("<c s='3'><v>3</v></c>", CellKind.Formatted)]
    [InlineData("<c s='5'><v>0.431</v></c>", CellKind.Percent)]
    [InlineData("<c s='8'><v>12500</v></c>", CellKind.Scaled)]
    [InlineData("<c s='1'><v>44378</v></c>", CellKind.Date)]
    [InlineData("<c t='e'><f>NA()</f><v>#N/A</v></c>", CellKind.Error)]
    [InlineData("<c><f>10+2.5</f></c>", CellKind.Uncalculated)]
    public void A_cell_says_what_it_is(string cell, object kind) => Assert.Equal(kind, Of(cell).Kind);

    [Fact]
    public void A_formula_is_not_calculated_where_the_workbook_says_so() =>
        Assert.Equal(CellKind.Uncalculated, Of("<c><f>10+2.5</f><v>0</v></c>", "<calcPr fullCalcOnLoad='1'/>").Kind);

    [Fact]
    public void The_header_names_fields_and_hides_what_is_for_people()
    {
        var sheet = Read(
            Books.Row(2, "指标数据") + Books.Row(3, "指标 (indicator)", "【上期】", "期别（period）", null, " value\n") +
            Books.Row(4, null, "7", null, null, " ") + Books.Row(6, "gdp", "7", "2021", null, "1"));
        Assert.Equal(["indicator 0", "period 2", "value 4"], sheet.Table.Columns.Select(column => $"{column.Key} {column.Value}"));
        Assert.Equal([4, 6], sheet.Rows.Select(row => row.Line));
        Assert.Equal("blank", sheet.Table.LeftOut(sheet.Rows[0].Cells)?.Code);
        Assert.Null(sheet.Table.LeftOut(sheet.Rows[1].Cells));
        Assert.Equal(["gdp", "7", "2021", null, "1"], sheet.Rows[1].Cells.Select(cell => cell.Text));
        Assert.Equal((3, 6), (sheet.Table.HeaderLine, sheet.ResultColumn));
    }

    [Fact]
    public void A_cell_below_no_header_is_told()
    {
        var sheet = Read(Books.Row(1, "a", "b") + Books.Row(2, "1", "2", "3"));
        Assert.Equal(2, sheet.Table.Nameless(sheet.Rows[0].Cells));
    }

    [Fact]
    public void Positions_may_be_left_out() => Assert.Equal(["1", "2"],
        Read("<row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row>").Rows[0].Cells.Select(cell => cell.Text));

    [Fact]
    public void What_is_merged_downwards_holds_for_every_row_and_sideways_for_the_first_cell()
    {
        var parts = Books.Parts(Books.Row(1, "a", "b") + Books.Row(2, "x", "y") + Books.Row(3, null, "z") + Books.Row(4, "w"));
        parts[6] = (parts[6].Name, parts[6].Text.Replace("</sheetData>", "</sheetData><mergeCells><mergeCell ref='A2:A3'/><mergeCell ref='A4:B4'/></mergeCells>", StringComparison.Ordinal));
        var rows = UploadedBook.Read(Books.Zip(parts), shape).Book!.Sheets[0].Rows;
        Assert.Equal([new("x", IsMerged: true), new("z")], rows[1].Cells);
        Assert.Equal([new("w"), new(null, IsMerged: true)], rows[2].Cells);
    }

    [Theory]
    [InlineData("<row r='2'/><row r='1'/>")]
    [InlineData("<row><c r='B1'/><c r='A1'/></row>")]
    [InlineData("<row><c t='s'><v>7</v></c></row>")]
    [InlineData("<row><c t='str'><v>&#0;</v></c></row>")]
    [InlineData("<row><c t='str'><v>&#xD800;</v></c></row>")]
    [InlineData("<row>")]
    public void What_no_spreadsheet_program_writes_is_malformed(string rows) => Assert.NotNull(UploadedBook.Read(Books.Of(rows), shape).Problem);

    [Fact]
    public void Deep_nesting_long_tags_and_entities_are_refused()
    {
        Assert.NotNull(UploadedBook.Read(Books.Of($"<row {string.Concat(Enumerable.Repeat("a='' ", 1_000_000))}/>"), shape).Problem);
        Assert.NotNull(UploadedBook.Read(Books.Of(string.Concat(Enumerable.Repeat("<a>", 1_000_000))), shape).Problem);
        var parts = Books.Parts(Books.Row(1, "a"));
        parts[6] = (parts[6].Name, "<!DOCTYPE worksheet [<!ENTITY a 'aaaa'>]>" + parts[6].Text);
        Assert.NotNull(UploadedBook.Read(Books.Zip(parts), shape).Problem);
    }

    [Fact]
    public void What_is_written_is_a_valid_workbook()
    {
        var book = Sheet.Write("表", [new("a", 10), new("b", 10, ["x", "y"]), new("value", 20)], [["1", "x", 1.5m], ["2", null, null]]);
        Books.IsValid(book);
        var sheet = UploadedBook.Read(book, shape).Book!.Sheets[0];
        Assert.Equal(["1", "x", "1.5"], sheet.Rows[0].Cells.Select(cell => cell.Text));
        Assert.Equal(["2"], sheet.Rows[1].Cells.Select(cell => cell.Text));
        Assert.Throws<ArgumentException>(() => Sheet.Write("表", [new("a", 10)], [[1]]));
    }

    [Fact]
    public void Whatever_bytes_come_reading_gives_a_sheet_or_a_problem()
    {
        var parts = Books.Parts(Books.Row(1, "a", "b") + Books.Row(2, "1", "2"), "", "<workbookPr date1904='1'/>", "<si><t>x</t></si>");
        var packed = Books.Zip(parts);
        // Once inside the package, once inside the XML of a part.
        Gen.Select(Gen.Int[0, packed.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            var bytes = (byte[])packed.Clone();
            bytes[at] = value;
            var (sheet, problem) = UploadedBook.Read(bytes, shape);
            return sheet is null != problem is null;
        });
        Gen.Select(Gen.Int[0, parts.Length - 1], Gen.Int[0, 10_000], Gen.Char[' ', '~']).Sample((part, at, value) =>
        {
            var text = new StringBuilder(parts[part].Text);
            text[at % text.Length] = value;
            (string, string)[] spoilt = [.. parts];
            spoilt[part] = (parts[part].Name, text.ToString());
            var (sheet, problem) = UploadedBook.Read(Books.Zip(spoilt), shape);
            return sheet is null != problem is null;
        });
    }
}
