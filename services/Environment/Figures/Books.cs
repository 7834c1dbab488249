using System.Collections.Immutable;
using System.Globalization;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>The figures in force of one month of a station or of the county. Folded from <c>figures/{tenant}/{subject}/{yyyy-MM}</c>.</summary>
public sealed record MonthBook : IState<MonthBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>By day of the month.</summary>
    public ImmutableSortedDictionary<int, DayAssessed> Days { get; init; } = ImmutableSortedDictionary<int, DayAssessed>.Empty;

    public MonthAssessed? Month { get; init; }

    public MonthBook Evolve(object happened) => happened switch
    {
        DayAssessed e => this with { Days = Days.SetItem(e.Day.Day, e) },
        MonthAssessed e => this with { Month = e },
        _ => this,
    };

    internal static readonly Type[] Events = [typeof(DayAssessed), typeof(MonthAssessed)];

    internal static string Stream(string tenant, string subject, DateOnly day) => $"figures/{tenant}/{subject}/{Station.MonthOf(day)}";

    /// <summary>
    /// What to say about days that were computed, and about the month once it is over: nothing where it is on record, the next
    /// revision where it differs.
    /// </summary>
    /// <param name="days">Days as computed; their revision is set here.</param>
    /// <param name="month">Makes the month of its days; null while it is not over.</param>
    internal Decision Decide(IEnumerable<DayAssessed> days, Func<MonthBook, MonthAssessed>? month)
    {
        var (book, events) = (this, new List<object>());
        foreach (var day in days)
        {
            var known = book.Days.GetValueOrDefault(day.Day.Day);
            if (known is not null && EventJson.Text(known with { Revision = 0 }) == EventJson.Text(day with { Revision = 0 })) continue;
            Add(day with { Revision = (known?.Revision ?? 0) + 1 });
        }

        if (month is not null && !book.Days.IsEmpty)
        {
            var judged = month(book);
            if (book.Month is not { } known || EventJson.Text(known with { Revision = 0 }) != EventJson.Text(judged with { Revision = 0 }))
                Add(judged with { Revision = (book.Month?.Revision ?? 0) + 1 });
        }

        return [.. events];

        void Add(object happened)
        {
            events.Add(happened);
            book = book.Evolve(happened);
        }
    }
}

/// <summary>The figures in force of one year of a station or of the county. Folded from <c>figures/{tenant}/{subject}/{yyyy}</c>.</summary>
public sealed record YearBook : IState<YearBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public YearAssessed? Year { get; init; }

    public YearBook Evolve(object happened) => happened is YearAssessed e ? this with { Year = e } : this;

    internal static readonly Type[] Events = [typeof(YearAssessed)];

    internal static string Stream(string tenant, string subject, int year) =>
        string.Create(CultureInfo.InvariantCulture, $"figures/{tenant}/{subject}/{year:0000}");

    internal Decision Decide(YearAssessed judged) =>
        Year is { } known && EventJson.Text(known with { Revision = 0 }) == EventJson.Text(judged with { Revision = 0 })
            ? []
            : [judged with { Revision = (Year?.Revision ?? 0) + 1 }];
}

/// <summary>Days left out of years' assessments, with the document that says so. Folded from <c>dust/{tenant}</c>.</summary>
public sealed record DustBook : IState<DustBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableSortedDictionary<DateOnly, string> Days { get; init; } = ImmutableSortedDictionary<DateOnly, string>.Empty;

    public DustBook Evolve(object happened) => happened is DustDaysExcluded e
        ? this with { Days = Days.SetItems(e.Days.Select(day => KeyValuePair.Create(day, e.Document))) }
        : this;

    internal static string Stream(string tenant) => $"dust/{tenant}";

    internal static async Task<DustBook> Of(IQuerySession session, string tenant, CancellationToken cancel) =>
        await session.LoadAsync<DustBook>(Stream(tenant), cancel) ?? new DustBook();
}
