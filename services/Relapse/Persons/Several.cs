using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// The households that one push concerns, those its rows name and those people come from or go to, each as the rows before left it.
/// What happens to them holds in one transaction or not at all.
/// </summary>
sealed class Several
{
    readonly Dictionary<Guid, One> known = [];
    readonly Occasion occasion;

    Several(Occasion occasion) => this.occasion = occasion;

    public static async Task<Several> Fetch<TRow>(
        IDocumentSession session, IReadOnlyList<Group<Household, TRow>> groups, Func<TRow, Guid> household, IEnumerable<Guid> others,
        Occasion occasion, CancellationToken cancel)
    {
        var several = new Several(occasion);
        foreach (var group in groups)
            several.known.Add(household(group.Rows[0].Value), new One(group.State, happened => group.Append(happened)));

        foreach (var chunk in others.Distinct().Where(id => !several.known.ContainsKey(id)).ToList().Chunk(500))
        {
            var batch = session.CreateBatchQuery();
            var streams = chunk.Select(id => batch.Events.FetchForWriting<Household>(Household.Stream(occasion.By.Tenant, id))).ToList();
            await batch.Execute(cancel);
            for (var index = 0; index < chunk.Length; index++)
            {
                var stream = await streams[index];
                var events = new List<Stamped>();
                several.known.Add(chunk[index], new One(stream.Aggregate ?? new Household(), events.Add));
                groups[0].Also(open =>
                {
                    if (events.Count > 0) stream.AppendMany(open.Wrap(events, occasion.Now));
                });
            }
        }

        return several;
    }

    /// <summary>Decides rows that move people: what they leave behind, what follows where they come to, and under which key they are known.</summary>
    /// <param name="ring">Keys.</param>
    /// <param name="places">The household they leave and the one they come to.</param>
    /// <param name="movers">Who moves, as the household stands.</param>
    /// <param name="decide">Decides what happens in the household they leave.</param>
    /// <param name="follows">What follows in the one they come to.</param>
    public static Import.DecideGroups<Household, TRow> Moving<TRow>(
        KeyRing ring, Func<TRow, (Guid From, Guid Into)> places, Func<Household, TRow, IEnumerable<Guid>> movers,
        Func<Household, Household, TRow, Occasion, Decision> decide, Func<Household, Household, TRow, IEnumerable<object>> follows) => async (
            session, groups, occasion, cancel) =>
    {
        if (groups.Count == 0) return;
        var book = await RuleBook.Of(session, occasion.By.Tenant, cancel);
        var rows = groups.SelectMany(group => group.Rows.Select(row => (Group: group, row.Row, row.Value))).OrderBy(row => row.Row).ToList();
        var into = rows.Select(row => places(row.Value).Into).ToList();
        var several = await Fetch(session, groups, row => places(row).From, into, occasion, cancel);
        var register = await PersonRegister.Open(
            session, ring, occasion.By.Tenant, rows.SelectMany(row => movers(row.Group.State, row.Value)), [], [], into, cancel);
        foreach (var (group, number, row) in rows)
        {
            var (from, to) = places(row);
            var household = several[from];
            var decision = decide(household, several[to], row, occasion);
            if (!group.Note(number, decision)) continue;
            several.Append(from, decision);
            // A merger that is proposed only moves nobody yet.
            if (!decision.OfType<MemberLeft>().Any() && !decision.OfType<HouseholdEnded>().Any()) continue;
            several.Append(to, follows(household, several[to], row));
            register.Move(movers(household, row), to);
        }

        several.Conclude(book);
        groups[0].Also(register.StoreWith);
    };

    public Household this[Guid household] => known[household].State;

    public void Append(Guid household, params IEnumerable<object> events)
    {
        var one = known[household];
        foreach (var happened in events)
        {
            var stamped = Stamped.Of(happened, occasion.Now);
            one.Append(stamped);
            (one.State, one.HasChanged) = (one.State.Evolve(stamped), true);
        }
    }

    /// <summary>Adds what thresholds and day limits make of every household that has changed.</summary>
    public void Conclude(RuleBook book)
    {
        var thresholds = book.On(occasion.Today);
        foreach (var (id, one) in known)
            if (one is { HasChanged: true, State.Enrolment: not null, State.Ended: null })
                Append(id, Watched.Consequences(one.State, book, thresholds, occasion).ToList());
    }

    /// <summary>Why nothing may be said of the members of a household, if that is so.</summary>
    public static Refusal? Refused(Household household, Occasion occasion, string field = "household") => household switch
    {
        { Enrolment: null } => Household.Unknown with { Field = field },
        _ when !occasion.By.Covers(household.Village) => Household.NotYours with { Field = field },
        { Erased: true } => Household.DataErased with { Field = field },
        { Ended: not null } => Household.HasEnded with { Field = field },
        _ => null,
    };

    sealed record One(Household First, Action<Stamped> Append)
    {
        public Household State { get; set; } = First;

        public bool HasChanged { get; set; }
    }
}
