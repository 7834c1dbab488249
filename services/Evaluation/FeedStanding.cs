using System.Collections.Immutable;
using JasperFx.Events;
using Monitoring.Contracts.Alerting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>A feed that is late (迟报, 漏报) or does not change any more (数据不变): figures that depend on it may be out of date.</summary>
/// <param name="Contract">The reporting contract (报送约定).</param>
/// <param name="Department">Who owes it.</param>
/// <param name="Why"><c>late</c> or <c>flat</c>.</param>
/// <param name="Since">The day it was noticed.</param>
/// <param name="Title">The same in words.</param>
public sealed record StaleFeed(string Contract, string Department, string Why, DateOnly Since, string Title);

/// <summary>What one stream of the ledger says of feeds: what departments owe, or the alert on one of them.</summary>
public sealed record FeedStanding
{
    /// <summary>Its name in the kept history.</summary>
    internal const string View = "feeds";

    /// <summary>What it is made of.</summary>
    internal static readonly Type[] Types = [typeof(ReportingContractSet), typeof(AlertRaised), typeof(AlertReopened), typeof(AlertResolved)];

    const string Flat = "/flat";

    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>What departments owe, by the contract's name.</summary>
    public ImmutableSortedDictionary<string, ReportingContract> Contracts { get; init; } = ImmutableSortedDictionary<string, ReportingContract>.Empty;

    /// <summary>The alert on a feed; null in a stream of contracts.</summary>
    public AlertRaised? Alert { get; init; }

    /// <summary>Since when it has been open; null once it ended.</summary>
    public DateOnly? Since { get; init; }

    internal static FeedStanding? Evolve(FeedStanding? known, string stream, IEvent happened) => happened.Data switch
    {
        ReportingContractSet e when (known ?? new FeedStanding { Id = stream }) is var standing =>
            standing with { Contracts = standing.Contracts.SetItem(e.Contract.Name, e.Contract) },
        AlertRaised { Kind: AlertKind.FeedLate } e => new FeedStanding { Id = stream, Alert = e, Since = e.On },
        AlertReopened e => known is null ? null : known with { Since = e.On },
        AlertResolved => known is null ? null : known with { Since = null },
        _ => known,
    };

    /// <summary>The feeds that are not as they should be, each with its contract.</summary>
    internal static async Task<IReadOnlyList<(ReportingContract Contract, StaleFeed Feed)>> Stale(
        NpgsqlDataSource database, string tenant, AsOf asOf, bool english, CancellationToken cancel)
    {
        var all = await StandingHistory.Read<FeedStanding>(database, tenant, View, asOf, cancel);
        var contracts = all.SelectMany(one => one.Contracts.Values).ToDictionary(one => one.Name);
        return
        [
            .. all.Where(one => one is { Alert: not null, Since: not null }).Select(one => (Alert: one.Alert!, Since: one.Since!.Value))
                .Select(one => (one.Alert, one.Since, IsFlat: one.Alert.Subject.EndsWith(Flat, StringComparison.Ordinal)))
                .Select(one => (Contract: contracts.GetValueOrDefault(one.IsFlat ? one.Alert.Subject[..^Flat.Length] : one.Alert.Subject), one.Alert, one.Since, one.IsFlat))
                .Where(one => one.Contract is not null).OrderBy(one => one.Contract!.Name, StringComparer.Ordinal).ThenBy(one => one.IsFlat)
                .Select(one => (one.Contract!, new StaleFeed(
                    one.Contract!.Name, one.Contract.Department, one.IsFlat ? "flat" : "late", one.Since, english ? one.Alert.TitleEn : one.Alert.Title))),
        ];
    }

    /// <summary>Those that a figure depends on; null where there are none.</summary>
    /// <param name="stale">All that are not as they should be.</param>
    /// <param name="source">The service whose events the figure is made of.</param>
    /// <param name="stream">The figure's stream; null where it is made of many.</param>
    /// <param name="department">Who reports the figure (数据来源单位); null where anybody may.</param>
    internal static IReadOnlyList<StaleFeed>? Behind(
        IReadOnlyList<(ReportingContract Contract, StaleFeed Feed)> stale, string source, string? stream, string? department)
    {
        var found = stale.Where(one => one.Contract.Feed.StartsWith(source + ".", StringComparison.Ordinal) &&
            (one.Contract.Stream is { } of ? stream is null || stream.StartsWith(of, StringComparison.Ordinal) : department is null || department == one.Contract.Department))
            .Select(one => one.Feed).ToList();
        return found.Count == 0 ? null : found;
    }
}
