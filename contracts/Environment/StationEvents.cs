namespace Monitoring.Contracts.Environment;

/// <summary>What a station measures.</summary>
public enum Medium
{
    /// <summary>环境空气, HJ 212 ST 22.</summary>
    [Called("环境空气", "空气")]
    Air,

    /// <summary>地表水, HJ 212 ST 21.</summary>
    [Called("地表水")]
    SurfaceWater,

    /// <summary>声环境, HJ 212 ST 23.</summary>
    [Called("声环境", "噪声")]
    Noise,

    /// <summary>Anything else HJ 212 has a system type (ST) for.</summary>
    [Called("其他")]
    Other,
}

/// <summary>Kind of water body (水体类型); the limit of total phosphorus depends on it (GB 3838-2002, table 1).</summary>
public enum WaterBody
{
    /// <summary>河流.</summary>
    [Called("河流")]
    River,

    /// <summary>湖、库.</summary>
    [Called("湖库", "湖、库", "湖泊", "水库")]
    Lake,
}

/// <summary>Which end of the period measured a device writes as its time (DataTime).</summary>
public enum TimeLabel
{
    /// <summary>The beginning, as HJ 212-2017 has it.</summary>
    [Called("时段起点", "开始时间")]
    Start,

    /// <summary>The end, as HJ 663 has it; what the service keeps.</summary>
    [Called("时段终点", "结束时间")]
    End,
}

/// <summary>A monitoring station (监测站点) is registered.</summary>
/// <param name="Mn">Equipment number MN of HJ 212-2017, up to 24 characters.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="Medium">What it measures.</param>
/// <param name="Area">9-digit township code.</param>
/// <param name="Units">Unit by pollutant code (HJ 212-2017, HJ 524, HJ 525), e.g. <c>a34004</c> → <c>μg/m3</c>.</param>
/// <param name="SystemType">ST of HJ 212-2017, e.g. 22; null for the medium's own.</param>
/// <param name="Longitude">Degrees east, CGCS2000.</param>
/// <param name="Latitude">Degrees north, CGCS2000.</param>
/// <param name="Address">Where it stands, in words.</param>
/// <param name="WaterBody">For surface water; null is a river.</param>
/// <param name="TargetClass">目标类别 of a section, 1 (Ⅰ) to 5 (Ⅴ); null where none is set.</param>
/// <param name="TimeLabel">What the device's own times mean; null is <c>start</c>, as HJ 212-2017 has it.</param>
/// <param name="Planned">Codes of the items that must have data for a day to be complete; null for all that the standard judges.</param>
/// <param name="IntervalMinutes">Time between readings, 1 to 1440; null is 60. Finer ones are averaged to hours.</param>
/// <param name="CountsForCounty">Whether it is a point of the county's evaluation (评价点位); null is yes.</param>
/// <param name="Since">First day on which it counts for the county (投运日期); null: always.</param>
[EventType("environment.station-registered.v1")]
public sealed record StationRegistered(
    string Mn, string Name, Medium Medium, string Area, IReadOnlyDictionary<string, string> Units, int? SystemType = null,
    decimal? Longitude = null, decimal? Latitude = null, string? Address = null, WaterBody? WaterBody = null, int? TargetClass = null,
    TimeLabel? TimeLabel = null, string[]? Planned = null, int? IntervalMinutes = null,
    bool? CountsForCounty = null, DateOnly? Since = null);

/// <summary>A station's registration changes from a day on: it moves, measures other items, or in other units.</summary>
/// <param name="Mn">Station.</param>
/// <param name="EffectiveFrom">First day on which readings are taken under it.</param>
/// <param name="Registration">All that holds from then on.</param>
/// <param name="Reason">Why.</param>
[EventType("environment.station-changed.v1")]
public sealed record StationChanged(string Mn, DateOnly EffectiveFrom, StationRegistered Registration, string Reason);

/// <summary>
/// The password by which a station knows its device (PW of HJ 212-2017) is set, or set anew, and holds at once. The password itself stays
/// in the service, and no hash of it goes out either: it has six characters.
/// </summary>
/// <param name="Mn">Station.</param>
[EventType("environment.station-password-set.v1")]
public sealed record StationPasswordSet(string Mn);

/// <summary>
/// The readings that one push brought from one station: a table with a row per time and a column per pollutant, written
/// column by column because that is a tenth of the bytes of one record per reading.
/// </summary>
/// <param name="Mn">Station.</param>
/// <param name="Times">Ends of the hours measured (HJ 663: the hour before the label), UTC, ascending.</param>
/// <param name="Series">One per pollutant.</param>
/// <param name="Reason">Why they come after the month was audited; null where it was not.</param>
[EventType("environment.readings-recorded.v1")]
public sealed record ReadingsRecorded(string Mn, DateTimeOffset[] Times, Series[] Series, string? Reason = null);

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

/// <summary>A station has sent nothing for longer than the rules allow (数据中断); said once for each silence.</summary>
/// <param name="Mn">Station.</param>
/// <param name="LastReadingAt">End of the last period it has sent, UTC.</param>
/// <param name="Hours">How long that was ago when it was noticed.</param>
/// <param name="Rules">Version of the monitoring rules.</param>
[EventType("environment.station-silent.v1")]
public sealed record StationSilent(string Mn, DateTimeOffset LastReadingAt, int Hours, string Rules);

/// <summary>A silent station sends again.</summary>
/// <param name="Mn">Station.</param>
/// <param name="SilentSince">End of the last period before the silence, UTC.</param>
/// <param name="At">End of the latest period it has sent, UTC.</param>
[EventType("environment.station-heard.v1")]
public sealed record StationHeard(string Mn, DateTimeOffset SilentSince, DateTimeOffset At);

/// <summary>The month's raw detail moves to a file (归档); the figures built on it stay.</summary>
/// <param name="Month">SDMX month.</param>
/// <param name="File">Name of the file.</param>
/// <param name="Sha256">Of the file, lower case.</param>
/// <param name="StationDays">Days of stations in it.</param>
/// <param name="Readings">Readings in it.</param>
[EventType("environment.month-archived.v1")]
public sealed record MonthArchived(string Month, string File, string Sha256, int StationDays, long Readings);
