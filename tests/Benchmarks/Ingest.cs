using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Monitoring.Testing;
using Npgsql;
using NpgsqlTypes;

namespace Monitoring.Benchmarks;

/// <summary>
/// Readings pushed over HTTP in batches of 10,000 rows and committed, against COPY of the same readings as rows into a
/// table keyed by station, pollutant and time. Both with two writers, rounds alternating, the median counts.
/// </summary>
static class Ingest
{
    const int Stations = 20;
    const int Hours = 50;
    const int BatchesPerRound = 24;
    const int Rounds = 3;
    const int Writers = 2;

    static readonly string[] pollutants =
        ["a34004", "a34002", "a21026", "a21004", "a21005", "a05024", "a01001", "a01002", "a01006", "a01007"];

    static readonly string[] units = ["μg/m3", "μg/m3", "μg/m3", "μg/m3", "mg/m3", "μg/m3", "℃", "%", "hPa", "m/s"];

    static readonly DateTimeOffset start = new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task Run(TestServers servers, Report report)
    {
        await using var environment = await ServiceProcess.Start(
            "Environment", await servers.Connection("environment"), await servers.Amqp(), new TestKeys());
        // Somebody must take what the outbox publishes; what he does with it is measured elsewhere.
        await using var sink = await Sink.Open(await servers.Amqp());
        var registration = new StringBuilder("mn,name,medium,area,units\n");
        for (var station = 0; station < Stations * Writers; station++)
            registration.AppendLine(CultureInfo.InvariantCulture,
                $"{Mn(station)},站点 {station},air,410325100,{string.Join(';', pollutants.Zip(units, (code, unit) => $"{code}={unit}"))}");
        await Push(environment.Http, "/v1/stations", registration.ToString(), "text/csv");

        await using var database = NpgsqlDataSource.Create(await servers.Connection("environment"));
        await using (var table = database.CreateCommand("""
            create table readings (station text, pollutant text, time timestamptz, value numeric, flag text,
                                   primary key (station, pollutant, time))
            """))
            await table.ExecuteNonQueryAsync();

        var (csv, json, copy) = (new List<double>(), new List<double>(), new List<double>());
        // One warm-up round of each that does not count.
        for (var round = 0; round <= Rounds; round++)
        {
            // Bodies are made before the clock starts; a sender has them already.
            var first = round * 2 * BatchesPerRound;
            var texts = Enumerable.Range(first, BatchesPerRound).Select(Csv).ToList();
            var arrays = Enumerable.Range(first + BatchesPerRound, BatchesPerRound).Select(Json).ToList();
            var rows = Enumerable.Range(first, BatchesPerRound).Select(batch => Readings(batch).ToList()).ToList();
            var overCsv = await Rate(batch => Push(environment.Http, "/v1/readings", texts[batch], "text/csv"));
            var overJson = await Rate(batch => Push(environment.Http, "/v1/readings", arrays[batch], "application/json"));
            var bare = await Rate(batch => Copy(database, rows[batch]));
            if (round == 0) continue;
            csv.Add(overCsv);
            json.Add(overJson);
            copy.Add(bare);
        }

        report.Add("readings committed over HTTP, CSV", Median(csv), Median(copy), 1.0, "baseline: COPY into a keyed table");
        report.Add("readings committed over HTTP, JSON", Median(json), Median(copy), 1.0);
        report.Peak("Environment", environment.ProcessId);
    }

    static async Task<double> Rate(Func<int, Task> write)
    {
        // Each writer has stations of its own, as departments do.
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var batch = writer; batch < BatchesPerRound; batch += Writers) await write(batch);
        }));
        return BatchesPerRound * Stations * pollutants.Length * Hours / watch.Elapsed.TotalSeconds;
    }

    static IEnumerable<(string Station, string Pollutant, DateTimeOffset Time, decimal Value)> Readings(int batch)
    {
        for (var hour = 0; hour < Hours; hour++)
        for (var station = 0; station < Stations; station++)
        for (var pollutant = 0; pollutant < pollutants.Length; pollutant++)
            yield return (Mn(batch % Writers * Stations + station), pollutants[pollutant], start.AddHours(batch * Hours + hour),
                (station * 7 + pollutant * 13 + hour * 3 + batch) % 1000 / 10m);
    }

    static string Mn(int station) => string.Create(CultureInfo.InvariantCulture, $"4103250000000000000000{station:00}");

    static string Csv(int batch)
    {
        var text = new StringBuilder("station,time,pollutant,value\n", 700_000);
        foreach (var (station, pollutant, time, value) in Readings(batch))
            text.Append(CultureInfo.InvariantCulture, $"{station},{time:yyyy-MM-ddTHH:mm:ssZ},{pollutant},{value}\n");
        return text.ToString();
    }

    static string Json(int batch) => "[" + string.Join(',', Readings(batch).Select(reading => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"station":"{{reading.Station}}","time":"{{reading.Time:yyyy-MM-ddTHH:mm:ssZ}}","pollutant":"{{reading.Pollutant}}","value":{{reading.Value}}}"""))) + "]";

    static async Task Push(HttpClient http, string path, string body, string type)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    static async Task Copy(
        NpgsqlDataSource database, List<(string Station, string Pollutant, DateTimeOffset Time, decimal Value)> rows)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var writer = await connection.BeginBinaryImportAsync(
            "copy readings (station, pollutant, time, value, flag) from stdin (format binary)");
        foreach (var (station, pollutant, time, value) in rows)
        {
            await writer.StartRowAsync();
            await writer.WriteAsync(station, NpgsqlDbType.Text);
            await writer.WriteAsync(pollutant, NpgsqlDbType.Text);
            await writer.WriteAsync(time, NpgsqlDbType.TimestampTz);
            await writer.WriteAsync(value, NpgsqlDbType.Numeric);
            await writer.WriteAsync("N", NpgsqlDbType.Text);
        }

        await writer.CompleteAsync();
    }

    internal static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);
}
