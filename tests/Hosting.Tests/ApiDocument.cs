using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Monitoring.Hosting.Tests;

/// <summary>A service's OpenAPI document, against which its answers are held.</summary>
sealed partial class ApiDocument
{
    readonly EvaluationOptions flag = new() { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true };
    readonly EvaluationOptions list = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    readonly Uri id;
    readonly List<(Regex Path, JsonObject Operations)> paths;
    readonly ConcurrentDictionary<JsonNode, JsonSchema> schemas = new();

    ApiDocument(JsonObject document, string service)
    {
        Root = document;
        id = new Uri($"https://monitoring.test/{service}-{Guid.CreateVersion7()}");
        var types = (JsonObject)document["components"]!["schemas"]!.DeepClone();
        // A member that is not declared is one that no generated client knows.
        foreach (var type in types) Close(type.Value);
        var all = JsonSchema.FromText(Referring(new JsonObject { ["$id"] = id.ToString(), ["$defs"] = types }));
        flag.SchemaRegistry.Register(id, all);
        list.SchemaRegistry.Register(id, all);
        paths =
        [
            .. document["paths"]!.AsObject()
                .OrderByDescending(path => path.Key.Count(character => character == '/')).ThenBy(path => path.Key.Count(character => character == '{'))
                .Select(path => (PathOf(path.Key), path.Value!.AsObject())),
        ];
    }

    /// <summary>The document itself.</summary>
    public JsonObject Root { get; }

    /// <summary>Every operation with its method, path and description.</summary>
    public IEnumerable<(string Method, string Path, JsonObject Operation)> Operations =>
        Root["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(one => (one.Key.ToUpperInvariant(), path.Key, one.Value!.AsObject())));

    public static async Task<ApiDocument> Of(HttpClient http, string service) =>
        new((JsonObject)JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!, service);

    /// <summary>How an answer differs from what the document says of it; null where it does not.</summary>
    public string? Differs(string method, string path, Answer answer)
    {
        var operations = paths.FirstOrDefault(one => one.Path.IsMatch(new Uri(new Uri("http://service"), path).AbsolutePath.TrimEnd('/'))).Operations;
        if (operations?[method.ToLowerInvariant()] is not JsonObject operation)
            return answer.Status < 400 && path.StartsWith("/v1", StringComparison.Ordinal) && method is not ("HEAD" or "OPTIONS") ? "the operation is not described" : null;
        // Kestrel itself refuses what is no HTTP, with nothing in the answer.
        if (answer.Status >= 400 && answer.Bytes.Length == 0) return null;
        if (operation["responses"]![$"{answer.Status}"] is not JsonObject response) return $"no status {answer.Status}";
        var content = response["content"]?.AsObject();
        if (answer.Type is null) return content is { Count: > 0 } && answer.Bytes.Length > 0 ? "no media type" : null;
        if (content?[answer.Type] is not JsonObject described) return $"no {answer.Type} with status {answer.Status}";
        if (!answer.Type.EndsWith("json", StringComparison.Ordinal) || answer.Type.EndsWith("ndjson", StringComparison.Ordinal)) return null;
        if (described["schema"] is not { } said) return null;

        var schema = schemas.GetOrAdd(said, one => JsonSchema.FromText(Referring(one.DeepClone())));
        var body = JsonNode.Parse(answer.Body);
        if (schema.Evaluate(body, flag).IsValid) return null;
        var wrong = schema.Evaluate(body, list).Details.Where(one => one.HasErrors)
            .Select(one => $"{one.InstanceLocation}: {string.Join(", ", one.Errors!.Select(error => error.Value))} ({one.EvaluationPath})");
        return string.Join("\n", wrong.Take(8));
    }

    string Referring(JsonNode schema) => schema.ToJsonString().Replace("#/components/schemas/", $"{id}#/$defs/", StringComparison.Ordinal);

    // The last part may hold several, as a tile's number does.
    static Regex PathOf(string path)
    {
        var pattern = Placeholder().Replace(path.Replace(".", @"\.", StringComparison.Ordinal), "[^/]+");
        return new($"^{(path.EndsWith('}') ? $"{pattern[..^5]}.+" : pattern)}$");
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();

    static void Close(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject schema:
                if (schema["properties"] is JsonObject && !schema.ContainsKey("additionalProperties")) schema["additionalProperties"] = false;
                foreach (var member in schema.Where(member => member.Key is not ("enum" or "default")).ToList()) Close(member.Value);
                break;
            case JsonArray several:
                foreach (var one in several) Close(one);
                break;
        }
    }
}
