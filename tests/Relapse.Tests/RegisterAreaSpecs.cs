using CsCheck;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse.Tests;

public sealed class RegisterAreaSpecs
{
    static readonly RegisterArea.Row Row = new("410325111", "陆浑镇", "Luhun Town", AreaKind.Town, ["Formerly 库区乡."]);
    static readonly AreaRegistered Registered = new("410325111", "陆浑镇", "Luhun Town", AreaKind.Town, ["Formerly 库区乡."]);

    readonly Specification<Area> area = new();

    static Func<Area, Decision> Registering(RegisterArea.Row row) => it => RegisterArea.Decide(it, row, Occasions.Now);

    [Fact]
    public void A_township_becomes_known() => area.Given().When(Registering(Row)).Then(Registered);

    [Fact]
    public void The_same_registration_again_changes_nothing() =>
        area.Given(Registered).When(Registering(Row with { Notes = ["Formerly 库区乡."] })).ThenNothing();

    public static TheoryData<RegisterArea.Row> Others =>
        [Row with { Name = "库区乡" }, Row with { NameEn = "Kuqu" }, Row with { Kind = AreaKind.Township }, Row with { Notes = [] }];

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Another_registration_under_the_same_code_is_refused(RegisterArea.Row row) =>
        area.Given(Registered).When(Registering(row)).ThenRefused("area-differs");

    [Theory]
    [InlineData("410308101")]
    [InlineData("110101001")]
    public void An_area_of_another_county_is_refused(string code) =>
        area.Given().When(Registering(Row with { Code = code })).ThenRefused("area-outside-county");

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(Gen.Bool, Gen.Enum<AreaKind>(), Gen.Bool, (here, kind, remarked) => Row with
        {
            Code = here ? "410325111" : "410308111", Kind = kind, Notes = remarked ? ["Formerly 库区乡."] : [],
        });
        row.Array[1, 20].Sample(rows => Idempotence.Holds(new Area(), rows, RegisterArea.Decide), iter: 300);
    }
}
