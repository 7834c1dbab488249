using System.Security.Cryptography;
using System.Text.Json;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Evaluation.Log;

namespace Monitoring.Evaluation;

/// <summary>Where a replay is.</summary>
public enum ReplayState { Queued, Running, Done, Cancelled, Failed }

/// <summary>
/// One folding of the ledger anew: what was asked, how far it is, and what it came to. It is a calculation and no fact, so it is a
/// document of Evaluation and not an event of the ledger that it reads.
/// </summary>
public sealed record Replay
{
    public Guid Id { get; init; }

    /// <summary>County.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Who asked: <c>{department}/{subject}</c>.</summary>
    public string By { get; init; } = "";

    /// <summary>UTC.</summary>
    public DateTimeOffset AskedAt { get; init; }

    public StartReplay.Command Asked { get; init; } = new();

    /// <summary>What is folded, fixed when it was asked, so that what arrives later changes nothing.</summary>
    public FoldScope Scope { get; init; } = new(0);

    /// <summary>The verdict rules that were asked for; null for those that the fold finds in force on the day.</summary>
    public VerdictRules? Given { get; init; }

    /// <summary>The day judged.</summary>
    public DateOnly On { get; init; }

    public ReplayState State { get; init; }

    /// <summary>True when nothing more will happen.</summary>
    public bool Ended { get; init; }

    /// <summary>Ledger position reached.</summary>
    public long Position { get; init; }

    /// <summary>Events of the views folded so far.</summary>
    public long Events { get; init; }

    /// <summary>The position it last went on from after an interruption; null where there was none.</summary>
    public long? ResumedFrom { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The verdict rules that were applied.</summary>
    public VerdictRules? Rules { get; init; }

    /// <summary>
    /// SHA-256 over the canonical JSON (RFC 8785) of the county, the scope, the rules and the result, lower-case hexadecimal.
    /// </summary>
    public string? Digest { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Why { get; init; }

    internal static void Configure(StoreOptions store)
    {
        store.Schema.For<Replay>();
        store.Schema.For<ReplayResult>();
        store.Schema.For<ReplayCheckpoint>();
        store.Schema.For<ReplayCancellation>();
    }
}

/// <summary>What a replay came to: the scoreboard of its day, in Chinese, and the projects.</summary>
public sealed record ReplayResult
{
    public Guid Id { get; init; }

    public IReadOnlyList<ScoreboardRow> Scoreboard { get; init; } = [];

    public IReadOnlyList<ProjectStanding> Projects { get; init; } = [];

    /// <summary>The result of a fold under what was asked, with the rules that it was judged by and its digest.</summary>
    internal static (ReplayResult Result, VerdictRules Rules, string Digest) Of(Replay replay, Fold fold)
    {
        var asked = replay.Asked;
        var rules = asked.With(replay.Given ?? VerdictRules.On(replay.On, fold.Rules));
        var result = new ReplayResult
        {
            Id = replay.Id,
            Scoreboard = fold.Scoreboard(replay.On, rules, asked.Base, asked.Path),
            Projects = [.. fold.Projects],
        };
        var folded = JsonSerializer.SerializeToElement(
            new
            {
                county = replay.Tenant, replay.Scope, replay.On, asked.Base, asked.Path, rules, fold.Events, result.Scoreboard, result.Projects,
            },
            EventJson.Options);
        return (result, rules, Convert.ToHexStringLower(SHA256.HashData(Canonical.Of(folded))));
    }
}

/// <summary>Where an interrupted replay goes on from.</summary>
public sealed record ReplayCheckpoint
{
    public Guid Id { get; init; }

    public FoldState State { get; init; } = new(0, 0, [], [], null);
}

/// <summary>That somebody asked a replay to stop; apart from it, since another instance may be writing that.</summary>
public sealed record ReplayCancellation
{
    public Guid Id { get; init; }

    public string By { get; init; } = "";

    /// <summary>UTC.</summary>
    public DateTimeOffset At { get; init; }
}
