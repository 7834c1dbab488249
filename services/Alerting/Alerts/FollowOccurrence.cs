using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>What an occurrence does to its alert. An event that the alert has taken already does nothing.</summary>
public static class FollowOccurrence
{
    public static Decision Decide(Alert alert, Occurrence occurrence, AlertCause cause, RouteTable routes, Occasion occasion)
    {
        if (alert.Taken.GetValueOrDefault(cause.Stream) >= cause.Version) return [];
        var title = occurrence.Title ?? new Text(alert.Title, alert.TitleEn);
        switch (occurrence.Effect)
        {
            case Effect.Raise when !alert.Exists:
                return
                [
                    new AlertRaised(
                        occurrence.AlertOf(occasion.By.Tenant), occurrence.Kind, occurrence.Severity, occurrence.Area, occurrence.Level,
                        occurrence.Department,
                        occurrence.Subject, occurrence.Cause, title.Zh, title.En, routes.Version, cause, occasion.Today, occurrence.Rule),
                ];
            case Effect.Raise when !alert.IsOpen:
                return [new AlertReopened(alert.AlertId, occurrence.Severity, title.Zh, title.En, routes.Version, cause, null,
                    occasion.Today)];
            case Effect.Raise or Effect.Join when alert.IsOpen:
                var severity = occurrence.Severity > alert.Severity ? occurrence.Severity : alert.Severity;
                return [new AlertJoined(alert.AlertId, severity, title.Zh, title.En, cause)];
            case Effect.Acknowledge when alert is { IsOpen: true, State: AlertState.Open }:
                return [new AlertAcknowledged(alert.AlertId, alert.Level, $"由业务环节自动签收（{cause.Type}）", occasion.Today)];
            case Effect.Resolve or Effect.ResolveAll when alert.IsOpen:
                return [new AlertResolved(alert.AlertId, Resolution.Fact, occurrence.WasTrue, cause, null, null, null, occasion.Today)];
            default:
                return [];
        }
    }
}
