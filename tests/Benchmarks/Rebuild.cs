using System.Diagnostics;
using System.Globalization;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;
using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Evaluation;
using Monitoring.Hosting;
using Monitoring.Testing;
using Npgsql;

namespace Monitoring.Benchmarks;

/// <summary>
/// Rebuild of all of Evaluation's views with their history and certificates from the ledger, against Marten's rebuild of a projection that only counts the
/// events of each stream, on the same events in the same store.
/// </summary>
static class Rebuild
{
    const int Streams = 2_000;
    const int EventsPerStream = 100;
    const int Rounds = 3;

    public static async Task Run(TestServers servers, Report report)
    {
        var connection = await servers.CreateDatabase("rebuild");
        await using var database = NpgsqlDataSource.Create(connection);
        using var store = DocumentStore.For(options =>
        {
            options.Connection(connection);
            ServiceHost.ConfigureStore(options, "evaluation", TimeProvider.System);
            Ledger.Configure(options);
            foreach (var view in View.Shipped) view.AddTo(options, database);
            options.Projections.Add(new Counts(), ProjectionLifecycle.Async);
        });
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await using (var schema = database.CreateCommand(View.Schema(View.Shipped))) await schema.ExecuteNonQueryAsync();
        await Fill(store);

        var (views, counting) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var ours = await Rate(store, [.. View.Shipped.Select(view => view.Projection)]);
            var theirs = await Rate(store, nameof(Count));
            if (round == 0) continue;
            views.Add(ours);
            counting.Add(theirs);
        }

        report.Add("events rebuilt into all views", Ingest.Median(views), Ingest.Median(counting), 0.5, "baseline: a counting projection");
        report.Peak("Benchmarks (rebuild)", Environment.ProcessId);
    }

    static async Task<double> Rate(DocumentStore store, params string[] projections)
    {
        var watch = Stopwatch.StartNew();
        using var daemon = (IDisposable)await store.BuildProjectionDaemonAsync();
        await DaemonHost.Rebuild((JasperFx.Events.Daemon.IProjectionDaemon)daemon, projections, CancellationToken.None);
        return Streams * EventsPerStream / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Half indicators with months of values, half projects with months of investment, as years of reports would lie there.</summary>
    static async Task Fill(DocumentStore store)
    {
        for (var from = 0; from < EventsPerStream; from += 10)
        {
            foreach (var block in Enumerable.Range(0, Streams).Chunk(100))
            {
                await using var session = store.LightweightSession(TestKeys.Tenant);
                foreach (var number in block)
                {
                    var indicator = number % 2 == 0;
                    session.Events.Append(
                        $"{(indicator ? "indicator" : "project")}/{TestKeys.Tenant}/{number}",
                        Enumerable.Range(from, 10).Select(version => indicator ? OfIndicator(number, version) : OfProject(number, version)));
                }

                await session.SaveChangesAsync();
            }
        }
    }

    static object OfIndicator(int number, int version) => version == 0
        ? new IndicatorDefined($"{number}", "指标", "Indicator", "亿元", Nature.Expected, Direction.Increase, "fyp14", "专栏2/1", null, [], 1, null)
        : new ValueReported($"{number}", Month(version), version, ValueStatus.Final, null, null);

    static object OfProject(int number, int version) => version == 0
        ? new ProjectRegistered($"{number}", "项目", ProjectKind.Project, 5, "重大工业项目", 1, null, 1, Stage.Planned, [])
        : new InvestmentReported($"{number}", Month(version), Money.Yuan(version, "万元"));

    static string Month(int version) => string.Create(CultureInfo.InvariantCulture, $"{2015 + version / 12}-{version % 12 + 1:00}");
}

/// <summary>The baseline: how many events a stream has.</summary>
public sealed record Count
{
    public string Id { get; init; } = "";

    public int Events { get; init; }
}

/// <summary>Builds <see cref="Count"/>.</summary>
public sealed partial class Counts : SingleStreamProjection<Count, string>
{
    public override Count? Evolve(Count? snapshot, string id, IEvent e)
    {
        var count = snapshot ?? new Count { Id = id };
        return count with { Events = count.Events + 1 };
    }
}
