using Monitoring.Contracts.Environment;
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
    public void The_password_is_kept_as_a_hash_and_recognised()
    {
        Assert.DoesNotContain("123456", Known.Registration!.PasswordSha256, StringComparison.Ordinal);
        Assert.True(StationPassword.Matches(Known.Registration, "123456"));
        Assert.False(StationPassword.Matches(Known.Registration, "123457"));
        Assert.False(StationPassword.Matches(Known.Registration with { PasswordSha256 = null }, "123456"));
        Assert.NotEqual(StationPassword.Hash("MN2", "123456"), Known.Registration.PasswordSha256);
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
