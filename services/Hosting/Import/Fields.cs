using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// One row of a push while it is read, whatever its format was: each getter takes one named field, and the first thing
/// wrong with the row is kept as its error. A getter that failed returns a default, so a binder needs no branches.
/// </summary>
public sealed partial class Fields
{
    const int TextMax = 200;
    const int DecimalPlacesMax = 10;
    const decimal MagnitudeMax = 1_000_000_000_000_000m;

    readonly HashSet<string> read = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> strings = new(StringComparer.Ordinal);
    JsonElement json;
    IReadOnlyDictionary<string, int>? header;
    string?[]? cells;
    (string Field, string Value)? preset;
    bool isSheet;

    /// <summary>1-based number of the row in its push.</summary>
    public int Row { get; private set; }

    internal RowError? Error { get; private set; }

    internal void Start(int row, JsonElement element, (string, string)? fromPath)
    {
        (Row, json, header, cells, preset, Error) = (row, element, null, null, fromPath, null);
        (isSheet, IsLeftOut) = (false, false);
        read.Clear();
        if (element.ValueKind != JsonValueKind.Object)
            Fail(null, "row-not-an-object", "每行应为一个 JSON 对象。", "A row must be a JSON object.");
    }

    internal void Start(int row, IReadOnlyDictionary<string, int> columns, string?[] values, bool inWorkbook = false)
    {
        (Row, json, header, cells, preset, Error) = (row, default, columns, values, null, null);
        (isSheet, IsLeftOut) = (inWorkbook, false);
        read.Clear();
    }

    /// <summary>Fails the row if it has fields that nobody read: a misspelt name must not pass as an absent one.</summary>
    internal void Finish()
    {
        if (Error is not null) return;
        if (header is not null)
        {
            foreach (var (name, column) in header)
                if (!read.Contains(name)) FailUnknown(name, column + 1);
            return;
        }

        var count = 0;
        foreach (var _ in json.EnumerateObject()) count++;
        var known = 0;
        foreach (var field in read)
            if (json.TryGetProperty(field, out _)) known++;
        if (known == count) return;

        foreach (var (index, property) in json.EnumerateObject().Index())
        {
            if (NameOf(property) is not { } name) return;
            if (read.Contains(name)) continue;
            FailUnknown(name, index + 1);
            return;
        }
    }

    string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            Fail(null, "invalid-unicode", "字段名含有无效的 Unicode 字符。", "A field name holds invalid Unicode.");
            return null;
        }
    }

    // A table without a header has somebody's data where names of fields are looked for, so only what looks like one is said again.
    void FailUnknown(string field, int place)
    {
        if (FieldName().IsMatch(field))
            Fail(field, "unknown-field", "未知字段；请检查拼写，个人信息不得上报。",
                "No such field; check its spelling, and never send personal data.");
        else
            Fail(null, "unknown-field", $"第 {place} 列（项）的名称不是字段名；请检查表头，个人信息不得上报。",
                $"The name of column or member {place} is no field's; check the header, and never send personal data.");
    }

    /// <summary>
    /// Fails the row for what does not fit together in it, such as two days out of order. Says nothing where a field of the row is wrong
    /// already, since what was read of it is then a default.
    /// </summary>
    public void Fail(string? field, string code, string zh, string en) =>
        Error ??= new RowError(Row, field, code, new Text(zh, en));

    /// <summary>Fails the row for one field that is wrong by itself, whatever else is wrong.</summary>
    public void Wrong(string field, string code, string zh, string en) => Fail(field, code, zh, en);

    /// <summary>Text of 1 to <paramref name="max"/> characters.</summary>
    public string Text(string field, int max = TextMax) => TextOrNull(field, max) ?? Missing(field, "");

    public string? TextOrNull(string field, int max = TextMax)
    {
        if (RawText(field) is not { } text) return null;
        if (text.Length > max)
        {
            Fail(field, "too-long", $"最多 {max} 个字符。", $"At most {max} characters.");
            return null;
        }

        foreach (var character in text)
        {
            if (!char.IsControl(character)) continue;
            Fail(field, "control-character", "含有控制字符。", "Holds a control character.");
            return null;
        }

        return text;
    }

    /// <summary>A stable code: letters, digits, dot, hyphen, underscore, at most 64, beginning with a letter or digit.</summary>
    public string Code(string field)
    {
        var text = Text(field, 64);
        if (Error is null && !IsCode(text))
            Fail(field, "not-a-code", "只能包含字母、数字、点、连字符和下划线。",
                "May hold letters, digits, dots, hyphens and underscores only.");
        return text;
    }

    internal static bool IsCode(string text) => CodeNotation().IsMatch(text);

    /// <summary>
    /// A decimal number, at most ten places, below 10^15. Where <paramref name="unitIn"/> names the field of its unit, the number may
    /// say its unit itself: <c>12.5亿元</c>, a percent cell; it is then what that field reads, or is converted to what stands there.
    /// </summary>
    public decimal Number(string field, decimal min = -MagnitudeMax, decimal max = MagnitudeMax, string? unitIn = null) =>
        NumberOrNull(field, min, max, unitIn) ?? Missing(field, 0m);

    public decimal? NumberOrNull(string field, decimal min = -MagnitudeMax, decimal max = MagnitudeMax, string? unitIn = null)
    {
        _ = unitIn;
        decimal value;
        if (Json(field, out var element))
        {
            if (element.ValueKind == JsonValueKind.Null) return null;
            if (element.ValueKind != JsonValueKind.Number)
            {
                Fail(field, "not-a-number", "应为 JSON 数字。", "Must be a JSON number.");
                return null;
            }

            if (!element.TryGetDecimal(out value)) return OutOfRange(field, min, max);
        }
        else if (RawText(field) is { } text)
        {
            const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
            if (!decimal.TryParse(text, plain, CultureInfo.InvariantCulture, out value))
            {
                Fail(field, "not-a-number", "不是数字；不要写千分位或单位。", "Not a number; no thousands marks or units.");
                return null;
            }
        }
        else
        {
            return null;
        }

        if (value < min || value > max) return OutOfRange(field, min, max);
        if (value.Scale > DecimalPlacesMax)
        {
            Fail(field, "too-precise", $"小数位最多 {DecimalPlacesMax} 位。", $"At most {DecimalPlacesMax} decimal places.");
            return null;
        }

        return value;
    }

    public int Whole(string field, int min, int max) => WholeOrNull(field, min, max) ?? Missing(field, min);

    public int? WholeOrNull(string field, int min, int max)
    {
        if (NumberOrNull(field, min, max) is not { } value) return null;
        if (decimal.IsInteger(value)) return (int)value;
        Fail(field, "not-an-integer", "应为整数。", "Must be a whole number.");
        return null;
    }

    /// <summary>
    /// In a workbook, leaves the row out when it holds nothing beside these fields: a row that was prepared for somebody to
    /// fill in and was not filled in is no row.
    /// </summary>
    public void LeaveOutIfOnly(params ReadOnlySpan<string> prepared)
    {
        if (!isSheet) return;
        foreach (var (name, column) in header!)
            if (!prepared.Contains(name) && column < cells!.Length && !string.IsNullOrWhiteSpace(cells[column])) return;
        IsLeftOut = true;
    }

    /// <summary>Leaves the row out: it says itself that it holds no fact. The code and the sentence say how it is counted.</summary>
    public void LeaveOut(string code, string zh, string en)
    {
        _ = (code, zh, en);
        IsLeftOut = true;
    }

    /// <summary>True when the row is to be passed over.</summary>
    internal bool IsLeftOut { get; private set; }

    /// <summary>True when the row has the field, so that a binder can tell two notations apart.</summary>
    public bool Has(string field) => cells is null ? Json(field, out _) : header!.ContainsKey(field);

    /// <summary><c>true</c> or <c>false</c>, in JSON as such or as text.</summary>
    public bool? FlagOrNull(string field)
    {
        if (Json(field, out var element) && element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return element.ValueKind == JsonValueKind.True;
        switch (RawText(field)?.ToLowerInvariant())
        {
            case null: return null;
            case "true": return true;
            case "false": return false;
            default:
                Fail(field, "not-a-flag", "应为 true 或 false。", "Must be true or false.");
                return null;
        }
    }

    public bool Flag(string field) => FlagOrNull(field) ?? Missing(field, false);

    /// <summary>A day in Asia/Shanghai, <c>2026-11-24</c>.</summary>
    public DateOnly Day(string field) => DayOrNull(field) ?? Missing(field, DateOnly.MinValue);

    public DateOnly? DayOrNull(string field)
    {
        if (RawText(field) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        Fail(field, "not-a-date", "应为日期，如 2026-11-24。", "Must be a date like 2026-11-24.");
        return null;
    }

    /// <summary>An instant; without an offset it is read as Asia/Shanghai: <c>2026-11-24T08:00:00+08:00</c>, <c>2026-11-24 08:00</c>.</summary>
    public DateTimeOffset Instant(string field)
    {
        if (RawText(field) is not { } text) return Missing(field, DateTimeOffset.MinValue);
        if (InstantNotation.TryParse(text, out var instant)) return instant;
        Fail(field, "not-an-instant", "应为时间，如 2026-11-24T08:00:00+08:00 或 2026-11-24 08:00（北京时间）。",
            "Must be an instant like 2026-11-24T08:00:00+08:00, or 2026-11-24 08:00 (Beijing time).");
        return default;
    }

    /// <summary>An SDMX period, <c>2021</c>, <c>2021-S1</c>, <c>2021-Q3</c>, <c>2021-07</c>.</summary>
    public Period Period(string field)
    {
        // A year is a number to many programs, so 2021 is taken as well as "2021".
        var text = Json(field, out var element) && element.ValueKind == JsonValueKind.Number
            ? element.GetRawText()
            : RawText(field);
        if (text is null) return Missing(field, default(Period));
        if (Contracts.Period.TryParse(text, out var period)) return period;
        Fail(field, "not-a-period", "应为 SDMX 期别，如 2021、2021-S1、2021-Q3、2021-07。",
            "Must be an SDMX period like 2021, 2021-S1, 2021-Q3, 2021-07.");
        return default;
    }

    public Guid Id(string field) => IdOrNull(field) ?? Missing(field, Guid.Empty);

    public Guid? IdOrNull(string field)
    {
        if (RawText(field) is not { } text) return null;
        if (Guid.TryParseExact(text, "D", out var id)) return id;
        Fail(field, "not-a-uuid", "应为 UUID。", "Must be a UUID.");
        return default(Guid);
    }

    /// <summary>One of an enumeration's codes in snake_case.</summary>
    public TEnum Enum<TEnum>(string field) where TEnum : struct, Enum =>
        EnumOrNull<TEnum>(field) ?? Missing(field, default(TEnum));

    public TEnum? EnumOrNull<TEnum>(string field) where TEnum : struct, Enum
    {
        if (RawText(field) is not { } text) return null;
        if (Codes<TEnum>.ByCode.TryGetValue(text, out var value)) return value;
        Fail(field, "unknown-code", $"应为以下之一：{Codes<TEnum>.List}。", $"Must be one of: {Codes<TEnum>.List}.");
        return null;
    }

    /// <summary>
    /// The unit of the row's numbers, as its field says, or the numbers themselves (<c>unitIn</c>), or the header or a line above it; null
    /// where nothing does.
    /// </summary>
    public string? UnitOrNull(string field) => TextOrNull(field, 20);

    /// <summary>The unit of the row's amounts of money, 元, 万元 or 亿元; required where <paramref name="otherwise"/> names none.</summary>
    public string MoneyUnit(string field, string? otherwise = null)
    {
        var unit = UnitOrNull(field) ?? otherwise ?? Missing(field, "元");
        if (!Money.Multipliers.ContainsKey(unit))
            Fail(field, "unknown-unit", "应为 元、万元 或 亿元。", "Must be 元, 万元 or 亿元.");
        return unit;
    }

    /// <summary>A list of remarks: a JSON array of texts, or one text with <c> | </c> between them.</summary>
    public string[] Remarks(string field)
    {
        const int remarkMax = 1_000;
        if (!Json(field, out var element) || element.ValueKind != JsonValueKind.Array)
            return TextOrNull(field, 50 * remarkMax)?.Split(" | ", StringSplitOptions.TrimEntries) ?? [];
        if (element.GetArrayLength() > 50)
        {
            Fail(field, "too-long", "最多 50 条。", "At most 50 entries.");
            return [];
        }

        var remarks = new List<string>();
        foreach (var entry in element.EnumerateArray())
        {
            if (TextOf(field, entry) is not { } text) return [];
            if (text.Length is 0 or > remarkMax || text.Any(char.IsControl))
            {
                Fail(field, "too-long", $"每条为 1 至 {remarkMax} 个字符。", $"Each entry has 1 to {remarkMax} characters.");
                return [];
            }

            remarks.Add(text);
        }

        return [.. remarks];
    }

    /// <summary>A list of codes of an enumeration: a JSON array, or one text with <c>;</c> between them.</summary>
    public TEnum[] Enums<TEnum>(string field) where TEnum : struct, Enum => [.. Entries(field).Select(text =>
    {
        if (Codes<TEnum>.ByCode.TryGetValue(text, out var value)) return value;
        Fail(field, "unknown-code", $"应为以下之一：{Codes<TEnum>.List}。", $"Must be one of: {Codes<TEnum>.List}.");
        return default;
    })];

    /// <summary>A list of days: a JSON array, or one text with <c>;</c> between them.</summary>
    public DateOnly[] Days(string field) => [.. Entries(field).Select(text =>
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        Fail(field, "not-a-date", "应为日期，如 2026-11-24。", "Must be a date like 2026-11-24.");
        return default;
    })];

    /// <summary>A list of random ids: a JSON array, or one text with <c>;</c> between them.</summary>
    public Guid[] Ids(string field) => [.. Entries(field).Select(text =>
    {
        if (Guid.TryParseExact(text, "D", out var id)) return id;
        Fail(field, "not-a-uuid", "应为 UUID。", "Must be a UUID.");
        return default;
    })];

    string[] Entries(string field) => Json(field, out var element) && element.ValueKind == JsonValueKind.Array
        ? Remarks(field)
        : TextOrNull(field, 4_000)?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>A list of objects, each bound by itself; an error names its place, e.g. <c>rules[3].amount</c>. JSON only.</summary>
    public IReadOnlyList<T> List<T>(string field, int entriesMax, Func<Fields, T> bind)
    {
        if (!Json(field, out var element) || element.ValueKind == JsonValueKind.Null) return [];
        if (element.ValueKind != JsonValueKind.Array)
        {
            Fail(field, "wrong-type", "应为 JSON 数组。", "Must be a JSON array.");
            return [];
        }

        if (element.GetArrayLength() > entriesMax)
        {
            Fail(field, "too-long", $"最多 {entriesMax} 条。", $"At most {entriesMax} entries.");
            return [];
        }

        var (entry, bound) = (new Fields(), new List<T>());
        foreach (var (index, item) in element.EnumerateArray().Index())
        {
            entry.Start(Row, item, null);
            bound.Add(bind(entry));
            entry.Finish();
            if (entry.Error is { } error)
            {
                Error ??= error with { Field = $"{field}[{index}]{(error.Field is null ? "" : "." + error.Field)}" };
                return [];
            }
        }

        return bound;
    }

    /// <summary>A map of short texts: a JSON object, or in a table <c>key=value;key=value</c>.</summary>
    public IReadOnlyDictionary<string, string> Map(string field, int entriesMax = 100) =>
        MapOrNull(field, entriesMax) ?? Missing(field, SortedMap());

    /// <summary>The same, empty where the field is absent.</summary>
    public IReadOnlyDictionary<string, string> MapOrNone(string field, int entriesMax = 100) => MapOrNull(field, entriesMax) ?? SortedMap();

    static SortedDictionary<string, string> SortedMap() => new(StringComparer.Ordinal);

    SortedDictionary<string, string>? MapOrNull(string field, int entriesMax)
    {
        var map = SortedMap();
        if (Json(field, out var element))
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                Fail(field, "wrong-type", "应为 JSON 对象。", "Must be a JSON object.");
                return map;
            }

            foreach (var property in element.EnumerateObject())
            {
                if (NameOf(property) is not { } name || TextOf(field, property.Value) is not { } text) return map;
                map[name] = text;
            }
        }
        else if (TextOrNull(field, 10_000) is { } text)
        {
            foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var separator = part.IndexOf('=', StringComparison.Ordinal);
                if (separator > 0) map[part[..separator].Trim()] = part[(separator + 1)..].Trim();
                else Fail(field, "wrong-type", "应为 键=值;键=值。", "Must be key=value;key=value.");
            }
        }
        else
        {
            return null;
        }

        if (map.Count > entriesMax || map.Any(entry => entry.Key.Length > 64 || entry.Value.Length > 64 ||
            entry.Key.Any(char.IsControl) || entry.Value.Any(char.IsControl)))
            Fail(field, "too-long", $"最多 {entriesMax} 项，每项不超过 64 个字符。",
                $"At most {entriesMax} entries of at most 64 characters each.");
        return map;
    }

    T Missing<T>(string field, T otherwise)
    {
        Fail(field, "missing", "缺少必填字段。", "A required field is missing.");
        return otherwise;
    }

    decimal? OutOfRange(string field, decimal min, decimal max)
    {
        var (least, most) = (min.ToString(CultureInfo.InvariantCulture), max.ToString(CultureInfo.InvariantCulture));
        Fail(field, "out-of-range", $"应在 {least} 与 {most} 之间。", $"Must lie between {least} and {most}.");
        return null;
    }

    /// <summary>True when the row came as JSON and has the field, so that its type can be told.</summary>
    bool Json(string field, out JsonElement element)
    {
        element = default;
        if (json.ValueKind != JsonValueKind.Object) return false;
        read.Add(field);
        return json.TryGetProperty(field, out element);
    }

    /// <summary>The field's text, trimmed; null where it is absent, null or empty.</summary>
    string? RawText(string field)
    {
        read.Add(field);
        string? text;
        if (cells is not null)
        {
            text = header!.TryGetValue(field, out var column) && column < cells.Length ? cells[column] : null;
        }
        else if (Json(field, out var element))
        {
            text = element.ValueKind == JsonValueKind.Null ? null : TextOf(field, element);
        }
        else
        {
            text = null;
        }

        text = text?.Trim();
        if (preset is not { } path || path.Field != field) return string.IsNullOrEmpty(text) ? null : text;
        if (string.IsNullOrEmpty(text) || text == path.Value) return path.Value;
        Fail(field, "differs-from-path", "与路径中的编码不一致。", "Differs from the code in the path.");
        return null;
    }

    string? TextOf(string field, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            Fail(field, "not-a-text", "应为 JSON 字符串。", "Must be a JSON string.");
            return null;
        }

        try
        {
            var text = element.GetString()!;
            // The same few codes stand in thousands of rows; keep one copy of each.
            if (text.Length > 32) return text;
            if (strings.TryGetValue(text, out var known)) return known;
            if (strings.Count < 1_000) strings.Add(text, text);
            return text;
        }
        catch (InvalidOperationException)
        {
            Fail(field, "invalid-unicode", "含有无效的 Unicode 字符。", "Holds invalid Unicode.");
            return null;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex CodeNotation();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex FieldName();
}

/// <summary>An enumeration's codes as they are written and read everywhere, in snake_case, and what they are called in Chinese.</summary>
public static class Codes<TEnum> where TEnum : struct, Enum
{
    public static readonly FrozenDictionary<string, TEnum> ByCode = Enum.GetValues<TEnum>()
        .ToFrozenDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    /// <summary>Code by value.</summary>
    public static readonly FrozenDictionary<TEnum, string> ByValue = ByCode.ToFrozenDictionary(code => code.Value, code => code.Key);

    /// <summary>The official Chinese term by value (<see cref="CalledAttribute"/>); the code where there is none.</summary>
    public static readonly FrozenDictionary<TEnum, string> Official = ByValue.ToFrozenDictionary(
        code => code.Key, code => Called(code.Key)?.Official ?? code.Value);

    /// <summary>Value by every Chinese term.</summary>
    public static readonly FrozenDictionary<string, TEnum> ByTerm = Enum.GetValues<TEnum>()
        .SelectMany(value => Called(value) is { } called ? called.Also.Prepend(called.Official) : [], (value, term) => (term, value))
        .ToFrozenDictionary(one => one.term, one => one.value);

    static CalledAttribute? Called(TEnum value) => typeof(TEnum).GetField(value.ToString())!.GetCustomAttribute<CalledAttribute>();

    /// <summary>All of them, for a message.</summary>
    public static readonly string List = string.Join(", ", ByCode.OrderBy(code => code.Value).Select(code => code.Key));
}

/// <summary>ISO 8601 instants as departments write them; an instant without an offset is Beijing time.</summary>
public static class InstantNotation
{
    // By hand because the framework's parser takes a missing offset for the machine's own, and a list of exact formats
    // costs as much as the rest of a row.
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset instant)
    {
        instant = default;
        if (text.Length < 16 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or ' ') || text[13] != ':')
            return false;
        if (!Number(text[..4], out var year) || !Number(text[5..7], out var month) || !Number(text[8..10], out var day) ||
            !Number(text[11..13], out var hour) || !Number(text[14..16], out var minute))
            return false;

        var rest = text[16..];
        var second = 0;
        long fraction = 0;
        if (rest is [':', _, _, ..])
        {
            if (!Number(rest[1..3], out second)) return false;
            rest = rest[3..];
            if (rest is ['.', ..])
            {
                var digits = 1;
                for (var unit = TimeSpan.TicksPerSecond / 10; digits < rest.Length && char.IsAsciiDigit(rest[digits]); digits++)
                {
                    fraction += (rest[digits] - '0') * unit;
                    unit /= 10;
                }

                if (digits == 1) return false;
                rest = rest[digits..];
            }
        }

        TimeSpan offset;
        if (rest.IsEmpty) offset = ChinaTime.Offset;
        else if (rest is "Z") offset = TimeSpan.Zero;
        else if (rest is [('+' or '-') and var sign, _, _, ':', _, _] && Number(rest[1..3], out var hours) &&
                 Number(rest[4..6], out var minutes) && hours <= 14 && minutes < 60)
            offset = (sign == '-' ? -1 : 1) * new TimeSpan(hours, minutes, 0);
        else return false;

        if (year is < 1900 or > 2200 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) ||
            hour > 23 || minute > 59 || second > 59 || offset.Duration() > TimeSpan.FromHours(14))
            return false;
        var local = new DateTime(year, month, day, hour, minute, second).AddTicks(fraction);
        instant = new DateTimeOffset(local, offset).ToUniversalTime();
        return true;
    }

    static bool Number(ReadOnlySpan<char> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit)) return false;
            value = value * 10 + (digit - '0');
        }

        return true;
    }
}
