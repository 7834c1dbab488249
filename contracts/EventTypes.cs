using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Monitoring.Contracts;

/// <summary>
/// The name under which an event is stored and published, for ever: <c>{service}.{what-happened}.v{n}</c>.
/// A breaking change is a new record with the next version, never an edit.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventTypeAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Every event that crosses the bus, by the name it carries there.</summary>
public static class EventTypes
{
    /// <summary>Event record by wire name, e.g. <c>indicators.value-reported.v1</c>.</summary>
    public static readonly FrozenDictionary<string, Type> ByName = typeof(EventTypes).Assembly.GetExportedTypes()
        .Select(type => (Type: type, Name: type.GetCustomAttribute<EventTypeAttribute>()?.Name))
        .Where(known => known.Name is not null)
        .ToFrozenDictionary(known => known.Name!, known => known.Type);

    static readonly FrozenDictionary<Type, string> names =
        ByName.ToFrozenDictionary(known => known.Value, known => known.Key);

    /// <summary>The wire name of an event record.</summary>
    /// <exception cref="KeyNotFoundException">The type is not an event of this contract.</exception>
    public static string NameOf(Type type) => names[type];

    /// <summary>The events that one service publishes.</summary>
    public static IEnumerable<Type> Of(string service) =>
        ByName.Where(known => known.Key.StartsWith(service + ".", StringComparison.Ordinal)).Select(known => known.Value);
}

/// <summary>How events and answers are written as JSON: camelCase names, snake_case codes, nothing for null.</summary>
public static class EventJson
{
    /// <summary>Writes an enumeration as its code, e.g. <c>under_construction</c>; numbers are refused.</summary>
    public static readonly JsonConverter Codes = new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    public static readonly JsonSerializerOptions Options = Apply(new JsonSerializerOptions());

    /// <summary>A value as it is written: what compares by contents where records compare arrays by reference.</summary>
    public static string Text(object? value) => JsonSerializer.Serialize(value, value?.GetType() ?? typeof(object), Options);

    public static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        // Chinese names stay readable in the store, on the wire and in curl.
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(Codes);
        return options;
    }
}
