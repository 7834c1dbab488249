using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// What an occurrence does to its alert. An event that the alert has taken already does nothing, unless a person lets it in that had been
/// set aside (<c>again</c>).
/// </summary>
public static class FollowOccurrence
{
    public static Decision Decide(
        Alert alert, Occurrence occurrence, AlertCause cause, AlertBook book, Occasion occasion, bool again = false)
    {
        if (!again && alert.Taken.GetValueOrDefault(cause.Stream) >= cause.Version) return [];
        switch (occurrence.Effect)
        {
            case Effect.Raise when !alert.Exists:
                var raised = Title(alert, occurrence, Own(occurrence), occurrence.Severity);
                return
                [
                    new AlertRaised(
                        occurrence.AlertOf(occasion.By.Tenant), occurrence.Kind, occurrence.Severity, occurrence.Area, occurrence.Level,
                        occurrence.Department, occurrence.Subject, occurrence.Cause, raised.Zh, raised.En, book.Table.Version, cause,
                        occasion.Today, occurrence.Rule, null, occurrence.Next, book.LastDay(occurrence)),
                ];
            case Effect.Raise when !alert.IsOpen:
                var reopened = Title(alert, occurrence, Own(occurrence), occurrence.Severity);
                return
                [
                    new AlertReopened(
                        alert.AlertId, occurrence.Severity, reopened.Zh, reopened.En, book.Table.Version, cause, null, occasion.Today,
                        Own(occurrence) is { Length: > 0 } causes ? causes : null,
                        occurrence.Area == alert.Area ? null : occurrence.Area, occurrence.Level == alert.Level ? null : occurrence.Level,
                        occurrence.Next, book.LastDay(occurrence)),
                ];
            case Effect.Raise or Effect.Join when alert.IsOpen:
                return Join(alert, occurrence, cause, book, occasion);
            case Effect.Move when alert.IsOpen && alert.Area != occurrence.Area:
                return [Move(alert, occurrence, cause, occasion)];
            case Effect.Acknowledge when alert is { IsOpen: true, State: AlertState.Open }:
                return [new AlertAcknowledged(alert.AlertId, alert.Level, $"由业务环节自动签收（{cause.Type}）", occasion.Today, cause)];
            case Effect.Resolve or Effect.ResolveAll when alert.IsOpen || IsMended(alert, occurrence):
                return
                [
                    new AlertResolved(
                        alert.AlertId, Resolution.Fact, occurrence.WasTrue, cause, null, null, null, occasion.Today, occurrence.Ending),
                ];
            default:
                return [];
        }
    }

    // The step that was entered late ended it as true, before its day was looked at.
    static bool IsMended(Alert alert, Occurrence occurrence) =>
        alert is { Exists: true, Ending: Ending.StepDone } && occurrence.Ending == Ending.Kept;

    static Decision Join(Alert alert, Occurrence occurrence, AlertCause cause, AlertBook book, Occasion occasion)
    {
        var severity = occurrence.Severity > alert.Severity ? occurrence.Severity : alert.Severity;
        var adds = occurrence.Effect == Effect.Raise && occurrence.Cause is { } other && !alert.AllCauses.Contains(other);
        var causes = adds ? [.. alert.AllCauses, occurrence.Cause!.Value] : alert.AllCauses;
        var news = occurrence.News ?? (severity > alert.Severity
            ? severity == Severity.Emergency ? AlertNews.Emergency : AlertNews.Grown
            : adds ? AlertNews.Cause : null);
        var title = Title(alert, occurrence, causes, severity);
        var joined = new AlertJoined(
            alert.AlertId, severity, title.Zh, title.En, cause, news, adds ? [.. causes] : null,
            occurrence.Level > alert.Level ? occurrence.Level : null, news is null ? null : occurrence.Next,
            news is null ? null : book.LastDay(occurrence), news is null ? null : occasion.Today);
        return alert.Kind == AlertKind.HouseholdRisk && occurrence.Area.Length == 12 && alert.Area != occurrence.Area
            ? [Move(alert, occurrence, cause, occasion), joined]
            : [joined];
    }

    static AlertMoved Move(Alert alert, Occurrence occurrence, AlertCause cause, Occasion occasion)
    {
        var (from, to) = (occurrence.PlaceBefore ?? new(alert.Area, alert.Area), occurrence.Place ?? new(occurrence.Area, occurrence.Area));
        return new(
            alert.AlertId, alert.Area, occurrence.Area, alert.Title.Replace(from.Zh, to.Zh, StringComparison.Ordinal),
            alert.TitleEn.Replace(from.En, to.En, StringComparison.Ordinal), cause, occasion.Today);
    }

    static RiskCause[] Own(Occurrence occurrence) => occurrence.Cause is { } cause ? [cause] : [];

    // What a household is at risk of is said of all its causes.
    static Text Title(Alert alert, Occurrence occurrence, IReadOnlyList<RiskCause> causes, Severity severity) =>
        occurrence is { Kind: AlertKind.HouseholdRisk, Place: { } place }
            ? Wording.Household(place, causes, severity == Severity.Emergency)
            : occurrence.Title ?? new Text(alert.Title, alert.TitleEn);
}
