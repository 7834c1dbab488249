using Marten;
using Npgsql;

namespace Monitoring.Evaluation.Tests;

/// <summary>Counts as they were known at any time are the sum of all changes until then, whatever came late and however it was paged.</summary>
public sealed class CountHistoryTests
{
    static readonly DateTimeOffset begin = new(2022, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counts_at_any_time_are_the_sum_of_the_changes_until_then()
    {
        var view = View.Shipped.Single(one => one.IsCounted);
        var postgres = await (await TestServers.Shared).CreateDatabase("evaluation");
        await using var database = NpgsqlDataSource.Create(postgres);
        await using (var create = database.CreateCommand($"create schema evaluation; {View.Schema([view])}")) await create.ExecuteNonQueryAsync(cancel);
        using var store = DocumentStore.For(options =>
        {
            options.Connection(postgres);
            options.DatabaseSchemaName = "evaluation";
        });

        var (random, changes, position) = (new Random(7), new List<(string Tenant, long Position, DateTimeOffset At, string Was, string Becomes)>(), 0L);
        while (changes.Count < 6_000)
        {
            var tally = new CountHistory.Tally();
            for (var left = random.Next(1, 400); left > 0; left--)
            {
                position += random.Next(1, 4);
                // Most come in order; some an hour late, a few by a month, and one from a clock that runs ahead.
                var late = random.Next(100) switch { < 80 => 0d, < 97 => random.NextDouble(), _ => 720 * random.NextDouble() };
                var at = changes.Count == 4_500 ? begin.AddYears(9) : begin.AddHours(position).AddHours(-late);
                var (tenant, was, becomes) = (random.Next(5) == 0 ? "410326" : "410325", $"k{random.Next(30)}", $"k{random.Next(30)}");
                changes.Add((tenant, position, at, was, becomes));
                tally.Changed(tenant, position, at, [was], [becomes, "all"]);
            }

            await using var session = store.LightweightSession();
            tally.Write(session, view);
            await session.SaveChangesAsync(cancel);
        }

        await using (var count = database.CreateCommand($"select count(*) from {CountHistory.Tables(view).Last()}"))
            Assert.InRange((long)(await count.ExecuteScalarAsync(cancel))!, 6, 20);
        for (var question = 0; question < 200; question++)
        {
            var tenant = question % 4 == 0 ? "410326" : "410325";
            var asOf = question switch
            {
                0 => AsOf.Latest,
                < 100 => new AsOf(null, random.NextInt64(position + 10)),
                _ => new AsOf(begin.AddHours(position * random.NextDouble() * 1.1), null),
            };
            var expected = changes.Where(one => one.Tenant == tenant && (asOf.Position is { } last ? one.Position <= last : one.At <= asOf.At))
                .SelectMany(one => new (string Kind, int N)[] { (one.Was, -1), (one.Becomes, 1), ("all", 1) })
                .GroupBy(one => one.Kind, one => one.N).Select(kind => (kind.Key, Sum: kind.Sum())).Where(kind => kind.Sum != 0)
                .Select(kind => $"{kind.Key} {kind.Sum}").Order(StringComparer.Ordinal);
            var counted = await CountHistory.Read(database, tenant, view, asOf, cancel);
            Assert.Equal(expected, counted.Select(kind => $"{kind.Key} {kind.Value}").Order(StringComparer.Ordinal));
        }
    }
}
