namespace Monitoring.Contracts;

/// <summary>
/// An amount of money with its unit, in SDMX terms: <paramref name="Currency"/> is UNIT_MEASURE (ISO 4217),
/// <paramref name="UnitMult"/> the power of ten (0 元, 4 万元, 8 亿元). Kept as reported; compare through <see cref="Units"/>.
/// </summary>
public sealed record Money(decimal Amount, string Currency, int UnitMult)
{
    /// <summary>The units a report may use, by their printed name.</summary>
    public static readonly IReadOnlyDictionary<string, int> Multipliers =
        new Dictionary<string, int> { ["元"] = 0, ["万元"] = 4, ["亿元"] = 8 };

    /// <summary>Yuan in the printed unit 元, 万元 or 亿元.</summary>
    public static Money Yuan(decimal amount, string unit) => new(amount, "CNY", Multipliers[unit]);

    /// <summary>The amount in single units of the currency (元).</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public decimal Units => Amount * UnitMult switch
    {
        0 => 1m,
        4 => 10_000m,
        8 => 100_000_000m,
        _ => throw new NotSupportedException($"Unit multiplier {UnitMult} is not one of 0, 4, 8."),
    };
}
