using System.Collections.Concurrent;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Log;

/// <summary>
/// Keeps the log up with the ledger and signs a checkpoint of every county that has grown, every <c>Log:CheckpointSeconds</c> (default 60).
/// Works in the instance that runs the daemon; whoever asks for a checkpoint may be answered by another, the store keeps them apart.
/// </summary>
public sealed partial class LogWriter(
    LogStore store, LogFolder folder, LogKey key, DaemonHost daemon, TimeProvider clock, IConfiguration configuration, ILogger<LogWriter> logger)
    : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMilliseconds(200);

    readonly TimeSpan checkpointEvery = TimeSpan.FromSeconds(configuration.GetValue("Log:CheckpointSeconds", 60d));
    readonly ConcurrentDictionary<string, string> refused = new();
    readonly SemaphoreSlim signing = new(1);

    /// <summary>Counties whose tree no longer begins with what was signed before, and how that shows.</summary>
    public IReadOnlyDictionary<string, string> Refused => refused;

    /// <summary>Appends what has come, and signs a checkpoint over all of it; the last one where nothing has come. Null for an empty log.</summary>
    public async Task<SignedCheckpoint?> Now(string tenant, CancellationToken cancel)
    {
        while (await store.Append(cancel) > 0)
        {
        }

        return await Sign(tenant, cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var due = clock.GetUtcNow();
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            if (!daemon.Leads) continue;
            try
            {
                while (await store.Append(stoppingToken) > 0)
                {
                }

                if (clock.GetUtcNow() < due) continue;
                foreach (var (tenant, _) in await store.Heads(stoppingToken)) await Sign(tenant, stoppingToken);
                due = clock.GetUtcNow() + checkpointEvery;
            }
            catch (Exception e) when (DaemonHost.Passes(e) || e is UnauthorizedAccessException or FormatException)
            {
                NotNow(e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whoever takes rows out of the log while it is read must not end the service that would find it.
                Unreadable(e);
            }
        }
    }

    async Task<SignedCheckpoint?> Sign(string tenant, CancellationToken cancel)
    {
        await signing.WaitAsync(cancel);
        try
        {
            var size = await store.Size(tenant, cancel);
            var last = await store.Checkpoint(tenant, null, cancel);
            if (size == 0 || !await Extends(tenant, size, last, cancel)) return last;
            if (last?.Size != size)
            {
                var root = await store.Root(tenant, size, cancel);
                last = new(size, root, key.Sign(tenant, size, root), clock.GetUtcNow());
                await store.Keep(tenant, last, cancel);
            }

            if (folder.Latest(tenant)?.Size is var there && (there is null || there < size)) await folder.Publish(tenant, last, cancel);
            return last;
        }
        finally
        {
            signing.Release();
        }
    }

    /// <summary>A log that has been rewritten must not get a signature: it would make two histories of one.</summary>
    async Task<bool> Extends(string tenant, long size, SignedCheckpoint? last, CancellationToken cancel)
    {
        Checkpoint?[] before = [last is null ? null : new(LogKey.Origin(tenant), last.Size, last.Root), folder.Latest(tenant)];
        foreach (var one in before.OfType<Checkpoint>())
        {
            if (one.Size <= size && await store.Root(tenant, one.Size, cancel) is var root && root.SequenceEqual(one.Root)) continue;
            refused[tenant] = $"The checkpoint of size {one.Size} does not fit the log of size {size}; nothing more is signed.";
            Forked(tenant, one.Size);
            return false;
        }

        refused.TryRemove(tenant, out _);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "The log is not written now: {Reason}")]
    partial void NotNow(string reason);

    [LoggerMessage(LogLevel.Error, "The log cannot be read as it lies in the store, and is not written now")]
    partial void Unreadable(Exception exception);

    [LoggerMessage(LogLevel.Error, "The log of {Tenant} does not begin with its checkpoint of size {Size}; it gets no signature")]
    partial void Forked(string tenant, long size);
}
