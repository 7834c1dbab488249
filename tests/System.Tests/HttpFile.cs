using System.Text.Json;
using System.Text.RegularExpressions;

namespace Monitoring.System.Tests;

/// <summary>One request of a <c>.http</c> file, its placeholders not filled in yet.</summary>
/// <param name="Line">Line of the file at which it begins, from 1.</param>
/// <param name="Name">By which later requests refer to its answer (<c># @name</c>); null if none does.</param>
/// <param name="Body">Empty when there is none.</param>
/// <param name="Expected">The status that it is to show (<c># expected: 404</c>); null for any success.</param>
/// <param name="AgainWhile">The status at which it is sent again, as what it asks for takes a moment (<c># again while: 409</c>).</param>
sealed record HttpRequest(
    int Line, string? Name, string Method, string Address, IReadOnlyList<(string Name, string Value)> Headers, string Body, int? Expected, int? AgainWhile);

/// <summary>
/// Requests and variables of a <c>.http</c> file, read as VS Code's REST Client, Visual Studio and httpYac do: requests between lines of
/// <c>###</c>, variables <c>@name = value</c>, placeholders <c>{{name}}</c>, <c>{{$dotenv NAME}}</c>, <c>{{$datetime iso8601}}</c> and
/// <c>{{request.response.body.$.path}}</c>.
/// </summary>
sealed partial class HttpFile
{
    readonly Dictionary<string, string> variables = [];
    readonly Dictionary<string, JsonElement> answers = [];
    readonly Dictionary<string, string> environment;

    /// <param name="text">The file.</param>
    /// <param name="environment">Lines <c>NAME=value</c> of the <c>.env</c> file beside it.</param>
    public HttpFile(string text, string environment)
    {
        this.environment = Pairs(environment.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToDictionary();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        foreach (var (name, value) in Pairs(lines.Where(line => line.StartsWith('@')).Select(line => line[1..]))) variables[name] = value;
        Requests = [.. Blocks(lines).Select(block => Request(lines[block], block.Start.Value + 1)).OfType<HttpRequest>()];
    }

    public IReadOnlyList<HttpRequest> Requests { get; }

    /// <summary>Keeps the JSON answer of a named request for those after it.</summary>
    public void Keep(HttpRequest request, string answer)
    {
        if (request.Name is { } name) answers[name] = JsonElement.Parse(answer);
    }

    /// <summary>The text with its placeholders filled in; throws where one names nothing.</summary>
    public string Fill(string text) => Placeholder().Replace(text, found => found.Groups[1].Value.Split(' ', 2) switch
    {
        ["$dotenv", var name] => environment[name],
        ["$datetime", "iso8601"] => $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
        [var name] when variables.TryGetValue(name, out var value) => Fill(value),
        [var name] when name.Split(".response.body.$") is [var request, var path] => Step().Matches(path).Aggregate(answers[request], Into).ToString(),
        _ => throw new FormatException($"{found} is neither a variable nor an answer."),
    });

    static JsonElement Into(JsonElement whole, Match step) =>
        step.Groups["name"] is { Success: true, Value: var name } ? whole.GetProperty(name) : whole[int.Parse(step.Groups["at"].ValueSpan, null)];

    static IEnumerable<(string, string)> Pairs(IEnumerable<string> lines) =>
        lines.Select(line => line.Split('=', 2)).Select(pair => (pair[0].Trim(), pair[1].Trim()));

    static IEnumerable<Range> Blocks(string[] lines)
    {
        int[] ends = [.. lines.Index().Where(line => line.Item.StartsWith("###", StringComparison.Ordinal)).Select(line => line.Index), lines.Length];
        return ends.Select((end, number) => (number == 0 ? 0 : ends[number - 1] + 1)..end);
    }

    static HttpRequest? Request(string[] lines, int from)
    {
        var start = Array.FindIndex(lines, line => line.Length > 0 && line[0] is not ('#' or '@'));
        if (start < 0) return null;
        var remarks = lines[..start];
        var headers = lines[(start + 1)..].TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2)).ToList();
        return lines[start].Split(' ', 2) is [var method, var address]
            ? new(from + start, Remark("@name ", remarks), method, address, [.. headers.Select(header => (header[0], header[1].Trim()))],
                string.Join('\n', lines[(start + 1 + headers.Count)..]).Trim('\n'), Status("expected: ", remarks), Status("again while: ", remarks))
            : throw new FormatException($"Line {from + start}: a method and an address are expected, not '{lines[start]}'.");
    }

    static int? Status(string word, string[] remarks) => Remark(word, remarks) is { } status ? int.Parse(status, null) : null;

    static string? Remark(string word, string[] remarks) =>
        remarks.FirstOrDefault(line => line.StartsWith($"# {word}", StringComparison.Ordinal))?[(word.Length + 2)..].Trim();

    [GeneratedRegex(@"\{\{(.+?)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\.(?<name>\w+)|\[(?<at>\d+)\]")]
    private static partial Regex Step();
}
