using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Corrects an area from a day on (更名, 撤并): it has another name, or is no more, or is there again. What it was called before that day
/// stays known.
/// </summary>
public static class CorrectArea
{
    /// <summary>One correction.</summary>
    /// <param name="Code">Statistical code.</param>
    /// <param name="Name">Chinese name from that day on; default what it is called then.</param>
    /// <param name="NameEn">English name from that day on; default what it is called then.</param>
    /// <param name="Ended">True where it is no more; default false.</param>
    /// <param name="Reason">Why, e.g. on which document.</param>
    /// <param name="On">The day.</param>
    public sealed record Row(string Code, string? Name, string? NameEn, bool Ended, string Reason, DateOnly On);

    public static Row Bind(Fields row) => new(
        row.Code("code"), row.TextOrNull("name"), row.TextOrNull("nameEn"), row.FlagOrNull("ended") ?? false, row.PlainText("reason"), row.Day("on"));

    public static Decision Decide(Area area, Row row, Occasion occasion)
    {
        if (area.Registration is null)
            return Refusal.Unknown("area-unknown", $"区划代码 {row.Code} 未登记；请核对。", $"No area {row.Code} is registered.", "code");
        var (name, ended) = area.On(row.On);
        // A new Chinese name takes the English one with it where there is none of its own.
        var english = row.NameEn ?? (row.Name is not null && name.En == name.Zh ? row.Name : name.En);
        var corrected = new AreaCorrected(row.Code, row.Name ?? name.Zh, english, row.Ended, row.Reason, row.On);
        return (corrected.Name, corrected.NameEn, corrected.Ended) == (name.Zh, name.En, ended) ? [] : [corrected];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Area, Row>(
        "/v1/area-corrections", "relapse:define", Bind, (row, tenant) => Area.Stream(tenant, row.Code), Decide);
}
