using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>How many cases of one township stand where (防止返贫监测帮扶情况表). A count of households, with no word of who they are.</summary>
/// <param name="Area">9-digit code of the township.</param>
/// <param name="AreaName">What it is called; null where it was never registered.</param>
/// <param name="State">Where the cases stand.</param>
/// <param name="StateName">The same in official words.</param>
/// <param name="Cases">How many; a household that was at risk twice has two.</param>
/// <param name="ReEntered">Of these, after a risk that had been eliminated (返贫再纳入).</param>
/// <param name="Overdue">Of these, with something late that is still to be done.</param>
/// <param name="Types">How many by 监测对象类型; those not decided on are in none.</param>
/// <param name="Causes">How many by main cause (风险类型).</param>
public sealed record CaseLoad(
    string Area, string? AreaName, CaseState State, string StateName, int Cases, int ReEntered, int Overdue,
    IReadOnlyDictionary<string, int> Types, IReadOnlyDictionary<string, int> Causes)
{
    /// <summary>The table of what is known, by township and state; states in which no case stands are left out.</summary>
    internal static IEnumerable<CaseLoad> Of(IReadOnlyCollection<CaseStanding> known, bool english)
    {
        var names = known.Select(one => one.Area).OfType<AreaRegistered>().ToDictionary(area => area.Code, area => english ? area.NameEn : area.Name);
        return known.SelectMany(one => one.Episodes.Select(episode => (Area: Township(one.Village), Episode: episode)))
            .GroupBy(one => (one.Area, one.Episode.State), one => one.Episode)
            .OrderBy(group => group.Key.Area, StringComparer.Ordinal).ThenBy(group => group.Key.State)
            .Select(group => new CaseLoad(
                group.Key.Area, names.GetValueOrDefault(group.Key.Area), group.Key.State, NameOf(group.Key.State).In(english), group.Count(),
                group.Count(one => one.ReEntry), group.Count(one => one.Overdue.Count > 0),
                Counted(group.Select(one => one.Type).OfType<MonitoredType>()), Counted(group.Select(one => one.Cause))));
    }

    static string Township(string village) => village.Length > 9 ? village[..9] : village;

    static Dictionary<string, int> Counted<T>(IEnumerable<T> values) where T : struct, Enum =>
        values.CountBy(value => value).OrderBy(one => one.Key).ToDictionary(one => Codes<T>.ByValue[one.Key], one => one.Value);

    static Text NameOf(CaseState state) => state switch
    {
        CaseState.Clue => new("风险线索", "clue"),
        CaseState.Verifying => new("核实认定中", "being verified"),
        CaseState.Monitored => new("监测帮扶中", "monitored"),
        CaseState.Removing => new("拟消除风险", "removal proposed"),
        CaseState.Closed => new("线索已排除", "clue closed"),
        CaseState.NotIncluded => new("未纳入", "not included"),
        CaseState.Eliminated => new("风险消除", "risk eliminated"),
        _ => new("自然减少", "household ended"),
    };

    /// <summary>Maps <c>GET /v1/cases/load</c>. Query: <c>area</c>, <c>state</c>, <c>asOf</c>. A key for some areas sees these only.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/cases/load", async (
        string? area, string? state, string? asOf, Caller caller, Page page, HttpContext http, NpgsqlDataSource database, CancellationToken cancel) =>
    {
        if (area is not null && !(area.Length is 6 or 9 && area.All(char.IsAsciiDigit)))
            return Problem.Of(400, "not-an-area-code", new(
                "参数 area 应为 6 位县级或 9 位乡级代码。", "area must be the code of a county (6 digits) or a township (9)."));
        if (state is not null && !Codes<CaseState>.ByCode.ContainsKey(state))
            return Problem.Of(400, "unknown-code", new($"state 应为以下之一：{Codes<CaseState>.List}。", $"state must be one of: {Codes<CaseState>.List}."));
        if (!AsOf.TryRead(asOf, out var asked)) return AsOf.NotOne;
        var known = await StandingHistory.Read<CaseStanding>(database, caller.Tenant, CaseStanding.View, asked ?? AsOf.Latest, cancel);
        var found = Of([.. known.Where(one => one.Area is not null || caller.Covers(one.Village))], Language.IsEnglish(http))
            .Where(one => one.Area.StartsWith(area ?? "", StringComparison.Ordinal))
            .Where(one => state is null || one.State == Codes<CaseState>.ByCode[state])
            .ToList();
        static string Key(CaseLoad one) => $"{one.Area}/{(int)one.State}";
        var shown = found.Where(one => string.CompareOrdinal(Key(one), page.After) > 0).Take(page.Limit).ToList();
        return (IResult)new Listing<CaseLoad>(
            shown, shown.Count == page.Limit ? Key(shown[^1]) : null, found.Count, await Doubts.Of(database, caller.Tenant, cancel, CaseStanding.View));
    }).RequireRight("evaluation:read").Produces<CaseLoad[]>();
}
