using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// A replay of the whole ledger as a job, from the request to its stored result, against a bare sequential read of the same rows from
/// PostgreSQL in this same run, every column read; on ledgers of 10⁵ and 10⁶ events.
/// </summary>
static class Replaying
{
    const int Rounds = 3;

    public static async Task Run(ServiceProcess evaluation, NpgsqlDataSource database, Report report, int events)
    {
        var (replayed, bare, digests, rows) = (new List<double>(), new List<double>(), new HashSet<string>(), 0L);
        for (var round = 0; round <= Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            rows = await Read(database);
            var reading = rows / watch.Elapsed.TotalSeconds;
            watch.Restart();
            using var asked = await evaluation.Http.PostAsJsonAsync(new Uri("/v1/replays", UriKind.Relative), new { on = "2025-12-31" });
            var replay = (await asked.Content.ReadFromJsonAsync<JsonNode>())!;
            while (!replay["ended"]!.GetValue<bool>())
            {
                await Task.Delay(10);
                replay = (await evaluation.Http.GetFromJsonAsync<JsonNode>(new Uri($"/v1/replays/{replay["id"]}", UriKind.Relative)))!;
            }

            if (replay["state"]!.GetValue<string>() != "done" || replay["events"]!.GetValue<long>() != rows)
                throw new InvalidOperationException($"{rows} rows were read, and a replay came to {replay}");
            digests.Add(replay["digest"]!.GetValue<string>());
            if (round == 0) continue;
            bare.Add(reading);
            replayed.Add(rows / watch.Elapsed.TotalSeconds);
        }

        report.Add(
            string.Create(CultureInfo.InvariantCulture, $"events replayed, ledger of {events:#,0}"),
            Ingest.Median(replayed), Ingest.Median(bare), 0.3,
            string.Create(CultureInfo.InvariantCulture, $"{rows:#,0} of the views; baseline: a sequential read; {digests.Count} digest"));
    }

    static async Task<long> Read(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            select seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers,
                user_name, is_archived
            from evaluation.mt_events
            where tenant_id = $1 and (type like 'projects.%' or type like 'indicators.%')
            order by seq_id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = TestKeys.Tenant });
        var (count, values) = (0L, new object[14]);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            rows.GetValues(values);
            count++;
        }

        return count;
    }
}
