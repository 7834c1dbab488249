using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Class of surface water by GB 3838-2002 table 1 and 《地表水环境质量评价办法（试行）》(环办〔2011〕22号): 21 items, the worst one
/// decides; total phosphorus by the kind of water body. Pure. Concentrations in mg/L, pH without unit.
/// </summary>
static class WaterQuality
{
    /// <summary>Code of the version of the standard.</summary>
    public const string Standard = "gb3838-2002";

    public const string Ph = "w01001";

    const int BeyondFive = 6;
    const int SectionsForShares = 5;

    static readonly ILookup<string, Item> items = DataFile.Rows("surface-water.csv").Select(cells => new Item(
        cells[0], cells[2].Length > 0 ? Codes<WaterBody>.ByCode[cells[2]] : null, cells[3] == "true", cells[4],
        [.. cells[5..10].Select(cell => cell.Split('~').Select(DataFile.Number).ToArray())])).ToLookup(item => item.Pollutant);

    /// <summary>The items that count for the class; 水温, 总氮 and 粪大肠菌群 do not.</summary>
    public static readonly IReadOnlyList<string> Judged = [.. items.Where(rows => rows.Any(item => item.Judged)).Select(rows => rows.Key)];

    /// <summary>
    /// Class of one item's value, 1 to 5, 6 for 劣Ⅴ; of equal limits the better class. Null where the table has no limit for
    /// the item in such a water body.
    /// </summary>
    public static int? ClassOf(string pollutant, decimal value, WaterBody body)
    {
        if (Limits(pollutant, body) is not { } item) return null;
        for (var grade = 1; grade <= item.Limits.Length; grade++)
            if (item.Holds(value, grade)) return grade;
        return BeyondFive;
    }

    /// <summary>The limit of a class: the most there may be, or with 溶解氧 the least.</summary>
    public static decimal? Limit(string pollutant, int grade, WaterBody body) =>
        Limits(pollutant, body) is { Bound: not "within" } item ? item.Limits[grade - 1][0] : null;

    /// <summary>True for 溶解氧, of which there must be at least so much.</summary>
    public static bool IsLeast(string pollutant) => items[pollutant].Any(item => item.Bound == "least");

    /// <summary>A section, or several averaged, from the means of its items.</summary>
    public static WaterSummary Of(IReadOnlyDictionary<string, decimal> means, WaterBody body, int days)
    {
        WaterItem[] judged =
        [
            .. Judged.Where(means.ContainsKey).Select(pollutant => new WaterItem(
                pollutant, means[pollutant], ClassOf(pollutant, means[pollutant], body)!.Value, Multiple(pollutant, means[pollutant], body))),
        ];
        int? worst = judged.Length > 0 ? judged.Max(item => item.Class) : null;
        return new WaterSummary(worst, judged, Worst(judged), null, null, worst is { } known ? QualityOf(known) : null,
            body == WaterBody.Lake ? Trophic.Index(means) : null, days);
    }

    /// <summary>
    /// The county's sections: with five or more by the shares of their classes; with fewer each item is averaged over the
    /// sections first, as the method says.
    /// </summary>
    public static WaterSummary OfCounty(IReadOnlyList<(string Mn, WaterSummary Section, WaterBody Body)> sections)
    {
        SectionClass[] classes = [.. sections.Where(one => one.Section.Class is not null).Select(one => new SectionClass(one.Mn, one.Section.Class!.Value))];
        if (classes.Length == 0) return new WaterSummary(null, [], [], [], null, null, null, 0);
        var good = Gb8170.Round(classes.Count(one => one.Class <= 3) * 100m / classes.Length, 1);
        // The limit of phosphorus cannot be that of both: a lake among rivers is averaged with its own kind of items only.
        var body = sections.All(one => one.Body == WaterBody.Lake) ? WaterBody.Lake : WaterBody.River;
        var means = sections.Where(one => one.Body == body).SelectMany(one => one.Section.Items).GroupBy(item => item.Pollutant)
            .ToDictionary(item => item.Key, item => item.Key == Ph ? MeanPh([.. item.Select(one => one.Value)]) : Mean([.. item.Select(one => one.Value)]));
        var whole = Of(means, body, classes.Length);
        var many = classes.Length >= SectionsForShares;
        return whole with
        {
            Class = many ? null : whole.Class, Sections = classes, GoodRatio = good, Trophic = null,
            Quality = many ? QualityOf(classes) : whole.Quality,
        };
    }

    /// <summary>Mean of a period, six places, which is finer than any limit.</summary>
    public static decimal Mean(IReadOnlyCollection<decimal> values) => Gb8170.Round(values.Sum() / values.Count, 6);

    /// <summary>
    /// Mean of pH by the concentration of H⁺, two places. Concentrations are taken relative to the highest, so that no value, however
    /// impossible, leaves the range of a number.
    /// </summary>
    public static decimal MeanPh(IReadOnlyCollection<decimal> values)
    {
        var least = values.Min();
        return Gb8170.Round(least - (decimal)Math.Log10(values.Average(value => Math.Pow(10, (double)(least - value)))), 2);
    }

    static string[] Worst(WaterItem[] judged) =>
    [
        .. judged.Where(item => item.Class > 3).OrderByDescending(item => item.Class).ThenByDescending(item => item.Multiple ?? 0)
            .ThenBy(item => item.Pollutant, StringComparer.Ordinal).Take(3).Select(item => item.Pollutant),
    ];

    static decimal? Multiple(string pollutant, decimal value, WaterBody body) =>
        Limits(pollutant, body) is { Bound: "most" } item && value > item.Limits[2][0]
            ? Gb8170.Round((value - item.Limits[2][0]) / item.Limits[2][0], 2)
            : null;

    static string QualityOf(int grade) => grade switch { <= 2 => "excellent", 3 => "good", 4 => "light", 5 => "moderate", _ => "heavy" };

    static string QualityOf(SectionClass[] classes)
    {
        var good = classes.Count(one => one.Class <= 3) * 100m / classes.Length;
        var beyond = classes.Count(one => one.Class == BeyondFive) * 100m / classes.Length;
        return good >= 90 ? "excellent" : good >= 75 ? "good" : beyond >= 40 ? "heavy" : beyond >= 20 ? "moderate" : "light";
    }

    static Item? Limits(string pollutant, WaterBody body) => items[pollutant].FirstOrDefault(item => item.Body is null || item.Body == body);

    /// <summary>One row of the table.</summary>
    sealed record Item(string Pollutant, WaterBody? Body, bool Judged, string Bound, decimal[][] Limits)
    {
        public bool Holds(decimal value, int grade) => Limits[grade - 1] is var limit && Bound switch
        {
            "least" => value >= limit[0],
            "within" => value >= limit[0] && value <= limit[1],
            _ => value <= limit[0],
        };
    }
}

/// <summary>综合营养状态指数 TLI(Σ) of lakes and reservoirs (环办〔2011〕22号, 附件).</summary>
static class Trophic
{
    // Pollutant, weight, and TLI = 10 (a + b ln x): 叶绿素 a mg/m³, 总磷, 总氮, 高锰酸盐指数 mg/L, 透明度 m.
    static readonly (string Pollutant, double Weight, double A, double B)[] terms =
    [
        ("w01016", 0.2663, 2.5, 1.086), ("w21011", 0.1879, 9.436, 1.624), ("w21001", 0.1790, 5.453, 1.694), ("w01004", 0.1834, 5.118, -1.94),
        ("w01019", 0.1834, 0.109, 2.661),
    ];

    /// <summary>The index, one place; null unless all five are known and above zero.</summary>
    public static decimal? Index(IReadOnlyDictionary<string, decimal> means)
    {
        var sum = 0.0;
        foreach (var (pollutant, weight, a, b) in terms)
        {
            if (!means.TryGetValue(pollutant, out var value) || value <= 0) return null;
            sum += weight * 10 * (a + b * Math.Log((double)value));
        }

        return Gb8170.Round((decimal)sum, 1);
    }
}
