using System.Net;
using MimeKit;
using Monitoring.Contracts.Alerting;

namespace Monitoring.Alerting;

/// <summary>What a message looks like as mail: text and HTML, told apart from its repetitions by its Message-ID.</summary>
public static class MailFormat
{
    public static MimeMessage Of(Message message, Receiver receiver, string from)
    {
        var sender = MailboxAddress.Parse(from);
        var mail = new MimeMessage
        {
            MessageId = $"{message.Id}@{sender.Domain}", Subject = message.Title, Date = message.At,
            Priority = message.Severity == Severity.Emergency ? MessagePriority.Urgent : MessagePriority.Normal,
            Body = new BodyBuilder
            {
                TextBody = string.Join("\r\n", [message.Title, "", .. message.Lines, ""]),
                HtmlBody = $"""
                    <!doctype html><html lang="{(receiver.Language == TextLanguage.En ? "en" : "zh-CN")}"><body><h3>{WebUtility.HtmlEncode(message.Title)}</h3>
                    <p>{string.Join("<br>\n", message.Lines.Select(WebUtility.HtmlEncode))}</p></body></html>
                    """,
            }.ToMessageBody(),
        };
        mail.From.Add(sender);
        mail.To.Add(MailboxAddress.Parse(receiver.Address));
        // RFC 3834: no holiday replies, please.
        mail.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        // One thread per group.
        mail.Headers.Add(HeaderId.References, $"<{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes($"{message.Tenant}/{message.Group}")).AsSpan(0, 16))}@{sender.Domain}>");
        return mail;
    }
}
