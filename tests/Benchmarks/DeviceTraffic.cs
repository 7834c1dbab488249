using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Monitoring.Simulator;
using Monitoring.Testing;
using Npgsql;
using NpgsqlTypes;

namespace Monitoring.Benchmarks;

/// <summary>
/// Hour packets of six values over 1,000 TCP connections, each sent when the one before was answered, against the barest
/// server that keeps the same promise: it answers a line after its six rows were put into a keyed table with COPY, packets
/// gathered as they come.
/// </summary>
static class DeviceTraffic
{
    const int Connections = 1_000;
    const int PacketsEach = 12;
    const int Rounds = 3;

    static readonly string[] codes = ["a34004", "a34002", "a21026", "a21004", "a21005", "a05024"];

    public static async Task Run(TestServers servers, Report report)
    {
        var (port, amqp) = (FreePort(), await servers.CreateVirtualHost());
        await using var environment = await ServiceProcess.Start(
            "Environment", await servers.CreateDatabase("environment"), amqp, new TestKeys(), true, ("Hj212__Port", $"{port}"));
        // Somebody must take what the outbox publishes.
        await using var sink = await Sink.Open(amqp);
        var csv = new StringBuilder("mn,name,medium,area,units,password\n");
        for (var device = 0; device < Connections; device++)
            csv.AppendLine(CultureInfo.InvariantCulture, $"{Mn(device)},站,air,410325100,{string.Join(';', codes.Select(code => $"{code}=mg/m3"))},123456");
        using (var content = new StringContent(csv.ToString(), Encoding.UTF8, new MediaTypeHeaderValue("text/csv")))
        using (var answer = await environment.Http.PostAsync(new Uri("/v1/stations", UriKind.Relative), content))
            answer.EnsureSuccessStatusCode();

        await using var database = NpgsqlDataSource.Create(await servers.CreateDatabase("readings"));
        await using (var table = database.CreateCommand(
            "create table readings (station text, pollutant text, time timestamptz, value numeric, flag text, primary key (station, pollutant, time))"))
            await table.ExecuteNonQueryAsync();
        await using var bare = new BareServer(database);

        var (measured, baseline) = (new List<double>(), new List<double>());
        // One warm-up round of each that does not count.
        for (var round = 0; round <= Rounds; round++)
        {
            var (over, without) = (await Rate(port, round), await Rate(bare.Port, round));
            if (round == 0) continue;
            measured.Add(over);
            baseline.Add(without);
        }

        report.Add($"HJ 212 packets committed and answered, {Connections:#,0} connections", Ingest.Median(measured), Ingest.Median(baseline), 0.5, "baseline: bare TCP, COPY, answer");
        report.Peak("Environment", environment.ProcessId);
    }

    static async Task<double> Rate(int port, int round)
    {
        var lines = await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, port);
            return client;
        }));
        var packets = Enumerable.Range(0, Connections).Select(device =>
            Enumerable.Range(round * PacketsEach, PacketsEach).Select(hour => Packet(device, hour)).ToArray()).ToArray();
        try
        {
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(lines.Index().Select(async line =>
            {
                var (stream, buffer) = (line.Item.GetStream(), new byte[512]);
                foreach (var packet in packets[line.Index])
                {
                    await stream.WriteAsync(packet);
                    for (var read = 0; read == 0 || buffer[read - 1] != '\n';)
                    {
                        var more = await stream.ReadAsync(buffer.AsMemory(read));
                        if (more == 0) throw new IOException("The connection ended.");
                        read += more;
                    }
                }
            }));
            return Connections * PacketsEach / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            foreach (var line in lines) line.Dispose();
        }
    }

    static byte[] Packet(int device, int hour)
    {
        var time = new DateTime(2024, 1, 1).AddHours(hour);
        return Wire.Packet(string.Create(CultureInfo.InvariantCulture,
            $"QN={time:yyyyMMddHHmmss}000;ST=22;CN=2061;PW=123456;MN={Mn(device)};Flag=5;CP=&&DataTime={time:yyyyMMddHHmmss};{string.Join(';', codes.Select((code, index) => $"{code}-Avg={device % 90 + index}.{hour % 10},{code}-Flag=N"))}&&"));
    }

    static string Mn(int device) => string.Create(CultureInfo.InvariantCulture, $"41032500000000000000{device:0000}");

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Reads lines, checks nothing, copies six rows for each, then answers.</summary>
    sealed class BareServer : IAsyncDisposable
    {
        readonly TcpListener listener = new(IPAddress.Loopback, 0);
        readonly Channel<(string Line, TaskCompletionSource Done)> queue = Channel.CreateBounded<(string, TaskCompletionSource)>(4_000);
        readonly NpgsqlDataSource database;

        public BareServer(NpgsqlDataSource database)
        {
            this.database = database;
            listener.Start(4_096);
            _ = Accept();
            for (var writer = 0; writer < 2; writer++) _ = Write();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public ValueTask DisposeAsync()
        {
            listener.Stop();
            queue.Writer.Complete();
            return ValueTask.CompletedTask;
        }

        async Task Accept()
        {
            try
            {
                while (true) _ = Serve(await listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Stopped.
            }
        }

        async Task Serve(TcpClient client)
        {
            using (client)
            {
                client.NoDelay = true;
                var (reader, answer) = (new StreamReader(client.GetStream()), "##0087…\r\n"u8.ToArray());
                while (await reader.ReadLineAsync() is { } line)
                {
                    var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    await queue.Writer.WriteAsync((line, done));
                    await done.Task;
                    await client.GetStream().WriteAsync(answer);
                }
            }
        }

        async Task Write()
        {
            while (await queue.Reader.WaitToReadAsync())
            {
                await Task.Delay(5);
                var gathered = new List<(string Line, TaskCompletionSource Done)>();
                while (gathered.Count < 1_000 && queue.Reader.TryRead(out var one)) gathered.Add(one);
                await using var connection = await database.OpenConnectionAsync();
                await using (var copy = await connection.BeginBinaryImportAsync(
                    "copy readings (station, pollutant, time, value, flag) from stdin (format binary)"))
                {
                    foreach (var (line, _) in gathered)
                    {
                        var mn = line.AsSpan(line.IndexOf("MN=", StringComparison.Ordinal) + 3, 24).ToString();
                        var time = DateTime.SpecifyKind(
                            DateTime.ParseExact(line.AsSpan(9, 14), "yyyyMMddHHmmss", CultureInfo.InvariantCulture), DateTimeKind.Utc);
                        for (var code = 0; code < codes.Length; code++)
                        {
                            await copy.StartRowAsync();
                            await copy.WriteAsync(mn, NpgsqlDbType.Text);
                            await copy.WriteAsync(codes[code], NpgsqlDbType.Text);
                            await copy.WriteAsync(time, NpgsqlDbType.TimestampTz);
                            await copy.WriteAsync(1.5m, NpgsqlDbType.Numeric);
                            await copy.WriteAsync("N", NpgsqlDbType.Text);
                        }
                    }

                    await copy.CompleteAsync();
                }

                foreach (var (_, done) in gathered) done.SetResult();
            }
        }
    }
}
