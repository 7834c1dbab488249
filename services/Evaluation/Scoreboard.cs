using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>One row of the scoreboard (指标完成情况表): an indicator, its target and the verdict on it for a day.</summary>
/// <param name="Code">Indicator.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Unit">Unit of all values.</param>
/// <param name="Attribute">约束性, 预期性 or 未注明.</param>
/// <param name="Responsible">责任单位.</param>
/// <param name="Plan">e.g. <c>fyp14</c>.</param>
/// <param name="PlanRef">Place in the plan.</param>
/// <param name="Baseline">Where the plan starts from.</param>
/// <param name="RevisedBase">The base now in force, where statistics have revised it.</param>
/// <param name="Target">The target in force on the day.</param>
/// <param name="Latest">The value judged, with where the ledger has it from; the latest known where nothing was judged.</param>
/// <param name="Elapsed">Share of the plan's time gone by (时序进度), 0 to 1: at the end of the judged value's period; on the day while there is none.</param>
/// <param name="Progress">Share of the planned change achieved (完成进度), may exceed 1 or be negative; null where no rule gives one.</param>
/// <param name="Expected">What the value should be at the end of its period; null where no rule gives one.</param>
/// <param name="ExpectedOn">What it should be on the day.</param>
/// <param name="Projection">Where the pace so far leads by the plan's end.</param>
/// <param name="ProjectionMethod">How that was projected.</param>
/// <param name="Verdict">The code of the verdict.</param>
/// <param name="VerdictName">The verdict in official words.</param>
/// <param name="Why">Code of the reason when nothing can be evaluated.</param>
/// <param name="WhyName">The same in words.</param>
/// <param name="Method">The rule that gave the verdict.</param>
/// <param name="Rules">Version of the verdict rules.</param>
/// <param name="Flags">What a reader should know.</param>
/// <param name="Notes">Remarks from the plan.</param>
/// <param name="Stale">Feeds of the department that reports it which are late or do not change any more; null where there are none.</param>
public sealed record ScoreboardRow(
    string Code, string Name, string NameEn, string Unit, Nature Attribute, string? Responsible, string Plan, string PlanRef,
    Baseline? Baseline, decimal? RevisedBase, TargetSet? Target, LatestValue? Latest, decimal? Elapsed, decimal? Progress,
    decimal? Expected, decimal? ExpectedOn, decimal? Projection, string? ProjectionMethod, Verdict Verdict, string VerdictName,
    string? Why, string? WhyName, string? Method, string Rules, IReadOnlyList<string> Flags, string[] Notes, IReadOnlyList<StaleFeed>? Stale = null)
{
    internal static ScoreboardRow Of(
        IndicatorStanding standing, DateOnly on, VerdictRules rules, BaseChoice choice = BaseChoice.Original, PathMethod? path = null,
        IReadOnlyList<Observation>? reference = null, bool english = false)
    {
        var (history, e) = (standing.History, standing.History.Definition!);
        var evidence = history.EvidenceOn(on, choice, path, reference);
        var judged = Judging.Judge(evidence, rules);
        var shown = judged.Period ?? history.Observations.Where(it => it.Period.Last <= on).OrderBy(it => it.Period.Last)
            .ThenByDescending(it => it.Period.First).LastOrDefault()?.Period.Text;
        var revised = history.Base(BaseChoice.Revised)?.Value;
        var (name, why) = (Verdicts.NameOf(judged.Verdict), judged.Why is { } code ? Verdicts.ReasonOf(code) : default);
        return new ScoreboardRow(
            e.Code, e.Name, e.NameEn, e.Unit, history.Attribute, history.Duty?.Responsible, e.Plan, e.PlanRef, e.Baseline,
            revised != e.Baseline?.Value ? revised : null, evidence.Target, shown is null ? null : LatestValue.Of(standing, shown),
            Rounded(judged.Elapsed ?? Judging.Elapsed(evidence)), Rounded(judged.Progress), Rounded(judged.Expected), Rounded(judged.ExpectedOn),
            Rounded(judged.Projection), judged.ProjectionMethod, judged.Verdict, english ? name.En : name.Zh, judged.Why,
            judged.Why is null ? null : english ? why.En : why.Zh, judged.Method, rules.Version, judged.Flags, e.Notes);
    }

    static decimal? Rounded(decimal? value) => value is { } known ? Math.Round(known, 4, MidpointRounding.ToEven) : null;
}

/// <summary>The value of a period, with where the ledger has it from.</summary>
/// <param name="Period">SDMX period.</param>
/// <param name="Value">In the indicator's unit; null where only a document speaks of the period.</param>
/// <param name="Status">How final it is.</param>
/// <param name="Verified">Signed off by the statistics department (已审核), or only reported (上报).</param>
/// <param name="Flags">What looked implausible and is not confirmed.</param>
/// <param name="RecordedAt">When the source recorded it, UTC.</param>
/// <param name="Position">Ledger position.</param>
public sealed record LatestValue(
    string Period, decimal? Value, ValueStatus? Status, bool Verified, string[] Flags, DateTimeOffset? RecordedAt, long? Position)
{
    internal static LatestValue Of(IndicatorStanding standing, string period)
    {
        var (vintage, source) = (standing.History.InForce(period), standing.Sources.GetValueOrDefault(period));
        return new(period, vintage?.Value, vintage?.Status, vintage?.Verified ?? false, vintage?.Flags ?? [], source?.RecordedAt, source?.Position);
    }
}

/// <summary>How many indicators of one attribute have come how far (分类统计).</summary>
/// <param name="Plan">e.g. <c>fyp14</c>.</param>
/// <param name="Attribute">约束性, 预期性 or 未注明; counted apart.</param>
/// <param name="Indicators">How many there are.</param>
/// <param name="Verified">Of these, with a verified value.</param>
/// <param name="Verdicts">How many by the code of the verdict.</param>
/// <param name="GoodShare">Share of those that could be evaluated that are as they should be, 0 to 1; null where none could.</param>
/// <param name="Rules">Version of the verdict rules.</param>
public sealed record ScoreboardCount(
    string Plan, Nature Attribute, int Indicators, int Verified, IReadOnlyDictionary<string, int> Verdicts, decimal? GoodShare, string Rules);

/// <summary><c>GET /v1/scoreboard</c> and its counts, for any day, on either base and either path.</summary>
public static class Scoreboard
{
    sealed record Ask(DateOnly On, BaseChoice Choice, PathMethod? Path, AsOf? AsOf);

    // What Read takes from the query.
    static readonly string[] asked = ["on", "for", "base", "path", "asOf"];

    static async Task<(Ask? Ask, Problem? Problem)> Read(HttpContext http, TimeProvider clock)
    {
        if (AsOf.DayAskedFor(http.Request.Query["on"], http.Request.Query["for"], out var on) is { } misasked) return (null, misasked);
        string? choice = http.Request.Query["base"], path = http.Request.Query["path"];
        BaseChoice chosen = default;
        PathMethod method = default;
        if (choice is not null && !Codes<BaseChoice>.ByCode.TryGetValue(choice, out chosen))
            return (null, Problem.Of(400, "unknown-code", new($"base 应为以下之一：{Codes<BaseChoice>.List}。", $"base must be one of: {Codes<BaseChoice>.List}.")));
        if (path is not null && !Codes<PathMethod>.ByCode.TryGetValue(path, out method))
            return (null, Problem.Of(400, "unknown-code", new($"path 应为以下之一：{Codes<PathMethod>.List}。", $"path must be one of: {Codes<PathMethod>.List}.")));
        var (asOf, unknown) = await AsOf.Read(http.Request.Query["asOf"], http);
        if (unknown is not null) return (null, unknown);
        // What was known by an instant is judged for its day, unless another is asked for.
        var day = ChinaTime.Day(asOf?.At ?? clock.GetUtcNow());
        return (new Ask(on ?? day, chosen, path is null ? null : method, asOf), null);
    }

    static async Task<List<(long Position, ScoreboardRow Row)>> Rows(
        NpgsqlDataSource database, Caller caller, HttpContext http, Ask ask, string? code, string? plan, string[]? planRef, CancellationToken cancel)
    {
        var (all, published) = await Known(database, caller.Tenant, ask.AsOf ?? AsOf.Latest, cancel);
        var (rules, english) = (VerdictRules.On(ask.On, published), Language.IsEnglish(http));
        var stale = await FeedStanding.Stale(database, caller.Tenant, ask.AsOf ?? AsOf.Latest, english, cancel);
        var sources = all.Where(one => one.History.Duty is not null).ToDictionary(one => one.Id, one => one.History.Duty!.Source);
        IReadOnlyList<StaleFeed>? Stale(string stream) => FeedStanding.Behind(stale, "indicators", stream, sources.GetValueOrDefault(stream, ""));
        return
        [
            .. RowsOf(all, rules, ask.On, ask.Choice, ask.Path, english)
                .Select(one => (one.Position, Row: one.Row with { Stale = Stale($"indicator/{caller.Tenant}/{one.Row.Code}") }))
                .Where(one => code is null || one.Row.Code == code)
                .Where(one => plan is null || one.Row.Plan == plan)
                .Where(one => planRef is not { Length: > 0 } ||
                    planRef.Any(prefix => one.Row.PlanRef.StartsWith(prefix, StringComparison.Ordinal))),
        ];
    }

    /// <summary>The indicators and the verdict rules, all versions, as they were known.</summary>
    internal static async Task<(IReadOnlyList<IndicatorStanding> All, IReadOnlyList<VerdictRules> Rules)> Known(
        NpgsqlDataSource database, string tenant, AsOf asOf, CancellationToken cancel)
    {
        var versions = await Reading.VersionsOf(database, tenant, [IndicatorStandings.View, VerdictRuleStandings.View], cancel);
        return (
            await StandingHistory.Read<IndicatorStanding>(database, tenant, IndicatorStandings.View, asOf, cancel, version: versions[0]),
            (await StandingHistory.Read<VerdictRuleStanding>(database, tenant, VerdictRuleStandings.View, asOf, cancel, version: versions[1]))
                .FirstOrDefault()?.Published ?? []);
    }

    /// <summary>The rows of a day in the order of the plan, each with the ledger position of its indicator's first event.</summary>
    internal static IEnumerable<(long Position, ScoreboardRow Row)> RowsOf(
        IEnumerable<IndicatorStanding> standings, VerdictRules rules, DateOnly on, BaseChoice choice, PathMethod? path, bool english)
    {
        var byCode = standings.Where(one => one.History.Definition is not null).ToDictionary(one => one.History.Definition!.Code);
        IReadOnlyList<Observation>? Reference(IndicatorHistory history) =>
            history.TargetYear is { } year && history.TargetOn(year, on)?.Reference is { } other && byCode.TryGetValue(other, out var found)
                ? found.History.Observations
                : null;
        return byCode.Values.OrderBy(one => one.FirstPosition)
            .Select(one => (one.FirstPosition, ScoreboardRow.Of(one, on, rules, choice, path, Reference(one.History), english)));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/scoreboard", async (
            string? code, string? plan, string[]? planRef, Caller caller, Page page, HttpContext http, NpgsqlDataSource database,
            TimeProvider clock, CancellationToken cancel) =>
        {
            var (ask, misasked) = await Read(http, clock);
            if (ask is null) return misasked!;
            var rows = await Rows(database, caller, http, ask, code, plan, planRef, cancel);
            var after = long.TryParse(page.After, out var position) ? position : 0;
            var shown = rows.Where(row => row.Position > after).Take(page.Limit).ToList();
            return (IResult)new Listing<ScoreboardRow>(
                [.. shown.Select(row => row.Row)], shown.Count == page.Limit ? $"{shown[^1].Position}" : null, rows.Count,
                await Doubts.Of(database, caller.Tenant, cancel, IndicatorStandings.View, VerdictRuleStandings.View));
        }).TakesQuery(asked).PagedBy<long>().RequireRight("evaluation:read").ProducesPage<ScoreboardRow>();

        routes.MapGet("/v1/scoreboard/counts", async (
            string? plan, string[]? planRef, Caller caller, HttpContext http, NpgsqlDataSource database, TimeProvider clock,
            CancellationToken cancel) =>
        {
            var (ask, misasked) = await Read(http, clock);
            if (ask is null) return misasked!;
            var rows = await Rows(database, caller, http, ask, null, plan, planRef, cancel);
            var counts = rows.Select(row => row.Row).GroupBy(row => (row.Plan, row.Attribute)).OrderBy(group => group.Key).Select(group =>
            {
                var severities = group.Select(row => Verdicts.Severity(row.Verdict)).OfType<int>().ToList();
                return new ScoreboardCount(
                    group.Key.Plan, group.Key.Attribute, group.Count(), group.Count(row => row.Latest?.Verified == true),
                    group.GroupBy(row => row.Verdict).OrderBy(same => same.Key)
                        .ToDictionary(same => Codes<Verdict>.ByValue[same.Key], same => same.Count()),
                    severities.Count == 0 ? null : Math.Round((decimal)severities.Count(severity => severity == 0) / severities.Count, 4), group.First().Rules);
            });
            return (IResult)new Listing<ScoreboardCount>(
                [.. counts], null, doubts: await Doubts.Of(database, caller.Tenant, cancel, IndicatorStandings.View, VerdictRuleStandings.View));
        }).TakesQuery(asked).RequireRight("evaluation:read").ProducesPage<ScoreboardCount>();
    }
}
