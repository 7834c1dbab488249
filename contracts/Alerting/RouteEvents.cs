using Monitoring.Contracts.Relapse;

namespace Monitoring.Contracts.Alerting;

/// <summary>Which alerts are meant. What is empty or null does not matter; several values are an or, several fields an and.</summary>
/// <param name="Kinds">Kinds.</param>
/// <param name="Least">At least this grave.</param>
/// <param name="Area">Beginning of the area's code.</param>
/// <param name="Departments">Departments that answer for it.</param>
/// <param name="Levels">Levels that answer for it now.</param>
/// <param name="Causes">风险类型.</param>
/// <param name="Alerts">Ids of alerts.</param>
public sealed record Matcher(
    AlertKind[]? Kinds = null, Severity? Least = null, string? Area = null, string[]? Departments = null, Level[]? Levels = null,
    RiskCause[]? Causes = null, Guid[]? Alerts = null);

/// <summary>By what alerts of one route are put together into one notification.</summary>
public enum GroupBy
{
    [Called("预警类别", "类别")]
    Kind,

    [Called("预警级别", "级别")]
    Severity,

    [Called("村")]
    Village,

    [Called("乡镇")]
    Township,

    [Called("部门")]
    Department,

    [Called("风险类型")]
    Cause,
}

/// <summary>Where alerts go, the first that matches.</summary>
/// <param name="Name">Stable code.</param>
/// <param name="Match">Which alerts.</param>
/// <param name="Receivers">Names of receivers; none shows them in the inbox only.</param>
/// <param name="GroupBy">What alerts of one notification have in common.</param>
/// <param name="WaitSeconds">How long the first of a group waits for others.</param>
/// <param name="IntervalSeconds">How long news of a group that was told of already waits.</param>
/// <param name="RepeatHours">After how many hours a group that is still open is told of again; null for never.</param>
/// <param name="Continue">True to look for further routes after this one.</param>
public sealed record Route(
    string Name, Matcher Match, string[] Receivers, GroupBy[] GroupBy, int WaitSeconds, int IntervalSeconds, int? RepeatHours, bool Continue = false);

/// <summary>While a source is open, its targets are not told of, and say so.</summary>
/// <param name="Name">Stable code.</param>
/// <param name="Source">The alert that says it all.</param>
/// <param name="Target">The alerts that it makes needless.</param>
/// <param name="SameCause">Only those of the same 风险类型.</param>
/// <param name="Days">Only those raised at most so many days before or after it.</param>
public sealed record Inhibition(string Name, Matcher Source, Matcher Target, bool SameCause, int Days);

/// <summary>How long a level may take before the next one answers.</summary>
/// <param name="Level">Who.</param>
/// <param name="AcknowledgeDays">Days to acknowledge; null for no limit.</param>
/// <param name="ResolveDays">Days to resolve; null for no limit.</param>
/// <param name="Working">True for working days (工作日).</param>
/// <param name="Source">Where the limit comes from.</param>
public sealed record EscalationStep(Level Level, int? AcknowledgeDays, int? ResolveDays, bool Working, string Source);

/// <summary>The day limits of some alerts; the first that matches counts.</summary>
/// <param name="Name">Stable code.</param>
/// <param name="Match">Which alerts.</param>
/// <param name="Steps">A step per level that may let it pass.</param>
public sealed record Escalation(string Name, Matcher Match, EscalationStep[] Steps);

/// <summary>Hours in which nobody is disturbed by what can wait (免打扰时段); an emergency never waits.</summary>
/// <param name="From">Beijing time.</param>
/// <param name="To">Beijing time; may be earlier than the beginning, which is the next morning then.</param>
public sealed record QuietHours(TimeOnly From, TimeOnly To);

/// <summary>A version of where alerts go, who waits how long, and what makes what needless.</summary>
/// <param name="Version">Stable code.</param>
/// <param name="Routes">In order; the first that matches counts.</param>
/// <param name="Inhibitions">What makes what needless.</param>
/// <param name="Escalations">In order; the first that matches counts.</param>
/// <param name="Quiet">Quiet hours; null for none.</param>
public sealed record RouteTable(string Version, Route[] Routes, Inhibition[] Inhibitions, Escalation[] Escalations, QuietHours? Quiet)
{
    /// <summary>
    /// What holds until the county publishes its own. It names no receivers, since no address is known: every alert is in the inbox of
    /// its area, and goes up by the limits of the monitoring guide. Numbers without a source are our own choice and say so.
    /// </summary>
    public static readonly RouteTable Shipped = new(
        "shipped-2026",
        [
            new("emergency", new(Least: Severity.Emergency), [], [GroupBy.Village], 0, 60, 2),
            new("households",
                new(Kinds: [AlertKind.HouseholdRisk, AlertKind.GroupRisk, AlertKind.DeadlineBreached, AlertKind.HouseholdChange]), [],
                [GroupBy.Kind, GroupBy.Township], 300, 3_600, 24),
            new("other", new(), [], [GroupBy.Kind, GroupBy.Department], 300, 3_600, 24),
        ],
        [
            new("group-of-county", new(Kinds: [AlertKind.GroupRisk]), new(Kinds: [AlertKind.GroupRisk, AlertKind.HouseholdRisk]), true, 30),
        ],
        [
            new("emergency", new(Kinds: [AlertKind.HouseholdRisk], Least: Severity.Emergency),
            [
                new(Level.Village, 1, 15, false, "绿色通道先帮扶后补程序；签收1日为自定"),
                new(Level.Township, 1, 15, false, "自定"),
            ]),
            new("households", new(Kinds: [AlertKind.HouseholdRisk]),
            [
                new(Level.Village, 3, 15, false, "分析后3日内入户核实；甘肃秦安：全程一般不超过15天"),
                new(Level.Township, 3, 15, false, "自定"),
            ]),
            new("deadlines", new(Kinds: [AlertKind.DeadlineBreached]),
            [
                new(Level.Village, 3, null, false, "自定"),
                new(Level.Township, 3, null, false, "自定"),
            ]),
            new("groups", new(Kinds: [AlertKind.GroupRisk]), [new(Level.Township, 1, 3, false, "规模性返贫风险须报县处置；日数为自定")]),
            new("changes", new(Kinds: [AlertKind.HouseholdChange]), [new(Level.Township, 5, 10, false, "自定")]),
        ],
        new QuietHours(new(22, 0), new(7, 0)));
}

/// <summary>A version of the routes is published; a version never changes.</summary>
/// <param name="Table">The version.</param>
/// <param name="Reason">Why it is as it is.</param>
[EventType("alerting.routes-published.v1")]
public sealed record RoutesPublished(RouteTable Table, string Reason);

/// <summary>Somebody asks that some alerts tell nobody for a time (静默).</summary>
/// <param name="Silence">Stable code.</param>
/// <param name="Match">Which alerts; an emergency is never silenced.</param>
/// <param name="From">UTC.</param>
/// <param name="Until">UTC.</param>
/// <param name="Reason">Why.</param>
/// <param name="Author">Who.</param>
[EventType("alerting.silence-set.v1")]
public sealed record SilenceSet(string Silence, Matcher Match, DateTimeOffset From, DateTimeOffset Until, string Reason, string Author);

/// <summary>A silence ends before its time.</summary>
/// <param name="Silence">Which.</param>
/// <param name="At">UTC.</param>
/// <param name="Reason">Why.</param>
[EventType("alerting.silence-ended.v1")]
public sealed record SilenceEnded(string Silence, DateTimeOffset At, string Reason);

/// <summary>Alerting has taken a version of the day limits of cases as Relapse published them, to say by when the next step is due.</summary>
/// <param name="Limits">The version.</param>
[EventType("alerting.limits-taken.v1")]
public sealed record LimitsTaken(TimeLimits Limits);

/// <summary>Alerting has taken the State Council's holidays of a year as Relapse published them.</summary>
/// <param name="Year">The year.</param>
/// <param name="DaysOff">Weekdays that are free.</param>
/// <param name="Workdays">Weekend days that are worked.</param>
/// <param name="Document">文号.</param>
[EventType("alerting.holidays-taken.v1")]
public sealed record HolidaysTaken(int Year, DateOnly[] DaysOff, DateOnly[] Workdays, string Document);
