using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Families that asked to be enrolled, as the township works through them: emergencies and the oldest first.</summary>
public static class ShowEnrolmentRequests
{
    /// <summary>Where a request stands.</summary>
    public enum RequestState
    {
        /// <summary>待审核.</summary>
        [Called("待审核")]
        Open,

        /// <summary>已登记.</summary>
        [Called("已登记")]
        Accepted,

        /// <summary>不予登记.</summary>
        [Called("不予登记")]
        Refused,
    }

    /// <summary>A request as it is listed.</summary>
    /// <param name="Request">Its id, the household's as well.</param>
    /// <param name="State">Where it stands.</param>
    /// <param name="Village">12-digit village code.</param>
    /// <param name="VillageName">What it is called, after its township.</param>
    /// <param name="Group">村民小组.</param>
    /// <param name="Name"><c>张*</c>, while it waits.</param>
    /// <param name="Phone"><c>138****1234</c>, while it waits.</param>
    /// <param name="Members">Number of people.</param>
    /// <param name="Causes">风险类型.</param>
    /// <param name="Via">Where it was made.</param>
    /// <param name="Emergency">Help cannot wait.</param>
    /// <param name="On">The day on which they asked.</param>
    /// <param name="AgeDays">Days since then, while it waits.</param>
    /// <param name="Reason">Why they were not enrolled.</param>
    public sealed record Entry(
        Guid Request, RequestState State, string Village, string? VillageName, string? Group, string? Name, string? Phone, int Members,
        RiskCause[] Causes, RequestVia Via, bool Emergency, DateOnly On, int? AgeDays, string? Reason);

    static RequestState StateOf(Household one) => one.Answer switch
    {
        null => RequestState.Open,
        { Accepted: true } => RequestState.Accepted,
        _ => RequestState.Refused,
    };

    // Emergencies first, then by day; what is done comes last.
    static string Key(Household one) =>
        $"{(one.Answer is not null ? 2 : one.Asked!.Emergency ? 0 : 1)}/{one.Asked!.On:yyyy-MM-dd}/{one.Asked.HouseholdId}";

    /// <summary>Maps <c>GET /v1/enrolment-requests</c>. Query: <c>state</c>, a code or its Chinese term; <c>area</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var ring = routes.ServiceProvider.GetRequiredService<KeyRing>();
        routes.MapGet("/v1/enrolment-requests", async Task<IResult> (
            string? state, string? area, Page page, Caller caller, HttpContext http, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!Filters.Reads<RequestState>(state, out var wanted)) return Filters.Unknown<RequestState>("state");
            if (ShowCases.WrongArea(area) is { } wrong) return wrong;
            await using var session = store.QuerySession(caller.Tenant);
            var found = (await session.Query<Household>().Where(one => one.Asked != null).ToListAsync(cancel))
                .Where(one => caller.Covers(one.Asked!.Village) && one.Asked.Village.StartsWith(area ?? "", StringComparison.Ordinal) &&
                    (wanted is null || StateOf(one) == wanted)).OrderBy(Key, StringComparer.Ordinal).ToList();
            var some = found.Where(one => string.CompareOrdinal(Key(one), page.After) > 0).Take(page.Limit + 1).ToList();
            var shown = some.Take(page.Limit).ToList();
            var (today, english) = (ChinaTime.Day(clock.GetUtcNow()), Language.IsEnglish(http));
            var names = await Area.Names(session, caller.Tenant, shown.Select(one => one.Asked!.Village), cancel);
            var people = await Applicant.Open(
                session, ring, caller.Tenant, shown.Where(one => one.Answer is null).Select(one => one.Asked!.HouseholdId), cancel);
            return new Listing<Entry>(
            [
                .. shown.Select(one => (Asked: one.Asked!, one.Answer, State: StateOf(one), Data: people.GetValueOrDefault(one.Asked!.HouseholdId))).Select(one => new Entry(
                    one.Asked.HouseholdId, one.State, one.Asked.Village, names.GetValueOrDefault(one.Asked.Village)?.In(english), one.Asked.Group,
                    one.Data is null ? null : Masked.Name(one.Data.Name), Masked.Phone(one.Data?.Phone), one.Asked.Members, one.Asked.Causes, one.Asked.Via,
                    one.Asked.Emergency, one.Asked.On, one.Answer is null ? today.DayNumber - one.Asked.On.DayNumber : null, one.Answer?.Reason)),
            ], some.Count > page.Limit ? Key(shown[^1]) : null, found.Count);
        }).RequireRight("relapse:read", "relapse:report").ProducesPage<Entry>();
    }
}
