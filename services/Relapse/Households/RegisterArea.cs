using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>A township or village (乡镇, 行政村), stream <c>area/{tenant}/{code}</c>.</summary>
public sealed record Area : IState<Area>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public AreaRegistered? Registration { get; init; }

    public Area Evolve(object happened) => happened is AreaRegistered e ? this with { Registration = e } : this;

    internal static string Stream(string tenant, string code) => $"area/{tenant}/{code}";

    /// <summary>
    /// Tells villages that exist from those that do not: those that are registered, and where the county has registered none of a township, all
    /// of it.
    /// </summary>
    internal static async Task<Func<string, bool>> Villages(
        IQuerySession session, string tenant, IEnumerable<string> asked, CancellationToken cancel)
    {
        var wanted = asked.Distinct().ToList();
        if (wanted.Count == 0) return _ => true;
        var streams = wanted.Concat(wanted.Select(village => village[..9])).Distinct().Select(code => Stream(tenant, code));
        var known = (await session.LoadManyAsync<Area>(cancel, streams)).Select(area => area.Id).ToHashSet();
        var listed = new HashSet<string>();
        foreach (var township in wanted.Select(village => village[..9]).Distinct())
        {
            var villages = Stream(tenant, township);
            if (await session.Query<Area>().AnyAsync(area => area.Id.StartsWith(villages) && area.Id != villages, cancel)) listed.Add(township);
        }

        return village => known.Contains(Stream(tenant, village[..9])) && (!listed.Contains(village[..9]) || known.Contains(Stream(tenant, village)));
    }

    /// <summary>The refusal of a village that does not exist.</summary>
    internal static Refusal VillageUnknown(string village) => Refusal.Invalid(
        "area-unknown", $"没有登记代码为 {village} 的村；请核对村级代码，或先登记该村（/v1/areas）。", $"No village {village} is registered.", "village");

    /// <summary>What villages are called, each after its township, by code; where only the township is known, its name.</summary>
    internal static async Task<IReadOnlyDictionary<string, Text>> Names(
        IQuerySession session, string tenant, IEnumerable<string> villages, CancellationToken cancel)
    {
        var wanted = villages.Distinct().ToList();
        var streams = wanted.Concat(wanted.Select(village => village[..9])).Distinct().Select(code => Stream(tenant, code));
        var known = (await session.LoadManyAsync<Area>(cancel, streams)).Select(area => area.Registration).OfType<AreaRegistered>()
            .ToDictionary(area => area.Code);
        return wanted
            .Select(village => (village, known.GetValueOrDefault(village), known.GetValueOrDefault(village[..9])))
            .Where(one => one is not (_, null, null))
            .ToDictionary(one => one.village, one => one switch
            {
                (_, { } village, { } town) => new Text(town.Name + village.Name, $"{village.NameEn}, {town.NameEn}"),
                var (_, village, town) => new Text((village ?? town)!.Name, (village ?? town)!.NameEn),
            });
    }
}

/// <summary>
/// Makes a township known by its statistical code, so that households can be placed in it, or a village, so that people read its name.
/// </summary>
public static class RegisterArea
{
    /// <summary>One area.</summary>
    /// <param name="Code">Statistical code of 9 digits, of a village 12.</param>
    /// <param name="Name">Chinese name.</param>
    /// <param name="NameEn">English name; where a village has none, the Chinese.</param>
    /// <param name="Kind"><c>town</c> 镇, <c>township</c> 乡 or <c>village</c> 行政村.</param>
    /// <param name="Notes">Remarks, e.g. a former name.</param>
    public sealed record Row(string Code, string Name, string NameEn, AreaKind Kind, string[] Notes);

    public static Row Bind(Fields row)
    {
        var (code, name, kind) = (row.Text("code", 12), row.Text("name"), row.Enum<AreaKind>("kind"));
        if (code.Length is not (0 or 9 or 12) || !code.All(char.IsAsciiDigit))
            row.Wrong("code", "not-an-area-code", "应为 9 位乡级或 12 位村级统计用区划代码。", "Must be a statistical area code of 9 digits, of a village 12.");
        if (code.Length == 12 != (kind == AreaKind.Village))
            row.Fail("kind", "kind-differs", "12 位代码的类型应为行政村（village），9 位的应为镇（town）或乡（township）。", "A code of 12 digits is a village's, one of 9 a town's or township's.");
        return new Row(code, name, kind == AreaKind.Village ? row.TextOrNull("nameEn") ?? name : row.Text("nameEn"), kind, row.Remarks("notes"));
    }

    public static Decision Decide(Area area, Row row, Occasion occasion)
    {
        if (!row.Code.StartsWith(occasion.By.Tenant, StringComparison.Ordinal))
            return Refusal.Invalid("area-outside-county", "该区划不属于本县；请核对区划代码。", "The area does not belong to this county.", "code");
        var registered = new AreaRegistered(row.Code, row.Name, row.NameEn, row.Kind, row.Notes);
        if (area.Registration is not { } known) return [registered];
        return known.Notes.SequenceEqual(registered.Notes) && registered with { Notes = known.Notes } == known
            ? []
            : Refusal.Conflict("area-differs", $"{row.Code} 已登记为“{known.Name}”，内容不同。",
                $"{row.Code} is registered as “{known.Name}”, with other contents.", "code");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Area, Row>(
            "/v1/areas", "relapse:define", Bind, (row, tenant) => Area.Stream(tenant, row.Code), Decide);
        routes.MapRegistration<Area, Row>(
            "/v1/areas", "code", "relapse:define", Bind, (row, tenant) => Area.Stream(tenant, row.Code), Decide);
    }
}
