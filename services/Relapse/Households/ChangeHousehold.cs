using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Moves a household to another village, or changes its standing in the registers.</summary>
public static class ChangeHousehold
{
    /// <summary>One change.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Village">12-digit village code; default where it is.</param>
    /// <param name="Category">户类型; default what it is.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    public sealed record Row(Guid Household, string? Village, HouseholdCategory? Category, string Reason, DateOnly On);

    public static Row Bind(Fields row)
    {
        var village = row.VillageOrNull();
        return new Row(row.Id("household"), village, row.EnumOrNull<HouseholdCategory>("category"), row.PlainText("reason", 500), row.Day("on"));
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        var village = row.Village ?? household.Village;
        if (!village.StartsWith(occasion.By.Tenant, StringComparison.Ordinal))
            return Refusal.Invalid("area-outside-county", "该区划不属于本县；整户迁出请用 /v1/household-ends。",
                "The village is not in this county; a household that leaves it has ended.", "village");
        var changed = new HouseholdChanged(row.Household, village, row.Category ?? household.Known.Category, row.Reason, row.On);
        return (household.Village, household.Known.Category) == (changed.Village, changed.Category) ? [] : [changed];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/household-changes", "relapse:report", Bind, row => row.Household, Decide);
}

/// <summary>Ends a household that is no more (整户减少); its case ends with it.</summary>
public static class EndHousehold
{
    /// <summary>One end.</summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="How"><c>moved_away</c> 整户迁出 or <c>all_died</c> 全部成员死亡; a merger has its own way.</param>
    /// <param name="On">The day it took effect; not in the future.</param>
    public sealed record Row(Guid Household, HouseholdEnd How, DateOnly On);

    public static Row Bind(Fields row)
    {
        var bound = new Row(row.Id("household"), row.Enum<HouseholdEnd>("how"), row.Day("on"));
        if (bound.How == HouseholdEnd.Merged) row.Fail("how", "unknown-code", "并户请用 /v1/household-merges。", "A merger has its own address, /v1/household-merges.");
        return bound;
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (household.Ended is { } known) return (known.How, known.On) == (row.How, row.On) ? [] : Household.HasEnded;
        return [new HouseholdEnded(row.Household, row.How, null, row.On)];
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapRows("/v1/household-ends", "relapse:report", Bind, row => row.Household, Decide);
}
