using System.Globalization;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Monitoring.Hosting.Tests;

/// <summary>A sheet that a department starts from is pushed as it is, filled in with what it says itself is to be filled in.</summary>
public sealed class TemplateApiTests(Services services)
{
    const string Village = "410325104201";

    [Fact]
    public async Task Investments_start_from_a_sheet() => await Imports("Projects", "investments", new()
    {
        ["project"] = "P05-1-01", ["month"] = "2023-08", ["months"] = null, ["yearToDate"] = null, ["reason"] = null,
    });

    [Fact]
    public async Task Stages_start_from_a_sheet()
    {
        var project = $"T{Guid.CreateVersion7():N}";
        await services.Post("Projects", "/v1/projects", "text/csv", $"code,name,kind,box,boxTitle,group,seq\n{project},水库,project,5,工业,1,2\n");
        await Imports("Projects", "stages", new() { ["project"] = project, ["to"] = "前期", ["into"] = null });
    }

    [Fact]
    public async Task Signals_start_from_a_sheet() => await Imports("Relapse", "signals", new()
    {
        ["household"] = await Household(), ["person"] = null, ["idNumber"] = null, ["reason"] = null,
    });

    [Fact]
    public async Task Surveys_start_from_a_sheet() => await Imports("Relapse", "surveys", new() { ["household"] = await Household(), ["reason"] = null });

    [Fact]
    public async Task What_a_department_owes_is_filled_in_in_chinese()
    {
        var code = $"owed-{Guid.CreateVersion7():N}";
        await services.Post("Indicators", "/v1/indicators", "text/csv",
            $"code,name,nameEn,unit,attribute,direction,plan,planRef\n{code},公路里程,Roads,公里,expected,increase,fyp14,专栏2/1\n");
        await services.Post("Indicators", "/v1/duties", "text/csv", $"code,responsible,source,dueDays\n{code},交通局,{code},30\n");
        var template = await services.Send("Indicators", HttpMethod.Get, $"/v1/templates/values.xlsx?department={code}", null, null);
        Books.IsValid(template.Bytes);
        var pushed = await services.Send("Indicators", HttpMethod.Post, "/v1/values", Sheet.MediaType,
            Filled(template.Bytes, 1, new() { ["value"] = "1200", ["status"] = "初步核算", ["releasedOn"] = null, ["reason"] = null, ["reasonCode"] = null }));
        Assert.Equal((200, 1, 0), (pushed.Status, pushed.Number("accepted"), pushed.Number("rejected")));
    }

    async Task Imports(string service, string collection, Dictionary<string, string?> own)
    {
        var template = await services.Send(service, HttpMethod.Get, $"/v1/templates/{collection}.xlsx", null, null);
        Assert.Equal((200, Sheet.MediaType), (template.Status, template.Type));
        Books.IsValid(template.Bytes);
        var pushed = await services.Send(service, HttpMethod.Post, $"/v1/{collection}", Sheet.MediaType, Filled(template.Bytes, 1, own));
        Assert.True(pushed.Status == 200 && pushed.Number("accepted") == 1, pushed.Body);
    }

    async Task<string> Household()
    {
        var household = $"{Guid.CreateVersion7()}";
        await services.Post("Relapse", "/v1/areas", "text/csv", $"code,name,nameEn,kind\n{Village[..9]},车村镇,Checun,town\n");
        var enrolled = await services.Post("Relapse", "/v1/households", "text/csv",
            $"id,village,category,members,on\n{household},{Village},lifted_out,4,2023-01-05\n");
        Assert.Equal(200, enrolled.Status);
        return household;
    }

    /// <summary>The template with one row: what the test says, and the sheet's own examples for the rest.</summary>
    static byte[] Filled(byte[] template, int at, Dictionary<string, string?> own)
    {
        using var stream = new MemoryStream();
        stream.Write(template);
        using (var document = SpreadsheetDocument.Open(stream, isEditable: true))
        {
            var book = document.WorkbookPart!;
            var (sheet, explained) = (Rows("", 0), Rows("填报说明", 1));
            var examples = explained.Skip(1).Select(row => row.Elements<Cell>().Select(cell => cell.InnerText).ToList())
                .ToDictionary(row => row[0], row => (Form: row[2], Example: row[3]));
            var header = sheet[0].Elements<Cell>().Select(cell => cell.InnerText).ToList();
            var row = sheet.Count > at ? sheet[at] : sheet[0].Parent!.AppendChild(new Row(header.Select(_ => new Cell())));
            foreach (var (name, cell) in header.Zip(row.Elements<Cell>()))
            {
                if (!examples.TryGetValue(name, out var said) || cell.InnerText.Length > 0) continue;
                var text = own.TryGetValue(name.Split('（')[1].TrimEnd('）'), out var value) ? value : said.Example;
                if (text is null) continue;
                cell.RemoveAllChildren();
                (cell.DataType, cell.CellValue) = said.Form == "数字"
                    ? (CellValues.Number, new CellValue(decimal.Parse(text, CultureInfo.InvariantCulture)))
                    : (CellValues.String, new CellValue(text));
            }

            List<Row> Rows(string name, int index)
            {
                var entry = book.Workbook.Sheets!.Elements<DocumentFormat.OpenXml.Spreadsheet.Sheet>().ElementAt(index);
                if (name.Length > 0) Assert.Equal(name, entry.Name?.Value);
                return [.. ((WorksheetPart)book.GetPartById(entry.Id!)).Worksheet.Descendants<Row>()];
            }
        }

        return stream.ToArray();
    }
}
