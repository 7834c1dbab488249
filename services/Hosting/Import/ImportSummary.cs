using System.Globalization;

namespace Monitoring.Hosting;

/// <summary>What became of a push, in full: the sum of the three counts is the number of rows sent.</summary>
/// <param name="ReceiptId">Ask for it again at <c>/v1/receipts/{id}</c>; null for a dry run.</param>
/// <param name="Accepted">Rows recorded as new facts.</param>
/// <param name="Duplicates">Rows that were on record already, letter by letter; nothing to do.</param>
/// <param name="Rejected">Rows left out, each with its entry in <paramref name="Errors"/>.</param>
/// <param name="Identical">Which rows were duplicates, as ranges, e.g. <c>["1-20", "31"]</c>.</param>
/// <param name="Errors">One entry per row left out.</param>
/// <param name="Warnings">What looks odd in rows that were not left out.</param>
public sealed record ImportSummary(
    Guid? ReceiptId, int Accepted, int Duplicates, int Rejected, IReadOnlyList<string> Identical,
    IReadOnlyList<RowError> Errors, IReadOnlyList<RowError> Warnings)
{
    internal ImportSummaryView In(bool english) => new(
        ReceiptId, Accepted, Duplicates, Rejected, Identical, Errors.Select(error => error.In(english)),
        Warnings.Select(warning => warning.In(english)));

    /// <summary><see cref="Identical"/> row by row.</summary>
    internal IEnumerable<int> IdenticalRows() => Identical.SelectMany(range =>
    {
        var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    });
}

/// <summary>Why a row was left out, or what is odd about it.</summary>
/// <param name="Row">1-based; in a table the header does not count; 0 for the header or the body as a whole.</param>
/// <param name="Field">Which field, if one is to blame.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">For people.</param>
public sealed record RowError(int Row, string? Field, string Code, Text Message)
{
    internal RowErrorView In(bool english) => new(Row, Field, Code, english ? Message.En : Message.Zh);
}

/// <summary>An <see cref="ImportSummary"/> as it is answered, in the caller's language.</summary>
public sealed record ImportSummaryView(
    Guid? ReceiptId, int Accepted, int Duplicates, int Rejected, IReadOnlyList<string> Identical,
    IEnumerable<RowErrorView> Errors, IEnumerable<RowErrorView> Warnings);

/// <summary>A <see cref="RowError"/> as it is answered, in the caller's language.</summary>
public sealed record RowErrorView(int Row, string? Field, string Code, string Message);

/// <summary>
/// The lasting answer to one push. It commits in the same transaction as the events, so an answer that was lost on the
/// way can be asked for again, by id or by sending the same <c>Idempotency-Key</c>.
/// </summary>
/// <param name="BodySha256">HMAC-SHA-256 of address and body under <see cref="ReceiptSecret"/>, to know a repeat by.</param>
public sealed record Receipt(
    Guid Id, string Collection, string Department, string Actor, string? IdempotencyKey, string BodySha256,
    int StatusCode, string? ProblemCode, Text? Detail, ImportSummary Summary, DateTimeOffset RecordedAt);

/// <summary>
/// What the hash of a body is keyed with. A service whose bodies hold personal data brings a secret of its own from outside the
/// database: a row with an ID number could otherwise be guessed from its hash. Empty elsewhere.
/// </summary>
public sealed record ReceiptSecret(byte[] Key);
