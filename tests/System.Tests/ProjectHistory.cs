using System.Globalization;
using System.Text.RegularExpressions;

namespace Monitoring.System.Tests;

/// <summary>One plan item as the plan's own file has it.</summary>
sealed record PlanItem(string Code, string Kind, string Box, string Stage, string Notes);

/// <summary>One file as a department sends it; its cells hold neither commas nor quotes.</summary>
sealed record Push(string Name, string Path, string Columns, IReadOnlyList<string> Rows)
{
    public string Csv => $"{Columns}\n{string.Join('\n', Rows)}\n";

    public IEnumerable<IReadOnlyDictionary<string, string>> Cells => Rows.Select(row => Columns.Split(',')
        .Zip(row.Split(','), KeyValuePair.Create).ToDictionary());
}

/// <summary>
/// A made history of all plan items from 2021 to 2023, with what goes wrong in real ones: slips, stoppages, starts that were
/// none, amounts reported wrongly, money spent beyond the total. The same seed makes the same files.
/// </summary>
sealed class ProjectHistory
{
    const int RowsMax = 5_000;
    const int Months = 36;

    static readonly DateOnly begin = new(2021, 1, 1);
    static readonly DateOnly end = new(2023, 12, 31);

    static readonly Sheet details = new("details", "/v1/project-details",
        "code,content,township,total,unit,funding,plannedStart,plannedEnd,owner,ownerCode,responsible,leader,person,indicators,reason");
    static readonly Sheet codes = new("codes", "/v1/project-codes", "project,projectCode,on,lapsed,reason");
    static readonly Sheet plans = new("annual plans", "/v1/annual-plans", "project,year,amount,unit,curve,reason");
    static readonly Sheet steps = new("preparation", "/v1/preparation-steps", "project,step,document,on");
    static readonly Sheet milestones = new("milestones", "/v1/milestones", "project,milestone,name,dueOn,responsible,reason");
    static readonly Sheet excuses = new("excuses", "/v1/lamp-excuses", "project,aspect,until,reason,document");
    static readonly Sheet investments = new("investments", "/v1/investments", "project,month,amount,unit,months,yearToDate,reason");
    static readonly Sheet funds = new("funds", "/v1/funds", "project,month,source,amount,unit,reason");
    static readonly Sheet statistics = new("statistics", "/v1/statistics-entries", "project,on");
    static readonly Sheet stages = new("stages", "/v1/stages", "project,to,on,evidence,into");
    static readonly Sheet corrections = new("stage corrections", "/v1/stage-corrections", "project,to,on,reason,document");
    static readonly Sheet stagesAfter = stages with { Name = "stages after corrections" };
    static readonly Sheet reached = new("milestones reached", "/v1/milestones/reached", "project,milestone,on,evidence");
    static readonly Sheet findings = new("findings", "/v1/findings", "finding,project,kind,problem,meeting,on,to,dueOn");
    static readonly Sheet replies = new("replies", "/v1/findings/replies", "finding,reply,document,on");
    static readonly Sheet verifications = new("verifications", "/v1/findings/verifications", "finding,rectified,note,on");
    static readonly Sheet closures = new("closures", "/v1/findings/closures", "finding,on");

    /// <summary>A closed project takes no more investment, so a year's stages come after its money.</summary>
    static readonly Sheet[] inOrder =
    [
        details, codes, plans, steps, milestones, excuses, investments, funds, statistics, stages, corrections, stagesAfter, reached,
        findings, replies, verifications, closures,
    ];

    static readonly Course usual = new(0, "preparing started under_construction completed in_production");
    static readonly Course merger = new(0, "merged");

    /// <summary>How many projects go which way; <c>&lt;</c> marks a correction back to a stage. All others take the usual one.</summary>
    static readonly Course[] courses =
    [
        new(12, ""), new(16, "preparing"), new(6, "preparing started"), new(14, "preparing started under_construction"),
        new(8, "preparing started under_construction completed"),
        new(3, "cancelled"), new(3, "preparing cancelled"), new(2, "preparing started under_construction cancelled"),
        new(2, "preparing started under_construction suspended cancelled"),
        new(2, "moved_out"), new(3, "preparing moved_out"), new(3, "preparing started under_construction suspended moved_out"),
        new(10, "preparing started under_construction suspended under_construction completed in_production"),
        new(6, "preparing started under_construction suspended"), new(3, "preparing started suspended under_construction completed"),
        new(5, "preparing started <preparing started under_construction completed"),
        new(3, "preparing started under_construction <preparing started under_construction"),
        new(3, "preparing started under_construction suspended <under_construction completed in_production"),
        new(3, "preparing started under_construction completed <under_construction completed"),
        new(2, "cancelled <planned preparing started under_construction"),
        new(6, "preparing started under_construction completed in_production", Habit.Overspends),
        new(8, "preparing started under_construction", Habit.Exact),
    ];

    /// <summary>Days from the stage before, at least and at most.</summary>
    static readonly Dictionary<string, (int Least, int Most)> lags = new()
    {
        ["preparing"] = (15, 400), ["started"] = (70, 380), ["under_construction"] = (5, 70), ["suspended"] = (40, 200), ["resumed"] = (60, 240),
        ["completed"] = (200, 520), ["in_production"] = (20, 150), ["merged"] = (60, 500), ["cancelled"] = (150, 500), ["moved_out"] = (150, 500),
        ["<"] = (25, 80),
    };

    static readonly string[] curves =
    [
        "0 | 2 | 8 | 18 | 30 | 42 | 54 | 66 | 78 | 88 | 95 | 100", "3 | 6 | 12.5 | 20 | 30 | 41.5 | 52 | 64 | 76 | 87 | 94 | 100",
        "0 | 0.5 | 1 | 5 | 20 | 40 | 60 | 75 | 85 | 92.5 | 97 | 100",
    ];

    static readonly decimal[] totals = [320, 480, 499.99m, 500, 620, 900, 1_500, 2_800, 5_200, 8_800, 12_600, 36_000, 128_000];
    static readonly decimal[] paces = [1.02m, 1, 0.98m, 0.95m, 0.93m, 0.88m, 0.8m, 0.7m, 0.5m, 0.3m];

    static readonly string[] townships =
    [
        "410325100", "410325101", "410325102", "410325103", "410325104", "410325105", "410325106", "410325107", "410325108", "410325109",
        "410325110", "410325111", "410325201", "410325203", "410325209", "410325210",
    ];

    static readonly Dictionary<string, string[]> departments = new()
    {
        ["3"] = ["科学技术局"], ["4"] = ["文化广电和旅游局"], ["5"] = ["工业和信息化局", "发展和改革委员会"], ["6"] = ["商务局"], ["7"] = ["商务局"],
        ["8"] = ["商务局", "发展和改革委员会"], ["9"] = ["农业农村局", "林业局"], ["10"] = ["农业农村局"], ["11"] = ["住房和城乡建设局", "城市管理局"],
        ["12"] = ["交通运输局", "发展和改革委员会"], ["13"] = ["文化广电和旅游局"], ["14"] = ["生态环境局", "水利局"],
        ["15"] = ["教育体育局", "卫生健康委员会", "民政局"], ["16"] = ["应急管理局", "政法委员会"],
    };

    readonly Random random;
    readonly Dictionary<(int Year, Sheet Sheet), List<string>> files = [];
    int findingsRaised;

    ProjectHistory(int seed) => random = new(seed);

    /// <summary>The files in the order in which they are sent: year by year, and what depends on something after it.</summary>
    public static IReadOnlyList<Push> Make(IReadOnlyList<PlanItem> items, int seed) => new ProjectHistory(seed).Tell(items);

    List<Push> Tell(IReadOnlyList<PlanItem> items)
    {
        var dealt = Deal([.. items.Where(item => item.Kind == "project")]);
        foreach (var (index, item) in items.Index())
        {
            if (dealt.TryGetValue(item, out var course)) TellProject(Begin(item, index, course));
            else TellWork(item, index);
        }

        return
        [
            .. from year in new[] { 2021, 2022, 2023 }
            from sheet in inOrder
            where files.ContainsKey((year, sheet))
            from rows in files[(year, sheet)].Chunk(RowsMax)
            select new Push($"{year} {sheet.Name}", sheet.Path, sheet.Columns, rows),
        ];
    }

    Dictionary<PlanItem, Course> Deal(List<PlanItem> projects)
    {
        // The plan names some projects twice; half of those are told to have been put together.
        var merging = projects.Where(item => item.Box is "8" or "10" && Twin(item).Length > 0).Where((_, place) => place % 2 == 0).ToHashSet();
        var free = projects.Where(item => !merging.Contains(item) && item.Stage == "planned").ToList();
        var deck = courses.SelectMany(course => Enumerable.Repeat(course, course.Count)).ToList();
        var dealt = deck.Concat(Enumerable.Repeat(usual, free.Count - deck.Count)).ToArray();
        random.Shuffle(dealt);
        var of = free.Zip(dealt).ToDictionary(pair => pair.First, pair => pair.Second);
        return projects.ToDictionary(item => item, item => of.GetValueOrDefault(item, merging.Contains(item) ? merger : usual));
    }

    static string Twin(PlanItem item) => Regex.Match(item.Notes, @"P\d\d-\d-\d\d").Value;

    void TellWork(PlanItem item, int index)
    {
        Write(details, 2021, $"{item.Code},按年度要点推进,,,,,,,,,{Department(item, index)},,,,");
        if (index % 3 == 0) Write(stages, 2021, $"{item.Code},preparing,{begin.AddDays(random.Next(30, 300)):yyyy-MM-dd},,");
    }

    void TellProject(Life life)
    {
        Describe(life, 2021, "");
        Prepare(life);
        Advance(life);
        Plan(life);
        Fund(life, Invest(life));
        Enter(life);
        Milestones(life);
        Excuse(life);
        Find(life);
        Redescribe(life);
    }

    Life Begin(PlanItem item, int index, Course course)
    {
        var acts = Walk(item, course);
        var prepared = acts.Find(act => act.Stage == "preparing")?.On ?? begin.AddDays(random.Next(60, 700));
        var start = prepared.AddDays(course.Habit == Habit.Usual ? random.Next(40, 330) : 65);
        if (index % 2 == 0) start = new(start.Year, start.Month, 1);
        var length = course.Habit switch { Habit.Overspends => 8, Habit.Exact => 30, _ => random.Next(9, 26) };
        var known = course.Habit != Habit.Usual || index % 19 != 4;
        return new(item, index, course, acts)
        {
            Total = course.Habit == Habit.Exact ? 6_000 : course.Habit == Habit.Usual && index % 23 == 6 ? null : totals[random.Next(totals.Length)],
            PlannedStart = known ? start : null,
            PlannedEnd = known ? start.AddMonths(length).AddDays(-1) : null,
            Township = index % 9 == 5 ? "" : townships[random.Next(townships.Length)],
            Responsible = index % 31 == 30 ? "" : Department(item, index),
            Pace = course.Habit switch { Habit.Overspends => 1.5m, Habit.Exact => index % 2 == 0 ? 0.8m : 0.6m, _ => paces[random.Next(paces.Length)] },
            Curve = course.Habit == Habit.Usual && index % 3 == 1 ? curves[index / 3 % curves.Length] : "",
            Unit = index % 7 == 3 ? "元" : "万元",
        };
    }

    List<Act> Walk(PlanItem item, Course course)
    {
        var (day, acts) = (begin, new List<Act>());
        foreach (var step in course.Steps.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (stage, back) = (step.TrimStart('<'), step[0] == '<');
            if (acts.Count == 0 && stage == item.Stage) continue;
            var resumed = stage == "under_construction" && acts is [.., { Stage: "suspended" }];
            var (least, most) = lags[back ? "<" : resumed ? "resumed" : stage];
            day = day.AddDays(course.Habit == Habit.Usual ? random.Next(least, most + 1) : least + random.Next(20));
            if (day > end) break;
            acts.Add(new(stage, day, back));
        }

        return acts;
    }

    static string Department(PlanItem item, int index) => departments[item.Box][index % departments[item.Box].Length];

    void Describe(Life life, int year, string reason)
    {
        var unit = life.Total is >= 10_000 && life.Index % 2 == 0 ? "亿元" : life.Unit;
        var funding = life.Total is { } total ? $"special_bond={In(unit, total * 0.4m)};self_raised={In(unit, total * 0.6m)}" : "";
        var owner = $"91410325MA{life.Index * 7919 % 10_000_000:0000000}";
        Write(details, year,
            $"{life.Item.Code},新建及配套工程，详见可研批复,{life.Township},{In(unit, life.Total)},{unit},{funding},{life.PlannedStart:yyyy-MM-dd}," +
            $"{life.PlannedEnd:yyyy-MM-dd},项目公司{life.Index},{(life.Index % 4 == 0 ? "" : owner + CheckCharacter(owner))},{life.Responsible}," +
            $"副县长（分管领导）,项目办主任,{(life.Index % 5 == 0 ? "" : "gdp | fixed-asset-investment-growth")},{reason}");
    }

    /// <summary>The check character of GB 32100-2015.</summary>
    static char CheckCharacter(string code)
    {
        const string alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        var (sum, weight) = (0, 1);
        foreach (var character in code)
        {
            sum += alphabet.IndexOf(character, StringComparison.Ordinal) * weight;
            weight = weight * 3 % 31;
        }

        return alphabet[(31 - sum % 31) % 31];
    }

    void Redescribe(Life life)
    {
        if (life.Course.Habit == Habit.Overspends)
            Describe(life with { Total = life.Total * 1.6m }, 2023, "批准调整概算");
        else if (life.Index % 11 == 3)
            Describe(life with { Responsible = "乡村振兴局" }, 2022, "机构改革，责任单位调整");
        else if (life.Index % 13 == 5 && life.PlannedStart is { } start)
            Describe(life with { PlannedStart = start.AddMonths(6), PlannedEnd = life.PlannedEnd?.AddMonths(6) }, 2022, "经批准延期开工");
        else if (life.Index % 17 == 9)
            Describe(life with { Township = townships[(Array.IndexOf(townships, life.Township) + 1) % townships.Length] }, 2023, "建设地点更正");
    }

    void Prepare(Life life)
    {
        if (life.Acts.FirstOrDefault(act => act.Stage == "preparing") is not { } preparing) return;
        var granted = preparing.On.AddDays(8);
        if (granted > end) return;
        var code = $"{granted:yyMM}-410325-04-0{life.Index % 2 + 1}-{life.Index * 3571 % 1_000_000:000000}";
        Write(codes, granted.Year, $"{life.Item.Code},{code},{granted:yyyy-MM-dd},,");
        var again = granted.AddDays(120);
        if (life.Index % 12 == 1 && again <= end)
        {
            Write(codes, again.Year, $"{life.Item.Code},{code},{again:yyyy-MM-dd},true,建设内容重大变化，重新赋码");
            Write(codes, again.Year, $"{life.Item.Code},{again:yyMM}{code[4..]},{again:yyyy-MM-dd},,");
        }

        string[] taken =
        [
            "approval", "land_use", "planning", "environmental_review", "energy_review", "tendering", "financing", "construction_permit",
        ];
        var until = life.Acts.FirstOrDefault(act => act.Stage != "preparing" && act.On > granted)?.On ?? granted.AddDays(400);
        foreach (var (place, step) in taken.Index().Take(life.Started is null ? life.Index % 7 : taken.Length))
        {
            var on = granted.AddDays((until.DayNumber - granted.DayNumber) * (place + 1) / (taken.Length + 1));
            if (on <= end && step != (life.Index % 2 == 0 ? "energy_review" : ""))
                Write(steps, on.Year, $"{life.Item.Code},{step},嵩审〔{on.Year}〕{life.Index + place}号,{on:yyyy-MM-dd}");
        }
    }

    void Advance(Life life)
    {
        var corrected = 0;
        foreach (var act in life.Acts)
        {
            if (act.IsCorrection)
            {
                corrected = act.On.Year;
                Write(corrections, corrected, $"{life.Item.Code},{act.Stage},{act.On:yyyy-MM-dd},现场核查不符，予以更正,嵩重项办〔{corrected}〕{life.Index}号");
                continue;
            }

            var evidence = act.Stage is "preparing" or "under_construction" && life.Index % 2 == 0 ? "" : $"嵩政文〔{act.On.Year}〕{life.Index}号";
            var into = act.Stage == "merged" ? Twin(life.Item) : "";
            Write(corrected == act.On.Year ? stagesAfter : stages, act.On.Year, $"{life.Item.Code},{act.Stage},{act.On:yyyy-MM-dd},{evidence},{into}");
        }
    }

    void Plan(Life life)
    {
        for (var year = 2021; year <= 2023; year++)
        {
            var amount = life.PlanOf(year);
            if (amount == 0) continue;
            if (life.Index % 20 == 7 && year == 2023) amount = 0; // 缓建: a plan of nothing.
            Write(plans, year, $"{life.Item.Code},{year},{In(life.Unit, amount)},{life.Unit},{life.Curve},");
            if (life.Course.Habit == Habit.Usual && amount >= 48 && random.Next(10) == 0)
                Write(plans, year, $"{life.Item.Code},{year},{In(life.Unit, Math.Floor(amount / 16) * 12)},{life.Unit},{life.Curve},年中调整计划");
        }
    }

    /// <summary>Reports month by month; answers what was reported first, before corrections.</summary>
    SortedDictionary<int, decimal> Invest(Life life)
    {
        var (first, inForce) = (new SortedDictionary<int, decimal>(), new SortedDictionary<int, decimal>());
        var due = new List<(int At, int Month, decimal Amount, string Reason)>();
        var together = life.Index % 3 != 0;
        decimal? january = null;

        void Report(int month, decimal amount, int year, string reason)
        {
            inForce[month] = amount;
            var toDate = inForce.Where(one => one.Key / 12 == month / 12 && one.Key <= month).Sum(one => one.Value);
            Write(investments, year,
                $"{life.Item.Code},{begin.AddMonths(month):yyyy-MM},{In(life.Unit, amount)},{life.Unit},{(together && month % 12 == 1 ? "2" : "")}," +
                $"{(life.Index % 2 == 0 ? In(life.Unit, toDate) : "")},{reason}");
        }

        for (var month = 0; month < Months; month++)
        {
            var year = 2021 + month / 12;
            if (life.Closed?.Year < year) break;
            foreach (var late in due.Where(one => one.At == month)) Report(late.Month, late.Amount, year, late.Reason);
            var amount = Amount(life, month, inForce);
            if (together && month % 12 == 0)
            {
                january = amount;
                continue;
            }

            if (month % 12 == 1 && january is not null) (amount, january) = ((amount ?? 0) + january, null);
            if (amount is not { } completed) continue;
            first[month] = completed;
            Report(month, completed, year, "");
            if (life.FalseUntil is { } found && begin.AddMonths(month) <= found)
            {
                if (completed > 0) due.Add((Index(found) + 1, month, 0, "虚假开工，予以核减"));
            }
            else if (life.Course.Habit == Habit.Usual && completed > 1 && random.Next(20) == 0)
            {
                due.Add((month + random.Next(1, 5), month, Math.Round(completed * (random.Next(2) == 0 ? 0.8m : 1.12m), 2), "财务核实后更正"));
            }
        }

        return first;
    }

    /// <summary>What a month is reported with, 万元; null where there is nothing to report.</summary>
    decimal? Amount(Life life, int month, SortedDictionary<int, decimal> inForce)
    {
        var (first, year) = (begin.AddMonths(month), 2021 + month / 12);
        var told = life.ToldOn(first.AddMonths(1).AddDays(-1));
        if (told == "suspended" && life.Index % 2 == 0) return 0;
        var pays = told is "completed" && life.ToldOn(first.AddMonths(-2)) != "completed";
        if (told is not ("started" or "under_construction") && !pays) return null;

        var plan = life.PlanOf(year);
        if (life.Course.Habit == Habit.Exact && first == new DateOnly(2022, 12, 1))
            return plan * (life.Pace + 0.1m) - inForce.Where(one => one.Key / 12 == 1).Sum(one => one.Value);
        var share = plan == 0 ? 55
            : life.Curve.Length == 0 ? plan / life.MonthsPlannedIn(year)
            : plan * (Percent(life.Curve, month % 12) - (month % 12 == 0 ? 0 : Percent(life.Curve, month % 12 - 1))) / 100;
        var amount = Math.Round(share * life.Pace * (pays ? 0.3m : 1) * random.Next(80, 121) / 100, 2);
        return life.Course.Habit == Habit.Overspends || life.Total is not { } total
            ? amount
            : Math.Max(0, Math.Min(amount, total - inForce.Values.Sum()));
    }

    void Fund(Life life, SortedDictionary<int, decimal> spent)
    {
        void Arrive(int month, string source, decimal amount)
        {
            amount = Math.Round(amount, 2);
            if (month >= Months || amount == 0) return;
            string Row(decimal arrived, string reason) =>
                $"{life.Item.Code},{begin.AddMonths(month):yyyy-MM},{source},{In(life.Unit, arrived)},{life.Unit},{reason}";
            Write(funds, 2021 + month / 12, Row(amount, ""));
            if (life.Course.Habit == Habit.Usual && amount > 1 && random.Next(30) == 0)
                Write(funds, 2021 + month / 12, Row(Math.Round(amount * 0.9m, 2), "银行对账更正"));
        }

        var style = life.Course.Habit == Habit.Exact ? 0 : life.Index % 6;
        if (style == 5) return;
        foreach (var year in spent.GroupBy(month => month.Key / 12))
        {
            if (style is 1 or 2) Arrive(year.First().Key, "special_bond", year.Sum(month => month.Value) * 0.7m);
            if (style is 1 or 2 or 3) Arrive(year.First().Key, style == 3 ? "state_budget" : "self_raised", year.Sum(month => month.Value) * 0.55m);
            foreach (var (month, amount) in year)
            {
                if (style == 0) Arrive(month, "domestic_loan", amount);
                if (style == 4) Arrive(month + 1, month % 2 == 0 ? "foreign_capital" : "other", amount * 0.85m);
            }
        }
    }

    void Enter(Life life)
    {
        var (least, most) = random.Next(10) switch { < 3 => (3, 28), < 6 => (31, 60), < 8 => (65, 140), _ => (2_000, 2_000) };
        if (life.Started?.AddDays(random.Next(least, most + 1)) is { } on && on <= end) Write(statistics, on.Year, $"{life.Item.Code},{on:yyyy-MM-dd}");
    }

    void Milestones(Life life)
    {
        if (life.PlannedStart is not { } start || life.PlannedEnd is not { } finish) return;
        Write(milestones, 2021, $"{life.Item.Code},start,开工,{start:yyyy-MM-dd},{life.Responsible},");
        Write(milestones, 2021, $"{life.Item.Code},completion,竣工验收,{finish:yyyy-MM-dd},项目办主任,");
        if (life.Index % 13 == 5) Write(milestones, 2022, $"{life.Item.Code},start,开工,{start.AddMonths(6):yyyy-MM-dd},{life.Responsible},经批准延期开工");
        if (life.Started is { } started) Write(reached, started.Year, $"{life.Item.Code},start,{started:yyyy-MM-dd},开工令");
        if (life.Acts is [.., { Stage: "completed" } last]) Write(reached, last.On.Year, $"{life.Item.Code},completion,{last.On:yyyy-MM-dd},验收报告");
    }

    void Excuse(Life life)
    {
        // Who is known to be behind at the end of 2022 is excused up to that day, or up to the day before.
        if (life.Course.Habit == Habit.Exact && life.Index % 4 < 2)
            Write(excuses, 2022, $"{life.Item.Code},progress,2022-12-{31 - life.Index % 4},受汛情及疫情影响,嵩重项办〔2022〕{life.Index}号");
        if (life.Course.Habit == Habit.Exact || life.Index % 5 != 2) return;
        string[] aspects = ["start", "progress", "funds", "statistics"];
        DateOnly[] until = [new(2021, 12, 31), new(2022, 12, 30), new(2022, 12, 31), new(2024, 6, 30)];
        var year = 2021 + life.Index % 3;
        Write(excuses, year,
            $"{life.Item.Code},{aspects[random.Next(aspects.Length)]},{until[random.Next(until.Length)]:yyyy-MM-dd},受汛情及疫情影响,嵩重项办〔{year}〕{life.Index}号");
    }

    /// <summary>Every third project has a finding; how far it has come goes round.</summary>
    void Find(Life life)
    {
        if (life.Index % 3 != 0) return;
        var (number, year) = (++findingsRaised, 2021 + life.Index / 3 % 3);
        var (finding, far, on) = ($"WT-{year}-{number:000}", number % 7, new DateOnly(year, 3, 1).AddDays(random.Next(180)));
        var (kind, meeting) = number % 2 == 0 ? ("dispatch", $"{year}年第{on.Month}次项目调度会") : ("supervision", "");
        var assigned = far == 0 ? "," : $"{(life.Responsible.Length > 0 ? life.Responsible : "发展和改革委员会")},{on.AddDays(30):yyyy-MM-dd}";
        Write(findings, year, $"{finding},{life.Item.Code},{kind},施工力量不足，进度滞后,{meeting},{on:yyyy-MM-dd},{assigned}");
        if (far < 2) return;

        void Answer(DateOnly day, bool? rectified)
        {
            Write(replies, day.Year, $"{finding},已增加班组并倒排工期,〔{day.Year}〕{number}号,{day:yyyy-MM-dd}");
            if (rectified is { } good)
                Write(verifications, day.Year, $"{finding},{(good ? "true" : "false")},{(good ? "整改到位" : "仍未达到序时进度")},{day.AddDays(7):yyyy-MM-dd}");
        }

        // A second round falls into the next year, and so into the files after these.
        var twice = far == 6 && year < 2023;
        Answer(on.AddDays(25), far switch { 2 => null, 3 => false, _ => !twice });
        if (twice) Answer(on.AddYears(1), true);
        var closed = (twice ? on.AddYears(1) : on.AddDays(25)).AddDays(12);
        if (far >= 5) Write(closures, closed.Year, $"{finding},{closed:yyyy-MM-dd}");
    }

    void Write(Sheet sheet, int year, string row)
    {
        if (row.Count(character => character == ',') != sheet.Columns.Count(character => character == ','))
            throw new InvalidOperationException($"{sheet.Name} has other columns than: {row}");
        if (!files.TryGetValue((year, sheet), out var rows)) files[(year, sheet)] = rows = [];
        rows.Add(row);
    }

    /// <summary>An amount of 万元 in the unit of its file.</summary>
    static string In(string unit, decimal? amount) =>
        $"{unit switch { "元" => amount * 10_000, "亿元" => amount / 10_000, _ => amount }:0.##########}";

    static decimal Percent(string curve, int place) => decimal.Parse(curve.Split(" | ")[place], CultureInfo.InvariantCulture);

    static int Index(DateOnly day) => (day.Year - begin.Year) * 12 + day.Month - begin.Month;

    sealed record Sheet(string Name, string Path, string Columns);

    sealed record Course(int Count, string Steps, Habit Habit = Habit.Usual);

    sealed record Act(string Stage, DateOnly On, bool IsCorrection);

    enum Habit
    {
        Usual,

        /// <summary>Spends far more than its total.</summary>
        Overspends,

        /// <summary>Ends 2022 exactly 10 or 30 points behind, and spends exactly what arrives.</summary>
        Exact,
    }

    sealed record Life(PlanItem Item, int Index, Course Course, List<Act> Acts)
    {
        public decimal? Total { get; init; }

        public DateOnly? PlannedStart { get; init; }

        public DateOnly? PlannedEnd { get; init; }

        public string Township { get; init; } = "";

        public string Responsible { get; init; } = "";

        public decimal Pace { get; init; }

        public string Curve { get; init; } = "";

        public string Unit { get; init; } = "万元";

        public string ToldOn(DateOnly day) => Acts.FindLast(act => act.On <= day)?.Stage ?? Item.Stage;

        /// <summary>The day on which a start turned out to be none.</summary>
        public DateOnly? FalseUntil => Acts.Find(act => act is { IsCorrection: true, Stage: "preparing" })?.On;

        public DateOnly? Started => Acts.Find(act => act.Stage == "started" && !(act.On <= FalseUntil))?.On;

        public DateOnly? Closed => Acts is [.., { Stage: "cancelled" or "moved_out" or "merged" } last] ? last.On : null;

        public int MonthsPlannedIn(int year)
        {
            var planned = PlannedStart is { } start && PlannedEnd is { } finish
                ? Enumerable.Range(1, 12).Count(month => new DateOnly(year, month, 28) >= start && new DateOnly(year, month, 1) <= finish)
                : 0;
            // Who builds on after the planned end has a plan for half a year.
            var builds = Enumerable.Range(1, 12).Any(month => ToldOn(new(year, month, 28)) is "started" or "under_construction");
            return planned > 0 ? planned : builds ? 6 : 0;
        }

        /// <summary>What is planned for a year, whole dozens of 万元.</summary>
        public decimal PlanOf(int year) => Total is not { } total || PlannedStart is not { } start || PlannedEnd is not { } finish ? 0
            : Math.Floor(total * MonthsPlannedIn(year) / Math.Max(1, (finish.DayNumber - start.DayNumber) / 30) / 12) * 12;
    }
}

/// <summary>The lamps of one project on one day.</summary>
sealed record Lights(string Start, string Progress, string Funds, string Statistics)
{
    static readonly string[] worstFirst = ["red", "yellow", "green", "none"];

    public string Overall => worstFirst.First(colour => colour == Start || colour == Progress || colour == Funds || colour == Statistics);
}

/// <summary>
/// Lamps and ladders worked out a second time from the files alone, as somebody would who has the rules and a pocket calculator;
/// nothing of the services is called. Months are counted from the year 0, money is 元.
/// </summary>
sealed class Reckoning
{
    static readonly string[] closed = ["cancelled", "moved_out", "merged"];

    readonly IReadOnlyList<PlanItem> items;
    readonly Dictionary<string, IReadOnlyDictionary<string, string>> details = [];
    readonly Dictionary<string, List<(string Stage, DateOnly On)>> stages;
    readonly Dictionary<string, Dictionary<int, decimal>> invested;
    readonly Dictionary<string, Dictionary<(int Month, string Source), decimal>> arrived;
    readonly Dictionary<(string Project, int Year), (decimal Amount, string Curve)> plans = [];
    readonly Dictionary<string, DateOnly> entered = [];
    readonly HashSet<(string Project, string Aspect, DateOnly Until)> excuses = [];

    public Reckoning(IReadOnlyList<PlanItem> items, IEnumerable<Push> pushes)
    {
        this.items = items;
        stages = items.ToDictionary(item => item.Code, item => new List<(string, DateOnly)> { (item.Stage, DateOnly.MinValue) });
        invested = items.ToDictionary(item => item.Code, _ => new Dictionary<int, decimal>());
        arrived = items.ToDictionary(item => item.Code, _ => new Dictionary<(int, string), decimal>());
        foreach (var push in pushes)
            foreach (var row in push.Cells)
                Take(push, row);
    }

    /// <summary>Projects that had spent more than 110 percent of their total when a month of theirs was sent, by file.</summary>
    public HashSet<(string File, string Project)> Overspent { get; } = [];

    void Take(Push push, IReadOnlyDictionary<string, string> row)
    {
        var project = row.GetValueOrDefault("project", "");
        switch (push.Path)
        {
            case "/v1/project-details": details[row["code"]] = row; break;
            case "/v1/stages": stages[project].Add((row["to"], Day(row["on"]))); break;
            case "/v1/stage-corrections":
                while (stages[project][^1].Stage != row["to"]) stages[project].RemoveAt(stages[project].Count - 1);
                break;
            case "/v1/investments":
                invested[project][Month(row["month"])] = Yuan(row["amount"], row["unit"]);
                if (Total(project) is { } total && invested[project].Values.Sum() > total * 1.1m) Overspent.Add((push.Name, project));
                break;
            case "/v1/funds": arrived[project][(Month(row["month"]), row["source"])] = Yuan(row["amount"], row["unit"]); break;
            case "/v1/annual-plans":
                plans[(project, int.Parse(row["year"], CultureInfo.InvariantCulture))] = (Yuan(row["amount"], row["unit"]), row["curve"]);
                break;
            case "/v1/statistics-entries": entered[project] = Day(row["on"]); break;
            case "/v1/lamp-excuses": excuses.Add((project, row["aspect"], Day(row["until"]))); break;
        }
    }

    public string StageOn(string project, DateOnly on) => stages[project].Last(entry => entry.On <= on).Stage;

    public decimal InvestedSinceStart(string project) => invested[project].Values.Sum();

    public Lights LightsOf(PlanItem item, DateOnly on)
    {
        if (item.Kind != "project" || closed.Contains(StageOn(item.Code, on))) return new("none", "none", "none", "none");
        string Lit(string aspect, string colour) =>
            colour is "yellow" or "red" && excuses.Any(one => one.Project == item.Code && one.Aspect == aspect && one.Until >= on) ? "green" : colour;
        return new(
            Lit("start", Start(item.Code, on)), Lit("progress", Progress(item.Code, on)), Lit("funds", Funds(item.Code, on)),
            Lit("statistics", Statistics(item.Code, on)));
    }

    string Start(string project, DateOnly on)
    {
        if (details[project]["plannedStart"] is not { Length: > 0 } planned) return "none";
        if (StartedOn(project) <= on) return "green";
        var late = Month(on) - Month(Day(planned));
        return late <= 0 ? "green" : late < 3 ? "yellow" : "red";
    }

    string Progress(string project, DateOnly on) => Behind(project, on) switch { null => "none", > 30 => "red", >= 10 => "yellow", _ => "green" };

    /// <summary>Points of the year's plan that the project is behind; counted in twelfths, so that nothing is rounded.</summary>
    public decimal? Behind(string project, DateOnly on)
    {
        var through = Complete(on);
        var (year, months) = (through / 12, through % 12 + 1);
        if (!Builds(project, on) || !plans.TryGetValue((project, year), out var plan) || plan.Amount == 0) return null;
        var percent = plan.Curve.Length > 0 ? decimal.Parse(plan.Curve.Split(" | ")[months - 1], CultureInfo.InvariantCulture) : 0;
        var expectedTwelvefold = plan.Curve.Length > 0 ? plan.Amount * percent / 100 * 12 : plan.Amount * months;
        var completed = invested[project].Where(month => month.Key >= year * 12 && month.Key <= through).Sum(month => month.Value);
        return (expectedTwelvefold - completed * 12) * 100 / (plan.Amount * 12);
    }

    string Funds(string project, DateOnly on)
    {
        var through = Complete(on);
        var have = arrived[project].Where(one => one.Key.Month <= through).Select(one => one.Value).ToList();
        if (!Builds(project, on) || have.Count == 0) return "none";
        return have.Sum() < invested[project].Where(month => month.Key <= through).Sum(month => month.Value) ? "red" : "green";
    }

    string Statistics(string project, DateOnly on)
    {
        if (!(Total(project) >= 5_000_000) || StartedOn(project) is not { } started || started > on) return "none";
        if (entered.TryGetValue(project, out var day) && day <= on) return "green";
        var waiting = Month(on) - Month(started);
        if (on.Day < started.Day) waiting--;
        return waiting > 2 ? "red" : waiting >= 1 ? "yellow" : "green";
    }

    /// <summary>One line for each group at each quarter's end, as <c>2021-Q1 5: planned …</c>.</summary>
    public IEnumerable<string> Ladder(string by)
    {
        string GroupOf(PlanItem item) => by switch
        {
            "box" => item.Box,
            "township" => details[item.Code]["township"],
            _ => details[item.Code]["responsible"],
        };
        for (var last = new DateOnly(2021, 3, 31); last.Year < 2024; last = last.AddDays(1).AddMonths(3).AddDays(-1))
            foreach (var group in items.GroupBy(GroupOf))
            {
                var at = group.Select(item => StageOn(item.Code, last)).ToList();
                string[] rungs = ["planned", "preparing", "started", "under_construction", "suspended", "completed", "in_production"];
                var counts = rungs.Select(rung => at.Count(stage => stage == rung)).Append(at.Count(closed.Contains));
                var money = group.Sum(item => invested[item.Code].Where(month => Month(last) - month.Key is >= 0 and <= 2).Sum(month => month.Value));
                yield return $"{last.Year}-Q{last.Month / 3} {group.Key}: {string.Join(' ', counts)}, {money:0.##} 元";
            }
    }

    bool Builds(string project, DateOnly on) => StageOn(project, on) is "started" or "under_construction";

    DateOnly? StartedOn(string project) => stages[project].Where(entry => entry.Stage == "started").Select(entry => (DateOnly?)entry.On).FirstOrDefault();

    decimal? Total(string project) => details[project] is var row && row["total"].Length > 0 ? Yuan(row["total"], row["unit"]) : null;

    /// <summary>The last complete month; there is none for January.</summary>
    static int Complete(DateOnly on)
    {
        var month = on.AddDays(1).Month == on.Month ? Month(on) - 1 : Month(on);
        return month % 12 == 0 ? month - 1 : month;
    }

    static int Month(DateOnly day) => day.Year * 12 + day.Month - 1;

    static int Month(string month) => Month(Day(month + "-01"));

    static DateOnly Day(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    static decimal Yuan(string amount, string unit) =>
        decimal.Parse(amount, CultureInfo.InvariantCulture) * unit switch { "元" => 1, "亿元" => 100_000_000, _ => 10_000 };
}
