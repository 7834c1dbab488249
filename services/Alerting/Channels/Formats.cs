using System.Globalization;
using System.Text;
using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>One HTTP POST.</summary>
/// <param name="To">Whole address; may hold a bot's token, so it is never logged.</param>
/// <param name="Body">UTF-8.</param>
/// <param name="MediaType">Of the body.</param>
/// <param name="Headers">Beside it.</param>
public sealed record Outgoing(Uri To, byte[] Body, string MediaType, IReadOnlyList<(string Name, string Value)> Headers);

/// <summary>How an attempt ended.</summary>
/// <param name="Taken">True where the receiver has the message.</param>
/// <param name="Said">What it said, shortened, without secrets.</param>
/// <param name="IsDown">True where the receiver is at fault and others need not be tried now; false where the message may be.</param>
/// <param name="IsFinal">True where trying again is no use.</param>
/// <param name="After">How long it wants to be left alone.</param>
public sealed record Delivery(bool Taken, string? Said, bool IsDown = false, bool IsFinal = false, TimeSpan? After = null);

/// <summary>What each channel's messages look like and what its answers mean, pure.</summary>
public static class Formats
{
    // 企业微信 markdown: 4,096 bytes; 钉钉 and 飞书: requests of 20 KB, of which this leaves room for the rest.
    const int WeComBytesMax = 4_000;
    const int BotBytesMax = 15_000;

    // Alertmanager takes an alert for resolved that is not sent again in time; ours are sent once and end when they are resolved.
    static readonly TimeSpan alertmanagerLasts = TimeSpan.FromDays(365);

    /// <summary>How many messages a minute a channel takes: 20 of a bot of 企业微信 or 钉钉, 100 of one of 飞书, by their documentation.</summary>
    public static int? PerMinute(ChannelKind channel) => channel switch
    {
        ChannelKind.WeCom or ChannelKind.DingTalk => 20,
        ChannelKind.Feishu => 100,
        _ => null,
    };

    /// <summary>How many messages may be under way to one receiver at once.</summary>
    public static int Width(ChannelKind channel) => channel is ChannelKind.Webhook or ChannelKind.Alertmanager ? 8 : 1;

    /// <summary>The request that carries a message; for all channels but mail.</summary>
    /// <param name="receiver">To whom.</param>
    /// <param name="secret">Its secret; white space separates its parts.</param>
    /// <param name="message">What.</param>
    /// <param name="alerts">The alerts told of, as far as the channel shows each.</param>
    /// <param name="now">UTC.</param>
    /// <exception cref="FormatException">The secret is not what the channel needs.</exception>
    public static Outgoing Of(Receiver receiver, string? secret, Message message, IReadOnlyList<Alert> alerts, DateTimeOffset now)
    {
        var parts = Signatures.Parts(secret ?? "");
        return receiver.Channel switch
        {
            ChannelKind.Webhook => Webhook(receiver, secret, message, now),
            ChannelKind.WeCom => Json($"{receiver.Address}?key={Token(parts)}", new
            {
                msgtype = "markdown", markdown = new { content = Cut(Markdown(message, "\n"), WeComBytesMax) },
            }),
            ChannelKind.DingTalk => Json(DingTalkAddress(receiver.Address, parts, now), new
            {
                msgtype = "markdown", markdown = new { title = Plain(message.Title), text = Cut(Markdown(message, "\n\n"), BotBytesMax) },
            }),
            ChannelKind.Feishu => Json($"{receiver.Address.TrimEnd('/')}/{Token(parts)}", Feishu(parts, message, now)),
            ChannelKind.Alertmanager =>
                Json($"{receiver.Address.TrimEnd('/')}/api/v2/alerts", Alertmanager(message, alerts, now), Bearer(parts)),
            _ => throw new ArgumentOutOfRangeException(nameof(receiver), receiver.Channel, "No HTTP channel."),
        };
    }

    // A CloudEvents 1.0 document, as all events that leave the system.
    static Outgoing Webhook(Receiver receiver, string? secret, Message message, DateTimeOffset now)
    {
        if (Signatures.Parts(secret ?? "").Length == 0) throw new FormatException("There is no secret to sign with.");
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                specversion = "1.0", message.Id, source = "alerting", type = "alerting.notification.v1", time = message.At,
                subject = message.Receiver,
                datacontenttype = "application/json",
                data = new
                {
                    message.Kind, message.Severity, message.Title, text = string.Join('\n', message.Lines), message.Area, message.Group,
                    message.Alerts,
                    message.Tenant,
                },
            },
            EventJson.Options);
        var (id, timestamp) = (message.Id.ToString(), now.ToUnixTimeSeconds());
        return new Outgoing(new Uri(receiver.Address), body, "application/cloudevents+json",
        [
            ("webhook-id", id), ("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture)),
            ("webhook-signature", Signatures.Webhook(id, timestamp, body, secret!)),
        ]);
    }

    static string DingTalkAddress(string address, string[] parts, DateTimeOffset now)
    {
        var to = $"{address}?access_token={Token(parts)}";
        var milliseconds = now.ToUnixTimeMilliseconds();
        return parts is [_, var signing, ..]
            ? $"{to}&timestamp={milliseconds}&sign={Uri.EscapeDataString(Signatures.DingTalk(milliseconds, signing))}" : to;
    }

    static Dictionary<string, object> Feishu(string[] parts, Message message, DateTimeOffset now)
    {
        var body = new Dictionary<string, object>();
        if (parts is [_, var signing, ..])
        {
            var seconds = now.ToUnixTimeSeconds();
            body["timestamp"] = seconds.ToString(CultureInfo.InvariantCulture);
            body["sign"] = Signatures.Feishu(seconds, signing);
        }

        body["msg_type"] = "interactive";
        body["card"] = new
        {
            header = new
            {
                title = new { tag = "plain_text", content = message.Title },
                template = message.Severity switch
                {
                    Severity.Info => "blue", Severity.Warning => "yellow", Severity.Serious => "orange", _ => "red",
                },
            },
            elements = new[] { new { tag = "markdown", content = Cut(string.Join('\n', message.Lines.Select(Escaped)), BotBytesMax) } },
        };
        return body;
    }

    // By what holds now and not by what the message was about: a late message must not fire what is over. The severity is part of what
    // Alertmanager knows an alert by, so an alert that has become graver ends under its lesser ones.
    static object[] Alertmanager(Message message, IReadOnlyList<Alert> alerts, DateTimeOffset now) =>
    [
        .. from alert in alerts
           from severity in Enum.GetValues<Severity>()
           where severity <= alert.Severity
           select new
           {
               labels = new Dictionary<string, string>
               {
                   ["alertname"] = Codes<AlertKind>.ByValue[alert.Kind], ["alert"] = alert.AlertId.ToString(), ["county"] = message.Tenant,
                   ["area"] = alert.Area, ["severity"] = Codes<Severity>.ByValue[severity],
               },
               annotations = new Dictionary<string, string>
               {
                   ["summary"] = alert.Title, ["summary_en"] = alert.TitleEn, ["group"] = message.Group,
                   ["message_id"] = message.Id.ToString(),
               },
               startsAt = alert.RaisedAt < now ? alert.RaisedAt : now,
               endsAt = alert.IsOpen && severity == alert.Severity ? now + alertmanagerLasts : now,
           },
    ];

    /// <summary>
    /// What an answer means. Bots answer 200 and say in <c>errcode</c> or <c>code</c> whether they took it; 45009 (企业微信), 130101 and 410100
    /// (钉钉) and 11232 (飞书) are «too many», for which 钉钉 shuts its door for ten minutes.
    /// </summary>
    public static Delivery Read(ChannelKind channel, int status, string body, TimeSpan? retryAfter)
    {
        var said = $"{status} {Short(body)}".TrimEnd();
        if (status is < 200 or > 299)
            return new Delivery(
                false, said, IsDown: status is 408 or 429 or >= 500, IsFinal: status == 410,
                After: retryAfter ?? (status == 429 ? TimeSpan.FromMinutes(1) : null));
        if (channel is not (ChannelKind.WeCom or ChannelKind.DingTalk or ChannelKind.Feishu)) return new Delivery(true, said);
        return CodeOf(body) switch
        {
            0 => new Delivery(true, said),
            45009 or 11232 => new Delivery(false, said, IsDown: true, After: TimeSpan.FromMinutes(1)),
            130101 or 410100 => new Delivery(false, said, IsDown: true, After: TimeSpan.FromMinutes(10)),
            // Busy, by each one's own word.
            -1 => new Delivery(false, said, IsDown: true),
            _ => new Delivery(false, said),
        };
    }

    static int? CodeOf(string body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            foreach (var name in new[] { "errcode", "code", "StatusCode" })
                if (answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty(name, out var code) &&
                    code.TryGetInt32(out var value))
                    return value;
        }
        catch (JsonException)
        {
            // No word of a bot, so it has not taken it.
        }

        return null;
    }

    static Outgoing Json(string to, object body, params (string, string)[] headers) =>
        new(new Uri(to), JsonSerializer.SerializeToUtf8Bytes(body, EventJson.Options), "application/json", headers);

    static (string, string)[] Bearer(string[] parts) => parts is [var token, ..] ? [("Authorization", $"Bearer {token}")] : [];

    static string Token(string[] parts) =>
        parts is [var token, ..] ? Uri.EscapeDataString(token) : throw new FormatException("There is no token to send with.");

    static string Markdown(Message message, string newLine) =>
        string.Join(newLine, [$"### {Escaped(message.Title)}", .. message.Lines.Select(Escaped)]);

    // What the parts of a text mean to Markdown is not meant: a name may hold any of these.
    static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if ("\\`*_[]<>#".Contains(character, StringComparison.Ordinal)) escaped.Append('\\');
            escaped.Append(character);
        }

        return escaped.ToString();
    }

    static string Plain(string text) => text.Length <= 60 ? text : text[..60];

    /// <summary>The beginning of a text that has at most so many bytes in UTF-8, whole characters only.</summary>
    internal static string Cut(string text, int bytesMax)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytesMax) return text;
        var (cut, bytes) = (new StringBuilder(), 3);
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > bytesMax) break;
            cut.Append(rune.ToString());
        }

        return cut.Append('…').ToString();
    }

    internal static string Short(string text)
    {
        var clean = new string([.. text.Take(300).Select(one => char.IsControl(one) ? ' ' : one)]).Trim();
        return clean.Length <= 200 ? clean : clean[..200];
    }
}
