using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>A list as a table for people and their spreadsheets. Its columns are the members of its items, <c>duty.source</c> for one inside another.</summary>
sealed class ListTable
{
    // What spreadsheet programs need to see that a CSV is UTF-8.
    const string ByteOrderMark = "\uFEFF";

    // Excel takes no more in a cell, nor keeps more digits of a number.
    const int CellMax = 32_767;
    const decimal DigitsMax = 999_999_999_999_999m;
    const double WidthMax = 40;

    // How deep members lie in members that may be absent.
    const int DepthMax = 4;

    readonly List<string> columns = [];
    readonly List<Dictionary<string, object>> rows = [];
    IReadOnlyDictionary<string, string>? headers;

    /// <summary>A table of all that the items say.</summary>
    public static ListTable Of<TItem>(IReadOnlyList<TItem> items)
    {
        var table = new ListTable();
        table.Flatten("", null, typeof(TItem), [], 0, spread: true);
        foreach (var item in items) table.Take("", item, typeof(TItem), spread: true);
        return table;
    }

    /// <summary>
    /// A table that begins with what a push takes, lists and maps in its notation; what else the items say follows, headed <c>【…】</c>, which
    /// no push reads.
    /// </summary>
    public static ListTable Of<TItem, TRow>(IReadOnlyList<TItem> items, Func<TItem, TRow> row)
    {
        var (table, all) = (new ListTable(), new ListTable());
        table.Flatten("", null, typeof(TRow), [], 0, spread: false);
        all.Flatten("", null, typeof(TItem), [], 0, spread: false);
        foreach (var item in items)
        {
            table.Take("", row(item), typeof(TRow), spread: false);
            all.Take("", item, typeof(TItem), spread: false);
        }

        foreach (var column in all.columns)
        {
            if (table.columns.Contains(column) && table.rows.Index().All(one =>
                    Equals(one.Item.GetValueOrDefault(column), all.rows[one.Index].GetValueOrDefault(column)))) continue;
            var header = $"【{column}】";
            table.columns.Add(header);
            foreach (var (index, cells) in all.rows.Index())
                if (cells.TryGetValue(column, out var cell)) table.rows[index][header] = cell;
        }

        return table;
    }

    /// <summary>The same with other texts above its columns, where there are some.</summary>
    public ListTable Headed(IReadOnlyDictionary<string, string>? texts)
    {
        headers = texts;
        return this;
    }

    string Header(string column) => headers?.GetValueOrDefault(column) ?? column;

    public string Csv()
    {
        var csv = new StringBuilder(ByteOrderMark).AppendJoin(',', columns.Select(column => Quoted(Header(column)))).Append("\r\n");
        foreach (var row in rows)
            csv.AppendJoin(',', columns.Select(column => row.GetValueOrDefault(column) switch
            {
                null => "",
                string text => Quoted(text),
                var number => ((IFormattable)number).ToString(null, CultureInfo.InvariantCulture),
            })).Append("\r\n");
        return csv.ToString();
    }

    /// <summary>A workbook in which texts stay texts, whatever they look like: <c>2021-07</c> becomes no day, a station's number no power of ten.</summary>
    public byte[] Workbook(string name)
    {
        object?[] Cells(Dictionary<string, object> row) => [.. columns.Select(column => row.GetValueOrDefault(column) switch
        {
            string { Length: > CellMax } text => text[..CellMax],
            // Neither more digits than Excel keeps, whether before the point or behind it.
            decimal number when decimal.Abs(Digits(number)) > DigitsMax => number.ToString(CultureInfo.InvariantCulture),
            var cell => cell,
        })];
        double Width(string column) => Math.Min(WidthMax, 2 + rows.Select(row => row.GetValueOrDefault(column)?.ToString()?.Length ?? 0)
            .Prepend(Header(column).Length).Max());
        return Sheet.Write(
            name.Length > 31 ? name[..31] : name, [.. columns.Select(column => new SheetColumn(Header(column), Width(column)))], [.. rows.Select(Cells)]);
    }

    static decimal Digits(decimal number)
    {
        var digits = number;
        for (var places = number.Scale; places > 0 && decimal.Abs(digits) <= DigitsMax; places--) digits *= 10;
        return digits;
    }

    void Take(string name, object? value, Type type, bool spread)
    {
        var cells = new Dictionary<string, object>();
        Flatten(name, value, type, cells, 0, spread);
        rows.Add(cells);
    }

    /// <summary>Puts a value into the cells of its row, and its columns among the columns.</summary>
    /// <param name="name">Name of its column; members of it are <c>{name}.{member}</c>.</param>
    /// <param name="value">The value; null only tells its columns.</param>
    /// <param name="type">Its declared type.</param>
    /// <param name="cells">The row.</param>
    /// <param name="depth">How many members it lies in.</param>
    /// <param name="spread">Whether a map has a column for each of its keys, or is one cell.</param>
    void Flatten(string name, object? value, Type type, Dictionary<string, object> cells, int depth, bool spread)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(object) && value is not null) type = value.GetType();
        var contract = Contract(type);
        if (contract.Kind == JsonTypeInfoKind.Object && depth < DepthMax && contract.Properties.Count > 0)
        {
            foreach (var member in contract.Properties)
            {
                if (member.Get is not { } get) continue;
                Flatten(
                    name.Length == 0 ? member.Name : $"{name}.{member.Name}", value is null ? null : get(value), member.PropertyType, cells,
                    depth + 1, spread);
            }

            return;
        }

        var written = value is null ? default : JsonSerializer.SerializeToElement(value, type, EventJson.Options);
        if (spread && written.ValueKind == JsonValueKind.Object)
        {
            Spread(name, written, cells);
            return;
        }

        if (name.Length == 0) name = "value";
        if (!columns.Contains(name) && !(spread && contract.Kind == JsonTypeInfoKind.Dictionary)) columns.Add(name);
        if (CellOf(written, value is IEnumerable<string>) is { } cell) cells[name] = cell;
    }

    void Spread(string name, JsonElement element, Dictionary<string, object> cells)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
                Spread(name.Length == 0 ? property.Name : $"{name}.{property.Name}", property.Value, cells);
            return;
        }

        if (!columns.Contains(name)) columns.Add(name);
        if (CellOf(element, true) is { } cell) cells[name] = cell;
    }

    /// <summary>
    /// A value as the text or number of a cell, in the notation that <see cref="Fields"/> reads: remarks with <c> | </c> between them, other
    /// lists with <c>;</c>, maps as <c>key=value;key=value</c>.
    /// </summary>
    static object? CellOf(JsonElement element, bool remarks) => element.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.Array => string.Join(
            remarks || element.EnumerateArray().Any(entry => entry.ValueKind is JsonValueKind.Object or JsonValueKind.Array) ? " | " : ";",
            element.EnumerateArray().Select(TextOf)) is { Length: > 0 } text ? text : null,
        JsonValueKind.Object when element.EnumerateObject().All(entry => entry.Value.ValueKind == JsonValueKind.String) =>
            string.Join(';', element.EnumerateObject().Select(entry => $"{entry.Name}={entry.Value}")) is { Length: > 0 } text ? text : null,
        JsonValueKind.Number when element.TryGetDecimal(out var number) => number,
        _ => TextOf(element) is { Length: > 0 } text ? text : null,
    };

    static string TextOf(JsonElement element) =>
        element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetRawText() : element.ToString();

    static JsonTypeInfo Contract(Type type)
    {
        if (!EventJson.Options.IsReadOnly) EventJson.Options.MakeReadOnly(populateMissingResolver: true);
        return EventJson.Options.GetTypeInfo(type);
    }

    // A text that a spreadsheet would run as a formula is told from one by an apostrophe before it.
    static string Quoted(string cell)
    {
        if (cell is ['=' or '@' or '\t', ..] || (cell is ['+' or '-', ..] && !decimal.TryParse(cell, CultureInfo.InvariantCulture, out _)))
            cell = "'" + cell;
        return cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
