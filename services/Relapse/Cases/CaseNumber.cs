using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// The number of a case that people can say aloud: county, township, year and a running number, <c>嵩-陆浑-2026-0042</c>. It is stored beside
/// the household in the transaction that opens the case, one opening after the other, so that no two are alike; it stays when the household
/// moves or the township is called otherwise.
/// </summary>
/// <param name="Id"><c>{household}/{episode}</c>.</param>
/// <param name="Household">The household.</param>
/// <param name="Episode">Which of its episodes.</param>
/// <param name="Number">The number.</param>
/// <param name="Year">The year in which the case was opened.</param>
/// <param name="Serial">From 1 in each county and year.</param>
public sealed record CaseNumber(string Id, Guid Household, int Episode, string Number, int Year, int Serial)
{
    // Cases numbered in one transaction.
    const int AtOnce = 200;

    internal static void Configure(StoreOptions store, IConfiguration configuration)
    {
        store.Schema.For<CaseNumber>().Index(one => one.Number).Index(one => one.Household)
            .UniqueIndex(UniqueIndexType.Computed, "case_number_serial", TenancyScope.PerTenant, one => one.Year, one => one.Serial);
        store.Schema.For<CaseSerial>();
        store.Listeners.Add(new Giving(configuration));
    }

    internal static string IdOf(Guid household, int episode) => $"{household}/{episode:000}";

    /// <summary>The numbers of these households' cases, by <see cref="IdOf"/>.</summary>
    internal static async Task<IReadOnlyDictionary<string, string>> Of(
        IQuerySession session, IEnumerable<(Guid Household, int Episode)> cases, CancellationToken cancel) =>
        (await session.LoadManyAsync<CaseNumber>(cancel, cases.Select(one => IdOf(one.Household, one.Episode)).Distinct()))
            .ToDictionary(one => one.Id, one => one.Number);

    /// <summary>The cases that a number means: as it stands, or its end from the township or the year on, whatever blanks and dashes were typed.</summary>
    internal static async Task<IReadOnlyList<CaseNumber>> Find(IQuerySession session, string number, CancellationToken cancel)
    {
        var said = PersonalNumbers.Bare(number).Replace('—', '-').Replace('–', '-').Trim('-');
        var ending = $"-{said}";
        return said.Length == 0 ? [] : await session.Query<CaseNumber>().Where(one => one.Number == said || one.Number.EndsWith(ending)).ToListAsync(cancel);
    }

    /// <summary>Gives numbers to the cases that have none, in this order.</summary>
    static async Task Give(
        IDocumentSession session, IConfiguration configuration, IReadOnlyList<(Guid Household, int Episode, string Village, DateOnly On)> cases,
        CancellationToken cancel)
    {
        var known = await Of(session, cases.Select(one => (one.Household, one.Episode)), cancel);
        var missing = cases.Where(one => !known.ContainsKey(IdOf(one.Household, one.Episode))).ToList();
        if (missing.Count == 0) return;
        var county = configuration[$"Counties:{session.TenantId}:ShortName"] ?? session.TenantId;
        var towns = (await session.LoadManyAsync<Area>(cancel, missing.Select(one => Area.Stream(session.TenantId, one.Village[..9])).Distinct()))
            .ToDictionary(area => area.Registration!.Code);
        await session.TakeTurn($"case-number {session.TenantId}", cancel);
        foreach (var year in missing.GroupBy(one => one.On.Year))
        {
            var serial = (await session.LoadAsync<CaseSerial>($"{year.Key}", cancel))?.Last ?? 0;
            foreach (var (household, episode, village, on) in year)
            {
                serial++;
                var town = towns.GetValueOrDefault(village[..9])?.On(on).Name.Zh.TrimEnd('镇', '乡') ?? village[6..9];
                session.Insert(new CaseNumber(IdOf(household, episode), household, episode, $"{county}-{town}-{year.Key}-{serial:0000}", year.Key, serial));
            }

            session.Store(new CaseSerial($"{year.Key}", serial));
        }
    }

    /// <summary>Gives numbers to cases that were opened before there were any, in the order of their days.</summary>
    internal static async Task GiveMissing(IDocumentStore store, IConfiguration configuration, string tenant, CancellationToken cancel)
    {
        await using var reading = store.QuerySession(tenant);
        var numbered = (await reading.Query<CaseNumber>().Select(one => one.Id).ToListAsync(cancel)).ToHashSet();
        var missing = new List<(Guid Household, int Episode, string Village, DateOnly On)>();
        await foreach (var household in reading.Query<Household>().Where(one => one.LastRiskOn != null).ToAsyncEnumerable(cancel))
            missing.AddRange(household.Episodes.Select(one => (household.Enrolment!.HouseholdId, one.Number, household.Village, one.OpenedOn))
                .Where(one => !numbered.Contains(IdOf(one.HouseholdId, one.Number))));
        foreach (var some in missing.OrderBy(one => one.On).ThenBy(one => one.Household).Chunk(AtOnce))
        {
            await using var session = store.LightweightSession(tenant);
            await Give(session, configuration, some, cancel);
            await session.SaveChangesAsync(cancel);
        }
    }

    /// <summary>Numbers every case with what opens it, whoever stores that: a push, a screening, a split.</summary>
    sealed class Giving(IConfiguration configuration) : DocumentSessionListenerBase
    {
        public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
        {
            var risks = session.PendingChanges.Streams().SelectMany(stream => stream.Events).Select(happened => happened.Data).OfType<RiskDetected>()
                .DistinctBy(risk => (risk.HouseholdId, risk.Episode))
                .Select(risk => (risk.HouseholdId, risk.Episode, risk.Village, risk.On)).ToList();
            return risks.Count == 0 ? Task.CompletedTask : Give(session, configuration, risks, token);
        }
    }
}

/// <summary>The last number given in a year.</summary>
/// <param name="Id">The year.</param>
/// <param name="Last">The running number.</param>
public sealed record CaseSerial(string Id, int Last);
