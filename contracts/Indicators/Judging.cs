namespace Monitoring.Contracts.Indicators;

/// <summary>A value in force, as a verdict sees it.</summary>
public sealed record Observation(Period Period, decimal Value, ValueStatus Status, bool Verified);

/// <summary>Everything that one verdict rests on; nothing else may influence it, least of all the order of arrival.</summary>
public sealed record Evidence
{
    /// <summary>The target in force on the day; null where the plan sets none.</summary>
    public TargetSet? Target { get; init; }

    public Direction Direction { get; init; }

    public PeriodType? PeriodType { get; init; }

    /// <summary>Places the figure is published with.</summary>
    public int? Decimals { get; init; }

    /// <summary>The base the judgement is to use, original or revised.</summary>
    public Baseline? Base { get; init; }

    /// <summary>Values in force.</summary>
    public IReadOnlyList<Observation> Values { get; init; } = [];

    /// <summary>Values in force of the indicator that <c>relative</c> compares with.</summary>
    public IReadOnlyList<Observation> Reference { get; init; } = [];

    /// <summary>Numbers handed down, the one in force of each year.</summary>
    public IReadOnlyList<TargetHandedDown> HandedDown { get; init; } = [];

    /// <summary>Statements on documents, the one in force of each year.</summary>
    public IReadOnlyList<TargetAttested> Attested { get; init; } = [];

    /// <summary>The day the verdict is about, Asia/Shanghai; what happened later is left out.</summary>
    public DateOnly On { get; init; }
}

/// <summary>A verdict with everything that it was made of. Numbers are in the indicator's unit.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Why">Code of the reason when nothing can be evaluated.</param>
/// <param name="Method">The rule that was used, in words of codes, e.g. <c>increase_to, geometric</c>.</param>
/// <param name="Period">The period whose value decided.</param>
/// <param name="Value">That value; a sum or an average where the rule takes one.</param>
/// <param name="Elapsed">Share of the plan's time gone by at the end of that period (时序进度), 0 to 1.</param>
/// <param name="Progress">Share of the planned change achieved (完成进度); may exceed 1 or be negative.</param>
/// <param name="Expected">What the value should be at the end of that period.</param>
/// <param name="ExpectedOn">What it should be on the day the verdict is about.</param>
/// <param name="Projection">Where the pace so far leads by the plan's end.</param>
/// <param name="ProjectionMethod">How that was projected.</param>
public sealed record Judgement(
    Verdict Verdict, string? Why, string Method, string? Period = null, decimal? Value = null, decimal? Elapsed = null,
    decimal? Progress = null, decimal? Expected = null, decimal? ExpectedOn = null, decimal? Projection = null,
    string? ProjectionMethod = null)
{
    /// <summary>What a reader should know, e.g. <c>target-below-baseline</c>, <c>attested:2021</c>, <c>period-missed:2022</c>.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>
/// The rules by which a target is judged, one pure function for each kind of target. Part of the contract, because the
/// service that owns the indicators and the one that evaluates the plan must come to the same verdict, and anybody who
/// listens may check it.
/// </summary>
public static class Judging
{
    /// <summary>Judges by the kind of the target in force.</summary>
    public static Judgement Judge(Evidence evidence, VerdictRules rules) => evidence.Target?.Kind switch
    {
        TargetKind.IncreaseTo or TargetKind.AtLeast or TargetKind.Ratio => IncreaseTo(evidence, rules),
        TargetKind.DecreaseTo => DecreaseTo(evidence, rules),
        TargetKind.AtMost => AtMost(evidence, rules),
        TargetKind.Range => Range(evidence, rules),
        TargetKind.GrowthRate => GrowthRate(evidence, rules),
        TargetKind.PointsPerYear => PointsPerYear(evidence, rules),
        TargetKind.Cumulative => Cumulative(evidence, rules),
        TargetKind.AnnualQuota => AnnualQuota(evidence, rules),
        TargetKind.Maintain => Maintain(evidence, rules),
        TargetKind.Class => Class(evidence, rules),
        TargetKind.CoverageFull => CoverageFull(evidence, rules),
        TargetKind.Delegated => Delegated(evidence, rules),
        TargetKind.Relative => Relative(evidence, rules),
        TargetKind.Trend => Trend(evidence, rules),
        TargetKind.Milestone => Milestone(evidence, rules),
        TargetKind.Dual => Dual(evidence, rules),
        TargetKind.Qualitative => Qualitative(evidence, rules),
        _ => new(Verdict.NotEvaluable, "no-target", "none"),
    };

    /// <summary>Share of the plan's time gone by on the day of the evidence, 0 to 1; null where there is no target.</summary>
    public static decimal? Elapsed(Evidence evidence) =>
        evidence.Target is null ? null : new Frame(evidence) is var frame ? frame.ElapsedAt(frame.On) : null;

    /// <summary>A level that is to rise to the target, or a floor above the base; a floor at or below the base must hold at every date.</summary>
    public static Judgement IncreaseTo(Evidence evidence, VerdictRules rules) =>
        Level(new Frame(evidence), rules, evidence.Target!.Value, rising: true);

    /// <summary>A level that is to fall to the target (逆向指标).</summary>
    public static Judgement DecreaseTo(Evidence evidence, VerdictRules rules) =>
        Level(new Frame(evidence), rules, evidence.Target!.Value, rising: false);

    /// <summary>A ceiling that must hold at every date.</summary>
    public static Judgement AtMost(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        return evidence.Target!.Value is { } ceiling
            ? Limit(frame, it => frame.Round(it.Value) <= ceiling * Around(frame, rules, 1), ceiling)
            : frame.NotEvaluable("target-value-missing");
    }

    /// <summary>From the lower end on it is met; beyond the upper it is over-fulfilled, no failure.</summary>
    public static Judgement Range(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var few = frame.Places == 0 && evidence.Target!.Value is { } lower && Math.Abs(lower - (frame.Base ?? 0)) <= rules.WholeThingsMax;
        var judged = Level(frame, rules, evidence.Target!.Value, rising: true, wholeThings: few);
        return judged.Value > evidence.Target.Upper ? judged with { Flags = [.. judged.Flags, "above-range"] } : judged;
    }

    /// <summary>An average yearly growth in percent: the geometric mean of the years gone by; a year below it is flagged.</summary>
    public static Judgement GrowthRate(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        if (evidence.Target!.Value is not { } asked) return frame.NotEvaluable("target-value-missing");
        if (frame.Years is not { Count: > 0 } years) return frame.NotEvaluable("value-missing", asked);

        var missing = frame.MissingYears(years.Keys).ToList();
        var product = years.Values.Aggregate(1d, (grown, rate) => grown * (1 + (double)rate / 100));
        var average = Rounded((Math.Pow(Math.Max(product, 0), 1d / years.Count) - 1) * 100);
        var last = years.Last();
        var elapsed = frame.ElapsedAt(new DateOnly(last.Key, 12, 31));
        var met = frame.Meets(average, asked, rising: true);
        var left = frame.PlanYears - years.Count - missing.Count;
        // The growth that the years left would need, so that the average of all years comes out right.
        var needed = left > 0 ? (Math.Pow(Math.Pow(1 + (double)asked / 100, frame.PlanYears) / Math.Max(product, 1e-9), 1d / left) - 1) * 100 : 0;
        var final = last.Key == frame.End.Year;
        var verdict = (final, met) switch
        {
            (true, true) => Verdict.Achieved,
            (true, false) => Verdict.NotAchieved,
            (_, true) => Verdict.OnSchedule,
            _ when average <= 0 || needed > (double)(rules.HardPaceRatio * average) => Verdict.HardToAchieve,
            _ => Verdict.BehindSchedule,
        };
        if (frame.IsOver && !final) return frame.NotEvaluable("final-value-missing", asked);
        return new(verdict, null, $"{frame.Kind}, geometric mean of {years.Count} years", $"{last.Key}", average, elapsed,
            asked == 0 ? null : average / asked, asked, asked, average, "average growth goes on")
        {
            Flags = [.. missing.Select(year => $"year-missing:{year}"), .. years.Where(year => year.Value < asked).Select(year => $"year-below:{year.Key}")],
        };
    }

    /// <summary>A rate that gains so many percentage points a year from its base.</summary>
    public static Judgement PointsPerYear(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var points = evidence.Target!.Growth;
        var end = evidence.Target.Value ?? (frame.Base is { } from && points is { } yearly ? from + yearly * frame.PlanYears : null);
        var judged = Level(frame, rules, end, rising: (points ?? 1) >= 0, path: PathMethod.Linear);
        return frame.Base is { } start && points is { } each && evidence.Target.Value is { } printed &&
               frame.Round(start + each * frame.PlanYears) != printed
            ? judged with { Flags = [.. judged.Flags, "growth-does-not-compute"] }
            : judged;
    }

    /// <summary>A sum over the plan's years, which starts at nothing. Values since January are never added up.</summary>
    public static Judgement Cumulative(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        if (evidence.Target!.Value is not { } asked || asked <= 0) return frame.NotEvaluable("target-value-missing");
        var (total, through, missing) = frame.Sum();
        if (through is not { } day) return frame.NotEvaluable("value-missing", asked * frame.ElapsedAt(frame.On));

        var elapsed = frame.ElapsedAt(day);
        var (progress, expected) = (total / asked, asked * elapsed);
        var met = frame.Round(total) >= asked;
        var final = day == frame.End;
        // What is known already suffices, or it takes the missing years to tell.
        if (missing.Count > 0 && !met && progress < elapsed)
            return frame.NotEvaluable("years-missing", expected) with { Value = total, Flags = Flags(missing) };
        if (frame.IsOver && !final && !met) return frame.NotEvaluable("final-value-missing", expected) with { Value = total };
        return new(
            Graded(frame, rules, met, final, progress, elapsed, progress >= elapsed), null, $"{frame.Kind}, sum", Through(day),
            total, elapsed, progress, expected, asked * frame.ElapsedAt(frame.On), elapsed > 0 ? total / elapsed : null, "sum so far goes on")
        {
            Flags = Flags(missing),
        };

        static string[] Flags(IEnumerable<int> years) => [.. years.Select(year => $"year-missing:{year}")];
        static string Through(DateOnly day) => day.Month == 12 ? $"{day.Year}" : $"{day.Year}-{day.Month:00}";
    }

    /// <summary>So much every year. All years met is met; the total met with a year missed is nearly so.</summary>
    public static Judgement AnnualQuota(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        if (evidence.Target!.Value is not { } quota || quota <= 0) return frame.NotEvaluable("target-value-missing");
        if (frame.Years is not { Count: > 0 } years) return frame.NotEvaluable("value-missing", quota);

        var missing = frame.MissingYears(years.Keys).ToList();
        var missed = years.Where(year => frame.Round(year.Value) < quota).Select(year => year.Key).ToList();
        var last = years.Keys.Max();
        var (total, count) = (years.Values.Sum(), years.Count + missing.Count);
        var elapsed = frame.ElapsedAt(new DateOnly(last, 12, 31));
        var all = missed.Count == 0 && missing.Count == 0;
        var nearly = rules.NearlyShare is not null && total >= quota * count;
        var final = last == frame.End.Year;
        var verdict = (final, all) switch
        {
            _ when missed.Count == 0 && missing.Count > 0 => Verdict.NotEvaluable,
            (true, true) => Verdict.Achieved,
            (false, true) => Verdict.OnSchedule,
            _ when nearly => Verdict.NearlyOnSchedule,
            (true, _) => Verdict.NotAchieved,
            _ => Verdict.BehindSchedule,
        };
        if (frame.IsOver && !final && verdict != Verdict.NotEvaluable) return frame.NotEvaluable("final-value-missing", quota);
        return new(
            verdict, verdict == Verdict.NotEvaluable ? "years-missing" : null, $"{frame.Kind}, every year", $"{last}", years[last],
            elapsed, total / (quota * frame.PlanYears), quota, quota, total / count * frame.PlanYears, "yearly average goes on")
        {
            Flags = [.. missing.Select(year => $"year-missing:{year}"), .. missed.Select(year => $"period-missed:{year}")],
        };
    }

    /// <summary>A level to be kept (守住, 稳定在) at every date.</summary>
    public static Judgement Maintain(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        if (evidence.Target!.Value is not { } level) return frame.NotEvaluable("target-value-missing");
        return evidence.Direction == Direction.Decrease
            ? Limit(frame, it => frame.Round(it.Value) <= level * Around(frame, rules, 1), level)
            : Limit(frame, it => frame.Round(it.Value) >= level * Around(frame, rules, -1), level);
    }

    /// <summary>A class of GB 3838, Ⅰ as 1 to 劣Ⅴ as 6; a lower number is better.</summary>
    public static Judgement Class(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        return evidence.Target!.Value is { } worst
            ? Limit(frame, it => it.Value <= worst, worst)
            : frame.NotEvaluable("target-value-missing");
    }

    /// <summary>全覆盖: 100 percent unless the plan prints another number.</summary>
    public static Judgement CoverageFull(Evidence evidence, VerdictRules rules)
    {
        var basic = evidence.Target!.Verbatim?.Contains("基本", StringComparison.Ordinal) == true;
        return Level(new Frame(evidence), rules, evidence.Target.Value ?? (basic ? rules.BasicCoveragePercent : 100), rising: true);
    }

    /// <summary>
    /// A number that the city hands down each year: judged as that year's ceiling or floor. Without one there is no verdict;
    /// a statement on a document counts as such and is flagged.
    /// </summary>
    public static Judgement Delegated(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var handed = evidence.HandedDown.Where(frame.IsInPlan).ToDictionary(one => one.Year);
        var attested = evidence.Attested.Where(one => frame.IsInPlan(one.Year)).ToDictionary(one => one.Year);
        var years = frame.Years;
        var judged = new SortedDictionary<int, (bool Met, bool Attested)>();
        foreach (var year in Enumerable.Range(frame.FirstYear, Math.Max(0, frame.On.Year - frame.FirstYear + 1)))
        {
            if (new DateOnly(year, 12, 31) > frame.On) continue;
            if (handed.TryGetValue(year, out var limit) && years.TryGetValue(year, out var value))
                judged[year] = (limit.Kind == TargetKind.AtMost ? frame.Round(value, limit.Value) <= limit.Value : frame.Round(value, limit.Value) >= limit.Value, false);
            else if (attested.TryGetValue(year, out var word)) judged[year] = (word.Met, true);
        }

        if (judged.Count == 0)
            return frame.NotEvaluable(handed.Count == 0 ? "target-not-handed-down" : "value-missing") with
            {
                Expected = handed.GetValueOrDefault(frame.On.Year)?.Value, ExpectedOn = handed.GetValueOrDefault(frame.On.Year)?.Value,
            };

        var (last, (met, stated)) = judged.Last();
        if (frame.IsOver && last != frame.End.Year)
            return frame.NotEvaluable(handed.ContainsKey(frame.End.Year) ? "final-value-missing" : "target-not-handed-down");
        var verdict = (last == frame.End.Year, met) switch
        {
            (true, true) => Verdict.Achieved, (true, false) => Verdict.NotAchieved,
            (_, true) => Verdict.WithinLimit, _ => Verdict.BeyondLimit,
        };
        return new(
            verdict, null, $"{frame.Kind}, {(stated ? "attested" : "measured against the year's number")}", $"{last}",
            stated ? null : years[last], frame.ElapsedAt(new DateOnly(last, 12, 31)), null,
            stated ? null : handed[last].Value, handed.GetValueOrDefault(frame.On.Year)?.Value)
        {
            Flags =
            [
                .. judged.Where(year => year.Value.Attested).Select(year => $"attested:{year.Key}"),
                .. judged.Where(year => !year.Value.Met && year.Key != last).Select(year => $"period-missed:{year.Key}"),
            ],
        };
    }

    /// <summary>Better than the province or the city, by the margin asked for.</summary>
    public static Judgement Relative(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        if (frame.Latest is not { } latest) return frame.NotEvaluable("value-missing");
        var others = evidence.Reference.GroupBy(it => it.Period.Text).ToDictionary(group => group.Key, group => group.First().Value);
        if (!others.TryGetValue(latest.Period.Text, out var other)) return frame.NotEvaluable("reference-missing");

        var (margin, sign) = (evidence.Target!.Margin ?? 0, evidence.Direction == Direction.Decrease ? -1 : 1);
        bool Better(Observation it) => !others.TryGetValue(it.Period.Text, out var reference) ||
            (margin > 0 ? sign * (it.Value - reference) >= margin : sign * (it.Value - reference) > 0);
        return Limit(frame, Better, other + sign * margin);
    }

    /// <summary>Better than the year before, every year (持续下降, 不断提升).</summary>
    public static Judgement Trend(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var years = new SortedDictionary<int, decimal>(frame.Years);
        if (years.Count == 0) return frame.NotEvaluable("value-missing");
        if (frame.Base is { } from) years.TryAdd(frame.FirstYear - 1, from);

        var falling = evidence.Direction == Direction.Decrease;
        var last = years.Keys.Max();
        if (!years.TryGetValue(last - 1, out var before)) return frame.NotEvaluable("previous-missing");
        var steps = years.Where(year => years.ContainsKey(year.Key - 1))
            .ToDictionary(year => year.Key, year => falling ? year.Value < years[year.Key - 1] : year.Value > years[year.Key - 1]);
        if (frame.IsOver && last != frame.End.Year) return frame.NotEvaluable("final-value-missing", before);
        var verdict = (last == frame.End.Year, steps[last]) switch
        {
            (true, _) when steps.Values.All(better => better) => Verdict.Achieved,
            (true, _) => Verdict.NotAchieved,
            (_, true) => Verdict.WithinLimit,
            _ => Verdict.BeyondLimit,
        };
        return new(verdict, null, $"{frame.Kind}, against the year before", $"{last}", years[last],
            frame.ElapsedAt(new DateOnly(last, 12, 31)), null, before, before)
        {
            Flags = [.. steps.Where(step => !step.Value && step.Key != last).Select(step => $"period-missed:{step.Key}")],
        };
    }

    /// <summary>Something to be built or awarded by a day: a value of 1 says that it is.</summary>
    public static Judgement Milestone(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var due = evidence.Target!.DueOn ?? frame.End;
        var done = evidence.Values.Where(it => it.Value >= 1 && it.Period.Last <= evidence.On).MinBy(it => it.Period.Last);
        var verdict = done switch
        {
            { Period: var period } when period.Last < due => Verdict.AchievedEarly,
            { Period: var period } when period.Last == due => Verdict.Achieved,
            _ when evidence.On >= due => Verdict.NotAchieved,
            _ => Verdict.NotEvaluable,
        };
        // Early only while there is still time; once the day is past, done is done.
        if (verdict == Verdict.AchievedEarly && evidence.On >= due) verdict = Verdict.Achieved;
        return new(
            verdict, verdict == Verdict.NotEvaluable ? "not-due-yet" : null, $"{frame.Kind}, by {due:yyyy-MM-dd}", done?.Period.Text,
            done?.Value)
        {
            Flags = done is { } late && late.Period.Last > due ? [$"late:{late.Period.Text}"] : [],
        };
    }

    /// <summary>A level with a yearly rate beside it: the level decides; where the rate says otherwise, that is flagged.</summary>
    public static Judgement Dual(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var judged = Level(frame, rules, evidence.Target!.Value, rising: evidence.Direction != Direction.Decrease);
        if (frame.Base is not > 0 || evidence.Target.Growth is not { } asked || judged.Elapsed is not > 0 || frame.Latest is not { Value: > 0 } latest)
            return judged;
        var years = (double)(judged.Elapsed.Value * frame.PlanYears);
        var grown = Rounded((Math.Pow((double)(latest.Value / frame.Base.Value), 1 / years) - 1) * 100);
        var good = Verdicts.Severity(judged.Verdict) == 0;
        return Math.Round(grown, Scale(asked)) >= asked == good
            ? judged
            : judged with { Flags = [.. judged.Flags, "level-and-rate-differ"] };
    }

    /// <summary>Words without a number: only a statement on a document can say whether they came true.</summary>
    public static Judgement Qualitative(Evidence evidence, VerdictRules rules)
    {
        var frame = new Frame(evidence);
        var word = evidence.Attested.Where(one => frame.IsInPlan(one.Year) && one.Year <= frame.On.Year).MaxBy(one => one.Year);
        if (word is null) return frame.NotEvaluable("qualitative");
        var verdict = (word.Year == frame.End.Year, word.Met) switch
        {
            (true, true) => Verdict.Achieved, (true, false) => Verdict.NotAchieved,
            (_, true) => Verdict.WithinLimit, _ => Verdict.BeyondLimit,
        };
        return new(verdict, null, $"{frame.Kind}, attested", $"{word.Year}") { Flags = [$"attested:{word.Year}"] };
    }

    /// <summary>The way from a base to a target, straight or geometric, and how far along it a value is (目标一致法).</summary>
    static Judgement Level(Frame frame, VerdictRules rules, decimal? target, bool rising, PathMethod? path = null, bool wholeThings = false)
    {
        if (target is not { } to) return frame.NotEvaluable("target-value-missing");
        to *= rising ? Around(frame, rules, -1) : Around(frame, rules, 1);
        var flags = new List<string>();
        var from = frame.Base;
        var growth = frame.Kind == "points_per_year" ? null : frame.Target.Growth;
        if (from is null && growth is { } implied and > -100)
        {
            from = Rounded((double)to / Math.Pow(1 + (double)implied / 100, frame.PlanYears));
            path ??= PathMethod.Geometric;
            flags.Add("implied-baseline");
        }
        else if (from is > 0 && growth is { } printed && !Computes(from.Value, to, printed, frame.PlanYears))
        {
            flags.Add("growth-does-not-compute");
        }

        if (from is { } start && (start == to || rising != to > start))
        {
            if (start != to) flags.Add(rising ? "target-below-baseline" : "target-above-baseline");
            return Limit(frame, it => frame.Meets(it.Value, to, rising), to, flags);
        }

        var own = growth is { } rate && rate > 0 == to > from ? PathMethod.Geometric : PathMethod.Linear;
        var method = (path ?? frame.Target.Path ?? own) == PathMethod.Geometric && from is > 0 && to > 0 ? PathMethod.Geometric : PathMethod.Linear;
        decimal? At(decimal elapsed) => from is not { } begin ? null
            : method == PathMethod.Linear ? (wholeThings ? Math.Floor(begin + (to - begin) * elapsed) : begin + (to - begin) * elapsed)
            : Rounded((double)begin * Math.Pow((double)(to / begin), (double)elapsed));

        var expectedOn = At(frame.ElapsedAt(frame.On));
        if (frame.Latest is not { } latest) return frame.NotEvaluable("value-missing", expectedOn, flags);

        var value = latest.Value;
        var met = frame.Meets(value, to, rising);
        var final = latest.Period.Last == frame.End;
        var elapsed = frame.ElapsedAt(latest.Period.Last);
        if (frame.IsOver && !final)
        {
            if (!met) return frame.NotEvaluable("final-value-missing", expectedOn, flags);
            flags.Add("value-not-of-final-year");
        }

        if (from is not { } known)
        {
            var bare = met ? (frame.IsOver ? Verdict.Achieved : Verdict.AchievedEarly) : final ? Verdict.NotAchieved : Verdict.NotEvaluable;
            return new(bare, bare == Verdict.NotEvaluable ? "base-missing" : null, $"{frame.Kind}, target only", latest.Period.Text, value, elapsed) { Flags = flags };
        }

        var expected = At(elapsed)!.Value;
        // On a geometric path, what is not above zero lies nowhere on it.
        var progress = method == PathMethod.Linear ? (value - known) / (to - known)
            : value > 0 ? Rounded(Math.Log((double)(value / known)) / Math.Log((double)(to / known))) : (decimal?)null;
        // The path has more places than anybody publishes; two more than printed decide.
        var onTime = (rising ? 1 : -1) * (Math.Round(value, frame.Places + 2) - Math.Round(expected, frame.Places + 2)) >= 0;
        var projection = elapsed <= 0 ? (decimal?)null
            : method == PathMethod.Linear ? known + (value - known) / elapsed
            : value > 0 ? Power(known, value / known, 1 / elapsed) : null;
        return new(
            Graded(frame, rules, met, final || frame.IsOver, progress ?? 0, elapsed, onTime), null,
            $"{frame.Kind}, {(method == PathMethod.Linear ? "linear" : "geometric")}", latest.Period.Text, value, elapsed, progress,
            expected, expectedOn, projection, projection is null ? null : "pace so far goes on")
        {
            Flags = flags,
        };
    }

    /// <summary>The verdict for something that is on its way: the thresholds are the rules' own.</summary>
    static Verdict Graded(Frame frame, VerdictRules rules, bool met, bool final, decimal progress, decimal elapsed, bool onTime)
    {
        if (final || frame.IsOver && met) return met ? Verdict.Achieved : Verdict.NotAchieved;
        if (met) return Verdict.AchievedEarly;
        if (onTime) return Verdict.OnSchedule;
        if (rules.NearlyShare is { } nearly && progress >= nearly * elapsed) return Verdict.NearlyOnSchedule;
        if (progress <= 0 || elapsed <= 0) return Verdict.HardToAchieve;
        var (pace, needed) = (progress / elapsed, (1 - progress) / (1 - elapsed));
        return needed > rules.HardPaceRatio * pace || pace < rules.HardEndProgress ? Verdict.HardToAchieve : Verdict.BehindSchedule;
    }

    /// <summary>Something that must hold at every date: the latest decides, and at the end all years.</summary>
    static Judgement Limit(Frame frame, Func<Observation, bool> holds, decimal expected, IReadOnlyList<string>? flags = null)
    {
        if (frame.Seen is not [.., var latest] seen) return frame.NotEvaluable("value-missing", expected, flags);
        var missed = seen.Where(it => it.Period.Last.Month == 12 && it != latest && !holds(it)).Select(it => it.Period.Text).ToList();
        var final = latest.Period.Last == frame.End;
        if (frame.IsOver && !final) return frame.NotEvaluable("final-value-missing", expected, flags);
        var verdict = (final, holds(latest)) switch
        {
            (true, true) when missed.Count == 0 => Verdict.Achieved,
            (true, _) => Verdict.NotAchieved,
            (_, true) => Verdict.WithinLimit,
            _ => Verdict.BeyondLimit,
        };
        return new(verdict, null, $"{frame.Kind}, at every date", latest.Period.Text, latest.Value,
            frame.ElapsedAt(latest.Period.Last), null, expected, expected)
        {
            Flags = [.. flags ?? [], .. missed.Select(period => $"period-missed:{period}")],
        };
    }

    /// <summary>1, or for 左右 what the rules allow to either side.</summary>
    static decimal Around(Frame frame, VerdictRules rules, int sign) =>
        frame.Target.Around == true ? 1 + sign * rules.AroundPercent / 100 : 1;

    /// <summary>Whether a printed growth rate leads from base to target, within what its own rounding leaves open.</summary>
    static bool Computes(decimal from, decimal to, decimal growth, int years)
    {
        var open = 0.5 * Math.Pow(10, -Scale(growth));
        double End(double rate) => (double)from * Math.Pow(1 + rate / 100, years);
        var half = 0.5 * Math.Pow(10, -Scale(to));
        return (double)to >= End((double)growth - open) - half && (double)to <= End((double)growth + open) + half;
    }

    static int Scale(decimal printed) => Math.Min((int)printed.Scale, 6);

    static decimal Rounded(double value) => double.IsFinite(value) && Math.Abs(value) < 1e15 ? Math.Round((decimal)value, 8) : 0;

    static decimal? Power(decimal from, decimal ratio, decimal exponent)
    {
        var value = (double)from * Math.Pow((double)ratio, (double)exponent);
        return double.IsFinite(value) && value < 1e15 ? Rounded(value) : null;
    }

    /// <summary>The evidence seen from the plan's time: which values count, and how much of the plan has gone by.</summary>
    sealed class Frame
    {
        readonly Evidence evidence;

        public Frame(Evidence evidence)
        {
            this.evidence = evidence;
            Target = evidence.Target!;
            const int planYearsUsual = 5;
            FirstYear = (evidence.Base?.Year ?? Target.Year - planYearsUsual) + 1;
            if (FirstYear > Target.Year) FirstYear = Target.Year;
            End = new DateOnly(Target.Year, 12, 31);
            On = evidence.On < End ? evidence.On : End;
            Seen =
            [
                .. evidence.Values.Where(it => it.Period.Last <= On && it.Period.Last.Year >= FirstYear && IsLevel(it.Period))
                    .OrderBy(it => it.Period.Last).ThenByDescending(it => it.Period.First),
            ];
        }

        public TargetSet Target { get; }

        public DateOnly End { get; }

        /// <summary>The day of the verdict, at most the plan's last.</summary>
        public DateOnly On { get; }

        /// <summary>The first year that counts: the one after the base year.</summary>
        public int FirstYear { get; }

        public int PlanYears => Target.Year - FirstYear + 1;

        /// <summary>True once the plan's last day has come.</summary>
        public bool IsOver => On == End;

        public decimal? Base => evidence.Base?.Value;

        public bool Strict => Target.Strict == true;

        public string Kind => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(Target.Kind.ToString());

        /// <summary>Values that can be held against a level, by time; of two that end together the longer period comes first.</summary>
        public IReadOnlyList<Observation> Seen { get; }

        /// <summary>The value that decides: the last, and of periods that end together the year rather than its half.</summary>
        public Observation? Latest => Seen.Count == 0 ? null : Seen.Where(it => it.Period.Last == Seen[^1].Period.Last).MinBy(it => it.Period.First);

        /// <summary>Values of whole years.</summary>
        public SortedDictionary<int, decimal> Years => new(evidence.Values
            .Where(it => it.Period.Last <= On && it.Period.Last.Year >= FirstYear && IsWholeYear(it.Period))
            .GroupBy(it => it.Period.Last.Year).ToDictionary(year => year.Key, year => year.MinBy(it => it.Period.First)!.Value));

        /// <summary>Places that count: as many as the target prints or the figure is published with.</summary>
        public int Places => Math.Max(evidence.Decimals ?? 0, Target.Value is { } printed ? Scale(printed) : 0);

        /// <summary>Rounds as GB/T 8170 does, to the places that count.</summary>
        public decimal Round(decimal value) => Math.Round(value, Places, MidpointRounding.ToEven);

        /// <summary>The same, to the places of a number handed down if they are more.</summary>
        public decimal Round(decimal value, decimal printed) =>
            Math.Round(value, Math.Max(evidence.Decimals ?? 0, Scale(printed)), MidpointRounding.ToEven);

        /// <summary>Compared at the places that count; 突破 takes the value as it is, or 300.4 would not break through 300.</summary>
        public bool Meets(decimal value, decimal to, bool rising)
        {
            var beyond = (rising ? 1 : -1) * ((Strict ? value : Round(value)) - to);
            return Strict ? beyond > 0 : beyond >= 0;
        }

        public bool IsInPlan(int year) => year >= FirstYear && year <= Target.Year;

        public bool IsInPlan(TargetHandedDown handed) => IsInPlan(handed.Year);

        /// <summary>Years up to the last one known, or the last one over once the plan is, that have no value.</summary>
        public IEnumerable<int> MissingYears(IEnumerable<int> known)
        {
            var there = known.ToHashSet();
            return Enumerable.Range(FirstYear, Math.Max(0, there.Max() - FirstYear + 1)).Where(year => !there.Contains(year));
        }

        /// <summary>Share of the plan's months that are complete at the end of a day.</summary>
        public decimal ElapsedAt(DateOnly day)
        {
            var complete = day < DateOnly.MaxValue ? day.AddDays(1) : day;
            var months = (complete.Year - FirstYear) * 12 + complete.Month - 1;
            return Math.Clamp((decimal)months / (PlanYears * 12), 0, 1);
        }

        public Judgement NotEvaluable(string why, decimal? expectedOn = null, IReadOnlyList<string>? flags = null) =>
            new(Verdict.NotEvaluable, why, Kind, ExpectedOn: expectedOn) { Flags = flags ?? [] };

        /// <summary>The sum so far, up to which day it reaches, and which years before are missing.</summary>
        public (decimal Total, DateOnly? Through, List<int> Missing) Sum()
        {
            // What there is at a point in time is a running total already.
            if (evidence.PeriodType == PeriodType.Stock)
                return Latest is { } latest ? (latest.Value, latest.Period.Last, []) : (0, null, []);
            var (total, through, known) = (0m, (DateOnly?)null, new HashSet<int>());
            foreach (var year in evidence.Values.Where(it => it.Period.Last <= On && it.Period.Last.Year >= FirstYear)
                         .GroupBy(it => it.Period.Last.Year).OrderBy(year => year.Key))
            {
                var (sum, last) = OfYear(year);
                if (last is not { } day) continue;
                total += sum;
                through = day;
                known.Add(year.Key);
            }

            return (total, through, known.Count == 0 ? [] : [.. MissingYears(known)]);
        }

        (decimal Sum, DateOnly? Last) OfYear(IEnumerable<Observation> year)
        {
            var found = year.OrderBy(it => it.Period.First).ThenByDescending(it => it.Period.Last).ToList();
            if (evidence.PeriodType == PeriodType.YearToDate)
                return found.MaxBy(it => it.Period.Last) is { } latest ? (latest.Value, latest.Period.Last) : (0, null);
            // From January on, the longest period that begins where the one before ended.
            var (sum, next, last) = (0m, new DateOnly(found[0].Period.Last.Year, 1, 1), (DateOnly?)null);
            foreach (var it in found.Where(it => it.Period.First >= new DateOnly(it.Period.Last.Year, 1, 1)))
            {
                if (it.Period.First != next) continue;
                sum += it.Value;
                last = it.Period.Last;
                next = it.Period.Last.AddDays(1);
            }

            return (sum, last);
        }

        static bool IsYear(Period period) => period.First is { Month: 1 } && period.Last is { Month: 12 };

        bool IsWholeYear(Period period) => evidence.PeriodType == PeriodType.Flow || evidence.PeriodType is null
            ? IsYear(period)
            : period.Last.Month == 12;

        /// <summary>A level of a year can be held against a stock at any time, against a flow only when the year is complete.</summary>
        bool IsLevel(Period period) => evidence.PeriodType switch
        {
            PeriodType.Flow => IsYear(period),
            PeriodType.YearToDate => period.Last.Month == 12,
            _ => true,
        };
    }
}
