namespace Monitoring.Relapse.Tests;

/// <summary>Who people are goes in, is found, is read and is erased, and stands nowhere that it must not.</summary>
public sealed class MembersApiTests(RelapseService service)
{
    const string Tenant = TestKeys.Tenant;

    async Task<(Guid Household, Guid Person, string IdNumber)> Somebody(string village = "410325111201")
    {
        var (household, person, number) = (await service.Household(village), Guid.CreateVersion7(), People.IdNumber());
        (await service.Post("/v1/members", People.Member(household, number, person))).Took(1);
        return (household, person, number);
    }

    [Fact]
    public async Task A_member_is_registered_once_and_corrected_with_a_reason()
    {
        var (household, person, number) = await Somebody();
        var row = People.Member(household, number, person);
        (await service.Post("/v1/members", row)).Took(0, 1);
        row["name"] = "张三";
        (await service.Post("/v1/members", row)).Refused("1 reason correction-needs-reason");
        row["reason"] = "录入错误";
        (await service.Post("/v1/members", row)).Took(1);
        row["labour"] = "weak";
        row["phone"] = null;
        (await service.Post("/v1/members", row)).Took(1);
        (await service.Post("/v1/members", row)).Took(0, 1);
        Assert.Equal(
            ["household-enrolled", "member-joined", "personal-data-corrected", "member-changed", "personal-data-corrected"],
            await service.Events($"household/{Tenant}/{household}"));
    }

    [Fact]
    public async Task What_a_row_does_not_say_stays_as_it_is()
    {
        var (household, person, number) = await Somebody();
        var row = People.Member(household, number, person);
        row.Remove("phone");
        (await service.Post("/v1/members", row)).Took(0, 1);
    }

    [Fact]
    public async Task An_id_number_belongs_to_one_person()
    {
        var (household, person, number) = await Somebody();
        var other = await service.Household();
        var answer = await service.Post("/v1/members", People.Member(other, number));
        answer.Refused("1 idNumber person-exists");
        Assert.Contains($"{person}", answer.Body, StringComparison.Ordinal);
        Assert.Contains($"{household}", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(number, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masked_is_what_a_reader_sees_and_plain_is_only_for_a_purpose_on_record()
    {
        var (household, person, number) = await Somebody();
        var masked = (await service.Get($"/v1/households/{household}/people")).Items[0];
        Assert.Equal(
            ("张*", $"410325********{number[^4..]}", "138****5678"),
            (masked.GetProperty("name").GetString(), masked.GetProperty("idNumber").GetString(), masked.GetProperty("phone").GetString()));
        Assert.Equal(422, (await service.Post($"/v1/households/{household}/people/reading", new { })).Status);
        var plain = (await service.Post($"/v1/households/{household}/people/reading", new { purpose = "入户核实" })).Items[0];
        Assert.Equal(number, plain.GetProperty("data").GetProperty("idNumber").GetString());
        Assert.Equal("personal-data-read", (await service.Events($"household/{Tenant}/{household}"))[^1]);
        Assert.Equal($"{person}", $"{plain.GetProperty("id").GetGuid()}");
    }

    [Fact]
    public async Task A_person_is_found_by_id_number_and_that_is_on_record()
    {
        var (household, person, number) = await Somebody();
        var found = await service.Post("/v1/persons/search", new { idNumber = number, purpose = "医保核对" });
        Assert.Equal((200, person, household), (found.Status, found.Json.GetProperty("person").GetGuid(), found.Json.GetProperty("household").GetGuid()));
        Assert.Equal("personal-data-read", (await service.Events($"household/{Tenant}/{household}"))[^1]);
        var missing = await service.Post("/v1/persons/search", new { idNumber = People.IdNumber(), purpose = "医保核对" });
        Assert.Equal((404, "person-unknown"), (missing.Status, missing.Code));
    }

    [Fact]
    public async Task Somebody_marries_into_another_household_and_takes_their_data_along()
    {
        var (household, person, number) = await Somebody();
        var other = await service.Household();
        var row = People.Member(other, number, person);
        row["how"] = "marriage";
        row["relation"] = "spouse";
        row["on"] = "2023-06-01";
        (await service.Post("/v1/members", row)).Refused("1 person person-elsewhere");
        row["from"] = household;
        (await service.Post("/v1/members", row)).Took(1);
        (await service.Post("/v1/members", row)).Took(0, 1);
        Assert.Equal("member-left", (await service.Events($"household/{Tenant}/{household}"))[^1]);
        Assert.Equal("member-joined", (await service.Events($"household/{Tenant}/{other}"))[^1]);
        Assert.Equal(0, (await service.Get($"/v1/households/{household}/people")).Items.GetArrayLength());
        Assert.Equal(1, (await service.Get($"/v1/households/{other}/people")).Items.GetArrayLength());
    }

    [Fact]
    public async Task A_household_splits_and_merges_again()
    {
        var (household, head, number) = await Somebody();
        var (child, into) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var row = People.Member(household, null, child, "张小宝");
        (row["relation"], row["birth"]) = ("child", "1999-02-03");
        (await service.Post("/v1/members", row)).Took(1);

        var split = new { household, into, persons = new[] { child }, on = "2023-07-01", reason = "成家分户" };
        (await service.Post("/v1/household-splits", split)).Took(1);
        (await service.Post("/v1/household-splits", split)).Took(0, 1);
        Assert.Equal("张*", (await service.Get($"/v1/households/{into}/people")).Items[0].GetProperty("name").GetString());
        Assert.Equal(["household-enrolled", "member-joined"], await service.Events($"household/{Tenant}/{into}"));

        var merge = new { household = into, into = household, on = "2023-08-01", reason = "赡养" };
        (await service.Post("/v1/household-merges", merge)).Took(1);
        (await service.Post("/v1/household-merges", merge)).Took(0, 1);
        Assert.Equal(2, (await service.Get($"/v1/households/{household}/people")).Items.GetArrayLength());
        Assert.Equal(
            ["household-enrolled", "member-joined", "member-left", "household-ended"], await service.Events($"household/{Tenant}/{into}"));
        Assert.Equal(number, (await service.Post($"/v1/households/{household}/people/reading", new { purpose = "核实" }))
            .Items.EnumerateArray().First(one => one.GetProperty("id").GetGuid() == head).GetProperty("data").GetProperty("idNumber").GetString());
    }

    [Fact]
    public async Task Who_has_left_is_a_member_no_more()
    {
        var (household, person, number) = await Somebody();
        var departure = new { household, person, how = "death", on = "2023-09-01" };
        (await service.Post("/v1/member-departures", departure)).Took(1);
        (await service.Post("/v1/member-departures", departure)).Took(0, 1);
        (await service.Post("/v1/member-departures", departure with { how = "moved" })).Refused("1 person departure-differs");
        (await service.Post("/v1/members", People.Member(household, number, person))).Refused("1 person person-died");
    }

    [Fact]
    public async Task Erased_people_are_nobody_and_their_history_stays()
    {
        var (household, _, number) = await Somebody();
        (await service.Post("/v1/signals", new { idNumber = number, reference = $"YB-{household:N}", kind = "medical_self_pay", amount = 100, on = "2023-05-31" })).Took(1);
        var erasure = new { reason = "本人申请", document = "县农〔2023〕12号" };
        var path = $"/v1/households/{household}/erasure";
        Assert.Equal("recorded", (await service.Post(path, erasure)).Json.GetProperty("result").GetString());
        Assert.Equal("identical", (await service.Post(path, erasure)).Json.GetProperty("result").GetString());

        Assert.Equal((410, "personal-data-erased"), Told(await service.Get($"/v1/households/{household}/people")));
        Assert.Equal((410, "personal-data-erased"), Told(await service.Post($"/v1/households/{household}/people/reading", new { purpose = "核实" })));
        Assert.Equal(404, (await service.Post("/v1/persons/search", new { idNumber = number, purpose = "核实" })).Status);
        (await service.Post("/v1/members", People.Member(household, number))).Refused("1 household personal-data-erased");
        Assert.Equal(0L, await service.Scalar<long>($"select count(*) from relapse.mt_doc_person where data ->> 'household' = '{household}'"));
        Assert.Equal(0L, await service.Scalar<long>($"select count(*) from relapse.mt_doc_householdkey where id = '{household}'"));
        Assert.Equal(1, (await service.Get($"/v1/households/{household}")).Json.GetProperty("signals").GetArrayLength());
        (await service.Post("/v1/signals", new { idNumber = number, reference = $"YB-{household:N}", kind = "medical_self_pay", amount = 100, on = "2023-05-31" })).Took(0, 1);

        static (int, string?) Told(Answer answer) => (answer.Status, answer.Code);
    }
}
