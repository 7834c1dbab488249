using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Holds a push against the relations between figures (审核关系), as everything would stand after the whole push, so that the order of
/// its rows makes no difference. A row that breaks a hard relation is refused; one that makes a soft one doubtful is taken and wants an
/// explanation.
/// </summary>
static class Relations
{
    /// <summary>Which figure a row is about.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Period">SDMX period.</param>
    /// <param name="Explanation">Why it does not fit others, if the row says so.</param>
    public sealed record Figure(string Indicator, string Period, string? Explanation);

    /// <summary>Decides row by row, then holds what would be in force against the relations of the day.</summary>
    public static Import.DecideGroups<Indicator, TRow> Held<TRow>(
        Func<Indicator, TRow, Occasion, Decision> decide, Func<TRow, Figure> about, bool handedDown = false)
        where TRow : notnull => async (session, groups, occasion, cancel) =>
    {
        var tenant = occasion.By.Tenant;
        var relations = (await RelationBook.On(session, tenant, occasion.Today, cancel))
            .Where(relation => relation.Kind == RelationKind.HandedDown == handedDown).ToList();
        await Hold(groups, relations, decide, about, occasion, codes => Load(session, tenant, codes, cancel));
    };

    /// <summary>The same for given relations; <paramref name="load"/> finds what the push does not hold itself, once.</summary>
    public static async Task Hold<TRow>(
        IReadOnlyList<Group<Indicator, TRow>> groups, IReadOnlyList<Relation> relations, Func<Indicator, TRow, Occasion, Decision> decide,
        Func<TRow, Figure> about, Occasion occasion, Func<IReadOnlyCollection<string>, Task<IReadOnlyDictionary<string, Indicator>>> load)
        where TRow : notnull
    {
        var push = new Push<TRow>(groups, relations, decide, about, occasion);
        push.Decide();
        push.Take(await load(push.Missing));
        // A refused row takes its figure with it, which may break another relation; there are only so many rows.
        while (push.Refuse()) push.Decide();
        push.Doubt();
        push.Note();
    }

    /// <summary>Indicators by code, in one round trip.</summary>
    public static async Task<IReadOnlyDictionary<string, Indicator>> Load(
        IQuerySession session, string tenant, IReadOnlyCollection<string> codes, CancellationToken cancel) =>
        codes.Count == 0
            ? new Dictionary<string, Indicator>()
            : (await session.LoadManyAsync<Indicator>(cancel, codes.Select(code => Indicator.Stream(tenant, code))))
                .Where(one => one.History.Definition is not null).ToDictionary(one => one.History.Definition!.Code);

    /// <summary>What was said about a doubt, as long as it is the same doubt.</summary>
    public static RelationExplained? Explained(Reckoned reckoned, IReadOnlyDictionary<string, Indicator> known) => reckoned.Relation.Operands
        .Select(code => known.GetValueOrDefault(code)?.Explanations.GetValueOrDefault(Indicator.Doubt(reckoned.Relation.Code, reckoned.Period)))
        .FirstOrDefault(said => said is not null && (said.Value, said.Expected) == (reckoned.Value, reckoned.Expected));

    /// <summary>The rows of one push, what is decided about each, and what would be in force after all of them.</summary>
    sealed class Push<TRow>(
        IReadOnlyList<Group<Indicator, TRow>> groups, IReadOnlyList<Relation> relations, Func<Indicator, TRow, Occasion, Decision> decide,
        Func<TRow, Figure> about, Occasion occasion)
        where TRow : notnull
    {
        readonly Dictionary<int, Refusal> refused = [];
        readonly Dictionary<int, Decision> decided = [];
        readonly Dictionary<string, Indicator> after = [];
        readonly Dictionary<string, IndicatorHistory> histories = [];
        // The rows that are about a figure, and of these the figures that are not what they were.
        readonly Dictionary<(string Indicator, string Period), List<int>> rows = [];
        readonly HashSet<(string Indicator, string Period)> changed = [];
        readonly Dictionary<int, Figure> figures = groups.SelectMany(group => group.Rows).ToDictionary(row => row.Row, row => about(row.Value));
        IReadOnlyDictionary<string, Indicator> others = new Dictionary<string, Indicator>();

        public void Decide()
        {
            rows.Clear();
            changed.Clear();
            foreach (var group in groups)
            {
                var state = group.State;
                var code = state.History.Definition?.Code;
                var recorded = new HashSet<string>();
                foreach (var (row, value) in group.Rows)
                {
                    decided[row] = refused.TryGetValue(row, out var refusal) ? refusal : decide(state, value, occasion);
                    if (decided[row].Refusal is null && code is not null)
                    {
                        var key = (code, figures[row].Period);
                        if (rows.TryGetValue(key, out var same)) same.Add(row);
                        else rows[key] = [row];
                        if (!decided[row].ChangesNothing) recorded.Add(figures[row].Period);
                    }

                    foreach (var happened in decided[row]) state = state.Evolve(happened);
                }

                if (code is null) continue;
                (after[code], histories[code]) = (state, state.History);
                var before = group.State.History;
                var handed = !ReferenceEquals(before.HandedDown, state.History.HandedDown);
                changed.UnionWith(recorded.Where(period => handed || before.InForce(period)?.Value != state.History.InForce(period)?.Value).Select(period => (code, period)));
            }
        }

        /// <summary>Indicators that stand in a relation with those of the push, and are not in it.</summary>
        public IReadOnlyCollection<string> Missing =>
        [
            .. relations.Where(relation => relation.Operands.Any(after.ContainsKey)).SelectMany(relation => relation.Operands)
                .Where(code => !after.ContainsKey(code)).Distinct(),
        ];

        /// <summary>Takes the missing indicators as they stand.</summary>
        public void Take(IReadOnlyDictionary<string, Indicator> missing)
        {
            others = missing;
            foreach (var (code, indicator) in missing) histories[code] = indicator.History;
        }

        /// <summary>Refuses the rows that break a hard relation; false where none does.</summary>
        public bool Refuse()
        {
            var before = refused.Count;
            foreach (var (reckoned, touching) in Broken(changed).ToList())
            {
                if (reckoned.Relation.Severity != RelationSeverity.Hard) continue;
                foreach (var row in touching)
                    refused.TryAdd(row, Refusal.Invalid("relation-broken",
                        $"与审核关系 {reckoned.Relation.Code} 不符：{reckoned.Words.Zh}（依据：{reckoned.Relation.Source}）。请核对各数；有关各数可在同一批中一并更正。",
                        $"Relation {reckoned.Relation.Code} does not hold: {reckoned.Words.En} (by {reckoned.Relation.Source}). Check the figures; all of them can be corrected in one push.",
                        "value"));
            }

            return refused.Count > before;
        }

        /// <summary>Asks for an explanation of what is doubtful, or records the one that was given.</summary>
        public void Doubt()
        {
            var explained = rows.Where(one => one.Value.Exists(row => figures[row].Explanation is not null)).Select(one => one.Key);
            var current = after.Concat(others.Where(one => !after.ContainsKey(one.Key))).ToDictionary();
            var spoken = new HashSet<int>();
            foreach (var (reckoned, touching) in Broken(changed.Concat(explained).Distinct()).ToList())
            {
                var relation = reckoned.Relation;
                var said = Explained(reckoned, current);
                if (touching.Find(row => figures[row].Explanation is not null) is var speaker && figures.GetValueOrDefault(speaker)?.Explanation is { } words)
                {
                    spoken.UnionWith(touching.Where(row => figures[row].Explanation is not null));
                    if (said?.Explanation == words) continue;
                    var record = new RelationExplained(figures[speaker].Indicator, reckoned.Period, relation.Code, reckoned.Value, reckoned.Expected, words, null);
                    decided[speaker] = Also(decided[speaker], record);
                    continue;
                }

                if (said is not null) continue;
                // The reckoned figure is the one to look at, where it was sent.
                var asked = touching.Where(row => figures[row].Indicator == relation.Indicator).ToList();
                foreach (var row in asked.Count > 0 ? asked : touching)
                    decided[row] = decided[row].With([new Warning("relation-doubtful", new(
                        $"与审核关系 {relation.Code} 不符：{reckoned.Words.Zh}（依据：{relation.Source}）。请核对；如属实，请在 explanation 中说明，或用 /v1/explanations 补报说明。",
                        $"Relation {relation.Code} is doubtful: {reckoned.Words.En} (by {relation.Source}). Check it; if it is so, say why in explanation, or later at /v1/explanations."), "value")]);
            }

            Unspoken(spoken);
        }

        /// <summary>Writes down what became of each row.</summary>
        public void Note()
        {
            foreach (var group in groups)
            {
                foreach (var (row, _) in group.Rows)
                    if (group.Note(row, decided[row])) group.Append([.. decided[row]]);
            }
        }

        void Unspoken(HashSet<int> spoken)
        {
            foreach (var (row, figure) in figures)
                if (figure.Explanation is not null && !spoken.Contains(row) && decided[row].Refusal is null)
                    decided[row] = decided[row].With([ExplainDoubt.Nothing("explanation")]);
        }

        /// <summary>Relations that do not hold, each with the rows of the push that have a part in it.</summary>
        IEnumerable<(Reckoned Reckoned, List<int> Rows)> Broken(IEnumerable<(string Indicator, string Period)> of)
        {
            var touched = new Dictionary<(string Relation, string Period), (Relation Relation, List<int> Rows)>();
            var periods = of.ToLookup(one => one.Indicator, one => one.Period);
            foreach (var relation in relations)
            {
                foreach (var (indicator, period) in relation.Operands.Distinct().SelectMany(code => periods[code].Select(period => (code, period))))
                {
                    if (!Period.TryParse(period, out var at)) continue;
                    var sums = histories.GetValueOrDefault(relation.Indicator)?.Definition?.PeriodType;
                    foreach (var judged in Reckoning.Periods(relation, indicator, at, sums).Distinct())
                    {
                        if (!touched.TryGetValue((relation.Code, judged), out var known)) touched[(relation.Code, judged)] = known = (relation, []);
                        known.Rows.AddRange(rows[(indicator, period)]);
                    }
                }
            }

            foreach (var ((_, period), (relation, touching)) in touched)
                if (Reckoning.Reckon(relation, period, histories) is { Holds: false } reckoned)
                    yield return (reckoned, [.. touching.Distinct().Order()]);
        }

        static Decision Also(Decision decision, object happened)
        {
            Decision both = [.. decision, happened];
            return both.With(decision.Warnings);
        }
    }
}
