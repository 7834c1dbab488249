using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Marten;
using Marten.Schema;
using Marten.Schema.Indexing.Unique;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Somebody in the register of persons, stored beside the events and never in them. All that says who it is lies in
/// <paramref name="Data"/>, closed by the key of the household.
/// </summary>
/// <param name="Id">Random id, the same in every household.</param>
/// <param name="Household">The household whose key closes the data: where they live, or lived last.</param>
/// <param name="Left">How they left it, if they did.</param>
/// <param name="IdHash">Keyed hash of the ID number, if there is one.</param>
/// <param name="Data">A <see cref="PersonalData"/> as JSON, see <see cref="Sealed"/>; bound to county, household and person.</param>
/// <param name="NameHash">Keyed hash of the name; null where it was registered before names were indexed, see <see cref="RotateKeys"/>.</param>
/// <param name="TailHash">Keyed hash of the last four characters of the ID number, if there is one.</param>
/// <param name="PhoneHash">Keyed hash of the telephone number, if there is one.</param>
public sealed record Person(
    Guid Id, Guid Household, MemberChange? Left, string? IdHash, byte[] Data, string? NameHash = null, string? TailHash = null,
    string? PhoneHash = null)
{
    internal static void Configure(StoreOptions store)
    {
        store.Schema.For<Person>()
            .Index(person => person.Household).Index(person => person.NameHash!).Index(person => person.TailHash!).Index(person => person.PhoneHash!)
            .UniqueIndex(UniqueIndexType.Computed, "person_id_hash", TenancyScope.PerTenant, person => person.IdHash!);
        // A key that a rotation has read must not come back after it was destroyed.
        store.Schema.For<HouseholdKey>().UseOptimisticConcurrency(true).Index(key => key.MasterKey);
    }

    static string Bound(string tenant, Guid household, Guid person) => $"{tenant}/{household}/{person}";

    /// <summary>Closes data for the register, under the hashes by which it is found.</summary>
    internal static Person Close(
        KeyRing ring, string tenant, Guid id, Guid household, MemberChange? left, string? idHash, PersonalData data, byte[] key) => new Person(
        id, household, left, idHash,
        Sealed.Close(key, JsonSerializer.SerializeToUtf8Bytes(data, EventJson.Options), Bound(tenant, household, id))).Indexed(ring, tenant, data);

    /// <summary>The same under the hashes by which it is found.</summary>
    internal Person Indexed(KeyRing ring, string tenant, PersonalData data) => this with
    {
        NameHash = ByName(ring, tenant, data.Name), TailHash = data.IdNumber is { } number ? ByTail(ring, tenant, number[^4..]) : null,
        PhoneHash = data.Phone is { } phone ? ByPhone(ring, tenant, phone) : null,
    };

    /// <summary>Hash of a name, however its characters are spaced.</summary>
    internal static string ByName(KeyRing ring, string tenant, string name) => ring.IndexOf(tenant, "name", PersonalNumbers.Bare(name));

    /// <summary>Hash of the last four characters of an ID number.</summary>
    internal static string ByTail(KeyRing ring, string tenant, string tail) => ring.IndexOf(tenant, "tail", tail.ToUpperInvariant());

    /// <summary>Hash of a telephone number, with or without the country's code, however its digits are spaced.</summary>
    internal static string ByPhone(KeyRing ring, string tenant, string phone)
    {
        var digits = string.Concat(PersonalNumbers.Bare(phone).Where(char.IsAsciiDigit));
        return ring.IndexOf(tenant, "phone", digits is { Length: 13 } and ['8', '6', ..] ? digits[2..] : digits);
    }

    /// <exception cref="CryptographicException">It was changed, or put in another's place.</exception>
    internal PersonalData Open(string tenant, byte[] key)
    {
        var plain = Sealed.Open(key, Data, Bound(tenant, Household, Id));
        var data = JsonSerializer.Deserialize<PersonalData>(plain, EventJson.Options)!;
        CryptographicOperations.ZeroMemory(plain);
        return data;
    }
}

/// <summary>Who somebody is. Encrypted at rest, and never in an event, a message, a log or a receipt.</summary>
/// <param name="Name">姓名.</param>
/// <param name="IdNumber">公民身份号码, 18 characters; a baby may have none yet.</param>
/// <param name="Birth">Day of birth; that of the ID number where there is one.</param>
/// <param name="Phone">手机或座机.</param>
/// <param name="Account">银行账号.</param>
/// <param name="Bank">开户银行.</param>
/// <param name="Ethnicity">民族.</param>
/// <param name="Education">学历.</param>
/// <param name="Health">健康状况.</param>
/// <param name="Disability">残疾类别与等级.</param>
/// <param name="WorkPlace">务工地.</param>
/// <param name="WorkMonths">Months worked away in a year, 0 to 12.</param>
/// <param name="MonthlyWage">元.</param>
/// <param name="MedicalInsurance">参加医疗保险.</param>
/// <param name="Pension">参加养老保险.</param>
public sealed record PersonalData(
    string Name, string? IdNumber, DateOnly Birth, string? Phone, string? Account, string? Bank, string? Ethnicity, string? Education,
    string? Health, string? Disability, string? WorkPlace, int? WorkMonths, decimal? MonthlyWage, bool? MedicalInsurance, bool? Pension)
{
    static readonly (string Name, Func<PersonalData, object?> Value)[] fields =
    [
        ("name", one => one.Name), ("idNumber", one => one.IdNumber), ("birth", one => one.Birth), ("phone", one => one.Phone),
        ("account", one => one.Account), ("bank", one => one.Bank), ("ethnicity", one => one.Ethnicity), ("education", one => one.Education),
        ("health", one => one.Health), ("disability", one => one.Disability), ("workPlace", one => one.WorkPlace),
        ("workMonths", one => one.WorkMonths), ("monthlyWage", one => one.MonthlyWage), ("medicalInsurance", one => one.MedicalInsurance),
        ("pension", one => one.Pension),
    ];

    /// <summary>Names of the fields in which two differ.</summary>
    internal static string[] Differences(PersonalData one, PersonalData other) =>
        [.. fields.Where(field => !Equals(field.Value(one), field.Value(other))).Select(field => field.Name)];

    /// <summary>This over what is known: a field that was not given stays as it is, one that was given empty becomes empty.</summary>
    internal PersonalData Over(PersonalData known, ImmutableHashSet<string> given)
    {
        T Chosen<T>(string field, T mine, T theirs) => given.Contains(field) ? mine : theirs;
        return new PersonalData(
            Name, Chosen("idNumber", IdNumber, known.IdNumber), Birth, Chosen("phone", Phone, known.Phone),
            Chosen("account", Account, known.Account), Chosen("bank", Bank, known.Bank), Chosen("ethnicity", Ethnicity, known.Ethnicity),
            Chosen("education", Education, known.Education), Chosen("health", Health, known.Health),
            // A certificate's number says it as well.
            Disability is null ? Chosen("disability", Disability, known.Disability) : Disability,
            Chosen("workPlace", WorkPlace, known.WorkPlace), Chosen("workMonths", WorkMonths, known.WorkMonths),
            Chosen("monthlyWage", MonthlyWage, known.MonthlyWage), Chosen("medicalInsurance", MedicalInsurance, known.MedicalInsurance),
            Chosen("pension", Pension, known.Pension));
    }

    /// <summary>Whole years on a day.</summary>
    internal int AgeOn(DateOnly day) => day.Year - Birth.Year - (Birth.AddYears(day.Year - Birth.Year) > day ? 1 : 0);

    /// <summary>Never the data: what is written into a log or a message by mistake.</summary>
    public override string ToString() => nameof(PersonalData);
}

/// <summary>How personal data is shown to those who need not see it whole (GB/T 37964-2019).</summary>
static class Masked
{
    /// <summary><c>张*</c>, whatever the length.</summary>
    public static string Name(string name) => new StringInfo(name).SubstringByTextElements(0, 1) + "*";

    /// <summary><c>4****************9</c> in general lists.</summary>
    public static string? IdNumber(string? number) => number is null ? null : $"{number[0]}****************{number[^1]}";

    /// <summary><c>410325********1239</c> for staff with need.</summary>
    public static string? IdNumberForStaff(string? number) => number is null ? null : $"{number[..6]}********{number[^4..]}";

    /// <summary><c>138****1234</c>; of a short number the last two digits.</summary>
    public static string? Phone(string? phone) => phone switch
    {
        null => null,
        { Length: >= 11 } => $"{phone[..3]}****{phone[^4..]}",
        _ => $"****{phone[^2..]}",
    };
}
