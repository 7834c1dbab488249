using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting.Tests;

public sealed class AlertLoadsSpecs
{
    static readonly Caller county = new(Scripted.County, "县政府值班室", "duty");
    static readonly Caller village = new(Scripted.County, "陆浑镇", "village") { Areas = [Scripted.Village] };

    static Alert Of(string subject, AlertKind kind, string rule, Severity severity = Severity.Warning) => new()
    {
        AlertId = Alert.IdOf(Scripted.County, kind, subject), Kind = kind, Subject = subject, Area = Scripted.Village, Rule = rule, Severity = severity,
    };

    [Fact]
    public void Who_is_called_most_is_on_top_with_the_loudest_rule_and_the_fullest_day()
    {
        var (first, second) = (new DateOnly(2026, 6, 1), new DateOnly(2026, 6, 2));
        var risk = Of("1", AlertKind.HouseholdRisk, "v1/illness");
        var loads = AlertLoads.Of(
            [county, village],
            [
                new(first, risk, Level.Village), new(second, Of("2", AlertKind.HouseholdRisk, "v1/illness"), Level.Village),
                new(second, Of("3", AlertKind.DeadlineBreached, "v1/visit"), Level.Village), new(second, risk, Level.Township),
                new(second, Of("4", AlertKind.HouseholdRisk, "v1/flood", Severity.Emergency), Level.Village),
            ], 2);
        Assert.Equal([("village", 4, 2m), ("duty", 1, 0.5m)], loads.Select(one => (one.Person, one.Alerts, one.PerDay)));
        Assert.Equal([(second, 3), (first, 1)], loads[0].Days.Select(day => (day.On, day.Alerts)));
        Assert.Equal(("v1/illness", 2), (loads[0].Rules[0].Rule, loads[0].Rules[0].Alerts));
        Assert.Equal("v1/flood", Assert.Single(loads[1].Rules).Rule);
    }

    [Fact]
    public void An_alert_that_mutes_others_says_how_many()
    {
        var table = Scripted.Table([new("flood", new(Kinds: [AlertKind.GroupRisk]), new(Kinds: [AlertKind.HouseholdRisk]), false, 30)]);
        var flood = Of("flood", AlertKind.GroupRisk, "v1/flood") with { Area = Scripted.County, Title = "全县洪灾", TitleEn = "Flood" };
        var risks = Enumerable.Range(1, 100).Select(index => Of($"{index}", AlertKind.HouseholdRisk, "v1/illness")).ToList();
        var muted = table.SpeaksFor([flood], risks.Append(flood), [flood]);
        Assert.Equal(100, muted[flood.AlertId]);
        // Who was told of one by one is not spoken for.
        var group = new AlertGroup { Id = table.Routes[0].GroupOf(risks[0]), Route = "all" };
        foreach (var risk in risks[..88]) group = group with { Alerts = group.Alerts.SetItem(risk.AlertId, true) };
        var groups = new Dictionary<string, AlertGroup> { [group.Id] = group };
        Assert.Equal(12, table.SpeaksFor([flood], risks.Where(risk => !table.IsTold(risk, groups)), [flood])[flood.AlertId]);
        NotificationDue Due(Alert alert) => Wording.Due(
            Guid.CreateVersion7(), "office", new Told("all", NotificationKind.Firing, [alert], 1) { SpeaksFor = muted }, new AlertBook());
        var due = Due(flood);
        Assert.Contains("100", due.Title, StringComparison.Ordinal);
        Assert.Contains("speaks for 100 alerts", due.TitleEn, StringComparison.Ordinal);
        Assert.DoesNotContain("speaks", Due(risks[0]).TitleEn, StringComparison.Ordinal);
    }
}
