using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>Days asked for by the query parameters <c>from</c> and <c>to</c>, both included; days in Asia/Shanghai.</summary>
/// <param name="First">First day.</param>
/// <param name="Last">Last day, not before the first.</param>
public readonly record struct DayRange(DateOnly First, DateOnly Last)
{
    /// <summary>How many days.</summary>
    public int Days => Last.DayNumber - First.DayNumber + 1;

    /// <summary>Where the first day begins, UTC.</summary>
    public DateTimeOffset Begin => ChinaTime.StartOf(First);

    /// <summary>Where the day after the last begins, UTC.</summary>
    public DateTimeOffset End => ChinaTime.StartOf(Last.AddDays(1));

    /// <summary>
    /// Reads the parameters as they were sent: up to today, and so many days back, where one is missing. Errors: <c>not-a-date</c>,
    /// <c>out-of-order</c>.
    /// </summary>
    public static Problem? Read(string? from, string? to, DateOnly today, int daysBack, out DayRange range)
    {
        range = default;
        if (Read(from, to, out var first, out var last) is { } problem) return problem;
        var until = last ?? today;
        range = new(first ?? until.AddDays(-daysBack), until);
        return range.First > range.Last ? OutOfOrder : null;
    }

    /// <summary>The same where either end may be left open.</summary>
    public static Problem? Read(string? from, string? to, out DateOnly? first, out DateOnly? last)
    {
        static Problem NoDay(string parameter) =>
            Problem.Of(400, "not-a-date", new($"参数 {parameter} 应为日期，如 2023-06-30。", $"{parameter} must be a date like 2023-06-30."));

        last = null;
        if (!ChinaTime.TryDay(from, out first)) return NoDay("from");
        if (!ChinaTime.TryDay(to, out last)) return NoDay("to");
        return first > last ? OutOfOrder : null;
    }

    static Problem OutOfOrder => Problem.Of(400, "out-of-order", new("起始日不能晚于截止日。", "The first day must not lie after the last."));
}
