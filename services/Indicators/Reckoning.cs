using System.Globalization;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>A relation in one period: what was reported, what it would be by the other figures, and how that is reckoned, in words.</summary>
public sealed record Reckoned(Relation Relation, string Period, decimal Value, decimal Expected, bool Holds, Text Words);

/// <summary>Reckons a relation from the figures of its indicators; nothing where one of them is not known.</summary>
static class Reckoning
{
    // Beyond this no figure lies; what a quotient makes of the smallest number is not worth more digits.
    const double ExpectedMax = 1e18;

    /// <summary>The periods whose relation a figure of this indicator and period has a part in; <paramref name="sums"/> says what the reckoned figure adds up.</summary>
    public static IEnumerable<string> Periods(Relation relation, string indicator, Period changed, PeriodType? sums)
    {
        if (relation.Indicator == indicator || (relation.Whole == indicator && relation.Kind == RelationKind.Share)) yield return changed.Text;
        if (!relation.Parts.Contains(indicator)) yield break;
        switch (relation.Kind)
        {
            case RelationKind.YearToDate:
                foreach (var text in Texts(changed.First.Year))
                    if (Period.Parse(text) is var sum && sum != changed && sum.Last >= changed.Last && (sums == PeriodType.YearToDate || sum.First <= changed.First))
                        yield return text;
                if (relation.Indicator != indicator) yield return changed.Text;
                break;
            case RelationKind.SameOfLastYear:
                yield return changed.Text;
                if (changed.AddYears(1) is { } next) yield return next.Text;
                break;
            default:
                yield return changed.Text;
                break;
        }
    }

    /// <summary>Every notation of a year and its parts.</summary>
    static IEnumerable<string> Texts(int year) =>
    [
        $"{year}", .. Enumerable.Range(1, 2).Select(half => $"{year}-S{half}"), .. Enumerable.Range(1, 4).Select(quarter => $"{year}-Q{quarter}"),
        .. Enumerable.Range(1, 12).Select(month => Month(year, month)),
    ];

    static string Month(int year, int month) => string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}");

    public static Reckoned? Reckon(Relation relation, string period, IReadOnlyDictionary<string, IndicatorHistory> of)
    {
        if (relation.Operands.Any(code => of.GetValueOrDefault(code)?.Definition is null)) return null;
        return relation.Kind switch
        {
            RelationKind.SumOfParts => Sum(relation, period, of),
            RelationKind.YearToDate => Months(relation, Period.Parse(period), of),
            RelationKind.Share => Share(relation, period, of),
            RelationKind.HandedDown => HandedDown(relation, period, of),
            _ => Growth(relation, Period.Parse(period), of),
        };
    }

    static Reckoned? Sum(Relation relation, string period, IReadOnlyDictionary<string, IndicatorHistory> of)
    {
        var whole = of[relation.Indicator];
        if (whole.InForce(period)?.Value is not { } value) return null;
        var parts = new List<(IndicatorHistory Of, decimal Value)>();
        foreach (var part in relation.Parts.Select(code => of[code]))
        {
            if (part.InForce(period)?.Value is not { } own || Units.Convert(own, part.Definition!.Unit, whole.Definition!.Unit) is not { } counted) return null;
            parts.Add((part, counted));
        }

        return Compared(relation, period, whole, value, parts.Sum(part => part.Value), english => string.Join(" + ", parts.Select(part => $"{Name(part.Of, english)} {Text(part.Value)}")));
    }

    static Reckoned? Months(Relation relation, Period period, IReadOnlyDictionary<string, IndicatorHistory> of)
    {
        var (sum, part) = (of[relation.Indicator], of[relation.Parts[0]]);
        if (sum.InForce(period.Text)?.Value is not { } value) return null;
        var itself = relation.Indicator == relation.Parts[0];
        var first = sum.Definition!.PeriodType == PeriodType.YearToDate ? 1 : period.First.Month;
        // What is cumulated already is never added up.
        if (itself && (period.Frequency == "M" || sum.Definition.PeriodType == PeriodType.YearToDate)) return null;
        var total = 0m;
        for (var month = first; month <= period.Last.Month; month++)
        {
            if (part.InForce(Month(period.First.Year, month))?.Value is not { } own ||
                Units.Convert(own, part.Definition!.Unit, sum.Definition.Unit) is not { } counted) return null;
            total += counted;
        }

        return Compared(relation, period.Text, sum, value, total, english => english
            ? $"{Name(part, english)} of months {first} to {period.Last.Month}" : $"{Name(part, english)} {first}—{period.Last.Month} 月合计");
    }

    static Reckoned? Share(Relation relation, string period, IReadOnlyDictionary<string, IndicatorHistory> of)
    {
        var (share, part) = (of[relation.Indicator], of[relation.Parts[0]]);
        var whole = relation.Whole is { } code ? of[code] : null;
        if (share.InForce(period)?.Value is not { } value || part.InForce(period)?.Value is not { } own) return null;
        if ((whole is null ? relation.WholeValue : whole.InForce(period)?.Value) is not { } all || all == 0) return null;
        // Of two units of one kind the part is counted in the whole's; else the factor says what the quotient means.
        var counted = whole is null ? own : Units.Convert(own, part.Definition!.Unit, whole.Definition!.Unit) ?? own;
        var factor = relation.Factor ?? 100;
        return Compared(relation, period, share, value, Quotient(counted, all, factor), english =>
            $"{Name(part, english)} {Text(counted)} ÷ {(whole is null ? "" : Name(whole, english) + " ")}{Text(all)} × {Text(factor)}");
    }

    static Reckoned? Growth(Relation relation, Period period, IReadOnlyDictionary<string, IndicatorHistory> of)
    {
        var (rate, level) = (of[relation.Indicator], of[relation.Parts[0]]);
        if (period.AddYears(-1) is not { } before || rate.InForce(period.Text)?.Value is not { } value ||
            level.InForce(period.Text)?.Value is not { } now || level.InForce(before.Text)?.Value is not { } then || then == 0) return null;
        return Compared(relation, period.Text, rate, value, Quotient(now - then, then, 100), english =>
            $"({Name(level, english)} {period} {Text(now)} ÷ {before} {Text(then)} − 1) × 100");
    }

    static Reckoned? HandedDown(Relation relation, string period, IReadOnlyDictionary<string, IndicatorHistory> of)
    {
        var year = Period.Parse(period).First.Year;
        TargetHandedDown? Of(string code) => of[code].HandedDown.FindLast(one => one.Year == year);
        var whole = of[relation.Indicator];
        if (Of(relation.Indicator) is not { } handed) return null;
        var parts = new List<(IndicatorHistory Of, decimal Value)>();
        foreach (var code in relation.Parts)
        {
            if (Of(code) is not { } own || own.Kind != handed.Kind ||
                Units.Convert(own.Value, of[code].Definition!.Unit, whole.Definition!.Unit) is not { } counted) return null;
            parts.Add((of[code], counted));
        }

        var sum = parts.Sum(part => part.Value);
        // The parts together must reach a floor, and stay below a ceiling.
        var holds = handed.Kind == TargetKind.AtLeast ? sum >= handed.Value - relation.Tolerance : sum <= handed.Value + relation.Tolerance;
        return Compared(relation, period, whole, handed.Value, sum, english =>
            string.Join(" + ", parts.Select(part => $"{Name(part.Of, english)} {(english ? "handed down" : "下达")} {Text(part.Value)}"))) with { Holds = holds };
    }

    static Reckoned Compared(Relation relation, string period, IndicatorHistory whole, decimal value, decimal expected, Func<bool, string> how)
    {
        var apart = Math.Abs(value - expected);
        var (sum, given, difference) = (Text(Math.Round(expected, 4)), Text(value), Text(Math.Round(apart, 4)));
        return new Reckoned(relation, period, value, expected, apart <= relation.Tolerance, new(
            $"{how(false)} = {sum}，与{Name(whole, false)} {given} 相差 {difference}",
            $"{how(true)} = {sum}, which differs from {Name(whole, true)} {given} by {difference}"));
    }

    static decimal Quotient(decimal part, decimal whole, decimal factor)
    {
        var rough = (double)part / (double)whole * (double)factor;
        return Math.Abs(rough) >= ExpectedMax ? Math.Sign(rough) * (decimal)ExpectedMax
            // Multiplied first where there is room, so that 1 of 3 times 300 is 100.
            : Math.Abs((double)part * (double)factor) < 1e26 && Math.Abs(rough) < 1e12 ? part * factor / whole
            : (decimal)rough;
    }

    static string Name(IndicatorHistory history, bool english) => english ? history.Definition!.NameEn : history.Definition!.Name;

    static string Text(decimal value) => Measure.Text(value);
}
