using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Monitoring.Evaluation.Log;

/// <summary>What a checkpoint says (C2SP tlog-checkpoint): of which log, how large it is, and its root.</summary>
/// <param name="Origin">Name of the log, e.g. <c>monitoring/410325/ledger</c>.</param>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Root hash, 32 bytes.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The note's text: three lines, each ended.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>Reads the text of a note.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        return lines.Length >= 4 && lines[0].Length > 0 &&
               long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) &&
               lines[1] == size.ToString(CultureInfo.InvariantCulture) && Convert.FromBase64String(lines[2]) is { Length: Merkle.HashSize } root
            ? new(lines[0], size, root)
            : throw new FormatException("No checkpoint: three lines with origin, size and root are expected.");
    }
}

/// <summary>A note signed with Ed25519 (C2SP signed-note).</summary>
public static class SignedNote
{
    const byte Ed25519 = 1;
    const int KeyHashSize = 4;

    /// <summary>The text with the signature of a key of this name.</summary>
    public static string Sign(string text, string name, ReadOnlySpan<byte> seed)
    {
        var key = new Ed25519PrivateKeyParameters(seed.ToArray(), 0);
        var signer = new Ed25519Signer();
        signer.Init(true, key);
        var bytes = Encoding.UTF8.GetBytes(text);
        signer.BlockUpdate(bytes, 0, bytes.Length);
        byte[] signature = [.. KeyHash(name, key.GeneratePublicKey().GetEncoded()), .. signer.GenerateSignature()];
        return $"{text}\n— {name} {Convert.ToBase64String(signature)}\n";
    }

    /// <summary>How the public key is given to others: <c>name+hash+key</c>.</summary>
    public static string VerifierKey(string name, ReadOnlySpan<byte> seed)
    {
        var key = new Ed25519PrivateKeyParameters(seed.ToArray(), 0).GeneratePublicKey().GetEncoded();
        return $"{name}+{Convert.ToHexStringLower(KeyHash(name, key))}+{Convert.ToBase64String([Ed25519, .. key])}";
    }

    /// <summary>The note's text, if it bears a good signature of this key.</summary>
    /// <exception cref="FormatException">The key or the note is malformed, or the signature is missing or wrong.</exception>
    public static string Open(string note, string verifierKey)
    {
        // The key's base64 may hold a plus sign, so only the first two part.
        var parts = verifierKey.Trim().Split('+', 3);
        if (parts.Length != 3 || Convert.FromBase64String(parts[2]) is not [Ed25519, .. { Length: 32 } key] ||
            Convert.ToHexStringLower(KeyHash(parts[0], key)) != parts[1])
            throw new FormatException("The verifier key is malformed.");
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n')) throw new FormatException("The note has no signatures.");
        var text = note[..(end + 1)];
        foreach (var line in note[(end + 2)..].TrimEnd('\n').Split('\n'))
        {
            if (line.Split(' ') is not ["—", var name, var encoded] || name != parts[0]) continue;
            var signature = Convert.FromBase64String(encoded);
            if (!signature.AsSpan().StartsWith(KeyHash(parts[0], key))) continue;
            var verifier = new Ed25519Signer();
            verifier.Init(false, new Ed25519PublicKeyParameters(key, 0));
            var bytes = Encoding.UTF8.GetBytes(text);
            verifier.BlockUpdate(bytes, 0, bytes.Length);
            return verifier.VerifySignature(signature[KeyHashSize..])
                ? text
                : throw new FormatException($"The signature of {name} is wrong.");
        }

        throw new FormatException($"The note bears no signature of {parts[0]}.");
    }

    static byte[] KeyHash(string name, byte[] key) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', Ed25519, .. key])[..KeyHashSize];
}
