using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.RegularExpressions;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
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

/// <summary>What one message says of, and what is known beside it.</summary>
/// <param name="Group">Which group.</param>
/// <param name="Kind">Why.</param>
/// <param name="Alerts">Which alerts, the gravest first.</param>
/// <param name="Open">How many of the group are open.</param>
public sealed record Told(string Group, NotificationKind Kind, IReadOnlyList<Alert> Alerts, int Open)
{
    /// <summary>For how many alerts that nobody was told of each one speaks.</summary>
    public IReadOnlyDictionary<Guid, int> SpeaksFor { get; init; } = ReadOnlyDictionary<Guid, int>.Empty;

    /// <summary>The silence that held an alert back until now.</summary>
    public IReadOnlyDictionary<Guid, SilenceSet> HeldBy { get; init; } = ReadOnlyDictionary<Guid, SilenceSet>.Empty;

    /// <summary>What areas are called.</summary>
    public Func<string, Named?> Names { get; init; } = _ => null;

    /// <summary>Where people look at alerts (<c>Channels:PublicAddress</c>); null for no link.</summary>
    public string? Address { get; init; }
}

/// <summary>
/// Every word that messages and the inbox say of alerts, and the filling of templates; pure. Whatever it is given holds no personal data.
/// </summary>
public static partial class Wording
{
    /// <summary>How many alerts one message lists; the rest are counted.</summary>
    internal const int LinesMax = 10;

    // And how many of them an event names.
    const int AlertsMax = 1_000;

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
        NotificationKind.News => "news",
        NotificationKind.Moved => "moved",
        NotificationKind.Test => "test",
        _ => "resolved",
    });

    /// <summary>The words of a 风险类型.</summary>
    public static Text Of(RiskCause cause) => cause switch
    {
        RiskCause.Illness => new("因病", "illness"),
        RiskCause.Disability => new("因残", "disability"),
        RiskCause.Education => new("因学", "cost of education"),
        RiskCause.NaturalDisaster => new("因自然灾害", "natural disaster"),
        RiskCause.Accident => new("因意外事故", "accident"),
        RiskCause.IndustryFailure => new("因产业项目失败", "failed enterprise"),
        RiskCause.Unemployment => new("因务工就业不稳", "unsteady work"),
        RiskCause.LackOfLabour => new("缺劳动力", "lack of labour"),
        RiskCause.UnsafeHousing => new("住房安全", "unsafe housing"),
        RiskCause.UnsafeWater => new("饮水安全", "unsafe water"),
        RiskCause.SchoolDropout => new("义务教育失学辍学", "leaving school"),
        RiskCause.PublicEmergency => new("因突发公共事件", "public emergency"),
        RiskCause.LowIncome => new("收入低于监测范围", "income below the line"),
        _ => new("其他", "other cause"),
    };

    /// <summary>The words of a step of a case.</summary>
    public static Text Of(CaseAction action) => action switch
    {
        CaseAction.HomeVisit => new("入户核实", "The home visit"),
        CaseAction.Authorisation => new("承诺授权", "The authorisation"),
        CaseAction.Comparison => new("信息比对", "The comparison of data"),
        CaseAction.Assessment => new("民主评议", "The village's assessment"),
        CaseAction.Publicity => new("村内公示", "The public notice"),
        CaseAction.PublicityEnd => new("公示结束", "The end of the public notice"),
        CaseAction.TownshipReview => new("乡镇审核", "The township's review"),
        CaseAction.CountyDecision => new("县级审定", "The county's decision"),
        CaseAction.Announcement => new("结果公告", "The announcement"),
        CaseAction.Measures => new("帮扶措施", "Help"),
        CaseAction.FollowUp => new("走访跟踪", "The follow-up visit"),
        CaseAction.Removal => new("提出风险消除", "The proposal of removal"),
        CaseAction.Objection => new("异议核查", "The check of an objection"),
        _ => new(Codes<CaseAction>.Official[action], Codes<CaseAction>.ByValue[action]),
    };

    /// <summary>The areas whose names an area is called by.</summary>
    internal static IEnumerable<string> Places(string area) =>
        area.Length == 12 ? [$"area/{area}", $"area/{area[..9]}"] : area.Length == 9 ? [$"area/{area}"] : [];

    /// <summary>What an area is called: 全县, a township, or a village with its township.</summary>
    public static Text Place(string area, Func<string, Named?> names)
    {
        var (township, village) = (area.Length >= 9 ? names($"area/{area[..9]}") : null, area.Length == 12 ? names($"area/{area}") : null);
        return area.Length < 9 ? new("全县", "the county")
            : area.Length == 9 ? new(township?.Name ?? area, township?.NameEn ?? area)
            : new($"{township?.Name}{village?.Name ?? area}",
                township is null ? village?.NameEn ?? area : $"{village?.NameEn ?? area}, {township.NameEn}");
    }

    /// <summary>What a household is at risk of, by all its causes.</summary>
    public static Text Household(Text place, IReadOnlyList<RiskCause> causes, bool emergency) => new(
        $"{place.Zh}一户出现{string.Join('、', causes.Select(cause => Of(cause).Zh))}返贫致贫风险线索{(emergency ? "（紧急，先帮扶后补程序）" : "")}",
        $"A household of {place.En} may fall back into poverty: {string.Join(", ", causes.Select(cause => Of(cause).En))}{(emergency ? " (urgent, help first)" : "")}");

    /// <summary>What is to be done about an open alert by whoever answers for it.</summary>
    public static Text NextOf(Alert alert) => alert.Kind switch
    {
        AlertKind.HouseholdRisk when alert.Next is null && alert.State == AlertState.Acknowledged =>
            new("按程序办理至审定或排除线索", "carry the case on to its decision"),
        AlertKind.HouseholdRisk when alert.Severity == Severity.Emergency => new("先帮扶，并入户核实", "help first, and visit the household"),
        AlertKind.HouseholdRisk => new("入户核实", "visit the household"),
        AlertKind.DeadlineBreached when alert.Next is { } step => new($"补办{Of(step).Zh}", $"make up for it: {Of(step).En}"),
        AlertKind.DeadlineBreached => new("补办该环节", "make up for it"),
        AlertKind.GroupRisk => new("核实规模，启动应急处置并报告", "find out how many, begin the response and report"),
        AlertKind.HouseholdChange when alert.Level == Level.County => new("审定变动", "decide on the change"),
        AlertKind.HouseholdChange => new("审核变动", "review the change"),
        AlertKind.LimitExceeded => new("查明超标原因并处置", "find the cause and act"),
        AlertKind.StationSilent => new("检修站点，恢复数据", "mend the station"),
        AlertKind.IndicatorOffTrack => new("分析原因，提出措施", "say why, and what will be done"),
        AlertKind.FindingOverdue => new("完成整改并提交销号", "rectify it and have it verified"),
        AlertKind.ProjectLamp => new("推进项目，消除亮灯原因", "bring the project forward"),
        AlertKind.FeedLate => new("尽快报送", "report now"),
        AlertKind.MilestoneOverdue => new("推进节点或说明原因", "reach the milestone, or say why not"),
        _ => new("由运维人员处理", "for the operator"),
    };

    /// <summary>By when: the last day of the step that is due, or else of the level.</summary>
    internal static DateOnly? DueOf(AlertBook book, Alert alert) => alert.DueOn ?? book.DueOf(alert)?.On;

    /// <summary>Who answers for an alert: its level's office, and whom it was handed to or whose it is.</summary>
    public static Text OwnerOf(Alert alert, Func<string, Named?> names)
    {
        var office = new Text("县级", "the county");
        if (alert.Level != Level.County && alert.Area.Length > 6)
        {
            var place = Place(alert.Level == Level.Township ? alert.Area[..9] : alert.Area, names);
            office = new($"{place.Zh}（{Codes<Level>.Official[alert.Level]}级）", $"{place.En} ({Codes<Level>.ByValue[alert.Level]})");
        }

        return alert.AssignedTo is { } to ? new($"{office.Zh}，已转办{to}", $"{office.En}, handed to {to}")
            : alert.Department is { } department ? new($"{office.Zh}，{department}", $"{office.En}, {department}")
            : office;
    }

    /// <summary>Why an alert is over; null while it is open.</summary>
    public static Text? EndOf(Alert alert) => alert switch
    {
        { IsOpen: true } => null,
        { Ending: { } ending } => new(Codes<Ending>.Official[ending], ending switch
        {
            Ending.Monitored => "the household is monitored and helped now",
            Ending.NotIncluded => "the county has decided not to monitor it",
            Ending.ClueClosed => "the clue was ruled out",
            Ending.Visited => "the household was visited",
            Ending.Eliminated => "the risk is gone",
            Ending.HouseholdEnded => "the household is no more",
            Ending.Kept => "done in time, entered late",
            Ending.StepDone => "it has been done",
            Ending.StepDropped => "it need not be done any more",
            Ending.ChangeApproved => "the change was approved",
            Ending.ChangeRefused => "the change was not approved",
            _ => "it is as it should be again",
        }),
        { EndReason: { } reason } => new(reason, reason),
        _ => new("已办结", "resolved"),
    };

    /// <summary>The words of what is news.</summary>
    static Text Of(AlertNews news) => new(Codes<AlertNews>.Official[news], news switch
    {
        AlertNews.Cause => "another cause",
        AlertNews.Emergency => "urgent",
        AlertNews.AfterStep => "again, after it was dealt with",
        AlertNews.Grown => "graver",
        AlertNews.Carried => "from another household",
        _ => "the level below has agreed",
    });

    // What was true and is looked after now is not over (解除), and says so.
    static Text Label(NotificationKind kind, IReadOnlyList<Alert> alerts) => kind switch
    {
        NotificationKind.Firing => new("新预警", "New alerts"),
        NotificationKind.Repeated => new("仍未办结", "Still open"),
        NotificationKind.Escalated => new("预警升级", "Escalated"),
        NotificationKind.News => new("新情况", "News"),
        NotificationKind.Moved => new("预警转移", "Moved"),
        NotificationKind.Resolved when alerts.All(alert => alert.Ending == Ending.Monitored) => new("已纳入监测帮扶", "Monitored now"),
        NotificationKind.Resolved when alerts.All(alert => alert.Ending is Ending.Eliminated or Ending.Recovered) => new("预警解除", "Over"),
        _ => new("预警办结", "Resolved"),
    };

    /// <summary>What one receiver is told.</summary>
    /// <param name="id">Random id of the message.</param>
    /// <param name="receiver">To whom.</param>
    /// <param name="told">What of.</param>
    /// <param name="book">Limits and routes in effect.</param>
    public static NotificationDue Due(Guid id, string receiver, Told told, AlertBook book)
    {
        var alerts = told.Alerts;
        var area = alerts.Select(alert => alert.Area)
            .Aggregate((common, one) => common[..common.Zip(one).TakeWhile(pair => pair.First == pair.Second).Count()]);
        area = area.Length >= 12 ? area : area.Length >= 9 ? area[..9] : area[..Math.Min(6, area.Length)];
        var label = Label(told.Kind, alerts);
        var still = told.Kind == NotificationKind.Resolved ? new Text($"，尚有{told.Open}条未办结", $", {told.Open} still open") : new Text("", "");
        var title = alerts is [var only]
            ? new Text($"【{label.Zh}】{TitleOf(only, told).Zh}", $"{label.En}: {TitleOf(only, told).En}")
            : new($"【{label.Zh}】{alerts.Count}条{still.Zh}", $"{label.En}: {alerts.Count}{still.En}");
        List<Text> lines = alerts is [var alone] ? [.. Whole(alone, told, book)] : [.. Several(told, book)];
        return new NotificationDue(
            id, receiver, told.Group, told.Kind, [.. alerts.Take(AlertsMax).Select(alert => alert.AlertId)],
            alerts.Max(alert => alert.Severity), title.Zh, title.En, string.Join('\n', lines.Select(line => line.Zh)),
            string.Join('\n', lines.Select(line => line.En)), area.Length >= 6 ? area : null, book.Table.Version,
            Math.Max(0, alerts.Count - AlertsMax));
    }

    static Text TitleOf(Alert alert, Told told) => told.SpeaksFor.GetValueOrDefault(alert.AlertId) is > 0 and var muted
        ? new($"{alert.Title}（含{muted}条不再单独通知的预警）", $"{alert.TitleEn} (speaks for {muted} alerts that are not told of one by one)")
        : new(alert.Title, alert.TitleEn);

    /// <summary>All that is to be known of one alert, below its title.</summary>
    static IEnumerable<Text> Whole(Alert alert, Told told, AlertBook book)
    {
        if (told.Kind == NotificationKind.News && alert.LastNews is { } news) yield return new($"新情况：{Of(news).Zh}", $"New: {Of(news).En}");
        if (told.Kind == NotificationKind.Moved)
        {
            var place = Place(alert.Area, told.Names);
            yield return new($"已转至{place.Zh}", $"It is with {place.En} now");
        }

        if (EndOf(alert) is { } end)
        {
            yield return new($"办结情形：{end.Zh}", $"Why: {end.En}");
        }
        else
        {
            var (next, due, owner) = (NextOf(alert), DueOf(book, alert), OwnerOf(alert, told.Names));
            yield return due is { } day ? new($"下一步：{next.Zh}（{day:M月d日}前）", $"Next: {next.En}, by {day:yyyy-MM-dd}")
                : new($"下一步：{next.Zh}", $"Next: {next.En}");
            yield return new($"责任：{owner.Zh}", $"With: {owner.En}");
        }

        if (alert.Number is { } number) yield return new($"预警编号：{number}", $"Alert: {number}");
        if (alert.Kind is AlertKind.HouseholdRisk or AlertKind.DeadlineBreached && alert.Subject.Split('/') is [var household, var episode, ..])
            yield return new($"农户：{household}/{episode}", $"Household: {household}/{episode}");
        if (told.HeldBy.GetValueOrDefault(alert.AlertId) is { } silence)
            yield return new(
                $"因静默“{silence.Silence}”暂缓至{silence.Until.ToOffset(ChinaTime.Offset):M月d日HH:mm}",
                $"Held back by the silence {silence.Silence} until {silence.Until.ToOffset(ChinaTime.Offset):yyyy-MM-dd HH:mm}");
        if (told.Address is { } address) yield return new($"查看：{Link(address, alert)}", $"See: {Link(address, alert)}");
    }

    /// <summary>How many there are by village and cause, and the gravest of them in a line each.</summary>
    static IEnumerable<Text> Several(Told told, AlertBook book)
    {
        var areas = told.Alerts.GroupBy(alert => alert.Area).OrderByDescending(area => area.Count()).ThenBy(area => area.Key, StringComparer.Ordinal)
            .ToList();
        foreach (var area in areas.Take(LinesMax))
        {
            var (place, counts) = (Place(area.Key, told.Names), Counts(area).ToList());
            yield return new(
                $"{place.Zh}：{string.Join('，', counts.Select(one => one.Zh))}", $"{place.En}: {string.Join(", ", counts.Select(one => one.En))}");
        }

        if (areas.Skip(LinesMax).Sum(area => area.Count()) is > 0 and var elsewhere)
            yield return new($"其余{areas.Count - LinesMax}处：{elsewhere}条", $"{areas.Count - LinesMax} other places: {elsewhere}");
        foreach (var silence in told.HeldBy.Values.DistinctBy(one => one.Silence).Take(3))
            yield return new(
                $"其中有因静默“{silence.Silence}”暂缓至{silence.Until.ToOffset(ChinaTime.Offset):M月d日HH:mm}的",
                $"Some were held back by the silence {silence.Silence} until {silence.Until.ToOffset(ChinaTime.Offset):yyyy-MM-dd HH:mm}");
        foreach (var alert in told.Alerts.Take(LinesMax)) yield return Line(alert, told, book);
        if (told.Alerts.Count > LinesMax) yield return new($"另有{told.Alerts.Count - LinesMax}条", $"and {told.Alerts.Count - LinesMax} more");
    }

    // A household at risk by two causes counts under each.
    static IEnumerable<Text> Counts(IEnumerable<Alert> alerts) => alerts
        .SelectMany(alert => alert.Kind == AlertKind.HouseholdRisk && alert.AllCauses.Count > 0
            ? alert.AllCauses.Select(cause => (What: Of(cause), Unit: "户"))
            : [(What: new Text(Codes<AlertKind>.Official[alert.Kind], Codes<AlertKind>.ByValue[alert.Kind]), Unit: "条")])
        .GroupBy(one => one).OrderByDescending(one => one.Count()).ThenBy(one => one.Key.What.En, StringComparer.Ordinal)
        .Select(one => new Text($"{one.Key.What.Zh}{one.Count()}{one.Key.Unit}", $"{one.Key.What.En} {one.Count()}"));

    static Text Line(Alert alert, Told told, AlertBook book)
    {
        var named = TitleOf(alert, told);
        var number = alert.Number is null ? "" : $"{alert.Number} ";
        var link = told.Address is { } address ? $" {Link(address, alert)}" : "";
        var place = Place(alert.Area, told.Names);
        var (zh, en) = told.Kind == NotificationKind.Moved ? ($"已转至{place.Zh}", $"with {place.En} now")
            : EndOf(alert) is { } end ? (end.Zh, end.En)
            : DueOf(book, alert) is { } due ? ($"{due:M月d日}前{NextOf(alert).Zh}", $"{NextOf(alert).En} by {due:yyyy-MM-dd}")
            : (NextOf(alert).Zh, NextOf(alert).En);
        return new($"{number}{named.Zh}；{zh}{link}", $"{number}{named.En}; {en}{link}");
    }

    static string Link(string address, Alert alert) => $"{address.TrimEnd('/')}/alerts/{alert.AlertId}";

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
