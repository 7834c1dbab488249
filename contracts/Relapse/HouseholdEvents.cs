namespace Monitoring.Contracts.Relapse;

/// <summary>An area of the county (乡镇, 国有林场, 行政村, 社区) becomes known, so that facts can name it and people read its name.</summary>
/// <param name="Code">Statistical code of 9 digits, e.g. <c>410325102</c>, of a village 12.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name; of a village without one the Chinese.</param>
/// <param name="Kind">镇, 乡 or 国有林场; 行政村, 社区 or 林区.</param>
/// <param name="Notes">Remarks, e.g. a former name.</param>
[EventType("relapse.area-registered.v1")]
public sealed record AreaRegistered(string Code, string Name, string NameEn, AreaKind Kind, string[] Notes);

/// <summary>Kind of an area.</summary>
public enum AreaKind
{
    /// <summary>镇.</summary>
    [Called("镇", "建制镇")]
    Town,

    /// <summary>乡.</summary>
    [Called("乡")]
    Township,

    /// <summary>行政村.</summary>
    [Called("行政村", "村")]
    Village,

    /// <summary>国有林场, of the rank of a township.</summary>
    [Called("国有林场", "林场")]
    ForestFarm,

    /// <summary>社区, of the rank of a village.</summary>
    [Called("社区", "居委会")]
    Community,

    /// <summary>林区 of a forest farm or a township, of the rank of a village.</summary>
    [Called("林区", "林场生活区")]
    ForestArea,
}

/// <summary>From a day on an area is called otherwise, or is no more, or is there again; before that day it is as it was.</summary>
/// <param name="Code">Statistical code.</param>
/// <param name="Name">Chinese name from that day on.</param>
/// <param name="NameEn">English name from that day on.</param>
/// <param name="Ended">True where it is no more.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day.</param>
[EventType("relapse.area-corrected.v1")]
public sealed record AreaCorrected(string Code, string Name, string NameEn, bool Ended, string Reason, DateOnly On);

/// <summary>Standing of a household (户类型) in the poverty registers.</summary>
public enum HouseholdCategory
{
    /// <summary>一般农户.</summary>
    [Called("一般农户", "一般户")]
    Ordinary,

    /// <summary>脱贫户 (建档立卡).</summary>
    [Called("脱贫户", "建档立卡户", "建档立卡脱贫户")]
    LiftedOut,
}

/// <summary>A rural household comes under monitoring (纳入监测范围). Carries no personal data.</summary>
/// <param name="HouseholdId">Random id; never the head's ID number.</param>
/// <param name="Village">12-digit village code (行政村).</param>
/// <param name="Category">Its standing.</param>
/// <param name="Members">Number of people, 1 to 30.</param>
/// <param name="On">The day it took effect, Asia/Shanghai.</param>
/// <param name="Group">村民小组, e.g. <c>三组</c>.</param>
[EventType("relapse.household-enrolled.v1")]
public sealed record HouseholdEnrolled(
    Guid HouseholdId, string Village, HouseholdCategory Category, int Members, DateOnly On, string? Group = null);

/// <summary>
/// A family that is on no register asks for help (未建档农户申报): the township looks into it. Who they are lies encrypted beside the events.
/// </summary>
/// <param name="HouseholdId">Random id, which the household keeps when it is enrolled.</param>
/// <param name="Village">12-digit village code.</param>
/// <param name="Members">Number of people, 1 to 30.</param>
/// <param name="Causes">Why, one or more.</param>
/// <param name="Via">Where.</param>
/// <param name="Emergency">True where help cannot wait.</param>
/// <param name="On">The day.</param>
/// <param name="Group">村民小组.</param>
[EventType("relapse.enrolment-requested.v1")]
public sealed record EnrolmentRequested(
    Guid HouseholdId, string Village, int Members, RiskCause[] Causes, RequestVia Via, bool Emergency, DateOnly On, string? Group = null);

/// <summary>The township has looked into the request of a family: it is enrolled, or a reason says why not.</summary>
/// <param name="HouseholdId">The family.</param>
/// <param name="Village">12-digit village code.</param>
/// <param name="Accepted">Whether it is enrolled.</param>
/// <param name="Reason">Why not.</param>
/// <param name="On">The day.</param>
/// <param name="By">Who recorded it.</param>
[EventType("relapse.enrolment-reviewed.v1")]
public sealed record EnrolmentReviewed(Guid HouseholdId, string Village, bool Accepted, string? Reason, DateOnly On, string? By = null);

/// <summary>What somebody was looked for by.</summary>
public enum SearchedBy
{
    /// <summary>姓名.</summary>
    [Called("姓名")]
    Name,

    /// <summary>证件号后四位.</summary>
    [Called("证件号后四位", "身份证后四位")]
    IdTail,

    /// <summary>公民身份号码.</summary>
    [Called("公民身份号码", "身份证号")]
    IdNumber,

    /// <summary>手机号.</summary>
    [Called("手机号", "电话")]
    Phone,
}

/// <summary>Somebody looked for a person and saw masked data (PIPL art. 51); whom they looked for is not in it.</summary>
/// <param name="SearchId">Random id.</param>
/// <param name="By">By what.</param>
/// <param name="Households">Households that were shown.</param>
/// <param name="Purpose">What for, where it was said.</param>
[EventType("relapse.people-searched.v1")]
public sealed record PeopleSearched(Guid SearchId, SearchedBy By, Guid[] Households, string? Purpose);

/// <summary>How somebody belongs to the head of the household (与户主关系).</summary>
public enum Relation
{
    /// <summary>户主.</summary>
    [Called("户主", "本人")]
    Head,

    /// <summary>配偶.</summary>
    [Called("配偶", "妻子", "丈夫", "妻", "夫")]
    Spouse,

    /// <summary>子女.</summary>
    [Called("子女", "子", "女", "儿子", "女儿", "之子", "之女")]
    Child,

    /// <summary>子女的配偶.</summary>
    [Called("子女的配偶", "儿媳", "女婿", "之儿媳", "之女婿")]
    ChildInLaw,

    /// <summary>孙辈.</summary>
    [Called("孙辈", "孙子", "孙女", "外孙子", "外孙女", "之孙子", "之孙女", "之外孙子", "之外孙女")]
    Grandchild,

    /// <summary>父母.</summary>
    [Called("父母", "父亲", "母亲", "之父", "之母", "岳父", "岳母", "公公", "婆婆", "之岳父", "之岳母", "之公公", "之婆婆")]
    Parent,

    /// <summary>祖父母.</summary>
    [Called("祖父母", "祖父", "祖母", "外祖父", "外祖母", "之祖父", "之祖母", "之外祖父", "之外祖母")]
    Grandparent,

    /// <summary>兄弟姐妹.</summary>
    [Called("兄弟姐妹", "哥哥", "弟弟", "姐姐", "妹妹", "之兄弟姐妹")]
    Sibling,

    /// <summary>其他.</summary>
    [Called("其他")]
    Other,
}

/// <summary>Whether somebody can work (劳动能力); who is under 16 or cannot work has none.</summary>
public enum Labour
{
    /// <summary>无劳动能力.</summary>
    [Called("无劳动能力", "无劳动力", "丧失劳动力")]
    None,

    /// <summary>弱（半）劳动力.</summary>
    [Called("弱（半）劳动力", "弱(半)劳动力", "弱劳动力", "半劳动力", "弱劳动力或半劳动力")]
    Weak,

    /// <summary>普通劳动力.</summary>
    [Called("普通劳动力")]
    Ordinary,

    /// <summary>技能劳动力.</summary>
    [Called("技能劳动力")]
    Skilled,
}

/// <summary>Why somebody came into a household or left it.</summary>
public enum MemberChange
{
    /// <summary>首次登记.</summary>
    [Called("首次登记")]
    Registered,

    /// <summary>出生.</summary>
    [Called("出生", "新生儿")]
    Birth,

    /// <summary>婚姻.</summary>
    [Called("婚姻", "结婚", "婚入", "婚嫁")]
    Marriage,

    /// <summary>死亡.</summary>
    [Called("死亡", "去世")]
    Death,

    /// <summary>迁入、迁出.</summary>
    [Called("迁移", "迁入", "迁出", "户籍迁入", "户籍迁出")]
    Moved,

    /// <summary>分户.</summary>
    [Called("分户")]
    Split,

    /// <summary>并户.</summary>
    [Called("并户")]
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
    [Called("并入他户", "并户")]
    Merged,

    /// <summary>整户迁出.</summary>
    [Called("整户迁出", "整户搬离")]
    MovedAway,

    /// <summary>全部成员死亡.</summary>
    [Called("全部成员死亡", "整户死亡", "整户消亡")]
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
/// <param name="From">The village before, where it is another.</param>
[EventType("relapse.household-changed.v1")]
public sealed record HouseholdChanged(
    Guid HouseholdId, string Village, HouseholdCategory Category, string Reason, DateOnly On, string? From = null);

/// <summary>A change after which nobody may look at a household any more as before (需审核的变动).</summary>
public enum HouseholdChange
{
    /// <summary>迁往他村.</summary>
    [Called("迁往他村", "县内迁移")]
    Move,

    /// <summary>整户迁出.</summary>
    [Called("整户迁出", "整户搬离")]
    MovedAway,

    /// <summary>全部成员死亡.</summary>
    [Called("全部成员死亡", "整户死亡")]
    AllDied,

    /// <summary>并入他户.</summary>
    [Called("并入他户", "并户")]
    Merge,
}

/// <summary>
/// A change is proposed for a household that has an open case, or whose members do not explain it: the township reviews it and the county
/// decides.
/// </summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Change">What is proposed.</param>
/// <param name="Into">For a merger: the other household.</param>
/// <param name="Village">For a move: where to, 12-digit village code.</param>
/// <param name="Reason">Why.</param>
/// <param name="On">The day on which it took effect.</param>
/// <param name="By">Who proposed it.</param>
[EventType("relapse.household-change-proposed.v1")]
public sealed record HouseholdChangeProposed(
    Guid HouseholdId, HouseholdChange Change, Guid? Into, string? Village, string? Reason, DateOnly On, string? By);

/// <summary>The township has looked into a proposed change; a no ends it.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Passed">Whether it agrees.</param>
/// <param name="Reason">Why not.</param>
/// <param name="On">The day.</param>
/// <param name="By">Who reviewed it.</param>
[EventType("relapse.household-change-reviewed.v1")]
public sealed record HouseholdChangeReviewed(Guid HouseholdId, bool Passed, string? Reason, DateOnly On, string? By);

/// <summary>The county has decided on a proposed change.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Approved">Whether.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
/// <param name="By">Who decided.</param>
[EventType("relapse.household-change-decided.v1")]
public sealed record HouseholdChangeDecided(Guid HouseholdId, bool Approved, string? Reason, string? Document, DateOnly On, string? By);

/// <summary>The end of a household was a mistake, and it is there again, with the case that had ended with it.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Reason">Why.</param>
/// <param name="Document">On which document.</param>
/// <param name="On">The day.</param>
[EventType("relapse.household-restored.v1")]
public sealed record HouseholdRestored(Guid HouseholdId, string Reason, string? Document, DateOnly On);

/// <summary>Grade of a house (住房等级), JGJ 125.</summary>
public enum HousingGrade
{
    /// <summary>A 级.</summary>
    [Called("A级", "A 级")]
    A,

    /// <summary>B 级.</summary>
    [Called("B级", "B 级")]
    B,

    /// <summary>C 级, part of it dangerous.</summary>
    [Called("C级", "C 级", "C级危房")]
    C,

    /// <summary>D 级, dangerous as a whole.</summary>
    [Called("D级", "D 级", "D级危房")]
    D,
}

/// <summary>社会救助 that the household gets.</summary>
public enum Assistance
{
    /// <summary>无.</summary>
    [Called("无")]
    None,

    /// <summary>最低生活保障边缘家庭.</summary>
    [Called("最低生活保障边缘家庭", "低保边缘", "低保边缘户", "低保边缘家庭")]
    NearMinimumLiving,

    /// <summary>最低生活保障.</summary>
    [Called("最低生活保障", "低保", "低保户")]
    MinimumLiving,

    /// <summary>特困人员救助供养.</summary>
    [Called("特困人员救助供养", "特困", "特困供养", "特困户", "特困人员")]
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
