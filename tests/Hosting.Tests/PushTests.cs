using System.Net.Http.Json;
using System.Text.Json;
using JasperFx;
using JasperFx.Events.Projections;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Monitoring.Hosting.Tests;

/// <summary>Pushes to a small service of the tests' own, whose decisions can fail and whose streams others can write to.</summary>
public sealed class PushTests
{
    /// <summary>Something on record.</summary>
    public sealed record Noted(string Code, decimal Value);

    /// <summary>A thing that fails at thirteen.</summary>
    public sealed record Thing : IState<Thing>
    {
        public string Id { get; init; } = "";

        public int Count { get; init; }

        public Thing Evolve(object happened) => happened is Noted ? this with { Count = Count + 1 } : this;
    }

    sealed record Row(string Code, decimal Value);

    static Row Bind(Fields row) => row.Number("value") == 14 ? throw new KeyNotFoundException("fourteen") : new(row.Code("code"), row.Number("value"));

    static Decision Decide(Thing thing, Row row, Occasion occasion) =>
        row.Value == 13 ? throw new ArithmeticException("thirteen") : [new Noted(row.Code, row.Value)];

    static async Task<(WebApplication App, HttpClient Http)> Start(CancellationToken cancel)
    {
        var connection = await (await TestServers.Shared).CreateDatabase("pushedthings");
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new ReceiptSecret([]));
        builder.Configuration["ApiKeys:Keys:0:Id"] = "test";
        builder.Configuration["ApiKeys:Keys:0:Sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("key"u8));
        builder.Configuration["ApiKeys:Keys:0:Tenant"] = "410325";
        builder.Configuration["ApiKeys:Keys:0:Department"] = "统计局";
        builder.Configuration["ApiKeys:Keys:0:Rights:0"] = "things:report";
        ApiKeys.Add(builder.Services, builder.Configuration);
        builder.Services.AddMarten(_ =>
        {
            var options = new StoreOptions();
            options.Connection(connection);
            ServiceHost.ConfigureStore(options, "things", TimeProvider.System);
            options.Projections.Add(new Kept<Thing>([typeof(Noted)]), ProjectionLifecycle.Inline);
            return options;
        }).UseLightweightSessions();
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapImport<Thing, Row>("/v1/things", "things:report", Bind, (row, _) => $"thing/{row.Code}", Decide);
        await app.Services.GetRequiredService<IDocumentStore>().Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await app.StartAsync(cancel);
        var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        http.DefaultRequestHeaders.Add("X-Api-Key", "key");
        return (app, http);
    }

    /// <summary>The row is named, the others are kept if they may be, and nobody is told to send for ever.</summary>
    [Fact]
    public async Task A_row_that_fails_costs_itself_and_is_named()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (app, http) = await Start(cancel);
        await using var stopping = app;
        using var closing = http;
        async Task<(int Status, JsonElement Body)> Push(string query, params (string Code, int Value)[] rows)
        {
            using var answer = await http.PostAsJsonAsync($"/v1/things{query}", rows.Select(row => new { code = row.Code, value = row.Value }), cancel);
            return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel)).RootElement);
        }

        (string, int)[] rows = [("a", 1), ("a", 13), ("a", 2), ("b", 13), ("c", 3), ("d", 14)];
        var (status, body) = await Push("?mode=partial", rows);
        Assert.Equal((200, 6, 3, 3), (status, body.GetProperty("rows").GetInt32(), body.GetProperty("accepted").GetInt32(), body.GetProperty("rejected").GetInt32()));
        Assert.Equal(["2 internal-error", "4 internal-error", "6 internal-error"],
            body.GetProperty("errors").EnumerateArray().Select(error => $"{error.GetProperty("row")} {error.GetProperty("code").GetString()}"));
        await using (var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession("410325"))
            Assert.Equal(2, (await session.LoadAsync<Thing>("thing/a", cancel))!.Count);

        (status, body) = await Push("", ("e", 1), ("f", 13));
        Assert.Equal((500, "internal-error"), (status, body.GetProperty("code").GetString()));
        Assert.Equal(2, Assert.Single(body.GetProperty("errors").EnumerateArray()).GetProperty("row").GetInt32());
        await using (var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession("410325"))
            Assert.Null(await session.LoadAsync<Thing>("thing/e", cancel));
        await app.StopAsync(cancel);
    }

    /// <summary>A department's whole file against a round, a device or a clerk that is always quicker with one of its things.</summary>
    [Fact]
    public async Task A_push_to_many_streams_gets_through_beside_writers_that_never_stop()
    {
        const int things = 300, writers = 4;
        var cancel = TestContext.Current.CancellationToken;
        var (app, http) = await Start(cancel);
        await using var stopping = app;
        using var closing = http;
        var rows = Enumerable.Range(0, things).Select(thing => new { code = $"t{thing}", value = 1 }).ToList();
        using (var first = await http.PostAsJsonAsync("/v1/things", rows, cancel)) Assert.Equal(200, (int)first.StatusCode);

        var store = app.Services.GetRequiredService<IDocumentStore>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var written = 0;
        var writing = Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            // Each has things of its own, so that only the push can lose.
            for (var turn = 0; !over.IsCancellationRequested; turn++)
            {
                var code = $"t{writer + writers * (turn % (things / writers))}";
                var occasion = new Occasion(TimeProvider.System.GetUtcNow(), new Caller("410325", "系统", "quick"));
                await store.Decide<Thing>($"thing/{code}", occasion, _ => [new Noted(code, 2)], cancel);
                Interlocked.Increment(ref written);
            }
        }, cancel)).ToList();
        for (var push = 0; push < 5; push++)
        {
            using var answer = await http.PostAsJsonAsync("/v1/things", rows, cancel);
            Assert.True((int)answer.StatusCode == 200, $"push {push}: {await answer.Content.ReadAsStringAsync(cancel)}");
        }

        await over.CancelAsync();
        await Task.WhenAll(writing);
        Assert.True(written > 50, $"the writers came to {written} only");
        await using var session = store.QuerySession("410325");
        Assert.Equal(6 * things + written, (await session.Query<Thing>().ToListAsync(cancel)).Sum(thing => thing.Count));
        await app.StopAsync(cancel);
    }
}
