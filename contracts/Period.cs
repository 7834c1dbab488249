using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Monitoring.Contracts;

/// <summary>
/// A reporting period in SDMX 2.1 notation (TIME_PERIOD): <c>2021</c>, <c>2021-S1</c>, <c>2021-Q3</c>, <c>2021-07</c>.
/// Days are days in Asia/Shanghai.
/// </summary>
public readonly partial record struct Period
{
    Period(string text, DateOnly first, DateOnly last) => (Text, First, Last) = (text, first, last);

    public string Text { get; }

    /// <summary>First day of the period.</summary>
    public DateOnly First { get; }

    /// <summary>Last day of the period.</summary>
    public DateOnly Last { get; }

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
        period = new Period(text, first, first.AddMonths(months).AddDays(-1));
        return true;
    }

    /// <exception cref="FormatException">The text is not a period.</exception>
    public static Period Parse(string text) =>
        TryParse(text, out var period) ? period : throw new FormatException($"'{text}' is not an SDMX period.");

    public override string ToString() => Text;

    [GeneratedRegex(@"^(?<year>(19|20)\d\d)(-S(?<half>[12])|-Q(?<quarter>[1-4])|-(?<month>0[1-9]|1[0-2]))?\z")]
    private static partial Regex Notation();
}

/// <summary>
/// The county's clock. China has kept UTC+8 without summer time since 1991, so the offset is fixed and needs no time
/// zone database on the machine.
/// </summary>
public static class ChinaTime
{
    public static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    /// <summary>The day in Asia/Shanghai on which an instant falls.</summary>
    public static DateOnly Day(DateTimeOffset instant) => DateOnly.FromDateTime(instant.ToOffset(Offset).DateTime);
}
