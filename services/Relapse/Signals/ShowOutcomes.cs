using Marten;
using Marten.Linq.MatchesSql;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// What became of the signals that a department sent (部门线索反馈), by its own references: nothing about the household is in it, nor what others
/// have sent.
/// </summary>
public static class ShowOutcomes
{
    // Households whose history is read in one round trip.
    const int Together = 500;

    /// <summary>What became of a signal.</summary>
    public enum SignalOutcome
    {
        /// <summary>待匹配.</summary>
        [Called("待匹配")]
        Unmatched,

        /// <summary>未达阈值.</summary>
        [Called("未达阈值")]
        BelowThresholds,

        /// <summary>已成线索, nobody has been there yet.</summary>
        [Called("待核实")]
        Clue,

        /// <summary>核实有风险.</summary>
        [Called("核实有风险")]
        Confirmed,

        /// <summary>核实无风险.</summary>
        [Called("核实无风险")]
        NotConfirmed,

        /// <summary>已纳入监测.</summary>
        [Called("已纳入监测")]
        Included,

        /// <summary>未纳入.</summary>
        [Called("未纳入")]
        NotIncluded,

        /// <summary>风险消除.</summary>
        [Called("风险消除")]
        Eliminated,

        /// <summary>自然减少.</summary>
        [Called("自然减少")]
        Ended,
    }

    /// <summary>One signal.</summary>
    /// <param name="Reference">The department's own number.</param>
    /// <param name="Kind">What it is about.</param>
    /// <param name="On">The day it is about.</param>
    /// <param name="State">What became of it.</param>
    /// <param name="StateName">The same in words.</param>
    /// <param name="Joined">True where it joined what was known already.</param>
    /// <param name="ClueOn">The day on which it made a clue, or joined one.</param>
    /// <param name="VisitedOn">The day on which somebody went there.</param>
    /// <param name="DecidedOn">The day on which it was decided, or closed.</param>
    public sealed record Entry(
        string Reference, SignalKind Kind, DateOnly On, SignalOutcome State, string StateName, bool Joined, DateOnly? ClueOn, DateOnly? VisitedOn,
        DateOnly? DecidedOn);

    static readonly Dictionary<string, string> headers = new()
    {
        ["reference"] = "线索编号", ["kind"] = "线索类型", ["on"] = "发生日期", ["state"] = "办理结果", ["joined"] = "并入已有线索", ["clueOn"] = "成为线索日期",
        ["visitedOn"] = "核实日期", ["decidedOn"] = "审定日期",
    };

    static SignalOutcome Of(Episode episode) => episode switch
    {
        { Stage: CaseStage.Clue } => SignalOutcome.Clue,
        { Stage: CaseStage.VisitedWithoutRisk } or { Stage: CaseStage.Closed, Confirmed: [] } => SignalOutcome.NotConfirmed,
        { Stage: CaseStage.Closed or CaseStage.Rejected } => SignalOutcome.NotIncluded,
        { Stage: CaseStage.Eliminated } => SignalOutcome.Eliminated,
        { Stage: CaseStage.Ended } => SignalOutcome.Ended,
        { MonitoredOn: not null } => SignalOutcome.Included,
        _ => SignalOutcome.Confirmed,
    };

    static Entry Of(Household household, SignalReported signal, IEnumerable<object> history, bool english)
    {
        var fact = household.Known.Facts.FirstOrDefault(one => (one.Department, one.Reference) == (signal.Department, signal.Reference)).EventId;
        var risk = history.FirstOrDefault(one => one is RiskDetected detected && detected.Inputs.Any(input => input.EventId == fact)) ??
            history.FirstOrDefault(one => one is RiskRecurred recurred && recurred.Inputs.Any(input => input.EventId == fact));
        var (number, on) = risk switch
        {
            RiskDetected e => (e.Episode, e.On),
            RiskRecurred e => (e.Episode, e.On),
            _ => (0, default(DateOnly)),
        };
        if (household.Episodes.Find(one => one.Number == number) is not { } episode) return Plain(signal.Reference, signal.Kind, signal.On, SignalOutcome.BelowThresholds, english);
        DateOnly? First(CaseAction action) => episode.Entries.Find(entry => entry.Action == action && entry.Chain == Chain.Inclusion)?.On;
        return Plain(signal.Reference, signal.Kind, signal.On, Of(episode), english) with
        {
            Joined = risk is RiskRecurred, ClueOn = on, VisitedOn = First(CaseAction.HomeVisit), DecidedOn = First(CaseAction.CountyDecision) ?? episode.EndedOn,
        };
    }

    static Entry Plain(string reference, SignalKind kind, DateOnly on, SignalOutcome state, bool english) => new(
        reference, kind, on, state, english ? Codes<SignalOutcome>.ByValue[state].Replace('_', ' ') : Codes<SignalOutcome>.Official[state], false, null, null, null);

    static async Task<List<Entry>> Outcomes(IQuerySession session, Caller caller, DateOnly? from, bool english, CancellationToken cancel)
    {
        var department = caller.Department;
        var waiting = await session.Query<NamedSignal>().Where(one => one.Department == department && one.Household == null && !one.Withdrawn).ToListAsync(cancel);
        var entries = waiting.Where(one => !(one.On < from)).Select(one => Plain(one.Reference, one.Kind, one.On, SignalOutcome.Unmatched, english)).ToList();
        var first = from?.ToString("O") ?? "";
        var reported = (await session.Query<Household>().Where(one => one.MatchesSql(
                "exists (select from jsonb_each(d.data -> 'signals') as sent where sent.value ->> 'department' = ? and sent.value ->> 'on' >= ?)", department, first))
            .ToListAsync(cancel)).Where(one => caller.Covers(one.Village));
        foreach (var households in reported.Chunk(Together))
        {
            var streams = households.Select(one => one.Id).ToArray();
            var history = (await session.Events.QueryAllRawEvents().Where(e => streams.Contains(e.StreamKey)).OrderBy(e => e.Sequence).ToListAsync(cancel))
                .ToLookup(e => e.StreamKey, e => e.Data);
            entries.AddRange(households.SelectMany(household => household.Signals.Values
                .Where(signal => signal.Department == department && !(signal.On < from)).Select(signal => Of(household, signal, history[household.Id], english))));
        }

        return entries;
    }

    // By day and reference.
    static string Key(Entry one) => $"{one.On:yyyy-MM-dd}/{one.Reference}";

    /// <summary>Maps <c>GET /v1/signals/outcomes</c>. Query: <c>from</c>, the first day that signals are about; <c>state</c>, a code or its Chinese term.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/signals/outcomes", async Task<IResult> (
        DateOnly? from, string? state, Caller caller, Page page, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
    {
        if (!Filters.Reads<SignalOutcome>(state, out var wanted)) return Filters.Unknown<SignalOutcome>("state");
        await using var session = store.QuerySession(caller.Tenant);
        var found = (await Outcomes(session, caller, from, Language.IsEnglish(http), cancel)).Where(one => wanted is null || one.State == wanted)
            .OrderBy(Key, StringComparer.Ordinal).ToList();
        var some = found.Where(one => string.CompareOrdinal(Key(one), page.After) > 0).Take(page.Limit + 1).ToList();
        return new Listing<Entry>([.. some.Take(page.Limit)], some.Count > page.Limit ? Key(some[page.Limit - 1]) : null, found.Count)
            .ShownAs((one, english) => new
            {
                one.Reference, Kind = english ? Codes<SignalKind>.ByValue[one.Kind] : Codes<SignalKind>.Official[one.Kind], one.On, State = one.StateName,
                Joined = english ? one.Joined ? "yes" : "no" : one.Joined ? "是" : "否", one.ClueOn, one.VisitedOn, one.DecidedOn,
            }, headers);
    }).RequireRight("relapse:report").ProducesPage<Entry>();
}
