using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Monitoring.Simulator;
using Npgsql;

namespace Monitoring.System.Tests;

/// <summary>
/// A year of six stations (of thirty with <c>MONITORING_FULL_TESTS=1</c>) over the real port, with outages, storms, resends, wrong clocks and passwords, damage and
/// calibration. What is stored is what the season says, worked out without the service.
/// </summary>
public sealed class DeviceYearTests
{
    const int Seed = 20_251;
    const int Days = 365;

    static readonly int stations = Extent.Of(full: 30, part: 6);

    [Fact]
    public async Task A_year_of_stations_is_on_record_hour_by_hour_and_once()
    {
        var cancel = TestContext.Current.CancellationToken;
        var servers = await TestServers.Shared;
        var (connection, keys, port) = (await servers.CreateDatabase("environment"), new TestKeys(), DeviceLine.FreePort());
        await using var environment = await ServiceProcess.Start(
            "Environment", connection, await servers.CreateVirtualHost(), keys, true, ("Hj212__Port", $"{port}"));
        var season = new Season(Seed, stations, new DateOnly(2025, 1, 1), Days);
        using (var registrations = new StringContent(season.Registrations(), Encoding.UTF8, new MediaTypeHeaderValue("text/csv")))
        using (var answer = await environment.Http.PostAsync(new Uri("/v1/stations", UriKind.Relative), registrations, cancel))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var player = new Player(season, "127.0.0.1", port);
        // Every packet that may be answered is answered, and no other: the player throws otherwise.
        Dictionary<string, Dictionary<(string Pollutant, DateTimeOffset Time), Hourly>> expected;
        try
        {
            expected = await player.Play(TimeSpan.Zero, cancel);
        }
        catch (Exception e) when (e is IOException or global::System.Net.Sockets.SocketException)
        {
            throw new InvalidOperationException($"The gateway went away:\n{environment.Log}", e);
        }

        Assert.InRange(player.Packets, stations * Days * 24, stations * Days * 30);
        Assert.InRange(season.Storms, 6, 18);

        var recorded = await RecordedReadings.Of(connection);
        Assert.All(recorded, one => Assert.Equal(1, one.Value.Times));
        var missing = expected.SelectMany(one => one.Value.Keys.Select(key => (one.Key, key.Pollutant, key.Time)))
            .Where(key => !recorded.ContainsKey((key.Key, key.Pollutant, key.Time.ToUniversalTime()))).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} missing, e.g. {string.Join("; ", missing.Take(3))}; by station {string.Join(' ', missing.CountBy(one => one.Key))}; by code {string.Join(' ', missing.CountBy(one => one.Pollutant))}");
        Assert.Equal(expected.Sum(one => one.Value.Count), recorded.Count);
        foreach (var (mn, readings) in expected)
        foreach (var ((pollutant, time), value) in readings)
            Assert.True(recorded.TryGetValue((mn, pollutant, time.ToUniversalTime()), out var stored) && stored.Value == value,
                $"{mn} {pollutant} {time:O}: {value} was sent, {stored.Value} is on record");

        await Same(environment.Http, connection, expected, cancel);
        await LiesInQuarantine(environment.Http, season, cancel);
    }

    /// <summary>The days that queries answer hold the same, in the declared unit.</summary>
    static async Task Same(
        HttpClient http, string connection, Dictionary<string, Dictionary<(string Pollutant, DateTimeOffset Time), Hourly>> expected, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var count = database.CreateCommand(
            "select sum(jsonb_array_length(series.value -> 'at')) from environment.mt_doc_stationday, jsonb_each(data -> 'series') series");
        Assert.Equal(expected.Sum(one => one.Value.Count), Convert.ToInt64(await count.ExecuteScalarAsync(cancel), null));

        foreach (var (mn, readings) in expected.Take(6))
        {
            var midnight = new DateTimeOffset(2025, 7, 9, 0, 0, 0, TimeSpan.FromHours(8));
            var day = readings.Where(one => one.Key.Time > midnight && one.Key.Time <= midnight.AddDays(1)).ToDictionary(one => one.Key, one => one.Value);
            using var shown = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/v1/stations/{mn}/days/2025-07-09", UriKind.Relative), cancel));
            var answered = shown.RootElement.GetProperty("series").EnumerateObject()
                .SelectMany(series => series.Value.EnumerateArray().Select(one => (
                    Key: (series.Name, one.GetProperty("time").GetDateTimeOffset()),
                    Value: new Hourly(one.GetProperty("value").GetDecimal(), one.GetProperty("flag").GetString()!))))
                .ToDictionary(one => one.Key, one => one.Value);
            Assert.Equal(day.OrderBy(one => one.Key.Pollutant, StringComparer.Ordinal).ThenBy(one => one.Key.Time),
                answered.Select(one => KeyValuePair.Create((Pollutant: one.Key.Name, Time: one.Key.Item2), one.Value))
                    .OrderBy(one => one.Key.Pollutant, StringComparer.Ordinal).ThenBy(one => one.Key.Time));
        }
    }

    /// <summary>What went wrong on the way is all there to be read.</summary>
    static async Task LiesInQuarantine(HttpClient http, Season season, CancellationToken cancel)
    {
        foreach (var code in new[] { "crc-differs", "length-differs", "password-wrong", "station-unknown", "time-in-future", "data-time-off-hour", "garbage" })
        {
            using var answer = await http.GetAsync(new Uri($"/v1/quarantine?code={code}&limit=1", UriKind.Relative), cancel);
            var total = int.Parse(answer.Headers.GetValues("X-Total-Count").Single(), null);
            Assert.True(code == "garbage" ? total is > 0 and < 20 : total > season.Devices.Count, $"{code}: {total}");
        }
    }
}
