using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Monitoring.Relapse;

/// <summary>
/// The secrets that the register of persons rests on; they come from outside the database and are never written into it. Read from
/// the file <c>Personal:KeyFile</c>, or as the same text from <c>Personal:Keys</c>:
/// <c>{"current": "2026", "keys": {"2026": "base64 of 32 bytes"}, "index": "base64 of 32 bytes"}</c>.
/// A master key wraps the households' keys (<c>rotate-keys</c> moves them to the current one); the index key makes the hashes by which
/// people are found, and must stay.
/// </summary>
public sealed class KeyRing
{
    const string How =
        """Give Personal:KeyFile (or Personal:Keys): {"current": "2026", "keys": {"2026": "<base64 of 32 bytes>"}, "index": "<base64 of 32 bytes>"}.""";

    readonly FrozenDictionary<string, byte[]> masters;
    readonly byte[] index;

    KeyRing(string current, FrozenDictionary<string, byte[]> masters, byte[] index) =>
        (Current, this.masters, this.index) = (current, masters, index);

    /// <summary>Name of the master key that wraps new keys.</summary>
    public string Current { get; }

    /// <summary>Keys the hashes of receipts, so that a body of one row cannot be guessed from its hash.</summary>
    internal byte[] ReceiptKey => HKDF.DeriveKey(HashAlgorithmName.SHA256, index, 32, info: "receipts"u8.ToArray());

    /// <exception cref="InvalidOperationException">There are no keys, or they are not as they should be; the message says how.</exception>
    public static KeyRing Read(IConfiguration configuration)
    {
        string? text = configuration["Personal:Keys"], file = configuration["Personal:KeyFile"];
        if (string.IsNullOrEmpty(text) && string.IsNullOrEmpty(file))
            throw new InvalidOperationException($"No keys for personal data are configured, so the service does not start. {How}");
        try
        {
            return Parse(string.IsNullOrEmpty(text) ? File.ReadAllText(file!) : text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The keys for personal data cannot be read: {e.Message} {How}", e);
        }
    }

    /// <exception cref="InvalidOperationException">The text is not as it should be.</exception>
    public static KeyRing Parse(string text)
    {
        // No message repeats a part of the text, and the parser's own exception, which may, is not passed on.
        KeyFile? file = null;
        try
        {
            file = JsonSerializer.Deserialize<KeyFile>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
        }

        if (file is not { Current.Length: > 0, Keys.Count: > 0, Index: not null })
            throw new InvalidOperationException($"The keys for personal data are not JSON of the right form. {How}");
        var masters = file.Keys.ToFrozenDictionary(key => key.Key, key => Key(key.Value, "a master key"));
        return masters.ContainsKey(file.Current)
            ? new KeyRing(file.Current, masters, Key(file.Index, "the index key"))
            : throw new InvalidOperationException($"The current key for personal data is not among the keys. {How}");
    }

    /// <summary>
    /// HMAC-SHA-256 of an ID number, in lower-case hexadecimal: who has the database and not the key cannot try the numbers out, of
    /// which there are few. The county goes into it, so that counties do not see each other's people in it.
    /// </summary>
    public string HashOf(string tenant, string idNumber) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(index, Encoding.UTF8.GetBytes($"{tenant}/{idNumber}")));

    /// <summary>
    /// The same of something else that people are found by; what it is goes into it, so that a name and a telephone number never look alike.
    /// </summary>
    internal string IndexOf(string tenant, string what, string value) => HashOf(tenant, $"{what}/{value}");

    /// <summary>A key of its own for a household, 256 random bits.</summary>
    internal HouseholdKey MakeKey(string tenant, Guid household, out byte[] key)
    {
        key = RandomNumberGenerator.GetBytes(32);
        return Wrap(tenant, household, key);
    }

    internal HouseholdKey Wrap(string tenant, Guid household, byte[] key) =>
        new(household, Current, Sealed.Close(masters[Current], key, $"{tenant}/{household}/{Current}"));

    /// <exception cref="CryptographicException">It was changed, or belongs to another household.</exception>
    /// <exception cref="InvalidOperationException">Its master key is not among the keys.</exception>
    internal byte[] Unwrap(string tenant, HouseholdKey wrapped) => masters.TryGetValue(wrapped.MasterKey, out var master)
        ? Sealed.Open(master, wrapped.Wrapped, $"{tenant}/{wrapped.Id}/{wrapped.MasterKey}")
        : throw new InvalidOperationException(
            $"A household's key is wrapped by the master key '{wrapped.MasterKey}', which is not among the keys for personal data.");

    internal bool Has(string masterKey) => masters.ContainsKey(masterKey);

    static byte[] Key(string? text, string which)
    {
        var key = new byte[32];
        return Convert.TryFromBase64String(text ?? "", key, out var length) && length == 32
            ? key
            : throw new InvalidOperationException($"Among the keys for personal data, {which} is not the base64 of 32 bytes. {How}");
    }

    sealed record KeyFile(string? Current, Dictionary<string, string>? Keys, string? Index);
}

/// <summary>
/// A household's key, wrapped by a master key. A document and never an event: whoever destroys it has erased the household's personal
/// data for good, and no event has to be changed for it.
/// </summary>
/// <param name="Id">The household.</param>
/// <param name="MasterKey">Name of the master key.</param>
/// <param name="Wrapped">See <see cref="Sealed"/>; bound to county, household and name of the master key.</param>
public sealed record HouseholdKey(Guid Id, string MasterKey, byte[] Wrapped);

/// <summary>
/// AES-256-GCM with a fresh random nonce: 12 bytes of nonce, 16 of tag, then the text. What it is bound to (associated data) must be the
/// same when it is opened, so that a sealed text cannot be put in another's place.
/// </summary>
static class Sealed
{
    const int NonceBytes = 12, TagBytes = 16;

    public static byte[] Close(byte[] key, ReadOnlySpan<byte> plain, string boundTo)
    {
        var closed = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = closed.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(
            nonce, plain, closed.AsSpan(NonceBytes + TagBytes), closed.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(boundTo));
        return closed;
    }

    /// <exception cref="CryptographicException">It was changed, or is bound to something else, or closed by another key.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> closed, string boundTo)
    {
        if (closed.Length < NonceBytes + TagBytes) throw new CryptographicException("A sealed text is too short.");
        var plain = new byte[closed.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(
            closed[..NonceBytes], closed[(NonceBytes + TagBytes)..], closed[NonceBytes..(NonceBytes + TagBytes)], plain,
            Encoding.UTF8.GetBytes(boundTo));
        return plain;
    }
}
