using System.Net;
using System.Net.Sockets;
using System.Text;
using Monitoring.Simulator;

namespace Monitoring.System.Tests;

/// <summary>A device's connection to the gateway, for tests that say each byte themselves.</summary>
sealed class DeviceLine(TcpClient client) : IDisposable
{
    readonly byte[] buffer = new byte[16 * 1024];
    readonly StringBuilder received = new();
    readonly Queue<string> answers = new();

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task<DeviceLine> Open(int port, CancellationToken cancel)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port, cancel);
        return new DeviceLine(client);
    }

    /// <summary>The data segment of an hour packet of 2017 that wants an answer.</summary>
    public static string Hour(string mn, string qn, string dataTime, string values, string password = "123456") =>
        $"QN={qn};ST=22;CN=2061;PW={password};MN={mn};Flag=5;CP=&&DataTime={dataTime};{values}&&";

    public Task Send(string text, CancellationToken cancel) => Send(Encoding.UTF8.GetBytes(text), cancel);

    public async Task Send(byte[] bytes, CancellationToken cancel) => await client.GetStream().WriteAsync(bytes, cancel);

    /// <summary>The request number of the next answer; null when the connection ends or nothing comes.</summary>
    public async Task<string?> Answer(TimeSpan within, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(within);
        while (answers.Count == 0)
        {
            try
            {
                var read = await client.GetStream().ReadAsync(buffer, limit.Token);
                if (read == 0) return null;
                received.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
                return null;
            }

            foreach (var answer in Wire.Answered(received)) answers.Enqueue(answer);
        }

        return answers.Dequeue();
    }

    public void Dispose() => client.Dispose();
}

/// <summary>Readings as they lie in the events of the Environment service, read from outside.</summary>
static class RecordedReadings
{
    /// <summary>
    /// The value in force of every reading, folded from the events by the test's own hand, and how many times each was recorded
    /// as new.
    /// </summary>
    public static async Task<Dictionary<(string Mn, string Pollutant, DateTimeOffset Time), (Hourly Value, int Times)>> Of(string connection)
    {
        var readings = new Dictionary<(string, string, DateTimeOffset), (Hourly, int)>();
        await using var database = Npgsql.NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand("select type, data::text from environment.mt_events where type in ('environment.readings-recorded.v1', 'environment.readings-revised.v1') order by seq_id");
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            using var data = global::System.Text.Json.JsonDocument.Parse(rows.GetString(1));
            var (root, mn) = (data.RootElement, data.RootElement.GetProperty("mn").GetString()!);
            if (rows.GetString(0) == "environment.readings-recorded.v1")
            {
                var times = root.GetProperty("times").EnumerateArray().Select(time => time.GetDateTimeOffset()).ToArray();
                foreach (var series in root.GetProperty("series").EnumerateArray())
                {
                    var (code, row) = (series.GetProperty("pollutant").GetString()!, 0);
                    var flags = series.TryGetProperty("flags", out var some) ? some.EnumerateArray().Select(flag => flag.GetString()).ToArray() : null;
                    foreach (var value in series.GetProperty("values").EnumerateArray())
                    {
                        if (value.ValueKind == global::System.Text.Json.JsonValueKind.Number)
                        {
                            var key = (mn, code, times[row]);
                            readings[key] = (new Hourly(value.GetDecimal(), flags?[row] ?? "N"), readings.GetValueOrDefault(key).Item2 + 1);
                        }

                        row++;
                    }
                }
            }
            else
            {
                foreach (var revision in root.GetProperty("revisions").EnumerateArray())
                {
                    var key = (mn, revision.GetProperty("pollutant").GetString()!, revision.GetProperty("time").GetDateTimeOffset());
                    readings[key] = (new Hourly(revision.GetProperty("value").GetDecimal(), revision.GetProperty("flag").GetString()!), readings[key].Item2);
                }
            }
        }

        return readings;
    }
}
