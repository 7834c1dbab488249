using System.Globalization;
using System.Text;

namespace Monitoring.Testing.Relapse;

/// <summary>
/// Personal data that belongs to nobody and that an exact search finds again: names begin with two characters that stand nowhere else,
/// ID numbers are valid by GB 11643-1999 with births of 1900 to 1903 in the county, telephone numbers are of a range that is not assigned.
/// </summary>
public static class Invented
{
    /// <summary>How every name begins.</summary>
    public const string NameMark = "龘靐";

    /// <summary>How every ID number begins: no township of the county has a code that begins so.</summary>
    public const string IdMark = "410325190";

    /// <summary>How every telephone number of eleven digits begins.</summary>
    public const string PhoneMark = "154154";

    const string given = "甲乙丙丁戊己庚辛壬癸";
    const int SequenceMax = 999;

    static readonly DateOnly firstBirth = new(1900, 1, 1);
    static readonly int[] weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>A name; a hundred of them for all.</summary>
    public static string NameOf(int person) => $"{NameMark}{given[person / 10 % 10]}{given[person % 10]}";

    /// <summary>An ID number of one's own, for persons below 1,400,000.</summary>
    public static string IdNumberOf(int person)
    {
        var birth = firstBirth.AddDays(person / SequenceMax);
        var digits = string.Create(CultureInfo.InvariantCulture, $"410325{birth:yyyyMMdd}{person % SequenceMax + 1:000}");
        var sum = digits.Select((digit, place) => (digit - '0') * weights[place]).Sum();
        return digits + "10X98765432"[sum % 11];
    }

    public static string PhoneOf(int person) => string.Create(CultureInfo.InvariantCulture, $"{PhoneMark}{person % 100_000:00000}");
}

/// <summary>Searches whatever flows past for <see cref="Invented"/> personal data, as plain text, as JSON or URL escapes, or as hexadecimal.</summary>
public sealed class LeakSearch
{
    const int Overlap = 64;
    const int Shown = 160;

    static readonly (string What, byte[] Bytes)[] needles =
    [
        ("name", Encoding.UTF8.GetBytes(Invented.NameMark[..1])), ("name, escaped", @"\u9f98"u8.ToArray()), ("name, escaped", @"\u9F98"u8.ToArray()),
        ("name, in an address", "%E9%BE%98"u8.ToArray()), ("name, in an address", "%e9%be%98"u8.ToArray()),
        ("name, hexadecimal", Encoding.UTF8.GetBytes(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Invented.NameMark)))),
        ("ID number", Encoding.UTF8.GetBytes(Invented.IdMark)),
        ("ID number, hexadecimal", Encoding.UTF8.GetBytes(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Invented.IdMark)))),
    ];

    readonly Lock gate = new();
    readonly List<string> found = [];
    long searched;

    /// <summary>What was found and around it, at most a hundred places.</summary>
    public IReadOnlyList<string> Found
    {
        get
        {
            lock (gate) return [.. found];
        }
    }

    /// <summary>How many bytes were searched, so that nothing found means something.</summary>
    public long Searched => Interlocked.Read(ref searched);

    /// <summary>Searches a text.</summary>
    public void Search(string where, string text) => Search(where, Encoding.UTF8.GetBytes(text));

    /// <summary>Searches bytes.</summary>
    public void Search(string where, ReadOnlySpan<byte> bytes)
    {
        Interlocked.Add(ref searched, bytes.Length);
        foreach (var (what, needle) in needles)
            if (bytes.IndexOf(needle) is >= 0 and var at) Keep(where, what, bytes, at);
        SearchPhones(where, bytes);
    }

    /// <summary>Searches a stream to its end, in memory of its own size.</summary>
    public async Task Search(string where, Stream stream, CancellationToken cancel)
    {
        var buffer = new byte[1 << 20];
        var kept = 0;
        while (await stream.ReadAsync(buffer.AsMemory(kept), cancel) is > 0 and var read)
        {
            var length = kept + read;
            Search(where, buffer.AsSpan(0, length));
            kept = Math.Min(Overlap, length);
            buffer.AsSpan(length - kept, kept).CopyTo(buffer);
            Interlocked.Add(ref searched, -kept);
        }
    }

    void SearchPhones(string where, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mark = "154154"u8;
        for (var from = 0; bytes[from..].IndexOf(mark) is >= 0 and var found; from += found + 1)
        {
            // Eleven digits by themselves; the same ones inside a hash or a longer number are no telephone number.
            var at = from + found;
            var number = bytes[at..Math.Min(bytes.Length, at + 11)];
            if (number.Length < 11 || number.ContainsAnyExceptInRange((byte)'0', (byte)'9')) continue;
            if (at > 0 && IsInWord(bytes[at - 1]) || at + 11 < bytes.Length && IsInWord(bytes[at + 11])) continue;
            Keep(where, "telephone number", bytes, at);
        }
    }

    static bool IsInWord(byte one) => char.IsAsciiLetterOrDigit((char)one) || one is (byte)'+' or (byte)'/' or (byte)'=' or (byte)'-';

    void Keep(string where, string what, ReadOnlySpan<byte> bytes, int at)
    {
        var (from, to) = (Math.Max(0, at - Shown), Math.Min(bytes.Length, at + Shown));
        lock (gate)
            if (found.Count < 100) found.Add($"{where}: {what}: …{Encoding.UTF8.GetString(bytes[from..to])}…");
    }
}
