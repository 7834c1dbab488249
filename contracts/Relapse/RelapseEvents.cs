namespace Monitoring.Contracts.Relapse;

/// <summary>An area of the county (乡镇) becomes known, so that facts can name it.</summary>
/// <param name="Code">9-digit statistical code, e.g. <c>410325102</c>.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="NameEn">English name.</param>
/// <param name="Kind"><c>town</c> (镇) or <c>township</c> (乡).</param>
/// <param name="Notes">Remarks, e.g. a former name.</param>
[EventType("relapse.area-registered.v1")]
public sealed record AreaRegistered(string Code, string Name, string NameEn, AreaKind Kind, string[] Notes);

/// <summary>Kind of a township-level area.</summary>
public enum AreaKind { Town, Township }

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

/// <summary>What a department's signal is about (部门筛查预警).</summary>
public enum SignalKind
{
    /// <summary>医疗自付支出, with an amount.</summary>
    MedicalSelfPay,

    /// <summary>教育支出, with an amount.</summary>
    EducationCost,

    /// <summary>失业, 返乡.</summary>
    JobLoss,

    /// <summary>住房安全.</summary>
    UnsafeHousing,

    /// <summary>饮水安全.</summary>
    WaterShortage,

    /// <summary>自然灾害.</summary>
    Disaster,

    /// <summary>意外事故.</summary>
    Accident,

    /// <summary>新增残疾.</summary>
    NewDisability,

    /// <summary>疑似辍学.</summary>
    SchoolDropout,

    /// <summary>其他.</summary>
    Other,
}

/// <summary>A department reports a signal on a household (风险线索). Carries no personal data.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Reference">The department's own number for it; the natural key together with the department.</param>
/// <param name="Department">Who reports.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Amount">Where the kind has one, e.g. self-paid medical spending.</param>
/// <param name="On">The day it is about, Asia/Shanghai.</param>
[EventType("relapse.signal-reported.v1")]
public sealed record SignalReported(
    Guid HouseholdId, string Reference, string Department, SignalKind Kind, Money? Amount, DateOnly On);

/// <summary>A department corrects a signal; the earlier one stays in history.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Reference">The department's own number.</param>
/// <param name="Department">Who reports.</param>
/// <param name="PreviousKind">What had been in force.</param>
/// <param name="PreviousAmount">What had been in force.</param>
/// <param name="PreviousOn">What had been in force.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Amount">Where the kind has one.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="On">The day it is about.</param>
[EventType("relapse.signal-revised.v1")]
public sealed record SignalRevised(
    Guid HouseholdId, string Reference, string Department, SignalKind PreviousKind, Money? PreviousAmount,
    DateOnly PreviousOn, SignalKind Kind, Money? Amount, string Reason, DateOnly On);
