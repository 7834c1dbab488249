using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sylvan.Data.Csv;

namespace Monitoring.Hosting;

/// <summary>
/// The body of a push: read whole within its limits, then handed over row by row, whatever its format is
/// (JSON object or array, NDJSON, CSV of RFC 4180, the first sheet of a workbook).
/// </summary>
sealed class Body
{
    public const int RowsMax = 10_000;
    const int BytesMax = 16 * 1024 * 1024;

    const string MediaTypes = $"application/json, application/x-ndjson, text/csv, {Sheet.MediaType}";

    /// <summary>The answer to any other media type.</summary>
    public static readonly Problem MediaTypeUnsupported = Problem.Of(415, "media-type-unsupported", new(
        $"Content-Type 应为以下之一：{MediaTypes}。", $"Content-Type must be one of: {MediaTypes}."));

    static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    // UTF-8, or a workbook.
    readonly byte[] bytes;
    readonly string mediaType;

    Body(byte[] bytes, string mediaType, string sha256) => (this.bytes, this.mediaType, Sha256) = (bytes, mediaType, sha256);

    /// <summary>Lower-case hexadecimal SHA-256 of the bytes as sent.</summary>
    public string Sha256 { get; }

    /// <summary>The sheet that was bound, if the body is a workbook.</summary>
    public UploadedSheet? Upload { get; private set; }

    /// <summary>Reads the request's body; a problem where it is too large, of no known type, or not text.</summary>
    public static async Task<(Body? Body, Problem? Problem)> Read(HttpRequest request, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ||
            Canonical(type.MediaType.Value) is not { } mediaType)
            return (null, MediaTypeUnsupported);

        var bytes = await ReadBytes(request, cancel);
        if (bytes is null)
            return (null, TooLarge(
                $"请求体超过 {BytesMax / 1024 / 1024} MiB；请分批发送。",
                $"The body is larger than {BytesMax / 1024 / 1024} MiB; send it in parts."));

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (mediaType == Sheet.MediaType) return (new Body(bytes, mediaType, sha256), null);
        if (type.Charset.Value?.Trim('"') is { Length: > 0 } charset &&
            !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            // Chinese spreadsheet programs save CSV as GBK.
            if (Transcode(bytes, charset) is not { } transcoded)
                return (null, Problem.Of(415, "charset-unsupported", new(
                    "不支持该字符集，或内容与之不符；请用 UTF-8、GBK 或 GB18030。",
                    "This charset is not supported, or the body is not in it; use UTF-8, GBK or GB18030.")));
            bytes = transcoded;
        }

        var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        if (start > 0) bytes = bytes[start..];
        if (Utf8.IsValid(bytes)) return (new Body(bytes, mediaType, sha256), null);
        var line = LineOfInvalid(bytes);
        return (null, Problem.Of(400, "invalid-utf8", new(
            $"第 {line} 行不是有效的 UTF-8；若为 GBK，请在 Content-Type 注明 charset=gbk。",
            $"Line {line} is not valid UTF-8; if it is GBK, say charset=gbk in Content-Type.")));
    }

    /// <summary>Reads and binds a body that is one object; else what is wrong with it.</summary>
    public static async Task<(TRow? Row, Problem? Problem)> ReadOne<TRow>(
        HttpRequest request, Func<Fields, TRow> bind, (string, string)? fromPath, CancellationToken cancel) where TRow : notnull
    {
        var (body, unreadable) = await Read(request, cancel);
        if (body is null) return (default, unreadable!);
        var (rows, errors) = (new List<(int Row, TRow Value)>(), new List<RowError>());
        if (body.Bind(bind, fromPath, rows, errors) is { } malformed) return (default, malformed);
        if (errors is [var error, ..])
            return (default, Problem.Of(422, error.Code, error.Message, ImportSummary.Refused(errors)));
        return rows is [var only]
            ? (only.Value, null)
            : (default, Problem.Of(400, "one-object-expected", new("请求体应为一个对象。", "The body must be one object.")));
    }

    /// <summary>
    /// Binds every row. A row that cannot be bound is an error of that row; only a body that is no table at all is a
    /// problem.
    /// </summary>
    public Problem? Bind<TRow>(
        Func<Fields, TRow> bind, (string Field, string Value)? fromPath, List<(int Row, TRow Value)> rows, List<RowError> errors)
    {
        var fields = new Fields();

        void Take()
        {
            try
            {
                var value = bind(fields);
                if (fields.IsLeftOut) return;
                fields.Finish();
                if (fields.Error is null) rows.Add((fields.Row, value));
            }
            catch (InvalidOperationException)
            {
                // What looking up a field throws where another field's name is a lone surrogate.
                fields.Fail(null, "invalid-unicode", "字段名含有无效的 Unicode 字符。", "A field name holds invalid Unicode.");
            }

            if (fields.Error is { } error) errors.Add(error);
        }

        return mediaType switch
        {
            "text/csv" => BindCsv(fields, Take),
            Sheet.MediaType => BindSheet(fields, Take),
            "application/x-ndjson" => BindLines(fields, Take, errors, fromPath),
            _ => BindJson(fields, Take, fromPath),
        };
    }

    Problem? BindJson(Fields fields, Action take, (string, string)? fromPath)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes, strict);
        }
        catch (JsonException e)
        {
            var row = RowOfError();
            return Malformed(row, new(
                $"JSON 格式错误：第 {row} 行数据，文本第 {e.LineNumber + 1} 行第 {e.BytePositionInLine + 1} 字节。",
                $"Malformed JSON in row {row}: text line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }
        catch (InvalidOperationException)
        {
            // What the search for duplicate fields throws where a field's name is a lone surrogate.
            return Problem.Of(400, "invalid-unicode", new("字段名含有无效的 Unicode 字符。", "A field name holds invalid Unicode."));
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array)
            {
                fields.Start(1, root, fromPath);
                if (fields.Error is not null)
                    return Malformed(1, new("请求体应为 JSON 对象或数组。", "The body must be a JSON object or array."));
                take();
                return null;
            }

            if (root.GetArrayLength() > RowsMax) return TooManyRows();
            var row = 0;
            foreach (var element in root.EnumerateArray())
            {
                fields.Start(++row, element, fromPath);
                take();
            }

            return row == 0 ? Empty() : null;
        }
    }

    Problem? BindLines(Fields fields, Action take, List<RowError> errors, (string, string)? fromPath)
    {
        var row = 0;
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            var line = bytes.AsMemory(range);
            if (line.Span.Trim(" \t\r"u8).IsEmpty) continue;
            if (++row > RowsMax) return TooManyRows();
            try
            {
                using var document = JsonDocument.Parse(line, strict);
                fields.Start(row, document.RootElement, fromPath);
                take();
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                errors.Add(new RowError(row, null, "malformed-json", new("此行不是有效的 JSON。", "This line is not valid JSON.")));
            }
        }

        return row == 0 ? Empty() : null;
    }

    Problem? BindCsv(Fields fields, Action take)
    {
        var row = 0;
        try
        {
            using var text = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
            using var csv = CsvDataReader.Create(text, new CsvDataReaderOptions
            {
                Delimiter = ',', BufferSize = 64 * 1024, MaxBufferSize = 1024 * 1024, CsvStyle = CsvStyle.Standard,
            });
            var columns = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var column = 0; column < csv.FieldCount; column++)
            {
                if (!columns.TryAdd(csv.GetName(column).Trim(), column))
                    return HeaderTwice();
            }

            while (csv.Read())
            {
                var cells = new string[csv.RowFieldCount];
                for (var column = 0; column < cells.Length; column++) cells[column] = csv.GetString(column);
                if (cells.All(cell => cell.Length == 0)) continue;
                if (++row > RowsMax) return TooManyRows();
                fields.Start(row, columns, cells);
                if (cells.Length > columns.Count)
                    fields.Fail(null, "too-many-cells", $"此行有 {cells.Length} 列，表头只有 {columns.Count} 列。",
                        $"This row has {cells.Length} cells, the header {columns.Count}.");
                take();
            }

            return row == 0 ? Empty() : null;
        }
        catch (Exception e) when (e is CsvFormatException or CsvRecordTooLargeException or InvalidDataException or
            FormatException or CsvMissingHeadersException)
        {
            return e is CsvMissingHeadersException ? Empty() : Malformed(row + 1, new(
                $"CSV 格式错误，在第 {row + 1} 行数据附近（引号未配对或单元格过大）。",
                $"Malformed CSV near row {row + 1}: a quote without its partner, or a cell too large."));
        }
    }

    Problem? BindSheet(Fields fields, Action take)
    {
        (Upload, var problem) = UploadedSheet.Read(bytes);
        if (Upload is null) return problem;
        foreach (var (index, row) in Upload.Rows.Index())
        {
            fields.Start(index + 1, Upload.Columns, row.Cells, inWorkbook: true);
            if (row.Nameless is { } cell)
                fields.Fail(null, "too-many-cells", $"单元格 {cell} 上方没有列名。", $"There is no header above cell {cell}.");
            take();
            if (fields.IsLeftOut) Upload.LeaveOut(row);
        }

        return Upload.Rows.Count == Upload.LeftOut ? Empty() : null;
    }

    /// <summary>The body is no table in its format.</summary>
    public static Problem Malformed(int row, Text detail) => Problem.Of(400, "malformed-body", detail,
        ImportSummary.Refused(new RowError(row, null, "malformed-body", detail)));

    public static Problem HeaderTwice() => Malformed(0, new("表头有重复的列名。", "The header names a column twice."));

    public static Problem TooLarge(string zh, string en) => Problem.Of(413, "body-too-large", new(zh, en));

    public static Problem TooManyRows() => Problem.Of(413, "too-many-rows", new(
        $"每次最多 {RowsMax} 行；请分批发送。", $"At most {RowsMax} rows at a time; send it in parts."));

    static Problem Empty() => Problem.Of(400, "no-rows", new("没有数据行。", "There are no rows."));

    /// <summary>In which element of the top-level array the JSON breaks; 1 for anything else.</summary>
    int RowOfError()
    {
        var reader = new Utf8JsonReader(bytes);
        var row = 0;
        try
        {
            while (reader.Read())
                if (reader.CurrentDepth == 1 && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray or
                    JsonTokenType.PropertyName)) row++;
        }
        catch (JsonException)
        {
            // The count of elements begun so far is the answer.
        }

        return Math.Max(row, 1);
    }

    static int LineOfInvalid(ReadOnlySpan<byte> bytes)
    {
        var line = 1;
        while (!bytes.IsEmpty && Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
        {
            if (rune.Value == '\n') line++;
            bytes = bytes[length..];
        }

        return line;
    }

    static string? Canonical(string? mediaType) => mediaType?.ToLowerInvariant() switch
    {
        "application/json" or "text/json" => "application/json",
        "application/x-ndjson" or "application/ndjson" or "application/jsonl" => "application/x-ndjson",
        "text/csv" or "application/csv" or "application/vnd.sdmx.data+csv" => "text/csv",
        Sheet.MediaType => Sheet.MediaType,
        _ => null,
    };

    static byte[]? Transcode(byte[] bytes, string charset)
    {
        try
        {
            var encoding = Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return Encoding.UTF8.GetBytes(encoding.GetString(bytes));
        }
        catch (Exception e) when (e is ArgumentException or DecoderFallbackException)
        {
            return null;
        }
    }

    static async Task<byte[]?> ReadBytes(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > BytesMax) return null;
        using var whole = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
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
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return whole.Length == whole.Capacity ? whole.GetBuffer() : whole.ToArray();
    }
}
