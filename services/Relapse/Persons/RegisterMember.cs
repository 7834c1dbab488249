using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Takes who lives in a household (家庭成员): who it is goes encrypted into the register of persons, what rules need goes into an event
/// under a random id. The same person again with the same data is a repeat; changed data need a reason; with <c>from</c> somebody moves
/// here from another household. Signals that waited for the person find it in the same transaction.
/// </summary>
public static partial class RegisterMember
{
    /// <summary>
    /// One member. An optional field that is absent leaves what is known as it is; one that is given empty takes it away.
    /// </summary>
    /// <param name="Household">The household's id.</param>
    /// <param name="Person">Random UUID of the person, the same in every household; never made from an ID number.</param>
    /// <param name="Relation">与户主关系.</param>
    /// <param name="Labour">劳动能力; under 16 years it is <c>none</c>.</param>
    /// <param name="InSchool">在校; default false.</param>
    /// <param name="How"><c>registered</c> 首次登记 (default), <c>birth</c>, <c>marriage</c>, <c>moved</c>.</param>
    /// <param name="From">The household they come from, where it is one of this county's.</param>
    /// <param name="On">The day it took effect, Asia/Shanghai; not in the future.</param>
    /// <param name="Reason">Why what is on record is changed.</param>
    /// <param name="Data">Who it is.</param>
    /// <param name="Given">Names of the optional fields that were there.</param>
    public sealed record Row(
        Guid Household, Guid Person, Relation Relation, Labour Labour, bool InSchool, MemberChange How, Guid? From, DateOnly On,
        string? Reason, PersonalData Data, ImmutableHashSet<string> Given);

    static readonly string[] optional =
    [
        "idNumber", "phone", "account", "bank", "ethnicity", "education", "health", "disability", "workPlace", "workMonths", "monthlyWage",
        "medicalInsurance", "pension",
    ];

    public static Row Bind(Fields row)
    {
        var (household, person, number) = (row.Id("household"), row.Id("person"), BindIdNumber(row));
        var birth = row.DayOrNull("birth");
        if (number is null && birth is null) row.Fail("birth", "missing", "没有公民身份号码的，须填出生日期。", "Without an ID number, the day of birth is needed.");
        if (number is not null && birth is not null && birth != number.Birth)
            row.Fail("birth", "birth-differs", "与公民身份号码中的出生日期不一致；请核对两项，或不填出生日期。", "Differs from the day of birth in the ID number.");
        var how = row.EnumOrNull<MemberChange>("how") ?? MemberChange.Registered;
        if (how is MemberChange.Death or MemberChange.Split or MemberChange.Merged)
            row.Wrong("how", "unknown-code", "应为首次登记（registered）、出生（birth）、婚姻（marriage）或迁移（moved）。", "Must be registered, birth, marriage or moved.");
        var data = new PersonalData(
            row.Text("name", 50), number?.Number, number?.Birth ?? birth ?? default, BindPhone(row),
            Matching(row, "account", Account(), "not-an-account-number"), row.TextOrNull("bank", 50), row.TextOrNull("ethnicity", 20),
            row.TextOrNull("education", 30), row.TextOrNull("health", 50), row.TextOrNull("disability", 50) ?? number?.Disability,
            row.TextOrNull("workPlace", 100), row.WholeOrNull("workMonths", 0, 12), row.NumberOrNull("monthlyWage", 0, 1_000_000),
            row.FlagOrNull("medicalInsurance"), row.FlagOrNull("pension"));
        return new Row(
            household, person, row.Enum<Relation>("relation"), row.Enum<Labour>("labour"),
            row.FlagOrNull("inSchool") ?? false, how, row.IdOrNull("from"), row.Day("on"), row.PlainTextOrNull("reason"), data,
            [.. optional.Where(row.Has)]);
    }

    /// <summary>An ID number of the field <c>idNumber</c>; no message repeats it.</summary>
    internal static IdNumber? BindIdNumber(Fields row)
    {
        if (row.TextOrNull("idNumber", 30) is not { } text) return null;
        switch (IdNumber.Read(text, out var number))
        {
            case IdNumber.Fault.Form:
                row.Wrong("idNumber", "not-an-id-number", "应为 18 位公民身份号码（或 15 位旧号码、20 位残疾人证号）。",
                    "Must be an ID number of 18 characters (or an old one of 15, or a disability certificate's of 20).");
                break;
            case IdNumber.Fault.Birth:
                row.Wrong("idNumber", "id-number-birth-impossible", "公民身份号码中的出生日期不存在；请对照证件核对。", "The day of birth in the ID number does not exist.");
                break;
            case IdNumber.Fault.Check:
                row.Wrong("idNumber", "id-number-mistyped", "公民身份号码的校验码不符：有一位写错了，请对照证件核对。", "The check character does not fit: a digit was mistyped.");
                break;
        }

        return number;
    }

    /// <summary>A telephone number of the field <c>phone</c>.</summary>
    internal static string? BindPhone(Fields row) => Matching(row, "phone", Phone(), "not-a-phone-number");

    static string? Matching(Fields row, string field, Regex notation, string code)
    {
        if (row.TextOrNull(field, 40)?.Replace(" ", "", StringComparison.Ordinal) is not { } text) return null;
        if (!notation.IsMatch(text)) row.Wrong(field, code, "号码格式不正确；请核对位数，只写数字。", "Not in the form of such a number.");
        return text;
    }

    /// <summary>Decides on one member.</summary>
    /// <param name="household">Where they are to live.</param>
    /// <param name="person">What the register says of them.</param>
    /// <param name="there">Where the register has them.</param>
    /// <param name="from">The household that the row says they come from.</param>
    /// <param name="row">What is said.</param>
    /// <param name="data">What the register is to say.</param>
    /// <param name="occasion">When, and by whom.</param>
    public static Decision Decide(
        Household household, KnownPerson? person, Household? there, Household? from, Row row, PersonalData data, Occasion occasion)
    {
        if (row.On > occasion.Today) return Refusal.DayInFuture;
        if (data.IdNumber is { } number && IdNumber.Read(number, out var read) == IdNumber.Fault.None && read!.Birth != data.Birth)
            return Refusal.Invalid("birth-differs", "与已登记的公民身份号码不一致。", "Differs from the ID number on record.", "birth");
        if (data.Birth > row.On) return Refusal.Invalid("day-before-birth", "日期早于出生日期；请核对两个日期。", "The day lies before the day of birth.", "on");
        if (row.Labour != Labour.None && data.AgeOn(row.On) < 16)
            return Refusal.Invalid("labour-under-16", "未满 16 周岁的，劳动能力应为无劳动能力（none）。", "Who is under 16 has no labour: none.", "labour");
        if (household.Members.TryGetValue(row.Person, out var member)) return Change(person, member, row, data);
        if (person is { Left: MemberChange.Death })
            return Refusal.Conflict("person-died", "此人已登记死亡。", "The person is on record as having died.", "person");
        if (person is { Left: null } && person.Household != row.Household && row.From != person.Household)
            return Elsewhere(there, person, occasion);
        if (from is not null)
        {
            if (Several.Refused(from, occasion, "from") is { Code: not ("personal-data-erased" or "household-ended") } refused) return refused;
            if (!from.Members.ContainsKey(row.Person) && !from.Left.ContainsKey(row.Person))
                return Refusal.Invalid("member-unknown", "此人不是来源户的成员；请核对原户编码（from）。", "The person is no member of the household they come from.", "from");
        }

        var joined = new MemberJoined(
            row.Household, row.Person, row.Relation, data.Birth.Year, row.Labour, row.InSchool, row.How, row.From, row.On);
        var differences = person is null ? [] : PersonalData.Differences(person.Data, data);
        Decision decision = differences.Length == 0 ? [joined]
            : row.Reason is { } reason ? [joined, new PersonalDataCorrected(row.Household, row.Person, differences, data.Birth.Year, reason)]
            : Refusal.NeedsReason("此人已登记，内容不同", "The person is on record with other contents");
        return row.Relation == Relation.Head && household.Members.Values.Any(one => one.Relation == Relation.Head)
            ? decision.With([new("head-twice", new("该户已有户主。", "The household has a head already."), "relation")])
            : decision;
    }

    static Decision Change(KnownPerson? person, Member member, Row row, PersonalData data)
    {
        var changes = (member.Relation, member.Labour, member.InSchool) != (row.Relation, row.Labour, row.InSchool);
        var differences = person is null ? [] : PersonalData.Differences(person.Data, data);
        if (!changes && differences.Length == 0) return [];
        if (row.Reason is not { } reason) return Refusal.NeedsReason("此人已登记，内容不同", "The person is on record with other contents");
        object[] events =
        [
            .. changes ? new[] { new MemberChanged(row.Household, row.Person, row.Relation, row.Labour, row.InSchool, reason, row.On) } : [],
            .. differences.Length > 0
                ? new[] { new PersonalDataCorrected(row.Household, row.Person, differences, data.Birth.Year, reason) } : [],
        ];
        return Decision.Accept(events);
    }

    static Refusal Elsewhere(Household? there, KnownPerson person, Occasion occasion) => Named(there, occasion)
        ? Refusal.Conflict("person-elsewhere", $"此人在农户 {person.Household}；迁来的请填原户编码（from）。",
            $"The person lives in household {person.Household}; who comes from there needs it in from.", "person")
        : Refusal.Conflict("person-elsewhere", "此人在另一农户。", "The person lives in another household.", "person");

    static Refusal Exists(Household? there, KnownPerson owner, Occasion occasion) => Named(there, occasion)
        ? Refusal.Conflict("person-exists", $"该公民身份号码已登记：人员 {owner.Id}，农户 {owner.Household}。",
            $"This ID number is on record: person {owner.Id}, household {owner.Household}.", "idNumber")
        : Refusal.Conflict("person-exists", "该公民身份号码已登记在另一人名下。", "This ID number is on record for another person.", "idNumber");

    static bool Named(Household? there, Occasion occasion) => there?.Enrolment is not null && occasion.By.Covers(there.Village);

    static Import.DecideGroups<Household, Row> DecideAll(KeyRing ring) => async (session, groups, occasion, cancel) =>
    {
        if (groups.Count == 0) return;
        var tenant = occasion.By.Tenant;
        var book = await RuleBook.Of(session, tenant, cancel);
        // Signals about somebody unknown are set aside by who takes this turn alone: nobody is registered in between.
        await session.TakeTurn(NamedSignal.Turn(tenant), cancel, shared: true);
        var rows = groups.SelectMany(group => group.Rows.Select(row => (Group: group, row.Row, row.Value))).OrderBy(row => row.Row).ToList();
        string?[] hashes = [.. rows.Select(row => row.Value.Data.IdNumber is { } number ? ring.HashOf(tenant, number) : null)];
        var register = await PersonRegister.Open(
            session, ring, tenant, rows.Select(row => row.Value.Person), hashes.OfType<string>(), [], rows.Select(row => row.Value.Household), cancel);
        var several = await Several.Fetch(
            session, groups, row => row.Household,
            register.All.Select(person => person.Household).Concat(rows.Select(row => row.Value.From).OfType<Guid>()), occasion, cancel);
        var waiting = await NamedSignal.Waiting(session, register.All.Select(person => person.IdHash).Concat(hashes), cancel);

        foreach (var (group, number, row) in rows)
        {
            var (household, person) = (several[row.Household], register.Find(row.Person));
            var data = person is null ? row.Data : row.Data.Over(person.Data, row.Given);
            var hash = register.HashOf(data);
            var refusal = Several.Refused(household, occasion);
            if (refusal is null && register.Owner(hash) is { } owner && owner.Id != row.Person)
                refusal = Exists(several[owner.Household], owner, occasion);
            var (there, from) = (person is null ? null : several[person.Household], row.From is { } id ? several[id] : null);
            var decision = refusal ?? Decide(household, person, there, from, row, data, occasion);
            // What is on record already may be said again of a household that has ended.
            if (decision.Refusal == Household.HasEnded &&
                Decide(household, person, there, from, row, data, occasion) is { Refusal: null, ChangesNothing: true } known) decision = known;
            if (!group.Note(number, decision)) continue;
            if (row.From is { } source && from!.Members.ContainsKey(row.Person) && decision.Any(happened => happened is MemberJoined))
                several.Append(source, new MemberLeft(source, row.Person, row.How, row.Household, row.On));
            several.Append(row.Household, decision);
            register.Put(new KnownPerson(row.Person, row.Household, null, hash, data));
            if (hash is not null && waiting.Remove(hash, out var signals)) NamedSignal.Match(signals, row.Household, row.Person, several, group, occasion);
        }

        several.Conclude(book);
        groups[0].Also(register.StoreWith);
    };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport(
        "/v1/members", "relapse:report", Bind, (row, tenant) => Household.Stream(tenant, row.Household),
        DecideAll(routes.ServiceProvider.GetRequiredService<KeyRing>()));

    [GeneratedRegex(@"^\+?[0-9][0-9-]{5,18}[0-9]\z")]
    private static partial Regex Phone();

    [GeneratedRegex(@"^[0-9]{8,32}\z")]
    private static partial Regex Account();
}
