using CsCheck;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Contracts.Tests;

/// <summary>The value in force is the latest vintage by its release, and every earlier one stays.</summary>
public sealed class VintagesSpecs
{
    static readonly ValueReported flash = new("gdp", "2021", 214.9m, ValueStatus.Flash, null, null, new(2022, 1, 20));

    static readonly ValueRevised final = new(
        "gdp", "2021", 214.9m, ValueStatus.Flash, 217.1m, ValueStatus.Final, "最终核实", null, null, new(2023, 1, 10), RevisionReason.FinalVerification);

    static Vintage? InForce(params object[] history) => history.Aggregate(Vintages.None, (values, e) => values.Evolve(e))["2021"].InForce();

    [Fact]
    public void A_revision_takes_force() => Assert.Equal(217.1m, InForce(flash, final)?.Value);

    [Fact]
    public void A_vintage_that_comes_in_late_does_not() =>
        Assert.Equal(217.1m, InForce(flash, final, new VintageAdded("gdp", "2021", 215, ValueStatus.Preliminary, new(2022, 3, 1), null, null))?.Value);

    [Fact]
    public void A_withdrawal_leaves_none_until_another_is_reported()
    {
        var withdrawn = new ValueWithdrawn("gdp", "2021", 217.1m, ValueStatus.Final, "有误", null, new(2023, 5, 4));
        Assert.Null(InForce(flash, final, withdrawn));
        Assert.Equal(216m, InForce(flash, final, withdrawn, flash with { Value = 216, ReleasedOn = new(2023, 6, 1) })?.Value);
    }

    [Fact]
    public void A_verification_holds_for_the_value_it_names_and_not_for_the_next()
    {
        var verified = new ValueVerified("gdp", "2021", 214.9m, ValueStatus.Flash, null);
        Assert.True(InForce(flash, verified)?.Verified);
        Assert.False(InForce(flash, verified, final)?.Verified);
    }

    [Fact]
    public void Vintages_stand_in_the_order_of_their_release_whatever_order_they_came_in() =>
        Gen.Int[1, 300].HashSet[1, 8].SelectMany(days => Gen.Shuffle(days.ToArray())).Sample(days =>
        {
            // As the decider says it: first reported, then revised where it is later, added where it is not.
            var values = Vintages.None;
            foreach (var day in days)
            {
                var on = new DateOnly(2022, 1, 1).AddDays(day);
                var known = values.GetValueOrDefault("2021", []);
                object happened = known is not [.., var last] ? new ValueReported("gdp", "2021", day, ValueStatus.Flash, null, null, on)
                    : last.ReleasedOn > on ? new VintageAdded("gdp", "2021", day, ValueStatus.Flash, on, null, null)
                    : new ValueRevised("gdp", "2021", last.Value!.Value, last.Status, day, ValueStatus.Flash, "", null, null, on);
                values = values.Evolve(happened);
            }

            Assert.Equal(days.Order().Select(day => (decimal?)day), values["2021"].Select(vintage => vintage.Value));
        });
}
