using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Monitoring.Contracts.Indicators;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// One version of a view of the ledger. A changed fold is a new version: it is registered beside the old one, catches up into tables of its
/// own, and is read by a county once somebody there has signed it. A version that no county reads any more is taken out of the list.
/// </summary>
public sealed class View
{
    /// <summary>The versions that this release keeps.</summary>
    public static IReadOnlyList<View> Shipped { get; } =
    [
        Of<IndicatorStanding>(IndicatorStandings.View, 1, IndicatorStandings.Types, IndicatorStandings.Evolve),
        Of<VerdictRuleStanding>(VerdictRuleStandings.View, 1, [typeof(VerdictRulesPublished)], VerdictRuleStandings.Evolve),
        Of<ProjectStanding>(ProjectStandings.View, 1, ProjectStandings.Types, ProjectStandings.Evolve),
        Of<CaseStanding>(CaseStanding.View, 1, CaseStanding.Types, CaseStanding.Evolve, CaseKind.Of),
        Of<StationStanding>(StationStanding.View, 1, StationStanding.Types, StationStanding.Evolve),
        Of<FeedStanding>(FeedStanding.View, 1, FeedStanding.Types, FeedStanding.Evolve),
    ];

    readonly Action<StoreOptions, NpgsqlDataSource> add;

    View(string name, int version, IReadOnlyList<Type> types, bool isCounted, Action<StoreOptions, NpgsqlDataSource> add) =>
        (Name, Version, Types, IsCounted, this.add) = (name, version, types, isCounted, add);

    /// <summary>Stable code, e.g. <c>indicators</c>.</summary>
    public string Name { get; }

    /// <summary>From 1, rising.</summary>
    public int Version { get; }

    /// <summary>Events that it is made of.</summary>
    public IReadOnlyList<Type> Types { get; }

    /// <summary>True where its standings are also counted by kind.</summary>
    public bool IsCounted { get; }

    /// <summary>Its name in the event store, which admits one projection of a name in a process.</summary>
    public string Projection => Version == 1 ? $"{Name}-history" : $"{Name}-history-{Version}";

    /// <summary>Where its rows lie.</summary>
    internal string Table => StandingHistory.TableOf(Name, Version);

    /// <summary>Where its certificates lie.</summary>
    internal string Days => $"{Table}_days";

    /// <summary>A version of a view.</summary>
    /// <param name="name">Stable code.</param>
    /// <param name="version">From 1.</param>
    /// <param name="types">Events that it is made of.</param>
    /// <param name="fold">What an event makes of a standing; null or the same where it says nothing to it.</param>
    /// <param name="kinds">As what a standing counts, where standings are counted: a text for each kind that it is one of.</param>
    public static View Of<TStanding>(
        string name, int version, IReadOnlyList<Type> types, Func<TStanding?, string, IEvent, TStanding?> fold,
        Func<TStanding, IEnumerable<string>>? kinds = null)
        where TStanding : class
    {
        View? view = null;
        return view = new(name, version, types, kinds is not null, (options, database) =>
            options.Projections.Add(new StandingHistory<TStanding>(view!, fold, database, kinds), ProjectionLifecycle.Async));
    }

    /// <summary>Registers the version with a store.</summary>
    /// <param name="options">The store.</param>
    /// <param name="database">The ledger's database, in which its rows lie.</param>
    public void AddTo(StoreOptions options, NpgsqlDataSource database) => add(options, database);

    /// <summary>What the views keep beyond what the store itself knows of, and which versions there are.</summary>
    /// <param name="views">All that are registered.</param>
    public static string Schema(IReadOnlyCollection<View> views) => $"""
        create table if not exists evaluation.view_version (name varchar not null, version int not null, primary key (name, version));
        delete from evaluation.view_version;
        insert into evaluation.view_version values {string.Join(", ", views.Select(view => $"('{view.Name}', {view.Version})"))};
        create table if not exists evaluation.view_failure (
            name varchar not null, version int not null, position bigint not null, event_id uuid not null, type varchar not null,
            tenant_id varchar not null, stream varchar not null, error varchar not null, failed_at timestamptz not null, primary key (name, version));
        create table if not exists evaluation.view_check (
            name varchar not null, version int not null, tenant_id varchar not null, day date not null, position bigint not null, why varchar,
            checked_at timestamptz not null, primary key (name, version, tenant_id, day));

        """ + string.Concat(views.Select(StandingHistory.Schema));
}
