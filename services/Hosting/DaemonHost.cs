using System.Net.Sockets;
using JasperFx;
using JasperFx.Events.Daemon;
using Marten;
using Marten.Exceptions;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Monitoring.Hosting;

/// <summary>Names the projections that wait for a person after an error, and are not started again by themselves.</summary>
public delegate Task<IReadOnlyCollection<string>> HeldProjections(CancellationToken cancel);

/// <summary>
/// Runs the projections and the outbox of a service in exactly one of its instances: the one that holds an advisory lock
/// in the service's database. The lock lives as long as its connection, so a dead instance gives way by itself.
/// </summary>
public sealed partial class DaemonHost(
    IDocumentStore store, NpgsqlDataSource database, TimeProvider clock, ILogger<DaemonHost> logger, ILoggerFactory loggers,
    HeldProjections? held = null)
    : BackgroundService
{
    /// <summary>Key of the advisory lock; advisory locks are per database, and each service has its own.</summary>
    public const long LockKey = 0x4D4F4E49544F52;

    static readonly TimeSpan watchEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan rebuildMax = TimeSpan.FromHours(4);

    /// <summary>True while this instance runs the daemon.</summary>
    public bool Leads { get; private set; }

    /// <summary>
    /// Builds every view anew from the events. Takes the daemon's place while it does, so no instance may be running one.
    /// </summary>
    /// <exception cref="InvalidOperationException">An instance runs the daemon.</exception>
    public static async Task Rebuild(IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (!await TryLock(connection, cancel))
            throw new InvalidOperationException("An instance runs the daemon; stop it before rebuilding.");

        var daemon = await store.BuildProjectionDaemonAsync();
        var views = ((DocumentStore)store).Options.Projections.AllShards()
            .Select(shard => shard.Name.Name).Where(name => name != EventPublisher.SubscriptionName);
        await Rebuild(daemon, views, cancel);
        (daemon as IDisposable)?.Dispose();
    }

    /// <summary>Builds these views anew, side by side: none reads another.</summary>
    public static Task Rebuild(IProjectionDaemon daemon, IEnumerable<string> views, CancellationToken cancel) =>
        Task.WhenAll(views.Select(view => daemon.RebuildProjectionAsync(view, rebuildMax, cancel)));

    /// <summary>
    /// True for what passes by itself, so that a watch tries again at its next turn: a database or broker that is away, and writers that
    /// were faster each time.
    /// </summary>
    public static bool Passes(Exception exception) => exception is not OperationCanceledException &&
        (Deciding.IsConflict(exception) || exception is InvalidOperationException or MartenCommandException || IsAway(exception));

    // Whatever a library wraps it in: Marten has a word of its own for a connection that broke inside a transaction.
    static bool IsAway(Exception exception) =>
        exception is NpgsqlException or TimeoutException or IOException or SocketException or RabbitMqConnectionException ||
        (exception.InnerException is { } inner && IsAway(inner));

    static async Task<bool> TryLock(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var tryLock = new NpgsqlCommand($"select pg_try_advisory_lock({LockKey})", connection);
        return await tryLock.ExecuteScalarAsync(cancel) is true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadWhileLocked(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, a service goes on: it takes facts, and leads again once it can.
                LostDatabase(e.Message);
            }

            await Task.Delay(watchEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task LeadWhileLocked(CancellationToken stopping)
    {
        await using var connection = await database.OpenConnectionAsync(stopping);
        if (!await TryLock(connection, stopping)) return;

        // A daemon of its own for each term: after a lost database nothing of the old one's memory can mislead.
        var daemon = await store.BuildProjectionDaemonAsync(logger: loggers.CreateLogger("Marten.Daemon"));
        try
        {
            await daemon.StartAllAsync();
            Leads = true;
            Leading();
            await using var alive = new NpgsqlCommand("select 1", connection) { CommandTimeout = 5 };
            while (!stopping.IsCancellationRequested)
            {
                await Task.Delay(watchEvery, clock, stopping);
                await alive.ExecuteScalarAsync(stopping);
                await RestartStopped(daemon, stopping);
            }
        }
        finally
        {
            Leads = false;
            await daemon.StopAllAsync();
            (daemon as IDisposable)?.Dispose();
        }
    }

    // A shard that met an error pauses; without Marten's own coordinator nobody else would start it again.
    async Task RestartStopped(IProjectionDaemon daemon, CancellationToken stopping)
    {
        var stopped = daemon.CurrentAgents().Where(agent => agent.Status != AgentStatus.Running).ToList();
        if (stopped.Count == 0) return;
        var waiting = held is null ? [] : await held(stopping);
        foreach (var agent in stopped.Where(agent => !waiting.Contains(agent.Name.Name)))
        {
            Restarting(agent.Name.Identity, agent.Status);
            await daemon.StartAgentAsync(agent.Name, stopping);
        }
    }

    [LoggerMessage(LogLevel.Information, "This instance runs the daemon now")]
    partial void Leading();

    [LoggerMessage(LogLevel.Warning, "The daemon's database connection is gone ({Reason}); another instance may take over")]
    partial void LostDatabase(string reason);

    [LoggerMessage(LogLevel.Warning, "Starting {Shard} again, it was {Status}")]
    partial void Restarting(string shard, AgentStatus status);
}
