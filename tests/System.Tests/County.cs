using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Monitoring.System.Tests;

/// <summary>A running system on servers of its own, which may be killed: services, Evaluation, a broker, a database.</summary>
sealed class County : IAsyncDisposable
{
    static readonly TimeSpan standstillMax = TimeSpan.FromSeconds(180);

    readonly List<ServiceProcess> instances = [];
    readonly TestKeys keys = new();

    County(TestServers servers) => Servers = servers;

    public TestServers Servers { get; }

    public static async Task<County> Start() => new(await TestServers.Start());

    /// <summary>Starts one more instance of a service; the first of its kind migrates the schema.</summary>
    public async Task<ServiceProcess> Run(string service, bool first = true, params (string, string)[] environment)
    {
        var instance = await ServiceProcess.Start(
            service, await Connection(service), await Servers.Amqp(), keys, migrate: first, environment);
        instances.Add(instance);
        return instance;
    }

    /// <summary>Connection string of a service's database.</summary>
    public Task<string> Connection(string service) => Servers.Connection(service.ToLowerInvariant());

    /// <summary>
    /// Pushes as a department's unattended job does: the same rows again until the answer is a success, whatever dies
    /// meanwhile. Answers the number of attempts.
    /// </summary>
    public static async Task<int> PushUntilAcknowledged(HttpClient http, string path, string csv, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var content = new StringContent(csv, Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
                using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
                if (answer.StatusCode == HttpStatusCode.OK) return attempt;
                // Anything that sending again cannot mend is a defect.
                Assert.True((int)answer.StatusCode >= 500 || answer.StatusCode == HttpStatusCode.Conflict,
                    $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancel)}");
            }
            catch (HttpRequestException)
            {
                // The service is gone for the moment.
            }

            await Task.Delay(100, cancel);
        }
    }

    /// <summary>Waits until a source's events are all in the ledger and nothing is under way.</summary>
    public static async Task Settled(ServiceProcess evaluation, string source, long events)
    {
        var watch = Stopwatch.StartNew();
        var (last, seen) = ("", 0L);
        while (watch.Elapsed < standstillMax)
        {
            try
            {
                last = await evaluation.Http.GetStringAsync(new Uri("/v1/ledger/status", UriKind.Relative));
                using var status = JsonDocument.Parse(last);
                var lag = status.RootElement.GetProperty("sources").EnumerateArray()
                    .FirstOrDefault(one => one.GetProperty("source").GetString() == source);
                if (lag.ValueKind == JsonValueKind.Object && lag.GetProperty("events").GetInt64() is var now && now > seen)
                {
                    seen = now;
                    watch.Restart();
                }

                if (lag.ValueKind == JsonValueKind.Object && lag.GetProperty("events").GetInt64() >= events &&
                    lag.TryGetProperty("lagEvents", out var behind) && behind.GetInt64() == 0 &&
                    status.RootElement.GetProperty("gaps").GetArrayLength() == 0) return;
            }
            catch (HttpRequestException e)
            {
                last = e.Message;
            }

            await Task.Delay(200);
        }

        Assert.Fail($"Not settled, and no new event for {standstillMax.TotalSeconds} s: {last}\n{evaluation.Log}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in instances) await instance.DisposeAsync();
        await Servers.Stop();
    }
}
