using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Projects;

namespace Monitoring.Alerting.Tests;

/// <summary>What other services' events mean for alerts.</summary>
public sealed class OccurrenceSpecs
{
    static readonly MilestonePlanned planned = new("P05-1-01", "permit", "取得施工许可", new(2023, 6, 30), "发展和改革委员会", null, null);

    static IEnumerable<Occurrence> Of(object happened) => Occurrence.Of(happened, Scripted.County, _ => null);

    [Fact]
    public void A_late_milestone_is_an_alert_until_it_is_reached_moved_excused_or_its_project_ends()
    {
        var late = Assert.Single(Of(new MilestoneOverdue("P05-1-01", "permit", "取得施工许可", "发展和改革委员会", new(2023, 6, 30), new(2023, 7, 1))));
        Assert.Equal((Effect.Raise, AlertKind.MilestoneOverdue, "发展和改革委员会"), (late.Effect, late.Kind, late.Department));
        Assert.Empty(Of(planned));
        foreach (var happened in new object[]
                 {
                     new MilestoneReached("P05-1-01", "permit", new(2023, 7, 5), null), planned with { PreviousDueOn = planned.DueOn, DueOn = new(2023, 9, 30) },
                     new MilestoneExcused("P05-1-01", "permit", new(2023, 8, 1), "征地", "嵩政〔2023〕9号"),
                 })
        {
            var end = Assert.Single(Of(happened));
            Assert.Equal((Effect.Resolve, late.AlertOf(Scripted.County)), (end.Effect, end.AlertOf(Scripted.County)));
        }

        var all = Assert.Single(Of(new StageAdvanced("P05-1-01", Stage.Planned, Stage.Cancelled, "批复", new(2023, 7, 5))));
        Assert.True(all.Effect == Effect.ResolveAll && late.Subject.StartsWith(all.Subject, StringComparison.Ordinal));
        Assert.Empty(Of(new StageAdvanced("P05-1-01", Stage.Planned, Stage.Preparing, "批复", new(2023, 7, 5))));
    }
}
