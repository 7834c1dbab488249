using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using static Monitoring.Alerting.Tests.Scripted;

namespace Monitoring.Alerting.Tests;

public sealed class GroupingSpecs
{
    [Fact]
    public void Alerts_of_one_township_within_the_wait_are_one_message() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .At("2026-06-02 10:03").Raise("b", OtherVillage)
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a", "b")
        .Holds("2026-06-02 23:00");

    [Fact]
    public void News_of_a_group_that_was_told_of_waits_for_its_interval() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 10:20").Raise("b")
        .At("2026-06-02 10:30").Raise("c")
        .Between("2026-06-02 11:05", "2026-06-02 11:05").Expect(NotificationKind.Firing, "b", "c")
        .Holds("2026-06-03 09:00");

    [Fact]
    public void Alerts_of_different_townships_are_different_messages() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .At("2026-06-02 10:00").Raise("b", "410325102201")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "b")
        .Holds("2026-06-02 23:00");

    [Fact]
    public void What_joins_an_open_alert_tells_nobody_unless_it_is_graver() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 12:00").Raise("a")
        .At("2026-06-02 14:00").Raise("a", severity: Severity.Emergency)
        .Between("2026-06-02 14:00", "2026-06-02 14:05").Expect(NotificationKind.News, "a")
        .Holds("2026-06-03 10:00");

    [Fact]
    public void A_group_that_stays_open_is_repeated_until_it_ends_and_then_said_to_be_over() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .Between("2026-06-03 10:05", "2026-06-03 10:05").Expect(NotificationKind.Repeated, "a")
        .Between("2026-06-04 10:05", "2026-06-04 10:05").Expect(NotificationKind.Repeated, "a")
        .At("2026-06-04 15:00").Ends("a")
        .Between("2026-06-04 15:00", "2026-06-04 15:00").Expect(NotificationKind.Resolved, "a")
        .Holds("2026-06-10 00:00");

    [Fact]
    public void What_came_and_went_within_the_wait_tells_nobody() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .At("2026-06-02 10:02").Ends("a")
        .Holds("2026-06-10 00:00");

    [Fact]
    public void What_comes_back_is_told_of_again() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 12:00").Close("a", "报销单")
        .At("2026-06-02 12:30").Confirm("a")
        .Between("2026-06-02 12:30", "2026-06-02 12:30").Expect(NotificationKind.Resolved, "a")
        .At("2026-06-02 13:00").Reopen("a")
        .Between("2026-06-02 13:05", "2026-06-02 13:05").Expect(NotificationKind.Firing, "a")
        .Holds("2026-06-03 10:00");

    [Fact]
    public void Quiet_hours_hold_back_what_can_wait_until_the_morning() => new Scripted(Table(quiet: new(new(22, 0), new(7, 0))))
        .At("2026-06-02 22:30").Raise("a")
        .At("2026-06-03 01:00").Raise("b")
        .Between("2026-06-03 07:00", "2026-06-03 07:00").Expect(NotificationKind.Firing, "a", "b")
        .Holds("2026-06-03 20:00");

    [Fact]
    public void Quiet_hours_never_hold_back_an_emergency() => new Scripted(Table(quiet: new(new(22, 0), new(7, 0))))
        .At("2026-06-02 23:00").Raise("a", severity: Severity.Emergency)
        .Between("2026-06-02 23:05", "2026-06-02 23:05").Expect(NotificationKind.Firing, "a")
        .Holds("2026-06-03 20:00");

    [Fact]
    public void A_group_risk_of_the_county_makes_its_villages_alerts_of_the_same_cause_needless() => new Scripted(Flood())
        .At("2026-07-20 08:00").Raise("county", County, Severity.Serious, AlertKind.GroupRisk, RiskCause.NaturalDisaster)
        .Between("2026-07-20 08:05", "2026-07-20 08:05").Expect(NotificationKind.Firing, "county")
        .At("2026-07-20 08:10").Raise("a", cause: RiskCause.NaturalDisaster)
        .At("2026-07-20 08:20").Raise("b", OtherVillage, cause: RiskCause.Illness)
        .Between("2026-07-20 08:15", "2026-07-20 08:30").Expect(NotificationKind.Firing, "b")
        .Holds("2026-07-20 20:00");

    [Fact]
    public void What_was_made_needless_is_told_of_when_the_group_risk_is_over() => new Scripted(Flood())
        .At("2026-07-20 08:00").Raise("county", County, Severity.Serious, AlertKind.GroupRisk, RiskCause.NaturalDisaster)
        .Between("2026-07-20 08:05", "2026-07-20 08:05").Expect(NotificationKind.Firing, "county")
        .At("2026-07-20 08:10").Raise("a", cause: RiskCause.NaturalDisaster)
        .At("2026-07-20 12:00").Ends("county", AlertKind.GroupRisk)
        .Between("2026-07-20 12:00", "2026-07-20 12:00").Expect(NotificationKind.Resolved, "county")
        .Between("2026-07-20 12:00", "2026-07-20 12:05").Expect(NotificationKind.Firing, "a")
        .Holds("2026-07-20 20:00");

    [Fact]
    public void A_silence_keeps_alerts_quiet_until_it_ends() => new Scripted(Table(), Silence("2026-06-02 09:00", "2026-06-02 18:00"))
        .At("2026-06-02 10:00").Raise("a")
        .At("2026-06-02 10:00").Raise("b", "410325102201")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "b")
        .Between("2026-06-02 18:00", "2026-06-02 18:00").Expect(NotificationKind.Firing, "a")
        .Holds("2026-06-03 09:00");

    [Fact]
    public void A_silence_never_keeps_an_emergency_quiet() => new Scripted(Table(), Silence("2026-06-02 09:00", "2026-06-02 18:00"))
        .At("2026-06-02 10:00").Raise("a", severity: Severity.Emergency)
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .Holds("2026-06-03 09:00");

    [Fact]
    public void A_storm_of_ten_thousand_risks_is_one_message_per_township_and_none_is_lost()
    {
        var table = Table();
        var book = new AlertBook().Evolve(new RoutesPublished(table, "test"));
        var rehearsal = new Rehearsal(book, County);
        var begin = Moment("2026-07-20 08:00");
        for (var index = 0; index < 10_000; index++)
        {
            var (at, area) = (begin.AddMilliseconds(index * 6), $"4103251{index % 16:00}{index % 7:000}");
            var what = new Occurrence(Effect.Raise, AlertKind.HouseholdRisk, $"h{index}", Severity.Warning, area, Level.Village, Title: new("户", "household"));
            var cause = new AlertCause(Guid.CreateVersion7(at), "test.happened.v1", $"household/{index}", 1, at);
            var id = what.AlertOf(County);
            rehearsal.Happen(at, id, FollowOccurrence.Decide(rehearsal.Of(id), what, cause, book, new(at, new(County, "系统", "alerting"))));
        }

        rehearsal.Until(begin.AddHours(2));
        Assert.Equal(16, rehearsal.Told.Count);
        Assert.Equal(10_000, rehearsal.Told.SelectMany(message => message.Alerts).Distinct().Count());
    }

    static RouteTable Flood() => Table(
        [new("flood", new(Kinds: [AlertKind.GroupRisk]), new(Kinds: [AlertKind.GroupRisk, AlertKind.HouseholdRisk]), true, 30)]);

    static SilenceSet Silence(string from, string until) =>
        new("one", new(Area: Township), Moment(from).ToUniversalTime(), Moment(until).ToUniversalTime(), "集中排查", "值班室/duty");
}
