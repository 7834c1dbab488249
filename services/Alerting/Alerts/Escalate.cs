using Marten;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Quartz;

namespace Monitoring.Alerting;

/// <summary>
/// Takes alerts up a level when a day limit has passed (升级): village, township, county. A job of Quartz's store in PostgreSQL, so
/// that of several instances one makes a round, and a round that was missed is made after the start. What is due is decided from the
/// alert itself, so a round that is repeated says nothing twice.
/// </summary>
[DisallowConcurrentExecution]
public sealed partial class Escalate(IDocumentStore store, TimeProvider clock, ILogger<Escalate> logger) : IJob
{
    const int AtOnce = 100;

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var tenant in await Tenants(cancellationToken))
            {
                var occasion = new Occasion(clock.GetUtcNow(), new Caller(tenant, "系统", "escalation"));
                if (await Round(store, occasion, cancellationToken) is > 0 and var risen) Risen(tenant, risen);
                await Owed(store, occasion, cancellationToken);
            }
        }
        catch (Exception e) when (DaemonHost.Passes(e))
        {
            NotNow(e.Message);
        }
    }

    async Task<IReadOnlyList<string>> Tenants(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.AdvancedSql.QueryAsync<string>(
            "select tenant_id from alerting.mt_doc_alert union select tenant_id from alerting.mt_doc_alertbook", cancel);
    }

    /// <summary>One round over a county's open alerts; answers how many went up.</summary>
    internal static async Task<int> Round(IDocumentStore store, Occasion occasion, CancellationToken cancel)
    {
        AlertBook book;
        IReadOnlyList<Alert> due;
        await using (var session = store.QuerySession(occasion.By.Tenant))
        {
            book = await AlertBook.Of(session, occasion.By.Tenant, cancel);
            var open = await session.Query<Alert>().Where(alert => alert.ResolvedAt == null && alert.LevelSince < occasion.Today)
                .ToListAsync(cancel);
            due = [.. open.Where(alert => Routing.EscalationOf(book, alert, occasion.Today) is not null)];
        }

        var risen = 0;
        foreach (var some in due.Chunk(AtOnce))
            risen += await Raise(store, book, some, occasion, cancel);
        return risen;
    }

    /// <summary>Feeds that are late become alerts; answers how many contracts are broken.</summary>
    internal static async Task<int> Owed(IDocumentStore store, Occasion occasion, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(occasion.By.Tenant);
            var book = await AlertBook.Of(session, occasion.By.Tenant, cancel);
            var late = await Feed.Late(session, book, occasion.By.Tenant, occasion.Now, cancel);
            if (late.Count == 0) return 0;
            await TakeOccurrences.Follow(session, book, [.. late], occasion, cancel);
            session.LastModifiedBy = occasion.By.Actor;
            try
            {
                await session.SaveChangesAsync(cancel);
                return late.Count;
            }
            catch (Exception e) when (Deciding.IsConflict(e) && attempt < 10)
            {
                await Task.Delay(Random.Shared.Next(5, 30 * attempt), cancel);
            }
        }
    }

    static async Task<int> Raise(IDocumentStore store, AlertBook book, Alert[] due, Occasion occasion, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(occasion.By.Tenant);
            var batch = session.CreateBatchQuery();
            var reads = Array.ConvertAll(due, alert => batch.Events.FetchForWriting<Alert>(alert.Id));
            await batch.Execute(cancel);
            var changed = new List<(Alert, Alert)>();
            foreach (var read in reads)
            {
                var current = await read;
                if (current.Aggregate is not { } alert || Routing.EscalationOf(book, alert, occasion.Today) is not { } escalated) continue;
                current.AppendMany(session.Wrap([escalated], occasion.Now));
                changed.Add((alert, alert.Evolve(Stamped.Of(escalated, occasion.Now))));
            }

            if (changed.Count == 0) return 0;
            await Groups.Take(session, book.Table, changed, occasion.Now, cancel);
            session.LastModifiedBy = occasion.By.Actor;
            try
            {
                await session.SaveChangesAsync(cancel);
                return changed.Count;
            }
            catch (Exception e) when (Deciding.IsConflict(e) && attempt < 10)
            {
                await Task.Delay(Random.Shared.Next(5, 30 * attempt), cancel);
            }
        }
    }

    /// <summary>What a round did.</summary>
    public sealed record Outcome(DateOnly On, int Escalated, int Late);

    /// <summary>Maps <c>POST /v1/rounds</c>: a round at once.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/rounds", async (
        Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        var occasion = new Occasion(clock.GetUtcNow(), caller);
        return new Outcome(ChinaTime.Day(occasion.Now), await Round(store, occasion, cancel), await Owed(store, occasion, cancel));
    }).RequireRight("alerting:define").Produces<Outcome>();

    [LoggerMessage(LogLevel.Information, "{Tenant}: {Count} alerts went up a level")]
    partial void Risen(string tenant, int count);

    [LoggerMessage(LogLevel.Warning, "Limits cannot be looked at now: {Reason}")]
    partial void NotNow(string reason);
}
