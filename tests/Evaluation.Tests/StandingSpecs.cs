using JasperFx.Events;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Evaluation.Tests;

/// <summary>What events make of the cases of a township and of a station.</summary>
public sealed class StandingSpecs
{
    const string Village = "410325100001";

    static readonly Guid home = new(1, 0, 0, new byte[8]);
    static readonly DateOnly day = new(2023, 5, 4);
    static readonly DateTimeOffset hour = new(2023, 5, 4, 3, 0, 0, TimeSpan.Zero);

    static readonly RiskDetected clue = new(
        home, 1, Village, HouseholdCategory.Ordinary, RiskCause.Education, Channel.CadreSurvey, false, null, null, null, null, null, [], day);

    static readonly HomeVisited visit = new(home, 1, Chain.Inclusion, 2, true, [RiskCause.Illness], null, day);
    static readonly CountyDecided approval = new(home, 1, Chain.Inclusion, true, MonitoredType.MarginallyPoor, 7_000, 8_000, null, null, day);
    static readonly RiskRemovalProposed removal = new(home, 1, RemovalKind.Assisted, day, day);
    static readonly RiskEliminated elimination = new(home, 1, RemovalKind.Assisted, day);

    static readonly StationRegistered station = new(
        "M1", "城区站", Medium.Air, "410325100", new Dictionary<string, string> { ["a34004"] = "μg/m3" });

    static readonly LimitExceeded exceedance = new("M1", "a34004", hour, 3, 190, 75, "gb3095-2012", "v1");

    static TStanding? Folded<TStanding>(Func<TStanding?, string, IEvent, TStanding?> fold, string stream, params object[] events) where TStanding : class =>
        events.Aggregate((TStanding?)null, (known, data) =>
            fold(known, stream, (IEvent)Activator.CreateInstance(typeof(Event<>).MakeGenericType(data.GetType()), data)!));

    static CaseStanding? Case(params object[] events) => Folded<CaseStanding>(CaseStanding.Evolve, $"household/410325/{home}", events);

    static CaseLoad Load(params object[] events) => Assert.Single(CaseLoad.Of([Case(events)!], english: false));

    static StationRow Station(params (string Stream, object[] Events)[] streams) => Assert.Single(StationRow.Of(
        [.. streams.Select(one => Folded<StationStanding>(StationStanding.Evolve, one.Stream, one.Events)!)], day, english: false));

    static (string, object[]) Registered => ("station/410325/M1", [station]);

    static DayAssessed Day(int number, AirLevel level, int revision = 1) =>
        new("M1", new DateOnly(2023, 5, number), "gb3095-2012", [], new AirDay(60, level, [], [], []), null, revision);

    [Fact]
    public void A_household_that_was_never_at_risk_is_not_counted() =>
        Assert.Null(Case(new HouseholdChanged(home, Village, HouseholdCategory.LiftedOut, "核实", day)));

    [Fact]
    public void A_case_goes_from_the_clue_to_elimination()
    {
        Assert.Equal(("410325100", "风险线索", 1), (Load(clue).Area, Load(clue).StateName, Load(clue).Causes["education"]));
        // What the visit finds is the cause.
        Assert.Equal((CaseState.Verifying, 1), (Load(clue, visit).State, Load(clue, visit).Causes["illness"]));
        Assert.Equal((CaseState.Monitored, 1), (Load(clue, visit, approval).State, Load(clue, visit, approval).Types["marginally_poor"]));
        Assert.Equal(CaseState.Removing, Load(clue, visit, approval, removal).State);
        Assert.Equal(CaseState.Monitored, Load(clue, visit, approval, removal, new RiskRemovalDropped(home, 1, "收入不稳定", day)).State);
        Assert.Equal(CaseState.Eliminated, Load(clue, visit, approval, removal, elimination).State);
        Assert.Equal(CaseState.Ended, Load(clue, visit, approval, new HouseholdEnded(home, HouseholdEnd.MovedAway, null, day)).State);
    }

    [Fact]
    public void A_no_anywhere_on_the_way_in_ends_it()
    {
        object[] noes =
        [
            new VillageAssessed(home, 1, Chain.Inclusion, false, "不符合", day), new TownshipReviewed(home, 1, Chain.Inclusion, false, "不符合", day),
            new ObjectionChecked(home, 1, Chain.Inclusion, "1", true, "属实", day), approval with { Approved = false },
        ];
        Assert.All(noes, no => Assert.Equal(CaseState.NotIncluded, Load(clue, visit, no).State));
        Assert.Equal(CaseState.Closed, Load(clue, visit, new ClueClosed(home, 1, "无风险", null, day)).State);
    }

    [Fact]
    public void What_is_late_is_overdue_until_it_is_done()
    {
        var breach = new DeadlineBreached(home, 1, Village, "home-visit", "v1", CaseAction.HomeVisit, Level.Village, day);
        Assert.Equal((1, 0), (Load(clue, breach).Overdue, Load(clue, breach, visit).Overdue));
        Assert.Equal(0, Load(clue, breach, new ClueClosed(home, 1, "无风险", null, day)).Overdue);
    }

    [Fact]
    public void Who_is_at_risk_again_is_counted_where_they_live_now()
    {
        var loads = CaseLoad.Of(
            [
                Case(clue, visit, approval, removal, elimination, new HouseholdChanged(home, "410325101001", HouseholdCategory.Ordinary, "搬迁", day),
                    clue with { Episode = 2, Village = "410325101001" })!,
                Folded<CaseStanding>(CaseStanding.Evolve, "area/410325/410325101", new AreaRegistered("410325101", "车村镇", "Checun", AreaKind.Town, []))!,
            ],
            english: false).ToList();
        Assert.Equal([("车村镇", CaseState.Clue, 1), ("车村镇", CaseState.Eliminated, 0)], loads.Select(one => (one.AreaName!, one.State, one.ReEntered)));
    }

    [Fact]
    public void A_station_is_silent_before_it_is_above_a_limit_before_it_is_normal()
    {
        var figures = ("figures/410325/M1/2023-05", new object[] { Day(1, AirLevel.Good) });
        Assert.Equal("尚无数据", Station(Registered).StateName);
        Assert.Equal(("正常", "良"), (Station(Registered, figures).StateName, Station(Registered, figures).DayName));
        var above = Station(Registered, figures, ("alarms/410325/M1", [exceedance]));
        Assert.Equal(("超标", 190m), (above.StateName, Assert.Single(above.Exceeding).Peak));
        var silent = Station(Registered, figures, ("alarms/410325/M1", [exceedance, new StationSilent("M1", hour, 5, "v1")]));
        Assert.Equal(("数据中断", hour, 1), (silent.StateName, silent.SilentSince, silent.Exceeding.Count));
        Assert.Equal(StationState.Normal, Station(Registered, figures, ("alarms/410325/M1",
            [exceedance, new ExceedanceEnded("M1", "a34004", hour, hour, 4, 190), new StationSilent("M1", hour, 5, "v1"), new StationHeard("M1", hour, hour)])).State);
    }

    [Fact]
    public void The_last_day_is_that_of_the_latest_revision_of_the_latest_day()
    {
        var row = Station(
            Registered, ("figures/410325/M1/2023-04", [Day(30, AirLevel.Excellent) with { Day = new(2023, 4, 30) }]),
            ("figures/410325/M1/2023-05", [Day(2, AirLevel.Good), Day(1, AirLevel.Excellent, 2), Day(2, AirLevel.LightlyPolluted, 2)]));
        Assert.Equal((new DateOnly(2023, 5, 2), "轻度污染"), (row.Day!.Day, row.DayName));
    }

    [Fact]
    public void A_change_holds_from_its_day()
    {
        object[] later = [station, new StationChanged("M1", day.AddDays(1), station with { Name = "新城区站" }, "迁址")];
        Assert.Equal("城区站", Station(("station/410325/M1", later)).Name);
        later[1] = new StationChanged("M1", day, station with { Name = "新城区站" }, "迁址");
        Assert.Equal("新城区站", Station(("station/410325/M1", later)).Name);
    }
}
