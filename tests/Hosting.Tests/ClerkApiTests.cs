using System.Globalization;
using System.Text;

namespace Monitoring.Hosting.Tests;

/// <summary>
/// What clerks and departments' systems really send: read as it is meant, or refused so that it can be mended. Nothing that was sent is
/// ignored in silence.
/// </summary>
public sealed class ClerkApiTests(Services services)
{
    const string Header = "indicator,period,value,status\n";

    Task<Answer> Csv(string text, string query = "", string type = "text/csv", params (string, string)[] headers) =>
        services.Post("Indicators", "/v1/values" + query, type, text, headers);

    Task<Answer> Book(byte[] workbook, string query = "", params (string, string)[] headers) =>
        services.Send("Indicators", HttpMethod.Post, "/v1/values" + query, Sheet.MediaType, workbook, headers);

    async Task<string> Indicator(string unit = "亿元", string name = "地区生产总值")
    {
        var code = $"clerk-{Guid.CreateVersion7():N}";
        var defined = await services.Post("Indicators", "/v1/indicators", "text/csv",
            $"code,name,nameEn,unit,attribute,direction,plan,planRef\n{code},{name},GDP,{unit},expected,increase,fyp14,专栏2/1\n");
        Assert.Equal(200, defined.Status);
        return code;
    }

    async Task<decimal?> Stored(string code, string period)
    {
        var values = (await services.Send("Indicators", HttpMethod.Get, $"/v1/indicators/{code}", null, null)).Json.GetProperty("values");
        return values.TryGetProperty(period, out var vintage) ? vintage.GetProperty("value").GetDecimal() : null;
    }

    static IEnumerable<string> Codes(Answer answer, string list = "warnings") =>
        answer.Json.GetProperty(list).EnumerateArray().Select(said => said.GetProperty("code").GetString()!);

    /// <summary>A workbook's row of cells as XML: texts, or cells that begin with &lt;.</summary>
    static string Row(int number, params string?[] cells) => $"""<row r="{number}">{string.Concat(cells.Select((cell, column) => cell switch
    {
        null => "",
        ['<', ..] => cell.Insert(2, $" r=\"{(char)('A' + column)}{number}\""),
        _ => $"""<c r="{(char)('A' + column)}{number}" t="inlineStr"><is><t xml:space="preserve">{cell}</t></is></c>""",
    }))}</row>""";

    static byte[] Values(params string[] rows) => Books.Of(Row(1, "indicator", "period", "value", "status") + string.Concat(rows));

    static byte[] WithMerges(string rows, params string[] merges)
    {
        var parts = Books.Parts(rows);
        parts[6] = (parts[6].Name, parts[6].Text.Replace(
            "</sheetData>", $"</sheetData><mergeCells>{string.Concat(merges.Select(merge => $"<mergeCell ref='{merge}'/>"))}</mergeCells>", StringComparison.Ordinal));
        return Books.Zip(parts);
    }

    static void AddsUp(Answer answer) => Assert.Equal(
        answer.Number("rows"), answer.Number("accepted") + answer.Number("duplicates") + answer.Number("rejected") + answer.Number("leftOut"));

    // ---- numbers that spreadsheets change ----

    [Fact]
    public async Task A_number_cell_in_a_field_of_text_is_refused_unless_it_shows_its_digits()
    {
        const string head = "idNumber|reference|kind|amount|on";
        byte[] Signal(string id, string reference) => Books.Of(
            Row(1, head.Split('|')) + Row(2, id, reference, "medical_self_pay", "<c><v>50000</v></c>", "2023-05-31"));
        async Task<Answer> Send(string id, string reference) => await services.Send(
            "Relapse", HttpMethod.Post, "/v1/signals?mode=partial", Sheet.MediaType, Signal(id, reference));

        var byNumber = await Send("<c><v>410325190001050019</v></c>", "S-1");
        Assert.Equal(["1 idNumber number-in-text"], byNumber.Errors);
        Assert.Equal("A2", byNumber.Json.GetProperty("errors")[0].GetProperty("cell").GetString());
        Assert.Equal(["1 reference number-in-text"], (await Send("410325190001050019", "<c><v>202305310000000123</v></c>")).Errors);
        Assert.Equal(["1 reference number-in-text"], (await Send("410325190001050019", "<c s='1'><v>44378</v></c>")).Errors);
        Assert.Equal(["1 reference number-in-text"], (await Send("410325190001050019", "<c><v>202305310001</v></c>")).Errors);
        Assert.Empty((await Send("410325190001050019", "<c><v>20230531</v></c>")).Json.GetProperty("errors").EnumerateArray());
    }

    [Fact]
    public async Task A_percent_cell_means_percent()
    {
        var (percent, money) = (await Indicator("%"), await Indicator());
        var answer = await Book(Values(Row(2, percent, "2021", "<c s='5'><v>0.431</v></c>", "final"), Row(3, money, "2021", "<c s='5'><v>0.431</v></c>", "final")), "?mode=partial");
        Assert.Equal(["2 unit unit-differs"], answer.Errors);
        Assert.Equal(43.1m, await Stored(percent, "2021"));
        Assert.Equal(200, (await Csv($"{Header}{percent},2020,42.5%,final\n")).Status);
        Assert.Equal(42.5m, await Stored(percent, "2020"));
    }

    [Fact]
    public async Task A_formula_that_was_never_calculated_is_said_so()
    {
        var code = await Indicator();
        var rows = Row(1, "indicator", "period", "value", "status") + Row(2, code, "2021", "<c><f>10+2.5</f><v>0</v></c>", "final") + Row(3, code, "2020", "<c><v>12</v></c>", "final");
        var byScript = await Book(Books.Of(rows, "", "<calcPr fullCalcOnLoad='1'/>"));
        Assert.Equal(["1 value formula-not-calculated"], byScript.Errors);
        Assert.Equal("C2", byScript.Json.GetProperty("errors")[0].GetProperty("cell").GetString());
        Assert.Equal(["1 value formula-not-calculated"], (await Book(Values(Row(2, code, "2021", "<c><f>1+1</f></c>")))).Errors.Where(error => error.Contains("value", StringComparison.Ordinal)));
        Assert.Equal(["1 value cell-error"], (await Book(Values(Row(2, code, "2021", "<c t='e'><f>NA()</f><v>#N/A</v></c>", "final")))).Errors);
    }

    [Fact]
    public async Task What_a_program_made_of_a_number_is_read_as_the_number_and_said_where_it_is_another()
    {
        var code = await Indicator();
        var answer = await Book(Values(
            Row(2, code, "2019", "<c><v>215.30000000000001</v></c>", "final"), Row(3, code, "2020", "<c><f>B2/C2</f><v>0.33333333333333331</v></c>", "final")));
        Assert.Equal(200, answer.Status);
        Assert.Contains("rounded", Codes(answer));
        Assert.Equal((215.3m, 0.3333333333m), (await Stored(code, "2019"), await Stored(code, "2020")));
        var json = await services.Post("Indicators", "/v1/values", "application/json",
            $$"""[{"indicator":"{{code}}","period":"2021","value":0.30000000000000004,"status":"final"}]""");
        Assert.Contains("rounded", Codes(json));
        Assert.Equal(0.3m, await Stored(code, "2021"));
    }

    // ---- no row disappears ----

    [Theory]
    [InlineData("document", "嵩统1号", "#12号文", "嵩统3号")]
    [InlineData("note", "a", "#", "//")]
    public async Task A_row_that_begins_with_a_number_sign_is_a_row(string field, string first, string second, string third)
    {
        var code = await Indicator();
        var answer = await Csv($"{field},indicator,period,value,status\n{first},{code},2019,12.5,final\n{second},{code},2020,13.5,final\n{third},{code},2021,14.5,final\n");
        Assert.Equal((200, 3, 3), (answer.Status, answer.Number("rows"), answer.Number("accepted")));
    }

    [Fact]
    public async Task Rows_that_are_no_facts_are_counted_with_the_reason()
    {
        var code = await Indicator();
        var text = $"{Header}{code},2018,1,final\n\n , , , \n{code},2019,—,final\n合计,,13,\n{code},2020,2,final\n{Header}注：2020 年为快报数,,,\n,,,\n";
        var answer = await Csv(text);
        Assert.Equal((200, 7, 2, 5), (answer.Status, answer.Number("rows"), answer.Number("accepted"), answer.Number("leftOut")));
        Assert.Equal(["blank 4", "no-value 5", "total-row 6", "header-again 8", "footnote 9"],
            answer.Json.GetProperty("leftOutRows").EnumerateArray().Select(row => $"{row.GetProperty("code").GetString()} {row.GetProperty("line")}"));
        AddsUp(answer);

        var copy = await Book(Values(Row(2, code, "2021", "1", "final"), Row(3, "合计", null, "14"), Row(4, code, "2022")), "?mode=partial", ("Accept", Sheet.MediaType));
        Assert.StartsWith("left out: ", Books.Texts(copy.Bytes)["E3"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_atomic_push_says_which_rows_were_held_back()
    {
        var code = await Indicator();
        var answer = await Csv($"{Header}{code},2018,1,final\n{code},2019,x,final\n{code},2020,3,final\n");
        Assert.Equal((422, 3, 0, 1, 2), (answer.Status, answer.Number("rows"), answer.Number("accepted"), answer.Number("rejected"), answer.Number("leftOut")));
        Assert.Equal("held-back", Assert.Single(Codes(answer, "leftOutRows")));
        AddsUp(answer);
    }

    [Fact]
    public async Task Every_sheet_with_a_header_of_ours_is_read_and_the_others_are_named()
    {
        var code = await Indicator();
        var parts = Books.Parts(Row(1, "填报说明") + Row(2, "请在第二张表填写"));
        parts[7] = (parts[7].Name, parts[6].Text.Replace(Row(1, "填报说明") + Row(2, "请在第二张表填写"),
            Row(1, "indicator", "period", "value", "status") + Row(2, code, "2019", "1", "final"), StringComparison.Ordinal));
        parts[8] = (parts[8].Name, parts[7].Text.Replace("2019", "2020", StringComparison.Ordinal));
        var answer = await Book(Books.Zip(parts));
        Assert.Equal((200, 1), (answer.Status, answer.Number("accepted")));
        Assert.Equal(["hidden-sheet hidden", "sheet-not-read values"],
            answer.Json.GetProperty("warnings").EnumerateArray().Select(said => $"{said.GetProperty("code").GetString()} {said.GetProperty("sheet").GetString()}").Order());

        parts[2] = (parts[2].Name, parts[2].Text.Replace("state=\"hidden\" ", "", StringComparison.Ordinal));
        var both = await Book(Books.Zip(parts), "", ("Accept", Sheet.MediaType));
        Assert.Equal(200, both.Status);
        Assert.Equal((1m, 1m), (await Stored(code, "2019"), await Stored(code, "2020")));
        (await Book(Books.Of(Row(1, "填报说明")))).IsProblem(400, "header-not-found");
    }

    [Fact]
    public async Task Hidden_rows_are_read_and_said()
    {
        var code = await Indicator();
        var answer = await Book(Values(Row(2, code, "2019", "1", "final"), Row(3, code, "2020", "2", "final").Replace("<row", "<row hidden='1'", StringComparison.Ordinal)));
        Assert.Equal((200, 2), (answer.Status, answer.Number("accepted")));
        Assert.Contains("hidden-row", Codes(answer));
    }

    // ---- what a clerk has ----

    [Fact]
    public async Task A_title_a_line_of_units_and_Chinese_headers_are_read()
    {
        var code = await Indicator();
        var answer = await Book(WithMerges(
            Row(1, "嵩县2021年指标完成情况表") + Row(2, "填报单位：统计局", null, "单位：万元") + Row(4, "序号", "指标编码", "期别", "数值", "状态") +
            Row(5, "1", code, "2021年", "<c><v>125000</v></c>", "最终核实"), "A1:E1"));
        Assert.Equal((200, 1), (answer.Status, answer.Number("accepted")));
        Assert.Equal(12.5m, await Stored(code, "2021"));
        Assert.Contains("above-header", Codes(answer));
        var inHeader = await Csv($"指标编码,期别,数值（万元）,状态\n{code},2020,110000,最终核实\n");
        Assert.Equal(200, inHeader.Status);
        Assert.Equal(11m, await Stored(code, "2020"));
    }

    [Theory]
    [InlineData("（万元）")]
    [InlineData("单位（万元）")]
    [InlineData("单位 万元")]
    [InlineData("单位是万元")]
    [InlineData("万元")]
    [InlineData("金额单位：人民币万元")]
    [InlineData("单位：万元（保留两位小数）")]
    [InlineData("填报单位：统计局 单位：万 元")]
    public async Task A_unit_above_the_header_is_read_however_it_is_written(string line)
    {
        var code = await Indicator();
        Assert.Equal(200, (await Csv($"{line},,,\n{Header}{code},2021,125000,final\n")).Status);
        Assert.Equal(12.5m, await Stored(code, "2021"));
    }

    [Theory]
    [InlineData("单位：万元")]
    [InlineData("（万元）")]
    [InlineData("以下单位：万元")]
    [InlineData("一、产值（万元）")]
    [InlineData("注：以上金额单位为万元")]
    public async Task A_unit_below_the_header_breaks_the_table(string line)
    {
        var code = await Indicator();
        (await Csv($"{Header}{code},2021,12.5,final\n{line},,,\n{code},2020,125000,final\n", "?mode=partial")).IsProblem(422, "table-broken");
        Assert.Null(await Stored(code, "2021"));
        // The unit that holds already may be said again.
        Assert.Equal(200, (await Csv($"单位：万元,,,\n{Header}{code},2021,125000,final\n{line},,,\n", "?mode=partial")).Status);
    }

    [Theory]
    [InlineData("""{"indicator":"gdp","period":"2021","value":1,"status":"a\u0000b"}""", "application/json")]
    [InlineData("{\"indicator\":\"gdp\",\"period\":\"\\u0000\",\"value\":1,\"status\":\"final\"}\n", "application/x-ndjson")]
    [InlineData("a\u0000b\nindicator,period,value,status\ngdp,2021,1,\u0001x\n", "text/csv")]
    public async Task What_is_said_again_holds_no_characters_that_cannot_be_kept(string body, string type) =>
        (await Csv(body, "", type)).IsProblem(422, "rows-rejected");

    [Fact]
    public async Task A_column_that_is_missing_is_named()
    {
        var code = await Indicator();
        var answer = await Csv($"指标编码,数值,状态\n{code},1,final\n{code},2,final\n", "", "text/csv", ("Accept-Language", "zh"));
        answer.IsProblem(422, "rows-rejected");
        Assert.StartsWith("表头缺少必填的列：期别（period）", answer.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(["missing", "missing"], Codes(answer, "errors"));
    }

    [Theory]
    [InlineData("gbk")]
    [InlineData("GB2312")]
    [InlineData("gb18030")]
    public async Task Text_in_UTF8_that_is_called_otherwise_is_refused(string charset) =>
        (await Csv($"{Header[..^1]},note\n{await Indicator()},2021,1,final,初步核算\n", "", $"text/csv; charset={charset}")).IsProblem(400, "charset-differs");

    /// <summary>The bytes of some words in GBK are valid UTF-8 of other letters.</summary>
    [Fact]
    public async Task Text_in_GBK_whose_bytes_might_be_UTF8_is_read_as_it_is_called()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var code = await Indicator();
        var bytes = Encoding.GetEncoding("gbk").GetBytes($"{Header[..^1]},note\n{code},2021,1,final,元\n");
        Assert.True(global::System.Text.Unicode.Utf8.IsValid(bytes));
        Assert.Equal(200, (await services.Send("Indicators", HttpMethod.Post, "/v1/values", "text/csv; charset=gbk", bytes)).Status);
        Assert.Equal(1m, await Stored(code, "2021"));
    }

    [Fact]
    public async Task A_second_header_with_other_columns_breaks_the_table()
    {
        var code = await Indicator();
        (await Csv($"指标编码,期别,数值,状态\n{code},2021,12.5,final\n指标编码,数值,期别,状态\n{code},2018,2017,final\n", "?mode=partial")).IsProblem(422, "table-broken");
        Assert.Null(await Stored(code, "2021"));
    }

    [Fact]
    public async Task Totals_and_notes_in_the_column_of_ordinal_numbers_are_left_out()
    {
        var code = await Indicator();
        var answer = await Csv($"序号,指标编码,期别,数值,状态\n1,{code},2021,12.5,final\n合计,,,12.5,\n,全县合计,,12.5,\n注：快报数,,,,\n");
        Assert.Equal((200, 1, 3), (answer.Status, answer.Number("accepted"), answer.Number("leftOut")));
        Assert.Equal(["total-row", "footnote"], Codes(answer, "leftOutRows").Distinct());
    }

    [Theory]
    [InlineData("1,234.5", "1234.5")]
    [InlineData("１２．５", "12.5")]
    [InlineData("12.5亿元", "12.5")]
    [InlineData("125000万元", "12.5")]
    [InlineData("1.25E+1", "12.5")]
    [InlineData("\u00A012.5\u3000", "12.5")]
    public async Task Numbers_in_usual_forms_are_read_and_said(string written, string expected)
    {
        var code = await Indicator();
        var csv = await Csv($"{Header}{code},2021,\"{written}\",final\n");
        Assert.Equal((200, 1), (csv.Status, csv.Number("accepted")));
        if (written.Trim() != expected) Assert.Contains("read-as", Codes(csv));
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), await Stored(code, "2021"));
        Assert.Equal(1, (await Book(Values(Row(2, code, "2021", written, "final")))).Number("duplicates"));
    }

    [Theory]
    [InlineData("—")]
    [InlineData("-")]
    [InlineData("空")]
    [InlineData("N/A")]
    public async Task Signs_for_no_value_are_no_value_and_counted(string sign)
    {
        var code = await Indicator();
        var answer = await Csv($"{Header}{code},2021,{sign},final\n{code},2020,1,final\n");
        Assert.Equal((200, 1, 1), (answer.Status, answer.Number("accepted"), answer.Number("leftOut")));
        Assert.Equal("no-value", Assert.Single(Codes(answer, "leftOutRows")));
    }

    [Theory]
    [InlineData("2021年3月", "2021-03")]
    [InlineData("2021.3", "2021-03")]
    [InlineData("202103", "2021-03")]
    [InlineData("2021年一季度", "2021-Q1")]
    [InlineData("2021年上半年", "2021-S1")]
    [InlineData("2021年度", "2021")]
    public async Task Periods_in_usual_forms_are_read_and_said(string written, string expected)
    {
        var code = await Indicator();
        var answer = await Csv($"{Header}{code},{written},5,final\n");
        Assert.Equal((200, 1), (answer.Status, answer.Number("accepted")));
        Assert.Contains("read-as", Codes(answer));
        Assert.Equal(5m, await Stored(code, expected));
    }

    [Theory]
    [InlineData("2021.1", "10")]
    [InlineData("2021/3/1", "2021-03")]
    public async Task A_period_that_can_mean_two_things_is_refused_with_the_way_out(string written, string advice)
    {
        var answer = await Csv($"{Header}{await Indicator()},{written},5,final\n");
        Assert.Equal(["1 period not-a-period"], answer.Errors);
        Assert.Contains(advice, answer.Json.GetProperty("errors")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2022/1/5")]
    [InlineData("2022年1月5日")]
    [InlineData("2022-1-5")]
    [InlineData("20220105")]
    public async Task Days_in_usual_forms_are_read(string written)
    {
        var code = await Indicator();
        Assert.Equal(200, (await Csv($"indicator,period,value,status,releasedOn\n{code},2021,5,final,{written}\n")).Status);
        Assert.Equal(1, (await Csv($"indicator,period,value,status,releasedOn\n{code},2021,5,final,2022-01-05\n")).Number("duplicates"));
    }

    [Fact]
    public async Task Line_breaks_in_remarks_are_kept()
    {
        var code = await Indicator();
        Assert.Equal(200, (await Csv($"indicator,period,value,status,note\n{code},2021,5,final,\"第一行\r\n第二行\"\n")).Status);
        Assert.Equal(200, (await Book(Books.Of(Row(1, "indicator", "period", "value", "status", "备注") + Row(2, code, "2020", "4", "final", "第一行\n第二行")))).Status);
    }

    [Fact]
    public async Task A_merged_period_holds_for_its_rows_and_a_merged_number_for_none()
    {
        var (one, other) = (await Indicator(), await Indicator());
        string Rows(string? second) => Row(1, "indicator", "period", "value", "status") + Row(2, one, "2021", "5", "final") + Row(3, other, null, second, "final");
        Assert.Equal(200, (await Book(WithMerges(Rows("6"), "B2:B3"))).Status);
        Assert.Equal(6m, await Stored(other, "2021"));
        Assert.Equal(["2 value merged-cell"], (await Book(WithMerges(Rows(null), "B2:B3", "C2:C3"), "?mode=partial")).Errors);
    }

    [Fact]
    public async Task All_errors_of_a_row_come_at_once_with_their_cells_in_the_order_of_the_columns()
    {
        var answer = await Book(Books.Of(
            Row(1, "status", "value", "period", "indicator") + Row(2) + Row(6, "finished", "viel", "2021-13", await Indicator())));
        Assert.Equal(["1 status unknown-code", "1 value not-a-number", "1 period not-a-period"], answer.Errors);
        Assert.Equal(["A6 6", "B6 6", "C6 6"], answer.Json.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("cell").GetString()} {error.GetProperty("line")}"));
        Assert.Equal(1, answer.Number("rejected"));
        var csv = await Csv($"{Header}{await Indicator()},2020,1,final\n\n\"x\",\"2021\r\n\",1,final\nx,2021,y,final\n", "?mode=partial");
        Assert.Equal(["4", "6"], csv.Json.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("line")}").Distinct());
    }

    [Fact]
    public async Task A_template_saved_as_text_is_read()
    {
        var code = await Indicator();
        foreach (var (delimiter, period) in new[] { (',', "2018"), (';', "2019"), ('\t', "2020") })
        {
            var head = string.Join(delimiter, "【指标名称】", "指标编码（indicator）", "期别（period）", "【计量单位】", "数值（value）", "数据状态（status）", "备注（note）");
            var filled = string.Join(delimiter, "地区生产总值", code, period, "亿元", "215.3", "最终核实", "");
            var owed = string.Join(delimiter, "地区生产总值", code, "2021", "亿元", "", "", "");
            var answer = await Csv($"\uFEFF{head}\r\n{filled}\r\n{owed}\r\n");
            Assert.Equal((200, 1, 1), (answer.Status, answer.Number("accepted"), answer.Number("leftOut")));
        }
    }

    [Theory]
    [InlineData("indicator,period,value,status,,\n{0},2021,5,final,,\n")]
    [InlineData("indicator,period,value,status\n{0},2021,5,final,,,\n")]
    [InlineData("indicator;period;value;status\n{0};2021;5;final\n")]
    [InlineData("indicator\tperiod\tvalue\tstatus\n{0}\t2021\t5\tfinal\n")]
    [InlineData("indicator，period，value，status\n{0}，2021，5，final\n")]
    [InlineData("sep=;\r\nindicator;period;value;status\r\n{0};2021;5;final\r\n")]
    [InlineData("sep=,\nindicator,period,value,status\n{0},2021,5,final\n")]
    public async Task Empty_columns_and_other_delimiters_are_read(string text)
    {
        var answer = await Csv(string.Format(CultureInfo.InvariantCulture, text, await Indicator()));
        Assert.Equal((200, 1), (answer.Status, answer.Number("accepted")));
    }

    [Theory]
    [InlineData("indicator,period,value,status,value\n", "column-twice value")]
    [InlineData("indicator,period,valeu,status\n", "unknown-field valeu")]
    [InlineData("indicator,period,value,status,填报电话\n", "unknown-field -")]
    [InlineData("indicator,period（公里）,value,status\n", "unit-not-read period")]
    public async Task A_header_that_cannot_be_read_says_which_column(string header, string expected)
    {
        var answer = await Csv($"{header}gdp,2021,5,final,1\n");
        answer.IsProblem(422, "header-wrong");
        Assert.Equal($"0 {string.Join(' ', expected.Split(' ').Reverse())}", Assert.Single(answer.Errors));
    }

    [Fact]
    public async Task Without_a_header_nothing_is_taken_for_one()
    {
        (await Csv("gdp,2021,5,final\ngdp,2020,5,final\n")).IsProblem(400, "header-not-found");
        (await services.Post("Indicators", "/v1/values", "application/json", """{"data":[{"indicator":"gdp"}]}""")).IsProblem(400, "malformed-body");
        var lines = await services.Post("Indicators", "/v1/values", "application/json", "{\"indicator\":\"gdp\"}\n{\"indicator\":\"gdp\"}\n");
        Assert.Contains("x-ndjson", lines.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/vnd.oasis.opendocument.spreadsheet")]
    [InlineData("application/vnd.ms-excel")]
    [InlineData("application/octet-stream")]
    public async Task Other_spreadsheet_formats_are_told_to_be_saved_as_xlsx(string type)
    {
        var answer = await services.Send("Indicators", HttpMethod.Post, "/v1/values", type, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0], ("Accept-Language", "zh"));
        answer.IsProblem(415, "media-type-unsupported");
        Assert.Contains(".xlsx", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/vnd.ms-excel")]
    [InlineData("application/octet-stream")]
    [InlineData("application/vnd.ms-excel.sheet.macroEnabled.12")]
    public async Task Bytes_of_a_workbook_are_read_whatever_a_client_calls_them(string type)
    {
        var answer = await services.Send("Indicators", HttpMethod.Post, "/v1/values", type, Values(Row(2, await Indicator(), "2021", "5", "final")));
        Assert.Equal((200, 1), (answer.Status, answer.Number("accepted")));
    }

    [Fact]
    public async Task A_form_with_one_file_is_read()
    {
        var code = await Indicator();
        async Task<Answer> Send(string file, string type, byte[] bytes, string? other = null)
        {
            const string boundary = "----county";
            var head = $"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file}\"\r\nContent-Type: {type}\r\n\r\n";
            var tail = other is null ? "" : $"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"dryRun\"\r\n\r\n{other}";
            return await services.Send("Indicators", HttpMethod.Post, "/v1/values", $"multipart/form-data; boundary={boundary}",
                [.. Encoding.UTF8.GetBytes(head), .. bytes, .. Encoding.UTF8.GetBytes($"{tail}\r\n--{boundary}--\r\n")]);
        }

        Assert.Equal(1, (await Send("values.xlsx", Sheet.MediaType, Values(Row(2, code, "2021", "5", "final")))).Number("accepted"));
        Assert.Equal(1, (await Send("values.csv", "application/vnd.ms-excel", Encoding.UTF8.GetBytes($"{Header}{code},2020,4,final\n"))).Number("accepted"));
        (await Send("values.csv", "text/csv", Encoding.UTF8.GetBytes($"{Header}{code},2019,4,final\n"), "true")).IsProblem(400, "one-file-expected");
        (await Send("values.ods", "application/octet-stream", [1])).IsProblem(415, "media-type-unsupported");
    }

    [Fact]
    public async Task An_indicator_may_be_named_where_its_name_is_its_own()
    {
        var name = $"农村公路里程{Guid.CreateVersion7():N}";
        var code = await Indicator("公里", name);
        var answer = await Csv($"指标名称,期别,数值,状态\n{name},2021,5,final\n");
        Assert.Equal((200, 1), (answer.Status, answer.Number("accepted")));
        Assert.Equal(5m, await Stored(code, "2021"));
        Assert.Equal(["1 indicator name-unknown"], (await Csv($"指标名称,期别,数值,状态\n没有的指标,2021,5,final\n")).Errors);
        await Indicator("公里", name);
        Assert.Equal(["1 indicator name-ambiguous"], (await Csv($"指标名称,期别,数值,状态\n{name},2021,6,final\n")).Errors);
    }

    [Fact]
    public async Task What_is_said_of_households_repeats_nothing_that_was_sent()
    {
        var answer = await services.Post("Relapse", "/v1/signals?mode=partial", "text/csv",
            "身份证号,编号,线索类型,金额,发生日期,张三丰的电话\n410325190001050019,S-9,张三丰,13800138000元整,1950年3月2日,\n");
        Assert.InRange(answer.Status, 400, 422);
        var sound = await services.Post("Relapse", "/v1/signals?mode=partial", "text/csv",
            "idNumber,reference,kind,amount,on\n410325190001050019,S-9,张三丰,13800138000元整,1950年3月2日\n");
        Assert.Equal(422, sound.Status);
        foreach (var personal in new[] { "410325190001050019", "张三丰", "13800138000", "1950" })
        {
            Assert.DoesNotContain(personal, answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(personal, sound.Body, StringComparison.Ordinal);
        }
    }

    // ---- retries ----

    [Fact]
    public async Task A_refusal_leaves_its_key_free()
    {
        var (code, key) = ($"clerk-{Guid.CreateVersion7():N}", ("Idempotency-Key", $"{Guid.CreateVersion7()}"));
        Assert.Equal(422, (await Csv($"{Header}{code},2021,5,final\n", headers: key)).Status);
        await services.Post("Indicators", "/v1/indicators", "text/csv",
            $"code,name,nameEn,unit,attribute,direction,plan,planRef\n{code},甲,A,亿元,expected,increase,fyp14,专栏2/1\n");
        var again = await Csv($"{Header}{code},2021,5,final\n", headers: key);
        Assert.Equal((200, 1, false), (again.Status, again.Number("accepted"), again.Headers.ContainsKey("Idempotency-Replayed")));
        Assert.Equal("true", (await Csv($"{Header}{code},2021,5,final\n", headers: key)).Headers["Idempotency-Replayed"]);
        (await Csv($"{Header}{code},2020,5,final\n", headers: key)).IsProblem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task The_first_year_that_can_be_said_is_no_failure()
    {
        var code = await Indicator();
        foreach (var period in new[] { "1900", "1900-Q1", "1900-01" })
            Assert.Equal(200, (await Csv($"{Header}{code},{period},5,final\n")).Status);
    }
}
