using System.Text;
using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Log;

/// <summary>One event of a receipt: what was reported, when, and that it is in the log.</summary>
/// <param name="EventId">Event id.</param>
/// <param name="Type">e.g. <c>indicators.value-reported.v1</c>.</param>
/// <param name="Stream">Stream key.</param>
/// <param name="Version">Place in the stream.</param>
/// <param name="RecordedAt">When the source recorded it, Asia/Shanghai.</param>
/// <param name="Actor">Who reported it.</param>
/// <param name="Data">The event.</param>
/// <param name="Entry">The canonical bytes that were hashed.</param>
/// <param name="Proof">From the leaf to the root.</param>
/// <param name="ReceiptId">The receipt that carried it to its source.</param>
public sealed record ReceiptEvent(
    Guid EventId, string Type, string Stream, long Version, DateTimeOffset RecordedAt, string? Actor, JsonElement Data, string Entry,
    InclusionProof Proof, string? ReceiptId = null);

/// <summary>“We reported this at that time”: the events of a submission's receipt, each proved against a signed checkpoint.</summary>
/// <param name="ReceiptId">The receipt that the source gave.</param>
/// <param name="Checkpoint">The signed checkpoint, with the root that all proofs lead to.</param>
/// <param name="SignedAt">When it was signed, Asia/Shanghai: from then on nobody can have put the events in later.</param>
/// <param name="Key">Verifier key of the county's log.</param>
/// <param name="Events">In ledger order.</param>
public sealed record ProvedReceipt(string ReceiptId, string Checkpoint, DateTimeOffset SignedAt, string Key, IReadOnlyList<ReceiptEvent> Events);

/// <summary>
/// <c>GET /v1/log/receipts/{receiptId}</c>, and <c>GET /v1/log/bundle?receipt=|stream=|event=</c>: the same as a zip that
/// <c>deploy/verify bundle</c> checks without us; <c>event</c> may be given as often as a figure has events behind it. The zip has the same
/// bytes for the same checkpoint.
/// </summary>
public static class ProveReceipt
{
    const int EventsMax = 10_000;

    static readonly Problem unknown = Problem.Of(404, "receipt-unknown", new("没有此回执的事件。", "There are no events of such a receipt."));

    static readonly Problem tooLarge = Problem.Of(413, "bundle-too-large", new(
        $"一次最多 {EventsMax} 个事件。", $"At most {EventsMax} events at once."));

    internal static readonly Refusal Forked = Refusal.Conflict("log-forked",
        "日志与台账或此前签名的检查点不一致，无法出具证明；请运行核查。",
        "The log does not fit the ledger or an earlier checkpoint, so nothing can be proved; run an audit.");

    internal static readonly Problem Unproved = Problem.Of(Forked);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/log/receipts/{receiptId}", async (
            string receiptId, Caller caller, LogKey key, Prover prover, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            var rows = await LedgerRows.OfReceipt(database, caller.Tenant, receiptId, EventsMax + 1, cancel);
            if (rows.Count == 0) return unknown;
            if (rows.Count > EventsMax) return tooLarge;
            if (await prover.Prove(caller.Tenant, rows, cancel) is not var (checkpoint, proved)) return Unproved;
            return (IResult)Results.Ok(new ProvedReceipt(
                receiptId, checkpoint.Note, checkpoint.SignedAt.ToOffset(ChinaTime.Offset), key.VerifierKey(caller.Tenant),
                [.. proved.Select(one => Of(one.Row, one.Proof))]));
        }).RequireRight("evaluation:read").Produces<ProvedReceipt>();

        routes.MapGet("/v1/log/bundle", async (
            string? receipt, string? stream, Guid[]? @event, Caller caller, LogKey key, Prover prover, NpgsqlDataSource database,
            CancellationToken cancel) =>
        {
            var rows = receipt is not null ? await LedgerRows.OfReceipt(database, caller.Tenant, receipt, EventsMax + 1, cancel)
                : stream is not null ? await LedgerRows.OfStream(database, caller.Tenant, stream, EventsMax + 1, cancel)
                : await LedgerRows.Of(database, caller.Tenant, @event ?? [], cancel);
            if (rows.Count == 0 || (receipt ?? stream) is null && rows.Count < @event!.Distinct().Count())
                return receipt is null ? ProveEvent.Unknown : unknown;
            if (rows.Count > EventsMax) return tooLarge;
            if (await prover.Prove(caller.Tenant, rows, cancel) is not var (checkpoint, proved)) return Unproved;
            return (IResult)Results.Bytes(
                FixedZip.Of(Entries(stream, key.VerifierKey(caller.Tenant), checkpoint.Note, proved)), "application/zip", $"ledger-{checkpoint.Size}.zip");
        }).RequireRight("evaluation:read").ProducesAs("application/zip");
    }

    internal static ReceiptEvent Of(LedgerRow row, InclusionProof proof)
    {
        using var data = JsonDocument.Parse(row.Data);
        return new(
            row.Id, row.Type, row.Stream, row.Version, row.Time.ToOffset(ChinaTime.Offset), row.Actor, data.RootElement.Clone(),
            Encoding.UTF8.GetString(row.Entry()), proof, row.Receipt);
    }

    /// <summary>What <c>deploy/verify bundle</c> checks: the signed checkpoint, the events and what leads from each to its root.</summary>
    internal static List<(string Name, byte[] Contents)> Entries(
        string? stream, string key, string checkpoint, List<(LedgerRow Row, InclusionProof Proof)> proved)
    {
        using var events = new MemoryStream();
        foreach (var (row, _) in proved)
        {
            using (var json = new Utf8JsonWriter(events, new() { Encoder = EventJson.Options.Encoder })) row.Write(json);
            events.Write("\n"u8);
        }

        List<(string, byte[])> entries = [("checkpoint", Encoding.UTF8.GetBytes(checkpoint)), ("key", Encoding.UTF8.GetBytes(key + "\n"))];
        if (stream is not null) entries.Add(("stream", Encoding.UTF8.GetBytes(stream + "\n")));
        entries.Add(("events.ndjson", events.ToArray()));
        entries.Add(("proofs.json", JsonSerializer.SerializeToUtf8Bytes(proved.Select(one => one.Proof), EventJson.Options)));
        return entries;
    }
}
