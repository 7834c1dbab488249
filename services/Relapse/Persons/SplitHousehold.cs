using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Splits a household (分户): some of its members are a household of their own from a day on, under a key of its own. What is known of
/// the old one, its signals and its case, stays where it is; an open case is a clue of the new one as well, since whom it is about may have left.
/// </summary>
public static class SplitHousehold
{
    /// <summary>One split.</summary>
    /// <param name="Household">The household that was one.</param>
    /// <param name="Into">Random UUID of the new one.</param>
    /// <param name="Persons">Who goes, the new head first; how the others belong to the head is <c>other</c> until it is corrected.</param>
    /// <param name="Village">12-digit village code of the new one; default the old one's.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Row(Guid Household, Guid Into, Guid[] Persons, string? Village, DateOnly On, string Reason);

    public static Row Bind(Fields row)
    {
        var (persons, village) = (row.Ids("persons"), row.VillageOrNull());
        if (persons.Length == 0) row.Fail("persons", "missing", "须填分出人员（persons）的编码。", "A required field is missing.");
        if (persons.Distinct().Count() < persons.Length) row.Fail("persons", "person-twice", "同一人写了两次；每人只写一次。", "Somebody is named twice.");
        return new Row(row.Id("household"), row.Id("into"), persons, village, row.Day("on"), row.PlainText("reason"));
    }

    /// <summary>Decides what happens in the household that was one.</summary>
    public static Decision Decide(Household household, Household into, Row row, Occasion occasion)
    {
        if (household.Splits.Find(known => known.Into == row.Into) is { } split)
            return split.Persons.SequenceEqual(row.Persons) && split.On == row.On
                ? []
                : Refusal.Conflict("household-differs", "该分户已登记，内容不同。", "This split is on record with other contents.", "into");
        if (Several.Refused(household, occasion) is { } refused) return refused;
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (into.Enrolment is not null || row.Into == row.Household)
            return Refusal.Conflict("household-differs", "新户编码已被使用；请用新的编码。", "The id of the new household is in use.", "into");
        if (row.Persons.Any(person => !household.Members.ContainsKey(person)))
            return Refusal.Invalid("member-unknown", "分出人员中有人不是该户成员；请核对人员编码。", "Somebody is no member of this household.", "persons");
        if (row.Persons.Length == household.Members.Count)
            return Refusal.Invalid("split-takes-all", "分户后原户须至少有一人。", "Somebody must stay in the old household.", "persons");
        var village = row.Village ?? household.Village;
        if (!village.StartsWith(occasion.By.Tenant, StringComparison.Ordinal))
            return Refusal.Invalid("area-outside-county", "该区划不属于本县。", "The village is not in this county.", "village");
        if (!occasion.By.Covers(village))
            return Refusal.Invalid("area-not-yours", "该村不在您的辖区；请核对村级代码。", "The village is not in your area.", "village");
        return Decision.Accept(
        [
            new HouseholdSplit(row.Household, row.Into, row.Persons, row.Reason, row.On),
            .. row.Persons.Select(person => new MemberLeft(row.Household, person, MemberChange.Split, row.Into, row.On)),
        ]);
    }

    /// <summary>What happens in the new one.</summary>
    internal static IEnumerable<object> Born(Household household, Household into, Row row) =>
    [
        new HouseholdEnrolled(row.Into, row.Village ?? household.Village, household.Known.Category, row.Persons.Length, row.On),
        .. row.Persons.Select((person, place) => household.Members[person] switch
        {
            var member => new MemberJoined(
                row.Into, person, place == 0 ? Relation.Head : Relation.Other, member.BirthYear, member.Labour, member.InSchool,
                MemberChange.Split, row.Household, row.On),
        }),
        .. Risks.Carried(household, into, row.Into, row.Village ?? household.Village, row.On),
    ];

    static Import.DecideGroups<Household, Row> DecideAll(KeyRing ring) => Several.Moving<Row>(
        ring, row => (row.Household, row.Into), (_, row) => row.Persons, Decide, Born);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/household-splits", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Household),
        DecideAll(routes.ServiceProvider.GetRequiredService<KeyRing>()));
}

/// <summary>
/// Merges a household into another (并户): its members live there from a day on, and it ends. With an open case it is a proposal first, and the
/// case is a clue of the other household then.
/// </summary>
public static class MergeHousehold
{
    /// <summary>One merger.</summary>
    /// <param name="Household">The household that ends.</param>
    /// <param name="Into">Where its members go; how they belong to the head there is <c>other</c> until it is corrected.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Row(Guid Household, Guid Into, DateOnly On, string Reason);

    public static Row Bind(Fields row) => new(row.Id("household"), row.Id("into"), row.Day("on"), row.PlainText("reason"));

    /// <summary>Decides what happens in the household that ends.</summary>
    public static Decision Decide(Household household, Household into, Row row, Occasion occasion)
    {
        if (household.Ended is { How: HouseholdEnd.Merged } known && (known.Into, known.On) == (row.Into, row.On)) return [];
        if (Several.Refused(household, occasion) is { } refused) return refused;
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (row.Into == row.Household)
            return Refusal.Invalid("household-differs", "不能并入自身。", "A household cannot be merged into itself.", "into");
        if (Several.Refused(into, occasion, "into") is { } nowhere) return nowhere;
        if (household.IsOpen && (household.Agreed is not { Change: HouseholdChange.Merge } agreed || agreed.Into != row.Into))
            return DecideChange.Propose(household, new(row.Household, HouseholdChange.Merge, row.Into, null, row.Reason, row.On, occasion.By.Actor));
        return Decision.Accept(
        [
            .. household.Members.Keys.Order().Select(person => new MemberLeft(row.Household, person, MemberChange.Merged, row.Into, row.On)),
            new HouseholdEnded(row.Household, HouseholdEnd.Merged, row.Into, row.On, row.Reason),
        ]);
    }

    static Import.DecideGroups<Household, Row> DecideAll(KeyRing ring) => Several.Moving<Row>(
        ring, row => (row.Household, row.Into), (household, _) => household.Members.Keys, Decide,
        (household, into, row) =>
        [
            .. household.Members.OrderBy(member => member.Key).Select(member => new MemberJoined(
                row.Into, member.Key, Relation.Other, member.Value.BirthYear, member.Value.Labour, member.Value.InSchool, MemberChange.Merged,
                row.Household, row.On)),
            .. Risks.Carried(household, into, row.Into, into.Village, row.On),
        ]);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/household-merges", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Household),
        DecideAll(routes.ServiceProvider.GetRequiredService<KeyRing>()));
}
