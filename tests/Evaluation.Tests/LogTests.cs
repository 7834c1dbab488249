using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Marten;
using Monitoring.Contracts.Indicators;
using Monitoring.Evaluation.Log;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>An Evaluation of its own and its store, into which the test writes as the ledger does.</summary>
sealed class LoggedCounty : IAsyncDisposable
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(180);

    LoggedCounty(DocumentStore store, NpgsqlDataSource database, ServiceProcess service, TestKeys keys) =>
        (Store, Database, Service, Keys) = (store, database, service, keys);

    public DocumentStore Store { get; }

    public NpgsqlDataSource Database { get; }

    public ServiceProcess Service { get; }

    public TestKeys Keys { get; }

    public HttpClient Http => Service.Http;

    /// <summary>The county's part of the folder outside the database.</summary>
    public string Folder => Path.Combine(Keys.LogFolder, TestKeys.Tenant);

    public static async Task<LoggedCounty> Start()
    {
        var servers = await TestServers.Shared;
        var (connection, keys) = (await servers.CreateDatabase("evaluation_log"), new TestKeys());
        var service = await ServiceProcess.Start("Evaluation", connection, await servers.CreateVirtualHost(), keys);
        var store = DocumentStore.For(options =>
        {
            options.Connection(connection);
            ServiceHost.ConfigureStore(options, "evaluation", TimeProvider.System);
            Ledger.Configure(options);
        });
        return new(store, NpgsqlDataSource.Create(connection), service, keys);
    }

    /// <summary>Records values of an indicator as one receipt; its first event is the indicator's definition.</summary>
    public async Task<string> Record(string indicator, int values, string tenant = TestKeys.Tenant, CancellationToken cancel = default)
    {
        var receipt = Guid.CreateVersion7().ToString();
        await using var session = Store.LightweightSession(tenant);
        session.Events.Append($"indicator/{tenant}/{indicator}", Enumerable.Range(0, values).Select(at =>
        {
            var wrapped = session.Events.BuildEvent(at == 0
                ? new IndicatorDefined(indicator, "指标", "Indicator", "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", null, [], 1, null)
                : new ValueReported(indicator, Month(at), at + 0.50m, ValueStatus.Final, null, null));
            wrapped.UserName = "统计局/tests";
            wrapped.CausationId = receipt;
            wrapped.SetHeader(Ledger.LedgeredAt, TimeProvider.System.GetUtcNow().ToString("O"));
            return (object)wrapped;
        }));
        await session.SaveChangesAsync(cancel);
        return receipt;
    }

    static string Month(int at) => string.Create(CultureInfo.InvariantCulture, $"{1900 + at / 12}-{at % 12 + 1:00}");

    public async Task<JsonElement> Get(string path, CancellationToken cancel)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative), cancel);
        var body = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {body}");
        using var json = JsonDocument.Parse(body);
        return json.RootElement.Clone();
    }

    /// <summary>Asks for a checkpoint until it covers so many events, and answers the note.</summary>
    public async Task<string> Signed(long size, CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50, cancel))
        {
            using var answer = await Http.PostAsync(new Uri("/v1/log/checkpoints", UriKind.Relative), null, cancel);
            var note = await answer.Content.ReadAsStringAsync(cancel);
            if (answer.IsSuccessStatusCode && Checkpoint.Parse(note).Size >= size) return note;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(180), $"{answer.StatusCode} {note}\n{Service.Log}");
        }
    }

    public async Task<JsonElement> Audited(CancellationToken cancel)
    {
        using var asked = await Http.PostAsync(new Uri("/v1/log/audits", UriKind.Relative), null, cancel);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100, cancel))
        {
            var audit = await Get(asked.Headers.Location!.ToString(), cancel);
            if (audit.TryGetProperty("sound", out _)) return audit;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(180), Service.Log);
        }
    }

    /// <summary>Does something to the rows by hand, past every rule.</summary>
    public async Task ByHand(string sql, CancellationToken cancel)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async Task<List<(long Position, Guid Id)>> Rows(CancellationToken cancel)
    {
        await using var command = Database.CreateCommand(
            $"select seq_id, id from evaluation.mt_events where tenant_id = '{TestKeys.Tenant}' order by seq_id");
        var all = new List<(long, Guid)>();
        await using var row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel)) all.Add((row.GetInt64(0), row.GetGuid(1)));
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Store.Dispose();
        await Database.DisposeAsync();
    }
}

/// <summary>The log on real PostgreSQL, over real HTTP.</summary>
public sealed class LogTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Runs a program to its end; its exit code and what it said.</summary>
    static async Task<(int Code, string Said)> Run(string program, (string, string)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = TestServers.Root };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output + await errors);
    }

    static Task<(int Code, string Said)> Verify(params string[] arguments)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Run("dotnet", [], [Path.Combine(here.Parent!.Parent!.FullName, "Verify", here.Name, "Monitoring.Verify.dll"), .. arguments]);
    }

    [Fact]
    public async Task Go_reads_the_log_and_finds_every_entry_and_proof_right()
    {
        await using var county = await LoggedCounty.Start();
        for (var indicator = 0; indicator < 7; indicator++) await county.Record($"i-{indicator}", 100, cancel: Cancel);
        await county.Record("elsewhere", 50, "410326", Cancel);
        await county.Signed(700, Cancel);
        var key = await county.Http.GetStringAsync(new Uri("/v1/log/key", UriKind.Relative), Cancel);

        var (code, said) = await Run(
            "go", [("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOFLAGS", ""), ("GOCACHE", Path.Combine(Path.GetTempPath(), "monitoring-go-cache"))],
            "run", Path.Combine(TestServers.Root, "tests", "Evaluation.Tests", "Outside", "main.go"),
            county.Http.BaseAddress!.ToString().TrimEnd('/'), county.Keys.Key, key.Trim());
        Assert.True(code == 0, said);
        Assert.StartsWith("700 entries, 100 inclusions, ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_changed_removed_inserted_and_swapped_by_hand_is_found_and_named()
    {
        await using var county = await LoggedCounty.Start();
        for (var indicator = 0; indicator < 6; indicator++) await county.Record($"i-{indicator}", 100, cancel: Cancel);
        await county.Signed(600, Cancel);
        var sound = await county.Audited(Cancel);
        Assert.True(sound.GetProperty("sound").GetBoolean(), sound.ToString());
        Assert.Equal((600, 600), (sound.GetProperty("leaves").GetInt32(), sound.GetProperty("rows").GetInt32()));
        Assert.InRange(sound.GetProperty("checkpoints").GetInt32(), 1, 10);

        var rows = await county.Rows(Cancel);
        var (changed, removed, one, other) = (rows[50], rows[270], rows[300], rows[520]);
        await county.ByHand($"update evaluation.mt_events set data = jsonb_set(data, '{{value}}', '99.5') where seq_id = {changed.Position}", Cancel);
        await county.ByHand($"delete from evaluation.mt_events where seq_id = {removed.Position}", Cancel);
        var inserted = Guid.CreateVersion7();
        await county.ByHand($$"""
            insert into evaluation.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived, user_name)
            select {{removed.Position}}, '{{inserted}}', stream_id, 101, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived, user_name
            from evaluation.mt_events where seq_id = {{rows[99].Position}};
            update evaluation.mt_events set seq_id = -1 where seq_id = {{one.Position}};
            update evaluation.mt_events set seq_id = {{one.Position}} where seq_id = {{other.Position}};
            update evaluation.mt_events set seq_id = {{other.Position}} where seq_id = -1;
            """, Cancel);

        var audit = await county.Audited(Cancel);
        Assert.Equal(
            [
                ("changed", 50, changed.Id), ("removed", 270, removed.Id), ("reordered", 300, one.Id), ("reordered", 520, other.Id), ("inserted", null, inserted),
            ],
            audit.GetProperty("findings").EnumerateArray().Select(finding => (
                finding.GetProperty("kind").GetString(), finding.TryGetProperty("index", out var index) ? index.GetInt32() : (int?)null,
                finding.GetProperty("eventId").GetGuid())));
        var health = await county.Get("/health/ready", Cancel);
        Assert.Contains($"See /v1/log/audits/{audit.GetProperty("id").GetGuid()}", health.ToString(), StringComparison.OrdinalIgnoreCase);

        // The same, by the program that knows the folder and an export only.
        var export = Path.Combine(Directory.CreateTempSubdirectory("monitoring-export-").FullName, "rows.ndjson");
        await Export(county, export);
        var (code, said) = await Verify("export", export, "--log", county.Folder, "--key", await Key(county));
        Assert.Equal(1, code);
        foreach (var (kind, id) in new[]
                 {
                     ("CHANGED", changed.Position.ToString(CultureInfo.InvariantCulture)), ("REMOVED", removed.Id.ToString()), ("INSERTED", inserted.ToString()),
                     ("REORDERED", one.Id.ToString()), ("REORDERED", other.Id.ToString()),
                 })
            Assert.Contains(said.Split('\n'), line => line.StartsWith("BAD " + kind, StringComparison.Ordinal) && line.Contains(id, StringComparison.Ordinal));
        Assert.Contains("5 findings", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_rewrites_the_log_as_well_gets_no_signature_and_is_found_by_the_folder()
    {
        await using var county = await LoggedCounty.Start();
        await county.Record("one", 300, cancel: Cancel);
        await county.Signed(300, Cancel);
        var row = (await county.Rows(Cancel))[10];
        // The row, the leaf in the tile and the signed root: everything that is in the database.
        await county.ByHand($$"""
            update evaluation.mt_events set data = jsonb_set(data, '{value}', '99.5') where seq_id = {{row.Position}};
            delete from evaluation.log_tile; delete from evaluation.log_head; delete from evaluation.log_checkpoint;
            update evaluation.log_position set position = 0;
            """, Cancel);
        await county.Record("two", 10, cancel: Cancel);
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100, Cancel))
        {
            using var answer = await county.Http.PostAsync(new Uri("/v1/log/checkpoints", UriKind.Relative), null, Cancel);
            if (answer.StatusCode == HttpStatusCode.Conflict) break;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(180), $"{answer.StatusCode}");
        }

        var audit = await county.Audited(Cancel);
        Assert.Contains(audit.GetProperty("findings").EnumerateArray(), finding =>
            finding.GetProperty("kind").GetString() == "tile_changed" && finding.TryGetProperty("index", out var index) && index.GetInt32() == 10);
        Assert.Contains(audit.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("kind").GetString() == "checkpoint_differs");
    }

    [Fact]
    public async Task A_submission_is_proved_by_its_receipt_and_its_bundle_verifies_offline()
    {
        await using var county = await LoggedCounty.Start();
        await county.Record("before", 40, cancel: Cancel);
        var receipt = await county.Record("gdp", 30, cancel: Cancel);
        await county.Signed(70, Cancel);

        var proved = await county.Get($"/v1/log/receipts/{receipt}", Cancel);
        var checkpoint = Checkpoint.Parse(SignedNote.Open(proved.GetProperty("checkpoint").GetString()!, proved.GetProperty("key").GetString()!));
        Assert.Equal(30, proved.GetProperty("events").GetArrayLength());
        Assert.All(proved.GetProperty("events").EnumerateArray(), e =>
        {
            var proof = e.GetProperty("proof");
            var hashes = proof.GetProperty("hashes").EnumerateArray().Select(hash => hash.GetBytesFromBase64()).ToList();
            var leaf = Merkle.Leaf(global::System.Text.Encoding.UTF8.GetBytes(e.GetProperty("entry").GetString()!));
            Assert.True(Merkle.Includes(proof.GetProperty("index").GetInt64(), checkpoint.Size, leaf, hashes, checkpoint.Root));
        });

        var folder = Directory.CreateTempSubdirectory("monitoring-bundle-").FullName;
        var bundle = Path.Combine(folder, "bundle.zip");
        foreach (var what in new[] { $"receipt={receipt}", "stream=indicator/410325/gdp" })
        {
            var bytes = await county.Http.GetByteArrayAsync(new Uri("/v1/log/bundle?" + what, UriKind.Relative), Cancel);
            Assert.Equal(bytes, await county.Http.GetByteArrayAsync(new Uri("/v1/log/bundle?" + what, UriKind.Relative), Cancel));
            await File.WriteAllBytesAsync(bundle, bytes, Cancel);
            var (code, said) = await Verify("bundle", bundle, "--key", await Key(county));
            Assert.True(code == 0 && said.Contains("verified: 30 events", StringComparison.Ordinal), said);
        }

        var some = proved.GetProperty("events").EnumerateArray().Take(3).Select(e => $"event={e.GetProperty("eventId").GetGuid()}");
        await File.WriteAllBytesAsync(
            Path.Combine(folder, "some.zip"), await county.Http.GetByteArrayAsync(new Uri("/v1/log/bundle?" + string.Join('&', some), UriKind.Relative), Cancel), Cancel);
        Assert.Contains("verified: 3 events", (await Verify("bundle", Path.Combine(folder, "some.zip"))).Said, StringComparison.Ordinal);

        // One figure made better in the bundle.
        using (var zip = await global::System.IO.Compression.ZipFile.OpenAsync(bundle, global::System.IO.Compression.ZipArchiveMode.Update, Cancel))
        {
            string events;
            using (var reader = new StreamReader(await zip.GetEntry("events.ndjson")!.OpenAsync(Cancel))) events = await reader.ReadToEndAsync(Cancel);
            zip.GetEntry("events.ndjson")!.Delete();
            await using var writer = new StreamWriter(await zip.CreateEntry("events.ndjson").OpenAsync(Cancel));
            await writer.WriteAsync(events.Replace("\"value\": 7.50", "\"value\": 7.51", StringComparison.Ordinal));
        }

        var forged = await Verify("bundle", bundle, "--key", await Key(county));
        Assert.True(forged.Code == 1 && forged.Said.Contains("NOT verified: 1 of 30", StringComparison.Ordinal), forged.Said);

        // The whole ledger, against the folder and against a checkpoint alone.
        var export = Path.Combine(folder, "rows.ndjson");
        await Export(county, export);
        Assert.Equal(0, (await Verify("export", export, "--log", county.Folder, "--key", await Key(county))).Code);
        Assert.Equal(0, (await Verify("export", export, "--checkpoint", Path.Combine(county.Folder, "checkpoint"), "--key", await Key(county))).Code);
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_waited_for_and_killed_services_lose_and_double_nothing()
    {
        await using var county = await LoggedCounty.Start();
        await county.Record("first", 50, cancel: Cancel);
        await county.Signed(50, Cancel);

        // Draws its numbers now and commits after others have.
        await using var slow = await county.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await slow.BeginTransactionAsync(Cancel);
        await using (var insert = new NpgsqlCommand($"""
            insert into evaluation.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('evaluation.mt_events_sequence'), gen_random_uuid(), stream_id, 50 + version, data, type, timestamp, tenant_id, mt_dotnet_type, false
            from evaluation.mt_events where tenant_id = '{TestKeys.Tenant}' and version > 1
            """, slow)) await insert.ExecuteNonQueryAsync(Cancel);

        var writing = Task.Run(async () =>
        {
            for (var batch = 0; batch < 60; batch++) await county.Record($"many-{batch}", 100, cancel: Cancel);
        }, Cancel);
        for (var kill = 0; kill < 4; kill++)
        {
            await Task.Delay(700, Cancel);
            await county.Service.Kill();
            await county.Service.Restart();
        }

        await writing;
        await Task.Delay(4_000, Cancel); // Longer than a gap is held for without looking who holds it.
        await transaction.CommitAsync(Cancel);
        await county.Signed(50 + 49 + 6_000, Cancel);
        var audit = await county.Audited(Cancel);
        Assert.True(audit.GetProperty("sound").GetBoolean(), audit.ToString());
        Assert.Equal((6_099, 6_099), (audit.GetProperty("leaves").GetInt32(), audit.GetProperty("rows").GetInt32()));
    }

    static async Task<string> Key(LoggedCounty county) => (await county.Http.GetStringAsync(new Uri("/v1/log/key", UriKind.Relative), Cancel)).Trim();

    /// <summary>As <c>psql -qAt</c> writes what <c>deploy/verify sql</c> gives.</summary>
    static async Task Export(LoggedCounty county, string file)
    {
        var (_, sql) = await Verify("sql", TestKeys.Tenant);
        await using var command = county.Database.CreateCommand(sql);
        await using var output = new StreamWriter(file);
        await using var row = await command.ExecuteReaderAsync(Cancel);
        while (await row.ReadAsync(Cancel)) await output.WriteLineAsync(row.GetString(0));
    }
}
