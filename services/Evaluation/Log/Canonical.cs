using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Monitoring.Evaluation.Log;

/// <summary>
/// JSON in canonical form (RFC 8785, JCS): members in the order of their UTF-16 names, no blanks, numbers as ECMAScript writes a double.
/// A number that a double does not carry to its last digit is written as <c>{"$decimal":"…"}</c>, so that no digit escapes the hash.
/// </summary>
public static class Canonical
{
    /// <summary>The canonical bytes, UTF-8 without a mark.</summary>
    public static byte[] Of(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>(512);
        Write(output, value);
        return output.WrittenSpan.ToArray();
    }

    internal static void Write(IBufferWriter<byte> output, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Object(output, value);
                break;
            case JsonValueKind.Array:
                Array(output, value);
                break;
            case JsonValueKind.String:
                Text(output, value.GetString()!);
                break;
            case JsonValueKind.Number:
                Plain(output, Number(value.GetRawText()));
                break;
            default:
                Plain(output, value.ValueKind switch { JsonValueKind.True => "true", JsonValueKind.False => "false", _ => "null" });
                break;
        }
    }

    static void Object(IBufferWriter<byte> output, JsonElement value)
    {
        output.Write("{"u8);
        var first = true;
        foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
        {
            if (!first) output.Write(","u8);
            first = false;
            Text(output, member.Name);
            output.Write(":"u8);
            Write(output, member.Value);
        }

        output.Write("}"u8);
    }

    static void Array(IBufferWriter<byte> output, JsonElement value)
    {
        output.Write("["u8);
        var first = true;
        foreach (var item in value.EnumerateArray())
        {
            if (!first) output.Write(","u8);
            first = false;
            Write(output, item);
        }

        output.Write("]"u8);
    }

    /// <summary>A text or null, quoted and escaped as little as JCS allows.</summary>
    internal static void Text(IBufferWriter<byte> output, string? text)
    {
        if (text is null)
        {
            output.Write("null"u8);
            return;
        }

        output.Write("\""u8);
        if (text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && text.AsSpan().IndexOfAny('"', '\\') < 0) Plain(output, text);
        else Plain(output, Escaped(text));
        output.Write("\""u8);
    }

    static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append(@"\\"),
                '\b' => escaped.Append(@"\b"),
                '\t' => escaped.Append(@"\t"),
                '\n' => escaped.Append(@"\n"),
                '\f' => escaped.Append(@"\f"),
                '\r' => escaped.Append(@"\r"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString();
    }

    static void Plain(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);

    /// <summary>A JSON number in the form of ECMAScript's Number::toString.</summary>
    internal static string Number(string text)
    {
        var exact = Digits.Of(text);
        if (exact.Text.Length == 0) return "0";
        // Up to 15 digits a double gives back what was put in, and nothing shorter means the same.
        if (exact.Text.Length <= 15 && exact.Point is > -290 and < 290) return exact.Written;
        var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsFinite(value) && Digits.Of(value.ToString("R", CultureInfo.InvariantCulture)) is var shortest && shortest == exact) return exact.Written;
        return $$"""{"$decimal":"{{exact.Plain}}"}""";
    }

    /// <summary>A number as its digits without zeros at either end, and how many of them stand before the point.</summary>
    readonly record struct Digits(bool Negative, string Text, int Point)
    {
        public static Digits Of(string number)
        {
            var negative = number[0] == '-';
            var exponentAt = number.AsSpan().IndexOfAny('e', 'E');
            var mantissa = number[(negative ? 1 : 0)..(exponentAt < 0 ? number.Length : exponentAt)];
            var exponent = exponentAt < 0 ? 0 : int.Parse(number.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            var pointAt = mantissa.IndexOf('.', StringComparison.Ordinal);
            var point = (pointAt < 0 ? mantissa.Length : pointAt) + exponent;
            var all = pointAt < 0 ? mantissa : mantissa.Remove(pointAt, 1);
            var significant = all.TrimStart('0');
            point -= all.Length - significant.Length;
            significant = significant.TrimEnd('0');
            return significant.Length == 0 ? new(false, "", 0) : new(negative, significant, point);
        }

        string Sign => Negative ? "-" : "";

        /// <summary>As ECMAScript chooses between plain and exponential notation.</summary>
        public string Written => Point switch
        {
            > 21 or <= -6 => Sign + Text[..1] + (Text.Length > 1 ? "." + Text[1..] : "") +
                             (Point > 0 ? "e+" : "e-") + Math.Abs(Point - 1).ToString(CultureInfo.InvariantCulture),
            _ => Plain,
        };

        /// <summary>Without an exponent.</summary>
        public string Plain => Sign + Point switch
        {
            <= 0 => "0." + new string('0', -Point) + Text,
            _ when Point >= Text.Length => Text + new string('0', Point - Text.Length),
            _ => Text[..Point] + "." + Text[Point..],
        };
    }
}
