using Monitoring.Contracts.Indicators;

namespace Monitoring.Evaluation.Reviews;

/// <summary>A printed figure and everything that it is made of; its code stands beside it in every report (数据编号).</summary>
/// <param name="Code">e.g. <c>410325-2023M-0137</c>: county, review, number.</param>
/// <param name="Table">Where it is printed, e.g. 附表1.</param>
/// <param name="Subject">Indicator, project or column of the plan that it is about.</param>
/// <param name="Name">The same in words.</param>
/// <param name="What">What the figure says, e.g. 2022 年完成值.</param>
/// <param name="Printed">As printed.</param>
/// <param name="Value">The number itself; null for words.</param>
/// <param name="Unit">Its unit; null for words.</param>
/// <param name="Formula">How it was computed: the rule and what went in; null for a reported value.</param>
/// <param name="Rules">Version of the verdict rules; null where none were used.</param>
/// <param name="Verdict">For a verdict: the one that counts.</param>
/// <param name="Proposed">For a verdict: the one by rule.</param>
/// <param name="DecidedBy">For a verdict: who confirmed or overruled it.</param>
/// <param name="Reason">For a verdict: why, where somebody said so.</param>
/// <param name="Events">Ids of the events that it rests on, in ledger order.</param>
/// <param name="Parts">Codes of the figures that it adds up or counts.</param>
public sealed record Figure(
    string Code, string Table, string Subject, string Name, string What, string Printed, decimal? Value, string? Unit, string? Formula, string? Rules,
    Verdict? Verdict, Verdict? Proposed, string? DecidedBy, string? Reason, IReadOnlyList<Guid> Events, IReadOnlyList<string> Parts);

/// <summary>Numbers the figures of one report in the order in which they are made.</summary>
sealed class Figures(string tenant, string review)
{
    readonly List<Figure> all = [];

    public IReadOnlyList<Figure> All => all;

    /// <summary>What all codes begin with.</summary>
    public string Prefix { get; } = $"{tenant}-{review}-";

    /// <summary>Prints a number, or a dash where there is none.</summary>
    public Cell Number(
        string table, string subject, string name, string what, decimal? value, int places, string? unit, string? formula, IEnumerable<Fact> facts,
        string? rules = null, IReadOnlyList<string>? parts = null) =>
        value is not { } known ? Cell.None
            : Add(new(
                "", table, subject, name, what, Cell.Plain(known, places), known, unit, formula, rules, null, null, null, null, Ids(facts), parts ?? []), places);

    /// <summary>Prints words.</summary>
    public Cell Words(string table, string subject, string name, string what, string? words, string? formula, IEnumerable<Fact> facts) =>
        string.IsNullOrEmpty(words) ? Cell.None
            : Add(new("", table, subject, name, what, words, null, null, formula, null, null, null, null, null, Ids(facts), []), 0);

    /// <summary>Prints a figure under the next code.</summary>
    public Cell Add(Figure figure, int places)
    {
        var number = all.Count + 1;
        all.Add(figure with { Code = $"{Prefix}{number:0000}" });
        return new Cell(figure.Printed, figure.Value, places, number);
    }

    /// <summary>The code of a printed cell.</summary>
    public string CodeOf(Cell cell) => all[cell.Figure!.Value - 1].Code;

    internal static IReadOnlyList<Guid> Ids(IEnumerable<Fact> facts) => [.. facts.OrderBy(fact => fact.Position).Select(fact => fact.Id)];
}
