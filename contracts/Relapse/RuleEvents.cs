namespace Monitoring.Contracts.Relapse;

/// <summary>风险类型: why a household may fall back into poverty.</summary>
public enum RiskCause
{
    /// <summary>因病.</summary>
    [Called("因病")]
    Illness,

    /// <summary>因残.</summary>
    [Called("因残")]
    Disability,

    /// <summary>因学.</summary>
    [Called("因学")]
    Education,

    /// <summary>因自然灾害.</summary>
    [Called("因自然灾害", "因灾")]
    NaturalDisaster,

    /// <summary>因意外事故.</summary>
    [Called("因意外事故", "意外事故")]
    Accident,

    /// <summary>因产业项目失败.</summary>
    [Called("因产业项目失败", "产业项目失败")]
    IndustryFailure,

    /// <summary>因务工就业不稳.</summary>
    [Called("因务工就业不稳", "务工就业不稳")]
    Unemployment,

    /// <summary>缺劳动力.</summary>
    [Called("缺劳动力", "缺劳力")]
    LackOfLabour,

    /// <summary>住房出现安全问题.</summary>
    [Called("住房出现安全问题", "住房安全问题", "住房安全", "住房不安全")]
    UnsafeHousing,

    /// <summary>饮水安全问题.</summary>
    [Called("饮水安全问题", "饮水安全", "饮水不安全")]
    UnsafeWater,

    /// <summary>义务教育失学辍学.</summary>
    [Called("义务教育失学辍学", "失学辍学", "辍学")]
    SchoolDropout,

    /// <summary>因突发公共事件.</summary>
    [Called("因突发公共事件", "突发公共事件")]
    PublicEmergency,

    /// <summary>收入低于监测范围.</summary>
    [Called("收入低于监测范围")]
    LowIncome,

    /// <summary>其他.</summary>
    [Called("其他")]
    Other,
}

/// <summary>What a rule looks at.</summary>
public enum Measured
{
    /// <summary>The sum of the amounts of signals of one kind, 元.</summary>
    [Called("金额", "金额合计")]
    Amount,

    /// <summary>The number of signals of one kind.</summary>
    [Called("次数")]
    Count,

    /// <summary>Net income per head of the last survey, 元.</summary>
    [Called("人均纯收入", "家庭人均纯收入")]
    IncomePerHead,
}

/// <summary>Which signals count together.</summary>
public enum Window
{
    /// <summary>Each by itself.</summary>
    [Called("单次", "每次")]
    Each,

    /// <summary>Those of the calendar month.</summary>
    [Called("当月", "当月累计")]
    CalendarMonth,

    /// <summary>Those of the calendar year to date (当年累计).</summary>
    [Called("当年累计", "本年累计")]
    YearToDate,

    /// <summary>Those of the twelve months to the day (近 12 个月).</summary>
    [Called("近12个月", "近 12 个月")]
    Rolling12Months,
}

/// <summary>When a value crosses its threshold.</summary>
public enum Comparator
{
    /// <summary>超（含）: at or above.</summary>
    [Called("超（含）", "超(含)", "不低于", "达到")]
    AtLeast,

    /// <summary>超过: above.</summary>
    [Called("超过", "高于")]
    Above,

    /// <summary>低于: below.</summary>
    [Called("低于")]
    Below,
}

/// <summary>Whose signals a rule is for; a household may belong to several.</summary>
public enum PopulationGroup
{
    /// <summary>脱贫户.</summary>
    [Called("脱贫户", "建档立卡户")]
    LiftedOut,

    /// <summary>一般农户.</summary>
    [Called("一般农户", "一般户")]
    Ordinary,

    /// <summary>监测对象.</summary>
    [Called("监测对象", "监测户")]
    Monitored,

    /// <summary>低保、特困、低保边缘.</summary>
    [Called("低收入人口", "农村低收入人口", "低保、特困、低保边缘")]
    LowIncome,
}

/// <summary>Whose amounts are added up.</summary>
public enum Scope
{
    /// <summary>Each member's by themselves.</summary>
    [Called("个人", "按人")]
    Person,

    /// <summary>The household's.</summary>
    [Called("全户", "按户", "家庭")]
    Household,
}

/// <summary>
/// One threshold of 部门筛查预警. The threshold is <paramref name="Amount"/>, or <paramref name="Percent"/> of last year's value of the
/// series <paramref name="Reference"/>, or for an income the monitoring line of the area.
/// </summary>
/// <param name="Code">Stable code; a household that stands above it is not reported again under the same code.</param>
/// <param name="Department">部门, for information.</param>
/// <param name="Measured">What it looks at.</param>
/// <param name="Signal">The kind of signal; null for an income.</param>
/// <param name="Window">Which signals count together.</param>
/// <param name="Comparator">When it is crossed.</param>
/// <param name="Amount">Threshold, 元 or a number.</param>
/// <param name="Percent">Threshold in percent of the reference.</param>
/// <param name="Reference">Code of the reference series, e.g. <c>rural-income-province</c>.</param>
/// <param name="Groups">For households of any of these; all if empty.</param>
/// <param name="Except">Not for households of any of these.</param>
/// <param name="Scope">Whose amounts are added up.</param>
/// <param name="Cause">风险类型 of the clue.</param>
/// <param name="Emergency">True where help cannot wait (绿色通道).</param>
/// <param name="Source">Where the threshold comes from.</param>
public sealed record ScreeningRule(
    string Code, string Department, Measured Measured, SignalKind? Signal, Window Window, Comparator Comparator, decimal? Amount,
    decimal? Percent, string? Reference, PopulationGroup[] Groups, PopulationGroup[] Except, Scope Scope, RiskCause Cause, bool Emergency,
    string Source);

/// <summary>规模性返贫: many households of one village, or of the county by one cause, within some days.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Causes">Which causes count; all if empty.</param>
/// <param name="Village">True to count in each village, false over the whole county.</param>
/// <param name="Households">From so many households.</param>
/// <param name="Days">Within so many days.</param>
/// <param name="Source">Where the numbers come from.</param>
/// <param name="GrowthPercent">It is said again when it has come to so many percent of what was said last, 101 to 1000; default 150.</param>
/// <param name="CountyHouseholds">From so many households the county answers for it at once; default 30 for a village's, always for a county's.</param>
public sealed record GroupRule(
    string Code, RiskCause[] Causes, bool Village, int Households, int Days, string Source, decimal? GrowthPercent = null,
    int? CountyHouseholds = null)
{
    /// <summary>How many households make it news again after so many.</summary>
    public int Step(int before) => Math.Max(before + 1, (int)Math.Ceiling(before * (GrowthPercent ?? 150) / 100));

    /// <summary>Who answers for so many.</summary>
    public Level LevelOf(int households) =>
        !Village || households >= (CountyHouseholds ?? 30) ? Level.County : Level.Township;
}

/// <summary>One version of all thresholds.</summary>
/// <param name="Version">Stable code.</param>
/// <param name="EffectiveFrom">First day, Asia/Shanghai.</param>
/// <param name="ReleasePercent">
/// A value that crossed must come back to so many percent of its threshold before it can cross again (for an income: the line times
/// 100 over it), so that one trembling at the line raises one clue.
/// </param>
/// <param name="Rules">The thresholds.</param>
/// <param name="Groups">Group risks.</param>
/// <param name="LateMonths">
/// So many months after its end a calendar month or year is still judged beside the current one, 0 to 11: departments report by the 5th
/// of the next month, and some later.
/// </param>
/// <param name="GrowthPercent">
/// What has been judged is news again when it has come to so many percent of what it was (for an income: when it has fallen to the hundredth
/// part divided by it), 101 to 1000; default 200.
/// </param>
public sealed record RuleSet(
    string Version, DateOnly EffectiveFrom, decimal ReleasePercent, ScreeningRule[] Rules, GroupRule[] Groups, int LateMonths = 2,
    decimal? GrowthPercent = null)
{
    /// <summary>The set in effect on a day: the latest published one that has begun, else the shipped one.</summary>
    public static RuleSet On(DateOnly day, IEnumerable<RuleSet> published) => published
        .Where(one => one.EffectiveFrom <= day)
        .Aggregate(Shipped, (latest, one) => one.EffectiveFrom >= latest.EffectiveFrom ? one : latest);

    /// <summary>
    /// What holds until the county publishes its own. Only sourced thresholds; a "trigger any" of the sources is a count of one. The
    /// release percentage, the months of lateness and the numbers of group risks are our own choice.
    /// </summary>
    public static readonly RuleSet Shipped =
        new("shipped-2021", new(2021, 1, 1), 90, [.. ShippedRules.CountyMethod], [.. ShippedRules.Groups]);

    /// <summary>Sourced sets of other places, to be tried against history; not in effect.</summary>
    public static readonly IReadOnlyList<RuleSet> Templates =
    [
        Shipped with { Version = "template-xian-2025", Rules = [.. ShippedRules.Xian, .. ShippedRules.NotMedical] },
        Shipped with { Version = "template-binzhou-2024", Rules = [.. ShippedRules.Binzhou, .. ShippedRules.NotMedical] },
        Shipped with { Version = "template-yangyuan-2022", Rules = [.. ShippedRules.Yangyuan, .. ShippedRules.NotMedical] },
    ];
}

/// <summary>监测范围: the income per head and year below which a household is inside it.</summary>
/// <param name="Area">Statistical code of 0, 2, 4, 6 or 9 digits; the longest that a village begins with holds.</param>
/// <param name="From">First day; it may lie inside a year.</param>
/// <param name="Amount">元 per head and year.</param>
/// <param name="Document">文号 or source.</param>
public sealed record IncomeLine(string Area, DateOnly From, decimal Amount, string Document)
{
    /// <summary>1.5 times 4,000 元, the national floor of 2021; every province has raised it since, so the county must publish its own.</summary>
    public static readonly IncomeLine Shipped =
        new("", new(2021, 1, 1), 6_000m, "2021年全国底线：4000元×1.5（靖边县、延安、海西州西政办〔2021〕78号）；2022年起由各省逐年调整，须由本县公布");

    /// <summary>The line of a village on a day.</summary>
    public static IncomeLine? Of(string village, DateOnly day, IEnumerable<IncomeLine> published) => published.Prepend(Shipped)
        .Where(line => line.From <= day && village.StartsWith(line.Area, StringComparison.Ordinal))
        .MaxBy(line => (line.Area.Length, line.From));
}

/// <summary>A statistical series that thresholds refer to, one year of it.</summary>
/// <param name="Series">Code, e.g. <c>rural-income-province</c> 全省农村居民人均可支配收入.</param>
/// <param name="Year">The year it is about; a threshold of the next year refers to it.</param>
/// <param name="Amount">元.</param>
/// <param name="Document">Source.</param>
public sealed record ReferenceValue(string Series, int Year, decimal Amount, string Document);

/// <summary>Who answers for a step.</summary>
public enum Level
{
    /// <summary>村.</summary>
    [Called("村", "村级")]
    Village,

    /// <summary>乡镇.</summary>
    [Called("乡镇", "乡镇级", "乡级")]
    Township,

    /// <summary>县.</summary>
    [Called("县", "县级")]
    County,
}

/// <summary>What a case waits for, in order.</summary>
public enum CaseAction
{
    /// <summary>风险线索.</summary>
    [Called("风险线索", "线索")]
    Clue,

    /// <summary>入户核实.</summary>
    [Called("入户核实")]
    HomeVisit,

    /// <summary>承诺授权.</summary>
    [Called("承诺授权")]
    Authorisation,

    /// <summary>信息比对.</summary>
    [Called("信息比对")]
    Comparison,

    /// <summary>村级民主评议.</summary>
    [Called("民主评议", "村级民主评议")]
    Assessment,

    /// <summary>村内公示.</summary>
    [Called("村内公示", "公示")]
    Publicity,

    /// <summary>公示结束.</summary>
    [Called("公示结束")]
    PublicityEnd,

    /// <summary>乡镇审核.</summary>
    [Called("乡镇审核")]
    TownshipReview,

    /// <summary>县级审定.</summary>
    [Called("县级审定")]
    CountyDecision,

    /// <summary>结果公告.</summary>
    [Called("结果公告", "公告")]
    Announcement,

    /// <summary>落实帮扶措施.</summary>
    [Called("落实帮扶措施", "帮扶措施", "落实帮扶")]
    Measures,

    /// <summary>走访跟踪.</summary>
    [Called("走访跟踪", "跟踪走访")]
    FollowUp,

    /// <summary>风险消除.</summary>
    [Called("提出风险消除", "风险消除")]
    Removal,

    /// <summary>异议.</summary>
    [Called("异议")]
    Objection,

    /// <summary>绿色通道.</summary>
    [Called("绿色通道")]
    GreenChannel,

    /// <summary>排除线索.</summary>
    [Called("排除线索")]
    Closure,

    /// <summary>入户排查, with the income of the twelve months before.</summary>
    [Called("入户排查")]
    Survey,

    /// <summary>未能入户.</summary>
    [Called("未能入户")]
    VisitAttempt,

    /// <summary>退回补正.</summary>
    [Called("退回补正")]
    Return,
}

/// <summary>One day limit (时限).</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Of">What must be done.</param>
/// <param name="After">What the days are counted from.</param>
/// <param name="Days">How many; 0 to 366.</param>
/// <param name="Working">True for working days, by the published calendar.</param>
/// <param name="Channel">Only for clues of this channel; all if null.</param>
/// <param name="Level">Who answers for it.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record TimeLimit(
    string Code, CaseAction Of, CaseAction After, int Days, bool Working, Channel? Channel, Level Level, string Source);

/// <summary>One version of all day limits.</summary>
/// <param name="Version">Stable code.</param>
/// <param name="EffectiveFrom">For what begins on this day or later.</param>
/// <param name="PublicityDays">Least days of publicity.</param>
/// <param name="PublicityWorking">True where they are working days.</param>
/// <param name="StableMonths">Months in which all conditions of removal must have held.</param>
/// <param name="FollowUpMonths">So many months may lie between two follow-ups before the stable time starts anew.</param>
/// <param name="Limits">The limits.</param>
/// <param name="OneHand">True where one account may visit, review and decide the same case; by default they are different.</param>
public sealed record TimeLimits(
    string Version, DateOnly EffectiveFrom, int PublicityDays, bool PublicityWorking, int StableMonths, int FollowUpMonths, TimeLimit[] Limits,
    bool? OneHand = null)
{
    /// <summary>The limits in effect on a day.</summary>
    public static TimeLimits On(DateOnly day, IEnumerable<TimeLimits> published) => published
        .Where(one => one.EffectiveFrom <= day)
        .Aggregate(Shipped, (latest, one) => one.EffectiveFrom >= latest.EffectiveFrom ? one : latest);

    /// <summary>What holds until the county publishes its own; each limit names its source.</summary>
    public static readonly TimeLimits Shipped = new("shipped-2021", new(2021, 1, 1), 5, false, 6, 3,
    [
        new("self-report-visit", CaseAction.HomeVisit, CaseAction.Clue, 2, true, Channel.SelfReport, Level.Village, "安徽：自主申报后2个工作日内入户"),
        new("visit", CaseAction.HomeVisit, CaseAction.Clue, 3, false, null, Level.Village, "分析后3日内入户核实"),
        new("comparison", CaseAction.Comparison, CaseAction.Authorisation, 5, false, null, Level.County, "信息比对5日"),
        new("assessment", CaseAction.Publicity, CaseAction.Comparison, 5, false, null, Level.Village, "5日内评议公示"),
        new("decision", CaseAction.CountyDecision, CaseAction.Clue, 15, false, null, Level.County, "甘肃秦安：全程一般不超过15天"),
        new("measures", CaseAction.Measures, CaseAction.CountyDecision, 10, false, null, Level.Township, "2022年国家工作指南：纳入后10日内落实帮扶（凭记忆，待核实）"),
        new("removal-decision", CaseAction.CountyDecision, CaseAction.Removal, 15, false, null, Level.County, "与纳入认定同为15天（本系统设定，可改）"),
        new("follow-up", CaseAction.FollowUp, CaseAction.FollowUp, 31, false, null, Level.Village, "帮扶责任人每月走访（凭记忆，待核实）"),
    ]);
}

/// <summary>A version of the thresholds is published; a version never changes.</summary>
/// <param name="Rules">The version.</param>
/// <param name="Reason">Why the thresholds are as they are.</param>
[EventType("relapse.rule-set-published.v1")]
public sealed record RuleSetPublished(RuleSet Rules, string Reason);

/// <summary>The monitoring line of an area is set from a day on.</summary>
/// <param name="Line">The line.</param>
/// <param name="Previous">What had been set for the same area and day.</param>
/// <param name="Reason">Why that is replaced.</param>
[EventType("relapse.income-line-set.v1")]
public sealed record IncomeLineSet(IncomeLine Line, decimal? Previous, string? Reason);

/// <summary>A value of a reference series is set.</summary>
/// <param name="Value">The value.</param>
/// <param name="Previous">What had been set for the same year.</param>
/// <param name="Reason">Why that is replaced.</param>
[EventType("relapse.reference-value-set.v1")]
public sealed record ReferenceValueSet(ReferenceValue Value, decimal? Previous, string? Reason);

/// <summary>A version of the day limits is published; a version never changes.</summary>
/// <param name="Limits">The version.</param>
/// <param name="Reason">Why they are as they are.</param>
[EventType("relapse.time-limits-published.v1")]
public sealed record TimeLimitsPublished(TimeLimits Limits, string Reason);

/// <summary>The State Council's holidays of a year become known (节假日安排).</summary>
/// <param name="Year">The year.</param>
/// <param name="DaysOff">Weekdays that are free.</param>
/// <param name="Workdays">Weekend days that are worked.</param>
/// <param name="Document">文号.</param>
[EventType("relapse.calendar-published.v1")]
public sealed record CalendarPublished(int Year, DateOnly[] DaysOff, DateOnly[] Workdays, string Document);

/// <summary>The sourced thresholds, by where they come from.</summary>
static class ShippedRules
{
    const string County = "部门筛查预警办法（县级，约2020-2021年，xiexiebang.com c1b3fc008528046d）";
    const string Eshan = "云南峨山2022-03（yxes.gov.cn）";
    const string Wangcang = "四川旺苍部门线索清单（无数额，有即推送）";

    static readonly PopulationGroup[] all = [];
    static readonly PopulationGroup[] liftedOut = [PopulationGroup.LiftedOut];
    static readonly PopulationGroup[] ordinary = [PopulationGroup.Ordinary];
    static readonly PopulationGroup[] lowIncome = [PopulationGroup.LowIncome];
    static readonly PopulationGroup[] lowIncomeOrMonitored = [PopulationGroup.LowIncome, PopulationGroup.Monitored];

    static ScreeningRule Spending(
        string code, SignalKind kind, Window window, Comparator comparator, decimal amount, PopulationGroup[] groups, string source,
        string department = "医保", RiskCause cause = RiskCause.Illness, PopulationGroup[]? except = null) =>
        new(code, department, Measured.Amount, kind, window, comparator, amount, null, null, groups, except ?? all, Scope.Person, cause, false, source);

    static ScreeningRule Share(
        string code, Window window, decimal percent, string reference, PopulationGroup[] groups, PopulationGroup[] except, string source) =>
        new(code, "医保", Measured.Amount, SignalKind.MedicalSelfPay, window, Comparator.Above, null, percent, reference, groups, except,
            Scope.Person, RiskCause.Illness, false, source);

    static ScreeningRule Any(string code, string department, SignalKind kind, RiskCause cause, string source, bool emergency = false) =>
        new(code, department, Measured.Count, kind, Window.Each, Comparator.AtLeast, 1, null, null, all, all, Scope.Household, cause, emergency, source);

    static GroupRule Many(string code, RiskCause cause, string source) =>
        new(code, [cause], true, 10, 30, $"{source}（青海海西州 第二条）；30日内同村10户、增至1.5倍再报、30户直报县均为自定");

    // Removed people (易地搬迁) are named as well, but are no cause of their own.
    public static readonly GroupRule[] Groups =
    [
        Many("village-disaster", RiskCause.NaturalDisaster, "水旱、气象、地震、地质、生物灾害、火灾"),
        Many("village-epidemic", RiskCause.PublicEmergency, "疫情等突发公共事件"),
        Many("village-industry", RiskCause.IndustryFailure, "产业项目失败、农产品价格大跌"),
        Many("village-unemployment", RiskCause.Unemployment, "失业明显增多"),
    ];

    public static readonly ScreeningRule[] NotMedical =
    [
        Any("serious-illness", "卫健", SignalKind.SeriousIllness, RiskCause.Illness, County),
        Spending("education-cost", SignalKind.EducationCost, Window.YearToDate, Comparator.Above, 10_000, all, County, "教育", RiskCause.Education),
        Any("school-dropout", "教育", SignalKind.SchoolDropout, RiskCause.SchoolDropout, Eshan),
        Any("disaster", "应急", SignalKind.Disaster, RiskCause.NaturalDisaster, County, emergency: true),
        Any("accident", "公安", SignalKind.Accident, RiskCause.Accident, Eshan, emergency: true),
        Any("crime-victim", "公安", SignalKind.CrimeVictim, RiskCause.Other, Eshan),
        Any("new-assistance", "民政", SignalKind.NewAssistance, RiskCause.Other, Eshan),
        Any("unsafe-housing", "住建", SignalKind.UnsafeHousing, RiskCause.UnsafeHousing, Wangcang),
        Any("water-shortage", "水利", SignalKind.WaterShortage, RiskCause.UnsafeWater, Wangcang),
        Any("job-loss", "人社", SignalKind.JobLoss, RiskCause.Unemployment, Wangcang),
        Any("new-disability", "残联", SignalKind.NewDisability, RiskCause.Disability, Wangcang),
        Any("industry-failure", "农业农村", SignalKind.IndustryFailure, RiskCause.IndustryFailure, Wangcang),
        Any("petition", "信访", SignalKind.Petition, RiskCause.Other, Wangcang),
        new("income-below-line", "农业农村", Measured.IncomePerHead, null, Window.Each, Comparator.Below, null, null, null, all, all,
            Scope.Household, RiskCause.LowIncome, false, "监测范围（甘肃秦安；收入低于范围只是线索，须综合研判）"),
    ];

    public static readonly ScreeningRule[] CountyMethod =
    [
        Spending("inpatient-lifted-out", SignalKind.MedicalSelfPay, Window.YearToDate, Comparator.AtLeast, 5_000, liftedOut, County),
        Spending("inpatient-ordinary", SignalKind.MedicalSelfPay, Window.YearToDate, Comparator.AtLeast, 20_000, ordinary, County),
        Spending("outpatient", SignalKind.OutpatientSelfPay, Window.CalendarMonth, Comparator.AtLeast, 500, all, County),
        .. NotMedical,
    ];

    public static readonly ScreeningRule[] Xian =
    [
        Spending("medical-low-income", SignalKind.MedicalSelfPay, Window.YearToDate, Comparator.Above, 10_000, lowIncome, "西安市医保局2025-04"),
        Spending("medical-others", SignalKind.MedicalSelfPay, Window.YearToDate, Comparator.Above, 26_000, all, "西安市医保局2025-04", except: lowIncome),
    ];

    public static readonly ScreeningRule[] Binzhou =
    [
        Share("medical-others", Window.Rolling12Months, 50, "income-city", all, lowIncomeOrMonitored, "滨州2024-11"),
        Share("medical-low-income", Window.Rolling12Months, 150, "income-city", lowIncomeOrMonitored, all, "滨州2024-11（150%按原文）"),
    ];

    public static readonly ScreeningRule[] Yangyuan =
    [
        Share("medical-lifted-out", Window.YearToDate, 50, "rural-income-province", liftedOut, all, "河北阳原2022-09"),
        Share("medical-ordinary", Window.YearToDate, 100, "rural-income-province", ordinary, all, "河北阳原2022-09"),
    ];
}
