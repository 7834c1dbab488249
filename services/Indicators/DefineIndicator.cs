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
    /// <param name="NameEn">English name.</param>
    /// <param name="Unit">Unit of measure, e.g. 亿元.</param>
    /// <param name="Attribute"><c>binding</c> 约束性, <c>expected</c> 预期性, <c>unspecified</c> 未注明.</param>
    /// <param name="Direction"><c>increase</c>, <c>decrease</c>, <c>none</c>.</param>
    /// <param name="Plan">e.g. <c>fyp14</c>.</param>
    /// <param name="PlanRef">Place in the plan.</param>
    /// <param name="BaselineYear">Base year, if the plan has one.</param>
    /// <param name="Baseline">Base value (基期值), if it is a number.</param>
    /// <param name="BaselineVerbatim">The cell as printed.</param>
    /// <param name="Target">The plan's target.</param>
    /// <param name="Outlook">The long-range target (远景目标), if any.</param>
    /// <param name="Notes">Remarks, separated by <c> | </c> or as a JSON array.</param>
    /// <param name="Reason">Why a definition on record changes.</param>
    public sealed record Row(
        string Code, string Name, string NameEn, string Unit, Nature Attribute, Direction Direction, string Plan,
        string PlanRef, int? BaselineYear, decimal? Baseline, string? BaselineVerbatim, TargetSet? Target,
        TargetSet? Outlook, string[] Notes, string? Reason)
    {
        internal IndicatorDefined Definition(int version, string? reason) => new(
            Code, Name, NameEn, Unit, Attribute, Direction, Plan, PlanRef,
            BaselineYear is { } year ? new Baseline(year, Baseline, BaselineVerbatim) : null, Notes, version, reason);

        internal IEnumerable<TargetSet> Targets => new[] { Target, Outlook }.OfType<TargetSet>();
    }

    public static Row Bind(Fields row)
    {
        var code = row.Code("code");
        return new Row(
            code, row.Text("name"), row.Text("nameEn"), row.Text("unit", 60), row.Enum<Nature>("attribute"),
            row.Enum<Direction>("direction"), row.Code("plan"), row.Text("planRef"),
            row.WholeOrNull("baselineYear", 1949, 2100), row.NumberOrNull("baseline"), row.TextOrNull("baselineVerbatim"),
            BindTarget(row, code, "target"), BindTarget(row, code, "outlook"), row.Remarks("notes"), row.TextOrNull("reason", 500));
    }

    static TargetSet? BindTarget(Fields row, string code, string prefix)
    {
        var year = row.WholeOrNull($"{prefix}Year", 1949, 2100);
        var kind = row.EnumOrNull<TargetKind>($"{prefix}Kind");
        var (value, upper) = (row.NumberOrNull(prefix), row.NumberOrNull($"{prefix}Upper"));
        var (growth, verbatim) = (row.NumberOrNull($"{prefix}Growth"), row.TextOrNull($"{prefix}Verbatim"));
        if (year is null != kind is null)
            row.Fail(year is null ? $"{prefix}Year" : $"{prefix}Kind", "missing", "目标年份与目标类型须同时填写。",
                "A target's year and kind go together.");
        else if (year is null && (value ?? upper ?? growth) is not null)
            row.Fail($"{prefix}Year", "missing", "有目标值时须填写目标年份。", "A target value needs its year.");
        else if (upper < value)
            row.Fail($"{prefix}Upper", "out-of-range", "上限低于下限。", "The upper end lies below the lower.");
        return year is { } due && kind is { } read ? new TargetSet(code, due, read, value, upper, growth, verbatim) : null;
    }

    public static Decision Decide(Indicator indicator, Row row, Occasion occasion)
    {
        if (indicator.Definition is not { } known)
            return [row.Definition(1, null), .. row.Targets];

        if (row.Targets.FirstOrDefault(target => indicator.Targets.TryGetValue(target.Year, out var set) && set != target) is { } other)
            return Refusal.Conflict("target-needs-adjustment",
                $"{other.Year} 年目标已定；调整须按规划调整程序办理。",
                $"The target of {other.Year} is set; it changes by the adjustment procedure alone.", "target");

        var added = row.Targets.Where(target => !indicator.Targets.ContainsKey(target.Year));
        if (Same(row.Definition(known.Version, known.Reason), known)) return [.. added];
        return row.Reason is { } reason
            ? [row.Definition(known.Version + 1, reason), .. added]
            : Refusal.NeedsReason("指标定义与已登记的不同", "The definition differs from the one on record");
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
