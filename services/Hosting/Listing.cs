using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// One page of a list: JSON <c>{items, next}</c>, CSV or a workbook by <c>Accept</c>, the number of all that match in
/// <c>X-Total-Count</c>, and the next page's address in <c>Link</c>. Query: <c>limit</c> (1 to 1,000, default 200),
/// <c>after</c> (cursor from <c>next</c>). Where the list vouches for itself, <paramref name="doubts"/> says why its figures are not
/// verified, none if they are: <c>verified</c> and <c>doubts</c> in JSON, <c>X-Verified</c> in any case. Error: <c>not-acceptable</c>.
/// </summary>
public sealed class Listing<TItem>(IReadOnlyList<TItem> items, string? next, int? total = null, IReadOnlyList<string>? doubts = null) : IResult
{
    const string Json = "application/json", Csv = "text/csv";

    Func<bool, ListTable>? asTable;

    /// <summary>
    /// Says how an item is written so that the push under the same address reads it back: as CSV and in workbooks the columns are those
    /// of <typeparamref name="TRow"/>, whose members are called as the push calls its fields, and all else is headed <c>【…】</c>.
    /// </summary>
    public Listing<TItem> PushedAs<TRow>(Func<TItem, TRow> row)
    {
        asTable = _ => ListTable.Of(items, row);
        return this;
    }

    /// <summary>
    /// Says how an item is written for people who open the list as CSV or as a workbook: the columns are the members of
    /// <typeparamref name="TRow"/>, made for one language, and headed in Chinese by <paramref name="headers"/> unless the caller reads English.
    /// </summary>
    public Listing<TItem> ShownAs<TRow>(Func<TItem, bool, TRow> row, IReadOnlyDictionary<string, string> headers)
    {
        asTable = english => ListTable.Of<TRow>([.. items.Select(item => row(item, english))]).Headed(english ? null : headers);
        return this;
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.Vary = $"{HeaderNames.Accept}, {HeaderNames.AcceptLanguage}";
        if (httpContext.Request.Choose(Json, Csv, Sheet.MediaType) is not { } type)
            return Accepting.NotAcceptable(Json, Csv, Sheet.MediaType).ExecuteAsync(httpContext);

        if (total is { } count) response.Headers["X-Total-Count"] = count.ToString(CultureInfo.InvariantCulture);
        bool? verified = doubts is null ? null : doubts.Count == 0;
        if (verified is { } sound) response.Headers["X-Verified"] = sound ? "true" : "false";
        if (next is not null)
        {
            var query = QueryString.Create(httpContext.Request.Query
                .Where(item => item.Key != Page.AfterName)
                .SelectMany(item => item.Value, (item, value) => KeyValuePair.Create(item.Key, value))
                .Append(KeyValuePair.Create(Page.AfterName, (string?)next)));
            response.Headers.Link = $"<{httpContext.Request.Path}{query}>; rel=\"next\"";
        }

        if (type == Json)
            return response.WriteAsJsonAsync(
                new { items, next, verified, doubts = doubts is { Count: > 0 } ? doubts : null }, EventJson.Options);

        var table = asTable?.Invoke(Language.IsEnglish(httpContext)) ?? ListTable.Of(items);
        if (type == Csv)
        {
            httpContext.NameFile("csv");
            response.ContentType = "text/csv; charset=utf-8";
            return response.WriteAsync(table.Csv());
        }

        httpContext.NameFile("xlsx");
        response.ContentType = Sheet.MediaType;
        var workbook = table.Workbook(Accepting.NameOf(httpContext));
        response.ContentLength = workbook.Length;
        return response.Body.WriteAsync(workbook, httpContext.RequestAborted).AsTask();
    }
}

/// <summary>Which page of a list is asked for.</summary>
public readonly record struct Page(int Limit, string After)
{
    internal const string LimitName = "limit", AfterName = "after";
    internal const int LimitDefault = 200, LimitMax = 1_000;

    /// <summary>Reads <c>limit</c> and <c>after</c> of a request that <see cref="QueryNames"/> has let through.</summary>
    public static ValueTask<Page> BindAsync(HttpContext http)
    {
        string? limit = http.Request.Query[LimitName], after = http.Request.Query[AfterName];
        return ValueTask.FromResult(new Page(limit is null ? LimitDefault : int.Parse(limit, CultureInfo.InvariantCulture), after ?? ""));
    }

    /// <summary>What is wrong with a <c>limit</c>.</summary>
    internal static Problem? Misread(string limit) =>
        !int.TryParse(limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var asked)
            ? Problem.Of(400, "not-an-integer", new("参数 limit 应为整数。", "limit must be a whole number."))
            : asked is < 1 or > LimitMax
                ? Problem.Of(400, "out-of-range", new($"参数 limit 应在 1 与 {LimitMax} 之间。", $"limit must lie between 1 and {LimitMax}."))
                : null;
}
