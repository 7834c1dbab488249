using System.Diagnostics.Metrics;
using Monitoring.Hosting;

namespace Monitoring.Environment.Hj212;

/// <summary>What the gateway counts, at <c>/metrics</c>.</summary>
static class Meters
{
    public const string Name = "Monitoring.Environment.Hj212";

    static readonly Meter meter = new(Name);

    /// <summary>Open connections.</summary>
    public static readonly UpDownCounter<int> Connections = meter.CreateUpDownCounter<int>("hj212.connections");

    /// <summary>Connections ended by the gateway, by reason.</summary>
    public static readonly Counter<long> Ended = meter.CreateCounter<long>("hj212.connections.ended");

    static readonly Counter<long> packets = meter.CreateCounter<long>("hj212.packets");

    /// <summary>Packets by command, outcome and, where something was left out, its code.</summary>
    public static void Count(Received piece)
    {
        if (!piece.Outcome.IsCompletedSuccessfully) return;
        var command = piece.Packet?.Command;
        packets.Add(
            1,
            // A sender could make up any number of others.
            new("command", command is null ? "none" : Commands.IsData(command) || Commands.IsState(command) ? command : "other"),
            new("outcome", Codes<Outcome>.ByValue[piece.Settled]),
            new("code", piece.Refused ?? "none"));
    }
}
