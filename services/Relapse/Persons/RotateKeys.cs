using JasperFx;
using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Monitoring.Relapse;

/// <summary>
/// The program's argument <c>rotate-keys</c>: wraps every household's key by the current master key, so that the one before can be
/// taken out of the file. What the keys close is not touched. Each batch commits by itself, so that it can be stopped, killed and run
/// again at any time, also beside the running service. Persons registered before names, ID numbers' ends and telephone numbers were indexed
/// get these hashes too; the index key itself stays. First put the new key into the file, make it the current one and restart every
/// instance; then run this; then take the old one out.
/// </summary>
static partial class RotateKeys
{
    const int BatchMax = 500;

    public static async Task Run(IServiceProvider services, CancellationToken cancel)
    {
        var (ring, store) = (services.GetRequiredService<KeyRing>(), services.GetRequiredService<IDocumentStore>());
        var database = services.GetRequiredService<NpgsqlDataSource>();
        var logger = services.GetService<ILoggerFactory>()?.CreateLogger(nameof(RotateKeys)) ?? NullLogger.Instance;
        var total = 0;
        foreach (var tenant in await Read(database, "select distinct tenant_id from relapse.mt_doc_householdkey order by 1", row => row.GetString(0), cancel))
        {
            while (await Batch(store, ring, tenant, cancel) is > 0 and var count)
            {
                total += count;
                Rotated(logger, total, ring.Current);
            }

            var indexed = 0;
            while (await Index(store, ring, tenant, cancel) is > 0 and var count) indexed += count;
            if (indexed > 0) Indexed(logger, indexed);
        }

        Done(logger, total, ring.Current);
    }

    static async Task<int> Batch(IDocumentStore store, KeyRing ring, string tenant, CancellationToken cancel)
    {
        for (; ; )
        {
            await using var session = store.LightweightSession(tenant);
            var current = ring.Current;
            var batch = await session.Query<HouseholdKey>().Where(key => key.MasterKey != current).Take(BatchMax).ToListAsync(cancel);
            foreach (var key in batch) session.Update(ring.Wrap(tenant, key.Id, ring.Unwrap(tenant, key)));
            try
            {
                await session.SaveChangesAsync(cancel);
                return batch.Count;
            }
            catch (ConcurrencyException)
            {
                // A key was destroyed, or rotated by somebody else, since it was read.
            }
        }
    }

    static async Task<int> Index(IDocumentStore store, KeyRing ring, string tenant, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(tenant);
        // Whoever registers, moves or erases one of them meanwhile waits, and writes all hashes after this.
        await session.BeginTransactionAsync(cancel);
        var batch = await session.AdvancedSql.QueryAsync<Person>(
            $"select id, data from relapse.mt_doc_person where tenant_id = ? and data ->> 'nameHash' is null order by id limit {BatchMax} for update skip locked",
            cancel, tenant);
        var keys = (await session.LoadManyAsync<HouseholdKey>(cancel, batch.Select(person => person.Household).Distinct().ToArray()))
            .ToDictionary(key => key.Id, key => ring.Unwrap(tenant, key));
        Person[] indexed = [.. batch.Where(person => keys.ContainsKey(person.Household))
            .Select(person => person.Indexed(ring, tenant, person.Open(tenant, keys[person.Household])))];
        session.Update(indexed);
        await session.SaveChangesAsync(cancel);
        return indexed.Length;
    }

    internal static async Task<List<T>> Read<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var found = new List<T>();
        while (await rows.ReadAsync(cancel)) found.Add(read(rows));
        return found;
    }

    [LoggerMessage(LogLevel.Information, "{Count} households' keys are wrapped by the master key {Key} so far")]
    static partial void Rotated(ILogger logger, int count, string key);

    [LoggerMessage(LogLevel.Information, "{Count} persons can be found by name, end of the ID number and telephone now")]
    static partial void Indexed(ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "Done: {Count} households' keys were wrapped anew, all are under the master key {Key} now")]
    static partial void Done(ILogger logger, int count, string key);
}

/// <summary>Stops a start with keys from which one was taken out too early.</summary>
sealed class KeysAtHand(KeyRing ring, NpgsqlDataSource database) : IHostedService
{
    /// <exception cref="InvalidOperationException">Some households' keys cannot be opened.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        List<(string Key, long Count)> used;
        try
        {
            used = await RotateKeys.Read(
                database, "select data ->> 'masterKey', count(*) from relapse.mt_doc_householdkey group by 1",
                row => (row.GetString(0), row.GetInt64(1)), cancellationToken);
        }
        catch (NpgsqlException)
        {
            // A database that is away, or not migrated yet, is for health to tell.
            return;
        }

        foreach (var (key, count) in used)
            if (!ring.Has(key))
                throw new InvalidOperationException(
                    $"{count} households' keys are wrapped by the master key '{key}', which is not among the keys for personal data. " +
                    "Put it back, run rotate-keys, and only then take it out.");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
