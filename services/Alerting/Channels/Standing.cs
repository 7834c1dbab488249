using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts.Alerting;

namespace Monitoring.Alerting;

/// <summary>How a receiver has answered lately. A view over all notifications to it.</summary>
public sealed record Standing
{
    /// <summary>Name of the receiver.</summary>
    public string Id { get; init; } = "";

    public DateTimeOffset? LastSuccessAt { get; init; }

    public DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>Since when it has taken nothing, UTC; null while it takes what it is sent.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? LastReason { get; init; }

    internal bool IsDead(RetryPolicy policy, DateTimeOffset now) => FailingSince is { } since &&
        now - since >= TimeSpan.FromMinutes(policy.DeadAfterMinutes);

    internal Standing Evolve(object data, DateTimeOffset at) => data switch
    {
        NotificationDelivered => this with { LastSuccessAt = at, FailingSince = null },
        NotificationFailed e => this with { LastFailureAt = at, FailingSince = FailingSince ?? at, LastReason = e.Reason },
        _ => this,
    };
}

/// <summary>
/// Keeps <see cref="Standing"/> in the transaction of each attempt. Attempts at one receiver may be under way together; of two that end
/// together the one stored later stands, which is as good.
/// </summary>
public sealed class Standings : IProjection
{
    public async Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        foreach (var stored in events)
        {
            var name = stored.Data switch { NotificationDelivered e => e.Receiver, NotificationFailed e => e.Receiver, _ => null };
            if (name is null) continue;
            var tenant = operations.ForTenant(stored.TenantId);
            var standing = await tenant.LoadAsync<Standing>(name, cancellation) ?? new Standing { Id = name };
            tenant.Store(standing.Evolve(stored.Data, stored.Timestamp));
        }
    }
}

/// <summary>Names receivers that have taken nothing for longer than their policy allows. They are others' fault: degraded, not
/// unready.</summary>
public sealed class ReceiverHealth(IDocumentStore store, TimeProvider clock) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var now = clock.GetUtcNow();
            var dead = new Dictionary<string, object>();
            await using var session = store.QuerySession();
            var books = await session.Query<ReceiverBook>().Where(book => book.AnyTenant()).ToListAsync(cancellationToken);
            foreach (var book in books)
            {
                var tenant = book.Id[(book.Id.LastIndexOf('/') + 1)..];
                await using var county = store.QuerySession(tenant);
                foreach (var standing in await county.Query<Standing>().Where(one => one.FailingSince != null)
                    .ToListAsync(cancellationToken))
                    if (book.Table.Receivers.Any(one => one.Name == standing.Id) && standing.IsDead(book.Table.Retry, now))
                        dead[$"{tenant}/{standing.Id}"] = $"{standing.FailingSince:yyyy-MM-ddTHH:mm:ssZ} {standing.LastReason}";
            }

            return dead.Count == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded($"{dead.Count} receiver(s) take nothing: {string.Join(", ", dead.Keys)}.", null, dead);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException or Marten.Exceptions.MartenCommandException)
        {
            return HealthCheckResult.Degraded($"Receivers cannot be looked at now: {e.Message}");
        }
    }
}
