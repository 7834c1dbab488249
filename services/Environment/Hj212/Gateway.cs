using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// Listens to devices that speak HJ 212 over TCP. Each connection is a loop of its own that reads at most one buffer of
/// packets, hands them over, waits until they are committed, answers, and reads on: memory per connection is bounded, and a
/// device is never told that something is kept before it is. Any instance may listen.
/// </summary>
public sealed partial class Gateway(Recorder recorder, Hj212Options options, TimeProvider clock, ILogger<Gateway> logger, ILoggerFactory loggers)
    : BackgroundService, IHealthCheck
{
    const int ReadBufferBytes = 16 * 1024;
    const int WriteBufferBytes = 16 * 1024;

    static readonly TimeSpan bindAgainAfter = TimeSpan.FromSeconds(2);
    static readonly TimeSpan watchEvery = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, DeviceConnection> connections = new();
    string? unbound = "not yet listening";

    /// <summary>Healthy while it listens, or is not meant to.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object> { ["connections"] = (long)connections.Count, ["port"] = (long)(options.Port ?? 0) };
        return Task.FromResult(options.Port is null ? HealthCheckResult.Healthy("No port is configured (Hj212:Port).")
            : unbound is { } reason ? HealthCheckResult.Unhealthy($"Port {options.Port} is not open: {reason}", null, data)
            : HealthCheckResult.Healthy(null, data));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Port is not { } port) return;
        var transport = Transport(loggers);
        var watching = Watch(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var listener = await transport.BindAsync(new IPEndPoint(IPAddress.Parse(options.Address), port), stoppingToken);
                unbound = null;
                Listening(options.Address, port);
                while (await listener.AcceptAsync(stoppingToken) is { } line) _ = Serve(line, stoppingToken);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                unbound = e.Message;
                NotListening(port, e.Message);
                await Task.Delay(bindAgainAfter, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
        }

        unbound = "stopping";
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    async Task Serve(ConnectionContext line, CancellationToken stopping)
    {
        // The accept loop goes on at once.
        await Task.Yield();
        await using (line)
        {
            if (connections.Count >= options.ConnectionsMax)
            {
                Meters.Ended.Add(1, new KeyValuePair<string, object?>("reason", "too-many"));
                line.Abort();
                return;
            }

            var connection = new DeviceConnection(line, recorder, options, clock);
            connections[line.ConnectionId] = connection;
            Meters.Connections.Add(1);
            try
            {
                await connection.Run(stopping);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or ConnectionAbortedException)
            {
                // Devices come and go; what was not answered they send again.
            }
            catch (Exception e)
            {
                Failed(line.RemoteEndPoint?.ToString(), e);
            }
            finally
            {
                connections.TryRemove(line.ConnectionId, out _);
                Meters.Connections.Add(-1);
                if (connection.EndedFor is { } reason)
                {
                    Meters.Ended.Add(1, new KeyValuePair<string, object?>("reason", reason));
                    Ended(line.RemoteEndPoint?.ToString(), reason);
                }
            }
        }
    }

    async Task Watch(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(watchEvery, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            var now = clock.GetTimestamp();
            foreach (var connection in connections.Values) connection.EndIfOverdue(now);
        }
    }

    /// <summary>Kestrel's sockets with small buffers; they take memory for a connection only once it has sent something.</summary>
    static SocketTransportFactory Transport(ILoggerFactory loggers) => new(
        Options.Create(new SocketTransportOptions
        {
            MaxReadBufferSize = ReadBufferBytes, MaxWriteBufferSize = WriteBufferBytes, Backlog = 4_096, NoDelay = true,
            WaitForDataBeforeAllocatingBuffer = true,
        }),
        loggers);

    [LoggerMessage(LogLevel.Information, "Listening to HJ 212 devices on {Address}:{Port}")]
    partial void Listening(string address, int port);

    [LoggerMessage(LogLevel.Warning, "Port {Port} for HJ 212 devices cannot be opened, trying again: {Reason}")]
    partial void NotListening(int port, string reason);

    [LoggerMessage(LogLevel.Information, "The connection of {Remote} was ended: {Reason}")]
    partial void Ended(string? remote, string reason);

    [LoggerMessage(LogLevel.Error, "The connection of {Remote} failed")]
    partial void Failed(string? remote, Exception exception);
}

/// <summary>One device's connection. A bad packet costs itself and not the connection.</summary>
sealed class DeviceConnection(ConnectionContext line, Recorder recorder, Hj212Options options, TimeProvider clock)
{
    const int GarbageKeptMax = 1_024;
    const long Never = long.MaxValue;

    readonly string remote = line.RemoteEndPoint?.ToString() ?? "";
    readonly List<Received> pieces = [];
    readonly List<byte> garbage = [];
    long dueAt = Never;
    int badInARow;
    bool isAnswering;

    /// <summary>Why the gateway ended it; null where the device did.</summary>
    public string? EndedFor { get; private set; }

    public async Task Run(CancellationToken stopping)
    {
        var input = line.Transport.Input;
        var isInside = false;
        Due(options.SilenceMax);
        while (true)
        {
            var read = await input.ReadAsync(stopping);
            var isEnd = read.IsCompleted || read.IsCanceled;
            var left = Cut(read.Buffer, isEnd);
            input.AdvanceTo(read.Buffer.GetPosition(read.Buffer.Length - left), read.Buffer.End);
            await KeepAndAnswer(stopping);
            if (isEnd) return;
            if (badInARow >= options.BadInARowMax)
            {
                EndedFor = "no-device";
                return;
            }

            // A packet that has begun has a time to end in, however slowly it trickles.
            if (left == 0) Due(options.SilenceMax);
            else if (!isInside || Volatile.Read(ref dueAt) == Never) Due(options.PacketMax);
            isInside = left > 0;
        }
    }

    /// <summary>Ends the connection when what is waited for did not come in time.</summary>
    public void EndIfOverdue(long now)
    {
        if (now < Volatile.Read(ref dueAt)) return;
        Volatile.Write(ref dueAt, Never);
        EndedFor = isAnswering ? "answers-unread" : "silent";
        if (isAnswering) line.Abort();
        else line.Transport.Input.CancelPendingRead();
    }

    void Due(TimeSpan within) => Volatile.Write(ref dueAt, clock.GetTimestamp() + (long)(within.TotalSeconds * clock.TimestampFrequency));

    /// <summary>Cuts the buffer into pieces; answers how many bytes at its end are not yet a piece.</summary>
    int Cut(ReadOnlySequence<byte> buffer, bool isEnd)
    {
        var length = (int)buffer.Length;
        if (buffer.IsSingleSegment) return Cut(buffer.FirstSpan, isEnd);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            buffer.CopyTo(rented);
            return Cut(rented.AsSpan(0, length), isEnd);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    int Cut(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        var now = clock.GetUtcNow();
        while (true)
        {
            var frame = Framing.Next(bytes, options.SegmentBytesMax);
            if (frame.Kind == FrameKind.Incomplete)
            {
                if (!isEnd) return bytes.Length;
                if (!bytes.IsEmpty) pieces.Add(Received.Of(bytes, frame, remote, now));
                SettleGarbage(now);
                return 0;
            }

            var piece = bytes[..frame.Length];
            bytes = bytes[frame.Length..];
            if (frame.Kind == FrameKind.Blank) continue;
            if (frame.Kind == FrameKind.Garbage)
            {
                // However long it is, it is one entry; its beginning tells what it is.
                garbage.AddRange(piece[..Math.Min(piece.Length, GarbageKeptMax - garbage.Count)]);
                continue;
            }

            SettleGarbage(now);
            pieces.Add(Received.Of(piece, frame, remote, now));
        }
    }

    void SettleGarbage(DateTimeOffset now)
    {
        if (garbage.Count == 0) return;
        pieces.Add(Received.Of([.. garbage], new(FrameKind.Garbage, garbage.Count), remote, now));
        garbage.Clear();
    }

    async Task KeepAndAnswer(CancellationToken stopping)
    {
        if (pieces.Count == 0) return;
        Volatile.Write(ref dueAt, Never);
        foreach (var piece in pieces)
        {
            if (piece.Packet is { } packet && Commands.IsAnswer(packet.Command)) piece.Settle(Verdict.Of(Outcome.Ignored));
            else await recorder.Take(piece, stopping);
        }

        var output = line.Transport.Output;
        var hasAnswers = false;
        foreach (var piece in pieces)
        {
            await piece.Outcome.WaitAsync(stopping);
            badInARow = piece.IsProven ? 0 : badInARow + 1;
            if (piece is not { IsProven: true, Packet: { WantsAnswer: true } packet } || Commands.IsAnswer(packet.Command)) continue;
            output.Write(packet.Answer());
            hasAnswers = true;
        }

        pieces.Clear();
        if (!hasAnswers) return;
        isAnswering = true;
        Due(options.AnswerMax);
        await output.FlushAsync(stopping);
        isAnswering = false;
        Volatile.Write(ref dueAt, Never);
    }
}
