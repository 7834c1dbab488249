using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// A year of 30 stations with ten pollutants, hourly: what it takes on disk when it comes day by day, and hour by hour; how fast
/// its hours, days, months and the year are computed the first time and once more; how fast it streams out.
/// </summary>
static class Figures
{
    const int Stations = 30;
    const int Days = 365;
    const int HourlyDays = 30;
    const int Pollutants = 10;

    static readonly (string Code, string Unit, decimal Level)[] pollutants =
    [
        ("a34004", "μg/m3", 35), ("a34002", "μg/m3", 80), ("a21026", "μg/m3", 9), ("a21004", "μg/m3", 25), ("a21005", "mg/m3", 0.6m), ("a05024", "μg/m3", 90),
        ("a01001", "℃", 15), ("a01002", "%", 60), ("a01006", "hPa", 980), ("a01007", "m/s", 2),
    ];

    static readonly DateTime start = new(2023, 1, 1);

    public static async Task Run(TestServers servers, Report report)
    {
        var connection = await servers.CreateDatabase("figures");
        await using var environment = await ServiceProcess.Start("Environment", connection, await servers.Amqp(), new TestKeys());
        await using var sink = await Sink.Open(await servers.Amqp());
        await using var database = NpgsqlDataSource.Create(connection);
        var registration = new StringBuilder("mn,name,medium,area,units\n");
        for (var station = 0; station < Stations; station++)
            registration.AppendLine(CultureInfo.InvariantCulture, $"{Mn(station)},站点 {station},air,410325100,{string.Join(';', pollutants.Select(one => $"{one.Code}={one.Unit}"))}");
        await Push(environment.Http, "/v1/stations", registration.ToString());

        var empty = await Size(database);
        const long readings = (long)Stations * Days * 24 * Pollutants;
        for (var day = 0; day < Days; day++) await Push(environment.Http, "/v1/readings", Csv(day * 24, 24));
        await Push(environment.Http, "/v1/assessments", "{}", "application/json");
        report.Add("figures: bytes per reading, pushed by the day", Bytes(await Size(database) - empty, readings), "a year: events, readings by day, hours, days, months, index");

        // The figures once more from what is on record, into emptied tables.
        await Execute(database, "truncate environment.hours; truncate environment.days");
        var watch = Stopwatch.StartNew();
        await Push(environment.Http, "/v1/assessments?all=true", "{}", "application/json");
        report.Add("figures: readings rebuilt into hours, days, months, year", string.Create(CultureInfo.InvariantCulture, $"{readings / watch.Elapsed.TotalSeconds:#,0}/s"),
            string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0.0} s"));

        watch.Restart();
        var rows = await Stream(environment.Http);
        report.Add("figures: readings streamed as CSV", string.Create(CultureInfo.InvariantCulture, $"{rows / watch.Elapsed.TotalSeconds:#,0}/s"),
            string.Create(CultureInfo.InvariantCulture, $"{rows:#,0} rows"));
        report.Peak("Environment (figures)", environment.ProcessId);

        // Hour by hour, as stations send: an event per station and hour.
        var before = await Size(database);
        for (var hour = 0; hour < HourlyDays * 24; hour++) await Push(environment.Http, "/v1/readings", Csv(Days * 24 + hour, 1));
        await Push(environment.Http, "/v1/assessments", "{}", "application/json");
        report.Add("figures: bytes per reading, pushed by the hour", Bytes(await Size(database) - before, (long)Stations * HourlyDays * 24 * Pollutants), "of 30 days");
    }

    /// <summary>All stations' readings of some hours.</summary>
    static string Csv(int first, int hours)
    {
        var text = new StringBuilder("station,time,pollutant,value\n");
        for (var station = 0; station < Stations; station++)
            for (var hour = first; hour < first + hours; hour++)
                foreach (var (code, _, level) in pollutants)
                {
                    // Neither stuck nor inverted.
                    var value = Math.Round(level * (0.8m + (hour * 37 + station * 11) % 41 / 100m), code == "a21005" ? 3 : 1);
                    text.Append(CultureInfo.InvariantCulture, $"{Mn(station)},{start.AddHours(hour + 1):yyyy-MM-ddTHH:mm:ss}+08:00,{code},{value}\n");
                }

        return text.ToString();
    }

    static string Mn(int station) => string.Create(CultureInfo.InvariantCulture, $"4103250000000000000000{station:00}");

    static async Task<long> Stream(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/readings", UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/csv");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var count = -1L;
        while (await lines.ReadLineAsync() is not null) count++;
        return count;
    }

    static async Task<long> Size(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select pg_database_size(current_database())");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    static string Bytes(long bytes, long readings) => string.Create(CultureInfo.InvariantCulture,
        $"{(double)bytes / readings:0.0}, {bytes * ((double)Stations * Days * 24 * Pollutants / readings) / 1024 / 1024:0} MiB a year");

    static async Task<JsonElement> Push(HttpClient http, string path, string body, string type = "text/csv")
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException(text);
    }
}
