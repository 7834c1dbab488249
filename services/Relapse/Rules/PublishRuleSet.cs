using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Publishes a version of the thresholds. A version never changes; other thresholds are another version.</summary>
public static class PublishRuleSet
{
    /// <summary>One version, whole: what it does not list is no threshold any more.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="EffectiveFrom">First day; not before today, since what was judged stays judged.</param>
    /// <param name="ReleasePercent">50 to 100; default 90.</param>
    /// <param name="Rules">1 to 100 thresholds, each as <see cref="ScreeningRule"/>.</param>
    /// <param name="Groups">Group risks, each as <see cref="GroupRule"/>.</param>
    /// <param name="LateMonths">0 to 11 months for which a calendar month or year is still judged after its end; default 2.</param>
    /// <param name="Reason">Why the thresholds are as they are.</param>
    /// <param name="GrowthPercent">101 to 1000: what has been judged is told again when it has come to so many percent; default 200.</param>
    public sealed record Row(
        string Version, DateOnly EffectiveFrom, decimal ReleasePercent, IReadOnlyList<ScreeningRule> Rules, IReadOnlyList<GroupRule> Groups,
        int LateMonths, string Reason, decimal? GrowthPercent = null)
    {
        internal RuleSet Set => new(Version, EffectiveFrom, ReleasePercent, [.. Rules], [.. Groups], LateMonths, GrowthPercent);
    }

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("version"), row.Day("effectiveFrom"), row.NumberOrNull("releasePercent", 50, 100) ?? RuleSet.Shipped.ReleasePercent,
            row.List("rules", 100, BindRule), row.List("groups", 20, BindGroup), LateMonthsOf(row), row.Text("reason", 500),
            row.NumberOrNull("growthPercent", 101, 1_000));
        if (bound.Rules.Count == 0) row.Fail("rules", "missing", "规则（rules）至少填一条。", "At least one rule.");
        if (bound.Rules.DistinctBy(rule => rule.Code).Count() < bound.Rules.Count || bound.Groups.DistinctBy(rule => rule.Code).Count() < bound.Groups.Count)
            row.Fail("rules", "code-twice", "规则编码（code）重复；每条须有自己的编码。", "A code occurs twice.");
        return bound;
    }

    internal static int LateMonthsOf(Fields row) => row.WholeOrNull("lateMonths", 0, 11) ?? RuleSet.Shipped.LateMonths;

    internal static ScreeningRule BindRule(Fields row)
    {
        var rule = new ScreeningRule(
            row.Code("code"), row.Text("department", 60), row.Enum<Measured>("measured"), row.EnumOrNull<SignalKind>("signal"),
            row.EnumOrNull<Window>("window") ?? Window.Each, row.Enum<Comparator>("comparator"), row.NumberOrNull("amount", 0),
            row.NumberOrNull("percent", 0, 1_000), row.Has("reference") ? row.Code("reference") : null, row.Enums<PopulationGroup>("groups"),
            row.Enums<PopulationGroup>("except"), row.EnumOrNull<Scope>("scope") ?? Scope.Household, row.Enum<RiskCause>("cause"),
            row.FlagOrNull("emergency") ?? false, row.Text("source", 300));
        var income = rule.Measured == Measured.IncomePerHead;
        if (income == rule.Signal is not null)
            row.Fail("signal", "rule-inconsistent", "金额、次数规则须填线索类型（signal），收入规则不得填。", "A rule on amounts or counts names a signal, one on incomes none.");
        if (rule.Amount is not null && rule.Percent is not null || rule.Percent is null != rule.Reference is null)
            row.Fail("amount", "rule-inconsistent", "门槛须为金额（amount），或参照序列（reference）的百分比（percent），二者择一。", "The threshold is an amount, or a percentage of a reference.");
        if (!income && rule.Amount is null && rule.Percent is null)
            row.Fail("amount", "missing", "缺少门槛；请填金额（amount），或百分比（percent）与参照序列（reference）。", "There is no threshold.");
        if (rule.Comparator == Comparator.Below && !income)
            row.Fail("comparator", "rule-inconsistent", "“低于”只用于收入规则；其他规则请填“超过”或“超（含）”。", "Below is for incomes only.");
        return rule;
    }

    static GroupRule BindGroup(Fields row) => new(
        row.Code("code"), row.Enums<RiskCause>("causes"), row.Flag("village"), row.Whole("households", 2, 10_000), row.Whole("days", 1, 366),
        row.Text("source", 300), row.NumberOrNull("growthPercent", 101, 1_000), row.WholeOrNull("countyHouseholds", 2, 10_000));

    public static Decision Decide(RuleBook book, Row row, Occasion occasion)
    {
        if (book.RuleSets.Find(known => known.Version == row.Version) is { } published)
            return Same(published, row.Set) ? [] : Refusal.Conflict("rules-differ", "该版本的规则已发布，内容不同；请用新的版本号。",
                "This version has been published with other contents; use another version.", "version");
        if (row.Version == RuleSet.Shipped.Version || RuleSet.Templates.Any(known => known.Version == row.Version))
            return Refusal.Conflict("rules-differ", "该版本号属于随软件提供的规则；请用新的版本号。", "This version is one of those that are shipped.", "version");
        if (row.EffectiveFrom < occasion.Today)
            return Refusal.Invalid("effective-in-past", "规则不能从过去生效；试算请用 /v1/rule-sets/{version}/trial。",
                "Rules do not take effect in the past; to see what they would have done, try them.", "effectiveFrom");
        Decision decided = [new RuleSetPublished(row.Set, row.Reason)];
        return decided.With(Doubts(book, row));
    }

    /// <summary>Rules that cannot be applied on the first day, and those of the set before that end with it.</summary>
    static IEnumerable<Warning> Doubts(RuleBook book, Row row)
    {
        var unresolved = new Thresholds(row.Set, book.Lines, book.References, row.EffectiveFrom).Unresolved;
        if (unresolved.Count > 0)
            yield return new("rules-unresolved", new(
                $"规则 {string.Join("、", unresolved)} 参照的上年数值尚未发布，自生效日起无法判断；请先用 /v1/reference-values 发布。",
                $"The rules {string.Join(", ", unresolved)} refer to a value of the year before that is not published, and cannot be applied from that day on; set it by /v1/reference-values."), "rules");
        var dropped = RuleSet.On(row.EffectiveFrom, book.RuleSets).Rules.Select(rule => rule.Code).Except(row.Rules.Select(rule => rule.Code)).ToList();
        if (dropped.Count > 0)
            yield return new("rules-dropped", new(
                $"自 {row.EffectiveFrom:yyyy-MM-dd} 起不再有以下规则：{string.Join("、", dropped)}。",
                $"From {row.EffectiveFrom:yyyy-MM-dd} on these rules are no more: {string.Join(", ", dropped)}."), "rules");
    }

    // Records compare arrays by reference.
    static bool Same(RuleSet one, RuleSet other) => EventJson.Text(one) == EventJson.Text(other);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<RuleBook, Row>(
            "/v1/rule-sets", "version", "relapse:define", Bind, (_, tenant) => RuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/rule-sets", async (Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await RuleBook.Of(session, caller.Tenant, cancel);
            var inEffect = RuleSet.On(ChinaTime.Day(clock.GetUtcNow()), book.RuleSets).Version;
            return new Listing<Entry>(
                [.. book.RuleSets.Prepend(RuleSet.Shipped).Select(one => new Entry(one, one.Version == inEffect, false)),
                    .. RuleSet.Templates.Select(one => new Entry(one, false, true))], null);
        }).RequireRight("relapse:read").ProducesPage<Entry>();
    }

    /// <summary>A version, whether it is the one in effect today, and whether it is only a template to try.</summary>
    public sealed record Entry(RuleSet Rules, bool InEffect, bool Template);
}
