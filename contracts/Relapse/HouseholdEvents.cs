namespace Monitoring.Contracts.Relapse;

/// <summary>An area of the county (乡镇, 行政村) becomes known, so that facts can name it and people read its name.</summary>
/// <param name="Code">Statistical code of 9 digits, e.g. <c>410325102</c>, of a village 12.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name; of a village without one the Chinese.</param>
/// <param name="Kind"><c>town</c> (镇), <c>township</c> (乡) or <c>village</c> (行政村).</param>
/// <param name="Notes">Remarks, e.g. a former name.</param>
[EventType("relapse.area-registered.v1")]
public sealed record AreaRegistered(string Code, string Name, string NameEn, AreaKind Kind, string[] Notes);

/// <summary>Kind of an area.</summary>
public enum AreaKind
{
    /// <summary>镇.</summary>
    Town,

    /// <summary>乡.</summary>
    Township,

    /// <summary>行政村, 社区.</summary>
    Village,
}

/// <summary>Standing of a household (户类型) in the poverty registers.</summary>
public enum HouseholdCategory
{
    /// <summary>一般农户.</summary>
    Ordinary,

    /// <summary>脱贫户 (建档立卡).</summary>
    LiftedOut,
}

/// <summary>A rural household comes under monitoring (纳入监测范围). Carries no personal data.</summary>
/// <param name="HouseholdId">Random id; never the head's ID number.</param>
/// <param name="Village">12-digit village code (行政村).</param>
/// <param name="Category">Its standing.</param>
/// <param name="Members">Number of people, 1 to 30.</param>
/// <param name="On">The day it took effect, Asia/Shanghai.</param>
[EventType("relapse.household-enrolled.v1")]
public sealed record HouseholdEnrolled(
    Guid HouseholdId, string Village, HouseholdCategory Category, int Members, DateOnly On);

/// <summary>How somebody belongs to the head of the household (与户主关系).</summary>
public enum Relation
{
    /// <summary>户主.</summary>
    Head,

    /// <summary>配偶.</summary>
    Spouse,

    /// <summary>子女.</summary>
    Child,

    /// <summary>子女的配偶.</summary>
    ChildInLaw,

    /// <summary>孙辈.</summary>
    Grandchild,

    /// <summary>父母.</summary>
    Parent,

    /// <summary>祖父母.</summary>
    Grandparent,

    /// <summary>兄弟姐妹.</summary>
    Sibling,

    /// <summary>其他.</summary>
    Other,
}

/// <summary>Whether somebody can work (劳动能力); who is under 16 or cannot work has none.</summary>
public enum Labour
{
    /// <summary>无劳动能力.</summary>
    None,

    /// <summary>弱（半）劳动力.</summary>
    Weak,

    /// <summary>普通劳动力.</summary>
    Ordinary,

    /// <summary>技能劳动力.</summary>
    Skilled,
}

/// <summary>Why somebody came into a household or left it.</summary>
public enum MemberChange
{
    /// <summary>首次登记.</summary>
    Registered,

    /// <summary>出生.</summary>
    Birth,

    /// <summary>婚姻.</summary>
    Marriage,

    /// <summary>死亡.</summary>
    Death,

    /// <summary>迁入、迁出.</summary>
    Moved,

    /// <summary>分户.</summary>
    Split,

    /// <summary>并户.</summary>
    Merged,
}

/// <summary>
/// Somebody comes into a household (家庭成员增加). Who it is lies encrypted in the register of persons, never here: the event has a
/// random id and what rules need.
/// </summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="PersonId">Random id of the person, the same in every household.</param>
/// <param name="Relation">To the head.</param>
/// <param name="BirthYear">Year of birth.</param>
/// <param name="Labour">Whether they can work.</param>
/// <param name="InSchool">Whether they go to school.</param>
/// <param name="How">Why.</param>
/// <param name="From">The household they came from, where it is known here.</param>
/// <param name="On">The day it took effect.</param>
[EventType("relapse.member-joined.v1")]
public sealed record MemberJoined(
    Guid HouseholdId, Guid PersonId, Relation Relation, int BirthYear, Labour Labour, bool InSchool, MemberChange How, Guid? From, DateOnly On);

/// <summary>What rules need to know of a member has changed.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="PersonId">Who.</param>
/// <param name="Relation">To the head.</param>
/// <param name="Labour">Whether they can work.</param>
/// <param name="InSchool">Whether they go to school.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day it took effect.</param>
[EventType("relapse.member-changed.v1")]
public sealed record MemberChanged(
    Guid HouseholdId, Guid PersonId, Relation Relation, Labour Labour, bool InSchool, string Reason, DateOnly On);

/// <summary>Encrypted data of a member has been corrected (PIPL art. 46); what it was and is stays out of the event.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="PersonId">Whose.</param>
/// <param name="Fields">Which fields.</param>
/// <param name="BirthYear">Year of birth as it stands now.</param>
/// <param name="Reason">Why.</param>
[EventType("relapse.personal-data-corrected.v1")]
public sealed record PersonalDataCorrected(Guid HouseholdId, Guid PersonId, string[] Fields, int BirthYear, string Reason);

/// <summary>Somebody leaves a household (家庭成员减少).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="PersonId">Who.</param>
/// <param name="How">Why.</param>
/// <param name="To">The household they went to, where it is known here.</param>
/// <param name="On">The day it took effect.</param>
[EventType("relapse.member-left.v1")]
public sealed record MemberLeft(Guid HouseholdId, Guid PersonId, MemberChange How, Guid? To, DateOnly On);

/// <summary>A household splits (分户): some of its members are a household of their own.</summary>
/// <param name="HouseholdId">The household that was one.</param>
/// <param name="Into">The new one.</param>
/// <param name="Persons">Who went, the new head first.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day it took effect.</param>
[EventType("relapse.household-split.v1")]
public sealed record HouseholdSplit(Guid HouseholdId, Guid Into, Guid[] Persons, string Reason, DateOnly On);

/// <summary>How a household ends.</summary>
public enum HouseholdEnd
{
    /// <summary>并入他户.</summary>
    Merged,

    /// <summary>整户迁出.</summary>
    MovedAway,

    /// <summary>全部成员死亡.</summary>
    AllDied,
}

/// <summary>A household ends (整户减少); a case of it ends with it (自然减少).</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="How">How.</param>
/// <param name="Into">Where it went, if it was merged.</param>
/// <param name="On">The day it took effect.</param>
/// <param name="Reason">Why, where it was merged.</param>
[EventType("relapse.household-ended.v1")]
public sealed record HouseholdEnded(Guid HouseholdId, HouseholdEnd How, Guid? Into, DateOnly On, string? Reason = null);

/// <summary>A household moves to another village of the county, or its standing in the registers changes.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Village">12-digit village code.</param>
/// <param name="Category">Its standing.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day it took effect.</param>
[EventType("relapse.household-changed.v1")]
public sealed record HouseholdChanged(Guid HouseholdId, string Village, HouseholdCategory Category, string Reason, DateOnly On);

/// <summary>Grade of a house (住房等级), JGJ 125.</summary>
public enum HousingGrade
{
    /// <summary>A 级.</summary>
    A,

    /// <summary>B 级.</summary>
    B,

    /// <summary>C 级, part of it dangerous.</summary>
    C,

    /// <summary>D 级, dangerous as a whole.</summary>
    D,
}

/// <summary>社会救助 that the household gets.</summary>
public enum Assistance
{
    /// <summary>无.</summary>
    None,

    /// <summary>最低生活保障边缘家庭.</summary>
    NearMinimumLiving,

    /// <summary>最低生活保障.</summary>
    MinimumLiving,

    /// <summary>特困人员救助供养.</summary>
    ExtremePoverty,
}

/// <summary>
/// Income of a household over twelve months (元), by its four sources. Net income per head (年人均纯收入) is wages, business less its
/// costs, property and transfers over the number of people.
/// </summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day; twelve whole months after the first.</param>
/// <param name="Wages">工资性收入.</param>
/// <param name="Business">生产经营性收入.</param>
/// <param name="BusinessCosts">生产经营性支出.</param>
/// <param name="Property">财产性收入.</param>
/// <param name="Transfers">转移性收入.</param>
public sealed record Income(
    DateOnly From, DateOnly To, decimal Wages, decimal Business, decimal BusinessCosts, decimal Property, decimal Transfers)
{
    /// <summary>元 per head and year, two places.</summary>
    public decimal PerHead(int members) =>
        decimal.Round((Wages + Business - BusinessCosts + Property + Transfers) / members, 2, MidpointRounding.ToEven);
}

/// <summary>Whether 两不愁三保障 and safe drinking water are given.</summary>
/// <param name="Food">不愁吃.</param>
/// <param name="Clothing">不愁穿.</param>
/// <param name="Schooling">义务教育有保障.</param>
/// <param name="Medical">基本医疗有保障.</param>
/// <param name="Housing">住房等级; C and D are not safe.</param>
/// <param name="Water">饮水安全有保障.</param>
public sealed record Guarantees(bool Food, bool Clothing, bool Schooling, bool Medical, HousingGrade Housing, bool Water)
{
    /// <summary>True when nothing is missing.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Hold => Food && Clothing && Schooling && Medical && Housing is HousingGrade.A or HousingGrade.B && Water;
}

/// <summary>A household was visited and asked (入户排查): the second way in which risks are found, and the source of incomes.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Members">Number of people sharing income, 1 to 30.</param>
/// <param name="Income">The twelve months before; null where it was not asked.</param>
/// <param name="RigidSpending">合规自付等大额刚性支出 in these months, weighed apart from income.</param>
/// <param name="Guarantees">What is given and what is missing.</param>
/// <param name="Assistance">What the household gets.</param>
/// <param name="Suspected">Risks that the visitor sees.</param>
/// <param name="Emergency">True where help cannot wait.</param>
/// <param name="Reason">Why a survey of the same day is replaced.</param>
/// <param name="On">The day of the visit.</param>
[EventType("relapse.household-surveyed.v1")]
public sealed record HouseholdSurveyed(
    Guid HouseholdId, int Members, Income? Income, Money? RigidSpending, Guarantees Guarantees, Assistance Assistance,
    RiskCause[] Suspected, bool Emergency, string? Reason, DateOnly On);

/// <summary>Somebody read personal data in plain (PIPL art. 51): a read is a fact too.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Persons">Whose.</param>
/// <param name="Purpose">What for, in words.</param>
[EventType("relapse.personal-data-read.v1")]
public sealed record PersonalDataRead(Guid HouseholdId, Guid[] Persons, string Purpose);

/// <summary>The key of a household was destroyed (PIPL art. 47): nobody can read who they were; the history stays.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Persons">How many persons were erased.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">On which document.</param>
[EventType("relapse.personal-data-erased.v1")]
public sealed record PersonalDataErased(Guid HouseholdId, int Persons, string Reason, string Document);
