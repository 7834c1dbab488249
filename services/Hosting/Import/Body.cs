using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Sylvan.Data.Csv;

namespace Monitoring.Hosting;

/// <summary>
/// The body of a push: read whole within its limits, then handed over row by row, whatever its format is
/// (JSON object or array, NDJSON, CSV of RFC 4180, the sheets of a workbook).
/// </summary>
sealed class Body
{
    public const int RowsMax = 10_000;
    const int BytesMax = 16 * 1024 * 1024;

    const string MediaTypes = $"application/json, application/x-ndjson, text/csv, {Sheet.MediaType}";

    /// <summary>The answer to any other media type.</summary>
    public static readonly Problem MediaTypeUnsupported = Problem.Of(415, "media-type-unsupported", new(
        $"Content-Type 应为以下之一：{MediaTypes}。", $"Content-Type must be one of: {MediaTypes}."));

    // A media type that does not say what the bytes are.
    const string Unsaid = "";

    static readonly Problem oldWorkbook = Problem.Of(415, "media-type-unsupported", new(
        "不读旧格式（.xls）和 .ods；请用 Excel 或 WPS“另存为”.xlsx 后重发。", "Old workbooks (.xls) and .ods are not read; save the file as .xlsx and send it again."));

    static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    // UTF-8, or a workbook.
    readonly byte[] bytes;
    readonly string mediaType;

    Body(byte[] bytes, string mediaType, string sha256) => (this.bytes, this.mediaType, Sha256) = (bytes, mediaType, sha256);

    /// <summary>Lower-case hexadecimal SHA-256 of the bytes as sent.</summary>
    public string Sha256 { get; }

    /// <summary>The workbook that was bound, if the body is one.</summary>
    public UploadedBook? Upload { get; private set; }

    /// <summary>A body that lies in memory, in UTF-8 or as a workbook.</summary>
    internal static Body Of(byte[] bytes, string mediaType) => new(bytes, mediaType, "");

    /// <summary>Reads the request's body; a problem where it is too large, of no known type, or not text.</summary>
    public static async Task<(Body? Body, Problem? Problem)> Read(HttpRequest request, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return (null, MediaTypeUnsupported);
        var isForm = type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);
        if (!isForm && Canonical(type.MediaType.Value) is null) return (null, Unsupported(type.MediaType.Value));
        var (bytes, charset) = (isForm ? null : await ReadBytes(request, cancel), type.Charset.Value);
        string? mediaType = Canonical(type.MediaType.Value);
        if (isForm)
        {
            (bytes, mediaType, charset, var misfit) = await ReadForm(request, cancel);
            if (misfit is not null) return (null, misfit);
        }

        if (bytes is null) return (null, BodyTooLarge);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (mediaType == Unsaid) mediaType = Told(bytes);
        if (mediaType is null) return (null, oldWorkbook);
        return mediaType == Sheet.MediaType ? (new Body(bytes, mediaType, sha256), null) : OfText(bytes, mediaType, charset?.Trim('"'), sha256);
    }

    static (Body? Body, Problem? Problem) OfText(byte[] bytes, string mediaType, string? charset, string sha256)
    {
        // Spreadsheet programs save text as «Unicode» with a mark that says so.
        if (charset is null or "" && bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) charset = bytes[0] == 0xFF ? "utf-16" : "utf-16BE";
        if (charset is { Length: > 0 } && charset.ToLowerInvariant() is not ("utf-8" or "utf8"))
        {
            // What is Chinese in UTF-8 was hardly written as anything else; a 元 in GBK alone is valid UTF-8 too, but of no Chinese letter.
            if (Alias(charset).ToLowerInvariant() is "gbk" or "gb2312" or "gb18030" or "big5" && Utf8.IsValid(bytes) &&
                Encoding.UTF8.GetString(bytes).AsSpan().ContainsAnyInRange('\u4E00', '\u9FFF'))
                return (null, Problem.Of(400, "charset-differs", new(
                    $"Content-Type 写的是 {charset}，而内容是 UTF-8；请去掉 charset，或改为 charset=utf-8。",
                    $"Content-Type says {charset}, and the body is UTF-8; leave charset out, or say charset=utf-8.")));
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
            $"第 {line} 行不是有效的 UTF-8；若为 GBK，请在 Content-Type 注明 charset=gbk，或另存为“CSV UTF-8”。",
            $"Line {line} is not valid UTF-8; if it is GBK, say charset=gbk in Content-Type.")));
    }

    /// <summary>The one file of a form, as a browser or <c>curl -F</c> sends it.</summary>
    static async Task<(byte[]? Bytes, string? MediaType, string? Charset, Problem? Problem)> ReadForm(HttpRequest request, CancellationToken cancel)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = BytesMax, MemoryBufferThreshold = BytesMax }, cancel);
        }
        catch (InvalidDataException e)
        {
            return (null, null, null, e.Message.Contains("limit", StringComparison.OrdinalIgnoreCase) ? BodyTooLarge
                : Malformed(0, new("表单（multipart/form-data）格式错误。", "The form (multipart/form-data) is malformed.")));
        }

        if (form.Files is not [var file] || form.Count > 0)
            return (null, null, null, Problem.Of(400, "one-file-expected", new(
                "表单中应只有一个文件；mode、dryRun 等选项写在网址里。", "The form must hold one file and nothing else; options such as mode and dryRun stand in the address.")));
        using var whole = new MemoryStream((int)file.Length);
        await file.CopyToAsync(whole, cancel);
        var said = MediaTypeHeaderValue.TryParse(file.ContentType, out var type) ? type : null;
        var mediaType = Path.GetExtension(file.FileName).ToLowerInvariant() switch
        {
            ".xlsx" or ".xlsm" => Sheet.MediaType,
            ".csv" or ".txt" or ".tsv" => "text/csv",
            ".json" => "application/json",
            ".ndjson" or ".jsonl" => "application/x-ndjson",
            ".xls" or ".ods" or ".et" => null,
            _ => Canonical(said?.MediaType.Value),
        };
        return mediaType is null ? (null, null, null, oldWorkbook) : (whole.ToArray(), mediaType, said?.Charset.Value, null);
    }

    static Problem BodyTooLarge => TooLarge(
        $"请求体超过 {BytesMax / 1024 / 1024} MiB；请分批发送。", $"The body is larger than {BytesMax / 1024 / 1024} MiB; send it in parts.");

    /// <summary>Reads and binds a body that is one object; else what is wrong with it.</summary>
    public static async Task<(TRow? Row, Problem? Problem, IReadOnlyList<WrittenText> Written)> ReadOne<TRow>(
        HttpRequest request, RowShape shape, Func<Fields, TRow> bind, (string, string)? fromPath, CancellationToken cancel) where TRow : notnull
    {
        var (body, unreadable) = await Read(request, cancel);
        if (body is null) return (default, unreadable!, []);
        var rows = new List<(int Row, TRow Value)>();
        var intake = Intake.Into(rows, shape, bind, fromPath, null);
        if (body.Bind(intake) is { } malformed) return (default, malformed, []);
        if (intake.Errors is [var error, ..])
            return (default, Problem.Of(422, error.Code, error.Message, ImportSummary.Refused(intake.Errors)), []);
        return rows is [var only]
            ? (only.Value, null, intake.Written)
            : (default, Problem.Of(400, "one-object-expected", new("请求体应为一个对象。", "The body must be one object.")), []);
    }

    /// <summary>
    /// Takes every row in. A row that cannot be bound is an error of that row; only a body that is no table at all is a problem.
    /// </summary>
    public Problem? Bind(Intake intake) => mediaType switch
    {
        "text/csv" => BindCsv(intake),
        Sheet.MediaType => BindBook(intake),
        "application/x-ndjson" => BindLines(intake),
        _ => BindJson(intake),
    };

    Problem? BindJson(Intake intake)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes, strict);
        }
        catch (JsonException e)
        {
            return MalformedJson(e);
        }
        catch (InvalidOperationException)
        {
            // What the search for duplicate fields throws where a field's name is a lone surrogate.
            return Problem.Of(400, "invalid-unicode", new("字段名含有无效的 Unicode 字符。", "A field name holds invalid Unicode."));
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                if (Wrapped(root, intake.Shape) is { } name)
                    return Malformed(0, new(
                        $"行应直接放在 JSON 数组里：[…]，不要包在 {{\"{name}\":[…]}} 中。", $"Send the rows as a JSON array, not inside {{\"{name}\":[…]}}."));
                intake.Take(root, null);
                return null;
            }

            if (root.ValueKind != JsonValueKind.Array)
                return Malformed(1, new("请求体应为 JSON 对象或数组。", "The body must be a JSON object or array."));
            if (root.GetArrayLength() > RowsMax) return TooManyRows();
            foreach (var element in root.EnumerateArray()) intake.Take(element, null);
            return intake.Count == 0 ? Empty() : null;
        }
    }

    /// <summary>The only member of an object that is no row and holds the rows.</summary>
    static string? Wrapped(JsonElement root, RowShape shape)
    {
        if (root.GetPropertyCount() > 3) return null;
        foreach (var member in root.EnumerateObject())
            if (member.Value.ValueKind == JsonValueKind.Array && member.Name is "data" or "rows" or "items" or "values" or "records" && !shape.Fields.Contains(member.Name))
                return member.Name;
        return null;
    }

    Problem MalformedJson(JsonException e)
    {
        // Several values one after another are lines.
        if (Start(bytes) == (byte)'{' && LinesAreJson())
            return Malformed(1, new(
                "请求体是逐行 JSON（NDJSON）；请把 Content-Type 写成 application/x-ndjson，或改成一个 JSON 数组。",
                "The body holds JSON line by line; say application/x-ndjson in Content-Type, or send one JSON array."));
        var row = RowOfError();
        return e.LineNumber is { } line && e.BytePositionInLine is { } place
            ? Malformed(row, new(
                $"JSON 格式错误：第 {row} 行数据，文本第 {line + 1} 行第 {place + 1} 字节。",
                $"Malformed JSON in row {row}: text line {line + 1}, byte {place + 1}."))
            : Malformed(row, new(
                "JSON 格式错误：同一个对象里有两个同名字段。", "Malformed JSON: an object has two members of one name."));
    }

    static byte Start(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8) is [var first, ..] ? first : (byte)0;

    bool LinesAreJson()
    {
        var lines = 0;
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            var line = bytes.AsSpan(range).Trim(" \t\r"u8);
            if (line.IsEmpty) continue;
            if (line is not [(byte)'{', .., (byte)'}']) return false;
            lines++;
        }

        return lines > 1;
    }

    Problem? BindLines(Intake intake)
    {
        var number = 0;
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            number++;
            var line = bytes.AsMemory(range);
            if (line.Span.Trim(" \t\r"u8).IsEmpty) continue;
            if (intake.IsFull) return TooManyRows();
            try
            {
                using var document = JsonDocument.Parse(line, strict);
                intake.Take(document.RootElement, number);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                intake.Refuse(number, "malformed-json", new("此行不是有效的 JSON 对象，或有两个同名字段。", "This line is not valid JSON, or names a member twice."));
            }
        }

        return intake.Count == 0 ? Empty() : null;
    }

    Problem? BindCsv(Intake intake)
    {
        var table = new Table(intake.Shape, intake.MayQuote);
        try
        {
            var problem = CsvText.Read(bytes, intake.Shape, (line, cells) =>
            {
                if (table.HeaderLine == 0)
                {
                    table.TakeHead(line, cells, null);
                    return table.IsHopeless ? Table.NoHeader(intake.Shape, "") : table.Errors.Count > 0 ? Table.HeaderWrong(table.Errors) : null;
                }

                if (intake.IsFull) return TooManyRows();
                if (table.Breaks(line, cells) is { } why) return Table.Broken(line, null, why);
                intake.Take(table, line, cells, null);
                return null;
            });
            intake.Warn(table.Warnings);
            return problem
                ?? (table.HeaderLine > 0 && intake.Count > intake.LeftOut.Count ? null
                : table.HeaderLine == 0 && table.HasContent ? Table.NoHeader(intake.Shape, "")
                : Empty(intake));
        }
        catch (Exception e) when (e is CsvFormatException or CsvRecordTooLargeException or InvalidDataException or FormatException)
        {
            return Malformed(intake.Count + 1, new(
                $"CSV 格式错误，在第 {intake.Count + 1} 行数据附近（引号未配对或单元格过大）。",
                $"Malformed CSV near row {intake.Count + 1}: a quote without its partner, or a cell too large."));
        }
    }

    Problem? BindBook(Intake intake)
    {
        (Upload, var problem) = UploadedBook.Read(bytes, intake.Shape, intake.MayQuote);
        if (Upload is null) return problem;
        if (Upload.Sheets.SelectMany(sheet => sheet.Table.Errors).ToList() is { Count: > 0 } wrong) return Table.HeaderWrong(wrong);
        foreach (var sheet in Upload.Sheets)
        {
            intake.Warn(sheet.Table.Warnings);
            var hidden = new List<int>();
            foreach (var row in sheet.Rows)
            {
                if (sheet.Table.Breaks(row.Line, row.Cells) is { } why) return Table.Broken(row.Line, sheet.Name, why);
                intake.Take(sheet.Table, row.Line, row.Cells, sheet.Name);
                row.Number = intake.Count;
                if (row.IsHidden) hidden.Add(intake.Count);
            }

            if (hidden is [var first, ..])
                intake.Warn([intake.Located(new RowError(first, null, "hidden-row", new(
                    $"工作表“{sheet.Name}”有 {hidden.Count} 行被隐藏或筛掉，也已读入。", $"{hidden.Count} rows of the sheet '{sheet.Name}' are hidden or filtered out, and were read as well.")))
                    with { AlsoRows = Import.Ranges(hidden) }]);
        }

        intake.Warn(Upload.Warnings);
        return intake.Count > intake.LeftOut.Count ? null : Empty(intake);
    }

    /// <summary>The body is no table in its format.</summary>
    public static Problem Malformed(int row, Text detail) => Problem.Of(400, "malformed-body", detail,
        ImportSummary.Refused(new RowError(row, null, "malformed-body", detail)));

    public static Problem TooLarge(string zh, string en) => Problem.Of(413, "body-too-large", new(zh, en));

    public static Problem TooManyRows() => Problem.Of(413, "too-many-rows", new(
        $"每次最多 {RowsMax} 行；请分批发送。", $"At most {RowsMax} rows at a time; send it in parts."));

    public static Problem Empty() => Problem.Of(400, "no-rows", new("没有数据行。", "There are no rows."));

    /// <summary>The answer where every row was left out.</summary>
    static Problem Empty(Intake intake) => intake.Count == 0 ? Empty() : Problem.Of(400, "no-rows",
        new($"没有数据行：{intake.Count} 行都未读入，原因见 leftOutRows。", $"There are no rows: all {intake.Count} were left out; see leftOutRows."),
        ImportSummary.NothingTaken(intake));

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

    static Problem Unsupported(string? mediaType) => mediaType?.ToLowerInvariant() switch
    {
        "application/vnd.oasis.opendocument.spreadsheet" or "application/vnd.ms-excel.sheet.binary.macroenabled.12" => oldWorkbook,
        "application/xml" or "text/xml" or "application/vnd.sdmx.data+json" or "application/vnd.sdmx.data+xml" or
            "application/vnd.sdmx.structurespecificdata+xml" or "application/vnd.sdmx.genericdata+xml" => Problem.Of(415, "media-type-unsupported", new(
            $"不读 XML，也不读 SDMX-ML 和 SDMX-JSON；指标数值可用 SDMX-CSV 2.0。Content-Type 应为以下之一：{MediaTypes}。",
            $"XML, SDMX-ML and SDMX-JSON are not read; values may be sent as SDMX-CSV 2.0. Content-Type must be one of: {MediaTypes}.")),
        _ => MediaTypeUnsupported,
    };

    static string? Canonical(string? mediaType) => mediaType?.ToLowerInvariant() switch
    {
        "application/json" or "text/json" => "application/json",
        "application/x-ndjson" or "application/ndjson" or "application/jsonl" or "application/x-jsonlines" => "application/x-ndjson",
        "text/csv" or "application/csv" or "text/x-csv" or "text/comma-separated-values" or "text/tab-separated-values" or
            "application/vnd.sdmx.data+csv" => "text/csv",
        // What Windows calls a .csv as well as an .xls, and what programs say that do not know: the bytes tell.
        "application/vnd.ms-excel" or "application/octet-stream" or "application/zip" => Unsaid,
        Sheet.MediaType or "application/vnd.ms-excel.sheet.macroenabled.12" or "application/x-xlsx" => Sheet.MediaType,
        _ => null,
    };

    /// <summary>What the bytes are where their media type does not tell; null where they are an old workbook.</summary>
    static string? Told(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] => Sheet.MediaType,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => null,
        _ => "text/csv",
    };

    static byte[]? Transcode(byte[] bytes, string charset)
    {
        try
        {
            var encoding = Encoding.GetEncoding(Alias(charset), EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return Encoding.UTF8.GetBytes(encoding.GetString(bytes));
        }
        catch (Exception e) when (e is ArgumentException or DecoderFallbackException)
        {
            return null;
        }
    }

    static string Alias(string charset) => charset.ToLowerInvariant() switch
    {
        "cp936" or "ms936" or "windows-936" or "x-gbk" => "gbk",
        "gb18030-2005" or "gb18030-2022" or "gb-18030" => "gb18030",
        "big5-hkscs" or "cp950" => "big5",
        _ => charset,
    };

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
