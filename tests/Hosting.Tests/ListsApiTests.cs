using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Monitoring.Hosting.Tests;

/// <summary>Lists come in the form that was asked for, and what was exported can be imported again.</summary>
public sealed class ListsApiTests(Services services)
{
    const string LongNumber = "A410325000000000000000001";

    Task<Answer> Get(string service, string path, string accept, params (string, string)[] headers) =>
        services.Send(service, HttpMethod.Get, path, null, null, [("Accept", accept), .. headers]);

    async Task Seed(string service, string path, string type, string body)
    {
        var answer = await services.Post(service, path, type, body);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(0, answer.Number("rejected"));
    }

    /// <summary>List, and what it is seeded with, in its own notation.</summary>
    public static TheoryData<string, string, string> Lists => new()
    {
        { "Indicators", "/v1/indicators", """
            [{"code":"round-1","name":"往返, 一","nameEn":"Round, one","unit":"亿元","attribute":"expected","direction":"increase","plan":"fyp14","planRef":"专栏2/1",
              "baselineYear":2020,"baseline":12.50,"baselineVerbatim":"12.5","targetYear":2025,"targetKind":"increase_to","target":20,"targetGrowth":6.5,"outlookYear":2035,"outlookKind":"increase_to","outlook":40,
              "notes":["甲","乙"],"unitMult":8,"decimals":2,"frequency":"M","targetPath":"geometric","targetStrict":true},
             {"code":"round-2","name":"往返二","nameEn":"Round two","unit":"%","attribute":"binding","direction":"decrease","plan":"fyp14","planRef":"专栏2/2"}]
            """ },
        { "Indicators", "/v1/values", """
            [{"indicator":"round-v","period":"2021-07","value":12.50,"status":"preliminary","document":"统计月报, 7月"},
             {"indicator":"round-v","period":"2021-08","value":0.1234567891,"status":"final","releasedOn":"2021-10-01","note":"备注"},
             {"indicator":"round-v","period":"2021-09","value":-3,"status":"final"}]
            """ },
        { "Projects", "/v1/projects", """
            [{"code":"ROUND-1","name":"往返项目","kind":"project","box":9,"boxTitle":"农业","group":1,"groupTitle":"组","seq":7,"stage":"preparing","notes":["甲","乙"]}]
            """ },
        { "Projects", "/v1/milestones", """
            [{"project":"P05-1-01","milestone":"m1","name":"开工","dueOn":"2030-06-30","responsible":"发改委"},{"project":"P05-1-01","milestone":"m2","name":"竣工","dueOn":"2031-06-30"}]
            """ },
        { "Projects", "/v1/findings", """
            [{"finding":"f-1","project":"P05-1-01","kind":"dispatch","problem":"进度滞后","meeting":"调度会","on":"2023-05-01","to":"住建局","dueOn":"2030-06-30"},
             {"finding":"f-2","project":"P05-1-01","kind":"supervision","problem":"资料不全","on":"2023-05-02"}]
            """ },
        { "Relapse", "/v1/calendars", """[{"year":2023,"daysOff":["2023-01-02","2023-01-23"],"workdays":["2023-01-28","2023-01-29"],"document":"国办发明电〔2022〕16号"}]""" },
        { "Relapse", "/v1/income-lines", """[{"from":"2023-01-01","amount":7200,"document":"豫乡村振兴〔2023〕1号"},{"area":"41","from":"2022-01-01","amount":6800.5,"document":"豫〔2022〕2号"}]""" },
        { "Relapse", "/v1/reference-values", """[{"series":"rural-income-province","year":2022,"amount":18697.3,"document":"统计公报"}]""" },
        { "Environment", "/v1/stations", $$"""
            [{"mn":"{{LongNumber}}","name":"往返站","medium":"air","area":"410325100","units":{"a34004":"μg/m3","a34002":"μg/m3"},"systemType":22,"longitude":112.086,"latitude":34.13,
              "address":"嵩县","timeLabel":"end","planned":["a34002","a34004"],"intervalMinutes":60,"countsForCounty":false}]
            """ },
        { "Environment", "/v1/dust-days", """[{"day":"2023-03-22","document":"豫环函〔2023〕1号"}]""" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task What_was_exported_is_imported_again_as_it_is(string service, string path, string rows)
    {
        if (path == "/v1/values")
            await Seed("Indicators", "/v1/indicators", "text/csv",
                "code,name,nameEn,unit,attribute,direction,plan,planRef\nround-v,往返,Round,亿元,expected,increase,fyp14,专栏2/3\n");
        await Seed(service, path, "application/json", rows);
        // Others of this assembly have names that begin with =, before which CSV has an apostrophe.
        var own = path switch { "/v1/values" => "?indicator=round-v", "/v1/indicators" => "?after=round", "/v1/projects" => "?after=R", "/v1/stations" => "?after=A", _ => "" };
        foreach (var type in new[] { "text/csv", Sheet.MediaType })
        {
            var exported = await Get(service, path + own, type);
            Assert.Equal((200, type), (exported.Status, exported.Type));
            foreach (var query in new[] { "?dryRun=true", "" })
            {
                var again = await services.Send(service, HttpMethod.Post, path + query, type, exported.Bytes);
                Assert.True(again.Status == 200, $"{type}: {again.Body}\n{(type == "text/csv" ? exported.Body : "")}");
                Assert.True(again.Number("duplicates") > 0);
                Assert.Equal((0, 0), (again.Number("accepted"), again.Number("rejected")));
            }
        }
    }

    [Fact]
    public async Task Readings_are_imported_again_as_they_were_exported()
    {
        await Seed("Environment", "/v1/readings", "text/csv",
            "station,time,pollutant,value,flag\nMN1,2022-08-01T09:00:00+08:00,a34004,28,N\nMN1,2022-08-01T10:00:00+08:00,a34004,29.5,M\n");
        var exported = await Get("Environment", "/v1/readings?station=MN1&from=2022-08-01&to=2022-08-01", "text/csv");
        var again = await services.Send("Environment", HttpMethod.Post, "/v1/readings", "text/csv", exported.Bytes);
        Assert.Equal((200, 0, 2), (again.Status, again.Number("accepted"), again.Number("duplicates")));
    }

    [Fact]
    public async Task A_workbook_keeps_texts_as_texts_and_numbers_as_numbers()
    {
        await Seed("Environment", "/v1/stations", "application/json", $$"""
            [{"mn":"410325000000000000000002","name":"@站","medium":"air","area":"410325100","units":{"a34004":"μg/m3"},"longitude":112.0861}]
            """);
        var answer = await Get("Environment", "/v1/stations", Sheet.MediaType);
        Books.IsValid(answer.Bytes);
        using var document = SpreadsheetDocument.Open(new MemoryStream(answer.Bytes), isEditable: false);
        var sheet = document.WorkbookPart!.WorksheetParts.First().Worksheet;
        var rows = sheet.Descendants<Row>().Select(row => row.Elements<Cell>().ToList()).ToList();
        int Column(string name) => rows[0].FindIndex(cell => cell.InnerText == name);
        var row = rows.Single(cells => cells[Column("mn")].InnerText == "410325000000000000000002");
        Assert.Equal(CellValues.InlineString, row[Column("mn")].DataType!.Value);
        Assert.Equal(("@站", CellValues.InlineString), (row[Column("name")].InnerText, row[Column("name")].DataType!.Value));
        Assert.Equal(("112.0861", null), (row[Column("longitude")].InnerText, row[Column("longitude")].DataType));
        Assert.Equal(0, Column("mn"));
        Assert.Contains("attachment", answer.Headers["Content-Disposition"], StringComparison.Ordinal);
        Assert.Contains("stations.xlsx", answer.Headers["Content-Disposition"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_csv_is_a_file_with_a_name_and_flags_in_small_letters()
    {
        await Seed("Projects", "/v1/milestones", "application/json", """[{"project":"P05-1-01","milestone":"m3","name":"节点","dueOn":"2020-06-30"}]""");
        var answer = await Get("Projects", "/v1/milestones?late=true", "text/csv");
        Assert.Contains("milestones.csv", answer.Headers["Content-Disposition"], StringComparison.Ordinal);
        Assert.Contains(",true", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("True", answer.Body, StringComparison.Ordinal);
        Assert.Equal("Accept, Accept-Language", answer.Headers["Vary"]);
        var empty = await Get("Projects", "/v1/milestones?project=none", "text/csv");
        Assert.StartsWith("\uFEFFproject,milestone,name,dueOn,responsible,【", empty.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/vnd.sdmx.data+json", 406, null)]
    [InlineData("application/xml", 406, null)]
    [InlineData("application/json;q=0", 406, null)]
    [InlineData("text/html,application/xml;q=0.9,*/*;q=0.8", 200, "application/json")]
    [InlineData("text/csv;q=0.5, application/json;q=0.4", 200, "text/csv")]
    [InlineData("text/*", 200, "text/csv")]
    [InlineData("text/csv; charset=utf-8", 200, "text/csv")]
    [InlineData("application/vnd.sdmx.data+csv", 200, "application/vnd.sdmx.data+csv")]
    public async Task What_there_is_not_is_refused_with_what_there_is(string accept, int status, string? type)
    {
        var answer = await Get("Indicators", "/v1/values", accept);
        if (status == 200) Assert.Equal((200, type), (answer.Status, answer.Type));
        else
        {
            answer.IsProblem(status, "not-acceptable");
            Assert.Contains("text/csv", answer.Text("detail"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sheet_of_a_department_that_reports_nothing_is_refused()
    {
        (await Get("Indicators", $"/v1/templates/values.xlsx?department={Uri.EscapeDataString("不存在局")}", "*/*")).IsProblem(404, "department-unknown");
        Assert.Equal(200, (await Get("Indicators", $"/v1/templates/values.xlsx?department={Uri.EscapeDataString(TestKeys.Department)}", "*/*")).Status);
    }

    [Fact]
    public async Task A_receipt_is_found_again_by_key_by_day_and_by_state()
    {
        var key = $"nightly-{Guid.CreateVersion7()}";
        var day = TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        const string bad = """[{"indicator":"gdp","period":"1903-06","value":"x","status":"final"}]""";
        var stored = await services.Post("Indicators", "/v1/values", "application/json", """[{"indicator":"gdp","period":"1903-05","value":1,"status":"final"}]""", ("Idempotency-Key", key));
        var partial = await services.Post("Indicators", "/v1/values?mode=partial", "application/json", """[{"indicator":"gdp","period":"1903-04","value":1,"status":"final"},{}]""");

        var byKey = (await Get("Indicators", $"/v1/receipts?key={key}", "*/*")).Json.GetProperty("items");
        var found = Assert.Single(byKey.EnumerateArray());
        Assert.Equal(
            (stored.Text("receiptId"), "/v1/values", TestKeys.Department, key, "accepted", 200, 1),
            (found.GetProperty("id").GetString(), found.GetProperty("collection").GetString(), found.GetProperty("department").GetString(),
                found.GetProperty("idempotencyKey").GetString(), found.GetProperty("state").GetString(), found.GetProperty("status").GetInt32(), found.GetProperty("accepted").GetInt32()));

        async Task<List<string?>> Ids(string query) =>
        [
            .. (await Get("Indicators", $"/v1/receipts?{query}", "*/*")).Json.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("id").GetString()),
        ];
        var days = await Ids($"from={day}&to={day}&limit=1000");
        Assert.Contains(stored.Text("receiptId"), days);
        Assert.Equal(days.OrderDescending(StringComparer.Ordinal), days);
        Assert.Contains(partial.Text("receiptId"), await Ids("state=partial&limit=1000"));
        Assert.DoesNotContain(stored.Text("receiptId"), await Ids("state=partial&limit=1000"));
        Assert.DoesNotContain(stored.Text("receiptId"), await Ids("to=2020-01-01"));
        var pages = await Get("Indicators", "/v1/receipts?limit=1", "*/*");
        Assert.DoesNotContain(pages.Json.GetProperty("items")[0].GetProperty("id").GetString(), await Ids($"limit=1&after={pages.Text("next")}"));
        Assert.Equal(422, (await services.Post("Indicators", "/v1/values", "application/json", bad)).Status);

        // Another department finds its own only.
        using var http = new HttpClient { BaseAddress = services["Indicators"].Http.BaseAddress };
        http.DefaultRequestHeaders.Add("X-Api-Key", services.Keys.NeighbourKey);
        Assert.DoesNotContain(stored.Text("receiptId")!, await http.GetStringAsync(new Uri("/v1/receipts?limit=1000", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var refused = await http.GetAsync(new Uri($"/v1/receipts?department={Uri.EscapeDataString(TestKeys.Department)}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)refused.StatusCode);
        (await Get("Indicators", "/v1/receipts?state=lost", "*/*")).IsProblem(400, "unknown-code");
        Assert.Empty((await Get("Indicators", $"/v1/receipts?department={Uri.EscapeDataString("医保局")}", "*/*")).Json.GetProperty("items").EnumerateArray());
    }
}
