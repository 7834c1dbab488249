using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Testing.Relapse;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Monitoring.System.Tests;

/// <summary>
/// A made county lives through three years that go through the public API day by day. Every clue is what the rules give when worked out
/// apart from the product; nothing that says who anybody is leaves Relapse, and in Relapse nothing of it is plain; once erased it is gone.
/// </summary>
/// <remarks>A thirtieth of the households by default, all of them with <c>MONITORING_FULL_TESTS=1</c>.</remarks>
public sealed class RelapseCountyTests
{
    const int Seed = 410325;
    const string CountyOffice = "农业农村局";

    /// <summary>Causes that may make a household one in sudden severe difficulty.</summary>
    static readonly HashSet<RiskCause> sudden =
    [
        RiskCause.Illness, RiskCause.Disability, RiskCause.Education, RiskCause.NaturalDisaster, RiskCause.Accident, RiskCause.IndustryFailure,
        RiskCause.Unemployment, RiskCause.PublicEmergency,
    ];

    static readonly DateOnly begin = new(CountyHistory.FirstYear, 1, 1);
    static readonly DateOnly end = new(CountyHistory.LastYear, 12, 31);

    readonly SyntheticCounty county = new(Seed, Extent.Of(full: 1, part: 30));
    readonly RiskReckoning reckoning = new();
    readonly LeakSearch outside = new();
    readonly Dictionary<Guid, List<RiskCause>> confirmed = [];
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    readonly Stopwatch watch = Stopwatch.StartNew();
    long messages;

    [Fact]
    public async Task Three_years_of_a_county_raise_the_clues_that_the_rules_say_and_give_nobody_away()
    {
        await using var system = await County.Start();
        var evaluation = await system.Run("Evaluation");
        var clock = new MovableClock(new DateOnly(2022, 12, 20));
        await using var relapse = await RelapseHost.Start(
            clock, new LeakSearch(), await system.Connection("Relapse"), await system.Servers.Amqp(), CountyHistory.Departments);
        await using var bus = await Tap(await system.Servers.Amqp());

        try
        {
            await Live(relapse);
        }
        catch (Xunit.Sdk.XunitException)
        {
            // Where clues differ, cases refuse what follows from them; the clues say why.
            await The_clues_are_those_of_the_rules(system);
            throw;
        }

        Report($"lived through, log and spans {relapse.Leaks.Searched / 1_000_000} MB");
        var events = await Events(system, "relapse");
        await County.Settled(evaluation, "relapse", events);
        Report($"{events} events in the ledger");

        await The_clues_are_those_of_the_rules(system);
        await The_flood_is_a_risk_of_its_villages(system);
        The_history_holds_everything();
        await The_ledger_counts_the_same_cases(relapse, evaluation);
        await Nobody_is_given_away(system, relapse, evaluation, events);
        await Whoever_is_erased_is_gone(system, relapse);
    }

    /// <summary>Day by day: what is published, what is sent, what is done in cases, and in the evening the screening.</summary>
    async Task Live(RelapseHost relapse)
    {
        var areas = await File.ReadAllLinesAsync(Path.Combine(TestServers.Root, "deploy/plan/410325/areas.csv"), cancel);
        // The made county has villages of its own in these townships.
        foreach (var cells in areas.Skip(1).Select(line => line.Split(',')).Where(cells => cells[0].Length == 9))
            await relapse.Send(CountyOffice, "/v1/areas", [new { code = cells[0], name = cells[1], nameEn = cells[2], kind = cells[3] }], cancel);
        var history = new CountyHistory(county);
        foreach (var push in history.Enrolment()) await Push(relapse, push, again: false);
        Report($"{county.Households} households enrolled");

        using var pushes = history.Years().GetEnumerator();
        var left = pushes.MoveNext();
        var sent = 0;
        for (var today = begin; today <= end; today = today.AddDays(1))
        {
            relapse.Clock.Set(today, 1);
            foreach (var rule in CountyHistory.Rules.Where(rule => rule.On == today)) await Publish(relapse, rule);
            relapse.Clock.Set(today);
            for (; left && pushes.Current.On == today; left = pushes.MoveNext())
                await Push(relapse, pushes.Current, again: sent++ % 5 == 0);
            await Work(relapse, today);
            relapse.Clock.Set(today, 21);
            if (CountyHistory.Screenings.Contains(today)) await Screen(relapse, today);
            if (today == CountyHistory.Flood.AddDays(3))
                (await relapse.As(CountyOffice).PostAsync(new Uri("/v1/rounds", UriKind.Relative), null, cancel)).EnsureSuccessStatusCode();
        }
    }

    async Task Push(RelapseHost relapse, CountyPush push, bool again)
    {
        relapse.Clock.Set(push.On);
        var known = reckoning.Take(push.On, push.Department, push.Rows);
        Assert.Equal((push.Path, push.Rows.Count - known, known), Named(await relapse.Send(push.Department, push.Path, push.Rows, cancel)));
        if (push.Path is "/v1/household-ends" or "/v1/household-changes")
        {
            // Nobody has said that the members moved or died, and a household with an open case moves by three hands.
            var waiting = (await Items(relapse.As(CountyOffice), "/v1/household-changes"))
                .Select(one => new { household = one["household"]!.GetValue<Guid>(), approved = true, document = "虚构批复", on = push.On }).ToList();
            Assert.True(waiting.Count > 0 || push.Path == "/v1/household-changes");
            if (waiting.Count > 0)
            {
                Assert.Equal((waiting.Count, 0), await relapse.Send("民政局", "/v1/household-change-reviews", waiting, cancel));
                Assert.Equal((waiting.Count, 0), await relapse.Send("信访局", "/v1/household-change-decisions", waiting, cancel));
            }
        }

        // A job that is not sure sends its file once more; what was taken back or has ended is not sent again.
        if (again && push.Path is not ("/v1/signal-withdrawals" or "/v1/household-ends"))
            Assert.Equal((push.Path, 0, push.Rows.Count), Named(await relapse.Send(push.Department, push.Path, push.Rows, cancel)));

        (string, int, int) Named((int Accepted, int Duplicates) answer) => (push.Path, answer.Accepted, answer.Duplicates);
    }

    async Task Publish(RelapseHost relapse, CountyRule rule)
    {
        reckoning.Publish(rule.Published);
        var body = JsonSerializer.SerializeToNode(rule.Published, rule.Published.GetType(), EventJson.Options)!.AsObject();
        if (rule.Corrects) body["reason"] = "公报与快报不同";
        if (rule.Published is RuleSet set)
        {
            body["reason"] = "虚构";
            body.Remove("version");
            var address = new Uri($"/v1/rule-sets/{set.Version}", UriKind.Relative);
            using var answer = await relapse.As(CountyOffice).PutAsJsonAsync(address, body, cancel);
            Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(cancel));
            return;
        }

        var path = rule.Published is IncomeLine ? "/v1/income-lines" : "/v1/reference-values";
        Assert.Equal((1, 0), await relapse.Send(CountyOffice, path, [body], cancel));
    }

    /// <summary>
    /// A month's round of cases: half of the clues are visited in vain and closed, a quarter goes through the whole procedure.
    /// </summary>
    async Task Work(RelapseHost relapse, DateOnly today)
    {
        (string Does, string After)[] chain = today.Day switch
        {
            15 => [("visits", "")],
            16 => [("closures", "visits in vain"), ("authorisations", "visits")],
            17 => [("comparisons", "authorisations")],
            18 => [("assessments", "comparisons")],
            19 => [("publicities", "assessments")],
            24 => [("publicity-ends", "publicities")],
            25 => [("township-reviews", "publicity-ends")],
            26 => [("county-decisions", "township-reviews")],
            27 => [("announcements", "county-decisions")],
            _ => [],
        };
        foreach (var (does, after) in chain)
        {
            var rows = reckoning.Homes.Values.Where(home => home.Causes.Count > 0 && home.Done == after)
                .Select(home => Next(home, does, today)).OfType<(CaseRow Row, object Body)>().ToList();
            foreach (var chunk in rows.Chunk(CountyHistory.RowsMax))
            {
                reckoning.Take(today, CountyOffice, chunk.Select(one => one.Row));
                Assert.Equal((chunk.Length, 0), await relapse.Send(HandOf(does), $"/v1/cases/{does}", chunk.Select(one => one.Body), cancel));
            }
        }
    }

    /// <summary>Who visits does not review, and who reviews does not decide.</summary>
    static string HandOf(string does) => does switch
    {
        "visits" => "信访局",
        "township-reviews" => "民政局",
        _ => CountyOffice,
    };

    (CaseRow Row, object Body)? Next(RiskReckoning.Home home, string does, DateOnly today)
    {
        var (household, lot) = (home.Id, home.Id.ToByteArray()[0] % 4);
        (CaseRow, object) Row(bool passed, object body) => (new CaseRow(household, does, passed), body);
        switch (does)
        {
            case "visits" when lot < 2: return Row(false, new { household, visitors = 2, confirmed = false, on = today });
            case "visits" when lot == 2:
                confirmed[household] = [.. home.Causes];
                return Row(true, new { household, visitors = 3, confirmed = true, causes = home.Causes, on = today });
            case "visits": return null;
            case "closures": return Row(true, new { household, reason = "入户核实无风险", on = today });
            case "authorisations": return Row(true, new { household, document = "承诺授权书", on = today });
            case "comparisons": return Row(true, new { household, consistent = true, on = today });
            case "assessments" or "township-reviews": return Row(true, new { household, passed = true, on = today });
            case "county-decisions":
                // There is a type only with an income of the last year that lies below the line, or a sudden event.
                var type = home.IncomeBefore(home.OpenedOn, today) is { } income &&
                    (income < reckoning.LineOf(home.Village, today) || confirmed[household].Exists(sudden.Contains));
                return type ? Row(true, new { household, approved = true, document = "虚构批复", on = today })
                    : Row(false, new { household, approved = false, reason = "不符合监测范围", on = today });
            default: return Row(true, new { household, on = today });
        }
    }

    async Task Screen(RelapseHost relapse, DateOnly today)
    {
        reckoning.Screen(today);
        using var started = await relapse.As(CountyOffice).PostAsJsonAsync(new Uri("/v1/screenings", UriKind.Relative), new { }, cancel);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var id = (await started.Content.ReadFromJsonAsync<JsonNode>(cancel))!["id"]!.GetValue<string>();
        for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromMinutes(5);)
        {
            var shown = await relapse.As(CountyOffice).GetFromJsonAsync<JsonNode>(new Uri($"/v1/screenings/{id}", UriKind.Relative), cancel);
            if (shown!.ToJsonString().Contains("\"completed\"", StringComparison.Ordinal)) return;
            await Task.Delay(50, cancel);
        }

        Assert.Fail("A screening did not end.");
    }

    async Task The_clues_are_those_of_the_rules(County system)
    {
        var (lines, stored) = (reckoning.Lines.ToList(), await Clues(await system.Connection("Relapse")));
        Report($"{lines.Count} clues, {reckoning.Waiting} signals without a household");
        var (missing, surplus) = (lines.Except(stored).ToList(), stored.Except(lines).ToList());
        var story = missing.Concat(surplus).FirstOrDefault() is { } first ? await Story(await system.Connection("Relapse"), first.Split(' ')[1]) : "";
        Assert.True(missing.Count + surplus.Count == 0 && lines.Count == stored.Count,
            $"{lines.Count} reckoned, {stored.Count} stored.\n" +
            $"Reckoned and not stored: {missing.Count}\n{string.Join('\n', missing.Order().Take(25))}\n" +
            $"Stored and not reckoned: {surplus.Count}\n{string.Join('\n', surplus.Order().Take(25))}\nThe first of them:\n{story}");
    }

    static async Task<string> Story(string connection, string household)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(
            "select string_agg(timestamp || ' ' || type || ' ' || data::text, E'\n' order by version) from relapse.mt_events where stream_id like '%' || $1");
        command.Parameters.Add(new NpgsqlParameter { Value = household });
        return $"{await command.ExecuteScalarAsync()}";
    }

    /// <summary>Otherwise the comparison would prove little.</summary>
    void The_history_holds_everything()
    {
        string[] everything =
        [
            " detected ", " recurred ", " receded ", "medical-share ", "medical-share-low-income", "medical-household", "petitions",
            "inpatient-lifted-out", "inpatient-ordinary", "outpatient", "education-cost", "income-below-line", "income-very-low", "disaster",
            "self_report", "cadre_survey", "urgent",
        ];
        Assert.All(everything, one => Assert.Contains(reckoning.Lines, line => line.Contains(one, StringComparison.Ordinal)));
    }

    /// <summary>The valley's villages, each with the households that the flood brought a clue; nothing else is a risk of many.</summary>
    async Task The_flood_is_a_risk_of_its_villages(County system)
    {
        var reckoned = reckoning.Lines.Select(line => line.Split(' '))
            .Where(words => words[2] == "detected" && words[6] == nameof(RiskCause.NaturalDisaster))
            .GroupBy(words => words[4], words => Guid.Parse(words[1])).Where(village => village.Count() >= 3)
            .Select(village => $"{village.Key} {string.Join(' ', village.Order())}");
        await using var database = NpgsqlDataSource.Create(await system.Connection("Relapse"));
        await using var command = database.CreateCommand(
            "select data::text from relapse.mt_events where type = 'relapse.group-risk-detected.v1'");
        var stored = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var e = JsonSerializer.Deserialize<GroupRiskDetected>(rows.GetString(0), EventJson.Options)!;
            stored.Add($"{e.Area} {string.Join(' ', e.Households.Order())}");
        }

        Assert.Equal(reckoned.Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
        Assert.Equal(SyntheticCounty.Valley.Length, stored.Count);
    }

    /// <summary>What the ledger made of the events is what Relapse makes of its own, township by township.</summary>
    async Task The_ledger_counts_the_same_cases(RelapseHost relapse, ServiceProcess evaluation)
    {
        string[] counts = ["clues", "monitored", "removing", "eliminated", "notIncluded", "ended", "reEntered"];
        var own = (await Items(relapse.As(CountyOffice), "/v1/case-load")).GroupBy(row => row["township"]!.GetValue<string>())
            .Select(town => $"{town.Key} {string.Join(' ', counts.Select(count => town.Sum(row => row[count]!.GetValue<int>())))}")
            .Order(StringComparer.Ordinal).ToList();
        var ledgers = new List<string>();
        for (var attempt = 0; attempt < 600 && !own.SequenceEqual(ledgers); attempt++)
        {
            if (attempt > 0) await Task.Delay(200, cancel);
            ledgers = [.. (await Items(evaluation.Http, "/v1/cases/load?limit=1000")).GroupBy(row => row["area"]!.GetValue<string>()).Select(town =>
            {
                int Of(params string[] states) =>
                    town.Where(row => states.Contains(row["state"]!.GetValue<string>())).Sum(row => row["cases"]!.GetValue<int>());
                return $"{town.Key} {Of("clue", "verifying")} {Of("monitored", "removing")} {Of("removing")} {Of("eliminated")} " +
                    $"{Of("closed", "not_included")} {Of("ended")} {town.Sum(row => row["reEntered"]!.GetValue<int>())}";
            }).Order(StringComparer.Ordinal)];
        }

        Assert.Equal(own, ledgers);
        Assert.True(own.Count > 10);
    }

    async Task<IEnumerable<JsonNode>> Items(HttpClient http, string path) =>
        JsonNode.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative), cancel))!["items"]!.AsArray().OfType<JsonNode>();

    static async Task<List<string>> Clues(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand("""
            select data::text, type from relapse.mt_events
            where type in ('relapse.risk-detected.v1', 'relapse.risk-recurred.v1', 'relapse.risk-receded.v1')
            """);
        var lines = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            lines.Add(Line(JsonSerializer.Deserialize(rows.GetString(0), EventTypes.ByName[rows.GetString(1)], EventJson.Options)!));
        return lines;
    }

    static string Line(object happened)
    {
        static string Crossing(string? rule, string? set, Guid? person, decimal? value, decimal? threshold, RiskInput[] inputs) => rule is null ? ""
            : $"{rule} {set} {person} {RiskReckoning.Text(value)} {RiskReckoning.Text(threshold)} " +
              $"[{string.Join("; ", inputs.Select(one => $"{one.On:yyyy-MM-dd} {RiskReckoning.Text(one.Amount)}").Order(StringComparer.Ordinal))}]";
        static string Code<T>(T value) where T : struct => JsonSerializer.Serialize(value, EventJson.Options).Trim('"');

        return happened switch
        {
            RiskDetected e => $"{e.On:yyyy-MM-dd} {e.HouseholdId} detected {e.Episode} {e.Village} {e.Category} {e.Cause} {Code(e.Channel)} " +
                (e.Emergency ? "urgent " : "") +
                Crossing(e.Rule, e.RuleSet, e.PersonId, e.Value, e.Threshold, e.Inputs),
            RiskRecurred e => $"{e.On:yyyy-MM-dd} {e.HouseholdId} recurred {e.Episode} {e.Cause} {Code(e.Channel)} " +
                Crossing(e.Rule, e.RuleSet, e.PersonId, e.Value, e.Threshold, e.Inputs),
            RiskReceded e => $"{e.On:yyyy-MM-dd} {e.HouseholdId} receded {e.Rule} {e.RuleSet} {e.PersonId} " +
                $"{RiskReckoning.Text(e.Value)} {RiskReckoning.Text(e.Release)}",
            _ => throw new NotSupportedException(happened.GetType().Name),
        };
    }

    async Task Nobody_is_given_away(County system, RelapseHost relapse, ServiceProcess evaluation, long events)
    {
        Assert.True(Interlocked.Read(ref messages) >= events, $"Of {events} events, {messages} were seen on the bus.");
        outside.Search("log of the ledger", evaluation.Log);
        await Dump(await system.Connection("Evaluation"), outside, "the ledger's database");
        Report($"{outside.Searched / 1_000_000} MB outside of Relapse searched");
        Assert.Empty(outside.Found);
        Assert.Empty(relapse.Leaks.Found);
        var inside = new LeakSearch();
        await Dump(await system.Connection("Relapse"), inside, "Relapse's database");
        Report($"{inside.Searched / 1_000_000} MB in Relapse searched");
        Assert.Empty(inside.Found);
    }

    /// <summary>Every household with persons is erased; nothing of what was sealed, and no hash, is left anywhere in the database.</summary>
    async Task Whoever_is_erased_is_gone(County system, RelapseHost relapse)
    {
        var connection = await system.Connection("Relapse");
        var secrets = new HashSet<string>();
        await using var database = NpgsqlDataSource.Create(connection);
        await using (var command = database.CreateCommand("""
            select data->>'idHash', data->>'data' from relapse.mt_doc_person
            union all select null, data->>'wrapped' from relapse.mt_doc_householdkey
            """))
        await using (var rows = await command.ExecuteReaderAsync(cancel))
            while (await rows.ReadAsync(cancel))
                for (var column = 0; column < 2; column++)
                    if (!rows.IsDBNull(column)) secrets.Add(rows.GetString(column));

        var homes = county.All.Where(one => one.Registration is Registration.AtOnce or Registration.Later).ToList();
        Assert.True(secrets.Count > 2 * homes.Sum(one => one.Members), "Too few sealed texts and hashes were found.");
        Report($"{secrets.Count} sealed texts and hashes of {homes.Count} households");
        await Parallel.ForEachAsync(homes, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel }, async (home, stop) =>
        {
            using var answer = await relapse.As(CountyOffice).PostAsJsonAsync(
                new Uri($"/v1/households/{home.Id}/erasure", UriKind.Relative), new { reason = "当事人申请删除", document = "虚构申请" }, stop);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(stop));
        });
        Report("erased");
        await using (var vacuum = database.CreateCommand("vacuum full")) await vacuum.ExecuteNonQueryAsync(cancel);
        Assert.Empty(await Left(connection, secrets));
    }

    /// <summary>Which of these texts, all of letters and digits of base64, still stand in a dump.</summary>
    async Task<List<string>> Left(string connection, HashSet<string> secrets)
    {
        var left = new List<string>();
        var words = secrets.GetAlternateLookup<ReadOnlySpan<char>>();
        using var dump = StartDump(connection);
        while (await dump.StandardOutput.ReadLineAsync(cancel) is { } line) Look(line);
        await dump.WaitForExitAsync(cancel);
        Assert.Equal(0, dump.ExitCode);
        return left;

        void Look(string line)
        {
            foreach (var word in line.AsSpan().SplitAny("\"' ,:{}[]()\\\t"))
                if (line.AsSpan(word) is { Length: > 40 } text && words.Contains(text)) left.Add(line[..Math.Min(line.Length, 200)]);
        }
    }

    static Process StartDump(string connection)
    {
        var to = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo(PgDump(), ["-h", to.Host!, "-p", $"{to.Port}", "-U", to.Username!, "--inserts", "--no-owner", to.Database!])
        {
            RedirectStandardOutput = true, Environment = { ["PGPASSWORD"] = to.Password },
        };
        return Process.Start(start)!;
    }

    async Task Dump(string connection, LeakSearch search, string where)
    {
        using var dump = StartDump(connection);
        await search.Search(where, dump.StandardOutput.BaseStream, cancel);
        await dump.WaitForExitAsync(cancel);
        Assert.Equal(0, dump.ExitCode);
    }

    static string PgDump() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetFiles("/usr/lib/postgresql", "pg_dump", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last()
        : "pg_dump";

    /// <summary>Listens to everything that Relapse says on the bus.</summary>
    async Task<IConnection> Tap(string amqp)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(amqp) }.CreateConnectionAsync(cancel);
        var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        await channel.QueueDeclareAsync("tap", durable: false, exclusive: true, autoDelete: true, cancellationToken: cancel);
        await channel.QueueBindAsync("tap", "monitoring.committed-event", "#", cancellationToken: cancel);
        await channel.QueueBindAsync("tap", "monitoring.source-pulse", "", cancellationToken: cancel);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            Interlocked.Increment(ref messages);
            outside.Search("bus", message.Body.Span);
            foreach (var (name, value) in message.BasicProperties.Headers ?? new Dictionary<string, object?>())
                outside.Search("bus", $"{name}={(value is byte[] bytes ? global::System.Text.Encoding.UTF8.GetString(bytes) : value)}");
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync("tap", autoAck: true, consumer, cancel);
        return connection;
    }

    static async Task<long> Events(County system, string schema)
    {
        await using var database = NpgsqlDataSource.Create(await system.Connection(schema));
        await using var command = database.CreateCommand($"select count(*) from {schema}.mt_events where type <> 'tombstone'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    void Report(string what) => TestContext.Current.TestOutputHelper?.WriteLine($"{watch.Elapsed.TotalSeconds:0} s: {what}");
}
