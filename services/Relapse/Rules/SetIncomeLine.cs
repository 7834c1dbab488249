using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Sets the monitoring line (监测范围) of an area from a day on. It may change inside a year.</summary>
public static class SetIncomeLine
{
    /// <summary>One line.</summary>
    /// <param name="Area">Statistical code of 2, 4, 6 or 9 digits; default the county.</param>
    /// <param name="From">First day.</param>
    /// <param name="Amount">元 per head and year.</param>
    /// <param name="Document">文号.</param>
    /// <param name="Reason">Why one on record is replaced.</param>
    public sealed record Row(string? Area, DateOnly From, decimal Amount, string Document, string? Reason);

    public static Row Bind(Fields row)
    {
        var area = row.TextOrNull("area", 9);
        if (area is not null && (area.Length is not (2 or 4 or 6 or 9) || !area.All(char.IsAsciiDigit)))
            row.Wrong("area", "not-an-area-code", "应为 2、4、6 或 9 位区划代码，如 410325。", "Must be an area code of 2, 4, 6 or 9 digits.");
        return new Row(area, row.Day("from"), row.Number("amount", 1, 1_000_000), row.Text("document"), row.TextOrNull("reason", 500));
    }

    public static Decision Decide(RuleBook book, Row row, Occasion occasion)
    {
        var line = new IncomeLine(row.Area ?? occasion.By.Tenant, row.From, row.Amount, row.Document);
        var known = book.Lines.Find(one => (one.Area, one.From) == (line.Area, line.From));
        if (known is null) return row.Area is null && line with { Area = "" } == IncomeLine.Shipped ? [] : [new IncomeLineSet(line, null, row.Reason)];
        if (known == line) return [];
        return row.Reason is null
            ? Refusal.NeedsReason($"该日起的监测范围已设为 {known.Amount} 元", $"From that day the line is set to {known.Amount}")
            : [new IncomeLineSet(line, known.Amount, row.Reason)];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<RuleBook, Row>("/v1/income-lines", "relapse:define", Bind, (_, tenant) => RuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/income-lines", async (Caller caller, IDocumentStore store, TimeProvider clock, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var (book, year) = (await RuleBook.Of(session, caller.Tenant, cancel), ChinaTime.Day(clock.GetUtcNow()).Year);
            return new Listing<Entry>([.. book.Lines.Prepend(IncomeLine.Shipped).OrderBy(line => line.From).ThenBy(line => line.Area, StringComparer.Ordinal)
                .Select(line => new Entry(line.Area, line.From, line.Amount, line.Document, line.From.Year < year))], null)
                .PushedAs(one => new { one.Area, one.From, one.Amount, one.Document });
        }).RequireRight("relapse:read").ProducesPage<Entry>();
    }

    /// <summary>A line; an old one is from before this year, in which every province has raised its own.</summary>
    public sealed record Entry(string Area, DateOnly From, decimal Amount, string Document, bool Old);
}

/// <summary>Sets a year's value of a series that thresholds refer to, e.g. 全省农村居民人均可支配收入.</summary>
public static class SetReferenceValue
{
    /// <summary>One value.</summary>
    /// <param name="Series">Code, as the thresholds name it.</param>
    /// <param name="Year">The year it is about; thresholds of the next year refer to it.</param>
    /// <param name="Amount">元.</param>
    /// <param name="Document">Source.</param>
    /// <param name="Reason">Why one on record is replaced.</param>
    public sealed record Row(string Series, int Year, decimal Amount, string Document, string? Reason);

    public static Row Bind(Fields row) => new(
        row.Code("series"), row.Whole("year", 2000, 2100), row.Number("amount", 1, 10_000_000), row.Text("document"), row.TextOrNull("reason", 500));

    public static Decision Decide(RuleBook book, Row row, Occasion occasion)
    {
        var value = new ReferenceValue(row.Series, row.Year, row.Amount, row.Document);
        var known = book.References.Find(one => (one.Series, one.Year) == (value.Series, value.Year));
        if (known is null) return [new ReferenceValueSet(value, null, row.Reason)];
        if (known == value) return [];
        return row.Reason is null
            ? Refusal.NeedsReason($"{row.Year} 年的数值已设为 {known.Amount}", $"The value of {row.Year} is set to {known.Amount}")
            : [new ReferenceValueSet(value, known.Amount, row.Reason)];
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<RuleBook, Row>("/v1/reference-values", "relapse:define", Bind, (_, tenant) => RuleBook.Stream(tenant), Decide);
        routes.MapGet("/v1/reference-values", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var book = await RuleBook.Of(session, caller.Tenant, cancel);
            return new Listing<ReferenceValue>([.. book.References.OrderBy(one => one.Series, StringComparer.Ordinal).ThenBy(one => one.Year)], null)
                .PushedAs(one => one);
        }).RequireRight("relapse:read").ProducesPage<ReferenceValue>();
    }
}
