using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Puts a rural household on the register, so that facts can name it (应纳尽纳: every one, not only those at risk). The same enrolment
/// again changes nothing.
/// </summary>
public static class EnrolHousehold
{
    /// <summary>One household as a department sends it; personal data has no place here.</summary>
    /// <param name="Id">Random UUID; never made from an ID number.</param>
    /// <param name="Village">12-digit village code; its township must be registered, and it where villages of that township are.</param>
    /// <param name="Category"><c>ordinary</c> 一般农户, <c>lifted_out</c> 脱贫户.</param>
    /// <param name="Members">Number of people, 1 to 30.</param>
    /// <param name="On">The day it took effect, Asia/Shanghai; not in the future.</param>
    /// <param name="Group">村民小组, e.g. 三组.</param>
    public sealed record Row(Guid Id, string Village, HouseholdCategory Category, int Members, DateOnly On, string? Group = null);

    public static Row Bind(Fields row)
    {
        var (id, village) = (row.Id("id"), row.Village());
        return new Row(id, village, row.Enum<HouseholdCategory>("category"), row.Whole("members", 1, 30), row.Day("on"), row.TextOrNull("group", 30));
    }

    /// <summary>Decides on one; <paramref name="nowhere"/> says why no household can live there.</summary>
    public static Decision Decide(Household household, Refusal? nowhere, Row row, Occasion occasion)
    {
        var enrolled = new HouseholdEnrolled(row.Id, row.Village, row.Category, row.Members, row.On, row.Group);
        // It stays enrolled where its village was unknown then, or is no more.
        if (household.Enrolment == enrolled && occasion.By.Covers(row.Village)) return [];
        if (nowhere is not null) return nowhere;
        if (!occasion.By.Covers(row.Village))
            return Refusal.Invalid("area-not-yours", "该村不在您的辖区；请核对村级代码。", "The village is not in your area.", "village");
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;
        return household.Enrolment is null
            ? [enrolled]
            : Refusal.Conflict("household-differs", "该户已登记，内容不同；迁居或户类型变化请用 /v1/household-changes。",
                "The household is enrolled already, with other contents; use /v1/household-changes for a move.", "id");
    }

    static async Task DecideAll(
        IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        var refused = await Area.Refused(
            session, occasion.By.Tenant, groups.SelectMany(group => group.Rows).Select(row => row.Value.Village), occasion.Today, cancel);
        await Import.EachRow<Household, Row>((household, row, at) => Decide(household, refused.GetValueOrDefault(row.Village), row, at))(
            session, groups, occasion, cancel);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Household, Row>(
            "/v1/households", "relapse:define", Bind, (row, tenant) => Household.Stream(tenant, row.Id), DecideAll);
        routes.MapRegistration<Household, Row>(
            "/v1/households", "id", "relapse:define", Bind, (row, tenant) => Household.Stream(tenant, row.Id), DecideAll);
    }
}
