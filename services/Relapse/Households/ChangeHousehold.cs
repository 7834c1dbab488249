using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Moves a household to another village, or changes its standing in the registers. The move of a household with an open case is a proposal
/// (<see cref="DecideChange"/>).
/// </summary>
public static class ChangeHousehold
{
    /// <summary>One change.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Village">12-digit village code; default where it is.</param>
    /// <param name="Category">户类型; default what it is.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    public sealed record Row(Guid Household, string? Village, HouseholdCategory? Category, string Reason, DateOnly On);

    public static Row Bind(Fields row)
    {
        var village = row.VillageOrNull();
        return new Row(row.Id("household"), village, row.EnumOrNull<HouseholdCategory>("category"), row.PlainText("reason", 500), row.Day("on"));
    }

    /// <summary>Decides on a change; <paramref name="refused"/> knows in which villages nobody can live.</summary>
    public static Watched.Decide<Row> Decide(Func<string, Refusal?> refused) => (household, row, book, occasion) =>
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        var village = row.Village ?? household.Village;
        if (!village.StartsWith(occasion.By.Tenant, StringComparison.Ordinal))
            return Refusal.Invalid("area-outside-county", "该区划不属于本县；整户迁出请用 /v1/household-ends。",
                "The village is not in this county; a household that leaves it has ended.", "village");
        var changed = new HouseholdChanged(
            row.Household, village, row.Category ?? household.Known.Category, row.Reason, row.On, village == household.Village ? null : household.Village);
        if ((household.Village, household.Known.Category) == (changed.Village, changed.Category)) return [];
        if (changed.From is null) return [changed];
        if (refused(village) is { } nowhere) return nowhere;
        return household.IsOpen
            ? DecideChange.Propose(household, new(row.Household, HouseholdChange.Move, null, village, row.Reason, row.On, occasion.By.Actor))
            : [changed];
    };

    static async Task DecideAll(
        IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        var refused = await Area.Refused(
            session, occasion.By.Tenant, groups.SelectMany(group => group.Rows).Select(row => row.Value.Village).OfType<string>(), occasion.Today, cancel);
        await Watched.Rows(Decide(refused.GetValueOrDefault))(session, groups, occasion, cancel);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Household, Row>(
        "/v1/household-changes", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Household), DecideAll);
}

/// <summary>
/// Ends a household that is no more (整户减少). Where its members do not explain it, or it has an open case, the end is a proposal
/// (<see cref="DecideChange"/>).
/// </summary>
public static class EndHousehold
{
    /// <summary>One end.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="How"><c>moved_away</c> 整户迁出 or <c>all_died</c> 全部成员死亡; a merger has its own way.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    public sealed record Row(Guid Household, HouseholdEnd How, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Id("household"), row.Enum<HouseholdEnd>("how"), row.Day("on"));
        if (bound.How == HouseholdEnd.Merged) row.Fail("how", "unknown-code", "并户请用 /v1/household-merges。", "A merger has its own address, /v1/household-merges.");
        return bound;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Ended is { } known) return (known.How, known.On) == (row.How, row.On) ? [] : Household.HasEnded;
        return household.IsOpen || !IsExplained(household, row.How)
            ? DecideChange.Propose(household, new(
                row.Household, row.How == HouseholdEnd.AllDied ? HouseholdChange.AllDied : HouseholdChange.MovedAway, null, null, null, row.On, occasion.By.Actor))
            : [new HouseholdEnded(row.Household, row.How, null, row.On)];
    }

    // Death and moving away follow from the members: all of them have left, in that way.
    static bool IsExplained(Household household, HouseholdEnd how) => household.Members.IsEmpty && !household.Left.IsEmpty &&
        household.Left.Values.All(left => left.How == (how == HouseholdEnd.AllDied ? MemberChange.Death : MemberChange.Moved) ||
            left.How is MemberChange.Death or MemberChange.Marriage or MemberChange.Split);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/household-ends", "relapse:report", Bind, row => row.Household, Decide);
}

/// <summary>
/// Changes after which a household might be lost sight of: they are proposed, reviewed by the township, decided by the county, and can be taken
/// back (需审核的变动). Each by another account.
/// </summary>
public static class DecideChange
{
    /// <summary>The township's or the county's word.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Approved">Whether.</param>
    /// <param name="Reason">Why not; needed where not.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, bool Approved, string? Reason, string? Document, DateOnly On);

    /// <summary>An end was a mistake.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Restoration(Guid Household, string Reason, string? Document, DateOnly On);

    static readonly Refusal nothing = Refusal.Conflict("change-not-proposed", "该户没有待审核或待审定的变动。", "No change of this household waits.", "household");

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Id("household"), row.Flag("approved"), row.PlainTextOrNull("reason", 500), row.TextOrNull("document"), row.Day("on"));
        if (!bound.Approved && bound.Reason is null) row.Fail("reason", "missing", "不同意的，须写明理由（reason）。", "A no needs a written reason.");
        return bound;
    }

    public static Restoration BindRestoration(Fields row) =>
        new(row.Id("household"), row.PlainText("reason", 500), row.TextOrNull("document"), row.Day("on"));

    /// <summary>Puts a change before the township, and says so; the same again is known.</summary>
    internal static Decision Propose(Household household, HouseholdChangeProposed proposed)
    {
        if (household.Proposed is { } waiting)
            return waiting with { By = null, Reason = null } == proposed with { By = null, Reason = null } ? [] : Refusal.Conflict(
                "change-proposed", $"该户已有变动（{Codes<HouseholdChange>.Official[waiting.Change]}）待审核；请先审核或退回。",
                $"Another change of this household ({Codes<HouseholdChange>.ByValue[waiting.Change]}) waits for review.", "household");
        Decision decided = [proposed];
        return decided.With([new Warning("change-needs-decision", new(
            $"该户有未办结的个案，或成员情况不能说明此变动；已作为“{Codes<HouseholdChange>.Official[proposed.Change]}”申请登记，待乡镇审核、县级审定。",
            "The household has an open case, or its members do not explain the change; it is proposed, and waits for the township's review and the county's decision."))]);
    }

    public static Decision DecideReview(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Proposed is not { } proposed) return nothing;
        if (household.ProposalReviewed is not null && row.Approved) return [];
        if (Handling.SameHand(row.On, book, occasion, proposed.By) is { } same) return same;
        return [new HouseholdChangeReviewed(row.Household, row.Approved, row.Reason, row.On, occasion.By.Actor)];
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Proposed is not { } proposed) return nothing;
        if (household.ProposalReviewed is not { } reviewed)
            return Refusal.Conflict("review-first", "须先由乡镇审核，县级再审定。", "The township reviews it before the county decides.", "household");
        if (Handling.SameHand(row.On, book, occasion, proposed.By, reviewed.By) is { } same) return same;
        var decided = new HouseholdChangeDecided(row.Household, row.Approved, row.Reason, row.Document, row.On, occasion.By.Actor);
        if (!row.Approved) return [decided];
        return proposed.Change switch
        {
            HouseholdChange.Move => [decided, new HouseholdChanged(
                row.Household, proposed.Village!, household.Known.Category, proposed.Reason ?? "县内迁移", proposed.On, household.Village)],
            HouseholdChange.MovedAway => [decided, new HouseholdEnded(row.Household, HouseholdEnd.MovedAway, null, proposed.On)],
            HouseholdChange.AllDied => [decided, new HouseholdEnded(row.Household, HouseholdEnd.AllDied, null, proposed.On)],
            // The people go when the merger is sent again; what is known of both households may have changed since it was proposed.
            _ => [decided],
        };
    }

    /// <summary>Decides on a household that has ended, which no other row may be about.</summary>
    public static Decision DecideRestoration(Household household, Restoration row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Ended is not { } ended) return [];
        return ended.How == HouseholdEnd.Merged
            ? Refusal.Conflict("household-merged", "该户已并入他户，成员在他户；请用分户恢复。", "The household was merged, and its members live in the other; split them off again.", "household")
            : [new HouseholdRestored(row.Household, row.Reason, row.Document, row.On)];
    }

    static Task DecideRestorations(IDocumentSession session, IReadOnlyList<Group<Household, Restoration>> groups, Occasion occasion, CancellationToken cancel)
    {
        foreach (var group in groups)
        {
            var household = group.State;
            foreach (var (number, row) in group.Rows)
            {
                var decision = household.Enrolment is null ? Household.Unknown
                    : !occasion.By.Covers(household.Village) ? Household.NotYours
                    : DecideRestoration(household, row, new RuleBook(), occasion);
                if (!group.Note(number, decision)) continue;
                foreach (var happened in decision.Select(happened => Stamped.Of(happened, occasion.Now)))
                {
                    group.Append(happened);
                    household = household.Evolve(happened);
                }
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>A change that waits.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Village">Where it lives.</param>
    /// <param name="VillageName">What that is called.</param>
    /// <param name="Change">What is proposed.</param>
    /// <param name="ChangeName">The same in words.</param>
    /// <param name="To">For a move: where to.</param>
    /// <param name="Into">For a merger: the other household.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="On">The day it took effect.</param>
    /// <param name="OpenCase">True where the household has an open case.</param>
    /// <param name="Owner">Who has to act: the township reviews, the county decides, the village sends an agreed merger again.</param>
    public sealed record Entry(
        Guid Household, string Village, string? VillageName, HouseholdChange Change, string ChangeName, string? To, Guid? Into, string? Reason, DateOnly On,
        bool OpenCase, Level Owner);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRows("/v1/household-change-reviews", "relapse:review", Bind, row => row.Household, DecideReview);
        routes.MapRows("/v1/household-change-decisions", "relapse:decide", Bind, row => row.Household, Decide);
        routes.MapImport<Household, Restoration>(
            "/v1/household-restorations", "relapse:decide", BindRestoration, (row, tenant) => Household.Stream(tenant, row.Household), DecideRestorations);
        routes.MapGet("/v1/household-changes", async (Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var waiting = (await session.Query<Household>().Where(household => household.HasProposal).ToListAsync(cancel))
                // Where it goes to is told as well.
                .Select(household => (Household: household, Change: (household.Proposed ?? household.Agreed)!))
                .Where(one => caller.Covers(one.Household.Village) || one.Change.Village is { } to && caller.Covers(to))
                .OrderBy(one => one.Change.On).ThenBy(one => one.Household.Id, StringComparer.Ordinal).ToList();
            var names = await Area.Names(session, caller.Tenant, waiting.Select(one => one.Household.Village), cancel);
            var english = Language.IsEnglish(http);
            return new Listing<Entry>(
                [.. waiting.Select(one => new Entry(
                    one.Household.Enrolment!.HouseholdId, one.Household.Village, names.GetValueOrDefault(one.Household.Village)?.In(english), one.Change.Change,
                    english ? Codes<HouseholdChange>.ByValue[one.Change.Change] : Codes<HouseholdChange>.Official[one.Change.Change], one.Change.Village,
                    one.Change.Into, one.Change.Reason, one.Change.On, one.Household.IsOpen,
                    one.Household.Proposed is null ? Level.Village : one.Household.ProposalReviewed is null ? Level.Township : Level.County))], null, waiting.Count);
        }).RequireRight("relapse:read").ProducesPage<Entry>();
    }
}
