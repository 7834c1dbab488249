using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml;
using CsCheck;

namespace Monitoring.Hosting.Tests;

/// <summary>Whatever is sent to whichever endpoint, the answer is never a 5xx, and an error is always a problem that says why.</summary>
public sealed class FuzzApiTests(Services services)
{
    const int RequestsPerOperation = 25;

    static readonly string[] types =
        ["application/json", "application/x-ndjson", "text/csv", "text/csv; charset=gbk", "text/plain", "application/json; charset=utf-16",
            Sheet.MediaType, Sheet.MediaType];

    static readonly string[] words =
    [
        "gdp", "MN1", "P05-1-01", "2021", "2021-07", "2021-Q9", "final", "preparing", "410325100", "410325100201", "a34004", "N", "元", "NaN",
        "123456", "open", "2023M", "mid_term", "indicators", "on_schedule", "-1", "1e999", "0.1", "", " ", "\u0000", "\ud800", "\uFEFF", "'; drop table", "../..", "2023-08-01T09:00:00Z", "9999-12-31",
        "0198c0de-0000-7000-8000-000000000001", "=cmd()", "a\r\nb", "𝔘𝔫𝔦", "true", "null",
        "household_risk", "office", "shipped-2026", "webhook", "22:00", "township", "relapse.signal-reported.v1", "2026-06-02T23:00:00+08:00", "all",
    ];

    static readonly string[] fields =
    [
        "indicator", "period", "value", "status", "code", "name", "nameEn", "unit", "attribute", "direction", "plan", "planRef", "targetYear",
        "targetKind", "target", "notes", "project", "to", "on", "month", "amount", "id", "village", "category", "members", "household",
        "reference", "kind", "station", "time", "pollutant", "flag", "mn", "medium", "area", "units", "reason", "box", "boxTitle", "seq",
        "document", "year", "adjustment", "approved", "decision", "decidedOn", "met", "responsible", "source", "dueDays", "releasedOn", "reasonCode",
        "TIME_PERIOD", "INDICATOR", "OBS_VALUE", "aspect", "until", "curve", "projectCode", "step", "milestone", "dueOn", "finding", "problem",
        "reply", "rectified", "funding", "total", "plannedStart", "months", "yearToDate", "version", "effectiveFrom", "evidence", "into",
        "day", "planned", "systemType", "longitude", "waterBody", "targetClass", "timeLabel", "password", "intervalMinutes", "countsForCounty",
        "routes", "receivers", "groupBy", "waitSeconds", "inhibitions", "escalations", "quietFrom", "steps", "level", "kinds", "silence", "from", "severity",
        "cause", "channel", "address", "secret", "retry", "templates", "agreed", "wasTrue", "note", "feed", "everyDays", "dayOfMonth", "at",
        "stuckHours", "clearShare", "Datastream", "components", "dataArray", "review", "title", "factDate", "dataCutoff", "reviewers", "verdict", "chapter", "paragraphs",
        "comment", "subject", "sha256",
    ];

    static readonly Gen<string> word = Gen.OneOf(AnyOf(words), Gen.String[0, 20], Gen.Int.Select(number => $"{number}"));

    static readonly Gen<string> scalar = Gen.OneOf(
        word.Select(text => JsonSerializer.Serialize(text)), Gen.Decimal.Select(number => JsonSerializer.Serialize(number)),
        AnyOf("null", "true", "[]", "{}", "1e400", "-0", "[1,[2]]", "{\"a\":{\"b\":1}}", "\"\\ud800\"", "\"\\u0000\""));

    static readonly Gen<string> row = Gen.Select(AnyOf(fields), scalar).Array[0, 12]
        .Select(pairs => "{" + string.Join(',', pairs.Select(pair => $"\"{pair.Item1}\":{pair.Item2}")) + "}");

    // Twelve columns, the last of them without a header.
    static readonly Gen<byte[]> workbook = Gen.Select(
            AnyOf(fields).Array[1, 10], word.Where(text => text.All(XmlConvert.IsXmlChar)).Array[12].Array[0, 5])
        .Select((header, rows) => Sheet.Write(
            "fuzz", [.. Enumerable.Range(0, 12).Select(column => new SheetColumn(header.ElementAtOrDefault(column) ?? "", 10))],
            [.. rows.Select(row => row.Select(cell => cell.Length == 0 ? null : cell).ToArray())]));

    static readonly Gen<byte[]> body = Gen.OneOf(
        Gen.Byte.Array[0, 400],
        row.Select(Encoding.UTF8.GetBytes),
        row.Array[0, 5].Select(rows => Encoding.UTF8.GetBytes($"[{string.Join(',', rows)}]")),
        row.Array[0, 5].Select(rows => Encoding.UTF8.GetBytes(string.Join('\n', rows))),
        Gen.Select(AnyOf(fields).Array[1, 10], word.Array[1, 12].Array[0, 5]).Select((header, rows) =>
            Encoding.UTF8.GetBytes($"{string.Join(',', header)}\n{string.Join('\n', rows.Select(cells => string.Join(',', cells)))}")),
        Spoilt(row.Array[1, 3].Select(rows => Encoding.UTF8.GetBytes($"[{string.Join(',', rows)}]"))),
        workbook, Spoilt(workbook));

    // Mostly names that the operation takes, since any other ends the request at once.
    static readonly Gen<(int Place, string Value)[]> query = Gen.Select(Gen.Int[0, 60], word).Array[0, 3];

    static readonly Gen<(string, string)[]> headers = Gen.Select(
            AnyOf("Idempotency-Key", "If-Match", "Accept", "Accept-Language", "Content-Encoding", "Expect"),
            AnyOf("x", "\"1\"", "text/csv", Sheet.MediaType, "en;q=0.5, zh", "gzip", "*", ";;;q=9", "a b", "é", new string('k', 300)))
        .Array[0, 3];

    public static TheoryData<string> Names => [.. Services.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_request_ever_makes_a_service_fail(string service)
    {
        var operations = await Operations(service);
        Assert.NotEmpty(operations);
        // A failure prints its seed; it comes back with the environment variable CsCheck_Seed.
        var request = Gen.Select(AnyOf([.. operations]), Gen.Select(word, word, query), Gen.Select(body, AnyOf(types), headers));
        await request.SampleAsync(
            async one => await Try(
                service, one.Item1.Method, $"{Filled(one.Item1.Path, one.Item2.Item1, one.Item2.Item2)}?{Query(one.Item1.Names, one.Item2.Item3)}",
                one.Item3.Item1, one.Item3.Item2, one.Item3.Item3),
            iter: operations.Count * RequestsPerOperation, threads: 4);

        Assert.Equal(200, (await services.Send(service, HttpMethod.Get, "/health/live", null, null)).Status);
    }

    static Gen<byte[]> Spoilt(Gen<byte[]> sound) => Gen.Select(sound, Gen.Int[0, 10_000], Gen.Byte).Select((bytes, at, value) =>
    {
        bytes[at % bytes.Length] = value;
        return bytes;
    });

    static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    async Task Try(string service, string method, string path, byte[] sent, string type, (string, string)[] with)
    {
        var request = $"{method} {service}{path} {type} {string.Join(' ', with)} {Convert.ToBase64String(sent)}";
        Answer answer;
        try
        {
            answer = await services.Send(service, new HttpMethod(method), path, method == "GET" ? null : type, method == "GET" ? null : sent, with);
        }
        catch (HttpRequestException e) when (e.StatusCode is null or HttpStatusCode.BadRequest)
        {
            // Not a request at all, such as a header that this client cannot send.
            return;
        }

        Assert.True(answer.Status < 500, $"{answer.Status} {answer.Body}\n{request}");
        // Kestrel answers what is no HTTP by itself, with an empty body.
        if (answer.Type == Sheet.MediaType) Assert.NotEmpty(Books.Texts(answer.Bytes));
        else if (answer.Status > 400 || answer.Body.Length > 0 && answer.Status == 400)
            Assert.True(answer.Type == "application/problem+json" && answer.Text("code") is { Length: > 0 }, $"{answer.Status} {answer.Type} {answer.Body}\n{request}");
    }

    static string Query(string[] names, (int Place, string Value)[] pairs) => string.Join('&', pairs
        .Where(pair => pair.Place == 60 || names.Length > 0)
        .Select(pair => $"{(pair.Place == 60 ? "unheard" : names[pair.Place % names.Length])}={Escape(pair.Value)}"));

    async Task<List<(string Method, string Path, string[] Names)>> Operations(string service)
    {
        var openApi = await services.Send(service, HttpMethod.Get, "/openapi/v1.json", null, null);
        return
        [
            .. openApi.Json.GetProperty("paths").EnumerateObject().SelectMany(path =>
                path.Value.EnumerateObject().Select(operation => (operation.Name.ToUpperInvariant(), path.Name, NamesOf(operation.Value)))),
        ];
    }

    static string[] NamesOf(JsonElement operation) => !operation.TryGetProperty("parameters", out var parameters)
        ? []
        : [.. parameters.EnumerateArray().Where(one => one.GetProperty("in").GetString() == "query").Select(one => one.GetProperty("name").GetString()!)];

    static string Filled(string path, string first, string second)
    {
        var values = new Queue<string>([first, second]);
        return string.Join('/', path.Split('/').Select(segment =>
            segment.StartsWith('{') ? Escape(values.Count > 0 ? values.Dequeue() : "x") is { Length: > 0 } filled ? filled : "-" : segment));
    }

    static string Escape(string text)
    {
        // Also what needs no escape, and a lone surrogate as what a careless client makes of it.
        return string.Concat(Encoding.UTF8.GetBytes(text).Select(value => $"%{value:X2}"));
    }
}
