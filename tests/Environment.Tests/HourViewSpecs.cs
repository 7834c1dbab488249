using Monitoring.Contracts.Environment;

namespace Monitoring.Environment.Tests;

public sealed class HourViewSpecs
{
    static HourView.Entry First(DateOnly day, params (string Pollutant, decimal Value)[] values) => HourView.Of(
        new StationRegistered("MN1", "站", Medium.Air, "410325100", new Dictionary<string, string> { ["a34004"] = "μg/m3", ["a05024"] = "μg/m3" }), day,
        [.. values.Select(one => new HourSeries(one.Pollutant, [one.Value, .. new decimal?[23]], "v......................."))]).First();

    [Fact]
    public void An_hour_has_its_index_by_the_version_of_its_day()
    {
        var (old, now) = (First(new(2023, 1, 1), ("a34004", 75), ("a05024", 160)), First(new(2026, 4, 1), ("a34004", 75), ("a05024", 160)));
        Assert.Equal((100, "a34004"), (old.Aqi, Assert.Single(old.Primary)));
        Assert.Equal((114, "轻度污染", 50), (now.Aqi, now.Level!.Name, now.Iaqi["a05024"]));
    }

    [Fact]
    public void With_an_item_missing_only_an_index_above_100_is_told()
    {
        Assert.Null(First(new(2023, 1, 1), ("a34004", 75)).Aqi);
        Assert.Equal(102, First(new(2023, 1, 1), ("a34004", 76)).Aqi);
    }
}
