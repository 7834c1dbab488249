using System.Collections.Frozen;
using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Takes readings from stations. All new readings of one station in one push become one event; a reading on record with
/// the same value and flag is a repeat, with another it is a correction and needs a reason.
/// </summary>
public static class PushReadings
{
    // A station's clock may run a little ahead.
    static readonly TimeSpan aheadMax = TimeSpan.FromMinutes(5);

    // By its name in HJ 212-2017, table 8, and by itself.
    static readonly FrozenDictionary<string, string> flags = new Dictionary<string, string>
    {
        ["N"] = "N", ["正常"] = "N", ["F"] = "F", ["停运"] = "F", ["M"] = "M", ["维护"] = "M", ["S"] = "S", ["手工输入"] = "S",
        ["D"] = "D", ["故障"] = "D", ["C"] = "C", ["校准"] = "C", ["T"] = "T", ["超测量上限"] = "T", ["超测定上限"] = "T", ["B"] = "B", ["通讯异常"] = "B",
    }.ToFrozenDictionary();

    /// <summary>One reading as a station or department sends it.</summary>
    /// <param name="Station">The station's MN.</param>
    /// <param name="Time">End of the hour measured, whole seconds; without an offset it is Beijing time. Not in the future.</param>
    /// <param name="Pollutant">Code of HJ 212-2017; the station must have declared it.</param>
    /// <param name="Value">In the unit the station declared.</param>
    /// <param name="Unit">May be given as a check; must then equal the declared unit.</param>
    /// <param name="Flag">Data flag of HJ 212-2017: N, F, M, S, D, C, T or B; default N.</param>
    /// <param name="Reason">Why a reading on record is replaced, or comes after its month was audited.</param>
    public sealed record Row(
        string Station, DateTimeOffset Time, string Pollutant, decimal Value, string? Unit, string Flag, string? Reason);

    public static Row Bind(Fields row)
    {
        var (station, time, pollutant) = (row.Code("station"), row.Instant("time"), row.PollutantCode());
        if (time.Ticks % TimeSpan.TicksPerSecond != 0)
            row.Wrong("time", "too-precise", "时间应为整秒，不带小数秒，如 2023-08-01 09:00:00。", "The time must be a whole second.");
        var (value, unit, flag) = (row.Number("value"), row.TextOrNull("unit", 20), row.TextOrNull("flag", 10) ?? "N");
        if (!flags.TryGetValue(flag, out var mark))
            row.Wrong("flag", "unknown-code", "应为 HJ 212-2017 数据标记 N（正常）、F（停运）、M（维护）、S（手工输入）、D（故障）、C（校准）、T（超测量上限）、B（通讯异常）之一；正常数据可不填。",
                "Must be a data flag of HJ 212-2017: N, F, M, S, D, C, T, B.");
        return new Row(station, time, pollutant, value, unit?.Replace('µ', 'μ').Replace('³', '3'), mark ?? flag, row.TextOrNull("reason", 500));
    }

    internal static async Task DecideGroups(
        IDocumentSession session, IReadOnlyList<Group<Station, Row>> groups, Occasion occasion, CancellationToken cancel)
    {
        var wanted = groups.SelectMany(group => group.Rows)
            .Select(row => (row.Value.Station, Day: StationDay.DayOf(row.Value.Time))).Distinct()
            .Select(one => StationDay.IdOf(one.Station, one.Day)).ToList();
        var days = (await session.LoadManyAsync<StationDay>(cancel, wanted)).ToDictionary(day => day.Id);
        var archived = (await ArchiveBook.Of(session, occasion.By.Tenant, cancel)).Months;
        foreach (var group in groups) Decide(group, days, occasion, archived);
    }

    /// <summary>Decides all rows of one station, given what is on record for the days they fall on.</summary>
    public static void Decide(
        Group<Station, Row> group, IReadOnlyDictionary<string, StationDay> days, Occasion occasion, IReadOnlySet<string>? archived = null)
    {
        var added = new Dictionary<(string Pollutant, DateTimeOffset Time), (Reading Reading, string? Reason)>(group.Rows.Count);
        var revised = new Dictionary<(string Pollutant, DateTimeOffset Time), (Revision Revision, string Reason)>();
        var latest = occasion.Now + aheadMax;
        IReadOnlyDictionary<string, string>? units = null;
        StationDay? day = null;
        var (audited, inArchive) = (false, false);
        var (dayFrom, dayTo) = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue);

        foreach (var (number, row) in group.Rows)
        {
            if (row.Time <= dayFrom || row.Time > dayTo)
            {
                // Rows mostly come in order of time, so the day looked up last is usually the right one.
                var date = StationDay.DayOf(row.Time);
                day = days.GetValueOrDefault(StationDay.IdOf(row.Station, date));
                units = group.State.On(date)?.Units;
                (audited, inArchive) = (group.State.IsAudited(date), archived is { Count: > 0 } && archived.Contains(Station.MonthOf(date)));
                dayFrom = new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), Contracts.ChinaTime.Offset);
                dayTo = dayFrom.AddDays(1);
            }

            if (Misfit(row, units, latest) is { } refusal)
            {
                group.Refuse(number, refusal);
                continue;
            }

            if (inArchive)
            {
                group.Refuse(number, ArchiveBook.IsArchived);
                continue;
            }

            var key = (row.Pollutant, row.Time);
            var known = revised.Count > 0 && revised.TryGetValue(key, out var pending) ? new Reading(row.Time, pending.Revision.Value, pending.Revision.Flag)
                : added.TryGetValue(key, out var fresh) ? fresh.Reading
                : day?.Series.GetValueOrDefault(row.Pollutant)?.Find(row.Time);
            if (known is null && audited && row.Reason is null)
            {
                group.Refuse(number, Refusal.NeedsReason("该月数据已审核", "The month has been audited"));
            }
            else if (known is null)
            {
                added.Add(key, (new Reading(row.Time, row.Value, row.Flag), audited ? row.Reason : null));
                group.Record(number);
            }
            else if (known.Value == row.Value && known.Flag == row.Flag)
            {
                group.Repeat(number);
            }
            else if (row.Reason is { } reason)
            {
                revised[key] = (new Revision(
                    row.Pollutant, row.Time, units![row.Pollutant], known.Value, known.Flag, row.Value, row.Flag), reason);
                group.Record(number);
            }
            else
            {
                group.Refuse(number, Refusal.NeedsReason(
                    $"该时刻已有数值 {known.Value}（{known.Flag}）", $"That time already has the value {known.Value} ({known.Flag})"));
            }
        }

        if (added.Count > 0) group.Append([.. Tables(group.Rows[0].Value.Station, group.State, added)]);
        foreach (var same in revised.Values.GroupBy(one => one.Reason))
            group.Append(new ReadingsRevised(
                group.Rows[0].Value.Station, [.. same.Select(one => one.Revision)], same.Key));
    }

    static Refusal? Misfit(Row row, IReadOnlyDictionary<string, string>? units, DateTimeOffset latest)
    {
        if (units is null)
            return Refusal.Unknown("station-unknown", "没有登记此站点（MN）；请核对站点编码，或先登记站点。", "No station has this MN.", "station");
        if (!units.TryGetValue(row.Pollutant, out var unit))
            return Refusal.Invalid("pollutant-undeclared", "该站点未登记此监测因子；请核对因子编码，或先在站点登记中补上。",
                "The station has not declared this pollutant.", "pollutant");
        if (row.Unit is { } given && given != unit)
            return Refusal.Invalid("unit-differs", $"该站点登记的单位是 {unit}；请换算后再报，或不填单位。", $"The station declared the unit {unit}.", "unit");
        return row.Time > latest
            ? Refusal.Invalid("time-in-future", "时间晚于当前时间；请核对时间（北京时间）。", "The time lies in the future.", "time")
            : null;
    }

    /// <summary>One table, or one for each reason and each registration that the readings fall under.</summary>
    static IEnumerable<ReadingsRecorded> Tables(
        string mn, Station station, Dictionary<(string Pollutant, DateTimeOffset Time), (Reading Reading, string? Reason)> added) =>
        station.History.Count <= 1 && station.AuditedMonths.IsEmpty
            ? [Table(mn, station.Registration!.Units, added, null)]
            : added.GroupBy(one => (one.Value.Reason, From: station.Since(StationDay.DayOf(one.Key.Time))))
                .Select(same => Table(mn, station.On(same.Key.From)!.Units, [.. same], same.Key.Reason));

    static ReadingsRecorded Table(
        string mn, IReadOnlyDictionary<string, string> units,
        IReadOnlyCollection<KeyValuePair<(string Pollutant, DateTimeOffset Time), (Reading Reading, string? Reason)>> readings, string? reason)
    {
        var times = readings.Select(one => one.Key.Time).Distinct().Order().ToArray();
        var rowOf = times.Index().ToDictionary(time => time.Item, time => time.Index);
        var series = readings.GroupBy(one => one.Key.Pollutant).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one =>
        {
            var values = new decimal?[times.Length];
            string?[]? flagged = null;
            foreach (var (key, (reading, _)) in one)
            {
                var row = rowOf[key.Time];
                values[row] = reading.Value;
                if (reading.Flag != "N") (flagged ??= new string?[times.Length])[row] = reading.Flag;
            }

            return new Series(one.Key, units[one.Key], values, flagged);
        });
        return new ReadingsRecorded(mn, times, [.. series], reason);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapImport<Station, Row>(
        "/v1/readings", "environment:report", Bind, (row, tenant) => Station.Stream(tenant, row.Station), DecideGroups);
}
