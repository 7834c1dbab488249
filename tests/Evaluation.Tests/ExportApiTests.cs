using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>The ledger as CloudEvents, read back by an SDK that is not ours.</summary>
public sealed class ExportApiTests
{
    static readonly DateTimeOffset begin = new(2023, 3, 1, 8, 0, 0, TimeSpan.Zero);

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    static async Task<(ServiceProcess Evaluation, LedgerFeed Feed, string Postgres)> Started()
    {
        var servers = await TestServers.Shared;
        var (postgres, amqp) = (await servers.CreateDatabase("evaluation"), await servers.CreateVirtualHost());
        var evaluation = await ServiceProcess.Start("Evaluation", postgres, amqp, new TestKeys());
        await evaluation.WaitReady();
        return (evaluation, await LedgerFeed.Start(amqp), postgres);
    }

    static CommittedEvent Invested(LedgerFeed feed, int month) => feed.Next(
        $"project/410325/p{month % 200}", new InvestmentReported($"p{month % 200}", $"20{month / 12:00}-{month % 12 + 1:00}", new Money(12.50m, "CNY", 4)), begin.AddMinutes(month));

    async Task<List<CloudEvent>> Read(ServiceProcess evaluation, string query)
    {
        var formatter = new JsonEventFormatter();
        var text = await evaluation.Http.GetStringAsync(new Uri($"/v1/export/events?{query}", UriKind.Relative), cancel);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => formatter.DecodeStructuredModeMessage(Encoding.UTF8.GetBytes(line), null, null))];
    }

    async Task<List<CloudEvent>> Until(ServiceProcess evaluation, string query, int count)
    {
        for (var attempt = 0; ; attempt++)
        {
            var events = await Read(evaluation, query);
            if (events.Count >= count) return events;
            Assert.True(attempt < 3_600, $"{events.Count} of {count} events came.\n{evaluation.Log}");
            await Task.Delay(100, cancel);
        }
    }

    [Fact]
    public async Task Every_event_is_a_cloud_event_and_a_copy_goes_on_where_it_ended()
    {
        var (evaluation, feed, _) = await Started();
        await using var closing = evaluation;
        await using var ending = feed;
        CommittedEvent[] said =
        [
            feed.Next("project/410325/first", new ProjectRegistered("first", "“引水”工程", ProjectKind.Project, 3, "专栏3", 1, null, 1, Stage.Planned, []), begin),
            .. Enumerable.Range(1, 2_400).Select(month => Invested(feed, month)),
        ];
        await feed.Say(said);
        var all = await Until(evaluation, "", said.Length);

        Assert.Equal(said.Select(one => one.Id.ToString()).Order(StringComparer.Ordinal), all.Select(one => one.Id).Order(StringComparer.Ordinal));
        Assert.Equal(all.OrderBy(one => long.Parse((string)one["sequence"]!, CultureInfo.InvariantCulture)).Select(one => one.Id), all.Select(one => one.Id));
        var first = all.Single(one => one.Subject == "project/410325/first");
        Assert.Equal(
            ("/monitoring/410325/projects", "projects.project-registered.v1", "project/410325/first", begin, "application/json", "统计局/test"),
            (first.Source!.ToString(), first.Type, first.Subject, first.Time!.Value, first.DataContentType, (string?)first["actor"]));
        Assert.Equal("“引水”工程", ((JsonElement)first.Data!).GetProperty("name").GetString());
        // Decimal places are what was said, also of an amount.
        Assert.Equal("12.50", ((JsonElement)all.First(one => one != first).Data!).GetProperty("amount").GetProperty("amount").GetRawText());
        Assert.Equal(said[0].Receipt, (string?)first["receiptid"]);

        var place = (string?)all[999]["sequence"];
        Assert.Equal(all.Skip(1_000).Select(one => one.Id), (await Read(evaluation, $"after={place}")).Select(one => one.Id));
        Assert.Equal(all.Take(1_000).Select(one => one.Id), (await Read(evaluation, $"to={place}")).Select(one => one.Id));
        Assert.Equal(["projects.project-registered.v1"], (await Read(evaluation, "type=projects.project-registered&source=projects")).Select(one => one.Type));
        Assert.Empty(await Read(evaluation, "source=relapse"));
        Assert.Empty(await Read(evaluation, "until=2023-02-28"));
        using var refused = await evaluation.Http.GetAsync(new Uri("/v1/export/events?after=x", UriKind.Relative), cancel);
        Assert.Equal(400, (int)refused.StatusCode);

        using var asked = new HttpRequestMessage(HttpMethod.Get, "/v1/export/events") { Headers = { { "Accept-Encoding", "gzip" } } };
        using var zipped = await evaluation.Http.SendAsync(asked, cancel);
        Assert.Equal("gzip", Assert.Single(zipped.Content.Headers.ContentEncoding));
        using var unzipped = new StreamReader(new GZipStream(await zipped.Content.ReadAsStreamAsync(cancel), CompressionMode.Decompress));
        Assert.Equal(said.Length, (await unzipped.ReadToEndAsync(cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_follower_sees_what_comes_and_nothing_that_is_still_overtaken()
    {
        var (evaluation, feed, postgres) = await Started();
        await using var closing = evaluation;
        await using var ending = feed;
        await feed.Say([Invested(feed, 1)]);
        var last = (string?)(await Until(evaluation, "", 1))[0]["sequence"];
        using var stream = await evaluation.Http.GetStreamAsync(new Uri($"/v1/export/events?follow=true&after={last}", UriKind.Relative), cancel);
        using var lines = new StreamReader(stream);

        // Somebody takes a position and keeps his transaction open; whoever reads past it now would never see him.
        await using var database = NpgsqlDataSource.Create(postgres);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var open = await connection.BeginTransactionAsync(cancel);
        await using (var take = new NpgsqlCommand("""
            insert into evaluation.mt_streams (id, tenant_id, version) values ('project/410325/slow', '410325', 1);
            insert into evaluation.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('evaluation.mt_events_sequence'), gen_random_uuid(), 'project/410325/slow', 1, data, type, timestamp, tenant_id, mt_dotnet_type, false
            from evaluation.mt_events limit 1
            """, connection, open))
            await take.ExecuteNonQueryAsync(cancel);
        await feed.Say([Invested(feed, 2)]);
        var next = lines.ReadLineAsync(cancel).AsTask();
        await Task.Delay(2_000, cancel);
        Assert.False(next.IsCompleted, "A position was shown before a lower one was committed.");
        await open.CommitAsync(cancel);
        Assert.Contains("project/410325/slow", await next.WaitAsync(TimeSpan.FromSeconds(180), cancel), StringComparison.Ordinal);
        Assert.Contains("project/410325/p2", await lines.ReadLineAsync(cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(180), cancel), StringComparison.Ordinal);
    }
}
