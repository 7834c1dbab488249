using System.Globalization;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Testing.Relapse;

/// <summary>
/// Three years of a made county as departments, villages and the county send them: cumulative monthly feeds of 医保, 教育 in April, a
/// flood in one valley, and whatever else happens; with corrections, withdrawals and people who are registered only later. A year lies in
/// memory at a time.
/// </summary>
public sealed class CountyHistory(SyntheticCounty county)
{
    /// <summary>The first of three years.</summary>
    public const int FirstYear = 2023;

    /// <summary>The last one.</summary>
    public const int LastYear = 2025;

    /// <summary>Rows of one push.</summary>
    public const int RowsMax = 2_000;

    const string Villages = "农业农村局";
    const string Insurance = "医疗保障局";

    /// <summary>The day on which the flood came.</summary>
    public static readonly DateOnly Flood = new(2024, 7, 17);

    /// <summary>The day on which those are registered who were not at first.</summary>
    public static readonly DateOnly Later = new(2024, 6, 11);

    static readonly DateOnly enrolled = new(2022, 12, 20);

    // What lies on a threshold, beside it, and at nine tenths of it.
    static readonly decimal[] selfPaid =
    [
        1_200, 2_600.5m, 4_999.99m, 5_000, 5_000.01m, 5_600, 7_999.99m, 8_000, 9_100, 12_000, 15_300, 18_000, 19_999.99m, 20_000, 20_750,
        21_500, 26_000, 33_000, 45_000, 61_234.56m,
    ];

    static readonly decimal[] outpatient = [60, 120, 180.5m, 260, 380, 450, 499.99m, 500, 500.01m, 730, 1_150];
    static readonly decimal[] schooling = [3_200, 6_000, 9_000, 9_999.99m, 10_000, 10_000.01m, 11_800, 15_000];

    static readonly decimal[] perHead =
    [
        2_900, 5_300, 5_999.99m, 6_000, 6_600, 6_666.67m, 7_200, 7_299.99m, 7_300, 7_900, 8_111.12m, 8_300, 8_800, 8_799.99m, 9_400, 9_777.78m,
        10_500, 12_000, 15_800, 21_000, 28_000, 36_500,
    ];

    static readonly (SignalKind Kind, string Department, int PerMille)[] others =
    [
        (SignalKind.SeriousIllness, "卫生健康委员会", 4), (SignalKind.SchoolDropout, "教育体育局", 2), (SignalKind.Accident, "公安局", 3),
        (SignalKind.CrimeVictim, "公安局", 2), (SignalKind.NewAssistance, "民政局", 4), (SignalKind.UnsafeHousing, "住房和城乡建设局", 4),
        (SignalKind.WaterShortage, "水利局", 4), (SignalKind.JobLoss, "人力资源和社会保障局", 6), (SignalKind.NewDisability, "残疾人联合会", 3),
        (SignalKind.IndustryFailure, "农业农村局", 3), (SignalKind.Petition, "信访局", 20), (SignalKind.Other, "信访局", 2),
    ];

    /// <summary>All departments that send anything.</summary>
    public static readonly string[] Departments =
        [.. others.Select(one => one.Department).Append(Insurance).Append("应急管理局").Append(Villages).Distinct()];

    /// <summary>The register before the first day.</summary>
    public IEnumerable<CountyPush> Enrolment()
    {
        foreach (var chunk in county.All.Chunk(5_000))
        {
            yield return new(enrolled, Villages, "/v1/households", [.. chunk.Select(one => new EnrolmentRow(
                one.Id, one.Village, one.LiftedOut ? HouseholdCategory.LiftedOut : HouseholdCategory.Ordinary, one.Members, enrolled))]);
        }

        foreach (var push in Members(Registration.AtOnce, enrolled)) yield return push;
    }

    /// <summary>All pushes of three years, in order of time.</summary>
    public IEnumerable<CountyPush> Years()
    {
        var (left, laterSent) = (new List<Said>(), false);
        for (var year = FirstYear; year <= LastYear; year++)
        {
            var said = left;
            foreach (var household in county.All) new Life(county, household, year, said).Tell();
            var next = new DateOnly(year + 1, 1, 1);
            left = said.FindAll(one => one.On >= next);
            // A push has what one department sends to one address on one day.
            var pushes = said.Where(one => one.On < next)
                .GroupBy(one => (one.On, one.Order, one.Department, one.Path)).OrderBy(push => (push.Key.On, push.Key.Order))
                .ThenBy(push => push.Key.Department, StringComparer.Ordinal).ThenBy(push => push.Key.Path, StringComparer.Ordinal)
                .SelectMany(push => push.Select(one => one.Row).Chunk(RowsMax)
                    .Select(rows => new CountyPush(push.Key.On, push.Key.Department, push.Key.Path, rows)));
            foreach (var push in pushes)
            {
                if (year == Later.Year && push.On >= Later && !laterSent)
                {
                    laterSent = true;
                    foreach (var members in Members(Registration.Later, Later)) yield return members;
                }

                yield return push;
            }
        }
    }

    IEnumerable<CountyPush> Members(Registration when, DateOnly on) => county.All.Where(one => one.Registration == when)
        .SelectMany(one => Enumerable.Range(0, one.Members).Select(member => one.Member(member, on)))
        .Chunk(RowsMax).Select(rows => new CountyPush(on, Villages, "/v1/members", rows));

    /// <summary>What the county publishes meanwhile: lines, reference values, and two rule sets that take effect inside a year.</summary>
    public static IReadOnlyList<CountyRule> Rules { get; } =
    [
        new(new(2023, 1, 1), new IncomeLine("410325", new(2023, 1, 1), 7_300, "虚构〔2023〕1号")),
        new(new(2023, 2, 20), new ReferenceValue("income-city", 2022, 36_000, "虚构统计公报2022")),
        new(new(2023, 9, 25), new IncomeLine("410325107", new(2023, 10, 1), 7_900, "虚构〔2023〕9号")),
        new(new(2024, 3, 14), new IncomeLine("410325", new(2024, 3, 14), 8_800, "虚构〔2024〕3号")),
        new(new(2024, 3, 20), new ReferenceValue("income-city", 2023, 41_000, "虚构统计快报2023")),
        new(new(2024, 4, 28), new ReferenceValue("income-city", 2023, 40_000, "虚构统计公报2023"), Corrects: true),
        new(new(2024, 6, 20), MidYear),
        new(new(2025, 1, 1), new IncomeLine("410325107", new(2025, 1, 1), 9_400, "虚构〔2025〕1号")),
        new(new(2025, 2, 25), Spring),
        new(new(2025, 3, 31), new ReferenceValue("income-city", 2024, 43_000, "虚构统计公报2024")),
    ];

    /// <summary>Days on which the whole county is screened: after each change of the rules, at ends of quarters, and after leap day.</summary>
    public static readonly DateOnly[] Screenings =
    [
        new(2023, 1, 2), new(2023, 3, 31), new(2023, 10, 1), new(2023, 12, 31), new(2024, 1, 3), new(2024, 2, 29), new(2024, 3, 15), new(2024, 4, 29),
        new(2024, 7, 1), new(2024, 9, 30), new(2025, 1, 2), new(2025, 3, 15), new(2025, 4, 1), new(2025, 12, 31),
    ];

    static RuleSet MidYear => Shares("synthetic-2024h2", new(2024, 7, 1), 90, 8_000, 3, lateMonths: 3);

    static RuleSet Spring => Shares("synthetic-2025", new(2025, 3, 15), 80, 6_500, 2, lateMonths: 0);

    // Half of the shipped thresholds, and every way of counting that these do not use.
    static RuleSet Shares(string version, DateOnly from, decimal release, decimal liftedOut, int petitions, int lateMonths) => new(version, from, release,
    [
        .. RuleSet.Shipped.Rules.Where(rule => rule.Code is not ("inpatient-lifted-out" or "inpatient-ordinary" or "petition" or "water-shortage")),
        RuleSet.Shipped.Rules.Single(rule => rule.Code == "inpatient-lifted-out") with { Amount = liftedOut },
        Medical("medical-share", 50, [], [PopulationGroup.LowIncome, PopulationGroup.Monitored]),
        Medical("medical-share-low-income", 150, [PopulationGroup.LowIncome, PopulationGroup.Monitored], []),
        new("medical-household", Insurance, Measured.Amount, SignalKind.MedicalSelfPay, Window.Rolling12Months, Comparator.AtLeast, 20_000, null, null,
            [PopulationGroup.Ordinary], [], Scope.Household, RiskCause.Illness, false, "虚构"),
        new("petitions", "信访局", Measured.Count, SignalKind.Petition, Window.Rolling12Months, Comparator.AtLeast, petitions, null, null, [], [],
            Scope.Household, RiskCause.Other, false, "虚构"),
        new("water-shortage", "水利局", Measured.Count, SignalKind.WaterShortage, Window.Each, Comparator.AtLeast, 1, null, null, [], [], Scope.Household,
            RiskCause.UnsafeWater, true, "虚构"),
        new("income-very-low", "农业农村局", Measured.IncomePerHead, null, Window.Each, Comparator.Below, 6_000, null, null, [PopulationGroup.LiftedOut], [],
            Scope.Household, RiskCause.LowIncome, true, "虚构"),
    ], [new("flood-village", [RiskCause.NaturalDisaster], true, 3, 30, "虚构")], lateMonths);

    static ScreeningRule Medical(string code, decimal percent, PopulationGroup[] groups, PopulationGroup[] except) => new(
        code, Insurance, Measured.Amount, SignalKind.MedicalSelfPay, Window.Rolling12Months, Comparator.Above, null, percent, "income-city", groups, except,
        Scope.Person, RiskCause.Illness, false, "虚构");

    /// <summary>One row, and when, by whom and where it is sent; the order is that of a day.</summary>
    readonly record struct Said(DateOnly On, int Order, string Department, string Path, object Row);

    /// <summary>What happens to one household in one year.</summary>
    sealed class Life(SyntheticCounty county, SyntheticHousehold household, int year, List<Said> said)
    {
        readonly Random random = county.RandomOf(household.Number, year);

        // Where only a part of the county lives, more of it is hit: a flood is a risk of every village that it comes to.
        readonly int floodedOfFive = county.Households < SyntheticCounty.HouseholdsWhole ? 4 : 2;

        // Who moves away does so at the end of a year.
        bool GoneBefore => EndYear < year;

        int EndYear => household.Number % 997 == 13 ? FirstYear + household.Number / 997 % 3 : int.MaxValue;

        public void Tell()
        {
            if (GoneBefore) return;
            var first = said.Count;
            if (random.Next(100) < (household.LiftedOut ? 12 : 6)) Inpatient();
            if (random.Next(100) < 5) Outpatient();
            if (random.Next(100) < 5) Education();
            if (year == Flood.Year && SyntheticCounty.Valley.Contains(household.Village) && random.Next(5) < floodedOfFive) Flooded();
            foreach (var (kind, department, perMille) in others)
            {
                // Some petition again and again.
                var rate = kind == SignalKind.Petition && household.Number % 40 == 9 ? 500 : perMille;
                while (random.Next(1_000) < rate) Happens(kind, department);
            }

            if (household.LiftedOut || random.Next(100) < 8) Survey();
            if (random.Next(300) == 0) Help();
            if (random.Next(500) == 0) Change();
            if (EndYear != year) return;
            var end = new DateOnly(year, 12, 28);
            for (var at = said.Count - 1; at >= first; at--)
                if (said[at].On >= end) said.RemoveAt(at);
            Say(end, 9, Villages, "/v1/household-ends", new EndRow(household.Id, HouseholdEnd.MovedAway, end));
        }

        void Say(DateOnly on, int order, string department, string path, object row) => said.Add(new(on, order, department, path, row));

        DateOnly AnyDay(int fromMonth = 1, int toMonth = 12) => new(year, random.Next(fromMonth, toMonth + 1), random.Next(1, 28));

        static DateOnly LastOf(int year, int month) => new DateOnly(year, month, 1).AddMonths(1).AddDays(-1);

        /// <summary>A signal about a member: by ID number, by person or, where nobody knows them, about the household.</summary>
        SignalRow About(int member, string reference, SignalKind kind, decimal? amount, DateOnly? since, DateOnly on, string? reason = null)
        {
            var (id, person, number) = (default(Guid?), default(Guid?), default(string));
            if (household.Registration == Registration.Never || member < 0) id = household.Id;
            else if (household.Registration == Registration.AtOnce && (household.Number + member) % 3 == 0) person = household.PersonId(member);
            else number = household.IdNumber(member);
            var inTenThousands = amount is { } yuan && yuan >= 1_000 && household.Number % 4 == 1;
            return new(
                id, person, number, reference, kind, inTenThousands ? amount / 10_000 : amount, inTenThousands ? "万元" : null, since, on, reason);
        }

        string Reference(string prefix, int member, int number) =>
            string.Create(CultureInfo.InvariantCulture, $"{prefix}{year}-{household.Number}-{member + 1}-{number}");

        void Inpatient()
        {
            // Two running sums of one household cannot be told apart where nobody says whose they are.
            for (var times = random.Next(4) == 0 && household.Members > 1 && household.Registration != Registration.Never ? 2 : 1; times > 0; times--)
            {
                var member = times == 2 || household.Members == 1 ? 0 : random.Next(1, household.Members);
                var total = selfPaid[random.Next(selfPaid.Length)];
                var months = Enumerable.Range(1, 12).Where(_ => random.Next(3) == 0).DefaultIfEmpty(random.Next(1, 13)).ToList();
                for (var at = 0; at < months.Count; at++)
                    Cumulative(member, months[at], at == months.Count - 1 ? total : Math.Round(total * (at + 1) / (months.Count + 1), 2));
            }
        }

        // By the fifth of the next month, the sum of the year to the end of the last.
        void Cumulative(int member, int month, decimal amount)
        {
            var (on, since, pushed) = (LastOf(year, month), new DateOnly(year, 1, 1), LastOf(year, month).AddDays(5));
            SignalRow Row(decimal value, string? reason = null) =>
                About(member, Reference("YB", member, month), SignalKind.MedicalSelfPay, value, since, on, reason);
            Say(pushed, 1, Insurance, "/v1/signals", Row(amount));
            var turn = random.Next(100);
            if (turn < 6) Say(pushed.AddDays(7), 1, Insurance, "/v1/signals", Row(Math.Round(amount * 0.55m, 2), "结算单退回，更正"));
            else if (turn < 9) Say(pushed.AddDays(7), 1, Insurance, "/v1/signals", Row(amount + 6_000, "补录结算单"));
            else if (turn < 12) Withdraw(pushed.AddDays(15), Insurance, Row(amount), "非本人");
        }

        void Outpatient()
        {
            var member = random.Next(household.Members);
            var month = random.Next(1, 11);
            for (var number = 0; number < 4; number++)
            {
                var amount = outpatient[random.Next(outpatient.Length)];
                // Two of one month, sent at once; one of the next month, sent within it; one of last month, which comes late.
                var on = number < 2 ? new DateOnly(year, month, 11 + number) : number == 2 ? new DateOnly(year, month + 1, 14) : LastOf(year, month + 1);
                Say(number == 3 ? on.AddDays(5) : on.AddDays(2), 1, Insurance, "/v1/signals",
                    About(member, Reference("MZ", member, number), SignalKind.OutpatientSelfPay, amount, null, on));
            }
        }

        void Education()
        {
            var member = random.Next(household.Members);
            for (var number = random.Next(3) == 0 ? 0 : 1; number < 2; number++)
                Say(new(year, 4, 25), 1, "教育体育局", "/v1/signals",
                    About(member, Reference("JY", member, number), SignalKind.EducationCost, schooling[random.Next(schooling.Length)], null, new(year, 4, 20)));
        }

        void Flooded() => Say(Flood.AddDays(2), 0, "应急管理局", "/v1/signals",
            About(-1, Reference("ZH", -1, 0), SignalKind.Disaster, null, null, Flood));

        void Happens(SignalKind kind, string department)
        {
            var member = random.Next(3) == 0 ? -1 : random.Next(household.Members);
            var (on, number) = (AnyDay(), random.Next(1_000_000));
            var row = About(member, Reference($"{kind}-", member, number), kind, null, null, on);
            var pushed = on.AddDays(random.Next(8));
            Say(pushed, 2, department, "/v1/signals", row);
            // The same again two weeks later changes nothing; some are of another kind, some of nobody here.
            var turn = random.Next(12);
            if (turn == 0) Say(pushed.AddDays(14), 2, department, "/v1/signals", row);
            else if (turn == 1) Say(pushed.AddDays(14), 2, department, "/v1/signals", row with { On = on.AddDays(-3), Reason = "日期填错" });
            else if (turn == 2 && kind is SignalKind.Petition)
                Say(pushed.AddDays(14), 2, department, "/v1/signals", row with { Kind = SignalKind.Other, Reason = "非返贫诉求" });
            else if (turn == 3) Withdraw(pushed.AddDays(14), department, row, "重复报送");
        }

        // A signal that has found its household is that household's.
        void Withdraw(DateOnly on, string department, SignalRow row, string reason)
        {
            var aside = row.IdNumber is not null &&
                (household.Registration == Registration.NeverButNamed || household.Registration == Registration.Later && on < Later);
            Say(on, 3, department, "/v1/signal-withdrawals", new WithdrawalRow(aside ? null : household.Id, row.Reference, reason));
        }

        void Survey()
        {
            var on = AnyDay(8, 10);
            var to = new DateOnly(on.Year, on.Month, 1).AddDays(-1);
            SurveyRow Row(string? reason)
            {
                var total = perHead[random.Next(perHead.Length)] * household.Members;
                var asked = random.Next(20) != 0;
                var (business, costs, transfers) = (Math.Round(total * 0.3m, 2), Math.Round(total * 0.1m, 2), Math.Round(total * 0.2m, 2));
                return new(
                    household.Id, household.Members, asked ? to.AddDays(1).AddYears(-1) : null, asked ? to : null,
                    asked ? total - business + costs - transfers : null, asked ? business : null, asked ? costs : null, asked ? 0 : null,
                    asked ? transfers : null, true, true, random.Next(150) != 0, true,
                    random.Next(60) switch { 0 => HousingGrade.C, 1 when household.Number % 3 == 0 => HousingGrade.D, < 20 => HousingGrade.B, _ => HousingGrade.A },
                    random.Next(80) != 0, random.Next(30) == 0 ? Assistance.NearMinimumLiving : household.Assistance,
                    random.Next(60) == 0 ? [random.Next(2) == 0 ? RiskCause.LackOfLabour : RiskCause.Unemployment, RiskCause.Illness] : [],
                    random.Next(50) == 0, on, reason);
            }

            var late = random.Next(100) == 0 ? 20 : 0;
            var row = Row(null);
            Say(on.AddDays(late), 4, Villages, "/v1/surveys", row);
            if (late != 0 || random.Next(12) != 0) return;
            var replaced = Row("复核更正");
            // Most corrections are about money and leave what was missing as it was.
            if (random.Next(4) != 0) replaced = replaced with { Schooling = row.Schooling, Housing = row.Housing, Water = row.Water };
            Say(on.AddDays(6), 4, Villages, "/v1/surveys", replaced);
        }

        void Help()
        {
            var on = AnyDay();
            RiskCause[] causes = random.Next(2) == 0 ? [RiskCause.Illness] : [RiskCause.Unemployment, RiskCause.Education];
            Say(on.AddDays(random.Next(3)), 5, Villages, "/v1/help-requests",
                new HelpRow(household.Id, Reference("SB", -1, 0), causes, (RequestVia)random.Next(4), random.Next(5) == 0, on));
        }

        void Change()
        {
            var on = AnyDay();
            var moves = random.Next(2) == 0;
            Say(on, 6, Villages, "/v1/household-changes", new ChangeRow(
                household.Id, moves ? SyntheticCounty.Villages[random.Next(SyntheticCounty.Villages.Length)] : null,
                moves ? null : household.LiftedOut ? HouseholdCategory.Ordinary : HouseholdCategory.LiftedOut, moves ? "易地搬迁" : "动态调整", on));
        }
    }
}
