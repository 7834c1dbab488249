using CsCheck;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse.Tests;

public sealed class EnrolHouseholdSpecs
{
    static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    static readonly DateOnly May = new(2026, 5, 31);
    static readonly EnrolHousehold.Row Row = new(Id, "410325111201", HouseholdCategory.LiftedOut, 4, May);
    static readonly HouseholdEnrolled Enrolled = new(Id, "410325111201", HouseholdCategory.LiftedOut, 4, May);

    readonly Specification<Household> household = new();

    static readonly Refusal Nowhere = Refusal.Invalid("area-unknown", "未登记", "not registered", "village");

    static Func<Household, Decision> Enrolling(EnrolHousehold.Row row, bool areaKnown = true) =>
        it => EnrolHousehold.Decide(it, areaKnown ? null : Nowhere, row, Occasions.Now);

    [Fact]
    public void A_household_comes_under_monitoring() => household.Given().When(Enrolling(Row)).Then(Enrolled);

    [Fact]
    public void The_same_enrolment_again_changes_nothing() => household.Given(Enrolled).When(Enrolling(Row)).ThenNothing();

    [Fact]
    public void It_changes_nothing_even_after_signals() => household
        .Given(Enrolled, new SignalReported(Id, "RS-1", "人社局", SignalKind.JobLoss, null, May)).When(Enrolling(Row)).ThenNothing();

    public static TheoryData<EnrolHousehold.Row> Others =>
    [
        Row with { Village = "410325111202" }, Row with { Category = HouseholdCategory.Ordinary }, Row with { Members = 5 },
        Row with { On = May.AddDays(-1) },
    ];

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Another_enrolment_of_the_same_household_is_refused(EnrolHousehold.Row row) =>
        household.Given(Enrolled).When(Enrolling(row)).ThenRefused("household-differs");

    [Fact]
    public void A_household_in_an_unknown_township_is_refused() =>
        household.Given().When(Enrolling(Row, areaKnown: false)).ThenRefused("area-unknown");

    [Fact]
    public void It_stays_enrolled_where_its_village_is_no_more() =>
        household.Given(Enrolled).When(Enrolling(Row, areaKnown: false)).ThenNothing();

    [Fact]
    public void It_has_its_group() => household.Given().When(Enrolling(Row with { Group = "三组" })).Then(Enrolled with { Group = "三组" });

    [Fact]
    public void An_enrolment_takes_effect_today_at_the_latest()
    {
        var today = new DateOnly(2026, 6, 2);
        household.Given().When(Enrolling(Row with { On = today })).Then(Enrolled with { On = today });
        household.When(Enrolling(Row with { On = today.AddDays(1) })).ThenRefused("day-in-future");
    }

    [Fact]
    public void Today_is_the_day_in_Beijing()
    {
        // 00:30 on 3 June in Beijing is still 2 June in UTC.
        var night = Occasions.Now with { Now = new DateTimeOffset(2026, 6, 2, 16, 30, 0, TimeSpan.Zero) };
        var row = Row with { On = new DateOnly(2026, 6, 3) };
        household.Given().When(it => EnrolHousehold.Decide(it, null, row, night)).Then(Enrolled with { On = row.On });
    }

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(Gen.Bool, Gen.Int[1, 3], Gen.Enum<HouseholdCategory>(), Gen.Int[0, 3], (known, members, category, days) =>
            (Known: known, Value: Row with { Members = members, Category = category, On = May.AddDays(days) }));
        row.Array[1, 20].Sample(rows => Idempotence.Holds(
            new Household(), rows, (state, one, occasion) => EnrolHousehold.Decide(state, one.Known ? null : Nowhere, one.Value, occasion)), iter: 300);
    }
}
