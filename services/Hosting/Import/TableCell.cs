using System.Text.RegularExpressions;

namespace Monitoring.Hosting;

/// <summary>What kind of thing a cell of a table holds.</summary>
enum CellKind : byte
{
    /// <summary>Text, or nothing.</summary>
    Text,

    /// <summary>A number whose shown text is its digits.</summary>
    Number,

    /// <summary>A number that is shown otherwise than by its digits, or has more of them than spreadsheets keep.</summary>
    Formatted,

    /// <summary>A number with more digits than spreadsheets keep: nobody knows what was typed.</summary>
    TooManyDigits,

    /// <summary>A number that is shown divided by a thousand or a million.</summary>
    Scaled,

    /// <summary>A share that is shown in percent; the text is the percent.</summary>
    Percent,

    /// <summary>A date, as far as its format shows it.</summary>
    Date,

    /// <summary>A formula that could not be calculated, such as <c>#N/A</c>.</summary>
    Error,

    /// <summary>A formula that no program has calculated since it was written.</summary>
    Uncalculated,
}

/// <summary>One cell of a table.</summary>
/// <param name="Text">What it says; null where it is empty.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsMerged">True where the text stands in the first cell of the merged ones, and this is another.</param>
/// <param name="Stored">The number as it is kept, where it has more digits than spreadsheets show; null where it says the same.</param>
readonly record struct TableCell(string? Text, CellKind Kind = CellKind.Text, bool IsMerged = false, string? Stored = null)
{
    /// <summary>True where nothing is to be seen and nothing is to be calculated.</summary>
    public bool IsBlank => Kind is not (CellKind.Error or CellKind.Uncalculated) && (Text is null || Notation.IsBlank(Text));
}

/// <summary>Units of measure as they are written behind numbers, in headers and in the line above a table.</summary>
static partial class Units
{
    /// <summary>True for what can only be a unit of measure.</summary>
    public static bool IsOne(string text) => Known().IsMatch(text);

    /// <summary>One way to write a unit: without 人民币, spaces and full-width signs.</summary>
    public static string Canonical(string text) => Notation.HalfWidth(text)
        .Replace("人民币", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).Replace("圆", "元", StringComparison.Ordinal);

    [GeneratedRegex("""
        ^((人民币)?(百|千|万|十万|百万|千万|亿|万亿)?元(人民币)?|(千|万|百万|亿)?(吨|吨标准煤|人|人次|户|户次|公里|千米|米|公顷|亩|平方米|平方公里|平方千米|立方米|千瓦|千瓦时|度|件|个|辆|套|家|张|台|头|只|次|份|所|处|座|条|项|名|株|斤|公斤|千克|克|毫克|升)|[%‰％]|个百分点|百分点|km2?|hm2|m[23]?|mm|kg|t|g|mg|[μu]g)(/[^/]{1,6}){0,2}\z
        """)]
    private static partial Regex Known();
}
