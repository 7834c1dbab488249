using System.Linq.Expressions;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// Takes a department's signal on a household (部门筛查预警). A department that knows people and not households names a person, by ID
/// number or random id; the household is found here, and the ID number goes no further. Who is not registered yet is waited for. The
/// department's own reference makes a repeat harmless; a changed signal under the same reference is a correction and needs a reason.
/// </summary>
public static class ReportSignal
{
    /// <summary>One signal as a department sends it, on a household or on a person.</summary>
    /// <param name="Household">The household's id; absent where a person alone is named.</param>
    /// <param name="Reference">The department's own number for the signal.</param>
    /// <param name="Kind">What it is about.</param>
    /// <param name="Amount">Zero or more; required for <c>medical_self_pay</c>, <c>outpatient_self_pay</c> and <c>education_cost</c>.</param>
    /// <param name="Unit">元, 万元 or 亿元; default 元.</param>
    /// <param name="Since">First day, where the amount is the sum from then to <paramref name="On"/> (累计) and not one payment.</param>
    /// <param name="On">The day it is about, Asia/Shanghai; not in the future.</param>
    /// <param name="Reason">Why a signal on record is replaced, or one that was taken back is reported again.</param>
    /// <param name="Person">The member it is about, by random id.</param>
    /// <param name="Sought">Where a person alone is named: what is known of that.</param>
    /// <param name="Area">Where a person named by ID number lives, village or township: whose task it is while nobody has registered them.</param>
    public sealed record Row(
        Guid Household, string Reference, SignalKind Kind, decimal? Amount, string Unit, DateOnly? Since, DateOnly On, string? Reason,
        Guid? Person, Sought? Sought = null, string? Area = null)
    {
        internal Money? Money => Amount is { } amount ? Contracts.Money.Yuan(amount, Unit) : null;
    }

    /// <summary>A signal that names a person, on its way to the household.</summary>
    /// <param name="IdNumber">The ID number; null where the person was named by random id.</param>
    /// <param name="Hash">Its keyed hash.</param>
    /// <param name="Department">Who reports.</param>
    /// <param name="Known">The signal as it is on record.</param>
    /// <param name="Refusal">Why it finds no household and cannot wait for one.</param>
    public sealed record Sought(
        IdNumber? IdNumber, string? Hash = null, string Department = "", NamedSignal? Known = null, Refusal? Refusal = null);

    public static Row Bind(Fields row)
    {
        var (household, person, number) = (row.IdOrNull("household"), row.IdOrNull("person"), RegisterMember.BindIdNumber(row));
        if (number is not null && (household ?? person) is not null)
            row.Fail("idNumber", "subject-twice", "户编码（household）、人员编码（person）与公民身份号码（idNumber）只填一种；请删去其余。", "Name a household, a person or an ID number, not two.");
        if (household is null && person is null && number is null)
            row.Fail("household", "missing", "须填户编码（household）、人员编码（person）或公民身份号码（idNumber）之一。", "Name a household, a person or an ID number.");
        var reference = row.Code("reference");
        if (number is not null && reference.Contains(number.Number, StringComparison.OrdinalIgnoreCase))
            row.Fail("reference", "personal-data-in-text", "线索编号（reference）中不得含身份证号；请用业务系统的流水号。", "No ID number may stand in the reference.");
        var kind = row.Enum<SignalKind>("kind");
        var amount = row.NumberOrNull("amount", 0, unitIn: "unit");
        if (amount is null && kind is SignalKind.MedicalSelfPay or SignalKind.OutpatientSelfPay or SignalKind.EducationCost)
            row.Fail("amount", "missing", "医疗、门诊自付支出和教育支出的线索须填金额（amount）。", "A signal of this kind needs an amount.");
        var (since, on) = (row.DayOrNull("since"), row.Day("on"));
        var area = row.TextOrNull("area", 12);
        if (area is not null && (area.Length is not (9 or 12) || !area.All(char.IsAsciiDigit)))
            row.Wrong("area", "not-an-area-code", "应为住址所在村的 12 位代码，或乡镇的 9 位代码。", "Must be the code of a village (12 digits) or a township (9).");
        if (since > on) row.Fail("since", "out-of-order", "起始日期（since）不能晚于发生日期（on）；请核对两项。", "The first day must not lie after on.");
        return new Row(
            household ?? default, reference, kind, amount, row.MoneyUnit("unit", "元"), since, on, row.PlainTextOrNull("reason"), person,
            household is null ? new Sought(number) : null, area);
    }

    public static Decision Decide(Household household, Row row, RuleBook book, Occasion occasion)
    {
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;

        var department = occasion.By.Department;
        var reported = new SignalReported(row.Household, row.Reference, department, row.Kind, row.Money, row.On, row.Person, row.Since);
        var key = Household.Key(department, row.Reference);
        if (!household.Signals.TryGetValue(key, out var known))
            return row.Reason is null && household.Withdrawn.Contains(key) ? TakenBack(row) : [reported];
        // 21000 元 and 2.1 万元 are the same amount.
        if (known with { Amount = reported.Amount } == reported && known.Amount?.Units == reported.Amount?.Units) return [];
        return row.Reason is { } reason
            ? [new SignalRevised(
                row.Household, row.Reference, department, known.Kind, known.Amount, known.On, row.Kind, row.Money, reason, row.On, row.Person,
                row.Since)]
            : NeedsReason(row);
    }

    /// <summary>Decides on a signal about somebody who is not registered.</summary>
    public static Decision DecideAside(NamedSignal? known, Row row, Occasion occasion)
    {
        if (row.Sought!.Refusal is { } refused) return refused;
        if (row.On > occasion.Today)
            return Refusal.DayInFuture;
        var aside = new SignalSetAside(row.Reference, occasion.By.Department, row.Kind, row.Money, row.On, row.Since, row.Reason, row.Area);
        Decision decision = known switch
        {
            null => [aside with { Reason = null }],
            { Withdrawn: true } when row.Reason is null => TakenBack(row),
            { Withdrawn: false } when Same(known, row) => [],
            { Withdrawn: false } when row.Reason is null => NeedsReason(row),
            _ => [aside],
        };
        return decision.Refusal is null
            ? decision.With([new("person-unmatched", new("此人尚未登记，线索已留存，登记后自动归户。",
                "The person is not registered; the signal is kept and will find the household then."), "idNumber")])
            : decision;
    }

    static bool Same(NamedSignal known, Row row) =>
        (known.Kind, known.Amount?.Units, known.Since, known.On, known.IdHash, known.Area) ==
        (row.Kind, row.Money?.Units, row.Since, row.On, row.Sought!.Hash, row.Area);

    static Refusal NeedsReason(Row row) =>
        Refusal.NeedsReason($"编号 {row.Reference} 的线索已上报，内容不同", $"Signal {row.Reference} is on record with other contents");

    static Refusal TakenBack(Row row) => Refusal.Conflict(
        "signal-withdrawn", $"编号 {row.Reference} 的线索已撤回；重新上报须填写 reason。",
        $"Signal {row.Reference} was taken back; to report it again, give a reason.", "reason");

    /// <summary>Finds the household of every row that names a person.</summary>
    static Import.ResolveRows<Row> Resolve(KeyRing ring) => async (session, rows, caller, cancel) =>
    {
        var sought = rows.Where(row => row.Value.Sought is not null)
            .Select(row => row with { Value = row.Value with { Sought = row.Value.Sought! with { Hash = HashOf(ring, caller, row.Value) } } }).ToList();
        if (sought.Count == 0) return rows;
        var found = await Find(session, sought, caller, cancel);
        if (found.Any(row => row.Value.Household == default))
        {
            // Nobody is registered between the look and the end of this transaction.
            await session.TakeTurn(NamedSignal.Turn(caller.Tenant), cancel);
            found = await Find(session, sought, caller, cancel);
        }

        return [.. rows.Where(row => row.Value.Sought is null), .. found];
    };

    static string? HashOf(KeyRing ring, Caller caller, Row row) =>
        row.Sought!.IdNumber is { } number ? ring.HashOf(caller.Tenant, number.Number) : null;

    static async Task<List<(int Row, Row Value)>> Find(
        IDocumentSession session, List<(int Row, Row Value)> sought, Caller caller, CancellationToken cancel)
    {
        string?[] hashes = [.. sought.Select(row => row.Value.Sought!.Hash).Where(hash => hash is not null).Distinct()];
        Guid[] ids = [.. sought.Select(row => row.Value.Person).OfType<Guid>().Distinct()];
        var places = new List<Place>();
        async Task Look(Expression<Func<Person, bool>> which) => places.AddRange(await session.Query<Person>().Where(which)
            .Select(person => new Place(person.Id, person.IdHash, person.Household, person.Left)).ToListAsync(cancel));
        if (hashes.Length > 0) await Look(person => person.IdHash.IsOneOf(hashes));
        if (ids.Length > 0) await Look(person => person.Id.IsOneOf(ids));
        var byHash = places.Where(place => place.IdHash is not null).DistinctBy(place => place.Id).ToDictionary(place => place.IdHash!);
        var byId = places.DistinctBy(place => place.Id).ToDictionary(place => place.Id);
        string[] streams = [.. places.Select(place => Household.Stream(caller.Tenant, place.Household)).Distinct()];
        var ended = (await session.Query<Household>().Where(household => household.Id.IsOneOf(streams) && household.Ended != null)
            .Select(household => household.Id).ToListAsync(cancel)).ToHashSet();
        var known = (await session.LoadManyAsync<NamedSignal>(
            cancel, sought.Select(row => NamedSignal.KeyOf(caller.Department, row.Value.Reference)).Distinct().ToArray())).ToDictionary(one => one.Id);

        return [.. sought.Select(row => row with { Value = Resolved(row.Value) })];

        Row Resolved(Row row)
        {
            var before = known.GetValueOrDefault(NamedSignal.KeyOf(caller.Department, row.Reference));
            var place = row.Sought!.Hash is { } hash ? byHash.GetValueOrDefault(hash) : byId.GetValueOrDefault(row.Person!.Value);
            var person = row with { Sought = row.Sought with { Department = caller.Department, Known = before } };
            if (before is { Household: { } there, Withdrawn: false })
                // Once reported it stays in its household, wherever the person has gone; who was erased is nobody any more.
                return place is null || place.Id == before.Person
                    ? person with { Household = there, Person = before.Person }
                    : person with { Sought = person.Sought with { Refusal = AboutAnother } };
            if (place is null && row.Sought.Hash is null) return person with { Sought = person.Sought with { Refusal = PersonUnknown } };
            // Bills of the dead are their household's; who has gone elsewhere is somebody to wait for.
            return place is { Left: null or MemberChange.Death } && !ended.Contains(Household.Stream(caller.Tenant, place.Household))
                ? person with { Household = place.Household, Person = place.Id }
                : row.Sought.Hash is null ? person with { Sought = person.Sought with { Refusal = PersonUnknown } } : person;
        }
    }

    static readonly Refusal AboutAnother = Refusal.Conflict(
        "signal-about-another", "该编号的线索已报在另一人名下；请先撤回。", "This reference is on record for another person; withdraw it first.", "reference");

    static readonly Refusal PersonUnknown = Refusal.Unknown("person-unknown", "没有此人；请核对人员编码，或改填公民身份号码。", "No person has this id.", "person");

    sealed record Place(Guid Id, string? IdHash, Guid Household, MemberChange? Left);

    static async Task DecideAll(
        IDocumentSession session, IReadOnlyList<Group<Household, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        await Watched.Rows<Row>(Decide)(session, [.. groups.Where(group => !NamedSignal.IsStream(group.Stream))], occasion, cancel);
        foreach (var group in groups)
        {
            if (NamedSignal.IsStream(group.Stream))
            {
                Aside(group, occasion);
                continue;
            }

            var recorded = group.Recorded.ToHashSet();
            foreach (var (number, row) in group.Rows)
                if (row.Sought is not null && recorded.Contains(number))
                    group.Also(open => open.Store(Named(row, occasion) with { IdHash = null, Household = row.Household, Person = row.Person }));
        }
    }

    static void Aside(Group<Household, Row> group, Occasion occasion)
    {
        var known = group.Rows[0].Value.Sought!.Known;
        foreach (var (number, row) in group.Rows)
        {
            var decision = DecideAside(known, row, occasion);
            if (!group.Note(number, decision)) continue;
            group.Append([.. decision]);
            known = Named(row, occasion);
        }

        if (group.Events.Count > 0) group.Also(open => open.Store(known!));
    }

    static NamedSignal Named(Row row, Occasion occasion) => new(
        NamedSignal.KeyOf(occasion.By.Department, row.Reference), row.Reference, occasion.By.Department, row.Kind, row.Money, row.Since, row.On,
        row.Sought!.Hash, null, null, false, occasion.Now, row.Area);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var resolve = Resolve(routes.ServiceProvider.GetRequiredService<KeyRing>());
        routes.MapImport<Household, Row>("/v1/signals", "relapse:report", Bind, StreamOf, DecideAll, resolve);
        routes.MapTemplate(
            "signals", "部门线索", "relapse:report",
            new("idNumber", "公民身份号码，18 位；与户编码、人员编码只填一种。只用于找到所在户，不保存明文", "110101190001010015"),
            new("household", "户编码；与公民身份号码、人员编码只填一种", "0198c0de-0000-7000-8000-000000000001"),
            new("person", "人员编码；与公民身份号码、户编码只填一种", "0198c0de-0000-7000-8000-000000000002"),
            new("reference", "本部门业务系统的流水号，不得含身份证号", "YB-2023-0007", true),
            TemplateColumn.Of<SignalKind>("kind", "线索的类型", true),
            new("amount", "金额；医疗自付、门诊自付、教育支出必填", "21000", IsNumber: true),
            new("unit", "金额的单位，不填为元", "元", Choices: [.. Money.Multipliers.Keys]),
            new("since", "费用从哪天起算", "2023-01-01"),
            new("on", "发生的日期，或累计到的日期", "2023-05-31", true),
            new("area", "住址所在村的 12 位代码，或乡镇的 9 位代码；此人尚未登记时，由该处核对", "410325111201"),
            new("reason", "更正已报线索时必填：为何更正", "结算单退回"));

        static string StreamOf(Row row, string tenant) => row is { Household: var household, Sought: { } sought } && household == default
            ? NamedSignal.Stream(tenant, sought.Department, row.Reference)
            : Household.Stream(tenant, row.Household);
    }
}
