using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators.Tests;

/// <summary>Adjustment, handing down, attestation, attribute, verification, withdrawal: who may change what, and in which order.</summary>
public sealed class ProcedureSpecs
{
    static readonly IndicatorDefined Gdp = new(
        "gdp", "地区生产总值", "GDP", "亿元", Nature.Binding, Direction.Increase, "fyp14", "专栏2/1", new(2020, 205, null), [], 1, null);

    static readonly TargetSet Target = new("gdp", 2025, TargetKind.AtLeast, 300, null, null, null);
    static readonly AdjustTarget.Proposal Proposal = new("gdp", "tz-1", 2025, null, 280, null, "疫情影响", "中期评估报告");
    static readonly TargetAdjustmentProposed Proposed = new("gdp", "tz-1", Target with { Value = 280 }, "疫情影响", "中期评估报告", true);
    static readonly TargetAdjustmentSubmitted Submitted = new("gdp", "tz-1", "嵩政〔2023〕30号", new(2023, 10, 20));
    static readonly AdjustTarget.Resolution Approval = new("gdp", "tz-1", true, "嵩人常〔2023〕18号", new(2023, 11, 28), false, null);
    static readonly TargetAdjusted Adjusted = new("gdp", "tz-1", Target, Target with { Value = 280 }, "嵩人常〔2023〕18号", new(2023, 11, 28), new(2023, 11, 28));

    readonly Specification<Indicator> indicator = new();

    static Func<Indicator, Decision> Proposing(AdjustTarget.Proposal row) => it => AdjustTarget.Decide(it, row, Occasions.Now);

    static Func<Indicator, Decision> Submitting(AdjustTarget.Submission row) => it => AdjustTarget.Decide(it, row, Occasions.Now);

    static Func<Indicator, Decision> Resolving(AdjustTarget.Resolution row) => it => AdjustTarget.Decide(it, row, Occasions.Now);

    [Fact]
    public void A_proposal_changes_no_target_and_says_when_it_lowers_a_duty()
    {
        indicator.Given(Gdp, Target).When(Proposing(Proposal)).Then(Proposed);
        Assert.Equal(["lowers-binding-target"], Proposing(Proposal)(new Indicator().Evolve(Gdp).Evolve(Target)).Warnings.Select(one => one.Code));
        Assert.Equal(300, new Indicator().Evolve(Gdp).Evolve(Target).Evolve(Proposed).History.TargetOn(2025, new(2026, 1, 1))!.Value);
        indicator.Given(Proposed).When(Proposing(Proposal)).ThenNothing();
        indicator.When(Proposing(Proposal with { Target = 270 })).ThenRefused("adjustment-differs");
    }

    [Fact]
    public void It_is_submitted_and_then_decided_and_in_no_other_order()
    {
        indicator.Given(Gdp, Target, Proposed).When(Resolving(Approval)).ThenRefused("adjustment-step-forbidden");
        indicator.When(Submitting(new("gdp", "tz-1", "嵩政〔2023〕30号", new(2023, 10, 20)))).Then(Submitted);
        indicator.Given(Submitted).When(Submitting(new("gdp", "tz-1", "嵩政〔2023〕30号", new(2023, 10, 20)))).ThenNothing();
        indicator.When(Resolving(Approval)).Then(Adjusted);
        indicator.Given(Adjusted).When(Resolving(Approval)).ThenNothing();
        indicator.When(Resolving(Approval with { Approved = false, Reason = "依据不足" })).ThenRefused("adjustment-step-forbidden");
        indicator.When(Resolving(Approval with { Adjustment = "tz-2" })).ThenRefused("adjustment-unknown");
    }

    [Fact]
    public void An_approved_target_holds_from_its_day_and_the_old_one_before()
    {
        var history = new Indicator().Evolve(Gdp).Evolve(Target).Evolve(Proposed).Evolve(Submitted).Evolve(Adjusted).History;
        Assert.Equal((300m, 280m), (history.TargetOn(2025, new(2023, 11, 27))!.Value, history.TargetOn(2025, new(2023, 11, 28))!.Value));
        Assert.Equal(2, history.Targets[2025].Count);
        indicator.Given(Gdp, Target, Proposed, Submitted).When(Resolving(Approval with { WholePeriod = true }))
            .Then(Adjusted with { EffectiveFrom = new(2021, 1, 1) });
    }

    [Fact]
    public void A_rejected_proposal_leaves_the_target()
    {
        var rejection = Approval with { Approved = false, Reason = "依据不足" };
        indicator.Given(Gdp, Target, Proposed, Submitted).When(Resolving(rejection))
            .Then(new TargetAdjustmentRejected("gdp", "tz-1", "依据不足", "嵩人常〔2023〕18号", new(2023, 11, 28)));
    }

    [Fact]
    public void The_definition_of_an_adjusted_target_may_be_sent_again() => indicator.Given(Gdp, Target, Proposed, Submitted, Adjusted)
        .When(it => DefineIndicator.Decide(it, new(
            "gdp", "地区生产总值", "GDP", "亿元", Nature.Binding, Direction.Increase, "fyp14", "专栏2/1", 2020, 205, null, 2025,
            TargetKind.AtLeast, 300, null, null, null, null, null, null, null, null, null, [], null), Occasions.Now)).ThenNothing();

    [Fact]
    public void A_number_handed_down_is_for_its_year_and_replaced_only_with_a_reason()
    {
        var pm = new TargetSet("pm25", 2025, TargetKind.Delegated, null, null, null, "完成市下达目标");
        var row = new HandDownTarget.Row("pm25", 2022, TargetKind.AtMost, 43, "洛环〔2022〕8号", null);
        Func<Indicator, Decision> Handing(HandDownTarget.Row handed) => it => HandDownTarget.Decide(it, handed, Occasions.Now);
        indicator.Given(Gdp, Target).When(Handing(row)).ThenRefused("target-not-delegated");
        var down = new TargetHandedDown("pm25", 2022, TargetKind.AtMost, 43, "洛环〔2022〕8号", null, null);
        var delegated = new Specification<Indicator>().Given(Gdp with { Code = "pm25" }, pm);
        delegated.When(Handing(row)).Then(down);
        delegated.Given(down).When(Handing(row)).ThenNothing();
        delegated.When(Handing(row with { Value = 42 })).ThenRefused("correction-needs-reason");
        delegated.When(Handing(row with { Value = 42, Reason = "市调整" })).Then(down with { Value = 42, Previous = 43, Reason = "市调整" });
    }

    [Fact]
    public void A_statement_stands_in_for_a_number_only_where_the_target_has_none()
    {
        var row = new AttestTarget.Row("gdp", 2022, true, "函", null);
        indicator.Given(Gdp, Target).When(it => AttestTarget.Decide(it, row, Occasions.Now)).ThenRefused("target-is-measured");
        indicator.When(it => AttestTarget.Decide(it, row with { Year = 2026 }, Occasions.Now)).ThenRefused("period-not-over");
    }

    [Fact]
    public void An_attribute_is_set_with_a_reason_and_survives_a_new_definition()
    {
        var plain = Gdp with { Attribute = Nature.Unspecified };
        indicator.Given(plain).When(it => ClassifyIndicator.Decide(it, new("gdp", Nature.Expected, "评估组认定", null), Occasions.Now))
            .Then(new AttributeSet("gdp", Nature.Unspecified, Nature.Expected, "评估组认定", null));
        var state = new Indicator().Evolve(plain).Evolve(new AttributeSet("gdp", Nature.Unspecified, Nature.Expected, "", null)).Evolve(plain with { Version = 2 });
        Assert.Equal(Nature.Expected, state.History.Attribute);
    }

    static readonly ValueReported Reported = new("gdp", "2021", 217, ValueStatus.Final, null, null, new(2022, 12, 1));

    static ReportValue.Row Row(decimal value, ValueStatus status = ValueStatus.Final, string? reason = null, RevisionReason? code = null) =>
        new("gdp", "2021", value, status, null, null, reason, null, code);

    static Func<Indicator, Decision> Reporting(ReportValue.Row row) => it => ReportValue.Decide(it, row, VerdictRules.Shipped, Occasions.Now);

    [Fact]
    public void A_value_is_signed_off_as_it_was_checked_and_not_changed_lightly_afterwards()
    {
        Func<Indicator, Decision> Verifying(decimal value) => it => VerifyValue.Decide(it, new("gdp", "2021", value, null), Occasions.Now);
        indicator.Given(Gdp).When(Verifying(217)).ThenRefused("value-unknown");
        indicator.Given(Reported).When(Verifying(216)).ThenRefused("value-differs");
        indicator.When(Verifying(217)).Then(new ValueVerified("gdp", "2021", 217, ValueStatus.Final, null));
        indicator.Given(new ValueVerified("gdp", "2021", 217, ValueStatus.Final, null)).When(Verifying(217)).ThenNothing();
        indicator.When(Reporting(Row(218, reason: "漏报"))).ThenRefused("conflicts-with-verified");
        indicator.When(Reporting(Row(218, ValueStatus.Corrected, "漏报"))).ThenRefused("missing");
        indicator.When(Reporting(Row(218, ValueStatus.Corrected, "漏报", RevisionReason.ClericalError))).Then(new ValueRevised(
            "gdp", "2021", 217, ValueStatus.Final, 218, ValueStatus.Corrected, "漏报", null, null, Occasions.Now.Today, RevisionReason.ClericalError));
    }

    [Fact]
    public void A_value_off_by_a_unit_is_named_as_such_and_waits_for_confirmation()
    {
        var decision = Reporting(Row(2_170_000))(new Indicator().Evolve(Gdp));
        Assert.Equal(("unit-mistaken", "value"), (decision.Warnings.Single().Code, decision.Warnings.Single().Field));
        Assert.Contains("10000", decision.Warnings.Single().Text.Zh, StringComparison.Ordinal);
        var flagged = Reported with { Value = 2_170_000, Flags = ["unit-mistaken"], ReleasedOn = Occasions.Now.Today };
        indicator.Given(Gdp).When(Reporting(Row(2_170_000))).Then(flagged);
        indicator.Given(flagged).When(it => VerifyValue.Decide(it, new("gdp", "2021", 2_170_000, null), Occasions.Now)).ThenRefused("confirmation-needed");
        var confirmed = new ValueConfirmed("gdp", "2021", 2_170_000, "口径已改");
        indicator.When(it => ConfirmValue.Decide(it, new("gdp", "2021", 2_170_000, "口径已改"), Occasions.Now)).Then(confirmed);
        indicator.Given(confirmed).When(it => VerifyValue.Decide(it, new("gdp", "2021", 2_170_000, null), Occasions.Now))
            .Then(new ValueVerified("gdp", "2021", 2_170_000, ValueStatus.Final, null));
    }

    [Theory]
    [InlineData(217, null)]
    [InlineData(330, "implausible-jump")]
    [InlineData(2.17, "unit-mistaken")]
    [InlineData(0.0217, "unit-mistaken")]
    public void A_jump_beyond_the_band_is_flagged(decimal value, string? code) =>
        Assert.Equal(code, Reporting(Row(value))(new Indicator().Evolve(Gdp)).Warnings.SingleOrDefault()?.Code);

    [Fact]
    public void Confirming_what_needs_none_says_so_and_records_nothing()
    {
        var decision = ConfirmValue.Decide(new Indicator().Evolve(Gdp).Evolve(Reported), new("gdp", "2021", 217, "核实"), Occasions.Now);
        Assert.True(decision is { Refusal: null, ChangesNothing: true });
        Assert.Equal(["nothing-to-confirm"], decision.Warnings.Select(one => one.Code));
    }

    [Fact]
    public void What_has_no_value_is_told_which_periods_have_one() => Assert.Contains(
        "2021", VerifyValue.Decide(new Indicator().Evolve(Gdp).Evolve(Reported), new("gdp", "2022", 217, null), Occasions.Now).Refusal!.Reason.Zh, StringComparison.Ordinal);

    [Fact]
    public void A_withdrawn_value_is_gone_until_another_is_reported()
    {
        var withdrawn = new ValueWithdrawn("gdp", "2021", 217, ValueStatus.Final, "口径有误", null, Occasions.Now.Today);
        Func<Indicator, Decision> Withdrawing() => it => WithdrawValue.Decide(it, new("gdp", "2021", "口径有误", null), Occasions.Now);
        indicator.Given(Gdp).When(Withdrawing()).ThenRefused("value-unknown");
        indicator.Given(Reported).When(Withdrawing()).Then(withdrawn);
        indicator.Given(withdrawn).When(Withdrawing()).ThenNothing();
        indicator.When(Reporting(Row(216))).Then(Reported with { Value = 216, ReleasedOn = Occasions.Now.Today });
    }

    [Fact]
    public void An_indicator_goes_off_track_once_and_not_at_every_bad_value()
    {
        var history = new Indicator().Evolve(Gdp).Evolve(Target).History;
        var bad = history.Evolve(Reported with { Value = 210 });
        var worse = OffTrack.Worse(history, bad, VerdictRules.Shipped, new Dictionary<string, IReadOnlyList<Observation>>(), new(2022, 6, 1));
        Assert.Equal((Verdict.NotEvaluable, Verdict.HardToAchieve, 210m), (worse!.From, worse.To, worse.Value!.Value));
        Assert.Null(OffTrack.Worse(
            bad, bad.Evolve(new ValueReported("gdp", "2022", 211, ValueStatus.Final, null, null)), VerdictRules.Shipped,
            new Dictionary<string, IReadOnlyList<Observation>>(), new(2023, 6, 1)));
    }
}
