using System.Globalization;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Figures as they are answered: days, months and years in force, by the standard of their day or, by name, by another version
/// beside it. What was published stays what it is.
/// </summary>
static class FigureViews
{
    static readonly Refusal subjectMissing = Refusal.Invalid("subject-missing", "请给出 subject：站点 MN、county-air 或 county-water。",
        "Give a subject: a station's MN, county-air or county-water.", "subject");

    /// <summary>A day with its level in official words.</summary>
    /// <param name="Day">The day as judged.</param>
    /// <param name="Level">Level of its air; null for water and where there is no index.</param>
    public sealed record DayEntry(DayAssessed Day, AqiLevel? Level);

    /// <summary>A section's water in a period.</summary>
    /// <param name="Mn">Station.</param>
    /// <param name="Name">Chinese name.</param>
    /// <param name="TargetClass">目标类别, 1 to 5.</param>
    /// <param name="MeetsTarget">Whether the class is at least as good; null without either.</param>
    /// <param name="Water">The section.</param>
    public sealed record Section(string Mn, string Name, int? TargetClass, bool? MeetsTarget, WaterSummary? Water);

    /// <summary>A standard as it stands beside the others.</summary>
    public sealed record StandardEntry(string Code, string Title, DateOnly EffectiveFrom, DateOnly? Until, bool InForce);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/days", async (
            string? subject, string? from, string? to, string? standard, Caller caller, Page page, IDocumentStore store, TimeProvider clock,
            CancellationToken cancel) =>
        {
            if (subject is null) return Problem.Of(subjectMissing);
            if (Named(standard, out var by) is { } unknown) return Problem.Of(unknown);
            if (!ChinaTime.TryDay(from, out var first) || !ChinaTime.TryDay(to, out var until) || !ChinaTime.TryDay(page.After, out var after))
                return Problem.Of(400, "not-a-date", new("from、to 应为日期。", "from and to must be days."));
            var last = until ?? ChinaTime.Day(clock.GetUtcNow());
            var start = after?.AddDays(1) ?? first ?? last.AddDays(-page.Limit);
            List<DayAssessed> days = [.. (await Days(store, caller.Tenant, subject, start, Min(last, start.AddDays(page.Limit - 1)), cancel))];
            var end = start.AddDays(page.Limit - 1);
            return (IResult)new Listing<DayEntry>(
                [.. days.Select(day => by is null ? day : ByAnother(day, by))
                    .Select(day => new DayEntry(day, day.Air?.Aqi is { } index ? AqiLevel.Of(index) : null))],
                end < last ? end.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null);
        }).RequireRight("environment:read").ProducesPage<DayEntry>();

        routes.MapGet("/v1/months", async (string? subject, int? year, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (subject is null) return Problem.Of(subjectMissing);
            if (Year(year, clock) is not { } of) return NoYear;
            await using var session = store.QuerySession(caller.Tenant);
            var books = await session.LoadManyAsync<MonthBook>(cancel, Months(of).Select(month => MonthBook.Stream(caller.Tenant, subject, month)));
            return (IResult)new Listing<MonthAssessed>(
                [.. books.Select(book => book.Month).OfType<MonthAssessed>().OrderBy(month => month.Month, StringComparer.Ordinal)], null);
        }).RequireRight("environment:read").ProducesPage<MonthAssessed>();

        routes.MapGet("/v1/years/{year}", async (
            int year, string? subject, string? standard, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            if (subject is null) return Problem.Of(subjectMissing);
            if (year is < 1900 or > 2200) return NoYear;
            if (Named(standard, out var by) is { } unknown) return Problem.Of(unknown);
            await using var session = store.QuerySession(caller.Tenant);
            if ((await session.LoadAsync<YearBook>(YearBook.Stream(caller.Tenant, subject, year), cancel))?.Year is not { } known)
                return Problem.Of(404, "year-unknown", new("该年度尚未评价。", "The year has not been assessed."));
            if (by is null || known.Air is null) return Results.Ok(known);
            var days = await Days(store, caller.Tenant, subject, new DateOnly(year, 1, 1), new DateOnly(year, 12, 31), cancel);
            return Results.Ok(Judging.YearOfAir(subject, year, [.. days.Select(day => ByAnother(day, by))], known.ExcludedDays, by));
        }).RequireRight("environment:read").Produces<YearAssessed>();

        routes.MapGet("/v1/sections", async (string? period, Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            if (!Period.TryParse(period, out var of) || of.Frequency is not ("A" or "M"))
                return Problem.Of(400, "not-a-period", new("period 应为年或月，如 2023、2023-07。", "period must be a year or a month, like 2023, 2023-07."));
            await using var session = store.QuerySession(caller.Tenant);
            var stations = (await session.Query<Station>().ToListAsync(cancel)).Select(station => station.On(of.Last)!)
                .Where(station => station.Medium == Medium.SurfaceWater).OrderBy(station => station.Mn, StringComparer.Ordinal).ToList();
            var waters = of.Frequency == "A"
                ? (await session.LoadManyAsync<YearBook>(cancel, stations.Select(one => YearBook.Stream(caller.Tenant, one.Mn, of.First.Year))))
                    .Where(book => book.Year is not null).ToDictionary(book => book.Year!.Subject, book => book.Year!.Water)
                : (await session.LoadManyAsync<MonthBook>(cancel, stations.Select(one => MonthBook.Stream(caller.Tenant, one.Mn, of.First))))
                    .Where(book => book.Month is not null).ToDictionary(book => book.Month!.Subject, book => book.Month!.Water);
            return (IResult)new Listing<Section>([.. stations.Select(one =>
            {
                var water = waters.GetValueOrDefault(one.Mn);
                bool? meets = water?.Class is { } reached && one.TargetClass is { } target ? reached <= target : null;
                return new Section(one.Mn, one.Name, one.TargetClass, meets, water);
            })], null);
        }).RequireRight("environment:read").ProducesPage<Section>();

        routes.MapGet("/v1/standards", (TimeProvider clock) =>
        {
            var current = AirStandard.On(ChinaTime.Day(clock.GetUtcNow()));
            return new Listing<StandardEntry>(
                [.. AirStandard.All.Zip(AirStandard.All.Skip(1).Append(null), (one, next) => new StandardEntry(
                    one.Code, one.Title, one.EffectiveFrom, next?.EffectiveFrom.AddDays(-1), one == current))], null);
        }).RequireRight("environment:read").ProducesPage<StandardEntry>();
    }

    static readonly Problem NoYear = Problem.Of(400, "not-a-year", new("year 应为年份。", "year must be a year."));

    /// <summary>A day of air by another version than that of its day.</summary>
    internal static DayAssessed ByAnother(DayAssessed day, AirStandard by)
    {
        if (day.Air is null) return day;
        DayFigure[] figures =
        [
            .. day.Figures.Select(figure => figure with { Iaqi = figure.Value is { } value ? by.Iaqi(figure.Pollutant, figure.Average, value) : null }),
        ];
        var planned = AirStandard.Basic.Select(item => item.Pollutant)
            .Where(pollutant => day.Air.Missing.Contains(pollutant) ||
                figures.Any(figure => figure.Pollutant == pollutant && figure.Value is not null)).ToList();
        return day with { Standard = by.Code, Figures = figures, Air = by.Judge(figures, planned) };
    }

    /// <summary>Days in force of a subject, in their order.</summary>
    internal static async Task<IEnumerable<DayAssessed>> Days(
        IDocumentStore store, string tenant, string subject, DateOnly first, DateOnly last, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        var months = new List<DateOnly>();
        for (var month = new DateOnly(first.Year, first.Month, 1); month <= last; month = month.AddMonths(1)) months.Add(month);
        var books = await session.LoadManyAsync<MonthBook>(cancel, months.Select(month => MonthBook.Stream(tenant, subject, month)));
        return books.SelectMany(book => book.Days.Values).Where(day => day.Day >= first && day.Day <= last).OrderBy(day => day.Day);
    }

    static IEnumerable<DateOnly> Months(int year) => Enumerable.Range(1, 12).Select(month => new DateOnly(year, month, 1));

    static Refusal? Named(string? code, out AirStandard? standard) =>
        (standard = code is null ? null : AirStandard.Named(code)) is null && code is not null ? AirStandard.Unknown : null;

    static int? Year(int? asked, TimeProvider clock) => asked is null ? ChinaTime.Day(clock.GetUtcNow()).Year : asked is < 1900 or > 2200 ? null : asked;

    static DateOnly Min(DateOnly one, DateOnly other) => one < other ? one : other;
}
