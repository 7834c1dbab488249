using System.Text;
using Npgsql;

namespace Monitoring.Relapse.Tests;

/// <summary>Where personal data must not be, and what becomes of its keys.</summary>
public sealed class PersonalDataApiTests(RelapseService service)
{
    /// <summary>Tables of the service in which a text stands, whatever their columns are.</summary>
    internal static async Task<List<string>> TablesWith(RelapseService service, string text)
    {
        var (tables, found) = (new List<string>(), new List<string>());
        await using (var all = service.Database.CreateCommand("select table_name from information_schema.tables where table_schema = 'relapse' and table_type = 'BASE TABLE'"))
        await using (var rows = await all.ExecuteReaderAsync())
            while (await rows.ReadAsync()) tables.Add(rows.GetString(0));
        Assert.Contains("mt_doc_person", tables);
        foreach (var table in tables)
        {
            await using var look = service.Database.CreateCommand($"select count(*) from relapse.{table} one where one::text like $1");
            look.Parameters.Add(new NpgsqlParameter { Value = $"%{text}%" });
            if (await look.ExecuteScalarAsync() is > 0L) found.Add(table);
        }

        return found;
    }

    [Fact]
    public async Task Nothing_personal_is_stored_logged_or_answered_in_plain()
    {
        var (household, number) = (await service.Household(), People.IdNumber());
        const string name = "诸葛无此人", phone = "13900001111";
        var row = People.Member(household, number, null, name);
        row["phone"] = phone;
        var answers = new List<Answer> { await service.Post("/v1/members", row) };
        row["name"] = name + "二";
        answers.Add(await service.Post("/v1/members", row));
        row["reason"] = $"改名，原{number}";
        answers.Add(await service.Post("/v1/members", row));
        answers[^1].Refused("1 reason personal-data-in-text");
        row["reason"] = "改名";
        answers.Add(await service.Post("/v1/members", row));
        answers.Add(await service.Post("/v1/signals", new { idNumber = number, reference = "L-1", kind = "job_loss", on = "2026-05-31" }));
        answers.Add(await service.Post("/v1/signals", new { idNumber = number, reference = $"L-{number}", kind = "job_loss", on = "2026-05-31" }));
        answers[^1].Refused("1 reference personal-data-in-text");
        answers.Add(await service.Post("/v1/signals", new { idNumber = People.IdNumber(), reference = "L-2", kind = "job_loss", on = "2026-05-31" }));
        answers.Add(await service.Get($"/v1/households/{household}/people"));
        answers.Add(await service.Get($"/v1/households/{household}"));
        // A table without its header has people where names of fields should be.
        answers.Add(await service.Post("/v1/members", $"{name},{number},{phone}\n{name},{number},{phone}\n", type: "text/csv"));
        Assert.Equal("header-not-found", answers[^1].Code);
        answers.Add(await service.Post(
            "/v1/signals", $"household,reference,kind,on,{name},{number}\n{household},L-3,job_loss,2026-05-31,a,b\n", type: "text/csv"));
        answers[^1].Refused("0 - unknown-field", "0 - unknown-field");
        answers.Add(await service.Post("/v1/members", new Dictionary<string, object?>(People.Member(household, number, null, name)) { [number] = name }));
        answers[^1].Refused("1 - unknown-field");

        foreach (var secret in new[] { name, number, phone })
        {
            Assert.Empty(await TablesWith(service, secret));
            Assert.DoesNotContain(secret, service.Process.Log, StringComparison.Ordinal);
            Assert.All(answers, answer => Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_key_that_is_limited_to_a_township_sees_nobody_of_another()
    {
        var keys = new TestKeys();
        keys.Limit("410325102");
        var servers = await TestServers.Shared;
        await using var limited = await ServiceProcess.Start(
            "Relapse", service.Postgres, await servers.CreateVirtualHost(), keys.SharePersonal(service.Keys), migrate: false);
        var (household, number, person) = (await service.Household(), People.IdNumber(), Guid.CreateVersion7());
        (await service.Post("/v1/members", People.Member(household, number, person))).Took(1);

        Assert.Equal(404, (await service.Get($"/v1/households/{household}/people", limited.Http)).Status);
        Assert.Equal(404, (await service.Post($"/v1/households/{household}/people/reading", new { purpose = "核实" }, limited.Http)).Status);
        Assert.Equal(404, (await service.Post($"/v1/households/{household}/erasure", new { reason = "核实", document = "无" }, limited.Http)).Status);
        Assert.Equal(404, (await service.Post("/v1/persons/search", new { idNumber = number, purpose = "核实" }, limited.Http)).Status);
        var own = await service.Household("410325102201");
        var taken = await service.Post("/v1/members", People.Member(own, number), limited.Http);
        taken.Refused("1 idNumber person-exists");
        Assert.DoesNotContain($"{person}", taken.Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"{household}", taken.Body, StringComparison.Ordinal);
        (await service.Post("/v1/members", People.Member(household, null, person), limited.Http)).Refused("1 birth missing");
        (await service.Post("/v1/members", People.Member(household, number, person), limited.Http)).Refused("1 household household-unknown");
    }

    [Fact]
    public async Task Without_keys_the_service_does_not_start()
    {
        var servers = await TestServers.Shared;
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await ServiceProcess.Start(
            "Relapse", await servers.CreateDatabase("relapse"), await servers.CreateVirtualHost(), new TestKeys(), environment: ("Personal__KeyFile", "")));
        Assert.Contains("No keys for personal data are configured", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_master_key_changes_under_running_households_also_when_the_change_is_killed()
    {
        const int households = 2_000;
        var (servers, keys) = (await TestServers.Shared, new TestKeys());
        var postgres = await servers.CreateDatabase("relapse");
        await using var relapse = await ServiceProcess.Start("Relapse", postgres, await servers.CreateVirtualHost(), keys);
        await using var database = NpgsqlDataSource.Create(postgres);
        await service.Post("/v1/areas", """{"code":"410325111","name":"陆浑镇","nameEn":"Luhun Town","kind":"town","notes":[]}""", relapse.Http);
        var ids = Enumerable.Range(0, households).Select(_ => Guid.CreateVersion7()).ToList();
        (await service.Post("/v1/households", Csv("id,village,category,members,on", ids, id => $"{id},410325111201,ordinary,1,2023-01-05"), relapse.Http, "text/csv")).Took(households);
        (await service.Post(
            "/v1/members", Csv("household,person,name,idNumber,relation,labour,on", ids, id => $"{id},{Guid.CreateVersion7()},张三,{People.IdNumber()},head,none,2023-01-05"),
            relapse.Http, "text/csv")).Took(households);

        // Taken out too early.
        keys.KeepPersonal("2", "2");
        await relapse.Kill();
        await Assert.ThrowsAsync<TimeoutException>(relapse.Restart);
        Assert.Contains("is not among the keys for personal data", relapse.Log, StringComparison.Ordinal);

        keys.KeepPersonal("2", "1", "2");
        await relapse.Restart();
        using (var rotation = relapse.Begin("rotate-keys"))
        {
            while (await Under("2") == 0 && !rotation.HasExited) await Task.Delay(5, TestContext.Current.CancellationToken);
            rotation.Kill();
            await rotation.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(households, await Under("1") + await Under("2"));
        await Readable();
        await relapse.Run("rotate-keys");
        Assert.Equal((0, households), (await Under("1"), await Under("2")));

        keys.KeepPersonal("2", "2");
        await relapse.Kill();
        await relapse.Restart();
        await Readable();

        async Task Readable()
        {
            foreach (var id in new[] { ids[0], ids[households / 2], ids[^1] })
                Assert.Equal("张*", (await service.Get($"/v1/households/{id}/people", relapse.Http)).Items[0].GetProperty("name").GetString());
        }

        async Task<long> Under(string master)
        {
            await using var count = database.CreateCommand($"select count(*) from relapse.mt_doc_householdkey where data ->> 'masterKey' = '{master}'");
            return (long)(await count.ExecuteScalarAsync())!;
        }
    }

    static string Csv(string header, IEnumerable<Guid> ids, Func<Guid, string> row) =>
        ids.Aggregate(new StringBuilder(header).Append('\n'), (csv, id) => csv.Append(row(id)).Append('\n')).ToString();
}
