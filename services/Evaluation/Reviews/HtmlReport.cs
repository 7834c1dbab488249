using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Monitoring.Evaluation.Reviews;

/// <summary>A report as one page that prints on A4, wide tables across; it needs nothing from anywhere.</summary>
static class HtmlReport
{
    static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);

    const string Style = """
        @page { size: A4 portrait; margin: 25mm 22mm; @bottom-center { content: counter(page); font-size: 9pt; } }
        @page wide { size: A4 landscape; margin: 12mm 10mm; }
        * { box-sizing: border-box; }
        body { font: 12pt/1.75 FangSong, "FangSong_GB2312", "Noto Serif CJK SC", "WenQuanYi Micro Hei", serif; color: #111; margin: 0 auto; padding: 1rem; max-width: 1500px; }
        h1.title { font: bold 20pt/1.4 SimSun, "Noto Serif CJK SC", "WenQuanYi Micro Hei", serif; text-align: center; margin: 2rem 0 .5rem; }
        p.subtitle { text-align: center; font-size: 14pt; text-indent: 0; max-width: none; }
        h1 { font: bold 15pt/1.5 SimHei, "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; margin: 1.5rem 0 .5rem; break-after: avoid; }
        h2 { font-size: 13pt; margin: 1rem 0 .3rem; break-after: avoid; }
        p { text-indent: 2em; margin: .3rem 0; max-width: 52em; }
        p.note { text-indent: 0; font-size: 9pt; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 9pt; line-height: 1.35; }
        caption { font-weight: bold; font-size: 12pt; padding: .8rem 0 .4rem; text-align: left; }
        th, td { border: 1px solid #555; padding: .2em .35em; vertical-align: top; overflow-wrap: anywhere; }
        th { background: #eef1f5; text-align: center; vertical-align: middle; }
        td.n { text-align: right; overflow-wrap: normal; white-space: nowrap; }
        thead { display: table-header-group; }
        tr { break-inside: avoid; }
        sup { font-size: 5.5pt; color: #667; margin-left: 1px; line-height: 0; }
        section table { min-width: 44rem; }
        section.wide { page: wide; break-before: page; }
        section.wide table { min-width: 72rem; font-size: 8.5pt; }
        .draft { position: fixed; top: 40%; left: 0; right: 0; text-align: center; font-size: 96pt; color: rgba(180, 0, 0, .12); transform: rotate(-25deg); pointer-events: none; }
        @media print { body { padding: 0; max-width: none; } .scroll { overflow: visible; } section table { min-width: 0; } section.wide table { min-width: 0; font-size: 6.5pt; } }
        """;

    public static byte[] Write(Report report)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="zh-CN">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(report.Title)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>

            """);
        if (report.Draft) page.Append("<div class=\"draft\">草稿</div>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1 class=\"title\">{Text(report.Title)}</h1>\n<p class=\"subtitle\">{Text(report.Subtitle)}</p>\n");
        foreach (var block in report.Blocks)
        {
            switch (block)
            {
                case Heading heading: page.Append(CultureInfo.InvariantCulture, $"<h{heading.Level}>{Text(heading.Text)}</h{heading.Level}>\n"); break;
                case Paragraph paragraph: page.Append(CultureInfo.InvariantCulture, $"<p>{Text(paragraph.Text)}</p>\n"); break;
                case Table table: Write(page, table); break;
            }
        }

        return Encoding.UTF8.GetBytes(page.Append("</body>\n</html>\n").ToString());
    }

    static void Write(StringBuilder page, Table table)
    {
        var all = table.Columns.Sum(column => column.Width);
        page.Append(CultureInfo.InvariantCulture, $"<section{(table.Wide ? " class=\"wide\"" : "")}><div class=\"scroll\"><table>\n<caption>{Text(table.Title)}</caption>\n<colgroup>");
        foreach (var column in table.Columns)
            page.Append(CultureInfo.InvariantCulture, $"<col style=\"width:{100m * column.Width / all:F2}%\">");
        page.Append("</colgroup>\n<thead><tr>");
        foreach (var column in table.Columns) page.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Text(column.Head)}</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            page.Append("<tr>");
            foreach (var (cell, column) in row.Zip(table.Columns))
            {
                page.Append(column.Right && cell.Number is not null ? "<td class=\"n\">" : "<td>").Append(Text(cell.Text));
                if (cell.Figure is { } figure) page.Append(CultureInfo.InvariantCulture, $"<sup>{figure:0000}</sup>");
                page.Append("</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
        if (table.Note is { } note) page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">注：{Text(note)}</p>\n");
        page.Append("</section>\n");
    }

    static string Text(string text) => encoder.Encode(text);
}
