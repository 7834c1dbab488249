using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment.Tests;

/// <summary>From raw to revised: the automatic checks, what a person finds, the audit of the month.</summary>
public sealed class QualitySpecs
{
    static readonly Dictionary<string, string> units = new() { ["a34004"] = "μg/m3", ["a34002"] = "μg/m3", ["a21005"] = "mg/m3" };
    static readonly StationRegistered registration = new("MN1", "城区站", Medium.Air, "410325100", units);
    static readonly DateOnly day = new(2023, 8, 1);
    static readonly DateTimeOffset midnight = new(2023, 7, 31, 16, 0, 0, TimeSpan.Zero);

    static StationDay Day(DateOnly on, params (string Pollutant, decimal?[] Hours)[] series) => series.Aggregate(
        new StationDay { Id = StationDay.IdOf("MN1", on) },
        (sum, one) => sum.With(one.Pollutant, [.. one.Hours.Index().Where(hour => hour.Item is not null).Select(hour =>
            new Reading(midnight.AddDays(on.DayNumber - day.DayNumber).AddHours(hour.Index + 1), hour.Item!.Value, "N"))]));

    static decimal?[] Rising(int count = 24, decimal from = 20) => [.. Enumerable.Range(0, count).Select(hour => (decimal?)(from + hour))];

    static InvalidReading[] Check(StationDay on, StationDay? before = null, StationDay? after = null) =>
        Checks.Of(on, before, after, units, MonitoringRules.Shipped);

    [Fact]
    public void A_sound_day_has_nothing_to_find() => Assert.Empty(Check(Day(day, ("a34004", Rising()), ("a34002", Rising(from: 60)))));

    [Fact]
    public void Negative_and_out_of_range_are_told_apart()
    {
        var hours = Rising();
        (hours[3], hours[5]) = (-1, 2_001);
        Assert.Equal([(midnight.AddHours(4), InvalidCode.Negative), (midnight.AddHours(6), InvalidCode.Range)],
            Check(Day(day, ("a34004", hours))).Select(found => (found.Time, found.Code)));
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 4)]
    [InlineData(6, 6)]
    public void Equal_hours_are_stuck_from_the_fourth_on(int equal, int found)
    {
        var hours = Rising();
        for (var hour = 10; hour < 10 + equal; hour++) hours[hour] = 33.3m;
        Assert.Equal(found, Check(Day(day, ("a34004", hours))).Count(one => one.Code == InvalidCode.Stuck));
    }

    [Fact]
    public void A_stuck_run_crosses_midnight_and_no_gap()
    {
        var (before, on) = (Rising(), Rising());
        (before[22], before[23], on[0], on[1]) = (7, 7, 7, 7);
        Assert.Equal(2, Check(Day(day, ("a34004", on)), before: Day(day.AddDays(-1), ("a34004", before))).Length);
        before[23] = null;
        Assert.Empty(Check(Day(day, ("a34004", on)), before: Day(day.AddDays(-1), ("a34004", before))));
    }

    [Fact]
    public void Fine_dust_above_coarse_dust_makes_both_invalid()
    {
        var coarse = Rising(from: 60);
        coarse[7] = 20;
        Assert.Equal(["a34002", "a34004"], Check(Day(day, ("a34004", Rising()), ("a34002", coarse))).Select(found => found.Pollutant));
    }

    [Fact]
    public void Hours_carry_why_they_do_not_count()
    {
        var hours = Rising();
        (hours[0], hours[1]) = (null, -5);
        var series = Assert.Single(HourSeries.Of(Day(day, ("a34004", hours)), Check(Day(day, ("a34004", hours))), registration));
        Assert.Equal((null, null, 22m), (series.Values[0], series.Values[1], series.Values[2]));
        Assert.StartsWith(".nv", series.Quality, StringComparison.Ordinal);
    }

    [Fact]
    public void Readings_of_five_minutes_make_an_hour_of_forty_five_minutes()
    {
        StationDay Minutes(int count) => new StationDay { Id = StationDay.IdOf("MN1", day) }.With("a34004",
            [.. Enumerable.Range(1, count).Select(minute => new Reading(midnight.AddMinutes(5 * minute), 10 + minute % 2, "N"))]);
        var often = registration with { IntervalMinutes = 5 };
        Assert.Equal((null, 'p'), (HourSeries.Of(Minutes(8), null, often)[0].Values[0], HourSeries.Of(Minutes(8), null, often)[0].Quality[0]));
        Assert.Equal(10.555556m, HourSeries.Of(Minutes(9), null, often)[0].Values[0]);
    }

    [Fact]
    public void Units_of_the_station_become_those_of_the_standard()
    {
        var series = HourSeries.Of(Day(day, ("a34004", [0.035m])), null, registration with { Units = new Dictionary<string, string> { ["a34004"] = "mg/m3" } });
        Assert.Equal(35m, series[0].Values[0]);
    }

    static readonly Station station = new Station().Evolve(registration);

    static Group<Station, JudgeReadings.Row> Judge(StationDay on, params JudgeReadings.Row[] rows)
    {
        var group = new Group<Station, JudgeReadings.Row>("station/410325/MN1", station, [.. rows.Index().Select(row => (row.Index + 1, row.Item))]);
        JudgeReadings.Decide(group, new Dictionary<string, StationDay> { [on.Id] = on }, new HashSet<string>());
        return group;
    }

    static JudgeReadings.Row Row(int hour, InvalidCode? code) => new("MN1", midnight.AddHours(hour), "a34004", code, "审核", "记录1");

    [Fact]
    public void What_a_person_finds_keeps_the_value_and_outlives_the_checks()
    {
        var on = Day(day, ("a34004", Rising()));
        var invalid = Assert.IsType<ReadingsInvalidated>(Assert.Single(Judge(on, Row(1, InvalidCode.LocalInterference)).Events));
        Assert.Equal(new InvalidReading("a34004", midnight.AddHours(1), 20, InvalidCode.LocalInterference), Assert.Single(invalid.Readings));
        var marked = on.Marked([("a34004", midnight.AddHours(1), Mark.ByPerson(InvalidCode.LocalInterference))])
            .With(new ReadingsChecked("MN1", day, 24, [], "shipped-1"));
        Assert.Equal((20m, InvalidCode.LocalInterference, ReadingState.Checked),
            marked.Readings("a34004").Select(reading => (reading.Value, reading.Invalid!.Value, reading.State!.Value)).First());
        Assert.Equal([1], Judge(marked, Row(1, InvalidCode.LocalInterference)).Identical);
        Assert.IsType<ReadingsRestored>(Assert.Single(Judge(marked, Row(1, null)).Events));
        Assert.Equal("reading-unknown", Assert.Single(Judge(on, Row(25, null)).Errors).Code);
    }

    [Fact]
    public void A_reading_goes_from_raw_to_checked_to_audited_to_revised()
    {
        ReadingState State(StationDay on, int index = 0) => on.Readings("a34004").ElementAt(index).State!.Value;
        var on = Day(day, ("a34004", Rising()));
        Assert.Equal(ReadingState.Raw, State(on));
        on = on.With(new ReadingsChecked("MN1", day, 24, [], "shipped-1"));
        Assert.Equal(ReadingState.Checked, State(on));
        on = on with { Audited = true };
        Assert.Equal(ReadingState.Audited, State(on));
        on = on.With("a34004", [new Reading(midnight.AddHours(1), 21, "N")], revised: true);
        Assert.Equal((ReadingState.Revised, ReadingState.Audited), (State(on), State(on, 1)));
    }

    [Fact]
    public void Manual_input_counts_once_it_is_audited()
    {
        var on = new StationDay { Id = StationDay.IdOf("MN1", day) }.With("a34004", [new Reading(midnight.AddHours(1), 40, "S")]);
        Assert.Null(HourSeries.Of(on, null, registration)[0].Values[0]);
        Assert.Equal(40, HourSeries.Of(on with { Audited = true }, null, registration)[0].Values[0]);
    }

    [Fact]
    public void After_the_audit_each_change_needs_a_reason()
    {
        var spec = new Specification<Station>().Given(registration);
        AuditMonth.Row row = new("MN1", Contracts.Period.Parse("2023-08"), "记录", null);
        spec.When(known => AuditMonth.Decide(known, row, Occasions.Now)).Then(new MonthAudited("MN1", "2023-08", "记录", null));
        spec.When(known => AuditMonth.Decide(known, row with { Month = Contracts.Period.Parse("2026-06") }, Occasions.Now)).ThenRefused("period-not-over");
        var audited = station.Evolve(new MonthAudited("MN1", "2023-08", "记录", null));
        Assert.True(AuditMonth.Decide(audited, row, Occasions.Now).ChangesNothing);

        Group<Station, PushReadings.Row> Push(string? reason)
        {
            var group = new Group<Station, PushReadings.Row>(
                "station/410325/MN1", audited, [(1, new PushReadings.Row("MN1", midnight.AddHours(1), "a34004", 30, null, "N", reason))]);
            PushReadings.Decide(group, new Dictionary<string, StationDay>(), Occasions.Now);
            return group;
        }

        Assert.Equal("correction-needs-reason", Assert.Single(Push(null).Errors).Code);
        Assert.Equal("补传", Assert.IsType<ReadingsRecorded>(Assert.Single(Push("补传").Events)).Reason);
    }

    [Fact]
    public void Nothing_comes_into_an_archived_month()
    {
        var group = new Group<Station, PushReadings.Row>(
            "station/410325/MN1", station, [(1, new PushReadings.Row("MN1", midnight.AddHours(1), "a34004", 30, null, "N", "补传"))]);
        PushReadings.Decide(group, new Dictionary<string, StationDay>(), Occasions.Now, new HashSet<string> { "2023-08" });
        Assert.Equal("month-archived", Assert.Single(group.Errors).Code);
    }
}
