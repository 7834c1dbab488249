using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

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
    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>
        /// Maps <c>POST {path}</c> for up to 10,000 rows as JSON object, JSON array, NDJSON, CSV or XLSX, each row decided
        /// by itself. Query: <c>mode=atomic|partial</c>, <c>dryRun=true</c>. Header: <c>Idempotency-Key</c>. A workbook
        /// is answered by its own copy with every row's outcome where <c>Accept</c> asks for one.
        /// </summary>
        public RouteHandlerBuilder MapImport<TState, TRow>(
            string path, string right, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
            Func<TState, TRow, Occasion, Decision> decide, FindCodes? names = null) where TState : class, IState<TState>, new() where TRow : notnull =>
            routes.MapImport(path, right, bind, streamOf, EachRow(decide), null, names);

        /// <summary>The same where the rows of one stream are decided together.</summary>
        public RouteHandlerBuilder MapImport<TState, TRow>(
            string path, string right, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
            DecideGroups<TState, TRow> decide, ResolveRows<TRow>? resolve = null, FindCodes? names = null)
            where TState : class, IState<TState>, new() where TRow : notnull
        {
            var shape = new Lazy<RowShape>(() => RowShape.Of(path, bind));
            return routes.MapPost(path, Task<IResult> (HttpContext http, CancellationToken _) =>
                    new Push<TState, TRow>(http, shape.Value, null, bind, streamOf, decide, resolve, names).Run())
                .WithMetadata(new TakesRows()).TakesQuery("mode", "dryRun")
                .Takes(bind).Produces<ImportSummaryView>()
                .RequireRight(right);
        }

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
            DecideGroups<TState, TRow> decide) where TState : class, IState<TState>, new() where TRow : notnull
        {
            var shape = new Lazy<RowShape>(() => RowShape.Of(path, bind));
            return routes.MapPut($"{path}/{{{field}}}", Task<IResult> (HttpContext http, CancellationToken _) =>
                    new Push<TState, TRow>(
                        http, shape.Value, (field, (string)http.Request.RouteValues[field]!), bind, streamOf, decide, null, null).Run())
                .WithMetadata(new TakesRows()).TakesQuery("mode", "dryRun").Takes(bind, field).Produces<ImportSummaryView>().Produces<ImportSummaryView>(201)
                .RequireRight(right);
        }
    }

    /// <summary>Reads and binds a body that is one object, for endpoints that store nothing; else what is wrong with it.</summary>
    public static async Task<(TRow? Row, Problem? Problem)> ReadOne<TRow>(
        HttpRequest request, Func<Fields, TRow> bind, (string, string)? fromPath, CancellationToken cancel) where TRow : notnull
    {
        var (row, problem, _) = await Body.ReadOne(request, RowShape.Of(request.Path, bind), bind, fromPath, cancel);
        return (row, problem);
    }

    /// <summary>Decides all groups of one push; may load more through the session, and must not store through it.</summary>
    public delegate Task DecideGroups<TState, TRow>(
        IDocumentSession session, IReadOnlyList<Group<TState, TRow>> groups, Occasion occasion, CancellationToken cancel);

    /// <summary>
    /// Looks up what a row must know before its stream can be named, such as the household of a person. It answers every row.
    /// </summary>
    public delegate Task<IReadOnlyList<(int Row, TRow Value)>> ResolveRows<TRow>(
        IDocumentSession session, IReadOnlyList<(int Row, TRow Value)> rows, Caller caller, CancellationToken cancel);

    /// <summary>Finds the codes of things by their names, where rows may name a thing instead of its code; asked only when a row does.</summary>
    public delegate Task<ILookup<string, string>> FindCodes(IQuerySession session, CancellationToken cancel);

    /// <summary>Code of the rows that were good, and were not stored because others of an atomic push were wrong.</summary>
    internal const string HeldBack = "held-back";

    /// <summary>What is said of a row that the service failed at.</summary>
    internal static readonly Refusal RowFailed = Refusal.Invalid("internal-error",
        "系统处理此行时出错，已记录；请去掉此行后重发，并联系管理员。", "The service failed at this row, which was logged; send the others without it, and tell the operator.");

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
        where TState : class, IState<TState>, new() where TRow : notnull =>
        new Push<TState, TRow>(http, RowShape.Of(path, bind), null, bind, streamOf, decide, null, null).Run();

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
