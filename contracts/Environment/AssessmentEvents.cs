namespace Monitoring.Contracts.Environment;

/// <summary>What a figure is the mean or maximum of.</summary>
public enum Average
{
    /// <summary>1 小时平均; of a day, its maximum.</summary>
    [Called("1小时平均", "1 小时平均")]
    Hour,

    /// <summary>8 小时滑动平均; of a day, its maximum.</summary>
    [Called("8小时滑动平均", "8 小时滑动平均")]
    EightHours,

    /// <summary>24 小时平均.</summary>
    [Called("24小时平均", "24 小时平均", "日平均")]
    Day,

    /// <summary>年平均.</summary>
    [Called("年平均", "年均")]
    Year,
}

/// <summary>Level of the air quality index (空气质量指数级别).</summary>
public enum AirLevel
{
    /// <summary>优.</summary>
    [Called("优")]
    Excellent = 1,

    /// <summary>良.</summary>
    [Called("良")]
    Good,

    /// <summary>轻度污染.</summary>
    [Called("轻度污染")]
    LightlyPolluted,

    /// <summary>中度污染.</summary>
    [Called("中度污染")]
    ModeratelyPolluted,

    /// <summary>重度污染.</summary>
    [Called("重度污染")]
    HeavilyPolluted,

    /// <summary>严重污染.</summary>
    [Called("严重污染")]
    SeverelyPolluted,
}

/// <summary>One pollutant's figure of a day.</summary>
/// <param name="Pollutant">Code.</param>
/// <param name="Average">What it is.</param>
/// <param name="Value">In the standard's unit, rounded as the standard says (GB/T 8170); null where there were too few hours.</param>
/// <param name="Valid">Valid hours, or 8-hour means; for the county, valid stations.</param>
/// <param name="Iaqi">空气质量分指数; null where the standard computes none.</param>
public sealed record DayFigure(string Pollutant, Average Average, decimal? Value, int Valid, int? Iaqi = null);

/// <summary>The air of a day (HJ 633).</summary>
/// <param name="Aqi">空气质量指数; null (NA) where items are missing and none of the others is above 100.</param>
/// <param name="Level">Its level.</param>
/// <param name="Primary">首要污染物: items with the highest index, when that is above 50.</param>
/// <param name="Exceeding">超标污染物: items above 100; only under HJ 633-2012.</param>
/// <param name="Missing">Items without a valid figure.</param>
public sealed record AirDay(int? Aqi, AirLevel? Level, string[] Primary, string[] Exceeding, string[] Missing);

/// <summary>One item of a section's water (GB 3838-2002).</summary>
/// <param name="Pollutant">Code.</param>
/// <param name="Value">Mean, in the standard's unit.</param>
/// <param name="Class">1 (Ⅰ) to 5 (Ⅴ), 6 is 劣Ⅴ.</param>
/// <param name="Multiple">超标倍数 over class Ⅲ, two places; null where it is not exceeded or has none (pH, 溶解氧).</param>
public sealed record WaterItem(string Pollutant, decimal Value, int Class, decimal? Multiple);

/// <summary>The class of one section.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Class">1 (Ⅰ) to 5 (Ⅴ), 6 is 劣Ⅴ.</param>
public sealed record SectionClass(string Mn, int Class);

/// <summary>The water of a section, or of all the county's sections, by the worst single item (单因子评价法).</summary>
/// <param name="Class">1 (Ⅰ) to 5 (Ⅴ), 6 is 劣Ⅴ; of the county only where it has fewer than five sections.</param>
/// <param name="Items">Items judged, at most 21.</param>
/// <param name="Main">主要污染指标: up to three items beyond class Ⅲ, the worst first.</param>
/// <param name="Sections">Of the county: each section's class.</param>
/// <param name="GoodRatio">优良比例: share of sections at class Ⅰ to Ⅲ, percent, one place.</param>
/// <param name="Quality">水质状况: <c>excellent</c> 优, <c>good</c> 良好, <c>light</c>, <c>moderate</c>, <c>heavy</c> 污染.</param>
/// <param name="Trophic">综合营养状态指数 TLI(Σ) of a lake, one place.</param>
/// <param name="Days">Days, or for the county sections, that it rests on.</param>
public sealed record WaterSummary(
    int? Class, WaterItem[] Items, string[] Main, SectionClass[]? Sections, decimal? GoodRatio, string? Quality, decimal? Trophic, int Days);

/// <summary>One pollutant's figures of a month or year (HJ 663).</summary>
/// <param name="Pollutant">Code.</param>
/// <param name="Mean">Mean of valid days, rounded.</param>
/// <param name="Rank">Which percentile of the days is compared with the day limit; null for a month.</param>
/// <param name="Percentile">That percentile, rounded.</param>
/// <param name="Days">Valid days.</param>
/// <param name="Sufficient">Whether there are enough days (GB 3095, table 4).</param>
/// <param name="MeanLimit">Grade 2 limit of the mean; null where the standard has none.</param>
/// <param name="PercentileLimit">Grade 2 limit of the percentile.</param>
/// <param name="Meets">Whether mean and percentile are within the limits (达标).</param>
/// <param name="Multiple">超标倍数 of the worse of the two, two places; null where it is within.</param>
/// <param name="Index">单项指数, two places.</param>
public sealed record AirFigure(
    string Pollutant, decimal? Mean, int? Rank, decimal? Percentile, int Days, bool Sufficient, decimal? MeanLimit, decimal? PercentileLimit,
    bool? Meets, decimal? Multiple, decimal? Index);

/// <summary>The air of a month or year.</summary>
/// <param name="Figures">One per pollutant.</param>
/// <param name="GoodDays">优良天数: days with an index up to 100.</param>
/// <param name="ValidDays">Days that have an index.</param>
/// <param name="GoodRatio">优良天数比例, percent of the valid days, one place.</param>
/// <param name="Index">综合指数, two places; null where a pollutant has no figure.</param>
/// <param name="Meets">Whether all six meet the standard; null where one has too few days.</param>
public sealed record AirSummary(AirFigure[] Figures, int GoodDays, int ValidDays, decimal? GoodRatio, decimal? Index, bool? Meets);

/// <summary>
/// A day of a station or of the county is judged (日评价). One that differs from the one before it is another event with the
/// next revision; the earlier stays as superseded.
/// </summary>
/// <param name="Subject">MN of the station, or <c>county-air</c>.</param>
/// <param name="Day">Day in Asia/Shanghai.</param>
/// <param name="Standard">Version of the standard, by the day, e.g. <c>gb3095-2012</c>.</param>
/// <param name="Figures">Concentrations.</param>
/// <param name="Air">For air.</param>
/// <param name="Water">For surface water.</param>
/// <param name="Revision">1 for the first; it takes the place of the revision before.</param>
[EventType("environment.day-assessed.v1")]
public sealed record DayAssessed(
    string Subject, DateOnly Day, string Standard, DayFigure[] Figures, AirDay? Air, WaterSummary? Water, int Revision);

/// <summary>A month that is over is judged (月评价); revised like a day.</summary>
/// <param name="Subject">MN of the station, <c>county-air</c> or <c>county-water</c>.</param>
/// <param name="Month">SDMX month.</param>
/// <param name="Standard">Version of the standard.</param>
/// <param name="Air">For air.</param>
/// <param name="Water">For surface water.</param>
/// <param name="Revision">1 for the first; it takes the place of the revision before.</param>
[EventType("environment.month-assessed.v1")]
public sealed record MonthAssessed(
    string Subject, string Month, string Standard, AirSummary? Air, WaterSummary? Water, int Revision);

/// <summary>A year that is over is judged (年评价); revised like a day.</summary>
/// <param name="Subject">MN of the station, <c>county-air</c> or <c>county-water</c>.</param>
/// <param name="Year">Calendar year.</param>
/// <param name="Standard">Version of the standard that judges the year: the one in force on its last day.</param>
/// <param name="Air">For air, without the days that were excluded.</param>
/// <param name="Water">For surface water.</param>
/// <param name="ExcludedDays">Sand-dust days left out (剔除沙尘影响).</param>
/// <param name="AirWithExcluded">The same figures of all days; null where none were excluded.</param>
/// <param name="Revision">1 for the first; it takes the place of the revision before.</param>
[EventType("environment.year-assessed.v1")]
public sealed record YearAssessed(
    string Subject, int Year, string Standard, AirSummary? Air, WaterSummary? Water, DateOnly[] ExcludedDays, AirSummary? AirWithExcluded,
    int Revision);

/// <summary>The upper level agrees that sand-dust days are left out of the year's assessment (沙尘天气影响剔除).</summary>
/// <param name="Days">Which days, Asia/Shanghai.</param>
/// <param name="Document">The upper level's document.</param>
/// <param name="Reason">Remark.</param>
[EventType("environment.dust-days-excluded.v1")]
public sealed record DustDaysExcluded(DateOnly[] Days, string Document, string? Reason);

/// <summary>A pollutant has been above its limit for as long as the rules ask (超标); said once for each episode.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Pollutant">Code.</param>
/// <param name="From">Beginning of the first hour above the limit, UTC.</param>
/// <param name="Hours">How many hours by the time it was said.</param>
/// <param name="Peak">Highest value so far, in the standard's unit.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Standard">Version of the standard.</param>
/// <param name="Rules">Version of the monitoring rules.</param>
[EventType("environment.limit-exceeded.v1")]
public sealed record LimitExceeded(
    string Mn, string Pollutant, DateTimeOffset From, int Hours, decimal Peak, decimal Limit, string Standard, string Rules);

/// <summary>An episode is over.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Pollutant">Code.</param>
/// <param name="From">When it began, UTC.</param>
/// <param name="Until">End of the last hour above the limit, UTC.</param>
/// <param name="Hours">Its duration, whole hours.</param>
/// <param name="Peak">Highest value, in the standard's unit.</param>
[EventType("environment.exceedance-ended.v1")]
public sealed record ExceedanceEnded(string Mn, string Pollutant, DateTimeOffset From, DateTimeOffset Until, int Hours, decimal Peak);
