using System.Globalization;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;
using Sylvan.Data.Csv;

namespace Monitoring.Indicators.Tests;

/// <summary>A first value is held against base, target and unit, on the county's own plan; the plan itself is never doubted.</summary>
public sealed class PlausibilitySpecs
{
    static readonly DateOnly today = new(2026, 6, 2);

    /// <summary>The shipped catalogue, each with the numbers that the plan prints and the year they are for.</summary>
    static readonly List<(IndicatorHistory History, List<(int Year, decimal Value)> Printed)> plan = [.. Plan()];

    static IEnumerable<(IndicatorHistory, List<(int, decimal)>)> Plan()
    {
        using var csv = CsvDataReader.Create(Path.Combine(TestServers.Root, "deploy", "plan", "410325", "indicators.csv"));
        while (csv.Read())
        {
            string? Text(string column) => csv.GetString(csv.GetOrdinal(column)) is { Length: > 0 } text ? text : null;
            decimal? Number(string column) => Text(column) is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : null;
            T? Code<T>(string column) where T : struct, Enum => Text(column) is { } text ? Codes<T>.ByCode[text] : null;
            var history = new IndicatorHistory().Evolve(new IndicatorDefined(
                Text("code")!, Text("name")!, Text("nameEn")!, Text("unit")!, Code<Nature>("attribute")!.Value, Code<Direction>("direction")!.Value, Text("plan")!,
                Text("planRef")!, Number("baselineYear") is { } from ? new((int)from, Number("baseline"), null) : null, [], 1, null, (int?)Number("unitMult"),
                (int?)Number("decimals"), Code<PeriodType>("periodType"), Text("frequency")));
            var printed = new List<(int, decimal)>();
            if (history.Definition!.Baseline is { Value: { } start, Year: var year }) printed.Add((year, start));
            foreach (var column in new[] { "target", "outlook" })
            {
                if (Number($"{column}Year") is not { } due) continue;
                history = history.Evolve(new TargetSet(
                    Text("code")!, (int)due, Code<TargetKind>($"{column}Kind")!.Value, Number(column), Number($"{column}Upper"), null, null));
                printed.AddRange(new[] { Number(column), Number($"{column}Upper") }.OfType<decimal>().Select(value => ((int)due, value)));
            }

            yield return (history, printed);
        }
    }

    static List<string> Flags(IndicatorHistory history, string period, decimal value) =>
        [.. Plausibility.Check(history, Period.Parse(period), value, VerdictRules.Shipped, today).Select(one => one.Code)];

    [Fact]
    public void What_the_plan_prints_is_never_doubted()
    {
        Assert.Equal(158, plan.Count);
        Assert.All(plan, one => Assert.All(one.Printed, printed => Assert.Empty(Flags(one.History, $"{printed.Year}", printed.Value))));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(10_000)]
    [InlineData(100_000_000)]
    public void A_value_off_by_the_factor_between_two_units_always_is(decimal factor) => Assert.All(
        plan, one => Assert.All(one.Printed.Where(printed => printed.Value != 0), printed => Assert.All(
            new[] { printed.Value * factor, printed.Value / factor },
            value => Assert.Contains("unit-mistaken", Flags(one.History, "2022", value)))));

    [Fact]
    public void A_third_of_the_target_is_nothing_to_doubt_where_no_base_is_known() => Assert.All(
        plan.Where(one => one.History.Definition!.Baseline?.Value is null), one => Assert.All(one.Printed, printed => Assert.DoesNotContain(
            "unit-mistaken", Flags(one.History, "2022", printed.Value / 3))));

    [Theory]
    [InlineData("forest-cover", 250, "percent-out-of-range")]
    [InlineData("text-scenic-5g-coverage", 250, "percent-out-of-range")]
    [InlineData("text-scenic-5g-coverage", 100, null)]
    [InlineData("text-scenic-5g-coverage", -1, "percent-out-of-range")]
    [InlineData("fixed-asset-investment-growth", -12, null)]
    [InlineData("fixed-asset-investment-growth", 250, "percent-out-of-range")]
    [InlineData("text-grain-output", -5, "negative-value")]
    [InlineData("text-cocoon-output", 8000, "unit-mistaken")]
    [InlineData("text-village-collective-income", 1_100_000, "unit-mistaken")]
    [InlineData("text-valley-economy-benefit", 51_200, "unit-mistaken")]
    [InlineData("text-patrol-force-county-town", 9_500, "unit-mistaken")]
    [InlineData("text-patrol-force-county-town", 90, null)]
    [InlineData("new-jobs", 0.35, null)]
    [InlineData("new-jobs", 3500, "unit-mistaken")]
    public void A_first_value_is_held_against_its_kind(string code, decimal value, string? flag)
    {
        var flags = Flags(plan.Single(one => one.History.Definition!.Code == code).History, "2023", value);
        if (flag is null) Assert.Empty(flags);
        else Assert.Contains(flag, flags);
    }

    [Fact]
    public void A_value_that_is_flagged_does_not_make_the_right_one_doubtful()
    {
        var history = plan.Single(one => one.History.Definition!.Code == "text-patrol-force-county-town").History;
        var mistaken = history.Evolve(new ValueReported("text-patrol-force-county-town", "2022", 9_500, ValueStatus.Final, null, null, null, ["unit-mistaken"]));
        Assert.Empty(Flags(mistaken, "2023", 90));
        Assert.NotEmpty(Flags(mistaken, "2023", 9_600));
        // Once it is confirmed, it is the neighbour that knows best.
        var confirmed = mistaken.Evolve(new ValueConfirmed("text-patrol-force-county-town", "2022", 9_500, "含义务巡防员"));
        Assert.Empty(Flags(confirmed, "2023", 9_600));
        Assert.NotEmpty(Flags(confirmed, "2023", 90));
    }

    [Fact]
    public void A_month_of_a_flow_is_held_against_a_twelfth_of_the_year()
    {
        var history = new IndicatorHistory().Evolve(new IndicatorDefined(
            "jobs", "新增就业", "Jobs", "人", Nature.Expected, Direction.Increase, "fyp14", "x", new(2020, 6_000, null), [], 1, null, null, 0, PeriodType.Flow, "M"));
        Assert.Empty(Flags(history, "2022-03", 100));
        Assert.Contains("unit-mistaken", Flags(history, "2022-03", 5));
        Assert.Contains("unit-mistaken", Flags(history, "2022", 100));
    }
}
