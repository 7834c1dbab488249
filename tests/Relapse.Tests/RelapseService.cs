using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Monitoring.Relapse.Tests;
using Npgsql;

[assembly: AssemblyFixture(typeof(RelapseService))]

namespace Monitoring.Relapse.Tests;

/// <summary>The service as it is deployed, on a database of its own, with keys of several departments; once for all tests.</summary>
public sealed class RelapseService : IAsyncLifetime
{
    ServiceProcess? process;
    NpgsqlDataSource? database;

    public TestKeys Keys { get; } = new();

    public ServiceProcess Process => process!;

    public NpgsqlDataSource Database => database!;

    /// <summary>Connection string of the database, for a second instance.</summary>
    public string Postgres { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var servers = await TestServers.Shared;
        Postgres = await servers.CreateDatabase("relapse");
        process = await ServiceProcess.Start("Relapse", Postgres, await servers.CreateVirtualHost(), Keys);
        database = NpgsqlDataSource.Create(Postgres);
        await Post("/v1/areas",
            """
            [{"code":"410325111","name":"陆浑镇","nameEn":"Luhun Town","kind":"town","notes":[]},
             {"code":"410325102","name":"田湖镇","nameEn":"Tianhu Town","kind":"town","notes":[]}]
            """);
    }

    /// <summary>A new household; answers its id.</summary>
    public async Task<Guid> Household(string village = "410325111201", string category = "lifted_out")
    {
        var id = Guid.CreateVersion7();
        (await Post("/v1/households", new { id, village, category, members = 3, on = "2023-01-05" })).Took(1);
        return id;
    }

    public Task<Answer> Post(string path, object body, HttpClient? by = null, string type = "application/json") =>
        (by ?? Process.Http).Say(HttpMethod.Post, path, body, type);

    public Task<Answer> Get(string path, HttpClient? by = null) => (by ?? Process.Http).Say(HttpMethod.Get, path);

    /// <summary>Types of the events of a stream, in order.</summary>
    public async Task<string[]> Events(string stream)
    {
        await using var command = Database.CreateCommand("select type from relapse.mt_events where stream_id = $1 order by version");
        command.Parameters.Add(new NpgsqlParameter { Value = stream });
        await using var rows = await command.ExecuteReaderAsync();
        var types = new List<string>();
        while (await rows.ReadAsync()) types.Add(rows.GetString(0)["relapse.".Length..^".v1".Length]);
        return [.. types];
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
    }
}

static class Speaking
{
    /// <summary>Sends a request and reads its answer; a body that is no text is sent as JSON.</summary>
    public static async Task<Answer> Say(this HttpClient by, HttpMethod method, string path, object? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        using var response = await by.SendAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync())
        {
            Total = response.Headers.TryGetValues("X-Total-Count", out var total) ? total.First() : null,
        };
    }
}

/// <summary>What the service answered.</summary>
public sealed record Answer(int Status, string Body)
{
    /// <summary>How many items of a list match in all.</summary>
    public string? Total { get; init; }

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary><c>row field code</c> of every error.</summary>
    public IEnumerable<string> Errors => Lines("errors");

    public IEnumerable<string> Warnings => Lines("warnings");

    public JsonElement Items => Json.GetProperty("items");

    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public void Took(int accepted, int duplicates = 0)
    {
        Assert.True(Status == 200, Body);
        Assert.Equal((accepted, duplicates), (Json.GetProperty("accepted").GetInt32(), Json.GetProperty("duplicates").GetInt32()));
    }

    public void Is(int status, string code) => Assert.Equal((status, code), (Status, Code));

    public void Registered() => Assert.True(Status is 200 or 201, Body);

    public void Refused(params string[] errors)
    {
        Assert.Equal(422, Status);
        Assert.Equal(errors, Errors);
    }

    IEnumerable<string> Lines(string list) => Json.GetProperty(list).EnumerateArray().Select(error =>
        $"{error.GetProperty("row")} {(error.TryGetProperty("field", out var blamed) ? blamed.GetString() : "-")} {error.GetProperty("code").GetString()}");
}

/// <summary>People who do not exist, with numbers of the form of GB 11643-1999.</summary>
static class People
{
    static int count;

    /// <summary>An ID number that no other test uses; nobody who lives was born on these days.</summary>
    public static string IdNumber(int year = 1900)
    {
        var made = Interlocked.Increment(ref count);
        var digits = $"410325{year}{1 + made / 1000 % 12:00}{1 + made / 12_000 % 28:00}{made % 1000:000}";
        return digits + Relapse.IdNumber.CheckOf(digits);
    }

    /// <summary>A row of <c>/v1/members</c> as JSON properties.</summary>
    public static Dictionary<string, object?> Member(Guid household, string? idNumber, Guid? person = null, string name = "张三丰") => new()
    {
        ["household"] = household, ["person"] = person ?? Guid.CreateVersion7(), ["name"] = name, ["idNumber"] = idNumber,
        ["relation"] = "head", ["labour"] = "none", ["how"] = "registered", ["on"] = "2023-01-05", ["phone"] = "13812345678",
    };
}
