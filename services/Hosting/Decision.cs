using System.Collections;
using System.Runtime.CompilerServices;
using JasperFx.Events;
using Marten.Events.Aggregation;

namespace Monitoring.Hosting;

/// <summary>What a decider answers: the events that now hold (none, if all held already), or why they may not.</summary>
[CollectionBuilder(typeof(Decision), nameof(Accept))]
public sealed class Decision : IEnumerable<object>
{
    readonly object[] events;

    Decision(object[] events, Refusal? refusal) => (this.events, Refusal) = (events, refusal);

    public Refusal? Refusal { get; }

    /// <summary>What the caller should look at although it was taken: a code, a sentence, and the field concerned.</summary>
    public IReadOnlyList<Warning> Warnings { get; private init; } = [];

    public bool ChangesNothing => events.Length == 0;

    public static Decision Accept(ReadOnlySpan<object> events) => new(events.ToArray(), null);

    /// <summary>The same decision with warnings.</summary>
    public Decision With(IEnumerable<Warning> warnings) => new(events, Refusal) { Warnings = [.. Warnings, .. warnings] };

    public static implicit operator Decision(Refusal refusal) => new([], refusal);

    public IEnumerator<object> GetEnumerator() => events.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>
/// A rule of the domain that said no. The code is stable and meant for machines, the reason for people; the field is
/// the one to look at first, if one is to blame.
/// </summary>
public sealed record Refusal(RefusalKind Kind, string Code, Text Reason, string? Field = null)
{
    public static Refusal Unknown(string code, string zh, string en, string? field = null) =>
        new(RefusalKind.Unknown, code, new Text(zh, en), field);

    public static Refusal Invalid(string code, string zh, string en, string? field = null) =>
        new(RefusalKind.Invalid, code, new Text(zh, en), field);

    public static Refusal Conflict(string code, string zh, string en, string? field = null) =>
        new(RefusalKind.Conflict, code, new Text(zh, en), field);

    public static Refusal Gone(string code, string zh, string en, string? field = null) =>
        new(RefusalKind.Gone, code, new Text(zh, en), field);

    /// <summary>The common refusal of a day that has not come.</summary>
    public static readonly Refusal DayInFuture = Invalid("day-in-future", "日期不能晚于今天。", "The day lies in the future.", "on");

    /// <summary>The common refusal of a different value where one is on record and no reason was given.</summary>
    public static Refusal NeedsReason(string zh, string en) =>
        Conflict("correction-needs-reason", zh + "；如需更正，请填写 reason。", en + "; to correct it, give a reason.", "reason");
}

/// <summary>Something accepted that looks odd. The code is stable and meant for machines, the text for people.</summary>
public sealed record Warning(string Code, Text Text, string? Field = null)
{
    /// <summary>The warning in the caller's language.</summary>
    public WarningView In(bool english) => new(Code, Text.In(english), Field);
}

/// <summary>A <see cref="Warning"/> as it is answered.</summary>
public sealed record WarningView(string Code, string Message, string? Field);

/// <summary>The ways to be refused; each is one HTTP status.</summary>
public enum RefusalKind { Unknown = 404, Conflict = 409, Gone = 410, Invalid = 422 }

/// <summary>One sentence for people in both languages; Chinese unless the caller asks for English.</summary>
public sealed record Text(string Zh, string En)
{
    public string In(bool english) => english ? En : Zh;
}

/// <summary>When something is decided and on whose word.</summary>
/// <param name="Now">UTC.</param>
/// <param name="By">Who asked.</param>
public sealed record Occasion(DateTimeOffset Now, Caller By)
{
    /// <summary>Today in Asia/Shanghai.</summary>
    public DateOnly Today => Contracts.ChinaTime.Day(Now);
}

/// <summary>A state that is folded from its stream: the one fold that the store, the deciders and the tests share.</summary>
public interface IState<TSelf> where TSelf : class, IState<TSelf>, new()
{
    TSelf Evolve(object happened);
}

/// <summary>
/// An event with the id and the time under which it is stored, for a state whose later events name earlier ones. A decider that makes
/// one is stored as it says.
/// </summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="At">Recorded time, UTC.</param>
/// <param name="Data">The event.</param>
public sealed record Stamped(Guid Id, DateTimeOffset At, object Data)
{
    /// <summary>The event under a new id, unless it has one.</summary>
    public static Stamped Of(object happened, DateTimeOffset now) => happened as Stamped ?? new Stamped(Guid.CreateVersion7(now), now, happened);
}

/// <summary>
/// Keeps a state beside its stream where a store has streams of several kinds. A snapshot registered without its events
/// would be made for every stream, also for those of the other kinds.
/// </summary>
public sealed class Kept<TState> : SingleStreamProjection<TState, string> where TState : class, IState<TState>, new()
{
    readonly bool stamped;

    /// <summary>For streams that have these events; <paramref name="stamped"/> hands them to the state with id and time.</summary>
    public Kept(IEnumerable<Type> events, bool stamped = false)
    {
        this.stamped = stamped;
        foreach (var type in events) IncludeType(type);
    }

    public override TState? Evolve(TState? snapshot, string id, IEvent e) =>
        (snapshot ?? new TState()).Evolve(stamped ? new Stamped(e.Id, e.Timestamp, e.Data) : e.Data);
}
