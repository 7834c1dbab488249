using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>Says what a plan item is in full: content, place, money, time, owner, and who answers for it. Another description needs a reason.</summary>
public static partial class DescribeProject
{
    /// <summary>One description; what is absent is not known.</summary>
    /// <param name="Code">Plan-item code.</param>
    /// <param name="Content">建设内容及规模.</param>
    /// <param name="Township">9-digit code of the township.</param>
    /// <param name="Total">总投资, in <paramref name="Unit"/>.</param>
    /// <param name="Unit">元, 万元 or 亿元; always said where there is an amount, since two of them are usual.</param>
    /// <param name="Funding">Planned funds by source, in <paramref name="Unit"/>: <c>state_budget=800;self_raised=200</c>.</param>
    /// <param name="PlannedStart">计划开工.</param>
    /// <param name="PlannedEnd">计划竣工.</param>
    /// <param name="Owner">项目单位.</param>
    /// <param name="OwnerCode">Its unified social credit code, 18 characters.</param>
    /// <param name="Responsible">责任单位.</param>
    /// <param name="Leader">责任领导, by office.</param>
    /// <param name="Person">责任人, by office.</param>
    /// <param name="Indicators">Codes of the plan's indicators it serves.</param>
    /// <param name="Reason">Why a description on record changes.</param>
    public sealed record Row(
        string Code, string? Content, string? Township, decimal? Total, string Unit, IReadOnlyDictionary<string, decimal> Funding,
        DateOnly? PlannedStart, DateOnly? PlannedEnd, string? Owner, string? OwnerCode, string? Responsible, string? Leader, string? Person,
        string[] Indicators, string? Reason)
    {
        internal ProjectDescribed Description(int version, string? reason) => new(
            Code, Content, Township, Total is { } total ? Money.Yuan(total, Unit) : null,
            Funding.ToImmutableSortedDictionary(StringComparer.Ordinal), PlannedStart, PlannedEnd, Owner, OwnerCode, Responsible, Leader, Person,
            Indicators, version, reason);
    }

    public static Row Bind(Fields row)
    {
        var (total, funds) = (row.NumberOrNull("total", 0, unitIn: "unit"), row.MapOrNone("funding"));
        // Without an amount, no unit is needed.
        var unit = row.MoneyUnit("unit", total is null && funds.Count == 0 ? "元" : null);
        var bound = new Row(
            row.Code("code"), row.TextOrNull("content", 2_000), row.TextOrNull("township", 9), total, unit,
            Funding(row, funds, unit), row.DayOrNull("plannedStart"),
            row.DayOrNull("plannedEnd"), row.TextOrNull("owner"), row.TextOrNull("ownerCode", 18), row.TextOrNull("responsible", 60),
            row.TextOrNull("leader", 60), row.TextOrNull("person", 60), row.Remarks("indicators"), row.TextOrNull("reason", 500));
        row.CheckPayable("total", bound.Total, unit);
        if (bound.Township is { } township && !Township().IsMatch(township))
            row.Wrong("township", "not-an-area-code", "应为 9 位乡镇统计用区划代码，如 410325103。", "Must be a 9-digit township code.");
        if (bound.PlannedEnd < bound.PlannedStart)
            row.Fail("plannedEnd", "out-of-range", "计划竣工早于计划开工；请核对两个日期。", "The planned end lies before the planned start.");
        return bound;
    }

    static ImmutableDictionary<string, decimal> Funding(Fields row, IReadOnlyDictionary<string, string> funds, string unit)
    {
        var funding = ImmutableDictionary.CreateBuilder<string, decimal>();
        foreach (var (name, text) in funds)
        {
            if (!Codes<FundSource>.ByCode.TryGetValue(name, out var source) && !Codes<FundSource>.ByTerm.TryGetValue(name, out source))
                row.Wrong("funding", "unknown-code", $"资金来源应为以下之一：{string.Join('、', Codes<FundSource>.Official.OrderBy(one => one.Key).Select(one => one.Value))}。",
                    $"A source must be one of: {Codes<FundSource>.List}.");
            else if (!decimal.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var amount))
                row.Wrong("funding", "not-a-number", $"“{name}”的金额不是数字；应写成 {name}=800。", $"The amount of {name} is not a number; write {name}=800.");
            else if (funding.ContainsKey(Codes<FundSource>.ByValue[source]))
                row.Wrong("funding", "code-twice", $"资金来源“{name}”写了两次；请只留一项。", $"The source {name} is given twice.");
            else if (row.CheckPayable("funding", amount, unit))
                funding[Codes<FundSource>.ByValue[source]] = Money.Yuan(amount, unit).Units;
        }

        return funding.ToImmutable();
    }

    public static Decision Decide(Project project, Row row, Occasion occasion)
    {
        if (project.Registration is null) return AdvanceStage.Unknown with { Field = "code" };
        var described = row.Description((project.Description?.Version ?? 0) + 1, project.Description is null ? null : row.Reason);
        if (project.Repeated("description", Project.TextOf(described), row.Reason) is { } repeated) return repeated;
        if (project.Description is not null && row.Reason is null)
            return Refusal.NeedsReason("项目概况已登记，内容不同", "The project is on record with another description");
        Decision decision = [described];
        return row.OwnerCode is { } code && !CreditCode.IsValid(code)
            ? decision.With([new Warning("credit-code-invalid", new(
                "统一社会信用代码校验位不符（GB 32100-2015），请核对。", "The unified social credit code fails its check (GB 32100-2015)."), "ownerCode")])
            : decision;
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/project-details", "projects:define", Bind, (row, tenant) => Project.Stream(tenant, row.Code), Lamps.Watched<Row>(Decide));

    [GeneratedRegex(@"^\d{9}\z")]
    private static partial Regex Township();
}

/// <summary>The unified social credit code (统一社会信用代码) of GB 32100-2015.</summary>
static class CreditCode
{
    const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

    static readonly int[] weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    /// <summary>True when the last of its 18 characters is right. Some real codes fail, so this is worth a warning and no more.</summary>
    public static bool IsValid(string code)
    {
        if (code.Length != 18 || code.Any(character => !Alphabet.Contains(character, StringComparison.Ordinal))) return false;
        var sum = weights.Select((weight, index) => weight * Alphabet.IndexOf(code[index], StringComparison.Ordinal)).Sum();
        return Alphabet[(31 - sum % 31) % 31] == code[17];
    }
}
