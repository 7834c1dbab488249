using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Monitoring.Contracts;

/// <summary>
/// A reporting period in SDMX 2.1 notation (TIME_PERIOD): <c>2021</c>, <c>2021-S1</c>, <c>2021-Q3</c>, <c>2021-07</c>. SDMX's
/// reporting year and month, <c>2021-A1</c> and <c>2021-M07</c>, are read as the same and written as the former. Days are days in
/// Asia/Shanghai.
/// </summary>
public readonly partial record struct Period
{
    Period(string text, DateOnly first, DateOnly last) => (Text, First, Last) = (text, first, last);

    /// <summary>The one notation by which a period is known, whichever way it was read.</summary>
    public string Text { get; }

    /// <summary>First day of the period.</summary>
    public DateOnly First { get; }

    /// <summary>Last day of the period.</summary>
    public DateOnly Last { get; }

    /// <summary>SDMX FREQ of its notation: A, S, Q or M.</summary>
    public string Frequency => (Last.Month - First.Month) switch { 11 => "A", 5 => "S", 2 => "Q", _ => "M" };

    /// <summary>The same period so many years later; null where that is before 1900 or after 2099, which no period is.</summary>
    public Period? AddYears(int years) =>
        TryParse(string.Create(CultureInfo.InvariantCulture, $"{(long)First.Year + years:0000}{Text[4..]}"), out var moved) ? moved : null;

    public static bool TryParse([NotNullWhen(true)] string? text, out Period period)
    {
        period = default;
        if (text is null || Notation().Match(text) is not { Success: true } match) return false;
        var year = int.Parse(match.Groups["year"].Value, CultureInfo.InvariantCulture);
        int Number(string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

        var (month, months) = match switch
        {
            _ when match.Groups["half"].Success => (Number("half") * 6 - 5, 6),
            _ when match.Groups["quarter"].Success => (Number("quarter") * 3 - 2, 3),
            _ when match.Groups["month"].Success => (Number("month"), 1),
            _ => (1, 12),
        };
        var first = new DateOnly(year, month, 1);
        var canonical = match.Groups["month"].Success ? string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}")
            : months == 12 ? match.Groups["year"].Value
            : text;
        period = new Period(canonical, first, first.AddMonths(months).AddDays(-1));
        return true;
    }

    /// <exception cref="FormatException">The text is not a period.</exception>
    public static Period Parse(string text) =>
        TryParse(text, out var period) ? period : throw new FormatException($"'{text}' is not an SDMX period.");

    public override string ToString() => Text;

    [GeneratedRegex(@"^(?<year>(19|20)\d\d)(-A1|-S(?<half>[12])|-Q(?<quarter>[1-4])|-M?(?<month>0[1-9]|1[0-2]))?\z")]
    private static partial Regex Notation();
}

/// <summary>
/// The county's clock. China has kept UTC+8 without summer time since 1991, so the offset is fixed and needs no time
/// zone database on the machine.
/// </summary>
public static class ChinaTime
{
    public static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    /// <summary>First day that anything here can be about.</summary>
    public static readonly DateOnly FirstDay = new(1900, 1, 1);

    /// <summary>Last day that anything here can be about, so that what is reckoned from any of them is still a day.</summary>
    public static readonly DateOnly LastDay = new(2200, 12, 31);

    /// <summary>True for a day that something can be about.</summary>
    public static bool IsInRange(DateOnly day) => day >= FirstDay && day <= LastDay;

    /// <summary>The day in Asia/Shanghai on which an instant falls.</summary>
    public static DateOnly Day(DateTimeOffset instant) => DateOnly.FromDateTime(instant.ToOffset(Offset).DateTime);

    /// <summary>Midnight in Beijing at which a day begins, UTC.</summary>
    public static DateTimeOffset StartOf(DateOnly day) => new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), Offset).ToUniversalTime();

    /// <summary>Reads a day like 2022-12-31; nothing at all is no day, and no error either.</summary>
    public static bool TryDay(string? text, out DateOnly? day)
    {
        day = null;
        if (string.IsNullOrEmpty(text)) return true;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) || !IsInRange(read))
            return false;
        day = read;
        return true;
    }
}
