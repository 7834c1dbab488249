using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Monitoring.Relapse.Tests;

/// <summary>
/// The service in this process, on a database of its own, with the program's own start, real HTTP, store and bus, so that its clock can be
/// moved. Its nightly watch is taken out: which night it would meet is chance.
/// </summary>
sealed class MovedService : IAsyncDisposable
{
    static readonly string[] all = ["define", "report", "read", "review", "decide", "personal", "erase"];

    readonly Dictionary<string, (string Key, string[] Rights, string[] Areas)> keys = new()
    {
        ["county"] = (Secret(), all, []), ["tianhu"] = (Secret(), all, ["410325102"]), ["reader"] = (Secret(), ["read"], []),
        ["village"] = (Secret(), all, []), ["township"] = (Secret(), all, []),
    };

    readonly Host host;

    MovedService(MovableClock clock, string postgres, string amqp)
    {
        (Clock, Database) = (clock, NpgsqlDataSource.Create(postgres));
        host = new Host(clock, new()
        {
            ["ConnectionStrings:Postgres"] = postgres, ["ConnectionStrings:RabbitMq"] = amqp, ["ApiKeys:File"] = KeyFile(),
            ["Personal:Keys"] = JsonSerializer.Serialize(new { current = "1", keys = new Dictionary<string, string> { ["1"] = Secret() }, index = Secret() }),
        });
        (County, Tianhu, Reader, Chinese) = (As("county"), As("tianhu"), As("reader"), As("county", "zh"));
    }

    public MovableClock Clock { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>With all rights in the whole county.</summary>
    public HttpClient County { get; }

    /// <summary>With all rights, limited to 田湖镇 (410325102).</summary>
    public HttpClient Tianhu { get; }

    /// <summary>May only read.</summary>
    public HttpClient Reader { get; }

    /// <summary>As <see cref="County"/>, reading Chinese.</summary>
    public HttpClient Chinese { get; }

    /// <summary>Starts it on a day, with two townships.</summary>
    public static async Task<MovedService> Start(string day)
    {
        var servers = await TestServers.Shared;
        var service = new MovedService(new MovableClock(Day(day)), await servers.CreateDatabase("relapse"), await servers.CreateVirtualHost());
        (await service.Post("/v1/areas",
            """
            [{"code":"410325111","name":"陆浑镇","nameEn":"Luhun Town","kind":"town","notes":[]},
             {"code":"410325102","name":"田湖镇","nameEn":"Tianhu Town","kind":"town","notes":[]}]
            """)).Took(2);
        return service;
    }

    public static DateOnly Day(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Goes to a day, nine o'clock.</summary>
    public MovedService On(string day)
    {
        Clock.Set(Day(day));
        return this;
    }

    public Task<Answer> Post(string path, object? body = null, HttpClient? by = null) => (by ?? County).Say(HttpMethod.Post, path, body);

    public Task<Answer> Put(string path, object body, HttpClient? by = null) => (by ?? County).Say(HttpMethod.Put, path, body);

    public Task<Answer> Get(string path, HttpClient? by = null) => (by ?? County).Say(HttpMethod.Get, path);

    public async Task<Guid> Household(string village = "410325111201", string category = "lifted_out")
    {
        var id = Guid.CreateVersion7();
        (await Post("/v1/households", new { id, village, category, members = 3, on = "2023-01-01" })).Took(1);
        return id;
    }

    public async Task Signal(Guid household, string reference, string kind, decimal? amount, string on) =>
        (await Post("/v1/signals", new { household, reference, kind, amount, on })).Took(1);

    /// <summary>The household asks for help.</summary>
    public async Task Asks(Guid household, string on, string cause = "illness") =>
        (await Post("/v1/help-requests", new { household, reference = $"R-{on}", causes = new[] { cause }, on })).Took(1);

    /// <summary>The steps from the visit to the county's decision, each on its day.</summary>
    public async Task Include(
        Guid household, string visit, string compared, string publicity, string ended, string reviewed, string decided, string cause = "illness")
    {
        await Survey(household, visit);
        await Step("visits", new { household, visitors = 2, confirmed = true, causes = new[] { cause }, on = visit });
        await Step("authorisations", new { household, document = "授权书2023-7", on = visit });
        await Step("comparisons", new { household, consistent = true, on = compared });
        await Chain(household, publicity, ended, reviewed, decided);
    }

    /// <summary>Assessment, publicity, review and decision, which inclusion and removal have in common.</summary>
    public async Task Chain(Guid household, string publicity, string ended, string reviewed, string decided)
    {
        await Step("assessments", new { household, passed = true, on = publicity });
        await Step("publicities", new { household, on = publicity });
        await Step("publicity-ends", new { household, on = ended });
        await Step("township-reviews", new { household, passed = true, on = reviewed });
        await Step("county-decisions", new { household, approved = true, document = "县审定〔2023〕7号", on = decided });
    }

    public async Task Helped(Guid household, string on)
    {
        await Step("measures", new { household, measure = "M1", kind = "health", responsible = "医疗保障局", on });
        await Step("measure-starts", new { household, measure = "M1", on });
    }

    /// <summary>An income of 7,000 元 per head, above the line of 6,000, and nothing missing.</summary>
    public async Task Survey(Guid household, string on)
    {
        var month = Day(on[..8] + "01");
        (await Post("/v1/surveys", new
        {
            household, members = 3, incomeFrom = month.AddYears(-1), incomeTo = month.AddDays(-1), wages = 21_000, food = true, clothing = true,
            schooling = true, medical = true, housing = "a", water = true, on,
        })).Took(1);
    }

    /// <summary>A step, by whoever takes it: the village visits, the township reviews, the county decides.</summary>
    public async Task Step(string what, object row) => (await Post($"/v1/cases/{what}", row, what switch
    {
        "visits" => As("village"),
        "township-reviews" => As("township"),
        _ => County,
    })).Took(1);

    /// <summary>How many events there are, of one type where one is named.</summary>
    public async Task<long> Events(string? type = null)
    {
        await using var command = Database.CreateCommand("select count(*) from relapse.mt_events where $1 is null or type = 'relapse.' || $1 || '.v1'");
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = type });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await Database.DisposeAsync();
    }

    public HttpClient As(string name, string language = "en")
    {
        var client = host.CreateClient();
        client.DefaultRequestHeaders.Add("X-Api-Key", keys[name].Key);
        client.DefaultRequestHeaders.Add("Accept-Language", language);
        return client;
    }

    string KeyFile()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("monitoring-keys-").FullName, "api-keys.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            ApiKeys = new
            {
                Keys = keys.Select(one => new
                {
                    id = one.Key, sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(one.Value.Key))), tenant = TestKeys.Tenant,
                    department = "乡村振兴局", rights = one.Value.Rights.Select(right => $"relapse:{right}"), areas = one.Value.Areas,
                }),
            },
        }));
        return file;
    }

    static string Secret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    sealed class Host : WebApplicationFactory<Program>
    {
        readonly TimeProvider clock;
        readonly Dictionary<string, string> settings;

        public Host(TimeProvider clock, Dictionary<string, string> settings)
        {
            (this.clock, this.settings) = (clock, settings);
            UseKestrel(0);
            // The schema is made as the program makes it.
            string[] arguments = ["migrate", .. settings.Select(one => $"--{one.Key}={one.Value}")];
            var program = typeof(Program).GetMethod("<Main>$", BindingFlags.Static | BindingFlags.NonPublic)!;
            ((Task)program.Invoke(null, [arguments])!).GetAwaiter().GetResult();
            StartServer();
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
            builder.ConfigureServices(services =>
            {
                services.Replace(ServiceDescriptor.Singleton(clock));
                services.Remove(services.First(service => service.ImplementationType == typeof(DayWatch)));
            });
            builder.ConfigureLogging(log => log.ClearProviders());
        }
    }
}
