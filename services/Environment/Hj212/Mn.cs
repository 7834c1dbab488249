using System.Collections.Concurrent;
using Marten;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// Which county a device belongs to. An MN is unique over all counties, and a registered one never moves, so what is known
/// once is known for good.
/// </summary>
public sealed class Mns(IDocumentStore store)
{
    readonly ConcurrentDictionary<string, string> tenants = new(StringComparer.Ordinal);

    /// <summary>County by MN, of those that are registered.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Tenants(IEnumerable<string> mns, CancellationToken cancel)
    {
        var wanted = mns.Distinct().ToList();
        var missing = wanted.Where(mn => !tenants.ContainsKey(mn)).ToList();
        if (missing.Count > 0)
        {
            await using var session = store.QuerySession();
            foreach (var (mn, tenant) in await Registered(session, missing, cancel)) tenants[mn] = tenant;
        }

        return wanted.Where(tenants.ContainsKey).ToDictionary(mn => mn, mn => tenants[mn]);
    }

    /// <summary>Those MNs that another county has registered.</summary>
    public static async Task<IReadOnlySet<string>> Elsewhere(IQuerySession session, List<string> mns, string tenant, CancellationToken cancel) =>
        (await Registered(session, mns, cancel)).Where(one => one.Tenant != tenant).Select(one => one.Mn).ToHashSet();

    static async Task<IReadOnlyList<(string Mn, string Tenant)>> Registered(
        IQuerySession session, List<string> mns, CancellationToken cancel)
    {
        var found = await session.Query<Station>().Where(one => one.AnyTenant() && one.Registration!.Mn.IsOneOf(mns)).ToListAsync(cancel);
        return [.. found.Select(one => (one.Registration!.Mn, one.Id.Split('/')[1]))];
    }
}
