using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>A search for people, stream <c>people-search/{tenant}/{id}</c>: a look at masked data is a fact as well.</summary>
public sealed record PeopleSearch : IState<PeopleSearch>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public PeopleSearched? Said { get; init; }

    public PeopleSearch Evolve(object happened) => happened is PeopleSearched e ? this with { Said = e } : this;
}

/// <summary>
/// Finds who stands before a village worker or township cadre: by name, end of the ID number, ID number or telephone, within the caller's areas,
/// with masked data. What is looked for is in the body, so that no address, log or trace has it; it is compared as keyed hashes, and the
/// search goes on record without it.
/// </summary>
public static class FindPeople
{
    const int ShownMax = 50;

    /// <summary>A search by one of four.</summary>
    /// <param name="Name">姓名, whole.</param>
    /// <param name="IdTail">Last four characters of the ID number.</param>
    /// <param name="IdNumber">The ID number.</param>
    /// <param name="Phone">Telephone number.</param>
    /// <param name="Purpose">What for, where it is said.</param>
    /// <param name="Id">Random id of the search.</param>
    public sealed record Search(string? Name, string? IdTail, IdNumber? IdNumber, string? Phone, string? Purpose, Guid Id)
    {
        internal SearchedBy By => this switch
        {
            { Name: not null } => SearchedBy.Name,
            { IdTail: not null } => SearchedBy.IdTail,
            { IdNumber: not null } => SearchedBy.IdNumber,
            _ => SearchedBy.Phone,
        };

        /// <summary>Whom it found in the caller's areas, and where they live.</summary>
        internal IReadOnlyList<(Person Person, Household Household)> Found { get; set; } = [];

        internal int Total { get; set; }
    }

    /// <summary>Somebody who was found.</summary>
    /// <param name="Person">Random id.</param>
    /// <param name="Household">Where they live.</param>
    /// <param name="Village">12-digit village code.</param>
    /// <param name="VillageName">What it is called, after its township.</param>
    /// <param name="Group">村民小组.</param>
    /// <param name="Relation">与户主关系.</param>
    /// <param name="Name"><c>张*</c>.</param>
    /// <param name="IdNumber"><c>4****************9</c>.</param>
    /// <param name="Phone"><c>138****1234</c>.</param>
    /// <param name="Open">True where a case of the household is open.</param>
    /// <param name="CaseNumber">Number of its last case.</param>
    public sealed record Entry(
        Guid Person, Guid Household, string Village, string? VillageName, string? Group, Relation? Relation, string Name, string? IdNumber,
        string? Phone, bool Open, string? CaseNumber);

    /// <summary>What was found.</summary>
    /// <param name="Items">At most 50.</param>
    /// <param name="Total">How many there are in the caller's areas.</param>
    public sealed record Answer(IReadOnlyList<Entry> Items, int Total);

    public static Search Bind(Fields row)
    {
        var search = new Search(
            row.TextOrNull("name", 50), row.TextOrNull("idTail", 4), RegisterMember.BindIdNumber(row), row.TextOrNull("phone", 40),
            row.PlainTextOrNull("purpose", 200), Guid.CreateVersion7());
        if (search.IdTail is { } tail && (tail.Length < 4 || !tail.All(char.IsAsciiLetterOrDigit)))
            row.Wrong("idTail", "not-an-id-tail", "应为证件号的后四位，如 1239 或 123X。", "Must be the last four characters of an ID number, like 1239 or 123X.");
        if (new object?[] { search.Name, search.IdTail, search.IdNumber, search.Phone }.Count(one => one is not null) != 1)
            row.Fail("name", "one-of-expected", "姓名（name）、证件号后四位（idTail）、公民身份号码（idNumber）、手机号（phone）须填且只填一种。",
                "Give one of name, idTail, idNumber and phone, and no other.");
        return search;
    }

    static async Task Find(IQuerySession session, KeyRing ring, Search search, Caller caller, CancellationToken cancel)
    {
        var hash = search.By switch
        {
            SearchedBy.Name => Person.ByName(ring, caller.Tenant, search.Name!),
            SearchedBy.IdTail => Person.ByTail(ring, caller.Tenant, search.IdTail!),
            SearchedBy.IdNumber => ring.HashOf(caller.Tenant, search.IdNumber!.Number),
            _ => Person.ByPhone(ring, caller.Tenant, search.Phone!),
        };
        var people = session.Query<Person>().Where(person => person.Left == null);
        var found = await (search.By switch
        {
            SearchedBy.Name => people.Where(person => person.NameHash == hash),
            SearchedBy.IdTail => people.Where(person => person.TailHash == hash),
            SearchedBy.IdNumber => people.Where(person => person.IdHash == hash),
            _ => people.Where(person => person.PhoneHash == hash),
        }).ToListAsync(cancel);
        var streams = found.Select(person => Household.Stream(caller.Tenant, person.Household)).Distinct().ToArray();
        var places = (await session.Query<Household>().Where(one => one.Id.IsOneOf(streams) && one.Enrolment != null).Select(one => new { one.Id, one.Village })
            .ToListAsync(cancel)).Where(one => caller.Covers(one.Village)).Select(one => one.Id).ToHashSet();
        var theirs = found.Where(person => places.Contains(Household.Stream(caller.Tenant, person.Household))).OrderBy(person => person.Id).ToList();
        search.Total = theirs.Count;
        var shown = theirs.Take(ShownMax).ToList();
        var households = (await session.LoadManyAsync<Household>(cancel, shown.Select(person => Household.Stream(caller.Tenant, person.Household)).Distinct()))
            .ToDictionary(one => one.Enrolment!.HouseholdId);
        search.Found = [.. shown.Select(person => (person, households[person.Household]))];
    }

    static async Task<Answer> Show(IQuerySession session, KeyRing ring, Search search, string tenant, bool english, CancellationToken cancel)
    {
        var register = await PersonRegister.Open(session, ring, tenant, search.Found.Select(one => one.Person.Id), [], [], [], cancel);
        var names = await Area.Names(session, tenant, search.Found.Select(one => one.Household.Village), cancel);
        var numbers = await CaseNumber.Of(
            session, search.Found.Where(one => !one.Household.Episodes.IsEmpty).Select(one => (one.Person.Household, one.Household.Episodes[^1].Number)), cancel);
        return new Answer(
        [
            .. search.Found.Where(one => register.Find(one.Person.Id) is not null).Select(one =>
            {
                var ((person, household), data) = (one, register.Find(one.Person.Id)!.Data);
                return new Entry(
                    person.Id, person.Household, household.Village, names.GetValueOrDefault(household.Village)?.In(english), household.Enrolment!.Group,
                    household.Members.GetValueOrDefault(person.Id)?.Relation, Masked.Name(data.Name), Masked.IdNumber(data.IdNumber), Masked.Phone(data.Phone),
                    household.IsOpen, household.Episodes is [.., var last] ? numbers.GetValueOrDefault(CaseNumber.IdOf(person.Household, last.Number)) : null);
            }),
        ], search.Total);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var ring = routes.ServiceProvider.GetRequiredService<KeyRing>();
        routes.MapCommand<PeopleSearch, Search>(
            "/v1/people/searches", null, "relapse:report", Bind,
            (_, search, caller, _) => Task.FromResult($"people-search/{caller.Tenant}/{search.Id}"),
            async (session, _, search, occasion, cancel) =>
            {
                await Find(session, ring, search, occasion.By, cancel);
                return [new PeopleSearched(search.Id, search.By, [.. search.Found.Select(one => one.Person.Household).Distinct().Order()], search.Purpose)];
            },
            async (session, _, search, http, cancel) =>
            {
                http.Response.Headers.CacheControl = "no-store";
                return Results.Ok(await Show(session, ring, search, (await Caller.BindAsync(http))!.Tenant, Language.IsEnglish(http), cancel));
            }).Produces<Answer>();
    }
}
