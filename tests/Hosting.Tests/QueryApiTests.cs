using System.Text;

namespace Monitoring.Hosting.Tests;

/// <summary>What is asked for is done or refused: no parameter is passed over in silence, on any route.</summary>
public sealed class QueryApiTests(Services services)
{
    public static TheoryData<string> Names => [.. Services.Names];

    Task<Answer> Ask(string service, string method, string path, string? body = null) => services.Send(
        service, new HttpMethod(method), path, body is null ? null : "application/json", body is null ? null : Encoding.UTF8.GetBytes(body));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_unknown_parameter_is_refused_on_every_route(string service)
    {
        var document = await Ask(service, "GET", "/openapi/v1.json");
        var operations = document.Json.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject(), (path, operation) => (Path: path.Name, Method: operation.Name.ToUpperInvariant())).ToList();
        Assert.NotEmpty(operations);
        var taken = new List<string>();
        foreach (var (path, method) in operations)
        {
            var answer = await Ask(service, method, $"{Filled(path)}?zzz=1", method == "GET" ? null : "{}");
            if ((answer.Status, answer.Type == "application/problem+json" ? answer.Text("code") : null) != (400, "unknown-parameter"))
                taken.Add($"{method} {path}: {answer.Status}");
        }

        Assert.Empty(taken);

        // Any value that the place takes.
        static string Filled(string path) => string.Join('/', path.Split('/').Select(segment =>
            !segment.StartsWith('{') ? segment
            : segment.Contains("day", StringComparison.Ordinal) ? "2023-01-01"
            : segment is "{level}" or "{number}" or "{year}" ? "1"
            : "0198c0de-0000-7000-8000-000000000001"));
    }

    [Theory]
    [InlineData("Indicators", "POST", "/v1/values?dry_run=true", "unknown-parameter", "dryRun")]
    [InlineData("Indicators", "POST", "/v1/values?foo=1", "unknown-parameter", "mode, dryRun")]
    [InlineData("Indicators", "PUT", "/v1/indicators/gdp?dryrun=x", "unknown-dry-run", "dryRun")]
    [InlineData("Indicators", "GET", "/v1/indicators?sort=name", "unknown-parameter", "limit, after")]
    [InlineData("Indicators", "GET", "/v1/indicators?q=gdp", "unknown-parameter", "limit, after")]
    [InlineData("Indicators", "GET", "/v1/indicators/gdp?x=1", "unknown-parameter", "takes none")]
    [InlineData("Indicators", "GET", "/v1/indicators?limit=abc", "not-an-integer", "limit")]
    [InlineData("Indicators", "GET", "/v1/indicators?limit=-1", "out-of-range", "1000")]
    [InlineData("Indicators", "GET", "/v1/indicators?limit=0", "out-of-range", "1000")]
    [InlineData("Indicators", "GET", "/v1/indicators?limit=1001", "out-of-range", "1000")]
    [InlineData("Indicators", "GET", "/v1/indicators?limit=99999999999", "not-an-integer", "limit")]
    [InlineData("Indicators", "GET", "/v1/indicators?limit=5&limit=6", "parameter-twice", "limit")]
    [InlineData("Indicators", "GET", "/v1/values?plan=", "parameter-empty", "plan")]
    [InlineData("Relapse", "GET", "/v1/cases?stagee=clue", "unknown-parameter", "is stage meant?")]
    [InlineData("Projects", "GET", "/v1/findings?overdue=yes", "not-a-flag", "overdue")]
    [InlineData("Projects", "POST", "/v1/projects/P05-1-01/advance?dryRun=true", "unknown-parameter", "takes none")]
    [InlineData("Environment", "POST", "/v1.1/CreateObservations?$resultFormat=dataArray", "unknown-parameter", "mode, dryRun")]
    [InlineData("Environment", "GET", "/v1/stations/MN1/days/yesterday", "not-a-date", "day")]
    [InlineData("Environment", "POST", "/v1/quarantine/replay", "parameter-missing", "mn")]
    [InlineData("Environment", "GET", "/v1/quarantine?after=x", "cursor-unreadable", "after")]
    [InlineData("Evaluation", "GET", "/v1/projects?on=2022-12-31", "unknown-parameter", "asOf")]
    [InlineData("Evaluation", "GET", "/v1/stations?for=2022", "unknown-parameter", "asOf")]
    [InlineData("Evaluation", "GET", "/v1/scoreboard?asof=", "parameter-empty", "asOf")]
    [InlineData("Evaluation", "GET", "/v1/scoreboard?after=gdp", "cursor-unreadable", "after")]
    [InlineData("Evaluation", "GET", "/v1/log/entries?from=first", "not-an-integer", "from")]
    [InlineData("Evaluation", "GET", "/v1/log/consistency?from=1", "parameter-missing", "to")]
    [InlineData("Evaluation", "GET", "/v1/projects?box=x", "not-an-integer", "box")]
    [InlineData("Evaluation", "GET", "/v1/export/events?source=indicator", "unknown-code", "indicators")]
    [InlineData("Projects", "GET", "/v1/ladder?from=2023-Q2&to=2023-Q1", "out-of-order", "from")]
    public async Task What_is_wrong_with_a_query_is_said(string service, string method, string path, string code, string named)
    {
        var answer = await Ask(service, method, path, method == "GET" ? null : "{}");
        answer.IsProblem(400, code);
        Assert.Contains(named, answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_dry_run_stores_nothing()
    {
        const string row = """{"indicator":"gdp","period":"1903-07","value":1,"status":"final"}""";
        (await Ask("Indicators", "POST", "/v1/values?dry_run=true", row)).IsProblem(400, "unknown-parameter");
        Assert.Equal(1, (await Ask("Indicators", "POST", "/v1/values?dryRun=true", row)).Number("accepted"));
    }

    [Theory]
    [InlineData("/v1/scoreboard?asOf=")]
    [InlineData("/v1/projects?asOf=")]
    [InlineData("/v1/stations?asOf=")]
    [InlineData("/v1/cases/load?asOf=")]
    [InlineData("/v1/audit?stream=indicator/410325/gdp&asOf=")]
    [InlineData("/v1/compare?from=")]
    [InlineData("/v1/drill/scoreboard/gdp?asOf=")]
    public async Task What_will_be_known_cannot_be_asked_for(string path)
    {
        var today = TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(8));
        (await Ask("Evaluation", "GET", $"{path}{today.AddDays(1):yyyy-MM-dd}")).IsProblem(400, "asof-in-future");
        (await Ask("Evaluation", "GET", $"{path}{today.AddHours(1):yyyy-MM-ddTHH:mm}")).IsProblem(400, "asof-in-future");
        (await Ask("Evaluation", "GET", $"{path}@9223372036854775807")).IsProblem(422, "position-not-reached");
        // The day that has begun, and a clock that is a minute ahead.
        Assert.NotEqual(400, (await Ask("Evaluation", "GET", $"{path}{today:yyyy-MM-dd}")).Status);
        Assert.NotEqual(400, (await Ask("Evaluation", "GET", $"{path}{today.AddMinutes(1):yyyy-MM-ddTHH:mm}")).Status);
    }

    [Fact]
    public async Task Who_has_no_key_learns_no_names()
    {
        using var http = new HttpClient { BaseAddress = services["Indicators"].Http.BaseAddress };
        using var answer = await http.GetAsync(new Uri("/v1/values?zzz=1", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Every_parameter_is_described()
    {
        var paths = (await Ask("Evaluation", "GET", "/openapi/v1.json")).Json.GetProperty("paths");
        List<string?> Of(string path) =>
        [
            .. paths.GetProperty(path).GetProperty("get").GetProperty("parameters").EnumerateArray()
                .Where(one => one.GetProperty("in").GetString() == "query").Select(one => one.GetProperty("name").GetString()).Order(),
        ];

        Assert.Equal(["after", "asOf", "base", "code", "for", "limit", "on", "path", "plan", "planRef"], Of("/v1/scoreboard"));
        Assert.Equal(["for", "from", "on", "to", "view"], Of("/v1/compare"));
    }
}
