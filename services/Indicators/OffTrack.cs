using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Watches what a push does to verdicts: judges each indicator before and after it, and adds one
/// <see cref="IndicatorOffTrack"/> where the verdict has become worse. A value that leaves it as bad as it was adds none.
/// </summary>
static class OffTrack
{
    /// <summary>Decides row by row, and watches the verdicts of the indicators concerned.</summary>
    public static Import.DecideGroups<Indicator, TRow> Watched<TRow>(Func<Indicator, TRow, Occasion, Decision> decide)
        where TRow : notnull => Watched(Import.EachRow(decide));

    /// <summary>The same where the rows are decided together.</summary>
    public static Import.DecideGroups<Indicator, TRow> Watched<TRow>(Import.DecideGroups<Indicator, TRow> decide)
        where TRow : notnull => async (session, groups, occasion, cancel) =>
    {
        await decide(session, groups, occasion, cancel);

        var changed = groups.Where(group => group.Events.Count > 0).ToList();
        if (changed.Count == 0) return;
        var tenant = occasion.By.Tenant;
        var rules = await VerdictRuleBook.On(session, tenant, occasion.Today, cancel);
        var references = await VerdictOf.References(session, tenant, changed.Select(group => group.State.History), cancel);
        foreach (var group in changed)
        {
            var before = group.State.History;
            var after = group.Events.Aggregate(before, (history, happened) => history.Evolve(happened));
            if (Worse(before, after, rules, references, occasion.Today) is { } worse) group.Append(worse);
        }
    };

    /// <summary>
    /// What to say when the verdict is worse than it was; null when it is not. Each is the verdict about the end of the
    /// latest period that has a value, so that it does not depend on the day on which a report comes in.
    /// </summary>
    internal static IndicatorOffTrack? Worse(
        IndicatorHistory before, IndicatorHistory after, VerdictRules rules,
        IReadOnlyDictionary<string, IReadOnlyList<Observation>> references, DateOnly today)
    {
        var day = Day(after);
        var (was, now) = (Judged(before, Day(before)), Judged(after, day));
        return Verdicts.Worsened(was.Verdict, now.Verdict)
            ? new IndicatorOffTrack(
                after.Definition!.Code, after.Definition.Name, day, now.Period, was.Verdict, now.Verdict, now.Value, now.Expected,
                rules.Version)
            : null;

        Judgement Judged(IndicatorHistory history, DateOnly on) => Judging.Judge(
            history.EvidenceOn(on, reference: VerdictOf.Reference(history, references, on)), rules);

        DateOnly Day(IndicatorHistory history) =>
            history.Observations.Select(it => it.Period.Last).Where(last => last <= today).DefaultIfEmpty(today).Max();
    }
}
