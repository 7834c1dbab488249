using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Monitoring.Evaluation.Log;

namespace Monitoring.Evaluation.Tests;

/// <summary>RFC 8785, with the examples of its text and appendix.</summary>
public sealed class CanonicalSpecs
{
    static string Canon(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return Encoding.UTF8.GetString(Canonical.Of(parsed.RootElement));
    }

    [Theory]
    [InlineData("333333333.33333329", "333333333.3333333")]
    [InlineData("1E30", "1e+30")]
    [InlineData("4.50", "4.5")]
    [InlineData("2e-3", "0.002")]
    [InlineData("0.000000000000000000000000001", "1e-27")]
    [InlineData("-0", "0")]
    [InlineData("0.00", "0")]
    [InlineData("-0.0000033333333333333333", "-0.0000033333333333333333")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("295147905179352830000", "295147905179352830000")]
    [InlineData("1000000000000000000000", "1e+21")]
    [InlineData("999999999999999900000", "999999999999999900000")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("215.30", "215.3")]
    [InlineData("-1200", "-1200")]
    public void Numbers_are_written_as_ecmascript_writes_a_double(string number, string expected)
    {
        var exact = Canon(number);
        if (number is "333333333.33333329")
            Assert.Equal($$"""{"$decimal":"{{number}}"}""", exact); // A double drops the last digit, and the ledger must not.
        else
            Assert.Equal(expected, exact);
    }

    [Fact]
    public void Members_are_ordered_by_their_utf_16_names_and_texts_escaped_as_little_as_can_be() => Assert.Equal(
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin\",\"€\":\"Euro Sign\",\"😂\":\"Smiley\",\"\ufb33\":\"Hebrew\"}",
        Canon("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude02":"Smiley","\u0080":"Control","\u00f6":"Latin"}"""));

    [Fact]
    public void The_text_example_of_the_standard_is_the_same() => Assert.Equal(
        "{\"literals\":[null,true,false],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
        Canon("""{ "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"""));

    [Fact]
    public void Any_double_is_written_so_that_it_reads_back_and_writes_the_same() => Gen.Double.Where(double.IsFinite).Sample(value =>
    {
        var once = Canon(value.ToString("R", CultureInfo.InvariantCulture));
        return double.Parse(once, CultureInfo.InvariantCulture).Equals(value == 0 ? 0 : value) && Canon(once) == once;
    });

    [Fact]
    public void No_digit_of_a_decimal_escapes() => Gen.Decimal.Select(Gen.Decimal).Sample((one, other) =>
        one == other == (Canon(one.ToString(CultureInfo.InvariantCulture)) == Canon(other.ToString(CultureInfo.InvariantCulture))));

    [Fact]
    public void An_entry_names_everything_that_a_row_holds()
    {
        var row = new LedgerRow(
            7, Guid.Parse("0198c0de-0000-7000-8000-000000000001"), "indicators.value-reported.v1", "410325", "indicator/410325/gdp", 2,
            new DateTimeOffset(2026, 11, 25, 8, 0, 0, 123, TimeSpan.FromHours(8)), "统计局/tests", "r", null, "2026-11-25T00:00:01.0000000+00:00",
            """{"value": 215.30, "period": "2021"}""");
        Assert.Equal(
            """{"actor":"统计局/tests","data":{"period":"2021","value":215.3},"id":"0198c0de-0000-7000-8000-000000000001","ledgeredAt":"2026-11-25T00:00:01.0000000+00:00","receipt":"r","source":"indicators","stream":"indicator/410325/gdp","tenant":"410325","time":"2026-11-25T00:00:00.123000Z","trace":null,"type":"indicators.value-reported.v1","version":2}""",
            Encoding.UTF8.GetString(row.Entry()));
        Assert.Equal(row.Leaf(), (row with { Position = 8 }).Leaf());
        LedgerRow[] others =
        [
            row with { Id = Guid.Parse("0198c0de-0000-7000-8000-000000000002") }, row with { Type = "indicators.value-reported.v2" },
            row with { Tenant = "410326" }, row with { Stream = "x" }, row with { Version = 3 }, row with { Time = row.Time.AddMicroseconds(1) },
            row with { Actor = null }, row with { Receipt = null }, row with { Trace = "t" }, row with { LedgeredAt = null }, row with { Data = "{}" },
        ];
        Assert.All(others, other => Assert.NotEqual(row.Leaf(), other.Leaf()));
    }

    [Fact]
    public void What_is_too_long_for_a_tile_of_entries_stands_as_its_hash()
    {
        var row = new LedgerRow(
            1, Guid.Empty, "a.b.v1", "1", "s", 1, DateTimeOffset.UnixEpoch, null, null, null, null, $$"""{"text":"{{new string('字', 60_000)}}"}""");
        Assert.InRange(row.Entry().Length, 1, 1_000);
        Assert.NotEqual(row.Leaf(), (row with { Data = row.Data.Replace("字\"", "子\"", StringComparison.Ordinal) }).Leaf());
    }
}
