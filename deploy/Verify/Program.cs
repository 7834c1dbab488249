using System.Text.Json;
using Monitoring.Verify;

// Checks what the ledger's log says, offline: deploy/verify --help
return args switch
{
    ["bundle", var file, .. var options] => Run(() => Bundle.Check(file, Option(options, "--key"))),
    ["export", var file, .. var options] when Option(options, "--log") is { } log && Option(options, "--key") is { } key =>
        Run(() => Export.Check(file, log, key)),
    ["export", var file, .. var options] when Option(options, "--checkpoint") is { } checkpoint && Option(options, "--key") is { } key =>
        Run(() => Export.CheckRoot(file, checkpoint, key)),
    ["sql", var county] when county.All(char.IsAsciiDigit) => Print(Export.Sql(county)),
    ["--help" or "-h" or "help"] => Print(Usage()),
    _ => Misused(),
};

static string? Option(string[] options, string name) => Array.IndexOf(options, name) is var at and >= 0 && at + 1 < options.Length ? options[at + 1] : null;

static int Run(Func<bool> check)
{
    try
    {
        return check() ? 0 : 1;
    }
    catch (Exception e) when (e is FormatException or JsonException or IOException or InvalidDataException or UnauthorizedAccessException or
        KeyNotFoundException or InvalidOperationException)
    {
        Console.Error.WriteLine($"cannot be verified: {e.Message}");
        return 2;
    }
}

static int Print(string text)
{
    Console.Out.WriteLine(text);
    return 0;
}

static int Misused()
{
    Console.Error.WriteLine(Usage());
    return 2;
}

static string Usage() => """
    deploy/verify bundle FILE.zip [--key KEY]
        Checks an exported bundle: the checkpoint's signature, and for each event that it is in the log; for a review that every file
        is the one listed, for a figure that it is as published and that no fact is missing.
    deploy/verify export ROWS.ndjson --log FOLDER --key KEY
        Compares an export of the ledger with a copy of the log's folder (one county's), and names every row that was changed,
        removed, inserted or moved.
    deploy/verify export ROWS.ndjson --checkpoint FILE --key KEY
        The same against a checkpoint alone: says whether the rows are those that were signed.
    deploy/verify sql COUNTY
        The query that makes such an export: psql -qAt -c "$(deploy/verify sql 410325)" evaluation > rows.ndjson

    KEY is the log's verifier key (GET /v1/log/key), or a file that holds it; take it from a place that you trust.
    Answers 0 when all is well, 1 when something is not, 2 when it cannot tell.
    """;
