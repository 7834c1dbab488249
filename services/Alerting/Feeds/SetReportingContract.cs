using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Contracts.Indicators;
using Monitoring.Contracts.Projects;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>Sets what a department owes, and when.</summary>
public static class SetReportingContract
{
    /// <summary>One contract.</summary>
    public sealed record Row(ReportingContract Contract, string Reason);

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            new(
                row.Code("name"), row.Text("department", 60), row.Code("feed"), row.TextOrNull("stream"),
                row.WholeOrNull("dayOfMonth", 1, 28),
                row.WholeOrNull("everyDays", 1, 366), row.WholeOrNull("toleranceDays", 0, 60) ?? 0, row.FlagOrNull("working") ?? false,
                row.WholeOrNull("flatTimes", 2, 100), row.Text("source", 300)),
            row.Text("reason", 500));
        if (bound.Contract.DayOfMonth is null == bound.Contract.EveryDays is null)
            row.Fail("dayOfMonth", "missing", "每月几日（dayOfMonth）与间隔天数（everyDays）须填一项，且只填一项。", "Give either dayOfMonth or everyDays.");
        if (bound.Contract.Feed.Length > 0 && !Feed.Heard.Contains(bound.Contract.Feed))
            row.Wrong("feed", "unknown-code", $"应为以下之一：{string.Join(", ", Feed.Heard)}。",
                $"Must be one of: {string.Join(", ", Feed.Heard)}.");
        return bound;
    }

    public static Decision Decide(AlertBook book, Row row, Occasion occasion) =>
        book.Contracts.Find(one => one.Contract.Name == row.Contract.Name)?.Contract == row.Contract
            ? []
            : [new ReportingContractSet(row.Contract, occasion.Today, row.Reason)];

    /// <summary>A contract and how it is kept.</summary>
    /// <param name="Contract">The contract.</param>
    /// <param name="HeardAt">When the feed was heard last, Asia/Shanghai.</param>
    /// <param name="MissedOn">The last day on which it would have been in time; null while it is.</param>
    /// <param name="IsFlat">True where its figures do not change any more.</param>
    public sealed record Entry(ReportingContract Contract, DateTimeOffset? HeardAt, DateOnly? MissedOn, bool IsFlat);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRegistration<AlertBook, Row>(
            "/v1/reporting-contracts", "name", "alerting:define", Bind, (_, tenant) => AlertBook.Stream(tenant), Decide);
        routes.MapGet("/v1/reporting-contracts",
            async (Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await AlertBook.Of(session, caller.Tenant, cancel);
            var feeds = (await session.LoadManyAsync<Feed>(cancel, book.Contracts.Select(one => one.Contract.Name)))
                .ToDictionary(feed => feed.Id);
            return new Listing<Entry>(
                [
                    .. book.Contracts.Select(one => (one.Contract, Feed: feeds.GetValueOrDefault(one.Contract.Name),
                        Missed: Feed.MissedOn(book, one, feeds.GetValueOrDefault(one.Contract.Name), ChinaTime.Day(clock.GetUtcNow()))))
                        .Select(one => new Entry(
                            one.Contract, one.Feed?.HeardAt.ToOffset(ChinaTime.Offset), one.Missed,
                            one.Feed?.IsFlat(one.Contract) == true)),
                ],
                null);
        }).RequireRight("alerting:read").ProducesPage<Entry>();
    }
}

/// <summary>What was heard of a feed. Kept beside the alerts in the same transactions.</summary>
/// <param name="Id">Name of the contract.</param>
/// <param name="HeardAt">When it was said last, UTC.</param>
/// <param name="Figure">The last figure, where the event has one.</param>
/// <param name="Times">How often in a row it was the same.</param>
public sealed record Feed(string Id, DateTimeOffset HeardAt, decimal? Figure, int Times)
{
    /// <summary>Events that a contract can be about. Stations have a watch of their own.</summary>
    internal static readonly Type[] Types =
        [typeof(SignalReported), typeof(SignalRevised), typeof(ValueReported), typeof(ValueRevised), typeof(InvestmentReported),
            typeof(HouseholdSurveyed)];

    internal static readonly string[] Heard = [.. Types.Select(EventTypes.NameOf)];

    internal bool IsFlat(ReportingContract contract) => contract.FlatTimes is { } times && Times >= times;

    /// <summary>The contracts that an event is said under.</summary>
    internal static IEnumerable<ReportingContract> ContractsOf(AlertBook book, CommittedEvent message) =>
        book.Contracts.Select(one => one.Contract)
        .Where(one => one.Feed == message.Type && message.Actor?.StartsWith(one.Department + "/", StringComparison.Ordinal) == true &&
            message.Stream.StartsWith(one.Stream ?? "", StringComparison.Ordinal));

    /// <summary>The feed after it was heard; what comes again changes nothing.</summary>
    internal static Feed Hear(Feed? before, string contract, object data, DateTimeOffset at)
    {
        if (before is not null && at <= before.HeardAt) return before;
        var figure = data switch
        {
            ValueReported e => e.Value,
            ValueRevised e => e.Value,
            InvestmentReported e => e.Amount.Units,
            _ => (decimal?)null,
        };
        return new(contract, at, figure, figure is null ? 0 : before?.Figure == figure ? before!.Times + 1 : 1);
    }

    /// <summary>The last day on which a contract's newest due report would have been in time, if that has passed without it.</summary>
    public static DateOnly? MissedOn(AlertBook book, ReportingContractSet set, Feed? feed, DateOnly today)
    {
        var contract = set.Contract;
        DateOnly? heard = feed is null ? null : ChinaTime.Day(feed.HeardAt);
        if (contract.EveryDays is { } days)
        {
            var limit = book.After((heard is { } day && day > set.On ? day : set.On).AddDays(days), contract.ToleranceDays,
                contract.Working);
            return today > limit ? limit : null;
        }

        // The month's report is what is said in the month that it is due in; this month's, or the last one's until then.
        var first = new DateOnly(today.Year, today.Month, 1);
        foreach (var month in new[] { first, first.AddMonths(-1) })
        {
            var due = month.AddDays(contract.DayOfMonth!.Value - 1);
            var limit = book.After(due, contract.ToleranceDays, contract.Working);
            if (today <= limit) continue;
            return due >= set.On && (heard is null || heard < month) ? limit : null;
        }

        return null;
    }

    /// <summary>What a round says of contracts: the feeds that are late.</summary>
    internal static async Task<IReadOnlyList<(Occurrence What, AlertCause Cause)>> Late(
        IQuerySession session, AlertBook book, string tenant, DateTimeOffset now, CancellationToken cancel)
    {
        if (book.Contracts.Count == 0) return [];
        var feeds = (await session.LoadManyAsync<Feed>(cancel, book.Contracts.Select(one => one.Contract.Name)))
            .ToDictionary(feed => feed.Id);
        var late = new List<(Occurrence, AlertCause)>();
        foreach (var set in book.Contracts)
        {
            if (MissedOn(book, set, feeds.GetValueOrDefault(set.Contract.Name), ChinaTime.Day(now)) is not { } missed) continue;
            // The day that was missed is its place, so that a round that is repeated says nothing new.
            late.Add((
                new Occurrence(Effect.Raise, AlertKind.FeedLate, set.Contract.Name, Severity.Info, tenant,
                    Department: set.Contract.Department, Title: new(
                    $"{set.Contract.Department}：{set.Contract.Name} 应于{missed:M月d日}前报送，尚未收到",
                    $"{set.Contract.Name} of {set.Contract.Department} was due on {missed:yyyy-MM-dd} and has not come"),
                        Rule: set.Contract.Name),
                new AlertCause(
                    Guid.CreateVersion7(now), EventTypes.NameOf(typeof(ReportingContractSet)),
                    $"{AlertBook.Stream(tenant)}#{set.Contract.Name}", missed.DayNumber, now)));
        }

        return late;
    }

    /// <summary>What hearing a feed means: it is late no more, and flat or not.</summary>
    internal IEnumerable<Occurrence> Said(ReportingContract contract, string tenant)
    {
        yield return new(Effect.Resolve, AlertKind.FeedLate, contract.Name);
        if (contract.FlatTimes is null) yield break;
        yield return IsFlat(contract)
            ? new(Effect.Raise, AlertKind.FeedLate, $"{contract.Name}/flat", Severity.Info, tenant, Department: contract.Department,
                Title: new(
                $"{contract.Department}：{contract.Name} 连续{Times}次数值相同",
                $"{contract.Name} of {contract.Department} was the same {Times} times in a row"),
                Rule: contract.Name)
            : new(Effect.Resolve, AlertKind.FeedLate, $"{contract.Name}/flat", WasTrue: true);
    }
}
