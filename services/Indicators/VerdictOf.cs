using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// <c>GET /v1/indicators/{code}/verdict</c>: the verdict on one indicator for a day, with both bases where statistics have
/// revised one, and with the other path to compare.
/// </summary>
public static class VerdictOf
{
    /// <summary>A verdict as it is answered.</summary>
    /// <param name="Code">Indicator.</param>
    /// <param name="On">The day it is about.</param>
    /// <param name="Rules">Version of the verdict rules.</param>
    /// <param name="Target">The target in force on that day.</param>
    /// <param name="VerdictName">The verdict in official words.</param>
    /// <param name="WhyName">Why nothing can be evaluated, in words.</param>
    /// <param name="Judgement">The verdict and what it was made of, on the base the plan prints.</param>
    /// <param name="RevisedBase">The base now in force, where it differs from the printed one.</param>
    /// <param name="OnRevisedBase">The same judgement on it.</param>
    /// <param name="ExpectedLinear">What the value should be on the day on a straight path.</param>
    /// <param name="ExpectedGeometric">What it should be on a geometric one.</param>
    public sealed record Answer(
        string Code, DateOnly On, string Rules, TargetSet? Target, string VerdictName, string? WhyName, Judgement Judgement,
        decimal? RevisedBase, Judgement? OnRevisedBase, decimal? ExpectedLinear, decimal? ExpectedGeometric);

    internal static Answer Of(
        IndicatorHistory history, DateOnly on, VerdictRules rules, IReadOnlyList<Observation> reference, bool english)
    {
        Judgement Judged(BaseChoice choice, PathMethod? path = null) => Judging.Judge(history.EvidenceOn(on, choice, path, reference), rules);
        var judged = Judged(BaseChoice.Original);
        var (name, why) = (Verdicts.NameOf(judged.Verdict), judged.Why is { } code ? Verdicts.ReasonOf(code) : default);
        var revised = history.Base(BaseChoice.Revised)?.Value is { } value && value != history.Definition!.Baseline?.Value ? value : (decimal?)null;
        return new Answer(
            history.Definition!.Code, on, rules.Version, history.TargetYear is { } year ? history.TargetOn(year, on) : null, english ? name.En : name.Zh,
            judged.Why is null ? null : english ? why.En : why.Zh, judged, revised, revised is null ? null : Judged(BaseChoice.Revised),
            Judged(BaseChoice.Original, PathMethod.Linear).ExpectedOn, Judged(BaseChoice.Original, PathMethod.Geometric).ExpectedOn);
    }

    /// <summary>Values in force of all indicators that others compare themselves with.</summary>
    internal static async Task<IReadOnlyDictionary<string, IReadOnlyList<Observation>>> References(
        IQuerySession session, string tenant, IEnumerable<IndicatorHistory> histories, CancellationToken cancel)
    {
        var codes = histories.SelectMany(history => history.Targets.Values).SelectMany(versions => versions)
            .Select(version => version.Target.Reference).OfType<string>().Distinct().ToList();
        if (codes.Count == 0) return new Dictionary<string, IReadOnlyList<Observation>>();
        var found = await session.LoadManyAsync<Indicator>(cancel, codes.Select(code => Indicator.Stream(tenant, code)));
        return found.ToDictionary(one => one.History.Definition!.Code, one => one.History.Observations);
    }

    internal static IReadOnlyList<Observation> Reference(
        IndicatorHistory history, IReadOnlyDictionary<string, IReadOnlyList<Observation>> references, DateOnly on) =>
        history.TargetYear is { } year && history.TargetOn(year, on)?.Reference is { } code && references.TryGetValue(code, out var found) ? found : [];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/indicators/{code}/verdict", async (
        string code, string? on, Caller caller, HttpContext http, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        var today = ChinaTime.Day(clock.GetUtcNow());
        if (!ChinaTime.TryDay(on, out var asked)) return Problem.Of(400, "not-a-date", new("on 应为日期，如 2022-12-31。", "on must be a date like 2022-12-31."));
        await using var session = store.QuerySession(caller.Tenant);
        if (await session.LoadAsync<Indicator>(Indicator.Stream(caller.Tenant, code), cancel) is not { } found) return Problem.Of(Indicator.Unknown);
        var day = asked ?? today;
        var rules = await VerdictRuleBook.On(session, caller.Tenant, day, cancel);
        var references = await References(session, caller.Tenant, [found.History], cancel);
        return Results.Ok(Of(found.History, day, rules, Reference(found.History, references, day), Language.IsEnglish(http)));
    }).RequireRight("indicators:read").Produces<Answer>();
}
