using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Opens the green channel (绿色通道): help first, the procedure after. Its limits go on running.</summary>
public static class OpenGreenChannel
{
    /// <summary>One emergency.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Reason">The emergency.</param>
    /// <param name="Document">On which document.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Row(Guid Household, string Reason, string? Document, DateOnly On);

    public static Row Bind(Fields row) => new(row.Id("household"), row.PlainText("reason", 500), row.TextOrNull("document"), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Open is not { Stage: < CaseStage.Monitored } episode)
            return Refusal.Conflict("case-unknown", "该户没有正在办理的风险线索。", "The household has no clue under way.", "household");
        return episode.HelpFirst ? [] : [new GreenChannelOpened(row.Household, episode.Number, row.Reason, row.Document, row.On)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/green-channels", "relapse:review", Bind, row => row.Household, Decide);
}

/// <summary>Plans, starts and ends measures (帮扶措施), for households that are monitored or have the green channel.</summary>
public static class Help
{
    /// <summary>A measure is planned.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Measure">Its own code within the household.</param>
    /// <param name="Kind">措施类型.</param>
    /// <param name="Responsible">责任单位.</param>
    /// <param name="Amount">What it costs.</param>
    /// <param name="Unit">元, 万元 or 亿元; default 元.</param>
    /// <param name="Until">Planned end.</param>
    /// <param name="On">The day it was planned; not in the future.</param>
    public sealed record Row(
        Guid Household, string Measure, MeasureKind Kind, string Responsible, decimal? Amount, string Unit, DateOnly? Until, DateOnly On);

    /// <summary>A measure has begun.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Measure">Which.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Start(Guid Household, string Measure, DateOnly On);

    /// <summary>A measure is over.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Measure">Which.</param>
    /// <param name="Result">What it brought.</param>
    /// <param name="On">The day; not in the future.</param>
    public sealed record Ending(Guid Household, string Measure, string Result, DateOnly On);

    static readonly Refusal unknown = Refusal.Unknown("measure-unknown", "没有计划此项措施；请核对措施编号，或先登记措施。", "No such measure is planned.", "measure");

    public static Row Bind(Fields row) => new(
        row.Id("household"), row.Code("measure"), row.Enum<MeasureKind>("kind"), row.Text("responsible", 60), row.NumberOrNull("amount", 0, unitIn: "unit"),
        row.MoneyUnit("unit", "元"), row.DayOrNull("until"), row.Day("on"));

    public static Start BindStart(Fields row) => new(row.Id("household"), row.Code("measure"), row.Day("on"));

    public static Ending BindEnd(Fields row) => new(row.Id("household"), row.Code("measure"), row.PlainText("result", 500), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        // Measures go on after the risk is gone until their own end, so the last episode is asked and not only an open one.
        if (household.Episodes is not [.., var episode])
            return Refusal.Conflict("case-unknown", "该户没有风险线索或监测个案。", "The household has no clue and no case.", "household");
        var planned = new MeasurePlanned(
            row.Household, episode.Number, row.Measure, row.Kind, row.Responsible, row.Amount is { } amount ? Money.Yuan(amount, row.Unit) : null,
            row.Until, row.On);
        if (episode.Measures.TryGetValue(row.Measure, out var known))
            return known.Planned == planned ? [] : Refusal.Conflict("measure-differs", "该编号的措施已登记，内容不同；新措施请用新的编号。",
                "A measure with this code is on record with other contents.", "measure");
        return episode.MonitoredOn is null && !episode.HelpFirst
            ? Refusal.Conflict("not-monitored", "该户尚未纳入监测，也未开通绿色通道。", "The household is not monitored and has no green channel.", "household")
            : [planned];
    }

    public static Decision Decide(Household household, Start row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Episodes is not [.., var episode] || !episode.Measures.TryGetValue(row.Measure, out var measure)) return unknown;
        if (measure.StartedOn is { } started)
            return started == row.On ? [] : Refusal.Conflict("measure-differs", $"该措施已于 {started:yyyy-MM-dd} 开始。", $"The measure began on {started:yyyy-MM-dd}.", "on");
        return row.On < measure.Planned.On
            ? Refusal.Invalid("out-of-order", "开始日早于计划日；请核对日期。", "The measure begins before it was planned.", "on")
            : [new MeasureStarted(row.Household, episode.Number, row.Measure, row.On)];
    }

    public static Decision Decide(Household household, Ending row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Episodes is not [.., var episode] || !episode.Measures.TryGetValue(row.Measure, out var measure)) return unknown;
        if (measure.EndedOn is { } ended)
            return ended == row.On ? [] : Refusal.Conflict("measure-differs", $"该措施已于 {ended:yyyy-MM-dd} 结束。", $"The measure ended on {ended:yyyy-MM-dd}.", "on");
        return measure.StartedOn is not { } started || row.On < started
            ? Refusal.Invalid("out-of-order", "措施尚未开始。", "The measure has not begun.", "on")
            : [new MeasureEnded(row.Household, episode.Number, row.Measure, row.Result, row.On)];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRows("/v1/cases/measures", "relapse:review", Bind, row => row.Household, Decide);
        routes.MapRows("/v1/cases/measure-starts", "relapse:report", BindStart, row => row.Household, Decide);
        routes.MapRows("/v1/cases/measure-ends", "relapse:report", BindEnd, row => row.Household, Decide);
    }
}

/// <summary>
/// Records the visit of a month to a monitored household (走访跟踪): the conditions of removal as they were in that month. A month that
/// is on record is replaced only with a reason.
/// </summary>
public static class FollowUp
{
    /// <summary>One visit.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="IncomePerHead">年人均纯收入 of the twelve months before, 元.</param>
    /// <param name="SpendingSolved">大额刚性支出 is solved.</param>
    /// <param name="Food">不愁吃.</param>
    /// <param name="Clothing">不愁穿.</param>
    /// <param name="Schooling">义务教育有保障.</param>
    /// <param name="Medical">基本医疗有保障.</param>
    /// <param name="Housing">住房等级.</param>
    /// <param name="Water">饮水安全有保障.</param>
    /// <param name="RiskGone">The risk is gone.</param>
    /// <param name="Reason">Why the month on record is replaced.</param>
    /// <param name="On">The day of the visit, which says the month; not in the future.</param>
    public sealed record Row(
        Guid Household, decimal IncomePerHead, bool SpendingSolved, bool Food, bool Clothing, bool Schooling, bool Medical, HousingGrade Housing,
        bool Water, bool RiskGone, string? Reason, DateOnly On);

    public static Row Bind(Fields row) => new(
        row.Id("household"), row.Number("incomePerHead", -10_000_000, 10_000_000), row.Flag("spendingSolved"), row.Flag("food"), row.Flag("clothing"),
        row.Flag("schooling"), row.Flag("medical"), row.Enum<HousingGrade>("housing"), row.Flag("water"), row.Flag("riskGone"),
        row.PlainTextOrNull("reason", 500), row.Day("on"));

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Episodes is not [.., { MonitoredOn: { } monitored } episode])
            return Refusal.Conflict("not-monitored", "该户未纳入监测。", "The household is not monitored.", "household");
        if (row.On < monitored) return Refusal.Invalid("out-of-order", "走访日早于纳入日；请核对日期。", "The visit lies before the decision.", "on");
        var month = new DateOnly(row.On.Year, row.On.Month, 1);
        var followed = new FollowedUp(
            row.Household, episode.Number, month, row.IncomePerHead, IncomeLine.Of(household.Village, row.On, book.Lines)?.Amount, row.SpendingSolved,
            new(row.Food, row.Clothing, row.Schooling, row.Medical, row.Housing, row.Water), row.RiskGone, row.Reason, row.On,
            // Where something waits for a visit of its own, or came after this one, it goes on waiting.
            episode.Pending.Count > 0 && episode.Pending.TrueForAll(one => one.IsAnsweredByFollowUp && one.On <= row.On) ? true : null);
        // What was said once stays said, also when it was replaced or the case has ended since.
        if (Handling.IsKnown(household, followed)) return [];
        if (!episode.IsOpen) return Handling.Forbidden(episode, CaseAction.FollowUp);
        return episode.FollowUps.ContainsKey(month) && row.Reason is null
            ? Refusal.NeedsReason($"{month:yyyy-MM} 的走访已登记", $"A visit of {month:yyyy-MM} is on record")
            : [followed];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/cases/follow-ups", "relapse:report", Bind, row => row.Household, Decide);
}
