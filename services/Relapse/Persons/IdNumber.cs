using System.Globalization;
using System.Text.RegularExpressions;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// A citizen's identification number (公民身份号码) of GB 11643-1999: six digits of the place of first registration, eight of the birth
/// day, three of sequence (odd for a man), and a check character of ISO 7064 MOD 11-2. The place is not looked up: codes that were
/// abolished long ago stay in force in the numbers of those who were born there.
/// </summary>
/// <param name="Number">18 characters, the last one a digit or <c>X</c>.</param>
/// <param name="Birth">Day of birth.</param>
/// <param name="Disability">类别与等级, where the number was that of a disability certificate, e.g. <c>肢体三级</c>.</param>
public sealed partial record IdNumber(string Number, DateOnly Birth, string? Disability)
{
    static readonly string[] categories = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];
    static readonly string[] grades = ["一级", "二级", "三级", "四级"];

    /// <summary>What is wrong with a text that is no such number.</summary>
    public enum Fault
    {
        None,

        /// <summary>Not 15, 18 or 20 characters of the right kind.</summary>
        Form,

        /// <summary>No such day.</summary>
        Birth,

        /// <summary>A character was mistyped.</summary>
        Check,
    }

    public bool IsMale => (Number[16] - '0') % 2 == 1;

    /// <summary>Never the number: what is written into a log or a message by mistake.</summary>
    public override string ToString() => nameof(IdNumber);

    /// <summary>
    /// Reads a number of 18 characters; one of 15 from before 1999, which becomes 18; or one of 20 of a disability certificate
    /// (残疾人证), whose first 18 are the number and whose last two are category and grade.
    /// </summary>
    public static Fault Read(string text, out IdNumber? number)
    {
        number = null;
        text = text.ToUpperInvariant();
        string? disability = null;
        if (text.Length == 20)
        {
            if (text[18] is < '1' or > '7' || text[19] is < '1' or > '4') return Fault.Form;
            disability = categories[text[18] - '1'] + grades[text[19] - '1'];
            text = text[..18];
        }

        if (text.Length == 15 && Old().IsMatch(text))
        {
            // 996 to 999 were kept for those who were a hundred years old already.
            var century = text[12..] is "996" or "997" or "998" or "999" ? "18" : "19";
            text = $"{text[..6]}{century}{text[6..]}";
            text += CheckOf(text);
        }

        if (!Notation().IsMatch(text)) return Fault.Form;
        if (!DateOnly.TryParseExact(text.AsSpan(6, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var birth) ||
            birth.Year < 1800) return Fault.Birth;
        if (CheckOf(text) != text[17]) return Fault.Check;
        number = new IdNumber(text, birth, disability);
        return Fault.None;
    }

    /// <summary>The check character that belongs to the first 17 digits.</summary>
    public static char CheckOf(ReadOnlySpan<char> digits) => PersonalNumbers.CheckOf(digits);

    [GeneratedRegex(@"^[1-9]\d{16}[\dX]\z", RegexOptions.ECMAScript)]
    private static partial Regex Notation();

    [GeneratedRegex(@"^[1-9]\d{14}\z", RegexOptions.ECMAScript)]
    private static partial Regex Old();
}
