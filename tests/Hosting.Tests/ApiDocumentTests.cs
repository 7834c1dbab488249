using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Monitoring.Hosting.Tests;

/// <summary>
/// The OpenAPI documents are what a client can be made from. That they are true is held against every answer of the tests, in
/// <see cref="Services.Send"/>.
/// </summary>
public sealed class ApiDocumentTests(Services services)
{
    public static TheoryData<string> Names => [.. Services.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_operation_has_an_id_of_its_own_and_is_said_in_both_languages(string service)
    {
        var operations = (await services.Document(service)).Operations.ToList();
        Assert.NotEmpty(operations);
        Assert.Empty(operations.Where(one => $"{one.Operation["summary"]}".Split(" · ") is not [{ Length: > 0 }, { Length: > 0 }])
            .Select(one => $"{one.Method} {one.Path}"));
        Assert.Empty(operations.GroupBy(one => $"{one.Operation["operationId"]}").Where(id => id.Key.Length == 0 || id.Count() > 1).Select(id => id.Key));
        Assert.Empty(operations.Where(one => one.Operation["tags"]?.AsArray().Count is not 1).Select(one => one.Path));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Lists_are_pages_and_never_arrays(string service)
    {
        var document = await services.Document(service);
        var lists = document.Operations
            .Where(one => one.Operation["responses"]?["200"]?["content"] is JsonObject content && content.ContainsKey("text/csv") && content.ContainsKey(Sheet.MediaType))
            .ToList();
        foreach (var (_, path, operation) in lists)
        {
            var schema = operation["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
            var page = document.Root["components"]!["schemas"]![$"{schema["$ref"]}".Split('/')[^1]];
            Assert.True(page?["properties"]?["items"]?["type"]?.ToString() == "array", $"{path} {schema}");
        }

        Assert.NotEmpty(lists);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_operation_says_what_it_answers(string service)
    {
        var silent = (await services.Document(service)).Operations
            .Where(one => !one.Operation["responses"]!.AsObject().Any(response => response.Key.StartsWith('2')));
        Assert.Empty(silent.Select(one => $"{one.Method} {one.Path}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_operation_says_how_it_refuses(string service)
    {
        foreach (var (method, path, operation) in (await services.Document(service)).Operations)
        {
            foreach (var status in (string[])["400", "401", "403", "500", "503"])
            {
                Assert.True(
                    operation["responses"]?[status]?["content"]?["application/problem+json"]?["schema"]?["$ref"]?.ToString() == "#/components/schemas/Problem",
                    $"{method} {path} {status}");
            }
        }
    }

    [Theory]
    [InlineData("ReportValueRow", "indicator period value status")]
    [InlineData("DefineIndicatorRow", "code name unit attribute direction plan planRef")]
    public async Task Only_what_the_binder_misses_is_required(string row, string required)
    {
        var schema = (await services.Document("Indicators")).Root["components"]!["schemas"]![row]!;
        // A Chinese office may have to give an English name, or not.
        Assert.Equal(required.Split(' '), schema["required"]!.AsArray().Select(one => $"{one}").Where(one => one != "nameEn"));
        Assert.All(required.Split(' '), name => Assert.NotNull(schema["properties"]![name]));
    }

    [Fact]
    public async Task A_number_is_a_number_and_a_code_is_one_of_its_codes()
    {
        var fields = (await services.Document("Indicators")).Root["components"]!["schemas"]!["ReportValueRow"]!["properties"]!;
        Assert.Equal("number", fields["value"]!["type"]!.ToString());
        Assert.Null(fields["value"]!["format"]);
        Assert.Contains("census", fields["status"]!["enum"]!.AsArray().Select(one => $"{one}"));
        Assert.Contains("date", fields["releasedOn"]!["format"]!.ToString(), StringComparison.Ordinal);
        Assert.Matches(fields["period"]!["pattern"]!.ToString(), "2021-Q3");
    }

    [Fact]
    public async Task A_client_made_from_the_documents_compiles_and_runs()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(here.FullName, "Monitoring.sln"))) here = here.Parent!;
        var client = Path.Combine(here.FullName, "tests", "Hosting.Tests", "client");
        var installed = new FileInfo(Path.Combine(client, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(client, "package-lock.json")))
            await Run(client, "npm", "ci", "--no-audit", "--no-fund", "--silent");
        Directory.CreateDirectory(Path.Combine(client, "generated"));
        foreach (var name in Services.Names)
        {
            var document = Path.Combine(client, "generated", $"{name.ToLowerInvariant()}.json");
            await File.WriteAllTextAsync(document, (await services.Document(name)).Root.ToJsonString(), TestContext.Current.CancellationToken);
            await Run(client, "npx", "--no-install", "openapi-typescript", document, "-o", Path.ChangeExtension(document, ".d.ts"));
        }

        await Run(
            client, "npx", "--no-install", "tsc", "--strict", "--noUncheckedIndexedAccess", "--module", "nodenext", "--target", "es2022",
            "--lib", "es2022,dom", "--outDir", "generated", "client.ts");
        var said = await Run(client, "node", Path.Combine("generated", "client.js"));
        Assert.Equal(
            [
                "defined client-1 1", "defined client-2 1", "defined client-3 1", "paged true true true", "pushed 1 true", "rehearsed 1 undefined",
                "refused rows-rejected 1 indicator-unknown", "unknown 404 indicator-unknown", "lists true",
            ],
            said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    async Task<string> Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KEY"] = services.Keys.Key;
        foreach (var name in Services.Names) start.Environment[name.ToUpperInvariant()] = services[name].Http.BaseAddress!.ToString().TrimEnd('/');
        using var process = Process.Start(start)!;
        var cancel = TestContext.Current.CancellationToken;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}\n{await errors}");
        return await output;
    }
}
