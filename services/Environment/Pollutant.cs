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

    // What people write for a code: its name with and without blanks, and the usual short forms.
    static readonly FrozenDictionary<string, string> byName = ByCode.Values
        .SelectMany(one => new[] { one.Name, one.Name.Replace(" ", "", StringComparison.Ordinal) }, (one, name) => (Name: name, one.Code))
        .Concat<(string Name, string Code)>(
        [
            ("细颗粒物", AirStandard.Pm25), ("PM2.5", AirStandard.Pm25), ("可吸入颗粒物", AirStandard.Pm10), ("PM10", AirStandard.Pm10),
            ("总悬浮颗粒物", "a34001"), ("TSP", "a34001"), ("SO2", AirStandard.SO2), ("NO2", AirStandard.NO2), ("CO", AirStandard.CO),
            ("O3", AirStandard.O3), ("pH", "w01001"),
        ])
        .DistinctBy(one => one.Name).ToFrozenDictionary(one => one.Name, one => one.Code);

    /// <summary>The code of what is written as a code or as a name; the text itself where it is neither.</summary>
    public static string CodeOf(string text) => ByCode.ContainsKey(text) ? text : byName.GetValueOrDefault(text, text);
}

/// <summary>Pollutants as rows name them.</summary>
static class PollutantFields
{
    extension(Fields row)
    {
        /// <summary>The code in the field <c>pollutant</c>, where a name may stand as well: 二氧化硫, PM2.5.</summary>
        public string PollutantCode()
        {
            var text = row.Text("pollutant", 64);
            var code = Pollutant.CodeOf(text);
            // What is no name of ours may be a code that is not on the list, or none at all.
            return Pollutant.ByCode.ContainsKey(code) || text.Length == 0 ? code : row.Code("pollutant");
        }
    }
}
