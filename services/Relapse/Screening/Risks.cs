using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse;

/// <summary>
/// Turns crossings into clues (风险线索). One clue per cause and episode: whatever else crosses for the same cause joins it. What joins is news
/// for its owner where it is an emergency, has grown by the step, or comes after somebody has dealt with it; else nobody is called twice.
/// </summary>
public static class Risks
{
    /// <summary>What the thresholds make of a household; empty when it is all known.</summary>
    internal static IEnumerable<object> Of(Household household, Thresholds thresholds)
    {
        var result = thresholds.Judge(household.Known);
        if (result.IsNothing) yield break;
        foreach (var back in result.Receded)
        {
            yield return new RiskReceded(
                household.Enrolment!.HouseholdId, back.Rule.Code, thresholds.Rules.Version, back.PersonId, back.Value, back.Release, thresholds.Day);
        }

        // What somebody had done before is the same for all that is found at once.
        var (touched, last) = (household.Open?.TouchedAt, household.Episodes is [.., var episode] ? episode.LastStepAt : null);
        foreach (var one in result.Crossed)
        {
            var risk = Raised(household, one);
            household = household.Evolve(risk);
            yield return risk;
        }

        // Worse by less than the step: whoever has judged it need not hear of it, whoever deals with an open case has; and a month that had not
        // begun is for both.
        foreach (var one in result.Worse)
        {
            var isOpen = household.Open?.Causes.Exists(known => known.Cause == one.Rule.Cause) == true;
            if ((isOpen ? touched : one.IsNewMonth && household.Open is null ? last : null) is not { } step) continue;
            // Whoever took the step knew what was on record by then.
            if (one.Latest <= step) continue;
            var risk = Raised(household, one);
            household = household.Evolve(risk);
            yield return risk;
        }

        object Raised(Household known, Crossing one) => Raise(
            known, one.Rule.Cause, ChannelOf(known, one), one.Rule.Emergency, thresholds.Day, touched is not null, one, thresholds.Rules.Version);
    }

    /// <summary>A clue, or what joins one that is open; <paramref name="touched"/> where somebody had dealt with that before.</summary>
    internal static object Raise(
        Household household, RiskCause cause, Channel channel, bool emergency, DateOnly on, bool touched, Crossing? crossing = null, string? ruleSet = null)
    {
        var (id, open) = (household.Enrolment!.HouseholdId, household.Open);
        if (open is not null && open.Causes.Exists(known => known.Cause == cause))
        {
            var news = emergency ? RiskNews.Emergency : crossing?.IsGrown == true ? RiskNews.Grown : touched ? RiskNews.AfterStep : (RiskNews?)null;
            return new RiskRecurred(
                id, open.Number, cause, channel, crossing?.Rule.Code, ruleSet, crossing?.PersonId, crossing?.Value, crossing?.Threshold,
                crossing?.Inputs ?? [], on, emergency ? true : null, news, news is null ? null : household.Village);
        }

        return new RiskDetected(
            id, open?.Number ?? household.Episodes.Count + 1, household.Village, household.Known.Category, cause, channel, emergency,
            crossing?.Rule.Code, ruleSet, crossing?.PersonId, crossing?.Value, crossing?.Threshold, crossing?.Inputs ?? [], on);
    }

    /// <summary>What a household that comes out of another, or takes another in, has of that one's open case: a clue of each cause, to be looked at.</summary>
    internal static IEnumerable<object> Carried(Household from, Household into, Guid intoId, string village, DateOnly on)
    {
        if (from.Open is not { } open) return [];
        var known = into.Open?.Causes.Select(cause => cause.Cause).ToHashSet() ?? [];
        var number = into.Open?.Number ?? into.Episodes.Count + 1;
        return open.Causes.GroupBy(cause => cause.Cause).Where(cause => !known.Contains(cause.Key)).Select(cause => new RiskDetected(
            intoId, number, village, from.Known.Category, cause.Key, cause.First().Channel, cause.Any(one => one.Emergency), null, null, null, null, null,
            [], on, from.Enrolment!.HouseholdId));
    }

    // What a visit brought is the cadres' finding, what departments sent is theirs.
    static Channel ChannelOf(Household household, Crossing crossing) =>
        crossing.Rule.Measured == Measured.IncomePerHead ||
        household.Known.Facts.Any(fact => fact.Department is KnownFacts.BySurvey or KnownFacts.ByFollowUp && fact.EventId == crossing.Inputs[^1].EventId)
            ? Channel.CadreSurvey
            : Channel.DepartmentScreening;
}
