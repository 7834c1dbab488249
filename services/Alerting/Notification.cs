using System.Collections.Immutable;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>How far a notification has come.</summary>
public enum NotificationState
{
    /// <summary>待发送.</summary>
    [Called("待发送")]
    Due,

    /// <summary>已送达.</summary>
    [Called("已送达")]
    Delivered,

    /// <summary>已放弃: waits to be played again by a person.</summary>
    [Called("已放弃")]
    GivenUp,
}

/// <summary>One message to one receiver with every attempt. Folded from the stream <c>notification/{tenant}/{id}</c>.</summary>
public sealed record Notification : IState<Notification>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>What is to be said; null in a stream that has not begun.</summary>
    public NotificationDue? Due { get; init; }

    public string Receiver { get; init; } = "";

    public string GroupKey { get; init; } = "";

    public NotificationState State { get; init; }

    public DateTimeOffset DueAt { get; init; }

    /// <summary>When it is tried next, UTC; null when it is not.</summary>
    public DateTimeOffset? NextAt { get; init; }

    public ImmutableList<Attempt> Attempts { get; init; } = [];

    /// <summary>Since when it is tried: when it was due, or played again, UTC.</summary>
    public DateTimeOffset TriedSince { get; init; }

    /// <summary>How many attempts failed since then.</summary>
    public int Failed { get; init; }

    /// <summary>One attempt to deliver.</summary>
    /// <param name="At">UTC.</param>
    /// <param name="Delivered">Whether it was taken.</param>
    /// <param name="Said">What the receiver said, or why it failed.</param>
    public sealed record Attempt(DateTimeOffset At, bool Delivered, string? Said);

    internal static string Stream(string tenant, Guid id) => $"notification/{tenant}/{id}";

    public Notification Evolve(object happened)
    {
        var stamped = (Stamped)happened;
        return stamped.Data switch
        {
            NotificationDue e => this with
            {
                Due = e, Receiver = e.Receiver, GroupKey = e.GroupKey, State = NotificationState.Due, DueAt = stamped.At,
                NextAt = stamped.At,
                TriedSince = stamped.At,
            },
            NotificationDelivered e => this with
            {
                State = NotificationState.Delivered, NextAt = null, Attempts = Attempts.Add(new(stamped.At, true, e.Answer)),
            },
            NotificationFailed e => this with
            {
                State = e.NextAt is null ? NotificationState.GivenUp : NotificationState.Due, NextAt = e.NextAt,
                Attempts = Attempts.Add(new(stamped.At, false, e.Reason)), Failed = Failed + 1,
            },
            NotificationReplayed => this with { State = NotificationState.Due, NextAt = stamped.At, TriedSince = stamped.At, Failed = 0 },
            _ => this,
        };
    }
}
