using System.Globalization;
using JasperFx.Events;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Monitoring.Evaluation;

/// <summary>
/// A state of knowledge: what the sources had recorded by an instant, or what the ledger held up to a position. Written
/// <c>asOf=2023-07-31</c> (the whole day in Beijing), <c>asOf=2023-07-31T18:00:00+08:00</c> or <c>asOf=@12345</c>.
/// </summary>
/// <param name="At">Recorded by then, that instant included; UTC.</param>
/// <param name="Position">Ledger position, included.</param>
public readonly record struct AsOf(DateTimeOffset? At, long? Position)
{
    /// <summary>Reads a query parameter; false where it cannot be read. Null where nothing was asked.</summary>
    public static bool TryRead(string? text, out AsOf? asOf)
    {
        asOf = null;
        if (string.IsNullOrEmpty(text)) return true;
        if (text[0] == '@')
        {
            if (!long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var position)) return false;
            asOf = new(null, position);
            return true;
        }

        if (!AuditTrail.TryInstant(text, true, out var instant) || instant is not { } at) return false;
        // A day ends with its last tick: the next midnight is not known yet.
        asOf = new(text.Length == 10 ? at.AddTicks(-10) : at, null);
        return true;
    }

    /// <summary>
    /// Reads a query parameter: what nobody can know yet cannot be asked for, but a day that has begun can. Null where nothing was asked.
    /// Errors: <c>not-an-instant</c>, <c>asof-in-future</c>, <c>position-not-reached</c>.
    /// </summary>
    internal static async Task<(AsOf? AsOf, Problem? Problem)> Read(string? text, HttpContext http)
    {
        if (!TryRead(text, out var asOf)) return (null, NotOne);
        if (asOf is { Position: { } position })
        {
            var reached = await Ledger.Last(http.RequestServices.GetRequiredService<NpgsqlDataSource>(), http.RequestAborted);
            if (position > reached) return (null, Problem.Of(NotReached(reached, "asOf")));
        }

        var latest = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() + aheadMax;
        return asOf?.At is not { } at || at <= latest || (text!.Length == 10 && ChinaTime.Day(at) == ChinaTime.Day(latest))
            ? (asOf, null)
            : (null, Problem.Of(400, "asof-in-future", new("不能查询将来的数据状态；最晚为当前时间。", "What will be known cannot be asked for; now is the latest.")));
    }

    /// <summary>The refusal of a position that the ledger has not come to.</summary>
    internal static Refusal NotReached(long reached, string field) => Refusal.Invalid(
        "position-not-reached", $"账本目前只到位置 {reached}。", $"The ledger reaches to position {reached}.", field);

    // A caller's clock may run a little ahead.
    static readonly TimeSpan aheadMax = TimeSpan.FromMinutes(5);

    /// <summary>All that the ledger holds.</summary>
    public static AsOf Latest => new(null, long.MaxValue);

    /// <summary>True where an event had been recorded.</summary>
    public bool Knows(IEvent e) => Position is { } position ? e.Sequence <= position : e.Timestamp <= At;

    /// <summary>Of these events, those that had been recorded.</summary>
    public IQueryable<IEvent> Of(IQueryable<IEvent> events)
    {
        var (position, at) = (Position ?? 0, At ?? default);
        return Position is null ? events.Where(e => e.Timestamp <= at) : events.Where(e => e.Sequence <= position);
    }

    /// <summary>Of these events, those that had been recorded at one of two times and not at the other, whichever is the earlier.</summary>
    public static IQueryable<IEvent> Between(IQueryable<IEvent> events, AsOf one, AsOf other)
    {
        if (one.Position is { } first && other.Position is { } second)
        {
            var (low, high) = (Math.Min(first, second), Math.Max(first, second));
            return events.Where(e => e.Sequence > low && e.Sequence <= high);
        }

        if (one.At is { } since && other.At is { } until)
        {
            var (early, late) = since < until ? (since, until) : (until, since);
            return events.Where(e => e.Timestamp > early && e.Timestamp <= late);
        }

        var (position, at) = ((one.Position ?? other.Position)!.Value, (one.At ?? other.At)!.Value);
        return events.Where(e => (e.Sequence <= position && e.Timestamp > at) || (e.Sequence > position && e.Timestamp <= at));
    }

    /// <summary>
    /// The day that figures are asked for: <c>on=2022-12-31</c>, or by the period they are about, <c>for=2022</c> or <c>for=2022-Q3</c>, which
    /// is its last day. Null where neither is asked for.
    /// </summary>
    internal static Problem? DayAskedFor(string? on, string? period, out DateOnly? day)
    {
        if (!ChinaTime.TryDay(on, out day))
            return Problem.Of(400, "not-a-date", new("on 应为日期，如 2022-12-31。", "on must be a date like 2022-12-31."));
        if (string.IsNullOrEmpty(period)) return null;
        if (!Period.TryParse(period, out var about))
            return Problem.Of(400, "not-a-period", new("for 应为报告期，如 2022、2022-Q3 或 2022-07。", "for must be a period like 2022, 2022-Q3 or 2022-07."));
        if (day is not null && day != about.Last)
            return Problem.Of(400, "period-and-day-differ", new(
                $"on 与 for 矛盾：{period} 的末日为 {about.Last:yyyy-MM-dd}。", $"on and for contradict each other: {period} ends on {about.Last:yyyy-MM-dd}."));
        day = about.Last;
        return null;
    }

    /// <summary>The time as a parameter of SQL.</summary>
    internal NpgsqlParameter Parameter => Position is { } position
        ? new() { Value = position, NpgsqlDbType = NpgsqlDbType.Bigint }
        : new() { Value = At!.Value.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz };

    internal static Problem NotOne => Problem.Of(400, "not-an-instant", new(
        "asOf 应为日期、时间或账本位置，如 2023-07-31 或 @12345。", "asOf must be a day, an instant or a ledger position, like 2023-07-31 or @12345."));

    public override string ToString() => Position is { } position
        ? string.Create(CultureInfo.InvariantCulture, $"@{position}")
        : At!.Value.ToString("O", CultureInfo.InvariantCulture);
}
