using System.Security.Cryptography;
using System.Text;
using JasperFx.Events;
using Marten;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Monitoring.Hosting;

/// <summary>
/// One push on its way: read, bound, decided, committed with its receipt, answered. A refusal stores its receipt and nothing else, and
/// leaves its <c>Idempotency-Key</c> free, so that the same request can be sent again when what it needs is there.
/// </summary>
sealed partial class Push<TState, TRow>(
    HttpContext http, RowShape shape, (string Field, string Value)? fromPath, Func<Fields, TRow> bind, Func<TRow, string, string> streamOf,
    Import.DecideGroups<TState, TRow> decide, Import.ResolveRows<TRow>? resolve, Import.FindCodes? names)
    where TState : class, IState<TState>, new() where TRow : notnull
{
    // Writers of one stream are few; who loses this often is told so instead of waiting longer.
    const int AttemptsMax = 6;

    // Streams fetched in one round trip.
    const int FetchMax = 500;

    const int KeyDaysDefault = 30;

    /// <summary>A stream's rows and the stream that they are appended to.</summary>
    sealed record Fetched(Group<TState, TRow> Group, IEventStream<TState> Stream);

    public async Task<IResult> Run()
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
        var (rows, intake, malformed) = await Bind(store, body, caller, cancel);
        if (malformed is not null) return malformed;
        if (fromPath is not null && intake.Count != 1)
            return Problem.Of(400, "one-object-expected", new("请求体应为一个对象。", "The body must be one object."));

        IResult Answered(Receipt receipt)
        {
            var answer = new Import.Answer(receipt, fromPath is not null);
            return body.Upload is { } book && Sheet.IsAccepted(http.Request)
                ? new SheetAnswer(book, receipt, answer)
                : answer;
        }

        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.LightweightSession(caller.Tenant);
            if (attempt > 1) await session.TakeTurn($"{shape.Collection} {caller.Tenant}", cancel);
            var occasion = new Occasion(clock.GetUtcNow(), caller);
            if (ask.Key is { } key && await session.Query<Receipt>().FirstOrDefaultAsync(
                    receipt => receipt.Department == caller.Department && receipt.IdempotencyKey == key, cancel) is { } earlier)
            {
                if (earlier.RecordedAt < occasion.Now.AddDays(-KeyDays)) session.Store(earlier with { IdempotencyKey = null });
                else if (earlier.BodySha256 == sha256)
                {
                    http.Response.Headers["Idempotency-Replayed"] = "true";
                    return Answered(earlier);
                }
                else
                {
                    return Problem.Of(422, "idempotency-key-reused", new(
                        $"该 Idempotency-Key 已用于另一内容不同的请求（回执 {earlier.Id}）；内容有变时请换用新的 Idempotency-Key。",
                        $"This Idempotency-Key was used for another request (receipt {earlier.Id}); use another key for other contents."));
                }
            }

            var resolved = resolve is null ? rows : await resolve(session, rows, caller, cancel);
            var personal = await PersonalTexts(session, resolved, intake, caller, cancel);
            if (personal.Count > 0) resolved = [.. resolved.Where(row => !personal.Any(error => error.Row == row.Row))];
            var groups = resolved.GroupBy(row => streamOf(row.Value, caller.Tenant)).ToList();
            if (attempt > 1) await session.Hold([.. groups.Select(group => group.Key)], cancel);
            var fetched = await Fetch(session, groups, cancel);
            var unforeseen = intake.Unforeseen;
            try
            {
                await decide(session, [.. fetched.Select(one => one.Group)], occasion, cancel);
            }
            catch (Exception e) when (IsOfTheRows(e))
            {
                (fetched, unforeseen) = (await DecideApart(store, session, fetched, occasion, cancel), e);
            }

            if (unforeseen is not null)
                Failed(http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Import)), shape.Collection, unforeseen);
            var receipt = Summarise(ask, caller, sha256, occasion, intake, [.. fetched.Select(one => one.Group)], personal, unforeseen is not null);
            if (ask.DryRun) return Answered(receipt);

            session.Sign(occasion, receipt.Id);
            if (receipt.StatusCode < 400)
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

    /// <summary>How long a key is remembered (<c>Idempotency:Days</c>).</summary>
    int KeyDays => http.RequestServices.GetRequiredService<IConfiguration>().GetValue("Idempotency:Days", KeyDaysDefault);

    /// <summary>Binds all rows; a second time with the codes of things at hand, where rows name things.</summary>
    async Task<(List<(int Row, TRow Value)> Rows, Intake Intake, Problem? Malformed)> Bind(
        IDocumentStore store, Body body, Caller caller, CancellationToken cancel)
    {
        ILookup<string, string>? codes = null;
        while (true)
        {
            var rows = new List<(int Row, TRow Value)>();
            var intake = Intake.Into(
                rows, shape, bind, fromPath, codes, http.RequestServices.GetRequiredService<ReceiptSecret>().Key.Length == 0);
            var malformed = body.Bind(intake);
            if (malformed is not null || !intake.Fields.NeedsNames || codes is not null) return (rows, intake, malformed);
            await using var session = store.QuerySession(caller.Tenant);
            codes = names is null ? Array.Empty<string>().ToLookup(name => name) : await names(session, cancel);
        }
    }

    /// <summary>What must not stand in the texts of the rows, as far as only the service knows.</summary>
    async Task<IReadOnlyList<RowError>> PersonalTexts(
        IDocumentSession session, IReadOnlyList<(int Row, TRow Value)> rows, Intake intake, Caller caller, CancellationToken cancel)
    {
        if (intake.Written.Count == 0 || http.RequestServices.GetService<CheckTexts>() is not { } check) return [];
        var streams = rows.ToDictionary(row => row.Row, row => streamOf(row.Value, caller.Tenant));
        return await check(
            session, [.. intake.Written.Where(text => streams.ContainsKey(text.Row)).Select(text => (streams[text.Row], text))], caller, cancel);
    }

    static async Task<List<Fetched>> Fetch(
        IDocumentSession session, List<IGrouping<string, (int Row, TRow Value)>> groups, CancellationToken cancel)
    {
        var fetched = new List<Fetched>(groups.Count);
        foreach (var chunk in groups.Chunk(FetchMax))
        {
            var batch = session.CreateBatchQuery();
            var streams = chunk.Select(group => batch.Events.FetchForWriting<TState>(group.Key)).ToList();
            await batch.Execute(cancel);
            for (var index = 0; index < chunk.Length; index++)
            {
                var stream = await streams[index];
                fetched.Add(new(new Group<TState, TRow>(chunk[index].Key, stream.Aggregate ?? new TState(), [.. chunk[index]]), stream));
            }
        }

        return fetched;
    }

    // What the store, the caller or the machine brought about is no row's fault.
    static bool IsOfTheRows(Exception e) =>
        e is not (OperationCanceledException or OutOfMemoryException or Npgsql.NpgsqlException or TimeoutException or BadHttpRequestException) &&
        e.InnerException is not (Npgsql.NpgsqlException or TimeoutException) && !Deciding.IsConflict(e);

    /// <summary>
    /// Decides anew without the rows that nobody can decide: first stream by stream, and row by row where a stream's rows fail. Each try
    /// has a session of its own, for what a decision that failed halfway left in it.
    /// </summary>
    async Task<List<Fetched>> DecideApart(
        IDocumentStore store, IDocumentSession session, List<Fetched> fetched, Occasion occasion, CancellationToken cancel)
    {
        var failed = new HashSet<int>();
        foreach (var (group, _) in fetched)
        {
            if (await Holds(store, Of(group, group.Rows), occasion, cancel)) continue;
            var good = new List<(int Row, TRow Value)>();
            foreach (var row in group.Rows)
            {
                if (await Holds(store, Of(group, [.. good, row]), occasion, cancel)) good.Add(row);
                else failed.Add(row.Row);
            }
        }

        var sound = fetched.Select(one => one with { Group = Of(one.Group, [.. one.Group.Rows.Where(row => !failed.Contains(row.Row))]) }).ToList();
        // Rows of different streams that fail only together have nobody to blame alone, and the push fails as a whole.
        await decide(session, [.. sound.Select(one => one.Group)], occasion, cancel);
        foreach (var (before, now) in fetched.Zip(sound))
            foreach (var (row, _) in before.Group.Rows)
                if (failed.Contains(row)) now.Group.Refuse(row, Import.RowFailed);
        return sound;

        static Group<TState, TRow> Of(Group<TState, TRow> group, IReadOnlyList<(int, TRow)> rows) => new(group.Stream, group.State, rows);
    }

    async Task<bool> Holds(IDocumentStore store, Group<TState, TRow> group, Occasion occasion, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(occasion.By.Tenant);
        try
        {
            await decide(session, [group], occasion, cancel);
            return true;
        }
        catch (Exception e) when (IsOfTheRows(e))
        {
            return false;
        }
    }

    Receipt Summarise(
        Ask ask, Caller caller, string sha256, Occasion occasion, Intake intake, IReadOnlyList<Group<TState, TRow>> groups,
        IReadOnlyList<RowError> personal, bool isUnforeseen)
    {
        var id = Guid.CreateVersion7(occasion.Now);
        List<RowError> errors = [.. intake.Errors.Concat(personal).Concat(groups.SelectMany(group => group.Errors)).Select(intake.Located)
            .OrderBy(error => error.Row).ThenBy(intake.ColumnOf)];
        List<RowError> warnings = [.. intake.Warnings.Concat(groups.SelectMany(group => group.Warnings)).Select(intake.Located).OrderBy(warning => warning.Row)];
        List<int> recorded = [.. groups.SelectMany(group => group.Recorded)], identical = [.. groups.SelectMany(group => group.Identical)];
        var rejected = errors.Select(error => error.Row).Distinct().Count();
        var holds = ask.Partial || errors.Count == 0;
        var leftOut = intake.LeftOut;
        var nothingTaken = errors.Count > 0 && (!holds || recorded.Count + identical.Count == 0);
        if (!holds)
            leftOut = [.. leftOut, .. recorded.Select(row => new RowError(row, null, Import.HeldBack, new(
                "此行无误；因同批其他行有误，整批未入库。", "The row is right; others of the push are wrong, and nothing was stored.")))];
        var summary = new ImportSummary(
            ask.DryRun ? null : id, intake.Count, holds ? recorded.Count : 0, identical.Count, rejected, leftOut.Count, Import.Ranges(identical),
            errors, warnings, ImportSummary.Together(leftOut));
        return new Receipt(
            id, shape.Collection, caller.Department, caller.Actor, nothingTaken ? null : ask.Key, sha256,
            !nothingTaken ? 200 : isUnforeseen && !ask.Partial ? 500 : 422,
            !nothingTaken ? null : isUnforeseen && !ask.Partial ? Import.RowFailed.Code : "rows-rejected",
            nothingTaken && isUnforeseen && !ask.Partial ? new Text(
                "系统处理其中一行时出错，已记录，未保存任何数据；请去掉 errors 所列的行，或用 mode=partial 保留其余行，并联系管理员。",
                "The service failed at a row, which was logged, and nothing was stored; send the others without the rows in errors, or keep them with mode=partial, and tell the operator.")
            : nothingTaken && intake.Absent.Count > 0
                ? new Text(
                    $"表头缺少必填的列：{shape.Named(intake.Absent)}；请补上后重发。{rejected} 行有误，未保存任何数据。",
                    $"The header lacks required columns: {string.Join(", ", intake.Absent)}. {rejected} rows are wrong, nothing was stored.")
            : nothingTaken
                ? new Text(
                    $"{rejected} 行有误，未保存任何数据；改正后重发，或用 mode=partial 保留其余行。",
                    $"{rejected} rows are wrong, nothing was stored; correct them, or keep the others with mode=partial.")
                : null,
            summary, occasion.Now);
    }

    [LoggerMessage(LogLevel.Error, "A row pushed to {Collection} failed")]
    static partial void Failed(ILogger logger, string collection, Exception exception);
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
        if (key is not null && (key.Length is 0 or > 255 || key.Any(character => character is <= ' ' or > '~')))
            return Problem.Of(400, "idempotency-key-invalid", new(
                "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符。",
                "Idempotency-Key must be 1 to 255 visible ASCII characters."));
        ask = new Ask(mode == "partial", dryRun == "true", key);
        return null;
    }
}
