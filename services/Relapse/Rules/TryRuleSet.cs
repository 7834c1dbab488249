using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Relapse;

/// <summary>
/// Runs a proposed set of thresholds over the recorded history (试算) beside the one in effect today. Each day knows what had been
/// recorded by then and nothing more; nothing is written.
/// </summary>
public static class TryRuleSet
{
    /// <summary>What to try.</summary>
    /// <param name="Version">A version that is published, shipped or a template; or the name of the one that is sent.</param>
    /// <param name="From">First day; default three years before <paramref name="To"/>.</param>
    /// <param name="To">Last day; default today.</param>
    /// <param name="Proposed">The thresholds, where they are no known version: <c>rules</c>, <c>releasePercent</c>, <c>lateMonths</c> as published.</param>
    public sealed record Request(string Version, DateOnly? From, DateOnly? To, RuleSet? Proposed);

    /// <summary>What a set would have done.</summary>
    /// <param name="Version">Which.</param>
    /// <param name="Households">Households it would have flagged.</param>
    /// <param name="Clues">Clues: households and causes; while a cause is open, others of it join.</param>
    /// <param name="Precision">Share of the flagged households that were confirmed later; null where it flagged none.</param>
    /// <param name="Recall">Share of the confirmed households that it had flagged before; null where none was confirmed.</param>
    /// <param name="MissedConfirmed">Confirmed households that it had not flagged before.</param>
    public sealed record Outcome(string Version, int Households, int Clues, decimal? Precision, decimal? Recall, int MissedConfirmed);

    /// <summary>A township's clues by the month.</summary>
    public sealed record Load(string Township, int Proposed, int Current, int ProposedBusiestMonth, int CurrentBusiestMonth);

    /// <summary>What a trial found.</summary>
    /// <param name="From">First day.</param>
    /// <param name="To">Last day.</param>
    /// <param name="Position">The position in the service's own store up to which history was read.</param>
    /// <param name="Proposed">The proposed set.</param>
    /// <param name="Current">The set in effect today.</param>
    /// <param name="Confirmed">Households that the county decided to monitor in that time.</param>
    /// <param name="OnlyProposed">Households that only the proposed set flags.</param>
    /// <param name="OnlyCurrent">Households that only the set in effect flags.</param>
    /// <param name="Earlier">Households that both flag, the proposed one earlier.</param>
    /// <param name="Later">Households that both flag, the proposed one later.</param>
    /// <param name="SameDay">Households that both flag on the same day.</param>
    /// <param name="MedianDaysEarlier">Median of the days by which it is earlier (negative: later), of those that both flag.</param>
    /// <param name="MissedByProposed">Confirmed households that the set in effect had flagged before and the proposed one had not.</param>
    /// <param name="Unresolved">Proposed rules that could not be applied on the last day, for want of a reference value.</param>
    /// <param name="Townships">The workload.</param>
    public sealed record Trial(
        DateOnly From, DateOnly To, long Position, Outcome Proposed, Outcome Current, int Confirmed, int OnlyProposed, int OnlyCurrent, int Earlier,
        int Later, int SameDay, decimal? MedianDaysEarlier, int MissedByProposed, IReadOnlyList<string> Unresolved, IReadOnlyList<Load> Townships);

    public static Request Bind(Fields row)
    {
        var (version, from, to) = (row.Code("version"), row.DayOrNull("from"), row.DayOrNull("to"));
        if (from > to) row.Fail("from", "out-of-order", "起始日不能晚于截止日。", "The first day must not lie after the last.");
        var rules = row.List("rules", 100, PublishRuleSet.BindRule);
        var release = row.NumberOrNull("releasePercent", 50, 100) ?? RuleSet.Shipped.ReleasePercent;
        var late = PublishRuleSet.LateMonthsOf(row);
        return new(version, from, to, rules.Count == 0 ? null : new(version, DateOnly.MinValue, release, [.. rules], [], late));
    }

    /// <summary>One set of thresholds, living through the history of the caller's area.</summary>
    sealed class Life(RuleSet rules, Caller caller)
    {
        readonly Dictionary<string, KnownFacts> households = new(StringComparer.Ordinal);
        readonly Dictionary<(string Stream, RiskCause Cause), DateOnly> open = [];
        Thresholds? thresholds;
        RuleBook? of;

        public RuleSet Rules => rules;

        public Dictionary<string, DateOnly> First { get; } = new(StringComparer.Ordinal);

        public List<(string Village, DateOnly On)> Clues { get; } = [];

        public void Know(string stream, Guid id, object data) =>
            households[stream] = (households.GetValueOrDefault(stream) ?? new KnownFacts()).Evolve(id, data);

        public string VillageOf(string stream) => households.GetValueOrDefault(stream)?.Village ?? "";

        /// <summary>What had come back by the end of the day before is free to cross again.</summary>
        public void Recede(string stream, RuleBook book, DateOnly day)
        {
            if (!households.TryGetValue(stream, out var known) || known.Raised.IsEmpty) return;
            foreach (var back in On(book, day).Judge(known).Receded) Free(stream, back);
        }

        public void Judge(string stream, RuleBook book, DateOnly day)
        {
            if (!households.TryGetValue(stream, out var known) || !caller.Covers(known.Village)) return;
            var result = On(book, day).Judge(known);
            foreach (var back in result.Receded) Free(stream, back);
            foreach (var one in result.Crossed)
            {
                Know(stream, Guid.Empty, new RiskDetected(
                    Guid.Empty, 0, known.Village, known.Category, one.Rule.Cause, default, false, one.Rule.Code, rules.Version, one.PersonId, one.Value,
                    one.Threshold, one.Inputs, day));
                // How long people take is not known here: a clue of the same cause within a year joins the one before.
                if (open.TryGetValue((stream, one.Rule.Cause), out var before) && before > day.AddYears(-1)) continue;
                open[(stream, one.Rule.Cause)] = day;
                First.TryAdd(stream, day);
                Clues.Add((known.Village, day));
            }
        }

        public void JudgeAll(RuleBook book, DateOnly day)
        {
            foreach (var stream in households.Keys.ToList()) Judge(stream, book, day);
        }

        public IReadOnlyList<string> Unresolved(RuleBook book, DateOnly day) => On(book, day).Unresolved;

        void Free(string stream, Receding back) =>
            Know(stream, Guid.Empty, new RiskReceded(Guid.Empty, back.Rule.Code, rules.Version, back.PersonId, back.Value, back.Release, default));

        Thresholds On(RuleBook book, DateOnly day)
        {
            if (thresholds is null || thresholds.Day != day || !ReferenceEquals(of, book))
                (thresholds, of) = (new Thresholds(rules, book.Lines, book.References, day), book);
            return thresholds;
        }
    }

    /// <summary>Runs both sets over history.</summary>
    internal static async Task<Trial> Run(
        NpgsqlDataSource database, Caller caller, RuleSet proposed, RuleSet current, DateOnly from, DateOnly to, long position, CancellationToken cancel)
    {
        Life[] lives = [new(proposed, caller), new(current, caller)];
        var confirmed = new Dictionary<string, DateOnly>(StringComparer.Ordinal);
        var (book, yesterday) = (new RuleBook(), DateOnly.MinValue);

        // Days on which a verdict may change without a new fact: a line begins, a year's reference values take over.
        void Pass(DateOnly until)
        {
            var turns = book.Lines.Select(line => line.From).Concat(Enumerable.Range(from.Year, to.Year - from.Year + 1).Select(year => new DateOnly(year, 1, 1)))
                .Append(from).Where(day => day >= yesterday && day < until && day >= from && day <= to).Distinct().Order();
            foreach (var day in turns)
                foreach (var life in lives) life.JudgeAll(book, day);
        }

        await foreach (var (_, stream, id, at, data) in CountyFacts.Read(database, caller.Tenant, 0, position, cancel))
        {
            var day = ChinaTime.Day(at);
            if (day > to) break;
            if (day > yesterday)
            {
                Pass(day);
                yesterday = day;
            }

            switch (data)
            {
                case RuleSetPublished or IncomeLineSet or ReferenceValueSet:
                    book = book.Evolve(data);
                    foreach (var life in lives.Where(_ => day >= from)) life.JudgeAll(book, day);
                    continue;
                case RiskDetected or RiskRecurred or RiskReceded:
                    // What really crossed belongs to the rules of its day, not to those on trial.
                    continue;
                case CountyDecided { Chain: Chain.Inclusion, Approved: true } when day >= from && caller.Covers(lives[0].VillageOf(stream)):
                    confirmed.TryAdd(stream, day);
                    break;
            }

            foreach (var life in lives)
            {
                if (day >= from) life.Recede(stream, book, day.AddDays(-1));
                life.Know(stream, id, data);
                if (day >= from) life.Judge(stream, book, day);
            }
        }

        Pass(to.AddDays(1));
        return Compare(lives[0], lives[1], confirmed, from, to, position, lives[0].Unresolved(book, to));
    }

    static Trial Compare(
        Life proposed, Life current, Dictionary<string, DateOnly> confirmed, DateOnly from, DateOnly to, long position, IReadOnlyList<string> unresolved)
    {
        bool Before(Life life, KeyValuePair<string, DateOnly> one) => life.First.TryGetValue(one.Key, out var flagged) && flagged <= one.Value;
        Outcome Of(Life life)
        {
            var caught = confirmed.Count(one => Before(life, one));
            return new(
                life.Rules.Version, life.First.Count, life.Clues.Count, life.First.Count == 0 ? null : decimal.Round((decimal)caught / life.First.Count, 4),
                confirmed.Count == 0 ? null : decimal.Round((decimal)caught / confirmed.Count, 4), confirmed.Count - caught);
        }

        var both = proposed.First.Where(one => current.First.ContainsKey(one.Key))
            .Select(one => current.First[one.Key].DayNumber - one.Value.DayNumber).Order().ToList();
        var townships = proposed.Clues.Concat(current.Clues).Select(clue => clue.Village[..9]).Distinct().Order(StringComparer.Ordinal)
            .Select(township =>
            {
                var (ours, theirs) = (Months(proposed, township), Months(current, township));
                return new Load(township, ours.Sum(), theirs.Sum(), ours.DefaultIfEmpty().Max(), theirs.DefaultIfEmpty().Max());
            }).ToList();
        return new(
            from, to, position, Of(proposed), Of(current), confirmed.Count, proposed.First.Count - both.Count, current.First.Count - both.Count,
            both.Count(days => days > 0), both.Count(days => days < 0), both.Count(days => days == 0), Statistics.Median(both),
            confirmed.Count(one => Before(current, one) && !Before(proposed, one)), unresolved, townships);

        static IReadOnlyList<int> Months(Life life, string township) =>
            [.. life.Clues.Where(clue => clue.Village.StartsWith(township, StringComparison.Ordinal)).GroupBy(clue => (clue.On.Year, clue.On.Month)).Select(month => month.Count())];
    }

    /// <summary>Maps <c>POST /v1/rule-sets/{version}/trial</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/rule-sets/{version}/trial", async Task<IResult> (
        HttpContext http, Caller caller, IDocumentStore store, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancel) =>
    {
        var (asked, problem) = await Import.ReadOne(http.Request, Bind, ("version", (string)http.Request.RouteValues["version"]!), cancel);
        if (problem is not null) return problem;
        await using var session = store.QuerySession(caller.Tenant);
        var (book, today) = (await RuleBook.Of(session, caller.Tenant, cancel), ChinaTime.Day(clock.GetUtcNow()));
        var proposed = asked!.Proposed ?? book.RuleSets.Prepend(RuleSet.Shipped).Concat(RuleSet.Templates).LastOrDefault(known => known.Version == asked.Version);
        if (proposed is null)
            return Problem.Of(404, "rule-set-unknown", new("没有此版本；也可在请求体中给出 rules。", "There is no such version; rules may be given in the body."));
        var to = asked.To is { } last && last < today ? last : today;
        var from = asked.From ?? to.AddYears(-3);
        if (from > to)
            return Problem.Of(422, "out-of-order", new("起始日不能晚于截止日，也不能晚于今天。", "The first day must not lie after the last, nor after today."));
        return Results.Ok(await Run(
            database, caller, proposed, RuleSet.On(today, book.RuleSets), from, to,
            await CountyFacts.Settled(database, clock, cancel), cancel));
    }).RequireRight("relapse:read").Takes(Bind, "version").Produces<Trial>();
}
