using System.Linq.Expressions;
using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>The households of a village, as who works there knows them: masked head, group, and whether a case is open.</summary>
public static class ListHouseholds
{
    /// <summary>A household in a list.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Village">12-digit village code.</param>
    /// <param name="VillageName">What it is called, after its township.</param>
    /// <param name="Group">村民小组.</param>
    /// <param name="Head"><c>张*</c>; absent while nobody is registered as its head.</param>
    /// <param name="Category">户类型.</param>
    /// <param name="Members">Number of people.</param>
    /// <param name="Open">True where a case is open.</param>
    /// <param name="CaseNumber">Number of its last case.</param>
    /// <param name="Stage">Where that case stands.</param>
    /// <param name="StageName">The same in words.</param>
    public sealed record Entry(
        Guid Id, string Village, string? VillageName, string? Group, string? Head, HouseholdCategory Category, int Members, bool Open,
        string? CaseNumber, CaseStage? Stage, string? StageName);

    static readonly Dictionary<string, string> headers = new()
    {
        ["village"] = "村", ["group"] = "村民小组", ["head"] = "户主", ["category"] = "户类型", ["members"] = "人口数", ["open"] = "在办", ["caseNumber"] = "案件编号",
        ["stage"] = "环节", ["id"] = "户编码",
    };

    /// <summary>The masked names of these households' heads, by household.</summary>
    internal static async Task<IReadOnlyDictionary<Guid, string>> Heads(
        IQuerySession session, KeyRing ring, string tenant, IEnumerable<Household> households, CancellationToken cancel)
    {
        var heads = households.Where(one => one.Enrolment is not null)
            .Select(one => (one.Enrolment!.HouseholdId, Head: one.Members.Where(member => member.Value.Relation == Relation.Head).Select(member => member.Key).Order().FirstOrDefault()))
            .Where(one => one.Head != default).DistinctBy(one => one.HouseholdId).ToList();
        var register = await PersonRegister.Open(session, ring, tenant, heads.Select(one => one.Head), [], [], [], cancel);
        return heads.Where(one => register.Find(one.Head) is not null).ToDictionary(one => one.HouseholdId, one => Masked.Name(register.Find(one.Head)!.Data.Name));
    }

    /// <summary>
    /// Those in the areas that a caller is limited to, by the member that holds their code, or those whose other member has this value; null,
    /// all, where a caller is not limited.
    /// </summary>
    internal static Expression<Func<T, bool>>? Within<T>(string member, IReadOnlyList<string> areas, string? or = null, string? value = null)
    {
        if (areas.Count == 0) return null;
        var one = Expression.Parameter(typeof(T));
        var starts = typeof(string).GetMethod(nameof(string.StartsWith), [typeof(string)])!;
        var within = areas.Select(area => (Expression)Expression.Call(Expression.Property(one, member), starts, Expression.Constant(area)));
        if (or is not null) within = within.Append(Expression.Equal(Expression.Property(one, or), Expression.Constant(value)));
        return Expression.Lambda<Func<T, bool>>(within.Aggregate(Expression.OrElse), one);
    }

    /// <summary>Maps <c>GET /v1/households</c>. Query: <c>village</c>, <c>township</c>, their codes; <c>group</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var ring = routes.ServiceProvider.GetRequiredService<KeyRing>();
        routes.MapGet("/v1/households", async Task<IResult> (
            string? village, string? township, string? group, Page page, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            if ((ShowCases.WrongArea(village, "village") ?? ShowCases.WrongArea(township, "township")) is { } wrong) return wrong;
            await using var session = store.QuerySession(caller.Tenant);
            var found = session.Query<Household>().Where(one => one.Enrolment != null && one.Ended == null);
            if (Within<Household>(nameof(Household.Village), caller.Areas) is { } within) found = found.Where(within);
            if (village is not null) found = found.Where(one => one.Village == village);
            if (township is not null) found = found.Where(one => one.Village.StartsWith(township));
            if (group is not null) found = found.Where(one => one.Enrolment!.Group == group);
            var (total, after) = (await found.CountAsync(cancel), page.After);
            var some = await found.Where(one => one.Id.CompareTo(after) > 0).OrderBy(one => one.Id).Take(page.Limit + 1).ToListAsync(cancel);
            var shown = some.Take(page.Limit).ToList();
            var english = Language.IsEnglish(http);
            var names = await Area.Names(session, caller.Tenant, shown.Select(one => one.Village), cancel);
            var heads = await Heads(session, ring, caller.Tenant, shown, cancel);
            var numbers = await CaseNumber.Of(
                session, shown.Where(one => !one.Episodes.IsEmpty).Select(one => (one.Enrolment!.HouseholdId, one.Episodes[^1].Number)), cancel);
            return new Listing<Entry>(
            [
                .. shown.Select(one =>
                {
                    var (id, last) = (one.Enrolment!.HouseholdId, one.Episodes.IsEmpty ? null : one.Episodes[^1]);
                    return new Entry(
                        id, one.Village, names.GetValueOrDefault(one.Village)?.In(english), one.Enrolment.Group, heads.GetValueOrDefault(id), one.Known.Category,
                        one.Members.IsEmpty ? one.Enrolment.Members : one.Members.Count, one.IsOpen,
                        last is null ? null : numbers.GetValueOrDefault(CaseNumber.IdOf(id, last.Number)), last?.Stage,
                        last is null ? null : CaseNames.Of(last.Stage).In(english));
                }),
            ], some.Count > page.Limit ? shown[^1].Id : null, total)
            .ShownAs((one, inEnglish) => new
            {
                one.CaseNumber, Village = one.VillageName ?? one.Village, one.Group, one.Head,
                Category = inEnglish ? Codes<HouseholdCategory>.ByValue[one.Category] : Codes<HouseholdCategory>.Official[one.Category], one.Members,
                Open = inEnglish ? one.Open ? "yes" : "no" : one.Open ? "是" : "否", Stage = one.StageName, one.Id,
            }, headers);
        }).RequireRight("relapse:read", "relapse:report").ProducesPage<Entry>();
    }
}
