using Marten;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// Keeps how many standings of a view are of which kind, for views whose standings are only ever counted: every change of a count, and
/// after each thousand of them the sums. Counts as they were known at any time are then the last sums before it and the changes since.
/// </summary>
static class CountHistory
{
    const int ChangesMax = 1_000;

    static string Changes(View view) => $"{view.Table}_changes";

    static string Sums(View view) => $"{view.Table}_sums";

    /// <summary>Where the counts of one version of a view lie.</summary>
    internal static IEnumerable<string> Tables(View view) => [Changes(view), Sums(view)];

    /// <summary>Their tables: <c>max_at</c> is the last instant of what is summed up, <c>min_after</c> the first of what is not.</summary>
    internal static string Schema(View view) => $"""
        create table if not exists {Changes(view)} (
            tenant_id varchar not null, position bigint not null, at timestamptz not null, kind varchar not null, n int not null,
            primary key (tenant_id, position, kind));
        create index if not exists {Changes(view)["evaluation.".Length..]}_at on {Changes(view)} (tenant_id, at);
        create table if not exists {Sums(view)} (
            tenant_id varchar not null, position bigint not null, max_at timestamptz not null, min_after timestamptz not null, counts json not null,
            primary key (tenant_id, position));

        """;

    /// <summary>What one transaction changes.</summary>
    internal sealed class Tally
    {
        readonly List<(string Tenant, long Position, DateTimeOffset At, string Kind, int N)> changes = [];

        /// <summary>A standing was of some kinds, and is of others from a position and an instant on.</summary>
        public void Changed(string tenant, long position, DateTimeOffset at, IEnumerable<string> before, IEnumerable<string> after) =>
            changes.AddRange(before.Select(kind => (kind, n: -1)).Concat(after.Select(kind => (kind, n: 1)))
                .GroupBy(one => one.kind, one => one.n).Select(kind => (tenant, position, at, kind.Key, kind.Sum())).Where(change => change.Item5 != 0));

        /// <summary>Writes it all in the transaction of the view.</summary>
        public void Write(IDocumentOperations operations, View view)
        {
            if (changes.Count == 0) return;
            operations.QueueSqlCommand(
                $"""
                insert into {Changes(view)} (tenant_id, position, at, kind, n)
                select * from unnest(?::varchar[], ?::bigint[], ?::timestamptz[], ?::varchar[], ?::int[])
                """,
                changes.Select(one => one.Tenant).ToArray(), changes.Select(one => one.Position).ToArray(), changes.Select(one => one.At).ToArray(),
                changes.Select(one => one.Kind).ToArray(), changes.Select(one => one.N).ToArray());
            var first = changes.GroupBy(one => one.Tenant, one => one.At).ToDictionary(one => one.Key, one => one.Min());
            operations.QueueSqlCommand(
                $"""
                update {Sums(view)} s set min_after = d.at from unnest(?::varchar[], ?::timestamptz[]) as d (tenant, at)
                where s.tenant_id = d.tenant and s.min_after > d.at
                """,
                first.Keys.ToArray(), first.Values.ToArray());
            operations.QueueSqlCommand(
                $"""
                insert into {Sums(view)} (tenant_id, position, max_at, min_after, counts)
                select d.tenant, since.position, greatest(last.max_at, since.max_at), 'infinity', summed.counts
                from unnest(?::varchar[]) as d (tenant)
                left join lateral (select * from {Sums(view)} s where s.tenant_id = d.tenant order by s.position desc limit 1) last on true
                join lateral (
                    select max(c.position) as position, max(c.at) as max_at, count(*) as changes from {Changes(view)} c
                    where c.tenant_id = d.tenant and c.position > coalesce(last.position, 0)) since on since.changes >= {ChangesMax}
                cross join lateral (
                    select coalesce(json_object_agg(kind, n), json_build_object()) as counts from (
                        select kind, sum(n) as n from (
                            select key, value::bigint from json_each_text(last.counts)
                            union all select c.kind, c.n from {Changes(view)} c where c.tenant_id = d.tenant and c.position > coalesce(last.position, 0)
                        ) as each (kind, n) group by kind having sum(n) <> 0) as kinds) summed
                """,
                (object)first.Keys.ToArray());
        }
    }

    /// <summary>How many were of which kind, as it was known.</summary>
    internal static async Task<Dictionary<string, int>> Read(NpgsqlDataSource database, string tenant, View view, AsOf asOf, CancellationToken cancel)
    {
        var (summed, since) = asOf.Position is null
            ? ("max_at <= $2", "at >= coalesce((select min_after from last), '-infinity') and at <= $2")
            : ("position <= $2", "position <= $2");
        await using var command = database.CreateCommand($"""
            with last as (select position, min_after, counts from {Sums(view)} where tenant_id = $1 and {summed} order by position desc limit 1)
            select kind, sum(n)::int from (
                select key, value::bigint from last, json_each_text(last.counts)
                union all select kind, n from {Changes(view)}
                where tenant_id = $1 and position > coalesce((select position from last), 0) and {since}
            ) as each (kind, n) group by kind having sum(n) <> 0
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(asOf.Parameter);
        var counts = new Dictionary<string, int>();
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) counts[rows.GetString(0)] = rows.GetInt32(1);
        return counts;
    }
}
