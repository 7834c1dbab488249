using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Notes on something that was said of a household that it is not as it was said (更正说明). What followed from it stands, since people
/// have acted on it: a wrong step is set right by the steps that remain, and the note says why.
/// </summary>
public static class NoteOnCase
{
    /// <summary>One note.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Event">Id of the event that it is about, from <c>/v1/households/{id}/story</c>.</param>
    /// <param name="Text">What is to be known of it, at most 1,000 characters; personal data has no place here.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, Guid Event, string Text, string? Document, DateOnly On);

    static readonly Refusal unknown = Refusal.Unknown(
        "event-unknown", "该户没有此条记录。", "Nothing with this id was said of the household.", "event");

    public static Row Bind(Fields row) =>
        new(row.Id("household"), row.Id("event"), row.PlainText("text", 1_000), row.TextOrNull("document"), row.Day("on"));

    /// <summary>The flag tells whether the event is one of the household's.</summary>
    public static Decision Decide(Household household, Row row, bool isTheirs, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (!isTheirs) return unknown;
        var noted = new CaseNoteAdded(row.Household, row.Event, row.Text, row.Document, row.On);
        return household.Notes.Contains(noted) ? [] : [noted];
    }

    static async Task DecideAll(IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        var about = groups.SelectMany(group => group.Rows).Select(row => row.Value.Event).Distinct().ToArray();
        var streams = (await session.Events.QueryAllRawEvents().Where(e => about.Contains(e.Id)).ToListAsync(cancel))
            .ToDictionary(e => e.Id, e => e.StreamKey);
        await Watched.Rows<Row>((household, row, _, at) => Decide(
            household, row, streams.GetValueOrDefault(row.Event) == Household.Stream(at.By.Tenant, row.Household), at))(session, groups, occasion, cancel);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Household, Row>(
        "/v1/cases/notes", "relapse:review", Bind, (row, tenant) => Household.Stream(tenant, row.Household), DecideAll);
}
