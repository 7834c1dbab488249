using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Monitoring.Hosting.Tests;

[assembly: AssemblyFixture(typeof(Services))]

namespace Monitoring.Hosting.Tests;

/// <summary>All six services, running once for all tests of this assembly, on databases and a virtual host of their own.</summary>
public sealed class Services : IAsyncLifetime
{
    public static readonly string[] Names = ["Indicators", "Projects", "Relapse", "Environment", "Evaluation", "Alerting"];

    readonly Dictionary<string, ServiceProcess> running = [];
    readonly ConcurrentDictionary<string, Lazy<Task<ApiDocument>>> documents = new();

    public ServiceProcess this[string name] => running[name];

    /// <summary>File of the keys the services accept.</summary>
    public TestKeys Keys { get; } = new TestKeys().WithNeighbour("医保局", "indicators:report");

    public async ValueTask InitializeAsync()
    {
        var servers = await TestServers.Shared;
        var amqp = await servers.CreateVirtualHost();
        var started = await Task.WhenAll(Names.Select(async name => await ServiceProcess.Start(
            name, await servers.CreateDatabase(name.ToLowerInvariant()), amqp, Keys,
            environment: name == "Evaluation" ? [("Http__UploadSeconds", "3")] : [])));
        foreach (var (name, service) in Names.Zip(started)) running[name] = service;
        foreach (var service in running.Values) await service.WaitReady();

        await Post("Indicators", "/v1/indicators", "text/csv",
            "code,name,nameEn,unit,attribute,direction,plan,planRef\ngdp,地区生产总值,GDP,亿元,expected,increase,fyp14,专栏2/1\n");
        await Post("Projects", "/v1/projects", "text/csv",
            "code,name,kind,box,boxTitle,group,seq\nP05-1-01,抽水蓄能电站,project,5,工业,1,1\n");
        await Post("Environment", "/v1/stations", "text/csv",
            "mn,name,medium,area,units\nMN1,城区站,air,410325100,a34004=μg/m3;a34002=μg/m3\n");
    }

    /// <summary>Posts a body and answers the status, the media type and the body, which must be as the service's document says.</summary>
    public Task<Answer> Post(string service, string path, string type, string body, params (string, string)[] headers) =>
        Send(service, HttpMethod.Post, path, type, Encoding.UTF8.GetBytes(body), headers);

    public async Task<Answer> Send(
        string service, HttpMethod method, string path, string? type, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (type is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }

        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content?.Headers.TryAddWithoutValidation(name, value);
        using var response = await this[service].Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        // A live stream has no end to wait for.
        var bytes = response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? [] : await response.Content.ReadAsByteArrayAsync();
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value));
        var answer = new Answer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, bytes, all);
        var differs = (await Document(service)).Differs(method.Method, path, answer);
        Assert.True(differs is null, $"{method} {service}{path} {answer.Status} {answer.Type} is not as described: {differs}\n{answer.Body}");
        return answer;
    }

    /// <summary>What the service says of itself.</summary>
    internal Task<ApiDocument> Document(string service) =>
        documents.GetOrAdd(service, name => new(() => ApiDocument.Of(this[name].Http, name))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in running.Values) await service.DisposeAsync();
    }
}

/// <summary>What a service answered.</summary>
public sealed record Answer(int Status, string? Type, byte[] Bytes, IReadOnlyDictionary<string, string> Headers)
{
    public string Body { get; } = Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Text(string field) => Json.TryGetProperty(field, out var value) ? value.ToString() : null;

    public int Number(string field) => Json.GetProperty(field).GetInt32();

    /// <summary><c>row field code</c> of every error.</summary>
    public IEnumerable<string> Errors => Json.GetProperty("errors").EnumerateArray().Select(error =>
        $"{error.GetProperty("row")} {(error.TryGetProperty("field", out var blamed) ? blamed.GetString() : "-")} {error.GetProperty("code").GetString()}");

    public void IsProblem(int status, string code)
    {
        Assert.Equal((status, "application/problem+json", code), (Status, Type, Text("code")));
        Assert.NotEmpty(Text("detail")!);
    }
}
