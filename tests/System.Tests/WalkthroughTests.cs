using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Monitoring.System.Tests;

/// <summary>
/// What a newcomer does on a fresh system: <c>deploy/up</c>, the blocks of the README one after the other, every request of
/// <c>services/requests.http</c> from top to bottom. Nothing may answer otherwise than it is said there.
/// </summary>
public sealed partial class WalkthroughTests(FreshSystem system) : IClassFixture<FreshSystem>
{
    static readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    /// <summary>
    /// Before the README's blocks: <c>curl</c> tells its status, and asks the ledger's service only when the ledger has taken what was pushed
    /// before, since no reader is as quick as a script.
    /// </summary>
    const string Prelude = """
        set -euo pipefail
        pushed=''
        settle() {
          local since status position
          since=$(date -u +%Y-%m-%dT%H:%M:%S.%N)
          while status=$(command curl -sS -H "X-Api-Key: $(key evaluator)" http://127.0.0.1:5105/v1/ledger/status)
            [[ $(grep -o '"heardAt":"[^"]*' <<<"$status" | cut -d '"' -f 4 | sort | sed -n 1p) < $since || $status == *'"lagEvents":'[1-9]* ]]
          do sleep 0.2; done
          position=$(grep -oE '^."position":[0-9]+' <<<"$status" | cut -d : -f 2)
          while (($(command curl -sS http://127.0.0.1:5105/health/ready | sed -nE 's/.*"slowest":"[^"]*","position":([0-9]+).*/\1/p') < position))
          do sleep 0.2; done
          pushed=''
        }
        curl() {
          case "$*" in
            *127.0.0.1:5105*) if [[ -n $pushed ]]; then settle; fi ;;
            *" -X "* | "-X "*) pushed=1 ;;
          esac
          command curl -sS -w '%{stderr}@status %{http_code}\n' "$@"
        }
        said() { printf '\n@said\n'; printf '\n@said\n' >&2; }

        """;

    [Fact]
    public async Task Every_block_of_the_readme_answers_as_it_says()
    {
        var blocks = Block().Matches(await File.ReadAllTextAsync(Path.Combine(TestServers.Root, "README.md"), cancel))
            .Select(block => block.Groups[1].Value).Where(block => !block.StartsWith("deploy/up", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, blocks.Count);
        var lines = string.Join('\n', blocks).Split('\n');
        var expected = lines.Where(Expects).Select(line => line[(line.IndexOf('→', StringComparison.Ordinal) + 1)..].Trim()).ToList();
        Assert.True(expected.Count >= 10);
        var script = Path.Combine(system.Desk, "readme.sh");
        await File.WriteAllTextAsync(
            script, system.Moved(Prelude + string.Join('\n', lines.Select(line => Expects(line) ? $"{line}\nsaid" : line)) + "\nsaid\n"), cancel);

        using var bash = new Process { StartInfo = new("bash", [script]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = system.Desk } };
        bash.Start();
        var (output, errors) = (bash.StandardOutput.ReadToEndAsync(cancel), bash.StandardError.ReadToEndAsync(cancel));
        await bash.WaitForExitAsync(cancel);
        var (said, told) = ((await output).Split("\n@said\n"), (await errors).Split("\n@said\n"));
        Assert.True(bash.ExitCode == 0, $"{await errors}{said[^1]}");
        foreach (var (number, answer) in expected.Index())
        {
            var refused = Refused().Match(answer);
            var statuses = Status().Matches(told[number]).Select(status => status.Groups[1].Value).Where(status => status[0] != '2');
            Assert.True(statuses.SequenceEqual(refused.Success ? [refused.Value] : []), $"{answer}\n{told[number]}\n{said[number]}");
            foreach (var part in answer[refused.Length..].Split('…', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                Assert.Contains(part, said[number], StringComparison.Ordinal);
        }

        Assert.DoesNotMatch("@status [345]", told[expected.Count]);
    }

    [Fact]
    public async Task Requests_http_runs_from_top_to_bottom()
    {
        var text = system.Moved(await File.ReadAllTextAsync(Path.Combine(TestServers.Root, "services", "requests.http"), cancel));
        // The head says how to make the file of the keys.
        var make = text.Split('\n').First(line => line.StartsWith("#   (", StringComparison.Ordinal))[4..].Replace("services/.env", "keys.env", StringComparison.Ordinal);
        using (var bash = Process.Start(new ProcessStartInfo("bash", ["-c", make]) { WorkingDirectory = system.Desk })!) await bash.WaitForExitAsync(cancel);
        var file = new HttpFile(text, await File.ReadAllTextAsync(Path.Combine(system.Desk, "keys.env"), cancel));
        Assert.True(file.Requests.Count > 170);

        using var http = new HttpClient();
        var (wrong, pushed) = (new List<string>(), false);
        foreach (var request in file.Requests)
        {
            var address = new Uri(file.Fill(request.Address));
            if (address.Port != system.Address("EVALUATION", "").Port) pushed |= request.Method != "GET";
            else if (pushed)
            {
                await Settled(http);
                pushed = false;
            }

            var (status, answer) = await Send(http, file, request, address);
            for (var watch = Stopwatch.StartNew(); status == request.AgainWhile && watch.Elapsed < TimeSpan.FromSeconds(60);)
            {
                await Task.Delay(200, cancel);
                (status, answer) = await Send(http, file, request, address);
            }

            if (status / 100 == 2) file.Keep(request, answer);
            if (request.Expected is { } expected ? status != expected : status / 100 != 2)
                wrong.Add($"line {request.Line}, {request.Method} {address}: {status} {answer[..Math.Min(answer.Length, 400)]}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_service_that_ends_at_its_start_is_told_at_once_with_what_it_wrote_since()
    {
        await Kill("relapse");
        await File.AppendAllTextAsync(Path.Combine(system.Place, "logs", "relapse.log"), "a line of before\n", cancel);
        var (code, said) = await system.Up("--detach", ("FAILING", "Relapse"));
        Assert.Equal(1, code);
        Assert.Contains("relapse ended with exit code 7; see", said, StringComparison.Ordinal);
        Assert.Contains("no settings today", said, StringComparison.Ordinal);
        Assert.DoesNotContain("a line of before", said, StringComparison.Ordinal);

        (code, said) = await system.Up("--detach");
        Assert.True(code == 0, said);
        Assert.Contains("started: relapse", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_starting_is_seen_and_goes_with_the_one_who_started_it()
    {
        var before = system.Pid("relapse");
        await Kill("relapse");
        using var starting = system.Begin("deploy/up", null, ("SLOW", "60"));
        for (var attempt = 0; system.Pid("relapse") is var now && (now == before || now == 0); attempt++)
        {
            Assert.True(attempt < 600);
            await Task.Delay(100, cancel);
        }

        var pid = system.Pid("relapse");
        var (code, said) = await system.Up("--status");
        Assert.Equal(1, code);
        Assert.Matches($"relapse +pid {pid}, port [0-9]+, does not answer", said);
        (code, said) = await system.Up("--detach");
        Assert.Equal(1, code);
        Assert.Contains("another deploy/up is at work here", said, StringComparison.Ordinal);
        (code, said) = await system.Up("--down");
        Assert.Equal(1, code);
        Assert.Contains("another deploy/up is at work here", said, StringComparison.Ordinal);

        using (var stop = Process.Start("kill", ["-TERM", $"{starting.Id}"])) await stop.WaitForExitAsync(cancel);
        (code, said) = await FreshSystem.Ended(starting);
        Assert.True(code == 143, said);
        Assert.False(Directory.Exists($"/proc/{pid}"));

        // A number that another program has by now is not a service.
        await File.WriteAllTextAsync(Path.Combine(system.Place, "run", "relapse.pid"), $"{Environment.ProcessId} 1@elsewhere\n", cancel);
        (code, said) = await system.Up("--status");
        Assert.Equal(1, code);
        Assert.Matches("relapse +stopped", said);
        (code, said) = await system.Up("--detach");
        Assert.True(code == 0, said);
    }

    async Task Kill(string service)
    {
        using var process = Process.GetProcessById(system.Pid(service));
        process.Kill();
        await process.WaitForExitAsync(cancel);
    }

    static async Task<(int Status, string Answer)> Send(HttpClient http, HttpFile file, HttpRequest request, Uri address)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), address);
        if (request.Body.Length > 0 || request.Method != "GET") message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(file.Fill(request.Body)));
        foreach (var (name, value) in request.Headers)
            if (name == "Content-Type") message.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else Assert.True(message.Headers.TryAddWithoutValidation(name, file.Fill(value)));
        using var answer = await http.SendAsync(message, cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }

    /// <summary>Waits until the ledger and its views have taken everything that the other services had recorded by now.</summary>
    async Task Settled(HttpClient http)
    {
        var since = TimeProvider.System.GetUtcNow();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(120); await Task.Delay(100, cancel))
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, system.Address("EVALUATION", "/v1/ledger/status")) { Headers = { { "X-Api-Key", system.Key("evaluator") } } };
            using var answer = await http.SendAsync(ask, cancel);
            var ledger = JsonElement.Parse(await answer.Content.ReadAsStringAsync(cancel));
            if (!ledger.GetProperty("sources").EnumerateArray().All(source =>
                source.TryGetProperty("heardAt", out var heard) && heard.GetDateTimeOffset() > since && source.GetProperty("lagEvents").GetInt64() == 0)) continue;
            var health = JsonElement.Parse(await http.GetStringAsync(system.Address("EVALUATION", "/health/ready"), cancel));
            if (health.GetProperty("checks").GetProperty("store").GetProperty("data").GetProperty("position").GetInt64() >= ledger.GetProperty("position").GetInt64()) return;
        }

        Assert.Fail("The ledger has not caught up.");
    }

    static bool Expects(string line) => line.Contains('#', StringComparison.Ordinal) && line.IndexOf('→', StringComparison.Ordinal) > line.IndexOf('#', StringComparison.Ordinal);

    [GeneratedRegex("^```bash\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^[45][0-9][0-9]\\b")]
    private static partial Regex Refused();

    [GeneratedRegex("@status ([0-9]+)")]
    private static partial Regex Status();
}
