using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Monitoring.Environment.Tests;

/// <summary>The service itself, with a real store: a year pushed, judged, and compared with figures computed apart.</summary>
public sealed class FiguresApiTests
{
    static readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_year_of_three_stations_has_the_figures_that_were_computed_apart()
    {
        var servers = await TestServers.Shared;
        await using var environment = await ServiceProcess.Start(
            "Environment", await servers.CreateDatabase("environment"), await servers.CreateVirtualHost(), new TestKeys());
        var year = new GeneratedYear();
        await Push(environment, "/v1/stations", "mn,name,medium,area,units\n" + string.Concat(GeneratedYear.Stations.Select(mn =>
            $"{mn},站点{mn},air,410325100,a34004=μg/m3;a34002=μg/m3;a21026=μg/m3;a21004=μg/m3;a21005=mg/m3;a05024=μg/m3\n")));
        foreach (var body in year.Csv(10_000)) await Push(environment, "/v1/readings", body);
        await Settle(environment);

        var items = GeneratedYear.Pollutants.Append("a05024-1h").ToArray();
        var valid = GeneratedYear.Stations.SelectMany(mn => items.Select(item => (mn, item)))
            .ToDictionary(one => one, one => Enumerable.Range(0, GeneratedYear.Days).Select(day => year.DayOf(one.mn, one.item, day)).ToArray());
        var county = items.ToDictionary(item => item, item => Enumerable.Range(0, GeneratedYear.Days).Select(day =>
        {
            // Three quarters of three stations are all three.
            var known = GeneratedYear.Stations.Select(mn => valid[(mn, item)][day]).ToArray();
            return known.All(value => value is not null) ? Math.Round(known.Sum()!.Value / 3, item == "a21005" ? 1 : 0, MidpointRounding.ToEven) : (decimal?)null;
        }).ToArray());

        foreach (var subject in GeneratedYear.Stations.Append("county-air"))
        {
            decimal? Value(string item, int day) => subject == "county-air" ? county[item][day] : valid[(subject, item)][day];
            var indices = Enumerable.Range(0, GeneratedYear.Days)
                .Select(day => GeneratedYear.IndexOf(items.ToDictionary(item => item, item => Value(item, day)))).ToArray();
            var days = (await Get(environment, $"/v1/days?subject={subject}&from=2023-01-01&to=2023-12-31&limit=1000")).GetProperty("items").EnumerateArray()
                .Select(entry => entry.GetProperty("day")).ToList();
            Assert.Equal(GeneratedYear.Days, days.Count);
            foreach (var (number, day) in days.Index())
            {
                foreach (var figure in day.GetProperty("figures").EnumerateArray())
                {
                    var pollutant = figure.GetProperty("pollutant").GetString()!;
                    var item = pollutant == "a05024" && figure.GetProperty("average").GetString() == "hour" ? "a05024-1h" : pollutant;
                    Assert.Equal((subject, number, item, Value(item, number)), (subject, number, item, Number(figure, "value")));
                }

                Assert.Equal((subject, number, indices[number]), (subject, number, (int?)Number(day.GetProperty("air"), "aqi")));
            }

            var judged = await Get(environment, $"/v1/years/2023?subject={subject}");
            var air = judged.GetProperty("air");
            Assert.Equal("gb3095-2012", judged.GetProperty("standard").GetString());
            Assert.Equal((indices.Count(index => index is not null), indices.Count(index => index <= 100)),
                ((int)Number(air, "validDays")!, (int)Number(air, "goodDays")!));
            Assert.Equal(
                Math.Round(indices.Count(index => index <= 100) * 100m / indices.Count(index => index is not null), 1, MidpointRounding.ToEven), Number(air, "goodRatio"));

            decimal index = 0;
            foreach (var (pollutant, share, meanLimit, limit) in new (string, decimal, decimal?, decimal)[]
                     {
                         ("a21026", 0.98m, 60, 150), ("a21004", 0.98m, 40, 80), ("a34002", 0.95m, 70, 150), ("a34004", 0.95m, 35, 75), ("a21005", 0.95m, null, 4),
                         ("a05024", 0.90m, null, 160),
                     })
            {
                var figure = air.GetProperty("figures").EnumerateArray().Single(one => one.GetProperty("pollutant").GetString() == pollutant);
                var known = Enumerable.Range(0, GeneratedYear.Days).Select(day => Value(pollutant, day)).Where(value => value is not null).Select(value => value!.Value).ToList();
                var places = pollutant == "a21005" ? 1 : 0;
                var mean = Math.Round(known.Sum() / known.Count, places, MidpointRounding.ToEven);
                var percentile = Math.Round(GeneratedYear.PercentileOf(known, share), places, MidpointRounding.ToEven);
                Assert.Equal((subject, pollutant, known.Count, mean, percentile),
                    (subject, pollutant, (int)Number(figure, "days")!, Number(figure, "mean")!.Value, Number(figure, "percentile")!.Value));
                Assert.Equal((meanLimit is null || mean <= meanLimit) && percentile <= limit, figure.GetProperty("meets").GetBoolean());
                index += meanLimit is null ? percentile / limit : mean / meanLimit.Value;
            }

            Assert.Equal(Math.Round(index, 2, MidpointRounding.ToEven), Number(air, "index"));
            Assert.Equal(subject is "Y2" or "county-air", air.GetProperty("figures").EnumerateArray().Any(figure => !figure.GetProperty("sufficient").GetBoolean()));
        }

        // The same readings by the later version, by name; what was published stays.
        var later = await Get(environment, "/v1/years/2023?subject=county-air&standard=gb3095-2026");
        Assert.Equal(30, Number(later.GetProperty("air").GetProperty("figures").EnumerateArray().Single(one => one.GetProperty("pollutant").GetString() == "a34004"), "meanLimit"));
        Assert.True(Number(later.GetProperty("air"), "goodDays") < Number((await Get(environment, "/v1/years/2023?subject=county-air")).GetProperty("air"), "goodDays"));
    }

    internal static decimal? Number(JsonElement element, string field) => element.TryGetProperty(field, out var value) ? value.GetDecimal() : null;

    internal static async Task<JsonElement> Get(ServiceProcess service, string path)
    {
        using var answer = await service.Http.GetAsync(new Uri(path, UriKind.Relative), cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    internal static async Task<JsonElement> Push(ServiceProcess service, string path, string body, string type = "text/csv")
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        using var answer = await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}\n{service.Log}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Computes until nothing is due any more: what makes days due follows the pushes at a distance.</summary>
    internal static async Task Settle(ServiceProcess environment)
    {
        for (var (round, quiet) = (0, 0); round < 300 && quiet < 3; round++)
        {
            var done = await Push(environment, "/v1/assessments", "{}", "application/json");
            quiet = done.GetProperty("days").GetInt32() == 0 && round > 3 ? quiet + 1 : 0;
            await Task.Delay(200, cancel);
        }
    }
}
