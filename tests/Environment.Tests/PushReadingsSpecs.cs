using System.Text.Json;
using CsCheck;
using JasperFx.Events;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment.Tests;

public sealed class PushReadingsSpecs
{
    static readonly Station Station = new Station().Evolve(new StationRegistered(
        "MN1", "城区站", Medium.Air, "410325100", new Dictionary<string, string> { ["a34004"] = "μg/m3", ["a21005"] = "mg/m3" }));

    // 9:00 and 10:00 in Beijing on 1 August 2023, and the midnight that ends that day.
    static readonly DateTimeOffset Nine = new(2023, 8, 1, 1, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset Ten = Nine.AddHours(1);
    static readonly DateTimeOffset Midnight = Nine.AddHours(15);

    static PushReadings.Row Row(DateTimeOffset time, decimal value, string pollutant = "a34004", string flag = "N", string? reason = null) =>
        new("MN1", time, pollutant, value, null, flag, reason);

    static Group<Station, PushReadings.Row> Push(Dictionary<string, StationDay> days, params PushReadings.Row[] rows)
    {
        var group = new Group<Station, PushReadings.Row>("station/410325/MN1", Station, [.. rows.Index().Select(row => (row.Index + 1, row.Item))]);
        PushReadings.Decide(group, days, Occasions.Now);
        return group;
    }

    static Dictionary<string, StationDay> Fold(Dictionary<string, StationDay> days, IEnumerable<object> events)
    {
        var (projection, after) = (new StationDays(), new Dictionary<string, StationDay>(days));
        foreach (var happened in events)
        {
            var times = happened is ReadingsRecorded recorded ? recorded.Times : ((ReadingsRevised)happened).Revisions.Select(revision => revision.Time);
            foreach (var id in times.Select(time => StationDay.IdOf("MN1", StationDay.DayOf(time))).Distinct())
            {
                IEvent wrapped = happened is ReadingsRecorded one ? new Event<ReadingsRecorded>(one) : new Event<ReadingsRevised>((ReadingsRevised)happened);
                after[id] = projection.Evolve(after.GetValueOrDefault(id), id, wrapped)!;
            }
        }

        return after;
    }

    [Fact]
    public void The_new_readings_of_a_push_become_one_event_as_a_table()
    {
        var group = Push([], Row(Ten, 30), Row(Nine, 28), Row(Nine, 0.5m, "a21005", "M"));
        var recorded = Assert.IsType<ReadingsRecorded>(Assert.Single(group.Events));
        Assert.Equal(
            """{"mn":"MN1","times":["2023-08-01T01:00:00+00:00","2023-08-01T02:00:00+00:00"],"series":[{"pollutant":"a21005","unit":"mg/m3","values":[0.5,null],"flags":["M",null]},{"pollutant":"a34004","unit":"μg/m3","values":[28,30]}]}""",
            JsonSerializer.Serialize(recorded, EventJson.Options));
        Assert.Equal([1, 2, 3], group.Recorded);
    }

    [Fact]
    public void A_repeat_inside_one_push_counts_once()
    {
        var group = Push([], Row(Nine, 28), Row(Nine, 28));
        Assert.Equal([1], group.Recorded);
        Assert.Equal([2], group.Identical);
    }

    [Fact]
    public void What_is_on_record_is_known_again()
    {
        var days = Fold([], Push([], Row(Nine, 28), Row(Midnight, 31)).Events);
        var again = Push(days, Row(Nine, 28.0m), Row(Midnight, 31));
        Assert.Empty(again.Events);
        Assert.Equal([1, 2], again.Identical);
    }

    [Fact]
    public void Midnight_belongs_to_the_day_that_it_ends()
    {
        var days = Fold([], Push([], Row(Midnight, 31)).Events);
        Assert.Equal("MN1/2023-08-01", Assert.Single(days).Key);
    }

    [Fact]
    public void A_changed_reading_needs_a_reason_and_keeps_what_was()
    {
        var days = Fold([], Push([], Row(Nine, 28)).Events);
        Assert.Equal("correction-needs-reason", Assert.Single(Push(days, Row(Nine, 27)).Errors).Code);

        var revised = Assert.IsType<ReadingsRevised>(Assert.Single(Push(days, Row(Nine, 27, flag: "M", reason: "校准")).Events));
        Assert.Equal(new Revision("a34004", Nine, "μg/m3", 28, "N", 27, "M"), Assert.Single(revised.Revisions));
        Assert.Equal(new Reading(Nine, 27, "M"), Fold(days, [revised])["MN1/2023-08-01"].Series["a34004"].Find(Nine));
    }

    [Fact]
    public void A_reading_that_the_station_cannot_have_made_is_refused()
    {
        var group = Push([], Row(Nine, 1, "w01018"), Row(Occasions.Now.Now.AddHours(1), 1), Row(Nine, 1) with { Unit = "mg/m3" });
        Assert.Equal(["pollutant-undeclared", "time-in-future", "unit-differs"], group.Errors.Select(error => error.Code));
    }

    [Fact]
    public void A_station_is_registered_with_pollutants_of_its_medium()
    {
        var station = new Specification<Station>();
        var row = new RegisterStation.Row("MN1", "城区站", Medium.Air, "410325100", new Dictionary<string, string> { ["a34004"] = "μg/m3" });
        station.Given().When(it => RegisterStation.Decide(it, row, Occasions.Now))
            .Then(new StationRegistered("MN1", "城区站", Medium.Air, "410325100", row.Units));
        station.When(it => RegisterStation.Decide(it, row with { Medium = Medium.SurfaceWater }, Occasions.Now)).ThenRefused("pollutant-unknown");
        station.When(it => RegisterStation.Decide(it, row with { Units = new Dictionary<string, string> { ["a34004"] = "kg" } }, Occasions.Now))
            .ThenRefused("unknown-unit");
    }

    [Fact]
    public void Pushing_twice_never_says_more_than_pushing_once()
    {
        var row = Gen.Select(Gen.Int[0, 30], Gen.Int[0, 3], Gen.Bool, Gen.Bool,
            (hour, value, other, reasoned) => Row(Nine.AddHours(hour), value, other ? "a21005" : "a34004", reason: reasoned ? "更正" : null));
        row.Array[1, 30].Array[1, 5].Sample(pushes =>
        {
            Dictionary<string, StationDay> days = [];
            foreach (var rows in pushes)
            {
                // A row that another of its push contradicts is no repeat of itself; such pushes are told apart elsewhere.
                var push = rows.DistinctBy(one => (one.Time, one.Pollutant)).ToArray();
                var first = Push(days, push);
                days = Fold(days, first.Events);
                var again = Push(days, push);
                Assert.Empty(again.Events);
                Assert.Equal(first.Errors.Select(error => (error.Row, error.Code)), again.Errors.Select(error => (error.Row, error.Code)));
                Assert.Equal(push.Length, first.Recorded.Count + first.Identical.Count + first.Errors.Count);
            }
        }, iter: 300);
    }
}
