namespace Monitoring.Contracts.Projects;

/// <summary>A year's investment plan (年度计划投资), with the way it is to be spread over the months.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Year">The year.</param>
/// <param name="Amount">What is to be completed in it.</param>
/// <param name="Curve">Share of it, in percent, to be completed by the end of each month, twelve rising numbers up to 100; null for a twelfth a month.</param>
/// <param name="Previous">What had been planned.</param>
/// <param name="Reason">Why it changed.</param>
[EventType("projects.annual-plan-set.v1")]
public sealed record AnnualPlanSet(string Code, int Year, Money Amount, decimal[]? Curve, Money? Previous, string? Reason);

/// <summary>Funds of one source that have arrived in one month (到位资金).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Month">SDMX month.</param>
/// <param name="Source">Where they come from.</param>
/// <param name="Amount">What arrived in that month.</param>
/// <param name="Previous">What had been on record for it.</param>
/// <param name="Reason">Why it is corrected.</param>
[EventType("projects.funds-arrived.v1")]
public sealed record FundsArrived(string Code, string Month, FundSource Source, Money Amount, Money? Previous, string? Reason);

/// <summary>The project has entered the statistics (入库, 纳统).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="On">The day.</param>
[EventType("projects.statistics-entered.v1")]
public sealed record StatisticsEntered(string Code, DateOnly On);

/// <summary>A milestone of the responsibility list (责任清单, 节点) is planned, or its day moved.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Milestone">The milestone's code in the project.</param>
/// <param name="Name">What is to be reached.</param>
/// <param name="DueOn">完成时限.</param>
/// <param name="Responsible">责任单位 or 责任人, by office.</param>
/// <param name="PreviousDueOn">The day before it was moved.</param>
/// <param name="Reason">Why it was moved.</param>
[EventType("projects.milestone-planned.v1")]
public sealed record MilestonePlanned(
    string Code, string Milestone, string Name, DateOnly DueOn, string? Responsible, DateOnly? PreviousDueOn, string? Reason);

/// <summary>A milestone is reached.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Milestone">Which.</param>
/// <param name="On">The day.</param>
/// <param name="Evidence">The document that shows it.</param>
[EventType("projects.milestone-reached.v1")]
public sealed record MilestoneReached(string Code, string Milestone, DateOnly On, string? Evidence);

/// <summary>A good reason is recorded for being late with a milestone (说明情况, 免责); until then it counts as in time.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Milestone">Which.</param>
/// <param name="Until">The day until which it is excused.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Document">On which document.</param>
[EventType("projects.milestone-excused.v1")]
public sealed record MilestoneExcused(string Code, string Milestone, DateOnly Until, string Reason, string Document);

/// <summary>A milestone's day has passed without its being reached, and nothing excuses it (节点逾期); said once for each day in force.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Milestone">Which.</param>
/// <param name="Name">What was to be reached.</param>
/// <param name="Responsible">责任单位 or 责任人, by office.</param>
/// <param name="DueOn">The last day on which it was in time or excused.</param>
/// <param name="On">The day on which it was found.</param>
[EventType("projects.milestone-overdue.v1")]
public sealed record MilestoneOverdue(string Code, string Milestone, string Name, string? Responsible, DateOnly DueOn, DateOnly On);

/// <summary>One side of a project that has a lamp of its own.</summary>
public enum Aspect
{
    /// <summary>开工.</summary>
    [Called("开工")]
    Start,

    /// <summary>进度.</summary>
    [Called("进度")]
    Progress,

    /// <summary>资金.</summary>
    [Called("资金")]
    Funds,

    /// <summary>入库纳统.</summary>
    [Called("入库纳统", "纳统", "入库")]
    Statistics,

    /// <summary>总体: the worst of all.</summary>
    [Called("总体", "总灯")]
    Overall,
}

/// <summary>A lamp (红黄绿灯).</summary>
public enum Lamp
{
    /// <summary>不适用.</summary>
    [Called("不适用", "无灯")]
    None,

    /// <summary>绿灯.</summary>
    [Called("绿灯", "绿", "绿色")]
    Green,

    /// <summary>黄灯: 提示.</summary>
    [Called("黄灯", "黄", "黄色")]
    Yellow,

    /// <summary>红灯: 督办.</summary>
    [Called("红灯", "红", "红色")]
    Red,
}

/// <summary>What lamps follow from, as data with a version and a day from which it holds.</summary>
/// <param name="Version">Stable code.</param>
/// <param name="EffectiveFrom">Lamps of this day or a later one follow it.</param>
/// <param name="StartRedMonths">Red from so many months after the planned month of start; yellow before.</param>
/// <param name="ProgressYellowPoints">Yellow from so many points of the year's plan behind.</param>
/// <param name="ProgressRedPoints">Red beyond so many points.</param>
/// <param name="FundsShare">Red when less than this share of the investment completed has arrived.</param>
/// <param name="StatisticsYellowMonths">Yellow from so many months after the start without an entry.</param>
/// <param name="StatisticsRedMonths">Red beyond so many months.</param>
/// <param name="StatisticsTotalYuan">Total investment from which a project must enter the statistics, 元.</param>
/// <param name="TotalPercentMax">Investment beyond this percentage of the total asks for an adjusted estimate (调概).</param>
public sealed record LampRules(
    string Version, DateOnly EffectiveFrom, int StartRedMonths, decimal ProgressYellowPoints, decimal ProgressRedPoints, decimal FundsShare,
    int StatisticsYellowMonths, int StatisticsRedMonths, decimal StatisticsTotalYuan, decimal TotalPercentMax)
{
    /// <summary>
    /// What holds until the county publishes its own: start, progress and statistics after 银川市 (18 March 2025); the 5,000,000 元
    /// of the statistics and the 110 percent are usual practice; that money must have arrived before it is spent is our choice.
    /// </summary>
    public static readonly LampRules Shipped = new("shipped-1", new DateOnly(2000, 1, 1), 3, 10, 30, 1, 1, 2, 5_000_000, 110);

    /// <summary>The rules that hold on a day: the latest that have taken effect.</summary>
    public static LampRules On(DateOnly day, IEnumerable<LampRules> published) => published
        .Where(rules => rules.EffectiveFrom <= day).MaxBy(rules => (rules.EffectiveFrom, rules.Version)) ?? Shipped;
}

/// <summary>The county publishes its lamp rules.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Reason">Why they are as they are.</param>
[EventType("projects.lamp-rules-published.v1")]
public sealed record LampRulesPublished(LampRules Rules, string Reason);

/// <summary>A lamp changes its colour.</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Name">Its name.</param>
/// <param name="Aspect">Which lamp.</param>
/// <param name="From">What it was.</param>
/// <param name="To">What it is.</param>
/// <param name="On">The day.</param>
/// <param name="Rules">Version of the rules.</param>
/// <param name="Facts">What it follows from, e.g. <c>expected 50 %, completed 35 %</c>.</param>
[EventType("projects.lamp-changed.v1")]
public sealed record LampChanged(
    string Code, string Name, Aspect Aspect, Lamp From, Lamp To, DateOnly On, string Rules, string Facts);

/// <summary>A good reason is recorded that keeps a lamp green for a time (有正当理由).</summary>
/// <param name="Code">Plan item.</param>
/// <param name="Aspect">Which lamp.</param>
/// <param name="Until">The last day on which it counts.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Document">On which document.</param>
[EventType("projects.lamp-excused.v1")]
public sealed record LampExcused(string Code, Aspect Aspect, DateOnly Until, string Reason, string Document);
