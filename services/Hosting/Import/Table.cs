using System.Text.RegularExpressions;

namespace Monitoring.Hosting;

/// <summary>
/// One table of a push: finds the header among the lines above the data, gives every column its field, and tells rows of data from what
/// people write beside them. A row is left out only where it could not be a fact: no cell is to be seen in it, it is a total, a footnote,
/// or the header again.
/// </summary>
sealed partial class Table(RowShape shape, bool mayQuote = true)
{
    // What stands above a table: a title, who reports, the unit. Whoever writes more has another table in mind.
    const int AboveMax = 20;

    readonly List<(int Line, string Text)> above = [];
    readonly Dictionary<string, int> columns = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> units = new(StringComparer.Ordinal);
    readonly HashSet<int> unread = [];
    readonly List<RowError> errors = [];
    readonly List<RowError> warnings = [];
    readonly HashSet<string> headers = new(StringComparer.Ordinal);
    string[] header = [];

    /// <summary>Number of the line or sheet row that holds the header; 0 until it is found.</summary>
    public int HeaderLine { get; private set; }

    /// <summary>True where so many lines have passed without a header that there is none.</summary>
    public bool IsHopeless => HeaderLine == 0 && above.Count >= AboveMax;

    /// <summary>True where anything was seen.</summary>
    public bool HasContent => HeaderLine > 0 || above.Count > 0;

    /// <summary>True where every header is one for people, 【…】: a sheet of explanations.</summary>
    public bool IsForPeople { get; private set; }

    /// <summary>Index of each field's column.</summary>
    public IReadOnlyDictionary<string, int> Columns => columns;

    /// <summary>The unit that a header gives to its column, by field.</summary>
    public IReadOnlyDictionary<string, string>? ColumnUnits => units.Count > 0 ? units : null;

    /// <summary>The unit that a line above gives to the table.</summary>
    public string? Unit { get; private set; }

    /// <summary>Why the table cannot be read at all.</summary>
    public IReadOnlyList<RowError> Errors => errors;

    /// <summary>What of it is not read.</summary>
    public IReadOnlyList<RowError> Warnings => warnings;

    /// <summary>What the table calls a field's column; its official name where it has none.</summary>
    public string Called(string field) => columns.TryGetValue(field, out var at) ? Shown(header[at]) : shape.Called(field);

    /// <summary>Takes a line that stands before the data: the header, or something above it.</summary>
    public void TakeHead(int line, ReadOnlySpan<TableCell> cells, string? sheet)
    {
        var read = new TableColumn?[cells.Length];
        var fields = new HashSet<string>();
        for (var at = 0; at < cells.Length; at++)
        {
            if (cells[at].IsBlank || cells[at].Text is not { } text) continue;
            read[at] = shape.Read(text);
            if (read[at]!.Field is { } field) fields.Add(field);
        }

        IsForPeople |= !HasContent && read.All(column => column is null or { IsUnread: true }) && read.Any(column => column is not null);
        if (fields.Count == 0 || fields.Count < Math.Min(2, shape.Required.Count))
        {
            TakeAbove(line, cells);
            return;
        }

        HeaderLine = line;
        header = [.. read.Select(column => column?.Header ?? "")];
        headers.UnionWith(header.Where((name, at) => read[at]?.Field is not null).Select(Notation.Trimmed));
        var place = new Place(line, sheet, null);
        RowError Said(int at, string? field, string code, string zh, string en) => place.Of(new RowError(0, field, code, new Text(zh, en))) with
        {
            Cell = sheet is null ? null : SheetXml.NameOf(at + 1, line),
        };

        for (var at = 0; at < read.Length; at++)
        {
            if (read[at] is not { } column) continue;
            var name = Shown(column.Header);
            if (column.IsUnread)
            {
                unread.Add(at);
                if (column.IsOrdinal) warnings.Add(Said(at, null, "column-not-read", $"第 {at + 1} 列“{name}”不读。", $"Column {at + 1}, '{name}', is not read."));
            }
            else if (column.Field is not { } field)
            {
                var nearest = shape.Nearest(column.Header.Trim());
                errors.Add(Said(at, mayQuote && FieldName().IsMatch(column.Header.Trim()) ? column.Header.Trim() : null, "unknown-field",
                    $"第 {at + 1} 列“{name}”不是本表的列{(nearest is null ? mayQuote ? "" : $"（本表的列：{shape.All}）" : $"，是否指 {nearest}？")}；不需要读的列请删去，或写成【{name}】。",
                    $"Column {at + 1}, '{name}', is none of this table's{(nearest is null ? mayQuote ? "." : $" ({string.Join(", ", shape.Fields)})." : $"; is {nearest} meant?")} Take it out, or call it 【{name}】 if it is not to be read."));
            }
            else if (!columns.TryAdd(field, at))
                errors.Add(Said(at, field, "column-twice", $"第 {columns[field] + 1} 列“{Shown(header[columns[field]])}”与第 {at + 1} 列“{name}”是同一项；请只留一列。",
                    $"Columns {columns[field] + 1} and {at + 1} are both {field}; leave one of them."));
            else if (column.Unit is { } unit)
            {
                if (shape.TakesUnit(field) || unit is "%" && field.EndsWith("percent", StringComparison.OrdinalIgnoreCase)) units[field] = unit;
                else
                    errors.Add(Said(at, field, "unit-not-read", $"第 {at + 1} 列“{name}”写有计量单位，而此列不收单位；请核对数值的单位后，把列名写成 {field}。",
                        $"Column {at + 1}, '{name}', names a unit, and takes none; check the unit of its numbers and call it {field}."));
            }

            if (column is { IsConverted: true, Field: { } read2 })
                warnings.Add(Said(at, read2, "read-as", $"列名“{name}”读作 {read2}。", $"Column '{name}' was read as {read2}."));
        }

        if (Unit is { } ofTable && !shape.Fields.Any(shape.TakesUnit))
            errors.Add(Said(0, null, "unit-not-read", $"表头之上写有计量单位“{ofTable}”，而本表不收单位；请核对数值的单位后，删去这一行。",
                $"A line above the header names the unit '{ofTable}', and this table takes none; check the numbers and take the line out."));
        foreach (var (at, text) in above)
            warnings.Add(new Place(at, sheet, null).Of(new RowError(0, null, "above-header", new Text(
                $"第 {at} 行“{Shown(text)}”在表头之上，{(UnitIn(text) is not null ? $"单位读作 {Unit}" : "未读")}。",
                $"Line {at} stands above the header and was not read as data."))));
    }

    void TakeAbove(int line, ReadOnlySpan<TableCell> cells)
    {
        var text = "";
        foreach (var cell in cells)
            if (!cell.IsBlank && !cell.IsMerged) text += (text.Length > 0 ? " " : "") + Notation.Trimmed(cell.Text ?? "");
        if (text.Length == 0) return;
        above.Add((line, text));
        if (UnitIn(text) is { } unit) Unit = unit;
    }

    /// <summary>The unit of measure that a line of text gives to a table; null where it gives none.</summary>
    static string? UnitIn(string text)
    {
        var plain = Notation.HalfWidth(text).Replace(" ", "", StringComparison.Ordinal);
        if (Units.IsOne(plain.Trim('(', ')'))) return Units.Canonical(plain.Trim('(', ')'));
        if (UnitLine().Match(plain) is not { Success: true } match) return null;
        var unit = match.Groups["unit"].Value;
        // 单位 is both a unit of measure and an office; an office's name ends like one.
        return Units.IsOne(unit) || match.Groups["said"].Success && !Office().IsMatch(unit) ? Units.Canonical(unit) : null;
    }

    /// <summary>
    /// Why the table must not be read on: a unit that is given below the header, where nobody knows which rows it is meant for, or another
    /// header. Null where the row is neither.
    /// </summary>
    public Text? Breaks(int line, ReadOnlySpan<TableCell> cells)
    {
        var (seen, headings, first) = (0, 0, "");
        for (var at = 0; at < cells.Length; at++)
        {
            if (cells[at].IsBlank || cells[at].IsMerged) continue;
            if (seen++ == 0)
            {
                first = Notation.Trimmed(cells[at].Text ?? "");
                if (first.Length == 0 || char.IsAscii(first[0]) && first[0] is not '(' && !headers.Contains(first)) return null;
            }

            if (headers.Contains(Notation.Trimmed(cells[at].Text ?? ""))) headings++;
        }

        if (headings >= 2 && headings == seen && !IsHeader(cells))
            return new(
                $"第 {line} 行又是表头，而各列的次序与第 {HeaderLine} 行不同；请把两张表分成两个工作表，或分开发送。",
                $"Line {line} is a header again, with its columns in another order than line {HeaderLine}; put the two tables into two sheets, or send them apart.");
        if (seen is 0 or > 2 || first.Length > 60) return null;
        var unit = UnitIn(first) ?? (first is [.., ')' or '）'] && Notation.HalfWidth(first) is var half && half.LastIndexOf('(') is > 0 and var open && Units.IsOne(half[(open + 1)..^1].Trim())
            ? Units.Canonical(half[(open + 1)..^1].Trim()) : null);
        return unit is null || unit == Unit ? null : new(
            $"第 {line} 行“{Shown(first)}”写有计量单位，却在表头之下，不知道管哪些行；请写到表头之上，单位不同的表请分成几个工作表或分开发送。",
            $"Line {line} gives a unit below the header, where nobody knows which rows it is for; put it above the header, and send tables with other units apart.");
    }

    bool IsHeader(ReadOnlySpan<TableCell> cells)
    {
        for (var at = 0; at < cells.Length; at++)
            if (!cells[at].IsBlank && (at >= header.Length || Notation.Trimmed(cells[at].Text ?? "") != header[at].Trim())) return false;
        return true;
    }

    /// <summary>The refusal of a table that <see cref="Breaks"/>; none of its rows can be trusted.</summary>
    public static Problem Broken(int line, string? sheet, Text why) => Problem.Of(422, "table-broken", why,
        ImportSummary.Refused(new Place(line, sheet, null).Of(new RowError(0, null, "table-broken", why))));

    /// <summary>Why a row of the table is no fact, and is left out; null where it is to be read.</summary>
    public (string Code, Text Why)? LeftOut(ReadOnlySpan<TableCell> cells)
    {
        var (first, any, blank, again) = (-1, -1, true, true);
        for (var at = 0; at < cells.Length; at++)
        {
            if (cells[at].IsBlank) continue;
            if (any < 0) any = at;
            if (unread.Contains(at)) continue;
            blank = false;
            if (first < 0) first = at;
            again = again && at < header.Length && Notation.Trimmed(cells[at].Text ?? "") == header[at].Trim();
        }

        if (any >= 0 && Aside(cells, any) is { } aside) return aside;
        if (blank) return ("blank", new("看起来是空行，未入库。", "The row looks empty."));
        if (again) return ("header-again", new("表头又出现一次，未入库。", "The header again."));
        return first == any ? null : Aside(cells, first);
    }

    /// <summary>What a row is whose first words say that it is no fact.</summary>
    (string Code, Text Why)? Aside(ReadOnlySpan<TableCell> cells, int at)
    {
        // Totals and notes are said in Chinese, which the first cell of most rows is not.
        if (cells[at] is not { Kind: CellKind.Text, Text: { } text } || char.IsAscii(Notation.Trimmed(text)[0])) return null;
        var plain = Notation.HalfWidth(text).Replace(" ", "", StringComparison.Ordinal);
        if (Total().IsMatch(plain) || SomeTotal().IsMatch(plain) && IsIncomplete(cells, at)) return ("total-row", new("合计行，未入库。", "A row of totals."));
        return Footnote().IsMatch(plain) && IsIncomplete(cells, at) ? ("footnote", new("表下的说明，未入库。", "A note below the table.")) : null;
    }

    /// <summary>Name or number of the first column that has a cell and no header; null where there is none.</summary>
    public int? Nameless(ReadOnlySpan<TableCell> cells)
    {
        for (var at = 0; at < cells.Length; at++)
            if (!cells[at].IsBlank && !cells[at].IsMerged && !unread.Contains(at) && (at >= header.Length || header[at].Length == 0)) return at;
        return null;
    }

    // Such a row would be refused if it were read, so that nothing is lost with it.
    bool IsIncomplete(ReadOnlySpan<TableCell> cells, int first)
    {
        foreach (var field in shape.Required)
            if (columns.TryGetValue(field, out var at) && at != first && (at >= cells.Length || cells[at].IsBlank)) return true;
        return false;
    }

    /// <summary>The refusal of a body in which no header was found.</summary>
    public static Problem NoHeader(RowShape shape, string where) => Problem.Of(400, "header-not-found", new(
        $"{where}没有找到表头。表头应写明各列的名称，必填的列有：{shape.Expected}；分隔符可为逗号、分号或制表符。",
        $"No header was found. It names the columns; required are: {string.Join(", ", shape.Fields.Where(shape.Required.Contains))}."));

    /// <summary>The refusal of a table whose header cannot be read.</summary>
    public static Problem HeaderWrong(IReadOnlyList<RowError> errors) => Problem.Of(422, "header-wrong", new(
        $"表头有 {errors.Count} 处不能读，未保存任何数据：{errors[0].Message.Zh}", $"{errors.Count} columns of the header cannot be read, nothing was stored: {errors[0].Message.En}"),
        ImportSummary.Refused(errors));

    string Shown(string text) => !mayQuote && shape.Read(text).Field is null ? "…" : Notation.Trimmed(text).ReplaceLineEndings(" ") is { Length: > 40 } much ? $"{much[..40]}…" : Notation.Trimmed(text).ReplaceLineEndings(" ");

    [GeneratedRegex(@"(?<![填报编制])(计量|金额)?单位(?:(?<said>:)|为|是|\()?(?<unit>[^()、,;:。]{1,12})")]
    private static partial Regex UnitLine();

    [GeneratedRegex(@"(局|委|委员会|办|办公室|中心|政府|镇|乡|村|公司|厂|院|站|所|部|厅|会|队|校|学校|医院|科|股|处|组|企业|机关|集团)\z")]
    private static partial Regex Office();

    [GeneratedRegex(@"^(合计|总计|小计|共计|累计)[:：]?\z")]
    private static partial Regex Total();

    /// <summary>A total of something: a row like it is one only where it could not be a fact.</summary>
    [GeneratedRegex(@"^.{0,8}(合计|总计|小计|共计|平均|均值)[:：]?\z")]
    private static partial Regex SomeTotal();

    [GeneratedRegex(@"^(注|备注|说明|填表说明|填报说明|资料来源|数据来源|来源|填报单位|填报人|填表人|制表人|制表|审核人|审核|负责人|单位负责人|统计负责人|分管领导|联系人|联系电话|填报日期|报出日期|填表日期)[:：\d]")]
    private static partial Regex Footnote();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex FieldName();
}
