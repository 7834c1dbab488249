using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Monitoring.Environment.Hj212;

/// <summary>What stands at the front of the bytes received.</summary>
public enum FrameKind
{
    /// <summary>The beginning of something; more bytes are needed to tell.</summary>
    Incomplete,

    /// <summary>A packet whose length and checksum are right.</summary>
    Packet,

    /// <summary>Line ends and blanks between packets; nothing is missed when they are passed over.</summary>
    Blank,

    /// <summary>Bytes that belong to no packet.</summary>
    Garbage,

    /// <summary>A packet whose data segment is not as long as it says, or longer than the limit.</summary>
    LengthDiffers,

    /// <summary>A packet whose checksum is wrong.</summary>
    CrcDiffers,
}

/// <summary>One piece of what was received.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Its bytes, from the front on; 0 while it is incomplete.</param>
/// <param name="SegmentLength">Bytes of the data segment behind the mark and the four digits; 0 where there is none to be trusted.</param>
public readonly record struct Frame(FrameKind Kind, int Length, int SegmentLength = 0);

/// <summary>
/// Cuts bytes into packets (HJ 212-2017, 6.2): <c>##</c>, four digits, the data segment, four hexadecimal digits of CRC, CR LF.
/// Pure, and allocates nothing. After anything wrong it goes on at the next <c>##</c>, so that a bad packet costs itself alone;
/// the line end is not insisted on, because many devices leave it out.
/// </summary>
public static class Framing
{
    /// <summary>The longest data segment that four digits can tell. The standard allows 1,024 bytes; devices exceed it.</summary>
    public const int SegmentBytesMax = 9_999;

    /// <summary>Mark and length.</summary>
    public const int HeadBytes = 6;

    const int CrcBytes = 4;

    // Bytes that a data segment cannot hold, and that therefore end it wherever it should have gone on.
    static readonly SearchValues<byte> lineEnds = SearchValues.Create("\r\n"u8);

    static readonly SearchValues<byte> blanks = SearchValues.Create("\r\n \t\0"u8);

    static readonly ushort[] checksums = [.. Enumerable.Range(0, 256).Select(value =>
    {
        var register = (ushort)value;
        for (var bit = 0; bit < 8; bit++) register = (ushort)((register & 1) == 1 ? register >> 1 ^ 0xA001 : register >> 1);
        return register;
    })];

    static ReadOnlySpan<byte> Mark => "##"u8;

    /// <summary>The most bytes that one piece can need before it can be told what it is.</summary>
    public static int BytesMax(int segmentMax) => HeadBytes + segmentMax + CrcBytes + 2;

    /// <summary>Says what stands at the front; never more than <see cref="BytesMax"/> bytes are <see cref="FrameKind.Incomplete"/>.</summary>
    public static Frame Next(ReadOnlySpan<byte> bytes, int segmentMax = SegmentBytesMax)
    {
        var mark = bytes.IndexOf(Mark);
        if (mark != 0) return Between(mark < 0 ? WithoutHalfMark(bytes) : bytes[..mark]);

        // Of three marks in a row the last two begin the packet.
        var marks = bytes.IndexOfAnyExcept((byte)'#');
        if (marks < 0) return bytes.Length > 2 ? new(FrameKind.Garbage, bytes.Length - 2) : default;
        if (marks > 2) return new(FrameKind.Garbage, marks - 2);

        var digits = bytes[2..Math.Min(HeadBytes, bytes.Length)];
        if (digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return new(FrameKind.Garbage, 2);
        if (bytes.Length < HeadBytes) return default;
        var declared = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 + digits[3] - '0';
        if (declared > segmentMax) return new(FrameKind.LengthDiffers, End(bytes, HeadBytes));

        var end = HeadBytes + declared + CrcBytes;
        if (Break(bytes[HeadBytes..Math.Min(end, bytes.Length)]) >= 0) return new(FrameKind.LengthDiffers, End(bytes, HeadBytes));
        if (bytes.Length < end) return default;

        var segment = bytes.Slice(HeadBytes, declared);
        var rest = bytes[end..];
        if (Utf8Parser.TryParse(bytes.Slice(end - CrcBytes, CrcBytes), out uint given, out var read, 'X') && read == CrcBytes && given == Crc(segment))
            return new(FrameKind.Packet, end + (rest is [(byte)'\r', (byte)'\n', ..] ? 2 : 0), declared);
        return new(Break(rest) == 0 || rest.IsEmpty ? FrameKind.CrcDiffers : FrameKind.LengthDiffers, End(bytes, end));
    }

    /// <summary>
    /// The checksum of HJ 212-2017, annex A. Each step drops the low byte of the register, so that only 256 different values
    /// exist: it finds most damage on the line, and says nothing about which packet this is.
    /// </summary>
    public static ushort Crc(ReadOnlySpan<byte> segment)
    {
        var register = 0xFFFF;
        foreach (var value in segment) register = checksums[register >> 8 ^ value];
        return (ushort)register;
    }

    /// <summary>Puts mark, length, checksum and line end around a data segment.</summary>
    public static byte[] Packet(ReadOnlySpan<byte> segment)
    {
        if (segment.Length > SegmentBytesMax) throw new ArgumentException("Longer than four digits can tell.", nameof(segment));
        var packet = new byte[BytesMax(segment.Length)];
        Mark.CopyTo(packet);
        _ = segment.Length.TryFormat(packet.AsSpan(2), out _, "0000", CultureInfo.InvariantCulture);
        segment.CopyTo(packet.AsSpan(HeadBytes));
        _ = Crc(segment).TryFormat(packet.AsSpan(HeadBytes + segment.Length), out _, "X4", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(packet.AsSpan(HeadBytes + segment.Length + CrcBytes));
        return packet;
    }

    static Frame Between(ReadOnlySpan<byte> bytes) => bytes.Length == 0 ? default
        : new(bytes.ContainsAnyExcept(blanks) ? FrameKind.Garbage : FrameKind.Blank, bytes.Length);

    // A last # may be the first half of the next mark.
    static ReadOnlySpan<byte> WithoutHalfMark(ReadOnlySpan<byte> bytes) => bytes is [.., (byte)'#'] ? bytes[..^1] : bytes;

    /// <summary>Where a line end or a mark stands; -1 if none does.</summary>
    static int Break(ReadOnlySpan<byte> bytes)
    {
        var (line, mark) = (bytes.IndexOfAny(lineEnds), bytes.IndexOf(Mark));
        return line < 0 ? mark : mark < 0 ? line : Math.Min(line, mark);
    }

    /// <summary>How far a bad packet reaches: to the next line end, which belongs to it, or the next mark.</summary>
    static int End(ReadOnlySpan<byte> bytes, int from)
    {
        var rest = bytes[from..];
        var at = Break(rest);
        if (at < 0) return from + WithoutHalfMark(rest).Length;
        return from + at + (rest[at..] is [(byte)'\r', (byte)'\n', ..] ? 2 : rest[at] == (byte)'#' ? 0 : 1);
    }
}
