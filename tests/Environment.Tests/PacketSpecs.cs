using System.Text;
using Monitoring.Contracts;
using Monitoring.Environment.Hj212;

namespace Monitoring.Environment.Tests;

public sealed class PacketSpecs
{
    const string Mn = "410325000000000000000001";

    static Packet? Read(string segment) => Packet.Read(Encoding.Latin1.GetBytes(segment));

    static Packet Hour(string content, string command = "2061") => Read($"QN=20230801090005000;ST=22;CN={command};PW=123456;MN={Mn};Flag=5;CP=&&{content}&&")!;

    static DateTimeOffset Beijing(int hour) => new(2023, 8, 1, hour, 0, 0, ChinaTime.Offset);

    [Fact]
    public void A_segment_is_taken_apart()
    {
        Assert.Equal(
            new Packet("20230801090005000", "22", "2061", "123456", Mn, 5, 1, 1, "DataTime=20230801080000;a34004-Avg=28"),
            Hour("DataTime=20230801080000;a34004-Avg=28"));
        Assert.Equal(
            new Packet("", "32", "2011", "123456", "LD130133000015", 0, 1, 1, ""), Read("ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&&&"));
        Assert.Equal((3, 2), Read($"QN=1;ST=22;CN=2061;PW=1;MN={Mn};Flag=7;PNUM=3;PNO=2;CP=&&&&") is { } part ? (part.Parts, part.Part) : default);
    }

    [Theory]
    [InlineData("")]
    [InlineData("CP=&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=1;Flag=5")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;Flag=5;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=20 1;PW=1;MN=1;Flag=5;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=1;Flag=x;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=1\u0000;Flag=5;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=1;Flag=7;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=1;Flag=7;PNUM=2;PNO=3;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=1;Flag=7;PNUM=9999;PNO=1;CP=&&&&")]
    [InlineData("QN=1;ST=22;CN=2061;PW=1;MN=0123456789012345678901234;Flag=5;CP=&&&&")]
    public void What_is_no_segment_is_refused(string segment) => Assert.Null(Read(segment));

    [Fact]
    public void Values_are_read_with_their_flags_however_they_are_divided()
    {
        Measured[] expected = [new(Beijing(8), "a34004", 28, "N"), new(Beijing(8), "a21005", 0.5m, "M"), new(Beijing(9), "a34004", -1, "N")];
        Assert.Equal(expected, Content.Read(Hour(
            "DataTime=20230801080000;a34004-Min=1,a34004-Avg=28,a34004-Max=30,a34004-Flag=N;a21005-Avg=0.5,a21005-Flag=M;DataTime=20230801090000;a34004-Avg=-1")).Values);
        Assert.Equal(expected, Content.Read(Hour(
            "a34004-Avg=28;DataTime=20230801080000;a34004-Flag=N;a21005-Flag=M;a21005-Avg=0.5;DataTime=20230801090000,a34004-Avg=-1,")).Values.Order(
                Comparer<Measured>.Create((one, other) => one.DataTime != other.DataTime ? one.DataTime.CompareTo(other.DataTime) : -string.CompareOrdinal(one.Pollutant, other.Pollutant))));
    }

    [Fact]
    public void Codes_and_flags_of_2005_are_those_of_2017() => Assert.Equal(
        [new(Beijing(8), "w01018", 231.0m, "N"), new(Beijing(8), "w21003", 1.803m, "C")],
        Content.Read(Hour("DataTime=20230801080000;011-Rtd=231.0,011-Flag=3;060-Rtd=1.803,060-Flag=0", "2011")).Values);

    [Fact]
    public void An_empty_value_is_none_and_a_wrong_one_costs_itself()
    {
        var (values, faults) = Content.Read(Hour(
            "DataTime=20230801080000;a34004-Avg=,a34004-Flag=D;a34002-Flag=B;a21026-Avg=1e5;a21004-Avg=NaN;a21005-Avg=1.12345678901;a05024-Avg=1,a05024-Flag=X;a01001-Avg=9999999999999999;a01002-Avg=40"));
        Assert.Equal([new(Beijing(8), "a01002", 40, "N")], values);
        Assert.Equal(
            ["a21026 not-a-number", "a21004 not-a-number", "a21005 too-precise", "a05024 unknown-code", "a01001 out-of-range"],
            faults.Select(fault => $"{fault.Pollutant} {fault.Code}"));
    }

    [Theory]
    [InlineData("a34004-Avg=28")]
    [InlineData("DataTime=2023-08-01 08:00;a34004-Avg=28")]
    [InlineData("DataTime=20230231080000;a34004-Avg=28")]
    [InlineData("DataTime=00010101000000;a34004-Avg=28")]
    public void Without_a_time_nothing_is_read(string content)
    {
        var (values, faults) = Content.Read(Hour(content));
        Assert.Empty(values);
        Assert.Equal("data-time-invalid", Assert.Single(faults).Code);
    }

    [Fact]
    public void Bytes_are_shown_without_control_characters_and_without_the_password()
    {
        Assert.Equal(
            """PW=******;MN=1;中文\x00\x0D\x0A""", RawText.Of(Encoding.UTF8.GetBytes("PW=123456;MN=1;中文\0\r\n")));
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Assert.Equal("站点", RawText.Of(Encoding.GetEncoding("GB18030").GetBytes("站点")));
    }
}
