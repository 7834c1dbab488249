using System.Diagnostics;

namespace Monitoring.Testing;

/// <summary>
/// A private PostgreSQL cluster and RabbitMQ node, run by the same script that <c>deploy/up</c> uses. The shared one is
/// what <c>tests/run</c> started, or one of this process's own.
/// </summary>
public sealed class TestServers
{
    static readonly Lazy<Task<TestServers>> shared = new(async () =>
        Environment.GetEnvironmentVariable("MONITORING_TEST_SERVERS") is { Length: > 0 } given
            ? new TestServers(given)
            : await Start());

    readonly string directory;

    TestServers(string directory) => this.directory = directory;

    /// <summary>Root of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>One pair of servers for all tests of a run; a test that kills servers starts its own.</summary>
    public static Task<TestServers> Shared => shared.Value;

    /// <summary>Starts servers of their own on free ports; they stop with this process at the latest.</summary>
    public static async Task<TestServers> Start()
    {
        var directory = Directory.CreateTempSubdirectory("monitoring-test-").FullName;
        // PostgreSQL refuses to run as root and then runs as another user, who has to pass here.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        await Script("start", directory, "0", "0");
        var servers = new TestServers(directory);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => servers.Stop().GetAwaiter().GetResult();
        return servers;
    }

    /// <summary>Stops them, and removes what they stored.</summary>
    public async Task Stop()
    {
        if (!Directory.Exists(directory)) return;
        await Script("stop", directory);
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>SIGKILL to the whole process tree.</summary>
    public Task KillPostgres() => Script("kill-postgres", directory);

    public Task StartPostgres() => Script("start-postgres", directory);

    /// <summary>SIGKILL to the whole process tree.</summary>
    public Task KillRabbit() => Script("kill-rabbitmq", directory);

    public Task StartRabbit() => Script("start-rabbitmq", directory);

    /// <summary>Npgsql connection string of a database's owner.</summary>
    public Task<string> Connection(string database) => Script("connection", directory, database);

    /// <summary>AMQP address of the default virtual host.</summary>
    public Task<string> Amqp() => Script("amqp", directory);

    /// <summary>Throws a queue's messages away, as a broker that lost its disk would.</summary>
    public Task PurgeQueue(string queue) => Script("rabbitmqctl", directory, "purge_queue", queue);

    /// <summary>Npgsql connection string of the cluster's superuser.</summary>
    public Task<string> Superuser() => Script("superuser", directory);

    /// <summary>A database of its own with an owner of its own.</summary>
    public async Task<string> CreateDatabase(string prefix)
    {
        var name = $"{prefix}_{Guid.CreateVersion7():N}"[..40];
        await Script("create-database", directory, name);
        return await Connection(name);
    }

    /// <summary>AMQP address of a virtual host of its own, so that tests do not hear each other.</summary>
    public async Task<string> CreateVirtualHost()
    {
        var name = $"test-{Guid.CreateVersion7():N}";
        await Script("rabbitmqctl", directory, "add_vhost", name);
        await Script("rabbitmqctl", directory, "set_permissions", "-p", name, "monitoring", ".*", ".*", ".*");
        return new Uri(new Uri(await Amqp()), name).ToString();
    }

    static async Task<string> Script(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Root, "deploy", "servers"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? (await output).Trim()
            : throw new InvalidOperationException($"deploy/servers {string.Join(' ', arguments)}: {await errors}{await output}");
    }

    static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Monitoring.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Not inside a checkout.");
        return directory;
    }
}
