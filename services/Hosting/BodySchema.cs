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
sealed partial class BodySchema
{
    // A text that is nothing else: no number, day, code or unit.
    const string Odd = "§";

    // One of them is sound for every field that has no codes, whatever its range and notation.
    static readonly JsonNode[] samples =
    [
        "x", 1, 2, 12, 2021, 410325, "410325100", "410325100201", "2021-07", "2021-07-01", "2021-07-01T08:00:00+08:00", "0198c0de-0000-7000-8000-000000000001", true, "元", "22:00",
        new JsonArray(), new JsonObject(),
    ];

    // No whole numbers, one of them in every range.
    static readonly JsonNode[] broken = [0.5, 1.5, 2.5, 12.5, 2021.5];

    readonly Func<JsonObject, (IReadOnlyList<RowError> Errors, IEnumerable<string> Names)> ask;
    readonly Type type;
    readonly JsonObject sound = [];
    readonly HashSet<string> required = [];

    BodySchema(Func<JsonObject, (IReadOnlyList<RowError> Errors, IEnumerable<string> Names)> ask, Type type)
    {
        (this.ask, this.type) = (ask, type);
        // What is missing is added until nothing is.
        while (ask(sound).Errors.FirstOrDefault(one => one.Field is { } name && !sound.ContainsKey(name)) is { Field: { } field } error)
        {
            // Where it depends on other fields whether one is needed, the binder says so in words of its own.
            if (error is { Code: "missing", Message.En: "A required field is missing." }) required.Add(field);
            sound[field] = Sample(field);
        }
    }

    /// <summary>The schema of what an endpoint takes.</summary>
    /// <param name="body">What it says of it.</param>
    /// <param name="describe">What a field of a record is for, by its type and its name in JSON.</param>
    public static OpenApiSchema Of(TakesBody body, Func<Type, string, string?> describe)
    {
        var shape = new BodySchema(
            row =>
            {
                var fields = new Fields();
                fields.Start(1, JsonSerializer.SerializeToElement(row), null);
                body.Bind(fields);
                fields.Finish();
                // Names in capitals are those of SDMX-CSV, which has no JSON.
                return ([.. fields.Errors], fields.Named.Where(name => !char.IsUpper(name[0])));
            },
            body.Type);
        if (body.FromPath is not null) shape.required.Remove(body.FromPath);
        return shape.Schema(describe);
    }

    OpenApiSchema Schema(Func<Type, string, string?> describe) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = ask(sound).Names.ToDictionary(name => name, IOpenApiSchema (name) => Field(name, describe)),
        Required = required,
    };

    JsonNode Sample(string field)
    {
        var codes = CodesOf(field) is [var first, ..] ? [first] : Array.Empty<JsonNode>();
        return codes.Concat(samples).FirstOrDefault(sample => Said(field, sample) is null)?.DeepClone() ??
            (Said(field, Odd) is { Code: "wrong-type" } ? new JsonArray() : "x");
    }

    OpenApiSchema Field(string name, Func<Type, string, string?> describe)
    {
        var schema = TypeOf(name);
        if (schema is { Type: JsonSchemaType.Array, Items: null }) schema.Items = Entry(name).Schema(describe);
        // What an entry holds is known of its record alone, and it may hold more.
        if (schema.Items is OpenApiSchema { Type: JsonSchemaType.Object } entry) entry.AdditionalProperties = new OpenApiSchema();
        schema.Description = describe(type, name);
        if (schema.Type is not null && !required.Contains(name))
        {
            schema.Type |= JsonSchemaType.Null;
            schema.Enum?.Add(JsonNullSentinel.JsonNull);
        }

        return schema;
    }

    /// <summary>The shape of the entries of a list; their names are those of the record that the binder knows.</summary>
    BodySchema Entry(string field)
    {
        var of = TypeOfMember(field)?.GetInterfaces().Append(TypeOfMember(field)!)
            .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0] ?? typeof(object);
        var candidates = of.GetProperties().Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name)).ToList();
        return new BodySchema(row => (Errors(row), Names(row)), of);

        List<RowError> Errors(JsonObject row) =>
        [
            .. ask(With(field, new JsonArray(row.DeepClone()))).Errors
                .Where(error => error.Field?.StartsWith($"{field}[0].", StringComparison.Ordinal) == true)
                .Select(error => error with { Field = error.Field![(field.Length + 4)..] }),
        ];

        IEnumerable<string> Names(JsonObject row) => row.Select(member => member.Key).Union(candidates).Where(name =>
        {
            var with = (JsonObject)row.DeepClone();
            with.TryAdd(name, null);
            return !Errors(with).Any(error => error.Code == "unknown-field" && error.Field == name);
        });
    }

    Type? TypeOfMember(string field) =>
        type.GetProperty(field, BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance)?.PropertyType;

    OpenApiSchema TypeOf(string name)
    {
        var single = Said(name, Odd)?.Code switch
        {
            null => Text(),
            "not-a-number" when broken.Any(number => Said(name, number)?.Code == "not-an-integer") => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
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
                new OpenApiSchema { Type = JsonSchemaType.Array },
            "wrong-type" => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Text() },
            _ => Text(),
        };
        // A list may be written as an array, or as one text with separators, as tables write it.
        if (single.Type == JsonSchemaType.String && Said(name, new JsonArray())?.Code is (null or "missing") && Said(name, new JsonObject()) is not null)
            return new OpenApiSchema { Type = JsonSchemaType.Array, Items = single };
        return single;
    }

    static OpenApiSchema Text(string? format = null) => new() { Type = JsonSchemaType.String, Format = format };

    /// <summary>The codes that a field takes, as its type has them or as the refusal of another names them.</summary>
    List<string> CodesOf(string field)
    {
        if (Said(field, Odd) is not { Code: "unknown-code" } said) return [];
        var of = TypeOfMember(field);
        of = of?.IsArray == true ? of.GetElementType() : of;
        of = of is null ? null : Nullable.GetUnderlyingType(of) ?? of;
        return of is { IsEnum: true }
            ? [.. of.GetEnumNames().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)]
            : [.. Code().Matches(said.Message.En[(said.Message.En.IndexOf(':', StringComparison.Ordinal) + 1)..]).Select(match => match.Value)];
    }

    /// <summary>What is said of a field when it is so and everything else is sound.</summary>
    RowError? Said(string field, JsonNode value) => ask(With(field, value.DeepClone())).Errors.FirstOrDefault(error => error.Field == field);

    JsonObject With(string field, JsonNode value)
    {
        var with = (JsonObject)sound.DeepClone();
        with[field] = value;
        return with;
    }

    [GeneratedRegex("[A-Za-z0-9_]+")]
    private static partial Regex Code();
}
