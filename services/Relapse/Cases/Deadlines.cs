using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse;

/// <summary>A day limit as it stands in one episode.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Version">The version of the limits it is from: the one in effect when its days began.</param>
/// <param name="From">The day it is counted from.</param>
/// <param name="DueOn">The last day on which it is kept.</param>
/// <param name="DoneOn">The day on which what it asks for was done.</param>
public sealed record Deadline(TimeLimit Limit, string Version, DateOnly From, DateOnly DueOn, DateOnly? DoneOn)
{
    /// <summary>True when it was done too late, or is not done and its last day is over.</summary>
    public bool IsBroken(DateOnly today) => (DoneOn ?? today) > DueOn;
}

/// <summary>The day limits of an episode (时限). Passing one is published once and forbids nothing.</summary>
public static class Deadlines
{
    /// <summary>Every limit whose days have begun.</summary>
    internal static IEnumerable<Deadline> Of(Episode episode, RuleBook book)
    {
        var begun = new[] { CaseAction.Clue, CaseAction.HomeVisit, CaseAction.Authorisation, CaseAction.Comparison, CaseAction.Assessment,
                CaseAction.Publicity, CaseAction.PublicityEnd, CaseAction.TownshipReview, CaseAction.CountyDecision, CaseAction.Announcement,
                CaseAction.Measures, CaseAction.FollowUp, CaseAction.Removal, CaseAction.Objection, CaseAction.GreenChannel }
            .Select(action => (Action: action, From: Start(episode, action)))
            .Where(one => one.From is not null);
        foreach (var (action, from) in begun)
        {
            var limits = TimeLimits.On(from!.Value, book.Limits);
            var channel = episode.Causes[0].Channel;
            var theirs = limits.Limits
                .Where(limit => limit.After == action && (limit.Channel is null || limit.Channel == channel))
                // A limit for the channel goes before one for all.
                .GroupBy(limit => limit.Of).Select(same => same.OrderByDescending(limit => limit.Channel is not null).First());
            foreach (var limit in theirs)
            {
                var done = Done(episode, limit, from.Value);
                // What has ended asks for nothing any more; and who is not monitored needs no measures.
                if (done is null && !episode.IsOpen) continue;
                if (limit.After == CaseAction.CountyDecision && episode.MonitoredOn is null) continue;
                yield return new(limit, limits.Version, from.Value, book.After(from.Value, limit.Days, limit.Working), done);
            }
        }

        // What came up anew, and is not looked at when the month's visit is made, is visited as a clue is.
        if (episode.Pending.Where(one => !one.IsAnsweredByFollowUp).MinBy(one => one.On) is not { } news) yield break;
        var now = TimeLimits.On(news.On, book.Limits);
        var visit = now.Limits.Where(limit => (limit.After, limit.Of) == (CaseAction.Clue, CaseAction.HomeVisit) && (limit.Channel is null || limit.Channel == news.Channel))
            .MaxBy(limit => limit.Channel is not null);
        if (visit is not null) yield return new(visit, now.Version, news.On, book.After(news.On, visit.Days, visit.Working), null);
    }

    /// <summary>Limits that were said to be broken, and had been kept: what they ask for was done in time and entered late.</summary>
    internal static IEnumerable<DeadlineKept> Kept(Household household, RuleBook book)
    {
        if (household.Episodes is not [.., var episode] || episode.Breaches.IsEmpty) return [];
        var limits = Of(episode, book).ToLookup(one => (one.Limit.Code, one.DueOn));
        return episode.Breaches
            .Select(said => (said, DoneOn: limits[(said.Limit, said.DueOn)].Select(one => one.DoneOn).FirstOrDefault() ?? FollowedUpFor(episode, said, book)))
            .Where(one => one.DoneOn is { } done && done <= one.said.DueOn)
            .Select(one => new DeadlineKept(household.Enrolment!.HouseholdId, episode.Number, one.said.Limit, one.said.Of, one.said.DueOn, one.DoneOn!.Value));
    }

    // The days of the next follow-up begin with each, so the limit that was broken is no longer among those that run.
    static DateOnly? FollowedUpFor(Episode episode, DeadlineBreached said, RuleBook book)
    {
        if (said.Of != CaseAction.FollowUp) return null;
        var limit = book.Limits.Prepend(TimeLimits.Shipped).FirstOrDefault(one => one.Version == said.Limits)?.Limits.FirstOrDefault(one => one.Code == said.Limit);
        return limit is null ? null : episode.Entries
            .Where(entry => entry.Action == CaseAction.FollowUp && entry.On <= said.DueOn && book.After(entry.On, limit.Days, limit.Working) > said.DueOn)
            .Select(entry => (DateOnly?)entry.On).LastOrDefault();
    }

    /// <summary>Limits that are broken and were not said to be.</summary>
    internal static IEnumerable<DeadlineBreached> Breached(Household household, RuleBook book, DateOnly today)
    {
        if (household.Episodes is not [.., var episode]) return [];
        return Of(episode, book)
            .Where(one => one.IsBroken(today) && !episode.Breaches.Exists(said => said.Limit == one.Limit.Code && said.DueOn == one.DueOn))
            .Select(one => new DeadlineBreached(
                household.Enrolment!.HouseholdId, episode.Number, household.Village, one.Limit.Code, one.Version, one.Limit.Of, one.Limit.Level,
                one.DueOn));
    }

    static DateOnly? Start(Episode episode, CaseAction action) => action switch
    {
        CaseAction.Clue => episode.OpenedOn,
        CaseAction.FollowUp => episode.Entries.Where(entry => entry.Action == action).Max(entry => (DateOnly?)entry.On) ?? episode.MonitoredOn,
        CaseAction.Removal => episode.IsRemoving ? episode.LastOn(action, Chain.Removal) : null,
        CaseAction.Objection => episode.OpenObjections.IsEmpty ? null : episode.LastOn(action, episode.Chain),
        _ => episode.LastOn(action, Chain.Inclusion),
    };

    static DateOnly? Done(Episode episode, TimeLimit limit, DateOnly from) =>
        // A follow-up is due after each other one, so none that begins the days can end them.
        limit.Of == limit.After ? null : episode.Entries
            // Help that came first (绿色通道) need not come again after the decision.
            .Where(entry => entry.Action == limit.Of && entry.Chain == (limit.After == CaseAction.Removal ? Chain.Removal : Chain.Inclusion) &&
                (entry.On >= from || limit.Of == CaseAction.Measures && limit.After != CaseAction.GreenChannel))
            .Select(entry => (DateOnly?)entry.On).FirstOrDefault();
}
