using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Takes what a visit found out (入户排查, 信息采集): incomes by source, rigid spending, the guarantees, and the risks that the visitor
/// sees. Another survey of the same day is a correction and needs a reason.
/// </summary>
public static class SurveyHousehold
{
    /// <summary>One survey; personal data has no place here.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Members">Number of people sharing income, 1 to 30.</param>
    /// <param name="IncomeFrom">First day of the twelve months; absent where income was not asked.</param>
    /// <param name="IncomeTo">Last day of the twelve months, before the day of the visit.</param>
    /// <param name="Wages">工资性收入, 元.</param>
    /// <param name="Business">生产经营性收入, 元.</param>
    /// <param name="BusinessCosts">生产经营性支出, 元.</param>
    /// <param name="Property">财产性收入, 元.</param>
    /// <param name="Transfers">转移性收入, 元.</param>
    /// <param name="RigidSpending">大额刚性支出, 元.</param>
    /// <param name="Food">不愁吃.</param>
    /// <param name="Clothing">不愁穿.</param>
    /// <param name="Schooling">义务教育有保障.</param>
    /// <param name="Medical">基本医疗有保障.</param>
    /// <param name="Housing">住房等级: <c>a</c> to <c>d</c>.</param>
    /// <param name="Water">饮水安全有保障.</param>
    /// <param name="Assistance">社会救助; default <c>none</c>.</param>
    /// <param name="Suspected">Risks that the visitor sees.</param>
    /// <param name="Emergency">True where help cannot wait.</param>
    /// <param name="Reason">Why a survey of the same day is replaced.</param>
    /// <param name="On">The day of the visit; not in the future.</param>
    public sealed record Row(
        Guid Household, int Members, DateOnly? IncomeFrom, DateOnly? IncomeTo, decimal Wages, decimal Business, decimal BusinessCosts,
        decimal Property, decimal Transfers, decimal? RigidSpending, bool Food, bool Clothing, bool Schooling, bool Medical, HousingGrade Housing,
        bool Water, Assistance Assistance, RiskCause[] Suspected, bool Emergency, string? Reason, DateOnly On)
    {
        internal HouseholdSurveyed Surveyed => new(
            Household, Members,
            IncomeFrom is { } from ? new(from, IncomeTo!.Value, Wages, Business, BusinessCosts, Property, Transfers) : null,
            RigidSpending is { } spent ? Money.Yuan(spent, "元") : null, new(Food, Clothing, Schooling, Medical, Housing, Water), Assistance,
            Suspected, Emergency, Reason, On);
    }

    public static Row Bind(Fields row)
    {
        decimal Yuan(string field) => row.NumberOrNull(field, -10_000_000, 100_000_000) ?? 0;
        var bound = new Row(
            row.Id("household"), row.Whole("members", 1, 30), row.DayOrNull("incomeFrom"), row.DayOrNull("incomeTo"), Yuan("wages"),
            Yuan("business"), Yuan("businessCosts"), Yuan("property"), Yuan("transfers"), row.NumberOrNull("rigidSpending", 0), row.Flag("food"),
            row.Flag("clothing"), row.Flag("schooling"), row.Flag("medical"), row.Enum<HousingGrade>("housing"), row.Flag("water"),
            row.EnumOrNull<Assistance>("assistance") ?? Assistance.None, row.Enums<RiskCause>("suspected"), row.FlagOrNull("emergency") ?? false,
            row.PlainTextOrNull("reason", 500), row.Day("on"));
        var asked = bound.IncomeFrom is not null || bound.IncomeTo is not null;
        if (asked && (bound.IncomeFrom is not { Day: 1 } from || bound.IncomeTo != from.AddYears(1).AddDays(-1)))
            row.Fail("incomeTo", "not-twelve-months", "收入期间应为整 12 个月，如 2022-10-01 至 2023-09-30。",
                "Income is of twelve whole months, like 2022-10-01 to 2023-09-30.");
        if (!asked && (bound.Wages, bound.Business, bound.BusinessCosts, bound.Property, bound.Transfers) != (0, 0, 0, 0, 0))
            row.Fail("incomeFrom", "missing", "填了收入就须填收入期间起、止（incomeFrom、incomeTo），共 12 个月。", "Where there is income, its twelve months are needed.");
        if (bound.IncomeTo >= bound.On) row.Fail("incomeTo", "out-of-order", "收入期间止（incomeTo）应早于入户日期；请核对。", "The twelve months end before the visit.");
        return bound;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        var surveyed = row.Surveyed;
        if (household.Surveys.TryGetValue(row.On, out var known))
        {
            if (EventJson.Text(known with { Reason = row.Reason }) == EventJson.Text(surveyed)) return [];
            if (row.Reason is null) return Refusal.NeedsReason("该日的排查结果已上报，内容不同", "A survey of that day is on record with other contents");
        }

        household = household.Evolve(surveyed);
        var touched = household.Open?.TouchedAt is not null;
        var risks = new List<object>();
        foreach (var cause in row.Suspected.Distinct())
        {
            // A survey that is corrected sees the same risk, not a new one.
            if (known?.Suspected.Contains(cause) == true) continue;
            risks.Add(Risks.Raise(household, cause, Channel.CadreSurvey, row.Emergency, row.On, touched));
            household = household.Evolve(risks[^1]);
        }

        Decision decided = [surveyed, .. risks];
        return household.Members.Count is > 0 and var registered && registered != row.Members
            ? decided.With([new Warning("members-differ", new(
                $"排查填报 {row.Members} 人，登记的家庭成员为 {registered} 人；请核对。",
                $"The survey counts {row.Members} people, and {registered} are registered; check which is right."), "members")])
            : decided;
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRows("/v1/surveys", "relapse:report", Bind, row => row.Household, Decide);
        routes.MapTemplate(
            "surveys", "入户排查", "relapse:report",
            new("household", "户编码", "0198c0de-0000-7000-8000-000000000001", true),
            new("on", "入户的日期", "2023-10-12", true),
            new("members", "共同生活的人数，1 至 30", "4", true, IsNumber: true),
            new("incomeFrom", "收入期间第一天，每月 1 日；不问收入的不填", "2022-10-01"),
            new("incomeTo", "收入期间最后一天，从第一天起满 12 个月，早于入户日期", "2023-09-30"),
            new("wages", "工资性收入，元", "36000", IsNumber: true),
            new("business", "生产经营性收入，元", "12000", IsNumber: true),
            new("businessCosts", "生产经营性支出，元", "5000", IsNumber: true),
            new("property", "财产性收入，元", "800", IsNumber: true),
            new("transfers", "转移性收入，元", "4200", IsNumber: true),
            new("rigidSpending", "大额刚性支出，元", "15000", IsNumber: true),
            TemplateColumn.Flag("food", "吃得饱、吃得好", true),
            TemplateColumn.Flag("clothing", "四季有衣穿", true),
            TemplateColumn.Flag("schooling", "适龄儿童少年都在校", true),
            TemplateColumn.Flag("medical", "都参加基本医疗保险", true),
            TemplateColumn.Of<HousingGrade>("housing", "住房鉴定的等级，C 级、D 级为危房", true),
            TemplateColumn.Flag("water", "水量、水质、取水方便程度和保证率都达标", true),
            TemplateColumn.Of<Assistance>("assistance", "正在享受的社会救助，没有的不填"),
            new("suspected", $"发现的风险，可填多项，用英文分号隔开：{string.Join('、', Template.Terms<RiskCause>())}", "因病;因学"),
            TemplateColumn.Flag("emergency", "是否需要立即帮扶，不填为否"),
            new("reason", "更正同一天已报的排查结果时必填：为何更正", "收入漏填"));
    }
}
