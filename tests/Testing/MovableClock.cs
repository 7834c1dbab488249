using System.Diagnostics;

namespace Monitoring.Testing;

/// <summary>The system's clock at another time: it runs as fast, its timers are the system's, and it can be set.</summary>
public sealed class MovableClock : TimeProvider
{
    long setAt;
    long from;

    public MovableClock(DateOnly day) => Set(day);

    public override DateTimeOffset GetUtcNow() =>
        new(Interlocked.Read(ref from) + Stopwatch.GetElapsedTime(Interlocked.Read(ref setAt)).Ticks, TimeSpan.Zero);

    /// <summary>Sets it to an hour of a day in Asia/Shanghai.</summary>
    public void Set(DateOnly day, int hour = 9)
    {
        Interlocked.Exchange(ref setAt, Stopwatch.GetTimestamp());
        Interlocked.Exchange(ref from, new DateTimeOffset(day.ToDateTime(new TimeOnly(hour, 0)), TimeSpan.FromHours(8)).UtcTicks);
    }
}
