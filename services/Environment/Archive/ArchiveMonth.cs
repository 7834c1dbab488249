using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Environment;

/// <summary>
/// Moves a month's raw detail out of the database into a file (归档): the days of stations as they were kept, one JSON line each,
/// gzip. Hours of that month go; days, months and years stay, and so do the events. Nothing can be pushed into the month afterwards.
/// </summary>
static class ArchiveMonth
{
    static readonly Refusal pending = Refusal.Conflict("figures-pending",
        "该月仍有待计算的数据，请稍后重试。", "Figures of the month are still to be computed; try again later.", "month");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/archives/{month}", async (
            string month, Caller caller, IDocumentStore store, NpgsqlDataSource database, IConfiguration configuration, TimeProvider clock,
            CancellationToken cancel) =>
        {
            var occasion = new Occasion(clock.GetUtcNow(), caller);
            if (!Period.TryParse(month, out var period) || period.Frequency != "M")
                return Problem.Of(400, "not-a-month", new("应为月份，如 2021-01。", "Must be a month like 2021-01."));
            if (period.Last >= occasion.Today)
                return Problem.Of(Refusal.Invalid("period-not-over", "该月尚未结束。", "The month is not over.", "month"));
            await using (var session = store.QuerySession(caller.Tenant))
                if ((await ArchiveBook.Of(session, caller.Tenant, cancel)).Months.Contains(month)) return Results.Ok(new Done(month, "identical", null));
            if (await IsPending(database, caller.Tenant, period, cancel)) return Problem.Of(pending);

            var directory = Path.Combine(configuration["Archive:Directory"] ?? Path.Combine(AppContext.BaseDirectory, "archive"), caller.Tenant);
            Directory.CreateDirectory(directory);
            var (written, exported) = await Export(database, caller.Tenant, period, directory, cancel);
            // From here on pushes into the month are refused; what came in since the export stays where it is.
            await store.Decide<ArchiveBook>(
                ArchiveBook.Stream(caller.Tenant), occasion, book => book.Months.Contains(month) ? [] : [written], cancel);
            await Remove(database, caller.Tenant, period, exported, cancel);
            return Results.Ok(new Done(month, "recorded", written));
        }).RequireRight("environment:define").Produces<Done>();

        routes.MapGet("/v1/archives", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<string>([.. (await ArchiveBook.Of(session, caller.Tenant, cancel)).Months], null);
        }).RequireRight("environment:read").ProducesPage<string>();
    }

    /// <summary>What became of a request to archive.</summary>
    /// <param name="Month">SDMX month.</param>
    /// <param name="Result"><c>recorded</c>, or <c>identical</c> where it is in the archive already.</param>
    /// <param name="Archived">The file.</param>
    public sealed record Done(string Month, string Result, MonthArchived? Archived);

    static async Task<bool> IsPending(NpgsqlDataSource database, string tenant, Period month, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select exists (select 1 from environment.due where tenant = $1 and day between $2 and $3)");
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(month.First);
        command.Parameters.AddWithValue(month.Last);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    static async Task<(MonthArchived Written, List<(string Id, DateTime Modified)> Exported)> Export(
        NpgsqlDataSource database, string tenant, Period month, string directory, CancellationToken cancel)
    {
        var (exported, readings) = (new List<(string, DateTime)>(), 0L);
        var (temporary, name) = (Path.Combine(directory, $"{month}.part"), string.Create(CultureInfo.InvariantCulture, $"readings-{month}.ndjson.gz"));
        await using (var file = File.Create(temporary))
        await using (var packed = new GZipStream(file, CompressionLevel.Optimal))
        {
            await using var command = database.CreateCommand("""
                select id, mt_last_modified, data::text, (select sum(jsonb_array_length(one.value -> 'at')) from jsonb_each(data -> 'series') as one)::bigint
                from environment.mt_doc_stationday where tenant_id = $1 and right(id, 10) between $2 and $3 order by id
                """);
            command.Parameters.AddWithValue(tenant);
            command.Parameters.AddWithValue(Text(month.First));
            command.Parameters.AddWithValue(Text(month.Last));
            await using var row = await command.ExecuteReaderAsync(cancel);
            while (await row.ReadAsync(cancel))
            {
                exported.Add((row.GetString(0), row.GetDateTime(1)));
                readings += row.IsDBNull(3) ? 0 : row.GetInt64(3);
                await packed.WriteAsync(Encoding.UTF8.GetBytes(row.GetString(2) + "\n"), cancel);
            }
        }

        await using var written = File.OpenRead(temporary);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancel));
        File.Move(temporary, Path.Combine(directory, name), overwrite: true);
        return (new MonthArchived(month.Text, name, sha256, exported.Count, readings), exported);
    }

    static async Task Remove(NpgsqlDataSource database, string tenant, Period month, List<(string Id, DateTime Modified)> exported, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var days = new NpgsqlCommand("""
            delete from environment.mt_doc_stationday as day using unnest($2, $3) as gone(id, modified)
            where day.tenant_id = $1 and day.id = gone.id and day.mt_last_modified = gone.modified
            """, connection, transaction))
        {
            days.Parameters.AddWithValue(tenant);
            days.Parameters.AddWithValue(exported.Select(one => one.Id).ToArray());
            days.Parameters.AddWithValue(exported.Select(one => one.Modified).ToArray());
            await days.ExecuteNonQueryAsync(cancel);
        }

        await using (var hours = new NpgsqlCommand("delete from environment.hours where tenant = $1 and day between $2 and $3", connection, transaction))
        {
            hours.Parameters.AddWithValue(tenant);
            hours.Parameters.AddWithValue(month.First);
            hours.Parameters.AddWithValue(month.Last);
            await hours.ExecuteNonQueryAsync(cancel);
        }

        await transaction.CommitAsync(cancel);
    }

    static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
