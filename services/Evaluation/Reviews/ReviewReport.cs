using System.Globalization;
using System.Text.RegularExpressions;
using JasperFx.Events;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// The evaluation report with 附表1 (主要指标), 附表2 (重大工程项目) and 附表3 (调整建议) after the usual outline of such reports. A pure function
/// of the frozen facts and of what people decided and wrote, so the same is built at any time.
/// </summary>
sealed partial class ReviewReport
{
    const string Annex1 = "附表1";
    const string Annex2 = "附表2";
    const string Annex3 = "附表3";
    const decimal Wan = 10_000;

    readonly Facts facts;
    readonly Review review;
    readonly Figures figures;
    readonly Dictionary<string, (Guid Id, string? By)> decisions;
    readonly Dictionary<string, Cell> verdicts = [];
    readonly Dictionary<string, (Cell Total, Cell Invested)> money = [];
    readonly (int Base, int Target, int LastFull) years;

    ReviewReport(string tenant, Facts facts, Review review, IReadOnlyList<IEvent> events)
    {
        (this.facts, this.review, figures) = (facts, review, new Figures(tenant, facts.About.Review));
        decisions = events.Where(e => e.Data is VerdictDecided).GroupBy(e => ((VerdictDecided)e.Data).Indicator)
            .ToDictionary(same => same.Key, same => (same.Last().Id, same.Last().UserName));
        var (fact, rows) = (facts.About.FactDate, facts.Rows);
        years = (
            Usual(rows.Select(row => row.Baseline?.Year)) ?? fact.Year - 1, Usual(rows.Select(row => row.Target?.Year)) ?? fact.Year,
            fact is { Month: 12, Day: 31 } ? fact.Year : fact.Year - 1);
    }

    static int? Usual(IEnumerable<int?> years) => years.OfType<int>().GroupBy(year => year).OrderByDescending(same => same.Count()).ThenBy(same => same.Key)
        .Select(same => (int?)same.Key).FirstOrDefault();

    /// <summary>Builds it.</summary>
    /// <param name="tenant">County.</param>
    /// <param name="facts">What is frozen.</param>
    /// <param name="review">What people decided and wrote.</param>
    /// <param name="events">The review's own events: who decided what.</param>
    /// <param name="draft">True while it is not published.</param>
    public static Report Of(string tenant, Facts facts, Review review, IReadOnlyList<IEvent> events, bool draft) =>
        new ReviewReport(tenant, facts, review, events).Build(events, draft);

    /// <summary>Ids of the decisions that count, which the figures rest on as well.</summary>
    public static IEnumerable<Guid> Decisions(IReadOnlyList<IEvent> events) => events.Where(e => e.Data is VerdictDecided).Select(e => e.Id);

    Report Build(IReadOnlyList<IEvent> events, bool draft)
    {
        var about = facts.About;
        var (annex1, annex2, annex3, annex4) = (Indicators(), Projects(), Adjustments(), Doubts());
        var (counts, columns) = (Counts(), Columns());
        List<Block> blocks =
        [
            new Paragraph(
                $"评估时点：{Words.Of(about.FactDate)}；数据截止：{about.DataCutoff.ToOffset(ChinaTime.Offset):yyyy年M月d日 HH:mm}（北京时间），" +
                $"锁定于台账第{facts.Position}号，事实{facts.Count}条；目标版本：{(about.Targets == TargetChoice.InForce ? "现行目标" : "规划原目标")}；" +
                $"基期：{(about.Base == BaseChoice.Original ? "原基期" : "修订基期")}；" +
                $"序时路径：{about.Path switch { PathMethod.Linear => "等额", PathMethod.Geometric => "等比", _ => "按各指标" }}；评价规则：{facts.Rules.Version}。"),
            new Paragraph(
                $"数字后的小号数字为数据编号，前面加“{figures.Prefix}”即为全号；凭全号可查该数的来源、算法、评定人和存证。"),
            .. Chapter(Contracts.Evaluation.Chapter.Overall, Overall(), counts),
            .. Chapter(Contracts.Evaluation.Chapter.Indicators, Indicated()),
            .. Chapter(Contracts.Evaluation.Chapter.Tasks, []),
            .. Chapter(Contracts.Evaluation.Chapter.Projects, [$"规划列入的项目和重点工作共{facts.Projects.Count()}项，分专栏进展如下，逐项情况见{Annex2}。"], columns),
            .. Chapter(Contracts.Evaluation.Chapter.Problems, Lagging()),
            .. Chapter(Contracts.Evaluation.Chapter.Environment, []),
            .. Chapter(Contracts.Evaluation.Chapter.Proposals, [$"指标调整建议见{Annex3}。调整须经县人大常委会审查批准，批准前仍按原目标评估。"]),
            .. Comments(events),
            annex1, annex2, annex3, annex4,
        ];
        return new(about.Title, $"{Words.Of(about.Kind)}{(draft ? "（草稿，未发布）" : "")}", draft, blocks, figures.All);
    }

    List<Block> Chapter(Chapter chapter, IEnumerable<string> computed, params ReadOnlySpan<Block> more)
    {
        List<Block> blocks = [new Heading(1, Words.Of(chapter)), .. computed.Select(text => new Paragraph(text))];
        var written = review.Chapters.GetValueOrDefault(chapter)?.Paragraphs ?? [];
        blocks.AddRange(written.Select(text => new Paragraph(text)));
        if (blocks.Count == 1) blocks.Add(new Paragraph("（待补充）"));
        blocks.AddRange(more);
        return blocks;
    }

    Verdict VerdictOf(ScoreboardRow row) =>
        review.Decided.TryGetValue(row.Code, out var decided) && decided.Proposed == row.Verdict ? decided.Verdict : row.Verdict;

    IEnumerable<string> Overall()
    {
        var rows = facts.Rows;
        int Good(Func<ScoreboardRow, bool> which) => rows.Count(row => which(row) && Verdicts.Severity(VerdictOf(row)) == 0);
        int Unknown(Func<ScoreboardRow, bool> which) => rows.Count(row => which(row) && VerdictOf(row) == Verdict.NotEvaluable);
        yield return $"纳入评估的指标共{rows.Count}项：" + string.Join("；", new[] { Nature.Binding, Nature.Expected, Nature.Unspecified }
            .Select(nature => (nature, Count: rows.Count(row => row.Attribute == nature))).Where(one => one.Count > 0)
            .Select(one => $"{Words.Of(one.nature)}{one.Count}项，达到要求{Good(row => row.Attribute == one.nature)}项，无法评估{Unknown(row => row.Attribute == one.nature)}项")) + "。";
    }

    /// <summary>How many of each attribute came how far; what cannot be evaluated is counted apart.</summary>
    Table Counts()
    {
        var shown = facts.Rows.Select(VerdictOf).Distinct().Order().ToList();
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var nature in new[] { Nature.Binding, Nature.Expected, Nature.Unspecified })
        {
            var of = facts.Rows.Where(row => row.Attribute == nature).ToList();
            if (of.Count == 0) continue;
            var evaluated = of.Where(row => Verdicts.Severity(VerdictOf(row)) is not null).ToList();
            var good = evaluated.Where(row => Verdicts.Severity(VerdictOf(row)) == 0).ToList();
            rows.Add(
            [
                Words.Of(nature), Counted(nature, "指标数", of),
                .. shown.Select(verdict => Counted(nature, Words.Of(verdict), [.. of.Where(row => VerdictOf(row) == verdict)])),
                evaluated.Count == 0 ? Cell.None : figures.Number(
                    "分类统计", Codes(nature), Words.Of(nature), "达到要求的比例", 100m * good.Count / evaluated.Count, 1, "%", "达到要求的指标数 ÷ 可评估的指标数", [],
                    facts.Rules.Version, [.. evaluated.Select(VerdictCode)]),
            ]);
        }

        return new(
            "分类统计", "指标评定分类统计",
            [new("属性", 8), new("指标数", 8, true), .. shown.Select(verdict => new Column(Words.Of(verdict), 10, true)), new("达到要求比例（%）", 10, true)], rows, false,
            "达到要求：提前完成、达到序时进度、达标、已完成；比例不计无法评估的指标。");

        Cell Counted(Nature nature, string what, IReadOnlyList<ScoreboardRow> of) => figures.Number(
            "分类统计", Codes(nature), Words.Of(nature), what, of.Count, 0, "项", "计数", [], facts.Rules.Version, [.. of.Select(VerdictCode)]);
        string VerdictCode(ScoreboardRow row) => figures.CodeOf(verdicts[row.Code]);
        static string Codes(Nature nature) => Hosting.Codes<Nature>.ByValue[nature];
    }

    IEnumerable<string> Indicated()
    {
        foreach (var group in facts.Rows.GroupBy(VerdictOf).Where(group => Verdicts.Severity(group.Key) is not (null or 0)).OrderByDescending(group => Verdicts.Severity(group.Key)))
            yield return $"{Words.Of(group.Key)}的指标{group.Count()}项：{string.Join("、", group.Select(Named))}。";
        yield return $"各项指标完成情况见{Annex1}。";
    }

    static string Named(ScoreboardRow row) => row.Attribute == Nature.Binding ? $"{row.Name}（约束性）" : row.Name;

    IEnumerable<string> Lagging()
    {
        var overruled = facts.Rows.Where(row => VerdictOf(row) != row.Verdict).ToList();
        if (overruled.Count > 0)
            yield return $"人工评定与规则判定不一致的指标{overruled.Count}项：" + string.Join("；", overruled.Select(
                row => $"{row.Name}，规则判定{Words.Of(row.Verdict)}，评定为{Words.Of(VerdictOf(row))}，理由：{review.Decided[row.Code].Reason}")) + "。";
        var missing = facts.Rows.Where(row => VerdictOf(row) == Verdict.NotEvaluable).GroupBy(row => row.WhyName ?? "未说明").ToList();
        if (missing.Count > 0)
            yield return "无法评估的原因：" + string.Join("；", missing.Select(group => $"{group.Key}{group.Count()}项")) + "。";
        var open = OpenFindings().Count();
        if (open > 0) yield return $"项目存在问题尚未销号{open}项，见{Annex2}。";
    }

    static IEnumerable<Block> Comments(IReadOnlyList<IEvent> events)
    {
        var said = events.Where(e => e.Data is ReviewCommented).ToList();
        if (said.Count == 0) yield break;
        yield return new Heading(1, "附：部门意见");
        yield return new Table(
            "部门意见", "征求意见情况", [new("时间", 10), new("部门", 10), new("章节", 12), new("对象", 10), new("意见", 40)],
            [
                .. said.Select(e => (e.Timestamp, Said: (ReviewCommented)e.Data)).Select(one => (IReadOnlyList<Cell>)
                [
                    one.Timestamp.ToOffset(ChinaTime.Offset).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), one.Said.By, Words.Of(one.Said.Chapter),
                    one.Said.Subject, one.Said.Comment,
                ]),
            ], false);
    }

    /// <summary>附表1: each indicator with its values, target, progress and verdict.</summary>
    Table Indicators()
    {
        var (first, last, target) = (years.Base, years.LastFull, years.Target);
        var next = last + 1 <= target ? last + 1 : (int?)null;
        List<Column> columns =
        [
            new("序号", 3), new("类别", 6), new("指标", 10), new("单位", 4), new("属性", 4), new("责任单位", 6), new($"{first}年基期", 5, true),
            .. Enumerable.Range(first + 1, Math.Max(0, last - first)).Select(year => new Column($"{year}年", 5, true)),
        ];
        if (next is { } half) columns.Add(new($"{half}年上半年/预计", 6, true));
        columns.AddRange(
        [
            new($"{target}年目标", 7, true), new("年均增速目标（%）", 5, true), new("年均增速实际（%）", 5, true), new("完成进度（%）", 5, true), new("序时进度（%）", 5, true),
            new("是否达到序时进度", 7), new($"预计{target}年完成", 6, true), new("备注/数据状态", 16),
        ]);
        return new(
            Annex1, $"{Annex1} 主要指标完成情况", columns, [.. facts.Rows.Select((row, index) => Indicator(row, index + 1, next))], true,
            "完成进度为已实现增量占规划增量的比例；比较按目标印刷位数进行。");
    }

    List<Cell> Indicator(ScoreboardRow row, int number, int? next)
    {
        var standing = facts.Standings[row.Code];
        var (history, stream) = (standing.History, facts.ByStream[standing.Id].ToList());
        var (places, isClass) = (Places(row, history), row.Target?.Kind == TargetKind.Class);
        var definitions = stream.Where(fact => fact.Data is IndicatorDefined).ToList();
        var targets = stream.Where(fact => fact.Data is TargetSet or TargetHandedDown or TargetAttested ||
            (facts.About.Targets == TargetChoice.InForce && fact.Data is TargetAdjusted)).ToList();
        var values = stream.Where(fact => PeriodOf(fact.Data) is not null).ToList();
        List<Fact> behind = [.. definitions, .. targets, .. values];

        Cell Value(string what, decimal? value, IEnumerable<Fact> from, string? formula = null) => value is not { } known ? Cell.None
            : isClass ? figures.Add(
                new("", Annex1, row.Code, row.Name, what, Words.WaterClass(known), known, "类", formula, null, null, null, null, null, Figures.Ids(from), []), 0)
            : figures.Number(Annex1, row.Code, row.Name, what, known, places, row.Unit, formula, from);
        Cell Reported(string what, string period) => history.InForce(period) is { Value: { } value }
            ? Value(what, value, values.Where(fact => PeriodOf(fact.Data) == period))
            : Cell.None;

        var chosen = history.Base(facts.About.Base);
        var cells = new List<Cell>
        {
            $"{number}", Category(row.PlanRef), row.Name, row.Unit, Words.Of(row.Attribute), row.Responsible,
            chosen?.Value is { } start
                ? Value($"{chosen.Year}年基期值", start, facts.About.Base == BaseChoice.Revised ? [.. definitions, .. values.Where(fact => PeriodOf(fact.Data) == $"{chosen.Year}")] : definitions)
                : figures.Words(Annex1, row.Code, row.Name, "基期", chosen?.Verbatim, null, definitions),
        };
        for (var year = years.Base + 1; year <= years.LastFull; year++) cells.Add(Reported($"{year}年完成值", $"{year}"));
        if (next is { } half)
            cells.Add(history.InForce($"{half}-S1") is { Value: not null } ? Reported($"{half}年上半年完成值", $"{half}-S1") : Reported($"{half}年预计值", $"{half}"));
        cells.Add(TargetCell(row, places, targets));
        cells.Add(figures.Number(Annex1, row.Code, row.Name, "年均增速目标", row.Target?.Growth, 1, "%", null, targets));
        cells.Add(figures.Number(
            Annex1, row.Code, row.Name, "年均增速实际", Growth(row, history, chosen), 1, "%", "（最新年度值 ÷ 基期值）^（1 ÷ 年数）－1", [.. definitions, .. values]));
        cells.Add(figures.Number(Annex1, row.Code, row.Name, "完成进度", row.Progress * 100, 1, "%", row.Method, behind, row.Rules));
        cells.Add(figures.Number(Annex1, row.Code, row.Name, "序时进度", row.Elapsed * 100, 1, "%", "已过时间 ÷ 规划期", behind, row.Rules));
        cells.Add(verdicts[row.Code] = VerdictCell(row, behind));
        cells.Add(Value($"预计{years.Target}年完成值", row.Projection, behind, row.ProjectionMethod));
        cells.Add(string.Join("；", Remarks(row)));
        return cells;
    }

    Cell TargetCell(ScoreboardRow row, int places, IEnumerable<Fact> targets)
    {
        if (row.Target is not { } target) return Cell.None;
        var printed = target.Verbatim ?? (target.Value is { } value ? Cell.Plain(value, places) : null);
        return printed is null ? Cell.None : figures.Add(
            new(
                "", Annex1, row.Code, row.Name, $"{target.Year}年目标值", printed, target.Value, target.Value is null ? null : row.Unit, Hosting.Codes<TargetKind>.ByValue[target.Kind], null,
                null, null, null, null, Figures.Ids(targets), []), places);
    }

    Cell VerdictCell(ScoreboardRow row, IEnumerable<Fact> behind)
    {
        var decided = review.Decided.GetValueOrDefault(row.Code) is { } known && known.Proposed == row.Verdict ? known : null;
        var decision = decided is null ? default : decisions.GetValueOrDefault(row.Code);
        var verdict = VerdictOf(row);
        var printed = Words.Of(verdict) + (decided is null ? "（待评定）" : verdict == row.Verdict ? "" : "（人工评定）");
        return figures.Add(
            new(
                "", Annex1, row.Code, row.Name, "评定结论", printed, null, null, row.Method, row.Rules, verdict, row.Verdict, decision.By, decided?.Reason,
                decided is null ? Figures.Ids(behind) : [.. Figures.Ids(behind), decision.Id], []), 0);
    }

    IEnumerable<string> Remarks(ScoreboardRow row)
    {
        if (row.Verdict == Verdict.NotEvaluable && row.WhyName is { } why) yield return why;
        if (row.Latest is { Value: not null } latest)
            yield return $"{latest.Period}年{(latest.Status is { } status ? Words.Of(status) : "")}数{(latest.Verified ? "，已审核" : "，未审核")}".Replace("-S1年", "上半年", StringComparison.Ordinal);
        foreach (var flag in row.Flags) yield return Words.OfFlag(flag);
        if (row.RevisedBase is { } revised) yield return $"基期修订值{revised.ToString("0.####", CultureInfo.InvariantCulture)}";
        if (VerdictOf(row) != row.Verdict) yield return $"规则判定为{Words.Of(row.Verdict)}；{review.Decided[row.Code].Reason}";
        if (row.Notes.Length > 0) yield return DoubtCodes(row.Notes) is { Length: > 0 } codes ? $"规划文本存疑{codes}，见附表4" : "备注见附表4";
    }

    static string DoubtCodes(IEnumerable<string> notes) => string.Join("、", notes.SelectMany(note => DoubtCode().Matches(note)).Select(match => match.Groups[1].Value).Distinct());

    /// <summary>附表2: each project with its money, dates and state.</summary>
    Table Projects()
    {
        var problems = OpenFindings().ToLookup(one => one.Raised.Project);
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var (index, project) in facts.Projects.Index())
        {
            var stream = facts.ByStream[project.Id].ToList();
            var (described, stages, months) = (
                stream.Where(fact => fact.Data is ProjectDescribed).ToList(),
                stream.Where(fact => fact.Data is ProjectRegistered or StageAdvanced or StageCorrected or ProjectReinstated).ToList(),
                stream.Where(fact => fact.Data is InvestmentReported or InvestmentRevised).ToList());
            DateOnly? Entered(params Stage[] which) => project.Entered.Find(one => which.Contains(one.Stage))?.On;
            var (planned, started, completed) = (
                (described.LastOrDefault()?.Data as ProjectDescribed)?.PlannedStart, Entered(Stage.Started, Stage.UnderConstruction),
                Entered(Stage.Completed, Stage.InProduction));
            Cell Say(string what, string? words, IEnumerable<Fact> from) => figures.Words(Annex2, project.Code, project.Name, what, words, null, from);
            var total = figures.Number(Annex2, project.Code, project.Name, "总投资", project.TotalYuan / Wan, 0, "万元", null, described);
            var invested = figures.Number(
                Annex2, project.Code, project.Name, "开工以来累计完成投资", months.Count == 0 ? null : project.InvestedYuan / Wan, 0, "万元", "各月完成投资之和", months);
            money[project.Code] = (total, invested);
            rows.Add(
            [
                $"{index + 1}", $"专栏{project.Box}", project.Name, project.Responsible, total, invested,
                figures.Number(
                    Annex2, project.Code, project.Name, "投资完成率", project.TotalYuan > 0 && months.Count > 0 ? 100 * project.InvestedYuan / project.TotalYuan : null, 1, "%",
                    "累计完成投资 ÷ 总投资", [.. described, .. months]),
                Say("开工时间", Day(started), stages), Say("竣工时间", Day(completed), stages), Punctual(planned, started), Say("状态", Words.Of(project.Stage), stages),
                project.Lamp is Lamp.None or Lamp.Green ? Cell.None : Say("亮灯", Words.Of(project.Lamp), stream.Where(fact => fact.Data is LampChanged)),
                string.Join("；", [.. problems[project.Code].Select(one => one.Raised.Problem), .. Doubted(project.Notes)]),
            ]);
        }

        return new(
            Annex2, $"{Annex2} 重大工程项目进展情况",
            [
                new("序号", 3), new("专栏", 4), new("项目", 24), new("责任单位", 7), new("总投资（万元）", 6, true), new("累计完成投资（万元）", 6, true), new("投资完成率（%）", 5, true),
                new("开工时间", 6), new("竣工时间", 6), new("是否如期开工", 5), new("状态", 4), new("亮灯", 4), new("存在问题/备注", 16),
            ],
            rows, true);

        static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        static IEnumerable<string> Doubted(string[] notes) => DoubtCodes(notes) is { Length: > 0 } codes ? [$"规划文本存疑{codes}，见附表4"] : [];
    }

    Cell Punctual(DateOnly? planned, DateOnly? started) => planned is not { } due ? Cell.None
        : started is { } on ? on <= due ? "是" : "否"
        : due < facts.About.FactDate ? "否" : "未到期";

    IEnumerable<(FindingRaised Raised, Fact Fact)> OpenFindings()
    {
        var closed = facts.All.Select(fact => fact.Data).OfType<FindingClosed>().Where(one => one.On <= facts.About.FactDate).Select(one => one.Finding).ToHashSet();
        return facts.All.Where(fact => fact.Data is FindingRaised raised && raised.On <= facts.About.FactDate && !closed.Contains(raised.Finding))
            .Select(fact => ((FindingRaised)fact.Data, fact));
    }

    /// <summary>The projects by column of the plan.</summary>
    Table Columns()
    {
        (string Name, Stage[] Stages)[] groups =
        [
            ("谋划前期", [Stage.Planned, Stage.Preparing]), ("开工在建", [Stage.Started, Stage.UnderConstruction]), ("停缓建", [Stage.Suspended]),
            ("竣工投产", [Stage.Completed, Stage.InProduction]), ("取消调出", [Stage.Cancelled, Stage.MovedOut, Stage.Merged]),
        ];
        var titles = facts.All.Select(fact => fact.Data).OfType<ProjectRegistered>().GroupBy(one => one.Box).ToDictionary(same => same.Key, same => same.Last().BoxTitle);
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var box in facts.Projects.GroupBy(project => project.Box).OrderBy(box => box.Key))
        {
            var (subject, name) = ($"{box.Key}", $"专栏{box.Key} {titles.GetValueOrDefault(box.Key)}");
            Cell Count(string what, IReadOnlyList<ProjectStanding> of) =>
                figures.Number("分专栏统计", subject, name, what, of.Count, 0, "项", "计数", of.SelectMany(project => facts.ByStream[project.Id].Where(fact => fact.Data is ProjectRegistered or StageAdvanced or StageCorrected or ProjectReinstated)));
            Cell Sum(string what, Func<ProjectStanding, Cell> cellOf)
            {
                var parts = box.Select(cellOf).Where(cell => cell.Figure is not null).ToList();
                return parts.Count == 0 ? Cell.None
                    : figures.Number("分专栏统计", subject, name, what, parts.Sum(cell => cell.Number), 0, "万元", "各项目之和", [], null, [.. parts.Select(figures.CodeOf)]);
            }

            rows.Add(
            [
                name, Count("项目数", [.. box]), .. groups.Select(group => Count(group.Name, [.. box.Where(project => group.Stages.Contains(project.Stage))])),
                Sum("总投资", project => money[project.Code].Total), Sum("累计完成投资", project => money[project.Code].Invested),
            ]);
        }

        return new(
            "分专栏统计", "项目分专栏进展情况",
            [new("专栏", 24), new("项目数", 6, true), .. groups.Select(group => new Column(group.Name, 7, true)), new("总投资（万元）", 9, true), new("累计完成投资（万元）", 9, true)],
            rows, false);
    }

    /// <summary>附表3: what departments proposed to change, and how far it came.</summary>
    Table Adjustments()
    {
        var rows = new List<IReadOnlyList<Cell>>();
        foreach (var (code, standing) in facts.Standings.OrderBy(one => one.Value.FirstPosition))
        {
            var stream = facts.ByStream[standing.Id].ToList();
            foreach (var (proposed, at) in stream.Where(fact => fact.Data is TargetAdjustmentProposed).Select(fact => ((TargetAdjustmentProposed)fact.Data, fact)))
            {
                var steps = stream.Where(fact => AdjustmentOf(fact.Data) == proposed.Adjustment).ToList();
                // What held before, decided or printed; the adjustment itself names it once it is approved.
                var old = steps.Select(fact => (fact.Data as TargetAdjusted)?.Previous).FirstOrDefault(one => one is not null)
                    ?? stream.Where(fact => fact.Position < at.Position).Select(fact => fact.Data as TargetSet ?? (fact.Data as TargetAdjusted)?.Target)
                        .LastOrDefault(one => one?.Year == proposed.Target.Year);
                var (definition, where) = (standing.History.Definition!, $"{proposed.Target.Year}年");
                rows.Add(
                [
                    $"{rows.Count + 1}", definition.Name, definition.Unit, Words.Of(standing.History.Attribute),
                    figures.Words(Annex3, code, definition.Name, where + "原目标", Printed(old), null, stream.Where(fact => fact.Data is TargetSet || (fact.Data is TargetAdjusted && fact.Position < at.Position))),
                    figures.Words(Annex3, code, definition.Name, where + "建议目标", Printed(proposed.Target), null, [at]),
                    proposed.Reason + (proposed.LowersDuty ? "（降低约束性目标，县级无权调整）" : ""), proposed.Document, State(steps),
                ]);
            }
        }

        return new(
            Annex3, $"{Annex3} 指标调整建议",
            [
                new("序号", 3), new("指标", 12), new("单位", 5), new("属性", 5), new("原目标", 8, true), new("建议目标", 8, true), new("理由", 26), new("依据", 12),
                new("办理状态", 14),
            ],
            rows, true, rows.Count == 0 ? "截至数据截止时间无调整建议。" : null);

        static string? Printed(TargetSet? target) => target is null ? null : target.Verbatim ?? target.Value?.ToString("0.####", CultureInfo.InvariantCulture);
        static string State(List<Fact> steps) => steps[^1].Data switch
        {
            TargetAdjusted approved => $"已批准，{approved.Decision}",
            TargetAdjustmentRejected rejected => $"未获批准，{rejected.Reason}",
            TargetAdjustmentSubmitted submitted => $"已提请审查批准，{submitted.Document}",
            _ => "已提出",
        };
    }

    static string? AdjustmentOf(object data) => data switch
    {
        TargetAdjustmentProposed e => e.Adjustment,
        TargetAdjustmentSubmitted e => e.Adjustment,
        TargetAdjusted e => e.Adjustment,
        TargetAdjustmentRejected e => e.Adjustment,
        _ => null,
    };

    /// <summary>附表4: where the plan contradicts itself; both readings stand, none was chosen silently.</summary>
    Table Doubts()
    {
        var noted = facts.Rows.Select(row => (row.Name, row.Notes)).Concat(facts.Projects.Select(project => (project.Name, project.Notes)))
            .SelectMany(one => one.Notes.Select(note => (Note: note, one.Name))).GroupBy(one => one.Note).ToList();
        return new(
            "附表4", "附表4 规划文本存疑与备注", [new("序号", 3), new("涉及", 16), new("事项", 60)],
            [
                .. noted.Select((one, index) => (IReadOnlyList<Cell>)
                [
                    $"{index + 1}", one.Count() <= 3 ? string.Join("、", one.Select(each => each.Name)) : $"{one.First().Name}等{one.Count()}项", one.Key,
                ]),
            ], true, "方括号内为存疑编号；原文两种读法均予保留，评估未作取舍。");
    }

    static string Category(string planRef) => planRef.Split('/') is [_, var category, ..] ? category : planRef;

    static int Places(ScoreboardRow row, IndicatorHistory history) => history.Definition!.Decimals ??
        Math.Min(4, new[] { row.Baseline?.Value, row.Target?.Value }.Concat(history.Observations.Select(one => (decimal?)one.Value)).OfType<decimal>()
            .Select(value => value.ToString("0.####", CultureInfo.InvariantCulture) is var text && text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? text.Length - at - 1 : 0)
            .DefaultIfEmpty(0).Max());

    decimal? Growth(ScoreboardRow row, IndicatorHistory history, Baseline? chosen)
    {
        // A rate in percent or a class does not grow in percent.
        if (row.Unit.Contains('%', StringComparison.Ordinal) || row.Target?.Kind is not (TargetKind.IncreaseTo or TargetKind.DecreaseTo or TargetKind.Dual or TargetKind.AtLeast)) return null;
        if (chosen is not { Value: > 0 and var start }) return null;
        for (var year = years.LastFull; year > chosen.Year; year--)
            if (history.InForce($"{year}") is { Value: > 0 and var value })
                return Math.Round((decimal)(Math.Pow((double)(value / start), 1d / (year - chosen.Year)) - 1) * 100, 4);
        return null;
    }

    static string? PeriodOf(object data) => data switch
    {
        ValueReported e => e.Period,
        ValueRevised e => e.Period,
        VintageAdded e => e.Period,
        ValueWithdrawn e => e.Period,
        ValueConfirmed e => e.Period,
        ValueVerified e => e.Period,
        _ => null,
    };

    [GeneratedRegex(@"\[([A-F]\d+)\]")]
    private static partial Regex DoubtCode();
}
