using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// Keeps some alerts from telling anybody for a time (静默), with author, reason and end, within the author's areas. They stay in the inbox;
/// an emergency is never silenced. When it ends, what it held back is told at once and says so.
/// </summary>
public static class SetSilence
{
    const int DaysMax = 31;

    /// <summary>One silence.</summary>
    /// <param name="Silence">Stable code.</param>
    /// <param name="Match">Which alerts; not all of them.</param>
    /// <param name="From">Beginning; null: now.</param>
    /// <param name="Until">End; at most 31 days after its beginning.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Row(string Silence, Matcher Match, DateTimeOffset? From, DateTimeOffset Until, string Reason);

    /// <summary>Its end before its time.</summary>
    public sealed record Ending(string Silence, string Reason);

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("silence"), PublishRoutes.BindMatcher(row), row.Has("from") ? row.Instant("from") : null, row.Instant("until"),
            row.Text("reason", 500));
        if (bound.Match == new Matcher()) row.Fail("kinds", "missing", "请说明静默哪些预警：预警类别（kinds）、区划代码（area）、部门（departments）等至少填一项。", "Say which alerts are to be silent.");
        return bound;
    }

    static readonly Refusal notYours = Refusal.Conflict(
        "area-not-yours", "静默只能针对您负责区域内的预警；请填写您区域内的区划代码（area）。", "A silence covers alerts of your own areas only; name one of them (area).", "area");

    /// <summary>Decides on a silence, knowing the alerts that are open.</summary>
    public static Decision Decide(AlertBook book, Row row, IReadOnlyCollection<Alert> open, Occasion occasion)
    {
        if (!Within(row.Match, open, occasion.By)) return notYours;
        var covered = open.Where(row.Match.Means).ToList();
        var urgent = covered.Count(alert => alert.Severity == Severity.Emergency);
        return Decide(book, row, occasion).With(
        [
            new Warning("silence-covers", new(
                $"现有{covered.Count - urgent}条未办结预警将被静默；红色（紧急）预警不受静默影响{(urgent > 0 ? $"，其中{urgent}条照常通知" : "")}。",
                $"{covered.Count - urgent} open alerts are silent now; emergencies are never silenced{(urgent > 0 ? $", and {urgent} of them go on" : "")}.")),
        ]);
    }

    /// <summary>True where it can cover nothing outside of the caller's areas.</summary>
    static bool Within(Matcher match, IEnumerable<Alert> open, Caller caller) => caller.Areas.Count == 0 ||
        (match.Area is { Length: > 0 } area
            ? caller.Covers(area)
            : match.Alerts is { Length: > 0 } alerts && alerts.All(id => open.Any(alert => alert.AlertId == id && caller.Covers(alert.Area))));

    static Decision Decide(AlertBook book, Row row, Occasion occasion)
    {
        var from = row.From ?? occasion.Now;
        if (row.Until <= from || row.Until > from.AddDays(DaysMax))
            return Refusal.Invalid("out-of-range", $"静默结束须晚于开始，且不超过{DaysMax}天。",
                $"A silence ends after it began, and within {DaysMax} days.", "until");
        if (book.Silences.Find(one => one.Silence == row.Silence) is { } known)
            return Contracts.EventJson.Text(known.Match) == Contracts.EventJson.Text(row.Match) && known.Until == row.Until ? []
                : Refusal.Conflict("silence-differs", "该编号的静默已存在，内容不同；请换用新的编号。", "A silence of this code exists with other contents.", "silence");
        return [new SilenceSet(row.Silence, row.Match, from, row.Until, row.Reason, occasion.By.Actor)];
    }

    /// <summary>Decides on the end of one, by its author or whoever answers for all of it.</summary>
    public static Decision Decide(AlertBook book, Ending row, IReadOnlyCollection<Alert> open, Occasion occasion) =>
        book.Silences.Find(one => one.Silence == row.Silence) is not { } known
        ? Refusal.Unknown("silence-unknown", "没有此静默。", "There is no such silence.", "silence")
        : known.Author != occasion.By.Actor && !Within(known.Match, open, occasion.By)
        ? Refusal.Conflict("area-not-yours", "该静默超出您负责的区域，请由设置人或上级结束。", "The silence reaches beyond your areas.", "silence")
        : known.Until <= occasion.Now ? [] : [new SilenceEnded(row.Silence, occasion.Now, row.Reason)];

    static Task<IReadOnlyList<Alert>> Open(IQuerySession session, CancellationToken cancel) =>
        session.Query<Alert>().Where(alert => alert.ResolvedAt == null).ToListAsync(cancel);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<AlertBook, Row>("/v1/silences", "silence", "alerting:act", Bind, (_, tenant) => AlertBook.Stream(tenant),
            async (session, groups, occasion, cancel) =>
            {
                var open = await Open(session, cancel);
                await Import.EachRow<AlertBook, Row>((book, row, now) => Decide(book, row, open, now))(session, groups, occasion, cancel);
            });
        routes.MapCommand<AlertBook, Ending>(
            "/v1/silences/{silence}/end", "silence", "alerting:act", row => new(row.Code("silence"), row.Text("reason", 500)),
            (_, _, caller, _) => Task.FromResult(AlertBook.Stream(caller.Tenant)),
            async (session, book, command, occasion, cancel) =>
            {
                var decision = Decide(book, command, await Open(session, cancel), occasion);
                if (!decision.ChangesNothing) await Groups.Wake(session, command.Silence, occasion.Now, cancel);
                return decision;
            });
        routes.MapGet("/v1/silences",
            async (bool? active, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var (all, now) = ((await AlertBook.Of(session, caller.Tenant, cancel)).Silences, clock.GetUtcNow());
            return new Listing<SilenceSet>([.. all.Where(one => active != true || (one.From <= now && now < one.Until))], null);
        }).RequireRight("alerting:read").ProducesPage<SilenceSet>();
    }
}
