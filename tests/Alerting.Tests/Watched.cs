using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace Monitoring.Alerting.Tests;

/// <summary>Relapse, Alerting and the ledger as they are deployed, on one broker and databases of their own, and keys of several people.</summary>
sealed class Watched : IAsyncDisposable
{
    readonly List<HttpClient> clients = [];

    readonly ServiceProcess evaluation;

    Watched(ServiceProcess relapse, ServiceProcess alerting, ServiceProcess evaluation, NpgsqlDataSource database, IReadOnlyList<string> keys)
    {
        (Relapse, Alerting, this.evaluation, Database) = (relapse, alerting, evaluation, database);
        (Duty, Village, Tianhu) = (As(keys[0]), As(keys[1]), As(keys[2]));
    }

    public ServiceProcess Relapse { get; }

    public ServiceProcess Alerting { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>The whole county, another person than the key of the tests.</summary>
    public HttpClient Duty { get; }

    /// <summary>One village of 陆浑镇.</summary>
    public HttpClient Village { get; }

    /// <summary>Another township.</summary>
    public HttpClient Tianhu { get; }

    public static async Task<Watched> Start(TestServers servers, params (string Name, string Value)[] environment)
    {
        var (keys, amqp) = (new TestKeys(), await servers.CreateVirtualHost());
        var file = JsonNode.Parse(await File.ReadAllTextAsync(keys.File))!.AsObject();
        string[] people =
        [
            Key("duty", "县政府值班室", file), Key("village", "陆浑镇", file, Scripted.Village), Key("tianhu", "田湖镇", file, "410325102"),
        ];
        await File.WriteAllTextAsync(keys.File, file.ToJsonString());
        var postgres = await servers.CreateDatabase("alerting");
        // The ledger takes what alerts do not care for; the outbox would wait for somebody who does.
        var evaluation = await ServiceProcess.Start("Evaluation", await servers.CreateDatabase("evaluation"), amqp, keys);
        var alerting = await ServiceProcess.Start("Alerting", postgres, amqp, keys, true,
            [("Channels__AllowedHosts__0", "127.0.0.1"), ("Secrets__hook", HttpReceiver.Secret), .. environment]);
        var relapse = await ServiceProcess.Start("Relapse", await servers.CreateDatabase("relapse"), amqp, keys);
        await Task.WhenAll(alerting.WaitReady(), relapse.WaitReady(), evaluation.WaitReady());
        var watched = new Watched(relapse, alerting, evaluation, NpgsqlDataSource.Create(postgres), people);
        await watched.Push("/v1/areas",
            """[{"code":"410325111","name":"陆浑镇","nameEn":"Luhun Town","kind":"town","notes":[]},{"code":"410325102","name":"田湖镇","nameEn":"Tianhu Town","kind":"town","notes":[]}]""");
        return watched;
    }

    static string Key(string id, string department, JsonObject file, params string[] areas)
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        file["ApiKeys"]!["Keys"]!.AsArray().Add(JsonSerializer.SerializeToNode(new
        {
            id, sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), tenant = TestKeys.Tenant, department,
            rights = new[] { "alerting:read", "alerting:act" }, areas,
        }));
        return key;
    }

    HttpClient As(string key)
    {
        var client = new HttpClient { BaseAddress = Alerting.Http.BaseAddress };
        client.DefaultRequestHeaders.Add("X-Api-Key", key);
        client.DefaultRequestHeaders.Add("Accept-Language", "en");
        clients.Add(client);
        return client;
    }

    /// <summary>Pushes to Relapse; a 2xx is its word that it is kept.</summary>
    public async Task Push(string path, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        using var answer = await Relapse.Http.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A household that asks for help; answers its id.</summary>
    public async Task<Guid> Risk(string village = Scripted.Village, bool emergency = false)
    {
        var id = Guid.CreateVersion7();
        await Push("/v1/households", $$"""{"id":"{{id}}","village":"{{village}}","category":"lifted_out","members":3,"on":"2023-01-05"}""");
        await Push("/v1/help-requests",
            $$"""{"household":"{{id}}","reference":"R{{id:N}}","causes":["illness"],"emergency":{{(emergency ? "true" : "false")}},"on":"2026-06-01"}""");
        return id;
    }

    /// <summary>Asks Alerting; answers status and body.</summary>
    public async Task<(int Status, JsonElement Body)> Say(HttpMethod method, string path, object? body = null, HttpClient? by = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var answer = await (by ?? Alerting.Http).SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    public async Task<JsonElement> Get(string path, HttpClient? by = null)
    {
        var (status, body) = await Say(HttpMethod.Get, path, null, by);
        Assert.True(status == 200, body.ToString());
        return body;
    }

    /// <summary>The one alert of a household's first episode, once it is there.</summary>
    public async Task<JsonElement> AlertOf(Guid household, HttpClient? by = null)
    {
        var found = await Until(async () => (await Get($"/v1/alerts?kind=household_risk&subject={household}", by)).GetProperty("items"), items => items.GetArrayLength() == 1);
        return found[0];
    }

    public static async Task<T> Until<T>(Func<Task<T>> look, Func<T, bool> holds, int secondsMax = 180)
    {
        for (var left = secondsMax * 10; ; left--)
        {
            try
            {
                var seen = await look();
                if (holds(seen)) return seen;
                Assert.True(left > 0, $"Not within {secondsMax} s: {seen}");
            }
            catch (Exception e) when (left > 0 && e is HttpRequestException or NpgsqlException or JsonException or InvalidOperationException)
            {
                // What was killed is not back yet.
            }

            await Task.Delay(100);
        }
    }

    public async Task<long> Count(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients) client.Dispose();
        await Database.DisposeAsync();
        await Relapse.DisposeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(Alerting.Log);
        await Alerting.DisposeAsync();
        await evaluation.DisposeAsync();
    }
}
