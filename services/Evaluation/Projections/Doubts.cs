using System.Globalization;
using Monitoring.Contracts.Evaluation;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Why figures that are read from views are not verified: days of which a view did not see everything, events that it goes on without,
/// and a view that stands still. None where all certificates held when last compared.
/// </summary>
static class Doubts
{
    /// <summary>Codes such as <c>indicators: differs on 2023-07-31</c>; at most 100.</summary>
    /// <param name="database">The ledger's database.</param>
    /// <param name="tenant">County.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <param name="views">The views that were read.</param>
    public static async Task<IReadOnlyList<string>> Of(NpgsqlDataSource database, string tenant, CancellationToken cancel, params string[] views)
    {
        var versions = await Reading.VersionsOf(database, tenant, views, cancel);
        await using var command = database.CreateCommand($"""
            with read as (select * from unnest($2, $3) r (name, version)),
            doubt as (
                select r.name, 1 as place, null::date as day, 'stands still before @' || f.position as what
                from read r join evaluation.view_failure f using (name, version)
                union all
                select r.name, 2, null, 'goes on without @' || (e.data->>'position') || ' of ' || (e.data->>'stream')
                from read r join evaluation.mt_events e on {Reading.Says<ProjectionEventSkipped>("$1", "r.name")} and (e.data->>'version')::int = r.version
                union all
                select r.name, 3, c.day, c.why from read r join evaluation.view_check c using (name, version)
                where c.tenant_id = $1 and c.why is not null)
            select name, day, what from doubt order by place, day limit 100
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = views });
        command.Parameters.Add(new NpgsqlParameter { Value = versions });
        var doubts = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            doubts.Add(rows.IsDBNull(1)
                ? $"{rows.GetString(0)}: {rows.GetString(2)}"
                : string.Create(CultureInfo.InvariantCulture, $"{rows.GetString(0)}: {rows.GetString(2)} on {rows.GetFieldValue<DateOnly>(1):yyyy-MM-dd}"));
        return doubts;
    }
}
