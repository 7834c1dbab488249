using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Takes in a family that is on no register and asks for help (未建档农户申报), where it lives: nobody is sent away because a list lacks them.
/// The township looks into it, from the day on which they asked.
/// </summary>
public static class RequestEnrolment
{
    const int WorksFrom = 16, WorksTo = 60;

    /// <summary>One request.</summary>
    /// <param name="Id">Random UUID; the household keeps it when it is enrolled.</param>
    /// <param name="Village">12-digit village code.</param>
    /// <param name="Group">村民小组.</param>
    /// <param name="Members">Number of people, 1 to 30.</param>
    /// <param name="Causes">风险类型, one or more.</param>
    /// <param name="Via">Where it was made; default <c>village</c>.</param>
    /// <param name="Emergency">True where help cannot wait.</param>
    /// <param name="On">The day on which they asked; not in the future.</param>
    /// <param name="Data">Who asks: the head's name, ID number or day of birth, telephone; labour by default as the age has it.</param>
    public sealed record Row(
        Guid Id, string Village, string? Group, int Members, RiskCause[] Causes, RequestVia Via, bool Emergency, DateOnly On, ApplicantData Data)
    {
        internal EnrolmentRequested Requested => new(Id, Village, Members, Causes, Via, Emergency, On, Group);
    }

    public static Row Bind(Fields row)
    {
        var (id, village, number) = (row.Id("id"), row.Village(), RegisterMember.BindIdNumber(row));
        var birth = row.DayOrNull("birth");
        if (number is null && birth is null) row.Fail("birth", "missing", "没有公民身份号码的，须填出生日期。", "Without an ID number, the day of birth is needed.");
        if (number is not null && birth is not null && birth != number.Birth)
            row.Fail("birth", "birth-differs", "与公民身份号码中的出生日期不一致；请核对两项，或不填出生日期。", "Differs from the day of birth in the ID number.");
        var (born, on) = (number?.Birth ?? birth ?? default, row.Day("on"));
        var labour = row.EnumOrNull<Labour>("labour") ??
            (on.Year - born.Year is >= WorksFrom and < WorksTo ? Labour.Ordinary : Labour.None);
        var bound = new Row(
            id, village, row.TextOrNull("group", 30), row.Whole("members", 1, 30), row.Enums<RiskCause>("causes"),
            row.EnumOrNull<RequestVia>("via") ?? RequestVia.Village, row.FlagOrNull("emergency") ?? false, on,
            new(row.Text("name", 50), number?.Number, born, RegisterMember.BindPhone(row), labour, row.TextOrNull("note", 199)));
        if (bound.Causes.Length == 0) row.Fail("causes", "missing", "风险类型（causes）至少填一种，如因病、因学。", "At least one cause.");
        return bound;
    }

    /// <summary>Decides on one.</summary>
    /// <param name="household">What is known under the id.</param>
    /// <param name="known">Who asked under it, while that waits.</param>
    /// <param name="owner">Whose ID number it is on the register, or who asks with it already.</param>
    /// <param name="nowhere">Why no household can live there.</param>
    /// <param name="row">What is said.</param>
    /// <param name="occasion">When, and by whom.</param>
    public static Decision Decide(
        Household household, ApplicantData? known, Refusal? owner, Refusal? nowhere, Row row, Occasion occasion)
    {
        if (household.Asked is { } asked)
            return EventJson.Text(asked) == EventJson.Text(row.Requested) && (known is null || known == row.Data)
                ? []
                : Refusal.Conflict("request-differs", "该编号的申报已登记，内容不同；新的申报请用新的编号。",
                    "A request with this id is on record with other contents.", "id");
        if (household.Enrolment is not null)
            return Refusal.Conflict("household-differs", "该户编码已被使用；请用新的编码。", "The id is in use by a household.", "id");
        if (nowhere is not null) return nowhere;
        if (!occasion.By.Covers(row.Village))
            return Refusal.Invalid("area-not-yours", "该村不在您的辖区；请核对村级代码。", "The village is not in your area.", "village");
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        return owner is not null ? owner : [row.Requested];
    }

    /// <summary>Who is on the register with these ID numbers, or asks with them already: why they do not ask anew.</summary>
    internal static async Task<Dictionary<string, Refusal>> Owners(
        IQuerySession session, KeyRing ring, Caller caller, IEnumerable<string?> numbers, bool registeredOnly, CancellationToken cancel)
    {
        string?[] hashes = [.. numbers.OfType<string>().Select(number => ring.HashOf(caller.Tenant, number)).Distinct()];
        if (hashes.Length == 0) return [];
        var persons = await session.Query<Person>().Where(person => person.IdHash.IsOneOf(hashes)).ToListAsync(cancel);
        var households = (await session.LoadManyAsync<Household>(cancel, persons.Select(person => Household.Stream(caller.Tenant, person.Household)).Distinct()))
            .Where(one => one.Enrolment is not null && caller.Covers(one.Village)).Select(one => one.Enrolment!.HouseholdId).ToHashSet();
        var owners = persons.ToDictionary(person => person.IdHash!, person => households.Contains(person.Household)
            ? Refusal.Conflict("person-exists", $"此人已登记在农户 {person.Household}；请用 /v1/help-requests 登记该户求助。",
                $"The person is on record in household {person.Household}; use /v1/help-requests for it.", "idNumber")
            : Refusal.Conflict("person-exists", "此人已登记在辖区外的农户；请与其户籍所在乡镇联系。",
                "The person is on record in a household outside your area.", "idNumber"));
        if (registeredOnly) return owners;
        foreach (var waiting in await session.Query<Applicant>().Where(one => one.IdHash.IsOneOf(hashes)).ToListAsync(cancel))
            owners.TryAdd(waiting.IdHash!, Waits);
        return owners;
    }

    static readonly Refusal Waits = Refusal.Conflict(
        "enrolment-requested-already", "此人已有一件未建档申报待审核。", "A request of this person waits to be reviewed.", "idNumber");

    static Import.DecideGroups<Household, Row> DecideAll(KeyRing ring) => async (session, groups, occasion, cancel) =>
    {
        var (tenant, rows) = (occasion.By.Tenant, groups.SelectMany(group => group.Rows).Select(row => row.Value).ToList());
        var nowhere = await Area.Refused(session, tenant, rows.Select(row => row.Village), occasion.Today, cancel);
        var owners = await Owners(session, ring, occasion.By, rows.Select(row => row.Data.IdNumber), registeredOnly: false, cancel);
        var waiting = await Applicant.Open(session, ring, tenant, rows.Select(row => row.Id), cancel);
        foreach (var group in groups)
        {
            var (household, known) = (group.State, waiting.GetValueOrDefault(group.Rows[0].Value.Id));
            foreach (var (number, row) in group.Rows)
            {
                var hash = row.Data.IdNumber is { } idNumber ? ring.HashOf(tenant, idNumber) : null;
                var owner = hash is null ? null : owners.GetValueOrDefault(hash);
                var decision = Decide(household, known, owner, nowhere.GetValueOrDefault(row.Village), row, occasion);
                if (!group.Note(number, decision)) continue;
                group.Append([.. decision]);
                (household, known) = (household.Evolve(row.Requested), row.Data);
                if (hash is not null) owners[hash] = Waits;
                group.Also(open =>
                {
                    open.Insert(ring.MakeKey(tenant, row.Id, out var key));
                    open.Insert(Applicant.Close(ring, tenant, row.Id, row.Data, key));
                });
            }
        }
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/enrolment-requests", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Id),
        DecideAll(routes.ServiceProvider.GetRequiredService<KeyRing>()));
}
