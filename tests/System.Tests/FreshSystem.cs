using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Monitoring.System.Tests;

/// <summary>
/// A system as <c>deploy/up</c> makes it from nothing: keys of the departments, the plan loaded, six services, on ports and in a directory of
/// its own. Programs that the script calls are slow or fail where a test says so.
/// </summary>
public sealed class FreshSystem : IAsyncLifetime
{
    static readonly string[] named = ["INDICATORS", "PROJECTS", "RELAPSE", "ENVIRONMENT", "EVALUATION", "ALERTING", "POSTGRES", "RABBITMQ", "HJ212"];

    readonly string directory = Directory.CreateTempSubdirectory("monitoring-up-").FullName;
    readonly Dictionary<string, int> ports = [];

    /// <summary>Where data, keys and logs lie; <c>.local</c> in a checkout.</summary>
    public string Place => Path.Combine(directory, "local");

    /// <summary>An empty directory to work in.</summary>
    public string Desk => Path.Combine(directory, "desk");

    /// <summary>A text that speaks of the usual addresses and places, with those of this system.</summary>
    public string Moved(string text) => ports.Aggregate(
        text.Replace(".local/", $"{Place}/", StringComparison.Ordinal).Replace("deploy/verify", Path.Combine(TestServers.Root, "deploy", "verify"), StringComparison.Ordinal),
        (moved, port) => moved.Replace($"127.0.0.1:{5101 + Array.IndexOf(named, port.Key)}", $"127.0.0.1:{port.Value}", StringComparison.Ordinal));

    public string Key(string name) => File.ReadAllText(Path.Combine(Place, "keys", name));

    public Uri Address(string service, string path) => new($"http://127.0.0.1:{ports[service]}{path}");

    /// <summary>The number that <c>deploy/up</c> keeps of a service's process; 0 when there is none.</summary>
    public int Pid(string service) => File.Exists(Path.Combine(Place, "run", $"{service}.pid"))
        ? int.Parse(File.ReadAllText(Path.Combine(Place, "run", $"{service}.pid")).Split(' ')[0], null) : 0;

    public async ValueTask InitializeAsync()
    {
        // PostgreSQL may run as another user, who has to pass here.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        foreach (var folder in new[] { Place, Desk, Path.Combine(directory, "slow") }) Directory.CreateDirectory(folder);
        // What the tests were built from is what is to run.
        await File.WriteAllTextAsync(Path.Combine(Place, "built"), "tests");
        // Before a service is itself, the script looks for the folder of its files: here that takes a while, as on a busy machine.
        Stand("dirname", """case $1 in *.dll) sleep "${SLOW:-1}" ;; esac""");
        Stand("setsid", """if [ "$2" != "${2%Monitoring.$FAILING.dll}" ]; then echo "no settings today"; exit 7; fi""");
        foreach (var (name, port) in named.Zip(FreePorts(named.Length))) ports[name] = port;
        var (code, said) = await Up("--detach");
        Assert.True(code == 0, said);
    }

    /// <summary>Runs <c>deploy/up</c> to its end; answers its exit code and what it wrote.</summary>
    public Task<(int Code, string Said)> Up(string argument, params (string Name, string Value)[] environment) =>
        Ended(Begin("deploy/up", argument, environment));

    /// <summary>Starts <c>deploy/up</c> and does not wait for its end.</summary>
    public Process Begin(string program, string? argument, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.Combine(TestServers.Root, program), argument is null ? [] : [argument])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Desk,
        };
        start.Environment["MONITORING_DIR"] = Place;
        start.Environment["PATH"] = $"{Path.Combine(directory, "slow")}:{start.Environment["PATH"]}";
        foreach (var (name, port) in ports) start.Environment[$"MONITORING_PORT_{name}"] = $"{port}";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<(int Code, string Said)> Ended(Process process)
    {
        using (process)
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Up("--down");
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Puts a program before the system's own of that name: it does something first.</summary>
    void Stand(string name, string first)
    {
        var path = Path.Combine(directory, "slow", name);
        File.WriteAllText(path, $"#!/bin/sh\n{first}\nexec /usr/bin/{name} \"$@\"\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        int[] free = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners) listener.Dispose();
        return free;
    }
}
