using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Route = Monitoring.Contracts.Alerting.Route;

namespace Monitoring.Alerting;

/// <summary>Everything that a county sets about its alerts, all versions. Folded from the stream <c>alert-rules/{tenant}</c>.</summary>
public sealed record AlertBook : IState<AlertBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<RouteTable> Tables { get; init; } = [];

    public ImmutableList<SilenceSet> Silences { get; init; } = [];

    public ImmutableList<HolidaysTaken> Holidays { get; init; } = [];

    public ImmutableList<ReportingContractSet> Contracts { get; init; } = [];

    /// <summary>The day limits of cases, as Relapse published them.</summary>
    public ImmutableList<TimeLimits> Limits { get; init; } = [];

    /// <summary>The routes in effect: the version published last.</summary>
    public RouteTable Table => Tables is [.., var last] ? last : RouteTable.Shipped;

    public AlertBook Evolve(object happened) => happened switch
    {
        RoutesPublished e => this with { Tables = Tables.Add(e.Table) },
        SilenceSet e => this with { Silences = Silences.RemoveAll(one => one.Silence == e.Silence).Add(e) },
        SilenceEnded e => this with
        {
            Silences = [.. Silences.Select(one => one.Silence == e.Silence && e.At < one.Until ? one with { Until = e.At } : one)],
        },
        ReportingContractSet e => this with { Contracts = Contracts.RemoveAll(one => one.Contract.Name == e.Contract.Name).Add(e) },
        LimitsTaken e => this with { Limits = Limits.RemoveAll(one => one.Version == e.Limits.Version).Add(e.Limits) },
        HolidaysTaken e => this with { Holidays = Holidays.RemoveAll(one => one.Year == e.Year).Add(e) },
        _ => this,
    };

    /// <summary>The silence that keeps an alert quiet; an emergency is never silenced.</summary>
    internal SilenceSet? SilenceOf(Alert alert, DateTimeOffset now) => alert.Severity == Severity.Emergency ? null
        : Silences.Find(one => one.From <= now && now < one.Until && one.Match.Means(alert));

    /// <summary>True where a day is worked; a year without holidays taken has its weekends free and nothing else.</summary>
    internal bool IsWorkday(DateOnly day)
    {
        var weekend = day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        return Holidays.Find(one => one.Year == day.Year) is { } year
            ? weekend ? year.Workdays.Contains(day) : !year.DaysOff.Contains(day)
            : !weekend;
    }

    /// <summary>The day that lies so many days, or working days, after another.</summary>
    internal DateOnly After(DateOnly day, int days, bool working)
    {
        if (!working) return day.AddDays(days);
        for (var left = days; left > 0;)
        {
            day = day.AddDays(1);
            if (IsWorkday(day)) left--;
        }

        return day;
    }

    /// <summary>The last day of the step that an occurrence asks for, by the limits in effect; null where there is none.</summary>
    internal DateOnly? LastDay(Occurrence what)
    {
        if (what.DueOn is not null || what is not { Next: { } next, Since: { } since }) return what.DueOn;
        var limit = TimeLimits.On(since, Limits).Limits
            .Where(one => one.Of == next && one.After == CaseAction.Clue && (one.Channel is null || one.Channel == what.Channel))
            // A limit for the channel goes before one for all.
            .OrderByDescending(one => one.Channel is not null).FirstOrDefault();
        return limit is null ? null : After(since, limit.Days, limit.Working);
    }

    /// <summary>The years from a day to so many years on whose holidays are not known, where the table counts working days.</summary>
    internal IEnumerable<int> YearsWithoutCalendar(RouteTable table, DateOnly from, int years = 1) =>
        table.Escalations.Any(one => one.Steps.Any(step => step.Working && (step.AcknowledgeDays ?? step.ResolveDays) is not null))
            ? Enumerable.Range(from.Year, years + 1).Where(year => !Holidays.Exists(one => one.Year == year))
            : [];

    internal static string Stream(string tenant) => $"alert-rules/{tenant}";

    internal static async Task<AlertBook> Of(IQuerySession session, string tenant, CancellationToken cancel) =>
        await session.LoadAsync<AlertBook>(Stream(tenant), cancel) ?? new AlertBook();
}

/// <summary>Where alerts go by a table, pure.</summary>
public static class Routing
{
    /// <summary>True where an alert is meant.</summary>
    public static bool Means(this Matcher matcher, Alert alert) =>
        (matcher.Kinds is not { Length: > 0 } kinds || kinds.Contains(alert.Kind)) &&
        (matcher.Least is not { } least || alert.Severity >= least) &&
        (matcher.Area is not { Length: > 0 } area || alert.Area.StartsWith(area, StringComparison.Ordinal)) &&
        (matcher.Departments is not { Length: > 0 } departments || departments.Contains(alert.AssignedTo ?? alert.Department)) &&
        (matcher.Levels is not { Length: > 0 } levels || levels.Contains(alert.Level)) &&
        (matcher.Causes is not { Length: > 0 } causes || alert.AllCauses.Any(causes.Contains)) &&
        (matcher.Alerts is not { Length: > 0 } alerts || alerts.Contains(alert.AlertId));

    /// <summary>The routes of an alert, in order.</summary>
    public static IEnumerable<Route> RoutesOf(this RouteTable table, Alert alert)
    {
        foreach (var route in table.Routes.Where(route => route.Match.Means(alert)))
        {
            yield return route;
            if (!route.Continue) yield break;
        }
    }

    /// <summary>The group of a route that an alert belongs to.</summary>
    public static string GroupOf(this Route route, Alert alert) => string.Join('|', [route.Name, .. route.GroupBy.Select(by => by switch
    {
        GroupBy.Kind => Codes<AlertKind>.ByValue[alert.Kind],
        GroupBy.Severity => Codes<Severity>.ByValue[alert.Severity],
        GroupBy.Village => alert.Area,
        GroupBy.Township => alert.Area.Length >= 9 ? alert.Area[..9] : alert.Area,
        GroupBy.Department => alert.AssignedTo ?? alert.Department ?? "",
        _ => alert.Cause is { } cause ? Codes<RiskCause>.ByValue[cause] : "",
    })]);

    /// <summary>The inhibition that makes telling of an alert needless, and the alert that says it instead.</summary>
    public static (Inhibition Rule, Alert Source)? Inhibited(this RouteTable table, Alert alert, IEnumerable<Alert> sources)
    {
        if (alert.Severity == Severity.Emergency) return null;
        foreach (var rule in table.Inhibitions.Where(rule => rule.Target.Means(alert)))
        {
            var source = sources.FirstOrDefault(one =>
                one.IsOpen && one.AlertId != alert.AlertId && rule.Source.Means(one) &&
                    alert.Area.StartsWith(one.Area, StringComparison.Ordinal) &&
                // Of two that could silence each other, the one of the larger area speaks.
                !(rule.Source.Means(alert) && one.Area == alert.Area) &&
                // Whatever it does not speak of is told of.
                (!rule.SameCause || one.Cause is null || (alert.AllCauses.Count > 0 && alert.AllCauses.All(one.AllCauses.Contains))) &&
                Math.Abs((one.RaisedAt - alert.RaisedAt).TotalDays) <= rule.Days);
            if (source is not null) return (rule, source);
        }

        return null;
    }

    /// <summary>True where any of its groups has told of an alert.</summary>
    public static bool IsTold(this RouteTable table, Alert alert, IReadOnlyDictionary<string, AlertGroup> groups) => table.RoutesOf(alert)
        .Any(route => groups.GetValueOrDefault(route.GroupOf(alert))?.Alerts.GetValueOrDefault(alert.AlertId) == true);

    /// <summary>For each of some alerts, how many open ones it speaks for; those that speak for none are left out.</summary>
    public static IReadOnlyDictionary<Guid, int> SpeaksFor(
        this RouteTable table, IReadOnlyCollection<Alert> speaking, IEnumerable<Alert> open, IReadOnlyList<Alert> sources)
    {
        var some = speaking.Select(alert => alert.AlertId).ToHashSet();
        return open.Select(alert => table.Inhibited(alert, sources)?.Source.AlertId).OfType<Guid>().Where(some.Contains)
            .GroupBy(id => id).ToDictionary(one => one.Key, one => one.Count());
    }

    /// <summary>The day limits of an alert at its present level.</summary>
    public static EscalationStep? StepOf(this RouteTable table, Alert alert) =>
        Array.Find(table.Escalations, one => one.Match.Means(alert))?.Steps.FirstOrDefault(step => step.Level == alert.Level);

    /// <summary>The last day on which an alert stays at its level, and what is to be done by then.</summary>
    internal static (DateOnly On, MissedStep What)? DueOf(this AlertBook book, Alert alert)
    {
        if (!alert.IsOpen || book.Table.StepOf(alert) is not { } step) return null;
        DateOnly? acknowledge = step.AcknowledgeDays is { } first && alert.AcknowledgedAt is null
            ? book.After(alert.SignFrom, first, step.Working) : null;
        DateOnly? resolve = step.ResolveDays is { } last ? book.After(alert.LevelSince, last, step.Working) : null;
        return acknowledge is { } soon && (resolve is null || soon <= resolve) ? (soon, MissedStep.Acknowledgement)
            : resolve is { } end ? (end, MissedStep.Resolution) : null;
    }

    /// <summary>The escalation that is due today; null where every limit is kept, or nobody is above.</summary>
    public static AlertEscalated? EscalationOf(AlertBook book, Alert alert, DateOnly today)
    {
        if (!alert.IsOpen || alert.Level == Level.County || book.Table.StepOf(alert) is not { } step) return null;
        var missed = step.AcknowledgeDays is { } acknowledge && alert.AcknowledgedAt is null &&
            book.After(alert.SignFrom, acknowledge, step.Working) is var seen && today > seen
            ? (MissedStep.Acknowledgement, seen)
            : step.ResolveDays is { } resolve && book.After(alert.LevelSince, resolve, step.Working) is var due && today > due
                ? (MissedStep.Resolution, due)
                : ((MissedStep, DateOnly)?)null;
        return missed is var (what, on)
            ? new AlertEscalated(alert.AlertId, alert.Level, alert.Level + 1, what, on, book.Table.Version, today)
            : null;
    }

    /// <summary>When the quiet hours that a moment lies in are over; null outside of them.</summary>
    public static DateTimeOffset? QuietUntil(this QuietHours? quiet, DateTimeOffset now)
    {
        if (quiet is null || quiet.From == quiet.To) return null;
        var local = now.ToOffset(ChinaTime.Offset);
        var time = TimeOnly.FromDateTime(local.DateTime);
        if (!time.IsBetween(quiet.From, quiet.To)) return null;
        var end = new DateTimeOffset(DateOnly.FromDateTime(local.DateTime).ToDateTime(quiet.To), ChinaTime.Offset);
        return end > local ? end : end.AddDays(1);
    }
}
