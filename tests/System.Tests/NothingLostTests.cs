using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Monitoring.System.Tests;

/// <summary>
/// Departments push while everything they push to is killed, one after the other. What was acknowledged is in the ledger
/// once, in stream order, and the views are what a rebuild makes of it.
/// </summary>
public sealed class NothingLostTests
{
    const int Projects = 400;
    const int Pushers = 4;

    static readonly int months = Extent.Of(full: 49, part: 19);

    static string Code(int project) => string.Create(CultureInfo.InvariantCulture, $"P90-1-{project:000}");

    [Fact]
    public async Task Thousands_of_events_survive_the_death_of_everything()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var county = await County.Start();
        var projects = await county.Run("Projects");
        var evaluation = await county.Run("Evaluation");

        var registrations = new StringBuilder("code,name,kind,box,boxTitle,group,seq\n");
        for (var project = 1; project <= Projects; project++)
            registrations.AppendLine(CultureInfo.InvariantCulture, $"{Code(project)},项目 {project},project,90,测试,1,{project}");
        await County.PushUntilAcknowledged(projects.Http, "/v1/projects", registrations.ToString(), cancel);

        // In pushes of 100 rows; with the registrations of 49 months 20,000 events.
        var pushes = new ConcurrentQueue<string>(
            from month in Enumerable.Range(0, months)
            from block in Enumerable.Range(0, Projects / 100)
            select Push(month, block));
        var all = pushes.Count;
        var pushing = Enumerable.Range(0, Pushers).Select(async _ =>
        {
            while (pushes.TryDequeue(out var csv)) await County.PushUntilAcknowledged(projects.Http, "/v1/investments", csv, cancel);
        }).ToList();

        async Task After(double share)
        {
            while (pushes.Count > all * (1 - share)) await Task.Delay(20, cancel);
        }

        await After(0.15);
        await county.Servers.KillRabbit();
        await After(0.30);
        await county.Servers.StartRabbit();
        await After(0.40);
        await evaluation.Kill();
        await After(0.50);
        await evaluation.Restart();
        await After(0.60);
        await projects.Kill();
        await projects.Restart();
        await After(0.75);
        await county.Servers.KillPostgres();
        await county.Servers.StartPostgres();
        await Task.WhenAll(pushing);

        var events = Projects * (months + 1);
        await County.Settled(evaluation, "projects", events);

        var pushed = await Databases.Events(await county.Connection("Projects"), "projects");
        var recorded = await Databases.Events(await county.Connection("Evaluation"), "evaluation");
        Assert.Equal(events, pushed.Count);
        Assert.Equal(pushed, recorded);
        Assert.Empty(await Databases.OutOfOrder(await county.Connection("Evaluation"), "evaluation"));

        await evaluation.WaitReady();
        await projects.WaitReady();
        var shown = await evaluation.Http.GetStringAsync(new Uri($"/v1/projects?code={Code(7)}", UriKind.Relative), cancel);
        // 7 万元 a month and a growing remainder, added up by hand: 49 × 70,000 + 100 × (0 + … + 48) 元, 19 × 70,000 + 100 × (0 + … + 18) 元.
        Assert.Contains($"\"investedYuan\":{(Extent.IsFull ? 3_547_600 : 1_347_100)}", shown, StringComparison.Ordinal);

        await evaluation.Kill();
        var before = await Databases.Views(await county.Connection("Evaluation"));
        await evaluation.Run("rebuild");
        Assert.Equal(Projects, before.Count);
        Assert.Equal(before, await Databases.Views(await county.Connection("Evaluation")));
    }

    static string Push(int month, int block)
    {
        var csv = new StringBuilder("project,month,amount,unit\n");
        for (var project = block * 100 + 1; project <= block * 100 + 100; project++)
            csv.AppendLine(CultureInfo.InvariantCulture,
                $"{Code(project)},{2021 + month / 12}-{month % 12 + 1:00},{project}.{month:00},万元");
        return csv.ToString();
    }
}
