using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// How everything that is said about a household is decided: within the caller's area, each row on what the rows before it left, then
/// what thresholds and day limits make of it, all in one transaction.
/// </summary>
public static class Watched
{
    /// <summary>Decides on a row; the rule book is what the county has set.</summary>
    public delegate Decision Decide<TRow>(Household household, TRow row, RuleBook book, Occasion occasion);

    /// <summary>Maps <c>POST {path}</c> for rows about households that are enrolled.</summary>
    public static RouteHandlerBuilder MapRows<TRow>(
        this IEndpointRouteBuilder routes, string path, string right, Func<Fields, TRow> bind, Func<TRow, Guid> household, Decide<TRow> decide)
        where TRow : notnull =>
        routes.MapImport(path, right, bind, (row, tenant) => Household.Stream(tenant, household(row)), Rows(decide));

    /// <summary>For rows about households that are enrolled.</summary>
    internal static Import.DecideGroups<Household, TRow> Rows<TRow>(Decide<TRow> decide) => async (session, groups, occasion, cancel) =>
    {
        var book = await RuleBook.Of(session, occasion.By.Tenant, cancel);
        var thresholds = book.On(occasion.Today);
        foreach (var group in groups) Group(group, decide, book, thresholds, occasion);
    };

    /// <summary>Decides the rows of one household.</summary>
    internal static void Group<TRow>(
        Group<Household, TRow> group, Decide<TRow> decide, RuleBook book, Thresholds thresholds, Occasion occasion)
    {
        var household = group.State;
        foreach (var (row, value) in group.Rows)
        {
            var decision = household switch
            {
                { Enrolment: null } => Household.Unknown,
                _ when !occasion.By.Covers(household.Village) => Household.NotYours,
                // What is on record already may be said again of a household that has ended.
                { Ended: not null } => decide(household, value, book, occasion) is { Refusal: null, ChangesNothing: true } known
                    ? known : Household.HasEnded,
                _ => decide(household, value, book, occasion),
            };
            if (group.Note(row, decision)) household = Append(group, household, decision, occasion);
        }

        if (group.Events.Count > 0) Append(group, household, Consequences(household, book, thresholds, occasion), occasion);
    }

    /// <summary>What the day's thresholds and limits say of a household as it stands.</summary>
    internal static IEnumerable<object> Consequences(Household household, RuleBook book, Thresholds thresholds, Occasion occasion)
    {
        var risks = Risks.Of(household, thresholds).ToList();
        household = risks.Aggregate(household, (known, happened) => known.Evolve(happened));
        var kept = Deadlines.Kept(household, book).ToList();
        household = kept.Aggregate(household, (known, happened) => known.Evolve(happened));
        return [.. risks, .. kept, .. Deadlines.Breached(household, book, occasion.Today)];
    }

    static Household Append<TRow>(Group<Household, TRow> group, Household household, IEnumerable<object> events, Occasion occasion)
    {
        foreach (var happened in events)
        {
            var stamped = Stamped.Of(happened, occasion.Now);
            group.Append(stamped);
            household = household.Evolve(stamped);
        }

        return household;
    }
}
