using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Computes what has come in, every few seconds, in the instance that runs the daemon. A day is judged two hours after its
/// end, so that late readings of its evening do not make a second revision; POST /v1/assessments does not wait.
/// </summary>
sealed partial class FigureWatch(
    Assessing assessing, Tables tables, DaemonHost daemon, TimeProvider clock, ILogger<FigureWatch> logger) : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan patience = TimeSpan.FromHours(2);
    // A file of years comes in many pushes; what is half there is not judged.
    static readonly TimeSpan quiet = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(lookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!daemon.Leads) continue;
            try
            {
                foreach (var tenant in await tables.Tenants(stoppingToken))
                {
                    var now = clock.GetUtcNow();
                    var occasion = new Occasion(now, new Caller(tenant, "系统", "assessment"));
                    var outcome = await assessing.Round(occasion, ChinaTime.Day(now - patience).AddDays(-1), quiet, stoppingToken);
                    if (outcome.Days > 0) Computed(tenant, outcome.Days, outcome.Assessed);
                }
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }
        }
    }

    /// <summary>What a round at once did.</summary>
    /// <param name="On">Last day that could be judged.</param>
    /// <param name="Days">Station days computed.</param>
    /// <param name="Assessed">Days, months and years that had something new to say.</param>
    public sealed record Done(DateOnly On, int Days, int Assessed);

    /// <summary>
    /// Maps <c>POST /v1/assessments</c>: computes at once all that is due, days that ended a minute ago included; with
    /// <c>all=true</c> everything once more.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/assessments", async (
        string? all, Caller caller, Assessing assessing, Tables tables, TimeProvider clock, CancellationToken cancel) =>
    {
        if (all == "true") await tables.MarkAll(caller.Tenant, cancel);
        var now = clock.GetUtcNow();
        var last = ChinaTime.Day(now).AddDays(-1);
        var done = new Done(last, 0, 0);
        while (await assessing.Round(new Occasion(now, caller), last, TimeSpan.Zero, cancel) is { Touched.Count: > 0 } outcome)
            done = done with { Days = done.Days + outcome.Days, Assessed = done.Assessed + outcome.Assessed };
        return done;
    }).RequireRight("environment:define").Produces<Done>();

    [LoggerMessage(LogLevel.Information, "{Tenant}: {Days} station days computed, {Assessed} assessments changed")]
    partial void Computed(string tenant, int days, int assessed);

    [LoggerMessage(LogLevel.Warning, "Figures cannot be computed now: {Reason}")]
    partial void NotNow(string reason);
}
