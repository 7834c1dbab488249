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

    /// <summary>A day limit that is not met yet.</summary>
    /// <param name="Limit">Its code.</param>
    /// <param name="Of">What it asks for.</param>
    /// <param name="OfName">The same in words.</param>
    /// <param name="Level">Who answers for it.</param>
    /// <param name="DueOn">Its last day.</param>
    /// <param name="DaysLeft">Days to it, negative when it is over.</param>
    /// <param name="Overdue">It is over.</param>
    public sealed record LimitEntry(string Limit, CaseAction Of, string OfName, Level Level, DateOnly DueOn, int DaysLeft, bool Overdue);

    /// <summary>A case as it is answered.</summary>
    /// <param name="CaseNumber">The number to speak of it by.</param>
    /// <param name="Household">The household's id.</param>
    /// <param name="Episode">Number of the episode.</param>
    /// <param name="Village">12-digit village code.</param>
    /// <param name="VillageName">What it is called, after its township.</param>
    /// <param name="Group">村民小组.</param>
    /// <param name="Head"><c>张*</c>; absent while nobody is registered as the head.</param>
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
    /// <param name="Due">What is due now: the next step, and where that has no limit what else is due first.</param>
    /// <param name="DueOn">Its last day.</param>
    /// <param name="DueLevel">Who answers for it.</param>
    /// <param name="Overdue">The last day of one of its limits is over.</param>
    /// <param name="Owner">Whose turn it is; absent when it is over.</param>
    /// <param name="Limits">All limits that are not met yet, those of the next step first.</param>
    /// <param name="Breaches">Limits that were broken so far.</param>
    public sealed record Entry(
        string? CaseNumber, Guid Household, int Episode, string Village, string? VillageName, string? Group, string? Head, CaseStage Stage, string StageName, IReadOnlyList<CaseAction> Next, MonitoredType? Type,
        IReadOnlyList<CauseEntry> Causes, DateOnly OpenedOn, DateOnly? MonitoredOn, DateOnly? EndedOn, bool ReEntry, bool GreenChannel,
        CaseAction? Due, DateOnly? DueOn, Level? DueLevel, bool Overdue, Level? Owner, IReadOnlyList<LimitEntry> Limits,
        IReadOnlyList<DeadlineBreached> Breaches);

    /// <summary>A case with what is due in it, the next step's first.</summary>
    sealed record Standing(Household Household, Episode Episode, IReadOnlyList<Deadline> Due)
    {
        public Guid Id => Household.Enrolment!.HouseholdId;

        public Level? Owner => !Episode.IsOpen ? null
            : Due.FirstOrDefault(limit => Episode.Next.Contains(limit.Limit.Of))?.Limit.Level ?? CaseSteps.Of(Episode).FirstOrDefault()?.Owner ?? Level.Village;

        /// <summary>By the first last day, then by household: what is over comes first, what nothing is due in last.</summary>
        public string Key => $"{Due.Select(limit => limit.DueOn).DefaultIfEmpty(DateOnly.MaxValue).Min():yyyy-MM-dd}/{Id}/{Episode.Number:000}";

        public bool IsOverdue(DateOnly today) => Due.Any(limit => limit.IsBroken(today));
    }

    /// <summary>The level at which a caller works: the county's, unless the key is limited to townships or villages.</summary>
    static Level LevelOf(Caller caller) =>
        caller.Areas.Count == 0 ? Level.County : caller.Areas.Any(area => area.Length <= 9) ? Level.Township : Level.Village;

    static Standing Stand(Household household, Episode episode, RuleBook book) => new(
        household, episode, !episode.IsOpen ? [] : [.. Deadlines.Of(episode, book).Where(limit => limit.DoneOn is null)
            .OrderBy(limit => !episode.Next.Contains(limit.Limit.Of)).ThenBy(limit => limit.DueOn)]);

    static Entry Of(Standing one, Thresholds thresholds, string? number, string? head, Text? village, bool english)
    {
        var (household, episode, due) = (one.Household, one.Episode, one.Due.Count > 0 ? one.Due[0] : null);
        // What would cross if nothing had been said yet.
        var crossing = episode.IsOpen ? thresholds.Judge(household.Known with { Raised = [] }).Crossed.Select(crossed => crossed.Rule.Cause).ToHashSet() : null;
        return new(
            number, one.Id, episode.Number, household.Village, village?.In(english), household.Enrolment!.Group, head, episode.Stage,
            CaseNames.Of(episode.Stage).In(english), CaseSteps.Next(household, episode, thresholds.Day), episode.Type,
            [.. episode.Causes.Select(cause => new CauseEntry(
                cause.Cause, cause.Channel, cause.Emergency, cause.On, cause.Rule, cause.RuleSet, cause.Rule is null ? null : crossing?.Contains(cause.Cause)))],
            episode.OpenedOn, episode.MonitoredOn, episode.EndedOn, episode.ReEntry, episode.HelpFirst, due?.Limit.Of, due?.DueOn, due?.Limit.Level,
            one.IsOverdue(thresholds.Day), one.Owner,
            [.. one.Due.Select(limit => new LimitEntry(
                limit.Limit.Code, limit.Limit.Of, CaseNames.Of(limit.Limit.Of).In(english), limit.Limit.Level, limit.DueOn,
                limit.DueOn.DayNumber - thresholds.Day.DayNumber, limit.IsBroken(thresholds.Day)))],
            episode.Breaches);
    }

    static readonly Dictionary<string, string> headers = new()
    {
        ["caseNumber"] = "案件编号", ["village"] = "村", ["group"] = "村民小组", ["head"] = "户主", ["stage"] = "当前环节", ["causes"] = "风险类型",
        ["emergency"] = "紧急", ["next"] = "下一步", ["due"] = "待办事项", ["dueOn"] = "最后期限", ["daysLeft"] = "剩余天数", ["overdue"] = "已超时", ["owner"] = "责任层级",
        ["type"] = "监测对象类型", ["openedOn"] = "发现日期", ["monitoredOn"] = "纳入日期", ["endedOn"] = "结束日期", ["otherLimits"] = "其他时限", ["household"] = "户编码",
    };

    /// <summary>A case as one reads it in a sheet.</summary>
    static Line Shown(Entry one, bool english)
    {
        string Said<TEnum>(TEnum value) where TEnum : struct, Enum => english ? Codes<TEnum>.ByValue[value] : Codes<TEnum>.Official[value];
        string YesNo(bool value) => english ? value ? "yes" : "no" : value ? "是" : "否";
        var joint = english ? ", " : "、";
        return new Line(
            one.CaseNumber, one.VillageName ?? one.Village, one.Group, one.Head, one.StageName, string.Join(joint, one.Causes.Select(cause => Said(cause.Cause))),
            YesNo(one.Causes.Any(cause => cause.Emergency)), string.Join(joint, one.Next.Select(next => CaseNames.Of(next).In(english))),
            one.Limits is [var first, ..] ? first.OfName : null, one.DueOn, one.Limits is [var due, ..] ? due.DaysLeft : null, YesNo(one.Overdue),
            one.Owner is { } owner ? Said(owner) : null, one.Type is { } type ? Said(type) : null, one.OpenedOn, one.MonitoredOn, one.EndedOn,
            string.Join(english ? "; " : "；", one.Limits.Skip(1).Select(limit => $"{limit.OfName} {limit.DueOn:yyyy-MM-dd}")), one.Household);
    }

    sealed record Line(
        string? CaseNumber, string Village, string? Group, string? Head, string Stage, string Causes, string Emergency, string Next, string? Due,
        DateOnly? DueOn, int? DaysLeft, string Overdue, string? Owner, string? Type, DateOnly OpenedOn, DateOnly? MonitoredOn, DateOnly? EndedOn,
        string OtherLimits, Guid Household);

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
    /// Maps <c>GET /v1/cases</c>: open ones, or with <c>open=false</c> all, what is overdue first. Query: <c>mine=true</c>, what the caller's level
    /// must do now; <c>owner</c>, <c>step</c> (a next step), <c>stage</c>, <c>cause</c>, <c>type</c>, codes or Chinese terms; <c>area</c>,
    /// <c>village</c>; <c>overdue</c>; <c>number</c>, a case's number or its end.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var ring = routes.ServiceProvider.GetRequiredService<KeyRing>();
        routes.MapGet("/v1/cases", async Task<IResult> (
            string? area, string? village, string? stage, string? step, string? cause, string? type, string? owner, string? overdue, string? open,
            string? mine, string? number, Page page, Caller caller, HttpContext http, IDocumentStore store, TimeProvider clock,
            CancellationToken cancel) =>
        {
            if (!Filters.Reads<CaseStage>(stage, out var byStage)) return Filters.Unknown<CaseStage>("stage");
            if (!Filters.Reads<CaseAction>(step, out var byStep)) return Filters.Unknown<CaseAction>("step");
            if (!Filters.Reads<RiskCause>(cause, out var byCause)) return Filters.Unknown<RiskCause>("cause");
            if (!Filters.Reads<MonitoredType>(type, out var byType)) return Filters.Unknown<MonitoredType>("type");
            if (!Filters.Reads<Level>(owner, out var byOwner)) return Filters.Unknown<Level>("owner");
            foreach (var (name, value) in new[] { ("overdue", overdue), ("open", open), ("mine", mine) })
                if (value is not (null or "true" or "false")) return Filters.Unknown(name, "true, false");
            if ((WrongArea(area) ?? WrongArea(village, "village")) is { } wrong) return wrong;

            await using var session = store.QuerySession(caller.Tenant);
            var book = await RuleBook.Of(session, caller.Tenant, cancel);
            var thresholds = book.On(ChinaTime.Day(clock.GetUtcNow()));
            var byNumber = number is null ? null : (await CaseNumber.Find(session, number, cancel)).Select(one => one.Id).ToHashSet();
            // Who asks for a number means that case, open or not.
            var openOnly = open is null ? number is null : open == "true";
            if (mine == "true") byOwner ??= LevelOf(caller);
            var found = (await AtRisk(session, caller, village ?? area, openOnly, cancel))
                .SelectMany(household => household.Episodes.Where(one => one.IsOpen || !openOnly).Select(episode => Stand(household, episode, book)))
                .Where(one => one.Household.Village.StartsWith(area ?? "", StringComparison.Ordinal) && (byStage is null || one.Episode.Stage == byStage) && (byType is null || one.Episode.Type == byType) &&
                    (byCause is null || one.Episode.Causes.Exists(known => known.Cause == byCause)) &&
                    (byStep is null || CaseSteps.Next(one.Household, one.Episode, thresholds.Day).Contains(byStep.Value)) && (byOwner is null || one.Owner == byOwner) &&
                    (mine != "true" || one.Owner == LevelOf(caller)) &&
                    (overdue is null || one.IsOverdue(thresholds.Day) == (overdue == "true")) &&
                    (byNumber is null || byNumber.Contains(CaseNumber.IdOf(one.Id, one.Episode.Number))))
                .OrderBy(one => one.Key, StringComparer.Ordinal).ToList();
            var items = found.Where(one => string.CompareOrdinal(one.Key, page.After) > 0).Take(page.Limit + 1).ToList();
            var shown = items.Take(page.Limit).ToList();
            var names = await Area.Names(session, caller.Tenant, shown.Select(one => one.Household.Village), cancel);
            var numbers = await CaseNumber.Of(session, shown.Select(one => (one.Id, one.Episode.Number)), cancel);
            var heads = await ListHouseholds.Heads(session, ring, caller.Tenant, shown.Select(one => one.Household), cancel);
            return new Listing<Entry>(
                [.. shown.Select(one => Of(
                    one, thresholds, numbers.GetValueOrDefault(CaseNumber.IdOf(one.Id, one.Episode.Number)), heads.GetValueOrDefault(one.Id),
                    names.GetValueOrDefault(one.Household.Village), Language.IsEnglish(http)))],
                items.Count > page.Limit ? shown[^1].Key : null, found.Count).ShownAs(Shown, headers);
        }).RequireRight("relapse:read").ProducesPage<Entry>();
    }

    /// <summary>What is wrong with the area that a list is asked for; null where nothing is.</summary>
    internal static Problem? WrongArea(string? area, string parameter = "area") =>
        string.IsNullOrEmpty(area) || (area.Length is 6 or 9 or 12 && area.All(char.IsAsciiDigit))
            ? null
            : Problem.Of(400, "not-an-area-code", new(
                $"参数 {parameter} 应为 6 位县级、9 位乡级或 12 位村级代码。",
                $"{parameter} must be the code of a county (6 digits), a township (9) or a village (12)."));
}
