namespace Monitoring.Relapse.Tests;

/// <summary>People are found by those who may, masked, and nothing of what was looked for lies anywhere.</summary>
public sealed class FindPeopleApiTests(RelapseService service)
{
    static int made;

    /// <summary>A name that no other test uses.</summary>
    static string Name() => $"欧阳寻{(char)('一' + Interlocked.Increment(ref made) * 7)}{(char)('丁' + made * 3)}";

    [Fact]
    public async Task By_name_number_tail_and_telephone_within_the_callers_areas()
    {
        var keys = new TestKeys();
        keys.Limit("410325102");
        await using var limited = await ServiceProcess.Start(
            "Relapse", service.Postgres, await (await TestServers.Shared).CreateVirtualHost(), keys.SharePersonal(service.Keys), migrate: false);
        var (household, number, name, phone) = (await service.Household(), People.IdNumber(), Name(), $"139{77000000 + Interlocked.Increment(ref made)}");
        var row = People.Member(household, number, null, name);
        row["phone"] = phone;
        (await service.Post("/v1/members", row)).Took(1);
        (await service.Post("/v1/help-requests", new { household, reference = "F-1", causes = new[] { "illness" }, on = "2023-03-01" })).Took(1);

        var answers = new List<Answer>();
        foreach (var wanted in new object[]
        {
            new { name }, new { name = $" {name[..1]}　{name[1..]}\u200b" }, new { idNumber = number }, new { idTail = number[^4..], purpose = "村民来村部申报" }, new { phone },
            new { phone = $"+86 {phone[..3]}-{phone[3..7]}-{phone[7..]}" },
        })
        {
            answers.Add(await service.Post("/v1/people/searches", wanted));
            var found = answers[^1].Json.GetProperty("items").EnumerateArray().Single(one => one.GetProperty("household").GetGuid() == household);
            Assert.Equal(("欧*", $"4****************{number[^1]}", $"139****{phone[^4..]}", "head", true), (
                found.GetProperty("name").GetString(), found.GetProperty("idNumber").GetString(), found.GetProperty("phone").GetString(),
                found.GetProperty("relation").GetString(), found.GetProperty("open").GetBoolean()));
            Assert.StartsWith("嵩-陆浑-2023-", found.GetProperty("caseNumber").GetString(), StringComparison.Ordinal);
            answers.Add(await service.Post("/v1/people/searches", wanted, limited.Http));
            Assert.Empty(answers[^1].Json.GetProperty("items").EnumerateArray());
        }

        answers.Add(await service.Post("/v1/people/searches", new { name, phone }));
        Assert.Equal((422, "one-of-expected"), (answers[^1].Status, answers[^1].Code));
        answers.Add(await service.Post("/v1/people/searches", new { name = name[..2] }));
        Assert.Empty(answers[^1].Json.GetProperty("items").EnumerateArray());
        answers.Add(await service.Post("/v1/people/searches", new { idTail = "12" }));
        Assert.Equal("not-an-id-tail", answers[^1].Code);

        var listed = await service.Get("/v1/households?village=410325111201&limit=1000");
        answers.Add(listed);
        Assert.Equal("欧*", listed.Items.EnumerateArray().Single(one => one.GetProperty("id").GetGuid() == household).GetProperty("head").GetString());
        Assert.DoesNotContain($"{household}", (await service.Get("/v1/households?limit=1000", limited.Http)).Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"{household}", (await service.Get("/v1/households?township=410325102&limit=1000")).Body, StringComparison.Ordinal);

        foreach (var secret in new[] { name, number, phone })
        {
            Assert.Empty(await PersonalDataApiTests.TablesWith(service, secret));
            Assert.DoesNotContain(secret, service.Process.Log, StringComparison.Ordinal);
            Assert.All(answers, answer => Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal));
        }

        // Each search is on record, by what it looked and whom it showed.
        Assert.Equal(1L, await service.Scalar<long>(
            $"select count(*) from relapse.mt_events where type = 'relapse.people-searched.v1' and data ->> 'purpose' = '村民来村部申报' and data -> 'households' ? '{household}'"));
    }

    [Fact]
    public async Task Households_are_listed_by_group()
    {
        var id = Guid.CreateVersion7();
        (await service.Post("/v1/households", new { id, village = "410325111201", category = "ordinary", members = 2, group = "寻人组", on = "2023-01-05" })).Took(1);
        var found = Assert.Single((await service.Get($"/v1/households?group={Uri.EscapeDataString("寻人组")}")).Items.EnumerateArray());
        Assert.Equal((id, 2, false, "寻人组"), (
            found.GetProperty("id").GetGuid(), found.GetProperty("members").GetInt32(), found.GetProperty("open").GetBoolean(), found.GetProperty("group").GetString()));
        Assert.False(found.TryGetProperty("head", out _));
    }

    [Fact]
    public async Task Whoever_was_registered_before_is_found_after_the_keys_are_rotated_and_nobody_who_was_erased()
    {
        var (household, other, name) = (await service.Household(), await service.Household(), Name());
        (await service.Post("/v1/members", People.Member(household, People.IdNumber(), null, name))).Took(1);
        (await service.Post("/v1/members", People.Member(other, People.IdNumber(), null, name))).Took(1);
        await service.Scalar<long>(
            $$"""
            with before as (update relapse.mt_doc_person set data = data - '{nameHash,tailHash,phoneHash}'::text[]
                where data ->> 'household' = '{{household}}' returning 1) select count(*) from before
            """);
        Assert.Equal([other], await Found());
        await service.Process.Run("rotate-keys");
        Assert.Equal(new[] { household, other }.Order(), (await Found()).Order());
        Assert.Equal(200, (await service.Post($"/v1/households/{household}/erasure", new { reason = "本人申请", document = "申请书" })).Status);
        Assert.Equal([other], await Found());

        async Task<IReadOnlyList<Guid>> Found() => [.. (await service.Post("/v1/people/searches", new { name })).Json.GetProperty("items").EnumerateArray()
            .Select(one => one.GetProperty("household").GetGuid())];
    }

    [Fact]
    public async Task No_members_name_nor_number_goes_into_a_text()
    {
        var (household, neighbour) = (await service.Household(), await service.Household());
        var row = People.Member(household, People.IdNumber(), null, "赵建国");
        (await service.Post("/v1/members", row)).Took(1);
        (await service.Post("/v1/help-requests", new { household, reference = "T-1", causes = new[] { "illness" }, on = "2023-03-01" })).Took(1);
        foreach (var note in new[] { "赵建国长期服药", "赵 建　国长期服药", "赵\u200b建国在家", "小建国还在上学", "建国叔住院", "电话一三八 1234 五六七八" })
        {
            (await Visit(household, note)).Refused("1 note personal-data-in-text");
            (await service.Post("/v1/household-changes", new { household, category = "ordinary", reason = note, on = "2023-03-02" })).Refused("1 reason personal-data-in-text");
        }

        (await service.Post($"/v1/households/{household}/people/reading", new { purpose = "核对赵建国的病历" })).Is(422, "personal-data-in-text");
        (await Visit(household, "建国以来最大洪水，户主之妻长期服药；依据嵩政〔2023〕12号")).Took(1);
        // To another household it is no name of its own.
        (await service.Post("/v1/help-requests", new { household = neighbour, reference = "T-2", causes = new[] { "illness" }, on = "2023-03-01" })).Took(1);
        (await Visit(neighbour, "赵建国")).Took(1);

        Task<Answer> Visit(Guid of, string note) => service.Post(
            "/v1/cases/visits", new { household = of, visitors = 2, confirmed = true, causes = new[] { "illness" }, note, on = "2023-03-02" });
    }
}
