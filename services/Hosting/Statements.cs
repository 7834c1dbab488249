using MassTransit;
using Monitoring.Contracts;
using Npgsql;

namespace Monitoring.Hosting;

/// <summary>
/// What a store holds, as counts and hashes from coarse to fine. A source states its own, the ledger what it holds of that source, and both
/// by the same SQL over the rows as they lie there, so that what is equal is the rows and not what a program makes of them. PostgreSQL
/// aggregates; only the answer is held in memory.
/// </summary>
/// <param name="database">The store's database.</param>
/// <param name="schema">Its schema.</param>
/// <param name="type">Beginning of the types that count, e.g. <c>projects.</c>; empty for all.</param>
public sealed class Statements(NpgsqlDataSource database, string schema, string type)
{
    /// <summary>Stated in one answer at most; whoever asks keeps to it.</summary>
    public const int VersionsMax = 2_000;

    // Aggregating a whole store takes its time, and whoever asked has a limit of his own.
    const int SecondsMax = 3_600;

    const string Bucket = "('x' || left(md5(stream_id), 3))::bit(12)::int";

    // jsonb has one text for one value: members in one order, no blanks, each number with its digits. Fields are set apart by a sign that no
    // key, name or code has.
    const string Digest = """
        encode(sha256(convert_to(concat(
            id, chr(31), stream_id, chr(31), version, chr(31), type, chr(31), (extract(epoch from timestamp) * 1000000)::bigint, chr(31),
            user_name, chr(31), causation_id, chr(31), data::text), 'UTF8')), 'hex')
        """;

    const string Sum = """
        lpad(to_hex(bit_xor(('x' || left(digest, 16))::bit(64)::bigint)), 16, '0') ||
        lpad(to_hex(bit_xor(('x' || substr(digest, 17, 16))::bit(64)::bigint)), 16, '0')
        """;

    readonly string rows = $"{schema}.mt_events where tenant_id = $1 and type <> '{EventPublisher.Tombstone}' and starts_with(type, $2)";

    /// <summary>All streams of a county, bucket by bucket.</summary>
    public Task<List<BucketTotal>> Buckets(string tenant, DateTimeOffset upTo, CancellationToken cancel) => Read(
        $"""
        select bucket, count(*), {Sum} from (select {Bucket} as bucket, {Digest} as digest from {rows} and timestamp <= $3) stated
        group by bucket order by bucket
        """,
        row => new BucketTotal(row.GetInt32(0), row.GetInt64(1), row.GetString(2)), cancel, tenant, type, upTo.ToUniversalTime());

    /// <summary>The streams of these buckets.</summary>
    public Task<List<StreamTotal>> Streams(string tenant, DateTimeOffset upTo, IReadOnlyList<int> buckets, CancellationToken cancel) => Read(
        $"""
        select stream_id, count(*), max(version), {Sum}
        from (select stream_id, version, {Digest} as digest from {rows} and timestamp <= $3 and {Bucket} = any($4)) stated
        group by stream_id
        """,
        row => new StreamTotal(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3)), cancel,
        tenant, type, upTo.ToUniversalTime(), buckets.ToArray());

    /// <summary>The events of these ranges.</summary>
    public Task<List<StatedVersion>> Versions(string tenant, IReadOnlyList<VersionRange> ranges, CancellationToken cancel) => Read(
        $"""
        select stream_id, version, id, type, timestamp, left({Digest}, 32)
        from unnest($3::varchar[], $4::bigint[], $5::bigint[]) as asked (stream, low, high)
        cross join lateral (select * from {rows} and stream_id = asked.stream and version between asked.low and asked.high) stated
        """,
        row => new StatedVersion(
            row.GetString(0), row.GetInt64(1), row.GetGuid(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), row.GetString(5)),
        cancel, tenant, type, ranges.Select(range => range.Stream).ToArray(), ranges.Select(range => range.From).ToArray(),
        ranges.Select(range => range.To).ToArray());

    async Task<List<T>> Read<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = SecondsMax;
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var row = await command.ExecuteReaderAsync(cancel);
        var stated = new List<T>();
        while (await row.ReadAsync(cancel)) stated.Add(read(row));
        return stated;
    }
}

/// <summary>States a source's own streams to whoever asks over the bus.</summary>
public sealed class StatementAnswers(ServiceName service, NpgsqlDataSource database) :
    IConsumer<StatementRequested>, IConsumer<StreamStatementRequested>, IConsumer<VersionStatementRequested>
{
    readonly Statements own = new(database, service.Name, "");

    /// <summary>One question at a time: each may read the whole store.</summary>
    public static void Endpoint(string service, IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit) =>
        rabbit.ReceiveEndpoint($"{service}-statement", endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.SetQuorumQueue();
            endpoint.PrefetchCount = 1;
            endpoint.ConfigureConsumer<StatementAnswers>(context);
        });

    public async Task Consume(ConsumeContext<StatementRequested> context) => await context.RespondAsync(new Statement(
        service.Name, await own.Buckets(context.Message.Tenant, context.Message.UpTo, context.CancellationToken)));

    public async Task Consume(ConsumeContext<StreamStatementRequested> context) => await context.RespondAsync(new StreamStatement(
        service.Name,
        await own.Streams(context.Message.Tenant, context.Message.UpTo, context.Message.Buckets, context.CancellationToken)));

    public async Task Consume(ConsumeContext<VersionStatementRequested> context) => await context.RespondAsync(new VersionStatement(
        service.Name, await own.Versions(context.Message.Tenant, context.Message.Ranges, context.CancellationToken)));
}
