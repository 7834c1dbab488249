using CsCheck;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using static Monitoring.Alerting.Tests.Scripted;

namespace Monitoring.Alerting.Tests;

/// <summary>News of what is known already reaches whoever knows of it, whatever is open, signed for, silenced or closed.</summary>
public sealed class NewsSpecs
{
    [Fact]
    public void News_of_an_open_alert_is_told_and_must_be_signed_for_again()
    {
        var script = new Scripted(Table())
            .At("2026-06-02 10:00").Raise("a")
            .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
            .At("2026-06-02 11:00").Acknowledge("a")
            .At("2026-06-02 11:30").Again("a", null)
            .At("2026-06-02 12:00").Again("a", AlertNews.Grown)
            .Between("2026-06-02 12:00", "2026-06-02 12:00").Expect(NotificationKind.News, "a");
        script.Holds("2026-06-02 23:00");
        Assert.Equal((AlertState.Open, 2, AlertNews.Grown), (script.Alert("a").State, script.Alert("a").Joined, script.Alert("a").LastNews));
    }

    [Fact]
    public void Another_cause_is_news_and_the_alert_keeps_both()
    {
        var script = new Scripted(Table())
            .At("2026-06-02 10:00").Raise("a")
            .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
            .At("2026-06-02 12:00").Raise("a", cause: RiskCause.Unemployment)
            .Between("2026-06-02 12:00", "2026-06-02 12:00").Expect(NotificationKind.News, "a");
        script.Holds("2026-06-02 23:00");
        Assert.Equal([RiskCause.Illness, RiskCause.Unemployment], script.Alert("a").Causes);
        Assert.True(new Matcher(Causes: [RiskCause.Unemployment]).Means(script.Alert("a")));
        Assert.True(new Matcher(Causes: [RiskCause.Illness]).Means(script.Alert("a")));
    }

    [Fact]
    public void News_of_what_is_over_opens_it_again_and_news_of_nothing_raises_it() => new Scripted(Table())
        .At("2026-06-02 10:00").Raise("a")
        .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 12:00").Ends("a")
        .Between("2026-06-02 12:00", "2026-06-02 12:00").Expect(NotificationKind.Resolved, "a")
        .At("2026-06-02 13:00").Again("a", null)
        .At("2026-06-02 14:00").Again("a", AlertNews.AfterStep)
        .Between("2026-06-02 14:00", "2026-06-02 14:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 16:00").Again("b", AlertNews.Emergency, Severity.Emergency)
        .Between("2026-06-02 16:00", "2026-06-02 16:05").Expect(NotificationKind.Firing, "b")
        .Holds("2026-06-02 23:00");

    [Fact]
    public void An_emergency_that_joins_waits_for_no_interval_no_silence_and_no_morning() => new Scripted(
            Table(quiet: new(new(22, 0), new(7, 0))), Silence("2026-06-02 09:00", "2026-06-03 18:00"))
        .At("2026-06-02 10:00").Raise("a")
        .At("2026-06-02 23:00").Again("a", AlertNews.Emergency, Severity.Emergency)
        .Between("2026-06-02 23:05", "2026-06-02 23:05").Expect(NotificationKind.Firing, "a")
        .At("2026-06-02 23:10").Again("a", AlertNews.Emergency, Severity.Emergency)
        .Between("2026-06-02 23:15", "2026-06-02 23:15").Expect(NotificationKind.News, "a")
        .Holds("2026-06-03 20:00");

    [Fact]
    public void News_puts_off_the_day_to_sign_and_no_other()
    {
        var script = new Scripted(Table(
                escalations: [new("all", new(), [new(Level.Village, 2, 15, false, "test")])], repeatHours: null))
            .At("2026-06-01 10:00").Raise("a")
            .At("2026-06-02 10:00").Acknowledge("a")
            .At("2026-06-10 10:00").Again("a", AlertNews.Grown)
            .Between("2026-06-01 10:05", "2026-06-01 10:05").Expect(NotificationKind.Firing, "a")
            .Between("2026-06-10 10:00", "2026-06-10 10:00").Expect(NotificationKind.News, "a")
            .Between("2026-06-13 00:00", "2026-06-13 00:00").Expect(NotificationKind.Escalated, "a");
        script.Holds("2026-06-30 00:00");
        Assert.Equal((MissedStep.Acknowledgement, new DateOnly(2026, 6, 12)), (script.Escalated[0].Missed, script.Escalated[0].DueOn));
    }

    [Fact]
    public void A_household_that_moves_is_told_of_on_both_sides_and_its_limits_go_on()
    {
        var script = new Scripted(Table(escalations: [new("all", new(), [new(Level.Village, 3, null, false, "test")])], repeatHours: null))
            .At("2026-06-02 10:00").Raise("a")
            .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
            .At("2026-06-03 09:00").Moves("a", "410325102201")
            .Between("2026-06-03 09:00", "2026-06-03 09:00").Expect(NotificationKind.Moved, "a")
            .Between("2026-06-03 09:05", "2026-06-03 09:05").Expect(NotificationKind.Firing, "a")
            .Between("2026-06-06 00:00", "2026-06-06 00:00").Expect(NotificationKind.Escalated, "a");
        script.Holds("2026-06-06 20:00");
        Assert.Equal("410325102201", script.Alert("a").Area);
    }

    [Fact]
    public void Whoever_knew_nothing_of_it_is_not_told_that_it_has_gone() => new Scripted(Table(), Silence("2026-06-02 09:00", "2026-06-02 18:00"))
        .At("2026-06-02 10:00").Raise("a")
        .At("2026-06-02 12:00").Moves("a", "410325102201")
        .Between("2026-06-02 12:05", "2026-06-02 12:05").Expect(NotificationKind.Firing, "a")
        .Holds("2026-06-02 23:00");

    [Fact]
    public void What_is_handed_to_another_department_is_told_to_its_group()
    {
        var table = Table();
        var script = new Scripted(table with { Routes = [table.Routes[0] with { GroupBy = [GroupBy.Department] }] })
            .At("2026-06-02 10:00").Raise("a")
            .Between("2026-06-02 10:05", "2026-06-02 10:05").Expect(NotificationKind.Firing, "a")
            .At("2026-06-02 12:00").Assign("a", "医疗保障局")
            .Between("2026-06-02 12:05", "2026-06-02 12:05").Expect(NotificationKind.Firing, "a");
        script.Holds("2026-06-02 23:00");
    }

    [Fact]
    public void A_group_risk_silences_only_what_it_speaks_of() => new Scripted(Flood())
        .At("2026-07-20 08:00").Raise("county", County, Severity.Serious, AlertKind.GroupRisk, RiskCause.NaturalDisaster)
        .Between("2026-07-20 08:05", "2026-07-20 08:05").Expect(NotificationKind.Firing, "county")
        .At("2026-07-20 08:10").Raise("a", cause: RiskCause.NaturalDisaster)
        .At("2026-07-20 09:00").Raise("a", cause: RiskCause.Illness)
        .Between("2026-07-20 09:00", "2026-07-20 09:05").Expect(NotificationKind.Firing, "a")
        .Holds("2026-07-20 20:00");

    static RouteTable Flood() => Table(
        [new("flood", new(Kinds: [AlertKind.GroupRisk]), new(Kinds: [AlertKind.GroupRisk, AlertKind.HouseholdRisk]), true, 30)]);

    static SilenceSet Silence(string from, string until) =>
        new("one", new(Area: Township), Moment(from).ToUniversalTime(), Moment(until).ToUniversalTime(), "集中排查", "值班室/duty");

    // --- Random histories against a reckoning of its own: what is news, what may hold it back, and until when it must have been told.

    static readonly string[] villages = [Village, OtherVillage, "410325102201"];
    static readonly RiskCause[] causes = [RiskCause.Illness, RiskCause.NaturalDisaster, RiskCause.Unemployment];
    static readonly DateTimeOffset begin = Moment("2026-06-01 08:00");

    const int Wait = 5, Interval = 60, LookAgain = 5;

    enum Step
    {
        Raise,
        RaiseUrgently,
        Count,
        News,
        Urgent,
        Acknowledge,
        End,
        Move,
        GroupBegins,
        GroupEnds,
    }

    /// <summary>What an observer knows of one household's alert.</summary>
    sealed record Known(bool Exists, bool Open, bool Urgent, int Village, int Causes);

    sealed record Obligation(int At, int Subject, bool IsMove, bool Urgent);

    [Fact]
    public void Whatever_happens_each_news_is_told_on_each_way_unless_something_in_force_holds_it_back()
    {
        var step = Gen.Select(Gen.Int[1, 500], Gen.Enum<Step>(), Gen.Int[0, 2], Gen.Int[0, 2]);
        var silence = Gen.Select(Gen.Int[0, 6_000], Gen.Int[1, 1_500], Gen.Int[0, 2]);
        Gen.Select(step.Array[1, 30], silence.Array[0, 3]).Sample((steps, silences) => Try(steps, silences), iter: 1_000);
    }

    static void Try((int Minutes, Step Step, int Subject, int Choice)[] steps, (int From, int Minutes, int Village)[] silences)
    {
        var table = new RouteTable(
            "test",
            [
                new("townships", new(), ["office"], [GroupBy.Township], Wait * 60, Interval * 60, 24, Continue: true),
                new("villages", new(), ["hook"], [GroupBy.Village, GroupBy.Kind], 0, 10 * 60, null),
            ],
            [new("flood", new(Kinds: [AlertKind.GroupRisk]), new(Kinds: [AlertKind.HouseholdRisk]), true, 30)], [], new(new(22, 0), new(7, 0)));
        var book = new AlertBook().Evolve(new RoutesPublished(table, "test"));
        for (var index = 0; index < silences.Length; index++)
            book = book.Evolve(new SilenceSet(
                $"s{index}", new(Area: villages[silences[index].Village]), At(silences[index].From),
                At(silences[index].From + silences[index].Minutes), "测试", "值班室/duty"));

        var (rehearsal, by) = (new Rehearsal(book, County), new Caller(County, "系统", "test"));
        var known = new[] { new Known(false, false, false, 0, 0), new Known(false, false, false, 0, 0), new Known(false, false, false, 0, 0) };
        var history = new List<(int At, Known[] Known, bool Group)> { (-1, [.. known], false) };
        var (owed, minute, group, version) = (new List<Obligation>(), 0, false, 0L);
        // In the end nothing is held back any more.
        foreach (var (minutes, step, subject, choice) in steps.Append((500, Step.GroupEnds, 0, 0)))
        {
            minute += minutes;
            var now = At(minute);
            rehearsal.Until(now);
            var before = known[subject];
            var mask = 1 << choice;
            void Follow(Occurrence what)
            {
                var id = what.AlertOf(County);
                var cause = new AlertCause(Guid.CreateVersion7(now), "test.happened.v1", "test/1", ++version, now);
                rehearsal.Happen(now, id, FollowOccurrence.Decide(rehearsal.Of(id), what, cause, book, new Occasion(now, by)));
            }

            Occurrence Risk(Effect effect, bool urgent, AlertNews? news) => new(
                effect, AlertKind.HouseholdRisk, $"h{subject}", urgent ? Severity.Emergency : Severity.Warning, villages[before.Village],
                Level.Village, null, causes[choice], new($"h{subject}", $"h{subject}"), News: news);

            switch (step)
            {
                case Step.Raise or Step.RaiseUrgently:
                    var urgently = step == Step.RaiseUrgently;
                    Follow(Risk(Effect.Raise, urgently, null));
                    if (!before.Open || (before.Causes & mask) == 0 || (urgently && !before.Urgent)) Owe(false, urgently || (before.Open && before.Urgent));
                    known[subject] = before with
                    {
                        Exists = true, Open = true, Urgent = urgently || (before.Open && before.Urgent), Causes = before.Open ? before.Causes | mask : mask,
                    };
                    break;
                case Step.News or Step.Urgent:
                    var urgent = step == Step.Urgent;
                    Follow(Risk(Effect.Raise, urgent, urgent ? AlertNews.Emergency : AlertNews.Grown));
                    Owe(false, urgent || (before.Open && before.Urgent));
                    known[subject] = before with
                    {
                        Exists = true, Open = true, Urgent = urgent || (before.Open && before.Urgent), Causes = before.Open ? before.Causes | mask : mask,
                    };
                    break;
                case Step.Count:
                    Follow(Risk(Effect.Join, false, null) with { Area = "" });
                    break;
                case Step.Acknowledge when before.Open:
                    Follow(new(Effect.Acknowledge, AlertKind.HouseholdRisk, $"h{subject}"));
                    break;
                case Step.End when before.Open:
                    Follow(new(Effect.Resolve, AlertKind.HouseholdRisk, $"h{subject}"));
                    known[subject] = before with { Open = false };
                    break;
                case Step.Move when before.Exists && before.Village != choice:
                    Follow(new(Effect.Move, AlertKind.HouseholdRisk, $"h{subject}", Area: villages[choice]));
                    if (before.Open) Owe(true, before.Urgent);
                    known[subject] = before with { Village = choice };
                    break;
                case Step.GroupBegins when !group:
                    Follow(new(Effect.Raise, AlertKind.GroupRisk, "flood", Severity.Serious, County, Cause: RiskCause.NaturalDisaster, Title: new("洪", "flood")));
                    group = true;
                    break;
                case Step.GroupEnds when group:
                    Follow(new(Effect.Resolve, AlertKind.GroupRisk, "flood"));
                    group = false;
                    break;
                default:
                    break;
            }

            history.Add((minute, [.. known], group));
            void Owe(bool isMove, bool isUrgent) => owed.Add(new(minute, subject, isMove, isUrgent));
        }

        var end = minute + 4 * 24 * 60 + 8_000;
        rehearsal.Until(At(end));
        foreach (var (route, first, later) in new[] { ("townships", Wait, Interval), ("villages", 0, 10) })
        {
            foreach (var one in owed)
            {
                var id = Alert.IdOf(County, AlertKind.HouseholdRisk, $"h{one.Subject}");
                var told = rehearsal.Told.FirstOrDefault(message => message.Route == route && message.At >= At(one.At) && message.Alerts.Contains(id) &&
                    (message.Kind is NotificationKind.Firing or NotificationKind.News or NotificationKind.Escalated ||
                        (one.IsMove && message.Kind == NotificationKind.Moved)));
                var left = (one.Urgent ? first : Math.Max(first, later)) + LookAgain + 1;
                for (var at = one.At; told is null || At(at) < told.At; at++)
                {
                    var (_, state, flooded) = history.Last(known => known.At <= at);
                    if (!state[one.Subject].Open) break;
                    if (!IsHeld(state[one.Subject], flooded, at, silences)) left--;
                    Assert.True(left >= 0, $"h{one.Subject} has had news at minute {one.At} that {route} does not hear of: {told?.At}");
                    Assert.True(at < end, $"h{one.Subject} is held back for ever.");
                }
            }
        }

        // And what is held is not told of.
        foreach (var message in rehearsal.Told.Where(one => one.Kind is NotificationKind.Firing or NotificationKind.News))
        {
            var minuteOf = (int)(message.At - begin).TotalMinutes;
            // It may have left just before what happened in the same minute, or just after it.
            var (before, after) = (history.Last(known => known.At < minuteOf), history.Last(known => known.At <= minuteOf));
            for (var subject = 0; subject < 3; subject++)
                if (message.Alerts.Contains(Alert.IdOf(County, AlertKind.HouseholdRisk, $"h{subject}")))
                    Assert.False(
                        IsHeld(before.Known[subject], before.Group, minuteOf, silences, quietToo: false) &&
                        IsHeld(after.Known[subject], after.Group, minuteOf, silences, quietToo: false),
                        $"h{subject} was told of at minute {minuteOf} and was held.");
        }
    }

    static bool IsHeld(Known known, bool flooded, int minute, (int From, int Minutes, int Village)[] silences, bool quietToo = true)
    {
        if (known.Urgent) return false;
        var hour = At(minute).ToOffset(TimeSpan.FromHours(8)).Hour;
        return (quietToo && hour is >= 22 or < 7) || (flooded && known.Causes == 1 << 1) ||
            Array.Exists(silences, one => villages[one.Village] == villages[known.Village] && minute >= one.From && minute < one.From + one.Minutes);
    }

    static DateTimeOffset At(int minute) => begin.AddMinutes(minute);
}
