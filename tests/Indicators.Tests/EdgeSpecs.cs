using System.Globalization;
using CsCheck;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Indicators.Tests;

/// <summary>Whatever stands at the edge of its type is decided, judged and related without an exception.</summary>
public sealed class EdgeSpecs
{
    const decimal Most = 1_000_000_000_000_000m;

    static Gen<T> Any<T>(params T[] of) => Gen.Int[0, of.Length - 1].Select(index => of[index]);

    static readonly Gen<decimal> number = Any<decimal>(Most, -Most, Most - 0.0000000001m, 0, 0.0000000001m, -0.0000000001m, 1, 100, -100, 205, 0.1m);
    static readonly Gen<decimal?> numberOrNone = Gen.Select(number, Gen.Int[0, 3], (value, none) => none == 0 ? (decimal?)null : value);
    static readonly Gen<int> year = Any(1949, 1950, 2000, 2020, 2021, 2025, 2026, 2099, 2100);

    static readonly Gen<string> period = Any(
        "1900", "1900-S1", "1900-Q1", "1900-01", "1901", "1999-12", "2000", "2021", "2021-Q4", "2025-S2", "2026-05", "2099", "2099-12", "2099-Q4", "2099-S2");

    static readonly Gen<DateOnly?> day = Any<DateOnly?>(
        null, DateOnly.MinValue, DateOnly.MaxValue, new(1900, 1, 1), new(2026, 6, 2), new(2026, 6, 3), new(2024, 2, 29));

    static readonly Gen<string?> unit = Any<string?>(null, "元", "万亿元", "亿元", "%", "‰", "亩", "", " ", "万", "/年", "人民币", new string('万', 20));

    static readonly Gen<Sdmx.Said?> said = Gen.Select(
        Gen.Int[0, 2], Any<int?>(null, -12, 0, 8, 12), Any<string?>(null, "CNY", "PT", "M2", "元"),
        (none, mult, measure) => none > 0 ? null : new Sdmx.Said(null, null, mult, measure));

    static readonly Gen<IndicatorDefined> definition = Gen.Select(
        Any("亿元", "元", "%", "‰", "亩", "个", "毫米"), numberOrNone, year, Any<int?>(null, -6, 0, 8, 12),
        Any<int?>(null, 0, 10), Any<PeriodType?>(null, PeriodType.Flow, PeriodType.Stock, PeriodType.YearToDate), Gen.Bool, (own, start, from, mult, places, type, based) =>
            new IndicatorDefined("gdp", "某指标", "Any", own, Nature.Expected, Direction.Increase, "fyp14", "x", based ? new(from, start, null) : null, [], 1, null, mult, places, type, "A"));

    static readonly Gen<TargetSet> target = Gen.Select(year, Gen.Enum<TargetKind>(), numberOrNone, numberOrNone, numberOrNone, Gen.Enum<PathMethod>(), Gen.Bool, (due, kind, value, upper, growth, path, around) =>
        new TargetSet("gdp", due, kind, value, upper, growth, null, path, null, around));

    static readonly Gen<ReportValue.Row> row = Gen.Select(period, number, Gen.Enum<ValueStatus>(), day, unit, said, Gen.Bool, (of, value, status, released, given, sdmx, reasoned) =>
        new ReportValue.Row("gdp", of, value, status, null, null, reasoned ? "更正" : null, released, reasoned ? RevisionReason.ClericalError : null, given) { Said = sdmx });

    static readonly VerdictRules widest = VerdictRules.Shipped with { HardPaceRatio = 100, AroundPercent = 50, JumpBandPercent = 1 };

    [Fact]
    public void Reporting_and_judging_never_fail() => Gen.Select(definition, target, target, row.Array[1, 8]).Sample((defined, first, second, rows) =>
    {
        var state = new Indicator().Evolve(defined).Evolve(first).Evolve(second);
        foreach (var one in rows)
        {
            var decision = ReportValue.Decide(state, one, widest, Occasions.Now);
            var after = decision.Aggregate(state, (known, happened) => known.Evolve(happened));
            OffTrack.Worse(state.History, after.History, widest, new Dictionary<string, IReadOnlyList<Observation>>(), Occasions.Now.Today);
            foreach (var on in new[] { new DateOnly(1900, 1, 1), new(2026, 6, 2), new(2200, 12, 31) })
                VerdictOf.Of(after.History, on, widest, [], false);
            Assert.All(after.History.Values.Values.SelectMany(vintages => vintages), vintage => Assert.InRange(vintage.Value!.Value, -Most, Most));
            state = after;
        }
    }, iter: 3_000);

    [Fact]
    public void Relating_never_fails() => Gen.Select(definition, definition, Gen.Enum<RelationKind>(), period, number.Array[4], number).Sample((one, other, kind, of, values, factor) =>
    {
        var relation = new Relation(
            "r", kind, RelationSeverity.Soft, "gdp", ["part"], kind == RelationKind.Share && factor > 1 ? "part" : null, factor, factor, 0, "x");
        IndicatorHistory History(IndicatorDefined defined, int offset) => new[] { of, Period.Parse(of).AddYears(-1)?.Text ?? "1900", $"{of[..4]}-01", $"{of[..4]}-12" }
            .Distinct().Index().Aggregate(new IndicatorHistory().Evolve(defined), (history, at) => history.Evolve(
                new ValueReported(defined.Code, at.Item, values[(at.Index + offset) % 4], ValueStatus.Final, null, null)))
            .Evolve(new TargetHandedDown(defined.Code, int.Parse(of[..4], CultureInfo.InvariantCulture), TargetKind.AtMost, values[offset], "x", null, null));
        var histories = new Dictionary<string, IndicatorHistory> { ["gdp"] = History(one, 0), ["part"] = History(other with { Code = "part" }, 1) };
        foreach (var judged in Reckoning.Periods(relation, "part", Period.Parse(of), one.PeriodType).Append(of).Distinct()) Reckoning.Reckon(relation, judged, histories);
    }, iter: 3_000);

    [Theory]
    [InlineData("1900")]
    [InlineData("1900-Q1")]
    [InlineData("1900-S1")]
    [InlineData("1900-01")]
    public void The_first_period_there_is_takes_a_value(string first) => new Specification<Indicator>()
        .Given(new IndicatorDefined("gdp", "地区生产总值", "GDP", "亿元", Nature.Expected, Direction.Increase, "fyp14", "x", null, [], 1, null))
        .When(it => ReportValue.Decide(it, new("gdp", first, 1, ValueStatus.Final, null, null, null), VerdictRules.Shipped, Occasions.Now))
        .Then(new ValueReported("gdp", first, 1, ValueStatus.Final, null, null, Occasions.Now.Today));
}
