using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>The whole story of a household: everything that was ever said of it, by whom and when, each with the notes made on it.</summary>
public static class ShowStory
{
    /// <summary>One thing that was said of a household.</summary>
    /// <param name="Version">Its place in the story, from 1.</param>
    /// <param name="EventId">Its id, by which a note is made on it.</param>
    /// <param name="Type">Its event type.</param>
    /// <param name="RecordedAt">When it was recorded, Asia/Shanghai.</param>
    /// <param name="Actor">On whose word.</param>
    /// <param name="ReceiptId">The receipt of the push.</param>
    /// <param name="Text">What was said, as a sentence.</param>
    /// <param name="CaseNumber">Number of the case that it was said in.</param>
    /// <param name="VillageName">What the village is called that it names, after its township.</param>
    /// <param name="Data">What was said.</param>
    /// <param name="Notes">What was noted on it later: it is not as it was said.</param>
    public sealed record StoryEntry(
        long Version, Guid EventId, string Type, string? Text, DateTimeOffset RecordedAt, string? Actor, string? ReceiptId, string? CaseNumber,
        string? VillageName, object Data,
        IReadOnlyList<CaseNoteAdded>? Notes);

    /// <summary>Maps <c>GET /v1/households/{id}/story</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/households/{id:guid}/story", async Task<IResult> (
        Guid id, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var stream = Household.Stream(caller.Tenant, id);
        if (await session.LoadAsync<Household>(stream, cancel) is not { Enrolment: not null } household || !caller.Covers(household.Village))
            return Problem.Of(404, "household-unknown", new("没有此农户，或不在您的辖区。", "No household of your area has this id."));
        var said = await session.Events.FetchStreamAsync(stream, token: cancel);
        var notes = said.Select(e => e.Data).OfType<CaseNoteAdded>().ToLookup(note => note.About);
        var names = await Area.Names(session, caller.Tenant, said.Select(e => VillageOf(e.Data)).OfType<string>(), cancel);
        var numbers = await CaseNumber.Of(session, household.Episodes.Select(one => (id, one.Number)), cancel);
        var english = Language.IsEnglish(http);
        return new Listing<StoryEntry>(
            [.. said.Select(e => new StoryEntry(
                e.Version, e.Id, e.EventTypeName, StoryText.Of(e.Data)?.In(english), e.Timestamp.ToOffset(ChinaTime.Offset), e.UserName, e.CausationId,
                EpisodeOf(e.Data) is { } episode ? numbers.GetValueOrDefault(CaseNumber.IdOf(id, episode)) : null,
                VillageOf(e.Data) is { } village ? names.GetValueOrDefault(village)?.In(english) : null, e.Data,
                notes.Contains(e.Id) ? [.. notes[e.Id]] : null))], null);
    }).RequireRight("relapse:read").ProducesPage<StoryEntry>();

    // Everything said in a case names its episode.
    static int? EpisodeOf(object said) => said.GetType().GetProperty(nameof(RiskDetected.Episode))?.GetValue(said) as int?;

    static string? VillageOf(object said) => said switch
    {
        EnrolmentRequested e => e.Village,
        HouseholdEnrolled e => e.Village,
        HouseholdChanged e => e.Village,
        RiskDetected e => e.Village,
        DeadlineBreached e => e.Village,
        _ => null,
    };
}
