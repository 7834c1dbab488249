using System.Globalization;
using System.Text;

namespace Monitoring.Environment.Hj212;

/// <summary>The data segment of a packet (HJ 212-2017, 6.3.1), taken apart but not yet believed.</summary>
/// <param name="Qn">Request number <c>yyyyMMddHHmmsszzz</c>; a resend may carry the same or another. 2005 packets often have none.</param>
/// <param name="System">System type ST, e.g. <c>22</c> for ambient air.</param>
/// <param name="Command">Command CN, e.g. <c>2061</c>.</param>
/// <param name="Password">PW; empty where the packet has none.</param>
/// <param name="Mn">Equipment number MN.</param>
/// <param name="Flags">Flag: bit 0 asks for an answer, bit 1 says that it is one of several parts, the rest is the version.</param>
/// <param name="Parts">PNUM, how many packets make the message; 1 for a whole one.</param>
/// <param name="Part">PNO, 1 to <paramref name="Parts"/>.</param>
/// <param name="Content">What stands in CP between <c>&amp;&amp;</c> and <c>&amp;&amp;</c>.</param>
public sealed record Packet(
    string Qn, string System, string Command, string Password, string Mn, int Flags, int Parts, int Part, string Content)
{
    /// <summary>Parts that one message may have at most; the standard has no limit, memory has.</summary>
    public const int PartsMax = 64;

    const int AsksForAnswer = 1;
    const int IsPart = 2;
    const int TextMax = 32;

    static ReadOnlySpan<byte> ContentBegin => "CP=&&"u8;

    static ReadOnlySpan<byte> ContentEnd => "&&"u8;

    /// <summary>True when the device wants to hear that its packet has been kept.</summary>
    public bool WantsAnswer => (Flags & AsksForAnswer) != 0;

    /// <summary>HJ/T 212-2005 has 0 where HJ 212-2017 has 1.</summary>
    public bool Is2005 => Flags >> 2 == 0;

    /// <summary>Reads a data segment; null when it is none.</summary>
    public static Packet? Read(ReadOnlySpan<byte> segment)
    {
        var begin = segment.IndexOf(ContentBegin);
        if (begin < 0 || !segment[(begin + ContentBegin.Length)..].EndsWith(ContentEnd)) return null;

        string qn = "", system = "", command = "", password = "", mn = "";
        int flags = 0, parts = 0, part = 0;
        var head = segment[..begin];
        foreach (var range in head.Split((byte)';'))
        {
            var field = head[range];
            if (field.IsEmpty) continue;
            var equals = field.IndexOf((byte)'=');
            if (equals < 0) return null;
            var name = field[..equals];
            var value = field[(equals + 1)..];
            var known = true;
            if (name.SequenceEqual("QN"u8)) known = Text(value, ref qn);
            else if (name.SequenceEqual("ST"u8)) known = Text(value, ref system);
            else if (name.SequenceEqual("CN"u8)) known = Text(value, ref command);
            else if (name.SequenceEqual("PW"u8)) known = Text(value, ref password);
            else if (name.SequenceEqual("MN"u8)) known = Text(value, ref mn);
            else if (name.SequenceEqual("Flag"u8)) known = Number(value, 255, out flags);
            else if (name.SequenceEqual("PNUM"u8)) known = Number(value, PartsMax, out parts);
            else if (name.SequenceEqual("PNO"u8)) known = Number(value, PartsMax, out part);
            if (!known) return null;
        }

        if (mn.Length is 0 or > 24 || command.Length != 4 || !command.All(char.IsAsciiDigit)) return null;
        var isPart = (flags & IsPart) != 0;
        if (isPart && (parts < 1 || part < 1 || part > parts)) return null;
        if (!isPart) (parts, part) = (1, 1);
        var content = Encoding.Latin1.GetString(segment[(begin + ContentBegin.Length)..^ContentEnd.Length]);
        return new Packet(qn, system, command, password, mn, flags, parts, part, content);
    }

    /// <summary>
    /// The answer that the packet has been kept: 9013 to a notice, 9014 to data. HJ/T 212-2005 names the packet inside CP.
    /// </summary>
    public byte[] Answer()
    {
        var command = Commands.IsNotice(Command) ? "9013" : "9014";
        var text = Is2005
            ? $"ST=91;CN={command};PW={Password};MN={Mn};Flag=0;CP=&&QN={Qn};CN={Command}&&"
            : $"QN={Qn};ST=91;CN={command};PW={Password};MN={Mn};Flag={Flags & ~(AsksForAnswer | IsPart)};CP=&&&&";
        return Framing.Packet(Encoding.ASCII.GetBytes(text));
    }

    // What is echoed in answers or looked for in the store: letters, digits, and what codes may hold beside them.
    static bool Text(ReadOnlySpan<byte> value, ref string text)
    {
        if (value.Length > TextMax) return false;
        foreach (var letter in value)
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'-' or (byte)'_' or (byte)'.')) return false;
        text = Encoding.ASCII.GetString(value);
        return true;
    }

    static bool Number(ReadOnlySpan<byte> value, int max, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;
}

/// <summary>Command numbers CN that devices send (HJ 212-2017, 6.6; HJ/T 212-2005).</summary>
public static class Commands
{
    public const string RealTime = "2011";
    public const string Day = "2031";
    public const string Minute = "2051";
    public const string Hour = "2061";

    /// <summary>A message that reports something to be heard: a wish for the time (1013), an alarm of 2005 (2071, 2072).</summary>
    public static bool IsNotice(string command) => command is "1013" or "2071" or "2072";

    /// <summary>State and run time of a device (2021, 2041), the time it was switched on (2081): heard and answered, kept nowhere.</summary>
    public static bool IsState(string command) => command is "2021" or "2041" or "2081" || IsNotice(command);

    /// <summary>Answers of a device to requests (9011 to 9014). The gateway sends none, so nothing waits for them.</summary>
    public static bool IsAnswer(string command) => command is "9011" or "9012" or "9013" or "9014";

    /// <summary>The four that carry measured values.</summary>
    public static bool IsData(string command) => command is RealTime or Minute or Hour or Day;
}
