using System.Globalization;
using System.Text.RegularExpressions;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>What a receiver is told, in its language.</summary>
/// <param name="Id">The notification's id, the message id towards the receiver.</param>
/// <param name="Receiver">Name of the receiver.</param>
/// <param name="Kind">Why.</param>
/// <param name="Severity">How grave.</param>
/// <param name="Title">One line.</param>
/// <param name="Lines">Below it.</param>
/// <param name="Area">The area that all of it lies in.</param>
/// <param name="Alerts">Which alerts are told of.</param>
/// <param name="Group">What they have in common.</param>
/// <param name="At">When it was due, UTC.</param>
/// <param name="Tenant">County, GB/T 2260 code.</param>
public sealed record Message(
    Guid Id, string Receiver, NotificationKind Kind, Severity Severity, string Title, string[] Lines, string? Area, Guid[] Alerts,
    string Group,
    DateTimeOffset At, string Tenant);

/// <summary>Fills templates, pure. Whatever it is given holds no personal data.</summary>
public static partial class Wording
{
    static readonly string[] placeholders = ["{severity}", "{kind}", "{title}", "{text}", "{area}", "{count}", "{at}", "{id}"];

    internal static readonly string PlaceholderList = string.Join(' ', placeholders);

    /// <summary>The words of a severity (国家突发事件预警级别) and of a kind.</summary>
    public static Text Of(Severity severity) => new(Codes<Severity>.Official[severity], severity switch
    {
        Severity.Info => "blue",
        Severity.Warning => "yellow",
        Severity.Serious => "orange",
        _ => "red",
    });

    static Text Of(NotificationKind kind) => new(Codes<NotificationKind>.Official[kind], kind switch
    {
        NotificationKind.Firing => "new",
        NotificationKind.Repeated => "still open",
        NotificationKind.Escalated => "escalated",
        _ => "resolved",
    });

    /// <summary>A notification by the template of a language.</summary>
    public static Message Of(string tenant, NotificationDue due, DateTimeOffset dueAt, TextLanguage language, MessageTemplate[] templates)
    {
        var template = Array.Find(templates, one => one.Language == language)
            ?? Array.Find(ReceiverTable.Shipped.Templates, one => one.Language == language)!;
        var english = language == TextLanguage.En;
        string Fill(string text) => Placeholder().Replace(text, found => found.Value switch
        {
            "{severity}" => Of(due.Severity).In(english),
            "{kind}" => Of(due.Kind).In(english),
            "{title}" => english ? due.TitleEn : due.Title,
            "{text}" => english ? due.TextEn : due.Text,
            "{area}" => due.AreaCode ?? "",
            "{count}" => (due.Alerts.Length + due.More).ToString(CultureInfo.InvariantCulture),
            "{at}" => dueAt.ToOffset(ChinaTime.Offset).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            "{id}" => due.NotificationId.ToString(),
            _ => found.Value,
        });
        return new Message(
            due.NotificationId, due.Receiver, due.Kind, due.Severity, Fill(template.Title),
            [.. template.Lines.SelectMany(line => Fill(line).Split('\n'))],
            due.AreaCode, due.Alerts, due.GroupKey, dueAt, tenant);
    }

    internal static IEnumerable<string> UnknownIn(string text) =>
        Placeholder().Matches(text).Select(found => found.Value).Where(found => !placeholders.Contains(found));

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Placeholder();
}
