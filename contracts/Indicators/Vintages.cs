using System.Collections.Immutable;

namespace Monitoring.Contracts.Indicators;

/// <summary>One published figure for a period (数据版本). A withdrawal is a vintage without a value.</summary>
/// <param name="Value">In the indicator's unit; null when it was withdrawn.</param>
/// <param name="Status">How final it is.</param>
/// <param name="ReleasedOn">The day it was published; <see cref="DateOnly.MinValue"/> where nobody said.</param>
/// <param name="Document">Where it comes from.</param>
/// <param name="Reason">Why it replaced an earlier one.</param>
/// <param name="Flags">What looked implausible and is not confirmed.</param>
/// <param name="Verified">Signed off by the statistics department.</param>
public sealed record Vintage(
    decimal? Value, ValueStatus Status, DateOnly ReleasedOn, string? Document, string? Reason, string[] Flags, bool Verified);

/// <summary>
/// All vintages of one period, in the order of their release, whatever order they arrived in: by day, then by how final
/// they are, then by arrival. The last one is in force.
/// </summary>
public static class Vintages
{
    /// <summary>The vintage in force; null where none has been published or the last was withdrawn.</summary>
    public static Vintage? InForce(this ImmutableList<Vintage> vintages) =>
        vintages is [.., { Value: not null } last] ? last : null;

    /// <summary>Puts a vintage that came in late in its place.</summary>
    static ImmutableList<Vintage> With(this ImmutableList<Vintage> vintages, Vintage late)
    {
        var place = vintages.Count;
        while (place > 0 && vintages[place - 1].IsLaterThan(late)) place--;
        return vintages.Insert(place, late);
    }

    /// <summary>True when <paramref name="other"/> would take its place before this one.</summary>
    public static bool IsLaterThan(this Vintage vintage, Vintage other) =>
        (vintage.ReleasedOn, vintage.Status).CompareTo((other.ReleasedOn, other.Status)) > 0;

    /// <summary>Folds what happened to the values of one indicator; anything else changes nothing.</summary>
    public static ImmutableSortedDictionary<string, ImmutableList<Vintage>> Evolve(
        this ImmutableSortedDictionary<string, ImmutableList<Vintage>> values, object happened) => happened switch
        {
            ValueReported e => values.Append(e.Period, new(e.Value, e.Status, e.ReleasedOn ?? default, e.Document, null, e.Flags ?? [], false)),
            ValueRevised e => values.Append(e.Period, new(e.Value, e.Status, e.ReleasedOn ?? default, e.Document, e.Reason, e.Flags ?? [], false)),
            VintageAdded e => values.SetItem(e.Period, values.GetValueOrDefault(e.Period, []).With(new(e.Value, e.Status, e.ReleasedOn, e.Document, null, [], false))),
            ValueWithdrawn e => values.Append(e.Period, new(null, e.Status, e.ReleasedOn, e.Document, e.Reason, [], false)),
            ValueVerified e => values.Mark(e.Period, vintage => vintage with { Verified = true }),
            ValueConfirmed e => values.Mark(e.Period, vintage => vintage with { Flags = [] }),
            _ => values,
        };

    /// <summary>No values yet, periods in their notation's order.</summary>
    public static readonly ImmutableSortedDictionary<string, ImmutableList<Vintage>> None =
        ImmutableSortedDictionary.Create<string, ImmutableList<Vintage>>(StringComparer.Ordinal);

    static ImmutableSortedDictionary<string, ImmutableList<Vintage>> Append(
        this ImmutableSortedDictionary<string, ImmutableList<Vintage>> values, string period, Vintage latest) =>
        values.SetItem(period, values.GetValueOrDefault(period, []).Add(latest));

    static ImmutableSortedDictionary<string, ImmutableList<Vintage>> Mark(
        this ImmutableSortedDictionary<string, ImmutableList<Vintage>> values, string period, Func<Vintage, Vintage> mark) =>
        values.TryGetValue(period, out var vintages) && vintages.Count > 0
            ? values.SetItem(period, vintages.SetItem(vintages.Count - 1, mark(vintages[^1])))
            : values;
}
