using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// The ledger as CloudEvents 1.0 in JSON, one per line (NDJSON), for whoever keeps a copy or computes on their own. It is read in pages and
/// never goes beyond the point below which everything is committed, so whoever goes on after the last <c>sequence</c> misses nothing.
/// Personal data is not in the ledger.
/// </summary>
public static class Export
{
    const int PageMax = 1_000;

    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan beatEvery = TimeSpan.FromSeconds(15);
    static readonly JsonWriterOptions relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>What is asked for.</summary>
    /// <param name="After">Only beyond this position.</param>
    /// <param name="To">Up to this position.</param>
    /// <param name="Since">Recorded at or after, UTC.</param>
    /// <param name="Until">Recorded before, UTC.</param>
    /// <param name="Source">Service, e.g. <c>indicators</c>.</param>
    /// <param name="Type">Beginning of the event type.</param>
    /// <param name="Stream">Beginning of the stream key.</param>
    sealed record Ask(long After, long To, DateTimeOffset? Since, DateTimeOffset? Until, string? Source, string? Type, string? Stream);

    // An event's type begins with the service that says it.
    static readonly string[] sources =
        [.. EventTypes.ByName.Keys.Select(name => name[..name.IndexOf('.', StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal)];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/export/events", async Task<IResult> (
        string? after, string? to, string? from, string? until, string? source, string? type, string? stream, bool? follow, Caller caller, HttpContext http,
        NpgsqlDataSource database, TimeProvider clock, CancellationToken cancel) =>
    {
        var last = long.MaxValue;
        var first = 0L;
        if ((after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out first)) ||
            (to is not null && !long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out last)))
            return Problem.Of(400, "not-a-position", new("after 与 to 应为账本位置（整数）。", "after and to must be ledger positions, whole numbers."));
        if (!AuditTrail.TryInstant(from, false, out var since) || !AuditTrail.TryInstant(until, true, out var before))
            return Problem.Of(400, "not-an-instant", new("from 与 until 应为日期或时间，如 2026-11-24。", "from and until must be days or instants, like 2026-11-24."));
        if (source is not null && !sources.Contains(source))
            return Problem.Of(400, "unknown-code", new(
                $"source 应为以下之一：{string.Join(", ", sources)}。", $"source must be one of: {string.Join(", ", sources)}."));
        var ask = new Ask(first, last, since, before, source, type, stream);
        http.Response.ContentType = "application/x-ndjson; charset=utf-8";
        var zipped = http.Request.GetTypedHeaders().AcceptEncoding?.Any(one => one.Value == "gzip" && one.Quality != 0) == true;
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (zipped) http.Response.Headers.ContentEncoding = "gzip";
        await using var body = zipped ? new GZipStream(http.Response.Body, CompressionLevel.Fastest) : http.Response.Body;
        try
        {
            await Write(body, database, caller.Tenant, ask, follow == true, clock, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Whoever left goes on after the last line that came.
        }

        return Results.Empty;
    }).RequireRight("evaluation:read").ProducesAs("application/x-ndjson");

    static async Task Write(
        Stream body, NpgsqlDataSource database, string tenant, Ask ask, bool follow, TimeProvider clock, CancellationToken cancel)
    {
        var (position, said) = (ask.After, clock.GetTimestamp());
        // Whoever follows an empty ledger is to see at once that it answers.
        await body.FlushAsync(cancel);
        while (true)
        {
            var (read, mark) = await Page(body, database, tenant, ask with { After = position }, cancel);
            if (read.Count > 0)
            {
                await body.FlushAsync(cancel);
                (position, said) = (read.Last, clock.GetTimestamp());
                if (read.Count == PageMax) continue;
            }

            // What was looked through without a match need not be looked through again.
            position = Math.Max(position, Math.Min(mark, ask.To));
            if (!follow || position >= ask.To) return;
            if (clock.GetElapsedTime(said) >= beatEvery)
            {
                // An empty line, so that a dead connection is seen.
                await body.WriteAsync("\n"u8.ToArray(), cancel);
                await body.FlushAsync(cancel);
                said = clock.GetTimestamp();
            }

            await Task.Delay(lookEvery, clock, cancel);
        }
    }

    static async Task<((int Count, long Last), long Mark)> Page(Stream body, NpgsqlDataSource database, string tenant, Ask ask, CancellationToken cancel)
    {
        // The mark comes first: beyond it a lower position may still be committed.
        var mark = await Ledger.Mark(database, cancel);
        await using var command = database.CreateCommand("""
            select seq_id, id, stream_id, version, data, type, timestamp, user_name, causation_id, correlation_id, headers ->> 'ledgeredAt'
            from evaluation.mt_events
            where tenant_id = $1 and seq_id > $2 and seq_id <= $3 and type <> 'tombstone' and
                ($4::timestamptz is null or timestamp >= $4) and ($5::timestamptz is null or timestamp < $5) and
                ($6::text is null or starts_with(type, $6)) and ($7::text is null or starts_with(type, $7)) and
                ($8::text is null or starts_with(stream_id, $8))
            order by seq_id limit $9
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = ask.After });
        command.Parameters.Add(new NpgsqlParameter { Value = Math.Min(mark, ask.To) });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset?> { TypedValue = ask.Since?.ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset?> { TypedValue = ask.Until?.ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = ask.Source is null ? null : ask.Source + "." });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = ask.Type });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = ask.Stream });
        command.Parameters.Add(new NpgsqlParameter { Value = PageMax });
        var (count, last) = (0, ask.After);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        using var line = new MemoryStream();
        await using var json = new Utf8JsonWriter(line, relaxed);
        while (await rows.ReadAsync(cancel))
        {
            Write(json, tenant, rows);
            await json.FlushAsync(cancel);
            line.WriteByte((byte)'\n');
            line.Position = 0;
            await line.CopyToAsync(body, cancel);
            line.SetLength(0);
            json.Reset();
            (count, last) = (count + 1, rows.GetInt64(0));
        }

        return ((count, last), mark);
    }

    static void Write(Utf8JsonWriter json, string tenant, NpgsqlDataReader row)
    {
        var type = row.GetString(5);
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", row.GetGuid(1));
        json.WriteString("source", $"/monitoring/{tenant}/{type[..type.IndexOf('.', StringComparison.Ordinal)]}");
        json.WriteString("type", type);
        json.WriteString("subject", row.GetString(2));
        json.WriteString("time", row.GetFieldValue<DateTimeOffset>(6).UtcDateTime);
        json.WriteString("datacontenttype", "application/json");
        json.WriteString("sequence", row.GetInt64(0).ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("streamversion", row.GetInt64(3));
        Extension("actor", 7);
        Extension("receiptid", 8);
        Extension("traceid", 9);
        Extension("ledgeredat", 10);
        json.WritePropertyName("data");
        json.WriteRawValue(row.GetString(4), skipInputValidation: true);
        json.WriteEndObject();

        void Extension(string name, int column)
        {
            if (!row.IsDBNull(column)) json.WriteString(name, row.GetString(column));
        }
    }
}
