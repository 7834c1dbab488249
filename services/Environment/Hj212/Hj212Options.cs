namespace Monitoring.Environment.Hj212;

/// <summary>How the gateway listens and what it allows, configured under <c>Hj212</c>.</summary>
public sealed class Hj212Options
{
    /// <summary>TCP port; absent means that this instance does not listen.</summary>
    public int? Port { get; init; }

    /// <summary>Address to listen on.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The county whose operators look after packets that name no registered station.</summary>
    public string Tenant { get; init; } = "410325";

    /// <summary>Longest data segment taken. The standard allows 1,024 bytes; devices in the field exceed it.</summary>
    public int SegmentBytesMax { get; init; } = Framing.SegmentBytesMax;

    /// <summary>Connections open at once; one more is closed as soon as it comes.</summary>
    public int ConnectionsMax { get; init; } = 12_000;

    /// <summary>How long a connection may be silent. Devices that send hours only speak once an hour.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a packet may take from its first byte to its last.</summary>
    public TimeSpan PacketMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a device may leave its answers unread.</summary>
    public TimeSpan AnswerMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bad pieces one after the other, without a packet of a known device among them, that end a connection.</summary>
    public int BadInARowMax { get; init; } = 1_000;

    /// <summary>Packets that one transaction takes at most.</summary>
    public int GatherMax { get; init; } = 1_000;

    /// <summary>How long a transaction waits for more packets to share it.</summary>
    public TimeSpan GatherFor { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Transactions under way at once. A station's packets always go to the same writer.</summary>
    public int Writers { get; init; } = 2;

    /// <summary>Packets that wait for each writer at most; beyond that connections are not read from.</summary>
    public int WaitingMax { get; init; } = 4_000;

    /// <summary>How long the parts of one message may be apart before those that came are given to an operator.</summary>
    public TimeSpan PartsMax { get; init; } = TimeSpan.FromHours(1);
}
