using System.Text.Json;
using Marten;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Alerting;

/// <summary>
/// An event that could not be taken for alerts, with the reason. It waits for a person: to be tried again once what was wrong is mended, or
/// to be left, which goes on record.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its wire name.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">Its place in it.</param>
/// <param name="Body">The event as UTF-8 JSON: the store may be unable to hold as JSON what it could not take.</param>
/// <param name="Reason">Why not.</param>
/// <param name="At">UTC.</param>
public sealed record Untaken(Guid Id, string Type, string Stream, long Version, byte[] Body, string Reason, DateTimeOffset At)
{
    internal static Untaken Of(CommittedEvent message, Exception why, DateTimeOffset now) => new(
        message.Id, message.Type, message.Stream, message.Version, JsonSerializer.SerializeToUtf8Bytes(message, EventJson.Options),
        Formats.Short(why.InnerException is PostgresException refused ? refused.Message : why.Message), now);

    /// <summary>
    /// True for what stays wrong however often it is tried: data that the store does not take (SQLSTATE classes 21, 22, 23, 54) and statements
    /// that it does not know (0A, 42). Connections (08), races (40), resources (53), locks (55), shutdowns (57) and the like pass.
    /// </summary>
    public static bool Lasts(Exception exception) => !Deciding.IsConflict(exception) && exception switch
    {
        PostgresException refused => refused.SqlState[..2] is "0A" or "21" or "22" or "23" or "42" or "54",
        { InnerException: { } inner } => Lasts(inner),
        _ => false,
    };

    /// <summary>One event that waits, without its contents.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Type">Its wire name.</param>
    /// <param name="Stream">Its stream.</param>
    /// <param name="Version">Its place in it.</param>
    /// <param name="Reason">Why it could not be taken.</param>
    /// <param name="At">When it was set aside, Asia/Shanghai.</param>
    public sealed record Entry(Guid Id, string Type, string Stream, long Version, string Reason, DateTimeOffset At);

    /// <summary>What a person does with one.</summary>
    /// <param name="Event">Which.</param>
    /// <param name="Reason">Why it may be left.</param>
    public sealed record Leaving(Guid Event, string Reason);

    /// <summary>
    /// Maps <c>GET /v1/untaken</c>, <c>POST /v1/untaken/{event}/retry</c> and <c>/leave</c>. For keys of the whole county only: an event may
    /// be about any of its areas. Errors: <c>untaken-unknown</c> 404, <c>still-not-taken</c> 409.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/untaken", async Task<IResult> (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            if (caller.Areas.Count > 0) return ShowNotifications.WholeCounty;
            await using var session = store.QuerySession(caller.Tenant);
            var all = await session.Query<Untaken>().ToListAsync(cancel);
            return new Listing<Entry>(
                [
                    .. all.OrderBy(one => one.At)
                        .Select(one => new Entry(one.Id, one.Type, one.Stream, one.Version, one.Reason, one.At.ToOffset(ChinaTime.Offset))),
                ],
                null);
        }).RequireRight("alerting:define").ProducesPage<Entry>();

        routes.MapPost("/v1/untaken/{event:guid}/retry", async Task<IResult> (
            Guid @event, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (caller.Areas.Count > 0) return ShowNotifications.WholeCounty;
            return await Retry(store, caller.Tenant, @event, clock.GetUtcNow(), cancel);
        }).RequireRight("alerting:define").Produces<Entry>();

        routes.MapCommand<LeftOccurrence, Leaving>(
            "/v1/untaken/{event}/leave", "event", "alerting:define", row => new(row.Id("event"), row.Text("reason", 500)),
            (_, command, caller, _) => Task.FromResult(LeftOccurrence.Stream(caller.Tenant, command.Event)),
            async (session, left, command, occasion, cancel) =>
            {
                if (left.IsLeft) return [];
                if (occasion.By.Areas.Count > 0 || await session.LoadAsync<Untaken>(command.Event, cancel) is not { } waiting) return unknown;
                session.Delete(waiting);
                return [new OccurrenceLeft(waiting.Id, waiting.Type, waiting.Reason, command.Reason)];
            });
    }

    static readonly Refusal unknown = Refusal.Unknown("untaken-unknown", "没有待处理的此事件。", "No such event waits.", "event");

    static async Task<IResult> Retry(IDocumentStore store, string tenant, Guid id, DateTimeOffset now, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(tenant);
            if (await session.LoadAsync<Untaken>(id, cancel) is not { } waiting) return Problem.Of(unknown);
            try
            {
                var message = JsonSerializer.Deserialize<CommittedEvent>(waiting.Body, EventJson.Options)!;
                await TakeOccurrences.Take(
                    session, [(message, TakeOccurrences.Read(message, EventTypes.ByName[message.Type]))], now, cancel, again: true);
                session.Delete(waiting);
                await session.SaveChangesAsync(cancel);
                return Results.Ok(new Entry(waiting.Id, waiting.Type, waiting.Stream, waiting.Version, waiting.Reason, waiting.At.ToOffset(ChinaTime.Offset)));
            }
            catch (Exception e) when (Deciding.IsConflict(e) && attempt < 10)
            {
                await Task.Delay(Random.Shared.Next(5, 30 * attempt), cancel);
            }
            catch (Exception e) when (Lasts(e) || e is JsonException)
            {
                return Problem.Of(409, "still-not-taken", new($"仍无法处理：{Formats.Short(e.Message)}", $"It cannot be taken yet: {Formats.Short(e.Message)}"));
            }
        }
    }
}

/// <summary>An event that a person has left aside. Folded from the stream <c>untaken/{tenant}/{event}</c>.</summary>
public sealed record LeftOccurrence : IState<LeftOccurrence>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public bool IsLeft { get; init; }

    internal static string Stream(string tenant, Guid id) => $"untaken/{tenant}/{id}";

    public LeftOccurrence Evolve(object happened) => happened is OccurrenceLeft ? this with { IsLeft = true } : this;
}

/// <summary>Degraded while events lie aside that could not be taken for alerts.</summary>
public sealed class UntakenHealth(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand(
                "select count(*), min(data ->> 'type'), min(data ->> 'reason') from alerting.mt_doc_untaken");
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            await row.ReadAsync(cancellationToken);
            return row.GetInt64(0) is > 0 and var count
                ? HealthCheckResult.Degraded(
                    $"{count} events could not be taken for alerts, e.g. {row.GetString(1)} ({row.GetString(2)}): GET /v1/untaken.")
                : HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
