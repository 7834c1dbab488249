using System.Globalization;

namespace Monitoring.Hosting;

/// <summary>What became of a push, in full: <c>rows = accepted + duplicates + rejected + leftOut</c>, less what a refusal did not store.</summary>
/// <param name="ReceiptId">Ask for it again at <c>/v1/receipts/{id}</c>; null for a dry run.</param>
/// <param name="Rows">Rows that were sent, as a person would count them.</param>
/// <param name="Accepted">Rows recorded as new facts.</param>
/// <param name="Duplicates">Rows that were on record already, letter by letter; nothing to do.</param>
/// <param name="Rejected">Rows with an entry in <paramref name="Errors"/>.</param>
/// <param name="LeftOut">Rows that are no facts, each in <paramref name="LeftOutRows"/>: prepared and not filled in, a total, a footnote.</param>
/// <param name="Identical">Which rows were duplicates, as ranges, e.g. <c>["1-20", "31"]</c>.</param>
/// <param name="Errors">Every wrong field of every rejected row.</param>
/// <param name="Warnings">What was read otherwise than it was written, and what looks odd.</param>
/// <param name="LeftOutRows">Why rows were left out.</param>
public sealed record ImportSummary(
    Guid? ReceiptId, int Rows, int Accepted, int Duplicates, int Rejected, int LeftOut, IReadOnlyList<string> Identical,
    IReadOnlyList<RowError> Errors, IReadOnlyList<RowError> Warnings, IReadOnlyList<RowError> LeftOutRows)
{
    /// <summary>The summary of a push that was refused as a whole, whose rows nobody counted.</summary>
    internal static ImportSummary Refused(params IReadOnlyList<RowError> errors) =>
        new(null, 0, 0, 0, 0, 0, [], errors, [], []);

    /// <summary>The summary of a push in which no row is a fact.</summary>
    internal static ImportSummary NothingTaken(Intake intake) =>
        new(null, intake.Count, 0, 0, 0, intake.LeftOut.Count, [], [], [.. intake.Warnings], Together(intake.LeftOut));

    /// <summary>Entries that say the same of many rows, as one each.</summary>
    internal static IReadOnlyList<RowError> Together(IEnumerable<RowError> entries) =>
        [.. entries.GroupBy(entry => (entry.Field, entry.Code, entry.Message)).Select(same => same.ToList() is [var only]
            ? only
            : same.First() with { AlsoRows = Import.Ranges([.. same.Select(entry => entry.Row)]) })];

    internal ImportSummaryView In(bool english) => new(
        ReceiptId, Rows, Accepted, Duplicates, Rejected, LeftOut, Identical, Views(Errors, english), Views(Warnings, english),
        Views(LeftOutRows, english));

    static IEnumerable<RowErrorView> Views(IEnumerable<RowError> entries, bool english) => entries.Select(entry => entry.In(english));

    /// <summary><see cref="Identical"/> row by row.</summary>
    internal IEnumerable<int> IdenticalRows() => RowError.Numbers(Identical);
}

/// <summary>Why a row was refused or left out, or what is odd about it.</summary>
/// <param name="Row">1-based, counted over all rows of data of the push; 0 for the header or the body as a whole.</param>
/// <param name="Field">Which field, if one is to blame.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">For people.</param>
public sealed record RowError(int Row, string? Field, string Code, Text Message)
{
    /// <summary>The row's number as a person sees it: in the sheet, or the line of the text; null for JSON arrays.</summary>
    public int? Line { get; init; }

    /// <summary>The cell, e.g. <c>C6</c>; the row's first where no field is to blame. Workbooks only.</summary>
    public string? Cell { get; init; }

    /// <summary>The sheet's name. Workbooks only.</summary>
    public string? Sheet { get; init; }

    /// <summary>All rows that the same is true of, as ranges; null where it is said of this row alone.</summary>
    public IReadOnlyList<string>? AlsoRows { get; init; }

    /// <summary>Every row that this is said of.</summary>
    internal IEnumerable<int> AllRows() => AlsoRows is null ? [Row] : Numbers(AlsoRows);

    internal static IEnumerable<int> Numbers(IReadOnlyList<string> ranges) => ranges.SelectMany(range =>
    {
        var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    });

    internal RowErrorView In(bool english) => new(Row, Field, Code, english ? Message.En : Message.Zh, Line, Cell, Sheet, AlsoRows);
}

/// <summary>An <see cref="ImportSummary"/> as it is answered, in the caller's language.</summary>
public sealed record ImportSummaryView(
    Guid? ReceiptId, int Rows, int Accepted, int Duplicates, int Rejected, int LeftOut, IReadOnlyList<string> Identical,
    IEnumerable<RowErrorView> Errors, IEnumerable<RowErrorView> Warnings, IEnumerable<RowErrorView> LeftOutRows);

/// <summary>A <see cref="RowError"/> as it is answered, in the caller's language.</summary>
public sealed record RowErrorView(
    int Row, string? Field, string Code, string Message, int? Line = null, string? Cell = null, string? Sheet = null,
    IReadOnlyList<string>? AlsoRows = null);

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
