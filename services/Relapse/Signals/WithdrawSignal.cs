using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Takes a department's own signal back, e.g. because it was about somebody else; also one that still waits for its person.</summary>
public static class WithdrawSignal
{
    /// <summary>One withdrawal.</summary>
    /// <param name="Household">The household's id; absent where the signal named a person alone.</param>
    /// <param name="Reference">The department's own number.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Known">The signal that named a person, as it is on record.</param>
    /// <param name="Department">Who had reported.</param>
    public sealed record Row(Guid Household, string Reference, string Reason, NamedSignal? Known = null, string Department = "");

    public static Row Bind(Fields row) => new(row.IdOrNull("household") ?? default, row.Code("reference"), row.PlainText("reason"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        var key = Household.Key(occasion.By.Department, row.Reference);
        if (household.Signals.ContainsKey(key))
            return [new SignalWithdrawn(row.Household, row.Reference, occasion.By.Department, row.Reason)];
        return household.Withdrawn.Contains(key) ? [] : Unknown(row);
    }

    /// <summary>Decides on one that waits.</summary>
    public static Decision DecideAside(NamedSignal? known, Row row, Occasion occasion) => known switch
    {
        null => Unknown(row),
        { Withdrawn: true } => [],
        _ => [new AsideSignalWithdrawn(row.Reference, occasion.By.Department, row.Reason)],
    };

    static Refusal Unknown(Row row) => Refusal.Unknown(
        "signal-unknown", $"没有编号为 {row.Reference} 的线索；请核对线索编号与所在户。", $"There is no signal {row.Reference}.", "reference");

    static async Task<IReadOnlyList<(int Row, Row Value)>> Resolve(
        IDocumentSession session, IReadOnlyList<(int Row, Row Value)> rows, Caller caller, CancellationToken cancel)
    {
        if (rows.Count == 0) return rows;
        // None of them finds its person meanwhile.
        await session.TakeTurn(NamedSignal.Turn(caller.Tenant), cancel);
        var keys = rows.Select(row => NamedSignal.KeyOf(caller.Department, row.Value.Reference)).Distinct().ToArray();
        var known = (await session.LoadManyAsync<NamedSignal>(cancel, keys)).ToDictionary(one => one.Id);
        return [.. rows.Select(row =>
        {
            var before = known.GetValueOrDefault(NamedSignal.KeyOf(caller.Department, row.Value.Reference));
            return row with
            {
                Value = row.Value with
                {
                    Household = row.Value.Household == default ? before?.Household ?? default : row.Value.Household, Known = before,
                    Department = caller.Department,
                },
            };
        })];
    }

    static async Task DecideAll(
        IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        await Watched.Rows<Row>(Decide)(session, [.. groups.Where(group => !NamedSignal.IsStream(group.Stream))], occasion, cancel);
        foreach (var group in groups)
        {
            if (NamedSignal.IsStream(group.Stream)) Aside(group, occasion);
            foreach (var row in group.Rows.Where(row => group.Recorded.Contains(row.Row) && row.Value.Known is not null))
                group.Also(open => open.Store(row.Value.Known! with { Withdrawn = true, IdHash = null }));
        }
    }

    static void Aside(Group<Household, Row> group, Occasion occasion)
    {
        var known = group.Rows[0].Value.Known;
        foreach (var (number, row) in group.Rows)
        {
            var decision = DecideAside(known, row, occasion);
            if (!group.Note(number, decision)) continue;
            group.Append([.. decision]);
            known = known! with { Withdrawn = true };
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Household, Row>(
        "/v1/signal-withdrawals", "relapse:report", Bind,
        (row, tenant) => row.Household == default
            ? NamedSignal.Stream(tenant, row.Department, row.Reference)
            : Household.Stream(tenant, row.Household),
        DecideAll, Resolve);
}
