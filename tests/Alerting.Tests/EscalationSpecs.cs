using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using static Monitoring.Alerting.Tests.Scripted;

namespace Monitoring.Alerting.Tests;

public sealed class EscalationSpecs
{
    // 国庆节 2026 as an example: Thursday 1 to Wednesday 7 October free, Saturday 10 October worked.
    static readonly HolidaysTaken october = new(
        2026, [.. Enumerable.Range(1, 7).Select(day => new DateOnly(2026, 10, day))], [new(2026, 10, 10)], "test");

    static RouteTable Limits(bool working, int? acknowledge = 2, int? resolve = null, int? township = null) => Table(
        escalations:
        [
            new("households", new(Kinds: [AlertKind.HouseholdRisk]),
                [new(Level.Village, acknowledge, resolve, working, "test"), new(Level.Township, township, null, working, "test")]),
        ],
        repeatHours: null);

    [Fact]
    public void What_a_village_lets_pass_goes_to_the_township_once() => new Scripted(Limits(working: false))
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .Between("2026-06-05 00:00", "2026-06-05 00:00").Expect(NotificationKind.Escalated, "a")
        .Holds("2026-06-30 00:00");

    [Fact]
    public void And_from_the_township_to_the_county_and_no_further() => new Scripted(Limits(working: false, township: 1))
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .Between("2026-06-05 00:00", "2026-06-05 00:00").Expect(NotificationKind.Escalated, "a")
        .Between("2026-06-07 00:00", "2026-06-07 00:00").Expect(NotificationKind.Escalated, "a")
        .Holds("2026-07-30 00:00");

    [Fact]
    public void Who_acknowledges_in_time_keeps_it() => new Scripted(Limits(working: false))
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-04 23:50").Acknowledge("a")
        .Holds("2026-06-30 00:00");

    [Fact]
    public void Who_acknowledges_and_does_nothing_loses_it_by_the_other_limit() => new Scripted(Limits(working: false, resolve: 15))
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 11:00").Acknowledge("a")
        .Between("2026-06-18 00:00", "2026-06-18 00:00").Expect(NotificationKind.Escalated, "a")
        .Holds("2026-06-30 00:00");

    [Fact]
    public void Working_days_pass_over_a_holiday_and_count_the_Saturday_that_makes_up_for_it() => new Scripted(Limits(working: true, acknowledge: 3), october)
        // Wednesday; the three working days after it are the 8th, the 9th and Saturday the 10th.
        .At("2026-09-30 10:00").Raise("a")
        .Between("2026-09-30 10:05", "2026-09-30 10:05").Expect(NotificationKind.Firing, "a")
        .Between("2026-10-11 00:00", "2026-10-11 00:00").Expect(NotificationKind.Escalated, "a")
        .Holds("2026-10-30 00:00");

    [Fact]
    public void Without_a_calendar_weekends_are_free_and_nothing_else() => new Scripted(Limits(working: true, acknowledge: 3))
        .At("2026-09-30 10:00").Raise("a")
        .Between("2026-09-30 10:05", "2026-09-30 10:05").Expect(NotificationKind.Firing, "a")
        // Thursday, Friday, Monday.
        .Between("2026-10-06 00:00", "2026-10-06 00:00").Expect(NotificationKind.Escalated, "a")
        .Holds("2026-10-30 00:00");

    [Fact]
    public void Reopened_it_begins_where_it_is_and_counts_anew()
    {
        var script = new Scripted(Limits(working: false))
            .At("2026-06-02 10:00").Raise("a")
            .At("2026-06-03 10:00").Close("a", "报销单")
            .At("2026-06-03 11:00").Confirm("a")
            .At("2026-06-10 10:00").Reopen("a")
            .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
            .Between("2026-06-03 11:00", "2026-06-03 11:00").Expect(NotificationKind.Resolved, "a")
            .Between("2026-06-10 10:05", "2026-06-10 10:05").Expect(NotificationKind.Firing, "a")
            .Between("2026-06-13 00:00", "2026-06-13 00:00").Expect(NotificationKind.Escalated, "a");
        script.Holds("2026-06-30 00:00");
        Assert.Equal(Level.Township, script.Alert("a").Level);
        Assert.Single(script.Escalated);
    }
}
