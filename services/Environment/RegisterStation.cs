using System.Security.Cryptography;
using System.Text;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>Registers a station with the unit of each pollutant it measures. The same registration again changes nothing.</summary>
public static class RegisterStation
{
    /// <summary>One station as a department sends it.</summary>
    /// <param name="Mn">Equipment number MN (设备唯一标识) of HJ 212-2017.</param>
    /// <param name="Name">Chinese name.</param>
    /// <param name="Medium"><c>air</c> or <c>surface_water</c>.</param>
    /// <param name="Area">9-digit township code.</param>
    /// <param name="Units">Unit by pollutant code, e.g. <c>{"a34004": "μg/m3"}</c>; in CSV <c>a34004=μg/m3;a34002=μg/m3</c>.</param>
    /// <param name="Password">Password PW of its device, 6 characters of HJ 212; only its SHA-256 is kept. Absent: none is asked for.</param>
    /// <param name="TimeLabel"><c>start</c> or <c>end</c>: what the device's DataTime stands for; absent: <c>start</c>, as in HJ 212-2017.</param>
    public sealed record Row(
        string Mn, string Name, Medium Medium, string Area, IReadOnlyDictionary<string, string> Units,
        string? Password = null, TimeLabel? TimeLabel = null)
    {
        internal string? PasswordSha256 =>
            Password is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Password)));
    }

    public static Row Bind(Fields row)
    {
        var (mn, name, medium) = (row.Code("mn"), row.Text("name"), row.Enum<Medium>("medium"));
        var area = row.Text("area", 9);
        if (area.Length != 9 || !area.All(char.IsAsciiDigit))
            row.Fail("area", "not-an-area-code", "应为 9 位统计用区划代码。", "Must be a 9-digit statistical area code.");
        // Devices and files write μ (Greek mu, U+03BC) and µ (micro sign, U+00B5) for the same thing.
        var units = row.Map("units").ToDictionary(unit => unit.Key, unit => unit.Value.Replace('µ', 'μ'));
        var password = row.TextOrNull("password", 6);
        if (password is not null && (password.Length != 6 || !password.All(char.IsAsciiLetterOrDigit)))
            row.Fail("password", "not-a-password", "应为 6 位字母或数字（HJ 212 的 PW）。", "Must be 6 letters or digits (PW of HJ 212).");
        return new Row(
            mn, name, medium, area, new SortedDictionary<string, string>(units, StringComparer.Ordinal), password,
            row.EnumOrNull<TimeLabel>("timeLabel"));
    }

    public static Decision Decide(Station station, Row row, Occasion occasion)
    {
        if (row.Units.Count == 0)
            return Refusal.Invalid("missing", "至少登记一个监测项目。", "At least one pollutant must be registered.", "units");
        foreach (var (code, unit) in row.Units)
        {
            if (!Pollutant.ByCode.TryGetValue(code, out var pollutant) || pollutant.Medium != row.Medium)
                return Refusal.Invalid("pollutant-unknown", $"{code} 不是该类站点的监测因子编码（HJ 212）。",
                    $"{code} is no pollutant code (HJ 212) for such a station.", "units");
            if (!pollutant.Units.Contains(unit))
                return Refusal.Invalid("unknown-unit", $"{code} 的单位应为 {string.Join(" 或 ", pollutant.Units)}。",
                    $"The unit of {code} must be {string.Join(" or ", pollutant.Units)}.", "units");
        }

        var registered = new StationRegistered(
            row.Mn, row.Name, row.Medium, row.Area, row.Units, row.PasswordSha256, row.TimeLabel);
        if (station.Registration is not { } known) return [registered];
        return known.Units.SequenceEqual(registered.Units) && registered with { Units = known.Units } == known
            ? []
            : Refusal.Conflict("station-differs", $"{row.Mn} 已登记为“{known.Name}”，内容不同。",
                $"{row.Mn} is registered as “{known.Name}”, with other contents.", "mn");
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Station, Row>(
            "/v1/stations", "environment:define", Bind, (row, tenant) => Station.Stream(tenant, row.Mn), Hj212.Mns.Unique(Decide));
        routes.MapRegistration<Station, Row>(
            "/v1/stations", "mn", "environment:define", Bind, (row, tenant) => Station.Stream(tenant, row.Mn), Hj212.Mns.Unique(Decide));
    }
}
