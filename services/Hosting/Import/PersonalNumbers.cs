using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// Somebody's ID number (GB 11643) or mobile telephone number in a text, however it is spelt: with blanks or dashes between its digits, in
/// full-width or Chinese digits, with characters between them that nobody sees. What stands in a free text stands there for ever.
/// </summary>
public static partial class PersonalNumbers
{
    const string ChineseDigits = "〇一二三四五六七八九", ChineseCapitals = "零壹贰叁肆伍陆柒捌玖";
    const int MobileDigits = 11, IdDigits = 18;

    // Four blanks or dashes part a number as people write it; more stand between numbers, unless one follows each digit.
    const int PartsMax = 5;

    static readonly int[] weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>True where one stands in the text. Amounts, codes of projects and devices, and document numbers are none.</summary>
    public static bool StandIn(string text)
    {
        if (text.Length < MobileDigits) return false;
        var plain = Plain(text);
        return Any(Mobile(), plain, found => IsGrouped(found, MobileDigits)) ||
            Any(Candidate(), plain, found => IsGrouped(found, IdDigits) && IsIdNumber(Digits(found)));
    }

    /// <summary>The check character that belongs to the first 17 digits of an ID number (ISO 7064 MOD 11-2).</summary>
    public static char CheckOf(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var index = 0; index < weights.Length; index++) sum += (digits[index] - '0') * weights[index];
        return "10X98765432"[sum % 11];
    }

    /// <summary>A text as one looks for names in it: without blanks and what nobody sees, letters and digits in their usual width.</summary>
    public static string Bare(string text)
    {
        var bare = new StringBuilder(text.Length);
        foreach (var character in Notation.HalfWidth(text))
            if (!char.IsWhiteSpace(character) && !IsUnseen(character)) bare.Append(character);
        return bare.ToString();
    }

    // Every digit as 0 to 9, nothing that is not seen.
    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var character in Notation.HalfWidth(text))
        {
            if (IsUnseen(character)) continue;
            var digit = char.IsAscii(character) ? -1 : character switch
            {
                '幺' => 1,
                '○' => 0,
                _ when ChineseDigits.IndexOf(character, StringComparison.Ordinal) is >= 0 and var one => one,
                _ when ChineseCapitals.IndexOf(character, StringComparison.Ordinal) is >= 0 and var one => one,
                _ => CharUnicodeInfo.GetDigitValue(character),
            };
            plain.Append(digit < 0 ? character : (char)('0' + digit));
        }

        return plain.ToString();
    }

    static bool IsUnseen(char character) =>
        character > '\u007f' && char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.NonSpacingMark;

    static bool Any(Regex pattern, string text, Func<string, bool> holds)
    {
        for (var found = pattern.Match(text); found.Success; found = pattern.Match(text, found.Index + 1))
            if (holds(found.Groups["number"].Value)) return true;
        return false;
    }

    static bool IsGrouped(string found, int digits)
    {
        var parts = Regex.Count(found, "[^0-9Xx]+") + 1;
        // Points stand in amounts and versions; of a number they part three and four digits twice.
        return found.Contains('.', StringComparison.Ordinal) ? PointedMobile().IsMatch(found) : parts <= PartsMax || parts == digits;
    }

    static string Digits(string found) => string.Concat(found.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();

    static bool IsIdNumber(string digits) =>
        DateOnly.TryParseExact(digits.AsSpan(6, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var birth) &&
        birth.Year is >= 1800 && birth <= ChinaTime.LastDay && CheckOf(digits) == digits[17];

    // Not in a longer run of digits or within a code of letters and digits, nor before the unit of an amount.
    [GeneratedRegex(
        @"(?<![0-9A-Za-z_¥￥]|[0-9]\.)(?:(?:tel|phone|mobile|wechat|wx|vx)[.:]?)?(?:\+?86[\s\-–—_·]{0,2})?" +
        @"(?<number>1[\s\-–—_·.]{0,2}[3-9](?:[\s\-–—_·.]{0,2}[0-9]){9})(?![0-9A-Za-z_]|\.[0-9]|\s*(?:元|万|亿|吨|千瓦|平方|立方|亩|公里|%))",
        RegexOptions.IgnoreCase)]
    private static partial Regex Mobile();

    [GeneratedRegex(@"(?<![0-9])(?<number>[1-9](?:[\s\-–—_·]{0,2}[0-9]){16}[\s\-–—_·]{0,2}[0-9Xx])(?![0-9])")]
    private static partial Regex Candidate();

    [GeneratedRegex(@"^[0-9]{3}\.[0-9]{4}\.[0-9]{4}\z")]
    private static partial Regex PointedMobile();
}
