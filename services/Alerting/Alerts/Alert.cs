using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>How far an alert has come.</summary>
public enum AlertState
{
    /// <summary>待签收.</summary>
    [Called("待签收")]
    Open,

    /// <summary>办理中.</summary>
    [Called("办理中")]
    Acknowledged,

    /// <summary>已办结.</summary>
    [Called("已办结")]
    Resolved,
}

/// <summary>
/// One risk from first sight to its end, and again when it comes back. Folded from the stream <c>alert/{tenant}/{id}</c>.
/// </summary>
public sealed record Alert : IState<Alert>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>See <see cref="IdOf"/>; empty in a stream that has not begun.</summary>
    public Guid AlertId { get; init; }

    public AlertKind Kind { get; init; }

    /// <summary>The kind as it is stored, to be asked for: the store does not know how we write enumerations.</summary>
    public string KindCode => Codes<AlertKind>.ByValue[Kind];

    public AlertState State { get; init; }

    public Severity Severity { get; init; }

    /// <summary>Village, township or county.</summary>
    public string Area { get; init; } = "";

    /// <summary>Who answers for it now.</summary>
    public Level Level { get; init; }

    public string? Department { get; init; }

    /// <summary>Whom it was handed to.</summary>
    public string? AssignedTo { get; init; }

    public string Subject { get; init; } = "";

    /// <summary>The cause that came first; a route that groups by cause puts it there.</summary>
    public RiskCause? Cause { get; init; }

    /// <summary>All causes, in the order in which they came; empty in alerts from before there were several.</summary>
    public RiskCause[] Causes { get; init; } = [];

    public string Title { get; init; } = "";

    public string TitleEn { get; init; } = "";

    /// <summary>What it is called on the telephone, e.g. <c>预警-2026-0042</c>.</summary>
    public string? Number { get; init; }

    /// <summary>The step of the case that is due next, as far as one is.</summary>
    public CaseAction? Next { get; init; }

    /// <summary>Last day of that step.</summary>
    public DateOnly? DueOn { get; init; }

    /// <summary>Version and code of the source's rule that found it.</summary>
    public string? Rule { get; init; }

    /// <summary>Version of the routes when it was raised.</summary>
    public string Routes { get; init; } = "";

    /// <summary>When it was raised, or reopened last, UTC.</summary>
    public DateTimeOffset RaisedAt { get; init; }

    /// <summary>The day from which the present level's limits count.</summary>
    public DateOnly LevelSince { get; init; }

    /// <summary>The day from which the days to sign for it count, where it was signed for and came up again since.</summary>
    public DateOnly? NewsOn { get; init; }

    /// <summary>When it was acknowledged at the present level, UTC.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>When it was acknowledged first since it was raised, at whatever level, UTC.</summary>
    public DateTimeOffset? FirstAcknowledgedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>Whether it was true, once it is over.</summary>
    public bool? WasTrue { get; init; }

    /// <summary>The fact that ended it.</summary>
    public Ending? Ending { get; init; }

    /// <summary>Why people ended it.</summary>
    public string? EndReason { get; init; }

    /// <summary>The end that somebody proposed and a second person has not agreed to yet.</summary>
    public ClosureProposed? Proposed { get; init; }

    /// <summary>How often the same risk was seen again.</summary>
    public int Joined { get; init; }

    /// <summary>How often of these it was news.</summary>
    public int News { get; init; }

    /// <summary>What was news of it last.</summary>
    public AlertNews? LastNews { get; init; }

    /// <summary>How often it was reopened.</summary>
    public int Reopened { get; init; }

    /// <summary>How many times it went up a level since it was raised.</summary>
    public int Escalated { get; init; }

    /// <summary>Of each source stream the version of the last event taken.</summary>
    public ImmutableDictionary<string, long> Taken { get; init; } = ImmutableDictionary<string, long>.Empty;

    public DateTimeOffset UpdatedAt { get; init; }

    internal bool Exists => AlertId != Guid.Empty;

    internal bool IsOpen => Exists && State != AlertState.Resolved;

    internal IReadOnlyList<RiskCause> AllCauses => Causes.Length > 0 ? Causes : Cause is { } only ? [only] : [];

    /// <summary>The day from which the days to sign for it count.</summary>
    internal DateOnly SignFrom => NewsOn is { } news && news > LevelSince ? news : LevelSince;

    /// <summary>
    /// The alert about a subject: the same for the same county, kind and subject, so that whatever is said of it again finds it without
    /// asking. A UUID of version 8 (RFC 9562 §5.8) from SHA-256.
    /// </summary>
    public static Guid IdOf(string tenant, AlertKind kind, string subject)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}/{Codes<AlertKind>.ByValue[kind]}/{subject}"));
        (hash[6], hash[8]) = ((byte)((hash[6] & 0x0F) | 0x80), (byte)((hash[8] & 0x3F) | 0x80));
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    internal static string Stream(string tenant, Guid id) => $"alert/{tenant}/{id}";

    public Alert Evolve(object happened)
    {
        var stamped = (Stamped)happened;
        return Fold(stamped.Data, stamped.At) with { UpdatedAt = stamped.At };
    }

    Alert Fold(object data, DateTimeOffset at) => data switch
    {
        AlertRaised e => this with
        {
            AlertId = e.AlertId, Kind = e.Kind, Severity = e.Severity, Area = e.Area, Level = e.Level, Department = e.Department,
            Subject = e.Subject, Cause = e.Cause, Title = e.Title, TitleEn = e.TitleEn, Routes = e.Routes, Rule = e.Rule, RaisedAt = at,
            LevelSince = e.On, Taken = With(e.From), Causes = e.Cause is { } cause ? [cause] : [], Number = e.Number, Next = e.Next,
            DueOn = e.DueOn,
        },
        AlertJoined e => Told(e) with
        {
            Severity = e.Severity, Title = e.Title, TitleEn = e.TitleEn, Joined = Joined + 1, Taken = With(e.From),
            Causes = e.Causes ?? Causes,
        },
        AlertMoved e => AsNew(e.On) with { Area = e.To, Title = e.Title, TitleEn = e.TitleEn, Taken = With(e.Source) },
        AlertAcknowledged e => this with
        {
            State = AlertState.Acknowledged, AcknowledgedAt = at, FirstAcknowledgedAt = FirstAcknowledgedAt ?? at,
            // A step of the case is the one that was due.
            Next = e.From is null ? Next : null, DueOn = e.From is null ? DueOn : null, Taken = e.From is null ? Taken : With(e.From),
        },
        AlertAssigned e => this with { AssignedTo = e.To },
        AlertEscalated e => this with { Level = e.To, LevelSince = e.On, State = AlertState.Open, AcknowledgedAt = null,
            Escalated = Escalated + 1, NewsOn = null },
        ClosureProposed e => this with { Proposed = e },
        ClosureRejected => this with { Proposed = null },
        AlertResolved e => this with
        {
            State = AlertState.Resolved, ResolvedAt = at, WasTrue = e.WasTrue, Proposed = null, Ending = e.Ending, EndReason = e.Reason,
            Taken = e.From is null ? Taken : With(e.From),
        },
        AlertReopened e => this with
        {
            State = AlertState.Open, Severity = e.Severity, Title = e.Title, TitleEn = e.TitleEn, Routes = e.Routes, RaisedAt = at,
            LevelSince = e.On, AcknowledgedAt = null, FirstAcknowledgedAt = null, ResolvedAt = null, WasTrue = null,
            Reopened = Reopened + 1, Escalated = 0, NewsOn = null, Ending = null, EndReason = null, Causes = e.Causes ?? Causes,
            Cause = e.Causes is [var first, ..] ? first : Cause, Area = e.Area ?? Area, Level = e.Level ?? Level,
            Next = e.From is null ? Next : e.Next,
            DueOn = e.From is null ? DueOn : e.DueOn,
            Taken = e.From is null ? Taken : With(e.From),
        },
        _ => this,
    };

    Alert Told(AlertJoined e) => e.News is null ? this : AsNew(e.On) with
    {
        News = News + 1, LastNews = e.News, Proposed = null, Level = e.Level ?? Level,
        LevelSince = e.Level is { } level && level != Level ? e.On ?? LevelSince : LevelSince, Next = e.DueOn is null ? Next : e.Next,
        DueOn = e.DueOn ?? DueOn,
    };

    // Somebody must sign for it, again or for the first time.
    Alert AsNew(DateOnly? on) => this with
    {
        NewsOn = State == AlertState.Acknowledged ? on : NewsOn, State = AlertState.Open, AcknowledgedAt = null,
    };

    // What a person let in late does not hide what came after it.
    ImmutableDictionary<string, long> With(AlertCause cause) =>
        Taken.SetItem(cause.Stream, Math.Max(cause.Version, Taken.GetValueOrDefault(cause.Stream)));
}
