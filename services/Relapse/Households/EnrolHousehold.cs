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
    /// <param name="Village">12-digit village code; its township must be registered.</param>
    /// <param name="Category"><c>ordinary</c> 一般农户, <c>lifted_out</c> 脱贫户.</param>
    /// <param name="Members">Number of people, 1 to 30.</param>
    /// <param name="On">The day it took effect, Asia/Shanghai; not in the future.</param>
    public sealed record Row(Guid Id, string Village, HouseholdCategory Category, int Members, DateOnly On);

    public static Row Bind(Fields row)
    {
        var (id, village) = (row.Id("id"), row.Village());
        return new Row(id, village, row.Enum<HouseholdCategory>("category"), row.Whole("members", 1, 30), row.Day("on"));
    }

    public static Decision Decide(Household household, bool areaKnown, Row row, Occasion occasion)
    {
        if (!areaKnown)
            return Refusal.Invalid("area-unknown", $"乡镇代码 {row.Village[..9]} 未登记；请核对村级代码，或先登记该乡镇。",
                $"No area {row.Village[..9]} is registered.", "village");
        if (!occasion.By.Covers(row.Village))
            return Refusal.Invalid("area-not-yours", "该村不在您的辖区；请核对村级代码。", "The village is not in your area.", "village");
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;

        var enrolled = new HouseholdEnrolled(row.Id, row.Village, row.Category, row.Members, row.On);
        if (household.Enrolment is not { } known) return [enrolled];
        return known == enrolled
            ? []
            : Refusal.Conflict("household-differs", "该户已登记，内容不同；迁居或户类型变化请用 /v1/household-changes。",
                "The household is enrolled already, with other contents; use /v1/household-changes for a move.", "id");
    }

    static async Task DecideAll(
        IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        string AreaOf(Row row) => Area.Stream(occasion.By.Tenant, row.Village[..9]);

        var wanted = groups.SelectMany(group => group.Rows).Select(row => AreaOf(row.Value)).Distinct();
        var known = (await session.LoadManyAsync<Area>(cancel, wanted)).Select(area => area.Id).ToHashSet();
        await Import.EachRow<Household, Row>((household, row, at) => Decide(household, known.Contains(AreaOf(row)), row, at))(
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
