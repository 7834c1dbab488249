using Monitoring.Contracts.Relapse;

namespace Monitoring.Testing.Relapse;

/// <summary>
/// A made county with the numbers of the plan: 16 townships, 310 villages, 24,000 households lifted out of poverty with 85,000 people,
/// 130,000 other households. The same seed and share make the same county; nothing of it is kept but what is asked for.
/// </summary>
/// <param name="seed">Any number.</param>
/// <param name="share">1 for the whole county, 5 for a fifth of its households in all of its villages.</param>
public sealed class SyntheticCounty(int seed, int share = 1)
{
    /// <summary>Households of the whole county.</summary>
    public const int HouseholdsWhole = 154_000;

    const int LiftedOutWhole = 24_000;
    const int LiftedOutPeopleWhole = 85_000;

    /// <summary>Most people a household may have here.</summary>
    public const int MembersMax = 8;

    /// <summary>Townships in order of the county's list.</summary>
    public static readonly string[] Townships =
    [
        "410325100", "410325101", "410325102", "410325103", "410325104", "410325105", "410325106", "410325107", "410325108", "410325109",
        "410325110", "410325111", "410325201", "410325203", "410325209", "410325210",
    ];

    /// <summary>12-digit codes of 310 villages.</summary>
    public static readonly string[] Villages =
        [.. Townships.SelectMany((township, at) => Enumerable.Range(200, at < 6 ? 20 : 19).Select(village => $"{township}{village}"))];

    /// <summary>The villages of one valley (车村镇), which a flood hits.</summary>
    public static readonly string[] Valley = [.. Villages.Where(village => village.StartsWith("410325103", StringComparison.Ordinal)).Take(6)];

    /// <summary>How many households there are.</summary>
    public int Households => HouseholdsWhole / share;

    /// <summary>Seed of everything that happens.</summary>
    public int Seed => seed;

    /// <summary>A household by its number, from 0.</summary>
    public SyntheticHousehold this[int number]
    {
        get
        {
            var liftedBefore = (int)((long)number * LiftedOutWhole / HouseholdsWhole);
            var liftedOut = (int)((number + 1L) * LiftedOutWhole / HouseholdsWhole) > liftedBefore;
            var random = RandomOf(number, 0);
            var village = Villages[random.Next(Villages.Length)];
            var members = liftedOut ? LiftedOutMembers(liftedBefore) : 1 + random.Next(3) + random.Next(3);
            var kind = liftedOut ? Registration.AtOnce : (number % 80) switch
            {
                7 => Registration.AtOnce, 33 => Registration.Later, 51 or 52 => Registration.NeverButNamed, _ => Registration.Never,
            };
            return new(number, IdOf('h', number), village, liftedOut, members, kind, seed);
        }
    }

    /// <summary>All households in order of their numbers.</summary>
    public IEnumerable<SyntheticHousehold> All => Enumerable.Range(0, Households).Select(number => this[number]);

    /// <summary>The random numbers of one thing: always the same ones.</summary>
    public Random RandomOf(int number, int purpose) => new(unchecked((int)Mix((ulong)(uint)seed << 32 ^ (uint)number, (ulong)(uint)purpose)));

    Guid IdOf(char kind, int number) => SyntheticHousehold.IdOf(seed, kind, number);

    // Two neighbours give and take, so that the sum is exact.
    int LiftedOutMembers(int ordinal)
    {
        var even = (int)((ordinal + 1L) * LiftedOutPeopleWhole / LiftedOutWhole) - (int)((long)ordinal * LiftedOutPeopleWhole / LiftedOutWhole);
        var moved = RandomOf(ordinal / 2, 1).Next(-2, 3);
        return even + (ordinal % 2 == 0 ? moved : -moved);
    }

    internal static ulong Mix(ulong one, ulong other)
    {
        var mixed = one + 0x9E3779B97F4A7C15 * (other + 1);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}

/// <summary>Whether and when the members of a household are registered as persons.</summary>
public enum Registration
{
    /// <summary>Never; departments speak of the household.</summary>
    Never,

    /// <summary>Never, and departments speak of ID numbers, which stay without a match.</summary>
    NeverButNamed,

    /// <summary>With the household.</summary>
    AtOnce,

    /// <summary>In the second year; what was said of their ID numbers before finds them then.</summary>
    Later,
}

/// <summary>A household of the made county.</summary>
public sealed record SyntheticHousehold(int Number, Guid Id, string Village, bool LiftedOut, int Members, Registration Registration, int Seed)
{
    /// <summary>Number of a member, from 0 to <see cref="Members"/> - 1, in the whole county.</summary>
    public int PersonNumber(int member) => Number * SyntheticCounty.MembersMax + member;

    public Guid PersonId(int member) => IdOf(Seed, 'p', PersonNumber(member));

    public string IdNumber(int member) => Invented.IdNumberOf(PersonNumber(member));

    /// <summary>What it gets, the same for ever.</summary>
    public Assistance Assistance => LiftedOut && Number % 7 == 3 ? Assistance.MinimumLiving
        : Number % 29 == 5 ? Assistance.NearMinimumLiving : Assistance.None;

    /// <summary>The register's row of one member.</summary>
    public MemberRow Member(int member, DateOnly on)
    {
        var person = PersonNumber(member);
        return new(
            Id, PersonId(member), Invented.NameOf(person), IdNumber(member),
            member switch { 0 => Relation.Head, 1 => Relation.Spouse, 2 or 3 => Relation.Child, 4 => Relation.Parent, _ => Relation.Other },
            member < 2 ? Labour.Ordinary : Labour.None, member is 2 or 3, MemberChange.Registered, on, Invented.PhoneOf(person));
    }

    internal static Guid IdOf(int seed, char kind, int number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, SyntheticCounty.Mix((ulong)(uint)seed << 32 ^ (uint)number, kind));
        BitConverter.TryWriteBytes(bytes[8..], SyntheticCounty.Mix((ulong)(uint)number << 32 ^ (uint)seed, (ulong)kind << 8));
        bytes[7] = (byte)(bytes[7] & 0x0F | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes);
    }
}
