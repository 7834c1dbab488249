using System.Globalization;
using System.Text.Json;
using CsCheck;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Sylvan.Data.Csv;

namespace Monitoring.Indicators.Tests;

/// <summary>Relations are judged on what would be in force after a whole push, and only where all figures are known.</summary>
public sealed class RelationSpecs
{
    static readonly Relation sectors = new(
        "gdp-by-sector", RelationKind.SumOfParts, RelationSeverity.Hard, "gdp", ["primary", "secondary", "tertiary"], null, null, null, 0.1m, "国民经济核算制度");

    static readonly Relation soft = sectors with { Severity = RelationSeverity.Soft };
    static readonly string[] codes = ["gdp", "primary", "secondary", "tertiary"];

    static IndicatorDefined Defined(string code, string unit = "亿元", PeriodType? type = null) => new(
        code, code switch { "primary" => "一产", "secondary" => "二产", "tertiary" => "三产", _ => code }, code, unit, Nature.Expected, Direction.Increase, "fyp14", "x", null, [], 1,
        null, null, null, type);

    static ReportValue.Row Row(string code, decimal value, string? explanation = null, string period = "2021") =>
        new(code, period, value, ValueStatus.Final, null, null, "核实", null, null, null, explanation);

    /// <summary>A push as the service decides it: one group for each indicator, and the others as they stand.</summary>
    static async Task<Dictionary<string, Group<Indicator, ReportValue.Row>>> Push(
        Dictionary<string, Indicator> known, IReadOnlyList<Relation> relations, params IReadOnlyList<ReportValue.Row> rows)
    {
        var groups = rows.Select((row, index) => (Row: index + 1, Value: row)).GroupBy(row => row.Value.Indicator)
            .Select(group => new Group<Indicator, ReportValue.Row>(group.Key, known[group.Key], [.. group])).ToList();
        await Relations.Hold(
            groups, relations, (state, row, at) => ReportValue.Decide(state, row, VerdictRules.Shipped, at), row => new(row.Indicator, row.Period, row.Explanation),
            Occasions.Now, asked => Task.FromResult<IReadOnlyDictionary<string, Indicator>>(known.Where(one => asked.Contains(one.Key)).ToDictionary()));
        return groups.ToDictionary(group => group.Stream);
    }

    static Dictionary<string, Indicator> Known(params (string Code, decimal Value)[] values) => codes.ToDictionary(
        code => code, code => values.Where(one => one.Code == code).Aggregate(
            new Indicator().Evolve(Defined(code)), (state, one) => state.Evolve(new ValueReported(code, "2021", one.Value, ValueStatus.Final, null, null))));

    static string[] Outcome(Dictionary<string, Group<Indicator, ReportValue.Row>> groups) =>
    [
        .. groups.Values.OrderBy(group => group.Stream, StringComparer.Ordinal).SelectMany(group =>
            group.Errors.Select(error => $"{group.Stream} {error.Code}").Concat(group.Warnings.Select(warning => $"{group.Stream} {warning.Code}"))
                .Concat(group.Events.Select(happened => $"{group.Stream} {EventJson.Text(happened)}"))),
    ];

    [Fact]
    public async Task A_row_that_breaks_a_hard_relation_is_refused_with_the_reckoning_in_words()
    {
        var groups = await Push(Known(("primary", 30.1m), ("secondary", 60.2m), ("tertiary", 100)), [sectors], Row("gdp", 215.3m));
        var error = Assert.Single(groups["gdp"].Errors);
        Assert.Equal("relation-broken", error.Code);
        Assert.Contains("一产 30.1 + 二产 60.2 + 三产 100 = 190.3，与gdp 215.3 相差 25", error.Message.Zh, StringComparison.Ordinal);
        Assert.Empty(groups["gdp"].Events);
    }

    [Fact]
    public async Task Parts_and_total_that_fit_may_come_in_one_push_although_what_was_known_does_not_fit()
    {
        var known = Known(("gdp", 500), ("primary", 30.1m));
        var groups = await Push(known, [sectors], Row("gdp", 190.3m), Row("secondary", 60.2m), Row("tertiary", 100));
        Assert.All(groups.Values, group => Assert.Single(group.Events));
        var broken = await Push(known, [sectors], Row("secondary", 60.2m), Row("tertiary", 100));
        Assert.All(broken.Values, group => Assert.Equal("relation-broken", Assert.Single(group.Errors).Code));
    }

    [Fact]
    public async Task Where_a_figure_is_missing_nothing_is_judged() =>
        Assert.Empty((await Push(Known(("primary", 30.1m), ("tertiary", 100)), [sectors], Row("gdp", 215.3m)))["gdp"].Errors);

    [Fact]
    public async Task A_soft_relation_wants_an_explanation_which_goes_on_record_and_holds_for_these_figures()
    {
        var known = Known(("primary", 30.1m), ("secondary", 60.2m), ("tertiary", 100));
        var asked = await Push(known, [soft], Row("gdp", 215.3m));
        Assert.Equal(["relation-doubtful"], asked["gdp"].Warnings.Select(one => one.Code));
        Assert.IsType<ValueReported>(Assert.Single(asked["gdp"].Events));

        var answered = await Push(known, [soft], Row("gdp", 215.3m, "三产为快报数"));
        Assert.Empty(answered["gdp"].Warnings);
        Assert.Equal(new RelationExplained("gdp", "2021", "gdp-by-sector", 215.3m, 190.3m, "三产为快报数", null), answered["gdp"].Events[^1]);

        // The same row again, and the explanation for a value on record.
        var after = answered["gdp"].Events.Aggregate(known["gdp"], (state, happened) => state.Evolve(happened));
        known["gdp"] = after;
        Assert.Equal([1], (await Push(known, [soft], Row("gdp", 215.3m, "三产为快报数")))["gdp"].Identical);
        Assert.Empty((await Push(known, [soft], Row("gdp", 215.3m)))["gdp"].Warnings);
        Assert.IsType<RelationExplained>(Assert.Single((await Push(known, [soft], Row("gdp", 215.3m, "另有说明")))["gdp"].Events));
        // Another figure is another doubt.
        Assert.Equal(["relation-doubtful"], (await Push(known, [soft], Row("primary", 30)))["primary"].Warnings.Select(one => one.Code));
        Assert.Equal(["nothing-to-explain"], (await Push(known, [soft], Row("gdp", 190.3m, "无")))["gdp"].Warnings.Select(one => one.Code));
    }

    [Fact]
    public void An_explanation_is_taken_only_where_there_is_a_doubt()
    {
        var gdp = Known(("gdp", 215.3m))["gdp"];
        var reckoned = new Reckoned(soft, "2021", 215.3m, 190.3m, false, new("", ""));
        ExplainDoubt.Row row = new("gdp", "2021", "gdp-by-sector", "口径", null);
        Assert.Equal("relation-unknown", ExplainDoubt.Decide(gdp, row, null, null, null).Refusal?.Code);
        Assert.Equal("indicator-not-related", ExplainDoubt.Decide(gdp, row with { Indicator = "pm25" }, soft, reckoned, null).Refusal?.Code);
        Assert.Equal(["nothing-to-explain"], ExplainDoubt.Decide(gdp, row, soft, reckoned with { Holds = true }, null).Warnings.Select(one => one.Code));
        var said = Assert.IsType<RelationExplained>(Assert.Single(ExplainDoubt.Decide(gdp, row, soft, reckoned, null)));
        Assert.True(ExplainDoubt.Decide(gdp, row, soft, reckoned, said).ChangesNothing);
    }

    static readonly Gen<decimal> figure = Gen.Int[1, 40].Select(tenths => tenths / 10m);

    [Fact]
    public Task Whatever_the_order_of_the_rows_the_outcome_is_the_same() => Gen.Select(
        figure.Array[4], Gen.Int[0, 15], Gen.Bool, Gen.Shuffle(codes)).SampleAsync(async sample =>
    {
        var (values, held, hard, order) = sample;
        // Some figures are on record already, as another value.
        var known = Known([.. codes.Where((_, index) => (held >> index & 1) == 1).Select(code => (code, 7m))]);
        Relation[] relations = [hard ? sectors : soft, sectors with { Code = "second", Indicator = "primary", Parts = ["secondary"], Tolerance = 2 }];
        var straight = await Push(known, relations, [.. codes.Select((code, index) => Row(code, values[index]))]);
        var shuffled = await Push(known, relations, [.. order.Select(code => Row(code, values[Array.IndexOf(codes, code)]))]);
        Assert.Equal(Outcome(straight), Outcome(shuffled));
    }, iter: 300);

    static Dictionary<string, IndicatorHistory> Histories(params (string Code, string Unit, PeriodType Type, (string Period, decimal Value)[] Values)[] of) => of.ToDictionary(
        one => one.Code, one => one.Values.Aggregate(new IndicatorHistory().Evolve(Defined(one.Code, one.Unit, one.Type)), (history, value) =>
            history.Evolve(new ValueReported(one.Code, value.Period, value.Value, ValueStatus.Final, null, null))));

    static Relation Of(RelationKind kind, string[] parts, decimal tolerance, string? whole = null, decimal? factor = null) =>
        new("r", kind, RelationSeverity.Soft, "total", parts, whole, null, factor, tolerance, "x");

    static readonly Gen<(double Tolerance, double[] Values)> operands =
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 2_000].Array[13], (tolerance, values) => (tolerance / 10d, values.Select(value => value / 10d).ToArray()));

    static void Agrees(bool? holds, Reckoned? reckoned) => Assert.Equal(holds, reckoned?.Holds);

    // Independently reckoned in double; a hair beside the tolerance either answer will do.
    static bool? Within(double value, double expected, double tolerance) =>
        Math.Abs(Math.Abs(value - expected) - tolerance) < 1e-9 ? null : Math.Abs(value - expected) < tolerance;

    static void Check(double value, double expected, double tolerance, Reckoned? reckoned)
    {
        if (Within(value, expected, tolerance) is { } holds) Agrees(holds, reckoned);
    }

    [Fact]
    public void Each_kind_agrees_with_an_independent_reckoning() => operands.Sample(sample =>
    {
        var (tolerance, v) = sample;
        var allowed = (decimal)tolerance;
        decimal D(int index) => (decimal)v[index];
        Check(v[0], v[1] + v[2] / 10_000, tolerance, Reckoning.Reckon(Of(RelationKind.SumOfParts, ["a", "b"], allowed), "2021", Histories(
            ("total", "亿元", PeriodType.Flow, [("2021", D(0))]), ("a", "亿元", PeriodType.Flow, [("2021", D(1))]), ("b", "万元", PeriodType.Flow, [("2021", D(2))]))));
        Check(v[0], v[1] / v[2] * 100, tolerance, Reckoning.Reckon(Of(RelationKind.Share, ["a"], allowed, "b"), "2021", Histories(
            ("total", "%", PeriodType.Flow, [("2021", D(0))]), ("a", "亿元", PeriodType.Flow, [("2021", D(1))]), ("b", "亿元", PeriodType.Flow, [("2021", D(2))]))));
        Check(v[0], (v[1] / v[2] - 1) * 100, tolerance, Reckoning.Reckon(Of(RelationKind.SameOfLastYear, ["a"], allowed), "2021-Q2", Histories(
            ("total", "%", PeriodType.YearToDate, [("2021-Q2", D(0))]), ("a", "亿元", PeriodType.YearToDate, [("2021-Q2", D(1)), ("2020-Q2", D(2))]))));
        var months = Enumerable.Range(1, 6).Select(month => (string.Create(CultureInfo.InvariantCulture, $"2021-{month:00}"), D(month))).ToArray();
        Check(v[0] * 6, v[1..7].Sum(), tolerance, Reckoning.Reckon(Of(RelationKind.YearToDate, ["a"], allowed), "2021-06", Histories(
            ("total", "亿元", PeriodType.YearToDate, [("2021-06", D(0) * 6)]), ("a", "亿元", PeriodType.Flow, months))));
        Check(v[0] * 3, v[4..7].Sum(), tolerance, Reckoning.Reckon(Of(RelationKind.YearToDate, ["total"], allowed), "2021-Q2", Histories(
            ("total", "亿元", PeriodType.Flow, [("2021-Q2", D(0) * 3), .. months]))));
    }, iter: 1_000);

    [Theory]
    [InlineData(TargetKind.AtMost, 10, 4, 6, true)]
    [InlineData(TargetKind.AtMost, 10, 4, 6.2, false)]
    [InlineData(TargetKind.AtMost, 10, 4, 1, true)]
    [InlineData(TargetKind.AtLeast, 10, 4, 5.8, false)]
    [InlineData(TargetKind.AtLeast, 10, 4, 9, true)]
    public void What_is_handed_down_to_the_parts_keeps_to_what_was_handed_down(TargetKind kind, decimal whole, decimal one, decimal other, bool holds)
    {
        var histories = Histories(("total", "吨", PeriodType.Flow, []), ("a", "吨", PeriodType.Flow, []), ("b", "吨", PeriodType.Flow, []));
        foreach (var (code, value) in new[] { ("total", whole), ("a", one), ("b", other) })
            histories[code] = histories[code].Evolve(new TargetHandedDown(code, 2022, kind, value, "洛环〔2022〕8号", null, null));
        Agrees(holds, Reckoning.Reckon(Of(RelationKind.HandedDown, ["a", "b"], 0.1m), "2022", histories));
        Agrees(null, Reckoning.Reckon(Of(RelationKind.HandedDown, ["a", "b"], 0.1m), "2023", histories));
    }

    [Fact]
    public void A_value_of_last_year_concerns_the_growth_of_this() => Assert.Equal(
        ["2021-Q2", "2022-Q2"], Reckoning.Periods(Of(RelationKind.SameOfLastYear, ["a"], 0), "a", Period.Parse("2021-Q2"), null));

    [Fact]
    public void A_month_concerns_what_is_cumulated_from_it_on() => Assert.Equal(
        ["2021", "2021-S2", "2021-Q4", "2021-12", "2021-11"],
        Reckoning.Periods(Of(RelationKind.YearToDate, ["a"], 0), "a", Period.Parse("2021-11"), PeriodType.YearToDate));

    [Fact]
    public void A_month_of_a_flow_concerns_the_periods_it_lies_in() => Assert.Equal(
        ["2021", "2021-S2", "2021-Q4", "2021-11"],
        Reckoning.Periods(Of(RelationKind.YearToDate, ["a"], 0), "a", Period.Parse("2021-11"), PeriodType.Flow));

    [Fact]
    public void The_shipped_relations_are_about_the_plan_and_each_says_where_it_is_from()
    {
        var folder = Path.Combine(TestServers.Root, "deploy", "plan", "410325");
        var shipped = JsonSerializer.Deserialize<RelationSet>(File.ReadAllText(Path.Combine(folder, "relations.json")), EventJson.Options)!.Relations;
        var units = new Dictionary<string, string>();
        using (var csv = CsvDataReader.Create(Path.Combine(folder, "indicators.csv")))
            while (csv.Read()) units[csv.GetString(0)] = csv.GetString(csv.GetOrdinal("unit"));
        Assert.Equal(shipped.Length, shipped.Select(relation => relation.Code).Distinct().Count());
        Assert.All(shipped, relation =>
        {
            Assert.All(relation.Operands, code => Assert.Contains(code, units.Keys));
            Assert.NotEmpty(relation.Source);
            // The plan contradicts itself, so that none of its relations may refuse what a department knows.
            Assert.Equal(RelationSeverity.Soft, relation.Severity);
            if (relation.Kind == RelationKind.SumOfParts)
                Assert.All(relation.Parts, part => Assert.NotNull(Units.Ratio(units[part], units[relation.Indicator])));
        });
    }

    [Fact]
    public void A_version_of_the_relations_never_changes()
    {
        PublishRelations.Row row = new("2026-1", new(2026, 1, 1), [sectors], "年报审核");
        var book = new Specification<RelationBook>().Given().When(it => PublishRelations.Decide(it, row, Occasions.Now));
        book.Then(new RelationSetPublished(new("2026-1", new(2026, 1, 1), [sectors]), "年报审核"));
        book.Given(new RelationSetPublished(row.Set, "年报审核")).When(it => PublishRelations.Decide(it, row with { Relations = [sectors with { Parts = [.. sectors.Parts] }] }, Occasions.Now)).ThenNothing();
        book.When(it => PublishRelations.Decide(it, row with { Relations = [soft] }, Occasions.Now)).ThenRefused("relations-differ");
    }
}
