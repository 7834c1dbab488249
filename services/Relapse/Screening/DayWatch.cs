using Marten;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// What a new day brings with it: the screening of the county, and day limits that are over. One round after the start and one each day,
/// by the instance that runs the daemon; a round that is repeated says nothing new. Group risks are looked for all day.
/// </summary>
public sealed partial class DayWatch(
    IDocumentStore store, DaemonHost daemon, ScreenCounty screenings, IConfiguration configuration, TimeProvider clock, ILogger<DayWatch> logger)
    : BackgroundService
{
    // Households decided in one transaction.
    const int AtOnce = 200;

    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(30);

    DateOnly done;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!daemon.Leads) continue;
            try
            {
                var now = clock.GetUtcNow();
                var today = ChinaTime.Day(now);
                foreach (var tenant in await Tenants(store, stoppingToken))
                {
                    var by = new Caller(tenant, "系统", "day-watch");
                    if (done != today)
                    {
                        await CaseNumber.GiveMissing(store, configuration, tenant, stoppingToken);
                        var breached = await Round(store, by, now, stoppingToken);
                        await screenings.Ask(by, stoppingToken);
                        Walked(tenant, today, breached);
                    }

                    await GroupRisk.Check(store, by, now, stoppingToken);
                }

                done = today;
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    /// <summary>One round over all open cases of a county; answers how many limits were found to be broken.</summary>
    internal static async Task<int> Round(IDocumentStore store, Caller by, DateTimeOffset now, CancellationToken cancel)
    {
        var (occasion, breached) = (new Occasion(now, by), 0);
        await using var session = store.QuerySession(by.Tenant);
        var book = await RuleBook.Of(session, by.Tenant, cancel);
        Decision News(Household known) => [.. Deadlines.Breached(known, book, occasion.Today)];
        var late = new List<string>();
        await foreach (var household in session.Query<Household>().Where(one => one.IsOpen).ToAsyncEnumerable(cancel))
            if (!News(household).ChangesNothing) late.Add(household.Id);
        foreach (var some in late.Chunk(AtOnce)) breached += (await store.DecideEach<Household>(some, occasion, News, cancel)).Count;
        return breached;
    }

    static async Task<IReadOnlyList<string>> Tenants(IDocumentStore store, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.AdvancedSql.QueryAsync<string>("select distinct tenant_id from relapse.mt_doc_area", cancel);
    }

    /// <summary>What a round did.</summary>
    public sealed record Outcome(DateOnly On, int Breached, int GroupRisks);

    /// <summary>Maps <c>POST /v1/rounds</c>: the limits and group risks of today, at once.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/rounds", async Task<IResult> (
        Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        if (caller.Areas.Count > 0) return ScreenCounty.CountyOnly;
        var now = clock.GetUtcNow();
        return Results.Ok(new Outcome(
            ChinaTime.Day(now), await Round(store, caller, now, cancel), await GroupRisk.Check(store, caller, now, cancel)));
    }).RequireRight("relapse:define").Produces<Outcome>();

    [LoggerMessage(LogLevel.Information, "Round of {Tenant} on {Day}: {Breached} limits broken")]
    partial void Walked(string tenant, DateOnly day, int breached);

    [LoggerMessage(LogLevel.Warning, "The day's round cannot be made now: {Reason}")]
    partial void NotNow(string reason);
}
