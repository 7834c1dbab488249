using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Monitoring.Environment.Tests;

/// <summary>What a county does with its stations over the years, over HTTP: corrections, audits, dust, sections, alarms, the archive.</summary>
public sealed class StationLifeApiTests : IAsyncLifetime
{
    static readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    ServiceProcess environment = null!;

    public async ValueTask InitializeAsync()
    {
        var servers = await TestServers.Shared;
        environment = await ServiceProcess.Start(
            "Environment", await servers.CreateDatabase("environment"), await servers.CreateVirtualHost(), new TestKeys(), environment:
            ("Archive__Directory", Directory.CreateTempSubdirectory("monitoring-archive-").FullName));
        await Push("/v1/stations", "mn,name,medium,area,units,planned\nA1,城区站,air,410325100,a34004=μg/m3;a34002=μg/m3,a34004 | a34002\n");
    }

    public ValueTask DisposeAsync() => environment.DisposeAsync();

    Task<JsonElement> Push(string path, string body, string type = "text/csv") => FiguresApiTests.Push(environment, path, body, type);

    Task<JsonElement> Get(string path) => FiguresApiTests.Get(environment, path);

    async Task<(int Status, JsonElement Body)> Send(string path, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        using var answer = await environment.Http.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel)).RootElement);
    }

    /// <summary>Days of hourly PM2.5 and PM10 that no check objects to.</summary>
    static string Days(DateOnly first, int days, Func<DateOnly, decimal> pm25, string mn = "A1")
    {
        var csv = new StringBuilder("station,time,pollutant,value\n");
        for (var day = first; day < first.AddDays(days); day = day.AddDays(1))
            for (var hour = 1; hour <= 24; hour++)
            {
                var (time, value) = (day.ToDateTime(TimeOnly.MinValue).AddHours(hour), pm25(day) + hour % 2 * 0.2m - 0.1m);
                csv.Append(CultureInfo.InvariantCulture, $"{mn},{time:yyyy-MM-ddTHH:mm:ss}+08:00,a34004,{value}\n{mn},{time:yyyy-MM-ddTHH:mm:ss}+08:00,a34002,{value + 30}\n");
            }

        return csv.ToString();
    }

    async Task<JsonElement> Day(string subject, string day) =>
        (await Get($"/v1/days?subject={subject}&from={day}&to={day}")).GetProperty("items")[0].GetProperty("day");

    static decimal? Pm25(JsonElement day) => FiguresApiTests.Number(
        day.GetProperty("figures").EnumerateArray().Single(figure => figure.GetProperty("pollutant").GetString() == "a34004"), "value");

    [Fact]
    public async Task A_correction_makes_a_second_revision_of_day_month_and_year_and_an_audit_closes_the_month()
    {
        for (var month = 1; month <= 12; month++)
            await Push("/v1/readings", Days(new DateOnly(2022, month, 1), DateTime.DaysInMonth(2022, month), _ => 40));
        await FiguresApiTests.Settle(environment);
        Assert.Equal((40m, 1), (Pm25(await Day("A1", "2022-05-05"))!.Value, (await Day("county-air", "2022-05-05")).GetProperty("revision").GetInt32()));
        var year = await Get("/v1/years/2022?subject=county-air");
        var revision = year.GetProperty("revision").GetInt32();
        Assert.Equal(365, year.GetProperty("air").GetProperty("goodDays").GetInt32());

        // A day's readings are put right, three hours of another do not count.
        await Push("/v1/readings", Days(new DateOnly(2022, 5, 5), 1, _ => 90).Replace("value\n", "value,reason\n", StringComparison.Ordinal)
            .Replace("9\n", "9,换算有误\n", StringComparison.Ordinal).Replace("1\n", "1,换算有误\n", StringComparison.Ordinal));
        await Push("/v1/invalidations", "station,time,pollutant,code,reason,document\n" + string.Concat(Enumerable.Range(8, 5).Select(hour =>
            string.Create(CultureInfo.InvariantCulture, $"A1,2022-06-06T{hour:00}:00:00+08:00,a34004,instrument_fault,采样管堵塞,审核记录\n"))));
        await FiguresApiTests.Settle(environment);
        var day = await Day("A1", "2022-05-05");
        Assert.Equal((90m, 2, 119), (Pm25(day)!.Value, day.GetProperty("revision").GetInt32(), day.GetProperty("air").GetProperty("aqi").GetInt32()));
        Assert.Null(Pm25(await Day("A1", "2022-06-06")));
        year = await Get("/v1/years/2022?subject=county-air");
        Assert.True(year.GetProperty("revision").GetInt32() > revision);
        revision = year.GetProperty("revision").GetInt32();
        Assert.Equal((363, 364), (year.GetProperty("air").GetProperty("goodDays").GetInt32(),
            year.GetProperty("air").GetProperty("validDays").GetInt32()));
        var kept = (await Get("/v1/stations/A1/days/2022-06-06")).GetProperty("series").GetProperty("a34004")[7];
        Assert.Equal(("checked", "instrument_fault"), (kept.GetProperty("state").GetString(), kept.GetProperty("invalid").GetString()));
        Assert.True(kept.GetProperty("value").GetDecimal() > 39);

        // Nothing new to say, nothing said.
        await FiguresApiTests.Settle(environment);
        Assert.Equal(revision, (await Get("/v1/years/2022?subject=county-air")).GetProperty("revision").GetInt32());

        // The audit closes the month; a late reading needs its reason.
        await Push("/v1/audits", """[{"station":"A1","month":"2022-06","document":"洛环监〔2022〕7号"}]""", "application/json");
        var (status, refused) = await Send("/v1/readings", """{"station":"A1","time":"2022-06-10T08:30:00+08:00","pollutant":"a34004","value":41}""");
        Assert.Equal((422, "correction-needs-reason"), (status, refused.GetProperty("errors")[0].GetProperty("code").GetString()));
        Assert.Equal("audited", (await Get("/v1/stations/A1/days/2022-06-07")).GetProperty("series").GetProperty("a34004")[0].GetProperty("state").GetString());

        // A dust day is left out of the year, which is judged both ways.
        await Push("/v1/dust-days", """{"day":"2022-05-05","document":"洛环函〔2022〕9号"}""", "application/json");
        await FiguresApiTests.Settle(environment);
        year = await Get("/v1/years/2022?subject=county-air");
        Assert.Equal((revision + 1, 363, 364), (year.GetProperty("revision").GetInt32(), year.GetProperty("air").GetProperty("validDays").GetInt32(),
            year.GetProperty("airWithExcluded").GetProperty("validDays").GetInt32()));

        // The archive takes the raw detail; the figures stay, and nothing comes in any more.
        var before = (await Get("/v1/days?subject=A1&from=2022-02-01&to=2022-02-28")).ToString();
        var archived = (await Push("/v1/archives/2022-02", "{}", "application/json")).GetProperty("archived");
        Assert.Equal((28, 28 * 48), (archived.GetProperty("stationDays").GetInt32(), archived.GetProperty("readings").GetInt32()));
        Assert.Equal("identical", (await Push("/v1/archives/2022-02", "{}", "application/json")).GetProperty("result").GetString());
        (status, refused) = await Send("/v1/readings", """{"station":"A1","time":"2022-02-10T08:00:00+08:00","pollutant":"a34004","value":41,"reason":"补传"}""");
        Assert.Equal((422, "month-archived"), (status, refused.GetProperty("errors")[0].GetProperty("code").GetString()));
        await Push("/v1/invalidations", "station,time,pollutant,code,reason\nA1,2022-01-31T08:00:00+08:00,a34004,power_cut,停电\n");
        await FiguresApiTests.Settle(environment);
        Assert.Equal(before, (await Get("/v1/days?subject=A1&from=2022-02-01&to=2022-02-28")).ToString());
        Assert.Empty((await Get("/v1/readings?station=A1&from=2022-02-01&to=2022-02-28")).EnumerateArray());

        // The whole year again, over the wire.
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/readings?station=A1&pollutant=a34004&from=2022-01-01&to=2022-12-31", UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/csv");
        using var answer = await environment.Http.SendAsync(request, cancel);
        var lines = (await answer.Content.ReadAsStringAsync(cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((365 - 28) * 24 + 1, lines.Length);
        Assert.StartsWith("A1,2022-01-01T01:00:00+08:00,a34004,40.1,μg/m3,N,checked,", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sections_have_their_class_by_month_and_year_and_the_county_by_the_mean_of_its_items()
    {
        await Push("/v1/stations",
            "mn,name,medium,area,units,waterBody,targetClass,intervalMinutes\n" +
            "W1,出境断面,surface_water,410325100,w21003=mg/L;w01018=mg/L;w21011=mg/L,river,3,240\nW2,库心,surface_water,410325100,w21003=mg/L;w21011=mg/L,lake,2,240\n");
        var csv = new StringBuilder("station,time,pollutant,value\n");
        for (var day = new DateOnly(2021, 1, 1); day.Year == 2021; day = day.AddDays(1))
        {
            // In July the river is at class Ⅳ; the year's mean is at class Ⅲ all the same.
            csv.Append(CultureInfo.InvariantCulture, $"W1,{day:yyyy-MM-dd}T08:00:00+08:00,w21003,{(day.Month == 7 ? 1.4 : 0.6)}\nW1,{day:yyyy-MM-dd}T08:00:00+08:00,w01018,14\n");
            csv.Append(CultureInfo.InvariantCulture, $"W1,{day:yyyy-MM-dd}T08:00:00+08:00,w21011,0.05\nW2,{day:yyyy-MM-dd}T08:00:00+08:00,w21003,0.1\nW2,{day:yyyy-MM-dd}T08:00:00+08:00,w21011,0.02\n");
        }

        await Push("/v1/readings", csv.ToString());
        await FiguresApiTests.Settle(environment);
        var july = (await Get("/v1/sections?period=2021-07")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal((4, false, "w21003"), (july[0].GetProperty("water").GetProperty("class").GetInt32(), july[0].GetProperty("meetsTarget").GetBoolean(),
            july[0].GetProperty("water").GetProperty("main")[0].GetString()));
        Assert.Equal((2, true), (july[1].GetProperty("water").GetProperty("class").GetInt32(), july[1].GetProperty("meetsTarget").GetBoolean()));
        var year = (await Get("/v1/sections?period=2021")).GetProperty("items").EnumerateArray().ToList();
        // (11 · 0.6 + 1.4) / 12
        Assert.Equal((3, 0.666667m), (year[0].GetProperty("water").GetProperty("class").GetInt32(),
            year[0].GetProperty("water").GetProperty("items").EnumerateArray().Single(item => item.GetProperty("pollutant").GetString() == "w21003").GetProperty("value").GetDecimal()));
        var county = (await Get("/v1/years/2021?subject=county-water")).GetProperty("water");
        Assert.Equal((3, 100m, 2), (county.GetProperty("class").GetInt32(), county.GetProperty("goodRatio").GetDecimal(), county.GetProperty("sections").GetArrayLength()));
    }

    [Fact]
    public async Task Instruments_speak_sensor_things_and_alarms_are_raised_once()
    {
        var hour = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 3600 * 3600).ToOffset(TimeSpan.FromHours(8));
        string Observation(int ago, string value) => $"[\"{hour.AddHours(-ago):yyyy-MM-ddTHH:mm:ss+08:00}\",{value}]";
        var (status, links) = await Send("/v1.1/CreateObservations",
            $$"""[{"Datastream":{"@iot.id":"A1:a34004"},"components":["phenomenonTime","result"],"dataArray":[{{Observation(3, "300")}},{{Observation(2, "310.5")}},{{Observation(1, "\"x\"")}}]}]""");
        Assert.Equal((201, 3), (status, links.GetArrayLength()));
        Assert.StartsWith("error: not-a-number: ", links[2].GetString(), StringComparison.Ordinal);
        Assert.Contains("/v1.1/Observations('A1%3Aa34004%3A", links[0].GetString(), StringComparison.Ordinal);
        // The address answers what is in force, and one that was only tried has none.
        var stored = await Get(new Uri(links[1].GetString()!).PathAndQuery);
        Assert.Equal((310.5m, "N", "A1:a34004"), (stored.GetProperty("result").GetDecimal(), stored.GetProperty("resultQuality").GetString(),
            stored.GetProperty("Datastream").GetProperty("@iot.id").GetString()));
        Assert.Equal(JsonValueKind.Null, stored.GetProperty("resultTime").ValueKind);
        (status, links) = await Send("/v1.1/CreateObservations?dryRun=true",
            $$"""[{"Datastream":{"@iot.id":"A1:a34004"},"components":["phenomenonTime","result"],"dataArray":[{{Observation(4, "20").Replace("+08:00", "+0800", StringComparison.Ordinal)}},["2099-01-01T00:00:00Z",1]]}]""");
        Assert.Equal((200, JsonValueKind.Null), (status, links[0].ValueKind));
        Assert.StartsWith("error: time-in-future: ", links[1].GetString(), StringComparison.Ordinal);
        (status, _) = await Send("/v1.1/CreateObservations", "[{}]");
        Assert.Equal(400, status);

        Assert.Equal(1, (await Push("/v1/alarm-rounds", "{}", "application/json")).GetProperty("said").GetInt32());
        Assert.Equal(0, (await Push("/v1/alarm-rounds", "{}", "application/json")).GetProperty("said").GetInt32());
        var alarm = (await Get("/v1/alarms")).GetProperty("items").EnumerateArray().Single();
        Assert.Equal(("a34004", 310.5m, 60m), (alarm.GetProperty("pollutant").GetString(), alarm.GetProperty("peak").GetDecimal(), alarm.GetProperty("limit").GetDecimal()));

        // A station that was heard five days ago is silent, once.
        await Push("/v1/stations", "mn,name,medium,area,units\nA2,南站,air,410325100,a34004=μg/m3\n");
        await Push("/v1/readings", $"station,time,pollutant,value\nA2,{hour.AddDays(-5):yyyy-MM-ddTHH:mm:ss+08:00},a34004,30\n");
        Assert.Equal(1, (await Push("/v1/alarm-rounds", "{}", "application/json")).GetProperty("said").GetInt32());
        Assert.Equal(0, (await Push("/v1/alarm-rounds", "{}", "application/json")).GetProperty("said").GetInt32());
    }

    [Fact]
    public async Task A_station_changes_from_a_day_on_and_never_shows_its_password()
    {
        using var put = new StringContent("""{"name":"新城区站","medium":"air","area":"410325100","units":{"a34004":"μg/m3","a34002":"μg/m3"},"planned":["a34004","a34002"],"password":"123456","effectiveFrom":"2024-01-01","reason":"接入 HJ 212"}""",
            Encoding.UTF8, "application/json");
        using var answer = await environment.Http.PutAsync(new Uri("/v1/stations/A1", UriKind.Relative), put, cancel);
        Assert.Equal(201, (int)answer.StatusCode);
        foreach (var path in new[] { "/v1/stations", "/v1/stations/A1", "/v1/stations/A1/changes" })
            Assert.DoesNotContain("password", (await Get(path)).ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("2024-01-01", (await Get("/v1/stations/A1/changes"))[0].GetProperty("effectiveFrom").GetString());
        Assert.Equal(["gb3095-2012", "gb3095-2026", "gb3095-2026-final"],
            (await Get("/v1/standards")).GetProperty("items").EnumerateArray().Select(one => one.GetProperty("code").GetString()));
        (var status, var problem) = await Send("/v1/archives/2021-13", "{}");
        Assert.Equal((400, "not-a-month"), (status, problem.GetProperty("code").GetString()));
    }
}
