using Monitoring.Contracts.Environment;

namespace Monitoring.Environment.Tests;

/// <summary>Once per episode, with hysteresis; once per silence.</summary>
public sealed class WatchingSpecs
{
    static readonly DateTimeOffset start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly Watching.Bound limit = new(200, "gb3095-2026");
    static readonly MonitoringRules rules = MonitoringRules.Shipped;

    static List<object> Watch(AlarmBook book, params decimal[] hours) => Watch(book, limit, hours);

    static List<object> Watch(AlarmBook book, Watching.Bound bound, decimal[] hours) => [.. Watching.Episodes(
        book, "MN1", "a05024", [.. hours.Index().Select(hour => new Watching.HourValue(start.AddHours(hour.Index + 1), hour.Item))], bound, rules, 60)];

    static AlarmBook Fold(AlarmBook book, IEnumerable<object> said) => said.Aggregate(book, (known, happened) => known.Evolve(happened));

    [Fact]
    public void One_hour_above_the_limit_is_no_episode_two_are()
    {
        Assert.Empty(Watch(new(), 150, 210, 150));
        Assert.Equal(new LimitExceeded("MN1", "a05024", start.AddHours(1), 2, 230, 200, "gb3095-2026", "shipped-1"), Assert.Single(Watch(new(), 150, 210, 230)));
        Assert.Empty(Watch(new(), 200, 200, 200));
    }

    [Fact]
    public void An_episode_that_goes_on_is_said_once()
    {
        var book = Fold(new(), Watch(new(), 150, 210, 230));
        Assert.Empty(Watch(book, 150, 210, 230, 250, 260));
    }

    [Fact]
    public void It_ends_well_below_the_limit_for_two_hours_and_not_before()
    {
        decimal[] hours = [150, 210, 230, 195, 185, 205, 180, 195, 180, 179];
        Assert.Single(Watch(new(), hours[..9]));
        var said = Watch(new(), hours);
        Assert.Equal(new ExceedanceEnded("MN1", "a05024", start.AddHours(1), start.AddHours(6), 5, 230), said[1]);
        // Hour by hour it comes to the same.
        var (book, all) = (new AlarmBook(), new List<object>());
        for (var until = 1; until <= hours.Length; until++)
        {
            var more = Watch(book, hours[..until]);
            (book, _) = (Fold(book, more), more);
            all.AddRange(more);
        }

        Assert.Equal(said, all);
        Assert.Empty(Watch(book, hours));
    }

    [Fact]
    public void Oxygen_must_not_fall_below_its_limit()
    {
        var said = Watch(new(), new Watching.Bound(5, "gb3838-2002", Least: true), [6, 4.5m, 4, 6, 6]);
        Assert.Equal((4m, 4m), (Assert.IsType<LimitExceeded>(said[0]).Peak, Assert.IsType<ExceedanceEnded>(said[1]).Peak));
    }

    [Fact]
    public void The_limit_is_that_of_the_hour_else_of_the_day_and_for_water_of_the_target_class()
    {
        var air = new StationRegistered("MN1", "站", Medium.Air, "410325100", new Dictionary<string, string>());
        Assert.Equal(200, Watching.BoundOf(air, "a05024", new(2023, 1, 1))!.Value);
        Assert.Equal((75, 60), (Watching.BoundOf(air, "a34004", new(2023, 1, 1))!.Value, Watching.BoundOf(air, "a34004", new(2026, 4, 1))!.Value));
        var section = air with { Medium = Medium.SurfaceWater, TargetClass = 3 };
        Assert.Equal(new Watching.Bound(0.2m, "gb3838-2002"), Watching.BoundOf(section, "w21011", new(2023, 1, 1)));
        Assert.Equal(0.05m, Watching.BoundOf(section with { WaterBody = WaterBody.Lake }, "w21011", new(2023, 1, 1))!.Value);
        Assert.True(Watching.BoundOf(section, "w01009", new(2023, 1, 1))!.Least);
        Assert.Null(Watching.BoundOf(section with { TargetClass = null }, "w21011", new(2023, 1, 1)));
    }

    [Fact]
    public void A_silence_is_said_once_and_so_is_its_end()
    {
        IEnumerable<object> Silence(AlarmBook book, DateTimeOffset? last, int hours, int interval = 60) =>
            Watching.Silence(book, "MN1", last, interval, rules, start.AddHours(hours));
        Assert.Empty(Silence(new(), start, 4));
        Assert.Equal(new StationSilent("MN1", start, 5, "shipped-1"), Assert.Single(Silence(new(), start, 5)));
        Assert.Empty(Silence(new(), start, 8, interval: 240));
        Assert.Empty(Silence(new(), null, 5));
        var book = Fold(new(), Silence(new(), start, 5));
        Assert.Empty(Silence(book, start, 30));
        Assert.Equal(new StationHeard("MN1", start, start.AddHours(30)), Assert.Single(Silence(book, start.AddHours(30), 31)));
        Assert.Equal(2, Silence(book, start.AddHours(30), 40).Count());
    }
}
