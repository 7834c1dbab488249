using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// One page of a list: JSON <c>{items, next}</c> or CSV by <c>Accept</c>, the number of all that match in
/// <c>X-Total-Count</c>, and the next page's address in <c>Link</c>. Query: <c>limit</c> (1 to 1,000, default 200),
/// <c>after</c> (cursor from <c>next</c>). Where the list vouches for itself, <paramref name="doubts"/> says why its figures are not
/// verified, none if they are: <c>verified</c> and <c>doubts</c> in JSON, <c>X-Verified</c> in any case.
/// </summary>
public sealed class Listing<TItem>(IReadOnlyList<TItem> items, string? next, int? total = null, IReadOnlyList<string>? doubts = null) : IResult
{
    // What spreadsheet programs need to see that a CSV is UTF-8.
    const string ByteOrderMark = "\uFEFF";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (total is { } count) response.Headers["X-Total-Count"] = count.ToString(CultureInfo.InvariantCulture);
        bool? verified = doubts is null ? null : doubts.Count == 0;
        if (verified is { } sound) response.Headers["X-Verified"] = sound ? "true" : "false";
        if (next is not null)
        {
            var query = QueryString.Create(httpContext.Request.Query
                .Where(item => item.Key != "after")
                .SelectMany(item => item.Value, (item, value) => KeyValuePair.Create(item.Key, value))
                .Append(KeyValuePair.Create("after", (string?)next)));
            response.Headers.Link = $"<{httpContext.Request.Path}{query}>; rel=\"next\"";
        }

        if (!httpContext.Request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase))
            return response.WriteAsJsonAsync(
                new { items, next, verified, doubts = doubts is { Count: > 0 } ? doubts : null }, EventJson.Options);
        response.ContentType = "text/csv; charset=utf-8";
        return response.WriteAsync(ByteOrderMark + Csv());
    }

    string Csv()
    {
        var rows = items.Select(item =>
        {
            var cells = new Dictionary<string, string>();
            Flatten("", JsonSerializer.SerializeToElement(item, EventJson.Options), cells);
            return cells;
        }).ToList();
        var columns = rows.SelectMany(row => row.Keys).Distinct().ToList();
        var csv = new StringBuilder().AppendJoin(',', columns.Select(Quoted)).Append("\r\n");
        foreach (var row in rows)
            csv.AppendJoin(',', columns.Select(column => Quoted(row.GetValueOrDefault(column, "")))).Append("\r\n");
        return csv.ToString();
    }

    static void Flatten(string name, JsonElement element, Dictionary<string, string> cells)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
                Flatten(name.Length == 0 ? property.Name : $"{name}.{property.Name}", property.Value, cells);
        }
        else
        {
            cells[name] = element.ValueKind switch
            {
                JsonValueKind.Null => "",
                JsonValueKind.Array => string.Join(" | ", element.EnumerateArray().Select(entry => entry.ToString())),
                _ => element.ToString(),
            };
        }
    }

    // A text that a spreadsheet would run as a formula is told from one by an apostrophe before it.
    static string Quoted(string cell)
    {
        if (cell is ['=' or '@' or '\t', ..] || (cell is ['+' or '-', ..] && !decimal.TryParse(cell, CultureInfo.InvariantCulture, out _)))
            cell = "'" + cell;
        return cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}

/// <summary>Which page of a list is asked for.</summary>
public readonly record struct Page(int Limit, string After)
{
    const int LimitDefault = 200;
    const int LimitMax = 1_000;

    /// <summary>Reads <c>limit</c> and <c>after</c>; anything unreadable is the default.</summary>
    public static ValueTask<Page> BindAsync(HttpContext http)
    {
        var limit = int.TryParse(http.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? Math.Clamp(asked, 1, LimitMax)
            : LimitDefault;
        var after = http.Request.Query["after"].ToString();
        return ValueTask.FromResult(new Page(limit, after.Any(char.IsControl) ? "" : after));
    }
}
