using System.Globalization;
using System.Text;

namespace Monitoring.Simulator;

/// <summary>Packets of HJ 212 as a device makes them, bit by bit after the standard's annex A.</summary>
public static class Wire
{
    /// <summary>Mark, length, data segment, checksum, line end.</summary>
    public static byte[] Packet(string segment) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"##{segment.Length:0000}{segment}{Crc(segment):X4}\r\n"));

    /// <summary>The checksum, worked out anew for each byte.</summary>
    public static int Crc(string segment)
    {
        var register = 0xFFFF;
        foreach (var letter in segment)
        {
            register = (register >> 8) ^ letter;
            for (var bit = 0; bit < 8; bit++)
            {
                var carry = register & 1;
                register >>= 1;
                if (carry == 1) register ^= 0xA001;
            }
        }

        return register;
    }

    /// <summary>The request numbers of all answers (9013, 9014) in a text; what is behind the last line end is left over.</summary>
    public static IEnumerable<string> Answered(StringBuilder received)
    {
        var text = received.ToString();
        var begin = 0;
        for (var end = text.IndexOf("\r\n", StringComparison.Ordinal); end >= 0; end = text.IndexOf("\r\n", begin, StringComparison.Ordinal))
        {
            var line = text[begin..end];
            begin = end + 2;
            var qn = line.IndexOf("QN=", StringComparison.Ordinal);
            if (qn >= 0 && (line.Contains(";CN=9014;", StringComparison.Ordinal) || line.Contains(";CN=9013;", StringComparison.Ordinal)))
                yield return line.Substring(qn + 3, 17);
        }

        received.Remove(0, begin);
    }
}
