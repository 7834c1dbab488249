using System.Collections.Frozen;
using System.Globalization;
using Monitoring.Contracts;

namespace Monitoring.Environment.Hj212;

/// <summary>One value as a device sent it.</summary>
/// <param name="DataTime">DataTime, Beijing time; the station's registration says whether it is the start or the end.</param>
/// <param name="Pollutant">Code of HJ 212-2017, also where the device speaks the codes of 2005.</param>
/// <param name="Value">In the unit that the station declared.</param>
/// <param name="Flag">Data flag of HJ 212-2017.</param>
public readonly record struct Measured(DateTimeOffset DataTime, string Pollutant, decimal Value, string Flag);

/// <summary>What is wrong with one value, or with the packet as a whole.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Pollutant">Which value; null for the packet.</param>
/// <param name="Time">The time it is about, if it has one.</param>
public sealed record Fault(string Code, string? Pollutant = null, DateTimeOffset? Time = null);

/// <summary>
/// Reads the content of a data packet: <c>DataTime=…;a34004-Avg=28,a34004-Flag=N;…</c>. Items may be divided by semicolon or
/// comma in any way; several times in one message are several periods. One bad value costs itself alone.
/// </summary>
public static class Content
{
    const int CodeMax = 16;
    const int DecimalPlacesMax = 10;
    const decimal MagnitudeMax = 1_000_000_000_000_000m;

    static readonly FrozenDictionary<string, string> codes2005 = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "codes2005.csv")).Skip(1)
        .Select(line => line.Split(','))
        .ToFrozenDictionary(cells => cells[0], cells => cells[1]);

    static readonly FrozenSet<string> flags = new[] { "N", "F", "M", "S", "D", "C", "T", "B" }.ToFrozenSet();

    // HJ/T 212-2005: 0 calibrating, 1 meteorological parameter, 2 abnormal, 3 normal; P no power.
    static readonly FrozenDictionary<string, string> flags2005 = new Dictionary<string, string>
    {
        ["0"] = "C", ["1"] = "N", ["2"] = "D", ["3"] = "N", ["P"] = "D",
    }.ToFrozenDictionary();

    /// <summary>All values of a data packet, and what is wrong with the others. A value that a device left empty is none.</summary>
    public static (IReadOnlyList<Measured> Values, IReadOnlyList<Fault> Faults) Read(Packet packet)
    {
        var values = new List<Measured>();
        var faults = new List<Fault>();
        var suffix = packet.Command == Commands.RealTime ? "Rtd" : "Avg";
        DateTimeOffset? time = null;
        var pending = new Dictionary<string, (string? Value, string? Flag)>(StringComparer.Ordinal);
        var content = packet.Content.AsSpan();
        foreach (var range in content.SplitAny(';', ','))
        {
            var item = content[range].Trim();
            var equals = item.IndexOf('=');
            if (equals < 0) continue;
            var name = item[..equals];
            var value = item[(equals + 1)..].Trim();
            if (name is "DataTime")
            {
                Settle(pending, time, values, faults);
                if (!TryTime(value, out var read)) return ([], [new("data-time-invalid")]);
                time = read;
                continue;
            }

            var hyphen = name.IndexOf('-');
            if (hyphen <= 0) continue;
            var code = name[..hyphen].ToString();
            var what = name[(hyphen + 1)..];
            if (!what.SequenceEqual(suffix) && what is not "Flag") continue;
            if (code.Length > CodeMax || !code.All(char.IsAsciiLetterOrDigit))
            {
                faults.Add(new("not-a-code"));
                continue;
            }

            var known = pending.GetValueOrDefault(code);
            pending[code] = what is "Flag" ? known with { Flag = value.ToString() } : known with { Value = value.ToString() };
        }

        if (time is null) return ([], [new("data-time-invalid")]);
        Settle(pending, time, values, faults);
        return (values, faults);
    }

    static void Settle(
        Dictionary<string, (string? Value, string? Flag)> pending, DateTimeOffset? time, List<Measured> values, List<Fault> faults)
    {
        if (time is not { } at) return; // What stands before the first time belongs to it.
        foreach (var (code, (text, flagged)) in pending)
        {
            var pollutant = codes2005.GetValueOrDefault(code, code);
            var flag = flagged is null or "" ? "N" : flags2005.GetValueOrDefault(flagged, flagged);
            if (text is null or "" or "-" or "--" || (flag != "N" && text.Equals("null", StringComparison.OrdinalIgnoreCase))) continue;
            if (!flags.Contains(flag)) faults.Add(new("unknown-code", pollutant, at));
            else if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
                faults.Add(new("not-a-number", pollutant, at));
            else if (value is < -MagnitudeMax or > MagnitudeMax) faults.Add(new("out-of-range", pollutant, at));
            else if (value.Scale > DecimalPlacesMax) faults.Add(new("too-precise", pollutant, at));
            else values.Add(new(at, pollutant, value, flag));
        }

        pending.Clear();
    }

    static bool TryTime(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (!DateTime.TryParseExact(text, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ||
            local.Year is < 1990 or > 2200) return false;
        time = new DateTimeOffset(local, ChinaTime.Offset).ToUniversalTime();
        return true;
    }
}
