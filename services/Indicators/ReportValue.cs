using System.Collections.Immutable;
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
    /// <param name="Unit">Unit the value is given in; it is converted where the indicator has another of the same kind. Absent: the indicator's.</param>
    /// <param name="Explanation">Why the value does not fit others it should fit, where a relation is doubtful (审核关系说明).</param>
    public sealed record Row(
        string Indicator, string Period, decimal Value, ValueStatus Status, string? Document, string? Note, string? Reason,
        DateOnly? ReleasedOn = null, RevisionReason? ReasonCode = null, string? Unit = null, string? Explanation = null)
    {
        /// <summary>What SDMX says beside the value; null for a row of any other notation.</summary>
        internal Sdmx.Said? Said { get; init; }
    }

    public static Row Bind(Fields row)
    {
        if (row.Has("TIME_PERIOD")) return Sdmx.Bind(row);
        row.LeaveOutIfOnly("indicator", "period");
        row.LeaveOutIfNone("value");
        return new(
            row.CodeOrName("indicator"), row.Period("period").Text ?? "", row.Number("value", unitIn: "unit"), row.Enum<ValueStatus>("status"),
            row.TextOrNull("document"), row.TextOrNull("note", 500), row.TextOrNull("reason", 500), row.DayOrNull("releasedOn"),
            row.EnumOrNull<RevisionReason>("reasonCode"), row.UnitOrNull("unit"), row.TextOrNull("explanation", 500));
    }

    /// <summary>Decides under the rules that say what is implausible.</summary>
    public static Decision Decide(Indicator indicator, Row row, VerdictRules rules, Occasion occasion)
    {
        if (indicator.History.Definition is not { } definition) return Indicators.Indicator.Unknown;

        var period = Period.Parse(row.Period);
        if (period.First > occasion.Today)
            return Refusal.Invalid("period-in-future", $"{period} 尚未开始；请核对期别。", $"{period} has not begun; check the period.", "period");
        if (period.Last >= occasion.Today && row.Status != ValueStatus.Estimate)
            return Refusal.Invalid("period-not-over", $"{period} 尚未结束，只能报预计数（estimate）。",
                $"{period} is not over; only an estimate can be reported.", "status");
        if (row.ReleasedOn > occasion.Today)
            return Refusal.Invalid("day-in-future", "发布日期不能晚于今天；请核对日期。", "The day of release lies in the future.", "releasedOn");

        var (misread, read, notes) = Measure.Of(row, definition, period, occasion.By.Tenant);
        if (misread is not null) return misread;
        var vintages = indicator.History.Values.GetValueOrDefault(row.Period, []);
        // A value that was recorded with more places than are published now is a repeat as it was sent then.
        if (vintages.FindLast(known => IsOnRecord(known, row with { Value = read }, vintages[^1])) is { } exact)
            return Repeated(exact, vintages[^1]).With(notes);
        var odd = Plausibility.Check(indicator.History, period, read, rules, occasion.Today).ToList();
        row = row with { Value = Measure.Rounded(read, definition, notes) };
        if (vintages.FindLast(known => IsOnRecord(known, row, vintages[^1])) is { } same) return Repeated(same, vintages[^1]).With(notes);

        string[]? flags = odd.Count > 0 ? [.. odd.Select(warning => warning.Code)] : null;
        var released = row.ReleasedOn ?? occasion.Today;
        if (vintages is not [.., var last])
            return Accepted([new ValueReported(row.Indicator, row.Period, row.Value, row.Status, row.Document, row.Note, released, flags)]);

        var added = new Vintage(row.Value, row.Status, released, row.Document, row.Reason, [], false);
        if (row.ReleasedOn is not null && last.IsLaterThan(added))
        {
            Decision earlier = [new VintageAdded(row.Indicator, row.Period, row.Value, row.Status, released, row.Document, row.Note)];
            return earlier.With(notes);
        }

        if (last.Value is not { } known)
            return Accepted([new ValueReported(row.Indicator, row.Period, row.Value, row.Status, row.Document, row.Note, released, flags)]);

        if (row is { Status: ValueStatus.Corrected, ReasonCode: null })
            return Refusal.Invalid("missing", "更正须填写修订原因代码（reasonCode），如填报差错（clerical_error）。", "A correction needs its reasonCode.", "reasonCode");
        var advances = row.Status > last.Status && row.Status != ValueStatus.Corrected;
        if (last.Verified && !advances && row.Status != ValueStatus.Corrected)
            return Refusal.Conflict("conflicts-with-verified", $"该期数值 {known} 已审核认定；请将数据状态填为更正（corrected）并说明修订原因。",
                $"The value {known} has been verified; send it as corrected, with the reason.", "value");

        var reason = row.Reason ?? (advances ? $"{Codes<ValueStatus>.ByValue[last.Status]} → {Codes<ValueStatus>.ByValue[row.Status]}" : null);
        if (reason is null) return Refusal.NeedsReason($"该期已有数值 {known}", $"The period already has the value {known}");
        if (!advances && Restored(vintages, row) is { } restored) notes.Add(restored);
        return Accepted([new ValueRevised(
            row.Indicator, row.Period, known, last.Status, row.Value, row.Status, reason, row.Document, row.Note, released,
            row.ReasonCode ?? ReasonOf(row.Status, advances), flags)]);

        Decision Accepted(Decision decision) => decision.With([.. notes, .. odd]);
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

    /// <summary>Says that a correction brings a replaced value back, as one does that is sent again late.</summary>
    static Warning? Restored(ImmutableList<Vintage> vintages, Row row)
    {
        var last = vintages[^1];
        if (last.Value == row.Value || vintages.FindLast(known => known.Value == row.Value) is not { } older) return null;
        static string On(Vintage known) => known.ReleasedOn == default ? "" : $"{known.ReleasedOn:yyyy-MM-dd} ";
        return new Warning("restores-older", new(
            $"{row.Value} 是该期较早的数值（{On(older)}发布），现取代了较新的 {last.Value}（{On(last)}发布）；若是迟到的重发，请以 {last.Value} 再更正。历次数值与回执见 /v1/indicators/{row.Indicator}/vintages?period={row.Period}。",
            $"{row.Value} is the period's older value (released {On(older).Trim()}) and now takes the place of the newer {last.Value} (released {On(last).Trim()}); if it was sent again late, correct it to {last.Value}. All values with their receipts: /v1/indicators/{row.Indicator}/vintages?period={row.Period}."), "value");
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
            var held = Relations.Held<Row>(
                (indicator, row, at) => Decide(indicator, row, rules, at), row => new(row.Indicator, row.Period, row.Explanation));
            await OffTrack.Watched(held)(session, groups, occasion, cancel);
        },
        names: Indicators.Indicator.CodesByName).TakesAs("application/vnd.sdmx.data+csv");
}
