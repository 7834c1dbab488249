using Monitoring.Contracts;

namespace Monitoring.Evaluation.Reconcile;

/// <summary>A comparison of the sources' own stores with what the ledger holds of them, for one county, as asked for and as it came out.</summary>
public sealed record Reconciliation
{
    /// <summary>Differences that are kept; beyond, they are only counted.</summary>
    public const int DifferencesMax = 1_000;

    public Guid Id { get; init; }

    /// <summary>County.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Who asked; <c>nightly</c> for that of the night, <c>command</c> for the command line.</summary>
    public string AskedBy { get; init; } = "";

    /// <summary>UTC.</summary>
    public DateTimeOffset AskedAt { get; init; }

    /// <summary>UTC; null while it waits or runs.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>Only events that their source had recorded by then count as missing: younger ones may be on their way. UTC.</summary>
    public DateTimeOffset? UpTo { get; init; }

    /// <summary>Per source, by name.</summary>
    public IReadOnlyList<ReconciledSource> Sources { get; init; } = [];

    /// <summary>The first 1,000 differences, the repaired ones last.</summary>
    public IReadOnlyList<Difference> Differences { get; init; } = [];

    /// <summary>True when all sources and the ledger hold the same now; false when they do not; null while that is not known of all.</summary>
    public bool? Equal => DoneAt is null ? null
        : Sources.Any(source => source.Equal == false) ? false
        : Sources.All(source => source.Equal == true) ? true : null;

    /// <summary>The first difference that is still there.</summary>
    internal Difference? Standing => Differences.FirstOrDefault(difference => !difference.Repaired);
}

/// <summary>How one source and the ledger compared.</summary>
/// <param name="Source">The service.</param>
/// <param name="SourceEvents">Events that it states, up to the instant of the reconciliation.</param>
/// <param name="LedgerEvents">Events of it in the ledger, likewise, before anything was repaired.</param>
/// <param name="Buckets">Of 4,096 buckets of streams, how many differed.</param>
/// <param name="Streams">How many streams differed.</param>
/// <param name="Missing">Events that the source has and the ledger had not.</param>
/// <param name="Extra">Events that the ledger has and the source has not.</param>
/// <param name="Differing">Events that both have, and not the same.</param>
/// <param name="Repaired">Of the missing ones, how many the ledger has now.</param>
/// <param name="Trouble">Why it could not be compared to the end; null when it could.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record ReconciledSource(
    string Source, long SourceEvents, long LedgerEvents, int Buckets, int Streams, long Missing, long Extra, long Differing, long Repaired,
    string? Trouble, double Seconds)
{
    public bool? Equal => Missing + Extra + Differing > Repaired ? false : Trouble is null ? true : null;
}

/// <summary>In what a source and the ledger differ.</summary>
public enum DifferenceKind
{
    /// <summary>The source has it, the ledger has not.</summary>
    Missing,

    /// <summary>The ledger has it, the source has not.</summary>
    Extra,

    /// <summary>Both have an event at this place, and not the same.</summary>
    Differs,
}

/// <summary>One event that a source and the ledger do not hold alike.</summary>
/// <param name="Kind">In what way.</param>
/// <param name="Source">The service.</param>
/// <param name="Stream">Stream key.</param>
/// <param name="Version">Place in it.</param>
/// <param name="EventId">Id, as the source has it; of an extra one as the ledger has it.</param>
/// <param name="Type">Wire name, likewise.</param>
/// <param name="Time">When it was recorded at the source, UTC, likewise.</param>
/// <param name="Repaired">True when the ledger has recorded it since.</param>
/// <param name="What">In words.</param>
public sealed record Difference(
    DifferenceKind Kind, string Source, string Stream, long Version, Guid EventId, string Type, DateTimeOffset Time, bool Repaired, string What)
{
    /// <summary>Compares what both state of the same versions. What the source recorded after <paramref name="upTo"/> may still be on its way.</summary>
    public static List<Difference> Between(
        string source, IEnumerable<StatedVersion> stated, IEnumerable<StatedVersion> ledger, DateTimeOffset upTo)
    {
        var held = ledger.ToDictionary(row => (row.Stream, row.Version));
        var found = new List<Difference>();
        foreach (var one in stated)
        {
            if (!held.Remove((one.Stream, one.Version), out var row))
            {
                if (one.Time <= upTo)
                    found.Add(Of(DifferenceKind.Missing, one, "The ledger lacks this event."));
            }
            else if (row.Id != one.Id)
            {
                found.Add(Of(DifferenceKind.Differs, one, $"The ledger holds another event in this place, {row.Id}."));
            }
            else if (row.Hash != one.Hash)
            {
                found.Add(Of(DifferenceKind.Differs, one, "Type, time, actor, receipt or content of this event are not the same in the source and the ledger."));
            }
        }

        found.AddRange(held.Values.Select(row => Of(DifferenceKind.Extra, row, "The source knows nothing of this event.")));
        return [.. found.OrderBy(one => one.Stream, StringComparer.Ordinal).ThenBy(one => one.Version)];

        Difference Of(DifferenceKind kind, StatedVersion one, string what) =>
            new(kind, source, one.Stream, one.Version, one.Id, one.Type, one.Time, false, what);
    }
}
