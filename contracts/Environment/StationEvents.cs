namespace Monitoring.Contracts.Environment;

/// <summary>What a station measures.</summary>
public enum Medium
{
    /// <summary>环境空气, HJ 212 ST 22.</summary>
    Air,

    /// <summary>地表水, HJ 212 ST 21.</summary>
    SurfaceWater,
}

/// <summary>What a device's hour label (DataTime) stands for.</summary>
public enum TimeLabel
{
    /// <summary>The end of the hour measured, as HJ 663 labels it.</summary>
    End,

    /// <summary>Its start, as HJ 212-2017 labels it.</summary>
    Start,
}

/// <summary>A monitoring station (监测站点) is registered, or its registration changes.</summary>
/// <param name="Mn">Equipment number MN of HJ 212-2017, up to 24 characters.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="Medium">Air or surface water.</param>
/// <param name="Area">9-digit township code.</param>
/// <param name="Units">Unit by pollutant code (HJ 212-2017, HJ 524, HJ 525), e.g. <c>a34004</c> → <c>μg/m3</c>.</param>
/// <param name="PasswordSha256">Lower-case hexadecimal SHA-256 of the device's password PW; null where none is asked for.</param>
/// <param name="TimeLabel">How its device labels hours; null means <see cref="TimeLabel.Start"/>.</param>
[EventType("environment.station-registered.v1")]
public sealed record StationRegistered(
    string Mn, string Name, Medium Medium, string Area, IReadOnlyDictionary<string, string> Units,
    string? PasswordSha256 = null, TimeLabel? TimeLabel = null);

/// <summary>
/// The readings that one push brought from one station: a table with a row per time and a column per pollutant, written
/// column by column because that is a tenth of the bytes of one record per reading.
/// </summary>
/// <param name="Mn">Station.</param>
/// <param name="Times">Ends of the hours measured (HJ 663: the hour before the label), UTC, ascending.</param>
/// <param name="Series">One per pollutant.</param>
[EventType("environment.readings-recorded.v1")]
public sealed record ReadingsRecorded(string Mn, DateTimeOffset[] Times, Series[] Series);

/// <summary>One pollutant's column.</summary>
/// <param name="Pollutant">Code of HJ 212-2017, HJ 524 or HJ 525.</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Values">One per time; null where the push had none.</param>
/// <param name="Flags">HJ 212-2017 data flag per time; null when all are <c>N</c> (normal).</param>
public sealed record Series(string Pollutant, string Unit, decimal?[] Values, string?[]? Flags);

/// <summary>Readings that had been recorded are replaced (修订); the earlier ones stay in history.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Revisions">What changed.</param>
/// <param name="Reason">Why, in words.</param>
[EventType("environment.readings-revised.v1")]
public sealed record ReadingsRevised(string Mn, Revision[] Revisions, string Reason);

/// <summary>One reading before and after.</summary>
public sealed record Revision(
    string Pollutant, DateTimeOffset Time, string Unit, decimal Previous, string PreviousFlag, decimal Value, string Flag);
