using System.Security.Cryptography;
using Marten;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse;

/// <summary>Somebody of the register with their data open.</summary>
/// <param name="Id">Random id.</param>
/// <param name="Household">Where they live, or lived last.</param>
/// <param name="Left">How they left it, if they did.</param>
/// <param name="IdHash">Keyed hash of the ID number.</param>
/// <param name="Data">Who it is.</param>
public sealed record KnownPerson(Guid Id, Guid Household, MemberChange? Left, string? IdHash, PersonalData Data);

/// <summary>
/// The part of the register of persons that one push concerns, opened in a few round trips, changed row by row, and stored with the
/// events of the push if they hold.
/// </summary>
sealed class PersonRegister
{
    readonly KeyRing ring;
    readonly string tenant;
    readonly Dictionary<Guid, byte[]> keys = [];
    readonly Dictionary<Guid, KnownPerson> persons = [];
    readonly Dictionary<string, Guid> byHash = [];
    readonly HashSet<Guid> isNew = [];
    readonly HashSet<Guid> changed = [];
    readonly List<HouseholdKey> newKeys = [];

    PersonRegister(KeyRing ring, string tenant) => (this.ring, this.tenant) = (ring, tenant);

    /// <summary>Opens persons by id, by hash of their ID number, and all of some households.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="ring">The keys.</param>
    /// <param name="tenant">The county.</param>
    /// <param name="ids">Persons by id.</param>
    /// <param name="hashes">Persons by hash.</param>
    /// <param name="wholeHouseholds">Households all of whose persons are needed.</param>
    /// <param name="households">Households whose key alone is needed.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<PersonRegister> Open(
        IQuerySession session, KeyRing ring, string tenant, IEnumerable<Guid> ids, IEnumerable<string> hashes,
        IEnumerable<Guid> wholeHouseholds, IEnumerable<Guid> households, CancellationToken cancel)
    {
        var register = new PersonRegister(ring, tenant);
        var found = new List<Person>();
        Guid[] wantedIds = [.. ids.Distinct()], wholes = [.. wholeHouseholds.Distinct()];
        if (wantedIds.Length > 0) found.AddRange(await session.LoadManyAsync<Person>(cancel, wantedIds));
        string?[] wantedHashes = [.. hashes.Except(found.Select(person => person.IdHash ?? ""))];
        if (wantedHashes.Length > 0)
            found.AddRange(await session.Query<Person>().Where(person => person.IdHash.IsOneOf(wantedHashes)).ToListAsync(cancel));
        if (wholes.Length > 0)
            found.AddRange(await session.Query<Person>().Where(person => person.Household.IsOneOf(wholes)).ToListAsync(cancel));

        var wantedKeys = found.Select(person => person.Household).Concat(wholes).Concat(households).Distinct().ToArray();
        foreach (var wrapped in await session.LoadManyAsync<HouseholdKey>(cancel, wantedKeys))
            register.keys[wrapped.Id] = ring.Unwrap(tenant, wrapped);
        foreach (var person in found.DistinctBy(person => person.Id))
        {
            register.persons[person.Id] = new(
                person.Id, person.Household, person.Left, person.IdHash, person.Open(tenant, register.KeyOf(person.Household)));
            if (person.IdHash is { } hash) register.byHash[hash] = person.Id;
        }

        return register;
    }

    public IEnumerable<KnownPerson> All => persons.Values;

    public KnownPerson? Find(Guid id) => persons.GetValueOrDefault(id);

    /// <summary>Whose ID number it is.</summary>
    public KnownPerson? Owner(string? hash) => hash is not null && byHash.TryGetValue(hash, out var id) ? persons[id] : null;

    public string? HashOf(PersonalData data) => data.IdNumber is { } number ? ring.HashOf(tenant, number) : null;

    /// <summary>Puts somebody into the register, or changes what it says of them.</summary>
    public void Put(KnownPerson person)
    {
        if (persons.TryGetValue(person.Id, out var before))
        {
            if (before.IdHash is { } old) byHash.Remove(old);
        }
        else
        {
            isNew.Add(person.Id);
        }

        persons[person.Id] = person;
        changed.Add(person.Id);
        if (person.IdHash is { } hash) byHash[hash] = person.Id;
    }

    /// <summary>Moves people to another household; who has no data here (any more) has none there.</summary>
    public void Move(IEnumerable<Guid> people, Guid household)
    {
        foreach (var id in people)
            if (Find(id) is { } person) Put(person with { Household = household, Left = null });
    }

    /// <summary>Stores what has changed, each closed by the key of the household they now belong to.</summary>
    public void StoreWith(IDocumentSession session)
    {
        foreach (var id in changed)
        {
            var one = persons[id];
            var closed = Person.Close(ring, tenant, id, one.Household, one.Left, one.IdHash, one.Data, KeyOf(one.Household, makeOne: true));
            if (isNew.Contains(id)) session.Insert(closed);
            else session.Update(closed);
        }

        foreach (var key in newKeys) session.Insert(key);
        foreach (var key in keys.Values) CryptographicOperations.ZeroMemory(key);
    }

    byte[] KeyOf(Guid household, bool makeOne = false)
    {
        if (keys.TryGetValue(household, out var key)) return key;
        if (!makeOne) throw new CryptographicException($"The household {household} has personal data and no key.");
        newKeys.Add(ring.MakeKey(tenant, household, out key));
        return keys[household] = key;
    }
}
