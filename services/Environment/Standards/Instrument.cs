using System.Collections.Frozen;

namespace Monitoring.Environment;

/// <summary>What figures need to know of a pollutant: the standard's unit, what an instrument can measure, whether it may stick.</summary>
/// <param name="Pollutant">Code.</param>
/// <param name="Unit">Unit of all figures.</param>
/// <param name="Least">Lowest value it can have, in that unit.</param>
/// <param name="Most">Highest.</param>
/// <param name="Sticks">Whether equal hours in a row mean a stuck instrument.</param>
public sealed record Instrument(string Pollutant, string Unit, decimal Least, decimal Most, bool Sticks)
{
    public static readonly FrozenDictionary<string, Instrument> ByPollutant = DataFile.Rows("instruments.csv")
        .Select(cells => new Instrument(cells[0], cells[1], DataFile.Number(cells[2]), DataFile.Number(cells[3]), cells[4] == "true"))
        .ToFrozenDictionary(one => one.Pollutant);

    // Power of ten of each unit against its base.
    static readonly FrozenDictionary<string, int> powers = new Dictionary<string, int>
    {
        ["mg/m3"] = -3, ["μg/m3"] = -6, ["ng/m3"] = -9, ["mg/L"] = -3, ["μg/L"] = -6, ["kPa"] = 3, ["hPa"] = 2, ["m"] = 0, ["cm"] = -2,
    }.ToFrozenDictionary();

    /// <summary>What a value is multiplied by to come from a station's unit to the standard's; exact.</summary>
    public decimal FactorFrom(string unit)
    {
        // 1 mg/m³ is 1 μg/L.
        if (unit == Unit || (unit, Unit) == ("μg/L", "mg/m3")) return 1;
        var factor = 1m;
        for (var power = powers[unit] - powers[Unit]; power != 0; power -= Math.Sign(power)) factor = power > 0 ? factor * 10 : factor / 10;
        return factor;
    }
}
