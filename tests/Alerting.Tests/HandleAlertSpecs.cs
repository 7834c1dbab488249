using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting.Tests;

public sealed class HandleAlertSpecs
{
    static readonly Guid id = Alert.IdOf("410325", AlertKind.HouseholdRisk, "h/1");

    static readonly DateTimeOffset then = Occasions.Now.Now.AddDays(-1);

    static Specification<Alert> Raised(AlertKind kind = AlertKind.HouseholdRisk, params object[] after) => new Specification<Alert>().Given(
        [
            new Stamped(Guid.Empty, then, new AlertRaised(
                id, kind, Severity.Warning, "410325111201", Level.Village, null, "h/1", RiskCause.Illness, "户", "household", "test", Cause(3),
                new(2026, 6, 1))),
            .. after.Select(e => new Stamped(Guid.Empty, then, e)),
        ]);

    static AlertCause Cause(long version) => new(Guid.Empty, "relapse.risk-detected.v1", "household/410325/h", version, then);

    static readonly ClosureProposed proposed = new(id, true, "已报销", "报销单", Occasions.Now.By.Actor);

    [Fact]
    public void The_end_of_a_households_risk_needs_evidence() => Raised()
        .When(alert => HandleAlert.Decide(alert, new HandleAlert.Closure(id, true, "已报销", null), Occasions.Now)).ThenRefused("evidence-missing");

    [Fact]
    public void With_evidence_it_is_proposed_and_not_over() => Raised()
        .When(alert => HandleAlert.Decide(alert, new HandleAlert.Closure(id, true, "已报销", "报销单"), Occasions.Now)).Then(proposed);

    [Fact]
    public void Who_proposed_it_cannot_agree_to_it() => Raised(after: proposed)
        .When(alert => HandleAlert.Decide(alert, new HandleAlert.Confirmation(id, true, null), Occasions.Now)).ThenRefused("second-person-needed");

    [Fact]
    public void A_second_person_ends_it() => Raised(after: proposed)
        .When(alert => HandleAlert.Decide(alert, new HandleAlert.Confirmation(id, true, null), Occasions.Now with { By = new("410325", "县政府值班室", "duty") }))
        .Then(new AlertResolved(id, Resolution.Person, true, null, "已报销", "报销单", Occasions.Now.By.Actor, new(2026, 6, 2)));

    [Fact]
    public void Any_other_alert_needs_a_reason_only() => Raised(AlertKind.StationSilent)
        .When(alert => HandleAlert.Decide(alert, new HandleAlert.Closure(id, false, "停电检修", null), Occasions.Now))
        .Then(new AlertResolved(id, Resolution.Person, false, null, "停电检修", null, null, new(2026, 6, 2)));

    [Fact]
    public void An_alert_of_another_township_is_not_yours() => Raised()
        .When(alert => HandleAlert.Decide(alert, new HandleAlert.Acknowledgement(id, null),
            Occasions.Now with { By = Occasions.Now.By with { Areas = ["410325102"] } })).ThenRefused("area-not-yours");

    [Fact]
    public void An_event_that_comes_twice_does_nothing_the_second_time() => Raised()
        .When(alert => FollowOccurrence.Decide(alert, Seen, Cause(3), new AlertBook(), Occasions.Now)).ThenNothing();

    [Fact]
    public void An_event_that_comes_after_its_end_came_does_nothing() => Raised(after:
            new AlertResolved(id, Resolution.Fact, true, Cause(5), null, null, null, new(2026, 6, 1)))
        .When(alert => FollowOccurrence.Decide(alert, Seen, Cause(4), new AlertBook(), Occasions.Now)).ThenNothing();

    [Fact]
    public void The_same_risk_again_joins() => Raised()
        .When(alert => FollowOccurrence.Decide(alert, Seen, Cause(4), new AlertBook(), Occasions.Now))
        .Then(new AlertJoined(id, Severity.Warning, "户", "household", Cause(4)));

    [Fact]
    public void After_its_end_it_is_reopened() => Raised(after:
            new AlertResolved(id, Resolution.Fact, true, Cause(5), null, null, null, new(2026, 6, 1)))
        .When(alert => FollowOccurrence.Decide(alert, Seen, Cause(6), new AlertBook(), Occasions.Now))
        .Then(new AlertReopened(id, Severity.Info, "户", "household", "shipped-2026", Cause(6), null, new(2026, 6, 2)));

    static Occurrence Seen => new(Effect.Raise, AlertKind.HouseholdRisk, "h/1", Severity.Info, "410325111201", Level.Village, Title: new("户", "household"));
}
