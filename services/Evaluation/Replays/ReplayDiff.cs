using System.Text.Json.Nodes;
using JasperFx.Events;
using Marten;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>A row that a replay and today's views tell differently. Old is the replay's, new is today's.</summary>
/// <param name="View"><c>scoreboard</c> or <c>projects</c>.</param>
/// <param name="Code">Indicator or project.</param>
/// <param name="Name">Its Chinese name.</param>
/// <param name="How"><c>added</c> where only today has it, <c>removed</c> where only the replay has, else <c>changed</c>.</param>
/// <param name="Fields">What differs. That the verdict rules have another name is no difference.</param>
/// <param name="ByRules">What of it other verdict rules alone account for.</param>
/// <param name="Causes">Why, event by event: the events that the replay did not take, in the order of the ledger; at most 200.</param>
/// <param name="Events">How many such events there are.</param>
public sealed record ReplayDifference(
    string View, string Code, string Name, string How, IReadOnlyList<Compare.Difference> Fields, IReadOnlyList<Compare.Difference> ByRules,
    IReadOnlyList<ReplayCause> Causes, int Events);

/// <summary>An event that today's views know and the replay does not.</summary>
/// <param name="Cause">Stable code.</param>
/// <param name="CauseName">The same in words.</param>
/// <param name="Fields">What the row becomes by it, once the events before it are known; empty where it changes nothing in it.</param>
/// <param name="Entry">The event as the audit trail has it.</param>
public sealed record ReplayCause(string Cause, string CauseName, IReadOnlyList<Compare.Difference> Fields, AuditTrail Entry);

/// <summary><c>GET /v1/replays/{id}/diff</c>: what a replay says differently from today's views, and why.</summary>
public static class ReplayDiff
{
    const int CausesMax = 200;

    sealed record Changed(string View, string Code, string Name, JsonNode? Old, JsonNode? New, string[] Streams, IndicatorHistory? History);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/replays/{id:guid}/diff", async Task<IResult> (
        Guid id, Caller caller, HttpContext http, IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel) =>
    {
        if (await ReplayReads.Load(store, caller, id, cancel) is not { } replay) return ReplayReads.Unknown;
        await using var session = store.QuerySession(caller.Tenant);
        if (await session.LoadAsync<ReplayResult>(id, cancel) is not { } result) return ReplayReads.NotDone;
        var (standings, published) = await Scoreboard.Known(database, caller.Tenant, AsOf.Latest, cancel);
        var rules = VerdictRules.On(replay.On, published);
        var projects = await StandingHistory.Read<ProjectStanding>(database, caller.Tenant, ProjectStandings.View, AsOf.Latest, cancel);
        Changed[] changed =
        [
            .. Indicators(replay, result, standings, rules).Concat(Projects(result, projects))
                .Where(one => !JsonNode.DeepEquals(one.Old, one.New)),
        ];
        var streams = changed.SelectMany(one => one.Streams).Distinct().ToArray();
        var events = (await session.Events.QueryAllRawEvents().Where(e => e.StreamKey.IsOneOf(streams))
                .OrderBy(e => e.Sequence).ToListAsync(cancel))
            .Where(Fold.Knows).ToLookup(e => e.StreamKey!);
        ReplayDifference[] differences = [.. changed.Select(one => Explain(replay, one, rules, events, Language.IsEnglish(http)))];
        return new Listing<ReplayDifference>(differences, null, differences.Length);
    }).RequireRight("evaluation:read").ProducesPage<ReplayDifference>();

    static IEnumerable<Changed> Indicators(Replay replay, ReplayResult result, IReadOnlyList<IndicatorStanding> standings, VerdictRules rules)
    {
        var byCode = standings.Where(one => one.History.Definition is not null).ToDictionary(one => one.History.Definition!.Code);
        var then = result.Scoreboard.ToDictionary(row => row.Code);
        var now = Scoreboard.RowsOf(standings, rules, replay.On, replay.Asked.Base, replay.Asked.Path, false)
            .ToDictionary(one => one.Row.Code, one => one.Row);
        foreach (var code in then.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            var (old, known) = (then.GetValueOrDefault(code), now.GetValueOrDefault(code));
            string[] codes = [code, .. new[] { old?.Target?.Reference, known?.Target?.Reference }.OfType<string>()];
            yield return new(
                "scoreboard", code, (known ?? old)!.Name, Row(old), Row(known),
                [.. codes.Select(one => $"indicator/{replay.Tenant}/{one}").Distinct()], byCode.GetValueOrDefault(code)?.History);
        }
    }

    static IEnumerable<Changed> Projects(ReplayResult result, IReadOnlyList<ProjectStanding> today)
    {
        var (then, now) = (result.Projects.ToDictionary(one => one.Code), today.ToDictionary(one => one.Code));
        foreach (var code in then.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            var (old, known) = (then.GetValueOrDefault(code), now.GetValueOrDefault(code));
            yield return new("projects", code, (known ?? old)!.Name, Row(old), Row(known), [(known ?? old)!.Id], null);
        }
    }

    // Where a value stands in the ledger, and when something was last heard of, are no figures.
    static JsonNode? Row(ScoreboardRow? row) => row is null
        ? null
        : Compare.Node(row with
        {
            Rules = "", Latest = row.Latest is { } latest ? latest with { Position = null, RecordedAt = null } : null,
        });

    static JsonNode? Row(ProjectStanding? one) => one is null ? null : Compare.Node(one with { UpdatedAt = default, Position = 0 });

    static ReplayDifference Explain(Replay replay, Changed one, VerdictRules rules, ILookup<string, IEvent> events, bool english)
    {
        JsonNode? Now(Fold fold) => one.View == "projects"
            ? Row(fold.Projects.SingleOrDefault(project => project.Code == one.Code))
            : Row(fold.Scoreboard(replay.On, rules, replay.Asked.Base, replay.Asked.Path).SingleOrDefault(row => row.Code == one.Code));
        var all = one.Streams.SelectMany(stream => events[stream]).OrderBy(e => e.Sequence).ToList();
        var taken = all.Where(replay.Scope.Takes).ToList();
        var unknown = all.Where(e => !replay.Scope.Takes(e)).ToList();
        var fold = Folded(replay.Tenant, taken);
        var before = Now(fold);
        var byRules = Compare.Fields(one.Old, before).ToList();
        var causes = new List<ReplayCause>();
        foreach (var e in unknown.Take(CausesMax))
        {
            taken.Add(e);
            if (e.Sequence > fold.Position) fold.Take(e);
            else fold = Folded(replay.Tenant, taken.OrderBy(known => known.Sequence));
            var after = Now(fold);
            var because = Compare.Of(e, one.History, english);
            causes.Add(new(because.Cause, because.CauseName, [.. Compare.Fields(before, after)], because.Entry));
            before = after;
        }

        return new(
            one.View, one.Code, one.Name, one.Old is null ? "added" : one.New is null ? "removed" : "changed",
            [.. Compare.Fields(one.Old, one.New)], byRules, causes, unknown.Count);
    }

    static Fold Folded(string tenant, IEnumerable<IEvent> events)
    {
        var fold = new Fold(tenant);
        foreach (var e in events) fold.Take(e);
        return fold;
    }
}
