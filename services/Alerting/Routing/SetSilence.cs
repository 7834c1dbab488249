using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// Keeps some alerts from telling anybody for a time (静默), with author, reason and end. They stay in the inbox; an emergency is
/// never silenced.
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

    public static Decision Decide(AlertBook book, Row row, Occasion occasion)
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

    public static Decision Decide(AlertBook book, Ending row, Occasion occasion) =>
        book.Silences.Find(one => one.Silence == row.Silence) is not { } known
        ? Refusal.Unknown("silence-unknown", "没有此静默。", "There is no such silence.", "silence")
        : known.Until <= occasion.Now ? [] : [new SilenceEnded(row.Silence, occasion.Now, row.Reason)];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<AlertBook, Row>("/v1/silences", "silence", "alerting:act", Bind, (_, tenant) => AlertBook.Stream(tenant),
            Decide);
        routes.MapCommand<AlertBook, Ending>(
            "/v1/silences/{silence}/end", "silence", "alerting:act", row => new(row.Code("silence"), row.Text("reason", 500)),
            (_, tenant) => AlertBook.Stream(tenant), Decide);
        routes.MapGet("/v1/silences",
            async (bool? active, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var (all, now) = ((await AlertBook.Of(session, caller.Tenant, cancel)).Silences, clock.GetUtcNow());
            return new Listing<SilenceSet>([.. all.Where(one => active != true || (one.From <= now && now < one.Until))], null);
        }).RequireRight("alerting:read").ProducesPage<SilenceSet>();
    }
}
