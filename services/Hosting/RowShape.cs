using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace Monitoring.Hosting;

/// <summary>
/// The JSON Schema of a body, asked of the binder that reads it: it is given bodies with one thing wrong, and what it says of them tells
/// which fields there are, which are required and of what type each is. So the schema cannot say anything else than the service does.
/// </summary>
sealed partial class RowShape
{
    // A text that is nothing else: no number, day, code or unit.
    const string Odd = "§";

    static readonly JsonNode[] samples =
    [
        "x", 1, "2021-07", "2021-07-01", "2021-07-01T08:00:00+08:00", "0198c0de-0000-7000-8000-000000000001", true, "元", "22:00",
        new JsonArray(), new JsonObject(),
    ];

    readonly TakesBody body;
    readonly JsonObject sound = [];
    readonly HashSet<string> required = [];

    RowShape(TakesBody body) => this.body = body;

    /// <summary>The schema of what an endpoint takes.</summary>
    /// <param name="body">What it says of it.</param>
    /// <param name="describe">What a field of the record is for, by its name in JSON.</param>
    public static OpenApiSchema Of(TakesBody body, Func<string, string?> describe)
    {
        var shape = new RowShape(body);
        shape.Fill();
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = shape.Names().ToDictionary(name => name, IOpenApiSchema (name) => shape.Field(name, describe(name))),
            Required = shape.required,
        };
    }

    /// <summary>Adds what is missing until nothing is.</summary>
    void Fill()
    {
        while (Ask(sound).Errors.FirstOrDefault(one => one.Field is { } name && !sound.ContainsKey(name)) is { Field: { } field } error)
        {
            // Where it depends on other fields whether one is needed, the binder says so in words of its own.
            if (error is { Code: "missing", Message.En: "A required field is missing." }) required.Add(field);
            sound[field] = Sample(field);
        }

        if (body.FromPath is not null) required.Remove(body.FromPath);
    }

    JsonNode Sample(string field)
    {
        var codes = CodesOf(field) is [var first, ..] ? [first] : Array.Empty<JsonNode>();
        return codes.Concat(samples).FirstOrDefault(sample => Said(field, sample) is null)?.DeepClone() ??
            (Said(field, Odd) is { Code: "wrong-type" } ? new JsonArray() : "x");
    }

    IEnumerable<string> Names() => Ask(sound).Names;

    OpenApiSchema Field(string name, string? description)
    {
        var schema = TypeOf(name);
        schema.Description = description;
        if (schema.Type is not null && !required.Contains(name))
        {
            schema.Type |= JsonSchemaType.Null;
            schema.Enum?.Add(JsonNullSentinel.JsonNull);
        }

        return schema;
    }

    OpenApiSchema TypeOf(string name)
    {
        var single = Said(name, Odd)?.Code switch
        {
            null => Text(),
            "not-a-number" when Said(name, 0.5)?.Code == "not-an-integer" => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
            "not-a-number" => new OpenApiSchema { Type = JsonSchemaType.Number },
            "not-a-flag" => new OpenApiSchema { Type = JsonSchemaType.Boolean },
            "not-a-date" => Text("date"),
            "not-an-instant" => Text("date-time"),
            "not-a-uuid" => Text("uuid"),
            "not-a-period" => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = ApiDescription.PeriodPattern },
            "unknown-unit" => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Contracts.Money.Multipliers.Keys.Select(unit => JsonValue.Create(unit))] },
            "unknown-code" when CodesOf(name) is { Count: > 0 } codes =>
                new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. codes.Select(code => JsonValue.Create(code))] },
            "wrong-type" when Said(name, new JsonArray())?.Code != "wrong-type" =>
                new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema() } },
            "wrong-type" => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Text() },
            _ => Text(),
        };
        // A list may be written as an array, or as one text with separators, as tables write it.
        if (single.Type == JsonSchemaType.String && Said(name, new JsonArray()) is null && Said(name, new JsonObject()) is not null)
            return new OpenApiSchema { Type = JsonSchemaType.Array, Items = single };
        return single;
    }

    static OpenApiSchema Text(string? format = null) => new() { Type = JsonSchemaType.String, Format = format };

    /// <summary>The codes that a field takes, as its type has them or as the refusal of another names them.</summary>
    List<string> CodesOf(string field)
    {
        if (Said(field, Odd) is not { Code: "unknown-code" } said) return [];
        var type = body.Type.GetProperty(field, BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance)?.PropertyType;
        type = type?.IsArray == true ? type.GetElementType() : type;
        type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        return type is { IsEnum: true }
            ? [.. type.GetEnumNames().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)]
            : [.. Code().Matches(said.Message.En[(said.Message.En.IndexOf(':', StringComparison.Ordinal) + 1)..]).Select(match => match.Value)];
    }

    /// <summary>What is said of a field when it is so and everything else is sound.</summary>
    RowError? Said(string field, JsonNode value)
    {
        var with = (JsonObject)sound.DeepClone();
        with[field] = value.DeepClone();
        return Ask(with).Errors.FirstOrDefault(error => error.Field == field);
    }

    (IReadOnlyList<RowError> Errors, IReadOnlyList<string> Names) Ask(JsonObject row)
    {
        var fields = new Fields();
        fields.Start(1, JsonSerializer.SerializeToElement(row), null);
        body.Bind(fields);
        return ([.. fields.Errors], [.. fields.Named]);
    }

    [GeneratedRegex("[A-Za-z0-9_]+")]
    private static partial Regex Code();
}

public sealed partial class Fields
{
    /// <summary>Names of the fields that were asked for.</summary>
    internal IEnumerable<string> Named => read;

    /// <summary>What is wrong with the row.</summary>
    internal IEnumerable<RowError> Errors => Error is { } error ? [error] : [];
}
