namespace Monitoring.Contracts.Alerting;

/// <summary>
/// What a department owes, and when (报送约定): a feed that is late, missing or does not change any more is an alert for it. Either
/// <see cref="DayOfMonth"/> or <see cref="EveryDays"/>.
/// </summary>
/// <param name="Name">Stable code.</param>
/// <param name="Department">Who owes it, by its official name; only what this department says counts.</param>
/// <param name="Feed">Wire name of the event that it makes, e.g. <c>relapse.signal-reported.v1</c>.</param>
/// <param name="Stream">Beginning of the stream's key, e.g. <c>indicator/410325/gdp</c>; null for any.</param>
/// <param name="DayOfMonth">Due by this day of each month, 1 to 28.</param>
/// <param name="EveryDays">Due every so many days.</param>
/// <param name="ToleranceDays">Days that may pass before it is an alert.</param>
/// <param name="Working">True where these are working days.</param>
/// <param name="FlatTimes">So many equal figures in a row are an alert; null for never.</param>
/// <param name="Source">Where the duty comes from.</param>
public sealed record ReportingContract(
    string Name, string Department, string Feed, string? Stream, int? DayOfMonth, int? EveryDays, int ToleranceDays, bool Working, int? FlatTimes,
    string Source);

/// <summary>What a department owes is set, or set anew.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="On">The day; what was due before is not asked for.</param>
/// <param name="Reason">Why.</param>
[EventType("alerting.reporting-contract-set.v1")]
public sealed record ReportingContractSet(ReportingContract Contract, DateOnly On, string Reason);
