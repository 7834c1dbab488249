using System.Text.RegularExpressions;
using Sylvan.Data.Csv;

namespace Monitoring.Contracts.Tests;

/// <summary>The county's plan as data agrees with the plan's text, row by row.</summary>
public sealed partial class PlanDataSpecs
{
    static readonly string folder = Path.Combine(TestServers.Root, "deploy", "plan", "410325");
    static readonly string plan = Bare(File.ReadAllText(Path.Combine(folder, "plan.txt")));

    [Fact]
    public void All_158_indicators_are_there()
    {
        var rows = Table("indicators.csv");
        Assert.Equal(158, rows.Select(row => row["code"]).Distinct().Count());
        Assert.Equal(25, rows.Count(row => row["planRef"].StartsWith("专栏1/", StringComparison.Ordinal)));
        Assert.Equal(37, rows.Count(row => row["planRef"].StartsWith("专栏2/", StringComparison.Ordinal)));
        Assert.Equal(25, rows.Count(row => row["plan"] == "fyp13"));
        Assert.Equal((16, 9), (rows.Count(row => row["attribute"] == "binding"), rows.Count(row => row["attribute"] == "expected")));
    }

    [Fact]
    public void Every_cell_of_the_two_columns_stands_in_the_text_as_kept() => Assert.All(
        Table("indicators.csv").Take(62),
        row => Assert.All(["baselineVerbatim", "targetVerbatim", "outlookVerbatim"], field =>
            Assert.Contains(Bare(row[field]), plan, StringComparison.Ordinal)));

    [Fact]
    public void A_number_stands_only_where_its_cell_shows_it() => Assert.All(
        Table("indicators.csv"),
        row => Assert.All(["target", "outlook"], field =>
        {
            if (row[field].Length > 0) Assert.Contains(row[field], row[field + "Verbatim"], StringComparison.Ordinal);
        }));

    [Fact]
    public void All_180_projects_are_there_under_their_columns()
    {
        var rows = Table("projects.csv");
        Assert.Equal(180, rows.Select(row => row["code"]).Distinct().Count());
        Assert.Equal(
            "3:5 4:21 5:37 6:6 7:5 8:6 9:14 10:16 11:18 12:19 13:4 14:9 15:16 16:4",
            string.Join(' ', rows.GroupBy(row => row["box"]).Select(box => $"{box.Key}:{box.Count()}")));
        Assert.All(rows, row => Assert.Contains(Bare(row["name"]), plan, StringComparison.Ordinal));
        Assert.Equal("preparing", rows.Single(row => row["code"] == "P12-0-12")["stage"]);
        Assert.All(rows.Where(row => row["name"].StartsWith("谋划", StringComparison.Ordinal)), row => Assert.Equal("planned", row["stage"]));
    }

    [Fact]
    public void Every_contradiction_that_concerns_a_row_stands_on_one()
    {
        var noted = Table("indicators.csv").Concat(Table("projects.csv"))
            .SelectMany(row => Number().Matches(row["notes"])).Select(match => match.Groups[1].Value).ToHashSet();
        var numbered = Enumerable.Range(1, 9).Select(n => $"A{n}").Concat(Enumerable.Range(1, 10).Select(n => $"B{n}"))
            .Concat(Enumerable.Range(1, 18).Select(n => $"C{n}")).Concat(Enumerable.Range(1, 7).Select(n => $"D{n}"))
            .Concat(Enumerable.Range(1, 7).Select(n => $"E{n}"));
        // B8 lists rates that do compute, E5 is about the vision's prose.
        Assert.Equal(["B8", "E5"], numbered.Except(noted));
    }

    [Fact]
    public void The_townships_forest_farms_and_units_of_villages_rank_are_there()
    {
        var rows = Table("areas.csv");
        Assert.Equal(
            "community 41, forest_area 4, forest_farm 3, town 12, township 4, village 295",
            string.Join(", ", rows.CountBy(row => row["kind"]).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Key} {kind.Value}")));
        Assert.Equal(rows.Count, rows.DistinctBy(row => row["code"]).Count());
        var townships = rows.Where(row => row["code"].Length == 9).Select(row => row["code"]).ToHashSet();
        Assert.All(townships, code => Assert.Matches("^410325[124]\\d\\d$", code));
        Assert.All(rows.Where(row => row["code"].Length != 9), row => Assert.Matches("^[0-9]{12}$", row["code"]));
        Assert.All(rows.Where(row => row["code"].Length == 12), row => Assert.Contains(row["code"][..9], townships));
        Assert.All(townships, code => Assert.Contains(rows, row => row["code"].Length == 12 && row["code"].StartsWith(code, StringComparison.Ordinal)));
        // The plan counts otherwise; both stand (C19).
        Assert.Contains("全县310个行政村", plan, StringComparison.Ordinal);
    }

    static List<Dictionary<string, string>> Table(string file)
    {
        using var csv = CsvDataReader.Create(Path.Combine(folder, file));
        var rows = new List<Dictionary<string, string>>();
        while (csv.Read())
            rows.Add(Enumerable.Range(0, csv.FieldCount).ToDictionary(csv.GetName, csv.GetString));
        return rows;
    }

    /// <summary>Without white space, page and bookmark marks, and with one form of brackets.</summary>
    static string Bare(string text) => Marks().Replace(text, "").Replace('（', '(').Replace('）', ')').Replace('：', ':')
        .Replace('“', '"').Replace('”', '"');

    [GeneratedRegex(@"\[bookmark: [^\]]*\]|\s+")]
    private static partial Regex Marks();

    [GeneratedRegex(@"\[([A-E]\d+)\]")]
    private static partial Regex Number();
}
