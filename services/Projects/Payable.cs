using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// What an amount of money can be, whatever its unit: nothing, or from one 分 to 10^15 元. So no sum, share or pace of amounts leaves the
/// range of a number, as a share of a billionth of a yuan would.
/// </summary>
static class Payable
{
    const decimal YuanMin = 0.01m;
    const decimal YuanMax = 1_000_000_000_000_000m;

    /// <summary>Fails the row with <c>out-of-range</c> where the amount is none that can be paid; false then, and where the unit is none.</summary>
    public static bool CheckPayable(this Fields row, string field, decimal? amount, string unit)
    {
        if (!Money.Multipliers.ContainsKey(unit)) return false;
        var yuan = Money.Yuan(1, unit).Units;
        if (amount is null or 0 || (amount >= YuanMin / yuan && amount <= YuanMax / yuan)) return true;
        row.Wrong(field, "out-of-range", "金额应为 0，或在 1 分与 1000 万亿元之间。", "An amount is 0, or lies between 0.01 and 10^15 yuan.");
        return false;
    }
}
