using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sylvan.Data.Csv;

namespace Monitoring.System.Tests;

/// <summary>
/// All 180 plan items live through three years that go through the public API, every file twice; lamps and ladders are what the
/// rules give when worked out by hand from the same files.
/// </summary>
public sealed class ThreeYearsTests
{
    const int Seed = 410325;

    /// <summary>On 10 February 2022 and 31 January 2023 the last complete month is a January, for which there is no report.</summary>
    static readonly DateOnly[] days =
    [
        new(2021, 6, 30), new(2022, 2, 10), new(2022, 3, 15), new(2022, 12, 31), new(2023, 1, 31), new(2023, 7, 10), new(2023, 12, 31),
    ];

    static readonly string plan = Path.Combine(TestServers.Root, "deploy", "plan", "410325", "projects.csv");

    static readonly string[] everyStage =
    [
        "cancelled", "completed", "in_production", "merged", "moved_out", "planned", "preparing", "started", "suspended", "under_construction",
    ];

    [Fact]
    public async Task Three_years_of_all_projects_are_judged_as_the_rules_say()
    {
        var cancel = TestContext.Current.CancellationToken;
        var items = Items();
        var history = ProjectHistory.Make(items, Seed);
        var expected = new Reckoning(items, history);
        The_history_holds_everything(items, history, expected);

        await using var county = await County.Start();
        var projects = await county.Run("Projects");
        var evaluation = await county.Run("Evaluation");
        var registrations = await File.ReadAllTextAsync(plan, cancel);
        Assert.Equal(("projects", 180, 0), await Send(projects, "projects", "/v1/projects", registrations));
        Assert.Equal(("projects again", 0, 180), await Send(projects, "projects again", "/v1/projects", registrations));
        await Every_file_is_taken_once(projects, history, expected);
        await The_lamps_are_those_of_the_rules(projects, items, expected);
        await The_ladders_are_those_of_the_rules(projects, expected);
        await Evaluation_knows_the_same(county, evaluation, items, expected);
    }

    /// <summary>As a job does that sends its whole folder every night, also what has been corrected, replaced or closed since.</summary>
    [Fact]
    public async Task All_files_of_three_years_can_be_sent_again_at_the_end()
    {
        var history = ProjectHistory.Make(Items(), Seed);
        await using var county = await County.Start();
        var projects = await county.Run("Projects");
        await Send(projects, "projects", "/v1/projects", await File.ReadAllTextAsync(plan, TestContext.Current.CancellationToken));
        foreach (var push in history) await Send(projects, push.Name, push.Path, push.Csv);
        foreach (var push in history)
            Assert.Equal(($"{push.Name} at the end", 0, push.Rows.Count), await Send(projects, $"{push.Name} at the end", push.Path, push.Csv));
    }

    /// <summary>Otherwise the comparison would prove little.</summary>
    static void The_history_holds_everything(List<PlanItem> items, IReadOnlyList<Push> history, Reckoning expected)
    {
        Assert.Equal(180, items.Count);
        Assert.Equal(16, history.Select(push => push.Path).Distinct().Count());
        var lights = days.SelectMany(day => items.Select(item => expected.LightsOf(item, day))).ToList();
        string[] all = ["green", "none", "red", "yellow"];
        Assert.Equal(all, lights.Select(one => one.Start).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(all, lights.Select(one => one.Progress).Distinct().Order(StringComparer.Ordinal));
        // Money has arrived in time or has not; nothing lies between.
        Assert.Equal(["green", "none", "red"], lights.Select(one => one.Funds).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(all, lights.Select(one => one.Statistics).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(all, lights.Select(one => one.Overall).Distinct().Order(StringComparer.Ordinal));
        foreach (var day in days.TakeLast(2))
            Assert.Equal(everyStage, items.Select(item => expected.StageOn(item.Code, day)).Distinct().Order(StringComparer.Ordinal));

        // Both ends of 10 to 30 points are yellow, so both must occur.
        var behind = items.Select(item => expected.Behind(item.Code, new(2022, 12, 31))).ToList();
        Assert.Contains(10m, behind);
        Assert.Contains(30m, behind);
        Assert.NotEmpty(expected.Overspent);
    }

    static async Task Every_file_is_taken_once(ServiceProcess projects, IReadOnlyList<Push> history, Reckoning expected)
    {
        foreach (var push in history)
        {
            var overspent = new HashSet<string>();
            var cells = push.Cells.ToList();
            Assert.Equal((push.Name, push.Rows.Count, 0), await Send(projects, push.Name, push.Path, push.Csv, warned: (row, code) =>
            {
                Assert.Equal("total-exceeded", code);
                overspent.Add(cells[row - 1]["project"]);
            }));
            Assert.Equal(
                expected.Overspent.Where(one => one.File == push.Name).Select(one => one.Project).Order(StringComparer.Ordinal),
                overspent.Order(StringComparer.Ordinal));
            Assert.Equal(($"{push.Name} again", 0, push.Rows.Count), await Send(projects, $"{push.Name} again", push.Path, push.Csv));
        }
    }

    static async Task The_lamps_are_those_of_the_rules(ServiceProcess projects, List<PlanItem> items, Reckoning expected)
    {
        foreach (var day in days)
        {
            var shown = (await Rows(projects, $"/v1/lamps?on={day:yyyy-MM-dd}&limit=1000")).Select(row => string.Join(' ',
                new[] { "code", "start", "progress", "funds", "statistics", "overall" }.Select(field => row.GetProperty(field).GetString())));
            var reckoned = items.Select(item => (item.Code, Lights: expected.LightsOf(item, day))).Select(one => string.Join(' ',
                one.Code, one.Lights.Start, one.Lights.Progress, one.Lights.Funds, one.Lights.Statistics, one.Lights.Overall));
            Same($"lamps on {day:yyyy-MM-dd}", reckoned, shown);
        }
    }

    static async Task The_ladders_are_those_of_the_rules(ServiceProcess projects, Reckoning expected)
    {
        string[] rungs = ["planned", "preparing", "started", "underConstruction", "suspended", "completed", "inProduction", "closed"];
        foreach (var by in new[] { "box", "township", "department" })
        {
            var shown = (await Rows(projects, $"/v1/ladder?from=2021-Q1&to=2023-Q4&by={by}")).Select(row =>
                $"{row.GetProperty("quarter").GetString()} {row.GetProperty("group").GetString()}: " +
                $"{string.Join(' ', rungs.Select(rung => row.GetProperty(rung).GetInt32()))}, {row.GetProperty("investedYuan").GetDecimal():0.##} 元");
            Same($"ladder by {by}", expected.Ladder(by), shown);
        }
    }

    static async Task Evaluation_knows_the_same(County county, ServiceProcess evaluation, List<PlanItem> items, Reckoning expected)
    {
        var events = await Databases.Events(await county.Connection("Projects"), "projects");
        await County.Settled(evaluation, "projects", events.Count);
        // The day's round may add to both meanwhile.
        var ledger = await Databases.Events(await county.Connection("Evaluation"), "evaluation");
        Assert.Empty(events.Except(ledger));

        var reckoned = items.Select(item =>
            $"{item.Code} {expected.StageOn(item.Code, days[^1])} {expected.InvestedSinceStart(item.Code):0.##} 元").ToList();
        // Standings follow the ledger; the last comparison says what is still different.
        for (var attempt = 0; ; attempt++)
        {
            var shown = (await Rows(evaluation, "/v1/projects?limit=1000")).Select(row =>
                $"{row.GetProperty("code").GetString()} {row.GetProperty("stage").GetString()} {row.GetProperty("investedYuan").GetDecimal():0.##} 元").ToList();
            if (attempt == 200 || reckoned.Order(StringComparer.Ordinal).SequenceEqual(shown.Order(StringComparer.Ordinal)))
            {
                Same("standings", reckoned, shown);
                return;
            }

            await Task.Delay(50);
        }
    }

    static void Same(string what, IEnumerable<string> reckoned, IEnumerable<string> shown)
    {
        var (ours, theirs) = (reckoned.Order(StringComparer.Ordinal).ToList(), shown.Order(StringComparer.Ordinal).ToList());
        var (missing, surplus) = (ours.Except(theirs).ToList(), theirs.Except(ours).ToList());
        Assert.True(ours.SequenceEqual(theirs),
            $"{what}: {missing.Count} lines differ.\nReckoned:\n{string.Join('\n', missing.Take(20))}\nShown:\n{string.Join('\n', surplus.Take(20))}");
    }

    /// <summary>Sends a file; answers its name, how many rows were new and how many known. Nothing may be refused.</summary>
    static async Task<(string Name, int Accepted, int Duplicates)> Send(
        ServiceProcess service, string name, string path, string csv, Action<int, string>? warned = null)
    {
        using var content = new StringContent(csv, Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
        using var answer = await service.Http.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{name}: {answer.StatusCode} {text[..Math.Min(text.Length, 2_000)]}");
        using var body = JsonDocument.Parse(text);
        Assert.Equal(0, body.RootElement.GetProperty("rejected").GetInt32());
        foreach (var warning in body.RootElement.GetProperty("warnings").EnumerateArray())
            warned?.Invoke(warning.GetProperty("row").GetInt32(), warning.GetProperty("code").GetString()!);
        return (name, body.RootElement.GetProperty("accepted").GetInt32(), body.RootElement.GetProperty("duplicates").GetInt32());
    }

    static async Task<List<JsonElement>> Rows(ServiceProcess service, string path) =>
        [.. JsonDocument.Parse(await service.Http.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement.GetProperty("items").EnumerateArray()];

    static List<PlanItem> Items()
    {
        using var csv = CsvDataReader.Create(plan);
        string Cell(string column) => csv.GetString(csv.GetOrdinal(column));
        var items = new List<PlanItem>();
        while (csv.Read()) items.Add(new(Cell("code"), Cell("kind"), Cell("box"), Cell("stage"), Cell("notes")));
        return items;
    }
}
