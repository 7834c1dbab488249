using System.Collections.Frozen;
using Monitoring.Contracts.Environment;
using Monitoring.Environment.Hj212;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Registers a station with the unit of each pollutant it measures. The same registration again changes nothing; another one
/// is a change, which needs the day it holds from and a reason.
/// </summary>
public static class RegisterStation
{
    /// <summary>Names that figures of the whole county go by, so that no station can have them.</summary>
    internal static readonly FrozenSet<string> Reserved = new[] { CountyAir, CountyWater }.ToFrozenSet();

    internal const string CountyAir = "county-air";
    internal const string CountyWater = "county-water";

    // ST of HJ 212-2017 by medium, and the whole list.
    static readonly FrozenDictionary<Medium, int> systemTypes =
        new Dictionary<Medium, int> { [Medium.Air] = 22, [Medium.SurfaceWater] = 21, [Medium.Noise] = 23 }.ToFrozenDictionary();

    static readonly FrozenSet<int> knownTypes = new[] { 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 38, 39, 41 }.ToFrozenSet();

    /// <summary>One station as a department sends it.</summary>
    /// <param name="Mn">Equipment number MN (设备唯一标识) of HJ 212-2017.</param>
    /// <param name="Name">Chinese name.</param>
    /// <param name="Medium"><c>air</c>, <c>surface_water</c>, <c>noise</c> or <c>other</c>.</param>
    /// <param name="Area">9-digit township code.</param>
    /// <param name="Units">Unit by pollutant code, e.g. <c>{"a34004": "μg/m3"}</c>; in CSV <c>a34004=μg/m3;a34002=μg/m3</c>.</param>
    /// <param name="Site">ST, place, water body and the rest of the registration; see the fields of its own.</param>
    /// <param name="Password">PW that the device sends, 6 letters or digits; holds at once, and only a keyed hash is kept. Absent: as it was.</param>
    /// <param name="EffectiveFrom">For a change: the first day it holds; one that changes units lies in the future. At first: since when it counts.</param>
    /// <param name="Reason">For a change: why.</param>
    public sealed record Row(
        string Mn, string Name, Medium Medium, string Area, IReadOnlyDictionary<string, string> Units, StationSite? Site = null,
        string? Password = null, DateOnly? EffectiveFrom = null, string? Reason = null)
    {
        internal StationRegistered Registration(StationRegistered? known) => new(
            Mn, Name, Medium, Area, Units, Site?.SystemType, Site?.Longitude, Site?.Latitude, Site?.Address, Site?.WaterBody, Site?.TargetClass,
            Site?.TimeLabel, Site?.Planned, Site?.IntervalMinutes, Site?.CountsForCounty, known is null ? EffectiveFrom : known.Since);
    }

    /// <summary>What a registration may say beside the units.</summary>
    /// <param name="SystemType">ST of HJ 212-2017; absent: 22 for air, 21 for surface water, 23 for noise.</param>
    /// <param name="Longitude">Degrees east, six places at most.</param>
    /// <param name="Latitude">Degrees north, six places at most.</param>
    /// <param name="Address">Where it stands.</param>
    /// <param name="WaterBody"><c>river</c> (default) or <c>lake</c>.</param>
    /// <param name="TargetClass">目标类别, 1 to 5.</param>
    /// <param name="TimeLabel">What DataTime means: <c>start</c> (default) or <c>end</c> of the period.</param>
    /// <param name="Planned">Codes that must have data for a day to be complete; in CSV <c>a34004 | a34002</c>.</param>
    /// <param name="IntervalMinutes">Minutes between readings, 1 to 1440; default 60.</param>
    /// <param name="CountsForCounty">Whether it is a point of the county's evaluation; default true.</param>
    public sealed record StationSite(
        int? SystemType = null, decimal? Longitude = null, decimal? Latitude = null, string? Address = null, WaterBody? WaterBody = null,
        int? TargetClass = null, TimeLabel? TimeLabel = null, string[]? Planned = null, int? IntervalMinutes = null, bool? CountsForCounty = null);

    public static Row Bind(Fields row)
    {
        var (mn, name, medium) = (row.Code("mn"), row.Text("name"), row.Enum<Medium>("medium"));
        var area = row.Text("area", 9);
        if (area.Length > 0 && (area.Length != 9 || !area.All(char.IsAsciiDigit)))
            row.Wrong("area", "not-an-area-code", "应为 9 位乡镇统计用区划代码，如 410325103。", "Must be a 9-digit statistical area code.");
        if (Reserved.Contains(mn)) row.Wrong("mn", "reserved-code", "此编码用于全县评价；请填设备的 MN 号。", "This code names the county's figures.");
        // Devices and files write μ (Greek mu, U+03BC) and µ (micro sign, U+00B5) for the same thing.
        var given = row.Map("units").ToLookup(unit => Pollutant.CodeOf(unit.Key), unit => unit.Value.Replace('µ', 'μ'));
        if (given.Any(same => same.Count() > 1))
            row.Wrong("units", "code-twice", "同一监测因子写了两次（编码与名称）；请只留一种。", "A pollutant is named twice, by its code and its name.");
        var units = given.ToDictionary(same => same.Key, same => same.First());
        var planned = row.Remarks("planned").Select(code => Pollutant.CodeOf(code.Trim())).Distinct().Order(StringComparer.Ordinal).ToArray();
        var site = new StationSite(
            row.WholeOrNull("systemType", 0, 99), row.NumberOrNull("longitude", 73, 136), row.NumberOrNull("latitude", 3, 54),
            row.TextOrNull("address"), row.EnumOrNull<WaterBody>("waterBody"), row.WholeOrNull("targetClass", 1, 5),
            row.EnumOrNull<TimeLabel>("timeLabel"), planned.Length > 0 ? planned : null, row.WholeOrNull("intervalMinutes", 1, 1440),
            row.FlagOrNull("countsForCounty"));
        var password = row.TextOrNull("password", 6);
        if (password is not null && (password.Length != 6 || !password.All(char.IsAsciiLetterOrDigit)))
            row.Wrong("password", "not-a-password", "应为 6 位字母或数字（HJ 212 的 PW）。", "Must be 6 letters or digits (PW of HJ 212).");
        return new Row(
            mn, name, medium, area, new SortedDictionary<string, string>(units, StringComparer.Ordinal), site,
            password, row.DayOrNull("effectiveFrom"), row.TextOrNull("reason", 500));
    }

    /// <summary>Decides on a registration, and on the password that came with it.</summary>
    /// <param name="setsPassword">Whether a password came that is not the one registered.</param>
    public static Decision Decide(Station station, Row row, bool setsPassword, Occasion occasion)
    {
        var decision = Decide(station, row, occasion);
        return setsPassword && decision.Refusal is null ? [.. decision, new StationPasswordSet(row.Mn)] : decision;
    }

    /// <summary>Decides on a registration, whatever its password.</summary>
    public static Decision Decide(Station station, Row row, Occasion occasion)
    {
        if (Misfit(row) is { } misfit) return misfit;
        if (station.Registration is not { } known) return [row.Registration(null)];
        var registration = row.Registration(known);
        if (Station.Same(known, registration)) return [];
        if (row.EffectiveFrom is not { } from || row.Reason is not { } reason)
            return Refusal.Conflict("station-differs", $"{row.Mn} 已登记为“{known.Name}”，内容不同；如有变更，请填写生效日期（effectiveFrom）和变更原因（reason）。",
                $"{row.Mn} is registered as “{known.Name}”, with other contents; a change needs effectiveFrom and reason.", "mn");
        if (station.History is [.., { EffectiveFrom: var last }] && last > from)
            return Refusal.Conflict("change-before-last", $"此前的变更自 {last:yyyy-MM-dd} 起生效；生效日期（effectiveFrom）不能早于该日。",
                $"The last change holds from {last:yyyy-MM-dd}.", "effectiveFrom");
        // Readings on record are in the unit that was declared when they came.
        if (from <= occasion.Today && known.Units.Any(unit => registration.Units.TryGetValue(unit.Key, out var other) && other != unit.Value))
            return Refusal.Invalid("unit-change-not-ahead", "计量单位的变更只能从明天或以后起生效。",
                "A unit can only change from tomorrow or later.", "effectiveFrom");
        return [new StationChanged(row.Mn, from, registration, reason)];
    }

    static Refusal? Misfit(Row row)
    {
        if (row.Units.Count == 0)
            return Refusal.Invalid("missing", "因子单位（units）至少填一个监测因子，如 a34004=μg/m3。", "At least one pollutant must be registered.", "units");
        foreach (var (code, unit) in row.Units)
        {
            if (!Pollutant.ByCode.TryGetValue(code, out var pollutant) || (pollutant.Medium != row.Medium && row.Medium != Medium.Other))
                return Refusal.Invalid("pollutant-unknown", $"{code} 不是该类站点的监测因子编码（HJ 212）或名称；请核对，如 a21026 或二氧化硫。",
                    $"{code} is no pollutant code (HJ 212) for such a station.", "units");
            if (!pollutant.Units.Contains(unit))
                return Refusal.Invalid("unknown-unit", $"{code} 的单位应为 {string.Join(" 或 ", pollutant.Units)}。",
                    $"The unit of {code} must be {string.Join(" or ", pollutant.Units)}.", "units");
        }

        if (row.Site?.Planned?.FirstOrDefault(code => !row.Units.ContainsKey(code)) is { } undeclared)
            return Refusal.Invalid("pollutant-undeclared", $"{undeclared} 未列入因子单位（units）；请补上其单位，或从应测因子（planned）中删去。", $"{undeclared} is not among the units.", "planned");
        return row.Site?.SystemType is { } type && (!knownTypes.Contains(type) || (systemTypes.TryGetValue(row.Medium, out var own) && own != type))
            ? Refusal.Invalid("system-type-differs", "系统编码 ST 与环境要素不符；空气为 22，地表水为 21，噪声为 23，也可不填。", "The system type (ST) is not one of such a station.", "systemType")
            : null;
    }

    /// <summary>Decides row by row, each on what the rows before it left, and keeps the passwords beside the streams.</summary>
    static Import.DecideGroups<Station, Row> DecideGroups(DeviceKey key) => async (session, groups, occasion, cancel) =>
    {
        var tenant = occasion.By.Tenant;
        var mns = groups.SelectMany(group => group.Rows).Select(row => row.Value.Mn).Distinct().ToList();
        var elsewhere = await Mns.Elsewhere(session, mns, tenant, cancel);
        var passwords = (await session.LoadManyAsync<DevicePassword>(cancel, mns)).ToDictionary(one => one.Id);
        foreach (var group in groups)
        {
            var state = group.State;
            foreach (var (number, row) in group.Rows)
            {
                var sent = row.Password is null ? null : new DevicePassword(row.Mn, key.HashOf(tenant, row.Mn, row.Password));
                var isNew = sent is not null && sent != passwords.GetValueOrDefault(row.Mn);
                var decision = elsewhere.Contains(row.Mn) ? Taken : Decide(state, row, isNew, occasion);
                if (!group.Note(number, decision)) continue;
                foreach (var happened in decision)
                {
                    group.Append(happened);
                    state = state.Evolve(happened);
                }

                if (!isNew) continue;
                passwords[row.Mn] = sent!;
                group.Also(store => store.Store(sent!));
            }
        }
    };

    static readonly Refusal Taken = Refusal.Conflict("mn-taken", "该 MN 已由其他县（市、区）登记。", "Another county has registered this MN.", "mn");

    public static void Map(IEndpointRouteBuilder routes)
    {
        var decide = DecideGroups(routes.ServiceProvider.GetRequiredService<DeviceKey>());
        routes.MapImport<Station, Row>(
            "/v1/stations", "environment:define", Bind, (row, tenant) => Station.Stream(tenant, row.Mn), decide);
        routes.MapRegistration<Station, Row>(
            "/v1/stations", "mn", "environment:define", Bind, (row, tenant) => Station.Stream(tenant, row.Mn), decide);
    }
}
