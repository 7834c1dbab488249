using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Monitoring.System.Tests;

/// <summary>
/// From a station's readings to the plan: the county's year becomes provisional values of the plan's indicators, a correction
/// revises them, and what the department has verified stays. All of it is in the ledger.
/// </summary>
public sealed class AssessedYearTests
{
    static readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    static readonly (string Pollutant, string Unit, decimal Level)[] air =
        [("a34004", "μg/m3", 33), ("a34002", "μg/m3", 60), ("a21026", "μg/m3", 8), ("a21004", "μg/m3", 20), ("a21005", "mg/m3", 0.6m), ("a05024", "μg/m3", 90)];

    [Fact]
    public async Task A_year_of_readings_becomes_provisional_values_of_the_plan()
    {
        var servers = await TestServers.Shared;
        var (keys, amqp) = (new TestKeys(), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", await servers.CreateDatabase("evaluation"), amqp, keys);
        await using var indicators = await ServiceProcess.Start("Indicators", await servers.CreateDatabase("indicators"), amqp, keys);
        await using var environment = await ServiceProcess.Start("Environment", await servers.CreateDatabase("environment"), amqp, keys);
        await Push(indicators, "/v1/indicators", await File.ReadAllTextAsync(
            Path.Combine(TestServers.Root, "deploy", "plan", "410325", "indicators.csv"), cancel));

        await Push(environment, "/v1/stations",
            $"mn,name,medium,area,units,waterBody,intervalMinutes\nA1,城区站,air,410325100,{string.Join(';', air.Select(item => $"{item.Pollutant}={item.Unit}"))},,\n" +
            "W1,出境断面,surface_water,410325100,w21003=mg/L;w01018=mg/L,river,1440\n");
        for (var month = 1; month <= 12; month++) await Push(environment, "/v1/readings", Month(month));
        await Settle(environment);

        var fine = await Value(indicators, "pm25", value => value.GetProperty("value").GetDecimal() == 33);
        Assert.Equal("preliminary", fine.GetProperty("status").GetString());
        Assert.StartsWith("environment.year-assessed county-air/2022 r", fine.GetProperty("document").GetString(), StringComparison.Ordinal);
        Assert.Equal(100m, (await Value(indicators, "good-air-days-ratio", _ => true)).GetProperty("value").GetDecimal());
        // The year may have been judged before its last day was computed, and again after.
        await Value(indicators, "text-good-air-days-trend", value => value.GetProperty("value").GetDecimal() == 365);
        Assert.Equal(2m, (await Value(indicators, "surface-water-class", _ => true)).GetProperty("value").GetDecimal());

        // The audit finds January's fine dust too low.
        await Push(environment, "/v1/readings", Month(1, 60, "审核修订"));
        await Settle(environment);
        var revised = await Value(indicators, "pm25", value => value.GetProperty("value").GetDecimal() == 35);
        Assert.Contains("重新评价", revised.GetProperty("reason").GetString(), StringComparison.Ordinal);

        // What the department has verified is not touched any more.
        await Push(indicators, "/v1/verifications", "indicator,period,value\npm25,2022,35\n");
        await Push(environment, "/v1/readings", Month(2, 60, "审核修订"));
        await Settle(environment);
        await Task.Delay(2_000, cancel);
        Assert.Equal(35m, (await Value(indicators, "pm25", _ => true)).GetProperty("value").GetDecimal());

        // Who said so is in the ledger: the Environment service, and not a person.
        for (var attempt = 0; ; attempt++)
        {
            var trail = await Get(evaluation, "/v1/audit?stream=indicator/410325/pm25&limit=1000");
            var said = trail.GetProperty("items").EnumerateArray().Where(entry => entry.GetProperty("type").GetString() == "indicators.value-revised.v1").ToList();
            if (said.Count > 0)
            {
                Assert.Equal("系统/environment", said[0].GetProperty("actor").GetString());
                break;
            }

            Assert.True(attempt < 600, evaluation.Log);
            await Task.Delay(200, cancel);
        }

        // How its stations stand is there as well; with two months of 60, the mean is above 35.
        for (var attempt = 0; ; attempt++)
        {
            var stations = (await Get(evaluation, "/v1/stations")).GetProperty("items").EnumerateArray().Select(station =>
                $"{station.GetProperty("mn").GetString()} {Text(station, "yearName")} " +
                (station.TryGetProperty("day", out var last) ? last.GetProperty("day").GetString() : null)).ToList();
            if (stations is ["A1 does not meet the standard 2022-12-31", "W1 class II 2022-12-31"]) break;
            Assert.True(attempt < 600, string.Join("; ", stations) + evaluation.Log);
            await Task.Delay(200, cancel);
        }

        static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() : null;
    }

    /// <summary>A month of hourly air, and a daily sample of the river.</summary>
    static string Month(int month, decimal? pm25 = null, string? reason = null)
    {
        var csv = new StringBuilder("station,time,pollutant,value,reason\n");
        for (var day = new DateOnly(2022, month, 1); day.Month == month; day = day.AddDays(1))
        {
            for (var hour = 1; hour <= 24; hour++)
                foreach (var (pollutant, _, level) in air)
                    csv.Append(CultureInfo.InvariantCulture,
                        $"A1,{day.ToDateTime(TimeOnly.MinValue).AddHours(hour):yyyy-MM-ddTHH:mm:ss}+08:00,{pollutant},{(pollutant == "a34004" ? pm25 ?? level : level) + hour % 2 * 0.02m - 0.01m},{reason}\n");
            if (pm25 is null)
                csv.Append(CultureInfo.InvariantCulture, $"W1,{day:yyyy-MM-dd}T08:00:00+08:00,w21003,0.4,\nW1,{day:yyyy-MM-dd}T08:00:00+08:00,w01018,12,\n");
        }

        return csv.ToString().Replace(pm25 is 60 ? ",a34002,60" : "\u0001", ",a34002,80", StringComparison.Ordinal);
    }

    static async Task<JsonElement> Value(ServiceProcess indicators, string code, Func<JsonElement, bool> until)
    {
        for (var attempt = 0; ; attempt++)
        {
            var values = (await Get(indicators, $"/v1/indicators/{code}")).GetProperty("values");
            if (values.TryGetProperty("2022", out var value) && until(value)) return value;
            Assert.True(attempt < 600, $"{code}: {values}\n{indicators.Log}");
            await Task.Delay(200, cancel);
        }
    }

    static async Task Settle(ServiceProcess environment)
    {
        for (var (round, quiet) = (0, 0); round < 300 && quiet < 3; round++)
        {
            var done = await Push(environment, "/v1/assessments", "{}", "application/json");
            quiet = done.GetProperty("days").GetInt32() == 0 && round > 3 ? quiet + 1 : 0;
            await Task.Delay(200, cancel);
        }
    }

    static async Task<JsonElement> Get(ServiceProcess service, string path)
    {
        using var answer = await service.Http.GetAsync(new Uri(path, UriKind.Relative), cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    static async Task<JsonElement> Push(ServiceProcess service, string path, string body, string type = "text/csv")
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        using var answer = await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text[..Math.Min(text.Length, 2_000)]}\n{service.Log}");
        return JsonDocument.Parse(text).RootElement;
    }
}
