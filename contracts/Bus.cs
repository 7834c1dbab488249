using System.Text.Json;

namespace Monitoring.Contracts;

/// <summary>
/// One committed event on its way from a service's store to everybody else. Attribute names follow CloudEvents 1.0
/// where it has one. Delivery is at least once; inside one stream, <see cref="Version"/> tells duplicates and gaps.
/// </summary>
/// <param name="Id">Event id (UUIDv7), also the bus message id.</param>
/// <param name="Type">Wire name with version, e.g. <c>indicators.value-reported.v1</c>.</param>
/// <param name="Source">The publishing service, e.g. <c>indicators</c>.</param>
/// <param name="Tenant">County, GB/T 2260 code, e.g. <c>410325</c>.</param>
/// <param name="Stream">Stream key, e.g. <c>indicator/410325/gdp</c>.</param>
/// <param name="Version">1-based position in the stream; contiguous.</param>
/// <param name="Sequence">Position in the source's store; rising, with holes.</param>
/// <param name="Time">When the source committed to recording it, UTC.</param>
/// <param name="Actor">Who said so: <c>{department}/{key or person}</c>.</param>
/// <param name="Receipt">The import receipt or command that carried it.</param>
/// <param name="Trace">W3C trace id of the request.</param>
/// <param name="Data">The event record as the source stored it.</param>
public sealed record CommittedEvent(
    Guid Id, string Type, string Source, string Tenant, string Stream, long Version, long Sequence, DateTimeOffset Time,
    string? Actor, string? Receipt, string? Trace, JsonElement Data);

/// <summary>Asks a service to publish one stream again from a version on, because somebody misses events of it.</summary>
public sealed record RepublishRequested(string Tenant, string Stream, long FromVersion);

/// <summary>A service's regular word on how much it has committed, so that a listener knows how far it lags.</summary>
/// <param name="Source">The service.</param>
/// <param name="Events">Events in its store up to the point that its outbox may read.</param>
/// <param name="Unpublished">Of these, the ones its outbox has not yet handed to the bus.</param>
/// <param name="LatestAt">When the newest of them was recorded, UTC; null in an empty store.</param>
/// <param name="SentAt">UTC.</param>
/// <param name="DeadLetters">Messages in the error queues of its endpoints, which it could not take in.</param>
public sealed record SourcePulse(
    string Source, long Events, long Unpublished, DateTimeOffset? LatestAt, DateTimeOffset SentAt, long DeadLetters = 0);

/// <summary>The ledger's regular word on how far it has come.</summary>
/// <param name="Events">Events in it.</param>
/// <param name="Behind">The source that it is behind most; null where it is behind none.</param>
/// <param name="LagSeconds">For how long it has been behind that source.</param>
/// <param name="Gaps">Streams of which something is missing.</param>
/// <param name="DeadLetters">Messages that it could not take in, those of its error queues included.</param>
/// <param name="SentAt">UTC.</param>
public sealed record LedgerPulse(long Events, string? Behind, double LagSeconds, int Gaps, long DeadLetters, DateTimeOffset SentAt);

/// <summary>Asks a service to state a county's events so that somebody can compare them with his own copy: counts and hashes per bucket of streams.</summary>
/// <param name="Tenant">County.</param>
/// <param name="UpTo">Only events that were recorded up to then, UTC.</param>
public sealed record StatementRequested(string Tenant, DateTimeOffset UpTo);

/// <summary>What a service holds of a county, coarsely; buckets without an event are left out.</summary>
/// <param name="Source">The service.</param>
/// <param name="Buckets">By number.</param>
public sealed record Statement(string Source, IReadOnlyList<BucketTotal> Buckets);

/// <summary>The streams whose key's MD5 begins with these 12 bits.</summary>
/// <param name="Bucket">0 to 4,095.</param>
/// <param name="Events">How many.</param>
/// <param name="Hash">Exclusive-or of the events' hashes, 128 bits in hexadecimal; their order does not matter.</param>
public sealed record BucketTotal(int Bucket, long Events, string Hash);

/// <summary>Asks for a statement stream by stream.</summary>
/// <param name="Tenant">County.</param>
/// <param name="UpTo">Only events that were recorded up to then, UTC.</param>
/// <param name="Buckets">Only streams of these buckets.</param>
public sealed record StreamStatementRequested(string Tenant, DateTimeOffset UpTo, IReadOnlyList<int> Buckets);

/// <summary>What a service holds of the streams asked for.</summary>
public sealed record StreamStatement(string Source, IReadOnlyList<StreamTotal> Streams);

/// <summary>One stream.</summary>
/// <param name="Stream">Stream key.</param>
/// <param name="Events">How many.</param>
/// <param name="LastVersion">Highest version among them.</param>
/// <param name="Hash">As in <see cref="BucketTotal"/>.</param>
public sealed record StreamTotal(string Stream, long Events, long LastVersion, string Hash);

/// <summary>Asks for a statement event by event, whenever they were recorded.</summary>
/// <param name="Tenant">County.</param>
/// <param name="Ranges">Which versions of which streams.</param>
public sealed record VersionStatementRequested(string Tenant, IReadOnlyList<VersionRange> Ranges);

/// <summary>Versions of a stream, both ends included.</summary>
public sealed record VersionRange(string Stream, long From, long To);

/// <summary>What a service holds of the versions asked for.</summary>
public sealed record VersionStatement(string Source, IReadOnlyList<StatedVersion> Versions);

/// <summary>One event.</summary>
/// <param name="Stream">Stream key.</param>
/// <param name="Version">Place in it.</param>
/// <param name="Id">Event id.</param>
/// <param name="Type">Wire name.</param>
/// <param name="Time">When it was recorded, UTC.</param>
/// <param name="Hash">Hash of all that, its actor, its receipt and its data; 128 bits in hexadecimal.</param>
public sealed record StatedVersion(string Stream, long Version, Guid Id, string Type, DateTimeOffset Time, string Hash);
