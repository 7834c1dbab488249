using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse.Tests;

public sealed class CorrectAreaSpecs
{
    static readonly DateOnly March = new(2026, 3, 1), May = new(2026, 5, 1);
    static readonly AreaRegistered Registered = new("410325111201", "席岭村", "席岭村", AreaKind.Village, []);
    static readonly CorrectArea.Row Row = new("410325111201", "席岭社区", null, false, "村改居", March);
    static readonly AreaCorrected Corrected = new("410325111201", "席岭社区", "席岭社区", false, "村改居", March);

    readonly Specification<Area> area = new();

    static Func<Area, Decision> Correcting(CorrectArea.Row row) => it => CorrectArea.Decide(it, row, Occasions.Now);

    [Fact]
    public void A_village_is_called_otherwise_from_a_day_on() => area.Given(Registered).When(Correcting(Row)).Then(Corrected);

    [Fact]
    public void The_same_correction_again_changes_nothing() => area.Given(Registered, Corrected).When(Correcting(Row)).ThenNothing();

    [Fact]
    public void What_nobody_registered_is_not_corrected() => area.Given().When(Correcting(Row)).ThenRefused("area-unknown");

    [Fact]
    public void It_ends_under_the_name_it_has_then() => area.Given(Registered, Corrected)
        .When(Correcting(new("410325111201", null, null, true, "撤并", May)))
        .Then(Corrected with { Ended = true, Reason = "撤并", On = May });

    [Fact]
    public void The_old_name_stays_known_before_it()
    {
        // Told late: the end first, the name of before it after.
        var known = new object[] { Registered, Corrected with { Ended = true, On = May }, Corrected }.Aggregate(new Area(), (it, e) => it.Evolve(e));
        Assert.Equal(
            ["席岭村 False", "席岭社区 False", "席岭社区 True"],
            new[] { March.AddDays(-1), March, May }.Select(day => $"{known.On(day).Name.Zh} {known.On(day).Ended}"));
    }
}
