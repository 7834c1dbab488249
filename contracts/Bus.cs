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
