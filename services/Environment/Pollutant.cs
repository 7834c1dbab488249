using System.Collections.Frozen;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// One entry of the code list of HJ 212-2017, HJ 524 and HJ 525, as far as the county measures it. The list is data:
/// <c>pollutants.csv</c> beside the program.
/// </summary>
/// <param name="Code">e.g. <c>a34004</c>.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="Medium">Where it is measured.</param>
/// <param name="Units">Units a station may declare for it.</param>
public sealed record Pollutant(string Code, string Name, Medium Medium, string[] Units)
{
    public static readonly FrozenDictionary<string, Pollutant> ByCode = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "pollutants.csv")).Skip(1)
        .Select(line => line.Split(','))
        .Select(cells => new Pollutant(cells[0], cells[1], Codes<Medium>.ByCode[cells[3]], cells[4].Split('|')))
        .ToFrozenDictionary(pollutant => pollutant.Code);
}
