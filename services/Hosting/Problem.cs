using Marten.Exceptions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Monitoring.Contracts;
using Npgsql;

namespace Monitoring.Hosting;

/// <summary>An error answer as RFC 9457 problem details, with a stable code and, for bad rows, one entry per row.</summary>
public sealed class Problem : IResult
{
    readonly int status;
    readonly string code;
    readonly Text detail;
    readonly ImportSummary? summary;

    Problem(int status, string code, Text detail, ImportSummary? summary) =>
        (this.status, this.code, this.detail, this.summary) = (status, code, detail, summary);

    public static Problem Of(int status, string code, Text detail) => new(status, code, detail, null);

    public static Problem Of(Refusal refusal) => new((int)refusal.Kind, refusal.Code, refusal.Reason, null);

    public static Problem Of(int status, string code, Text detail, ImportSummary summary) =>
        new(status, code, detail, summary);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        var english = Language.IsEnglish(httpContext);
        var body = new Body(
            $"urn:problem:{code}", code, status, english ? detail.En : detail.Zh, httpContext.Request.Path,
            summary?.ReceiptId, summary?.Rows, summary?.Accepted, summary?.Duplicates, summary?.Rejected, summary?.LeftOut,
            summary?.Errors.Select(error => error.In(english)), summary?.Warnings.Select(warning => warning.In(english)),
            summary?.LeftOutRows.Select(row => row.In(english)));
        return httpContext.Response.WriteAsJsonAsync(body, EventJson.Options, "application/problem+json");
    }

    internal sealed record Body(
        string Type, string Title, int Status, string Detail, string Instance, Guid? ReceiptId, int? Rows, int? Accepted,
        int? Duplicates, int? Rejected, int? LeftOut, IEnumerable<RowErrorView>? Errors, IEnumerable<RowErrorView>? Warnings,
        IEnumerable<RowErrorView>? LeftOutRows)
    {
        /// <summary>The stable code, again under its own name.</summary>
        public string Code => Title;
    }
}

/// <summary>Which language the caller reads.</summary>
public static class Language
{
    /// <summary>True when the request prefers English; Chinese otherwise.</summary>
    public static bool IsEnglish(HttpContext context)
    {
        var preferred = context.Request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(language => language.Quality ?? 1)
            .Select(language => language.Value.Value)
            .FirstOrDefault(language => language is not null);
        return preferred?.StartsWith("en", StringComparison.OrdinalIgnoreCase) == true;
    }
}

/// <summary>Turns what a slice did not foresee into a problem that tells the caller whether to try again.</summary>
sealed partial class UnforeseenProblem(ILogger<UnforeseenProblem> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Response.HasStarted) return false;
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;

        var problem = exception switch
        {
            BadHttpRequestException bad => Manners.Unreadable(httpContext, bad),
            _ when Unavailable(exception) => Problem.Of(503, "store-unavailable", new(
                "数据库暂不可用；数据可能未保存，请稍后原样重发，重复的行不会重复入库。",
                "The store does not answer; send the same request again later, repeated rows are recognised.")),
            _ => Problem.Of(500, "internal-error", new(
                "系统内部错误，已记录；请原样重发或联系管理员。",
                "An internal error, which was logged; send the same request again or ask the operator.")),
        };
        if (exception is not BadHttpRequestException) Unforeseen(httpContext.Request.Path, exception);
        if (Unavailable(exception)) httpContext.Response.Headers.RetryAfter = "5";
        await problem.ExecuteAsync(httpContext);
        return true;
    }

    static bool Unavailable(Exception exception) => exception switch
    {
        PostgresException refused => refused.IsTransient || refused.SqlState.StartsWith("57", StringComparison.Ordinal),
        NpgsqlException or TimeoutException => true,
        MartenCommandException { InnerException: { } inner } => Unavailable(inner),
        { InnerException: { } inner } => Unavailable(inner),
        _ => false,
    };

    [LoggerMessage(LogLevel.Error, "Request to {Path} failed")]
    partial void Unforeseen(string path, Exception exception);
}
