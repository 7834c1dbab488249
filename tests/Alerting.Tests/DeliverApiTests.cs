using System.Diagnostics;
using System.Text.Json;
using Monitoring.Contracts.Alerting;

namespace Monitoring.Alerting.Tests;

/// <summary>What is due reaches real receivers: an HTTP server that fails and hangs, an SMTP server, Alertmanager.</summary>
public sealed class DeliverApiTests
{
    [Fact]
    public async Task A_receiver_that_hangs_or_fails_delays_nobody_and_shows_in_health()
    {
        await using var receiver = await HttpReceiver.Start();
        await using var service = await Channelled.Start();
        await service.Receivers("v1",
            $"good webhook {receiver.Address}/good hook", $"hangs webhook {receiver.Address}/hangs hook", $"moody webhook {receiver.Address}/moody hook",
            $"bot ding_talk {receiver.Address}/bot bot", "nowhere webhook http://127.0.0.1:9/nowhere hook");
        foreach (var name in new[] { "hangs", "moody", "bot", "nowhere" }) await service.Due(name, 20);
        await service.Due("good", 200);

        var watch = Stopwatch.StartNew();
        await Watched.Until(() => Task.FromResult(receiver.TakenAt("/good")), count => count == 200);
        TestContext.Current.TestOutputHelper?.WriteLine($"200 webhooks beside four dead receivers: {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.Empty(receiver.Forged);
        await Watched.Until(() => service.Count("good", "delivered"), count => count == 200);
        Assert.All(receiver.Taken.Values, count => Assert.Equal(1, count));

        var health = await Watched.Until(
            async () => (await service.Say(HttpMethod.Get, "/health/ready")).Body.GetProperty("checks").GetProperty("receivers"),
            check => check.GetProperty("description").GetString() is { } said && said.Contains("hangs") && said.Contains("bot") && said.Contains("nowhere"));
        Assert.Equal("Degraded", health.GetProperty("status").GetString());
        Assert.Contains("310000", (await service.Receiver("bot")).GetProperty("lastReason").GetString());
        Assert.True((await service.Receiver("hangs")).GetProperty("isDead").GetBoolean());
        Assert.Equal(20, (await service.Receiver("hangs")).GetProperty("waiting").GetInt32());
        // A receiver that is down is asked now and then, not by everything that waits.
        Assert.InRange(receiver.Asked["/hangs"], 1, 80);

        receiver.Mood = 200;
        await Watched.Until(() => service.Count("moody", "delivered"), count => count == 20);
        Assert.Equal(20, receiver.TakenAt("/moody"));
        Assert.False((await service.Receiver("moody")).GetProperty("isDead").GetBoolean());
    }

    [Fact]
    public async Task Mail_and_Alertmanager_have_what_they_were_sent()
    {
        await using var mail = await Foreign.Mail();
        await using var alertmanager = await Foreign.Alertmanager();
        await using var service = await Channelled.Start(
            ("Mail__Host", "127.0.0.1"), ("Mail__Port", $"{mail.Port}"), ("Mail__From", "alerts@county.example"));
        await service.Receivers("v1", "office mail office@county.example", $"watch alertmanager http://127.0.0.1:{alertmanager.Port}");
        await service.Due("office", 3);
        var alert = await service.Alert();
        await service.Due("watch", 1, NotificationKind.Firing, alert);

        await Watched.Until(() => service.Count("office", "delivered"), count => count == 3);
        var mails = Directory.GetFiles(Path.Combine(mail.Directory, "mail", "new"));
        Assert.Equal(3, mails.Length);
        using var read = await MimeKit.MimeMessage.LoadAsync(mails[0], TestContext.Current.CancellationToken);
        Assert.Equal("〔橙色〕【新预警】1条", read.Subject);
        Assert.Contains("某村出现返贫风险", read.TextBody);
        Assert.EndsWith("@county.example", read.MessageId);

        await Watched.Until(() => service.Count("watch", "delivered"), count => count == 1);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{alertmanager.Port}") };
        var firing = JsonDocument.Parse(await http.GetStringAsync("/api/v2/alerts", TestContext.Current.CancellationToken)).RootElement[0];
        Assert.Equal(("station_silent", alert.ToString(), "active"),
            (firing.GetProperty("labels").GetProperty("alertname").GetString(), firing.GetProperty("labels").GetProperty("alert").GetString(),
                firing.GetProperty("status").GetProperty("state").GetString()));
        await service.Graver(alert);
        await service.Due("watch", 1, NotificationKind.Firing, alert);
        var graver = await Watched.Until(
            async () => JsonDocument.Parse(await http.GetStringAsync("/api/v2/alerts")).RootElement,
            alerts => alerts.GetArrayLength() == 1 && alerts[0].GetProperty("labels").GetProperty("severity").GetString() == "emergency");
        Assert.Equal(alert.ToString(), graver[0].GetProperty("labels").GetProperty("alert").GetString());
        await service.Over(alert);
        await service.Due("watch", 1, NotificationKind.Resolved, alert);
        await Watched.Until(
            async () => JsonDocument.Parse(await http.GetStringAsync("/api/v2/alerts")).RootElement, alerts => alerts.GetArrayLength() == 0);
    }

    [Fact]
    public async Task SIGKILL_in_the_middle_of_deliveries_loses_none_and_each_is_seen_once_by_its_id()
    {
        const int many = 400;
        await using var receiver = await HttpReceiver.Start();
        await using var service = await Channelled.Start();
        await service.Receivers("v1", $"slow webhook {receiver.Address}/slow hook");
        await service.Due("slow", many);

        foreach (var share in new[] { many / 8, many / 3, many / 2 })
        {
            await Watched.Until(() => Task.FromResult(receiver.TakenAt("/slow")), count => count >= share);
            await service.Process.Kill();
            await service.Process.Restart();
        }

        await Watched.Until(() => service.Count("slow", "delivered"), count => count == many);
        Assert.Equal(many, receiver.TakenAt("/slow"));
        Assert.Empty(receiver.Forged);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{many} notifications over three kills: {receiver.Taken.Values.Sum() - many} were sent twice under their id");
    }

    [Fact]
    public async Task What_was_given_up_can_be_played_again_and_a_receiver_can_be_tested()
    {
        await using var receiver = await HttpReceiver.Start();
        await using var service = await Channelled.Start();
        await service.Due("later");
        await Watched.Until(() => service.Count("later", "given_up"), count => count == 1);
        var given = (await service.Say(HttpMethod.Get, "/v1/notifications?receiver=later&state=given_up")).Body.GetProperty("items")[0];
        var id = given.GetProperty("due").GetProperty("notificationId").GetString();
        Assert.Equal("receiver-unknown", given.GetProperty("attempts")[0].GetProperty("said").GetString());

        await service.Receivers("v1", $"later webhook {receiver.Address}/later hook");
        var (_, tested) = await service.Say(HttpMethod.Post, "/v1/receivers/later/test");
        Assert.True(tested.GetProperty("delivered").GetBoolean(), tested.ToString());
        Assert.Equal(200, (await service.Say(HttpMethod.Post, $"/v1/notifications/{id}/replay", new { reason = "已设置接收方" })).Status);
        await Watched.Until(() => service.Count("later", "delivered"), count => count == 1);
        Assert.True(receiver.Taken.ContainsKey($"/later {id}"));
        Assert.Equal(409, (await service.Say(HttpMethod.Post, $"/v1/notifications/{id}/replay", new { reason = "再次" })).Status);
        Assert.Equal(404, (await service.Say(HttpMethod.Post, "/v1/receivers/nobody/test")).Status);
        Assert.Equal(400, (await service.Say(HttpMethod.Get, "/v1/notifications?state=lost")).Status);
    }
}
