using System.Globalization;
using CsCheck;

namespace Monitoring.Hosting.Tests;

/// <summary>An amount that says its unit itself is the same amount in the unit of its row, whichever of them stands where.</summary>
public sealed class MoneyUnitSpecs
{
    // The factors as everybody knows them, apart from those of the code.
    static readonly (string Unit, decimal Yuan)[] units = [("元", 1m), ("万元", 10_000m), ("亿元", 100_000_000m)];

    static (decimal Amount, string Unit) Bind(Fields row) => (row.Number("amount", unitIn: "unit"), row.MoneyUnit("unit"));

    static (decimal Amount, string Unit) Read(string csv)
    {
        var rows = new List<(int Row, (decimal Amount, string Unit) Value)>();
        var intake = Intake.Into(rows, RowShape.Of("/v1/test", Bind), Bind, null, null);
        Assert.Null(Body.Of(System.Text.Encoding.UTF8.GetBytes(csv), "text/csv").Bind(intake));
        Assert.Empty(intake.Errors);
        return Assert.Single(rows).Value;
    }

    [Fact]
    public void It_is_converted_to_what_stands_in_the_field_of_the_unit() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 99_999], Gen.Int[0, 3])
        .Sample((said, wanted, number, how) =>
        {
            var (own, row) = (units[said], units[wanted]);
            var amount = number.ToString(CultureInfo.InvariantCulture);
            var (read, unit) = Read(how switch
            {
                0 => $"amount,unit\n{amount}{own.Unit},{row.Unit}\n",
                1 => $"amount（{own.Unit}）,unit\n{amount},{row.Unit}\n",
                2 => $"单位：{own.Unit},\namount,unit\n{amount},{row.Unit}\n",
                _ => $"amount,unit\n{amount}{own.Unit},\n",
            });
            var meant = number * own.Yuan;
            Assert.Equal(how == 3 ? own.Unit : row.Unit, unit);
            // Ten places are kept.
            Assert.Equal(Math.Round(meant / units.Single(one => one.Unit == unit).Yuan, 10), read);
        });
}
