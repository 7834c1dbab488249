using Monitoring.Contracts.Environment;
using Monitoring.Environment.Hj212;
using Monitoring.Hosting;

namespace Monitoring.Environment.Tests;

public sealed class RegisterStationSpecs
{
    static readonly RegisterStation.Row Row = new("MN1", "城区站", Medium.Air, "410325100", new Dictionary<string, string> { ["a34004"] = "μg/m3" },
        new RegisterStation.StationSite(Planned: ["a34004"], TimeLabel: TimeLabel.Start), Password: "123456");

    static readonly Station Known = new Station().Evolve(Row.Registration(null));

    static Specification<Station> When(RegisterStation.Row row) =>
        new Specification<Station>().Given(Row.Registration(null)).When(station => RegisterStation.Decide(station, row, Occasions.Now));

    [Fact]
    public void A_password_is_known_by_a_keyed_hash_alone()
    {
        var key = DeviceKey.Parse(Convert.ToBase64String(new byte[32]));
        var registered = new DevicePassword("MN1", key.HashOf("410325", "MN1", "123456"));
        Packet Of(string password) => new("", "22", "2061", password, "MN1", 5, 1, 1, "");
        Assert.True(key.Matches("410325", registered, Of("123456")));
        Assert.False(key.Matches("410325", registered, Of("123457")));
        Assert.False(key.Matches("410325", registered, Of("")));
        Assert.False(key.Matches("410325", null, Of("123456")));
        Assert.False(key.Matches("410326", registered, Of("123456")));
        Assert.NotEqual(registered.Hash, key.HashOf("410325", "MN2", "123456"));
        Assert.NotEqual(registered.Hash, DeviceKey.Parse($"{Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)])}\n").HashOf("410325", "MN1", "123456"));
        Assert.Throws<InvalidOperationException>(() => DeviceKey.Parse(Convert.ToBase64String(new byte[31])));
    }

    [Fact]
    public void A_password_is_set_with_the_registration_or_by_itself_and_never_said()
    {
        Assert.Equal([Row.Registration(null), new StationPasswordSet("MN1")], RegisterStation.Decide(new Station(), Row, true, Occasions.Now));
        Assert.Equal([new StationPasswordSet("MN1")], RegisterStation.Decide(Known, Row, true, Occasions.Now));
        Assert.Empty(RegisterStation.Decide(Known, Row, false, Occasions.Now));
        // What is refused sets none.
        Assert.Equal("station-differs", RegisterStation.Decide(Known, Row with { Name = "新城站" }, true, Occasions.Now).Refusal!.Code);
        Assert.DoesNotContain("123456", System.Text.Json.JsonSerializer.Serialize(
            RegisterStation.Decide(new Station(), Row, true, Occasions.Now), Contracts.EventJson.Options), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_registration_changes_nothing_also_without_the_password()
    {
        When(Row).ThenNothing();
        When(Row with { Password = null }).ThenNothing();
    }

    [Fact]
    public void Another_registration_needs_the_day_and_the_reason()
    {
        When(Row with { Name = "新城站" }).ThenRefused("station-differs");
        When(Row with { Name = "新城站", EffectiveFrom = new(2026, 1, 1) }).ThenRefused("station-differs");
        var moved = Row with { Name = "新城站", EffectiveFrom = new(2026, 1, 1), Reason = "搬迁" };
        When(moved).Then(new StationChanged("MN1", new(2026, 1, 1), moved.Registration(Known.Registration), "搬迁"));
    }

    [Fact]
    public void A_day_has_the_registration_that_held_on_it()
    {
        var changed = Known.Evolve(new StationChanged("MN1", new(2026, 1, 1), Known.Registration! with { Name = "新城站" }, "搬迁"));
        Assert.Equal(("城区站", "新城站", "新城站"), (changed.On(new(2025, 12, 31))!.Name, changed.On(new(2026, 1, 1))!.Name, changed.Registration!.Name));
        Assert.True(RegisterStation.Decide(changed, Row with { Name = "新城站", EffectiveFrom = new(2026, 1, 1), Reason = "搬迁" }, Occasions.Now).ChangesNothing);
        Assert.Equal("change-before-last",
            RegisterStation.Decide(changed, Row with { Name = "老站", EffectiveFrom = new(2025, 1, 1), Reason = "更正" }, Occasions.Now).Refusal!.Code);
    }

    [Fact]
    public void A_unit_changes_ahead_only_and_readings_keep_theirs()
    {
        var other = Row with { Units = new Dictionary<string, string> { ["a34004"] = "mg/m3" }, Reason = "换仪器", EffectiveFrom = Occasions.Now.Today };
        When(other).ThenRefused("unit-change-not-ahead");
        var change = Assert.Single(RegisterStation.Decide(Known, other with { EffectiveFrom = Occasions.Now.Today.AddDays(1) }, Occasions.Now));
        var station = Known.Evolve(change);

        // A push that spans the change becomes two events, each with its unit.
        var midnight = new DateTimeOffset(2026, 6, 3, 0, 0, 0, Contracts.ChinaTime.Offset).ToUniversalTime();
        PushReadings.Row Reading(int hours) => new("MN1", midnight.AddHours(hours), "a34004", 0.05m, null, "N", null);
        var group = new Group<Station, PushReadings.Row>("station/410325/MN1", station, [(1, Reading(0)), (2, Reading(1))]);
        PushReadings.Decide(group, new Dictionary<string, StationDay>(), Occasions.Now with { Now = midnight.AddHours(2) });
        Assert.Equal(["μg/m3", "mg/m3"], group.Events.Cast<ReadingsRecorded>().Select(recorded => recorded.Series[0].Unit));
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        When(Row with { Site = new(Planned: ["a34002"]) }).ThenRefused("pollutant-undeclared");
        When(Row with { Site = new(SystemType: 21) }).ThenRefused("system-type-differs");
        When(Row with { Site = new(SystemType: 99) }).ThenRefused("system-type-differs");
    }

    [Fact]
    public void Registering_twice_never_says_more_than_once() => Idempotence.Holds(new Station(),
        new[] { Row, Row with { Name = "新城站", EffectiveFrom = new(2026, 1, 1), Reason = "搬迁" }, Row with { Site = new(SystemType: 21) } },
        RegisterStation.Decide);
}
