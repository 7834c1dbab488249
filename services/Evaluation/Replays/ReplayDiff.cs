using System.Text.Json;
using System.Text.Json.Nodes;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Evaluation;

/// <summary>A figure that a replay and today's views tell differently.</summary>
/// <param name="Stream">Stream of the indicator or project.</param>
/// <param name="Field">The figure's name; null where the whole row is in one of them only.</param>
/// <param name="Replayed">What the replay says.</param>
/// <param name="Today">What today's views say.</param>
/// <param name="Causes"><c>later-events</c>, <c>other-rules</c>; <c>other-indicator</c> where it follows from what another shows.</param>
/// <param name="Events">Events of the stream that the replay did not read.</param>
public sealed record ReplayDifference(
    string Stream, string? Field, JsonNode? Replayed, JsonNode? Today, IReadOnlyList<string> Causes, IReadOnlyList<ReplayEvent> Events);

/// <summary>An event that makes a difference.</summary>
/// <param name="Position">Ledger position.</param>
/// <param name="Type">e.g. <c>indicators.value-revised.v1</c>.</param>
/// <param name="RecordedAt">When the source recorded it, UTC.</param>
/// <param name="Id">Event id.</param>
public sealed record ReplayEvent(long Position, string Type, DateTimeOffset RecordedAt, Guid Id);

/// <summary><c>GET /v1/replays/{id}/diff</c>: what a replay says differently from today's views, and why.</summary>
public static class ReplayDiff
{
    const int EventsMax = 200;

    /// <summary>What differs, in the order of the stream keys and names. That the rules have another name is said by the causes.</summary>
    internal static IEnumerable<(string Stream, string? Field, JsonNode? Replayed, JsonNode? Today)> Compare(
        IReadOnlyDictionary<string, JsonObject> replayed, IReadOnlyDictionary<string, JsonObject> today)
    {
        foreach (var stream in replayed.Keys.Union(today.Keys).Order(StringComparer.Ordinal))
        {
            var (then, now) = (replayed.GetValueOrDefault(stream), today.GetValueOrDefault(stream));
            if (then is null || now is null)
            {
                yield return (stream, null, then, now);
                continue;
            }

            foreach (var field in then.Select(one => one.Key).Union(now.Select(one => one.Key)).Where(name => name != "rules").Order(StringComparer.Ordinal))
                if (!JsonNode.DeepEquals(then[field], now[field])) yield return (stream, field, then[field], now[field]);
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/replays/{id:guid}/diff", async Task<IResult> (
        Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        if (await ReplayReads.Load(store, caller, id, cancel) is not { } replay) return ReplayReads.Unknown;
        await using var session = store.QuerySession(caller.Tenant);
        if (await session.LoadAsync<ReplayResult>(id, cancel) is not { } result) return ReplayReads.NotDone;
        var (standings, published) = await Scoreboard.Today(store, caller, cancel);
        var rules = VerdictRules.On(replay.On, published?.Published ?? []);
        var rows = Scoreboard.RowsOf(standings, rules, replay.On, replay.Asked.Base, replay.Asked.Path, false).Select(one => one.Row);
        var projects = await session.Query<ProjectStanding>().ToListAsync(cancel);
        var unread = new Dictionary<string, IReadOnlyList<ReplayEvent>>();
        var differences = new List<ReplayDifference>();
        foreach (var (stream, field, then, now) in Compare(
            ByStream(caller, result.Scoreboard, result.Projects), ByStream(caller, rows, projects)))
        {
            if (!unread.TryGetValue(stream, out var events)) events = unread[stream] = await Unread(session, stream, replay, cancel);
            string[] causes = [.. events.Count > 0 ? ["later-events"] : Array.Empty<string>(), .. rules != replay.Rules ? ["other-rules"] : Array.Empty<string>()];
            differences.Add(new(stream, field, then?.DeepClone(), now?.DeepClone(), causes.Length > 0 ? causes : ["other-indicator"], events));
        }

        return new Listing<ReplayDifference>(differences, null, differences.Count);
    }).RequireRight("evaluation:read").Produces<ReplayDifference[]>();

    static Dictionary<string, JsonObject> ByStream(Caller caller, IEnumerable<ScoreboardRow> rows, IEnumerable<ProjectStanding> projects) =>
        rows.Select(row => ($"indicator/{caller.Tenant}/{row.Code}", Json(row))).Concat(projects.Select(one => (one.Id, Json(one))))
            .ToDictionary(one => one.Item1, one => one.Item2);

    static JsonObject Json<T>(T value) => JsonSerializer.SerializeToNode(value, EventJson.Options)!.AsObject();

    static async Task<IReadOnlyList<ReplayEvent>> Unread(IQuerySession session, string stream, Replay replay, CancellationToken cancel)
    {
        var (upTo, by) = (replay.UpTo, replay.RecordedBy ?? DateTimeOffset.MaxValue);
        var events = await session.Events.QueryAllRawEvents()
            .Where(e => e.StreamKey == stream && (e.Sequence > upTo || e.Timestamp > by)).OrderBy(e => e.Sequence).Take(EventsMax).ToListAsync(cancel);
        return [.. events.Select(e => new ReplayEvent(e.Sequence, e.EventTypeName, e.Timestamp, e.Id))];
    }
}
