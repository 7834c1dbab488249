using Monitoring.Contracts;

namespace Monitoring.Alerting.Tests;

public sealed class SystemWatchSpecs
{
    static readonly DateTimeOffset now = Scripted.Moment("2026-06-02 10:00");

    static readonly TimeSpan max = TimeSpan.FromSeconds(60);

    static IEnumerable<string> Faults(LedgerPulse? ledger, long untaken, params (string Service, int SilentSeconds, long Letters)[] words) => SystemWatch
        .Look(
            words.ToDictionary(one => one.Service, one => new Pulses.Word(now.AddSeconds(-one.SilentSeconds), one.Letters)), ledger, untaken, max, max, now)
        .Where(one => one.Title is not null).Select(one => one.Subject);

    [Fact]
    public void A_silent_service_a_late_ledger_and_dead_letters_are_a_fault_each()
    {
        Assert.Empty(Faults(new(10, "relapse", 59, 1, 0, now), 0, ("alerting", 1, 0), ("relapse", 60, 0), ("evaluation", 3, 0)));
        Assert.Equal(
            ["relapse/silent", "alerting/dead-letters", "evaluation/dead-letters", "evaluation/lag"],
            Faults(new(10, "relapse", 61, 0, 2, now), 1, ("alerting", 1, 0), ("relapse", 61, 0), ("evaluation", 3, 2)));
    }

    [Fact]
    public void What_a_silent_service_said_before_is_neither_a_fault_nor_the_end_of_one()
    {
        var looked = SystemWatch.Look(
            new Dictionary<string, Pulses.Word> { ["alerting"] = new(now, 0), ["evaluation"] = new(now.AddSeconds(-90), 5) },
            new(10, "relapse", 90, 0, 5, now), 0, max, max, now);
        Assert.DoesNotContain(looked, one => one.Subject is "evaluation/lag" or "evaluation/dead-letters");
    }

    [Fact]
    public void Where_the_broker_is_away_it_alone_is_the_fault() => Assert.Equal(["broker"], Faults(null, 0, ("alerting", 61, 0), ("relapse", 61, 0)));
}
