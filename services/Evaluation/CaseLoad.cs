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
/// <param name="Stale">Feeds of signals and surveys that are late or do not change any more; null where there are none.</param>
public sealed record CaseLoad(
    string Area, string? AreaName, CaseState State, string StateName, int Cases, int ReEntered, int Overdue,
    IReadOnlyDictionary<string, int> Types, IReadOnlyDictionary<string, int> Causes, IReadOnlyList<StaleFeed>? Stale = null)
{
    /// <summary>The table of what is known, by township and state; states in which no case stands are left out.</summary>
    internal static IEnumerable<CaseLoad> Of(IReadOnlyCollection<CaseStanding> known, bool english) =>
        Of(known.SelectMany(CaseKind.Of).CountBy(kind => kind), english);

    /// <summary>The same of what is counted by <see cref="CaseKind"/>.</summary>
    internal static IEnumerable<CaseLoad> Of(IEnumerable<KeyValuePair<string, int>> counted, bool english)
    {
        var (names, cases) = (new Dictionary<string, string>(), new List<(CaseKind Kind, int Cases)>());
        foreach (var (text, count) in counted)
            if (CaseKind.IsArea(text, out var area)) names[area.Code] = english ? area.NameEn : area.Name;
            else cases.Add((CaseKind.Parse(text), count));
        return cases.GroupBy(one => (one.Kind.Area, one.Kind.State))
            .OrderBy(group => group.Key.Area, StringComparer.Ordinal).ThenBy(group => group.Key.State)
            .Select(group => new CaseLoad(
                group.Key.Area, names.GetValueOrDefault(group.Key.Area), group.Key.State, NameOf(group.Key.State).In(english),
                group.Sum(one => one.Cases), group.Where(one => one.Kind.ReEntry).Sum(one => one.Cases),
                group.Where(one => one.Kind.Overdue).Sum(one => one.Cases), Sums(group, kind => kind.Type), Sums(group, kind => kind.Cause)));
    }

    static Dictionary<string, int> Sums<T>(IEnumerable<(CaseKind Kind, int Cases)> group, Func<CaseKind, T?> of) where T : struct, Enum => group
        .Where(one => of(one.Kind) is not null).GroupBy(one => of(one.Kind)!.Value, one => one.Cases).OrderBy(same => same.Key)
        .ToDictionary(same => Codes<T>.ByValue[same.Key], same => same.Sum());

    static Text NameOf(CaseState state) => new(Codes<CaseState>.Official[state], state switch
    {
        CaseState.Clue => "clue",
        CaseState.Verifying => "being verified",
        CaseState.Monitored => "monitored",
        CaseState.Removing => "removal proposed",
        CaseState.Closed => "clue closed",
        CaseState.NotIncluded => "not included",
        CaseState.Eliminated => "risk eliminated",
        _ => "household ended",
    });

    /// <summary>Maps <c>GET /v1/cases/load</c>. Query: <c>area</c>, <c>state</c>, <c>asOf</c>. A key for some areas sees these only.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/cases/load", async (
        string? area, string? state, string? asOf, Caller caller, Page page, HttpContext http, IEnumerable<View> views, NpgsqlDataSource database,
        CancellationToken cancel) =>
    {
        if (area is not null && !(area.Length is 6 or 9 && area.All(char.IsAsciiDigit)))
            return Problem.Of(400, "not-an-area-code", new(
                "参数 area 应为 6 位县级或 9 位乡级代码。", "area must be the code of a county (6 digits) or a township (9)."));
        if (state is not null && !Codes<CaseState>.ByCode.ContainsKey(state))
            return Problem.Of(400, "unknown-code", new($"state 应为以下之一：{Codes<CaseState>.List}。", $"state must be one of: {Codes<CaseState>.List}."));
        var (asked, misasked) = await AsOf.Read(asOf, http);
        if (misasked is not null) return misasked;
        var found = (await Known(database, views, caller, asked ?? AsOf.Latest, Language.IsEnglish(http), cancel))
            .Where(one => one.Area.StartsWith(area ?? "", StringComparison.Ordinal))
            .Where(one => state is null || one.State == Codes<CaseState>.ByCode[state])
            .ToList();
        var stale = FeedStanding.Behind(
            await FeedStanding.Stale(database, caller.Tenant, asked ?? AsOf.Latest, Language.IsEnglish(http), cancel), "relapse", null, null);
        if (stale is not null) found = found.ConvertAll(one => one with { Stale = stale });
        static string Key(CaseLoad one) => $"{one.Area}/{(int)one.State}";
        var shown = found.Where(one => string.CompareOrdinal(Key(one), page.After) > 0).Take(page.Limit).ToList();
        return (IResult)new Listing<CaseLoad>(
            shown, shown.Count == page.Limit ? Key(shown[^1]) : null, found.Count, await Doubts.Of(database, caller.Tenant, cancel, CaseStanding.View));
    }).RequireRight("evaluation:read").ProducesPage<CaseLoad>();

    static async Task<IEnumerable<CaseLoad>> Known(
        NpgsqlDataSource database, IEnumerable<View> views, Caller caller, AsOf asOf, bool english, CancellationToken cancel)
    {
        // Townships are counted already; whoever may see some villages only is shown what stands there.
        if (caller.Areas.All(one => one.Length <= CaseKind.TownshipLength) &&
            await Reading.Find(database, views, caller.Tenant, CaseStanding.View, null, cancel) is { IsCounted: true } view)
            return Of(await CountHistory.Read(database, caller.Tenant, view, asOf, cancel), english).Where(one => caller.Covers(one.Area));
        var known = await StandingHistory.Read<CaseStanding>(database, caller.Tenant, CaseStanding.View, asOf, cancel);
        return Of([.. known.Where(one => one.Area is not null || caller.Covers(one.Village))], english);
    }
}

/// <summary>As what a case is counted.</summary>
/// <param name="Area">Township, 9 digits.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Type">监测对象类型; null before the decision.</param>
/// <param name="Cause">Main cause.</param>
/// <param name="ReEntry">After a risk that had been eliminated.</param>
/// <param name="Overdue">With something late that is still to be done.</param>
readonly record struct CaseKind(string Area, CaseState State, MonitoredType? Type, RiskCause? Cause, bool ReEntry, bool Overdue)
{
    internal const int TownshipLength = 9;

    // The name of an area is counted beside its cases, so that one look gives both.
    const string Named = "area";

    /// <summary>The cases of a household, or the name of a township, as texts.</summary>
    internal static IEnumerable<string> Of(CaseStanding standing)
    {
        if (standing.Area is { Code.Length: <= TownshipLength } area) return [$"{Named}\t{area.Code}\t{area.Name}\t{area.NameEn}"];
        var township = standing.Village.Length > TownshipLength ? standing.Village[..TownshipLength] : standing.Village;
        return standing.Episodes.Select(one => string.Join('\t',
            township, Codes<CaseState>.ByValue[one.State], one.Type is { } type ? Codes<MonitoredType>.ByValue[type] : "",
            Codes<RiskCause>.ByValue[one.Cause], one.ReEntry ? "again" : "", one.Overdue.Count > 0 ? "overdue" : ""));
    }

    internal static bool IsArea(string text, out (string Code, string Name, string NameEn) area)
    {
        var parts = text.Split('\t');
        area = parts[0] == Named ? (parts[1], parts[2], parts[3]) : default;
        return parts[0] == Named;
    }

    internal static CaseKind Parse(string text)
    {
        var parts = text.Split('\t');
        return new(
            parts[0], Codes<CaseState>.ByCode[parts[1]], parts[2].Length == 0 ? null : Codes<MonitoredType>.ByCode[parts[2]],
            Codes<RiskCause>.ByCode[parts[3]], parts[4].Length > 0, parts[5].Length > 0);
    }
}
