using System.Security.Cryptography;
using CsCheck;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse.Tests;

public sealed class KeyRingSpecs
{
    const string Tenant = "410325";

    static readonly Guid Household = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    static readonly Guid Other = Guid.Parse("0198c0de-0000-7000-8000-000000000002");
    static readonly Guid Somebody = Guid.Parse("0198c0de-0000-7000-8000-0000000000a1");
    static readonly string old = Key(1), fresh = Key(2), index = Key(3);

    static readonly PersonalData data = new(
        "张三丰", "410325190001010017", new(1900, 1, 1), "13812345678", "6222021234567890", "农商行", "汉族", "小学", "慢性病", null, "郑州市", 8,
        3_200.50m, true, null);

    static string Key(byte of) => Convert.ToBase64String(Enumerable.Repeat(of, 32).ToArray());

    static KeyRing Ring(string current, params (string Name, string Key)[] keys) => KeyRing.Parse(
        $$"""{"current":"{{current}}","keys":{{{string.Join(',', keys.Select(key => $"\"{key.Name}\":\"{key.Key}\""))}}},"index":"{{index}}"}""");

    [Fact]
    public void A_households_key_comes_back_as_it_was()
    {
        var ring = Ring("1", ("1", old));
        var wrapped = ring.MakeKey(Tenant, Household, out var key);
        Assert.Equal(key, ring.Unwrap(Tenant, wrapped));
        Assert.Equal("1", wrapped.MasterKey);
    }

    [Fact]
    public void It_opens_only_for_its_household_and_its_county()
    {
        var ring = Ring("1", ("1", old), ("2", old));
        var wrapped = ring.MakeKey(Tenant, Household, out _);
        Assert.ThrowsAny<CryptographicException>(() => ring.Unwrap(Tenant, wrapped with { Id = Other }));
        Assert.ThrowsAny<CryptographicException>(() => ring.Unwrap("410326", wrapped));
        Assert.ThrowsAny<CryptographicException>(() => ring.Unwrap(Tenant, wrapped with { MasterKey = "2" }));
    }

    [Fact]
    public void Under_the_new_master_key_it_is_the_same_key_and_the_old_one_is_needed_no_more()
    {
        var wrapped = Ring("1", ("1", old)).MakeKey(Tenant, Household, out var key);
        var both = Ring("2", ("1", old), ("2", fresh));
        var rotated = both.Wrap(Tenant, Household, both.Unwrap(Tenant, wrapped));
        Assert.Equal(key, Ring("2", ("2", fresh)).Unwrap(Tenant, rotated));
        Assert.Throws<InvalidOperationException>(() => Ring("2", ("2", fresh)).Unwrap(Tenant, wrapped));
    }

    [Fact]
    public void Data_come_back_as_they_were()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        Assert.Equal(data, Person.Close(Ring("1", ("1", old)), Tenant, Somebody, Household, null, null, data, key).Open(Tenant, key));
    }

    [Fact]
    public void Data_that_were_changed_or_moved_do_not_open()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var closed = Person.Close(Ring("1", ("1", old)), Tenant, Somebody, Household, null, null, data, key);
        Gen.Int[0, closed.Data.Length - 1].Sample(at =>
        {
            var changed = closed.Data.ToArray();
            changed[at] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => (closed with { Data = changed }).Open(Tenant, key));
        });
        Assert.ThrowsAny<CryptographicException>(() => (closed with { Household = Other }).Open(Tenant, key));
        Assert.ThrowsAny<CryptographicException>(() => (closed with { Id = Other }).Open(Tenant, key));
        Assert.ThrowsAny<CryptographicException>(() => closed.Open("410326", key));
        Assert.ThrowsAny<CryptographicException>(() => (closed with { Data = closed.Data[..20] }).Open(Tenant, key));
        Assert.ThrowsAny<CryptographicException>(() => closed.Open(Tenant, RandomNumberGenerator.GetBytes(32)));
    }

    [Fact]
    public void The_same_data_are_closed_differently_each_time()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        Assert.NotEqual(
            Person.Close(Ring("1", ("1", old)), Tenant, Somebody, Household, null, null, data, key).Data, Person.Close(Ring("1", ("1", old)), Tenant, Somebody, Household, null, null, data, key).Data);
    }

    [Fact]
    public void A_number_has_one_hash_in_a_county_and_another_elsewhere_and_under_another_key()
    {
        var ring = Ring("1", ("1", old));
        var hash = ring.HashOf(Tenant, data.IdNumber!);
        Assert.Equal(hash, Ring("2", ("2", fresh)).HashOf(Tenant, data.IdNumber!));
        Assert.NotEqual(hash, ring.HashOf("410326", data.IdNumber!));
        Assert.NotEqual(hash, KeyRing.Parse($$"""{"current":"1","keys":{"1":"{{old}}"},"index":"{{old}}"}""").HashOf(Tenant, data.IdNumber!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("secret")]
    [InlineData("""{"current":"1","keys":{"1":"secret"},"index":"secret"}""")]
    [InlineData("""{"current":"1","keys":{},"index":"secret"}""")]
    [InlineData("""{"current":"1","keys":{"1":"c2VjcmV0"}}""")]
    [InlineData("""{"current":"2","keys":{"1":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="},"index":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}""")]
    public void Keys_that_are_not_right_are_refused_and_not_repeated(string text)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => KeyRing.Parse(text));
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
        Assert.Contains("Personal:KeyFile", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_it_is_said_by_mistake()
    {
        Assert.Equal("PersonalData", $"{data}");
        var row = new RegisterMember.Row(
            Household, Somebody, Relation.Head, Labour.None, false, MemberChange.Registered, null, new(2023, 1, 5), null, data, []);
        Assert.DoesNotContain("张", $"{row}", StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_show_what_they_may()
    {
        Assert.Equal(("张*", "欧*", "𠮷*"), (Masked.Name("张三丰"), Masked.Name("欧阳修"), Masked.Name("𠮷田")));
        Assert.Equal("4****************9", Masked.IdNumber("410325190001011239"));
        Assert.Equal("410325********1239", Masked.IdNumberForStaff("410325190001011239"));
        Assert.Equal(("138****1234", "****56"), (Masked.Phone("13800001234"), Masked.Phone("123456")));
    }
}
