namespace Monitoring.Relapse.Tests;

/// <summary>A family that is on no register is taken in, looked into and enrolled, or told why not.</summary>
public sealed class EnrolmentRequestApiTests(RelapseService service)
{
    static Dictionary<string, object?> Request(string idNumber, string name = "司马无册") => new()
    {
        ["id"] = Guid.CreateVersion7(), ["village"] = "410325111201", ["group"] = "三组", ["name"] = name, ["phone"] = "13900002222", ["idNumber"] = idNumber,
        ["members"] = 3, ["causes"] = new[] { "illness", "education" }, ["via"] = "village", ["emergency"] = true, ["on"] = "2023-03-01", ["note"] = "家住村东头，邻居代报",
    };

    [Fact]
    public async Task It_is_on_the_register_with_its_head_and_its_clue_from_the_day_it_asked()
    {
        var (number, request) = (People.IdNumber(1990), Request(People.IdNumber(1990)));
        request["idNumber"] = number;
        var id = (Guid)request["id"]!;
        // A bill that came before anybody knew the family.
        (await service.Post("/v1/signals", new { idNumber = number, reference = $"E-{id}", kind = "medical_self_pay", amount = 9_000, on = "2023-02-20", area = "410325111201" })).Took(1);
        var answers = new List<Answer> { await service.Post("/v1/enrolment-requests", request) };
        answers[0].Took(1);
        answers.Add(await service.Post("/v1/enrolment-requests", request));
        answers[1].Took(0, 1);
        request["members"] = 4;
        (await service.Post("/v1/enrolment-requests", request)).Refused("1 id request-differs");
        (await service.Post("/v1/enrolment-requests", Request(number))).Refused("1 idNumber enrolment-requested-already");

        // It is a task, and no household yet.
        answers.Add(await service.Get("/v1/enrolment-requests?state=open&limit=1000"));
        var task = answers[^1].Items.EnumerateArray().Single(one => one.GetProperty("request").GetGuid() == id);
        Assert.Equal(("司*", "139****2222", "三组", true), (
            task.GetProperty("name").GetString(), task.GetProperty("phone").GetString(), task.GetProperty("group").GetString(), task.GetProperty("emergency").GetBoolean()));
        Assert.Equal(404, (await service.Get($"/v1/households/{id}")).Status);
        Assert.Equal(["enrolment-requested"], await service.Events(Stream(id)));

        (await service.Post("/v1/enrolment-reviews", new { request = id, accepted = false, on = "2023-03-03" })).Refused("1 reason missing");
        var review = new { request = id, accepted = true, on = "2023-03-03" };
        (await service.Post("/v1/enrolment-reviews", review)).Took(1);
        (await service.Post("/v1/enrolment-reviews", review)).Took(0, 1);
        (await service.Post("/v1/enrolment-reviews", new { request = id, accepted = false, reason = "不符", on = "2023-03-03" })).Refused("1 request enrolment-reviewed");
        Assert.Equal(
            ["enrolment-requested", "enrolment-reviewed", "household-enrolled", "member-joined", "help-requested", "risk-detected", "risk-detected", "signal-reported"],
            (await service.Events(Stream(id)))[..8]);
        var clue = (await service.Get("/v1/cases?limit=1000")).Items.EnumerateArray().Single(one => one.GetProperty("household").GetGuid() == id);
        Assert.Equal(("2023-03-01", "司*", "三组"), (clue.GetProperty("openedOn").GetString(), clue.GetProperty("head").GetString(), clue.GetProperty("group").GetString()));
        answers.Add(await service.Post($"/v1/households/{id}/people/reading", new { purpose = "核实" }));
        Assert.Contains("司马无册", answers[^1].Body, StringComparison.Ordinal);
        answers.RemoveAt(answers.Count - 1);
        var found = await service.Post("/v1/people/searches", new { name = "司马无册" });
        Assert.Contains($"{id}", found.Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"E-{id}", (await service.Get("/v1/unmatched-signals?limit=1000")).Body, StringComparison.Ordinal);

        foreach (var secret in new[] { "司马无册", number, "13900002222", "家住村东头" })
        {
            Assert.Empty(await PersonalDataApiTests.TablesWith(service, secret));
            Assert.DoesNotContain(secret, service.Process.Log, StringComparison.Ordinal);
            Assert.All(answers, answer => Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_no_has_its_reason_and_leaves_nothing_of_the_family()
    {
        var (number, request) = (People.IdNumber(), Request(People.IdNumber()));
        request["idNumber"] = number;
        var id = (Guid)request["id"]!;
        (await service.Post("/v1/enrolment-requests", request)).Took(1);
        (await service.Post("/v1/enrolment-reviews", new { request = id, accepted = false, reason = "已随其子建档", on = "2023-03-02" })).Took(1);
        var refused = (await service.Get("/v1/enrolment-requests?state=refused&limit=1000")).Items.EnumerateArray().Single(one => one.GetProperty("request").GetGuid() == id);
        Assert.Equal("已随其子建档", refused.GetProperty("reason").GetString());
        Assert.False(refused.TryGetProperty("name", out _));
        foreach (var table in new[] { "applicant", "householdkey" })
            Assert.Equal(0L, await service.Scalar<long>($"select count(*) from relapse.mt_doc_{table} where id = '{id}'"));
        // They may ask again.
        (await service.Post("/v1/enrolment-requests", Request(number))).Took(1);
    }

    [Fact]
    public async Task Who_is_on_the_register_asks_for_help_as_that_household()
    {
        var (household, number) = (await service.Household(), People.IdNumber());
        (await service.Post("/v1/members", People.Member(household, number))).Took(1);
        var refused = await service.Post("/v1/enrolment-requests", Request(number));
        refused.Refused("1 idNumber person-exists");
        Assert.Contains($"{household}", refused.Body, StringComparison.Ordinal);
        var elsewhere = Request(People.IdNumber());
        elsewhere["village"] = "410325199201";
        (await service.Post("/v1/enrolment-requests", elsewhere)).Refused("1 village area-unknown");
        (await service.Post("/v1/enrolment-reviews", new { request = Guid.CreateVersion7(), accepted = true, on = "2023-03-03" })).Refused("1 request enrolment-request-unknown");
    }

    static string Stream(Guid id) => $"household/{TestKeys.Tenant}/{id}";
}
