using System.Globalization;
using System.Text.Json;
using Marten;
using MassTransit;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Contracts.Indicators;
using Monitoring.Hosting;

namespace Monitoring.Indicators;

/// <summary>
/// Takes the county's year of air or water, as the Environment service has assessed it, for a provisional value (初步数) of the
/// plan's indicators, with the evidence; the responsible department verifies it or reports its own. A value that somebody else
/// has reported, or that is verified, is left alone, and so is what has been taken already.
/// </summary>
public sealed partial class TakeAssessedYear(IDocumentStore store, TimeProvider clock, ILogger<TakeAssessedYear> logger) : IConsumer<CommittedEvent>
{
    const string Document = "environment.year-assessed";

    /// <summary>A figure that becomes a value.</summary>
    /// <param name="Indicator">Code of the indicator.</param>
    /// <param name="Value">In its unit.</param>
    /// <param name="Evidence">What it rests on.</param>
    public sealed record Figure(string Indicator, decimal Value, string Evidence);

    /// <summary>What of a year becomes which indicator's value.</summary>
    public static IEnumerable<Figure> FiguresOf(YearAssessed year)
    {
        if (year is { Subject: "county-air", Air: { } air })
        {
            var excluded = year.ExcludedDays.Length > 0 ? $"，剔除沙尘日 {year.ExcludedDays.Length} 天" : "";
            if (air.Figures.FirstOrDefault(figure => figure.Pollutant == "a34004") is { Mean: { } mean } fine)
                yield return new Figure("pm25", mean,
                    $"{year.Standard}：有效 {fine.Days} 天{(fine.Sufficient ? "" : "（天数不足）")}，第 {fine.Rank} 百分位数 {Text(fine.Percentile)}{excluded}");
            var days = $"{year.Standard}：优良 {air.GoodDays} 天，有效 {air.ValidDays} 天{excluded}";
            if (air.GoodRatio is { } ratio) yield return new Figure("good-air-days-ratio", ratio, days);
            if (air.ValidDays > 0) yield return new Figure("text-good-air-days-trend", air.GoodDays, days);
        }

        if (year is { Subject: "county-water", Water: { Class: { } grade } water })
            yield return new Figure("surface-water-class", grade,
                $"{year.Standard}：断面 {water.Days} 个，优良比例 {Text(water.GoodRatio)}%{(water.Main.Length > 0 ? $"，主要污染指标 {string.Join('、', water.Main)}" : "")}");
    }

    /// <summary>Decides on one figure under the rules that say what is implausible.</summary>
    public static Decision Decide(Indicator indicator, Figure figure, YearAssessed year, VerdictRules rules, Occasion occasion)
    {
        if (indicator.History.Definition is null) return Indicators.Indicator.Unknown;
        var source = $"{Document} {year.Subject}/{Text(year.Year)} ";
        var vintages = indicator.History.Values.GetValueOrDefault(Text(year.Year), []);
        // What comes again, or comes late, is on record or superseded.
        if (vintages.Any(known => known.Document?.StartsWith(source, StringComparison.Ordinal) == true &&
                int.Parse(known.Document[(source.Length + 1)..], CultureInfo.InvariantCulture) >= year.Revision)) return [];
        if (vintages is [.., var last] && (last.Verified || last.Document?.StartsWith(source, StringComparison.Ordinal) != true)) return [];
        return ReportValue.Decide(
            indicator, new ReportValue.Row(figure.Indicator, Text(year.Year), figure.Value, ValueStatus.Preliminary, $"{source}r{Text(year.Revision)}",
                $"环境监测自动评价，待审核。{figure.Evidence}", vintages.IsEmpty ? null : $"监测数据修订，重新评价（第 {Text(year.Revision)} 次）"),
            rules, occasion);
    }

    public async Task Consume(ConsumeContext<CommittedEvent> context)
    {
        var message = context.Message;
        if (message.Data.Deserialize<YearAssessed>(EventJson.Options) is not { } year) return;
        var (tenant, cancel) = (message.Tenant, context.CancellationToken);
        var occasion = new Occasion(clock.GetUtcNow(), new Caller(tenant, "系统", "environment"));
        await using var session = store.QuerySession(tenant);
        var rules = await VerdictRuleBook.On(session, tenant, occasion.Today, cancel);
        foreach (var figure in FiguresOf(year))
        {
            var stream = Indicator.Stream(tenant, figure.Indicator);
            var references = await session.LoadAsync<Indicator>(stream, cancel) is { } found
                ? await VerdictOf.References(session, tenant, [found.History], cancel)
                : new Dictionary<string, IReadOnlyList<Observation>>();
            await store.Decide<Indicator>(stream, occasion, indicator =>
            {
                var decision = Decide(indicator, figure, year, rules, occasion);
                if (decision.Refusal is { } refusal) NotTaken(figure.Indicator, year.Year, refusal.Code);
                if (decision.ChangesNothing) return decision;
                var after = decision.Aggregate(indicator.History, (history, happened) => history.Evolve(happened));
                return OffTrack.Worse(indicator.History, after, rules, references, occasion.Today) is { } worse ? [.. decision, worse] : decision;
            }, cancel);
        }
    }

    /// <summary>One quorum queue for the years; what cannot be taken now is tried again before it is set aside.</summary>
    public static void Endpoint(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit) =>
        rabbit.ReceiveEndpoint("indicators-assessed-years", endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.Bind<CommittedEvent>(binding =>
            {
                binding.ExchangeType = "topic";
                binding.RoutingKey = EventTypes.NameOf(typeof(YearAssessed));
            });
            endpoint.SetQuorumQueue();
            endpoint.PrefetchCount = 4;
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.UseMessageRetry(retry => retry.Exponential(
                20, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(500)));
            endpoint.ConfigureConsumer<TakeAssessedYear>(context);
        });

    static string Text(decimal? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "—";

    [LoggerMessage(LogLevel.Information, "Year {Year} is no value of {Indicator}: {Code}")]
    partial void NotTaken(string indicator, int year, string code);
}
