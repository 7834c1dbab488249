using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Monitoring.Simulator;
using Npgsql;

namespace Monitoring.System.Tests;

/// <summary>
/// Two instances listen to devices on one database, and two counties register stations through them: what one instance took, the other
/// knows at once. No password, and no hash of one that could be guessed, lies in a store or in the ledger.
/// </summary>
public sealed class DeviceCountiesTests
{
    const string Mn = "410325000000000000008001";
    const string OthersMn = "410326000000000000008002";
    const string Password = "Zq7Xw9";
    const string NewPassword = "Vk3Yb8";

    static readonly TimeSpan soon = TimeSpan.FromSeconds(60);
    static readonly TimeSpan moment = TimeSpan.FromMilliseconds(600);

    static async Task<JsonElement> Register(HttpClient http, string mn, string password, HttpStatusCode expected)
    {
        using var body = new StringContent(
            $$"""{"name":"站","medium":"air","area":"410325100","units":{"a34004":"μg/m3"},"password":"{{password}}"}""",
            Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var answer = await http.PutAsync(new Uri($"/v1/stations/{mn}", UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    [Fact]
    public async Task What_one_instance_registers_the_other_knows_at_once_and_the_password_goes_nowhere()
    {
        var cancel = TestContext.Current.CancellationToken;
        var servers = await TestServers.Shared;
        var (keys, amqp) = (new TestKeys(), await servers.CreateVirtualHost());
        var (environment, ledger) = (await servers.CreateDatabase("environment"), await servers.CreateDatabase("evaluation"));
        var ports = new[] { DeviceLine.FreePort(), DeviceLine.FreePort() };
        await using var evaluation = await ServiceProcess.Start("Evaluation", ledger, amqp, keys);
        await using var first = await ServiceProcess.Start("Environment", environment, amqp, keys, true, ("Hj212__Port", $"{ports[0]}"));
        await using var second = await ServiceProcess.Start(
            "Environment", environment, amqp, new TestKeys().Beside(keys, "410326"), migrate: false, ("Hj212__Port", $"{ports[1]}"));
        using var atFirst = await DeviceLine.Open(ports[0], cancel);
        using var atSecond = await DeviceLine.Open(ports[1], cancel);

        async Task<string?> Say(DeviceLine line, string mn, string password, int hour, TimeSpan within)
        {
            await line.Send(Wire.Packet(DeviceLine.Hour(
                mn, $"202503010900000{hour:00}", $"20250301{hour:00}0000", $"a34004-Avg={hour},a34004-Flag=N", password)), cancel);
            return await line.Answer(within, cancel);
        }

        await Register(first.Http, Mn, Password, HttpStatusCode.Created);
        Assert.NotNull(await Say(atSecond, Mn, Password, 1, soon));
        Assert.NotNull(await Say(atFirst, Mn, Password, 2, soon));

        // Set anew at one, the old one is worth nothing at the other; the registration itself has not changed.
        await Register(first.Http, Mn, NewPassword, HttpStatusCode.Created);
        Assert.Null(await Say(atSecond, Mn, Password, 3, moment));
        Assert.NotNull(await Say(atSecond, Mn, NewPassword, 4, soon));
        Assert.NotNull(await Say(atFirst, Mn, NewPassword, 5, soon));
        await Register(first.Http, Mn, NewPassword, HttpStatusCode.OK);

        // A packet names no county, so an MN belongs to one; its devices may call on any instance.
        var taken = await Register(second.Http, Mn, Password, HttpStatusCode.Conflict);
        Assert.Equal("mn-taken", taken.GetProperty("code").GetString());
        await Register(second.Http, OthersMn, Password, HttpStatusCode.Created);
        Assert.NotNull(await Say(atFirst, OthersMn, Password, 1, soon));
        Assert.Contains("\"a34004\"", await second.Http.GetStringAsync(new Uri($"/v1/stations/{OthersMn}/days/2025-03-01", UriKind.Relative), cancel), StringComparison.Ordinal);

        var events = (await Databases.Events(environment, "environment")).Where(one => one.Stream.StartsWith("station/", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, events.Count(one => one.Type == "environment.station-password-set.v1"));
        await County.Settled(evaluation, "environment", events.Count);
        var told = new[] { Password, NewPassword }.SelectMany(password => Traces(password)).ToList();
        Assert.Contains("environment.mt_events", await Found(environment, [Mn], except: ""));
        // A raw packet that has been refused holds what the device sent, for the operator who plays it again.
        Assert.Empty(await Found(environment, told, except: "mt_doc_quarantinedpacket"));
        Assert.Empty(await Found(ledger, told, except: ""));
        Assert.DoesNotContain(Password, await second.Http.GetStringAsync(new Uri("/v1/quarantine", UriKind.Relative), cancel), StringComparison.Ordinal);
        foreach (var instance in new[] { first, second, evaluation }) Assert.All(told, trace => Assert.DoesNotContain(trace, instance.Log, StringComparison.Ordinal));
    }

    /// <summary>The password as text, as bytes are shown, and by the hashes that anybody could try all passwords with.</summary>
    static IEnumerable<string> Traces(string password) =>
    [
        password, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(password)), Convert.ToBase64String(Encoding.UTF8.GetBytes(password)),
        .. new[] { password, $"{Mn}:{password}", $"{Mn}/{password}", $"410325/{Mn}/{password}" }
            .Select(text => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))),
    ];

    /// <summary>Every table of a database that holds one of these texts.</summary>
    static async Task<List<string>> Found(string connection, List<string> texts, string except)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        var tables = new List<string>();
        await using (var command = database.CreateCommand(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"))
        await using (var rows = await command.ExecuteReaderAsync())
            while (await rows.ReadAsync()) tables.Add(rows.GetString(0));
        Assert.Contains(tables, table => table.EndsWith(".mt_events", StringComparison.Ordinal));

        var found = new List<string>();
        foreach (var table in tables.Where(table => except.Length == 0 || !table.EndsWith(except, StringComparison.Ordinal)))
        {
            await using var command = database.CreateCommand(
                $"select count(*) from {table} one where exists (select from unnest($1) text where position(text in one::text) > 0)");
            command.Parameters.Add(new NpgsqlParameter { Value = texts.ToArray() });
            if (await command.ExecuteScalarAsync() is not 0L) found.Add(table);
        }

        return found;
    }
}
