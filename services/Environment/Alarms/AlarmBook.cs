using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>What of a station is above its limit, or silent, as was said. Folded from <c>alarms/{tenant}/{mn}</c>.</summary>
public sealed record AlarmBook : IState<AlarmBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>Episodes that go on, by pollutant.</summary>
    public ImmutableSortedDictionary<string, LimitExceeded> Open { get; init; } = ImmutableSortedDictionary<string, LimitExceeded>.Empty;

    /// <summary>End of the last episode that is over, by pollutant.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> EndedAt { get; init; } = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;

    /// <summary>The silence that goes on.</summary>
    public StationSilent? Silent { get; init; }

    public AlarmBook Evolve(object happened) => happened switch
    {
        LimitExceeded e => this with { Open = Open.SetItem(e.Pollutant, e) },
        ExceedanceEnded e => this with { Open = Open.Remove(e.Pollutant), EndedAt = EndedAt.SetItem(e.Pollutant, e.Until) },
        StationSilent e => this with { Silent = e },
        StationHeard => this with { Silent = null },
        _ => this,
    };

    internal static readonly Type[] Events = [typeof(LimitExceeded), typeof(ExceedanceEnded), typeof(StationSilent), typeof(StationHeard)];

    internal static string Stream(string tenant, string mn) => $"alarms/{tenant}/{mn}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/alarms", async (
        Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var books = await session.Query<AlarmBook>().OrderBy(book => book.Id).ToListAsync(cancel);
        return new Listing<Entry>(
        [
            .. books.SelectMany(book => book.Open.Values).Select(one => new Entry(one.Mn, one.Pollutant, one.From, one.Peak, one.Limit, one.Standard)),
            .. books.Select(book => book.Silent).OfType<StationSilent>().Select(one => new Entry(one.Mn, null, one.LastReadingAt, null, null, null)),
        ], null);
    }).RequireRight("environment:read").ProducesPage<Entry>();

    /// <summary>What goes on now.</summary>
    /// <param name="Mn">Station.</param>
    /// <param name="Pollutant">What is above its limit; null for a silent station.</param>
    /// <param name="Since">Since when.</param>
    /// <param name="Peak">Highest value when it was said.</param>
    /// <param name="Limit">The limit.</param>
    /// <param name="Standard">Version of the standard.</param>
    public sealed record Entry(string Mn, string? Pollutant, DateTimeOffset Since, decimal? Peak, decimal? Limit, string? Standard);
}
