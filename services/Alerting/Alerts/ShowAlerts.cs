using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Alerting;

/// <summary>Alerts as people see them: the inbox of who answers, all of them with their history, and a live stream.</summary>
public static class ShowAlerts
{
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1);

    /// <summary>An alert as it is answered; instants in Asia/Shanghai.</summary>
    /// <param name="AlertId">Which.</param>
    /// <param name="Kind">What it is about.</param>
    /// <param name="Severity">预警级别.</param>
    /// <param name="SeverityName">The same in words.</param>
    /// <param name="State">How far it has come.</param>
    /// <param name="StateName">The same in words.</param>
    /// <param name="Title">One line.</param>
    /// <param name="Area">Village, township or county.</param>
    /// <param name="AreaName">What it is called.</param>
    /// <param name="Level">Who answers for it now.</param>
    /// <param name="Department">Whose it is.</param>
    /// <param name="AssignedTo">Whom it was handed to.</param>
    /// <param name="Subject">Household, station, indicator, project …; for a household <c>{id}/{episode}</c>.</param>
    /// <param name="Cause">The 风险类型 that came first.</param>
    /// <param name="Causes">All of them.</param>
    /// <param name="Number">What it is called on the telephone.</param>
    /// <param name="Next">What is to be done about it; null once it is over.</param>
    /// <param name="NextBy">Last day of that.</param>
    /// <param name="Owner">Who answers for it now, in words.</param>
    /// <param name="End">Why it is over.</param>
    /// <param name="RaisedAt">When it was raised, or reopened last.</param>
    /// <param name="AcknowledgedAt">When it was signed for at the present level.</param>
    /// <param name="ResolvedAt">When it ended.</param>
    /// <param name="WasTrue">Whether it had been true.</param>
    /// <param name="Joined">How often the same was seen again.</param>
    /// <param name="Escalated">How many levels it went up.</param>
    /// <param name="DueOn">The last day on which it stays at this level.</param>
    /// <param name="DueFor">What is to be done by then.</param>
    /// <param name="Proposed">An end that waits for a second person.</param>
    public sealed record Entry(
        Guid AlertId, AlertKind Kind, Severity Severity, string SeverityName, AlertState State, string StateName, string Title, string Area,
        string? AreaName, Level Level, string? Department, string? AssignedTo, string Subject, RiskCause? Cause,
        IReadOnlyList<RiskCause> Causes, string? Number, string? Next, DateOnly? NextBy, string Owner, string? End, DateTimeOffset RaisedAt,
        DateTimeOffset? AcknowledgedAt, DateTimeOffset? ResolvedAt, bool? WasTrue, int Joined, int Escalated, DateOnly? DueOn,
        MissedStep? DueFor,
        ClosureProposed? Proposed);

    static Entry Of(Alert alert, AlertBook book, IReadOnlyDictionary<string, Named> names, bool english)
    {
        var due = book.DueOf(alert);
        var isNamed = Wording.Places(alert.Area).Any(names.ContainsKey);
        return new(
            alert.AlertId, alert.Kind, alert.Severity, Name(alert.Severity).In(english), alert.State, Name(alert.State).In(english),
            english ? alert.TitleEn : alert.Title, alert.Area,
            isNamed ? Wording.Place(alert.Area, names.GetValueOrDefault).In(english) : null,
            alert.Level, alert.Department, alert.AssignedTo, alert.Subject, alert.Cause, alert.AllCauses, alert.Number,
            alert.IsOpen ? Wording.NextOf(alert).In(english) : null, alert.IsOpen ? Wording.DueOf(book, alert) : null,
            Wording.OwnerOf(alert, names.GetValueOrDefault).In(english), Wording.EndOf(alert)?.In(english), alert.RaisedAt.ToOffset(ChinaTime.Offset),
            alert.AcknowledgedAt?.ToOffset(ChinaTime.Offset), alert.ResolvedAt?.ToOffset(ChinaTime.Offset), alert.WasTrue, alert.Joined,
            alert.Escalated,
            due?.On, due?.What, alert.Proposed);
    }

    internal static Text Name(Severity severity) => severity switch
    {
        Severity.Info => new("蓝色预警（一般）", "blue"),
        Severity.Warning => new("黄色预警（较重）", "yellow"),
        Severity.Serious => new("橙色预警（严重）", "orange"),
        _ => new("红色预警（特别严重）", "red"),
    };

    static Text Name(AlertState state) => new(Codes<AlertState>.Official[state], state switch
    {
        AlertState.Open => "to be acknowledged",
        AlertState.Acknowledged => "in hand",
        _ => "resolved",
    });

    /// <summary>The level that a caller answers at: who is limited to villages, to townships, or not at all.</summary>
    internal static Level LevelOf(Caller caller) => caller.Areas.Count == 0 ? Level.County
        : caller.Areas.All(area => area.Length >= 12) ? Level.Village : Level.Township;

    /// <summary>True for what a person must look at: what their level answers for, what was handed to their department, every emergency of
    /// their area.</summary>
    internal static bool IsFor(Alert alert, Caller caller) => caller.Covers(alert.Area) &&
        (alert.Level == LevelOf(caller) || alert.Severity == Severity.Emergency ||
            (alert.AssignedTo ?? alert.Department) == caller.Department);

    static async Task<IResult> List(
        Func<Alert, bool> shown, bool openOnly, Caller caller, Page page, HttpContext http, IDocumentStore store, CancellationToken cancel)
    {
        await using var session = store.QuerySession(caller.Tenant);
        var book = await AlertBook.Of(session, caller.Tenant, cancel);
        var found = openOnly
            ? await session.Query<Alert>().Where(alert => alert.ResolvedAt == null).ToListAsync(cancel)
            : await session.Query<Alert>().ToListAsync(cancel);
        var all = found.Where(alert => alert.Exists && caller.Covers(alert.Area)).Where(shown)
            .OrderBy(alert => alert.State == AlertState.Resolved).ThenByDescending(alert => alert.Severity).ThenBy(alert => alert.RaisedAt)
            .ThenBy(alert => alert.AlertId).ToList();
        var start = page.After.Length == 0 ? 0 : all.FindIndex(alert => alert.AlertId.ToString() == page.After) + 1;
        var some = all.Skip(start).Take(page.Limit).ToList();
        var names = await Groups.Names(session, some, cancel);
        return new Listing<Entry>(
            [.. some.Select(alert => Of(alert, book, names, Language.IsEnglish(http)))],
            some.Count == page.Limit ? some[^1].AlertId.ToString() : null, all.Count);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        // With level=all also what levels below hold: a township sees whom its villages must visit.
        routes.MapGet("/v1/inbox", async Task<IResult> (
                string? level, Caller caller, Page page, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
            level is null or "all"
                ? await List(alert => level is not null || IsFor(alert, caller), true, caller, page, http, store, cancel)
                : Problem.Of(400, "unknown-code", new("level 应为 all 或不填。", "level must be all, or left out.")))
            .PagedBy<Guid>().RequireRight("alerting:read").ProducesPage<Entry>();

        routes.MapGet("/v1/alerts", async (
            string? state, string? kind, string? severity, string? area, string? department, string? subject, string? cause, Caller caller,
            Page page, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            if (area is not null && (area.Length is not (6 or 9 or 12) || !area.All(char.IsAsciiDigit)))
                return Problem.Of(400, "not-an-area-code", new("area 应为 6、9 或 12 位区划代码。", "area must be a code of 6, 9 or 12 digits."));
            if (Unknown<RiskCause>(cause, "cause") is { } badCause) return badCause;
            if (Unknown<AlertState>(state, "state") is { } badState) return badState;
            if (Unknown<AlertKind>(kind, "kind") is { } badKind) return badKind;
            if (Unknown<Severity>(severity, "severity") is { } badSeverity) return badSeverity;
            return await List(
                alert => (state is null || alert.State == Codes<AlertState>.ByCode[state]) &&
                    (kind is null || alert.Kind == Codes<AlertKind>.ByCode[kind]) &&
                    (severity is null || alert.Severity >= Codes<Severity>.ByCode[severity]) &&
                        alert.Area.StartsWith(area ?? "", StringComparison.Ordinal) &&
                    (cause is null || alert.AllCauses.Contains(Codes<RiskCause>.ByCode[cause])) &&
                    (department is null || (alert.AssignedTo ?? alert.Department) == department) &&
                    (subject is null || alert.Subject.StartsWith(subject, StringComparison.Ordinal)),
                state is not null && state != "resolved", caller, page, http, store, cancel);
        }).PagedBy<Guid>().RequireRight("alerting:read").ProducesPage<Entry>();

        routes.MapGet("/v1/alerts/{alert:guid}",
            async (Guid alert, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            if (await Find(session, alert, caller, cancel) is not { } found) return UnknownAlert;
            return Results.Ok(Of(found, await AlertBook.Of(session, caller.Tenant, cancel), await Groups.Names(session, [found], cancel),
                Language.IsEnglish(http)));
        }).RequireRight("alerting:read").Produces<Entry>();

        routes.MapGet("/v1/inbox/stream",
            (Caller caller, HttpContext http, IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel) =>
            {
                long? after = null;
                if (http.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } last])
                {
                    if (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seen))
                        return Problem.Of(400, "not-a-position", new(
                            "Last-Event-ID 应为上次收到的事件编号。", "Last-Event-ID must be the id of the event seen last."));
                    after = seen;
                }

                return (IResult)TypedResults.ServerSentEvents(Live(caller, Language.IsEnglish(http), after, store, database, cancel));
            })
            .RequireRight("alerting:read").ProducesAs("text/event-stream");
    }

    internal static Problem UnknownAlert => Problem.Of(404, "alert-unknown", new("没有此预警。", "There is no such alert."));

    internal static async Task<Alert?> Find(IQuerySession session, Guid alert, Caller caller, CancellationToken cancel) =>
        await session.LoadAsync<Alert>(Alert.Stream(caller.Tenant, alert), cancel) is { Exists: true } found && caller.Covers(found.Area)
            ? found : null;

    static Problem? Unknown<TEnum>(string? code, string name) where TEnum : struct, Enum =>
        code is null || Codes<TEnum>.ByCode.ContainsKey(code)
        ? null
        : Problem.Of(400, "unknown-code", new($"{name} 应为以下之一：{Codes<TEnum>.List}。", $"{name} must be one of: {Codes<TEnum>.List}."));

    /// <summary>
    /// Each alert of the caller's inbox as it changes, from now on or from where a broken stream ended; between them a comment each
    /// quarter of a minute, so that a dead line is seen. Who has seen more than there is (the store is older than he is) is told to begin
    /// anew (<c>reset</c>).
    /// </summary>
    static async IAsyncEnumerable<SseItem<Entry?>> Live(
        Caller caller, bool english, long? after, IDocumentStore store, NpgsqlDataSource database,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        var newest = await Position(database, cancel);
        var position = after ?? newest;
        if (position > newest)
        {
            position = newest;
            yield return new SseItem<Entry?>(null, "reset") { EventId = $"{position}" };
        }

        for (var idle = 0; !cancel.IsCancellationRequested; idle++)
        {
            var (until, streams) = await Changed(database, caller.Tenant, position, cancel);
            if (streams.Count > 0)
            {
                await using var session = store.QuerySession(caller.Tenant);
                var book = await AlertBook.Of(session, caller.Tenant, cancel);
                var alerts = (await session.LoadManyAsync<Alert>(cancel, streams)).Where(alert => alert.Exists && IsFor(alert, caller))
                    .ToList();
                var names = await Groups.Names(session, alerts, cancel);
                foreach (var alert in alerts)
                    yield return new SseItem<Entry?>(Of(alert, book, names, english), "alert") { EventId = $"{until}" };
                idle = 0;
            }
            else if (idle % 15 == 0)
            {
                yield return new SseItem<Entry?>(null, "waiting") { EventId = $"{until}" };
            }

            position = until;
            await Task.Delay(lookEvery, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    static async Task<long> Position(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command =
            database.CreateCommand("select coalesce(max(last_seq_id), 0) from alerting.mt_event_progression where name = 'HighWaterMark'");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    // Only up to the high-water mark: beyond it, an event may still come in before one that is there.
    static async Task<(long Until, IReadOnlyList<string> Streams)> Changed(NpgsqlDataSource database, string tenant, long after,
        CancellationToken cancel)
    {
        var until = await Position(database, cancel);
        if (until <= after) return (after, []);
        await using var command = database.CreateCommand("""
            select distinct stream_id from alerting.mt_events
            where tenant_id = $1 and seq_id > $2 and seq_id <= $3 and stream_id like 'alert/%'
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        command.Parameters.Add(new NpgsqlParameter { Value = until });
        var streams = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) streams.Add(rows.GetString(0));
        return (until, streams);
    }
}
