using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// A township or forest farm (乡镇, 国有林场) or what is of a village's rank in it (行政村, 社区, 林区), stream <c>area/{tenant}/{code}</c>.
/// </summary>
public sealed record Area : IState<Area>
{
    const int TownshipDigits = 9;

    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public AreaRegistered? Registration { get; init; }

    /// <summary>In order of their days, of one day in order of recording.</summary>
    public ImmutableList<AreaCorrected> Corrections { get; init; } = [];

    /// <summary>True for what is of a village's rank.</summary>
    internal static bool IsOfVillages(AreaKind kind) => kind is AreaKind.Village or AreaKind.Community or AreaKind.ForestArea;

    public Area Evolve(object happened) => happened switch
    {
        AreaRegistered e => this with { Registration = e },
        AreaCorrected e => this with { Corrections = Corrections.Insert(Corrections.FindLastIndex(one => one.On <= e.On) + 1, e) },
        _ => this,
    };

    /// <summary>How it stands on a day: what it is called, and whether it is no more.</summary>
    internal (Text Name, bool Ended) On(DateOnly day) => Corrections.FindLast(one => one.On <= day) is { } last
        ? (new(last.Name, last.NameEn), last.Ended)
        : (new(Registration!.Name, Registration.NameEn), false);

    internal static string Stream(string tenant, string code) => $"area/{tenant}/{code}";

    /// <summary>
    /// Which of these villages no household can live in on a day, and why: its township is not registered, or other villages of it are and
    /// this one is not, or it is no more.
    /// </summary>
    internal static async Task<IReadOnlyDictionary<string, Refusal>> Refused(
        IQuerySession session, string tenant, IEnumerable<string> villages, DateOnly day, CancellationToken cancel)
    {
        var wanted = villages.Distinct().ToList();
        if (wanted.Count == 0) return ImmutableDictionary<string, Refusal>.Empty;
        var registered = (await session.Query<Area>().Select(area => area.Id).ToListAsync(cancel)).ToHashSet();
        var listed = registered.Select(id => id[Stream(tenant, "").Length..]).Where(code => code.Length > TownshipDigits)
            .Select(code => code[..TownshipDigits]).ToHashSet();
        var ended = (await session.LoadManyAsync<Area>(cancel, wanted.Concat(wanted.Select(village => village[..TownshipDigits]))
                .Distinct().Select(code => Stream(tenant, code)).Where(registered.Contains)))
            .Where(area => area.On(day).Ended).Select(area => area.Registration!.Code).ToHashSet();
        var refused = new Dictionary<string, Refusal>();
        foreach (var village in wanted)
        {
            var township = village[..TownshipDigits];
            if (!registered.Contains(Stream(tenant, township)))
                refused[village] = Unknown($"乡镇代码 {township} 未登记；请核对村级代码，或先登记该乡镇。", $"No area {township} is registered.");
            else if (listed.Contains(township) && !registered.Contains(Stream(tenant, village)))
                refused[village] = Unknown($"村级代码 {village} 未登记；请核对（可用 /v1/areas?under={township} 查询）。", $"No village {village} is registered in {township}.");
            else if (ended.Contains(village) || ended.Contains(township))
                refused[village] = Unknown($"{village} 已撤销；请填现行的村级代码。", $"The village {village} is no more.");
        }

        return refused;
    }

    /// <summary>True where a household may live in a village on a day.</summary>
    internal static async Task<bool> Exists(IQuerySession session, string tenant, string village, DateOnly day, CancellationToken cancel) =>
        (await Refused(session, tenant, [village], day, cancel)).Count == 0;

    static Refusal Unknown(string zh, string en) => Refusal.Invalid("area-unknown", zh, en, "village");

    /// <summary>
    /// What villages are called on a day, each after its township, by code; where only the township is known, its name. Without a day as they
    /// were called last.
    /// </summary>
    internal static async Task<IReadOnlyDictionary<string, Text>> Names(
        IQuerySession session, string tenant, IEnumerable<string> villages, CancellationToken cancel, DateOnly? day = null)
    {
        var wanted = villages.Distinct().ToList();
        var streams = wanted.Concat(wanted.Select(village => village[..TownshipDigits])).Distinct().Select(code => Stream(tenant, code));
        var known = (await session.LoadManyAsync<Area>(cancel, streams)).Where(area => area.Registration is not null)
            .ToDictionary(area => area.Registration!.Code, area => area.On(day ?? DateOnly.MaxValue).Name);
        return wanted
            .Select(village => (village, known.GetValueOrDefault(village), known.GetValueOrDefault(village[..TownshipDigits])))
            .Where(one => one is not (_, null, null))
            .ToDictionary(one => one.village, one => one switch
            {
                (_, { } village, { } town) when one.village.Length > TownshipDigits => new Text(town.Zh + village.Zh, $"{village.En}, {town.En}"),
                var (_, village, town) => (village ?? town)!,
            });
    }
}
