using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// A plan item (规划项目) as it stands. Folded from its stream <c>project/{tenant}/{code}</c> and kept beside it in the
/// same transaction.
/// </summary>
public sealed record Project : IState<Project>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The registration; null while nobody has registered it.</summary>
    public ProjectRegistered? Registration { get; init; }

    /// <summary>The description in force.</summary>
    public ProjectDescribed? Description { get; init; }

    /// <summary>国家项目代码, in the order they were granted, lapsed ones included.</summary>
    public ImmutableList<GrantedCode> Codes { get; init; } = [];

    /// <summary>The stage it is in.</summary>
    public Stage Stage { get; init; }

    /// <summary>The day the project entered its stage; null for the stage it was registered in.</summary>
    public DateOnly? StageSince { get; init; }

    /// <summary>Stages entered, without those that were taken back.</summary>
    public ImmutableList<StageEntry> Stages { get; init; } = [];

    /// <summary>Steps of the preparation that are done.</summary>
    public ImmutableDictionary<PreparationStep, DateOnly> Steps { get; init; } = ImmutableDictionary<PreparationStep, DateOnly>.Empty;

    /// <summary>Investment in force by month.</summary>
    public ImmutableDictionary<string, Money> Investment { get; init; } = ImmutableDictionary<string, Money>.Empty;

    /// <summary>Februaries that stand for January too.</summary>
    public ImmutableHashSet<string> WithJanuary { get; init; } = [];

    /// <summary>Funds arrived, in force, by <c>{month}/{source}</c>.</summary>
    public ImmutableDictionary<string, Money> Funds { get; init; } = ImmutableDictionary<string, Money>.Empty;

    /// <summary>Annual plans by year.</summary>
    public ImmutableDictionary<int, AnnualPlanSet> Plans { get; init; } = ImmutableDictionary<int, AnnualPlanSet>.Empty;

    /// <summary>The day it entered the statistics.</summary>
    public DateOnly? StatisticsOn { get; init; }

    /// <summary>The responsibility list by milestone.</summary>
    public ImmutableSortedDictionary<string, Milestone> Milestones { get; init; } = ImmutableSortedDictionary<string, Milestone>.Empty;

    /// <summary>Good reasons that keep a lamp green.</summary>
    public ImmutableList<LampExcused> Excuses { get; init; } = [];

    /// <summary>
    /// What has been said about one thing, by <c>{what}/{which}</c>, all of it in order: a statement that is on record is a
    /// repeat, also when a later one has replaced it, or a job that sends its whole file again would fail on every correction.
    /// </summary>
    public ImmutableDictionary<string, ImmutableList<Said>> Record { get; init; } = ImmutableDictionary<string, ImmutableList<Said>>.Empty;

    /// <summary>Lamps as last published; what is missing was never anything but green.</summary>
    public ImmutableDictionary<Aspect, Lamp> Lamps { get; init; } = ImmutableDictionary<Aspect, Lamp>.Empty;

    public Project Evolve(object happened) => Fold(happened).Remember(happened);

    Project Fold(object happened) => happened switch
    {
        ProjectRegistered e => this with { Registration = e, Stage = Registration is null ? e.Stage : Stage },
        ProjectDescribed e => this with { Description = e },
        ProjectCodeGranted e => this with { Codes = Codes.Add(new(e.ProjectCode, e.On, null)) },
        ProjectCodeLapsed e => this with
        {
            Codes = Codes.ConvertAll(one => one.Code == e.ProjectCode && one.LapsedOn is null ? one with { LapsedOn = e.On } : one),
        },
        PreparationStepDone e => this with { Steps = Steps.SetItem(e.Step, e.On) },
        StageAdvanced e => this with { Stage = e.To, StageSince = e.On, Stages = Stages.Add(new(e.To, e.On)) },
        ProjectReinstated e => this with { Stage = e.To, StageSince = e.On, Stages = Stages.Add(new(e.To, e.On)) },
        StageCorrected e => TakenBackTo(e.To),
        InvestmentReported e => this with
        {
            Investment = Investment.SetItem(e.Month, e.Amount), WithJanuary = e.Months == 2 ? WithJanuary.Add(e.Month) : WithJanuary,
        },
        InvestmentRevised e => this with { Investment = Investment.SetItem(e.Month, e.Amount) },
        FundsArrived e => this with { Funds = Funds.SetItem(Key(e.Month, e.Source), e.Amount) },
        AnnualPlanSet e => this with { Plans = Plans.SetItem(e.Year, e) },
        StatisticsEntered e => this with { StatisticsOn = e.On },
        MilestonePlanned e => this with
        {
            Milestones = Milestones.SetItem(e.Milestone, Milestones.TryGetValue(e.Milestone, out var known)
                ? known with { Name = e.Name, DueOn = e.DueOn, Responsible = e.Responsible, Moved = known.Moved + (e.PreviousDueOn is null ? 0 : 1) }
                : new(e.Name, e.DueOn, e.Responsible, null, null, 0)),
        },
        MilestoneReached e => this with { Milestones = Milestones.SetItem(e.Milestone, Milestones[e.Milestone] with { ReachedOn = e.On }) },
        MilestoneExcused e => this with { Milestones = Milestones.SetItem(e.Milestone, Milestones[e.Milestone] with { ExcusedUntil = e.Until }) },
        MilestoneOverdue e => this with { Milestones = Milestones.SetItem(e.Milestone, Milestones[e.Milestone] with { OverdueSaidFor = e.DueOn }) },
        LampExcused e => this with { Excuses = Excuses.Add(e) },
        LampChanged e => this with { Lamps = Lamps.SetItem(e.Aspect, e.To) },
        _ => this,
    };

    Project Remember(object happened) => happened switch
    {
        ProjectDescribed e => Remember("description", TextOf(e), e.Reason),
        StageAdvanced e => Remember("stage", TextOf(e.To, e.On), null),
        StageCorrected e => Remember("correction", TextOf(e.To, e.On), e.Reason),
        ProjectReinstated e => Remember("reinstatement", TextOf(e.To, e.On), null),
        InvestmentReported e => Remember($"investment/{e.Month}", TextOf(e.Amount), null),
        InvestmentRevised e => Remember($"investment/{e.Month}", TextOf(e.Amount), e.Reason),
        FundsArrived e => Remember($"funds/{Key(e.Month, e.Source)}", TextOf(e.Amount), e.Reason),
        AnnualPlanSet e => Remember($"plan/{e.Year}", TextOf(e.Amount, e.Curve), e.Reason),
        MilestonePlanned e => Remember($"milestone/{e.Milestone}", TextOf(e.Name, e.DueOn, e.Responsible), e.Reason),
        _ => this,
    };

    Project Remember(string about, string what, string? reason) =>
        this with { Record = Record.SetItem(about, Record.GetValueOrDefault(about, []).Add(new(what, reason))) };

    /// <summary>
    /// The answer to what has been said before: nothing to do, with a warning where a later statement has replaced it; null
    /// where it is new. Another reason makes it new, so that a value can be brought back.
    /// </summary>
    internal Decision? Repeated(string about, string what, string? reason)
    {
        if (Record.GetValueOrDefault(about, []) is not [.., var last] said) return null;
        Decision nothing = [];
        if (last.What == what) return nothing;
        return said.Exists(one => one.What == what && (reason is null || one.Reason == reason))
            ? nothing.With([new Warning("superseded", new(
                "该内容已在案，但已被后来的填报取代；如需恢复，请另填原因。", "This is on record, and a later report has replaced it; to bring it back, give a new reason."))])
            : null;
    }

    internal static string TextOf(Money amount) => amount.Units.ToString("G29", CultureInfo.InvariantCulture);

    internal static string TextOf(Money amount, decimal[]? curve) => $"{TextOf(amount)}|{string.Join(' ', curve ?? [])}";

    internal static string TextOf(Stage to, DateOnly on) => $"{Codes<Stage>.ByValue[to]} {on:yyyy-MM-dd}";

    internal static string TextOf(string name, DateOnly due, string? responsible) => $"{name}|{due:yyyy-MM-dd}|{responsible}";

    internal static string TextOf(ProjectDescribed e) => JsonSerializer.Serialize(e with { Version = 0, Reason = null }, EventJson.Options);

    Project TakenBackTo(Stage stage)
    {
        // What was entered wrongly is struck out; the day of the stage it goes back to holds again.
        var last = Stages.FindLastIndex(entry => entry.Stage == stage);
        var left = Stages.RemoveRange(last + 1, Stages.Count - last - 1);
        return this with { Stage = stage, Stages = left, StageSince = left.IsEmpty ? null : left[^1].On };
    }

    /// <summary>The stage on a day.</summary>
    internal Stage StageOn(DateOnly day) => Stages.FindLast(entry => entry.On <= day)?.Stage ?? Registration!.Stage;

    /// <summary>开工: the first day of construction.</summary>
    internal DateOnly? StartedOn => Stages.Find(entry => entry.Stage == Stage.Started)?.On;

    /// <summary>竣工.</summary>
    internal DateOnly? CompletedOn => Stages.FindLast(entry => entry.Stage == Stage.Completed)?.On;

    /// <summary>Investment in force of the months from one to another, both included, 元.</summary>
    internal decimal InvestedYuan(string from, string through) => Investment
        .Where(month => string.CompareOrdinal(month.Key, from) >= 0 && string.CompareOrdinal(month.Key, through) <= 0)
        .Sum(month => month.Value.Units);

    /// <summary>Says once for each day in force that a milestone was not reached by it.</summary>
    internal static Decision Overdue(Project project, DateOnly today) => project.Registration is null || IsClosed(project.Stage)
        ? []
        :
        [
            .. project.Milestones.Where(one => one.Value.ReachedOn is null && one.Value.IsLateOn(today) && one.Value.OverdueSaidFor != one.Value.LastDay)
                .Select(one => new MilestoneOverdue(
                    project.Registration.Code, one.Key, one.Value.Name, one.Value.Responsible, one.Value.LastDay, today)),
        ];

    internal static bool IsClosed(Stage stage) => stage is Stage.Cancelled or Stage.MovedOut or Stage.Merged;

    internal static string Key(string month, FundSource source) => $"{month}/{source}";

    /// <summary>Codes of the registry by name, for rows that name a project.</summary>
    internal static async Task<ILookup<string, string>> CodesByName(IQuerySession session, CancellationToken cancel)
    {
        var all = await session.Query<Project>().Where(one => one.Registration != null)
            .Select(one => new { one.Registration!.Code, one.Registration!.Name }).ToListAsync(cancel);
        return all.ToLookup(one => one.Name, one => one.Code);
    }

    internal static string Stream(string tenant, string code) => $"project/{tenant}/{code}";

    /// <summary>All projects of a county, by code.</summary>
    internal static Task<IReadOnlyList<Project>> All(IQuerySession session, CancellationToken cancel) =>
        session.Query<Project>().Where(one => one.Registration != null).OrderBy(one => one.Id).ToListAsync(cancel);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/projects", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var total = await session.Query<Project>().CountAsync(cancel);
            var after = Stream(caller.Tenant, page.After);
            var found = await session.Query<Project>().Where(one => one.Id.CompareTo(after) > 0)
                .OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            var next = found.Count == page.Limit ? found[^1].Registration!.Code : null;
            return new Listing<Entry>([.. found.Select(Entry.Of)], next, total).PushedAs(entry => entry.Registered);
        }).RequireRight("projects:read").ProducesPage<Entry>();

        routes.MapGet("/v1/projects/{code}", async (
            string code, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var stream = Stream(caller.Tenant, code);
            if (await session.LoadAsync<Project>(stream, cancel) is not { } found)
                return Problem.Of(404, "project-unknown", new("没有此项目。", "There is no such project."));
            // What If-Match of a later command may name.
            if (await session.Events.FetchStreamStateAsync(stream, cancel) is { } state)
                http.Response.Headers.ETag = $"\"{state.Version}\"";
            return Results.Ok(Entry.Of(found));
        }).RequireRight("projects:read").Produces<Entry>();
    }

    /// <summary>A project as it is answered; money in 元.</summary>
    public sealed record Entry(
        string Code, string Name, ProjectKind Kind, int Box, string BoxTitle, int Group, string? GroupTitle, int Seq,
        Stage Stage, DateOnly? StageSince, ProjectDescribed? Description, IEnumerable<GrantedCode> ProjectCodes,
        IReadOnlyDictionary<string, DateOnly> Steps, IEnumerable<StageEntry> Stages, decimal InvestedYuan,
        IReadOnlyDictionary<string, Money> Investment, decimal FundsYuan, IEnumerable<AnnualPlanSet> Plans, DateOnly? StatisticsOn,
        IReadOnlyDictionary<string, Milestone> Milestones, IReadOnlyDictionary<string, Lamp> Lamps, string[] Notes)
    {
        /// <summary>The registration as it would be sent again, with the stage it was registered in.</summary>
        internal RegisterProject.Row? Registered { get; init; }

        internal static Entry Of(Project project)
        {
            var e = project.Registration!;
            return new Entry(
                e.Code, e.Name, e.Kind, e.Box, e.BoxTitle, e.Group, e.GroupTitle, e.Seq, project.Stage, project.StageSince,
                project.Description, project.Codes, project.Steps.OrderBy(step => step.Key).ToDictionary(step => Codes<PreparationStep>.ByValue[step.Key], step => step.Value),
                project.Stages, project.Investment.Values.Sum(amount => amount.Units),
                new SortedDictionary<string, Money>(project.Investment, StringComparer.Ordinal), project.Funds.Values.Sum(amount => amount.Units),
                project.Plans.Values.OrderBy(plan => plan.Year), project.StatisticsOn, project.Milestones,
                project.Lamps.OrderBy(lamp => lamp.Key).ToDictionary(lamp => Codes<Aspect>.ByValue[lamp.Key], lamp => lamp.Value), e.Notes)
            {
                Registered = new(e.Code, e.Name, e.Kind, e.Box, e.BoxTitle, e.Group, e.GroupTitle, e.Seq, e.Stage, e.Notes),
            };
        }
    }
}

/// <summary>One statement and the reason that came with it.</summary>
public sealed record Said(string What, string? Reason);

/// <summary>A stage entered, and when.</summary>
public sealed record StageEntry(Stage Stage, DateOnly On);

/// <summary>A 国家项目代码 and since when it belongs to the plan item, and until when.</summary>
public sealed record GrantedCode(string Code, DateOnly On, DateOnly? LapsedOn);

/// <summary>A milestone of the responsibility list (责任清单).</summary>
/// <param name="Name">What is to be reached.</param>
/// <param name="DueOn">完成时限, the day now in force.</param>
/// <param name="Responsible">Who answers for it.</param>
/// <param name="ReachedOn">When it was reached.</param>
/// <param name="ExcusedUntil">The day until which being late is excused.</param>
/// <param name="Moved">How often its day was moved.</param>
/// <param name="OverdueSaidFor">The day whose passing has been said.</param>
public sealed record Milestone(
    string Name, DateOnly DueOn, string? Responsible, DateOnly? ReachedOn, DateOnly? ExcusedUntil, int Moved, DateOnly? OverdueSaidFor = null)
{
    /// <summary>The last day on which it is in time or excused.</summary>
    internal DateOnly LastDay => ExcusedUntil > DueOn ? ExcusedUntil.Value : DueOn;

    /// <summary>True when it was not reached in time by a day, and nothing excuses it.</summary>
    internal bool IsLateOn(DateOnly day) =>
        (ReachedOn is { } reached && reached <= day ? reached : day) is var until && until > DueOn && !(ExcusedUntil >= until);
}
