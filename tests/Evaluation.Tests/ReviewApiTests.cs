using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>A whole mid-term review over three years of facts, and that nothing that comes later changes what was published.</summary>
public sealed class ReviewApiTests
{
    static readonly DateTimeOffset begin = new(2021, 1, 10, 2, 0, 0, TimeSpan.Zero);
    static readonly string[] files = ["report.html", "report.docx", "annexes.xlsx", "review.json", "figures.json", "review.zip"];

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_published_review_keeps_its_bytes_whatever_is_revised_adjusted_or_rebuilt_later()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        await using var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        await using var feed = await LedgerFeed.Start(amqp);
        var facts = ThreeYears(feed).ToList();
        await feed.Say(facts);
        await Known(postgres, facts.Count);

        Assert.Equal("201", await Send(evaluation, HttpMethod.Put, "/v1/reviews/2023M", """
            {"title":"嵩县“十四五”规划实施中期评估报告","kind":"mid_term","plan":"fyp14","factDate":"2022-12-31","dataCutoff":"2023-07-31 23:59","reviewers":["统计局"]}
            """));
        Assert.Equal("409 figures-not-frozen", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/publish", "{}"));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/freeze", "{}"));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/review-verdicts", """
            [{"review":"2023M","indicator":"income","verdict":"behind_schedule","reason":"2022年数据待核实","document":"嵩统字〔2023〕8号"}]
            """));
        // What a person decided otherwise than the rules is a change like any other, with its cause.
        var decided = Assert.Single(
            (await Json(evaluation, "/v1/audit?stream=review/410325/2023M"))["items"]!.AsArray(),
            entry => entry!["type"]!.GetValue<string>() == "evaluation.verdict-decided.v1")!["position"]!.GetValue<long>();
        var change = Assert.Single((await Json(evaluation, $"/v1/compare?view=verdicts&from=@{decided - 1}&to=@{decided}"))["items"]!.AsArray())!;
        Assert.Equal("2023M/income", change["code"]!.GetValue<string>());
        var verdict = Assert.Single(change["fields"]!.AsArray(), field => field!["field"]!.GetValue<string>() == "verdict")!;
        Assert.Equal((null, "behind_schedule"), (verdict["old"], verdict["new"]!.GetValue<string>()));
        var cause = Assert.Single(change["causes"]!.AsArray())!;
        Assert.Equal(
            ("overruled", "2022年数据待核实", "嵩统字〔2023〕8号"),
            (cause["cause"]!.GetValue<string>(), cause["entry"]!["reason"]!.GetValue<string>(), cause["entry"]!["document"]!.GetValue<string>()));
        Assert.All(
            (await Json(evaluation, $"/v1/compare?view=verdicts&from=@{facts.Count}&to=@{decided - 1}"))["items"]!.AsArray(),
            one => Assert.Equal("figures-frozen", Assert.Single(one!["causes"]!.AsArray())!["cause"]!.GetValue<string>()));
        Assert.Equal("422 reason-missing", await Send(evaluation, HttpMethod.Post, "/v1/review-verdicts", """
            [{"review":"2023M","indicator":"gdp","verdict":"achieved_early"}]
            """));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/review-chapters", """
            [{"review":"2023M","chapter":"environment","paragraphs":["“十四五”以来，外部环境发生深刻变化。"]}]
            """));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/review-comments", """
            [{"review":"2023M","chapter":"indicators","subject":"gdp","comment":"建议说明<基期>口径。"}]
            """));
        Assert.Equal("409 verdicts-undecided", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/publish", "{}"));
        Assert.Contains("草稿", Encoding.UTF8.GetString(await Bytes(evaluation, "/v1/reviews/2023M/files/report.html")), StringComparison.Ordinal);
        foreach (var file in files[..^1])
            Assert.Equal(await Bytes(evaluation, $"/v1/reviews/2023M/files/{file}"), await Bytes(evaluation, $"/v1/reviews/2023M/files/{file}"));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/confirm", "{}"));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/publish", "{}"));

        var published = new Dictionary<string, byte[]>();
        foreach (var file in files) published[file] = await Bytes(evaluation, $"/v1/reviews/2023M/files/{file}");
        var review = (await Json(evaluation, "/v1/reviews/2023M"))["published"]!;
        foreach (var file in review["files"]!.AsArray())
            Assert.Equal(file!["sha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(published[file["name"]!.GetValue<string>()])));
        Says(Encoding.UTF8.GetString(published["report.html"]));
        await Opens(published);
        var income = await Figures(evaluation, published["figures.json"]);
        await Verifies(published["review.zip"], await Bytes(evaluation, $"/v1/figures/{income}/bundle"));

        // Values are revised, a target is adjusted, everything is built anew.
        CommittedEvent[] later =
        [
            feed.Next(Of("gdp"), new ValueRevised("gdp", "2022", 240, ValueStatus.Final, 228, ValueStatus.Census, "五经普", null, null, null, RevisionReason.Census), begin.AddYears(4)),
            feed.Next(Of("gdp"), new TargetAdjusted("gdp", "tz-1", Target("gdp", 300), Target("gdp", 250), "嵩人常〔2023〕18号", new(2023, 11, 28), new(2021, 1, 1)), begin.AddYears(4)),
            feed.Next("project/410325/P05-1-01", new InvestmentRevised("P05-1-01", "2022-03", new(300, "万元", 4), new(3, "万元", 4), "更正", null), begin.AddYears(4)),
            // Recorded in time, heard of late.
            feed.Next(Of("late"), Defined("late", Nature.Binding), begin.AddMonths(3)),
        ];
        await feed.Say(later);
        await Known(postgres, facts.Count + later.Length);
        await evaluation.Kill();
        await evaluation.Run("rebuild");
        await evaluation.Restart();
        await evaluation.WaitReady();
        Assert.Equal("409 review-published", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/publish", "{}"));
        foreach (var file in files) Assert.Equal(published[file], await Bytes(evaluation, $"/v1/reviews/2023M/files/{file}"));

        var sha = Convert.ToHexStringLower(SHA256.HashData(published["review.zip"]));
        Assert.Equal("409 bundle-differs", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/countersign", $$"""{"sha256":"{{sha.Replace('0', '1')}}"}"""));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023M/countersign", $$"""{"sha256":"{{sha}}"}"""));
        Assert.Empty((await Json(evaluation, "/v1/reviews/2023M"))["missing"]!.AsArray());

        // Frozen again under another code, the late fact counts and the later ones do not.
        Assert.Equal("201", await Send(evaluation, HttpMethod.Put, "/v1/reviews/2023N", """
            {"title":"再评估","kind":"mid_term","plan":"fyp14","factDate":"2022-12-31","dataCutoff":"2023-07-31 23:59"}
            """));
        Assert.Equal("200", await Send(evaluation, HttpMethod.Post, "/v1/reviews/2023N/freeze", "{}"));
        var verdicts = (await Json(evaluation, "/v1/reviews/2023N"))["verdicts"]!.AsArray().ToDictionary(one => one!["indicator"]!.GetValue<string>(), one => one!["proposed"]!.GetValue<string>());
        Assert.Equal("not_evaluable", verdicts["late"]);
        Assert.Equal("on_schedule", verdicts["gdp"]);

        // Who changes the kept bytes by hand is found out.
        await using var database = NpgsqlDataSource.Create(postgres);
        await using var tamper = database.CreateCommand("update evaluation.review_file set contents = contents || '\\x20' where name = 'report.html'");
        await tamper.ExecuteNonQueryAsync(cancel);
        Assert.Equal("500 published-file-altered", await Send(evaluation, HttpMethod.Get, "/v1/reviews/2023M/files/report.html", null));
    }

    static void Says(string html)
    {
        foreach (var words in new[]
                 {
                     "一、总体评价", "七、对策与建议", "附表1 主要指标完成情况", "附表2 重大工程项目进展情况", "附表3 指标调整建议", "附表4 规划文本存疑与备注", "外部环境发生深刻变化",
                     "未达到序时进度（人工评定）", "无法评估", "规划文本存疑A8，见附表4", "建议说明&lt;基期&gt;口径。", "已批准，嵩人常〔2023〕1号", "纳入评估的指标共6项",
                 })
            Assert.Contains(words, html, StringComparison.Ordinal);
        Assert.DoesNotContain("草稿", html, StringComparison.Ordinal);
    }

    /// <summary>Another program opens the documents and prints them.</summary>
    async Task Opens(Dictionary<string, byte[]> published)
    {
        var directory = Directory.CreateTempSubdirectory("monitoring-review-").FullName;
        foreach (var name in new[] { "report.docx", "annexes.xlsx" })
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, name), published[name], cancel);
            await Run("soffice", $"-env:UserInstallation=file://{directory}/profile", "--headless", "--convert-to", "pdf", "--outdir", directory, Path.Combine(directory, name));
            var pdf = await File.ReadAllBytesAsync(Path.Combine(directory, Path.ChangeExtension(name, "pdf")), cancel);
            Assert.True(pdf.AsSpan().StartsWith("%PDF"u8) && pdf.Length > 10_000, $"{name} gives {pdf.Length} bytes.");
        }

        if (Environment.GetEnvironmentVariable("MONITORING_KEEP_REPORTS") is { } keep)
            foreach (var file in Directory.GetFiles(directory)) File.Copy(file, Path.Combine(keep, Path.GetFileName(file)), true);
        Directory.Delete(directory, true);
    }

    /// <summary>A figure's code leads to its facts, and a count's to the figures it counts.</summary>
    async Task<string> Figures(ServiceProcess evaluation, byte[] all)
    {
        var figures = JsonNode.Parse(all)!.AsArray().Select(figure => figure!).ToList();
        string CodeOf(string subject, string what) => figures.First(one => one["subject"]!.GetValue<string>() == subject && one["what"]!.GetValue<string>() == what)["code"]!.GetValue<string>();
        var value = await Json(evaluation, $"/v1/figures/{CodeOf("gdp", "2022年完成值")}");
        Assert.Equal(["indicators.value-reported.v1", "indicators.value-revised.v1"], value["events"]!.AsArray().Select(e => e!["type"]!.GetValue<string>()));
        Assert.Equal(240, value["figure"]!["value"]!.GetValue<decimal>());
        var code = CodeOf("income", "评定结论");
        var verdict = await Json(evaluation, $"/v1/figures/{code}");
        Assert.Equal(
            ("behind_schedule", "on_schedule", "2022年数据待核实"),
            (verdict["figure"]!["verdict"]!.GetValue<string>(), verdict["figure"]!["proposed"]!.GetValue<string>(), verdict["figure"]!["reason"]!.GetValue<string>()));
        Assert.StartsWith("统计局/", verdict["figure"]!["decidedBy"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("evaluation.verdict-decided.v1", verdict["events"]!.AsArray()[^1]!["type"]!.GetValue<string>());
        Assert.Equal(2, figures.First(one => one["code"]!.GetValue<string>() == CodeOf("binding", "指标数"))["parts"]!.AsArray().Count);
        Assert.Equal("404 figure-unknown", await Send(evaluation, HttpMethod.Get, "/v1/figures/410325-2023M-9999", null));
        return code;
    }

    /// <summary>Both bundles verify without us; a bundle with another figure in it does not.</summary>
    async Task Verifies(byte[] review, byte[] figure)
    {
        var directory = Directory.CreateTempSubdirectory("monitoring-review-").FullName;
        foreach (var (name, bytes) in new[] { ("review.zip", review), ("figure.zip", figure), ("forged.zip", Forged(figure)) })
            await File.WriteAllBytesAsync(Path.Combine(directory, name), bytes, cancel);
        Assert.Contains("verified", await Verify("review.zip"), StringComparison.Ordinal);
        Assert.Contains("files: 13 as listed", await Verify("review.zip"), StringComparison.Ordinal);
        Assert.Contains("figure: 410325-2023M-", await Verify("figure.zip"), StringComparison.Ordinal);
        Assert.Contains("NOT verified", await Verify("forged.zip"), StringComparison.Ordinal);

        // The bundle's own verifier, and what it says when a fact, a file or a proof is another.
        var folder = Path.Combine(directory, "review");
        await System.IO.Compression.ZipFile.ExtractToDirectoryAsync(Path.Combine(directory, "review.zip"), folder, cancel);
        Assert.Contains("verified: ", await Itself(), StringComparison.Ordinal);
        foreach (var (name, old, other) in new[] { ("entries.ndjson", "\"value\":212", "\"value\":211"), ("report.html", "附表1", "附表9"), ("checkpoint", "/ledger\n", "/ledges\n") })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(folder, name), cancel);
            Assert.Contains(old, text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, name), text.Replace(old, other, StringComparison.Ordinal), cancel);
            Assert.DoesNotContain("\nverified", await Itself(), StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, name), text, cancel);
        }

        Assert.Contains("\nverified: ", await Itself(), StringComparison.Ordinal);
        Directory.Delete(directory, true);

        Task<string> Itself() => Run("bash", "-c", $"cd {folder} && python3 verify.py");
        Task<string> Verify(string name) => Run("dotnet", Path.Combine(TestServers.Root, "artifacts", "bin", "Verify", new DirectoryInfo(AppContext.BaseDirectory).Name, "Monitoring.Verify.dll"), "bundle", Path.Combine(directory, name));

        static byte[] Forged(byte[] zip)
        {
            using var from = new System.IO.Compression.ZipArchive(new MemoryStream(zip));
            return FixedZip.Of([.. from.Entries.Select(entry =>
            {
                using var reader = new StreamReader(entry.Open());
                var text = reader.ReadToEnd();
                return (entry.Name, Encoding.UTF8.GetBytes(entry.Name == "figure.json" ? text.Replace("behind_schedule", "on_schedule", StringComparison.Ordinal) : text));
            })]);
        }
    }

    static string Of(string code) => $"indicator/410325/{code}";

    static TargetSet Target(string code, decimal value, TargetKind kind = TargetKind.IncreaseTo) => new(code, 2025, kind, value, null, null, null);

    static IndicatorDefined Defined(string code, Nature attribute, decimal? baseline = 200, params string[] notes) => new(
        code, $"指标{code}", code, "亿元", attribute, Direction.Increase, "fyp14", "专栏2/一、经济发展/1", baseline is null ? null : new(2020, baseline, null), notes, 1, null);

    static IEnumerable<CommittedEvent> ThreeYears(LedgerFeed feed)
    {
        (string Code, Nature Attribute, decimal Target, decimal[] Values)[] indicators =
        [
            ("gdp", Nature.Expected, 300, [221, 238]), ("income", Nature.Expected, 250, [212, 224]), ("forest", Nature.Binding, 210, [204, 211]),
            ("slow", Nature.Binding, 300, [202, 204]), ("none", Nature.Unspecified, 250, []),
        ];
        foreach (var (code, attribute, target, values) in indicators)
        {
            yield return feed.Next(Of(code), Defined(code, attribute, 200, code == "gdp" ? ["[A8] 150-200"] : []), begin);
            yield return feed.Next(Of(code), Target(code, target), begin);
            yield return feed.Next(Of(code), new DutyAssigned(code, "发展改革委", "统计局", 60), begin);
            foreach (var (index, value) in values.Index())
                yield return feed.Next(Of(code), new ValueReported(code, $"{2021 + index}", value, ValueStatus.Preliminary, "统计公报", null), begin.AddYears(1 + index));
        }

        yield return feed.Next(Of("gdp"), new ValueRevised("gdp", "2022", 238, ValueStatus.Preliminary, 240, ValueStatus.Final, "最终核实", null, null, null, RevisionReason.FinalVerification), begin.AddYears(2).AddMonths(3));
        yield return feed.Next(Of("pm25"), Defined("pm25", Nature.Unspecified, null), begin);
        yield return feed.Next(Of("pm25"), new TargetSet("pm25", 2025, TargetKind.Delegated, null, null, null, "完成市下达目标"), begin);
        yield return feed.Next(Of("income"), new TargetAdjustmentProposed("income", "tz-2", Target("income", 240), "市场变化", "嵩发改〔2023〕3号", false), begin.AddYears(2));
        yield return feed.Next(Of("income"), new TargetAdjusted("income", "tz-2", Target("income", 250), Target("income", 240), "嵩人常〔2023〕1号", new(2023, 2, 1), new(2021, 1, 1)), begin.AddYears(2).AddMonths(1));
        for (var project = 1; project <= 6; project++)
        {
            var (code, stream) = ($"P05-1-0{project}", $"project/410325/P05-1-0{project}");
            yield return feed.Next(stream, new ProjectRegistered(code, $"项目{project}", ProjectKind.Project, 5, "交通", 1, null, project, Stage.Planned, []), begin);
            yield return feed.Next(stream, new ProjectDescribed(
                code, null, null, new(1.5m, "亿元", 8), new Dictionary<string, decimal>(), new(2021, 6, 1), null, null, null, "交通运输局", null, null, [], 1, null), begin);
            yield return feed.Next(stream, new StageAdvanced(code, Stage.Planned, Stage.Started, "施工许可", new(2021, 4 + project, 1)), begin.AddMonths(8));
            for (var month = 1; month <= 12; month++)
                yield return feed.Next(stream, new InvestmentReported(code, $"2022-{month:00}", new(300, "万元", 4)), begin.AddYears(1).AddMonths(month));
        }

        yield return feed.Next("finding/410325/F-1", new FindingRaised("F-1", "P05-1-02", FindingKind.Dispatch, "征地滞后", "周调度", new(2022, 5, 1)), begin.AddMonths(17));
    }

    async Task Known(string postgres, int events)
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        for (var attempt = 0; attempt < 2_400; attempt++)
        {
            await using var command = database.CreateCommand("""
                select count(*) filter (where type not like 'evaluation.%') >= $1 and max(seq_id) <= (select coalesce(max(last_seq_id), 0) from evaluation.mt_event_progression where name = 'HighWaterMark') from evaluation.mt_events
                """);
            command.Parameters.Add(new NpgsqlParameter { Value = (long)events });
            if (await command.ExecuteScalarAsync(cancel) is true) return;
            await Task.Delay(100, cancel);
        }

        Assert.Fail("The ledger did not take everything.");
    }

    /// <summary>The status, and the code of what is wrong.</summary>
    async Task<string> Send(ServiceProcess evaluation, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await evaluation.Http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        if (answer.IsSuccessStatusCode) return $"{(int)answer.StatusCode}";
        var node = JsonNode.Parse(text)!;
        Assert.False(node["code"]?.GetValue<string>() == "internal-error", evaluation.Log);
        return $"{(int)answer.StatusCode} {node["errors"]?[0]?["code"] ?? node["code"]}";
    }

    async Task<byte[]> Bytes(ServiceProcess evaluation, string path)
    {
        using var answer = await evaluation.Http.GetAsync(new Uri(path, UriKind.Relative), cancel);
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(bytes));
        return bytes;
    }

    async Task<JsonNode> Json(ServiceProcess evaluation, string path) => (await evaluation.Http.GetFromJsonAsync<JsonNode>(path, cancel))!;

    async Task<string> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return output;
    }
}
