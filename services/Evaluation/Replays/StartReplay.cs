using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Has the ledger folded again: <c>POST /v1/replays</c>. It starts as a job and is answered 202; a repeated request under the same
/// <c>id</c> (query, UUIDv7) is the same replay.
/// </summary>
public static class StartReplay
{
    /// <summary>Replays of one county that may be waiting or running.</summary>
    const int OpenMax = 4;

    /// <summary>What is asked.</summary>
    /// <param name="AsOf">What was known then: a day, an instant or a position (<c>@12345</c>); null for the whole ledger.</param>
    /// <param name="Targets">
    /// The targets as they were known then, written like <paramref name="AsOf"/>; null for those of the same state of knowledge.
    /// </param>
    /// <param name="On">The day to judge; the day of <paramref name="AsOf"/> or today where none is given.</param>
    /// <param name="Base">Original or revised base.</param>
    /// <param name="Path">Linear or geometric; null for the indicator's own.</param>
    /// <param name="Rules">Version of the verdict rules; null for those in force on the day.</param>
    /// <param name="NearlyShare">Instead of the rules' own: the share of the path that counts as nearly on schedule, 0 to 1.</param>
    /// <param name="HardPaceRatio">Instead of the rules' own: from how many times the pace so far a target is hard to achieve.</param>
    /// <param name="HardEndProgress">Instead of the rules' own: below which projected progress a target is hard to achieve, 0 to 1.</param>
    public sealed record Command(
        string? AsOf = null, string? Targets = null, DateOnly? On = null, BaseChoice Base = BaseChoice.Original, PathMethod? Path = null,
        string? Rules = null, decimal? NearlyShare = null, decimal? HardPaceRatio = null, decimal? HardEndProgress = null)
    {
        /// <summary>Rules with the numbers asked for in place of their own; their version then bears a star.</summary>
        internal VerdictRules With(VerdictRules rules) => NearlyShare is null && HardPaceRatio is null && HardEndProgress is null
            ? rules
            : rules with
            {
                Version = rules.Version + "*",
                NearlyShare = NearlyShare ?? rules.NearlyShare,
                HardPaceRatio = HardPaceRatio ?? rules.HardPaceRatio,
                HardEndProgress = HardEndProgress ?? rules.HardEndProgress,
            };
    }

    public static Command Bind(Fields row) => new(
        row.TextOrNull("asOf", 64), row.TextOrNull("targets", 64), row.DayOrNull("on"), row.EnumOrNull<BaseChoice>("base") ?? default,
        row.EnumOrNull<PathMethod>("path"), row.TextOrNull("rules", 64), row.NumberOrNull("nearlyShare"), row.NumberOrNull("hardPaceRatio"),
        row.NumberOrNull("hardEndProgress"));

    /// <param name="Reached">Ledger position up to which every event is committed.</param>
    /// <param name="Published">Verdict rules published by now.</param>
    /// <param name="Open">How many replays are waiting or running.</param>
    internal sealed record Known(long Reached, IReadOnlyList<VerdictRules> Published, int Open);

    /// <summary>The replay to run, or why not.</summary>
    internal static (Replay? Replay, Refusal? Refusal) Decide(Guid id, Command command, Known known, Occasion occasion)
    {
        if (!AsOf.TryRead(command.AsOf, out var asOf)) return (null, NotOne("asOf"));
        if (!AsOf.TryRead(command.Targets, out var targets)) return (null, NotOne("targets"));
        if (asOf?.Position > known.Reached) return (null, Evaluation.AsOf.NotReached(known.Reached, "asOf"));
        if (targets?.Position > known.Reached) return (null, Evaluation.AsOf.NotReached(known.Reached, "targets"));
        var given = command.Rules == VerdictRules.Shipped.Version
            ? VerdictRules.Shipped
            : known.Published.LastOrDefault(rules => rules.Version == command.Rules);
        if (command.Rules is { } version && given is null)
            return (null, Refusal.Invalid(
                "rules-unknown", $"没有版本为 {version} 的判定规则。", $"There are no verdict rules of version {version}.", "rules"));
        if (command is { NearlyShare: < 0 or > 1 } or { HardPaceRatio: < 1 or > 100 } or { HardEndProgress: < 0 or > 1 })
            return (null, Refusal.Invalid("number-out-of-range", "基本达到比例（nearlyShare）、难以完成期末进度（hardEndProgress）应在 0 至 1 之间，难以完成速度倍数（hardPaceRatio）应在 1 至 100 之间。",
                "nearlyShare and hardEndProgress lie between 0 and 1, hardPaceRatio between 1 and 100."));
        if (known.Open >= OpenMax)
            return (null, Refusal.Conflict(
                "replays-too-many", $"已有 {OpenMax} 个重算任务未完成，请稍后再试。", $"{OpenMax} replays are open; wait for one to end."));
        var replay = new Replay
        {
            Id = id, Tenant = occasion.By.Tenant, By = occasion.By.Actor, AskedAt = occasion.Now, Asked = command,
            Scope = new(
                asOf?.Position ?? known.Reached, asOf?.At, targets is { } other ? other.Position ?? known.Reached : null, targets?.At),
            Given = given,
            On = command.On ?? (asOf?.At is { } at ? ChinaTime.Day(at) : occasion.Today),
        };
        return (replay, null);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/replays", async Task<IResult> (
        Guid? id, HttpRequest request, Caller caller, IDocumentStore store, NpgsqlDataSource database, ReplayRunner runner, TimeProvider clock,
        CancellationToken cancel) =>
    {
        var (command, problem) = await Import.ReadOne(request, Bind, null, cancel);
        if (command is null) return problem!;
        await using var session = store.LightweightSession(caller.Tenant);
        if (id is { } given && await session.LoadAsync<Replay>(given, cancel) is { } before)
            return Again(before, command);
        var (_, published) = await Scoreboard.Known(database, caller.Tenant, AsOf.Latest, cancel);
        var open = await session.Query<Replay>().CountAsync(one => !one.Ended, cancel);
        var (known, now) = (new Known(await Ledger.Mark(database, cancel), published, open), clock.GetUtcNow());
        var (replay, refusal) = Decide(id ?? Guid.CreateVersion7(now), command, known, new Occasion(now, caller));
        if (replay is null) return Problem.Of(refusal!);
        session.Insert(replay);
        try
        {
            await session.SaveChangesAsync(cancel);
        }
        catch (Exception e) when (Deciding.IsConflict(e))
        {
            // The same request came twice at once.
            return await ReplayReads.Load(store, caller, replay.Id, cancel) is { } first
                ? Again(first, command)
                : throw new InvalidOperationException("A replay's id is taken and nothing is there.", e);
        }

        runner.Wake();
        return Accepted(replay);
    }).Takes(Bind).Produces<Replay>(202).RequireRight("evaluation:read");

    static Refusal NotOne(string field) => Refusal.Invalid(
        "not-an-instant", $"{field} 应为日期、时间或账本位置，如 2023-07-31 或 @12345。",
        $"{field} must be a day, an instant or a ledger position, like 2023-07-31 or @12345.", field);

    static IResult Again(Replay before, Command command) => before.Asked == command
        ? Accepted(before)
        : Problem.Of(409, "replay-id-taken", new("此 id 已用于另一重算任务。", "That id is another replay's."));

    static IResult Accepted(Replay replay) => Results.Accepted($"/v1/replays/{replay.Id}", replay);
}
