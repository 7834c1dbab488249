using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Cases one by one, as whoever answers for them works through them: what each waits for, and until when.</summary>
public static class ShowCases
{
    /// <summary>A cause of a case: how it came up, under which version of the thresholds, and whether today's would raise it.</summary>
    public sealed record CauseEntry(RiskCause Cause, Channel Channel, bool Emergency, DateOnly On, string? Rule, string? RuleSet, bool? WouldRaiseToday);

    /// <summary>A case as it is answered.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Episode">Number of the episode.</param>
    /// <param name="Village">12-digit village code.</param>
    /// <param name="VillageName">What it is called, after its township.</param>
    /// <param name="Stage">Where it stands.</param>
    /// <param name="StageName">The same in words.</param>
    /// <param name="Next">What may be done next.</param>
    /// <param name="Type">监测对象类型.</param>
    /// <param name="Causes">风险类型.</param>
    /// <param name="OpenedOn">Day of the first clue.</param>
    /// <param name="MonitoredOn">Day of the county's decision.</param>
    /// <param name="EndedOn">Day it ended.</param>
    /// <param name="ReEntry">返贫再纳入.</param>
    /// <param name="GreenChannel">绿色通道.</param>
    /// <param name="Due">What is due next.</param>
    /// <param name="DueOn">Its last day.</param>
    /// <param name="DueLevel">Who answers for it.</param>
    /// <param name="Overdue">Its last day is over.</param>
    /// <param name="Breaches">Limits that were broken so far.</param>
    public sealed record Entry(
        Guid Household, int Episode, string Village, string? VillageName, CaseStage Stage, string StageName, IReadOnlyList<CaseAction> Next, MonitoredType? Type,
        IReadOnlyList<CauseEntry> Causes, DateOnly OpenedOn, DateOnly? MonitoredOn, DateOnly? EndedOn, bool ReEntry, bool GreenChannel,
        CaseAction? Due, DateOnly? DueOn, Level? DueLevel, bool Overdue, IReadOnlyList<DeadlineBreached> Breaches);

    static Entry Of(Household household, Episode episode, RuleBook book, Thresholds thresholds, Text? village, bool english)
    {
        var due = Deadlines.Of(episode, book).Where(one => one.DoneOn is null).MinBy(one => one.DueOn);
        // What would cross if nothing had been said yet.
        var crossing = episode.IsOpen ? thresholds.Judge(household.Known with { Raised = [] }).Crossed.Select(one => one.Rule.Cause).ToHashSet() : null;
        return new(
            household.Enrolment!.HouseholdId, episode.Number, household.Village, village?.In(english), episode.Stage,
            CaseNames.Of(episode.Stage).In(english), episode.Next, episode.Type,
            [.. episode.Causes.Select(one => new CauseEntry(
                one.Cause, one.Channel, one.Emergency, one.On, one.Rule, one.RuleSet, one.Rule is null ? null : crossing?.Contains(one.Cause)))],
            episode.OpenedOn, episode.MonitoredOn, episode.EndedOn, episode.ReEntry, episode.HelpFirst, due?.Limit.Of, due?.DueOn, due?.Limit.Level,
            due?.IsBroken(thresholds.Day) ?? false, episode.Breaches);
    }

    /// <summary>All households that were ever at risk, or are now, within an area.</summary>
    internal static async Task<IReadOnlyList<Household>> AtRisk(
        IQuerySession session, Caller caller, string? area, bool openOnly, CancellationToken cancel)
    {
        var found = openOnly
            ? await session.Query<Household>().Where(one => one.IsOpen).ToListAsync(cancel)
            : await session.Query<Household>().Where(one => one.LastRiskOn != null).ToListAsync(cancel);
        return [.. found.Where(one => caller.Covers(one.Village) && one.Village.StartsWith(area ?? "", StringComparison.Ordinal))
            .OrderBy(one => one.Id, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Maps <c>GET /v1/cases</c>: open ones, or with <c>open=false</c> all. Query: <c>area</c>, <c>stage</c>, <c>cause</c>, <c>type</c>,
    /// <c>overdue=true</c>.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/cases", async Task<IResult> (
            string? area, string? stage, string? cause, string? type, string? overdue, string? open, Page page, Caller caller, HttpContext http,
            IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            var (byStage, byCause, byType) = (default(CaseStage), default(RiskCause), default(MonitoredType));
            if (stage is not null && !Codes<CaseStage>.ByCode.TryGetValue(stage, out byStage)) return Unknown("stage", Codes<CaseStage>.List);
            if (cause is not null && !Codes<RiskCause>.ByCode.TryGetValue(cause, out byCause)) return Unknown("cause", Codes<RiskCause>.List);
            if (type is not null && !Codes<MonitoredType>.ByCode.TryGetValue(type, out byType)) return Unknown("type", Codes<MonitoredType>.List);
            if (overdue is not (null or "true" or "false")) return Unknown("overdue", "true, false");
            if (open is not (null or "true" or "false")) return Unknown("open", "true, false");
            if (WrongArea(area) is { } wrong) return wrong;

            await using var session = store.QuerySession(caller.Tenant);
            var book = await RuleBook.Of(session, caller.Tenant, cancel);
            var thresholds = book.On(ChinaTime.Day(clock.GetUtcNow()));
            var found = (await AtRisk(session, caller, area, open != "false", cancel))
                .SelectMany(household => household.Episodes.Where(one => one.IsOpen || open == "false").Select(episode => (household, episode)))
                .Where(one => (stage is null || one.episode.Stage == byStage) && (type is null || one.episode.Type == byType) &&
                    (cause is null || one.episode.Causes.Exists(known => known.Cause == byCause)) &&
                    (overdue is null || Deadlines.Of(one.episode, book).Any(limit => limit.DoneOn is null && limit.IsBroken(thresholds.Day)) == (overdue == "true")))
                .ToList();
            string Key((Household Household, Episode Episode) one) => $"{one.Household.Enrolment!.HouseholdId}/{one.Episode.Number:000}";
            var items = found.Where(one => string.CompareOrdinal(Key(one), page.After) > 0).Take(page.Limit + 1).ToList();
            var shown = items.Take(page.Limit).ToList();
            var names = await Area.Names(session, caller.Tenant, shown.Select(one => one.household.Village), cancel);
            return new Listing<Entry>(
                [.. shown.Select(one => Of(
                    one.household, one.episode, book, thresholds, names.GetValueOrDefault(one.household.Village), Language.IsEnglish(http)))],
                items.Count > page.Limit ? Key(shown[^1]) : null, found.Count);
        }).RequireRight("relapse:read").ProducesPage<Entry>();
    }

    /// <summary>What is wrong with the area that a list is asked for; null where nothing is.</summary>
    internal static Problem? WrongArea(string? area) => string.IsNullOrEmpty(area) || (area.Length is 6 or 9 or 12 && area.All(char.IsAsciiDigit))
        ? null
        : Problem.Of(400, "not-an-area-code", new(
            "参数 area 应为 6 位县级、9 位乡级或 12 位村级代码。", "area must be the code of a county (6 digits), a township (9) or a village (12)."));

    static Problem Unknown(string parameter, string allowed) =>
        Problem.Of(400, "unknown-code", new($"参数 {parameter} 应为以下之一：{allowed}。", $"{parameter} must be one of: {allowed}."));
}
