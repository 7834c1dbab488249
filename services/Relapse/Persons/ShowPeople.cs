using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Who lives in a household: masked for whoever may read, whole for who has the right to and says what for. A reading in plain is
/// itself a fact (PIPL art. 51), and nothing is answered before it is committed.
/// </summary>
public static class ShowPeople
{
    /// <summary>A member with masked data.</summary>
    /// <param name="Id">Random id.</param>
    /// <param name="Relation">与户主关系.</param>
    /// <param name="BirthYear">Year of birth.</param>
    /// <param name="Labour">劳动能力.</param>
    /// <param name="InSchool">在校.</param>
    /// <param name="Since">Since when they live there.</param>
    /// <param name="Name"><c>张*</c>.</param>
    /// <param name="IdNumber"><c>4****************9</c>; with the right to review <c>410325********1239</c>.</param>
    /// <param name="Phone"><c>138****1234</c>.</param>
    public sealed record Entry(
        Guid Id, Relation Relation, int BirthYear, Labour Labour, bool InSchool, DateOnly Since, string? Name, string? IdNumber, string? Phone);

    /// <summary>A member in plain.</summary>
    public sealed record PlainEntry(
        Guid Id, Relation Relation, Labour Labour, bool InSchool, DateOnly Since, PersonalData? Data);

    /// <summary>A wish to read in plain.</summary>
    /// <param name="Id">The household.</param>
    /// <param name="Purpose">目的, what for; kept for good.</param>
    public sealed record Reading(Guid Id, string Purpose);

    public static Decision Decide(Household household, Reading reading, Occasion occasion) => household switch
    {
        { Enrolment: null } => Household.Unknown,
        _ when !occasion.By.Covers(household.Village) => Household.NotYours,
        { Erased: true } => Household.DataErased,
        _ => [new PersonalDataRead(reading.Id, [.. household.Members.Keys.Order()], reading.Purpose)],
    };

    static async Task<IReadOnlyList<(Guid Id, Member Member, PersonalData? Data)>> Members(
        IQuerySession session, KeyRing ring, string tenant, Household household, CancellationToken cancel)
    {
        var register = await PersonRegister.Open(session, ring, tenant, household.Members.Keys, [], [], [], cancel);
        return [.. household.Members.OrderBy(member => member.Value.Relation).ThenBy(member => member.Key)
            .Select(member => (member.Key, member.Value, register.Find(member.Key)?.Data))];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var ring = routes.ServiceProvider.GetRequiredService<KeyRing>();
        routes.MapGet("/v1/households/{id:guid}/people", async (
            Guid id, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            if (await session.LoadAsync<Household>(Household.Stream(caller.Tenant, id), cancel) is not { Enrolment: not null } found ||
                !caller.Covers(found.Village))
                return Problem.Of(Household.Unknown);
            if (found.Erased) return Problem.Of(Household.DataErased);
            var staff = http.HasRight("relapse:review");
            http.Response.Headers.CacheControl = "no-store";
            return (IResult)new Listing<Entry>(
            [
                .. (await Members(session, ring, caller.Tenant, found, cancel)).Select(one => new Entry(
                    one.Id, one.Member.Relation, one.Member.BirthYear, one.Member.Labour, one.Member.InSchool, one.Member.Since,
                    one.Data is null ? null : Masked.Name(one.Data.Name),
                    staff ? Masked.IdNumberForStaff(one.Data?.IdNumber) : Masked.IdNumber(one.Data?.IdNumber), Masked.Phone(one.Data?.Phone))),
            ], null);
        }).RequireRight("relapse:read").ProducesPage<Entry>();

        routes.MapCommand<Household, Reading>(
            "/v1/households/{id}/people/reading", "id", "relapse:personal", row => new(row.Id("id"), row.PlainText("purpose")),
            (_, reading, caller, _) => Task.FromResult(Household.Stream(caller.Tenant, reading.Id)),
            (_, household, reading, occasion, _) => Task.FromResult(Decide(household, reading, occasion)),
            async (session, household, _, http, cancel) =>
            {
                var caller = (await Caller.BindAsync(http))!;
                http.Response.Headers.CacheControl = "no-store";
                return new Listing<PlainEntry>(
                [
                    .. (await Members(session, ring, caller.Tenant, household, cancel)).Select(one => new PlainEntry(
                        one.Id, one.Member.Relation, one.Member.Labour, one.Member.InSchool, one.Member.Since, one.Data)),
                ], null);
            }).ProducesPage<PlainEntry>();
    }
}

/// <summary>
/// Finds the household of somebody whose ID number is at hand. The number is in the body, so that no address, log or trace has it; what
/// is found is a reading of personal data and is recorded as one.
/// </summary>
public static class FindPerson
{
    /// <summary>A search.</summary>
    /// <param name="IdNumber">The ID number.</param>
    /// <param name="Purpose">目的, what for; kept for good.</param>
    public sealed record Search(IdNumber? IdNumber, string Purpose)
    {
        /// <summary>Whom it found.</summary>
        internal Person? Found { get; set; }
    }

    /// <summary>What was found.</summary>
    public sealed record Entry(Guid Person, Guid Household, string Village, MemberChange? Left);

    static readonly Refusal unknown = Refusal.Unknown(
        "person-unknown", "没有此人，或不在您的辖区。", "No person of your area has this ID number.", "idNumber");

    public static Search Bind(Fields row)
    {
        var number = RegisterMember.BindIdNumber(row);
        if (number is null) row.Fail("idNumber", "missing", "须填公民身份号码（idNumber）。", "A required field is missing.");
        return new Search(number, row.PlainText("purpose"));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var ring = routes.ServiceProvider.GetRequiredService<KeyRing>();
        routes.MapCommand<Household, Search>(
            "/v1/persons/search", null, "relapse:personal", Bind,
            async (session, search, caller, cancel) =>
            {
                var hash = ring.HashOf(caller.Tenant, search.IdNumber!.Number);
                search.Found = await session.Query<Person>().FirstOrDefaultAsync(person => person.IdHash == hash, cancel);
                return Household.Stream(caller.Tenant, search.Found?.Household ?? default);
            },
            (_, household, search, occasion, _) => Task.FromResult<Decision>(
                household.Enrolment is { } enrolment && occasion.By.Covers(household.Village)
                    ? [new PersonalDataRead(enrolment.HouseholdId, [search.Found!.Id], search.Purpose)]
                    : unknown),
            (_, household, search, _, _) => Task.FromResult(Results.Ok(
                new Entry(search.Found!.Id, search.Found.Household, household.Village, search.Found.Left)))).Produces<Entry>();
    }
}
