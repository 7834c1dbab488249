using System.Collections.Frozen;

namespace Monitoring.Indicators;

/// <summary>
/// Units of measure as Chinese statistics print them, and how one is counted in another: by a power of ten before the unit
/// (千 万 亿 …), and by what is known of units of one kind (公顷 and 亩, 公里 and 米, % and ‰). All of it exact.
/// </summary>
static class Units
{
    /// <summary>Powers of ten that stand before a unit; the longer come first, since 万亿 begins with 万.</summary>
    static readonly (string Prefix, decimal Times)[] powers =
    [
        ("万亿", 1_000_000_000_000), ("百亿", 10_000_000_000), ("十亿", 1_000_000_000), ("亿", 100_000_000), ("千万", 10_000_000),
        ("百万", 1_000_000), ("十万", 100_000), ("万", 10_000), ("千", 1_000),
    ];

    /// <summary>Units of one kind, each as so many of the smallest that counts all of them in whole numbers.</summary>
    static readonly (string Unit, decimal Times)[][] kinds =
    [
        // A 亩 is 2,000/3 square metres, so that a hectare has 15.
        [("平方米", 3), ("亩", 2_000), ("公顷", 30_000), ("平方公里", 3_000_000)],
        [("毫米", 1), ("厘米", 10), ("米", 1_000), ("公里", 1_000_000)],
        [("克", 1), ("两", 50), ("斤", 500), ("公斤", 1_000), ("吨", 1_000_000)],
        [("‰", 1), ("%", 10)],
        [("微克/立方米", 1), ("毫克/立方米", 1_000)],
        [("升", 1), ("立方米", 1_000)],
        // Measure words of things that are counted one by one.
        [("个", 1), ("家", 1)],
    ];

    /// <summary>Other names of the same units.</summary>
    static readonly FrozenDictionary<string, string> alike = new Dictionary<string, string>
    {
        ["千米"] = "公里", ["km"] = "公里", ["m"] = "米", ["千克"] = "公斤", ["kg"] = "公斤", ["t"] = "吨", ["ha"] = "公顷", ["m2"] = "平方米",
        ["㎡"] = "平方米", ["km2"] = "平方公里", ["平方千米"] = "平方公里", ["m3"] = "立方米", ["RMB"] = "元", ["CNY"] = "元",
        ["圆"] = "元", ["μg/m3"] = "微克/立方米", ["ug/m3"] = "微克/立方米", ["mg/m3"] = "毫克/立方米", ["百分比"] = "%", ["千分比"] = "‰", ["美金"] = "美元",
        ["个百分点"] = "百分点",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenDictionary<string, (int Kind, decimal Times)> known = kinds
        .SelectMany((kind, index) => kind.Select(one => (one.Unit, Is: (index, one.Times)))).ToFrozenDictionary(one => one.Unit, one => one.Is);

    /// <summary>True when both say the same, whatever the form: full-width, spaces, 人民币 before it.</summary>
    public static bool Same(string one, string other) => Parts(one) == Parts(other);

    /// <summary>True when the unit carries no power of ten of its own.</summary>
    public static bool IsPlain(string unit) => Parts(unit).Times == 1;

    /// <summary>
    /// How many of <paramref name="to"/> one of <paramref name="from"/> is, as a fraction in whole numbers; null where neither is counted
    /// in the other.
    /// </summary>
    public static (decimal Times, decimal Over)? Ratio(string from, string to)
    {
        var ((had, hadTimes), (has, hasTimes)) = (Parts(from), Parts(to));
        if (had == has) return Reduced(hadTimes, hasTimes);
        return known.TryGetValue(had, out var one) && known.TryGetValue(has, out var other) && one.Kind == other.Kind
            ? Reduced(hadTimes * one.Times, hasTimes * other.Times)
            : null;
    }

    /// <summary>The number that means the same in another unit; null where there is none, or where it is too large for any figure.</summary>
    public static decimal? Convert(decimal value, string from, string to) => Ratio(from, to) is { } ratio ? Scaled(value, ratio) : null;

    /// <summary>The number times a fraction; null where that is too large for any figure.</summary>
    public static decimal? Scaled(decimal value, (decimal Times, decimal Over) ratio)
    {
        const decimal magnitudeMax = 1_000_000_000_000_000m;
        if (Math.Abs(value) > magnitudeMax) return null;
        // A power of ten only moves the point; anything else comes after it, so that nothing is rounded twice.
        var scaled = value / ratio.Over is var shared && shared * ratio.Over == value && Math.Abs(shared) <= magnitudeMax / ratio.Times
            ? shared * ratio.Times
            : Math.Abs(value) <= decimal.MaxValue / ratio.Times ? value * ratio.Times / ratio.Over
            : magnitudeMax + 1;
        return Math.Abs(scaled) <= magnitudeMax ? scaled : null;
    }

    /// <summary>The unit without its power of ten, and the power.</summary>
    static (string Unit, decimal Times) Parts(string text)
    {
        var unit = string.Concat(text.Select(Narrow).Where(character => !char.IsWhiteSpace(character)));
        foreach (var currency in new[] { "人民币", "(人民币)" })
            if (unit.StartsWith(currency, StringComparison.Ordinal)) unit = unit[currency.Length..];
            else if (unit.EndsWith(currency, StringComparison.Ordinal)) unit = unit[..^currency.Length];
        if (unit.EndsWith("/年", StringComparison.Ordinal)) unit = unit[..^2];
        if (alike.TryGetValue(unit, out var usual)) return (usual, 1);
        if (known.ContainsKey(unit)) return (unit, 1);
        foreach (var (prefix, times) in powers)
        {
            if (!unit.StartsWith(prefix, StringComparison.Ordinal) || unit.Length == prefix.Length) continue;
            var rest = unit[prefix.Length..];
            return (alike.GetValueOrDefault(rest, rest), times);
        }

        return (unit, 1);
    }

    static (decimal Times, decimal Over) Reduced(decimal times, decimal over)
    {
        var (a, b) = (times, over);
        while (b != 0) (a, b) = (b, a % b);
        return (times / a, over / a);
    }

    // Full-width forms, and the raised digits of m² and m³.
    static char Narrow(char character) => character switch
    {
        >= '！' and <= '～' => (char)(character - '！' + '!'), '　' => ' ', '²' => '2', '³' => '3', 'µ' => 'μ', _ => character,
    };
}
