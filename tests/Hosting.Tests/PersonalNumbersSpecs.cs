using System.Globalization;
using CsCheck;

namespace Monitoring.Hosting.Tests;

public sealed class PersonalNumbersSpecs
{
    [Theory]
    [InlineData("见 11010519491231002X 的材料")]
    [InlineData("见１１０１０５１９４９１２３１００２Ｘ")]
    [InlineData("身份证110105 19491231 002x。")]
    [InlineData("身份证110105-1949-1231-002X")]
    [InlineData("一一〇一〇五一九四九一二三一〇〇二X")]
    [InlineData("壹壹零壹零伍壹玖肆玖壹贰叁壹零零贰X")]
    [InlineData("共3 110105194912310 02X")]
    [InlineData("电话13812345678。")]
    [InlineData("138 1234 5678")]
    [InlineData("138-1234-5678")]
    [InlineData("138.1234.5678")]
    [InlineData("1 3 8 1 2 3 4 5 6 7 8")]
    [InlineData("１３８１２３４５６７８")]
    [InlineData("138\u200b1234\u200b5678")]
    [InlineData("13\u20608 12\ufeff34 5678")]
    [InlineData("一三八一二三四五六七八")]
    [InlineData("幺三八一二三四五六七八")]
    [InlineData("一三八1234五六七八")]
    [InlineData("+86 138 1234 5678")]
    [InlineData("+86-13812345678")]
    [InlineData("tel13812345678")]
    [InlineData("①③⑧①②③④⑤⑥⑦⑧")]
    [InlineData("两人：13812345678,13987654321")]
    public void Somebodys_number_is_seen_in_any_spelling(string text) => Assert.True(PersonalNumbers.StandIn(text), text);

    [Theory]
    [InlineData("县农〔2023〕12号，编号 20230531000712")]
    [InlineData("嵩政〔2023〕12号")]
    [InlineData("110105194912310021")]
    [InlineData("13812345678元")]
    [InlineData("13812345678.50")]
    [InlineData("13,812,345,678.00 万元")]
    [InlineData("2303-410325-04-01-123456")]
    [InlineData("MN 88888880000001")]
    [InlineData("91350100M000100Y43")]
    [InlineData("0198c0de-0000-7000-8000-000000000001")]
    [InlineData("1 3 5 7 9 11 13 15")]
    [InlineData("一三五七九")]
    [InlineData("二〇二三年一月一日至十二月三十一日")]
    [InlineData("12317 热线")]
    public void What_is_nobodys_number_is_left(string text) => Assert.False(PersonalNumbers.StandIn(text), text);

    static readonly Gen<string> mobiles = Gen.Select(Gen.Int[3, 9], Gen.Long[0, 999_999_999], (second, rest) => $"1{second}{rest:000000000}");

    static readonly Gen<string> ids = Gen.Select(Gen.Int[110000, 659999], Gen.Int[0, 73_000], Gen.Int[0, 999], (place, days, sequence) =>
    {
        var digits = $"{place}{new DateOnly(1850, 1, 1).AddDays(days).ToString("yyyyMMdd", CultureInfo.InvariantCulture)}{sequence:000}";
        return digits + PersonalNumbers.CheckOf(digits);
    });

    static readonly Func<char, string>[] spellings =
    [
        one => $"{one}", one => $"{one}\u200b", one => $"{one} ", one => char.IsAsciiDigit(one) ? $"{"〇一二三四五六七八九"[one - '0']}" : $"{one}",
        one => char.IsAsciiDigit(one) ? $"{(char)('０' + (one - '0'))}" : $"{one}",
    ];

    [Fact]
    public void Any_number_is_seen_however_it_is_spelt() => Gen.Select(Gen.OneOf(mobiles, ids), Gen.Int[0, spellings.Length - 1]).Sample(
        (number, spelling) => PersonalNumbers.StandIn($"联系（{string.Concat(number.Select(spellings[spelling]))}）"), iter: 20_000);

    /// <summary>Document numbers, amounts, project codes, devices' MNs, UUIDs, days and rows of figures as departments write them.</summary>
    static readonly Gen<string> others = Gen.OneOf(
        Gen.Select(Gen.Int[2010, 2030], Gen.Int[1, 99999], (year, number) => $"嵩政〔{year}〕{number}号"),
        Gen.Decimal[0, 99_999_999_999].Select(amount => $"{decimal.Round(amount, 2).ToString("0.00", CultureInfo.InvariantCulture)}万元"),
        Gen.Long[10_000_000_000, 99_999_999_999].Select(amount => $"{amount}元"),
        Gen.Decimal[0, 99_999_999_999].Select(amount => amount.ToString("N2", CultureInfo.InvariantCulture)),
        Gen.Select(Gen.Int[1900, 2999], Gen.Int[110000, 659999], Gen.Int[1, 99], Gen.Int[1, 99], Gen.Int[0, 999999],
            (month, place, kind, sort, number) => $"{month}-{place}-{kind:00}-{sort:00}-{number:000000}"),
        Gen.Char['0', '9'].Array[14].Select(digits => new string(digits)),
        Gen.OneOf(Gen.Char['0', '9'], Gen.Char['A', 'F']).Array[24].Select(code => new string(code)),
        Gen.Guid.Select(id => $"{id}"),
        Gen.Date.Select(day => $"{day:yyyy-MM-dd} {day:yyyyMMdd} {day:yyyy年M月d日}"),
        Gen.Int[10, 9999].Array[3, 8].Select(numbers => string.Join('、', numbers)));

    [Fact]
    public void What_departments_write_otherwise_is_never_taken_for_one() =>
        others.Sample(text => !PersonalNumbers.StandIn($"依据 {text}，已核。"), iter: 50_000);

    [Theory]
    [InlineData("areas.csv")]
    [InlineData("indicators.csv")]
    [InlineData("projects.csv")]
    [InlineData("plan.txt")]
    public void Nobody_stands_in_the_plan(string file) => Assert.DoesNotContain(
        File.ReadLines(Path.Combine(TestServers.Root, "deploy/plan/410325", file)), PersonalNumbers.StandIn);
}
