namespace Monitoring.Contracts.Relapse;

/// <summary>What a department's signal is about (部门筛查预警).</summary>
public enum SignalKind
{
    /// <summary>医疗自付支出, with an amount.</summary>
    [Called("医疗自付支出", "医疗自付", "住院自付支出", "医疗费用自付")]
    MedicalSelfPay,

    /// <summary>教育支出, with an amount.</summary>
    [Called("教育支出", "教育费用")]
    EducationCost,

    /// <summary>失业, 返乡.</summary>
    [Called("失业返乡", "失业", "返乡", "失业、返乡")]
    JobLoss,

    /// <summary>住房安全.</summary>
    [Called("住房安全", "住房安全隐患", "危房")]
    UnsafeHousing,

    /// <summary>饮水安全.</summary>
    [Called("饮水安全", "饮水困难", "缺水")]
    WaterShortage,

    /// <summary>自然灾害.</summary>
    [Called("自然灾害", "受灾")]
    Disaster,

    /// <summary>意外事故.</summary>
    [Called("意外事故")]
    Accident,

    /// <summary>新增残疾.</summary>
    [Called("新增残疾", "新增残疾人")]
    NewDisability,

    /// <summary>疑似辍学.</summary>
    [Called("疑似辍学", "失学辍学", "辍学")]
    SchoolDropout,

    /// <summary>其他.</summary>
    [Called("其他")]
    Other,

    /// <summary>门诊统筹、门诊特病自付支出, with an amount.</summary>
    [Called("门诊自付支出", "门诊自付", "门诊统筹自付支出", "门诊特病自付支出")]
    OutpatientSelfPay,

    /// <summary>大病专项救治病种新发.</summary>
    [Called("大病专项救治病种", "大病专项救治病种新发", "新发大病", "大病")]
    SeriousIllness,

    /// <summary>刑事案件受害.</summary>
    [Called("刑事案件受害", "刑事案件受害人")]
    CrimeVictim,

    /// <summary>产业项目失败.</summary>
    [Called("产业项目失败", "产业失败")]
    IndustryFailure,

    /// <summary>新增低保、特困、临时救助.</summary>
    [Called("新增社会救助", "新增救助", "新增低保", "新增特困", "临时救助", "新增低保、特困、临时救助")]
    NewAssistance,

    /// <summary>信访、12345 热线.</summary>
    [Called("信访热线", "信访", "12345热线", "信访、12345热线")]
    Petition,
}

/// <summary>A department reports a signal on a household (风险线索). Carries no personal data.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Reference">The department's own number for it; the natural key together with the department.</param>
/// <param name="Department">Who reports.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Amount">Where the kind has one, e.g. self-paid medical spending.</param>
/// <param name="On">The day it is about, Asia/Shanghai.</param>
/// <param name="PersonId">The member it is about, by random id, where it is about one.</param>
/// <param name="Since">Where the amount is the sum from this day to <paramref name="On"/> and not one payment.</param>
[EventType("relapse.signal-reported.v1")]
public sealed record SignalReported(
    Guid HouseholdId, string Reference, string Department, SignalKind Kind, Money? Amount, DateOnly On, Guid? PersonId = null,
    DateOnly? Since = null);

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
/// <param name="PersonId">The member it is about.</param>
/// <param name="Since">The first day of the sum.</param>
[EventType("relapse.signal-revised.v1")]
public sealed record SignalRevised(
    Guid HouseholdId, string Reference, string Department, SignalKind PreviousKind, Money? PreviousAmount,
    DateOnly PreviousOn, SignalKind Kind, Money? Amount, string Reason, DateOnly On, Guid? PersonId = null, DateOnly? Since = null);

/// <summary>A department takes a signal back, e.g. because it was about somebody else.</summary>
/// <param name="HouseholdId">The household.</param>
/// <param name="Reference">The department's own number.</param>
/// <param name="Department">Who had reported.</param>
/// <param name="Reason">Why.</param>
[EventType("relapse.signal-withdrawn.v1")]
public sealed record SignalWithdrawn(Guid HouseholdId, string Reference, string Department, string Reason);

/// <summary>
/// A signal about somebody who is in no household here is kept for later (待匹配). Whom it is about is kept apart, as a keyed hash.
/// </summary>
/// <param name="Reference">The department's own number.</param>
/// <param name="Department">Who reports.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Amount">Where the kind has one.</param>
/// <param name="On">The day it is about.</param>
/// <param name="Since">The first day of the sum.</param>
/// <param name="Reason">Why one on record is replaced.</param>
/// <param name="Area">Where the person lives, where the department said so: 12-digit village code, or 9-digit township code.</param>
[EventType("relapse.signal-set-aside.v1")]
public sealed record SignalSetAside(
    string Reference, string Department, SignalKind Kind, Money? Amount, DateOnly On, DateOnly? Since, string? Reason, string? Area = null);

/// <summary>A signal kept for later has found its household; it is reported there from now on.</summary>
/// <param name="Reference">The department's own number.</param>
/// <param name="Department">Who had reported.</param>
/// <param name="HouseholdId">The household.</param>
/// <param name="PersonId">The member.</param>
[EventType("relapse.signal-matched.v1")]
public sealed record SignalMatched(string Reference, string Department, Guid HouseholdId, Guid PersonId);

/// <summary>A department takes back a signal that was kept for later.</summary>
/// <param name="Reference">The department's own number.</param>
/// <param name="Department">Who had reported.</param>
/// <param name="Reason">Why.</param>
[EventType("relapse.aside-signal-withdrawn.v1")]
public sealed record AsideSignalWithdrawn(string Reference, string Department, string Reason);
