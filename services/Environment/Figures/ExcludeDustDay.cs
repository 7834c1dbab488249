using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>
/// Leaves a sand-dust day out of the year's assessment on the upper level's document (剔除沙尘影响). The year is then judged both
/// ways: without the day, and with it.
/// </summary>
public static class ExcludeDustDay
{
    /// <summary>One day.</summary>
    /// <param name="Day">Day in Asia/Shanghai that is over.</param>
    /// <param name="Document">Number of the upper level's document.</param>
    /// <param name="Reason">Remark.</param>
    public sealed record Row(DateOnly Day, string Document, string? Reason);

    /// <summary>A day that is excluded, as listed.</summary>
    public sealed record Entry(DateOnly Day, string Document);

    public static Row Bind(Fields row) => new(row.Day("day"), row.Text("document"), row.TextOrNull("reason", 500));

    public static Decision Decide(DustBook book, Row row, Occasion occasion) =>
        row.Day >= occasion.Today ? Refusal.Invalid("day-in-future", "只能剔除已结束的日期；请于次日再报。", "Only a day that is over can be excluded.", "day")
        : !book.Days.TryGetValue(row.Day, out var document) ? [new DustDaysExcluded([row.Day], row.Document, row.Reason)]
        : document == row.Document ? []
        : Refusal.Conflict("dust-day-differs", $"该日已依据“{document}”剔除。", $"The day has been excluded on “{document}”.", "document");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapImport<DustBook, Row>("/v1/dust-days", "environment:define", Bind, (_, tenant) => DustBook.Stream(tenant), Decide);
        routes.MapGet("/v1/dust-days", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<Row>([.. (await DustBook.Of(session, caller.Tenant, cancel)).Days.Select(day => new Row(day.Key, day.Value, null))], null)
                .PushedAs(day => day);
        }).RequireRight("environment:read").ProducesPage<Row>();
    }
}
