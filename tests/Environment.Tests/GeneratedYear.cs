using System.Globalization;
using System.Text;

namespace Monitoring.Environment.Tests;

/// <summary>
/// A year of hourly readings of three stations with all that goes wrong: gaps, flags, negatives, PM2.5 above PM10, a stuck
/// instrument across midnight. And the figures of the year computed once more, another way: by brute force on one long array
/// per pollutant, without any of the service's code.
/// </summary>
sealed class GeneratedYear
{
    public const int Year = 2023;
    public const int Days = 365;
    public static readonly string[] Stations = ["Y1", "Y2", "Y3"];
    public static readonly string[] Pollutants = ["a34004", "a34002", "a21026", "a21004", "a21005", "a05024"];

    static readonly int[] indices = [0, 50, 100, 150, 200, 300, 400, 500];

    static readonly Dictionary<string, decimal[]> breakpoints = new()
    {
        ["a34004"] = [0, 35, 75, 115, 150, 250, 350, 500], ["a34002"] = [0, 50, 150, 250, 350, 420, 500, 600],
        ["a21026"] = [0, 50, 150, 475, 800, 1600, 2100, 2620], ["a21004"] = [0, 40, 80, 180, 280, 565, 750, 940],
        ["a21005"] = [0, 2, 4, 14, 24, 36, 48, 60], ["a05024"] = [0, 100, 160, 215, 265, 800], ["a05024-1h"] = [0, 160, 200, 300, 400, 800, 1000, 1200],
    };

    /// <summary>By station and pollutant, one per hour of the year; null is a gap.</summary>
    public Dictionary<(string, string), (decimal Value, string Flag)?[]> Readings { get; } = [];

    public GeneratedYear()
    {
        var random = new Random(20230101);
        foreach (var (number, station) in Stations.Index())
        {
            foreach (var pollutant in Pollutants)
            {
                var hours = new (decimal, string)?[Days * 24];
                for (var hour = 0; hour < hours.Length; hour++)
                {
                    var winter = (decimal)Math.Cos(2 * Math.PI * hour / hours.Length);
                    var (level, swing) = pollutant switch
                    {
                        "a34004" => (42m + 25 * winter, 30m), "a34002" => (80m + 30 * winter, 50m), "a21026" => (9m, 6m), "a21004" => (25m + 8 * winter, 18m),
                        "a21005" => (0.6m + 0.3m * winter, 0.5m), _ => (95m - 45 * winter, 90m),
                    };
                    var value = Math.Round(level + swing * ((decimal)random.NextDouble() - 0.5m) + number, pollutant == "a21005" ? 3 : 1);
                    // No hour equals the one before it by chance.
                    if (hour > 0 && hours[hour - 1]?.Item1 == value) value += 0.1m;
                    hours[hour] = random.Next(1000) switch
                    {
                        < 12 => null, < 16 => (value, "M"), < 18 => (value, "C"), < 20 when pollutant != "a05024" => (-value, "N"), _ => (value, "N"),
                    };
                }

                // A day of too few hours each month, and ten days without anything in August.
                for (var month = 0; month < 12; month++)
                    for (var hour = 0; hour < 6; hour++) hours[(month * 30 + 11 + number) * 24 + 3 + hour] = null;
                if (pollutant == "a21026" && station == "Y2") Array.Fill(hours, null, 215 * 24, 10 * 24);
                Readings[(station, pollutant)] = hours;
            }

            // Stuck for six hours over midnight.
            for (var hour = 100 * 24 - 3; hour < 100 * 24 + 3; hour++) Readings[(station, "a21004")][hour] = (33.3m, "N");
        }
    }

    public IEnumerable<string> Csv(int rowsMax)
    {
        var text = new StringBuilder();
        var rows = 0;
        foreach (var ((station, pollutant), hours) in Readings)
            for (var hour = 0; hour < hours.Length; hour++)
            {
                if (hours[hour] is not var (value, flag)) continue;
                if (rows % rowsMax == 0)
                {
                    if (rows > 0) yield return text.ToString();
                    text.Clear().Append("station,time,pollutant,value,flag\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{station},{EndOf(hour):yyyy-MM-ddTHH:mm:ss}+08:00,{pollutant},{value},{flag}\n");
                rows++;
            }

        yield return text.ToString();
    }

    static DateTime EndOf(int hour) => new DateTime(Year, 1, 1).AddHours(hour + 1);

    /// <summary>Values that count, hour by hour.</summary>
    public decimal?[] Valid(string station, string pollutant)
    {
        var hours = Readings[(station, pollutant)];
        var valid = new decimal?[hours.Length];
        for (var hour = 0; hour < hours.Length; hour++)
        {
            if (hours[hour] is not (var value, "N") || value < 0) continue;
            if (Inverted(station, hour) && pollutant is "a34004" or "a34002" && Inverted(station, hour)) continue;
            // Part of four equal hours in a row?
            var first = hour;
            while (first > 0 && hours[first - 1] == hours[hour]) first--;
            var last = hour;
            while (last + 1 < hours.Length && hours[last + 1] == hours[hour]) last++;
            if (last - first + 1 < 4) valid[hour] = value;
        }

        return valid;
    }

    bool Inverted(string station, int hour) =>
        Readings[(station, "a34004")][hour] is (var fine, "N") && Readings[(station, "a34002")][hour] is (var coarse, "N") && fine > coarse;

    static decimal Rounded(decimal value, string pollutant) => Math.Round(value, pollutant == "a21005" ? 1 : 0, MidpointRounding.ToEven);

    /// <summary>A station's day: the mean, or the highest 8-hour mean of ozone; <c>a05024-1h</c> is its highest hour.</summary>
    public decimal? DayOf(string station, string item, int day)
    {
        var pollutant = item[..6];
        var hours = Valid(station, pollutant)[(day * 24)..((day + 1) * 24)];
        var known = hours.Where(hour => hour is not null).Select(hour => hour!.Value).ToArray();
        if (item == "a05024")
        {
            var means = new List<decimal>();
            for (var end = 8; end <= 24; end++)
            {
                var window = hours.Skip(end - 8).Take(8).Where(hour => hour is not null).ToArray();
                if (window.Length >= 6) means.Add(window.Sum(hour => hour!.Value) / window.Length);
            }

            return means.Count > 0 && (means.Count >= 14 || means.Max() > 160) ? Rounded(means.Max(), pollutant) : null;
        }

        return known.Length < 20 ? null : Rounded(item == "a05024-1h" ? known.Max() : known.Sum() / known.Length, pollutant);
    }

    public static int IndexOf(string item, decimal concentration)
    {
        var points = breakpoints[item];
        for (var at = 1; at < points.Length; at++)
        {
            if (concentration > points[at]) continue;
            // The least whole number that is not below the line.
            for (var index = indices[at - 1];; index++)
                if ((index - indices[at - 1]) * (points[at] - points[at - 1]) >= (indices[at] - indices[at - 1]) * (concentration - points[at - 1])) return index;
        }

        return 500;
    }

    /// <summary>Index of a day of several stations taken together; null where an item is missing and none is above 100.</summary>
    public static int? IndexOf(IReadOnlyDictionary<string, decimal?> items)
    {
        var known = items.Where(item => item.Value is not null).Select(item => IndexOf(item.Key, item.Value!.Value)).ToList();
        return known.Count == 0 || (known.Count < items.Count && known.Max() <= 100) ? null : known.Max();
    }

    public static decimal PercentileOf(IEnumerable<decimal> values, decimal share)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var k = 1 + (sorted.Length - 1) * share;
        var s = (int)Math.Floor(k);
        return s >= sorted.Length ? sorted[^1] : sorted[s - 1] + (sorted[s] - sorted[s - 1]) * (k - s);
    }
}
