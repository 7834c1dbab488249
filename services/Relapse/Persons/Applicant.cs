using System.Security.Cryptography;
using System.Text.Json;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse;

/// <summary>
/// Who asks to be enrolled, while the request waits: closed by the key that the household keeps, and gone with the answer. An ID number asks
/// once at a time.
/// </summary>
/// <param name="Id">The id that the household keeps.</param>
/// <param name="IdHash">Keyed hash of the ID number, if there is one.</param>
/// <param name="Data">An <see cref="ApplicantData"/> as JSON, see <see cref="Sealed"/>; bound to county and household.</param>
public sealed record Applicant(Guid Id, string? IdHash, byte[] Data)
{
    internal static void Configure(StoreOptions store) => store.Schema.For<Applicant>()
        .UniqueIndex(UniqueIndexType.Computed, "applicant_id_hash", TenancyScope.PerTenant, one => one.IdHash!);

    static string Bound(string tenant, Guid id) => $"{tenant}/{id}/applicant";

    internal static Applicant Close(KeyRing ring, string tenant, Guid id, ApplicantData data, byte[] key) => new(
        id, data.IdNumber is { } number ? ring.HashOf(tenant, number) : null,
        Sealed.Close(key, JsonSerializer.SerializeToUtf8Bytes(data, EventJson.Options), Bound(tenant, id)));

    /// <summary>Opens those of some requests that still wait.</summary>
    /// <exception cref="CryptographicException">One was changed, or put in another's place.</exception>
    internal static async Task<IReadOnlyDictionary<Guid, ApplicantData>> Open(
        IQuerySession session, KeyRing ring, string tenant, IEnumerable<Guid> requests, CancellationToken cancel)
    {
        Guid[] wanted = [.. requests.Distinct()];
        var keys = (await session.LoadManyAsync<HouseholdKey>(cancel, wanted)).ToDictionary(key => key.Id);
        return (await session.LoadManyAsync<Applicant>(cancel, wanted)).ToDictionary(
            one => one.Id,
            one => JsonSerializer.Deserialize<ApplicantData>(
                Sealed.Open(ring.Unwrap(tenant, keys[one.Id]), one.Data, Bound(tenant, one.Id)), EventJson.Options)!);
    }
}

/// <summary>Who asks to be enrolled. Encrypted at rest, and never in an event, a message, a log or a receipt.</summary>
/// <param name="Name">户主姓名.</param>
/// <param name="IdNumber">公民身份号码.</param>
/// <param name="Birth">Day of birth.</param>
/// <param name="Phone">手机或座机.</param>
/// <param name="Labour">劳动能力 of the head.</param>
/// <param name="Note">What else was said.</param>
public sealed record ApplicantData(string Name, string? IdNumber, DateOnly Birth, string? Phone, Labour Labour, string? Note)
{
    /// <summary>Never the data: what is written into a log or a message by mistake.</summary>
    public override string ToString() => nameof(ApplicantData);
}
