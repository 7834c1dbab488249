using System.Collections.Immutable;
using JasperFx.Events.Projections;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Which version of a view a county reads, and what people let it go on without. Folded from the stream <c>projection/{tenant}/{view}</c>,
/// which the ledger itself says.
/// </summary>
public sealed record Reading : IState<Reading>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The version that was signed last; null where none was, and the lowest there is is read.</summary>
    public int? Version { get; init; }

    /// <summary>Events left out.</summary>
    public ImmutableList<Omission> Omitted { get; init; } = [];

    public Reading Evolve(object happened) => happened switch
    {
        ProjectionTakenOver e => this with { Version = e.To },
        ProjectionEventSkipped e => this with { Omitted = Omitted.Add(new(e.Version, e.Position, e.Stream)) },
        _ => this,
    };

    /// <summary>An event that a version goes on without.</summary>
    /// <param name="Version">The version.</param>
    /// <param name="Position">Ledger position of the event.</param>
    /// <param name="Stream">Its stream.</param>
    public sealed record Omission(int Version, long Position, string Stream);

    internal static readonly Refusal Unknown = Refusal.Unknown("projection-unknown", "没有此视图或此版本。", "There is no such view or version.", "name");

    internal static string Stream(string tenant, string view) => $"projection/{tenant}/{view}";

    internal static void Configure(StoreOptions store) => store.Projections.Add(
        new Kept<Reading>([typeof(ProjectionTakenOver), typeof(ProjectionEventSkipped)]), ProjectionLifecycle.Live);

    /// <summary>SQL condition on an event <c>e</c>: it is of this kind and about this view of this county.</summary>
    internal static string Says<TEvent>(string tenant, string view) =>
        $"e.tenant_id = {tenant} and e.stream_id = 'projection/' || {tenant} || '/' || {view} and e.type = '{EventTypes.NameOf(typeof(TEvent))}'";

    /// <summary>The version that a county reads: the one that was signed, while there is such a version; else the lowest.</summary>
    internal static async Task<int> VersionOf(NpgsqlDataSource database, string tenant, string view, CancellationToken cancel) =>
        (await VersionsOf(database, tenant, [view], cancel))[0];

    /// <summary>The same of several views, in their order, in one round trip.</summary>
    internal static async Task<int[]> VersionsOf(NpgsqlDataSource database, string tenant, string[] views, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select coalesce(
                (select v.version from evaluation.view_version v where v.name = r.name and v.version = (
                    select (e.data->>'to')::int from evaluation.mt_events e where {Says<ProjectionTakenOver>("$1", "r.name")} order by e.seq_id desc limit 1)),
                (select min(version) from evaluation.view_version where name = r.name), 1)
            from unnest($2) with ordinality r (name, place) order by r.place
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = views });
        var versions = new List<int>(views.Length);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) versions.Add(rows.GetInt32(0));
        return [.. versions];
    }

    /// <summary>A version of a view; the one that the county reads where none is named.</summary>
    internal static async Task<View?> Find(
        NpgsqlDataSource database, IEnumerable<View> views, string tenant, string name, int? version, CancellationToken cancel)
    {
        var wanted = version ?? await VersionOf(database, tenant, name, cancel);
        return views.FirstOrDefault(view => view.Name == name && view.Version == wanted);
    }
}
