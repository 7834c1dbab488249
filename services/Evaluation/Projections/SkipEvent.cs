using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Lets a view go on without the event on which it failed. That is an event of the ledger, with who and why; the certificate of the
/// event's day does not hold from then on, and what is read from the view is not verified.
/// </summary>
public static class SkipEvent
{
    /// <summary>What is left out.</summary>
    /// <param name="Name">The view.</param>
    /// <param name="Version">Its version; null for the one that the county reads.</param>
    /// <param name="Position">Ledger position of the event, as <c>GET /v1/projections</c> shows it.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Command(string Name, int? Version, long Position, string Reason);

    static Command Bind(Fields row) => new(
        row.Code("name"), row.WholeOrNull("version", 1, 1_000), (long)row.Number("position", 1, 1_000_000_000_000), row.Text("reason"));

    /// <summary>Decides on a view as it stands; null where there is no such view or version.</summary>
    internal static Decision Decide(Reading reading, ProjectionStatus? view, Command command, Occasion occasion) => view switch
    {
        null => Reading.Unknown,
        _ when reading.Omitted.Exists(one => one.Version == view.Version && one.Position == command.Position) => [],
        { Failure: null } => NotFailedOn(command),
        { Failure: { } failed } when failed.Position != command.Position => NotFailedOn(command),
        { Failure: { } failed } when failed.Tenant != occasion.By.Tenant => Refusal.Conflict("other-county",
            "该事件属于其他县，由其自行处理。", "The event is another county's, which decides on it.", "position"),
        { Failure: { } failed } =>
        [
            new ProjectionEventSkipped(
                view.Name, view.Version, failed.Position, failed.EventId!.Value, failed.Type, failed.Stream!, failed.Error!, command.Reason),
        ],
    };

    static Refusal NotFailedOn(Command command) => Refusal.Conflict("position-not-failed",
        $"该视图不是停在位置 {command.Position} 的事件上。", $"The view did not fail on the event at {command.Position}.", "position");

    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Reading, Command>(
        "/v1/projections/{name}/skip", "name", "evaluation:projections", Bind,
        (_, command, caller, _) => Task.FromResult(Reading.Stream(caller.Tenant, command.Name)),
        async (session, reading, command, occasion, cancel) =>
        {
            var (database, views) = (Of<NpgsqlDataSource>(routes), routes.ServiceProvider.GetServices<View>());
            var view = await Reading.Find(database, views, occasion.By.Tenant, command.Name, command.Version, cancel);
            var status = view is null ? null : (await ShowProjections.Read(database, [view], occasion.By.Tenant, cancel))[0];
            var decision = Decide(reading, status, command, occasion);
            if (view is not null && decision.Any()) ViewFailure.Forget(session, view);
            return decision;
        });

    static T Of<T>(IEndpointRouteBuilder routes) where T : notnull => routes.ServiceProvider.GetRequiredService<T>();
}
