using System.Text.Json.Nodes;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// <c>GET /v1/projections/{name}/difference</c>: two versions of a view side by side, row by row, at the last ledger position that both have
/// handled. Query: <c>from</c> (a version; the one that the county reads by default), <c>to</c> (the highest by default).
/// </summary>
public static class ShowDifference
{
    /// <summary>A row that the two do not have alike.</summary>
    /// <param name="Stream">Stream that the row is about.</param>
    /// <param name="How"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
    /// <param name="Fields">What differs.</param>
    public sealed record Row(string Stream, string How, IReadOnlyList<Compare.Difference> Fields);

    /// <summary>How two versions differ.</summary>
    /// <param name="Position">Ledger position of the comparison.</param>
    /// <param name="Total">Rows of the second.</param>
    /// <param name="Rows">Those that differ.</param>
    internal sealed record Found(long Position, int Total, List<Row> Rows);

    internal static async Task<Found> Between(NpgsqlDataSource database, View from, View to, string tenant, CancellationToken cancel)
    {
        var both = await ShowProjections.Read(database, [from, to], tenant, cancel);
        var position = both.Min(one => one.Position);
        await using var command = database.CreateCommand($"""
            with old as (select stream, data from {from.Table} where tenant_id = $1 and int8range(from_position, to_position) @> $2),
                 new as (select stream, data from {to.Table} where tenant_id = $1 and int8range(from_position, to_position) @> $2)
            select stream, old.data::text, new.data::text, (select count(*)::int from new)
            from old full join new using (stream) where old.data::jsonb is distinct from new.data::jsonb
            union all select null, null, null, (select count(*)::int from new)
            order by 1 nulls last
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = position });
        var (total, differing) = (0, new List<Row>());
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            total = rows.GetInt32(3);
            if (rows.IsDBNull(0)) continue;
            var old = rows.IsDBNull(1) ? null : JsonNode.Parse(rows.GetString(1));
            var now = rows.IsDBNull(2) ? null : JsonNode.Parse(rows.GetString(2));
            differing.Add(new(
                rows.GetString(0), old is null ? "added" : now is null ? "removed" : "changed", [.. Compare.Fields(old, now)]));
        }

        return new(position, total, differing);
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/projections/{name}/difference", async (
        string name, int? from, int? to, Caller caller, Page page, HttpContext http, IEnumerable<View> views, NpgsqlDataSource database,
        CancellationToken cancel) =>
    {
        var highest = views.Where(view => view.Name == name).Select(view => view.Version).DefaultIfEmpty().Max();
        if (await Reading.Find(database, views, caller.Tenant, name, from, cancel) is not { } old ||
            await Reading.Find(database, views, caller.Tenant, name, to ?? highest, cancel) is not { } now)
            return Problem.Of(Reading.Unknown);
        var found = await Between(database, old, now, caller.Tenant, cancel);
        http.Response.Headers["X-Ledger-Position"] = $"{found.Position}";
        var shown = found.Rows.Where(row => string.CompareOrdinal(row.Stream, page.After) > 0).OrderBy(row => row.Stream, StringComparer.Ordinal)
            .Take(page.Limit).ToList();
        return (IResult)new Listing<Row>(shown, shown.Count == page.Limit ? shown[^1].Stream : null, found.Rows.Count);
    }).RequireRight("evaluation:read").ProducesPage<Row>();
}
