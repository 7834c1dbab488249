using System.Globalization;
using System.Text.Json;
using Marten;
using Monitoring.Contracts;
using Monitoring.Evaluation.Log;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation.Reviews;

/// <summary>
/// <c>GET /v1/figures/{code}</c>: what a printed figure is made of, with its facts proved; <c>/bundle</c> the same as a zip for
/// <c>deploy/verify bundle</c>, which checks it offline.
/// </summary>
public static class ShowFigure
{
    /// <summary>A figure's receipt.</summary>
    /// <param name="Figure">The figure: value, formula, verdict and who decided it, ids of its events, codes of its parts.</param>
    /// <param name="Review">The review that prints it.</param>
    /// <param name="Title">Its title.</param>
    /// <param name="PublishedOn">The day it was published.</param>
    /// <param name="Publication">The event of the publication, proved: it holds the hash of the list of all figures.</param>
    /// <param name="Checkpoint">Signed checkpoint that all proofs lead to.</param>
    /// <param name="Key">Verifier key of the county's log.</param>
    /// <param name="Events">The facts, in ledger order.</param>
    public sealed record Receipt(
        Figure Figure, string Review, string Title, DateOnly PublishedOn, ReceiptEvent Publication, string Checkpoint, string Key, IReadOnlyList<ReceiptEvent> Events);

    static readonly Problem unknown = Problem.Of(404, "figure-unknown", new(
        "没有此数据编号，或所在评估尚未发布。", "There is no figure of this code, or its review is not published."));

    sealed record Found(Figure Figure, Review Review, byte[] AllFigures, List<LedgerRow> Rows, Guid Publication);

    static async Task<(Found? Found, Problem? Problem)> Find(
        string code, Caller caller, IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel)
    {
        if (code.Split('-') is not [var tenant, var review, var number] || tenant != caller.Tenant || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            return (null, unknown);
        await using var session = store.QuerySession(tenant);
        if (await Review.Of(session, tenant, review, cancel) is not var (state, events) || state.Published is null) return (null, unknown);
        if (await PublishReview.Read(database, tenant, state, PublishReview.FiguresName, cancel) is not { } all) return (null, PublishReview.Altered);
        var figures = JsonSerializer.Deserialize<List<Figure>>(all, EventJson.Options)!;
        if (at < 1 || at > figures.Count || figures[at - 1].Code != code) return (null, unknown);
        var publication = events.First(e => e.Data is Contracts.Evaluation.ReviewPublished).Id;
        return (new(figures[at - 1], state, all, await LedgerRows.Of(database, tenant, [.. figures[at - 1].Events, publication], cancel), publication), null);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/figures/{code}", async (
            string code, Caller caller, LogKey key, Prover prover, IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            var (found, problem) = await Find(code, caller, store, database, cancel);
            if (found is null) return problem!;
            if (await prover.Prove(caller.Tenant, found.Rows, cancel) is not var (checkpoint, proved)) return ProveReceipt.Unproved;
            var events = proved.ConvertAll(one => ProveReceipt.Of(one.Row, one.Proof));
            return (IResult)Results.Ok(new Receipt(
                found.Figure, found.Review.Opened!.Review, found.Review.Opened.Title, found.Review.Published!.On, events.First(e => e.EventId == found.Publication),
                checkpoint.Note, key.VerifierKey(caller.Tenant), [.. events.Where(e => e.EventId != found.Publication)]));
        }).RequireRight("evaluation:read").Produces<Receipt>();

        routes.MapGet("/v1/figures/{code}/bundle", async (
            string code, Caller caller, LogKey key, Prover prover, IDocumentStore store, NpgsqlDataSource database, CancellationToken cancel) =>
        {
            var (found, problem) = await Find(code, caller, store, database, cancel);
            if (found is null) return problem!;
            if (await prover.Prove(caller.Tenant, found.Rows, cancel) is not var (checkpoint, proved)) return ProveReceipt.Unproved;
            return (IResult)Results.Bytes(
                FixedZip.Of(
                [
                    .. ProveReceipt.Entries(null, key.VerifierKey(caller.Tenant), checkpoint.Note, proved),
                    ("figure.json", JsonSerializer.SerializeToUtf8Bytes(found.Figure, EventJson.Options)), (PublishReview.FiguresName, found.AllFigures),
                ]),
                "application/zip", $"{code}.zip");
        }).RequireRight("evaluation:read").ProducesAs("application/zip");
    }
}
