namespace Monitoring.Contracts.Evaluation;

/// <summary>A person let a view go on without an event on which it failed. The view is not complete from then on, and says so.</summary>
/// <param name="Projection">The view, e.g. <c>indicators</c>.</param>
/// <param name="Version">Its version.</param>
/// <param name="Position">Ledger position of the event.</param>
/// <param name="EventId">Its id.</param>
/// <param name="EventType">Its type, e.g. <c>indicators.value-reported.v1</c>.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Error">What the view said when it failed.</param>
/// <param name="Reason">Why it is left out.</param>
[EventType("evaluation.projection-event-skipped.v1")]
public sealed record ProjectionEventSkipped(
    string Projection, int Version, long Position, Guid EventId, string EventType, string Stream, string Error, string Reason);

/// <summary>A person signed that another version of a view is right; the county reads that one from then on.</summary>
/// <param name="Projection">The view, e.g. <c>indicators</c>.</param>
/// <param name="From">Version read before.</param>
/// <param name="To">Version read from then on.</param>
/// <param name="Position">Ledger position at which the two were compared.</param>
/// <param name="Rows">Rows of the version that takes over.</param>
/// <param name="Differing">Rows that differed, as the person had seen them.</param>
/// <param name="Reason">Why it is right.</param>
[EventType("evaluation.projection-taken-over.v1")]
public sealed record ProjectionTakenOver(string Projection, int From, int To, long Position, int Rows, int Differing, string Reason);
