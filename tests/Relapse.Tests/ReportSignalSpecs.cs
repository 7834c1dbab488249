using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse.Tests;

public sealed class ReportSignalSpecs
{
    static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    static readonly DateOnly May = new(2026, 5, 31);
    static readonly HouseholdEnrolled Enrolled = new(Id, "410325111201", HouseholdCategory.LiftedOut, 4, May);
    static readonly ReportSignal.Row Row = new(Id, "YB-7", SignalKind.MedicalSelfPay, 21_000, "元", May, null);
    static readonly SignalReported Reported = new(Id, "YB-7", "统计局", SignalKind.MedicalSelfPay, Money.Yuan(21_000, "元"), May);

    readonly Specification<Household> household = new();

    static Func<Household, Hosting.Decision> Reporting(ReportSignal.Row row) => it => ReportSignal.Decide(it, row, Occasions.Now);

    [Fact]
    public void A_signal_is_recorded_under_the_department_that_spoke() =>
        household.Given(Enrolled).When(Reporting(Row)).Then(Reported);

    [Fact]
    public void The_same_signal_again_changes_nothing() => household.Given(Enrolled, Reported).When(Reporting(Row)).ThenNothing();

    [Fact]
    public void The_same_number_of_another_department_is_another_signal() =>
        household.Given(Enrolled, Reported with { Department = "民政局" }).When(Reporting(Row)).Then(Reported);

    [Fact]
    public void A_changed_signal_needs_a_reason()
    {
        household.Given(Enrolled, Reported).When(Reporting(Row with { Amount = 12_000 })).ThenRefused("correction-needs-reason");
        household.When(Reporting(Row with { Amount = 12_000, Reason = "重复结算" })).Then(new SignalRevised(
            Id, "YB-7", "统计局", SignalKind.MedicalSelfPay, Money.Yuan(21_000, "元"), May, SignalKind.MedicalSelfPay,
            Money.Yuan(12_000, "元"), "重复结算", May));
    }

    [Fact]
    public void An_unknown_household_takes_no_signal() => household.Given().When(Reporting(Row)).ThenRefused("household-unknown");

    [Fact]
    public void A_signal_is_not_about_the_future() =>
        household.Given(Enrolled).When(Reporting(Row with { On = new(2026, 6, 3) })).ThenRefused("day-in-future");

    [Fact]
    public void A_household_is_enrolled_once_and_in_a_known_area()
    {
        var row = new EnrolHousehold.Row(Id, "410325111201", HouseholdCategory.LiftedOut, 4, May);
        household.Given().When(it => EnrolHousehold.Decide(it, false, row, Occasions.Now)).ThenRefused("area-unknown");
        household.When(it => EnrolHousehold.Decide(it, true, row, Occasions.Now)).Then(Enrolled);
        household.Given(Enrolled).When(it => EnrolHousehold.Decide(it, true, row, Occasions.Now)).ThenNothing();
        household.When(it => EnrolHousehold.Decide(it, true, row with { Members = 5 }, Occasions.Now)).ThenRefused("household-differs");
    }

    [Fact]
    public void An_area_of_another_county_is_refused()
    {
        var area = new Specification<Area>();
        var row = new RegisterArea.Row("410325111", "陆浑镇", "Luhun Town", AreaKind.Town, []);
        area.Given().When(it => RegisterArea.Decide(it, row, Occasions.Now)).Then(new AreaRegistered("410325111", "陆浑镇", "Luhun Town", AreaKind.Town, []));
        area.When(it => RegisterArea.Decide(it, row with { Code = "410308101" }, Occasions.Now)).ThenRefused("area-outside-county");
    }
}
