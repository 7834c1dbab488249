using System.Text.Json;
using System.Text.Json.Nodes;
using JasperFx.Events;
using Marten;
using Microsoft.AspNetCore.Mvc;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Evaluation.Reviews;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Two states of knowledge side by side: every figure that changed, also those that are gone, with the old and the new, why, and the
/// events behind it; and from one figure down to every fact that it rests on.
/// </summary>
public static class Compare
{
    /// <summary>One field that differs.</summary>
    /// <param name="Field">Its name in the view, with points for what is inside.</param>
    /// <param name="Old">What was known first; absent where nothing was.</param>
    /// <param name="New">What was known then.</param>
    public sealed record Difference(string Field, JsonNode? Old, JsonNode? New);

    /// <summary>An event that makes a difference.</summary>
    /// <param name="Cause">Stable code.</param>
    /// <param name="CauseName">The same in words.</param>
    /// <param name="Entry">The event as the audit trail has it.</param>
    public sealed record Because(string Cause, string CauseName, AuditTrail Entry);

    /// <summary>A row that differs.</summary>
    /// <param name="Code">Indicator or project; of a verdict <c>review/indicator</c>.</param>
    /// <param name="Name">Its Chinese name; of a verdict the title of the review.</param>
    /// <param name="How"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
    /// <param name="Fields">What differs.</param>
    /// <param name="Causes">Why, in the order of the ledger.</param>
    public sealed record Change(string Code, string Name, string How, IReadOnlyList<Difference> Fields, IReadOnlyList<Because> Causes);

    /// <summary>One figure with everything beneath it.</summary>
    /// <param name="Row">The row of the view.</param>
    /// <param name="Facts">What it rests on, in the order of the ledger.</param>
    /// <param name="Assessments">Where a value was taken from the environment's figures: the year's assessment that it cites.</param>
    /// <param name="Days">The days that the assessments rest on.</param>
    public sealed record Drilled(object Row, IReadOnlyList<Because> Facts, IReadOnlyList<AuditTrail> Assessments, IReadOnlyList<AuditTrail> Days);

    static (string Code, string Zh, string En) CauseOf(IEvent e, IndicatorHistory? history) => e.Data switch
    {
        ValueReported reported => IsLate(reported, e, history) ? ("late-report", "迟报", "late report") : ("reported", "报送", "reported"),
        ValueRevised { ReasonCode: { } reason } => ($"revised-{Codes<RevisionReason>.ByValue[reason].Replace('_', '-')}", "修订", "revised"),
        ValueRevised => ("correction", "更正", "correction"),
        VintageAdded => ("earlier-vintage", "补报较早版本", "earlier vintage"),
        ValueWithdrawn => ("withdrawn", "撤销", "withdrawn"),
        ValueConfirmed => ("confirmed", "确认", "confirmed"),
        ValueVerified => ("verified", "审核", "verified"),
        TargetAdjusted => ("target-adjusted", "目标调整", "target adjusted"),
        TargetHandedDown => ("target-handed-down", "上级下达目标", "target handed down"),
        TargetAttested => ("target-attested", "书面认定", "target attested"),
        TargetSet => ("target-set", "设定目标", "target set"),
        VerdictRulesPublished => ("rule-change", "评价规则变更", "rules changed"),
        IndicatorDefined => ("definition", "定义变更", "definition"),
        AttributeSet => ("attribute-set", "属性认定", "attribute set"),
        DutyAssigned => ("duty-assigned", "责任分工", "duty assigned"),
        StageAdvanced => ("stage", "进入新阶段", "stage"),
        StageCorrected or InvestmentRevised => ("correction", "更正", "correction"),
        ProjectReinstated => ("reinstated", "恢复", "reinstated"),
        InvestmentReported => ("reported", "报送", "reported"),
        LampChanged => ("lamp", "亮灯变化", "lamp"),
        FiguresFrozen => ("figures-frozen", "数据锁定", "figures frozen"),
        VerdictDecided decided when decided.Verdict != decided.Proposed => ("overruled", "改评", "overruled"),
        VerdictDecided => ("verdict-confirmed", "确认判定建议", "verdict confirmed"),
        _ => ("described", "登记信息", "described"),
    };

    static bool IsLate(ValueReported reported, IEvent e, IndicatorHistory? history) => history?.Duty is { DueDays: var days } &&
        Period.TryParse(reported.Period, out var period) && ChinaTime.Day(e.Timestamp) > period.Last.AddDays(days);

    internal static Because Of(IEvent e, IndicatorHistory? history, bool english)
    {
        var (code, zh, en) = CauseOf(e, history);
        return new(code, english ? en : zh, AuditTrail.Of(e));
    }

    internal static IEnumerable<Difference> Fields(JsonNode? old, JsonNode? now, string name = "")
    {
        if (JsonNode.DeepEquals(old, now)) yield break;
        if (old is JsonObject before && now is JsonObject after)
        {
            foreach (var field in before.Select(one => one.Key).Union(after.Select(one => one.Key)))
            foreach (var difference in Fields(before[field], after[field], name.Length == 0 ? field : $"{name}.{field}"))
                yield return difference;
        }
        else
        {
            yield return new(name, old?.DeepClone(), now?.DeepClone());
        }
    }

    sealed record Known(string Stream, string Name, JsonNode Row, IndicatorHistory? History, string? Reference);

    static async Task<Dictionary<string, Known>> Read(
        IDocumentStore store, NpgsqlDataSource database, string tenant, string view, AsOf asOf, DateOnly on, bool english, CancellationToken cancel)
    {
        if (view == "verdicts") return await Decided(store, tenant, asOf, cancel);
        if (view == "projects")
            return (await StandingHistory.Read<ProjectStanding>(database, tenant, ProjectStandings.View, asOf, cancel)).ToDictionary(
                // When it was last heard of is no figure.
                one => one.Code, one => new Known(one.Id, one.Name, Node(one with { UpdatedAt = default, Position = 0 }), null, null));
        var (standings, rules) = await Scoreboard.Known(database, tenant, asOf, cancel);
        var byCode = standings.Where(one => one.History.Definition is not null).ToDictionary(one => one.History.Definition!.Code);
        return Scoreboard.RowsOf(standings, VerdictRules.On(on, rules), on, BaseChoice.Original, null, english).ToDictionary(
            one => one.Row.Code, one => new Known(
                byCode[one.Row.Code].Id, one.Row.Name,
                Node(one.Row with { Latest = one.Row.Latest is { } latest ? latest with { Position = null, RecordedAt = null } : null }),
                byCode[one.Row.Code].History, one.Row.Target?.Reference));
    }

    /// <summary>The verdict on an indicator in a review.</summary>
    /// <param name="Proposed">By rule.</param>
    /// <param name="Verdict">By a person; null while nobody has decided on what is proposed.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    sealed record Judged(Verdict Proposed, Verdict? Verdict, string? Reason, string? Document);

    static async Task<Dictionary<string, Known>> Decided(IDocumentStore store, string tenant, AsOf asOf, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        return (
            from known in await Review.All(session, cancel, asOf)
            let review = known.Review
            from proposal in review.Frozen?.Proposals ?? []
            let decided = review.IsDecided(proposal) ? review.Decided[proposal.Indicator] : null
            select (Code: $"{review.Opened!.Review}/{proposal.Indicator}", Known: new Known(
                Review.Stream(tenant, review.Opened.Review), review.Opened.Title,
                Node(new Judged(proposal.Verdict, decided?.Verdict, decided?.Reason, decided?.Document)), null, null)))
            .ToDictionary(one => one.Code, one => one.Known);
    }

    // The stream of a review speaks of all its indicators, any other of one thing only.
    static bool Concerns(IEvent e, string code) => e.Data switch
    {
        VerdictDecided decided => code == $"{decided.Review}/{decided.Indicator}",
        FiguresFrozen => true,
        _ => !Review.Events.Contains(e.EventType),
    };

    internal static JsonNode Node(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), EventJson.Options)!;

    static async Task<IReadOnlyList<Change>> Between(
        IDocumentStore store, NpgsqlDataSource database, string tenant, string view, AsOf from, AsOf to, DateOnly on, bool english, CancellationToken cancel)
    {
        var before = await Read(store, database, tenant, view, from, on, english, cancel);
        var after = await Read(store, database, tenant, view, to, on, english, cancel);
        var changed = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Select(code => (Code: code, Old: before.GetValueOrDefault(code), New: after.GetValueOrDefault(code)))
            .Select(one => (one.Code, one.Old, one.New, Fields: Fields(one.Old?.Row, one.New?.Row).ToList()))
            .Where(one => one.Fields.Count > 0).ToList();
        if (changed.Count == 0) return [];

        string StreamOf(string code) => (after.GetValueOrDefault(code) ?? before[code]).Stream;
        IEnumerable<string> Streams(Known known) =>
            known.Reference is { } reference && (after.ContainsKey(reference) || before.ContainsKey(reference)) ? [known.Stream, StreamOf(reference)] : [known.Stream];
        var streams = changed.SelectMany(one => Streams((one.New ?? one.Old)!)).Append($"verdict-rules/{tenant}").Distinct().ToArray();
        await using var session = store.QuerySession(tenant);
        var found = AsOf.Between(session.Events.QueryAllRawEvents(), from, to).Where(e => e.StreamKey.IsOneOf(streams));
        var between = (await found.OrderBy(e => e.Sequence).ToListAsync(cancel)).ToLookup(e => e.StreamKey!);
        return
        [
            .. changed.Select(one =>
            {
                var known = (one.New ?? one.Old)!;
                var rules = one.Fields.Exists(field => field.Field == "rules") ? between[$"verdict-rules/{tenant}"] : [];
                return new Change(
                    one.Code, known.Name, one.Old is null ? "added" : one.New is null ? "removed" : "changed", one.Fields,
                    [
                        .. Streams(known).SelectMany(stream => between[stream]).Concat(rules).Where(e => Concerns(e, one.Code))
                            .OrderBy(e => e.Sequence).Select(e => Of(e, known.History, english)),
                    ]);
            }),
        ];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/compare", async (
            string? view, string? from, string? to, string? on, [FromQuery(Name = "for")] string? period, Caller caller, HttpContext http, IDocumentStore store, NpgsqlDataSource database,
            TimeProvider clock, CancellationToken cancel) =>
        {
            if (view is not (null or "scoreboard" or "projects" or "verdicts"))
                return Problem.Of(
                    400, "unknown-code", new("view 应为以下之一：scoreboard, projects, verdicts。", "view must be one of: scoreboard, projects, verdicts."));
            var (old, badFrom) = await AsOf.Read(from, http);
            if (badFrom is not null) return badFrom;
            var (now, badTo) = await AsOf.Read(to, http);
            if (badTo is not null) return badTo;
            if (old is not { } since)
                return Problem.Of(400, "missing", new("请给出 from。", "Give from."));
            if (AsOf.DayAskedFor(on, period, out var day) is { } misasked) return misasked;
            var until = now ?? new AsOf(clock.GetUtcNow(), null);
            var changes = await Between(
                store, database, caller.Tenant, view ?? "scoreboard", since, until, day ?? ChinaTime.Day(until.At ?? clock.GetUtcNow()), Language.IsEnglish(http), cancel);
            return (IResult)new Listing<Change>(changes, null, changes.Count);
        }).RequireRight("evaluation:read").ProducesPage<Change>();

        routes.MapGet("/v1/drill/{view}/{code}", async (
            string view, string code, string? asOf, string? on, [FromQuery(Name = "for")] string? period, Caller caller, HttpContext http, IDocumentStore store, NpgsqlDataSource database,
            TimeProvider clock, CancellationToken cancel) =>
        {
            var (asked, unknown) = await AsOf.Read(asOf, http);
            if (unknown is not null) return unknown;
            if (AsOf.DayAskedFor(on, period, out var day) is { } misasked) return misasked;
            var (known, english) = (asked ?? new AsOf(clock.GetUtcNow(), null), Language.IsEnglish(http));
            var rows = view is "scoreboard" or "projects"
                ? await Read(store, database, caller.Tenant, view, known, day ?? ChinaTime.Day(known.At ?? clock.GetUtcNow()), english, cancel)
                : [];
            if (!rows.TryGetValue(code, out var row)) return Problem.Of(404, "figure-unknown", new("没有此项。", "There is no such row."));
            await using var session = store.QuerySession(caller.Tenant);
            var facts = await known.Of(session.Events.QueryAllRawEvents()).Where(e => e.StreamKey == row.Stream)
                .OrderBy(e => e.Sequence).ToListAsync(cancel);
            var (assessments, days) = await Beneath(session, facts, known, cancel);
            return (IResult)Results.Ok(new Drilled(
                row.Row, [.. facts.Select(e => Of(e, row.History, english))], [.. assessments.Select(AuditTrail.Of)], [.. days.Select(AuditTrail.Of)]));
        }).RequireRight("evaluation:read").Produces<Drilled>();
    }

    /// <summary>The year's assessments that values cite, and the days that these rest on.</summary>
    static async Task<(IReadOnlyList<IEvent> Years, IReadOnlyList<IEvent> Days)> Beneath(
        IQuerySession session, IReadOnlyList<IEvent> facts, AsOf known, CancellationToken cancel)
    {
        var cited = facts.Select(e => e.Data switch { ValueReported one => one.Document, ValueRevised one => one.Document, _ => null })
            .OfType<string>().Where(document => document.StartsWith("environment.year-assessed ", StringComparison.Ordinal)).ToHashSet();
        if (cited.Count == 0) return ([], []);
        var (yearType, dayType) = (EventTypes.NameOf(typeof(YearAssessed)), EventTypes.NameOf(typeof(DayAssessed)));
        var years = (await session.Events.QueryAllRawEvents().Where(e => e.EventTypeName == yearType).OrderBy(e => e.Sequence).ToListAsync(cancel))
            .Where(e => e.Data is YearAssessed year && cited.Contains($"environment.year-assessed {year.Subject}/{year.Year} r{year.Revision}")).ToList();
        var of = years.Select(e => ((YearAssessed)e.Data).Year).ToHashSet();
        var subjects = years.Select(e => ((YearAssessed)e.Data).Subject).ToHashSet();
        var days = (await known.Of(session.Events.QueryAllRawEvents()).Where(e => e.EventTypeName == dayType).OrderBy(e => e.Sequence).ToListAsync(cancel))
            .Where(e => e.Data is DayAssessed day && of.Contains(day.Day.Year) && subjects.Contains(day.Subject))
            .GroupBy(e => (((DayAssessed)e.Data).Subject, ((DayAssessed)e.Data).Day)).Select(same => same.Last()).ToList();
        return (years, days);
    }
}
