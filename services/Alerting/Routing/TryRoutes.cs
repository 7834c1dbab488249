using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// A proposed table over the recorded history: who would have been told what, when, how often. Escalations are those of the proposed
/// table, too; what people did stays as it was, although they might have acted sooner.
/// </summary>
public static class TryRoutes
{
    const int PageSize = 1_000;
    const int MessagesMax = 1_000;

    /// <summary>What one receiver would have got, and got.</summary>
    /// <param name="Receiver">Who.</param>
    /// <param name="Messages">Messages it would have got.</param>
    /// <param name="Alerts">Different alerts named in them.</param>
    /// <param name="DayMax">Messages of its worst day.</param>
    /// <param name="Recorded">Messages that were due to it in fact.</param>
    public sealed record Load(string Receiver, int Messages, int Alerts, int DayMax, int Recorded);

    /// <summary>The answer.</summary>
    /// <param name="Routes">Version that was tried.</param>
    /// <param name="From">First day.</param>
    /// <param name="To">Last day.</param>
    /// <param name="Alerts">Alerts of the time.</param>
    /// <param name="Untold">Of these, the ones that no receiver would have been told of.</param>
    /// <param name="Escalations">How often an alert would have gone up a level.</param>
    /// <param name="Receivers">By receiver, the busiest first.</param>
    /// <param name="Messages">The first 1,000 messages.</param>
    public sealed record Answer(
        string Routes, DateOnly From, DateOnly To, int Alerts, int Untold, int Escalations, IReadOnlyList<Load> Receivers,
        IReadOnlyList<Rehearsal.Message> Messages);

    /// <summary>Plays what happened under the book, whose last table is the proposed one.</summary>
    public static Rehearsal Play(AlertBook book, string tenant, IEnumerable<(DateTimeOffset At, Guid Alert, object Data)> happened,
        DateTimeOffset end)
    {
        var rehearsal = new Rehearsal(book, tenant);
        foreach (var (at, alert, data) in happened)
            if (data is not AlertEscalated) rehearsal.Happen(at, alert, data);
        rehearsal.Until(end);
        return rehearsal;
    }

    static async Task<List<(DateTimeOffset At, Guid Alert, object Data)>> History(IQuerySession session, DateTimeOffset end,
        CancellationToken cancel)
    {
        var all = new List<(DateTimeOffset, Guid, object)>();
        for (var after = 0L; ;)
        {
            var page = await session.Events.QueryAllRawEvents()
                .Where(e => e.StreamKey!.StartsWith("alert/") && e.Sequence > after && e.Timestamp < end)
                .OrderBy(e => e.Sequence).Take(PageSize).ToListAsync(cancel);
            all.AddRange(page.Select((IEvent e) =>
                (e.Timestamp, Guid.Parse(e.StreamKey!.AsSpan(e.StreamKey!.LastIndexOf('/') + 1)), e.Data)));
            if (page.Count < PageSize) break;
            after = page[^1].Sequence;
        }

        all.Sort((one, other) => one.Item1.CompareTo(other.Item1));
        return all;
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/routes/trial", async Task<IResult> (
        string? from, string? to, HttpRequest request, Caller caller, IDocumentStore store, TimeProvider clock,
        CancellationToken cancel) =>
    {
        var today = ChinaTime.Day(clock.GetUtcNow());
        if (DayRange.Read(from, to, today, 365, out var days) is { } misasked) return misasked;
        if (days.First > today) return Problem.Of(400, "out-of-order", new("起始日不能晚于今天。", "The first day must not lie after today."));
        // What is to come is no history, and two centuries of reminders would take hours to play.
        if (days.Last > today) days = days with { Last = today };
        var (row, problem) = await Import.ReadOne(request, PublishRoutes.Bind, null, cancel);
        if (problem is not null) return problem;
        var ((first, last), begin, end) = (days, days.Begin, days.End);
        await using var session = store.QuerySession(caller.Tenant);
        var book = await AlertBook.Of(session, caller.Tenant, cancel);
        var history = await History(session, end, cancel);
        var rehearsal = Play(book with { Tables = book.Tables.Add(row!.Table) }, caller.Tenant, history, end);
        var recorded = (await session.Query<Notification>().Where(one => one.DueAt >= begin && one.DueAt < end).Select(one => one.Receiver)
            .ToListAsync(cancel)).CountBy(receiver => receiver).ToDictionary();
        var messages = rehearsal.Told.Where(message => message.At >= begin).ToList();
        var alerts = history.Where(one => one.At >= begin && one.Data is AlertRaised or AlertReopened).Select(one => one.Alert).ToHashSet();
        return Results.Ok(new Answer(
            row.Version, first, last, alerts.Count, alerts.Except(messages.SelectMany(message => message.Alerts)).Count(),
            rehearsal.Escalated.Count(one => one.On >= first),
            [
                .. messages.Select(message => message.Receiver).Concat(recorded.Keys).Distinct().Select(receiver =>
                {
                    var mine = messages.Where(message => message.Receiver == receiver).ToList();
                    return new Load(
                        receiver, mine.Count, mine.SelectMany(message => message.Alerts).Distinct().Count(),
                        mine.CountBy(message => ChinaTime.Day(message.At)).Select(day => day.Value).DefaultIfEmpty().Max(),
                        recorded.GetValueOrDefault(receiver));
                }).OrderByDescending(load => load.Messages).ThenBy(load => load.Receiver, StringComparer.Ordinal),
            ],
            [.. messages.Take(MessagesMax).Select(message => message with { At = message.At.ToOffset(ChinaTime.Offset) })]));
    }).Takes(PublishRoutes.Bind).RequireRight("alerting:read").Produces<Answer>();
}
