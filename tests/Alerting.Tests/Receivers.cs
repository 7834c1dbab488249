using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Monitoring.Alerting.Tests;

/// <summary>
/// A receiver of webhooks and bots: real HTTP on a free port. It counts what it is sent by message id, so that what was sent twice is seen
/// once, and does what its path says.
/// </summary>
sealed class HttpReceiver : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    readonly WebApplication app;

    HttpReceiver(WebApplication app) => this.app = app;

    /// <summary>How often each message id came, and was taken.</summary>
    public ConcurrentDictionary<string, int> Taken { get; } = new();

    /// <summary>How many requests of each path came.</summary>
    public ConcurrentDictionary<string, int> Asked { get; } = new();

    /// <summary>Whatever was signed wrongly.</summary>
    public ConcurrentQueue<string> Forged { get; } = new();

    /// <summary>Last body of a path.</summary>
    public ConcurrentDictionary<string, string> Last { get; } = new();

    /// <summary>What <c>/moody</c> answers.</summary>
    public int Mood { get; set; } = 500;

    /// <summary>How long <c>/slow</c> takes to answer what it has taken.</summary>
    public TimeSpan Slowness { get; set; } = TimeSpan.FromMilliseconds(20);

    public string Address => app.Urls.First();

    public static async Task<HttpReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new HttpReceiver(builder.Build());
        receiver.app.Run(receiver.Answer);
        await receiver.app.StartAsync();
        return receiver;
    }

    async Task Answer(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        Asked.AddOrUpdate(path, 1, (_, count) => count + 1);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        Last[path] = System.Text.Encoding.UTF8.GetString(body.ToArray());
        switch (path)
        {
            case "/hangs":
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            case "/moody" when Mood != 200:
                http.Response.StatusCode = Mood;
                return;
            case "/bot":
                await http.Response.WriteAsync("""{"errcode":310000,"errmsg":"keywords not in content"}""");
                return;
        }

        string id = http.Request.Headers["webhook-id"]!;
        if (http.Request.Headers["webhook-signature"] != Signatures.Webhook(
            id, long.Parse(http.Request.Headers["webhook-timestamp"]!, System.Globalization.CultureInfo.InvariantCulture), body.ToArray(), Secret))
            Forged.Enqueue(id);
        Taken.AddOrUpdate($"{path} {id}", 1, (_, count) => count + 1);
        if (path == "/slow") await Task.Delay(Slowness);
        http.Response.StatusCode = 204;
    }

    public int TakenAt(string path) => Taken.Keys.Count(key => key.StartsWith(path + " ", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
    }
}

/// <summary>A server from the system's packages, on a free port, until it is disposed of.</summary>
sealed class Foreign : IAsyncDisposable
{
    readonly Process process;

    Foreign(Process process, int port, string directory) => (this.process, Port, Directory) = (process, port, directory);

    public int Port { get; }

    public string Directory { get; }

    /// <summary>aiosmtpd, which keeps what it takes as a Maildir.</summary>
    public static Task<Foreign> Mail() => Start((port, directory) =>
        ("/usr/bin/aiosmtpd", ["-n", "-l", $"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Mailbox", Path.Combine(directory, "mail")]));

    /// <summary>Prometheus Alertmanager, which tells nobody.</summary>
    public static Task<Foreign> Alertmanager() => Start((port, directory) =>
    {
        var settings = Path.Combine(directory, "alertmanager.yml");
        File.WriteAllText(settings, "route:\n  receiver: nobody\nreceivers:\n- name: nobody\n");
        return ("/usr/bin/prometheus-alertmanager",
            [$"--config.file={settings}", $"--storage.path={directory}", $"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]);
    });

    static async Task<Foreign> Start(Func<int, string, (string Program, string[] Arguments)> command)
    {
        var (port, directory) = (FreePort(), System.IO.Directory.CreateTempSubdirectory("monitoring-foreign-").FullName);
        var (program, arguments) = command(port, directory);
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = new ConcurrentQueue<string?>();
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data);
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        for (var left = 1_200; ; left--)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return new Foreign(process, port, directory);
            }
            catch (SocketException)
            {
                Assert.True(left > 0 && !process.HasExited, $"{program} does not listen: {string.Join('\n', said)}");
            }

            await Task.Delay(100);
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
