using CsCheck;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse.Tests;

public sealed class ReportSignalSpecs
{
    static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    static readonly DateOnly May = new(2026, 5, 31);
    static readonly HouseholdEnrolled Enrolled = new(Id, "410325111201", HouseholdCategory.LiftedOut, 4, May);
    static readonly ReportSignal.Row Row = new(Id, "YB-7", SignalKind.MedicalSelfPay, 21_000, "元", null, May, null, null);
    static readonly SignalReported Reported = new(Id, "YB-7", "统计局", SignalKind.MedicalSelfPay, Money.Yuan(21_000, "元"), May);

    readonly Specification<Household> household = new();

    static Func<Household, Hosting.Decision> Reporting(ReportSignal.Row row) => it => ReportSignal.Decide(it, row, new RuleBook(), Occasions.Now);

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
    public void A_signal_is_not_about_the_future() =>
        household.Given(Enrolled).When(Reporting(Row with { On = new(2026, 6, 3) })).ThenRefused("day-in-future");

    [Fact]
    public void A_signal_may_be_about_today() => household.Given(Enrolled)
        .When(Reporting(Row with { On = new(2026, 6, 2) })).Then(Reported with { On = new(2026, 6, 2) });

    [Fact]
    public void A_signal_without_an_amount_is_recorded_without_one() => household.Given(Enrolled)
        .When(Reporting(Row with { Kind = SignalKind.JobLoss, Amount = null }))
        .Then(Reported with { Kind = SignalKind.JobLoss, Amount = null });

    [Fact]
    public void Another_number_is_another_signal() => household.Given(Enrolled, Reported)
        .When(Reporting(Row with { Reference = "YB-8" })).Then(Reported with { Reference = "YB-8" });

    [Fact]
    public void A_correction_sent_again_changes_nothing() => household
        .Given(Enrolled, Reported, new SignalRevised(
            Id, "YB-7", "统计局", SignalKind.MedicalSelfPay, Money.Yuan(21_000, "元"), May, SignalKind.MedicalSelfPay,
            Money.Yuan(12_000, "元"), "重复结算", May))
        .When(Reporting(Row with { Amount = 12_000, Reason = "重复结算" })).ThenNothing();

    [Fact]
    public void Its_kind_and_its_day_are_corrected_like_its_amount()
    {
        var row = Row with { Kind = SignalKind.EducationCost, On = May.AddDays(-1) };
        household.Given(Enrolled, Reported).When(Reporting(row)).ThenRefused("correction-needs-reason");
        household.When(Reporting(row with { Reason = "录错" })).Then(new SignalRevised(
            Id, "YB-7", "统计局", SignalKind.MedicalSelfPay, Money.Yuan(21_000, "元"), May, SignalKind.EducationCost,
            Money.Yuan(21_000, "元"), "录错", May.AddDays(-1)));
    }

    [Fact]
    public void The_same_amount_with_more_zeros_is_the_same_signal() =>
        household.Given(Enrolled, Reported).When(Reporting(Row with { Amount = 21_000.00m })).ThenNothing();

    [Fact]
    public void The_same_amount_in_another_unit_is_the_same_signal() =>
        household.Given(Enrolled, Reported).When(Reporting(Row with { Amount = 2.1m, Unit = "万元" })).ThenNothing();

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(
            Gen.Int[1, 2], Gen.OneOf(Gen.Const(SignalKind.MedicalSelfPay), Gen.Const(SignalKind.Disaster)), Gen.Int[0, 2],
            Gen.OneOf(Gen.Const("元"), Gen.Const("万元")), Gen.Int[0, 3], Gen.Bool,
            (reference, kind, amount, unit, days, reasoned) => Row with
            {
                Reference = $"YB-{reference}", Kind = kind, Amount = amount == 0 ? null : amount, Unit = unit,
                On = May.AddDays(days), Reason = reasoned ? "更正" : null,
            });
        row.Array[1, 30].Sample(rows => Idempotence.Holds(new Household().Evolve(Enrolled), rows,
            (state, one, occasion) => ReportSignal.Decide(state, one, new RuleBook(), occasion)), iter: 300);
    }
}
