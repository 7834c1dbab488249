using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Makes a township or forest farm known by its statistical code, so that households can be placed in it, or what is of a village's rank:
/// from then on households of that township live in registered villages alone.
/// </summary>
public static class RegisterArea
{
    /// <summary>One area.</summary>
    /// <param name="Code">Statistical code of 9 digits, of a village 12.</param>
    /// <param name="Name">Chinese name.</param>
    /// <param name="NameEn">English name; where a village has none, the Chinese.</param>
    /// <param name="Kind"><c>town</c> 镇, <c>township</c> 乡, <c>forest_farm</c> 国有林场; <c>village</c> 行政村, <c>community</c> 社区, <c>forest_area</c> 林区.</param>
    /// <param name="Notes">Remarks, e.g. a former name.</param>
    public sealed record Row(string Code, string Name, string NameEn, AreaKind Kind, string[] Notes);

    public static Row Bind(Fields row)
    {
        var (code, name, kind) = (row.Text("code", 12), row.Text("name"), row.Enum<AreaKind>("kind"));
        if (code.Length is not (0 or 9 or 12) || !code.All(char.IsAsciiDigit))
            row.Wrong("code", "not-an-area-code", "应为 9 位乡级或 12 位村级统计用区划代码。", "Must be a statistical area code of 9 digits, of a village 12.");
        if (code.Length == 12 != Area.IsOfVillages(kind))
            row.Fail("kind", "kind-differs", "12 位代码的类型应为行政村（village）、社区（community）或林区（forest_area），9 位的应为镇（town）、乡（township）或国有林场（forest_farm）。",
                "A code of 12 digits is a village's, community's or forest area's, one of 9 a town's, township's or forest farm's.");
        return new Row(code, name, Area.IsOfVillages(kind) ? row.TextOrNull("nameEn") ?? name : row.Text("nameEn"), kind, row.Remarks("notes"));
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
