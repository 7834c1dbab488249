using System.Net.Sockets;
using System.Text;

namespace Monitoring.Simulator;

/// <summary>Plays a season over TCP: every device on a connection of its own, all at once, each waiting for its answers day by day.</summary>
public sealed class Player(Season season, string host, int port)
{
    const int AttemptsMax = 5;

    static readonly TimeSpan againAfter = TimeSpan.FromSeconds(1);
    static readonly TimeSpan answerMax = TimeSpan.FromSeconds(60);

    long packets;
    long answers;

    /// <summary>Packets sent so far, good and bad.</summary>
    public long Packets => Volatile.Read(ref packets);

    /// <summary>Answers received so far.</summary>
    public long Answers => Volatile.Read(ref answers);

    /// <summary>Plays all devices to the end; answers what must be on record, by MN.</summary>
    /// <param name="dayMin">How long a day lasts at least; zero as fast as answers come.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task<Dictionary<string, Dictionary<(string Pollutant, DateTimeOffset Time), Hourly>>> Play(TimeSpan dayMin, CancellationToken cancel)
    {
        var all = season.Devices.ToDictionary(device => device.Mn, _ => new Dictionary<(string, DateTimeOffset), Hourly>());
        await Task.WhenAll(season.Devices.Select(device => Play(device, all[device.Mn], dayMin, cancel)));
        return all;
    }

    async Task Play(Device device, Dictionary<(string, DateTimeOffset), Hourly> record, TimeSpan dayMin, CancellationToken cancel)
    {
        var random = new Random(device.Number);
        TcpClient? client = null;
        try
        {
            foreach (var day in season.Play(device, record))
            {
                if (day.Reconnects)
                {
                    client?.Dispose();
                    client = null;
                }

                for (var attempt = 1; ; attempt++)
                {
                    try
                    {
                        client ??= await Connect(cancel);
                        await Send(client, day.Sent, random, cancel);
                        break;
                    }
                    catch (Exception e) when (e is IOException or SocketException && attempt < AttemptsMax)
                    {
                        // A device whose line breaks sends again what was not answered, and here the whole day.
                        client?.Dispose();
                        client = null;
                        await Task.Delay(againAfter, cancel);
                    }
                }

                if (dayMin > TimeSpan.Zero) await Task.Delay(dayMin, cancel);
            }
        }
        finally
        {
            client?.Dispose();
        }
    }

    async Task<TcpClient> Connect(CancellationToken cancel)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(host, port, cancel);
        return client;
    }

    /// <summary>Sends in chunks that have nothing to do with packets, reads answers meanwhile, and returns when all have come.</summary>
    async Task Send(TcpClient client, IReadOnlyList<Transmission> sent, Random random, CancellationToken cancel)
    {
        var stream = client.GetStream();
        var expected = sent.Where(one => one.Answer is not null).Select(one => one.Answer!).Order(StringComparer.Ordinal).ToList();
        var reading = Read(stream, expected.Count, cancel);
        var bytes = sent.SelectMany(one => one.Bytes).ToArray();
        for (var at = 0; at < bytes.Length;)
        {
            var size = Math.Min(random.Next(1, 4_000), bytes.Length - at);
            await stream.WriteAsync(bytes.AsMemory(at, size), cancel);
            at += size;
        }

        Interlocked.Add(ref packets, sent.Count);
        var got = await reading;
        got.Sort(StringComparer.Ordinal);
        if (!got.SequenceEqual(expected))
            throw new InvalidOperationException($"Answers differ: missing {string.Join(' ', expected.Except(got))}, unasked {string.Join(' ', got.Except(expected))}");
    }

    async Task<List<string>> Read(NetworkStream stream, int count, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(answerMax);
        var (buffer, text, got) = (new byte[16 * 1024], new StringBuilder(), new List<string>(count));
        while (got.Count < count)
        {
            var read = await stream.ReadAsync(buffer, limit.Token);
            if (read == 0) throw new IOException($"The connection ended with {count - got.Count} answers missing.");
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            var before = got.Count;
            got.AddRange(Wire.Answered(text));
            Interlocked.Add(ref answers, got.Count - before);
        }

        return got;
    }
}
