using System.Globalization;
using Monitoring.Contracts.Environment;
using Npgsql;
using NpgsqlTypes;

namespace Monitoring.Environment;

/// <summary>A day of a station whose figures have to be computed anew. <paramref name="Mn"/> is <c>*</c> for years as a whole.</summary>
/// <param name="Mn">Station.</param>
/// <param name="Day">Day in Asia/Shanghai.</param>
/// <param name="Sequence">Rises with whatever makes it due again.</param>
public readonly record struct DueDay(string Mn, DateOnly Day, long Sequence);

/// <summary>
/// Hours and days as plain tables, for whoever asks the database: <c>hours</c> (a row per station, pollutant and day with 24
/// means; one row per hour in the view <c>hour</c>) and <c>days</c>, both partitioned by time. And <c>due</c>, the days whose
/// figures have to be computed anew.
/// </summary>
sealed class Tables(NpgsqlDataSource database)
{
    /// <summary>What the schema has beside the store's own tables.</summary>
    public const string Sql = """
        create sequence if not exists environment.due_seq;
        create table if not exists environment.due (
            tenant text not null, mn text not null, day date not null,
            seq bigint not null default nextval('environment.due_seq'), seen bigint not null default 0,
            since timestamptz not null default now(), primary key (tenant, mn, day));
        create table if not exists environment.hours (
            tenant text not null, mn text not null, day date not null, pollutant text not null, means numeric[] not null, quality text not null,
            primary key (tenant, mn, day, pollutant)) partition by range (day);
        create table if not exists environment.days (
            tenant text not null, subject text not null, day date not null, pollutant text not null, average text not null,
            value numeric, valid int not null, iaqi int, aqi int, class int, standard text not null, revision int not null,
            primary key (tenant, subject, day, pollutant, average)) partition by range (day);
        create or replace view environment.hour as
            select tenant, mn, pollutant, (day + make_interval(hours => n::int)) at time zone interval '+08:00' as ends_at, mean,
                   substr(quality, n::int, 1) as quality
            from environment.hours, unnest(means) with ordinality as one(mean, n)
            where substr(quality, n::int, 1) <> '.';
        create or replace function environment.add_partition(parent text, first date, past date) returns void language plpgsql as $$
        declare part text := parent || to_char(first, '_YYYY_MM');
        begin
            if to_regclass('environment.' || part) is not null then return; end if;
            -- Attached, not created in place, since that would wait for everybody who reads the table.
            execute format('create table environment.%I (like environment.%I including all)', part, parent);
            execute format('alter table environment.%I attach partition environment.%I for values from (%L) to (%L)', parent, part, first, past);
        exception when duplicate_table then null; -- Somebody else was faster.
        end $$;
        """;

    const int DueMax = 20_000;

    /// <summary>
    /// Days to compute: all up to <paramref name="last"/> about which nothing has come in for a while, and of later ones those with
    /// news since they were looked at.
    /// </summary>
    public async Task<List<DueDay>> Due(string tenant, DateOnly last, TimeSpan quiet, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select mn, day, seq from environment.due where tenant = $1 and (day <= $2 and since <= now() - $3 or day > $2 and seen < seq)
            order by mn, day limit {DueMax}
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(last);
        command.Parameters.AddWithValue(quiet);
        await using var row = await command.ExecuteReaderAsync(cancel);
        var due = new List<DueDay>();
        while (await row.ReadAsync(cancel)) due.Add(new DueDay(row.GetString(0), row.GetFieldValue<DateOnly>(1), row.GetInt64(2)));
        return due;
    }

    /// <summary>Everything that readings are on record of is due, to be computed once more.</summary>
    public async Task MarkAll(string tenant, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into environment.due (tenant, mn, day)
            select tenant_id, left(id, -11), right(id, 10)::date from environment.mt_doc_stationday where tenant_id = $1 order by id
            on conflict (tenant, mn, day) do update set seq = excluded.seq
            """);
        command.Parameters.AddWithValue(tenant);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Counties that have anything to compute.</summary>
    public async Task<List<string>> Tenants(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select distinct tenant from environment.due");
        await using var row = await command.ExecuteReaderAsync(cancel);
        var tenants = new List<string>();
        while (await row.ReadAsync(cancel)) tenants.Add(row.GetString(0));
        return tenants;
    }

    /// <summary>These are done, as far as nothing has come in since; a day that is not over stays, and waits for news.</summary>
    public async Task Done(string tenant, IReadOnlyCollection<DueDay> due, DateOnly last, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            with done as (select * from unnest($2, $3, $4) as done(mn, day, seq)),
                 gone as (delete from environment.due using done
                          where due.tenant = $1 and due.mn = done.mn and due.day = done.day and due.seq <= done.seq and due.day <= $5)
            update environment.due set seen = done.seq from done
            where due.tenant = $1 and due.mn = done.mn and due.day = done.day and due.day > $5
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(due.Select(one => one.Mn).ToArray());
        command.Parameters.AddWithValue(due.Select(one => one.Day).ToArray());
        command.Parameters.AddWithValue(due.Select(one => one.Sequence).ToArray());
        command.Parameters.AddWithValue(last);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Writes hours; rows that say the same already are left alone.</summary>
    public async Task Write(string tenant, string mn, IReadOnlyList<(DateOnly Day, HourSeries Series)> hours, CancellationToken cancel)
    {
        if (hours.Count == 0) return;
        await Partition("hours", hours.Select(one => new DateOnly(one.Day.Year, one.Day.Month, 1)), 1, cancel);
        await using var command = database.CreateCommand("""
            insert into environment.hours as known (tenant, mn, day, pollutant, means, quality)
            select $1, $2, one.day, one.pollutant, one.means::numeric[], one.quality
            from unnest($3, $4, $5, $6) as one(day, pollutant, means, quality)
            on conflict (tenant, mn, day, pollutant) do update set means = excluded.means, quality = excluded.quality
            where (known.means, known.quality) is distinct from (excluded.means, excluded.quality)
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(mn);
        command.Parameters.AddWithValue(hours.Select(one => one.Day).ToArray());
        command.Parameters.AddWithValue(hours.Select(one => one.Series.Pollutant).ToArray());
        command.Parameters.AddWithValue(hours.Select(one => Literal(one.Series.Values)).ToArray());
        command.Parameters.AddWithValue(hours.Select(one => one.Series.Quality).ToArray());
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Writes the figures of days in force; those of earlier revisions make way.</summary>
    public async Task Write(string tenant, IReadOnlyList<DayAssessed> days, CancellationToken cancel)
    {
        var rows = days.SelectMany(day => day.Figures.Select(figure => (Day: day, Figure: figure))).ToList();
        if (rows.Count == 0) return;
        await Partition("days", rows.Select(row => new DateOnly(row.Day.Day.Year, 1, 1)), 12, cancel);
        await using var command = database.CreateCommand("""
            insert into environment.days as known (tenant, subject, day, pollutant, average, value, valid, iaqi, aqi, class, standard, revision)
            select $1, one.* from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as one
            on conflict (tenant, subject, day, pollutant, average) do update set value = excluded.value, valid = excluded.valid,
                iaqi = excluded.iaqi, aqi = excluded.aqi, class = excluded.class, standard = excluded.standard, revision = excluded.revision
            where known.revision < excluded.revision
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(rows.Select(row => row.Day.Subject).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Day.Day).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Figure.Pollutant).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => Hosting.Codes<Average>.ByValue[row.Figure.Average]).ToArray());
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Numeric, rows.Select(row => row.Figure.Value).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Figure.Valid).ToArray());
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Integer, rows.Select(row => row.Figure.Iaqi).ToArray());
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Integer, rows.Select(row => row.Day.Air?.Aqi).ToArray());
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Integer, rows.Select(row => row.Day.Water?.Class).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Day.Standard).ToArray());
        command.Parameters.AddWithValue(rows.Select(row => row.Day.Revision).ToArray());
        await command.ExecuteNonQueryAsync(cancel);
    }

    async Task Partition(string table, IEnumerable<DateOnly> firsts, int months, CancellationToken cancel)
    {
        foreach (var first in firsts.Distinct())
        {
            if (!partitions.Add((table, first))) continue;
            await using var command = database.CreateCommand("select environment.add_partition($1, $2, $3)");
            command.Parameters.AddWithValue(table);
            command.Parameters.AddWithValue(first);
            command.Parameters.AddWithValue(first.AddMonths(months));
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    // What this instance knows to be there.
    readonly HashSet<(string, DateOnly)> partitions = [];

    static string Literal(decimal?[] values) =>
        $"{{{string.Join(',', values.Select(value => value?.ToString(CultureInfo.InvariantCulture) ?? "NULL"))}}}";
}
