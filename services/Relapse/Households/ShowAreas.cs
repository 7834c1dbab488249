using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>The areas of the county by name and code, for whoever must name one.</summary>
public static class ShowAreas
{
    /// <summary>An area as it stands on a day.</summary>
    /// <param name="Code">Statistical code.</param>
    /// <param name="Name">What it is called.</param>
    /// <param name="NameEn">In English; of a village without an English name the Chinese.</param>
    /// <param name="Kind">镇, 乡, 国有林场, 行政村, 社区, 林区.</param>
    /// <param name="KindName">The same in words.</param>
    /// <param name="Under">Code of the township, of a village.</param>
    /// <param name="UnderName">What it is called.</param>
    /// <param name="Ended">True where it is no more.</param>
    /// <param name="Notes">Remarks.</param>
    public sealed record Entry(
        string Code, string Name, string NameEn, AreaKind Kind, string KindName, string? Under, string? UnderName, bool Ended, string[] Notes);

    /// <summary>An area with all its names, the first one first.</summary>
    public sealed record Whole(
        string Code, string Name, string NameEn, AreaKind Kind, bool Ended, string[] Notes, IReadOnlyList<Named> Names);

    /// <summary>What an area is called from a day on; without a day from the beginning.</summary>
    public sealed record Named(DateOnly? From, string Name, string NameEn, bool Ended, string? Reason);

    static readonly Dictionary<AreaKind, string> english = new()
    {
        [AreaKind.Town] = "town", [AreaKind.Township] = "township", [AreaKind.ForestFarm] = "forest farm", [AreaKind.Village] = "village",
        [AreaKind.Community] = "community", [AreaKind.ForestArea] = "forest area",
    };

    static Entry Of(Area area, IReadOnlyDictionary<string, Area> all, DateOnly day, bool inEnglish)
    {
        var (e, (name, ended)) = (area.Registration!, area.On(day));
        var under = e.Code.Length > 9 ? all.GetValueOrDefault(e.Code[..9]) : null;
        return new(
            e.Code, name.Zh, name.En, e.Kind, inEnglish ? english[e.Kind] : Codes<AreaKind>.Official[e.Kind], under?.Registration!.Code,
            under?.On(day).Name.In(inEnglish), ended, e.Notes);
    }

    /// <summary>
    /// Maps <c>GET /v1/areas</c> and <c>GET /v1/areas/{code}</c>. Query: <c>under</c>, the code of a township; <c>kind</c>, a code or its Chinese
    /// term; <c>on</c>, the day whose names are asked for, default today.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/areas", async Task<IResult> (
            string? under, string? kind, DateOnly? on, Page page, Caller caller, HttpContext http, IDocumentStore store, TimeProvider clock,
            CancellationToken cancel) =>
        {
            if (ShowCases.WrongArea(under, "under") is { } wrong) return wrong;
            if (!Filters.Reads<AreaKind>(kind, out var wanted)) return Filters.Unknown<AreaKind>("kind");
            await using var session = store.QuerySession(caller.Tenant);
            var all = (await session.Query<Area>().ToListAsync(cancel)).Where(area => area.Registration is not null).ToDictionary(area => area.Registration!.Code);
            var day = on ?? ChinaTime.Day(clock.GetUtcNow());
            var found = all.Values
                .Where(area => (under is null || area.Registration!.Code != under && area.Registration.Code.StartsWith(under, StringComparison.Ordinal)) &&
                    (wanted is null || area.Registration!.Kind == wanted))
                .OrderBy(area => area.Registration!.Code, StringComparer.Ordinal).ToList();
            var shown = found.Where(area => string.CompareOrdinal(area.Registration!.Code, page.After) > 0).Take(page.Limit + 1).ToList();
            return new Listing<Entry>(
                [.. shown.Take(page.Limit).Select(area => Of(area, all, day, Language.IsEnglish(http)))],
                shown.Count > page.Limit ? shown[page.Limit - 1].Registration!.Code : null, found.Count)
                .PushedAs(one => new { one.Code, one.Name, one.NameEn, one.Kind, one.Notes });
        }).RequireRight("relapse:read", "relapse:report").ProducesPage<Entry>();

        routes.MapGet("/v1/areas/{code}", async (
            string code, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            if (await session.LoadAsync<Area>(Area.Stream(caller.Tenant, code), cancel) is not { Registration: { } e } area)
                return Problem.Of(404, "area-unknown", new($"区划代码 {code} 未登记；请核对。", $"No area {code} is registered."));
            var (name, ended) = area.On(ChinaTime.Day(clock.GetUtcNow()));
            return Results.Ok(new Whole(
                e.Code, name.Zh, name.En, e.Kind, ended, e.Notes,
                [new(null, e.Name, e.NameEn, false, null), .. area.Corrections.Select(one => new Named(one.On, one.Name, one.NameEn, one.Ended, one.Reason))]));
        }).RequireRight("relapse:read", "relapse:report").Produces<Whole>();
    }
}

/// <summary>What lists are filtered by: codes as they are written, or their Chinese terms.</summary>
static class Filters
{
    /// <summary>Reads one; false where it means nothing. Absent, it is null.</summary>
    public static bool Reads<TEnum>(string? text, out TEnum? value) where TEnum : struct, Enum
    {
        value = null;
        if (text is null) return true;
        if (!Codes<TEnum>.ByCode.TryGetValue(text, out var known) && !Codes<TEnum>.ByTerm.TryGetValue(text, out known)) return false;
        value = known;
        return true;
    }

    public static Problem Unknown<TEnum>(string parameter) where TEnum : struct, Enum => Unknown(parameter, Codes<TEnum>.List, Codes<TEnum>.ListInChinese);

    public static Problem Unknown(string parameter, string allowed, string? inChinese = null) =>
        Problem.Of(400, "unknown-code", new($"参数 {parameter} 应为以下之一：{inChinese ?? allowed}。", $"{parameter} must be one of: {allowed}."));
}
