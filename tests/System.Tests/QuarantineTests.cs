using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Monitoring.Simulator;

namespace Monitoring.System.Tests;

/// <summary>What an operator sees of the gateway: the quarantine and its replay, and that no device can hold up the others.</summary>
public sealed class QuarantineTests
{
    const string Mn = "410325000000000000007001";
    const string Time = "20250301080000";

    static readonly TimeSpan soon = TimeSpan.FromSeconds(60);
    static readonly TimeSpan moment = TimeSpan.FromMilliseconds(600);

    static async Task<(ServiceProcess Service, int Port)> Start(params (string, string)[] environment)
    {
        var servers = await TestServers.Shared;
        var port = DeviceLine.FreePort();
        var service = await ServiceProcess.Start(
            "Environment", await servers.CreateDatabase("environment"), await servers.CreateVirtualHost(), new TestKeys(), true,
            [("Hj212__Port", $"{port}"), .. environment]);
        return (service, port);
    }

    static async Task Register(HttpClient http, string mn, string password = "123456", string units = "a34004=μg/m3;a34002=μg/m3")
    {
        using var csv = new StringContent(
            $"mn,name,medium,area,units,password\n{mn},站,air,410325100,{units},{password}\n", Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
        using var answer = await http.PostAsync(new Uri("/v1/stations", UriKind.Relative), csv);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    static async Task<List<JsonElement>> List(HttpClient http, string query = "")
    {
        using var page = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/v1/quarantine?{query}", UriKind.Relative)));
        return [.. page.RootElement.GetProperty("items").EnumerateArray().Select(item => item.Clone())];
    }

    static async Task<JsonElement> Post(HttpClient http, string path, HttpStatusCode expected)
    {
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }

    static byte[] Hour(string qn, string values, string mn = Mn, string time = Time, string password = "123456") =>
        Wire.Packet(DeviceLine.Hour(mn, qn, time, values, password));

    [Fact]
    public async Task What_is_bad_costs_itself_and_is_played_again_once_its_cause_is_mended()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (service, port) = await Start();
        await using var _ = service;
        using var line = await DeviceLine.Open(port, cancel);

        // Unknown: not answered, however often it comes, and one entry.
        var early = Hour("20250301090000001", "a34004-Avg=28,a34004-Flag=N");
        await line.Send([.. early, .. early], cancel);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < soon && (await List(service.Http)).Count == 0;) await Task.Delay(50, cancel);
        Assert.Null(await line.Answer(moment, cancel));
        var entry = Assert.Single(await List(service.Http));
        Assert.Equal("station-unknown", entry.GetProperty("code").GetString());
        Assert.Equal((Mn, 2, "open"), (entry.GetProperty("mn").GetString(), entry.GetProperty("times").GetInt32(), entry.GetProperty("state").GetString()));
        Assert.StartsWith("##", entry.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("123456", entry.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.1:", entry.GetProperty("remote").GetString(), StringComparison.Ordinal);
        var id = entry.GetProperty("id").GetString();
        Assert.Equal("station-unknown", (await Post(service.Http, $"/v1/quarantine/{id}/replay", HttpStatusCode.UnprocessableEntity)).GetProperty("code").GetString());

        await Register(service.Http, Mn);
        Assert.Equal("recorded", (await Post(service.Http, $"/v1/quarantine/{id}/replay", HttpStatusCode.OK)).GetProperty("outcome").GetString());
        Assert.Empty(await List(service.Http));
        Assert.Equal("统计局/tests", Assert.Single(await List(service.Http, "state=replayed")).GetProperty("replayedBy").GetString());

        // Everything wrong in one go; the sound packets among it are answered, and nothing else is.
        var crc = Hour("20250301090000002", "a34004-Avg=1");
        crc[^4] ^= 1;
        var length = Hour("20250301090000003", "a34004-Avg=1");
        length[2] = (byte)'1';
        await line.Send(
            [
                .. early, .. crc, .. length, .. "GET / HTTP/1.1\r\n\r\n"u8,
                .. Hour("20250301100000004", "a34004-Avg=29;a34002-Avg=50", time: "20250301090000"),
                .. Hour("20250301100000005", "a34004-Avg=1", password: "999999"), .. Wire.Packet("no segment"),
                .. Wire.Packet($"QN=20250301100000006;ST=22;CN=4711;PW=123456;MN={Mn};Flag=5;CP=&&&&"),
                .. Hour("20250301110000007", "a34004-Avg=30;a05024-Avg=80;a34002-Avg=x", time: "20250301100000"),
            ], cancel);
        Assert.Equal(
            ["20250301090000001", "20250301100000004", "20250301100000006", "20250301110000007"],
            [await line.Answer(soon, cancel), await line.Answer(soon, cancel), await line.Answer(soon, cancel), await line.Answer(soon, cancel)]);
        Assert.Equal(
            ["command-unknown", "crc-differs", "garbage", "length-differs", "not-a-number", "password-wrong", "segment-malformed"],
            (await List(service.Http)).Select(one => one.GetProperty("code").GetString()!).Order(StringComparer.Ordinal));
        // Of the last packet the good value is on record, the others are named.
        var partly = Assert.Single(await List(service.Http, "code=not-a-number"));
        Assert.Equal(
            ["a05024 pollutant-undeclared", "a34002 not-a-number"],
            partly.GetProperty("faults").EnumerateArray().Select(one => $"{one.GetProperty("pollutant")} {one.GetProperty("code")}").Order(StringComparer.Ordinal));
        var day = await service.Http.GetStringAsync(new Uri($"/v1/stations/{Mn}/days/2025-03-01", UriKind.Relative), cancel);
        Assert.Contains("""{"time":"2025-03-01T11:00:00+08:00","value":30,"flag":"N",""", day, StringComparison.Ordinal);

        // All of one MN: those that still cannot be used stay.
        var summary = await Post(service.Http, $"/v1/quarantine/replay?mn={Mn}", HttpStatusCode.OK);
        Assert.Equal((0, 5), (summary.GetProperty("replayed").GetInt32(), summary.GetProperty("refused").GetInt32()));
    }

    [Fact]
    public async Task A_device_may_better_its_own_value_and_not_a_persons()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (service, port) = await Start();
        await using var _ = service;
        await Register(service.Http, Mn);
        using var line = await DeviceLine.Open(port, cancel);
        async Task Send(byte[] packet, string qn)
        {
            await line.Send(packet, cancel);
            Assert.Equal(qn, await line.Answer(soon, cancel));
        }

        async Task<decimal> Value()
        {
            using var day = JsonDocument.Parse(await service.Http.GetStringAsync(new Uri($"/v1/stations/{Mn}/days/2025-03-01", UriKind.Relative), cancel));
            return day.RootElement.GetProperty("series").GetProperty("a34004")[0].GetProperty("value").GetDecimal();
        }

        var (first, better) = (Hour("20250301090000001", "a34004-Avg=28"), Hour("20250301093000002", "a34004-Avg=27"));
        await Send(first, "20250301090000001");
        await Send(better, "20250301093000002");
        Assert.Equal(27, await Value());
        await Send(first, "20250301090000001");
        Assert.Equal(27, await Value());

        using (var revised = new StringContent(
            $$"""{"station":"{{Mn}}","time":"2025-03-01T09:00:00+08:00","pollutant":"a34004","value":26,"flag":"M","reason":"质控"}""",
            Encoding.UTF8, "application/json"))
        using (var answer = await service.Http.PostAsync(new Uri("/v1/readings", UriKind.Relative), revised, cancel))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Send(better, "20250301093000002");
        await Send(Hour("20250301095000003", "a34004-Avg=25"), "20250301095000003");
        Assert.Equal(26, await Value());
        var entry = Assert.Single(await List(service.Http));
        Assert.Equal("correction-needs-reason", entry.GetProperty("code").GetString());
        await Post(service.Http, $"/v1/quarantine/{entry.GetProperty("id")}/replay?reason=%E6%A0%B8%E5%AE%9E", HttpStatusCode.OK);
        Assert.Equal(25, await Value());
    }

    [Fact]
    public async Task Parts_real_time_and_day_values_are_kept_and_a_slow_device_is_let_go()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (service, port) = await Start(("Hj212__PacketMax", "00:00:02"));
        await using var _ = service;
        await Register(service.Http, Mn);
        using var line = await DeviceLine.Open(port, cancel);

        // Each part is answered as it comes, also on another connection; sent again it is known again.
        string Part(int part, string content) =>
            $"QN=20250301090000001;ST=22;CN=2061;PW=123456;MN={Mn};Flag=7;PNUM=2;PNO={part};CP=&&{content}&&";
        await line.Send(Wire.Packet(Part(2, "a34002-Avg=51,a34002-Flag=N")), cancel);
        Assert.NotNull(await line.Answer(soon, cancel));
        using (var other = await DeviceLine.Open(port, cancel))
        {
            for (var time = 0; time < 2; time++)
            {
                await other.Send(Wire.Packet(Part(1, $"DataTime={Time};a34004-Avg=28,a34004-Flag=N")), cancel);
                Assert.NotNull(await other.Answer(soon, cancel));
            }
        }

        var day = await service.Http.GetStringAsync(new Uri($"/v1/stations/{Mn}/days/2025-03-01", UriKind.Relative), cancel);
        Assert.Contains("\"a34002\":[{\"time\":\"2025-03-01T09:00:00+08:00\",\"value\":51", day, StringComparison.Ordinal);

        foreach (var (command, suffix) in new[] { ("2011", "Rtd"), ("2051", "Avg"), ("2031", "Avg") })
        {
            await line.Send(Wire.Packet(
                $"QN=20250302000000009;ST=22;CN={command};PW=123456;MN={Mn};Flag=5;CP=&&DataTime=20250301000000;a34004-{suffix}=30,a34004-Flag=N&&"), cancel);
            Assert.NotNull(await line.Answer(soon, cancel));
        }

        Assert.Equal(day, await service.Http.GetStringAsync(new Uri($"/v1/stations/{Mn}/days/2025-03-01", UriKind.Relative), cancel));
        Assert.Contains("\"realTime\":{\"a34004\":{", await service.Http.GetStringAsync(new Uri($"/v1/stations/{Mn}/latest", UriKind.Relative), cancel), StringComparison.Ordinal);
        Assert.Contains("\"value\":30,\"flag\":\"N\",\"hours\":1,\"hoursMean\":28", await service.Http.GetStringAsync(new Uri($"/v1/stations/{Mn}/device-days/2025-03-01", UriKind.Relative), cancel), StringComparison.Ordinal);

        // A packet byte by byte is a packet; one that never ends is given to the operator, and the connection with it up.
        foreach (var one in Hour("20250301100000011", "a34004-Avg=29", time: "20250301090000")) await line.Send([one], cancel);
        Assert.Equal("20250301100000011", await line.Answer(soon, cancel));
        await line.Send("##0200QN=2025", cancel);
        Assert.Null(await line.Answer(soon, cancel));
        Assert.Equal("packet-incomplete", Assert.Single(await List(service.Http)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Ten_thousand_connections_are_open_at_once_and_all_are_answered()
    {
        const int connections = 10_000;
        const int stations = 200;
        var cancel = TestContext.Current.CancellationToken;
        var (service, port) = await Start();
        await using var _ = service;
        var csv = new StringBuilder("mn,name,medium,area,units,password\n");
        for (var station = 0; station < stations; station++) csv.AppendLine(CultureInfo.InvariantCulture, $"M{station},站,air,410325100,a34004=μg/m3,123456");
        using (var body = new StringContent(csv.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("text/csv")))
        using (var answer = await service.Http.PostAsync(new Uri("/v1/stations", UriKind.Relative), body, cancel))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var lines = new List<DeviceLine>(connections);
        try
        {
            foreach (var chunk in Enumerable.Range(0, connections).Chunk(500))
                lines.AddRange(await Task.WhenAll(chunk.Select(_ => DeviceLine.Open(port, cancel))));
            var watch = Stopwatch.StartNew();
            var answers = await Task.WhenAll(lines.Index().Select(async one =>
            {
                var time = new DateTime(2025, 3, 1).AddHours(one.Index / stations).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
                await one.Item.Send(Wire.Packet(DeviceLine.Hour($"M{one.Index % stations}", "20250301090000001", time, "a34004-Avg=28")), cancel);
                return await one.Item.Answer(TimeSpan.FromSeconds(180), cancel);
            }));
            Assert.All(answers, Assert.NotNull);
            TestContext.Current.TestOutputHelper?.WriteLine($"{connections} connections answered in {watch.Elapsed.TotalSeconds:0.0} s");
            var metrics = await service.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancel);
            Assert.Contains(metrics.Split('\n'), row => row.StartsWith("hj212_connections", StringComparison.Ordinal) && row.Contains(" 10000", StringComparison.Ordinal));
            var resident = File.ReadLines($"/proc/{service.ProcessId}/status").First(row => row.StartsWith("VmRSS", StringComparison.Ordinal));
            Assert.InRange(long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), 1, 700 * 1024);
        }
        finally
        {
            foreach (var line in lines) line.Dispose();
        }
    }
}
