using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// A person finds that readings do not count (剔除), or that they count after all (恢复). The value stays on record either way;
/// what the person found stands until a person says otherwise, whatever the automatic checks find.
/// </summary>
public static class JudgeReadings
{
    /// <summary>One reading and what was found about it.</summary>
    /// <param name="Station">The station's MN.</param>
    /// <param name="Time">End of the hour measured; without an offset it is Beijing time.</param>
    /// <param name="Pollutant">Code.</param>
    /// <param name="Code">For an invalidation: <c>calibration</c>, <c>instrument_fault</c>, <c>power_cut</c> … ; null for a restoration.</param>
    /// <param name="Reason">Why, in words.</param>
    /// <param name="Document">On which document.</param>
    public sealed record Row(string Station, DateTimeOffset Time, string Pollutant, InvalidCode? Code, string Reason, string? Document);

    static readonly Refusal readingUnknown = Refusal.Unknown("reading-unknown",
        "该时刻没有此监测因子的数据；请核对站点、时间和因子。", "There is no reading of this pollutant at that time.", "time");

    public static Row BindInvalid(Fields row) => new(
        row.Code("station"), row.Instant("time"), row.PollutantCode(), row.Enum<InvalidCode>("code"), row.Text("reason", 500), row.TextOrNull("document"));

    public static Row BindValid(Fields row) => new(
        row.Code("station"), row.Instant("time"), row.PollutantCode(), null, row.Text("reason", 500), row.TextOrNull("document"));

    static async Task Decide(
        IDocumentSession session, IReadOnlyList<Group<Station, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        var wanted = groups.SelectMany(group => group.Rows)
            .Select(row => StationDay.IdOf(row.Value.Station, StationDay.DayOf(row.Value.Time))).Distinct().ToList();
        var days = (await session.LoadManyAsync<StationDay>(cancel, wanted)).ToDictionary(day => day.Id);
        var archived = (await ArchiveBook.Of(session, occasion.By.Tenant, cancel)).Months;
        foreach (var group in groups) Decide(group, days, archived);
    }

    /// <summary>Decides all rows of one station; the last about a reading holds.</summary>
    public static void Decide(Group<Station, Row> group, IReadOnlyDictionary<string, StationDay> days, IReadOnlySet<string> archived)
    {
        var marks = new Dictionary<(string Pollutant, DateTimeOffset Time), string>();
        var found = new List<(Row Row, decimal Value)>();
        foreach (var (number, row) in group.Rows)
        {
            var date = StationDay.DayOf(row.Time);
            if (group.State.Registration is null) group.Refuse(number, Station.Unknown);
            else if (archived.Contains(Station.MonthOf(date))) group.Refuse(number, ArchiveBook.IsArchived);
            else if (days.GetValueOrDefault(StationDay.IdOf(row.Station, date))?.Series.GetValueOrDefault(row.Pollutant) is not { } series ||
                     Array.BinarySearch(series.At, row.Time.ToUnixTimeSeconds()) is var index && index < 0) group.Refuse(number, readingUnknown);
            else
            {
                var (key, mark) = ((row.Pollutant, row.Time), row.Code is { } code ? Mark.ByPerson(code) : Mark.Valid);
                if (marks.GetValueOrDefault(key, series.Marks?[index] ?? "") == mark)
                {
                    group.Repeat(number);
                    continue;
                }

                marks[key] = mark;
                found.RemoveAll(one => (one.Row.Pollutant, one.Row.Time) == key);
                found.Add((row, series.Values[index]));
                group.Record(number);
            }
        }

        foreach (var same in found.GroupBy(one => (Invalid: one.Row.Code is not null, one.Row.Reason, one.Row.Document)))
        {
            var (mn, (_, reason, document)) = (group.Rows[0].Value.Station, same.Key);
            group.Append(same.Key.Invalid
                ? new ReadingsInvalidated(
                    mn, [.. same.Select(one => new InvalidReading(one.Row.Pollutant, one.Row.Time, one.Value, one.Row.Code!.Value))], reason, document)
                : new ReadingsRestored(mn, [.. same.Select(one => new ReadingKey(one.Row.Pollutant, one.Row.Time))], reason, document));
        }
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<Station, Row>(
            "/v1/invalidations", "environment:report", BindInvalid, (row, tenant) => Station.Stream(tenant, row.Station), Decide);
        routes.MapImport<Station, Row>(
            "/v1/restorations", "environment:report", BindValid, (row, tenant) => Station.Stream(tenant, row.Station), Decide);
    }
}
