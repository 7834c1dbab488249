using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// One row of a push while it is read, whatever its format was: each getter takes one named field, and what is wrong with it is kept as an
/// error of that field. A getter that failed returns a default, so a binder needs no branches. Forms that people use are read as what they
/// mean, and what was read otherwise than it was written is said (<see cref="Notation"/>).
/// </summary>
public sealed partial class Fields
{
    const int TextMax = 200;
    const int DecimalPlacesMax = 10;

    // A text that may be as long as this is free text, in which lines may break.
    const int FreeTextMin = 500;
    const decimal MagnitudeMax = 1_000_000_000_000_000m;

    readonly HashSet<string> read = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> strings = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> units = new(StringComparer.Ordinal);
    readonly List<RowError> errors = [];
    string? lastField;
    TableCell? lastCell;
    JsonElement json;
    IReadOnlyDictionary<string, int>? header;
    TableCell[]? cells;
    (string Field, string Value)? preset;

    /// <summary>1-based number of the row in its push.</summary>
    public int Row { get; private set; }

    /// <summary>Everything that is wrong with the row, at most one entry a field.</summary>
    internal IReadOnlyList<RowError> Errors => errors;

    /// <summary>Where the row stands, for what is said about it.</summary>
    internal Place Place { get; set; } = Place.Unknown;

    /// <summary>Takes what was read otherwise than it was written.</summary>
    internal Conversions? Conversions { get; init; }

    /// <summary>Takes the texts of all rows, for what must be known of their things before they can be looked at.</summary>
    internal List<WrittenText>? Texts { get; init; }

    /// <summary>
    /// True where what was sent may be said again. Receipts are kept for good, and where bodies hold personal data nothing of them may be.
    /// </summary>
    internal bool MayQuote { get; init; } = true;

    /// <summary>The fields of the push, to find the one that a misspelt name means.</summary>
    internal RowShape? Shape { get; init; }

    /// <summary>Codes by the names that things have, as far as the push has used names; null until somebody asks for one.</summary>
    internal ILookup<string, string>? CodesByName { get; set; }

    /// <summary>True where a name stands for a code and <see cref="CodesByName"/> is needed to find it.</summary>
    internal bool NeedsNames { get; set; }

    /// <summary>Says which fields there are, while the shape of the rows is learnt.</summary>
    internal Func<string, bool>? Probed { get; init; }

    /// <summary>Names of the fields that were asked for.</summary>
    internal IReadOnlyCollection<string> Named => read;

    /// <summary>What was read, in its order; only while the shape is learnt.</summary>
    internal List<string> ReadNames { get; } = [];

    /// <summary>The unit field of each number that may say its unit itself; only while the shape is learnt.</summary>
    internal Dictionary<string, string> UnitFields { get; } = [];

    internal void Start(int row, JsonElement element, (string, string)? fromPath)
    {
        Begin(row, element, fromPath);
        if (element.ValueKind != JsonValueKind.Object)
            Fail(null, "row-not-an-object", "每行应为一个 JSON 对象。", "A row must be a JSON object.");
    }

    internal void Start(int row, IReadOnlyDictionary<string, int> columns, TableCell[] values, string? unit)
    {
        Begin(row, default, null);
        (header, cells, TableUnit) = (columns, values, unit);
    }

    void Begin(int row, JsonElement element, (string, string)? fromPath)
    {
        (Row, json, header, cells, preset, LeftOut, TableUnit, lastField) = (row, element, null, null, fromPath, null, null, null);
        read.Clear();
        errors.Clear();
        units.Clear();
    }

    /// <summary>The unit that a line above the table gives to all its numbers.</summary>
    string? TableUnit { get; set; }

    /// <summary>The units that the columns' headers give.</summary>
    internal IReadOnlyDictionary<string, string>? ColumnUnits { get; set; }

    /// <summary>Fails the row if it has fields that nobody read: a misspelt name must not pass as an absent one.</summary>
    internal void Finish()
    {
        if (header is not null)
        {
            foreach (var (name, column) in header)
                if (!read.Contains(name) && column < cells!.Length && !cells[column].IsBlank)
                    Wrong(name, "unknown-field", "此行不用填写这一项；请清空该单元格，或检查本行的类别。",
                        "A row of this kind has no such field; empty the cell, or check the row's kind.");
            return;
        }

        if (json.ValueKind != JsonValueKind.Object) return;
        var count = json.GetPropertyCount();
        foreach (var field in read)
            if (json.TryGetProperty(field, out _)) count--;
        if (count == 0) return;

        foreach (var (index, property) in json.EnumerateObject().Index())
        {
            if (NameOf(property) is not { } name) return;
            if (!read.Contains(name)) FailUnknown(name, index + 1);
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

    // Somebody's data may stand where names of fields are looked for, so only what looks like a name is said again.
    void FailUnknown(string field, int place)
    {
        var nearest = Shape?.Nearest(field);
        var (zh, en) = nearest is null ? ("请检查拼写", "check its spelling") : ($"是否指 {nearest}？", $"is {nearest} meant?");
        if (FieldName().IsMatch(field))
            Wrong(field, "unknown-field", $"没有字段 {field}；{zh}", $"There is no field {field}; {en}");
        else
            Fail(null, "unknown-field", $"第 {place} 项的名称不是字段名；请检查拼写。", $"The name of member {place} is no field's; check its spelling.");
    }

    /// <summary>
    /// Fails the row for what does not fit together in it, such as two days out of order. Says nothing where a field of the row is wrong
    /// already, since what was read of it is then a default.
    /// </summary>
    public void Fail(string? field, string code, string zh, string en)
    {
        if (errors.Count == 0) Add(field, code, zh, en);
    }

    /// <summary>Fails the row for one field that is wrong by itself, whatever else is wrong; the first thing about a field counts.</summary>
    public void Wrong(string field, string code, string zh, string en)
    {
        if (!IsWrong(field)) Add(field, code, zh, en);
    }

    bool IsWrong(string field)
    {
        foreach (var error in errors)
            if (error.Field == field) return true;
        return false;
    }

    void Add(string? field, string code, string zh, string en) => errors.Add(Place.Of(new RowError(Row, field, code, new Text(zh, en))));

    void Converted(string field, string from, string to, string code = "read-as") => Conversions?.Add(Row, field, code, from, to);

    /// <summary>
    /// Text of 1 to <paramref name="max"/> characters. In a long one, lines may break, and nobody's ID number or mobile number may stand
    /// (<see cref="PlainText"/>).
    /// </summary>
    public string Text(string field, int max = TextMax) => TextOrNull(field, max) ?? Missing(field, "");

    public string? TextOrNull(string field, int max = TextMax)
    {
        if (LineOrNull(field, max) is not { } text) return null;
        if (max >= TextMax) Texts?.Add(new WrittenText(Row, field, text));
        return max >= FreeTextMin ? Impersonal(field, text) : text;
    }

    /// <summary>
    /// A text that somebody writes freely, and that stands in an event for ever: nobody's ID number or mobile number may stand in it. Error:
    /// <c>personal-data-in-text</c>.
    /// </summary>
    public string PlainText(string field, int max = FreeTextMin) => PlainTextOrNull(field, max) ?? Missing(field, "");

    /// <summary>The same where it may be absent.</summary>
    public string? PlainTextOrNull(string field, int max = FreeTextMin)
    {
        if (LineOrNull(field, max) is not { } text) return null;
        Texts?.Add(new WrittenText(Row, field, text));
        return Impersonal(field, text);
    }

    string Impersonal(string field, string text)
    {
        if (PersonalNumbers.StandIn(text)) Wrong(field, WrittenText.NumberStands.Code, WrittenText.NumberStands.Reason.Zh, WrittenText.NumberStands.Reason.En);
        return text;
    }

    string? LineOrNull(string field, int max)
    {
        if (RawText(field) is not { } text) return null;
        if (CellOf(field) is { Kind: not (CellKind.Text or CellKind.Number) } cell)
        {
            WrongNumber(field, cell);
            return null;
        }

        foreach (var character in text)
        {
            if (!char.IsControl(character)) continue;
            if (character is '\n' or '\r' or '\t') continue;
            Wrong(field, "control-character", "含有看不见的控制字符；请重新键入这段文字。", "Holds a control character.");
            return null;
        }

        if (text.AsSpan().IndexOfAny('\n', '\r', '\t') >= 0)
        {
            var broken = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\t', ' ');
            text = max >= FreeTextMin ? broken : broken.Replace('\n', ' ');
            if (max < FreeTextMin) Converted(field, broken, text);
        }

        if (text.Length <= max) return text;
        Wrong(field, "too-long", $"最多 {max} 个字符，现有 {text.Length} 个。", $"At most {max} characters; there are {text.Length}.");
        return null;
    }

    // A spreadsheet shows such a cell otherwise than it keeps it: what was typed may have been a code.
    void WrongNumber(string field, TableCell cell)
    {
        var (zh, en) = cell.Kind switch
        {
            CellKind.Date => ("被表格软件当成了日期", "was taken for a date by the spreadsheet program"),
            CellKind.TooManyDigits => ("是数值格式，超过 15 位，表格软件已把后面的数字改掉", "is a number of more than 15 digits, the last of which the spreadsheet program has changed"),
            _ => ("是数值格式，显示的与存储的不同", "is a number that is shown otherwise than it is kept"),
        };
        Wrong(field, "number-in-text", $"{zh}；请把该列设为“文本”格式后重新录入。", $"The cell {en}; format the column as text and type it again.");
    }

    /// <summary>A stable code: letters, digits, dot, hyphen, underscore, at most 64, beginning with a letter or digit.</summary>
    public string Code(string field)
    {
        var text = Text(field, 64);
        if (IsCode(text) || IsWrong(field)) return text;
        if (Notation.HalfWidth(text) is var plain && IsCode(plain))
        {
            Converted(field, text, plain);
            return plain;
        }

        Wrong(field, "not-a-code", "应填编码：只能包含字母、数字、点、连字符和下划线。",
            "Must be a code: letters, digits, dots, hyphens and underscores only.");
        return text;
    }

    /// <summary>A code, or the name that one thing alone has, where the push can look names up. Errors: <c>name-unknown</c>, <c>name-ambiguous</c>.</summary>
    public string CodeOrName(string field)
    {
        // Names are Chinese; what holds no such letter is a code, or meant as one.
        if (RawText(field) is not { Length: <= TextMax } text || IsWrong(field) || Notation.HalfWidth(text).All(char.IsAscii)) return Code(field);
        if (CodesByName is null)
        {
            NeedsNames = true;
            return "-";
        }

        var named = CodesByName[text].Distinct().Take(6).ToList();
        if (named is [var code])
        {
            Converted(field, text, code);
            return code;
        }

        if (named.Count == 0)
            Wrong(field, "name-unknown", $"没有名为“{text}”的；请填编码，或与目录中的名称完全一致。", $"Nothing is called '{text}'; send the code, or the name as it stands in the catalogue.");
        else
            Wrong(field, "name-ambiguous", $"名为“{text}”的不止一个，请填编码：{string.Join('、', named)}。",
                $"More than one is called '{text}'; send the code: {string.Join(", ", named)}.");
        return "-";
    }

    internal static bool IsCode(string text) => CodeNotation().IsMatch(text);

    /// <summary>
    /// A decimal number below 10^15; beyond ten places it is rounded half to even, and that is said. Where <paramref name="unitIn"/> names
    /// the field of its unit, the number may say its unit itself: <c>12.5亿元</c>, a percent cell, the header <c>数值（亿元）</c>, the line
    /// <c>单位：万元</c> above the table. It is then what that field reads, or is converted to what stands there.
    /// </summary>
    public decimal Number(string field, decimal min = -MagnitudeMax, decimal max = MagnitudeMax, string? unitIn = null) =>
        NumberOrNull(field, min, max, unitIn) ?? Missing(field, 0m);

    public decimal? NumberOrNull(string field, decimal min = -MagnitudeMax, decimal max = MagnitudeMax, string? unitIn = null)
    {
        if (Probed is not null && unitIn is not null) UnitFields[field] = unitIn;
        decimal value;
        string? written = null, unit = null;
        if (Json(field, out var element))
        {
            if (element.ValueKind == JsonValueKind.Null) return null;
            if (element.ValueKind != JsonValueKind.Number)
            {
                Wrong(field, "not-a-number", "应为 JSON 数字，不加引号。", "Must be a JSON number, without quotes.");
                return null;
            }

            if (!element.TryGetDecimal(out value)) return OutOfRange(field, min, max);
        }
        else
        {
            if (ValueText(field) is not { } text) return null;
            var cell = CellOf(field);
            if (cell is { IsMerged: true })
            {
                Wrong(field, "merged-cell", "与上一行合并了单元格，不知道数值属于哪一行；请取消合并，逐行填写。",
                    "The cell is merged with the row above, so that nobody knows whose number it is; unmerge it and fill in every row.");
                return null;
            }

            if (cell is { Kind: CellKind.Scaled })
            {
                Wrong(field, "number-scaled", "按千、万等缩放显示，显示的数与存储的数不同；请改用普通数值格式，核对后重发。",
                    "The cell's format shows the number divided by a thousand or a million; give it a plain format and check the number.");
                return null;
            }

            if (cell is { Kind: CellKind.TooManyDigits or CellKind.Date } wrong)
            {
                WrongNumber(field, wrong);
                return null;
            }

            if (!Notation.TryNumber(text, out value, out unit, out var converted))
            {
                if (Notation.IsHuge(Notation.HalfWidth(text))) return OutOfRange(field, min, max);
                Wrong(field, "not-a-number", $"{Quoted(text).Zh}不是数字；请只填数字，如 1234.5。", $"{Quoted(text).En} is not a number; write it like 1234.5.");
                return null;
            }

            if (cell is { Stored: { } stored }) Converted(field, stored, text, "rounded");
            if (cell is { Kind: CellKind.Percent }) unit = "%";
            if (converted) written = text;
        }

        if (Fitted(field, value, written, unit, max, unitIn) is not { } fitted) return null;
        value = fitted;
        if (value < min || value > max) return OutOfRange(field, min, max);
        if (value.Scale <= DecimalPlacesMax) return value;
        var rounded = Plain(Math.Round(value, DecimalPlacesMax, MidpointRounding.ToEven));
        if (rounded != value) Converted(field, Written(value), Written(rounded), "rounded");
        return rounded;
    }

    /// <summary>The number in the unit that holds for its row; null, and an error, where the two do not fit.</summary>
    decimal? Fitted(string field, decimal value, string? written, string? unit, decimal max, string? unitIn)
    {
        unit ??= ColumnUnits?.GetValueOrDefault(field) ?? (unitIn is null ? null : TableUnit);
        if (unit is null)
        {
            if (written is not null) Converted(field, written, Written(value));
            return value;
        }

        var own = Units.Canonical(unit);
        if (unitIn is null)
        {
            // A share from 0 to 1 is meant by 90 %, and a number that is called a percentage says no more by its sign.
            if (own == "%" && max == 1) value /= 100;
            else if (own != "%" || !field.EndsWith("percent", StringComparison.OrdinalIgnoreCase))
            {
                Wrong(field, "unit-not-read", $"此项不收计量单位（{unit}）；请只填数字。", $"This field takes no unit ({unit}); write the number alone.");
                return null;
            }

            Converted(field, written ?? $"{Written(value)}%", Written(value));
            return value;
        }

        if ((Peek(unitIn) ?? units.GetValueOrDefault(unitIn)) is not { } rows)
        {
            units[unitIn] = own;
            if (written is not null) Converted(field, written, $"{Written(value)} {own}");
            return value;
        }

        var wanted = Units.Canonical(rows);
        if (wanted == own) return value;
        if (!Money.Multipliers.ContainsKey(own) || !Money.Multipliers.ContainsKey(wanted))
        {
            Wrong(field, "unit-differs", $"数值的单位是 {own}，而 {unitIn} 写的是 {rows}；请改为一致。", $"The number is in {own}, and {unitIn} says {rows}; make them agree.");
            return null;
        }

        var inWanted = Plain(value * Money.Yuan(1, own).Units / Money.Yuan(1, wanted).Units);
        Converted(field, written ?? $"{Written(value)} {own}", $"{Written(inWanted)} {wanted}");
        return inWanted;
    }

    static decimal Plain(decimal value) => value / 1.0000000000000000000000000000m;

    static string Written(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    Text Quoted(string text) => MayQuote ? new($"“{Short(text)}”", $"'{Short(text)}'") : new("所填内容", "What stands there");

    static string Short(string text) => text.Length <= 30 ? text : $"{text[..30]}…";

    public int Whole(string field, int min, int max) => WholeOrNull(field, min, max) ?? Missing(field, min);

    public int? WholeOrNull(string field, int min, int max)
    {
        if (NumberOrNull(field, min, max) is not { } value) return null;
        if (decimal.IsInteger(value)) return (int)value;
        Wrong(field, "not-an-integer", "应为整数。", "Must be a whole number.");
        return null;
    }

    /// <summary>
    /// In a table, leaves the row out when it holds nothing beside these fields: a row that was prepared for somebody to fill in and was
    /// not filled in is no row.
    /// </summary>
    public void LeaveOutIfOnly(params ReadOnlySpan<string> prepared)
    {
        if (header is null || Probed is not null) return;
        foreach (var (name, column) in header)
            if (!prepared.Contains(name) && column < cells!.Length && !cells[column].IsBlank) return;
        LeaveOut("not-filled-in", "备好的行没有填写，未入库。", "The row was prepared and not filled in.");
    }

    /// <summary>In a table, leaves the row out when this field says in so many words that there is no value: —, N/A, 空.</summary>
    public void LeaveOutIfNone(string field)
    {
        if (CellOf(field) is { Text: { } text, Kind: CellKind.Text } && Notation.IsNoValue(Notation.Trimmed(text)))
            LeaveOut("no-value", $"“{Notation.Trimmed(text)}”表示没有数据，未入库。", $"'{Notation.Trimmed(text)}' says that there is no value.");
    }

    /// <summary>Leaves the row out as no fact; it is counted, and why is said.</summary>
    public void LeaveOut(string code, string zh, string en) => LeftOut ??= Place.Of(new RowError(Row, null, code, new Text(zh, en)));

    /// <summary>Why the row is passed over; null where it is not.</summary>
    internal RowError? LeftOut { get; private set; }

    /// <summary>True when the row has the field, so that a binder can tell two notations apart.</summary>
    public bool Has(string field) => Probed is { } probed ? probed(field) : cells is null ? Json(field, out _) : header!.ContainsKey(field);

    /// <summary><c>true</c> or <c>false</c>, in JSON as such or as text; 是 and 否 are read as well.</summary>
    public bool? FlagOrNull(string field)
    {
        if (Json(field, out var element) && element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return element.ValueKind == JsonValueKind.True;
        switch (ValueText(field)?.ToLowerInvariant())
        {
            case null: return null;
            case "true" or "是": return true;
            case "false" or "否": return false;
            default:
                Wrong(field, "not-a-flag", "应为 是 或 否（true 或 false）。", "Must be true or false.");
                return null;
        }
    }

    public bool Flag(string field) => FlagOrNull(field) ?? Missing(field, false);

    /// <summary>A day in Asia/Shanghai, <c>2026-11-24</c>, from 1900 to 2200.</summary>
    public DateOnly Day(string field) => DayOrNull(field) ?? Missing(field, Notation.DayMin);

    public DateOnly? DayOrNull(string field) => ValueText(field) is { } text ? DayOf(field, text) : null;

    DateOnly? DayOf(string field, string text)
    {
        if (!Notation.TryDay(text, out var day, out var converted))
        {
            Wrong(field, "not-a-date", $"{Quoted(text).Zh}不是日期；应写成 2026-11-24 或 2026年11月24日。", "Must be a date like 2026-11-24.");
            return null;
        }

        if (day < Notation.DayMin || day > Notation.DayMax)
        {
            Wrong(field, "out-of-range", $"日期应在 {Notation.DayMin:yyyy-MM-dd} 与 {Notation.DayMax:yyyy-MM-dd} 之间。",
                $"Must lie between {Notation.DayMin:yyyy-MM-dd} and {Notation.DayMax:yyyy-MM-dd}.");
            return null;
        }

        if (converted) Converted(field, text, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return day;
    }

    /// <summary>An instant; without an offset it is read as Asia/Shanghai: <c>2026-11-24T08:00:00+08:00</c>, <c>2026-11-24 08:00</c>.</summary>
    public DateTimeOffset Instant(string field)
    {
        if (ValueText(field) is not { } text) return Missing(field, DateTimeOffset.MinValue);
        if (Notation.TryInstant(text, out var instant, out var converted))
        {
            if (converted) Converted(field, text, $"{instant.ToOffset(ChinaTime.Offset):yyyy-MM-ddTHH:mm:sszzz}");
            return instant;
        }

        Wrong(field, "not-an-instant", "应为时间，如 2026-11-24T08:00:00+08:00 或 2026-11-24 08:00（北京时间）。",
            "Must be an instant like 2026-11-24T08:00:00+08:00, or 2026-11-24 08:00 (Beijing time).");
        return default;
    }

    /// <summary>An SDMX period, <c>2021</c>, <c>2021-S1</c>, <c>2021-Q3</c>, <c>2021-07</c>, or what means the same.</summary>
    public Period Period(string field)
    {
        // A year is a number to many programs, so 2021 is taken as well as "2021".
        var text = Json(field, out var element) && element.ValueKind == JsonValueKind.Number
            ? element.GetRawText()
            : ValueText(field);
        if (text is null) return Missing(field, default(Period));
        if (Notation.TryPeriod(text, out var period, out var converted))
        {
            if (converted) Converted(field, text, period.Text);
            return period;
        }

        var advice = Notation.PeriodAdvice(MayQuote ? Short(text) : "");
        Wrong(field, "not-a-period", advice.Zh, advice.En);
        return default;
    }

    public Guid Id(string field) => IdOrNull(field) ?? Missing(field, Guid.Empty);

    public Guid? IdOrNull(string field) => ValueText(field) is { } text ? IdOf(field, text) : null;

    Guid IdOf(string field, string text)
    {
        if (Guid.TryParseExact(text, "D", out var id)) return id;
        Wrong(field, "not-a-uuid", "应为 UUID，如 0198c0de-0000-7000-8000-000000000001。", "Must be a UUID.");
        return default;
    }

    /// <summary>One of an enumeration's codes in snake_case, or its Chinese term.</summary>
    public TEnum Enum<TEnum>(string field) where TEnum : struct, Enum =>
        EnumOrNull<TEnum>(field) ?? Missing(field, default(TEnum));

    public TEnum? EnumOrNull<TEnum>(string field) where TEnum : struct, Enum =>
        ValueText(field) is { } text ? EnumOf<TEnum>(field, text) : null;

    TEnum? EnumOf<TEnum>(string field, string text) where TEnum : struct, Enum
    {
        if (Codes<TEnum>.ByCode.TryGetValue(text, out var value)) return value;
        var plain = Notation.HalfWidth(text).Replace(" ", "", StringComparison.Ordinal);
        if (Codes<TEnum>.ByTerm.TryGetValue(plain, out value) || Codes<TEnum>.ByCode.TryGetValue(plain.ToLowerInvariant().Replace('-', '_'), out value))
        {
            if (Codes<TEnum>.Official[value] != text) Converted(field, text, Codes<TEnum>.ByValue[value]);
            return value;
        }

        Wrong(field, "unknown-code", $"{Quoted(text).Zh}不在可选范围内；应为以下之一：{Codes<TEnum>.ListInChinese}。", $"Must be one of: {Codes<TEnum>.List}.");
        return null;
    }

    /// <summary>
    /// The unit of the row's numbers, as its field says, or the numbers themselves (<c>unitIn</c>), or the header or a line above it; null
    /// where nothing does. Read after the numbers.
    /// </summary>
    public string? UnitOrNull(string field) => TextOrNull(field, 20) ?? units.GetValueOrDefault(field);

    /// <summary>The unit of the row's amounts of money, 元, 万元 or 亿元; required where <paramref name="otherwise"/> names none. Read after the amounts.</summary>
    public string MoneyUnit(string field, string? otherwise = null)
    {
        if (UnitOrNull(field) is not { } unit)
        {
            if (otherwise is null) Wrong(field, "missing", "须注明金额单位：元、万元或亿元。", "A required field is missing.");
            return otherwise ?? "元";
        }

        if (Money.Multipliers.ContainsKey(Units.Canonical(unit))) return Units.Canonical(unit);
        Wrong(field, "unknown-unit", "应为 元、万元 或 亿元。", "Must be 元, 万元 or 亿元.");
        return "元";
    }

    /// <summary>A list of remarks: a JSON array of texts, or one text with <c> | </c> between them.</summary>
    public string[] Remarks(string field)
    {
        var remarks = RemarksOf(field);
        foreach (var remark in remarks) Impersonal(field, remark);
        return remarks;
    }

    string[] RemarksOf(string field)
    {
        const int remarkMax = 1_000;
        if (!Json(field, out var element) || element.ValueKind != JsonValueKind.Array)
            return LineOrNull(field, 50 * remarkMax)?.Split(" | ", StringSplitOptions.TrimEntries) ?? [];
        if (element.GetArrayLength() > 50)
        {
            Wrong(field, "too-long", "最多 50 条。", "At most 50 entries.");
            return [];
        }

        var remarks = new List<string>();
        foreach (var entry in element.EnumerateArray())
        {
            if (TextOf(field, entry) is not { } text) return [];
            if (text.Length is 0 or > remarkMax || text.Any(character => char.IsControl(character) && character is not ('\n' or '\r' or '\t')))
            {
                Wrong(field, "too-long", $"每条为 1 至 {remarkMax} 个字符。", $"Each entry has 1 to {remarkMax} characters.");
                return [];
            }

            remarks.Add(text);
        }

        return [.. remarks];
    }

    /// <summary>A list of codes of an enumeration: a JSON array, or one text with <c>;</c> between them.</summary>
    public TEnum[] Enums<TEnum>(string field) where TEnum : struct, Enum => [.. Entries(field).Select(text => EnumOf<TEnum>(field, text) ?? default)];

    /// <summary>A list of days: a JSON array, or one text with <c>;</c> between them.</summary>
    public DateOnly[] Days(string field) => [.. Entries(field).Select(text => DayOf(field, text) ?? Notation.DayMin)];

    /// <summary>A list of random ids: a JSON array, or one text with <c>;</c> between them.</summary>
    public Guid[] Ids(string field) => [.. Entries(field).Select(text => IdOf(field, text))];

    string[] Entries(string field) => Json(field, out var element) && element.ValueKind == JsonValueKind.Array
        ? RemarksOf(field)
        : LineOrNull(field, 4_000)?.Split([';', '；'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>A list of objects, each bound by itself; an error names its place, e.g. <c>rules[3].amount</c>. JSON only.</summary>
    public IReadOnlyList<T> List<T>(string field, int entriesMax, Func<Fields, T> bind)
    {
        if (!Json(field, out var element) || element.ValueKind == JsonValueKind.Null) return [];
        if (element.ValueKind != JsonValueKind.Array)
        {
            Wrong(field, "wrong-type", "应为 JSON 数组。", "Must be a JSON array.");
            return [];
        }

        if (element.GetArrayLength() > entriesMax)
        {
            Wrong(field, "too-long", $"最多 {entriesMax} 条。", $"At most {entriesMax} entries.");
            return [];
        }

        var (entry, bound) = (new Fields { Place = Place, Conversions = Conversions, Texts = Texts, MayQuote = MayQuote }, new List<T>());
        foreach (var (index, item) in element.EnumerateArray().Index())
        {
            entry.Start(Row, item, null);
            bound.Add(bind(entry));
            entry.Finish();
            errors.AddRange(entry.Errors.Select(error => error with { Field = $"{field}[{index}]{(error.Field is null ? "" : "." + error.Field)}" }));
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
                Wrong(field, "wrong-type", "应为 JSON 对象。", "Must be a JSON object.");
                return map;
            }

            foreach (var property in element.EnumerateObject())
            {
                if (NameOf(property) is not { } name || TextOf(field, property.Value) is not { } text) return map;
                map[name] = text;
            }
        }
        else if (LineOrNull(field, 10_000) is { } text)
        {
            foreach (var part in Notation.HalfWidth(text).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var separator = part.IndexOf('=', StringComparison.Ordinal);
                if (separator > 0) map[part[..separator].Trim()] = part[(separator + 1)..].Trim();
                else Wrong(field, "wrong-type", "应为 键=值;键=值。", "Must be key=value;key=value.");
            }
        }
        else
        {
            return null;
        }

        if (map.Count > entriesMax || map.Any(entry => entry.Key.Length > 64 || entry.Value.Length > 64 ||
            entry.Key.Any(char.IsControl) || entry.Value.Any(char.IsControl)))
            Wrong(field, "too-long", $"最多 {entriesMax} 项，每项不超过 64 个字符。",
                $"At most {entriesMax} entries of at most 64 characters each.");
        return map;
    }

    T Missing<T>(string field, T otherwise)
    {
        if (NoValueIn(field) is { } mark)
            Wrong(field, "missing", $"必填；“{mark}”表示没有数据。没有数据的行请删去。", $"Required; '{mark}' says that there is none. Take the row out where there is no value.");
        else if (CellOf(field) is { IsMerged: true })
            Wrong(field, "merged-cell", "与相邻单元格合并了，此处没有内容；请取消合并，逐格填写。", "The cell is merged with its neighbour and holds nothing; unmerge it and fill in every cell.");
        else
            Wrong(field, "missing", "缺少必填字段。", "A required field is missing.");
        return otherwise;
    }

    decimal? OutOfRange(string field, decimal min, decimal max)
    {
        Wrong(field, "out-of-range", $"应在 {Written(min)} 与 {Written(max)} 之间。", $"Must lie between {Written(min)} and {Written(max)}.");
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

    /// <summary>The field's cell in a table; null elsewhere, and where the table has no such column or the row ends before it.</summary>
    TableCell? CellOf(string field)
    {
        if (cells is null) return null;
        // A getter asks several things of the same field.
        if (!ReferenceEquals(field, lastField)) (lastField, lastCell) = (field, header!.TryGetValue(field, out var column) && column < cells.Length ? cells[column] : null);
        return lastCell;
    }

    /// <summary>What a field says, without taking it for read.</summary>
    string? Peek(string field)
    {
        if (CellOf(field) is { } cell) return cell.IsBlank ? null : Notation.Trimmed(cell.Text!);
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var element) && element.ValueKind == JsonValueKind.String &&
            TextOf(field, element) is { Length: > 0 } text ? text : null;
    }

    /// <summary>The field's text where it is no free text: what says that there is no value is none.</summary>
    string? ValueText(string field) => RawText(field) is { } text && (cells is null || !Notation.IsNoValue(text)) ? text : null;

    string? NoValueIn(string field) =>
        CellOf(field) is { Text: { } text } && Notation.Trimmed(text) is var mark && Notation.IsNoValue(mark) ? mark : null;

    /// <summary>The field's text, trimmed; null where it is absent, null or empty.</summary>
    string? RawText(string field)
    {
        if (read.Add(field) && Probed is not null) ReadNames.Add(field);
        string? text = null;
        if (cells is not null)
        {
            if (CellOf(field) is { } cell)
            {
                if (cell.Kind is CellKind.Error or CellKind.Uncalculated) FailFormula(field, cell);
                else text = Place.Sheet is null ? Unquoted(field, cell.Text) : cell.Text;
            }
        }
        else if (Json(field, out var element))
        {
            text = element.ValueKind == JsonValueKind.Null ? null : TextOf(field, element);
        }

        if (text is not null) text = Notation.Trimmed(text);
        if (preset is not { } path || path.Field != field) return string.IsNullOrEmpty(text) ? null : text;
        if (string.IsNullOrEmpty(text) || text == path.Value) return path.Value;
        Wrong(field, "differs-from-path", "与路径中的编码不一致。", "Differs from the code in the path.");
        return null;
    }

    // Tables as text put an apostrophe before what a spreadsheet program would run as a formula; our own lists do.
    string? Unquoted(string field, string? text)
    {
        if (text is not ['\'', '=' or '@' or '+' or '-', ..]) return text;
        Converted(field, text, text[1..]);
        return text[1..];
    }

    void FailFormula(string field, TableCell cell)
    {
        if (cell.Kind == CellKind.Error)
            Wrong(field, "cell-error", $"公式出错（{Short(cell.Text ?? "")}）；请改正公式，或直接填数值。", $"The formula failed ({Short(cell.Text ?? "")}); correct it, or type the value.");
        else
            Wrong(field, "formula-not-calculated", "是还没有计算过的公式；请用 Excel 或 WPS 打开，保存后再发送。",
                "Holds a formula that was never calculated; open the file in a spreadsheet program, save it and send it again.");
    }

    string? TextOf(string field, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            Wrong(field, "not-a-text", "应为 JSON 字符串，加引号。", "Must be a JSON string, in quotes.");
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
            Wrong(field, "invalid-unicode", "含有无效的 Unicode 字符。", "Holds invalid Unicode.");
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

    /// <summary>All of them with their terms, for a message in Chinese.</summary>
    public static readonly string ListInChinese = string.Join('、', ByValue.OrderBy(code => code.Key)
        .Select(code => Official[code.Key] == code.Value ? code.Value : $"{Official[code.Key]}（{code.Value}）"));

    /// <summary>All of them, for a message.</summary>
    public static readonly string List = string.Join(", ", ByCode.OrderBy(code => code.Value).Select(code => code.Key));
}

/// <summary>ISO 8601 instants as departments write them; an instant without an offset is Beijing time.</summary>
public static class InstantNotation
{
    static readonly DateTimeOffset first = ChinaTime.StartOf(ChinaTime.FirstDay), last = ChinaTime.StartOf(ChinaTime.LastDay.AddDays(1));

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

        if (year < ChinaTime.FirstDay.Year || year > ChinaTime.LastDay.Year || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) ||
            hour > 23 || minute > 59 || second > 59 || offset.Duration() > TimeSpan.FromHours(14))
            return false;
        var local = new DateTime(year, month, day, hour, minute, second).AddTicks(fraction);
        instant = new DateTimeOffset(local, offset).ToUniversalTime();
        // What ends with the first midnight belongs to the day before.
        return instant > first && instant < last;
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
