using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Monitoring.Simulator;

namespace Monitoring.System.Tests;

/// <summary>The service dies while devices send. What was answered is on record, and in the end everything is, once.</summary>
public sealed class DeviceKillTests
{
    const int Devices = 40;
    const int Hours = 240;
    const int Window = 8;

    static string Mn(int device) => string.Create(CultureInfo.InvariantCulture, $"4103250000000000009{device:00000}");

    static string Qn(int hour) => string.Create(CultureInfo.InvariantCulture, $"{20_250_301_000_000_000 + hour}");

    static decimal Value(int device, int hour) => device + hour / 10m;

    [Fact]
    public async Task Every_answered_packet_survives_the_death_of_the_service_and_is_recorded_once()
    {
        var cancel = TestContext.Current.CancellationToken;
        var servers = await TestServers.Shared;
        var (connection, keys, port) = (await servers.CreateDatabase("environment"), new TestKeys(), DeviceLine.FreePort());
        await using var environment = await ServiceProcess.Start(
            "Environment", connection, await servers.CreateVirtualHost(), keys, true, ("Hj212__Port", $"{port}"));
        var registrations = new StringBuilder("mn,name,medium,area,units,password\n");
        for (var device = 0; device < Devices; device++)
            registrations.AppendLine(CultureInfo.InvariantCulture, $"{Mn(device)},站 {device},air,410325100,a34004=μg/m3,123456");
        using (var csv = new StringContent(registrations.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("text/csv")))
        using (var answer = await environment.Http.PostAsync(new Uri("/v1/stations", UriKind.Relative), csv, cancel))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var answered = new ConcurrentDictionary<(int Device, int Hour), bool>();
        var sending = Enumerable.Range(0, Devices).Select(device => SendAll(device, port, answered, cancel)).ToList();
        foreach (var share in new[] { 0.2, 0.5, 0.8 })
        {
            while (answered.Count < share * Devices * Hours && !sending.All(one => one.IsCompleted)) await Task.Delay(5, cancel);
            await environment.Kill();
            var before = answered.Keys.ToList();
            var stored = await RecordedReadings.Of(connection);
            Assert.NotEmpty(before);
            Assert.True(before.Count < Devices * Hours, "The service was to die while devices send.");
            Assert.All(before, one => Assert.True(stored.ContainsKey(Key(one.Device, one.Hour)), $"{one} was answered and is not on record"));
            await environment.Restart();
        }

        await Task.WhenAll(sending);
        var recorded = await RecordedReadings.Of(connection);
        Assert.Equal(Devices * Hours, recorded.Count);
        for (var device = 0; device < Devices; device++)
        for (var hour = 0; hour < Hours; hour++)
            Assert.Equal((new Hourly(Value(device, hour), "N"), 1), recorded[Key(device, hour)]);
    }

    // DataTime is the start of the hour, readings are labelled by its end.
    static (string, string, DateTimeOffset) Key(int device, int hour) =>
        (Mn(device), "a34004", new DateTimeOffset(2025, 3, 1, 0, 0, 0, TimeSpan.FromHours(8)).AddHours(hour + 1).ToUniversalTime());

    /// <summary>As a device's store-and-forward: a few packets under way, and what was not answered again on the next connection.</summary>
    static async Task SendAll(int device, int port, ConcurrentDictionary<(int, int), bool> answered, CancellationToken cancel)
    {
        while (true)
        {
            var open = Enumerable.Range(0, Hours).Where(hour => !answered.ContainsKey((device, hour))).ToList();
            if (open.Count == 0) return;
            try
            {
                using var line = await DeviceLine.Open(port, cancel);
                foreach (var window in open.Chunk(Window))
                {
                    var packets = window.SelectMany(hour => Wire.Packet(DeviceLine.Hour(
                        Mn(device), Qn(hour), new DateTime(2025, 3, 1).AddHours(hour).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
                        string.Create(CultureInfo.InvariantCulture, $"a34004-Avg={Value(device, hour)},a34004-Flag=N")))).ToArray();
                    await line.Send(packets, cancel);
                    for (var count = 0; count < window.Length; count++)
                    {
                        if (await line.Answer(TimeSpan.FromSeconds(60), cancel) is not { } qn) throw new IOException("cut off");
                        answered[(device, (int)(long.Parse(qn, CultureInfo.InvariantCulture) - 20_250_301_000_000_000))] = true;
                    }
                }
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                await Task.Delay(50, cancel);
            }
        }
    }
}
