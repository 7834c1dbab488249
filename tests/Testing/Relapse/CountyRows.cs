using Monitoring.Contracts.Relapse;

namespace Monitoring.Testing.Relapse;

/// <summary>A household as it is put on the register; serialised as it is sent, like all rows here.</summary>
public sealed record EnrolmentRow(Guid Id, string Village, HouseholdCategory Category, int Members, DateOnly On);

/// <summary>Who lives in a household.</summary>
public sealed record MemberRow(
    Guid Household, Guid Person, string Name, string IdNumber, Relation Relation, Labour Labour, bool InSchool, MemberChange How, DateOnly On,
    string Phone);

/// <summary>A department's signal, about a household, a person, or an ID number.</summary>
public sealed record SignalRow(
    Guid? Household, Guid? Person, string? IdNumber, string Reference, SignalKind Kind, decimal? Amount, string? Unit, DateOnly? Since, DateOnly On,
    string? Reason = null);

/// <summary>A signal that is taken back.</summary>
public sealed record WithdrawalRow(Guid? Household, string Reference, string Reason);

/// <summary>A survey.</summary>
public sealed record SurveyRow(
    Guid Household, int Members, DateOnly? IncomeFrom, DateOnly? IncomeTo, decimal? Wages, decimal? Business, decimal? BusinessCosts,
    decimal? Property, decimal? Transfers, bool Food, bool Clothing, bool Schooling, bool Medical, HousingGrade Housing, bool Water,
    Assistance Assistance, RiskCause[] Suspected, bool Emergency, DateOnly On, string? Reason = null);

/// <summary>A household's own request.</summary>
public sealed record HelpRow(Guid Household, string Reference, RiskCause[] Causes, RequestVia Via, bool Emergency, DateOnly On);

/// <summary>A household that moves or changes its standing.</summary>
public sealed record ChangeRow(Guid Household, string? Village, HouseholdCategory? Category, string Reason, DateOnly On);

/// <summary>A household that is no more.</summary>
public sealed record EndRow(Guid Household, HouseholdEnd How, DateOnly On);

/// <summary>What one department sends to one address on one day.</summary>
/// <param name="On">The day, Asia/Shanghai.</param>
/// <param name="Department">Who.</param>
/// <param name="Path">Where.</param>
/// <param name="Rows">What.</param>
public sealed record CountyPush(DateOnly On, string Department, string Path, IReadOnlyList<object> Rows);

/// <summary>A line of the day's rule book that is published.</summary>
/// <param name="On">The day of publication.</param>
/// <param name="Published">A <see cref="RuleSet"/>, an <see cref="IncomeLine"/> or a <see cref="ReferenceValue"/>.</param>
/// <param name="Corrects">True where it replaces one on record.</param>
public sealed record CountyRule(DateOnly On, object Published, bool Corrects = false);
