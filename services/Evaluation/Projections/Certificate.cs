using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Monitoring.Evaluation;

/// <summary>
/// What a view handled of one day, as it wrote that down together with its rows, against what the ledger holds of the same day and types up
/// to the view's position. The hash is the sum modulo 2^256 of the SHA-256 of the events' ids, so it does not depend on their order.
/// </summary>
/// <param name="Day">Day on which the sources recorded the events, Asia/Shanghai.</param>
/// <param name="Events">Events handled.</param>
/// <param name="Hash">Their hash, hexadecimal.</param>
/// <param name="Stored">Events in the ledger.</param>
/// <param name="StoredHash">Their hash, computed by the database.</param>
/// <param name="Skipped">Events that a person let the view go on without.</param>
/// <param name="Why">Null where both are the same; else <c>skipped</c> or <c>differs</c>.</param>
public sealed record Certificate(DateOnly Day, long Events, string Hash, long Stored, string StoredHash, long Skipped, string? Why)
{
    /// <summary>True where the view saw everything, and nothing else.</summary>
    public bool Complete => Why is null;

    static readonly BigInteger modulus = BigInteger.One << 256;

    // A sum of 32-bit words is a number that PostgreSQL has, a sum of 256-bit ones is not.
    static readonly string words = string.Join(", ", Enumerable.Range(0, 8).Select(word =>
        $"sum(('x' || encode(substr(h, {1 + 4 * word}, 4), 'hex'))::bit(32)::bigint)"));

    /// <summary>Certificates of some days, in their order; days of which neither knows anything are left out.</summary>
    /// <param name="database">The ledger's database.</param>
    /// <param name="view">The view.</param>
    /// <param name="tenant">County.</param>
    /// <param name="from">First day.</param>
    /// <param name="to">Last day.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>Also the ledger position of the view to which they hold.</returns>
    internal static async Task<(long Position, List<Certificate> Days)> Read(
        NpgsqlDataSource database, View view, string tenant, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        // One statement, so that position, certificates and ledger are of one instant.
        await using var command = database.CreateCommand($"""
            with reached as (select coalesce(max(last_seq_id), 0) as position from evaluation.mt_event_progression where name = $1 || ':All'),
            stored as (
                select day, array[count(*), {words}] as sums
                from (select ((e.timestamp at time zone 'UTC') + interval '8 hours')::date as day, sha256(uuid_send(e.id)) as h
                      from evaluation.mt_events e, reached
                      where e.tenant_id = $2 and e.type = any($3) and e.seq_id <= reached.position and e.timestamp >= $6 and e.timestamp < $7) hashed
                group by day),
            handled as (select day, events, hash, skipped from {view.Days} where tenant_id = $2 and day between $4 and $5)
            select reached.position, day, coalesce(events, 0), coalesce(hash, 0), coalesce(skipped, 0), sums
            from reached left join (handled full join stored using (day)) on true order by day
            """);
        command.CommandTimeout = 600;
        command.Parameters.Add(new NpgsqlParameter { Value = view.Projection });
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = view.Types.Select(EventTypes.NameOf).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = from });
        command.Parameters.Add(new NpgsqlParameter { Value = to });
        command.Parameters.Add(Midnight(from));
        command.Parameters.Add(Midnight(to.AddDays(1)));
        var (position, days) = (0L, new List<Certificate>());
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            position = rows.GetInt64(0);
            if (rows.IsDBNull(1)) continue;
            var (events, hash, skipped) = (rows.GetInt64(2), rows.GetFieldValue<BigInteger>(3), rows.GetInt64(4));
            BigInteger[] sums = rows.IsDBNull(5) ? [] : rows.GetFieldValue<BigInteger[]>(5);
            var stored = sums.Length == 0 ? 0 : (long)sums[0];
            var storedHash = sums.Skip(1).Aggregate(BigInteger.Zero, (sum, word) => (sum << 32) + word) % modulus;
            days.Add(new(
                rows.GetFieldValue<DateOnly>(1), events, Text(hash), stored, Text(storedHash), skipped,
                events == stored && hash == storedHash ? null : events + skipped == stored ? "skipped" : "differs"));
        }

        return (position, days);

        static NpgsqlParameter Midnight(DateOnly day) => new()
        {
            Value = ChinaTime.StartOf(day), NpgsqlDbType = NpgsqlDbType.TimestampTz,
        };
    }

    static string Text(BigInteger hash) => (hash + modulus).ToString("x64", CultureInfo.InvariantCulture)[^64..];

    /// <summary>Maps <c>GET /v1/projections/{name}/certificates</c>. Query: <c>from</c>, <c>to</c> (days; the last 31 by default), <c>version</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/projections/{name}/certificates", async (
        string name, string? from, string? to, int? version, Caller caller, IEnumerable<View> views, NpgsqlDataSource database, TimeProvider clock,
        CancellationToken cancel) =>
    {
        if (DayRange.Read(from, to, ChinaTime.Day(clock.GetUtcNow()), 30, out var asked) is { } problem) return problem;
        if (await Reading.Find(database, views, caller.Tenant, name, version, cancel) is not { } view) return Problem.Of(Reading.Unknown);
        var (_, days) = await Read(database, view, caller.Tenant, asked.First, asked.Last, cancel);
        return (IResult)new Listing<Certificate>(days, null, days.Count);
    }).RequireRight("evaluation:read").ProducesPage<Certificate>();

    /// <summary>Counts what a view handles in one transaction, by county and day.</summary>
    internal sealed class Tally
    {
        readonly Dictionary<(string Tenant, DateOnly Day), (long Events, long Skipped, BigInteger Hash, long Position)> days = [];

        /// <summary>Counts an event that was handled.</summary>
        public void Handled(IEvent e)
        {
            Span<byte> id = stackalloc byte[16];
            e.Id.TryWriteBytes(id, bigEndian: true, out _);
            Count(e, 1, 0, new BigInteger(SHA256.HashData(id), isUnsigned: true, isBigEndian: true));
        }

        /// <summary>Counts an event that was left out.</summary>
        public void Skipped(IEvent e) => Count(e, 0, 1, BigInteger.Zero);

        void Count(IEvent e, long events, long skipped, BigInteger hash)
        {
            var key = (e.TenantId, ChinaTime.Day(e.Timestamp));
            var known = days.GetValueOrDefault(key);
            days[key] = (known.Events + events, known.Skipped + skipped, (known.Hash + hash) % modulus, e.Sequence);
        }

        /// <summary>Adds what was counted to the certificates.</summary>
        public void Write(IDocumentOperations operations, View view)
        {
            if (days.Count == 0) return;
            operations.QueueSqlCommand(
                $"""
                insert into {view.Days} as d (tenant_id, day, events, skipped, hash, position)
                select * from unnest(?::varchar[], ?::date[], ?::bigint[], ?::bigint[], ?::text[]::numeric[], ?::bigint[])
                on conflict (tenant_id, day) do update set
                    events = d.events + excluded.events, skipped = d.skipped + excluded.skipped, position = excluded.position,
                    hash = mod(d.hash + excluded.hash, {modulus}::numeric)
                """,
                days.Keys.Select(key => key.Tenant).ToArray(), days.Keys.Select(key => key.Day).ToArray(), days.Values.Select(day => day.Events).ToArray(),
                days.Values.Select(day => day.Skipped).ToArray(),
                days.Values.Select(day => day.Hash.ToString(CultureInfo.InvariantCulture)).ToArray(), days.Values.Select(day => day.Position).ToArray());
        }
    }
}
