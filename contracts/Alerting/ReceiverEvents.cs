namespace Monitoring.Contracts.Alerting;

/// <summary>How a receiver is reached.</summary>
public enum ChannelKind
{
    /// <summary>HTTP POST, signed by the Standard Webhooks specification 1.0.</summary>
    [Called("Webhook", "网络回调")]
    Webhook,

    /// <summary>电子邮件.</summary>
    [Called("电子邮件", "邮件")]
    Mail,

    /// <summary>企业微信群机器人.</summary>
    [Called("企业微信群机器人", "企业微信")]
    WeCom,

    /// <summary>钉钉群机器人.</summary>
    [Called("钉钉群机器人", "钉钉")]
    DingTalk,

    /// <summary>飞书群机器人.</summary>
    [Called("飞书群机器人", "飞书")]
    Feishu,

    /// <summary>Prometheus Alertmanager, API v2.</summary>
    [Called("Alertmanager")]
    Alertmanager,
}

/// <summary>The language of a receiver's texts.</summary>
public enum TextLanguage
{
    /// <summary>中文.</summary>
    [Called("中文")]
    Zh,

    /// <summary>English.</summary>
    [Called("英文")]
    En,
}

/// <summary>Whom routes may name (接收方).</summary>
/// <param name="Name">Stable code.</param>
/// <param name="Channel">How it is reached.</param>
/// <param name="Address">URL without query, or an office's mailbox; never a person's.</param>
/// <param name="Language">Of its texts.</param>
/// <param name="Secret">Name of its secret in the service's configuration; the secret itself is in no event.</param>
/// <param name="PerMinute">At most so many messages a minute; null for what the channel allows.</param>
public sealed record Receiver(string Name, ChannelKind Channel, string Address, TextLanguage Language, string? Secret, int? PerMinute = null);

/// <summary>How a message reads. Placeholders: <c>{severity} {kind} {title} {text} {area} {count} {at} {id}</c>.</summary>
/// <param name="Language">For receivers of this language.</param>
/// <param name="Title">One line.</param>
/// <param name="Lines">Below it; <c>{text}</c> is one line per alert.</param>
public sealed record MessageTemplate(TextLanguage Language, string Title, string[] Lines);

/// <summary>How long a receiver that does not answer is tried.</summary>
/// <param name="FirstSeconds">After the first failure.</param>
/// <param name="Factor">Each wait is so many times the one before it.</param>
/// <param name="MostSeconds">But no longer than this.</param>
/// <param name="JitterPercent">Each wait is shortened by up to so much of it, by chance.</param>
/// <param name="TimeoutSeconds">For one attempt.</param>
/// <param name="GiveUpHours">A notification that could not be delivered for so long waits for a person.</param>
/// <param name="DeadAfterMinutes">A receiver that fails for so long is shown as dead.</param>
public sealed record RetryPolicy(
    int FirstSeconds, decimal Factor, int MostSeconds, int JitterPercent, int TimeoutSeconds, int GiveUpHours, int DeadAfterMinutes);

/// <summary>A version of who is reached and how.</summary>
/// <param name="Version">Stable code.</param>
/// <param name="Receivers">By name.</param>
/// <param name="Templates">One per language.</param>
/// <param name="Retry">How long it is tried.</param>
public sealed record ReceiverTable(string Version, Receiver[] Receivers, MessageTemplate[] Templates, RetryPolicy Retry)
{
    /// <summary>What holds until the county publishes its own: nobody, since no address is known. All numbers are our own choice.</summary>
    public static readonly ReceiverTable Shipped = new(
        "shipped-2026",
        [],
        [
            new(TextLanguage.Zh, "〔{severity}〕{title}", ["{text}", "时间：{at}", "消息编号：{id}"]),
            new(TextLanguage.En, "[{severity}] {title}", ["{text}", "At: {at}", "Message: {id}"]),
        ],
        new RetryPolicy(5, 2, 3_600, 25, 10, 24, 15));
}

/// <summary>A version of the receivers is published; a version never changes.</summary>
/// <param name="Table">The version.</param>
/// <param name="Reason">Why it is as it is.</param>
[EventType("alerting.receivers-published.v1")]
public sealed record ReceiversPublished(ReceiverTable Table, string Reason);

/// <summary>A notification that was given up is to be sent again (重新发送).</summary>
/// <param name="NotificationId">Which; its message id stays the same.</param>
/// <param name="Receiver">Name of the receiver.</param>
/// <param name="Reason">Why.</param>
[EventType("alerting.notification-replayed.v1")]
public sealed record NotificationReplayed(Guid NotificationId, string Receiver, string Reason);
