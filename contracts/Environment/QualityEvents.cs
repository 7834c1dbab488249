namespace Monitoring.Contracts.Environment;

/// <summary>Why a reading does not count (无效原因).</summary>
public enum InvalidCode
{
    /// <summary>Below zero where that cannot be.</summary>
    [Called("负值")]
    Negative,

    /// <summary>超量程: outside what an instrument can measure.</summary>
    [Called("超量程", "超出量程")]
    Range,

    /// <summary>恒值: the same value hour after hour.</summary>
    [Called("恒值", "数据恒值")]
    Stuck,

    /// <summary>倒挂: PM2.5 above PM10.</summary>
    [Called("倒挂", "数据倒挂")]
    Inversion,

    /// <summary>校准.</summary>
    [Called("校准", "仪器校准")]
    Calibration,

    /// <summary>仪器故障.</summary>
    [Called("仪器故障", "设备故障")]
    InstrumentFault,

    /// <summary>停电.</summary>
    [Called("停电")]
    PowerCut,

    /// <summary>维护.</summary>
    [Called("维护", "仪器维护", "设备维护")]
    Maintenance,

    /// <summary>受采样口周边干扰.</summary>
    [Called("采样口周边干扰", "受采样口周边干扰")]
    LocalInterference,

    /// <summary>Something else, told in the reason.</summary>
    [Called("其他")]
    Other,
}

/// <summary>How far a reading has come (审核状态).</summary>
public enum ReadingState
{
    /// <summary>As received.</summary>
    [Called("原始", "原始数据")]
    Raw,

    /// <summary>Through the automatic checks.</summary>
    [Called("已自动审核")]
    Checked,

    /// <summary>Through the audit of the month (次月审核).</summary>
    [Called("已审核")]
    Audited,

    /// <summary>Changed since, with a reason.</summary>
    [Called("已修订")]
    Revised,
}

/// <summary>One reading of a station.</summary>
/// <param name="Pollutant">Code.</param>
/// <param name="Time">End of the period measured, UTC.</param>
/// <param name="Value">In the station's unit, as recorded; it stays on record.</param>
/// <param name="Code">Why it does not count.</param>
public sealed record InvalidReading(string Pollutant, DateTimeOffset Time, decimal Value, InvalidCode Code);

/// <summary>One reading of a station, by what names it.</summary>
public sealed record ReadingKey(string Pollutant, DateTimeOffset Time);

/// <summary>
/// The automatic checks have gone over a day of a station (自动审核). A later one of the same day takes its place; what the
/// audit has said about a reading stays.
/// </summary>
/// <param name="Mn">Station.</param>
/// <param name="Day">Day in Asia/Shanghai.</param>
/// <param name="Readings">How many there were.</param>
/// <param name="Invalid">Those that do not count; a flag other than <c>N</c> speaks for itself and is not repeated here.</param>
/// <param name="Rules">Version of the monitoring rules.</param>
[EventType("environment.readings-checked.v1")]
public sealed record ReadingsChecked(string Mn, DateOnly Day, int Readings, InvalidReading[] Invalid, string Rules);

/// <summary>A person finds that readings do not count (剔除); their values stay on record.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Readings">Which, and why.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Document">On which document.</param>
[EventType("environment.readings-invalidated.v1")]
public sealed record ReadingsInvalidated(string Mn, InvalidReading[] Readings, string Reason, string? Document);

/// <summary>A person finds that readings count, whatever the automatic checks or an earlier audit said.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Readings">Which.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Document">On which document.</param>
[EventType("environment.readings-restored.v1")]
public sealed record ReadingsRestored(string Mn, ReadingKey[] Readings, string Reason, string? Document);

/// <summary>
/// The audit of a month is done (HJ 633: 次月上旬): all its readings are audited, and from now on each change needs a reason.
/// </summary>
/// <param name="Mn">Station.</param>
/// <param name="Month">SDMX month.</param>
/// <param name="Document">On which document.</param>
/// <param name="Reason">Remark of the auditor.</param>
[EventType("environment.month-audited.v1")]
public sealed record MonthAudited(string Mn, string Month, string Document, string? Reason);

/// <summary>
/// What the automatic checks and alarms follow from a day on. Limits of national standards are not in here: they are the
/// same for every county.
/// </summary>
/// <param name="Version">Stable code.</param>
/// <param name="EffectiveFrom">Days from this one on are checked by it.</param>
/// <param name="StuckHours">So many equal hours in a row are stuck, 2 or more.</param>
/// <param name="ExceedHours">An episode of exceedance is said after so many hours in a row above the limit.</param>
/// <param name="ClearShare">It ends when the value is at or below this share of the limit, 0 to 1 …</param>
/// <param name="ClearHours">… for so many hours in a row.</param>
/// <param name="SilentHours">A station is silent after so many hours without a reading.</param>
public sealed record MonitoringRules(
    string Version, DateOnly EffectiveFrom, int StuckHours, int ExceedHours, decimal ClearShare, int ClearHours, int SilentHours)
{
    /// <summary>What holds until the county publishes its own; our choice.</summary>
    public static readonly MonitoringRules Shipped = new("shipped-1", new DateOnly(2000, 1, 1), 4, 2, 0.9m, 2, 4);

    /// <summary>The rules that hold on a day: the latest that have taken effect.</summary>
    public static MonitoringRules On(DateOnly day, IEnumerable<MonitoringRules> published) => published
        .Where(rules => rules.EffectiveFrom <= day).MaxBy(rules => (rules.EffectiveFrom, rules.Version)) ?? Shipped;
}

/// <summary>The county publishes the rules for checks and alarms from a day on (监测规则).</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Reason">Why they are as they are.</param>
[EventType("environment.monitoring-rules-published.v1")]
public sealed record MonitoringRulesPublished(MonitoringRules Rules, string Reason);
