using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Monitoring.Environment.Hj212;

/// <summary>What became of something that was received.</summary>
public enum Outcome
{
    /// <summary>New readings were recorded.</summary>
    Recorded,

    /// <summary>Everything it says is on record already.</summary>
    Repeated,

    /// <summary>Kept beside the readings: latest values, a device's own day values, a part of a message, a state.</summary>
    Kept,

    /// <summary>Nothing of it could be used; it waits for an operator.</summary>
    Quarantined,

    /// <summary>Nothing to keep.</summary>
    Ignored,
}

/// <summary>What is decided about something received.</summary>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="IsProven">True when it comes from a registered device.</param>
/// <param name="Refused">Why it, or some of it, goes to quarantine.</param>
/// <param name="Faults">Values that are left out.</param>
public sealed record Verdict(Outcome Outcome, bool IsProven, string? Refused, IReadOnlyList<Fault> Faults)
{
    internal static Verdict Of(Outcome outcome) => new(outcome, true, null, []);

    /// <summary>To quarantine as a whole; what a device may be told depends on whether it is one.</summary>
    internal static Verdict Quarantine(string code, bool proven) => new(Outcome.Quarantined, proven, code, []);
}

/// <summary>A packet, or what should have been one, on its way into the store.</summary>
public sealed class Received
{
    readonly TaskCompletionSource<Outcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    Received(byte[] bytes, string remote, DateTimeOffset at, Packet? packet, string? code) =>
        (Bytes, Remote, At, Packet, Code) = (bytes, remote, at, packet, code);

    /// <summary>As they came.</summary>
    public byte[] Bytes { get; }

    /// <summary>Address of the sender.</summary>
    public string Remote { get; }

    public DateTimeOffset At { get; }

    /// <summary>Null where there is none to be read.</summary>
    public Packet? Packet { get; private set; }

    /// <summary>Why there is none.</summary>
    public string? Code { get; private set; }

    /// <summary>The MN that it names, whether or not it can be believed.</summary>
    public string? Mn => Packet?.Mn ?? ClaimedMn(Bytes);

    /// <summary>True once the sender has shown to be a registered device and the packet is safe; only then it is answered.</summary>
    public bool IsProven { get; private set; }

    /// <summary>Why it, or some of its values, could not be recorded; null where nothing was left out.</summary>
    public string? Refused { get; private set; }

    /// <summary>Values that were left out.</summary>
    public IReadOnlyList<Fault> Faults { get; private set; } = [];

    /// <summary>What became of it, once <see cref="Outcome"/> has come.</summary>
    internal Outcome Settled { get; private set; }

    /// <summary>Comes after the commit.</summary>
    public Task<Outcome> Outcome => outcome.Task;

    /// <summary>A frame as <see cref="Framing"/> cut it.</summary>
    public static Received Of(ReadOnlySpan<byte> bytes, Frame frame, string remote, DateTimeOffset at)
    {
        var packet = frame.Kind == FrameKind.Packet
            ? Hj212.Packet.Read(bytes.Slice(Framing.HeadBytes, frame.SegmentLength))
            : null;
        var code = packet is not null ? null : frame.Kind switch
        {
            FrameKind.Packet => "segment-malformed",
            FrameKind.LengthDiffers => "length-differs",
            FrameKind.CrcDiffers => "crc-differs",
            FrameKind.Incomplete => "packet-incomplete",
            _ => "garbage",
        };
        return new Received(bytes.ToArray(), remote, at, packet, code);
    }

    /// <summary>Several packets that are parts of one message, put together.</summary>
    public static Received Whole(IReadOnlyList<PacketPart> parts, Packet last, string remote, DateTimeOffset at)
    {
        var content = string.Join(';', parts.Select(part => part.Content.Trim(';')));
        return new Received([.. parts.SelectMany(part => part.Bytes)], remote, at, last with { Parts = 1, Part = 1, Content = content }, null);
    }

    /// <summary>Everything that lies in these bytes, as it would have come over a connection.</summary>
    public static List<Received> All(ReadOnlySpan<byte> bytes, string remote, DateTimeOffset at)
    {
        var all = new List<Received>();
        while (!bytes.IsEmpty)
        {
            var frame = Framing.Next(bytes);
            if (frame.Kind == FrameKind.Incomplete) frame = new(FrameKind.Incomplete, bytes.Length);
            if (frame.Kind != FrameKind.Blank) all.Add(Of(bytes[..frame.Length], frame, remote, at));
            bytes = bytes[frame.Length..];
        }

        return all;
    }

    /// <summary>Says what became of it, after the commit.</summary>
    internal void Settle(Verdict verdict)
    {
        (Settled, Refused, Faults, IsProven) = (verdict.Outcome, verdict.Refused, verdict.Faults, verdict.IsProven);
        outcome.TrySetResult(verdict.Outcome);
    }

    /// <summary>Takes it for something that cannot be read, after the store has refused it.</summary>
    internal void Spoil() => (Packet, Code) = (null, "internal-error");

    internal void GiveUp() => outcome.TrySetCanceled();

    internal static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    static string? ClaimedMn(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOf("MN="u8);
        if (at < 0) return null;
        var rest = bytes[(at + 3)..];
        var end = rest.IndexOfAnyExcept(codeBytes);
        if (end >= 0) rest = rest[..end];
        return rest.Length is 0 or > 24 ? null : Encoding.ASCII.GetString(rest);
    }

    static readonly System.Buffers.SearchValues<byte> codeBytes =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_."u8);
}

/// <summary>Bytes from a line as a person can read them.</summary>
static partial class RawText
{
    static readonly UTF8Encoding strict = new(false, throwOnInvalidBytes: true);

    /// <summary>UTF-8 or else GB 18030, control characters as <c>\x0D</c>, the password hidden.</summary>
    public static string Of(byte[] bytes)
    {
        string text;
        try
        {
            text = strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.GetEncoding("GB18030").GetString(bytes);
        }

        var readable = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (char.IsControl(letter)) readable.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:X2}");
            else readable.Append(letter);
        }

        return Password().Replace(readable.ToString(), "PW=******");
    }

    [GeneratedRegex("PW=[^;&]*")]
    private static partial Regex Password();
}
