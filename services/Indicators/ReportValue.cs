using Monitoring.Contracts;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Reports an indicator's value for a period. What is on record changes nothing; a more final vintage (预计 → 快报 → 初步核算 →
/// 最终核实 → 普查修订) supersedes; any other change is a correction and needs a reason; a vintage released before the one in
/// force is kept beside it, so that the order of arrival does not matter.
/// </summary>
public static class ReportValue
{
    /// <summary>One value as a department sends it; also taken as a row of SDMX-CSV 2.0.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Period">SDMX period, e.g. <c>2021</c>; it must have begun, and be over unless the value is an estimate.</param>
    /// <param name="Value">In the indicator's unit; at most ten decimal places.</param>
    /// <param name="Status"><c>estimate</c> 预计, <c>flash</c> 快报, <c>preliminary</c> 初步核算, <c>final</c> 最终核实, <c>census</c> 普查修订, <c>corrected</c> 更正.</param>
    /// <param name="Document">Title or number of the document it comes from.</param>
    /// <param name="Note">Free remark.</param>
    /// <param name="Reason">Why a value on record is replaced, in words.</param>
    /// <param name="ReleasedOn">The day it was published; absent: today.</param>
    /// <param name="ReasonCode">The same as a code, e.g. <c>clerical_error</c>; required for <c>corrected</c>.</param>
    public sealed record Row(
        string Indicator, string Period, decimal Value, ValueStatus Status, string? Document, string? Note, string? Reason,
        DateOnly? ReleasedOn = null, RevisionReason? ReasonCode = null);

    public static Row Bind(Fields row)
    {
        if (row.Has("TIME_PERIOD")) return Sdmx.Bind(row);
        row.LeaveOutIfOnly("indicator", "period");
        return new(
            row.Code("indicator"), row.Period("period").Text, row.Number("value"), row.Enum<ValueStatus>("status"),
            row.TextOrNull("document"), row.TextOrNull("note", 500), row.TextOrNull("reason", 500), row.DayOrNull("releasedOn"),
            row.EnumOrNull<RevisionReason>("reasonCode"));
    }

    /// <summary>Decides under the rules that say what is implausible.</summary>
    public static Decision Decide(Indicator indicator, Row row, VerdictRules rules, Occasion occasion)
    {
        if (indicator.History.Definition is not { } definition) return Indicators.Indicator.Unknown;

        var period = Period.Parse(row.Period);
        if (period.First > occasion.Today)
            return Refusal.Invalid("period-in-future", "该期尚未开始。", "The period has not begun.", "period");
        if (period.Last >= occasion.Today && row.Status != ValueStatus.Estimate)
            return Refusal.Invalid("period-not-over", "该期尚未结束，只能报预计数（estimate）。",
                "The period is not over; only an estimate can be reported.", "status");
        if (row.ReleasedOn > occasion.Today)
            return Refusal.Invalid("day-in-future", "发布日期不能晚于今天。", "The day of release lies in the future.", "releasedOn");

        var vintages = indicator.History.Values.GetValueOrDefault(row.Period, []);
        if (vintages.FindLast(known => IsOnRecord(known, row, vintages[^1])) is { } same) return Repeated(same, vintages[^1]);

        var odd = Plausibility.Check(indicator.History, period, row.Value, rules).ToList();
        string[]? flags = odd.Count > 0 ? [.. odd.Select(warning => warning.Code)] : null;
        var released = row.ReleasedOn ?? occasion.Today;
        if (vintages is not [.., var last])
            return Accepted([new ValueReported(row.Indicator, row.Period, row.Value, row.Status, row.Document, row.Note, released, flags)]);

        var added = new Vintage(row.Value, row.Status, released, row.Document, row.Reason, [], false);
        if (row.ReleasedOn is not null && last.IsLaterThan(added))
            return [new VintageAdded(row.Indicator, row.Period, row.Value, row.Status, released, row.Document, row.Note)];
        if (last.Value is not { } known)
            return Accepted([new ValueReported(row.Indicator, row.Period, row.Value, row.Status, row.Document, row.Note, released, flags)]);

        if (row is { Status: ValueStatus.Corrected, ReasonCode: null })
            return Refusal.Invalid("missing", "更正须填写 reasonCode。", "A correction needs its reasonCode.", "reasonCode");
        var advances = row.Status > last.Status && row.Status != ValueStatus.Corrected;
        if (last.Verified && !advances && row.Status != ValueStatus.Corrected)
            return Refusal.Conflict("conflicts-with-verified", $"该期数值 {known} 已审核认定；请以 corrected（更正）上报并说明原因。",
                $"The value {known} has been verified; send it as corrected, with the reason.", "value");

        var reason = row.Reason ?? (advances ? $"{Codes<ValueStatus>.ByValue[last.Status]} → {Codes<ValueStatus>.ByValue[row.Status]}" : null);
        return reason is null
            ? Refusal.NeedsReason($"该期已有数值 {known}", $"The period already has the value {known}")
            : Accepted([new ValueRevised(
                row.Indicator, row.Period, known, last.Status, row.Value, row.Status, reason, row.Document, row.Note, released,
                row.ReasonCode ?? ReasonOf(row.Status, advances), flags)]);

        Decision Accepted(Decision decision) => decision.With(odd);
    }

    // The same figure under the same status: a release day or a reason that was not sent again makes no difference. A new reason
    // for a figure that was replaced brings it back.
    static bool IsOnRecord(Vintage known, Row row, Vintage last) =>
        known.Value == row.Value && known.Status == row.Status && (row.ReleasedOn is null || row.ReleasedOn == known.ReleasedOn) &&
        (row.Reason is null || row.Reason == known.Reason || ReferenceEquals(known, last));

    static Decision Repeated(Vintage same, Vintage last)
    {
        Decision nothing = [];
        return ReferenceEquals(same, last) ? nothing : nothing.With([new Warning("superseded", new(
            $"该数值已在案，但已被 {(last.Value is { } value ? $"{value}" : "撤销")} 取代；如需恢复，请填写原因。",
            $"This value is on record, and was superseded by {(last.Value is { } now ? $"{now}" : "a withdrawal")}; to bring it back, give a reason."), "value")]);
    }

    static RevisionReason? ReasonOf(ValueStatus status, bool advances) => (status, advances) switch
    {
        (ValueStatus.Final, true) => RevisionReason.FinalVerification,
        (ValueStatus.Census, true) => RevisionReason.Census,
        _ => null,
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Indicator, Row>(
        "/v1/values", "indicators:report", Bind, (row, tenant) => Indicators.Indicator.Stream(tenant, row.Indicator),
        async (session, groups, occasion, cancel) =>
        {
            var rules = await VerdictRuleBook.On(session, occasion.By.Tenant, occasion.Today, cancel);
            await OffTrack.Watched<Row>((indicator, row, at) => Decide(indicator, row, rules, at))(session, groups, occasion, cancel);
        }).TakesAs("application/vnd.sdmx.data+csv");
}

/// <summary>
/// What a statistician would ask back about: a value far from its neighbour (the same period in force, else the same
/// period a year before or after, else the base), and above all one that is off by the factor between two units.
/// </summary>
static class Plausibility
{
    static readonly (double Factor, string Zh, string En)[] units =
    [
        (100_000_000, "元与亿元", "元 and 亿元"), (10_000, "元与万元，或万元与亿元", "元 and 万元, or 万元 and 亿元"), (100, "百分数与小数", "percent and share"),
    ];

    public static IEnumerable<Warning> Check(IndicatorHistory history, Period period, decimal value, VerdictRules rules)
    {
        if (Neighbour(history, period) is not { } near || near.Value == value) yield break;
        var ratio = near.Value == 0 ? double.NaN : (double)(value / near.Value);
        // Half to double the factor: a year's growth lies in between.
        if (units.FirstOrDefault(unit => ratio / unit.Factor is > 0.5 and < 2 || ratio * unit.Factor is > 0.5 and < 2) is { Zh: not null } mistaken)
        {
            yield return new Warning("unit-mistaken", new(
                $"{value} 约为 {near.Of} 数值 {near.Value} 的 {(ratio > 1 ? "" : "1/")}{mistaken.Factor:0} 倍，请核对计量单位（{mistaken.Zh}）。",
                $"{value} is about {(ratio > 1 ? "" : "1/")}{mistaken.Factor:0} times the {near.Value} of {near.Of}; check the unit ({mistaken.En})."), "value");
            yield break;
        }

        // Rates differ by points, levels by percent of the level.
        var rate = history.Definition!.Unit.StartsWith('%');
        var apart = rate ? Math.Abs(value - near.Value) : near.Value == 0 ? 0 : Math.Abs(value - near.Value) / Math.Abs(near.Value) * 100;
        if (apart > rules.JumpBandPercent)
            yield return new Warning("implausible-jump", new(
                $"{value} 与 {near.Of} 的 {near.Value} 相差 {apart:0.#}{(rate ? " 个百分点" : "%")}，超过 {rules.JumpBandPercent}；请核实后确认。",
                $"{value} differs from the {near.Value} of {near.Of} by {apart:0.#}{(rate ? " points" : "%")}, more than {rules.JumpBandPercent}; check and confirm it."), "value");
    }

    static (decimal Value, string Of)? Neighbour(IndicatorHistory history, Period period)
    {
        foreach (var text in new[] { period.Text, period.AddYears(-1).Text, period.AddYears(1).Text })
            if (history.InForce(text) is { Value: { } value }) return (value, text);
        return history.Definition?.Baseline is { Value: { } start, Year: var year } && period.Frequency == "A" && Math.Abs(period.First.Year - year) <= 1
            ? (start, $"{year}")
            : null;
    }
}
