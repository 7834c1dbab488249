using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;

namespace Monitoring.Hosting.Tests;

/// <summary>
/// Well-formed rows whose values lie at the edges of their types: the requests of <c>services/requests.http</c> as they are, moved to the ends
/// of time, and with one to three fields replaced. They pass the shape check and meet deciders, projections and views, none of which may fail,
/// then or later. On databases of its own, since much of it is taken.
/// </summary>
public sealed partial class EdgeApiTests : IAsyncLifetime
{
    static readonly int pushes = Extent.Of(full: 600, part: 150);
    static readonly int asked = Extent.Of(full: 3_000, part: 600);

    // Year in which the requests begin.
    const int Usual = 2019;

    static readonly string[] numbers =
    [
        "0", "-0", "0.0000000001", "-0.0000000001", "0.1234567891", "1", "-1", "2", "12", "31", "100", "101", "365", "366", "1900", "2100", "2200", "9999",
        "2147483647", "2147483648", "-2147483648", "9223372036854775807", "999999999999999.9999999999", "-999999999999999.9999999999", "1e15", "-1e15", "1e-10",
    ];

    static readonly string[] days =
    [
        "0001-01-01", "0001-01-02", "0001-12-31", "1899-12-31", "1900-01-01", "1900-01-02", "1900-12-31", "1901-01-01", "1948-12-31", "1949-01-01",
        "2000-02-29", "2024-02-29", "2023-12-31", "2026-11-29", "2100-12-31", "2101-01-01", "2200-12-30", "2200-12-31", "2201-01-01", "9999-01-01", "9999-12-30", "9999-12-31",
    ];

    static readonly string[] periods =
    [
        "1900", "1901", "1900-S1", "1900-Q1", "1900-01", "1900-12", "1949", "1949-S2", "1950-Q4", "2000-02", "2021", "2025-S2", "2026-10", "2026-11", "2026-12",
        "2026", "2099", "2099-S2", "2099-Q4", "2099-12", "2100", "2200-12",
    ];

    static readonly string[] instants =
    [
        "1900-01-01T00:00:00+14:00", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00-14:00", "1900-01-01 00:00", "1949-01-01T00:00:00+08:00",
        "2023-08-01T00:00:00+14:00", "2023-08-01T09:00:00-14:00", "2024-02-29T23:59:59.9999999Z", "2026-11-30T00:00:00+08:00",
        "2200-12-31T23:59:59-14:00", "2200-12-31T23:59:59.9999999+14:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    ];

    static readonly string[] texts =
    [
        "a", "0", "-", ".", "a.b_c-d", new('9', 64), new('z', 64), new('z', 65), new('长', 200), string.Concat(Enumerable.Repeat("𝔘", 32)),
        string.Concat(Enumerable.Repeat("👩‍👩‍👧", 25)), "e" + new string('\u0301', 199), "{0}", "{x:y}", "%s%n", "'\"\\`$", "<b>&amp;</b>", "\u202Eabc", "\uFFFE\uFFFF",
        "a\u00A0b", "=1+1", "|", " | ; = ", "410325", "410325100", "410325111201", "410325999999", "000000000000", "元", "亿元", "shipped-1", "00:00", "23:59", "24:00",
    ];

    static readonly string[] ids = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0198c0de-0000-7000-8000-000000000001"];

    static readonly string[] places =
    [
        "0", "1", "-1", "2147483647", "2147483648", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "@0", "@1", "@-1", "@9223372036854775807",
        "true", "false", "a", "é", "𝔘", "%00", "a/b/c", "A/B", "/", "//", new('a', 64), new('9', 64),
    ];

    static readonly string[] queries =
    [
        "on", "asOf", "from", "to", "for", "since", "limit", "after", "year", "month", "period", "knownOn", "by", "base", "path", "code", "plan", "stage", "box", "stream",
        "area", "state", "mn", "view", "position", "event", "receipt", "size", "person", "targets", "standard", "subject", "station", "pollutant", "late", "overdue",
    ];

    readonly Services services = new();
    readonly ConcurrentDictionary<string, string> failed = new();
    readonly ConcurrentDictionary<string, int> taken = new();
    readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);
    readonly Dictionary<string, JsonElement> documents = [];

    public ValueTask InitializeAsync() => services.InitializeAsync();

    public ValueTask DisposeAsync() => services.DisposeAsync();

    [Fact]
    public async Task What_lies_at_the_edge_of_its_type_makes_no_service_fail_then_or_later()
    {
        var notation = await File.ReadAllTextAsync(Path.Combine(TestServers.Root, "services", "requests.http"), TestContext.Current.CancellationToken);
        foreach (var service in Services.Names)
            documents[service] = (await services.Send(service, HttpMethod.Get, "/openapi/v1.json", null, null)).Json;

        var samples = new List<Sample>();
        foreach (var first in new[] { Usual, 1900, 1890, 2018, 2190 })
        {
            foreach (var request in Requests(Moved(notation, first)))
                samples.Add(await Send(request));
        }

        taken.Clear();
        foreach (var request in Extremes()) await Send(request);
        // What is refused is no test of what lies behind.
        Assert.Empty(Extremes().Select(request => Collection(request.Service, request.Path)).Except(taken.Keys));
        // The longest event that one push can make, as good as.
        await Try("Environment", HttpMethod.Post, "/v1/readings", $"[{string.Join(',', Enumerable.Range(1, 5_000).Select(second =>
            $$"""{"station":"EDGE-A","time":"{{DateTimeOffset.UnixEpoch.AddDays(15_000).AddSeconds(second):O}}","pollutant":"a34004","value":{{second}}}"""))}]");
        var taking = samples.Where(sample => sample.Rows.Count > 0).ToArray();
        await Mutations(taking).SampleAsync(Send, iter: pushes, threads: 4);
        await Stand("what was pushed");
        foreach (var tile in new[] { "000", "001", "002" }) await Try("Evaluation", HttpMethod.Get, $"/v1/log/tile/entries/{tile}", null);

        var reads = documents.SelectMany(document => document.Value.GetProperty("paths").EnumerateObject()
            .Where(path => path.Value.TryGetProperty("get", out _) && !path.Name.Contains("stream", StringComparison.Ordinal))
            .Select(path => (document.Key, path.Name))).ToArray();
        await Reads(reads, [.. samples.SelectMany(Segments).Distinct()]).SampleAsync(
            one => Try(one.Service, HttpMethod.Get, one.Path, null), iter: asked, threads: 4);
        foreach (var sample in samples) await Send(sample);
        await Stand("what was asked");
        Assert.Empty(failed.Values);
        // What nobody was answered with, such as a round that failed; lost races are none.
        Assert.Empty(Services.Names.SelectMany(service => Failures(services[service].Log), (service, line) => $"{service}: {line}"));
    }

    /// <summary>What a request asks and its rows, so that both can be varied.</summary>
    sealed record Sample(string Service, string Method, string Path, List<JsonObject> Rows, bool IsList);

    /// <summary>Nothing stands still on what was taken: every consumer has heard it and every view shows it.</summary>
    async Task Stand(string after)
    {
        foreach (var service in Services.Names)
        {
            try
            {
                await services[service].WaitReady();
            }
            catch (TimeoutException e)
            {
                failed.TryAdd($"{service} ready", $"{service} is not ready after {after}: {e.Message}");
            }
        }

        var views = await services.Send("Evaluation", HttpMethod.Get, "/v1/projections", null, null);
        foreach (var view in views.Json.GetProperty("items").EnumerateArray().Where(view => view.GetProperty("state").GetString() != "current"))
            failed.TryAdd($"view {view.GetProperty("name")}", $"A view stands still after {after}: {view}");
    }

    /// <summary>Numbers that are each within bounds, and together make the largest and smallest shares, sums and paces there can be.</summary>
    static IEnumerable<Sample> Extremes()
    {
        static Sample One(string service, string method, string path, params string[] rows) =>
            new(service, method, path, [.. rows.Select(row => JsonNode.Parse(row)!.AsObject())], false);
        const string most = "999999999999999.9999999999", least = "0.0000000001";

        string[] kinds =
        [
            "increase_to", "decrease_to", "at_most", "at_least", "range", "growth_rate", "cumulative", "annual_quota", "maintain", "class", "coverage_full",
            "delegated", "relative", "trend", "milestone", "qualitative", "points_per_year", "ratio", "dual",
        ];
        (string Base, string Target, string Value)[] triples =
        [
            (least, most, "-" + most), (most, least, most), ("0", least, most), ("-" + most, most, least), (least, "0.0000000002", most), ("-" + least, least, "-" + most),
        ];
        foreach (var kind in kinds)
        {
            foreach (var (index, (from, target, value)) in triples.Index())
            {
                var (code, first, last) = ($"edge-{kind}-{index}", index % 2 == 0 ? 2020 : 1949, index % 3 == 0 ? 2025 : 2100);
                yield return One("Indicators", "POST", "/v1/indicators", $$"""
                    {"code":"{{code}}","name":"极值","nameEn":"Edge","unit":"兆瓦时","attribute":"expected","direction":"{{(index % 2 == 0 ? "increase" : "decrease")}}","plan":"fyp14",
                     "planRef":"示例/9","baselineYear":{{first}},"baseline":{{from}},"targetYear":{{last}},"targetKind":"{{kind}}","target":{{target}},"targetUpper":{{most}},
                     "targetGrowth":{{(index % 2 == 0 ? most : "-99.9999999999")}},"unitMult":12,"decimals":10}
                    """);
                yield return One("Indicators", "POST", "/v1/values", [.. new[] { "1950", "2021", "2022-Q1", "2022-Q2", "2022", "2023-01", "2023" }.Select(period =>
                    $$"""{"indicator":"{{code}}","period":"{{period}}","value":{{(period == "2022" ? from : value)}},"status":"final"}""")]);
                yield return One("Indicators", "POST", "/v1/handed-down-targets", $$"""{"code":"{{code}}","year":2022,"kind":"at_most","value":{{target}},"document":"x"}""");
                yield return One("Indicators", "POST", "/v1/attestations", $$"""{"code":"{{code}}","year":2021,"met":true,"document":"x"}""");
                foreach (var on in new[] { "1900-01-01", "2022-12-31", "2025-12-31", "2200-12-31" })
                    yield return One("Indicators", "GET", $"/v1/indicators/{code}/verdict?on={on}");
            }
        }

        foreach (var (index, (total, amount, unit)) in new[] { ("0.01", "1000000000000000", "元"), ("10000000", "0.0000000001", "亿元"), ("0.000001", most, "万元"), (most, least, "亿元") }.Index())
        {
            var code = $"E9-{index}";
            yield return One("Projects", "PUT", $"/v1/projects/{code}", $$"""{"name":"极值","kind":"project","box":98,"boxTitle":"示例","group":1,"seq":{{index + 1}}}""");
            yield return One("Projects", "POST", "/v1/project-details",
                $$"""{"code":"{{code}}","total":{{total}},"unit":"{{unit}}","funding":{"state_budget":"79228162514264337593543950335"},"plannedStart":"1900-01-01","plannedEnd":"2200-12-31"}""",
                $$"""{"code":"{{code}}","total":{{total}},"unit":"{{unit}}","plannedStart":"1900-01-01","plannedEnd":"2200-12-31"}""");
            foreach (var (to, on) in new[] { ("preparing", "2020-01-01"), ("started", "2020-02-01"), ("under_construction", "2020-03-01") })
                yield return One("Projects", "POST", "/v1/stages", $$"""{"project":"{{code}}","to":"{{to}}","on":"{{on}}"}""");
            yield return One("Projects", "POST", "/v1/annual-plans", $$"""{"project":"{{code}}","year":2023,"amount":{{total}},"unit":"{{unit}}"}""");
            yield return One("Projects", "POST", "/v1/funds", $$"""{"project":"{{code}}","month":"2023-06","source":"special_bond","amount":{{amount}},"unit":"{{unit}}"}""");
            yield return One("Projects", "POST", "/v1/investments", [.. new[] { "1900-01", "2023-05", "2023-06", "2023-07" }.Select(month =>
                $$"""{"project":"{{code}}","month":"{{month}}","amount":{{amount}},"unit":"{{unit}}","yearToDate":{{amount}}}""")]);
        }

        foreach (var on in new[] { "1900-01-01", "2023-08-01", "2200-12-31" })
            foreach (var path in new[] { "/v1/lamps", "/v1/forecasts", "/v1/annex2" }) yield return One("Projects", "GET", $"{path}?on={on}");
        yield return One("Projects", "GET", "/v1/ladder?from=1900-Q1&to=2099-Q4&by=box");
        yield return One("Projects", "GET", "/v1/slips?since=1900-01-01&on=2200-12-31");

        yield return One("Environment", "POST", "/v1/stations",
            """{"mn":"EDGE-W","name":"极值","medium":"surface_water","area":"410325103","units":{"w01001":"无量纲","w21011":"mg/L"},"targetClass":3}""",
            """{"mn":"EDGE-A","name":"极值","medium":"air","area":"410325103","units":{"a34004":"mg/m3","a05024":"μg/m3","a21005":"μg/m3"}}""");
        foreach (var (station, pollutant) in new[] { ("EDGE-W", "w01001"), ("EDGE-W", "w21011"), ("EDGE-A", "a34004"), ("EDGE-A", "a05024"), ("EDGE-A", "a21005") })
        {
            string[] times = ["1900-01-01T00:00:00+08:00", "1900-01-01T00:00:01+08:00", .. Enumerable.Range(1, 23).Select(hour => $"2023-08-01T{hour:00}:00:00+08:00")];
            yield return One("Environment", "POST", "/v1/readings", [.. times.Index().Select(time =>
                $$"""{"station":"{{station}}","time":"{{time.Item}}","pollutant":"{{pollutant}}","value":{{(time.Index % 3 == 0 ? most : time.Index % 3 == 1 ? "-" + most : least)}}}""")]);
            yield return One("Environment", "POST", "/v1/restorations", [.. times.Select(time =>
                $$"""{"station":"{{station}}","time":"{{time}}","pollutant":"{{pollutant}}","reason":"核实"}""")]);
        }

        yield return One("Environment", "POST", "/v1/audits", """{"station":"EDGE-W","month":"1900-01","document":"x"}""", """{"station":"EDGE-W","month":"2023-08","document":"x"}""");
        yield return One("Environment", "POST", "/v1/assessments?all=true");
        yield return One("Environment", "POST", "/v1/alarm-rounds");
        yield return One("Environment", "POST", "/v1/archives/1900-01");
        yield return One("Environment", "GET", "/v1/sections?period=2023-08");
        yield return One("Environment", "GET", "/v1/hours?station=EDGE-W&day=2023-08-01");
        yield return One("Environment", "GET", "/v1/days?subject=EDGE-A&from=1900-01-01&to=2200-12-31&limit=1000");

        foreach (var range in new[] { "?from=1900-01-01&to=2200-12-31", "?to=1900-01-01", "?from=2200-01-01" })
            yield return One("Alerting", "POST", "/v1/routes/trial" + range, """
                {"version":"edge","routes":[{"name":"all","receivers":[{"name":"duty-office"}],"groupBy":["kind"],"waitSeconds":0,"intervalSeconds":0,"repeatHours":1}],
                 "escalations":[{"name":"households","kinds":["household_risk"],"steps":[{"level":"village","acknowledgeDays":366,"resolveDays":366,"source":"x"}]}],"reason":"x"}
                """);
        yield return One("Evaluation", "POST", "/v1/replays", """{"on":"2022-12-31","path":"geometric","nearlyShare":1,"hardPaceRatio":100,"hardEndProgress":1}""", """{"on":"2200-12-31"}""", """{"on":"1900-01-01"}""");
        foreach (var on in new[] { "1900-01-01", "2022-12-31", "2025-12-31", "2200-12-31" })
            foreach (var path in new[] { "linear", "geometric" }) yield return One("Evaluation", "GET", $"/v1/scoreboard?on={on}&path={path}&limit=1000");
    }

    static IEnumerable<Sample> Requests(string notation)
    {
        var declared = Declaration().Matches(notation).ToDictionary(one => one.Groups[1].Value, one => one.Groups[2].Value.Trim());
        foreach (var block in notation.Split("\n###").Skip(1))
        {
            var request = Request().Match(Placeholder().Replace(block, name =>
                declared.TryGetValue(name.Groups[1].Value, out var value) && !value.StartsWith("paste", StringComparison.Ordinal) ? value : name.Value));
            if (!request.Success) continue;
            var body = request.Groups["body"].Value.Trim();
            var service = Services.Names[request.Groups["port"].Value[0] - '1'];
            yield return new(service, request.Groups["method"].Value, request.Groups["path"].Value, [.. Rows(body)], body.StartsWith('['));
        }
    }

    static IEnumerable<JsonObject> Rows(string body)
    {
        if (body.Length == 0) return [];
        if (body[0] == '[') return JsonNode.Parse(body)!.AsArray().Select(row => row!.DeepClone().AsObject());
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (body[0] == '{')
            return body.Contains("\n ", StringComparison.Ordinal) ? [JsonNode.Parse(body)!.AsObject()] : lines.Select(line => JsonNode.Parse(line)!.AsObject());
        var header = lines[0].Split(',');
        return lines.Skip(1).Select(line => new JsonObject(line.Split(',').Zip(header, (cell, name) => KeyValuePair.Create(name, (JsonNode?)Cell(name, cell)))));
    }

    static JsonValue? Cell(string name, string cell) =>
        cell is "true" or "false" ? JsonValue.Create(cell == "true")
        : name is not ("period" or "village" or "station" or "month") && decimal.TryParse(cell, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : JsonValue.Create(cell);

    /// <summary>The same requests, begun in another year, about other things.</summary>
    static string Moved(string notation, int first) => first == Usual ? notation : Year().Replace(notation, year =>
            (int.Parse(year.Value, CultureInfo.InvariantCulture) - Usual + first).ToString("0000", CultureInfo.InvariantCulture))
        .Replace("sample-", $"sample-{first}-", StringComparison.Ordinal).Replace("P99-1-01", $"P99-1-{first}", StringComparison.Ordinal)
        .Replace("0198c0de-0000-7000-8000", $"0198c0de-0000-7000-{first + 10:x4}", StringComparison.Ordinal)
        .Replace("4103250000000000000000", $"41032500000000000{first:00000}", StringComparison.Ordinal)
        .Replace("410325190001010", $"4103251900{first % 12 + 1:00}0{first % 9 + 1}0", StringComparison.Ordinal)
        .Replace("01-123456", $"01-1{first:00000}", StringComparison.Ordinal);

    Gen<Sample> Mutations(Sample[] taking) => Gen.Select(
        Gen.Int[0, taking.Length - 1], Gen.Select(Gen.Int[0, 9_999], Gen.Int[0, 9_999]).Array[1, 3].Array[8], Gen.Int[0, 9_999]).Select((which, changes, place) =>
    {
        var sample = taking[which];
        var properties = Properties(sample);
        var rows = changes.Select((fields, index) =>
        {
            var row = sample.Rows[index % sample.Rows.Count].DeepClone().AsObject();
            foreach (var (field, edge) in fields) Change(row, properties, field, edge);
            return row;
        }).ToList();
        var path = place % 3 != 0 ? sample.Path : ReplaceSegment(sample.Path, texts[place / 3 % texts.Length]);
        return sample with { Path = path, Rows = rows };
    });

    // A code in a path is mostly the last of its segments.
    static string ReplaceSegment(string path, string text) => path.Split('?')[0].Split('/') is [.., var last] segments && last.Any(char.IsDigit)
        ? string.Join('/', segments[..^1]) + "/" + Uri.EscapeDataString(text)
        : path;

    static void Change(JsonObject row, IReadOnlyDictionary<string, JsonElement> properties, int field, int edge)
    {
        var names = row.Select(one => one.Key).Concat(properties.Keys).Distinct().ToList();
        var name = names[field % names.Count];
        row[name] = Edge(name, row[name], properties.GetValueOrDefault(name), edge);
    }

    static JsonNode? Edge(string name, JsonNode? known, JsonElement schema, int edge)
    {
        T Of<T>(IReadOnlyList<T> edges) => edges[edge % edges.Count];
        switch (known)
        {
            case JsonArray { Count: > 0 } list:
                if (edge % 4 == 0) return new JsonArray();
                if (edge % 4 == 1) return new JsonArray([.. Enumerable.Repeat(list[0], edge % 3 == 0 ? 50 : 400).Select(one => one!.DeepClone())]);
                var changed = list.DeepClone().AsArray();
                changed[edge % list.Count] = Edge(name, changed[edge % list.Count], default, edge / 7);
                return changed;
            case JsonObject { Count: > 0 } map:
                var copy = map.DeepClone().AsObject();
                Change(copy, new Dictionary<string, JsonElement>(), edge / 3, edge / 7);
                return copy;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                var text = value.GetValue<string>();
                if (Guid.TryParse(text, out _)) return Of(ids);
                if (decimal.TryParse(text, CultureInfo.InvariantCulture, out _) && text.Length < 4) return Of(numbers);
                if (Day().IsMatch(text)) return Of(days);
                if (Period().IsMatch(text)) return Of(periods);
                if (Instant().IsMatch(text)) return Of(instants);
                break;
        }

        if (schema.ValueKind != JsonValueKind.Object) return known?.GetValueKind() == JsonValueKind.Number ? JsonNode.Parse(Of(numbers)) : Of(texts);
        if (schema.TryGetProperty("enum", out var codes) && codes.GetArrayLength() > 0) return JsonNode.Parse(codes[edge % codes.GetArrayLength()].GetRawText());
        var types = schema.TryGetProperty("type", out var type) ? type.ToString() : "";
        var format = schema.TryGetProperty("format", out var said) ? said.ToString() : "";
        return format switch
        {
            "date" => Of(days),
            "date-time" => Of(instants),
            "uuid" => Of(ids),
            _ when known?.GetValueKind() == JsonValueKind.Number || types.Contains("number", StringComparison.Ordinal) || types.Contains("integer", StringComparison.Ordinal) =>
                JsonNode.Parse(Of(numbers)),
            _ when types.Contains("boolean", StringComparison.Ordinal) => edge % 2 == 0,
            _ when types.Contains("array", StringComparison.Ordinal) => new JsonArray(Of(texts)),
            _ when name is "period" or "month" or "from" or "to" && edge % 2 == 0 => Of(periods),
            _ => Of(texts),
        };
    }

    /// <summary>The fields of an operation's rows with their schemas.</summary>
    Dictionary<string, JsonElement> Properties(Sample sample)
    {
        var document = documents[sample.Service];
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            if (!Regex.IsMatch(sample.Path.Split('?')[0], $"^{Parameter().Replace(path.Name, "[^/]+")}$") ||
                !path.Value.TryGetProperty(sample.Method.ToLowerInvariant(), out var operation) ||
                !operation.TryGetProperty("requestBody", out var body)) continue;
            var schema = Resolved(body.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema"));
            if (schema.TryGetProperty("items", out var items)) schema = Resolved(items);
            return schema.TryGetProperty("properties", out var properties)
                ? properties.EnumerateObject().ToDictionary(one => one.Name, one => Resolved(one.Value))
                : [];
        }

        return [];

        JsonElement Resolved(JsonElement schema)
        {
            if (schema.TryGetProperty("oneOf", out var either)) schema = either.EnumerateArray().Last();
            return schema.TryGetProperty("$ref", out var reference)
                ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
                : schema;
        }
    }

    static IEnumerable<string> Segments(Sample sample) => sample.Path.Split('?')[0].Split('/').Where(segment => segment.Any(char.IsDigit) && segment != "v1")
        .Concat(sample.Rows.SelectMany(row => row.Where(one => one.Value is JsonValue value && value.GetValueKind() == JsonValueKind.String).Select(one => one.Value!.GetValue<string>())))
        .Where(text => text.Length is > 0 and <= 64);

    static Gen<(string Service, string Path)> Reads((string Service, string Path)[] reads, string[] known)
    {
        string[] edges = [.. days, .. periods, .. instants, .. places, .. ids];
        var place = Gen.OneOf(Gen.Int[0, known.Length - 1].Select(index => known[index]), Gen.Int[0, edges.Length - 1].Select(index => edges[index]));
        var query = Gen.Select(Gen.Int[0, queries.Length - 1], Gen.Int[0, edges.Length - 1]).Array[0, 4].Select(pairs =>
            string.Join('&', pairs.DistinctBy(pair => pair.Item1).Select(pair => $"{queries[pair.Item1]}={Uri.EscapeDataString(edges[pair.Item2])}")));
        return Gen.Select(Gen.Int[0, reads.Length - 1], place.Array[3], query).Select((which, filled, asked) =>
        {
            var (index, (service, path)) = (0, reads[which]);
            return (service, Parameter().Replace(path, _ => Uri.EscapeDataString(filled[index++ % filled.Length])) + "?" + asked);
        });
    }

    async Task<Sample> Send(Sample sample)
    {
        string Filled(string text) => Placeholder().Replace(text, name => variables.GetValueOrDefault(name.Groups[1].Value, ids[2]));
        var rows = sample.Rows.Select(row => Filled(row.ToJsonString())).ToList();
        var path = Filled(sample.Path);
        sample = sample with { Path = path };
        if (rows.Count == 0)
        {
            Remember(path, await Try(sample.Service, new HttpMethod(sample.Method), path, sample.Method == "GET" ? null : "{}"));
            return sample;
        }

        if (sample.IsList && rows.Count > 0 && path.Contains("Observations", StringComparison.Ordinal)) rows = [$"[{string.Join(',', rows)}]"];
        // Each by itself, so that one which is refused costs no other.
        foreach (var row in rows)
            Remember(path, await Try(sample.Service, new HttpMethod(sample.Method), path.Replace("dryRun=true", "dryRun=false", StringComparison.Ordinal), row));
        return sample;
    }

    void Remember(string path, Answer? answer)
    {
        if (answer is not { Type: "application/json" } || !answer.Body.StartsWith('{')) return;
        lock (variables)
        {
            if (answer.Text("receiptId") is { } receipt) variables["receipt"] = receipt;
            if (path.Contains("/screenings", StringComparison.Ordinal) && answer.Text("id") is { } screening) variables["screening"] = screening;
            if (path.Contains("/replays", StringComparison.Ordinal) && answer.Text("id") is { } replay) variables["replay"] = replay;
        }
    }

    async Task<Answer?> Try(string service, HttpMethod method, string path, string? body)
    {
        Answer answer;
        try
        {
            answer = await services.Send(service, method, path, body is null ? null : "application/json", body is null ? null : Encoding.UTF8.GetBytes(body));
        }
        catch (HttpRequestException e)
        {
            failed.TryAdd($"{method} {service} {Parameter().Replace(path.Split('?')[0], "")} {e.GetType().Name}", $"{e.Message} {method} {path} {body}");
            return null;
        }

        if (answer.Status < 300) taken.TryAdd(Collection(service, path), answer.Status);
        if (answer.Status >= 500)
            failed.TryAdd($"{service} {method} {path.Split('?')[0]}", $"{answer.Status} {service} {method} {path} {(body?.Length > 3_000 ? body[..3_000] : body)}\n{answer.Body}\n{Trace(service)}");
        return answer;
    }

    static IEnumerable<string> Failures(string log)
    {
        var lines = log.Split('\n');
        return lines.Index().Where(line => line.Item.StartsWith("fail:", StringComparison.Ordinal) || line.Item.StartsWith("crit:", StringComparison.Ordinal))
            .Select(line => string.Join(' ', lines.Skip(line.Index).Take(3).Select(one => one.Trim())));
    }

    static string Collection(string service, string path) => $"{service} {string.Join('/', path.Split('?')[0].Split('/').Take(3))}";

    string Trace(string service)
    {
        var lines = services[service].Log.Split('\n');
        var last = Array.FindLastIndex(lines, line => line.Contains("Exception", StringComparison.Ordinal) && !line.TrimStart().StartsWith("at ", StringComparison.Ordinal));
        return last < 0 ? "" : string.Join('\n', lines.Skip(last).Take(14));
    }

    [GeneratedRegex(@"(?<!\d)20(1\d|2\d|30)(?!\d)")]
    private static partial Regex Year();

    [GeneratedRegex(@"^@(\S+) = (.*)$", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\{\{([^}]+)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\n(?<method>GET|PUT|POST|DELETE) http://127\.0\.0\.1:510(?<port>\d)(?<path>\S+)\n(?<headers>([A-Za-z-]+: .*\n)*)(?<body>[\s\S]*)")]
    private static partial Regex Request();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d\z")]
    private static partial Regex Day();

    [GeneratedRegex(@"^\d{4}(-S\d|-Q\d|-\d\d)?\z")]
    private static partial Regex Period();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d")]
    private static partial Regex Instant();
}
