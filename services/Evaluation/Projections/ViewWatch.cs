using System.Diagnostics;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Compares certificates with the ledger in the instance that runs the daemon: those of all days when it begins and once a night, those of
/// days with new events about every minute, and all when somebody asks (<c>POST /v1/projections/{name}/checks</c>).
/// </summary>
public sealed partial class ViewWatch(
    NpgsqlDataSource database, IEnumerable<View> views, DaemonHost daemon, TimeProvider clock, ILogger<ViewWatch> logger) : BackgroundService
{
    static readonly TimeSpan lookEvery = TimeSpan.FromMinutes(1);

    /// <summary>What a comparison found.</summary>
    /// <param name="Position">Ledger position to which it holds.</param>
    /// <param name="Days">Days compared.</param>
    /// <param name="Incomplete">Certificates that do not hold.</param>
    public sealed record Result(long Position, int Days, IReadOnlyList<Certificate> Incomplete);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        DateOnly? whole = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                if (daemon.Leads)
                {
                    // A night begins at 03:00, when the log has been audited.
                    var night = ChinaTime.Day(clock.GetUtcNow().AddHours(-3));
                    foreach (var view in views) await Round(view, whole != night, stoppingToken);
                    whole = night;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (DaemonHost.Passes(e))
            {
                NotNow(e.Message);
            }

            // However large the ledger, comparing takes no more than a twentieth of the time.
            var pause = TimeSpan.FromTicks(Math.Max(lookEvery.Ticks, 20 * Stopwatch.GetElapsedTime(began).Ticks));
            await Task.Delay(daemon.Leads ? pause : TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task Round(View view, bool all, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select d.tenant_id, min(d.day), max(d.day) from {view.Days} d
            left join evaluation.view_check c on c.name = $1 and c.version = $2 and c.tenant_id = d.tenant_id and c.day = d.day
            where $3 or c.position is null or c.position < d.position group by d.tenant_id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = view.Name });
        command.Parameters.Add(new NpgsqlParameter { Value = view.Version });
        command.Parameters.Add(new NpgsqlParameter { Value = all });
        var due = new List<(string Tenant, DateOnly From, DateOnly To)>();
        await using (var rows = await command.ExecuteReaderAsync(cancel))
            while (await rows.ReadAsync(cancel)) due.Add((rows.GetString(0), rows.GetFieldValue<DateOnly>(1), rows.GetFieldValue<DateOnly>(2)));
        foreach (var (tenant, from, to) in due)
        {
            var found = await Check(view, tenant, all ? ChinaTime.FirstDay : from, all ? ChinaTime.LastDay : to, cancel);
            if (found.Incomplete is [var first, ..]) Incomplete(view.Name, view.Version, tenant, found.Incomplete.Count, first.Day, first.Why!);
        }
    }

    /// <summary>Compares all certificates of a county, and writes down what was found.</summary>
    internal Task<Result> Check(View view, string tenant, CancellationToken cancel) => Check(view, tenant, ChinaTime.FirstDay, ChinaTime.LastDay, cancel);

    async Task<Result> Check(View view, string tenant, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var (position, days) = await Certificate.Read(database, view, tenant, from, to, cancel);
        await using var command = database.CreateCommand("""
            with gone as (delete from evaluation.view_check c where name = $1 and version = $2 and tenant_id = $3 and day between $7 and $8 and day <> all($4))
            insert into evaluation.view_check (name, version, tenant_id, day, position, why, checked_at)
            select $1, $2, $3, day, $6, why, $9 from unnest($4, $5) u (day, why)
            on conflict (name, version, tenant_id, day) do update set position = excluded.position, why = excluded.why, checked_at = excluded.checked_at
            """);
        object[] values =
        [
            view.Name, view.Version, tenant, days.ConvertAll(one => one.Day).ToArray(), days.ConvertAll(one => one.Why).ToArray(), position, from, to,
            clock.GetUtcNow(),
        ];
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
        return new(position, days.Count, days.FindAll(one => !one.Complete));
    }

    /// <summary>Maps <c>POST /v1/projections/{name}/checks</c>. Query: <c>version</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/projections/{name}/checks", async (
        string name, int? version, Caller caller, IEnumerable<View> views, NpgsqlDataSource database, ViewWatch watch, CancellationToken cancel) =>
        await Reading.Find(database, views, caller.Tenant, name, version, cancel) is { } view
            ? Results.Ok(await watch.Check(view, caller.Tenant, cancel))
            : (IResult)Problem.Of(Reading.Unknown)).RequireRight("evaluation:projections").Produces<Result>();

    [LoggerMessage(LogLevel.Error, "{View} version {Version} of {Tenant} is not complete on {Days} days, first on {First}: {Why}")]
    partial void Incomplete(string view, int version, string tenant, int days, DateOnly first, string why);

    [LoggerMessage(LogLevel.Warning, "Certificates wait: {Reason}")]
    partial void NotNow(string reason);
}
