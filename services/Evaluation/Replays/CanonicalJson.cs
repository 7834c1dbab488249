using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Monitoring.Contracts;

namespace Monitoring.Evaluation;

/// <summary>
/// One writing of a value: names in ordinal order, no white space, decimals without trailing zeros (1.50 and 1.5 are one figure).
/// Numbers stay decimals and do not pass through binary floating point, so this is not RFC 8785 where a figure has more than 15 digits.
/// </summary>
static class CanonicalJson
{
    // Divides the trailing zeros out of a decimal without changing its value.
    const decimal One = 1.0000000000000000000000000000m;

    static readonly JsonWriterOptions writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>SHA-256 of the writing, lower-case hexadecimal.</summary>
    public static string Digest<T>(T value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, writing)) Write(JsonSerializer.SerializeToElement(value, EventJson.Options), writer);
        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }

    static void Write(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(property.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var entry in element.EnumerateArray()) Write(entry, writer);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Number when element.TryGetDecimal(out var number):
                writer.WriteRawValue((number / One).ToString(CultureInfo.InvariantCulture));
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
