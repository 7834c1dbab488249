using System.Diagnostics;
using System.Net.Http.Headers;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Monitoring.Relapse;
using Monitoring.Testing.Relapse;

namespace Monitoring.System.Tests;

/// <summary>
/// Relapse in this process, with real HTTP, store and bus and the program's own start, so that its clock can be moved and that everything
/// it writes of itself, its log at the finest and its spans, is searched for personal data.
/// </summary>
sealed class RelapseHost : WebApplicationFactory<Program>
{
    const string Tenant = TestKeys.Tenant;

    static readonly string[] rights = ["define", "report", "read", "review", "decide", "personal", "erase"];

    readonly Dictionary<string, string> settings;
    readonly Dictionary<string, HttpClient> clients = [];
    readonly Dictionary<string, string> keys;
    readonly ActivityListener spans;

    RelapseHost(MovableClock clock, LeakSearch leaks, string postgres, string amqp, IEnumerable<string> departments)
    {
        (Clock, Leaks) = (clock, leaks);
        keys = departments.ToDictionary(one => one, _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        var master = new Dictionary<string, string> { ["1"] = Secret() };
        settings = new()
        {
            ["ConnectionStrings:Postgres"] = postgres, ["ConnectionStrings:RabbitMq"] = amqp, ["ApiKeys:File"] = KeyFile(),
            ["Personal:Keys"] = JsonSerializer.Serialize(new { current = "1", keys = master, index = Secret() }),
        };
        spans = new ActivityListener
        {
            ShouldListenTo = _ => true, Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => Leaks.Search("span", Say(span)),
        };
        ActivitySource.AddActivityListener(spans);
        UseKestrel(0);
    }

    public MovableClock Clock { get; }

    /// <summary>What was found in its log and its spans.</summary>
    public LeakSearch Leaks { get; }

    /// <summary>Migrates the schema as the program does, and starts it.</summary>
    public static async Task<RelapseHost> Start(MovableClock clock, LeakSearch leaks, string postgres, string amqp, IEnumerable<string> departments)
    {
        var host = new RelapseHost(clock, leaks, postgres, amqp, departments);
        string[] arguments = ["migrate", .. host.settings.Select(one => $"--{one.Key}={one.Value}")];
        var program = typeof(Program).GetMethod("<Main>$", BindingFlags.Static | BindingFlags.NonPublic)!;
        await (Task)program.Invoke(null, [arguments])!;
        host.StartServer();
        return host;
    }

    /// <summary>Speaks with the key of a department.</summary>
    public HttpClient As(string department)
    {
        if (clients.TryGetValue(department, out var client)) return client;
        client = CreateClient();
        client.Timeout = TimeSpan.FromMinutes(5);
        client.DefaultRequestHeaders.Add("X-Api-Key", keys[department]);
        client.DefaultRequestHeaders.Add("Accept-Language", "en");
        return clients[department] = client;
    }

    /// <summary>Sends rows as JSON; answers how many were new and how many known. Nothing may be refused.</summary>
    public async Task<(int Accepted, int Duplicates)> Send(string department, string path, IEnumerable<object> rows, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(rows, EventJson.Options));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await As(department).PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode,
            $"{Clock.GetUtcNow():yyyy-MM-dd} {department} {path}: {answer.StatusCode} {text[..Math.Min(text.Length, 3_000)]}");
        using var body = JsonDocument.Parse(text);
        return (body.RootElement.GetProperty("accepted").GetInt32(), body.RootElement.GetProperty("duplicates").GetInt32());
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (name, value) in settings) builder.UseSetting(name, value);
        builder.ConfigureServices(services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            // Three years pass within minutes; which of their nights it would meet is chance.
            if (services.FirstOrDefault(service => service.ImplementationType == typeof(DayWatch)) is { } nightly) services.Remove(nightly);
        });
        builder.ConfigureLogging(log =>
        {
            log.ClearProviders();
            log.AddProvider(new Searched(Leaks));
            log.AddFilter<Searched>(null, LogLevel.Debug);
        });
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) spans.Dispose();
        base.Dispose(disposing);
    }

    string KeyFile()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("monitoring-keys-").FullName, "api-keys.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            ApiKeys = new
            {
                Keys = keys.Select((key, number) => new
                {
                    id = $"key-{number}", sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Value))), tenant = Tenant,
                    department = key.Key, rights = rights.Select(right => $"relapse:{right}"),
                }),
            },
        }));
        return file;
    }

    static string Secret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    static string Say(Activity span) => string.Join('\n',
    [
        span.DisplayName, .. span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"), .. span.Baggage.Select(item => $"{item.Key}={item.Value}"),
        .. span.Events.SelectMany(happened => happened.Tags.Select(tag => $"{happened.Name}: {tag.Key}={tag.Value}")),
    ]);

    /// <summary>Searches each line instead of writing it.</summary>
    sealed class Searched(LeakSearch leaks) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            leaks.Search("log", state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            leaks.Search("log", $"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
