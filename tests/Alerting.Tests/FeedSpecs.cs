using System.Globalization;
using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Alerting.Tests;

public sealed class FeedSpecs
{
    static readonly ReportingContract monthly = new("medical", "医疗保障局", "relapse.signal-reported.v1", null, 5, null, 2, false, null, "test");

    static readonly ReportingContract gdp = new("gdp", "统计局", "indicators.value-reported.v1", "indicator/410325/gdp", null, 7, 0, false, 3, "test");

    static DateOnly? Missed(ReportingContract contract, string today, string? heard, string set = "2026-01-01") => Feed.MissedOn(
        new AlertBook(), new(contract, DateOnly.ParseExact(set, "yyyy-MM-dd", CultureInfo.InvariantCulture), "test"),
        heard is null ? null : new Feed(contract.Name, Scripted.Moment(heard + " 10:00"), null, 0), DateOnly.ParseExact(today, "yyyy-MM-dd", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("2026-06-07", "2026-05-03", null)] // The last day of tolerance.
    [InlineData("2026-06-08", "2026-05-03", "2026-06-07")] // The day after it.
    [InlineData("2026-06-08", "2026-06-03", null)] // June's came.
    [InlineData("2026-06-03", "2026-05-06", null)] // May's came late, and June's is not due.
    [InlineData("2026-06-03", "2026-04-03", "2026-05-07")] // May's never came.
    [InlineData("2026-06-03", null, "2026-05-07")]
    public void A_monthly_report_is_missed_from_the_day_after_its_tolerance(string today, string? heard, string? missed) =>
        Assert.Equal(missed is null ? null : DateOnly.ParseExact(missed, "yyyy-MM-dd", CultureInfo.InvariantCulture), Missed(monthly, today, heard));

    [Fact]
    public void What_was_due_before_the_contract_is_not_asked_for() => Assert.Null(Missed(monthly, "2026-06-03", null, set: "2026-05-10"));

    [Theory]
    [InlineData("2026-06-09", "2026-06-02", null)]
    [InlineData("2026-06-10", "2026-06-02", "2026-06-09")]
    public void A_report_every_so_many_days_is_missed_after_them(string today, string heard, string? missed) =>
        Assert.Equal(missed is null ? null : DateOnly.ParseExact(missed, "yyyy-MM-dd", CultureInfo.InvariantCulture), Missed(gdp, today, heard));

    [Fact]
    public void A_figure_that_never_changes_is_flat_until_it_does()
    {
        Feed? feed = null;
        foreach (var (index, value) in new[] { 5m, 5m, 5m, 6m }.Index())
        {
            feed = Feed.Hear(feed, "gdp", new ValueReported("gdp", $"2026-0{index + 1}", value, ValueStatus.Preliminary, null, null), Scripted.Moment($"2026-06-0{index + 1} 10:00"));
            Assert.Equal(index == 2, feed.IsFlat(gdp));
        }

        Assert.Equal(feed, Feed.Hear(feed, "gdp", new ValueReported("gdp", "2026-01", 5, ValueStatus.Preliminary, null, null), Scripted.Moment("2026-06-01 10:00")));
    }

    [Theory]
    [InlineData("统计局/statistics", "indicator/410325/gdp", 1)]
    [InlineData("发展和改革委员会/plan-office", "indicator/410325/gdp", 0)]
    [InlineData("统计局/statistics", "indicator/410325/pm25", 0)]
    public void Only_what_the_department_says_of_the_stream_counts(string actor, string stream, int contracts) => Assert.Equal(contracts, Feed.ContractsOf(
        new AlertBook().Evolve(new ReportingContractSet(gdp, new(2026, 1, 1), "test")),
        new CommittedEvent(Guid.Empty, gdp.Feed, "indicators", "410325", stream, 1, 1, default, actor, null, null, default(JsonElement))).Count());
}
