using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// What a statistician would ask back about: a value far from its neighbour (the same period in force, else the same period a year before
/// or after, else the base); one that is off from base or target by the factor between two units; a percentage that no share can be;
/// a quantity below zero. What an unconfirmed value says counts for little, so base and target decide beside it.
/// </summary>
static class Plausibility
{
    static readonly (double Factor, string Zh, string En)[] units =
    [
        (100_000_000, "元与亿元", "元 and 亿元"), (10_000, "元与万元，或万元与亿元", "元 and 万元, or 万元 and 亿元"), (100, "百分数与小数", "percent and share"),
    ];

    public static IEnumerable<Warning> Check(IndicatorHistory history, Period period, decimal value, VerdictRules rules, DateOnly today)
    {
        var references = References(history, period, today).ToList();
        if (Share(history, value, references) is { } share) yield return share;
        var neighbour = Neighbour(history, period);
        var near = neighbour is { Trusted: true } ? neighbour
            : BaseBeside(history, period) ?? (references.Count == 0 ? neighbour : null);
        if (Negative(history, value, references, near) is { } negative) yield return negative;
        if (near is { } beside && Mistaken(value, beside.Value, beside.Of, atLeast: false) is { } off)
        {
            yield return off;
            yield break;
        }

        // A neighbour that nobody doubts knows better than a plan of years ago.
        if (neighbour is not { Trusted: true } &&
            references.Select(one => Mistaken(value, one.Value, one.Of, atLeast: true)).FirstOrDefault(found => found is not null) is { } strange)
            yield return strange;
        else if (near is { } known && Jump(history, value, known, rules) is { } jump)
            yield return jump;
    }

    /// <summary>Half to double the factor between two units: a year's growth lies in between. Against a base or a target every factor about 100 or more.</summary>
    static Warning? Mistaken(decimal value, decimal known, (string Zh, string En) of, bool atLeast)
    {
        if (known == 0 || value == 0) return null;
        var ratio = Math.Abs((double)value / (double)known);
        var factor = Math.Max(ratio, 1 / ratio);
        var mistaken = units.FirstOrDefault(unit => factor / unit.Factor is > 0.5 and < 2);
        if (mistaken.Zh is null)
        {
            if (!atLeast || factor < 50) return null;
            mistaken = (Math.Round(factor), "万元与元、吨与万吨等", "万元 and 元, 吨 and 万吨 and the like");
        }

        return new Warning("unit-mistaken", new(
            $"{value} 约为{of.Zh} {known} 的 {(ratio > 1 ? "" : "1/")}{mistaken.Factor:0} 倍，请核对计量单位（{mistaken.Zh}）；如确无误，请核实后确认（/v1/confirmations）。",
            $"{value} is about {(ratio > 1 ? "" : "1/")}{mistaken.Factor:0} times {of.En} {known}; check the unit ({mistaken.En}), or confirm it at /v1/confirmations."), "value");
    }

    static Warning? Jump(IndicatorHistory history, decimal value, Beside near, VerdictRules rules)
    {
        if (near.Value == value) return null;
        // Rates differ by points, levels by percent of the level.
        var rate = IsRate(history);
        var apart = rate ? Math.Abs((double)value - (double)near.Value)
            : near.Value == 0 ? 0 : Math.Abs((double)value - (double)near.Value) / Math.Abs((double)near.Value) * 100;
        return apart > (double)rules.JumpBandPercent
            ? new Warning("implausible-jump", new(
                $"{value} 与{near.Of.Zh} {near.Value} 相差 {apart:0.#}{(rate ? " 个百分点" : "%")}，超过 {rules.JumpBandPercent}；请核实后确认（/v1/confirmations）。",
                $"{value} differs from {near.Of.En} {near.Value} by {apart:0.#}{(rate ? " points" : "%")}, more than {rules.JumpBandPercent}; check and confirm it at /v1/confirmations."), "value")
            : null;
    }

    /// <summary>No share of a whole exceeds 100 percent or falls below nothing; a rate of growth seldom exceeds 100 either way.</summary>
    static Warning? Share(IndicatorHistory history, decimal value, List<Beside> references)
    {
        if (!IsRate(history)) return null;
        var whole = history.Definition!.Unit.StartsWith('‰') ? 1_000 : 100;
        // Where the plan itself says more, it is no share.
        if (references.Exists(one => one.Value > whole)) return null;
        var floor = IsGrowth(history) || references.Exists(one => one.Value < 0) ? -whole : 0;
        return value >= floor && value <= whole ? null : new Warning("percent-out-of-range", new(
            $"{value} 超出 {history.Definition.Unit} 指标通常的范围（{floor} 至 {whole}）；请核实后确认（/v1/confirmations）。",
            $"{value} lies outside what a figure in {history.Definition.Unit} usually is ({floor} to {whole}); check and confirm it at /v1/confirmations."), "value");
    }

    static Warning? Negative(IndicatorHistory history, decimal value, List<Beside> references, Beside? near) =>
        value >= 0 || IsRate(history) || history.Definition!.Unit.Contains("百分点", StringComparison.Ordinal) || near?.Value < 0 ||
        references.Exists(one => one.Value < 0)
            ? null
            : new Warning("negative-value", new(
                $"{value} 为负数，而该指标以{history.Definition.Unit}计；请核实后确认（/v1/confirmations）。",
                $"{value} is below zero, and the indicator counts {history.Definition.Unit}; check and confirm it at /v1/confirmations."), "value");

    static bool IsRate(IndicatorHistory history) => history.Definition!.Unit is ['%' or '％' or '‰', ..];

    static bool IsGrowth(IndicatorHistory history) =>
        history.Targets.Values.Any(versions => versions[^1].Target.Kind is TargetKind.GrowthRate or TargetKind.Relative or TargetKind.Trend) ||
        growing.Any(word => history.Definition!.Name.Contains(word, StringComparison.Ordinal));

    static readonly string[] growing = ["增速", "增长", "增幅", "涨幅", "变化率", "使用量"];

    /// <summary>A figure that a value is held against.</summary>
    sealed record Beside(decimal Value, (string Zh, string En) Of, bool Trusted = true);

    /// <summary>
    /// The base, and every target in force, as they would be in a period of this length: what adds up over a year is a twelfth of it in
    /// a month.
    /// </summary>
    static IEnumerable<Beside> References(IndicatorHistory history, Period period, DateOnly today)
    {
        var months = history.Definition!.PeriodType switch
        {
            PeriodType.Flow when !IsRate(history) => period.Last.Month - period.First.Month + 1,
            PeriodType.YearToDate when !IsRate(history) => period.Last.Month,
            _ => 12,
        };
        decimal Part(decimal year) => year * months / 12;
        if (history.Definition.Baseline is { Value: { } start, Year: var from })
            yield return new(Part(start), ($" {from} 年基期值", $"the base of {from},"));
        foreach (var year in history.Targets.Keys)
        {
            if (history.TargetOn(year, today) is not { } target) continue;
            if (target.Value is { } lower) yield return new(Part(lower), ($" {year} 年目标", $"the target of {year},"));
            if (target.Upper is { } upper) yield return new(Part(upper), ($" {year} 年目标上限", $"the upper target of {year},"));
        }
    }

    static Beside? Neighbour(IndicatorHistory history, Period period)
    {
        var around = new[] { period, period.AddYears(-1), period.AddYears(1) }.OfType<Period>()
            .Select(one => (one.Text, Known: history.InForce(one.Text))).Where(one => one.Known is not null)
            .Select(one => new Beside(one.Known!.Value!.Value, ($" {one.Text} 的", $"the value of {one.Text},"), one.Known.Flags.Length == 0)).ToList();
        return around.Find(one => one.Trusted) ?? around.FirstOrDefault();
    }

    static Beside? BaseBeside(IndicatorHistory history, Period period) =>
        history.Definition?.Baseline is { Value: { } start, Year: var year } && period.Frequency == "A" && Math.Abs(period.First.Year - year) <= 1
            ? new(start, ($" {year} 年基期值", $"the base of {year},"))
            : null;
}
