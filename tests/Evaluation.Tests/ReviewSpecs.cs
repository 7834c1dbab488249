using Monitoring.Contracts.Evaluation;
using Monitoring.Contracts.Indicators;
using Monitoring.Evaluation.Reviews;
using Monitoring.Hosting;

namespace Monitoring.Evaluation.Tests;

/// <summary>What may happen to a review, and when.</summary>
public sealed class ReviewSpecs
{
    static readonly Occasion now = new(new(2023, 9, 1, 0, 0, 0, TimeSpan.Zero), new Caller("410325", "发展改革委", "review"));
    static readonly DateTimeOffset cutoff = new(2023, 7, 31, 16, 0, 0, TimeSpan.Zero);

    static readonly ReviewOpened opened = new(
        "2023M", "中期评估报告", ReviewKind.MidTerm, "fyp14", new(2022, 12, 31), cutoff, TargetChoice.InForce, BaseChoice.Original, null, ["县人大财经委"]);

    static readonly FiguresFrozen frozen = new(
        "2023M", 100, 10, "shipped-1", "aa", [new("gdp", Verdict.OnSchedule), new("so2", Verdict.NotEvaluable)]);

    static readonly ReviewPublished published = new("2023M", new(2023, 9, 1), 5, [new("review.zip", 1, "ff")], "checkpoint");

    static Review After(params object[] happened) => happened.Aggregate(new Review(), (review, e) => review.Evolve(e));

    static string? Code(Decision decision) => decision.Refusal?.Code;

    static DecideVerdicts.Row Row(string indicator, Verdict? verdict = null, string? reason = null) => new("2023M", indicator, verdict, reason, null);

    [Fact]
    public void The_same_opening_is_taken_once_and_another_refused()
    {
        var row = new OpenReview.Row(
            "2023M", "中期评估报告", ReviewKind.MidTerm, "fyp14", new(2022, 12, 31), cutoff, TargetChoice.InForce, BaseChoice.Original, null, ["县人大财经委"]);
        Assert.Equal(EventText(opened), EventText(Assert.Single(OpenReview.Decide(new(), row, now))));
        Assert.Empty(OpenReview.Decide(After(opened), row, now));
        Assert.Equal("review-differs", Code(OpenReview.Decide(After(opened), row with { Plan = "fyp13" }, now)));
    }

    [Fact]
    public void Nothing_is_frozen_before_the_cut_off_and_nothing_changed_after_the_publication()
    {
        Assert.Equal("cutoff-not-reached", FreezeFigures.Refuse(After(opened), now with { Now = cutoff.AddSeconds(-1) })?.Code);
        Assert.Null(FreezeFigures.Refuse(After(opened), now with { Now = cutoff }));
        var over = After(opened, frozen, published);
        Assert.Equal("review-published", FreezeFigures.Refuse(over, now)?.Code);
        Assert.Equal("review-published", Code(DecideVerdicts.Decide(over, Row("gdp"), now)));
        Assert.Equal("review-published", Code(WriteReview.Decide(over, new WriteReview.Passage("2023M", Chapter.Overall, ["改"]), now)));
        Assert.Equal("review-published", Code(OpenReview.Decide(over, new OpenReview.Cancelling("2023M", "x"), now)));
        Assert.Equal("review-published", PublishReview.Refuse(over)?.Code);
    }

    [Fact]
    public void A_verdict_is_confirmed_as_proposed_and_overruled_only_with_a_reason()
    {
        var review = After(opened, frozen);
        Assert.Equal(new VerdictDecided("2023M", "gdp", Verdict.OnSchedule, Verdict.OnSchedule, null, null), Assert.Single(DecideVerdicts.Decide(review, Row("gdp"), now)));
        Assert.Equal("reason-missing", Code(DecideVerdicts.Decide(review, Row("gdp", Verdict.BehindSchedule), now)));
        Assert.Equal(
            new VerdictDecided("2023M", "gdp", Verdict.OnSchedule, Verdict.BehindSchedule, "待核实", null),
            Assert.Single(DecideVerdicts.Decide(review, Row("gdp", Verdict.BehindSchedule, "待核实"), now)));
        Assert.Equal("indicator-not-in-review", Code(DecideVerdicts.Decide(review, Row("gdpp"), now)));
        Assert.Equal("figures-not-frozen", Code(DecideVerdicts.Decide(After(opened), Row("gdp"), now)));
    }

    [Fact]
    public void What_is_not_decided_holds_the_publication_up_and_a_new_proposal_asks_anew()
    {
        var decided = new VerdictDecided("2023M", "gdp", Verdict.OnSchedule, Verdict.OnSchedule, null, null);
        var review = After(opened, frozen, decided);
        Assert.Equal("verdicts-undecided", PublishReview.Refuse(review)?.Code);
        var rest = DecideVerdicts.Decide(review, new DecideVerdicts.Confirming("2023M", null), now).ToArray();
        Assert.Equal([new VerdictDecided("2023M", "so2", Verdict.NotEvaluable, Verdict.NotEvaluable, null, null)], rest);
        Assert.Null(PublishReview.Refuse(After([opened, frozen, decided, .. rest])));
        var again = frozen with { Digest = "bb", Proposals = [new("gdp", Verdict.BehindSchedule), new("so2", Verdict.NotEvaluable)] };
        Assert.Equal("gdp", Assert.Single(After([opened, frozen, decided, .. rest, again]).Undecided).Indicator);
    }

    [Fact]
    public void Only_a_named_reviewer_countersigns_once_and_only_what_was_published()
    {
        var review = After(opened, frozen, published);
        var reviewer = now with { By = new Caller("410325", "县人大财经委", "key") };
        CountersignReview.Command sign = new("2023M", "ff", null);
        Assert.Equal("not-a-reviewer", Code(CountersignReview.Decide(review, sign, now)));
        Assert.Equal("bundle-differs", Code(CountersignReview.Decide(review, sign with { Sha256 = "fe" }, reviewer)));
        Assert.Equal("review-not-published", Code(CountersignReview.Decide(After(opened, frozen), sign, reviewer)));
        var signed = Assert.Single(CountersignReview.Decide(review, sign, reviewer));
        Assert.Empty(CountersignReview.Decide(review.Evolve(signed), sign, reviewer));
        Assert.Equal("already-signed", Code(CountersignReview.Decide(review.Evolve(signed), sign with { Statement = "另见" }, reviewer)));
    }

    [Fact]
    public void Indicators_stand_in_the_order_of_the_plan()
    {
        string[] printed =
        [
            "专栏1/四、民生福祉/15", "专栏2/经济发展/6", "专栏2/科技创新/9", "专栏2/开放发展/13", "第二篇第一章第一节", "第六篇第六章第一节", "第六篇第七章第二节", "第十篇第三章第一节",
            "第十一篇第二章第三节", "第二十篇第一章",
        ];
        Assert.Equal(printed, printed.Reverse().OrderBy(Facts.PlaceOf, StringComparer.Ordinal));
    }

    static string EventText(object value) => Contracts.EventJson.Text(value);
}
