using System.Globalization;
using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Evaluation;

/// <summary>
/// Who said what, when, from what to what, on which receipt. Read from the ledger itself: the audit trail is not a copy
/// that could differ from it.
/// </summary>
/// <param name="Position">Place in the ledger; rising, with holes.</param>
/// <param name="EventId">Event id, the same as at the source.</param>
/// <param name="Type">e.g. <c>indicators.value-revised.v1</c>.</param>
/// <param name="Stream">Stream key.</param>
/// <param name="Version">Place in the stream.</param>
/// <param name="RecordedAt">When the source recorded it, Asia/Shanghai.</param>
/// <param name="LedgeredAt">When the ledger recorded it, Asia/Shanghai.</param>
/// <param name="Actor"><c>{department}/{key or person}</c>.</param>
/// <param name="ReceiptId">The import receipt or command that carried it.</param>
/// <param name="TraceId">W3C trace id of the request.</param>
/// <param name="What">What it is about, e.g. <c>value 2021</c>.</param>
/// <param name="From">What held before; null for a first statement.</param>
/// <param name="To">What holds from then on.</param>
/// <param name="Reason">Why, where it changes an earlier statement.</param>
/// <param name="Document">On which document.</param>
/// <param name="Data">The event itself.</param>
public sealed record AuditTrail(
    long Position, Guid EventId, string Type, string Stream, long Version, DateTimeOffset RecordedAt,
    DateTimeOffset? LedgeredAt, string? Actor, string? ReceiptId, string? TraceId, string What, string? From, string? To,
    string? Reason, string? Document, object Data)
{
    /// <summary>
    /// What makes a search by actor an index search, in the order of the ledger and with any bounds of time; the store ignores it when it
    /// compares schemas.
    /// </summary>
    public const string Index = """
        drop index if exists evaluation.ledger_actor_time;
        create index if not exists ledger_actor on evaluation.mt_events (tenant_id, user_name, seq_id, timestamp)
        """;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/audit", async (
        string? stream, string? actor, string? from, string? to, string? asOf, Caller caller, Page page, HttpContext http, IDocumentStore store,
        CancellationToken cancel) =>
    {
        if (stream is null && actor is null)
            return Problem.Of(400, "stream-or-actor-missing", new("请给出 stream 或 actor。", "Give a stream or an actor."));
        if (!TryInstant(from, false, out var since) || !TryInstant(to, true, out var until))
            return Problem.Of(400, "not-an-instant", new(
                "from 与 to 应为日期或时间，如 2026-11-24。", "from and to must be days or instants, like 2026-11-24."));

        var (known, misasked) = await AsOf.Read(asOf, http);
        if (misasked is not null) return misasked;

        await using var session = store.QuerySession(caller.Tenant);
        IQueryable<IEvent> found = session.Events.QueryAllRawEvents();
        if (stream is not null) found = found.Where(e => e.StreamKey == stream);
        if (actor is not null) found = found.Where(e => e.UserName == actor);
        if (since is { } first) found = found.Where(e => e.Timestamp >= first);
        if (until is { } end) found = found.Where(e => e.Timestamp < end);
        if (known is { } then) found = then.Of(found);
        var after = long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : 0;
        var entries = await found.Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(page.Limit).ToListAsync(cancel);
        return (IResult)new Listing<AuditTrail>(
            [.. entries.Select(Of)], entries.Count == page.Limit ? $"{entries[^1].Sequence}" : null);
    }).PagedBy<long>().RequireRight("evaluation:read").ProducesPage<AuditTrail>();

    internal static AuditTrail Of(IEvent e)
    {
        var (what, from, to, reason, document) = Describe(e.Data);
        var ledgered = e.GetHeader(Ledger.LedgeredAt)?.ToString();
        return new AuditTrail(
            e.Sequence, e.Id, e.EventTypeName, e.StreamKey!, e.Version, e.Timestamp.ToOffset(ChinaTime.Offset),
            DateTimeOffset.TryParse(ledgered, CultureInfo.InvariantCulture, out var at) ? at.ToOffset(ChinaTime.Offset)
                // What the ledger's own service says is in the ledger at once.
                : e.EventTypeName.StartsWith("evaluation.", StringComparison.Ordinal) ? e.Timestamp.ToOffset(ChinaTime.Offset) : null,
            e.UserName, e.CausationId, e.CorrelationId, what, from, to, reason, document, e.Data);
    }

    /// <summary>One event as a change: what it is about, from what, to what, why, on which document.</summary>
    static (string What, string? From, string? To, string? Reason, string? Document) Describe(object data) => data switch
    {
        IndicatorDefined e => ($"definition {e.Version}", null, e.Name, e.Reason, null),
        TargetSet e => ($"target {e.Year}", null, e.Verbatim ?? Text(e.Value), null, null),
        ValueReported e => ($"value {e.Period}", null, Text(e.Value), null, e.Document),
        ValueRevised e => ($"value {e.Period}", Text(e.PreviousValue), Text(e.Value), e.Reason, e.Document),
        VintageAdded e => ($"value {e.Period}, earlier vintage", null, Text(e.Value), null, e.Document),
        ValueWithdrawn e => ($"value {e.Period}", Text(e.Previous), null, e.Reason, e.Document),
        ValueConfirmed e => ($"value {e.Period}, confirmed", null, Text(e.Value), e.Reason, null),
        ValueVerified e => ($"value {e.Period}, verified", null, Text(e.Value), null, e.Document),
        AttributeSet e => ("attribute", $"{e.Previous}", $"{e.Attribute}", e.Reason, e.Document),
        DutyAssigned e => ("duty", null, $"{e.Responsible}, {e.Source}, {e.DueDays} days", null, null),
        TargetHandedDown e => ($"target {e.Year}, handed down", Text(e.Previous), Text(e.Value), e.Reason, e.Document),
        TargetAttested e => ($"target {e.Year}, attested", null, e.Met ? "met" : "not met", e.Reason, e.Document),
        TargetAdjustmentProposed e => ($"target {e.Target.Year}, adjustment {e.Adjustment} proposed", null, Text(e.Target.Value), e.Reason, e.Document),
        TargetAdjustmentSubmitted e => ($"adjustment {e.Adjustment} submitted", null, $"{e.On:yyyy-MM-dd}", null, e.Document),
        TargetAdjusted e => ($"target {e.Target.Year}, adjustment {e.Adjustment} approved", Text(e.Previous?.Value), Text(e.Target.Value), null, e.Decision),
        TargetAdjustmentRejected e => ($"adjustment {e.Adjustment} rejected", null, null, e.Reason, e.Decision),
        VerdictRulesPublished e => ("verdict rules", null, e.Rules.Version, e.Reason, null),
        RelationSetPublished e => ("relations", null, e.Set.Version, e.Reason, null),
        RelationExplained e => ($"relation {e.Relation} {e.Period}, explained", Text(e.Expected), Text(e.Value), e.Explanation, e.Document),
        IndicatorOffTrack e => ("verdict", $"{e.From}", $"{e.To}", null, null),
        ReviewOpened e => ("review", null, e.Title, null, null),
        FiguresFrozen e => ("figures frozen", null, $"@{e.Position}", null, null),
        VerdictDecided e => ($"verdict on {e.Indicator}", $"{e.Proposed}", $"{e.Verdict}", e.Reason, e.Document),
        ReviewCommented e => ($"comment on {e.Subject ?? $"{e.Chapter}"}", null, e.Comment, null, null),
        ChapterWritten e => ($"chapter {e.Chapter}", null, $"{e.Paragraphs.Length} paragraphs", null, null),
        ReviewPublished e => ("publication", null, e.Files[^1].Sha256, null, null),
        ReviewCountersigned e => ($"countersigned by {e.Reviewer}", null, e.Sha256, e.Statement, null),
        ReviewCancelled e => ("review cancelled", null, null, e.Reason, null),
        ProjectRegistered e => ("registration", null, e.Name, null, null),
        StageAdvanced e => ("stage", $"{e.From}", $"{e.To}", null, e.Evidence),
        StageCorrected e => ("stage, corrected", $"{e.From}", $"{e.To}", e.Reason, e.Document),
        ProjectReinstated e => ("stage, reinstated", $"{e.From}", $"{e.To}", null, e.Decision),
        ProjectDescribed e => ($"description {e.Version}", null, Text(e.Total), e.Reason, null),
        ProjectCodeGranted e => ("project code", null, e.ProjectCode, null, null),
        ProjectCodeLapsed e => ("project code", e.ProjectCode, null, e.Reason, null),
        PreparationStepDone e => ($"preparation {e.Step}", null, $"{e.On:yyyy-MM-dd}", null, e.Document),
        AnnualPlanSet e => ($"plan {e.Year}", Text(e.Previous), Text(e.Amount), e.Reason, null),
        FundsArrived e => ($"funds {e.Month} {e.Source}", Text(e.Previous), Text(e.Amount), e.Reason, null),
        StatisticsEntered e => ("statistics entry", null, $"{e.On:yyyy-MM-dd}", null, null),
        MilestonePlanned e => ($"milestone {e.Milestone}", Text(e.PreviousDueOn), Text(e.DueOn), e.Reason, null),
        MilestoneReached e => ($"milestone {e.Milestone}, reached", null, Text(e.On), null, e.Evidence),
        MilestoneExcused e => ($"milestone {e.Milestone}, excused", null, Text(e.Until), e.Reason, e.Document),
        MilestoneOverdue e => ($"milestone {e.Milestone}, overdue", null, Text(e.DueOn), null, null),
        LampRulesPublished e => ("lamp rules", null, e.Rules.Version, e.Reason, null),
        LampChanged e => ($"lamp {e.Aspect}", $"{e.From}", $"{e.To}", e.Facts, null),
        LampExcused e => ($"lamp {e.Aspect}, excused", null, Text(e.Until), e.Reason, e.Document),
        FindingRaised e => ($"finding on {e.Project}", null, e.Problem, null, e.Meeting),
        FindingAssigned e => ($"finding on {e.Project}, assigned", Text(e.PreviousDueOn), $"{e.To}, {Text(e.DueOn)}", e.Reason, null),
        FindingReplied e => ($"finding on {e.Project}, reply", null, e.Reply, null, e.Document),
        FindingVerified e => ($"finding on {e.Project}, verified", null, e.Rectified ? "rectified" : "not rectified", e.Note, null),
        FindingClosed e => ($"finding on {e.Project}, closed", null, Text(e.On), null, null),
        FindingOverdue e => ($"finding on {e.Project}, overdue", null, $"{e.To}, {Text(e.DueOn)}", null, null),
        InvestmentReported e => ($"investment {e.Month}", null, Text(e.Amount), null, null),
        InvestmentRevised e => ($"investment {e.Month}", Text(e.Previous), Text(e.Amount), e.Reason, e.Document),
        AreaRegistered e => ("registration", null, e.Name, null, null),
        HouseholdEnrolled e => ("enrolment", null, $"{e.Category}, {e.Members}", null, null),
        SignalReported e => ($"signal {e.Reference}", null, $"{e.Kind} {Text(e.Amount)}".Trim(), null, null),
        SignalRevised e => ($"signal {e.Reference}", $"{e.PreviousKind} {Text(e.PreviousAmount)}".Trim(),
            $"{e.Kind} {Text(e.Amount)}".Trim(), e.Reason, null),
        SignalWithdrawn e => ($"signal {e.Reference}", "reported", "withdrawn", e.Reason, null),
        SignalSetAside e => ($"signal {e.Reference}, set aside", null, $"{e.Kind} {Text(e.Amount)}".Trim(), e.Reason, null),
        SignalMatched e => ($"signal {e.Reference}, matched", null, $"{e.HouseholdId}", null, null),
        AsideSignalWithdrawn e => ($"signal {e.Reference}", "set aside", "withdrawn", e.Reason, null),
        HouseholdChanged e => ("household", null, $"{e.Village}, {e.Category}", e.Reason, null),
        HouseholdSurveyed e => ($"survey {Text(e.On)}", null,
            e.Income is { } income ? $"{Text(income.PerHead(e.Members))} 元 per head" : "income not asked", e.Reason, null),
        HouseholdSplit e => ("split", null, $"{e.Persons.Length} of its members to {e.Into}", e.Reason, null),
        HouseholdEnded e => ("end", null, $"{e.How} {e.Into}".Trim(), e.Reason, null),
        MemberJoined e => ($"member {e.PersonId}, joined", e.From?.ToString(), $"{e.How}, {Text(e.On)}", null, null),
        MemberChanged e => ($"member {e.PersonId}", null, $"{e.Relation}, labour {e.Labour}{(e.InSchool ? ", in school" : "")}", e.Reason, null),
        MemberLeft e => ($"member {e.PersonId}, left", null, $"{e.How}, {Text(e.On)}", null, null),
        PersonalDataCorrected e => ($"personal data of {e.PersonId}, corrected", null, string.Join(", ", e.Fields), e.Reason, null),
        PersonalDataRead e => ("personal data, read", null, $"{e.Persons.Length} persons", e.Purpose, null),
        PersonalDataErased e => ("personal data, erased", $"{e.Persons} persons", null, e.Reason, e.Document),
        RiskDetected e => ($"risk {e.Cause}, episode {e.Episode}", null, $"{Text(e.Value)} against {Text(e.Threshold)}", e.Rule, e.RuleSet),
        RiskRecurred e => ($"risk {e.Cause}, again, episode {e.Episode}", null, $"{Text(e.Value)} against {Text(e.Threshold)}", e.Rule, e.RuleSet),
        RiskReceded e => ($"threshold {e.Rule}, come back", null, $"{Text(e.Value)}, release {Text(e.Release)}", null, e.RuleSet),
        GroupRiskDetected e => ($"group risk {e.Cause} in {e.Area}", null, $"{e.Households.Length} households", e.Rule, e.RuleSet),
        ScreeningStarted e => ("screening, started", null, Text(e.Day), null, e.RuleSet),
        ScreeningCancelled => ("screening, cancelled", null, null, null, null),
        ScreeningCompleted e => ($"screening, {e.End}", null, $"{e.Households} households, {e.Detected} detected", null, null),
        RuleSetPublished e => ("screening rules", null, e.Rules.Version, e.Reason, null),
        IncomeLineSet e => ($"monitoring line {e.Line.Area} {Text(e.Line.From)}", Text(e.Previous), Text(e.Line.Amount), e.Reason, e.Line.Document),
        ReferenceValueSet e => ($"reference {e.Value.Series} {e.Value.Year}", Text(e.Previous), Text(e.Value.Amount), e.Reason, e.Value.Document),
        TimeLimitsPublished e => ("time limits", null, e.Limits.Version, e.Reason, null),
        CalendarPublished e => ($"calendar {e.Year}", null, $"{e.DaysOff.Length} days off, {e.Workdays.Length} workdays", null, e.Document),
        HelpRequested e => ($"request {e.Reference}", null, string.Join(", ", e.Causes), null, null),
        HomeVisited e => ($"{e.Chain}, home visit", null, e.Confirmed ? "confirmed" : "not confirmed", e.Note, null),
        ClueClosed e => ("clue", "open", "closed", e.Reason, e.Document),
        AuthorisationGiven e => ("authorisation", null, Text(e.On), null, e.Document),
        DataCompared e => ("comparison", null, e.Consistent ? "consistent" : "not consistent", e.Findings, null),
        VillageAssessed e => ($"{e.Chain}, village", null, e.Passed ? "passed" : "not passed", e.Reason, null),
        PublicityStarted e => ($"{e.Chain}, publicity started", null, Text(e.On), null, null),
        ObjectionFiled e => ($"{e.Chain}, objection {e.Objection}", null, e.Text, null, null),
        ObjectionChecked e => ($"{e.Chain}, objection {e.Objection}", null, e.Upheld ? "upheld" : "not upheld", e.Finding, null),
        PublicityEnded e => ($"{e.Chain}, publicity ended", null, Text(e.On), null, null),
        TownshipReviewed e => ($"{e.Chain}, township", null, e.Passed ? "passed" : "not passed", e.Reason, null),
        CountyDecided e => ($"{e.Chain}, county", null, e.Approved ? $"approved {e.Type}".Trim() : "not approved", e.Reason, e.Document),
        ResultAnnounced e => ($"{e.Chain}, announced", null, Text(e.On), null, null),
        GreenChannelOpened e => ("green channel", null, Text(e.On), e.Reason, e.Document),
        MeasurePlanned e => ($"measure {e.Measure}, planned", null, $"{e.Kind} {Text(e.Amount)}".Trim(), null, null),
        MeasureStarted e => ($"measure {e.Measure}, started", null, Text(e.On), null, null),
        MeasureEnded e => ($"measure {e.Measure}, ended", null, e.Result, null, null),
        FollowedUp e => ($"follow-up {Text(e.Month)}", null, e.Holds ? "conditions hold" : "conditions do not hold", e.Reason, null),
        RiskRemovalProposed e => ("removal, proposed", null, $"{e.Kind}, stable since {Text(e.StableSince)}", null, null),
        RiskRemovalDropped e => ("removal, dropped", null, null, e.Reason, null),
        CaseNoteAdded e => ($"note on {e.About}", null, e.Text, null, e.Document),
        RiskEliminated e => ("risk", "monitored", $"eliminated, {e.Kind}", null, null),
        DeadlineBreached e => ($"limit {e.Limit} of {e.Of}, breached", null, $"due {Text(e.DueOn)}", null, e.Limits),
        StationRegistered e => ("registration", null, e.Name, null, null),
        StationChanged e => ("registration", null, $"{e.Registration.Name}, {Text(e.EffectiveFrom)}", e.Reason, null),
        StationPasswordSet => ("password", null, "set", null, null),
        StationSilent e => ("silence", null, $"{e.LastReadingAt:u}, {e.Hours} h", null, null),
        StationHeard e => ("silence, over", $"{e.SilentSince:u}", $"{e.At:u}", null, null),
        ReadingsRecorded e => ("readings", null,
            $"{e.Series.Sum(series => series.Values.Count(value => value is not null))} readings", e.Reason, null),
        ReadingsChecked e => ($"check of {Text(e.Day)}", null, $"{e.Readings} readings, {e.Invalid.Length} invalid", null, null),
        ReadingsInvalidated e => ("readings, invalidated", null,
            string.Join("; ", e.Readings.Take(10).Select(one => $"{one.Pollutant} {one.Time:u} {one.Code}")), e.Reason, e.Document),
        ReadingsRestored e => ("readings, restored", null,
            string.Join("; ", e.Readings.Take(10).Select(one => $"{one.Pollutant} {one.Time:u}")), e.Reason, e.Document),
        MonthAudited e => ($"audit {e.Month}", null, "audited", e.Reason, e.Document),
        MonthArchived e => ($"archive {e.Month}", null, e.File, null, e.Sha256),
        MonitoringRulesPublished e => ("monitoring rules", null, e.Rules.Version, e.Reason, null),
        DustDaysExcluded e => ("dust days, excluded", null, string.Join(", ", e.Days.Select(day => Text(day))), e.Reason, e.Document),
        DayAssessed e => ($"day {Text(e.Day)}, revision {e.Revision}", null, Text(e.Air?.Aqi) ?? Text(e.Water?.Class), null, null),
        MonthAssessed e => ($"month {e.Month}, revision {e.Revision}", null, Text(e.Air?.GoodDays) ?? Text(e.Water?.Class), null, null),
        YearAssessed e => ($"year {e.Year}, revision {e.Revision}", null, Text(e.Air?.GoodDays) ?? Text(e.Water?.Class), null, null),
        LimitExceeded e => ($"exceedance of {e.Pollutant}", Text(e.Limit), Text(e.Peak), null, null),
        ExceedanceEnded e => ($"exceedance of {e.Pollutant}, over", Text(e.Peak), $"{e.Until:u}, {e.Hours} h", null, null),
        ReadingsRevised e => ("readings",
            string.Join("; ", e.Revisions.Take(10).Select(one => $"{one.Pollutant} {one.Time:u} {Text(one.Previous)}")),
            string.Join("; ", e.Revisions.Take(10).Select(one => $"{one.Pollutant} {one.Time:u} {Text(one.Value)}")), e.Reason, null),
        AlertRaised e => ($"alert, {e.Kind}", null, $"{e.Severity}, {e.Title}", e.Rule, e.Routes),
        AlertJoined e => ("alert, seen again", null, $"{e.Severity}, {e.Title}", e.News?.ToString(), null),
        AlertMoved e => ("alert, moved", e.From, e.To, null, null),
        AlertAcknowledged e => ("alert, acknowledged", null, $"{e.Level}", e.Note, null),
        AlertAssigned e => ("alert, assigned", e.Previous, e.To, e.Note, null),
        AlertEscalated e => ($"alert, escalated, {e.Missed} due {Text(e.DueOn)}", $"{e.From}", $"{e.To}", null, e.Routes),
        ClosureProposed e => ("alert, end proposed", null, e.WasTrue ? "true" : "false alarm", e.Reason, e.Evidence),
        ClosureRejected e => ("alert, end not agreed to", null, null, e.Reason, null),
        AlertResolved e => ($"alert, resolved by {e.How}", null, e.WasTrue ? "true" : "false alarm", e.Reason ?? e.From?.Type, e.Evidence),
        AlertReopened e => ("alert, reopened", null, $"{e.Severity}, {e.Title}", e.Reason ?? e.From?.Type, e.Routes),
        NotificationDue e => ($"notification of {e.Receiver}", null, $"{e.Kind}, {e.Alerts.Length + e.More} alerts", e.GroupKey, e.Routes),
        NotificationDelivered e => ($"notification of {e.Receiver}, attempt {e.Attempt}", null, "delivered", e.Answer, null),
        ReceiversPublished e => ($"receivers {e.Table.Version}", null, $"{e.Table.Receivers.Length} receivers", e.Reason, null),
        NotificationReplayed e => ($"notification of {e.Receiver}", "given up", "to be sent again", e.Reason, null),
        NotificationFailed e => ($"notification of {e.Receiver}, attempt {e.Attempt}", null,
            e.NextAt is { } next ? $"failed, again at {next:u}" : "failed, given up", e.Reason, null),
        RoutesPublished e => ("alert routes", null, e.Table.Version, e.Reason, null),
        SilenceSet e => ($"silence {e.Silence}", null, $"{e.From:u} to {e.Until:u}", e.Reason, null),
        SilenceEnded e => ($"silence {e.Silence}, ended", null, $"{e.At:u}", e.Reason, null),
        HolidaysTaken e => ($"calendar {e.Year}", null, $"{e.DaysOff.Length} days off, {e.Workdays.Length} workdays", null, e.Document),
        ReportingContractSet e => ($"reporting contract {e.Contract.Name}", null, $"{e.Contract.Department}, {e.Contract.Feed}", e.Reason, null),
        ProjectionEventSkipped e => ($"view {e.Projection} version {e.Version}, event @{e.Position} skipped", e.Stream, e.Error, e.Reason, null),
        ProjectionTakenOver e => ($"view {e.Projection}, version read", $"{e.From}", $"{e.To}, {e.Differing} of {e.Rows} rows differ", e.Reason, null),
        _ => (data.GetType().Name, null, null, null, null),
    };

    static string? Text(decimal? value) => value?.ToString(CultureInfo.InvariantCulture);

    static string? Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string? Text(Money? money) => money is null ? null : $"{Text(money.Units)} 元";

    internal static bool TryInstant(string? text, bool endOfDay, out DateTimeOffset? instant)
    {
        instant = null;
        if (string.IsNullOrEmpty(text)) return true;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue)
        {
            if (day.Year < 1900) return false;
            instant = ChinaTime.StartOf(day.AddDays(endOfDay ? 1 : 0));
            return true;
        }

        // A plus sign in a query string arrives as a blank.
        if (!InstantNotation.TryParse(text.Replace(' ', '+'), out var exact) && !InstantNotation.TryParse(text, out exact)) return false;
        instant = exact;
        return true;
    }
}
