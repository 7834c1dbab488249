using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>What became of a push, as the receipt that was kept says.</summary>
public enum ReceiptState
{
    /// <summary>Every row was taken, or was on record already.</summary>
    Accepted,

    /// <summary>The good rows were taken.</summary>
    Partial,

    /// <summary>Nothing was taken.</summary>
    Rejected,
}

/// <summary>Receipts of a service's pushes: one by its id, and a department's own, so that one whose answer was lost is found again.</summary>
public static class Receipts
{
    /// <summary>A receipt as it is listed; <c>/v1/receipts/{id}</c> has its rows.</summary>
    /// <param name="Id">UUIDv7.</param>
    /// <param name="Collection">Path of the push.</param>
    /// <param name="Department">Whose it is.</param>
    /// <param name="Actor"><c>{department}/{key}</c>.</param>
    /// <param name="IdempotencyKey">The key that came with the push.</param>
    /// <param name="State">What became of it.</param>
    /// <param name="Status">HTTP status of the answer.</param>
    /// <param name="Rows">Rows that were sent.</param>
    /// <param name="Accepted">Of these, recorded as new facts.</param>
    /// <param name="Duplicates">On record already.</param>
    /// <param name="Rejected">Refused.</param>
    /// <param name="LeftOut">No facts.</param>
    /// <param name="RecordedAt">UTC.</param>
    public sealed record Entry(
        Guid Id, string Collection, string Department, string Actor, string? IdempotencyKey, ReceiptState State, int Status, int Rows,
        int Accepted, int Duplicates, int Rejected, int LeftOut, DateTimeOffset RecordedAt)
    {
        internal static Entry Of(Receipt receipt) => new(
            receipt.Id, receipt.Collection, receipt.Department, receipt.Actor, receipt.IdempotencyKey,
            receipt.StatusCode >= 400 ? ReceiptState.Rejected : receipt.Summary.Rejected > 0 ? ReceiptState.Partial : ReceiptState.Accepted,
            receipt.StatusCode, receipt.Summary.Rows, receipt.Summary.Accepted, receipt.Summary.Duplicates, receipt.Summary.Rejected,
            receipt.Summary.LeftOut, receipt.RecordedAt);
    }

    /// <summary>
    /// Maps <c>GET /v1/receipts</c>, newest first, and <c>GET /v1/receipts/{id}</c>: a department's own; another's with the right to read.
    /// </summary>
    public static void MapReceipts(this IEndpointRouteBuilder routes, string service)
    {
        routes.MapGet("/v1/receipts", async Task<IResult> (
            string? department, string? from, string? to, string? state, string? key, Caller caller, Page page, HttpContext http,
            IDocumentStore store, CancellationToken cancel) =>
        {
            if (DayRange.Read(from, to, out var first, out var last) is { } misasked) return misasked;
            ReceiptState wanted = default;
            if (state is not null && !Codes<ReceiptState>.ByCode.TryGetValue(state, out wanted))
                return Problem.Of(400, "unknown-code", new(
                    $"state 应为以下之一：{Codes<ReceiptState>.List}。", $"state must be one of: {Codes<ReceiptState>.List}."));
            var whose = department ?? caller.Department;
            if (whose != caller.Department && !http.HasRight($"{service}:read"))
                return Problem.Of(403, "right-missing", new("只能查询本部门的回执。", "Only your own department's receipts are yours to see."));

            await using var session = store.QuerySession(caller.Tenant);
            var found = session.Query<Receipt>().Where(receipt => receipt.Department == whose);
            if (key is not null) found = found.Where(receipt => receipt.IdempotencyKey == key);
            if (state is not null)
                found = wanted switch
                {
                    ReceiptState.Rejected => found.Where(receipt => receipt.StatusCode >= 400),
                    ReceiptState.Partial => found.Where(receipt => receipt.StatusCode < 400 && receipt.Summary.Rejected > 0),
                    _ => found.Where(receipt => receipt.StatusCode < 400 && receipt.Summary.Rejected == 0),
                };
            // Ids are made in the order of time, so they bound days and lead from page to page.
            if (first is { } begin)
            {
                var since = FirstOf(ChinaTime.StartOf(begin));
                found = found.Where(receipt => receipt.Id >= since);
            }

            if (last is { } end)
            {
                var until = FirstOf(ChinaTime.StartOf(end.AddDays(1)));
                found = found.Where(receipt => receipt.Id < until);
            }

            if (Guid.TryParseExact(page.After, "D", out var after)) found = found.Where(receipt => receipt.Id < after);
            var shown = await found.OrderByDescending(receipt => receipt.Id).Take(page.Limit).ToListAsync(cancel);
            return new Listing<Entry>([.. shown.Select(Entry.Of)], shown.Count == page.Limit ? $"{shown[^1].Id}" : null);
        }).PagedBy<Guid>().ProducesPage<Entry>();

        routes.MapGet("/v1/receipts/{id:guid}", async (Guid id, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var receipt = await session.LoadAsync<Receipt>(id, cancel);
            return receipt is not null && (receipt.Department == caller.Department || http.HasRight($"{service}:read"))
                ? Results.Json(receipt.Summary.In(Language.IsEnglish(http)), EventJson.Options)
                : Problem.Of(404, "receipt-unknown", new("没有此回执。", "There is no such receipt."));
        }).Produces<ImportSummaryView>();
    }

    /// <summary>The least UUIDv7 of an instant.</summary>
    static Guid FirstOf(DateTimeOffset instant)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, Math.Max(0, instant.ToUnixTimeMilliseconds()) << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
