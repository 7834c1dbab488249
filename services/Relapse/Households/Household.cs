using System.Collections.Immutable;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// A rural household (农户) as it stands, without personal data: who lives there by random ids, what is known, and the episodes of being
/// at risk. Folded from its stream <c>household/{tenant}/{id}</c> and kept beside it in the same transaction.
/// </summary>
public sealed record Household : IState<Household>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The enrolment; null while the household is not enrolled.</summary>
    public HouseholdEnrolled? Enrolment { get; init; }

    /// <summary>Its request to be enrolled, where it asked before it was (未建档农户申报).</summary>
    public EnrolmentRequested? Asked { get; init; }

    /// <summary>What became of that request; null while it waits.</summary>
    public EnrolmentReviewed? Answer { get; init; }

    /// <summary>How it ended, if it did.</summary>
    public HouseholdEnded? Ended { get; init; }

    /// <summary>The change that waits for the township's review or the county's decision.</summary>
    public HouseholdChangeProposed? Proposed { get; init; }

    /// <summary>The township's yes to it.</summary>
    public HouseholdChangeReviewed? ProposalReviewed { get; init; }

    /// <summary>The change that the county has agreed to and that is still to be made: a merger.</summary>
    public HouseholdChangeProposed? Agreed { get; init; }

    /// <summary>True while a change waits. Kept, so that they are found.</summary>
    public bool HasProposal => Proposed is not null || Agreed is not null;

    /// <summary>Who lives there.</summary>
    public ImmutableDictionary<Guid, Member> Members { get; init; } = ImmutableDictionary<Guid, Member>.Empty;

    /// <summary>Signals in force, by <c>{department}/{reference}</c>.</summary>
    public ImmutableDictionary<string, SignalReported> Signals { get; init; } = ImmutableDictionary<string, SignalReported>.Empty;

    /// <summary>Keys of signals that were taken back and not reported again.</summary>
    public ImmutableHashSet<string> Withdrawn { get; init; } = [];

    /// <summary>Who has left and not come back.</summary>
    public ImmutableDictionary<Guid, MemberLeft> Left { get; init; } = ImmutableDictionary<Guid, MemberLeft>.Empty;

    /// <summary>Households that split off.</summary>
    public ImmutableList<HouseholdSplit> Splits { get; init; } = [];

    /// <summary>True after the personal data of its members was erased.</summary>
    public bool Erased { get; init; }

    /// <summary>Surveys in force, by day.</summary>
    public ImmutableSortedDictionary<DateOnly, HouseholdSurveyed> Surveys { get; init; } = ImmutableSortedDictionary<DateOnly, HouseholdSurveyed>.Empty;

    /// <summary>Its own requests.</summary>
    public ImmutableList<HelpRequested> Requests { get; init; } = [];

    /// <summary>What was noted on what was said.</summary>
    public ImmutableList<CaseNoteAdded> Notes { get; init; } = [];

    /// <summary>What thresholds look at.</summary>
    public KnownFacts Known { get; init; } = new();

    /// <summary>Times at risk, the last one open or not.</summary>
    public ImmutableList<Episode> Episodes { get; init; } = [];

    /// <summary>12-digit village code.</summary>
    public string Village => Known.Village;

    /// <summary>The episode that is open, if one is. Kept, so that open ones are found.</summary>
    public bool IsOpen => Episodes is [.., { IsOpen: true }];

    /// <summary>The day of the last clue. Kept, so that households that were ever at risk are found.</summary>
    public DateOnly? LastRiskOn => Episodes is [.., var last] ? last.Causes.Max(cause => cause.On) : null;

    internal Episode? Open => Episodes is [.., { IsOpen: true } open] ? open : null;

    /// <summary>True when somebody in it can work; null while nobody is registered.</summary>
    internal bool? HasLabour => Members.IsEmpty ? null : Members.Values.Any(member => member.Labour != Labour.None);

    public Household Evolve(object happened) =>
        happened is Stamped stamped ? Evolve(stamped.Id, stamped.Data) : Evolve(Guid.Empty, happened);

    Household Evolve(Guid id, object happened)
    {
        var known = this with { Known = Known.Evolve(id, happened), Episodes = Episode.Evolve(Episodes, Known.Count, happened) };
        return happened switch
        {
            HouseholdEnrolled e => known with { Enrolment = e },
            HouseholdEnded e => known with { Ended = e, Agreed = null },
            HouseholdRestored => known with { Ended = null },
            HouseholdChangeProposed e => known with { Proposed = e, ProposalReviewed = null },
            HouseholdChangeReviewed e => e.Passed ? known with { ProposalReviewed = e } : known with { Proposed = null, ProposalReviewed = null },
            HouseholdChangeDecided e => known with
            {
                Proposed = null, ProposalReviewed = null, Agreed = e.Approved && Proposed is { Change: HouseholdChange.Merge } ? Proposed : Agreed,
            },
            EnrolmentRequested e => known with { Asked = e },
            EnrolmentReviewed e => known with { Answer = e },
            MemberJoined e => known with
            {
                Members = Members.SetItem(e.PersonId, new(e.Relation, e.BirthYear, e.Labour, e.InSchool, e.On)), Left = Left.Remove(e.PersonId),
            },
            MemberChanged e when Members.TryGetValue(e.PersonId, out var member) => known with
            {
                Members = Members.SetItem(e.PersonId, member with { Relation = e.Relation, Labour = e.Labour, InSchool = e.InSchool }),
            },
            PersonalDataCorrected e when Members.TryGetValue(e.PersonId, out var member) => known with
            {
                Members = Members.SetItem(e.PersonId, member with { BirthYear = e.BirthYear }),
            },
            MemberLeft e => known with { Members = Members.Remove(e.PersonId), Left = Left.SetItem(e.PersonId, e) },
            HouseholdSplit e => known with { Splits = Splits.Add(e) },
            PersonalDataErased => known with { Erased = true },
            SignalReported e => known with
            {
                Signals = Signals.SetItem(Key(e.Department, e.Reference), e), Withdrawn = Withdrawn.Remove(Key(e.Department, e.Reference)),
            },
            SignalRevised e => known with
            {
                Signals = Signals.SetItem(
                    Key(e.Department, e.Reference),
                    new(e.HouseholdId, e.Reference, e.Department, e.Kind, e.Amount, e.On, e.PersonId, e.Since)),
            },
            SignalWithdrawn e => known with
            {
                Signals = Signals.Remove(Key(e.Department, e.Reference)), Withdrawn = Withdrawn.Add(Key(e.Department, e.Reference)),
            },
            HouseholdSurveyed e => known with { Surveys = Surveys.SetItem(e.On, e) },
            HelpRequested e => known with { Requests = Requests.Add(e) },
            CaseNoteAdded e => known with { Notes = Notes.Add(e) },
            _ => known,
        };
    }

    internal static string Key(string department, string reference) => $"{department}/{reference}";

    internal static string Stream(string tenant, Guid id) => $"household/{tenant}/{id}";

    internal static readonly Refusal Unknown =
        Refusal.Unknown("household-unknown", "没有此农户；请核对户编码，或先登记农户。", "No household has this id.", "household");

    internal static readonly Refusal NotYours =
        Refusal.Unknown("household-unknown", "没有此农户，或不在您的辖区；请核对户编码。", "No household of your area has this id.", "household");

    internal static readonly Refusal HasEnded =
        Refusal.Conflict("household-ended", "该户已不存在（并户、迁出或死亡）。", "The household has ended.", "household");

    internal static readonly Refusal DataErased = Refusal.Gone(
        "personal-data-erased", "该户的个人信息已依法删除，不再接收。", "The personal data of this household was erased; none is taken any more.", "household");
}

/// <summary>A member of a household, without personal data.</summary>
public sealed record Member(Relation Relation, int BirthYear, Labour Labour, bool InSchool, DateOnly Since);
