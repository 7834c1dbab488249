namespace Monitoring.Hosting.Tests;

/// <summary>What a department's unattended job relies on: safe retries, lasting receipts, nothing twice.</summary>
public sealed class ImportApiTests(Services services)
{
    static int years;

    /// <summary>A value for a year that no other test uses.</summary>
    static string Row(decimal value = 1, string? period = null) =>
        $$"""{"indicator":"gdp","period":"{{period ?? Fresh()}}","value":{{value}},"status":"final"}""";

    static string Fresh() => $"{1900 + Interlocked.Increment(ref years)}";

    Task<Answer> Values(string body, string query = "", params (string, string)[] headers) =>
        services.Post("Indicators", "/v1/values" + query, "application/json", body, headers);

    [Fact]
    public async Task The_same_rows_again_are_duplicates_and_change_nothing()
    {
        var rows = $"[{Row()},{Row()},{Row()}]";
        Assert.Equal(3, (await Values(rows)).Number("accepted"));
        var again = await Values(rows);
        Assert.Equal((0, 3, 0), (again.Number("accepted"), again.Number("duplicates"), again.Number("rejected")));
        Assert.Equal("""["1-3"]""", again.Text("identical"));
    }

    [Fact]
    public async Task A_correction_needs_a_reason_and_is_then_recorded()
    {
        var period = Fresh();
        await Values(Row(1, period));
        var unexplained = await Values(Row(2, period));
        Assert.Equal(["1 reason correction-needs-reason"], unexplained.Errors);
        var explained = await Values(Row(2, period).Replace("}", ",\"reason\":\"漏报\"}", StringComparison.Ordinal));
        Assert.Equal(1, explained.Number("accepted"));
    }

    [Fact]
    public async Task An_idempotency_key_gives_the_same_answer_for_the_same_request_only()
    {
        var (row, key) = (Row(), ("Idempotency-Key", $"{Guid.CreateVersion7()}"));
        var first = await Values(row, "", key);
        var again = await Values(row, "", key);
        Assert.Equal(first.Body, again.Body);
        Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
        (await Values(Row(), "", key)).IsProblem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Two_requests_with_one_key_at_once_record_once()
    {
        var (row, key) = (Row(), ("Idempotency-Key", $"{Guid.CreateVersion7()}"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Values(row, "", key)));
        Assert.Single(answers.Select(answer => answer.Text("receiptId")).Distinct());
    }

    [Fact]
    public async Task A_receipt_can_be_read_again()
    {
        var pushed = await Values($"[{Row()},{{}}]", "?mode=partial");
        var receipt = await services.Send("Indicators", HttpMethod.Get, $"/v1/receipts/{pushed.Text("receiptId")}", null, null);
        Assert.Equal(pushed.Body, receipt.Body);
        (await services.Send("Indicators", HttpMethod.Get, $"/v1/receipts/{Guid.CreateVersion7()}", null, null)).IsProblem(404, "receipt-unknown");
    }

    [Fact]
    public async Task A_dry_run_checks_everything_and_stores_nothing()
    {
        var row = Row();
        var tried = await Values(row, "?dryRun=true");
        Assert.Equal((200, 1, null), (tried.Status, tried.Number("accepted"), tried.Text("receiptId")));
        Assert.Equal(1, (await Values(row)).Number("accepted"));
    }

    [Fact]
    public async Task Twenty_pushes_to_one_stream_at_once_all_get_through()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Values($"[{Row()},{Row()}]")));
        Assert.All(answers, answer => Assert.Equal((200, 2), (answer.Status, answer.Number("accepted"))));
    }

    [Fact]
    public async Task A_registration_is_created_then_known_then_in_conflict()
    {
        const string area = """{"name":"白河镇","nameEn":"Baihe Town","kind":"town"}""";
        Task<Answer> Put(string body) => services.Send(
            "Relapse", HttpMethod.Put, "/v1/areas/410325107", "application/json", System.Text.Encoding.UTF8.GetBytes(body));

        Assert.Equal(201, (await Put(area)).Status);
        Assert.Equal(200, (await Put(area)).Status);
        (await Put(area.Replace("白河", "黑河", StringComparison.Ordinal))).IsProblem(409, "area-differs");
        (await Put("""{"code":"410325108","name":"白河镇","nameEn":"Baihe Town","kind":"town"}""")).IsProblem(422, "differs-from-path");
    }

    [Fact]
    public async Task A_stage_advances_as_allowed_and_only_from_the_version_that_was_seen()
    {
        var project = $"P99-{Interlocked.Increment(ref years)}";
        await services.Post("Projects", "/v1/projects", "text/csv", $"code,name,kind,box,boxTitle,group,seq\n{project},项目,project,9,农业,1,1\n");
        Task<Answer> Advance(string to, params (string, string)[] headers) => services.Post(
            "Projects", $"/v1/projects/{project}/advance", "application/json", $$"""{"to":"{{to}}","on":"2023-05-01"}""", headers);

        var forbidden = await Advance("completed");
        forbidden.IsProblem(409, "transition-forbidden");
        Assert.Contains("preparing, merged, cancelled, moved_out", forbidden.Text("detail"), StringComparison.Ordinal);
        (await Advance("preparing", ("If-Match", "\"7\""))).IsProblem(412, "version-differs");
        var advanced = await Advance("preparing", ("If-Match", "\"1\""));
        Assert.Equal((200, "recorded", "\"2\""), (advanced.Status, advanced.Text("result"), advanced.Headers["ETag"]));
        Assert.Equal("identical", (await Advance("preparing")).Text("result"));
    }

    [Fact]
    public async Task A_list_comes_in_pages_and_as_csv_that_no_spreadsheet_runs()
    {
        await services.Post("Projects", "/v1/projects", "text/csv",
            "code,name,kind,box,boxTitle,group,seq\nA-1,=1+1,project,9,农业,1,1\nA-2,\"甲,乙\",project,9,农业,1,2\n");
        var first = await services.Send("Projects", HttpMethod.Get, "/v1/projects?limit=1", null, null);
        Assert.Equal("A-1", first.Json.GetProperty("items")[0].GetProperty("code").GetString());
        Assert.True(int.Parse(first.Headers["X-Total-Count"], System.Globalization.CultureInfo.InvariantCulture) >= 3);
        var link = first.Headers["Link"].Split('<', '>')[1];
        var second = await services.Send("Projects", HttpMethod.Get, link, null, null, ("Accept", "text/csv"));
        Assert.Contains("\"甲,乙\"", second.Body, StringComparison.Ordinal);
        var csv = await services.Send("Projects", HttpMethod.Get, "/v1/projects?limit=1", null, null, ("Accept", "text/csv"));
        Assert.Contains("'=1+1", csv.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_known_key_401_and_without_the_right_403()
    {
        foreach (var service in Services.Names)
        {
            var path = service == "Evaluation" ? "/v1/scoreboard" : "/v1/receipts/0198c0de-0000-7000-8000-000000000001";
            using var http = new HttpClient { BaseAddress = services[service].Http.BaseAddress };
            using var none = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal((401, "application/problem+json"), ((int)none.StatusCode, none.Content.Headers.ContentType?.MediaType));
            foreach (var open in new[] { "/health/live", "/openapi/v1.json", "/metrics" })
            {
                using var answer = await http.GetAsync(new Uri(open, UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.Equal(200, (int)answer.StatusCode);
            }
        }
    }

    [Fact]
    public async Task A_key_without_the_right_is_forbidden_and_a_changed_key_file_is_read_again()
    {
        var servers = await TestServers.Shared;
        var keys = new TestKeys("projects:read");
        await using var projects = await ServiceProcess.Start(
            "Projects", await servers.CreateDatabase("projects"), await servers.CreateVirtualHost(), keys);
        async Task<int> Push()
        {
            using var content = new StringContent("code,name\n", System.Text.Encoding.UTF8, "text/csv");
            using var answer = await projects.Http.PostAsync(new Uri("/v1/projects", UriKind.Relative), content);
            return (int)answer.StatusCode;
        }

        Assert.Equal(403, await Push());
        keys.Grant("projects:define");
        for (var attempt = 0; attempt < 600 && await Push() == 403; attempt++) await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(400, await Push());
    }

    [Fact]
    public async Task A_key_is_free_again_after_the_days_it_is_remembered()
    {
        var servers = await TestServers.Shared;
        await using var projects = await ServiceProcess.Start(
            "Projects", await servers.CreateDatabase("projects"), await servers.CreateVirtualHost(), new TestKeys(), true, ("Idempotency__Days", "0"));
        async Task<(string? Receipt, bool Replayed)> Push(string code)
        {
            using var content = new StringContent($"code,name,kind,box,boxTitle,group,seq\n{code},甲,project,5,工业,1,1\n", System.Text.Encoding.UTF8, "text/csv");
            content.Headers.Add("Idempotency-Key", "nightly");
            using var answer = await projects.Http.PostAsync(new Uri("/v1/projects", UriKind.Relative), content);
            Assert.Equal(200, (int)answer.StatusCode);
            var body = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return (body.RootElement.GetProperty("receiptId").GetString(), answer.Headers.Contains("Idempotency-Replayed"));
        }

        var (first, second, other) = (await Push("K-1"), await Push("K-1"), await Push("K-2"));
        Assert.Equal(3, new[] { first.Receipt, second.Receipt, other.Receipt }.Distinct().Count());
        Assert.All([first, second, other], push => Assert.False(push.Replayed));
    }
}
