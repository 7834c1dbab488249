using System.Globalization;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>What was said of a household as a sentence, for who reads its story and not its data.</summary>
static class StoryText
{
    /// <summary>The sentence; null for what is no event of a household.</summary>
    public static Text? Of(object said) => Households(said) ?? Facts(said) ?? Steps(said) ?? Help(said);

    static Text? Households(object said) => said switch
    {
        EnrolmentRequested e => new(
            $"未建档农户申报：{Zh(e.Causes)}，{e.Members}人{(e.Emergency ? "，紧急" : "")}（{Zh(e.Via)}）。",
            $"A family on no register asks for help: {En(e.Causes)}, {e.Members} people{(e.Emergency ? ", urgent" : "")}."),
        EnrolmentReviewed e => new(
            e.Accepted ? "申报审核通过，予以登记。" : $"申报审核未通过：{e.Reason}。", e.Accepted ? "The request is accepted." : $"The request is refused: {e.Reason}."),
        HouseholdEnrolled e => new(
            $"登记农户：{Zh(e.Category)}，{e.Members}人{(e.Group is null ? "" : $"，{e.Group}")}。", $"Enrolled: {En(e.Category)}, {e.Members} people."),
        MemberJoined e => new(
            $"家庭成员增加：{Zh(e.Relation)}，{e.BirthYear}年生，{Zh(e.Labour)}（{Zh(e.How)}）。", $"A member joins: {En(e.Relation)}, born {e.BirthYear} ({En(e.How)})."),
        MemberChanged e => new($"成员信息变更：{Zh(e.Relation)}，{Zh(e.Labour)}；原因：{e.Reason}。", $"A member changes: {En(e.Relation)}, labour {En(e.Labour)}; {e.Reason}."),
        PersonalDataCorrected e => new($"更正个人信息{e.Fields.Length}项；原因：{e.Reason}。", $"{e.Fields.Length} personal data corrected; {e.Reason}."),
        MemberLeft e => new($"家庭成员减少（{Zh(e.How)}）。", $"A member leaves ({En(e.How)})."),
        HouseholdSplit e => new($"分户：{e.Persons.Length}人分出；原因：{e.Reason}。", $"The household splits, {e.Persons.Length} people go; {e.Reason}."),
        HouseholdEnded { Reason: { } reason } e => new($"整户减少：{Zh(e.How)}；原因：{reason}。", $"The household ends: {En(e.How)}; {reason}."),
        HouseholdEnded e => new($"整户减少：{Zh(e.How)}。", $"The household ends: {En(e.How)}."),
        HouseholdChanged e => new($"农户信息变更：{Zh(e.Category)}，村级代码{e.Village}；原因：{e.Reason}。", $"Changed: {En(e.Category)}, village {e.Village}; {e.Reason}."),
        HouseholdChangeProposed e => new(
            $"提出变更：{Zh(e.Change)}{(e.Village is null ? "" : $"，迁往{e.Village}")}{Because(e.Reason)}；待乡镇审核、县级审定。",
            $"A change is proposed: {En(e.Change)}{Since(e.Reason)}."),
        HouseholdChangeReviewed e => new($"乡镇审核变更：{Passed(e.Passed, e.Reason)}。", $"The township reviews the change: {PassedEn(e.Passed, e.Reason)}."),
        HouseholdChangeDecided e => new(
            $"县级审定变更：{Agreed(e.Approved, e.Reason)}{On(e.Document)}。", $"The county decides on the change: {AgreedEn(e.Approved, e.Reason)}{OnEn(e.Document)}."),
        HouseholdRestored e => new($"恢复该户：{e.Reason}{On(e.Document)}。", $"The household is restored: {e.Reason}{OnEn(e.Document)}."),
        PersonalDataRead e => new($"查看{e.Persons.Length}人的个人信息；用途：{e.Purpose}。", $"Personal data of {e.Persons.Length} people read; purpose: {e.Purpose}."),
        PersonalDataErased e => new(
            $"删除{e.Persons}人的个人信息；原因：{e.Reason}{On(e.Document)}。", $"Personal data of {e.Persons} people erased; {e.Reason}{OnEn(e.Document)}."),
        _ => null,
    };

    static Text? Facts(object said) => said switch
    {
        SignalReported e => new($"{e.Department}上报线索：{Zh(e.Kind)}{Zh(e.Amount)}。", $"{e.Department} reports: {En(e.Kind)}{En(e.Amount)}."),
        SignalRevised e => new(
            $"{e.Department}更正线索：{Zh(e.Kind)}{Zh(e.Amount)}；原因：{e.Reason}。", $"{e.Department} corrects its report: {En(e.Kind)}{En(e.Amount)}; {e.Reason}."),
        SignalWithdrawn e => new($"{e.Department}撤回线索{e.Reference}；原因：{e.Reason}。", $"{e.Department} withdraws {e.Reference}; {e.Reason}."),
        HouseholdSurveyed e => new(
            $"入户排查：{e.Members}人{(e.Income is { } income ? $"，人均纯收入{Yuan(income.PerHead(e.Members))}元" : "")}" +
            $"{(e.Guarantees.Hold ? "，三保障和饮水有保障" : "，三保障或饮水存在问题")}{(e.Suspected.Length > 0 ? $"，发现风险：{Zh(e.Suspected)}" : "")}。",
            $"Surveyed: {e.Members} people{(e.Income is { } known ? $", {Yuan(known.PerHead(e.Members))} yuan per head" : "")}" +
            $"{(e.Suspected.Length > 0 ? $", risks seen: {En(e.Suspected)}" : "")}."),
        HelpRequested e => new($"农户申报：{Zh(e.Causes)}{(e.Emergency ? "，紧急" : "")}（{Zh(e.Via)}）。", $"The household asks for help: {En(e.Causes)}{(e.Emergency ? ", urgent" : "")}."),
        RiskDetected e => new(
            $"发现风险线索：{Zh(e.Cause)}（{Zh(e.Channel)}）{(e.Emergency ? "，紧急" : "")}{Crossed(e.Value, e.Threshold)}。",
            $"A risk is detected: {En(e.Cause)} ({En(e.Channel)}){(e.Emergency ? ", urgent" : "")}{CrossedEn(e.Value, e.Threshold)}."),
        RiskRecurred e => new(
            $"同类风险再次出现：{Zh(e.Cause)}（{Zh(e.Channel)}）{(e.News is { } news ? $"，{Zh(news)}" : "")}{Crossed(e.Value, e.Threshold)}，并入在办线索。",
            $"The risk comes up again: {En(e.Cause)} ({En(e.Channel)}){(e.News is { } what ? $", {En(what)}" : "")}; it joins the open case."),
        RiskReceded e => new($"数值回到{Yuan(e.Value)}（解除线{Yuan(e.Release)}）；再次越过阈值时重新预警。", $"The value has come back to {Yuan(e.Value)}."),
        DeadlineBreached e => new(
            $"超时：{Zh(e.Of)}应于{Day(e.DueOn)}前完成（责任：{Zh(e.Level)}）。", $"Overdue: {En(e.Of)} was due by {e.DueOn:yyyy-MM-dd} ({En(e.Level)})."),
        DeadlineKept e => new(
            $"按期办理、逾期录入：{Zh(e.Of)}于{Day(e.DoneOn)}完成，期限{Day(e.DueOn)}。", $"Kept, and entered late: {En(e.Of)} was done on {e.DoneOn:yyyy-MM-dd}, due by {e.DueOn:yyyy-MM-dd}."),
        _ => null,
    };

    static Text? Steps(object said) => said switch
    {
        HomeVisited e => new(
            $"{(e.Chain == Chain.Removal ? "消除前" : "")}{(e.Means is { } means ? Zh(means) : "入户")}核实（{e.Visitors}人）：" +
            $"{Seen(e)}{(e.Causes.Length > 0 ? $"，{Zh(e.Causes)}" : "")}{(e.Note is null ? "" : $"；{e.Note}")}。",
            $"Visited{(e.Means is { } by ? $" ({En(by)})" : "")} by {e.Visitors}: {SeenEn(e)}{(e.Causes.Length > 0 ? $", {En(e.Causes)}" : "")}{Since(e.Note)}."),
        VisitAttempted e => new($"入户未果：{Zh(e.Outcome)}{(e.Note is null ? "" : $"；{e.Note}")}。", $"A visit did not come about: {En(e.Outcome)}{Since(e.Note)}."),
        CaseReturned e => new($"{Zh(e.From)}退回补正，从{Zh(e.To)}重办；缺：{e.Missing}。", $"Sent back by {En(e.From)} to {En(e.To)}; missing: {e.Missing}."),
        ClueClosed e => new($"排除线索：{e.Reason}{On(e.Document)}。", $"The clue is closed: {e.Reason}{OnEn(e.Document)}."),
        AuthorisationGiven e => new($"农户签署承诺授权书{On(e.Document)}。", $"The household authorises the comparison of data{OnEn(e.Document)}."),
        DataCompared e => new(
            e.Consistent ? "信息比对一致。" : $"信息比对不一致：{e.Findings}。", e.Consistent ? "The data agree." : $"The data do not agree: {e.Findings}."),
        VillageAssessed e => new($"{Of(e.Chain)}民主评议{Passed(e.Passed, e.Reason)}。", $"Assessed by the village: {PassedEn(e.Passed, e.Reason)}."),
        PublicityStarted e => new($"{Of(e.Chain)}村内公示开始。", "The notice is put up in the village."),
        ObjectionFiled e => new($"收到异议{e.Objection}：{e.Text}。", $"Objection {e.Objection}: {e.Text}."),
        ObjectionChecked e => new(
            $"异议{e.Objection}核查{(e.Upheld ? "属实" : "不属实")}：{e.Finding}。", $"Objection {e.Objection} is {(e.Upheld ? "upheld" : "dismissed")}: {e.Finding}."),
        PublicityEnded e => new($"{Of(e.Chain)}村内公示结束。", "The notice is taken down."),
        TownshipReviewed e => new($"{Of(e.Chain)}乡镇审核{Passed(e.Passed, e.Reason)}。", $"Reviewed by the township: {PassedEn(e.Passed, e.Reason)}."),
        CountyDecided e => new(
            $"{Of(e.Chain)}县级审定：{Agreed(e.Approved, e.Reason)}{(e.Type is { } type ? $"，{Zh(type)}" : "")}{On(e.Document)}。",
            $"Decided by the county: {AgreedEn(e.Approved, e.Reason)}{(e.Type is { } kind ? $", {En(kind)}" : "")}{OnEn(e.Document)}."),
        ResultAnnounced e => new($"{Of(e.Chain)}结果公告。", "The result is announced."),
        RiskRemovalProposed e => new($"提出风险消除（{Zh(e.Kind)}），自{e.StableSince:yyyy年M月}起条件满足。", $"Removal is proposed ({En(e.Kind)}), stable since {e.StableSince:yyyy-MM}."),
        RiskRemovalDropped e => new($"未予消除，继续监测：{e.Reason}。", $"Not removed, monitored further: {e.Reason}."),
        RiskEliminated e => new($"风险消除（{Zh(e.Kind)}）。", $"The risk is eliminated ({En(e.Kind)})."),
        CaseNoteAdded e => new($"更正说明：{e.Text}{On(e.Document)}。", $"Note: {e.Text}{OnEn(e.Document)}."),
        _ => null,
    };

    static Text? Help(object said) => said switch
    {
        GreenChannelOpened e => new($"开通绿色通道，先帮扶后补程序：{e.Reason}{On(e.Document)}。", $"Help comes first: {e.Reason}{OnEn(e.Document)}."),
        MeasurePlanned e => new(
            $"计划帮扶措施{e.Measure}：{Zh(e.Kind)}，责任单位{e.Responsible}{Zh(e.Amount)}。", $"Measure {e.Measure} is planned: {En(e.Kind)}, {e.Responsible}{En(e.Amount)}."),
        MeasureStarted e => new($"帮扶措施{e.Measure}开始实施。", $"Measure {e.Measure} begins."),
        MeasureEnded e => new($"帮扶措施{e.Measure}结束：{e.Result}。", $"Measure {e.Measure} ends: {e.Result}."),
        FollowedUp e => new(
            $"{e.Month:yyyy年M月}走访跟踪：人均纯收入{Yuan(e.IncomePerHead)}元，{(e.RiskGone ? "风险已消除" : "风险仍在")}，{(e.Holds ? "消除条件满足" : "消除条件未满足")}。",
            $"Followed up for {e.Month:yyyy-MM}: {Yuan(e.IncomePerHead)} yuan per head, the risk is {(e.RiskGone ? "gone" : "still there")}."),
        _ => null,
    };

    static string Zh<TEnum>(TEnum value) where TEnum : struct, Enum => Codes<TEnum>.Official[value];

    static string En<TEnum>(TEnum value) where TEnum : struct, Enum => Codes<TEnum>.ByValue[value].Replace('_', ' ');

    static string Zh(RiskCause[] causes) => string.Join('、', causes.Select(Zh));

    static string En(RiskCause[] causes) => string.Join(", ", causes.Select(En));

    static string Zh(Contracts.Money? amount) => amount is { } one ? $"，{Yuan(one.Units)}元" : "";

    static string En(Contracts.Money? amount) => amount is { } one ? $", {Yuan(one.Units)} yuan" : "";

    static string Yuan(decimal value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    static string Day(DateOnly day) => $"{day:yyyy年M月d日}";

    static string Of(Chain chain) => chain == Chain.Removal ? "风险消除" : "";

    static string Seen(HomeVisited e) => e.Chain == Chain.Removal ? e.Confirmed ? "风险已消除" : "风险仍在" : e.Confirmed ? "确有风险" : "未发现风险";

    static string SeenEn(HomeVisited e) =>
        e.Chain == Chain.Removal ? e.Confirmed ? "the risk is gone" : "the risk is still there" : e.Confirmed ? "there is a risk" : "no risk found";

    static string Passed(bool passed, string? reason) => passed ? "通过" : $"未通过：{reason}";

    static string PassedEn(bool passed, string? reason) => passed ? "yes" : $"no, {reason}";

    static string Agreed(bool agreed, string? reason) => agreed ? "同意" : $"不同意，{reason}";

    static string AgreedEn(bool agreed, string? reason) => agreed ? "approved" : $"not approved, {reason}";

    static string Crossed(decimal? value, decimal? threshold) =>
        value is { } measured && threshold is { } limit ? $"，数值{Yuan(measured)}，阈值{Yuan(limit)}" : "";

    static string CrossedEn(decimal? value, decimal? threshold) =>
        value is { } measured && threshold is { } limit ? $", {Yuan(measured)} against {Yuan(limit)}" : "";

    static string Because(string? reason) => reason is null ? "" : $"；原因：{reason}";

    static string Since(string? reason) => reason is null ? "" : $"; {reason}";

    static string On(string? document) => document is null ? "" : $"（依据：{document}）";

    static string OnEn(string? document) => document is null ? "" : $" ({document})";
}
