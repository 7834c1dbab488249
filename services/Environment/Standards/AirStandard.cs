using System.Collections.Frozen;
using System.Globalization;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// One version of the ambient air standards: limits (GB 3095), sub-index breakpoints (HJ 633) and weights (HJ 663). Several
/// stand side by side; a reading is judged by the one in force on its day. Concentrations in μg/m³, carbon monoxide in mg/m³.
/// </summary>
/// <param name="Code">e.g. <c>gb3095-2012</c>.</param>
/// <param name="Title">Numbers of the standards.</param>
/// <param name="EffectiveFrom">First day it judges; earlier days are judged by the first version.</param>
/// <param name="DailyItems">What the index of a day is made of.</param>
/// <param name="ExceedingFrom">From this sub-index on an item is named 超标污染物; null where the version has no such term.</param>
public sealed record AirStandard(
    string Code, string Title, DateOnly EffectiveFrom, IReadOnlyList<(string Pollutant, Average Average)> DailyItems, int? ExceedingFrom)
{
    internal const string Pm25 = "a34004", Pm10 = "a34002", SO2 = "a21026", NO2 = "a21004", CO = "a21005", O3 = "a05024";

    /// <summary>The six basic items with the percentile of the days that a year is judged by (HJ 663).</summary>
    internal static readonly IReadOnlyList<(string Pollutant, int Rank)> Basic =
        [(SO2, 98), (NO2, 98), (Pm10, 95), (Pm25, 95), (CO, 95), (O3, 90)];

    static readonly int[] indices = [0, 50, 100, 150, 200, 300, 400, 500];

    readonly FrozenDictionary<(string, Average), (decimal Grade1, decimal Grade2)> limits = DataFile.Rows("limits.csv")
        .Where(cells => cells[0] == Code)
        .ToFrozenDictionary(cells => (cells[1], AverageOf(cells[2])), cells => (DataFile.Number(cells[3]), DataFile.Number(cells[4])));

    FrozenDictionary<(string, Average), Breakpoints> breakpoints = FrozenDictionary<(string, Average), Breakpoints>.Empty;

    FrozenDictionary<string, decimal> weights = FrozenDictionary<string, decimal>.Empty;

    /// <summary>All versions in the order they take effect.</summary>
    public static readonly IReadOnlyList<AirStandard> All = [.. DataFile.Rows("standards.csv").Select(Read).OrderBy(one => one.EffectiveFrom)];

    /// <summary>The version that judges a day.</summary>
    public static AirStandard On(DateOnly day) => All.LastOrDefault(one => one.EffectiveFrom <= day) ?? All[0];

    /// <summary>The version of that code; null where there is none.</summary>
    public static AirStandard? Named(string code) => All.FirstOrDefault(one => one.Code == code);

    internal static readonly Refusal Unknown = Refusal.Unknown("standard-unknown", "没有此标准版本。", "There is no such version of the standard.", "standard");

    /// <summary>The limit, grade 1 (一级) or 2 (二级); null where the standard has none.</summary>
    public decimal? Limit(string pollutant, Average average, int grade = 2) =>
        limits.TryGetValue((pollutant, average), out var limit) ? grade == 1 ? limit.Grade1 : limit.Grade2 : null;

    /// <summary>Places of a concentration before it is compared: carbon monoxide one, else none.</summary>
    public static int Places(string pollutant) => pollutant == CO ? 1 : 0;

    /// <summary>Weight of the item in the composite index; 1 unless the version says otherwise.</summary>
    public decimal Weight(string pollutant) => weights.GetValueOrDefault(pollutant, 1m);

    /// <summary>
    /// 空气质量分指数 of a rounded concentration, rounded up; null where the version computes none, as for 8-hour ozone above 800
    /// in 2012. Multiplied out before the one division, so that an index that is whole stays whole.
    /// </summary>
    public int? Iaqi(string pollutant, Average average, decimal concentration)
    {
        if (!breakpoints.TryGetValue((pollutant, average), out var points)) return null;
        if (concentration <= 0) return 0;
        for (var upper = 1; upper < points.At.Length; upper++)
        {
            if (concentration > points.At[upper]) continue;
            var (low, high) = (points.At[upper - 1], points.At[upper]);
            return (int)decimal.Ceiling(
                (indices[upper] - indices[upper - 1]) * (concentration - low) / (high - low) + indices[upper - 1]);
        }

        return points.LastBeyond ? indices[points.At.Length - 1] : null;
    }

    /// <summary>
    /// The index of a day from its figures. Where an item is missing the index is that of the others if above 100, else none
    /// (NA, HJ 633-2026 5.3.1).
    /// </summary>
    /// <param name="figures">Figures with their sub-index.</param>
    /// <param name="expected">Which pollutants the place measures; null for all.</param>
    public AirDay Judge(IReadOnlyList<DayFigure> figures, IReadOnlyCollection<string>? expected = null)
    {
        var items = DailyItems.Where(item => expected is null || expected.Contains(item.Pollutant))
            .Select(item => (item.Pollutant, Figure: figures.FirstOrDefault(one => one.Pollutant == item.Pollutant && one.Average == item.Average)))
            .ToList();
        string[] missing = [.. items.Where(item => item.Figure?.Value is null).Select(item => item.Pollutant).Distinct()];
        var judged = items.Where(item => item.Figure?.Iaqi is not null).Select(item => (item.Pollutant, Iaqi: item.Figure!.Iaqi!.Value)).ToList();
        if (judged.Count == 0) return new AirDay(null, null, [], [], missing);
        var most = judged.Max(item => item.Iaqi);
        string[] primary = most <= 50 ? [] : [.. judged.Where(item => item.Iaqi == most).Select(item => item.Pollutant).Distinct()];
        string[] exceeding = ExceedingFrom is { } from
            ? [.. judged.Where(item => item.Iaqi >= from).Select(item => item.Pollutant).Distinct()]
            : [];
        return missing.Length > 0 && most <= 100
            ? new AirDay(null, null, [], [], missing)
            : new AirDay(most, AqiLevel.Of(most).Level, primary, exceeding, missing);
    }

    static AirStandard Read(string[] cells) => new(
        cells[0], cells[1], DateOnly.ParseExact(cells[2], "yyyy-MM-dd", CultureInfo.InvariantCulture),
        [.. cells[4].Split('|').Select(item => item.Split(':')).Select(item => (item[0], AverageOf(item[1])))],
        cells[5].Length > 0 ? int.Parse(cells[5], CultureInfo.InvariantCulture) : null)
    {
        breakpoints = DataFile.Rows("breakpoints.csv").Where(row => row[0] == cells[3]).ToFrozenDictionary(
            row => (row[1], AverageOf(row[2])),
            row => new Breakpoints([.. row[4..].Where(cell => cell.Length > 0).Select(DataFile.Number)], row[3] == "last")),
        weights = cells[6].Split('|', StringSplitOptions.RemoveEmptyEntries).Select(weight => weight.Split(':'))
            .ToFrozenDictionary(weight => weight[0], weight => DataFile.Number(weight[1])),
    };

    static Average AverageOf(string code) => Codes<Average>.ByCode[code];

    /// <summary>Concentrations at the sub-indices 0, 50, 100, 150, 200, 300, 400, 500, as far as the item has them.</summary>
    sealed record Breakpoints(decimal[] At, bool LastBeyond);
}

/// <summary>A level of the index with its official name and colour (HJ 633, table 2).</summary>
/// <param name="UpTo">Highest index of the level.</param>
/// <param name="Level">Code.</param>
/// <param name="Roman">一级 to 六级.</param>
/// <param name="Name">优 to 严重污染.</param>
/// <param name="Colour">绿色 to 褐红色.</param>
/// <param name="Rgb">Red, green, blue, 0 to 255.</param>
public sealed record AqiLevel(int UpTo, AirLevel Level, string Roman, string Name, string Colour, int[] Rgb)
{
    public static readonly IReadOnlyList<AqiLevel> All =
    [
        .. DataFile.Rows("levels.csv").Select(cells => new AqiLevel(
            (int)DataFile.Number(cells[0]), Codes<AirLevel>.ByCode[cells[1]], cells[2], cells[3], cells[4],
            [.. cells[5..8].Select(cell => (int)DataFile.Number(cell))])),
    ];

    public static AqiLevel Of(int index) => All.FirstOrDefault(level => index <= level.UpTo) ?? All[^1];
}
