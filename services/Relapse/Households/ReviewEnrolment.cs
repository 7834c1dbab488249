using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Records the township's answer to a family that asked to be enrolled: the household is on the register with its head, and its request is a
/// clue as any household's own is, from the day on which it asked; or a reason says why not.
/// </summary>
public static class ReviewEnrolment
{
    /// <summary>One answer.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Accepted">Whether the family is enrolled.</param>
    /// <param name="Reason">Why not; needed where not.</param>
    /// <param name="Category">户类型; default <c>ordinary</c>.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Request, bool Accepted, string? Reason, HouseholdCategory Category, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Id("request"), row.Flag("accepted"), row.PlainTextOrNull("reason"),
            row.EnumOrNull<HouseholdCategory>("category") ?? HouseholdCategory.Ordinary, row.Day("on"));
        if (!bound.Accepted && bound.Reason is null) row.Fail("reason", "missing", "不予登记的，须写明理由（reason）。", "A no needs a written reason.");
        return bound;
    }

    /// <summary>Decides on one answer; what the household is enrolled as follows it.</summary>
    public static Decision Decide(Household household, Refusal? nowhere, Refusal? owner, Row row, Occasion occasion)
    {
        if (household.Asked is not { } asked || !occasion.By.Covers(asked.Village))
            return Refusal.Unknown("enrolment-request-unknown", "没有此项申报，或不在您的辖区。", "There is no such request in your area.", "request");
        var reviewed = new EnrolmentReviewed(row.Request, asked.Village, row.Accepted, row.Reason, row.On, occasion.By.Actor);
        if (household.Answer is { } known)
            return known with { By = reviewed.By } == reviewed
                ? []
                : Refusal.Conflict("enrolment-reviewed", "该申报已审核，结果不同。", "The request has been answered otherwise.", "request");
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (row.On < asked.On) return Refusal.Invalid("out-of-order", "审核日期早于申报日期；请核对日期。", "The day lies before the day of the request.", "on");
        if (!row.Accepted) return [reviewed];
        return (nowhere ?? owner) is { } refused ? refused with { Field = "request" } : [reviewed];
    }

    static IEnumerable<object> Enrolled(EnrolmentRequested asked, ApplicantData data, Guid person, HouseholdCategory category) =>
    [
        new HouseholdEnrolled(asked.HouseholdId, asked.Village, category, asked.Members, asked.On, asked.Group),
        new MemberJoined(
            asked.HouseholdId, person, Relation.Head, data.Birth.Year, data.Labour, false, MemberChange.Registered, null, asked.On),
    ];

    static Import.DecideGroups<Household, Row> DecideAll(KeyRing ring) => async (session, groups, occasion, cancel) =>
    {
        if (groups.Count == 0) return;
        var tenant = occasion.By.Tenant;
        var book = await RuleBook.Of(session, tenant, cancel);
        // Signals about somebody unknown are set aside by who takes this turn alone: nobody is registered in between.
        await session.TakeTurn(NamedSignal.Turn(tenant), cancel, shared: true);
        var ids = groups.Select(group => group.Rows[0].Value.Request).ToList();
        var applicants = await Applicant.Open(session, ring, tenant, ids, cancel);
        var nowhere = await Area.Refused(
            session, tenant, groups.Select(group => group.State.Asked?.Village).OfType<string>(), occasion.Today, cancel);
        var owners = await RequestEnrolment.Owners(
            session, ring, occasion.By, applicants.Values.Select(one => one.IdNumber), registeredOnly: true, cancel);
        var hashes = applicants.Where(one => one.Value.IdNumber is not null)
            .ToDictionary(one => one.Key, one => ring.HashOf(tenant, one.Value.IdNumber!));
        var register = await PersonRegister.Open(session, ring, tenant, [], [], [], applicants.Keys, cancel);
        var waiting = await NamedSignal.Waiting(session, hashes.Values, cancel);
        var several = await Several.Fetch(session, groups, row => row.Request, [], occasion, cancel);
        foreach (var group in groups)
        {
            foreach (var (number, row) in group.Rows)
            {
                var household = several[row.Request];
                var hash = hashes.GetValueOrDefault(row.Request);
                var decision = Decide(
                    household, household.Asked is { } place ? nowhere.GetValueOrDefault(place.Village) : null,
                    hash is null ? null : owners.GetValueOrDefault(hash), row, occasion);
                if (!group.Note(number, decision)) continue;
                several.Append(row.Request, decision);
                group.Also(open => open.Delete<Applicant>(row.Request));
                if (!row.Accepted)
                {
                    group.Also(open => open.Delete<HouseholdKey>(row.Request));
                    continue;
                }

                var (asked, data, person) = (household.Asked!, applicants[row.Request], Guid.CreateVersion7(occasion.Now));
                several.Append(row.Request, Enrolled(asked, data, person, row.Category));
                several.Append(row.Request, RequestHelp.Decide(
                    several[row.Request], new(row.Request, $"{row.Request}", asked.Causes, asked.Via, asked.Emergency, asked.On), book, occasion));
                register.Put(new KnownPerson(person, row.Request, null, hash, new PersonalData(
                    data.Name, data.IdNumber, data.Birth, data.Phone, null, null, null, null, null, null, null, null, null, null, null)));
                if (hash is not null && waiting.Remove(hash, out var signals)) NamedSignal.Match(signals, row.Request, person, several, group, occasion);
            }
        }

        several.Conclude(book);
        groups[0].Also(register.StoreWith);
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/enrolment-reviews", "relapse:review", Bind, (row, tenant) => Household.Stream(tenant, row.Request),
        DecideAll(routes.ServiceProvider.GetRequiredService<KeyRing>()));
}
