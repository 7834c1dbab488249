using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Takes a department's signal on a household (部门筛查预警). The department's own reference makes a repeat harmless; a
/// changed signal under the same reference is a correction and needs a reason.
/// </summary>
public static class ReportSignal
{
    /// <summary>One signal as a department sends it; personal data has no place here.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Reference">The department's own number for the signal.</param>
    /// <param name="Kind">What it is about.</param>
    /// <param name="Amount">Zero or more; required for <c>medical_self_pay</c> and <c>education_cost</c>.</param>
    /// <param name="Unit">元, 万元 or 亿元; default 元.</param>
    /// <param name="Since">First day, where the amount is the sum from then to <paramref name="On"/> (累计) and not one payment.</param>
    /// <param name="On">The day it is about, Asia/Shanghai; not in the future.</param>
    /// <param name="Reason">Why a signal on record is replaced.</param>
    /// <param name="Person">The member it is about, by random id.</param>
    public sealed record Row(
        Guid Household, string Reference, SignalKind Kind, decimal? Amount, string Unit, DateOnly? Since, DateOnly On, string? Reason,
        Guid? Person)
    {
        internal Money? Money => Amount is { } amount ? Contracts.Money.Yuan(amount, Unit) : null;
    }

    public static Row Bind(Fields row)
    {
        var (household, reference) = (row.Id("household"), row.Code("reference"));
        var kind = row.Enum<SignalKind>("kind");
        var amount = row.NumberOrNull("amount", 0);
        if (amount is null && kind is SignalKind.MedicalSelfPay or SignalKind.OutpatientSelfPay or SignalKind.EducationCost)
            row.Fail("amount", "missing", "此类线索须填金额。", "A signal of this kind needs an amount.");
        var (since, on) = (row.DayOrNull("since"), row.Day("on"));
        if (since > on) row.Fail("since", "out-of-order", "起始日不能晚于 on。", "The first day must not lie after on.");
        return new Row(
            household, reference, kind, amount, row.MoneyUnit("unit", "元"), since, on, row.TextOrNull("reason", 500), row.IdOrNull("person"));
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today)
            return Refusal.Invalid("day-in-future", "日期不能晚于今天。", "The day lies in the future.", "on");

        var department = occasion.By.Department;
        var reported = new SignalReported(row.Household, row.Reference, department, row.Kind, row.Money, row.On, row.Person, row.Since);
        if (!household.Signals.TryGetValue(Household.Key(department, row.Reference), out var known)) return [reported];
        // 21000 元 and 2.1 万元 are the same amount.
        if (known with { Amount = reported.Amount } == reported && known.Amount?.Units == reported.Amount?.Units) return [];
        return row.Reason is { } reason
            ? [new SignalRevised(
                row.Household, row.Reference, department, known.Kind, known.Amount, known.On, row.Kind, row.Money, reason, row.On, row.Person,
                row.Since)]
            : Refusal.NeedsReason($"编号 {row.Reference} 的线索已上报，内容不同", $"Signal {row.Reference} is on record with other contents");
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Household, Row>(
        "/v1/signals", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Household), Watched.Rows<Row>(Decide));
}
