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

    public RiskCause? Cause { get; init; }

    public string Title { get; init; } = "";

    public string TitleEn { get; init; } = "";

    /// <summary>Version and code of the source's rule that found it.</summary>
    public string? Rule { get; init; }

    /// <summary>Version of the routes when it was raised.</summary>
    public string Routes { get; init; } = "";

    /// <summary>When it was raised, or reopened last, UTC.</summary>
    public DateTimeOffset RaisedAt { get; init; }

    /// <summary>The day from which the present level's limits count.</summary>
    public DateOnly LevelSince { get; init; }

    /// <summary>When it was acknowledged at the present level, UTC.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>When it was acknowledged first since it was raised, at whatever level, UTC.</summary>
    public DateTimeOffset? FirstAcknowledgedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>Whether it was true, once it is over.</summary>
    public bool? WasTrue { get; init; }

    /// <summary>The end that somebody proposed and a second person has not agreed to yet.</summary>
    public ClosureProposed? Proposed { get; init; }

    /// <summary>How often the same risk was seen again.</summary>
    public int Joined { get; init; }

    /// <summary>How often it was reopened.</summary>
    public int Reopened { get; init; }

    /// <summary>How many times it went up a level since it was raised.</summary>
    public int Escalated { get; init; }

    /// <summary>Of each source stream the version of the last event taken.</summary>
    public ImmutableDictionary<string, long> Taken { get; init; } = ImmutableDictionary<string, long>.Empty;

    public DateTimeOffset UpdatedAt { get; init; }

    internal bool Exists => AlertId != Guid.Empty;

    internal bool IsOpen => Exists && State != AlertState.Resolved;

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
            LevelSince = e.On, Taken = With(e.From),
        },
        AlertJoined e => this with
        {
            Severity = e.Severity, Title = e.Title, TitleEn = e.TitleEn, Joined = Joined + 1, Taken = With(e.From),
        },
        AlertAcknowledged =>
            this with { State = AlertState.Acknowledged, AcknowledgedAt = at, FirstAcknowledgedAt = FirstAcknowledgedAt ?? at },
        AlertAssigned e => this with { AssignedTo = e.To },
        AlertEscalated e => this with { Level = e.To, LevelSince = e.On, State = AlertState.Open, AcknowledgedAt = null,
            Escalated = Escalated + 1 },
        ClosureProposed e => this with { Proposed = e },
        ClosureRejected => this with { Proposed = null },
        AlertResolved e => this with
        {
            State = AlertState.Resolved, ResolvedAt = at, WasTrue = e.WasTrue, Proposed = null,
            Taken = e.From is null ? Taken : With(e.From),
        },
        AlertReopened e => this with
        {
            State = AlertState.Open, Severity = e.Severity, Title = e.Title, TitleEn = e.TitleEn, Routes = e.Routes, RaisedAt = at,
            LevelSince = e.On, AcknowledgedAt = null, FirstAcknowledgedAt = null, ResolvedAt = null, WasTrue = null,
            Reopened = Reopened + 1, Escalated = 0,
            Taken = e.From is null ? Taken : With(e.From),
        },
        _ => this,
    };

    ImmutableDictionary<string, long> With(AlertCause cause) => Taken.SetItem(cause.Stream, cause.Version);
}
