using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Takes who has left a household (家庭成员减少): by death, by marriage, or because they moved. Who moves to another household of the
/// county is registered there instead, with <c>from</c>.
/// </summary>
public static class RecordDeparture
{
    /// <summary>One departure.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Person">Random id of the member.</param>
    /// <param name="How"><c>death</c>, <c>marriage</c> or <c>moved</c>.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    public sealed record Row(Guid Household, Guid Person, MemberChange How, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Id("household"), row.Id("person"), row.Enum<MemberChange>("how"), row.Day("on"));
        if (bound.How is not (MemberChange.Death or MemberChange.Marriage or MemberChange.Moved))
            row.Fail("how", "unknown-code", "减少方式应为死亡（death）、婚姻（marriage）或迁移（moved）；分户、并户各有自己的地址。", "Must be death, marriage or moved.");
        return bound;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Left.TryGetValue(row.Person, out var left))
            return (left.How, left.On) == (row.How, row.On)
                ? []
                : Refusal.Conflict("departure-differs", "此人已登记离开，内容不同。", "The person has left, as was said otherwise.", "person");
        if (!household.Members.TryGetValue(row.Person, out var member))
            return Refusal.Unknown("member-unknown", "此人不是该户成员；请核对户编码与人员编码。", "The person is no member of this household.", "person");
        if (row.On < member.Since)
            return Refusal.Invalid("day-before-previous", "日期早于此人入户之日；请核对日期。", "The day lies before the person came.", "on");
        Decision decided = [new MemberLeft(row.Household, row.Person, row.How, null, row.On)];
        var others = household.Members.Remove(row.Person);
        if (others.IsEmpty) return decided;
        // Children who are left alone are a risk that somebody has to see; a household without a head is one that nobody answers for.
        if (others.Values.All(one => row.On.Year - one.BirthYear < LabourAge))
            return [.. decided, Risks.Raise(household, RiskCause.LackOfLabour, Channel.CadreSurvey, false, row.On, household.Open?.TouchedAt is not null)];
        return member.Relation != Relation.Head ? decided : decided.With([new Warning("head-missing", new(
            "户主已离开，该户没有新的户主；请登记由谁任户主。", "The head has left and the household has no new one; register who it is."), "person")]);
    }

    // 16 周岁: whoever is younger cannot answer for a household.
    const int LabourAge = 16;

    static async Task DecideAll(
        IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        await Watched.Rows<Row>(Decide)(session, groups, occasion, cancel);
        var left = groups.SelectMany(group => group.Events).OfType<Stamped>().Select(happened => happened.Data).OfType<MemberLeft>()
            .ToDictionary(one => one.PersonId, one => one.How);
        if (left.Count == 0) return;
        var persons = await session.LoadManyAsync<Person>(cancel, left.Keys.ToArray());
        groups[0].Also(open => open.Update<Person>([.. persons.Select(person => person with { Left = left[person.Id] })]));
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Household, Row>(
        "/v1/member-departures", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Household), DecideAll);
}
