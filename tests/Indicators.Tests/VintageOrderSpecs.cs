using CsCheck;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Indicators.Tests;

/// <summary>Whatever order vintages are reported in, and however often, the same values are in force in the end.</summary>
public sealed class VintageOrderSpecs
{
    static readonly IndicatorDefined Gdp = new(
        "gdp", "地区生产总值", "GDP", "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", new(2020, 205, null), [], 1, null);

    static readonly TargetSet Target = new("gdp", 2025, TargetKind.IncreaseTo, 300, null, null, null);

    // Vintages of three years as they are published: more final ones later, each on a day of its own.
    static readonly Gen<ReportValue.Row[]> published = Gen.Select(Gen.Int[2021, 2023], Gen.Enum<ValueStatus>(), Gen.Int[200, 300])
        .Array[1, 12].Select(rows => rows.DistinctBy(row => (row.Item1, row.Item2)).Select(row => new ReportValue.Row(
            "gdp", $"{row.Item1}", row.Item3, row.Item2, null, null, row.Item2 == ValueStatus.Corrected ? "差错" : null,
            new DateOnly(row.Item1 + 1, 1, 5).AddMonths((int)row.Item2 * 2),
            row.Item2 == ValueStatus.Corrected ? RevisionReason.ClericalError : null)).ToArray());

    static Indicator Reported(IEnumerable<ReportValue.Row> rows) => rows.Aggregate(
        new Indicator().Evolve(Gdp).Evolve(Target), (state, row) =>
        {
            var decision = ReportValue.Decide(state, row, VerdictRules.Shipped, Occasions.Now);
            Assert.Null(decision.Refusal);
            return decision.Aggregate(state, (known, happened) => known.Evolve(happened));
        });

    [Fact]
    public void Any_order_with_any_repeats_gives_the_same_vintages_and_the_same_verdict() => published.SelectMany(rows =>
        Gen.Select(Gen.Shuffle(rows), Gen.Shuffle(rows), (once, twice) => (rows, shuffled: once.Concat(twice)))).Sample(sample =>
    {
        var (sorted, shuffled) = (Reported(sample.rows.OrderBy(row => row.ReleasedOn)), Reported(sample.shuffled));
        Assert.Equal(sorted.History.Values.Keys, shuffled.History.Values.Keys);
        foreach (var (period, vintages) in sorted.History.Values)
            Assert.Equal(
                vintages.Select(vintage => (vintage.Value, vintage.Status, vintage.ReleasedOn)),
                shuffled.History.Values[period].Select(vintage => (vintage.Value, vintage.Status, vintage.ReleasedOn)));
        Assert.Equal(
            Judging.Judge(sorted.History.EvidenceOn(new(2023, 12, 31)), VerdictRules.Shipped).ToString(),
            Judging.Judge(shuffled.History.EvidenceOn(new(2023, 12, 31)), VerdictRules.Shipped).ToString());
    }, iter: 2_000);

    [Fact]
    public void A_revised_base_is_kept_beside_the_printed_one()
    {
        var state = Reported([
            new("gdp", "2020", 210, ValueStatus.Census, null, null, null, new(2021, 12, 1)),
            new("gdp", "2022", 243, ValueStatus.Final, null, null, null, new(2023, 12, 1))]);
        Assert.Equal((205m, 210m), (state.History.Base(BaseChoice.Original)!.Value, state.History.Base(BaseChoice.Revised)!.Value));
        var answer = VerdictOf.Of(state.History, new(2022, 12, 31), VerdictRules.Shipped, [], english: false);
        Assert.Equal((Verdict.OnSchedule, Verdict.BehindSchedule, 210m), (answer.Judgement.Verdict, answer.OnRevisedBase!.Verdict, answer.RevisedBase));
    }
}
