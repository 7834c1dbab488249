using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// What a new day brings with it: lamps that turn because a month has passed, milestones and findings whose day is over. One round after
/// the start and one each day, by the instance that runs the daemon; a round that is repeated says nothing new.
/// </summary>
public sealed partial class DayWatch(IDocumentStore store, DaemonHost daemon, TimeProvider clock, ILogger<DayWatch> logger)
    : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(30);

    // Things decided in one transaction.
    const int AtOnce = 200;

    DateOnly done;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var today = ChinaTime.Day(clock.GetUtcNow());
            if (!daemon.Leads || done == today) continue;
            try
            {
                var (lamps, milestones, overdue) = await Round(store, null, clock.GetUtcNow(), stoppingToken);
                done = today;
                Walked(today, lamps, milestones, overdue);
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    /// <summary>One round over all projects and open findings of a county, or of all; answers how many lamps turned and days
    /// passed.</summary>
    internal static async Task<(int Lamps, int Milestones, int Overdue)> Round(
        IDocumentStore store, Caller? by, DateTimeOffset now, CancellationToken cancel)
    {
        var (lamps, milestones, overdue) = (0, 0, 0);
        foreach (var tenant in by is not null ? [by.Tenant] : await Tenants(store, cancel))
        {
            var occasion = new Occasion(now, by ?? new Caller(tenant, "系统", "day-watch"));
            await using var session = store.QuerySession(tenant);
            var rules = await LampRuleBook.On(session, tenant, occasion.Today, cancel);
            Decision News(Project known) => [.. Lamps.Changes(known, rules, occasion.Today), .. Project.Overdue(known, occasion.Today)];
            var turned = (await Project.All(session, cancel)).Where(project => !News(project).ChangesNothing).Select(project => project.Id);
            foreach (var some in turned.Chunk(AtOnce))
            {
                var said = await store.DecideEach<Project>(some, occasion, News, cancel);
                lamps += said.OfType<LampChanged>().Count();
                milestones += said.OfType<MilestoneOverdue>().Count();
            }

            var late = (await session.Query<Finding>().Where(one => one.ClosedOn == null).ToListAsync(cancel))
                .Where(finding => !Finding.Overdue(finding, occasion.Today).ChangesNothing).Select(finding => finding.Id);
            foreach (var some in late.Chunk(AtOnce))
                overdue += (await store.DecideEach<Finding>(some, occasion, known => Finding.Overdue(known, occasion.Today), cancel)).Count;
        }

        return (lamps, milestones, overdue);
    }

    static async Task<IReadOnlyList<string>> Tenants(IDocumentStore store, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.AdvancedSql.QueryAsync<string>("select distinct tenant_id from projects.mt_doc_project", cancel);
    }

    /// <summary>What a round did.</summary>
    public sealed record Outcome(DateOnly On, int LampsChanged, int FindingsOverdue, int MilestonesOverdue);

    /// <summary>Maps <c>POST /v1/rounds</c>: a round at once.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/rounds", async (
        Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        var now = clock.GetUtcNow();
        var (lamps, milestones, overdue) = await Round(store, caller, now, cancel);
        return new Outcome(ChinaTime.Day(now), lamps, overdue, milestones);
    }).RequireRight("projects:define").Produces<Outcome>();

    [LoggerMessage(LogLevel.Information, "Round of {Day}: {Lamps} lamps changed, {Milestones} milestones and {Overdue} findings overdue")]
    partial void Walked(DateOnly day, int lamps, int milestones, int overdue);

    [LoggerMessage(LogLevel.Warning, "The day's round cannot be made now: {Reason}")]
    partial void NotNow(string reason);
}
