using Monitoring.Contracts.Environment;

namespace Monitoring.Environment.Tests;

/// <summary>GB 3838-2002 and 环办〔2011〕22号.</summary>
public sealed class WaterQualitySpecs
{
    [Theory]
    [InlineData("w21011", 0.02, WaterBody.River, 1)]
    [InlineData("w21011", 0.02, WaterBody.Lake, 2)]
    [InlineData("w21011", 0.1, WaterBody.River, 2)]
    [InlineData("w21011", 0.1, WaterBody.Lake, 4)]
    [InlineData("w21011", 0.41, WaterBody.River, 6)]
    [InlineData("w01018", 15, WaterBody.River, 1)]
    [InlineData("w01018", 15.1, WaterBody.River, 3)]
    [InlineData("w01018", 40, WaterBody.River, 5)]
    [InlineData("w01018", 40.1, WaterBody.River, 6)]
    [InlineData("w21003", 0.15, WaterBody.River, 1)]
    [InlineData("w21003", 1.0, WaterBody.River, 3)]
    [InlineData("w21003", 1.01, WaterBody.River, 4)]
    [InlineData("w01009", 7.5, WaterBody.River, 1)]
    [InlineData("w01009", 7.49, WaterBody.River, 2)]
    [InlineData("w01009", 1.9, WaterBody.River, 6)]
    [InlineData("w01001", 6, WaterBody.River, 1)]
    [InlineData("w01001", 9, WaterBody.River, 1)]
    [InlineData("w01001", 5.99, WaterBody.River, 6)]
    [InlineData("w20142", 0.00005, WaterBody.River, 1)]
    [InlineData("w20142", 0.00006, WaterBody.River, 3)]
    public void An_item_has_the_better_of_equal_classes(string pollutant, decimal value, WaterBody body, int grade) =>
        Assert.Equal(grade, WaterQuality.ClassOf(pollutant, value, body));

    [Fact]
    public void Twenty_one_items_are_judged()
    {
        Assert.Equal(21, WaterQuality.Judged.Count);
        Assert.DoesNotContain("w21001", WaterQuality.Judged);
        Assert.DoesNotContain("w02003", WaterQuality.Judged);
    }

    static WaterSummary Section(params (string Pollutant, decimal Value)[] means) =>
        WaterQuality.Of(means.ToDictionary(item => item.Pollutant, item => item.Value), WaterBody.River, 12);

    [Fact]
    public void The_worst_item_decides_and_the_main_ones_are_named()
    {
        var section = Section(("w01018", 25), ("w21003", 1.8m), ("w21011", 0.25m), ("w01019", 7), ("w21001", 9));
        Assert.Equal((5, "moderate"), (section.Class, section.Quality));
        Assert.Equal(["w21003", "w01018", "w21011"], section.Main);
        Assert.Equal(0.8m, section.Items.Single(item => item.Pollutant == "w21003").Multiple);
        Assert.Equal((2, "excellent", 0), (Section(("w01018", 12), ("w21003", 0.4m)).Class, Section(("w21003", 0.4m)).Quality, Section(("w21003", 0.4m)).Main.Length));
    }

    [Fact]
    public void With_few_sections_the_county_is_judged_by_the_mean_of_each_item()
    {
        var county = WaterQuality.OfCounty([("A", Section(("w21003", 0.4m)), WaterBody.River), ("B", Section(("w21003", 1.4m)), WaterBody.River)]);
        Assert.Equal((3, 50m), (county.Class, county.GoodRatio));
        Assert.Equal([2, 4], county.Sections!.Select(section => section.Class));
    }

    [Theory]
    [InlineData(9, 1, "excellent")]
    [InlineData(8, 2, "good")]
    [InlineData(7, 3, "moderate")]
    [InlineData(6, 4, "heavy")]
    public void With_five_sections_or_more_it_is_judged_by_their_shares(int good, int beyond, string quality)
    {
        var sections = Enumerable.Range(0, good).Select(at => ($"G{at}", Section(("w21003", 0.4m)), WaterBody.River))
            .Concat(Enumerable.Range(0, beyond).Select(at => ($"B{at}", Section(("w21003", 3m)), WaterBody.River)));
        Assert.Equal(quality, WaterQuality.OfCounty([.. sections]).Quality);
    }

    [Fact]
    public void A_lake_has_a_trophic_index()
    {
        var means = new Dictionary<string, decimal> { ["w01016"] = 10, ["w21011"] = 0.05m, ["w21001"] = 1, ["w01004"] = 1, ["w01019"] = 4 };
        // 0.2663·50.006 + 0.1879·45.709 + 0.1790·54.53 + 0.1834·51.18 + 0.1834·37.979
        Assert.Equal(48.0m, WaterQuality.Of(means, WaterBody.Lake, 12).Trophic);
        Assert.Null(WaterQuality.Of(means, WaterBody.River, 12).Trophic);
    }

    [Fact]
    public void The_mean_of_ph_is_that_of_its_ions() => Assert.Equal(6.26m, WaterQuality.MeanPh([6, 7]));

    [Theory]
    [InlineData(0, 999_999_999_999_999, "0.30")]
    [InlineData(-999_999_999_999_999, 7, "-999999999999998.70")]
    [InlineData(999_999_999_999_999, 999_999_999_999_999, "999999999999999.00")]
    [InlineData(400, 401, "400.26")]
    public void The_mean_of_impossible_ph_is_a_number(long one, long other, string mean) =>
        Assert.Equal(mean, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{WaterQuality.MeanPh([one, other]):0.00}"));

    [Theory]
    [InlineData("w20142", "μg/L", 0.001)]
    [InlineData("a34004", "ng/m3", 0.001)]
    [InlineData("a34004", "mg/m3", 1000)]
    [InlineData("a01006", "kPa", 10)]
    [InlineData("w01016", "μg/L", 1)]
    public void Units_convert_exactly(string pollutant, string unit, decimal factor) =>
        Assert.Equal(factor, Instrument.ByPollutant[pollutant].FactorFrom(unit));

    [Fact]
    public void Every_pollutant_that_can_be_registered_converts_from_each_of_its_units() =>
        Assert.All(Pollutant.ByCode.Values, pollutant => Assert.All(
            pollutant.Units, unit => Assert.True(Instrument.ByPollutant[pollutant.Code].FactorFrom(unit) > 0)));
}
