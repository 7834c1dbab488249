using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// How people write numbers, days, instants and periods: lenient in form, strict in meaning. What can mean two things is not read. Each
/// reading says whether it took another form than the canonical one, so that the sender can be told.
/// </summary>
static partial class Notation
{
    /// <summary>First and last day that any fact can be about.</summary>
    public static readonly DateOnly DayMin = ChinaTime.FirstDay, DayMax = ChinaTime.LastDay;

    // Signs of statistical yearbooks and of spreadsheets.
    static readonly FrozenSet<string> noValue = new[]
    {
        "-", "--", "—", "——", "–", "…", "……", "...", "/", "空", "无", "缺", "暂无", "无数据", "N/A", "NA", "n/a", "na", "NaN", "null", "NULL",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for what people write where there is no value, such as — or N/A.</summary>
    public static bool IsNoValue(string text) => text.Length <= 6 && !(text.Length > 0 && char.IsAsciiDigit(text[0])) && noValue.Contains(HalfWidth(text));

    /// <summary>True where nothing is to be seen: white space, and characters without a glyph.</summary>
    public static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
            if (!IsInvisible(character)) return false;
        return true;
    }

    /// <summary>Without what cannot be seen at either end, such as the no-break space and the zero-width space.</summary>
    public static string Trimmed(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsInvisible(text[start])) start++;
        while (end > start && IsInvisible(text[end - 1])) end--;
        return start == 0 && end == text.Length ? text : text[start..end];
    }

    static bool IsInvisible(char character) =>
        char.IsWhiteSpace(character) || character > '\u007f' && char.GetUnicodeCategory(character) == UnicodeCategory.Format;

    /// <summary>Full-width letters, digits and signs as their usual ones.</summary>
    public static string HalfWidth(string text)
    {
        foreach (var character in text)
        {
            if (character is >= '\uFF01' and <= '\uFF5E' or '\u3000' or '\u2212')
                return string.Create(text.Length, text, static (into, from) =>
                {
                    for (var at = 0; at < into.Length; at++)
                        into[at] = from[at] switch
                        {
                            >= '\uFF01' and <= '\uFF5E' and var wide => (char)(wide - 0xFEE0),
                            '\u3000' => ' ',
                            '\u2212' => '-',
                            var other => other,
                        };
                });
        }

        return text;
    }

    /// <summary>
    /// A number as <c>1234.5</c>, <c>1,234.5</c>, <c>１２．５</c> or <c>1.25E+3</c>, and the unit that may follow it, <c>12.5亿元</c>,
    /// <c>43.1%</c>. Thousands are marked everywhere or nowhere.
    /// </summary>
    public static bool TryNumber(string text, out decimal value, out string? unit, out bool converted)
    {
        (unit, converted) = (null, false);
        const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (decimal.TryParse(text, plain, CultureInfo.InvariantCulture, out value)) return true;

        if (NumberNotation().Match(HalfWidth(text)) is not { Success: true } match) return false;
        var digits = $"{match.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal)}{match.Groups["power"].Value}";
        if (!decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return false;
        unit = match.Groups["unit"] is { Length: > 0, Value: var said } ? said : null;
        return converted = true;
    }

    /// <summary>True where the text is a number whose size alone keeps it from being read.</summary>
    public static bool IsHuge(string text) => HugeNotation().IsMatch(text);

    /// <summary>A day as <c>2022-01-05</c>, <c>2022/1/5</c>, <c>2022.1.5</c>, <c>2022年1月5日</c> or <c>20220105</c>; a time of day after it is passed over.</summary>
    public static bool TryDay(string text, out DateOnly day, out bool converted)
    {
        converted = false;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day)) return true;
        return converted = DayNotation().Match(HalfWidth(text)) is { Success: true } match && DateOnly.TryParseExact(
            $"{match.Groups["year"].Value}-{Two(match, "month")}-{Two(match, "day")}", "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.None, out day);
    }

    /// <summary>An instant as <c>2026-11-24T08:00:00+08:00</c>, <c>2026/11/24 8:00</c> or <c>2026年11月24日8时30分</c>.</summary>
    public static bool TryInstant(string text, out DateTimeOffset instant, out bool converted)
    {
        converted = false;
        if (InstantNotation.TryParse(text, out instant)) return true;
        if (InstantWritten().Match(HalfWidth(text)) is not { Success: true } match) return false;
        var minute = match.Groups["minute"].Success ? Two(match, "minute") : "00";
        var second = match.Groups["second"].Success ? $":{Two(match, "second")}" : "";
        var offset = match.Groups["offset"].Value is { Length: 5 } close ? $"{close[..3]}:{close[3..]}" : match.Groups["offset"].Value;
        return converted = InstantNotation.TryParse(
            $"{match.Groups["year"].Value}-{Two(match, "month")}-{Two(match, "day")}T{Two(match, "hour")}:{minute}{second}{match.Groups["fraction"].Value}{offset}",
            out instant);
    }

    /// <summary>
    /// A period as <c>2021</c>, <c>2021-Q3</c>, <c>2021-07</c> (SDMX, also <c>2021-A1</c>, <c>2021-M07</c>), <c>2021年</c>, <c>2021年三季度</c>,
    /// <c>2021年上半年</c>, <c>2021年7月</c>, <c>2021/7</c>, <c>2021.7</c> or <c>202107</c>. <c>2021.1</c> is January to one program and what is
    /// left of <c>2021.10</c> to another, and is not read.
    /// </summary>
    public static bool TryPeriod(string text, out Period period, out bool converted)
    {
        if (Period.TryParse(text, out period))
        {
            converted = period.Text != text;
            return true;
        }

        converted = false;
        if (PeriodNotation().Match(HalfWidth(text)) is not { Success: true } match) return false;
        var year = match.Groups["year"].Value;
        var canonical = match switch
        {
            _ when match.Groups["month"].Success => $"{year}-{Two(match, "month")}",
            _ when match.Groups["quarter"].Success => $"{year}-Q{Count(match.Groups["quarter"].Value)}",
            _ when match.Groups["half"].Success => $"{year}-S{Count(match.Groups["half"].Value)}",
            _ => year,
        };
        return converted = Period.TryParse(canonical, out period);
    }

    /// <summary>Why a text that looks like a period is none, and how it is meant to be written.</summary>
    public static Text PeriodAdvice(string text)
    {
        if (TryDay(text, out var day, out _))
            return new(
                $"“{text}”是一天，不是期别；若指 {day.Year} 年 {day.Month} 月，请写成 {day:yyyy-MM}。",
                $"'{text}' is a day and no period; write {day:yyyy-MM} if that month is meant.");
        if (HalfWidth(text) is [_, _, _, _, '.', '1'] one)
            return new(
                $"“{text}”可能是 1 月，也可能是 10 月（Excel 把 {one[..4]}.10 存成 {one[..4]}.1）；请写成 {one[..4]}-01 或 {one[..4]}-10。",
                $"'{text}' may be January or October (spreadsheets turn {one[..4]}.10 into {one[..4]}.1); write {one[..4]}-01 or {one[..4]}-10.");
        return new(
            "应为期别：2021（全年）、2021-S1（上半年）、2021-Q3（三季度）、2021-07（7 月）；也可写 2021年、2021年三季度、2021年7月。",
            "Must be an SDMX period: 2021, 2021-S1, 2021-Q3 or 2021-07.");
    }

    static string Two(Match match, string group) => match.Groups[group].Value.PadLeft(2, '0');

    static char Count(string numeral) => numeral[0] switch
    {
        '一' or '上' => '1', '二' or '下' => '2', '三' => '3', '四' => '4', var digit => digit,
    };

    [GeneratedRegex("""
        ^(?<number>[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?|[+-]?\.\d+)(?<power>[eE][+-]?\d{1,2})?\s*(?<unit>[^\d\s.,+\-*()=/eE][^\d\s,=]{0,11})?\z
        """)]
    private static partial Regex NumberNotation();

    [GeneratedRegex(@"^[+-]?\d{16,400}(\.\d{0,400})?\z|^[+-]?\d{1,40}(\.\d{1,40})?[eE]\+?\d{1,4}\z")]
    private static partial Regex HugeNotation();

    [GeneratedRegex("""
        ^(?<year>\d{4})(?:(?<between>[-/.])(?<month>\d{1,2})\k<between>(?<day>\d{1,2})|年(?<month>\d{1,2})月(?<day>\d{1,2})[日号]|(?<month>\d{2})(?<day>\d{2}))(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?)?\z
        """)]
    private static partial Regex DayNotation();

    [GeneratedRegex("""
        ^(?<year>\d{4})(?:(?<between>[-/.])(?<month>\d{1,2})\k<between>(?<day>\d{1,2})[ T]+|年(?<month>\d{1,2})月(?<day>\d{1,2})[日号] *)(?<hour>\d{1,2})(?:[:时点](?<minute>\d{2})分?(?::?(?<second>\d{2})秒?(?<fraction>\.\d{1,7})?)?|[时点])(?<offset>Z|[+-]\d{2}:?\d{2})?\z
        """)]
    private static partial Regex InstantWritten();

    [GeneratedRegex("""
        ^(?<year>(19|20)\d\d)(?:年度?|-A1|-M(?<month>0[1-9]|1[0-2])|年(?<month>0?[1-9]|1[0-2])月份?|[-/](?<month>[1-9]|0[1-9]|1[0-2])|\.(?<month>0[1-9]|1[0-2]|[2-9])|(?<month>0[1-9]|1[0-2])|(?:年度?|[-/ ])? ?第?(?<quarter>[一二三四1-4])季度?|(?:年|[-/ ])?[Qq](?<quarter>[1-4])|年? ?(?<half>[上下])半年|(?:年|[-/ ])?[SsHh](?<half>[12]))\z
        """)]
    private static partial Regex PeriodNotation();
}
