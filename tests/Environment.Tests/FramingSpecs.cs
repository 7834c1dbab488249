using System.Text;
using Monitoring.Environment.Hj212;

namespace Monitoring.Environment.Tests;

public sealed class FramingSpecs
{
    // From the annex of HJ 212-2017; the printed checksum there is a misprint.
    const string Example = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n";

    const string AirHour =
        "##0288QN=20230801090005000;ST=22;CN=2061;PW=123456;MN=410325000000000000000001;Flag=5;CP=&&DataTime=20230801080000;" +
        "a34004-Avg=28,a34004-Flag=N;a34002-Avg=51,a34002-Flag=N;a21026-Avg=0.006,a21026-Flag=N;a21004-Avg=0.014,a21004-Flag=N;" +
        "a21005-Avg=0.5,a21005-Flag=N;a05024-Avg=0.096,a05024-Flag=N&&6900\r\n";

    static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    static ReadOnlySpan<byte> Segment(string packet) => Bytes(packet).AsSpan()[6..^6];

    /// <summary>All pieces, e.g. <c>Packet 113</c>; what is incomplete comes last.</summary>
    static List<string> Pieces(string text)
    {
        var rest = Bytes(text).AsSpan();
        var pieces = new List<string>();
        while (!rest.IsEmpty)
        {
            var frame = Framing.Next(rest);
            pieces.Add($"{frame.Kind} {(frame.Kind == FrameKind.Incomplete ? rest.Length : frame.Length)}");
            if (frame.Kind == FrameKind.Incomplete) break;
            rest = rest[frame.Length..];
        }

        return pieces;
    }

    [Theory]
    [InlineData(Example)]
    [InlineData(AirHour)]
    [InlineData("##0077QN=20120416225111069;ST=91;CN=9021;PW=122333;MN=88888880000006;Flag=1;CP=&&&&4100")]
    [InlineData("##0087QN=20230801080500000;ST=91;CN=9014;PW=123456;MN=410325000000000000000101;Flag=4;CP=&&&&6900\r\n")]
    public void Known_packets_are_packets(string packet)
    {
        Assert.Equal([$"Packet {packet.Length}"], Pieces(packet));
        Assert.NotNull(Packet.Read(Bytes(packet).AsSpan(Framing.HeadBytes, int.Parse(packet.AsSpan(2, 4), null))));
    }

    [Theory]
    [InlineData("##0136ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&DataTime=20160824003817;B01-Rtd=36.91;011-Rtd=231.0,011-Flag=N;060-Rtd=1.803,060-Flag=N&&4980")]
    [InlineData("##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C08\r\n")]
    [InlineData("##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&0759\r\n")]
    public void A_wrong_checksum_is_found(string packet) => Assert.Equal([$"CrcDiffers {packet.Length}"], Pieces(packet));

    [Fact]
    public void The_checksum_tells_only_two_hundred_and_fifty_six_packets_apart()
    {
        var seen = new HashSet<ushort>();
        for (var number = 0; number < 20_000; number++) seen.Add(Framing.Crc(Bytes($"QN={number};CP=&&&&")));
        Assert.Equal(256, seen.Count);
    }

    [Fact]
    public void Glued_packets_come_apart_and_a_cut_one_waits_for_its_rest()
    {
        Assert.Equal(["Packet 113", "Packet 300", "Incomplete 110"], Pieces(Example + AirHour + Example[..^3]));
        for (var cut = 1; cut < Example.Length - 2; cut++) Assert.Equal([$"Incomplete {cut}"], Pieces(Example[..cut]));
    }

    [Theory]
    [InlineData("0102")]
    [InlineData("0365")]
    [InlineData("9999")]
    [InlineData("0100")]
    [InlineData("0007")]
    [InlineData("0000")]
    public void A_wrong_length_costs_the_packet_and_not_the_next(string length) =>
        Assert.Equal(["LengthDiffers 113", "Packet 113"], Pieces($"##{length}{Example[6..]}{Example}"));

    [Fact]
    public void A_wrong_length_is_found_without_line_ends_too() =>
        Assert.Equal(["LengthDiffers 111", "Packet 113"], Pieces($"##0365{Example[6..^2]}{Example}"));

    [Fact]
    public void Garbage_is_passed_over_and_line_ends_are_none() =>
        Assert.Equal(["Blank 4", "Packet 113", "Garbage 5", "Packet 113", "Garbage 1", "Packet 113"], Pieces($"\r\n\r\n{Example}GET /{Example}#{Example}"));

    [Fact]
    public void A_mark_without_a_length_is_garbage() => Assert.Equal(["Garbage 2", "Garbage 5", "Packet 113"], Pieces($"##12x4 {Example}"));

    [Fact]
    public void A_packet_is_made_as_it_is_read()
    {
        Assert.Equal(Example, Encoding.ASCII.GetString(Framing.Packet(Segment(Example))));
        Assert.Equal(
            "QN=20230801090005000;ST=91;CN=9014;PW=123456;MN=410325000000000000000001;Flag=4;CP=&&&&",
            Encoding.ASCII.GetString(Packet.Read(Segment(AirHour))!.Answer())[6..^6]);
        Assert.Equal(
            "ST=91;CN=9014;PW=123456;MN=88888880000006;Flag=0;CP=&&QN=20120416225111069;CN=2061&&",
            Encoding.ASCII.GetString(Packet.Read(Bytes("QN=20120416225111069;ST=21;CN=2061;PW=123456;MN=88888880000006;Flag=1;CP=&&&&"))!.Answer())[6..^6]);
    }

    [Fact]
    public void Cutting_takes_no_memory()
    {
        var bytes = Bytes($"x{Example}##0365{Example[6..]}{AirHour}");
        Count(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++) Count(bytes);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static int Count(ReadOnlySpan<byte> rest)
        {
            var packets = 0;
            while (!rest.IsEmpty)
            {
                var frame = Framing.Next(rest);
                rest = rest[frame.Length..];
                packets++;
            }

            return packets;
        }
    }

    /// <summary>
    /// A million packets, each spoilt in one of many ways, with a sound one behind it: nothing is thrown, every piece has a
    /// length, and the sound packet is always found.
    /// </summary>
    [Fact]
    public void A_million_spoilt_packets_do_no_harm()
    {
        const int packets = 1_000_000;
        // The seed is written here so that a failure comes again.
        var random = new Random(212);
        byte[][] sound = [Bytes(Example), Bytes(AirHour), Bytes(AirHour.Replace("2061", "2011", StringComparison.Ordinal).Replace("Avg", "Rtd", StringComparison.Ordinal))];
        var last = Bytes(Example);
        var (read, values, before) = (0, 0L, GC.GetTotalAllocatedBytes());
        var buffer = new byte[32 * 1024];
        for (var round = 0; round < packets; round++)
        {
            var length = Spoil(random, sound[round % sound.Length], buffer);
            "\r\n"u8.CopyTo(buffer.AsSpan(length));
            last.CopyTo(buffer, length + 2);
            var rest = buffer.AsSpan(0, length + 2 + last.Length);
            var kind = FrameKind.Incomplete;
            while (!rest.IsEmpty)
            {
                var frame = Framing.Next(rest);
                Assert.InRange(frame.Length, 1, rest.Length);
                if (frame.Kind == FrameKind.Packet && Packet.Read(rest.Slice(Framing.HeadBytes, frame.SegmentLength)) is { } packet)
                {
                    read++;
                    if (Commands.IsData(packet.Command)) values += Content.Read(packet).Values.Count;
                    if (packet.WantsAnswer) Assert.InRange(packet.Answer().Length, 50, 400);
                }

                kind = frame.Kind;
                rest = rest[frame.Length..];
            }

            Assert.Equal(FrameKind.Packet, kind);
        }

        Assert.InRange(read, packets, 2 * packets);
        Assert.InRange(values, packets / 10, 10L * packets);
        Assert.InRange((GC.GetTotalAllocatedBytes() - before) / packets, 0, 20_000);
    }

    /// <summary>Spoils a packet into the buffer; half of them get a right length and checksum again, so that what is inside is read.</summary>
    static int Spoil(Random random, byte[] packet, byte[] buffer)
    {
        packet.CopyTo(buffer, 0);
        var length = packet.Length;
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(length);
            switch (random.Next(8))
            {
                case 0: buffer[at] = (byte)random.Next(256); break;
                case 1: buffer[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: length = at + 1; break;
                case 3: buffer.AsSpan(at, length - at).CopyTo(buffer.AsSpan(at + 1)); length++; break;
                case 4: buffer.AsSpan(at + 1, length - at - 1).CopyTo(buffer.AsSpan(at)); length = Math.Max(1, length - 1); break;
                case 5: "##;,=&&-\r\n"u8.Slice(random.Next(9), 1).CopyTo(buffer.AsSpan(at)); break;
                case 6: buffer[Math.Min(random.Next(2, 6), length - 1)] = (byte)('0' + random.Next(10)); break;
                default:
                    var size = Math.Min(random.Next(1, 40), length - at);
                    buffer.AsSpan(random.Next(length - size + 1), size).ToArray().CopyTo(buffer, at);
                    break;
            }
        }

        if (random.Next(2) == 0 || length < 13) return length;
        var segment = buffer.AsSpan(6, length - 12).ToArray();
        if (segment.AsSpan().IndexOfAny("\r\n"u8) >= 0 || segment.AsSpan().IndexOf("##"u8) >= 0) return length;
        var made = Framing.Packet(segment);
        made.CopyTo(buffer, 0);
        return made.Length;
    }
}
