using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Signs that another version of a view is right. The county reads that one from the same commit on, current rows and history alike; the
/// old one goes on beside it, so that a way back is the same command.
/// </summary>
public static class TakeOver
{
    /// <summary>A sign-off.</summary>
    /// <param name="Name">The view.</param>
    /// <param name="Version">The version that takes over.</param>
    /// <param name="Differing">How many rows differ from the version read now, as the signer saw in the difference.</param>
    /// <param name="Reason">Why it is right.</param>
    public sealed record Command(string Name, int Version, int Differing, string Reason);

    /// <summary>What the signer cannot know of the version that takes over.</summary>
    /// <param name="Read">Version read now.</param>
    /// <param name="Next">How the other one stands.</param>
    /// <param name="Incomplete">Its certificates that do not hold.</param>
    /// <param name="Difference">How the two differ.</param>
    internal sealed record Known(int Read, ProjectionStatus Next, int Incomplete, ShowDifference.Found Difference);

    // A page that is being handled is no reason to wait.
    const long LagMax = 500;

    static Command Bind(Fields row) => new(
        row.Code("name"), row.Whole("version", 1, 1_000), row.Whole("differing", 0, int.MaxValue), row.Text("reason"));

    /// <summary>Decides on what is known; null where there is no such view or version.</summary>
    internal static Decision Decide(Known? known, Command command) => known switch
    {
        null => Reading.Unknown,
        _ when known.Read == command.Version => [],
        { Next.State: ViewState.Failed } => Refusal.Conflict("projection-failed",
            $"版本 {command.Version} 停在出错的事件上。", $"Version {command.Version} stands still before an event.", "version"),
        { Next.LagEvents: > LagMax } => Refusal.Conflict("not-caught-up",
            $"版本 {command.Version} 尚未追上账本，还差 {known.Next.LagEvents} 个位置。",
            $"Version {command.Version} has not caught up with the ledger, {known.Next.LagEvents} positions are left.", "version"),
        { Incomplete: > 0 } => Refusal.Conflict("not-complete",
            $"版本 {command.Version} 有 {known.Incomplete} 天的完整性证明不成立。",
            $"Certificates of version {command.Version} do not hold on {known.Incomplete} days.", "version"),
        _ when known.Difference.Rows.Count != command.Differing => Refusal.Conflict("difference-changed",
            $"现有 {known.Difference.Rows.Count} 行不同，请重新核对差异。", $"{known.Difference.Rows.Count} rows differ now; look at the difference again.",
            "differing"),
        _ => [new ProjectionTakenOver(
            command.Name, known.Read, command.Version, known.Difference.Position, known.Difference.Total, command.Differing, command.Reason)],
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Reading, Command>(
        "/v1/projections/{name}/takeover", "name", "evaluation:projections", Bind,
        (_, command, caller, _) => Task.FromResult(Reading.Stream(caller.Tenant, command.Name)),
        async (_, _, command, occasion, cancel) =>
        {
            var (services, tenant) = (routes.ServiceProvider, occasion.By.Tenant);
            var (database, views) = (services.GetRequiredService<NpgsqlDataSource>(), services.GetServices<View>().ToList());
            if (await Reading.Find(database, views, tenant, command.Name, null, cancel) is not { } read ||
                await Reading.Find(database, views, tenant, command.Name, command.Version, cancel) is not { } next)
                return Decide(null, command);
            var compared = await services.GetRequiredService<ViewWatch>().Check(next, tenant, cancel);
            return Decide(
                new(read.Version, (await ShowProjections.Read(database, [next], tenant, cancel))[0], compared.Incomplete.Count,
                    await ShowDifference.Between(database, read, next, tenant, cancel)),
                command);
        });
}
