using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting.Tests;

public sealed class ChannelSpecs
{
    static readonly DateTimeOffset now = new(2026, 11, 25, 1, 30, 0, TimeSpan.Zero);

    static readonly NotificationDue due = new(
        Guid.Parse("0197f0a0-0000-7000-8000-000000000001"), "office", "households|410325111", NotificationKind.Firing,
        [Guid.Parse("0197f0a0-0000-7000-8000-00000000000a")], Severity.Serious, "【新预警】2条", "New alerts: 2", "甲_村 *3* 户\n乙村 1 户", "3 in A\n1 in B",
        "410325111", "r1");

    static readonly RetryPolicy policy = ReceiverTable.Shipped.Retry;

    static Message Said(TextLanguage language = TextLanguage.Zh) => Wording.Of("410325", due, now, language, ReceiverTable.Shipped.Templates);

    static Receiver To(ChannelKind channel, string address = "https://example.org/in") => new("office", channel, address, TextLanguage.Zh, "s");

    static Addresses Rules(params string[] hosts) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(hosts.Select((host, index) => KeyValuePair.Create($"Channels:AllowedHosts:{index}", (string?)host))).Build());

    [Fact]
    public void A_webhook_is_signed_as_the_published_example_of_Standard_Webhooks() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        Signatures.Webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

    [Fact]
    public void While_a_secret_is_changed_both_sign()
    {
        var both = Signatures.Webhook("a", 1, "{}"u8, "whsec_bmV3\n whsec_b2xk").Split(' ');
        Assert.Equal([Signatures.Webhook("a", 1, "{}"u8, "bmV3"), Signatures.Webhook("a", 1, "{}"u8, "b2xk")], both);
    }

    [Fact]
    public void A_webhook_carries_the_notification_id_and_a_signature_over_what_is_sent()
    {
        var sent = Formats.Of(To(ChannelKind.Webhook), "whsec_bmV3", Said(), [], now);
        var headers = sent.Headers.ToDictionary(header => header.Name, header => header.Value);
        Assert.Equal(due.NotificationId.ToString(), headers["webhook-id"]);
        Assert.Equal(Signatures.Webhook(headers["webhook-id"], now.ToUnixTimeSeconds(), sent.Body, "bmV3"), headers["webhook-signature"]);
        var body = JsonDocument.Parse(sent.Body).RootElement;
        Assert.Equal(("1.0", headers["webhook-id"]), (body.GetProperty("specversion").GetString(), body.GetProperty("id").GetString()));
        Assert.Equal("serious", body.GetProperty("data").GetProperty("severity").GetString());
    }

    [Fact]
    public void A_text_is_filled_in_the_language_of_the_receiver()
    {
        Assert.Equal(("〔橙色〕【新预警】2条", "甲_村 *3* 户|乙村 1 户|时间：2026-11-25 09:30|消息编号：0197f0a0-0000-7000-8000-000000000001"),
            (Said().Title, string.Join('|', Said().Lines)));
        Assert.Equal(("[orange] New alerts: 2", "3 in A"), (Said(TextLanguage.En).Title, Said(TextLanguage.En).Lines[0]));
    }

    [Fact]
    public void Markdown_in_a_name_is_shown_as_it_is()
    {
        var text = JsonDocument.Parse(Formats.Of(To(ChannelKind.WeCom), "key", Said(), [], now).Body).RootElement.GetProperty("markdown").GetProperty("content");
        Assert.Contains("甲\\_村 \\*3\\* 户", text.GetString());
    }

    [Fact]
    public void Bots_are_addressed_by_their_tokens_and_signed_by_their_secrets()
    {
        Assert.Equal("https://example.org/in?key=abc", Formats.Of(To(ChannelKind.WeCom), "abc", Said(), [], now).To.ToString());
        var dingTalk = Formats.Of(To(ChannelKind.DingTalk), "abc SECx", Said(), [], now).To;
        Assert.Contains($"access_token=abc&timestamp={now.ToUnixTimeMilliseconds()}&sign=", dingTalk.Query);
        Assert.EndsWith(Uri.EscapeDataString(Signatures.DingTalk(now.ToUnixTimeMilliseconds(), "SECx")), dingTalk.OriginalString);
        var feishu = Formats.Of(To(ChannelKind.Feishu), "abc secret", Said(), [], now);
        Assert.Equal("https://example.org/in/abc", feishu.To.ToString());
        Assert.Equal(Signatures.Feishu(now.ToUnixTimeSeconds(), "secret"), JsonDocument.Parse(feishu.Body).RootElement.GetProperty("sign").GetString());
    }

    [Fact]
    public void A_bot_that_answers_200_with_an_error_code_has_not_taken_it()
    {
        Assert.True(Formats.Read(ChannelKind.WeCom, 200, """{"errcode":0,"errmsg":"ok"}""", null).Taken);
        Assert.True(Formats.Read(ChannelKind.Feishu, 200, """{"code":0,"msg":"success","data":{}}""", null).Taken);
        Assert.False(Formats.Read(ChannelKind.DingTalk, 200, """{"errcode":310000,"errmsg":"sign not match"}""", null).Taken);
        Assert.False(Formats.Read(ChannelKind.Feishu, 200, "<html>", null).Taken);
        Assert.Equal(TimeSpan.FromMinutes(1), Formats.Read(ChannelKind.WeCom, 200, """{"errcode":45009}""", null).After);
        Assert.True(Formats.Read(ChannelKind.Webhook, 204, "", null).Taken);
        Assert.True(Formats.Read(ChannelKind.Webhook, 410, "", null).IsFinal);
    }

    [Fact]
    public void A_text_is_cut_between_characters_to_the_bytes_that_a_bot_takes() => Gen.String.Select(Gen.Int[4, 60]).Sample((text, bytesMax) =>
    {
        var whole = string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
        var cut = Formats.Cut(whole, bytesMax);
        Assert.True(Encoding.UTF8.GetByteCount(cut) <= bytesMax);
        Assert.True(cut == whole || (cut.EndsWith('…') && whole.StartsWith(cut[..^1], StringComparison.Ordinal)));
    });

    [Fact]
    public void Waits_grow_up_to_their_most_are_shortened_by_chance_and_end()
    {
        Assert.Equal([5, 10, 20, 40], Enumerable.Range(1, 4).Select(failed => policy.Wait(failed, 0, null).TotalSeconds));
        Assert.Equal(3_600, policy.Wait(50, 0, null).TotalSeconds);
        Assert.Equal(3.75, policy.Wait(1, 1, null).TotalSeconds);
        Assert.Equal(60, policy.Wait(1, 1, TimeSpan.FromMinutes(1)).TotalSeconds);
        Assert.NotNull(policy.NextAt(now.AddHours(-22), 20, 0, null, now));
        Assert.Null(policy.NextAt(now.AddHours(-23.5), 20, 0, null, now));
    }

    [Fact]
    public void Whatever_is_tried_again_is_given_up_in_the_end_and_can_be_played_again()
    {
        var (one, at) = (new Notification().Evolve(new Stamped(Guid.Empty, now, due)), now);
        var refused = new Delivery(false, "503", IsDown: true);
        while (one.State == NotificationState.Due)
        {
            foreach (var happened in Deliver.Decide(one, one.Attempts.Count, refused, policy, 0.5, at)) one = one.Evolve(new Stamped(Guid.Empty, at, happened));
            at = one.NextAt ?? at;
        }

        Assert.InRange(one.Attempts.Count, 20, 60);
        Assert.InRange(at - now, TimeSpan.FromHours(22), TimeSpan.FromHours(24));
        var replay = ReplayNotification.Decide(one, new(due.NotificationId, "修好了"));
        one = one.Evolve(new Stamped(Guid.Empty, at, Assert.Single(replay)));
        Assert.Equal((NotificationState.Due, at, 0), (one.State, one.NextAt, one.Failed));
        Assert.Empty(ReplayNotification.Decide(one, new(due.NotificationId, "修好了")));
    }

    [Fact]
    public void An_attempt_that_was_recorded_already_is_not_recorded_again()
    {
        var one = new Notification().Evolve(new Stamped(Guid.Empty, now, due));
        var taken = new Delivery(true, "204");
        var delivered = one.Evolve(new Stamped(Guid.Empty, now, Assert.Single(Deliver.Decide(one, 0, taken, policy, 0, now))));
        Assert.Empty(Deliver.Decide(delivered, 0, taken, policy, 0, now));
        Assert.Empty(Deliver.Decide(delivered, 1, taken, policy, 0, now));
    }

    [Theory]
    [InlineData("http://example.org/in", "address-not-allowed")]
    [InlineData("https://127.0.0.1/in", "address-not-allowed")]
    [InlineData("https://localhost/in", "address-not-allowed")]
    [InlineData("https://169.254.169.254/latest", "address-not-allowed")]
    [InlineData("https://10.1.2.3/in", "address-not-allowed")]
    [InlineData("https://[::1]/in", "address-not-allowed")]
    [InlineData("https://[::ffff:10.0.0.1]/in", "address-not-allowed")]
    [InlineData("https://user:word@example.org/in", "not-an-address")]
    [InlineData("https://example.org/in?key=secret", "not-an-address")]
    [InlineData("file:///etc/passwd", "not-an-address")]
    public void An_address_that_leads_inside_is_refused(string address, string code) =>
        Assert.Equal(code, Rules().Refuse(To(ChannelKind.Webhook, address))?.Code);

    [Fact]
    public void Public_https_and_what_the_operator_lists_are_taken()
    {
        Assert.Null(Rules().Refuse(To(ChannelKind.Webhook, "https://example.org/in")));
        Assert.Null(Rules("bot.county").Refuse(To(ChannelKind.Webhook, "http://bot.county/in")));
        Assert.Null(Rules().Refuse(To(ChannelKind.Mail, "office@example.org")));
        Assert.Equal("not-a-mailbox", Rules().Refuse(To(ChannelKind.Mail, "Office <office@example.org>"))?.Code);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2400:3200::1", true)]
    [InlineData("100.64.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    public void Addresses_are_told_to_be_public_or_not(string address, bool isPublic) => Assert.Equal(isPublic, Addresses.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public void A_mail_has_its_id_from_the_notification_and_both_parts()
    {
        using var mail = MailFormat.Of(Said(), To(ChannelKind.Mail, "office@example.org"), "alerts@county.example");
        Assert.Equal($"{due.NotificationId}@county.example", mail.MessageId);
        Assert.Contains("乙村 1 户", mail.TextBody);
        Assert.Contains("lang=\"zh-CN\"", mail.HtmlBody);
    }
}
