using System.Security.Cryptography;
using System.Text;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Monitoring.Hosting;

/// <summary>The rows of one push that concern one stream, and what is decided about each.</summary>
public sealed class Group<TState, TRow>(string stream, TState state, IReadOnlyList<(int Row, TRow Value)> rows)
{
    readonly List<object> events = [];
    readonly List<int> recorded = [];
    readonly List<int> identical = [];
    readonly List<RowError> errors = [];
    readonly List<RowError> warnings = [];
    readonly List<Action<IDocumentSession>> also = [];

    /// <summary>Stream key.</summary>
    public string Stream { get; } = stream;

    /// <summary>What holds before the push.</summary>
    public TState State { get; } = state;

    /// <summary>In the order they were sent.</summary>
    public IReadOnlyList<(int Row, TRow Value)> Rows { get; } = rows;

    /// <summary>What the group appends if the push holds.</summary>
    public IReadOnlyList<object> Events => events;

    /// <summary>Rows that are new facts.</summary>
    public IReadOnlyList<int> Recorded => recorded;

    /// <summary>Rows on record already.</summary>
    public IReadOnlyList<int> Identical => identical;

    /// <summary>Rows refused, with the reason.</summary>
    public IReadOnlyList<RowError> Errors => errors;

    /// <summary>What is odd about rows that were not refused.</summary>
    public IReadOnlyList<RowError> Warnings => warnings;

    /// <summary>The row is a new fact.</summary>
    public void Record(int row) => recorded.Add(row);

    /// <summary>The row is on record already.</summary>
    public void Repeat(int row) => identical.Add(row);

    public void Refuse(int row, Refusal refusal) =>
        errors.Add(new RowError(row, refusal.Field, refusal.Code, refusal.Reason));

    public void Warn(int row, Warning warning) => warnings.Add(new RowError(row, warning.Field, warning.Code, warning.Text));

    /// <summary>Notes what was decided about a row; true where it is a new fact, whose events are still to be appended.</summary>
    public bool Note(int row, Decision decision)
    {
        if (decision.Refusal is { } refusal)
        {
            Refuse(row, refusal);
            return false;
        }

        foreach (var warning in decision.Warnings) Warn(row, warning);
        if (decision.ChangesNothing) Repeat(row);
        else Record(row);
        return !decision.ChangesNothing;
    }

    /// <summary>What is appended to the stream if the push holds.</summary>
    public void Append(params ReadOnlySpan<object> events) => this.events.AddRange(events);

    /// <summary>What is stored beside the stream, in the same transaction, if the push holds.</summary>
    public void Also(Action<IDocumentSession> store) => also.Add(store);

    internal void StoreWith(IDocumentSession session)
    {
        foreach (var store in also) store(session);
    }
}

/// <summary>
/// The one way in for pushed facts: read within limits, bind row by row, decide stream by stream, append everything and
/// the receipt in one transaction, answer only after the commit.
/// </summary>
public static class Import
{
    // Writers of one stream are few; who loses this often is told so instead of waiting longer.
    const int AttemptsMax = 6;

    // Streams fetched in one round trip.
    const int FetchMax = 500;

    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>
        /// Maps <c>POST {path}</c> for up to 10,000 rows as JSON object, JSON array, NDJSON, CSV or XLSX, each row decided
        /// by itself. Query: <c>mode=atomic|partial</c>, <c>dryRun=true</c>. Header: <c>Idempotency-Key</c>. A workbook
        /// is answered by its own copy with every row's outcome where <c>Accept</c> asks for one.
        /// </summary>
        public RouteHandlerBuilder MapImport<TState, TRow>(
            string path, string right, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
            Func<TState, TRow, Occasion, Decision> decide) where TState : class, IState<TState>, new() where TRow : notnull =>
            routes.MapImport(path, right, bind, streamOf, EachRow(decide));

        /// <summary>The same where the rows of one stream are decided together.</summary>
        public RouteHandlerBuilder MapImport<TState, TRow>(
            string path, string right, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
            DecideGroups<TState, TRow> decide, ResolveRows<TRow>? resolve = null)
            where TState : class, IState<TState>, new() where TRow : notnull =>
            routes.MapPost(path, Task<IResult> (HttpContext http, CancellationToken _) =>
                    Run(http, path, null, bind, streamOf, decide, resolve))
                .WithMetadata(new TakesRows()).TakesQuery("mode", "dryRun")
                .Accepts<TRow[]>(
                    "application/json", "application/x-ndjson", "application/ndjson", "text/csv", "application/vnd.sdmx.data+csv",
                    Sheet.MediaType)
                .Produces<ImportSummaryView>()
                .ProducesProblem(400).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422)
                .RequireRight(right);

        /// <summary>
        /// Maps <c>PUT {path}/{field}</c>, which registers one thing under its natural code: 201 the first time, 200
        /// when it is on record already, the refusal's status otherwise.
        /// </summary>
        public RouteHandlerBuilder MapRegistration<TState, TRow>(
            string path, string field, string right, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
            Func<TState, TRow, Occasion, Decision> decide) where TState : class, IState<TState>, new() where TRow : notnull =>
            routes.MapRegistration(path, field, right, bind, streamOf, EachRow(decide));

        /// <summary>The same where the decision needs more than the thing itself.</summary>
        public RouteHandlerBuilder MapRegistration<TState, TRow>(
            string path, string field, string right, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
            DecideGroups<TState, TRow> decide) where TState : class, IState<TState>, new() where TRow : notnull =>
            routes.MapPut($"{path}/{{{field}}}", Task<IResult> (HttpContext http, CancellationToken _) =>
                    Run(http, path, (field, (string)http.Request.RouteValues[field]!), bind, streamOf, decide))
                .TakesQuery("mode", "dryRun")
                .Accepts<TRow>("application/json")
                .Produces<ImportSummaryView>().Produces<ImportSummaryView>(201)
                .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422)
                .RequireRight(right);
    }

    /// <summary>Reads and binds a body that is one object, for endpoints that store nothing; else what is wrong with it.</summary>
    public static Task<(TRow? Row, Problem? Problem)> ReadOne<TRow>(
        HttpRequest request, Func<Fields, TRow> bind, (string, string)? fromPath, CancellationToken cancel) where TRow : notnull =>
        Body.ReadOne(request, bind, fromPath, cancel);

    /// <summary>Decides all groups of one push; may load more through the session, and must not store through it.</summary>
    public delegate Task DecideGroups<TState, TRow>(
        IDocumentSession session, IReadOnlyList<Group<TState, TRow>> groups, Occasion occasion, CancellationToken cancel);

    /// <summary>
    /// Looks up what a row must know before its stream can be named, such as the household of a person. It answers every row.
    /// </summary>
    public delegate Task<IReadOnlyList<(int Row, TRow Value)>> ResolveRows<TRow>(
        IDocumentSession session, IReadOnlyList<(int Row, TRow Value)> rows, Caller caller, CancellationToken cancel);

    /// <summary>Decides row by row, each on what the rows before it left.</summary>
    public static DecideGroups<TState, TRow> EachRow<TState, TRow>(Func<TState, TRow, Occasion, Decision> decide)
        where TState : class, IState<TState>, new() where TRow : notnull => (_, groups, occasion, _) =>
    {
        foreach (var group in groups)
        {
            var state = group.State;
            foreach (var (row, value) in group.Rows)
            {
                var decision = decide(state, value, occasion);
                if (!group.Note(row, decision)) continue;
                foreach (var @event in decision)
                {
                    group.Append(@event);
                    state = state.Evolve(@event);
                }
            }
        }

        return Task.CompletedTask;
    };

    /// <summary>
    /// Takes the request's body as a push. For an endpoint that speaks another protocol and has put rows in the body's place; what
    /// became of them it finds in <see cref="Answer.Summary"/> unless the answer is a problem with the request as a whole.
    /// </summary>
    public static Task<IResult> Take<TState, TRow>(
        HttpContext http, string path, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf, DecideGroups<TState, TRow> decide)
        where TState : class, IState<TState>, new() => Run(http, path, null, bind, streamOf, decide);

    static async Task<IResult> Run<TState, TRow>(
        HttpContext http, string path, (string Field, string Value)? fromPath, Func<Fields, TRow> bind,
        Func<TRow, string, string> streamOf, DecideGroups<TState, TRow> decide, ResolveRows<TRow>? resolve = null)
        where TState : class, IState<TState>, new()
    {
        var cancel = http.RequestAborted;
        var caller = (await Caller.BindAsync(http))!;
        var clock = http.RequestServices.GetRequiredService<TimeProvider>();
        var store = http.RequestServices.GetRequiredService<IDocumentStore>();

        if (Ask.Read(http, out var ask) is { } misasked) return misasked;
        var (body, unreadable) = await Body.Read(http.Request, cancel);
        if (body is null) return unreadable!;

        var sha256 = Convert.ToHexStringLower(HMACSHA256.HashData(
            http.RequestServices.GetRequiredService<ReceiptSecret>().Key,
            Encoding.UTF8.GetBytes($"{http.Request.Path}{http.Request.QueryString} {body.Sha256}")));
        var rows = new List<(int Row, TRow Value)>();
        var misbound = new List<RowError>();
        if (body.Bind(bind, fromPath, rows, misbound) is { } malformed) return malformed;
        if (fromPath is not null && rows.Count + misbound.Count != 1)
            return Problem.Of(400, "one-object-expected", new("请求体应为一个对象。", "The body must be one object."));

        IResult Answered(Receipt receipt)
        {
            var answer = new Answer(receipt, fromPath is not null);
            return body.Upload is { } sheet && Sheet.IsAccepted(http.Request)
                ? new SheetAnswer(sheet, receipt, answer)
                : answer;
        }

        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(caller.Tenant);
            if (attempt > 1) await session.TakeTurn($"{path} {caller.Tenant}", cancel);
            if (ask.Key is { } key)
            {
                var earlier = await session.Query<Receipt>().FirstOrDefaultAsync(
                    receipt => receipt.Department == caller.Department && receipt.IdempotencyKey == key, cancel);
                if (earlier is not null && earlier.BodySha256 == sha256)
                {
                    http.Response.Headers["Idempotency-Replayed"] = "true";
                    return Answered(earlier);
                }

                if (earlier is not null)
                    return Problem.Of(422, "idempotency-key-reused", new(
                        "该 Idempotency-Key 已用于另一内容不同的请求。", "This Idempotency-Key was used for another request."));
            }

            var occasion = new Occasion(clock.GetUtcNow(), caller);
            var resolved = resolve is null ? rows : await resolve(session, rows, caller, cancel);
            var groups = resolved.GroupBy(row => streamOf(row.Value, caller.Tenant)).ToList();
            var fetched = await Fetch<TState, TRow>(session, groups, cancel);
            await decide(session, [.. fetched.Select(one => one.Group)], occasion, cancel);

            var errors = misbound.Concat(fetched.SelectMany(one => one.Group.Errors)).OrderBy(error => error.Row).ToList();
            var holds = ask.Partial || errors.Count == 0;
            var warnings = fetched.SelectMany(one => one.Group.Warnings).OrderBy(warning => warning.Row).ToList();
            var receipt = Summarise(path, ask, caller, sha256, occasion, errors, warnings, holds,
                [.. fetched.SelectMany(one => one.Group.Recorded)], [.. fetched.SelectMany(one => one.Group.Identical)]);
            if (ask.DryRun) return Answered(receipt);

            session.Sign(occasion, receipt.Id);
            if (holds)
            {
                foreach (var (group, stream) in fetched)
                {
                    if (group.Events.Count > 0) stream.AppendMany(session.Wrap(group.Events, occasion.Now));
                    group.StoreWith(session);
                }
            }

            session.Insert(receipt);
            try
            {
                await session.SaveChangesAsync(cancel);
                return Answered(receipt);
            }
            catch (Exception e) when (Deciding.IsConflict(e))
            {
                if (attempt == AttemptsMax) return Problem.Of(Deciding.WrittenMeanwhile);
            }
        }
    }

    static async Task<List<(Group<TState, TRow> Group, JasperFx.Events.IEventStream<TState> Stream)>> Fetch<TState, TRow>(
        IDocumentSession session, List<IGrouping<string, (int Row, TRow Value)>> groups, CancellationToken cancel)
        where TState : class, IState<TState>, new()
    {
        var fetched = new List<(Group<TState, TRow>, JasperFx.Events.IEventStream<TState>)>(groups.Count);
        foreach (var chunk in groups.Chunk(FetchMax))
        {
            var batch = session.CreateBatchQuery();
            var streams = chunk.Select(group => batch.Events.FetchForWriting<TState>(group.Key)).ToList();
            await batch.Execute(cancel);
            for (var index = 0; index < chunk.Length; index++)
            {
                var stream = await streams[index];
                var group = new Group<TState, TRow>(chunk[index].Key, stream.Aggregate ?? new TState(), [.. chunk[index]]);
                fetched.Add((group, stream));
            }
        }

        return fetched;
    }

    static Receipt Summarise(
        string path, Ask ask, Caller caller, string sha256, Occasion occasion, List<RowError> errors, List<RowError> warnings, bool holds,
        List<int> recorded, List<int> identical)
    {
        var id = Guid.CreateVersion7(occasion.Now);
        var summary = new ImportSummary(
            ask.DryRun ? null : id, recorded.Count + identical.Count + errors.Count, holds ? recorded.Count : 0, identical.Count, errors.Count, 0,
            Ranges(identical), errors, warnings, []);
        var nothingTaken = errors.Count > 0 && (!holds || recorded.Count + identical.Count == 0);
        return new Receipt(
            id, path, caller.Department, caller.Actor, ask.Key, sha256,
            nothingTaken ? 422 : 200,
            nothingTaken ? "rows-rejected" : null,
            nothingTaken
                ? new Text(
                    $"{errors.Count} 行有误，未保存任何数据；改正后重发，或用 mode=partial 保留其余行。",
                    $"{errors.Count} rows are wrong, nothing was stored; correct them, or keep the others with mode=partial.")
                : null,
            summary, occasion.Now);
    }

    /// <summary>Row numbers as ranges, so that a whole file sent again does not answer with ten thousand numbers.</summary>
    internal static IReadOnlyList<string> Ranges(List<int> rows)
    {
        rows.Sort();
        var ranges = new List<string>();
        for (var first = 0; first < rows.Count;)
        {
            var last = first;
            while (last + 1 < rows.Count && rows[last + 1] == rows[last] + 1) last++;
            ranges.Add(first == last ? $"{rows[first]}" : $"{rows[first]}-{rows[last]}");
            first = last + 1;
        }

        return ranges;
    }

    /// <summary>What the caller asked for beside the rows.</summary>
    readonly record struct Ask(bool Partial, bool DryRun, string? Key)
    {
        public static Problem? Read(HttpContext http, out Ask ask)
        {
            ask = default;
            string? mode = http.Request.Query["mode"], dryRun = http.Request.Query["dryRun"];
            if (mode is not (null or "atomic" or "partial"))
                return Problem.Of(400, "unknown-mode", new("mode 应为 atomic 或 partial。", "mode must be atomic or partial."));
            if (dryRun is not (null or "true" or "false"))
                return Problem.Of(400, "unknown-dry-run", new("dryRun 应为 true 或 false。", "dryRun must be true or false."));
            string? key = http.Request.Headers["Idempotency-Key"];
            if (key is not null && (key.Length is 0 or > 255 || key.Any(character => character is < ' ' or > '~')))
                return Problem.Of(400, "idempotency-key-invalid", new(
                    "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符。",
                    "Idempotency-Key must be 1 to 255 visible ASCII characters."));
            ask = new Ask(mode == "partial", dryRun == "true", key);
            return null;
        }
    }

    /// <summary>The receipt as an HTTP answer; for one thing under its code, that thing's own status.</summary>
    public sealed class Answer : IResult
    {
        readonly Receipt receipt;
        readonly bool single;

        internal Answer(Receipt receipt, bool single) => (this.receipt, this.single) = (receipt, single);

        /// <summary>What became of the push, in full.</summary>
        public ImportSummary Summary => receipt.Summary;

        /// <summary>False when nothing was taken.</summary>
        public bool Holds => receipt.StatusCode < 400;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var summary = receipt.Summary;
            if (receipt.StatusCode >= 400)
            {
                var problem = single
                    ? Problem.Of(StatusOf(summary.Errors[0].Code), summary.Errors[0].Code, summary.Errors[0].Message, summary)
                    : Problem.Of(receipt.StatusCode, receipt.ProblemCode!, receipt.Detail!, summary);
                return problem.ExecuteAsync(httpContext);
            }

            httpContext.Response.StatusCode = single && summary.Accepted == 1 ? 201 : 200;
            return httpContext.Response.WriteAsJsonAsync(
                summary.In(Language.IsEnglish(httpContext)), Contracts.EventJson.Options);
        }

        static int StatusOf(string code) =>
            code == "correction-needs-reason" || code.EndsWith("-taken", StringComparison.Ordinal) ||
            code.EndsWith("-differs", StringComparison.Ordinal) ? 409
            : code.EndsWith("-unknown", StringComparison.Ordinal) ? 404
            : 422;
    }
}
