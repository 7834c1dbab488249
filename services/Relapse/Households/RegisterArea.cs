using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>A township-level area (乡镇), stream <c>area/{tenant}/{code}</c>.</summary>
public sealed record Area : IState<Area>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public AreaRegistered? Registration { get; init; }

    public Area Evolve(object happened) => happened is AreaRegistered e ? this with { Registration = e } : this;

    internal static string Stream(string tenant, string code) => $"area/{tenant}/{code}";
}

/// <summary>Makes a township known by its statistical code, so that households can be placed in it.</summary>
public static class RegisterArea
{
    /// <summary>One area.</summary>
    /// <param name="Code">9-digit statistical code.</param>
    /// <param name="Name">Chinese name.</param>
    /// <param name="NameEn">English name.</param>
    /// <param name="Kind"><c>town</c> 镇 or <c>township</c> 乡.</param>
    /// <param name="Notes">Remarks, e.g. a former name.</param>
    public sealed record Row(string Code, string Name, string NameEn, AreaKind Kind, string[] Notes);

    public static Row Bind(Fields row)
    {
        var code = row.Text("code", 9);
        if (code.Length != 9 || !code.All(char.IsAsciiDigit))
            row.Fail("code", "not-an-area-code", "应为 9 位统计用区划代码。", "Must be a 9-digit statistical area code.");
        return new Row(code, row.Text("name"), row.Text("nameEn"), row.Enum<AreaKind>("kind"), row.Remarks("notes"));
    }

    public static Decision Decide(Area area, Row row, Occasion occasion)
    {
        if (!row.Code.StartsWith(occasion.By.Tenant, StringComparison.Ordinal))
            return Refusal.Invalid("area-outside-county", "该区划不属于本县。", "The area does not belong to this county.", "code");
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
