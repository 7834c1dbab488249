using CsCheck;

namespace Monitoring.Hosting.Tests;

/// <summary>
/// However a sound table is damaged, the counts add up to the rows that a person sees, and every row is where a person would put it:
/// taken, refused, or left out for a reason.
/// </summary>
public sealed class DamagedTableSpecs
{
    sealed record Value(string Indicator, string Period, decimal Number, string? Note);

    static readonly Func<Fields, Value> bind = row =>
    {
        row.LeaveOutIfOnly("indicator", "period");
        row.LeaveOutIfNone("value");
        return new(row.Code("indicator"), row.Period("period").Text ?? "", row.Number("value"), row.TextOrNull("note", 500));
    };

    static readonly RowShape shape = RowShape.Of("/v1/values", bind);

    enum Fate { Taken, Refused, LeftOut, Unseen }

    /// <summary>A row as cells, and what a person would say becomes of it.</summary>
    sealed record Line(Fate Fate, params string?[] Cells);

    static readonly Gen<Line> line = Gen.Frequency(
        (6, Gen.Int[1900, 2099].Select(year => new Line(Fate.Taken, "gdp", $"{year}", "12.5", "甲"))),
        (1, Gen.Const(new Line(Fate.Taken, "#12", "2021", "1", null) with { Fate = Fate.Refused })),
        (1, Gen.Const(new Line(Fate.Taken, "gdp", "2021年3月", "1,234.5", "第一行\n第二行"))),
        (1, Gen.Const(new Line(Fate.Refused, "gdp", "2021-13", "x", null))),
        (1, Gen.Const(new Line(Fate.Refused, "gdp", null, "1", null))),
        (1, Gen.Const(new Line(Fate.Refused, "gdp", "2021", "1", null, "多出来的"))),
        (1, Gen.Const(new Line(Fate.LeftOut, "gdp", "2021", "—", null))),
        (1, Gen.Const(new Line(Fate.LeftOut, "gdp", "2021", null, null))),
        (1, Gen.Const(new Line(Fate.LeftOut, "合 计", null, "99", null))),
        (1, Gen.Const(new Line(Fate.LeftOut, "注：2021年为快报数", null, null, null))),
        (1, Gen.Const(new Line(Fate.LeftOut, "indicator", "period", "value", "note"))),
        (1, Gen.Const(new Line(Fate.LeftOut, " ", null, "\u3000", null))),
        (2, Gen.Const(new Line(Fate.Unseen))));

    static readonly Gen<(int Above, Line[] Lines)> table = Gen.Select(Gen.Int[0, 3], line.Array[0, 30]);

    [Fact]
    public void Of_a_text() => Gen.Select(table, Gen.Int[0, 3], Gen.Bool).Sample((table, which, crlf) =>
    {
        var delimiter = ",;\t，"[which];
        string Joined(IEnumerable<string?> cells) => string.Join(delimiter, cells.Select(cell => cell is null ? "" : !cell.Any(character => ",;|，\t\n\"".Contains(character, StringComparison.Ordinal)) ? cell : $"\"{cell}\""));
        var lines = Enumerable.Repeat("标题", table.Above).Append(Joined(["indicator", "period", "value", "note"])).Concat(table.Lines.Select(line => Joined(line.Cells)));
        var intake = Read("text/csv", System.Text.Encoding.UTF8.GetBytes(string.Join(crlf ? "\r\n" : "\n", lines)), out var taken);
        Judge(table.Lines, intake, taken, table.Above + 1);
    });

    [Fact]
    public void Of_a_workbook() => table.Sample(table =>
    {
        string?[][] cells = [.. Enumerable.Repeat<string?[]>(["标题"], table.Above), ["indicator", "period", "value", "note"], .. table.Lines.Select(line => line.Cells)];
        var rows = cells.Index().Select(row => Books.Row(row.Index + 1, row.Item));
        var intake = Read(Sheet.MediaType, Books.Of(string.Concat(rows)), out var taken);
        Judge(table.Lines, intake, taken, table.Above + 1);
    });

    static Intake Read(string type, byte[] bytes, out HashSet<int> taken)
    {
        var rows = new List<(int Row, Value Value)>();
        var intake = Intake.Into(rows, shape, bind, null, null);
        var problem = Body.Of(bytes, type).Bind(intake);
        Assert.True(problem is null || rows.Count == 0 && intake.Errors.Count == 0);
        taken = [.. rows.Select(row => row.Row)];
        return intake;
    }

    static void Judge(Line[] lines, Intake intake, HashSet<int> taken, int headerLine)
    {
        var seen = lines.Index().Where(line => line.Item.Fate != Fate.Unseen).ToList();
        Assert.Equal(seen.Count, intake.Count);
        var refused = intake.Errors.Select(error => error.Row).ToHashSet();
        Assert.Equal(intake.Count, taken.Count + refused.Count + intake.LeftOut.Count);
        var atLine = intake.Errors.Concat(intake.LeftOut).DistinctBy(said => said.Row).ToDictionary(said => said.Row, said => said.Line);
        // A quoted line break makes the lines of a text more than its rows.
        var breaks = 0;
        foreach (var (at, (index, line)) in seen.Index())
        {
            var row = at + 1;
            var fate = taken.Contains(row) ? Fate.Taken : refused.Contains(row) ? Fate.Refused : Fate.LeftOut;
            Assert.Equal(line.Fate, fate);
            breaks = lines.Take(index).Sum(before => before.Cells.Count(cell => cell?.Contains('\n', StringComparison.Ordinal) == true));
            if (atLine.TryGetValue(row, out var shown)) Assert.True(shown == headerLine + index + 1 || shown == headerLine + index + 1 + breaks);
        }
    }
}
