using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Monitoring.Testing;

/// <summary>
/// One instance of a service, as the program that is deployed: a process of its own, real HTTP, real store, real bus.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    static readonly TimeSpan readyMax = TimeSpan.FromSeconds(180);

    readonly Settings settings;
    readonly ConcurrentQueue<string> log = new();
    Process? process;

    ServiceProcess(Settings settings)
    {
        this.settings = settings;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{settings.Port}"), Timeout = TimeSpan.FromSeconds(100) };
        Http.DefaultRequestHeaders.Add("X-Api-Key", settings.Keys.Key);
        // Messages in English, as the tests read them.
        Http.DefaultRequestHeaders.Add("Accept-Language", "en");
    }

    /// <summary>Speaks to the service with the key of <see cref="TestKeys"/>.</summary>
    public HttpClient Http { get; }

    public int ProcessId => process?.Id ?? 0;

    /// <summary>Migrates the schema and starts the service; returns when it is live.</summary>
    /// <param name="service">e.g. <c>Indicators</c>.</param>
    /// <param name="postgres">Connection string of its database.</param>
    /// <param name="amqp">Address of the broker.</param>
    /// <param name="keys">Keys it accepts.</param>
    /// <param name="migrate">False for a second instance on the same database.</param>
    public static async Task<ServiceProcess> Start(
        string service, string postgres, string amqp, TestKeys keys, bool migrate = true, params (string Name, string Value)[] environment)
    {
        var instance = new ServiceProcess(new Settings(service, postgres, amqp, keys, FreePort(), environment));
        if (migrate) await instance.Run("migrate");
        await instance.Restart();
        return instance;
    }

    /// <summary>What the service has written so far, the last 2,000 lines.</summary>
    public string Log => string.Join('\n', log);

    /// <summary>Starts the service (again) on its port; returns when it is live, which is not yet ready.</summary>
    public async Task Restart()
    {
        process = Launch();
        await WaitFor("/health/live");
    }

    /// <summary>Starts the program with an argument and does not wait for its end, so that a test can kill it.</summary>
    public Process Begin(string argument) => Launch(argument);

    /// <summary>Runs the program with an argument, such as <c>migrate</c> or <c>rebuild</c>, to its end.</summary>
    public async Task Run(string argument)
    {
        using var command = Launch(argument);
        await command.WaitForExitAsync();
        if (command.ExitCode != 0) throw new InvalidOperationException($"{settings.Service} {argument} failed:\n{Log}");
    }

    /// <summary>Returns when the service calls itself ready.</summary>
    public Task WaitReady() => WaitFor("/health/ready");

    /// <summary>SIGKILL: no goodbye, nothing flushed.</summary>
    public async Task Kill()
    {
        if (process is null) return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        Http.Dispose();
    }

    async Task WaitFor(string path)
    {
        var watch = Stopwatch.StartNew();
        var last = "no answer";
        while (watch.Elapsed < readyMax)
        {
            if (process is { HasExited: true }) break;
            try
            {
                using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
                if (answer.IsSuccessStatusCode) return;
                last = await answer.Content.ReadAsStringAsync();
            }
            catch (HttpRequestException e)
            {
                last = e.Message;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"{settings.Service}{path} within {readyMax.TotalSeconds} s: {last}\n{Log}");
    }

    Process Launch(params string[] arguments)
    {
        // artifacts/bin/{test project}/{configuration}/ → artifacts/bin/{service}/{configuration}/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, settings.Service, here.Name, $"Monitoring.{settings.Service}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{settings.Port}",
                ["ConnectionStrings__Postgres"] = settings.Postgres,
                ["ConnectionStrings__RabbitMq"] = settings.Amqp,
                ["ApiKeys__File"] = settings.Keys.File,
                ["Personal__KeyFile"] = settings.Keys.PersonalFile,
                ["Devices__KeyFile"] = settings.Keys.DeviceFile,
                ["Log__KeyFile"] = settings.Keys.LogFile,
                ["Log__Folder"] = settings.Keys.LogFolder,
            },
        };
        foreach (var (name, value) in settings.Environment) start.Environment[name] = value;
        var started = Process.Start(start)!;
        started.OutputDataReceived += (_, line) => Keep(line.Data);
        started.ErrorDataReceived += (_, line) => Keep(line.Data);
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    void Keep(string? line)
    {
        if (line is null) return;
        log.Enqueue(line);
        while (log.Count > 2_000) log.TryDequeue(out _);
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    sealed record Settings(
        string Service, string Postgres, string Amqp, TestKeys Keys, int Port, (string Name, string Value)[] Environment);
}

/// <summary>One API key for tests, with the rights it is given, in a file as services read it.</summary>
public sealed class TestKeys
{
    public const string Tenant = "410325";
    public const string Department = "统计局";

    readonly ConcurrentDictionary<string, string> personal = new();
    string[] granted = [], areas = [];
    string tenant = Tenant;
    (string Key, string Department, string[] Rights)? neighbour;

    static readonly string[] services = ["indicators", "projects", "relapse", "environment", "evaluation", "alerting"];

    /// <summary>A key with all rights of all services.</summary>
    public TestKeys() : this([.. services.SelectMany(service => new[] { $"{service}:define", $"{service}:report", $"{service}:read" }),
        "indicators:verify", "indicators:adjust", "relapse:review", "relapse:decide", "relapse:personal", "relapse:erase", "alerting:act",
        "evaluation:review", "evaluation:comment", "evaluation:countersign", "evaluation:reconcile",
        "evaluation:projections"])
    {
    }

    public TestKeys(params string[] rights)
    {
        Key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        File = Path.Combine(Directory.CreateTempSubdirectory("monitoring-keys-").FullName, "api-keys.json");
        PersonalFile = Path.Combine(Path.GetDirectoryName(File)!, "personal-keys.json");
        DeviceFile = Path.Combine(Path.GetDirectoryName(File)!, "device-key");
        LogFile = Path.Combine(Path.GetDirectoryName(File)!, "log-key");
        LogFolder = Path.Combine(Path.GetDirectoryName(File)!, "log");
        System.IO.File.WriteAllText(LogFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        System.IO.File.WriteAllText(DeviceFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        Grant(rights);
        KeepPersonal("1", "1");
    }

    /// <summary>Limits the key to townships or villages.</summary>
    public void Limit(params string[] codes)
    {
        areas = codes;
        Grant(granted);
    }

    /// <summary>The same keys for personal data as another's, for a second instance on one database.</summary>
    public TestKeys SharePersonal(TestKeys other)
    {
        System.IO.File.Copy(other.PersonalFile, PersonalFile, overwrite: true);
        return this;
    }

    /// <summary>The same key for devices' passwords as another's, and another county, for a second instance on one database.</summary>
    public TestKeys Beside(TestKeys other, string county)
    {
        System.IO.File.Copy(other.DeviceFile, DeviceFile, overwrite: true);
        tenant = county;
        Grant(granted);
        return this;
    }

    /// <summary>A second key, of another department of the county.</summary>
    public TestKeys WithNeighbour(string department, params string[] rights)
    {
        neighbour = (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), department, rights);
        Grant(granted);
        return this;
    }

    /// <summary>The second key's text.</summary>
    public string NeighbourKey => neighbour!.Value.Key;

    /// <summary>Gives the key these rights and no others; running services read the file again.</summary>
    public void Grant(params string[] rights)
    {
        granted = rights;
        object Entry(string id, string key, string department, string[] rights) => new
        {
            id, sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), tenant, department, rights, areas,
        };
        object[] keys = neighbour is var (key, department, others)
            ? [Entry("tests", Key, Department, rights), Entry("neighbour", key, department, others)]
            : [Entry("tests", Key, Department, rights)];
        System.IO.File.WriteAllText(File, JsonSerializer.Serialize(new { ApiKeys = new { Keys = keys } }));
    }

    /// <summary>Writes the file of the keys for personal data; running services do not read it again.</summary>
    /// <param name="current">Name of the current master key.</param>
    /// <param name="names">Names of the master keys that are in the file; a name keeps its key.</param>
    public void KeepPersonal(string current, params string[] names)
    {
        System.IO.File.WriteAllText(PersonalFile, JsonSerializer.Serialize(new
        {
            current, keys = names.ToDictionary(name => name, name => personal.GetOrAdd(name, Random)), index = personal.GetOrAdd("", Random),
        }));
        System.IO.File.SetUnixFileMode(PersonalFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        static string Random(string _) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    }

    /// <summary>The key's text.</summary>
    public string Key { get; }

    /// <summary>Path of the file of the keys for personal data.</summary>
    public string PersonalFile { get; }

    /// <summary>Path of the file of the key for devices' passwords.</summary>
    public string DeviceFile { get; }

    /// <summary>Path of the file of the key that signs the ledger's log.</summary>
    public string LogFile { get; }

    /// <summary>Where the ledger's log is written outside the database.</summary>
    public string LogFolder { get; }

    /// <summary>Path of the file that services read; it holds the hash only.</summary>
    public string File { get; }
}
