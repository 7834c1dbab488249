using Monitoring.Benchmarks;
using Monitoring.Testing;
using Npgsql;

// Measures what the system does per second against a bare baseline, both in this one run on servers of its own.
// Usage: dotnet run --project tests/Benchmarks -c Release [ingest] [ledger] [rebuild] [figures] [screening] [devices] [proof] [alerts] [asof] [replay]
string[] chosen = args.Length > 0 ? args : ["ingest", "ledger", "rebuild", "figures", "screening", "devices", "proof", "alerts", "asof", "replay"];
var report = new Report();
var servers = await TestServers.Start();
try
{
    // Commit times of both stores' rows are what lag is measured by.
    await using (var database = NpgsqlDataSource.Create(await servers.Superuser()))
    await using (var setting = database.CreateCommand("alter system set track_commit_timestamp = on"))
        await setting.ExecuteNonQueryAsync();
    await servers.KillPostgres();
    await servers.StartPostgres();

    if (chosen.Contains("ingest")) await Ingest.Run(servers, report);
    if (chosen.Contains("ledger")) await ToLedger.Run(servers, report);
    if (chosen.Contains("rebuild")) await Rebuild.Run(servers, report);
    if (chosen.Contains("figures")) await Figures.Run(servers, report);
    if (chosen.Contains("screening")) await Screening.Run(servers, report);
    if (chosen.Contains("devices")) await DeviceTraffic.Run(servers, report);
    if (chosen.Contains("proof")) await Proof.Run(servers, report);
    if (chosen.Contains("alerts")) await Alerts.Run(servers, report);
    if (chosen.Contains("asof") || chosen.Contains("replay"))
        await LedgerOfSize.Run(servers, report, chosen.Contains("asof"), chosen.Contains("replay"));
    report.Print();
}
finally
{
    await servers.Stop();
}
