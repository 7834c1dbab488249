using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse;

/// <summary>
/// Turns crossings into clues (风险线索). One clue per cause and episode: whatever else crosses for the same cause joins it, and nobody
/// is called twice.
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

        foreach (var one in result.Crossed)
        {
            var risk = Raise(household, one.Rule.Cause, ChannelOf(household, one), one.Rule.Emergency, thresholds.Day, one, thresholds.Rules.Version);
            household = household.Evolve(risk);
            yield return risk;
        }
    }

    /// <summary>A clue, or what joins one that is open.</summary>
    internal static object Raise(
        Household household, RiskCause cause, Channel channel, bool emergency, DateOnly on, Crossing? crossing = null, string? ruleSet = null)
    {
        var (id, open) = (household.Enrolment!.HouseholdId, household.Open);
        return open is not null && open.Causes.Exists(known => known.Cause == cause)
            ? new RiskRecurred(
                id, open.Number, cause, channel, crossing?.Rule.Code, ruleSet, crossing?.PersonId, crossing?.Value, crossing?.Threshold,
                crossing?.Inputs ?? [], on)
            : new RiskDetected(
                id, open?.Number ?? household.Episodes.Count + 1, household.Village, household.Known.Category, cause, channel, emergency,
                crossing?.Rule.Code, ruleSet, crossing?.PersonId, crossing?.Value, crossing?.Threshold, crossing?.Inputs ?? [], on);
    }

    // What a visit brought is the cadres' finding, what departments sent is theirs.
    static Channel ChannelOf(Household household, Crossing crossing) =>
        crossing.Rule.Measured == Measured.IncomePerHead ||
        household.Known.Facts.Any(fact => fact.Department == KnownFacts.BySurvey && fact.EventId == crossing.Inputs[^1].EventId)
            ? Channel.CadreSurvey
            : Channel.DepartmentScreening;
}
