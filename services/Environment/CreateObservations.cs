using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Marten;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// OGC SensorThings API 1.1, data array extension: <c>CreateObservations</c> for instruments that speak it. A data stream is
/// <c>{mn}:{pollutant}</c>. Each observation is a reading like any other and goes the way of <see cref="PushReadings"/>; the
/// answer has, in the same order, its address or <c>error: </c> with the code and the reason; a client that compares with <c>error</c>
/// compares the beginning. An observation's address is its stream and its time, and answers what is in force there.
/// </summary>
public static partial class CreateObservations
{
    const string Path = "/v1.1/CreateObservations";
    const string Observations = "/v1.1/Observations";
    const int BytesMax = 16 * 1024 * 1024;

    /// <summary>Observations of one data stream, a table with named columns.</summary>
    /// <param name="Datastream"><c>{"@iot.id": "MN1:a34004"}</c>.</param>
    /// <param name="Components">Names of the columns; <c>phenomenonTime</c> (an instant, or an interval of which the end counts) and
    /// <c>result</c> are needed, <c>resultQuality</c> is the data flag of HJ 212-2017, others are passed over.</param>
    /// <param name="DataArray">One array per observation.</param>
    public sealed record DataArrayValue(Dictionary<string, string> Datastream, string[] Components, JsonElement[][] DataArray);

    /// <summary>One observation as SensorThings 1.1 shows it.</summary>
    /// <param name="Id"><c>{mn}:{pollutant}:{time}</c>, the time in UTC.</param>
    /// <param name="SelfLink">Its address.</param>
    /// <param name="PhenomenonTime">End of the hour measured.</param>
    /// <param name="ResultTime">Always null: the station does not say when it computed the mean.</param>
    /// <param name="Result">In the station's unit.</param>
    /// <param name="ResultQuality">Data flag of HJ 212-2017.</param>
    /// <param name="Datastream"><c>{"@iot.id": "{mn}:{pollutant}"}</c>.</param>
    public sealed record Observation(
        [property: JsonPropertyName("@iot.id")] string Id, [property: JsonPropertyName("@iot.selfLink")] string SelfLink,
        [property: JsonPropertyName("phenomenonTime")] DateTimeOffset PhenomenonTime,
        [property: JsonPropertyName("resultTime"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? ResultTime,
        [property: JsonPropertyName("result")] decimal Result, [property: JsonPropertyName("resultQuality")] string ResultQuality,
        [property: JsonPropertyName("Datastream")] IReadOnlyDictionary<string, string> Datastream);

    static readonly JsonWriterOptions plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, async (HttpContext http, CancellationToken cancel) =>
        {
            if (http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
                return Problem.Of(415, "media-type-unsupported", new("Content-Type 应为 application/json。", "Content-Type must be application/json."));
            if (await Read(http.Request, cancel) is not { } body)
                return Problem.Of(413, "body-too-large", new("请求体过大；请分批发送。", "The body is too large; send it in parts."));
            if (Rows(body) is not { } observations) return Malformed;

            // From here on it is a push like any other, by rows of its own notation.
            http.Request.Body = new MemoryStream(observations.Lines);
            (http.Request.ContentType, http.Request.ContentLength) = ("application/x-ndjson", observations.Lines.Length);
            http.Request.Headers.ContentEncoding = default;
            if (!http.Request.Query.ContainsKey("mode")) http.Request.QueryString = http.Request.QueryString.Add("mode", "partial");
            var answer = await Import.Take<Station, PushReadings.Row>(
                http, Path, PushReadings.Bind, (row, tenant) => Station.Stream(tenant, row.Station), PushReadings.DecideGroups);
            if (answer is not Import.Answer { Summary: var summary } taken || (!taken.Holds && http.Request.Query["mode"] != "partial")) return answer;

            var (refused, english) = (summary.Errors.ToLookup(error => error.Row), Language.IsEnglish(http));
            if (summary.ReceiptId is { } receipt) http.Response.Headers["Receipt-Id"] = receipt.ToString();
            string? Said(string id, int row) => refused[row].FirstOrDefault() is { } error ? $"error: {error.Code}: {(english ? error.Message.En : error.Message.Zh)}"
                : summary.ReceiptId is null ? null : AddressOf(http, id);
            // What was only tried has no address.
            return Results.Json(
                observations.Ids.Select((id, index) => Said(id, index + 1)), EventJson.Options, statusCode: summary.ReceiptId is null ? 200 : 201);
        })
        .Accepts<DataArrayValue[]>("application/json").Produces<string?[]>().Produces<string[]>(201)
        .TakesQuery("mode", "dryRun").RequireRight("environment:report");

        routes.MapGet(Observations + "('{id}')", async (string id, HttpContext http, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            if (id.Split(':', 3) is [var mn, var pollutant, var text] && InstantNotation.TryParse(text, out var time))
            {
                await using var session = store.QuerySession(caller.Tenant);
                var day = await session.LoadAsync<StationDay>(StationDay.IdOf(mn, StationDay.DayOf(time)), cancel);
                if (day?.Series.GetValueOrDefault(pollutant)?.Find(time) is { } found)
                    return Results.Json(
                        new Observation(
                            id, AddressOf(http, id), time.ToUniversalTime(), null, found.Value, found.Flag,
                            new Dictionary<string, string> { ["@iot.id"] = $"{mn}:{pollutant}" }),
                        EventJson.Options);
            }

            return Problem.Of(404, "observation-unknown", new("没有此观测值，或所在月份已归档。", "There is no such observation, or its month has been archived."));
        }).RequireRight("environment:read").Produces<Observation>();
    }

    static string AddressOf(HttpContext http, string id) =>
        $"{http.Request.Scheme}://{http.Request.Host}{Observations}('{Uri.EscapeDataString(id)}')";

    static readonly Problem Malformed = Problem.Of(400, "malformed-observations", new(
        "应为 SensorThings 1.1 的数据组：[{\"Datastream\":{\"@iot.id\":\"MN:因子\"},\"components\":[…],\"dataArray\":[[…]]}]。",
        "Must be data arrays of SensorThings 1.1: [{\"Datastream\":{\"@iot.id\":\"MN:pollutant\"},\"components\":[…],\"dataArray\":[[…]]}]."));

    /// <summary>One line per observation as <see cref="PushReadings"/> takes it, and its id; null where the body is nothing of the kind.</summary>
    internal static (byte[] Lines, List<string> Ids)? Rows(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            using var lines = new MemoryStream();
            var ids = new List<string>();
            foreach (var group in document.RootElement.EnumerateArray())
            {
                var stream = group.GetProperty("Datastream").GetProperty("@iot.id").ToString();
                var components = group.GetProperty("components").EnumerateArray().Select(name => name.GetString()).ToList();
                var (time, result, quality) = (components.IndexOf("phenomenonTime"), components.IndexOf("result"), components.IndexOf("resultQuality"));
                if (time < 0 || result < 0 || stream.LastIndexOf(':') is var colon && colon < 1) return null;
                foreach (var observation in group.GetProperty("dataArray").EnumerateArray())
                {
                    var cells = observation.EnumerateArray().ToList();
                    if (cells.Count != components.Count) return null;
                    var text = cells[time].ToString();
                    var end = BasicOffset().Replace(text[(text.IndexOf('/', StringComparison.Ordinal) + 1)..], ":$1");
                    ids.Add(InstantNotation.TryParse(end, out var at) ? string.Create(CultureInfo.InvariantCulture, $"{stream}:{at:yyyy-MM-ddTHH:mm:ssZ}") : stream);
                    using (var line = new Utf8JsonWriter(lines, plain))
                        Write(
                            line, stream[..colon], stream[(colon + 1)..], end, cells[result], quality < 0 ? null : cells[quality].ToString());
                    lines.WriteByte((byte)'\n');
                }
            }

            return (lines.ToArray(), ids);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or EncoderFallbackException or ArgumentException)
        {
            return null;
        }
    }

    static void Write(Utf8JsonWriter line, string station, string pollutant, string end, JsonElement result, string? flag)
    {
        line.WriteStartObject();
        line.WriteString("station", station);
        line.WriteString("pollutant", pollutant);
        line.WriteString("time", end);
        // Many clients write numbers as texts.
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (result.ValueKind == JsonValueKind.String && decimal.TryParse(result.GetString(), style, CultureInfo.InvariantCulture, out var number))
            line.WriteNumber("value", number);
        else
        {
            line.WritePropertyName("value");
            result.WriteTo(line);
        }

        if (!string.IsNullOrEmpty(flag)) line.WriteString("flag", flag);
        line.WriteEndObject();
    }

    // +0800 of ISO 8601's basic format, which many clients put after an extended time.
    [GeneratedRegex(@"(?<=T[\d:.]+[+-]\d\d)(\d\d)\z")]
    private static partial Regex BasicOffset();

    static async Task<byte[]?> Read(HttpRequest request, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await request.Body.ReadAsync(buffer, cancel) is > 0 and var count)
            {
                if (whole.Length + count > BytesMax) return null;
                whole.Write(buffer, 0, count);
            }
        }
        catch (InvalidDataException e)
        {
            // A body that claims a Content-Encoding it does not have.
            throw new BadHttpRequestException(e.Message, 400, e);
        }

        return whole.ToArray();
    }
}
