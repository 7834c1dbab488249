using System.Security.Cryptography;
using System.Text;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// The secret under which passwords of devices are kept, 32 bytes. It comes from outside the database and is never written into it,
/// so that who has the database cannot try passwords out, of which there are few. Read from the file <c>Devices:KeyFile</c>, or as
/// the same text from <c>Devices:Key</c>, in base64. Another key means that every password has to be registered again.
/// </summary>
public sealed class DeviceKey(byte[] key)
{
    const int KeyBytes = 32;
    const string How = "Give Devices:KeyFile (or Devices:Key): the base64 of 32 bytes.";

    readonly byte[] passwords = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "passwords"u8.ToArray());

    /// <summary>Keys the hashes of receipts, so that a password cannot be guessed from the hash of the body that registered it.</summary>
    internal byte[] ReceiptKey { get; } = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "receipts"u8.ToArray());

    /// <exception cref="InvalidOperationException">There is no key, or it is not as it should be; the message says how.</exception>
    public static DeviceKey Read(IConfiguration configuration)
    {
        string? text = configuration["Devices:Key"], file = configuration["Devices:KeyFile"];
        if (string.IsNullOrEmpty(text) && string.IsNullOrEmpty(file))
            throw new InvalidOperationException($"No key for the passwords of devices is configured, so the service does not start. {How}");
        try
        {
            return Parse(string.IsNullOrEmpty(text) ? File.ReadAllText(file!) : text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The key for the passwords of devices cannot be read: {e.Message} {How}", e);
        }
    }

    /// <exception cref="InvalidOperationException">The text is not as it should be; the message repeats no part of it.</exception>
    public static DeviceKey Parse(string text)
    {
        var key = new byte[KeyBytes];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == KeyBytes
            ? new DeviceKey(key)
            : throw new InvalidOperationException($"The key for the passwords of devices is not as it should be. {How}");
    }

    /// <summary>HMAC-SHA-256 of a password, in lower-case hexadecimal. County and MN go into it, so that equal passwords do not show.</summary>
    public string HashOf(string tenant, string mn, string password) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(passwords, Encoding.UTF8.GetBytes($"{tenant}/{mn}/{password}")));

    /// <summary>Whether a packet shows the password that its station registered; a station without one trusts no packet.</summary>
    public bool Matches(string tenant, DevicePassword? registered, Packet packet) => registered is not null &&
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(registered.Hash), Encoding.ASCII.GetBytes(HashOf(tenant, packet.Mn, packet.Password)));
}

/// <summary>
/// The password by which a station knows its device (PW of HJ 212). A document and never an event: events go over the bus and stay in
/// the ledger for good, and even a hash would be too much there, since the password has six characters. That it was set, when and by
/// whom, is an event.
/// </summary>
/// <param name="Id">MN.</param>
/// <param name="Hash">See <see cref="DeviceKey.HashOf"/>.</param>
public sealed record DevicePassword(string Id, string Hash);
