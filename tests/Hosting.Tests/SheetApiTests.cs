using System.Diagnostics;
using System.Text;

namespace Monitoring.Hosting.Tests;

/// <summary>Departments fill in a workbook, push it as it is, and get it back with what became of every row.</summary>
public sealed class SheetApiTests(Services services)
{
    static readonly SheetColumn[] columns =
    [
        new("【指标名称】", 24), new("指标（indicator）", 16), new("期别（period）", 10), new("数值（value）", 12),
        new("状态 (status)", 12, ["estimate", "flash", "preliminary", "final"]), new("说明（note）", 30),
    ];

    static object?[] Row(string indicator, string period, object? value, string status = "final") =>
        ["地区生产总值", indicator, period, value, status, null];

    static byte[] Book(params object?[][] rows) => Sheet.Write("数值", columns, rows);

    Task<Answer> Push(byte[] workbook, string query = "", params (string, string)[] headers) =>
        services.Send("Indicators", HttpMethod.Post, "/v1/values" + query, Sheet.MediaType, workbook, headers);

    Task<Answer> PushForCopy(byte[] workbook, string query = "", params (string, string)[] headers) =>
        Push(workbook, query, [("Accept", Sheet.MediaType), .. headers]);

    async Task<string> Indicator()
    {
        var code = $"sheet-{Guid.CreateVersion7():N}";
        await services.Post("Indicators", "/v1/indicators", "text/csv",
            $"code,name,nameEn,unit,attribute,direction,plan,planRef\n{code},地区生产总值,GDP,亿元,expected,increase,fyp14,专栏2/1\n");
        return code;
    }

    [Fact]
    public async Task A_workbook_imports_as_csv_does()
    {
        var code = await Indicator();
        var book = Book(Row(code, "2019", 215.3m), Row(code, "2020", 1E-2m), Row(code, "2021-07", "7"));
        var pushed = await Push(book);
        Assert.Equal((200, 3), (pushed.Status, pushed.Number("accepted")));
        var known = await services.Post("Indicators", "/v1/values", "text/csv",
            $"indicator,period,value,status\n{code},2019,215.3,final\n{code},2020,0.01,final\n{code},2021-07,7,final\n");
        Assert.Equal(3, known.Number("duplicates"));
        Assert.Equal(3, (await Push(book)).Number("duplicates"));
    }

    [Fact]
    public async Task Wrong_cells_come_back_red_and_the_corrected_copy_imports()
    {
        var code = await Indicator();
        await Push(Book(Row(code, "2018", 1m)));
        var sent = Book(Row(code, "2018", 1m), Row(code, "2019", "x"), Row(code, "2020", 3m), Row(code, "2021", null), Row(code, "2018", 2m));
        var refused = await PushForCopy(sent);
        Assert.Equal((422, Sheet.MediaType), (refused.Status, refused.Type));
        Books.IsValid(refused.Bytes);
        var texts = Books.Texts(refused.Bytes);
        Assert.Equal(["【结果】", "identical", "value not-a-number: 'x' is not a number; write it like 1234.5.", "not stored", "value missing: A required field is missing."],
            Enumerable.Range(1, 5).Select(row => texts[$"G{row}"]));
        Assert.StartsWith("reason correction-needs-reason: ", texts["G6"], StringComparison.Ordinal);
        // The last row's field has no column here, so that its result is what is red.
        Assert.Equal(["D3", "D5", "G6"], Books.Red(refused.Bytes));

        var partial = await PushForCopy(sent, "?mode=partial", ("Accept-Language", "zh-CN"));
        Assert.Equal((200, "已有", "已入库"), (partial.Status, Books.Texts(partial.Bytes)["G2"], Books.Texts(partial.Bytes)["G4"]));
        Assert.Equal("数值（value） missing：缺少必填字段。", Books.Texts(partial.Bytes)["G5"]);
        var receipt = await services.Send("Indicators", HttpMethod.Get, $"/v1/receipts/{partial.Headers["X-Receipt-Id"]}", null, null);
        Assert.Equal((1, 3), (receipt.Number("accepted"), receipt.Number("rejected")));

        var corrected = Corrected(partial.Bytes, ("D3", "2"), ("D5", "4"), ("D6", "1"));
        var accepted = await PushForCopy(corrected);
        Assert.Equal(200, accepted.Status);
        texts = Books.Texts(accepted.Bytes);
        Assert.Equal(["【结果】", "identical", "recorded", "identical", "recorded", "identical"],
            Enumerable.Range(1, 6).Select(row => texts[$"G{row}"].Split(';')[0]));
        Assert.StartsWith("recorded; value implausible-jump: ", texts["G3"], StringComparison.Ordinal);
        Assert.Empty(Books.Red(accepted.Bytes));
    }

    [Fact]
    public async Task The_copy_keeps_other_sheets_and_puts_cells_that_were_not_there()
    {
        var sent = Books.Of(
            Books.Row(1, "indicator", "period", "value", "status") +
            "<row r='3' spans='1:4'><c r='A3' t='str'><f>\"gd\"&amp;\"p\"</f><v>no-such</v></c><c r='B3' s='4'><v>44378</v></c><c r='D3' t='str'><v>final</v></c></row>");
        var refused = await PushForCopy(sent, "?mode=partial");
        Assert.Equal(422, refused.Status);
        var texts = Books.Texts(refused.Bytes);
        Assert.Equal(("【结果】", "value missing: A required field is missing."), (texts["E1"], texts["E3"]));
        Assert.Equal(["C3"], Books.Red(refused.Bytes));
        Assert.Equal("1+1", Books.Formula(refused.Bytes, "other"));
        Assert.Equal("\"gd\"&\"p\"", Books.Formula(refused.Bytes, "values"));
    }

    [Fact]
    public async Task A_dry_run_stores_nothing_and_a_replay_gives_the_same_copy()
    {
        var book = Book(Row(await Indicator(), "2019", 1m));
        var tried = await PushForCopy(book, "?dryRun=true");
        Assert.Equal((200, "would be recorded"), (tried.Status, Books.Texts(tried.Bytes)["G2"]));
        Assert.False(tried.Headers.ContainsKey("X-Receipt-Id"));

        var key = ("Idempotency-Key", $"{Guid.CreateVersion7()}");
        var (first, again) = (await PushForCopy(book, "", key), await PushForCopy(book, "", key));
        Assert.Equal(("recorded", "recorded"), (Books.Texts(first.Bytes)["G2"], Books.Texts(again.Bytes)["G2"]));
        Assert.Equal(("true", first.Headers["X-Receipt-Id"]), (again.Headers["Idempotency-Replayed"], again.Headers["X-Receipt-Id"]));
    }

    [Fact]
    public async Task Ten_thousand_rows_import_and_one_more_is_refused()
    {
        var rows = Enumerable.Repeat(Row("gdp", "2019", 1m), 10_001).ToArray();
        Assert.Equal(200, (await PushForCopy(Book(rows[1..]), "?dryRun=true")).Status);
        (await PushForCopy(Book(rows))).IsProblem(413, "too-many-rows");
    }

    [Fact]
    public async Task Too_many_columns_are_refused()
    {
        var header = Enumerable.Range(0, 201).Select(column => new SheetColumn($"a{column}", 5)).ToList();
        (await Push(Sheet.Write("wide", header, []))).IsProblem(413, "body-too-large");
    }

    [Fact]
    public async Task What_is_no_workbook_is_refused_with_a_reason()
    {
        var book = Book(Row("gdp", "2019", 1m));
        byte[][] bodies =
        [
            [], Encoding.UTF8.GetBytes("garbage"), book[..(book.Length / 2)], [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0],
            Books.Zip(("a.txt", "a")), Document(), Books.Zip([.. Books.Parts("").Where(part => !part.Name.Contains("sheet1", StringComparison.Ordinal))]),
        ];
        foreach (var body in bodies) (await PushForCopy(body)).IsProblem(400, "malformed-body");
        (await PushForCopy(Books.Of(""))).IsProblem(400, "header-not-found");
    }

    [Fact]
    public async Task A_zip_bomb_is_refused_whether_it_says_its_size_or_not()
    {
        var parts = Books.Parts(Books.Row(1, "a"));
        parts[6] = (parts[6].Name, parts[6].Text + new string(' ', 129 * 1024 * 1024));
        var bomb = Books.Zip(parts);
        Assert.True(bomb.Length < 1024 * 1024);
        (await Push(bomb)).IsProblem(413, "body-too-large");

        // The same, where the package lies about the size.
        var size = BitConverter.GetBytes(Encoding.UTF8.GetByteCount(parts[6].Text));
        Assert.True(bomb.AsSpan().IndexOf(size) > 0);
        for (int at; (at = bomb.AsSpan().IndexOf(size)) >= 0;) BitConverter.TryWriteBytes(bomb.AsSpan(at), 1_000);
        Assert.InRange((await Push(bomb)).Status, 400, 413);
        Assert.Equal(200, (await services.Send("Indicators", HttpMethod.Get, "/health/live", null, null)).Status);
    }

    [Fact]
    public async Task A_sheet_of_LibreOffice_imports_and_LibreOffice_shows_its_answer()
    {
        var code = await Indicator();
        var directory = Directory.CreateTempSubdirectory("monitoring-sheet-").FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "values.csv"),
            $"【名称】,指标（indicator）,期别（period）,数值（value）,状态（status）\nGDP,{code},2019,215.3,final\nGDP,{code},2020,\"=D2+0.1\",final\nGDP,{code},2021,abc,final\n",
            TestContext.Current.CancellationToken);
        await Convert(directory, "xlsx", "values.csv", "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1");
        var pushed = await PushForCopy(
            await File.ReadAllBytesAsync(Path.Combine(directory, "values.xlsx"), TestContext.Current.CancellationToken), "?mode=partial");
        Books.IsValid(pushed.Bytes);
        Assert.Equal((200, "D4"), (pushed.Status, Assert.Single(Books.Red(pushed.Bytes))));
        var known = await services.Post("Indicators", "/v1/values", "text/csv",
            $"indicator,period,value,status\n{code},2019,215.3,final\n{code},2020,215.4,final\n");
        Assert.Equal(2, known.Number("duplicates"));

        await File.WriteAllBytesAsync(Path.Combine(directory, "answer.xlsx"), pushed.Bytes, TestContext.Current.CancellationToken);
        await Convert(directory, "fods", "answer.xlsx");
        var shown = await File.ReadAllTextAsync(Path.Combine(directory, "answer.fods"), TestContext.Current.CancellationToken);
        Assert.Contains("value not-a-number: ", shown, StringComparison.Ordinal);
        Assert.Contains("fo:background-color=\"#ff9999\"", shown, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task The_sheet_of_what_a_department_owes_comes_back_filled_in_by_LibreOffice()
    {
        var cancel = TestContext.Current.CancellationToken;
        var code = await Indicator();
        await services.Post("Indicators", "/v1/duties", "text/csv", $"code,responsible,source,dueDays\n{code},统计局,调查队 {code},30\n");
        await services.Post("Indicators", "/v1/values", "text/csv", $"indicator,period,value,status\n{code},2022,215.3,final\n");
        var template = await services.Send("Indicators", HttpMethod.Get, $"/v1/templates/values.xlsx?department={Uri.EscapeDataString($"调查队 {code}")}", null, null);
        Assert.Equal((200, Sheet.MediaType), (template.Status, template.Type));
        Books.IsValid(template.Bytes);

        var directory = Directory.CreateTempSubdirectory("monitoring-sheet-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(directory, "owed.xlsx"), template.Bytes, cancel);
        await Convert(directory, "csv:Text - txt - csv (StarCalc):44,34,76", "owed.xlsx");
        var lines = await File.ReadAllLinesAsync(Path.Combine(directory, "owed.csv"), cancel);
        // What has a value is not owed; of the rest one year is filled in, the others stay as they are.
        Assert.DoesNotContain(lines, line => line.Contains($"{code},2022,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"{code},2023,亿元,2022,215.3,2024-01-30,,,", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(Path.Combine(directory, "filled.csv"),
            lines.Select(line => line.Replace("2023,亿元,2022,215.3,2024-01-30,,,", "2023,亿元,2022,215.3,2024-01-30,217.25,preliminary,", StringComparison.Ordinal)), cancel);
        await Convert(directory, "xlsx", "filled.csv", "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1");
        var pushed = await services.Send("Indicators", HttpMethod.Post, "/v1/values", Sheet.MediaType,
            await File.ReadAllBytesAsync(Path.Combine(directory, "filled.xlsx"), cancel));
        Assert.Equal((200, 1, 0, 0), (pushed.Status, pushed.Number("accepted"), pushed.Number("duplicates"), pushed.Number("rejected")));
        Directory.Delete(directory, recursive: true);
    }

    static async Task Convert(string directory, string to, string file, params string[] options)
    {
        var start = new ProcessStartInfo("soffice", [
            $"-env:UserInstallation=file://{directory}/profile", "--headless", .. options, "--convert-to", to, "--outdir", directory,
            Path.Combine(directory, file)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(File.Exists(Path.Combine(directory, Path.ChangeExtension(file, to.Split(':')[0]))), $"{await output}{await errors}");
    }

    /// <summary>The workbook with other numbers in some cells, as a person would have typed them.</summary>
    static byte[] Corrected(byte[] workbook, params (string Cell, string Number)[] corrections)
    {
        using var stream = new MemoryStream();
        stream.Write(workbook);
        using (var document = DocumentFormat.OpenXml.Packaging.SpreadsheetDocument.Open(stream, isEditable: true))
        {
            var cells = document.WorkbookPart!.WorksheetParts.SelectMany(part => part.Worksheet.Descendants<DocumentFormat.OpenXml.Spreadsheet.Cell>());
            foreach (var (name, number) in corrections)
            {
                var cell = cells.First(cell => cell.CellReference == name);
                cell.RemoveAllChildren();
                cell.DataType = null;
                cell.CellValue = new DocumentFormat.OpenXml.Spreadsheet.CellValue(number);
            }
        }

        return stream.ToArray();
    }

    static byte[] Document()
    {
        using var stream = new MemoryStream();
        using (var document = DocumentFormat.OpenXml.Packaging.WordprocessingDocument.Create(stream, DocumentFormat.OpenXml.WordprocessingDocumentType.Document))
            document.AddMainDocumentPart().Document = new(new DocumentFormat.OpenXml.Wordprocessing.Body());
        return stream.ToArray();
    }
}
