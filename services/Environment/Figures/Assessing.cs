using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Computes what is due: checks, hours, days, the county's days, months and years. Everything is computed from what is on
/// record and decided against what was said, so a round that is repeated or broken off says nothing twice and leaves nothing out.
/// </summary>
sealed class Assessing(IDocumentStore store, Tables tables)
{
    // Days of one station that are in memory at once.
    const int DaysAtOnce = 400;

    /// <summary>What a round did.</summary>
    /// <param name="Days">Station days computed.</param>
    /// <param name="Assessed">Events about days, months and years that had something new to say.</param>
    /// <param name="Touched">Stations that had anything due.</param>
    public sealed record Outcome(int Days, int Assessed, IReadOnlyCollection<string> Touched);

    /// <summary>One round for a county.</summary>
    /// <param name="occasion">When and on whose word.</param>
    /// <param name="last">Last day that is over.</param>
    /// <param name="quiet">How long nothing may have come in about such a day.</param>
    /// <param name="cancel">Breaks the round off; the next takes up what is left.</param>
    public async Task<Outcome> Round(Occasion occasion, DateOnly last, TimeSpan quiet, CancellationToken cancel)
    {
        var tenant = occasion.By.Tenant;
        var due = await tables.Due(tenant, last, quiet, cancel);
        if (due.Count == 0) return new Outcome(0, 0, []);
        var county = await County.Load(store, tenant, occasion, last, cancel);
        var (computed, assessed) = (0, 0);
        var touched = new HashSet<(string Mn, DateOnly Day)>();
        foreach (var group in due.GroupBy(one => one.Mn))
        {
            if (!county.Stations.TryGetValue(group.Key, out var station)) continue;
            // A stuck run crosses midnight, so a day's neighbours are looked at with it.
            var days = group.SelectMany(one => new[] { one.Day.AddDays(-1), one.Day, one.Day.AddDays(1) }).Distinct().Order()
                .Where(day => !county.Archived.Contains(Station.MonthOf(day))).ToList();
            foreach (var chunk in days.Chunk(DaysAtOnce))
            {
                var (seen, said) = await Compute(county, station, chunk, cancel);
                (computed, assessed) = (computed + seen.Count, assessed + said);
                touched.UnionWith(seen.Where(day => day <= last).Select(day => (group.Key, day)));
            }
        }

        // Days that were excluded, or given back, touch the years of all air stations.
        foreach (var day in due.Where(one => one.Mn == "*").Select(one => one.Day))
            touched.UnionWith(county.Stations.Keys.Where(mn => county.MediumOf(mn, day) == Medium.Air).Select(mn => (mn, day)));

        assessed += await AssessCountyAir(county, Days(Medium.Air), cancel);
        foreach (var (subject, year) in Years(county, touched)) assessed += await AssessYear(county, subject, year, cancel);
        assessed += await AssessCountyWater(county, Days(Medium.SurfaceWater), cancel);
        await tables.Done(tenant, due, last, cancel);
        return new Outcome(computed, assessed, [.. due.Select(one => one.Mn).Distinct()]);

        List<DateOnly> Days(Medium medium) =>
            [.. touched.Where(one => county.MediumOf(one.Mn, one.Day) == medium).Select(one => one.Day).Distinct()];
    }

    /// <summary>Checks and hours of some days of one station, and the figures of those that are over.</summary>
    async Task<(List<DateOnly> Seen, int Said)> Compute(County county, Station station, DateOnly[] days, CancellationToken cancel)
    {
        var (mn, tenant) = (station.Registration!.Mn, county.Occasion.By.Tenant);
        var found = await Load(tenant, mn, [.. days.Concat([days[0].AddDays(-1), days[^1].AddDays(1)]).Distinct()], cancel);
        var (checks, hours, figures, seen) = (new List<object>(), new List<(DateOnly, HourSeries)>(), new List<DayAssessed>(), new List<DateOnly>());
        foreach (var day in days)
        {
            if (!found.TryGetValue(day, out var readings) || station.On(day) is not { } registration) continue;
            var rules = county.Rules.On(day);
            var invalid = Checks.Of(readings, found.GetValueOrDefault(day.AddDays(-1)), found.GetValueOrDefault(day.AddDays(1)), registration.Units, rules);
            if (day <= county.Last && !Checks.Stand(readings, invalid, rules.Version))
                checks.Add(new ReadingsChecked(mn, day, readings.Count, invalid, rules.Version));
            var series = HourSeries.Of(readings, invalid, registration);
            hours.AddRange(series.Select(one => (day, one)));
            seen.Add(day);
            if (day <= county.Last && Judging.OfStation(registration, day, series) is { } judged) figures.Add(judged);
        }

        if (checks.Count > 0) await store.Decide<Station>(station.Id, county.Occasion, _ => [.. checks], cancel);
        await tables.Write(tenant, mn, hours, cancel);
        var said = 0;
        foreach (var month in figures.GroupBy(day => new DateOnly(day.Day.Year, day.Day.Month, 1)))
            said += await AssessMonth(county, mn, month.Key, [.. month], cancel);
        return (seen, said);
    }

    /// <summary>Days of a subject's month, and the month when it is over.</summary>
    async Task<int> AssessMonth(County county, string subject, DateOnly month, DayAssessed[] days, CancellationToken cancel)
    {
        var over = month.AddMonths(1).AddDays(-1) <= county.Last;
        var after = new MonthBook();
        var said = await store.Decide<MonthBook>(MonthBook.Stream(county.Occasion.By.Tenant, subject, month), county.Occasion, book =>
        {
            var decision = book.Decide(days, over ? known => county.MonthOf(subject, month, [.. known.Days.Values]) : null);
            after = decision.Aggregate(book, (known, happened) => known.Evolve(happened));
            return decision;
        }, cancel);
        await tables.Write(county.Occasion.By.Tenant, [.. days.Select(day => after.Days[day.Day.Day])], cancel);
        return said;
    }

    async Task<int> AssessCountyAir(County county, List<DateOnly> days, CancellationToken cancel)
    {
        var said = 0;
        foreach (var month in days.GroupBy(day => new DateOnly(day.Year, day.Month, 1)))
        {
            var books = await Months(county, county.Counting(Medium.Air, month.Key), [month.Key], cancel);
            DayAssessed[] judged =
            [
                .. month.Order().Select(day => (Day: day, Stations: county.Counting(Medium.Air, day)))
                    .Where(one => one.Stations.Count > 0)
                    .Select(one => Judging.OfCountyAir(one.Day, [.. one.Stations.Select(mn => (
                        county.Stations[mn].On(one.Day)!, books.GetValueOrDefault((mn, month.Key))?.Days.GetValueOrDefault(one.Day.Day)))])),
            ];
            if (judged.Length > 0) said += await AssessMonth(county, RegisterStation.CountyAir, month.Key, judged, cancel);
        }

        return said;
    }

    static IEnumerable<(string Subject, int Year)> Years(County county, IEnumerable<(string Mn, DateOnly Day)> touched) => touched
        .SelectMany(one => county.MediumOf(one.Mn, one.Day) == Medium.Air && county.Counts(one.Mn, one.Day)
            ? new[] { (one.Mn, one.Day.Year), (RegisterStation.CountyAir, one.Day.Year) }
            : [(one.Mn, one.Day.Year)])
        .Distinct().Where(one => new DateOnly(one.Year, 12, 31) <= county.Last);

    async Task<int> AssessYear(County county, string subject, int year, CancellationToken cancel)
    {
        var books = await Months(county, [subject], Enumerable.Range(1, 12).Select(month => new DateOnly(year, month, 1)), cancel);
        List<DayAssessed> days = [.. books.Values.SelectMany(book => book.Days.Values).OrderBy(day => day.Day)];
        if (days.Count == 0) return 0;
        var judged = county.YearOf(subject, year, days);
        return await store.Decide<YearBook>(
            YearBook.Stream(county.Occasion.By.Tenant, subject, year), county.Occasion, book => book.Decide(judged), cancel);
    }

    /// <summary>The county's months and years of water, from those of its sections.</summary>
    async Task<int> AssessCountyWater(County county, List<DateOnly> days, CancellationToken cancel)
    {
        var (said, tenant) = (0, county.Occasion.By.Tenant);
        foreach (var month in days.Select(day => new DateOnly(day.Year, day.Month, 1)).Distinct()
                     .Where(month => month.AddMonths(1).AddDays(-1) <= county.Last))
        {
            var sections = county.Counting(Medium.SurfaceWater, month.AddMonths(1).AddDays(-1));
            var books = await Months(county, sections, [month], cancel);
            var water = WaterQuality.OfCounty([.. sections.Where(mn => books.GetValueOrDefault((mn, month))?.Month?.Water is not null)
                .Select(mn => (mn, books[(mn, month)].Month!.Water!, Judging.BodyOf(county.Stations[mn].On(month)!)))]);
            said += await store.Decide<MonthBook>(
                MonthBook.Stream(tenant, RegisterStation.CountyWater, month), county.Occasion,
                book => book.Month is { } known && EventJson.Text(known.Water) == EventJson.Text(water)
                    ? []
                    : [new MonthAssessed(
                        RegisterStation.CountyWater, Station.MonthOf(month), WaterQuality.Standard, null, water, (book.Month?.Revision ?? 0) + 1)],
                cancel);
        }

        foreach (var year in days.Select(day => day.Year).Distinct().Where(year => new DateOnly(year, 12, 31) <= county.Last))
        {
            var last = new DateOnly(year, 12, 31);
            await using var session = store.QuerySession(tenant);
            var sections = county.Counting(Medium.SurfaceWater, last);
            var books = (await session.LoadManyAsync<YearBook>(cancel, sections.Select(mn => YearBook.Stream(tenant, mn, year))))
                .Where(book => book.Year?.Water is not null).ToDictionary(book => book.Year!.Subject, book => book.Year!.Water!);
            var judged = new YearAssessed(
                RegisterStation.CountyWater, year, WaterQuality.Standard, null,
                WaterQuality.OfCounty([.. sections.Where(books.ContainsKey).Select(mn => (mn, books[mn], Judging.BodyOf(county.Stations[mn].On(last)!)))]),
                [], null, 0);
            said += await store.Decide<YearBook>(
                YearBook.Stream(tenant, RegisterStation.CountyWater, year), county.Occasion, book => book.Decide(judged), cancel);
        }

        return said;
    }

    async Task<Dictionary<(string Subject, DateOnly Month), MonthBook>> Months(
        County county, IReadOnlyCollection<string> subjects, IEnumerable<DateOnly> months, CancellationToken cancel)
    {
        var tenant = county.Occasion.By.Tenant;
        var wanted = months.SelectMany(month => subjects.Select(subject => (subject, month)))
            .ToDictionary(one => MonthBook.Stream(tenant, one.subject, one.month));
        await using var session = store.QuerySession(tenant);
        return (await session.LoadManyAsync<MonthBook>(cancel, wanted.Keys)).ToDictionary(book => wanted[book.Id]);
    }

    async Task<Dictionary<DateOnly, StationDay>> Load(string tenant, string mn, List<DateOnly> days, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        return (await session.LoadManyAsync<StationDay>(cancel, days.Select(day => StationDay.IdOf(mn, day))))
            .ToDictionary(day => StationDay.DayOf(day.Id));
    }
}

/// <summary>What a round rests on, read once at its beginning.</summary>
sealed record County(
    Occasion Occasion, DateOnly Last, IReadOnlyDictionary<string, Station> Stations, RuleBook Rules, DustBook Dust, IReadOnlySet<string> Archived)
{
    public static async Task<County> Load(IDocumentStore store, string tenant, Occasion occasion, DateOnly last, CancellationToken cancel)
    {
        await using var session = store.QuerySession(tenant);
        var stations = await session.Query<Station>().ToListAsync(cancel);
        return new County(
            occasion, last, stations.ToDictionary(station => station.Registration!.Mn), await RuleBook.Of(session, tenant, cancel),
            await DustBook.Of(session, tenant, cancel), (await ArchiveBook.Of(session, tenant, cancel)).Months);
    }

    public Medium? MediumOf(string mn, DateOnly day) => Stations.GetValueOrDefault(mn)?.On(day)?.Medium;

    /// <summary>Whether a station is a point of the county's evaluation on a day.</summary>
    public bool Counts(string mn, DateOnly day) =>
        Stations.GetValueOrDefault(mn)?.On(day) is { } station && station.CountsForCounty != false && (station.Since is not { } since || since <= day);

    /// <summary>All such stations of a medium.</summary>
    public List<string> Counting(Medium medium, DateOnly day) =>
        [.. Stations.Keys.Where(mn => MediumOf(mn, day) == medium && Counts(mn, day)).Order(StringComparer.Ordinal)];

    public MonthAssessed MonthOf(string subject, DateOnly month, IReadOnlyCollection<DayAssessed> days) => WaterOf(subject, month) is { } section
        ? new MonthAssessed(subject, Station.MonthOf(month), WaterQuality.Standard, null, Judging.MonthOfWater(Judging.BodyOf(section), days), 0)
        : Judging.MonthOfAir(subject, month, days);

    public YearAssessed YearOf(string subject, int year, IReadOnlyCollection<DayAssessed> days) =>
        WaterOf(subject, new DateOnly(year, 12, 31)) is { } section
        ? new YearAssessed(subject, year, WaterQuality.Standard, null, Judging.YearOfWater(Judging.BodyOf(section), days), [], null, 0)
        : Judging.YearOfAir(subject, year, days, Dust.Days.Keys);

    StationRegistered? WaterOf(string subject, DateOnly day) =>
        Stations.GetValueOrDefault(subject)?.On(day) is { Medium: Medium.SurfaceWater } section ? section : null;
}
