using System.Globalization;

namespace Monitoring.Environment;

/// <summary>The national standards as data: the files of <c>standards/</c> beside the program, one row per limit.</summary>
static class DataFile
{
    /// <summary>The rows of a file without its header.</summary>
    public static IEnumerable<string[]> Rows(string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "standards", name)).Skip(1).Select(line => line.Split(','));

    public static decimal Number(string cell) => decimal.Parse(cell, CultureInfo.InvariantCulture);
}

/// <summary>GB/T 8170-2008: 四舍六入五成双, on exact decimals.</summary>
static class Gb8170
{
    public static decimal Round(decimal value, int places) => Math.Round(value, places, MidpointRounding.ToEven);

    public static decimal? Round(decimal? value, int places) => value is { } known ? Round(known, places) : null;
}
