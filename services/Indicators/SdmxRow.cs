using System.Collections.Frozen;
using System.Globalization;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>How a row of SDMX-CSV 2.0 is read: every column is honoured, or refused with the way out.</summary>
public static partial class Sdmx
{
    /// <summary>Columns that hold nothing but names, for people (<c>labels=name</c>).</summary>
    static readonly string[] names =
    [
        "STRUCTURE_NAME", "Frequency", "Reference area", "Indicator", "Time period", "Observation value", "Observation status", "Unit multiplier",
        "Unit of measure", "Decimals", "Confidentiality status", "Vintage", "Source", "Comment",
    ];

    /// <summary>What codes of UNIT_MEASURE (CL_UNIT_MEASURE, ISO 4217, UN/CEFACT) may stand for; the first that fits the indicator's unit is meant.</summary>
    static readonly FrozenDictionary<string, string[]> measures = new Dictionary<string, string[]>
    {
        ["CNY"] = ["元"], ["XDC"] = ["元"], ["USD"] = ["美元"], ["PT"] = ["%"], ["PC"] = ["%"], ["PERCENT"] = ["%"], ["P1"] = ["%"], ["PM"] = ["‰"],
        ["PP"] = ["百分点"], ["PPT"] = ["百分点"], ["T"] = ["吨", "吨标准煤"], ["TNE"] = ["吨", "吨标准煤"], ["TONNES"] = ["吨", "吨标准煤"], ["TCE"] = ["吨标准煤"],
        ["KG"] = ["公斤"], ["KGM"] = ["公斤"], ["G"] = ["克"], ["PS"] = ["人", "人次", "名"], ["PERSONS"] = ["人", "人次", "名"], ["HH"] = ["户"],
        ["KM2"] = ["平方公里"], ["KMK"] = ["平方公里"], ["HA"] = ["公顷"], ["HAR"] = ["公顷"], ["M2"] = ["平方米"], ["MTK"] = ["平方米"], ["MU"] = ["亩"],
        ["KM"] = ["公里"], ["KMT"] = ["公里"], ["M"] = ["米"], ["MTR"] = ["米"], ["M3"] = ["立方米"], ["MTQ"] = ["立方米"], ["UG_M3"] = ["微克/立方米"],
        ["D"] = ["天"], ["DAY"] = ["天"], ["DAYS"] = ["天"], ["TIMES"] = ["倍"],
        ["NUMBER"] = counted, ["NR"] = counted, ["UNIT"] = counted, ["C62"] = counted,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    static string[] counted => ["个", "家", "项", "张", "条", "类", "袋", "户", "人", "名", "处", "所", "座", "位次"];

    /// <summary>What a row of SDMX-CSV says beside the value, to be held against the catalogue; null for each thing it does not say.</summary>
    /// <param name="Structure">STRUCTURE_ID.</param>
    /// <param name="Area">REF_AREA.</param>
    /// <param name="UnitMult">UNIT_MULT, a power of ten.</param>
    /// <param name="UnitMeasure">UNIT_MEASURE, a code.</param>
    internal sealed record Said(string? Structure, string? Area, int? UnitMult, string? UnitMeasure)
    {
        /// <summary>The value in the indicator's unit, with what it was in if that was another; a refusal where what is said cannot be meant; neither where it is too large.</summary>
        public (Refusal? Refusal, InUnit? Value) Against(decimal value, IndicatorDefined definition, string tenant)
        {
            if (Structure is not null && Structure != StructureOf(tenant))
                return (Refusal.Invalid("structure-unknown",
                    $"STRUCTURE_ID 应为 {StructureOf(tenant)}，而不是 {Structure}；请删去该列或改正。",
                    $"STRUCTURE_ID must be {StructureOf(tenant)}, not {Structure}; leave the column out, or correct it.", "STRUCTURE_ID"), null);
            if (Area is not null && Area != tenant)
                return (Refusal.Invalid("area-outside-county",
                    $"REF_AREA 为 {Area}，而本系统只收 {tenant} 的数据；请核对是否发错地区。",
                    $"REF_AREA is {Area}, and only data of {tenant} are taken here; check whose data these are.", "REF_AREA"), null);
            var multiplier = MultOf(definition.UnitMult, definition.Unit);
            var own = multiplier ?? 0;
            if (UnitMeasure is null)
            {
                if (UnitMult is null || UnitMult == own) return (null, new(value, null));
                if (multiplier is null)
                    return (Refusal.Invalid("unit-differs",
                        $"该指标（{definition.Unit}）没有单位乘数，UNIT_MULT 只能为 0 或留空，而不是 {UnitMult}。",
                        $"The indicator ({definition.Unit}) has no multiplier; UNIT_MULT must be 0 or empty, not {UnitMult}.", "UNIT_MULT"), null);
                return Converted(value, TenTo(UnitMult.Value - own), $"× 10^{UnitMult}");
            }

            if (Read(definition.Unit) is not { } measure)
                return (Refusal.Invalid("unit-differs",
                    $"UNIT_MEASURE 为 {UnitMeasure}，与指标的计量单位 {definition.Unit} 不符；请改用 {Codes(definition.Unit).Zh}，或删去该列。",
                    $"UNIT_MEASURE is {UnitMeasure}, which does not fit the indicator's unit {definition.Unit}; use {Codes(definition.Unit).En}, or leave the column out.",
                    "UNIT_MEASURE"), null);
            var ratio = Units.Ratio(measure, definition.Unit)!.Value;
            if (UnitMult is null)
                return ratio is (1, 1) ? (null, new(value, null)) : (Refusal.Invalid("unit-differs",
                    $"有 UNIT_MEASURE（{UnitMeasure}）而无 UNIT_MULT，无法确定数值以何单位计；请填写 UNIT_MULT（{definition.Unit} 为 {own}）。",
                    $"UNIT_MEASURE ({UnitMeasure}) without UNIT_MULT leaves open what is counted; give UNIT_MULT ({own} for {definition.Unit}).", "UNIT_MULT"), null);
            var ten = TenTo(UnitMult.Value);
            var (times, over) = (ratio.Times * ten.Times, ratio.Over * ten.Over);
            return times == over ? (null, new(value, null)) : Converted(value, (times, over), $"× 10^{UnitMult} {UnitMeasure}");
        }

        /// <summary>The unit that the code stands for beside this one; null where it fits none.</summary>
        string? Read(string unit) =>
            measures.GetValueOrDefault(UnitMeasure!, []).FirstOrDefault(one => Units.Ratio(one, unit) is not null) ??
            // A unit in Chinese, as long as it carries no power of ten of its own.
            (Units.Ratio(UnitMeasure!, unit) is not null && Units.IsPlain(UnitMeasure!) ? UnitMeasure : null);

        static (Refusal?, InUnit?) Converted(decimal value, (decimal Times, decimal Over) ratio, string from) =>
            (null, Units.Scaled(value, ratio) is { } scaled ? new InUnit(scaled, from) : null);

        static (decimal Times, decimal Over) TenTo(int power)
        {
            var ten = 1m;
            for (var count = Math.Abs(power); count > 0; count--) ten *= 10;
            return power >= 0 ? (ten, 1) : (1, ten);
        }

        static (string Zh, string En) Codes(string unit) =>
            measures.Where(one => one.Value.Any(read => Units.Ratio(read, unit) is not null)).Select(one => one.Key).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } codes
                ? (string.Join("、", codes), string.Join(" or ", codes))
                : ("空白", "an empty cell");
    }

    /// <summary>A value in the indicator's unit.</summary>
    /// <param name="Value">The number.</param>
    /// <param name="From">What it was in; null where it was in that unit.</param>
    internal sealed record InUnit(decimal Value, string? From);

    /// <summary>The power of ten of an indicator's unit, as the catalogue says or as the unit itself does: 8 for 亿元; null where neither does.</summary>
    internal static int? MultOf(int? unitMult, string unit) =>
        unitMult ?? (Monitoring.Contracts.Money.Multipliers.TryGetValue(unit, out var ofUnit) ? ofUnit : null);

    static readonly ReportValue.Row nothing = new("", "", 0, default, null, null, null);

    /// <summary>Binds one row; OBS_STATUS decides where VINTAGE is absent.</summary>
    internal static ReportValue.Row Bind(Fields row)
    {
        if (row.Has("DATAFLOW"))
            row.Fail("DATAFLOW", "sdmx-csv-version",
                "这是 SDMX-CSV 1.0；只收 2.0：请将 DATAFLOW 列换成 STRUCTURE（填 dataflow）、STRUCTURE_ID（填原值）和 ACTION（填 I）三列，或按 2.0 重新导出。",
                "This is SDMX-CSV 1.0, and only 2.0 is read: replace DATAFLOW by the columns STRUCTURE (dataflow), STRUCTURE_ID (its value) and ACTION (I), or export it anew as 2.0.");
        foreach (var name in names)
            if (row.Has(name)) row.TextOrNull(name, 500);

        var action = Coded(row, "ACTION");
        if (action is "D")
            row.Fail("ACTION", "unknown-code", "不能以 ACTION=D 删除数据；撤销已发布的数值请用 /v1/withdrawals（须写明原因）。",
                "Nothing is deleted by ACTION=D; withdraw a published value through /v1/withdrawals, with the reason.");
        else if (action is not (null or "I" or "A" or "M" or "R"))
            row.Fail("ACTION", "unknown-code", "应为 I、A、M 或 R；撤销请用 /v1/withdrawals。", "Must be I, A, M or R; withdraw through /v1/withdrawals.");
        if (Coded(row, "STRUCTURE") is not (null or "dataflow" or "dataprovision" or "datastructure"))
            row.Fail("STRUCTURE", "unknown-code", "应为 dataflow。", "Must be dataflow.");

        var period = row.Period("TIME_PERIOD");
        if (Coded(row, "FREQ") is { } frequency && period.Text is not null && frequency != period.Frequency)
            row.Fail("FREQ", "differs-from-period", $"FREQ 为 {frequency}，而期别 {period.Text} 应为 {period.Frequency}；请改正其一。",
                $"FREQ is {frequency}, and that of the period {period.Text} is {period.Frequency}; correct one of them.");
        if (Coded(row, "CONF_STATUS") is { } confidentiality && confidentiality != "F")
            row.Fail("CONF_STATUS", "confidential", $"CONF_STATUS 为 {confidentiality}（非公开）；不予公布的数据不得上报本系统，请删去此行；如可公开，请改为 F。",
                $"CONF_STATUS is {confidentiality}, which is not for publication; such data must not be sent here. Leave the row out, or say F if it is free.");
        var vintage = row.EnumOrNull<ValueStatus>("VINTAGE");
        var observed = Coded(row, "OBS_STATUS");
        if (observed is "M" or "O" or "L" or "H" or "Q")
        {
            if (row.TextOrNull("OBS_VALUE") is null or "NaN")
            {
                row.LeaveOut("missing-value", $"OBS_STATUS={observed}：缺数。", $"OBS_STATUS={observed}: the value is missing.");
                return nothing;
            }

            row.Fail("OBS_STATUS", "status-contradicts-value", $"OBS_STATUS={observed} 表示缺数，而 OBS_VALUE 有数值；请改正其一。",
                $"OBS_STATUS={observed} says that the value is missing, and OBS_VALUE has one; correct one of them.");
        }

        var value = row.Number("OBS_VALUE");
        if (row.WholeOrNull("DECIMALS", 0, 15) is { } places && value.Scale > places && decimal.Round(value, places) != value)
            row.Fail("DECIMALS", "decimals-differ", $"OBS_VALUE {value} 的小数多于 DECIMALS={places} 位；请改正其一。",
                $"OBS_VALUE {value} has more places than DECIMALS={places} says; correct one of them.");
        return new ReportValue.Row(
            CodeOf(row), period.Text ?? "", value, Status(row, vintage, observed), row.TextOrNull("SOURCE"), row.TextOrNull("COMMENT_OBS", 500),
            row.TextOrNull("REASON", 500), row.DayOrNull("RELEASED_ON"), row.EnumOrNull<RevisionReason>("REVISION_REASON"),
            Explanation: row.TextOrNull("EXPLANATION", 500))
        {
            Said = new(Coded(row, "STRUCTURE_ID"), Coded(row, "REF_AREA"), Multiplier(row), Coded(row, "UNIT_MEASURE")),
        };
    }

    /// <summary>A code; with <c>labels=both</c> its name stands behind it: «A: Normal value».</summary>
    static string? Coded(Fields row, string field) =>
        row.TextOrNull(field, 500)?.Split(": ", 2)[0].Trim() is { Length: > 0 } code ? code : null;

    static string CodeOf(Fields row)
    {
        var code = Coded(row, "INDICATOR") ?? row.Text("INDICATOR");
        if (code.Length > 64 || code.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('.' or '-' or '_')))
            row.Fail("INDICATOR", "not-a-code", "应为指标编码，如 gdp（可写成 gdp: 地区生产总值）；编码见 /v1/indicators。",
                "Must be the code of an indicator, like gdp (or gdp: GDP); /v1/indicators lists them.");
        return code;
    }

    static int? Multiplier(Fields row)
    {
        if (Coded(row, "UNIT_MULT") is not { } text) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && power is >= -12 and <= 12) return power;
        row.Fail("UNIT_MULT", "unknown-code", "应为 10 的幂次，如 0、4（万）、8（亿）。", "Must be a power of ten, such as 0, 4 (万), 8 (亿).");
        return null;
    }

    /// <summary>What OBS_STATUS (CL_OBS_STATUS) is here; VINTAGE tells apart what it does not, and must not contradict it.</summary>
    static ValueStatus Status(Fields row, ValueStatus? vintage, string? code)
    {
        switch (code)
        {
            case null when vintage is { } known: return known;
            case "A": return Agreed(ValueStatus.Final);
            case "P": return Agreed(ValueStatus.Preliminary);
            // What is forecast or imputed is an estimate here.
            case "E" or "F" or "I": return Agreed(ValueStatus.Estimate);
            case "B" or "D":
                row.Fail("OBS_STATUS", "break-in-series",
                    $"OBS_STATUS={code}（口径中断）：请先以新口径更新指标定义（PUT /v1/indicators/…，填写 reason），再以 A、P 或 E 上报此值。",
                    $"OBS_STATUS={code} is a break in the series: enter the new definition first (PUT /v1/indicators/…, with reason), then send the value as A, P or E.");
                return default;
            case "M" or "O" or "L" or "H" or "Q": return default;
            default:
                row.Fail("OBS_STATUS", code is null ? "missing" : "unknown-code",
                    "应为 A（正常）、P（初步）、E、F 或 I（预计、推算），缺数为 M；或留空并填写 VINTAGE。",
                    "Must be A (normal), P (provisional), E, F or I (estimated), or M for a missing value; or leave it empty and give VINTAGE.");
                return default;
        }

        ValueStatus Agreed(ValueStatus meant)
        {
            if (vintage is not { } known) return meant;
            if (Observed(known) != Observed(meant))
                row.Fail("VINTAGE", "differs-from-status", $"VINTAGE 与 OBS_STATUS={code} 不一致（应为 {Observed(known)}）；请改正其一。",
                    $"VINTAGE contradicts OBS_STATUS={code} (it would be {Observed(known)}); correct one of them.");
            return known;
        }
    }
}
