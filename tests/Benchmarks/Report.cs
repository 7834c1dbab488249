using System.Globalization;

namespace Monitoring.Benchmarks;

/// <summary>What was measured, as a table with ratios.</summary>
sealed class Report
{
    readonly List<string[]> rows = [];
    readonly Dictionary<string, long> peaks = [];

    /// <summary>A rate against its baseline of the same run.</summary>
    public void Add(string what, double rate, double baseline, double goal, string note = "") => rows.Add(
        [what, Number(rate), Number(baseline), $"{rate / baseline:0.00} ×", $"≥ {goal:0.0} ×", rate / baseline >= goal ? "reached" : "not reached", note]);

    /// <summary>Milliseconds against a baseline of the same run; the goal is a limit.</summary>
    public void AddLatency(string what, double milliseconds, double baseline, double? goal, string note = "") => rows.Add(
    [
        what, FormattableString.Invariant($"{milliseconds:0} ms"), FormattableString.Invariant($"{baseline:0} ms"), FormattableString.Invariant($"{milliseconds / baseline:0.0} ×"),
        goal is null ? "" : FormattableString.Invariant($"< {goal:#,0} ms"), goal is null ? "" : milliseconds < goal ? "reached" : "not reached", note,
    ]);

    /// <summary>A figure that has no baseline.</summary>
    public void Add(string what, string value, string note = "") => rows.Add([what, value, "", "", "", "", note]);

    /// <summary>Peak resident memory of a process so far (VmHWM).</summary>
    public void Peak(string process, int id)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(one => one.StartsWith("VmHWM", StringComparison.Ordinal));
        var kilobytes = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        peaks[process] = Math.Max(peaks.GetValueOrDefault(process), kilobytes);
    }

    public void Print()
    {
        foreach (var (process, kilobytes) in peaks.OrderBy(peak => peak.Key, StringComparer.Ordinal))
            Add($"peak memory, {process}", $"{kilobytes / 1024} MiB");
        string[][] table = [["what", "measured", "baseline", "ratio", "goal", "", ""], .. rows];
        var widths = Enumerable.Range(0, 7).Select(column => table.Max(row => row[column].Length)).ToArray();
        var output = Console.Out;
        output.WriteLine();
        output.WriteLine($"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
        foreach (var row in table)
            output.WriteLine("| " + string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))) + " |");
    }

    static string Number(double rate) => rate.ToString("#,0", CultureInfo.InvariantCulture) + "/s";
}
