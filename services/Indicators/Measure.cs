using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>What a reported number is in the catalogue's own unit and places, and what was done to it on the way, which is always said.</summary>
static class Measure
{
    const int PlacesMax = 10;

    /// <summary>The number in the indicator's unit, still with all its places; or why it cannot be read.</summary>
    public static (Refusal? Misread, decimal Value, List<Warning> Notes) Of(ReportValue.Row row, IndicatorDefined definition, Period period, string tenant)
    {
        var notes = new List<Warning>();
        if (Frequency(definition, period) is { } finer) notes.Add(finer);
        if (row.Said is { } said)
            return said.Against(row.Value, definition, tenant) switch
            {
                ({ } refusal, _) => (refusal, 0, notes),
                (_, { } inUnit) => (null, inUnit.Value, inUnit.From is { } from ? [.. notes, ReadAs($"{row.Value} {from}", inUnit.Value, definition.Unit, "OBS_VALUE")] : notes),
                _ => (TooLarge(row.Value, definition.Unit, "OBS_VALUE"), 0, notes),
            };
        if (row.Unit is not { } given || Units.Same(given, definition.Unit)) return (null, row.Value, notes);
        if (Units.Ratio(given, definition.Unit) is not { } ratio) return (Differs(given, definition, "unit"), 0, notes);
        if (Units.Scaled(row.Value, ratio) is not { } converted) return (TooLarge(row.Value, given, "value"), 0, notes);
        return (null, converted, [.. notes, ReadAs($"{row.Value} {given}", converted, definition.Unit, "value")]);
    }

    /// <summary>
    /// The number at the places the indicator is published with, half to even; with as many as any figure may have where nobody has said.
    /// </summary>
    public static decimal Rounded(decimal value, IndicatorDefined definition, List<Warning>? notes = null)
    {
        var places = definition.Decimals ?? PlacesMax;
        var rounded = Math.Round(value, places, MidpointRounding.ToEven);
        if (rounded == 0) rounded = 0;
        if (rounded != value)
            notes?.Add(new Warning("rounded", new(
                $"{Text(value)} 超过该指标的 {places} 位小数，按“四舍六入五成双”记为 {Text(rounded)}。",
                $"{Text(value)} has more than the indicator's {places} places; recorded as {Text(rounded)}, half to even."), "value"));
        return rounded;
    }

    internal static Refusal Differs(string given, IndicatorDefined definition, string field) => Refusal.Invalid("unit-differs",
        $"所填单位 {given} 与指标的计量单位 {definition.Unit} 不同，且无法换算；请按 {definition.Unit} 填报，或更正单位。",
        $"The unit given, {given}, is not the indicator's, {definition.Unit}, nor convertible to it; report in {definition.Unit}, or correct the unit.", field);

    static Refusal TooLarge(decimal value, string unit, string field) => Refusal.Invalid("out-of-range",
        $"{value} {unit} 换算后超出 10^15；请核对数值与单位。", $"{value} {unit} is beyond 10^15 when converted; check the value and its unit.", field);

    static Warning ReadAs(string from, decimal value, string unit, string field) => new("read-as", new(
        $"{from} 换算为 {Text(value)} {unit}。", $"{from} was read as {Text(value)} {unit}."), field);

    /// <summary>Values of a shorter time than the indicator is reported for are kept, but nobody asked for them.</summary>
    static Warning? Frequency(IndicatorDefined definition, Period period) =>
        definition.Frequency is { } own && Months(period.Frequency) < Months(own)
            ? new Warning("frequency-differs", new(
                $"该指标按{Name(own).Zh}（{own}）报送，{period} 是{Name(period.Frequency).Zh}数据；请核对期别。",
                $"The indicator is reported by the {Name(own).En} ({own}), and {period} is a {Name(period.Frequency).En}; check the period."), "period")
            : null;

    static int Months(string frequency) => frequency switch { "A" => 12, "S" => 6, "Q" => 3, _ => 1 };

    static (string Zh, string En) Name(string frequency) => frequency switch
    {
        "A" => ("年度", "year"), "S" => ("半年度", "half-year"), "Q" => ("季度", "quarter"), _ => ("月度", "month"),
    };

    // Without the zeros that a conversion leaves at the end.
    internal static string Text(decimal value) => Math.Round(value, PlacesMax, MidpointRounding.ToEven).ToString("0.##########", System.Globalization.CultureInfo.InvariantCulture);
}
