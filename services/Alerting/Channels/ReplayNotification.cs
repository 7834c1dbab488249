using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>Sends a notification again that was given up (重新发送), under its old id, so that a receiver which has it takes it for
/// known.</summary>
public static class ReplayNotification
{
    /// <summary>The command.</summary>
    /// <param name="Notification">Which.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Command(Guid Notification, string Reason);

    public static Decision Decide(Notification one, Command command) => one switch
    {
        { Due: null } => Refusal.Unknown("notification-unknown", "没有此通知。", "There is no such notification.", "notification"),
        { State: NotificationState.Due } => [],
        { State: NotificationState.Delivered } =>
            Refusal.Conflict("notification-delivered", "该通知已送达。", "It has been delivered.", "notification"),
        _ => [new NotificationReplayed(command.Notification, one.Receiver, command.Reason)],
    };

    /// <summary>Maps <c>POST /v1/notifications/{notification}/replay</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Notification, Command>(
        "/v1/notifications/{notification}/replay", "notification", "alerting:define",
        row => new(row.Id("notification"), row.Text("reason", 500)),
        (command, tenant) => Notification.Stream(tenant, command.Notification), (one, command, _) => Decide(one, command));
}
