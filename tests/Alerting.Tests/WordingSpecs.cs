using System.Text;
using System.Text.Json;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Alerting.Tests;

/// <summary>What messages say, to the letter, and what they look like on each channel, to the byte.</summary>
public sealed class WordingSpecs
{
    static readonly DateTimeOffset now = new(2026, 6, 2, 1, 30, 0, TimeSpan.Zero);

    static readonly Guid message = Guid.Parse("0197f0a0-0000-7000-8000-000000000001");

    static readonly Dictionary<string, Named> names = new[]
    {
        new Named("area/410325111", "陆浑镇", "Luhun Town", "410325111", null),
        new Named("area/410325111201", "示例一村", "Example One", "410325111201", null),
        new Named("area/410325111202", "示例二村", "Example Two", "410325111202", null),
    }.ToDictionary(one => one.Id);

    static Alert Risk(int number, string village = "410325111201", params RiskCause[] causes)
    {
        var title = Wording.Household(Wording.Place(village, names.GetValueOrDefault), causes, false);
        return new()
        {
            AlertId = Guid.Parse($"0197f0a0-0000-8000-8000-{number:000000000000}"), Kind = AlertKind.HouseholdRisk, Severity = Severity.Warning,
            Area = village, Level = Level.Village, Subject = $"0198c0de-0000-7000-8000-{number:000000000000}/1", Cause = causes[0], Causes = causes,
            Title = title.Zh, TitleEn = title.En, Number = $"预警-2026-{number:0000}", RaisedAt = now, LevelSince = new(2026, 6, 2),
            Next = CaseAction.HomeVisit, DueOn = new(2026, 6, 4),
        };
    }

    static NotificationDue Due(NotificationKind kind, params Alert[] alerts) => Wording.Due(
        message, "office", new Told("g", kind, alerts, alerts.Length) { Names = names.GetValueOrDefault, Address = "https://alerts.county.example/" },
        new AlertBook());

    static readonly string[] whole =
    [
        "下一步：入户核实（6月4日前）", "责任：陆浑镇示例一村（村级）", "预警编号：预警-2026-0042", "农户：0198c0de-0000-7000-8000-000000000042/1",
        "查看：https://alerts.county.example/alerts/0197f0a0-0000-8000-8000-000000000042",
    ];

    [Fact]
    public void One_alert_says_what_where_why_what_next_by_when_whose_it_is_its_number_and_where_to_look()
    {
        var due = Due(NotificationKind.Firing, Risk(42, causes: [RiskCause.Illness, RiskCause.Unemployment]));
        Assert.Equal("【新预警】陆浑镇示例一村一户出现因病、因务工就业不稳返贫致贫风险线索", due.Title);
        Assert.Equal(string.Join('\n', whole), due.Text);
        Assert.Equal(
            """
            Next: visit the household, by 2026-06-04
            With: Example One, Luhun Town (village)
            Alert: 预警-2026-0042
            Household: 0198c0de-0000-7000-8000-000000000042/1
            See: https://alerts.county.example/alerts/0197f0a0-0000-8000-8000-000000000042
            """, due.TextEn);
    }

    [Fact]
    public void Several_are_counted_by_village_and_cause_before_they_are_listed()
    {
        var due = Due(
            NotificationKind.Firing,
            [.. Enumerable.Range(1, 11).Select(number => Risk(number, causes: RiskCause.UnsafeWater)), Risk(12, "410325111202", RiskCause.Illness, RiskCause.UnsafeWater)]);
        var lines = due.Text.Split('\n');
        Assert.Equal("【新预警】12条", due.Title);
        Assert.Equal(["陆浑镇示例一村：饮水安全11户", "陆浑镇示例二村：因病1户，饮水安全1户"], lines[..2]);
        Assert.Equal(
            "预警-2026-0001 陆浑镇示例一村一户出现饮水安全返贫致贫风险线索；6月4日前入户核实 https://alerts.county.example/alerts/0197f0a0-0000-8000-8000-000000000001",
            lines[2]);
        Assert.Equal((13, "另有2条"), (lines.Length, lines[^1]));
    }

    [Theory]
    [InlineData(Ending.Monitored, "【已纳入监测帮扶】", "已纳入监测帮扶")]
    [InlineData(Ending.ClueClosed, "【预警办结】", "线索已排除")]
    [InlineData(Ending.Eliminated, "【预警解除】", "风险已消除")]
    [InlineData(Ending.HouseholdEnded, "【预警办结】", "农户变动")]
    [InlineData(Ending.Kept, "【预警办结】", "按期办理、逾期录入")]
    public void What_is_over_says_why_and_is_called_over_only_where_it_is(Ending ending, string label, string why)
    {
        var due = Due(NotificationKind.Resolved, Risk(42, causes: RiskCause.Illness) with { State = AlertState.Resolved, ResolvedAt = now, Ending = ending });
        Assert.StartsWith(label, due.Title);
        Assert.StartsWith($"办结情形：{why}\n预警编号：预警-2026-0042\n", due.Text);
    }

    [Fact]
    public void News_and_what_has_moved_and_what_was_held_back_say_so()
    {
        var risk = Risk(42, causes: RiskCause.Illness);
        Assert.StartsWith("新情况：程度加重\n", Due(NotificationKind.News, risk with { LastNews = AlertNews.Grown }).Text);
        Assert.StartsWith("【预警转移】", Due(NotificationKind.Moved, risk with { Area = "410325111202" }).Title);
        Assert.StartsWith("已转至陆浑镇示例二村\n", Due(NotificationKind.Moved, risk with { Area = "410325111202" }).Text);
        var held = Wording.Due(
            message, "office",
            new Told("g", NotificationKind.Firing, [risk], 1)
            {
                HeldBy = new Dictionary<Guid, SilenceSet> { [risk.AlertId] = new("s1", new(Area: "410325111"), now, now.AddHours(3), "下乡", "值班室/duty") },
            }, new AlertBook());
        Assert.Contains("因静默“s1”暂缓至6月2日12:30", held.Text);
        Assert.DoesNotContain("查看", held.Text);
    }

    [Fact]
    public void A_step_that_was_done_is_due_no_more_and_the_level_has_its_own_day()
    {
        var signed = Risk(42, causes: RiskCause.Illness) with { State = AlertState.Acknowledged, AcknowledgedAt = now, Next = null, DueOn = null };
        Assert.Equal("按程序办理至审定或排除线索", Wording.NextOf(signed).Zh);
        Assert.Equal(new DateOnly(2026, 6, 17), Wording.DueOf(new AlertBook(), signed));
    }

    [Fact]
    public void Each_channel_carries_it_to_the_byte()
    {
        var said = Wording.Of("410325", Due(NotificationKind.Firing, Risk(42, causes: RiskCause.Illness)), now, TextLanguage.Zh, ReceiverTable.Shipped.Templates);
        const string title = "〔黄色〕【新预警】陆浑镇示例一村一户出现因病返贫致贫风险线索";
        string[] lines = [.. whole, "时间：2026-06-02 09:30", $"消息编号：{message}"];
        Assert.Equal((title, string.Join('\n', lines)), (said.Title, string.Join('\n', said.Lines)));

        JsonElement Sent(ChannelKind channel, string secret) => JsonDocument.Parse(Formats.Of(
            new Receiver("office", channel, "https://example.org/in", TextLanguage.Zh, "s"), secret, said, [], now).Body).RootElement;
        Bytes($"### {title}\n{string.Join('\n', lines)}", Sent(ChannelKind.WeCom, "key").GetProperty("markdown").GetProperty("content"), 4_096);
        var dingTalk = Sent(ChannelKind.DingTalk, "token SECx").GetProperty("markdown");
        Bytes($"### {title}\n\n{string.Join("\n\n", lines)}", dingTalk.GetProperty("text"), 20_000);
        Bytes(title, dingTalk.GetProperty("title"), 200);
        var card = Sent(ChannelKind.Feishu, "token").GetProperty("card");
        Bytes(title, card.GetProperty("header").GetProperty("title").GetProperty("content"), 200);
        Bytes(string.Join('\n', lines), card.GetProperty("elements")[0].GetProperty("content"), 20_000);
        Bytes(string.Join('\n', lines), Sent(ChannelKind.Webhook, "whsec_bmV3").GetProperty("data").GetProperty("text"), 20_000);
        using var mail = MailFormat.Of(said, new("office", ChannelKind.Mail, "office@example.org", TextLanguage.Zh, null), "alerts@county.example");
        Assert.Equal((title, string.Join("\r\n", [title, "", .. lines, ""])), (mail.Subject, mail.TextBody?.ReplaceLineEndings("\r\n")));

        static void Bytes(string expected, JsonElement sent, int most)
        {
            Assert.Equal(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(sent.GetString()!));
            Assert.InRange(Encoding.UTF8.GetByteCount(expected), 1, most);
        }
    }

    [Fact]
    public void A_message_of_many_keeps_its_counts_on_the_channel_that_takes_least()
    {
        var due = Due(NotificationKind.Firing, [.. Enumerable.Range(1, 300).Select(number => Risk(number, $"4103251112{number % 40:00}", RiskCause.NaturalDisaster))]);
        var said = Wording.Of("410325", due, now, TextLanguage.Zh, ReceiverTable.Shipped.Templates);
        var sent = JsonDocument.Parse(Formats.Of(new Receiver("office", ChannelKind.WeCom, "https://example.org/in", TextLanguage.Zh, "s"), "key", said, [], now).Body)
            .RootElement.GetProperty("markdown").GetProperty("content").GetString()!;
        Assert.InRange(Encoding.UTF8.GetByteCount(sent), 1, 4_096);
        Assert.Contains("陆浑镇示例一村：因自然灾害", sent);
        Assert.Contains("其余30处：", sent);
    }
}
