using CsCheck;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Contracts.Tests;

/// <summary>One example, or a few, for every kind of target, and what holds for each of them whatever the numbers are.</summary>
public sealed class JudgingSpecs
{
    static readonly VerdictRules rules = VerdictRules.Shipped;

    static Evidence Of(
        TargetKind kind, decimal? target, decimal? from, string on, params (string Period, decimal Value)[] values) => new()
    {
        Target = new TargetSet("it", 2025, kind, target, null, null, null),
        Base = from is null ? null : new Baseline(2020, from, null),
        Direction = Direction.Increase,
        Values = [.. values.Select(value => new Observation(Period.Parse(value.Period), value.Value, ValueStatus.Final, false))],
        On = DateOnly.Parse(on, System.Globalization.CultureInfo.InvariantCulture),
    };

    static Evidence With(Evidence evidence, Func<TargetSet, TargetSet> change) => evidence with { Target = change(evidence.Target!) };

    static Judgement Judge(Evidence evidence) => Judging.Judge(evidence, rules);

    static Verdict Verdict_(Evidence evidence) => Judge(evidence).Verdict;

    [Theory]
    [InlineData("2022-12-31", 243.0, 238.7)]
    [InlineData("2023-06-30", 252.5, 248.0)]
    [InlineData("2023-12-31", 262.0, 257.6)]
    public void Gdp_is_expected_where_the_worked_example_has_it(string on, decimal linear, decimal geometric)
    {
        var gdp = Of(TargetKind.AtLeast, 300, 205, on);
        Assert.Equal(linear, Judge(With(gdp, it => it with { Path = PathMethod.Linear })).ExpectedOn);
        Assert.Equal(geometric, Math.Round(Judge(With(gdp, it => it with { Path = PathMethod.Geometric })).ExpectedOn!.Value, 1));
    }

    [Fact]
    public void A_printed_growth_makes_the_path_geometric_and_is_checked()
    {
        var gdp = With(Of(TargetKind.AtLeast, 300, 205, "2022-12-31", ("2022", 240)), it => it with { Growth = 8.4m });
        Assert.Equal(("at_least, geometric", Verdict.OnSchedule), (Judge(gdp).Method, Judge(gdp).Verdict));
        Assert.Contains("growth-does-not-compute", Judge(gdp).Flags);
        var retail = With(Of(TargetKind.IncreaseTo, 185.7m, 120.7m, "2022-12-31", ("2022", 150)), it => it with { Growth = 9 });
        Assert.Empty(Judge(retail).Flags);
    }

    [Fact]
    public void Forest_stock_of_the_last_plan_went_31_percent_of_the_way()
    {
        var stock = new Evidence
        {
            Target = new TargetSet("it", 2020, TargetKind.IncreaseTo, 1500, null, null, null), Base = new(2015, 1063, null),
            Values = [new(Period.Parse("2020"), 1199, ValueStatus.Estimate, false)], On = new(2020, 12, 31), Direction = Direction.Increase,
        };
        Assert.Equal((Verdict.NotAchieved, 0.3112m), (Judge(stock).Verdict, Math.Round(Judge(stock).Progress!.Value, 4)));
    }

    [Fact]
    public void A_falling_level_is_on_its_way_down()
    {
        var down = Of(TargetKind.DecreaseTo, 0, 10, "2022-12-31", ("2022", 6));
        Assert.Equal((Verdict.OnSchedule, 6m, 0.4m), (Judge(down).Verdict, Judge(down).Expected, Judge(down).Progress));
        Assert.Equal(Verdict.BehindSchedule, Verdict_(Of(TargetKind.DecreaseTo, 0, 10, "2022-12-31", ("2022", 6.2m))));
        Assert.Equal(Verdict.AchievedEarly, Verdict_(Of(TargetKind.DecreaseTo, 0, 10, "2022-12-31", ("2022", 0))));
    }

    [Fact]
    public void A_ceiling_holds_every_year_or_was_not_kept()
    {
        Assert.Equal(Verdict.WithinLimit, Verdict_(Of(TargetKind.AtMost, 2.8m, 2.8m, "2022-12-31", ("2021", 2.9m), ("2022", 2.8m))));
        Assert.Equal(Verdict.BeyondLimit, Verdict_(Of(TargetKind.AtMost, 2.8m, 2.8m, "2022-12-31", ("2022", 2.9m))));
        var end = Judge(Of(TargetKind.AtMost, 2.8m, 2.8m, "2025-12-31", ("2021", 2.9m), ("2025", 2.7m)));
        Assert.Equal((Verdict.NotAchieved, "period-missed:2021"), (end.Verdict, end.Flags[0]));
    }

    [Fact]
    public void Break_through_means_more_than_the_target_and_at_least_does_not()
    {
        var exact = Of(TargetKind.AtLeast, 300, 205, "2025-12-31", ("2025", 300));
        Assert.Equal(Verdict.Achieved, Verdict_(exact));
        Assert.Equal(Verdict.NotAchieved, Verdict_(With(exact, it => it with { Strict = true })));
        Assert.Equal(Verdict.Achieved, Verdict_(With(Of(TargetKind.AtLeast, 300, 205, "2025-12-31", ("2025", 300.4m)), it => it with { Strict = true })));
    }

    [Theory]
    [InlineData(4.66, Verdict.NotAchieved)]
    [InlineData(4.6616, Verdict.Achieved)]
    [InlineData(4.6614, Verdict.NotAchieved)]
    public void Farmland_is_compared_at_the_places_its_target_prints(decimal value, Verdict verdict) =>
        Assert.Equal(verdict, Verdict_(Of(TargetKind.AtLeast, 4.662m, 4.7m, "2025-12-31", ("2025", value))));

    [Fact]
    public void A_range_is_met_from_its_lower_end_and_few_things_are_expected_whole()
    {
        Evidence Companies(string period, decimal value) =>
            With(Of(TargetKind.Range, 1, 0, $"{period}-12-31", (period, value)), it => it with { Upper = 2 });
        Assert.Equal(Verdict.OnSchedule, Verdict_(Companies("2022", 0)));
        Assert.Equal(Verdict.AchievedEarly, Verdict_(Companies("2022", 1)));
        Assert.Equal(Verdict.NotAchieved, Verdict_(Companies("2025", 0)));
        Assert.Equal((Verdict.Achieved, "above-range"), (Verdict_(Companies("2025", 3)), Judge(Companies("2025", 3)).Flags[0]));
    }

    [Fact]
    public void An_average_growth_is_the_geometric_mean_and_a_year_below_is_flagged()
    {
        var judged = Judge(Of(TargetKind.GrowthRate, 7.5m, 6.7m, "2022-12-31", ("2021", 9), ("2022", 7)));
        Assert.Equal((Verdict.OnSchedule, "year-below:2022"), (judged.Verdict, judged.Flags[0]));
        Assert.Equal(7.9954m, Math.Round(judged.Value!.Value, 4));
        Assert.Equal(Verdict.BehindSchedule, Verdict_(Of(TargetKind.GrowthRate, 7.5m, 6.7m, "2022-12-31", ("2021", 7), ("2022", 7))));
        Assert.Equal(Verdict.HardToAchieve, Verdict_(Of(TargetKind.GrowthRate, 7.5m, 6.7m, "2024-12-31", ("2021", 2), ("2022", 1), ("2023", 2), ("2024", 1))));
    }

    [Fact]
    public void Urbanisation_gains_points_and_not_percent()
    {
        var judged = Judge(With(Of(TargetKind.PointsPerYear, 49, 40, "2022-12-31", ("2022", 43.6m)), it => it with { Growth = 1.8m }));
        Assert.Equal((Verdict.OnSchedule, 43.6m, 0), (judged.Verdict, judged.Expected, judged.Flags.Count));
    }

    [Fact]
    public void A_sum_starts_at_nothing_and_values_since_january_are_never_added_up()
    {
        var jobs = Of(TargetKind.Cumulative, 1.75m, 2.79m, "2022-12-31", ("2021", 0.4m), ("2022", 0.3m));
        Assert.Equal((Verdict.OnSchedule, 0.7m, 0.4m), (Judge(jobs).Verdict, Judge(jobs).Value, Judge(jobs).Progress));
        var monthly = Of(TargetKind.Cumulative, 10, null, "2021-06-30", ("2021-04", 0.6m), ("2021-05", 0.8m), ("2021-06", 1)) with { PeriodType = PeriodType.YearToDate };
        Assert.Equal((1m, Verdict.OnSchedule), (Judge(monthly).Value, Judge(monthly).Verdict));
        var quarters = Of(TargetKind.Cumulative, 10, null, "2021-06-30", ("2021-Q1", 0.6m), ("2021-Q2", 0.4m)) with { PeriodType = PeriodType.Flow };
        Assert.Equal(1m, Judge(quarters).Value);
        Assert.Equal("years-missing", Judge(Of(TargetKind.Cumulative, 1.75m, null, "2022-12-31", ("2022", 0.3m))).Why);
    }

    [Fact]
    public void A_quota_is_due_every_year_and_nearly_met_only_where_that_is_switched_on()
    {
        var belts = Of(TargetKind.AnnualQuota, 1, null, "2022-12-31", ("2021", 1), ("2022", 1));
        Assert.Equal(Verdict.OnSchedule, Verdict_(belts));
        var late = Of(TargetKind.AnnualQuota, 1, null, "2022-12-31", ("2021", 0), ("2022", 2));
        Assert.Equal(Verdict.BehindSchedule, Verdict_(late));
        Assert.Equal(Verdict.NearlyOnSchedule, Judging.Judge(late, rules with { NearlyShare = 0.9m }).Verdict);
    }

    [Fact]
    public void What_is_to_be_kept_allows_less_only_where_the_plan_says_about()
    {
        var grain = Of(TargetKind.Maintain, 20, 20, "2022-12-31", ("2022", 19.7m)) with { Decimals = 1 };
        Assert.Equal(Verdict.BeyondLimit, Verdict_(grain));
        Assert.Equal(Verdict.WithinLimit, Verdict_(With(grain, it => it with { Around = true })));
    }

    [Fact]
    public void A_class_is_better_the_lower_its_number()
    {
        Assert.Equal(Verdict.WithinLimit, Verdict_(Of(TargetKind.Class, 2, null, "2022-12-31", ("2022", 1))));
        Assert.Equal(Verdict.BeyondLimit, Verdict_(Of(TargetKind.Class, 2, null, "2022-12-31", ("2022", 3))));
    }

    [Fact]
    public void Full_coverage_is_a_hundred_unless_it_is_said_to_be_basic()
    {
        Assert.Equal(Verdict.NotAchieved, Verdict_(Of(TargetKind.CoverageFull, null, 80, "2025-12-31", ("2025", 99))));
        Assert.Equal(Verdict.Achieved, Verdict_(With(Of(TargetKind.CoverageFull, null, 80, "2025-12-31", ("2025", 96)), it => it with { Verbatim = "基本全覆盖" })));
    }

    [Fact]
    public void What_the_city_hands_down_is_judged_year_by_year_and_not_before()
    {
        var pm = Of(TargetKind.Delegated, null, 35, "2022-12-31", ("2021", 43), ("2022", 42)) with { Direction = Direction.Decrease };
        Assert.Equal("target-not-handed-down", Judge(pm).Why);
        var handed = pm with { HandedDown = [new("it", 2022, TargetKind.AtMost, 42.5m, "洛环〔2022〕8号", null, null)] };
        Assert.Equal((Verdict.WithinLimit, 42.5m), (Judge(handed).Verdict, Judge(handed).Expected));
        var attested = Judge(pm with { Values = [], Attested = [new("it", 2022, true, "函", null)] });
        Assert.Equal((Verdict.WithinLimit, "attested:2022", null), (attested.Verdict, attested.Flags[0], attested.Value));
    }

    [Fact]
    public void Above_the_province_means_above_and_by_a_margin_where_one_is_asked()
    {
        var growth = Of(TargetKind.Relative, null, null, "2022-12-31", ("2022", 6)) with { Reference = [new(Period.Parse("2022"), 5, ValueStatus.Final, false)] };
        Assert.Equal(Verdict.WithinLimit, Verdict_(growth));
        Assert.Equal(Verdict.WithinLimit, Verdict_(With(growth, it => it with { Margin = 1 })));
        Assert.Equal(Verdict.BeyondLimit, Verdict_(With(growth, it => it with { Margin = 1.1m })));
        Assert.Equal("reference-missing", Judge(growth with { Reference = [] }).Why);
    }

    [Fact]
    public void A_trend_is_held_against_the_year_before()
    {
        var falling = Of(TargetKind.Trend, null, 35, "2022-12-31", ("2021", 34), ("2022", 34)) with { Direction = Direction.Decrease };
        Assert.Equal(Verdict.BeyondLimit, Verdict_(falling));
        Assert.Equal(Verdict.WithinLimit, Verdict_(falling with { On = new(2021, 12, 31) }));
    }

    [Fact]
    public void A_milestone_is_due_on_its_day()
    {
        var forest = Of(TargetKind.Milestone, null, null, "2023-06-30");
        Assert.Equal("not-due-yet", Judge(forest).Why);
        Assert.Equal(Verdict.NotAchieved, Verdict_(forest with { On = new(2025, 12, 31) }));
        Assert.Equal(Verdict.AchievedEarly, Verdict_(Of(TargetKind.Milestone, null, null, "2023-06-30", ("2022", 1))));
    }

    [Fact]
    public void A_level_with_a_rate_is_decided_by_the_level()
    {
        var income = With(Of(TargetKind.Dual, 30_000, 19_900, "2022-12-31", ("2022", 24_000)), it => it with { Growth = 8.5m });
        Assert.Equal(Verdict.OnSchedule, Verdict_(income));
        var rate = With(income, it => it with { Growth = 12 });
        Assert.Contains("level-and-rate-differ", Judge(rate).Flags);
    }

    [Fact]
    public void A_missing_base_is_implied_by_level_and_rate()
    {
        var income = With(Of(TargetKind.IncreaseTo, 30_000, null, "2022-12-31", ("2022", 24_000)), it => it with { Growth = 8.5m });
        Assert.Equal((Verdict.OnSchedule, "implied-baseline"), (Judge(income).Verdict, Judge(income).Flags[0]));
        Assert.Equal(23_487m, Math.Round(Judge(income).Expected!.Value));
    }

    [Fact]
    public void A_target_at_or_below_the_base_is_a_floor_and_never_a_negative_progress()
    {
        var below = Judge(Of(TargetKind.IncreaseTo, 92, 98, "2022-12-31", ("2022", 97)));
        Assert.Equal((Verdict.WithinLimit, "target-below-baseline", null), (below.Verdict, below.Flags[0], below.Progress));
        Assert.Equal(Verdict.WithinLimit, Verdict_(Of(TargetKind.IncreaseTo, 0, 0, "2022-12-31", ("2022", 0))));
    }

    [Theory]
    [InlineData(TargetKind.Missing, "no-target")]
    [InlineData(TargetKind.Qualitative, "qualitative")]
    [InlineData(TargetKind.IncreaseTo, "value-missing")]
    public void Where_there_is_no_number_none_is_made_up(TargetKind kind, string why)
    {
        var judged = Judge(Of(kind, kind == TargetKind.IncreaseTo ? 10 : null, 5, "2022-12-31"));
        Assert.Equal((Verdict.NotEvaluable, why, null, null), (judged.Verdict, judged.Why, judged.Progress, judged.Value));
    }

    [Fact]
    public void A_half_year_of_a_flow_is_not_held_against_the_level_of_a_year()
    {
        var gdp = Of(TargetKind.AtLeast, 300, 205, "2023-06-30", ("2022", 243), ("2023-S1", 130)) with { PeriodType = PeriodType.YearToDate };
        Assert.Equal(("2022", Verdict.OnSchedule), (Judge(gdp).Period, Judge(gdp).Verdict));
        Assert.Equal("2023-S1", Judge(gdp with { PeriodType = PeriodType.Stock }).Period);
    }

    [Fact]
    public void The_plan_is_over_and_its_last_value_is_missing() =>
        Assert.Equal("final-value-missing", Judge(Of(TargetKind.IncreaseTo, 300, 205, "2026-12-31", ("2024", 280))).Why);

    [Fact]
    public void Nearly_and_hardly_are_thresholds_of_the_rules()
    {
        var near = Of(TargetKind.IncreaseTo, 100, 0, "2022-12-31", ("2022", 37));
        Assert.Equal(Verdict.BehindSchedule, Verdict_(near));
        Assert.Equal(Verdict.NearlyOnSchedule, Judging.Judge(near, rules with { NearlyShare = 0.9m }).Verdict);
        Assert.Equal(Verdict.HardToAchieve, Verdict_(Of(TargetKind.IncreaseTo, 100, 0, "2022-12-31", ("2022", 20))));
    }

    static readonly TargetKind[] judgedByValue =
    [
        TargetKind.IncreaseTo, TargetKind.DecreaseTo, TargetKind.AtMost, TargetKind.AtLeast, TargetKind.Range, TargetKind.GrowthRate,
        TargetKind.PointsPerYear, TargetKind.Cumulative, TargetKind.AnnualQuota, TargetKind.Maintain, TargetKind.Class, TargetKind.Ratio,
        TargetKind.CoverageFull, TargetKind.Delegated, TargetKind.Relative, TargetKind.Trend, TargetKind.Dual,
    ];

    public static TheoryData<TargetKind> Kinds => [.. judgedByValue];

    static bool FallsWithValue(TargetKind kind) => kind is TargetKind.DecreaseTo or TargetKind.AtMost or TargetKind.Class;

    static Gen<Evidence> Any(TargetKind kind) => Gen.Select(
        Gen.Int[1, 400], Gen.Int[1, 400], Gen.Int[0, 600].Array[5], Gen.Int[1, 5], Gen.Int[-1, 1],
        (from, to, values, years, growth) =>
        {
            var falls = FallsWithValue(kind);
            var target = falls && kind == TargetKind.DecreaseTo ? Math.Min(from, to) : to;
            var evidence = Of(kind, target, from, $"{2020 + years}-12-31", [.. values.Take(years).Select((value, index) => ($"{2021 + index}", (decimal)value / 2))]);
            return With(evidence, it => it with { Upper = target + 2, Growth = growth < 0 || kind == TargetKind.GrowthRate ? null : growth + 1 }) with
            {
                Direction = falls ? Direction.Decrease : Direction.Increase,
                HandedDown = [.. Enumerable.Range(2021, 5).Select(year => new TargetHandedDown("it", year, TargetKind.AtLeast, to, "文", null, null))],
                Reference = [.. Enumerable.Range(2021, 5).Select(year => new Observation(Period.Parse($"{year}"), to, ValueStatus.Final, false))],
            };
        });

    /// <summary>Better is never judged worse: a higher last value, or a lower one where lower is better, has no lower progress and no worse verdict.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_better_value_never_has_a_worse_verdict(TargetKind kind) => Gen.Select(Any(kind), Gen.Int[0, 200]).Sample((evidence, gain) =>
    {
        var last = evidence.Values[^1];
        var better = evidence with { Values = [.. evidence.Values.SkipLast(1), last with { Value = last.Value + (FallsWithValue(kind) ? -gain : gain) / 2m }] };
        var (was, now) = (Judge(evidence), Judge(better));
        if (was.Progress is { } far && now.Progress is { } farther) Assert.True(farther >= far, $"{was} → {now}");
        if (Verdicts.Severity(was.Verdict) is { } before && Verdicts.Severity(now.Verdict) is { } after) Assert.True(after <= before, $"{was} → {now}");
    }, iter: 2_000);

    /// <summary>The verdict depends on what is known, not on the order in which it came to be known.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_order_of_the_values_makes_no_difference(TargetKind kind) => Any(kind).SelectMany(evidence =>
        Gen.Shuffle(evidence.Values.ToArray()).Select(shuffled => (evidence, shuffled))).Sample(sample =>
    {
        var (one, other) = (Judge(sample.evidence), Judge(sample.evidence with { Values = sample.shuffled }));
        Assert.Equal(one.Flags, other.Flags);
        // Records compare lists by reference, so the flags were compared apart.
        Assert.Equal(one with { Flags = other.Flags }, other);
    }, iter: 1_000);

    /// <summary>A value that is exactly what was expected is on schedule, or already there.</summary>
    [Theory]
    [InlineData(TargetKind.IncreaseTo)]
    [InlineData(TargetKind.DecreaseTo)]
    [InlineData(TargetKind.AtLeast)]
    [InlineData(TargetKind.PointsPerYear)]
    [InlineData(TargetKind.Cumulative)]
    [InlineData(TargetKind.CoverageFull)]
    [InlineData(TargetKind.Dual)]
    public void A_value_on_the_path_is_on_schedule(TargetKind kind) => Gen.Select(Any(kind), Gen.Bool).Sample((evidence, geometric) =>
    {
        if (kind == TargetKind.Cumulative) return;
        var drawn = With(evidence, it => it with { Path = geometric ? PathMethod.Geometric : PathMethod.Linear }) with { Values = [evidence.Values[^1]] };
        if (Judge(drawn).Expected is not { } expected) return;
        var onPath = Judge(drawn with { Values = [drawn.Values[0] with { Value = expected }] });
        Assert.Equal(0, Verdicts.Severity(onPath.Verdict));
    }, iter: 2_000);

    [Fact]
    public void A_sum_on_the_path_is_on_schedule() => Gen.Select(Gen.Int[1, 400], Gen.Int[1, 5]).Sample((target, years) =>
    {
        var even = Of(TargetKind.Cumulative, target, null, $"{2020 + years}-12-31", [.. Enumerable.Range(2021, years).Select(year => ($"{year}", target / 5m))]);
        Assert.Equal(0, Verdicts.Severity(Verdict_(even)));
    });
}
