using CsCheck;
using static Monitoring.Relapse.IdNumber;

namespace Monitoring.Relapse.Tests;

public sealed class IdNumberSpecs
{
    static readonly Gen<string> numbers = Gen.Select(Gen.Int[110000, 659999], Gen.Int[0, 73_000], Gen.Int[0, 999], (place, days, sequence) =>
    {
        var digits = $"{place}{new DateOnly(1850, 1, 1).AddDays(days):yyyyMMdd}{sequence:000}";
        return digits + CheckOf(digits);
    });

    [Theory]
    [InlineData("11010519491231002X")]
    [InlineData("440524188001010014")]
    [InlineData("34052419800101001X")]
    [InlineData("410325190001010017")]
    [InlineData("410325190001010025")]
    [InlineData("410325190001011239")]
    public void Numbers_of_the_standard_are_read(string text)
    {
        Assert.Equal(Fault.None, Read(text, out var number));
        Assert.Equal(text, number!.Number);
    }

    [Fact]
    public void What_the_number_says_is_known()
    {
        Read("410325190001010017", out var man);
        Read("410325190001010025", out var woman);
        Assert.Equal((true, false, new DateOnly(1900, 1, 1)), (man!.IsMale, woman!.IsMale, man.Birth));
        Assert.DoesNotContain("4103", $"{man}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_x_is_an_x()
    {
        Assert.Equal(Fault.None, Read("11010519491231002x", out var number));
        Assert.Equal("11010519491231002X", number!.Number);
    }

    [Fact]
    public void An_old_number_of_15_digits_is_the_same_person()
    {
        Assert.Equal(Fault.None, Read("110105491231002", out var number));
        Assert.Equal("11010519491231002X", number!.Number);
        Assert.Equal(Fault.None, Read("410325990101996", out var old));
        Assert.Equal(new DateOnly(1899, 1, 1), old!.Birth);
    }

    [Fact]
    public void A_disability_certificate_is_the_same_person_and_says_more()
    {
        Assert.Equal(Fault.None, Read("11010519491231002X43", out var number));
        Assert.Equal(("11010519491231002X", "肢体三级"), (number!.Number, number.Disability));
    }

    [Theory]
    [InlineData("", Fault.Form)]
    [InlineData("4103251900010100", Fault.Form)]
    [InlineData("X10325190001010017", Fault.Form)]
    [InlineData("010325190001010017", Fault.Form)]
    [InlineData("4103251900010100１7", Fault.Form)]
    [InlineData("11010519491231002X83", Fault.Form)]
    [InlineData("11010519491231002X45", Fault.Form)]
    [InlineData("410325190002300017", Fault.Birth)]
    [InlineData("410325000001010017", Fault.Birth)]
    [InlineData("410325190001010018", Fault.Check)]
    public void Anything_else_is_not(string text, Fault fault) => Assert.Equal(fault, Read(text, out _));

    [Fact]
    public void A_mistyped_digit_is_always_noticed() => Gen.Select(numbers, Gen.Int[0, 16], Gen.Int[1, 9]).Sample((number, at, off) =>
    {
        var typed = number.ToCharArray();
        typed[at] = (char)('0' + (typed[at] - '0' + off) % 10);
        Assert.NotEqual(Fault.None, Read(new string(typed), out _));
    });

    [Fact]
    public void Two_neighbours_changed_about_are_always_noticed() => Gen.Select(numbers, Gen.Int[0, 15]).Sample((number, at) =>
    {
        var typed = number.ToCharArray();
        (typed[at], typed[at + 1]) = (typed[at + 1], typed[at]);
        if (new string(typed) != number) Assert.NotEqual(Fault.None, Read(new string(typed), out _));
    });

    [Fact]
    public void Every_number_that_is_made_is_read() => numbers.Sample(number =>
    {
        Assert.Equal(Fault.None, Read(number, out var read));
        Assert.Equal(number, read!.Number);
    });
}
