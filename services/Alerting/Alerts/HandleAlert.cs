using Microsoft.Extensions.Options;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>
/// What people do with an alert: sign for it (签收), hand it on (转办), end it (办结) and open it again. The end of a household's risk
/// (返贫) needs evidence and a second person; any other needs a reason.
/// </summary>
public static class HandleAlert
{
    /// <summary>Somebody takes care of it.</summary>
    /// <param name="Alert">Which.</param>
    /// <param name="Note">What will be done; no personal data.</param>
    public sealed record Acknowledgement(Guid Alert, string? Note);

    /// <summary>It is handed to somebody.</summary>
    /// <param name="Alert">Which.</param>
    /// <param name="To">Department or office.</param>
    /// <param name="Note">Why.</param>
    public sealed record Assignment(Guid Alert, string To, string? Note);

    /// <summary>It is over.</summary>
    /// <param name="Alert">Which.</param>
    /// <param name="WasTrue">False for a false alarm (误报).</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Evidence">On which document; needed for risks of households.</param>
    public sealed record Closure(Guid Alert, bool WasTrue, string Reason, string? Evidence);

    /// <summary>A second person agrees, or not.</summary>
    /// <param name="Alert">Which.</param>
    /// <param name="Agreed">False sends it back to whoever takes care of it.</param>
    /// <param name="Reason">Why not; needed where it is not agreed to.</param>
    public sealed record Confirmation(Guid Alert, bool Agreed, string? Reason);

    /// <summary>It is not over after all.</summary>
    /// <param name="Alert">Which.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Reopening(Guid Alert, string Reason);

    static readonly Refusal unknown = Refusal.Unknown("alert-unknown", "没有此预警。", "There is no such alert.", "alert");

    static readonly Refusal notYours = Refusal.Conflict("area-not-yours", "该预警不在您负责的区域。", "The alert lies outside your area.", "alert");

    static readonly Refusal over =
        Refusal.Conflict("alert-resolved", "该预警已办结；如有新情况请重新打开。", "The alert is resolved; reopen it if there is news.", "alert");

    /// <summary>True for alerts whose end two people must see.</summary>
    internal static bool NeedsTwo(Alert alert) => alert.Kind is AlertKind.HouseholdRisk or AlertKind.GroupRisk;

    public static Decision Decide(Alert alert, Acknowledgement command, Occasion occasion) => Refuse(alert, occasion) is { } refusal
        ? refusal
        : alert.State == AlertState.Acknowledged ? []
        : [new AlertAcknowledged(alert.AlertId, alert.Level, command.Note, occasion.Today)];

    /// <summary>Hands it on; an office that nobody knows of is warned of, since nobody may look there.</summary>
    public static Decision Decide(Alert alert, Assignment command, IReadOnlyCollection<string> known, Occasion occasion)
    {
        if (Refuse(alert, occasion) is { } refusal) return refusal;
        Decision decision = alert.AssignedTo == command.To ? []
            : [new AlertAssigned(alert.AlertId, command.To, alert.AssignedTo ?? alert.Department, command.Note)];
        return known.Contains(command.To) ? decision : decision.With(
        [
            new Warning("department-unknown", new(
                $"“{command.To}”没有密钥，也没有报送约定，可能无人看到；请核对名称。",
                $"{command.To} has no key and no reporting contract, so nobody may see it; look at the name again."), "to"),
        ]);
    }

    public static Decision Decide(Alert alert, Closure command, Occasion occasion)
    {
        if (Refuse(alert, occasion) is { } refusal) return refusal;
        if (!NeedsTwo(alert))
            return [new AlertResolved(alert.AlertId, Resolution.Person, command.WasTrue, null, command.Reason, command.Evidence, null,
                occasion.Today)];
        if (command.Evidence is null)
            return Refusal.Invalid("evidence-missing", "返贫致贫风险预警办结须附佐证材料；请填依据文件（evidence）。", "The end of a household's risk needs evidence.", "evidence");
        var proposed = new ClosureProposed(alert.AlertId, command.WasTrue, command.Reason, command.Evidence, occasion.By.Actor);
        return alert.Proposed == proposed ? [] : [proposed];
    }

    public static Decision Decide(Alert alert, Confirmation command, Occasion occasion)
    {
        if (Refuse(alert, occasion) is { } refusal) return refusal;
        if (alert.Proposed is not { } proposed)
            return Refusal.Conflict("closure-not-proposed", "没有待确认的办结申请。", "Nobody has proposed to end it.", "alert");
        if (proposed.By == occasion.By.Actor)
            return Refusal.Conflict("second-person-needed", "办结须由另一人确认；请换另一人的密钥确认。", "Another person than the one who proposed it must agree.",
                "alert");
        return command.Agreed
            ? [new AlertResolved(alert.AlertId, Resolution.Person, proposed.WasTrue, null, proposed.Reason, proposed.Evidence, proposed.By,
                occasion.Today)]
            : [new ClosureRejected(alert.AlertId, command.Reason!)];
    }

    public static Decision Decide(Alert alert, Reopening command, RouteTable routes, Occasion occasion) => !alert.Exists ? unknown
        : !occasion.By.Covers(alert.Area) ? notYours
        : alert.IsOpen ? []
        : [new AlertReopened(alert.AlertId, alert.Severity, alert.Title, alert.TitleEn, routes.Version, null, command.Reason,
            occasion.Today)];

    static Refusal? Refuse(Alert alert, Occasion occasion) => !alert.Exists ? unknown
        : !occasion.By.Covers(alert.Area) ? notYours
        : !alert.IsOpen ? over
        : null;

    static Confirmation BindConfirmation(Fields row)
    {
        var bound = new Confirmation(row.Id("alert"), row.Flag("agreed"), row.TextOrNull("reason", 500));
        if (bound is { Agreed: false, Reason: null }) row.Fail("reason", "missing", "不同意的，须写明理由（reason）。", "Say why not.");
        return bound;
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        Single<Acknowledgement>("acknowledge", row => new(row.Id("alert"), row.TextOrNull("note", 500)), command => command.Alert,
            (alert, command, _, occasion) => Decide(alert, command, occasion));
        var keys = routes.ServiceProvider.GetRequiredService<IOptionsMonitor<ApiKeys>>();
        Single<Assignment>("assign", row => new(row.Id("alert"), row.Text("to", 60), row.TextOrNull("note", 500)),
            command => command.Alert, (alert, command, book, occasion) => Decide(alert, command,
                [
                    .. keys.CurrentValue.Keys.Where(key => key.Tenant == occasion.By.Tenant).Select(key => key.Department),
                    .. book.Contracts.Select(one => one.Contract.Department), .. alert.Department is { } own ? [own] : Array.Empty<string>(),
                ], occasion));
        Single<Closure>("close",
            row => new(row.Id("alert"), row.FlagOrNull("wasTrue") ?? true, row.Text("reason", 500), row.TextOrNull("evidence")),
            command => command.Alert, (alert, command, _, occasion) => Decide(alert, command, occasion));
        Single<Confirmation>("confirm", BindConfirmation, command => command.Alert,
            (alert, command, _, occasion) => Decide(alert, command, occasion));
        Single<Reopening>("reopen", row => new(row.Id("alert"), row.Text("reason", 500)), command => command.Alert,
            (alert, command, book, occasion) => Decide(alert, command, book.Table, occasion));

        void Single<TCommand>(
            string action, Func<Fields, TCommand> bind, Func<TCommand, Guid> alertOf,
            Func<Alert, TCommand, AlertBook, Occasion, Decision> decide) where TCommand : notnull =>
            routes.MapCommand<Alert, TCommand>(
                $"/v1/alerts/{{alert}}/{action}", "alert", "alerting:act", bind,
                (_, command, caller, _) => Task.FromResult(Alert.Stream(caller.Tenant, alertOf(command))),
                async (session, alert, command, occasion, cancel) =>
                {
                    var book = await AlertBook.Of(session, occasion.By.Tenant, cancel);
                    var decision = decide(alert, command, book, occasion);
                    if (decision.ChangesNothing) return decision;
                    var after = decision.Aggregate(alert, (state, happened) => state.Evolve(Stamped.Of(happened, occasion.Now)));
                    await Groups.Take(session, book.Table, [(alert, after)], occasion.Now, cancel);
                    return decision;
                });
    }
}
