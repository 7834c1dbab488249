using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// A signal that named a person and not a household: where it was reported, or what it says while it waits for the person to be
/// registered (待匹配). Stored beside the events, because the keyed hash of an ID number has no place in them.
/// </summary>
/// <param name="Id"><c>{department}/{reference}</c>.</param>
/// <param name="Reference">The department's own number.</param>
/// <param name="Department">Who reports.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Amount">Where the kind has one.</param>
/// <param name="Since">First day of a sum.</param>
/// <param name="On">The day it is about.</param>
/// <param name="IdHash">Keyed hash of the ID number, while it waits; null when it was erased.</param>
/// <param name="Household">Where it was reported; null while it waits.</param>
/// <param name="Person">Whom it is about; null while it waits.</param>
/// <param name="Withdrawn">True after it was taken back.</param>
/// <param name="At">When it was set aside or reported, UTC.</param>
/// <param name="Area">Where the person lives, where the department said so: a village, or a township.</param>
public sealed record NamedSignal(
    string Id, string Reference, string Department, SignalKind Kind, Money? Amount, DateOnly? Since, DateOnly On, string? IdHash,
    Guid? Household, Guid? Person, bool Withdrawn, DateTimeOffset At, string? Area = null)
{
    public bool IsWaiting => Household is null && !Withdrawn;

    internal static void Configure(StoreOptions store) => store.Schema.For<NamedSignal>().Index(signal => signal.IdHash!);

    internal static string KeyOf(string department, string reference) => Relapse.Household.Key(department, reference);

    internal static string Stream(string tenant, string department, string reference) => $"signal-aside/{tenant}/{department}/{reference}";

    internal static bool IsStream(string stream) => stream.StartsWith("signal-aside/", StringComparison.Ordinal);

    /// <summary>What is taken shared to register persons, and alone to set signals aside, so that none slips through between.</summary>
    internal static string Turn(string tenant) => $"match {tenant}";

    /// <summary>Signals that wait for persons with these ID numbers.</summary>
    internal static async Task<Dictionary<string, IReadOnlyList<NamedSignal>>> Waiting(
        IQuerySession session, IEnumerable<string?> hashes, CancellationToken cancel)
    {
        string?[] wanted = [.. hashes.Where(hash => hash is not null).Distinct()];
        if (wanted.Length == 0) return [];
        var found = await session.Query<NamedSignal>().Where(signal => signal.IdHash.IsOneOf(wanted)).ToListAsync(cancel);
        return found.Where(signal => signal.IsWaiting).GroupBy(signal => signal.IdHash!)
            .ToDictionary(same => same.Key, IReadOnlyList<NamedSignal> (same) => [.. same.OrderBy(signal => signal.At).ThenBy(signal => signal.Id, StringComparer.Ordinal)]);
    }

    /// <summary>Reports what waited for a person to their household, once.</summary>
    internal static void Match<TRow>(
        IReadOnlyList<NamedSignal> signals, Guid household, Guid person, Several several, Group<Household, TRow> group, Occasion occasion)
    {
        foreach (var signal in signals)
        {
            var known = several[household];
            if (!known.Signals.ContainsKey(signal.Id) && !known.Withdrawn.Contains(signal.Id))
                several.Append(household, new SignalReported(
                    household, signal.Reference, signal.Department, signal.Kind, signal.Amount, signal.On, person, signal.Since));
            group.Also(session =>
            {
                session.Events.Append(
                    Stream(occasion.By.Tenant, signal.Department, signal.Reference),
                    session.Wrap([new SignalMatched(signal.Reference, signal.Department, household, person)], occasion.Now));
                session.Store(signal with { Household = household, Person = person, IdHash = null });
            });
        }
    }

    /// <summary>Whose task it is to find out who that is: the village's or township's where it is said where they live, else the county's.</summary>
    Level Owner => Area?.Length switch { null => Level.County, 12 => Level.Village, _ => Level.Township };

    static readonly Text task = new(
        "请核对此人身份：已在册的，补登为家庭成员（/v1/members）；未建档的，登记未建档申报（/v1/enrolment-requests）；不属本县的，请来报部门撤销。",
        "Find out who it is: register a member of a household (/v1/members), take in a family that is on no register (/v1/enrolment-requests), or ask the department to withdraw it.");

    /// <summary>One that waits, as it is listed.</summary>
    /// <param name="Reference">The department's own number, by which it knows the person.</param>
    /// <param name="Department">Who reports.</param>
    /// <param name="Kind">What it is about.</param>
    /// <param name="Amount">Where the kind has one.</param>
    /// <param name="Since">First day of a sum.</param>
    /// <param name="On">The day it is about.</param>
    /// <param name="At">Since when it waits.</param>
    /// <param name="AgeDays">For how many days.</param>
    /// <param name="Area">Where the person lives, where it was said.</param>
    /// <param name="AreaName">What that is called.</param>
    /// <param name="Owner">Whose task it is.</param>
    /// <param name="Task">What to do.</param>
    public sealed record Entry(
        string Reference, string Department, SignalKind Kind, Money? Amount, DateOnly? Since, DateOnly On, DateTimeOffset At, int AgeDays,
        string? Area, string? AreaName, Level Owner, string Task);

    /// <summary>
    /// Maps <c>GET /v1/unmatched-signals</c>: what waits for a person. A department sees its own; the county with the right to define sees all;
    /// who is limited to townships or villages sees those of people said to live there.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/unmatched-signals", async (
        string? department, Caller caller, HttpContext http, Page page, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var waiting = session.Query<NamedSignal>().Where(signal => signal.Household == null && !signal.Withdrawn);
        var own = caller.Department;
        if (ListHouseholds.Within<NamedSignal>(nameof(Area), caller.Areas, nameof(Department), own) is { } within) waiting = waiting.Where(within);
        else if (!http.HasRight("relapse:define")) waiting = waiting.Where(signal => signal.Department == own);
        if (department is not null) waiting = waiting.Where(signal => signal.Department == department);
        var total = await waiting.CountAsync(cancel);
        var after = page.After;
        var found = await waiting.Where(signal => signal.Id.CompareTo(after) > 0).OrderBy(signal => signal.Id).Take(page.Limit).ToListAsync(cancel);
        var (today, english) = (ChinaTime.Day(clock.GetUtcNow()), Language.IsEnglish(http));
        var names = await Relapse.Area.Names(session, caller.Tenant, found.Select(one => one.Area).OfType<string>(), cancel);
        return (IResult)new Listing<Entry>(
            [.. found.Select(one => new Entry(
                one.Reference, one.Department, one.Kind, one.Amount, one.Since, one.On, one.At.ToOffset(ChinaTime.Offset),
                today.DayNumber - ChinaTime.Day(one.At).DayNumber, one.Area,
                one.Area is null ? null : names.GetValueOrDefault(one.Area)?.In(english), one.Owner, task.In(english)))],
            found.Count == page.Limit ? found[^1].Id : null, total);
    }).RequireRight("relapse:report").ProducesPage<Entry>();
}
