using System.Diagnostics;
using Npgsql;

namespace Monitoring.System.Tests;

/// <summary>What a day brings comes by itself, in services as they are deployed: nobody has to ask for a round.</summary>
public sealed class DayComesTests
{
    static readonly TimeSpan roundMax = TimeSpan.FromMinutes(3);

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_overdue_finding_a_late_visit_a_screening_and_a_silent_station_are_said_without_being_asked_for()
    {
        await using var county = await County.Start();
        var projects = await county.Run("Projects");
        var relapse = await county.Run("Relapse");
        var environment = await county.Run("Environment");

        await Put(projects, "/v1/projects/P91-1-01",
            """{"name":"引水工程","kind":"project","box":3,"boxTitle":"专栏3","group":1,"seq":1,"stage":"planned","notes":[]}""");
        await Post(projects, "/v1/findings",
            """[{"finding":"dd-1","project":"P91-1-01","kind":"dispatch","problem":"未开工","on":"2024-08-05","to":"水利局","dueOn":"2024-09-30"}]""");
        await Post(relapse, "/v1/areas", """[{"code":"410325111","name":"陆浑镇","nameEn":"Luhun Town","kind":"town","notes":[]}]""");
        await Put(relapse, "/v1/households/0198c0de-0000-7000-8000-000000000001",
            """{"village":"410325111201","category":"lifted_out","members":2,"on":"2023-01-05"}""");
        await Post(relapse, "/v1/help-requests",
            """{"household":"0198c0de-0000-7000-8000-000000000001","reference":"SQ-1","causes":["illness"],"on":"2024-03-01"}""");
        await Put(environment, "/v1/stations/410325000000000000000001",
            """{"name":"嵩县城区站","medium":"air","area":"410325100","units":{"a34004":"μg/m3"}}""");
        var hour = TimeProvider.System.GetUtcNow().AddHours(-30);
        await Post(environment, "/v1/readings",
            $$"""[{"station":"410325000000000000000001","time":"{{hour:yyyy-MM-ddTHH}}:00:00Z","pollutant":"a34004","value":35}]""");

        // The first round of a day may have been made before any of this was there; the next follows a start.
        foreach (var service in new[] { projects, relapse, environment })
        {
            await service.Kill();
            await service.Restart();
        }

        await Said(county, "Projects", "projects.finding-overdue.v1");
        await Said(county, "Relapse", "relapse.deadline-breached.v1");
        await Said(county, "Relapse", "relapse.screening-completed.v1");
        await Said(county, "Environment", "environment.station-silent.v1");
    }

    async Task Said(County county, string service, string type)
    {
        await using var database = NpgsqlDataSource.Create(await county.Connection(service));
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(500, cancel))
        {
            await using var command = database.CreateCommand($"select count(*) from {service.ToLowerInvariant()}.mt_events where type = $1 and tenant_id = '410325'");
            command.Parameters.Add(new NpgsqlParameter { Value = type });
            if ((long)(await command.ExecuteScalarAsync(cancel))! > 0) return;
            Assert.True(watch.Elapsed < roundMax, $"{service} has not said {type}.");
        }
    }

    async Task Put(ServiceProcess service, string path, string body) => await Took(await service.Http.PutAsync(new Uri(path, UriKind.Relative), Json(body), cancel));

    async Task Post(ServiceProcess service, string path, string body) => await Took(await service.Http.PostAsync(new Uri(path, UriKind.Relative), Json(body), cancel));

    static StringContent Json(string body) => new(body, global::System.Text.Encoding.UTF8, "application/json");

    async Task Took(HttpResponseMessage answer)
    {
        using (answer) Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }
}
