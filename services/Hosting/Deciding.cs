using JasperFx;
using JasperFx.Events;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Monitoring.Hosting;

/// <summary>The write path of single commands: load the stream, decide, append; decide anew if somebody was faster.</summary>
public static class Deciding
{
    const int AttemptsMax = 6;

    internal static readonly Refusal WrittenMeanwhile = Refusal.Conflict("written-meanwhile",
        "同一对象正被其他请求不断写入，请稍后重试。", "Others keep writing to the same thing; try again.");

    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>
        /// Maps <c>POST {path}</c> for one command on one thing, whose code <paramref name="field"/> stands in the path.
        /// Header: <c>If-Match</c> with the version the caller saw.
        /// </summary>
        public RouteHandlerBuilder MapCommand<TState, TCommand>(
            string path, string field, string right, Func<Fields, TCommand> bind, Func<TCommand, string, string> streamOf,
            Func<TState, TCommand, Occasion, Decision> decide)
            where TState : class, IState<TState>, new() where TCommand : notnull =>
            routes.MapCommand<TState, TCommand>(
                path, field, right, bind, (_, command, caller, _) => Task.FromResult(streamOf(command, caller.Tenant)),
                (_, state, command, occasion, _) => Task.FromResult(decide(state, command, occasion)));

        /// <summary>
        /// The same where the stream must be looked up, where documents change together with the stream, or where more is answered than
        /// the outcome, such as what may only be read once the reading is on record.
        /// </summary>
        public RouteHandlerBuilder MapCommand<TState, TCommand>(
            string path, string? field, string right, Func<Fields, TCommand> bind, StreamOf<TCommand> find,
            DecideStoring<TState, TCommand> decide, AnswerCommand<TState, TCommand>? answer = null)
            where TState : class, IState<TState>, new() where TCommand : notnull
        {
            var shape = new Lazy<RowShape>(() => RowShape.Of(path, bind));
            return routes.MapPost(path, async Task<IResult> (HttpContext http, CancellationToken cancel) =>
                {
                    (string, string)? fromPath = field is null ? null : (field, (string)http.Request.RouteValues[field]!);
                    var (command, problem, written) = await Body.ReadOne(http.Request, shape.Value, bind, fromPath, cancel);
                    return problem ?? await Decide(http, command!, written, find, decide, answer);
                })
                .WithMetadata(new TakesVersion()).Takes(bind, field).Produces<Outcome>()
                .RequireRight(right);
        }
    }

    /// <summary>Names the stream that a command is about.</summary>
    public delegate Task<string> StreamOf<TCommand>(IQuerySession session, TCommand command, Caller caller, CancellationToken cancel);

    /// <summary>Decides on a command; what it stores through the session holds together with the events it makes, and only with them.</summary>
    public delegate Task<Decision> DecideStoring<TState, TCommand>(
        IDocumentSession session, TState state, TCommand command, Occasion occasion, CancellationToken cancel);

    /// <summary>Answers a command after its events are committed; the state is the one before them.</summary>
    public delegate Task<IResult> AnswerCommand<TState, TCommand>(
        IQuerySession session, TState state, TCommand command, HttpContext http, CancellationToken cancel);

    /// <summary>
    /// Decides on one thing on the system's own account, such as what a day that has passed brings with it. Answers how many
    /// events that made; a refusal makes none.
    /// </summary>
    public static async Task<int> Decide<TState>(
        this IDocumentStore store, string stream, Occasion occasion, Func<TState, Decision> decide, CancellationToken cancel)
        where TState : class, IState<TState>, new() => (await store.DecideEach([stream], occasion, decide, cancel)).Count;

    /// <summary>
    /// The same for some hundred things, read in one round trip and stored in one transaction: all or none, and all anew when somebody
    /// was faster with one of them. Answers the events that were made.
    /// </summary>
    public static async Task<IReadOnlyList<object>> DecideEach<TState>(
        this IDocumentStore store, IReadOnlyCollection<string> streams, Occasion occasion, Func<TState, Decision> decide, CancellationToken cancel)
        where TState : class, IState<TState>, new()
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(occasion.By.Tenant);
            if (attempt > 1) await session.Hold([.. streams], cancel);
            var batch = session.CreateBatchQuery();
            var reads = streams.Select(stream => batch.Events.FetchForWriting<TState>(stream)).ToList();
            await batch.Execute(cancel);
            var made = new List<object>();
            foreach (var read in reads)
            {
                var current = await read;
                var decision = decide(current.Aggregate ?? new TState());
                if (decision.ChangesNothing) continue;
                current.AppendMany(session.Wrap(decision, occasion.Now));
                made.AddRange(decision);
            }

            if (made.Count == 0) return made;
            session.Sign(occasion, Guid.CreateVersion7(occasion.Now));
            try
            {
                await session.SaveChangesAsync(cancel);
                return made;
            }
            catch (Exception e) when (IsConflict(e) && attempt < AttemptsMax)
            {
                await Task.Delay(Random.Shared.Next(5, 30 * attempt), cancel);
            }
        }
    }

    /// <summary>
    /// Answers 200 with the outcome (<c>recorded</c> or <c>identical</c>) and the stream version as ETag, 412 when
    /// <c>If-Match</c> names another version, or the refusal.
    /// </summary>
    static async Task<IResult> Decide<TState, TCommand>(
        HttpContext http, TCommand command, IReadOnlyList<WrittenText> written, StreamOf<TCommand> find, DecideStoring<TState, TCommand> decide,
        AnswerCommand<TState, TCommand>? answer) where TState : class, IState<TState>, new()
    {
        var cancel = http.RequestAborted;
        var caller = (await Caller.BindAsync(http))!;
        var clock = http.RequestServices.GetRequiredService<TimeProvider>();
        var store = http.RequestServices.GetRequiredService<IDocumentStore>();
        string? expected = http.Request.Headers[HeaderNames.IfMatch];

        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(caller.Tenant);
            var stream = await find(session, command, caller, cancel);
            if (written.Count > 0 && http.RequestServices.GetService<CheckTexts>() is { } check &&
                await check(session, [.. written.Select(text => (stream, text))], caller, cancel) is [var error, ..])
                return Problem.Of(422, error.Code, error.Message);
            var current = await session.Events.FetchForWriting<TState>(stream, cancel);
            var state = current.Aggregate ?? new TState();
            var version = current.StartingVersion ?? 0;
            if (expected is not null && expected != ETag(version))
                return Problem.Of(412, "version-differs", new(
                    $"数据已更新到版本 {version}，请刷新后重试。", $"It has moved on to version {version}; read it again."));

            var occasion = new Occasion(clock.GetUtcNow(), caller);
            var decision = await decide(session, state, command, occasion, cancel);
            if (decision.Refusal is { } refusal) return Problem.Of(refusal);
            var warnings = decision.Warnings;
            if (decision.ChangesNothing) return await Done("identical", version, null, state, warnings);

            var receipt = Guid.CreateVersion7(occasion.Now);
            session.Sign(occasion, receipt);
            current.AppendMany(session.Wrap(decision, occasion.Now));
            try
            {
                await session.SaveChangesAsync(cancel);
                return await Done("recorded", version + decision.Count(), receipt, state, warnings);
            }
            catch (Exception e) when (IsConflict(e))
            {
                if (attempt == AttemptsMax) return Problem.Of(WrittenMeanwhile);
                await Task.Delay(Random.Shared.Next(5, 30 * attempt), cancel);
            }
        }

        async Task<IResult> Done(string outcome, long version, Guid? receipt, TState state, IReadOnlyList<Warning> warnings)
        {
            http.Response.Headers.ETag = ETag(version);
            if (answer is null)
                return Results.Ok(new Outcome(outcome, version, receipt, warnings.Count == 0 ? null : [.. warnings.Select(one => one.In(Language.IsEnglish(http)))]));
            await using var session = store.QuerySession(caller.Tenant);
            return await answer(session, state, command, http, cancel);
        }
    }

    /// <summary>The answer to a single command.</summary>
    /// <param name="Result"><c>recorded</c> or <c>identical</c>.</param>
    /// <param name="Version">Version of the stream after it.</param>
    /// <param name="ReceiptId">The receipt; null where nothing changed.</param>
    /// <param name="Warnings">What to look at although it was taken; null where there is nothing.</param>
    public sealed record Outcome(string Result, long Version, Guid? ReceiptId, IReadOnlyList<WarningView>? Warnings = null);

    internal static string ETag(long version) => $"\"{version}\"";

    // Marten's own function says by it that the stream has gone on.
    const string StreamVersionDiffers = "MT003";

    /// <summary>True when another writer was faster, so that deciding again on what holds now is right.</summary>
    public static bool IsConflict(Exception exception) => exception switch
    {
        ConcurrencyException or ExistingStreamIdCollisionException or
            Marten.Exceptions.ExistingStreamIdCollisionException or DocumentAlreadyExistsException => true,
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure or
            PostgresErrorCodes.DeadlockDetected or StreamVersionDiffers } => true,
        { InnerException: { } inner } => IsConflict(inner),
        _ => false,
    };

    extension(IDocumentSession session)
    {
        /// <summary>
        /// Waits until nobody else holds the same turn, and keeps it to the end of the transaction; those who take it
        /// <paramref name="shared"/> only wait for who takes it alone. Writers of a stream try without it first; who lost once queues
        /// here, so that large pushes to the same streams all get through.
        /// </summary>
        public async Task TakeTurn(string what, CancellationToken cancel, bool shared = false)
        {
            await session.BeginTransactionAsync(cancel);
            var take = shared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
            await using var turn = new NpgsqlCommand($"select {take}(hashtextextended($1, 0))", session.Connection);
            turn.Parameters.Add(new NpgsqlParameter { Value = what });
            await turn.ExecuteNonQueryAsync(cancel);
        }

        /// <summary>
        /// Keeps the streams, as far as they exist, to the end of the transaction: whoever writes to them meanwhile waits for it. Who lost a
        /// race over many streams holds them before reading them again, or a writer that is quick with one of them would win for ever.
        /// </summary>
        public async Task Hold(string[] streams, CancellationToken cancel)
        {
            await session.BeginTransactionAsync(cancel);
            await using var locks = new NpgsqlCommand(
                $"select from {session.DocumentStore.Options.Events.DatabaseSchemaName}.mt_streams where tenant_id = $1 and id = any($2) order by id for update",
                session.Connection);
            locks.Parameters.Add(new NpgsqlParameter { Value = session.TenantId });
            locks.Parameters.Add(new NpgsqlParameter { Value = streams });
            await locks.ExecuteNonQueryAsync(cancel);
        }

        /// <summary>Puts who, on which receipt and in which trace on every event of this session.</summary>
        internal void Sign(Occasion occasion, Guid receipt)
        {
            session.LastModifiedBy = occasion.By.Actor;
            session.CausationId = receipt.ToString();
            session.CorrelationId = System.Diagnostics.Activity.Current?.TraceId.ToHexString();
        }

        /// <summary>Gives each event its UUIDv7 and its recorded time from the service's clock.</summary>
        public IEnumerable<IEvent> Wrap(IEnumerable<object> events, DateTimeOffset now) => events.Select(data =>
        {
            var stamped = Stamped.Of(data, now);
            var wrapped = session.Events.BuildEvent(stamped.Data);
            wrapped.Id = stamped.Id;
            wrapped.Timestamp = stamped.At;
            return wrapped;
        });
    }
}
