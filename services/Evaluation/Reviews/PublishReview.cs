using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JasperFx.Events;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Evaluation;
using Monitoring.Evaluation.Log;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// <c>POST /v1/reviews/{review}/publish</c>: writes the report as HTML, DOCX, XLSX and JSON, proves every fact against a checkpoint signed now,
/// packs it all into one bundle, and puts the hash of each file into an event of the ledger, once. The bytes are kept, since programs that
/// write documents change with the years; whether they are still those that were published, the ledger says.
/// </summary>
public static class PublishReview
{
    internal const string Html = "report.html";
    internal const string Word = "report.docx";
    internal const string Workbook = "annexes.xlsx";
    internal const string Data = "review.json";
    internal const string FiguresName = "figures.json";
    internal const string BundleName = "review.zip";
    const string Verifier = "verify.py";

    /// <summary>Where published files lie.</summary>
    public const string Schema = """
        create table if not exists evaluation.review_file (
            tenant_id varchar not null, review varchar not null, name varchar not null, contents bytea not null, primary key (tenant_id, review, name));
        """;

    const string Readme = """
        本存证包含评估报告、附表、指标定义，以及所依据的全部事实（events.ndjson，记入日志的原文为 entries.ndjson）和每条事实的存证
        （proofs.json、checkpoint）。核验：在解压后的文件夹内运行 python3 verify.py <核验公钥>，除 Python 外无需其他程序；核验公钥请从可信处
        另行取得。也可用 deploy/verify bundle review.zip --key <核验公钥>。本包的 SHA-256 记入台账的发布事件。

        This bundle holds the report, its annexes and definitions, every fact that they rest on (events.ndjson; as logged: entries.ndjson), and
        what proves that each fact stands in the county's log (proofs.json, checkpoint; RFC 9162, C2SP). Check it in the folder into which it is
        unpacked with python3 verify.py <verifier key>, which needs nothing but Python, or with deploy/verify bundle review.zip --key
        <verifier key>. Take the key from elsewhere. The SHA-256 of the bundle is in the ledger's event of the publication.

        """;

    /// <summary>Names the review.</summary>
    public sealed record Command(string Review);

    internal static Refusal? Refuse(Review review)
    {
        if (review.NotFrozen is { } refusal) return refusal;
        var undecided = review.Undecided.ToList();
        return undecided.Count == 0 ? null : Refusal.Conflict("verdicts-undecided",
            $"尚有{undecided.Count}项指标未评定，如{undecided[0].Indicator}。", $"{undecided.Count} verdicts are not decided yet, such as that of {undecided[0].Indicator}.", "review");
    }

    static readonly Refusal differs = Refusal.Conflict("figures-differ",
        "按锁定位置重算的数据与锁定时不一致，请重新锁定并核查。", "The figures at the frozen position are not those that were frozen; freeze them again and run an audit.", "review");

    public static void Map(IEndpointRouteBuilder routes) => routes.MapCommand<Review, Command>(
        "/v1/reviews/{review}/publish", "review", "evaluation:review", row => new(row.Code("review")),
        (_, command, caller, _) => Task.FromResult(Review.Stream(caller.Tenant, command.Review)),
        async (session, review, command, occasion, cancel) =>
        {
            if (Refuse(review) is { } refusal) return refusal;
            var (services, tenant) = (routes.ServiceProvider, occasion.By.Tenant);
            var (facts, events) = await Frozen(session, tenant, review, cancel);
            if (facts.Digest != review.Frozen!.Digest) return differs;

            var rows = await LedgerRows.Of(
                services.GetRequiredService<NpgsqlDataSource>(), tenant, [.. facts.All.Select(fact => fact.Id), .. ReviewReport.Decisions(events)], cancel);
            if (await services.GetRequiredService<Prover>().Prove(tenant, rows, cancel) is not var (checkpoint, proved)) return ProveReceipt.Forked;

            var report = ReviewReport.Of(tenant, facts, review, events, draft: false);
            List<(string Name, byte[] Contents)> files = [.. Names.Select(name => (name, Write(name, report, facts, review)))];
            var entries = new List<(string Name, byte[] Contents)>(files) { ("definitions.json", Definitions(facts)) };
            entries.AddRange(ProveReceipt.Entries(null, services.GetRequiredService<LogKey>().VerifierKey(tenant), checkpoint.Note, proved));
            entries.Add(("entries.ndjson", Lines(proved.Select(one => one.Row.Entry()))));
            entries.Add((Verifier, Embedded(Verifier)));
            entries.Add(("README.txt", Encoding.UTF8.GetBytes(Readme)));
            entries.Add(("SHA256SUMS", Encoding.UTF8.GetBytes(string.Concat(entries.Select(entry => $"{Hash(entry.Contents)}  {entry.Name}\n")))));
            files.Add((BundleName, FixedZip.Of(entries)));

            foreach (var (name, contents) in files)
                session.QueueSqlCommand("insert into evaluation.review_file values (?, ?, ?, ?)", tenant, command.Review, name, contents);
            return
            [
                new ReviewPublished(
                    command.Review, occasion.Today, report.Figures.Count,
                    [.. files.Select(file => new PublishedFile(file.Name, file.Contents.Length, Hash(file.Contents)))], checkpoint.Note),
            ];
        });

    internal static string Hash(byte[] contents) => Convert.ToHexStringLower(SHA256.HashData(contents));

    /// <summary>What a review's figures rest on, and its own events.</summary>
    internal static async Task<(Facts Facts, IReadOnlyList<IEvent> Events)> Frozen(
        IQuerySession session, string tenant, Review review, CancellationToken cancel)
    {
        var facts = await Facts.Read(session, review.Opened!, review.Frozen!.Position, cancel);
        return (facts, await session.Events.FetchStreamAsync(Review.Stream(tenant, review.Opened!.Review), token: cancel));
    }

    /// <summary>Files of a report, without its bundle.</summary>
    internal static readonly string[] Names = [Html, Word, Workbook, Data, FiguresName];

    /// <summary>One of them.</summary>
    internal static byte[] Write(string name, Report report, Facts facts, Review review) => name switch
    {
        Html => HtmlReport.Write(report),
        Word => WordReport.Write(report),
        Workbook => WorkbookReport.Write(report),
        FiguresName => Json(report.Figures),
        _ => Json(new
        {
            review.Opened, review.Frozen, facts.Rules,
            Decided = review.Decided.Values.OrderBy(one => one.Indicator, StringComparer.Ordinal), review.Comments,
            Chapters = review.Chapters.Values.OrderBy(one => one.Chapter),
            Tables = report.Tables.Select(table => new
            {
                table.Name, table.Title, Columns = table.Columns.Select(column => column.Head), table.Note,
                Rows = table.Rows.Select(row => row.Select(cell => new
                {
                    cell.Text, cell.Number, Figure = cell.Figure is { } number ? report.Figures[number - 1].Code : null,
                })),
            }),
        }),
    };

    static byte[] Definitions(Facts facts) => Json(new
    {
        facts.Rules,
        Indicators = facts.Rows.Select(row => facts.Standings[row.Code].History).Select(history => new { history.Definition, history.Duty, history.Targets }),
    });

    static byte[] Lines(IEnumerable<byte[]> lines)
    {
        using var all = new MemoryStream();
        foreach (var line in lines)
        {
            all.Write(line);
            all.Write("\n"u8);
        }

        return all.ToArray();
    }

    static byte[] Embedded(string name)
    {
        using var resource = typeof(PublishReview).Assembly.GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }

    static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, EventJson.Options);

    /// <summary>A published file; null where it is gone or not what was published.</summary>
    internal static async Task<byte[]?> Read(NpgsqlDataSource database, string tenant, Review review, string name, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select contents from evaluation.review_file where tenant_id = $1 and review = $2 and name = $3");
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = review.Opened!.Review });
        command.Parameters.Add(new NpgsqlParameter { Value = name });
        return await command.ExecuteScalarAsync(cancel) is byte[] contents &&
            Hash(contents) == Array.Find(review.Published!.Files, file => file.Name == name)?.Sha256 ? contents : null;
    }

    internal static readonly Problem Altered = Problem.Of(500, "published-file-altered", new(
        "已发布的文件缺失或被改动，与台账所记散列值不符；请从存证包副本恢复。",
        "The published file is gone or altered: its hash is not the one in the ledger. Restore it from a copy of the bundle."));
}
