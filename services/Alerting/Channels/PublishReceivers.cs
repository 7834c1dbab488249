using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>Publishes a version of the receivers (接收方). A version never changes; the one published last is in effect.</summary>
public static class PublishReceivers
{
    /// <summary>One version, whole.</summary>
    /// <param name="Version">Stable code.</param>
    /// <param name="Receivers">Up to 100.</param>
    /// <param name="Templates">Up to one per language; what is missing is as shipped.</param>
    /// <param name="Retry">How long receivers are tried; as shipped where it is missing.</param>
    /// <param name="Reason">Why it is as it is.</param>
    public sealed record Row(
        string Version, IReadOnlyList<Receiver> Receivers, IReadOnlyList<MessageTemplate> Templates, RetryPolicy Retry, string Reason)
    {
        internal ReceiverTable Table => new(Version, [.. Receivers], [.. Templates], Retry);
    }

    public static Row Bind(Fields row)
    {
        var bound = new Row(
            row.Code("version"),
            row.List("receivers", 100, one => new Receiver(
                one.Code("name"), one.Enum<ChannelKind>("channel"), one.Text("address", 400),
                one.EnumOrNull<TextLanguage>("language") ?? TextLanguage.Zh,
                one.Has("secret") ? one.Code("secret") : null, one.WholeOrNull("perMinute", 1, 6_000))),
            row.List("templates", 2, one => new MessageTemplate(
                one.Enum<TextLanguage>("language"), one.Text("title"), [.. one.List("lines", 20, line => line.Text("text", 300))])),
            row.List("retry", 1, BindRetry) is [var retry] ? retry : ReceiverTable.Shipped.Retry, row.Text("reason", 500));
        if (bound.Receivers.DistinctBy(one => one.Name).Count() < bound.Receivers.Count)
            row.Fail("receivers", "code-twice", "接收方名称（name）重复；每个接收方须有自己的名称。", "A name occurs twice.");
        if (bound.Templates.DistinctBy(one => one.Language).Count() < bound.Templates.Count)
            row.Fail("templates", "code-twice", "同一语言只能有一个模板。", "A language occurs twice.");
        if (bound.Templates.SelectMany(one => one.Lines.Append(one.Title)).SelectMany(Wording.UnknownIn)
            .FirstOrDefault() is { } placeholder)
            row.Fail("templates", "placeholder-unknown", $"未知的占位符 {placeholder}；可用：{Wording.PlaceholderList}。",
                $"No such placeholder: {placeholder}; there are {Wording.PlaceholderList}.");
        return bound with
        {
            Templates = [.. ReceiverTable.Shipped.Templates.Select(shipped =>
                bound.Templates.FirstOrDefault(one => one.Language == shipped.Language) ?? shipped)],
        };
    }

    static RetryPolicy BindRetry(Fields row) => new(
        row.Whole("firstSeconds", 1, 3_600), row.Number("factor", 1, 10), row.Whole("mostSeconds", 1, 86_400),
        row.Whole("jitterPercent", 0, 90),
        row.Whole("timeoutSeconds", 1, 60), row.Whole("giveUpHours", 1, 720), row.Whole("deadAfterMinutes", 0, 1_440));

    public static Decision Decide(ReceiverBook book, Row row, Addresses addresses)
    {
        if (book.Tables.Find(known => known.Version == row.Version) is { } published)
            return EventJson.Text(published) == EventJson.Text(row.Table) ? [] : Refusal.Conflict("receivers-differ",
                "该版本已发布，内容不同；请用新的版本号。", "This version has been published with other contents; use another version.", "version");
        if (row.Version == ReceiverTable.Shipped.Version)
            return Refusal.Conflict("receivers-differ", "该版本号属于随软件提供的接收方；请用新的版本号。", "This version is the one that is shipped.", "version");
        foreach (var receiver in row.Receivers)
            if (addresses.Refuse(receiver) is { } refusal) return refusal;
        return [new ReceiversPublished(row.Table, row.Reason)];
    }

    /// <summary>Maps <c>PUT /v1/receiver-tables/{version}</c> and <c>GET /v1/receiver-tables</c>, the one in effect last.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var addresses = routes.ServiceProvider.GetRequiredService<Addresses>();
        routes.MapRegistration<ReceiverBook, Row>(
            "/v1/receiver-tables", "version", "alerting:define", Bind, (_, tenant) => ReceiverBook.Stream(tenant),
            (book, row, _) => Decide(book, row, addresses));
        routes.MapGet("/v1/receiver-tables", async (Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return new Listing<ReceiverTable>([ReceiverTable.Shipped, .. (await ReceiverBook.Of(session, caller.Tenant, cancel)).Tables],
                null);
        }).RequireRight("alerting:define").ProducesPage<ReceiverTable>();
    }
}
