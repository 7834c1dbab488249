using System.Globalization;
using System.Text;
using System.Text.Json;
using Marten;
using Microsoft.Net.Http.Headers;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Environment;

/// <summary>
/// <c>GET /v1/readings</c>: readings in force over any range, as CSV, NDJSON or a JSON array by <c>Accept</c>. Answered day by
/// day as the database gives them, so that ten years take no more memory than ten days.
/// </summary>
public static class StreamReadings
{
    static readonly string[] offers = ["application/json", "text/csv", "application/x-ndjson", "application/ndjson"];

    // What is written before it is sent on.
    const int FlushAt = 64 * 1024;

    /// <summary>One reading as it is answered.</summary>
    /// <param name="Station">MN.</param>
    /// <param name="Time">End of the hour measured, Asia/Shanghai.</param>
    /// <param name="Pollutant">Code.</param>
    /// <param name="Value">In the unit of the station on that day.</param>
    /// <param name="Unit">That unit.</param>
    /// <param name="Flag">Data flag of HJ 212-2017.</param>
    /// <param name="State"><c>raw</c>, <c>checked</c>, <c>audited</c> or <c>revised</c>.</param>
    /// <param name="Invalid">Why it does not count; absent where it does.</param>
    public sealed record Entry(
        string Station, DateTimeOffset Time, string Pollutant, decimal Value, string? Unit, string Flag, ReadingState State, InvalidCode? Invalid);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/readings", async (
        string? station, string? pollutant, string? from, string? to, Caller caller, HttpContext http, IDocumentStore store,
        NpgsqlDataSource database, CancellationToken cancel) =>
    {
        if (!ChinaTime.TryDay(from, out var first) || !ChinaTime.TryDay(to, out var last))
            return Problem.Of(400, "not-a-date", new("from、to 应为日期，如 2023-08-01。", "from and to must be days, like 2023-08-01."));
        await using var session = store.QuerySession(caller.Tenant);
        List<Station> stations = station is null
            ? [.. (await session.Query<Station>().OrderBy(one => one.Id).ToListAsync(cancel))]
            : await session.LoadAsync<Station>(Station.Stream(caller.Tenant, station), cancel) is { } one ? [one] : [];
        if (station is not null && stations.Count == 0) return Problem.Of(Station.Unknown);

        if (http.Request.Choose(offers) is not { } type) return Accepting.NotAcceptable(offers);
        var format = type == offers[0] ? Format.Array : type == offers[1] ? Format.Csv : Format.Lines;
        http.Response.Headers.Vary = HeaderNames.Accept;
        http.Response.ContentType = format == Format.Lines ? "application/x-ndjson" : $"{type}; charset=utf-8";
        if (format == Format.Csv) http.NameFile("csv");
        var text = new StringBuilder(format == Format.Csv ? "\uFEFFstation,time,pollutant,value,unit,flag,【state】,【invalid】\r\n" : format == Format.Array ? "[" : "");
        var written = false;
        await foreach (var (of, day) in Days(database, caller.Tenant, stations, first ?? DateOnly.MinValue, last ?? DateOnly.MaxValue, cancel))
        {
            foreach (var entry in Entries(of, day, pollutant))
            {
                Write(text, entry, format, written);
                written = true;
            }

            if (text.Length < FlushAt) continue;
            await http.Response.WriteAsync(text.ToString(), cancel);
            text.Clear();
        }

        if (format == Format.Array) text.Append(']');
        await http.Response.WriteAsync(text.ToString(), cancel);
        return Results.Empty;
    }).RequireRight("environment:read").Produces<Entry[]>().ProducesAs("text/csv", "application/x-ndjson");

    /// <summary>Days of stations one after the other; only one is in memory.</summary>
    internal static async IAsyncEnumerable<(Station Station, StationDay Day)> Days(
        NpgsqlDataSource database, string tenant, IEnumerable<Station> stations, DateOnly first, DateOnly last,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var station in stations)
        {
            var mn = station.Registration!.Mn;
            await using var command = database.CreateCommand(
                "select data from environment.mt_doc_stationday where tenant_id = $1 and id between $2 and $3 order by id");
            command.Parameters.AddWithValue(tenant);
            command.Parameters.AddWithValue(StationDay.IdOf(mn, first));
            command.Parameters.AddWithValue(StationDay.IdOf(mn, last));
            await using var row = await command.ExecuteReaderAsync(cancel);
            while (await row.ReadAsync(cancel))
                yield return (station, JsonSerializer.Deserialize<StationDay>(row.GetFieldValue<byte[]>(0), EventJson.Options)!);
        }
    }

    internal static IEnumerable<Entry> Entries(Station station, StationDay day, string? pollutant)
    {
        var registration = station.On(StationDay.DayOf(day.Id))!;
        return day.Series.Keys.Where(code => pollutant is null || code == pollutant).Order(StringComparer.Ordinal)
            .SelectMany(code => day.Readings(code).Select(reading => new Entry(
                registration.Mn, reading.Time, code, reading.Value, registration.Units.GetValueOrDefault(code), reading.Flag, reading.State!.Value, reading.Invalid)));
    }

    static void Write(StringBuilder text, Entry entry, Format format, bool separate)
    {
        if (format == Format.Csv)
        {
            text.Append(CultureInfo.InvariantCulture, $"{entry.Station},{entry.Time:yyyy-MM-ddTHH:mm:sszzz},{entry.Pollutant},{entry.Value},{entry.Unit},")
                .Append(CultureInfo.InvariantCulture, $"{entry.Flag},{Codes<ReadingState>.ByValue[entry.State]},")
                .Append(entry.Invalid is { } code ? Codes<InvalidCode>.ByValue[code] : "").Append("\r\n");
            return;
        }

        if (separate && format == Format.Array) text.Append(",\n");
        text.Append(JsonSerializer.Serialize(entry, EventJson.Options));
        if (format == Format.Lines) text.Append('\n');
    }

    enum Format { Array, Lines, Csv }
}
