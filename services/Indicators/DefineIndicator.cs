using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Enters an indicator into the catalogue with the targets its plan sets. The same definition again changes nothing;
/// another one needs a reason; a target that is set is changed by the adjustment procedure alone.
/// </summary>
public static class DefineIndicator
{
    /// <summary>One indicator as a department or the plan's file sends it. Years are four digits, numbers plain decimals.</summary>
    /// <param name="Code">Stable code.</param>
    /// <param name="Name">Official Chinese name.</param>
    /// <param name="NameEn">English name; absent: the Chinese.</param>
    /// <param name="Unit">Unit of measure, e.g. 亿元.</param>
    /// <param name="Attribute"><c>binding</c> 约束性, <c>expected</c> 预期性, <c>unspecified</c> 未注明.</param>
    /// <param name="Direction"><c>increase</c>, <c>decrease</c>, <c>none</c>.</param>
    /// <param name="Plan">e.g. <c>fyp14</c>.</param>
    /// <param name="PlanRef">Place in the plan.</param>
    /// <param name="BaselineYear">Base year, if the plan has one.</param>
    /// <param name="Baseline">Base value (基期值), if it is a number.</param>
    /// <param name="BaselineVerbatim">The cell as printed.</param>
    /// <param name="TargetYear">The year at whose end the plan's target is due; with <paramref name="TargetKind"/> or not at all.</param>
    /// <param name="TargetKind">How the target is to be read, e.g. <c>increase_to</c>.</param>
    /// <param name="Target">The target (目标值), lower end of a range, if it is a number.</param>
    /// <param name="TargetUpper">Upper end of a range.</param>
    /// <param name="TargetGrowth">Average yearly growth printed beside it, percent or points.</param>
    /// <param name="TargetVerbatim">The cell as printed.</param>
    /// <param name="OutlookYear">The same for the long-range target (远景目标), if there is one.</param>
    /// <param name="OutlookKind">How it is to be read.</param>
    /// <param name="Outlook">The long-range target.</param>
    /// <param name="OutlookUpper">Upper end of a range.</param>
    /// <param name="OutlookGrowth">Average yearly growth printed beside it.</param>
    /// <param name="OutlookVerbatim">The cell as printed.</param>
    /// <param name="Notes">Remarks, separated by <c> | </c> or as a JSON array.</param>
    /// <param name="Reason">Why a definition on record changes.</param>
    /// <param name="UnitMult">SDMX UNIT_MULT, the power of ten in the printed unit: 万 4, 亿 8.</param>
    /// <param name="Decimals">Places it is published and compared with, 0 to 10.</param>
    /// <param name="PeriodType"><c>flow</c> 时期数, <c>stock</c> 时点数, <c>year_to_date</c> 本年累计.</param>
    /// <param name="Frequency">SDMX FREQ: A, S, Q or M.</param>
    /// <param name="Formula">How a derived ratio is made.</param>
    /// <param name="TargetPath"><c>linear</c> 等额 or <c>geometric</c> 等比; empty for the kind's own.</param>
    /// <param name="TargetStrict">True for 突破 and 大于: the target itself is not enough.</param>
    /// <param name="TargetAround">True for 左右.</param>
    /// <param name="TargetReference">For <c>relative</c>: code of the indicator it is compared with.</param>
    /// <param name="TargetMargin">For <c>relative</c>: points asked above the reference.</param>
    /// <param name="TargetDueOn">For <c>milestone</c>: the day it is due.</param>
    public sealed record Row(
        string Code, string Name, string? NameEn, string Unit, Nature Attribute, Direction Direction, string Plan,
        string PlanRef, int? BaselineYear, decimal? Baseline, string? BaselineVerbatim, int? TargetYear, TargetKind? TargetKind,
        decimal? Target, decimal? TargetUpper, decimal? TargetGrowth, string? TargetVerbatim, int? OutlookYear,
        TargetKind? OutlookKind, decimal? Outlook, decimal? OutlookUpper, decimal? OutlookGrowth, string? OutlookVerbatim,
        string[] Notes, string? Reason, int? UnitMult = null, int? Decimals = null, PeriodType? PeriodType = null,
        string? Frequency = null, string? Formula = null, PathMethod? TargetPath = null, bool? TargetStrict = null,
        bool? TargetAround = null, string? TargetReference = null, decimal? TargetMargin = null, DateOnly? TargetDueOn = null)
    {
        internal IndicatorDefined Definition(int version, string? reason) => new(
            Code, Name, NameEn ?? Name, Unit, Attribute, Direction, Plan, PlanRef,
            BaselineYear is { } year ? new Baseline(year, Baseline, BaselineVerbatim) : null, Notes, version, reason,
            UnitMult, Decimals, PeriodType, Frequency, Formula);

        /// <summary>The row that says what is on record: the definition, and the targets as the plan set them.</summary>
        internal static Row Of(IndicatorHistory history)
        {
            var e = history.Definition!;
            var set = history.Targets.Values.Select(versions => versions[0].Target).ToList();
            var (target, outlook) = (set.ElementAtOrDefault(0), set.ElementAtOrDefault(1));
            return new(
                e.Code, e.Name, e.NameEn, e.Unit, e.Attribute, e.Direction, e.Plan, e.PlanRef, e.Baseline?.Year, e.Baseline?.Value,
                e.Baseline?.Verbatim, target?.Year, target?.Kind, target?.Value, target?.Upper, target?.Growth, target?.Verbatim,
                outlook?.Year, outlook?.Kind, outlook?.Value, outlook?.Upper, outlook?.Growth, outlook?.Verbatim, e.Notes, null, e.UnitMult,
                e.Decimals, e.PeriodType, e.Frequency, e.Formula, target?.Path, target?.Strict, target?.Around, target?.Reference,
                target?.Margin, target?.DueOn);
        }

        internal IEnumerable<TargetSet> Targets
        {
            get
            {
                if (TargetYear is { } due && TargetKind is { } kind)
                    yield return new(Code, due, kind, Target, TargetUpper, TargetGrowth, TargetVerbatim, TargetPath, TargetStrict,
                        TargetAround, TargetReference, TargetMargin, TargetDueOn);
                if (OutlookYear is { } far && OutlookKind is { } read)
                    yield return new(Code, far, read, Outlook, OutlookUpper, OutlookGrowth, OutlookVerbatim);
            }
        }
    }

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("code"), row.Text("name"), row.TextOrNull("nameEn"), row.Text("unit", 60), row.Enum<Nature>("attribute"),
            row.Enum<Direction>("direction"), row.Code("plan"), row.Text("planRef"), Year(row, "baselineYear"),
            row.NumberOrNull("baseline"), row.TextOrNull("baselineVerbatim"), Year(row, "targetYear"),
            row.EnumOrNull<TargetKind>("targetKind"), row.NumberOrNull("target"), row.NumberOrNull("targetUpper"),
            row.NumberOrNull("targetGrowth"), row.TextOrNull("targetVerbatim"), Year(row, "outlookYear"),
            row.EnumOrNull<TargetKind>("outlookKind"), row.NumberOrNull("outlook"), row.NumberOrNull("outlookUpper"),
            row.NumberOrNull("outlookGrowth"), row.TextOrNull("outlookVerbatim"), row.Remarks("notes"),
            row.TextOrNull("reason", 500), row.WholeOrNull("unitMult", -6, 12), row.WholeOrNull("decimals", 0, 10),
            row.EnumOrNull<PeriodType>("periodType"), Frequency(row), row.TextOrNull("formula"), row.EnumOrNull<PathMethod>("targetPath"),
            row.FlagOrNull("targetStrict"), row.FlagOrNull("targetAround"), row.TextOrNull("targetReference", 64),
            row.NumberOrNull("targetMargin"), row.DayOrNull("targetDueOn"));
        Check(row, "target", bound.TargetYear, bound.TargetKind, bound.Target, bound.TargetUpper);
        Check(row, "outlook", bound.OutlookYear, bound.OutlookKind, bound.Outlook, bound.OutlookUpper);
        if (bound.UnitMult is { } multiplier && Contracts.Money.Multipliers.TryGetValue(bound.Unit, out var ofUnit) && ofUnit != multiplier)
            row.Fail("unitMult", "unit-differs", $"计量单位 {bound.Unit} 的单位乘数是 {ofUnit}，而不是 {multiplier}；请改正其一，或不填单位乘数。",
                $"The multiplier of {bound.Unit} is {ofUnit}, not {multiplier}; correct one of them, or leave it out.");
        if (bound.BaselineYear is null && bound.Baseline is not null)
            row.Fail("baselineYear", "missing", "有基期值时须填写基期年份（baselineYear）。", "A base value needs its year.");
        if (bound.TargetYear < bound.BaselineYear || bound.OutlookYear < bound.BaselineYear)
            row.Fail(bound.TargetYear < bound.BaselineYear ? "targetYear" : "outlookYear", "target-before-base",
                "目标年份早于基期年份；请核对两个年份。", "The target's year lies before the base year.");
        if (bound.TargetYear is not null && bound.TargetYear == bound.OutlookYear)
            row.Fail("outlookYear", "target-year-twice", "远景目标与规划目标的年份相同；请核对目标年份与远景目标年份。", "Both targets are due in the same year.");
        return bound;
    }

    static string? Frequency(Fields row)
    {
        var text = row.TextOrNull("frequency") switch
        {
            "年" or "年度" => "A",
            "半年" or "半年度" => "S",
            "季" or "季度" => "Q",
            "月" or "月度" => "M",
            var code => code,
        };
        if (text is not (null or "A" or "S" or "Q" or "M"))
            row.Wrong("frequency", "unknown-code", "应为 A（年）、S（半年）、Q（季）、M（月）之一。", "Must be one of: A, S, Q, M.");
        return text;
    }

    static int? Year(Fields row, string field) => row.WholeOrNull(field, 1949, 2100);

    static void Check(Fields row, string prefix, int? year, TargetKind? kind, decimal? value, decimal? upper)
    {
        if (year is null != kind is null)
            row.Fail(year is null ? $"{prefix}Year" : $"{prefix}Kind", "missing", "目标年份与目标类型须同时填写。",
                "A target's year and kind go together.");
        else if (year is null && (value ?? upper) is not null)
            row.Fail($"{prefix}Year", "missing", "有目标值时须填写目标年份。", "A target value needs its year.");
        else if (upper < value)
            row.Fail($"{prefix}Upper", "out-of-range", "上限低于下限；请核对两个数。", "The upper end lies below the lower.");
    }

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.History.Definition is not { } known)
        {
            Decision defined = [row.Definition(1, null), .. row.Targets];
            return defined.With(Doubts(row));
        }

        // The plan's own target is what a definition repeats, also after it was adjusted.
        var set = indicator.History.Targets;
        if (row.Targets.FirstOrDefault(target => set.TryGetValue(target.Year, out var versions) && versions[0].Target != target) is { } other)
            return Refusal.Conflict("target-needs-adjustment",
                $"{other.Year} 年目标已定；调整须按规划调整程序办理。",
                $"The target of {other.Year} is set; it changes by the adjustment procedure alone.", "target");

        // Figures on record were sent in the unit of the day; another one would say something else of each.
        var values = indicator.History.Values.Count(period => period.Value.InForce() is not null);
        if (values > 0 && (row.Unit != known.Unit || row.UnitMult != known.UnitMult))
            return Refusal.Conflict("unit-has-values",
                $"已有 {values} 期数值按“{known.Unit}”登记，计量单位不能改；请先撤回这些数值，或用新的编码登记。",
                $"{values} periods have values in {known.Unit}, so the unit cannot change; withdraw them first, or define another code.", "unit");

        var added = row.Targets.Where(target => !set.ContainsKey(target.Year));
        if (Same(row.Definition(known.Version, known.Reason), known)) return [.. added];
        return row.Reason is { } reason
            ? [row.Definition(known.Version + 1, reason), .. added]
            : Refusal.NeedsReason("指标定义与已登记的不同", "The definition differs from the one on record");
    }

    /// <summary>A target whose kind and direction contradict each other.</summary>
    static IEnumerable<Warning> Doubts(Row row)
    {
        if ((row.Direction, row.TargetKind) is (Direction.Decrease, TargetKind.IncreaseTo) or (Direction.Increase, TargetKind.DecreaseTo))
            yield return new("direction-differs", new(
                $"指标方向是“{Codes<Direction>.Official[row.Direction]}”，而目标类型是“{Codes<TargetKind>.Official[row.TargetKind!.Value]}”；请核对。",
                $"The direction is {Codes<Direction>.ByValue[row.Direction]}, and the target {Codes<TargetKind>.ByValue[row.TargetKind!.Value]}; check which is meant."), "targetKind");
    }

    static bool Same(IndicatorDefined one, IndicatorDefined other) =>
        // Records compare arrays by reference, so the notes are compared apart.
        one.Notes.SequenceEqual(other.Notes) && one with { Notes = other.Notes } == other;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Indicator, Row>(
            "/v1/indicators", "indicators:define", Bind, (row, tenant) => Indicator.Stream(tenant, row.Code), Decide);
        routes.MapRegistration<Indicator, Row>(
            "/v1/indicators", "code", "indicators:define", Bind, (row, tenant) => Indicator.Stream(tenant, row.Code), Decide);
    }
}
