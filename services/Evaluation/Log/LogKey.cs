namespace Monitoring.Evaluation.Log;

/// <summary>
/// The Ed25519 key that signs checkpoints. It comes from outside the database, so that who has the database cannot sign. Read from the
/// file <c>Log:KeyFile</c>, or as the same text from <c>Log:Key</c>: the base64 of 32 bytes.
/// </summary>
public sealed class LogKey
{
    const string How = "Give Log:KeyFile (or Log:Key): the base64 of 32 bytes.";

    readonly byte[] seed;

    LogKey(byte[] seed) => this.seed = seed;

    /// <summary>Name of a county's log, which is also the name of its key: one tree per county.</summary>
    public static string Origin(string tenant) => $"monitoring/{tenant}/ledger";

    /// <summary>What others verify with.</summary>
    public string VerifierKey(string tenant) => SignedNote.VerifierKey(Origin(tenant), seed);

    /// <summary>A checkpoint as a signed note.</summary>
    public string Sign(string tenant, long size, byte[] root) =>
        SignedNote.Sign(new Checkpoint(Origin(tenant), size, root).Text, Origin(tenant), seed);

    /// <exception cref="InvalidOperationException">There is no key, or it is not as it should be; the message says how.</exception>
    public static LogKey Read(IConfiguration configuration)
    {
        string? text = configuration["Log:Key"], file = configuration["Log:KeyFile"];
        if (string.IsNullOrEmpty(text) && string.IsNullOrEmpty(file))
            throw new InvalidOperationException($"No key for the ledger's log is configured, so the service does not start. {How}");
        try
        {
            text = string.IsNullOrEmpty(text) ? File.ReadAllText(file!) : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The key of the ledger's log cannot be read: {e.Message} {How}", e);
        }

        var seed = new byte[Merkle.HashSize];
        return Convert.TryFromBase64String(text.Trim(), seed, out var length) && length == seed.Length
            ? new LogKey(seed)
            : throw new InvalidOperationException($"The key of the ledger's log is not the base64 of 32 bytes. {How}");
    }
}
