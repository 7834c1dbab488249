using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Monitoring.Hosting.Tests;

/// <summary>
/// Whatever format a table is sent in, and whichever program made it: each fact that is stored is the one that was meant, or the row was
/// refused. Never different and accepted without a word.
/// </summary>
public sealed class SameFactsApiTests(Services services)
{
    const int Tables = 5, RowsOfTable = 12;

    /// <summary>One row as it was meant.</summary>
    sealed record Meant(string Period, decimal Value, string Status, string? Note);

    [Fact]
    public async Task A_table_is_the_same_facts_in_every_format_and_from_every_maker()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("MONITORING_SEED"), out var given) ? given : Random.Shared.Next();
        var random = new Random(seed);
        var directory = Directory.CreateTempSubdirectory("monitoring-same-").FullName;
        var run = $"{Guid.CreateVersion7():N}"[..20];
        var tables = Enumerable.Range(0, Tables).Select(_ => Table(random)).ToList();
        string Code(int table, string variant) => $"same-{run}-{table}-{variant}";

        var pushes = new List<(string Code, List<Meant> Table, string Type, byte[] Body)>();
        var books = new List<object>();
        var sheets = new List<(string Code, List<Meant> Table, string Path)>();
        foreach (var (index, table) in tables.Index())
        {
            void Add(string variant, string type, Func<string, byte[]> body) =>
                pushes.Add((Code(index, variant), table, type, body(Code(index, variant))));

            Add("json", "application/json", code => Encoding.UTF8.GetBytes($"[{string.Join(',', table.Select(row => Json(code, row)))}]"));
            Add("ndjson", "application/x-ndjson", code => Encoding.UTF8.GetBytes(string.Join('\n', table.Select(row => Json(code, row)))));
            foreach (var (name, delimiter) in new[] { ("comma", ','), ("semicolon", ';'), ("tab", '\t'), ("bar", '|'), ("wide", '，') })
                Add(name, "text/csv", code => Encoding.UTF8.GetBytes(Csv(code, table, delimiter, random)));
            Add("mark", "text/csv", code => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Csv(code, table, ',', random))]);
            Add("gbk", "text/csv; charset=gbk", code => Gbk.GetBytes(Csv(code, table, ',', random)));
            Add("utf16", "text/csv", code => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Csv(code, table, '\t', random))]);
            Add("sdmx", "application/vnd.sdmx.data+csv", code => Encoding.UTF8.GetBytes(Sdmx(code, table)));
            foreach (var maker in new[] { "openpyxl", "xlsxwriter" })
            {
                var path = Path.Combine(directory, $"{index}-{maker}.xlsx");
                books.Add(new { maker, path, rows = Cells(Code(index, maker), table, random) });
                sheets.Add((Code(index, maker), table, path));
            }

            // LibreOffice reads no more digits than it keeps, so that no more are meant by what it writes.
            List<Meant> shorter = [.. table.Select(row => row with { Value = Kept(row.Value) })];
            var csv = Path.Combine(directory, $"{index}-libreoffice.csv");
            await File.WriteAllTextAsync(csv, Csv(Code(index, "libreoffice"), shorter, ',', null), TestContext.Current.CancellationToken);
            sheets.Add((Code(index, "libreoffice"), shorter, Path.ChangeExtension(csv, ".xlsx")));
        }

        await Run("/usr/bin/python3", JsonSerializer.Serialize(books), Path.Combine(TestServers.Root, "tests/Hosting.Tests/Outside/write_books.py"));
        await Run("soffice", "", [
            $"-env:UserInstallation=file://{directory}/profile", "--headless", "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
            "--convert-to", "xlsx", "--outdir", directory, .. Directory.GetFiles(directory, "*.csv")]);
        foreach (var (code, table, path) in sheets)
            pushes.Add((code, table, Sheet.MediaType, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)));

        var defined = await services.Post("Indicators", "/v1/indicators", "text/csv",
            "code,name,nameEn,unit,attribute,direction,plan,planRef\n" +
            string.Concat(pushes.Select(push => $"{push.Code},同一,Same,个,expected,increase,fyp14,专栏2/1\n")));
        Assert.Equal(pushes.Count, defined.Number("accepted"));

        foreach (var (code, table, type, body) in pushes)
        {
            var answer = await services.Send("Indicators", HttpMethod.Post, "/v1/values?mode=partial", type, body);
            var told = $"seed {seed}, {code}: {answer.Status} {answer.Body}";
            Assert.True(answer.Status is 200 or 422, told);
            Assert.Equal(table.Count, answer.Number("rows"));
            Assert.Equal(table.Count, answer.Number("accepted") + answer.Number("duplicates") + answer.Number("rejected") + answer.Number("leftOut"));
            var refused = answer.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("row").GetInt32()).ToHashSet();
            var stored = (await services.Send("Indicators", HttpMethod.Get, $"/v1/indicators/{code}", null, null)).Json.GetProperty("values");
            foreach (var (at, row) in table.Index())
            {
                var kept = stored.TryGetProperty(row.Period, out var vintage) ? vintage : default;
                var isKept = kept.ValueKind == JsonValueKind.Object;
                Assert.True(isKept != refused.Contains(at + 1), $"row {at + 1} is {(isKept ? "kept and refused" : "lost")}; {told}");
                if (!isKept) continue;
                var value = kept.GetProperty("value").GetDecimal();
                // Workbooks keep 15 digits, one maker after rounding to 16 of its own; what is lost by it is said, or the row is refused.
                Assert.True(value == row.Value || type == Sheet.MediaType && Digits(row.Value) > 15 && Math.Abs(value - row.Value) <= Math.Abs(row.Value) * 1e-14m,
                    $"row {at + 1} was meant as {row.Value} and is kept as {value}; {told}");
                Assert.Equal(row.Status, kept.GetProperty("status").GetString());
            }

            // Text formats hold every digit, so that nothing is refused.
            if (type != Sheet.MediaType) Assert.True(refused.Count == 0, told);
        }

        Directory.Delete(directory, recursive: true);
    }

    static readonly Encoding Gbk = MakeGbk();

    static Encoding MakeGbk()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return Encoding.GetEncoding("gbk");
    }

    static List<Meant> Table(Random random) => [.. Enumerable.Range(0, RowsOfTable).Select(index =>
    {
        var (whole, places) = (random.Next(1, 14), random.Next(0, 11));
        var digits = string.Concat(Enumerable.Range(0, whole).Select(_ => random.Next(10))) + (places == 0 ? "" : "." + string.Concat(Enumerable.Range(0, places).Select(_ => random.Next(10))));
        var value = decimal.Parse(digits, CultureInfo.InvariantCulture) * (random.Next(5) == 0 ? -1 : 1);
        return new Meant(
            $"{1990 + index}", value, random.Next(2) == 0 ? "final" : "preliminary",
            random.Next(3) switch { 0 => null, 1 => "统计公报，第三页", _ => "#12号文; \"甲\"" });
    })];

    static string Json(string code, Meant row) => $$"""
        {"indicator":"{{code}}","period":"{{row.Period}}","value":{{row.Value.ToString(CultureInfo.InvariantCulture)}},"status":"{{row.Status}}","note":{{JsonSerializer.Serialize(row.Note)}}}
        """;

    static string Csv(string code, List<Meant> table, char delimiter, Random? random) => string.Concat(
        table.Select(row => string.Join(delimiter, new[] { row.Note ?? "", code, row.Period, Written(row.Value, random), row.Status }.Select(Quoted)) + "\r\n")
            .Prepend(string.Join(delimiter, "note", "indicator", "period", "value", "status") + "\r\n"));

    static string Quoted(string cell) => !cell.Any(character => ",;|，\t\n\"".Contains(character, StringComparison.Ordinal)) ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    static string Sdmx(string code, List<Meant> table) => string.Concat(
        table.Select(row =>
                $"dataflow,CN410325:PLAN_VALUES(1.0),I,A,410325,{code},{row.Period},{row.Value.ToString(CultureInfo.InvariantCulture)},{row.Status},{Quoted(row.Note ?? "")}\r\n")
            .Prepend("STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,VINTAGE,COMMENT_OBS\r\n"));

    static object?[][] Cells(string code, List<Meant> table, Random random) =>
    [
        ["note", "indicator", "period", "value", "status"],
        .. table.Select(row => new object?[]
        {
            row.Note, code, row.Period,
            random.Next(3) == 0 ? Written(row.Value, random) : new { number = row.Value.ToString(CultureInfo.InvariantCulture) }, row.Status,
        }),
    ];

    /// <summary>The number in one of the forms that people use.</summary>
    static string Written(decimal value, Random? random)
    {
        var plain = value.ToString(CultureInfo.InvariantCulture);
        return random?.Next(4) switch
        {
            1 => value.ToString($"#,##0.{new string('0', value.Scale)}", CultureInfo.InvariantCulture).TrimEnd('.'),
            2 => string.Concat(plain.Select(character => (char)(character + 0xFEE0))),
            3 => $"{plain}E+0",
            _ => plain,
        };
    }

    /// <summary>The digits that spreadsheets keep.</summary>
    static decimal Kept(decimal value) =>
        decimal.Parse(((double)value).ToString("G15", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    static int Digits(decimal value) => value.ToString(CultureInfo.InvariantCulture).TrimStart('-').Replace(".", "", StringComparison.Ordinal).TrimStart('0').Length;

    static async Task Run(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {await output}{await errors}");
    }
}
