using System.Globalization;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting.Tests;

/// <summary>
/// A time script: what happens when, and who must be told of it between which moments. Whoever is told otherwise, or twice, or not at
/// all, breaks it. Moments are Beijing time; no clock, no store.
/// </summary>
sealed class Scripted
{
    public const string County = "410325", Township = "410325111", Village = "410325111201", OtherVillage = "410325111202";

    static readonly Caller first = new(County, "乡村振兴局", "rural"), second = new(County, "县政府值班室", "duty");

    readonly AlertBook book;
    readonly Rehearsal rehearsal;
    readonly List<Expected> expected = [];
    readonly Dictionary<string, Guid> ids = [];
    long version;

    public Scripted(RouteTable table, params object[] rules)
    {
        book = new[] { new RoutesPublished(table, "test") }.Concat(rules).Aggregate(new AlertBook(), (book, e) => book.Evolve(e));
        rehearsal = new(book, County);
    }

    sealed record Expected(DateTimeOffset From, DateTimeOffset To, string Receiver, NotificationKind Kind, string Subjects);

    public static DateTimeOffset Moment(string at) => new(DateTime.ParseExact(at, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), TimeSpan.FromHours(8));

    /// <summary>A table with one route to <c>office</c> by township: five minutes' wait, an hour between, again after a day.</summary>
    public static RouteTable Table(
        Inhibition[]? inhibitions = null, Escalation[]? escalations = null, QuietHours? quiet = null, int? repeatHours = 24, int wait = 300) => new(
        "test", [new("all", new(), ["office"], [GroupBy.Township], wait, 3_600, repeatHours)], inhibitions ?? [], escalations ?? [], quiet);

    public Acting At(string at) => new(this, Moment(at));

    public Expecting Between(string from, string to) => new(this, Moment(from), Moment(to));

    public Alert Alert(string subject) => rehearsal.Of(ids[subject]);

    public IReadOnlyList<AlertEscalated> Escalated => rehearsal.Escalated;

    /// <summary>Lets time go by until then, and compares what was told with what was expected.</summary>
    public void Holds(string until)
    {
        rehearsal.Until(Moment(until));
        var names = ids.ToDictionary(one => one.Value, one => one.Key);
        var told = rehearsal.Told.Select(one => (
            one.At, one.Receiver, one.Kind, Subjects: string.Join(' ', one.Alerts.Select(id => names[id]).Order(StringComparer.Ordinal)))).ToList();
        var left = told.ToList();
        foreach (var one in expected)
        {
            var found = left.FindIndex(message => message.At >= one.From && message.At <= one.To && message.Receiver == one.Receiver &&
                message.Kind == one.Kind && message.Subjects == one.Subjects);
            Assert.True(found >= 0, $"{one} did not come; what came:\n{Say(told)}");
            left.RemoveAt(found);
        }

        Assert.True(left.Count == 0, $"Nobody expected:\n{Say(left)}");
    }

    static string Say(IEnumerable<(DateTimeOffset At, string Receiver, NotificationKind Kind, string Subjects)> told) =>
        string.Join('\n', told.Select(one => $"{one.At.ToOffset(TimeSpan.FromHours(8)):yyyy-MM-dd HH:mm:ss} {one.Receiver} {one.Kind}: {one.Subjects}"));

    internal sealed class Expecting(Scripted script, DateTimeOffset from, DateTimeOffset to)
    {
        /// <summary>One message to a receiver that names these subjects.</summary>
        public Scripted Expect(NotificationKind kind, params string[] subjects)
        {
            script.expected.Add(new(from, to, "office", kind, string.Join(' ', subjects.Order(StringComparer.Ordinal))));
            return script;
        }
    }

    internal sealed class Acting(Scripted script, DateTimeOffset at)
    {
        public Scripted Raise(
            string subject, string area = Village, Severity severity = Severity.Warning, AlertKind kind = AlertKind.HouseholdRisk,
            RiskCause? cause = RiskCause.Illness) => Follow(new(
                Effect.Raise, kind, subject, severity, area, area.Length == 12 ? Level.Village : area.Length == 9 ? Level.Township : Level.County, null, cause,
                new(subject, subject)));

        /// <summary>The same again, and why it is news; null where it only counts.</summary>
        public Scripted Again(string subject, AlertNews? news, Severity severity = Severity.Warning, RiskCause cause = RiskCause.Illness) =>
            Follow(new(
                news is null ? Effect.Join : Effect.Raise, AlertKind.HouseholdRisk, subject, severity, news is null ? "" : Village, Level.Village, null,
                cause, new(subject, subject), News: news));

        /// <summary>Its household moves.</summary>
        public Scripted Moves(string subject, string to) =>
            Follow(new(Effect.Move, AlertKind.HouseholdRisk, subject, Area: to, Place: new(to, to), PlaceBefore: new(Village, Village)));

        /// <summary>The fact that ends it.</summary>
        public Scripted Ends(string subject, AlertKind kind = AlertKind.HouseholdRisk) => Follow(new(Effect.Resolve, kind, subject));

        public Scripted Acknowledge(string subject) =>
            Do(subject, (alert, by) => HandleAlert.Decide(alert, new HandleAlert.Acknowledgement(alert.AlertId, null), by));

        public Scripted Assign(string subject, string to) =>
            Do(subject, (alert, by) => HandleAlert.Decide(alert, new HandleAlert.Assignment(alert.AlertId, to, null), [to], by));

        public Scripted Close(string subject, string? evidence = null) =>
            Do(subject, (alert, by) => HandleAlert.Decide(alert, new HandleAlert.Closure(alert.AlertId, true, "已处理", evidence), by));

        public Scripted Confirm(string subject) =>
            Do(subject, (alert, by) => HandleAlert.Decide(alert, new HandleAlert.Confirmation(alert.AlertId, true, null), by), second);

        public Scripted Reopen(string subject) =>
            Do(subject, (alert, by) => HandleAlert.Decide(alert, new HandleAlert.Reopening(alert.AlertId, "又发生"), script.book.Table, by));

        Scripted Follow(Occurrence what)
        {
            var id = what.AlertOf(County);
            script.ids[what.Subject] = id;
            script.rehearsal.Until(at);
            var cause = new AlertCause(Guid.CreateVersion7(at), "test.happened.v1", "test/1", ++script.version, at);
            return Happen(id, FollowOccurrence.Decide(script.rehearsal.Of(id), what, cause, script.book, new Occasion(at, first)));
        }

        Scripted Do(string subject, Func<Alert, Occasion, Decision> decide, Caller? by = null)
        {
            var id = script.ids[subject];
            script.rehearsal.Until(at);
            return Happen(id, decide(script.rehearsal.Of(id), new Occasion(at, by ?? first)));
        }

        Scripted Happen(Guid id, Decision decision)
        {
            Assert.Null(decision.Refusal);
            script.rehearsal.Happen(at, id, decision);
            return script;
        }
    }
}
