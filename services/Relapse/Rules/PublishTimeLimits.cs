using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Publishes a version of the day limits (时限). A version never changes; what has begun keeps the one it began under.</summary>
public static class PublishTimeLimits
{
    /// <summary>One version; the numbers it does not mention are as shipped, its list of limits is whole.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="EffectiveFrom">For what begins on this day or later.</param>
    /// <param name="PublicityDays">1 to 60.</param>
    /// <param name="PublicityWorking">True where they are working days.</param>
    /// <param name="StableMonths">1 to 60.</param>
    /// <param name="FollowUpMonths">1 to 12.</param>
    /// <param name="Limits">1 to 50 limits, each as <see cref="TimeLimit"/>.</param>
    /// <param name="Reason">Why they are as they are.</param>
    /// <param name="OneHand">True to let one account visit, review and decide the same case.</param>
    public sealed record Row(
        string Version, DateOnly EffectiveFrom, int PublicityDays, bool PublicityWorking, int StableMonths, int FollowUpMonths,
        IReadOnlyList<TimeLimit> Limits, string Reason, bool? OneHand = null)
    {
        internal TimeLimits Set =>
            new(Version, EffectiveFrom, PublicityDays, PublicityWorking, StableMonths, FollowUpMonths, [.. Limits], OneHand == true ? true : null);
    }

    public static Row Bind(Fields row)
    {
        var shipped = TimeLimits.Shipped;
        var bound = new Row(
            row.Code("version"), row.Day("effectiveFrom"), row.WholeOrNull("publicityDays", 1, 60) ?? shipped.PublicityDays,
            row.FlagOrNull("publicityWorking") ?? shipped.PublicityWorking, row.WholeOrNull("stableMonths", 1, 60) ?? shipped.StableMonths,
            row.WholeOrNull("followUpMonths", 1, 12) ?? shipped.FollowUpMonths,
            row.List("limits", 50, limit => new TimeLimit(
                limit.Code("code"), limit.Enum<CaseAction>("of"), limit.Enum<CaseAction>("after"), limit.Whole("days", 0, 366),
                limit.FlagOrNull("working") ?? false, limit.EnumOrNull<Channel>("channel"), limit.Enum<Level>("level"), limit.Text("source", 300))),
            row.Text("reason", 500), row.FlagOrNull("oneHand"));
        if (bound.Limits.Any(limit => limit.After is CaseAction.Closure or CaseAction.Survey or CaseAction.VisitAttempt or CaseAction.Return ||
            limit.Of is CaseAction.Clue or CaseAction.Removal or CaseAction.VisitAttempt or CaseAction.Return))
            row.Fail("limits", "limit-never-applies", "有的时限永远不会起算：起算环节不能是排除线索、入户排查、未能入户或退回，所限环节不能是线索、提出消除、未能入户或退回。",
                "A limit can never begin: it is counted from a closure, survey, attempt or return, or asks for a clue, a proposal, an attempt or a return.");
        if (bound.Limits.Count == 0) row.Fail("limits", "missing", "时限（limits）至少填一条。", "At least one limit.");
        if (bound.Limits.DistinctBy(limit => limit.Code).Count() < bound.Limits.Count) row.Fail("limits", "code-twice", "时限编码（code）重复；每条须有自己的编码。", "A code occurs twice.");
        return bound;
    }

    public static Decision Decide(RuleBook book, Row row, Occasion occasion)
    {
        if (book.Limits.Find(known => known.Version == row.Version) is { } published)
            return EventJson.Text(published) == EventJson.Text(row.Set) ? [] : Refusal.Conflict("limits-differ", "该版本的时限已发布，内容不同；请用新的版本号。",
                "This version has been published with other contents; use another version.", "version");
        if (row.Version == TimeLimits.Shipped.Version)
            return Refusal.Conflict("limits-differ", "该版本号属于随软件提供的时限；请用新的版本号。", "This version is the one that is shipped.", "version");
        if (row.EffectiveFrom < occasion.Today)
            return Refusal.Invalid("effective-in-past", "时限不能从过去生效。", "Limits do not take effect in the past.", "effectiveFrom");
        Decision decided = [new TimeLimitsPublished(row.Set, row.Reason)];
        return Enumerable.Range(row.EffectiveFrom.Year, 2).FirstOrDefault(year => !book.Calendars.Exists(calendar => calendar.Year == year)) is > 0 and var without &&
            (row.PublicityWorking || row.Limits.Any(limit => limit.Working))
            ? decided.With([new Warning("calendar-missing", new(
                $"时限按工作日计算，而 {without} 年的节假日安排尚未发布；在发布前只扣除周末。",
                $"The limits count working days, and the calendar of {without} is not published; until then only weekends are free."), "limits")])
            : decided;
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<RuleBook, Row>(
            "/v1/time-limits", "version", "relapse:define", Bind, (_, tenant) => RuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/time-limits", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<TimeLimits>([TimeLimits.Shipped, .. (await RuleBook.Of(session, caller.Tenant, cancel)).Limits], null);
        }).RequireRight("relapse:read").ProducesPage<TimeLimits>();
    }
}

/// <summary>Makes the State Council's holidays of a year known, for limits in working days.</summary>
public static class PublishCalendar
{
    /// <summary>One year.</summary>
    /// <param name="Year">The year.</param>
    /// <param name="DaysOff">Weekdays that are free.</param>
    /// <param name="Workdays">Weekend days that are worked (调休上班).</param>
    /// <param name="Document">文号.</param>
    public sealed record Row(int Year, DateOnly[] DaysOff, DateOnly[] Workdays, string Document);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Whole("year", 2000, 2100), row.Days("daysOff"), row.Days("workdays"), row.Text("document"));
        if (bound.DaysOff.Concat(bound.Workdays).Any(day => day.Year != bound.Year))
            row.Fail("daysOff", "out-of-range", "放假日或调休上班日不在该年内；每年单独发布。", "A day lies outside the year.");
        return bound;
    }

    public static Decision Decide(RuleBook book, Row row, Occasion occasion)
    {
        var published = new CalendarPublished(row.Year, row.DaysOff, row.Workdays, row.Document);
        return book.Calendars.Exists(known => EventJson.Text(known) == EventJson.Text(published)) ? [] : [published];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<RuleBook, Row>("/v1/calendars", "relapse:define", Bind, (_, tenant) => RuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/calendars", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<CalendarPublished>([.. (await RuleBook.Of(session, caller.Tenant, cancel)).Calendars.OrderBy(one => one.Year)], null)
                .PushedAs(one => new { one.Year, one.DaysOff, one.Workdays, one.Document });
        }).RequireRight("relapse:read").ProducesPage<CalendarPublished>();
    }
}
