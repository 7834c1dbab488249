using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Testing;
using Npgsql;
using NpgsqlTypes;

namespace Monitoring.Benchmarks;

/// <summary>
/// Five years of a county's ledger in a given number of events, each where and when it would lie: 62 indicators, 700 projects, 30,000
/// households and 30 stations. The events are copied in while the service is away; its own daemon makes all views and their history of them.
/// A county has no more indicators and projects for a larger ledger, and no household is at risk a hundred times: beyond 10⁶ events the rest is
/// of more households and of stations.
/// </summary>
static class LedgerOfSize
{
    internal const int Indicators = 62;
    internal const int Projects = 700;
    const int Households = 30_000;
    const int Stations = 30;

    internal static readonly DateTimeOffset Begin = new(2020, 12, 31, 16, 0, 0, TimeSpan.Zero);
    internal static readonly TimeSpan Span = TimeSpan.FromDays(5 * 365);

    sealed class Stream
    {
        public long Version { get; set; }

        /// <summary>Periods with a value, in the order they came.</summary>
        public List<string> Periods { get; } = [];
    }

    public static string Indicator(int number) => $"indicator/{TestKeys.Tenant}/i{number}";

    public static string Project(int number) => $"project/{TestKeys.Tenant}/p{number}";

    /// <summary>A department reports for some indicators, a township for some projects.</summary>
    public static string Actor(int kind, int number) => kind switch
    {
        0 => $"部门{number % 12}/key",
        1 => $"乡镇{number % 16}/key",
        2 => $"村{number % 300}/key",
        _ => $"站点{number}/device",
    };

    /// <summary>Measures on ledgers of each size.</summary>
    public static async Task Run(TestServers servers, Report report, bool asOf, bool replays)
    {
        int[] more = Environment.GetEnvironmentVariable("MONITORING_TEN_MILLION") == "1" ? [10_000_000] : [];
        foreach (var events in (int[])[100_000, 1_000_000, .. more])
        {
            var watch = Stopwatch.StartNew();
            var (evaluation, database) = await Start(servers, events);
            report.Add(
                string.Create(CultureInfo.InvariantCulture, $"ledger of {events:#,0} events filled, views, history and log caught up"),
                $"{watch.Elapsed.TotalSeconds:0} s");
            await using var started = evaluation;
            await using var opened = database;
            if (asOf) await AsOfLatency.Run(evaluation, report, events);
            if (replays) await Replaying.Run(evaluation, database, report, events);
            report.Peak(string.Create(CultureInfo.InvariantCulture, $"Evaluation ({events:#,0} events)"), evaluation.ProcessId);
        }
    }

    /// <summary>Starts the service on a ledger of this many events, and returns once its views and its log have taken them in.</summary>
    static async Task<(ServiceProcess Evaluation, NpgsqlDataSource Database)> Start(TestServers servers, int events)
    {
        var connection = await servers.CreateDatabase("evaluation_size");
        var evaluation = await ServiceProcess.Start("Evaluation", connection, await servers.CreateVirtualHost(), new TestKeys());
        await evaluation.Kill();
        var database = NpgsqlDataSource.Create(connection + ";Command Timeout=600");
        await Copy(database, events);
        await evaluation.Restart();
        while (!await CaughtUp(database)) await Task.Delay(100);
        await Execute(database, "analyze");
        return (evaluation, database);
    }

    static async Task<bool> CaughtUp(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            select count(*) = 6 from evaluation.mt_event_progression
            where name like '%-history:%' and last_seq_id = (select max(seq_id) from evaluation.mt_events) and
                (select sum(size) from evaluation.log_head) = (select max(seq_id) from evaluation.mt_events)
            """);
        return await command.ExecuteScalarAsync() is true;
    }

    static async Task Copy(NpgsqlDataSource database, int events)
    {
        var streams = new Dictionary<string, Stream>();
        await using var connection = await database.OpenConnectionAsync();
        // The streams come after their events, all of them being known only then.
        await Execute(connection, "alter table evaluation.mt_events drop constraint fkey_mt_events_stream_id_tenant_id");
        await using (var writer = await connection.BeginBinaryImportAsync("""
            copy evaluation.mt_events (
                seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, causation_id, user_name, is_archived)
            from stdin (format binary)
            """))
        {
            for (var number = 0; number < events; number++)
            {
                var at = Begin + Span * ((double)number / events);
                var (key, stream, actor, data) = Next(streams, number, at, Math.Max(1, events / 1_000_000));
                await writer.StartRowAsync();
                await writer.WriteAsync(number + 1L, NpgsqlDbType.Bigint);
                await writer.WriteAsync(Guid.CreateVersion7(at), NpgsqlDbType.Uuid);
                await writer.WriteAsync(key, NpgsqlDbType.Varchar);
                await writer.WriteAsync(++stream.Version, NpgsqlDbType.Bigint);
                await writer.WriteAsync(JsonSerializer.Serialize(data, data.GetType(), EventJson.Options), NpgsqlDbType.Jsonb);
                await writer.WriteAsync(EventTypes.NameOf(data.GetType()), NpgsqlDbType.Varchar);
                await writer.WriteAsync(at, NpgsqlDbType.TimestampTz);
                await writer.WriteAsync(TestKeys.Tenant, NpgsqlDbType.Varchar);
                await writer.WriteAsync($"{data.GetType().FullName}, {data.GetType().Assembly.GetName().Name}", NpgsqlDbType.Varchar);
                await writer.WriteAsync(Guid.CreateVersion7(at).ToString(), NpgsqlDbType.Varchar);
                await writer.WriteAsync(actor, NpgsqlDbType.Varchar);
                await writer.WriteAsync(false, NpgsqlDbType.Boolean);
            }

            await writer.CompleteAsync();
        }

        await Execute(connection, """
            insert into evaluation.mt_streams (tenant_id, id, version)
                select tenant_id, stream_id, max(version) from evaluation.mt_events group by 1, 2;
            alter table evaluation.mt_events add constraint fkey_mt_events_stream_id_tenant_id
                foreign key (tenant_id, stream_id) references evaluation.mt_streams (tenant_id, id);
            select setval('evaluation.mt_events_sequence', max(seq_id)) from evaluation.mt_events;
            """);
    }

    /// <summary>
    /// Of a hundred events, one is of an indicator, thirty of a project, fifty of a household, the rest of a station; in all rounds but each
    /// <paramref name="every"/>th, the first 31 are of households, too.
    /// </summary>
    static (string Key, Stream Stream, string Actor, object Data) Next(
        Dictionary<string, Stream> streams, int number, DateTimeOffset at, int every)
    {
        var (round, place) = (number / 100, number % 100);
        var (kind, which) = place switch
        {
            < 31 when round % every > 0 => (2, (round * 31 + place) % (Households * every)),
            0 => (0, round / every % Indicators),
            < 31 => (1, (round / every * 30 + place - 1) % Projects),
            < 81 => (2, (round * 50 + place - 31) % (Households * every)),
            _ => (3, (round * 19 + place - 81) % Stations),
        };
        var key = kind switch
        {
            0 => Indicator(which),
            1 => Project(which),
            2 => $"household/{TestKeys.Tenant}/{which}",
            _ => $"station/{TestKeys.Tenant}/{which}",
        };
        var stream = streams.TryGetValue(key, out var known) ? known : streams[key] = new Stream();
        var month = string.Create(CultureInfo.InvariantCulture, $"{at.ToOffset(ChinaTime.Offset):yyyy-MM}");
        object data = kind switch
        {
            0 => OfIndicator(which, stream, month, number),
            1 => OfProject(which, stream, month, number),
            2 => OfHousehold(which, stream, ChinaTime.Day(at), number),
            _ => OfStation($"4103250000000000000000{which:00}", stream, at, number),
        };
        if (data is not DayAssessed assessed) return (key, stream, Actor(kind, which), data);
        // Days are judged in a stream for each station and month.
        key = $"figures/{TestKeys.Tenant}/{assessed.Subject}/{month}";
        stream = streams.TryGetValue(key, out known) ? known : streams[key] = new Stream();
        return (key, stream, "系统/figures", data);
    }

    /// <summary>Signals, and each sixth time a risk, which is visited, and found to be none or decided on and got rid of.</summary>
    static object OfHousehold(int which, Stream stream, DateOnly on, int number)
    {
        var (id, episode, monitored) = (Household(which), (int)(stream.Version / 6) + 1, which % 4 == 0);
        var cause = (RiskCause)(which % 5);
        return (stream.Version % 6) switch
        {
            1 => new RiskDetected(
                id, episode, $"4103251{which % 16:00}{200 + which % 20}", HouseholdCategory.LiftedOut, cause, Channel.SelfReport, false, null, null, null, null,
                null, [], on),
            2 => new HomeVisited(id, episode, Chain.Inclusion, 2, monitored, [cause], null, on),
            3 => monitored
                ? new CountyDecided(id, episode, Chain.Inclusion, true, MonitoredType.UnstableLiftedOut, null, null, null, null, on)
                : new ClueClosed(id, episode, "收入稳定", null, on),
            4 when monitored => new RiskEliminated(id, episode, RemovalKind.Assisted, on),
            _ => new SignalReported(id, $"{number}", "民政局", SignalKind.MedicalSelfPay, Money.Yuan(number % 9_000, "元"), on),
        };
    }

    /// <summary>A registration, then readings, and after each twentieth the day's figures.</summary>
    static object OfStation(string mn, Stream stream, DateTimeOffset at, int number)
    {
        if (stream.Version == 0)
            return new StationRegistered(mn, $"站{mn[^2..]}", Medium.Air, "410325100", new Dictionary<string, string> { ["a34004"] = "μg/m3" });
        if (number / 100 % 20 == 19) return new DayAssessed(mn, ChinaTime.Day(at), "HJ 633-2012", [], null, null, 1);
        return new ReadingsRecorded(
            mn, [at], [new("a34004", "μg/m3", [number % 90], null), new("a34002", "μg/m3", [number % 140], null)]);
    }

    static Guid Household(int which) => new(which, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]);

    /// <summary>A definition, a target, then months: reported, verified, some revised.</summary>
    static object OfIndicator(int which, Stream stream, string month, int number)
    {
        var code = $"i{which}";
        if (stream.Version == 0)
            return new IndicatorDefined(
                code, $"指标{which}", $"Indicator {which}", "亿元", Nature.Expected, Direction.Increase, "fyp14", $"专栏2/{which}",
                new(2020, 100, null), [], 1, null);
        if (stream.Version == 1) return new TargetSet(code, 2025, TargetKind.IncreaseTo, 150 + which, null, null, null);
        if (!stream.Periods.Contains(month))
        {
            stream.Periods.Add(month);
            return new ValueReported(code, month, Value(number), ValueStatus.Preliminary, "洛统〔2022〕3号", null);
        }

        var period = stream.Periods[number / 100 % stream.Periods.Count];
        return number / 100 % 3 == 0
            ? new ValueRevised(
                code, period, 100, ValueStatus.Preliminary, Value(number), ValueStatus.Final, "最终核实", "洛统〔2022〕3号", null, null,
                RevisionReason.FinalVerification)
            : new ValueVerified(code, period, Value(number), ValueStatus.Preliminary, null);
    }

    static decimal Value(int number) => 100 + number / 100 % 700 / 10m;

    static object OfProject(int which, Stream stream, string month, int number)
    {
        var code = $"p{which}";
        if (stream.Version == 0)
            return new ProjectRegistered(code, $"项目{which}", ProjectKind.Project, 3 + which % 14, "专栏3", 1, null, which, Stage.Planned, []);
        if (stream.Version == 1) return new StageAdvanced(code, Stage.Planned, Stage.UnderConstruction, null, new(2021, 3, 1));
        if (stream.Periods.Contains(month))
            return new InvestmentRevised(code, month, Money.Yuan(number % 900, "万元"), Money.Yuan(number % 800, "万元"), "核对", null);
        stream.Periods.Add(month);
        return new InvestmentReported(code, month, Money.Yuan(number % 900, "万元"));
    }

    static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        await Execute(connection, sql);
    }

    static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync();
    }
}
