using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;

namespace Monitoring.Environment;

/// <summary>
/// Notes, in the transaction that records it, which days have to be computed anew because something about them has come in. The
/// computing itself is done behind. What the service finds by itself (checks, figures) makes nothing due.
/// </summary>
public sealed class DueDays : IProjection
{
    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        foreach (var stored in events)
        {
            switch (stored.Data)
            {
                case ReadingsRecorded e: Mark(e.Mn, e.Times.Select(StationDay.DayOf)); break;
                case ReadingsRevised e: Mark(e.Mn, e.Revisions.Select(revision => StationDay.DayOf(revision.Time))); break;
                case ReadingsInvalidated e: Mark(e.Mn, e.Readings.Select(reading => StationDay.DayOf(reading.Time))); break;
                case ReadingsRestored e: Mark(e.Mn, e.Readings.Select(reading => StationDay.DayOf(reading.Time))); break;
                case MonthAudited e: Mark(e.Mn, StationDays.DaysOf(Period.Parse(e.Month))); break;
                case DustDaysExcluded e: Mark("*", e.Days); break;
                case StationChanged e: MarkFrom($"{e.Mn}/", e.EffectiveFrom); break;
                case MonitoringRulesPublished e: MarkFrom("", e.Rules.EffectiveFrom); break;
            }

            void Mark(string mn, IEnumerable<DateOnly> days) => operations.QueueSqlCommand("""
                insert into environment.due (tenant, mn, day) select ?, ?, one from unnest(?) as one
                on conflict (tenant, mn, day) do update set seq = excluded.seq, since = excluded.since
                """, stored.TenantId, mn, days.Distinct().Order().ToArray());

            void MarkFrom(string prefix, DateOnly from) => operations.QueueSqlCommand("""
                insert into environment.due (tenant, mn, day)
                select tenant_id, left(id, -11), right(id, 10)::date from environment.mt_doc_stationday
                where tenant_id = ? and starts_with(id, ?) and right(id, 10) >= ? order by id
                on conflict (tenant, mn, day) do update set seq = excluded.seq, since = excluded.since
                """, stored.TenantId, prefix, from.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        }

        return Task.CompletedTask;
    }
}
