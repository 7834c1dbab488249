using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Everything about monitoring that a county sets for itself, all versions: thresholds, monitoring lines, reference values, day limits,
/// holidays. Folded from the stream <c>rules/{tenant}</c>.
/// </summary>
public sealed record RuleBook : IState<RuleBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<RuleSet> RuleSets { get; init; } = [];

    /// <summary>The line in force of each area and day.</summary>
    public ImmutableList<IncomeLine> Lines { get; init; } = [];

    /// <summary>The value in force of each series and year.</summary>
    public ImmutableList<ReferenceValue> References { get; init; } = [];

    public ImmutableList<TimeLimits> Limits { get; init; } = [];

    public ImmutableList<CalendarPublished> Calendars { get; init; } = [];

    public RuleBook Evolve(object happened) => happened switch
    {
        RuleSetPublished e => this with { RuleSets = RuleSets.Add(e.Rules) },
        IncomeLineSet e => this with { Lines = Lines.RemoveAll(one => (one.Area, one.From) == (e.Line.Area, e.Line.From)).Add(e.Line) },
        ReferenceValueSet e => this with
        {
            References = References.RemoveAll(one => (one.Series, one.Year) == (e.Value.Series, e.Value.Year)).Add(e.Value),
        },
        TimeLimitsPublished e => this with { Limits = Limits.Add(e.Limits) },
        CalendarPublished e => this with { Calendars = Calendars.RemoveAll(one => one.Year == e.Year).Add(e) },
        _ => this,
    };

    /// <summary>The thresholds of a day.</summary>
    internal Thresholds On(DateOnly day) => new(RuleSet.On(day, RuleSets), Lines, References, day);

    /// <summary>True where a day is worked; a year without a published calendar has its weekends free and nothing else.</summary>
    internal bool IsWorkday(DateOnly day)
    {
        var weekend = day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        return Calendars.Find(one => one.Year == day.Year) is { } year
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

    internal static string Stream(string tenant) => $"rules/{tenant}";

    internal static async Task<RuleBook> Of(IQuerySession session, string tenant, CancellationToken cancel) =>
        await session.LoadAsync<RuleBook>(Stream(tenant), cancel) ?? new RuleBook();
}
